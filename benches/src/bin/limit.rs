//! Reads a log and does nothing else with it: `limit serde_json|sonic-rs|csv|parquet LOG [THREADS]`.
//!
//! Of JSON lines and of CSV the time, the type and four fields are borrowed from each record; of Parquet these columns are decoded.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::process::ExitCode;
use std::thread;

use arrow_array::{Array, RecordBatchReader};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use servanda_benches::Parser;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The fields that are looked at.
const FIELDS: [&str; 6] = ["time", "type", "id", "incident", "by", "level"];

/// How many records there are, and how many bytes their fields have.
type Count = (u64, u64);

/// The lines of a part of a file: those that start in it.
fn count(parser: Parser, path: &str, (start, end): (u64, u64)) -> Result<Count, Failure> {
    let mut file = File::open(path)?;
    // The byte before says whether a line starts here.
    file.seek(SeekFrom::Start(start.saturating_sub(1)))?;
    let mut log = BufReader::with_capacity(128 * 1024, file);
    let mut at = start;
    let mut buffer = Vec::new();
    if start > 0 {
        at = start - 1 + log.read_until(b'\n', &mut buffer)? as u64;
        buffer.clear();
    }
    let (mut lines, mut bytes) = (0, 0);
    while at < end {
        let read = log.read_until(b'\n', &mut buffer)?;
        if read == 0 {
            break;
        }
        at += read as u64;
        if let Some(line) = parser.line(&buffer) {
            let more = [line.id, line.incident, line.by, line.level].into_iter().flatten();
            lines += 1;
            bytes += (line.time.len() + line.kind.len() + more.map(str::len).sum::<usize>()) as u64;
        }
        buffer.clear();
    }
    Ok((lines, bytes))
}

/// Each thread reads a part.
fn shared(parser: Parser, path: &str, threads: u64) -> Result<Count, Failure> {
    let length = std::fs::metadata(path)?.len();
    let bound = |part: u64| length * part / threads;
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|part| scope.spawn(move || count(parser, path, (bound(part), bound(part + 1)))))
            .collect();
        let mut all = (0, 0);
        for part in parts {
            let (lines, bytes) = part.join().map_err(|_| "a thread panicked")??;
            all = (all.0 + lines, all.1 + bytes);
        }
        Ok(all)
    })
}

fn csv(path: &str) -> Result<Count, Failure> {
    let mut log = csv::ReaderBuilder::new().buffer_capacity(128 * 1024).from_path(path)?;
    let header = log.headers()?.clone();
    let columns: Vec<usize> = FIELDS
        .iter()
        .filter_map(|field| header.iter().position(|column| column == *field))
        .collect();
    let mut row = csv::StringRecord::new();
    let (mut rows, mut bytes) = (0, 0);
    while log.read_record(&mut row)? {
        rows += 1;
        bytes += columns.iter().filter_map(|column| row.get(*column)).map(str::len).sum::<usize>() as u64;
    }
    Ok((rows, bytes))
}

fn parquet(path: &str) -> Result<Count, Failure> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let columns: Vec<usize> = (0..)
        .zip(builder.schema().fields())
        .filter(|(_, field)| FIELDS.contains(&field.name().as_str()))
        .map(|(at, _)| at)
        .collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
    let batches = builder.with_projection(mask).with_batch_size(8192).build()?;
    debug_assert!(!batches.schema().fields().is_empty());
    let (mut rows, mut bytes) = (0, 0);
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        bytes += batch.columns().iter().map(|column| column.get_array_memory_size() as u64).sum::<u64>();
    }
    Ok((rows, bytes))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (parser, path, threads) = match arguments.as_slice() {
        [parser, path] => (parser, path, Some(1)),
        [parser, path, threads] => (parser, path, threads.parse().ok().filter(|threads| *threads > 0)),
        _ => {
            eprintln!("usage: limit serde_json|sonic-rs|csv|parquet LOG [THREADS]");
            return ExitCode::from(2);
        }
    };
    let Some(threads) = threads else {
        eprintln!("that is no number of threads");
        return ExitCode::from(2);
    };
    let counted = match (parser.as_str(), Parser::named(parser)) {
        ("csv", _) => csv(path),
        ("parquet", _) => parquet(path),
        (_, Some(parser)) => shared(parser, path, threads),
        (_, None) => {
            eprintln!("{parser} is no parser");
            return ExitCode::from(2);
        }
    };
    match counted {
        Ok((records, bytes)) => {
            println!("{records} records, {bytes} bytes in their fields");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path} cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

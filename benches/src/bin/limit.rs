//! Parses the lines of a log, says how many there are and how many bytes their fields have: `limit serde_json|sonic-rs LOG.jsonl`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::ExitCode;

use servanda_benches::Parser;

fn count(parser: Parser, path: &str) -> std::io::Result<(u64, usize)> {
    let mut log = BufReader::with_capacity(128 * 1024, File::open(path)?);
    let (mut lines, mut bytes) = (0, 0);
    let mut buffer = Vec::new();
    while log.read_until(b'\n', &mut buffer)? > 0 {
        if let Some(line) = parser.line(&buffer) {
            let more = [line.id, line.incident, line.by, line.level].into_iter().flatten();
            lines += 1;
            bytes += line.time.len() + line.kind.len() + more.map(str::len).sum::<usize>();
        }
        buffer.clear();
    }
    Ok((lines, bytes))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [parser, path] = arguments.as_slice() else {
        eprintln!("usage: limit serde_json|sonic-rs LOG.jsonl");
        return ExitCode::from(2);
    };
    let Some(parser) = Parser::named(parser) else {
        eprintln!("{parser} is neither serde_json nor sonic-rs");
        return ExitCode::from(2);
    };
    match count(parser, path) {
        Ok((lines, bytes)) => {
            println!("{lines} lines, {bytes} bytes in their fields");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path} cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

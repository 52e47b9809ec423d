//! The logs of a run.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use super::map::{Map, MapFile};
use super::stream::{Packing, Stored, Stream};
use super::{BYTE_ORDER_MARK, Format, InputError, InputId, Limits, Progress, visible};
use crate::model::Model;

/// The logs of a run, each known to exist and of a known format.
///
/// What cannot be read twice, as standard input and named pipes, is kept in a temporary file without a name: a log whose
/// records are not in order is read a second time, and so are the records that a report shows.
#[derive(Debug)]
pub struct Inputs {
    logs: Vec<Input>,
    /// A log that is still being written: whichever of its files is meant, it has this name.
    live: Option<Live>,
    map: Option<MapFile>,
    progress: Progress,
}

#[derive(Debug)]
struct Input {
    name: String,
    source: Source,
    packing: Packing,
    format: Format,
    has_mark: bool,
    stored_bytes: u64,
    /// The columns of a table that a reading kept, and its limits.
    table: OnceLock<(Vec<usize>, Limits)>,
}

#[derive(Debug)]
struct Live {
    name: String,
    format: Format,
}

#[derive(Debug)]
enum Source {
    File(PathBuf),
    Spool(Arc<Mutex<File>>),
}

/// How many bytes of text are looked at to tell the format.
const HEAD_BYTES: u64 = 8 * 1024;

const NAME_CHARS: usize = 200;

const STANDARD_INPUT: &str = "-";

impl Inputs {
    /// Opens logs by their paths, where `-` is standard input. A format given here holds for all; without one, each log's
    /// extension decides, or else its first bytes.
    ///
    /// Standard input is read to its end.
    ///
    /// # Errors
    /// The first log that does not exist, cannot be read, is given twice, or whose format cannot be told.
    pub fn open<P: AsRef<Path>>(paths: &[P], format: Option<Format>) -> Result<Self, InputError> {
        Inputs::open_within(paths, format, Limits::default())
    }

    /// As [`Inputs::open`], with other limits.
    ///
    /// # Errors
    /// As [`Inputs::open`].
    pub fn open_within<P: AsRef<Path>>(
        paths: &[P],
        format: Option<Format>,
        limits: Limits,
    ) -> Result<Self, InputError> {
        Inputs::open_all(paths, format, limits, io::stdin().lock())
    }

    /// As [`Inputs::open`], with something else in the place of standard input.
    ///
    /// # Errors
    /// As [`Inputs::open`].
    pub fn open_with<P: AsRef<Path>>(
        paths: &[P],
        format: Option<Format>,
        standard_input: impl Read,
    ) -> Result<Self, InputError> {
        Inputs::open_all(paths, format, Limits::default(), standard_input)
    }

    /// As [`Inputs::open_within`], with something else in the place of standard input.
    ///
    /// # Errors
    /// As [`Inputs::open`].
    pub fn open_all<P: AsRef<Path>>(
        paths: &[P],
        format: Option<Format>,
        limits: Limits,
        mut standard_input: impl Read,
    ) -> Result<Self, InputError> {
        let mut seen = HashSet::new();
        let mut logs = Vec::with_capacity(paths.len());
        for path in paths {
            let path = path.as_ref();
            let is_standard_input = path == Path::new(STANDARD_INPUT);
            let name = if is_standard_input {
                "standard input".to_owned()
            } else {
                visible(&path.to_string_lossy(), NAME_CHARS)
            };
            // Where the file system gives no canonical path, the path itself tells most repetitions.
            let identity = match path.canonicalize() {
                Ok(canonical) if !is_standard_input => canonical,
                _ => path.to_owned(),
            };
            if !seen.insert(identity) {
                return Err(InputError::Twice { name });
            }
            let source = if is_standard_input {
                Source::spool(&name, &mut standard_input)?
            } else {
                Source::at_path(&name, path)?
            };
            logs.push(Input::examine(name, source, format, path, limits)?);
        }
        Ok(Inputs {
            logs,
            live: None,
            map: None,
            progress: Progress::default(),
        })
    }

    /// A log that is still being written, in JSON lines. It is known by its name alone: whoever follows it reads it.
    pub fn live(name: &str) -> Self {
        Inputs {
            logs: Vec::new(),
            live: Some(Live {
                name: visible(name, NAME_CHARS),
                format: Format::Jsonl,
            }),
            map: None,
            progress: Progress::default(),
        }
    }

    /// The same logs, read through a map.
    #[must_use]
    pub fn mapped(self, map: MapFile) -> Self {
        Inputs { map: Some(map), ..self }
    }

    pub(super) fn map_file(&self) -> Option<&MapFile> {
        self.map.as_ref()
    }

    /// What a log is read through; nothing, if its records are the rules' own.
    pub(super) fn map(&self, id: InputId, model: &Model) -> Option<Map> {
        Map::new(self.map.as_ref(), self.format(id)?, model)
    }

    /// Every log, in the order in which they were given.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = InputId> + use<> {
        // More logs than this cannot be named on a command line.
        let count = u32::try_from(self.logs.len()).unwrap_or(u32::MAX);
        (0..count).map(InputId)
    }

    /// The name of a log, for people: harmless on a terminal. Empty if the log is not of this run.
    pub fn name(&self, id: InputId) -> &str {
        let live = self.live.as_ref().map_or("", |live| &live.name);
        self.get(id).map_or(live, |input| &input.name)
    }

    /// The format of a log; `None` if the log is not of this run.
    pub fn format(&self, id: InputId) -> Option<Format> {
        let live = self.live.as_ref().map(|live| live.format);
        self.get(id).map(|input| input.format).or(live)
    }

    /// Remembers which columns of a table were read, and within which limits: its records are shown so.
    pub(super) fn keep_columns(&self, id: InputId, columns: &[usize], limits: Limits) {
        if let Some(input) = self.get(id) {
            input.table.get_or_init(|| (columns.to_vec(), limits));
        }
    }

    /// The limits that a table was read with, or else the usual ones.
    pub(super) fn table_limits(&self, id: InputId) -> Limits {
        let kept = self.get(id).and_then(|input| input.table.get());
        kept.map_or(Limits::default(), |(_, limits)| *limits)
    }

    /// The columns of a table that were read, if it was.
    pub(super) fn columns(&self, id: InputId) -> Option<Vec<usize>> {
        self.get(id)?.table.get().map(|(columns, _)| columns.clone())
    }

    /// The name of a log before the number of a record: that is a line, unless the name says that it is a row.
    pub fn name_of_lines(&self, id: InputId) -> Cow<'_, str> {
        let name = self.name(id);
        if self.format(id).is_some_and(Format::is_binary) {
            Cow::Owned(format!("rows of {name}"))
        } else {
            Cow::Borrowed(name)
        }
    }

    /// The bytes of all logs as they are stored: the end of [`Inputs::progress`].
    pub fn stored_bytes(&self) -> u64 {
        self.logs.iter().map(|input| input.stored_bytes).sum()
    }

    /// How far a run over these logs has read.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    fn get(&self, id: InputId) -> Option<&Input> {
        self.logs.get(usize::try_from(id.0).ok()?)
    }

    /// The text of a log after its byte-order mark, counted in the progress of the run.
    pub(super) fn stream(&self, id: InputId) -> Result<Stream, InputError> {
        self.stream_after_mark(id, self.progress.clone())
    }

    /// As [`Inputs::stream`], and not counted.
    pub(super) fn stream_quietly(&self, id: InputId) -> Result<Stream, InputError> {
        self.stream_after_mark(id, Progress::default())
    }

    fn stream_after_mark(&self, id: InputId, progress: Progress) -> Result<Stream, InputError> {
        let mut stream = self.stream_from_start(id, progress)?;
        if self.get(id).is_some_and(|input| input.has_mark) {
            stream
                .skip(BYTE_ORDER_MARK.len() as u64)
                .map_err(|error| stream.failure(error))?;
        }
        Ok(stream)
    }

    /// The bytes of a log as they are stored, and how many there are, to be read here and there.
    pub(super) fn stored(&self, id: InputId) -> Result<(Stored, u64), InputError> {
        let input = self.get(id).ok_or_else(|| InputError::NotFound {
            name: format!("log {}", id.0),
        })?;
        Ok((
            input.source.stored(&input.name)?,
            input.source.stored_bytes(&input.name)?,
        ))
    }

    /// The text of a log from its first byte.
    pub(super) fn stream_from_start(&self, id: InputId, progress: Progress) -> Result<Stream, InputError> {
        let input = self.get(id).ok_or_else(|| InputError::NotFound {
            name: format!("log {}", id.0),
        })?;
        input.source.stream(&input.name, input.packing, progress)
    }
}

impl Input {
    fn examine(
        name: String,
        source: Source,
        format: Option<Format>,
        path: &Path,
        limits: Limits,
    ) -> Result<Self, InputError> {
        let stored_bytes = source.stored_bytes(&name)?;
        let head = |packing, bytes| {
            let stream = source.stream(&name, packing, Progress::default())?;
            let mut head = Vec::new();
            let mut limited = stream.take(bytes);
            match limited.read_to_end(&mut head) {
                Ok(_) => Ok(head),
                Err(error) => Err(limited.get_ref().failure(error)),
            }
        };
        let packing = Packing::of_magic(&head(Packing::None, Packing::MAGIC_BYTES)?);
        let text = head(packing, HEAD_BYTES)?;
        if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
            return Err(InputError::Utf16 { name });
        }
        let named = || Format::of_path(path).map(|format| format.looked_into(&text));
        let Some(format) = format.or_else(named).or_else(|| Format::of_text(&text)) else {
            return Err(InputError::UnknownFormat { name });
        };
        // What is read here and there is unpacked first.
        let (source, packing) = if format.is_binary() && packing != Packing::None {
            let mut unpacked = source.stream(&name, packing, Progress::default())?;
            (
                Source::spool_unpacked(&name, &mut unpacked, limits.unpacked_bytes)?,
                Packing::None,
            )
        } else {
            (source, packing)
        };
        Ok(Input {
            name,
            source,
            packing,
            format,
            has_mark: !format.is_binary() && text.starts_with(BYTE_ORDER_MARK),
            stored_bytes,
            table: OnceLock::new(),
        })
    }
}

impl Source {
    fn at_path(name: &str, path: &Path) -> Result<Self, InputError> {
        let of_system = |error| InputError::of_system(name, error);
        let metadata = fs::metadata(path).map_err(of_system)?;
        if metadata.is_dir() {
            return Err(InputError::IsDirectory { name: name.to_owned() });
        }
        if metadata.is_file() {
            return Ok(Source::File(path.to_owned()));
        }
        // A pipe or a device gives its bytes once.
        let mut pipe = File::open(path).map_err(of_system)?;
        Source::spool(name, &mut pipe)
    }

    fn spool(name: &str, from: &mut impl Read) -> Result<Self, InputError> {
        Source::spooled(name, from, u64::MAX, |_, error| InputError::of_system(name, error))
    }

    fn spool_unpacked(name: &str, from: &mut Stream, most: u64) -> Result<Self, InputError> {
        Source::spooled(name, from, most, Stream::failure)
    }

    fn spooled<R: Read>(
        name: &str,
        from: &mut R,
        most: u64,
        failure: impl Fn(&R, io::Error) -> InputError,
    ) -> Result<Self, InputError> {
        let keep = |source| InputError::Spool {
            name: name.to_owned(),
            source,
        };
        let mut file = tempfile::tempfile().map_err(keep)?;
        let mut buffer = vec![0; 128 * 1024];
        let mut length = 0;
        loop {
            let count = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failure(from, error)),
            };
            length += count as u64;
            if length > most {
                return Err(InputError::UnpackedTooLong {
                    name: name.to_owned(),
                    limit: most,
                });
            }
            file.write_all(&buffer[..count]).map_err(keep)?;
        }
        Ok(Source::Spool(Arc::new(Mutex::new(file))))
    }

    fn stored(&self, name: &str) -> Result<Stored, InputError> {
        match self {
            Source::File(path) => File::open(path)
                .map(Stored::File)
                .map_err(|error| InputError::of_system(name, error)),
            Source::Spool(file) => Ok(Stored::Spool(Arc::clone(file), 0)),
        }
    }

    fn stored_bytes(&self, name: &str) -> Result<u64, InputError> {
        self.stored(name)?
            .seek(io::SeekFrom::End(0))
            .map_err(|error| InputError::of_system(name, error))
    }

    fn stream(&self, name: &str, packing: Packing, progress: Progress) -> Result<Stream, InputError> {
        Stream::new(name, self.stored(name)?, packing, progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"time": "2024-07-08T10:00:00Z", "type": "ping"}"#;

    fn read(inputs: &Inputs, id: u32) -> String {
        let mut text = String::new();
        inputs.stream(InputId(id)).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn failure<P: AsRef<Path>>(paths: &[P]) -> InputError {
        Inputs::open_with(paths, None, io::empty()).unwrap_err()
    }

    #[test]
    fn standard_input_can_be_read_twice() {
        let text = RECORD.repeat(10_000);
        let inputs = Inputs::open_with(&["-"], None, text.as_bytes()).unwrap();
        assert_eq!(read(&inputs, 0), text);
        assert_eq!(read(&inputs, 0), text);
        assert_eq!(inputs.name(InputId(0)), "standard input");
        assert_eq!(inputs.format(InputId(0)), Some(Format::Jsonl));
        assert_eq!(inputs.stored_bytes(), text.len() as u64);
        assert_eq!(inputs.progress().bytes(), 2 * text.len() as u64);
    }

    #[test]
    fn packed_standard_input_is_unpacked() {
        let packed = zstd::encode_all(RECORD.as_bytes(), 3).unwrap();
        let inputs = Inputs::open_with(&["-"], None, packed.as_slice()).unwrap();
        assert_eq!(read(&inputs, 0), RECORD);
        assert_eq!(inputs.stored_bytes(), packed.len() as u64);
    }

    #[test]
    fn magic_bytes_decide_about_packing_whatever_the_name_says() {
        let directory = tempfile::tempdir().unwrap();
        let plain = directory.path().join("plain.jsonl.gz");
        let packed = directory.path().join("packed.jsonl");
        fs::write(&plain, RECORD).unwrap();
        fs::write(&packed, zstd::encode_all(RECORD.as_bytes(), 3).unwrap()).unwrap();
        let inputs = Inputs::open(&[plain, packed], None).unwrap();
        assert_eq!(read(&inputs, 0), RECORD);
        assert_eq!(read(&inputs, 1), RECORD);
    }

    #[test]
    fn a_given_format_overrules_the_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log.json");
        fs::write(&path, RECORD).unwrap();
        let inputs = Inputs::open(&[&path], Some(Format::Jsonl)).unwrap();
        assert_eq!(inputs.format(InputId(0)), Some(Format::Jsonl));
        let inputs = Inputs::open(&[&path], None).unwrap();
        assert_eq!(inputs.format(InputId(0)), Some(Format::Json));
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let text = format!("\u{feff}{RECORD}");
        let inputs = Inputs::open_with(&["-"], None, text.as_bytes()).unwrap();
        assert_eq!(read(&inputs, 0), RECORD);
        assert_eq!(inputs.stream(InputId(0)).unwrap().position(), 3);
    }

    #[test]
    fn says_which_log_cannot_be_read_and_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let shown = |name: &str| at(name).display().to_string();

        let error = failure(&[at("none.jsonl")]);
        assert_eq!(error.to_string(), format!("there is no file `{}`", shown("none.jsonl")));
        assert_eq!(
            error.help().unwrap(),
            "check the path, or give `-` to read standard input"
        );

        let error = failure(&[directory.path()]);
        assert!(matches!(error, InputError::IsDirectory { .. }));
        assert!(error.help().unwrap().ends_with("/*.jsonl`"));

        fs::write(at("log.txt"), "hello").unwrap();
        let error = failure(&[at("log.txt")]);
        assert!(matches!(error, InputError::UnknownFormat { .. }));
        assert_eq!(
            error.help().unwrap(),
            "say what the format is: jsonl, json, csv, yaml, parquet, arrow, xes and ocel"
        );

        fs::write(at("wide.jsonl"), b"\xff\xfe{\0").unwrap();
        assert!(matches!(failure(&[at("wide.jsonl")]), InputError::Utf16 { .. }));

        let mut packed = zstd::encode_all(RECORD.as_bytes(), 3).unwrap();
        packed.truncate(packed.len() - 5);
        fs::write(at("cut.jsonl.zst"), packed).unwrap();
        assert!(matches!(
            failure(&[at("cut.jsonl.zst")]),
            InputError::Truncated { method: "zstd", .. }
        ));
    }

    #[test]
    fn a_log_given_twice_is_refused() {
        assert_eq!(failure(&["-", "-"]).to_string(), "`standard input` is given twice");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log.jsonl");
        fs::write(&path, RECORD).unwrap();
        let other = directory.path().join(".").join("log.jsonl");
        assert!(matches!(failure(&[path, other]), InputError::Twice { .. }));
    }

    #[test]
    fn names_are_harmless() {
        let error = failure(&["no\x1b[2Jsuch.jsonl"]);
        assert_eq!(error.to_string(), "there is no file `no\\u{1b}[2Jsuch.jsonl`");
    }

    #[test]
    fn an_empty_log_has_a_format() {
        let inputs = Inputs::open_with(&["-"], None, io::empty()).unwrap();
        assert_eq!(inputs.format(InputId(0)), Some(Format::Jsonl));
        assert_eq!(read(&inputs, 0), "");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_with_a_name_is_read_once_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let writer = std::thread::spawn({
            let path = path.clone();
            move || fs::write(path, RECORD).unwrap()
        });
        let inputs = Inputs::open(&[path], None).unwrap();
        writer.join().unwrap();
        assert_eq!(read(&inputs, 0), RECORD);
        assert_eq!(read(&inputs, 0), RECORD);
    }
}

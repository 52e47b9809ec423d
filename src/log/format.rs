//! The formats of logs, and how one is told from another.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// How the records of a log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One JSON object on each line.
    Jsonl,
    /// One JSON list of objects.
    Json,
    /// Comma-separated values, with a header.
    Csv,
    /// A YAML list of mappings, or one mapping in each document.
    Yaml,
    /// An Apache Parquet file: a row for each event.
    Parquet,
    /// A file or a stream of Apache Arrow: a row for each event.
    Arrow,
    /// XES, the event streams of IEEE 1849 in XML.
    Xes,
    /// OCEL 2.0, object-centric event logs in JSON or XML.
    Ocel,
}

/// The formats, in a message.
pub(super) const FORMATS: &str = "jsonl, json, csv, yaml, parquet, arrow, xes and ocel";

/// A word that names no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the formats of logs are {FORMATS}")]
pub struct UnknownFormat;

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] = &[
        Format::Jsonl,
        Format::Json,
        Format::Csv,
        Format::Yaml,
        Format::Parquet,
        Format::Arrow,
        Format::Xes,
        Format::Ocel,
    ];

    /// The name, as people give it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Jsonl => "jsonl",
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Yaml => "yaml",
            Format::Parquet => "parquet",
            Format::Arrow => "arrow",
            Format::Xes => "xes",
            Format::Ocel => "ocel",
        }
    }

    /// What the extension of a file says, after those of compression; `None` if it says nothing.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let name = [".gz", ".gzip", ".zst", ".zstd"]
            .iter()
            .find_map(|packed| name.strip_suffix(packed))
            .unwrap_or(&name);
        let (_, extension) = name.rsplit_once('.')?;
        match extension {
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "json" => Some(Format::Json),
            "csv" => Some(Format::Csv),
            "yaml" | "yml" => Some(Format::Yaml),
            "parquet" | "pq" => Some(Format::Parquet),
            "arrow" | "arrows" | "feather" | "ipc" => Some(Format::Arrow),
            "xes" => Some(Format::Xes),
            "ocel" | "jsonocel" | "xmlocel" => Some(Format::Ocel),
            _ => None,
        }
    }

    /// Whether the format is one of bytes, and not of text.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Format::Parquet | Format::Arrow)
    }

    /// What a log is whose name says this format: an event log in JSON has the name of any JSON.
    pub(super) fn looked_into(self, head: &[u8]) -> Self {
        match self {
            Format::Json if is_ocel_json(&String::from_utf8_lossy(head)) => Format::Ocel,
            other => other,
        }
    }

    /// What the first bytes of the text say; `None` if they look like no format. An empty text has no records in any format.
    pub(super) fn of_text(head: &[u8]) -> Option<Self> {
        // A stream of Arrow starts with the mark of a message.
        match head {
            [b'P', b'A', b'R', b'1', ..] => return Some(Format::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [0xff, 0xff, 0xff, 0xff, ..] => return Some(Format::Arrow),
            _ => {}
        }
        let head = head.strip_prefix(super::BYTE_ORDER_MARK).unwrap_or(head);
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start();
        match text.chars().next() {
            Some('<') if text.contains("<object-types") || text.contains("<event-types") => return Some(Format::Ocel),
            Some('<') if text.contains("<log") => return Some(Format::Xes),
            Some('{') if is_ocel_json(text) => return Some(Format::Ocel),
            None | Some('{') => return Some(Format::Jsonl),
            Some('[') => return Some(Format::Json),
            Some(_) => {}
        }
        let columns = || {
            let line = text.lines().next().unwrap_or_default();
            line.split(',').map(|word| word.trim().trim_matches('"'))
        };
        if columns().any(|word| word == "time") && columns().any(|word| word == "type") {
            Some(Format::Csv)
        } else if text.starts_with('-') || text.contains("time:") {
            Some(Format::Yaml)
        } else {
            None
        }
    }
}

/// Whether a text has what objects of OCEL 2.0 start with.
fn is_ocel_json(text: &str) -> bool {
    let first = text.trim_start_matches('\u{feff}').trim_start();
    first.starts_with('{') && (text.contains("\"eventTypes\"") || text.contains("\"objectTypes\""))
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Reads a name as [`Format::name`] gives it, or an extension that stands for the format.
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let name = format!("log.{text}");
        Format::of_path(Path::new(&name))
            .filter(|_| !text.contains(['.', '/', '\\']))
            .ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides_whatever_the_compression() {
        let of = |name: &str| Format::of_path(Path::new(name));
        assert_eq!(of("a/log.jsonl"), Some(Format::Jsonl));
        assert_eq!(of("log.ndjson.gz"), Some(Format::Jsonl));
        assert_eq!(of("log.JSON"), Some(Format::Json));
        assert_eq!(of("log.csv.zst"), Some(Format::Csv));
        assert_eq!(of("log.yml"), Some(Format::Yaml));
        assert_eq!(of("log.2024.yaml.GZ"), Some(Format::Yaml));
        assert_eq!(of("log.parquet"), Some(Format::Parquet));
        assert_eq!(of("log.feather"), Some(Format::Arrow));
        assert_eq!(of("log.xes.gz"), Some(Format::Xes));
        assert_eq!(of("log.jsonocel"), Some(Format::Ocel));
        assert_eq!(of("log.txt"), None);
        assert_eq!(of("log"), None);
        assert_eq!(of("log.gz"), None);
    }

    #[test]
    fn names_can_be_read_back() {
        for &format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert_eq!("yml".parse(), Ok(Format::Yaml));
        assert_eq!("pdf".parse::<Format>(), Err(UnknownFormat));
        assert_eq!("json.gz".parse::<Format>(), Err(UnknownFormat));
    }

    #[test]
    fn the_first_bytes_decide_where_the_name_does_not() {
        let of = |text: &str| Format::of_text(text.as_bytes());
        assert_eq!(of("{\"time\": 1}"), Some(Format::Jsonl));
        assert_eq!(of("\u{feff}\n {"), Some(Format::Jsonl));
        assert_eq!(of("\n["), Some(Format::Json));
        assert_eq!(of("id,time, \"type\"\r\n1,2,3"), Some(Format::Csv));
        assert_eq!(of("time\n"), None);
        assert_eq!(of("- time: 1"), Some(Format::Yaml));
        assert_eq!(of("# log\ntype: x\ntime: 1\n"), Some(Format::Yaml));
        assert_eq!(of("PAR1\u{15}"), Some(Format::Parquet));
        assert_eq!(of("ARROW1\0\0"), Some(Format::Arrow));
        assert_eq!(
            of("<?xml version=\"1.0\"?>\n<log xes.version=\"1.0\">"),
            Some(Format::Xes)
        );
        assert_eq!(of("<log>\n<object-types>"), Some(Format::Ocel));
        assert_eq!(of("{\"objectTypes\": []"), Some(Format::Ocel));
        assert_eq!(of("<html>"), None);
        assert_eq!(of("hello"), None);
        assert_eq!(of(" \n"), Some(Format::Jsonl));
    }
}

//! Logs: what happened, read from files as typed events in the order of time.
//!
//! [`Inputs`] opens files of any [`Format`] and compression, [`read()`] hands their records to a [`Sink`]: each is an [`Event`], or
//! the list of everything that is wrong with it. [`Excerpts`] finds the text of a record again, and [`Inputs::locate`] a field in it, to show them.
//! A [`MapFile`] says how the records of a log that was not written for the rules are read as events.
//!
//! What a log says is not trusted: [`Limits`] bound what is held in memory, and no text of a log reaches a message except
//! through [`visible()`].

#[cfg(test)]
mod agreement;
mod amend;
mod arrow;
mod asked;
mod batch;
mod blocks;
mod columns;
mod crew;
mod csv;
mod csv_cells;
mod decode;
mod divided;
mod document;
mod error;
mod event;
mod excerpt;
mod extent;
mod fence;
mod fixed;
#[cfg(test)]
mod fixture;
mod format;
mod input;
mod json;
mod json_form;
mod json_layout;
mod json_scan;
mod json_text;
mod json_value;
mod jsonl;
mod limits;
mod line_ends;
mod live;
mod locate;
mod map;
mod merge;
mod names;
mod ocel;
mod output;
mod packed;
mod pages;
mod parquet;
mod passing;
mod perfect;
mod pieces;
mod plain_cells;
mod problem;
mod progress;
mod quick;
mod read;
mod reader;
mod record;
mod row;
#[cfg(test)]
mod row_agreement;
mod rows;
mod shared;
mod short;
mod sorter;
mod stream;
mod table;
mod table_cells;
mod visible;
mod write;
mod written;
mod xes;
mod xml;
mod yaml;
mod yaml_nodes;

pub use asked::Asked;
pub use batch::{Batch, Dividing};
pub use crew::Hand;
pub(crate) use crew::{Awaited, Crew, Lane};
pub use divided::DividedSink;
pub(crate) use divided::read_divided;
pub use document::{Document, DocumentError};
pub use error::InputError;
pub use event::{Event, Fields, InputId, Origin};
pub use excerpt::{Excerpt, Excerpts};
pub(crate) use fence::fenced;
pub use format::{Format, UnknownFormat};
pub use input::Inputs;
pub use limits::Limits;
pub use live::{Amended, LiveAmendment, LiveDecoder, LiveRecord};
pub use map::{MapFile, MapMistake, MapMistakeKind, Preset};
pub use merge::Disorder;
pub use output::Output;
pub use problem::{Problem, ProblemKind};
pub use progress::Progress;
pub use read::{ReadSummary, Sink, read};
pub(crate) use read::{Work, with_crew};
pub use visible::{harmless, visible};
pub use write::{LogWriter, json_line};
pub use yaml_nodes::Node;

/// Whether the first bytes of something say that it is packed with gzip or zstd.
pub(crate) fn is_packed(head: &[u8]) -> bool {
    stream::Packing::of_magic(head) != stream::Packing::None
}

/// What some programs put before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

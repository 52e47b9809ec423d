//! Logs: what happened, read from files as typed events.

mod csv;
mod csv_cells;
mod decode;
mod error;
mod event;
mod excerpt;
#[cfg(test)]
mod fixture;
mod format;
mod input;
mod json;
mod json_text;
mod jsonl;
mod limits;
mod lines;
mod locate;
mod merge;
mod problem;
mod progress;
mod read;
mod reader;
mod record;
mod stream;
mod visible;
mod written;
mod yaml;
mod yaml_nodes;

pub use error::InputError;
pub use event::{Event, InputId, Origin};
pub use excerpt::{Excerpt, Excerpts};
pub use format::{Format, UnknownFormat};
pub use input::Inputs;
pub use limits::Limits;
pub use locate::locate;
pub use merge::Disorder;
pub use problem::{Problem, ProblemKind};
pub use progress::Progress;
pub use read::{ReadSummary, Sink, read};
pub use visible::visible;

/// What some programs put before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

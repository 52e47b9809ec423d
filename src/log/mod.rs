//! Readers that turn files into events, each knowing its file and line.

mod event;

pub use event::{Event, InputId, Origin};

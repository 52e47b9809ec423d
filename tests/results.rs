//! What `servanda check` and `servanda test` write for other programs, as these programs read it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "results/run.rs"]
mod run;

#[path = "results/documents.rs"]
mod documents;

#[path = "results/formats.rs"]
mod formats;

#[path = "results/baseline.rs"]
mod baseline;

#[path = "results/actions.rs"]
mod actions;

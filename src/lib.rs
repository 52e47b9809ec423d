//! Servanda checks logs of what happened against the clauses of an agreement, and explains every breach.
//!
//! Data flows one way through the rooms of this library: text, [`syntax`], [`model`], [`analysis`], [`plan`], [`log`], [`engine`], [`witness`], [`verdict`], [`account`], [`scenario`], [`report`].
//! A room imports only from those before it; [`run`] joins them into a whole run, and [`cli`] is its first user. ARCHITECTURE.md shows the
//! way on one page.

pub mod account;
pub mod analysis;
pub mod cli;
pub mod diagnostic;
pub mod engine;
pub mod export;
pub mod generate;
pub mod index;
pub mod log;
pub mod lsp;
pub mod model;
pub mod plan;
pub mod report;
pub mod run;
pub mod scenario;
pub mod source;
pub mod syntax;
pub mod time;
pub mod value;
pub mod verdict;
pub mod witness;

pub use syntax::format;

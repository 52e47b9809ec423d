//! Text to syntax tree.
//!
//! [`parse`] never gives up on a file at its first mistake: what cannot be parsed is reported, and the declarations around it are still read.

pub mod ast;
mod complete;
mod condition;
mod expected;
mod figure;
mod format;
mod holidays;
mod literal;
mod outline;
mod parser;
mod print;
mod recover;
mod reuse;
mod words;

pub use complete::{Expectation, Expected, expected_at};
pub use format::{WIDTH, format};
pub use holidays::parse_holidays;
pub use outline::{Reusables, comments, conjunct, declaration, reusables};
pub use parser::{HolidayFile, Parsed, Role, parse};
pub use print::print;
pub use recover::tokens;
pub use reuse::{Literals, instantiate};
pub use words::{is_field_name, is_name, is_reserved};

use grammar::{Grammar, Rule};

/// Pest's derive gives its items no documentation of their own; grammar/servanda.pest has it.
mod grammar {
    #![allow(missing_docs)]

    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/servanda.pest"]
    pub(super) struct Grammar;
}

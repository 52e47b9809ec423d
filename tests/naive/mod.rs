//! A second judge of agreements, written from docs/language.md alone, and random agreements to compare it with the engine on.
//!
//! It quantifies over the whole log for every instance and keeps nothing between instants, so that it can be read beside the
//! reference. Its slowness is the price of sharing no idea with the engine.

// Every test crate that includes this module uses a part of it.
#![allow(dead_code)]

mod bound;
mod condition;
pub(crate) mod evaluate;
pub(crate) mod generate;
mod life;
pub(crate) mod log_text;
pub(crate) mod row;
mod rules;
mod tape;
mod term;

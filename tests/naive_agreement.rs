//! The engine and the naive judge find the same on random agreements and logs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

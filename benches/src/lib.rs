//! The limit that speed is held against: the lines of a log merely parsed, into fields that are borrowed from them.

use serde::Deserialize;

/// What a line of the workload has, as far as its clauses look at it.
#[derive(Debug, Deserialize)]
pub struct Line<'a> {
    pub time: &'a str,
    #[serde(rename = "type")]
    pub kind: &'a str,
    pub id: Option<&'a str>,
    pub incident: Option<&'a str>,
    pub by: Option<&'a str>,
    pub level: Option<&'a str>,
}

/// A crate that parses JSON.
#[derive(Debug, Clone, Copy)]
pub enum Parser {
    SerdeJson,
    SonicRs,
}

impl Parser {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "serde_json" => Some(Parser::SerdeJson),
            "sonic-rs" => Some(Parser::SonicRs),
            _ => None,
        }
    }

    /// The line, or nothing if it is not one of the workload.
    pub fn line(self, text: &[u8]) -> Option<Line<'_>> {
        match self {
            Parser::SerdeJson => serde_json::from_slice(text).ok(),
            Parser::SonicRs => sonic_rs::from_slice(text).ok(),
        }
    }
}

//! Results as one HTML page for people: it needs nothing beside itself, and loads nothing.
//!
//! Everything that comes from rules or logs is escaped by the template engine or set as text by the script, and a policy in the page forbids all
//! scripts and styles but its own two, which are named by their hashes.

mod excerpt;
mod timeline;
mod view;
mod words;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use sha2::{Digest, Sha256};

use super::results::Results;
use crate::source::SourceMap;
use view::View;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// So many findings are there without any script; those beyond are shown when they come near to the window.
const WHOLE: usize = 200;

/// Writes results as a page. Rule files are shown from their sources.
///
/// # Errors
/// What the output says.
pub fn write_page(results: &Results, sources: &SourceMap, title: Option<&str>, out: impl Write) -> io::Result<()> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page", TEMPLATE).map_err(io::Error::other)?;
    let template = environment.get_template("page").map_err(io::Error::other)?;
    let view = View::new(results, sources, title);
    let data = serde_json::to_string(&view.timeline).map_err(io::Error::other)?;
    let context = context! {
        view => Serde(&view),
        // An end tag in a title must not end the block.
        data => data.replace('<', "\\u003c"),
        style => STYLE,
        script => SCRIPT,
        style_hash => hash(STYLE),
        script_hash => hash(SCRIPT),
        whole => WHOLE,
    };
    template
        .render_captured_to(context, out)
        .map(|_| ())
        .map_err(io::Error::other)
}

/// What a content policy names an inline block by.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

//! One diagnostic as miette shows it.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, Severity, SourceCode};

use super::quilt::{Quilt, shown};
use super::style::Style;

/// A message, what it is about, and the pieces of files that show it.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) code: String,
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) quilt: Quilt,
}

impl Card {
    pub(super) fn render(&self, style: Style) -> String {
        let mut text = String::new();
        // Writing to a `String` cannot fail, and `Quilt` refuses only spans that cross pieces, which labels do not.
        let _ = style.handler().render_report(&mut text, self);
        let trimmed: Vec<&str> = text.trim_matches('\n').lines().map(str::trim_end).collect();
        trimmed.join("\n")
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.message))
    }
}

impl std::error::Error for Card {}

impl Diagnostic for Card {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_deref().map(shown);
        help.map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.quilt.labels();
        (!labels.is_empty()).then(|| Box::new(labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.quilt)
    }
}

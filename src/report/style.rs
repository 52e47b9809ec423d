//! How a report looks: its width, and whether it uses colour and line drawing.

use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

/// How a report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns; at least 40.
    pub width: usize,
    /// Whether to use colour.
    pub colour: bool,
    /// Whether to draw with more than ASCII.
    pub unicode: bool,
}

impl Style {
    /// Without colour, 80 columns wide: what files and tests want.
    pub const PLAIN: Style = Style {
        width: 80,
        colour: false,
        unicode: true,
    };

    pub(super) fn handler(self) -> GraphicalReportHandler {
        let theme = GraphicalTheme {
            characters: if self.unicode {
                ThemeCharacters::unicode()
            } else {
                ThemeCharacters::ascii()
            },
            styles: if self.colour {
                ThemeStyles::ansi()
            } else {
                ThemeStyles::none()
            },
        };
        GraphicalReportHandler::new_themed(theme)
            .with_width(self.width.max(40))
            .with_links(false)
            .with_context_lines(1)
            .with_break_words(false)
            // A date, a URL or a name that is broken at its hyphens can be neither read nor copied.
            .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
    }

    /// A text in bold, where there is colour.
    pub(super) fn strong(self, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// A text in one of the eight colours by its ANSI number, where there is colour.
    pub(super) fn tinted(self, text: &str, colour: u8) -> String {
        if self.colour {
            format!("\u{1b}[3{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

//! Files that list holidays: a day on each line, and its name if it has one.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use crate::time::Date;

/// How many mistakes of one list are shown.
const MOST_SHOWN: usize = 10;

/// The days of a list, and the mistakes in it. A line is empty, or a day and its name; `#` starts a comment.
pub fn parse_holidays(text: &str, source: SourceId) -> (Vec<Date>, Vec<Diagnostic>) {
    let mut dates = Vec::new();
    let mut mistakes = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.split('#').next().unwrap_or_default();
        let word = content
            .split(|char: char| char.is_whitespace() || char == '\u{FEFF}')
            .find(|word| !word.is_empty());
        if let Some(word) = word {
            match word.parse::<Date>() {
                Ok(date) => dates.push(date),
                Err(_) => {
                    let at = start + line.find(word).unwrap_or(0);
                    mistakes.push(not_a_day(word, at, source));
                }
            }
        }
        start += line.len();
        if mistakes.len() == MOST_SHOWN {
            break;
        }
    }
    (dates, mistakes)
}

fn not_a_day(word: &str, at: usize, source: SourceId) -> Diagnostic {
    let shown: String = word.chars().take(30).collect();
    let shown = shown.escape_debug().to_string();
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span {
        source,
        start: offset(at),
        end: offset(at + word.len()),
    };
    let message = format!("`{shown}` is not a day of the calendar");
    let diagnostic = Diagnostic::error(Code::BadLiteral, message, span, "a line of holidays starts with a day");
    diagnostic.help("write one day on each line, its name after it: `2025-01-01 New Year's Day`; `#` starts a comment")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn reads_days_with_names_and_comments() {
        let text =
            "\u{FEFF}# holidays of 2025\r\n2025-01-01 New Year's Day\r\n\n  2025-12-25  # and its name\n2025-12-26";
        let (dates, mistakes) = parse_holidays(text, SourceId::default());
        let shown: Vec<String> = dates.iter().map(Date::to_string).collect();
        assert_eq!(shown, ["2025-01-01", "2025-12-25", "2025-12-26"]);
        assert!(mistakes.is_empty());
    }

    #[test]
    fn points_at_the_word_that_is_no_day() {
        let text = "2025-01-01\n2025-02-30 no day\nChristmas 2025-12-25\n";
        let mut sources = SourceMap::new();
        let source = sources.add("list", text);
        let (dates, mistakes) = parse_holidays(text, source);
        assert_eq!(dates.len(), 1);
        let words: Vec<&str> = mistakes
            .iter()
            .map(|mistake| sources.snippet(mistake.labels[0].span))
            .collect();
        assert_eq!(words, ["2025-02-30", "Christmas"]);
    }
}

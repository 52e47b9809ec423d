//! Words of the page: counts, moments, sentences.

use serde::Serialize;

use crate::report::results::{Counts, Moment, StrengthWord, VerdictWord};

/// A verdict, a count of duties that came out so, and its share of a bar of 1000.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    pub(super) id: VerdictWord,
    pub(super) word: &'static str,
    gloss: &'static str,
    pub(super) n: u64,
    x: f64,
    width: f64,
}

/// A word with a name for machines.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Term<T> {
    pub(super) id: T,
    pub(super) word: &'static str,
}

/// The verdicts, the gravest first.
pub(super) const VERDICTS: [VerdictWord; 7] = [
    VerdictWord::Violated,
    VerdictWord::Unknown,
    VerdictWord::Excused,
    VerdictWord::Repaired,
    VerdictWord::Waived,
    VerdictWord::Open,
    VerdictWord::Met,
];

pub(super) fn verdict(id: VerdictWord) -> Term<VerdictWord> {
    let word = match id {
        VerdictWord::Violated => "Violated",
        VerdictWord::Unknown => "Unknown",
        VerdictWord::Excused => "Excused",
        VerdictWord::Repaired => "Repaired",
        VerdictWord::Waived => "Waived",
        VerdictWord::Open => "Open",
        VerdictWord::Met => "Met",
    };
    Term { id, word }
}

fn gloss(id: VerdictWord) -> &'static str {
    match id {
        VerdictWord::Violated => "broken, and not repaired",
        VerdictWord::Unknown => "the log does not tell",
        VerdictWord::Excused => "late, with an excuse that counts",
        VerdictWord::Repaired => "broken, then made good",
        VerdictWord::Waived => "no longer owed",
        VerdictWord::Open => "not due yet",
        VerdictWord::Met => "kept",
    }
}

pub(super) fn strength(id: StrengthWord) -> Term<StrengthWord> {
    let word = match id {
        StrengthWord::Binding => "binding",
        StrengthWord::BestEffort => "best effort",
        StrengthWord::Aim => "aim",
        StrengthWord::Permission => "permission",
    };
    Term { id, word }
}

/// The counts that are not 0, the gravest first.
pub(super) fn counts(counts: &Counts) -> Vec<Count> {
    let of = |id| match id {
        VerdictWord::Violated => counts.violated,
        VerdictWord::Unknown => counts.unknown,
        VerdictWord::Excused => counts.excused,
        VerdictWord::Repaired => counts.repaired,
        VerdictWord::Waived => counts.waived,
        VerdictWord::Open => counts.open,
        VerdictWord::Met => counts.met,
    };
    let total: u64 = VERDICTS.into_iter().map(of).sum();
    let mut x = 0.0;
    let mut found = Vec::new();
    for id in VERDICTS {
        let n = of(id);
        if n == 0 {
            continue;
        }
        let width = share(n, total);
        found.push(Count {
            id,
            word: verdict(id).word,
            gloss: gloss(id),
            n,
            x,
            width,
        });
        x += width;
    }
    found
}

/// A part of a whole, in thousandths.
#[allow(clippy::cast_precision_loss)]
fn share(part: u64, whole: u64) -> f64 {
    (part as f64 * 1000.0 / whole.max(1) as f64 * 100.0).round() / 100.0
}

/// An instant for people and for machines.
#[derive(Debug, Clone, Serialize)]
pub(super) struct When {
    iso: String,
    pub(super) text: String,
}

impl From<&Moment> for When {
    fn from(moment: &Moment) -> Self {
        When {
            iso: moment.text.clone(),
            text: spoken(&moment.text),
        }
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The date of an instant as it is written in a letter: `13 June 2024`.
pub(super) fn date(rfc3339: &str) -> String {
    let (date, _) = rfc3339.split_once('T').unwrap_or((rfc3339, ""));
    let parts: Vec<&str> = date.rsplitn(3, '-').collect();
    let [day, month, year] = parts[..] else {
        return date.to_owned();
    };
    let month = month
        .parse()
        .ok()
        .and_then(|month: usize| MONTHS.get(month.wrapping_sub(1)));
    match month {
        Some(month) => format!("{} {month} {year}", day.trim_start_matches('0')),
        None => date.to_owned(),
    }
}

/// An instant as it is written in a letter, with its offset: `13 June 2024, 09:00 +03:00`.
fn spoken(rfc3339: &str) -> String {
    let Some((_, time)) = rfc3339.split_once('T') else {
        return rfc3339.to_owned();
    };
    let zone = time.find(['+', '-', 'Z']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let clock = clock
        .strip_suffix(":00")
        .filter(|clock| clock.len() == 5)
        .unwrap_or(clock);
    let zone = if zone == "Z" { "UTC" } else { zone };
    format!("{}, {clock} {zone}", date(rfc3339))
}

/// A sentence, taken apart where it quotes a name.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Piece {
    text: String,
    code: bool,
}

/// The pieces of a sentence with names in backticks.
pub(super) fn pieces(sentence: &str) -> Vec<Piece> {
    let parts: Vec<&str> = sentence.split('`').collect();
    // An odd number of backticks is none of ours.
    if parts.len().is_multiple_of(2) {
        return vec![Piece {
            text: sentence.to_owned(),
            code: false,
        }];
    }
    let pieces = parts.iter().enumerate().map(|(at, text)| Piece {
        text: (*text).to_owned(),
        code: at % 2 == 1,
    });
    pieces.filter(|piece| !piece.text.is_empty()).collect()
}

/// The pieces of a headline, which begins with a capital unless with a name.
pub(super) fn sentence(headline: &str) -> Vec<Piece> {
    let mut pieces = pieces(headline);
    if let Some(first) = pieces.first_mut().filter(|first| !first.code) {
        first.text = capitalised(&first.text);
    }
    pieces
}

/// With a capital first.
pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_like_a_letter() {
        assert_eq!(spoken("2024-06-13T09:00:00+03:00"), "13 June 2024, 09:00 +03:00");
        assert_eq!(spoken("2024-06-03T09:00:07Z"), "3 June 2024, 09:00:07 UTC");
        assert_eq!(spoken("2024-06-03T09:00:07.5-01:00"), "3 June 2024, 09:00:07.5 -01:00");
        assert_eq!(date("0001-01-01T00:00:00Z"), "1 January 0001");
    }

    #[test]
    fn names_are_told_from_words() {
        let text = |sentence| -> Vec<(String, bool)> {
            pieces(sentence)
                .into_iter()
                .map(|piece| (piece.text, piece.code))
                .collect()
        };
        assert_eq!(
            text("no `a` came"),
            [
                ("no ".to_owned(), false),
                ("a".to_owned(), true),
                (" came".to_owned(), false)
            ]
        );
        assert_eq!(text("one ` alone"), [("one ` alone".to_owned(), false)]);
    }
}

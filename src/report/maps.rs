//! Mistakes in maps.

use super::card::Card;
use super::quilt::{PieceLabel, Quilt};
use super::style::Style;
use crate::log::MapMistake;

/// The text for the mistakes in a map.
pub fn map_mistakes(mistakes: &[MapMistake], name: &str, text: &str, style: Style) -> String {
    let cards = mistakes.iter().map(|mistake| {
        let label = PieceLabel {
            range: mistake.range.clone(),
            text: mistake.label.clone(),
            minor: false,
        };
        let mut quilt = Quilt::default();
        quilt.rule(name, text, vec![label], style);
        let card = Card {
            code: mistake.kind.name().to_owned(),
            severity: miette::Severity::Error,
            message: mistake.message.clone(),
            help: mistake.help.clone(),
            quilt,
        };
        card.render(style)
    });
    let cards: Vec<String> = cards.collect();
    cards.join("\n\n")
}

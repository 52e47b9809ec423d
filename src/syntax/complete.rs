//! What can be written after a text, as the grammar has it.

use pest::Parser as _;
use pest::error::{ErrorVariant, InputLocation};

use super::expected::phrase;
use super::{Grammar, Rule, recover};

/// What the grammar could go on with at a place.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Words of the language, sorted.
    pub words: Vec<&'static str>,
    /// What else can stand there.
    pub names: Vec<Expectation>,
}

/// What a name or a literal can stand for at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// A value or an event, or a condition.
    Operand,
    /// A literal, or the parameter of a template that stands for one.
    Literal,
    /// A type of event.
    Event,
    /// A party, or a field that holds one.
    Party,
    /// A type.
    Type,
    /// What states have a value for each of.
    Key,
}

/// A sign that no rule reads, so that the parser says what it would have read instead.
const STOP: char = '\u{1}';

/// What the grammar could go on with after a text, of which the last declaration counts. A mistake in the declaration before its last clause
/// does no harm; one in the clause itself leaves nothing to be known.
pub fn expected_at(before: &str) -> Expected {
    let chunks = recover::chunks(before);
    let start = chunks.last().map_or(before.len(), |chunk| chunk.range.start);
    let declaration = &before[start..];
    let clause = recover::tokens(declaration)
        .filter(|token| &declaration[token.clone()] == "clause")
        .last();
    let clause = clause.map(|token| &declaration[token.start..]);
    for text in std::iter::once(declaration).chain(clause) {
        let stopped = format!("{text}{STOP}");
        if let Err(error) = Grammar::parse(Rule::file, &stopped)
            && let InputLocation::Pos(at) = error.location
            && at >= text.trim_end().len()
            && let ErrorVariant::ParsingError { positives, .. } = &error.variant
        {
            return Expected::of(positives, text);
        }
    }
    Expected::default()
}

impl Expected {
    fn of(rules: &[Rule], text: &str) -> Self {
        let words: Vec<&str> = recover::tokens(text).map(|token| &text[token]).collect();
        let last = words.last().copied().unwrap_or("");
        let has = |rule: Rule| rules.contains(&rule);
        let operand = has(Rule::negation) || has(Rule::list);
        let ty = has(Rule::kw_set);
        let name = has(Rule::name) && !operand && !ty;
        let counted = last.starts_with(|char: char| char.is_ascii_digit());
        let before_event = matches!(
            last,
            "when" | "by" | "of" | "some" | "no" | "conduct" | "avoid" | "ensure" | "then"
        );
        let in_state = words.first() == Some(&"state") && matches!(last, "{" | "}");
        let names = [
            (Expectation::Operand, operand),
            (
                Expectation::Literal,
                has(Rule::duration) || has(Rule::limit) || has(Rule::date) || has(Rule::count),
            ),
            (
                Expectation::Event,
                name && (has(Rule::figure) || counted || before_event || in_state),
            ),
            // Parts of a clause are asked for where a party can start a duty.
            (Expectation::Party, name && (has(Rule::kw_otherwise) || last == "and")),
            (Expectation::Type, ty),
            (Expectation::Key, name && last == "every"),
        ];
        let names = names
            .into_iter()
            .filter(|(_, stands)| *stands)
            .map(|(kind, _)| kind)
            .collect();
        let mut found: Vec<&'static str> = rules.iter().copied().flat_map(quoted_words).collect();
        if has(Rule::file) {
            found.extend(recover::ITEM_WORDS);
        }
        if has(Rule::negation) {
            found.push("not");
            let place = words
                .iter()
                .rev()
                .find(|word| matches!(**word, "if" | "unless" | "where" | "as" | "with" | "maintain"));
            // Only guards and predicates can look into the past.
            if matches!(place, Some(&"if" | &"unless" | &"as")) {
                found.extend(["some", "no", "at least"]);
            }
        }
        found.sort_unstable();
        found.dedup();
        Expected { words: found, names }
    }
}

/// The words of the language that a rule starts with, which its phrase names.
fn quoted_words(rule: Rule) -> impl Iterator<Item = &'static str> {
    let quoted = phrase(rule).unwrap_or("").split('`').skip(1).step_by(2);
    quoted.filter(|word| word.chars().all(|char| char.is_ascii_lowercase() || char == ' '))
}

#[cfg(test)]
mod tests {
    use super::{Expectation, expected_at};

    fn words(before: &str) -> Vec<&'static str> {
        expected_at(before).words
    }

    #[test]
    fn words_are_those_that_the_grammar_reads_there() {
        assert_eq!(
            words("event a {} clause x { US "),
            ["aim to", "and", "may", "must", "should"]
        );
        assert_eq!(words("clause x { US must "), ["avoid", "ensure", "maintain"]);
        assert_eq!(words("agreement a { in "), ["force"]);
        let start = words("");
        assert!(
            ["use", "template", "clause"].iter().all(|word| start.contains(word)),
            "{start:?}"
        );
        let after = words("clause x { US must ensure e c within 3 days ");
        assert!(
            ["otherwise", "excused if", "and", "waived by"]
                .iter()
                .all(|word| after.contains(word)),
            "{after:?}"
        );
    }

    #[test]
    fn only_guards_are_offered_the_past() {
        assert!(words("clause x { when e a if ").contains(&"some"));
        assert!(!words("clause x { when e a where ").contains(&"some"));
    }

    #[test]
    fn the_kind_of_name_is_told() {
        for (before, expected) in [
            ("clause x { when ", &[Expectation::Event][..]),
            ("clause x { US must ensure at least 3 ", &[Expectation::Event]),
            ("clause x { US and ", &[Expectation::Party]),
            ("clause x { ", &[Expectation::Party]),
            ("event e { f: ", &[Expectation::Type]),
            ("clause x { when e a where ", &[Expectation::Operand]),
            ("clause x { US must ensure e a within ", &[Expectation::Literal]),
            ("clause x { US must maintain s(u) for every ", &[Expectation::Key]),
            ("event ", &[]),
        ] {
            assert_eq!(expected_at(before).names, expected, "{before}");
        }
    }

    #[test]
    fn a_mistake_in_an_earlier_clause_does_no_harm() {
        let before = "agreement a { clause broken { oops oops oops } clause x { US must ";
        assert_eq!(words(before), ["avoid", "ensure", "maintain"]);
    }
}

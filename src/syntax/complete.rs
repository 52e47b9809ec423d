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
    /// A name that stands for a value or an event, or a condition.
    pub operand: bool,
    /// A literal, or the parameter of a template that stands for one.
    pub literal: bool,
    /// The name of a type of event.
    pub event: bool,
    /// A party, or a field that holds one.
    pub party: bool,
    /// The name of a type.
    pub ty: bool,
    /// What states have a value for each of.
    pub key: bool,
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
        let mut expected = Expected {
            operand: has(Rule::negation) || has(Rule::list),
            literal: has(Rule::duration) || has(Rule::limit) || has(Rule::date) || has(Rule::count),
            ty: has(Rule::kw_set),
            ..Expected::default()
        };
        if has(Rule::name) && !expected.operand && !expected.ty {
            let counted = last.starts_with(|char: char| char.is_ascii_digit());
            expected.key = last == "every";
            // Parts of a clause are asked for where a party can start a duty.
            expected.party = has(Rule::kw_otherwise) || last == "and";
            expected.event = has(Rule::figure)
                || counted
                || matches!(
                    last,
                    "when" | "by" | "of" | "some" | "no" | "conduct" | "avoid" | "ensure"
                )
                || words.first() == Some(&"state") && matches!(last, "{" | "}");
        }
        let mut found: Vec<&'static str> = rules.iter().copied().flat_map(quoted_words).collect();
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
        expected.words = found;
        expected
    }
}

/// The words of the language that a rule starts with, which its phrase names.
fn quoted_words(rule: Rule) -> impl Iterator<Item = &'static str> {
    let quoted = phrase(rule).unwrap_or("").split('`').skip(1).step_by(2);
    quoted.filter(|word| word.chars().all(|char| char.is_ascii_lowercase() || char == ' '))
}

#[cfg(test)]
mod tests {
    use super::{Expected, expected_at};

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
        assert!(words("").contains(&"template"));
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
        let only = |expected: Expected| Expected {
            words: Vec::new(),
            ..expected
        };
        let nothing = Expected::default;
        for (before, expected) in [
            (
                "clause x { when ",
                Expected {
                    event: true,
                    ..nothing()
                },
            ),
            (
                "clause x { US must ensure at least 3 ",
                Expected {
                    event: true,
                    ..nothing()
                },
            ),
            (
                "clause x { US and ",
                Expected {
                    party: true,
                    ..nothing()
                },
            ),
            (
                "clause x { ",
                Expected {
                    party: true,
                    ..nothing()
                },
            ),
            ("event e { f: ", Expected { ty: true, ..nothing() }),
            (
                "clause x { when e a where ",
                Expected {
                    operand: true,
                    ..nothing()
                },
            ),
            (
                "clause x { US must ensure e a within ",
                Expected {
                    literal: true,
                    ..nothing()
                },
            ),
            (
                "clause x { US must maintain s(u) for every ",
                Expected { key: true, ..nothing() },
            ),
            ("event ", nothing()),
        ] {
            assert_eq!(only(expected_at(before)), expected, "{before}");
        }
    }

    #[test]
    fn a_mistake_in_an_earlier_clause_does_no_harm() {
        let before = "agreement a { clause broken { oops oops oops } clause x { US must ";
        assert_eq!(words(before), ["avoid", "ensure", "maintain"]);
    }
}

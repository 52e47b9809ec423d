//! Which words can be names.

use pest::Parser as _;

use super::{Grammar, Rule};

/// Whether a word can be the name of a declaration, a party or an event in a clause.
pub fn is_name(word: &str) -> bool {
    is_all_of(Rule::name, word)
}

/// Whether a word can be the name of a field, as words of the language can.
pub fn is_field_name(word: &str) -> bool {
    is_all_of(Rule::field_name, word)
}

/// Whether a word is kept by the language, so that it cannot be a name.
pub fn is_reserved(word: &str) -> bool {
    is_all_of(Rule::reserved, word)
}

fn is_all_of(rule: Rule, word: &str) -> bool {
    let parsed = Grammar::parse(rule, word);
    parsed.is_ok_and(|pairs| pairs.as_str().len() == word.len() && !word.is_empty())
}

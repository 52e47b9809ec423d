//! Places in the text of a rule file that the tree does not keep: what to cut to leave something out, and comments that speak to the tool.

use std::collections::HashSet;
use std::ops::Range;

use pest::Parser as _;
use pest::iterators::{Pair, Pairs};

use super::{Grammar, Rule, recover};

/// What a text declares to be used again, and what it uses.
#[derive(Debug, Default)]
pub struct Reusables {
    /// The names of predicates, and where they stand.
    pub predicates: Vec<(String, Range<usize>)>,
    /// The names of templates, and where they stand.
    pub templates: Vec<(String, Range<usize>)>,
    /// The names that are asked of something in brackets.
    pub asked: HashSet<String>,
    /// The names of templates that are applied.
    pub applied: HashSet<String>,
}

/// The predicates and templates of a text, and what it asks and applies; nothing if it does not parse.
pub fn reusables(text: &str) -> Reusables {
    let mut found = Reusables::default();
    let Ok(pairs) = Grammar::parse(Rule::file, text) else {
        return found;
    };
    each(pairs, &mut |pair| {
        let rule = pair.as_rule();
        if !matches!(rule, Rule::define | Rule::template | Rule::call | Rule::apply) {
            return;
        }
        let Some(name) = pair.clone().into_inner().find(|inner| inner.as_rule() == Rule::name) else {
            return;
        };
        let (text, range) = (name.as_str().to_owned(), range(&name));
        match rule {
            Rule::define => found.predicates.push((text, range)),
            Rule::template => found.templates.push((text, range)),
            Rule::call => drop(found.asked.insert(text)),
            _ => drop(found.applied.insert(text)),
        }
    });
    found
}

/// What to cut from a text to leave out the declaration whose name stands at this place: its lines, if it has them for itself. The comments above
/// it stay.
pub fn declaration(text: &str, name: &Range<usize>) -> Option<Range<usize>> {
    let pairs = Grammar::parse(Rule::file, text).ok()?;
    let mut found = None;
    each(pairs, &mut |pair| {
        let is_declaration = matches!(
            pair.as_rule(),
            Rule::event_decl | Rule::state_decl | Rule::define | Rule::template | Rule::party_decl
        );
        let mut inner = pair.clone().into_inner();
        if is_declaration && inner.any(|inner| inner.as_rule() == Rule::name && range(&inner) == *name) {
            found = Some(last_word(text, &range(pair)));
        }
    });
    let mut cut = found?;
    let line_start = text[..cut.start].rfind('\n').map_or(0, |at| at + 1);
    let after = &text[cut.end..];
    let line_end = after.find('\n').map_or(after.len(), |at| at + 1);
    if text[line_start..cut.start].trim().is_empty() && after[..line_end].trim().is_empty() {
        cut = line_start..cut.end + line_end;
    }
    Some(cut)
}

/// What to cut from a text to leave out the conjunct at this place, if it is one of several that stand after the `where` of the event whose name stands
/// at `event`, and no comment goes with it.
pub fn conjunct(text: &str, event: &Range<usize>, place: &Range<usize>) -> Option<Range<usize>> {
    let pairs = Grammar::parse(Rule::file, text).ok()?;
    let mut found = None;
    each(pairs, &mut |pair| {
        if pair.as_rule() != Rule::pattern {
            return;
        }
        let mut inner = pair.clone().into_inner();
        if inner.next().is_none_or(|name| range(&name) != *event) {
            return;
        }
        let Some(condition) = inner
            .find(|inner| inner.as_rule() == Rule::where_part)
            .and_then(|part| part.into_inner().find(|inner| inner.as_rule() == Rule::condition))
        else {
            return;
        };
        let alternatives: Vec<P<'_>> = condition.into_inner().collect();
        let [conjunction] = alternatives.as_slice() else { return };
        let conjuncts: Vec<Range<usize>> = conjunction
            .clone()
            .into_inner()
            .filter(|inner| inner.as_rule() == Rule::negation)
            .map(|inner| last_word(text, &range(&inner)))
            .collect();
        let position = conjuncts.iter().position(|conjunct| conjunct == place);
        found = match position {
            Some(0) => conjuncts.get(1).map(|next| place.start..next.start),
            Some(position) => conjuncts.get(position - 1).map(|before| before.end..place.end),
            None => None,
        };
    });
    found.filter(|cut| !text[cut.clone()].contains('#'))
}

/// The comments of a text, and where they stand.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    let end = text.len()..text.len();
    for token in recover::tokens(text).chain([end]) {
        while let Some(start) = text[at..token.start].find('#') {
            let start = at + start;
            at = text[start..token.start]
                .find('\n')
                .map_or(token.start, |length| start + length);
            found.push(start..at);
        }
        at = token.end;
    }
    found
}

type P<'i> = Pair<'i, Rule>;

fn range(pair: &P<'_>) -> Range<usize> {
    pair.as_span().start()..pair.as_span().end()
}

/// A range without the white space and comments that a rule looked past.
fn last_word(text: &str, range: &Range<usize>) -> Range<usize> {
    let words = recover::tokens(&text[range.clone()]);
    let end = words.last().map_or(range.start, |last| range.start + last.end);
    range.start..end
}

fn each<'i>(pairs: Pairs<'i, Rule>, visit: &mut impl FnMut(&P<'i>)) {
    let mut open = vec![pairs];
    while let Some(pairs) = open.last_mut() {
        match pairs.next() {
            Some(pair) => {
                visit(&pair);
                open.push(pair.into_inner());
            }
            None => drop(open.pop()),
        }
    }
}

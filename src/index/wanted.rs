//! What the words before a place ask for there: the type of the other side.

use super::{Index, Thing, Tokens};
use crate::source::SourceId;
use crate::value::Type;

impl Index {
    /// What is asked for at an offset, as far as the words before it tell.
    pub fn wanted_at(&self, text: &str, source: SourceId, offset: usize) -> Option<Thing> {
        let tokens = self.tokens(source)?;
        let words = Words {
            index: self,
            source,
            text,
            tokens,
        };
        words.wanted(tokens.before(offset))
    }
}

struct Words<'a> {
    index: &'a Index,
    source: SourceId,
    text: &'a str,
    tokens: &'a Tokens,
}

impl<'a> Words<'a> {
    fn word(&self, position: usize) -> &'a str {
        self.tokens.word(self.text, position)
    }

    /// What is asked for after the first `count` tokens.
    fn wanted(&self, count: usize) -> Option<Thing> {
        let last = count.checked_sub(1)?;
        match self.word(last) {
            "=" | "<" | ">" => {
                let sign = match last.checked_sub(1).map(|before| self.word(before)) {
                    Some("=" | "!" | "<" | ">") => last - 1,
                    _ => last,
                };
                self.type_before(sign).map(Thing::Value)
            }
            "includes" => match self.type_before(last)? {
                Type::Set(of) => Some(Thing::Value(*of)),
                _ => None,
            },
            "[" => self.element(last),
            "," | "(" => self.within_brackets(last),
            ":" => self.argument(last),
            "to" | "sets" | "initially" => {
                let state = (0..last).rev().find(|&at| self.word(at) == "state")?;
                let name = self.word(state + 1);
                let state = self.index.world.states.get(name)?;
                // `sets KEY to VALUE`: what follows `sets` is the key of a state that has one.
                let ty = if self.word(last) == "sets" && state.key.is_some() {
                    state.key_type.clone()
                } else {
                    state.ty.clone()
                };
                ty.map(Thing::Value)
            }
            _ => None,
        }
    }

    /// What the elements of a list that opens at a token are asked to be.
    fn element(&self, open: usize) -> Option<Thing> {
        let before = open.checked_sub(1)?;
        if self.word(before) == "in" {
            return self.type_before(before).map(Thing::Value);
        }
        match self.wanted(open)? {
            Thing::Value(Type::Set(of)) => Some(Thing::Value(*of)),
            // After `includes` a list holds elements, as a single one would be.
            other => (self.word(before) == "includes").then_some(other),
        }
    }

    /// What is asked for after a comma or an opening bracket.
    fn within_brackets(&self, last: usize) -> Option<Thing> {
        let mut depth = 0_usize;
        let mut commas = 0_usize;
        for at in (0..=last).rev() {
            match self.word(at) {
                ")" | "]" | "}" => depth += 1,
                "[" if depth == 0 => return self.element(at),
                "(" if depth == 0 => {
                    let name = self.word(at.checked_sub(1)?);
                    let world = &self.index.world;
                    if let Some(state) = world.states.get(name) {
                        return state.key_type.clone().map(Thing::Value);
                    }
                    let predicate = world.predicates.get(name)?;
                    return predicate.parameters.get(commas).map(|(_, thing)| thing.clone());
                }
                "{" if depth == 0 => return None,
                "(" | "[" | "{" => depth = depth.saturating_sub(1),
                "," if depth == 0 => commas += 1,
                _ => {}
            }
        }
        None
    }

    /// What is asked for after `parameter:` of an `apply`.
    fn argument(&self, colon: usize) -> Option<Thing> {
        let name = self.word(colon.checked_sub(1)?);
        let start = self.tokens.range(colon)?.start;
        let template = self.index.applied_at(self.text, self.source, start)?;
        let template = self.index.world.templates.get(template)?;
        let found = template.parameters.iter().find(|(known, _)| known == name)?;
        Some(found.1.clone())
    }

    /// The type of the operand that ends before a token.
    fn type_before(&self, end: usize) -> Option<Type> {
        let last = end.checked_sub(1)?;
        let word = self.word(last);
        if word == ")" {
            let open = (0..last).rev().find(|&at| self.word(at) == "(")?;
            return self.index.world.states.get(self.word(open.checked_sub(1)?))?.ty.clone();
        }
        if last.checked_sub(1).map(|dot| self.word(dot)) == Some(".") {
            let root = last.checked_sub(2)?;
            return match &self.local(root)?.thing {
                Thing::Event(kinds) => self.index.world.field_type(kinds, word),
                _ => None,
            };
        }
        match self.local(last) {
            Some(local) => local.thing.value().cloned(),
            None => self.index.world.states.get(word)?.ty.clone(),
        }
    }

    fn local(&self, position: usize) -> Option<&'a super::Local> {
        let start = self.tokens.range(position)?.start;
        let word = self.word(position);
        self.index
            .locals_at(self.source, start)
            .filter(|local| local.name == word)
            .last()
    }
}

impl Index {
    /// The template whose arguments an offset stands among, as far as the words before it tell.
    pub fn applied_at<'t>(&self, text: &'t str, source: SourceId, offset: usize) -> Option<&'t str> {
        let tokens = self.tokens(source)?;
        let at = tokens.before(offset);
        let mut depth = 0_usize;
        for position in (0..at).rev() {
            match tokens.word(text, position) {
                ")" | "]" => depth += 1,
                "(" | "[" if depth > 0 => depth -= 1,
                "(" => {
                    let name = position.checked_sub(1)?;
                    let is_applied = tokens.word(text, name.checked_sub(1)?) == "apply";
                    return is_applied.then(|| tokens.word(text, name));
                }
                "{" | "}" => return None,
                _ => {}
            }
        }
        None
    }
}

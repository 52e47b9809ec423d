//! The names that the rules give, made ready to be found.

use super::json_scan::{Cursor, Sketch};
use crate::model::{EventTypeId, Model};
use crate::value::{PartyId, Type, Variant};

/// Names and what they stand for.
#[derive(Debug)]
pub(super) enum Names<'m, I> {
    Few(Vec<(Sketch, &'m str, I)>),
    Many(foldhash::HashMap<&'m str, I>),
}

impl<'m, I: Copy> FromIterator<(&'m str, I)> for Names<'m, I> {
    fn from_iter<T: IntoIterator<Item = (&'m str, I)>>(names: T) -> Self {
        const FEW: usize = 8;
        let names: Vec<(&str, I)> = names.into_iter().collect();
        if names.len() <= FEW {
            // Of two of one name the last one is meant, as in a table.
            let names = names.into_iter().rev();
            Names::Few(names.map(|(name, id)| (Sketch::of(name), name, id)).collect())
        } else {
            Names::Many(names.into_iter().collect())
        }
    }
}

impl<'m> Names<'m, EventTypeId> {
    /// Those of the event types.
    pub(super) fn of_types(model: &'m Model) -> Self {
        let names = model.events.iter().map(|event| event.name.as_str());
        names.zip((0..).map(EventTypeId)).collect()
    }
}

impl<'m> Names<'m, PartyId> {
    /// Those of the parties.
    pub(super) fn of_parties(model: &'m Model) -> Self {
        let names = model.parties.iter().map(|party| party.name.as_str());
        names.zip((0..).map(PartyId)).collect()
    }
}

impl<'m> Names<'m, Variant> {
    /// Those of the values of an enumeration; none of another type.
    pub(super) fn of_variants(ty: &'m Type) -> Self {
        let names = match ty {
            Type::Enum(names) => names.names.as_slice(),
            _ => &[],
        };
        names.iter().map(String::as_str).zip((0..).map(Variant)).collect()
    }
}

impl<I: Copy> Names<'_, I> {
    /// Takes the name that a text of JSON is, behind its first quote.
    #[inline]
    pub(super) fn take(&self, cursor: &mut Cursor<'_>) -> Option<I> {
        if let Names::Few(names) = self
            && let Some(sketch) = cursor.short_text()
        {
            let found = names.iter().find(|(known, ..)| *known == sketch);
            return found.map(|(.., id)| *id);
        }
        let start = cursor.place();
        if cursor.text()? {
            return None;
        }
        self.find(cursor.between(start, cursor.place() - 1)?)
    }

    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<I> {
        match self {
            Names::Few(names) => {
                let sketch = Sketch::of(name);
                let mut names = names.iter();
                let found = names.find(|(known, known_name, _)| sketch.is_of(name, *known, known_name));
                found.map(|(.., id)| *id)
            }
            Names::Many(names) => names.get(name).copied(),
        }
    }
}

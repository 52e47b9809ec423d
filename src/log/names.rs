//! The names that the rules give, made ready to be found.

use super::fixed::Fixed;
use super::json_scan::{Sketch, is_plain, plain_length};
use crate::model::{EventTypeId, Model};
use crate::value::{PartyId, Type, Variant};

/// Names and what they stand for.
#[derive(Debug)]
pub(super) enum Names<'m, I> {
    Few(Vec<Known<'m, I>>),
    Many(foldhash::HashMap<&'m [u8], I>),
}

/// A name of few.
#[derive(Debug)]
pub(super) struct Known<'m, I> {
    name: &'m str,
    sketch: Sketch,
    /// The name and the quote behind it, as a text of JSON has them.
    quoted: Fixed,
    id: I,
}

impl<'m, I> Known<'m, I> {
    fn new(name: &'m str, id: I) -> Self {
        Known {
            name,
            sketch: Sketch::of(name),
            quoted: Fixed::new(&[name.as_bytes(), b"\""].concat()),
            id,
        }
    }
}

impl<'m, I: Copy> FromIterator<(&'m str, I)> for Names<'m, I> {
    fn from_iter<T: IntoIterator<Item = (&'m str, I)>>(names: T) -> Self {
        const FEW: usize = 8;
        let names: Vec<(&str, I)> = names.into_iter().collect();
        if names.len() > FEW || !names.iter().all(|(name, _)| is_plain(name)) {
            return Names::Many(names.into_iter().map(|(name, id)| (name.as_bytes(), id)).collect());
        }
        let mut few: Vec<Known<'m, I>> = Vec::with_capacity(names.len());
        for (name, id) in names {
            // Of two of one name the last one is meant, as in a table.
            match few.iter_mut().find(|known| known.name == name) {
                Some(known) => known.id = id,
                None => few.push(Known::new(name, id)),
            }
        }
        Names::Few(few)
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
    /// The name that a text of JSON is, from behind its first quote, and what follows the text.
    #[inline]
    pub(super) fn take<'t>(&self, text: &'t [u8]) -> Option<(I, &'t [u8])> {
        match self {
            Names::Few(names) => {
                let next = text.first_chunk();
                let mut names = names
                    .iter()
                    .filter(|known| next.is_none_or(|next| known.quoted.can_be(*next)));
                names.find_map(|known| Some((known.id, known.quoted.pass(text)?)))
            }
            Names::Many(names) => take_of_many(names, text),
        }
    }

    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<I> {
        match self {
            Names::Few(names) => {
                let sketch = Sketch::of(name);
                let found = names.iter().find(|known| sketch.is_of(name, known.sketch, known.name));
                found.map(|known| known.id)
            }
            Names::Many(names) => names.get(name.as_bytes()).copied(),
        }
    }
}

/// As [`Names::take`], where there are many.
#[inline(never)]
fn take_of_many<'t, I: Copy>(names: &foldhash::HashMap<&[u8], I>, text: &'t [u8]) -> Option<(I, &'t [u8])> {
    let (name, rest) = text.split_at_checked(plain_length(text)?)?;
    Some((*names.get(name)?, rest.get(1..)?))
}

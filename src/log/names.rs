//! The names that the rules give, made ready to be found.

use super::fixed::Fixed;
use super::json_scan::{Sketch, is_plain, plain_length};
use crate::model::{EventTypeId, Model};
use crate::value::{PartyId, Type, Variant};

/// Names and what they stand for.
#[derive(Debug)]
pub(super) struct Names<'m, I> {
    known: Vec<Known<'m, I>>,
    /// Their positions, where one is not found sooner by looking at each.
    table: Option<foldhash::HashMap<&'m [u8], usize>>,
}

/// A name.
#[derive(Debug)]
pub(super) struct Known<'m, I> {
    name: &'m str,
    sketch: Sketch,
    /// The name and the quote behind it, as a text of JSON has them.
    quoted: Fixed,
    /// The name and the comma behind it, as rows of CSV have them.
    celled: Fixed,
    /// As columns of Arrow have it, if it is short enough to be all in there.
    view: Option<u128>,
    /// What it stands for.
    pub(super) id: I,
}

impl<'m, I> Known<'m, I> {
    fn new(name: &'m str, id: I) -> Self {
        Known {
            name,
            sketch: Sketch::of(name),
            quoted: Fixed::new(&[name.as_bytes(), b"\""].concat()),
            celled: Fixed::new(&[name.as_bytes(), b","].concat()),
            view: view_of(name),
            id,
        }
    }

    /// What follows the name in a text of JSON that it was taken from.
    #[inline]
    pub(super) fn behind<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        text.get(self.name.len() + 1..)
    }
}

impl<'m, I: Copy> FromIterator<(&'m str, I)> for Names<'m, I> {
    fn from_iter<T: IntoIterator<Item = (&'m str, I)>>(names: T) -> Self {
        const FEW: usize = 8;
        let mut known: Vec<Known<'m, I>> = Vec::new();
        let mut table = foldhash::HashMap::default();
        for (name, id) in names {
            let at = *table.entry(name.as_bytes()).or_insert(known.len());
            match known.get_mut(at) {
                // Of two of one name the last one is meant.
                Some(known) => known.id = id,
                None => known.push(Known::new(name, id)),
            }
        }
        let is_one_word = |name: &str| is_plain(name) && !name.contains(',');
        let is_short = known.len() <= FEW && known.iter().all(|known| is_one_word(known.name));
        Names {
            known,
            table: (!is_short).then_some(table),
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

impl<'m, I: Copy> Names<'m, I> {
    /// The name that a text of JSON is, from behind its first quote.
    pub(super) fn start(&self, text: &[u8]) -> Option<&Known<'m, I>> {
        match &self.table {
            None => self.known.iter().find(|known| known.quoted.starts(text)),
            Some(table) => self.known.get(*table.get(text.get(..plain_length(text)?)?)?),
        }
    }

    /// The name that the first cell of a row of CSV is, and what follows the comma behind it, if names are so few that this is the fastest way to find them.
    #[inline]
    pub(super) fn take_cell<'t>(&self, row: &'t [u8]) -> Option<(I, &'t [u8])> {
        let few = self.table.is_none().then_some(&self.known)?;
        few.iter().find_map(|known| Some((known.id, known.celled.pass(row)?)))
    }

    /// The name that a view of Arrow is of, if names are so few and so short that this is the fastest way to find them.
    #[inline]
    pub(super) fn of_view(&self, view: u128) -> Option<I> {
        let few = self.table.is_none().then_some(&self.known)?;
        few.iter().find(|known| known.view == Some(view)).map(|known| known.id)
    }

    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<I> {
        let known = match &self.table {
            None => {
                let sketch = Sketch::of(name);
                let mut known = self.known.iter();
                known.find(|known| sketch.is_of(name, known.sketch, known.name))?
            }
            Some(table) => self.known.get(*table.get(name.as_bytes())?)?,
        };
        Some(known.id)
    }
}

/// The view that Arrow has of a text that is short enough to be all in it: the length, and the bytes.
fn view_of(text: &str) -> Option<u128> {
    let mut view = [0; 16];
    let (length, bytes) = view.split_first_chunk_mut()?;
    *length = u32::try_from(text.len()).ok()?.to_le_bytes();
    bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    Some(u128::from_le_bytes(view))
}

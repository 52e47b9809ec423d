//! The names that the rules give, made ready to be found.

use super::fixed::Fixed;
use super::json_scan::{Sketch, is_plain, plain_length};
use super::perfect::Perfect;
use crate::model::{EventTypeId, Model};
use crate::value::{PartyId, Type, Variant};

/// Names and what they stand for.
#[derive(Debug)]
pub(super) struct Names<'m, I> {
    known: Vec<Known<'m, I>>,
    /// How they are found where there is no table.
    few: Few,
    /// Their positions, where they are many, or more than plain words.
    table: Option<foldhash::HashMap<&'m [u8], usize>>,
}

/// What leads to one of a few names; `None` where one is found by looking at each.
#[derive(Debug)]
struct Few {
    quoted: Option<Heads>,
    celled: Option<Heads>,
    views: Option<Perfect>,
}

/// Leads to the one of some pieces that a text can start with, by the first bytes of each.
#[derive(Debug)]
struct Heads {
    /// Which bits of a word are of those bytes.
    bits: u64,
    perfect: Perfect,
}

impl Heads {
    /// Of pieces whose first bytes, as many as the shortest has, are not the same.
    fn of(pieces: &[Vec<u8>]) -> Option<Self> {
        const HELD: usize = size_of::<u64>();
        let length = pieces.iter().map(Vec::len).min()?.min(HELD);
        let word = |bytes: &mut dyn Iterator<Item = u8>| {
            let mut word = [0; HELD];
            word.iter_mut().zip(bytes).for_each(|(of_word, byte)| *of_word = byte);
            u64::from_le_bytes(word)
        };
        let heads = pieces.iter().map(|piece| word(&mut piece.iter().copied().take(length)));
        Some(Heads {
            bits: word(&mut std::iter::repeat_n(u8::MAX, length)),
            perfect: Perfect::new(&heads.collect::<Vec<u64>>())?,
        })
    }

    /// The position of the piece that a text starts with, if it starts with one of them; `None` where it is too short to tell.
    #[inline]
    fn position(&self, text: &[u8]) -> Option<usize> {
        let word = u64::from_le_bytes(*text.first_chunk()?);
        Some(self.perfect.position(word & self.bits))
    }
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
            quoted: Fixed::new(&followed(name, b'"')),
            celled: Fixed::new(&followed(name, b',')),
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
        /// So many are found by looking at each as soon as by a table.
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
        let few = Few::of(&known);
        let are_few = known.len() <= FEW || few.quoted.is_some() && few.celled.is_some();
        let are_short = are_few && known.iter().all(|known| is_one_word(known.name));
        Names {
            known,
            few,
            table: (!are_short).then_some(table),
        }
    }
}

impl Few {
    fn of<I>(known: &[Known<'_, I>]) -> Self {
        let pieces = |mark: u8| known.iter().map(|known| followed(known.name, mark)).collect::<Vec<_>>();
        let views: Option<Vec<u64>> = known.iter().map(|known| known.view.map(folded)).collect();
        Few {
            quoted: Heads::of(&pieces(b'"')),
            celled: Heads::of(&pieces(b',')),
            views: views.and_then(|views| Perfect::new(&views)),
        }
    }
}

/// A name and a mark behind it.
fn followed(name: &str, mark: u8) -> Vec<u8> {
    [name.as_bytes(), &[mark]].concat()
}

/// A number that views of the same text have.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the rest of a view is the other half")]
fn folded(view: u128) -> u64 {
    view as u64 ^ (view >> u64::BITS) as u64
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
        if let Some(table) = &self.table {
            return self.known.get(*table.get(text.get(..plain_length(text)?)?)?);
        }
        let led_to = self.few.quoted.as_ref().and_then(|heads| heads.position(text));
        self.found(led_to, |known| known.quoted.starts(text).then_some(known))
    }

    /// What is found of the name that something leads to, or of any where nothing does.
    #[inline]
    fn found<'n, T>(&'n self, led_to: Option<usize>, of: impl Fn(&'n Known<'m, I>) -> Option<T>) -> Option<T> {
        match led_to {
            Some(at) => self.known.get(at).and_then(of),
            None => self.known.iter().find_map(of),
        }
    }

    /// The name that the first cell of a row of CSV is, and what follows the comma behind it, if names are so few that this is the fastest way to find them.
    #[inline]
    pub(super) fn take_cell<'t>(&self, row: &'t [u8]) -> Option<(I, &'t [u8])> {
        self.table.is_none().then_some(())?;
        let led_to = self.few.celled.as_ref().and_then(|heads| heads.position(row));
        self.found(led_to, |known| Some((known.id, known.celled.pass(row)?)))
    }

    /// The name that a view of Arrow is of, if names are so few and so short that this is the fastest way to find them.
    #[inline]
    pub(super) fn of_view(&self, view: u128) -> Option<I> {
        self.table.is_none().then_some(())?;
        let led_to = self.few.views.as_ref().map(|views| views.position(folded(view)));
        self.found(led_to, |known| (known.view == Some(view)).then_some(known.id))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_is_found_however_many_there_are(
            names in prop::collection::vec("[ab]{1,3}|[a-c]{9,12}|[a-c]{17}|a,|é", 0..24),
            text in "[ab]{1,3}|[a-c]{9,12}|a,|é",
            behind in "[\",ab]{0,20}",
        ) {
            let known: Names<'_, usize> = names.iter().map(String::as_str).zip(0..).collect();
            let position = |name: &str| names.iter().rposition(|known| known == name);
            for text in names.iter().chain([&text]) {
                prop_assert_eq!(known.find(text), position(text));
                let quoted = format!("{text}\"{behind}");
                prop_assert_eq!(known.start(quoted.as_bytes()).map(|known| known.id), position(text));
                let celled = format!("{text},{behind}");
                if let Some((id, rest)) = known.take_cell(celled.as_bytes()) {
                    let name = &celled[..celled.len() - rest.len() - 1];
                    prop_assert_eq!(Some(id), position(name));
                    prop_assert_eq!(Some(name), celled.split(',').next());
                }
                if let Some(id) = view_of(text).and_then(|view| known.of_view(view)) {
                    prop_assert_eq!(Some(id), position(text));
                }
            }
        }
    }
}

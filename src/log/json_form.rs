//! The form that records are written in: what stands between their values.
//!
//! A program mostly writes all records of a type alike. Their form is learnt from one that was taken apart, and where the next one has it too, only its
//! values are looked at. What has the form is taken apart to the same entries as by [`Scan`](super::json_scan::Scan); what has not may still be JSON.

use super::json_scan::{Cursor, Entry, Kind};

/// What stands between values that follow one another, and what the values are.
#[derive(Debug)]
pub(super) struct Form(Vec<Part>);

/// A value and what is before it.
#[derive(Debug)]
struct Part {
    before: Box<[u8]>,
    kind: Kind,
}

impl Form {
    /// The form of entries that follow one another, from a place in front of them; `None` if it is no use to know it.
    pub(super) fn of(text: &str, from: usize, entries: &[Entry]) -> Option<Form> {
        let mut from = from;
        let part = |entry: &Entry| {
            let (start, end) = entry.value();
            let start = match entry.kind {
                Kind::Text => start + 1,
                Kind::Number => start,
                Kind::Null | Kind::True | Kind::False | Kind::EscapedText | Kind::Compound => return None,
            };
            let before = text.as_bytes().get(from..start)?.into();
            from = end;
            Some(Part {
                before,
                kind: entry.kind,
            })
        };
        entries.iter().map(part).collect::<Option<Vec<_>>>().map(Form)
    }

    /// Takes the values of a text that has this form from a place on. They are shown as entries without keys. Gives the place behind the last one.
    #[inline]
    pub(super) fn read(&self, text: &str, from: usize, mut show: impl FnMut(Entry)) -> Option<usize> {
        let mut cursor = Cursor::new(text, from);
        for part in &self.0 {
            cursor.pass(&part.before)?;
            let start = cursor.place();
            match part.kind {
                Kind::Text => {
                    if cursor.text()? {
                        return None;
                    }
                    show(Entry::without_key(Kind::Text, start - 1, cursor.place()));
                }
                _ => {
                    cursor.number()?;
                    show(Entry::without_key(Kind::Number, start, cursor.place()));
                }
            }
        }
        Some(cursor.place())
    }
}

/// A form that was learnt, and another one in its place once it is not met any more.
#[derive(Debug)]
pub(super) struct Learnt<F> {
    form: Option<F>,
    /// How often it was not met since it was met last.
    misses: u8,
}

impl<F> Default for Learnt<F> {
    fn default() -> Self {
        Learnt { form: None, misses: 0 }
    }
}

impl<F> Learnt<F> {
    pub(super) fn known(&self) -> Option<&F> {
        self.form.as_ref()
    }

    /// Says that the form was met.
    #[inline]
    pub(super) fn met(&mut self) {
        self.misses = 0;
    }

    /// Says that the form was not met, for another one to be learnt once that is so too often.
    pub(super) fn missed(&mut self, form: impl FnOnce() -> Option<F>) {
        const MOST_MISSES: u8 = 16;
        self.misses += 1;
        if self.form.is_none() || self.misses == MOST_MISSES {
            self.form = form();
            self.misses = 0;
        }
    }
}

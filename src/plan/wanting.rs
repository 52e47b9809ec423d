//! Which clauses want to see an event: by its type, and by what they say that a field of it must be.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use crate::model::{ClauseId, Condition, FieldId, FieldRef, Operand, OperandKind, Var};
use crate::value::Value;

/// The clauses that want to see the events of one type for one thing.
///
/// Where clauses are about events that name one party or have one text in a field, as each is about another customer, an event is shown to those
/// that it can be meant by. To the others it would be nothing, not even one that came near to counting.
#[derive(Debug, Clone, Default)]
pub struct Wanting {
    /// All of them, in their order, and whose events each is about.
    all: Vec<(ClauseId, Option<About>)>,
    /// What they come to, once all are known.
    found: Found,
}

/// A field that has this value in all events that a clause is about, but for those that lack it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    field: FieldId,
    value: Value,
}

/// Ids are in their order everywhere.
#[derive(Debug, Clone, Default)]
struct Found {
    /// Those that want to see every event.
    of_any: Vec<ClauseId>,
    fields: Vec<ByValue>,
}

/// Those that are about events with one value of a field.
#[derive(Debug, Clone)]
struct ByValue {
    field: FieldId,
    clauses: HashMap<Value, Vec<ClauseId>, RandomState>,
    /// All of them, for events that lack the value: any of them may be meant.
    of_any: Vec<ClauseId>,
}

impl About {
    /// What some conjuncts say of an event by themselves; `None` if they do not say what a party or a text in it is.
    pub(super) fn of<'c>(conjuncts: impl IntoIterator<Item = &'c Condition>, own: Var) -> Option<About> {
        conjuncts.into_iter().find_map(|condition| {
            let (left, right) = condition.equality()?;
            told(left, right, own).or_else(|| told(right, left, own))
        })
    }
}

fn told(field: &Operand, value: &Operand, own: Var) -> Option<About> {
    match (&field.kind, &value.kind) {
        (OperandKind::Field(var, FieldRef::Declared(field)), OperandKind::Literal(value)) if *var == own => {
            matches!(value, Value::Text(_) | Value::Party(_)).then(|| About {
                field: *field,
                value: value.clone(),
            })
        }
        _ => None,
    }
}

impl Wanting {
    /// Adds a clause, which comes after those before or is the last of them. If it is there already, for another kind of events, it wants to see all.
    pub(super) fn add(&mut self, clause: ClauseId, about: Option<About>) {
        match self.all.last_mut() {
            Some((last, known)) if *last == clause => *known = None,
            _ => self.all.push((clause, about)),
        }
    }

    /// Sorts the clauses by what they are about, where that can spare work.
    pub(super) fn sort(&mut self) {
        /// One condition is judged as soon as it is looked up.
        const FEWEST: usize = 2;
        let known = self.all.iter().filter(|(_, about)| about.is_some()).count();
        let mut found = Found::default();
        for (clause, about) in &self.all {
            match about {
                Some(about) if known >= FEWEST => found.add(*clause, about),
                _ => found.of_any.push(*clause),
            }
        }
        self.found = found;
    }

    /// The clauses that want to see an event with these values, in their order.
    #[inline]
    pub fn of<'w, 'v>(
        &'w self,
        value: impl Fn(FieldId) -> Option<&'v Value>,
        room: &'w mut SmallVec<[ClauseId; 8]>,
    ) -> &'w [ClauseId] {
        if self.found.fields.is_empty() {
            return &self.found.of_any;
        }
        self.found.put_together(value, room);
        room
    }
}

impl Found {
    fn put_together<'v>(&self, value: impl Fn(FieldId) -> Option<&'v Value>, room: &mut SmallVec<[ClauseId; 8]>) {
        room.clear();
        room.extend_from_slice(&self.of_any);
        for field in &self.fields {
            let clauses = match value(field.field) {
                Some(value) => field.clauses.get(value).map_or(&[][..], Vec::as_slice),
                None => &field.of_any,
            };
            room.extend_from_slice(clauses);
        }
        room.sort_unstable();
    }

    fn add(&mut self, clause: ClauseId, about: &About) {
        let known = self.fields.iter().position(|known| known.field == about.field);
        let at = known.unwrap_or_else(|| {
            self.fields.push(ByValue {
                field: about.field,
                clauses: HashMap::default(),
                of_any: Vec::new(),
            });
            self.fields.len() - 1
        });
        let field = &mut self.fields[at];
        field.clauses.entry(about.value.clone()).or_default().push(clause);
        field.of_any.push(clause);
    }
}

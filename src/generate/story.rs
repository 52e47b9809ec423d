//! Stories: a few events that belong together, and what they say about clauses. They are told again and again, with new names at other times.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};

use super::dice::Dice;
use crate::engine::Verdict;
use crate::log::Event;
use crate::model::{ClauseId, Model};
use crate::time::{Instant, Zone};
use crate::value::{Number, PartyId, Type, Value};

pub(super) const SECOND: i128 = 1_000_000_000;
pub(super) const HOUR: i128 = 3_600 * SECOND;
pub(super) const DAY: i128 = 24 * HOUR;

/// The denominator of tempos.
pub(super) const BEAT: i128 = 64;

/// An instant moved by nanoseconds; at the edges of what the language knows, the edge.
pub(super) fn moved(instant: Instant, nanoseconds: i128) -> Instant {
    let edge = if nanoseconds < 0 { Instant::MIN } else { Instant::MAX };
    Instant::from_unix_nanoseconds(instant.unix_nanoseconds() + nanoseconds).unwrap_or(edge)
}

/// What a clause is expected to say of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) clause: ClauseId,
    pub(super) about: Anchor,
    pub(super) verdict: Verdict,
    pub(super) done: Done,
}

/// What an expected instance is about, in a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The duty that the event in this position opens.
    Trigger(usize),
    /// The event in this position, which breaks what is always owed.
    Event(usize),
    /// The interval that begins with the event in this position.
    From(usize),
}

/// What was done to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Done {
    /// It is as it should be.
    Kept,
    /// What it asks for is not there.
    LeftOut,
    /// What it asks for comes too late.
    Late,
    /// Something happens that it forbids, or more than it allows.
    Forbidden,
    /// A state is set to what it must not be.
    State,
}

impl Done {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Done::Kept => "kept",
            Done::LeftOut => "left out",
            Done::Late => "late",
            Done::Forbidden => "forbidden event",
            Done::State => "forbidden state",
        }
    }
}

/// A value that is another one each time a story is told.
#[derive(Debug, Clone, PartialEq)]
enum Fresh {
    /// A name that no other story has: which of the story's names.
    Name(u32),
    /// The same in a set.
    Names(Vec<u32>),
    /// An instant, so long after the start.
    Instant(i128),
    /// The day of an instant, so long after the start.
    Date(i128),
    /// Any number from 1 to this one.
    Number(u64),
    /// Any of the parties.
    Party,
    /// Either truth value.
    Bool,
}

/// One event of a story.
#[derive(Debug, Clone)]
struct Part {
    event: Event,
    /// When, after the start, at the tempo of one.
    offset: i128,
    fresh: Vec<(usize, Fresh)>,
}

/// A few events that belong together.
#[derive(Debug, Clone)]
pub(super) struct Story {
    parts: Vec<Part>,
    pub(super) claims: Vec<Claim>,
    /// The slowest and the fastest tempo at which it says what it claims, in parts of [`BEAT`].
    pub(super) tempo: (i128, i128),
    /// How long after its start everything that it claims is settled, at any tempo.
    pub(super) settled: i128,
    parties: Vec<PartyId>,
    zone: Zone,
}

/// The number in a name that the solver of conditions gave.
fn name_number(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("A-")?;
    let number: u32 = digits.parse().ok()?;
    (number > 0 && digits == number.to_string()).then_some(number)
}

/// What no condition looks at, so that any value does.
pub(super) trait Unseen {
    /// Whether a field is such.
    fn is_unseen(&self, event: &Event, field: usize) -> bool;
}

impl Story {
    /// The story of events in the order of time, with claims about them by their position.
    pub(super) fn new(
        model: &Model,
        events: &[Arc<Event>],
        claims: Vec<Claim>,
        parties: &[PartyId],
        zone: &Zone,
        unseen: &dyn Unseen,
    ) -> Self {
        let start = events.first().map_or(Instant::MIN, |event| event.time);
        let part = |event: &Arc<Event>| {
            let declared = model.event(event.kind);
            let fields = declared.fields.iter().zip(&event.fields).enumerate();
            let fresh = fields.filter_map(|(at, (field, value))| {
                let any = unseen.is_unseen(event, at);
                let fresh = match (value.as_ref()?, &field.ty) {
                    (Value::Text(text), _) => Fresh::Name(name_number(text)?),
                    (Value::Set(elements), _) if !elements.is_empty() => {
                        let names = elements.iter().map(|element| match element {
                            Value::Text(text) => name_number(text),
                            _ => None,
                        });
                        Fresh::Names(names.collect::<Option<_>>()?)
                    }
                    (Value::Instant(instant), _) => Fresh::Instant(instant.nanoseconds_since(start)),
                    (Value::Date(date), _) => Fresh::Date(zone.start_of(*date).nanoseconds_since(start) + DAY / 2),
                    (Value::Number(_), Type::Number | Type::Money(_)) if any => Fresh::Number(500),
                    (Value::Party(_), _) if any => Fresh::Party,
                    (Value::Bool(_), _) if any => Fresh::Bool,
                    _ => return None,
                };
                Some((at, fresh))
            });
            Part {
                event: (**event).clone(),
                offset: event.time.nanoseconds_since(start),
                fresh: fresh.collect(),
            }
        };
        Story {
            parts: events.iter().map(part).collect(),
            claims,
            tempo: (BEAT, BEAT),
            settled: 0,
            parties: parties.to_vec(),
            zone: zone.clone(),
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.parts.len() as u64
    }

    /// From the first event to the last one, at the slowest tempo.
    pub(super) fn length(&self) -> i128 {
        self.offset(self.parts.len().saturating_sub(1), self.tempo.1)
    }

    fn offset(&self, part: usize, tempo: i128) -> i128 {
        self.parts.get(part).map_or(0, |part| part.offset * tempo / BEAT)
    }

    /// The event in a position, as it was found.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.parts.iter().map(|part| &part.event)
    }

    /// Whether the text in a field is a name that no other story has.
    pub(super) fn is_fresh(&self, part: usize, field: usize) -> bool {
        let fresh = self.parts.get(part).map(|part| &part.fresh);
        fresh.is_some_and(|fresh| {
            fresh
                .iter()
                .any(|(at, fresh)| *at == field && matches!(fresh, Fresh::Name(_)))
        })
    }

    pub(super) fn any_tempo(&self, dice: &mut Dice) -> i128 {
        let (slow, fast) = self.tempo;
        slow + dice.nanoseconds_below(fast - slow + 1)
    }

    /// The events from a start on, in the order of time.
    pub(super) fn told(&self, start: Instant, tempo: i128, teller: &mut Teller<'_>) -> Vec<Event> {
        teller.serial += 1;
        let tell = |part: &Part, teller: &mut Teller<'_>| {
            let mut event = part.event.clone();
            event.time = moved(start, (part.offset * tempo / BEAT) / SECOND * SECOND);
            for (at, fresh) in &part.fresh {
                let Some(value) = event.fields.get_mut(*at) else {
                    continue;
                };
                *value = Some(match fresh {
                    Fresh::Name(number) => Value::Text(teller.name(*number)),
                    Fresh::Names(numbers) => {
                        Value::set(numbers.iter().map(|number| Value::Text(teller.name(*number))).collect())
                    }
                    Fresh::Instant(offset) => Value::Instant(moved(start, *offset)),
                    Fresh::Date(offset) => Value::Date(self.zone.date_of(moved(start, *offset))),
                    Fresh::Number(most) => Value::Number(Number::whole(1 + teller.dice.below(*most))),
                    Fresh::Party => {
                        let at = teller.dice.below(self.parties.len() as u64);
                        let party = usize::try_from(at).ok().and_then(|at| self.parties.get(at));
                        party.map_or(Value::Bool(false), |party| Value::Party(*party))
                    }
                    Fresh::Bool => Value::Bool(teller.dice.below(2) == 1),
                });
            }
            event
        };
        self.parts.iter().map(|part| tell(part, teller)).collect()
    }
}

/// What makes each telling another one.
#[derive(Debug)]
pub(super) struct Teller<'a> {
    pub(super) prefix: &'a str,
    pub(super) serial: u64,
    pub(super) dice: &'a mut Dice,
}

impl Teller<'_> {
    /// One of the names of the story that is told.
    fn name(&self, number: u32) -> CompactString {
        match number {
            1 => format_compact!("{}{}", self.prefix, self.serial),
            _ => format_compact!("{}{}-{number}", self.prefix, self.serial),
        }
    }
}

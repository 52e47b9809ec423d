//! Figures kept up to date: events come and go, and the figure lies between the least and the greatest that it can be.
//!
//! An event of which it is unknown whether it counts may be in or out; a value that an event lacks may be any value. Both ends are exact.

use std::collections::BTreeMap;

use super::state::saved;
use super::truth::Truth;
use crate::log::Event;
use crate::model::{FieldRef, Measure, amount};
use crate::value::{Ratio, Value};

/// What an event brings to a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Whether it counts for certain.
    pub(super) certain: bool,
    pub(super) worth: Worth,
}

saved!(struct Part { certain, worth });

/// What an event is worth to a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Worth {
    One,
    /// `None` where the event lacks the value.
    Amount(Option<i128>),
    /// `None` where the event lacks the value.
    Seen(Option<Value>),
    /// Whether it meets the condition of a share; `None` where that is unknown.
    Hit(Option<bool>),
}

saved!(enum Worth { 0 = One, 1 = Amount(amount), 2 = Seen(value), 3 = Hit(hit) });

impl Worth {
    /// What an event is worth, given whether it meets the condition of a share.
    pub(super) fn of(measure: &Measure, event: &Event, hit: &Truth) -> Worth {
        let value = |field: &FieldRef| event.value(*field);
        match measure {
            Measure::Count => Worth::One,
            Measure::Total(field) | Measure::Average(field) | Measure::Lowest(field) | Measure::Highest(field) => {
                Worth::Amount(value(field).and_then(|value| amount(&value)))
            }
            Measure::Distinct(field) => Worth::Seen(value(field).map(std::borrow::Cow::into_owned)),
            Measure::Share(_) => Worth::Hit(match hit {
                Truth::True => Some(true),
                Truth::False => Some(false),
                Truth::Unknown(_) => None,
            }),
        }
    }
}

/// A number of events: those that count for certain, and those of which that is unknown.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    certain: u64,
    doubtful: u64,
}

saved!(struct Tally { certain, doubtful });

impl Tally {
    fn change(&mut self, certain: bool, coming: bool) {
        let side = if certain { &mut self.certain } else { &mut self.doubtful };
        *side = if coming { *side + 1 } else { side.saturating_sub(1) };
    }

    fn all(self) -> u64 {
        self.certain + self.doubtful
    }
}

/// What a figure can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outlook {
    /// Between which ends it lies where it has a value; `None` if it has no value at all.
    pub(super) ends: Option<(End, End)>,
    /// Whether it can be without value.
    pub(super) may_be_nothing: bool,
}

/// An end of what a figure can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Below,
    At(Ratio),
    Above,
}

/// A sum does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge;

/// A figure, kept up to date.
#[derive(Debug, Clone)]
pub(super) struct Gauge {
    events: Tally,
    kind: Kind,
}

saved!(struct Gauge { events, kind });

#[derive(Debug, Clone)]
enum Kind {
    Count,
    Total {
        /// Of the certain events; `None` once it did not fit.
        sum: Option<i128>,
        /// Of the doubtful events, what is above and what is below zero.
        above: Option<i128>,
        below: Option<i128>,
        absent: Tally,
    },
    Spread {
        of: Spread,
        amounts: BTreeMap<i128, Tally>,
        absent: Tally,
    },
    Distinct {
        values: BTreeMap<Value, Tally>,
        absent: Tally,
    },
    Share {
        hits: Tally,
        misses: Tally,
        either: Tally,
    },
}

saved!(enum Kind {
    0 = Count,
    1 = Total { sum, above, below, absent },
    2 = Spread { of, amounts, absent },
    3 = Distinct { values, absent },
    4 = Share { hits, misses, either },
});

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spread {
    Average,
    Lowest,
    Highest,
}

saved!(enum Spread { 0 = Average, 1 = Lowest, 2 = Highest });

impl Gauge {
    pub(super) fn new(measure: &Measure) -> Self {
        let spread = |of| Kind::Spread {
            of,
            amounts: BTreeMap::new(),
            absent: Tally::default(),
        };
        let kind = match measure {
            Measure::Count => Kind::Count,
            Measure::Total(_) => Kind::Total {
                sum: Some(0),
                above: Some(0),
                below: Some(0),
                absent: Tally::default(),
            },
            Measure::Average(_) => spread(Spread::Average),
            Measure::Lowest(_) => spread(Spread::Lowest),
            Measure::Highest(_) => spread(Spread::Highest),
            Measure::Distinct(_) => Kind::Distinct {
                values: BTreeMap::new(),
                absent: Tally::default(),
            },
            Measure::Share(_) => Kind::Share {
                hits: Tally::default(),
                misses: Tally::default(),
                either: Tally::default(),
            },
        };
        Gauge {
            events: Tally::default(),
            kind,
        }
    }

    /// Whether it measures the same as another one.
    pub(super) fn is_like(&self, other: &Gauge) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Spread { of, .. }, Kind::Spread { of: other, .. }) => of == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }

    /// How many events count for certain.
    pub(super) fn counted(&self) -> u64 {
        self.events.certain
    }

    /// Takes an event in.
    pub(super) fn add(&mut self, part: &Part) {
        self.change(part, true);
    }

    /// Lets an event go that was taken in.
    pub(super) fn remove(&mut self, part: &Part) {
        self.change(part, false);
    }

    fn change(&mut self, part: &Part, coming: bool) {
        let certain = part.certain;
        self.events.change(certain, coming);
        match (&mut self.kind, &part.worth) {
            (
                Kind::Total {
                    sum,
                    above,
                    below,
                    absent,
                },
                Worth::Amount(amount),
            ) => {
                let Some(amount) = *amount else {
                    absent.change(certain, coming);
                    return;
                };
                let side = match (certain, amount < 0) {
                    (true, _) => sum,
                    (false, false) => above,
                    (false, true) => below,
                };
                *side = side.and_then(|side| {
                    if coming {
                        side.checked_add(amount)
                    } else {
                        side.checked_sub(amount)
                    }
                });
            }
            (Kind::Spread { amounts, absent, .. }, Worth::Amount(amount)) => match amount {
                Some(amount) => change_entry(amounts, *amount, certain, coming),
                None => absent.change(certain, coming),
            },
            (Kind::Distinct { values, absent }, Worth::Seen(value)) => match value {
                Some(value) => change_entry(values, value.clone(), certain, coming),
                None => absent.change(certain, coming),
            },
            (Kind::Share { hits, misses, either }, Worth::Hit(hit)) => {
                let side = match hit {
                    Some(true) => hits,
                    Some(false) => misses,
                    None => either,
                };
                side.change(certain, coming);
            }
            // What an event is worth is made by the measure that made the gauge.
            _ => {}
        }
    }

    /// What the figure can be.
    pub(super) fn outlook(&self) -> Result<Outlook, TooLarge> {
        let always = |low: End, high: End| Outlook {
            ends: Some((low, high)),
            may_be_nothing: false,
        };
        let whole = |count: u64| End::At(Ratio::whole(i128::from(count)));
        Ok(match &self.kind {
            Kind::Count => always(whole(self.events.certain), whole(self.events.all())),
            Kind::Total {
                sum,
                above,
                below,
                absent,
            } => {
                if absent.all() > 0 {
                    return Ok(always(End::Below, End::Above));
                }
                let (sum, above, below) = (sum.ok_or(TooLarge)?, above.ok_or(TooLarge)?, below.ok_or(TooLarge)?);
                let end = |end: Option<i128>| end.map(|end| End::At(Ratio::whole(end))).ok_or(TooLarge);
                always(end(sum.checked_add(below))?, end(sum.checked_add(above))?)
            }
            Kind::Spread { of, amounts, absent } => Outlook {
                ends: match of {
                    Spread::Average => average(amounts, *absent)?,
                    Spread::Lowest => lowest(amounts, *absent),
                    Spread::Highest => highest(amounts, *absent),
                },
                may_be_nothing: self.events.certain == 0,
            },
            Kind::Distinct { values, absent } => {
                let certain = values.values().filter(|tally| tally.certain > 0).count() as u64;
                let least = certain.max(u64::from(absent.certain > 0));
                always(whole(least), whole(values.len() as u64 + absent.all()))
            }
            Kind::Share { hits, misses, either } => share(*hits, *misses, *either, self.events),
        })
    }
}

fn change_entry<K: Ord>(entries: &mut BTreeMap<K, Tally>, key: K, certain: bool, coming: bool) {
    use std::collections::btree_map::Entry;
    match entries.entry(key) {
        Entry::Vacant(entry) => entry.insert(Tally::default()).change(certain, coming),
        Entry::Occupied(mut entry) => {
            entry.get_mut().change(certain, coming);
            if entry.get().all() == 0 {
                entry.remove();
            }
        }
    }
}

fn lowest(amounts: &BTreeMap<i128, Tally>, absent: Tally) -> Option<(End, End)> {
    let at = |amount: &i128| End::At(Ratio::whole(*amount));
    let certain = amounts
        .iter()
        .find(|(_, tally)| tally.certain > 0)
        .map(|(amount, _)| at(amount));
    let least = amounts.keys().next().map(at);
    let greatest = amounts.keys().next_back().map(at);
    // Where nothing is certain, one doubtful event may be all that counts.
    if absent.all() > 0 {
        return Some((End::Below, certain.unwrap_or(End::Above)));
    }
    least.map(|least| (least, certain.or(greatest).unwrap_or(End::Above)))
}

fn highest(amounts: &BTreeMap<i128, Tally>, absent: Tally) -> Option<(End, End)> {
    let at = |amount: &i128| End::At(Ratio::whole(*amount));
    let certain = amounts
        .iter()
        .rev()
        .find(|(_, tally)| tally.certain > 0)
        .map(|(amount, _)| at(amount));
    let least = amounts.keys().next().map(at);
    let greatest = amounts.keys().next_back().map(at);
    if absent.all() > 0 {
        return Some((certain.unwrap_or(End::Below), End::Above));
    }
    greatest.map(|greatest| (certain.or(least).unwrap_or(End::Below), greatest))
}

fn average(amounts: &BTreeMap<i128, Tally>, absent: Tally) -> Result<Option<(End, End)>, TooLarge> {
    if absent.all() > 0 {
        return Ok(Some((End::Below, End::Above)));
    }
    let (mut sum, mut count): (i128, u64) = (0, 0);
    for (amount, tally) in amounts {
        sum = plus(sum, *amount, tally.certain)?;
        count += tally.certain;
    }
    let doubtful = || amounts.iter().filter(|(_, tally)| tally.doubtful > 0);
    // Doubtful events move an end as long as each is beyond the average so far.
    let low = reaching(sum, count, doubtful(), |amount, average| amount < average)?;
    let high = reaching(sum, count, doubtful().rev(), |amount, average| amount > average)?;
    Ok(low.zip(high))
}

fn plus(sum: i128, amount: i128, times: u64) -> Result<i128, TooLarge> {
    let product = amount.checked_mul(i128::from(times)).ok_or(TooLarge)?;
    sum.checked_add(product).ok_or(TooLarge)
}

fn reaching<'a>(
    mut sum: i128,
    mut count: u64,
    doubtful: impl Iterator<Item = (&'a i128, &'a Tally)>,
    moves: impl Fn(Ratio, Ratio) -> bool,
) -> Result<Option<End>, TooLarge> {
    for (amount, tally) in doubtful {
        // Without a certain event the first doubtful one is the average by itself.
        let times = match Ratio::new(sum, count) {
            Some(average) if moves(Ratio::whole(*amount), average) => tally.doubtful,
            Some(_) => break,
            None => 1,
        };
        sum = plus(sum, *amount, times)?;
        count += times;
    }
    Ok(Ratio::new(sum, count).map(End::At))
}

fn share(hits: Tally, misses: Tally, either: Tally, events: Tally) -> Outlook {
    let end = |hits: u64, misses: u64| {
        let all = hits + misses;
        Ratio::new(i128::from(hits), all).map(End::At)
    };
    let least = end(hits.certain, misses.all() + either.all());
    let greatest = end(hits.all() + either.all(), misses.certain);
    // With no event on one side, only what is doubtful can be on the other.
    let least = least.or_else(|| end(hits.all(), 0));
    let greatest = greatest.or_else(|| end(0, misses.all()));
    Outlook {
        ends: least.zip(greatest),
        may_be_nothing: events.certain == 0,
    }
}

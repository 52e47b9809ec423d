//! Logs made from rules: as large as wanted, kept or broken on purpose, and with the truth about them.
//!
//! A log is put together from *stories*: a few events that belong together, found once for each clause and judged by the engine with all clauses
//! at once. Stories are told again and again with new names, at times that a seed decides; what the rules ask for in periods is told in each of them.
//! Stories that could be seen from one another are told one after the other. See docs/generate.md for what is promised.

mod cast;
mod compose;
mod court;
mod dice;
mod looks;
mod schedule;
mod seen;
mod story;
mod windows;

use std::sync::Arc;

use crate::engine::Verdict;
use crate::log::{Event, json_line};
use crate::model::{Agreement, ClauseId, Extent, Goal, Model};
use crate::time::{Due, Instant, Zone};
use crate::value::{Type, Value};
use crate::witness::reach;
use cast::Casting;
use compose::Composer;
use court::Court;
pub use dice::{NoShare, Share};
pub use schedule::Generator;
pub use story::Done;
use story::{DAY, moved};

/// What a log is to be like.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// What chance depends on.
    pub seed: u64,
    /// How many events there are to be.
    pub events: u64,
    /// The share of events of types that nothing in the rules looks at.
    pub noise: Share,
    /// The share of instances that are to be broken, by clause. The last word on a clause counts.
    pub breaches: Vec<(ClauseId, Share)>,
    /// When it begins; else with the first agreement.
    pub from: Option<Instant>,
    /// When it ends; else with the last agreement.
    pub to: Option<Instant>,
}

/// Something about a clause that whoever uses the log should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// The clause.
    pub clause: ClauseId,
    /// What.
    pub kind: NoteKind,
}

/// What there is to know about a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// No events are made for it, so that nothing is owed.
    Quiet,
    /// What it asks for cannot be made, so that it may be broken or unknown, and the truth says nothing of it.
    Short,
    /// It was to be broken and cannot be, for others would be broken or kept wrongly.
    NotBroken,
    /// It was to be broken and never can be: an aim, a permission.
    NeverBroken,
    /// Its breach breaks other clauses too, as the truth says.
    BreaksOthers,
}

impl NoteKind {
    /// In words that follow the clause's name.
    pub fn message(self) -> &'static str {
        match self {
            NoteKind::Quiet => "is left alone: no log was found that keeps it, whatever else happens",
            NoteKind::Short => "is not provided for: it may be broken or unknown, and the truth says nothing of it",
            NoteKind::NotBroken => "is not broken: no way was found that leaves what is known of other clauses true",
            NoteKind::NeverBroken => "is not broken: an aim and a permission never are",
            NoteKind::BreaksOthers => "cannot be broken alone: the truth names what breaks with it",
        }
    }
}

/// Why there can be no such log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// The rules have no clause.
    #[error("the rules have no clause")]
    NoClause,
    /// There is no time in which all agreements are in force.
    #[error("there is no time from {0} to {1} in which all agreements of the rules are in force")]
    NoTime(Instant, Instant),
    /// No event type is left for noise.
    #[error("the rules look at every type of event that they declare, so that none is left for noise")]
    NoNoise,
    /// What the rules ask for in their periods is more.
    #[error("{wanted} events are too few: the periods of the rules ask for {needed}")]
    TooFew {
        /// How many are wanted.
        wanted: u64,
        /// How many are needed.
        needed: u64,
    },
}

/// What a generator gives out.
#[derive(Debug, Clone)]
pub enum Made {
    /// An event; they come in the order of time.
    Event(Event),
    /// What is true of the log.
    Truth(Truth),
}

/// The verdict that is expected of an instance.
#[derive(Debug, Clone)]
pub struct Truth {
    /// The clause.
    pub clause: ClauseId,
    /// What the instance is about.
    pub about: About,
    /// What was done to it.
    pub done: Done,
    /// The clause that was to be broken, if one was.
    pub breach_of: Option<ClauseId>,
    /// The verdict, as of the log's end.
    pub verdict: Verdict,
}

/// What an instance is about.
#[derive(Debug, Clone)]
pub enum About {
    /// The duty that an event opens.
    Trigger(Event),
    /// An event that breaks what is always owed.
    Event(Event),
    /// An interval that begins here.
    From(Instant),
    /// A window of time, and which of the things that the clause speaks of one by one.
    Window(Option<Instant>, Instant, Option<Value>),
}

impl Truth {
    /// As a line of JSON, without a line end.
    pub fn json_line(&self, model: &Model) -> String {
        let clause = |id: ClauseId| {
            let clause = model.clause(id);
            let agreement = &model.agreement(clause.agreement).name;
            serde_json::Value::from(format!("{agreement}.{}", clause.name))
        };
        let zone = &model.agreement(model.clause(self.clause).agreement).zone;
        let instant = |instant: Instant| serde_json::Value::from(zone.rfc3339(instant));
        let about = match &self.about {
            About::Trigger(event) => format!("\"trigger\":{}", json_line(model, event, zone)),
            About::Event(event) => format!("\"event\":{}", json_line(model, event, zone)),
            About::From(from) => format!("\"from\":{}", instant(*from)),
            About::Window(from, to, member) => {
                let member = member.as_ref().map(|member| {
                    let shown = match member {
                        Value::Text(text) => text.to_string(),
                        other => model.show(other, &Type::Party),
                    };
                    format!(",\"for\":{}", serde_json::Value::from(shown))
                });
                let from = from.map(|from| format!("\"from\":{},", instant(from)));
                format!(
                    "{}\"to\":{}{}",
                    from.unwrap_or_default(),
                    instant(*to),
                    member.unwrap_or_default()
                )
            }
        };
        let breach_of = self
            .breach_of
            .map(|breach| format!(",\"breach_of\":{}", clause(breach)));
        format!(
            "{{\"clause\":{},{about},\"done\":\"{}\"{},\"verdict\":\"{}\"}}",
            clause(self.clause),
            self.done.word(),
            breach_of.unwrap_or_default(),
            verdict_word(self.verdict),
        )
    }
}

fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Open => "open",
        Verdict::Met => "met",
        Verdict::Violated => "violated",
        Verdict::Repaired => "repaired",
        Verdict::Excused => "excused",
        Verdict::Waived => "waived",
        Verdict::Unknown => "unknown",
    }
}

/// Prepares to make a log. Returns what is to be known about clauses beside it.
///
/// # Errors
/// If there can be no such log.
pub fn generate(model: impl Into<Arc<Model>>, wishes: &Wishes) -> Result<(Generator, Vec<Note>), GenerateError> {
    let model: Arc<Model> = model.into();
    if model.clauses.is_empty() {
        return Err(GenerateError::NoClause);
    }
    let span = span(&model, wishes);
    let common = common(&model, span).ok_or(GenerateError::NoTime(span.0, span.1))?;
    let reaches = model.clauses.iter().map(|clause| reach(&model, clause));
    let horizon = reaches.max().unwrap_or(0).max(400 * DAY) + 40 * DAY;
    let court = Court::new(Arc::clone(&model), horizon);
    let composer = Composer::new(&model, &court, common);
    let mut casting = Casting {
        model: &model,
        court: &court,
        composer: &composer,
        span,
        rates: &wishes.breaches,
        notes: Vec::new(),
    };
    let cast = casting.cast();
    let mut notes = casting.notes;
    if cast.noise.is_empty() && !wishes.noise.is_none() {
        return Err(GenerateError::NoNoise);
    }
    let generator = Generator::new(Arc::clone(&model), cast, wishes, span, common)?;
    notes.extend(generator.unplaced().map(|clause| Note {
        clause,
        kind: NoteKind::Short,
    }));
    Ok((generator, notes))
}

/// The zone that a log's times are written in: that of the first agreement.
pub fn zone(model: &Model) -> Zone {
    model
        .agreements
        .first()
        .map_or_else(Zone::utc, |agreement| agreement.zone.clone())
}

/// The agreements that clauses are of.
fn judged(model: &Model) -> impl Iterator<Item = &Agreement> {
    model.clauses.iter().map(|clause| model.agreement(clause.agreement))
}

/// Where agreements name no start.
fn some_start() -> Instant {
    "2025-01-01T00:00:00Z".parse().unwrap_or(Instant::MIN)
}

fn span(model: &Model, wishes: &Wishes) -> (Instant, Instant) {
    let starts = || judged(model).filter_map(|agreement| agreement.start);
    let from = wishes.from.or_else(|| starts().min()).unwrap_or_else(some_start);
    let is_open = judged(model).any(|agreement| agreement.end.is_none());
    let ends = judged(model).filter_map(|agreement| agreement.end).max();
    let last_start = starts().max().unwrap_or(from).max(from);
    let to = wishes.to.or(ends.filter(|_| !is_open));
    (from, to.unwrap_or_else(|| moved(last_start, 3653 * DAY)))
}

/// The time in which all agreements are in force, and in which no day that a clause names comes between what was and what will be forbidden.
fn common(model: &Model, span: (Instant, Instant)) -> Option<(Instant, Instant)> {
    let from = judged(model)
        .filter_map(|agreement| agreement.start)
        .fold(span.0, Instant::max);
    let to = judged(model)
        .filter_map(|agreement| agreement.end)
        .fold(span.1, Instant::min);
    if to.nanoseconds_since(from) < 2 * DAY {
        return None;
    }
    let mut days: Vec<Instant> = model
        .clauses
        .iter()
        .flat_map(|clause| clause.duties.iter().filter_map(|duty| named_days(&duty.goal)))
        .flatten()
        .filter(|day| from < *day && *day < to)
        .collect();
    days.extend([from, to]);
    days.sort_unstable();
    // The longest time between two of them.
    days.windows(2)
        .filter_map(|pair| Some((*pair.first()?, *pair.last()?)))
        .max_by_key(|(from, to)| to.nanoseconds_since(*from))
}

fn named_days(goal: &Goal) -> Option<[Instant; 2]> {
    let standing = match goal {
        Goal::Avoid {
            more_than: None,
            extent: Extent::Standing(standing),
            ..
        }
        | Goal::Maintain {
            extent: Extent::Standing(standing),
            ..
        } => standing,
        Goal::Permit { window, .. } => window,
        _ => return None,
    };
    let end = standing.end().map_or(Instant::MAX, Due::edge);
    Some([standing.start.unwrap_or(Instant::MIN), end])
}

//! What an agreement means: names resolved, types checked, dates turned into instants.
//!
//! A [`Model`] can only be made by [`build`], and holds no name that is not resolved and no comparison that is not typed.
//! What it leaves to be judged is said in docs/language.md; every later room reads the model and none reads syntax.

mod agreement;
mod build;
mod clause;
mod condition;
mod duty;
mod event;
mod figure;
mod life;
mod names;
mod opening;
mod operand;
mod permission;
mod reference;
mod reuse;
mod state;
mod timing;
mod visit;

pub use build::{Built, build};
pub use figure::amount;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::source::Span;
use crate::syntax::ast::{CompareOp, Direction, Quantity};
use crate::time::{Cadence, Date, DayOfMonth, Due, Duration, Instant, Respite, WorkingCalendar, Zone};
use crate::value::{PartyId, Ratio, Type, Value};

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        $($(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the model's list.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        })+
    };
}

ids! {
    /// Identifies an agreement within a model.
    AgreementId,
    /// Identifies an event type within a model.
    EventTypeId,
    /// Identifies a declared field within its event type.
    FieldId,
    /// Identifies a state within a model.
    StateId,
    /// Identifies a reference figure within a model.
    ReferenceId,
    /// Identifies a clause within a model.
    ClauseId,
    /// Identifies a look into the past within a model.
    PastId,
}

/// Everything that the rule files of a run say.
#[derive(Debug, Clone)]
pub struct Model {
    /// The agreements.
    pub agreements: Vec<Agreement>,
    /// The parties of all agreements; equal names are one party.
    pub parties: Vec<Party>,
    /// The reference figures.
    pub references: Vec<Reference>,
    /// Where which of them are used by name.
    pub reference_uses: HashMap<Span, ReferenceId>,
    /// The event types.
    pub events: Vec<EventType>,
    /// The states.
    pub states: Vec<State>,
    /// The clauses, in the order of the files.
    pub clauses: Vec<Clause>,
}

impl Model {
    /// The agreement with this id.
    pub fn agreement(&self, id: AgreementId) -> &Agreement {
        &self.agreements[id.index()]
    }

    /// The party with this id.
    pub fn party(&self, id: PartyId) -> &Party {
        &self.parties[id.0 as usize]
    }

    /// The reference figure whose name stands in a place.
    pub fn reference_at(&self, span: Span) -> Option<&Reference> {
        let id = self.reference_uses.get(&span)?;
        self.references.get(id.index())
    }

    /// The event type with this id.
    pub fn event(&self, id: EventTypeId) -> &EventType {
        &self.events[id.index()]
    }

    /// The state with this id.
    pub fn state(&self, id: StateId) -> &State {
        &self.states[id.index()]
    }

    /// The clause with this id.
    pub fn clause(&self, id: ClauseId) -> &Clause {
        &self.clauses[id.index()]
    }

    /// The event type of this name.
    pub fn event_named(&self, name: &str) -> Option<EventTypeId> {
        let position = self.events.iter().position(|event| event.name == name)?;
        u32::try_from(position).ok().map(EventTypeId)
    }

    /// The party of this name.
    pub fn party_named(&self, name: &str) -> Option<PartyId> {
        let position = self.parties.iter().position(|party| party.name == name)?;
        u32::try_from(position).ok().map(PartyId)
    }

    /// The same rules, with nothing in them that could suspend an agreement or a clause, end it before its term or extend the term.
    #[must_use]
    pub fn always_in_force(&self) -> Model {
        let mut model = self.clone();
        model.agreements.iter_mut().for_each(|agreement| agreement.life.clear());
        model.clauses.iter_mut().for_each(|clause| clause.life.clear());
        model
    }

    /// A value of this type in the language's own spelling.
    pub fn show(&self, value: &Value, ty: &Type) -> String {
        match (value, ty) {
            (Value::Party(id), _) => self.party(*id).name.clone(),
            (Value::Text(text), _) => format!("\"{}\"", text.escape_debug()),
            (Value::Number(number), Type::Money(currency)) => format!("{number} {currency}"),
            (Value::Number(number), _) => number.to_string(),
            (Value::Bool(truth), _) => truth.to_string(),
            (Value::Enum(variant), Type::Enum(names)) => names.name(*variant).to_owned(),
            (Value::Enum(variant), _) => variant.0.to_string(),
            (Value::Instant(instant), _) => instant.to_string(),
            (Value::Date(date), _) => date.to_string(),
            (Value::Duration(duration), _) => duration.to_string(),
            (Value::Set(elements), ty) => {
                let element_type = match ty {
                    Type::Set(element) => element,
                    other => other,
                };
                let shown: Vec<String> = elements
                    .iter()
                    .map(|element| self.show(element, element_type))
                    .collect();
                format!("[{}]", shown.join(", "))
            }
        }
    }
}

/// An agreement.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// Its name.
    pub name: String,
    /// Its title, or else its name.
    pub title: String,
    /// Where its days are counted.
    pub zone: Zone,
    /// Which of its days are working days, if it says so.
    pub calendar: Option<Arc<WorkingCalendar>>,
    /// The first instant of its term, if it has one.
    pub start: Option<Instant>,
    /// The first instant after its term, if it has one.
    pub end: Option<Instant>,
    /// Its own parties.
    pub parties: Vec<PartyId>,
    /// Where its text is published.
    pub cites: Vec<String>,
    /// What events make of it as a whole.
    pub life: Vec<LifeRule>,
    /// The name, in the rule file.
    pub span: Span,
}

/// A figure that the rules name, to be used by its name.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Its name.
    pub name: String,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Its value.
    pub value: Value,
    /// The type of its value.
    pub ty: Type,
    /// Where the value is from.
    pub cites: Vec<String>,
    /// The name, in the rule file.
    pub span: Span,
}

/// A party.
#[derive(Debug, Clone)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// Its title, or else its name.
    pub title: String,
    /// The name, in the rule file.
    pub span: Span,
}

/// A type of event.
#[derive(Debug, Clone)]
pub struct EventType {
    /// Its name.
    pub name: String,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// How its events are told apart, if later records can amend them.
    pub identity: Option<Identity>,
    /// The name, in the rule file.
    pub span: Span,
}

/// How records of a log name an earlier event of the type, to amend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The field that tells the events apart. It is not optional.
    pub field: FieldId,
    /// The key under which a record names the event that it corrects.
    pub corrects: Option<String>,
    /// The key under which a record names the event that it retracts.
    pub retracts: Option<String>,
}

impl Identity {
    /// Whether a record names an event under this key.
    pub fn names(&self, key: &str) -> bool {
        [&self.corrects, &self.retracts]
            .into_iter()
            .flatten()
            .any(|known| known == key)
    }
}

impl EventType {
    /// The field with this id.
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id.index()]
    }

    /// The field of this name.
    pub fn field_named(&self, name: &str) -> Option<FieldId> {
        let position = self.fields.iter().position(|field| field.name == name)?;
        u32::try_from(position).ok().map(FieldId)
    }
}

/// A field of an event type.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The type of its values.
    pub ty: Type,
    /// Whether an event may lack it.
    pub optional: bool,
    /// The name, in the rule file.
    pub span: Span,
}

/// A state: a fluent that events set.
#[derive(Debug, Clone)]
pub struct State {
    /// Its name.
    pub name: String,
    /// What it is of, if it has a value for each of several things.
    pub key: Option<StateKey>,
    /// The type of its values.
    pub ty: Type,
    /// Its value before the first change.
    pub initially: Option<Value>,
    /// What changes it.
    pub setters: Vec<Setter>,
    /// The name, in the rule file.
    pub span: Span,
}

/// What a keyed state is of.
#[derive(Debug, Clone)]
pub struct StateKey {
    /// The word after `of`.
    pub label: String,
    /// The type of the keys.
    pub ty: Type,
}

/// An event that changes a state.
#[derive(Debug, Clone)]
pub struct Setter {
    /// Which events; the event is [`Var::Subject`].
    pub pattern: Pattern,
    /// Whose value changes; present exactly if the state is keyed.
    pub key: Option<Operand>,
    /// The new value.
    pub value: Operand,
    /// The whole setter.
    pub span: Span,
}

/// A kind of event, and what it must be like.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The event type.
    pub event: EventTypeId,
    /// The name that stands for the event in the rule file.
    pub binding: Option<String>,
    /// The conditions that must all be true: the conjuncts of `where`, one by one. The event is [`Var::Subject`].
    pub conditions: Vec<Condition>,
    /// The event's name in the rule file.
    pub span: Span,
}

/// A typed condition.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What it says.
    pub kind: ConditionKind,
    /// Where it says it.
    pub span: Span,
}

/// What a condition says.
#[derive(Debug, Clone)]
pub enum ConditionKind {
    /// All are true; two or more.
    All(Vec<Condition>),
    /// One is true; two or more.
    Any(Vec<Condition>),
    /// It is false.
    Not(Box<Condition>),
    /// A comparison of two operands of one type.
    Compare {
        /// The left side.
        left: Operand,
        /// The sign.
        op: CompareOp,
        /// The right side.
        right: Operand,
    },
    /// The set has all of these elements.
    Includes {
        /// The set.
        set: Operand,
        /// The elements: one, or those of a list.
        elements: Vec<Operand>,
    },
    /// The item equals one of these.
    In {
        /// The item.
        item: Operand,
        /// The choices.
        choices: Vec<Operand>,
    },
    /// An operand of type bool is true.
    Holds(Operand),
    /// A count of events in a window that ends at the instant of judgement. Never inside another one.
    Past(Box<PastQuery>),
}

/// A look into the past: `some E e where C [within D] before`.
#[derive(Debug, Clone)]
pub struct PastQuery {
    /// Its identity.
    pub id: PastId,
    /// How many are wanted.
    pub quantity: Quantity,
    /// Which events; the event is [`Var::Past`].
    pub pattern: Pattern,
    /// How far back; `None` for however far.
    pub within: Option<Duration>,
}

/// A typed operand.
#[derive(Debug, Clone)]
pub struct Operand {
    /// What it is.
    pub kind: OperandKind,
    /// The type of its value.
    pub ty: Type,
    /// Where it stands.
    pub span: Span,
}

/// What an operand is.
#[derive(Debug, Clone)]
pub enum OperandKind {
    /// A constant.
    Literal(Value),
    /// A field of an event.
    Field(Var, FieldRef),
    /// A field that all types of which the event can be declare alike: its place in each of them.
    Common(Var, Vec<(EventTypeId, FieldId)>),
    /// The value of a state at the instant of judgement.
    State(StateId, Option<Box<Operand>>),
    /// The thing that `for every` stands for.
    Key,
}

impl OperandKind {
    /// The event whose field it is.
    pub fn var(&self) -> Option<Var> {
        match self {
            OperandKind::Field(var, _) | OperandKind::Common(var, _) => Some(*var),
            OperandKind::Literal(_) | OperandKind::State(..) | OperandKind::Key => None,
        }
    }

    /// The field that it is of an event of a type.
    pub fn field(&self, event: EventTypeId) -> Option<FieldRef> {
        match self {
            OperandKind::Field(_, field) => Some(*field),
            OperandKind::Common(_, places) => {
                let place = places.iter().find(|(known, _)| *known == event);
                place.map(|(_, field)| FieldRef::Declared(*field))
            }
            OperandKind::Literal(_) | OperandKind::State(..) | OperandKind::Key => None,
        }
    }
}

/// Which event a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Var {
    /// The event that opened the instance.
    Trigger,
    /// The event that a sequence of two starts with.
    Earlier,
    /// The event that is being judged: the one that may answer, break or set something.
    Subject,
    /// The event that broke the duty with this position in the chain.
    Breach(u8),
    /// The event that a look into the past is at.
    Past,
}

/// A field of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldRef {
    /// The event's own instant.
    Time,
    /// A declared field.
    Declared(FieldId),
}

/// A clause.
#[derive(Debug, Clone)]
pub struct Clause {
    /// The agreement that it is of.
    pub agreement: AgreementId,
    /// Its name.
    pub name: String,
    /// Its title, or else its name.
    pub title: String,
    /// Where its text is published.
    pub cites: Vec<String>,
    /// How much a breach matters.
    pub severity: ClauseSeverity,
    /// Free words to select clauses by.
    pub tags: Vec<String>,
    /// What opens an instance; without it, the term does.
    pub opening: Opening,
    /// The duty, in position 0, and its repairs.
    pub duties: Vec<Duty>,
    /// The template that it is from, if it is from one.
    pub application: Option<Application>,
    /// The events that release an instance while it is owed; in their conditions the event is [`Var::Subject`].
    pub waivers: Vec<Pattern>,
    /// What becomes of it alone; it shares the life of its agreement besides.
    pub life: Vec<LifeRule>,
    /// What other clauses permit although the first duty forbids it.
    pub exceptions: Vec<Exception>,
    /// The name, in the rule file.
    pub span: Span,
    /// All of it, in the rule file.
    pub whole: Span,
}

/// What events make of an agreement or a clause. Their conditions look at the event alone, [`Var::Subject`], and at nothing that it may lack, so that
/// they are never unknown.
#[derive(Debug, Clone)]
pub struct LifeRule {
    /// What they make of it.
    pub change: LifeChange,
    /// Which events.
    pub pattern: Pattern,
    /// The words, in the rule file.
    pub span: Span,
}

/// What becomes of an agreement or a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifeChange {
    /// Nothing is owed until it is resumed.
    Suspend,
    /// It is owed again.
    Resume,
    /// The term of the agreement ends later.
    Extend(Extension),
    /// It ends.
    End(Ending),
}

/// To when an event extends a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// To so long after the end in force.
    For(Duration),
    /// To the end of the day, or to the instant, in this field of the event.
    To(FieldId),
}

impl Extension {
    /// The end that it brings, if it is later than the one in force; `said` is what the event has in the field that is asked for.
    pub fn effective(self, end: Instant, said: impl FnOnce(FieldId) -> Option<Value>, zone: &Zone) -> Option<Instant> {
        let later = match self {
            Extension::For(length) => Some(zone.add(end, length)),
            Extension::To(field) => match said(field)? {
                Value::Date(day) => Some(zone.end_of(day)),
                Value::Instant(instant) => Some(instant),
                _ => None,
            },
        };
        later.filter(|later| end < *later)
    }
}

/// How an agreement or a clause ends before its term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// Whether another agreement takes its place.
    pub succession: bool,
    /// How long after the event.
    pub notice: Option<Duration>,
}

impl Ending {
    /// When it takes effect.
    pub fn effective(&self, event: Instant, zone: &Zone) -> Instant {
        self.notice.map_or(event, |notice| zone.add(event, notice))
    }
}

/// What a clause permits although another one forbids it.
#[derive(Debug, Clone)]
pub struct Exception {
    /// The name of the clause that permits it.
    pub clause: String,
    /// What is true of a permitted event, which is [`Var::Subject`]; at least one.
    pub conditions: Vec<Condition>,
    /// The name of the clause, in the rule file.
    pub span: Span,
}

/// How a clause came to its agreement.
#[derive(Debug, Clone)]
pub struct Application {
    /// The template.
    pub template: String,
    /// The words that apply it, in the rule file.
    pub span: Span,
}

/// What opens instances of a clause's duty.
#[derive(Debug, Clone)]
pub enum Opening {
    /// The term itself.
    Standing,
    /// Events, under guards that must all be true at the time point of the one that opens, which is [`Var::Trigger`] in the clause.
    Trigger {
        /// Which events.
        trigger: Trigger,
        /// `if` conditions, and `unless` conditions negated; here the event is [`Var::Trigger`].
        guards: Vec<Condition>,
    },
}

/// Which events open a duty.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// Each event of one of these kinds; in their conditions the event is [`Var::Subject`]. One or more.
    Any(Vec<Pattern>),
    /// Each pair of events of which the one comes in time after the other.
    Sequence(Box<Sequence>),
    /// So many events in a window.
    Repeated(Box<Repetition>),
}

impl Trigger {
    /// The patterns of which the event that opens the duty is; in their conditions it is [`Var::Subject`].
    pub fn opening(&self) -> &[Pattern] {
        match self {
            Trigger::Any(patterns) => patterns,
            Trigger::Sequence(sequence) => std::slice::from_ref(&sequence.then),
            Trigger::Repeated(repetition) => std::slice::from_ref(&repetition.pattern),
        }
    }

    /// All patterns that events can be of which take part.
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let first = match self {
            Trigger::Sequence(sequence) => Some(&sequence.first),
            Trigger::Any(_) | Trigger::Repeated(_) => None,
        };
        first.into_iter().chain(self.opening())
    }

    /// The pattern, where each event of one kind opens the duty by itself.
    pub fn single(&self) -> Option<&Pattern> {
        match self {
            Trigger::Any(patterns) => match patterns.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            Trigger::Sequence(_) | Trigger::Repeated(_) => None,
        }
    }
}

/// An event that is followed by another one.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// The first event, which is [`Var::Earlier`] here and in the clause.
    pub first: Pattern,
    /// The second one, which is [`Var::Subject`] here.
    pub then: Pattern,
    /// Not later than so long after the first.
    pub within: Duration,
}

/// Events that come so often in a window.
#[derive(Debug, Clone)]
pub struct Repetition {
    /// How many.
    pub count: u32,
    /// Which events; the event is [`Var::Subject`].
    pub pattern: Pattern,
    /// The field whose values are counted one by one, if any.
    pub group: Option<FieldRef>,
    /// How long an event stays in the window.
    pub window: Duration,
}

/// How much a breach matters to its readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClauseSeverity {
    /// `minor`.
    Minor,
    /// `major`.
    Major,
    /// `critical`.
    Critical,
}

/// How strongly a party is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strength {
    /// `must`.
    Binding,
    /// `should`.
    BestEffort,
    /// `aim to`.
    Aim,
    /// `may`: nothing is owed.
    Permission,
}

/// A duty.
#[derive(Debug, Clone)]
pub struct Duty {
    /// Who owes it: parties, or fields of type party.
    pub actors: Vec<Operand>,
    /// How strongly.
    pub strength: Strength,
    /// What is owed, and when.
    pub goal: Goal,
    /// The event that ends the time of it, if one does: what happens at its instant is after the end. In its conditions it is [`Var::Subject`].
    pub end: Option<Pattern>,
    /// The words that say what is owed, in the rule file.
    pub span: Span,
    /// The words that say when, in the rule file, if any do.
    pub timing_span: Option<Span>,
}

/// What is owed, and when.
#[derive(Debug, Clone)]
pub enum Goal {
    /// So many events must happen in an extent of time.
    Ensure {
        /// Which events.
        pattern: Pattern,
        /// How many; at least 1.
        count: u32,
        /// When.
        extent: Extent,
        /// What excuses a late one, which is [`Var::Subject`] here. Only in the first duty of a clause.
        excuse: Option<Condition>,
    },
    /// So many events must have happened some time before the trigger. Only as the first duty of a clause with a trigger.
    EnsureBefore {
        /// Which events.
        pattern: Pattern,
        /// How many; at least 1.
        count: u32,
        /// How long before.
        lead: LeadTime,
    },
    /// So many events must happen in each period.
    EnsureEach {
        /// Which events.
        pattern: Pattern,
        /// How many.
        count: crate::syntax::ast::Count,
        /// The periods.
        periods: Periods,
    },
    /// More than so many events must not happen in an extent of time.
    Avoid {
        /// Which events.
        pattern: Pattern,
        /// `if` conditions, and `unless` conditions negated: with any of them false the event does not count.
        guards: Vec<Condition>,
        /// `Some(n)` for `more than n`; `None` if each event is a breach.
        more_than: Option<u32>,
        /// When.
        extent: Extent,
    },
    /// More than so many events must not happen in any one period.
    AvoidEach {
        /// Which events.
        pattern: Pattern,
        /// As in [`Goal::Avoid`].
        guards: Vec<Condition>,
        /// How many are allowed.
        more_than: u32,
        /// The periods.
        periods: Periods,
    },
    /// Events are permitted although another clause of the agreement forbids them.
    Permit {
        /// Which events.
        pattern: Pattern,
        /// As in [`Goal::Avoid`].
        guards: Vec<Condition>,
        /// What is true of the events that the other clause forbids.
        forbids: Vec<Condition>,
        /// When it forbids them.
        window: Standing,
    },
    /// A condition must be true at every instant of an extent of time.
    Maintain {
        /// The condition.
        condition: Condition,
        /// For every key of states, if it is said of each.
        every: Option<ForEvery>,
        /// When.
        extent: Extent,
    },
    /// A figure that events make up must not fall below a floor, or exceed a ceiling.
    Bound(Box<Bound>),
}

/// A bound on a figure; also a count in sliding windows, or for each of several things.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Which way.
    pub direction: Direction,
    /// What is bounded.
    pub figure: Figure,
    /// As in [`Goal::Avoid`].
    pub guards: Vec<Condition>,
    /// By what.
    pub limit: Limit,
    /// The words that say by what, or the name of the reference figure in them.
    pub limit_span: Span,
    /// When.
    pub reach: Reach,
    /// For each of which things.
    pub per: Option<Per>,
}

/// A figure that events make up.
#[derive(Debug, Clone)]
pub struct Figure {
    /// How.
    pub measure: Measure,
    /// Which events; the event is [`Var::Subject`].
    pub pattern: Pattern,
    /// What it is counted in.
    pub unit: Unit,
    /// The words that say it, in the rule file.
    pub span: Span,
}

/// How events make up a figure.
#[derive(Debug, Clone)]
pub enum Measure {
    /// How many there are.
    Count,
    /// The sum of a field.
    Total(FieldRef),
    /// The sum of a field over the number of events.
    Average(FieldRef),
    /// The least value of a field.
    Lowest(FieldRef),
    /// The greatest value of a field.
    Highest(FieldRef),
    /// How many different values a field has.
    Distinct(FieldRef),
    /// How many of them meet a condition, over how many there are; the event is [`Var::Subject`].
    Share(Condition),
}

/// What a figure is counted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// Events, or different values.
    Events,
    /// Values of a type: billionths of a number or of a currency's unit, or nanoseconds.
    Of(Type),
    /// Parts of one.
    Share,
}

/// What a figure is held against, in the figure's own unit.
#[derive(Debug, Clone)]
pub enum Limit {
    /// This.
    Fixed(Ratio),
    /// A part of another figure, over the same time.
    Part(Ratio, Box<Figure>),
}

/// When a bound holds.
#[derive(Debug, Clone)]
pub enum Reach {
    /// Over each period.
    Each(Periods),
    /// At every instant, over the window that ends there.
    Any(Window),
    /// Over one extent of time.
    Over(Extent),
}

/// Windows that slide: at t, the events e with e <= t < e + length.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// How long an event stays in the window.
    pub length: Duration,
    /// The extent of time whose instants are judged, and whose events count. Its end, if any, is not in it.
    pub standing: Standing,
}

/// What a bound is said of one by one.
#[derive(Debug, Clone)]
pub struct Per {
    /// Which things.
    pub kind: PerKind,
    /// Their type.
    pub ty: Type,
    /// The words that say it, in the rule file.
    pub span: Span,
}

/// Which things a bound is said of one by one.
#[derive(Debug, Clone)]
pub enum PerKind {
    /// These, each of which the name stands for in the bound.
    Members(String, Vec<Value>),
    /// The values that events of the figure's type have carried in a field since the bound holds.
    Values(FieldRef),
}

/// `for every KEY name`.
#[derive(Debug, Clone)]
pub struct ForEvery {
    /// The word that names what the states are of.
    pub label: String,
    /// The name that stands for one of them.
    pub binding: String,
    /// The type of the keys.
    pub ty: Type,
    /// The states of the condition that are of this key; at least one. A key exists once one of them has been set for it.
    pub states: Vec<StateId>,
}

/// Periods, and the window that cuts them.
#[derive(Debug, Clone, Copy)]
pub struct Periods {
    /// Their length or kind.
    pub cadence: Cadence,
    /// The start of the term: period 0 starts here, or holds it.
    pub anchor: Instant,
    /// The window.
    pub window: Standing,
}

/// The extent of time that a duty is about.
#[derive(Debug, Clone)]
pub enum Extent {
    /// Known from the rule file alone: a duty without trigger.
    Standing(Standing),
    /// Counted from the opening of an instance: its trigger, or the breach that a repair answers.
    Relative(Relative),
}

/// An extent that is known from the rule file alone, as long as no event extends the term.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Its first instant, if it has one.
    pub start: Option<Instant>,
    /// When it is over by what the duty itself says, and by which of its words.
    pub own: Option<(Due, EndReason)>,
    /// The first instant after the term, if the term ends.
    pub term: Option<Instant>,
}

/// What set the end of an extent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// `within D`, from the start of the term.
    Within(Duration),
    /// `by DATE` or `to DATE`.
    Date(Date),
    /// `within N working days`, from the start of the term.
    WorkingDays(u32),
    /// `by the first day of the month after` the start of the term.
    DayOfMonth(DayOfMonth),
    /// The next working day, for what falls due on this one.
    Deferred(Date),
    /// The end of the term.
    Term,
    /// There is no end.
    Never,
}

/// An extent counted from the opening of an instance.
#[derive(Debug, Clone)]
pub enum Relative {
    /// Until the first of these runs out.
    Until(Clocks),
    /// Without end.
    Never,
}

/// How long before its trigger something is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadTime {
    /// Not later than so long before.
    AtLeast(Duration),
    /// Between the two, whichever is the longer.
    Between(Duration, Duration),
    /// Not earlier than so long before.
    Within(Duration),
}

/// The instants at which something comes in a lead time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadWindow {
    /// The first; `None` for any before.
    pub from: Option<Instant>,
    /// The last.
    pub to: Instant,
}

impl LeadWindow {
    /// Whether something at this instant is in the window.
    pub fn admits(&self, instant: Instant) -> bool {
        self.from.is_none_or(|from| from <= instant) && instant <= self.to
    }
}

impl LeadTime {
    /// The window before an instant; `None` if it would end before the year 1.
    pub fn window(self, before: Instant, zone: &Zone) -> Option<LeadWindow> {
        let (from, to) = match self {
            LeadTime::AtLeast(least) => (None, zone.subtract(before, least)?),
            LeadTime::Within(most) => (zone.subtract(before, most), before),
            LeadTime::Between(one, other) => {
                let (one, other) = (zone.subtract(before, one), zone.subtract(before, other));
                // What reaches back past the year 1 is the earlier one, as `None` is.
                (one.min(other), one.max(other)?)
            }
        };
        Some(LeadWindow { from, to })
    }

    /// Nanoseconds that a window never reaches back further than, if there is such a length.
    pub fn reach(self) -> Option<i128> {
        match self {
            LeadTime::AtLeast(_) => None,
            LeadTime::Within(most) => Some(most.longest()),
            LeadTime::Between(one, other) => Some(one.longest().max(other.longest())),
        }
    }
}

impl fmt::Display for LeadTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeadTime::AtLeast(least) => write!(f, "at least {least} before"),
            LeadTime::Between(one, other) => write!(f, "between {one} and {other} before"),
            LeadTime::Within(most) => write!(f, "within {most} before"),
        }
    }
}

/// Clocks that run at once; the earliest due time is that of the duty.
#[derive(Debug, Clone)]
pub struct Clocks {
    first: Clock,
    others: Vec<Clock>,
}

impl Clocks {
    /// One clock, and others beside it.
    pub fn new(first: Clock, others: Vec<Clock>) -> Self {
        Clocks { first, others }
    }

    /// All of them, in the order of the rule file.
    pub fn iter(&self) -> impl Iterator<Item = &Clock> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The first of them.
    pub fn first(&self) -> &Clock {
        &self.first
    }

    /// Whether there is but one.
    pub fn is_single(&self) -> bool {
        self.others.is_empty()
    }
}

/// What makes a duty due.
#[derive(Debug, Clone)]
pub enum Clock {
    /// `within D`: until D after the opening, that instant included.
    Within(Duration),
    /// `within D of x.field`: until D after the instant in a field, that instant included.
    WithinOf(Duration, Operand),
    /// `by DATE`: until the end of a day.
    By(Date, Due),
    /// `within N working days [of x.field]`: until the end of the N-th working day after the day of the opening, or of a field.
    WorkingDays(u32, Option<Operand>, Arc<WorkingCalendar>),
    /// `by the first day of the month after [x.field]`: until the end of that day.
    DayOfMonth(DayOfMonth, Option<Operand>),
    /// Another clock, and what becomes of it where it runs out on a day that is no working day.
    Deferred(Box<Clock>, Respite, Arc<WorkingCalendar>),
}

impl Clock {
    /// The field whose instant it counts from, if it does not count from the opening.
    pub fn field(&self) -> Option<&Operand> {
        match self {
            Clock::WithinOf(_, field) => Some(field),
            Clock::WorkingDays(_, field, _) | Clock::DayOfMonth(_, field) => field.as_ref(),
            Clock::Deferred(clock, ..) => clock.field(),
            Clock::Within(_) | Clock::By(..) => None,
        }
    }

    /// When it runs out if it counts from an instant.
    pub fn due(&self, from: Instant, zone: &Zone) -> Due {
        match self {
            Clock::Within(duration) | Clock::WithinOf(duration, _) => Due::at(zone.add(from, *duration)),
            Clock::By(_, due) => *due,
            Clock::WorkingDays(count, _, calendar) => zone.end_of_working_day(from, *count, calendar),
            Clock::DayOfMonth(day, _) => zone.end_of_month_day(from, *day),
            Clock::Deferred(clock, respite, calendar) => {
                let due = clock.due(from, zone);
                zone.deferred(due, *respite, calendar).unwrap_or(due)
            }
        }
    }

    /// When it runs out, if that is so whatever it counts from.
    pub fn fixed(&self, zone: &Zone) -> Option<Due> {
        match self {
            Clock::By(_, due) => Some(*due),
            Clock::Deferred(clock, respite, calendar) => {
                let due = clock.fixed(zone)?;
                Some(zone.deferred(due, *respite, calendar).unwrap_or(due))
            }
            Clock::Within(_) | Clock::WithinOf(..) | Clock::WorkingDays(..) | Clock::DayOfMonth(..) => None,
        }
    }

    /// Whether it counts from the opening, so that it runs out no sooner than that.
    pub fn counts_from_the_opening(&self) -> bool {
        match self {
            Clock::Within(_) | Clock::WorkingDays(_, None, _) | Clock::DayOfMonth(_, None) => true,
            Clock::Deferred(clock, ..) => clock.counts_from_the_opening(),
            Clock::WithinOf(..) | Clock::By(..) | Clock::WorkingDays(..) | Clock::DayOfMonth(..) => false,
        }
    }
}

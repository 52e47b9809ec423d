//! Conditions judged at an instant, over the events that names stand for, the present states and the past that was asked to be kept.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::SmallVec;

use super::fluents::{Fluents, unset};
use super::history::Histories;
use super::instance::{Instance, Lack, Trigger};
use super::state::{restored, saved};
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{ClauseId, Condition, ConditionKind, FieldRef, Operand, OperandKind, Var};
use crate::time::{Instant, Zone};
use crate::value::Value;

/// What conditions can look at beside the events that names stand for.
#[derive(Debug)]
pub(super) struct World {
    pub(super) fluents: Fluents,
    pub(super) histories: Histories,
    /// For each clause, the zone of its agreement.
    pub(super) zones: Vec<Zone>,
}

restored!(World {
    restored: [fluents, histories],
    fixed: [zones],
});

impl World {
    /// The world as conditions see it that count no days.
    pub(super) fn without_zone(&self, now: Instant) -> Context<'_> {
        Context {
            fluents: &self.fluents,
            histories: &self.histories,
            zone: None,
            now,
            contradictions: Contradictions::Unknown,
        }
    }

    /// The world as a clause sees it at an instant.
    #[inline]
    pub(super) fn context(&self, clause: ClauseId, now: Instant) -> Context<'_> {
        Context {
            fluents: &self.fluents,
            histories: &self.histories,
            zone: self.zones.get(clause.index()),
            now,
            contradictions: Contradictions::Unknown,
        }
    }
}

/// The world at an instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) fluents: &'a Fluents,
    pub(super) histories: &'a Histories,
    /// The zone in which looks into the past count days; `None` where there are none.
    pub(super) zone: Option<&'a Zone>,
    pub(super) now: Instant,
    pub(super) contradictions: Contradictions,
}

/// What a comparison is worth that values set at one instant contradict each other about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contradictions {
    /// Unknown.
    Unknown,
    /// This, which keeps the whole condition from being true.
    Count(bool),
}

impl<'a> Context<'a> {
    /// The same world, where contradictions keep a condition from being true.
    pub(super) fn doubting(self) -> Context<'a> {
        Context {
            contradictions: Contradictions::Count(false),
            ..self
        }
    }

    /// The same world inside of a negation.
    fn negated(self) -> Context<'a> {
        let contradictions = match self.contradictions {
            Contradictions::Unknown => Contradictions::Unknown,
            Contradictions::Count(truth) => Contradictions::Count(!truth),
        };
        Context { contradictions, ..self }
    }
}

/// The events that broke duties of an instance so far, with the positions of these.
pub(super) type Breaches = Box<[(u8, Arc<Event>)]>;

/// What an instance knows: the events that opened it and those that broke its duties so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Bindings {
    pub(super) trigger: Option<Trigger>,
    pub(super) breaches: Breaches,
}

saved!(struct Bindings { trigger, breaches });

impl Bindings {
    /// With what opened the duty alone.
    pub(super) fn of(trigger: Trigger) -> Self {
        Bindings {
            trigger: Some(trigger),
            breaches: Breaches::default(),
        }
    }

    /// With these alone for names to stand for.
    pub(super) fn frame(&self) -> Frame<'_> {
        Frame {
            trigger: self.trigger.as_ref(),
            breaches: &self.breaches,
            ..Frame::default()
        }
    }

    /// With the event that broke the duty at a position.
    pub(super) fn broken_by(self, position: u8, event: &Arc<Event>) -> Bindings {
        let last = (position, Arc::clone(event));
        Bindings {
            breaches: self.breaches.into_iter().chain([last]).collect(),
            ..self
        }
    }
}

impl Instance {
    /// What is known where its duties were broken by these events so far.
    pub(super) fn frame<'a>(&'a self, breaches: &'a Breaches) -> Frame<'a> {
        Frame {
            trigger: self.subject.trigger(),
            breaches,
            ..Frame::default()
        }
    }

    /// As [`Instance::frame`], to be kept.
    pub(super) fn bindings(&self, breaches: &Breaches) -> Bindings {
        Bindings {
            trigger: self.subject.trigger().cloned(),
            breaches: breaches.clone(),
        }
    }
}

/// What names stand for where a condition is judged.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frame<'a> {
    pub(super) trigger: Option<&'a Trigger>,
    pub(super) breaches: &'a [(u8, Arc<Event>)],
    pub(super) subject: Option<&'a Event>,
    pub(super) past: Option<&'a Event>,
    /// The first event of a sequence, where no instance knows it yet.
    pub(super) earlier: Option<&'a Event>,
    pub(super) key: Option<&'a Value>,
}

impl<'a> Frame<'a> {
    /// With what opens a duty.
    pub(super) fn of(trigger: &'a Trigger) -> Self {
        Frame {
            trigger: Some(trigger),
            ..Frame::default()
        }
    }

    fn event(&self, var: Var) -> Option<&'a Event> {
        match var {
            Var::Subject => self.subject,
            Var::Past => self.past,
            Var::Trigger => Some(&self.trigger?.event),
            Var::Earlier => match self.earlier {
                Some(event) => Some(event),
                None => self.trigger?.before.first().map(|event| &**event),
            },
            Var::Breach(position) => {
                let mut breaches = self.breaches.iter();
                breaches.find(|(at, _)| *at == position).map(|(_, event)| &**event)
            }
        }
    }
}

/// The value of an operand.
pub(super) enum Evaluated<'a> {
    One(Cow<'a, Value>),
    /// The values of a state that was set to several at one instant.
    Many(&'a [Value]),
    Lacking(Lacks),
}

impl Evaluated<'_> {
    fn values(&self) -> &[Value] {
        match self {
            Evaluated::One(value) => std::slice::from_ref(value),
            Evaluated::Many(values) => values,
            Evaluated::Lacking(_) => &[],
        }
    }
}

/// All conditions together.
pub(super) fn conjunction(conditions: &[Condition], frame: &Frame<'_>, context: &Context<'_>) -> Truth {
    Truth::all(conditions.iter().map(|condition| evaluate(condition, frame, context)))
}

/// The truth of a condition.
pub(super) fn evaluate(condition: &Condition, frame: &Frame<'_>, context: &Context<'_>) -> Truth {
    match &condition.kind {
        ConditionKind::All(elements) => conjunction(elements, frame, context),
        ConditionKind::Any(elements) => Truth::any(elements.iter().map(|element| evaluate(element, frame, context))),
        ConditionKind::Not(negated) => evaluate(negated, frame, &context.negated()).not(),
        ConditionKind::Compare { left, op, right } => match (plain(left, frame), plain(right, frame)) {
            (Some(left), Some(right)) => Truth::of(op.holds(left.order(right))),
            _ => comparison(&[left, right], frame, context, |values| {
                op.holds(values[0].order(values[1]))
            }),
        },
        ConditionKind::Includes { set, elements } => {
            let operands: Vec<&Operand> = std::iter::once(set).chain(elements).collect();
            comparison(&operands, frame, context, |values| {
                values[1..].iter().all(|element| values[0].includes(element))
            })
        }
        ConditionKind::In { item, choices } => {
            let operands: Vec<&Operand> = std::iter::once(item).chain(choices).collect();
            among(&operands, frame, context)
        }
        ConditionKind::Holds(held) => comparison(&[held], frame, context, |values| *values[0] == Value::Bool(true)),
        ConditionKind::Past(query) => context.histories.judge(query, frame, context),
    }
}

/// A relation between operands, over every combination of values that they have: true or false where all agree.
fn comparison(
    operands: &[&Operand],
    frame: &Frame<'_>,
    context: &Context<'_>,
    holds: impl Fn(&[&Value]) -> bool,
) -> Truth {
    let evaluated: SmallVec<[Evaluated<'_>; 2]> = operands
        .iter()
        .map(|operand| evaluate_operand(operand, frame, context))
        .collect();
    let mut lacks = Lacks::new();
    for side in &evaluated {
        if let Evaluated::Lacking(more) = side {
            merge(&mut lacks, more.iter().cloned());
        }
    }
    if !lacks.is_empty() {
        return Truth::lacking(lacks);
    }
    let mut verdicts = (false, false);
    let mut chosen: SmallVec<[&Value; 2]> = SmallVec::new();
    combinations(&evaluated, &mut chosen, &mut |values| {
        if holds(values) {
            verdicts.0 = true;
        } else {
            verdicts.1 = true;
        }
    });
    match (verdicts, context.contradictions) {
        ((true, false), _) => Truth::True,
        ((true, true), Contradictions::Count(truth)) => Truth::of(truth),
        ((true, true), Contradictions::Unknown) => {
            for (operand, side) in operands.iter().zip(&evaluated) {
                if let (OperandKind::State(state, _), Evaluated::Many(_)) = (&operand.kind, side) {
                    merge(&mut lacks, [Lack::Contradiction(*state)]);
                }
            }
            Truth::lacking(lacks)
        }
        ((false, _), _) => Truth::False,
    }
}

fn combinations<'a>(
    rest: &'a [Evaluated<'_>],
    chosen: &mut SmallVec<[&'a Value; 2]>,
    judge: &mut impl FnMut(&[&'a Value]),
) {
    match rest.split_first() {
        None => judge(chosen),
        Some((first, rest)) => {
            for value in first.values() {
                chosen.push(value);
                combinations(rest, chosen, judge);
                chosen.pop();
            }
        }
    }
}

/// Whether the first operand equals one of the others. A choice that is lacking makes it unknown only where no other choice is the item.
fn among(operands: &[&Operand], frame: &Frame<'_>, context: &Context<'_>) -> Truth {
    let (known, lacking): (Vec<&Operand>, Vec<&Operand>) = operands[1..]
        .iter()
        .copied()
        .partition(|choice| !matches!(evaluate_operand(choice, frame, context), Evaluated::Lacking(_)));
    let known: Vec<&Operand> = operands[..1].iter().copied().chain(known).collect();
    let found = comparison(&known, frame, context, |values| values[1..].contains(&values[0]));
    let unknown = lacking
        .into_iter()
        .map(|choice| match evaluate_operand(choice, frame, context) {
            Evaluated::Lacking(lacks) => Truth::lacking(lacks),
            Evaluated::One(_) | Evaluated::Many(_) => Truth::False,
        });
    Truth::any(std::iter::once(found).chain(unknown))
}

/// The value of an operand that is there as it is, as most are.
#[inline]
pub(super) fn plain<'a>(operand: &'a Operand, frame: &Frame<'a>) -> Option<&'a Value> {
    match &operand.kind {
        OperandKind::Literal(value) => Some(value),
        OperandKind::Field(var, FieldRef::Declared(id)) => frame.event(*var)?.fields.get(id.index())?.as_ref(),
        OperandKind::Key => frame.key,
        OperandKind::Field(_, FieldRef::Time) | OperandKind::Common(..) | OperandKind::State(..) => None,
    }
}

/// The value of an operand.
pub(super) fn evaluate_operand<'a>(operand: &'a Operand, frame: &Frame<'a>, context: &Context<'a>) -> Evaluated<'a> {
    match &operand.kind {
        OperandKind::Literal(value) => Evaluated::One(Cow::Borrowed(value)),
        OperandKind::Field(var, field) => field_value(frame.event(*var), *field),
        OperandKind::Common(var, _) => {
            let event = frame.event(*var);
            match event.and_then(|event| operand.kind.field(event.kind)) {
                Some(field) => field_value(event, field),
                None => Evaluated::Lacking(Lacks::new()),
            }
        }
        OperandKind::Key => match frame.key {
            Some(key) => Evaluated::One(Cow::Borrowed(key)),
            None => Evaluated::Lacking(Lacks::new()),
        },
        OperandKind::State(state, key) => {
            let fluent = match key {
                None => context.fluents.get(*state, None),
                Some(key) => match evaluate_operand(key, frame, context) {
                    Evaluated::One(key) => context.fluents.get(*state, Some(&key)),
                    Evaluated::Many(_) => None,
                    Evaluated::Lacking(lacks) => return Evaluated::Lacking(lacks),
                },
            };
            fluent.map_or_else(|| unset(*state), |fluent| fluent.evaluated())
        }
    }
}

/// The value of a field that is not there as it is, if it is there; that of a state changes, and is taken not to be.
pub(super) fn lasting_field<'a>(operand: &OperandKind, frame: &Frame<'a>) -> Option<Cow<'a, Value>> {
    match operand {
        OperandKind::Field(var, field) => frame.event(*var)?.value(*field),
        OperandKind::Common(var, _) => {
            let event = frame.event(*var)?;
            event.value(operand.field(event.kind)?)
        }
        OperandKind::Literal(_) | OperandKind::Key | OperandKind::State(..) => None,
    }
}

fn field_value(event: Option<&Event>, field: FieldRef) -> Evaluated<'_> {
    let Some(event) = event else {
        return Evaluated::Lacking(Lacks::new());
    };
    match (event.value(field), field) {
        (Some(value), _) => Evaluated::One(value),
        (None, FieldRef::Declared(id)) => Evaluated::Lacking(Lacks::from_iter([Lack::Field(event.kind, id)])),
        (None, FieldRef::Time) => Evaluated::Lacking(Lacks::new()),
    }
}

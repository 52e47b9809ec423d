//! Triggers: which events of a time point open a duty, and with which events before them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::evaluate::{Context, Frame, conjunction};
use super::history::{Keep, PastEvents};
use super::instance::Trigger;
use super::state::{Loader, Restored, Saver, StateError, restored, saved};
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{self, Agreement, Condition, Pattern, Repetition, Sequence, Var};
use crate::plan::SequencePlan;
use crate::time::{Instant, Zone};
use crate::value::Value;

/// What opens the duty of one clause.
#[derive(Debug)]
pub(super) struct Openings {
    term: (Option<Instant>, Option<Instant>),
    form: Form,
    guards: Vec<Condition>,
}

restored!(Openings {
    saved: [term],
    restored: [form],
    fixed: [guards],
});

#[derive(Debug)]
enum Form {
    Any(Vec<Pattern>),
    Sequence(Box<Pairs>),
    Repeated(Box<Counts>),
}

impl Restored for Form {
    fn save(&self, to: &mut Saver<'_>) {
        match self {
            Form::Any(_) => {}
            Form::Sequence(pairs) => pairs.save(to),
            Form::Repeated(counts) => counts.save(to),
        }
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        match self {
            Form::Any(_) => Ok(()),
            Form::Sequence(pairs) => pairs.restore(from),
            Form::Repeated(counts) => counts.restore(from),
        }
    }
}

/// Events that open a duty, or may.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) trigger: Trigger,
    pub(super) truth: Truth,
    /// The events that could have opened it instead, where it is unknown which did.
    instead: Vec<Arc<Event>>,
}

/// The first events of a sequence, kept for the second ones.
#[derive(Debug)]
struct Pairs {
    sequence: Sequence,
    past: PastEvents,
    /// What is asked of the second event by itself.
    then: Vec<Condition>,
}

restored!(Pairs {
    restored: [past],
    fixed: [sequence, then],
});

/// The events in the windows of a repetition, for each group.
#[derive(Debug)]
struct Counts {
    repetition: Repetition,
    windows: HashMap<Option<Value>, VecDeque<Counted>, RandomState>,
    /// When each event came, oldest first, to let it go in time though its group has no other one.
    ages: VecDeque<(Instant, Option<Value>)>,
}

restored!(Counts {
    saved: [windows, ages],
    fixed: [repetition],
});

#[derive(Debug)]
struct Counted {
    event: Arc<Event>,
    /// Not false.
    truth: Truth,
}

saved!(struct Counted { event, truth });

impl Openings {
    pub(super) fn new(
        agreement: &Agreement,
        trigger: &model::Trigger,
        guards: &[Condition],
        plan: Option<&SequencePlan>,
    ) -> Self {
        let form = match (trigger, plan) {
            (model::Trigger::Sequence(sequence), Some(plan)) => Form::Sequence(Box::new(Pairs {
                sequence: (**sequence).clone(),
                past: PastEvents::new(
                    plan.first.clone(),
                    Var::Earlier,
                    Keep::Within(sequence.within.longest()),
                ),
                then: plan.then.clone(),
            })),
            (model::Trigger::Repeated(repetition), _) => Form::Repeated(Box::new(Counts {
                repetition: (**repetition).clone(),
                windows: HashMap::default(),
                ages: VecDeque::new(),
            })),
            (model::Trigger::Any(_) | model::Trigger::Sequence(_), _) => Form::Any(trigger.opening().to_vec()),
        };
        Openings {
            term: (agreement.start, agreement.end),
            form,
            guards: guards.to_vec(),
        }
    }

    /// Takes events for some time more.
    pub(super) fn extend(&mut self, end: Instant) {
        self.term.1 = Some(end);
    }

    /// Whether the term is running.
    #[inline]
    pub(super) fn is_owed(&self, now: Instant) -> bool {
        let (start, end) = self.term;
        start.is_none_or(|start| now >= start) && end.is_none_or(|end| now < end)
    }

    /// Whether an event opens the duty alone, where no others have to do with it.
    #[inline]
    pub(super) fn alone(&self, event: &Arc<Event>, context: &Context<'_>) -> Truth {
        let Form::Any(patterns) = &self.form else {
            return Truth::False;
        };
        let truth = any_of(patterns, event, context);
        if self.guards.is_empty() || truth == Truth::False {
            return truth;
        }
        let trigger = Trigger::alone(event);
        let guard = conjunction(&self.guards, &Frame::of(&trigger), context);
        Truth::all([truth, guard])
    }

    /// The openings by the events of a time point; `None` where each opens the duty [alone](Openings::alone), if it does.
    #[inline]
    pub(super) fn together(
        &mut self,
        events: &[&Arc<Event>],
        zone: &Zone,
        context: &Context<'_>,
    ) -> Option<Vec<Opened>> {
        let mut opened = match &mut self.form {
            Form::Any(_) => return None,
            Form::Sequence(pairs) => pairs.of(events, zone, context),
            Form::Repeated(counts) => counts.of(events, zone, context),
        };
        for one in &mut opened {
            one.guard(&self.guards, context);
        }
        Some(opened)
    }
}

impl Opened {
    #[inline]
    fn by(event: &Arc<Event>, before: Box<[Arc<Event>]>, truth: Truth) -> Self {
        Opened {
            trigger: Trigger {
                event: Arc::clone(event),
                before,
            },
            truth,
            instead: Vec::new(),
        }
    }

    /// Asks the guards: of every event that can have opened the duty, where it is unknown which did.
    #[inline]
    fn guard(&mut self, guards: &[Condition], context: &Context<'_>) {
        if !guards.is_empty() && self.truth != Truth::False {
            self.ask(guards, context);
        }
    }

    fn ask(&mut self, guards: &[Condition], context: &Context<'_>) {
        let guarded = |trigger: &Trigger| conjunction(guards, &Frame::of(trigger), context);
        let mut guard = guarded(&self.trigger);
        for other in std::mem::take(&mut self.instead) {
            if guard != Truth::False {
                break;
            }
            self.trigger.event = other;
            guard = guarded(&self.trigger);
        }
        self.truth = Truth::all([self.truth.clone(), guard]);
    }
}

/// Whether an event is of one of these patterns.
#[inline]
fn any_of(patterns: &[Pattern], event: &Event, context: &Context<'_>) -> Truth {
    let frame = Frame {
        subject: Some(event),
        ..Frame::default()
    };
    let fitting = patterns.iter().filter(|pattern| pattern.event == event.kind);
    Truth::any(fitting.map(|pattern| conjunction(&pattern.conditions, &frame, context)))
}

impl Pairs {
    fn of(&mut self, events: &[&Arc<Event>], zone: &Zone, context: &Context<'_>) -> Vec<Opened> {
        self.past.let_go(context.now);
        let mut opened = Vec::new();
        for event in events.iter().filter(|event| event.kind == self.sequence.then.event) {
            let frame = Frame {
                subject: Some(event),
                ..Frame::default()
            };
            let alone = conjunction(&self.then, &frame, context);
            if alone == Truth::False {
                continue;
            }
            let mut firsts: Vec<(Arc<Event>, Truth)> = Vec::new();
            self.past.for_each(&frame, context, |first, truth| {
                if zone.add(first.time, self.sequence.within) >= event.time {
                    firsts.push((Arc::clone(first), truth));
                }
            });
            firsts.sort_by(|(left, _), (right, _)| {
                let key = |event: &Event| (event.time, event.origin);
                key(left).cmp(&key(right))
            });
            for (first, truth) in firsts {
                let truth = Truth::all([truth, alone.clone()]);
                opened.push(Opened::by(event, Box::new([first]), truth));
            }
        }
        // Afterwards, since the second event comes after the first one and not with it.
        for event in events.iter().filter(|event| event.kind == self.sequence.first.event) {
            self.past.take_in(event, context);
        }
        opened
    }
}

impl Counts {
    fn of(&mut self, events: &[&Arc<Event>], zone: &Zone, context: &Context<'_>) -> Vec<Opened> {
        let now = context.now;
        self.let_go(now);
        let mut arrivals: Vec<(Option<Value>, Vec<Counted>)> = Vec::new();
        for event in events {
            let truth = any_of(std::slice::from_ref(&self.repetition.pattern), event, context);
            if truth == Truth::False {
                continue;
            }
            let group = self.repetition.group.and_then(|field| event.value(field));
            let group = group.map(std::borrow::Cow::into_owned);
            let counted = Counted {
                event: Arc::clone(event),
                truth,
            };
            match arrivals.iter_mut().find(|(known, _)| *known == group) {
                Some((_, arrived)) => arrived.push(counted),
                None => arrivals.push((group, vec![counted])),
            }
        }
        let mut opened = Vec::new();
        for (group, arrived) in arrivals {
            self.ages.extend(arrived.iter().map(|_| (now, group.clone())));
            let window = self.windows.entry(group).or_default();
            window.retain(|counted| zone.add(counted.event.time, self.repetition.window) >= now);
            let leaves = |counted: &Counted| zone.add(counted.event.time, self.repetition.window) == now;
            opened.extend(opening(self.repetition.count, window, leaves, &arrived));
            window.extend(arrived);
        }
        opened
    }

    /// Lets go of events that no window can hold any more.
    fn let_go(&mut self, now: Instant) {
        let reach = self.repetition.window.longest();
        while let Some((time, group)) = self.ages.front() {
            if now.nanoseconds_since(*time) <= reach {
                break;
            }
            if let Some(window) = self.windows.get_mut(group) {
                while window.front().is_some_and(|counted| counted.event.time <= *time) {
                    window.pop_front();
                }
                if window.is_empty() {
                    self.windows.remove(group);
                }
            }
            self.ages.pop_front();
        }
    }
}

/// Whether a window comes to hold so many events, with those that arrive together, some of what it held before leaving at the same time.
///
/// What counts for certain is the least that there can be, and what may count the most. The window comes to hold enough if it holds enough with
/// what arrives, and held too few before: of what leaves at the same instant, then, fewer can have counted than of what arrives.
fn opening(
    wanted: u32,
    before: &VecDeque<Counted>,
    leaves: impl Fn(&Counted) -> bool,
    arrived: &[Counted],
) -> Option<Opened> {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let certain = |counted: &&Counted| counted.truth == Truth::True;
    let (leaving, staying): (Vec<&Counted>, Vec<&Counted>) = before.iter().partition(|counted| leaves(counted));
    let arriving: Vec<&Counted> = arrived.iter().collect();
    let [stay, leave, arrive] = [&staying, &leaving, &arriving].map(|counted| {
        let least = counted.iter().copied().filter(certain).count();
        (least, counted.len())
    });
    let opens_with = |arrived: usize| stay.1 + arrived >= wanted && stay.0 + leave.0 < wanted && arrived > leave.0;
    let last = arriving.last().filter(|_| opens_with(arrive.1))?;
    // The event that has a name is the last of the time point: which one that is must be certain too.
    let is_certain = stay.0 + arrive.0 >= wanted && stay.1 + leave.1 < wanted && certain(last);
    let others = staying.iter().chain(&arriving[..arriving.len() - 1]);
    let mut lacks = Lacks::new();
    for counted in leaving.iter().chain(&staying).chain(&arriving) {
        if let Truth::Unknown(more) = &counted.truth {
            merge(&mut lacks, more.to_vec());
        }
    }
    let truth = if is_certain { Truth::True } else { Truth::lacking(lacks) };
    let took_part = others.filter(|counted| !is_certain || certain(counted));
    let before = took_part.map(|counted| Arc::clone(&counted.event)).collect();
    // An earlier one is the last that counts if none after it does, and there are enough without them.
    let doubtful = arriving.iter().rev().take_while(|counted| !certain(counted)).count();
    let instead = arriving.iter().enumerate().rev().skip(1).take(doubtful);
    let instead = instead.filter(|(position, _)| opens_with(position + 1));
    Some(Opened {
        instead: instead.map(|(_, counted)| Arc::clone(&counted.event)).collect(),
        ..Opened::by(&last.event, before, truth)
    })
}

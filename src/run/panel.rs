//! Judging, by one thread or several: events are gathered into batches, each part of the plan judges its portion of one batch after the other, and what they
//! decide comes together in an order that does not depend on how many they are.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::judge::Observer;
use super::part::{DecidedAt, Lives, Part};
use crate::engine::{Instance, Rest};
use crate::log::{Awaited, Batch, Crew, DividedSink, Dividing, Event, Lane, Origin, Problem, Sink};
use crate::model::Model;
use crate::plan::Plan;
use crate::time::Instant;
use crate::value::Value;
use crate::verdict::{Judgement, Terms};

/// How many records pass between two calls of [`Observer::progress`].
const PROGRESS_STEP: u64 = 4096;

/// The parts of a run, and what has been decided so far.
pub(super) struct Panel<'a, 'j> {
    crew: &'a Crew<'j>,
    model: Arc<Model>,
    dividing: Dividing,
    seats: Vec<Lane<'j, Seat>>,
    judgement: Judgement,
    /// What is not with the parts yet.
    gathered: Gathered,
    /// What the parts come to, batch by batch, for each part.
    in_hand: VecDeque<Vec<Awaited<Vec<DecidedAt>>>>,
    /// The last instant reached.
    at: Option<Instant>,
    left_out: u64,
    records: u64,
    observer: &'a mut dyn Observer,
}

/// One part with its share of the counting.
struct Seat {
    model: Arc<Model>,
    part: Part,
    judgement: Judgement,
}

impl Seat {
    /// What is decided that is to be told of or to be kept.
    fn take_in(
        &mut self,
        times: &[Instant],
        events: Vec<Arc<Event>>,
        retracted: &[(Arc<Event>, Origin)],
        reached: Option<Instant>,
    ) -> Vec<DecidedAt> {
        let Seat { model, part, judgement } = self;
        part.take_in(times, events, retracted, reached, &mut |instance| {
            judgement.count_one(model, instance)
        })
    }

    fn finish(self, as_of: Instant) -> Finished {
        let Seat {
            model,
            mut part,
            mut judgement,
        } = self;
        let closing = part.close(&mut |instance| judgement.count_one(&model, instance));
        judgement.as_of = as_of;
        let (lives, rest) = part.finish(&model, as_of, &mut |instance| judgement.count_one(&model, instance));
        Finished {
            closing: closing.into_iter().collect(),
            lives,
            rest,
            judgement,
        }
    }
}

/// What a part comes to at the end.
struct Finished {
    /// What was left of the last instant.
    closing: Vec<DecidedAt>,
    lives: Lives,
    rest: Rest,
    judgement: Judgement,
}

/// Events that come one by one.
struct Gathered {
    batch: Batch,
    events: usize,
    /// Roughly, their bytes.
    weight: usize,
}

impl Gathered {
    /// So many that the work for a batch does not count.
    const MOST_EVENTS: usize = 1024;
    /// So few that some batches in hand are no burden, however long the texts in them.
    const MOST_BYTES: usize = 512 * 1024;

    fn new(dividing: &Dividing) -> Self {
        Gathered {
            batch: dividing.batch(Self::MOST_EVENTS),
            events: 0,
            weight: 0,
        }
    }

    fn count(&mut self, event: &Event) {
        self.events += 1;
        self.weight += weight(event);
    }

    fn is_full(&self) -> bool {
        self.events >= Self::MOST_EVENTS || self.weight >= Self::MOST_BYTES
    }
}

impl<'a, 'j> Panel<'a, 'j> {
    pub(super) fn new(
        crew: &'a Crew<'j>,
        plan: &Plan,
        terms: Terms,
        dividing: Dividing,
        observer: &'a mut dyn Observer,
    ) -> Self {
        let model = plan.shared_model();
        Panel {
            crew,
            seats: seats(crew, &model, &terms, &dividing),
            judgement: Judgement::new(&model, terms),
            gathered: Gathered::new(&dividing),
            model,
            dividing,
            in_hand: VecDeque::new(),
            at: None,
            left_out: 0,
            records: 0,
            observer,
        }
    }

    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    fn tick(&mut self, records: u64) {
        let before = self.records / PROGRESS_STEP;
        self.records += records;
        if self.records / PROGRESS_STEP > before {
            self.observer.progress(self.records);
        }
    }

    /// Gives what was gathered to the parts.
    fn hand_out_gathered(&mut self) -> ControlFlow<()> {
        if self.gathered.batch.records == 0 {
            return ControlFlow::Continue(());
        }
        let empty = Gathered::new(&self.dividing);
        let gathered = std::mem::replace(&mut self.gathered, empty);
        self.hand_out(gathered.batch)
    }

    /// Gives a batch to the parts, and takes what they have come to if there is much that they have not.
    fn hand_out(&mut self, batch: Batch) -> ControlFlow<()> {
        let Batch {
            times,
            portions,
            retracted,
            reached,
            records: _,
            left_out,
            by,
        } = batch;
        self.left_out += left_out;
        self.at = reached.or(self.at);
        if reached.is_none() {
            return ControlFlow::Continue(());
        }
        let shared = Arc::new((times, retracted));
        let ask = |(seat, portion): (&Lane<'j, Seat>, Vec<Arc<Event>>)| {
            let shared = Arc::clone(&shared);
            seat.ask(by, move |seat| {
                let (times, retracted) = &*shared;
                seat.take_in(times, portion, retracted, reached)
            })
        };
        let awaited = self.seats.iter().zip(portions).map(ask).collect();
        self.in_hand.push_back(awaited);
        let most = 2 * (self.crew.size() + 1);
        self.take_back(most)
    }

    /// Takes what the parts have come to until so many batches are left. Breaks if that is lost.
    fn take_back(&mut self, left: usize) -> ControlFlow<()> {
        while self.in_hand.len() > left
            && let Some(awaited) = self.in_hand.pop_front()
        {
            let decided: Option<Vec<_>> = awaited.iter().map(|awaited| self.crew.wait(awaited)).collect();
            match decided {
                Some(decided) => self.take(decided),
                None => return ControlFlow::Break(()),
            }
        }
        ControlFlow::Continue(())
    }

    /// Tells what is decided by the records so far, as far as that is not lost, where nothing more comes of them.
    pub(super) fn tell(&mut self) {
        if self.hand_out_gathered().is_continue() {
            let _lost = self.take_back(0);
        }
    }

    /// Takes what the parts decided, instant by instant.
    fn take(&mut self, decided: Vec<Vec<DecidedAt>>) {
        let mut decided: Vec<DecidedAt> = decided.into_iter().flatten().collect();
        decided.sort_by_key(|(at, _)| *at);
        let mut decided = decided.into_iter().peekable();
        while let Some((at, mut instances)) = decided.next() {
            while let Some((_, mut more)) = decided.next_if(|(other, _)| *other == at) {
                instances.append(&mut more);
            }
            self.take_instances(instances);
        }
    }

    fn take_instances(&mut self, mut instances: Vec<Instance>) {
        instances.sort_by_key(Instance::rank);
        self.take_ranked(instances);
    }

    fn take_ranked(&mut self, instances: impl IntoIterator<Item = Instance>) {
        let observer = &mut *self.observer;
        self.judgement
            .take_counted(&self.model, instances, &mut |decided| observer.decided(decided));
    }

    /// The judgement; `None` if there is neither a record nor an instant to judge as of, or if the work of a thread is lost, with which the crew ends
    /// in a panic.
    pub(super) fn finish(mut self) -> Option<Judgement> {
        if self.hand_out_gathered().is_break() || self.take_back(0).is_break() {
            return None;
        }
        let as_of = self.dividing.as_of.or(self.at)?;
        let end = |seat: Lane<'j, Seat>| seat.end(move |seat| seat.finish(as_of));
        let awaited: Vec<_> = std::mem::take(&mut self.seats).into_iter().map(end).collect();
        let mut closing = Vec::new();
        let mut rest: Option<Rest> = None;
        let mut lives_known = None;
        for awaited in awaited {
            let finished = self.crew.wait(&awaited)?;
            closing.push(finished.closing);
            match &mut rest {
                Some(rest) => rest.join(finished.rest),
                None => rest = Some(finished.rest),
            }
            self.judgement.count_in(&finished.judgement);
            // All that an agreement or a clause lives through is shown to every part.
            lives_known.get_or_insert(finished.lives);
        }
        self.take(closing);
        self.judgement.as_of = as_of;
        if let Some(Lives { agreements, clauses }) = lives_known {
            self.judgement.agreements = agreements;
            self.judgement.clauses = clauses;
        }
        self.take_ranked(rest.into_iter().flatten());
        self.judgement.sort();
        Some(self.judgement)
    }
}

/// Roughly, the bytes of an event. In a table no record has a length.
fn weight(event: &Event) -> usize {
    let texts = event.fields.iter().map(|value| match value {
        Some(Value::Text(text)) => text.len(),
        _ => 0,
    });
    size_of::<Event>() + size_of_val(&*event.fields) + texts.sum::<usize>()
}

fn seats<'j>(crew: &Crew<'j>, model: &Arc<Model>, terms: &Terms, dividing: &Dividing) -> Vec<Lane<'j, Seat>> {
    let seat = |plan: &Arc<Plan>| {
        Lane::new(
            crew,
            Seat {
                model: Arc::clone(model),
                part: Part::new(Arc::clone(plan)),
                judgement: Judgement::new(model, terms.clone()),
            },
        )
    };
    dividing.division.parts().iter().map(seat).collect()
}

impl Sink for Panel<'_, '_> {
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        self.tick(1);
        self.gathered.count(&event);
        self.dividing.add(&mut self.gathered.batch, event);
        if self.gathered.is_full() {
            return self.hand_out_gathered();
        }
        ControlFlow::Continue(())
    }

    fn passed(&mut self, at: Instant) -> ControlFlow<()> {
        self.tick(1);
        self.dividing.reach(&mut self.gathered.batch, at);
        ControlFlow::Continue(())
    }

    fn retracted(&mut self, event: Arc<Event>, by: Origin) -> ControlFlow<()> {
        self.tick(1);
        self.gathered.count(&event);
        self.dividing.retract(&mut self.gathered.batch, event, by);
        ControlFlow::Continue(())
    }

    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
        self.tick(1);
        self.observer.problems(problems);
        ControlFlow::Continue(())
    }

    fn restart(&mut self) {
        self.tell();
        self.in_hand.clear();
        self.seats = seats(self.crew, &self.model, self.judgement.terms(), &self.dividing);
        self.judgement = Judgement::new(&self.model, self.judgement.terms().clone());
        self.observer.restart();
        self.at = None;
        self.left_out = 0;
    }
}

impl DividedSink for Panel<'_, '_> {
    fn batch(&mut self, batch: Batch) -> ControlFlow<()> {
        self.tick(batch.records);
        if self.hand_out_gathered().is_break() {
            return ControlFlow::Break(());
        }
        self.hand_out(batch)
    }
}

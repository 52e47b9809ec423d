//! Bounds in sliding windows: `in any D`.
//!
//! The window at t holds the events e with e <= t < e + D, where e + D is computed in the zone. Each event has its own instant of leaving, kept in a heap:
//! with calendar durations a later event can leave earlier (30 and 31 January + 1 month). Between events the bound can change only where one leaves, so
//! those instants are all that is looked at. What is kept is what the window holds.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use super::evaluate::{Bindings, Context};
use super::figures::{BoundPlan, Brought, Lines, Meter, Side, Standing};
use super::instance::{Breach, Outcome, Step, Subject};
use super::state::{restored, saved};
use super::table::{Breached, InstanceKey, Table};
use super::truth::{Lacks, merge};
use crate::log::Event;
use crate::model::{ClauseId, Window};
use crate::syntax::ast::Direction;
use crate::time::{Due, Instant, Zone};
use crate::value::Value;

/// The windows of one clause.
#[derive(Debug)]
pub(super) struct Sliding {
    clause: ClauseId,
    plan: BoundPlan,
    window: Window,
    tracks: BTreeMap<Option<Value>, Track>,
    /// What a group that is yet to be found holds already.
    unborn: Track,
    next: u64,
    over: bool,
    /// The first instant after the windows that are judged, which an end of the clause can bring forward.
    end: Option<Due>,
    /// While it is suspended nothing is judged, and nothing counts.
    suspended: bool,
}

restored!(Sliding {
    saved: [tracks, unborn, next, over, end, suspended],
    restored: [window],
    fixed: [clause, plan],
    checked by measures_as_planned,
});

/// The window of one group.
#[derive(Debug, Clone)]
struct Track {
    /// From when on its events count.
    opened: Option<Instant>,
    /// The first instant that is judged, if the clause is in force then.
    first: Instant,
    /// The first instant that is judged, or judged anew.
    from: Instant,
    judged: bool,
    held: BinaryHeap<Reverse<Held>>,
    meter: Meter,
    spell: Option<Spell>,
    /// Whether a spell has been reported, so that the group needs no instance for having none.
    concerned: bool,
}

saved!(struct Track {
    opened,
    first,
    from,
    judged,
    held,
    meter,
    spell,
    concerned,
});

/// An event in the window.
#[derive(Debug, Clone)]
struct Held {
    leaves: Instant,
    number: u64,
    event: Arc<Event>,
    brought: Brought,
}

saved!(struct Held { leaves, number, event, brought });

/// An interval in which the bound is broken, or may be.
#[derive(Debug, Clone)]
struct Spell {
    start: Instant,
    broken: bool,
    instance: InstanceKey,
}

saved!(struct Spell { start, broken, instance });

impl Sliding {
    pub(super) fn new(clause: ClauseId, plan: BoundPlan, window: Window, zone: &Zone) -> Self {
        let opened = window.standing.start;
        let track = || Track::new(&plan, window, opened, zone);
        let groups = plan.known_groups();
        Sliding {
            clause,
            tracks: groups.into_iter().map(|group| (group, track())).collect(),
            unborn: track(),
            plan,
            window,
            next: 0,
            over: false,
            end: window.standing.end(),
            suspended: false,
        }
    }

    fn measures_as_planned(&self) -> Result<(), &'static str> {
        let tracks = self.tracks.values().chain([&self.unborn]);
        self.plan.made(tracks.map(|track| &track.meter))
    }

    /// Lets time pass to just before an instant.
    pub(super) fn advance(&mut self, now: Instant, table: &mut Table) {
        if self.over {
            return;
        }
        let end = self.end.map(Due::edge);
        let until = end.map_or(now, |end| now.min(end));
        let ended = end.filter(|end| *end <= now);
        self.unborn.release_before(until);
        for (group, track) in &mut self.tracks {
            while let Some(at) = track.next_change().filter(|at| *at < until) {
                track.release_until(at);
                if self.suspended {
                    track.judged |= at >= track.from;
                    continue;
                }
                track.judge(at, self.clause, group.as_ref(), &self.plan, self.window, table);
            }
            if let Some(end) = ended {
                track.close(end, table);
            }
        }
        self.over = ended.is_some();
    }

    /// When time alone may change something next.
    pub(super) fn wakes(&self) -> Option<Instant> {
        if self.over {
            return None;
        }
        let changes = self.tracks.values().filter_map(Track::next_change);
        let end = self.end.map(Due::edge);
        changes.chain(self.unborn.next_leaving()).chain(end).min()
    }

    /// Takes in an event of the present instant. Whether it is of the window.
    pub(super) fn candidate(&mut self, event: &Arc<Event>, context: &Context<'_>, zone: &Zone) -> bool {
        let begun = self.window.standing.start.is_none_or(|start| event.time >= start);
        if self.over || !begun {
            return false;
        }
        let leaves = zone.add(event.time, self.window.length);
        let bindings = Bindings::default();
        let mut take = |group: Option<&Value>, track: &mut Track| {
            for brought in self.plan.brought(event, group, &bindings, context) {
                self.next += 1;
                track.take(Held {
                    leaves,
                    number: self.next,
                    event: Arc::clone(event),
                    brought,
                });
            }
        };
        if let Some(group) = self.plan.group(event) {
            self.tracks.entry(Some(group)).or_insert_with(|| {
                let track = Track::new(&self.plan, self.window, Some(event.time), zone);
                Track {
                    opened: track.opened,
                    first: track.first,
                    from: track.from,
                    ..self.unborn.clone()
                }
            });
        }
        for (group, track) in &mut self.tracks {
            take(group.as_ref(), track);
        }
        if self.plan.finds_groups() {
            take(None, &mut self.unborn);
        }
        true
    }

    /// Judges the present instant, all events of which have been taken in.
    pub(super) fn settle(&mut self, now: Instant, table: &mut Table) {
        let begun = self.window.standing.start.is_none_or(|start| now >= start);
        if self.over || self.suspended || !begun {
            return;
        }
        self.unborn.release_until(now);
        for (group, track) in &mut self.tracks {
            track.release_until(now);
            track.judge(now, self.clause, group.as_ref(), &self.plan, self.window, table);
        }
    }

    /// Judges nothing from now on; the spells end.
    pub(super) fn suspend(&mut self, now: Instant, table: &mut Table) {
        self.suspended = true;
        for track in self.tracks.values_mut() {
            track.close(now, table);
        }
    }

    /// Judges again, from now on; a floor from the first whole window on.
    pub(super) fn resume(&mut self, now: Instant, zone: &Zone) {
        self.suspended = false;
        if self.plan.bound.direction == Direction::Floor {
            let whole = zone.add(now, self.window.length);
            for track in self.tracks.values_mut() {
                track.from = track.from.max(whole);
                track.judged = false;
            }
        }
    }

    /// Goes on for some time more.
    pub(super) fn extend(&mut self, end: Instant) {
        self.window.standing.extended(end);
        self.end = self.window.standing.end();
    }

    /// Ends now, before anything that happens now.
    pub(super) fn end(&mut self, now: Instant, table: &mut Table) {
        let end = Due::before(now);
        self.end = Some(self.end.map_or(end, |known| known.min(end)));
        self.advance(now, table);
    }

    /// A group whose bound was never broken, and never in doubt, is one instance.
    pub(super) fn finish(&mut self, as_of: Instant, table: &mut Table) {
        let over = self.end.is_some_and(|end| end.passed(as_of));
        for (group, track) in &self.tracks {
            let begun = track.opened.is_none_or(|opened| as_of >= opened);
            let never = self.end.is_some_and(|end| end.passed(track.first));
            if track.concerned || !begun || never {
                continue;
            }
            let outcome = if over {
                Outcome::Met { by: None }
            } else {
                Outcome::Open { count: 0 }
            };
            table.add_finished(self.clause, subject(group.as_ref()), track.step(self.window, outcome));
        }
    }
}

fn subject(group: Option<&Value>) -> Subject {
    group.map_or(Subject::Term, |group| Subject::Key(group.clone(), None))
}

impl Track {
    fn new(plan: &BoundPlan, window: Window, opened: Option<Instant>, zone: &Zone) -> Self {
        let from = match plan.bound.direction {
            Direction::Ceiling => opened.unwrap_or(Instant::MIN),
            // A floor is owed in whole windows.
            Direction::Floor => opened.map_or(Instant::MIN, |opened| zone.add(opened, window.length)),
        };
        Track {
            opened,
            first: from,
            from,
            judged: false,
            held: BinaryHeap::new(),
            meter: plan.meter(),
            spell: None,
            concerned: false,
        }
    }

    fn step(&self, window: Window, outcome: Outcome) -> Step {
        Step::new(self.opened, window.standing.end(), outcome)
    }

    fn take(&mut self, held: Held) {
        self.meter.add(held.brought.side, &held.brought.part);
        self.held.push(Reverse(held));
    }

    fn next_change(&self) -> Option<Instant> {
        let first = (!self.judged).then_some(self.from);
        self.next_leaving().into_iter().chain(first).min()
    }

    fn next_leaving(&self) -> Option<Instant> {
        self.held.peek().map(|Reverse(held)| held.leaves)
    }

    fn release_until(&mut self, now: Instant) {
        while let Some(Reverse(held)) = self.held.peek()
            && held.leaves <= now
        {
            self.meter.remove(held.brought.side, &held.brought.part);
            self.held.pop();
        }
    }

    fn release_before(&mut self, now: Instant) {
        while let Some(Reverse(held)) = self.held.peek()
            && held.leaves < now
        {
            self.meter.remove(held.brought.side, &held.brought.part);
            self.held.pop();
        }
    }

    fn judge(
        &mut self,
        at: Instant,
        clause: ClauseId,
        group: Option<&Value>,
        plan: &BoundPlan,
        window: Window,
        table: &mut Table,
    ) {
        if at < self.from {
            return;
        }
        self.judged = true;
        let standing = plan.standing(&self.meter);
        let now_broken = match standing {
            Standing::Kept => None,
            Standing::Beyond(..) => Some(true),
            Standing::Unknown(_) => Some(false),
        };
        if self.spell.as_ref().map(|spell| spell.broken) == now_broken {
            return;
        }
        self.close(at, table);
        let outcome = match standing {
            Standing::Kept => return,
            Standing::Beyond(figure, limit) => Outcome::Broken(Breach::Spell {
                start: at,
                end: None,
                reading: Box::new(self.lines(plan).reading(figure, limit, &self.meter)),
            }),
            Standing::Unknown(doubt) => {
                let (lacks, event) = self.doubts();
                Outcome::Unknown {
                    lacks: plan.lacks(doubt, &lacks),
                    at: event,
                    interval: Some((at, None)),
                }
            }
        };
        let broken = matches!(outcome, Outcome::Broken(_));
        let instance = table.start(clause, subject(group), self.step(window, outcome));
        if broken {
            table.breached.push(Breached {
                instance,
                clause,
                position: 0,
                at,
                just_after: false,
                bindings: Bindings::default(),
            });
        }
        self.concerned = true;
        self.spell = Some(Spell {
            start: at,
            broken,
            instance,
        });
    }

    fn close(&mut self, at: Instant, table: &mut Table) {
        let Some(spell) = self.spell.take() else { return };
        match table.outcome_mut(spell.instance, 0) {
            Some(Outcome::Broken(Breach::Spell { end, .. })) => *end = Some(at),
            Some(Outcome::Unknown { interval, .. }) => *interval = Some((spell.start, Some(at))),
            _ => {}
        }
        table.release(spell.instance);
    }

    /// The events in the window, in the order of time.
    fn in_order(&self) -> Vec<&Held> {
        let mut held: Vec<&Held> = self.held.iter().map(|Reverse(held)| held).collect();
        held.sort_by_key(|held| held.number);
        held
    }

    fn lines(&self, plan: &BoundPlan) -> Lines {
        let mut lines = Lines::default();
        for held in self.in_order() {
            if held.brought.side == Side::Figure && held.brought.part.certain {
                lines.take(plan, &held.brought.part.worth, &held.event);
            }
        }
        lines
    }

    fn doubts(&self) -> (Lacks, Option<Arc<Event>>) {
        let mut lacks = Lacks::new();
        let mut event = None;
        for held in self.in_order() {
            if !held.brought.lacks.is_empty() {
                merge(&mut lacks, held.brought.lacks.iter().cloned());
                event = Some(Arc::clone(&held.event));
            }
        }
        (lacks, event)
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.leaves, self.number).cmp(&(other.leaves, other.number))
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Held {}

//! Which stories can be told of a model, and what they must not share the time with.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::compose::{Composer, collateral, not_all};
use super::court::{Court, numbered};
use super::dice::{Dice, Share};
use super::looks::{Look, Why, looks};
use super::story::{Anchor, Claim, DAY, SECOND, Story, Teller, moved};
use super::windows::{Asks, WindowPlan, longest, plans};
use super::{Note, NoteKind};
use crate::engine::PlainJudge;
use crate::model::{Clause, ClauseId, Condition, EventTypeId, Extent, Goal, Measure, Model, Opening, Strength, Var};
use crate::time::Instant;
use crate::witness::{Quota, Role, StandsFor, reach};

/// A story that can be told.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) story: Story,
    /// Whether no other such story may be told at the same time.
    pub(super) is_alone: bool,
    /// The limits that it uses up, with how long nothing else may use them after it.
    pub(super) loads: Vec<(usize, i128)>,
}

/// What can be told about a clause.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) clause: ClauseId,
    pub(super) kept: Option<Act>,
    pub(super) broken: Vec<Act>,
    pub(super) rate: Share,
    /// The windows of the clause, if a telling counts for them.
    pub(super) windows: Option<usize>,
}

/// Windows of a clause, with the stories for them.
#[derive(Debug)]
pub(super) struct Provision {
    pub(super) plan: WindowPlan,
    pub(super) act: Act,
    pub(super) rate: Share,
    pub(super) can_break: bool,
}

/// Everything that can be told.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) choices: Vec<Choice>,
    pub(super) provisions: Vec<Provision>,
    pub(super) noise: Vec<Story>,
    /// How long must pass between two stories that must not share the time.
    pub(super) gap: i128,
    pub(super) limits: usize,
}

impl Cast {
    fn stories(&self) -> Vec<&Story> {
        let choices = self.choices.iter();
        let choices = choices.flat_map(|choice| choice.kept.iter().chain(&choice.broken));
        let provisions = self
            .provisions
            .iter()
            .filter(|provision| is_told(&provision.plan, provision.rate));
        choices
            .chain(provisions.map(|provision| &provision.act))
            .map(|act| &act.story)
            .collect()
    }

    fn acts_mut(&mut self) -> impl Iterator<Item = &mut Act> {
        let choices = self.choices.iter_mut();
        let choices = choices.flat_map(|choice| choice.kept.iter_mut().chain(&mut choice.broken));
        choices.chain(self.provisions.iter_mut().map(|provision| &mut provision.act))
    }
}

pub(super) struct Casting<'m> {
    pub(super) model: &'m Model,
    pub(super) court: &'m Court,
    pub(super) composer: &'m Composer<'m>,
    pub(super) span: (Instant, Instant),
    pub(super) rates: &'m [(ClauseId, Share)],
    pub(super) notes: Vec<Note>,
}

/// The event types that a clause opens with, counts or forbids.
fn concerns(clause: &Clause) -> BTreeSet<EventTypeId> {
    let mut types = BTreeSet::new();
    if let Opening::Trigger { trigger, .. } = &clause.opening {
        types.extend(trigger.patterns().map(|pattern| pattern.event));
    }
    for duty in &clause.duties {
        match &duty.goal {
            Goal::Ensure { pattern, .. }
            | Goal::EnsureBefore { pattern, .. }
            | Goal::EnsureEach { pattern, .. }
            | Goal::Avoid { pattern, .. }
            | Goal::AvoidEach { pattern, .. }
            | Goal::Permit { pattern, .. } => {
                types.insert(pattern.event);
            }
            Goal::Bound(bound) => {
                types.insert(bound.figure.pattern.event);
            }
            Goal::Maintain { .. } => {}
        }
    }
    types
}

fn reads_states(clause: &Clause) -> bool {
    let of_conditions = |conditions: &[Condition]| {
        let mut found = false;
        for condition in conditions {
            condition.for_each_operand(&mut |operand| {
                found |= matches!(operand.kind, crate::model::OperandKind::State(..));
            });
        }
        found
    };
    let guards = match &clause.opening {
        Opening::Trigger { guards, .. } => of_conditions(guards),
        Opening::Standing => false,
    };
    guards
        || clause
            .exceptions
            .iter()
            .any(|exception| of_conditions(&exception.conditions))
        || clause.duties.iter().any(|duty| match &duty.goal {
            Goal::Maintain { .. } => true,
            Goal::Avoid { guards, .. } | Goal::AvoidEach { guards, .. } | Goal::Permit { guards, .. } => {
                of_conditions(guards)
            }
            Goal::Bound(bound) => of_conditions(&bound.guards),
            Goal::Ensure { .. } | Goal::EnsureBefore { .. } | Goal::EnsureEach { .. } => false,
        })
}

impl Casting<'_> {
    fn note(&mut self, clause: ClauseId, kind: NoteKind) {
        let note = Note { clause, kind };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn rate(&self, clause: ClauseId) -> Share {
        let given = self.rates.iter().rev().find(|(id, _)| *id == clause);
        given.map_or(Share::NONE, |(_, rate)| *rate)
    }

    /// Finds what can be told, and leaves out what would not be true beside the rest.
    pub(super) fn cast(&mut self) -> Cast {
        let mut choices = Vec::new();
        let mut windows: Vec<(WindowPlan, Share)> = Vec::new();
        for (id, clause) in (0..).map(ClauseId).zip(&self.model.clauses) {
            self.clause(id, clause, &mut choices, &mut windows);
        }
        let noise = self.noise();
        let looks = looks(self.model);
        let mut view = View {
            model: self.model,
            judge: PlainJudge::new(self.model),
            looks: &looks,
            crowded: BTreeSet::new(),
        };
        // What ends an agreement ends what other stories claim.
        let is_deadly = |story: &Story| {
            let mut deadly = looks.iter().filter(|look| look.why == Why::Life);
            deadly.any(|look| look.sees(&view.judge, story))
        };
        for (clause, kept, broken, ..) in &mut choices {
            if kept.as_ref().is_some_and(is_deadly) {
                *kept = None;
                self.notes.push(Note {
                    clause: *clause,
                    kind: NoteKind::Quiet,
                });
            }
            broken.retain(|story| !is_deadly(story));
        }
        let (windows, deadly): (Vec<_>, Vec<_>) = windows.into_iter().partition(|(plan, _)| !is_deadly(plan.story()));
        for (plan, _) in deadly {
            self.note(plan.clause, NoteKind::Short);
        }
        let all: Vec<&Story> = choices
            .iter()
            .flat_map(|(_, kept, broken, ..)| kept.iter().chain(broken))
            .chain(
                windows
                    .iter()
                    .filter(|(plan, rate)| is_told(plan, *rate))
                    .map(|(plan, _)| plan.story()),
            )
            .collect();
        view.find_crowds(&all);
        let (gap, limits) = (self.gap(&view), windows.len());
        let act = |story: Story, own: Option<usize>| {
            let loads = windows
                .iter()
                .enumerate()
                .filter(|(position, _)| Some(*position) != own);
            let loads = loads.map(|(position, (plan, _))| Some((position, view.load(plan, &story)?)));
            // What overburdens a limit by itself cannot be told.
            let loads: Option<Vec<(usize, i128)>> = loads.collect();
            loads.map(|loads| Act {
                is_alone: view.is_alone(&story),
                loads: loads.into_iter().filter(|(_, spacing)| *spacing > 0).collect(),
                story,
            })
        };
        let mut cast = Cast {
            choices: Vec::new(),
            provisions: Vec::new(),
            noise,
            gap,
            limits,
        };
        for (clause, kept, broken, own) in choices {
            let had = kept.is_some();
            let kept = kept.and_then(|story| act(story, own));
            let broken: Vec<Act> = broken.into_iter().filter_map(|story| act(story, own)).collect();
            if had && kept.is_none() {
                self.note(clause, NoteKind::Quiet);
            }
            cast.choices.push(Choice {
                clause,
                kept,
                broken,
                rate: self.rate(clause),
                windows: own,
            });
        }
        let acts: Vec<Option<Act>> = windows
            .iter()
            .enumerate()
            .map(|(position, (plan, _))| act(plan.story().clone(), Some(position)))
            .collect();
        for ((mut plan, rate), act) in windows.into_iter().zip(acts) {
            let story = plan.story();
            if act.is_none() || !plan.has_room(self.span) {
                self.note(plan.clause, NoteKind::Short);
            }
            let act = act.unwrap_or_else(|| Act {
                story: story.clone(),
                is_alone: false,
                loads: Vec::new(),
            });
            if self.is_short(plan.clause) {
                plan.stretches.clear();
            }
            cast.provisions.push(Provision {
                plan,
                act,
                rate,
                can_break: true,
            });
        }
        for clause in self.court.unkept_in_silence(self.span.1) {
            if cast.provisions.iter().all(|provision| provision.plan.clause != clause) {
                self.note(clause, NoteKind::Short);
            }
        }
        // Without the stories that others do not bear, fewer must be told alone.
        while self.part(&mut cast) {
            view.crowded.clear();
            view.find_crowds(&cast.stories());
            cast.gap = self.gap(&view);
            for act in cast.acts_mut() {
                act.is_alone = view.is_alone(&act.story);
            }
        }
        self.unmixed(&mut cast, &view);
        for provision in &mut cast.provisions {
            if self.is_short(provision.plan.clause) {
                provision.plan.stretches.clear();
            }
        }
        // Of what is not provided for nothing is claimed.
        for act in cast.acts_mut() {
            act.story.claims.retain(|claim| !self.is_short(claim.clause));
        }
        cast
    }

    fn is_short(&self, clause: ClauseId) -> bool {
        let mut notes = self.notes.iter();
        notes.any(|note| note.clause == clause && note.kind == NoteKind::Short)
    }

    #[allow(clippy::type_complexity)]
    fn clause(
        &mut self,
        id: ClauseId,
        clause: &Clause,
        choices: &mut Vec<(ClauseId, Option<Story>, Vec<Story>, Option<usize>)>,
        windows: &mut Vec<(WindowPlan, Share)>,
    ) {
        let rate = self.rate(id);
        let Some(duty) = clause.duties.first() else {
            return;
        };
        let is_breakable = duty.strength != Strength::Aim && duty.strength != Strength::Permission;
        if !rate.is_none() && !is_breakable {
            self.note(id, NoteKind::NeverBroken);
        }
        let is_opened = matches!(clause.opening, Opening::Trigger { .. });
        let by_itself = matches!(&duty.goal, Goal::Avoid { more_than: None, .. } | Goal::Maintain { .. });
        if duty.strength == Strength::Permission {
            return;
        }
        if is_opened || matches!(duty.goal, Goal::Maintain { .. }) {
            let kept = self.composer.kept(id);
            if kept.is_none() {
                self.note(id, NoteKind::Quiet);
            }
            let broken = self.broken(id, kept.as_ref(), rate, is_breakable);
            choices.push((id, kept, broken, None));
            return;
        }
        if by_itself {
            let kept = self.harmless(id, clause);
            let broken = self.broken(id, None, rate, is_breakable);
            choices.push((id, kept, broken, None));
            return;
        }
        match plans(self.model, self.court, self.composer, id, self.span) {
            Err(_) => self.note(id, NoteKind::Short),
            Ok(found) if found.is_empty() => {
                if let (
                    Strength::Aim,
                    Goal::Ensure {
                        extent: Extent::Standing(_),
                        ..
                    },
                ) = (duty.strength, &duty.goal)
                {
                    choices.push((id, self.composer.kept(id), Vec::new(), None));
                } else if !rate.is_none() {
                    self.note(id, NoteKind::NotBroken);
                }
            }
            Ok(found) => {
                for plan in found {
                    if let Asks::Floor {
                        story, is_exact: false, ..
                    } = &plan.asks
                    {
                        choices.push((id, Some(story.clone()), Vec::new(), Some(windows.len())));
                    }
                    windows.push((plan, rate));
                }
            }
        }
    }

    fn broken(&mut self, id: ClauseId, kept: Option<&Story>, rate: Share, is_breakable: bool) -> Vec<Story> {
        if rate.is_none() || !is_breakable {
            return Vec::new();
        }
        let Some(broken) = self.composer.broken(id, kept) else {
            self.note(id, NoteKind::NotBroken);
            return Vec::new();
        };
        if collateral(&broken, id) > 0 {
            self.note(id, NoteKind::BreaksOthers);
        }
        let late = kept.and_then(|kept| self.composer.late(id, kept, &broken));
        std::iter::once(broken).chain(late).collect()
    }

    /// An event of the type that a clause forbids, of which it does not forbid this one.
    fn harmless(&self, id: ClauseId, clause: &Clause) -> Option<Story> {
        let Some(Goal::Avoid { pattern, .. }) = clause.duties.first().map(|duty| &duty.goal) else {
            return None;
        };
        let role = Role {
            event: pattern.event,
            conditions: vec![not_all(&pattern.conditions)?],
            own: Var::Subject,
            stands_for: StandsFor::Nothing,
            quota: Quota::One,
        };
        self.composer.of_role(id, &role, None)
    }

    /// Events of the types that nothing looks at.
    fn noise(&self) -> Vec<Story> {
        let Some(clause) = self.model.clauses.first().map(|_| ClauseId(0)) else {
            return Vec::new();
        };
        let types = (0..).map(EventTypeId).zip(&self.model.events);
        let unasked = types.filter(|(id, declared)| !self.court.plan().is_wanted(*id) && declared.identity.is_none());
        unasked
            .filter_map(|(event, _)| {
                let role = Role {
                    event,
                    conditions: Vec::new(),
                    own: Var::Subject,
                    stands_for: StandsFor::Nothing,
                    quota: Quota::One,
                };
                self.composer.of_role(clause, &role, None)
            })
            .collect()
    }

    /// How long after a story nothing looks back to it that could take in another one.
    fn gap(&self, view: &View<'_>) -> i128 {
        let crowded = view.crowded.iter().map(|id| reach(self.model, self.model.clause(*id)));
        crowded.max().unwrap_or(0) + DAY
    }

    /// Leaves out the story that most others do not bear even if they are told long after it. Returns false if there is none.
    fn part(&mut self, cast: &mut Cast) -> bool {
        {
            let alone: Vec<(usize, Option<usize>, &Story)> = cast
                .choices
                .iter()
                .enumerate()
                .flat_map(|(position, choice)| {
                    let kept = choice.kept.iter().map(move |act| (position, None, act));
                    let broken = choice.broken.iter().enumerate();
                    kept.chain(broken.map(move |(which, act)| (position, Some(which), act)))
                })
                .filter(|(.., act)| act.is_alone)
                .map(|(position, which, act)| (position, which, &act.story))
                .collect();
            let disturbed = |first: &Story| {
                let others = alone.iter();
                others
                    .filter(|(.., second)| !self.bear(first, second, cast.gap))
                    .count()
            };
            let disturbing = alone
                .iter()
                .map(|(position, which, first)| (disturbed(first), *position, *which));
            let Some((_, position, which)) = disturbing.filter(|(count, ..)| *count > 0).max() else {
                return false;
            };
            let clause = cast.choices[position].clause;
            match which {
                None => {
                    cast.choices[position].kept = None;
                    self.note(clause, NoteKind::Quiet);
                }
                Some(which) => {
                    cast.choices[position].broken.remove(which);
                    if cast.choices[position].broken.is_empty() {
                        self.note(clause, NoteKind::NotBroken);
                    }
                }
            }
            true
        }
    }

    /// Whether both say what they claim if the second one is told after the first one.
    fn bear(&self, first: &Story, second: &Story, gap: i128) -> bool {
        let mut dice = Dice::new(0, 0);
        let mut teller = Teller {
            prefix: "A",
            serial: 0,
            dice: &mut dice,
        };
        let start = self.composer.early();
        let mut events = first.told(start, first.tempo.1, &mut teller);
        let later = moved(start, first.settled.max(first.length()) + gap);
        events.extend(second.told(later, second.tempo.1, &mut teller));
        let finding = self.court.hear(&numbered(events.into_iter().map(Arc::new).collect()));
        let offset = usize::try_from(first.len()).unwrap_or(usize::MAX);
        let ahead = |claim: &Claim| Claim {
            about: match claim.about {
                Anchor::Trigger(at) => Anchor::Trigger(at + offset),
                Anchor::Event(at) => Anchor::Event(at + offset),
                Anchor::From(at) => Anchor::From(at + offset),
            },
            ..claim.clone()
        };
        let expected: Vec<Claim> = first
            .claims
            .iter()
            .cloned()
            .chain(second.claims.iter().map(ahead))
            .collect();
        expected.len() == finding.claims.len() && expected.iter().all(|claim| finding.claims.contains(claim))
    }

    /// Whether more events can turn what a clause asks for from kept to broken or unknown.
    fn is_fragile(&self, clause: ClauseId) -> bool {
        match self.model.clause(clause).duties.first().map(|duty| &duty.goal) {
            Some(Goal::Bound(bound)) => !matches!(
                bound.figure.measure,
                Measure::Count | Measure::Total(_) | Measure::Distinct(_)
            ),
            _ => false,
        }
    }

    /// Breaks no window that the events of other stories can fill, and asks for nothing exactly that they can exceed.
    fn unmixed(&mut self, cast: &mut Cast, view: &View<'_>) {
        for position in 0..cast.provisions.len() {
            let provision = &cast.provisions[position];
            let own = provision.plan.clause;
            let is_exact = match provision.plan.asks {
                Asks::Floor { is_exact, .. } => is_exact,
                Asks::Ceiling { count, .. } => {
                    let exceeds = cast.provisions.iter().any(|other| {
                        let Asks::Ceiling { count: most, .. } = other.plan.asks else {
                            return false;
                        };
                        let busy = !other.rate.is_none() || count >= most || {
                            let mut acts = cast
                                .choices
                                .iter()
                                .flat_map(|choice| choice.kept.iter().chain(&choice.broken));
                            acts.any(|act| view.counts(other.plan.clause, &act.story))
                        };
                        other.plan.clause != own && view.counts(other.plan.clause, &provision.act.story) && busy
                    });
                    if exceeds && !provision.rate.is_none() {
                        self.note(own, NoteKind::NotBroken);
                    }
                    cast.provisions[position].can_break = !exceeds;
                    continue;
                }
            };
            let mut others = cast
                .choices
                .iter()
                .filter(|choice| choice.clause != own)
                .flat_map(|choice| choice.kept.iter().chain(&choice.broken));
            let mut windows = cast
                .provisions
                .iter()
                .filter(|other| other.plan.clause != own && is_told(&other.plan, other.rate));
            let mixed = others.any(|act| view.counts(own, &act.story))
                || windows.any(|other| view.counts(own, &other.act.story));
            if mixed && !provision.rate.is_none() {
                self.note(own, NoteKind::NotBroken);
            }
            // Events that others tell can make such a figure another one, and not only larger.
            if mixed && (is_exact || self.is_fragile(own)) {
                self.note(own, NoteKind::Short);
            }
            cast.provisions[position].can_break = !mixed;
        }
    }
}

/// Whether the story of a plan is ever told.
fn is_told(plan: &WindowPlan, rate: Share) -> bool {
    match plan.asks {
        Asks::Floor { .. } => true,
        Asks::Ceiling { .. } => !rate.is_none(),
    }
}

impl WindowPlan {
    /// Whether what is asked for has room in each of its windows that has begun before the end of a span.
    fn has_room(&self, span: (Instant, Instant)) -> bool {
        let Asks::Floor { story, count, .. } = &self.asks else {
            return true;
        };
        let needed = story.length() + i128::from(*count) * 4 * SECOND;
        let begun = self.stretches.iter().filter(|stretch| stretch.from < span.1);
        begun.into_iter().all(|stretch| {
            // What has not ended with the span is not yet asked for.
            stretch.to >= span.1 || stretch.to.nanoseconds_since(stretch.from.max(span.0)) > needed
        })
    }

    pub(super) fn story(&self) -> &Story {
        match &self.asks {
            Asks::Floor { story, .. } | Asks::Ceiling { story, .. } => story,
        }
    }
}

/// What can be seen of stories.
struct View<'v> {
    model: &'v Model,
    judge: PlainJudge,
    looks: &'v [Look<'v>],
    /// Clauses that can see the events of one story from another one.
    crowded: BTreeSet<ClauseId>,
}

impl View<'_> {
    fn find_crowds(&mut self, stories: &[&Story]) {
        for look in self.looks {
            if matches!(look.why, Why::Window | Why::Life)
                || stories.iter().all(|story| look.keeps_to(&self.judge, story))
            {
                continue;
            }
            match look.clause {
                Some(clause) => {
                    self.crowded.insert(clause);
                }
                None => {
                    let all = (0..).map(ClauseId).zip(&self.model.clauses);
                    self.crowded
                        .extend(all.filter(|(_, clause)| reads_states(clause)).map(|(id, _)| id));
                }
            }
        }
    }

    fn is_alone(&self, story: &Story) -> bool {
        let shows = self
            .looks
            .iter()
            .any(|look| !matches!(look.why, Why::Window | Why::Life) && !look.keeps_to(&self.judge, story));
        shows
            || self.crowded.iter().any(|clause| {
                let types = concerns(self.model.clause(*clause));
                story.events().any(|event| types.contains(&event.kind))
            })
    }

    /// Whether events of a story count for the windows of a clause.
    fn counts(&self, clause: ClauseId, story: &Story) -> bool {
        let looks = self
            .looks
            .iter()
            .filter(|look| look.clause == Some(clause) && look.why == Why::Window);
        looks.into_iter().any(|look| look.sees(&self.judge, story))
    }

    /// How long nothing else may count for a ceiling after a story; 0 if it does not count, `None` if it is too much by itself.
    fn load(&self, plan: &WindowPlan, story: &Story) -> Option<i128> {
        let Asks::Ceiling { count, .. } = plan.asks else {
            return Some(0);
        };
        if !self.counts(plan.clause, story) {
            return Some(0);
        }
        let weight = i128::from(story.len());
        let most = i128::from(count) - 1;
        let left = if most > 2 * weight {
            most - 2 * weight
        } else {
            most - weight
        };
        let window = longest(&plan.stretches);
        match left {
            ..0 => None,
            0 => Some(window * 2),
            _ => Some(window * weight / left),
        }
    }
}

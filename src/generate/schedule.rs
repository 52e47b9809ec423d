//! When stories are told: one after another, in the order of time, with no more in memory than what has begun and not ended.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;

use super::cast::{Act, Cast, Choice, Provision};
use super::dice::Dice;
use super::seen::named_texts;
use super::story::{Anchor, Done, SECOND, Story, Teller, moved};
use super::windows::{Asks, Stretch};
use super::{About, GenerateError, Made, Truth, Wishes};
use crate::engine::Verdict;
use crate::log::Event;
use crate::model::{ClauseId, Model};
use crate::time::Instant;

/// How often a place is looked for that overlaps with nothing.
const MOST_PLACES: u32 = 40;

/// An event that waits for its time. Of several of one instant the one that was told first comes first.
#[derive(Debug)]
struct Waiting(Instant, u64, Event);

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// Something that is to be told at a time that is fixed.
#[derive(Debug, Clone, Copy)]
struct Fixed {
    at: Instant,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Provision(usize),
    /// The last story, which ends with the log: of a choice, or noise.
    Last(Option<usize>),
}

/// What was decided of a window of a provision.
#[derive(Debug)]
struct Decided {
    provision: usize,
    stretch: Stretch,
    is_broken: bool,
}

/// Makes a log, event by event.
#[derive(Debug)]
pub struct Generator {
    model: Arc<Model>,
    cast: Cast,
    prefix: String,
    serial: u64,
    dice: Dice,
    /// The instant of the last event.
    close: Instant,
    fixed: VecDeque<Fixed>,
    reserved: VecDeque<(Instant, Instant)>,
    windows: Vec<Decided>,
    /// For each provision, the windows that are to stay short.
    short: Vec<Vec<Stretch>>,
    /// The windows of which nothing was said yet, in the order of time.
    untold: usize,
    waiting: BinaryHeap<Reverse<Waiting>>,
    order: u64,
    truths: VecDeque<Truth>,
    at: Instant,
    /// When the next story may be told that no other may overlap.
    free: Instant,
    limits: Vec<Instant>,
    noise_left: u64,
    others_left: u64,
    is_over: bool,
    /// How many events a story has, in the mean, and at least.
    mean: u64,
    least: u64,
    has_noise: bool,
    /// Clauses that ask for more than there is room for.
    unplaced: BTreeSet<ClauseId>,
    /// The choices of each clause.
    groups: Vec<Vec<usize>>,
}

impl Generator {
    pub(super) fn new(
        model: Arc<Model>,
        cast: Cast,
        wishes: &Wishes,
        span: (Instant, Instant),
        common: (Instant, Instant),
    ) -> Result<Self, GenerateError> {
        let close = moved(span.1.min(common.1), -SECOND);
        let lengths = || {
            cast.choices
                .iter()
                .filter_map(|choice| choice.kept.as_ref())
                .map(|act| act.story.len())
        };
        let mean = lengths()
            .sum::<u64>()
            .checked_div(lengths().count() as u64)
            .unwrap_or(1)
            .max(1);
        let least = lengths().min().unwrap_or(u64::MAX);
        let mut groups: Vec<(ClauseId, Vec<usize>)> = Vec::new();
        for (position, choice) in cast.choices.iter().enumerate() {
            match groups.last_mut().filter(|(clause, _)| *clause == choice.clause) {
                Some((_, group)) => group.push(position),
                None => groups.push((choice.clause, vec![position])),
            }
        }
        let limits = vec![Instant::MIN; cast.limits];
        let noise = wishes.noise.of(wishes.events);
        let mut generator = Generator {
            prefix: prefix(&model),
            model,
            cast,
            serial: 0,
            dice: Dice::new(wishes.seed, 0),
            close,
            fixed: VecDeque::new(),
            reserved: VecDeque::new(),
            windows: Vec::new(),
            short: Vec::new(),
            untold: 0,
            waiting: BinaryHeap::new(),
            order: 0,
            truths: VecDeque::new(),
            at: moved(common.0, SECOND),
            free: Instant::MIN,
            limits,
            noise_left: noise,
            others_left: wishes.events - noise,
            is_over: false,
            mean,
            least,
            has_noise: noise > 0,
            unplaced: BTreeSet::new(),
            groups: groups.into_iter().map(|(_, group)| group).collect(),
        };
        let needed = generator.fix(span.0, &mut Dice::new(wishes.seed, 1));
        if needed > generator.others_left {
            return Err(GenerateError::TooFew {
                wanted: generator.others_left,
                needed,
            });
        }
        generator.others_left -= needed;
        generator.fix_last();
        Ok(generator)
    }

    /// The instant of the last event, if all goes well: what the truth is told as of.
    pub fn as_of(&self) -> Instant {
        self.close
    }

    /// Clauses that ask for more than there is room for, of which nothing is claimed.
    pub(super) fn unplaced(&self) -> impl Iterator<Item = ClauseId> {
        self.unplaced.iter().copied()
    }

    /// The model that the log is made for.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Decides of each window whether it is kept, and when what it asks for is told. Returns how many events that makes.
    fn fix(&mut self, from: Instant, dice: &mut Dice) -> u64 {
        let mut fixed = Vec::new();
        let mut reserved: Vec<(Instant, Instant)> = Vec::new();
        let mut needed = 0;
        let mut unplaced = BTreeSet::new();
        for (position, provision) in self.cast.provisions.iter().enumerate() {
            for stretch in &provision.plan.stretches {
                let room = Stretch {
                    from: stretch.from.max(from),
                    to: stretch.to.min(self.close),
                    is_open: false,
                };
                let falls = dice.falls_in(provision.rate);
                let is_over = stretch.to < self.close;
                let mut is_broken = falls && is_over && provision.can_break && provision.plan.is_told;
                let story = &provision.act.story;
                let tellings = match provision.plan.asks {
                    Asks::Floor { count, .. } if is_broken => count - 1,
                    Asks::Floor { count, .. } => count,
                    Asks::Ceiling { count, .. } if is_broken => count,
                    Asks::Ceiling { .. } => 0,
                };
                let mut placed = Vec::new();
                if provision.act.is_alone && tellings > 0 {
                    let length = story.settled.max(story.length()) + self.cast.gap;
                    let chosen = in_a_row(room, story, length, tellings, &reserved, dice);
                    match chosen {
                        Some(first) => {
                            reserved.push((first, moved(first, length * i128::from(tellings))));
                            placed.extend((0..tellings).map(|number| moved(first, length * i128::from(number))));
                        }
                        None => is_broken = is_broken && !matches!(provision.plan.asks, Asks::Ceiling { .. }),
                    }
                } else {
                    placed.extend((0..tellings).filter_map(|_| somewhere(room, story.length(), dice)));
                }
                needed += placed.len() as u64 * story.len();
                let is_whole = match provision.plan.asks {
                    Asks::Floor { .. } => placed.len() == tellings as usize,
                    Asks::Ceiling { .. } => true,
                };
                // What has not ended with the log is still open then.
                if !is_whole && is_over {
                    unplaced.insert(provision.plan.clause);
                }
                fixed.extend(placed.into_iter().map(|at| Fixed {
                    at,
                    what: What::Provision(position),
                }));
                if provision.plan.is_told && stretch.from <= self.close && is_whole {
                    self.windows.push(Decided {
                        provision: position,
                        stretch: *stretch,
                        is_broken,
                    });
                }
            }
        }
        let provisions = &self.cast.provisions;
        self.windows
            .retain(|decided| !unplaced.contains(&provisions[decided.provision].plan.clause));
        self.unplaced = unplaced;
        let mut short = vec![Vec::new(); self.cast.provisions.len()];
        for decided in self.windows.iter().filter(|decided| decided.is_broken) {
            short[decided.provision].push(decided.stretch);
        }
        self.short = short;
        fixed.sort_by_key(|fixed| fixed.at);
        reserved.sort_unstable();
        self.windows.sort_by_key(|decided| decided.stretch.from);
        self.fixed = fixed.into();
        self.reserved = reserved.into();
        needed
    }

    /// Sets one event apart for the end of the log, so that all that is told is settled as of its last event.
    fn fix_last(&mut self) {
        if self.noise_left > 0 {
            self.noise_left -= 1;
            self.fixed.push_back(Fixed {
                at: self.close,
                what: What::Last(None),
            });
            return;
        }
        let choices = self.cast.choices.iter().enumerate();
        let lasting = choices.filter_map(|(position, choice)| {
            let act = choice.kept.as_ref()?;
            let is_settled = act.story.settled <= act.story.length();
            (!act.is_alone && act.loads.is_empty() && is_settled).then_some((act.story.len(), position))
        });
        if let Some((length, position)) = lasting.min()
            && length <= self.others_left
            && let Some(act) = &self.cast.choices[position].kept
        {
            self.others_left -= length;
            let at = moved(self.close, -act.story.length());
            let before = self.fixed.partition_point(|fixed| fixed.at <= at);
            self.fixed.insert(
                before,
                Fixed {
                    at,
                    what: What::Last(Some(position)),
                },
            );
        }
    }

    fn say(&mut self, truth: Truth) {
        self.truths.push_back(truth);
    }

    /// Says of windows that have begun by an instant what will be true of them.
    fn say_windows(&mut self, until: Instant) {
        while let Some(decided) = self.windows.get(self.untold)
            && decided.stretch.from <= until
        {
            let Provision { plan, .. } = &self.cast.provisions[decided.provision];
            let is_over = decided.stretch.to < self.close;
            let (done, verdict) = match (&plan.asks, decided.is_broken) {
                (Asks::Floor { .. }, true) => (Done::LeftOut, Verdict::Violated),
                (Asks::Ceiling { .. }, true) => (Done::Forbidden, Verdict::Violated),
                (
                    Asks::Floor {
                        is_met_at_once: true,
                        is_exact: false,
                        ..
                    },
                    false,
                ) => (Done::Kept, Verdict::Met),
                (_, false) if is_over => (Done::Kept, Verdict::Met),
                (_, false) => (Done::Kept, Verdict::Open),
            };
            let truth = Truth {
                clause: plan.clause,
                about: About::Window(
                    (!decided.stretch.is_open).then_some(decided.stretch.from),
                    decided.stretch.to,
                    plan.member.clone(),
                ),
                done,
                breach_of: decided.is_broken.then_some(plan.clause),
                verdict,
            };
            self.untold += 1;
            self.say(truth);
        }
    }

    /// Whether a window of a provision that a telling would fill is to stay short.
    fn is_short(&self, provision: usize, from: Instant, to: Instant) -> bool {
        let short = self.short[provision].iter();
        short.into_iter().any(|stretch| stretch.from <= to && from < stretch.to)
    }

    /// Tells a story from an instant on.
    fn tell(&mut self, telling: Telling, at: Instant, tempo: Option<i128>) {
        let (act, breach_of): (&Act, Option<ClauseId>) = match telling {
            Telling::Kept(choice) => match &self.cast.choices[choice].kept {
                Some(act) => (act, None),
                None => return,
            },
            Telling::Broken(choice, which) => {
                let choice = &self.cast.choices[choice];
                (&choice.broken[which], Some(choice.clause))
            }
            Telling::Provision(position) => (&self.cast.provisions[position].act, None),
            Telling::Noise(which) => {
                let mut teller = Teller {
                    prefix: &self.prefix,
                    serial: self.serial,
                    dice: &mut self.dice,
                };
                let events = self.cast.noise[which].told(at, 1, &mut teller);
                self.serial = teller.serial;
                return self.wait(events);
            }
        };
        let tempo = tempo.unwrap_or_else(|| act.story.any_tempo(&mut self.dice));
        let mut teller = Teller {
            prefix: &self.prefix,
            serial: self.serial,
            dice: &mut self.dice,
        };
        let events = act.story.told(at, tempo, &mut teller);
        self.serial = teller.serial;
        if act.is_alone {
            self.free = moved(at, act.story.settled.max(act.story.length()) + self.cast.gap);
        }
        for (limit, spacing) in &act.loads {
            self.limits[*limit] = self.limits[*limit].max(at);
            self.limits[*limit] = moved(self.limits[*limit], *spacing);
        }
        for claim in &act.story.claims {
            let of = |position: usize| events.get(position).cloned();
            let about = match claim.about {
                Anchor::Trigger(position) => of(position).map(About::Trigger),
                Anchor::Event(position) => of(position).map(About::Event),
                Anchor::From(position) => of(position).map(|event| About::From(event.time)),
            };
            if let Some(about) = about {
                self.truths.push_back(Truth {
                    clause: claim.clause,
                    about,
                    done: claim.done,
                    breach_of: breach_of.filter(|_| claim.verdict == Verdict::Violated),
                    verdict: claim.verdict,
                });
            }
        }
        self.wait(events);
    }

    fn wait(&mut self, events: Vec<Event>) {
        for event in events {
            self.order += 1;
            self.waiting.push(Reverse(Waiting(event.time, self.order, event)));
        }
    }

    /// Whether a story can be told from an instant on.
    fn fits(&self, act: &Act, at: Instant) -> bool {
        let settled = act.story.settled.max(act.story.length());
        if act.story.len() > self.others_left || moved(at, settled) > self.close {
            return false;
        }
        if act.loads.iter().any(|(limit, _)| self.limits[*limit] > at) {
            return false;
        }
        let next = self.reserved.iter().find(|(_, to)| *to > at);
        !act.is_alone || (self.free <= at && next.is_none_or(|(from, _)| moved(at, settled + self.cast.gap) < *from))
    }

    /// Tells something now. Returns false if nothing can be told.
    fn tell_something(&mut self, at: Instant) -> bool {
        let stories_left = self.others_left / self.mean;
        let is_noise = self.noise_left > 0 && {
            let all = self.noise_left + stories_left;
            self.dice.below(all.max(1)) < self.noise_left
        };
        if !is_noise && self.others_left > 0 {
            // Each clause has the same share, of however many things it speaks one by one.
            let groups = self.groups.len();
            let first = self.any_of(groups);
            for step in 0..groups {
                let group = (first + step) % groups;
                let members = self.groups[group].len();
                let any = self.any_of(members);
                for step in 0..members {
                    let position = self.groups[group][(any + step) % members];
                    if let Some((telling, length)) = self.choose(position, at) {
                        self.others_left -= length;
                        self.tell(telling, at, None);
                        return true;
                    }
                }
            }
        }
        if self.noise_left == 0 {
            return false;
        }
        self.noise_left -= 1;
        let which = self.any_of(self.cast.noise.len());
        self.tell(Telling::Noise(which), at, None);
        true
    }

    fn any_of(&mut self, count: usize) -> usize {
        usize::try_from(self.dice.below(count as u64)).unwrap_or(0)
    }

    fn choose(&mut self, position: usize, at: Instant) -> Option<(Telling, u64)> {
        let Choice {
            kept,
            broken,
            rate,
            windows,
            ..
        } = &self.cast.choices[position];
        if !broken.is_empty() && self.dice.falls_in(*rate) {
            let which = usize::try_from(self.dice.below(broken.len() as u64)).unwrap_or(0);
            let act = &broken[which];
            return self
                .fits(act, at)
                .then(|| (Telling::Broken(position, which), act.story.len()));
        }
        let act = kept.as_ref()?;
        if !self.fits(act, at) {
            return None;
        }
        if let Some(windows) = windows
            && self.is_short(*windows, at, moved(at, act.story.length()))
        {
            return None;
        }
        Some((Telling::Kept(position), act.story.len()))
    }

    /// Goes on to the next instant at which something is told, and tells it.
    fn step(&mut self) {
        if let Some(fixed) = self.fixed.front().copied()
            && (fixed.at <= self.at || self.is_over)
        {
            self.fixed.pop_front();
            self.say_windows(fixed.at);
            match fixed.what {
                What::Provision(position) => self.tell(Telling::Provision(position), fixed.at, None),
                What::Last(Some(choice)) => {
                    let slowest = self.cast.choices[choice].kept.as_ref().map(|act| act.story.tempo.1);
                    self.tell(Telling::Kept(choice), fixed.at, slowest);
                }
                What::Last(None) => self.tell(Telling::Noise(0), fixed.at, None),
            }
            return;
        }
        self.say_windows(self.at);
        if self.others_left < self.least && !self.cast.noise.is_empty() && self.has_noise {
            self.noise_left += std::mem::take(&mut self.others_left);
        }
        let at = whole_second(self.at);
        let told = !self.is_over && self.tell_something(at);
        let left = self.noise_left + self.others_left / self.mean;
        if !told && self.noise_left == 0 && self.others_left > 0 {
            // What must wait for its turn may be told later.
            let later = [Some(self.free)]
                .into_iter()
                .flatten()
                .chain(self.limits.iter().copied());
            let next = later.filter(|later| *later > self.at).min();
            match next.filter(|next| *next < self.close) {
                Some(next) if !self.is_over => self.at = next,
                _ => self.is_over = true,
            }
            return;
        }
        if left == 0 {
            self.is_over = true;
            return;
        }
        let rest = self.close.nanoseconds_since(self.at);
        let step = rest / i128::from(left).max(1);
        // About the mean, so that what is left is told evenly in what is left of the time.
        let chance = step / 2 + self.dice.nanoseconds_below(step.max(1));
        let next = moved(self.at, chance);
        self.at = if next < self.close {
            next
        } else {
            moved(self.close, -SECOND)
        };
    }

    /// What is sure to be given out before anything that is told from now on.
    fn ready(&mut self) -> Option<Made> {
        if let Some(truth) = self.truths.pop_front() {
            return Some(Made::Truth(truth));
        }
        let is_done = self.is_over && self.fixed.is_empty();
        let next = match self.fixed.front() {
            Some(fixed) if self.is_over => fixed.at,
            Some(fixed) => fixed.at.min(whole_second(self.at)),
            None => whole_second(self.at),
        };
        let first = self.waiting.peek()?;
        if is_done || first.0.0 < next {
            let Reverse(Waiting(_, _, event)) = self.waiting.pop()?;
            return Some(Made::Event(event));
        }
        None
    }
}

#[derive(Debug, Clone, Copy)]
enum Telling {
    Kept(usize),
    Broken(usize, usize),
    Provision(usize),
    Noise(usize),
}

impl Iterator for Generator {
    type Item = Made;

    fn next(&mut self) -> Option<Made> {
        loop {
            if let Some(made) = self.ready() {
                return Some(made);
            }
            if self.is_over && self.fixed.is_empty() {
                self.say_windows(self.close);
                return self.ready();
            }
            self.step();
        }
    }
}

fn whole_second(instant: Instant) -> Instant {
    moved(instant, -instant.unix_nanoseconds().rem_euclid(SECOND))
}

/// Somewhere in a stretch, at a whole second; `None` if there is no room.
fn somewhere(room: Stretch, length: i128, dice: &mut Dice) -> Option<Instant> {
    let free = room.to.nanoseconds_since(room.from) - length - 2 * SECOND;
    let at = moved(room.from, SECOND + dice.nanoseconds_below(free));
    (free > 0).then(|| whole_second(at))
}

/// A place for so many tellings in a row that overlaps with nothing that is reserved.
fn in_a_row(
    room: Stretch,
    story: &Story,
    length: i128,
    tellings: u32,
    reserved: &[(Instant, Instant)],
    dice: &mut Dice,
) -> Option<Instant> {
    let whole = length * i128::from(tellings - 1) + story.length();
    for _ in 0..MOST_PLACES {
        let first = somewhere(room, whole, dice)?;
        let last = moved(first, length * i128::from(tellings));
        if reserved.iter().all(|(from, to)| last <= *from || *to <= first) {
            return Some(first);
        }
    }
    None
}

/// A beginning of names that no text of the rules has.
fn prefix(model: &Model) -> String {
    let texts = named_texts(model);
    let mut prefix = "c".to_owned();
    while texts.iter().any(|text| text.starts_with(&prefix)) {
        prefix.push('c');
    }
    prefix
}

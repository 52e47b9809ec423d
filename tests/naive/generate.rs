//! Random rule files, random logs that hit their boundaries, and instants to judge as of.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use servanda::log::{Event, InputId, Origin};
use servanda::model::{EventTypeId, Model, build};
use servanda::source::SourceMap;
use servanda::syntax::{Parsed, parse, print};
use servanda::time::{Duration, Instant};
use servanda::value::{Number, PartyId, Type, Value, Variant};

use super::log_text::line_of;
use super::rules::{LEVELS, NUMBERS, PARTIES, Scene, TEXTS, rules};
use super::tape::Tape;

/// A rule file, a log and an instant.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) text: String,
    /// Absent if the rule file has a mistake after all.
    pub(crate) model: Option<Model>,
    pub(crate) mistakes: Vec<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) as_of: Instant,
    /// A permutation of the events.
    pub(crate) shuffled: Vec<usize>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "---- rules\n{}---- log", self.text)?;
        for event in &self.events {
            match &self.model {
                Some(model) => writeln!(f, "{}", line_of(model, event))?,
                None => writeln!(f, "{event:?}")?,
            }
        }
        write!(f, "---- as of {}", self.as_of)?;
        self.mistakes.iter().try_for_each(|mistake| write!(f, "\n{mistake}"))
    }
}

/// Any case at all. What shrinks first, and most, stands first.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let events = vec(tape(20), 0..=25);
    let clauses = vec(tape(120), 1..5);
    let order = vec(any::<u8>(), 25);
    (events, clauses, tape(6), tape(120), order).prop_map(|(events, clauses, as_of, declarations, order)| {
        let case = case(&declarations, &clauses, &events, &as_of);
        let mut shuffled: Vec<usize> = (0..case.events.len()).collect();
        shuffled.sort_by_key(|position| order[*position]);
        Case { shuffled, ..case }
    })
}

/// The numbers of a tape: most often all, and past the end of a shorter one every choice is the simplest, so that shortening
/// it shrinks whatever it decides.
fn tape(length: usize) -> impl Strategy<Value = Vec<u8>> {
    (0..=length, vec(any::<u8>(), length)).prop_map(move |(third, mut numbers)| {
        numbers.truncate(third * 3);
        numbers
    })
}

fn case(declarations: &[u8], clauses: &[Vec<u8>], events: &[Vec<u8>], as_of: &[u8]) -> Case {
    let (file, scene) = rules(declarations, clauses);
    let text = print(&file);
    let built = build(vec![parsed(&text)]);
    let mistakes = built
        .diagnostics
        .iter()
        .map(|diagnostic| format!("{diagnostic:?}"))
        .collect();
    let events = match &built.model {
        Some(model) => log(model, &scene, events),
        None => Vec::new(),
    };
    let as_of = instant_of_judgement(&scene, &events, &mut Tape::new(as_of));
    Case {
        text,
        model: built.model,
        mistakes,
        events,
        as_of,
        shuffled: Vec::new(),
    }
}

pub(crate) fn parsed(text: &str) -> Parsed {
    let mut sources = SourceMap::new();
    let source = sources.add("rules", text);
    parse(&sources, source)
}

fn log(model: &Model, scene: &Scene, tapes: &[Vec<u8>]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for (line, numbers) in (1..).zip(tapes) {
        let mut tape = Tape::new(numbers);
        let kind = tape.below(model.events.len());
        let time = time(scene, &events, &mut tape);
        let fields = model.events[kind].fields.iter().map(|field| {
            let absent = field.optional && tape.chance(33);
            let value = value(scene, &field.ty, &mut tape);
            (!absent).then_some(value)
        });
        let fields = fields.collect();
        events.push(Event {
            kind: EventTypeId(u32::try_from(kind).expect("a few types")),
            time,
            fields,
            origin: Origin {
                input: InputId(0),
                line,
                offset: line * 100,
                length: 99,
            },
            correction: None,
        });
    }
    events
}

/// An instant on a coarse grid, at an event or moment of the rules, or a duration of the rules away from one.
fn time(scene: &Scene, events: &[Event], tape: &mut Tape<'_>) -> Instant {
    let mut moments: Vec<Instant> = events.iter().map(|event| event.time).collect();
    let form = tape.below(10);
    match form {
        0..=3 => {}
        4..=6 => moments.extend(&scene.moments),
        // So near to what was before that ties and exact deadlines are frequent.
        _ if moments.is_empty() => moments.extend(&scene.moments),
        _ => {}
    }
    let moment = if form < 4 || moments.is_empty() {
        grid(scene, tape)
    } else {
        tape.of(&moments)
    };
    let moved = if matches!(form, 5 | 6 | 8 | 9) && !scene.durations.is_empty() {
        let duration: Duration = tape.of(&scene.durations);
        scene.zone.add(moment, duration)
    } else {
        moment
    };
    let near = scene.day(-40) <= moved && moved <= scene.day(120);
    nudged(if near { moved } else { grid(scene, tape) }, tape)
}

fn grid(scene: &Scene, tape: &mut Tape<'_>) -> Instant {
    let day = scene.day(tape.of(&[0, 1, 2, 3, 4, 5, -1, 31]));
    let hours = tape.of(&[0_u64, 12, 3, 2, 18]);
    let hours = Duration::exact(hours * 3_600 * 1_000_000_000).expect("short");
    scene.zone.add(day, hours)
}

fn nudged(instant: Instant, tape: &mut Tape<'_>) -> Instant {
    let nudge = tape.of(&[0, 0, 0, 0, 0, 0, 0, 0, 1, -1]);
    Instant::from_unix_nanoseconds(instant.unix_nanoseconds() + nudge).expect("not near the ends of time")
}

fn instant_of_judgement(scene: &Scene, events: &[Event], tape: &mut Tape<'_>) -> Instant {
    match tape.below(4) {
        0 => match events.iter().map(|event| event.time).max() {
            Some(last) => last,
            None => grid(scene, tape),
        },
        1 => nudged(scene.day(tape.of(&[2, 5, 10, 33, 40, 62, 100, -35])), tape),
        _ => time(scene, events, tape),
    }
}

fn value(scene: &Scene, ty: &Type, tape: &mut Tape<'_>) -> Value {
    match ty {
        Type::Text => Value::Text(tape.of(&TEXTS).into()),
        Type::Party => Value::Party(PartyId(tape.number(PARTIES.len()))),
        Type::Number | Type::Money(_) => Value::Number(tape.of(&NUMBERS).parse::<Number>().expect("a number")),
        Type::Bool => Value::Bool(tape.chance(50)),
        Type::Enum(_) => Value::Enum(Variant(tape.number(LEVELS.len()))),
        Type::Instant => Value::Instant(grid(scene, tape)),
        Type::Date => Value::Date(scene.zone.date_of(grid(scene, tape))),
        Type::Duration => {
            let hours = 1 + u64::from(tape.number(2));
            Value::Duration(Duration::exact(hours * 3_600 * 1_000_000_000).expect("short"))
        }
        Type::Set(element) => {
            let count = tape.below(3);
            Value::set((0..count).map(|_| value(scene, element, tape)).collect())
        }
    }
}

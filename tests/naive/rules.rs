//! Random rule files, well-typed by construction.
//!
//! Every event type draws its fields from one menu, so that a name has one type wherever it occurs and fields can be joined;
//! the alphabets of values are tiny, so that joins hit.

use servanda::source::{Span, Spanned};
use servanda::syntax::ast::{
    Agreement, AgreementPart, Bound, Clause, ClausePart, CompareOp, Condition, ConditionKind, Count, Deadline,
    DeadlineKind, Direction, Duty, EventDecl, Extension, FieldDecl, FieldMeasure, Figure, File, ForEvery, Guard,
    Identity, Item, LeadTime, LifeRule, LifeVerb, Limit, Literal, Measure, Modal, Name, Operand, OperandKind, Path,
    Pattern, Per, Permission, Quantity, Reference, Repeated, Setter, StateDecl, TermEnd, Timing, Trigger, TypeExpr,
    Verb, Weekdays,
};
use servanda::time::{
    Cadence, CalendarUnit, ClockTime, Date, DayOfMonth, Due, Duration, Instant, MonthEnd, Respite, Weekday, Zone,
};
use servanda::value::Number;

use super::tape::Tape;

pub(super) const TEXTS: [&str; 3] = ["A", "B", "C"];
pub(super) const PARTIES: [&str; 3] = ["US", "UA", "PL"];
pub(super) const NUMBERS: [&str; 4] = ["1", "2", "0.5", "-1"];
pub(super) const LEVELS: [&str; 3] = ["low", "mid", "high"];
const COLOURS: [&str; 3] = ["red", "green", "blue"];
const EVENTS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

const REFERENCES: [(&str, Kind); 5] = [
    ("so_many", Kind::Number),
    ("so_much", Kind::Money),
    ("so_high", Kind::Level),
    ("so_long", Kind::Duration),
    ("so_called", Kind::Text),
];

const HOUR: u64 = 3_600 * 1_000_000_000;

/// What can be the type of a field or a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Party,
    Number,
    Money,
    Bool,
    Level,
    Colour,
    Parties,
    Texts,
    Instant,
    Date,
    Duration,
}

const MENU: [(&str, Kind); 12] = [
    ("id", Kind::Text),
    ("who", Kind::Party),
    ("level", Kind::Level),
    ("colour", Kind::Colour),
    ("n", Kind::Number),
    ("flag", Kind::Bool),
    ("group", Kind::Parties),
    ("at", Kind::Instant),
    ("cost", Kind::Money),
    ("labels", Kind::Texts),
    ("day", Kind::Date),
    ("span", Kind::Duration),
];

#[derive(Debug, Clone)]
struct EventType {
    name: &'static str,
    fields: Vec<(&'static str, Kind, bool)>,
}

impl EventType {
    fn fields_of(&self, kind: Kind) -> Vec<&'static str> {
        let mut names: Vec<&str> = self
            .fields
            .iter()
            .filter(|field| field.1 == kind)
            .map(|field| field.0)
            .collect();
        if kind == Kind::Instant {
            names.push("time");
        }
        names
    }
}

#[derive(Debug, Clone)]
struct StateType {
    name: &'static str,
    key: Option<Key>,
    kind: Kind,
}

/// What a state is of, and the type of that.
type Key = (&'static str, Kind);

const STATES: [(&str, Option<Key>, Kind); 9] = [
    ("mode", Some(("unit", Kind::Text)), Kind::Colour),
    ("alert", None, Kind::Level),
    ("grade", Some(("unit", Kind::Text)), Kind::Level),
    ("armed", None, Kind::Bool),
    ("stance", Some(("member", Kind::Party)), Kind::Level),
    ("quota", None, Kind::Number),
    ("holder", None, Kind::Party),
    ("club", None, Kind::Parties),
    ("ready", Some(("unit", Kind::Text)), Kind::Bool),
];

/// The calendar that a rule file and its log are about, and what a log must hit to be at the boundaries of the rules.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) zone_name: &'static str,
    pub(super) zone: Zone,
    /// A day before which or on which something happens in the calendar.
    pub(super) base: Date,
    pub(super) start: Option<Instant>,
    pub(super) end: Option<Instant>,
    /// Whether an event can put off the end of the term.
    extendable: bool,
    /// The instants that the rules name.
    pub(super) moments: Vec<Instant>,
    /// The durations that the rules name.
    pub(super) durations: Vec<Duration>,
}

impl Scene {
    fn new(tape: &mut Tape<'_>) -> Scene {
        let zone_name = tape.of(&["UTC", "Europe/Kyiv", "America/New_York"]);
        // Ends of months and of the year, a leap day, and the eves of clock changes in both zones.
        let (year, month, day) = tape.of(&[
            (2024, 6, 28),
            (2024, 1, 30),
            (2024, 3, 30),
            (2024, 10, 26),
            (2024, 3, 9),
            (2024, 11, 2),
            (2024, 2, 28),
            (2024, 12, 30),
        ]);
        Scene {
            zone_name,
            zone: Zone::named(zone_name).expect("a known zone"),
            base: Date::new(year, month, day).expect("a day"),
            start: None,
            end: None,
            extendable: false,
            moments: Vec::new(),
            durations: Vec::new(),
        }
    }

    /// The start of the day so many days after the base, or before it.
    pub(super) fn day(&self, offset: i64) -> Instant {
        let base = self.zone.start_of(self.base);
        let days = Duration::new(0, offset.unsigned_abs(), 0).expect("a few days");
        if offset < 0 {
            self.zone.subtract(base, days).expect("not before the year 1")
        } else {
            self.zone.add(base, days)
        }
    }

    fn date(&mut self, tape: &mut Tape<'_>) -> Date {
        let offset = tape.of(&[1, 2, 0, 3, 4, 7, 30, -1]);
        let date = self.zone.date_of(self.day(offset));
        self.moments.extend([self.zone.start_of(date), self.zone.end_of(date)]);
        date
    }

    fn duration(&mut self, tape: &mut Tape<'_>) -> Duration {
        let (months, days, hours) = tape.of(&[
            (0, 0, 24),
            (0, 1, 0),
            (0, 0, 1),
            (0, 0, 0),
            (0, 2, 0),
            (0, 0, 6),
            (0, 0, 36),
            (0, 1, 12),
            (0, 7, 0),
            (1, 0, 0),
            (1, 1, 2),
        ]);
        self.used(months, days, hours)
    }

    fn used(&mut self, months: u64, days: u64, hours: u64) -> Duration {
        let duration = Duration::new(months, days, hours * HOUR).expect("not too long");
        self.durations.push(duration);
        duration
    }

    fn cadence(&mut self, tape: &mut Tape<'_>) -> Cadence {
        match tape.below(8) {
            0 => Cadence::Every(self.used(0, 1, 0)),
            1 => Cadence::Every(self.used(0, 2, 0)),
            2 => Cadence::Every(self.used(0, 0, 12)),
            3 => Cadence::Every(self.used(1, 0, 0)),
            4 => Cadence::Every(self.used(0, 1, 12)),
            5 => Cadence::Calendar(CalendarUnit::Month),
            6 => Cadence::Calendar(CalendarUnit::Quarter),
            _ => Cadence::Calendar(CalendarUnit::Year),
        }
    }
}

/// A random rule file and its scene.
pub(super) fn rules(declarations: &[u8], clauses: &[Vec<u8>]) -> (File, Scene) {
    let mut tape = Tape::new(declarations);
    let scene = Scene::new(&mut tape);
    let mut writer = Writer {
        scene,
        events: Vec::new(),
        declared: 0,
        states: Vec::new(),
        references: Vec::new(),
        items: Vec::new(),
        names: 0,
    };
    writer.agreement(&mut tape);
    writer.reference_figures(&mut tape);
    writer.event_types(&mut tape);
    writer.state_types(&mut tape);
    writer.agreement_life(&mut tape);
    for (position, numbers) in clauses.iter().enumerate() {
        writer.clause(position, &mut Tape::new(numbers));
    }
    let file = File { items: writer.items };
    (file, writer.scene)
}

fn plain<T>(node: T) -> Spanned<T> {
    Spanned::new(node, Span::default())
}

fn name(text: &str) -> Name {
    plain(text.to_owned())
}

fn path(root: &str, field: Option<&str>) -> Path {
    Path {
        root: name(root),
        field: field.map(name),
    }
}

fn operand(root: &str, field: Option<&str>) -> Operand {
    plain(OperandKind::Path(path(root, field)))
}

fn literal(literal: Literal) -> Operand {
    plain(OperandKind::Literal(literal))
}

fn enumeration(names: &[&str], ordered: bool) -> TypeExpr {
    TypeExpr::Enum {
        names: names.iter().map(|text| name(text)).collect(),
        ordered,
    }
}

fn type_of(kind: Kind) -> Spanned<TypeExpr> {
    let named = |text: &str| TypeExpr::Named(text.to_owned());
    plain(match kind {
        Kind::Text => named("text"),
        Kind::Party => named("party"),
        Kind::Number => named("number"),
        Kind::Money => TypeExpr::Money(name("EUR")),
        Kind::Bool => named("bool"),
        Kind::Level => enumeration(&LEVELS, true),
        Kind::Colour => enumeration(&COLOURS, false),
        Kind::Parties => TypeExpr::Set(Box::new(plain(named("party")))),
        Kind::Texts => TypeExpr::Set(Box::new(plain(named("text")))),
        Kind::Instant => named("instant"),
        Kind::Date => named("date"),
        Kind::Duration => named("duration"),
    })
}

/// What a condition can look at.
#[derive(Debug, Clone, Default)]
struct Scope {
    /// The names of events and their types, the one that is judged last.
    events: Vec<(String, usize)>,
    key: Option<Key>,
    states: bool,
    past: bool,
}

impl Scope {
    fn with(&self, binding: Option<&String>, event: usize) -> Scope {
        let mut scope = self.clone();
        scope.events.extend(binding.map(|binding| (binding.clone(), event)));
        scope
    }

    fn guard(&self) -> Scope {
        Scope {
            states: true,
            past: true,
            ..self.clone()
        }
    }

    fn fields_only(&self) -> Scope {
        Scope {
            states: false,
            past: false,
            ..self.clone()
        }
    }
}

/// The working days of an agreement, and holidays near the base.
fn working_days(scene: &mut Scene, tape: &mut Tape<'_>) -> Vec<AgreementPart> {
    let weekdays = |first, last| Weekdays { first, last };
    let days = match tape.below(4) {
        0 | 1 => vec![weekdays(Weekday::Monday, Some(Weekday::Friday))],
        2 => vec![weekdays(Weekday::Sunday, Some(Weekday::Thursday))],
        _ => vec![weekdays(Weekday::Tuesday, None), weekdays(Weekday::Saturday, None)],
    };
    let mut parts = vec![AgreementPart::WorkingDays(days)];
    let holidays: Vec<Spanned<Date>> = (0..tape.below(4)).map(|_| plain(scene.date(tape))).collect();
    if !holidays.is_empty() {
        parts.push(AgreementPart::Holidays(holidays));
    }
    parts
}

struct Writer {
    scene: Scene,
    /// The declared types, and after them what the fields are that several have in common.
    events: Vec<EventType>,
    declared: usize,
    states: Vec<StateType>,
    references: Vec<(&'static str, Kind)>,
    items: Vec<Item>,
    names: usize,
}

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    Of(Kind),
    Different,
    Share,
}

/// What opens a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Term,
    Trigger,
    Breach,
}

impl Writer {
    // ---- Declarations ----

    fn agreement(&mut self, tape: &mut Tape<'_>) {
        let mut parts = Vec::new();
        let scene = &mut self.scene;
        let first_day = scene.zone.date_of(scene.day(tape.of(&[0, 1, -30])));
        let start = scene.zone.start_of(first_day);
        let end = match tape.below(7) {
            0..=2 => {
                let (months, days, hours) =
                    tape.of(&[(0, 4, 0), (1, 0, 0), (0, 10, 0), (0, 1, 12), (0, 0, 36), (2, 0, 0)]);
                let length = scene.used(months, days, hours);
                scene.end = Some(scene.zone.add(start, length));
                Some(Some(TermEnd::After(plain(length))))
            }
            3 => {
                let last_day = scene.zone.date_of(scene.day(tape.of(&[3, 1, 33])));
                scene.end = Some(scene.zone.end_of(last_day));
                Some(Some(TermEnd::LastDay(plain(last_day))))
            }
            4 | 5 => Some(None),
            _ => None,
        };
        if let Some(end) = end {
            scene.start = Some(start);
            parts.push(AgreementPart::InForce(plain(first_day), end));
        }
        parts.push(AgreementPart::Zone(plain(scene.zone_name.to_owned())));
        parts.extend(working_days(scene, tape));
        parts.extend(PARTIES.iter().map(|party| AgreementPart::Party(name(party), None)));
        scene.moments.extend(scene.start);
        scene.moments.extend(scene.end);
        self.items.push(Item::Agreement(Agreement {
            name: name("random"),
            title: None,
            parts: parts.into_iter().map(plain).collect(),
        }));
    }

    fn reference_figures(&mut self, tape: &mut Tape<'_>) {
        for (reference, kind) in REFERENCES {
            if tape.chance(30) {
                let value = self.constant(tape, kind);
                self.references.push((reference, kind));
                self.items.push(Item::Reference(Reference {
                    name: name(reference),
                    title: None,
                    ty: type_of(kind),
                    value,
                    cites: Vec::new(),
                }));
            }
        }
    }

    fn event_types(&mut self, tape: &mut Tape<'_>) {
        for event in &EVENTS[..3 + tape.below(2)] {
            let mut fields = Vec::new();
            for (position, (field, kind)) in MENU.iter().enumerate() {
                // The first four are what states and joins are made of.
                if position == 0 || tape.chance(if position < 6 { 60 } else { 30 }) {
                    fields.push((*field, *kind, tape.chance(40)));
                }
            }
            let declared = fields.iter().map(|(field, kind, optional)| FieldDecl {
                name: name(field),
                optional: *optional,
                ty: type_of(*kind),
            });
            let always = fields.iter().find(|(.., optional)| !optional);
            let identity = always.filter(|_| tape.chance(15)).map(|(field, ..)| Identity {
                field: name(field),
                corrects: Some(name("corrects")),
                retracts: tape.chance(50).then(|| name("retracts")),
            });
            self.items.push(Item::Event(EventDecl {
                name: name(event),
                title: None,
                identity,
                fields: declared.collect(),
            }));
            self.events.push(EventType { name: event, fields });
        }
        self.declared = self.events.len();
    }

    fn state_types(&mut self, tape: &mut Tape<'_>) {
        for (state, key, kind) in STATES {
            let wanted = matches!(state, "mode" | "alert") || tape.chance(30);
            if !wanted {
                continue;
            }
            let mut setters = Vec::new();
            for _ in 0..=tape.below(3) {
                let first = setters.is_empty();
                setters.extend(self.setter(tape, key.map(|(_, kind)| kind), kind, first));
            }
            if setters.is_empty() {
                continue;
            }
            let initially = tape.chance(40).then(|| self.constant(tape, kind));
            self.states.push(StateType { name: state, key, kind });
            self.items.push(Item::State(StateDecl {
                name: name(state),
                key: key.map(|(label, _)| name(label)),
                ty: type_of(kind),
                initially,
                setters,
            }));
        }
    }

    /// A setter; the first one must tell the type of the key, which only a field or a quoted text does.
    fn setter(&mut self, tape: &mut Tape<'_>, key: Option<Kind>, kind: Kind, first: bool) -> Option<Setter> {
        let event = tape.below(self.declared);
        let of = |fields: Vec<&'static str>, tape: &mut Tape<'_>| {
            (!fields.is_empty()).then(|| operand("s", Some(tape.of(&fields))))
        };
        let key = match key {
            None => None,
            Some(key) => {
                let field = of(self.events[event].fields_of(key), tape);
                let fixed = (!first && tape.chance(30)) || field.is_none();
                match field {
                    Some(field) if !fixed => Some(field),
                    _ if first && key == Kind::Party => return None,
                    _ => Some(self.constant(tape, key)),
                }
            }
        };
        let value = match of(self.events[event].fields_of(kind), tape) {
            Some(field) if !tape.chance(25) => field,
            _ => self.constant(tape, kind),
        };
        let scope = Scope::default().with(Some(&"s".to_owned()), event);
        let condition = tape.chance(35).then(|| self.condition(tape, &scope, 1));
        let pattern = Pattern {
            event: name(self.events[event].name),
            binding: Some(name("s")),
            condition,
        };
        Some(Setter { pattern, key, value })
    }

    /// A literal of the tiny alphabet of a type.
    fn constant(&mut self, tape: &mut Tape<'_>, kind: Kind) -> Operand {
        let number = |tape: &mut Tape<'_>| tape.of(&NUMBERS).parse::<Number>().expect("a number");
        let several = |tape: &mut Tape<'_>, one: &dyn Fn(&mut Tape<'_>) -> Operand| {
            let count = 1 + tape.below(2);
            plain(OperandKind::List((0..count).map(|_| one(tape)).collect()))
        };
        let text = |tape: &mut Tape<'_>| literal(Literal::Text(tape.of(&TEXTS).to_owned()));
        let party = |tape: &mut Tape<'_>| operand(tape.of(&PARTIES), None);
        let reference = self.references.iter().find(|(_, known)| *known == kind);
        if let Some((reference, _)) = reference
            && tape.chance(25)
        {
            return operand(reference, None);
        }
        match kind {
            Kind::Text => text(tape),
            Kind::Party => party(tape),
            Kind::Number => literal(Literal::Number(number(tape))),
            Kind::Money => literal(Literal::Money(number(tape), "EUR".to_owned())),
            Kind::Bool => literal(Literal::Bool(tape.chance(50))),
            Kind::Level => operand(tape.of(&LEVELS), None),
            Kind::Colour => operand(tape.of(&COLOURS), None),
            Kind::Parties => several(tape, &party),
            Kind::Texts => several(tape, &text),
            Kind::Instant => {
                let instant = self.scene.day(tape.of(&[1, 2, 0, 3]));
                self.scene.moments.push(instant);
                literal(Literal::Instant(instant))
            }
            Kind::Date => literal(Literal::Date(self.scene.date(tape))),
            Kind::Duration => {
                let hours = 1 + u64::from(tape.number(2));
                literal(Literal::Duration(Duration::exact(hours * HOUR).expect("short")))
            }
        }
    }

    // ---- Conditions ----

    fn condition(&mut self, tape: &mut Tape<'_>, scope: &Scope, depth: usize) -> Condition {
        let form = if depth == 0 { 0 } else { tape.below(10) };
        match form {
            0..=5 => self.atom(tape, scope),
            6 | 7 => {
                let elements = self.conditions(tape, scope, depth);
                plain(ConditionKind::And(without_contradiction(elements)))
            }
            8 => plain(ConditionKind::Or(self.conditions(tape, scope, depth))),
            _ => plain(ConditionKind::Not(Box::new(self.condition(tape, scope, depth - 1)))),
        }
    }

    fn conditions(&mut self, tape: &mut Tape<'_>, scope: &Scope, depth: usize) -> Vec<Condition> {
        (0..2 + tape.below(2))
            .map(|_| self.condition(tape, scope, depth - 1))
            .collect()
    }

    fn atom(&mut self, tape: &mut Tape<'_>, scope: &Scope) -> Condition {
        if scope.past && tape.chance(40) {
            return self.past(tape, scope);
        }
        if scope.states && !self.states.is_empty() && tape.chance(40) {
            return self.about_a_state(tape, scope, false);
        }
        if scope.key.is_some() && tape.chance(40) {
            return self.about_the_key(tape, scope);
        }
        match scope.events.last().cloned() {
            // Now and then of the trigger, not of the event at hand.
            Some(nearest) => {
                let (binding, event) = if tape.chance(15) {
                    tape.of(&scope.events)
                } else {
                    nearest
                };
                self.about_an_event(tape, scope, &binding, event)
            }
            None => self.about_a_state(tape, scope, false),
        }
    }

    fn past(&mut self, tape: &mut Tape<'_>, scope: &Scope) -> Condition {
        let quantity = match tape.below(5) {
            0 | 1 => Quantity::Some,
            2 | 3 => Quantity::No,
            _ => Quantity::AtLeast(1 + u32::from(tape.chance(70))),
        };
        let (pattern, ..) = self.pattern(tape, &scope.fields_only(), "p");
        let within = (!tape.chance(25)).then(|| plain(self.scene.duration(tape)));
        plain(ConditionKind::Past(quantity, Box::new(pattern), within))
    }

    fn about_an_event(&mut self, tape: &mut Tape<'_>, scope: &Scope, binding: &str, event: usize) -> Condition {
        let mut fields: Vec<(&str, Kind)> = self.events[event]
            .fields
            .iter()
            .map(|field| (field.0, field.1))
            .collect();
        if tape.chance(5) {
            fields = vec![("time", Kind::Instant)];
        }
        let (field, kind) = tape.of(&fields);
        self.compare(tape, scope, operand(binding, Some(field)), kind)
    }

    /// A condition on a state; on the state of the key that `for every` stands for if it must be of it.
    fn about_a_state(&mut self, tape: &mut Tape<'_>, scope: &Scope, of_key: bool) -> Condition {
        let fitting: Vec<StateType> = self
            .states
            .iter()
            .filter(|state| !of_key || state.key.map(|(_, kind)| kind) == scope.key.map(|(_, kind)| kind))
            .cloned()
            .collect();
        let state = tape.of(&fitting);
        let read = match state.key {
            None => operand(state.name, None),
            Some((_, key_kind)) => {
                let key = match scope.key {
                    Some((key, kind)) if kind == key_kind && (of_key || !tape.chance(20)) => operand(key, None),
                    _ => match self.field_of(tape, scope, key_kind) {
                        Some(field) if !tape.chance(30) => field,
                        _ => self.constant(tape, key_kind),
                    },
                };
                plain(OperandKind::Call(name(state.name), vec![key]))
            }
        };
        self.compare(tape, scope, read, state.kind)
    }

    fn about_the_key(&mut self, tape: &mut Tape<'_>, scope: &Scope) -> Condition {
        let (key, kind) = scope.key.expect("asked before");
        self.compare(tape, scope, operand(key, None), kind)
    }

    /// A field of this type of an event that has a name.
    fn field_of(&self, tape: &mut Tape<'_>, scope: &Scope, kind: Kind) -> Option<Operand> {
        let fields: Vec<(&str, &str)> = scope
            .events
            .iter()
            .flat_map(|(binding, event)| {
                let fields = self.events[*event].fields_of(kind);
                fields.into_iter().map(move |field| (binding.as_str(), field))
            })
            .collect();
        if fields.is_empty() {
            return None;
        }
        let (binding, field) = tape.of(&fields);
        Some(operand(binding, Some(field)))
    }

    /// A comparison of an operand with something of its type.
    fn compare(&mut self, tape: &mut Tape<'_>, scope: &Scope, left: Operand, kind: Kind) -> Condition {
        use CompareOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let other = self
            .field_of(tape, scope, kind)
            .filter(|other| text_of(other) != text_of(&left) && tape.chance(50));
        match kind {
            Kind::Bool if tape.chance(60) => return plain(ConditionKind::Holds(left)),
            Kind::Parties | Kind::Texts if tape.chance(80) => {
                let element = if kind == Kind::Parties { Kind::Party } else { Kind::Text };
                let wanted = match self.field_of(tape, scope, element) {
                    Some(field) if tape.chance(50) => field,
                    _ if tape.chance(30) => {
                        let elements = vec![self.constant(tape, element), self.constant(tape, element)];
                        plain(OperandKind::List(elements))
                    }
                    _ => self.constant(tape, element),
                };
                return plain(ConditionKind::Includes(left, wanted));
            }
            Kind::Text | Kind::Party | Kind::Colour | Kind::Level | Kind::Number if tape.chance(15) => {
                let choices = vec![
                    self.constant(tape, kind),
                    other.unwrap_or_else(|| self.constant(tape, kind)),
                ];
                return plain(ConditionKind::In(left, plain(OperandKind::List(choices))));
            }
            _ => {}
        }
        let op = match kind {
            Kind::Text | Kind::Party | Kind::Bool | Kind::Colour | Kind::Parties | Kind::Texts => {
                tape.of(&[Equal, Equal, Equal, NotEqual])
            }
            _ => tape.of(&[GreaterOrEqual, Equal, Less, LessOrEqual, Greater, NotEqual]),
        };
        let right = match (other, kind, op) {
            (Some(other), ..) => other,
            // `<` the lowest and the like say nothing.
            (None, Kind::Level, Less | GreaterOrEqual) => operand(tape.of(&LEVELS[1..]), None),
            (None, Kind::Level, Greater | LessOrEqual) => operand(tape.of(&LEVELS[..2]), None),
            (None, ..) => self.constant(tape, kind),
        };
        // A list must stand on the right to be read as a set.
        let turns = op != Equal && !matches!(kind, Kind::Parties | Kind::Texts);
        if turns && tape.chance(10) {
            let mirrored = match op {
                Less => Greater,
                LessOrEqual => GreaterOrEqual,
                Greater => Less,
                GreaterOrEqual => LessOrEqual,
                same => same,
            };
            return plain(ConditionKind::Compare(right, plain(mirrored), left));
        }
        plain(ConditionKind::Compare(left, plain(op), right))
    }

    // ---- Life ----

    fn agreement_life(&mut self, tape: &mut Tape<'_>) {
        let mut rules = Vec::new();
        if tape.chance(30) {
            rules.extend(self.life_rules(tape));
        }
        if tape.chance(30) {
            rules.extend(self.extensions(tape));
        }
        if let Some(Item::Agreement(agreement)) = self.items.first_mut() {
            let parts = rules.into_iter().map(|rule| AgreementPart::Life(Box::new(rule)));
            agreement.parts.extend(parts.map(plain));
        }
    }

    fn life_rules(&mut self, tape: &mut Tape<'_>) -> Vec<LifeRule> {
        let verbs: &[LifeVerb] = match tape.below(5) {
            0 | 1 => &[LifeVerb::Suspended, LifeVerb::Resumed],
            2 => &[LifeVerb::Suspended, LifeVerb::Resumed, LifeVerb::Terminated],
            3 => &[LifeVerb::Terminated],
            _ => &[
                LifeVerb::Suspended,
                LifeVerb::Succeeded,
                LifeVerb::Resumed,
                LifeVerb::Resumed,
            ],
        };
        let rule = |verb: &LifeVerb| {
            let ends = matches!(verb, LifeVerb::Terminated | LifeVerb::Succeeded);
            let event = tape.below(self.declared);
            LifeRule {
                verb: plain(verb.clone()),
                pattern: self.certain_pattern(tape, event),
                notice: (ends && tape.chance(70)).then(|| plain(self.scene.duration(tape))),
            }
        };
        verbs.iter().map(rule).collect()
    }

    /// What puts off the end of the term, if it has one.
    fn extensions(&mut self, tape: &mut Tape<'_>) -> Vec<LifeRule> {
        let Some(end) = self.scene.end else { return Vec::new() };
        self.scene.extendable = true;
        let count = 1 + tape.below(2);
        let rule = |_| {
            let event = tape.below(self.declared);
            let fields = self.events[event].fields.iter();
            let says_when =
                |(_, kind, optional): &&(&str, Kind, bool)| !optional && matches!(kind, Kind::Instant | Kind::Date);
            let says_when: Vec<&str> = fields.filter(says_when).map(|(field, ..)| *field).collect();
            let mut pattern = self.certain_pattern(tape, event);
            let extension = if says_when.is_empty() || tape.chance(40) {
                let length = self.scene.duration(tape);
                self.scene.moments.push(self.scene.zone.add(end, length));
                Extension::For(plain(length))
            } else {
                self.names += 1;
                let fresh = name(&format!("l{}", self.names));
                let binding = pattern.binding.get_or_insert(fresh).node.clone();
                Extension::To(plain(path(&binding, Some(tape.of(&says_when)))))
            };
            LifeRule {
                verb: plain(LifeVerb::Extended(extension)),
                pattern,
                notice: None,
            }
        };
        (0..count).map(rule).collect()
    }

    /// A pattern whose condition is never unknown: it compares fields that every event has with constants.
    fn certain_pattern(&mut self, tape: &mut Tape<'_>, event: usize) -> Pattern {
        let fields = self.events[event].fields.iter();
        let certain: Vec<(&str, Kind)> = fields
            .filter(|(_, kind, optional)| {
                !optional && matches!(kind, Kind::Text | Kind::Party | Kind::Level | Kind::Number)
            })
            .map(|(field, kind, _)| (*field, *kind))
            .collect();
        self.names += 1;
        let binding = format!("l{}", self.names);
        let condition = (!certain.is_empty() && tape.chance(70)).then(|| {
            let (field, kind) = tape.of(&certain);
            let op = tape.of(&[CompareOp::Equal, CompareOp::NotEqual]);
            let constant = self.constant(tape, kind);
            let compared = ConditionKind::Compare(operand(&binding, Some(field)), plain(op), constant);
            plain(compared)
        });
        Pattern {
            event: name(self.events[event].name),
            binding: condition.is_some().then(|| name(&binding)),
            condition,
        }
    }

    // ---- Clauses ----

    /// A pattern, the name of its event and its type.
    fn pattern(&mut self, tape: &mut Tape<'_>, scope: &Scope, stem: &str) -> (Pattern, Option<String>, usize) {
        let event = tape.below(self.declared);
        self.pattern_of(tape, scope, stem, event)
    }

    fn pattern_of(
        &mut self,
        tape: &mut Tape<'_>,
        scope: &Scope,
        stem: &str,
        event: usize,
    ) -> (Pattern, Option<String>, usize) {
        let binding = self.fresh(stem);
        let mut pattern = self.pattern_named(tape, scope, &binding, event);
        let binding = (pattern.condition.is_some() || !tape.chance(20)).then_some(binding);
        if binding.is_none() {
            pattern.binding = None;
        }
        (pattern, binding, event)
    }

    fn fresh(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    fn pattern_named(&mut self, tape: &mut Tape<'_>, scope: &Scope, binding: &str, event: usize) -> Pattern {
        let inner = scope.fields_only().with(Some(&binding.to_owned()), event);
        let condition = tape.chance(60).then(|| self.condition(tape, &inner, 2));
        Pattern {
            event: name(self.events[event].name),
            binding: Some(name(binding)),
            condition,
        }
    }

    /// A trigger, and the scope with the names of its events.
    fn trigger(&mut self, tape: &mut Tape<'_>) -> (Trigger, Scope) {
        let scope = Scope::default();
        match tape.below(12) {
            8 => {
                let binding = self.fresh("t");
                let mut patterns = Vec::new();
                let mut events: Vec<usize> = Vec::new();
                for _ in 0..2 + tape.below(2) {
                    let event = tape.below(self.declared);
                    patterns.push(self.pattern_named(tape, &scope, &binding, event));
                    events.push(event);
                }
                let event = self.common(&events);
                (Trigger::Any(patterns), scope.with(Some(&binding), event))
            }
            9 => {
                let (first, binding, event) = self.pattern(tape, &scope, "s");
                let scope = scope.with(binding.as_ref(), event);
                let (then, binding, event) = self.pattern(tape, &scope, "t");
                let within = plain(self.scene.duration(tape));
                let scope = scope.with(binding.as_ref(), event);
                (Trigger::Sequence(Box::new((first, then)), within), scope)
            }
            10 | 11 => {
                let event = tape.below(self.declared);
                let binding = self.fresh("t");
                let pattern = self.pattern_named(tape, &scope, &binding, event);
                let groups = self.groups(event);
                let per = (tape.chance(40) && !groups.is_empty())
                    .then(|| plain(Per::Field(plain(path(&binding, Some(tape.of(&groups)))))));
                let count = plain(1 + tape.number(3));
                let window = plain(self.window(tape));
                let repeated = Repeated {
                    count,
                    pattern,
                    per,
                    window,
                };
                (Trigger::Repeated(Box::new(repeated)), scope.with(Some(&binding), event))
            }
            _ => {
                let (pattern, binding, event) = self.pattern(tape, &scope, "t");
                (Trigger::Any(vec![pattern]), scope.with(binding.as_ref(), event))
            }
        }
    }

    /// The type whose fields are those that all of these declare.
    fn common(&mut self, events: &[usize]) -> usize {
        let mut fields = self.events[events[0]].fields.clone();
        for event in events {
            let others = &self.events[*event].fields;
            fields.retain(|(field, ..)| others.iter().any(|(other, ..)| other == field));
        }
        self.events.push(EventType { name: "", fields });
        self.events.len() - 1
    }

    /// The fields that every event of a type has.
    fn groups(&self, event: usize) -> Vec<&'static str> {
        let fields = self.events[event].fields.iter();
        fields
            .filter(|(_, _, optional)| !optional)
            .map(|(field, ..)| *field)
            .collect()
    }

    fn window(&mut self, tape: &mut Tape<'_>) -> Duration {
        let (months, days, hours) = tape.of(&[
            (0, 0, 24),
            (0, 1, 0),
            (0, 0, 12),
            (0, 0, 1),
            (0, 2, 0),
            (0, 1, 12),
            (1, 0, 0),
        ]);
        self.scene.used(months, days, hours)
    }

    fn clause(&mut self, position: usize, tape: &mut Tape<'_>) {
        let mut parts = Vec::new();
        let mut scope = Scope::default();
        let mut opening = Opening::Term;
        if tape.chance(10) {
            parts.push(ClausePart::Severity(name(tape.of(&["minor", "critical"]))));
        }
        if tape.chance(60) {
            let (trigger, with_trigger) = self.trigger(tape);
            scope = with_trigger;
            parts.push(ClausePart::When(trigger));
            for _ in 0..tape.of(&[0, 0, 1, 1, 2]) {
                parts.push(ClausePart::Guard(self.guard(tape, &scope)));
            }
            opening = Opening::Trigger;
        }
        let trigger_scope = scope.clone();
        let repairs = tape.of(&[0, 1, 0, 2, 3]);
        for step in 0..=repairs {
            let duty = self.duty(tape, &mut scope, opening, (step > 0, repairs > 0));
            parts.push(if step == 0 {
                ClausePart::Duty(duty)
            } else {
                ClausePart::Otherwise(duty)
            });
            opening = Opening::Breach;
        }
        for _ in 0..tape.of(&[0, 0, 1, 0, 2]) {
            if is_releasable(&parts) {
                let (pattern, ..) = self.pattern(tape, &trigger_scope, "w");
                parts.push(ClausePart::Waived(pattern));
            }
        }
        if tape.chance(15) {
            let rules = self.life_rules(tape);
            parts.extend(rules.into_iter().map(ClausePart::Life));
        }
        let permissions = match forbidden(&parts) {
            Some(event) => (0..tape.of(&[0, 1, 0, 2]))
                .filter_map(|number| self.permission(tape, position, number, &event))
                .collect(),
            None => Vec::new(),
        };
        let mut clauses = vec![Clause {
            name: name(&format!("c{position}")),
            title: None,
            parts: parts.into_iter().map(plain).collect(),
            span: Span::default(),
        }];
        clauses.extend(permissions);
        if tape.chance(50) {
            clauses.reverse();
        }
        self.items.extend(clauses.into_iter().map(Item::Clause));
    }

    /// A permission against the clause at a position, if it has a condition at all.
    fn permission(&mut self, tape: &mut Tape<'_>, position: usize, number: usize, event: &str) -> Option<Clause> {
        let event = self.events.iter().position(|known| known.name == event)?;
        let (pattern, binding, _) = self.pattern_of(tape, &Scope::default(), "m", event);
        let scope = Scope::default().with(binding.as_ref(), event);
        let guards: Vec<Spanned<Guard>> = (0..tape.of(&[0, 0, 1]))
            .filter(|_| binding.is_some())
            .map(|_| plain(self.guard(tape, &scope)))
            .collect();
        if pattern.condition.is_none() && guards.is_empty() {
            return None;
        }
        let permission = ClausePart::Permission(Permission {
            actors: vec![plain(path("US", None))],
            pattern,
            guards,
            despite: name(&format!("c{position}")),
            span: Span::default(),
        });
        Some(Clause {
            name: name(&format!("m{position}_{number}")),
            title: None,
            parts: vec![plain(permission)],
            span: Span::default(),
        })
    }

    fn guard(&mut self, tape: &mut Tape<'_>, scope: &Scope) -> Guard {
        Guard {
            negated: tape.chance(50),
            condition: self.condition(tape, &scope.guard(), 2),
        }
    }

    /// A duty; after an `avoid` the scope has the name of the event that broke it.
    fn duty(
        &mut self,
        tape: &mut Tape<'_>,
        scope: &mut Scope,
        opening: Opening,
        (repairs, in_chain): (bool, bool),
    ) -> Duty {
        let actor = match self.field_of(tape, scope, Kind::Party) {
            Some(Operand {
                node: OperandKind::Path(path),
                ..
            }) if tape.chance(30) => path,
            _ => path(tape.of(&PARTIES), None),
        };
        let mut actors = vec![plain(actor)];
        if tape.chance(15) {
            actors.push(plain(path("PL", None)));
        }
        let mut modal = if tape.chance(20) { Modal::Should } else { Modal::Must };
        let periods_can_be = opening == Opening::Term && self.scene.start.is_some();
        let mut excuse = None;
        let mut per = None;
        let (verb, timings) = match tape.below(5) {
            3 | 4 => {
                let (verb, group, timings) = self.bound(tape, scope, opening, repairs);
                per = group;
                (verb, timings)
            }
            0 => {
                let (pattern, binding, event) = self.pattern(tape, scope, "d");
                let mut timings = Vec::new();
                let mut count = tape.chance(40).then(|| Count::AtLeast(1 + tape.number(3)));
                let aim = !in_chain && tape.chance(15);
                if aim {
                    // An aim takes no timing.
                    modal = Modal::AimTo;
                } else if periods_can_be && tape.chance(60) {
                    if tape.chance(40) {
                        count = Some(Count::Exactly(tape.number(3)));
                    }
                    timings.push(Timing::InEach(plain(self.scene.cadence(tape))));
                    timings.extend(self.narrowed(tape));
                } else if opening == Opening::Term {
                    timings = self.standing(tape);
                    let ends =
                        self.scene.end.is_some() || timings.iter().any(|timing| !matches!(timing, Timing::From(_)));
                    if !ends {
                        timings = vec![due(vec![plain_deadline(DeadlineKind::By(plain(
                            self.date_in_term(tape),
                        )))])];
                    }
                } else if opening == Opening::Trigger && tape.chance(25) {
                    timings = vec![Timing::Before(self.lead(tape))];
                } else {
                    let clocks = tape.of(&[1, 1, 1, 2, 3]);
                    timings = vec![due((0..clocks).map(|_| self.deadline(tape, scope)).collect())];
                }
                let can_be_late = !aim
                    && !timings
                        .iter()
                        .any(|timing| matches!(timing, Timing::InEach(_) | Timing::Before(_)));
                let can_be_ended = !aim
                    && !timings
                        .iter()
                        .any(|timing| matches!(timing, Timing::InEach(_) | Timing::Before(_)));
                if can_be_ended && tape.chance(15) {
                    let (end, ..) = self.pattern(tape, scope, "e");
                    timings = with_end(timings, end, tape.chance(50) && opening != Opening::Term);
                }
                if opening != Opening::Breach && can_be_late && tape.chance(60) {
                    let inner = scope.fields_only().with(binding.as_ref(), event);
                    excuse = Some(self.condition(tape, &inner, 1));
                }
                (Verb::Ensure(count.map(plain), pattern), timings)
            }
            1 => {
                let (pattern, binding, event) = self.pattern(tape, scope, "d");
                let inner = scope.with(binding.as_ref(), event);
                let mut guards = Vec::new();
                for _ in 0..tape.of(&[0, 0, 1, 2]) {
                    guards.push(plain(self.guard(tape, &inner)));
                }
                let mut more_than = tape.chance(40).then(|| tape.number(3));
                let timings = if periods_can_be && tape.chance(40) {
                    more_than = more_than.or(Some(1));
                    let mut timings = vec![Timing::InEach(plain(self.scene.cadence(tape)))];
                    timings.extend(self.narrowed(tape));
                    timings
                } else {
                    self.until(tape, scope, opening)
                };
                *scope = inner;
                (Verb::Avoid(more_than.map(plain), pattern, guards), timings)
            }
            _ => {
                let verb = self.maintain(tape, scope);
                (verb, self.until(tape, scope, opening))
            }
        };
        Duty {
            actors,
            modal: plain(modal),
            verb: plain(verb),
            per: per.map(plain),
            timings: timings.into_iter().map(plain).collect(),
            excuse,
            span: Span::default(),
        }
    }

    /// A bound on a figure, or on a count in windows or for each of several things.
    fn bound(
        &mut self,
        tape: &mut Tape<'_>,
        scope: &Scope,
        opening: Opening,
        repairs: bool,
    ) -> (Verb, Option<Per>, Vec<Timing>) {
        let floor = tape.chance(50);
        let event = tape.below(self.declared);
        let mut inner = scope.clone();
        let per_what = if repairs { 9 } else { tape.below(10) };
        let of_parties = per_what <= 1;
        if of_parties {
            inner.key = Some(("p", Kind::Party));
        }
        let (pattern, binding) = self.figure_pattern(tape, &inner, event, of_parties);
        let named = |field: &str| plain(path(&binding, Some(field)));
        let groups = self.groups(event);
        let per = match per_what {
            0 | 1 => Some(Per::Named(name("party"), name("p"))),
            2..=4 if !groups.is_empty() => Some(Per::Field(named(tape.of(&groups)))),
            _ => None,
        };
        let (windows, timings) = self.bound_timings(tape, scope, opening, floor);
        let counts = (windows || per.is_some()) && tape.chance(40);
        if counts {
            let verb = if floor {
                Verb::Ensure(
                    tape.chance(70).then(|| plain(Count::AtLeast(1 + tape.number(3)))),
                    pattern,
                )
            } else {
                let with_event = inner.with(Some(&binding), event);
                let mut guards = Vec::new();
                for _ in 0..tape.of(&[0, 0, 1]) {
                    guards.push(plain(self.guard(tape, &with_event)));
                }
                Verb::Avoid(Some(plain(tape.number(3))), pattern, guards)
            };
            return (verb, per, timings);
        }
        let (figure, kind) = self.figure(tape, &inner, event, pattern, &binding);
        let in_periods = timings.iter().any(|timing| matches!(timing, Timing::InEach(_)));
        let timings = if per.is_none() && !windows && !in_periods && tape.chance(25) {
            let (end, ..) = self.pattern(tape, scope, "e");
            let only = tape.chance(50) && opening != Opening::Term;
            if floor {
                with_end(timings, end, only)
            } else {
                let length = timings.into_iter().filter(|_| !only);
                length.chain([Timing::Until(Box::new(end))]).collect()
            }
        } else {
            timings
        };
        let limit = match kind {
            _ if tape.chance(25) => {
                let other = tape.below(self.declared);
                let (pattern, binding) = self.figure_pattern(tape, &inner, other, of_parties);
                let (second, second_kind) = self.figure(tape, &inner, other, pattern, &binding);
                if second_kind == kind {
                    Some(Limit::Figure(part(tape, 60), Box::new(second)))
                } else {
                    None
                }
            }
            _ => None,
        };
        let limit = limit.unwrap_or_else(|| match kind {
            Worth::Share => Limit::Percent(tape.of(&["50", "0", "100", "66.7", "33.3"]).parse().expect("a number")),
            Worth::Different => {
                let least = u64::from(floor);
                Limit::Fixed(None, Literal::Number(Number::whole(least + u64::from(tape.number(2)))))
            }
            Worth::Of(kind) => match self.constant(tape, kind).node {
                OperandKind::Literal(literal) => Limit::Fixed(part(tape, 15), literal),
                OperandKind::Path(path) => Limit::Reference(part(tape, 50), path.root),
                other => panic!("{other:?} is no amount"),
            },
        });
        let direction = if floor { Direction::Floor } else { Direction::Ceiling };
        let limit = plain(limit);
        (
            Verb::Bound(Box::new(Bound {
                direction,
                figure,
                limit,
            })),
            per,
            timings,
        )
    }

    /// The events of a figure, with the name that they always have.
    fn figure_pattern(
        &mut self,
        tape: &mut Tape<'_>,
        scope: &Scope,
        event: usize,
        of_parties: bool,
    ) -> (Pattern, String) {
        self.names += 1;
        let binding = format!("f{}", self.names);
        let inner = scope.fields_only().with(Some(&binding), event);
        let parties = self.events[event].fields_of(Kind::Party);
        let condition = if of_parties && !parties.is_empty() && tape.chance(70) {
            let field = operand(&binding, Some(tape.of(&parties)));
            Some(plain(ConditionKind::Compare(
                field,
                plain(CompareOp::Equal),
                operand("p", None),
            )))
        } else {
            tape.chance(50).then(|| self.condition(tape, &inner, 1))
        };
        let pattern = Pattern {
            event: name(self.events[event].name),
            binding: Some(name(&binding)),
            condition,
        };
        (pattern, binding)
    }

    fn figure(
        &mut self,
        tape: &mut Tape<'_>,
        scope: &Scope,
        event: usize,
        pattern: Pattern,
        binding: &str,
    ) -> (Figure, Worth) {
        let mut amounts: Vec<(&str, Kind)> = Vec::new();
        for kind in [Kind::Number, Kind::Money, Kind::Duration] {
            let fields = self.events[event].fields_of(kind);
            amounts.extend(fields.into_iter().map(|field| (field, kind)));
        }
        let named = |field: &str| plain(path(binding, Some(field)));
        let (measure, worth) = match tape.below(7) {
            form @ 0..=4 if !amounts.is_empty() => {
                let (field, kind) = tape.of(&amounts);
                let measure = match form {
                    0 | 1 => FieldMeasure::Total,
                    2 => FieldMeasure::Average,
                    3 => FieldMeasure::Lowest,
                    _ => FieldMeasure::Highest,
                };
                (Measure::Field(plain(measure), named(field)), Worth::Of(kind))
            }
            0..=2 | 5 => {
                let fields: Vec<&str> = self.events[event].fields.iter().map(|(field, ..)| *field).collect();
                let field = tape.of(&fields);
                (
                    Measure::Field(plain(FieldMeasure::Distinct), named(field)),
                    Worth::Different,
                )
            }
            _ => {
                let inner = scope.fields_only().with(Some(&binding.to_owned()), event);
                (Measure::Share(self.condition(tape, &inner, 1)), Worth::Share)
            }
        };
        let span = Span::default();
        (Figure { measure, pattern, span }, worth)
    }

    /// Timings of a bound, and whether they are windows.
    fn bound_timings(
        &mut self,
        tape: &mut Tape<'_>,
        scope: &Scope,
        opening: Opening,
        floor: bool,
    ) -> (bool, Vec<Timing>) {
        if opening != Opening::Term {
            return (false, vec![self.relative(tape, scope)]);
        }
        let form = tape.below(3);
        if form == 0 && self.scene.start.is_some() {
            let mut timings = vec![Timing::InEach(plain(self.scene.cadence(tape)))];
            timings.extend(self.narrowed(tape));
            return (false, timings);
        }
        if form == 1 && (!floor || self.scene.start.is_some()) {
            let length = self.window(tape);
            let mut timings = vec![Timing::InAny(plain(length))];
            // A floor needs a whole window in what is left of the term.
            let fits = |scene: &Scene| match (scene.start, scene.end) {
                (Some(start), Some(end)) if !scene.extendable => scene.zone.add(start, length) < end,
                _ => true,
            };
            if !floor {
                timings.extend(self.narrowed(tape));
            }
            if !floor || fits(&self.scene) {
                return (true, timings);
            }
        }
        let mut timings = self.standing(tape);
        let ends = self.scene.end.is_some() || timings.iter().any(|timing| !matches!(timing, Timing::From(_)));
        if floor && !ends {
            timings = vec![due(vec![plain_deadline(DeadlineKind::By(plain(
                self.date_in_term(tape),
            )))])];
        }
        (false, timings)
    }

    fn maintain(&mut self, tape: &mut Tape<'_>, scope: &Scope) -> Verb {
        let keys: Vec<Key> = self.states.iter().filter_map(|state| state.key).collect();
        let every = (!keys.is_empty() && tape.chance(50)).then(|| tape.of(&keys));
        let scope = Scope {
            key: every.map(|(_, kind)| ("u", kind)),
            states: true,
            past: false,
            ..scope.clone()
        };
        let must_have = self.about_a_state(tape, &scope, every.is_some());
        let condition = match tape.below(6) {
            0..=2 => must_have,
            3 => {
                let elements = vec![must_have, self.condition(tape, &scope, 1)];
                plain(ConditionKind::And(without_contradiction(elements)))
            }
            4 => plain(ConditionKind::Or(vec![must_have, self.condition(tape, &scope, 1)])),
            _ => plain(ConditionKind::Not(Box::new(must_have))),
        };
        let every = every.map(|(label, _)| ForEvery {
            key: name(label),
            binding: name("u"),
        });
        Verb::Maintain(condition, every)
    }

    // ---- Timings ----

    fn lead(&mut self, tape: &mut Tape<'_>) -> LeadTime {
        let mut duration = |tape: &mut Tape<'_>| plain(self.scene.duration(tape));
        match tape.below(3) {
            0 => LeadTime::AtLeast(duration(tape)),
            1 => LeadTime::Between(duration(tape), duration(tape)),
            _ => LeadTime::Within(duration(tape)),
        }
    }

    /// The time of an `avoid` or a `maintain`, which an event may end.
    fn until(&mut self, tape: &mut Tape<'_>, scope: &Scope, opening: Opening) -> Vec<Timing> {
        let mut timings = if opening == Opening::Term {
            self.standing(tape)
        } else {
            vec![self.relative(tape, scope)]
        };
        if tape.chance(20) {
            let (end, ..) = self.pattern(tape, scope, "e");
            if opening != Opening::Term && tape.chance(50) {
                timings.clear();
            }
            timings.push(Timing::Until(Box::new(end)));
        }
        timings
    }

    fn relative(&mut self, tape: &mut Tape<'_>, scope: &Scope) -> Timing {
        due(vec![self.deadline(tape, scope)])
    }

    fn deadline(&mut self, tape: &mut Tape<'_>, scope: &Scope) -> Deadline {
        let kind = match tape.below(10) {
            4 => DeadlineKind::By(plain(self.scene.date(tape))),
            5 | 6 => {
                let of = match self.field_of(tape, scope, Kind::Instant) {
                    Some(Operand {
                        node: OperandKind::Path(path),
                        ..
                    }) => Some(plain(path)),
                    _ => None,
                };
                match tape.below(4) {
                    2 => self.working_days(tape, of),
                    3 => self.day_of_month(tape, of),
                    _ => DeadlineKind::Within(plain(self.scene.duration(tape)), of),
                }
            }
            7 => self.working_days(tape, None),
            8 => self.day_of_month(tape, None),
            _ => DeadlineKind::Within(plain(self.scene.duration(tape)), None),
        };
        deferred(tape, kind)
    }

    fn working_days(&mut self, tape: &mut Tape<'_>, of: Option<Spanned<Path>>) -> DeadlineKind {
        let count = tape.of(&[1, 2, 3, 6]);
        // Logs then hit the ends of the days near by.
        self.scene.used(0, u64::from(count), 0);
        DeadlineKind::WorkingDays(plain(count), of)
    }

    fn day_of_month(&mut self, tape: &mut Tape<'_>, of: Option<Spanned<Path>>) -> DeadlineKind {
        let end = tape.of(&[MonthEnd::First, MonthEnd::Last]);
        let months = tape.of(&[1, 1, 2]);
        let day = DayOfMonth { end, months };
        let base = self.scene.base;
        if let Some(date) = day.after(base) {
            let zone = &self.scene.zone;
            let ends = [zone.start_of(date), zone.end_of(date)];
            self.scene.moments.extend(ends);
        }
        DeadlineKind::DayOfMonth(day, of)
    }

    /// Timings of a duty that the term opens.
    fn standing(&mut self, tape: &mut Tape<'_>) -> Vec<Timing> {
        match tape.below(5) {
            0 | 1 => self.narrowed(tape),
            2 => vec![due(vec![plain_deadline(DeadlineKind::By(plain(
                self.date_in_term(tape),
            )))])],
            3 if self.scene.start.is_some() => {
                let kind = match tape.below(4) {
                    2 => self.working_days(tape, None),
                    3 => self.day_of_month(tape, None),
                    _ => DeadlineKind::Within(plain(self.scene.duration(tape)), None),
                };
                vec![due(vec![deferred(tape, kind)])]
            }
            _ => Vec::new(),
        }
    }

    /// `from` and `to`, or one of them, or none, such that some of the term is left.
    fn narrowed(&mut self, tape: &mut Tape<'_>) -> Vec<Timing> {
        let from = tape.chance(35).then(|| self.date_in_term(tape));
        let to = tape.chance(35).then(|| self.date_in_term(tape));
        let mut timings = Vec::new();
        timings.extend(from.map(|date| Timing::From(plain(date))));
        match (from, to) {
            (Some(from), Some(to)) if to < from => {}
            _ => timings.extend(to.map(|date| Timing::To(plain(date)))),
        }
        timings
    }

    /// A day that is in the term in part at least, or in what an extension may add to it, and whose start and end both leave something of it.
    fn date_in_term(&mut self, tape: &mut Tape<'_>) -> Date {
        let date = self.scene.date(tape);
        let start = self.scene.zone.start_of(date);
        let is_in = |instant: Instant| {
            self.scene.start.is_none_or(|start| start <= instant)
                && (self.scene.extendable || self.scene.end.is_none_or(|end| Due::before(end).admits(instant)))
        };
        if is_in(start) {
            return date;
        }
        self.scene.start.map_or(date, |start| self.scene.zone.date_of(start))
    }
}

/// The event type that a clause forbids over the term, if it does.
fn forbidden(parts: &[ClausePart]) -> Option<String> {
    let triggered = parts.iter().any(|part| matches!(part, ClausePart::When(_)));
    parts.iter().find_map(|part| match part {
        ClausePart::Duty(Duty {
            verb: Spanned {
                node: Verb::Avoid(_, pattern, _),
                ..
            },
            per: None,
            timings,
            ..
        }) if !triggered && !slides(timings) && !is_ended(timings) => Some(pattern.event.node.clone()),
        _ => None,
    })
}

/// The same time, but before an event; or only that.
fn with_end(mut timings: Vec<Timing>, end: Pattern, only: bool) -> Vec<Timing> {
    let end = plain_deadline(DeadlineKind::Before(Box::new(end)));
    if only {
        return vec![due(vec![end])];
    }
    match timings.last_mut() {
        Some(Timing::Due(deadlines)) => deadlines.push(plain(end)),
        _ => timings.push(due(vec![end])),
    }
    timings
}

fn slides(timings: &[Spanned<Timing>]) -> bool {
    timings.iter().any(|timing| matches!(timing.node, Timing::InAny(_)))
}

fn is_ended(timings: &[Spanned<Timing>]) -> bool {
    timings.iter().any(|timing| matches!(timing.node, Timing::Until(_)))
}

/// Whether a clause has single duties that an event could release.
fn is_releasable(parts: &[ClausePart]) -> bool {
    let triggered = parts.iter().any(|part| matches!(part, ClausePart::When(_)));
    parts.iter().any(|part| match part {
        ClausePart::Duty(duty) if slides(&duty.timings) => false,
        ClausePart::Duty(duty) => match duty.verb.node {
            Verb::Bound(_) | Verb::Ensure(..) | Verb::Avoid(Some(_), ..) => true,
            Verb::Avoid(None, ..) => triggered,
            Verb::Maintain(..) => false,
        },
        _ => false,
    })
}

fn deferred(tape: &mut Tape<'_>, kind: DeadlineKind) -> Deadline {
    let wanted = !matches!(kind, DeadlineKind::WorkingDays(..)) && tape.chance(25);
    let deferral = wanted.then(|| {
        plain(match tape.below(3) {
            0 => Respite::WholeDay,
            1 => Respite::Until(ClockTime::NOON),
            _ => Respite::Until(ClockTime::new(18, 0).expect("a time of day")),
        })
    });
    Deadline { kind, deferral }
}

/// A percentage, for a part of something.
fn part(tape: &mut Tape<'_>, percent: usize) -> Option<Spanned<Number>> {
    tape.chance(percent)
        .then(|| plain(tape.of(&["50", "0", "200", "33.3"]).parse().expect("a number")))
}

fn plain_deadline(kind: DeadlineKind) -> Deadline {
    Deadline { kind, deferral: None }
}

fn due(deadlines: Vec<Deadline>) -> Timing {
    Timing::Due(deadlines.into_iter().map(plain).collect())
}

/// How an operand is written, for telling operands apart.
fn text_of(operand: &Operand) -> String {
    format!("{:?}", operand.node)
}

/// The same conjuncts, but none that asks an operand to equal a second thing.
fn without_contradiction(mut conjuncts: Vec<Condition>) -> Vec<Condition> {
    let mut equated: Vec<String> = Vec::new();
    for conjunct in &mut conjuncts {
        let ConditionKind::Compare(left, op, _) = &mut conjunct.node else {
            continue;
        };
        if op.node == CompareOp::Equal {
            let left = text_of(left);
            if equated.contains(&left) {
                op.node = CompareOp::NotEqual;
            }
            equated.push(left);
        }
    }
    conjuncts
}

//! The spanned syntax tree: what was written, name by name, before anything is known about what the names mean.

use crate::source::{Span, Spanned};
use crate::time::{Cadence, Date, DayOfMonth, Duration, Instant, Respite, Weekday};
use crate::value::Number;

/// A name as written.
pub type Name = Spanned<String>;
/// A quoted text, with its escapes resolved.
pub type Text = Spanned<String>;

/// A rule file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// Its declarations, in the order of the text.
    pub items: Vec<Item>,
}

/// A declaration.
#[derive(Debug, Clone)]
pub enum Item {
    /// `use "FILE"`.
    Use(Text),
    /// `agreement`.
    Agreement(Agreement),
    /// `reference`.
    Reference(Reference),
    /// `event`.
    Event(EventDecl),
    /// `state`.
    State(StateDecl),
    /// `define`.
    Define(Define),
    /// `template`.
    Template(Template),
    /// `clause`.
    Clause(Clause),
}

/// `agreement NAME "Title" { ... }`.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// The name.
    pub name: Name,
    /// The title.
    pub title: Option<Text>,
    /// What the braces hold.
    pub parts: Vec<Spanned<AgreementPart>>,
}

/// A line of an agreement.
#[derive(Debug, Clone)]
pub enum AgreementPart {
    /// `in force from ...`.
    InForce(Spanned<Date>, Option<TermEnd>),
    /// `time zone "..."`.
    Zone(Text),
    /// `working days monday to friday, ...`.
    WorkingDays(Vec<Weekdays>),
    /// `holidays DATE, ...`.
    Holidays(Vec<Spanned<Date>>),
    /// `holidays in "FILE"`.
    HolidaysIn(Text),
    /// `party NAME "Title"`.
    Party(Name, Option<Text>),
    /// `cites "..."`.
    Cites(Text),
    /// `suspended by ...` and its like, said of the agreement.
    Life(Box<LifeRule>),
    /// `apply TEMPLATE(...)`.
    Apply(Apply),
    /// A clause of this agreement.
    Clause(Clause),
}

/// A day of the week, or `monday to friday`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekdays {
    /// The first.
    pub first: Weekday,
    /// The last, if there are several.
    pub last: Option<Weekday>,
}

/// How a term ends.
#[derive(Debug, Clone)]
pub enum TermEnd {
    /// `for D`.
    After(Spanned<Duration>),
    /// `to DATE`.
    LastDay(Spanned<Date>),
}

/// `reference NAME "Title": TYPE = VALUE cites "..."`.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The name.
    pub name: Name,
    /// The title.
    pub title: Option<Text>,
    /// The type of its value.
    pub ty: Spanned<TypeExpr>,
    /// Its value.
    pub value: Operand,
    /// Where the value is from.
    pub cites: Vec<Text>,
}

/// `event NAME "Title" { field: type, ... }`.
#[derive(Debug, Clone)]
pub struct EventDecl {
    /// The name.
    pub name: Name,
    /// The title.
    pub title: Option<Text>,
    /// How its events are told apart, if later records can amend them.
    pub identity: Option<Identity>,
    /// The fields.
    pub fields: Vec<FieldDecl>,
}

/// `identified by FIELD corrected by KEY retracted by KEY`; one of the last two at least.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The field that tells its events apart.
    pub field: Name,
    /// The key under which a record names the event that it corrects.
    pub corrects: Option<Name>,
    /// The key under which a record names the event that it retracts.
    pub retracts: Option<Name>,
}

/// `name: [optional] type`.
#[derive(Debug, Clone)]
pub struct FieldDecl {
    /// The field's name.
    pub name: Name,
    /// Whether events may lack it.
    pub optional: bool,
    /// Its type.
    pub ty: Spanned<TypeExpr>,
}

/// A type as written.
#[derive(Debug, Clone)]
pub enum TypeExpr {
    /// A name, as `text`.
    Named(String),
    /// `money EUR`.
    Money(Name),
    /// `set of T`.
    Set(Box<Spanned<TypeExpr>>),
    /// `a | b` or `a < b`.
    Enum {
        /// The names.
        names: Vec<Name>,
        /// Written with `<`.
        ordered: bool,
    },
}

/// `state NAME of KEY: TYPE initially VALUE { ... }`.
#[derive(Debug, Clone)]
pub struct StateDecl {
    /// The name.
    pub name: Name,
    /// What the state is of.
    pub key: Option<Name>,
    /// The type of its values.
    pub ty: Spanned<TypeExpr>,
    /// The value before the first change.
    pub initially: Option<Operand>,
    /// What changes it.
    pub setters: Vec<Setter>,
}

/// `EVENT binding where C sets KEY to VALUE`.
#[derive(Debug, Clone)]
pub struct Setter {
    /// The event and its condition.
    pub pattern: Pattern,
    /// Whose value is set.
    pub key: Option<Operand>,
    /// The new value.
    pub value: Operand,
}

/// `define NAME(parameter: type, ...) as C`.
#[derive(Debug, Clone)]
pub struct Define {
    /// The name.
    pub name: Name,
    /// What it is asked of.
    pub parameters: Vec<Parameter>,
    /// What it asks.
    pub body: Condition,
}

/// `template NAME(parameter: type, ...) { clauses }`.
#[derive(Debug, Clone)]
pub struct Template {
    /// The name.
    pub name: Name,
    /// What an application must give.
    pub parameters: Vec<Parameter>,
    /// The braces as written, which each application parses anew with its literals: see [`super::instantiate`].
    pub body: Spanned<String>,
    /// The clauses, with some literal of the right type for each parameter that stands where a literal is asked for.
    pub sample: Vec<Clause>,
}

/// `name: type` of a predicate or a template.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The name.
    pub name: Name,
    /// What can be given for it.
    pub ty: Spanned<ParameterType>,
}

/// What can be given for a parameter.
#[derive(Debug, Clone)]
pub enum ParameterType {
    /// A value of a type, or what a single name stands for: a type of event as well.
    Type(TypeExpr),
    /// `EVENT.FIELD`: a value of the type of that field.
    Field(Name, Name),
    /// `money`: an amount in any currency.
    Money,
}

/// `apply TEMPLATE(parameter: value, ...)`.
#[derive(Debug, Clone)]
pub struct Apply {
    /// The template.
    pub template: Name,
    /// What is given.
    pub arguments: Vec<(Name, Operand)>,
}

/// `clause NAME "Title" { ... }`.
#[derive(Debug, Clone)]
pub struct Clause {
    /// The name.
    pub name: Name,
    /// The title.
    pub title: Option<Text>,
    /// The parts, in the order of the text.
    pub parts: Vec<Spanned<ClausePart>>,
    /// All of it.
    pub span: Span,
}

/// A part of a clause.
#[derive(Debug, Clone)]
pub enum ClausePart {
    /// `cites "..."`.
    Cites(Text),
    /// `severity NAME`.
    Severity(Name),
    /// `tags a, b`.
    Tags(Vec<Name>),
    /// `when ...`.
    When(Trigger),
    /// `if C` or `unless C`.
    Guard(Guard),
    /// The duty.
    Duty(Duty),
    /// `otherwise DUTY`.
    Otherwise(Duty),
    /// `waived by PATTERN`.
    Waived(Pattern),
    /// `suspended by ...` and its like, said of the clause alone.
    Life(LifeRule),
    /// The permission, in a clause without a duty.
    Permission(Permission),
}

/// `suspended by PATTERN`, `resumed by PATTERN`, `extended by PATTERN for D`, `terminated by PATTERN after D`, `succeeded by PATTERN`.
#[derive(Debug, Clone)]
pub struct LifeRule {
    /// What becomes of it.
    pub verb: Spanned<LifeVerb>,
    /// By which events.
    pub pattern: Pattern,
    /// How long after the event, if not at once.
    pub notice: Option<Spanned<Duration>>,
}

/// What becomes of an agreement or a clause.
#[derive(Debug, Clone)]
pub enum LifeVerb {
    /// Nothing is owed until it is resumed.
    Suspended,
    /// It is owed again.
    Resumed,
    /// Its term ends later.
    Extended(Extension),
    /// It ends.
    Terminated,
    /// It ends, and another one takes its place.
    Succeeded,
}

/// To when a term is extended.
#[derive(Debug, Clone)]
pub enum Extension {
    /// `for D`: so long after the end in force.
    For(Spanned<Duration>),
    /// `to x.field`: what the event says.
    To(Spanned<Path>),
}

impl LifeVerb {
    /// The word of the language.
    pub fn word(&self) -> &'static str {
        match self {
            LifeVerb::Suspended => "suspended",
            LifeVerb::Resumed => "resumed",
            LifeVerb::Extended(_) => "extended",
            LifeVerb::Terminated => "terminated",
            LifeVerb::Succeeded => "succeeded",
        }
    }
}

/// What opens a duty.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// `PATTERN [or when PATTERN ...]`: one or more.
    Any(Vec<Pattern>),
    /// `PATTERN then PATTERN within D`.
    Sequence(Box<(Pattern, Pattern)>, Spanned<Duration>),
    /// `at least N PATTERN [for every x.field] in any D`.
    Repeated(Box<Repeated>),
}

/// `at least N PATTERN [for every x.field] in any D`.
#[derive(Debug, Clone)]
pub struct Repeated {
    /// How many.
    pub count: Spanned<u32>,
    /// Which events.
    pub pattern: Pattern,
    /// For each of which things.
    pub per: Option<Spanned<Per>>,
    /// How long the window is.
    pub window: Spanned<Duration>,
}

/// `if C` or `unless C`.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Written with `unless`.
    pub negated: bool,
    /// The condition.
    pub condition: Condition,
}

/// `EVENT binding where C`.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The event type.
    pub event: Name,
    /// The name that stands for the event.
    pub binding: Option<Name>,
    /// What it must be like.
    pub condition: Option<Condition>,
}

/// `ACTORS must VERB TIMING`.
#[derive(Debug, Clone)]
pub struct Duty {
    /// Who owes it.
    pub actors: Vec<Spanned<Path>>,
    /// How strongly.
    pub modal: Spanned<Modal>,
    /// What is owed.
    pub verb: Spanned<Verb>,
    /// For each of which things.
    pub per: Option<Spanned<Per>>,
    /// When.
    pub timings: Vec<Spanned<Timing>>,
    /// `excused if C`, over what came late.
    pub excuse: Option<Condition>,
    /// All of it.
    pub span: Span,
}

/// `ACTORS may conduct PATTERN [if C] [unless C] despite CLAUSE`.
#[derive(Debug, Clone)]
pub struct Permission {
    /// Who is permitted to.
    pub actors: Vec<Spanned<Path>>,
    /// What is permitted.
    pub pattern: Pattern,
    /// When.
    pub guards: Vec<Spanned<Guard>>,
    /// The clause that forbids it.
    pub despite: Name,
    /// All of it.
    pub span: Span,
}

/// The strength of a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Modal {
    /// `must`: binding.
    Must,
    /// `should`: best effort.
    Should,
    /// `aim to`: recorded, never broken.
    AimTo,
}

/// What is owed.
#[derive(Debug, Clone)]
pub enum Verb {
    /// `ensure [at least N | exactly N] PATTERN`.
    Ensure(Option<Spanned<Count>>, Pattern),
    /// `avoid [more than N] PATTERN [if C] [unless C]`.
    Avoid(Option<Spanned<u32>>, Pattern, Vec<Spanned<Guard>>),
    /// `maintain C [for every KEY k]`.
    Maintain(Condition, Option<ForEvery>),
    /// `ensure FIGURE at least LIMIT` or `avoid FIGURE more than LIMIT`.
    Bound(Box<Bound>),
}

/// A bound on a figure.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Which way.
    pub direction: Direction,
    /// What is bounded.
    pub figure: Figure,
    /// By what.
    pub limit: Spanned<Limit>,
}

/// Which way a bound goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// `ensure ... at least`.
    Floor,
    /// `avoid ... more than`.
    Ceiling,
}

/// A figure that events make up: `total f.amount of funding f`.
#[derive(Debug, Clone)]
pub struct Figure {
    /// How.
    pub measure: Measure,
    /// Which events.
    pub pattern: Pattern,
    /// All of it.
    pub span: Span,
}

/// How events make up a figure.
#[derive(Debug, Clone)]
pub enum Measure {
    /// `total x.field of` and its like.
    Field(Spanned<FieldMeasure>, Spanned<Path>),
    /// `share of ... with C`.
    Share(Condition),
}

/// How the values of a field make up a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldMeasure {
    /// `total`.
    Total,
    /// `average`.
    Average,
    /// `lowest`.
    Lowest,
    /// `highest`.
    Highest,
    /// `distinct`: how many different values.
    Distinct,
}

impl FieldMeasure {
    /// The word that the language uses.
    pub fn word(self) -> &'static str {
        match self {
            FieldMeasure::Total => "total",
            FieldMeasure::Average => "average",
            FieldMeasure::Lowest => "lowest",
            FieldMeasure::Highest => "highest",
            FieldMeasure::Distinct => "distinct",
        }
    }
}

/// What a figure is held against.
#[derive(Debug, Clone)]
pub enum Limit {
    /// `[0.25 % of]` a number, an amount or a duration.
    Fixed(Option<Spanned<Number>>, Literal),
    /// `[0.25 % of] gdp_2024`: a reference figure, or a part of it.
    Reference(Option<Spanned<Number>>, Name),
    /// `99.9 %`.
    Percent(Number),
    /// A parameter, in the sample of a template, whose type has no literal that could be its sample.
    Parameter(Name),
    /// `[0.25 % of] total x.field of ...`.
    Figure(Option<Spanned<Number>>, Box<Figure>),
}

/// What a bound or a count is said of one by one.
#[derive(Debug, Clone)]
pub enum Per {
    /// `for every party p`: the kind of thing and the name that stands for one of them.
    Named(Name, Name),
    /// `for every x.field`: the values of a field.
    Field(Spanned<Path>),
}

/// How many events an `ensure` wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// `at least N`.
    AtLeast(u32),
    /// `exactly N`.
    Exactly(u32),
}

/// `for every KEY name`.
#[derive(Debug, Clone)]
pub struct ForEvery {
    /// What a state is of.
    pub key: Name,
    /// The name that stands for one of them.
    pub binding: Name,
}

/// When a duty is owed.
#[derive(Debug, Clone)]
pub enum Timing {
    /// Deadlines joined by `and`; one or more.
    Due(Vec<Spanned<Deadline>>),
    /// A time before the trigger.
    Before(LeadTime),
    /// `until PATTERN`.
    Until(Box<Pattern>),
    /// `in each P`.
    InEach(Spanned<Cadence>),
    /// `in any D`.
    InAny(Spanned<Duration>),
    /// `from DATE`.
    From(Spanned<Date>),
    /// `to DATE`.
    To(Spanned<Date>),
}

/// One deadline.
#[derive(Debug, Clone)]
pub struct Deadline {
    /// When.
    pub kind: DeadlineKind,
    /// `deferred to the next working day`, if it falls on another day.
    pub deferral: Option<Spanned<Respite>>,
}

/// When something is due.
#[derive(Debug, Clone)]
pub enum DeadlineKind {
    /// `within D [of x.field]`.
    Within(Spanned<Duration>, Option<Spanned<Path>>),
    /// `within N working days [of x.field]`.
    WorkingDays(Spanned<u32>, Option<Spanned<Path>>),
    /// `by the first day of the month after [x.field]`.
    DayOfMonth(DayOfMonth, Option<Spanned<Path>>),
    /// `by DATE`.
    By(Spanned<Date>),
    /// `before PATTERN`.
    Before(Box<Pattern>),
}

/// How long before its trigger something is owed.
#[derive(Debug, Clone)]
pub enum LeadTime {
    /// `at least D before`.
    AtLeast(Spanned<Duration>),
    /// `between D and D before`.
    Between(Spanned<Duration>, Spanned<Duration>),
    /// `within D before`.
    Within(Spanned<Duration>),
}

/// A condition with its place.
pub type Condition = Spanned<ConditionKind>;

/// What a condition says.
#[derive(Debug, Clone)]
pub enum ConditionKind {
    /// `p or q`; two or more.
    Or(Vec<Condition>),
    /// `p and q`; two or more.
    And(Vec<Condition>),
    /// `not p`.
    Not(Box<Condition>),
    /// `x == y` and the like.
    Compare(Operand, Spanned<CompareOp>, Operand),
    /// `s includes x`.
    Includes(Operand, Operand),
    /// `x in [a, b]`.
    In(Operand, Operand),
    /// An operand by itself, which must be of type bool.
    Holds(Operand),
    /// `some E e where C [within D] before`.
    Past(Quantity, Box<Pattern>, Option<Spanned<Duration>>),
}

/// How many events a look into the past wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// `some`.
    Some,
    /// `no`.
    No,
    /// `at least N`.
    AtLeast(u32),
}

/// A comparison sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl CompareOp {
    /// The sign as written.
    pub fn sign(self) -> &'static str {
        match self {
            CompareOp::Equal => "==",
            CompareOp::NotEqual => "!=",
            CompareOp::Less => "<",
            CompareOp::LessOrEqual => "<=",
            CompareOp::Greater => ">",
            CompareOp::GreaterOrEqual => ">=",
        }
    }

    /// The sign that says the same with the sides exchanged.
    #[must_use]
    pub fn mirrored(self) -> CompareOp {
        match self {
            CompareOp::Less => CompareOp::Greater,
            CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
            CompareOp::Greater => CompareOp::Less,
            CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
            CompareOp::Equal | CompareOp::NotEqual => self,
        }
    }

    /// Whether it is true of two values that stand in this order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Equal => order.is_eq(),
            CompareOp::NotEqual => order.is_ne(),
            CompareOp::Less => order.is_lt(),
            CompareOp::LessOrEqual => order.is_le(),
            CompareOp::Greater => order.is_gt(),
            CompareOp::GreaterOrEqual => order.is_ge(),
        }
    }

    /// Whether it asks for an order, and not only for sameness.
    pub fn needs_order(self) -> bool {
        !matches!(self, CompareOp::Equal | CompareOp::NotEqual)
    }
}

/// A name, or a field of what a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The name.
    pub root: Name,
    /// The field.
    pub field: Option<Name>,
}

/// An operand with its place.
pub type Operand = Spanned<OperandKind>;

/// What an operand is.
#[derive(Debug, Clone)]
pub enum OperandKind {
    /// `x` or `x.field`.
    Path(Path),
    /// `state(key)` or `predicate(x, y)`.
    Call(Name, Vec<Operand>),
    /// `[a, b]`.
    List(Vec<Operand>),
    /// A literal.
    Literal(Literal),
}

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `"..."`.
    Text(String),
    /// `1_550`.
    Number(Number),
    /// `100 EUR`.
    Money(Number, String),
    /// `true` or `false`.
    Bool(bool),
    /// `2024-07-08T10:00:00+03:00`.
    Instant(Instant),
    /// `2024-07-08`.
    Date(Date),
    /// `72 hours`.
    Duration(Duration),
}

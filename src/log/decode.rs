//! Values of records, given a meaning by the types that the rules declare.

mod money;
mod time;

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;

use super::Origin;
use super::problem::{Problem, ProblemKind, quoted, suggestion};
use super::visible::visible;
use super::written::{Pair, Shape, Written};
use crate::diagnostic::list;
use crate::model::{Field, Model};
use crate::time::Anchor;
use crate::value::{EnumType, Number, NumberError, Type, Value};

/// A record with more problems than this is of no help to anybody.
const MAX_PROBLEMS: usize = 20;

/// As much of a key as a message shows.
const MAX_SHOWN_KEY: usize = 200;

/// How an instant is written, in messages.
pub(super) const EXAMPLE_INSTANT: &str = "2024-07-08T10:00:00+03:00";

/// Which value of a record a problem is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'p> {
    Key(&'p str),
    Element(&'p str),
    Part(&'p str, &'static str),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A key of the log can be what a map says that it is.
        let key = visible(self.key(), MAX_SHOWN_KEY);
        match self {
            Place::Key(_) => write!(f, "`{key}`"),
            Place::Element(_) => write!(f, "an element of `{key}`"),
            Place::Part(_, part) => write!(f, "the `{part}` of `{key}`"),
        }
    }
}

impl<'p> Place<'p> {
    fn key(self) -> &'p str {
        match self {
            Place::Key(key) | Place::Element(key) | Place::Part(key, _) => key,
        }
    }
}

/// Decodes the values of one record, and gathers what is wrong with them.
pub(super) struct Decoder<'m> {
    model: &'m Model,
    origin: Origin,
    /// What relative times count from, where there may be any.
    anchor: Option<&'m Anchor>,
    problems: Vec<Problem>,
}

impl<'m> Decoder<'m> {
    pub(super) fn new(model: &'m Model, anchor: Option<&'m Anchor>, origin: Origin) -> Self {
        Decoder {
            model,
            origin,
            anchor,
            problems: Vec::new(),
        }
    }

    /// Where the record was read.
    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    /// What was wrong, in the order in which it was found.
    pub(super) fn problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Adds a problem. From a certain number on they are dropped.
    pub(super) fn report(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// A problem of this record.
    pub(super) fn problem(&self, kind: ProblemKind, message: impl Into<String>) -> Problem {
        Problem::new(kind, message, self.origin)
    }

    fn at<'a, W: Written<'a>>(
        &mut self,
        written: &W,
        kind: ProblemKind,
        message: String,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        let mut problem = self.problem(kind, message).at(written.range(), label);
        problem.help = help;
        self.report(problem);
    }

    /// The value of a type; `None` after reporting why there is none.
    pub(super) fn value<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W, ty: &Type) -> Option<Value> {
        match ty {
            Type::Party => self.party(place, written),
            Type::Text => self.text(place, written),
            Type::Number => self.number(place, written, ty).map(Value::Number),
            Type::Money(currency) => self.money(place, written, *currency, ty),
            Type::Bool => self.truth(place, written),
            Type::Enum(names) => self.enumeration(place, written, names),
            Type::Instant => self.instant(place, written).map(Value::Instant),
            Type::Date => self.date(place, written),
            Type::Duration => self.duration(place, written),
            Type::Set(element) => self.set(place, written, element),
        }
    }

    fn wrong_type<'a, W: Written<'a>>(
        &mut self,
        place: Place<'_>,
        written: &W,
        expected: &str,
        shape: &Shape<'a, W>,
        help: Option<String>,
    ) {
        if let Shape::Broken(why) = shape {
            let message = format!("{place} has no value: it {why}");
            self.at(written, ProblemKind::WrongType, message, "no value", None);
            return;
        }
        let found = shape.describe();
        let message = format!("{place} must be {expected}, and is {found}");
        self.at(
            written,
            ProblemKind::WrongType,
            message,
            format!("{found}, not {expected}"),
            help,
        );
    }

    /// The words of a value that is written as text; `None` after reporting that it is none.
    fn words<'a, W: Written<'a>>(
        &mut self,
        place: Place<'_>,
        written: &W,
        expected: &str,
        help: impl FnOnce(&Shape<'a, W>) -> Option<String>,
    ) -> Option<Cow<'a, str>> {
        match written.shape() {
            Shape::Text(text) => Some(text),
            Shape::Plain(text) | Shape::Cell(text) => Some(trimmed(text)),
            Shape::Instant(instant) => Some(Cow::Owned(instant.to_string())),
            shape => {
                let help = help(&shape);
                self.wrong_type(place, written, expected, &shape, help);
                None
            }
        }
    }

    fn party<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W) -> Option<Value> {
        let name = self.words(place, written, "the name of a party", |_| None)?;
        let party = self.model.party_named(&name);
        if party.is_none() {
            let known: Vec<&str> = self.model.parties.iter().map(|party| party.name.as_str()).collect();
            self.at(
                written,
                ProblemKind::UnknownValue,
                format!("{place} names no party of the agreement: {}", quoted(&name)),
                "not a party",
                suggestion(&name, "parties", &known),
            );
        }
        party.map(Value::Party)
    }

    fn text<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W) -> Option<Value> {
        match written.shape() {
            Shape::Text(text) | Shape::Plain(text) | Shape::Cell(text) => Some(Value::Text(CompactString::from(text))),
            Shape::Instant(instant) => Some(Value::Text(CompactString::from(instant.to_string()))),
            shape => {
                let help = match &shape {
                    Shape::Number(digits) => Some(format!("write it in quotes: \"{}\"", visible(digits, 40))),
                    Shape::Bool(truth) => Some(format!("write it in quotes: \"{truth}\"")),
                    _ => None,
                };
                self.wrong_type(place, written, "text", &shape, help);
                None
            }
        }
    }

    fn number<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W, ty: &Type) -> Option<Number> {
        match written.shape() {
            Shape::Number(digits) => self.digits(place, written, &digits, ty),
            Shape::Plain(text) | Shape::Cell(text) => self.digits(place, written, text.trim(), ty),
            shape => {
                let help = match &shape {
                    Shape::Text(text) if text.parse::<Number>().is_ok() => {
                        Some(format!("write it without quotes: {}", visible(text, 40)))
                    }
                    _ => None,
                };
                self.wrong_type(place, written, &describe(ty), &shape, help);
                None
            }
        }
    }

    fn digits<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W, digits: &str, ty: &Type) -> Option<Number> {
        match digits.parse() {
            Ok(number) => return Some(number),
            Err(error @ (NumberError::TooPrecise | NumberError::TooLarge)) => self.at(
                written,
                ProblemKind::BadNumber,
                format!("{place} cannot be kept exactly: {error}"),
                "too many digits",
                Some("a number has at most 9 decimals and is below 10^18".to_owned()),
            ),
            Err(NumberError::Malformed) => self.at(
                written,
                ProblemKind::WrongType,
                format!("{place} must be {}, and is {}", describe(ty), quoted(digits)),
                "not a number",
                Some("write digits, and a point before decimals, as in 1550 or 0.25".to_owned()),
            ),
        }
        None
    }

    fn truth<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W) -> Option<Value> {
        const EXPECTED: &str = "`true` or `false`";
        match written.shape() {
            Shape::Bool(truth) => Some(Value::Bool(truth)),
            Shape::Plain(text) | Shape::Cell(text) => {
                let truth = match text.trim() {
                    "true" => Some(Value::Bool(true)),
                    "false" => Some(Value::Bool(false)),
                    _ => None,
                };
                if truth.is_none() {
                    self.at(
                        written,
                        ProblemKind::WrongType,
                        format!("{place} must be {EXPECTED}, and is {}", quoted(&text)),
                        "neither true nor false",
                        None,
                    );
                }
                truth
            }
            shape => {
                let help = match &shape {
                    Shape::Text(text) if matches!(text.as_ref(), "true" | "false") => {
                        Some(format!("write it without quotes: {text}"))
                    }
                    _ => None,
                };
                self.wrong_type(place, written, EXPECTED, &shape, help);
                None
            }
        }
    }

    fn enumeration<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W, names: &EnumType) -> Option<Value> {
        let known = || -> Vec<&str> { names.names.iter().map(String::as_str).collect() };
        let name = self.words(place, written, "the name of a value", |_| {
            Some(format!("the values are {}", list(&known(), 12)))
        })?;
        let variant = names.variant(&name);
        if variant.is_none() {
            self.at(
                written,
                ProblemKind::UnknownValue,
                format!("{place} has no value {}", quoted(&name)),
                "not declared",
                suggestion(&name, "values", &known()),
            );
        }
        variant.map(Value::Enum)
    }

    fn set<'a, W: Written<'a>>(&mut self, place: Place<'_>, written: &W, element: &Type) -> Option<Value> {
        let elements = match written.shape() {
            Shape::List(elements) => elements,
            Shape::Cell(_) => written.parts(),
            shape => {
                let help = match &shape {
                    Shape::Text(text) | Shape::Plain(text) => Some(format!(
                        "write a list, be it of one element: [\"{}\"]",
                        visible(text, 40)
                    )),
                    _ => None,
                };
                self.wrong_type(place, written, "a list", &shape, help);
                return None;
            }
        };
        let before = self.problems.len();
        let mut values = Vec::with_capacity(elements.len());
        for written in &elements {
            match self.value(Place::Element(place.key()), written, element) {
                Some(value) => values.push(value),
                None if self.problems.len() >= MAX_PROBLEMS => return None,
                None => {}
            }
        }
        (self.problems.len() == before).then(|| Value::set(values))
    }

    /// Reports an entry whose key an earlier entry has too.
    pub(super) fn repeated<W>(&mut self, pair: &Pair<'_, W>) {
        let problem = self
            .problem(
                ProblemKind::DuplicateKey,
                format!("the record says {} twice", quoted(&pair.key)),
            )
            .at(pair.key_range.clone(), "said before")
            .help("keep one of the two, or make two records of them");
        self.report(problem);
    }
}

/// The value of a field on the way that all formats share, if nothing is wrong with it.
pub(super) fn sound_value<'a>(
    model: &Model,
    written: &impl Written<'a>,
    field: &Field,
    origin: Origin,
) -> Option<Value> {
    let mut decoder = Decoder::new(model, None, origin);
    let value = decoder.value(Place::Key(&field.name), written, &field.ty)?;
    decoder.problems().is_empty().then_some(value)
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// What a value of a type is, in a message.
fn describe(ty: &Type) -> String {
    match ty {
        Type::Money(currency) => format!("an amount in {currency}"),
        _ => "a number".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::log::Format;
    use crate::log::fixture::{events, outcomes, problem, problems, record, shown};
    use crate::log::problem::ProblemKind;

    fn jsonl(kind: &str, fields: &str) -> (ProblemKind, String, String, Option<String>) {
        let (problem, underlined) = problem(&record(kind, fields), Format::Jsonl);
        (problem.kind, problem.message, underlined, problem.help)
    }

    fn attack(id: &str, against: &str, kind: &str) -> (ProblemKind, String, String, Option<String>) {
        jsonl(
            "attack",
            &format!(r#""id": {id}, "against": {against}, "kind": {kind}"#),
        )
    }

    #[test]
    fn values_of_every_type_are_read() {
        let text = record(
            "mixed",
            r#""count": -0.10, "done": true, "since": "2024-07-08T10:00:00+03:00", "day": "2024-02-29",
            "notice": "PT72H", "level": "mid", "numbers": [3, 1, 3.0]"#,
        );
        let events = events(&text.replace('\n', " "), Format::Jsonl);
        let values: Vec<Option<String>> = ["count", "done", "since", "day", "notice", "level", "numbers"]
            .iter()
            .map(|field| shown(&events[0], field))
            .collect();
        let expected = [
            "-0.1",
            "true",
            "2024-07-08T07:00:00Z",
            "2024-02-29",
            "72 hours",
            "mid",
            "[1, 3]",
        ];
        assert_eq!(values, expected.map(|value| Some(value.to_owned())));
    }

    #[test]
    fn null_is_absence() {
        let events = events(&record("mixed", r#""count": null"#), Format::Jsonl);
        assert_eq!(shown(&events[0], "count"), None);
    }

    #[test]
    fn parties_must_be_declared() {
        let (kind, message, underlined, help) = attack("\"a\"", "\"UAA\"", "\"threat\"");
        assert_eq!(kind, ProblemKind::UnknownValue);
        assert_eq!(message, "`against` names no party of the agreement: `UAA`");
        assert_eq!(underlined, "\"UAA\"");
        assert_eq!(help.as_deref(), Some("did you mean `UA`?"));
        let (.., help) = attack("\"a\"", "\"Mordor\"", "\"threat\"");
        assert_eq!(help.as_deref(), Some("parties known here: `US` and `UA`"));
        let (kind, message, underlined, _) = attack("\"a\"", "[\"UA\"]", "\"threat\"");
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`against` must be the name of a party, and is a list");
        assert_eq!(underlined, "[\"UA\"]");
    }

    #[test]
    fn values_of_enumerations_must_be_declared() {
        let (kind, message, underlined, help) = attack("\"a\"", "\"UA\"", "\"armed-attack\"");
        assert_eq!(kind, ProblemKind::UnknownValue);
        assert_eq!(message, "`kind` has no value `armed-attack`");
        assert_eq!(underlined, "\"armed-attack\"");
        assert_eq!(help.as_deref(), Some("did you mean `armed_attack`?"));
        let (kind, message, _, help) = attack("\"a\"", "\"UA\"", "1");
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`kind` must be the name of a value, and is a number");
        assert_eq!(help.as_deref(), Some("the values are `armed_attack` and `threat`"));
    }

    #[test]
    fn text_is_marked_as_text() {
        let (kind, message, underlined, help) = attack("42", "\"UA\"", "\"threat\"");
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`id` must be text, and is a number");
        assert_eq!(underlined, "42");
        assert_eq!(help.as_deref(), Some("write it in quotes: \"42\""));
        let (_, message, ..) = attack(r#""\udc00""#, "\"UA\"", "\"threat\"");
        assert_eq!(
            message,
            "`id` has no value: it has an escape that stands for no character"
        );
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        let (kind, message, underlined, help) = jsonl("mixed", r#""count": "1550""#);
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`count` must be a number, and is text");
        assert_eq!(underlined, "\"1550\"");
        assert_eq!(help.as_deref(), Some("write it without quotes: 1550"));
        for (digits, message) in [
            ("1e400", "`count` cannot be kept exactly: it is not below 10^18"),
            (
                "0.1234567891",
                "`count` cannot be kept exactly: it has more than 9 decimals",
            ),
        ] {
            let (kind, found, underlined, _) = jsonl("mixed", &format!(r#""count": {digits}"#));
            assert_eq!((kind, found.as_str()), (ProblemKind::BadNumber, message));
            assert_eq!(underlined, digits);
        }
        let (kind, ..) = jsonl("mixed", r#""count": 1e99999999999999999999"#);
        assert_eq!(kind, ProblemKind::WrongType);
    }

    #[test]
    fn truth_values_are_words_without_quotes() {
        let (kind, message, _, help) = jsonl("mixed", r#""done": "true""#);
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`done` must be `true` or `false`, and is text");
        assert_eq!(help.as_deref(), Some("write it without quotes: true"));
        let (problem, underlined) = problem("time,type,done\n2024-07-08T10:00:00Z,mixed,TRUE\n", Format::Csv);
        assert_eq!(problem.message, "`done` must be `true` or `false`, and is `TRUE`");
        assert_eq!(underlined, "TRUE");
    }

    #[test]
    fn every_element_of_a_set_is_looked_at() {
        let found = problems(
            &record("consultation", r#""between": ["US", "UX", 7, null]"#),
            Format::Jsonl,
        );
        let messages: Vec<&str> = found.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "an element of `between` names no party of the agreement: `UX`",
                "an element of `between` must be the name of a party, and is a number",
                "an element of `between` must be the name of a party, and is null",
            ]
        );
        let (kind, message, underlined, help) = jsonl("consultation", r#""between": "US""#);
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`between` must be a list, and is text");
        assert_eq!(underlined, "\"US\"");
        assert_eq!(help.as_deref(), Some("write a list, be it of one element: [\"US\"]"));
    }

    #[test]
    fn a_record_has_a_bounded_number_of_problems() {
        let parties = vec!["\"XX\""; 100_000].join(",");
        let found = problems(
            &record("consultation", &format!("\"between\": [{parties}]")),
            Format::Jsonl,
        );
        assert_eq!(found.len(), super::MAX_PROBLEMS);
    }

    #[test]
    fn cells_and_plain_words_are_what_their_field_says() {
        let csv = "time,type,count,done,since,day,notice,level,numbers\n\
            2024-07-08T10:00:00Z,mixed,1.50, false,2024-07-08 10:00:00Z,2024-07-08,72 hours,high,3; 1\n";
        let yaml = "time: 2024-07-08T10:00:00Z\ntype: mixed\ncount: 1.50\ndone: false\nsince: 2024-07-08 10:00:00Z\n\
            day: 2024-07-08\nnotice: 72 hours\nlevel: high\nnumbers: [3, 1]\n";
        for (text, format) in [(csv, Format::Csv), (yaml, Format::Yaml)] {
            let events = events(text, format);
            let values: Vec<Option<String>> = ["count", "done", "since", "day", "notice", "level", "numbers"]
                .iter()
                .map(|field| shown(&events[0], field))
                .collect();
            let expected = [
                "1.5",
                "false",
                "2024-07-08T10:00:00Z",
                "2024-07-08",
                "72 hours",
                "high",
                "[1, 3]",
            ];
            assert_eq!(values, expected.map(|value| Some(value.to_owned())), "{format}");
        }
        let yaml = "time: 2024-07-08T10:00:00Z\ntype: mixed\ncount: '5'\n";
        let (problem, underlined) = problem(yaml, Format::Yaml);
        assert_eq!(problem.message, "`count` must be a number, and is text");
        assert_eq!(underlined, "'5'");
        let words = "time: 2024-07-08T10:00:00Z\ntype: mixed\ncount: 1,550\n";
        let found = problems(words, Format::Yaml);
        assert_eq!(found[0].message, "`count` must be a number, and is `1,550`");
        assert_eq!(
            found[0].help.as_deref(),
            Some("write digits, and a point before decimals, as in 1550 or 0.25")
        );
    }

    #[test]
    fn a_word_in_yaml_is_text_where_text_is_declared() {
        let yaml = "- time: 2024-07-08T10:00:00Z\n  type: attack\n  id: 007\n  against: UA\n  kind: threat\n";
        assert_eq!(shown(&events(yaml, Format::Yaml)[0], "id").as_deref(), Some("\"007\""));
    }

    #[test]
    fn what_a_log_says_is_harmless_in_messages() {
        let text = record(
            "attack",
            "\"id\": \"a\", \"against\": \"\\u001b[2J\\u202eUA\", \"kind\": \"threat\"",
        );
        let (problem, _) = problem(&text, Format::Jsonl);
        assert_eq!(
            problem.message,
            "`against` names no party of the agreement: `\\u{1b}[2J\\u{202e}UA`"
        );
        let long = record(
            "attack",
            &format!(
                "\"id\": \"a\", \"against\": \"{}\", \"kind\": \"threat\"",
                "x".repeat(9_999)
            ),
        );
        let outcome = outcomes(&long, Format::Jsonl).remove(0).unwrap_err();
        assert!(outcome[0].message.ends_with("x…`"), "{}", outcome[0].message);
        assert!(outcome[0].message.chars().count() < 120);
    }
}

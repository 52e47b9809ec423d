//! Records of JSON on the short way: what is as it should be becomes an event at once, everything else is left to the long way.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::amend::Record;
use super::extent::Extent;
use super::json_form::{Learnt, Part, Taken};
use super::json_layout::Layout;
use super::json_scan::{Entry, Kind, Scan, Sketch};
use super::json_value::Values;
use super::names::Names;
use super::passing::Passing;
use super::pieces::{Apart, Taker};
use super::record::{TIME, TYPE};
use super::{Asked, Event, Fields, Origin};
use crate::model::EventTypeId;
use crate::time::{Instant, InstantReader};

/// The names that the rules give, made ready to be found in records, and the forms that records were found to have.
#[derive(Debug)]
pub(super) struct Quick<'m> {
    values: Values<'m>,
    time: Sketch,
    kind: Sketch,
    types: Names<'m, EventTypeId>,
    /// By [`EventTypeId`].
    layouts: Vec<Layout<'m>>,
    instants: InstantReader,
    head: Learnt<Head>,
    /// Those of the present record.
    entries: Vec<Entry>,
}

/// What records start with: their instant and their type.
#[derive(Debug)]
struct Head {
    first: Part,
    second: Part,
    /// Whether the instant comes first.
    time_first: bool,
}

/// What a record is.
#[derive(Debug, Clone, Copy)]
struct Said {
    time: Instant,
    kind: EventTypeId,
}

impl<'m> Quick<'m> {
    pub(super) fn new(asked: &Asked<'m>) -> Self {
        let model = asked.model;
        let types = (0..).map(EventTypeId).zip(&model.events);
        let layouts = types.map(|(id, event)| Layout::new(event, asked.regard(id))).collect();
        Quick {
            values: Values::new(model),
            time: Sketch::of(TIME),
            kind: Sketch::of(TYPE),
            types: Names::of_types(model),
            layouts,
            instants: InstantReader::default(),
            head: Learnt::default(),
            entries: Vec::new(),
        }
    }

    /// The event that a text tells of, if it is one in which nothing is wrong or out of the ordinary.
    pub(super) fn record(&mut self, text: &str, origin: Origin) -> Option<Record> {
        let mut found = None;
        let mut alone = Passing::new(origin, None, text.len());
        let mut apart: Apart<'_> = &mut |outcome| {
            found = outcome.ok();
            ControlFlow::Break(())
        };
        let _is_over = self.records(text, Extent::Text, &mut alone, &mut apart);
        found
    }

    /// Hands over the records of a text, as [`Quick::record`] finds them, up to one that it does not find. Whether that one was looked at; one that is too
    /// long is not. Breaks if no more are wanted.
    pub(super) fn records(
        &mut self,
        text: &str,
        extent: Extent,
        passing: &mut Passing,
        taker: &mut impl Taker,
    ) -> ControlFlow<(), bool> {
        'lines: while let Some(text) = passing.rest(text).filter(|text| !text.is_empty()) {
            let start = passing.origin();
            let known = 'short: {
                let Some((said, rest)) = self.as_others_start(text) else {
                    break 'short None;
                };
                self.head.met();
                let Said { time, kind } = said;
                let behind = text.len().saturating_sub(rest.len());
                let Some(layout) = self.layouts.get_mut(kind.index()) else {
                    break 'short None;
                };
                let (length, with_end) = if layout.regard.passes_over() {
                    match extent.lengths(text, behind) {
                        Some((length, with_end)) if is_whole(text, length) => (length, with_end),
                        _ => return ControlFlow::Continue(true),
                    }
                } else {
                    match layout.as_others_go_on(&self.values, text, rest, extent, start) {
                        Some((fields, length, with_end))
                            if layout.regard.keeps(&fields) && passing.admits(with_end) =>
                        {
                            let origin = extent.origin(start, length);
                            let event = Arc::new(Event::new(kind, time, fields, origin));
                            passing.event(event, with_end, taker)?;
                            continue 'lines;
                        }
                        Some((_, length, with_end)) => (length, with_end),
                        None => break 'short Some((said, behind)),
                    }
                };
                if !passing.admits(with_end) {
                    return ControlFlow::Continue(false);
                }
                passing.pass(time, with_end, || extent.origin(start, length), taker)?;
                continue 'lines;
            };
            let Some((record, with_end)) = self.other(text, known, extent, start) else {
                return ControlFlow::Continue(true);
            };
            if !passing.admits(with_end) {
                return ControlFlow::Continue(false);
            }
            passing.take(Ok(record), with_end, taker)?;
        }
        ControlFlow::Continue(true)
    }

    /// The record that a text starts with that has another form than others, at its start or behind what is known of it, and its length with its line
    /// end.
    #[inline(never)]
    fn other(
        &mut self,
        text: &str,
        known: Option<(Said, usize)>,
        extent: Extent,
        start: Origin,
    ) -> Option<(Record, usize)> {
        let (text, length) = extent.record(text, known.map_or(0, |(_, behind)| behind))?;
        let record = self.taken_apart(text, extent.origin(start, text.len()))?;
        match known {
            None => self.head_missed(text),
            Some((said, behind)) => {
                let entries = self.entries.get(2..)?;
                self.layouts.get_mut(said.kind.index())?.missed(text, behind, entries);
            }
        }
        Some((record, length))
    }

    /// Learns what records start with from one that was taken apart.
    fn head_missed(&mut self, text: &str) {
        let Quick { head, entries, .. } = self;
        let (time, kind) = (self.time, self.kind);
        head.missed(|| {
            let names = [(TIME, time), (TYPE, kind)];
            let [first, second, ..] = entries.as_slice() else {
                return None;
            };
            let is = |entry: &Entry, at: usize| entry.is_named(text, names[at].0, names[at].1);
            let time_first = is(first, 0) && is(second, 1);
            let are_both = time_first || is(first, 1) && is(second, 0);
            let parts = are_both.then(|| Part::all(text, 0, &entries[..2]))??;
            let [first, second] = <[Part; 2]>::try_from(parts).ok()?;
            let is_text = first.kind() == Kind::Text && second.kind() == Kind::Text;
            is_text.then_some(Head {
                first,
                second,
                time_first,
            })
        });
    }

    /// What a record is that starts as others did, and what follows that.
    #[inline]
    fn as_others_start<'t>(&mut self, text: &'t str) -> Option<(Said, &'t [u8])> {
        let Quick {
            head, types, instants, ..
        } = self;
        let head = head.known()?;
        let rest = head.first.come_to(text.as_bytes())?;
        if head.time_first {
            let (time, rest) = instant(instants, &head.first, text, rest)?;
            let rest = head.second.come_to(rest)?;
            let kind = types.start(rest)?;
            Some((Said { time, kind: kind.id }, kind.behind(rest)?))
        } else {
            let kind = types.start(rest)?;
            let rest = head.second.come_to(kind.behind(rest)?)?;
            let (time, rest) = instant(instants, &head.second, text, rest)?;
            Some((Said { time, kind: kind.id }, rest))
        }
    }

    /// The event that a record tells of, whatever form it has.
    fn taken_apart(&mut self, text: &str, origin: Origin) -> Option<Record> {
        let mut scan = Scan::new(text)?;
        self.entries.clear();
        let (mut time, mut kind) = (None, None);
        // What a record is decides whether the rest of it is read.
        while scan.goes_on() && (time.is_none() || kind.is_none()) {
            let entry = scan.entry(&mut self.entries)?;
            let plain = |entry: &Entry| (entry.kind == Kind::Text).then(|| entry.quoted(text))?;
            if entry.is_named(text, TIME, self.time) {
                time = Some(plain(&entry)?.parse().ok()?);
            } else if entry.is_named(text, TYPE, self.kind) {
                kind = Some(self.types.find(plain(&entry)?)?);
            }
        }
        let said = Said {
            time: time?,
            kind: kind?,
        };
        let layout = self.layouts.get(said.kind.index())?;
        if layout.regard.passes_over() {
            let time = said.time;
            return is_whole(text, text.len()).then_some(Record::Unasked { time, origin });
        }
        scan.rest(&mut self.entries)?;
        let is_said = |key: &str, sketch: Sketch| self.entries.iter().any(|entry| entry.is_named(text, key, sketch));
        if layout.amending.iter().any(|(key, sketch)| is_said(key, *sketch)) {
            return None;
        }
        self.event(text, said, &self.entries, &layout.places(text, &self.entries), origin)
    }

    /// The event with these values, of which each field has its place.
    fn event(
        &self,
        text: &str,
        said: Said,
        entries: &[Entry],
        places: &[Option<usize>],
        origin: Origin,
    ) -> Option<Record> {
        let Said { time, kind } = said;
        let layout = self.layouts.get(kind.index())?;
        let mut fields = Fields::with_capacity(layout.fields.len());
        for (slot, place) in layout.fields.iter().zip(places) {
            let entry = place.and_then(|place| entries.get(place));
            fields.push(match entry.filter(|entry| entry.kind != Kind::Null) {
                Some(entry) => {
                    let (written, start) = entry.written(text)?;
                    let taken = match entry.kind {
                        Kind::Text => Taken {
                            text: entry.quoted(text)?,
                            start: start + 1,
                        },
                        _ => Taken { text: written, start },
                    };
                    Some(self.values.of(text, entry.kind, taken, slot, origin)?)
                }
                None if slot.field.optional => None,
                None => return None,
            });
        }
        Some(Record::regarded(layout.regard, kind, time, fields, origin))
    }
}

/// The instant that is the value of a part, where so much of a text is left, and what follows it.
#[inline]
fn instant<'t>(
    instants: &mut InstantReader,
    part: &Part,
    text: &'t str,
    left: &'t [u8],
) -> Option<(Instant, &'t [u8])> {
    match instants.start(left) {
        Some((instant, [b'"', rest @ ..])) => Some((instant, rest)),
        Some(_) => None,
        None => other_instant(instants, part, text, left),
    }
}

/// As [`instant`], of another day than the one before.
#[inline(never)]
fn other_instant<'t>(
    instants: &mut InstantReader,
    part: &Part,
    text: &'t str,
    left: &[u8],
) -> Option<(Instant, &'t [u8])> {
    let (taken, rest) = part.take(text, left)?;
    Some((instants.read(taken.text)?, rest))
}

/// Whether the record that a text starts with was written to its end, which is seen by its last byte.
#[inline]
fn is_whole(text: &str, length: usize) -> bool {
    let record = text.as_bytes().get(..length).unwrap_or_default();
    record.last() == Some(&b'}') || record.trim_ascii_end().last() == Some(&b'}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::fixture::{START, model, record};
    use crate::log::jsonl;
    use crate::log::passing::{Passed, Span};
    use crate::log::reader::Outcome;
    use crate::log::record::Schema;

    fn short(text: &str) -> Option<Record> {
        Quick::new(&Asked::all(&model())).record(text, START)
    }

    fn event(record: Option<Record>) -> Option<Event> {
        record.map(|record| match record {
            Record::Event(event) => Arc::unwrap_or_clone(event),
            record => panic!("{record:?}"),
        })
    }

    /// What lines come to, up to the first record that is taken for itself.
    #[derive(Default)]
    struct First {
        /// The first of the records that are passed over, the instant of the last one, and how many they are.
        passed: Option<((Instant, Origin), Instant, u64)>,
        /// With the bytes up to its end, that of its line included.
        record: Option<(Record, usize)>,
    }

    impl First {
        fn of(quick: &mut Quick<'_>, lines: &str, span: Option<Span>, most: usize) -> Self {
            let mut first = First::default();
            let mut passing = Passing::new(START, span, most);
            let flow = quick.records(lines, Extent::Line, &mut passing, &mut first);
            let rest = passing.rest(lines).unwrap();
            passing.hand_on(&mut first);
            assert_eq!(flow.is_break(), first.record.is_some());
            if let Some((_, end)) = &mut first.record {
                *end = lines.len() - rest.len();
            }
            first
        }
    }

    impl Taker for First {
        fn take(&mut self, outcome: Outcome) -> ControlFlow<()> {
            self.record = outcome.ok().map(|record| (record, 0));
            ControlFlow::Break(())
        }

        fn pass(&mut self, passed: &Passed) {
            assert!(self.passed.is_none());
            self.passed = Some((passed.first(), passed.last(), passed.records()));
        }
    }

    /// The event that a record comes to on the long way.
    fn long(text: &str) -> Option<Event> {
        let model = model();
        let schema = Schema::new(&Asked::all(&model), None);
        match jsonl::event(&schema, None, text, START, |_, _| None) {
            Ok(Record::Event(event)) => Some(Arc::unwrap_or_clone(event)),
            _ => None,
        }
    }

    /// Values of every type as logs write them, and others.
    const VALUES: &[&str] = &[
        "\"US\"",
        "\"UA\"",
        "\"UX\"",
        "\"threat\"",
        "\"armed_attack\"",
        "\"mid\"",
        "\"\"",
        "\"a text of more than twenty-four bytes, and then some\"",
        "\"\\u0055S\"",
        "\"\\ud800\"",
        "\"\\x\"",
        "\"tab\tin it\"",
        "\"é\u{2028}\"",
        "\"100 USD\"",
        "\"1e3  USD\"",
        "\"-0.50 USD\"",
        "\"100 EUR\"",
        "\"USD 100\"",
        "{\"amount\": 100, \"currency\": \"USD\"}",
        "{\"amount\": 100, \"amount\": 100}",
        "{\"a\": [{}, [], {\"b\": [1, {\"c\": null}]}]}",
        "{\"a\": [1, }",
        "[1 2]",
        "[\"US\", \"UA\", \"US\"]",
        "[\"UX\"]",
        "[3, 1.50, -0]",
        "[",
        "0",
        "-0",
        "01",
        "1550",
        "-12.5",
        "1.",
        ".5",
        "1e5",
        "1E+2",
        "1e",
        "1e400",
        "0.1234567891",
        "999999999999999999",
        "1000000000000000000",
        "true",
        "false",
        "tru",
        "null",
        "NaN",
        "\"2024-07-08T10:00:00+03:00\"",
        "\"2024-07-08T10:00:00.5Z\"",
        "\"2024-02-30T10:00:00Z\"",
        "\"2024-07-08 10:00:00Z\"",
        "\"2024-07-08T10:00:00\"",
        "\"2024-02-29\"",
        "\"PT72H\"",
        "\"72 hours\"",
    ];

    const KEYS: &[&str] = &[
        "time",
        "type",
        "id",
        "against",
        "kind",
        "between",
        "topics",
        "amount",
        "remark",
        "count",
        "done",
        "since",
        "day",
        "notice",
        "level",
        "numbers",
        "x",
        "a_long_key",
        "a_long_kez",
        "\\u0069d",
        "",
    ];

    fn entry() -> impl Strategy<Value = String> {
        let time = Just("\"time\":\"2024-07-08T10:00:00Z\"".to_owned());
        let kind = prop::sample::select(&["ping", "attack", "consultation", "funding", "mixed", " ping", "pong"][..]);
        let (keys, values) = (prop::sample::select(KEYS), prop::sample::select(VALUES));
        prop_oneof![
            2 => time,
            2 => kind.prop_map(|kind| format!("\"type\": \"{kind}\"")),
            6 => (keys, values).prop_map(|(key, value)| format!("\"{key}\": {value}")),
        ]
    }

    /// Objects whose entries are mostly those of one event type, in any order.
    fn object() -> impl Strategy<Value = String> {
        let whole = [
            record("attack", r#""id": "a", "against": "UA", "kind": "threat""#),
            record("funding", r#""amount": "100 USD", "remark": null"#),
            record("consultation", r#""between": ["US", "UA"]"#),
            record(
                "mixed",
                r#""count": -1.5, "done": true, "level": "high", "numbers": [1]"#,
            ),
        ];
        let free = prop::collection::vec(entry(), 0..8).prop_map(|entries| format!("{{{}}}", entries.join(", ")));
        let near = (
            prop::sample::select(whole.to_vec()),
            prop::collection::vec(entry(), 0..3),
        )
            .prop_map(|(whole, more)| {
                let more: Vec<String> = more.iter().map(|entry| format!(", {entry}")).collect();
                format!("{}{}}}", whole.trim_end_matches('}'), more.concat())
            });
        prop_oneof![free, near]
    }

    fn text() -> impl Strategy<Value = String> {
        let damage = prop_oneof![
            6 => Just(None),
            1 => (any::<prop::sample::Index>(), prop::sample::select(&["", "\"", "\\", "{", "}", "[", ",", " ", "\t", "\u{b}", "\u{1}", "0", "é"][..]), 0_usize..2)
                .prop_map(Some),
        ];
        (object(), damage).prop_map(|(text, damage)| {
            let Some((at, what, over)) = damage else { return text };
            let mut characters: Vec<String> = text.chars().map(String::from).collect();
            if !characters.is_empty() {
                let at = at.index(characters.len());
                let end = (at + over).min(characters.len());
                characters.splice(at..end, [what.to_owned()]);
            }
            characters.concat()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_short_way_says_nothing_else_than_the_long_one(text in text()) {
            if let Some(record) = short(&text) {
                let Record::Event(event) = record else { panic!("{record:?}") };
                prop_assert_eq!(Some(Arc::unwrap_or_clone(event)), long(&text));
            }
        }

        #[test]
        fn what_was_read_before_changes_nothing(texts in prop::collection::vec(text(), 1..6)) {
            let model = model();
            let mut quick = Quick::new(&Asked::all(&model));
            for text in texts.iter().chain(&texts) {
                prop_assert_eq!(event(quick.record(text, START)), event(short(text)));
            }
        }

        #[test]
        fn numbers_in_a_form_that_is_known_are_what_they_are_alone(
            count in "-?[0-9]{1,20}([.][0-9]{0,3})?([eE][+]?[0-9])?",
            amount in "-?[0-9]{1,20}([.][0-9]{0,3})?( {0,2})(USD|EUR|USDT|usd)?",
        ) {
            let model = model();
            let mut quick = Quick::new(&Asked::all(&model));
            let mixed = |count: &str| record("mixed", &format!(r#""count": {count}, "done": true, "level": "high", "numbers": [1]"#));
            let counted = |count: &str| record("mixed", &format!(r#""level": "high", "count": {count}"#));
            let funding = |amount: &str| record("funding", &format!(r#""amount": "{amount}", "remark": "none""#));
            for known in [counted("1550"), funding("100 USD")] {
                prop_assert!(quick.record(&known, START).is_some());
            }
            for text in [counted(&count), funding(&amount), mixed(&count)] {
                let found = event(quick.record(&text, START));
                prop_assert_eq!(&found, &event(short(&text)));
                if found.is_some() {
                    prop_assert_eq!(found, long(&text));
                }
            }
        }

        #[test]
        fn a_line_says_what_it_says_by_itself(
            lines in prop::collection::vec((text(), prop::sample::select(&["\n", "\r\n"][..])), 1..6),
            is_ended in any::<bool>(),
        ) {
            let model = model();
            let mut quick = Quick::new(&Asked::all(&model));
            let again = lines.iter().chain(&lines);
            let mut text: String = again.clone().flat_map(|(line, end)| [line.as_str(), end]).collect();
            if !is_ended {
                text.truncate(text.trim_end_matches(['\n', '\r']).len());
            }
            let mut rest = text.as_str();
            for (line, end) in again {
                let end = if rest.len() > line.len() { end.len() } else { 0 };
                let origin = Origin { length: u32::try_from(line.len()).unwrap(), ..START };
                let alone = Quick::new(&Asked::all(&model)).record(line, origin);
                let alone = event(alone).map(|event| (event, line.len() + end));
                let first = First::of(&mut quick, rest, None, usize::MAX);
                let found = first.record.and_then(|(record, end)| Some((event(Some(record))?, end)));
                prop_assert_eq!(found, alone);
                rest = &rest[line.len() + end..];
            }
        }

        #[test]
        fn a_strict_reading_holds_to_the_rules_what_nobody_asks_for(text in text()) {
            let unasked = unasked(&text, true);
            let asked = short(&text);
            prop_assert_eq!(unasked.as_ref().map(Record::time), asked.as_ref().map(Record::time));
        }

        #[test]
        fn what_is_passed_over_is_at_the_instant_that_it_would_be_at(text in text()) {
            let passed_over = unasked(&text, false);
            let is_unasked = matches!(passed_over, Some(Record::Unasked { .. }) | None);
            prop_assert!(is_unasked);
            if let (Some(event), Some(record)) = (long(&text), passed_over) {
                prop_assert_eq!(event.time, record.time());
            }
        }

        #[test]
        fn what_is_a_record_can_be_passed_over(text in text()) {
            if let Some(record) = short(&text) {
                let passed_over = unasked(&text, false);
                prop_assert_eq!(passed_over.map(|record| record.time()), Some(record.time()));
            }
        }
    }

    proptest! {
        #[test]
        fn lines_are_passed_over_together_as_they_are_one_by_one(
            minutes in prop::collection::vec(0_u32..60, 0..12),
            kinds in prop::collection::vec(prop::sample::select(&["ping", "attack", "funding"][..]), 12),
            damage in prop::option::weighted(0.3, (0_usize..12, prop::sample::select(&["", " ", "x", "}"][..]))),
            span in prop::option::weighted(0.8, (0_u32..60, 0_u32..60)),
            most in prop_oneof![3 => Just(1000_usize), 1 => 40_usize..90],
        ) {
            let model = model();
            let asked = Asked::only(&model, |id| model.event(id).name == "attack");
            let instant = |minute: u32| format!("2024-07-08T10:{minute:02}:00Z").parse::<Instant>().unwrap();
            let record = |((minute, kind), at): ((&u32, &&str), usize)| {
                let more = if *kind == "attack" { r#","id":"a","against":"UA","kind":"threat""# } else { "" };
                let end = if let Some((place, end)) = damage && place == at { end } else { "}" };
                format!("{{\"time\":\"{}\",\"type\":\"{kind}\"{more}{end}", instant(*minute))
            };
            let lines: Vec<String> = minutes.iter().zip(&kinds).zip(0..).map(record).collect();
            let text = lines.join("\n");
            let span = span.map(|(from, to)| Span { from: instant(from), to: instant(to) });
            let mut together = Quick::new(&asked);
            // How records start is known once one was read.
            together.record(&record(((&0, &"ping"), usize::MAX)), START);
            let First { passed: told, record: found } = First::of(&mut together, &text, span, most);
            // One by one.
            let mut alone = Quick::new(&asked);
            let (mut start, mut last, mut passed) = (START, span.map(|span| span.from), Vec::new());
            let next = loop {
                let Some(line) = lines.get(passed.len()) else { break None };
                let end = usize::from(passed.len() + 1 < lines.len());
                let origin = Origin { length: u32::try_from(line.len()).unwrap(), ..start };
                let record = alone.record(line, origin).map(|record| (record, line.len() + end));
                match (&record, span) {
                    (Some((Record::Unasked { time, .. }, length)), Some(span))
                        if last <= Some(*time) && *time <= span.to && *length <= most =>
                    {
                        last = Some(*time);
                        passed.push((*time, start));
                        start.line += 1;
                        start.offset += *length as u64;
                    }
                    _ => break record,
                }
            };
            let next = next.filter(|(_, length)| *length <= most);
            let next = next.map(|(record, length)| (record, usize::try_from(start.offset - START.offset).unwrap() + length));
            let expected = passed.first().zip(passed.last()).map(|(first, (last, _))| (*first, *last, passed.len() as u64));
            prop_assert_eq!(told, expected);
            prop_assert_eq!(format!("{found:?}"), format!("{next:?}"));
        }
    }

    /// A record on the short way where no event is asked for.
    fn unasked(text: &str, is_strict: bool) -> Option<Record> {
        let model = model();
        let asked = Asked::only(&model, |_| false);
        let asked = if is_strict { asked.strict() } else { asked };
        Quick::new(&asked).record(text, START)
    }

    #[test]
    fn what_is_common_in_logs_takes_the_short_way() {
        let attack = r#""id": "a", "against": "UA", "kind": "threat""#;
        let texts = [
            record("ping", ""),
            record("attack", attack),
            record(
                "attack",
                &format!(r#"{attack}, "note": "line\nbreak \u00e9", "more": {{"of": [1, {{}}, []]}}"#),
            ),
            record("funding", r#""amount": "100 USD", "remark": null"#),
            record("funding", r#""amount": {"amount": 100, "currency": "USD"}"#),
            record("consultation", r#""between": ["US", "UA"]"#),
            record(
                "mixed",
                r#""count": -1.5, "done": true, "level": "high", "numbers": [1]"#,
            ),
            record(
                "mixed",
                r#""since": "2024-07-08T10:00:00Z", "day": "2024-02-29", "notice": "PT72H""#,
            ),
            r#"{"type":"ping","time":"2024-07-08T10:00:00.123456+03:00","n":1}"#.to_owned(),
        ];
        for text in texts {
            assert!(short(&text).is_some(), "{text}");
        }
    }
}

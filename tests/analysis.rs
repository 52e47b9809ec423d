//! What the static analysis finds, and what it rightly leaves alone.

#![allow(clippy::unwrap_used, clippy::panic)]

use servanda::analysis::analyse;
use servanda::model::build;
use servanda::source::SourceMap;
use servanda::syntax::parse;

const WORLD: &str = r#"
agreement a "A" {
  in force from 2024-01-01 for 1 year
  party US
  party UA
}
event strike { id: text, on: party, level: low < mid < high, losses: number, night: bool, seen: optional bool }
event answer { id: text }
event report { id: text, by: party }
state alert of place: low | high {
  strike s sets s.id to high
}
clause uses_the_rest {
  when report r where r.by == UA
  if alert(r.id) == high
  US and UA must ensure answer b where b.id == r.id within 1 day
}
"#;

/// The codes of the mistakes in a clause with this body.
fn mistakes(body: &str) -> Vec<&'static str> {
    codes(format!("{WORLD}\nclause c {{ {body} }}"))
}

fn codes(text: String) -> Vec<&'static str> {
    let mut sources = SourceMap::new();
    let id = sources.add("analysis.clause", text);
    let built = build(vec![parse(&sources, id)]);
    built
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.name())
        .collect()
}

/// As [`mistakes`], in an agreement that has working days.
fn mistakes_in_a_week(body: &str) -> Vec<&'static str> {
    let world = WORLD.replace("party US", "working days monday to friday party US");
    codes(format!("{world}\nclause c {{ {body} }}"))
}

/// The codes of what is found in a clause with this body, beside the world's other clause.
fn found(body: &str) -> Vec<&'static str> {
    let mut sources = SourceMap::new();
    let id = sources.add("analysis.clause", format!("{WORLD}\nclause c {{ {body} }}"));
    let built = build(vec![parse(&sources, id)]);
    let model = built.model.unwrap_or_else(|| panic!("{body}: {:?}", built.diagnostics));
    let found = analyse(&model);
    found.iter().map(|diagnostic| diagnostic.code.name()).collect()
}

#[test]
fn triggers_that_no_event_can_satisfy() {
    for body in [
        "when strike s where s.level >= mid if s.level < mid US must ensure answer b within 1 hour",
        "when strike s where s.losses > 3 and s.losses <= 3 US must ensure answer b within 1 hour",
        "when strike s where s.night unless s.night US must ensure answer b within 1 hour",
        "when strike s where s.level in [low, mid] and s.level == high US must ensure answer b within 1 hour",
        "when strike s where not s.level < high and not s.level == high US must ensure answer b within 1 hour",
        "US must avoid strike s where s.level == low if s.level > low",
    ] {
        assert_eq!(found(body), ["never-true"], "{body}");
    }
}

#[test]
fn permissions_and_releases_that_no_event_can_satisfy() {
    for body in [
        "US must avoid strike s where s.level == low } clause m { US may conduct strike s where s.level > low despite c",
        "US must avoid strike s if s.night } clause m { US may conduct strike s where not s.night despite c",
        "when strike s US must ensure answer b within 1 hour waived by strike w where w.night and not w.night",
    ] {
        assert_eq!(found(body), ["never-true"], "{body}");
    }
    let permitted =
        "US must avoid strike s where s.level >= mid } clause m { US may conduct strike s where s.night despite c";
    assert_eq!(found(permitted), [""; 0]);
}

#[test]
fn triggers_that_some_event_can_satisfy() {
    for body in [
        "when strike s where s.level >= mid if s.level <= mid US must ensure answer b within 1 hour",
        "when strike s where s.losses >= 3 and s.losses <= 3 US must ensure answer b within 1 hour",
        "when strike s where s.losses > 3 and s.losses < 3.000000002 US must ensure answer b within 1 hour",
        "when strike s where s.night or not s.night US must ensure answer b within 1 hour",
        "when strike s where s.level == low US must ensure strike t where t.level == high and t.id == s.id within 1 hour",
        "US must avoid strike s where s.id == \"a\" if s.on == US",
    ] {
        assert_eq!(found(body), Vec::<&str>::new(), "{body}");
    }
}

#[test]
fn duties_that_their_own_trigger_answers() {
    for body in [
        "when strike s US must ensure strike t within 1 day",
        "when strike s US must ensure strike t where t.id == s.id and t.level >= s.level within 1 day",
        "when strike s where s.level == high US must ensure strike t where t.level >= mid within 1 day",
        "when strike s if s.night US must ensure strike t where t.night and s.on == t.on within 1 day",
    ] {
        assert_eq!(found(body), ["answers-itself"], "{body}");
    }
    for body in [
        "when strike s US must ensure strike t where t.id != s.id within 1 day",
        "when strike s US must ensure at least 2 strike t within 1 day",
        "when strike s US must ensure strike t where t.seen == s.seen within 1 day",
        "when strike s where s.level >= mid US must ensure strike t where t.level == high within 1 day",
        "when strike s US must ensure strike t within 1 day of s.time otherwise US must ensure answer b within 1 day",
    ] {
        assert_eq!(found(body), Vec::<&str>::new(), "{body}");
    }
}

#[test]
fn duties_that_can_only_be_kept_by_breaking_another() {
    let ban = "US must avoid strike s where s.level >= mid } clause d {";
    let collide = |duty: &str| found(&format!("{ban} {duty}"));
    assert_eq!(
        collide("US must ensure strike t where t.level == high by 2024-03-01"),
        ["collision"]
    );
    assert_eq!(
        collide("US must ensure at least 1 strike t where t.level > mid in each calendar month"),
        ["collision"]
    );
    assert_eq!(collide("US must ensure strike t by 2024-03-01"), Vec::<&str>::new());
    assert_eq!(
        collide("US should ensure strike t where t.level == high by 2024-03-01"),
        Vec::<&str>::new()
    );
    let guarded = "US must avoid strike s if s.night } clause d { US must ensure strike t by 2024-03-01";
    assert_eq!(found(guarded), Vec::<&str>::new());
}

#[test]
fn repairs_that_are_due_before_the_breach() {
    let repaired = |first: &str, second: &str| {
        found(&format!(
            "when strike s US must ensure answer b {first} otherwise US must ensure answer b {second}"
        ))
    };
    assert_eq!(
        repaired("within 3 days", "within 3 days of s.time"),
        ["repair-too-late"]
    );
    assert_eq!(
        repaired("within 1 month", "within 1 hour of s.time"),
        Vec::<&str>::new()
    );
    assert_eq!(
        repaired("within 1 month 1 hour", "within 1 hour of s.time"),
        ["repair-too-late"]
    );
    assert_eq!(repaired("by 2024-05-01", "by 2024-05-01"), ["repair-too-late"]);
    assert_eq!(repaired("by 2024-05-01", "by 2024-05-02"), Vec::<&str>::new());
    assert_eq!(repaired("within 3 days", "within 1 day"), Vec::<&str>::new());
}

#[test]
fn declarations_that_nothing_uses() {
    let more = "US must avoid answer x where x.id == \"none\" } event odd { id: text } state idle: low | high { answer n sets to low } clause e {";
    let body = format!("{more} US must avoid report y where y.by == US");
    assert_eq!(found(&body), ["unused", "unused"]);
}

#[test]
fn timings_that_do_not_fit_the_duty() {
    for body in [
        "US must ensure answer b at least 3 days before",
        "when strike US must avoid answer b within 3 days before",
        "when strike US must ensure answer b between 2 days and 3 days before within 4 days",
        "when strike US must ensure answer b within 3 days otherwise US must ensure answer d within 3 days before",
        "when strike US aim to ensure answer b at least 3 days before",
        "when strike US must ensure answer b within 2 days by 2024-08-01",
        "when strike US must avoid answer b within 2 days and by 2024-08-01",
    ] {
        assert_eq!(mistakes(body), ["bad-timing"], "{body}");
    }
    let exactly = "when strike US must ensure exactly 2 answer b at least 3 days before";
    assert_eq!(mistakes(exactly), ["bad-form"]);
}

#[test]
fn excuses_where_nothing_can_be_late() {
    for body in [
        "US must ensure answer b in each 1 month excused if b.id == \"A\"",
        "when strike US must avoid answer b within 3 days excused if b.id == \"A\"",
        "when strike US must ensure answer b at least 3 days before excused if b.id == \"A\"",
        "when strike US must ensure answer b within 2 days otherwise US must ensure answer d within 3 days excused if d.id == \"A\"",
        "when strike US aim to ensure answer b excused if b.id == \"A\"",
    ] {
        assert_eq!(mistakes(body), ["bad-form"], "{body}");
    }
    let past = "when strike US must ensure answer b within 2 days excused if some strike within 3 days before";
    assert_eq!(mistakes(past), ["out-of-scope"]);
}

#[test]
fn repairs_with_several_clocks() {
    let first = "when report r US must ensure answer b where b.id == r.id within 1 day and by 2024-08-01";
    let repair = "otherwise US must ensure answer d";
    let late = format!("{first} {repair} within 1 day of r.time and by 2024-08-01");
    assert_eq!(found(&late), ["repair-too-late"]);
    let open = format!("{first} {repair} within 1 day of r.time and by 2024-08-02");
    assert_eq!(found(&open), [] as [&str; 0]);
}

#[test]
fn a_trigger_that_is_always_found_before_itself() {
    let body = "when strike s US must ensure strike t where t.id == s.id within 1 day before";
    assert_eq!(found(body), ["answers-itself"]);
    let body = "when strike s US must ensure strike t where t.id == s.id at least 1 day before";
    assert_eq!(found(body), [] as [&str; 0]);
}

#[test]
fn working_days_that_cannot_be_counted() {
    let ensure = "when strike US must ensure answer b";
    for timing in [
        "within 3 working days",
        "within 1 working day of s.time",
        "within 3 days deferred to the next working day",
    ] {
        let body = format!("{} {timing}", ensure.replace("strike", "strike s"));
        assert_eq!(mistakes(&body), ["missing-part"], "{timing}");
        assert_eq!(mistakes_in_a_week(&body), [] as [&str; 0], "{timing}");
    }
    for (timing, code) in [
        ("within 0 working days", "bad-timing"),
        ("within 10_001 working days", "bad-timing"),
        ("within 3 working days deferred to the next working day", "bad-timing"),
        ("within 3 days deferred to 24:00 of the next working day", "bad-literal"),
    ] {
        assert_eq!(mistakes_in_a_week(&format!("{ensure} {timing}")), [code], "{timing}");
    }
    let standing = "US must ensure answer b by the first day of the month after b.time";
    assert_eq!(mistakes(standing), ["bad-timing"]);
}

#[test]
fn repairs_and_deferred_days() {
    // 1 June 2024 was a Saturday.
    let world = WORLD.replace("party US", "working days monday to friday party US");
    let repaired = |first: &str, second: &str| {
        let body = format!("when strike US must ensure answer b {first} otherwise US must ensure answer d {second}");
        let mut sources = SourceMap::new();
        let id = sources.add("analysis.clause", format!("{world}\nclause c {{ {body} }}"));
        let model = build(vec![parse(&sources, id)]).model.unwrap();
        let found = analyse(&model);
        let codes = found.iter().map(|diagnostic| diagnostic.code.name());
        codes.collect::<Vec<&str>>()
    };
    let deferred = "by 2024-06-01 deferred to the next working day";
    assert_eq!(repaired(deferred, "by 2024-06-03"), ["repair-too-late"]);
    assert_eq!(repaired(deferred, "by 2024-06-04"), [] as [&str; 0]);
    assert_eq!(repaired("by 2024-06-01", deferred), [] as [&str; 0]);
}

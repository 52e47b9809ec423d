//! The boundary statements of docs/language.md, case by case, put to the naive judge and to the engine alike.
//!
//! The rows are written by hand from the reference: each case says which sentence it is about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

use servanda::model::{Model, build};

use naive::evaluate::evaluate;
use naive::generate::parsed;
use naive::log_text::events_of;
use naive::row::Row;

const DECLARATIONS: &str = r"
event attack  { id: text, against: optional party, at: optional instant }
event answer  { id: text, by: optional party, level: low < mid < high, least: optional low < mid < high, to: optional set of party }
event shot    { id: text, at_night: optional bool }
event setting { unit: text, mode: optional good | bad }
event signal  { name: optional text, on: bool }
event alarm   { level: low < mid < high, drill: optional bool }
event tick    { id: text }
event pact    { until: date }
event accord  { until: instant }
event spent   { by: party, sum: optional number }

state mode of unit: good | bad { setting s sets s.unit to s.mode }
state alert: low < mid < high initially low { alarm s where not s.drill sets s.level }
state last: low < mid < high { alarm s sets s.level }
state lit of lamp: bool initially true { signal s sets s.name to s.on }
";

/// One case: the lines of the agreement that say when and where, a clause without its name, a log, and an instant.
struct Case {
    agreement: &'static str,
    clause: &'static str,
    log: &'static str,
    as_of: &'static str,
    rows: &'static [&'static str],
}

impl Case {
    fn model(&self) -> Model {
        let (agreement, clause) = (self.agreement, self.clause);
        let text = format!("agreement a {{ {agreement} party US party UA }}{DECLARATIONS}clause c {{ {clause} }}");
        let built = build(vec![parsed(&text)]);
        built.model.unwrap_or_else(|| panic!("{:#?}", built.diagnostics))
    }

    fn check(&self, judged: impl Fn(&Model, Vec<servanda::log::Event>, servanda::time::Instant) -> Vec<Row>) {
        let model = self.model();
        let events = events_of(&model, self.log);
        let as_of = self.as_of.parse().expect("an instant");
        let rows = judged(&model, events, as_of);
        let mut found: Vec<String> = rows.iter().map(Row::to_string).collect();
        // The row of another clause than `c` starts with its name after a `=`.
        let row = |row: &&str| row.strip_prefix('=').map_or_else(|| format!("c {row}"), str::to_owned);
        let mut wanted: Vec<String> = self.rows.iter().map(row).collect();
        found.sort();
        wanted.sort();
        assert!(
            found == wanted,
            "{}\n{}\nas of {}\nwanted\n  {}\nfound\n  {}",
            self.clause,
            self.log,
            self.as_of,
            wanted.join("\n  "),
            found.join("\n  ")
        );
    }
}

macro_rules! meaning {
    ($($(#[doc = $sentence:literal])+ $name:ident {
        $agreement:literal $clause:literal $log:literal as_of $as_of:literal [$($row:literal)*]
    })+) => {
        mod naive_judge {
            use super::*;
            $($(#[doc = $sentence])+ #[test]
            fn $name() {
                cases::$name.check(|model, events, as_of| evaluate(model, &events, as_of));
            })+
        }

        mod engine {
            use super::*;
            $($(#[doc = $sentence])+ #[test]
            fn $name() {
                cases::$name.check(|model, events, as_of| {
                    let instances = servanda::engine::judge(model, events, Some(as_of));
                    instances.iter().map(|instance| Row::from_instance(model, instance)).collect()
                });
            })+
        }

        #[allow(non_upper_case_globals)]
        mod cases {
            use super::Case;
            $(pub(super) const $name: Case = Case {
                agreement: $agreement, clause: $clause, log: $log, as_of: $as_of, rows: &[$($row),*],
            };)+
        }
    };
}

#[path = "meaning/bounds.rs"]
mod bounds;
#[path = "meaning/calendar.rs"]
mod calendar;
#[path = "meaning/clocks.rs"]
mod clocks;
#[path = "meaning/endings.rs"]
mod endings;
#[path = "meaning/extension.rs"]
mod extension;
#[path = "meaning/life.rs"]
mod life;
#[path = "meaning/openings.rs"]
mod openings;

meaning! {
    // ---- 1. The term and states ----

    /// `in force from DATE for DURATION`: the half-open interval [start of DATE, start of DATE + DURATION).
    the_term_is_half_open {
        "in force from 2024-01-10 for 2 days"
        "when attack US must ensure answer within 1 hour"
        "2024-01-09T23:59:59.999999999Z attack id=A
         2024-01-10T00:00:00Z attack id=A
         2024-01-11T23:59:59.999999999Z attack id=A
         2024-01-12T00:00:00Z attack id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(line 2) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0"
         "(line 3) open: 2024-01-11T23:59:59.999999999Z ..= 2024-01-12T00:59:59.999999999Z open after 0"]
    }

    /// `in force from DATE to DATE`: the second day is included.
    the_term_includes_its_last_day {
        "in force from 2024-01-10 to 2024-01-11"
        "when attack US must ensure answer within 1 hour"
        "2024-01-11T23:59:59.999999999Z attack id=A
         2024-01-12T00:00:00Z attack id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) open: 2024-01-11T23:59:59.999999999Z ..= 2024-01-12T00:59:59.999999999Z open after 0"]
    }

    /// The start of the day is that in the agreement's zone.
    the_term_starts_in_the_zone {
        r#"in force from 2024-01-10 time zone "Europe/Kyiv""#
        "when attack US must ensure answer within 1 hour"
        "2024-01-09T21:59:59.999999999Z attack id=A
         2024-01-09T22:00:00Z attack id=A"
        as_of "2024-01-09T22:00:00Z"
        ["(line 2) open: 2024-01-09T22:00:00Z ..= 2024-01-09T23:00:00Z open after 0"]
    }

    /// Without a term: always in force.
    without_a_term_always_in_force {
        ""
        "when attack US must ensure answer within 1 hour"
        "0001-01-01T00:00:00Z attack id=A"
        as_of "0001-01-01T01:00:00Z"
        ["(line 1) open: 0001-01-01T00:00:00Z ..= 0001-01-01T01:00:00Z open after 0"]
    }

    /// A change holds from the instant of the event on, that instant included; guards see all changes of their time point.
    a_change_holds_from_its_instant_on {
        ""
        "when attack a if alert == high US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z alarm level=high drill=false
         2024-01-09T23:59:59.999999999Z attack id=A
         2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-10T00:00:00Z"
        ["(line 3) open: 2024-01-10T00:00:00Z ..= 2024-01-10T00:00:00Z open after 0"]
    }

    /// A change holds whatever the term of the agreement.
    a_change_before_the_term_holds_in_it {
        "in force from 2024-01-10 for 1 day"
        "US must maintain alert == low"
        "2024-01-01T00:00:00Z alarm level=high drill=false"
        as_of "2024-01-11T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z broken from 2024-01-10T00:00:00Z to 2024-01-11T00:00:00Z"]
    }

    /// Before its first change a state has the `initially` value.
    a_state_has_its_initial_value {
        ""
        "when attack a if alert == low US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) open: 2024-01-10T00:00:00Z ..= 2024-01-10T00:00:00Z open after 0"]
    }

    /// Without an initial value a state is not set, and a condition on it is unknown.
    a_state_that_is_not_set_is_unknown {
        ""
        "when attack a if last == low US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) unknown: 2024-01-10T00:00:00Z .. unknown"]
    }

    /// Contradicting values: a comparison is true if it is true of all, ...
    a_comparison_true_of_all_contradicting_values {
        ""
        "when attack a if last >= mid US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z alarm level=mid
         2024-01-10T00:00:00Z alarm level=high
         2024-01-11T00:00:00Z attack id=A"
        as_of "2024-01-11T00:00:00Z"
        ["(line 3) open: 2024-01-11T00:00:00Z ..= 2024-01-11T00:00:00Z open after 0"]
    }

    /// ... which is asked of each comparison by itself, ...
    each_comparison_is_judged_by_itself {
        ""
        "when attack a if (a.id == \"A\" and (last == mid or last == high)) or (a.id == \"B\" and last in [mid, high]) US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z alarm level=mid
         2024-01-10T00:00:00Z alarm level=high
         2024-01-11T00:00:00Z attack id=A
         2024-01-11T00:00:00Z attack id=B"
        as_of "2024-01-11T00:00:00Z"
        ["(line 3) unknown: 2024-01-11T00:00:00Z .. unknown"
         "(line 4) open: 2024-01-11T00:00:00Z ..= 2024-01-11T00:00:00Z open after 0"]
    }

    /// ... false if it is false of all, ...
    a_comparison_false_of_all_contradicting_values {
        ""
        "when attack a if last == low US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z alarm level=mid
         2024-01-10T00:00:00Z alarm level=high
         2024-01-11T00:00:00Z attack id=A"
        as_of "2024-01-11T00:00:00Z"
        []
    }

    /// ... and otherwise unknown; a later change ends the contradiction.
    a_comparison_true_of_some_contradicting_values {
        ""
        "when attack a if last == mid US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z alarm level=mid
         2024-01-10T00:00:00Z alarm level=high
         2024-01-11T00:00:00Z attack id=A
         2024-01-12T00:00:00Z alarm level=mid
         2024-01-12T00:00:00Z attack id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(line 3) unknown: 2024-01-11T00:00:00Z .. unknown"
         "(line 5) open: 2024-01-12T00:00:00Z ..= 2024-01-12T00:00:00Z open after 0"]
    }

    /// `maintain` is broken, not unknown, where a contradiction keeps its condition from being true.
    maintain_is_broken_by_a_contradiction {
        "in force from 2024-01-10"
        "US must maintain last >= mid"
        "2024-01-10T00:00:00Z alarm level=mid
         2024-01-10T00:00:00Z alarm level=high
         2024-01-11T00:00:00Z alarm level=mid
         2024-01-11T00:00:00Z alarm level=low
         2024-01-12T00:00:00Z alarm level=high"
        as_of "2024-01-13T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. broken from 2024-01-11T00:00:00Z to 2024-01-12T00:00:00Z"]
    }

    /// What is lacking beside a contradiction makes a `maintain` unknown only where it could have made its condition true.
    maintain_beside_a_contradiction {
        "in force from 2024-01-10"
        "US must maintain (last == mid and mode(\"A\") == good) or mode(\"B\") == good"
        "2024-01-10T00:00:00Z alarm level=mid
         2024-01-10T00:00:00Z alarm level=high
         2024-01-11T00:00:00Z setting unit=B mode=bad"
        as_of "2024-01-12T00:00:00Z"
        ["(term) unknown: 2024-01-10T00:00:00Z .. unknown from 2024-01-10T00:00:00Z to 2024-01-11T00:00:00Z"
         "(term) violated: 2024-01-10T00:00:00Z .. broken from 2024-01-11T00:00:00Z on"]
    }

    /// One value is in the list for certain, and it is lacking whether the other is: not in the list is broken all the same.
    maintain_with_a_contradiction_and_a_lack_in_a_list {
        ""
        "when answer a US must maintain not last in [high, a.least] within 1 day"
        "2024-01-10T00:00:00Z alarm level=mid
         2024-01-10T00:00:00Z alarm level=high
         2024-01-10T00:00:00Z answer id=A level=low"
        as_of "2024-01-10T00:00:00Z"
        ["(line 3) violated: 2024-01-10T00:00:00Z ..= 2024-01-11T00:00:00Z broken from 2024-01-10T00:00:00Z on"]
    }

    /// Two events of one instant that set the same value do not contradict each other.
    equal_values_do_not_contradict {
        "in force from 2024-01-10"
        "US must maintain last == mid"
        "2024-01-10T00:00:00Z alarm level=mid
         2024-01-10T00:00:00Z alarm level=mid"
        as_of "2024-01-13T00:00:00Z"
        ["(term) open: 2024-01-10T00:00:00Z .. open after 0"]
    }

    // ---- 2. Time ----

    /// 31 January + 1 month is the last day of February.
    a_month_from_the_31st {
        ""
        "when attack US must ensure answer within 1 month"
        "2024-01-31T10:00:00Z attack id=A
         2024-02-29T10:00:00Z answer id=A level=low"
        as_of "2024-03-31T00:00:00Z"
        ["(line 1) met: 2024-01-31T10:00:00Z ..= 2024-02-29T10:00:00Z met at 2024-02-29T10:00:00Z"]
    }

    /// A day across a clock change has 23 or 25 hours, ...
    a_day_across_a_clock_change {
        r#"time zone "Europe/Kyiv""#
        "when attack US must ensure answer within 1 day"
        "2024-03-30T12:00:00+02:00 attack id=A
         2024-10-26T12:00:00+03:00 attack id=B"
        as_of "2024-10-26T12:00:00+03:00"
        ["(line 1) violated: 2024-03-30T10:00:00Z ..= 2024-03-31T09:00:00Z missed after 0"
         "(line 2) open: 2024-10-26T09:00:00Z ..= 2024-10-27T10:00:00Z open after 0"]
    }

    /// ... and hours are exact.
    hours_across_a_clock_change {
        r#"time zone "Europe/Kyiv""#
        "when attack US must ensure answer within 24 hours"
        "2024-03-30T12:00:00+02:00 attack id=A"
        as_of "2024-03-30T12:00:00+02:00"
        ["(line 1) open: 2024-03-30T10:00:00Z ..= 2024-03-31T10:00:00Z open after 0"]
    }

    /// A wall-clock time that is skipped moves forward by the gap; one that happens twice is its first occurrence.
    skipped_and_repeated_clock_times {
        r#"time zone "Europe/Kyiv""#
        "when attack US must ensure answer within 1 day"
        "2024-03-30T03:30:00+02:00 attack id=A
         2024-10-26T03:30:00+03:00 attack id=B"
        as_of "2024-10-26T03:30:00+03:00"
        ["(line 1) violated: 2024-03-30T01:30:00Z ..= 2024-03-31T01:30:00Z missed after 0"
         "(line 2) open: 2024-10-26T00:30:00Z ..= 2024-10-27T00:30:00Z open after 0"]
    }

    /// The calendar units are added first, then the exact ones.
    calendar_units_first {
        r#"time zone "Europe/Kyiv""#
        "when attack US must ensure answer within 1 day 1 hour"
        "2024-03-30T02:30:00+02:00 attack id=A"
        as_of "2024-03-30T02:30:00+02:00"
        ["(line 1) open: 2024-03-30T00:30:00Z ..= 2024-03-31T01:30:00Z open after 0"]
    }

    /// A due time past the year 9999 is the end of 9999.
    due_at_the_end_of_time {
        ""
        "when attack US must ensure answer within 9000 years"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "9999-12-30T21:59:59Z"
        ["(line 1) open: 2024-01-10T00:00:00Z ..= 9999-12-30T21:59:59.999999999Z open after 0"]
    }

    /// Events after the as-of instant are left out.
    later_events_are_left_out {
        ""
        "when attack US must ensure answer within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:30:00Z answer id=A level=low
         2024-01-10T00:30:00Z attack id=A"
        as_of "2024-01-10T00:29:59.999999999Z"
        ["(line 1) open: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z open after 0"]
    }

    /// A duty with an inclusive due time is not overdue as of that instant, ...
    as_of_the_due_time {
        ""
        "when attack US must ensure answer within 1 hour"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-10T01:00:00Z"
        ["(line 1) open: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z open after 0"]
    }

    /// ... but once the as-of instant is after it.
    as_of_just_after_the_due_time {
        ""
        "when attack US must ensure answer within 1 hour"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-10T01:00:00.000000001Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0"]
    }

    // ---- 3. Conditions ----

    /// `some E within D before`: in [t - D, t], both ends included.
    the_past_includes_both_ends {
        ""
        "when attack a if some tick p where p.id == a.id within 1 hour before US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z tick id=A
         2024-01-10T01:00:00Z attack id=A
         2024-01-10T01:00:00.000000001Z attack id=A
         2024-01-10T02:00:00Z tick id=B
         2024-01-10T02:00:00Z attack id=B
         2024-01-10T01:59:59.999999999Z attack id=B"
        as_of "2024-01-10T02:00:00Z"
        ["(line 2) violated: 2024-01-10T01:00:00Z ..= 2024-01-10T01:00:00Z missed after 0"
         "(line 5) open: 2024-01-10T02:00:00Z ..= 2024-01-10T02:00:00Z open after 0"]
    }

    /// `at least N`: each event of the log counts as one, the trigger too; and events outside the term count.
    the_past_counts_every_event {
        "in force from 2024-01-10"
        "when attack a if at least 3 attack p within 1 day before US must ensure answer within 0 seconds"
        "2024-01-09T23:00:00Z attack id=A
         2024-01-10T01:00:00Z attack id=A
         2024-01-10T02:00:00Z attack id=A"
        as_of "2024-01-10T02:00:00Z"
        ["(line 3) open: 2024-01-10T02:00:00Z ..= 2024-01-10T02:00:00Z open after 0"]
    }

    /// `no E within D before`, with t - D computed in the agreement's zone: 1 month before 31 March is 29 February.
    the_past_is_counted_in_the_calendar {
        ""
        "when attack a if no tick within 1 month before US must ensure answer within 0 seconds"
        "2024-02-29T00:00:00Z tick id=A
         2024-03-31T00:00:00Z attack id=A
         2024-03-31T00:00:00.000000001Z attack id=A"
        as_of "2024-03-31T00:00:00.000000001Z"
        ["(line 3) open: 2024-03-31T00:00:00.000000001Z ..= 2024-03-31T00:00:00.000000001Z open after 0"]
    }

    /// A look into the past is unknown where events may count and those that do for certain are too few.
    the_past_can_be_unknown {
        ""
        "when attack a if some shot p where p.at_night within 1 hour before US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z shot id=A
         2024-01-10T00:30:00Z attack id=A
         2024-01-10T01:00:00Z shot id=A at_night=true
         2024-01-10T01:00:00Z attack id=A
         2024-01-10T01:00:00Z shot id=B at_night=false"
        as_of "2024-01-10T01:00:00Z"
        ["(line 2) unknown: 2024-01-10T00:30:00Z .. unknown"
         "(line 4) open: 2024-01-10T01:00:00Z ..= 2024-01-10T01:00:00Z open after 0"]
    }

    /// Kleene's logic: `false and unknown` is false, `true or unknown` is true.
    false_and_unknown_is_false {
        ""
        r#"when attack a where (a.against == UA and a.id == "B") or (a.against == UA or a.id == "C") US must ensure answer within 0 seconds"#
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:00:00Z attack id=C
         2024-01-10T00:00:00Z attack id=D against=US"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(line 2) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(line 3) open: 2024-01-10T00:00:00Z ..= 2024-01-10T00:00:00Z open after 0"]
    }

    /// `includes [x, y]`: has all of them; unknown where the set is absent.
    includes_has_all {
        ""
        "when answer a where a.to includes [US, UA] US must ensure tick within 0 seconds"
        "2024-01-10T00:00:00Z answer id=A level=low to=US;UA
         2024-01-10T00:00:00Z answer id=A level=low to=US
         2024-01-10T00:00:00Z answer id=A level=low"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) open: 2024-01-10T00:00:00Z ..= 2024-01-10T00:00:00Z open after 0"
         "(line 3) unknown: 2024-01-10T00:00:00Z .. unknown"]
    }

    // ---- 4.2 Trigger and guards ----

    /// A duty opened inside the term lives on to its own due time, and the response may be after the end of the term.
    a_duty_outlives_the_term {
        "in force from 2024-01-10 for 1 day"
        "when attack US must ensure answer within 24 hours"
        "2024-01-10T23:00:00Z attack id=A
         2024-01-11T23:00:00Z answer id=A level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) met: 2024-01-10T23:00:00Z ..= 2024-01-11T23:00:00Z met at 2024-01-11T23:00:00Z"]
    }

    /// All `if` true, all `unless` false.
    all_guards_must_allow {
        ""
        "when attack a if alert >= mid unless last == high US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z alarm level=mid drill=false
         2024-01-11T00:00:00Z attack id=A
         2024-01-12T00:00:00Z alarm level=high drill=false
         2024-01-12T00:00:00Z attack id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(line 3) violated: 2024-01-11T00:00:00Z ..= 2024-01-11T00:00:00Z missed after 0"]
    }

    /// Where the trigger's condition or a guard is unknown the instance is unknown, but not where another says that there is none.
    an_unknown_trigger {
        ""
        "when attack a where a.against == UA if alert == low US must ensure answer within 0 seconds"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z alarm level=mid drill=false
         2024-01-11T00:00:00Z attack id=B"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) unknown: 2024-01-10T00:00:00Z .. unknown"]
    }

    // ---- 4.3 ensure ----

    /// [t, t + D], both ends included; an answer before the trigger is none, and one after is late.
    ensure_includes_both_ends {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:00:00Z attack id=C
         2024-01-10T00:00:00Z attack id=D
         2024-01-10T00:00:00Z answer id=A level=low
         2024-01-10T01:00:00Z answer id=B level=low
         2024-01-09T23:59:59.999999999Z answer id=C level=low
         2024-01-10T01:00:00.000000001Z answer id=D level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met at 2024-01-10T00:00:00Z"
         "(line 2) met: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met at 2024-01-10T01:00:00Z"
         "(line 3) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0"
         "(line 4) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T01:00:00.000000001Z after 0"]
    }

    /// `within D of x.field`: [t, x.field + D].
    ensure_within_of_a_field {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour of a.at"
        "2024-01-10T00:00:00Z attack id=A at=2024-01-10T12:00:00Z
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:00:00Z attack id=C at=2024-01-09T12:00:00Z
         2024-01-10T13:00:00Z answer id=A level=low
         2024-01-10T00:00:00Z answer id=B level=low
         2024-01-10T00:00:00Z answer id=C level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z ..= 2024-01-10T13:00:00Z met at 2024-01-10T13:00:00Z"
         "(line 2) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(line 3) violated: 2024-01-10T00:00:00Z ..= 2024-01-09T13:00:00Z late at 2024-01-10T00:00:00Z after 0"]
    }

    /// `by DATE`: [t, end of that civil day).
    ensure_by_a_date {
        r#"time zone "Europe/Kyiv""#
        "when attack a US must ensure answer r where r.id == a.id by 2024-01-10"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T21:59:59.999999999Z answer id=A level=low
         2024-01-10T22:00:00Z answer id=B level=low"
        as_of "2024-01-10T22:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z .. 2024-01-10T22:00:00Z met at 2024-01-10T21:59:59.999999999Z"
         "(line 2) violated: 2024-01-10T00:00:00Z .. 2024-01-10T22:00:00Z late at 2024-01-10T22:00:00Z after 0"]
    }

    /// A duty due at the end of a day is open until then, and overdue as of that end.
    ensure_by_a_date_is_open_in_the_day {
        ""
        "when attack US must ensure answer by 2024-01-10"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-10T23:59:59.999999999Z"
        ["(line 1) open: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z open after 0"]
    }

    /// A clock-change day ends at its own midnight.
    ensure_by_a_day_of_a_clock_change {
        r#"time zone "Europe/Kyiv""#
        "when attack US must ensure answer by 2024-03-31"
        "2024-03-30T23:00:00Z attack id=A
         2024-03-31T20:59:59.999999999Z answer id=A level=low"
        as_of "2024-03-31T21:00:00Z"
        ["(line 1) met: 2024-03-30T23:00:00Z .. 2024-03-31T21:00:00Z met at 2024-03-31T20:59:59.999999999Z"]
    }

    /// Without trigger and timing: the term, whose end is not in the window.
    ensure_in_the_term {
        "in force from 2024-01-10 for 1 day"
        "US must ensure answer"
        "2024-01-09T23:59:59.999999999Z answer id=A level=low
         2024-01-11T00:00:00Z answer id=A level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z late at 2024-01-11T00:00:00Z after 0"]
    }

    /// Without trigger, `within D` counts from the start of the term and includes both ends.
    ensure_within_from_the_start_of_the_term {
        "in force from 2024-01-10 for 1 day"
        "US must ensure answer within 6 hours"
        "2024-01-10T06:00:00.000000001Z answer id=A level=low"
        as_of "2024-01-10T07:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T06:00:00Z late at 2024-01-10T06:00:00.000000001Z after 0"]
    }

    /// Without a trigger, only a response in the term is in time; one after its end is late.
    an_answer_after_the_term_is_late {
        "in force from 2024-01-10 for 1 day"
        "US must ensure answer within 6 hours"
        "2024-01-11T00:00:00Z answer id=A level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T06:00:00Z late at 2024-01-11T00:00:00Z after 0"]
    }

    /// The response may be the trigger itself where it is of that type, and may serve several instances.
    the_trigger_can_be_its_own_answer {
        ""
        "when tick a US must ensure tick r where r.id == a.id within 1 hour"
        "2024-01-10T00:00:00Z tick id=A"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met at 2024-01-10T00:00:00Z"]
    }

    /// One answer can serve several instances.
    one_answer_serves_several {
        ""
        "when attack a US must ensure tick r where r.id != a.id within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:30:00Z attack id=B
         2024-01-10T01:00:00Z tick id=C"
        as_of "2024-01-10T01:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met at 2024-01-10T01:00:00Z"
         "(line 2) met: 2024-01-10T00:30:00Z ..= 2024-01-10T01:30:00Z met at 2024-01-10T01:00:00Z"]
    }

    /// `at least N`: met by the event that completes the count, missed or late with what counted in time.
    ensure_at_least_several {
        ""
        "when attack a US must ensure at least 2 answer r where r.id == a.id within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:10:00Z answer id=A level=low
         2024-01-10T00:20:00Z answer id=A level=low
         2024-01-10T00:30:00Z answer id=A level=low
         2024-01-10T00:30:00Z answer id=B level=low
         2024-01-10T02:00:00Z answer id=B level=low
         2024-01-10T03:00:00Z answer id=B level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met at 2024-01-10T00:20:00Z"
         "(line 2) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T02:00:00Z after 1"]
    }

    /// Unknown once the due time has passed, if the count could have been reached by events for which C is unknown.
    ensure_with_uncertain_answers {
        ""
        "when attack a US must ensure at least 2 answer r where r.id == a.id and r.by == US within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:10:00Z answer id=A level=low
         2024-01-10T00:20:00Z answer id=A by=US level=low
         2024-01-10T00:20:00Z answer id=B by=US level=low
         2024-01-10T01:00:00.000000001Z answer id=B level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(line 2) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 1"]
    }

    /// Open before the due time, whatever is unknown.
    ensure_with_uncertain_answers_is_open_first {
        ""
        "when attack a US must ensure answer r where r.by == US within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:10:00Z answer id=A level=low"
        as_of "2024-01-10T01:00:00Z"
        ["(line 1) open: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z open after 0"]
    }

    /// `aim to`: never violated; open from t on until reached.
    an_aim_is_open_until_reached {
        ""
        "when attack a US aim to ensure at least 2 answer r where r.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:00:00Z answer id=A level=low
         2024-01-10T00:00:00Z answer id=B level=low
         2024-01-12T00:00:00Z answer id=B level=low"
        as_of "2024-02-01T00:00:00Z"
        ["(line 1) open: 2024-01-10T00:00:00Z .. open after 1"
         "(line 2) met: 2024-01-10T00:00:00Z .. met at 2024-01-12T00:00:00Z"]
    }

    /// An aim without trigger is open from the start of the term on, even after the term.
    an_aim_outlives_the_term {
        "in force from 2024-01-10 for 1 day"
        "US aim to ensure at least 2 answer"
        "2024-01-09T23:59:59.999999999Z answer id=A level=low
         2024-01-10T00:00:00Z answer id=A level=low
         2024-01-12T00:00:00Z answer id=B level=low"
        as_of "2024-02-01T00:00:00Z"
        ["(term) met: 2024-01-10T00:00:00Z .. met at 2024-01-12T00:00:00Z"]
    }

    /// `should` is violated as `must` is.
    a_best_effort_can_be_violated {
        ""
        "when attack a US should ensure answer within 1 hour"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "2024-02-01T00:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0"]
    }

    // ---- 4.3 avoid ----

    /// Each event of the term is a violated instance, one of which it is unknown an unknown one.
    each_event_breaks_a_standing_avoid {
        "in force from 2024-01-10 for 1 day"
        "US must avoid shot s where s.at_night"
        "2024-01-09T23:59:59.999999999Z shot id=A at_night=true
         2024-01-10T00:00:00Z shot id=A at_night=true
         2024-01-10T12:00:00Z shot id=A
         2024-01-10T12:00:00Z shot id=A at_night=false
         2024-01-11T00:00:00Z shot id=A at_night=true"
        as_of "2024-02-01T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z broken at 2024-01-10T00:00:00Z and 0 more by line 2"
         "(term) unknown: 2024-01-10T00:00:00Z .. unknown for line 3"]
    }

    /// If there is no such event the clause has one instance: open while the term runs, ...
    a_standing_avoid_is_open_in_the_term {
        "in force from 2024-01-10 for 1 day"
        "US must avoid shot"
        ""
        as_of "2024-01-10T23:59:59.999999999Z"
        ["(term) open: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z open after 0"]
    }

    /// ... met once the as-of instant has reached its end.
    a_standing_avoid_is_met_at_the_end {
        "in force from 2024-01-10 for 1 day"
        "US must avoid shot"
        ""
        as_of "2024-01-11T00:00:00Z"
        ["(term) met: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z met"]
    }

    /// The guards of an `avoid` are judged at the event's own time point.
    the_guards_of_an_avoid {
        "in force from 2024-01-10"
        "US must avoid shot s if alert == high unless some tick p where p.id == s.id within 1 hour before"
        "2024-01-10T00:00:00Z shot id=A
         2024-01-10T01:00:00Z alarm level=high drill=false
         2024-01-10T01:00:00Z shot id=A
         2024-01-10T02:00:00Z tick id=A
         2024-01-10T03:00:00Z shot id=A
         2024-01-10T03:00:00.000000001Z shot id=A"
        as_of "2024-01-11T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. broken at 2024-01-10T01:00:00Z and 0 more by line 3"
         "(term) violated: 2024-01-10T00:00:00Z .. broken at 2024-01-10T03:00:00.000000001Z and 0 more by line 6"]
    }

    /// With a trigger: [t, t + D], both ends included; violated by the first event, else unknown, else met when D is over.
    avoid_after_a_trigger {
        ""
        "when attack a US must avoid shot s where s.id == a.id and s.at_night within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:00:00Z attack id=C
         2024-01-10T00:00:00Z attack id=D
         2024-01-10T00:00:00Z shot id=A at_night=true
         2024-01-10T00:10:00Z shot id=B
         2024-01-10T01:00:00Z shot id=B at_night=true
         2024-01-10T00:20:00Z shot id=A at_night=true
         2024-01-10T00:20:00Z shot id=C
         2024-01-10T01:00:00.000000001Z shot id=D at_night=true"
        as_of "2024-01-10T01:00:00.000000001Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z broken at 2024-01-10T00:00:00Z and 1 more"
         "(line 2) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z broken at 2024-01-10T01:00:00Z and 0 more"
         "(line 3) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(line 4) met: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met"]
    }

    /// It is open as of the last instant of D, and unknown at once where it is.
    avoid_after_a_trigger_before_it_is_over {
        ""
        "when attack a US must avoid shot s where s.id == a.id and s.at_night within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:30:00Z shot id=B"
        as_of "2024-01-10T01:00:00Z"
        ["(line 1) open: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z open after 0"
         "(line 2) unknown: 2024-01-10T00:00:00Z .. unknown"]
    }

    /// `avoid more than N`: the event with which the count exceeds N breaks it.
    avoid_more_than_in_the_term {
        "in force from 2024-01-10 for 1 day"
        "US must avoid more than 1 shot"
        "2024-01-09T23:00:00Z shot id=A
         2024-01-10T00:00:00Z shot id=A
         2024-01-10T12:00:00Z shot id=A
         2024-01-10T12:00:00Z shot id=A
         2024-01-10T13:00:00Z shot id=A
         2024-01-11T00:00:00Z shot id=A"
        as_of "2024-02-01T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z broken at 2024-01-10T12:00:00Z and 2 more"]
    }

    /// A count lies between the certain and the possible, and the verdict is unknown where it depends on which.
    avoid_more_than_with_uncertain_events {
        "in force from 2024-01-10 for 1 day"
        "US must avoid more than 1 shot s where s.at_night"
        "2024-01-10T00:00:00Z shot id=A at_night=true
         2024-01-10T12:00:00Z shot id=A"
        as_of "2024-01-10T13:00:00Z"
        ["(term) unknown: 2024-01-10T00:00:00Z .. unknown"]
    }

    /// A count that may exceed N makes it unknown, whichever came first.
    avoid_more_than_with_an_uncertain_event_first {
        "in force from 2024-01-10 for 1 day"
        "US must avoid more than 1 shot s where s.at_night"
        "2024-01-10T00:00:00Z shot id=A
         2024-01-10T12:00:00Z shot id=A at_night=true"
        as_of "2024-01-10T13:00:00Z"
        ["(term) unknown: 2024-01-10T00:00:00Z .. unknown"]
    }

    /// `from DATE` and `to DATE` narrow the window: from the start of the one day to the end of the other.
    from_and_to_narrow_the_window {
        "in force from 2024-01-10"
        "US must avoid shot from 2024-01-12 to 2024-01-13"
        "2024-01-11T23:59:59.999999999Z shot id=A
         2024-01-12T00:00:00Z shot id=B
         2024-01-13T23:59:59.999999999Z shot id=C
         2024-01-14T00:00:00Z shot id=D"
        as_of "2024-02-01T00:00:00Z"
        ["(term) violated: 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z broken at 2024-01-12T00:00:00Z and 0 more by line 2"
         "(term) violated: 2024-01-12T00:00:00Z .. 2024-01-14T00:00:00Z broken at 2024-01-13T23:59:59.999999999Z and 0 more by line 3"]
    }

    /// A duty without trigger is owed from the start of its window on: judged as of an earlier instant it has no instance, ...
    a_window_that_has_not_begun {
        "in force from 2024-01-10"
        "US must avoid shot from 2024-01-12"
        "2024-01-11T00:00:00Z shot id=A"
        as_of "2024-01-11T23:59:59.999999999Z"
        []
    }

    /// ... and as of that start it has one.
    a_window_that_begins {
        "in force from 2024-01-10"
        "US must avoid shot from 2024-01-12"
        "2024-01-11T00:00:00Z shot id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(term) open: 2024-01-12T00:00:00Z .. open after 0"]
    }

    // ---- 4.3 maintain ----

    /// Each maximal interval is one instance, [start, end) where end is the instant at which C became true again, or open (*still so*).
    maintain_has_an_instance_for_each_interval {
        "in force from 2024-01-10"
        "US must maintain alert == low"
        "2024-01-10T01:00:00Z alarm level=mid drill=false
         2024-01-10T02:00:00Z alarm level=high drill=false
         2024-01-10T03:00:00Z alarm level=low drill=false
         2024-01-10T04:00:00Z alarm level=high drill=false"
        as_of "2024-01-10T05:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. broken from 2024-01-10T01:00:00Z to 2024-01-10T03:00:00Z"
         "(term) violated: 2024-01-10T00:00:00Z .. broken from 2024-01-10T04:00:00Z on"]
    }

    /// An interval in which C is unknown for lack of a value is an unknown instance.
    maintain_is_unknown_before_a_state_is_set {
        "in force from 2024-01-10"
        "US must maintain last == low"
        "2024-01-10T01:00:00Z alarm level=low
         2024-01-10T02:00:00Z alarm level=high"
        as_of "2024-01-10T02:00:00Z"
        ["(term) unknown: 2024-01-10T00:00:00Z .. unknown from 2024-01-10T00:00:00Z to 2024-01-10T01:00:00Z"
         "(term) violated: 2024-01-10T00:00:00Z .. broken from 2024-01-10T02:00:00Z on"]
    }

    /// One instance for each key that the state has been set for, from the instant of its first setting on.
    maintain_for_every_key {
        "in force from 2024-01-10 for 1 day"
        "US must maintain mode(u) == good for every unit u"
        "2024-01-01T00:00:00Z setting unit=old mode=good
         2024-01-10T01:00:00Z setting unit=new mode=bad
         2024-01-10T02:00:00Z setting unit=new mode=good
         2024-01-10T03:00:00Z setting unit=dim
         2024-01-11T00:00:00Z setting unit=past mode=bad"
        as_of "2024-01-11T00:00:00Z"
        ["(key old) met: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z met"
         "(key new) violated: 2024-01-10T01:00:00Z .. 2024-01-11T00:00:00Z broken from 2024-01-10T01:00:00Z to 2024-01-10T02:00:00Z"
         "(key dim) unknown: 2024-01-10T03:00:00Z .. unknown from 2024-01-10T03:00:00Z to 2024-01-11T00:00:00Z"]
    }

    /// After a trigger the window is [t, t + D], so that the last instant alone can break it.
    maintain_after_a_trigger {
        ""
        "when attack a US must maintain alert == low within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T01:00:00Z alarm level=high drill=false
         2024-01-10T01:30:00Z attack id=B
         2024-01-10T01:45:00Z alarm level=low drill=false
         2024-01-10T02:00:00Z attack id=C"
        as_of "2024-01-10T03:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z broken from 2024-01-10T01:00:00Z to 2024-01-10T01:00:00Z"
         "(line 3) violated: 2024-01-10T01:30:00Z ..= 2024-01-10T02:30:00Z broken from 2024-01-10T01:30:00Z to 2024-01-10T01:45:00Z"
         "(line 5) open: 2024-01-10T02:00:00Z ..= 2024-01-10T03:00:00Z open after 0"]
    }

    /// A state that is set back at the same time point is contradictory there, and so broken until it is set again.
    maintain_and_a_tie {
        "in force from 2024-01-10"
        "US must maintain alert == low"
        "2024-01-10T01:00:00Z alarm level=mid drill=false
         2024-01-10T01:00:00Z alarm level=low drill=false"
        as_of "2024-01-10T02:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. broken from 2024-01-10T01:00:00Z on"]
    }

    // ---- 4.4 Periods ----

    /// Period k is [start + k x P, start + (k+1) x P): an event at a boundary is of the later one.
    a_boundary_is_of_the_later_period {
        "in force from 2024-01-31 for 2 months"
        "US must ensure answer in each 1 month"
        "2024-02-29T00:00:00Z answer id=A level=low"
        as_of "2024-02-29T00:00:00Z"
        ["(period 0 2024-01-31T00:00:00Z .. 2024-02-29T00:00:00Z) violated: 2024-01-31T00:00:00Z .. 2024-02-29T00:00:00Z short with 0"
         "(period 1 2024-02-29T00:00:00Z .. 2024-03-31T00:00:00Z) met: 2024-02-29T00:00:00Z .. 2024-03-31T00:00:00Z met at 2024-02-29T00:00:00Z"]
    }

    /// Violated as of an instant at or after the end of the period, and open before.
    a_period_is_open_until_its_end {
        "in force from 2024-01-10"
        "US must ensure at least 2 answer in each 1 day"
        "2024-01-10T00:00:00Z answer id=A level=low"
        as_of "2024-01-10T23:59:59.999999999Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z) open: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z open after 1"]
    }

    /// A period that the window cuts short owes no floor, ...
    a_cut_period_owes_no_floor {
        "in force from 2024-01-10 to 2024-03-15"
        "US must ensure answer in each calendar month"
        ""
        as_of "2024-04-01T00:00:00Z"
        ["(period 1 2024-02-01T00:00:00Z .. 2024-03-01T00:00:00Z) violated: 2024-02-01T00:00:00Z .. 2024-03-01T00:00:00Z short with 0"]
    }

    /// ... and a ceiling all the same.
    a_cut_period_has_a_ceiling {
        "in force from 2024-01-10 to 2024-02-15"
        "US must avoid more than 1 shot in each calendar month"
        "2024-01-09T00:00:00Z shot id=A
         2024-01-11T00:00:00Z shot id=A
         2024-02-11T00:00:00Z shot id=A
         2024-02-12T00:00:00Z shot id=A
         2024-02-16T00:00:00Z shot id=A"
        as_of "2024-04-01T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-02-01T00:00:00Z) met: 2024-01-10T00:00:00Z .. 2024-02-01T00:00:00Z met"
         "(period 1 2024-02-01T00:00:00Z .. 2024-02-16T00:00:00Z) violated: 2024-02-01T00:00:00Z .. 2024-02-16T00:00:00Z broken at 2024-02-12T00:00:00Z and 0 more"]
    }

    /// Periods are counted from the start of the term, and `from` cuts them.
    periods_are_counted_from_the_start_of_the_term {
        "in force from 2024-01-10"
        "US must ensure answer in each 2 days from 2024-01-13"
        ""
        as_of "2024-01-14T00:00:00Z"
        ["(period 2 2024-01-14T00:00:00Z .. 2024-01-16T00:00:00Z) open: 2024-01-14T00:00:00Z .. 2024-01-16T00:00:00Z open after 0"]
    }

    /// `exactly N` is violated by the event N+1, else judged when the period is over.
    exactly_so_many {
        "in force from 2024-01-10 for 4 days"
        "US must ensure exactly 1 answer in each 1 day"
        "2024-01-10T01:00:00Z answer id=A level=low
         2024-01-11T01:00:00Z answer id=A level=low
         2024-01-11T02:00:00Z answer id=A level=low
         2024-01-11T03:00:00Z answer id=A level=low
         2024-01-13T00:00:00Z answer id=A level=low"
        as_of "2024-01-13T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z) met: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z met"
         "(period 1 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z) violated: 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z broken at 2024-01-11T02:00:00Z and 1 more"
         "(period 2 2024-01-12T00:00:00Z .. 2024-01-13T00:00:00Z) violated: 2024-01-12T00:00:00Z .. 2024-01-13T00:00:00Z short with 0"
         "(period 3 2024-01-13T00:00:00Z .. 2024-01-14T00:00:00Z) open: 2024-01-13T00:00:00Z .. 2024-01-14T00:00:00Z open after 1"]
    }

    /// The verdict on a count is unknown where it depends on which of the possible events count.
    a_count_with_uncertain_events {
        "in force from 2024-01-10 for 3 days"
        "US must ensure answer r where r.by == US in each 1 day"
        "2024-01-10T01:00:00Z answer id=A level=low
         2024-01-11T01:00:00Z answer id=A level=low
         2024-01-11T02:00:00Z answer id=A by=US level=low
         2024-01-12T00:00:00Z answer id=A level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(period 1 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z) met: 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-11T02:00:00Z"
         "(period 2 2024-01-12T00:00:00Z .. 2024-01-13T00:00:00Z) open: 2024-01-12T00:00:00Z .. 2024-01-13T00:00:00Z open after 0"]
    }

    /// A ceiling that may be exceeded makes the period unknown at once, whichever came first.
    a_ceiling_with_uncertain_events {
        "in force from 2024-01-10 for 2 days"
        "US must avoid more than 1 shot s where s.at_night in each 1 day"
        "2024-01-10T01:00:00Z shot id=A
         2024-01-10T02:00:00Z shot id=A at_night=true
         2024-01-11T01:00:00Z shot id=A at_night=true
         2024-01-11T02:00:00Z shot id=A"
        as_of "2024-01-11T02:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(period 1 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z) unknown: 2024-01-11T00:00:00Z .. unknown"]
    }

    /// `exactly N` is a ceiling too.
    an_exact_count_with_uncertain_events {
        "in force from 2024-01-10 for 2 days"
        "US must ensure exactly 1 shot s where s.at_night in each 1 day"
        "2024-01-10T01:00:00Z shot id=A
         2024-01-11T01:00:00Z shot id=A
         2024-01-11T02:00:00Z shot id=A at_night=true"
        as_of "2024-01-11T02:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(period 1 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z) unknown: 2024-01-11T00:00:00Z .. unknown"]
    }

    /// A duty that is over before it is opened is kept by a `maintain`: there is no instant at which it was not.
    a_maintain_over_before_it_is_opened {
        ""
        "when attack a US must maintain alert == high by 2024-01-08"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z .. 2024-01-09T00:00:00Z met"]
    }

    /// And so it is by an `avoid`.
    an_avoid_over_before_it_is_opened {
        ""
        "when attack a US must avoid shot by 2024-01-08"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z shot id=A"
        as_of "2024-01-10T00:00:00Z"
        ["(line 1) met: 2024-01-10T00:00:00Z .. 2024-01-09T00:00:00Z met"]
    }

    // ---- 4.5 otherwise ----

    /// After `within D` a repair's window starts just after the due time, and its time counts from there.
    a_repair_starts_just_after_an_inclusive_due_time {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 24 hours
         otherwise US must ensure tick p where p.id == a.id within 72 hours"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:00:00Z attack id=C
         2024-01-11T00:00:00Z tick id=A
         2024-01-11T00:00:00.000000001Z tick id=B
         2024-01-14T00:00:00Z tick id=C"
        as_of "2024-01-14T00:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-11T00:00:00Z missed after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-14T00:00:00Z open after 0"
         "(line 2) repaired: 2024-01-10T00:00:00Z ..= 2024-01-11T00:00:00Z missed after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-14T00:00:00Z met at 2024-01-11T00:00:00.000000001Z"
         "(line 3) repaired: 2024-01-10T00:00:00Z ..= 2024-01-11T00:00:00Z missed after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-14T00:00:00Z met at 2024-01-14T00:00:00Z"]
    }

    /// A late event can be the repair too; a broken repair opens the next one from its own breach.
    a_broken_repair_opens_the_next {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 24 hours
         otherwise US must ensure answer r where r.id == a.id within 1 hour
         otherwise US must ensure answer r where r.id == a.id within 2 hours"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-11T03:00:00Z answer id=A level=low
         2024-01-11T03:00:00.000000001Z answer id=B level=low"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z ..= 2024-01-11T00:00:00Z late at 2024-01-11T03:00:00Z after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-11T01:00:00Z late at 2024-01-11T03:00:00Z after 0; otherwise 2024-01-11T01:00:00Z ..= 2024-01-11T03:00:00Z met at 2024-01-11T03:00:00Z"
         "(line 2) violated: 2024-01-10T00:00:00Z ..= 2024-01-11T00:00:00Z late at 2024-01-11T03:00:00.000000001Z after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-11T01:00:00Z late at 2024-01-11T03:00:00.000000001Z after 0; otherwise 2024-01-11T01:00:00Z ..= 2024-01-11T03:00:00Z late at 2024-01-11T03:00:00.000000001Z after 0"]
    }

    /// After `by DATE` the window starts at the breach's instant, which is no more in the day.
    a_repair_starts_at_an_exclusive_due_time {
        ""
        "when attack a US must ensure answer by 2024-01-10 otherwise US must ensure tick within 0 seconds"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-11T00:00:00Z tick id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z missed after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-11T00:00:00Z met at 2024-01-11T00:00:00Z"]
    }

    /// `within D of a.time` counts from the trigger instead.
    a_repair_can_count_from_the_trigger {
        ""
        "when attack a US must ensure answer within 24 hours otherwise US must ensure tick within 72 hours of a.time"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-11T12:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-11T00:00:00Z missed after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-13T00:00:00Z open after 0"]
    }

    /// A repair of an `avoid` is owed from the breaking event on, that instant included, and may use its binding.
    a_repair_of_an_avoid {
        "in force from 2024-01-10"
        "US must avoid shot s otherwise US must ensure tick p where p.id == s.id within 1 hour"
        "2024-01-10T00:00:00Z tick id=A
         2024-01-10T00:00:00Z shot id=A
         2024-01-10T02:00:00Z shot id=B
         2024-01-10T02:30:00Z tick id=A"
        as_of "2024-01-10T03:00:00.000000001Z"
        ["(term) repaired: 2024-01-10T00:00:00Z .. broken at 2024-01-10T00:00:00Z and 0 more by line 2; otherwise 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z met at 2024-01-10T00:00:00Z"
         "(term) violated: 2024-01-10T00:00:00Z .. broken at 2024-01-10T02:00:00Z and 0 more by line 3; otherwise 2024-01-10T02:00:00Z ..= 2024-01-10T03:00:00Z missed after 0"]
    }

    /// A repair of a `maintain` is owed from the start of the interval.
    a_repair_of_a_maintain {
        "in force from 2024-01-10"
        "US must maintain alert == low otherwise US must ensure tick within 1 hour"
        "2024-01-10T01:00:00Z alarm level=high drill=false
         2024-01-10T02:00:00Z tick id=A"
        as_of "2024-01-10T03:00:00Z"
        ["(term) repaired: 2024-01-10T00:00:00Z .. broken from 2024-01-10T01:00:00Z on; otherwise 2024-01-10T01:00:00Z ..= 2024-01-10T02:00:00Z met at 2024-01-10T02:00:00Z"]
    }

    /// A repair of a cadence is owed from the end of the period, or from the event N+1 of a count exceeded.
    a_repair_of_a_period {
        "in force from 2024-01-10 for 2 days"
        "US must ensure exactly 1 answer in each 1 day otherwise US must ensure tick within 1 hour"
        "2024-01-11T00:30:00Z tick id=A
         2024-01-11T12:00:00Z answer id=A level=low
         2024-01-11T13:00:00Z answer id=A level=low"
        as_of "2024-01-11T14:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z) repaired: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z short with 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-11T01:00:00Z met at 2024-01-11T00:30:00Z"
         "(period 1 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z) violated: 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z broken at 2024-01-11T13:00:00Z and 0 more; otherwise 2024-01-11T13:00:00Z ..= 2024-01-11T14:00:00Z open after 0"]
    }

    /// An `avoid` can repair: it is kept when its time is over.
    an_avoid_that_repairs {
        ""
        "when attack a US must ensure answer within 1 hour otherwise US must avoid shot within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T01:00:00Z shot id=A
         2024-01-10T06:00:00Z attack id=B
         2024-01-10T07:00:00.000000001Z shot id=A"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z ..= 2024-01-10T02:00:00Z met"
         "(line 3) violated: 2024-01-10T06:00:00Z ..= 2024-01-10T07:00:00Z missed after 0; otherwise 2024-01-10T07:00:00Z ..= 2024-01-10T08:00:00Z broken at 2024-01-10T07:00:00.000000001Z and 0 more"]
    }

    /// A `maintain` that repairs has one outcome: its first broken interval.
    a_maintain_that_repairs {
        ""
        "when attack a US must ensure answer within 1 hour otherwise US must maintain alert == low within 2 hours"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:30:00Z alarm level=high drill=false
         2024-01-10T02:00:00Z alarm level=low drill=false
         2024-01-10T02:30:00Z alarm level=high drill=false
         2024-01-10T06:00:00Z alarm level=low drill=false
         2024-01-10T07:00:00Z attack id=B"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z ..= 2024-01-10T03:00:00Z broken from 2024-01-10T01:00:00Z to 2024-01-10T02:00:00Z"
         "(line 6) repaired: 2024-01-10T07:00:00Z ..= 2024-01-10T08:00:00Z missed after 0; otherwise 2024-01-10T08:00:00Z ..= 2024-01-10T10:00:00Z met"]
    }

    /// A `maintain` for every key that repairs is one duty too: it fails for as long as it is true of not all of them.
    a_maintain_for_every_key_that_repairs {
        ""
        "when attack a US must ensure answer within 1 hour otherwise US must maintain mode(u) == good for every unit u within 1 day"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T02:00:00Z setting unit=A mode=bad
         2024-01-10T03:00:00Z setting unit=B mode=bad
         2024-01-10T04:00:00Z setting unit=A mode=good
         2024-01-10T05:00:00Z setting unit=B mode=good"
        as_of "2024-01-10T06:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z ..= 2024-01-11T01:00:00Z broken from 2024-01-10T02:00:00Z to 2024-01-10T05:00:00Z"]
    }

    /// "Just after" an inclusive due time is the next nanosecond: what is put right then was not broken in the window.
    a_maintain_that_repairs_starts_just_after {
        ""
        "when attack a US must ensure answer within 1 hour otherwise US must maintain alert == low within 2 hours"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:30:00Z alarm level=high drill=false
         2024-01-10T01:00:00.000000001Z alarm level=low drill=false"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z ..= 2024-01-10T03:00:00Z met"]
    }

    /// A due time that lies before the opening is overdue at once, and the duty is broken when it is opened.
    a_repair_of_a_duty_that_was_overdue_from_the_start {
        ""
        "when attack a US must ensure answer within 1 hour of a.at otherwise US must ensure tick within 3 days"
        "2024-01-08T00:00:00Z tick id=A
         2024-01-10T00:00:00Z attack id=A at=2024-01-07T23:00:00Z
         2024-01-13T00:00:00Z tick id=A"
        as_of "2024-01-13T00:00:00Z"
        ["(line 2) repaired: 2024-01-10T00:00:00Z ..= 2024-01-08T00:00:00Z missed after 0; otherwise 2024-01-10T00:00:00Z ..= 2024-01-13T00:00:00Z met at 2024-01-13T00:00:00Z"]
    }

    /// A due time before the breach makes the repair broken at once, and the next one is owed.
    a_repair_that_was_overdue_from_the_start {
        ""
        "when attack a US must ensure answer within 1 hour otherwise US must ensure tick by 2024-01-08 otherwise US must ensure tick within 1 hour"
        "2024-01-10T00:00:00Z attack id=A"
        as_of "2024-01-10T01:00:00.000000001Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z .. 2024-01-09T00:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z ..= 2024-01-10T02:00:00Z open after 0"]
    }

    /// A repair of a duty without trigger can be owed, and answered, after the end of the term.
    a_repair_outlives_the_term {
        "in force from 2024-01-10 for 1 day"
        "US must ensure answer otherwise US must ensure tick within 1 hour"
        "2024-01-11T01:00:00Z tick id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(term) repaired: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z missed after 0; otherwise 2024-01-11T00:00:00Z ..= 2024-01-11T01:00:00Z met at 2024-01-11T01:00:00Z"]
    }

    /// An unknown duty owes no repair.
    an_unknown_duty_owes_no_repair {
        ""
        "when attack a US must ensure answer r where r.by == US within 1 hour otherwise US must ensure tick within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:30:00Z answer id=A level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) unknown: 2024-01-10T00:00:00Z .. unknown"]
    }

    /// A repair that is unknown has not repaired a breach that is certain.
    an_unknown_repair_leaves_the_breach {
        ""
        "when attack a US must ensure tick within 1 hour otherwise US must ensure answer r where r.by == US within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T01:30:00Z answer id=A level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z .. unknown"]
    }

    /// Within a time point events count in the order of their fields' values: the first breaks an `avoid`, ...
    the_breaking_event_of_a_tie {
        ""
        "when attack a US must avoid shot s within 1 hour otherwise US must ensure tick p where p.id == s.id within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:30:00Z shot id=B
         2024-01-10T00:30:00Z shot id=A
         2024-01-10T00:45:00Z tick id=A"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z broken at 2024-01-10T00:30:00Z and 1 more; otherwise 2024-01-10T00:30:00Z ..= 2024-01-10T01:30:00Z met at 2024-01-10T00:45:00Z"]
    }

    /// ... and the second exceeds a count of one.
    the_breaking_event_of_a_count_in_a_tie {
        ""
        "when attack a US must avoid more than 1 shot s within 1 hour otherwise US must ensure tick p where p.id == s.id within 1 hour"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:30:00Z shot id=B
         2024-01-10T00:30:00Z shot id=A
         2024-01-10T00:45:00Z tick id=B"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) repaired: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z broken at 2024-01-10T00:30:00Z and 0 more; otherwise 2024-01-10T00:30:00Z ..= 2024-01-10T01:30:00Z met at 2024-01-10T00:45:00Z"]
    }

    // ---- 4.6 waived by ----

    /// An instance that is open is released, and stays so whatever follows.
    a_release_of_an_open_duty {
        ""
        "when attack a US must ensure answer r where r.id == a.id within 1 hour waived by tick w where w.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T00:30:00Z tick id=A
         2024-01-10T00:31:00Z answer id=A level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) waived: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z waived at 2024-01-10T00:30:00Z"
         "(line 2) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0"]
    }

    /// A duty that is due at the instant of the release, the due time being in time, is still owed; a nanosecond later it is broken.
    a_release_at_the_due_time {
        ""
        "when attack a US must ensure answer within 1 hour waived by tick w where w.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T01:00:00Z tick id=A
         2024-01-10T01:00:00.000000001Z tick id=B"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) waived: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z waived at 2024-01-10T01:00:00Z"
         "(line 2) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0"]
    }

    /// One whose due time is no longer in time is over.
    a_release_at_the_end_of_the_last_day {
        ""
        "when attack a US must ensure answer by 2024-01-10 waived by tick w where w.id == a.id"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T23:59:59.999999999Z tick id=A
         2024-01-10T00:00:00Z attack id=B
         2024-01-11T00:00:00Z tick id=B"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) waived: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z waived at 2024-01-10T23:59:59.999999999Z"
         "(line 3) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z missed after 0"]
    }

    /// An answer at the instant of the release comes to a duty that is no longer owed, and an event that would break it there does not.
    a_release_at_the_instant_of_an_answer_or_a_breach {
        ""
        "when attack a US must ensure answer within 1 hour otherwise US must avoid shot within 1 hour waived by tick"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:30:00Z answer id=A level=low
         2024-01-10T00:30:00Z tick id=A
         2024-01-11T00:00:00Z attack id=A
         2024-01-11T01:30:00Z shot id=A
         2024-01-11T01:30:00Z tick id=A"
        as_of "2024-01-12T00:00:00Z"
        ["(line 1) waived: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z waived at 2024-01-10T00:30:00Z"
         "(line 4) waived: 2024-01-11T00:00:00Z ..= 2024-01-11T01:00:00Z missed after 0; otherwise 2024-01-11T01:00:00Z ..= 2024-01-11T02:00:00Z waived at 2024-01-11T01:30:00Z"]
    }

    /// It releases an instance that is opened at that instant, and none that is opened later.
    a_release_at_the_instant_of_the_trigger {
        ""
        "when attack a US must ensure answer within 1 hour waived by tick"
        "2024-01-10T00:00:00Z tick id=A
         2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:00:00.000000001Z attack id=A"
        as_of "2024-01-11T00:00:00Z"
        ["(line 2) waived: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z waived at 2024-01-10T00:00:00Z"
         "(line 3) violated: 2024-01-10T00:00:00.000000001Z ..= 2024-01-10T01:00:00.000000001Z missed after 0"]
    }

    /// What was broken without a repair that is open stays so, whatever came late.
    a_release_after_a_breach {
        ""
        "when attack a US must ensure answer within 1 hour waived by tick"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T02:00:00Z tick id=A
         2024-01-10T03:00:00Z answer id=A level=low"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z late at 2024-01-10T03:00:00Z after 0"]
    }

    /// Where C is unknown the instance is unknown from then on; after a breach it stays violated. A certain release at the same instant decides.
    a_release_that_cannot_be_told {
        ""
        "when attack a where a.id != \"X\" US must ensure answer r where r.id == a.id within 1 hour otherwise US must ensure tick r where r.id == a.id within 1 hour waived by shot s where s.id == a.id and s.at_night"
        "2024-01-10T00:00:00Z attack id=A
         2024-01-10T00:30:00Z shot id=A
         2024-01-10T00:40:00Z answer id=A level=low
         2024-01-10T00:00:00Z attack id=B
         2024-01-10T01:30:00Z shot id=B
         2024-01-10T01:40:00Z tick id=B
         2024-01-10T00:00:00Z attack id=C
         2024-01-10T00:30:00Z shot id=C
         2024-01-10T00:30:00Z shot id=C at_night=true"
        as_of "2024-01-11T00:00:00Z"
        ["(line 1) unknown: 2024-01-10T00:00:00Z .. unknown"
         "(line 4) violated: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z missed after 0; otherwise 2024-01-10T01:00:00Z .. unknown"
         "(line 7) waived: 2024-01-10T00:00:00Z ..= 2024-01-10T01:00:00Z waived at 2024-01-10T00:30:00Z"]
    }

    /// In periods it is the running period that is released.
    a_release_in_periods {
        "in force from 2024-01-10 for 3 days"
        "US must ensure at least 1 answer in each 1 day waived by tick"
        "2024-01-11T00:00:00Z tick id=A"
        as_of "2024-01-13T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z) violated: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z short with 0"
         "(period 1 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z) waived: 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z waived at 2024-01-11T00:00:00Z"
         "(period 2 2024-01-12T00:00:00Z .. 2024-01-13T00:00:00Z) violated: 2024-01-12T00:00:00Z .. 2024-01-13T00:00:00Z short with 0"]
    }

    // ---- 4.7 may ----

    /// A permitted event does not count; its permission has it for an instance, and one that needs no permission is none.
    a_permission {
        "in force from 2024-01-10 for 2 days"
        "US must avoid shot s where s.id != \"C\" } clause m { US may conduct shot s where s.id in [\"A\", \"C\"] despite c"
        "2024-01-10T00:00:00Z shot id=A
         2024-01-10T01:00:00Z shot id=B
         2024-01-10T02:00:00Z shot id=C
         2024-01-12T00:00:00Z shot id=A"
        as_of "2024-01-13T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z broken at 2024-01-10T01:00:00Z and 0 more by line 2"
         "=m (term) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-10T00:00:00Z"]
    }

    /// Where all that happened is permitted, the one instance of the `avoid` stands for the absence of the rest.
    a_permission_of_all_that_happened {
        "in force from 2024-01-10 for 2 days"
        "US must avoid shot } clause m { US may conduct shot s if some tick t where t.id == s.id within 1 hour before despite c"
        "2024-01-10T00:00:00Z tick id=A
         2024-01-10T01:00:00Z shot id=A"
        as_of "2024-01-11T00:00:00Z"
        ["(term) open: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z open after 0"
         "=m (term) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-10T01:00:00Z"]
    }

    /// Where it is unknown whether an event is permitted, it is unknown whether it counts.
    a_permission_that_cannot_be_told {
        "in force from 2024-01-10 for 2 days"
        "US must avoid shot } clause m { US may conduct shot s where s.at_night despite c"
        "2024-01-10T01:00:00Z shot id=A"
        as_of "2024-01-11T00:00:00Z"
        ["(term) unknown: 2024-01-10T00:00:00Z .. unknown for line 1"
         "=m (term) unknown: 2024-01-10T00:00:00Z .. unknown for line 1"]
    }

    /// A permitted event is not counted where so many are allowed, and an event that two permissions allow is an instance of both.
    a_permission_against_a_count {
        "in force from 2024-01-10 for 2 days"
        "US must avoid more than 1 shot in each 1 day } clause m { US may conduct shot s where s.id == \"A\" despite c } clause n { US may conduct shot s where s.at_night despite c"
        "2024-01-10T01:00:00Z shot id=A at_night=true
         2024-01-10T02:00:00Z shot id=B at_night=false
         2024-01-10T03:00:00Z shot id=A at_night=false"
        as_of "2024-01-11T00:00:00Z"
        ["(period 0 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z) met: 2024-01-10T00:00:00Z .. 2024-01-11T00:00:00Z met"
         "(period 1 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z) open: 2024-01-11T00:00:00Z .. 2024-01-12T00:00:00Z open after 0"
         "=m (term) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-10T01:00:00Z"
         "=m (term) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-10T03:00:00Z"
         "=n (term) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-10T01:00:00Z"]
    }

    /// A permission says nothing of the repairs of the clause.
    a_permission_and_a_repair {
        "in force from 2024-01-10 for 2 days"
        "US must avoid shot s otherwise US must avoid shot t where t.id != s.id within 1 hour } clause m { US may conduct shot s where s.id == \"A\" despite c"
        "2024-01-10T01:00:00Z shot id=B
         2024-01-10T02:00:00Z shot id=A"
        as_of "2024-01-11T00:00:00Z"
        ["(term) violated: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z broken at 2024-01-10T01:00:00Z and 0 more by line 1; otherwise 2024-01-10T01:00:00Z ..= 2024-01-10T02:00:00Z broken at 2024-01-10T02:00:00Z and 0 more"
         "=m (term) met: 2024-01-10T00:00:00Z .. 2024-01-12T00:00:00Z met at 2024-01-10T02:00:00Z"]
    }

    // ---- 5. and 6. ----

    /// A clause without an instance is vacuous.
    a_clause_without_trigger_in_the_log_has_no_instance {
        ""
        "when attack a US must ensure answer within 1 hour"
        "2024-01-10T00:00:00Z tick id=A"
        as_of "2024-01-11T00:00:00Z"
        []
    }

    /// A setter whose key is absent sets nothing.
    a_setter_without_its_key {
        "in force from 2024-01-10"
        "US must maintain lit(l) for every lamp l"
        "2024-01-10T01:00:00Z signal name=A on=true
         2024-01-10T02:00:00Z signal on=false"
        as_of "2024-01-10T04:00:00Z"
        ["(key A) open: 2024-01-10T01:00:00Z .. open after 0"]
    }

    /// A value that a verdict needs and the log does not have makes it unknown: whether an alarm without `drill` set the state.
    a_setting_that_cannot_be_told {
        "in force from 2024-01-10"
        "US must maintain alert == low"
        "2024-01-10T01:00:00Z alarm level=high
         2024-01-10T02:00:00Z alarm level=low drill=true
         2024-01-10T03:00:00Z alarm level=low drill=false"
        as_of "2024-01-10T04:00:00Z"
        ["(term) unknown: 2024-01-10T00:00:00Z .. unknown from 2024-01-10T01:00:00Z to 2024-01-10T03:00:00Z"]
    }
}

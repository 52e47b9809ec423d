//! The duties that are open while a log is watched, the most urgent first.

use std::borrow::Cow;
use std::collections::BinaryHeap;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Style;
use super::results::plain;
use crate::engine::{Instance, Outcome, Subject, Verdict};
use crate::log::Inputs;
use crate::model::Model;
use crate::time::{Due, Instant, humanise};
use crate::verdict::{key_text, time_used};

/// How a watch stands.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// What the time is: that of the log, or of the clock.
    pub now: Instant,
    /// Records that were read.
    pub records: u64,
    /// Records that cannot be used.
    pub unusable: u64,
    /// Records that came too late.
    pub late: u64,
    /// Violations that were told.
    pub violations: u64,
}

/// Draws the open duties, so many at most, each on a line that fits.
///
/// What was violated and can still be repaired is open too.
pub fn board<'a>(
    model: &Model,
    inputs: &Inputs,
    unfinished: impl Iterator<Item = Cow<'a, Instance>>,
    standing: Standing,
    most: usize,
    style: Style,
) -> String {
    let (mut open, mut overdue) = (0_u64, 0_u64);
    let mut urgent: BinaryHeap<Row<'_>> = BinaryHeap::new();
    for instance in unfinished {
        let Some(step) = instance.steps.last() else { continue };
        match (&step.outcome, instance.verdict()) {
            (Outcome::Open { .. }, Verdict::Violated) => overdue += 1,
            (Outcome::Open { .. }, Verdict::Open) => {}
            _ => continue,
        }
        open += 1;
        let Some(due) = step.due else { continue };
        urgent.push(Row { due, instance });
        if urgent.len() > most {
            urgent.pop();
        }
    }
    let mut text = String::new();
    let more = |count: u64, what: &str| {
        if count > 0 {
            format!(", {count} {what}")
        } else {
            String::new()
        }
    };
    let title = format!(
        "{open} open{}{}{}, {} records{}{}",
        more(overdue, "to be repaired"),
        more(standing.violations, "violated"),
        format_args!(" at {}", whole_second(standing.now)),
        standing.records,
        more(standing.late, "late"),
        more(standing.unusable, "unusable"),
    );
    let line = if style.unicode { "─" } else { "-" };
    let title = format!("{line}{line} {title} ");
    let rest = style.width.saturating_sub(title.width());
    let _ = writeln!(text, "{}", style.strong(&format!("{title}{}", line.repeat(rest))));
    for row in urgent.into_sorted_vec() {
        text.push_str(&row.draw(model, inputs, standing.now, style));
        text.push('\n');
    }
    text
}

/// An open duty that will be due.
struct Row<'a> {
    due: Due,
    instance: Cow<'a, Instance>,
}

impl PartialEq for Row<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Row<'_> {}

impl PartialOrd for Row<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Row<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.due.cmp(&other.due)
    }
}

const SECOND: i128 = 1_000_000_000;

/// How many parts the bar has that shows how much of the time has passed.
const BAR: usize = 8;

impl Row<'_> {
    fn draw(&self, model: &Model, inputs: &Inputs, now: Instant, style: Style) -> String {
        let clause = model.clause(self.instance.clause);
        let agreement = model.agreement(clause.agreement);
        let left = self.due.edge().nanoseconds_since(now);
        let countdown = if left < 0 {
            format!("{} ago", humanise(whole_seconds(left)))
        } else {
            format!("in {}", humanise(whole_seconds(left)))
        };
        let used = time_used(model, &self.instance, now);
        let bar = used.map_or_else(String::new, |used| {
            let filled = usize::from(used) * BAR / 100;
            let (full, empty) = if style.unicode { ("█", "░") } else { ("#", ".") };
            format!("{}{} {used:>3}%", full.repeat(filled), empty.repeat(BAR - filled))
        });
        let about = match &self.instance.subject {
            Subject::Trigger(trigger) | Subject::Key(_, Some(trigger)) => {
                let origin = trigger.event.origin;
                let kind = &model.event(trigger.event.kind).name;
                format!("{kind}, {}:{}", inputs.name(origin.input), origin.line)
            }
            Subject::Period(period) | Subject::KeyInPeriod(_, period) => {
                format!("from {}", agreement.zone.show_briefly(period.start))
            }
            Subject::Term | Subject::Key(_, None) => String::new(),
        };
        let key = key_text(model, &self.instance)
            .map(|key| plain(&key))
            .unwrap_or_default();
        let name = format!("{}.{}", agreement.name, clause.name);
        let due = agreement.zone.show_briefly(self.due.edge());
        let parts = [&name, &key, &about];
        let what: Vec<&str> = parts
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        let line = format!("{countdown:>16}  {due}  {bar:<13}  {}", what.join("  "));
        let line = cut(&line, style.width);
        match used {
            _ if left < 0 || self.instance.verdict() == Verdict::Violated => style.tinted(&line, 1),
            Some(used) if used >= 80 => style.tinted(&line, 3),
            _ => line,
        }
    }
}

/// Rounded down: people count down in seconds.
fn whole_seconds(nanoseconds: i128) -> i128 {
    nanoseconds / SECOND * SECOND
}

fn whole_second(instant: Instant) -> Instant {
    Instant::from_unix_nanoseconds(instant.unix_nanoseconds().div_euclid(SECOND) * SECOND).unwrap_or(instant)
}

/// As much of a text as fits.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let fits = |char: &char| {
        used += char.width().unwrap_or(0);
        used < width
    };
    text.chars().take_while(fits).collect::<String>() + "…"
}

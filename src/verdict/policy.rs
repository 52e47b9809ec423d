//! What makes a run fail.

use std::fmt;
use std::str::FromStr;

use super::judgement::strength;
use crate::diagnostic::suggest;
use crate::engine::{Instance, Outcome, Verdict};
use crate::log::visible;
use crate::model::{ClauseSeverity, Duty, Goal, Limit, Measure, Model, Reach, Strength};
use crate::syntax::ast::{Count, Direction};
use crate::time::Instant;
use crate::value::Ratio;

/// Something that makes a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// A clause that binds so strongly, or more, and matters so much, or more, is violated; for aims, it is not reached.
    Violation(Bond, ClauseSeverity),
    /// A verdict cannot be told.
    Unknown,
    /// A duty is not done when so much of its time has passed.
    AtRisk(Percent),
    /// Nothing does.
    Never,
}

/// How strongly a clause binds, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bond {
    /// `aim to`.
    Aim,
    /// `should`.
    Should,
    /// `must`.
    Must,
}

/// A share in whole percents: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u8);

impl Percent {
    /// The instant at which this share of the time of an open duty has passed. `None` where time alone keeps the duty, or it is never due.
    pub fn of_time(self, instance: &Instance) -> Option<Instant> {
        let step = instance.steps.first()?;
        let (opened, due) = (step.opened?, step.due?);
        let whole = due.edge().nanoseconds_since(opened);
        if whole <= 0 || !matches!(step.outcome, Outcome::Open { .. }) {
            return None;
        }
        // Rounded up: not before the share has passed.
        let part = (whole * i128::from(self.0) + 99) / 100;
        Instant::from_unix_nanoseconds(opened.unix_nanoseconds() + part)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl FromStr for Percent {
    type Err = CriterionError;

    fn from_str(text: &str) -> Result<Self, CriterionError> {
        let number = text.strip_suffix('%').map(str::trim_end);
        let number = number.and_then(|number| number.parse::<u8>().ok());
        let number = number.filter(|number| (1..=100).contains(number));
        number.map(Percent).ok_or_else(|| {
            CriterionError(format!(
                "`{}` does not say how much of its time a duty may take: write 1% to 100%, as in 80%",
                visible(text, 60)
            ))
        })
    }
}

const BONDS: [(&str, Bond); 3] = [("must", Bond::Must), ("should", Bond::Should), ("aim", Bond::Aim)];

const SEVERITIES: [(&str, ClauseSeverity); 3] = [
    ("critical", ClauseSeverity::Critical),
    ("major", ClauseSeverity::Major),
    ("minor", ClauseSeverity::Minor),
];

fn named<T: Copy>(names: &[(&str, T)], word: &str) -> Option<T> {
    names.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

/// A text that is no criterion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CriterionError(String);

impl FromStr for Criterion {
    type Err = CriterionError;

    fn from_str(text: &str) -> Result<Self, CriterionError> {
        let shown = visible(text, 60);
        let wrong = |what: String| Err(CriterionError(what));
        let (word, detail) = match text.split_once(':') {
            Some((word, detail)) => (word, Some(detail)),
            None => (text, None),
        };
        match (word, detail) {
            ("never", None) => return Ok(Criterion::Never),
            ("unknown", None) => return Ok(Criterion::Unknown),
            ("at-risk", Some(share)) => {
                return match share.parse() {
                    Ok(percent) => Ok(Criterion::AtRisk(percent)),
                    Err(_) => wrong(format!(
                        "`{shown}` does not say how much of its time a duty may take: write 1% to 100%, as in at-risk:80%"
                    )),
                };
            }
            ("at-risk", None) => {
                return wrong(
                    "`at-risk` does not say how much of its time a duty may take, as in at-risk:80%".to_owned(),
                );
            }
            _ => {}
        }
        let least = named(&SEVERITIES, detail.unwrap_or("minor"));
        match (named(&BONDS, word), named(&SEVERITIES, word), least, detail) {
            (Some(bond), _, Some(least), _) => Ok(Criterion::Violation(bond, least)),
            (None, Some(least), _, None) => Ok(Criterion::Violation(Bond::Must, least)),
            (Some(_), _, None, Some(severity)) => {
                let names = SEVERITIES.map(|(name, _)| name);
                let help = suggest(&visible(severity, 60), "severities", &names).unwrap_or_default();
                wrong(format!("there is no severity `{}`; {help}", visible(severity, 60)))
            }
            (_, Some(_), _, Some(_)) => wrong(format!(
                "`{shown}` names a severity first; write the strength before it, as in should:major"
            )),
            _ => {
                let names = [
                    "must",
                    "should",
                    "aim",
                    "critical",
                    "major",
                    "minor",
                    "unknown",
                    "at-risk:80%",
                    "never",
                ];
                let help = suggest(&visible(word, 60), "conditions", &names).unwrap_or_default();
                wrong(format!("there is no condition `{shown}`; {help}"))
            }
        }
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Criterion::Violation(bond, least) => {
                let bond = BONDS
                    .iter()
                    .find(|(_, known)| known == bond)
                    .map_or("", |(name, _)| name);
                match SEVERITIES.iter().find(|(_, known)| known == least) {
                    Some((severity, least)) if *least != ClauseSeverity::Minor => write!(f, "{bond}:{severity}"),
                    _ => f.write_str(bond),
                }
            }
            Criterion::Unknown => f.write_str("unknown"),
            Criterion::AtRisk(percent) => write!(f, "at-risk:{percent}"),
            Criterion::Never => f.write_str("never"),
        }
    }
}

/// All that makes a run fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailOn(Vec<Criterion>);

impl Default for FailOn {
    /// A violation of a binding clause.
    fn default() -> Self {
        FailOn(vec![Criterion::Violation(Bond::Must, ClauseSeverity::Minor)])
    }
}

/// Why an instance makes a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// It is violated.
    Violation,
    /// It is an aim that is not reached.
    Unreached,
    /// It cannot be told.
    Unknown,
    /// It is not done, and so much of its time has passed, in percent.
    AtRisk(u8),
}

impl FailOn {
    /// Criteria of which one is enough. Where none is about violations, those of binding clauses are one too.
    ///
    /// # Errors
    /// `never` beside others.
    pub fn new(mut criteria: Vec<Criterion>) -> Result<Self, CriterionError> {
        let never = criteria.contains(&Criterion::Never);
        if never && criteria.iter().any(|criterion| *criterion != Criterion::Never) {
            let text = "`never` stands alone: with it, nothing makes the run fail";
            return Err(CriterionError(text.to_owned()));
        }
        if !never
            && !criteria
                .iter()
                .any(|criterion| matches!(criterion, Criterion::Violation(..)))
        {
            criteria.insert(0, Criterion::Violation(Bond::Must, ClauseSeverity::Minor));
        }
        Ok(FailOn(criteria))
    }

    /// The criteria, as they are written.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Why an instance makes the run fail, judged as of an instant.
    pub fn ground(&self, model: &Model, instance: &Instance, as_of: Instant) -> Option<Ground> {
        let verdict = instance.verdict();
        if !matches!(verdict, Verdict::Violated | Verdict::Unknown | Verdict::Open) {
            return None;
        }
        let clause = model.clause(instance.clause);
        let bond = match strength(model, instance.clause) {
            Strength::Binding => Bond::Must,
            Strength::BestEffort => Bond::Should,
            Strength::Aim => Bond::Aim,
            Strength::Permission => return None,
        };
        let concerned = self.0.iter().any(|criterion| {
            matches!(criterion, Criterion::Violation(least, severity) if bond >= *least && clause.severity >= *severity)
        });
        match verdict {
            Verdict::Violated if concerned => Some(Ground::Violation),
            Verdict::Unknown if self.0.contains(&Criterion::Unknown) => Some(Ground::Unknown),
            Verdict::Open if concerned && bond == Bond::Aim => Some(Ground::Unreached),
            Verdict::Open if concerned => {
                let bounds = self.0.iter().filter_map(|criterion| match criterion {
                    Criterion::AtRisk(Percent(percent)) => Some(*percent),
                    _ => None,
                });
                let used = time_used(model, instance, as_of)?;
                (bounds.min()? <= used).then_some(Ground::AtRisk(used))
            }
            _ => None,
        }
    }
}

/// How much of its time has passed while something has still to be done, in whole percents rounded down. `None` where time alone keeps the duty, or it
/// is never due.
pub fn time_used(model: &Model, instance: &Instance, as_of: Instant) -> Option<u8> {
    let step = instance.steps.first()?;
    let duty = model.clause(instance.clause).duties.first()?;
    let Outcome::Open { count } = &step.outcome else {
        return None;
    };
    if instance.verdict() != Verdict::Open || !is_to_be_done(duty, *count) {
        return None;
    }
    let opened = step.opened?;
    let whole = step.due?.edge().nanoseconds_since(opened);
    if whole <= 0 {
        return None;
    }
    let used = as_of.nanoseconds_since(opened).clamp(0, whole);
    u8::try_from(used * 100 / whole).ok()
}

/// Whether an open duty needs more to happen, with so many events that count so far.
fn is_to_be_done(duty: &Duty, count: u32) -> bool {
    match &duty.goal {
        Goal::Ensure { .. } => true,
        Goal::EnsureEach {
            count: Count::AtLeast(wanted) | Count::Exactly(wanted),
            ..
        } => count < *wanted,
        Goal::Bound(bound) => {
            let floor = bound.direction == Direction::Floor && !matches!(bound.reach, Reach::Any(_));
            // What other figures come to is known when their time is over: what was reached can be lost again.
            let reached = match (&bound.figure.measure, &bound.limit) {
                (Measure::Count, Limit::Fixed(limit)) => Ratio::whole(i128::from(count)) >= *limit,
                _ => false,
            };
            floor && !reached
        }
        Goal::EnsureBefore { .. }
        | Goal::Avoid { .. }
        | Goal::AvoidEach { .. }
        | Goal::Permit { .. }
        | Goal::Maintain { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_are_read_as_they_are_written() {
        for text in [
            "must",
            "should",
            "aim",
            "must:major",
            "should:critical",
            "unknown",
            "at-risk:80%",
            "never",
        ] {
            assert_eq!(text.parse::<Criterion>().unwrap().to_string(), text);
        }
        for (text, same) in [
            ("critical", "must:critical"),
            ("minor", "must"),
            ("aim:minor", "aim"),
            ("at-risk:9 %", "at-risk:9%"),
        ] {
            assert_eq!(text.parse::<Criterion>().unwrap().to_string(), same);
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        let says = |text: &str| text.parse::<Criterion>().unwrap_err().to_string();
        assert!(says("shoud").ends_with("did you mean `should`?"));
        assert!(says("must:crtical").ends_with("did you mean `critical`?"));
        assert!(says("major:must").contains("should:major"));
        for share in [
            "at-risk",
            "at-risk:",
            "at-risk:80",
            "at-risk:0%",
            "at-risk:101%",
            "at-risk:-1%",
            "at-risk:x%",
        ] {
            assert!(says(share).contains("at-risk:80%"), "{share}");
        }
        assert!(says("").contains("`must`"));
        assert!(says("never:1").contains("no condition"));
        let both = FailOn::new(vec![Criterion::Never, Criterion::Unknown]).unwrap_err();
        assert!(both.to_string().contains("stands alone"));
    }

    #[test]
    fn violations_of_binding_clauses_count_unless_others_are_named() {
        let words = |criteria: &[&str]| {
            let criteria = criteria.iter().map(|text| text.parse().unwrap());
            FailOn::new(criteria.collect()).unwrap().words()
        };
        assert_eq!(words(&["at-risk:50%"]), ["must", "at-risk:50%"]);
        assert_eq!(words(&["unknown", "should:major"]), ["unknown", "should:major"]);
        assert_eq!(words(&["never"]), ["never"]);
        assert_eq!(words(&[]), ["must"]);
    }
}

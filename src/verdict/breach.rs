//! How a duty was broken, told from its breach.

use super::describe::{only_field, subject_field};
use super::explain::Explainer;
use super::explanation::{Evidence, Note, Role};
use super::remedy::at_least;
use crate::engine::{Breach, Excuse, Late, NearMiss, Nearest, Step};
use crate::log::{Event, Origin};
use crate::model::{Condition, ConditionKind, Duty, FieldRef, Goal, Pattern};
use crate::syntax::ast::{Count, Quantity};
use crate::time::{Instant, humanise, spell_out};

impl<'a> Explainer<'a> {
    pub(super) fn breach(&mut self, step: &Step, duty: &'a Duty, breach: &Breach) {
        let actors = self.actors(duty);
        match (breach, &duty.goal) {
            (
                Breach::Missed { late, count, near },
                Goal::Ensure {
                    pattern,
                    count: wanted,
                    excuse,
                    ..
                },
            ) => {
                let name = self.words.event(pattern.event);
                let how_many = short_of(*count, *wanted);
                self.explanation.headline = match (late, step.due) {
                    (Some(late), Some(due)) => {
                        let lateness = humanise(late.by.time.nanoseconds_since(due.edge()));
                        let excused = match &late.excuse {
                            Excuse::No => String::new(),
                            Excuse::Yes => ", which is excused".to_owned(),
                            Excuse::Unknown(lacks) => {
                                format!(", and whether that is excused cannot be told: {}", self.lacking(lacks))
                            }
                        };
                        format!("`{name}` came {lateness} late{excused}")
                    }
                    _ if *wanted == 1 => format!("no `{name}` that counts came in time"),
                    _ => format!("only {how_many} `{name}` came in time"),
                };
                self.rule(pattern.span, format!("{actors} owed this"));
                self.due_label(step, duty);
                if let Some(late) = late {
                    let lateness = step.due.map_or(0, |due| late.by.time.nanoseconds_since(due.edge()));
                    let at = self.words.instant(late.by.time);
                    let text = format!("came at {at}: {} late", humanise(lateness));
                    self.evidence(&late.by, Role::Late, text, Some(FieldRef::Time));
                }
                if let Some(excuse) = excuse {
                    self.excuse(late.as_ref(), excuse, pattern);
                }
                // What came late shows best what was lacking, but for what had been there and was taken back.
                let told = |near: &&NearMiss| late.is_none() || near.retracted_by.is_some();
                self.near_miss(near.as_deref().filter(told), pattern);
            }
            (
                Breach::NotBefore { count, nearest },
                Goal::EnsureBefore {
                    pattern,
                    count: wanted,
                    lead,
                },
            ) => {
                let name = self.words.event(pattern.event);
                self.explanation.headline = match (nearest, step.opened, step.due) {
                    (Some(Nearest::TooLate(event)), Some(opened), Some(due)) => {
                        let before = spell_out(opened.nanoseconds_since(event.time));
                        let short = spell_out(event.time.nanoseconds_since(due.edge()));
                        format!("`{name}` came {before} before, {short} short")
                    }
                    _ if *wanted == 1 => format!("no `{name}` that counts came {lead}"),
                    _ => format!("only {} `{name}` came {lead}", short_of(*count, *wanted)),
                };
                self.rule(pattern.span, format!("{actors} owed this"));
                self.due_label(step, duty);
                match nearest {
                    Some(Nearest::TooLate(event)) => {
                        let at = self.words.instant(event.time);
                        let short = step.due.map_or(0, |due| event.time.nanoseconds_since(due.edge()));
                        let text = format!("came at {at}: {} too late", humanise(short));
                        self.evidence(event, Role::Late, text, Some(FieldRef::Time));
                    }
                    Some(Nearest::Failed(near)) => self.near_miss(Some(near), pattern),
                    None => {}
                }
            }
            (
                Breach::Short { count, near },
                Goal::EnsureEach {
                    pattern,
                    count: wanted,
                    periods,
                },
            ) => {
                let name = self.words.event(pattern.event);
                let wanted = match wanted {
                    Count::AtLeast(count) | Count::Exactly(count) => *count,
                };
                let period = self.period_text(step, periods);
                self.explanation.headline = match wanted {
                    1 => format!("no `{name}` that counts in {period}"),
                    _ => format!("only {} `{name}` in {period}", short_of(*count, wanted)),
                };
                self.rule(pattern.span, format!("{actors} owed {}", at_least(wanted)));
                self.due_label(step, duty);
                self.near_miss(near.as_deref(), pattern);
            }
            (breach @ (Breach::Beyond { .. } | Breach::Spell { .. }), Goal::Bound(bound)) => {
                self.beyond(step, duty, bound, breach);
            }
            (Breach::Event { by, further }, goal) => self.broken_by(step, duty, goal, by, *further),
            (Breach::Interval { start, end, by }, Goal::Maintain { condition, .. }) => {
                let text = self.words.condition(condition, None);
                let end_text = match end {
                    Some(end) => format!("until {}", self.words.instant(*end)),
                    None => "and still is not".to_owned(),
                };
                let since = self.words.instant(*start);
                self.explanation.headline = format!("`{text}` was not true from {since} {end_text}");
                self.rule(condition.span, format!("{actors} had to keep this true"));
                self.due_label(step, duty);
                for event in by {
                    let at = self.words.instant(event.time);
                    self.evidence(event, Role::Setter, format!("this set the state, at {at}"), None);
                }
            }
            _ => {}
        }
    }

    /// What the excuse of a duty has to do with what came late, or with what may still come.
    fn excuse(&mut self, late: Option<&Late>, excuse: &Condition, pattern: &Pattern) {
        let Some(late) = late else {
            let name = self.words.event(pattern.event);
            let condition = self.words.condition(excuse, Some(pattern.event));
            let text = format!("a late `{name}` can still be excused: {condition}");
            self.explanation.repairs.push(text);
            return;
        };
        let text = match late.excuse {
            Excuse::Yes => "so of the late one",
            Excuse::No => "not so of the late one",
            Excuse::Unknown(_) => "whether this is so of the late one is unknown",
        };
        self.rule(excuse.span, text);
        if let Some(field) = subject_field(excuse) {
            let name = self.words.field_name(late.by.kind, field).to_owned();
            let text = match self.words.field(&late.by, field) {
                Some(value) => format!("{name} is {value}"),
                None => format!("{name} is absent"),
            };
            self.evidence(&late.by, Role::Late, text, Some(field));
        }
    }

    fn broken_by(&mut self, step: &Step, duty: &'a Duty, goal: &'a Goal, by: &Event, further: u32) {
        let actors = self.actors(duty);
        let (pattern, limit, periods) = match goal {
            Goal::Avoid { pattern, more_than, .. } => (pattern, *more_than, None),
            Goal::AvoidEach {
                pattern,
                more_than,
                periods,
                ..
            } => (pattern, Some(*more_than), Some(periods)),
            Goal::EnsureEach {
                pattern,
                count: Count::Exactly(count) | Count::AtLeast(count),
                periods,
            } => (pattern, Some(*count), Some(periods)),
            Goal::Ensure { pattern, .. } => (pattern, None, None),
            Goal::EnsureBefore { .. } | Goal::Permit { .. } | Goal::Maintain { .. } | Goal::Bound(_) => return,
        };
        let name = self.words.event(pattern.event);
        let at = self.words.instant(by.time);
        match limit {
            None => {
                self.explanation.headline = format!("`{name}` happened, which {actors} had to avoid");
                self.rule(pattern.span, format!("{actors} had to avoid this"));
            }
            Some(limit) => {
                let span = match periods {
                    Some(periods) => format!(" in {}", self.period_text(step, periods)),
                    None => String::new(),
                };
                self.explanation.headline = format!(
                    "{} `{name}`{span}, where at most {limit} may be",
                    u64::from(limit) + 1 + u64::from(further)
                );
                self.rule(pattern.span, format!("{actors} had to keep to {limit}"));
            }
        }
        self.due_label(step, duty);
        if let Goal::Avoid { guards, .. } | Goal::AvoidEach { guards, .. } = goal {
            self.guards(guards, by.time);
        }
        self.not_permitted(duty);
        let what = match limit {
            None => "this broke the duty".to_owned(),
            Some(limit) => format!("this is number {}", u64::from(limit) + 1),
        };
        let more = match further {
            0 => String::new(),
            1 => "; one more followed".to_owned(),
            more => format!("; {more} more followed"),
        };
        let field = pattern.conditions.iter().find_map(subject_field);
        self.evidence(by, Role::Breach, format!("{what}, at {at}{more}"), field);
    }

    /// Says at the guards what there was at the instant of the event that broke the duty.
    fn guards(&mut self, guards: &[Condition], at: Instant) {
        for guard in guards {
            let (condition, holds) = match &guard.kind {
                ConditionKind::Not(negated) => (&**negated, false),
                _ => (guard, true),
            };
            let text = match (&condition.kind, holds) {
                (ConditionKind::Past(query), _) => {
                    let found = match (query.quantity, holds) {
                        (Quantity::Some, true) | (Quantity::No, false) => "found",
                        (Quantity::Some, false) | (Quantity::No, true) => "none found",
                        (Quantity::AtLeast(_), true) => "as many found",
                        (Quantity::AtLeast(_), false) => "fewer found",
                    };
                    let from = query.within.and_then(|within| self.words.zone.subtract(at, within));
                    let from = from.map_or_else(String::new, |from| format!(" from {}", self.words.instant(from)));
                    format!("looked for{from} up to {}: {found}", self.words.instant(at))
                }
                (_, true) => format!("so at {}", self.words.instant(at)),
                (_, false) => format!("not so at {}", self.words.instant(at)),
            };
            self.rule(guard.span, text);
        }
    }

    /// Says at the permissions that the event is not among what they permit.
    fn not_permitted(&mut self, duty: &Duty) {
        let clause = self.words.model.clause(self.instance.clause);
        if clause.duties.first().map(|first| first.span) == Some(duty.span) {
            for exception in &clause.exceptions {
                self.rule(exception.span, "this does not permit it");
            }
        }
    }

    fn near_miss(&mut self, near: Option<&NearMiss>, pattern: &'a Pattern) {
        let Some(near) = near else { return };
        if let Some(retraction) = near.retracted_by {
            self.retraction(&near.event, retraction);
            return;
        }
        let failed: Vec<&Condition> = near
            .failed
            .iter()
            .filter_map(|position| pattern.conditions.get(usize::from(*position)))
            .collect();
        let reasons: Vec<String> = failed
            .iter()
            .map(|condition| self.words.failure(condition, &near.event))
            .collect();
        let field = failed.first().and_then(|condition| only_field(condition));
        let text = format!("did not count: {}", reasons.join("; "));
        self.evidence(&near.event, Role::NearMiss, text, field);
        for condition in failed {
            self.explanation.rule.push(Note {
                span: condition.span,
                text: "not so of the nearest event".to_owned(),
                minor: true,
            });
        }
    }
}

impl Explainer<'_> {
    /// Shows an event that would have counted, and the record that took it back.
    fn retraction(&mut self, event: &Event, by: Origin) {
        let at = self.words.instant(event.time);
        let text = format!("would have counted, at {at}, and was retracted");
        self.evidence(event, Role::NearMiss, text, None);
        let line = event.origin.line;
        self.explanation.evidence.push(Evidence {
            origin: by,
            time: event.time,
            role: Role::NearMiss,
            text: format!("this retracts line {line}"),
            field: None,
        });
    }
}

fn short_of(count: u32, wanted: u32) -> String {
    format!("{count} of {wanted}")
}

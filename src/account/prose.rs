//! The sentences of a clause.

use super::conditions::{NO_SUBJECT, Subject, Words, listed, times};
use crate::model::{
    Bound, Clause, Clock, Clocks, Condition, ConditionKind, Duty, EndReason, Extension, Extent, Figure, Goal, LeadTime,
    LifeChange, LifeRule, Limit, Measure, Model, Opening, Pattern, PerKind, Periods, Reach, Relative, Standing,
    Strength, Trigger, Unit, Var,
};
use crate::syntax::ast::{Count, Direction};
use crate::time::{Cadence, Duration, Respite};
use crate::value::{Ratio, Type};

/// The sentences of a clause: its duty with what opens it, its repairs, and what releases it.
pub(super) fn sentences(model: &Model, clause: &Clause) -> Vec<String> {
    let words = Words { model, clause };
    let mut sentences = Vec::new();
    for (place, duty) in clause.duties.iter().enumerate() {
        let owed = words.duty(duty, place);
        let sentence = match (place, words.opening()) {
            (0, Some(opening)) => format!("{opening}, then {owed}."),
            (0, None) => format!("{}.", capitalised(&owed)),
            (1, _) => format!("If that is not kept, then {owed}, counted from the breach."),
            _ => format!("If that is not done either, then {owed}, counted from that second breach."),
        };
        sentences.push(sentence);
        if let Goal::Ensure {
            excuse: Some(excuse),
            pattern,
            ..
        } = &duty.goal
        {
            let subject = Subject {
                event: pattern.event,
                own: Var::Subject,
            };
            sentences.push(format!(
                "One that comes late is excused if {}.",
                words.condition(excuse, subject)
            ));
        }
    }
    for pattern in &clause.waivers {
        sentences.push(format!(
            "What is still owed is released by {}.",
            words.pattern(pattern, Var::Subject)
        ));
    }
    for exception in &clause.exceptions {
        sentences.push(format!("What `{}` permits does not count.", exception.clause));
    }
    sentences.extend(clause.life.iter().map(|rule| words.life("The clause", rule)));
    let agreement = model.agreement(clause.agreement);
    sentences.extend(agreement.life.iter().map(|rule| words.life("The agreement", rule)));
    sentences.extend(words.strength().map(str::to_owned));
    sentences
}

/// The pattern of the events that a goal asks for or forbids.
pub(super) fn pattern_of(goal: &Goal) -> Option<&Pattern> {
    match goal {
        Goal::Ensure { pattern, .. }
        | Goal::EnsureBefore { pattern, .. }
        | Goal::EnsureEach { pattern, .. }
        | Goal::Avoid { pattern, .. }
        | Goal::AvoidEach { pattern, .. }
        | Goal::Permit { pattern, .. } => Some(pattern),
        Goal::Bound(bound) => Some(&bound.figure.pattern),
        Goal::Maintain { .. } => None,
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

impl Words<'_> {
    /// "If an `attack` whose against is UA happens at t", with the guards; nothing for a duty of the term.
    pub(super) fn opening(&self) -> Option<String> {
        let Opening::Trigger { trigger, guards } = &self.clause.opening else {
            return None;
        };
        let happens = match trigger {
            Trigger::Any(patterns) => {
                let kinds: Vec<String> = patterns
                    .iter()
                    .map(|pattern| self.pattern(pattern, Var::Subject))
                    .collect();
                format!("If {} happens at t", listed(&kinds, "or"))
            }
            Trigger::Sequence(sequence) => format!(
                "If {} happens, and after it, not later than {} later, {} at t",
                self.pattern(&sequence.first, Var::Subject),
                sequence.within,
                self.pattern(&sequence.then, Var::Subject)
            ),
            Trigger::Repeated(repetition) => {
                let group = repetition.group.map_or_else(String::new, |field| {
                    format!(
                        ", counted for each {} by itself,",
                        self.field_of(&repetition.pattern, field)
                    )
                });
                format!(
                    "If {} comes to be so often{group} that it is the number {} of any {} at t",
                    self.pattern(&repetition.pattern, Var::Subject),
                    repetition.count,
                    repetition.window
                )
            }
        };
        let own = Subject {
            event: trigger.opening().first()?.event,
            own: Var::Trigger,
        };
        Some(format!("{happens}{}", self.guards(guards, own, ", and if ")))
    }

    fn field_of(&self, pattern: &Pattern, field: crate::model::FieldRef) -> String {
        match field {
            crate::model::FieldRef::Time => "instant".to_owned(),
            crate::model::FieldRef::Declared(id) => self.model.event(pattern.event).field(id).name.replace('_', " "),
        }
    }

    fn guards(&self, guards: &[Condition], own: Subject, before: &str) -> String {
        let texts: Vec<String> = guards.iter().map(|guard| self.condition(guard, own)).collect();
        if texts.is_empty() {
            String::new()
        } else {
            format!("{before}{}", listed(&texts, "and"))
        }
    }

    fn duty(&self, duty: &Duty, place: usize) -> String {
        let subject = pattern_of(&duty.goal).map(|pattern| Subject {
            event: pattern.event,
            own: Var::Subject,
        });
        let actors: Vec<String> = duty
            .actors
            .iter()
            .map(|actor| match subject {
                Some(subject) => self.operand(actor, subject),
                None => self.operand(actor, NO_SUBJECT),
            })
            .collect();
        let actors = listed(&actors, "and");
        let modal = match duty.strength {
            Strength::Binding => "must",
            Strength::BestEffort => "should",
            Strength::Aim => "aims to",
            Strength::Permission => "may",
        };
        let from = if place == 0 { "t" } else { "the breach" };
        let until = duty.end.as_ref().map_or_else(String::new, |pattern| {
            let word = match duty.goal {
                Goal::Ensure { .. } => "before",
                Goal::Bound(ref bound) if bound.direction == Direction::Floor => "before",
                _ => "until",
            };
            format!(", {word} {} happens", self.pattern(pattern, Var::Subject))
        });
        format!("{actors} {modal} {}{until}", self.goal(&duty.goal, from))
    }

    fn goal(&self, goal: &Goal, from: &str) -> String {
        match goal {
            Goal::Ensure {
                pattern, count, extent, ..
            } => {
                let times = if *count == 1 {
                    String::new()
                } else {
                    format!(" at least {}", times(*count))
                };
                format!(
                    "see to it that {} happens{times}{}",
                    self.pattern(pattern, Var::Subject),
                    self.extent(extent, from, true)
                )
            }
            Goal::EnsureBefore { pattern, count, lead } => {
                let times = if *count == 1 {
                    String::new()
                } else {
                    format!(" at least {}", times(*count))
                };
                format!(
                    "have seen to it that {} happened{times} {}",
                    self.pattern(pattern, Var::Subject),
                    lead_words(*lead)
                )
            }
            Goal::EnsureEach {
                pattern,
                count,
                periods,
            } => {
                let count = match count {
                    Count::AtLeast(count) => format!("at least {}", times(*count)),
                    Count::Exactly(count) => format!("exactly {}", times(*count)),
                };
                format!(
                    "see to it that {} happens {count} {}",
                    self.pattern(pattern, Var::Subject),
                    self.periods(periods, true)
                )
            }
            Goal::Avoid {
                pattern,
                guards,
                more_than,
                extent,
            } => format!(
                "{}{}{}",
                self.not_more(pattern, *more_than),
                self.extent(extent, from, false),
                self.only_if(pattern, guards)
            ),
            Goal::AvoidEach {
                pattern,
                guards,
                more_than,
                periods,
            } => format!(
                "{} {}{}",
                self.not_more(pattern, Some(*more_than)),
                self.periods(periods, false),
                self.only_if(pattern, guards)
            ),
            Goal::Permit { pattern, guards, .. } => {
                let own = Subject {
                    event: pattern.event,
                    own: Var::Subject,
                };
                format!(
                    "let {} happen{}, although another clause forbids it",
                    self.pattern(pattern, Var::Subject),
                    self.guards(guards, own, ", where ")
                )
            }
            Goal::Maintain {
                condition,
                every,
                extent,
            } => {
                let each = every.as_ref().map_or_else(String::new, |every| {
                    format!(", for every {} {} that is known", every.label, every.binding)
                });
                format!(
                    "see to it that at every instant{} {}{each}",
                    self.extent(extent, from, false),
                    self.condition(condition, NO_SUBJECT)
                )
            }
            Goal::Bound(bound) => self.bound(bound, from),
        }
    }

    fn not_more(&self, pattern: &Pattern, more_than: Option<u32>) -> String {
        match more_than {
            None => format!("not let {} happen", self.pattern(pattern, Var::Subject)),
            Some(count) => format!(
                "not let {} happen more than {count} times",
                self.pattern(pattern, Var::Subject)
            ),
        }
    }

    fn only_if(&self, pattern: &Pattern, guards: &[Condition]) -> String {
        let own = Subject {
            event: pattern.event,
            own: Var::Subject,
        };
        // What is not forbidden is easier to read as an exception.
        let (exceptions, conditions): (Vec<&Condition>, Vec<&Condition>) = guards
            .iter()
            .partition(|guard| matches!(guard.kind, ConditionKind::Not(_)));
        let mut out = String::new();
        if !conditions.is_empty() {
            let conditions: Vec<Condition> = conditions.into_iter().cloned().collect();
            out.push_str(&self.guards(&conditions, own, ", where "));
        }
        for exception in exceptions {
            if let ConditionKind::Not(inner) = &exception.kind {
                out.push_str(", unless ");
                out.push_str(&self.condition(inner, own));
            }
        }
        out
    }

    fn bound(&self, bound: &Bound, from: &str) -> String {
        let figure = self.figure(&bound.figure);
        let limit = match &bound.limit {
            Limit::Fixed(limit) => Self::amount(*limit, &bound.figure.unit),
            Limit::Part(part, figure) => format!("{} of {}", percentage(*part), self.figure(figure)),
        };
        let over = match &bound.reach {
            Reach::Each(periods) => format!(" {}", self.periods(periods, bound.direction == Direction::Floor)),
            Reach::Any(window) => format!(" in any {}, wherever it starts", window.length),
            Reach::Over(extent) => self.extent(extent, from, false),
        };
        let each = bound.per.as_ref().map_or_else(String::new, |per| match &per.kind {
            PerKind::Members(name, _) => format!(", for every {name} of the parties by itself"),
            PerKind::Values(field) => format!(", for every {} by itself", self.field_of(&bound.figure.pattern, *field)),
        });
        let kept = match bound.direction {
            Direction::Floor => format!("see to it that {figure} is at least {limit}"),
            Direction::Ceiling => format!("not let {figure} be more than {limit}"),
        };
        format!(
            "{kept}{over}{each}{}",
            self.only_if(&bound.figure.pattern, &bound.guards)
        )
    }

    fn figure(&self, figure: &Figure) -> String {
        let of = |field: &crate::model::FieldRef| self.field_of(&figure.pattern, *field);
        let events = || {
            let name = &self.model.event(figure.pattern.event).name;
            let conditions = &figure.pattern.conditions;
            format!(
                "`{name}`{}",
                self.qualities(conditions, figure.pattern.event, Var::Subject)
            )
        };
        match &figure.measure {
            Measure::Count => format!("the number of {}", events()),
            Measure::Total(field) => format!("the total {} of {}", of(field), events()),
            Measure::Average(field) => format!("the average {} of {}", of(field), events()),
            Measure::Lowest(field) => format!("the lowest {} of {}", of(field), events()),
            Measure::Highest(field) => format!("the highest {} of {}", of(field), events()),
            Measure::Distinct(field) => format!("the number of different values of {} in {}", of(field), events()),
            Measure::Share(hit) => {
                let subject = Subject {
                    event: figure.pattern.event,
                    own: Var::Subject,
                };
                format!("the share of {} of which {}", events(), self.condition(hit, subject))
            }
        }
    }

    fn amount(limit: Ratio, unit: &Unit) -> String {
        match unit {
            Unit::Share => percentage(limit),
            Unit::Events => limit.decimals().0.to_string(),
            Unit::Of(ty) => {
                let billionths = limit.decimals().0;
                match ty {
                    Type::Duration => crate::time::humanise(billionths),
                    Type::Money(currency) => format!("{} {currency}", crate::verdict::scaled(billionths)),
                    _ => crate::verdict::scaled(billionths),
                }
            }
        }
    }

    /// " in each 12 months, counted from ...".
    fn periods(&self, periods: &Periods, is_floor: bool) -> String {
        let cut = if is_floor { " that is whole" } else { "" };
        match periods.cadence {
            Cadence::Every(length) => format!(
                "in each {length}{cut}, counted from {}",
                self.zone().date_of(periods.anchor)
            ),
            Cadence::Calendar(unit) => format!("in each calendar {}{cut}", unit.word()),
        }
    }

    fn extent(&self, extent: &Extent, from: &str, is_response: bool) -> String {
        match extent {
            Extent::Standing(standing) => self.standing(standing),
            Extent::Relative(Relative::Never) if is_response => ", at some time".to_owned(),
            Extent::Relative(Relative::Never) => ", from then on".to_owned(),
            Extent::Relative(Relative::Until(clocks)) => self.clocks(clocks, from),
        }
    }

    fn standing(&self, standing: &Standing) -> String {
        let day = |instant| self.zone().date_of(instant).to_string();
        let start = standing.start.map(|start| format!("from {}", day(start)));
        let end = match standing.reason() {
            EndReason::Date(date) => Some(format!("until the end of {date}")),
            EndReason::Deferred(date) => Some(format!("until the end of the working day after {date}")),
            EndReason::Never => None,
            EndReason::Within(_) | EndReason::WorkingDays(_) | EndReason::DayOfMonth(_) => standing
                .end()
                .map(|due| format!("until {}", self.zone().show(due.edge()))),
            EndReason::Term => standing
                .end()
                .map(|due| format!("until the term ends on {}", day(due.edge()))),
        };
        let parts: Vec<String> = start.into_iter().chain(end).collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!(" {}", parts.join(" "))
        }
    }

    fn clocks(&self, clocks: &Clocks, from: &str) -> String {
        let texts: Vec<String> = clocks.iter().map(|clock| self.clock(clock, from)).collect();
        match texts.as_slice() {
            [only] => format!(", {only}"),
            _ => format!(", {}, whichever is the earlier", texts.join(" and ")),
        }
    }

    fn clock(&self, clock: &Clock, from: &str) -> String {
        let since = |field: Option<&crate::model::Operand>| match field {
            Some(field) => self.operand(field, NO_SUBJECT),
            None => from.to_owned(),
        };
        match clock {
            Clock::Within(length) => format!("not later than {from} + {}", exactly(*length)),
            Clock::WithinOf(length, field) => format!("not later than {length} after {}", since(Some(field))),
            Clock::By(date, _) => format!("by the end of {date} in {}", self.zone().name()),
            Clock::WorkingDays(count, field, _) => format!(
                "by the end of working day {count} after the day of {}",
                since(field.as_ref())
            ),
            Clock::DayOfMonth(day, field) => format!("by the end of {day} {}", since(field.as_ref())),
            Clock::Deferred(clock, respite, _) => {
                let until = match respite {
                    Respite::WholeDay => "the end".to_owned(),
                    Respite::Until(time) => time.to_string(),
                };
                format!(
                    "{} (or, where that falls on a day that is no working day, by {until} of the next one)",
                    self.clock(clock, from)
                )
            }
        }
    }

    /// "The agreement ends 6 months after a `notice` ...".
    fn life(&self, what: &str, rule: &LifeRule) -> String {
        let by = self.pattern(&rule.pattern, Var::Subject);
        match rule.change {
            LifeChange::Suspend => format!("{what} is suspended from {by} on."),
            LifeChange::Resume => format!("{what} is in force again from {by} on."),
            LifeChange::Extend(Extension::For(length)) => {
                format!("With {by} the term of the agreement ends {length} later.")
            }
            LifeChange::Extend(Extension::To(field)) => {
                let field = &self.model.event(rule.pattern.event).field(field).name;
                format!("With {by} the term of the agreement ends as its `{field}` says, if that is later.")
            }
            LifeChange::End(ending) => {
                let when = ending
                    .notice
                    .map_or_else(|| "with".to_owned(), |notice| format!("{notice} after"));
                let successor = if ending.succession {
                    ", and another agreement takes its place"
                } else {
                    ""
                };
                format!("{what} ends {when} {by}{successor}.")
            }
        }
    }

    fn strength(&self) -> Option<&'static str> {
        match self.clause.duties.first().map(|duty| duty.strength)? {
            Strength::BestEffort => Some("It is a best effort: a miss is told, and does not fail a run."),
            Strength::Aim => Some("It is a recorded aim: it can be reached, and never broken."),
            Strength::Permission => Some("It is a permission: nothing is owed."),
            Strength::Binding => None,
        }
    }
}

fn exactly(length: Duration) -> String {
    if length.is_exact() {
        format!("{length} (that instant is in time)")
    } else {
        format!("{length} of the calendar (that instant is in time)")
    }
}

fn lead_words(lead: LeadTime) -> String {
    match lead {
        LeadTime::AtLeast(least) => format!("not later than {least} before t"),
        LeadTime::Within(most) => format!("not earlier than {most} before t"),
        LeadTime::Between(one, other) => format!("between {one} and {other} before t"),
    }
}

fn percentage(part: Ratio) -> String {
    let hundred = part.times(Ratio::whole(100)).unwrap_or(part);
    let (whole, billionths, _) = hundred.decimals();
    let digits = format!("{billionths:09}");
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        format!("{whole} %")
    } else {
        format!("{whole}.{digits} %")
    }
}

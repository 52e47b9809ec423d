//! Conditions in the words of a sentence.

use crate::model::{
    Clause, Condition, ConditionKind, EventTypeId, FieldRef, Goal, Model, Opening, Operand, OperandKind, PastQuery,
    Pattern, PerKind, Trigger, Var,
};
use crate::syntax::ast::{CompareOp, Quantity};
use crate::time::Zone;
use crate::value::{Type, Value};

/// The words of one clause.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'m> {
    pub(super) model: &'m Model,
    pub(super) clause: &'m Clause,
}

/// A list as English has it: "a, b and c".
pub(super) fn listed(texts: &[String], word: &str) -> String {
    match texts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}

impl<'m> Words<'m> {
    pub(super) fn zone(&self) -> &'m Zone {
        &self.model.agreement(self.clause.agreement).zone
    }

    /// "a `consultation`".
    pub(super) fn event(&self, event: EventTypeId) -> String {
        let name = &self.model.event(event).name;
        format!("{} `{name}`", article(name))
    }

    /// "a `consultation` whose incident is that of ..., and whose level is at least senior".
    pub(super) fn pattern(&self, pattern: &Pattern, own: Var) -> String {
        format!(
            "{}{}",
            self.event(pattern.event),
            self.qualities(&pattern.conditions, pattern.event, own)
        )
    }

    /// " whose incident is ... and whose level is ...", or nothing.
    pub(super) fn qualities(&self, conditions: &[Condition], event: EventTypeId, own: Var) -> String {
        let mut texts: Vec<String> = conditions
            .iter()
            .map(|condition| self.quality(condition, event, own))
            .collect();
        // "by US and whose level is ..." rather than "whose level is ... and by US".
        texts.sort_by_key(|text| text.starts_with("whose ") || text.starts_with("such that "));
        if texts.is_empty() {
            String::new()
        } else {
            format!(" {}", listed(&texts, "and"))
        }
    }

    fn quality(&self, condition: &Condition, event: EventTypeId, own: Var) -> String {
        let subject = Subject { event, own };
        let own_field = |operand: &Operand| match operand.kind.var() {
            Some(var) if var == own => operand.kind.field(event).map(|field| self.field_name(event, field)),
            _ => None,
        };
        let first = match &condition.kind {
            ConditionKind::Compare { left, .. } => own_field(left),
            ConditionKind::Includes { set, .. } => own_field(set),
            ConditionKind::In { item, .. } => own_field(item),
            ConditionKind::Holds(held) => own_field(held),
            _ => None,
        };
        match (&condition.kind, first) {
            // "a `training` by US and for UA", where the field's name is a preposition.
            (
                ConditionKind::Compare {
                    op: op @ (CompareOp::Equal | CompareOp::NotEqual),
                    right,
                    ..
                },
                Some(field),
            ) if is_preposition(&field) => {
                let not = if *op == CompareOp::NotEqual { "not " } else { "" };
                format!("{not}{field} {}", self.operand(right, subject))
            }
            (ConditionKind::Includes { elements, .. }, Some(field)) if is_preposition(&field) => {
                format!("{field} at least {}", self.operands(elements, "and", subject))
            }
            (ConditionKind::In { choices, .. }, Some(field)) if is_preposition(&field) => {
                format!("{field} {}", self.operands(choices, "or", subject))
            }
            (ConditionKind::Compare { left, op, right }, Some(field)) => {
                format!(
                    "whose {field} {} {}",
                    relation(*op, &left.ty),
                    self.operand(right, subject)
                )
            }
            (ConditionKind::Includes { elements, .. }, Some(field)) => {
                format!("whose {field} includes {}", self.operands(elements, "and", subject))
            }
            (ConditionKind::In { choices, .. }, Some(field)) => {
                format!("whose {field} is {}", self.operands(choices, "or", subject))
            }
            (ConditionKind::Holds(_), Some(field)) => format!("whose {field} is true"),
            _ => format!("such that {}", self.condition(condition, subject)),
        }
    }

    /// A condition as a clause of a sentence: "its level is at least senior".
    pub(super) fn condition(&self, condition: &Condition, subject: Subject) -> String {
        match &condition.kind {
            ConditionKind::All(elements) => self.joined(elements, "and", subject),
            ConditionKind::Any(elements) => format!("either {}", self.joined(elements, "or", subject)),
            ConditionKind::Not(negated) => match &negated.kind {
                ConditionKind::Holds(held) => format!("{} is false", self.operand(held, subject)),
                ConditionKind::Includes { set, elements } => format!(
                    "{} does not include {}",
                    self.operand(set, subject),
                    self.operands(elements, "and", subject)
                ),
                ConditionKind::In { item, choices } => format!(
                    "{} is none of {}",
                    self.operand(item, subject),
                    self.operands(choices, "and", subject)
                ),
                _ => format!("it is not so that {}", self.condition(negated, subject)),
            },
            ConditionKind::Compare { left, op, right } => format!(
                "{} {} {}",
                self.operand(left, subject),
                relation(*op, &left.ty),
                self.operand(right, subject)
            ),
            ConditionKind::Includes { set, elements } => format!(
                "{} includes {}",
                self.operand(set, subject),
                self.operands(elements, "and", subject)
            ),
            ConditionKind::In { item, choices } => format!(
                "{} is {}",
                self.operand(item, subject),
                self.operands(choices, "or", subject)
            ),
            ConditionKind::Holds(held) => format!("{} is true", self.operand(held, subject)),
            ConditionKind::Past(query) => self.past(query),
        }
    }

    fn joined(&self, elements: &[Condition], word: &str, subject: Subject) -> String {
        let texts: Vec<String> = elements
            .iter()
            .map(|element| {
                let text = self.condition(element, subject);
                match element.kind {
                    ConditionKind::All(_) | ConditionKind::Any(_) => format!("({text})"),
                    _ => text,
                }
            })
            .collect();
        listed(&texts, word)
    }

    fn past(&self, query: &PastQuery) -> String {
        let pattern = &query.pattern;
        let name = &self.model.event(pattern.event).name;
        let qualities = self.qualities(&pattern.conditions, pattern.event, Var::Past);
        let (what, count) = match query.quantity {
            Quantity::Some => (self.event(pattern.event), String::new()),
            Quantity::No => (format!("no `{name}`"), String::new()),
            Quantity::AtLeast(count) => (self.event(pattern.event), format!(" at least {}", times(count))),
        };
        match query.within {
            Some(within) => format!("{what}{qualities} came{count} in the {within} before"),
            None => format!("{what}{qualities} came{count} at any time before"),
        }
    }

    fn operands(&self, operands: &[Operand], word: &str, subject: Subject) -> String {
        let texts: Vec<String> = operands.iter().map(|operand| self.operand(operand, subject)).collect();
        listed(&texts, word)
    }

    /// An operand: "its level", "the id of the `attack`", "UA".
    pub(super) fn operand(&self, operand: &Operand, subject: Subject) -> String {
        match &operand.kind {
            OperandKind::Literal(Value::Instant(instant)) => self.zone().show(*instant).to_string(),
            OperandKind::Literal(Value::Text(text)) => format!("“{text}”"),
            OperandKind::Literal(value) => self.model.show(value, &operand.ty),
            OperandKind::Key => self.key_name().to_owned(),
            OperandKind::State(state, key) => {
                let name = self.model.state(*state).name.replace('_', " ");
                match key {
                    None => format!("the {name}"),
                    Some(key) => format!("the {name} of {}", self.operand(key, subject)),
                }
            }
            OperandKind::Field(var, _) | OperandKind::Common(var, _) => {
                let event = if *var == subject.own {
                    Some(subject.event)
                } else {
                    self.event_of(*var)
                };
                let field = event.and_then(|event| Some((event, operand.kind.field(event)?)));
                match field {
                    Some((event, field)) => {
                        let name = self.field_name(event, field);
                        let event = &self.model.event(event).name;
                        match (*var == subject.own, is_preposition(&name)) {
                            (true, false) => format!("its {name}"),
                            (true, true) => format!("{} it is {name}", referent(&operand.ty)),
                            (false, false) => format!("the {name} of the `{event}`"),
                            (false, true) => format!("{} the `{event}` is {name}", referent(&operand.ty)),
                        }
                    }
                    None => "a field of the event".to_owned(),
                }
            }
        }
    }

    /// The name that stands for each of several things.
    fn key_name(&self) -> &'m str {
        let names = self.clause.duties.iter().filter_map(|duty| match &duty.goal {
            Goal::Maintain { every: Some(every), .. } => Some(every.binding.as_str()),
            Goal::Bound(bound) => match &bound.per.as_ref()?.kind {
                PerKind::Members(name, _) => Some(name.as_str()),
                PerKind::Values(_) => None,
            },
            _ => None,
        });
        names.into_iter().next().unwrap_or("that one")
    }

    /// The type of the event that a name of the clause stands for; of the first where it can be of several.
    fn event_of(&self, var: Var) -> Option<EventTypeId> {
        match (var, &self.clause.opening) {
            (Var::Trigger, Opening::Trigger { trigger, .. }) => trigger.opening().first().map(|pattern| pattern.event),
            (Var::Earlier, Opening::Trigger { trigger, .. }) => match trigger {
                Trigger::Sequence(sequence) => Some(sequence.first.event),
                Trigger::Any(_) | Trigger::Repeated(_) => None,
            },
            (Var::Breach(place), _) => self
                .clause
                .duties
                .get(usize::from(place))
                .and_then(|duty| super::prose::pattern_of(&duty.goal))
                .map(|pattern| pattern.event),
            _ => None,
        }
    }

    fn field_name(&self, event: EventTypeId, field: FieldRef) -> String {
        match field {
            FieldRef::Time => "time".to_owned(),
            FieldRef::Declared(id) => self.model.event(event).field(id).name.replace('_', " "),
        }
    }
}

/// The event that "its" stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    pub(super) event: EventTypeId,
    pub(super) own: Var,
}

/// Where no event is judged, and no field is "its".
pub(super) const NO_SUBJECT: Subject = Subject {
    event: EventTypeId(u32::MAX),
    own: Var::Past,
};

/// "once", "twice", "3 times".
pub(super) fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

/// What a field holds that is named by a preposition, before "the `attack` is against".
fn referent(ty: &Type) -> &'static str {
    match ty {
        Type::Party => "the party that",
        Type::Set(element) if **element == Type::Party => "the parties that",
        _ => "what",
    }
}

/// Whether a field is named as `training { by: party, for: party }` names its fields: its name leads to its value.
fn is_preposition(name: &str) -> bool {
    const PREPOSITIONS: [&str; 15] = [
        "about", "against", "at", "between", "by", "for", "from", "in", "of", "on", "to", "towards", "under", "via",
        "with",
    ];
    PREPOSITIONS.contains(&name)
}

fn article(name: &str) -> &'static str {
    if name.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) {
        "an"
    } else {
        "a"
    }
}

fn relation(op: CompareOp, ty: &Type) -> &'static str {
    let in_time = matches!(ty, Type::Instant | Type::Date);
    match (op, in_time) {
        (CompareOp::Equal, _) => "is",
        (CompareOp::NotEqual, _) => "is not",
        (CompareOp::Less, true) => "is before",
        (CompareOp::Less, false) => "is below",
        (CompareOp::LessOrEqual, true) => "is not after",
        (CompareOp::LessOrEqual, false) => "is at most",
        (CompareOp::Greater, true) => "is after",
        (CompareOp::Greater, false) => "is above",
        (CompareOp::GreaterOrEqual, true) => "is not before",
        (CompareOp::GreaterOrEqual, false) => "is at least",
    }
}

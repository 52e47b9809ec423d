//! Conditions, values and instants in plain words, with what is known put in place of names.

use crate::engine::{Breach, Instance, Lack, Outcome, Step, Subject};
use crate::log::Event;
use crate::model::{Condition, ConditionKind, EventTypeId, FieldRef, Model, Operand, OperandKind, Pattern, Var};
use crate::syntax::ast::Quantity;
use crate::time::{Due, Instant, Zone};
use crate::value::{Type, Value};

/// Describes what belongs to one clause: its zone, and the events that its names stand for.
#[derive(Debug, Clone, Copy)]
pub struct Describer<'a> {
    /// The model.
    pub model: &'a Model,
    /// The zone that times are shown in.
    pub zone: &'a Zone,
    /// The event that opened the instance.
    pub trigger: Option<&'a Event>,
    /// The first event of the sequence that opened the instance.
    pub earlier: Option<&'a Event>,
    /// What became of its duties.
    pub steps: &'a [Step],
    /// The key that it is about.
    pub key: Option<&'a Value>,
}

impl<'a> Describer<'a> {
    /// For an instance.
    pub fn new(model: &'a Model, instance: &'a Instance) -> Self {
        let clause = model.clause(instance.clause);
        let (trigger, key) = match &instance.subject {
            Subject::Trigger(trigger) => (Some(trigger), None),
            Subject::Key(key, trigger) => (trigger.as_ref(), Some(key)),
            Subject::KeyInPeriod(key, _) => (None, Some(key)),
            Subject::Term | Subject::Period(_) => (None, None),
        };
        Describer {
            model,
            zone: &model.agreement(clause.agreement).zone,
            trigger: trigger.map(|trigger| &*trigger.event),
            earlier: trigger.and_then(|trigger| trigger.before.first()).map(|event| &**event),
            steps: &instance.steps,
            key,
        }
    }

    /// An instant in the agreement's zone.
    pub fn instant(&self, instant: Instant) -> String {
        self.zone.show(instant).to_string()
    }

    /// A due time: its last instant, or "the end of" the day or period before.
    pub fn due(&self, due: Due) -> String {
        if due.is_inclusive() {
            self.instant(due.edge())
        } else {
            format!("before {}", self.instant(due.edge()))
        }
    }

    /// A value as the rules would write it, instants in the agreement's zone.
    pub fn value(&self, value: &Value, ty: &Type) -> String {
        match value {
            Value::Instant(instant) => self.instant(*instant),
            _ => self.model.show(value, ty),
        }
    }

    /// The value that an event carries for a field.
    pub fn field(&self, event: &Event, field: FieldRef) -> Option<String> {
        let value = event.value(field)?;
        let ty = match field {
            FieldRef::Time => Type::Instant,
            FieldRef::Declared(id) => self.model.event(event.kind).field(id).ty.clone(),
        };
        Some(self.value(&value, &ty))
    }

    /// The name of a field.
    pub fn field_name(&self, event: EventTypeId, field: FieldRef) -> &'a str {
        match field {
            FieldRef::Time => "time",
            FieldRef::Declared(id) => &self.model.event(event).field(id).name,
        }
    }

    /// The name of an event type.
    pub fn event(&self, event: EventTypeId) -> &'a str {
        &self.model.event(event).name
    }

    /// The event that a name stands for, outside of the pattern that asks for it. The event of the first duty itself is the one that decided it.
    pub fn event_of(&self, var: Var) -> Option<&'a Event> {
        match var {
            Var::Trigger => self.trigger,
            Var::Earlier => self.earlier,
            Var::Breach(position) => match &self.steps.get(usize::from(position))?.outcome {
                Outcome::Broken(Breach::Event { by, .. }) => Some(by),
                _ => None,
            },
            Var::Subject => match &self.steps.first()?.outcome {
                Outcome::Broken(Breach::Event { by, .. })
                | Outcome::Met { by: Some(by) }
                | Outcome::Unknown { at: Some(by), .. } => Some(by),
                _ => None,
            },
            Var::Past => None,
        }
    }

    /// Parties, by name: "US and UA".
    pub fn actors(&self, actors: &[Operand]) -> String {
        let names: Vec<String> = actors.iter().map(|actor| self.operand(actor, None)).collect();
        names.join(" and ")
    }

    /// The parties that actors are, by name, as far as that is known.
    pub fn parties(&self, actors: &[Operand]) -> Vec<String> {
        let parties = actors.iter().filter_map(|actor| {
            let value = match &actor.kind {
                OperandKind::Literal(value) => value.clone(),
                kind => {
                    let event = self.event_of(kind.var()?)?;
                    event.value(kind.field(event.kind)?)?.into_owned()
                }
            };
            Some(self.value(&value, &actor.ty))
        });
        let mut names: Vec<String> = Vec::new();
        for name in parties {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// An event that a pattern asks for: "`consultation` with incident == "A-7" and level >= senior".
    pub fn pattern(&self, pattern: &Pattern) -> String {
        self.pattern_of(pattern, Var::Subject)
    }

    fn pattern_of(&self, pattern: &Pattern, var: Var) -> String {
        let judged = Judged {
            var,
            event: pattern.event,
        };
        let name = self.event(pattern.event);
        if pattern.conditions.is_empty() {
            return format!("`{name}`");
        }
        let conditions: Vec<String> = pattern
            .conditions
            .iter()
            .map(|condition| self.bracketed(condition, judged))
            .collect();
        format!("`{name}` with {}", conditions.join(" and "))
    }

    fn bracketed(&self, condition: &Condition, judged: Judged) -> String {
        let text = self.told(condition, Some(judged));
        match condition.kind {
            ConditionKind::All(_) | ConditionKind::Any(_) => format!("({text})"),
            _ => text,
        }
    }

    /// A condition. Fields of the judged event are named without a binding.
    pub fn condition(&self, condition: &Condition, subject: Option<EventTypeId>) -> String {
        let judged = subject.map(|event| Judged {
            var: Var::Subject,
            event,
        });
        self.told(condition, judged)
    }

    /// A guard on the event that broke a duty, whose own values are put in place of its name.
    pub fn guard(&self, guard: &Condition) -> String {
        self.told(guard, None)
    }

    fn told(&self, condition: &Condition, judged: Option<Judged>) -> String {
        let join = |elements: &[Condition], word: &str| {
            let texts: Vec<String> = elements
                .iter()
                .map(|element| match element.kind {
                    ConditionKind::All(_) | ConditionKind::Any(_) => {
                        format!("({})", self.told(element, judged))
                    }
                    _ => self.told(element, judged),
                })
                .collect();
            texts.join(word)
        };
        let operand = |operand: &Operand| self.operand(operand, judged);
        let list = |operands: &[Operand]| {
            let texts: Vec<String> = operands.iter().map(operand).collect();
            match texts.as_slice() {
                [only] => only.clone(),
                _ => format!("[{}]", texts.join(", ")),
            }
        };
        match &condition.kind {
            ConditionKind::All(elements) => join(elements, " and "),
            ConditionKind::Any(elements) => join(elements, " or "),
            ConditionKind::Not(negated) => match negated.kind {
                ConditionKind::Holds(_) | ConditionKind::Past(_) => {
                    format!("not {}", self.told(negated, judged))
                }
                _ => format!("not ({})", self.told(negated, judged)),
            },
            ConditionKind::Compare { left, op, right } => {
                format!("{} {} {}", operand(left), op.sign(), operand(right))
            }
            // A set that the rules name is a choice of what one value may be.
            ConditionKind::Includes { set, elements } => match (&set.kind, elements.as_slice()) {
                (OperandKind::Literal(_), [item]) => format!("{} in {}", operand(item), operand(set)),
                _ => format!("{} includes {}", operand(set), list(elements)),
            },
            ConditionKind::In { item, choices } => {
                let texts: Vec<String> = choices.iter().map(operand).collect();
                format!("{} in [{}]", operand(item), texts.join(", "))
            }
            ConditionKind::Holds(held) => operand(held),
            ConditionKind::Past(query) => {
                let quantity = match query.quantity {
                    Quantity::Some => "some".to_owned(),
                    Quantity::No => "no".to_owned(),
                    Quantity::AtLeast(count) => format!("at least {count}"),
                };
                let within = query
                    .within
                    .map_or_else(String::new, |within| format!(" within {within}"));
                let pattern = self.pattern_of(&query.pattern, Var::Past);
                format!("{quantity} {pattern}{within} before")
            }
        }
    }

    fn operand(&self, operand: &Operand, judged: Option<Judged>) -> String {
        match &operand.kind {
            OperandKind::Literal(value) => {
                let value = self.value(value, &operand.ty);
                match self.model.reference_at(operand.span) {
                    Some(reference) => format!("{} ({value})", reference.name),
                    None => value,
                }
            }
            OperandKind::Field(var, _) | OperandKind::Common(var, _) => {
                let field = |event| operand.kind.field(event);
                match judged.filter(|judged| judged.var == *var) {
                    Some(judged) => field(judged.event)
                        .map_or("", |field| self.field_name(judged.event, field))
                        .to_owned(),
                    None => match self.event_of(*var) {
                        Some(event) => field(event.kind).map_or_else(String::new, |field| {
                            let value = self.field(event, field);
                            value.unwrap_or_else(|| format!("{} (absent)", self.field_name(event.kind, field)))
                        }),
                        None => "what the event says".to_owned(),
                    },
                }
            }
            OperandKind::Key => match self.key {
                Some(key) => self.value(key, &operand.ty),
                None => "each".to_owned(),
            },
            OperandKind::State(state, key) => {
                let name = &self.model.state(*state).name;
                match key {
                    None => name.clone(),
                    Some(key) => format!("{name}({})", self.operand(key, judged)),
                }
            }
        }
    }

    /// What was lacking: "`remark` of `funding`".
    pub fn lack(&self, lack: &Lack) -> String {
        match lack {
            Lack::Field(event, field) => {
                let event = self.model.event(*event);
                format!("the field `{}` of `{}` is absent", event.field(*field).name, event.name)
            }
            Lack::Unset(state) => format!("the state `{}` was never set", self.model.state(*state).name),
            Lack::Contradiction(state) => {
                let name = &self.model.state(*state).name;
                format!("the state `{name}` was set to different values at one instant")
            }
            Lack::Nothing(event) => {
                let name = &self.model.event(*event).name;
                format!("no `{name}` counts, so that there is nothing to hold against the bound")
            }
            Lack::TooLarge => "the sum is too large to be added up".to_owned(),
        }
    }

    /// Why an event did not satisfy a condition: "level was working, the clause asks for level >= senior".
    pub fn failure(&self, condition: &Condition, event: &Event) -> String {
        let asked = self.condition(condition, Some(event.kind));
        let fields = subject_fields(condition).into_iter();
        let values: Vec<String> = fields
            .map(|field| {
                let name = self.field_name(event.kind, field);
                match self.field(event, field) {
                    Some(value) => format!("{name} was {value}"),
                    None => format!("{name} is absent"),
                }
            })
            .collect();
        if values.is_empty() {
            format!("the clause asks for {asked}")
        } else {
            format!("{}, the clause asks for {asked}", values.join(" and "))
        }
    }
}

/// An event that a condition asks of: its fields are named without a binding.
#[derive(Debug, Clone, Copy)]
struct Judged {
    var: Var,
    event: EventTypeId,
}

/// The first field of the judged event that a condition is about, if there is one.
pub(super) fn subject_field(condition: &Condition) -> Option<FieldRef> {
    subject_fields(condition).into_iter().next()
}

/// The field of the judged event that a condition is about, if it is about just one.
pub(super) fn only_field(condition: &Condition) -> Option<FieldRef> {
    match subject_fields(condition).as_slice() {
        [field] => Some(*field),
        _ => None,
    }
}

/// The fields of the judged event that a condition is about, without repetition.
fn subject_fields(condition: &Condition) -> Vec<FieldRef> {
    let mut fields = Vec::new();
    condition.for_each_operand(&mut |operand| {
        if let OperandKind::Field(Var::Subject, field) = operand.kind
            && !fields.contains(&field)
        {
            fields.push(field);
        }
    });
    fields
}

/// A count of billionths as a person would say it: `1.8 billion`, `250000`, `0.5`.
pub fn scaled(billionths: i128) -> String {
    const ONE: i128 = 1_000_000_000;
    const WORDS: [(i128, &str); 3] = [
        (1_000_000_000_000, "trillion"),
        (1_000_000_000, "billion"),
        (1_000_000, "million"),
    ];
    let word = WORDS.iter().find(|(scale, _)| billionths.abs() >= scale * ONE);
    match word {
        // A thousandth of the word is shown, and nothing is rounded away.
        Some((scale, word)) if billionths % (scale / 1_000 * ONE) == 0 => {
            format!("{} {word}", decimal(billionths / scale))
        }
        _ => decimal(billionths),
    }
}

fn decimal(billionths: i128) -> String {
    let (whole, rest) = (
        billionths.unsigned_abs() / 1_000_000_000,
        billionths.unsigned_abs() % 1_000_000_000,
    );
    let sign = if billionths < 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let rest = format!("{rest:09}");
    format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
}

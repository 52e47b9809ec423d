//! Which fields of events the rules look at; what is in the others decides nothing.

use std::collections::HashSet;

use compact_str::CompactString;

use crate::model::{
    Bound, Clause, Clock, Condition, EventTypeId, Extent, FieldId, FieldRef, Figure, Goal, LifeRule, Limit, Measure,
    Model, Opening, Operand, OperandKind, Pattern, PerKind, Relative, Trigger,
};
use crate::value::Value;

/// The fields that clauses or states look at. A field that a clause looks at in one of its event types counts as seen in all of them: rather too many than too few.
pub(super) fn seen_fields(model: &Model) -> HashSet<(EventTypeId, FieldId)> {
    let mut all = HashSet::new();
    for clause in &model.clauses {
        let mut seen = Seen::default();
        seen.clause(clause);
        seen.take(&mut all);
    }
    for agreement in &model.agreements {
        let mut seen = Seen::default();
        seen.life(&agreement.life);
        seen.take(&mut all);
    }
    for setter in model.states.iter().flat_map(|state| &state.setters) {
        let mut seen = Seen::default();
        seen.pattern(&setter.pattern);
        setter
            .key
            .iter()
            .chain([&setter.value])
            .for_each(|operand| seen.operand(operand));
        seen.take(&mut all);
    }
    for (event, declared) in (0..).map(EventTypeId).zip(&model.events) {
        all.extend(declared.identity.iter().map(|identity| (event, identity.field)));
    }
    all
}

/// The texts that rules compare with.
pub(super) fn named_texts(model: &Model) -> Vec<CompactString> {
    let mut seen = Seen::default();
    model.clauses.iter().for_each(|clause| seen.clause(clause));
    for setter in model.states.iter().flat_map(|state| &state.setters) {
        seen.pattern(&setter.pattern);
        setter
            .key
            .iter()
            .chain([&setter.value])
            .for_each(|operand| seen.operand(operand));
    }
    seen.texts
}

#[derive(Default)]
struct Seen {
    types: HashSet<EventTypeId>,
    fields: HashSet<FieldId>,
    texts: Vec<CompactString>,
}

impl Seen {
    fn take(self, all: &mut HashSet<(EventTypeId, FieldId)>) {
        for event in self.types {
            all.extend(self.fields.iter().map(|field| (event, *field)));
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match &operand.kind {
            OperandKind::Field(_, field) => self.field(*field),
            OperandKind::Common(_, places) => self.fields.extend(places.iter().map(|(_, field)| *field)),
            OperandKind::State(_, Some(key)) => self.operand(key),
            OperandKind::Literal(value) => self.value(value),
            OperandKind::State(_, None) | OperandKind::Key => {}
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.texts.push(text.clone()),
            Value::Set(elements) => elements.iter().for_each(|element| self.value(element)),
            _ => {}
        }
    }

    fn field(&mut self, field: FieldRef) {
        if let FieldRef::Declared(field) = field {
            self.fields.insert(field);
        }
    }

    fn conditions(&mut self, conditions: &[Condition]) {
        for condition in conditions {
            condition.for_each_operand(&mut |operand| self.operand(operand));
            condition.for_each_past(&mut |query| {
                self.types.insert(query.pattern.event);
            });
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        self.types.insert(pattern.event);
        self.conditions(&pattern.conditions);
    }

    fn life(&mut self, rules: &[LifeRule]) {
        rules.iter().for_each(|rule| self.pattern(&rule.pattern));
    }

    fn figure(&mut self, figure: &Figure) {
        self.pattern(&figure.pattern);
        match &figure.measure {
            Measure::Count => {}
            Measure::Share(condition) => self.conditions(std::slice::from_ref(condition)),
            Measure::Total(field)
            | Measure::Average(field)
            | Measure::Lowest(field)
            | Measure::Highest(field)
            | Measure::Distinct(field) => self.field(*field),
        }
    }

    fn bound(&mut self, bound: &Bound) {
        self.figure(&bound.figure);
        self.conditions(&bound.guards);
        if let Limit::Part(_, figure) = &bound.limit {
            self.figure(figure);
        }
        match bound.per.as_ref().map(|per| &per.kind) {
            Some(PerKind::Values(field)) => self.field(*field),
            Some(PerKind::Members(_, members)) => members.iter().for_each(|member| self.value(member)),
            None => {}
        }
    }

    fn extent(&mut self, extent: &Extent) {
        if let Extent::Relative(Relative::Until(clocks)) = extent {
            clocks
                .iter()
                .filter_map(Clock::field)
                .for_each(|field| self.operand(field));
        }
    }

    fn clause(&mut self, clause: &Clause) {
        if let Opening::Trigger { trigger, guards } = &clause.opening {
            trigger.patterns().for_each(|pattern| self.pattern(pattern));
            self.conditions(guards);
            if let Trigger::Repeated(repetition) = trigger {
                repetition.group.into_iter().for_each(|field| self.field(field));
            }
        }
        for duty in &clause.duties {
            duty.actors.iter().for_each(|actor| self.operand(actor));
            match &duty.goal {
                Goal::Ensure {
                    pattern,
                    extent,
                    excuse,
                    ..
                } => {
                    self.pattern(pattern);
                    self.extent(extent);
                    self.conditions(excuse.as_slice());
                }
                Goal::EnsureBefore { pattern, .. } | Goal::EnsureEach { pattern, .. } => self.pattern(pattern),
                Goal::AvoidEach { pattern, guards, .. } => {
                    self.pattern(pattern);
                    self.conditions(guards);
                }
                Goal::Avoid {
                    pattern,
                    guards,
                    extent,
                    ..
                } => {
                    self.pattern(pattern);
                    self.conditions(guards);
                    self.extent(extent);
                }
                Goal::Permit {
                    pattern,
                    guards,
                    forbids,
                    ..
                } => {
                    self.pattern(pattern);
                    self.conditions(guards);
                    self.conditions(forbids);
                }
                Goal::Maintain { condition, extent, .. } => {
                    self.conditions(std::slice::from_ref(condition));
                    self.extent(extent);
                }
                Goal::Bound(bound) => self.bound(bound),
            }
            duty.end.iter().for_each(|end| self.pattern(end));
        }
        clause.waivers.iter().for_each(|waiver| self.pattern(waiver));
        for exception in &clause.exceptions {
            self.conditions(&exception.conditions);
        }
        self.life(&clause.life);
    }
}

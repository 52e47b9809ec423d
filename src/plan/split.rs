//! How the events of a clause can be split among several engines that know nothing of each other.
//!
//! An event can only answer a duty whose trigger has the same value in the field that a join equates with one of its own. Where each duty of a clause
//! has such a join with one field of the trigger, the events of one value are all that the instances of that value need: any split of the values
//! among engines decides the same instances in the same way, each of them once.

use super::{Join, PatternPlan, Plan};
use crate::model::{
    ClauseId, EventType, EventTypeId, FieldId, FieldRef, Goal, Opening, OperandKind, Reach, Trigger, Var,
};
use crate::value::Type;

/// The fields by whose values the events of a clause can be split. All other events are for every part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split(Vec<(EventTypeId, FieldRef)>);

impl Split {
    /// The field of an event type by whose value its events are split; `None` where each of them is for every part.
    pub fn field(&self, event: EventTypeId) -> Option<FieldRef> {
        self.0
            .iter()
            .find(|(known, _)| *known == event)
            .map(|(_, field)| *field)
    }

    /// Takes in that events are split by a field. Whether that fits to what is known.
    fn add(&mut self, event: EventTypeId, field: FieldRef) -> bool {
        match self.field(event) {
            Some(known) => known == field,
            None => {
                self.0.push((event, field));
                true
            }
        }
    }

    /// Takes in the events of a duty, by a join with a field of the trigger.
    fn join(&mut self, pattern: &PatternPlan, (trigger, field): (&EventType, FieldRef)) -> bool {
        let is_always_there = |field: FieldRef| match field {
            FieldRef::Time => true,
            FieldRef::Declared(id) => !trigger.field(id).optional,
        };
        // A duty that lacks its side of a join is shown every event as one that may have been meant, unless the event names another thing.
        let is_known =
            |join: &Join| matches!(join.other.kind, OperandKind::Field(Var::Trigger, field) if is_always_there(field));
        let all_are_known = pattern.joins.iter().all(is_known);
        let names = |join: &Join| matches!(join.other.ty, Type::Text | Type::Party);
        let with_trigger =
            |join: &&Join| matches!(join.other.kind, OperandKind::Field(Var::Trigger, other) if other == field);
        let joins = pattern.joins.iter().filter(with_trigger);
        let joins = joins.filter(|join| all_are_known || names(join));
        joins.map(|join| join.own).any(|own| self.add(pattern.event, own))
    }
}

impl Plan {
    /// How the events of a clause can be split; `None` if what is known here does not tell that they can.
    pub fn split(&self, clause: ClauseId) -> Option<Split> {
        let Opening::Trigger {
            trigger: Trigger::Any(patterns),
            ..
        } = &self.model().clause(clause).opening
        else {
            return None;
        };
        let [trigger] = patterns.as_slice() else { return None };
        let fields = &self.model().event(trigger.event).fields;
        let always_there = (0..).map(FieldId).zip(fields).filter(|(_, field)| !field.optional);
        always_there
            .map(|(id, _)| FieldRef::Declared(id))
            .find_map(|field| self.split_by(clause, trigger.event, field))
    }

    fn split_by(&self, clause: ClauseId, trigger: EventTypeId, field: FieldRef) -> Option<Split> {
        let chain = self.chains.get(clause.index())?;
        let mut split = Split(vec![(trigger, field)]);
        let of = self.model().event(trigger);
        for (duty, pattern) in self.model().clause(clause).duties.iter().zip(&chain.patterns) {
            let joins = match (&duty.goal, pattern) {
                // States are the same in every part.
                (Goal::Maintain { .. }, _) => true,
                (Goal::Ensure { .. } | Goal::EnsureBefore { .. } | Goal::Avoid { .. }, Some(pattern)) => {
                    split.join(pattern, (of, field))
                }
                // Groups, and the figure that another one is held against, are made by more events than those of one value.
                (Goal::Bound(bound), Some(pattern)) => {
                    matches!(bound.reach, Reach::Over(_))
                        && bound.per.is_none()
                        && bound.reference().is_none()
                        && split.join(pattern, (of, field))
                }
                _ => false,
            };
            if !joins {
                return None;
            }
        }
        let is_for_all = |event: EventTypeId| {
            let dispatch = &self.dispatch[event.index()];
            let waivers = chain.waivers.iter().chain(chain.ends.iter().flatten());
            dispatch.life
                || !dispatch.setters.is_empty()
                || !dispatch.histories.is_empty()
                || waivers.into_iter().any(|pattern| pattern.event == event)
        };
        (!split.0.iter().any(|(event, _)| is_for_all(*event))).then_some(split)
    }
}

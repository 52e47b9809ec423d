//! What clauses look at besides what opens them, and whether the events of one story could be seen from another one.

use super::story::Story;
use crate::engine::{Names, PlainJudge};
use crate::log::Event;
use crate::model::{
    Clause, ClauseId, Condition, ConditionKind, EventTypeId, FieldId, FieldRef, Figure, Goal, LifeChange, LifeRule,
    Limit, Model, Opening, Operand, OperandKind, Pattern, Trigger, Var,
};
use crate::syntax::ast::CompareOp;
use crate::value::Type;

/// Why a clause looks at events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// They answer a duty that an event opens.
    Answer,
    /// They make up what is asked for in a window of time that the rules name.
    Window,
    /// They decide whether something is owed, until when, or what a state is.
    Circumstance,
    /// They suspend or end an agreement or a clause.
    Life,
}

/// A look of a clause, or of a state, at events.
#[derive(Debug)]
pub(super) struct Look<'m> {
    pub(super) clause: Option<ClauseId>,
    pub(super) why: Why,
    event: EventTypeId,
    own: Var,
    conditions: Vec<&'m Condition>,
    /// Those that look at nothing but the event.
    plain: Vec<Condition>,
    /// Fields by whose values alone it tells things apart, as the key of a state does.
    keys: Vec<FieldId>,
}

/// Everything that the clauses and states of a model look at, but for events that each open a duty by themselves.
pub(super) fn looks(model: &Model) -> Vec<Look<'_>> {
    let mut all = Looks {
        found: Vec::new(),
        clause: None,
    };
    for (id, clause) in (0..).map(ClauseId).zip(&model.clauses) {
        all.clause = Some(id);
        all.clause_looks(clause);
    }
    all.clause = None;
    for agreement in &model.agreements {
        all.life(&agreement.life);
    }
    for state in &model.states {
        for setter in &state.setters {
            all.pattern(&setter.pattern, Var::Subject, Why::Circumstance, &[]);
            if let (
                Some(look),
                Some(Operand {
                    kind, ty: Type::Text, ..
                }),
            ) = (all.found.last_mut(), &setter.key)
                && let OperandKind::Field(_, FieldRef::Declared(field)) = kind
            {
                look.keys.push(*field);
            }
        }
    }
    all.found
}

struct Looks<'m> {
    found: Vec<Look<'m>>,
    clause: Option<ClauseId>,
}

impl<'m> Looks<'m> {
    fn pattern(&mut self, pattern: &'m Pattern, own: Var, why: Why, more: &'m [Condition]) {
        let conditions: Vec<&Condition> = pattern.conditions.iter().chain(more).collect();
        let plain = conditions.iter().filter(|condition| is_plain(condition, own));
        self.found.push(Look {
            clause: self.clause,
            why,
            event: pattern.event,
            own,
            plain: plain.map(|condition| (*condition).clone()).collect(),
            conditions,
            keys: Vec::new(),
        });
    }

    fn life(&mut self, rules: &'m [LifeRule]) {
        // To be resumed means nothing to what is not suspended.
        for rule in rules.iter().filter(|rule| rule.change != LifeChange::Resume) {
            self.pattern(&rule.pattern, Var::Subject, Why::Life, &[]);
        }
    }

    fn guards(&mut self, guards: &'m [Condition]) {
        for guard in guards {
            guard.for_each_past(&mut |query| self.pattern(&query.pattern, Var::Past, Why::Circumstance, &[]));
        }
    }

    fn figure(&mut self, figure: &'m Figure, why: Why) {
        self.pattern(&figure.pattern, Var::Subject, why, &[]);
    }

    fn clause_looks(&mut self, clause: &'m Clause) {
        let is_opened = matches!(clause.opening, Opening::Trigger { .. });
        if let Opening::Trigger { trigger, guards } = &clause.opening {
            match trigger {
                Trigger::Any(_) => {}
                Trigger::Sequence(sequence) => {
                    self.pattern(
                        &sequence.first,
                        Var::Earlier,
                        Why::Circumstance,
                        &sequence.then.conditions,
                    );
                    self.pattern(&sequence.then, Var::Subject, Why::Circumstance, &[]);
                }
                Trigger::Repeated(repetition) => {
                    self.pattern(&repetition.pattern, Var::Subject, Why::Circumstance, &[]);
                    if let (Some(look), Some(FieldRef::Declared(field))) = (self.found.last_mut(), repetition.group) {
                        look.keys.push(field);
                    }
                }
            }
            self.guards(guards);
        }
        for duty in &clause.duties {
            let why = if is_opened { Why::Answer } else { Why::Window };
            match &duty.goal {
                Goal::Ensure { pattern, .. } | Goal::EnsureBefore { pattern, .. } => {
                    self.pattern(pattern, Var::Subject, why, &[]);
                }
                Goal::EnsureEach { pattern, .. } => self.pattern(pattern, Var::Subject, Why::Window, &[]),
                Goal::AvoidEach { pattern, guards, .. } => {
                    self.pattern(pattern, Var::Subject, Why::Window, &[]);
                    self.guards(guards);
                }
                Goal::Avoid {
                    pattern,
                    guards,
                    more_than,
                    ..
                } => {
                    // What each event breaks by itself is seen by the engine when it hears the story.
                    if is_opened {
                        self.pattern(pattern, Var::Subject, Why::Circumstance, &[]);
                    } else if more_than.is_some() {
                        self.pattern(pattern, Var::Subject, Why::Window, &[]);
                    }
                    self.guards(guards);
                }
                Goal::Permit { guards, forbids, .. } => {
                    self.guards(guards);
                    self.guards(forbids);
                }
                Goal::Maintain { .. } => {}
                Goal::Bound(bound) => {
                    let why = if is_opened { Why::Circumstance } else { Why::Window };
                    self.figure(&bound.figure, why);
                    if let Limit::Part(_, figure) = &bound.limit {
                        self.figure(figure, why);
                    }
                    self.guards(&bound.guards);
                }
            }
            if let Some(end) = &duty.end {
                self.pattern(end, Var::Subject, Why::Circumstance, &[]);
            }
        }
        for waiver in &clause.waivers {
            self.pattern(waiver, Var::Subject, Why::Circumstance, &[]);
        }
        for exception in &clause.exceptions {
            self.guards(&exception.conditions);
        }
        self.life(&clause.life);
    }
}

impl Look<'_> {
    /// Whether the look may take in an event.
    fn may_see(&self, judge: &PlainJudge, event: &Event) -> bool {
        if self.event != event.kind {
            return false;
        }
        let names = match self.own {
            Var::Past => Names {
                past: Some(event),
                ..Names::default()
            },
            Var::Earlier => return true,
            _ => Names {
                subject: Some(event),
                ..Names::default()
            },
        };
        judge.holds(&self.plain, names) != Some(false)
    }

    /// The fields whose values must equal those of other events, or tell things apart.
    fn joins(&self) -> Vec<FieldId> {
        let mut fields = self.keys.clone();
        for condition in &self.conditions {
            joined(condition, self.own, &mut fields);
        }
        fields
    }

    /// Whether a story has an event that the look takes in.
    pub(super) fn sees(&self, judge: &PlainJudge, story: &Story) -> bool {
        story.events().any(|event| self.may_see(judge, event))
    }

    /// Whether what the look takes in of a story can have to do with no other story, since a name says which story it is of.
    pub(super) fn keeps_to(&self, judge: &PlainJudge, story: &Story) -> bool {
        let joins = self.joins();
        story.events().enumerate().all(|(position, event)| {
            !self.may_see(judge, event) || joins.iter().any(|field| story.is_fresh(position, field.index()))
        })
    }
}

/// Whether a condition looks at one event and at constants alone.
fn is_plain(condition: &Condition, own: Var) -> bool {
    let mut plain = true;
    condition.for_each_past(&mut |_| plain = false);
    condition.for_each_operand(&mut |operand| {
        plain &= match operand.kind {
            OperandKind::Literal(_) => true,
            OperandKind::Field(var, _) => var == own,
            OperandKind::Common(..) | OperandKind::State(..) | OperandKind::Key => false,
        };
    });
    plain
}

/// Text fields of the event that a condition joins with another event's text by equality.
fn joined(condition: &Condition, own: Var, fields: &mut Vec<FieldId>) {
    match &condition.kind {
        ConditionKind::All(elements) => elements.iter().for_each(|element| joined(element, own, fields)),
        ConditionKind::Compare {
            left,
            op: CompareOp::Equal,
            right,
        } => {
            for (one, other) in [(left, right), (right, left)] {
                if let OperandKind::Field(var, FieldRef::Declared(field)) = &one.kind
                    && *var == own
                    && one.ty == Type::Text
                    && other.kind.var().is_some_and(|other| other != own)
                {
                    fields.push(*field);
                }
            }
        }
        _ => {}
    }
}

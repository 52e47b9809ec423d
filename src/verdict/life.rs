//! What had become of an agreement and of its clauses, in plain words.

use super::judgement::Judgement;
use crate::engine::{End, Extended, Life, Suspended};
use crate::log::Event;
use crate::model::{AgreementId, ClauseId, Model};
use crate::time::Instant;

/// A stage in the life of an agreement, or of one of its clauses.
#[derive(Debug, Clone)]
pub struct Stage<'a> {
    /// The clause, if it is about one alone.
    pub clause: Option<ClauseId>,
    /// What it is.
    pub kind: StageKind,
    /// When it began, or will begin.
    pub at: Instant,
    /// The event that brought it about.
    pub by: &'a Event,
    /// The sentence, without a full stop.
    pub text: String,
}

/// What a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageKind {
    /// Its term ends later than it was to.
    Extended,
    /// Nothing is owed for the time being.
    Suspended,
    /// It will end.
    Ending,
    /// It has ended.
    Ended,
}

/// The stages that an agreement and its clauses were in as of a judgement, apart from being in force.
pub fn stages<'a>(model: &'a Model, agreement: AgreementId, judgement: &'a Judgement) -> Vec<Stage<'a>> {
    let clauses = (0..).map(ClauseId).zip(&judgement.clauses);
    let clauses = clauses.filter(|(id, _)| model.clause(*id).agreement == agreement);
    let own = judgement.agreements.get(agreement.index()).map(|life| (None, life));
    let lives = own.into_iter().chain(clauses.map(|(id, life)| (Some(id), life)));
    lives
        .flat_map(|(clause, life)| of_life(model, agreement, clause, life, judgement))
        .collect()
}

fn of_life<'a>(
    model: &'a Model,
    agreement: AgreementId,
    clause: Option<ClauseId>,
    life: &'a Life,
    judgement: &'a Judgement,
) -> Vec<Stage<'a>> {
    let as_of = judgement.as_of;
    let zone = &model.agreement(agreement).zone;
    let whole = clause.map_or_else(String::new, |clause| format!("`{}` ", model.clause(clause).name));
    let mut stages = Vec::new();
    let ended = life.end.as_ref().is_some_and(|end| end.at <= as_of);
    let extended = judgement.agreements.get(agreement.index());
    let extended = extended.and_then(|life| life.extended.as_deref());
    let term_end = extended.map(|extended| extended.end).or(model.agreement(agreement).end);
    let over = term_end.is_some_and(|end| end <= as_of);
    if let Some(Extended { end, by, .. }) = life.extended.as_deref() {
        let name = &model.event(by.kind).name;
        stages.push(Stage {
            clause,
            kind: StageKind::Extended,
            at: by.time,
            by,
            text: format!("{whole}extended until before {} by `{name}`", zone.show(*end)),
        });
    }
    if let (Some(Suspended { by, .. }), false) = (&life.suspended, ended || over) {
        let name = &model.event(by.kind).name;
        stages.push(Stage {
            clause,
            kind: StageKind::Suspended,
            at: by.time,
            by,
            text: format!("{whole}suspended since {} by `{name}`", zone.show(by.time)),
        });
    }
    if let Some(End { at, by, ending, .. }) = &life.end {
        let name = &model.event(by.kind).name;
        let how = match (ended, ending.succession) {
            (true, false) => "terminated as of",
            (false, false) => "will be terminated as of",
            (true, true) => "succeeded by another agreement as of",
            (false, true) => "will be succeeded by another agreement as of",
        };
        let since = match ending.notice {
            None => format!("by `{name}`"),
            Some(notice) => format!("{notice} after `{name}`"),
        };
        stages.push(Stage {
            clause,
            kind: if ended { StageKind::Ended } else { StageKind::Ending },
            at: *at,
            by,
            text: format!("{whole}{how} {}, {since}", zone.show(*at)),
        });
    }
    stages
}

//! The results of a run, from its judgement.

use super::shared::{Counts, Moment, plain};
use super::{
    AgreementResult, BaselineResult, ClauseResult, DueResult, DutyResult, EvidenceResult, Holds, InstanceResult,
    Interval, Log, PartyResult, RESULTS_VERSION, Read, RecordResult, Results, RuleNote, StageResult, StandingWord,
    Summary, Tool,
};
use crate::engine::Subject;
use crate::log::{Excerpts, InputError, Inputs, ReadSummary, harmless};
use crate::model::{Agreement, AgreementId, Clause, ClauseId, Model, OperandKind};
use crate::report::findings::Findings;
use crate::report::place::Places;
use crate::time::{Due, Zone};
use crate::value::Value;
use crate::verdict::{
    Course, Decided, Evidence, Explanation, Fate, Judgement, Keeping, OutcomeId, Tally, explain, key_text, stages,
    strength,
};

/// How much of a record is shown: more than a person reads.
const RECORD_BYTES: u32 = 4096;

/// The records of so many findings are read again at once.
const BATCH: usize = 4096;

/// Makes results, and single instances for those who take them one by one.
#[derive(Debug)]
pub struct ResultsBuilder<'a> {
    model: &'a Model,
    inputs: &'a Inputs,
    places: Places<'a>,
}

impl<'a> ResultsBuilder<'a> {
    /// For the rules and logs of a run.
    pub fn new(findings: &Findings<'a>) -> Self {
        ResultsBuilder {
            model: findings.model,
            inputs: findings.inputs,
            places: Places::new(findings.sources),
        }
    }

    /// All that came of a run.
    ///
    /// # Errors
    /// A log that can no longer be read.
    pub fn results(&mut self, judgement: &Judgement, read: &ReadSummary, left_out: u64) -> Result<Results, InputError> {
        let mut instances = Vec::with_capacity(judgement.kept().len());
        for batch in judgement.kept().chunks(BATCH) {
            let explained: Vec<(&Decided, Explanation)> = batch
                .iter()
                .map(|decided| (decided, explain(self.model, &decided.instance)))
                .collect();
            let evidence = explained.iter().flat_map(|(_, explanation)| &explanation.evidence);
            let origins = evidence.map(|evidence| evidence.origin);
            let excerpts = Excerpts::fetch(self.inputs, origins, RECORD_BYTES)?;
            for (decided, explanation) in explained {
                instances.push(self.explained(decided, &explanation, &excerpts));
            }
        }
        let holds = match judgement.terms().keeping {
            Keeping::Nothing | Keeping::Findings => Holds::Findings,
            Keeping::All => Holds::All,
        };
        Ok(Results {
            summary: self.summary(judgement, read, left_out, holds),
            instances,
        })
    }

    /// A run as a whole.
    pub fn summary(&mut self, judgement: &Judgement, read: &ReadSummary, left_out: u64, holds: Holds) -> Summary {
        let agreements = (0..).map(AgreementId).zip(&self.model.agreements);
        let agreements = agreements.map(|(id, agreement)| self.agreement(id, agreement, judgement));
        let agreements = agreements.collect();
        let clauses = judgement.tallies().map(|(id, tally)| self.clause(id, tally));
        let clauses = clauses.collect();
        let logs = self.inputs.ids().map(|id| Log {
            file: self.inputs.name(id).to_owned(),
            format: self.inputs.format(id).map_or("", crate::log::Format::name),
        });
        let logs = logs.collect();
        Summary {
            version: RESULTS_VERSION,
            tool: Tool::default(),
            as_of: Moment::utc(judgement.as_of),
            failed: judgement.fails(),
            fail_on: judgement.terms().fail_on.words(),
            baseline: judgement.compared().map(BaselineResult::from),
            holds,
            counts: judgement.tallies().map(|(_, tally)| Counts::from(tally)).sum(),
            read: Read {
                logs,
                events: read.events,
                left_out,
                skipped: read.unusable,
                corrected: read.corrected,
                retracted: read.retracted,
            },
            agreements,
            clauses,
        }
    }

    /// One instance, without the texts of its records.
    pub fn instance(&mut self, decided: &Decided) -> InstanceResult {
        let explanation = explain(self.model, &decided.instance);
        self.explained(decided, &explanation, &Excerpts::default())
    }

    fn agreement(&mut self, id: AgreementId, agreement: &Agreement, judgement: &Judgement) -> AgreementResult {
        let zone = &agreement.zone;
        let parties = agreement.parties.iter().map(|id| {
            let party = self.model.party(*id);
            PartyResult {
                name: party.name.clone(),
                title: plain(&party.title),
            }
        });
        let stages = stages(self.model, id, judgement).into_iter().map(|stage| StageResult {
            clause: stage.clause.map(|clause| self.model.clause(clause).name.clone()),
            stage: stage.kind.into(),
            time: Moment::new(stage.at, zone),
            text: plain(&stage.text),
            file: self.inputs.name(stage.by.origin.input).to_owned(),
            line: stage.by.origin.line,
        });
        let life = judgement.agreements.get(id.index());
        let extended = life
            .and_then(|life| life.extended.as_deref())
            .map(|extended| extended.end);
        let end = extended.or(agreement.end);
        AgreementResult {
            name: agreement.name.clone(),
            title: plain(&agreement.title),
            zone: zone.name().to_owned(),
            start: agreement.start.map(|start| Moment::new(start, zone)),
            end: end.map(|end| Moment::new(end, zone)),
            parties: parties.collect(),
            cites: agreement.cites.iter().map(|cite| plain(cite)).collect(),
            stages: stages.collect(),
            place: self.places.place(agreement.span),
        }
    }

    fn clause(&mut self, id: ClauseId, tally: &Tally) -> ClauseResult {
        let clause = self.model.clause(id);
        let agreement = self.model.agreement(clause.agreement);
        ClauseResult {
            agreement: agreement.name.clone(),
            clause: clause.name.clone(),
            title: plain(&clause.title),
            owed_by: owed_by(self.model, clause),
            strength: strength(self.model, id).into(),
            severity: clause.severity.into(),
            cites: clause.cites.iter().map(|cite| plain(cite)).collect(),
            tags: clause.tags.clone(),
            template: clause.application.as_ref().map(|applied| applied.template.clone()),
            place: self.places.place(clause.whole),
            text: harmless(self.places.text(clause.whole).as_bytes()),
            counts: tally.into(),
            vacuous: tally.is_vacuous(),
            next_due: tally.next_due.map(|due| Moment::new(due.edge(), &agreement.zone)),
        }
    }

    fn explained(&mut self, decided: &Decided, explanation: &Explanation, excerpts: &Excerpts) -> InstanceResult {
        let instance = &decided.instance;
        let clause = self.model.clause(instance.clause);
        let agreement = self.model.agreement(clause.agreement);
        let zone = &agreement.zone;
        let first = explanation.duties.first();
        let period = match &instance.subject {
            Subject::Period(period) | Subject::KeyInPeriod(_, period) => Some(Interval {
                from: Moment::new(period.start, zone),
                to: Moment::new(period.end, zone),
            }),
            Subject::Term | Subject::Trigger(_) | Subject::Key(..) => None,
        };
        let rules = explanation.rule.iter().map(|note| RuleNote {
            place: self.places.place(note.span),
            text: plain(&note.text),
            minor: note.minor,
        });
        let rules = rules.collect();
        InstanceResult {
            id: decided.id,
            outcome_id: OutcomeId::of(self.model, instance),
            agreement: agreement.name.clone(),
            clause: clause.name.clone(),
            verdict: explanation.verdict.into(),
            failing: decided.failing,
            baseline: decided.standing.map(StandingWord::from),
            time_used: decided.time_used,
            strength: explanation.strength.into(),
            severity: clause.severity.into(),
            headline: plain(&explanation.headline),
            owed_by: first.map(|first| first.owed_by.clone()).unwrap_or_default(),
            key: key_text(self.model, instance).map(|key| plain(&key)),
            period,
            opened: first.and_then(|first| first.opened).map(|at| Moment::new(at, zone)),
            due: first.and_then(|first| first.due).map(|due| due_result(due, zone)),
            duties: explanation.duties.iter().map(|duty| duty_result(duty, zone)).collect(),
            rules,
            evidence: explanation
                .evidence
                .iter()
                .map(|evidence| self.evidence(evidence, zone, excerpts))
                .collect(),
            repairs: explanation.repairs.iter().map(|text| plain(text)).collect(),
            remedy: explanation.remedy.as_deref().map(plain),
        }
    }

    fn evidence(&self, evidence: &Evidence, zone: &Zone, excerpts: &Excerpts) -> EvidenceResult {
        let origin = evidence.origin;
        let record = excerpts.get(origin).map(|excerpt| {
            let field = evidence.field.as_deref().unwrap_or("time");
            let whole = (excerpt.text.as_str(), excerpts.header(origin.input));
            let range = self.inputs.locate(origin.input, self.model, whole, field);
            let range = range.unwrap_or(0..excerpt.text.find('\n').unwrap_or(excerpt.text.len()));
            RecordResult {
                line: origin.line,
                text: excerpt.text.clone(),
                cut: excerpt.is_cut,
                start: range.start,
                end: range.end,
            }
        });
        let before = record
            .as_ref()
            .map(|record| record.text.get(..record.start).unwrap_or(""));
        let lines_before = before.map_or(0, |before| before.matches('\n').count());
        let column = before.map(|before| before.chars().rev().take_while(|char| *char != '\n').count() + 1);
        EvidenceResult {
            file: self.inputs.name(origin.input).to_owned(),
            line: origin.line.saturating_add(lines_before as u64),
            column,
            time: Moment::new(evidence.time, zone),
            role: evidence.role.into(),
            text: plain(&evidence.text),
            field: evidence.field.as_deref().map(plain),
            record,
        }
    }
}

/// The parties that a clause names as its actors.
fn owed_by(model: &Model, clause: &Clause) -> Vec<String> {
    let actors = clause.duties.first().map_or(&[][..], |duty| &duty.actors);
    let named = actors.iter().filter_map(|actor| match &actor.kind {
        OperandKind::Literal(Value::Party(party)) => Some(model.party(*party).name.clone()),
        _ => None,
    });
    named.collect()
}

fn due_result(due: Due, zone: &Zone) -> DueResult {
    DueResult {
        at: Moment::new(due.edge(), zone),
        inclusive: due.is_inclusive(),
    }
}

fn duty_result(duty: &Course, zone: &Zone) -> DutyResult {
    let (at, until, late) = match duty.fate {
        Fate::Open => (None, None, None),
        Fate::Met { at } => (at, None, None),
        Fate::Broken { at, late } => (at, None, late),
        Fate::BrokenFrom { start, end } => (Some(start), end, None),
        Fate::Waived { at } => (Some(at), None, None),
        Fate::Unknown { start, end } => (start, end, None),
    };
    let moment = |at| Moment::new(at, zone);
    DutyResult {
        owed_by: duty.owed_by.clone(),
        opened: duty.opened.map(moment),
        due: duty.due.map(|due| due_result(due, zone)),
        arithmetic: duty.arithmetic.as_deref().map(plain),
        outcome: duty.fate.into(),
        at: at.map(moment),
        until: until.map(moment),
        lasting: matches!(duty.fate, Fate::BrokenFrom { .. }),
        late: late.map(moment),
    }
}

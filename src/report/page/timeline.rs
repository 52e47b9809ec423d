//! The timeline, as the page's script draws it.

use serde::Serialize;

use super::words::{Term, VERDICTS, verdict};
use crate::report::results::{
    AgreementResult, ClauseResult, DutyResult, InstanceResult, Moment, OutcomeWord, Results, RoleWord, StageWord,
    VerdictWord,
};

/// Seconds since 1970.
type Seconds = i64;

/// So many duties that were kept or are open are drawn; findings are all drawn.
const MOST_BARS: usize = 20_000;

#[derive(Debug, Serialize)]
pub(super) struct Timeline {
    start: Seconds,
    end: Seconds,
    as_of: Seconds,
    zone: String,
    verdicts: Vec<Term<VerdictWord>>,
    lanes: Vec<Lane>,
    bars: Vec<Bar>,
    /// How many duties are not drawn.
    #[serde(skip)]
    pub(super) left_out: u64,
    #[serde(skip)]
    pub(super) drawn: usize,
}

#[derive(Debug, Serialize)]
struct Lane {
    title: String,
    /// The position of a clause in the results; none for an agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    clause: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parties: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Seconds>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suspended: Vec<(Seconds, Option<Seconds>)>,
}

/// A duty: its lane, from when it was owed, when it was due, when it was done or given up, the position of its verdict, that of its finding or -1,
/// and when the verdict came about.
#[derive(Debug, Serialize)]
struct Bar(usize, Seconds, Seconds, Seconds, usize, i64, Seconds);

/// An instance with the position of its finding, if it is one.
pub(super) type Drawn<'a> = (&'a InstanceResult, Option<usize>);

impl Timeline {
    pub(super) fn new(results: &Results, instances: &[Drawn<'_>]) -> Self {
        let summary = &results.summary;
        let as_of = seconds(&summary.as_of);
        let mut lanes = Vec::new();
        let mut lane_of = std::collections::HashMap::new();
        for agreement in &summary.agreements {
            lanes.push(Lane {
                title: agreement.title.clone(),
                clause: None,
                parties: Vec::new(),
                from: agreement.start.as_ref().map(seconds),
                to: agreement.end.as_ref().map(seconds),
                suspended: suspensions(agreement),
            });
            let clauses = summary.clauses.iter().enumerate();
            for (at, clause) in clauses.filter(|(_, clause)| clause.agreement == agreement.name) {
                lane_of.insert((clause.agreement.as_str(), clause.clause.as_str()), lanes.len());
                lanes.push(Lane {
                    title: clause.title.clone(),
                    clause: Some(at),
                    parties: clause.owed_by.clone(),
                    from: None,
                    to: None,
                    suspended: Vec::new(),
                });
            }
        }
        let (mut start, mut end) = (as_of, as_of);
        for agreement in &summary.agreements {
            start = agreement.start.as_ref().map_or(start, |at| start.min(seconds(at)));
            end = agreement.end.as_ref().map_or(end, |at| end.max(seconds(at)));
        }
        let mut bars = Vec::new();
        let mut plain = 0;
        let mut left_out = 0;
        for (instance, finding) in instances {
            if finding.is_none() {
                if plain == MOST_BARS {
                    left_out += 1;
                    continue;
                }
                plain += 1;
            }
            if let Some(&lane) = lane_of.get(&(instance.agreement.as_str(), instance.clause.as_str())) {
                bars.extend(bar(lane, instance, *finding, as_of));
            }
        }
        for bar in &bars {
            start = start.min(bar.1);
            end = end.max(bar.3);
        }
        // Duties owed for ever end with what is known.
        for bar in &mut bars {
            bar.2 = bar.2.min(end);
        }
        let zone = summary.agreements.first().map(|agreement| agreement.zone.clone());
        let is_one = summary
            .agreements
            .iter()
            .all(|agreement| Some(&agreement.zone) == zone.as_ref());
        Timeline {
            start,
            // A picture needs some width.
            end: end.max(start + 3600),
            as_of,
            zone: zone.filter(|_| is_one).unwrap_or_else(|| "UTC".to_owned()),
            verdicts: VERDICTS.into_iter().map(verdict).collect(),
            lanes,
            drawn: bars.len(),
            bars,
            left_out,
        }
    }
}

fn seconds(moment: &Moment) -> Seconds {
    i64::try_from(moment.instant.unix_nanoseconds() / 1_000_000_000).unwrap_or(0)
}

fn suspensions(agreement: &AgreementResult) -> Vec<(Seconds, Option<Seconds>)> {
    let whole = agreement.stages.iter().filter(|stage| stage.clause.is_none());
    whole
        .filter(|stage| stage.stage == StageWord::Suspended)
        .map(|stage| (seconds(&stage.time), None))
        .collect()
}

fn bar(lane: usize, instance: &InstanceResult, finding: Option<usize>, as_of: Seconds) -> Option<Bar> {
    let duty: &DutyResult = instance.duties.first()?;
    let verdict = VERDICTS.iter().position(|verdict| *verdict == instance.verdict)?;
    let at = duty.at.as_ref().map(seconds);
    let late = duty.late.as_ref().map(seconds);
    let opened = duty.opened.as_ref().map(seconds);
    let due = duty.due.as_ref().map(|due| seconds(&due.at));
    let decided = late.or(at).unwrap_or(as_of);
    let mark = at.unwrap_or(as_of);
    let finding_number = finding.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1);
    let (from, due, decided) = match duty.outcome {
        OutcomeWord::Violated if duty.lasting => {
            let until = duty.until.as_ref().map_or(as_of, seconds);
            (mark, until, until)
        }
        // A breach of what is forbidden for the whole term is a point in it.
        _ if is_standing(instance, duty) => (mark, mark, mark),
        _ => {
            let from = opened.unwrap_or(decided).min(decided);
            (from, due.unwrap_or(decided.max(as_of)), decided)
        }
    };
    Some(Bar(
        lane,
        from,
        due.max(from),
        decided.max(from),
        verdict,
        finding_number,
        mark,
    ))
}

/// Whether a duty without trigger or period was broken, or may have been, by what happened at one instant.
pub(super) fn is_standing(instance: &InstanceResult, duty: &DutyResult) -> bool {
    let has_opening = instance.period.is_some()
        || instance
            .evidence
            .iter()
            .any(|evidence| evidence.role == RoleWord::Trigger);
    let is_broken = matches!(duty.outcome, OutcomeWord::Violated | OutcomeWord::Unknown);
    is_broken && !has_opening && !duty.lasting && duty.late.is_none()
}

/// The clause of an instance, by its position.
pub(super) fn clause_of<'r>(
    clauses: &'r [ClauseResult],
    instance: &InstanceResult,
) -> Option<(usize, &'r ClauseResult)> {
    let mut named = clauses.iter().enumerate();
    named.find(|(_, clause)| clause.clause == instance.clause && clause.agreement == instance.agreement)
}

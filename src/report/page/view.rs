//! What the page shows, ready for its template.

use std::collections::HashMap;

use serde::Serialize;

use super::excerpt::{Excerpt, Line, Numbered, record_lines, rule_lines};
use super::timeline::{Drawn, Timeline, clause_of, is_standing};
use super::words::{
    Count, Piece, Term, VERDICTS, When, capitalised, counts, date, pieces, sentence, strength, verdict,
};
use crate::report::results::{
    AgreementResult, ClauseResult, Counts, DutyResult, EvidenceResult, InstanceResult, Moment, OutcomeWord,
    PartyResult, Results, RoleWord, RuleNote, SeverityWord, StrengthWord, VerdictWord,
};
use crate::source::SourceMap;
use crate::time::humanise;

#[derive(Debug, Serialize)]
pub(super) struct View<'r> {
    title: String,
    tool: String,
    as_of: AsOf,
    statement: Statement,
    logs: Vec<&'r str>,
    rules: Vec<&'r str>,
    counts: Vec<Count>,
    parties: Vec<&'r PartyResult>,
    agreements: Vec<AgreementView<'r>>,
    findings: Vec<FindingView<'r>>,
    drawn: usize,
    left_out: u64,
    #[serde(skip)]
    pub(super) timeline: Timeline,
}

#[derive(Debug, Serialize)]
struct AsOf {
    iso: String,
    date: String,
    text: String,
}

/// The result in a sentence.
#[derive(Debug, Serialize)]
struct Statement {
    tone: Tone,
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Tone {
    Good,
    Doubt,
    Bad,
}

#[derive(Debug, Serialize)]
struct AgreementView<'r> {
    /// A number that names it in addresses.
    anchor: usize,
    title: &'r str,
    parties: &'r [PartyResult],
    term: String,
    stages: Vec<StageView<'r>>,
    cites: Vec<Cite<'r>>,
    counts: Vec<Count>,
    clauses: Vec<ClauseView<'r>>,
}

#[derive(Debug, Serialize)]
struct StageView<'r> {
    text: &'r str,
    place: String,
}

#[derive(Debug, Serialize)]
struct ClauseView<'r> {
    lane: usize,
    name: &'r str,
    title: &'r str,
    owed_by: String,
    strength: Term<StrengthWord>,
    severity: SeverityWord,
    cites: Vec<Cite<'r>>,
    counts: Vec<Count>,
    next_due: Option<When>,
}

/// A source. Only what is a web address is a link.
#[derive(Debug, Clone, Serialize)]
struct Cite<'r> {
    href: Option<&'r str>,
    text: &'r str,
}

#[derive(Debug, Serialize)]
struct FindingView<'r> {
    lane: usize,
    verdict: Term<VerdictWord>,
    strength: Term<StrengthWord>,
    severity: SeverityWord,
    parties: String,
    headline: Vec<Piece>,
    clause: &'r str,
    name: String,
    times: Vec<TimeView>,
    gauge: Option<Gauge>,
    rules: Vec<Excerpt>,
    notes: Vec<Numbered>,
    records: Vec<RecordView<'r>>,
    remedy: Option<Vec<Piece>>,
    repairs: Vec<Vec<Piece>>,
    cites: Vec<Cite<'r>>,
}

#[derive(Debug, Serialize)]
struct TimeView {
    kind: &'static str,
    word: &'static str,
    when: When,
    aside: Option<String>,
}

/// How much of the time that was taken was allowed, in thousandths.
#[derive(Debug, Serialize)]
struct Gauge {
    due: i64,
    over: i64,
}

#[derive(Debug, Serialize)]
struct RecordView<'r> {
    role: RoleWord,
    place: String,
    file: &'r str,
    when: When,
    lines: Vec<Line>,
    text: Vec<Piece>,
}

impl<'r> View<'r> {
    pub(super) fn new(results: &'r Results, sources: &SourceMap, title: Option<&str>) -> Self {
        let summary = &results.summary;
        let mut findings: Vec<&InstanceResult> = results
            .instances
            .iter()
            .filter(|instance| !matches!(instance.verdict, VerdictWord::Met | VerdictWord::Open))
            .collect();
        // The gravest first; the sort keeps the order of clauses and of time.
        findings.sort_by_key(|finding| {
            let severity = match finding.severity {
                SeverityWord::Critical => 0,
                SeverityWord::Major => 1,
                SeverityWord::Minor => 2,
            };
            (
                VERDICTS.iter().position(|verdict| *verdict == finding.verdict),
                finding.strength != StrengthWord::Binding,
                severity,
            )
        });
        let plain = results
            .instances
            .iter()
            .filter(|instance| matches!(instance.verdict, VerdictWord::Met | VerdictWord::Open));
        let numbered = findings.iter().enumerate().map(|(at, finding)| (*finding, Some(at)));
        let drawn: Vec<Drawn<'_>> = numbered.chain(plain.map(|instance| (instance, None))).collect();
        let timeline = Timeline::new(results, &drawn);
        let texts: HashMap<&str, &str> = sources
            .ids()
            .filter_map(|id| sources.get(id))
            .map(|source| (source.name(), source.text()))
            .collect();
        let views = findings
            .iter()
            .filter_map(|finding| {
                let (lane, clause) = clause_of(&summary.clauses, finding)?;
                Some(finding_view(finding, lane, clause, &texts))
            })
            .collect();
        let mut parties: Vec<&PartyResult> = Vec::new();
        for party in summary.agreements.iter().flat_map(|agreement| &agreement.parties) {
            if parties.iter().all(|known| known.name != party.name) {
                parties.push(party);
            }
        }
        let mut rules: Vec<&str> = Vec::new();
        for clause in &summary.clauses {
            if !rules.contains(&clause.place.file.as_str()) {
                rules.push(&clause.place.file);
            }
        }
        View {
            title: title.map_or_else(|| title_of(&summary.agreements), str::to_owned),
            tool: format!("{} {}", summary.tool.name, summary.tool.version),
            as_of: AsOf {
                iso: summary.as_of.text.clone(),
                date: date(&summary.as_of.text),
                text: When::from(&summary.as_of).text,
            },
            statement: statement(&summary.counts, &findings),
            logs: summary.read.logs.iter().map(|log| log.file.as_str()).collect(),
            rules,
            counts: counts(&summary.counts),
            parties,
            agreements: summary
                .agreements
                .iter()
                .enumerate()
                .map(|(at, agreement)| agreement_view(at, agreement, &summary.clauses))
                .collect(),
            findings: views,
            drawn: timeline.drawn,
            left_out: timeline.left_out,
            timeline,
        }
    }
}

fn title_of(agreements: &[AgreementResult]) -> String {
    match agreements {
        [] => "No agreement".to_owned(),
        [one] => one.title.clone(),
        [first, second] => format!("{} and {}", first.title, second.title),
        several => format!("{} agreements", several.len()),
    }
}

fn statement(counts: &Counts, findings: &[&InstanceResult]) -> Statement {
    let stands = |binding| {
        let broken = findings
            .iter()
            .filter(|finding| finding.verdict == VerdictWord::Violated);
        broken
            .filter(|finding| (finding.strength == StrengthWord::Binding) == binding)
            .count() as u64
    };
    let (binding, effort) = (stands(true), stands(false));
    let mut parts = Vec::new();
    if binding > 0 {
        let verb = if binding == 1 { "stands" } else { "stand" };
        parts.push(format!(
            "{} of binding duties {verb}",
            number(binding, "breach", "breaches")
        ));
    }
    if counts.repaired > 0 {
        let verb = if counts.repaired == 1 { "was" } else { "were" };
        parts.push(format!(
            "{} {verb} made good",
            number(counts.repaired, "breach", "breaches")
        ));
    }
    if effort > 0 {
        let verb = if effort == 1 { "was" } else { "were" };
        parts.push(format!(
            "{} {verb} not kept",
            number(effort, "best effort", "best efforts")
        ));
    }
    if counts.unknown > 0 {
        parts.push(format!(
            "{} cannot be told from the log",
            number(counts.unknown, "duty", "duties")
        ));
    }
    let tone = match (binding, counts.unknown + effort) {
        (0, 0) => Tone::Good,
        (0, _) => Tone::Doubt,
        _ => Tone::Bad,
    };
    let decided = counts.met + counts.repaired + counts.excused + counts.violated;
    if parts.is_empty() && decided == 0 {
        return Statement {
            tone: Tone::Doubt,
            text: "Nothing has been decided yet.".to_owned(),
        };
    }
    if parts.is_empty() {
        parts.push(format!(
            "nothing was broken; {} kept",
            number(counts.met, "duty was", "duties were")
        ));
    }
    Statement {
        tone,
        text: capitalised(&(parts.join("; ") + ".")),
    }
}

fn number(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}

fn agreement_view<'r>(at: usize, agreement: &'r AgreementResult, clauses: &'r [ClauseResult]) -> AgreementView<'r> {
    let own = || {
        clauses
            .iter()
            .enumerate()
            .filter(|(_, clause)| clause.agreement == agreement.name)
    };
    let title_of = |name: &str| {
        let party = agreement.parties.iter().find(|party| party.name == name);
        party.map_or_else(|| name.to_owned(), |party| party.title.clone())
    };
    AgreementView {
        anchor: at + 1,
        title: &agreement.title,
        parties: &agreement.parties,
        term: match (&agreement.start, &agreement.end) {
            (Some(start), Some(end)) => format!("In force from {} to before {}", date(&start.text), date(&end.text)),
            (Some(start), None) => format!("In force from {}, without end", date(&start.text)),
            (None, Some(end)) => format!("In force to before {}", date(&end.text)),
            (None, None) => "In force at all times".to_owned(),
        },
        stages: agreement
            .stages
            .iter()
            .map(|stage| StageView {
                text: &stage.text,
                place: format!("{}:{}", stage.file, stage.line),
            })
            .collect(),
        cites: cites(&agreement.cites),
        counts: counts(&own().map(|(_, clause)| clause.counts).sum()),
        clauses: own()
            .map(|(lane, clause)| ClauseView {
                lane,
                name: &clause.clause,
                title: &clause.title,
                owed_by: clause
                    .owed_by
                    .iter()
                    .map(|name| title_of(name))
                    .collect::<Vec<_>>()
                    .join(", "),
                strength: strength(clause.strength),
                severity: clause.severity,
                cites: cites(&clause.cites),
                counts: counts(&clause.counts),
                next_due: clause.next_due.as_ref().map(When::from),
            })
            .collect(),
    }
}

fn cites(cites: &[String]) -> Vec<Cite<'_>> {
    cites.iter().map(|text| cite(text)).collect()
}

fn cite(text: &str) -> Cite<'_> {
    let is_address = text.starts_with("https://") || text.starts_with("http://");
    Cite {
        // An address may be followed by the article that is meant.
        href: is_address.then(|| text.split([' ', ',']).next()).flatten(),
        text,
    }
}

fn finding_view<'r>(
    finding: &'r InstanceResult,
    lane: usize,
    clause: &'r ClauseResult,
    texts: &HashMap<&str, &str>,
) -> FindingView<'r> {
    let duty = finding.duties.first();
    let mut notes = Vec::new();
    let mut files: Vec<&str> = Vec::new();
    for note in &finding.rules {
        if !files.contains(&note.place.file.as_str()) {
            files.push(&note.place.file);
        }
    }
    let rules = files
        .iter()
        .map(|file| {
            let own: Vec<&RuleNote> = finding.rules.iter().filter(|note| note.place.file == **file).collect();
            let head = (clause.place.file == **file).then_some(clause.place.start.line);
            rule_lines(texts.get(file).copied().unwrap_or(""), file, head, &own, &mut notes)
        })
        .collect();
    FindingView {
        lane,
        verdict: verdict(finding.verdict),
        strength: strength(finding.strength),
        severity: finding.severity,
        parties: finding.owed_by.join(" "),
        headline: sentence(&finding.headline),
        clause: &clause.title,
        name: format!("{}.{}", finding.agreement, finding.clause),
        times: duty
            .map(|duty| times(duty, is_standing(finding, duty)))
            .unwrap_or_default(),
        gauge: duty.and_then(gauge),
        rules,
        notes,
        records: records(&finding.evidence),
        remedy: finding.remedy.as_deref().map(pieces),
        repairs: finding.repairs.iter().map(|repair| pieces(repair)).collect(),
        cites: cites(&clause.cites),
    }
}

fn times(duty: &DutyResult, is_standing: bool) -> Vec<TimeView> {
    let time = |kind, word, moment: &Moment| TimeView {
        kind,
        word,
        when: When::from(moment),
        aside: None,
    };
    let mut times = Vec::new();
    if !duty.lasting && !is_standing {
        times.extend(duty.opened.as_ref().map(|opened| time("opened", "owed from", opened)));
        times.extend(
            duty.due
                .as_ref()
                .map(|due| time("due", if due.inclusive { "due" } else { "due before" }, &due.at)),
        );
    }
    match (&duty.late, &duty.at) {
        (Some(late), _) => {
            let lateness = duty
                .due
                .as_ref()
                .map(|due| late.instant.nanoseconds_since(due.at.instant));
            times.push(TimeView {
                aside: lateness.map(|lateness| format!("{} late", humanise(lateness))),
                ..time("done", "done", late)
            });
        }
        (None, Some(at)) => {
            let word = match (duty.outcome, duty.lasting) {
                (OutcomeWord::Violated, true) => "broken from",
                (OutcomeWord::Violated, false) => "broken",
                (OutcomeWord::Waived, _) => "released",
                (OutcomeWord::Unknown, _) => "in doubt from",
                (OutcomeWord::Met | OutcomeWord::Open, _) => "met",
            };
            times.push(time("decided", word, at));
        }
        (None, None) => {}
    }
    times.extend(duty.until.as_ref().map(|until| time("until", "until", until)));
    times
}

fn gauge(duty: &DutyResult) -> Option<Gauge> {
    let (opened, due, late) = (duty.opened.as_ref()?, duty.due.as_ref()?, duty.late.as_ref()?);
    let allowed = due.at.instant.nanoseconds_since(opened.instant);
    let taken = late.instant.nanoseconds_since(opened.instant);
    if allowed < 0 || taken <= allowed {
        return None;
    }
    let due = i64::try_from(allowed * 1000 / taken).ok()?.clamp(20, 980);
    Some(Gauge { due, over: 1000 - due })
}

/// The records, each once, with all that is said about it.
fn records(evidence: &[EvidenceResult]) -> Vec<RecordView<'_>> {
    let mut records: Vec<RecordView<'_>> = Vec::new();
    for item in evidence {
        let place = format!("{}:{}", item.file, item.line);
        if let Some(known) = records.iter_mut().find(|known| known.place == place) {
            known.text.extend(pieces("; "));
            known.text.extend(pieces(&item.text));
            continue;
        }
        records.push(RecordView {
            role: item.role,
            place,
            file: &item.file,
            when: When::from(&item.time),
            lines: item.record.as_ref().map(record_lines).unwrap_or_default(),
            text: pieces(&item.text),
        });
    }
    records
}

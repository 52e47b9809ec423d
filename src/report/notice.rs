//! Findings as single notices, which have a place and a line of text: for lists, annotations and code scanners.

use std::fmt::Write as _;

use super::place::Place;
use super::results::{
    ClauseResult, EvidenceResult, InstanceResult, Results, RoleWord, SeverityWord, StandingWord, StrengthWord,
    VerdictWord,
};
use crate::verdict::VerdictId;

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Note,
    Warning,
    Error,
}

impl Level {
    pub(super) fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// A place in a rule file, a log or a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) file: String,
    /// From 1.
    pub(super) line: u64,
    /// In characters, from 1.
    pub(super) column: usize,
    /// The line and the column past it, if more than one character is meant.
    pub(super) end: Option<(u64, usize)>,
}

impl From<&Place> for Spot {
    fn from(place: &Place) -> Self {
        Spot {
            file: place.file.clone(),
            line: place.start.line as u64,
            column: place.start.column,
            end: Some((place.end.line as u64, place.end.column)),
        }
    }
}

impl From<&EvidenceResult> for Spot {
    fn from(evidence: &EvidenceResult) -> Self {
        let start = evidence.column.unwrap_or(1);
        let shown = evidence
            .record
            .as_ref()
            .and_then(|record| record.text.get(record.start..record.end));
        // The end of what is on more lines than one is of no use to a reader.
        let one_line = shown.filter(|shown| !shown.contains('\n'));
        Spot {
            file: evidence.file.clone(),
            line: evidence.line,
            column: start,
            end: one_line.map(|shown| (evidence.line, start + shown.chars().count())),
        }
    }
}

/// What a notice says of a clause or a scenario.
#[derive(Debug, Clone)]
pub(super) struct Notice {
    /// Names what is amiss: a clause, or the kind of a mistake.
    pub(super) code: String,
    pub(super) level: Level,
    /// The result as SARIF has it.
    pub(super) kind: Kind,
    /// One line.
    pub(super) message: String,
    /// More lines.
    pub(super) details: Vec<String>,
    /// Where a person looks first.
    pub(super) spot: Spot,
    /// The words of the rules that it is about.
    pub(super) rule: Option<Spot>,
    /// Records of the logs and places in the rules, with what there is to say of them, and their text where it is known.
    pub(super) related: Vec<(Spot, String, Option<String>)>,
    pub(super) id: Option<VerdictId>,
    /// How it stands to a baseline, if there is one.
    pub(super) standing: Option<StandingWord>,
}

/// Kinds of results that SARIF knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Fail,
    /// It cannot be told.
    Open,
    Informational,
    NotApplicable,
    Pass,
    /// Somebody should look at it.
    Review,
}

/// What is known of all notices with one code.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) code: String,
    pub(super) title: String,
    pub(super) text: Option<String>,
    pub(super) cites: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) level: Level,
    pub(super) severity: Option<SeverityWord>,
    pub(super) strength: Option<StrengthWord>,
}

/// Notices with their rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Notices {
    pub(super) rules: Vec<Rule>,
    pub(super) notices: Vec<Notice>,
}

/// The level of a violation.
fn level(strength: StrengthWord, severity: SeverityWord) -> Level {
    match (strength, severity) {
        (StrengthWord::Binding, SeverityWord::Major | SeverityWord::Critical) => Level::Error,
        _ => Level::Warning,
    }
}

impl From<&Results> for Notices {
    fn from(results: &Results) -> Self {
        Notices {
            rules: results.summary.clauses.iter().map(Rule::from).collect(),
            notices: results
                .instances
                .iter()
                .map(|instance| notice(results, instance))
                .collect(),
        }
    }
}

impl From<&ClauseResult> for Rule {
    fn from(clause: &ClauseResult) -> Self {
        Rule {
            code: format!("{}.{}", clause.agreement, clause.clause),
            title: clause.title.clone(),
            text: Some(clause.text.clone()),
            cites: clause.cites.clone(),
            tags: clause.tags.clone(),
            level: level(clause.strength, clause.severity),
            severity: Some(clause.severity),
            strength: Some(clause.strength),
        }
    }
}

fn notice(results: &Results, instance: &InstanceResult) -> Notice {
    let clause = results.summary.clause_of(instance);
    let rule = instance.rules.first().map(|note| &note.place);
    let rule = rule.or(clause.map(|clause| &clause.place)).map(Spot::from);
    let evidence = decisive(&instance.evidence).map(Spot::from);
    let nowhere = Spot {
        file: String::new(),
        line: 1,
        column: 1,
        end: None,
    };
    let records = instance.evidence.iter().map(|evidence| {
        let text = evidence.record.as_ref().map(|record| record.text.clone());
        (Spot::from(evidence), evidence.text.clone(), text)
    });
    let notes = instance.rules.iter().skip(1);
    let notes = notes.map(|note| (Spot::from(&note.place), note.text.clone(), None));
    Notice {
        code: format!("{}.{}", instance.agreement, instance.clause),
        level: match instance.verdict {
            VerdictWord::Violated => level(instance.strength, instance.severity),
            _ if instance.failing => Level::Warning,
            _ => Level::Note,
        },
        kind: match instance.verdict {
            VerdictWord::Violated => Kind::Fail,
            VerdictWord::Unknown => Kind::Open,
            VerdictWord::Repaired | VerdictWord::Excused => Kind::Informational,
            VerdictWord::Waived => Kind::NotApplicable,
            VerdictWord::Met => Kind::Pass,
            VerdictWord::Open => Kind::Review,
        },
        message: sentence(instance),
        details: details(clause, instance),
        spot: evidence.or_else(|| rule.clone()).unwrap_or(nowhere),
        rule,
        related: records.chain(notes).collect(),
        id: Some(instance.id),
        standing: instance.baseline,
    }
}

/// The record that a person looks at first.
pub(super) fn decisive(evidence: &[EvidenceResult]) -> Option<&EvidenceResult> {
    const ORDER: [RoleWord; 10] = [
        RoleWord::Breach,
        RoleWord::Late,
        RoleWord::Lacking,
        RoleWord::Release,
        RoleWord::Trigger,
        RoleWord::Setter,
        RoleWord::NearMiss,
        RoleWord::Counted,
        RoleWord::End,
        RoleWord::Repair,
    ];
    ORDER.iter().find_map(|role| {
        let mut of_role = evidence.iter().filter(|evidence| evidence.role == *role);
        match role {
            // Of many that count, the last one tipped the balance.
            RoleWord::Counted => of_role.next_back(),
            _ => of_role.next(),
        }
    })
}

/// The verdict, what happened, and when it was due.
fn sentence(instance: &InstanceResult) -> String {
    let word = match (instance.verdict, instance.strength) {
        (VerdictWord::Violated, StrengthWord::Binding) => "violated",
        (VerdictWord::Violated, _) => "best effort not kept",
        (verdict, _) => verdict.word(),
    };
    let mut text = if instance.headline.starts_with(word) {
        instance.headline.clone()
    } else {
        format!("{word}: {}", instance.headline)
    };
    if let (VerdictWord::Open, true, Some(percent)) = (instance.verdict, instance.failing, instance.time_used) {
        text = format!("at risk: {text}; {percent} % of its time has passed");
    }
    let arithmetic = instance.duties.first().and_then(|duty| duty.arithmetic.as_deref());
    if let Some(arithmetic) = arithmetic {
        let _ = write!(text, " ({arithmetic})");
    }
    text
}

fn details(clause: Option<&ClauseResult>, instance: &InstanceResult) -> Vec<String> {
    let mut lines: Vec<String> = clause.iter().map(|clause| clause.title.clone()).collect();
    lines.extend(
        instance
            .remedy
            .iter()
            .map(|remedy| format!("would have complied: {remedy}")),
    );
    lines.extend(instance.repairs.iter().cloned());
    lines.extend(
        clause
            .iter()
            .flat_map(|clause| clause.cites.iter().map(|cite| format!("see {cite}"))),
    );
    lines
}

impl Notices {
    /// Those that are not known.
    fn loud(&self) -> impl Iterator<Item = &Notice> {
        let notices = self.notices.iter();
        notices.filter(|notice| notice.standing != Some(StandingWord::Known))
    }

    /// One line each: `file:line:column: level[code] message`.
    pub(super) fn short(&self) -> String {
        let lines = self.loud().map(|notice| {
            let Spot { file, line, column, .. } = &notice.spot;
            let level = notice.level.word();
            format!("{file}:{line}:{column}: {level}[{}] {}\n", notice.code, notice.message)
        });
        lines.collect()
    }

    /// Commands for a GitHub workflow, one line each, which it shows as annotations.
    pub(super) fn github(&self) -> String {
        let lines = self.loud().map(|notice| {
            let command = match notice.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Note => "notice",
            };
            let Spot {
                file,
                line,
                column,
                end,
            } = &notice.spot;
            let mut properties = format!("file={},line={line},col={column}", property(&forward(file)));
            if let Some((end_line, end_column)) = end
                && end_line == line
            {
                let last = end_column.saturating_sub(1).max(*column);
                let _ = write!(properties, ",endLine={end_line},endColumn={last}");
            }
            let lines: Vec<&str> = [notice.message.as_str()]
                .into_iter()
                .chain(notice.details.iter().map(String::as_str))
                .collect();
            let title = property(&notice.code);
            format!("::{command} {properties},title={title}::{}\n", data(&lines.join("\n")))
        });
        lines.collect()
    }
}

/// A path with the separators that the web knows.
pub(super) fn forward(file: &str) -> String {
    file.replace('\\', "/")
}

/// The text of a workflow command: what would end it is written as it asks.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_an_annotation() {
        let notices = Notices {
            rules: Vec::new(),
            notices: vec![Notice {
                code: "a.b".to_owned(),
                level: Level::Warning,
                kind: Kind::Fail,
                message: "100 %\r\n::error::no, and: yes".to_owned(),
                details: vec!["%0A".to_owned()],
                spot: Spot {
                    file: "a,b:c\n::d\\e".to_owned(),
                    line: 3,
                    column: 7,
                    end: Some((3, 9)),
                },
                rule: None,
                related: Vec::new(),
                id: None,
                standing: None,
            }],
        };
        assert_eq!(
            notices.github(),
            "::warning file=a%2Cb%3Ac%0A%3A%3Ad/e,line=3,col=7,endLine=3,endColumn=8,title=a.b::100 %25%0D%0A::error::no, and: yes%0A%250A\n"
        );
    }
}

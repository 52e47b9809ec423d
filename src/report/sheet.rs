//! Comma-separated values, for spreadsheets.

use super::notice::decisive;
use super::results::{InstanceResult, Results, StandingWord};

const HEADER: [&str; 21] = [
    "id",
    "agreement",
    "clause",
    "title",
    "verdict",
    "strength",
    "severity",
    "owed_by",
    "key",
    "opened",
    "due",
    "decided",
    "until",
    "headline",
    "would_have_complied",
    "file",
    "line",
    "column",
    "cites",
    "failing",
    "baseline",
];

/// Results as rows under a header, an instance each.
pub(super) fn sheet(results: &Results) -> Result<String, csv::Error> {
    let rows = results.instances.iter().map(|instance| row(results, instance));
    rows_under(&HEADER, rows)
}

fn row(results: &Results, instance: &InstanceResult) -> Vec<String> {
    let clause = results.summary.clause_of(instance);
    let evidence = decisive(&instance.evidence);
    let rule = instance.rules.first().map(|note| &note.place);
    let rule = rule.or(clause.map(|clause| &clause.place));
    let first = instance.duties.first();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let (file, line, column) = match (evidence, rule) {
        (Some(evidence), _) => (
            evidence.file.clone(),
            evidence.line.to_string(),
            evidence.column.map_or_else(String::new, |column| column.to_string()),
        ),
        (None, Some(place)) => (
            place.file.clone(),
            place.start.line.to_string(),
            place.start.column.to_string(),
        ),
        (None, None) => Default::default(),
    };
    vec![
        instance.id.to_string(),
        instance.agreement.clone(),
        instance.clause.clone(),
        text(clause.map(|clause| clause.title.as_str())),
        instance.verdict.word().to_owned(),
        instance.strength.word().to_owned(),
        instance.severity.word().to_owned(),
        instance.owed_by.join(" "),
        text(instance.key.as_deref()),
        text(instance.opened.as_ref().map(|at| at.text.as_str())),
        text(instance.due.as_ref().map(|due| due.at.text.as_str())),
        text(first.and_then(|duty| duty.at.as_ref()).map(|at| at.text.as_str())),
        text(first.and_then(|duty| duty.until.as_ref()).map(|at| at.text.as_str())),
        instance.headline.clone(),
        text(instance.remedy.as_deref()),
        file,
        line,
        column,
        clause.map_or_else(String::new, |clause| clause.cites.join(" ")),
        instance.failing.to_string(),
        text(instance.baseline.map(StandingWord::word)),
    ]
}

/// Rows under a header, none of whose cells is a formula.
pub(super) fn rows_under(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.into_iter().map(defused))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cell that no spreadsheet takes for a formula: one that starts like one is put behind an apostrophe.
fn defused(cell: String) -> String {
    // Spreadsheets take the wide forms of the signs for the signs.
    let starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.starts_with(starts) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused() {
        let rows = [
            vec!["=1+1".to_owned(), "+1".to_owned()],
            vec!["-1".to_owned(), "@a".to_owned()],
            vec!["\tx".to_owned(), "＝1".to_owned()],
            vec!["a=1, \"b\"".to_owned(), "'=1".to_owned()],
        ];
        assert_eq!(
            rows_under(&["a", "b"], rows.into_iter()).unwrap(),
            "a,b\n'=1+1,'+1\n'-1,'@a\n'\tx,'＝1\n\"a=1, \"\"b\"\"\",'=1\n"
        );
    }
}

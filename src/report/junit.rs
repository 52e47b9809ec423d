//! `JUnit`'s XML, as continuous integration reads it: a suite for each agreement, and a case for each clause.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::notice::{Notice, Notices};
use super::results::{ClauseResult, Results};

/// Results as a document.
pub(super) fn junit(results: &Results) -> Result<String, SerializeError> {
    let notices = Notices::from(results);
    let mut report = Report::new("servanda");
    for agreement in &results.summary.agreements {
        let mut suite = TestSuite::new(agreement.name.as_str());
        suite.add_property(("title", agreement.title.as_str()));
        suite.add_property(("as_of", results.summary.as_of.text.as_str()));
        let clauses = results.summary.clauses.iter();
        for clause in clauses.filter(|clause| clause.agreement == agreement.name) {
            let of_clause = results.instances.iter().zip(&notices.notices);
            let of_clause = of_clause
                .filter(|(instance, _)| instance.agreement == clause.agreement && instance.clause == clause.clause);
            let (failing, others): (Vec<_>, Vec<_>) = of_clause.partition(|(instance, _)| instance.failing);
            let texts =
                |notices: &[(_, &Notice)]| -> Vec<String> { notices.iter().map(|(_, notice)| text(notice)).collect() };
            suite.add_test_case(case(clause, &texts(&failing), &texts(&others)));
        }
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn case(clause: &ClauseResult, failing: &[String], others: &[String]) -> TestCase {
    let status = if !failing.is_empty() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let what = if failing.len() == 1 { "finding" } else { "findings" };
        status
            .set_type("finding")
            .set_message(format!("{}: {} {what}", clause.title, failing.len()))
            .set_description(failing.join("\n"));
        status
    } else if clause.vacuous {
        let mut status = TestCaseStatus::skipped();
        status.set_message("vacuous: nothing in the logs concerns this clause");
        status
    } else {
        TestCaseStatus::success()
    };
    let mut case = TestCase::new(clause.clause.as_str(), status);
    case.set_classname(clause.agreement.as_str());
    if !others.is_empty() {
        case.set_system_out(others.join("\n"));
    }
    case
}

fn text(notice: &Notice) -> String {
    let spot = &notice.spot;
    let mut text = format!("{}:{}:{}: {}", spot.file, spot.line, spot.column, notice.message);
    for line in &notice.details {
        let _ = write!(text, "\n  {line}");
    }
    text
}

//! What was decided, written into the text of a scenario file: only what is not so is touched, so that comments and layout stay.

use std::ops::Range;

use super::expect::{Expectation, ExpectedClause};
use super::judge::{Actual, Failure, Judged};
use super::read::Scenario;
use crate::model::{ClauseId, Model};

/// The text of a file with the failures of its scenarios mended.
pub fn update(text: &str, model: &Model, scenarios: &[(Scenario, Judged)]) -> String {
    let mut edits = Vec::new();
    for (scenario, judged) in scenarios {
        Pen {
            text,
            model,
            scenario,
            judged,
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
        }
        .mend(&mut edits);
    }
    apply(text, 0, edits)
}

/// Other words for a range of bytes.
#[derive(Debug, Clone)]
struct Edit {
    range: Range<usize>,
    words: String,
}

/// A part of a text that starts at an offset of the file, with all edits made. Edits do not overlap; those at one place stay in their order.
fn apply(part: &str, offset: usize, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.range.start);
    let mut text = String::with_capacity(part.len());
    let mut done = 0;
    for edit in edits {
        let start = edit.range.start.saturating_sub(offset).max(done);
        let end = edit.range.end.saturating_sub(offset).max(start);
        text.push_str(part.get(done..start).unwrap_or_default());
        text.push_str(&edit.words);
        done = end;
    }
    text.push_str(part.get(done..).unwrap_or_default());
    text
}

struct Pen<'a> {
    text: &'a str,
    model: &'a Model,
    scenario: &'a Scenario,
    judged: &'a Judged,
    newline: &'static str,
}

/// What happens to the expectations of one clause.
#[derive(Debug, Default)]
struct Changes<'a> {
    /// Edits within an expectation, by its position.
    edits: Vec<(usize, Edit)>,
    gone: Vec<usize>,
    /// New ones, each with the position that it comes after.
    new: Vec<(Option<usize>, &'a Actual)>,
}

impl<'a> Pen<'a> {
    fn mend(&self, edits: &mut Vec<Edit>) {
        let expect = &self.scenario.expect;
        let mut of_clauses: Vec<Changes<'a>> = expect.clauses.iter().map(|_| Changes::default()).collect();
        let mut others: Vec<(ClauseId, Vec<&'a Actual>)> = Vec::new();
        for failure in &self.judged.failures {
            let actual = failure.actual(self.scenario, self.judged);
            match (failure, actual) {
                (
                    Failure::Wrong {
                        clause,
                        expected,
                        differs,
                        unfounded,
                        ..
                    },
                    Some(actual),
                ) => {
                    let expectation = &expect.clauses[*clause].instances[*expected];
                    let wrong = self.wrong(expectation, *differs, unfounded, actual);
                    of_clauses[*clause]
                        .edits
                        .extend(wrong.into_iter().map(|edit| (*expected, edit)));
                }
                (Failure::Missing { clause, expected }, _) => of_clauses[*clause].gone.push(*expected),
                (Failure::Unexpected { clause, after, .. }, Some(actual)) => {
                    of_clauses[*clause].new.push((*after, actual));
                }
                (Failure::Other { clause, .. }, Some(actual)) => {
                    match others.iter_mut().find(|(other, _)| other == clause) {
                        Some((_, instances)) => instances.push(actual),
                        None => others.push((*clause, vec![actual])),
                    }
                }
                (Failure::Blank, _) => {
                    let all = (0..).map(ClauseId).zip(&self.judged.clauses);
                    let all = all.filter(|(_, instances)| !instances.is_empty());
                    others = all.map(|(id, instances)| (id, instances.iter().collect())).collect();
                }
                _ => {}
            }
        }
        for (clause, changes) in expect.clauses.iter().zip(of_clauses) {
            self.clause(clause, changes, edits);
        }
        if !others.is_empty() {
            self.others(&others, edits);
        }
    }

    fn wrong(&self, expectation: &Expectation, differs: bool, unfounded: &[usize], actual: &Actual) -> Vec<Edit> {
        if expectation.is_alias {
            return vec![Edit {
                range: expectation.range.clone(),
                words: inline(actual),
            }];
        }
        let mut edits = Vec::new();
        if differs {
            edits.push(Edit {
                range: expectation.verdict.range.clone(),
                words: actual.verdict().word().to_owned(),
            });
        }
        let sentences = actual.sentences();
        let because = unfounded.iter().filter_map(|at| expectation.because.get(*at));
        for (position, because) in because.enumerate() {
            let sentence = sentences
                .get(position)
                .or(sentences.first())
                .copied()
                .unwrap_or_default();
            let range = because.range.clone();
            let before = self.text[..range.start].trim_end();
            // The text of a block is written without quotes.
            let words = if before.ends_with(['|', '>', '+']) || before.ends_with("|-") || before.ends_with(">-") {
                sentence.replace('`', "")
            } else {
                scalar(sentence)
            };
            edits.push(Edit { range, words });
        }
        edits
    }

    fn clause(&self, clause: &ExpectedClause, changes: Changes<'a>, edits: &mut Vec<Edit>) {
        if changes.gone.is_empty() && changes.new.is_empty() {
            edits.extend(changes.edits.into_iter().map(|(_, edit)| edit));
            return;
        }
        let left = clause.instances.len() - changes.gone.len();
        // A list has brackets, or else a dash before each element, which its bytes may not start with.
        let in_block = clause.is_list && !self.text[clause.value.start..].starts_with('[');
        if left + changes.new.len() == 0 {
            if in_block {
                let colon = self.after_colon(clause.name.end);
                edits.push(Edit {
                    range: colon..colon,
                    words: " none".to_owned(),
                });
                self.block_list(clause, changes, edits);
            } else {
                edits.push(Edit {
                    range: clause.value.clone(),
                    words: "none".to_owned(),
                });
            }
            return;
        }
        if in_block && !clause.instances.is_empty() {
            self.block_list(clause, changes, edits);
            return;
        }
        let in_braces = self.text[self.scenario.expect.value.start..].starts_with('{');
        if in_braces || (clause.is_list && left > 0) {
            edits.push(Edit {
                range: clause.value.clone(),
                words: self.flow_list(clause, &changes),
            });
            return;
        }
        // One that was not in a list, or none, becomes a block below the name.
        let indent = self.column(clause.name.start) + 2;
        let kept = (0..clause.instances.len()).filter(|at| !changes.gone.contains(at));
        let mut items: Vec<String> = kept
            .map(|at| self.moved(&clause.instances[at], &changes, at, indent + 2))
            .collect();
        for (after, actual) in changes.new.iter().rev() {
            let at = if after.is_some() { items.len().min(1) } else { 0 };
            items.insert(at, self.block(actual, indent + 2));
        }
        let words: String = items.iter().map(|item| self.item(item, indent)).collect();
        self.below(clause.name.end, &clause.value, words, edits);
    }

    /// Puts lines below a key in the place of its value. A comment behind a value on the key's own line stays there.
    fn below(&self, key_end: usize, value: &Range<usize>, words: String, edits: &mut Vec<Edit>) {
        let colon = self.after_colon(key_end);
        let value = colon..value.end.max(colon);
        let end = self.line_end(value.end);
        if self.text[value.clone()].contains('\n') {
            edits.push(Edit { range: value, words });
        } else {
            edits.push(Edit {
                range: value,
                words: String::new(),
            });
            edits.push(Edit { range: end..end, words });
        }
    }

    fn block_list(&self, clause: &ExpectedClause, changes: Changes<'a>, edits: &mut Vec<Edit>) {
        let dash = |expectation: &Expectation| {
            self.text[..expectation.range.start]
                .rfind('-')
                .unwrap_or(expectation.range.start)
        };
        let column = clause.instances.first().map_or(0, |first| self.column(dash(first)));
        for at in &changes.gone {
            let expectation = &clause.instances[*at];
            let start = self.line_start(dash(expectation));
            let end = self.line_end(expectation.range.end);
            let newline = self.text[end..]
                .find('\n')
                .map_or(self.text.len(), |feed| end + feed + 1);
            edits.push(Edit {
                range: start..newline,
                words: String::new(),
            });
        }
        for (after, actual) in &changes.new {
            let item = self.block(actual, column + 2);
            edits.push(match after.and_then(|at| clause.instances.get(at)) {
                Some(before) => {
                    let end = self.line_end(before.range.end);
                    Edit {
                        range: end..end,
                        words: self.item(&item, column),
                    }
                }
                None => {
                    let first = clause.instances.first().map_or(clause.value.start, &dash);
                    let start = self.line_start(first);
                    let words = self.item(&item, column);
                    Edit {
                        range: start..start,
                        words: format!("{}{}", words.trim_start_matches(['\r', '\n']), self.newline),
                    }
                }
            });
        }
        edits.extend(changes.edits.into_iter().map(|(_, edit)| edit));
    }

    fn flow_list(&self, clause: &ExpectedClause, changes: &Changes<'a>) -> String {
        let mut items: Vec<String> = Vec::new();
        let new = |after: Option<usize>| {
            let new = changes.new.iter().filter(move |(place, _)| *place == after);
            new.map(|(_, actual)| inline(actual)).collect::<Vec<String>>()
        };
        items.extend(new(None));
        for (at, expectation) in clause.instances.iter().enumerate() {
            if !changes.gone.contains(&at) {
                items.push(self.edited(expectation, changes, at));
            }
            items.extend(new(Some(at)));
        }
        format!("[{}]", items.join(", "))
    }

    /// Clauses that were not spoken of.
    fn others(&self, others: &[(ClauseId, Vec<&Actual>)], edits: &mut Vec<Edit>) {
        let expect = &self.scenario.expect;
        if expect.in_braces || self.text[expect.value.clone()].starts_with('{') {
            edits.push(self.others_in_braces(others));
            return;
        }
        let own = self.column(expect.key.start) + 2;
        let first = expect.clauses.first().filter(|_| !expect.is_blank);
        let indent = first.map_or(own, |clause| self.column(clause.name.start));
        let mut words = String::new();
        for (clause, instances) in others {
            words += self.newline;
            words += &" ".repeat(indent);
            words += &self.name(*clause);
            words += ":";
            for actual in instances {
                words += &self.item(&self.block(actual, indent + 4), indent + 2);
            }
        }
        if expect.is_blank {
            self.below(expect.key.end, &expect.value, words, edits);
        } else {
            let end = self.line_end(expect.value.end);
            edits.push(Edit { range: end..end, words });
        }
    }

    fn others_in_braces(&self, others: &[(ClauseId, Vec<&Actual>)]) -> Edit {
        let expect = &self.scenario.expect;
        let entries: Vec<String> = others
            .iter()
            .map(|(clause, instances)| {
                let items: Vec<String> = instances.iter().map(|actual| inline(actual)).collect();
                format!("{}: [{}]", self.name(*clause), items.join(", "))
            })
            .collect();
        let entries = entries.join(", ");
        if expect.is_blank {
            let colon = self.after_colon(expect.key.end);
            return Edit {
                range: colon..expect.value.end.max(colon),
                words: format!(" {{{entries}}}"),
            };
        }
        let end = expect.value.end.saturating_sub(1);
        let comma = if expect.clauses.is_empty() { "" } else { ", " };
        Edit {
            range: end..end,
            words: format!("{comma}{entries}"),
        }
    }

    /// The name of a clause, with that of its agreement where it needs it.
    fn name(&self, id: ClauseId) -> String {
        let clause = self.model.clause(id);
        let same = self.model.clauses.iter().filter(|other| other.name == clause.name);
        if same.count() > 1 {
            format!("{}.{}", self.model.agreement(clause.agreement).name, clause.name)
        } else {
            clause.name.clone()
        }
    }

    /// An element of a block list, on a line of its own.
    fn item(&self, item: &str, indent: usize) -> String {
        format!("{}{}- {item}", self.newline, " ".repeat(indent))
    }

    /// What is expected of an instance, in lines at a column.
    fn block(&self, actual: &Actual, column: usize) -> String {
        format!(
            "verdict: {}{}{}because: {}",
            actual.verdict().word(),
            self.newline,
            " ".repeat(column),
            scalar(&actual.explanation.headline),
        )
    }

    /// The text of an expectation with its edits.
    fn edited(&self, expectation: &Expectation, changes: &Changes<'a>, at: usize) -> String {
        let own = changes.edits.iter().filter(|(position, _)| *position == at);
        let own: Vec<Edit> = own.map(|(_, edit)| edit.clone()).collect();
        apply(&self.text[expectation.range.clone()], expectation.range.start, own)
    }

    /// As it is edited, with its lines moved to a column.
    fn moved(&self, expectation: &Expectation, changes: &Changes<'a>, at: usize, column: usize) -> String {
        let text = self.edited(expectation, changes, at);
        let before = self.column(expectation.range.start);
        let by = " ".repeat(column.saturating_sub(before));
        text.replace('\n', &format!("\n{by}"))
    }

    fn after_colon(&self, name_end: usize) -> usize {
        self.text[name_end..].find(':').map_or(name_end, |at| name_end + at + 1)
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |feed| feed + 1)
    }

    /// The end of a line, before what ends it.
    fn line_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        at + line.trim_end_matches('\r').len()
    }

    fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].chars().count()
    }
}

fn inline(actual: &Actual) -> String {
    format!(
        "{{verdict: {}, because: {}}}",
        actual.verdict().word(),
        scalar(&actual.explanation.headline)
    )
}

/// A text as a YAML value, without the marks around names: what is looked for has no need of them.
fn scalar(text: &str) -> String {
    let text = text.replace('`', "");
    let harmless = |char: char| char.is_alphanumeric() || " -+._/():".contains(char);
    let plain = text.contains(' ')
        && text.starts_with(char::is_alphabetic)
        && text.chars().all(harmless)
        && !text.contains(": ")
        && !text.ends_with([':', ' ']);
    if plain {
        text
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

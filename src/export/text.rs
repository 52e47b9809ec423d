//! The files of an export as text.

use std::fmt::Write;

use super::clause::{Reading, Translated};
use super::formula::Formula;
use super::print::print;
use super::vocabulary::Vocabulary;
use super::{Export, ExportedDuty};
use crate::model::{EventTypeId, Model};
use crate::value::Type;

impl ExportedDuty {
    /// The name of its file, without folder: `agreement.clause.mfotl`, or `agreement.clause.otherwise-1.mfotl` for a repair.
    pub fn file_name(&self, model: &Model) -> String {
        let path = self.path(model);
        // Names of the language are letters and digits of any script, which files can be called.
        match self.place {
            0 => format!("{path}.mfotl"),
            place => format!("{path}.otherwise-{place}.mfotl"),
        }
    }

    /// The agreement and the clause: `agreement.clause`.
    pub fn path(&self, model: &Model) -> String {
        let clause = model.clause(self.clause);
        format!("{}.{}", model.agreement(clause.agreement).name, clause.name)
    }

    /// The text of its file, in the names of the export's vocabulary.
    pub fn text(&self, model: &Model, vocabulary: &Vocabulary, translated: &Translated) -> String {
        let clause = model.clause(self.clause);
        let mut out = String::new();
        let title: String = clause.title.chars().filter(|char| !char.is_control()).collect();
        let _ = writeln!(out, "# {}: {title}", self.path(model));
        let what = match self.place {
            0 => "its violations, whether repaired later or not".to_owned(),
            1 => "its violations that the first repair did not repair".to_owned(),
            place => format!("its violations that the first {place} repairs did not repair"),
        };
        let what = if clause.duties.len() == 1 {
            "its violations"
        } else {
            &what
        };
        let _ = writeln!(
            out,
            "# The satisfactions of this formula are {what}: {}.",
            one_for(&translated.reading)
        );
        let _ = writeln!(
            out,
            "# Time is in nanoseconds since 1970-01-01T00:00:00Z; numbers and amounts are in billionths."
        );
        for (name, ty) in ordered_enumerations(model, vocabulary, &translated.formula) {
            let _ = writeln!(out, "# {name}: {ty}");
        }
        out.push_str(&print(&translated.formula));
        out
    }
}

impl Export {
    /// The text of the signature file.
    pub fn signature(&self, model: &Model) -> String {
        self.vocabulary.signature(model)
    }
}

fn one_for(reading: &Reading) -> String {
    match reading {
        Reading::Opened(number) => format!("one for each event, by its {}, that opened a duty", number.0),
        Reading::Event(number) => format!("one for each event, by its {}", number.0),
        Reading::Term(at) => format!("at most one, with {} the time stamp at which it shows", at.0),
        Reading::Period(position) => format!("one for each {}, counted from 0", position.0),
        Reading::Interval { from, key, opened } => {
            let of: Vec<&str> = key.iter().chain(opened).map(|variable| variable.0.as_str()).collect();
            if of.is_empty() {
                format!("one for each interval, by its start {}", from.0)
            } else {
                format!(
                    "one for each interval, by its start {} and by {}",
                    from.0,
                    of.join(" and ")
                )
            }
        }
    }
}

/// The ordered enumerations that a formula is about, with the numbers that stand for their values.
fn ordered_enumerations(model: &Model, vocabulary: &Vocabulary, formula: &Formula) -> Vec<(String, String)> {
    let predicates = formula.predicates();
    let events = (0..).map(EventTypeId).zip(&model.events);
    let events = events.filter(|(id, _)| predicates.contains(vocabulary.predicate(*id)));
    let fields = events.flat_map(|(_, event)| event.fields.iter().map(move |field| (event, field)));
    fields
        .filter_map(|(event, field)| match &field.ty {
            Type::Enum(names) if names.ordered => {
                let values = names.names.iter().enumerate();
                let values: Vec<String> = values.map(|(number, name)| format!("{name} = {number}")).collect();
                Some((format!("{}.{}", event.name, field.name), values.join(", ")))
            }
            _ => None,
        })
        .collect()
}

//! The account of a clause as text: its sentences, the life of its duty, its formula, its sources, and a worked example.

use std::fmt::Write;

use super::style::Style;
use crate::account::{Account, LifeState};
use crate::export::print;
use crate::log::json_line;
use crate::model::Model;
use crate::verdict::explain;
use crate::witness::Witness;

/// Everything that is told of a clause.
pub fn account(model: &Model, told: &Account, style: Style) -> String {
    let clause = model.clause(told.clause);
    let agreement = model.agreement(clause.agreement);
    let mut out = String::new();
    let page = Page { model, style };
    let _ = writeln!(out, "{}", style.strong(&format!("{}.{}", agreement.name, clause.name)));
    out.push_str(&page.wrapped(&clause.title, "  "));
    out.push('\n');
    for sentence in &told.sentences {
        out.push_str(&page.wrapped(sentence, "  "));
    }
    if !clause.cites.is_empty() {
        page.heading("Sources", &mut out);
        for cite in &clause.cites {
            out.push_str(&page.wrapped(cite, "  "));
        }
    }
    page.heading("The life of the duty", &mut out);
    page.life(told, &mut out);
    page.example("A smallest log that keeps it", told.kept.as_ref(), &mut out);
    if told.is_breakable {
        page.example("A smallest log that breaks it", told.broken.as_ref(), &mut out);
    }
    page.heading("As a formula of its breaches", &mut out);
    for (place, formula) in told.formulas.iter().enumerate() {
        if told.formulas.len() > 1 {
            let which = if place == 0 {
                "the duty".to_owned()
            } else {
                format!("repair {place}")
            };
            let _ = writeln!(out, "  {which}:");
        }
        match formula {
            Ok(translated) => {
                for line in print(&translated.formula).lines() {
                    let _ = writeln!(out, "    {line}");
                }
            }
            Err(refused) => out.push_str(&page.wrapped(&format!("none: {}", refused.reason), "    ")),
        }
    }
    out
}

struct Page<'a> {
    model: &'a Model,
    style: Style,
}

impl Page<'_> {
    fn wrapped(&self, text: &str, indent: &str) -> String {
        let options = textwrap::Options::new(self.style.width.max(40))
            .initial_indent(indent)
            .subsequent_indent(indent)
            .break_words(false)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(text, options) + "\n"
    }

    fn heading(&self, text: &str, out: &mut String) {
        let _ = writeln!(out, "\n{}", self.style.strong(text));
    }

    fn life(&self, told: &Account, out: &mut String) {
        let arrow = if self.style.unicode { "──▶" } else { "-->" };
        let widest = told
            .life
            .iter()
            .map(|step| name(step.from).chars().count())
            .max()
            .unwrap_or(0);
        for step in &told.life {
            let head = format!("  {:widest$} {arrow} {}", name(step.from), name(step.to));
            let _ = writeln!(out, "{head}");
            out.push_str(&self.wrapped(&format!("when {}", step.by), &" ".repeat(widest + 7)));
        }
    }

    fn example(&self, heading: &str, witness: Option<&Witness>, out: &mut String) {
        self.heading(heading, out);
        let Some(witness) = witness else {
            out.push_str(&self.wrapped("none of a few events was found", "  "));
            return;
        };
        let Some(clause) = witness.instances.first().map(|instance| instance.clause) else {
            return;
        };
        let zone = &self.model.agreement(self.model.clause(clause).agreement).zone;
        if witness.events.is_empty() {
            let _ = writeln!(out, "  (no event at all)");
        }
        for event in &witness.events {
            let _ = writeln!(out, "  {}", json_line(self.model, event, zone));
        }
        let _ = writeln!(out, "  as of {}:", zone.show(witness.as_of));
        for instance in &witness.instances {
            let explanation = explain(self.model, instance);
            out.push_str(&self.wrapped(&explanation.headline, "    "));
        }
    }
}

fn name(state: LifeState) -> String {
    match state {
        LifeState::Idle => "nothing".to_owned(),
        LifeState::Owed(0) => "owed".to_owned(),
        LifeState::Owed(place) => format!("repair {place} owed"),
        LifeState::Met => "met".to_owned(),
        LifeState::Violated => "violated".to_owned(),
        LifeState::Repaired => "repaired".to_owned(),
        LifeState::Excused => "excused".to_owned(),
        LifeState::Waived => "waived".to_owned(),
    }
}

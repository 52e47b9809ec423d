//! What a checkpoint was made for: rules by their meaning, not by how they are laid out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::monitor::MonitorOptions;
use crate::model::{Clause, Model};
use crate::report::Difference;

/// Tells the meaning of rules and of what they are watched with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The version of this program.
    pub program: String,
    /// Event types, states, parties and the terms of agreements.
    vocabulary: String,
    /// The clauses, each by its agreement's name and its own.
    clauses: BTreeMap<String, String>,
    /// The order of the clauses.
    order: Vec<String>,
    /// What decides when something is told.
    options: String,
    /// The log.
    log: String,
}

impl Identity {
    /// Of rules, and of what they are watched with.
    pub fn of(model: &Model, options: &MonitorOptions, clock: &str, log: &str) -> Self {
        let named = |clause: &Clause| format!("{}.{}", model.agreement(clause.agreement).name, clause.name);
        let agreements = model.agreements.iter().map(|agreement| {
            let terms = (
                &agreement.name,
                &agreement.zone,
                agreement.start,
                agreement.end,
                &agreement.life,
            );
            format!("{terms:?}")
        });
        let agreements: Vec<String> = agreements.collect();
        let vocabulary = format!(
            "{:?}{:?}{:?}{:?}",
            model.events, model.states, model.parties, agreements
        );
        let meaning = |clause: &Clause| {
            let parts = (
                clause.agreement,
                (&clause.opening, &clause.duties, &clause.waivers, &clause.exceptions),
                (&clause.life, clause.severity),
            );
            digest(&format!("{parts:?}"))
        };
        Identity {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            vocabulary: digest(&vocabulary),
            clauses: model
                .clauses
                .iter()
                .map(|clause| (named(clause), meaning(clause)))
                .collect(),
            order: model.clauses.iter().map(named).collect(),
            options: format!(
                "--clock {clock} --max-delay '{}' --await-late '{}' --at-risk {} --fail-on {}{}",
                options.max_delay,
                options.await_late,
                options
                    .at_risk
                    .map_or_else(|| "never".to_owned(), |share| share.to_string()),
                options.terms.fail_on.words().join(","),
                match options.terms.telling {
                    crate::verdict::Keeping::All => " --all",
                    _ => "",
                },
            ),
            log: log.to_owned(),
        }
    }

    /// The options, as they are given to the command.
    pub fn options(&self) -> &str {
        &self.options
    }

    /// The log.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Whether a state of the one can be gone on with by the other, as far as the rules are concerned.
    pub fn has_rules_of(&self, other: &Identity) -> bool {
        self.vocabulary == other.vocabulary && self.order == other.order && self.clauses == other.clauses
    }

    /// How these rules differ from earlier ones. With other event types, states, parties or terms every clause means something else.
    pub fn difference(&self, earlier: &Identity) -> Difference {
        let mut difference = Difference::default();
        for name in &self.order {
            let list = match (self.clauses.get(name), earlier.clauses.get(name)) {
                (_, None) => &mut difference.new,
                (now, before) if now == before && self.vocabulary == earlier.vocabulary => &mut difference.same,
                _ => &mut difference.changed,
            };
            list.push(name.clone());
        }
        let gone = earlier.order.iter().filter(|name| !self.clauses.contains_key(*name));
        difference.gone = gone.cloned().collect();
        difference
    }
}

/// The digest of what parts of a model say of themselves, without the places of the rule files that they are from.
fn digest(text: &str) -> String {
    let hash = Sha256::digest(without_places(text).as_bytes());
    let half = hash.iter().take(16);
    half.fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn without_places(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("Span {") {
        kept.push_str(&rest[..at]);
        let after = &rest[at..];
        rest = after.find('}').map_or("", |end| &after[end + 1..]);
    }
    kept.push_str(rest);
    kept
}

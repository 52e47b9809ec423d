//! Every clause of every pack has a smallest log that keeps it and one that breaks it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use servanda::model::{ClauseId, Strength};
use servanda::run::Rules;
use servanda::witness::{Wanted, witness};

fn packs() -> Vec<PathBuf> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let files = std::fs::read_dir(rules).unwrap().map(|entry| entry.unwrap().path());
    let mut packs: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "clause"))
        .collect();
    packs.sort();
    packs
}

#[test]
fn each_clause_of_the_packs_can_be_kept_and_broken() {
    let mut without = Vec::new();
    let mut found = 0;
    for pack in packs() {
        let rules = Rules::load(&[&pack]).unwrap();
        let model = rules.model.unwrap();
        for (position, clause) in model.clauses.iter().enumerate() {
            let id = ClauseId(u32::try_from(position).unwrap());
            for wanted in [Wanted::Kept, Wanted::Broken] {
                let breakable = clause
                    .duties
                    .iter()
                    .any(|duty| matches!(duty.strength, Strength::Binding | Strength::BestEffort));
                if wanted == Wanted::Broken && !breakable {
                    continue;
                }
                let start = std::time::Instant::now();
                match witness(&model, id, wanted) {
                    Some(witness) => {
                        found += 1;
                        eprintln!(
                            "{} {wanted:?} {} events {:?}",
                            clause.name,
                            witness.events.len(),
                            start.elapsed()
                        );
                    }
                    None => without.push(format!("{} {wanted:?} {:?}", clause.name, start.elapsed())),
                }
            }
        }
    }
    assert!(found > 0 && without.is_empty(), "no log found:\n{}", without.join("\n"));
}

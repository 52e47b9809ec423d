//! What the engine decides of a scenario, beside what is expected.

use std::ops::Range;
use std::sync::Arc;

use super::align::{Pair, align};
use super::because::{says, sentences};
use super::read::Scenario;
use crate::engine::{Instance, Verdict, judge_planned};
use crate::model::ClauseId;
use crate::plan::Plan;
use crate::time::Instant;
use crate::verdict::{Explanation, by_opening, explain, key_text};

/// An instance of a scenario, and why it came out as it did.
#[derive(Debug)]
pub struct Actual {
    /// The instance.
    pub instance: Instance,
    /// Why.
    pub explanation: Explanation,
    /// The key that it is about, as scenarios write it.
    pub key: Option<String>,
}

impl Actual {
    /// Its verdict.
    pub fn verdict(&self) -> Verdict {
        self.explanation.verdict
    }

    /// From when the duty was owed.
    pub fn opened(&self) -> Option<Instant> {
        self.instance.steps.first().and_then(|step| step.opened)
    }

    /// Everything that is said of why, the most telling first.
    pub fn sentences(&self) -> Vec<&str> {
        sentences(&self.explanation)
    }
}

/// What came of a scenario.
#[derive(Debug)]
pub struct Judged {
    /// The instances of every clause, in the order of their opening. By [`ClauseId`].
    pub clauses: Vec<Vec<Actual>>,
    /// What is not as expected.
    pub failures: Vec<Failure>,
}

/// Something that is not as expected. Clauses are named by their position in what is expected, instances by theirs in [`Judged::clauses`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The verdict is another one, or the explanation does not say what was expected.
    Wrong {
        /// The clause.
        clause: usize,
        /// The expectation in it.
        expected: usize,
        /// The instance.
        actual: usize,
        /// Whether the verdict is another one.
        differs: bool,
        /// The reasons that the explanation does not say, by their positions.
        unfounded: Vec<usize>,
    },
    /// There is no instance for an expectation.
    Missing {
        /// The clause.
        clause: usize,
        /// The expectation in it.
        expected: usize,
    },
    /// There is an instance that no expectation is for.
    Unexpected {
        /// The clause.
        clause: usize,
        /// The instance.
        actual: usize,
        /// The expectation that it comes after, if any.
        after: Option<usize>,
    },
    /// A clause that the scenario does not speak of has an instance that it says none has.
    Other {
        /// The clause.
        clause: ClauseId,
        /// The instance.
        actual: usize,
    },
    /// The scenario expects nothing so far.
    Blank,
}

impl Failure {
    /// The bytes of the file that are not as things are.
    pub fn place(&self, scenario: &Scenario) -> Range<usize> {
        let expect = &scenario.expect;
        match self {
            Failure::Wrong { clause, expected, .. } | Failure::Missing { clause, expected } => {
                let expectation = &expect.clauses[*clause].instances[*expected];
                match self {
                    _ if expectation.is_alias => expectation.range.clone(),
                    Failure::Wrong {
                        differs: false,
                        unfounded,
                        ..
                    } => {
                        let because = unfounded.first().and_then(|at| expectation.because.get(*at));
                        because.map_or_else(|| expectation.range.clone(), |because| because.range.clone())
                    }
                    _ => expectation.verdict.range.clone(),
                }
            }
            Failure::Unexpected { clause, .. } => expect.clauses[*clause].name.clone(),
            Failure::Other { .. } | Failure::Blank => expect.key.clone(),
        }
    }

    /// The clause and the instance that it is about, if there is one.
    pub fn actual<'j>(&self, scenario: &Scenario, judged: &'j Judged) -> Option<&'j Actual> {
        let (clause, actual) = match self {
            Failure::Wrong { clause, actual, .. } | Failure::Unexpected { clause, actual, .. } => {
                (scenario.expect.clauses[*clause].clause, *actual)
            }
            Failure::Other { clause, actual } => (*clause, *actual),
            Failure::Missing { .. } | Failure::Blank => return None,
        };
        judged.clauses[clause.index()].get(actual)
    }
}

/// Judges a scenario, and compares what is decided with what is expected.
pub fn judge(plan: &Arc<Plan>, scenario: &Scenario) -> Judged {
    let model = plan.model();
    let mut instances = judge_planned(
        plan,
        scenario.events.iter().cloned().map(Arc::new).collect(),
        Some(scenario.as_of),
    );
    instances.sort_by_cached_key(by_opening);
    let mut clauses: Vec<Vec<Actual>> = model.clauses.iter().map(|_| Vec::new()).collect();
    for instance in instances {
        clauses[instance.clause.index()].push(Actual {
            explanation: explain(model, &instance),
            key: key_text(model, &instance),
            instance,
        });
    }
    let mut failures = Vec::new();
    let expect = &scenario.expect;
    for (position, clause) in expect.clauses.iter().enumerate() {
        let actual = &clauses[clause.clause.index()];
        let pairs = align(&clause.instances, actual);
        for pair in &pairs {
            failures.extend(match *pair {
                Pair::Both(expected, at) => {
                    let expectation = &clause.instances[expected];
                    let sentences = actual[at].sentences();
                    let unfounded = (0..).zip(&expectation.because);
                    let unfounded = unfounded.filter(|(_, because)| !says(&sentences, &because.value));
                    let unfounded: Vec<usize> = unfounded.map(|(at, _)| at).collect();
                    let differs = expectation.verdict.value != actual[at].verdict();
                    (differs || !unfounded.is_empty()).then_some(Failure::Wrong {
                        clause: position,
                        expected,
                        actual: at,
                        differs,
                        unfounded,
                    })
                }
                Pair::Expected(expected) => Some(Failure::Missing {
                    clause: position,
                    expected,
                }),
                Pair::Actual(at) => {
                    let before = pairs.iter().filter_map(|pair| match *pair {
                        Pair::Both(expected, actual) if actual < at => Some((actual, expected)),
                        _ => None,
                    });
                    Some(Failure::Unexpected {
                        clause: position,
                        actual: at,
                        after: before.max().map(|(_, expected)| expected),
                    })
                }
            });
        }
    }
    for (id, actual) in (0..).map(ClauseId).zip(&clauses) {
        if expect.clauses.iter().any(|clause| clause.clause == id) {
            continue;
        }
        let others = actual.iter().enumerate();
        let others = others.filter(|(_, actual)| !scenario.others.allows(actual.verdict()));
        failures.extend(others.map(|(actual, _)| Failure::Other { clause: id, actual }));
    }
    if expect.is_blank {
        failures = vec![Failure::Blank];
    }
    failures.sort_by_key(|failure| failure.place(scenario).start);
    Judged { clauses, failures }
}

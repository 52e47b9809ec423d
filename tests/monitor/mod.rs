//! A monitor of its own for exported formulas: it reads the exported log, and evaluates a formula at each time point as the textbooks define it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use servanda::export::{Formula, Relation, Term, Variable};

/// A constant of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Constant {
    Int(i128),
    /// The text between the quotes, as it is.
    Text(String),
}

/// The tuples of each predicate.
type Relations = BTreeMap<String, BTreeSet<Vec<Constant>>>;

/// A log: the time stamp and the relations of each time point.
pub(crate) struct Log {
    points: Vec<(i128, Relations)>,
}

impl Log {
    /// Reads a log in MonPoly's syntax.
    pub(crate) fn read(text: &str) -> Log {
        let mut tokens = tokens(text).into_iter().peekable();
        let mut points: Vec<(i128, Relations)> = Vec::new();
        while let Some(token) = tokens.next() {
            match token {
                Token::Sign('@') => {
                    let Some(Token::Word(stamp)) = tokens.next() else {
                        panic!("no time stamp")
                    };
                    points.push((stamp.parse().expect("a number"), Relations::new()));
                }
                Token::Word(predicate) => {
                    assert_eq!(tokens.next(), Some(Token::Sign('(')));
                    let mut row = Vec::new();
                    loop {
                        row.push(match tokens.next() {
                            Some(Token::Word(number)) => Constant::Int(number.parse().expect("a number")),
                            Some(Token::Text(text)) => Constant::Text(text),
                            other => panic!("{other:?} is no constant"),
                        });
                        match tokens.next() {
                            Some(Token::Sign(',')) => {}
                            Some(Token::Sign(')')) => break,
                            other => panic!("{other:?} follows a constant"),
                        }
                    }
                    let (_, relations) = points.last_mut().expect("a time point");
                    relations.entry(predicate).or_default().insert(row);
                }
                other => panic!("{other:?} begins nothing"),
            }
        }
        assert!(
            points.is_sorted_by(|one, next| one.0 < next.0),
            "time points are not in order"
        );
        Log { points }
    }

    /// The time stamp of the first time point that is not before this one.
    pub(crate) fn first_from(&self, stamp: i128) -> Option<i128> {
        self.points
            .iter()
            .map(|(stamp, _)| *stamp)
            .find(|other| *other >= stamp)
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    Sign(char),
    Word(String),
    Text(String),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\n' => {}
            '#' => while chars.next_if(|char| *char != '\n').is_some() {},
            '"' => {
                let mut text = String::new();
                while let Some(char) = chars.next().filter(|char| *char != '"') {
                    text.push(char);
                    if char == '\\' {
                        text.extend(chars.next());
                    }
                }
                tokens.push(Token::Text(text));
            }
            '@' | '(' | ')' | ',' => tokens.push(Token::Sign(char)),
            first => {
                let mut word = String::from(first);
                while let Some(char) = chars.next_if(|char| char.is_alphanumeric() || "_-".contains(*char)) {
                    word.push(char);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    tokens
}

/// An assignment of variables.
pub(crate) type Assignment = BTreeMap<Variable, Constant>;
type Table = BTreeSet<Assignment>;

/// The satisfactions of a formula at each time point at which they are known, with its time stamp.
pub(crate) fn satisfactions(formula: &Formula, log: &Log) -> Vec<(i128, Assignment)> {
    let monitor = Monitor {
        log,
        known: RefCell::default(),
    };
    let last = log.points.last().map_or(0, |(stamp, _)| *stamp);
    let mut found = Vec::new();
    for (at, (stamp, _)) in log.points.iter().enumerate() {
        // A monitor knows what comes within a distance once time has passed it.
        if horizon(formula).is_none_or(|horizon| last > stamp + horizon) {
            found.extend(monitor.evaluate(formula, at).iter().map(|row| (*stamp, row.clone())));
        }
    }
    found
}

/// How far into the future a formula looks.
fn horizon(formula: &Formula) -> Option<i128> {
    match formula {
        Formula::Predicate(..) | Formula::Compare(..) => None,
        Formula::Eventually(interval, inner) => {
            let to = interval.to.expect("a bounded future");
            Some(to + horizon(inner).unwrap_or(0))
        }
        Formula::Not(inner)
        | Formula::Exists(_, inner)
        | Formula::Previous(inner)
        | Formula::Once(_, inner)
        | Formula::Count { body: inner, .. } => horizon(inner),
        Formula::And(parts) | Formula::Or(parts) => parts.iter().filter_map(horizon).max(),
        Formula::Since(left, right) => horizon(left).max(horizon(right)),
    }
}

struct Monitor<'a> {
    log: &'a Log,
    /// By the formula's address and the time point.
    known: RefCell<HashMap<(usize, usize), Rc<Table>>>,
}

impl Monitor<'_> {
    fn evaluate(&self, formula: &Formula, at: usize) -> Rc<Table> {
        let place = (std::ptr::from_ref(formula).addr(), at);
        if let Some(table) = self.known.borrow().get(&place) {
            return Rc::clone(table);
        }
        let table = Rc::new(self.table(formula, at));
        self.known.borrow_mut().insert(place, Rc::clone(&table));
        table
    }

    fn table(&self, formula: &Formula, at: usize) -> Table {
        let stamp = self.log.points[at].0;
        match formula {
            Formula::Predicate(name, terms) => {
                let rows = self.log.points[at].1.get(name);
                rows.into_iter()
                    .flatten()
                    .filter_map(|row| matched(terms, row))
                    .collect()
            }
            Formula::Compare(..) => restricted(&Table::from([Assignment::new()]), formula),
            Formula::Not(inner) => {
                assert!(inner.free().is_empty(), "a negation by itself has no variables");
                if self.evaluate(inner, at).is_empty() {
                    Table::from([Assignment::new()])
                } else {
                    Table::new()
                }
            }
            Formula::And(parts) => {
                let mut table = Table::from([Assignment::new()]);
                for (position, part) in parts.iter().enumerate() {
                    table = match part {
                        Formula::Compare(..) if position > 0 => restricted(&table, part),
                        Formula::Not(inner) if position > 0 => match &**inner {
                            Formula::Compare(..) => {
                                let out = restricted(&table, inner);
                                table.difference(&out).cloned().collect()
                            }
                            inner => {
                                let out = self.evaluate(inner, at);
                                table.retain(|row| !out.iter().any(|other| agree(row, other)));
                                table
                            }
                        },
                        part => joined(&table, &self.evaluate(part, at)),
                    };
                }
                table
            }
            Formula::Or(parts) => {
                let free = parts[0].free();
                assert!(
                    parts.iter().all(|part| part.free() == free),
                    "alternatives with other variables"
                );
                parts
                    .iter()
                    .flat_map(|part| (*self.evaluate(part, at)).clone())
                    .collect()
            }
            Formula::Exists(variables, inner) => {
                let mut rows: Vec<Assignment> = self.evaluate(inner, at).iter().cloned().collect();
                for row in &mut rows {
                    row.retain(|variable, _| !variables.contains(variable));
                }
                rows.into_iter().collect()
            }
            Formula::Previous(inner) => match at.checked_sub(1) {
                Some(before) => (*self.evaluate(inner, before)).clone(),
                None => Table::new(),
            },
            Formula::Once(interval, inner) => (0..=at)
                .filter(|past| interval.contains(stamp - self.log.points[*past].0))
                .flat_map(|past| (*self.evaluate(inner, past)).clone())
                .collect(),
            Formula::Eventually(interval, inner) => (at..self.log.points.len())
                .filter(|future| interval.contains(self.log.points[*future].0 - stamp))
                .flat_map(|future| (*self.evaluate(inner, future)).clone())
                .collect(),
            Formula::Since(left, right) => {
                let Formula::Not(ended) = &**left else {
                    panic!("only a negation holds since")
                };
                assert!(ended.free().is_subset(&right.free()), "variables that nothing binds");
                let mut table = Table::new();
                for past in 0..=at {
                    let mut rows = (*self.evaluate(right, past)).clone();
                    for after in past + 1..=at {
                        let out = self.evaluate(ended, after);
                        rows.retain(|row| !out.iter().any(|other| agree(row, other)));
                    }
                    table.extend(rows);
                }
                table
            }
            Formula::Count {
                result,
                counted,
                group,
                body,
            } => {
                let mut counts: BTreeMap<Assignment, BTreeSet<Constant>> = BTreeMap::new();
                for row in self.evaluate(body, at).iter() {
                    let mut of = row.clone();
                    let value = of.remove(counted).expect("what is counted");
                    assert!(of.keys().eq(group.iter().collect::<BTreeSet<_>>()), "another group");
                    counts.entry(of).or_default().insert(value);
                }
                let counts = counts.into_iter().map(|(mut row, values)| {
                    let count = i128::try_from(values.len()).expect("a short log");
                    row.insert(result.clone(), Constant::Int(count));
                    row
                });
                counts.collect()
            }
        }
    }
}

fn matched(terms: &[Term], row: &[Constant]) -> Option<Assignment> {
    assert_eq!(terms.len(), row.len(), "a predicate of another arity");
    let mut assignment = Assignment::new();
    for (term, constant) in terms.iter().zip(row) {
        let fits = match term {
            Term::Something => true,
            Term::Variable(variable) => match assignment.insert(variable.clone(), constant.clone()) {
                Some(before) => before == *constant,
                None => true,
            },
            Term::Int(number) => same_sort(constant, &Constant::Int(*number)),
            Term::Text(text) => same_sort(constant, &Constant::Text(in_a_log(text))),
            Term::Plus(..) => panic!("a sum is no argument"),
        };
        if !fits {
            return None;
        }
    }
    Some(assignment)
}

fn same_sort(left: &Constant, right: &Constant) -> bool {
    let sorts = (matches!(left, Constant::Int(_)), matches!(right, Constant::Int(_)));
    assert_eq!(sorts.0, sorts.1, "{left:?} and {right:?} are of two sorts");
    left == right
}

/// A text as it stands between quotes.
fn in_a_log(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    escaped.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

/// The rows of which a comparison is true; an equality can bind its left side.
fn restricted(table: &Table, comparison: &Formula) -> Table {
    let Formula::Compare(left, relation, right) = comparison else {
        panic!("{comparison:?} is no comparison")
    };
    let mut restricted = Table::new();
    for row in table {
        let right = value(right, row).expect("the right side is bound");
        match (value(left, row), left) {
            (Some(left), _) => {
                assert_eq!(
                    matches!(left, Constant::Int(_)),
                    matches!(right, Constant::Int(_)),
                    "a comparison of two sorts"
                );
                let holds = match relation {
                    Relation::Equal => left == right,
                    Relation::Less => left < right,
                    Relation::LessOrEqual => left <= right,
                    Relation::Greater => left > right,
                    Relation::GreaterOrEqual => left >= right,
                };
                if holds {
                    restricted.insert(row.clone());
                }
            }
            (None, Term::Variable(variable)) if *relation == Relation::Equal => {
                let mut row = row.clone();
                row.insert(variable.clone(), right);
                restricted.insert(row);
            }
            _ => panic!("{comparison:?} looks at what nothing binds"),
        }
    }
    restricted
}

fn value(term: &Term, row: &Assignment) -> Option<Constant> {
    match term {
        Term::Int(number) => Some(Constant::Int(*number)),
        Term::Text(text) => Some(Constant::Text(in_a_log(text))),
        Term::Variable(variable) => row.get(variable).cloned(),
        Term::Plus(variable, more) => match row.get(variable)? {
            Constant::Int(number) => Some(Constant::Int(number + more)),
            Constant::Text(_) => panic!("a text has no sum"),
        },
        Term::Something => panic!("`_` has no value"),
    }
}

fn agree(left: &Assignment, right: &Assignment) -> bool {
    right
        .iter()
        .all(|(variable, value)| left.get(variable).is_none_or(|other| other == value))
}

fn joined(left: &Table, right: &Table) -> Table {
    let pairs = left.iter().flat_map(|one| right.iter().map(move |other| (one, other)));
    let agreeing = pairs.filter(|(one, other)| agree(one, other));
    agreeing
        .map(|(one, other)| {
            one.iter()
                .chain(other)
                .map(|(variable, value)| (variable.clone(), value.clone()))
                .collect()
        })
        .collect()
}

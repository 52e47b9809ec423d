//! Formulas in MonPoly's syntax.

use super::formula::{Formula, Interval, Relation, Term, Variable};

/// Formulas that fit in a line of this length are not broken.
const WIDTH: usize = 96;

/// The text of a formula.
pub fn print(formula: &Formula) -> String {
    let mut out = String::new();
    write(formula, 0, &mut out);
    out.push('\n');
    out
}

/// A quoted text. MonPoly takes what stands between the quotes as it is, in formulas and in logs, so that the same escapes mean the same text.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

fn write(formula: &Formula, indent: usize, out: &mut String) {
    let line = on_a_line(formula);
    if indent + line.len() <= WIDTH {
        out.push_str(&line);
        return;
    }
    match formula {
        Formula::Predicate(..) | Formula::Compare(..) => out.push_str(&line),
        Formula::And(parts) => write_all(parts, "AND", indent, out),
        Formula::Or(parts) => write_all(parts, "OR", indent, out),
        Formula::Not(inner) => write_under("NOT", inner, indent, out),
        Formula::Exists(variables, inner) => write_under(&format!("EXISTS {}.", list(variables)), inner, indent, out),
        Formula::Previous(inner) => write_under("PREV", inner, indent, out),
        Formula::Once(interval, inner) => write_under(&format!("ONCE{}", show(*interval)), inner, indent, out),
        Formula::Eventually(interval, inner) => {
            write_under(&format!("EVENTUALLY{}", show(*interval)), inner, indent, out);
        }
        Formula::Since(left, right) => {
            write_in_parentheses(left, indent, out);
            new_line(indent, out);
            write_under("SINCE", right, indent, out);
        }
        Formula::Count { body, .. } => write_under(&count_head(formula), body, indent, out),
    }
}

fn write_all(parts: &[Formula], word: &str, indent: usize, out: &mut String) {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            new_line(indent, out);
            out.push_str(word);
            out.push(' ');
        }
        if binds_tightly(part) {
            write(part, indent, out);
        } else {
            write_in_parentheses(part, indent, out);
        }
    }
}

fn write_under(head: &str, inner: &Formula, indent: usize, out: &mut String) {
    out.push_str(head);
    out.push(' ');
    write_in_parentheses(inner, indent, out);
}

fn write_in_parentheses(inner: &Formula, indent: usize, out: &mut String) {
    out.push('(');
    new_line(indent + 2, out);
    write(inner, indent + 2, out);
    new_line(indent, out);
    out.push(')');
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Whether it needs no parentheses as an operand.
fn binds_tightly(formula: &Formula) -> bool {
    matches!(formula, Formula::Predicate(..) | Formula::Compare(..) | Formula::Not(_))
}

fn on_a_line(formula: &Formula) -> String {
    let all = |parts: &[Formula], word: &str| {
        let parts: Vec<String> = parts.iter().map(operand).collect();
        parts.join(word)
    };
    match formula {
        Formula::Predicate(name, terms) => {
            let terms: Vec<String> = terms.iter().map(term).collect();
            format!("{name}({})", terms.join(", "))
        }
        Formula::Compare(left, relation, right) => format!("{} {} {}", term(left), sign(*relation), term(right)),
        Formula::Not(inner) => format!("NOT {}", in_parentheses(inner)),
        Formula::And(parts) => all(parts, " AND "),
        Formula::Or(parts) => all(parts, " OR "),
        Formula::Exists(variables, inner) => format!("EXISTS {}. {}", list(variables), in_parentheses(inner)),
        Formula::Previous(inner) => format!("PREV {}", in_parentheses(inner)),
        Formula::Once(interval, inner) => format!("ONCE{} {}", show(*interval), in_parentheses(inner)),
        Formula::Eventually(interval, inner) => format!("EVENTUALLY{} {}", show(*interval), in_parentheses(inner)),
        Formula::Since(left, right) => format!("{} SINCE {}", in_parentheses(left), in_parentheses(right)),
        Formula::Count { body, .. } => format!("{} {}", count_head(formula), in_parentheses(body)),
    }
}

fn operand(formula: &Formula) -> String {
    if binds_tightly(formula) {
        on_a_line(formula)
    } else {
        in_parentheses(formula)
    }
}

fn in_parentheses(formula: &Formula) -> String {
    format!("({})", on_a_line(formula))
}

fn count_head(formula: &Formula) -> String {
    let Formula::Count {
        result, counted, group, ..
    } = formula
    else {
        return String::new();
    };
    if group.is_empty() {
        format!("{} <- CNT {}", result.0, counted.0)
    } else {
        format!("{} <- CNT {}; {}", result.0, counted.0, list(group))
    }
}

fn list(variables: &[Variable]) -> String {
    let names: Vec<&str> = variables.iter().map(|variable| variable.0.as_str()).collect();
    names.join(", ")
}

fn show(interval: Interval) -> String {
    if interval == Interval::UNBOUNDED {
        return String::new();
    }
    let open = if interval.from_is_open { '(' } else { '[' };
    match interval.to {
        Some(to) => format!("{open}{},{to}]", interval.from),
        None => format!("{open}{},*)", interval.from),
    }
}

fn term(term: &Term) -> String {
    match term {
        Term::Variable(variable) => variable.0.clone(),
        Term::Int(number) => number.to_string(),
        Term::Text(text) => quoted(text),
        Term::Plus(variable, more) if *more < 0 => format!("{} - {}", variable.0, more.unsigned_abs()),
        Term::Plus(variable, more) => format!("{} + {more}", variable.0),
        Term::Something => "_".to_owned(),
    }
}

fn sign(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "=",
        Relation::Less => "<",
        Relation::LessOrEqual => "<=",
        Relation::Greater => ">",
        Relation::GreaterOrEqual => ">=",
    }
}

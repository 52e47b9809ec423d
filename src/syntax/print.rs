//! Syntax tree to text, in the canonical spelling. Comments are not part of the tree.

use super::ast::{
    Agreement, AgreementPart, Apply, Clause, ClausePart, Condition, ConditionKind, Count, Deadline, DeadlineKind,
    Define, Direction, Duty, EventDecl, Extension, Figure, File, Guard, Item, LeadTime, LifeRule, LifeVerb, Limit,
    Literal, Measure, Modal, Operand, OperandKind, Parameter, ParameterType, Path, Pattern, Per, Permission, Quantity,
    Reference, StateDecl, Template, TermEnd, Text, Timing, Trigger, TypeExpr, Verb,
};
use crate::source::Spanned;
use crate::time::{Cadence, Respite};

/// The text of a file; parsing it gives the same tree.
pub fn print(file: &File) -> String {
    let mut out = String::new();
    for (position, item) in file.items.iter().enumerate() {
        if position > 0 {
            out.push('\n');
        }
        match item {
            Item::Use(path) => print_use(&mut out, path),
            Item::Agreement(agreement) => print_agreement(&mut out, agreement),
            Item::Reference(reference) => print_reference(&mut out, reference),
            Item::Event(event) => print_event(&mut out, event),
            Item::State(state) => print_state(&mut out, state),
            Item::Define(define) => print_define(&mut out, define),
            Item::Template(template) => print_template(&mut out, template),
            Item::Clause(clause) => print_clause(&mut out, clause, ""),
        }
    }
    out
}

macro_rules! put {
    ($out:expr, $($arg:tt)*) => { $out.push_str(&format!($($arg)*)) };
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

fn title(text: Option<&Text>) -> String {
    text.map_or(String::new(), |text| format!(" {}", quoted(&text.node)))
}

fn print_use(out: &mut String, path: &Text) {
    put!(out, "use {}\n", quoted(&path.node));
}

fn print_agreement(out: &mut String, agreement: &Agreement) {
    put!(
        out,
        "agreement {}{} {{\n",
        agreement.name.node,
        title(agreement.title.as_ref())
    );
    for part in &agreement.parts {
        match &part.node {
            AgreementPart::InForce(from, end) => {
                put!(out, "  in force from {}", from.node);
                match end {
                    Some(TermEnd::After(length)) => put!(out, " for {}", length.node),
                    Some(TermEnd::LastDay(day)) => put!(out, " to {}", day.node),
                    None => {}
                }
                out.push('\n');
            }
            AgreementPart::Zone(zone) => put!(out, "  time zone {}\n", quoted(&zone.node)),
            AgreementPart::WorkingDays(days) => {
                let days = days.iter().map(|days| match days.last {
                    Some(last) => format!("{} to {}", days.first.word(), last.word()),
                    None => days.first.word().to_owned(),
                });
                put!(out, "  working days {}\n", days.collect::<Vec<String>>().join(", "));
            }
            AgreementPart::Holidays(dates) => {
                let dates: Vec<String> = dates.iter().map(|date| date.node.to_string()).collect();
                put!(out, "  holidays {}\n", dates.join(", "));
            }
            AgreementPart::HolidaysIn(path) => put!(out, "  holidays in {}\n", quoted(&path.node)),
            AgreementPart::Party(name, text) => put!(out, "  party {}{}\n", name.node, title(text.as_ref())),
            AgreementPart::Cites(text) => put!(out, "  cites {}\n", quoted(&text.node)),
            AgreementPart::Life(life) => put!(out, "  {}\n", life_text(life)),
            AgreementPart::Apply(apply) => print_apply(out, apply),
            AgreementPart::Clause(clause) => print_clause(out, clause, "  "),
        }
    }
    out.push_str("}\n");
}

fn print_reference(out: &mut String, reference: &Reference) {
    put!(
        out,
        "reference {}{}: {} = {}",
        reference.name.node,
        title(reference.title.as_ref()),
        type_text(&reference.ty.node),
        operand_text(&reference.value)
    );
    for text in &reference.cites {
        put!(out, " cites {}", quoted(&text.node));
    }
    out.push('\n');
}

fn print_event(out: &mut String, event: &EventDecl) {
    put!(out, "event {}{}", event.name.node, title(event.title.as_ref()));
    if let Some(identity) = &event.identity {
        put!(out, " identified by {}", identity.field.node);
        let parts = [("corrected", &identity.corrects), ("retracted", &identity.retracts)];
        for (word, key) in parts {
            if let Some(key) = key {
                put!(out, " {word} by {}", key.node);
            }
        }
    }
    out.push_str(" {");
    for (position, field) in event.fields.iter().enumerate() {
        let separator = if position > 0 { "," } else { "" };
        let optional = if field.optional { "optional " } else { "" };
        put!(
            out,
            "{separator} {}: {optional}{}",
            field.name.node,
            type_text(&field.ty.node)
        );
    }
    out.push_str(" }\n");
}

fn type_text(ty: &TypeExpr) -> String {
    match ty {
        TypeExpr::Named(name) => name.clone(),
        TypeExpr::Money(currency) => format!("money {}", currency.node),
        TypeExpr::Set(element) => format!("set of {}", type_text(&element.node)),
        TypeExpr::Enum { names, ordered } => {
            let names: Vec<&str> = names.iter().map(|name| name.node.as_str()).collect();
            names.join(if *ordered { " < " } else { " | " })
        }
    }
}

fn print_state(out: &mut String, state: &StateDecl) {
    put!(out, "state {}", state.name.node);
    if let Some(key) = &state.key {
        put!(out, " of {}", key.node);
    }
    put!(out, ": {}", type_text(&state.ty.node));
    if let Some(value) = &state.initially {
        put!(out, " initially {}", operand_text(value));
    }
    out.push_str(" {\n");
    for setter in &state.setters {
        put!(out, "  {} sets ", pattern_text(&setter.pattern));
        if let Some(key) = &setter.key {
            put!(out, "{} to ", operand_text(key));
        }
        put!(out, "{}\n", operand_text(&setter.value));
    }
    out.push_str("}\n");
}

fn print_define(out: &mut String, define: &Define) {
    let parameters = parameters_text(&define.parameters);
    put!(
        out,
        "define {}({parameters}) as {}\n",
        define.name.node,
        condition_text(&define.body)
    );
}

/// The braces are kept as written: they hold names where the tree holds literals.
fn print_template(out: &mut String, template: &Template) {
    let parameters = parameters_text(&template.parameters);
    put!(
        out,
        "template {}({parameters}) {}\n",
        template.name.node,
        template.body.node
    );
}

fn parameters_text(parameters: &[Parameter]) -> String {
    let texts = parameters.iter().map(|parameter| {
        let ty = match &parameter.ty.node {
            ParameterType::Type(ty) => type_text(ty),
            ParameterType::Field(event, field) => format!("{}.{}", event.node, field.node),
            ParameterType::Money => "money".to_owned(),
        };
        format!("{}: {ty}", parameter.name.node)
    });
    texts.collect::<Vec<String>>().join(", ")
}

fn print_apply(out: &mut String, apply: &Apply) {
    let arguments = apply.arguments.iter();
    let arguments: Vec<String> = arguments
        .map(|(name, value)| format!("{}: {}", name.node, operand_text(value)))
        .collect();
    put!(out, "  apply {}({})\n", apply.template.node, arguments.join(", "));
}

fn print_clause(out: &mut String, clause: &Clause, indent: &str) {
    put!(
        out,
        "{indent}clause {}{} {{\n",
        clause.name.node,
        title(clause.title.as_ref())
    );
    for part in &clause.parts {
        put!(out, "{indent}  ");
        match &part.node {
            ClausePart::Cites(text) => put!(out, "cites {}", quoted(&text.node)),
            ClausePart::Severity(name) => put!(out, "severity {}", name.node),
            ClausePart::Tags(tags) => {
                let tags: Vec<&str> = tags.iter().map(|tag| tag.node.as_str()).collect();
                put!(out, "tags {}", tags.join(", "));
            }
            ClausePart::When(trigger) => out.push_str(&trigger_text(trigger)),
            ClausePart::Guard(guard) => out.push_str(&guard_text(guard)),
            ClausePart::Duty(duty) => out.push_str(&duty_text(duty)),
            ClausePart::Otherwise(duty) => put!(out, "otherwise {}", duty_text(duty)),
            ClausePart::Permission(permission) => out.push_str(&permission_text(permission)),
            ClausePart::Waived(pattern) => put!(out, "waived by {}", pattern_text(pattern)),
            ClausePart::Life(life) => out.push_str(&life_text(life)),
        }
        out.push('\n');
    }
    put!(out, "{indent}}}\n");
}

fn trigger_text(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Any(patterns) => {
            let texts: Vec<String> = patterns
                .iter()
                .map(|pattern| format!("when {}", pattern_text(pattern)))
                .collect();
            texts.join(" or ")
        }
        Trigger::Sequence(patterns, within) => {
            let (first, then) = (pattern_text(&patterns.0), pattern_text(&patterns.1));
            format!("when {first} then {then} within {}", within.node)
        }
        Trigger::Repeated(repeated) => {
            let (count, window) = (repeated.count.node, repeated.window.node);
            let (pattern, per) = (pattern_text(&repeated.pattern), per_text(repeated.per.as_ref()));
            format!("when at least {count} {pattern}{per} in any {window}")
        }
    }
}

fn per_text(per: Option<&Spanned<Per>>) -> String {
    match per.map(|per| &per.node) {
        Some(Per::Named(kind, binding)) => format!(" for every {} {}", kind.node, binding.node),
        Some(Per::Field(path)) => format!(" for every {}", path_text(&path.node)),
        None => String::new(),
    }
}

fn permission_text(permission: &Permission) -> String {
    let actors: Vec<String> = permission.actors.iter().map(|actor| path_text(&actor.node)).collect();
    let mut out = format!(
        "{} may conduct {}",
        actors.join(" and "),
        pattern_text(&permission.pattern)
    );
    for guard in &permission.guards {
        put!(out, " {}", guard_text(&guard.node));
    }
    put!(out, " despite {}", permission.despite.node);
    out
}

fn life_text(life: &LifeRule) -> String {
    let mut out = format!("{} by {}", life.verb.node.word(), pattern_text(&life.pattern));
    match &life.verb.node {
        LifeVerb::Extended(Extension::For(length)) => put!(out, " for {}", length.node),
        LifeVerb::Extended(Extension::To(path)) => put!(out, " to {}", path_text(&path.node)),
        LifeVerb::Suspended | LifeVerb::Resumed | LifeVerb::Terminated | LifeVerb::Succeeded => {}
    }
    if let Some(notice) = &life.notice {
        put!(out, " after {}", notice.node);
    }
    out
}

fn guard_text(guard: &Guard) -> String {
    let word = if guard.negated { "unless" } else { "if" };
    format!("{word} {}", condition_text(&guard.condition))
}

fn pattern_text(pattern: &Pattern) -> String {
    let mut out = pattern.event.node.clone();
    if let Some(binding) = &pattern.binding {
        put!(out, " {}", binding.node);
    }
    if let Some(condition) = &pattern.condition {
        put!(out, " where {}", condition_text(condition));
    }
    out
}

fn path_text(path: &Path) -> String {
    match &path.field {
        Some(field) => format!("{}.{}", path.root.node, field.node),
        None => path.root.node.clone(),
    }
}

fn duty_text(duty: &Duty) -> String {
    let actors: Vec<String> = duty.actors.iter().map(|actor| path_text(&actor.node)).collect();
    let modal = match duty.modal.node {
        Modal::Must => "must",
        Modal::Should => "should",
        Modal::AimTo => "aim to",
    };
    let mut out = format!("{} {modal} ", actors.join(" and "));
    match &duty.verb.node {
        Verb::Ensure(count, pattern) => {
            out.push_str("ensure ");
            match count.map(|count| count.node) {
                Some(Count::AtLeast(n)) => put!(out, "at least {n} "),
                Some(Count::Exactly(n)) => put!(out, "exactly {n} "),
                None => {}
            }
            out.push_str(&pattern_text(pattern));
        }
        Verb::Avoid(more_than, pattern, guards) => {
            out.push_str("avoid ");
            if let Some(n) = more_than {
                put!(out, "more than {} ", n.node);
            }
            out.push_str(&pattern_text(pattern));
            for guard in guards {
                put!(out, " {}", guard_text(&guard.node));
            }
        }
        Verb::Maintain(condition, every) => {
            put!(out, "maintain {}", condition_text(condition));
            if let Some(every) = every {
                put!(out, " for every {} {}", every.key.node, every.binding.node);
            }
        }
        Verb::Bound(bound) => {
            let (verb, sign) = match bound.direction {
                Direction::Floor => ("ensure", "at least"),
                Direction::Ceiling => ("avoid", "more than"),
            };
            let (figure, limit) = (figure_text(&bound.figure), limit_text(&bound.limit.node));
            put!(out, "{verb} {figure} {sign} {limit}");
        }
    }
    out.push_str(&per_text(duty.per.as_ref()));
    for timing in &duty.timings {
        match &timing.node {
            Timing::Due(deadlines) => {
                let texts: Vec<String> = deadlines.iter().map(|deadline| deadline_text(&deadline.node)).collect();
                put!(out, " {}", texts.join(" and "));
            }
            Timing::Before(lead) => match lead {
                LeadTime::AtLeast(duration) => put!(out, " at least {} before", duration.node),
                LeadTime::Between(one, other) => put!(out, " between {} and {} before", one.node, other.node),
                LeadTime::Within(duration) => put!(out, " within {} before", duration.node),
            },
            Timing::Until(pattern) => put!(out, " until {}", pattern_text(pattern)),
            Timing::From(date) => put!(out, " from {}", date.node),
            Timing::To(date) => put!(out, " to {}", date.node),
            Timing::InEach(cadence) => match cadence.node {
                Cadence::Every(length) => put!(out, " in each {length}"),
                Cadence::Calendar(unit) => put!(out, " in each calendar {}", unit.word()),
            },
            Timing::InAny(length) => put!(out, " in any {}", length.node),
        }
    }
    if let Some(excuse) = &duty.excuse {
        put!(out, " excused if {}", condition_text(excuse));
    }
    out
}

fn figure_text(figure: &Figure) -> String {
    let pattern = pattern_text(&figure.pattern);
    match &figure.measure {
        Measure::Field(measure, path) => format!("{} {} of {pattern}", measure.node.word(), path_text(&path.node)),
        Measure::Share(condition) => format!("share of {pattern} with {}", condition_text(condition)),
    }
}

fn limit_text(limit: &Limit) -> String {
    let (part, whole) = match limit {
        Limit::Percent(percentage) => return format!("{percentage} %"),
        Limit::Parameter(name) => return name.node.clone(),
        Limit::Fixed(part, literal) => (part, literal_text(literal)),
        Limit::Reference(part, name) => (part, name.node.clone()),
        Limit::Figure(part, figure) => (part, figure_text(figure)),
    };
    match part {
        Some(percentage) => format!("{} % of {whole}", percentage.node),
        None => whole,
    }
}

fn deadline_text(deadline: &Deadline) -> String {
    let of = |word: &str, path: &Option<Spanned<Path>>| {
        path.as_ref()
            .map_or_else(String::new, |path| format!("{word}{}", path_text(&path.node)))
    };
    let mut out = match &deadline.kind {
        DeadlineKind::Within(duration, path) => format!("within {}{}", duration.node, of(" of ", path)),
        DeadlineKind::WorkingDays(count, path) => {
            let plural = if count.node == 1 { "" } else { "s" };
            format!("within {} working day{plural}{}", count.node, of(" of ", path))
        }
        DeadlineKind::DayOfMonth(day, path) => format!("by {day}{}", of(" ", path)),
        DeadlineKind::By(date) => format!("by {}", date.node),
        DeadlineKind::Before(pattern) => format!("before {}", pattern_text(pattern)),
    };
    match deadline.deferral.map(|respite| respite.node) {
        Some(Respite::WholeDay) => out.push_str(" deferred to the next working day"),
        Some(Respite::Until(time)) => put!(out, " deferred to {time} of the next working day"),
        None => {}
    }
    out
}

/// How tightly a condition binds; an inner one that binds less tightly needs brackets.
fn tightness(condition: &Condition) -> u8 {
    match condition.node {
        ConditionKind::Or(_) => 0,
        ConditionKind::And(_) => 1,
        _ => 2,
    }
}

fn condition_text(condition: &Condition) -> String {
    let inner = |element: &Condition, least: u8| {
        let text = condition_text(element);
        if tightness(element) < least {
            format!("({text})")
        } else {
            text
        }
    };
    match &condition.node {
        ConditionKind::Or(elements) => {
            let texts: Vec<String> = elements.iter().map(|element| inner(element, 1)).collect();
            texts.join(" or ")
        }
        ConditionKind::And(elements) => {
            let texts: Vec<String> = elements.iter().map(|element| inner(element, 2)).collect();
            texts.join(" and ")
        }
        ConditionKind::Not(negated) => format!("not {}", inner(negated, 2)),
        ConditionKind::Compare(left, op, right) => {
            format!("{} {} {}", operand_text(left), op.node.sign(), operand_text(right))
        }
        ConditionKind::Includes(set, element) => format!("{} includes {}", operand_text(set), operand_text(element)),
        ConditionKind::In(item, choices) => format!("{} in {}", operand_text(item), operand_text(choices)),
        ConditionKind::Holds(operand) => operand_text(operand),
        ConditionKind::Past(quantity, pattern, within) => {
            let quantity = match quantity {
                Quantity::Some => "some".to_owned(),
                Quantity::No => "no".to_owned(),
                Quantity::AtLeast(n) => format!("at least {n}"),
            };
            let within = within.map_or_else(String::new, |within| format!(" within {}", within.node));
            format!("{quantity} {}{within} before", pattern_text(pattern))
        }
    }
}

fn operand_text(operand: &Operand) -> String {
    match &operand.node {
        OperandKind::Path(path) => path_text(path),
        OperandKind::Call(name, arguments) => {
            let texts: Vec<String> = arguments.iter().map(operand_text).collect();
            format!("{}({})", name.node, texts.join(", "))
        }
        OperandKind::List(elements) => {
            let texts: Vec<String> = elements.iter().map(operand_text).collect();
            format!("[{}]", texts.join(", "))
        }
        OperandKind::Literal(literal) => literal_text(literal),
    }
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => quoted(text),
        Literal::Number(number) => number.to_string(),
        Literal::Money(amount, currency) => format!("{amount} {currency}"),
        Literal::Bool(truth) => truth.to_string(),
        Literal::Instant(instant) => instant.to_string(),
        Literal::Date(date) => date.to_string(),
        Literal::Duration(duration) => duration.to_string(),
    }
}

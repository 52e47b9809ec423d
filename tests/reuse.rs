//! Predicates, templates and several agreements in a file: what they mean is what writing them out by hand means, and what is amiss
//! with them is said once, where it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

use servanda::diagnostic::Diagnostic;
use servanda::engine::judge;
use servanda::model::{Built, Model, build};
use servanda::source::SourceMap;
use servanda::syntax::ast::{AgreementPart, ClausePart, Define, Item, Parameter, ParameterType, Path, Pattern, Verb};
use servanda::syntax::ast::{Condition, ConditionKind, File, Name, Operand, OperandKind, Trigger, TypeExpr};
use servanda::syntax::{parse, print};

use naive::generate::{Case, cases, parsed};
use naive::row::Row;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

const DECLARATIONS: &str = "
event attack  { id: text, against: party, kind: armed_attack | threat }
event meeting { incident: text, between: set of party, level: low < mid < high, lasts: duration, day: date }
event grant_eur { by: party, amount: money EUR }
event grant_gbp { by: party, amount: money GBP }
event mode_set { unit: text, mode: good | bad }
state mode of unit: good | bad { mode_set m sets m.unit to m.mode }
";

fn built(text: &str) -> (Built, SourceMap) {
    let mut sources = SourceMap::new();
    let id = sources.add("test", format!("{DECLARATIONS}{text}"));
    let parsed = parse(&sources, id);
    (build(vec![parsed]), sources)
}

fn model(text: &str) -> Model {
    let (built, _) = built(text);
    built.model.unwrap_or_else(|| panic!("{:#?}", built.diagnostics))
}

/// `code at "snippet" / "snippet of the second label": message` of each mistake.
fn mistakes(text: &str) -> Vec<String> {
    let (built, sources) = built(text);
    let line = |diagnostic: &Diagnostic| {
        let places: Vec<&str> = diagnostic
            .labels
            .iter()
            .map(|label| sources.snippet(label.span))
            .collect();
        let help = diagnostic.help.as_deref().unwrap_or("-");
        format!(
            "{} at {}: {}; {help}",
            diagnostic.code.name(),
            places.join(" / "),
            diagnostic.message
        )
    };
    built.diagnostics.iter().map(line).collect()
}

fn assert_mistakes(text: &str, wanted: &[&str]) {
    let found = mistakes(text);
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.contains(wanted), "{found}\nwanted {wanted}");
    }
}

const PARTIES: &str = "party US party UA";

#[test]
fn a_predicate_is_its_body() {
    let asked = model(&format!(
        "define about(m: meeting, a: attack, least: meeting.level) as m.incident == a.id and m.level >= least
         define safe(u: text) as mode(u) == good
         define calm(a: attack) as no attack x where x.id != a.id within 1 day before
         agreement a {{ {PARTIES} }}
         clause c {{ when attack a if calm(a) and safe(a.id) US must ensure meeting m where about(m, a, mid) within 1 day }}
         clause d {{ US must maintain safe(u) or not safe(u) for every unit u }}"
    ));
    let written = model(&format!(
        "agreement a {{ {PARTIES} }}
         clause c {{ when attack a if no attack x where x.id != a.id within 1 day before and mode(a.id) == good
           US must ensure meeting m where m.incident == a.id and m.level >= mid within 1 day }}
         clause d {{ US must maintain mode(u) == good or not mode(u) == good for every unit u }}"
    ));
    let log = r"2024-01-01T00:00:00Z mode_set unit=A mode=good
        2024-01-02T00:00:00Z attack id=A against=UA kind=threat
        2024-01-02T12:00:00Z meeting incident=A between=US level=low lasts=PT1H day=2024-01-02
        2024-01-03T00:00:00Z mode_set unit=A mode=bad
        2024-01-05T00:00:00Z attack id=A against=UA kind=threat";
    let rows = |model: &Model| -> Vec<String> {
        let events = naive::log_text::events_of(model, log);
        let as_of = "2024-01-09T00:00:00Z".parse().unwrap();
        let instances = judge(model, events, Some(as_of));
        instances
            .iter()
            .map(|instance| Row::from_instance(model, instance).to_string())
            .collect()
    };
    assert_eq!(rows(&asked), rows(&written));
    assert_eq!(rows(&asked).len(), 2);
}

#[test]
fn mistakes_in_a_predicate_are_said_once_and_there() {
    let uses = format!(
        "agreement a {{ {PARTIES} }}
         clause c {{ US must avoid meeting m where bad(m) }} clause d {{ US must avoid meeting m where bad(m) }}"
    );
    assert_mistakes(
        &format!("define bad(m: meeting) as m.levl == low {uses}"),
        &["unknown-field at levl / meeting: "],
    );
    assert_mistakes(
        &format!("define bad(m: meting) as m.level == low {uses}"),
        &["unknown-type at meting"],
    );
    assert_mistakes(
        &format!("define bad(m: meeting, m: text) as m.level == low {uses}"),
        &["duplicate-name at m / m: "],
    );
}

#[test]
fn what_a_predicate_cannot_look_at_from_its_place_is_said_there_and_where_it_is_asked() {
    assert_mistakes(
        &format!(
            "define safe(m: meeting) as mode(m.incident) == good
             define first(m: meeting) as no meeting x within 1 day before
             agreement a {{ {PARTIES} }}
             clause c {{ US must avoid meeting m where safe(m) }}
             clause d {{ US must avoid meeting m where first(m) }}
             clause e {{ US must avoid meeting m if safe(m) and first(m) }}"
        ),
        &[
            "out-of-scope at mode(m.incident) / safe(m): ",
            "out-of-scope at no meeting x within 1 day before / first(m): ",
        ],
    );
}

#[test]
fn predicates_do_not_ask_themselves() {
    assert_mistakes(
        &format!(
            "define one(m: meeting) as two(m) define two(m: meeting) as three(m) or m.level == low
             define three(m: meeting) as two(m) and m.level == low
             define own(m: meeting) as not own(m)
             agreement a {{ {PARTIES} }} clause c {{ US must avoid meeting m where one(m) and own(m) }}"
        ),
        &[
            "cycle at two / three(m) / two(m): these predicates ask one another in a circle: `two`, `three`, `two`",
            "cycle at own: the predicate `own` asks itself",
        ],
    );
}

#[test]
fn predicates_that_would_grow_without_bound_are_refused() {
    let mut text = "define p0(m: meeting) as m.level == low\n".to_owned();
    for at in 1..40 {
        let before = at - 1;
        text.extend([format!(
            "define p{at}(m: meeting) as p{before}(m) and not p{before}(m)\n"
        )]);
    }
    let found = mistakes(&text);
    assert!(!found.is_empty() && found.len() < 40, "{found:#?}");
    assert!(
        found.iter().all(|found| found.starts_with("nesting-too-deep at ")),
        "{found:#?}"
    );
}

#[test]
fn a_predicate_is_asked_of_what_it_is_of() {
    assert_mistakes(
        &format!(
            "define about(m: meeting, a: attack) as m.incident == a.id
             define high(l: meeting.level) as l == high
             agreement a {{ {PARTIES} }}
             clause c {{ when attack a US must ensure meeting m where about(a, m) within 1 day }}
             clause d {{ US must avoid meeting m where about(m) }}
             clause e {{ US must avoid meeting m where high(m) or high(5) or high(m.day) }}
             clause f {{ US must avoid meeting m where hihg(m.level) or high(m.level) == true }}"
        ),
        &[
            "type-mismatch at a: `a` is an event `attack`, where one `meeting` is asked for",
            "type-mismatch at m: `m` is an event `meeting`, where one `attack` is asked for",
            "bad-form at about(m) / about: `about` is asked of `m` and `a`, and 1 is given",
            "type-mismatch at m: `m` is a whole event",
            "type-mismatch at 5: ",
            "type-mismatch at m.day: ",
            "unknown-name at hihg: no state or predicate `hihg` is declared; did you mean `high`?",
            "bad-form at high(m.level): the predicate `high` is a condition, not a value",
        ],
    );
}

#[test]
fn a_predicate_and_a_state_have_different_names() {
    assert_mistakes(
        "define mode(u: text) as u == \"A\"",
        &["duplicate-name at mode / mode: "],
    );
}

const TEMPLATES: &str = "
template talks(partner: party, window: duration, least: meeting.level, source: text, times: number, length: duration, last: date) {
  clause talks { cites source
    when attack a where a.against in [UA, partner]
    if at least times attack x within window before
    partner and UA must ensure meeting m where m.incident == a.id and m.level >= least and m.between includes [UA, partner]
      and m.lasts >= length within window
    otherwise partner should ensure at least times meeting m by last }
}
template floor(partner: party, grant: event, least: money) {
  clause floor { partner must ensure grant g where g.by == partner and g.amount >= least by 2024-12-31 }
}
";

#[test]
fn an_applied_template_is_its_clauses_with_the_arguments_in_them() {
    let applied = model(&format!(
        "{TEMPLATES}
         agreement us {{ in force from 2024-01-01 {PARTIES}
           apply talks(partner: US, window: 36 hours, least: mid, source: \"x\", times: 2, length: 1 hour, last: 2024-02-01)
           apply floor(partner: US, grant: grant_eur, least: 2 EUR) }}
         agreement pl {{ in force from 2024-01-02 party PL \"Poland\" party UA \"Ukraine\"
           apply talks(partner: PL, window: 1 month, least: high, source: \"y\", times: 1, length: 2 hours, last: 2024-03-01)
           apply floor(partner: PL, grant: grant_gbp, least: 0.5 million GBP) }}"
    ));
    let talks = |partner: &str, window: &str, least: &str, times: u32, length: &str, last: &str, source: &str| {
        format!(
            "clause talks {{ cites \"{source}\" when attack a where a.against in [UA, {partner}]
               if at least {times} attack x within {window} before
               {partner} and UA must ensure meeting m where m.incident == a.id and m.level >= {least}
                 and m.between includes [UA, {partner}] and m.lasts >= {length} within {window}
               otherwise {partner} should ensure at least {times} meeting m by {last} }}"
        )
    };
    let written = model(&format!(
        "agreement us {{ in force from 2024-01-01 {PARTIES} {}
           clause floor {{ US must ensure grant_eur g where g.by == US and g.amount >= 2 EUR by 2024-12-31 }} }}
         agreement pl {{ in force from 2024-01-02 party PL \"Poland\" party UA \"Ukraine\" {}
           clause floor {{ PL must ensure grant_gbp g where g.by == PL and g.amount >= 500_000 GBP by 2024-12-31 }} }}",
        talks("US", "36 hours", "mid", 2, "1 hour", "2024-02-01", "x"),
        talks("PL", "1 month", "high", 1, "2 hours", "2024-03-01", "y"),
    ));
    assert_eq!(without_places(&applied), without_places(&written));
    let from: Vec<&str> = applied
        .clauses
        .iter()
        .filter_map(|clause| clause.application.as_ref())
        .map(|application| application.template.as_str())
        .collect();
    assert_eq!(from, ["talks", "floor", "talks", "floor"]);
    assert!(applied.parties.iter().any(|party| party.title == "Ukraine"));
}

/// The clauses and agreements of a model, without where they stand and where they are from.
fn without_places(model: &Model) -> String {
    let text = format!("{:?} {:?} {:?}", model.agreements, model.parties, model.clauses);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest
        .find("Span {")
        .into_iter()
        .chain(rest.find("Some(Application {"))
        .min()
    {
        out.push_str(&rest[..at]);
        if rest[at..].starts_with("Some") {
            out.push_str("None");
            rest = &rest[at..];
            rest = &rest[rest.find(" })").expect("its end") + 3..];
        } else {
            rest = &rest[at + rest[at..].find('}').expect("its end") + 1..];
        }
    }
    out.push_str(rest);
    out
}

const SUMS: &str = "
template sum(partner: party, grant: event, least: money) {
  clause sum { partner must ensure total g.amount of grant g where g.by == partner at least least by 2024-12-31 }
}
template cap(partner: party, most: money EUR) {
  clause cap { partner must avoid total g.amount of grant_eur g where g.by == partner more than most by 2024-12-31 }
}
";

#[test]
fn an_amount_that_is_given_is_the_limit_of_a_figure() {
    let applied = model(&format!(
        "{SUMS}
         agreement us {{ in force from 2024-01-01 {PARTIES}
           apply sum(partner: US, grant: grant_gbp, least: 2.5 billion GBP) apply cap(partner: US, most: 3 EUR) }}"
    ));
    let written = model(&format!(
        "agreement us {{ in force from 2024-01-01 {PARTIES}
           clause sum {{ US must ensure total g.amount of grant_gbp g where g.by == US at least 2_500_000_000 GBP by 2024-12-31 }}
           clause cap {{ US must avoid total g.amount of grant_eur g where g.by == US more than 3 EUR by 2024-12-31 }} }}"
    ));
    assert_eq!(without_places(&applied), without_places(&written));

    // Each is told in the template, whether or not it is applied.
    let floor_of = |parameter: &str, limit: &str| {
        format!(
            "template t({parameter}) {{ clause t {{ US must ensure total g.amount of grant_eur g at least {limit} by 2024-12-31 }} }}
             agreement us {{ in force from 2024-01-01 {PARTIES} }}"
        )
    };
    assert_mistakes(&floor_of("least: money", "least"), &[]);
    assert_mistakes(
        &floor_of("least: money GBP", "least"),
        &["currency-mismatch at least: "],
    );
    assert_mistakes(&floor_of("least: party", "least"), &["type-mismatch at least: "]);
    let share = "template t(least: money) { clause t { US must ensure share of attack a with a.kind == threat at least least by 2024-12-31 } }";
    assert_mistakes(
        &format!("{share} agreement us {{ in force from 2024-01-01 {PARTIES} }}"),
        &["type-mismatch at least: a share is held against a percentage"],
    );
    // Which currency and which event meet is told where it is applied.
    assert_mistakes(
        &format!(
            "{SUMS} agreement us {{ in force from 2024-01-01 {PARTIES} apply sum(partner: US, grant: grant_eur, least: 2 GBP) }}"
        ),
        &["currency-mismatch at least / apply sum(partner: US, grant: grant_eur, least: 2 GBP)"],
    );
}

#[test]
fn wrong_arguments_are_told_with_what_was_meant() {
    let apply = |arguments: &str| {
        format!("{TEMPLATES} agreement us {{ in force from 2024-01-01 {PARTIES} apply {arguments} }}")
    };
    assert_mistakes(
        &apply("flor(partner: US)"),
        &["unknown-name at flor: no template `flor` is declared; did you mean `floor`?"],
    );
    assert_mistakes(
        &apply("floor(partner: US, grant: grant_eur, lest: 2 EUR)"),
        &[
            "missing-part at floor / least: `least` of the template `floor` is not given",
            "unknown-name at lest / floor: the template `floor` has no parameter `lest`; did you mean `least`?",
        ],
    );
    assert_mistakes(
        &apply("floor(partner: US, partner: UA, grant: grant_usd, least: 2)"),
        &[
            "duplicate-part at partner / partner: ",
            "unknown-event at grant_usd: ",
            "type-mismatch at 2: this is not an amount of money",
        ],
    );
    // Which currency and which event meet is told in the template, with where it is applied.
    assert_mistakes(
        &apply("floor(partner: US, grant: grant_eur, least: 2 GBP)"),
        &["currency-mismatch at least / apply floor(partner: US, grant: grant_eur, least: 2 GBP)"],
    );
    assert_mistakes(
        &apply("floor(partner: US, grant: attack, least: 2 GBP)"),
        &[
            "unknown-field at by / attack / apply floor",
            "unknown-field at amount / attack / apply floor",
        ],
    );
    let talks = |window: &str, times: &str, length: &str| {
        apply(&format!(
            "talks(partner: US, window: {window}, least: mid, source: \"x\", times: {times}, length: {length}, last: 2024-02-01)"
        ))
    };
    assert_mistakes(
        &talks("1 day", "1.5", "1 hour"),
        &["type-mismatch at times / apply talks"; 2],
    );
    assert_mistakes(
        &talks("1 day", "1", "1 day"),
        &["type-mismatch at length / apply talks"],
    );
    assert_mistakes(
        &talks("\"1 day\"", "1", "tomorrow"),
        &["type-mismatch at \"1 day\": ", "type-mismatch at tomorrow: "],
    );
}

#[test]
fn a_template_is_checked_once_and_by_itself() {
    let template = "template talks(partner: party, window: duration, source: text) {
        clause one { cites window partner must avoid meting m where m.level == low }
        clause two { when attack partner US must ensure meeting m where m.levl == low within source }
        clause three { when attack a UA must ensure meeting m where m.level == partner within windw }
        clause four { UA must avoid meeting m } clause four { UA must avoid attack a } }";
    let applied =
        |name: &str| format!("agreement {name} {{ {PARTIES} apply talks(partner: US, window: 1 day, source: \"x\") }}");
    let text = format!("{template}\n{}\n{}", applied("a"), applied("b"));
    let wanted = [
        "type-mismatch at window: `window` is a duration, where a text is asked for",
        "unknown-event at meting: ",
        "duplicate-name at partner: `partner` is a parameter here",
        "unknown-field at levl ",
        "type-mismatch at source: `source` is a text, where a duration is asked for",
        "unknown-name at windw: `windw` stands for nothing where a duration is asked for; did you mean `window`?",
        "duplicate-name at four ",
    ];
    let found = mistakes(&text);
    for wanted in wanted {
        assert_eq!(
            found.iter().filter(|found| found.contains(wanted)).count(),
            1,
            "{wanted}\n{found:#?}"
        );
    }
    assert!(found.iter().all(|found| !found.contains("/ apply")), "{found:#?}");
}

#[test]
fn a_template_alone_is_not_blamed_for_what_only_its_arguments_decide() {
    assert_mistakes(TEMPLATES, &[]);
    assert_mistakes(
        "template t(p: party, q: party, n: number, level: meeting.level, from_day: date) {
           clause c { p must avoid meeting m where m.level >= level and m.between == [p, q] from from_day to 1999-12-31 }
           clause d { when attack a where a.against == p or a.against == q p must ensure at least n meeting m by from_day } }",
        &[],
    );
}

#[test]
fn what_is_always_so_because_of_an_argument_is_no_mistake() {
    let text = |least: &str, fixed: &str| {
        format!(
            "define reaches(m: meeting, least: meeting.level) as m.level >= least
             template t(least: meeting.level, flag: bool) {{
               clause c {{ US must ensure meeting m where m.level >= least and reaches(m, least) and flag and {fixed} by 2024-12-31 }} }}
             agreement us {{ {PARTIES} apply t(least: {least}, flag: true)
               clause d {{ US must avoid meeting m where reaches(m, low) }} }}"
        )
    };
    assert_mistakes(&text("low", "m.incident == \"A\""), &[]);
    // What the text itself decides is one, and is told once.
    assert_mistakes(
        &text("low", "m.level >= low"),
        &["constant-condition at m.level >= low: "],
    );
    assert_mistakes(
        "define never(m: meeting) as m.level < low",
        &["constant-condition at m.level < low: "],
    );
}

#[test]
fn a_template_can_permit_what_it_or_its_agreement_forbids() {
    let template = "template t(partner: party) {
        clause every_one { partner must avoid meeting m where m.between includes [partner] }
        clause few { partner may conduct meeting m where m.between includes [partner] and m.level >= mid despite every_one }
        clause more { partner may conduct attack x where x.against == partner despite calm } }";
    let agreement = |calm: &str| format!("agreement us {{ {PARTIES} {calm} apply t(partner: US) }}");
    let permitting = model(&format!(
        "{template} {}",
        agreement("clause calm { US must avoid attack }")
    ));
    let exceptions: Vec<usize> = permitting
        .clauses
        .iter()
        .map(|clause| clause.exceptions.len())
        .collect();
    assert_eq!(exceptions, [1, 1, 0, 0]);
    assert!(permitting.clauses[2].application.is_some());
    assert_mistakes(template, &[]);
    assert_mistakes(
        &format!("{template} {}", agreement("")),
        &["unknown-name at calm / apply t(partner: US)"],
    );
}

#[test]
fn a_template_is_applied_once_to_an_agreement() {
    let floor = "apply floor(partner: US, grant: grant_eur, least: 2 EUR)";
    assert_mistakes(
        &format!("{TEMPLATES} agreement us {{ {PARTIES} {floor} {floor} }}"),
        &["duplicate-part at apply floor"],
    );
    assert_mistakes(
        &format!(
            "{TEMPLATES} agreement us {{ in force from 2024-01-01 {PARTIES} {floor} clause floor {{ US must avoid attack }} }}"
        ),
        &["duplicate-name at floor / floor: the clause `floor` is declared twice"],
    );
}

#[test]
fn clauses_beside_several_agreements_are_homeless() {
    assert_mistakes(
        &format!("agreement a {{ {PARTIES} }} agreement b {{ {PARTIES} }} clause c {{ US must avoid attack }}"),
        &["missing-part at c: this file has several agreements"],
    );
    assert_mistakes(
        "agreement a { party US party US } agreement b { party UA \"Ukraine\" } agreement c { party UA \"The Ukraine\" }",
        &[
            "duplicate-name at US / US",
            "duplicate-name at \"The Ukraine\" / UA: the party `UA` has two titles",
        ],
    );
}

#[test]
fn the_canonical_text_of_what_is_reused_is_read_as_the_same() {
    let text = format!(
        "use \"x.clause\"\ndefine about(m: meeting, a: attack, n: number) as m.incident == a.id or not high(m)\n{TEMPLATES}
         agreement us {{ {PARTIES} apply floor(partner: US, grant: grant_eur, least: 2 EUR) clause c {{ US must avoid attack }} }}"
    );
    let once = print(&parsed(&text).file);
    assert_eq!(print(&parsed(&once).file), once);
    assert!(once.contains("define about(m: meeting, a: attack, n: number) as m.incident == a.id or not high(m)\n"));
}

// ---- Random rules: written out, and by way of predicates and templates ----

fn name(text: &str) -> Name {
    servanda::source::Spanned::new(text.to_owned(), servanda::source::Span::default())
}

/// The condition of a pattern moved to a predicate of the events that it can name.
fn predicate_for(pattern: &mut Pattern, outer: Option<(Name, Name)>, number: &mut usize) -> Option<Item> {
    let own = (pattern.binding.clone()?, pattern.event.clone());
    let body = pattern.condition.take()?;
    *number += 1;
    let predicate = name(&format!("predicate_{number}"));
    let bindings: Vec<(Name, Name)> = outer.into_iter().chain([own]).collect();
    let argument = |(binding, _): &(Name, Name)| -> Operand {
        let path = Path {
            root: binding.clone(),
            field: None,
        };
        servanda::source::Spanned::new(OperandKind::Path(path), binding.span)
    };
    let call = OperandKind::Call(predicate.clone(), bindings.iter().map(argument).collect());
    let call: Operand = servanda::source::Spanned::new(call, body.span);
    let asked: Condition = servanda::source::Spanned::new(ConditionKind::Holds(call), body.span);
    pattern.condition = Some(asked);
    let parameter = |(name, event): &(Name, Name)| Parameter {
        name: name.clone(),
        ty: servanda::source::Spanned::new(ParameterType::Type(TypeExpr::Named(event.node.clone())), event.span),
    };
    Some(Item::Define(Define {
        name: predicate,
        parameters: bindings.iter().map(parameter).collect(),
        body,
    }))
}

/// The file with the conditions of its triggers and duties moved to predicates, and how many were.
fn with_predicates(mut file: File) -> (File, usize) {
    let mut defined = Vec::new();
    let mut number = 0;
    for item in &mut file.items {
        let Item::Clause(clause) = item else { continue };
        let is_single = |part: &servanda::source::Spanned<ClausePart>| match &part.node {
            ClausePart::When(Trigger::Any(patterns)) => patterns.len() == 1,
            ClausePart::When(_) => false,
            _ => true,
        };
        // What several events open may be said of more events than a predicate is given here.
        if !clause.parts.iter().all(is_single) {
            continue;
        }
        let mut trigger = None;
        for part in &mut clause.parts {
            match &mut part.node {
                ClausePart::When(Trigger::Any(patterns)) => {
                    for pattern in patterns {
                        trigger = pattern.binding.clone().zip(Some(pattern.event.clone()));
                        defined.extend(predicate_for(pattern, None, &mut number));
                    }
                }
                // What is said of every one names it in its condition, where a predicate does not know it.
                ClausePart::Duty(duty) if duty.per.is_some() => {}
                ClausePart::Duty(duty) => match &mut duty.verb.node {
                    Verb::Ensure(_, pattern) | Verb::Avoid(_, pattern, _) => {
                        defined.extend(predicate_for(pattern, trigger.clone(), &mut number));
                    }
                    Verb::Maintain(..) | Verb::Bound(..) => {}
                },
                _ => {}
            }
        }
    }
    file.items.extend(defined);
    (file, number)
}

/// The text with each clause in a template whose parameters stand for the words that are in all such files.
fn with_templates(file: &File) -> String {
    const PARTIES: [&str; 3] = ["US", "UA", "PL"];
    let mut templates = String::new();
    let mut applications = String::new();
    let mut rest = File::default();
    for item in &file.items {
        let Item::Clause(clause) = item else {
            rest.items.push(item.clone());
            continue;
        };
        let mut text = print(&File {
            items: vec![Item::Clause(clause.clone())],
        });
        for party in PARTIES {
            let word = |text: &str| text.replace(&format!("{party} "), &format!("party_{party} "));
            text = word(&text).replace(&format!("{party}]"), &format!("party_{party}]"));
            text = text.replace(&format!("{party},"), &format!("party_{party},"));
        }
        text = text
            .replace("within 24 hours", "within window")
            .replace("within 1 day", "within day");
        text = text.replace("within day 12 hours", "within 1 day 12 hours");
        text = text.replace("\"A\"", "a_text").replace("at least 2 ", "at least two ");
        // Not the number of a duration, an amount or a share.
        for unit in ["hour", "day", "month", "minute", "second", "EUR", "USD", "%"] {
            text = text.replace(&format!("at least two {unit}"), &format!("at least 2 {unit}"));
        }
        let parameters = "party_US: party, party_UA: party, party_PL: party, window: duration, day: duration, a_text: text, two: number";
        let template = format!("template t_{}", clause.name.node);
        templates.extend([format!("{template}({parameters}) {{\n{text}}}\n")]);
        applications.extend([format!(
            "apply t_{}(party_US: US, party_UA: UA, party_PL: PL, window: 24 hours, day: 1 day, a_text: \"A\", two: 2)\n",
            clause.name.node
        )]);
    }
    let agreement = rest.items.iter().find_map(|item| match item {
        Item::Agreement(agreement) => agreement
            .parts
            .iter()
            .find(|part| matches!(part.node, AgreementPart::Zone(_))),
        _ => None,
    });
    assert!(agreement.is_some());
    print(&rest).replacen("  time zone", &format!("{applications}  time zone"), 1) + &templates
}

fn check(property: impl Fn(&Case, &Model) -> Result<(), String>) {
    let wanted = std::env::var("SERVANDA_CASES").map_or(2_000, |count| count.parse().expect("a number"));
    let mut runner = TestRunner::new(Config {
        cases: wanted / 4,
        max_global_rejects: wanted,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&cases(), |case| {
        let Some(model) = &case.model else {
            return Err(TestCaseError::reject("the rule file has a mistake"));
        };
        property(&case, model).map_err(|message| TestCaseError::fail(format!("{message}\n{case:?}")))
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => panic!("{}", reason.message()),
    }
}

#[test]
fn writing_out_by_hand_and_reuse_give_the_same_verdicts() {
    let moved = std::cell::Cell::new((0, 0));
    check(|case, model| {
        let rows = |model: &Model| {
            let mut rows: Vec<Row> = judge(model, case.events.clone(), Some(case.as_of))
                .iter()
                .map(|instance| Row::from_instance(model, instance))
                .collect();
            rows.sort();
            rows
        };
        let file = parsed(&case.text).file;
        let (asking, predicates) = with_predicates(file.clone());
        let applying = with_templates(&file);
        let (before, sum) = moved.get();
        moved.set((
            before + predicates,
            sum + usize::from(applying.contains("within window") || applying.contains("a_text")),
        ));
        for text in [print(&asking), applying] {
            let built = build(vec![parsed(&text)]);
            let Some(reused) = built.model else {
                return Err(format!("{text}\n{:#?}", built.diagnostics));
            };
            if rows(model) != rows(&reused) {
                return Err(format!("not the same by way of\n{text}"));
            }
        }
        Ok(())
    });
    let (predicates, parameters) = moved.get();
    assert!(
        predicates > 50 && parameters > 20,
        "{predicates} predicates, {parameters} parameters"
    );
}

//! `reference NAME: TYPE = VALUE`: where it can stand, what is wrong with it, and what is shown of it.

#![allow(clippy::unwrap_used, clippy::panic)]

use servanda::analysis::analyse;
use servanda::model::{Built, Goal, Limit, build};
use servanda::source::SourceMap;
use servanda::syntax::{parse, print};
use servanda::value::Ratio;

const WORLD: &str = "agreement a { in force from 2024-01-01 for 3 years party LV } \
    event funding { by: party, amount: money EUR, level: low < high, days: number } ";

fn built(text: &str) -> Built {
    let mut sources = SourceMap::new();
    let source = sources.add("rules", format!("{WORLD}{text}"));
    build(vec![parse(&sources, source)])
}

/// The codes of all mistakes and warnings.
fn codes(text: &str) -> Vec<&'static str> {
    let built = built(text);
    let mut codes: Vec<&str> = built.diagnostics.iter().map(|found| found.code.name()).collect();
    if let Some(model) = &built.model {
        codes.extend(analyse(model).iter().map(|found| found.code.name()));
    }
    codes
}

fn limit(text: &str) -> Ratio {
    let model = built(text).model.unwrap();
    let Goal::Bound(bound) = &model.clauses[0].duties[0].goal else {
        panic!("no bound");
    };
    match bound.limit {
        Limit::Fixed(limit) => limit,
        Limit::Part(..) => panic!("the limit is a figure"),
    }
}

fn floor(limit: &str) -> String {
    format!("clause c {{ LV must ensure total f.amount of funding f at least {limit} in each calendar year }}")
}

#[test]
fn a_limit_is_the_value_or_a_part_of_it() {
    let gdp = "reference gdp \"Output of 2024\": money EUR = 40 billion EUR cites \"https://example.org\" ";
    let billionths = 1_000_000_000;
    let whole = |euros: i128| Ratio::whole(euros * billionths);
    assert_eq!(limit(&format!("{gdp}{}", floor("gdp"))), whole(40_000_000_000));
    assert_eq!(limit(&format!("{gdp}{}", floor("0.25 % of gdp"))), whole(100_000_000));
    assert_eq!(limit(&floor("0.25 % of 40 billion EUR")), whole(100_000_000));
}

#[test]
fn a_reference_is_a_value_wherever_one_can_stand() {
    let used = "reference least: low < high = high reference who: party = LV reference floor: money EUR = 3 EUR \
        define enough(f: funding) as f.amount >= floor \
        clause c { who must ensure funding f where f.level >= least and f.by in [who] and enough(f) by 2024-12-31 }";
    assert_eq!(codes(used), [] as [&str; 0]);
    let template = "reference gdp: money EUR = 40 EUR agreement b { party LV in force from 2024-01-01 apply t(part: 3 EUR) } \
        template t(part: money EUR) { clause c { LV must ensure total f.amount of funding f at least 5 % of part in each calendar year } \
        clause d { LV must ensure total f.amount of funding f at least 5 % of gdp in each calendar year } }";
    assert_eq!(codes(template), [] as [&str; 0]);
    let rate = "agreement b { party LV in force from 2024-01-01 apply t(rate: 0.25) } reference gdp: money EUR = 40 EUR \
        template t(rate: number) { clause c { LV must ensure total f.amount of funding f at least rate % of gdp in each calendar year } }";
    assert_eq!(codes(rate), [] as [&str; 0]);
}

#[test]
fn mistakes_are_found_where_they_are() {
    let gdp = "reference gdp: money USD = 40 billion USD ";
    assert_eq!(
        codes(&format!("{gdp}{}", floor("0.25 % of gdp"))),
        ["currency-mismatch"]
    );
    let where_ = "clause c { LV must avoid funding f where f.amount > gdp }";
    assert_eq!(codes(&format!("{gdp}{where_}")), ["currency-mismatch"]);
    assert_eq!(codes(&floor("gpd")), ["unknown-name"]);
    assert_eq!(
        codes(&format!("reference days: number = 3 {}", floor("days"))),
        ["type-mismatch"]
    );
    assert_eq!(
        codes(&format!("reference x: money EUR = 3 USD {}", floor("2 EUR"))),
        ["currency-mismatch"]
    );
    let twice = "reference x: number = 3 reference x: number = 3 clause c { LV must avoid funding f where f.days > x }";
    assert_eq!(codes(twice), ["duplicate-name"]);
    let party = "reference LV: number = 3 clause c { LV must avoid funding f where f.days > 3 }";
    assert!(codes(party).contains(&"duplicate-name"));
    let state =
        "reference x: number = 3 state x: number { funding f sets to f.days } clause c { LV must maintain x > 3 }";
    assert!(codes(state).contains(&"duplicate-name"));
}

#[test]
fn one_that_nothing_refers_to_is_warned_of() {
    assert_eq!(
        codes(&format!("reference x: number = 3 {}", floor("2 EUR"))),
        ["unused"]
    );
}

#[test]
fn a_printed_declaration_says_the_same() {
    let text = "reference gdp \"Output\": money EUR = 40000000000 EUR cites \"https://example.org\"\n";
    let mut sources = SourceMap::new();
    let source = sources.add("rules", text);
    assert_eq!(print(&parse(&sources, source).file), text);
}

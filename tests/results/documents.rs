//! JSON, YAML, and JSON lines, and the schema that describes them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::run::{RUNS, checked, json, root, text, write};

/// A published schema, so strict that a field it does not know is a mistake.
pub(crate) fn schema(of: Option<&str>) -> jsonschema::Validator {
    schema_in("docs/results.schema.json", of)
}

pub(crate) fn schema_in(path: &str, of: Option<&str>) -> jsonschema::Validator {
    let text = fs::read_to_string(root().join(path)).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    close(&mut schema);
    if let Some(of) = of {
        schema = json!({
            "$schema": schema["$schema"],
            "$ref": format!("#/$defs/{of}"),
            "$defs": schema["$defs"],
        });
    }
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema is one")
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            // A place among properties named `properties` has no type.
            if object.contains_key("properties") && object.get("type") == Some(&json!("object")) {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
    }
}

pub(crate) fn assert_valid(validator: &jsonschema::Validator, document: &Value, what: &str) {
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}:\n{}", errors.join("\n"));
}

/// Every character of a document that could act on a terminal or hide.
pub(crate) fn assert_harmless(text: &str, what: &str) {
    let harm = text.chars().find(|char| {
        (char.is_control() && *char != '\n')
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    });
    assert_eq!(harm, None, "{what}");
}

#[test]
fn documents_are_what_the_schema_says() {
    let validator = schema(None);
    let mut verdicts = BTreeSet::new();
    for (rules, log) in RUNS {
        for more in [&["--format", "json"][..], &["--format", "json", "--all"]] {
            let output = checked(rules, log, more);
            assert_harmless(&text(&output.stdout), log);
            let document = json(&output);
            assert_valid(&validator, &document, log);
            let failed = document["failed"].as_bool().unwrap();
            assert_eq!(output.status.code(), Some(i32::from(failed)), "{log}");
            let found = document["instances"].as_array().unwrap();
            verdicts.extend(found.iter().map(|found| found["verdict"].as_str().unwrap().to_owned()));
        }
    }
    let all = ["excused", "met", "open", "repaired", "unknown", "violated", "waived"];
    assert_eq!(verdicts, BTreeSet::from(all.map(str::to_owned)));
}

#[test]
fn the_schema_refuses_what_is_no_document() {
    let validator = schema(None);
    let (rules, log) = RUNS[0];
    let good = json(&checked(rules, log, &["--format", "json"]));
    let spoilt = [
        ("/version", json!(1)),
        ("/as_of", json!("yesterday")),
        ("/clauses/0/severity", json!("grave")),
        ("/instances/0/id", json!("ABC")),
        ("/instances/0/duties", json!([])),
        ("/instances/0/evidence/0/line", json!(0)),
    ];
    for (pointer, value) in spoilt {
        let mut document = good.clone();
        *document.pointer_mut(pointer).expect(pointer) = value;
        assert!(!validator.is_valid(&document), "{pointer}");
    }
}

#[test]
fn with_all_there_are_as_many_instances_as_are_counted_and_without_only_findings() {
    for (rules, log) in RUNS {
        let all = json(&checked(rules, log, &["--format", "json", "--all"]));
        let findings = json(&checked(rules, log, &["--format", "json"]));
        let instances = all["instances"].as_array().unwrap();
        for verdict in ["met", "violated", "open", "repaired", "excused", "waived", "unknown"] {
            let have = instances
                .iter()
                .filter(|instance| instance["verdict"] == verdict)
                .count();
            assert_eq!(all["counts"][verdict], have, "{log}: {verdict}");
        }
        let kept: Vec<&Value> = instances
            .iter()
            .filter(|instance| !["met", "open"].contains(&instance["verdict"].as_str().unwrap()))
            .collect();
        assert_eq!(
            findings["instances"].as_array().unwrap().iter().collect::<Vec<_>>(),
            kept,
            "{log}"
        );
        let ids: BTreeSet<&str> = instances
            .iter()
            .map(|instance| instance["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), instances.len(), "{log}: an id names one instance");
    }
}

#[test]
fn places_and_records_are_where_they_say() {
    for (rules, log) in RUNS {
        let document = json(&checked(rules, log, &["--format", "json", "--all"]));
        let source = fs::read_to_string(root().join(rules)).unwrap();
        for clause in document["clauses"].as_array().unwrap() {
            let words = clause["text"].as_str().unwrap();
            let offset = usize::try_from(clause["place"]["start"]["offset"].as_u64().unwrap()).unwrap();
            assert!(source[offset..].starts_with(words), "{rules}: {words}");
            assert!(words.starts_with("clause ") && words.ends_with('}'), "{words}");
            let line = usize::try_from(clause["place"]["start"]["line"].as_u64().unwrap()).unwrap();
            let column = usize::try_from(clause["place"]["start"]["column"].as_u64().unwrap()).unwrap();
            let at: String = source.lines().nth(line - 1).unwrap().chars().skip(column - 1).collect();
            assert!(at.starts_with("clause "), "{rules}:{line}:{column}: {at}");
        }
        let records = fs::read_to_string(root().join(log)).unwrap();
        for evidence in document["instances"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|instance| instance["evidence"].as_array().unwrap())
        {
            let record = &evidence["record"];
            let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
            let shown = &record["text"].as_str().unwrap()[number(&record["start"])..number(&record["end"])];
            let line = records.lines().nth(number(&evidence["line"]) - 1).unwrap();
            let at: String = line.chars().skip(number(&evidence["column"]) - 1).collect();
            let first: String = shown
                .lines()
                .next()
                .unwrap()
                .chars()
                .take_while(char::is_ascii)
                .collect();
            assert!(at.starts_with(&first), "{log}: {at} is not {shown}");
            if evidence["field"].is_null() {
                assert!(shown.contains('T') && shown.contains(':'), "{log}: {shown} is a time");
            }
        }
    }
}

#[test]
fn a_timeline_can_be_drawn() {
    let (rules, log) = RUNS[0];
    let document = json(&checked(rules, log, &["--format", "json", "--all"]));
    let instances = document["instances"].as_array().unwrap();
    let repaired = instances
        .iter()
        .find(|instance| instance["verdict"] == "repaired")
        .unwrap();
    assert_eq!(repaired["owed_by"], json!(["DESK"]));
    let duties = repaired["duties"].as_array().unwrap();
    assert_eq!(duties[0]["outcome"], "violated");
    assert_eq!(duties[0]["opened"], "2025-03-03T09:00:00+02:00");
    assert_eq!(duties[0]["at"], duties[0]["due"]["at"]);
    assert_eq!(duties[0]["late"], "2025-03-04T11:15:00+02:00");
    assert_eq!(duties[1]["opened"], duties[0]["at"]);
    assert_eq!(
        (&duties[1]["outcome"], &duties[1]["at"]),
        (&json!("met"), &duties[0]["late"])
    );
    let month = instances.iter().find(|instance| !instance["period"].is_null()).unwrap();
    assert_eq!(
        month["period"],
        json!({"from": "2025-01-01T00:00:00+02:00", "to": "2025-02-01T00:00:00+02:00"})
    );

    // Something that is not so for an interval.
    let (rules, log) = ("rules/us-ukraine-2024.clause", "examples/fictional-breached.yaml");
    let document = json(&checked(rules, log, &["--format", "json"]));
    let lasting: Vec<&Value> = document["instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| &instance["duties"][0])
        .filter(|duty| duty["lasting"] == true)
        .collect();
    assert!(!lasting.is_empty());
    for duty in lasting {
        assert!(duty["at"].is_string());
        assert!(
            duty["until"].is_null() || duty["until"].as_str() > duty["at"].as_str(),
            "{duty}"
        );
    }
}

fn ids(rules: &str, log: &str) -> Vec<(Value, Value)> {
    let document = json(&checked(rules, log, &["--format", "json", "--all"]));
    let mut ids: Vec<(Value, Value)> = document["instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| (instance["id"].clone(), instance["outcome_id"].clone()))
        .collect();
    ids.sort_by_key(|(id, _)| id.to_string());
    ids
}

#[test]
fn ids_depend_on_content_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, log) = RUNS[0];
    let first = ids(rules, log);
    assert!(first.len() > 4);
    // Rules that are laid out in another way, with another title, another clause and another event, and read from another file.
    let source = fs::read_to_string(root().join(rules)).unwrap();
    let other = source
        .replace('\n', "\n\n  ")
        .replace("Questions are answered", "All questions are answered")
        + "\nevent ping { remark: optional text }\nclause pings { when ping DESK must avoid ping p within 1 day }\n";
    let other = write(folder.path(), "other.clause", &format!("# A comment\n{other}"));
    // A log in another order, with other lines in between, some of them twice.
    let records = fs::read_to_string(root().join(log)).unwrap();
    let mut lines: Vec<&str> = records.lines().rev().collect();
    lines.insert(2, r#"{"time":"2025-03-03T09:30:00+02:00","type":"ping"}"#);
    let records = write(folder.path(), "other.jsonl", &lines.join("\n"));
    let second = ids(other.to_str().unwrap(), records.to_str().unwrap());
    assert!(first.iter().all(|id| second.contains(id)), "{first:?}\n{second:?}");

    // Equal events open instances that are numbered.
    let twice: Vec<&str> = lines
        .iter()
        .filter(|line| !line.contains("ping"))
        .flat_map(|line| [*line, *line])
        .collect();
    let twice = write(folder.path(), "twice.jsonl", &twice.join("\n"));
    let document = json(&checked(rules, twice.to_str().unwrap(), &["--format", "json", "--all"]));
    let all: Vec<&str> = document["instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| instance["id"].as_str().unwrap())
        .collect();
    let numbered = all.iter().filter(|id| id.ends_with("-2")).count();
    let triggered = document["clauses"][0]["counts"].as_object().unwrap().values();
    assert_eq!(
        numbered,
        triggered
            .map(|count| usize::try_from(count.as_u64().unwrap()).unwrap())
            .sum::<usize>()
            / 2
    );
}

#[test]
fn the_id_of_an_outcome_changes_with_the_outcome() {
    let (rules, log) = RUNS[0];
    let at = |as_of: &str| {
        let document = json(&checked(rules, log, &["--format", "json", "--all", "--as-of", as_of]));
        let instance = &document["instances"][0];
        (
            instance["id"].clone(),
            instance["outcome_id"].clone(),
            instance["verdict"].clone(),
        )
    };
    let open = at("2025-03-03T10:00:00+02:00");
    let still = at("2025-03-04T08:00:00+02:00");
    let broken = at("2025-03-04T10:00:00+02:00");
    let repaired = at("2025-03-05T08:00:00+02:00");
    assert_eq!(open, still);
    assert_eq!([&open.2, &broken.2, &repaired.2], ["open", "violated", "repaired"]);
    assert!(open.0 == broken.0 && broken.0 == repaired.0);
    assert!(open.1 != broken.1 && broken.1 != repaired.1 && repaired.1 != open.1);
}

/// The recipe of docs/results.md, followed by another hand.
#[test]
fn others_can_make_ids_too() {
    use sha2::Digest as _;
    let (rules, log) = RUNS[0];
    let document = json(&checked(rules, log, &["--format", "json"]));
    let content = concat!(
        r#"["servanda-verdict-1","desk","answer_24h",{"trigger":[{"fields":{"ticket":"\"T-1\"","urgency":"high"},"#,
        r#""time":"2025-03-03T07:00:00Z","type":"asked"}]}]"#
    );
    let hash = sha2::Sha256::digest(content);
    let id = document["instances"][0]["id"].as_str().unwrap();
    let first: Vec<u8> = (0..16)
        .map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    assert_eq!(first, hash[..16]);
}

#[test]
fn yaml_says_what_json_says() {
    for (rules, log) in RUNS {
        let yaml = checked(rules, log, &["--format", "yaml", "--all"]);
        assert_harmless(&text(&yaml.stdout), log);
        let yaml: Value = serde_yaml::from_slice(&yaml.stdout).unwrap();
        assert_eq!(
            yaml,
            json(&checked(rules, log, &["--format", "json", "--all"])),
            "{log}"
        );
    }
}

#[test]
fn the_schemas_are_some_that_others_know() {
    for path in ["docs/results.schema.json", "docs/scenarios.schema.json"] {
        let text = fs::read_to_string(root().join(path)).unwrap();
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "{path}");
    }
}

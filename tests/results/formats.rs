//! The other formats, each read by what reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use quick_junit::{Report, TestCaseStatus};
use serde_json::{Value, json};

use super::documents::{assert_harmless, assert_valid, schema, schema_in};
use super::run::{RUNS, checked, json, root, servanda, text, write};

fn document(rules: &str, log: &str) -> Value {
    json(&checked(rules, log, &["--format", "json"]))
}

fn instances(document: &Value) -> &Vec<Value> {
    document["instances"].as_array().unwrap()
}

fn code(instance: &Value) -> String {
    format!(
        "{}.{}",
        instance["agreement"].as_str().unwrap(),
        instance["clause"].as_str().unwrap()
    )
}

fn sarif_schema() -> jsonschema::Validator {
    let text = fs::read_to_string(root().join("tests/data/sarif/sarif-schema-2.1.0.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

#[test]
fn sarif_is_what_the_official_schema_says() {
    let validator = sarif_schema();
    for (rules, log) in RUNS {
        for more in [&["--format", "sarif"][..], &["--format", "sarif", "--all"]] {
            let output = checked(rules, log, more);
            assert_harmless(&text(&output.stdout), log);
            assert_valid(&validator, &json(&output), log);
        }
    }
    let mut spoilt = json(&checked(RUNS[0].0, RUNS[0].1, &["--format", "sarif"]));
    spoilt["runs"][0]["results"][0]["level"] = json!("grave");
    assert!(!validator.is_valid(&spoilt));
}

#[test]
fn sarif_has_the_clauses_as_rules_and_shows_both_places() {
    for (rules, log) in RUNS {
        let document = document(rules, log);
        let sarif = json(&checked(rules, log, &["--format", "sarif"]));
        let run = &sarif["runs"][0];
        let descriptors = run["tool"]["driver"]["rules"].as_array().unwrap();
        let clauses = document["clauses"].as_array().unwrap();
        assert_eq!(descriptors.len(), clauses.len());
        for (descriptor, clause) in descriptors.iter().zip(clauses) {
            assert_eq!(descriptor["id"], code(clause));
            assert_eq!(descriptor["shortDescription"]["text"], clause["title"]);
            assert_eq!(descriptor["properties"]["severity"], clause["severity"]);
            let cites: Vec<&str> = clause["cites"]
                .as_array()
                .unwrap()
                .iter()
                .map(|cite| cite.as_str().unwrap())
                .collect();
            match descriptor["helpUri"].as_str() {
                Some(link) => {
                    let escaped = link.replace("%3C", "<").replace("%3E", ">");
                    assert!(cites.iter().any(|cite| cite.contains(&escaped)), "{link} of {cites:?}");
                }
                None => assert!(!cites.iter().any(|cite| cite.contains("https://")), "{cites:?}"),
            }
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), instances(&document).len());
        for (result, instance) in results.iter().zip(instances(&document)) {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(result["ruleId"], descriptors[index]["id"]);
            assert_eq!(result["ruleId"], code(instance));
            assert_eq!(result["partialFingerprints"]["servandaVerdict/v1"], instance["id"]);
            assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"], instance["id"]);
            assert_eq!(result["kind"] == "fail", instance["verdict"] == "violated");
            assert_eq!(result["level"] == "none", instance["verdict"] != "violated");
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uri"], rules);
            assert_eq!(place["region"]["startLine"], instance["rules"][0]["start"]["line"]);
            let related = result["relatedLocations"].as_array().map_or(&[][..], Vec::as_slice);
            let evidence = instance["evidence"].as_array().unwrap();
            for (location, evidence) in related.iter().zip(evidence) {
                let place = &location["physicalLocation"];
                assert_eq!(place["artifactLocation"]["uri"], log);
                assert_eq!(place["region"]["startLine"], evidence["line"]);
                assert_eq!(place["region"]["snippet"]["text"], evidence["record"]["text"]);
                assert_eq!(location["message"]["text"], evidence["text"]);
            }
            assert!(related.len() >= evidence.len());
        }
    }
}

#[test]
fn junit_has_a_suite_for_each_agreement_and_a_case_for_each_clause() {
    for (rules, log) in RUNS {
        let document = document(rules, log);
        let output = checked(rules, log, &["--format", "junit"]);
        assert_harmless(&text(&output.stdout), log);
        let report =
            Report::deserialize_from_str(&text(&output.stdout)).unwrap_or_else(|error| panic!("{log}: {error}"));
        let mut failures = 0;
        for suite in &report.test_suites {
            for case in &suite.test_cases {
                let name = (suite.name.as_str(), case.name.as_str());
                let of_clause: Vec<&Value> = instances(&document)
                    .iter()
                    .filter(|instance| instance["agreement"] == name.0 && instance["clause"] == name.1)
                    .collect();
                let failing = of_clause.iter().filter(|instance| instance["failing"] == true).count();
                match &case.status {
                    TestCaseStatus::NonSuccess { description, .. } => {
                        failures += 1;
                        let lines = description.as_ref().unwrap().as_str();
                        assert_eq!(
                            lines.lines().filter(|line| !line.starts_with("  ")).count(),
                            failing,
                            "{lines}"
                        );
                    }
                    _ => assert_eq!(failing, 0, "{name:?}"),
                }
                let told = case.system_out.as_ref().map_or("", |out| out.as_str());
                let told = told.lines().filter(|line| !line.starts_with("  ")).count();
                assert_eq!(told, of_clause.len() - failing, "{name:?}");
            }
        }
        assert_eq!(failures, report.failures);
        assert_eq!(failures > 0, output.status.code() == Some(1));
        assert_eq!(report.tests, document["clauses"].as_array().unwrap().len());
    }
}

#[test]
fn annotations_are_one_command_each_whatever_a_log_says() {
    for (rules, log) in RUNS {
        let document = document(rules, log);
        let output = text(&checked(rules, log, &["--format", "github"]).stdout);
        assert_harmless(&output, log);
        assert_eq!(output.lines().count(), instances(&document).len(), "{log}");
        for (line, instance) in output.lines().zip(instances(&document)) {
            let rest = line.strip_prefix("::").expect(line);
            let (command, message) = rest.split_once("::").expect(line);
            let (level, properties) = command.split_once(' ').expect(line);
            assert!(["error", "warning", "notice"].contains(&level), "{line}");
            let properties: BTreeMap<&str, &str> = properties
                .split(',')
                .map(|property| property.split_once('=').expect(line))
                .collect();
            assert_eq!(properties["title"], code(instance));
            assert_eq!(level == "notice", instance["verdict"] != "violated", "{line}");
            assert!(properties["line"].parse::<u64>().unwrap() > 0);
            let message = message.replace("%0A", "\n").replace("%25", "%");
            assert!(message.contains(instance["headline"].as_str().unwrap()), "{message}");
        }
    }
}

#[test]
fn rows_are_no_formulas() {
    for (rules, log) in RUNS {
        let document = document(rules, log);
        let output = text(&checked(rules, log, &["--format", "csv"]).stdout);
        assert_harmless(&output, log);
        let mut reader = csv::Reader::from_reader(output.as_bytes());
        let header = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), instances(&document).len());
        for (row, instance) in rows.iter().zip(instances(&document)) {
            assert!(
                row.iter()
                    .all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])),
                "{row:?}"
            );
            let cell = |name: &str| &row[header.iter().position(|known| known == name).unwrap()];
            for name in ["id", "agreement", "clause", "verdict", "strength", "severity"] {
                assert_eq!(instance[name], cell(name), "{name}");
            }
            assert_eq!(instance["headline"], cell("headline").trim_start_matches('\''));
            assert_eq!(instance["opened"].as_str().unwrap_or(""), cell("opened"));
            assert_eq!(instance["due"]["at"].as_str().unwrap_or(""), cell("due"));
        }
    }
    // The key of an instance is what the log says.
    let hostile = text(&checked(RUNS[3].0, RUNS[3].1, &["--format", "csv"]).stdout);
    assert!(
        hostile.contains("'=cmd|' /C calc'!A0") || hostile.contains("'+1"),
        "{hostile}"
    );
}

#[test]
fn short_lines_name_a_place_in_a_file() {
    for (rules, log) in RUNS {
        let document = document(rules, log);
        let output = text(&checked(rules, log, &["--format", "short"]).stdout);
        assert_harmless(&output, log);
        assert_eq!(output.lines().count(), instances(&document).len(), "{log}");
        for (line, instance) in output.lines().zip(instances(&document)) {
            let parts: Vec<&str> = line.splitn(4, ':').collect();
            let [file, row, column, rest] = parts.as_slice() else {
                panic!("{line}")
            };
            let content = fs::read_to_string(root().join(file)).unwrap();
            let at = content.lines().nth(row.parse::<usize>().unwrap() - 1).expect(line);
            assert!(column.parse::<usize>().unwrap() <= at.chars().count(), "{line}");
            let start = format!(
                " {}[{}] ",
                if instance["verdict"] == "violated" {
                    if instance["strength"] == "binding" && instance["severity"] != "minor" {
                        "error"
                    } else {
                        "warning"
                    }
                } else {
                    "note"
                },
                code(instance)
            );
            assert!(rest.starts_with(&start), "{line} does not have {start}");
        }
    }
}

/// What a line of a stream and an element of a document have in common: not the records, which only a document has.
fn without_records(mut instance: Value) -> Value {
    let object = instance.as_object_mut().unwrap();
    object.remove("record");
    for evidence in object["evidence"].as_array_mut().unwrap() {
        for key in ["record", "column", "line"] {
            evidence.as_object_mut().unwrap().remove(key);
        }
    }
    instance
}

fn lines(output: &str) -> Vec<Value> {
    output
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

#[test]
fn lines_say_what_the_document_says() {
    let validator = schema(Some("line"));
    for (rules, log) in RUNS {
        for more in [&[][..], &["--all"]] {
            let stream = text(&checked(rules, log, &[&["--format", "jsonl"], more].concat()).stdout);
            assert_harmless(&stream, log);
            let stream = lines(&stream);
            stream.iter().for_each(|line| assert_valid(&validator, line, log));
            let last = stream.iter().rposition(|line| line["record"] == "restart").unwrap_or(0);
            let of_stream: BTreeMap<String, Value> = stream[last..]
                .iter()
                .filter(|line| line["record"] == "verdict")
                .map(|line| (line["id"].as_str().unwrap().to_owned(), without_records(line.clone())))
                .collect();
            let document = json(&checked(rules, log, &[&["--format", "json"], more].concat()));
            let of_document: BTreeMap<String, Value> = instances(&document)
                .iter()
                .map(|instance| {
                    (
                        instance["id"].as_str().unwrap().to_owned(),
                        without_records(instance.clone()),
                    )
                })
                .collect();
            assert_eq!(of_stream, of_document, "{log}");
            let summary = stream.last().unwrap();
            assert_eq!(
                (&stream[0]["record"], &summary["record"]),
                (&json!("start"), &json!("summary"))
            );
            for key in ["counts", "clauses", "agreements", "failed", "as_of"] {
                assert_eq!(summary[key], document[key], "{log}: {key}");
            }
        }
    }
}

#[test]
fn a_log_out_of_order_makes_a_stream_start_again() {
    let (rules, log) = RUNS[0];
    let records = fs::read_to_string(root().join(log)).unwrap();
    // What comes late stands at the end, after what decides.
    let mut order: Vec<&str> = records.lines().collect();
    let first = order.remove(0);
    order.push(first);
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "late.jsonl", &order.join("\n"));
    let stream = lines(&text(
        &checked(rules, path.to_str().unwrap(), &["--format", "jsonl"]).stdout,
    ));
    let restart = stream
        .iter()
        .position(|line| line["record"] == "restart")
        .expect("a restart");
    let ids = |lines: &[Value]| -> BTreeSet<String> {
        let verdicts = lines.iter().filter(|line| line["record"] == "verdict");
        verdicts.map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    };
    let whole = lines(&text(&checked(rules, log, &["--format", "jsonl"]).stdout));
    assert_eq!(ids(&stream[restart..]), ids(&whole));
}

#[test]
fn a_stream_without_a_summary_was_not_whole() {
    let output = servanda(&[
        "check",
        RUNS[0].0,
        "--log",
        "tests/data/broken.jsonl",
        "--format",
        "jsonl",
    ]);
    assert_eq!(output.status.code(), Some(2));
    let stream = lines(&text(&output.stdout));
    assert_eq!(stream[0]["record"], "start");
    assert!(stream.iter().all(|line| line["record"] != "summary"));
}

const SCENARIOS: &str = "tests/data/scenarios";

#[test]
fn scenarios_are_written_in_every_format() {
    let document = json(&servanda(&["test", SCENARIOS, "--format", "json"]));
    let with_coverage = json(&servanda(&["test", SCENARIOS, "--coverage", "--format", "json"]));
    let validator = schema_in("docs/scenarios.schema.json", None);
    assert_valid(&validator, &document, "json");
    assert_valid(&validator, &with_coverage, "json with coverage");
    assert!(with_coverage["coverage"]["of"].as_u64().unwrap() > 0);
    let failures: Vec<&Value> = document["files"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|file| file["scenarios"].as_array().unwrap())
        .flat_map(|scenario| scenario["failures"].as_array().unwrap())
        .collect();
    let mistakes: usize = document["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["mistakes"].as_array().unwrap().len())
        .sum();
    assert!(failures.len() > 3 && mistakes > 3);
    let amiss = failures.len() + mistakes;
    let written = |format: &str| {
        let output = servanda(&["test", SCENARIOS, "--format", format]);
        assert_eq!(output.status.code(), Some(2), "{format}");
        let text = text(&output.stdout);
        assert_harmless(&text, format);
        text
    };
    assert_eq!(serde_yaml::from_str::<Value>(&written("yaml")).unwrap(), document);
    assert_eq!(written("short").lines().count(), amiss);
    assert!(
        written("short")
            .lines()
            .all(|line| line.starts_with("tests/data/scenarios/") && line.contains(": error["))
    );
    assert!(
        written("github")
            .lines()
            .all(|line| line.starts_with("::error file=tests/data/scenarios/"))
    );
    let sarif: Value = serde_json::from_str(&written("sarif")).unwrap();
    assert_valid(&sarif_schema(), &sarif, "sarif");
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), amiss);
    let report = Report::deserialize_from_str(&written("junit")).unwrap();
    assert_eq!(
        report.failures,
        usize::try_from(document["failed"].as_u64().unwrap()).unwrap()
    );
    assert_eq!(
        report.errors,
        usize::try_from(document["unusable_files"].as_u64().unwrap()).unwrap()
    );
    let stream = lines(&written("jsonl"));
    let line = schema_in("docs/scenarios.schema.json", Some("line"));
    stream.iter().for_each(|record| assert_valid(&line, record, "jsonl"));
    let scenarios = stream.iter().filter(|line| line["record"] == "scenario");
    let passed = scenarios.clone().filter(|line| line["passed"] == true).count();
    assert_eq!(stream.last().unwrap()["passed"], passed);
    assert_eq!(stream.last().unwrap()["failed"], scenarios.count() - passed);
    let csv = written("csv");
    let rows = csv::Reader::from_reader(csv.as_bytes())
        .into_records()
        .map(Result::unwrap)
        .count();
    assert_eq!(rows, amiss + passed);
}

#[test]
fn several_outputs_are_written_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let formats = [
        "pretty", "short", "json", "jsonl", "yaml", "sarif", "junit", "github", "csv",
    ];
    let path = |format: &str| folder.path().join(format!("out.{format}"));
    for base in [&["check", RUNS[0].0, "--log", RUNS[0].1][..], &["test", SCENARIOS]] {
        let specs: Vec<String> = formats
            .iter()
            .map(|format| format!("{format}={}", path(format).display()))
            .collect();
        let mut arguments = base.to_vec();
        specs.iter().for_each(|spec| arguments.extend(["--output", spec]));
        let all = servanda(&arguments);
        assert_eq!(all.stdout, servanda(base).stdout);
        for format in formats {
            let alone = servanda(&[base, &["--format", format]].concat());
            assert_eq!(alone.status.code(), all.status.code());
            assert_eq!(
                fs::read_to_string(path(format)).unwrap(),
                text(&alone.stdout),
                "{format}"
            );
        }
        // A file is for whoever reads it later, whatever the terminal shows now.
        let spec = format!("pretty={}", path("pretty").display());
        servanda(&[base, &["--color", "always", "--output", &spec]].concat());
        assert!(!fs::read_to_string(path("pretty")).unwrap().contains('\u{1b}'));
    }
}

#[test]
fn mistakes_in_outputs_are_told_before_anything_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, log) = RUNS[0];
    let rules = write(
        folder.path(),
        "my.clause",
        &fs::read_to_string(root().join(rules)).unwrap(),
    );
    let log = write(
        folder.path(),
        "my.jsonl",
        &fs::read_to_string(root().join(log)).unwrap(),
    );
    let (rules, log) = (rules.to_str().unwrap(), log.to_str().unwrap());
    let out = folder.path().join("out");
    let says = |outputs: &[String]| {
        let mut arguments = vec!["check", rules, "--log", log];
        outputs.iter().for_each(|output| arguments.extend(["--output", output]));
        let output = servanda(&arguments);
        assert_eq!(output.status.code(), Some(2), "{outputs:?}");
        assert!(output.stdout.is_empty(), "{outputs:?}");
        text(&output.stderr)
    };
    let before = fs::read_to_string(log).unwrap();
    assert!(says(&[format!("json={log}")]).contains("is read by this run"));
    assert!(says(&[format!("json={rules}")]).contains("is read by this run"));
    assert_eq!(fs::read_to_string(log).unwrap(), before);
    let twice = [format!("json={}", out.display()), format!("sarif={}", out.display())];
    assert!(says(&twice).contains("is named for two outputs"));
    assert!(says(&[format!("json={}/none/out.json", folder.path().display())]).contains("cannot be written"));
    assert!(says(&["sarif".to_owned()]).contains("FORMAT=FILE"));
    let misspelt = says(&["sarfi=out.sarif".to_owned()]);
    assert!(
        misspelt.contains("no format `sarfi`") && misspelt.contains("did you mean `sarif`?"),
        "{misspelt}"
    );
    assert!(says(&["json=".to_owned()]).contains("no file is named"));
    assert!(says(&["json=-".to_owned()]).contains("--format"));
    let without_log = servanda(&["check", rules, "--output", "json=never.json"]);
    assert_eq!(without_log.status.code(), Some(2));
    assert!(!root().join("never.json").exists());
}

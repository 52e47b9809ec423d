//! What other people's machines run: the steps of the GitHub action, and the hooks of pre-commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::run::{root, text, write};

fn yaml(name: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(root().join(name)).unwrap()).unwrap()
}

/// The folder of the program that is tested, first in the path.
fn path() -> String {
    let program = assert_cmd::cargo::cargo_bin("servanda");
    let folder = program.parent().unwrap().to_str().unwrap().to_owned();
    format!("{folder}:{}", std::env::var("PATH").unwrap())
}

/// A runner as far as the steps of a composite action see one.
struct Runner {
    folder: tempfile::TempDir,
}

impl Runner {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["output", "summary", "path"] {
            write(folder.path(), name, "");
        }
        fs::create_dir(folder.path().join("work")).unwrap();
        Runner { folder }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Runs the shell steps of the action, as far as they go.
    fn run(&self, inputs: &[(&str, &str)]) -> Vec<Output> {
        let action = yaml("action.yml");
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        for (name, input) in action["inputs"].as_object().unwrap() {
            let value = inputs.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
            let value = value.or(input["default"].as_str());
            given.insert(
                name.clone(),
                value.unwrap_or_else(|| panic!("{name} is required")).to_owned(),
            );
        }
        let mut outputs = Vec::new();
        for step in action["runs"]["steps"].as_array().unwrap() {
            let Some(script) = step["run"].as_str() else { continue };
            assert_eq!(step["shell"], "bash");
            assert!(
                !script.contains("${{"),
                "an input in a script could be taken for a part of it: {script}"
            );
            let mut command = Command::new("bash");
            command
                .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script])
                .current_dir(self.work())
                .env("PATH", path())
                .env("RUNNER_TEMP", self.folder.path())
                .env("GITHUB_ACTION_PATH", root());
            for name in ["OUTPUT", "PATH"] {
                command.env(format!("GITHUB_{name}"), self.folder.path().join(name.to_lowercase()));
            }
            command.env("GITHUB_STEP_SUMMARY", self.folder.path().join("summary"));
            for (name, value) in step["env"].as_object().into_iter().flatten() {
                let value = value.as_str().unwrap();
                let input = value
                    .strip_prefix("${{ inputs.")
                    .and_then(|rest| rest.strip_suffix(" }}"));
                command.env(name, &given[input.expect(value)]);
            }
            let output = command.output().unwrap();
            let failed = !output.status.success();
            outputs.push(output);
            if failed {
                break;
            }
        }
        outputs
    }

    fn copy(&self, from: &str, to: &str) {
        fs::copy(root().join(from), self.work().join(to)).unwrap();
    }
}

#[test]
fn the_action_has_the_form_of_one() {
    let action = yaml("action.yml");
    assert_eq!(action["runs"]["using"], "composite");
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert!(input["description"].is_string(), "{name}");
        assert!(input["required"] == true || input["default"].is_string(), "{name}");
    }
    let steps = action["runs"]["steps"].as_array().unwrap();
    for step in steps {
        assert!(step["name"].is_string());
        assert!(step["run"].is_string() != step["uses"].is_string());
    }
    // What is given out is given by a step of that name.
    for (name, output) in action["outputs"].as_object().unwrap() {
        let value = output["value"].as_str().unwrap();
        assert_eq!(value, format!("${{{{ steps.check.outputs.{name} }}}}"));
    }
    assert!(steps.iter().any(|step| step["id"] == "check"));
}

#[test]
fn the_action_annotates_writes_sarif_and_fails_as_the_run_does() {
    let runner = Runner::new();
    runner.copy("tests/data/desk.clause", "my rules.clause");
    runner.copy("tests/data/desk.jsonl", "my log.jsonl");
    let inputs = [
        ("rules", "my rules.clause\n"),
        ("logs", "\nmy log.jsonl\n"),
        ("junit", "out.xml"),
    ];
    let outputs = runner.run(&inputs);
    assert_eq!(outputs.len(), 2, "{}", text(&outputs[0].stderr));
    let check = outputs.last().unwrap();
    assert_eq!(check.status.code(), Some(1), "{}", text(&check.stderr));
    let annotations = text(&check.stdout);
    assert!(
        annotations
            .lines()
            .any(|line| line.starts_with("::error file=my log.jsonl,line=4,")),
        "{annotations}"
    );
    assert!(annotations.lines().all(|line| line.starts_with("::")));
    assert_eq!(runner.file("output"), "exit-code=1\nsarif=servanda.sarif\n");
    let sarif: Value =
        serde_json::from_str(&fs::read_to_string(runner.work().join("servanda.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 3);
    assert!(
        fs::read_to_string(runner.work().join("out.xml"))
            .unwrap()
            .contains("<testsuites")
    );
    let summary = runner.file("summary");
    assert!(summary.contains("    A service desk"), "{summary}");
    assert!(
        summary
            .lines()
            .skip(2)
            .all(|line| line.is_empty() || line.starts_with("    ")),
        "{summary}"
    );

    // Nothing makes it fail.
    let runner = Runner::new();
    runner.copy("tests/data/desk.clause", "a.clause");
    runner.copy("tests/data/desk.jsonl", "a.jsonl");
    let outputs = runner.run(&[
        ("rules", "a.clause"),
        ("logs", "a.jsonl"),
        ("fail-on", "never"),
        ("sarif", "x.sarif"),
    ]);
    assert_eq!(outputs.last().unwrap().status.code(), Some(0));
    assert_eq!(runner.file("output"), "exit-code=0\nsarif=x.sarif\n");
    let early = [
        ("as-of", "2025-03-03T10:00:00+02:00"),
        ("rules", "a.clause"),
        ("logs", "a.jsonl"),
    ];
    assert_eq!(runner.run(&early).last().unwrap().status.code(), Some(0));
    // A baseline that is not there is told of.
    let outputs = runner.run(&[("rules", "a.clause"), ("logs", "a.jsonl"), ("baseline", "none.json")]);
    assert_eq!(outputs.last().unwrap().status.code(), Some(2));
    assert!(text(&outputs.last().unwrap().stderr).contains("there is no baseline none.json"));
    assert!(runner.file("output").ends_with("exit-code=2\nsarif=servanda.sarif\n"));
}

#[test]
fn names_of_files_are_names_and_not_commands() {
    let runner = Runner::new();
    let rules = "$(touch pwned) `touch pwned`; touch pwned #.clause";
    let log = "--help && touch pwned \"'.jsonl";
    runner.copy("tests/data/desk.clause", rules);
    runner.copy("tests/data/desk.jsonl", log);
    let outputs = runner.run(&[("rules", rules), ("logs", log), ("sarif", "$(touch pwned).sarif")]);
    assert_eq!(
        outputs.last().unwrap().status.code(),
        Some(1),
        "{}",
        text(&outputs.last().unwrap().stderr)
    );
    assert!(!runner.work().join("pwned").exists());
    assert!(runner.work().join("$(touch pwned).sarif").exists());
}

#[test]
fn what_a_log_says_is_no_command_of_the_runner() {
    let runner = Runner::new();
    runner.copy("tests/data/hostile.clause", "a.clause");
    runner.copy("tests/data/hostile.jsonl", "a.jsonl");
    let outputs = runner.run(&[("rules", "a.clause"), ("logs", "a.jsonl")]);
    let check = outputs.last().unwrap();
    assert_eq!(check.status.code(), Some(1));
    let started = |line: &str| {
        [
            "::error file=a.jsonl,",
            "::warning file=a.jsonl,",
            "::notice file=a.jsonl,",
        ]
        .iter()
        .any(|start| line.starts_with(start))
    };
    assert!(text(&check.stdout).lines().all(started));
    assert!(
        runner
            .file("summary")
            .lines()
            .skip(2)
            .all(|line| line.is_empty() || line.starts_with("    "))
    );
}

/// The hooks with what they are run on, each once with a fault and once without.
#[test]
fn the_hooks_of_pre_commit_find_what_is_amiss() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_array().unwrap();
    let run = |id: &str, folder: &Path, file: &str| {
        let hook = hooks.iter().find(|hook| hook["id"] == id).expect(id);
        let mut words = hook["entry"].as_str().unwrap().split(' ');
        let mut command = Command::new(words.next().unwrap());
        command.args(words).env("PATH", path()).current_dir(folder);
        if hook["pass_filenames"] != false {
            command.arg(file);
        }
        command.output().unwrap()
    };
    let is_meant = |id: &str, file: &str| {
        let hook = hooks.iter().find(|hook| hook["id"] == id).expect(id);
        let schema = json!({"type": "string", "pattern": hook["files"]});
        jsonschema::is_valid(&schema, &json!(file))
    };
    for hook in hooks {
        for key in ["id", "name", "description", "entry", "files"] {
            assert!(hook[key].is_string(), "{key}");
        }
        assert_eq!(hook["language"], "rust");
        let id = hook["id"].as_str().unwrap();
        assert!(
            is_meant(id, "rules/my.clause") && !is_meant(id, "README.md") && !is_meant(id, "my.clauses"),
            "{id}"
        );
    }
    assert!(is_meant("servanda-test", "a.scenario.yaml") && is_meant("servanda-test", "a.scenario.yml"));

    let folder = tempfile::tempdir().unwrap();
    let rules = fs::read_to_string(root().join("tests/data/desk.clause")).unwrap();
    let path = write(folder.path(), "desk.clause", &rules.replace("  when", "      when"));
    // It mends the file, which pre-commit takes for a failure.
    assert!(run("servanda-fmt", folder.path(), "desk.clause").status.success());
    assert_eq!(fs::read_to_string(&path).unwrap(), rules);
    assert!(run("servanda-lint", folder.path(), "desk.clause").status.success());
    write(
        folder.path(),
        "desk.clause",
        &format!("{rules}\nevent unused {{ id: text }}\n"),
    );
    assert_eq!(
        run("servanda-lint", folder.path(), "desk.clause").status.code(),
        Some(1)
    );
    write(folder.path(), "desk.clause", &rules);
    let scenario = |verdict: &str| {
        format!(
            "rules: desk.clause\nstart: 2025-03-03T09:00:00+02:00\nscenarios:\n  - name: a question\n    events:\n      \
             - {{time: +0s, type: asked, ticket: T-1, urgency: high}}\n    expect:\n      answer_24h: {verdict}\n    others: any\n"
        )
    };
    write(folder.path(), "a.scenario.yaml", &scenario("open"));
    let output = run("servanda-test", folder.path(), "a.scenario.yaml");
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    write(folder.path(), "a.scenario.yaml", &scenario("met"));
    assert_eq!(
        run("servanda-test", folder.path(), "a.scenario.yaml").status.code(),
        Some(1)
    );
}

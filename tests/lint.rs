//! `servanda lint`: every code is explained by an example that has it, and what fixes leave behind is right.
//!
//! `SERVANDA_UPDATE=1` writes docs/lint.md, where this test asks for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use servanda::diagnostic::{Code, Example, Safety, WORLD};
use servanda::format;
use servanda::report::explanations;
use servanda::run::{Rules, fix};

/// Writes an example to a folder, and returns the path of its first file.
fn written(folder: &Path, example: Example) -> PathBuf {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    match example {
        Example::Beside(text) => write("example.clause", &format!("{WORLD}\n{text}")),
        Example::Files(files) => {
            let paths: Vec<PathBuf> = files.iter().map(|(name, text)| write(name, text)).collect();
            paths[0].clone()
        }
        Example::Chain(links) => {
            for link in 0..links {
                write(&format!("{link}.clause"), &format!("use \"{}.clause\"\n", link + 1));
            }
            write(&format!("{links}.clause"), "event last { id: text }\n");
            folder.join("0.clause")
        }
    }
}

fn codes(path: &Path) -> Vec<&'static str> {
    let rules = Rules::load(&[path]).unwrap();
    rules.diagnostics.iter().map(|found| found.code.name()).collect()
}

fn servanda(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = assert_cmd::Command::cargo_bin("servanda")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn each_code_has_an_example_that_has_it_and_one_that_is_mended() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let folder = tempfile::tempdir().unwrap();
        let explained = code.explanation();
        let has = codes(&written(folder.path(), explained.wrong));
        let export = |example: Example| {
            let path = written(folder.path(), example);
            let arguments = ["export", "--explain", "--to", "mfotl", path.to_str().unwrap()];
            let (_, out, err) = servanda(folder.path(), &arguments);
            out + &err
        };
        let is_right = if *code == Code::NoTranslation {
            has.is_empty() && export(explained.wrong).contains(code.name())
        } else {
            has == [code.name()]
        };
        if !is_right {
            wrong.push(format!("{}: the wrong example has {has:?}", code.name()));
        }
        let folder = tempfile::tempdir().unwrap();
        let has = codes(&written(folder.path(), explained.mended));
        if !has.is_empty() {
            wrong.push(format!("{}: the mended example has {has:?}", code.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_examples_are_formatted() {
    assert_eq!(format(WORLD).unwrap(), WORLD);
    for code in Code::ALL {
        let explained = code.explanation();
        for example in [explained.wrong, explained.mended] {
            let texts: Vec<&str> = match example {
                Example::Beside(text) => vec![text],
                Example::Files(files) => files.iter().map(|(_, text)| *text).collect(),
                Example::Chain(_) => Vec::new(),
            };
            for text in texts {
                if let Ok(tidy) = format(text) {
                    assert_eq!(tidy, text, "{}", code.name());
                }
            }
        }
    }
}

#[test]
fn the_page_is_made_from_the_explanations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint.md");
    if std::env::var_os("SERVANDA_UPDATE").is_some() {
        fs::write(&path, explanations()).unwrap();
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    assert!(page == explanations(), "run `SERVANDA_UPDATE=1 cargo test --test lint`");
}

/// What a file beside the shared declarations is after its fixes, and the codes that are left.
fn fixed(text: &str, most: Safety) -> (String, Vec<&'static str>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.clause");
    fs::write(&path, format!("{WORLD}\n{text}")).unwrap();
    let fixed = fix(std::slice::from_ref(&path), None, most).unwrap();
    let left = fixed.rules.diagnostics.iter().map(|found| found.code.name()).collect();
    let text = fs::read_to_string(&path).unwrap();
    let text = text
        .strip_prefix(WORLD)
        .unwrap_or(&text)
        .trim_start_matches('\n')
        .to_owned();
    (text, left)
}

#[test]
fn fixes_that_are_certain_are_applied() {
    let clause = |body: &str| format!("clause c {{\n  US must avoid attack a where {body}\n}}\n");
    for (before, after) in [
        (clause("a.nigth"), clause("a.night")),
        (clause("a.level == hgh"), clause("a.level == high")),
        (clause("a.level >= mid and a.level == high"), clause("a.level == high")),
        (
            clause("a.level == high and a.level >= mid and a.night"),
            clause("a.level == high and a.night"),
        ),
        (clause("a.night and a.night"), clause("a.night")),
        (
            clause("a.nigth and a.losses > 3 and a.losses > 2"),
            clause("a.night and a.losses > 3"),
        ),
        (
            format!("define odd(a: attack) as a.night\n\n{}", clause("a.night")),
            clause("a.night"),
        ),
        (
            format!(
                "# why\ndefine odd(a: attack) as a.night # note\n\n{}",
                clause("a.night")
            ),
            format!("# why\n # note\n\n{}", clause("a.night")),
        ),
        (
            format!(
                "state idle: low | high {{\n  attack sets to high\n}}\n\n{}",
                clause("a.night")
            ),
            clause("a.night"),
        ),
        (
            format!(
                "define outer(a: attack) as inner(a)\ndefine inner(a: attack) as a.night\n\n{}",
                clause("a.night")
            ),
            clause("a.night"),
        ),
        (
            format!(
                "template t(who: party) {{\n  clause d {{\n    who must avoid attack a\n  }}\n}}\n\n{}",
                clause("a.night")
            ),
            clause("a.night"),
        ),
        (
            "clause c {\n  US must aviod attack a where a.night\n}\n".to_owned(),
            clause("a.night"),
        ),
    ] {
        let (text, left) = fixed(&before, Safety::Safe);
        assert_eq!(text, after, "{before}");
        assert_eq!(left, [""; 0], "{before}");
    }
}

#[test]
fn fixes_that_are_not_certain_wait_for_a_person() {
    let drill = "event drill { id: text }\n";
    assert_eq!(fixed(drill, Safety::Safe), (drill.to_owned(), vec!["unused"]));
    assert_eq!(fixed(drill, Safety::Unsafe), (String::new(), vec![]));
    // Two fields are near.
    let near = "event pair { sent: text, send: text }\n\nclause c {\n  US must avoid pair p where p.sen == \"A\"\n}\n";
    assert_eq!(fixed(near, Safety::Safe), (near.to_owned(), vec!["unknown-field"]));
    assert_eq!(fixed(near, Safety::Unsafe).1, [""; 0]);
}

#[test]
fn fixed_files_parse_and_keep_their_comments() {
    for code in Code::ALL {
        let Example::Beside(text) = code.explanation().wrong else {
            continue;
        };
        let text = format!("# above\n{}\n# below\n", text.replace("{\n", "{ # inside\n"));
        let parsed = format(&format!("{WORLD}\n{text}")).is_ok();
        let (after, _) = fixed(&text, Safety::Unsafe);
        assert!(!parsed || format(&after).is_ok(), "{after}");
        assert!(after.contains("# above") && after.contains("# below"), "{after}");
    }
}

#[test]
fn conditions_that_change_something_are_left_alone() {
    let has = |body: &str| {
        let text = format!("clause c {{ US must avoid attack a where {body} }}");
        let folder = tempfile::tempdir().unwrap();
        codes(&written(
            folder.path(),
            Example::Files(Box::leak(Box::new([("c.clause", &*format!("{WORLD}{text}").leak())]))),
        ))
    };
    for body in [
        "a.level >= mid and a.night",
        "a.level >= mid and a.level != high",
        "a.losses > 3 and a.losses < 5",
        "a.level == high or a.level >= mid",
        "not (a.level >= mid and a.night) and a.level == high",
        "a.id != \"A\" and a.id != \"B\"",
    ] {
        assert_eq!(has(body), [""; 0], "{body}");
    }
    for body in [
        "a.level >= mid and a.level == high",
        "a.losses > 3 and a.losses >= 3",
        "a.id == \"A\" and a.id in [\"A\", \"B\"]",
        "a.level in [mid, high] and a.night and a.level >= mid",
        "a.level != low and a.level == mid",
    ] {
        assert_eq!(has(body), ["redundant"], "{body}");
    }
}

#[test]
fn what_a_predicate_or_a_template_asks_is_not_redundant() {
    let folder = tempfile::tempdir().unwrap();
    let text = "define grave(a: attack) as a.level >= mid and a.night
template t(least: attack.level) {
  clause d {
    US must avoid attack a where a.level >= least and a.level == high
  }
}
agreement other {
  party US
  apply t(least: mid)
}
agreement third {
  party US
  clause c {
    US must avoid attack a where grave(a) and a.level == high
  }
}
";
    let world = WORLD.replace("clause answered", "agreement fourth { party US clause answered") + "}";
    let path = folder.path().join("a.clause");
    fs::write(&path, format!("{world}\n{text}")).unwrap();
    assert_eq!(codes(&path), [""; 0]);
}

#[test]
fn comments_allow_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.clause");
    let left = |text: &str| {
        fs::write(&path, format!("{WORLD}\n{text}")).unwrap();
        codes(&path)
    };
    assert_eq!(left("event drill { id: text } # lint: allow(unused)"), [""; 0]);
    assert_eq!(
        left("# lint: allow(redundant, unused)\nevent drill { id: text }"),
        [""; 0]
    );
    assert_eq!(left("# lint:allow( unused )\n# why\nevent drill { id: text }"), [""; 0]);
    assert_eq!(left("# lint: allow(redundant)\nevent drill { id: text }"), ["unused"]);
    assert_eq!(left("# lint: allow(unused)\n\nevent drill { id: text }"), ["unused"]);
    assert_eq!(left("event drill { id: text }\n# lint: allow(unused)"), ["unused"]);
    assert_eq!(
        left("event a1 { id: text } # lint: allow(unused)\nevent drill { id: text }"),
        ["unused"]
    );
    // An error makes the rules unusable, whatever is allowed.
    assert_eq!(
        left("# lint: allow(unknown-event)\nclause c { US must avoid atak }"),
        ["unknown-event"]
    );
}

#[test]
fn the_command_lints_folders_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("clean.clause", WORLD);
    assert_eq!(servanda(folder.path(), &["lint"]), (0, String::new(), String::new()));
    write("warned.clause", &format!("{WORLD}\nevent drill {{ id: text }}\n"));
    let (code, out, _) = servanda(folder.path(), &["lint", "--format", "short", "."]);
    assert_eq!(code, 1);
    assert_eq!(
        out,
        "./warned.clause:21:7: warning[unused] no clause looks at the event `drill`\n"
    );
    let (code, out, _) = servanda(folder.path(), &["lint", "warned.clause"]);
    assert_eq!(code, 1);
    assert!(out.contains("unused") && out.contains("0 errors, 1 warning;"), "{out}");
    write(
        "broken.clause",
        &format!("{WORLD}\nclause c {{\n  US must avoid attack a where a.nigth\n}}\n"),
    );
    let (code, out, _) = servanda(folder.path(), &["lint", "--format", "json", "broken.clause"]);
    assert_eq!(code, 2);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found[0]["code"], "unknown-field");
    assert_eq!(found[0]["fix"]["replacement"], "night");
    assert_eq!(found[0]["fix"]["safe"], true);
    assert_eq!(found[0]["places"][0]["start"]["line"], 22);
    let (code, out, err) = servanda(folder.path(), &["lint", "--fix", "broken.clause"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", "1 fix applied\n"));
    assert_eq!(servanda(folder.path(), &["lint", "nowhere.clause"]).0, 2);
}

#[test]
fn the_command_explains_codes() {
    let folder = tempfile::tempdir().unwrap();
    for code in Code::ALL {
        let (exit, out, _) = servanda(folder.path(), &["lint", "--explain", code.name()]);
        assert_eq!(exit, 0);
        assert!(
            out.starts_with(code.name()) && out.contains("\nwrong\n") && out.contains("\nmended\n"),
            "{out}"
        );
    }
    let (exit, _, err) = servanda(folder.path(), &["lint", "--explain", "unsed"]);
    assert_eq!(exit, 2);
    assert!(err.contains("did you mean `unused`?"), "{err}");
}

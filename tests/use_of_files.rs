//! `use "FILE"`: what a used file contributes, and every way in which it cannot be used.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use servanda::run::{Rules, RulesError};
use tempfile::TempDir;

const AGREEMENT: &str = "agreement a { party US party UA }\n";
const CLAUSE: &str =
    "clause c { when attack a if alert == high US must ensure attack b where b.id != a.id within 1 hour }\n";
const EVENTS: &str = "event attack { id: text, against: party }\n";
const STATE: &str = "state alert: low | high { attack sets to high }\n";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load(folder: &TempDir, names: &[&str]) -> Rules {
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.path().join(name)).collect();
    Rules::load(&paths).unwrap()
}

/// `code at "snippet": message; help` of each mistake.
fn mistakes(rules: &Rules) -> Vec<String> {
    let shown = rules.diagnostics.iter().map(|diagnostic| {
        let snippet = rules.sources.snippet(diagnostic.labels[0].span);
        let help = diagnostic.help.as_deref().unwrap_or("-");
        format!(
            "{} at {snippet}: {}; {help}",
            diagnostic.code.name(),
            diagnostic.message
        )
    });
    shown.collect()
}

fn only_mistake(rules: &Rules) -> String {
    let mistakes = mistakes(rules);
    assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
    mistakes[0].clone()
}

#[test]
fn declarations_of_used_files_are_known_through_others_too() {
    let folder = folder(&[
        ("a.clause", &format!("use \"lib/state.clause\"\n{AGREEMENT}{CLAUSE}")),
        ("lib/state.clause", &format!("use \"../events.clause\"\n{STATE}")),
        ("events.clause", EVENTS),
    ]);
    let rules = load(&folder, &["a.clause"]);
    assert_eq!(mistakes(&rules), Vec::<String>::new());
    let model = rules.model.unwrap();
    assert_eq!((model.events.len(), model.states.len(), model.clauses.len()), (1, 1, 1));
}

#[test]
fn a_file_is_read_once_however_often_and_by_whatever_path_it_is_used() {
    let folder = folder(&[
        (
            "a.clause",
            &format!(
                "use \"./events.clause\" use \"lib/../events.clause\" use \"lib/state.clause\"\n{AGREEMENT}{CLAUSE}"
            ),
        ),
        ("lib/state.clause", &format!("use \"../events.clause\"\n{STATE}")),
        ("events.clause", EVENTS),
    ]);
    // An event declared twice in one file would be a mistake.
    let rules = load(&folder, &["a.clause", "events.clause", "a.clause"]);
    assert_eq!(mistakes(&rules), Vec::<String>::new());
    assert_eq!(rules.model.unwrap().clauses.len(), 1);
}

#[test]
fn agreements_and_clauses_of_a_used_file_are_not_judged_and_its_parties_are_known() {
    let other = format!(
        "agreement b {{ party PL }}\n{EVENTS}event move {{ by: party }}\n\
         state alert: low | high {{ attack sets to high move m where m.by == PL sets to low }}\nclause d {{ nobody must avoid attack }}"
    );
    let folder = folder(&[
        ("a.clause", &format!("use \"b.clause\"\n{AGREEMENT}{CLAUSE}")),
        ("b.clause", &other),
    ]);
    let rules = load(&folder, &["a.clause"]);
    assert_eq!(mistakes(&rules), Vec::<String>::new());
    let model = rules.model.unwrap();
    assert_eq!(model.agreements.len(), 1);
    assert_eq!(model.clauses.len(), 1);
    // Named, it is judged, and the mistake in its clause counts.
    let rules = load(&folder, &["a.clause", "b.clause"]);
    assert!(only_mistake(&rules).starts_with("unknown-name at nobody"));
}

#[test]
fn a_missing_file_is_told_with_the_nearest_name_and_excuses_what_it_may_have_declared() {
    let folder = folder(&[
        ("a.clause", &format!("use \"lib/evnts.clause\"\n{AGREEMENT}{CLAUSE}")),
        ("lib/events.clause", EVENTS),
    ]);
    let mistake = only_mistake(&load(&folder, &["a.clause"]));
    assert!(mistake.starts_with("unknown-file at \"lib/evnts.clause\": there is no file `"));
    assert!(mistake.ends_with("; did you mean \"lib/events.clause\"?"), "{mistake}");
}

#[test]
fn a_missing_folder_is_told() {
    let folder = folder(&[("a.clause", "use \"libs/events.clause\"")]);
    let mistake = only_mistake(&load(&folder, &["a.clause"]));
    assert!(mistake.contains("; there is no folder "), "{mistake}");
}

#[test]
fn files_that_use_one_another_in_a_circle_are_told() {
    let folder = folder(&[
        ("a.clause", "use \"b.clause\""),
        ("b.clause", "use \"c.clause\""),
        ("c.clause", "use \"b.clause\""),
        ("self.clause", "use \"self.clause\""),
    ]);
    let mistake = only_mistake(&load(&folder, &["a.clause"]));
    assert!(mistake.starts_with("cycle at \"b.clause\": these files use one another in a circle: "));
    assert!(mistake.contains("b.clause, ") && mistake.contains("c.clause, ") && !mistake.contains("a.clause"));
    let mistake = only_mistake(&load(&folder, &["self.clause"]));
    assert!(mistake.starts_with("cycle at \"self.clause\": this file uses itself; "));
}

#[test]
fn paths_that_are_absolute_empty_or_of_another_system_are_refused() {
    let folder = folder(&[
        ("a.clause", "use \"/etc/hosts\""),
        ("b.clause", "use \"\""),
        ("c.clause", "use \"lib\\\\events.clause\""),
    ]);
    for name in ["a.clause", "b.clause", "c.clause"] {
        let mistake = only_mistake(&load(&folder, &[name]));
        assert!(mistake.starts_with("forbidden-path at "), "{mistake}");
    }
}

#[test]
fn paths_that_leave_the_root_are_refused_whether_or_not_something_is_there() {
    let folder = folder(&[
        ("rules/a.clause", "use \"../events.clause\""),
        ("rules/b.clause", "use \"../nowhere/events.clause\""),
        ("rules/c.clause", "use \"../nothing.clause\""),
        ("rules/d.clause", &format!("use \"../rules/e.clause\"\n{AGREEMENT}")),
        ("rules/e.clause", EVENTS),
        ("events.clause", EVENTS),
    ]);
    for name in ["rules/a.clause", "rules/b.clause", "rules/c.clause"] {
        let mistake = only_mistake(&load(&folder, &[name]));
        assert!(mistake.starts_with("forbidden-path at "), "{mistake}");
        assert!(mistake.contains("is outside of the rules' root"), "{mistake}");
    }
    assert_eq!(mistakes(&load(&folder, &["rules/d.clause"])), Vec::<String>::new());
    // With another root the same path is right.
    let rules = Rules::load_within(&[folder.path().join("rules/a.clause")], Some(folder.path())).unwrap();
    assert_eq!(mistakes(&rules), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_root_is_refused_and_one_within_it_is_the_same_file() {
    let folder = folder(&[
        ("rules/a.clause", "use \"out.clause\""),
        ("rules/b.clause", "use \"outside/events.clause\""),
        ("rules/c.clause", "use \"in.clause\" use \"events.clause\""),
        ("rules/events.clause", EVENTS),
        ("events.clause", EVENTS),
    ]);
    let link = |to: &Path, at: &str| std::os::unix::fs::symlink(to, folder.path().join(at)).unwrap();
    link(&folder.path().join("events.clause"), "rules/out.clause");
    link(folder.path(), "rules/outside");
    link(Path::new("events.clause"), "rules/in.clause");
    for name in ["rules/a.clause", "rules/b.clause"] {
        let mistake = only_mistake(&load(&folder, &[name]));
        assert!(mistake.starts_with("forbidden-path at "), "{mistake}");
    }
    assert_eq!(mistakes(&load(&folder, &["rules/c.clause"])), Vec::<String>::new());
}

#[test]
fn what_is_no_text_file_is_told() {
    let folder = folder(&[("a.clause", "use \"lib\""), ("b.clause", "use \"bytes.clause\"")]);
    fs::create_dir(folder.path().join("lib")).unwrap();
    fs::write(folder.path().join("bytes.clause"), b"event \xff").unwrap();
    let mistake = only_mistake(&load(&folder, &["a.clause"]));
    assert!(mistake.starts_with("unreadable-file at \"lib\": `lib` cannot be read: it is a folder"));
    let mistake = only_mistake(&load(&folder, &["b.clause"]));
    assert!(mistake.contains("it is not text in UTF-8, from byte 6 on"), "{mistake}");
}

#[test]
fn a_long_chain_and_very_many_files_are_refused() {
    let folder = folder(&[]);
    for at in 0..40 {
        let text = format!("use \"{}.clause\"", at + 1);
        fs::write(folder.path().join(format!("{at}.clause")), text).unwrap();
    }
    let mistake = only_mistake(&load(&folder, &["0.clause"]));
    assert!(mistake.starts_with("too-many-files at \"32.clause\""), "{mistake}");
    let uses: Vec<String> = (0..300).map(|at| format!("use \"w{at}.clause\"\n")).collect();
    fs::write(folder.path().join("wide.clause"), uses.concat()).unwrap();
    for at in 0..300 {
        fs::write(folder.path().join(format!("w{at}.clause")), "").unwrap();
    }
    let mistakes = mistakes(&load(&folder, &["wide.clause"]));
    assert!(
        mistakes[0].starts_with("too-many-files at \"w255.clause\""),
        "{}",
        mistakes[0]
    );
}

#[test]
fn mistakes_in_a_used_file_are_shown_there() {
    let folder = folder(&[
        ("a.clause", &format!("use \"events.clause\"\n{AGREEMENT}")),
        ("events.clause", "event attack { id: txt }"),
    ]);
    assert!(only_mistake(&load(&folder, &["a.clause"])).starts_with("unknown-type at txt"));
}

#[test]
fn a_root_that_is_no_folder_is_an_error_of_the_run() {
    let folder = folder(&[("a.clause", EVENTS)]);
    let file = folder.path().join("a.clause");
    let error = Rules::load_within(&[&file], Some(&file)).unwrap_err();
    assert!(matches!(error, RulesError::Root { .. }));
}

#[test]
fn what_a_shared_file_declares_need_not_be_used() {
    let folder = folder(&[
        (
            "a.clause",
            &format!("use \"events.clause\"\n{STATE}{AGREEMENT}{CLAUSE}"),
        ),
        ("events.clause", &format!("{EVENTS}event other {{ by: party }}")),
    ]);
    assert_eq!(mistakes(&load(&folder, &["a.clause"])), Vec::<String>::new());
    assert!(mistakes(&load(&folder, &["a.clause", "events.clause"]))[0].starts_with("unused at other"));
}

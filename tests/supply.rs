//! What the program is built from: licences, sources and the oldest Rust that all of it takes, as deny.toml and Cargo.toml state them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .current_dir(ROOT)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--all-features",
            "--locked",
            "--offline",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The texts of a list in deny.toml.
fn listed(key: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(format!("{ROOT}/deny.toml")).unwrap();
    let (_, rest) = text.split_once(&format!("\n{key} = [")).unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether licences that are allowed are enough for an expression of SPDX, as far as crates write them: `or` before `and` in brackets.
fn is_enough(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = expression.replace(" / ", " OR ").replace('/', " OR ");
    let all = split(&expression, " AND ");
    if all.len() > 1 {
        return all.iter().all(|part| is_enough(part, allowed));
    }
    let any = split(&expression, " OR ");
    if any.len() > 1 {
        return any.iter().any(|part| is_enough(part, allowed));
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_enough(inner, allowed),
        None => allowed.contains(expression.trim()),
    }
}

/// Splits outside of brackets.
fn split(text: &str, at: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if depth == 0 && rest.starts_with(at) {
            parts.push(String::new());
            rest = &rest[at.len()..];
            continue;
        }
        depth += i32::from(char == '(') - i32::from(char == ')');
        parts.last_mut().unwrap().push(char);
        rest = &rest[char.len_utf8()..];
    }
    parts
}

#[test]
fn expressions_are_read() {
    let allowed: BTreeSet<String> = ["MIT", "ISC"].map(str::to_owned).into();
    for (expression, enough) in [
        ("MIT", true),
        ("GPL-3.0 OR MIT", true),
        ("Apache-2.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND ISC", true),
        ("(MIT AND GPL-3.0) OR Zlib", false),
    ] {
        assert_eq!(is_enough(expression, &allowed), enough, "{expression}");
    }
}

#[test]
fn every_crate_has_a_licence_that_is_allowed_and_comes_from_the_registry() {
    let (allowed, registries) = (listed("allow"), listed("allow-registry"));
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let Some(source) = package["source"].as_str() else {
            assert_eq!(name, "servanda");
            continue;
        };
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_enough(licence, &allowed), "{name}: {licence}");
        let registry = source.strip_prefix("registry+").unwrap_or_default();
        assert!(registries.contains(registry), "{name}: {source}");
    }
}

#[test]
fn no_crate_asks_for_a_newer_rust_than_is_stated() {
    let version = |text: &str| -> Vec<u64> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    let packages = packages();
    let own = packages.iter().find(|package| package["name"] == "servanda").unwrap();
    let stated = own["rust_version"].as_str().unwrap();
    for package in &packages {
        if let Some(asked) = package["rust_version"].as_str() {
            let (asked, stated) = (version(asked), version(stated));
            assert!(asked[..2] <= stated[..2], "{} asks for Rust {asked:?}", package["name"]);
        }
    }
}

#[test]
fn every_package_of_ours_forbids_unsafe_code_and_states_the_same_rust() {
    for package in ["", "benches/", "fuzz/"] {
        let manifest = std::fs::read_to_string(format!("{ROOT}/{package}Cargo.toml")).unwrap();
        for line in ["unsafe_code = \"forbid\"", "rust-version = \"1.89\""] {
            assert!(manifest.lines().any(|other| other == line), "{package}: {line}");
        }
    }
}

/// A package that has the house as a dependency has all that the house depends on in its own lock file, or `--locked` fails there.
#[test]
fn lock_files_of_other_packages_know_what_the_house_depends_on() {
    let own = |lock: &str| -> BTreeSet<String> {
        let text = std::fs::read_to_string(format!("{ROOT}/{lock}")).unwrap();
        let (_, rest) = text.split_once("name = \"servanda\"\n").unwrap();
        let (_, rest) = rest.split_once("dependencies = [").unwrap();
        let (list, _) = rest.split_once(']').unwrap();
        let names = list.split('"').skip(1).step_by(2);
        names.map(|name| name.split(' ').next().unwrap().to_owned()).collect()
    };
    let packages = packages();
    let house = packages.iter().find(|package| package["name"] == "servanda").unwrap();
    let dependencies = house["dependencies"].as_array().unwrap().iter();
    let needed: BTreeSet<String> = dependencies
        .filter(|dependency| dependency["kind"].is_null() && dependency["optional"] == false)
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect();
    for lock in ["benches/Cargo.lock", "fuzz/Cargo.lock"] {
        let known = own(lock);
        let missing: Vec<_> = needed.difference(&known).collect();
        assert!(missing.is_empty(), "{lock} lacks {missing:?}");
    }
}

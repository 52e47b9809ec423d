//! A project to begin with.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::syntax;

/// The files of a project, with their texts.
const FILES: [(&str, &str); 6] = [
    ("agreement.clause", include_str!("scaffold/agreement.clause")),
    ("logs/fictional.yaml", include_str!("scaffold/fictional.yaml")),
    (
        "scenarios/agreement.scenario.yaml",
        include_str!("scaffold/agreement.scenario.yaml"),
    ),
    (".github/workflows/servanda.yml", include_str!("scaffold/workflow.yml")),
    ("README.md", include_str!("scaffold/README.md")),
    (".gitignore", include_str!("scaffold/gitignore")),
];

/// Why a project cannot be begun.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// There are files where the project's would be.
    #[error("{} there already", are(.0))]
    Exists(Vec<PathBuf>),
    /// A file or folder that cannot be written.
    #[error("{path} cannot be written: {cause}")]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

fn are(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let verb = if paths.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", shown.join(", "))
}

/// Begins a project in a folder, about an agreement of this name; else of the folder's. Returns the files that were written, relative to the folder.
///
/// # Errors
/// Files that are there and are not to be overwritten: then nothing is written. A file that cannot be written.
pub fn scaffold(folder: &Path, name: Option<&str>, overwrites: bool) -> Result<Vec<PathBuf>, ScaffoldError> {
    if !overwrites {
        let paths = FILES.iter().map(|(file, _)| folder.join(file));
        let there: Vec<PathBuf> = paths.filter(|path| path.symlink_metadata().is_ok()).collect();
        if !there.is_empty() {
            return Err(ScaffoldError::Exists(there));
        }
    }
    let title = name.map_or_else(|| title_of(folder), title);
    let identifier = identifier(&title);
    let mut written = Vec::new();
    for (file, text) in FILES {
        let text = text.replace("NAME", &identifier).replace("TITLE", &title);
        // A long name may ask for another layout.
        let text = match file {
            "agreement.clause" => syntax::format(&text).unwrap_or(text),
            _ => text,
        };
        let path = folder.join(file);
        let unwritable = |path: &Path, cause| ScaffoldError::Unwritable {
            path: path.to_owned(),
            cause,
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|cause| unwritable(parent, cause))?;
        }
        fs::write(&path, text).map_err(|cause| unwritable(&path, cause))?;
        written.push(PathBuf::from(file));
    }
    Ok(written)
}

fn title_of(folder: &Path) -> String {
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned());
    title(&name.unwrap_or_default())
}

/// A name as a title can hold it: on one line, and without what would end a text.
fn title(name: &str) -> String {
    let plain = |char: char| match char {
        '"' => '\'',
        '\\' => '/',
        char if char.is_control() => ' ',
        char => char,
    };
    let words: String = name.chars().map(plain).collect();
    let words = words.split_whitespace().collect::<Vec<&str>>().join(" ");
    if words.is_empty() {
        "An agreement".to_owned()
    } else {
        words
    }
}

/// The name of the agreement in the rule file. With its last word it is none of the language's own words.
fn identifier(title: &str) -> String {
    let letters = title.chars().map(|char| {
        let is_plain = char.is_ascii_alphanumeric();
        if is_plain { char.to_ascii_lowercase() } else { ' ' }
    });
    let words: String = letters.collect();
    let mut words: Vec<&str> = words.split_whitespace().filter(|word| *word != "agreement").collect();
    if words
        .first()
        .is_none_or(|word| word.starts_with(|first: char| first.is_ascii_digit()))
    {
        words.insert(0, "the");
    }
    words.push("agreement");
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_becomes_a_title_and_an_identifier() {
        for (name, as_title, as_identifier) in [
            ("Acme supply", "Acme supply", "acme_supply_agreement"),
            ("when", "when", "when_agreement"),
            ("2026 \"deal\"\n", "2026 'deal'", "the_2026_deal_agreement"),
            ("Supply Agreement", "Supply Agreement", "supply_agreement"),
            ("Договір", "Договір", "the_agreement"),
            ("  ", "An agreement", "an_agreement"),
        ] {
            assert_eq!(title(name), as_title);
            assert_eq!(identifier(&title(name)), as_identifier);
        }
    }
}

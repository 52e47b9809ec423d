//! Rule files by their paths: found in folders, and written back.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::RulesError;
use super::load::{read_text, standard_input};
use crate::source::MAX_RULE_BYTES;

/// The extension of rule files.
const EXTENSION: &str = "clause";

/// The rule files that paths name: files as they are, and of folders all `*.clause` files in them and in the folders in them, in the order of their
/// names. Folders whose name starts with a dot are passed over, and links to folders are not followed. Each file occurs once.
///
/// # Errors
/// A path where nothing is, or a folder that cannot be read.
pub fn rule_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, RulesError> {
    let is_rule_file = |path: &Path| path.extension().is_some_and(|extension| extension == EXTENSION);
    files_in(paths, is_rule_file).map_err(|(path, cause)| RulesError::Unreadable { path, cause })
}

/// Files as they are named, and of folders those that are meant, as [`rule_files`] finds them; else the path that cannot be read, and why.
pub(super) fn files_in(
    paths: &[PathBuf],
    is_meant: impl Fn(&Path) -> bool,
) -> Result<Vec<PathBuf>, (PathBuf, std::io::Error)> {
    let mut found: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path == standard_input() || !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let is_hidden = |entry: &walkdir::DirEntry| {
            entry.depth() > 0
                && entry.file_type().is_dir()
                && entry.file_name().to_str().is_some_and(|name| name.starts_with('.'))
        };
        let entries = walkdir::WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| !is_hidden(entry)) {
            let entry = entry.map_err(|error| (error.path().unwrap_or(path).to_owned(), error.into()))?;
            if is_meant(entry.path()) && entry.path().is_file() {
                found.push(entry.into_path());
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    Ok(found)
}

/// The text of a rule file; `-` is standard input.
///
/// # Errors
/// A file that cannot be read, is too large or no text.
pub fn read_rule_file(path: &Path) -> Result<String, RulesError> {
    read_text(path, MAX_RULE_BYTES)
}

/// Puts a text in the place of a rule file's, wholly or not at all. A link still leads where it did, and who may read the file stays the same.
///
/// # Errors
/// What the system does not allow.
pub fn write_rule_file(path: &Path, text: &str) -> Result<(), RulesError> {
    replace(path, text).map_err(|cause| RulesError::Unwritable {
        path: path.to_owned(),
        cause,
    })
}

/// As [`write_rule_file`], of any file.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let target = path.canonicalize()?;
    let folder = target.parent().unwrap_or(Path::new("."));
    let permissions = fs::metadata(&target)?.permissions();
    if permissions.readonly() {
        return Err(std::io::ErrorKind::PermissionDenied.into());
    }
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}

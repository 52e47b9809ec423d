//! The logs that a command is given, and the map that they are read through.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::args::LogFormat;
use super::terminal::Terminal;
use crate::diagnostic::suggest;
use crate::log::{Format, InputError, Inputs, Limits, MapFile, Preset, visible};
use crate::model::Model;
use crate::report::map_mistakes;

/// More than any person writes about the fields of a log.
const MAX_MAP_BYTES: usize = 1024 * 1024;

/// Opens logs. `None` after showing why the map cannot be used.
pub(super) fn open(
    paths: &[PathBuf],
    format: Option<LogFormat>,
    map: Option<&Path>,
    limits: Limits,
    model: &Model,
    terminal: &mut Terminal,
) -> Result<Option<Inputs>, InputError> {
    let map = match map {
        None => None,
        Some(path) => match read_map(path, model, terminal) {
            Some(map) => Some(map),
            None => return Ok(None),
        },
    };
    let waiting = paths
        .iter()
        .any(|log| log == Path::new("-"))
        .then(|| terminal.waiting("reading standard input"));
    let inputs = Inputs::open_within(paths, format.map(Format::from), limits);
    waiting.iter().for_each(ProgressBar::finish_and_clear);
    let inputs = inputs?;
    Ok(Some(match map {
        Some(map) => inputs.mapped(map),
        None => inputs,
    }))
}

/// The map of a file, or the one that the program brings along under this name; `None` after showing why there is none.
pub(super) fn read_map(path: &Path, model: &Model, terminal: &mut Terminal) -> Option<MapFile> {
    let given = path.to_string_lossy();
    if let Some(preset) = Preset::named(&given) {
        return Some(MapFile::preset(preset));
    }
    let name = visible(&given, 200);
    let read = fs::File::open(path).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(MAX_MAP_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(cause) => {
            let presets = Preset::ALL.map(Preset::name);
            let help = suggest(&given, "maps that need no file", &presets);
            terminal.error(&format!("the map `{name}` cannot be read: {cause}"), help.as_deref());
            return None;
        }
    };
    if bytes.len() > MAX_MAP_BYTES {
        terminal.error(&format!("the map `{name}` has more than 1 MiB"), None);
        return None;
    }
    let Ok(text) = String::from_utf8(bytes) else {
        terminal.error(&format!("the map `{name}` is not text in UTF-8"), None);
        return None;
    };
    match MapFile::read(&text, model) {
        Ok(map) => Some(map),
        Err(mistakes) => {
            let shown = map_mistakes(&mistakes, &name, &text, terminal.error_style);
            let count = mistakes.len();
            let plural = if count == 1 { "mistake" } else { "mistakes" };
            terminal.err(&format!(
                "{shown}\n\n{count} {plural} in the map; nothing was checked\n"
            ));
            None
        }
    }
}

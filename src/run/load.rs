//! Rule files and the files that they use, each read once.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::RulesError;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::log;
use crate::source::{MAX_RULE_BYTES, SourceId, SourceMap, Span, Spanned};
use crate::syntax::ast::{Agreement, AgreementPart, Item, Text};
use crate::syntax::{self, HolidayFile, Parsed, Role};
use crate::time::Date;

/// How many rule files a run reads at most, those that are used included.
const MAX_FILES: usize = 256;

/// How many declarations the files of a run have at most, unless more are allowed: what is done with rules grows faster than they do.
pub const MAX_DECLARATIONS: usize = 50_000;

/// How long a chain of files that use one another can be.
const MAX_DEPTH: usize = 32;

/// How much text the used files of a run have at most, in bytes.
const MAX_USED_BYTES: usize = 4 * MAX_RULE_BYTES;

/// How large a list of holidays can be, in bytes.
const MAX_HOLIDAY_BYTES: usize = 1024 * 1024;

/// How many entries of a folder are looked at to find what a misspelt name may have meant.
const MAX_ENTRIES: usize = 4_096;

/// Texts that stand for those of files: what an editor holds and has not saved. Keys are paths as the system resolves them.
#[derive(Debug, Clone, Default)]
pub struct Unsaved {
    texts: BTreeMap<PathBuf, String>,
}

impl Unsaved {
    /// Lets a text stand for that of a file, which need not be there.
    pub fn insert(&mut self, path: PathBuf, text: String) {
        self.texts.insert(path, text);
    }

    /// Lets a file have its own text again.
    pub fn remove(&mut self, path: &Path) {
        self.texts.remove(path);
    }

    /// The text that stands for that of a file.
    pub fn get(&self, path: &Path) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }
}

/// Rule files as they were read, before anything is known of what they mean.
#[derive(Debug)]
pub struct Loaded {
    /// Their texts.
    pub sources: SourceMap,
    /// Their trees.
    pub files: Vec<Parsed>,
    /// Where each file really is, links followed; nowhere, for standard input.
    pub paths: Vec<Option<PathBuf>>,
    /// The lists of holidays that they name, and where those really are.
    pub lists: Vec<(SourceId, PathBuf)>,
    /// Where a file or a list is named, and which one that is.
    pub uses: Vec<(Span, SourceId)>,
}

impl Loaded {
    /// Reads the files that were asked for and, from them on, all that are used; `-` is standard input.
    ///
    /// # Errors
    /// What is amiss with a file that was asked for; what is amiss with a used one is a mistake at its `use`.
    pub fn read<P: AsRef<Path>>(paths: &[P], root: Option<&Path>, unsaved: &Unsaved) -> Result<Self, RulesError> {
        Loaded::read_bounded(paths, root, unsaved, MAX_DECLARATIONS)
    }

    /// As [`Loaded::read`], with so many declarations at most.
    ///
    /// # Errors
    /// As [`Loaded::read`].
    pub fn read_bounded<P: AsRef<Path>>(
        paths: &[P],
        root: Option<&Path>,
        unsaved: &Unsaved,
        most_declarations: usize,
    ) -> Result<Self, RulesError> {
        let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
        let mut loader = Loader {
            root: root_of(&paths, root)?,
            unsaved,
            sources: SourceMap::new(),
            files: Vec::new(),
            uses: Vec::new(),
            holidays: Vec::new(),
            used_bytes: 0,
            declarations: 0,
            most_declarations,
        };
        for path in paths {
            loader.named(path)?;
        }
        for position in 0..loader.files.len() {
            loader.holidays_of(position);
        }
        for position in 0..loader.files.len() {
            loader.uses_of(position, &mut vec![position]);
        }
        let (files, paths) = loader
            .files
            .into_iter()
            .map(|file| (file.parsed, file.canonical))
            .unzip();
        let lists = loader.holidays.into_iter().map(|list| (list.source, list.canonical));
        Ok(Loaded {
            lists: lists.collect(),
            sources: loader.sources,
            files,
            paths,
            uses: loader.uses,
        })
    }
}

/// The folder that used files must be in: the one given, or that of the first file.
fn root_of(paths: &[&Path], given: Option<&Path>) -> Result<PathBuf, RulesError> {
    let root = match (given, paths.first()) {
        (Some(root), _) => root,
        (None, Some(first)) if *first != standard_input() => folder_of(first),
        (None, _) => Path::new("."),
    };
    let canonical = root.canonicalize().and_then(|canonical| {
        if canonical.is_dir() {
            Ok(canonical)
        } else {
            Err(std::io::ErrorKind::NotADirectory.into())
        }
    });
    match (canonical, given) {
        (Ok(canonical), _) => Ok(canonical),
        (Err(cause), Some(_)) => Err(RulesError::Root {
            path: root.to_owned(),
            cause,
        }),
        // The first file cannot be read either, which is the better thing to say.
        (Err(_), None) => Ok(root.to_owned()),
    }
}

pub(super) fn standard_input() -> &'static Path {
    Path::new("-")
}

/// How a rule file is named to people.
pub fn shown_name(path: &Path) -> String {
    if path == standard_input() {
        return "standard input".to_owned();
    }
    log::visible(&path.to_string_lossy(), 400)
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

struct Loader<'a> {
    root: PathBuf,
    unsaved: &'a Unsaved,
    sources: SourceMap,
    /// In the order of their source ids.
    files: Vec<File>,
    uses: Vec<(Span, SourceId)>,
    /// The lists of holidays that were read.
    holidays: Vec<List>,
    used_bytes: usize,
    declarations: usize,
    most_declarations: usize,
}

struct File {
    /// As it is shown to people.
    path: PathBuf,
    /// What tells it from all others; standard input has none.
    canonical: Option<PathBuf>,
    parsed: Parsed,
    /// Whether the files that it uses have been looked at.
    followed: bool,
}

/// A list of holidays that was read.
struct List {
    source: SourceId,
    canonical: PathBuf,
    dates: Vec<Date>,
}

/// Why a used file is not there: a code, a message, a label and what to do.
struct Refusal {
    code: Code,
    message: String,
    label: &'static str,
    help: Option<String>,
}

impl Refusal {
    fn at(self, written: &Text) -> Diagnostic {
        Diagnostic::error(self.code, self.message, written.span, self.label).help_if(self.help)
    }
}

fn agreement_of(item: &Item) -> Option<&Agreement> {
    match item {
        Item::Agreement(agreement) => Some(agreement),
        _ => None,
    }
}

impl Loader<'_> {
    fn named(&mut self, path: &Path) -> Result<(), RulesError> {
        let canonical = if path == standard_input() {
            None
        } else {
            self.canonical(path).ok()
        };
        if canonical.is_some() && self.files.iter().any(|known| known.canonical == canonical) {
            return Ok(());
        }
        let text = match canonical.as_deref().and_then(|path| self.unsaved.get(path)) {
            Some(text) if text.len() > MAX_RULE_BYTES => return Err(RulesError::TooLarge { path: path.to_owned() }),
            Some(text) => text.to_owned(),
            None => read_text(path, MAX_RULE_BYTES)?,
        };
        if self.add(path.to_owned(), canonical, shown_name(path), text, Role::Named) {
            Ok(())
        } else {
            Err(RulesError::TooManyDeclarations {
                path: path.to_owned(),
                most: self.most_declarations,
            })
        }
    }

    /// Where a file really is. An unsaved one can be where the system has none yet.
    fn canonical(&self, path: &Path) -> std::io::Result<PathBuf> {
        path.canonicalize().or_else(|error| match self.unsaved.get(path) {
            Some(_) => Ok(path.to_owned()),
            None => Err(error),
        })
    }

    /// Takes in a file. Returns whether there are no more declarations than a run can have.
    fn add(&mut self, path: PathBuf, canonical: Option<PathBuf>, name: String, text: String, role: Role) -> bool {
        let id = self.sources.add(name, text);
        let mut parsed = syntax::parse(&self.sources, id);
        self.declarations += parsed.file.items.len();
        let is_too_much = self.declarations > self.most_declarations;
        if is_too_much {
            parsed.file.items.clear();
        }
        parsed.role = role;
        self.files.push(File {
            path,
            canonical,
            parsed,
            followed: false,
        });
        !is_too_much
    }

    /// Reads what a file uses, and what that uses in turn. `chain` leads to this file, which is its last.
    fn uses_of(&mut self, position: usize, chain: &mut Vec<usize>) {
        if std::mem::replace(&mut self.files[position].followed, true) {
            return;
        }
        let items = &self.files[position].parsed.file.items;
        let uses: Vec<Text> = items
            .iter()
            .filter_map(|item| match item {
                Item::Use(path) => Some(path.clone()),
                _ => None,
            })
            .collect();
        for written in uses {
            match self.used(&written, position, chain) {
                Ok(used) => {
                    let source = self.files[used].parsed.source;
                    self.uses.push((written.span, source));
                    chain.push(used);
                    self.uses_of(used, chain);
                    chain.pop();
                }
                Err(refusal) => {
                    let parsed = &mut self.files[position].parsed;
                    parsed.diagnostics.push(refusal.at(&written));
                    parsed.lacks_files = true;
                }
            }
        }
    }

    /// Reads the lists of holidays that the agreements of a file name.
    fn holidays_of(&mut self, position: usize) {
        let agreements = self.files[position].parsed.file.items.iter().filter_map(agreement_of);
        let lists: Vec<Text> = agreements
            .flat_map(|agreement| &agreement.parts)
            .filter_map(|part| match &part.node {
                AgreementPart::HolidaysIn(path) => Some(path.clone()),
                _ => None,
            })
            .collect();
        for written in lists {
            let read = self.holidays_in(&written, position);
            let parsed = &mut self.files[position].parsed;
            match read {
                Ok((dates, mistakes)) => {
                    parsed.diagnostics.extend(mistakes);
                    let span = written.span;
                    parsed.holidays.push(HolidayFile { span, dates });
                }
                Err(refusal) => parsed.diagnostics.push(refusal.at(&written)),
            }
        }
    }

    /// The days of a list of holidays, which is read unless it has been before, and the mistakes in it.
    fn holidays_in(&mut self, written: &Text, user: usize) -> Result<(Vec<Date>, Vec<Diagnostic>), Refusal> {
        let (path, canonical) = self.find(written, user)?;
        if let Some(known) = self.holidays.iter().find(|known| known.canonical == canonical) {
            self.uses.push((written.span, known.source));
            return Ok((known.dates.clone(), Vec::new()));
        }
        self.is_room_for_a_file()?;
        let text = self
            .text_of(&canonical, MAX_HOLIDAY_BYTES)
            .map_err(|why| unreadable(written, &why))?;
        self.take_in(&text)?;
        let name = log::visible(&path.to_string_lossy(), 400);
        let source = self.sources.add(name, text.as_str());
        let (dates, mistakes) = syntax::parse_holidays(&text, source);
        self.uses.push((written.span, source));
        self.holidays.push(List {
            source,
            canonical,
            dates: dates.clone(),
        });
        Ok((dates, mistakes))
    }

    /// What a used file holds: what an editor has not saved, or what is on disk.
    fn text_of(&self, canonical: &Path, most: usize) -> Result<String, String> {
        match self.unsaved.get(canonical) {
            Some(text) => Ok(text.to_owned()),
            None => read_used(canonical, most),
        }
    }

    /// The path that was meant, as it is shown to people and as it really is.
    fn find(&self, written: &Text, user: usize) -> Result<(PathBuf, PathBuf), Refusal> {
        let path = self.path_of(written, user)?;
        let canonical = match self.canonical(&path) {
            Ok(canonical) => canonical,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing(written, &path)),
            Err(error) => return Err(unreadable(written, &error.to_string())),
        };
        if canonical.starts_with(&self.root) {
            Ok((path, canonical))
        } else {
            Err(self.outside(written))
        }
    }

    fn is_room_for_a_file(&self) -> Result<(), Refusal> {
        if self.files.len() + self.holidays.len() < MAX_FILES {
            return Ok(());
        }
        let message = format!("these rules are of more than {MAX_FILES} files");
        Err(too_many(message, "one file too many"))
    }

    /// Counts the text of a used file.
    fn take_in(&mut self, text: &str) -> Result<(), Refusal> {
        self.used_bytes += text.len();
        if self.used_bytes <= MAX_USED_BYTES {
            return Ok(());
        }
        let message = format!("the used files have more than {} MiB", MAX_USED_BYTES / 1024 / 1024);
        Err(too_many(message, "with this one"))
    }

    /// The position of a used file, which is read unless it has been before.
    fn used(&mut self, written: &Text, user: usize, chain: &[usize]) -> Result<usize, Refusal> {
        let (path, canonical) = self.find(written, user)?;
        let known = self
            .files
            .iter()
            .position(|file| file.canonical.as_ref() == Some(&canonical));
        if let Some(known) = known {
            let start = chain.iter().position(|position| *position == known);
            return match start {
                Some(start) => Err(self.cycle(&chain[start..])),
                None => Ok(known),
            };
        }
        self.is_room_for_a_file()?;
        if chain.len() >= MAX_DEPTH {
            let message = format!("this chain of files that use one another has more than {MAX_DEPTH} links");
            return Err(too_many(message, "the link that is too many"));
        }
        let text = self
            .text_of(&canonical, MAX_RULE_BYTES)
            .map_err(|why| unreadable(written, &why))?;
        self.take_in(&text)?;
        let name = log::visible(&path.to_string_lossy(), 400);
        if self.add(path, Some(canonical), name, text, Role::Used) {
            Ok(self.files.len() - 1)
        } else {
            let message = format!("these rules have more than {} declarations", self.most_declarations);
            Err(too_many(message, "with this file"))
        }
    }

    /// The path that was meant, from where the command runs.
    fn path_of(&self, written: &Text, user: usize) -> Result<PathBuf, Refusal> {
        let relative = Path::new(&written.node);
        let forbidden = |message: String, help: &str| Refusal {
            code: Code::ForbiddenPath,
            message,
            label: "not a path that rules can use",
            help: Some(help.to_owned()),
        };
        if written.node.is_empty() {
            let help = "name a file: `use \"events.clause\"`, `holidays in \"holidays.txt\"`";
            return Err(forbidden("this names no file".to_owned(), help));
        }
        if written.node.contains(['\\', '\0']) {
            let message = format!("`{}` is not a path", log::visible(&written.node, 80));
            return Err(forbidden(message, "folders are separated by `/`"));
        }
        if written.node.contains("://") {
            let message = format!("`{}` is an address", log::visible(&written.node, 80));
            return Err(forbidden(
                message,
                "rules are read from files: name one as seen from the folder of this one",
            ));
        }
        if relative.has_root() || relative.is_absolute() {
            let message = format!("`{}` is an absolute path", log::visible(&written.node, 80));
            let help = "name the file as seen from the folder of this one, so that the rules can be moved together";
            return Err(forbidden(message, help));
        }
        let user = &self.files[user];
        let mut path = match &user.canonical {
            Some(_) => folder_of(&user.path).to_owned(),
            None => PathBuf::from("."),
        };
        if path == Path::new(".") {
            path = PathBuf::new();
        }
        for component in relative.components() {
            match component {
                Component::CurDir => {}
                // `a/..` is dropped from what people read; whatever is left over is judged by the canonical path.
                Component::ParentDir if matches!(path.components().next_back(), Some(Component::Normal(_))) => {
                    path.pop();
                }
                other => path.push(other),
            }
        }
        // Where nothing is there, nothing is said of what is beside it, so that a rule file cannot be used to look around.
        let nearest_there = path.ancestors().skip(1).find_map(|folder| {
            let folder = if folder == Path::new("") {
                Path::new(".")
            } else {
                folder
            };
            folder.canonicalize().ok()
        });
        if nearest_there.is_some_and(|folder| !folder.starts_with(&self.root)) {
            return Err(self.outside(written));
        }
        Ok(path)
    }

    fn outside(&self, written: &Text) -> Refusal {
        Refusal {
            code: Code::ForbiddenPath,
            message: format!("`{}` is outside of the rules' root", log::visible(&written.node, 80)),
            label: "leaves the root",
            help: Some(format!(
                "rule files can use what is in {}; `--rules-root` names another folder",
                log::visible(&self.root.to_string_lossy(), 200)
            )),
        }
    }

    fn cycle(&self, circle: &[usize]) -> Refusal {
        let name = |position: usize| log::visible(&self.files[position].path.to_string_lossy(), 200);
        let circle_names: Vec<String> = circle.iter().chain(circle.first()).map(|&at| name(at)).collect();
        let message = match circle {
            [_] => "this file uses itself".to_owned(),
            _ => format!("these files use one another in a circle: {}", circle_names.join(", ")),
        };
        Refusal {
            code: Code::Cycle,
            message,
            label: "closes the circle",
            help: Some("move what both need to a file of its own, and use that".to_owned()),
        }
    }
}

fn missing(written: &Text, path: &Path) -> Refusal {
    let folder = folder_of(path);
    let entries = fs::read_dir(folder).into_iter().flatten().take(MAX_ENTRIES);
    let names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let help = if folder.is_dir() {
        nearest(wanted, names.iter().map(String::as_str)).map(|near| {
            let start = written.node.rfind('/').map_or("", |at| &written.node[..=at]);
            format!("did you mean \"{}{near}\"?", log::visible(start, 80))
        })
    } else {
        let folder = log::visible(&folder.to_string_lossy(), 200);
        Some(format!("there is no folder {folder}"))
    };
    Refusal {
        code: Code::UnknownFile,
        message: format!("there is no file `{}`", log::visible(&path.to_string_lossy(), 200)),
        label: "not found",
        help,
    }
}

fn unreadable(written: &Spanned<String>, why: &str) -> Refusal {
    Refusal {
        code: Code::UnreadableFile,
        message: format!("`{}` cannot be read: {why}", log::visible(&written.node, 80)),
        label: "cannot be read",
        help: None,
    }
}

fn too_many(message: String, label: &'static str) -> Refusal {
    Refusal {
        code: Code::TooManyFiles,
        message,
        label,
        help: Some("join files, or give fewer of them to one run".to_owned()),
    }
}

/// The text of a used file, or why there is none. Only plain files are read: another kind could keep a run waiting without end.
fn read_used(path: &Path, most: usize) -> Result<String, String> {
    let about = fs::metadata(path).map_err(|error| error.to_string())?;
    if about.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if !about.is_file() {
        return Err("it is not a plain file".to_owned());
    }
    read_text(path, most).map_err(|error| match error {
        RulesError::Unreadable { cause, .. }
        | RulesError::Unwritable { cause, .. }
        | RulesError::Root { cause, .. } => cause.to_string(),
        RulesError::NotText { offset, .. } => format!("it is not text in UTF-8, from byte {offset} on"),
        RulesError::TooLarge { .. } | RulesError::TooManyDeclarations { .. } => {
            format!("it has more than {} MiB", most / 1024 / 1024)
        }
    })
}

pub(super) fn read_text(path: &Path, most: usize) -> Result<String, RulesError> {
    let unreadable = |cause| RulesError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let limit = most as u64 + 1;
    let mut bytes = Vec::new();
    if path == standard_input() {
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
    } else {
        let file = fs::File::open(path).map_err(unreadable)?;
        file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() > most {
        return Err(RulesError::TooLarge { path: path.to_owned() });
    }
    String::from_utf8(bytes).map_err(|error| RulesError::NotText {
        path: path.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}

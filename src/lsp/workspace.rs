//! The files of an editor: what is open counts as the editor has it, the rest as it is on disk.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use gen_lsp_types as lsp;
use url::Url;

use super::text::{Encoding, Lines, changed};
use crate::diagnostic::{Code, Diagnostic};
use crate::index::{Index, Symbol};
use crate::model::Model;
use crate::run::{Loaded, Rules, Unsaved};
use crate::source::{SourceId, SourceMap, Span};

/// How rule files are named.
const EXTENSION: &str = "clause";

/// How many rule files of the workspace are looked at, beside the open ones and those that they use.
const MAX_FILES: usize = 512;

/// How many entries of folders are looked at to find them.
const MAX_ENTRIES: usize = 20_000;

/// A file that the editor has open.
#[derive(Debug)]
pub(super) struct Document {
    /// As the client writes it.
    pub(super) uri: lsp::Uri,
    pub(super) version: i32,
}

/// A file with those that it uses, read and understood.
#[derive(Debug)]
pub(super) struct Analysis {
    pub(super) sources: SourceMap,
    pub(super) index: Index,
    pub(super) model: Option<Model>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where each file is, by the order of the sources.
    files: Vec<File>,
    /// Where a `use` names a file.
    pub(super) uses: Vec<(Span, SourceId)>,
    /// Whether a file that is used could not be read.
    lacks_files: bool,
}

#[derive(Debug)]
struct File {
    source: SourceId,
    path: PathBuf,
    lines: Lines,
    /// What told that the file on disk has not changed since; `None` for an unsaved text.
    stamp: Option<Stamp>,
}

type Stamp = (SystemTime, u64);

fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

impl Analysis {
    /// The file that was asked for.
    pub(super) fn main(&self) -> SourceId {
        self.files.first().map_or(SourceId::default(), |file| file.source)
    }

    pub(super) fn text(&self, source: SourceId) -> &str {
        self.sources.get(source).map_or("", |source| source.text())
    }

    fn file(&self, source: SourceId) -> Option<&File> {
        self.files.iter().find(|file| file.source == source)
    }

    pub(super) fn path(&self, source: SourceId) -> Option<&Path> {
        self.file(source).map(|file| file.path.as_path())
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    pub(super) fn holds(&self, path: &Path) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    pub(super) fn source_of(&self, path: &Path) -> Option<SourceId> {
        self.files.iter().find(|file| file.path == path).map(|file| file.source)
    }

    pub(super) fn range(&self, span: Span) -> lsp::Range {
        self.range_of(span.source, span.range())
    }

    pub(super) fn range_of(&self, source: SourceId, range: Range<usize>) -> lsp::Range {
        match self.file(source) {
            Some(file) => file.lines.range(self.text(source), range),
            None => lsp::Range::default(),
        }
    }

    /// The offset of a position in the file that was asked for.
    pub(super) fn offset(&self, position: lsp::Position) -> usize {
        match self.files.first() {
            Some(file) => file.lines.offset(self.text(file.source), position),
            None => 0,
        }
    }

    pub(super) fn offsets_in(&self, source: SourceId, range: lsp::Range) -> Range<usize> {
        match self.file(source) {
            Some(file) => file.lines.offsets(self.text(source), range),
            None => 0..0,
        }
    }
}

/// A place in a file, whatever was analysed to find it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) range: lsp::Range,
}

#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) encoding: Encoding,
    folders: Vec<PathBuf>,
    pub(super) open: BTreeMap<PathBuf, Document>,
    unsaved: Unsaved,
    analyses: HashMap<PathBuf, Rc<Analysis>>,
}

impl Workspace {
    pub(super) fn new(encoding: Encoding, folders: Vec<PathBuf>) -> Self {
        let folders = folders
            .into_iter()
            .map(|folder| folder.canonicalize().unwrap_or(folder));
        Workspace {
            encoding,
            folders: folders.collect(),
            open: BTreeMap::new(),
            unsaved: Unsaved::default(),
            analyses: HashMap::new(),
        }
    }

    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    pub(super) fn add_folder(&mut self, folder: PathBuf) {
        self.folders.push(folder.canonicalize().unwrap_or(folder));
        self.analyses.clear();
    }

    pub(super) fn remove_folder(&mut self, folder: &Path) {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        self.folders.retain(|known| *known != folder);
        self.analyses.clear();
    }

    /// Where a document is. One that is not of the file system, as an editor's new one, is told by a path that no file has.
    pub(super) fn path_of(&self, uri: &lsp::Uri) -> PathBuf {
        let on_disk = path_of(uri);
        if let Some(path) = on_disk {
            return resolved(&path);
        }
        let name: String = uri
            .0
            .chars()
            .map(|char| if char.is_alphanumeric() { char } else { '_' })
            .collect();
        let folder = self.folders.first().cloned().or_else(|| std::env::current_dir().ok());
        folder.unwrap_or_default().join(name)
    }

    /// How the client writes a file.
    pub(super) fn uri_of(&self, path: &Path) -> lsp::Uri {
        if let Some(document) = self.open.get(path) {
            return document.uri.clone();
        }
        let url = Url::from_file_path(path).map(String::from);
        lsp::Uri(url.unwrap_or_else(|()| path.to_string_lossy().into_owned()))
    }

    pub(super) fn opened(&mut self, uri: lsp::Uri, version: i32, text: String) -> PathBuf {
        let path = self.path_of(&uri);
        self.open.insert(path.clone(), Document { uri, version });
        self.set(&path, text);
        path
    }

    /// Takes in the changes of an open document.
    pub(super) fn edited(
        &mut self,
        uri: &lsp::Uri,
        version: i32,
        changes: Vec<lsp::TextDocumentContentChangeEvent>,
    ) -> Option<PathBuf> {
        let path = self.path_of(uri);
        self.open.get_mut(&path)?.version = version;
        let text = self.unsaved.get(&path)?.to_owned();
        self.set(&path, changed(text, changes, self.encoding));
        Some(path)
    }

    fn set(&mut self, path: &Path, text: String) {
        self.unsaved.insert(path.to_owned(), text);
        self.forget(path);
    }

    pub(super) fn closed(&mut self, uri: &lsp::Uri) -> PathBuf {
        let path = self.path_of(uri);
        self.open.remove(&path);
        self.unsaved.remove(&path);
        self.forget(&path);
        path
    }

    /// Drops what was understood of a file, and of those that use it or may use it.
    pub(super) fn forget(&mut self, path: &Path) {
        self.analyses
            .retain(|_, analysis| !analysis.lacks_files && !analysis.holds(path));
    }

    /// A file and those that it uses, as they are now.
    pub(super) fn analysis(&mut self, path: &Path) -> Option<Rc<Analysis>> {
        if let Some(known) = self.analyses.get(path)
            && known
                .files
                .iter()
                .all(|file| file.stamp.is_none() || stamp(&file.path) == file.stamp)
        {
            return Some(Rc::clone(known));
        }
        let analysis = Rc::new(analyse(path, self.root_of(path), &self.unsaved, self.encoding)?);
        self.analyses.insert(path.to_owned(), Rc::clone(&analysis));
        Some(analysis)
    }

    /// As the files would be with other texts, without any effect on what is known.
    pub(super) fn analysis_with(&self, path: &Path, texts: &BTreeMap<PathBuf, String>) -> Option<Analysis> {
        let mut unsaved = self.unsaved.clone();
        for (path, text) in texts {
            unsaved.insert(path.clone(), text.clone());
        }
        analyse(path, self.root_of(path), &unsaved, self.encoding)
    }

    /// The folder that used files must be in: that of the workspace, else that of the file.
    fn root_of(&self, path: &Path) -> Option<&Path> {
        let holding = self.folders.iter().filter(|folder| path.starts_with(folder));
        let nearest = holding.max_by_key(|folder| folder.as_os_str().len());
        nearest.map(PathBuf::as_path)
    }

    /// The rule files of the workspace and all that are open.
    pub(super) fn rule_files(&self) -> BTreeSet<PathBuf> {
        let is_passed_over = |entry: &walkdir::DirEntry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() > 0
                && entry.file_type().is_dir()
                && (name.starts_with('.') || matches!(&*name, "target" | "node_modules"))
        };
        let entries = self.folders.iter().flat_map(|folder| {
            let entries = walkdir::WalkDir::new(folder).into_iter();
            entries.filter_entry(move |entry| !is_passed_over(entry)).flatten()
        });
        // What links lead to is reached by its own path, or by a `use`.
        let mut found: BTreeSet<PathBuf> = entries
            .take(MAX_ENTRIES)
            .filter(|entry| entry.file_type().is_file())
            .map(walkdir::DirEntry::into_path)
            .filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION))
            .take(MAX_FILES)
            .collect();
        found.extend(self.open.keys().cloned());
        found
    }

    /// Every place that a symbol is written at: in the files that the analysed one uses, and in those that use what declares it.
    pub(super) fn places(&mut self, from: &Rc<Analysis>, symbol: &Symbol) -> BTreeSet<(Place, bool)> {
        let mut places = BTreeSet::new();
        for analysis in self.relatives(from, symbol) {
            for occurrence in analysis.index.occurrences_of(symbol) {
                if let Some(path) = analysis.path(occurrence.span.source) {
                    let place = Place {
                        path: path.to_owned(),
                        range: analysis.range(occurrence.span),
                    };
                    places.insert((place, occurrence.declares));
                }
            }
        }
        places
    }

    /// The analyses in which a symbol can be written: of the files that see one of its declarations.
    pub(super) fn relatives(&mut self, from: &Rc<Analysis>, symbol: &Symbol) -> Vec<Rc<Analysis>> {
        let mut relatives = vec![Rc::clone(from)];
        if symbol.is_local() {
            return relatives;
        }
        let mut declared = declared_in(from, symbol);
        let others: Vec<PathBuf> = self.rule_files().into_iter().collect();
        let mut others: Vec<Rc<Analysis>> = others.iter().filter_map(|path| self.analysis(path)).collect();
        // A file that sees one declaration may bring another one, which other files see.
        loop {
            let (seeing, rest): (Vec<_>, Vec<_>) = others
                .into_iter()
                .partition(|analysis| declared.iter().any(|path| analysis.holds(path)));
            if seeing.is_empty() {
                return relatives;
            }
            for analysis in &seeing {
                declared.extend(declared_in(analysis, symbol));
            }
            relatives.extend(seeing);
            others = rest;
        }
    }
}

fn declared_in(analysis: &Analysis, symbol: &Symbol) -> BTreeSet<PathBuf> {
    let declarations = analysis.index.declarations_of(symbol);
    declarations
        .filter_map(|declaration| analysis.path(declaration.name.source))
        .map(Path::to_owned)
        .collect()
}

fn analyse(path: &Path, root: Option<&Path>, unsaved: &Unsaved, encoding: Encoding) -> Option<Analysis> {
    let loaded = Loaded::read(&[path], root, unsaved).ok()?;
    let index = Index::new(&loaded.sources, &loaded.files);
    let rules = loaded.files.iter().zip(&loaded.paths).map(|(parsed, known)| {
        let known = known.clone().unwrap_or_else(|| path.to_owned());
        (parsed.source, known)
    });
    let files = rules.chain(loaded.lists.iter().cloned()).map(|(source, known)| {
        let text = loaded.sources.get(source).map_or("", |source| source.text());
        File {
            source,
            lines: Lines::of(text, encoding),
            stamp: match unsaved.get(&known) {
                Some(_) => None,
                None => stamp(&known),
            },
            path: known,
        }
    });
    let files = files.collect();
    let uses = loaded.uses.clone();
    let rules = Rules::build(loaded);
    let lacks_files = rules.diagnostics.iter().any(|diagnostic| {
        matches!(
            diagnostic.code,
            Code::UnknownFile | Code::UnreadableFile | Code::ForbiddenPath
        )
    });
    Some(Analysis {
        sources: rules.sources,
        index,
        model: rules.model,
        diagnostics: rules.diagnostics,
        files,
        uses,
        lacks_files,
    })
}

/// The path of a URI of the file system.
pub(super) fn path_of(uri: &lsp::Uri) -> Option<PathBuf> {
    let url = Url::parse(&uri.0).ok()?;
    if url.scheme() != "file" {
        return None;
    }
    url.to_file_path().ok()
}

/// A path with links followed, as far as there is something to follow.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(canonical) = path.canonicalize() {
        return canonical;
    }
    match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

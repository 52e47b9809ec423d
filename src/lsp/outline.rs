//! What a file holds: its symbols, what can be folded, and the lenses over its clauses.

use std::path::Path;

use gen_lsp_types as lsp;

use super::navigation::described;
use super::workspace::{Analysis, Workspace};
use crate::index::{Declaration, Symbol};

fn kind(symbol: &Symbol) -> Option<lsp::SymbolKind> {
    Some(match symbol {
        Symbol::Agreement(_) => lsp::SymbolKind::Package,
        Symbol::Party(_) => lsp::SymbolKind::Object,
        Symbol::Event(_) => lsp::SymbolKind::Event,
        Symbol::Field(..) => lsp::SymbolKind::Field,
        Symbol::State(_) => lsp::SymbolKind::Variable,
        Symbol::Reference(_) => lsp::SymbolKind::Constant,
        Symbol::Predicate(_) => lsp::SymbolKind::Function,
        Symbol::Template(_) => lsp::SymbolKind::Class,
        Symbol::Clause(..) => lsp::SymbolKind::Method,
        Symbol::Value(..) | Symbol::Key(_) | Symbol::Parameter(..) | Symbol::Binding(_) => return None,
    })
}

/// The declarations of a file, each with those that it holds.
pub(super) fn symbols(workspace: &mut Workspace, path: &Path) -> Vec<lsp::DocumentSymbol> {
    let Some(analysis) = workspace.analysis(path) else {
        return Vec::new();
    };
    let mut declarations: Vec<&Declaration> = analysis.index.declarations_in(analysis.main()).collect();
    // What holds another declaration starts before it.
    declarations.sort_by_key(|declaration| (declaration.whole.start, std::cmp::Reverse(declaration.whole.end)));
    let mut open: Vec<(u32, lsp::DocumentSymbol)> = Vec::new();
    let mut roots = Vec::new();
    for declaration in declarations {
        let Some(symbol) = symbol(&analysis, declaration) else {
            continue;
        };
        while open.last().is_some_and(|(end, _)| declaration.whole.start >= *end) {
            close(&mut open, &mut roots);
        }
        open.push((declaration.whole.end, symbol));
    }
    while !open.is_empty() {
        close(&mut open, &mut roots);
    }
    roots
}

/// Gives the innermost open symbol to the one that holds it.
fn close(open: &mut Vec<(u32, lsp::DocumentSymbol)>, roots: &mut Vec<lsp::DocumentSymbol>) {
    let Some((_, symbol)) = open.pop() else { return };
    match open.last_mut() {
        Some((_, holder)) => holder.children.get_or_insert_default().push(symbol),
        None => roots.push(symbol),
    }
}

#[expect(deprecated, reason = "the type has a field that clients no longer read")]
fn symbol(analysis: &Analysis, declaration: &Declaration) -> Option<lsp::DocumentSymbol> {
    let title = declaration.title.clone();
    let ty = declaration.thing.value().map(ToString::to_string);
    Some(lsp::DocumentSymbol {
        name: analysis.sources.snippet(declaration.name).to_owned(),
        detail: title.or(match declaration.symbol {
            Symbol::Field(..) | Symbol::State(_) | Symbol::Reference(_) => ty,
            _ => None,
        }),
        kind: kind(&declaration.symbol)?,
        tags: None,
        deprecated: None,
        range: analysis.range(declaration.whole),
        selection_range: analysis.range(declaration.name),
        children: None,
    })
}

/// How many symbols of the workspace are given at most.
const MOST: usize = 256;

/// The declarations of all rule files whose names hold what was typed.
pub(super) fn workspace_symbols(workspace: &mut Workspace, query: &str) -> Vec<lsp::WorkspaceSymbol> {
    let query = query.to_lowercase();
    let mut found = Vec::new();
    for path in workspace.rule_files() {
        let Some(analysis) = workspace.analysis(&path) else {
            continue;
        };
        for declaration in analysis.index.declarations_in(analysis.main()) {
            let name = analysis.sources.snippet(declaration.name);
            let matches = contains_in_order(&name.to_lowercase(), &query);
            if let (true, Some(kind)) = (matches, kind(&declaration.symbol)) {
                found.push(lsp::WorkspaceSymbol {
                    location: lsp::WorkspaceSymbolLocation::Location(lsp::Location {
                        uri: workspace.uri_of(&path),
                        range: analysis.range(declaration.name),
                    }),
                    data: None,
                    base_symbol_information: lsp::BaseSymbolInformation {
                        name: name.to_owned(),
                        kind,
                        tags: None,
                        container_name: Some(described(&declaration.symbol, &declaration.thing)),
                    },
                });
            }
            if found.len() >= MOST {
                return found;
            }
        }
    }
    found
}

/// Whether a text has the letters of a query, in their order.
fn contains_in_order(text: &str, query: &str) -> bool {
    let mut letters = text.chars();
    query.chars().all(|wanted| letters.any(|letter| letter == wanted))
}

/// What can be folded: whatever has braces over several lines, and comments of several lines.
pub(super) fn folding(workspace: &mut Workspace, path: &Path) -> Vec<lsp::FoldingRange> {
    let Some(analysis) = workspace.analysis(path) else {
        return Vec::new();
    };
    let source = analysis.main();
    let text = analysis.text(source);
    let mut found = Vec::new();
    let mut open = Vec::new();
    for token in crate::syntax::tokens(text) {
        match &text[token.clone()] {
            "{" => open.push(token.start),
            "}" => {
                if let Some(start) = open.pop() {
                    let range = analysis.range_of(source, start..token.start);
                    // The line of the closing bracket stays in sight.
                    fold(range.start.line, range.end.line.saturating_sub(1), None, &mut found);
                }
            }
            _ => {}
        }
    }
    let mut comment: Option<(u32, u32)> = None;
    for (number, line) in (0_u32..).zip(text.lines()) {
        if line.trim_start().starts_with('#') {
            comment = Some((comment.map_or(number, |(start, _)| start), number));
        } else if let Some((start, end)) = comment.take() {
            fold(start, end, Some(lsp::FoldingRangeKind::Comment), &mut found);
        }
    }
    if let Some((start, end)) = comment {
        fold(start, end, Some(lsp::FoldingRangeKind::Comment), &mut found);
    }
    found
}

fn fold(start_line: u32, end_line: u32, kind: Option<lsp::FoldingRangeKind>, found: &mut Vec<lsp::FoldingRange>) {
    if start_line < end_line {
        found.push(lsp::FoldingRange {
            start_line,
            start_character: None,
            end_line,
            end_character: None,
            kind,
            collapsed_text: None,
        });
    }
}

//! What stands at a place, in words.

use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use gen_lsp_types as lsp;

use super::navigation::described;
use super::workspace::{Analysis, Workspace};
use crate::index::{Declaration, Symbol, Thing};
use crate::model::{Opening, Strength};
use crate::source::{SourceId, Span};
use crate::time::{Date, Duration, Instant, Zone};
use crate::value::Type;

/// What to say of the place at a position.
pub(super) fn hover(workspace: &mut Workspace, path: &Path, position: lsp::Position) -> Option<lsp::Hover> {
    let analysis = workspace.analysis(path)?;
    let source = analysis.main();
    let offset = analysis.offset(position);
    let (text, range) = match analysis.index.at(source, offset) {
        Some(occurrence) => (symbol(&analysis, &occurrence.symbol)?, occurrence.span.range()),
        None => literal(&analysis, source, offset)?,
    };
    Some(lsp::Hover {
        contents: lsp::Contents::MarkupContent(lsp::MarkupContent {
            kind: lsp::MarkupKind::Markdown,
            value: text,
        }),
        range: Some(analysis.range_of(source, range)),
    })
}

/// What is known of a name: its declaration, its title, the comment above it, and what it means.
pub(super) fn symbol(analysis: &Analysis, symbol: &Symbol) -> Option<String> {
    let declaration = analysis.index.declarations_of(symbol).next()?;
    let mut out = String::new();
    if let Symbol::Clause(..) | Symbol::Agreement(_) = symbol {
        let _ = writeln!(out, "{}", described(symbol, &declaration.thing));
    } else {
        let shown = match symbol {
            Symbol::Binding(_) => described_binding(analysis, declaration),
            _ => analysis.sources.snippet(declaration.whole).trim_end().to_owned(),
        };
        let _ = writeln!(out, "```servanda\n{}\n```", unindented(&shown));
        if let Symbol::Field(..) | Symbol::Value(..) | Symbol::Parameter(..) | Symbol::Key(_) = symbol {
            let _ = writeln!(out, "\n{}", described(symbol, &declaration.thing));
        }
    }
    if let Some(title) = &declaration.title {
        let _ = writeln!(out, "\n**{title}**");
    }
    let comment = comment_above(analysis.text(declaration.whole.source), declaration.whole);
    if !comment.is_empty() {
        let _ = writeln!(out, "\n{comment}");
    }
    match symbol {
        Symbol::Clause(..) => clause(analysis, declaration, &mut out),
        Symbol::Agreement(name) => agreement(analysis, name, &mut out),
        Symbol::Field(..) => units(&declaration.thing, &mut out),
        Symbol::Value(of, name) if of.ordered => {
            let position = of.names.iter().position(|known| known == name).unwrap_or(0) + 1;
            let _ = writeln!(out, "\n{position} of {}, lowest first", of.names.len());
        }
        _ => {}
    }
    Some(out)
}

fn described_binding(analysis: &Analysis, declaration: &Declaration) -> String {
    let name = analysis.sources.snippet(declaration.name);
    match &declaration.thing {
        Thing::Event(kinds) => {
            let shown = kinds.iter().map(|kind| {
                let declared = analysis.index.declarations_of(&Symbol::Event(kind.clone())).next();
                declared.map_or(kind.as_str(), |declared| {
                    analysis.sources.snippet(declared.whole).trim_end()
                })
            });
            format!("{name}: {}", shown.collect::<Vec<_>>().join("\nor "))
        }
        Thing::Value(ty) => format!("{name}: {ty}"),
        Thing::EventType | Thing::Money | Thing::Untyped => name.to_owned(),
    }
}

fn units(thing: &Thing, out: &mut String) {
    let said = match thing.value() {
        Some(Type::Money(currency)) => format!("amounts in {currency}; another currency in a log is an error"),
        Some(Type::Duration) => "exact lengths of time: hours, minutes and seconds".to_owned(),
        Some(Type::Instant) => "instants with an offset from UTC".to_owned(),
        Some(Type::Number) => "numbers with at most 9 decimals".to_owned(),
        _ => return,
    };
    let _ = writeln!(out, "\n{said}");
}

/// The lines of a declaration without the indentation that they share.
fn unindented(text: &str) -> String {
    let rest = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let shared = rest.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("");
    lines.fold(first.to_owned(), |mut out, line| {
        out.push('\n');
        out.push_str(line.get(shared..).unwrap_or(""));
        out
    })
}

/// The comment in the lines right above a declaration.
fn comment_above(text: &str, whole: Span) -> String {
    let before = text.get(..whole.start as usize).unwrap_or("");
    let above = &before[..before.rfind('\n').map_or(0, |at| at + 1)];
    let mut lines: Vec<&str> = above
        .lines()
        .rev()
        .map(str::trim)
        .take_while(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim())
        .collect();
    lines.reverse();
    lines.join("\n")
}

/// A clause in plain words, with what its words come to.
fn clause(analysis: &Analysis, declaration: &Declaration, out: &mut String) {
    let Some(model) = &analysis.model else { return };
    let written = |span: Span| {
        let words: Vec<&str> = analysis.sources.snippet(span).split_whitespace().collect();
        words.join(" ")
    };
    // A clause of a template is in the model once for each agreement that applies it: the first one is shown.
    let Some(clause) = model.clauses.iter().find(|clause| clause.span == declaration.name) else {
        return;
    };
    let agreement = model.agreement(clause.agreement);
    match &clause.opening {
        Opening::Standing => out.push_str("\n- holds over the term of the agreement\n"),
        Opening::Trigger { trigger, .. } => {
            let first = trigger.patterns().map(|pattern| pattern.span).min();
            if let (Some(first), Some(duty)) = (first, clause.duties.first()) {
                let opening = Span {
                    end: duty.span.start,
                    ..first
                };
                let _ = writeln!(out, "\n- opened by `{}`", written(opening));
            }
        }
    }
    for (position, duty) in clause.duties.iter().enumerate() {
        let strength = match duty.strength {
            Strength::Binding => "binding: a breach fails a run",
            Strength::BestEffort => "best effort: a breach is shown, and fails no run",
            Strength::Aim => "an aim: recorded when reached, never broken",
            Strength::Permission => "a permission: nothing is owed",
        };
        let lead = if position == 0 { "" } else { "a breach is repaired if " };
        let _ = writeln!(out, "- {lead}`{}`", written(duty.span));
        let _ = writeln!(out, "  - {strength}");
        for note in timings(analysis.text(duty.span.source), duty.span, &agreement.zone) {
            let _ = writeln!(out, "  - {note}");
        }
    }
    for waiver in &clause.waivers {
        let _ = writeln!(out, "- released by `{}`", written(waiver.span));
    }
    for cited in &clause.cites {
        let _ = writeln!(out, "- cites {cited}");
    }
}

fn agreement(analysis: &Analysis, name: &str, out: &mut String) {
    let Some(model) = &analysis.model else { return };
    let Some(agreement) = model.agreements.iter().find(|agreement| agreement.name == name) else {
        return;
    };
    let show = |instant: Instant| agreement.zone.show(instant).to_string();
    let term = match (agreement.start, agreement.end) {
        (Some(start), Some(end)) => format!("in force from {}, until before {}", show(start), show(end)),
        (Some(start), None) => format!("in force from {} on, without end", show(start)),
        (None, _) => "always in force".to_owned(),
    };
    let _ = writeln!(out, "\n- {term}");
    let _ = writeln!(out, "- days are counted in {}", agreement.zone.name());
    let parties: Vec<&str> = agreement
        .parties
        .iter()
        .map(|party| model.party(*party).title.as_str())
        .collect();
    let _ = writeln!(out, "- between {}", parties.join(", "));
}

/// What the durations and days in a stretch of text come to.
fn timings(text: &str, span: Span, zone: &Zone) -> Vec<String> {
    let mut notes = Vec::new();
    let mut at = span.start as usize;
    while let Some((note, range)) = next_time(text, at, span.end as usize, zone) {
        at = range.end;
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

fn next_time(text: &str, from: usize, until: usize, zone: &Zone) -> Option<(String, Range<usize>)> {
    let stretch = text.get(from..until)?;
    crate::syntax::tokens(stretch)
        .filter(|token| stretch[token.clone()].starts_with(|char: char| char.is_ascii_digit()))
        .find_map(|token| time_at(text, from + token.start, zone))
}

/// What a duration or a day at an offset comes to, and where it stands.
fn literal(analysis: &Analysis, source: SourceId, offset: usize) -> Option<(String, Range<usize>)> {
    let text = analysis.text(source);
    time_at(text, offset, &zone_at(analysis, source, offset))
}

fn time_at(text: &str, offset: usize, zone: &Zone) -> Option<(String, Range<usize>)> {
    day_at(text, offset, zone).or_else(|| duration_at(text, offset, zone))
}

fn day_at(text: &str, offset: usize, zone: &Zone) -> Option<(String, Range<usize>)> {
    let part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '+' | ':' | '.');
    let start = text
        .get(..offset)?
        .rfind(|char| !part(char))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let end = text[offset..]
        .find(|char| !part(char))
        .map_or(text.len(), |at| offset + at);
    let word = text.get(start..end)?;
    if let Ok(date) = word.parse::<Date>() {
        let (from, to) = (zone.show(zone.start_of(date)), zone.show(zone.end_of(date)));
        return Some((
            format!("{word} in {}: from {from} until before {to}", zone.name()),
            start..end,
        ));
    }
    let instant = word.parse::<Instant>().ok()?;
    Some((format!("{word}: {} in {}", zone.show(instant), zone.name()), start..end))
}

fn duration_at(text: &str, offset: usize, zone: &Zone) -> Option<(String, Range<usize>)> {
    let tokens: Vec<Range<usize>> = {
        // A duration is on one line or on a few: those around are enough.
        let start = text
            .get(..offset)?
            .char_indices()
            .rev()
            .nth(200)
            .map_or(0, |(at, _)| at);
        let end = text[offset..]
            .char_indices()
            .nth(200)
            .map_or(text.len(), |(at, _)| offset + at);
        crate::syntax::tokens(&text[start..end])
            .map(|token| start + token.start..start + token.end)
            .collect()
    };
    let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.clone()]);
    let pair = |at: usize| -> Option<Duration> {
        let count: u64 = word(at).replace('_', "").parse().ok()?;
        Duration::of_unit(count, word(at + 1))?.ok()
    };
    let here = tokens
        .iter()
        .position(|token| token.start <= offset && offset <= token.end && !text[token.clone()].is_empty())?;
    let mut first = [here, here.checked_sub(1)?]
        .into_iter()
        .find(|&at| pair(at).is_some())
        .or_else(|| pair(here).map(|_| here))?;
    while first >= 2 && pair(first - 2).is_some() {
        first -= 2;
    }
    let mut sum = Duration::default();
    let mut last = first;
    while let Some(part) = pair(last) {
        sum = sum.plus(part).ok()?;
        last += 2;
    }
    let range = tokens.get(first)?.start..tokens.get(last - 1)?.end;
    let note = if sum.is_exact() {
        let seconds = sum.nanoseconds() / 1_000_000_000;
        format!("{sum}: exact, {seconds} seconds; the last instant is included")
    } else {
        format!(
            "{sum}: counted on the calendar of {}, whatever the length of its days",
            zone.name()
        )
    };
    Some((note, range))
}

/// The zone of the agreement around an offset, else of the first one of the file.
fn zone_at(analysis: &Analysis, source: SourceId, offset: usize) -> Zone {
    let agreements: Vec<&Declaration> = analysis
        .index
        .declarations_in(source)
        .filter(|declaration| matches!(declaration.symbol, Symbol::Agreement(_)))
        .collect();
    let around = agreements
        .iter()
        .find(|agreement| agreement.whole.range().contains(&offset))
        .or(agreements.first());
    let named = around.and_then(|agreement| {
        let held = analysis.sources.snippet(agreement.whole);
        let mut tokens = crate::syntax::tokens(held);
        tokens.find(|token| &held[token.clone()] == "zone")?;
        let quoted = tokens.next()?;
        Zone::named(held[quoted].trim_matches('"')).ok()
    });
    named.unwrap_or_else(Zone::utc)
}

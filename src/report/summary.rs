//! The summary table: how the instances of each clause came out.

use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle};

use super::findings::Findings;
use super::quilt::wrapped;
use super::style::Style;
use crate::model::{AgreementId, ClauseId, Model, Strength};
use crate::verdict::{Judgement, Tally, stages};

/// The summary of a judgement: one table per agreement, and one line on the whole.
pub fn summary(findings: &Findings<'_>, judgement: &Judgement) -> String {
    let Findings { model, style, .. } = *findings;
    let mut parts = Vec::new();
    for (position, agreement) in model.agreements.iter().enumerate() {
        let id = AgreementId(u32::try_from(position).unwrap_or(u32::MAX));
        let rows: Vec<(ClauseId, &Tally)> = judgement
            .tallies()
            .filter(|(clause, _)| model.clause(*clause).agreement == id)
            .collect();
        if rows.is_empty() {
            continue;
        }
        let as_of = agreement.zone.show(judgement.as_of);
        let title = style.strong(&agreement.title);
        let mut lines = vec![title, format!("as of {as_of} ({})", agreement.zone.name())];
        let stages = stages(model, id, judgement);
        lines.extend(stages.iter().map(|stage| {
            let text = format!("{} ({})", stage.text, findings.place(stage.by.origin));
            wrapped(&text, style.width)
        }));
        parts.push(lines.join("\n"));
        parts.push(table(model, id, &rows, style));
    }
    parts.push(last_line(model, judgement, style));
    parts.join("\n\n")
}

struct Column {
    title: &'static str,
    count: fn(&Tally) -> u64,
    always: bool,
    colour: Color,
}

const COLUMNS: [Column; 7] = [
    Column {
        title: "met",
        count: |tally| tally.met,
        always: true,
        colour: Color::Green,
    },
    Column {
        title: "violated",
        count: |tally| tally.violated,
        always: true,
        colour: Color::Red,
    },
    Column {
        title: "repaired",
        count: |tally| tally.repaired,
        always: false,
        colour: Color::Yellow,
    },
    Column {
        title: "excused",
        count: |tally| tally.excused,
        always: false,
        colour: Color::Yellow,
    },
    Column {
        title: "unknown",
        count: |tally| tally.unknown,
        always: false,
        colour: Color::Magenta,
    },
    Column {
        title: "waived",
        count: |tally| tally.waived,
        always: false,
        colour: Color::Blue,
    },
    Column {
        title: "open",
        count: |tally| tally.open,
        always: true,
        colour: Color::Cyan,
    },
];

fn table(model: &Model, agreement: AgreementId, rows: &[(ClauseId, &Tally)], style: Style) -> String {
    let zone = &model.agreement(agreement).zone;
    let columns: Vec<&Column> = COLUMNS
        .iter()
        .filter(|column| column.always || rows.iter().any(|(_, tally)| (column.count)(tally) > 0))
        .collect();
    let mut table = plain_table(style);
    let titles = columns.iter().map(|column| column.title.to_owned());
    let header = std::iter::once("clause".to_owned())
        .chain(titles)
        .chain(["next due".to_owned()]);
    table.set_header(header);
    let nothing = if style.unicode { "·" } else { "." };
    for (clause, tally) in rows {
        let clause = model.clause(*clause);
        let mut cells = vec![Cell::new(&clause.name)];
        cells.extend(columns.iter().map(|column| match (column.count)(tally) {
            0 => Cell::new(nothing),
            count => Cell::new(count).fg(column.colour),
        }));
        cells.push(Cell::new(match (tally.is_vacuous(), tally.next_due) {
            (true, _) => "vacuous".to_owned(),
            (false, Some(due)) => zone.show_briefly(due.edge()),
            (false, None) => String::new(),
        }));
        table.add_row(cells);
    }
    drawn(table, columns.len())
}

/// A table with a rule under its header and nothing else drawn.
pub(super) fn plain_table(style: Style) -> Table {
    let mut table = Table::new();
    let rule = if style.unicode { '─' } else { '-' };
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill(rule).junction(rule)))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    if style.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

/// The text of a table whose columns behind the first are numbers, so many of them.
pub(super) fn drawn(mut table: Table, numbers: usize) -> String {
    for position in 1..=numbers {
        if let Some(column) = table.column_mut(position) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

fn last_line(model: &Model, judgement: &Judgement, style: Style) -> String {
    let sum = |count: fn(&Tally) -> u64| judgement.tallies().map(|(_, tally)| count(tally)).sum::<u64>();
    let by_strength = |binding: bool| {
        let tallies = judgement.tallies().filter(|(clause, _)| {
            let duty = model.clause(*clause).duties.first();
            duty.is_some_and(|duty| (duty.strength == Strength::Binding) == binding)
        });
        tallies.map(|(_, tally)| tally.violated - tally.known).sum::<u64>()
    };
    let vacuous = judgement.tallies().filter(|(_, tally)| tally.is_vacuous()).count();
    let mut words = vec![match by_strength(true) {
        0 => style.tinted("no violation", 2),
        1 => style.tinted("1 violation", 1),
        many => style.tinted(&format!("{many} violations"), 1),
    }];
    match judgement.at_risk() {
        0 => {}
        count => words.push(style.tinted(&format!("{count} at risk"), 1)),
    }
    let mut say = |count: u64, one: &str, many: &str| match count {
        0 => {}
        1 => words.push(format!("1 {one}")),
        more => words.push(format!("{more} {many}")),
    };
    say(by_strength(false), "best effort not kept", "best efforts not kept");
    say(
        sum(|tally| tally.known),
        "known and not counted",
        "known and not counted",
    );
    say(sum(|tally| tally.repaired), "repaired", "repaired");
    say(sum(|tally| tally.waived), "waived", "waived");
    say(sum(|tally| tally.excused), "excused", "excused");
    say(sum(|tally| tally.unknown), "unknown", "unknown");
    say(sum(|tally| tally.met), "met", "met");
    say(sum(|tally| tally.open), "open", "open");
    say(vacuous as u64, "clause vacuous", "clauses vacuous");
    words.join(", ")
}

//! CSV: a header and one row for each event.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::blocks::{BLOCK_BYTES, Block, Blocks, Piece};
use super::csv_cells::{Cell, cells};
use super::line_ends::RowEnds;
use super::passing::Passing;
use super::pieces::{Decoder, Decoders, Next, Pieces, Taker};
use super::plain_cells::{PlainCells, RowForm};
use super::problem::{Problem, ProblemKind, quoted};
use super::reader::{Outcome, too_long};
use super::record::{Schema, TIME, TYPE};
use super::row::Row;
use super::stream::Stream;
use super::written::Pair;
use super::{InputError, InputId, Inputs, Limits, Origin};

/// A log of comma-separated values. Blank lines are passed over, and an empty cell is an absent value.
pub(super) struct CsvRows<'m> {
    blocks: Blocks,
    rows: RowTaker,
    schema: Schema<'m>,
    header: Header,
}

enum Header {
    Unread,
    /// The names of the columns.
    Columns(Arc<Columns>),
    /// Without its header the log says nothing.
    Unusable,
}

/// More columns than any person gives a table. Rows are taken apart up to here.
const MAX_COLUMNS: usize = 10_000;

/// The names of columns; `None` for a column without use that shares its name with one before.
type Columns = Vec<Option<String>>;

/// Makes records of rows.
pub(super) struct RowDecoder<'m> {
    rows: RowTaker,
    schema: Schema<'m>,
    columns: Arc<Columns>,
    quick: Option<Row<'m>>,
    form: RowForm,
}

/// Takes rows from blocks, which go on over line ends inside quotes.
struct RowTaker {
    ends: RowEnds,
    limits: Limits,
    /// Whether quotes are in the present block.
    has_quotes: bool,
    /// How many bytes the block has from its next quote on; more than are left of it, where that has to be looked for.
    quoted: usize,
}

/// What is taken from a block.
enum Taken<'b> {
    /// A row with its place.
    Row(&'b str, Origin),
    /// What is wrong with one that cannot be taken apart.
    Broken(Vec<Problem>),
    /// Blank lines, which are none.
    Nothing,
}

impl RowTaker {
    fn new(limits: Limits) -> Self {
        RowTaker {
            ends: RowEnds::new(limits),
            limits,
            has_quotes: false,
            quoted: 0,
        }
    }

    fn begin(&mut self, block: &mut Block) {
        block.begin();
        self.has_quotes = block.has(b'"');
        self.quoted = if self.has_quotes { usize::MAX } else { 0 };
    }

    /// What comes before the next quote in the rows that are left of the block.
    #[inline]
    fn before_quote<'b>(&mut self, rows: &'b str) -> &'b str {
        if rows.len() < self.quoted {
            let quote = memchr::memchr(b'"', rows.as_bytes());
            self.quoted = quote.map_or(0, |quote| rows.len() - quote);
        }
        rows.get(..rows.len() - self.quoted).unwrap_or_default()
    }

    /// What follows; `None` at the end of the block.
    #[inline]
    fn next<'b>(&mut self, block: &'b mut Block) -> Option<Taken<'b>> {
        let (row, origin) = if self.has_quotes {
            block.next(|line| self.ends.goes_on(line))?
        } else {
            block.next_line()?
        };
        // Blocks end where rows do, so that nothing follows.
        let is_unclosed = self.ends.is_open();
        self.ends.restart();
        Some(if origin.length > self.limits.record_bytes {
            Taken::Broken(vec![too_long(origin, self.limits)])
        } else if row.is_blank() {
            Taken::Nothing
        } else {
            match row.text(origin) {
                row if is_unclosed => Taken::Broken(vec![unclosed(row.ok(), origin)]),
                Ok(row) => Taken::Row(row, origin),
                Err(problems) => Taken::Broken(problems),
            }
        })
    }
}

fn unclosed(row: Option<&str>, origin: Origin) -> Problem {
    let problem = Problem::new(
        ProblemKind::NotARecord,
        "a quote is not closed before the log ends",
        origin,
    )
    .help("close the cell with a quote; inside quotes, a quote is written twice");
    match row.and_then(|row| cells(row).last()) {
        Some(cell) => problem.at(cell.range.start..cell.range.start + 1, "opened here"),
        None => problem,
    }
}

impl<'m> CsvRows<'m> {
    pub(super) fn new(stream: Stream, input: InputId, schema: Schema<'m>, limits: Limits) -> Self {
        CsvRows {
            blocks: Blocks::of_rows(stream, input, limits, BLOCK_BYTES),
            rows: RowTaker::new(limits),
            schema,
            header: Header::Unread,
        }
    }

    /// Reads the header, if it is in a block.
    fn read_header(&mut self, block: &mut Block) -> Result<(), Vec<Problem>> {
        self.rows.begin(block);
        while matches!(self.header, Header::Unread)
            && let Some(taken) = self.rows.next(block)
        {
            let columns = match taken {
                Taken::Row(row, origin) => columns(&self.schema, row, origin),
                Taken::Broken(problems) => Err(problems),
                Taken::Nothing => continue,
            };
            match columns {
                Ok(columns) => self.header = Header::Columns(Arc::new(columns)),
                Err(problems) => {
                    self.header = Header::Unusable;
                    return Err(problems);
                }
            }
        }
        Ok(())
    }
}

impl<'m> Pieces<'m> for CsvRows<'m> {
    type Piece = Block;
    type Decoder = RowDecoder<'m>;

    fn next(&mut self, mut done: Option<Block>) -> Result<Option<Next<Block>>, InputError> {
        loop {
            if matches!(self.header, Header::Unusable) {
                return Ok(None);
            }
            let mut block = match self.blocks.next(done.take())? {
                None => return Ok(None),
                Some(Piece::Block(block)) => block,
                Some(Piece::TooLong(origin)) => {
                    if matches!(self.header, Header::Unread) {
                        self.header = Header::Unusable;
                    }
                    return Ok(Some(Next::Outcome(Err(vec![too_long(origin, self.rows.limits)]))));
                }
            };
            if matches!(self.header, Header::Unread) {
                if let Err(problems) = self.read_header(&mut block) {
                    return Ok(Some(Next::Outcome(Err(problems))));
                }
                if matches!(self.header, Header::Unread) {
                    done = Some(block);
                    continue;
                }
            }
            block.leave_taken();
            return Ok(Some(Next::Piece(block)));
        }
    }

    fn decoders(&self) -> Decoders<'m, RowDecoder<'m>> {
        let (schema, limits) = (self.schema.clone(), self.rows.limits);
        let columns = match &self.header {
            Header::Columns(columns) => Arc::clone(columns),
            Header::Unread | Header::Unusable => Arc::default(),
        };
        Arc::new(move || RowDecoder::new(schema.clone(), Arc::clone(&columns), limits))
    }

    fn weight(block: &Block) -> usize {
        block.bytes()
    }

    fn position(&self) -> u64 {
        self.blocks.position()
    }
}

impl<'m> RowDecoder<'m> {
    fn new(schema: Schema<'m>, columns: Arc<Columns>, limits: Limits) -> Self {
        let names: Vec<Option<&str>> = columns.iter().map(Option::as_deref).collect();
        RowDecoder {
            form: RowForm {
                columns: columns.len(),
                most_bytes: limits.record_bytes,
            },
            rows: RowTaker::new(limits),
            quick: schema.row(&names),
            schema,
            columns,
        }
    }

    /// What a row comes to that was taken from its block.
    fn outcome(&mut self, row: &str, origin: Origin, is_tried: bool) -> Outcome {
        let is_quick = !is_tried && memchr::memchr(b'"', row.as_bytes()).is_none();
        let quick = self.quick.as_mut().filter(|_| is_quick);
        match quick.and_then(|quick| quick.record(&mut PlainCells::new(row, self.form), origin)) {
            Some(record) => Ok(record),
            None => event(&self.schema, &self.columns, row, origin),
        }
    }
}

impl Decoder<Block> for RowDecoder<'_> {
    fn begin(&mut self, block: &mut Block) {
        self.rows.begin(block);
    }

    fn decode(&mut self, block: &mut Block, taker: &mut impl Taker) -> ControlFlow<()> {
        loop {
            let lines = self.quick.as_mut().zip(block.lines());
            let is_tried = lines.is_some();
            if let Some((quick, (rows, start))) = lines {
                let before_quote = self.rows.before_quote(rows);
                // The last row before a quote goes on with it.
                let are_whole = before_quote.len() == rows.len() || before_quote.ends_with('\n');
                let mut passing = Passing::new(start, taker.span(), usize::MAX);
                let flow = plain(quick, self.form, (before_quote, are_whole), &mut passing, taker);
                passing.end(block, taker);
                flow?;
            }
            let outcome = match self.rows.next(block) {
                Some(Taken::Row(row, origin)) => self.outcome(row, origin, is_tried),
                Some(Taken::Broken(problems)) => Err(problems),
                Some(Taken::Nothing) => continue,
                None => return ControlFlow::Continue(()),
            };
            taker.take(outcome)?;
        }
    }
}

/// The columns that a header names, or everything that is wrong with it.
fn columns(schema: &Schema<'_>, row: &str, origin: Origin) -> Result<Columns, Vec<Problem>> {
    let cells: Vec<Cell<'_>> = cells(row).take(MAX_COLUMNS + 1).collect();
    if cells.len() > MAX_COLUMNS {
        let message = format!("the header has more than {MAX_COLUMNS} columns");
        return Err(vec![Problem::new(ProblemKind::ColumnCount, message, origin)]);
    }
    let names = || cells.iter().map(|cell| cell.text.trim());
    let other_separator = [(';', "semicolons"), ('\t', "tabs")]
        .into_iter()
        .find(|&(separator, _)| row.contains(separator) && !row.contains(','));
    let otherwise = match other_separator {
        Some((_, separators)) => {
            format!("the columns seem to be separated by {separators}: separate them by commas")
        }
        None => format!("the first line names the columns, and `{TIME}` and `{TYPE}` are among them"),
    };
    let mut problems = schema.columns_lacking("header", &names(), origin, &otherwise);
    let mut seen = foldhash::HashSet::default();
    let mut columns = Vec::with_capacity(cells.len());
    for cell in &cells {
        let name = cell.text.trim();
        let is_first = seen.insert(name);
        if !is_first && schema.knows(name) {
            let message = format!("the header names {} twice", quoted(name));
            let problem = Problem::new(ProblemKind::DuplicateKey, message, origin)
                .at(cell.range.clone(), "named before")
                .help("give every column a name of its own");
            problems.push(problem);
        }
        columns.push(is_first.then(|| name.to_owned()));
    }
    if problems.is_empty() {
        Ok(columns)
    } else {
        Err(problems)
    }
}

/// Hands over the records of rows without quotes, up to one with which something is wrong or out of the ordinary. The last row is left, unless all are
/// whole, since it may go on behind them. Breaks if no more are wanted.
#[inline]
fn plain(
    quick: &mut Row<'_>,
    form: RowForm,
    (rows, are_whole): (&str, bool),
    passing: &mut Passing,
    taker: &mut impl Taker,
) -> ControlFlow<()> {
    while let Some(text) = passing.rest(rows).filter(|text| !text.is_empty()) {
        let mut cells = PlainCells::new(text, form);
        let start = passing.origin();
        let Some(record) = quick.record(&mut cells, start) else {
            break;
        };
        let taken = cells.taken();
        if taken == text.len() && !are_whole {
            break;
        }
        passing.record(record, taken, taker)?;
    }
    ControlFlow::Continue(())
}

/// The record of a row, or what is wrong with it.
fn event(schema: &Schema<'_>, columns: &[Option<String>], row: &str, origin: Origin) -> Outcome {
    let mut pairs = Vec::with_capacity(columns.len());
    let (mut found, mut extra) = (0, None);
    for cell in cells(row) {
        let Some(column) = columns.get(found) else {
            extra = Some(cell);
            break;
        };
        found += 1;
        if let Some(name) = column {
            pairs.push(Pair {
                key: Cow::Borrowed(name.as_str()),
                key_range: cell.range.clone(),
                value: cell,
            });
        }
    }
    if let Some(extra) = extra {
        let message = format!(
            "the row has more cells than the header has columns, which are {}",
            columns.len()
        );
        let problem = Problem::new(ProblemKind::ColumnCount, message, origin)
            .at(extra.range.start..row.len(), "of no column")
            .help("put a cell that has a comma in it into quotes");
        return Err(vec![problem]);
    }
    if found < columns.len() {
        let message = format!("the row has {found} of {} cells", columns.len());
        let problem = Problem::new(ProblemKind::ColumnCount, message, origin)
            .help("write a comma for every column, and nothing between two where there is no value");
        return Err(vec![problem]);
    }
    schema.record(&pairs, origin)
}

/// A longer header is not kept to find columns by.
const MAX_SHOWN_HEADER: u32 = 1024 * 1024;

/// The header of a log; `None` if it has none that can be read.
pub(super) fn header(inputs: &Inputs, input: InputId) -> Result<Option<String>, InputError> {
    let limits = Limits {
        record_bytes: MAX_SHOWN_HEADER,
        ..Limits::default()
    };
    let mut blocks = Blocks::of_rows(inputs.stream(input)?, input, limits, BLOCK_BYTES);
    let mut rows = RowTaker::new(limits);
    while let Some(Piece::Block(mut block)) = blocks.next(None)? {
        rows.begin(&mut block);
        while let Some(taken) = rows.next(&mut block) {
            match taken {
                Taken::Row(row, _) => return Ok(Some(row.to_owned())),
                Taken::Broken(_) => return Ok(None),
                Taken::Nothing => {}
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::amend::Record;
    use crate::log::fixture::{
        START, events, found_in, inputs, model, outcomes, outcomes_within, problem, problems, shown,
    };
    use crate::log::line_ends::end_of;
    use crate::log::{Asked, Format};

    const HEADER: &str = "time,type,id,against,kind,between";

    #[test]
    fn rows_become_events() {
        let text = "\u{feff}type ,\"time\",id,against,kind,between,unused\r\n\
            attack,2024-07-08T10:00:00Z,\"A, \"\"7\"\"\",UA,threat,,x\r\n\
            \r\n\
            consultation,2024-07-08T11:00:00Z,,,,US; UA;US,\r\n";
        let events = events(text, Format::Csv);
        assert_eq!(shown(&events[0], "id").as_deref(), Some("\"A, \\\"7\\\"\""));
        assert_eq!(shown(&events[0], "against").as_deref(), Some("UA"));
        assert_eq!(shown(&events[1], "between").as_deref(), Some("[US, UA]"));
        assert_eq!(shown(&events[1], "topics"), None);
        assert_eq!([events[0].origin.line, events[1].origin.line], [2, 4]);
    }

    #[test]
    fn a_cell_can_hold_line_ends() {
        let text =
            format!("{HEADER}\n2024-07-08T10:00:00Z,attack,\"A\r\n7\",UA,threat,\n2024-07-08T10:00:00Z,ping,,,,\n");
        let events = events(&text, Format::Csv);
        assert_eq!(shown(&events[0], "id").as_deref(), Some("\"A\\r\\n7\""));
        assert_eq!([events[0].origin.line, events[1].origin.line], [2, 4]);
    }

    #[test]
    fn an_empty_cell_is_an_absent_value() {
        let (problem, _) = problem(
            &format!("{HEADER}\n2024-07-08T10:00:00Z,attack,a,\"\",threat,\n"),
            Format::Csv,
        );
        assert_eq!(problem.kind, ProblemKind::MissingField);
        assert_eq!(
            problem.message,
            "the record has no value for `against`, which `attack` needs"
        );
    }

    #[test]
    fn the_header_names_time_and_type() {
        let header = |header: &str| {
            let text = format!("{header}\n2024-07-08T10:00:00Z,ping\n2024-07-08T10:00:00Z,ping\n");
            let (problem, _) = problem(&text, Format::Csv);
            assert_eq!(problem.kind, ProblemKind::MissingColumn);
            assert_eq!(problem.origin.line, 1);
            (problem.message, problem.help.unwrap())
        };
        assert_eq!(
            header("time,event"),
            (
                "the header has no column `type`".to_owned(),
                "the header has `event`: rename it to `type`".to_owned()
            )
        );
        assert_eq!(
            header("tme,type"),
            (
                "the header has no column `time`".to_owned(),
                "the header has `tme`: did you mean `time`?".to_owned()
            )
        );
        let found = problems("2024-07-08T10:00:00Z,ping\n", Format::Csv);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].help.as_deref(),
            Some("the first line names the columns, and `time` and `type` are among them")
        );
        let found = problems("time;type\n", Format::Csv);
        assert_eq!(
            found[0].help.as_deref(),
            Some("the columns seem to be separated by semicolons: separate them by commas")
        );
        assert!(events("", Format::Csv).is_empty());
    }

    #[test]
    fn a_column_named_twice_is_a_problem_where_it_matters() {
        let (problem, underlined) = problem("time,type,id,id\n2024-07-08T10:00:00Z,ping,,\n", Format::Csv);
        assert_eq!(problem.kind, ProblemKind::DuplicateKey);
        assert_eq!(problem.message, "the header names `id` twice");
        assert_eq!(underlined, "id");
        assert_eq!(
            events("time,type,,\n2024-07-08T10:00:00Z,ping,,\n", Format::Csv).len(),
            1
        );
    }

    #[test]
    fn a_row_has_a_cell_for_every_column() {
        let text =
            "time,type,remark\n2024-07-08T10:00:00Z,ping,\n2024-07-08T10:00:00Z,ping,a, b\n2024-07-08T10:00:00Z,ping\n";
        let outcomes = outcomes(text, Format::Csv);
        assert!(outcomes[0].is_ok());
        let wide = &outcomes[1].as_ref().unwrap_err()[0];
        assert_eq!(wide.kind, ProblemKind::ColumnCount);
        assert_eq!(
            wide.message,
            "the row has more cells than the header has columns, which are 3"
        );
        assert_eq!(
            wide.help.as_deref(),
            Some("put a cell that has a comma in it into quotes")
        );
        let narrow = &outcomes[2].as_ref().unwrap_err()[0];
        assert_eq!(narrow.message, "the row has 2 of 3 cells");
    }

    #[test]
    fn the_cell_that_is_wrong_is_underlined() {
        let text = format!("{HEADER}\n2024-07-08T10:00:00Z,attack,a,\"XX\",threat,\n");
        let (wrong, underlined) = problem(&text, Format::Csv);
        assert_eq!(wrong.kind, ProblemKind::UnknownValue);
        assert_eq!(underlined, "\"XX\"");
        let text = format!("{HEADER}\n2024-07-08T10:00:00Z,consultation,,,,\"US; XX\"\n");
        let (_, underlined) = problem(&text, Format::Csv);
        assert_eq!(underlined, "XX");
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told_where_it_opens() {
        let text = format!("{HEADER}\n2024-07-08T10:00:00Z,attack,\"a,UA,threat,\n2024-07-08T10:00:00Z,ping,,,,\n");
        let (problem, underlined) = problem(&text, Format::Csv);
        assert_eq!(problem.message, "a quote is not closed before the log ends");
        assert_eq!(problem.origin.line, 2);
        assert_eq!(underlined, "\"");
    }

    #[test]
    fn a_row_that_is_too_long_is_passed_over() {
        let ping = "2024-07-08T10:00:00Z,ping,,,,\n";
        let lines = "y\n".repeat(10_000);
        let text = format!("{HEADER}\n{ping}2024-07-08T10:00:00Z,ping,\"{lines}");
        let limits = Limits {
            record_bytes: 10_000,
            ..Limits::default()
        };
        let outcomes = outcomes_within(&text, Format::Csv, limits);
        assert!(outcomes[0].is_ok());
        let problem = &outcomes[1].as_ref().unwrap_err()[0];
        assert_eq!(problem.kind, ProblemKind::RecordTooLong);
        assert_eq!(problem.origin.line, 3);
        // Each of the lines that follow is taken for a row.
        assert!(outcomes.len() > 2);
    }

    #[test]
    fn rows_that_are_not_utf8_are_told() {
        let text = [HEADER.as_bytes(), b"\n2024-07-08T10:00:00Z,ping,\xff,,,\n"].concat();
        let problem = problems(&text, Format::Csv).remove(0);
        assert_eq!(problem.kind, ProblemKind::InvalidUtf8);
        assert_eq!(problem.range, Some(26..27));
    }

    #[test]
    fn very_many_columns_are_refused() {
        let text = format!("time,type{}\n", ",".repeat(1_000_000));
        let problem = problems(&text, Format::Csv).remove(0);
        assert_eq!(problem.kind, ProblemKind::ColumnCount);
        assert_eq!(problem.message, "the header has more than 10000 columns");
    }

    /// Cells as logs have them, and others, without quotes.
    const CELLS: &[&str] = &[
        "",
        " ",
        "US",
        " US ",
        "UX",
        "US; UA",
        "threat",
        "mid",
        "a text of more than twenty-four bytes",
        "100 USD",
        "1e3  USD",
        "-0.5",
        " 7 ",
        "true",
        " false",
        "TRUE",
        "2024-07-08T10:00:00+03:00",
        "2024-07-08 10:00:00Z",
        "2024-07-08",
        "72 hours",
        "\u{a0}",
        "é",
        "a,b",
    ];

    const NAMES: &[&str] = &[
        "time", "type", "id", "against", "kind", "between", "amount", "remark", "count", "done", "since", "day",
        "notice", "level", "numbers",
    ];

    const FORM: RowForm = RowForm {
        columns: NAMES.len(),
        most_bytes: 1000,
    };

    fn row() -> impl Strategy<Value = String> {
        let time = prop_oneof![
            4 => Just("2024-07-08T10:00:00Z"),
            1 => prop::sample::select(CELLS),
        ];
        let kind = prop::sample::select(
            &[
                "ping",
                "attack",
                "consultation",
                "funding",
                "mixed",
                " ping",
                "pong",
                "",
            ][..],
        );
        // Of the fields, those that have the names of parties and variants mostly have one.
        let known = |cell: &'static str| prop_oneof![3 => Just(cell), 1 => prop::sample::select(CELLS)];
        let others = prop::collection::vec(prop::sample::select(CELLS), NAMES.len() - 5 + 1);
        let number = prop_oneof![8 => Just(NAMES.len()), 1 => 0..NAMES.len() + 2];
        (time, kind, known("a"), known("US"), known("threat"), others, number).prop_map(
            |(time, kind, id, against, which, others, number)| {
                let mut cells = vec![time, kind, id, against, which];
                cells.extend(others);
                cells.truncate(number);
                cells.join(",")
            },
        )
    }

    /// Rows with quotes, in which no line ends.
    fn quoted_row() -> impl Strategy<Value = String> {
        let remark = prop::sample::select(&["\"\"", "\"a,b\"", "\"a\"\"b\"", "a\"b", "\"a\"b"][..]);
        let empty = prop::sample::select(&[7_usize, 7, 7, 6, 8][..]);
        (remark, empty).prop_map(|(remark, empty)| {
            let (before, behind) = ("2024-07-08T10:00:00Z,funding,,,,,100 USD", ",".repeat(empty));
            format!("{before},{remark}{behind}")
        })
    }

    #[test]
    fn the_limit_holds_for_all_lines_of_a_row_together() {
        let limits = Limits {
            record_bytes: 40,
            ..Limits::default()
        };
        let ping = "2024-07-08T10:00:00Z,ping,";
        for end in ["\n", "\r\n"] {
            let rows = [
                format!("{ping}\"0123{end}89\""),
                format!("{ping}\"0123456789{end}8901"),
                ping.to_owned(),
            ];
            let text = format!("time,type,remark{end}{}{end}", rows.join(end));
            let found = outcomes_within(&text, Format::Csv, limits);
            let lines = found.iter().map(|outcome| match outcome {
                Ok(record) => (record.origin().line, None),
                Err(problems) => (problems[0].origin.line, Some(problems[0].kind)),
            });
            let too_long = Some(ProblemKind::RecordTooLong);
            assert_eq!(lines.collect::<Vec<_>>(), [(2, None), (4, too_long), (6, None)]);
        }
    }

    fn remarks() -> impl Strategy<Value = String> {
        const CELLS: &[&str] = &["", "a", "é", "\"b\nc\"", "\"d\"\"e\r\nf\"", "\",\"", "a\"b"];
        let cell = prop::sample::select(CELLS);
        let end = prop::sample::select(&["\n", "\r\n", "\n\n"][..]);
        (cell.clone(), cell, end).prop_map(|(one, two, end)| format!("2024-07-08T10:00:00Z,ping,{one},{two}{end}"))
    }

    const TWO_REMARKS: &str = "time,type,one,two\n";

    proptest! {
        #[test]
        fn rows_are_where_the_csv_crate_finds_them(rows in prop::collection::vec(remarks(), 0..12)) {
            let text = format!("{TWO_REMARKS}{}", rows.concat());
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            // Between a carriage return and its line feed it takes a row to begin already.
            let begins = |byte: u64| byte + u64::from(text.as_bytes()[usize::try_from(byte).unwrap()] == b'\n');
            let expected = reader.records().map(|row| begins(row.unwrap().position().unwrap().byte()));
            let found = events(&text, Format::Csv);
            prop_assert_eq!(
                found.iter().map(|event| event.origin.offset).collect::<Vec<_>>(),
                expected.collect::<Vec<_>>()
            );
        }

        #[test]
        fn blocks_and_threads_change_nothing(
            head in prop::sample::select(&[TWO_REMARKS, "\n \ntime,type,\"on\ne\",two\r\n", "time,\"type\n", "time\n", ""][..]),
            rows in prop::collection::vec(
                prop_oneof![
                    8 => remarks(),
                    1 => Just("x,\"open\n".to_owned()),
                    1 => Just(format!("{},ping,\"{}\n\",\n", "2024-07-08T10:00:00Z", "y".repeat(300))),
                    1 => Just(" \n".to_owned()),
                ],
                0..20,
            ),
            size in 1_usize..500,
            helpers in 0_usize..3,
        ) {
            let (text, model) = (format!("{head}{}", rows.concat()), model());
            let inputs = inputs(&text, Format::Csv);
            let limits = Limits { record_bytes: 250, ..Limits::default() };
            let read = |size: usize, helpers: Option<usize>| {
                let (input, schema) = (InputId(0), Schema::new(&Asked::all(&model), None));
                let rows = CsvRows {
                    blocks: Blocks::of_rows(inputs.stream(input).unwrap(), input, limits, size),
                    ..CsvRows::new(inputs.stream(input).unwrap(), input, schema, limits)
                };
                found_in(rows, helpers)
            };
            let whole = read(BLOCK_BYTES, None);
            prop_assert_eq!(&read(size, None), &whole);
            prop_assert_eq!(&read(size, Some(helpers)), &whole);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_short_way_says_nothing_else_than_the_long_one(
            rows in prop::collection::vec(row(), 1..4),
            order in prop_oneof![Just((0..NAMES.len()).collect::<Vec<_>>()), Just((0..NAMES.len()).collect()).prop_shuffle()],
            all in any::<bool>(),
        ) {
            let model = model();
            let schema = Schema::new(&Asked::only(&model, |kind| all || kind.index() == 1), None);
            let names: Vec<Option<&str>> = order.iter().map(|at| Some(NAMES[*at])).collect();
            let columns: Columns = names.iter().map(|name| name.map(str::to_owned)).collect();
            let mut quick = schema.row(&names).unwrap();
            for row in &rows {
                let cells: Vec<&str> = row.split(',').collect();
                let there = order.iter().filter_map(|at| cells.get(*at));
                let row = there.chain(cells.iter().skip(NAMES.len())).copied().collect::<Vec<_>>().join(",");
                let length = u32::try_from(row.len()).unwrap();
                let mut cells = PlainCells::new(&row, FORM);
                let Some(record) = quick.record(&mut cells, START) else { continue };
                let taken = cells.taken();
                let long = event(&schema, &columns, &row, Origin { length, ..START });
                // Nobody looks at the cells of what is passed over.
                let is_uncounted = matches!(record, Record::Unasked { .. }) && long.is_err();
                prop_assert!(is_uncounted || format!("{:?}", Ok::<_, ()>(record)) == format!("{long:?}"), "{long:?}");
                prop_assert_eq!(taken, row.len());
            }
        }

        #[test]
        fn a_log_comes_to_what_its_rows_come_to_on_the_long_way(
            rows in prop::collection::vec((prop_oneof![5 => row(), 1 => quoted_row()], prop::sample::select(&["\n", "\r\n", "\n \n", "\r\r\n"][..])), 0..8),
            is_whole in any::<bool>(),
        ) {
            let (model, limits) = (model(), Limits { record_bytes: 120, ..Limits::default() });
            let schema = Schema::new(&Asked::all(&model), None);
            let rows = rows.iter().flat_map(|(row, end)| [row.as_str(), end]).collect::<String>();
            let rows = if is_whole { rows.as_str() } else { rows.trim_end_matches('\n') };
            let columns: Columns = NAMES.iter().map(|name| Some((*name).to_owned())).collect();
            let header = format!("{}\n", NAMES.join(","));
            let (mut origin, mut expected) = (Origin { offset: header.len() as u64, ..START }, Vec::new());
            for line in rows.split_inclusive('\n') {
                origin.line += 1;
                let row = &line[..line.len() - end_of(line.as_bytes())];
                origin.length = u32::try_from(row.len()).unwrap();
                if origin.length > limits.record_bytes {
                    expected.push(Err(vec![too_long(origin, limits)]));
                } else if !row.trim_ascii().is_empty() {
                    expected.push(event(&schema, &columns, row, origin));
                }
                origin.offset += line.len() as u64;
            }
            let inputs = inputs(&format!("{header}{rows}"), Format::Csv);
            let found = CsvRows::new(inputs.stream(InputId(0)).unwrap(), InputId(0), schema, limits);
            let expected: Vec<String> = expected.iter().map(|outcome| format!("{outcome:?}")).collect();
            prop_assert_eq!(found_in(found, None), expected);
        }
    }

    #[test]
    fn what_is_common_in_logs_takes_the_short_way() {
        let model = model();
        let schema = Schema::new(&Asked::all(&model), None);
        let names: Vec<Option<&str>> = NAMES.iter().map(|name| Some(*name)).collect();
        let mut quick = schema.row(&names).unwrap();
        for row in [
            "2024-07-08T10:00:00Z,ping,,,,,,,,,,,,,",
            "2024-07-08T10:00:00.5+03:00,attack,a text,US,threat,,,,,,,,,,",
            "2024-07-08T10:00:00Z,consultation,,,,US; UA,,,,,,,,,",
            "2024-07-08T10:00:00Z,funding,,,,,100 USD,é,,,,,,,",
            "2024-07-08T10:00:00Z,mixed,,,,,,,-1.5,true,2024-07-08T10:00:00Z,2024-02-29,72 hours,mid,1; 2",
        ] {
            let mut cells = PlainCells::new(row, FORM);
            assert!(quick.record(&mut cells, START).is_some(), "{row}");
        }
    }
}

//! Tables: batches of rows in columns, a row for each record.
//!
//! What parquet and arrow files have in common. Only the columns that are needed are read: those that the rules or the map know, and of Parquet,
//! until something is wrong with a record, not those that only records have of which nobody asks for more than their instant and their type. A
//! record is shown as the line of JSON that would say the same with the columns that are known, and places within it are those of that line.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema as Columns;

use super::passing::Passing;
use super::pieces::{Decoder, Decoders, Next, Pieces, Taker};
use super::problem::{Problem, ProblemKind, quoted};
use super::reader::{Outcome, too_long};
use super::record::{Schema, TIME, TYPE};
use super::row::Row;
use super::rows::{Batch, RowCells, is_longer};
use super::table_cells::{line, pairs};
use super::visible::visible;
use super::{InputError, InputId, Limits, Origin};
use crate::diagnostic::list;

/// Batches of rows of one log.
pub(super) trait Batches {
    /// The next batch; `None` at the end.
    fn next(&mut self) -> Result<Option<RecordBatch>, InputError>;

    /// Whether records have columns that are shown of them, and are not read because they are not needed.
    fn is_narrow(&self) -> bool {
        false
    }

    /// Goes to a row, counted from 0, and from there on gives all columns that are shown of a record.
    fn widen(&mut self, _row: u64) -> Result<(), InputError> {
        Ok(())
    }

    /// Bytes consumed so far.
    fn position(&self) -> u64;
}

/// A log whose records are the rows of a table.
pub(super) struct Table<'m, B> {
    batches: B,
    /// What is left of the batch that was read last.
    rest: Option<TableRows>,
    /// Rows given out so far.
    rows: u64,
    input: InputId,
    schema: Schema<'m>,
    limits: Limits,
    /// What is wrong with the columns, before it is told.
    broken: Vec<Problem>,
    is_over: bool,
}

/// Rows that follow one another.
pub(super) struct TableRows {
    rows: RecordBatch,
    /// Made ready, once they are decoded.
    ready: Option<Batch>,
    /// The next one of them.
    at: usize,
    /// Roughly, the bytes of one.
    row_bytes: usize,
    /// The position of the first one in the table, counted from 0.
    start: u64,
}

/// Makes records of rows.
pub(super) struct RowDecoder<'m> {
    schema: Schema<'m>,
    limits: Limits,
    input: InputId,
    short: Short<'m>,
}

/// The short way.
enum Short<'m> {
    /// The columns of the batches are not known yet.
    Unknown,
    /// Where there is none.
    None,
    Row(Box<Row<'m>>),
}

/// What is to be read of a table.
pub(super) struct Selection {
    /// Positions of the columns that the rules or the map know: they are shown of a record.
    pub(super) columns: Vec<usize>,
    /// Those of them that are needed to read the records.
    pub(super) needed: Vec<usize>,
    /// The names of all columns, those that are known first.
    names: Vec<String>,
    broken: Vec<Problem>,
}

impl Selection {
    /// The columns that the rules or the map know, and what is wrong with them.
    pub(super) fn new(schema: &Schema<'_>, columns: &Columns, input: InputId) -> Self {
        let names = || columns.fields().iter().map(|field| field.name().as_str());
        let origin = origin(input, 0);
        let known: Vec<String> = names().map(|name| visible(name, 60)).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let otherwise = format!(
            "its columns are {}: a map says which of them stand for `{TIME}` and `{TYPE}`",
            list(&known, 12)
        );
        let mut broken = schema.columns_lacking("table", &names(), origin, &otherwise);
        let mut selection = Selection {
            columns: Vec::new(),
            needed: Vec::new(),
            names: Vec::new(),
            broken: Vec::new(),
        };
        let mut unknown = Vec::new();
        let mut seen = foldhash::HashSet::default();
        for (at, name) in names().enumerate() {
            if !schema.knows(name) {
                unknown.push(name.to_owned());
            } else if seen.insert(name) {
                selection.names.push(name.to_owned());
                selection.columns.push(at);
                if schema.needs(name) {
                    selection.needed.push(at);
                }
            } else {
                let message = format!("the table has two columns {}", quoted(name));
                let problem = Problem::new(ProblemKind::DuplicateKey, message, origin);
                broken.push(problem.help("give every column a name of its own"));
            }
        }
        selection.names.append(&mut unknown);
        selection.broken = broken;
        selection
    }
}

/// So many rows that the work for each piece does not count, and so few that their records stay in the caches.
const PIECE_ROWS: usize = 1024;

impl<'m, B: Batches> Table<'m, B> {
    pub(super) fn new(batches: B, input: InputId, schema: Schema<'m>, selection: Selection, limits: Limits) -> Self {
        Table {
            batches,
            rest: None,
            rows: 0,
            input,
            schema: schema.of_table(selection.names),
            limits,
            broken: selection.broken,
            is_over: false,
        }
    }
}

impl TableRows {
    fn new(rows: RecordBatch, start: u64) -> Self {
        TableRows {
            row_bytes: rows.get_array_memory_size() / rows.num_rows().max(1),
            ready: None,
            at: 0,
            rows,
            start,
        }
    }

    /// The first rows, and the others.
    fn split(&self, most: usize) -> (TableRows, TableRows) {
        let count = self.rows.num_rows().min(most);
        let part = |from: usize, count: usize| TableRows {
            rows: self.rows.slice(from, count),
            ready: None,
            at: 0,
            row_bytes: self.row_bytes,
            start: self.start + from as u64,
        };
        (part(0, count), part(count, self.rows.num_rows() - count))
    }
}

impl<'m, B: Batches> Pieces<'m> for Table<'m, B> {
    type Piece = TableRows;
    type Decoder = RowDecoder<'m>;

    fn next(&mut self, _done: Option<TableRows>) -> Result<Option<Next<TableRows>>, InputError> {
        if self.is_over {
            return Ok(None);
        }
        if !self.broken.is_empty() {
            self.is_over = true;
            return Ok(Some(Next::Outcome(Err(std::mem::take(&mut self.broken)))));
        }
        let batch = loop {
            match self.rest.take() {
                Some(batch) if batch.rows.num_rows() > 0 => break batch,
                _ => match self.batches.next()? {
                    Some(rows) => self.rest = Some(TableRows::new(rows, self.rows)),
                    None => return Ok(None),
                },
            }
        };
        let (piece, rest) = batch.split(PIECE_ROWS);
        self.rows = rest.start;
        self.rest = Some(rest);
        Ok(Some(Next::Piece(piece)))
    }

    fn decoders(&self) -> Decoders<'m, RowDecoder<'m>> {
        let (schema, limits, input) = (self.schema.clone(), self.limits, self.input);
        Arc::new(move || RowDecoder {
            schema: schema.clone(),
            limits,
            input,
            short: Short::Unknown,
        })
    }

    fn weight(piece: &TableRows) -> usize {
        piece.row_bytes.saturating_mul(piece.rows.num_rows())
    }

    fn is_narrow(&self) -> bool {
        self.batches.is_narrow()
    }

    fn widen(&mut self, from: Origin) -> Result<(), InputError> {
        self.rest = None;
        self.rows = from.offset;
        self.batches.widen(from.offset)
    }

    fn position(&self) -> u64 {
        self.batches.position()
    }
}

impl Decoder<TableRows> for RowDecoder<'_> {
    fn begin(&mut self, piece: &mut TableRows) {
        self.short.know(&self.schema, &piece.rows);
        piece.ready.get_or_insert_with(|| Batch::new(piece.rows.clone()));
        piece.at = 0;
    }

    fn decode(&mut self, piece: &mut TableRows, taker: &mut impl Taker) -> ControlFlow<()> {
        /// Rows are counted instead of bytes.
        const LENGTH: usize = 1;
        let Some(batch) = &piece.ready else {
            return ControlFlow::Continue(());
        };
        let is_short = batch.longest() <= self.limits.record_bytes as usize;
        let mut short = match &mut self.short {
            Short::Row(short) if is_short => Some(short),
            _ => None,
        };
        let start = origin(self.input, piece.start + piece.at as u64);
        let mut passing = Passing::new(start, taker.span(), LENGTH);
        while piece.at < batch.rows().num_rows() {
            let row = piece.at;
            piece.at += 1;
            let origin = passing.origin();
            let short = short.as_mut();
            match short.and_then(|short| short.record(&mut RowCells { batch, row }, origin)) {
                Some(record) => passing.record(record, LENGTH, taker)?,
                None => {
                    let outcome = long(&self.schema, batch.rows(), row, origin, self.limits);
                    passing.take(outcome, LENGTH, taker)?;
                }
            }
        }
        passing.hand_on(taker);
        ControlFlow::Continue(())
    }
}

impl<'m> Short<'m> {
    fn know(&mut self, schema: &Schema<'m>, batch: &RecordBatch) {
        if matches!(self, Short::Unknown) {
            let fields = batch.schema_ref().fields();
            let names: Vec<Option<&str>> = fields.iter().map(|field| Some(field.name().as_str())).collect();
            *self = schema.row(&names).map_or(Short::None, |row| Short::Row(Box::new(row)));
        }
    }
}

/// What a row comes to on the long way.
fn long(schema: &Schema<'_>, batch: &RecordBatch, row: usize, origin: Origin, limits: Limits) -> Outcome {
    if is_longer(batch, row, limits) {
        return Err(vec![too_long(origin, limits)]);
    }
    schema.record(&pairs(batch, row), origin)
}

/// The place of a row: rows are counted, and their lengths are nothing that a file says.
fn origin(input: InputId, row: u64) -> Origin {
    Origin {
        input,
        line: row + 1,
        offset: row,
        length: 0,
    }
}

/// The texts of some rows: those at the given positions, in their order, of all that the batches have.
pub(super) fn lines(mut batches: impl Batches, rows: &[u64], limits: Limits) -> Result<Vec<String>, InputError> {
    let mut lines = Vec::with_capacity(rows.len());
    let mut start = 0;
    while lines.len() < rows.len()
        && let Some(batch) = batches.next()?
    {
        let end = start + batch.num_rows() as u64;
        while let Some(&row) = rows.get(lines.len())
            && row < end
        {
            let at = usize::try_from(row.saturating_sub(start)).unwrap_or(usize::MAX);
            lines.push(if is_longer(&batch, at, limits) {
                TOO_LONG.to_owned()
            } else {
                line(&batch, at, None).0
            });
        }
        start = end;
    }
    Ok(lines)
}

/// What stands for a record that is longer than the limit.
const TOO_LONG: &str = "(too long to be shown)";

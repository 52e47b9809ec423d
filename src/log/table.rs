//! Tables: batches of rows in columns, a row for each record.
//!
//! What parquet and arrow files have in common. Only the columns that are needed are read: those that the rules or the map know, and of Parquet,
//! until something is wrong with a record, not those that only records have of which nobody asks for more than their instant and their type. A
//! record is shown as the line of JSON that would say the same with the columns that are known, and places within it are those of that line.

use arrow_array::RecordBatch;
use arrow_schema::Schema as Columns;

use super::problem::{Problem, ProblemKind, quoted};
use super::reader::{Outcome, Reader, too_long};
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

    /// Goes to a row, counted from 0, and from there on gives all columns that are shown of a record, those too that are not needed for it.
    /// Whether there are such columns; else nothing is done.
    fn widen(&mut self, row: u64) -> Result<bool, InputError>;

    /// Bytes consumed so far.
    fn position(&self) -> u64;
}

/// Reads the rows of a table as records.
pub(super) struct TableReader<'m, B> {
    batches: B,
    batch: Option<Batch>,
    /// The next row of the batch.
    at: usize,
    /// Rows read so far.
    rows: u64,
    input: InputId,
    schema: Schema<'m>,
    limits: Limits,
    short: Short<'m>,
    /// What is wrong with the columns, before it is told.
    broken: Vec<Problem>,
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

impl<'m, B: Batches> TableReader<'m, B> {
    pub(super) fn new(batches: B, input: InputId, schema: Schema<'m>, selection: Selection, limits: Limits) -> Self {
        TableReader {
            batches,
            batch: None,
            at: 0,
            rows: 0,
            input,
            schema: schema.of_table(selection.names),
            limits,
            short: Short::Unknown,
            broken: selection.broken,
        }
    }
}

impl<B: Batches> Reader for TableReader<'_, B> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        if !self.broken.is_empty() {
            self.batch = None;
            self.at = usize::MAX;
            return Ok(Some(Err(std::mem::take(&mut self.broken))));
        }
        if self.at == usize::MAX {
            return Ok(None);
        }
        loop {
            let Some(batch) = self.batch.as_ref().filter(|batch| self.at < batch.rows().num_rows()) else {
                self.at = 0;
                self.batch = self.batches.next()?.map(Batch::new);
                match &self.batch {
                    None => return Ok(None),
                    Some(batch) => self.short.know(&self.schema, batch.rows()),
                }
                continue;
            };
            let origin = origin(self.input, self.rows);
            let is_short = batch.longest() <= self.limits.record_bytes as usize;
            let mut cells = RowCells { batch, row: self.at };
            let record = match &mut self.short {
                Short::Row(row) if is_short => row.record(&mut cells, origin),
                _ => None,
            };
            let outcome = match record {
                Some(record) => Ok(record),
                None => long(&self.schema, batch.rows(), self.at, origin, self.limits),
            };
            // A record with which something is wrong is shown.
            if outcome.is_err() && self.batches.widen(self.rows)? {
                self.batch = None;
                self.short = Short::Unknown;
                continue;
            }
            self.at += 1;
            self.rows += 1;
            return Ok(Some(outcome));
        }
    }

    fn position(&self) -> u64 {
        self.batches.position()
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

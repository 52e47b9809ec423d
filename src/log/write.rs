//! Events as records of a log.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::columns::{ColumnWriter, Stored};
use super::record::{TIME, TYPE};
use super::{Event, Format};
use crate::model::Model;
use crate::time::Zone;
use crate::value::{Type, Value};

/// An event as a line of JSON, without a line end; its instants are written with the offsets of a zone.
pub fn json_line(model: &Model, event: &Event, zone: &Zone) -> String {
    let mut line = String::new();
    let record = Record { model, event, zone };
    record.json(&mut line);
    line
}

/// Writes a log in any format, record by record.
pub struct LogWriter<'m, W: Write + Send> {
    model: &'m Model,
    zone: Zone,
    sheet: Sheet<W>,
    line: String,
    records: u64,
}

enum Sheet<W: Write + Send> {
    Jsonl(W),
    Json(W),
    Yaml(W),
    Csv(Box<csv::Writer<W>>, Vec<String>),
    Columns(Box<ColumnWriter<W>>),
}

impl<'m, W: Write + Send> LogWriter<'m, W> {
    /// Begins a log. A table has a column for each field of each declared type, with those of one name in one column.
    ///
    /// # Errors
    /// What cannot be written, and a format that is only read.
    pub fn new(model: &'m Model, zone: &Zone, format: Format, out: W) -> io::Result<Self> {
        let sheet = match format {
            Format::Jsonl => Sheet::Jsonl(out),
            Format::Json => Sheet::Json(out),
            Format::Yaml => Sheet::Yaml(out),
            Format::Csv => {
                let mut columns: Vec<String> = vec![TIME.to_owned(), TYPE.to_owned()];
                for field in model.events.iter().flat_map(|event| &event.fields) {
                    if !columns.contains(&field.name) {
                        columns.push(field.name.clone());
                    }
                }
                let mut table = csv::Writer::from_writer(out);
                table.write_record(&columns)?;
                Sheet::Csv(Box::new(table), columns)
            }
            Format::Parquet => Sheet::Columns(Box::new(ColumnWriter::new(model, Stored::Parquet, out)?)),
            Format::Arrow => Sheet::Columns(Box::new(ColumnWriter::new(model, Stored::Arrow, out)?)),
            Format::Xes | Format::Ocel => {
                let message = format!(
                    "no log is written as {}: choose jsonl, json, csv, yaml, parquet or arrow",
                    format.name()
                );
                return Err(io::Error::new(io::ErrorKind::Unsupported, message));
            }
        };
        Ok(LogWriter {
            model,
            zone: zone.clone(),
            sheet,
            line: String::new(),
            records: 0,
        })
    }

    /// Writes one event.
    ///
    /// # Errors
    /// What cannot be written, and what the format has no way to say: an empty text or set in a table.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        let record = Record {
            model: self.model,
            event,
            zone: &self.zone,
        };
        self.line.clear();
        self.records += 1;
        match &mut self.sheet {
            Sheet::Jsonl(out) => {
                record.json(&mut self.line);
                self.line.push('\n');
                out.write_all(self.line.as_bytes())
            }
            Sheet::Json(out) => {
                self.line.push_str(if self.records == 1 { "[\n" } else { ",\n" });
                record.json(&mut self.line);
                out.write_all(self.line.as_bytes())
            }
            Sheet::Yaml(out) => {
                record.yaml(&mut self.line);
                out.write_all(self.line.as_bytes())
            }
            Sheet::Csv(table, columns) => {
                let cells = record.cells(columns)?;
                table.write_record(cells).map_err(io::Error::from)
            }
            Sheet::Columns(table) => table.event(self.model, event),
        }
    }

    /// Ends the log, and gives back what it was written to.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn finish(self) -> io::Result<W> {
        let mut out = match self.sheet {
            Sheet::Jsonl(out) => out,
            Sheet::Json(mut out) => {
                out.write_all(if self.records == 0 { b"[]\n" } else { b"\n]\n" })?;
                out
            }
            Sheet::Yaml(mut out) => {
                if self.records == 0 {
                    out.write_all(b"[]\n")?;
                }
                out
            }
            Sheet::Csv(table, _) => table.into_inner().map_err(csv::IntoInnerError::into_error)?,
            Sheet::Columns(table) => table.finish()?,
        };
        out.flush()?;
        Ok(out)
    }
}

struct Record<'a> {
    model: &'a Model,
    event: &'a Event,
    zone: &'a Zone,
}

impl Record<'_> {
    /// The keys of the record with their values, but for absent ones.
    fn pairs(&self) -> impl Iterator<Item = (&str, &Value, &Type)> {
        let declared = self.model.event(self.event.kind);
        let fields = declared.fields.iter().zip(&self.event.fields);
        fields.filter_map(|(field, value)| Some((field.name.as_str(), value.as_ref()?, &field.ty)))
    }

    fn kind(&self) -> &str {
        &self.model.event(self.event.kind).name
    }

    fn json(&self, line: &mut String) {
        line.push_str("{\"time\":\"");
        line.push_str(&self.zone.rfc3339(self.event.time));
        line.push_str("\",\"type\":");
        text(line, self.kind());
        for (name, value, ty) in self.pairs() {
            line.push(',');
            text(line, name);
            line.push(':');
            self.value(line, value, ty);
        }
        line.push('}');
    }

    /// As an element of a YAML list; YAML reads the scalars and lists of JSON.
    fn yaml(&self, line: &mut String) {
        line.push_str("- time: \"");
        line.push_str(&self.zone.rfc3339(self.event.time));
        line.push_str("\"\n  type: ");
        text(line, self.kind());
        line.push('\n');
        for (name, value, ty) in self.pairs() {
            let _ = write!(line, "  {name}: ");
            self.value(line, value, ty);
            line.push('\n');
        }
    }

    fn cells(&self, columns: &[String]) -> io::Result<Vec<String>> {
        let mut cells = vec![String::new(); columns.len()];
        cells[0] = self.zone.rfc3339(self.event.time);
        self.kind().clone_into(&mut cells[1]);
        for (name, value, ty) in self.pairs() {
            let cell = self.cell(value, ty);
            if cell.is_empty() {
                return Err(io::Error::other(format!(
                    "a table cannot say that `{name}` is empty: choose another format"
                )));
            }
            if let Some(at) = columns.iter().position(|column| column == name) {
                cells[at] = cell;
            }
        }
        Ok(cells)
    }

    fn cell(&self, value: &Value, ty: &Type) -> String {
        match (value, ty) {
            (Value::Text(words), _) => words.to_string(),
            (Value::Instant(instant), _) => self.zone.rfc3339(*instant),
            (Value::Set(elements), Type::Set(element)) => {
                let cells: Vec<String> = elements.iter().map(|value| self.cell(value, element)).collect();
                cells.join(";")
            }
            (other, ty) => self.model.show(other, ty),
        }
    }

    fn value(&self, line: &mut String, value: &Value, ty: &Type) {
        match (value, ty) {
            (Value::Bool(truth), _) => line.push_str(if *truth { "true" } else { "false" }),
            (Value::Number(number), Type::Number) => {
                let _ = write!(line, "{number}");
            }
            (Value::Text(words), _) => text(line, words),
            (Value::Party(id), _) => text(line, &self.model.party(*id).name),
            (Value::Enum(variant), Type::Enum(names)) => text(line, names.name(*variant)),
            (Value::Instant(instant), _) => text(line, &self.zone.rfc3339(*instant)),
            (Value::Set(elements), ty) => {
                let element_type = match ty {
                    Type::Set(element) => element,
                    other => other,
                };
                line.push('[');
                for (position, element) in elements.iter().enumerate() {
                    if position > 0 {
                        line.push(',');
                    }
                    self.value(line, element, element_type);
                }
                line.push(']');
            }
            (other, ty) => text(line, &self.model.show(other, ty)),
        }
    }
}

/// A value that is written as text, whatever its type.
pub(super) fn plain_text(model: &Model, value: &Value, ty: &Type) -> String {
    match value {
        Value::Text(words) => words.to_string(),
        Value::Instant(instant) => instant.to_string(),
        other => model.show(other, ty),
    }
}

/// A text as JSON writes it.
fn text(line: &mut String, words: &str) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if words.bytes().all(is_plain) {
        line.push('"');
        line.push_str(words);
        line.push('"');
    } else {
        let _ = write!(line, "{}", serde_json::Value::from(words));
    }
}

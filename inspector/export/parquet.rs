//! Parquet, a file each day and table: typed columns, times as UTC microseconds, Snappy. Days are those of the station's
//! clocks. What has been collected of a group of rows is all that stands in memory.

use super::column::{Cell, Column, Kind, Line, clock, plain};
use super::{ExportError, Format, findings, parts};
use ::parquet::basic::Compression;
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use jiff::civil::Date;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// Rows of a group: some 20 MB of memory.
const GROUP_ROWS: usize = 16_384;

/// Where the file of a day and a table goes: `results` or `findings`, and the how many-th of that day, from 1: a clock that
/// was set back comes to a day again.
pub type Open<'a, W> = Box<dyn FnMut(Date, &str, u32) -> Result<W, ExportError> + 'a>;

/// Files of results and of findings, each day two.
pub struct Parquet<'a, W: Write + Send> {
    open: Open<'a, W>,
    day: Option<(Date, Table<W>, Table<W>)>,
    /// How often each day was begun.
    begun: HashMap<Date, u32>,
}

impl<'a, W: Write + Send> Parquet<'a, W> {
    /// Into the files that this opens.
    pub fn begin(open: Open<'a, W>) -> Self {
        Self {
            open,
            day: None,
            begun: HashMap::new(),
        }
    }

    fn of_day(&mut self, day: Date) -> Result<(&mut Table<W>, &mut Table<W>), ExportError> {
        if self.day.as_ref().is_none_or(|(open, ..)| *open != day) {
            self.end()?;
            let n = self.begun.entry(day).or_default();
            *n += 1;
            let results = Table::begin((self.open)(day, "results", *n)?, parts::COLUMNS)?;
            let found = Table::begin((self.open)(day, "findings", *n)?, findings::COLUMNS)?;
            self.day = Some((day, results, found));
        }
        let (_, results, found) = self.day.as_mut().expect("it was opened");
        Ok((results, found))
    }
}

impl<W: Write + Send> Format for Parquet<'_, W> {
    fn line(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        let day = clock(line.at_us(), line.zone).map_or(Date::ZERO, |at| at.date());
        let (results, found) = self.of_day(day)?;
        results.row(line)?;
        for finding in line.findings() {
            found.row(&finding)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ExportError> {
        if let Some((_, results, found)) = self.day.take() {
            results.end()?;
            found.end()?;
        }
        Ok(())
    }
}

/// What was collected of a column: values where there are some, and for each row whether there is one.
struct Collected {
    values: Values,
    levels: Vec<i16>,
}

enum Values {
    Whole(Vec<i64>),
    Decimal(Vec<f64>),
    Text(Vec<ByteArray>),
}

impl Collected {
    fn of(kind: Kind) -> Self {
        Self {
            values: match kind {
                Kind::Whole | Kind::Time => Values::Whole(Vec::new()),
                Kind::Decimal(_) => Values::Decimal(Vec::new()),
                Kind::Word | Kind::Text | Kind::LocalTime | Kind::List => Values::Text(Vec::new()),
            },
            levels: Vec::new(),
        }
    }

    fn take<'a>(&mut self, cell: Cell<'a>, kind: Kind, line: &Line<'a>) {
        self.levels.push(i16::from(cell != Cell::Empty));
        match (&mut self.values, cell) {
            (Values::Whole(values), Cell::Whole(value) | Cell::Time(value)) => values.push(value),
            (Values::Decimal(values), Cell::Decimal(value)) => values.push(value),
            (Values::Text(values), cell) => {
                let Some(text) = plain(cell, kind, line.zone) else {
                    return;
                };
                // Most texts are those of the row before.
                let value = match values.last() {
                    Some(last) if last.data() == text.as_bytes() => last.clone(),
                    _ => ByteArray::from(text.into_owned().into_bytes()),
                };
                values.push(value);
            }
            // Empty ones; a column reads nothing but its kind.
            _ => {}
        }
    }
}

struct Table<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: &'static [Column],
    collected: Vec<Collected>,
    rows: usize,
}

impl<W: Write + Send> Table<W> {
    fn begin(sink: W, columns: &'static [Column]) -> Result<Self, ExportError> {
        let fields: String = columns.iter().map(field).collect();
        let schema = parse_message_type(&format!("message log {{ {fields} }}")).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("inspector {}", env!("CARGO_PKG_VERSION")))
            .build();
        let writer = SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties));
        Ok(Self {
            writer: writer.map_err(failed)?,
            columns,
            collected: columns
                .iter()
                .map(|column| Collected::of(column.kind))
                .collect(),
            rows: 0,
        })
    }

    fn row(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        for (column, collected) in self.columns.iter().zip(&mut self.collected) {
            collected.take((column.read)(line), column.kind, line);
        }
        self.rows += 1;
        match self.rows >= GROUP_ROWS {
            true => self.group(),
            false => Ok(()),
        }
    }

    fn group(&mut self) -> Result<(), ExportError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for (column, collected) in self.columns.iter().zip(&mut self.collected) {
            let levels = Some(collected.levels.as_slice());
            let Some(mut writer) = group.next_column().map_err(failed)? else {
                break;
            };
            let written = match &collected.values {
                Values::Whole(values) => writer
                    .typed::<Int64Type>()
                    .write_batch(values, levels, None),
                Values::Decimal(values) => writer
                    .typed::<DoubleType>()
                    .write_batch(values, levels, None),
                Values::Text(values) => writer
                    .typed::<ByteArrayType>()
                    .write_batch(values, levels, None),
            };
            written.map_err(failed)?;
            writer.close().map_err(failed)?;
            *collected = Collected::of(column.kind);
        }
        group.close().map_err(failed)?;
        self.rows = 0;
        Ok(())
    }

    fn end(mut self) -> Result<(), ExportError> {
        self.group()?;
        let mut sink = self.writer.into_inner().map_err(failed)?;
        Ok(sink.flush()?)
    }
}

fn field(column: &Column) -> String {
    let name = column.name;
    match column.kind {
        Kind::Whole => format!("optional int64 {name}; "),
        Kind::Decimal(_) => format!("optional double {name}; "),
        Kind::Time => format!("optional int64 {name} (TIMESTAMP(MICROS,true)); "),
        Kind::List => format!("optional binary {name} (JSON); "),
        Kind::Word | Kind::Text | Kind::LocalTime => format!("optional binary {name} (STRING); "),
    }
}

fn failed(error: ParquetError) -> ExportError {
    let text = error.to_string();
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(error) => ExportError::Write(*error),
            Err(_) => ExportError::Write(std::io::Error::other(text)),
        },
        _ => ExportError::Write(std::io::Error::other(text)),
    }
}

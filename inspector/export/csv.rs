//! CSV as in RFC 4180: as evidence, where every text is what was recorded, and for Excel, which changes and runs texts that
//! are not marked ([`cell`]).

use super::column::{Cell, Line, plain};
use super::parts::COLUMNS;
use super::text::cell;
use super::{ExportError, Format};
use std::io::Write;

/// By these bytes at the beginning spreadsheets know UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Lines of CSV, behind a header.
pub struct Csv<W: Write> {
    writer: csv::Writer<W>,
    is_for_excel: bool,
}

impl<W: Write> Csv<W> {
    /// Into this. `is_for_excel`: with a byte order mark, and an apostrophe before each text that Excel would change or run.
    ///
    /// # Errors
    /// When the sink takes no header.
    pub fn begin(mut sink: W, is_for_excel: bool) -> Result<Self, ExportError> {
        if is_for_excel {
            sink.write_all(BYTE_ORDER_MARK)?;
        }
        let mut writer = csv::WriterBuilder::new();
        let mut writer = writer.terminator(csv::Terminator::CRLF).from_writer(sink);
        let names = COLUMNS.iter().map(|column| column.name);
        writer.write_record(names).map_err(unwritten)?;
        Ok(Self {
            writer,
            is_for_excel,
        })
    }
}

impl<W: Write> Format for Csv<W> {
    fn line(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        for column in COLUMNS {
            let read = (column.read)(line);
            let written = match read {
                Cell::Text(text) if self.is_for_excel => self.writer.write_field(cell(&text)),
                read => {
                    let text = plain(read, column.kind, line.zone);
                    self.writer.write_field(text.as_deref().unwrap_or_default())
                }
            };
            written.map_err(unwritten)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(unwritten)
    }

    fn end(&mut self) -> Result<(), ExportError> {
        Ok(self.writer.flush()?)
    }
}

fn unwritten(error: csv::Error) -> ExportError {
    ExportError::Write(match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    })
}

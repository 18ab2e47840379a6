//! An Excel workbook: a summary with a chart, parts, findings. Rows wait in files without a name, in the folder that is
//! given, and not in memory; thumbnails are in memory, so they are few.

mod summary;
mod thumbnail;

use super::column::{Cell, Column, Kind, Line, clock, plain};
use super::{ExportError, Format, findings, parts};
use crate::results::reader::Exported;
use crate::station::verdict::Disposition;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{Format as CellFormat, Workbook, Worksheet, XlsxError};
use std::io::Write;
use std::path::Path;
use summary::Summary;

/// Rows that a sheet of Excel has, with the header.
pub const SHEET_ROWS: u32 = 1_048_576;
/// Rejects whose pictures are shown.
pub const THUMBNAILS_MAX: usize = 200;
/// Characters that Excel takes in a cell.
const CELL_CHARS: usize = 32_767;

/// Excel's own days: whole ones since 1899-12-30, and the time as a fraction.
const EPOCH: DateTime = DateTime::constant(1899, 12, 30, 0, 0, 0, 0);

/// A workbook that is written when it ends.
pub struct Xlsx<W: Write + Send> {
    sink: W,
    workbook: Workbook,
    parts: Sheet,
    findings: Sheet,
    summary: Summary,
    thumbnails: usize,
    /// Rejects that have a picture, shown or not.
    with_picture: u64,
    rows_max: u64,
    rows: u64,
}

/// A table over as many sheets as it needs.
struct Sheet {
    name: &'static str,
    columns: Vec<&'static Column>,
    /// Which sheet of the workbook.
    index: usize,
    /// How many-th of its table, from 1.
    n: usize,
    /// The next row.
    row: u32,
    sheet_rows: u32,
    formats: Formats,
}

#[derive(Clone)]
struct Formats {
    head: CellFormat,
    time: CellFormat,
    decimals: [CellFormat; 7],
}

impl<W: Write + Send> Xlsx<W> {
    /// Into this. `folder` is where rows wait; `rows_max` is how many rows there may be before it is refused.
    ///
    /// # Errors
    /// When nothing can be written into the folder.
    pub fn begin(sink: W, folder: &Path, rows_max: u64) -> Result<Self, ExportError> {
        Self::with_sheets_of(sink, folder, rows_max, SHEET_ROWS)
    }

    /// With sheets of so many rows.
    ///
    /// # Errors
    /// As above.
    pub fn with_sheets_of(
        sink: W,
        folder: &Path,
        rows_max: u64,
        sheet_rows: u32,
    ) -> Result<Self, ExportError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder).map_err(failed)?;
        workbook
            .add_worksheet()
            .set_name("Summary")
            .map_err(failed)?;
        let columns = parts::COLUMNS.iter();
        // Findings have a sheet of their own.
        let columns = columns.filter(|column| column.kind != Kind::List).collect();
        let parts = Sheet::begin(&mut workbook, "Parts", columns, sheet_rows)?;
        let columns = findings::COLUMNS.iter().collect();
        let findings = Sheet::begin(&mut workbook, "Findings", columns, sheet_rows)?;
        let mut xlsx = Self {
            sink,
            workbook,
            parts,
            findings,
            summary: Summary::default(),
            thumbnails: 0,
            with_picture: 0,
            rows_max,
            rows: 0,
        };
        xlsx.thumbnail_column()?;
        Ok(xlsx)
    }

    fn thumbnail_column(&mut self) -> Result<(), ExportError> {
        let at = self.parts.columns.len() as u16;
        let sheet = self.parts.sheet(&mut self.workbook)?;
        sheet.set_column_width(at, 24).map_err(failed)?;
        sheet
            .write_string_with_format(0, at, "thumbnail", &self.parts.formats.head)
            .map_err(failed)?;
        Ok(())
    }

    /// The picture of a reject, beside its row, which has not been left yet.
    fn thumbnail(&mut self, line: &Line<'_>, row: u32) -> Result<(), ExportError> {
        let Exported::Part(judged) = line.what else {
            return Ok(());
        };
        if judged.part.disposition != Disposition::Reject {
            return Ok(());
        }
        let mut pictures = judged.attached.pictures.iter();
        let Some(file) = pictures.find_map(|picture| picture.file.as_deref()) else {
            return Ok(());
        };
        self.with_picture += 1;
        if self.thumbnails >= THUMBNAILS_MAX {
            return Ok(());
        }
        let at = self.parts.columns.len() as u16;
        let made = thumbnail::of(file);
        let sheet = self.parts.sheet(&mut self.workbook)?;
        let Some(image) = made else {
            let said = "the picture cannot be read";
            sheet.write_string(row, at, said).map_err(failed)?;
            return Ok(());
        };
        sheet
            .set_row_height_pixels(row, thumbnail::HEIGHT + 4)
            .and_then(|sheet| sheet.insert_image_with_offset(row, at, &image, 2, 2))
            .map_err(failed)?;
        self.thumbnails += 1;
        Ok(())
    }
}

impl<W: Write + Send> Format for Xlsx<W> {
    fn line(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        self.rows += 1;
        if self.rows > self.rows_max {
            return Err(ExportError::Unfit(format!(
                "xlsx: expected at most {} rows, found more; filter by time or style, or use `inspector export`",
                self.rows_max
            )));
        }
        self.summary.count(line);
        let row = self.parts.row(&mut self.workbook, line)?;
        if row == 1 && self.parts.n > 1 {
            self.thumbnail_column()?;
        }
        self.thumbnail(line, row)?;
        for finding in line.findings() {
            self.findings.row(&mut self.workbook, &finding)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ExportError> {
        let shown = (self.thumbnails, self.with_picture);
        let sheet = self.workbook.worksheet_from_index(0).map_err(failed)?;
        self.summary.write(sheet, shown).map_err(failed)?;
        self.workbook
            .save_to_writer(&mut self.sink)
            .map_err(failed)?;
        Ok(self.sink.flush()?)
    }
}

impl Sheet {
    fn begin(
        workbook: &mut Workbook,
        name: &'static str,
        columns: Vec<&'static Column>,
        sheet_rows: u32,
    ) -> Result<Self, ExportError> {
        let decimal = |n: usize| CellFormat::new().set_num_format(format!("0.{}", "0".repeat(n)));
        let mut sheet = Self {
            name,
            columns,
            index: 0,
            n: 0,
            row: 0,
            sheet_rows,
            formats: Formats {
                head: CellFormat::new().set_bold(),
                time: CellFormat::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"),
                decimals: std::array::from_fn(decimal),
            },
        };
        sheet.next(workbook)?;
        Ok(sheet)
    }

    fn sheet<'w>(&self, workbook: &'w mut Workbook) -> Result<&'w mut Worksheet, ExportError> {
        workbook.worksheet_from_index(self.index).map_err(failed)
    }

    /// The next sheet, with its header.
    fn next(&mut self, workbook: &mut Workbook) -> Result<(), ExportError> {
        self.index = workbook.worksheets().len();
        self.n += 1;
        self.row = 1;
        let name = match self.n {
            1 => self.name.to_owned(),
            n => format!("{} {n}", self.name),
        };
        let sheet = workbook
            .add_worksheet_with_constant_memory()
            .map_err(failed)?;
        sheet
            .set_name(name)
            .and_then(|sheet| sheet.set_freeze_panes(1, 0))
            .map_err(failed)?;
        for (at, column) in self.columns.iter().enumerate() {
            let width = match column.kind {
                Kind::Time | Kind::LocalTime => 23,
                Kind::Text => 18,
                _ => 12,
            };
            sheet
                .set_column_width(at as u16, width)
                .and_then(|sheet| {
                    let head = &self.formats.head;
                    sheet.write_string_with_format(0, at as u16, column.name, head)
                })
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Writes the line; says in which row.
    fn row(&mut self, workbook: &mut Workbook, line: &Line<'_>) -> Result<u32, ExportError> {
        if self.row >= self.sheet_rows {
            self.next(workbook)?;
        }
        let row = self.row;
        let sheet = self.sheet(workbook)?;
        for (at, column) in self.columns.iter().enumerate() {
            let cell = (column.read)(line);
            self.cell(sheet, (row, at as u16), cell, column.kind, line)
                .map_err(failed)?;
        }
        self.row += 1;
        Ok(row)
    }

    fn cell<'a>(
        &self,
        sheet: &mut Worksheet,
        (row, at): (u32, u16),
        cell: Cell<'a>,
        kind: Kind,
        line: &Line<'a>,
    ) -> Result<(), XlsxError> {
        let formats = &self.formats;
        match cell {
            Cell::Empty => {}
            Cell::Whole(number) => {
                sheet.write_number(row, at, number as f64)?;
            }
            Cell::Decimal(number) => {
                let decimals = match kind {
                    Kind::Decimal(decimals) => decimals.min(formats.decimals.len() - 1),
                    _ => 0,
                };
                sheet.write_number_with_format(row, at, number, &formats.decimals[decimals])?;
            }
            Cell::Time(at_us) => {
                let zone = match kind {
                    Kind::LocalTime => line.zone,
                    _ => &TimeZone::UTC,
                };
                if let Some(days) = days(at_us, zone) {
                    sheet.write_number_with_format(row, at, days, &formats.time)?;
                }
            }
            // Always text: Excel neither changes nor runs it.
            cell => {
                let text = plain(cell, kind, line.zone).unwrap_or_default();
                let text: String = text.chars().take(CELL_CHARS).collect();
                sheet.write_string(row, at, text)?;
            }
        }
        Ok(())
    }
}

/// As Excel counts time, by the clock there.
fn days(at_us: i64, zone: &TimeZone) -> Option<f64> {
    let since = clock(at_us, zone)?.duration_since(EPOCH);
    Some(since.as_micros() as f64 / 86_400e6)
}

fn failed(error: XlsxError) -> ExportError {
    match error {
        XlsxError::IoError(error) => ExportError::Write(error),
        other => ExportError::Write(std::io::Error::other(other.to_string())),
    }
}

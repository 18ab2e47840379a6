//! The first sheet: verdicts by style, causes, and a chart of them.

use super::super::column::{Line, utc};
use super::THUMBNAILS_MAX;
use crate::results::reader::Exported;
use crate::station::verdict::{Disposition, Verdict};
use rust_xlsxwriter::{Chart, ChartType, Format, Worksheet, XlsxError};
use std::collections::BTreeMap;

/// Styles and causes that are told apart.
const ROWS_MAX: usize = 500;
const OTHERS: &str = "(others 其他)";
const SHEET: &str = "Summary";

/// Counts, by style and by cause.
#[derive(Default)]
pub struct Summary {
    styles: BTreeMap<String, [u64; 4]>,
    causes: BTreeMap<String, u64>,
    gaps: u64,
    /// The first and the last moment.
    span: Option<(i64, i64)>,
}

impl Summary {
    /// Takes one more line into account.
    pub fn count(&mut self, line: &Line<'_>) {
        let at = line.at_us();
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
        let Exported::Part(judged) = line.what else {
            self.gaps += 1;
            return;
        };
        let part = &judged.part;
        let style = part.style.as_deref().unwrap_or("(no style 无型号)");
        let style = known(&self.styles, style);
        let counts = self.styles.entry(style).or_default();
        counts[match part.verdict {
            Verdict::Pass => 0,
            Verdict::Fail => 1,
            Verdict::NotDecided => 2,
        }] += 1;
        counts[3] += u64::from(part.disposition == Disposition::Reject);
        if let Some(cause) = part.cause {
            let cause = known(&self.causes, cause.name());
            *self.causes.entry(cause).or_default() += 1;
        }
    }

    /// Writes it. `thumbnails`: how many are shown, of how many rejects with a picture.
    pub fn write(
        &self,
        sheet: &mut Worksheet,
        (shown, with_picture): (usize, u64),
    ) -> Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        sheet.set_column_width(0, 34)?;
        for column in 1..=5 {
            sheet.set_column_width(column, 16)?;
        }
        sheet.write_string_with_format(0, 0, "Results of the station 检测结果", &bold)?;
        let (first, last) = self
            .span
            .map_or_else(Default::default, |(first, last)| (utc(first), utc(last)));
        sheet.write_string(1, 0, "First and last (UTC) 起止时间")?;
        sheet.write_string(1, 1, first)?;
        sheet.write_string(1, 3, last)?;
        sheet.write_string(2, 0, "Gaps: parts without a result 无结果区段")?;
        sheet.write_number(2, 1, self.gaps as f64)?;
        sheet.write_string(3, 0, "Thumbnails 缩略图")?;
        sheet.write_string(
            3,
            1,
            format!("{shown} of {with_picture} rejects with a picture (at most {THUMBNAILS_MAX})"),
        )?;
        let heads = [
            "Style 型号",
            "pass 合格",
            "fail 不合格",
            "not decided 未判定",
            "rejected 剔除",
            "parts 总数",
        ];
        let top = 5;
        for (at, head) in heads.iter().enumerate() {
            sheet.write_string_with_format(top, at as u16, *head, &bold)?;
        }
        let mut row = top + 1;
        for (style, counts) in &self.styles {
            sheet.write_string(row, 0, style)?;
            for (at, count) in counts.iter().enumerate() {
                sheet.write_number(row, at as u16 + 1, *count as f64)?;
            }
            let parts: u64 = counts[..3].iter().sum();
            sheet.write_number(row, 5, parts as f64)?;
            row += 1;
        }
        let styles = (top + 1, row.saturating_sub(1));
        self.write_causes(sheet, row + 1)?;
        match self.styles.is_empty() {
            true => Ok(()),
            false => chart(sheet, top, styles),
        }
    }

    fn write_causes(&self, sheet: &mut Worksheet, mut row: u32) -> Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        sheet.write_string_with_format(row, 0, "Cause 原因", &bold)?;
        sheet.write_string_with_format(row, 1, "parts 件数", &bold)?;
        for (cause, count) in &self.causes {
            row += 1;
            sheet.write_string(row, 0, cause)?;
            sheet.write_number(row, 1, *count as f64)?;
        }
        Ok(())
    }
}

/// Verdicts, a bar for each style.
fn chart(sheet: &mut Worksheet, top: u32, (first, last): (u32, u32)) -> Result<(), XlsxError> {
    let mut chart = Chart::new(ChartType::ColumnStacked);
    for (column, colour) in [(1, "#2E7D32"), (2, "#C62828"), (3, "#9E9E9E")] {
        chart
            .add_series()
            .set_name((SHEET, top, column))
            .set_categories((SHEET, first, 0, last, 0))
            .set_values((SHEET, first, column, last, column))
            .set_format(
                rust_xlsxwriter::ChartFormat::new()
                    .set_solid_fill(rust_xlsxwriter::ChartSolidFill::new().set_color(colour)),
            );
    }
    chart.title().set_name("Verdicts by style 各型号判定");
    sheet.insert_chart(1, 7, &chart)?;
    Ok(())
}

/// Its own name, or that of the others where there are too many.
fn known<T>(names: &BTreeMap<String, T>, name: &str) -> String {
    match names.len() < ROWS_MAX || names.contains_key(name) {
        true => name.to_owned(),
        false => OTHERS.to_owned(),
    }
}

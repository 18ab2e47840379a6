//! A CSV of results held against leaves: every row as it was signed, none missing, none twice, in its order.

use super::Problems;
use super::leaves::Leaves;
use crate::error::{Error, ErrorKind};
use crate::export::parts;
use crate::export::proved::differences;
use crate::results::reader::Exported;
use csv::StringRecord;
use std::path::Path;

/// Holds one against the other.
pub fn check(
    table: &Path,
    folder: &Path,
    leaves: &Leaves,
    problems: &mut Problems,
) -> Result<(), Error> {
    let unread = |error: csv::Error| {
        Error::new(
            ErrorKind::Storage,
            format!("read {}: {error}", table.display()),
        )
    };
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.flexible(true).from_path(table).map_err(unread)?;
    let name = table
        .strip_prefix(folder)
        .unwrap_or(table)
        .display()
        .to_string();
    let head = reader.headers().map_err(unread)?;
    if head.iter().ne(parts::names()) {
        problems.push(format!(
            "{name}: expected the columns of `inspector export --format pack`, found others"
        ));
        return Ok(());
    }
    let mut table = Table {
        name,
        leaves,
        problems,
        rows: 0,
        as_signed: 0,
        last: None,
    };
    let mut ids = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let Table { name, problems, .. } = &mut table;
                problems.push(format!("{name}: {error}"));
                break;
            }
        };
        ids.extend(table.row(&record)?);
    }
    table.missing(&ids);
    let Table {
        name,
        rows,
        as_signed,
        ..
    } = table;
    say!("rows       {as_signed} of {rows} in {name} are as they were signed");
    Ok(())
}

struct Table<'a> {
    name: String,
    leaves: &'a Leaves,
    problems: &'a mut Problems,
    rows: u64,
    as_signed: u64,
    /// Job and the last part that a row, or a gap, accounts for; no part where nobody knows.
    last: Option<(i64, Option<i64>)>,
}

impl Table<'_> {
    fn cell(record: &StringRecord, name: &str) -> Option<i64> {
        let at = parts::COLUMNS.iter().position(|column| column.name == name);
        record.get(at?)?.parse().ok()
    }

    /// One row; the number of the result, where it is one.
    fn row(&mut self, record: &StringRecord) -> Result<Option<i64>, Error> {
        self.rows += 1;
        let job = Self::cell(record, "job").unwrap_or_default();
        let part_no = Self::cell(record, "part_no").unwrap_or_default();
        let place = format!(
            "{}: row {}, job {job}, part {part_no}",
            self.name, self.rows
        );
        let Some(id) = Self::cell(record, "id") else {
            self.gap(&place, record, job, part_no);
            return Ok(None);
        };
        self.in_order(&place, job, part_no);
        self.last = Some((job, Some(part_no)));
        let Some(proven) = self.leaves.part(id)? else {
            self.problems
                .push(format!("{place}: there is no proof of it"));
            return Ok(Some(id));
        };
        self.held(&place, &differences(&proven, record));
        Ok(Some(id))
    }

    fn held(&mut self, place: &str, differences: &[&str]) {
        if differences.is_empty() {
            self.as_signed += 1;
            return;
        }
        let columns = differences.join(", ");
        self.problems
            .push(format!("{place}: is not as it was signed: {columns}"));
    }

    fn gap(&mut self, place: &str, record: &StringRecord, job: i64, part_no: i64) {
        let gaps = self.leaves.known.gaps().iter();
        let mut of_it = gaps.filter(|gap| (gap.job, gap.first_part_no) == (job, part_no));
        let is_signed =
            of_it.any(|gap| differences(&Exported::Gap(gap.clone()), record).is_empty());
        match is_signed {
            true => self.as_signed += 1,
            false => self
                .problems
                .push(format!("{place}: no gap was signed that is as this one")),
        }
        let last = Self::cell(record, "gap_last_part_no");
        // Where nobody numbered those parts, the next one has the number of the gap.
        let before = self
            .last
            .filter(|(of, _)| *of == job)
            .and_then(|(_, last)| last);
        self.last = Some((job, last.or(before).or(Some(part_no - 1))));
    }

    /// Parts of a job follow each other, unless more than time was filtered.
    fn in_order(&mut self, place: &str, job: i64, part_no: i64) {
        let Some((_, Some(last))) = self.last.filter(|(of, _)| *of == job) else {
            return;
        };
        if part_no <= last {
            self.problems
                .push(format!("{place}: stands behind part {last}"));
        } else if part_no > last + 1 && self.leaves.is_of_time {
            self.problems.push(format!(
                "{place}: parts {} to {} are missing before it",
                last + 1,
                part_no - 1
            ));
        }
    }

    /// Results that were proven and have no row.
    fn missing(&mut self, ids: &[i64]) {
        let ids: std::collections::HashSet<&i64> = ids.iter().collect();
        for (id, part) in &self.leaves.parts {
            if part.result.is_some() && !ids.contains(id) {
                let (job, part_no) = (id >> 32, id & 0xFFFF_FFFF);
                self.problems.push(format!(
                    "{}: the row of job {job}, part {part_no} is missing",
                    self.name
                ));
            }
        }
    }
}

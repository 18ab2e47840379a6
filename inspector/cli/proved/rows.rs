//! A CSV of results held against leaves: every row as it was signed, none missing, none twice, in its order.

use super::Problems;
use super::leaves::Leaves;
use crate::error::{Error, ErrorKind};
use crate::export::parts;
use crate::export::proved::differences;
use crate::results::reader::Exported;
use csv::StringRecord;
use std::collections::HashSet;
use std::path::Path;

/// The kind of gap in which nobody knows how many parts were lost.
const CRASHED: &str = "crashed";

/// Holds one against the other.
pub fn check(
    table: &Path,
    folder: &Path,
    (leaves, is_filtered): (&Leaves, bool),
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
        is_filtered,
        problems,
        rows: 0,
        as_signed: 0,
        last: None,
        seen: HashSet::new(),
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
    table.missing_gaps();
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
    is_filtered: bool,
    problems: &'a mut Problems,
    rows: u64,
    as_signed: u64,
    /// Where the row before stands.
    last: Option<Place>,
    /// Job, first part and kind of gaps that had a row.
    seen: HashSet<(i64, i64, String)>,
}

/// Where a row stands, and what is accounted for up to it.
struct Place {
    job: i64,
    /// The part, or the first one of a gap.
    at: i64,
    /// Of a gap; those of one place stand in the order of their kinds.
    kind: Option<String>,
    /// The last part that a row or a gap accounts for; none where nobody knows.
    last: Option<i64>,
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
        self.in_order(&place, job, part_no, None);
        self.last = Some(Place {
            job,
            at: part_no,
            kind: None,
            last: Some(part_no),
        });
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
        let at = parts::COLUMNS
            .iter()
            .position(|column| column.name == "gap");
        let kind = at.and_then(|at| record.get(at)).unwrap_or_default();
        let gaps = self.leaves.gaps();
        let mut of_it = gaps.iter().filter(|(gap, _)| {
            (gap.job, gap.first_part_no, gap.kind.as_str()) == (job, part_no, kind)
        });
        let is_signed =
            of_it.any(|(gap, _)| differences(&Exported::Gap((*gap).clone()), record).is_empty());
        match is_signed {
            true => self.as_signed += 1,
            false => self
                .problems
                .push(format!("{place}: no gap was signed that is as this one")),
        }
        self.in_order(place, job, part_no, Some(kind));
        self.seen.insert((job, part_no, kind.to_owned()));
        let own = Self::cell(record, "gap_last_part_no");
        let before = self.last.as_ref().filter(|last| last.job == job);
        let last = match (before, own) {
            // How many were lost by a crash nobody knows.
            _ if kind == CRASHED => None,
            (Some(before), own) => before.last.max(own),
            // What was before the first row is not in here; where nobody numbered those parts, neither is how many.
            (None, own) => own,
        };
        self.last = Some(Place {
            job,
            at: part_no,
            kind: Some(kind.to_owned()),
            last,
        });
    }

    /// Parts and gaps of a job follow each other, unless more than time was filtered. `kind` is that of a gap.
    fn in_order(&mut self, place: &str, job: i64, part_no: i64, kind: Option<&str>) {
        let Some(before) = self.last.as_ref() else {
            return;
        };
        if job != before.job {
            if job < before.job {
                self.problems
                    .push(format!("{place}: stands behind job {}", before.job));
            }
            return;
        }
        // A gap stands before a part of its number, and a part behind all that was accounted for.
        let is_behind = match (kind, &before.kind) {
            (None, _) => before.last.is_some_and(|last| part_no <= last) || part_no < before.at,
            (Some(_), None) => part_no <= before.at,
            (Some(kind), Some(other)) => (part_no, kind) <= (before.at, other.as_str()),
        };
        if is_behind {
            let last = before.last.filter(|_| kind.is_none()).unwrap_or(before.at);
            self.problems
                .push(format!("{place}: stands behind part {last}"));
        } else if let Some(last) = before.last
            && part_no > last + 1
            && !self.is_filtered
        {
            self.problems.push(format!(
                "{place}: parts {} to {} are missing before it (--filtered, where the pack was asked for by more than time)",
                last + 1,
                part_no - 1
            ));
        }
    }

    /// Gaps that were signed and have no row.
    fn missing_gaps(&mut self) {
        for (gap, is_wanted) in self.leaves.gaps() {
            let place = (gap.job, gap.first_part_no, gap.kind.clone());
            if is_wanted && !self.seen.contains(&place) {
                self.problems.push(format!(
                    "{}: the row of the gap {} before part {} of job {} is missing",
                    self.name, gap.kind, gap.first_part_no, gap.job
                ));
            }
        }
    }

    /// Results that were proven and have no row.
    fn missing(&mut self, ids: &[i64]) {
        let ids: HashSet<&i64> = ids.iter().collect();
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

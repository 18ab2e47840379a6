//! What a column is: its name, what stands in its cells, in which unit, what it means, and how it is read. Every format
//! writes the same columns, and the guide's table of them is held to this list.

use crate::results::reader::{Exported, JudgedPart, PlacedFinding, RecordedGap};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::borrow::Cow;

/// What stands in the cells of a column that are not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number, in 64 bits.
    Whole,
    /// A number, written with so many decimals.
    Decimal(usize),
    /// A word of the guide: the same in every log.
    Word,
    /// A text of the line, of a model or of a person.
    Text,
    /// A moment in UTC.
    Time,
    /// A moment as clocks at the station showed it, with its offset from UTC.
    LocalTime,
    /// Findings: a JSON array of objects.
    List,
}

/// What stands in one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// There is nothing to say.
    Empty,
    /// A whole number, in 64 bits.
    Whole(i64),
    /// A number, written with the decimals of its column.
    Decimal(f64),
    /// A word of the guide, the same in every log.
    Word(Cow<'a, str>),
    /// A text of the line, of a model or of a person.
    Text(Cow<'a, str>),
    /// Microseconds since 1970.
    Time(i64),
    /// A JSON array, as it stands in a file.
    List(String),
}

impl<'a> Cell<'a> {
    /// A text, where there is one.
    pub fn text(text: Option<&'a str>) -> Self {
        text.map_or(Cell::Empty, |text| Cell::Text(Cow::Borrowed(text)))
    }

    /// A word; empty where it is.
    pub fn word(word: &'a str) -> Self {
        match word.is_empty() {
            true => Cell::Empty,
            false => Cell::Word(Cow::Borrowed(word)),
        }
    }

    /// A whole number, where there is one.
    pub fn whole(number: Option<i64>) -> Self {
        number.map_or(Cell::Empty, Cell::Whole)
    }

    /// A number, where there is one.
    pub fn decimal(number: Option<f64>) -> Self {
        number.map_or(Cell::Empty, Cell::Decimal)
    }

    /// A duration in milliseconds, of microseconds.
    pub fn ms(us: Option<i64>) -> Self {
        Cell::decimal(us.map(|us| us as f64 / 1_000.0))
    }
}

/// One line of an export: a part, one finding of a part, or a gap.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// What was recorded.
    pub what: &'a Exported,
    /// Of these findings, the one that the line is about.
    pub finding: Option<&'a PlacedFinding>,
    /// Where the station stands.
    pub zone: &'a TimeZone,
}

impl<'a> Line<'a> {
    /// What a part has; nothing of a gap.
    pub fn part(&self, read: impl FnOnce(&'a JudgedPart) -> Cell<'a>) -> Cell<'a> {
        match self.what {
            Exported::Part(judged) => read(judged),
            Exported::Gap(_) => Cell::Empty,
        }
    }

    /// What a gap has; nothing of a part.
    pub fn gap(&self, read: impl FnOnce(&'a RecordedGap) -> Cell<'a>) -> Cell<'a> {
        match self.what {
            Exported::Part(_) => Cell::Empty,
            Exported::Gap(gap) => read(gap),
        }
    }

    /// What a finding has.
    pub fn found(&self, read: impl FnOnce(&'a PlacedFinding) -> Cell<'a>) -> Cell<'a> {
        self.finding.map_or(Cell::Empty, read)
    }

    /// When it was, in microseconds since 1970.
    pub fn at_us(&self) -> i64 {
        match self.what {
            Exported::Part(judged) => judged.part.triggered_at_us,
            Exported::Gap(gap) => gap.from_us,
        }
    }

    /// The same part, and each of its findings.
    pub fn findings(&self) -> impl Iterator<Item = Line<'a>> + use<'a> {
        let Line { what, zone, .. } = *self;
        let findings: &'a [PlacedFinding] = match what {
            Exported::Part(judged) => &judged.attached.findings,
            Exported::Gap(_) => &[],
        };
        findings.iter().map(move |finding| Line {
            what,
            finding: Some(finding),
            zone,
        })
    }
}

/// What a column is called, holds, means, and how it is read.
pub struct Column {
    /// As the header names it.
    pub name: &'static str,
    /// What stands in it.
    pub kind: Kind,
    /// Unit and form, as the guide says them.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// When its cell is empty, and `never` where it is not.
    pub empty_when: &'static str,
    /// Its cell of a line.
    pub read: for<'a> fn(&Line<'a>) -> Cell<'a>,
}

/// A row of the guide's table.
pub fn row_of_guide(column: &Column) -> String {
    format!(
        "| `{}` | {} | {} | {} |",
        column.name, column.meaning, column.unit, column.empty_when
    )
}

/// RFC 3339 in UTC, with microseconds.
pub fn utc(at_us: i64) -> String {
    Timestamp::from_microsecond(at_us).map_or(String::new(), |at| format!("{at:.6}"))
}

/// RFC 3339 with the offset that was in force there then, with microseconds.
pub fn local(at_us: i64, zone: &TimeZone) -> String {
    Timestamp::from_microsecond(at_us).map_or(String::new(), |at| {
        format!("{:.6}", at.display_with_offset(zone.to_offset(at)))
    })
}

/// What the clock there showed; `None` outside of what has a date.
pub fn clock(at_us: i64, zone: &TimeZone) -> Option<DateTime> {
    let at = Timestamp::from_microsecond(at_us).ok()?;
    Some(zone.to_datetime(at))
}

/// A cell as text, without anything put before it. `None` where it is empty.
pub fn plain<'a>(cell: Cell<'a>, kind: Kind, zone: &TimeZone) -> Option<Cow<'a, str>> {
    Some(match cell {
        Cell::Empty => return None,
        Cell::Whole(number) => Cow::Owned(number.to_string()),
        Cell::Decimal(number) => match kind {
            Kind::Decimal(decimals) => Cow::Owned(format!("{number:.decimals$}")),
            _ => Cow::Owned(number.to_string()),
        },
        Cell::Word(text) | Cell::Text(text) => text,
        Cell::Time(at_us) if kind == Kind::LocalTime => Cow::Owned(local(at_us, zone)),
        Cell::Time(at_us) => Cow::Owned(utc(at_us)),
        Cell::List(json) => Cow::Owned(json),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_that_comes_twice_is_told_apart_by_its_offset() {
        let zone = TimeZone::get("Europe/Berlin").expect("the system's time zones");
        let at = |text: &str| text.parse::<Timestamp>().expect("a time").as_microsecond();
        let summer = local(at("2026-10-25T00:30:00.000001Z"), &zone);
        let winter = local(at("2026-10-25T01:30:00.000001Z"), &zone);
        assert_eq!(summer, "2026-10-25T02:30:00.000001+02:00");
        assert_eq!(winter, "2026-10-25T02:30:00.000001+01:00");
        let skipped = local(at("2026-03-29T01:00:00Z"), &zone);
        assert_eq!(skipped, "2026-03-29T03:00:00.000000+02:00");
        let shanghai = TimeZone::get("Asia/Shanghai").expect("the system's time zones");
        let there = local(at("2026-11-24T18:00:00Z"), &shanghai);
        assert_eq!(there, "2026-11-25T02:00:00.000000+08:00");
    }
}

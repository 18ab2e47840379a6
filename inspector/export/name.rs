//! What a file of an export is called: station, period, kind.

use super::ExportError;
use super::column::clock;
use crate::results::reader::{Filter, Reader};
use crate::station::verdict::Disposition;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::path::Path;

/// Characters of a station's name in a file's.
const STATION_CHARS_MAX: usize = 40;

/// `Line-1_2026-11-24_results`, without an ending: whose they are, from when to when by clocks there, and what it is.
///
/// # Errors
/// When the log cannot be read.
pub fn file_stem(
    data: &Path,
    station: Option<&str>,
    filter: &Filter,
    zone: &TimeZone,
) -> Result<String, ExportError> {
    let reader = Reader::open(data).map_err(ExportError::Open)?;
    let unread = |error| super::unread(data, &error);
    let station = station_of(&reader, station).map_err(unread)?;
    let span = reader.span(filter).map_err(unread)?;
    let period = match span {
        None => "no-parts".to_owned(),
        Some(span) => period(filter, span, zone),
    };
    let kind = match filter.disposition {
        Some(Disposition::Reject) => "rejects",
        Some(Disposition::Accept) => "accepted",
        None => "results",
    };
    Ok(format!("{station}_{period}_{kind}{}", scope(filter)))
}

/// Of which parts alone it is, as a name says it: `_gear_left_unconfirmed`; nothing where it is of all.
pub fn scope(filter: &Filter) -> String {
    let named = [&filter.style, &filter.lane].into_iter().flatten();
    let mut scope: String = named.map(|name| format!("_{}", safe(name))).collect();
    if filter.is_unconfirmed {
        scope += "_unconfirmed";
    }
    scope
}

/// As a file's name has it: its own, or that of the log where only that is known, as of a copy.
///
/// # Errors
/// When the log cannot be read.
pub fn station_of(reader: &Reader, station: Option<&str>) -> Result<String, rusqlite::Error> {
    match station {
        Some(station) => Ok(safe(station)),
        None => Ok(format!("log-{:.8}", reader.identity()?)),
    }
}

/// One day, or the first and the last; with times where days were cut.
fn period(filter: &Filter, (first, last): (i64, i64), zone: &TimeZone) -> String {
    let said = |at: &DateTime, is_cut: bool| match is_cut {
        true => at.strftime("%Y-%m-%dT%H%M").to_string(),
        false => at.strftime("%Y-%m-%d").to_string(),
    };
    let midnight = |at: &DateTime| at.time() == jiff::civil::Time::midnight();
    let begins = filter.from_us.and_then(|at| clock(at, zone));
    let ends = filter.to_us.and_then(|at| clock(at, zone));
    let is_cut = [&begins, &ends]
        .into_iter()
        .flatten()
        .any(|at| !midnight(at));
    let first = begins.or_else(|| clock(first, zone));
    // A period that ends at midnight ends with the day before.
    let last = match ends {
        Some(end) if is_cut => Some(end),
        Some(end) => end.checked_sub(jiff::SignedDuration::from_secs(1)).ok(),
        None => clock(last, zone),
    };
    let said = |at: Option<DateTime>| at.map_or(String::new(), |at| said(&at, is_cut));
    let (first, last) = (said(first), said(last));
    match first == last {
        true => first,
        false => format!("{first}_{last}"),
    }
}

/// Only what every file system, archive and mail takes: letters of any script, digits, `-`.
pub fn safe(name: &str) -> String {
    let mut safe = String::new();
    for c in name.chars().take(STATION_CHARS_MAX) {
        match c.is_alphanumeric() {
            true => safe.push(c),
            false if safe.ends_with('-') => {}
            false => safe.push('-'),
        }
    }
    let safe = safe.trim_matches('-');
    match safe.is_empty() {
        true => "station".to_owned(),
        false => safe.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    fn of(from: Option<i64>, to: Option<i64>) -> String {
        let filter = Filter {
            from_us: from,
            to_us: to,
            ..Filter::default()
        };
        period(&filter, (DAY / 2, DAY / 2 + 1), &TimeZone::UTC)
    }

    #[test]
    fn a_period_is_said_in_days_unless_a_day_was_cut() {
        assert_eq!(of(None, None), "1970-01-01");
        assert_eq!(of(Some(0), Some(DAY)), "1970-01-01");
        assert_eq!(of(Some(0), Some(3 * DAY)), "1970-01-01_1970-01-03");
        let cut = of(Some(DAY / 4), Some(DAY));
        assert_eq!(cut, "1970-01-01T0600_1970-01-02T0000");
    }

    #[test]
    fn a_name_says_style_and_lane() {
        let filter = Filter {
            style: Some("gear 7".to_owned()),
            lane: Some("left".to_owned()),
            is_unconfirmed: true,
            ..Filter::default()
        };
        assert_eq!(scope(&filter), "_gear-7_left_unconfirmed");
        assert_eq!(scope(&Filter::default()), "");
    }

    #[test]
    fn a_stations_name_is_one_that_files_can_have() {
        assert_eq!(safe("Line 1"), "Line-1");
        assert_eq!(safe("三号线 / ../A\0"), "三号线-A");
        assert_eq!(safe("///"), "station");
    }
}

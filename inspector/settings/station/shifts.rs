//! `[[shifts]]` and `station.time_zone`: how days are counted.

use super::super::document::Document;
use super::checks::RawStation;
use crate::station::calendar::{Calendar, SHIFTS_MAX, Shift};
use jiff::tz::TimeZone;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShift {
    name: String,
    from: String,
}

/// How days are counted.
#[derive(Clone, Debug, Default)]
pub struct DaySettings {
    /// Where times of the day are meant; `None` for the computer's own zone.
    pub zone: Option<TimeZone>,
    /// In the order of the day; none where days are not cut.
    pub shifts: Vec<Shift>,
}

impl DaySettings {
    /// With the computer's own zone where none is set; UTC where it has none.
    pub fn calendar(&self) -> Calendar {
        let zone = self.zone.clone().unwrap_or_else(TimeZone::system);
        Calendar::new(zone, self.shifts.clone())
    }
}

/// As far as it could be read: every mistake has been told.
pub(super) fn checked(document: &mut Document<'_>, station: Option<&RawStation>) -> DaySettings {
    DaySettings {
        zone: zone(document, station.and_then(|raw| raw.time_zone.as_deref())),
        shifts: shifts(document),
    }
}

fn shifts(document: &mut Document<'_>) -> Vec<Shift> {
    let mut shifts: Vec<Shift> = Vec::new();
    for section in document.sections("shifts") {
        let Some(raw) = document.read::<RawShift>("shifts", section) else {
            continue;
        };
        let Some(from_s) = time_of_day(&raw.from) else {
            let found = &raw.from;
            document.problem(
                None,
                format!("shifts.from: expected a time of the day as \"06:00\", found {found:?}"),
            );
            continue;
        };
        let name = raw.name.trim().to_owned();
        if name.is_empty() {
            document.problem(None, "shifts.name: expected a name, found none".to_owned());
        }
        if shifts.iter().any(|known| known.name == name) {
            document.problem(None, format!("shifts: {name:?} is there twice"));
        }
        if shifts.iter().any(|known| known.from_s == from_s) {
            let from = &raw.from;
            document.problem(None, format!("shifts: two begin at {from}"));
        }
        shifts.push(Shift { name, from_s });
    }
    if shifts.len() > SHIFTS_MAX || shifts.len() == 1 {
        let found = shifts.len();
        document.problem(
            None,
            format!("[[shifts]]: expected 2 to {SHIFTS_MAX} shifts, or none, found {found}"),
        );
    }
    shifts.sort_by_key(|shift| shift.from_s);
    shifts
}

/// The zone of that name, as `Asia/Shanghai`; `None` for the computer's own.
fn zone(document: &mut Document<'_>, name: Option<&str>) -> Option<TimeZone> {
    let name = name?;
    let zone = TimeZone::get(name);
    if zone.is_err() {
        document.problem(
            None,
            format!(
                "station.time_zone: expected a name of the time zone database, as \"Asia/Shanghai\", found {name:?}; leave it \
                 out for the computer's own zone"
            ),
        );
    }
    zone.ok()
}

/// Seconds since midnight.
pub(super) fn time_of_day(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 3_600 + minutes * 60)
}

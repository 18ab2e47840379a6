//! Times and time zones as arguments say them.

use jiff::tz::TimeZone;

/// Microseconds since 1970.
pub fn time(text: &str) -> Result<i64, String> {
    text.parse::<jiff::Timestamp>()
        .map(jiff::Timestamp::as_microsecond)
        .map_err(|error| format!("expected RFC 3339, as 2026-11-24T06:00:00Z: {error}"))
}

/// No time zone is called so.
#[derive(Debug)]
pub struct NoZone(jiff::Error);

impl std::fmt::Display for NoZone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = &self.0;
        write!(
            f,
            "expected the name of a time zone, as Asia/Shanghai or Europe/Berlin: {why}"
        )
    }
}

impl std::error::Error for NoZone {}

/// By its name.
pub fn zone(text: &str) -> Result<TimeZone, NoZone> {
    TimeZone::get(text).map_err(NoZone)
}

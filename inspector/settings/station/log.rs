//! `[log]` and `[record]`: what the station tells of itself, and how long results may wait.

use super::super::document::Document;
use crate::station::durability::DurabilityLimits;
use crate::telemetry::log::{LogFormat, LogLevels};
use serde::Deserialize;

/// What the station tells of itself, and how.
#[derive(Clone, Debug, Default)]
pub struct LogSettings {
    /// For people or for programs.
    pub format: LogFormat,
    /// From which level on, by room.
    pub levels: LogLevels,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLog {
    format: LogFormat,
    level: String,
}

impl Default for RawLog {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            level: "info".to_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawRecord {
    alarm_after_ms: u64,
    reject_after_ms: u64,
}

impl Default for RawRecord {
    fn default() -> Self {
        let limits = DurabilityLimits::default();
        Self {
            alarm_after_ms: limits.alarm_after().as_millis() as u64,
            reject_after_ms: limits.reject_after().as_millis() as u64,
        }
    }
}

/// `[log]`, and how long results may wait by `[record]`, as far as they could be read.
pub(super) fn checked(document: &mut Document<'_>) -> (LogSettings, DurabilityLimits) {
    let raw: RawLog = document.section_or_default("log").unwrap_or_default();
    let levels = raw.level.parse().unwrap_or_else(|error| {
        document.problem(None, format!("log.level: {error}"));
        LogLevels::default()
    });
    let log = LogSettings {
        format: raw.format,
        levels,
    };
    (log, checked_durability(document))
}

fn checked_durability(document: &mut Document<'_>) -> DurabilityLimits {
    let raw: RawRecord = document.section_or_default("record").unwrap_or_default();
    DurabilityLimits::new(raw.alarm_after_ms, raw.reject_after_ms).unwrap_or_else(|error| {
        document.problem(None, error.to_string());
        DurabilityLimits::default()
    })
}

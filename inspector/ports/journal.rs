//! What people and the station did, beside the results and in one order with them.

use super::log::LogError;
use crate::station::time::WallTime;
use crate::telemetry::catalogue::{Code, Severity};

/// Who did it when nobody asked for it.
pub const STATION: &str = "station";

/// A moment, or one end of something that lasts (ISA-18.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It happened, and that was all.
    Happened,
    /// An alarm began.
    Began,
    /// An alarm ended.
    Ended,
    /// Somebody saw an alarm.
    Acknowledged,
}

impl Phase {
    /// The name in the log and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Happened => "happened",
            Phase::Began => "began",
            Phase::Ended => "ended",
            Phase::Acknowledged => "acknowledged",
        }
    }
}

/// One thing that was done or that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it happened, by the wall clock.
    pub at: WallTime,
    /// Which kind of thing.
    pub code: Code,
    /// A moment, or one end of something that lasts.
    pub phase: Phase,
    /// What it is about, such as a camera or a style; empty for the station as a whole.
    pub subject: String,
    /// Who did it: a person's name, or [`STATION`].
    pub actor: String,
    /// A sentence for the audit.
    pub message: String,
    /// From what to what, and why: names and values.
    pub details: Vec<(&'static str, String)>,
}

impl Entry {
    /// Something that the station did by itself.
    pub fn of_station(at: WallTime, code: Code) -> Self {
        Self {
            at,
            code,
            phase: Phase::Happened,
            subject: String::new(),
            actor: STATION.to_owned(),
            message: String::new(),
            details: Vec::new(),
        }
    }

    /// How urgent it is: an alarm that is over, or that somebody has seen, is good news.
    pub const fn severity(&self) -> Severity {
        match self.phase {
            Phase::Happened | Phase::Began => self.code.severity(),
            Phase::Ended | Phase::Acknowledged => Severity::Info,
        }
    }
}

/// Takes entries. They stand in one order with the results, and share their transactions.
pub trait Journal: Send + Sync {
    /// Hands an entry over and returns at once. It waits for a disk that takes none; when too many wait the newest are
    /// lost, and how many is an entry of its own.
    fn note(&self, entry: Entry);

    /// Returns when the entry is durable.
    ///
    /// # Errors
    /// When it is not: then what it tells of must not be done.
    fn record(&self, entry: Entry) -> Result<(), LogError>;
}

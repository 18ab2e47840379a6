//! Whether the PLC is there, whether the station is, and why it takes no triggers.

use super::{Absence, OfflineReason, StationStatus};
use crate::station::time::Instant;
use std::time::Duration;

/// The station tells how it is once a second; a station that did not for so long has died inside.
pub const STATION_SILENT_MAX: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
pub(super) struct Presence {
    plc_timeout: Duration,
    plc_heartbeat_max: Option<Duration>,
    heartbeat_period: Duration,
    heard_at: Option<Instant>,
    plc_heartbeat: u16,
    plc_beat_at: Option<Instant>,
    is_there: bool,
    told_at: Option<Instant>,
    pub station: StationStatus,
    beat_at: Option<Instant>,
    pub heartbeat: u16,
}

impl Presence {
    pub const fn new(
        plc_timeout: Duration,
        plc_heartbeat_max: Option<Duration>,
        heartbeat_period: Duration,
    ) -> Self {
        Self {
            plc_timeout,
            plc_heartbeat_max,
            heartbeat_period,
            heard_at: None,
            plc_heartbeat: 0,
            plc_beat_at: None,
            is_there: false,
            told_at: None,
            station: StationStatus {
                is_online: false,
                is_rejecting: false,
                is_stopped: false,
                error_code: 0,
            },
            beat_at: None,
            heartbeat: 0,
        }
    }

    pub const fn is_there(&self) -> bool {
        self.is_there
    }

    pub fn heard(&mut self, now: Instant) {
        self.heard_at = Some(now);
    }

    pub fn told(&mut self, now: Instant, station: StationStatus) {
        self.told_at = Some(now);
        self.station = station;
    }

    /// The PLC's heartbeat as it stands. A value that stands still from the start is no beat.
    pub fn beat(&mut self, now: Instant, heartbeat: u16) {
        if heartbeat != self.plc_heartbeat {
            self.plc_heartbeat = heartbeat;
            self.plc_beat_at = Some(now);
        }
    }

    /// `Some` where the PLC came or went.
    pub fn step(&mut self, now: Instant) -> Option<Result<(), Absence>> {
        self.count(now);
        let absence = self.absence(now);
        if absence.is_none() == self.is_there {
            return None;
        }
        self.is_there = absence.is_none();
        Some(absence.map_or(Ok(()), Err))
    }

    fn absence(&self, now: Instant) -> Option<Absence> {
        let is_late = |at: Option<Instant>, most| at.is_none_or(|at| now.since(at) > most);
        if is_late(self.heard_at, self.plc_timeout) {
            return Some(Absence::Silent);
        }
        let most = self.plc_heartbeat_max?;
        is_late(self.plc_beat_at, most).then_some(Absence::NoHeartbeat)
    }

    fn count(&mut self, now: Instant) {
        if !self.is_station_alive(now) {
            return;
        }
        let is_due = |at| now.since(at) >= self.heartbeat_period;
        if self.beat_at.is_none_or(is_due) {
            self.beat_at = Some(now);
            self.heartbeat = self.heartbeat.wrapping_add(1);
        }
    }

    pub fn is_station_alive(&self, now: Instant) -> bool {
        let is_fresh = |at| now.since(at) <= STATION_SILENT_MAX;
        self.told_at.is_some_and(is_fresh)
    }

    pub fn offline(&self, now: Instant, is_set_offline: bool) -> Option<OfflineReason> {
        if !self.is_station_alive(now) || !self.station.is_online {
            Some(OfflineReason::NotRunning)
        } else if self.station.is_stopped {
            Some(OfflineReason::Stopped)
        } else if !self.is_there {
            Some(OfflineReason::PlcGone)
        } else if is_set_offline {
            Some(OfflineReason::SetByPlc)
        } else {
            None
        }
    }
}

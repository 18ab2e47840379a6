//! `[sim]` in the station settings: what the simulated line makes, and what goes wrong on it.

use super::parts::{STYLES, VIEWS};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The simulated line. Everything follows from `seed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimSettings {
    /// Everything random follows from it. Default 1.
    pub seed: u64,
    /// Pixels a row, from 64 to 4096. Default 1280.
    pub width: u32,
    /// Rows, from 48 to 4096. Default 960.
    pub height: u32,
    /// How many cameras look at each part: 1 or 2. Default 1.
    pub views: u8,
    /// Styles on the line, mixed at random: of "bracket", "cap", "gear". Default all.
    pub styles: Vec<String>,
    /// Share of defective parts, 0 to 1. Default 0.08.
    pub defect_rate: f32,
    /// Milliseconds from part to part. Default 500.
    pub pitch_ms: u32,
    /// Most milliseconds a part comes early or late; below half of `pitch_ms`. Default 20.
    pub jitter_ms: u32,
    /// Milliseconds from trigger to exposure. Default 5.
    pub exposure_delay_ms: u32,
    /// Milliseconds from exposure to the whole frame. Default 12.
    pub transfer_ms: u32,
    /// What goes wrong. Default nothing.
    pub faults: SimFaults,
}

/// What goes wrong with simulated cameras. Shares are per part and camera, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimFaults {
    /// The frame is lost: the next block id is one further. Default 0.
    pub lost: f32,
    /// The frame comes incomplete. Default 0.
    pub incomplete: f32,
    /// The light fails for this part: a nearly black frame. Default 0.
    pub dark: f32,
    /// The same frame is sent twice, with the same sequence number. Default 0.
    pub duplicate: f32,
    /// The camera is unplugged just before this part. Default 0.
    pub disconnect: f32,
    /// For so many milliseconds. Default 2000.
    pub disconnect_ms: u32,
    /// Parts, counted from the first of the job as 0, at which it is unplugged for certain. Default none.
    pub disconnect_at: Vec<u64>,
    /// Parts, counted likewise, whose frame is lost for certain. Default none.
    pub lost_at: Vec<u64>,
    /// Bits of the device's sequence number, which wraps: 8 to 64. Default 32.
    pub sequence_bits: u8,
    /// The device's first sequence number. Default 0.
    pub sequence_start: u64,
}

impl Default for SimSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            width: 1280,
            height: 960,
            views: 1,
            styles: STYLES.map(str::to_owned).to_vec(),
            defect_rate: 0.08,
            pitch_ms: 500,
            jitter_ms: 20,
            exposure_delay_ms: 5,
            transfer_ms: 12,
            faults: SimFaults::default(),
        }
    }
}

impl Default for SimFaults {
    fn default() -> Self {
        Self {
            lost: 0.0,
            incomplete: 0.0,
            dark: 0.0,
            duplicate: 0.0,
            disconnect: 0.0,
            disconnect_ms: 2000,
            disconnect_at: Vec::new(),
            lost_at: Vec::new(),
            sequence_bits: 32,
            sequence_start: 0,
        }
    }
}

/// A setting of the simulated line that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimSettingsError {
    /// The key, as written.
    pub key: &'static str,
    /// What was expected and found.
    pub message: String,
}

impl fmt::Display for SimSettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sim.{}: {}", self.key, self.message)
    }
}

impl std::error::Error for SimSettingsError {}

impl SimSettings {
    /// Every problem at once; empty when the settings can be used.
    pub fn problems(&self) -> Vec<SimSettingsError> {
        let mut found = Vec::new();
        let mut expect = |key, is_met: bool, message: String| {
            if !is_met {
                found.push(SimSettingsError { key, message });
            }
        };
        expect(
            "width",
            (64..=4096).contains(&self.width),
            format!("expected 64 to 4096 pixels, found {}", self.width),
        );
        expect(
            "height",
            (48..=4096).contains(&self.height),
            format!("expected 48 to 4096 pixels, found {}", self.height),
        );
        expect(
            "views",
            (1..=VIEWS).contains(&self.views),
            format!("expected 1 or {VIEWS}, found {}", self.views),
        );
        expect(
            "styles",
            !self.styles.is_empty(),
            format!("expected at least one of {STYLES:?}, found none"),
        );
        for style in &self.styles {
            expect(
                "styles",
                STYLES.contains(&style.as_str()),
                format!("expected one of {STYLES:?}, found {style:?}"),
            );
        }
        expect(
            "pitch_ms",
            self.pitch_ms > 0,
            "expected at least 1, found 0".to_owned(),
        );
        expect(
            "jitter_ms",
            self.jitter_ms < self.pitch_ms.div_ceil(2),
            format!(
                "expected less than half of pitch_ms = {}, found {}",
                self.pitch_ms, self.jitter_ms
            ),
        );
        let bits = self.faults.sequence_bits;
        expect(
            "faults.sequence_bits",
            (8..=64).contains(&bits),
            format!("expected 8 to 64, found {bits}"),
        );
        let faults = &self.faults;
        for (key, share) in [
            ("defect_rate", self.defect_rate),
            ("faults.lost", faults.lost),
            ("faults.incomplete", faults.incomplete),
            ("faults.dark", faults.dark),
            ("faults.duplicate", faults.duplicate),
            ("faults.disconnect", faults.disconnect),
        ] {
            expect(
                key,
                (0.0..=1.0).contains(&share),
                format!("expected a share from 0 to 1, found {share}"),
            );
        }
        found
    }
}

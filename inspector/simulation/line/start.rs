//! How a simulated line is when the station starts, and what follows from that for its parts.

use super::naming::{COUNTED, Naming};
use super::scenario::{Coming, PITCH_MM, Span, TO_GATE_MM, Taking};
use fastrand::Rng;

/// How a line is when the station starts.
pub(super) struct Start {
    pub(super) by_power: bool,
    pub(super) is_asked: bool,
    pub(super) is_numbered: bool,
    pub(super) left_over_mm: Vec<f64>,
    pub(super) camera_announces: bool,
    pub(super) has_gate_sensor: bool,
    /// Whether that which announces parts is away for a while: from where in the run, for how long, noticed after how long.
    away: Option<(f64, u64, u64)>,
}

impl Start {
    pub(super) fn draw(rng: &mut Rng, taking: Taking) -> Self {
        let (by_power, is_asked) = (rng.bool(), rng.bool());
        let mut at_mm = -TO_GATE_MM + 1.0;
        let left_over = (0..rng.usize(..4)).map(|_| {
            at_mm += PITCH_MM * (0.3 + 0.7 * rng.f64());
            at_mm
        });
        let left_over_mm = left_over.collect();
        let by_power = by_power && taking == Taking::Time;
        let camera_announces = rng.bool();
        let away = rng.u8(..3) == 0;
        Self {
            by_power,
            is_asked: is_asked && taking == Taking::Plc,
            is_numbered: false,
            left_over_mm,
            camera_announces,
            // A sensor there sees what nobody announces, and has it taken out.
            has_gate_sensor: !(by_power && away) || rng.bool(),
            away: away.then(|| (rng.f64(), rng.u64(100..6_000), rng.u64(1..3_000))),
        }
    }

    /// Whether a PLC knows each part by its number. Where IDs are matched by the time of reading, parts keep their distance.
    pub(super) fn number(&mut self, seed: u64, taking: Taking, naming: Option<&Naming>) {
        let by_time = naming.is_some_and(|naming| naming.has_reader);
        let is_drawn = Rng::with_seed(seed ^ 0x2B).u8(..4) > 0;
        self.is_numbered = is_drawn && taking == Taking::Plc && !self.is_asked && !by_time;
    }

    /// When nobody announces parts. None of them comes so close to another that it would go with that one.
    pub(super) fn unheard(
        &self,
        is_clean: bool,
        end_ms: u64,
        parts: &mut [Coming],
    ) -> Option<(Span, u64)> {
        let (share, for_ms, noticed_after_ms) = self.away.filter(|_| !is_clean)?;
        for part in parts {
            part.gap_mm = part.gap_mm.max(PITCH_MM * 1.2);
        }
        let from = (share * end_ms as f64) as u64;
        Some(((from, from + for_ms), noticed_after_ms))
    }

    /// What follows for the parts.
    pub(super) fn befall(&self, is_clean: bool, is_apart: bool, parts: &mut [Coming]) {
        let mut is_before_stray = false;
        for (index, part) in parts.iter_mut().enumerate() {
            let is_behind_stray = std::mem::take(&mut is_before_stray);
            // Power that is ignored takes nothing out: the line is stopped, and the part has passed; unless the gate of
            // the safe lane is still to come.
            part.is_ignored &= !self.by_power || is_apart;
            part.is_followed &= self.has_gate_sensor;
            is_before_stray = part.is_followed;
            if self.is_asked {
                part.named = COUNTED;
            }
            let is_close = self.is_asked || self.is_numbered;
            match (is_close, is_clean) {
                (true, true) if index.is_multiple_of(4) => part.gap_mm *= 0.2,
                (true, false) => {
                    // The frame of one part is lost, and that of the next comes soon.
                    part.is_unseen |= index % 5 == 4 && index % 3 > 0;
                    let is_near = index.is_multiple_of(5) && !is_behind_stray;
                    part.gap_mm *= if is_near { 0.2 } else { 1.0 };
                }
                _ => {}
            }
        }
    }
}

//! Whoever announces parts is away for a while: a device of the line, or a camera.

use super::driver::{Run, locked};
use crate::ports::line::Feedback;
use crate::station::result::GapCause;
use crate::station::time::Instant;
use std::sync::atomic::Ordering;

impl Run {
    /// Whether whoever announces parts is away. It is told when that is noticed, and when it is back.
    pub(super) fn is_away(&mut self, ms: u64) -> bool {
        let (unheard, is_camera) = {
            let scenario = &locked(&self.world).scenario;
            (scenario.unheard_ms, scenario.camera_announces)
        };
        let Some(((from, to), noticed_after_ms)) = unheard else {
            return false;
        };
        if ms == from + noticed_after_ms && ms < to {
            self.connected(false, is_camera);
        }
        if ms == to {
            let (since, now) = (Instant::from_millis(from), Instant::from_millis(to));
            let cause = match is_camera {
                true => GapCause::CameraGone,
                false => GapCause::TriggerGone,
            };
            // In either order, as from two threads.
            if from.is_multiple_of(2) {
                self.connected(true, is_camera);
                self.line.actuate.step();
            }
            self.line.announcer.passed_unseen(since, now, cause);
            self.connected(true, is_camera);
        }
        (from..to).contains(&ms)
    }

    fn connected(&self, is_connected: bool, is_camera: bool) {
        if is_camera {
            let camera = &self.line.stats.cameras[0].is_connected;
            return camera.store(is_connected, Ordering::Relaxed);
        }
        let told = Feedback::Connected {
            device: 0,
            is_connected,
        };
        drop(self.line.devices.feedback.push(told));
    }
}

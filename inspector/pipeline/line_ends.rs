//! The queues between the devices of the line and the stages. They are laid before a job is put together, because
//! devices are opened with one end of them.

use crate::ports::line::{Feedback, Heard, Told};
use crate::queue::{Bell, Gauge, Outlet, Queue, queue};
use crate::station::identity::Identified;
use crate::station::position::Reading;
use std::sync::Arc;

/// Parts that a device may announce before the stage that numbers them looks.
const HEARD_BOUND: usize = 256;
/// Answers and sensors that may wait for `actuate`, which is woken by each.
const FEEDBACK_BOUND: usize = 1_024;
/// Readings of the encoder that may wait: at 1 kHz, a second.
const POSITIONS_BOUND: usize = 1_024;
/// Words of scanners and readers that may wait.
const IDENTITIES_BOUND: usize = 256;
/// Commands and states that may wait for one device.
const TOLD_BOUND: usize = 256;

/// The ends that the stages hold.
pub struct LineEnds {
    /// Rung when something comes for `actuate`.
    pub(super) bell: Arc<Bell>,
    /// Parts, from the device that announces them.
    pub heard: Outlet<Heard>,
    /// Answers and sensors, to `actuate`.
    pub(super) feedback: Outlet<Feedback>,
    /// Where the belt is, to `actuate`.
    pub(super) positions: Outlet<Reading>,
    /// Who parts are.
    pub identities: Outlet<Identified>,
    /// To each device, in the order of the settings.
    pub(super) told: Vec<Queue<Told>>,
    pub(super) gauges: Vec<Arc<Gauge>>,
}

/// The ends that all devices share.
#[derive(Clone)]
pub struct DeviceEnds {
    /// Parts, from the one device that announces them.
    pub heard: Queue<Heard>,
    /// Answers and sensors.
    pub feedback: Queue<Feedback>,
    /// Where the belt is.
    pub positions: Queue<Reading>,
    /// Who parts are.
    pub identities: Queue<Identified>,
}

/// Queues for so many devices: the ends of the stages, those that devices share, and what each device is told.
pub fn lay(devices: usize) -> (LineEnds, DeviceEnds, Vec<Outlet<Told>>) {
    let bell = Arc::new(Bell::default());
    let mut gauges = Vec::new();
    let (heard, heard_rx) = laid("heard", HEARD_BOUND, None, &mut gauges);
    let (feedback, feedback_rx) = laid("feedback", FEEDBACK_BOUND, Some(&bell), &mut gauges);
    let (positions, positions_rx) = laid("positions", POSITIONS_BOUND, Some(&bell), &mut gauges);
    let (identities, identities_rx) = laid("identities", IDENTITIES_BOUND, None, &mut gauges);
    let told = (0..devices).map(|_| laid("told", TOLD_BOUND, None, &mut gauges));
    let (told, told_rx) = told.unzip();
    let ends = LineEnds {
        bell,
        heard: heard_rx,
        feedback: feedback_rx,
        positions: positions_rx,
        identities: identities_rx,
        told,
        gauges,
    };
    let devices = DeviceEnds {
        heard,
        feedback,
        positions,
        identities,
    };
    (ends, devices, told_rx)
}

fn laid<T>(
    name: &str,
    bound: usize,
    bell: Option<&Arc<Bell>>,
    gauges: &mut Vec<Arc<Gauge>>,
) -> (Queue<T>, Outlet<T>) {
    let (name, when_full) = super::assembly::row(name);
    let (tx, rx) = queue(name, bound, when_full, bell.cloned());
    gauges.push(tx.gauge());
    (tx, rx)
}

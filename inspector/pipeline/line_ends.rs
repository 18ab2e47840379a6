//! The queues between the devices of the line and the stages. They are laid before a job is put together, because
//! devices are opened with one end of them.

use crate::ports::line::{Feedback, Heard, PartRequest, Told};
use crate::queue::{Bell, Gauge, Outlet, Queue, queue};
use crate::station::identity::Identified;
use crate::station::position::Reading;
use crate::telemetry::alarm::{AlarmChange, AlarmSender};
use std::sync::Arc;

/// Parts that a device may announce before the stage that numbers them looks.
const HEARD_BOUND: usize = 256;
/// Answers and sensors that may wait for `actuate`, which is woken by each.
const FEEDBACK_BOUND: usize = 1_024;
/// Readings of the encoder that may wait: at 1 kHz, a second.
const POSITIONS_BOUND: usize = 1_024;
/// Words of scanners and readers that may wait.
const IDENTITIES_BOUND: usize = 256;
/// Parts that programs may ask for before their device looks, which is soon.
const REQUESTS_BOUND: usize = 64;
/// Commands and states that may wait for one device.
const TOLD_BOUND: usize = 256;

/// The ends that the stages hold.
pub struct LineEnds {
    /// Rung when something comes for `actuate`.
    pub(super) bell: Arc<Bell>,
    /// Rung when something comes for `identify`.
    pub(super) identify_bell: Arc<Bell>,
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
    pub(super) alarms: AlarmSender,
    pub(super) alarms_rx: Outlet<AlarmChange>,
    pub(super) gauges: Vec<Arc<Gauge>>,
}

impl LineEnds {
    /// The way to the alarm board.
    pub fn alarms(&self) -> AlarmSender {
        self.alarms.clone()
    }

    /// The way of programs to one device that takes requests.
    pub fn requests(&mut self) -> (Queue<PartRequest>, Outlet<PartRequest>) {
        laid("requests", REQUESTS_BOUND, None, &mut self.gauges)
    }

    /// To the device with this index in the settings. Panics where there is none.
    pub fn told_of(&self, device: u8) -> Queue<Told> {
        self.told[usize::from(device)].clone()
    }
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
    /// Where conditions are raised and ended.
    pub alarms: AlarmSender,
}

/// Changes of alarms that may wait for the control plane, which looks twice a second.
pub(super) const ALARMS_BOUND: usize = 256;

/// Queues for so many devices: the ends of the stages, those that devices share, and what each device is told.
pub fn lay(devices: usize) -> (LineEnds, DeviceEnds, Vec<Outlet<Told>>) {
    let bell = Arc::new(Bell::default());
    let identify_bell = Arc::new(Bell::default());
    let mut gauges = Vec::new();
    let (heard, heard_rx) = laid("heard", HEARD_BOUND, None, &mut gauges);
    let (feedback, feedback_rx) = laid("feedback", FEEDBACK_BOUND, Some(&bell), &mut gauges);
    let (positions, positions_rx) = laid("positions", POSITIONS_BOUND, Some(&bell), &mut gauges);
    let (identities, identities_rx) = laid(
        "identities",
        IDENTITIES_BOUND,
        Some(&identify_bell),
        &mut gauges,
    );
    let (alarm_tx, alarms_rx) = laid("alarms", ALARMS_BOUND, None, &mut gauges);
    let alarms = AlarmSender::new(alarm_tx);
    let told = (0..devices).map(|_| laid("told", TOLD_BOUND, None, &mut gauges));
    let (told, told_rx) = told.unzip();
    let ends = LineEnds {
        bell,
        identify_bell,
        heard: heard_rx,
        feedback: feedback_rx,
        positions: positions_rx,
        identities: identities_rx,
        told,
        alarms: alarms.clone(),
        alarms_rx,
        gauges,
    };
    let devices = DeviceEnds {
        heard,
        feedback,
        positions,
        identities,
        alarms,
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

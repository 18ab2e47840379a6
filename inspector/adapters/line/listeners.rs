//! Where a device of the line sends what it hears.

use crate::ports::line::{Feedback, Heard};
use crate::queue::Queue;
use crate::station::identity::Identified;
use crate::station::position::Reading;

/// Where devices send what they hear. Every queue is bounded; a full one is a fault of the reader, counted there.
#[derive(Clone)]
pub struct Listeners {
    /// Parts, from the one device that announces them.
    pub triggers: Queue<Heard>,
    /// Answers and sensors.
    pub feedback: Queue<Feedback>,
    /// Where the belt is.
    pub positions: Queue<Reading>,
    /// Who parts are.
    pub identities: Queue<Identified>,
}

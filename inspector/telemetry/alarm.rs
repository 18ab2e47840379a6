//! What somebody must see to. Raised by stages, on paths where something has already gone wrong, so
//! allocating the message is allowed.

use crate::queue::Queue;
use serde::{Deserialize, Serialize};

/// Which thing is wrong. One alarm of a kind (and subject) is active at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// The result log takes no more; every part is rejected.
    LogFull,
    /// Results are not durable yet and pile up.
    DiskSlow,
    /// A camera does not answer.
    CameraGone,
    /// Pictures cannot be stored, or old ones were deleted to make room.
    ImageStore,
    /// The ejector did not take a command.
    Ejector,
    /// A model could not be run, or answered nonsense.
    Model,
    /// Parts without rows.
    Gap,
    /// More parts in flight than declared.
    LineTooFast,
    /// The trigger source cannot be heard.
    TriggerGone,
}

impl AlarmKind {
    /// Its name in the log and the API.
    pub const fn name(self) -> &'static str {
        match self {
            AlarmKind::LogFull => "log_full",
            AlarmKind::DiskSlow => "disk_slow",
            AlarmKind::CameraGone => "camera_gone",
            AlarmKind::ImageStore => "image_store",
            AlarmKind::Ejector => "ejector",
            AlarmKind::Model => "model",
            AlarmKind::Gap => "gap",
            AlarmKind::LineTooFast => "line_too_fast",
            AlarmKind::TriggerGone => "trigger_gone",
        }
    }

    /// Whether parts are rejected, or go unrecorded, as long as it lasts.
    pub const fn rejects_parts(self) -> bool {
        !matches!(
            self,
            AlarmKind::DiskSlow | AlarmKind::ImageStore | AlarmKind::LineTooFast
        )
    }
}

/// Raised or cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Which thing.
    pub kind: AlarmKind,
    /// Which one of them: a camera's name, or nothing.
    pub subject: String,
    /// What happened and what to do. Unused when clearing.
    pub message: String,
    /// Raised, or over.
    pub is_active: bool,
}

/// Where a stage rings.
#[derive(Clone)]
pub struct AlarmBell {
    queue: Queue<Alarm>,
}

impl AlarmBell {
    /// Rings into this queue. When it is full the alarm is counted there and lost: the alarms before
    /// it are still shown.
    pub fn new(queue: Queue<Alarm>) -> Self {
        Self { queue }
    }

    /// Something is wrong.
    pub fn raise(&self, kind: AlarmKind, subject: &str, message: String) {
        self.send(kind, subject, message, true);
    }

    /// It is over.
    pub fn clear(&self, kind: AlarmKind, subject: &str) {
        self.send(kind, subject, String::new(), false);
    }

    fn send(&self, kind: AlarmKind, subject: &str, message: String, is_active: bool) {
        let alarm = Alarm {
            kind,
            subject: subject.to_owned(),
            message,
            is_active,
        };
        // A full queue counts the loss in its gauge.
        drop(self.queue.push(alarm));
    }
}

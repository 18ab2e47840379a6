//! Has what commands did with the log written into the journal: they leave notes, because the station alone writes.

use super::outsiders::Outsider;
use crate::clock::Clock;
use crate::results::left::LeftNotes;
use crate::results::writer::Writer;
use crate::settings::StationSettings;
use crate::station::time::Instant;
use crate::telemetry::alarm::AlarmChange;
use std::sync::Arc;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(2);

/// Looks for notes, on a thread that nobody waits for.
pub struct Noting {
    notes: LeftNotes,
    writer: Writer,
    clock: Arc<dyn Clock>,
    due: Instant,
}

impl Noting {
    /// Of this station.
    pub fn new(settings: &StationSettings, writer: &Writer, clock: &Arc<dyn Clock>) -> Self {
        Self {
            notes: LeftNotes::of(&settings.data),
            writer: writer.clone(),
            clock: Arc::clone(clock),
            due: clock.now(),
        }
    }

    fn take(&mut self) {
        // What is not recorded now is the next time; a log that takes nothing is an alarm of whoever writes it.
        let _ = self.notes.take(&self.writer, self.clock.wall());
    }
}

impl Outsider for Noting {
    fn look(&mut self) -> Vec<AlarmChange> {
        let now = self.clock.now();
        if now >= self.due {
            self.due = now + EVERY;
            self.take();
        }
        Vec::new()
    }

    fn last(&mut self) {
        self.take();
    }
}

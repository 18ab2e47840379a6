//! Who else vouches for the log: each is asked on a thread of its own, which nobody waits for.

use super::handle::Handle;
use super::stamping::Stamper;
use super::witnessing::Witness;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::results::writer::Writer;
use crate::settings::StationSettings;
use crate::telemetry::alarm::AlarmChange;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long one may take to answer.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// How often a thread looks whether it is time.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The station's end waits so long for last answers.
const LAST_WITHIN: Duration = Duration::from_secs(5);

/// Somebody who is asked.
pub trait Outsider: Send {
    /// Asks, where it is time. Gives what has changed for the board of alarms. May take as long as an answer may take.
    fn look(&mut self) -> Option<AlarmChange>;

    /// The job has ended: asks for the last time.
    fn last(&mut self);
}

/// The threads that ask.
pub struct Outsiders {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Outsiders {
    /// Starts one for each that the settings name.
    ///
    /// # Errors
    /// When a key or certificates cannot be read, or the system has no more threads.
    pub fn start(
        settings: &StationSettings,
        writer: &Writer,
        clock: &Arc<dyn Clock>,
        handle: &Arc<Handle>,
    ) -> Result<Self, Error> {
        let mut all: Vec<Box<dyn Outsider>> = Vec::new();
        if let Some(stamper) = Stamper::of(settings, writer, clock)? {
            all.push(Box::new(stamper));
        }
        for witness in Witness::all(settings, writer, clock)? {
            all.push(Box::new(witness));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let threads = all.into_iter().map(|outsider| {
            let (is_over, handle) = (Arc::clone(&stop), Arc::clone(handle));
            Builder::new()
                .name("outsider".to_owned())
                .spawn(move || asking(outsider, &is_over, &handle))
                .map_err(|error| Error::new(ErrorKind::Internal, error))
        });
        Ok(Self {
            threads: threads.collect::<Result<_, _>>()?,
            stop,
        })
    }

    /// The job has ended: waits for what the last checkpoint gets, but not for long. What does not come is asked for by the
    /// next start.
    pub fn end(self) {
        self.stop.store(true, Ordering::Release);
        let mut left = LAST_WITHIN;
        let is_finished = || self.threads.iter().all(JoinHandle::is_finished);
        while left > Duration::ZERO && !is_finished() {
            std::thread::sleep(Duration::from_millis(20));
            left = left.saturating_sub(Duration::from_millis(20));
        }
    }
}

fn asking(mut outsider: Box<dyn Outsider>, is_over: &AtomicBool, handle: &Handle) {
    while !is_over.load(Ordering::Acquire) {
        let changed = outsider.look();
        changed
            .into_iter()
            .for_each(|change| handle.set_alarm(change));
        std::thread::sleep(LOOK_EVERY);
    }
    outsider.last();
}

//! Asks a time-stamp server to stamp checkpoints, on a thread that nobody waits for. What is to be stamped is the newest
//! checkpoint of the log: a server that is away for days is asked for one stamp then, which covers all of it.

use super::handle::Handle;
use super::shift_ends::ShiftEnds;
use crate::adapters::web::Web;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::ports::journal::Journal;
use crate::results::proof::evidence::Unproven;
use crate::results::proof::stamp::{ANSWER_BYTES_MAX, QUERY_TYPE, Stamp, query};
use crate::results::proof::stamps::{Signed, Stamps};
use crate::results::writer::Writer;
use crate::settings::StationSettings;
use crate::settings::station::TimestampSettings;
use crate::station::time::Instant;
use crate::telemetry::alarm::AlarmChange;
use crate::telemetry::catalogue::Code;
use ring::rand::{SecureRandom, SystemRandom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long a server may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// A server that gave no stamp is asked again after so long, …
const AGAIN_FIRST: Duration = Duration::from_secs(10);
/// … then after twice as long each time, up to this.
const AGAIN_LAST: Duration = Duration::from_secs(600);
/// Without a stamp for so long it is an alarm.
const ALARM_AFTER: Duration = Duration::from_secs(300);
/// After the end of a shift the root is signed within this time.
const SHIFT_SIGNED_WITHIN: Duration = Duration::from_secs(5);
/// How often the thread looks whether it is time.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The station's end waits so long for a last stamp.
const LAST_WITHIN: Duration = Duration::from_secs(5);

/// When a server is asked.
struct Pace {
    every: Duration,
    due: Instant,
    again: Duration,
    /// Since when no stamp has come that was asked for.
    failing_since: Option<Instant>,
}

impl Pace {
    fn new(every: Duration, now: Instant) -> Self {
        Self {
            every,
            due: now,
            again: AGAIN_FIRST,
            failing_since: None,
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        now >= self.due
    }

    /// A shift ended: sooner than else.
    fn hurry(&mut self, now: Instant) {
        self.due = self.due.min(now + SHIFT_SIGNED_WITHIN);
    }

    fn came(&mut self, now: Instant) {
        *self = Self {
            due: now + self.every,
            ..Self::new(self.every, now)
        };
    }

    /// Whether it is an alarm by now.
    fn failed(&mut self, now: Instant) -> bool {
        self.due = now + self.again;
        self.again = (self.again * 2).min(AGAIN_LAST);
        now.since(*self.failing_since.get_or_insert(now)) >= ALARM_AFTER
    }
}

/// What asks for stamps.
pub struct Stamper {
    data: PathBuf,
    writer: Writer,
    clock: Arc<dyn Clock>,
    web: Web,
    pace: Pace,
    ends: ShiftEnds,
    /// Once it could be read.
    stamps: Option<Stamps>,
    is_alarm: bool,
}

impl Stamper {
    /// Of this station; `None` where it has no server.
    ///
    /// # Errors
    /// Where the certificates for the server cannot be read.
    pub fn of(
        settings: &StationSettings,
        writer: &Writer,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Self>, Error> {
        let Some(TimestampSettings { url, every }) = &settings.proof.timestamp else {
            return Ok(None);
        };
        let ca = (settings.proof.ca.as_deref(), "proof.ca");
        Ok(Some(Self {
            data: settings.data.clone(),
            writer: writer.clone(),
            clock: Arc::clone(clock),
            web: Web::open(url, ANSWERS_WITHIN, ca)?,
            pace: Pace::new(*every, clock.now()),
            ends: ShiftEnds::new(settings.days.calendar(), clock.wall()),
            stamps: None,
            is_alarm: false,
        }))
    }

    /// Asks, where it is time and there is something new. Gives what has changed for the board of alarms. May take as long as a
    /// server may take to answer.
    pub fn look(&mut self) -> Option<AlarmChange> {
        let now = self.clock.now();
        if self.ends.look(self.clock.wall()) {
            self.pace.hurry(now);
        }
        match self.pace.is_due(now) {
            true => self.ask(),
            false => None,
        }
    }

    /// Asks for a stamp over the newest checkpoint, due or not.
    fn ask(&mut self) -> Option<AlarmChange> {
        let asked = self.due().and_then(|due| match due {
            None => Ok(false),
            Some(signed) => self.stamp(&signed).map(|()| true),
        });
        let now = self.clock.now();
        match asked {
            // A checkpoint is looked for again soon: one comes within a minute.
            Ok(false) => {
                self.pace.due = now + SHIFT_SIGNED_WITHIN;
                None
            }
            Ok(true) => {
                self.pace.came(now);
                std::mem::take(&mut self.is_alarm).then(|| change(String::new(), false))
            }
            Err(Unproven(found)) => self.pace.failed(now).then(|| {
                self.is_alarm = true;
                let message = format!(
                    "{}: expected a time stamp (RFC 3161) over the newest checkpoint, found {found}; see whether the server is \
                     reached from here, and proof.timestamp_url in station.toml. Results are recorded and signed all the \
                     same, and it is asked again",
                    self.web.url()
                );
                change(message, true)
            }),
        }
    }

    fn due(&mut self) -> Result<Option<Signed>, Unproven> {
        if self.stamps.is_none() {
            let stamps = Stamps::open(&self.data).map_err(|error| Unproven(error.to_string()))?;
            self.stamps = Some(stamps);
        }
        match &self.stamps {
            Some(stamps) => stamps.due().map_err(|error| Unproven(error.to_string())),
            None => Ok(None),
        }
    }

    fn stamp(&mut self, signed: &Signed) -> Result<(), Unproven> {
        let mut nonce = [0; 8];
        let drawn = SystemRandom::new().fill(&mut nonce);
        drawn
            .map_err(|_| Unproven("no random number, which the system did not give".to_owned()))?;
        let nonce = u64::from_be_bytes(nonce);
        let bytes = signed.note.as_bytes();
        let reply = self
            .web
            .post(QUERY_TYPE, &query(bytes, nonce), ANSWER_BYTES_MAX);
        let reply = reply.map_err(|error| Unproven(error.to_string()))?;
        if reply.status != 200 {
            return Err(Unproven(format!("status {}", reply.status)));
        }
        let stamp = Stamp::read(&reply.body)?;
        stamp.check(bytes, Some(nonce))?;
        let entry = signed.entry(self.clock.wall(), &stamp, &reply.body)?;
        // One that is not durable is asked for again.
        let kept = self.writer.record(entry);
        kept.map_err(|error| Unproven(format!("one that could not be recorded: {error}")))?;
        if let Some(stamps) = &mut self.stamps {
            stamps.stamped(signed);
        }
        Ok(())
    }
}

fn change(message: String, is_active: bool) -> AlarmChange {
    AlarmChange {
        code: Code::StampingFailed,
        subject: String::new(),
        message,
        is_active,
    }
}

/// The thread that asks.
pub struct Stamping {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Stamping {
    /// Starts it.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(mut stamper: Stamper, handle: Arc<Handle>) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&stop);
        let ask = move || {
            while !is_over.load(Ordering::Acquire) {
                let changed = stamper.look();
                changed
                    .into_iter()
                    .for_each(|change| handle.set_alarm(change));
                std::thread::sleep(LOOK_EVERY);
            }
            // The last checkpoint of the job; where no stamp comes the next start asks.
            let _ = stamper.ask();
        };
        let thread = Builder::new()
            .name("stamp".to_owned())
            .spawn(ask)
            .map_err(|error| Error::new(ErrorKind::Internal, error))?;
        Ok(Self { stop, thread })
    }

    /// The job has ended: asks for a last stamp, and waits for it, but not for long.
    pub fn end(self) {
        self.stop.store(true, Ordering::Release);
        let mut left = LAST_WITHIN;
        while left > Duration::ZERO && !self.thread.is_finished() {
            std::thread::sleep(Duration::from_millis(20));
            left = left.saturating_sub(Duration::from_millis(20));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_away_is_asked_ever_more_rarely_and_is_an_alarm_after_a_while() {
        let mut now = Instant::from_millis(0);
        let mut pace = Pace::new(Duration::from_secs(3_600), now);
        let mut waits = Vec::new();
        let mut alarm_at = None;
        for _ in 0..9 {
            assert!(pace.is_due(now));
            if pace.failed(now) {
                alarm_at.get_or_insert(now);
            }
            waits.push(pace.due.since(now).as_secs());
            now = pace.due;
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
        assert_eq!(alarm_at, Some(Instant::from_millis(310_000)));
        pace.came(now);
        assert!(!pace.is_due(now + Duration::from_secs(3_599)));
        assert!(pace.is_due(now + Duration::from_secs(3_600)));
        pace.hurry(now);
        assert!(pace.is_due(now + SHIFT_SIGNED_WITHIN));
        assert!(!pace.failed(now), "it is counted anew");
    }
}

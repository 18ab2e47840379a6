//! Asks a time-stamp server to stamp checkpoints. What is to be stamped is the newest
//! checkpoint of the log: a server that is away for days is asked for one stamp then, which covers all of it.

use super::outsiders::Outsider;
use super::pace::Pace;
use super::shift_ends::ShiftEnds;
use crate::adapters::web::Web;
use crate::clock::Clock;
use crate::ports::journal::Journal;
use crate::results::open::OpenError;
use crate::results::proof::evidence::Unproven;
use crate::results::proof::stamp::{ANSWER_BYTES_MAX, QUERY_TYPE, Stamp, query};
use crate::results::proof::stamps::{Due, Signed, Stamps};
use crate::results::writer::Writer;
use crate::settings::StationSettings;
use crate::telemetry::alarm::AlarmChange;
use crate::telemetry::catalogue::Code;
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::Arc;
use std::time::Duration;

/// What asks for stamps.
pub struct Stamper {
    writer: Writer,
    clock: Arc<dyn Clock>,
    web: Web,
    pace: Pace,
    ends: ShiftEnds,
    /// Leaves that the log had when a shift ended of which nothing was stamped yet: a checkpoint that was signed before does not
    /// cover them.
    ended_at: Option<u64>,
    stamps: Stamps,
    is_alarm: bool,
}

impl Stamper {
    /// Of this station, by this server, which is asked so often.
    pub fn new(
        (web, every): (Web, Duration),
        settings: &StationSettings,
        writer: &Writer,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self {
            writer: writer.clone(),
            clock: Arc::clone(clock),
            web,
            pace: Pace::new(every, clock.now()),
            ends: ShiftEnds::new(settings.days.calendar(), clock.wall()),
            ended_at: None,
            stamps: Stamps::of(&settings.data),
            is_alarm: false,
        }
    }

    /// Asks for a stamp over the newest checkpoint, due or not.
    fn ask(&mut self) -> Option<AlarmChange> {
        let asked = self.due_and_stamped();
        let now = self.clock.now();
        match asked {
            // A checkpoint is looked for again soon: one comes within a minute.
            Ok(Asked::Nothing) => {
                self.pace.idle(now);
                None
            }
            Ok(Asked::TooSoon) => {
                self.pace.hurry(now);
                None
            }
            Ok(Asked::Stamped) => {
                self.pace.came(now);
                if self.ended_at.is_some() {
                    self.pace.hurry(now);
                }
                std::mem::take(&mut self.is_alarm).then(|| change(String::new(), false))
            }
            Err(Unproven(found)) => self.pace.failed(now).then(|| {
                self.is_alarm = true;
                let message = format!(
                    "{}: expected a time stamp (RFC 3161) over the newest checkpoint, found {found}; see whether the server is \
                     reached from here, and proof.timestamp_url in station.toml. Results are recorded and signed all the \
                     same, and it is asked again",
                    self.web.shown()
                );
                change(message, true)
            }),
        }
    }

    fn due_and_stamped(&mut self) -> Result<Asked, Unproven> {
        let Due { signed, size } = self.stamps.due().map_err(unread)?;
        let is_waited_for = self.ended_at.is_some_and(|leaves| size < leaves);
        if is_waited_for && !self.pace.is_regular(self.clock.now()) {
            return Ok(Asked::TooSoon);
        }
        let stamped = match signed {
            None => Asked::Nothing,
            Some(signed) => {
                self.stamp(&signed)?;
                Asked::Stamped
            }
        };
        self.ended_at = self.ended_at.filter(|_| is_waited_for);
        Ok(stamped)
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
        self.stamps.stamped(signed);
        Ok(())
    }
}

/// What came of looking for something to be stamped.
enum Asked {
    /// There is nothing new.
    Nothing,
    /// What was signed at the end of a shift is not there yet.
    TooSoon,
    /// The newest checkpoint has its stamp.
    Stamped,
}

fn unread(error: OpenError) -> Unproven {
    Unproven(error.to_string())
}

fn change(message: String, is_active: bool) -> AlarmChange {
    AlarmChange {
        code: Code::StampingFailed,
        subject: String::new(),
        message,
        is_active,
    }
}

impl Outsider for Stamper {
    fn look(&mut self) -> Vec<AlarmChange> {
        let now = self.clock.now();
        if self.ends.look(self.clock.wall()) {
            // Where that cannot be read, the newest checkpoint is stamped as soon as it can.
            self.ended_at = self.stamps.leaves().ok();
            self.pace.hurry(now);
        }
        match self.pace.is_due(now) {
            true => self.ask().into_iter().collect(),
            false => Vec::new(),
        }
    }

    fn last(&mut self) {
        self.ended_at = None;
        let _ = self.ask();
    }
}

//! Asks a time-stamp server to stamp checkpoints. What is to be stamped is the newest
//! checkpoint of the log: a server that is away for days is asked for one stamp then, which covers all of it.

use super::outsiders::{ANSWERS_WITHIN, Outsider};
use super::pace::Pace;
use super::shift_ends::ShiftEnds;
use crate::adapters::web::Web;
use crate::clock::Clock;
use crate::error::Error;
use crate::ports::journal::Journal;
use crate::results::proof::evidence::Unproven;
use crate::results::proof::stamp::{ANSWER_BYTES_MAX, QUERY_TYPE, Stamp, query};
use crate::results::proof::stamps::{Signed, Stamps};
use crate::results::writer::Writer;
use crate::settings::StationSettings;
use crate::settings::station::TimestampSettings;
use crate::telemetry::alarm::AlarmChange;
use crate::telemetry::catalogue::Code;
use ring::rand::{SecureRandom, SystemRandom};
use std::path::PathBuf;
use std::sync::Arc;

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
                self.pace.idle(now);
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

impl Outsider for Stamper {
    fn look(&mut self) -> Option<AlarmChange> {
        let now = self.clock.now();
        if self.ends.look(self.clock.wall()) {
            self.pace.hurry(now);
        }
        match self.pace.is_due(now) {
            true => self.ask(),
            false => None,
        }
    }

    fn last(&mut self) {
        let _ = self.ask();
    }
}

//! Has witnesses cosign checkpoints. A witness remembers how the log looked, and cosigns only what goes on from there: so
//! a log that was rewritten or cut back is found by somebody whom nobody at the station can reach.

use super::outsiders::{ANSWERS_WITHIN, Outsider};
use super::pace::Pace;
use crate::adapters::web::{Reply, Web};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::results::proof::cosign::{WitnessKey, request};
use crate::results::proof::evidence::Unproven;
use crate::results::proof::stamps::Signed;
use crate::results::proof::witnessed::Witnessed;
use crate::results::writer::Writer;
use crate::settings::StationSettings;
use crate::telemetry::alarm::AlarmChange;
use crate::telemetry::catalogue::Code;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A new checkpoint comes each minute at most; it is looked for so often.
const EVERY: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: u64 = 16 * 1_024;

/// What a witness did not do.
enum Not {
    /// It was not reached, or gave no answer that counts.
    Answered(String),
    /// It has seen another log.
    Agreed(String),
}

impl From<Unproven> for Not {
    fn from(Unproven(found): Unproven) -> Self {
        Not::Answered(found)
    }
}

/// Somebody who remembers the log, and what stands between him and the station.
pub struct Witness {
    key: WitnessKey,
    web: Web,
    data: PathBuf,
    writer: Writer,
    clock: Arc<dyn Clock>,
    pace: Pace,
    /// Once it could be read: the log, and how many leaves the witness has cosigned.
    log: Option<(Witnessed, u64)>,
    /// What stands on the board of alarms.
    alarm: Option<Code>,
}

impl Witness {
    /// Those of this station.
    ///
    /// # Errors
    /// Where a key is none, or certificates cannot be read.
    pub fn all(
        settings: &StationSettings,
        writer: &Writer,
        clock: &Arc<dyn Clock>,
    ) -> Result<Vec<Self>, Error> {
        let witnesses = settings.proof.witnesses.iter().map(|witness| {
            let key = witness.key.parse().map_err(|error| {
                Error::new(ErrorKind::Settings, format!("proof.witness.key: {error}"))
            })?;
            let ca = (settings.proof.ca.as_deref(), "proof.ca");
            let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
            Ok(Self {
                key,
                web: Web::open(&url, ANSWERS_WITHIN, ca)?,
                data: settings.data.clone(),
                writer: writer.clone(),
                clock: Arc::clone(clock),
                pace: Pace::new(EVERY, clock.now()),
                log: None,
                alarm: None,
            })
        });
        witnesses.collect()
    }

    fn ask(&mut self) -> Option<AlarmChange> {
        let asked = self.cosign();
        let now = self.clock.now();
        match asked {
            Ok(false) => {
                self.pace.idle(now);
                None
            }
            Ok(true) => {
                self.pace.came(now);
                let over = self.alarm.take()?;
                Some(self.change(over, String::new(), false))
            }
            Err(Not::Answered(found)) => {
                let is_alarm = self.pace.failed(now) && self.alarm != Some(Code::WitnessRefused);
                let message = format!(
                    "{}: expected a cosignature of {}, found {found}; see whether the witness is reached from here, knows this \
                     log (give it what `inspector key --plain` prints), and proof.witness in station.toml. Results are recorded \
                     and signed all the same, and it is asked again",
                    self.web.url(),
                    self.key.name
                );
                is_alarm.then(|| self.change(Code::WitnessFailed, message, true))
            }
            Err(Not::Agreed(found)) => {
                self.pace.failed(now);
                let message = format!(
                    "{} does not cosign: {found}. Leave the disk as it is, copy the data folder, and compare it with what the \
                     witness keeps; `inspector verify` with the key and a checkpoint kept elsewhere names what was changed",
                    self.key.name
                );
                Some(self.change(Code::WitnessRefused, message, true))
            }
        }
    }

    /// One alarm of a witness at a time: a refusal takes the place of silence.
    fn change(&mut self, code: Code, message: String, is_active: bool) -> AlarmChange {
        self.alarm = is_active.then_some(code);
        AlarmChange {
            code,
            subject: self.key.name.clone(),
            message,
            is_active,
        }
    }

    /// Whether there was something to cosign, which is cosigned now.
    fn cosign(&mut self) -> Result<bool, Not> {
        let unread = |error: rusqlite::Error| Not::Answered(error.to_string());
        if self.log.is_none() {
            let log = Witnessed::open(&self.data);
            let log = log.map_err(|error| Not::Answered(error.to_string()))?;
            let cosigned = log.cosigned_by(&self.key).map_err(unread)?;
            self.log = Some((log, cosigned));
        }
        let Some((log, cosigned)) = &self.log else {
            return Ok(false);
        };
        let Some(newest) = log.newest().map_err(unread)? else {
            return Ok(false);
        };
        if newest.size == *cosigned {
            return Ok(false);
        }
        let line = self.asked(log, *cosigned, &newest)?;
        let kept = self.writer.cosigned(newest.size, line);
        kept.map_err(|error| Not::Answered(format!("one that was not recorded: {error}")))?;
        if let Some((_, cosigned)) = &mut self.log {
            *cosigned = newest.size;
        }
        Ok(true)
    }

    fn asked(&self, log: &Witnessed, cosigned: u64, newest: &Signed) -> Result<String, Not> {
        let reply = self.post(log, cosigned, newest)?;
        let reply = match seen(&reply) {
            // A restored log may lack a cosignature that was given, and so may one that was killed.
            Some(seen) if seen <= newest.size => self.post(log, seen, newest)?,
            Some(seen) => {
                return Err(Not::Agreed(format!(
                    "it has seen {seen} leaves of this log, which has {} now: the log was rolled back or cut off, or another \
                     copy of it runs",
                    newest.size
                )));
            }
            None => reply,
        };
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let begins: String = text.trim().chars().take(120).collect();
        match reply.status {
            200 => Ok(self.key.line_of(&newest.note, &text)?),
            422 => Err(Not::Agreed(format!(
                "the log does not go on from what it has seen: its history was rewritten, or it is another one under the same \
                 key (it says {begins:?})"
            ))),
            status => Err(Not::Answered(format!("status {status}, {begins:?}"))),
        }
    }

    fn post(&self, log: &Witnessed, old: u64, newest: &Signed) -> Result<Reply, Not> {
        let grew = log.grew(old.min(newest.size), newest.size);
        let grew = grew.map_err(|error| Not::Answered(error.to_string()))?;
        let body = request(old, &grew, &newest.note);
        self.web
            .post("text/plain", body.as_bytes(), ANSWER_BYTES_MAX)
            .map_err(|error| Not::Answered(error.to_string()))
    }
}

/// How many leaves a witness has seen that expected another `old`.
fn seen(reply: &Reply) -> Option<u64> {
    let text = std::str::from_utf8(&reply.body).ok()?;
    (reply.status == 409).then(|| text.trim().parse().ok())?
}

impl Outsider for Witness {
    fn look(&mut self) -> Option<AlarmChange> {
        match self.pace.is_due(self.clock.now()) {
            true => self.ask(),
            false => None,
        }
    }

    fn last(&mut self) {
        let _ = self.cosign();
    }
}

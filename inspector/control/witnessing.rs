//! Has witnesses cosign checkpoints. A witness remembers how the log looked, and cosigns only what goes on from there: so
//! a log that was rewritten or cut back is found by somebody whom nobody at the station can reach.

use super::outsiders::Outsider;
use super::pace::Pace;
use crate::adapters::web::{Reply, Web};
use crate::clock::Clock;
use crate::results::open::OpenError;
use crate::results::proof::cosign::{WitnessKey, request};
use crate::results::proof::evidence::Unproven;
use crate::results::proof::stamps::Signed;
use crate::results::proof::witnessed::Witnessed;
use crate::results::writer::Writer;
use crate::settings::StationSettings;
use crate::telemetry::alarm::AlarmChange;
use crate::telemetry::catalogue::Code;
use std::sync::Arc;
use std::time::Duration;

/// A new checkpoint comes each minute at most; it is looked for so often.
const EVERY: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: u64 = 16 * 1_024;
/// So often in a row it may say that it has seen other leaves than it was told.
const TELLS_MAX: u32 = 3;

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
    writer: Writer,
    clock: Arc<dyn Clock>,
    pace: Pace,
    log: Witnessed,
    /// How many leaves of it the witness has cosigned; `None` until it was read.
    cosigned: Option<u64>,
    /// What stands on the board of alarms.
    alarm: Option<Code>,
}

impl Witness {
    /// One of this station, by its key and address.
    pub fn new(
        (key, web): (WitnessKey, Web),
        settings: &StationSettings,
        writer: &Writer,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self {
            key,
            web,
            writer: writer.clone(),
            clock: Arc::clone(clock),
            pace: Pace::new(EVERY, clock.now()),
            log: Witnessed::of(&settings.data),
            cosigned: None,
            alarm: None,
        }
    }

    fn ask(&mut self) -> Vec<AlarmChange> {
        let asked = self.cosign();
        let now = self.clock.now();
        match asked {
            Ok(false) => {
                self.pace.idle(now);
                Vec::new()
            }
            Ok(true) => {
                self.pace.came(now);
                self.is_now(None)
            }
            Err(Not::Answered(found)) => {
                let is_alarm = self.pace.failed(now) && self.alarm != Some(Code::WitnessRefused);
                let message = format!(
                    "{}: expected a cosignature of {}, found {found}; see whether the witness is reached from here, knows this \
                     log (give it what `inspector key --plain` prints), and proof.witness in station.toml. Results are recorded \
                     and signed all the same, and it is asked again",
                    self.web.shown(),
                    self.key.name
                );
                match is_alarm {
                    true => self.is_now(Some((Code::WitnessFailed, message))),
                    false => Vec::new(),
                }
            }
            Err(Not::Agreed(found)) => {
                self.pace.failed(now);
                let message = format!(
                    "{} does not cosign: {found}. Leave the disk as it is, copy the data folder, and compare it with what the \
                     witness keeps; `inspector verify` with the key and a checkpoint kept elsewhere names what was changed",
                    self.key.name
                );
                self.is_now(Some((Code::WitnessRefused, message)))
            }
        }
    }

    /// One alarm of a witness at a time: another one ends the one before.
    fn is_now(&mut self, alarm: Option<(Code, String)>) -> Vec<AlarmChange> {
        let code = alarm.as_ref().map(|(code, _)| *code);
        let before = std::mem::replace(&mut self.alarm, code);
        let over = before.filter(|before| Some(*before) != code);
        let over = over.map(|over| self.change(over, String::new(), false));
        let begun = alarm.map(|(code, message)| self.change(code, message, true));
        over.into_iter().chain(begun).collect()
    }

    fn change(&self, code: Code, message: String, is_active: bool) -> AlarmChange {
        AlarmChange {
            code,
            subject: self.key.name.clone(),
            message,
            is_active,
        }
    }

    /// Whether there was something to cosign, which is cosigned now.
    fn cosign(&mut self) -> Result<bool, Not> {
        let unread = |error: OpenError| Not::Answered(error.to_string());
        if self.log.is_another().map_err(unread)? {
            self.cosigned = None;
        }
        let cosigned = match self.cosigned {
            Some(cosigned) => cosigned,
            None => self.log.cosigned_by(&self.key).map_err(unread)?,
        };
        self.cosigned = Some(cosigned);
        let Some(newest) = self.log.newest().map_err(unread)? else {
            return Ok(false);
        };
        if newest.size == cosigned {
            return Ok(false);
        }
        let line = self.asked(cosigned, &newest)?;
        let kept = self.writer.cosigned(newest.size, line);
        kept.map_err(|error| Not::Answered(format!("one that was not recorded: {error}")))?;
        self.cosigned = Some(newest.size);
        Ok(true)
    }

    fn asked(&self, cosigned: u64, newest: &Signed) -> Result<String, Not> {
        let mut old = cosigned;
        for _ in 0..TELLS_MAX {
            let reply = self.post(old, newest)?;
            let seen = match seen(&reply) {
                None => return self.answer(&reply, newest),
                Some(seen) => seen,
            };
            if seen > newest.size {
                return Err(Not::Agreed(format!(
                    "it has seen {seen} leaves of this log, which has {} now: the log was rolled back or cut off, or another \
                     copy of it runs",
                    newest.size
                )));
            }
            // c2sp.org/tlog-witness: of as many leaves, it is the root that is another.
            if seen == old && seen == newest.size {
                return Err(Not::Agreed(format!(
                    "it has seen as many leaves as this log has, {seen}, and their root was another: there are two logs under \
                     the same key, of which one was written anew or another copy runs"
                )));
            }
            // A restored log may lack a cosignature that was given, and so may one that was killed.
            old = seen;
        }
        Err(Not::Answered(format!(
            "status 409 {TELLS_MAX} times: it tells of other leaves each time, as where somebody else asks it for the same log"
        )))
    }

    fn answer(&self, reply: &Reply, newest: &Signed) -> Result<String, Not> {
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

    fn post(&self, old: u64, newest: &Signed) -> Result<Reply, Not> {
        let grew = self.log.grew(old.min(newest.size), newest.size);
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
    fn look(&mut self) -> Vec<AlarmChange> {
        match self.pace.is_due(self.clock.now()) {
            true => self.ask(),
            false => Vec::new(),
        }
    }

    fn last(&mut self) {
        let _ = self.cosign();
    }
}

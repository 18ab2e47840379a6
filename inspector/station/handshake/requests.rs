//! What the PLC asks for besides triggers and results: user data, jobs, string commands, soft events. Each request is
//! held until its answer, and the answer until the request is dropped.

use super::signals::{Control, Controls, SOFT_EVENTS_AT, STRING_BYTES};
use super::{Effect, Sink, error};
use crate::station::identity::Identified;
use crate::station::part::{PartId, PartNo, Style};
use crate::station::time::Instant;
use arrayvec::{ArrayString, ArrayVec};

/// The most jobs that a PLC can choose from.
pub const JOBS_MAX: usize = 64;

/// The styles that a PLC can choose by number; the first is 1.
pub type Jobs = ArrayVec<Style, JOBS_MAX>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Idle,
    /// Waits until no part is before the camera: its pictures are of the job before.
    Executing(u16),
    Completed(u16),
    Failed(u16),
}

/// Who the next part is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    pub part_id: Option<PartId>,
    pub style: Option<Style>,
}

#[derive(Clone, Debug)]
pub(super) struct Requests {
    jobs: Jobs,
    before: u32,
    next: Option<Identity>,
    pub job: u16,
    pub command: Command,
    pub is_user_data_ack: bool,
    pub is_string_ack: bool,
    pub string_code: u16,
    pub string_answer: ArrayString<STRING_BYTES>,
    pub soft_events: u32,
}

/// Text up to the first zero byte; spaces around it are padding.
fn text(field: &[u8]) -> Option<&str> {
    let end = field.iter().position(|byte| *byte == 0);
    let text = std::str::from_utf8(&field[..end.unwrap_or(field.len())]);
    text.ok().map(str::trim)
}

/// Part ID and style as they stand there.
fn identity(controls: &Controls) -> Result<Identity, ()> {
    let part_id = match text(&controls.part_id).ok_or(())? {
        "" => None,
        found => Some(PartId::new(found).map_err(|_| ())?),
    };
    let style = match text(&controls.style).ok_or(())? {
        "" => None,
        found => Some(Style::new(found).map_err(|_| ())?),
    };
    Ok(Identity { part_id, style })
}

/// The newest part with these low 16 bits.
fn part_of(low: u16, newest: PartNo) -> Option<PartNo> {
    let back = super::low(newest.0).wrapping_sub(low);
    let found = newest.0.checked_sub(u64::from(back))?;
    (found > 0).then_some(PartNo(found))
}

impl Requests {
    pub fn new(jobs: Jobs) -> Self {
        Self {
            jobs,
            before: 0,
            next: None,
            job: 0,
            command: Command::Idle,
            is_user_data_ack: false,
            is_string_ack: false,
            string_code: 0,
            string_answer: ArrayString::new(),
            soft_events: 0,
        }
    }

    fn style_of_job(&self) -> Option<Style> {
        let at = usize::from(self.job).checked_sub(1)?;
        self.jobs.get(at).copied()
    }

    /// Who the part is whose trigger came now. What was said for it holds for no other part.
    pub fn triggered(&mut self, controls: &Controls) -> (Identity, Option<u16>) {
        let found = match controls.is_id_at_trigger {
            true => identity(controls),
            false => Ok(self.next.take().unwrap_or_default()),
        };
        let mut who = found.unwrap_or_default();
        who.style = who.style.or_else(|| self.style_of_job());
        (who, found.is_err().then_some(error::USER_DATA))
    }

    /// Returns an error code where something could not be done.
    pub fn step(
        &mut self,
        now: Instant,
        controls: &Controls,
        newest: PartNo,
        is_camera_free: bool,
        sink: Sink<'_>,
    ) -> Option<u16> {
        let rises = |bit: Control| controls.has(bit) && !bit.of(self.before);
        let is_user_data = rises(Control::SetUserData);
        let is_string = rises(Control::InitiateStringCommand);
        let is_command = rises(Control::ExecuteCommand);
        let mut failed = None;
        if is_user_data {
            self.is_user_data_ack = true;
            failed = self.user_data(now, controls, newest, sink);
        }
        self.is_user_data_ack &= controls.has(Control::SetUserData);
        if is_string {
            self.is_string_ack = true;
            self.string(controls);
            failed = failed.or((self.string_code != 0).then_some(self.string_code));
        }
        self.is_string_ack &= controls.has(Control::InitiateStringCommand);
        failed = self
            .command(controls, is_command, is_camera_free)
            .or(failed);
        self.soft_events(controls, sink);
        self.before = controls.bits;
        failed
    }

    fn user_data(
        &mut self,
        at: Instant,
        controls: &Controls,
        newest: PartNo,
        sink: Sink<'_>,
    ) -> Option<u16> {
        let found = identity(controls);
        let who = found.unwrap_or_default();
        if controls.user_data_part == 0 {
            self.next = Some(who);
        } else {
            let Some(part_no) = part_of(controls.user_data_part, newest) else {
                return Some(error::PART);
            };
            sink(Effect::Identified(Identified {
                part_no: Some(part_no),
                part_id: who.part_id,
                style: who.style,
                lane: None,
                at,
            }));
        }
        found.is_err().then_some(error::USER_DATA)
    }

    fn command(&mut self, controls: &Controls, is_new: bool, is_camera_free: bool) -> Option<u16> {
        let number = controls.command;
        let is_held = controls.has(Control::ExecuteCommand);
        let is_other = match self.command {
            Command::Completed(done) | Command::Failed(done) => done != number,
            Command::Idle | Command::Executing(_) => false,
        };
        if !is_held {
            self.command = match self.command {
                Command::Executing(number) => Command::Executing(number),
                _ => Command::Idle,
            };
        } else if is_new || is_other {
            self.command = Command::Executing(number);
        }
        let Command::Executing(number) = self.command else {
            return None;
        };
        if !(1..=self.jobs.len()).contains(&usize::from(number)) {
            self.command = Command::Failed(number);
            return Some(error::COMMAND);
        }
        if is_camera_free {
            self.job = number;
            self.command = match is_held {
                true => Command::Completed(number),
                false => Command::Idle,
            };
        }
        None
    }

    /// `STYLE name` chooses the job of that style; `ID text` says who the next part is.
    fn string(&mut self, controls: &Controls) {
        let bytes = usize::from(controls.string_bytes).min(STRING_BYTES);
        let asked = text(&controls.string[..bytes]).unwrap_or_default();
        let (verb, rest) = asked.split_once(' ').unwrap_or((asked, ""));
        let done = match verb {
            "STYLE" => {
                let at = self.jobs.iter().position(|job| job.as_str() == rest);
                at.map(|at| self.job = u16::try_from(at + 1).unwrap_or(0))
            }
            "ID" => PartId::new(rest).ok().map(|part_id| {
                let next = self.next.get_or_insert_default();
                next.part_id = Some(part_id);
            }),
            _ => None,
        };
        self.string_code = done.map_or(error::STRING, |()| 0);
        let answer = if done.is_some() {
            "OK"
        } else {
            "EXPECTED STYLE name OR ID text"
        };
        self.string_answer.clear();
        let _ = self.string_answer.try_push_str(answer);
    }

    fn soft_events(&mut self, controls: &Controls, sink: Sink<'_>) {
        let events = controls.bits >> SOFT_EVENTS_AT;
        let changed = events ^ self.soft_events;
        for number in (0..8_u8).filter(|number| changed >> number & 1 == 1) {
            let is_on = events >> number & 1 == 1;
            sink(Effect::SoftEvent { number, is_on });
        }
        self.soft_events = events;
    }

    /// Forgets who the next part is, and every answer; the job stays.
    pub fn reset(&mut self) {
        self.next = None;
        self.is_user_data_ack = false;
        self.is_string_ack = false;
        self.string_code = 0;
        self.string_answer.clear();
    }

    /// What the PLC had set counts no more.
    pub fn plc_gone(&mut self) {
        self.reset();
        self.before = 0;
        self.command = Command::Idle;
    }
}

//! The belt and the guard, and what was told of them.

use super::ActuateSetup;
use super::challenge::ChallengeWatch;
use super::flush::{ABSENCES_MAX, Absence};
use crate::pipeline::message::Announcement;
use crate::ports::line::LineStatus;
use crate::station::belt::Belt;
use crate::station::gates::{Behind, Gates};
use crate::station::guard::{Guard, Reaction, Trouble};
use crate::station::position::Position;
use crate::station::time::Instant;
use crate::station::travel::BeltWay;
use crate::telemetry::alarm::{Condition, LeftOpen};
use crate::telemetry::catalogue::Code;
use arrayvec::ArrayVec;
use std::collections::VecDeque;
use std::time::Duration;

/// So many parts are remembered of which the output was told.
pub(super) const ACTED_MAX: usize = 256;

/// The belt, the guard, and what was told of them.
pub(super) struct LineWatch {
    pub(super) guard: Guard,
    pub(super) belt: Option<Belt>,
    /// Whether nobody knows where parts are, because the encoder is not trusted.
    pub(super) is_lost: bool,
    /// One for each trouble, in their order.
    pub(super) troubles: Vec<Condition>,
    pub(super) stopped: Condition,
    /// When a trouble that only happens was told last.
    pub(super) told_at: [Instant; Trouble::ALL.len()],
    /// Since when the belt runs or stands, and which of them; `None` where no sensor says so.
    pub(super) belt_runs: Option<(bool, Instant)>,
    pub(super) gone: u32,
    /// Whether whoever announces parts is away.
    pub(super) is_unheard: bool,
    /// The newest times in which that was so, the oldest first.
    pub(super) absences: ArrayVec<Absence, ABSENCES_MAX>,
    /// Where the newest parts act of which the output was told, in the order of telling: some may not be there yet.
    pub(super) acted: VecDeque<Position>,
    pub(super) status: Option<(LineStatus, Instant)>,
    /// When it was told last where the parts are.
    pub(super) shown_at: Option<Instant>,
    /// Where the station has challenge parts.
    pub(super) challenge: Option<ChallengeWatch>,
}

pub(super) const fn code(trouble: Trouble) -> Code {
    match trouble {
        Trouble::ConfirmMissing => Code::ConfirmMissing,
        Trouble::ConfirmUnexpected => Code::ConfirmUnexpected,
        Trouble::WrongLane => Code::WrongLane,
        Trouble::UnknownPart => Code::UnknownPart,
        Trouble::BinFull => Code::BinFull,
        Trouble::BinOpen => Code::BinOpen,
        Trouble::LowAir => Code::LowAir,
        Trouble::ManyRejects => Code::ManyRejects,
        Trouble::PartsMissing => Code::PartsMissing,
        Trouble::Encoder => Code::EncoderDead,
        Trouble::CommandLate => Code::CommandLate,
        Trouble::Output => Code::Ejector,
        Trouble::LineRunsOn => Code::LineRunsOn,
        Trouble::TooManyParts => Code::TooManyParts,
        Trouble::PartsUnseen => Code::PartsUnseen,
        Trouble::ChallengeOverdue => Code::ChallengeOverdue,
        Trouble::ChallengeFailed => Code::ChallengeFailed,
    }
}

/// Trigger to the last gate, in counts.
fn to_last_gate(way: &BeltWay, gates: &Gates) -> i64 {
    let behind = match gates.behind(gates.last()) {
        Behind::Counts(counts) => counts,
        Behind::Time(_) => 0,
    };
    way.counts_to_gate() + behind
}

impl LineWatch {
    pub(super) fn new(with: &mut ActuateSetup) -> Self {
        let challenge = ChallengeWatch::new(with);
        let line = &mut with.line;
        if line.rejects_by_power {
            // Nobody takes a part out where these go wrong.
            for trouble in [Trouble::Encoder, Trouble::Output] {
                line.guard.reactions[trouble as usize] = Reaction::Stop;
            }
        }
        let belt = line.belt.map(|plan| {
            Belt::new(
                *plan.way.scale(),
                to_last_gate(&plan.way, &line.gates),
                plan.limits,
            )
        });
        let condition = |trouble| with.alarms.condition(code(trouble), "line");
        let mut watch = Self {
            guard: Guard::new(line.guard),
            belt,
            is_lost: false,
            troubles: Trouble::ALL.map(condition).into(),
            stopped: with.alarms.condition(Code::LineStopped, ""),
            told_at: [Instant::default(); Trouble::ALL.len()],
            belt_runs: None,
            gone: 0,
            is_unheard: false,
            absences: ArrayVec::new(),
            acted: VecDeque::with_capacity(ACTED_MAX),
            status: None,
            shown_at: None,
            challenge,
        };
        watch.take_up(&with.line.left_open);
        watch
    }

    /// At the start: what held the line in a job before still does, until a person lets it go on. What only alarms now holds
    /// nothing and is over: else it would hold the line whenever the settings have it do so again.
    fn take_up(&mut self, left_open: &LeftOpen) {
        for trouble in Trouble::ALL {
            if !left_open.alarms.contains(&code(trouble)) {
                continue;
            }
            if self.guard.reaction(trouble) == Reaction::Alarm {
                let condition = &mut self.troubles[trouble as usize];
                condition.raise(format!(
                    "{}: it was so before the station started anew, and no longer holds the line",
                    trouble.name()
                ));
                condition.end();
            } else {
                let message = format!(
                    "{}: it was so before the station started anew, and nobody has let the line go on since; see to it, \
                     then acknowledge this",
                    trouble.name()
                );
                self.trouble(trouble, message);
            }
        }
    }

    /// How far the belt has travelled; `None` without an encoder and while it is not to be trusted.
    pub(super) fn counts(&self) -> Option<i64> {
        self.belt.as_ref()?.counts()
    }

    /// Where the belt was at a part's trigger; 0 without an encoder, `None` where nobody knows.
    pub(super) fn place_of(&mut self, part: &Announcement, pitch_min: Duration) -> Option<i64> {
        let at = part.trigger.at;
        if self.guard.part(at) {
            let message = format!(
                "part {} came although the line was told to stand still; it is rejected",
                part.trigger.part_no.0
            );
            self.trouble(Trouble::LineRunsOn, message);
        }
        let Some(belt) = &mut self.belt else {
            return Some(0);
        };
        let latched = part.counts.and_then(|counts| belt.latched(counts));
        let counts = latched.or_else(|| belt.at(at)).or_else(|| belt.counts())?;
        belt.triggered(at, counts, pitch_min);
        belt.counts()?;
        Some(counts)
    }

    /// Something went wrong, now or still.
    pub(super) fn trouble(&mut self, trouble: Trouble, message: String) {
        self.guard.happened(trouble);
        self.troubles[trouble as usize].raise(message);
    }
}

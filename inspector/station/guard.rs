//! What the station does when the line goes wrong: alarm, reject everything, or stop the line, until a person lets it go
//! on.

use super::time::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// What can be wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// A part did not come to the sensor of its lane in time.
    ConfirmMissing,
    /// A sensor saw a part in a lane to which none was sent.
    ConfirmUnexpected,
    /// A part to be taken out was seen where accepted parts go.
    WrongLane,
    /// A part came to the gate that no trigger announced.
    UnknownPart,
    /// The bin of rejected parts is full.
    BinFull,
    /// The bin of rejected parts is open for too long.
    BinOpen,
    /// The air pressure is too low.
    LowAir,
    /// So many rejects one after another, or among the last ones.
    ManyRejects,
    /// The belt runs, and no part comes.
    PartsMissing,
    /// The encoder is not to be trusted.
    Encoder,
    /// A command to take a part out came after the part had passed.
    CommandLate,
    /// An output did not take a command to take a part out.
    Output,
    /// Parts come although the line is to stand still.
    LineRunsOn,
    /// More parts are on their way than there is room for.
    TooManyParts,
    /// Parts passed that nobody announced, and power takes parts out.
    PartsUnseen,
    /// Challenge parts were due and not brought in time.
    ChallengeOverdue,
    /// A challenge part was judged otherwise than expected.
    ChallengeFailed,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Trouble; 17] = [
        Trouble::ConfirmMissing,
        Trouble::ConfirmUnexpected,
        Trouble::WrongLane,
        Trouble::UnknownPart,
        Trouble::BinFull,
        Trouble::BinOpen,
        Trouble::LowAir,
        Trouble::ManyRejects,
        Trouble::PartsMissing,
        Trouble::Encoder,
        Trouble::CommandLate,
        Trouble::Output,
        Trouble::LineRunsOn,
        Trouble::TooManyParts,
        Trouble::PartsUnseen,
        Trouble::ChallengeOverdue,
        Trouble::ChallengeFailed,
    ];

    /// The key in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Trouble::ConfirmMissing => "confirm_missing",
            Trouble::ConfirmUnexpected => "confirm_unexpected",
            Trouble::WrongLane => "wrong_lane",
            Trouble::UnknownPart => "unknown_part",
            Trouble::BinFull => "bin_full",
            Trouble::BinOpen => "bin_open",
            Trouble::LowAir => "low_air",
            Trouble::ManyRejects => "many_rejects",
            Trouble::PartsMissing => "parts_missing",
            Trouble::Encoder => "encoder",
            Trouble::CommandLate => "command_late",
            Trouble::Output => "output",
            Trouble::LineRunsOn => "line_runs_on",
            Trouble::TooManyParts => "too_many_parts",
            Trouble::PartsUnseen => "parts_unseen",
            Trouble::ChallengeOverdue => "challenge_overdue",
            Trouble::ChallengeFailed => "challenge_failed",
        }
    }

    /// Whether it lasts as long as a sensor says so, and so ends by itself where it only alarms.
    pub const fn is_level(self) -> bool {
        matches!(
            self,
            Trouble::BinFull
                | Trouble::BinOpen
                | Trouble::LowAir
                | Trouble::Encoder
                | Trouble::ChallengeOverdue
        )
    }
}

/// What follows from a trouble. Ordered: the later, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reaction {
    /// A person is told.
    Alarm,
    /// Every part is rejected until a person restarts.
    Reject,
    /// The line stands still, and every part is rejected, until a person restarts.
    Stop,
}

/// What follows from what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardSettings {
    /// In the order of [`Trouble::ALL`].
    pub reactions: [Reaction; Trouble::ALL.len()],
    /// So many rejects one after another are trouble; 0 never.
    pub rejects_in_a_row: u32,
    /// So many rejects among so many parts are trouble; 0 never. At most [`PARTS_WATCHED_MAX`] parts.
    pub rejects_of: (u32, u32),
    /// A bin may be open for so long.
    pub bin_open_max: Duration,
    /// The belt may run for so long without a part; zero for ever.
    pub parts_missing_after: Duration,
    /// A line that is told to stand still does so within this time; zero where nobody stops it.
    pub stops_within: Duration,
}

/// The most parts among which rejects are counted.
pub const PARTS_WATCHED_MAX: u32 = 1_000;

impl Default for GuardSettings {
    /// What lets a defective part through, or may have, stops the line; what only hinders is told.
    fn default() -> Self {
        let reaction = |trouble| match trouble {
            Trouble::WrongLane
            | Trouble::ConfirmMissing
            | Trouble::CommandLate
            | Trouble::PartsUnseen => Reaction::Stop,
            Trouble::Output | Trouble::Encoder | Trouble::BinFull | Trouble::LowAir => {
                Reaction::Reject
            }
            Trouble::ChallengeOverdue | Trouble::ChallengeFailed => Reaction::Reject,
            _ => Reaction::Alarm,
        };
        Self {
            reactions: Trouble::ALL.map(reaction),
            rejects_in_a_row: 0,
            rejects_of: (0, 0),
            bin_open_max: Duration::from_secs(30),
            parts_missing_after: Duration::ZERO,
            stops_within: Duration::from_secs(10),
        }
    }
}

/// How a person lets the line go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartBy {
    /// A key switch or a button, which has no name.
    Key,
    /// By name, for what has stopped the line or has it reject.
    Name,
    /// By name, for what a challenge part has shown.
    NameForChallenge,
}

/// Why a person cannot let the line go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StillSo(pub Trouble);

/// Watches a line.
#[derive(Debug)]
pub struct Guard {
    settings: GuardSettings,
    /// Troubles that wait for a person.
    latched: [bool; Trouble::ALL.len()],
    /// Troubles that are so now, says a sensor.
    is_so: [bool; Trouble::ALL.len()],
    in_a_row: u32,
    newest: VecDeque<bool>,
    bin_opened_at: Option<Instant>,
    part_at: Option<Instant>,
    /// Since when the line is to stand still.
    stopped_at: Option<Instant>,
    /// Challenge parts that are overdue come only on a line that runs: it may, once a person has said so.
    runs_for_challenge: bool,
}

impl Guard {
    /// Everything is well.
    pub fn new(settings: GuardSettings) -> Self {
        let watched = settings.rejects_of.1.min(PARTS_WATCHED_MAX) as usize;
        Self {
            settings,
            latched: [false; Trouble::ALL.len()],
            is_so: [false; Trouble::ALL.len()],
            in_a_row: 0,
            newest: VecDeque::with_capacity(watched + 1),
            bin_opened_at: None,
            part_at: None,
            stopped_at: None,
            runs_for_challenge: false,
        }
    }

    /// What follows from a trouble.
    pub fn reaction(&self, trouble: Trouble) -> Reaction {
        self.settings.reactions[trouble as usize]
    }

    /// This trouble was seen, at one moment.
    pub fn happened(&mut self, trouble: Trouble) {
        if self.reaction(trouble) > Reaction::Alarm {
            self.latched[trouble as usize] = true;
        }
    }

    /// It is so, or no more. Says whether that is new.
    pub fn is(&mut self, trouble: Trouble, is_so: bool) -> bool {
        let was_so = std::mem::replace(&mut self.is_so[trouble as usize], is_so);
        if is_so {
            self.happened(trouble);
        }
        if trouble == Trouble::ChallengeOverdue && was_so != is_so {
            self.runs_for_challenge = false;
        }
        was_so != is_so
    }

    /// The bin was opened or closed.
    pub fn bin(&mut self, is_open: bool, at: Instant) {
        self.bin_opened_at = is_open.then(|| self.bin_opened_at.unwrap_or(at));
    }

    /// A part was triggered. Says whether it came although the line should have been standing still for long.
    pub fn part(&mut self, at: Instant) -> bool {
        self.part_at = Some(at);
        let within = self.settings.stops_within;
        let runs_on = !within.is_zero()
            && self
                .stopped_at
                .is_some_and(|since| at.since(since) > within);
        if runs_on {
            self.happened(Trouble::LineRunsOn);
        }
        runs_on
    }

    /// The belt was told to run, or stands: how long no part came counts from here.
    pub fn belt(&mut self, at: Instant) {
        self.part_at = Some(at);
    }

    /// A part was judged by a model: whether it was rejected. Says whether there are too many of those now.
    pub fn judged(&mut self, is_reject: bool) -> bool {
        self.in_a_row = if is_reject { self.in_a_row + 1 } else { 0 };
        let (rejects_max, among) = self.settings.rejects_of;
        let among = among.min(PARTS_WATCHED_MAX) as usize;
        if among > 0 {
            if self.newest.len() == among {
                self.newest.pop_front();
            }
            self.newest.push_back(is_reject);
        }
        let row_max = self.settings.rejects_in_a_row;
        let of_last = self.newest.iter().filter(|is_reject| **is_reject).count();
        let is_many = is_reject
            && ((row_max > 0 && self.in_a_row >= row_max)
                || (rejects_max > 0 && of_last >= rejects_max as usize));
        if is_many {
            self.happened(Trouble::ManyRejects);
        }
        is_many
    }

    /// What the time alone makes a trouble: a bin that is open for too long, no part on a belt that runs.
    pub fn look(&mut self, now: Instant, belt_runs: bool) -> [(Trouble, bool); 2] {
        let stopped_at = self.stops().map(|_| self.stopped_at.unwrap_or(now));
        self.stopped_at = stopped_at;
        let is_open = self
            .bin_opened_at
            .is_some_and(|since| now.since(since) >= self.settings.bin_open_max);
        let after = self.settings.parts_missing_after;
        let is_missing = belt_runs
            && !after.is_zero()
            && self.part_at.is_some_and(|since| now.since(since) >= after);
        for (trouble, is_so) in [
            (Trouble::BinOpen, is_open),
            (Trouble::PartsMissing, is_missing),
        ] {
            self.is(trouble, is_so);
        }
        [
            (Trouble::BinOpen, is_open),
            (Trouble::PartsMissing, is_missing),
        ]
    }

    fn worst(&self) -> Option<(Reaction, Trouble)> {
        let all = Trouble::ALL
            .into_iter()
            .filter(|trouble| self.latched[*trouble as usize]);
        all.map(|trouble| (self.reaction(trouble), trouble))
            .max_by_key(|(reaction, _)| *reaction)
    }

    /// Whether every part is to be rejected, and by which trouble.
    pub fn rejects(&self) -> Option<Trouble> {
        self.worst().map(|(_, trouble)| trouble)
    }

    /// Whether the line is to stand still, and by which trouble.
    pub fn stops(&self) -> Option<Trouble> {
        let may_run = |trouble| self.runs_for_challenge && trouble == Trouble::ChallengeOverdue;
        let is_stop = |trouble: &Trouble| {
            let trouble = *trouble;
            self.latched[trouble as usize]
                && self.reaction(trouble) == Reaction::Stop
                && !may_run(trouble)
        };
        // The last one, as for rejects.
        Trouble::ALL.into_iter().rfind(is_stop)
    }

    /// Whether it is so now, says a sensor or the time.
    pub const fn is_so(&self, trouble: Trouble) -> bool {
        self.is_so[trouble as usize]
    }

    fn is_held(&self, trouble: Trouble, by: RestartBy) -> bool {
        let is_of_challenge = matches!(
            trouble,
            Trouble::ChallengeOverdue | Trouble::ChallengeFailed
        );
        self.is_so(trouble) || (is_of_challenge && by != RestartBy::NameForChallenge)
    }

    /// Whether it waits for a person.
    pub const fn is_latched(&self, trouble: Trouble) -> bool {
        self.latched[trouble as usize]
    }

    /// A person lets the line go on. What a challenge part has shown takes a name, given for it. What is held is held
    /// alone: a line that stands for something else runs on and rejects, or no challenge part could ever be brought.
    ///
    /// # Errors
    /// Where a sensor says that a trouble is still so, or it takes a name.
    pub fn restart(&mut self, now: Instant, by: RestartBy) -> Result<(), StillSo> {
        // An encoder shows that it is well only on a belt that runs.
        self.is_so[Trouble::Encoder as usize] = false;
        self.runs_for_challenge = self.is_so(Trouble::ChallengeOverdue);
        let mut held = None;
        for trouble in Trouble::ALL {
            match self.is_held(trouble, by) {
                true if self.is_latched(trouble) => held = held.or(Some(StillSo(trouble))),
                true => {}
                false => self.latched[trouble as usize] = false,
            }
        }
        self.in_a_row = 0;
        self.newest.clear();
        self.part_at = self.part_at.map(|_| now);
        if self.stops().is_none() {
            self.stopped_at = None;
        }
        held.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests;

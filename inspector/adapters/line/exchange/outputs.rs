//! Outputs: pulses for lanes, and what lamps, heartbeat and line stop show of the station.

use crate::adapters::line::kinds::Opening;
use crate::adapters::line::wiring::{Output, OutputMeaning, Pulses};
use crate::clock::Clock;
use crate::ports::line::LineStatus;
use crate::ports::signal::{SignalDevice, SignalError};
use crate::station::gates::{GateNo, Gates};
use crate::station::lane::LaneNo;
use crate::station::outcome::Outcome;
use crate::station::part::PartNo;
use crate::station::time::Instant;
use crate::telemetry::catalogue::Severity;
use crate::telemetry::signals::SignalBoard;
use arrayvec::ArrayVec;
use std::sync::Arc;
use std::time::Duration;

/// The station tells its status once a second; one that has not for so long is dead.
const ALIVE: Duration = Duration::from_millis(2_500);
/// Between two separate pulses an output is off for so long.
const GAP: Duration = Duration::from_millis(5);
/// Pulses that can begin in one turn: of each lane one.
const CARRIED_OUT_MAX: usize = 16;

/// Of which part a pulse is, and to which lane.
type PulseOf = (PartNo, LaneNo);

/// Every output of a device.
pub(super) struct Outputs {
    all: Vec<Driven>,
    gates: Gates,
    board: Arc<SignalBoard>,
    status: Option<(LineStatus, Instant)>,
    hold_max: Duration,
    carried_out: ArrayVec<(PulseOf, Instant), CARRIED_OUT_MAX>,
    overtaken: ArrayVec<PulseOf, CARRIED_OUT_MAX>,
}

struct Driven {
    on_board: usize,
    meaning: OutputMeaning,
    /// Of a lane: at which gate parts are sent there.
    gate: GateNo,
    is_inverted: bool,
    /// What it should be.
    wanted: bool,
    /// What the device last answered that it is.
    written: Option<bool>,
    /// The end of a pulse.
    off_at: Option<Instant>,
    /// The beginning of a pulse that waits for the end of the one before, and of which part it is.
    on_at: Option<(Instant, PartNo)>,
    /// Of which part the separate pulse is that is to be written now.
    begins: Option<PartNo>,
    /// Of a heartbeat.
    beat_at: Instant,
}

impl Outputs {
    pub(super) fn new(from: &Opening<'_>) -> Self {
        let driven = |(on_board, output): (usize, &Output)| Driven {
            on_board,
            meaning: output.meaning,
            gate: match output.meaning {
                OutputMeaning::Lane { lane, .. } => from.wiring.gates.of(lane),
                _ => GateNo(0),
            },
            is_inverted: output.is_inverted,
            wanted: false,
            written: None,
            off_at: None,
            on_at: None,
            begins: None,
            beat_at: Instant::default(),
        };
        let hold = |(_, output): (usize, &Output)| match output.meaning {
            OutputMeaning::Lane { hold, .. } => Some(hold),
            _ => None,
        };
        Self {
            all: from.outputs().map(driven).collect(),
            gates: from.wiring.gates.clone(),
            board: Arc::clone(&from.board),
            status: None,
            hold_max: from.outputs().filter_map(hold).max().unwrap_or_default(),
            carried_out: ArrayVec::new(),
            overtaken: ArrayVec::new(),
        }
    }

    pub(super) fn has_lanes(&self) -> bool {
        !self.hold_max.is_zero()
    }

    /// The longest pulse of all lanes.
    pub(super) const fn hold_max(&self) -> Duration {
        self.hold_max
    }

    /// Ends the pulses of other lanes at the gate of the outcome's and begins one in that. Says whether that is done; else it is done after
    /// the gap, which [`Self::carried_out`] tells.
    pub(super) fn command(
        &mut self,
        outcome: &Outcome,
        device: &mut dyn SignalDevice,
        clock: &dyn Clock,
    ) -> Result<bool, SignalError> {
        let gate = self.gates.of(outcome.lane);
        for driven in &mut self.all {
            let is_other = driven.lane().is_some_and(|lane| lane != outcome.lane);
            if is_other && driven.gate == gate {
                note(&mut self.overtaken, driven.end());
            }
        }
        self.settle(device, clock)?;
        let mut is_done = true;
        for driven in &mut self.all {
            if driven.lane() == Some(outcome.lane) {
                let (begins, overtaken) = driven.begin(outcome.part_no, clock.now());
                is_done &= begins;
                note(&mut self.overtaken, overtaken);
            }
        }
        self.settle(device, clock)?;
        Ok(is_done)
    }

    /// The lanes of one gate to rest.
    pub(super) fn close(&mut self, gate: GateNo) {
        for driven in &mut self.all {
            if matches!(driven.meaning, OutputMeaning::Lane { .. }) && driven.gate == gate {
                note(&mut self.overtaken, driven.end());
            }
        }
    }

    /// Every lane to rest.
    pub(super) fn rest_lanes(&mut self) {
        for driven in &mut self.all {
            if matches!(driven.meaning, OutputMeaning::Lane { .. }) {
                note(&mut self.overtaken, driven.end());
            }
        }
    }

    /// Everything off: the station ends.
    pub(super) fn rest_all(&mut self) {
        self.status = None;
        for driven in &mut self.all {
            note(&mut self.overtaken, driven.end());
        }
    }

    pub(super) fn status(&mut self, status: LineStatus, now: Instant) {
        self.status = Some((status, now));
        self.show(now);
    }

    /// What is due by the time.
    pub(super) fn turn(&mut self, now: Instant) {
        for driven in &mut self.all {
            if driven.off_at.is_some_and(|off_at| off_at <= now) {
                driven.off_at = None;
                driven.wanted = false;
            }
            if let Some((on_at, part_no)) = driven.on_at
                && on_at <= now
            {
                driven.on_at = None;
                driven.wanted = true;
                driven.begins = Some(part_no);
            }
        }
        self.show(now);
    }

    /// Separate pulses that have begun and when the device had answered, each told once; none while it does not answer.
    pub(super) fn carried_out(&mut self) -> ArrayVec<(PulseOf, Instant), CARRIED_OUT_MAX> {
        self.carried_out.take()
    }

    /// Parts whose separate pulse has not begun and never will, each told once.
    pub(super) fn overtaken(&mut self) -> ArrayVec<PulseOf, CARRIED_OUT_MAX> {
        self.overtaken.take()
    }

    fn show(&mut self, now: Instant) {
        let Some((status, told_at)) = self.status else {
            return;
        };
        let is_alive = now.since(told_at) < ALIVE;
        let is_judging = is_alive && status.is_online && !status.is_rejecting && !status.is_stopped;
        for driven in &mut self.all {
            driven.wanted = match driven.meaning {
                OutputMeaning::Lane { .. } => continue,
                OutputMeaning::Heartbeat(period) => {
                    if !is_alive || now < driven.beat_at {
                        continue;
                    }
                    driven.beat_at = (driven.beat_at + period).max(now);
                    !driven.wanted
                }
                OutputMeaning::Ready => is_judging,
                OutputMeaning::LineStop => status.is_stopped,
                OutputMeaning::Red => {
                    status.is_stopped
                        || status.is_rejecting
                        || status.severity == Some(Severity::Error)
                }
                OutputMeaning::Amber => status.severity == Some(Severity::Warning),
                OutputMeaning::Green => is_judging && status.severity.is_none(),
                OutputMeaning::Buzzer => status.is_stopped,
                OutputMeaning::Alarm => status.severity.is_some(),
            };
        }
    }

    /// When something is due.
    pub(super) fn next(&self) -> Option<Instant> {
        let is_told = self.status.is_some();
        let due = self.all.iter().flat_map(move |driven| {
            let beat = matches!(driven.meaning, OutputMeaning::Heartbeat(_)) && is_told;
            let on_at = driven.on_at.map(|(on_at, _)| on_at);
            [driven.off_at, on_at, beat.then_some(driven.beat_at)]
        });
        due.flatten().min()
    }

    /// Writes what is not as it should be: what is to go off first.
    pub(super) fn settle(
        &mut self,
        device: &mut dyn SignalDevice,
        clock: &dyn Clock,
    ) -> Result<(), SignalError> {
        for to in [false, true] {
            for (number, driven) in (0..).zip(&mut self.all) {
                if driven.wanted != to || driven.written == Some(to) {
                    continue;
                }
                driven.written = None;
                if let Err(error) = device.write(number, to != driven.is_inverted) {
                    note(&mut self.overtaken, driven.fall());
                    return Err(error);
                }
                let now = clock.now();
                driven.written = Some(to);
                let begins = driven.begins.take_if(|_| to);
                if let Some(of) = driven.of(begins) {
                    let _ = self.carried_out.try_push((of, now));
                }
                if let (true, OutputMeaning::Lane { hold, .. }) = (to, driven.meaning) {
                    driven.off_at = Some(now + hold);
                }
                self.board.set_bit(driven.on_board, to, now);
            }
        }
        Ok(())
    }

    /// Asks the device what the outputs of lanes are. One that is on and should not be, because a command was carried out
    /// late or by somebody else, is set off again; says whether there was one.
    pub(super) fn read_back(&mut self, device: &mut dyn SignalDevice) -> Result<bool, SignalError> {
        let mut is_other = false;
        for (number, driven) in (0..).zip(&mut self.all) {
            if !matches!(driven.meaning, OutputMeaning::Lane { .. }) || driven.wanted {
                continue;
            }
            if device.read_back(number)? == Some(!driven.is_inverted) {
                driven.written = None;
                is_other = true;
            }
        }
        Ok(is_other)
    }

    /// Nothing is known of what the device does, and every pulse is over.
    pub(super) fn forget(&mut self) {
        for driven in &mut self.all {
            driven.written = None;
            note(&mut self.overtaken, driven.fall());
        }
        self.carried_out.clear();
    }

    /// Nobody can see them.
    pub(super) fn unknown(&mut self) {
        self.forget();
        for driven in &self.all {
            self.board.forget(driven.on_board);
        }
    }
}

impl Driven {
    fn lane(&self) -> Option<LaneNo> {
        match self.meaning {
            OutputMeaning::Lane { lane, .. } => Some(lane),
            _ => None,
        }
    }

    /// The pulse for this part.
    fn of(&self, part_no: Option<PartNo>) -> Option<PulseOf> {
        Some((part_no?, self.lane()?))
    }

    /// Says whose pulse will not begin any more.
    fn end(&mut self) -> Option<PulseOf> {
        self.wanted = false;
        self.off_at = None;
        let waits = self.on_at.take().map(|(_, part_no)| part_no);
        let begins = self.begins.take();
        self.of(begins.or(waits))
    }

    /// A pulse that did not come about is not tried again.
    fn fall(&mut self) -> Option<PulseOf> {
        match self.meaning {
            OutputMeaning::Lane { .. } => self.end(),
            _ => None,
        }
    }

    /// Says whether the pulse begins at once, and whose will not begin any more.
    fn begin(&mut self, part_no: PartNo, now: Instant) -> (bool, Option<PulseOf>) {
        let OutputMeaning::Lane { hold, pulses, .. } = self.meaning else {
            return (true, None);
        };
        let is_on = self.written == Some(true);
        match (pulses, self.on_at) {
            // Number 0 is no part: the output is to stay on, or to go on as it is about to.
            (_, Some(_)) if part_no == PartNo(0) => return (true, None),
            // One pulse cannot be for two parts that are counted by pulses.
            (_, Some((on_at, before))) => {
                self.on_at = Some((on_at, part_no));
                return (false, self.of(Some(before)));
            }
            (Pulses::Separate, None) if is_on && part_no != PartNo(0) => {
                let overtaken = self.end();
                self.on_at = Some((now + GAP, part_no));
                return (false, overtaken);
            }
            _ if is_on => self.off_at = Some(now + hold),
            (Pulses::Merge | Pulses::Separate, None) => {}
        }
        self.wanted = true;
        (true, None)
    }
}

fn note(overtaken: &mut ArrayVec<PulseOf, CARRIED_OUT_MAX>, pulse: Option<PulseOf>) {
    if let Some(pulse) = pulse {
        // One more than there is room for is missing an answer, which is told too.
        let _ = overtaken.try_push(pulse);
    }
}

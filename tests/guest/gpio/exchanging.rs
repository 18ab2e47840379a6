//! GPIO lines through the exchange, as a station has them: parts, commands and alarms.

use super::board::{Board, EYE, GATE};
use crate::cases::{Outcome, expect};
use crate::rig::{Station, all, opening, outcome, wiring};
use inspector::adapters::line::kinds::open;
use inspector::clock::{Clock, SystemClock};
use inspector::ports::line::{Feedback, Heard, LineDevice};
use inspector::station::verdict::Disposition::Accept;
use inspector::telemetry::catalogue::Code;
use std::sync::Arc;
use std::time::Duration;

const LINE: &str = "[[device]]\nname = \"io\"\nkind = \"gpio\"\nchip = \"board\"\nbecause = \"a test\"\nperiod_ms = 1\n\
    [[input]]\ndevice = \"io\"\naddress = \"EYE\"\nmeaning = \"trigger\"\n\
    [[output]]\ndevice = \"io\"\naddress = \"GATE\"\nmeaning = \"lane\"\nlane = \"accept\"\nhold_ms = 100\n";

struct Line {
    device: Box<dyn LineDevice>,
    station: Station,
}

impl Line {
    fn new(settings: &str) -> Self {
        let wiring = wiring(settings);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (opening, station) = opening(&wiring, &clock);
        let device = open(opening).expect("it is no server");
        Self { device, station }
    }

    fn turn(&mut self, for_ms: u64) {
        let end = SystemClock.now() + Duration::from_millis(for_ms);
        while SystemClock.now() < end {
            self.device.turn(Duration::from_millis(1));
        }
    }

    fn until(&mut self, what: &str, is_so: impl Fn(&Station) -> bool) -> Outcome {
        let end = SystemClock.now() + Duration::from_secs(3);
        while SystemClock.now() < end {
            self.device.turn(Duration::from_millis(1));
            if is_so(&self.station) {
                return Ok(());
            }
        }
        Err(format!("not within 3 s: {what}"))
    }

    fn is_connected(&mut self, is_connected: bool) -> Outcome {
        self.until("it is connected, or not", |station| {
            station.board.devices()[0].is_connected == is_connected
        })
    }

    fn accept(&mut self, part: u64) {
        let told = self.station.told.push(outcome(part, Accept, None));
        told.expect("room");
    }
}

/// A trigger of which the kernel kept no edge is no silence: the line is told that parts may have passed unseen.
pub fn lost_triggers_are_told_and_the_line_goes_on() -> Outcome {
    let board = Board::new();
    let mut line = Line::new(LINE);
    line.is_connected(true)?;
    for _ in 0..200 {
        board.pull(EYE, true);
        board.pull(EYE, false);
    }
    line.until("it is told", |station| station.triggers.len() > 128)?;
    let heard = all(&line.station.triggers);
    let parts = heard
        .iter()
        .filter(|it| matches!(it, Heard::Arrival(_)))
        .count();
    let gone = heard.iter().find_map(|it| match it {
        Heard::Gone { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    let is_told = gone.is_some_and(|why| why.contains("line EYE: 144 edges were lost"));
    expect(parts == 128 && is_told, format!("{parts} parts, {gone:?}"))?;
    let alarms = all(&line.station.alarms);
    let is_told = alarms
        .iter()
        .any(|it| it.code == Code::LineDeviceGone && it.is_active);
    expect(is_told, format!("{alarms:?}"))?;
    line.until("it is heard again", |station| !station.triggers.is_empty())?;
    expect(
        line.station.triggers.pop() == Some(Heard::Back),
        "it is back",
    )?;
    let before = SystemClock.now();
    board.pull(EYE, true);
    line.until("a part comes", |station| !station.triggers.is_empty())?;
    let heard = line.station.triggers.pop();
    let is_part = matches!(&heard, Some(Heard::Arrival(it)) if it.at >= before);
    expect(is_part, format!("{heard:?}"))
}

/// Unplugged while a part is let through: it is rejected from then on, and the gate is shut when it is back.
pub fn a_gate_that_was_open_is_shut_when_the_chip_is_back() -> Outcome {
    let mut board = Board::new();
    let mut line = Line::new(LINE);
    line.is_connected(true)?;
    line.accept(1);
    line.turn(20);
    expect(board.level(GATE), "the gate is open for the part")?;
    line.turn(150);
    expect(!board.level(GATE), "and shut after it")?;
    line.accept(2);
    line.turn(20);
    expect(board.level(GATE), "the gate is open for the next")?;
    board.unplug();
    line.is_connected(false)?;
    all(&line.station.feedback);
    line.accept(3);
    line.turn(20);
    let said = all(&line.station.feedback);
    let failed = said.iter().any(|it| {
        matches!(it, Feedback::Failed { part_no, reason, .. }
            if part_no.0 == 3 && reason.contains("does not answer"))
    });
    expect(failed, format!("{said:?}"))?;
    board.plug();
    board.pull(GATE, true);
    line.is_connected(true)?;
    expect(!board.level(GATE), "it is shut, whatever the line rests at")?;
    line.turn(150);
    line.accept(4);
    line.turn(20);
    expect(board.level(GATE), "the gate is open again")?;
    line.device.rest();
    expect(!board.level(GATE), "and shut at the end")
}

/// The line rests high where the gate is shut by power.
pub fn an_inverted_gate_rests_high() -> Outcome {
    let board = Board::new();
    let mut line = Line::new(&format!("{LINE}invert = true\n"));
    line.is_connected(true)?;
    expect(board.level(GATE), "shut")?;
    line.accept(1);
    line.turn(20);
    expect(!board.level(GATE), "open")?;
    line.turn(150);
    expect(board.level(GATE), "shut again")
}

//! PLCs that follow the rules and otherwise do what they like, against a station that does what it likes, from seeds.

use super::*;
use std::collections::{BTreeMap, VecDeque};

/// What became of a part, for the PLC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Result {
        is_accept: bool,
    },
    Missed,
    /// The PLC gave it up: it was restarted, or reset the handshake.
    GivenUp,
}

/// A ladder program: reads, thinks, writes, once a scan.
#[derive(Default)]
struct Plc {
    bits: u32,
    /// Physical part before the camera, whose trigger is held.
    triggering: Option<usize>,
    /// By acquisition number, in order.
    expected: VecDeque<(u16, usize)>,
    is_in_order: bool,
    is_resetting: bool,
    ends: BTreeMap<usize, End>,
}

impl Plc {
    fn put(&mut self, bit: Control, is_on: bool) {
        match is_on {
            true => self.bits |= bit.mask(),
            false => self.bits &= !bit.mask(),
        }
    }

    fn has(&self, bit: Control) -> bool {
        bit.of(self.bits)
    }

    /// Everything under way is taken out by hand.
    fn begin_reset(&mut self) {
        self.bits = 0;
        self.is_resetting = true;
        let under_way = self.expected.drain(..).map(|(_, part)| part);
        for part in under_way.chain(self.triggering.take()) {
            self.ends.insert(part, End::GivenUp);
        }
    }

    fn scan(&mut self, seen: &Status, arriving: Option<usize>) -> bool {
        let has = |flag| seen.has(flag);
        if self.is_resetting {
            let ignored = Flag::Online.mask() | Flag::InspectionCompleted.mask() | 7 << 4;
            self.is_resetting = seen.bits & !ignored != 0;
            return false;
        }
        // Without numbers a lost result would shift all that follow.
        if self.is_in_order && has(Flag::ResultsBufferOverrun) {
            self.begin_reset();
            return false;
        }
        self.put(Control::TriggerEnable, true);
        self.put(Control::ClearError, has(Flag::ResultsBufferOverrun));
        self.put(Control::ClearExposureComplete, has(Flag::ExposureComplete));
        self.take_result(seen);
        if let Some(part) = self.triggering {
            if has(Flag::TriggerAck) {
                self.expected.push_back((seen.acquisition_id, part));
            } else if has(Flag::MissedAcq) {
                self.ends.insert(part, End::Missed);
            } else {
                return false;
            }
            self.triggering = None;
            self.put(Control::Trigger, false);
            return false;
        }
        match arriving {
            Some(part) if has(Flag::TriggerReady) && !has(Flag::TriggerAck) => {
                self.put(Control::Trigger, true);
                self.triggering = Some(part);
                true
            }
            _ => false,
        }
    }

    fn take_result(&mut self, seen: &Status) {
        if !seen.has(Flag::ResultsValid) {
            self.put(Control::InspectionResultsAck, false);
            return;
        }
        if self.has(Control::InspectionResultsAck) {
            return;
        }
        // Its own acknowledgement may not have been seen yet when the result is there already.
        let id = seen.result.inspection_id;
        let found = match self.is_in_order {
            true if self.expected.is_empty() => return,
            true => Some(0),
            false => self
                .expected
                .iter()
                .position(|(expected, _)| *expected == id),
        };
        if found.is_none() && self.triggering.is_some() {
            return;
        }
        if let Some((_, part)) = found.and_then(|at| self.expected.remove(at)) {
            let is_accept = seen.has(Flag::JobPass);
            assert_eq!(is_accept, seen.result.is_accept());
            self.ends.insert(part, End::Result { is_accept });
        }
        self.put(Control::InspectionResultsAck, true);
    }
}

/// Parts of the station, from arrival to outcome.
#[derive(Default)]
struct Station {
    unnumbered: VecDeque<(usize, bool)>,
    exposing: Vec<u64>,
    deciding: Vec<(u64, usize)>,
    part_no: u64,
    /// The physical part of each number, and what was decided.
    truth: BTreeMap<u64, (usize, bool)>,
}

struct Run {
    rig: Rig,
    random: fastrand::Rng,
    plc: Plc,
    station: Station,
    seen: Status,
    /// Whether that was read since the PLC wrote last: a scan reads, thinks, writes.
    is_fresh: bool,
    parts: usize,
    arrivals: usize,
    triggers: usize,
    acknowledged: Vec<u64>,
    failed: Vec<u64>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut rig = Rig::ready();
        rig.controls.bits = 0;
        let mut random = fastrand::Rng::with_seed(seed);
        let plc = Plc {
            is_in_order: random.bool(),
            is_resetting: true,
            ..Plc::default()
        };
        let part_no = if random.bool() { 0xFFFF_FFF0 } else { 0 };
        Self {
            rig,
            random,
            plc,
            station: Station {
                part_no,
                ..Station::default()
            },
            seen: Status::default(),
            is_fresh: true,
            parts: 0,
            arrivals: 0,
            triggers: 0,
            acknowledged: Vec::new(),
            failed: Vec::new(),
        }
    }

    fn station(&mut self) {
        let pick = self.random.u8(..);
        let station = &mut self.station;
        if pick < 90 && !station.unnumbered.is_empty() {
            let (part, is_missed) = station.unnumbered.pop_front().expect("one waits");
            station.part_no += 1;
            let part_no = station.part_no;
            if !is_missed {
                station.exposing.push(part_no);
            }
            station.deciding.push((part_no, part));
            self.rig.numbered(part_no);
        } else if pick < 160 && !station.exposing.is_empty() {
            let part_no = station.exposing.remove(0);
            self.rig.exposed(part_no);
        } else if !station.deciding.is_empty() {
            // Verdicts come in any order, but for PLCs that count on it.
            let last = if self.plc.is_in_order {
                1
            } else {
                station.deciding.len()
            };
            let at = self.random.usize(0..last);
            let (part_no, part) = station.deciding.remove(at);
            station.exposing.retain(|exposing| *exposing != part_no);
            let is_pass = self.random.bool();
            station.truth.insert(part_no, (part, is_pass));
            self.rig.outcome(part_no, is_pass);
        }
        self.effects();
    }

    fn effects(&mut self) {
        for effect in self.rig.taken() {
            match effect {
                Effect::Arrival { is_missed, .. } => {
                    self.arrivals += 1;
                    self.station
                        .unnumbered
                        .push_back((self.parts - 1, is_missed));
                }
                Effect::Acknowledged(part_no) => self.acknowledged.push(part_no.0),
                Effect::Failed(part_no, _) => self.failed.push(part_no.0),
                _ => {}
            }
        }
    }

    /// One of: time, station, the PLC reads, the PLC thinks and writes, something goes wrong.
    fn turn(&mut self, is_ending: bool) {
        match self.random.u8(0..100) {
            0..10 => {
                self.rig.now_ms += self.random.u64(1..40);
                self.rig.machine.station(at(self.rig.now_ms), ONLINE);
                self.rig.step();
                self.effects();
            }
            10..45 => self.station(),
            45..70 => {
                self.seen = self.rig.machine.status().clone();
                self.is_fresh = true;
            }
            70..98 if self.is_fresh => {
                self.is_fresh = false;
                let is_arriving = !is_ending && self.random.u8(..) < 120;
                let arriving = is_arriving.then_some(self.parts);
                if self.plc.scan(&self.seen, arriving) {
                    self.parts += 1;
                    self.triggers += 1;
                }
                self.rig.controls.bits = self.plc.bits;
                self.rig.step();
                self.effects();
            }
            98 if !is_ending && self.random.u8(..) < 40 => {
                // The PLC starts anew; some were away for long.
                self.plc.begin_reset();
                self.rig.controls.bits = 0;
                self.rig.now_ms += self.random.u64(0..1500);
                self.rig.step();
                self.effects();
                self.seen = self.rig.machine.status().clone();
            }
            _ if !is_ending && self.random.u8(..) < 60 => {
                // Offline between what the PLC read and what it writes.
                let is_online = self.random.bool();
                let status = StationStatus {
                    is_online,
                    ..ONLINE
                };
                self.rig.machine.station(at(self.rig.now_ms), status);
            }
            _ => {}
        }
    }

    fn check(&self, seed: u64) {
        assert_eq!(
            self.arrivals, self.triggers,
            "seed {seed}: a trigger was lost"
        );
        let mut answered = [&self.acknowledged[..], &self.failed].concat();
        answered.sort_unstable();
        let all: Vec<u64> = self.station.truth.keys().copied().collect();
        assert_eq!(
            answered, all,
            "seed {seed}: not one answer for each outcome"
        );
        for (part_no, (part, is_pass)) in &self.station.truth {
            let end = self.plc.ends.get(part);
            let is_failed = self.failed.contains(part_no);
            match end {
                // Nobody takes another part's result for this one's.
                Some(End::Result { is_accept }) => {
                    assert_eq!(is_accept, is_pass, "seed {seed}: part {part_no}");
                    assert!(
                        !is_failed,
                        "seed {seed}: part {part_no} was taken and told as lost"
                    );
                }
                Some(End::Missed | End::GivenUp) => {}
                None => assert!(
                    is_failed,
                    "seed {seed}: the result of part {part_no} was lost"
                ),
            }
        }
    }
}

#[test]
fn a_plc_that_follows_the_rules_never_takes_a_result_for_another_parts() {
    let (mut results, mut missed, mut overrun) = (0, 0, 0);
    for seed in 0..4000 {
        let mut run = Run::new(seed);
        for _ in 0..1200 {
            run.turn(false);
        }
        run.rig.machine.station(at(run.rig.now_ms), ONLINE);
        for _ in 0..3000 {
            run.turn(true);
        }
        run.check(seed);
        let ends = run.plc.ends.values();
        results += ends
            .clone()
            .filter(|end| matches!(end, End::Result { .. }))
            .count();
        missed += ends.filter(|end| **end == End::Missed).count();
        overrun += run.failed.len();

        run.rig.controls.bits = 0;
        run.rig.wait_ms(800);
        let left = Flag::Online.mask() | Flag::InspectionCompleted.mask();
        assert_eq!(run.rig.machine.status().bits & !left, 0, "seed {seed}");
        assert_eq!(run.rig.result(), ResultWords::default());
    }
    // What is shown above happened often enough to mean something.
    assert!(
        results > 20_000 && missed > 200 && overrun > 500,
        "{results} {missed} {overrun}"
    );
}

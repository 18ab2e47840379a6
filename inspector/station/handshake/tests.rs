mod random;
mod rules;

use super::*;
use crate::station::lane::LaneNo;
use crate::station::part::{PartId, Style};
use crate::station::verdict::{Cause, Disposition, Score, Verdict};

fn at(ms: u64) -> Instant {
    Instant::from_millis(ms)
}

fn limits() -> Limits {
    let jobs = ["bracket", "cap"].map(|style| Style::new(style).expect("a style"));
    Limits {
        plc_timeout: Duration::from_secs(1),
        plc_heartbeat_max: None,
        heartbeat_period: Duration::from_millis(500),
        jobs: jobs.into_iter().collect(),
    }
}

fn outcome(part_no: u64, is_pass: bool) -> Outcome {
    Outcome {
        part_no: PartNo(part_no),
        part_id: PartId::counted(1, PartNo(part_no)),
        style: None,
        verdict: if is_pass {
            Verdict::Pass
        } else {
            Verdict::Fail
        },
        cause: (!is_pass).then_some(Cause::Defect),
        disposition: if is_pass {
            Disposition::Accept
        } else {
            Disposition::Reject
        },
        lane: LaneNo(u8::from(!is_pass)),
        score: Score::new(0.25),
        class: None,
        act_by: None,
    }
}

const ONLINE: StationStatus = StationStatus {
    is_online: true,
    is_rejecting: false,
    is_stopped: false,
    error_code: 0,
};

/// A handshake with a PLC whose bits are set one by one.
struct Rig {
    machine: Handshake,
    controls: Controls,
    now_ms: u64,
    effects: Vec<Effect>,
}

impl Rig {
    /// Both sides are there, and triggers are enabled.
    fn ready() -> Self {
        Self::with(limits())
    }

    fn with(limits: Limits) -> Self {
        let mut rig = Self {
            machine: Handshake::new(limits),
            controls: Controls::default(),
            now_ms: 1000,
            effects: Vec::new(),
        };
        rig.machine.station(at(rig.now_ms), ONLINE);
        rig.set(Control::TriggerEnable, true);
        assert_eq!(rig.taken(), [Effect::Back]);
        rig
    }

    fn step(&mut self) {
        self.machine.heard(at(self.now_ms));
        let effects = &mut self.effects;
        let mut sink = |effect| effects.push(effect);
        self.machine
            .step(at(self.now_ms), &self.controls, &mut sink);
    }

    fn set(&mut self, bit: Control, is_on: bool) {
        match is_on {
            true => self.controls.bits |= bit.mask(),
            false => self.controls.bits &= !bit.mask(),
        }
        self.step();
    }

    /// Time goes on; the station and the PLC are alive.
    fn wait_ms(&mut self, ms: u64) {
        for _ in 0..ms.div_ceil(100) {
            self.now_ms += 100;
            self.machine.station(at(self.now_ms), ONLINE);
            self.step();
        }
    }

    fn numbered(&mut self, part_no: u64) {
        self.machine.numbered(at(self.now_ms), PartNo(part_no));
    }

    fn exposed(&mut self, part_no: u64) {
        self.machine.exposed(at(self.now_ms), PartNo(part_no));
    }

    fn outcome(&mut self, part_no: u64, is_pass: bool) {
        let effects = &mut self.effects;
        let mut sink = |effect| effects.push(effect);
        let outcome = outcome(part_no, is_pass);
        self.machine.outcome(at(self.now_ms), &outcome, &mut sink);
    }

    fn has(&self, flag: Flag) -> bool {
        self.machine.status().has(flag)
    }

    fn result(&self) -> ResultWords {
        self.machine.status().result
    }

    /// The effects since it was asked last.
    fn taken(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// A part goes through the camera by the rules.
    fn part(&mut self, part_no: u64) {
        self.set(Control::Trigger, true);
        self.numbered(part_no);
        self.set(Control::Trigger, false);
        self.exposed(part_no);
        let found = self.taken();
        assert!(
            matches!(
                found[..],
                [Effect::Arrival {
                    is_missed: false,
                    ..
                }]
            ),
            "{found:?}"
        );
    }
}

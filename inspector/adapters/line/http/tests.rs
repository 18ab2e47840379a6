//! Requests as the control plane makes them, and a station that says what it likes.

use super::*;
use crate::adapters::line::kinds::DeviceKind;
use crate::adapters::line::wiring::{Device, Wiring};
use crate::clock::SimulatedClock;
use crate::queue::{Queue, WhenFull, queue};
use crate::station::lane::LaneNo;
use crate::station::part::PartId;
use crate::station::time::WallTime;
use crate::station::verdict::{Disposition, Verdict};
use crate::telemetry::alarm::AlarmSender;
use std::sync::Mutex;

type Words = Arc<Mutex<Vec<PartWord>>>;

struct Rig {
    device: Requests,
    clock: Arc<SimulatedClock>,
    requests: Queue<PartRequest>,
    told: Queue<Told>,
    triggers: Outlet<Heard>,
    feedback: Outlet<Feedback>,
}

fn rig(settings: &str, heard_max: usize) -> Rig {
    let settings: Settings = toml::from_str(settings).expect("settings");
    let wiring = Wiring {
        devices: vec![Device {
            name: "robot".to_owned(),
            kind: DeviceKind::Http(Box::new(settings.clone())),
            period: Duration::from_millis(2),
            because: None,
        }],
        ..Wiring::none()
    };
    let clock = Arc::new(SimulatedClock::new(WallTime(0)));
    let (told, told_outlet) = queue("told", 64, WhenFull::DropNewest, None);
    let (requests, requests_outlet) = queue("requests", 64, WhenFull::DropNewest, None);
    let (triggers, triggers_outlet) = queue("heard", heard_max, WhenFull::Fault, None);
    let (feedback, feedback_outlet) = queue("feedback", 64, WhenFull::Fault, None);
    let (positions, _) = queue("positions", 1, WhenFull::DropNewest, None);
    let (identities, _) = queue("identities", 1, WhenFull::DropNewest, None);
    let (alarms, _) = queue("alarms", 64, WhenFull::DropNewest, None);
    let device = open(
        &settings,
        Opening {
            wiring: &wiring,
            device: 0,
            told: told_outlet,
            requests: Some(requests_outlet),
            listeners: Listeners {
                triggers,
                feedback,
                positions,
                identities,
            },
            alarms: AlarmSender::new(alarms),
            board: Arc::new(wiring.board()),
            clock: Arc::clone(&clock) as _,
        },
    );
    Rig {
        device,
        clock,
        requests,
        told,
        triggers: triggers_outlet,
        feedback: feedback_outlet,
    }
}

impl Rig {
    fn ready(settings: &str) -> Self {
        let mut rig = rig(settings, 64);
        rig.tell(Told::Status(LineStatus {
            is_online: true,
            ..LineStatus::default()
        }));
        while rig.feedback.pop().is_some() {}
        rig
    }

    fn turn(&mut self) {
        self.device.turn(Duration::ZERO);
    }

    fn tell(&mut self, told: Told) {
        self.told.push(told).expect("there is room");
        self.turn();
    }

    /// What is said of it, if anybody listens.
    fn ask(&mut self, id: &str, listens: bool) -> Words {
        let words = Words::default();
        let to = Arc::clone(&words);
        let request = PartRequest {
            part_id: PartId::new(id).ok(),
            style: None,
            at: self.clock.now(),
            tell: Box::new(move |word| {
                to.lock().expect("no panic").push(word);
                listens
            }),
        };
        assert!(self.requests.push(request).is_ok());
        self.turn();
        words
    }
}

fn outcome(part: u64) -> Outcome {
    Outcome {
        part_no: PartNo(part),
        part_id: PartId::counted(1, PartNo(part)),
        style: None,
        verdict: Verdict::Pass,
        cause: None,
        disposition: Disposition::Accept,
        lane: LaneNo(0),
        score: None,
        class: None,
        act_by: None,
    }
}

fn said(words: &Words) -> Vec<PartWord> {
    words.lock().expect("no panic").clone()
}

#[test]
fn each_request_is_a_part_and_gets_its_own_outcome() {
    let mut rig = Rig::ready("");
    let first = rig.ask("A", true);
    let second = rig.ask("B", true);
    let ids: Vec<_> = std::iter::from_fn(|| rig.triggers.pop())
        .map(|heard| match heard {
            Heard::Arrival(arrival) => (arrival.part_id, arrival.is_missed),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        ids,
        [
            (PartId::new("A").ok(), false),
            (PartId::new("B").ok(), false)
        ]
    );
    rig.clock.advance_to(Instant::from_millis(40));
    rig.tell(Told::Decided(outcome(2)));
    rig.tell(Told::Decided(outcome(1)));
    rig.tell(Told::Decided(outcome(1)));
    let at = Instant::from_millis(40);
    for (words, part) in [(first, 1), (second, 2)] {
        let expected = [
            PartWord::Taken(PartNo(part)),
            PartWord::Decided(outcome(part), at),
        ];
        assert_eq!(said(&words), expected);
    }
    assert!(rig.feedback.is_empty(), "somebody else takes it out");
}

#[test]
fn a_part_before_the_station_is_ready_is_recorded_and_rejected() {
    let mut rig = rig("takes_out = true", 64);
    let words = rig.ask("A", true);
    assert_eq!(said(&words), [PartWord::Missed(PartNo(1))]);
    let heard = rig.triggers.pop();
    assert!(
        matches!(heard, Some(Heard::Arrival(it)) if it.is_missed),
        "{heard:?}"
    );
    while rig.feedback.pop().is_some() {}
    rig.tell(Told::Outcome(outcome(1)));
    let answered = rig.feedback.pop();
    assert!(
        matches!(
            answered,
            Some(Feedback::Acknowledged {
                part_no: PartNo(1),
                ..
            })
        ),
        "whoever asked knows that it is rejected: {answered:?}"
    );
    assert_eq!(said(&words).len(), 1);
}

#[test]
fn too_many_and_unheard_parts_are_no_parts() {
    let mut rig = Rig::ready("in_flight_max = 2");
    let words = ["A", "B", "C"].map(|id| rig.ask(id, true));
    assert_eq!(said(&words[2]), [PartWord::TooMany(2)]);
    assert_eq!(rig.triggers.len(), 2, "nothing was announced");
    rig.tell(Told::Decided(outcome(1)));
    assert_eq!(said(&rig.ask("D", true)), [PartWord::Taken(PartNo(3))]);

    let mut rig = self::rig("", 1);
    rig.ask("A", true);
    assert_eq!(said(&rig.ask("B", true)), [PartWord::Unheard]);
    rig.triggers.pop();
    let next = said(&rig.ask("C", true));
    assert_eq!(
        next,
        [PartWord::Missed(PartNo(2))],
        "the job never counted B"
    );
}

#[test]
fn an_answer_that_nobody_took_is_no_acknowledgement() {
    let mut rig = Rig::ready("takes_out = true\nanswer_within_ms = 100");
    let taken = rig.ask("A", true);
    rig.ask("B", false);
    let late = rig.ask("C", true);
    rig.tell(Told::Outcome(outcome(1)));
    rig.tell(Told::Outcome(outcome(2)));
    rig.clock.advance_to(Instant::from_millis(100));
    rig.tell(Told::Outcome(outcome(3)));
    let failed: Vec<_> = std::iter::from_fn(|| rig.feedback.pop())
        .map(|feedback| match feedback {
            Feedback::Acknowledged { part_no, .. } => (part_no.0, String::new()),
            Feedback::Failed {
                part_no, reason, ..
            } => (part_no.0, reason),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((failed[0].clone(), failed.len()), ((1, String::new()), 3));
    assert!(
        failed[1].1.contains("closed before its answer"),
        "{failed:?}"
    );
    // Whichever came first, the outcome or the end of the time: one of them, and only one.
    let words = said(&late);
    assert_eq!(words.len(), 2, "{words:?}");
    assert_eq!(said(&taken).len(), 2);
}

#[test]
fn what_is_not_decided_in_time_or_at_the_end_is_looked_up() {
    let mut rig = Rig::ready("answer_within_ms = 100");
    let first = rig.ask("A", true);
    rig.clock.advance_to(Instant::from_millis(100));
    rig.turn();
    assert_eq!(said(&first)[1], PartWord::Late(PartNo(1)));
    let second = rig.ask("B", true);
    rig.device.rest();
    assert_eq!(said(&second)[1], PartWord::Late(PartNo(2)));
}

#[test]
fn settings_have_limits() {
    let problems = |text: &str| problems(&toml::from_str(text).expect("settings")).join("\n");
    assert_eq!(problems(""), "");
    assert!(problems("in_flight_max = 0").contains("expected 1 to 64, found 0"));
    assert!(problems("answer_within_ms = 1").contains("expected 100 to 60000, found 1"));
}

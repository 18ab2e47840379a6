//! What `ports::signal::SignalDevice` promises, on every adapter against a simulator that is not ours: what is promised
//! everywhere (`promises`), and what the network between may do.
//!
//! Every adapter has the same inputs (a bit, a word, a double, a text, a bit elsewhere) and two outputs that are bits.

use crate::parts::Parts;
use crate::peer::{Peer, Proxy, python};
use crate::promises::{self, Far, SLACK, Subject, Told, Trial};
use inspector::clock::{Clock, SystemClock};
use inspector::ports::signal::{SignalDevice, SignalError};
use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Duration;

/// The time-out of every device here.
const LIMIT: Duration = Duration::from_millis(150);
const BIT: u8 = 0;
const WORD: u8 = 1;
const DOUBLE: u8 = 2;
const TEXT: u8 = 3;
const OTHER_BIT: u8 = 4;

/// An adapter, and what it is tried against.
pub struct Adapter {
    /// Its script, with arguments.
    pub peer: &'static str,
    /// The keys of its `[[device]]` but for name and address.
    pub keys: &'static str,
    pub inputs: [&'static str; 5],
    pub outputs: [&'static str; 2],
    pub device: fn(&Adapter, SocketAddr) -> Box<dyn SignalDevice>,
}

impl Far for Peer {
    fn set(&mut self, input: u8, value: &dyn Display) {
        Peer::set(self, input, value);
    }

    fn is_on(&mut self, output: u8) -> bool {
        Peer::is_on(self, output)
    }

    fn kill(&mut self) {
        Peer::kill(self);
    }

    fn restart(&mut self) {
        Peer::restart(self);
    }
}

struct Bench {
    subject: Subject<Peer>,
    proxy: Proxy,
}

fn trials() -> Vec<Trial> {
    let trial = |input, rest, set| Trial { input, rest, set };
    let text = |text: &str| Told::Text(text.to_owned());
    vec![
        trial(WORD, ("8", Told::Word(8)), ("4660", Told::Word(0x1234))),
        trial(BIT, ("0", Told::Bit(false)), ("1", Told::Bit(true))),
        trial(
            DOUBLE,
            ("0", Told::Double(0)),
            ("2309737967", Told::Double(0x89AB_CDEF)),
        ),
        trial(TEXT, ("", text("")), ("A-17/北", text("A-17/北"))),
        trial(OTHER_BIT, ("0", Told::Bit(false)), ("1", Told::Bit(true))),
    ]
}

impl Bench {
    /// A device that is open. `None` where the simulator is not installed.
    fn new(adapter: &Adapter) -> Option<Self> {
        let peer = Peer::start(&python()?, adapter.peer);
        let proxy = Proxy::before(peer.at);
        let device = (adapter.device)(adapter, proxy.at);
        assert_eq!(proxy.connections(), 0, "it is made closed");
        let mut subject = Subject {
            far: peer,
            device,
            trials: trials(),
            limit: LIMIT,
        };
        subject.device.reopen().expect("it answers");
        Some(Self { subject, proxy })
    }

    fn set(&mut self, input: u8, value: impl Display) {
        self.subject.far.set(input, value);
    }
}

/// What is promised everywhere, with nothing between but the proxy.
macro_rules! everywhere {
    ($($promise:ident)*) => {
        $(pub fn $promise(adapter: &Adapter) {
            if let Some(bench) = Bench::new(adapter) {
                promises::$promise(bench.subject);
            }
        })*
    };
}
everywhere!(
    every_input_is_told_with_its_value_and_time
    a_write_is_done_when_it_returns_and_touches_nothing_else
    a_far_side_that_dies_is_gone_in_time_and_back_when_it_is_there_again
    nothing_allocates_after_the_first_calls
);

pub fn a_part_allocates_nothing_from_its_trigger_to_its_output(adapter: &Adapter) {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, adapter.peer);
    let [bit, _, double, text, _] = adapter.inputs;
    let parts = Parts {
        keys: &format!("address = \"{}\"\n{}", peer.at, adapter.keys),
        trigger: (BIT, bit),
        encoder: (DOUBLE, double),
        part_id: Some((TEXT, text)),
        gate: adapter.outputs[0],
    };
    parts.allocate_nothing_from_trigger_to_output(&mut peer);
}

pub fn a_hung_peer_is_gone_in_time_and_its_late_answers_are_no_values(adapter: &Adapter) {
    let Some(mut bench) = Bench::new(adapter) else {
        return;
    };
    bench.set(WORD, 7);
    assert_eq!(bench.subject.value(WORD), Ok(Told::Word(7)));
    bench.subject.far.signal("-STOP");
    bench.subject.is_gone_in_time("hung");
    bench.subject.far.signal("-CONT");
    bench.set(WORD, 8);
    bench.subject.reopened();
    for word in 9..30 {
        bench.set(WORD, word);
        assert_eq!(bench.subject.value(WORD), Ok(Told::Word(word)));
    }
}

pub fn a_slow_peer_has_one_time_out_for_a_whole_call(adapter: &Adapter) {
    let Some(mut bench) = Bench::new(adapter) else {
        return;
    };
    bench.proxy.delay(LIMIT / 8);
    bench.set(WORD, 7);
    assert_eq!(
        bench.subject.value(WORD),
        Ok(Told::Word(7)),
        "slow, but in time"
    );
    // Each answer alone would be in time; so many are not.
    bench.proxy.delay(LIMIT * 3 / 5);
    let began = SystemClock.now();
    let polled = bench.subject.poll();
    let took = SystemClock.now().since(began);
    assert!(took < LIMIT + SLACK, "{took:?}");
    let is_one_request = polled.is_ok();
    assert!(is_one_request || took >= LIMIT, "{polled:?} after {took:?}");
    bench.proxy.delay(LIMIT * 2);
    if bench.subject.device.reopen().is_ok() {
        panic!("an answer after the time-out counted");
    }
    bench.subject.is_gone_in_time("slow");
    bench.proxy.delay(Duration::ZERO);
    bench.set(WORD, 8);
    bench.subject.reopened();
    assert_eq!(bench.subject.value(WORD), Ok(Told::Word(8)));
}

pub fn no_value_is_ever_an_earlier_requests(adapter: &Adapter) {
    let Some(mut bench) = Bench::new(adapter) else {
        return;
    };
    let mut failures = 0;
    for round in 0..60_u16 {
        bench.proxy.doubled(round % 3 == 0);
        bench.proxy.silent(round % 10 == 7);
        bench.proxy.pieces(round % 4 == 1);
        if round % 7 == 5 {
            bench.proxy.cut();
        }
        bench.set(WORD, round);
        bench.set(DOUBLE, u32::from(round) << 16 | 1);
        match bench.subject.poll() {
            Ok(heard) => {
                assert_eq!(heard.len(), 5);
                for (_, value, _) in heard {
                    match value {
                        Told::Word(word) => assert_eq!(word, round),
                        Told::Double(double) => assert_eq!(double, u32::from(round) << 16 | 1),
                        Told::Bit(is_on) => assert!(!is_on),
                        Told::Text(text) => assert_eq!(text, ""),
                    }
                }
            }
            Err(error) => {
                assert!(matches!(error, SignalError::Gone { .. }), "{error}");
                failures += 1;
                bench.proxy.silent(false);
                bench.proxy.doubled(false);
                bench.subject.reopened();
            }
        }
    }
    assert!((10..60).contains(&failures), "{failures} of 60");
}

/// Every promise, on one adapter.
macro_rules! conforms {
    ($name:ident, $adapter:expr) => {
        mod $name {
            use super::super::conformance;
            #[allow(unused_imports, reason = "what an adapter is made of")]
            use super::*;
            conforms!(
                @ $adapter,
                every_input_is_told_with_its_value_and_time
                a_write_is_done_when_it_returns_and_touches_nothing_else
                a_far_side_that_dies_is_gone_in_time_and_back_when_it_is_there_again
                a_hung_peer_is_gone_in_time_and_its_late_answers_are_no_values
                a_slow_peer_has_one_time_out_for_a_whole_call
                no_value_is_ever_an_earlier_requests
                nothing_allocates_after_the_first_calls
                a_part_allocates_nothing_from_its_trigger_to_its_output
            );
        }
    };
    (@ $adapter:expr, $($promise:ident)*) => {
        $(#[test] fn $promise() { conformance::$promise(&$adapter); })*
    };
}
pub(crate) use conforms;

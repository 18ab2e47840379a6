//! What `ports::signal::SignalDevice` promises, on every adapter against a simulator that is not ours.
//!
//! Every adapter has the same inputs (a bit, a word, a double, a text, a bit elsewhere) and two outputs that are bits.

use crate::counting::allocations_of;
pub use crate::parts::a_part_allocates_nothing_from_its_trigger_to_its_output;
use crate::peer::{Peer, Proxy, python};
use inspector::clock::{Clock, SystemClock};
use inspector::ports::signal::{SignalDevice, SignalError, Value};
use inspector::station::time::Instant;
use std::net::SocketAddr;
use std::time::Duration;

/// The time-out of every device here.
const LIMIT: Duration = Duration::from_millis(150);
/// What a busy machine adds to it.
const SLACK: Duration = Duration::from_millis(100);
pub const BIT: u8 = 0;
const WORD: u8 = 1;
pub const DOUBLE: u8 = 2;
pub const TEXT: u8 = 3;
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

/// One value as it was told.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Bit(bool),
    Word(u16),
    Double(u32),
    Text(String),
}

impl From<Value<'_>> for Told {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Bit(is_on) => Told::Bit(is_on),
            Value::Word(word) => Told::Word(word),
            Value::Double(double) => Told::Double(double),
            Value::Text(text) => Told::Text(text.to_owned()),
        }
    }
}

struct Bench {
    peer: Peer,
    proxy: Proxy,
    device: Box<dyn SignalDevice>,
}

type Heards = Vec<(u8, Told, Instant)>;

impl Bench {
    /// A device that is open. `None` where the simulator is not installed.
    fn new(adapter: &Adapter) -> Option<Self> {
        let peer = Peer::start(&python()?, adapter.peer);
        let proxy = Proxy::before(peer.at);
        let device = (adapter.device)(adapter, proxy.at);
        assert_eq!(proxy.connections(), 0, "it is made closed");
        let mut bench = Self {
            peer,
            proxy,
            device,
        };
        bench.device.reopen().expect("it answers");
        Some(bench)
    }

    fn poll(&mut self) -> Result<Heards, SignalError> {
        let mut heard = Vec::new();
        let polled = self
            .device
            .poll(&mut |input, value, at| heard.push((input, value.into(), at)));
        polled.map(|()| heard)
    }

    fn value(&mut self, input: u8) -> Result<Told, SignalError> {
        let heard = self.poll()?;
        let found = heard.into_iter().find(|(number, ..)| *number == input);
        Ok(found.expect("every input is told").1)
    }

    /// Opens again, as often as the exchange would within two seconds.
    fn reopened(&mut self) {
        let deadline = SystemClock.now() + Duration::from_secs(2);
        while let Err(error) = self.device.reopen() {
            assert!(SystemClock.now() < deadline, "{error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// That every call ends in time, as the connection's end.
    fn is_gone_in_time(&mut self, what: &str) {
        type Call = fn(&mut dyn SignalDevice) -> Result<(), SignalError>;
        let calls: [(&str, Call); 4] = [
            ("poll", |device| device.poll(&mut |_, _, _| {})),
            ("write", |device| device.write(0, true)),
            ("read_back", |device| device.read_back(0).map(drop)),
            ("reopen", |device| device.reopen()),
        ];
        for (name, call) in calls {
            let began = SystemClock.now();
            let found = call(&mut *self.device);
            let took = SystemClock.now().since(began);
            assert!(
                matches!(found, Err(SignalError::Gone { .. })),
                "{what}, {name}: {found:?}"
            );
            assert!(took < LIMIT + SLACK, "{what}, {name}: {took:?}");
        }
    }
}

pub fn every_input_is_told_with_its_value_and_time(adapter: &Adapter) {
    let Some(mut bench) = Bench::new(adapter) else {
        return;
    };
    bench.peer.set(BIT, 1);
    bench.peer.set(WORD, 0x1234);
    bench.peer.set(DOUBLE, 0x89AB_CDEF_u32);
    bench.peer.set(TEXT, "A-17/北");
    bench.peer.set(OTHER_BIT, 1);
    let before = SystemClock.now();
    let mut heard = bench.poll().expect("it answers");
    let after = SystemClock.now();
    let times: Vec<Instant> = heard.iter().map(|(.., at)| *at).collect();
    assert!(times.is_sorted(), "in the order of time");
    assert!(before <= times[0] && times[4] <= after);
    heard.sort_by_key(|(number, ..)| *number);
    let values: Vec<(u8, Told)> = heard.into_iter().map(|(n, value, _)| (n, value)).collect();
    let expected = [
        (BIT, Told::Bit(true)),
        (WORD, Told::Word(0x1234)),
        (DOUBLE, Told::Double(0x89AB_CDEF)),
        (TEXT, Told::Text("A-17/北".to_owned())),
        (OTHER_BIT, Told::Bit(true)),
    ];
    assert_eq!(values, expected);
    bench.peer.set(BIT, 0);
    bench.peer.set(TEXT, "");
    assert_eq!(bench.value(BIT), Ok(Told::Bit(false)));
    assert_eq!(bench.value(TEXT), Ok(Told::Text(String::new())));
    assert_eq!(bench.value(OTHER_BIT), Ok(Told::Bit(true)));
}

pub fn a_write_is_done_when_it_returns_and_touches_nothing_else(adapter: &Adapter) {
    let Some(mut bench) = Bench::new(adapter) else {
        return;
    };
    for (output, other) in [(0, 1), (1, 0)] {
        for is_on in [true, false, true] {
            bench.device.write(output, is_on).expect("it is written");
            assert_eq!(bench.peer.is_on(output), is_on);
            assert_eq!(bench.device.read_back(output), Ok(Some(is_on)));
        }
        assert_eq!(bench.peer.is_on(other), output == 1, "{other} stays");
    }
    let refused = bench.device.write(9, true);
    assert!(matches!(refused, Err(SignalError::Refused { .. })));
}

pub fn a_killed_peer_is_gone_in_time_and_back_when_it_is_restarted(adapter: &Adapter) {
    let Some(mut bench) = Bench::new(adapter) else {
        return;
    };
    bench.peer.set(WORD, 7);
    assert_eq!(bench.value(WORD), Ok(Told::Word(7)));
    bench.peer.kill();
    bench.is_gone_in_time("killed");
    bench.peer.restart();
    bench.peer.set(WORD, 8);
    bench.reopened();
    assert_eq!(bench.value(WORD), Ok(Told::Word(8)));
    bench.device.write(0, true).expect("it is written");
    assert!(bench.peer.is_on(0));
}

pub fn a_hung_peer_is_gone_in_time_and_its_late_answers_are_no_values(adapter: &Adapter) {
    let Some(mut bench) = Bench::new(adapter) else {
        return;
    };
    bench.peer.set(WORD, 7);
    assert_eq!(bench.value(WORD), Ok(Told::Word(7)));
    bench.peer.signal("-STOP");
    bench.is_gone_in_time("hung");
    bench.peer.signal("-CONT");
    bench.peer.set(WORD, 8);
    bench.reopened();
    for word in 9..30 {
        bench.peer.set(WORD, word);
        assert_eq!(bench.value(WORD), Ok(Told::Word(word)));
    }
}

pub fn a_slow_peer_has_one_time_out_for_a_whole_call(adapter: &Adapter) {
    let Some(mut bench) = Bench::new(adapter) else {
        return;
    };
    bench.proxy.delay(LIMIT / 8);
    bench.peer.set(WORD, 7);
    assert_eq!(bench.value(WORD), Ok(Told::Word(7)), "slow, but in time");
    // Each answer alone would be in time; so many are not.
    bench.proxy.delay(LIMIT * 3 / 5);
    let began = SystemClock.now();
    let polled = bench.poll();
    let took = SystemClock.now().since(began);
    assert!(took < LIMIT + SLACK, "{took:?}");
    let is_one_request = polled.is_ok();
    assert!(is_one_request || took >= LIMIT, "{polled:?} after {took:?}");
    bench.proxy.delay(LIMIT * 2);
    if bench.device.reopen().is_ok() {
        panic!("an answer after the time-out counted");
    }
    bench.is_gone_in_time("slow");
    bench.proxy.delay(Duration::ZERO);
    bench.peer.set(WORD, 8);
    bench.reopened();
    assert_eq!(bench.value(WORD), Ok(Told::Word(8)));
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
        bench.peer.set(WORD, round);
        bench.peer.set(DOUBLE, u32::from(round) << 16 | 1);
        match bench.poll() {
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
                bench.reopened();
            }
        }
    }
    assert!((10..60).contains(&failures), "{failures} of 60");
}

pub fn nothing_allocates_after_the_first_calls(adapter: &Adapter) {
    let Some(mut bench) = Bench::new(adapter) else {
        return;
    };
    bench.peer.set(TEXT, "A-17");
    let device = &mut *bench.device;
    let mut told = 0_usize;
    let mut turn = || {
        let polled = device.poll(&mut |_, _, _| told += 1);
        let written = device.write(0, true).and_then(|()| device.write(0, false));
        polled.is_ok() && written.is_ok() && device.read_back(0) == Ok(Some(false))
    };
    assert!(turn());
    let mut is_well = true;
    let count = allocations_of(|| {
        for _ in 0..100 {
            is_well &= turn();
        }
    });
    assert!(is_well);
    assert_eq!((count, told), (0, 505));
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
                a_killed_peer_is_gone_in_time_and_back_when_it_is_restarted
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

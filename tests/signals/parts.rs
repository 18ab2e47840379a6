//! A part through the exchange around an adapter: from the trigger that is heard to the output that is written.

use crate::conformance::{Adapter, BIT, DOUBLE, TEXT};
use crate::counting::allocations_of;
use crate::peer::{Peer, python};
use crate::rig::{all, opening, outcome, wiring};
use inspector::adapters::line::kinds::open;
use inspector::clock::{Clock, SystemClock};
use inspector::ports::line::{Feedback, Heard, LineDevice};
use inspector::station::verdict::Disposition::Accept;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A line of this adapter, its trigger, encoder and part ID, and a gate.
fn line(adapter: &Adapter, at: SocketAddr) -> String {
    let [bit, _, double, text, _] = adapter.inputs;
    let input = |address: &str, meaning: &str| {
        format!("[[input]]\ndevice = \"plc\"\naddress = {address:?}\nmeaning = {meaning:?}\n")
    };
    format!(
        "[[device]]\nname = \"plc\"\naddress = \"{at}\"\nbecause = \"a test\"\nperiod_ms = 1\n{}\n{}{}{}\
         [[output]]\ndevice = \"plc\"\naddress = {:?}\nmeaning = \"lane\"\nlane = \"accept\"\nhold_ms = 5\n",
        adapter.keys,
        input(bit, "trigger"),
        input(double, "encoder"),
        input(text, "part-id"),
        adapter.outputs[0],
    )
}

pub fn a_part_allocates_nothing_from_its_trigger_to_its_output(adapter: &Adapter) {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, adapter.peer);
    let wiring = wiring(&line(adapter, peer.at));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (opening, station) = opening(&wiring, &clock);
    let mut device = open(opening).expect("it is no server");
    // What is on when it is first heard of is no part.
    for _ in 0..10 {
        device.turn(Duration::from_millis(1));
    }
    let mut part = |number: u64, peer: &mut Peer| -> usize {
        peer.set(TEXT, format!("P-{number}"));
        peer.set(DOUBLE, number * 100);
        peer.set(BIT, 1);
        let mut count = 0;
        let arrival = turns(&mut *device, &mut count, || {
            station.triggers.pop().and_then(|heard| match heard {
                Heard::Arrival(arrival) => Some(arrival),
                _ => None,
            })
        });
        let id = arrival.part_id.expect("an ID");
        assert_eq!(id.as_str(), format!("P-{number}"));
        assert_eq!(
            arrival.counts,
            Some(u32::try_from(number * 100).expect("few"))
        );
        station
            .told
            .push(outcome(number, Accept, None))
            .expect("room");
        turns(&mut *device, &mut count, || {
            let of = |it: &Feedback| matches!(it, Feedback::Acknowledged { .. });
            std::iter::from_fn(|| station.feedback.pop()).find(of)
        });
        peer.set(BIT, 0);
        for _ in 0..20 {
            count += allocations_of(|| device.turn(Duration::from_millis(1)));
        }
        while station.positions.pop().is_some() {}
        assert!(!peer.is_on(0), "the pulse is over");
        count
    };
    for number in 1..4 {
        part(number, &mut peer);
    }
    let counts: usize = (4..14).map(|number| part(number, &mut peer)).sum();
    assert_eq!(counts, 0, "of 10 parts");
    assert!(all(&station.alarms).iter().all(|it| !it.is_active));
}

/// Turns until something is there, and counts what that allocates.
fn turns<T>(
    device: &mut dyn LineDevice,
    count: &mut usize,
    mut found: impl FnMut() -> Option<T>,
) -> T {
    let deadline = SystemClock.now() + Duration::from_secs(3);
    loop {
        *count += allocations_of(|| device.turn(Duration::from_millis(1)));
        if let Some(found) = found() {
            return found;
        }
        assert!(SystemClock.now() < deadline, "not within 3 s");
    }
}

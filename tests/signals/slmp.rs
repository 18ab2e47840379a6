//! The SLMP client against a simulated FX5U with the faults that were measured on one.

use crate::peer::{Peer, python};
use inspector::adapters::line::slmp::address::{Address, Family};
use inspector::adapters::line::slmp::client::{Settings, SlmpClient};
use inspector::clock::SystemClock;
use inspector::ports::signal::{SignalDevice, SignalError, Value};
use std::sync::Arc;

fn client(peer: &Peer, keys: &str, inputs: &[&str]) -> SlmpClient {
    let keys = format!("address = \"{}\"\nplc = \"fx5\"\n{keys}", peer.at);
    let settings: Settings = toml::from_str(&keys).expect("settings");
    let input = |it: &&str| Address::input(Family::Fx5, it).expect(it);
    let inputs: Vec<Address> = inputs.iter().map(input).collect();
    SlmpClient::new(&settings, &inputs, Vec::new(), Arc::new(SystemClock))
}

fn reason(asked: Result<(), SignalError>) -> (bool, String) {
    let error = asked.expect_err("it does not succeed");
    let is_refusal = matches!(error, SignalError::Refused { .. });
    (is_refusal, error.to_string())
}

#[test]
fn a_second_client_of_a_connection_is_told_so_and_the_first_goes_on() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "slmp.py 3e");
    let mut first = client(&peer, "", &["D20"]);
    first.reopen().expect("it is alone");
    let mut second = client(&peer, "", &["D20"]);
    let (is_refusal, told) = reason(second.reopen());
    assert!(!is_refusal && told.contains("serves one client"), "{told}");
    assert_eq!(peer.ask("events connection_refused"), "1");
    first.poll(&mut |_, _, _| {}).expect("it goes on");
    assert_eq!(peer.ask("events connection_refused"), "1", "one connection");
    // The place is free a moment after it was given up.
    drop(first);
    std::thread::sleep(std::time::Duration::from_millis(50));
    second.reopen().expect("it is alone now");
}

#[test]
fn what_the_plc_refuses_is_told_as_what_to_do_and_the_connection_stays() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "slmp.py 3e");
    for (address, expected) in [
        ("D8000", "0xC056: it has no such number"),
        ("D7999.u32", "0xC056: it has no such number"),
        ("ZR0", "0xC05C: it does not have this device"),
    ] {
        let mut device = client(&peer, "", &[address]);
        for _ in 0..3 {
            let (is_refusal, told) = reason(device.reopen());
            assert!(is_refusal && told.contains(expected), "{told}");
        }
        drop(device);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(peer.ask("events connection_refused"), "0");
}

#[test]
fn a_connection_that_is_set_to_ascii_is_silent_and_that_is_told() {
    let Some(python) = python() else {
        return;
    };
    let peer = Peer::start(&python, "slmp.py ascii");
    let (is_refusal, told) = reason(client(&peer, "", &["D20"]).reopen());
    assert!(!is_refusal && told.contains("binary"), "{told}");
}

#[test]
fn more_words_than_a_request_holds_are_read_whole_and_in_pieces() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "slmp.py 3e");
    let fault = peer.ask("fault segment_at 1460");
    assert_eq!(fault, "ok");
    // 1,280 words in a row; an FX5U gives 960 at once.
    let addresses: Vec<String> = (0..20).map(|at| format!("D{}.text128", at * 64)).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let mut device = client(&peer, "", &addresses);
    device.reopen().expect("no request is refused");
    for at in [0, 832, 896, 960, 1216] {
        assert_eq!(peer.ask(&format!("put {at} at-D{at}")), "ok");
    }
    let mut found = Vec::new();
    let polled = device.poll(&mut |number, value, _| match value {
        Value::Text(text) => found.push((number, text.to_owned())),
        other => panic!("{other:?}"),
    });
    polled.expect("it answers");
    assert_eq!(found.len(), 20);
    for (number, text) in found {
        let at = u32::from(number) * 64;
        let expected = match at {
            0 | 832 | 896 | 960 | 1216 => format!("at-D{at}"),
            _ => String::new(),
        };
        assert_eq!(text, expected, "D{at}");
    }
    assert_eq!(peer.ask("events coalesced"), "0", "one request at a time");
}

#[test]
fn an_answer_with_another_number_is_never_taken() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "slmp.py 4e");
    let mut device = client(&peer, "frame = \"4e\"\n", &["D20"]);
    device.reopen().expect("it answers");
    for fault in ["wrong_serial_echo", "stale_reply"] {
        assert_eq!(peer.ask(&format!("fault {fault} True")), "ok");
        // The first answer after a connection was made is no older one.
        let _ = device.reopen();
        let (is_refusal, told) = reason(device.poll(&mut |_, _, _| {}));
        assert!(!is_refusal && told.contains("does not belong"), "{told}");
        assert_eq!(peer.ask(&format!("fault {fault} False")), "ok");
    }
}

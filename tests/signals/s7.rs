//! The S7 client against the server of snap7: blocks that are not there or too short, access that is denied, long lists.

use crate::peer::{Peer, python};
use inspector::adapters::line::s7::address::Address;
use inspector::adapters::line::s7::client::{S7Client, Settings};
use inspector::clock::SystemClock;
use inspector::ports::signal::{SignalDevice, SignalError, Value};
use std::sync::Arc;

fn client(peer: &Peer, inputs: &[&str], outputs: &[&str]) -> S7Client {
    let keys = format!("address = \"{}\"", peer.at);
    let settings: Settings = toml::from_str(&keys).expect("settings");
    let input = |it: &&str| Address::input(it).expect(it);
    let output = |it: &&str| Address::output(it).expect(it);
    let inputs: Vec<Address> = inputs.iter().map(input).collect();
    let outputs = outputs.iter().map(output).collect();
    S7Client::new(&settings, &inputs, outputs, Arc::new(SystemClock))
}

fn refused(asked: Result<(), SignalError>) -> String {
    match asked {
        Err(SignalError::Refused { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_wrong_block_and_denied_access_are_told_as_what_to_do() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "s7.py");
    let told = refused(client(&peer, &["DB2.DBW0"], &[]).reopen());
    assert!(told.contains("does not exist or is optimised"), "{told}");
    let told = refused(client(&peer, &["DB1.DBW1199"], &[]).reopen());
    assert!(told.contains("shorter than the address"), "{told}");
    // The first is there, the second is not: nothing is half open.
    let told = refused(client(&peer, &["DB1.DBW0", "DB3.DBX0.0"], &[]).reopen());
    assert!(told.contains("does not exist"), "{told}");
    let mut device = client(&peer, &["DB1.DBW0"], &["DB2.DBX0.0"]);
    device.reopen().expect("it can be read");
    let told = refused(device.write(0, true));
    assert!(told.contains("0x8404: nothing can be written"), "{told}");
    device
        .poll(&mut |_, _, _| {})
        .expect("the connection stands");
    assert_eq!(peer.ask("deny"), "ok");
    let told = refused(device.poll(&mut |_, _, _| {}));
    assert!(told.contains("permit PUT/GET"), "{told}");
    assert_eq!(peer.ask("allow"), "ok");
    device
        .poll(&mut |_, _, _| {})
        .expect("the connection stands");
}

#[test]
fn a_bit_is_written_and_its_neighbours_stay() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "s7.py");
    assert_eq!(peer.ask("put 5 129"), "ok");
    let mut device = client(&peer, &[], &["DB1.DBX5.3"]);
    device.reopen().expect("it answers");
    device.write(0, true).expect("it is written");
    assert_eq!(peer.ask("byte 5"), (129 + 8).to_string());
    assert_eq!(device.read_back(0), Ok(Some(true)));
    device.write(0, false).expect("it is written");
    assert_eq!(peer.ask("byte 5"), "129");
}

#[test]
fn more_than_an_answer_holds_is_read_by_several_requests() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "s7.py");
    let addresses: Vec<String> = (0..60)
        .map(|at| match at % 3 {
            0 => format!("DB1.DBB{}", 100 + at * 18),
            1 => format!("DB1.DBX{}.7", 100 + at * 18),
            _ => format!("DB1.DBB{}.text12", 100 + at * 18),
        })
        .collect();
    for at in 0..60 {
        assert_eq!(
            peer.ask(&format!("put {} {}", 100 + at * 18, 65 + at)),
            "ok"
        );
    }
    let names: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let mut device = client(&peer, &names, &[]);
    device.reopen().expect("it answers");
    let mut count = 0;
    let polled = device.poll(&mut |number, value, _| {
        let byte = 65 + number;
        let expected = char::from(byte).to_string();
        match (number % 3, value) {
            (0, Value::Word(found)) => assert_eq!(found, u16::from(byte)),
            (1, Value::Bit(is_on)) => assert_eq!(is_on, byte >= 128),
            (2, Value::Text(found)) => assert_eq!(found, expected),
            (_, other) => panic!("{number}: {other:?}"),
        }
        count += 1;
    });
    polled.expect("it answers");
    assert_eq!(count, 60);
}

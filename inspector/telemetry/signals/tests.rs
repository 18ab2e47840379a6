use super::*;

const NOW: Instant = Instant(std::time::Duration::from_secs(1));

fn board() -> SignalBoard {
    let name = |address: &str, is_output| SignalName {
        device: 0,
        address: address.to_owned(),
        meaning: "trigger".to_owned(),
        is_output,
        bits: 32,
    };
    let device = DeviceName {
        name: "io".to_owned(),
        kind: "modbus",
        has_handshake: false,
    };
    SignalBoard::new(
        vec![device],
        vec![name("discrete:0", false), name("coil:0", true)],
    )
}

#[test]
fn the_last_edges_are_remembered_and_a_first_value_is_none() {
    let board = board();
    assert_eq!(board.signals(NOW)[0].value, SignalValue::Unknown);
    for ms in 0..100 {
        board.set_bit(0, ms % 2 == 1, Instant::from_millis(ms));
        board.set_bit(0, ms % 2 == 1, Instant::from_millis(ms));
    }
    let signal = &board.signals(NOW)[0];
    assert_eq!(signal.value, SignalValue::Bit(true));
    assert_eq!((signal.edges.len(), signal.changes), (EDGES, 99));
    assert_eq!(signal.changed_at, Some(Instant::from_millis(99)));
    let expected = Edge {
        at: Instant::from_millis(99),
        is_on: true,
    };
    assert_eq!(signal.edges.last(), Some(&expected));
    assert_eq!(signal.edges[0].at, Instant::from_millis(68));
    board.forget(0);
    board.set_bit(0, false, Instant::from_millis(200));
    let signal = &board.signals(NOW)[0];
    assert_eq!(
        signal.edges.last(),
        Some(&expected),
        "what was not seen is no edge"
    );
    assert_eq!(board.signals(NOW)[1].value, SignalValue::Unknown);
}

#[test]
fn numbers_and_texts_are_shown_as_they_are() {
    let board = board();
    board.set_number(0, u32::MAX, Instant::from_millis(1));
    assert_eq!(
        board.signals(NOW)[0].changed_at,
        None,
        "nobody saw it change"
    );
    assert_eq!(board.signals(NOW)[0].value, SignalValue::Number(u32::MAX));
    let long = "件".repeat(50);
    board.set_text(0, &long, Instant::from_millis(2));
    assert_eq!(
        board.signals(NOW)[0].value,
        SignalValue::Text("件".repeat(42))
    );
}

#[test]
fn a_device_keeps_since_when_and_why_it_was_gone_last() {
    let board = board();
    assert_eq!(board.devices()[0].since, None, "it was not tried yet");
    let at = Instant::from_millis;
    board.lost(0, (WhyGone::NotLetIn, "refused"), at(3));
    board.lost(0, (WhyGone::Silent, "no answer"), at(9));
    let device = &board.devices()[0];
    assert_eq!((device.is_connected, device.since), (false, Some(at(3))));
    assert_eq!(
        (device.why, &*device.reason),
        (WhyGone::Silent, "no answer")
    );
    board.connected(0, at(11));
    board.connected(0, at(12));
    let device = &board.devices()[0];
    assert_eq!((device.is_connected, device.since), (true, Some(at(11))));
    assert!(device.is_armed && device.handshake.is_none());
    assert_eq!(device.reason, "no answer", "a person may look later");
    assert_eq!(device.said, None);
    board.said(0, "(01)095", at(20));
    board.said(0, "", at(21));
    let device = &board.devices()[0];
    assert_eq!(device.said, Some((String::new(), at(21))));
    assert_eq!(device.said_times, 2);
}

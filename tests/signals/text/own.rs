//! What only devices of bytes, or of one kind, have.

use super::far::{Calling, Serial, Typing, pseudo_terminal};
use super::{Far, Rig, all, every, id, wiring};
use inspector::ports::line::{Heard, Told};
use inspector::station::part::PartNo;
use inspector::telemetry::catalogue::Code;
use std::io::Write;
use std::time::Duration;

fn of_bytes() -> Vec<(&'static str, Box<dyn Far>)> {
    every()
        .into_iter()
        .filter(|(_, far)| far.is_of_bytes())
        .collect()
}

#[test]
fn chinese_comes_in_utf_8_and_in_gbk_and_garbage_in_neither() {
    for (name, far) in of_bytes() {
        let mut rig = Rig::plugged(
            far,
            "start = \"\\u0002\"\nend = \"\\u0003\"\nprefix = \"件号\"\n",
        );
        let gbk = encoding_rs::GBK.encode("件号轴承座-7").0.into_owned();
        let sent = [
            b"\x02".as_slice(),
            &gbk,
            b"\x03\r\n\x02",
            "件号轴承座-8".as_bytes(),
            b"\x03",
        ]
        .concat();
        assert_eq!(
            rig.ids(&sent, 2),
            [id("轴承座-7"), id("轴承座-8")],
            "{name}"
        );
        // As of a wrong baud rate.
        let garbage = [b"\x02".as_slice(), b"\xff\xfe\x00\x80\xff\x7f", b"\x03"].concat();
        assert_eq!(rig.ids(&garbage, 1), [None], "{name}");
        let message = rig.alarm(Code::TextRefused, true);
        assert!(message.contains("UTF-8 or GBK"), "{name}: {message}");
        assert!(!message.contains('\0'), "{name}: {message:?}");
        rig.far.send(b"outside\x03");
        let message = rig.alarm(Code::TextRefused, true);
        assert!(
            message.contains("outside of start and end"),
            "{name}: {message}"
        );
        let all_bytes: Vec<u8> = (0..=255).collect();
        rig.far.send(&all_bytes);
        rig.turn(300);
        all(&rig.station.identities);
        let sent = [b"\x02".as_slice(), &gbk, b"\x03"].concat();
        assert_eq!(rig.ids(&sent, 1), [id("轴承座-7")], "{name}");
    }
}

#[test]
fn a_scanner_is_triggered_for_each_part_and_not_for_those_of_before() {
    for (name, far) in of_bytes() {
        let mut rig = Rig::new(far, "trigger_text = \"LON\\r\"\n");
        let tell = |rig: &Rig, part| {
            let told = rig.station.told.push(Told::Numbered(PartNo(part)));
            told.expect("there is room");
        };
        tell(&rig, 1);
        rig.turn(20);
        rig.plug();
        assert_eq!(rig.far.sent(), b"", "{name}: that part has gone by");
        tell(&rig, 2);
        tell(&rig, 3);
        rig.turn(20);
        assert_eq!(rig.far.sent(), b"LON\rLON\r", "{name}");
        let rested = rig.station.told.push(Told::Rest);
        rested.expect("there is room");
        rig.turn(20);
        assert_eq!(rig.far.sent(), b"", "{name}");
        assert_eq!(rig.ids(b"SN-2\r", 1), [id("SN-2")], "{name}");
        let shown = &rig.station.board.devices()[0];
        let said = shown.said.as_ref().map(|(text, _)| text.as_str());
        assert_eq!((said, shown.said_times), (Some("SN-2"), 1), "{name}");
    }
}

#[test]
fn bytes_without_an_end_are_bounded() {
    for (name, far) in of_bytes() {
        let mut rig = Rig::plugged(far, "");
        all(&rig.station.alarms);
        let mut rounds = 0;
        while rig.station.board.devices()[0].is_connected {
            rig.far.send(&[b'x'; 4096]);
            rig.turn(3);
            rounds += 1;
            assert!(rounds < 300, "{name}: it takes everything");
        }
        let message = rig.alarm(Code::LineDeviceGone, true);
        assert!(message.contains("bytes in a second"), "{name}: {message}");
    }
}

#[test]
fn a_port_that_does_not_take_its_settings_is_refused() {
    // A pseudo-terminal has no parity bit.
    let far = Serial::with("baud = 9600\nparity = \"even\"\ndata_bits = 7\n");
    let mut rig = Rig::new(Box::new(far), "");
    rig.far.plug(&mut || {});
    let message = rig.alarm(Code::LineDeviceGone, true);
    if !message.contains("expected a port that takes") {
        // It was looked at before it was there.
        let message = rig.alarm(Code::LineDeviceGone, true);
        assert!(message.contains("expected a port that takes"), "{message}");
    }
    assert!(!rig.station.board.devices()[0].is_connected);
}

#[test]
fn a_port_is_set_as_the_settings_say_and_is_raw() {
    let far = Serial::with("baud = 57600\nstop_bits = 2\n");
    let mut rig = Rig::plugged(Box::new(far), "");
    let path = rig.far.section();
    let path = path.split('"').nth(3).expect("a path").to_owned();
    let shown = std::process::Command::new("stty")
        .args(["-a", "-F", &path])
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    for expected in [
        "speed 57600 baud",
        "cs8",
        " cstopb",
        "-crtscts",
        "clocal",
        "-icrnl",
        "-echo",
        "-icanon",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert_eq!(rig.ids(b"\x7fSN-1\r", 1), [None], "not a backspace");
}

#[test]
fn no_port_and_no_scanner_say_what_to_do() {
    let (master, path) = pseudo_terminal();
    for (section, expected) in [
        (
            "kind = \"text\"\nport = \"/dev/none\"\n",
            "plug the device in",
        ),
        (
            "kind = \"text\"\nport = \"/dev/null\"\n",
            "expected a serial port, found something else",
        ),
        (
            "kind = \"keyboard\"\ninput = \"/dev/input/by-id/none\"\n",
            "plug it in, or correct `input`",
        ),
        (
            "kind = \"keyboard\"\ninput = \"/dev/null\"\n",
            "expected an input device such as",
        ),
        (
            &format!("kind = \"keyboard\"\ninput = {path:?}\n"),
            "expected an input device such as",
        ),
    ] {
        let line = wiring(section).unwrap_or_else(|it| panic!("{it}"));
        let clock: std::sync::Arc<dyn inspector::clock::Clock> =
            std::sync::Arc::new(inspector::clock::SystemClock);
        let (opening, station) = crate::rig::opening(&line, &clock);
        let mut device = inspector::adapters::line::kinds::open(opening).expect("it opens");
        device.turn(Duration::from_millis(1));
        let change = station.alarms.pop().expect("an alarm");
        assert_eq!(change.code, Code::LineDeviceGone);
        assert!(
            change.message.contains(expected),
            "{expected}: {}",
            change.message
        );
    }
    drop(master);
}

#[test]
fn a_scanner_that_connects_for_each_text_is_never_gone() {
    let far = Calling::with("stays_connected = false\n");
    let mut callers: Vec<_> = Vec::new();
    let far = Box::new(far);
    let address = far.section();
    let mut rig = Rig::new(far, "");
    rig.until("it listens", |station| {
        station.board.devices()[0].is_connected
    });
    let address = address.split('"').nth(3).expect("an address").to_owned();
    for number in 0..20 {
        let mut caller = std::net::TcpStream::connect(&address).unwrap();
        caller
            .write_all(format!("SN-{number}\r").as_bytes())
            .unwrap();
        if number % 2 == 0 {
            callers.push(caller);
        }
    }
    rig.until("every text is told", |station| {
        station.identities.len() == 20
    });
    let found: Vec<_> = all(&rig.station.identities)
        .iter()
        .map(|it| it.part_id)
        .collect();
    let expected: Vec<_> = (0..20).map(|number| id(&format!("SN-{number}"))).collect();
    assert_eq!(found, expected);
    assert!(
        all(&rig.station.alarms)
            .iter()
            .all(|it| it.code != Code::LineDeviceGone)
    );
}

#[test]
fn a_scanner_that_was_switched_off_and_calls_again_is_heard() {
    let mut rig = Rig::plugged(Box::new(Calling::new()), "");
    // The connection before is still open, as after a power cut.
    let address = rig.far.section();
    let address = address.split('"').nth(3).expect("an address").to_owned();
    let mut anew = std::net::TcpStream::connect(&address).unwrap();
    anew.write_all(b"SN-9\r").unwrap();
    rig.until("it is heard", |station| !station.identities.is_empty());
    assert_eq!(
        rig.station.identities.pop().and_then(|it| it.part_id),
        id("SN-9")
    );
}

#[test]
fn nobody_else_may_connect_where_the_settings_name_the_scanner() {
    let far = Calling::with("only_from = \"192.0.2.7\"\n");
    let stranger = far.at();
    let mut rig = Rig::new(Box::new(far), "");
    let mut stream = std::net::TcpStream::connect(stranger).unwrap();
    let _ = stream.write_all(b"SN-1\r");
    rig.turn(200);
    assert!(rig.station.identities.is_empty());
    let message = rig.alarm(Code::LineDeviceGone, true);
    assert!(
        message.contains("expected 192.0.2.7 to be connected"),
        "{message}"
    );
}

#[test]
fn a_foot_switch_announces_a_part_with_each_press() {
    let far = Box::<Typing>::default();
    let mut rig = Rig::plugged(
        far,
        "announces = true\nkey = \"B\"\nignore_repeat_ms = 200\n",
    );
    all(&rig.station.triggers);
    rig.far.send(b"bba\rb");
    rig.turn(50);
    let heard = all(&rig.station.triggers);
    assert_eq!(heard.len(), 1, "it bounced: {heard:?}");
    assert!(matches!(&heard[0], Heard::Arrival(arrival) if arrival.part_id.is_none()));
    rig.turn(300);
    rig.far.send(b"b");
    rig.until("the next part is told", |station| {
        station.triggers.len() == 1
    });
    assert!(rig.station.identities.is_empty());
}

#[test]
fn settings_that_do_not_go_together_are_told() {
    let keyboard = "kind = \"keyboard\"\ninput = \"/dev/input/by-id/x\"\n";
    let text = "kind = \"text\"\nconnect = \"192.168.1.20:2001\"\n";
    for (section, expected) in [
        ("kind = \"text\"\n".to_owned(), "expected one of port = "),
        (
            format!("{text}port = \"/dev/x\"\n"),
            "expected one of port = ",
        ),
        (format!("{text}baud = 9600\n"), "go with port = \"…\" only"),
        (
            format!("{text}only_from = \"::1\"\n"),
            "go with listen = \"…\" only",
        ),
        (
            format!("{text}end = \"\\r\\n\\r\\n\\r\"\n"),
            "at most 4 bytes each",
        ),
        (
            format!("{text}no_read = [\"*\"]\n"),
            "no_read: expected texts such as",
        ),
        (
            format!("{text}partial_timeout_ms = 0\n"),
            "partial_timeout_ms: expected 5 to 10000",
        ),
        (
            format!("{text}announces = true\ntrigger_text = \"LON\"\n"),
            "leave out one of announces and",
        ),
        (
            format!("{text}encoding = \"latin1\"\n"),
            "unknown variant `latin1`",
        ),
        (
            format!("{keyboard}key = \"F99\"\nannounces = true\n"),
            "key: expected F1 to F24",
        ),
        (
            format!("{keyboard}key = \"F1\"\n"),
            "expected announces = true with it",
        ),
        (
            "kind = \"text\"\nport = \"/dev/x\"\nparity = \"mark\"\n".to_owned(),
            "unknown variant `mark`",
        ),
        (
            "kind = \"text\"\nport = \"/dev/x\"\ndata_bits = 5\n".to_owned(),
            "data_bits: expected 7 or 8",
        ),
    ] {
        let found = wiring(&section).expect_err(expected);
        assert!(found.contains(expected), "{expected}:\n{found}");
    }
    let both =
        format!("{text}announces = true\n[[device]]\nname = \"b\"\n{keyboard}announces = true\n");
    let found = wiring(&both).expect_err("two announce");
    assert!(
        found.contains("expected one source of triggers, found 2"),
        "{found}"
    );
    let unheard = format!("{text}announces = true\n");
    let found = wiring(&unheard.replace("= true", "=  true")).expect_err("the line is simulated");
    assert!(
        found.contains("\"scanner\" announces parts: expected trigger.source"),
        "{found}"
    );
}

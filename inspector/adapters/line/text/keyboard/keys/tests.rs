//! Keys as the kernel reports them.

use super::*;

/// One key pressed (1), held (2) or let go (0), with the report behind it.
fn event(code: u16, value: i32, at: Instant) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, code, value) in [(EV_KEY, code, value), (EV_SYN, 0, 0)] {
        let half = TIME_BYTES / 2;
        bytes.extend(&at.0.as_secs().to_le_bytes()[..half]);
        bytes.extend(&u64::from(at.0.subsec_micros()).to_le_bytes()[..half]);
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(code.to_ne_bytes());
        bytes.extend(value.to_ne_bytes());
    }
    assert_eq!(bytes.len(), 2 * EVENT_BYTES);
    bytes
}

fn press(code: u16) -> Vec<u8> {
    let at = Instant::default();
    [event(code, 1, at), event(code, 0, at)].concat()
}

fn shifted(code: u16) -> Vec<u8> {
    let at = Instant::default();
    [event(42, 1, at), press(code), event(42, 0, at)].concat()
}

fn of_text(text: &str) -> Vec<u8> {
    let key = |byte: u8| {
        let found = (0..100).find_map(|code| {
            let of = |is_shifted| character(code, is_shifted) == Some(byte);
            of(false)
                .then(|| press(code))
                .or_else(|| of(true).then(|| shifted(code)))
        });
        found.unwrap_or_else(|| panic!("no key for {byte}"))
    };
    text.bytes().flat_map(key).collect()
}

/// What is said of these bytes, taken in pieces of this size, and then of silence.
fn said(key: Option<&str>, bytes: &[u8], piece: usize) -> Vec<String> {
    let key = key.map(|name| code_of(name).expect("a key"));
    let mut keys = Keys::new(key, Duration::from_millis(500));
    let mut all = Vec::new();
    let mut take = |said: Said<'_>| {
        all.push(match said {
            Said::Text(text, _) => String::from_utf8_lossy(text).into_owned(),
            Said::Press(_) => "press".to_owned(),
            Said::Unframed(error) => format!("! {error}"),
        });
    };
    for bytes in bytes.chunks(piece) {
        keys.take(bytes, Instant::from_millis(5_000), &mut take);
    }
    keys.silent(Instant::from_millis(5_499), &mut take);
    keys.silent(Instant::from_millis(5_500), &mut take);
    all
}

#[test]
fn what_a_scanner_types_is_the_text_up_to_enter() {
    let every = "ABCXYZabcxyz0123456789 -_=+[]{}\\|;:'\"`~,<.>/?!@#$%^&*()";
    let bytes = [
        of_text(every),
        press(ENTER),
        of_text("SN-2"),
        press(KEYPAD_ENTER),
    ]
    .concat();
    for piece in [1, 7, EVENT_BYTES, 4096] {
        assert_eq!(said(None, &bytes, piece), [every, "SN-2"], "{piece}");
    }
    // The US layout itself, by the numbers of linux/input-event-codes.h.
    let numbers = [30, 48, 46, 2, 11, 12, 52, 44, 57, 53];
    let typed: Vec<u8> = numbers
        .into_iter()
        .flat_map(press)
        .chain(press(ENTER))
        .collect();
    assert_eq!(said(None, &typed, 4096), ["abc10-.z /"]);
    let typed: Vec<u8> = numbers
        .into_iter()
        .flat_map(shifted)
        .chain(press(ENTER))
        .collect();
    assert_eq!(said(None, &typed, 4096), ["ABC!)_>Z ?"]);
    let keypad = [79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83, 74, 78, 55, 98];
    let typed: Vec<u8> = keypad
        .into_iter()
        .flat_map(press)
        .chain(press(ENTER))
        .collect();
    assert_eq!(said(None, &typed, 4096), ["1234567890.-+*/"]);
}

#[test]
fn caps_lock_turns_letters_and_a_held_key_is_one() {
    let caps = [
        press(CAPS_LOCK),
        press(30),
        press(2),
        shifted(30),
        press(ENTER),
    ]
    .concat();
    assert_eq!(said(None, &caps, 4096), ["A1a"]);
    let at = Instant::default();
    let held = [
        event(30, 1, at),
        event(30, 2, at),
        event(30, 2, at),
        event(30, 0, at),
    ]
    .concat();
    assert_eq!(said(None, &[held, press(ENTER)].concat(), 4096), ["a"]);
    let corrected = [of_text("AX"), press(BACKSPACE), of_text("B"), press(ENTER)].concat();
    assert_eq!(said(None, &corrected, 4096), ["AB"]);
}

#[test]
fn what_is_no_text_is_told_and_the_next_one_is_read() {
    let at = Instant::default();
    let control = [event(29, 1, at), press(27), event(29, 0, at)].concat();
    let dropped = {
        let mut bytes = event(0, 0, at);
        bytes[TIME_BYTES..TIME_BYTES + 2].copy_from_slice(&EV_SYN.to_ne_bytes());
        bytes[TIME_BYTES + 2..TIME_BYTES + 4].copy_from_slice(&SYN_DROPPED.to_ne_bytes());
        bytes
    };
    for (wrong, expected) in [
        (control, "found key 27"),
        (press(103), "found key 103"),
        (dropped, "faster than they could be read"),
        (
            of_text(&"x".repeat(FRAME_BYTES_MAX + 1)),
            "at most 512 bytes",
        ),
    ] {
        let bytes = [
            of_text("A"),
            wrong,
            of_text("B"),
            press(ENTER),
            of_text("C"),
            press(ENTER),
        ];
        let found = said(None, &bytes.concat(), 4096);
        assert_eq!(found.len(), 2, "{expected}: {found:?}");
        assert!(found[0].contains(expected), "{found:?}");
        assert_eq!(found[1], "C");
    }
    let half = said(None, &of_text("HALF"), 4096);
    assert!(
        half.len() == 1 && half[0].contains("found \"HALF\""),
        "{half:?}"
    );
    assert!(
        said(
            None,
            &[press(ENTER), press(57), press(ENTER)].concat(),
            4096
        )
        .is_empty()
    );
}

#[test]
fn one_key_announces_and_no_other_one_does() {
    let bytes = [press(59), of_text("A1"), press(ENTER), press(60), press(59)].concat();
    assert_eq!(said(Some("F1"), &bytes, 4096), ["press", "press"]);
    for (name, code) in [
        ("F1", 59),
        ("F10", 68),
        ("F11", 87),
        ("F12", 88),
        ("F13", 183),
        ("F24", 194),
        ("A", 30),
        ("F", 33),
        ("Z", 44),
        ("1", 2),
        ("0", 11),
        ("Space", 57),
        ("Enter", 28),
        ("PageDown", 109),
    ] {
        assert_eq!(code_of(name), Some(code), "{name}");
    }
    for name in ["", "F0", "F25", "a", "f1", "-", "AB", "Ä"] {
        assert_eq!(code_of(name), None, "{name}");
    }
}

#[test]
fn a_keys_own_time_counts_where_it_is_the_stations() {
    let mut keys = Keys::new(code_of("F1"), Duration::from_millis(500));
    let mut times = Vec::new();
    let read_at = Instant::from_millis(90_000);
    for own in [89_990, 90_001, 80_000] {
        let bytes = event(59, 1, Instant::from_millis(own));
        keys.take(&bytes, read_at, &mut |said| match said {
            Said::Press(at) => times.push(at),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(times, [Instant::from_millis(89_990), read_at, read_at]);
}

//! What a US keyboard reports for characters.

use inspector::adapters::line::text::keyboard::code_of;

/// The key of a character, and whether with shift.
fn key(byte: u8) -> (u16, bool) {
    let is_upper = byte.is_ascii_uppercase();
    let name = char::from(byte.to_ascii_uppercase()).to_string();
    match byte {
        b'\r' => (28, false),
        b'-' => (12, false),
        b':' => (39, true),
        _ => (code_of(&name).expect("letters and digits"), is_upper),
    }
}

/// What a keyboard reports for these characters, one report after another, each as events of the kernel without times.
pub fn typed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let event = |kind: u16, code: u16, value: i32| {
        let mut event = vec![0; size_of::<libc::timeval>()];
        event.extend(kind.to_ne_bytes());
        event.extend(code.to_ne_bytes());
        event.extend(value.to_ne_bytes());
        event
    };
    let mut reports = Vec::new();
    for byte in bytes {
        let (code, is_shifted) = key(*byte);
        for value in [1, 0] {
            let shift = match is_shifted {
                true => event(1, 42, value),
                false => Vec::new(),
            };
            let key = event(1, code, value);
            let report = match value {
                1 => [shift, key, event(0, 0, 0)],
                _ => [key, shift, event(0, 0, 0)],
            };
            reports.push(report.concat());
        }
    }
    reports
}

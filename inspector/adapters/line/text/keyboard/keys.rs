//! From events of keys to texts, as a US keyboard has them. Pure. Numbers as in linux/input-event-codes.h.

use super::super::device::{Decode, Said};
use super::super::framing::{FRAME_BYTES_MAX, Unframed, excerpt};
use crate::station::time::Instant;
use arrayvec::ArrayVec;
use std::time::Duration;

/// Bytes of `struct input_event`, and of each half of the time at its beginning.
const EVENT_BYTES: usize = size_of::<libc::input_event>();
const TIME_BYTES: usize = size_of::<libc::timeval>();
/// An event's own time is taken where it is no older than this, and not of the future.
const AGE_MAX: Duration = Duration::from_secs(1);

const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const SYN_DROPPED: u16 = 3;
const RELEASED: i32 = 0;
const PRESSED: i32 = 1;

const ENTER: u16 = 28;
const KEYPAD_ENTER: u16 = 96;
const BACKSPACE: u16 = 14;
const CAPS_LOCK: u16 = 58;
const NUM_LOCK: u16 = 69;
const SHIFTS: [u16; 2] = [42, 54];
/// Control, Alt, and the keys beside them: what is typed with them is no character.
const OTHERS: [u16; 6] = [29, 97, 56, 100, 125, 126];

/// Keys in a row from a first number, each with its character, and that with shift.
const ROWS: &[(u16, &[u8], &[u8])] = &[
    (2, b"1234567890-=", b"!@#$%^&*()_+"),
    (16, b"qwertyuiop[]", b"QWERTYUIOP{}"),
    (30, b"asdfghjkl;'`", b"ASDFGHJKL:\"~"),
    (43, b"\\zxcvbnm,./", b"|ZXCVBNM<>?"),
    (57, b" ", b" "),
    // The keypad, which scanners use as if Num Lock were on.
    (55, b"*", b"*"),
    (71, b"789-456+1230.", b"789-456+1230."),
    (98, b"/", b"/"),
];

/// Keys by name that have no character, or whose character has no name.
const NAMES: &[(&str, u16)] = &[
    ("Space", 57),
    ("Enter", ENTER),
    ("PageUp", 104),
    ("PageDown", 109),
    ("Up", 103),
    ("Down", 108),
    ("Left", 105),
    ("Right", 106),
];

fn character(code: u16, is_shifted: bool) -> Option<u8> {
    ROWS.iter().find_map(|(first, plain, shifted)| {
        let at = usize::from(code.checked_sub(*first)?);
        let row = match is_shifted {
            true => shifted,
            false => plain,
        };
        row.get(at).copied()
    })
}

/// The number of a key by its name in the settings.
pub fn code_of(name: &str) -> Option<u16> {
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    if let Some(number) = name.strip_prefix('F') {
        return match number.parse::<u16>() {
            Ok(number @ 1..=10) => Some(58 + number),
            Ok(number @ 11..=12) => Some(76 + number),
            Ok(number @ 13..=24) => Some(170 + number),
            Ok(_) => None,
            // The letter alone.
            Err(_) => (number.is_empty()).then_some(33),
        };
    }
    let [byte @ (b'A'..=b'Z' | b'0'..=b'9')] = name.as_bytes() else {
        return None;
    };
    let wanted = byte.to_ascii_lowercase();
    ROWS.iter().take(4).find_map(|(first, plain, _)| {
        let at = plain.iter().position(|found| *found == wanted)?;
        Some(first + u16::try_from(at).ok()?)
    })
}

/// Texts that end with Enter, or presses of one key.
pub struct Keys {
    /// The key that announces a part; no other one means anything then.
    key: Option<u16>,
    timeout: Duration,
    /// Of an event that has not come as a whole.
    pending: ArrayVec<u8, EVENT_BYTES>,
    held: ArrayVec<u8, FRAME_BYTES_MAX>,
    shifts: [bool; SHIFTS.len()],
    others: [bool; OTHERS.len()],
    is_caps: bool,
    /// Why what is held is no text.
    wrong: Option<Unframed>,
    /// Whether events are passed over until the next report, after some were lost.
    is_lost: bool,
    began_at: Instant,
    heard_at: Instant,
}

impl Keys {
    /// A text without Enter is none when no key came for `timeout`.
    pub fn new(key: Option<u16>, timeout: Duration) -> Self {
        Self {
            key,
            timeout,
            pending: ArrayVec::new(),
            held: ArrayVec::new(),
            shifts: Default::default(),
            others: Default::default(),
            is_caps: false,
            wrong: None,
            is_lost: false,
            began_at: Instant::default(),
            heard_at: Instant::default(),
        }
    }

    fn is_open(&self) -> bool {
        !self.held.is_empty() || self.wrong.is_some()
    }

    fn clear(&mut self) {
        self.held.clear();
        self.wrong = None;
    }

    fn give_up(&mut self, said: &mut dyn FnMut(Said<'_>)) {
        if self.is_open() {
            let found = excerpt(&self.held);
            let wrong = self.wrong.take().unwrap_or(Unframed::Half { found });
            said(Said::Unframed(wrong));
        }
        self.clear();
    }

    fn event(&mut self, event: &Event, at: Instant, said: &mut dyn FnMut(Said<'_>)) {
        match (event.kind, event.code) {
            (EV_SYN, SYN_DROPPED) => {
                self.is_lost = true;
                self.shifts = Default::default();
                self.others = Default::default();
                if self.key.is_none() {
                    self.wrong = Some(Unframed::Lost);
                }
                self.heard_at = at;
            }
            (EV_SYN, _) => self.is_lost = false,
            (EV_KEY, code) if !self.is_lost => self.key(code, event.value, at, said),
            _ => {}
        }
    }

    fn key(&mut self, code: u16, value: i32, at: Instant, said: &mut dyn FnMut(Said<'_>)) {
        let modifiers = SHIFTS.iter().zip(&mut self.shifts);
        let modifiers = modifiers.chain(OTHERS.iter().zip(&mut self.others));
        for (modifier, is_held) in modifiers {
            if *modifier == code && self.key != Some(code) {
                *is_held = value != RELEASED;
                return;
            }
        }
        // A key that is held down repeats; that is one press.
        if value != PRESSED {
            return;
        }
        match self.key {
            Some(key) if key == code => said(Said::Press(at)),
            Some(_) => {}
            None => self.typed(code, at, said),
        }
    }

    fn typed(&mut self, code: u16, at: Instant, said: &mut dyn FnMut(Said<'_>)) {
        if !self.is_open() {
            self.began_at = at;
        }
        self.heard_at = at;
        match code {
            ENTER | KEYPAD_ENTER if self.wrong.is_some() => return self.give_up(said),
            ENTER | KEYPAD_ENTER => {
                let text = self.held.trim_ascii();
                if !text.is_empty() {
                    said(Said::Text(text, self.began_at));
                }
                return self.clear();
            }
            BACKSPACE => {
                self.held.pop();
                return;
            }
            CAPS_LOCK => {
                self.is_caps = !self.is_caps;
                return;
            }
            NUM_LOCK => return,
            _ => {}
        }
        let is_other = self.others.contains(&true);
        let Some(byte) = character(code, self.is_shifted(code)).filter(|_| !is_other) else {
            self.wrong = Some(Unframed::Key { code });
            return;
        };
        if self.held.try_push(byte).is_err() {
            self.wrong = Some(Unframed::TooLong);
        }
    }

    /// Caps Lock turns letters only.
    fn is_shifted(&self, code: u16) -> bool {
        let is_letter = character(code, false).is_some_and(|it| it.is_ascii_alphabetic());
        self.shifts.contains(&true) != (self.is_caps && is_letter)
    }
}

/// What is needed of a `struct input_event`.
struct Event {
    at: Duration,
    kind: u16,
    code: u16,
    value: i32,
}

impl Event {
    fn of(bytes: &[u8; EVENT_BYTES]) -> Self {
        let half = TIME_BYTES / 2;
        let number = |from: usize, to: usize| {
            let mut wide = [0; 8];
            wide[..to - from].copy_from_slice(&bytes[from..to]);
            u64::from_le_bytes(wide)
        };
        let micros = number(half, TIME_BYTES) % 1_000_000;
        let [k0, k1, c0, c1, v0, v1, v2, v3] = bytes[TIME_BYTES..TIME_BYTES + 8] else {
            unreachable!("an event has eight bytes behind its time");
        };
        Self {
            at: Duration::new(number(0, half), micros as u32 * 1_000),
            kind: u16::from_ne_bytes([k0, k1]),
            code: u16::from_ne_bytes([c0, c1]),
            value: i32::from_ne_bytes([v0, v1, v2, v3]),
        }
    }

    /// Its own time, where that is the station's.
    fn when(&self, read_at: Instant) -> Instant {
        let own = Instant(self.at);
        match own <= read_at && read_at.since(own) <= AGE_MAX {
            true => own,
            false => read_at,
        }
    }
}

impl Decode for Keys {
    fn take(&mut self, bytes: &[u8], at: Instant, said: &mut dyn FnMut(Said<'_>)) {
        for byte in bytes {
            self.pending.push(*byte);
            let whole: Result<&[u8; EVENT_BYTES], _> = self.pending.as_slice().try_into();
            if let Ok(whole) = whole {
                let event = Event::of(whole);
                self.pending.clear();
                self.event(&event, event.when(at), said);
            }
        }
    }

    fn silent(&mut self, now: Instant, said: &mut dyn FnMut(Said<'_>)) {
        if self.is_open() && now.since(self.heard_at) >= self.timeout {
            self.give_up(said);
        }
    }

    fn cut(&mut self, said: &mut dyn FnMut(Said<'_>)) {
        self.give_up(said);
        // Whatever is held down when it is unplugged is not when it comes back.
        *self = Self::new(self.key, self.timeout);
    }
}

#[cfg(test)]
#[path = "keys/tests.rs"]
mod tests;

//! What the station says of the line right now: whether it rejects everything or stands still, by what and since when;
//! and where the belt is. Written by the stage that commands, which never waits; read by the control plane.

use super::catalogue::Code;
use super::parts_shown::PartsShown;
use crate::station::belt::BeltFault;
use crate::station::challenge::Why;
use crate::station::time::Instant;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// The number of a code for machines: its place in the catalogue, from 1.
pub fn number(code: Code) -> u16 {
    let at = Code::ALL.iter().position(|known| *known == code);
    at.and_then(|at| u16::try_from(at + 1).ok()).unwrap_or(0)
}

const MICROSECONDS: u64 = (1 << 48) - 1;

/// A number and since when it is so: 16 bits above 48 of microseconds. 0 is nothing.
#[derive(Debug, Default)]
struct Since(AtomicU64);

impl Since {
    fn set(&self, what: u16, now: Instant) {
        if self.0.load(Ordering::Relaxed) >> 48 != u64::from(what) {
            let us = now.0.as_micros() as u64 & MICROSECONDS;
            self.0.store(u64::from(what) << 48 | us, Ordering::Relaxed);
        }
    }

    fn get(&self) -> Option<(u16, Instant)> {
        let held = self.0.load(Ordering::Relaxed);
        let what = u16::try_from(held >> 48).ok().filter(|what| *what > 0)?;
        Some((what, Instant(Duration::from_micros(held & MICROSECONDS))))
    }
}

/// Why nobody trusts the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncoderState {
    /// Nothing was heard of it yet.
    Unknown = 1,
    /// It is trusted.
    Sound,
    /// It counted faster than the belt can run.
    TooFast,
    /// Parts come or the belt runs, and it does not count.
    Dead,
    /// Nothing has been heard of it for too long.
    Silent,
}

impl EncoderState {
    const ALL: [EncoderState; 5] = [
        EncoderState::Unknown,
        EncoderState::Sound,
        EncoderState::TooFast,
        EncoderState::Dead,
        EncoderState::Silent,
    ];

    /// Its name for machines.
    pub const fn name(self) -> &'static str {
        match self {
            EncoderState::Unknown => "unknown",
            EncoderState::Sound => "sound",
            EncoderState::TooFast => "too_fast",
            EncoderState::Dead => "dead",
            EncoderState::Silent => "silent",
        }
    }

    /// Of what the belt says.
    pub const fn of(counts: Option<i64>, fault: Option<BeltFault>) -> Self {
        match (fault, counts) {
            (Some(BeltFault::TooFast { .. }), _) => EncoderState::TooFast,
            (Some(BeltFault::Dead), _) => EncoderState::Dead,
            (Some(BeltFault::Silent { .. }), _) => EncoderState::Silent,
            (None, Some(_)) => EncoderState::Sound,
            (None, None) => EncoderState::Unknown,
        }
    }
}

/// What the line is told.
#[derive(Debug, Default)]
pub struct LineState {
    rejects: Since,
    stops: Since,
    encoder: Since,
    travelled: AtomicI64,
    challenge: Since,
    brought: AtomicU32,
    due_before_us: AtomicU64,
    /// Where the parts on the belt are.
    pub parts: PartsShown,
}

/// Why challenge parts are due, in an order of their own.
const WHYS: [Why; 6] = [
    Why::Start,
    Why::Recipe,
    Why::Interval,
    Why::Time,
    Why::Clock,
    Why::Failed,
];

impl LineState {
    /// Why every part is rejected, and why the line is to stand still.
    pub fn guarded(&self, rejects: Option<Code>, stops: Option<Code>, now: Instant) {
        self.rejects.set(rejects.map_or(0, number), now);
        self.stops.set(stops.map_or(0, number), now);
    }

    /// The alarm because of which every part is rejected, and since when.
    pub fn rejects(&self) -> Option<(Code, Instant)> {
        coded(self.rejects.get())
    }

    /// The alarm because of which the line is to stand still, and since when.
    pub fn stops(&self) -> Option<(Code, Instant)> {
        coded(self.stops.get())
    }

    /// Since when challenge parts are due and why, and which of them were brought since: a bit of each, in their order.
    pub fn challenged(&self, due: Option<(Instant, Why)>, brought: u32) {
        let (at, why) = due.map_or((Instant::default(), 0), |(at, why)| {
            let place = WHYS.iter().position(|known| *known == why).unwrap_or(0);
            (at, place as u16 + 1)
        });
        self.brought.store(brought, Ordering::Relaxed);
        let us = at.0.as_micros() as u64 & MICROSECONDS;
        let held = match why {
            0 => 0,
            why => u64::from(why) << 48 | us,
        };
        self.challenge.0.store(held, Ordering::Relaxed);
    }

    /// How long challenge parts had been due in jobs before.
    pub fn challenged_before(&self, due_before: Duration) {
        let us = u64::try_from(due_before.as_micros()).unwrap_or(u64::MAX);
        self.due_before_us.store(us, Ordering::Relaxed);
    }

    /// So much of the time to bring them has gone by in jobs before.
    pub fn challenge_due_before(&self) -> Duration {
        Duration::from_micros(self.due_before_us.load(Ordering::Relaxed))
    }

    /// Since when challenge parts are due, why, and which of them were brought since; `None` while none are.
    pub fn challenge(&self) -> Option<(Instant, Why, u32)> {
        let (place, at) = self.challenge.get()?;
        let why = *WHYS.get(usize::from(place).checked_sub(1)?)?;
        Some((at, why, self.brought.load(Ordering::Relaxed)))
    }

    /// Where the belt is, in counts since the job began, and whether its encoder is trusted.
    pub fn moved(&self, state: EncoderState, travelled: Option<i64>, now: Instant) {
        self.encoder.set(state as u16, now);
        if let Some(travelled) = travelled {
            self.travelled.store(travelled, Ordering::Relaxed);
        }
    }

    /// Whether the encoder is trusted and since when that is so, and where the belt was last; `None` without an encoder.
    pub fn encoder(&self) -> Option<(EncoderState, Instant, i64)> {
        let (number, since) = self.encoder.get()?;
        let state = *EncoderState::ALL.get(usize::from(number).checked_sub(1)?)?;
        Some((state, since, self.travelled.load(Ordering::Relaxed)))
    }
}

fn coded(held: Option<(u16, Instant)>) -> Option<(Code, Instant)> {
    let (number, since) = held?;
    let code = Code::ALL.get(usize::from(number).checked_sub(1)?)?;
    Some((*code, since))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_keeps_its_beginning_and_another_cause_begins_anew() {
        let state = LineState::default();
        let at = Instant::from_millis;
        assert_eq!((state.rejects(), state.encoder()), (None, None));
        state.guarded(Some(Code::LowAir), None, at(5));
        state.guarded(Some(Code::LowAir), None, at(9));
        assert_eq!(state.rejects(), Some((Code::LowAir, at(5))));
        state.guarded(Some(Code::WrongLane), Some(Code::WrongLane), at(12));
        assert_eq!(state.rejects(), Some((Code::WrongLane, at(12))));
        assert_eq!(state.stops(), Some((Code::WrongLane, at(12))));
        state.guarded(None, None, at(20));
        assert_eq!((state.rejects(), state.stops()), (None, None));
        assert_eq!(state.challenge(), None);
        for why in WHYS {
            state.challenged(Some((at(25), why)), 0b101);
            assert_eq!(state.challenge(), Some((at(25), why, 0b101)));
        }
        state.challenged(None, 0);
        assert_eq!(state.challenge(), None);
        for known in EncoderState::ALL {
            state.moved(known, Some(-3), at(30));
            assert_eq!(state.encoder().map(|it| (it.0, it.2)), Some((known, -3)));
        }
    }
}

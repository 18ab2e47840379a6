//! What one thread writes and any thread reads, without a lock: a bit with its last edges, a number with its rate, a text.

use super::{EDGES, Edge};
use crate::station::time::Instant;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering, fence};
use std::time::Duration;

/// A rate is taken over at least so long: shorter ones jump with every poll.
const RATE_OVER: Duration = Duration::from_millis(500);
/// A counter that was not heard of for so long has no rate.
const RATE_HOLDS: Duration = Duration::from_secs(3);
/// How often a reader looks again while a text is being written.
const LOOKS_MAX: u32 = 1_000;

fn us(at: Instant) -> u64 {
    u64::try_from(at.0.as_micros()).unwrap_or(u64::MAX)
}

/// A moment; none at first.
#[derive(Debug, Default)]
pub(super) struct Moment(AtomicU64);

impl Moment {
    pub fn set(&self, at: Instant) {
        self.0.store(us(at).saturating_add(1), Ordering::Relaxed);
    }

    pub fn get(&self) -> Option<Instant> {
        let at = self.0.load(Ordering::Relaxed).checked_sub(1)?;
        Some(Instant(Duration::from_micros(at)))
    }
}

/// The last changes of a bit.
#[derive(Debug)]
pub(super) struct Edges {
    /// Microseconds × 2, plus 1 where it turned on.
    newest: [AtomicU64; EDGES],
    count: AtomicU64,
}

impl Default for Edges {
    fn default() -> Self {
        Self {
            newest: std::array::from_fn(|_| AtomicU64::new(0)),
            count: AtomicU64::new(0),
        }
    }
}

impl Edges {
    pub fn push(&self, is_on: bool, at: Instant) {
        let count = self.count.load(Ordering::Relaxed);
        let edge = us(at) << 1 | u64::from(is_on);
        self.newest[count as usize % EDGES].store(edge, Ordering::Relaxed);
        self.count.store(count + 1, Ordering::Release);
    }

    /// How many there were, and the last of them in the order of time.
    pub fn read(&self) -> (u64, Vec<Edge>) {
        let count = self.count.load(Ordering::Acquire);
        let first = count.saturating_sub(EDGES as u64);
        let edge = |at: u64| {
            let edge = self.newest[at as usize % EDGES].load(Ordering::Relaxed);
            Edge {
                at: Instant(Duration::from_micros(edge >> 1)),
                is_on: edge & 1 == 1,
            }
        };
        let mut edges: Vec<Edge> = (first..count).map(edge).collect();
        edges.sort_by_key(|edge| edge.at);
        (count, edges)
    }
}

/// How fast a counter counts.
#[derive(Debug, Default)]
pub(super) struct Rate {
    base: AtomicU32,
    base_at: Moment,
    /// In thousandths a second.
    per_second: AtomicI64,
    known_at: Moment,
}

impl Rate {
    /// A number of so many bits, which wraps there.
    pub fn push(&self, number: u32, bits: u8, at: Instant) {
        let Some(base_at) = self.base_at.get() else {
            return self.begin(number, at);
        };
        let within = at.since(base_at);
        if within < RATE_OVER {
            return;
        }
        let step = number.wrapping_sub(self.base.load(Ordering::Relaxed));
        let step = match bits {
            16 => i64::from(step as u16 as i16),
            _ => i64::from(step as i32),
        };
        let rate = step as f64 / within.as_secs_f64() * 1_000.0;
        self.per_second
            .store(rate.round() as i64, Ordering::Relaxed);
        self.known_at.set(at);
        self.begin(number, at);
    }

    fn begin(&self, number: u32, at: Instant) {
        self.base.store(number, Ordering::Relaxed);
        self.base_at.set(at);
    }

    /// What was counted before says nothing of what is counted from now on.
    pub fn forget(&self) {
        self.base_at.0.store(0, Ordering::Relaxed);
        self.known_at.0.store(0, Ordering::Relaxed);
    }

    /// A second, backward below zero; `None` before it is known, and when nothing has been heard for a while.
    pub fn per_second(&self, now: Instant) -> Option<f64> {
        let known_at = self.known_at.get()?;
        let rate = self.per_second.load(Ordering::Relaxed) as f64 / 1_000.0;
        (now.since(known_at) < RATE_HOLDS).then_some(rate)
    }
}

/// A text of at most `WORDS` × 8 bytes. Its version is odd while it is written.
#[derive(Debug)]
pub(super) struct Text<const WORDS: usize> {
    version: AtomicU64,
    bytes: AtomicU64,
    words: [AtomicU64; WORDS],
}

impl<const WORDS: usize> Default for Text<WORDS> {
    fn default() -> Self {
        Self {
            version: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            words: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl<const WORDS: usize> Text<WORDS> {
    /// Cut where it is longer.
    pub fn set(&self, text: &str) {
        let text = &text[..text.floor_char_boundary(WORDS * 8)];
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        for (word, chunk) in self.words.iter().zip(text.as_bytes().chunks(8)) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            word.store(u64::from_le_bytes(bytes), Ordering::Relaxed);
        }
        self.bytes.store(text.len() as u64, Ordering::Relaxed);
        self.version.store(version + 2, Ordering::Release);
    }

    /// Whether it is this now, cut as it would be.
    pub fn is(&self, text: &str) -> bool {
        let text = &text.as_bytes()[..text.floor_char_boundary(WORDS * 8)];
        let is_same = |(word, chunk): (&AtomicU64, &[u8])| {
            word.load(Ordering::Relaxed).to_le_bytes()[..chunk.len()] == *chunk
        };
        self.bytes.load(Ordering::Relaxed) == text.len() as u64
            && self.words.iter().zip(text.chunks(8)).all(is_same)
    }

    /// How often it was written.
    pub fn times(&self) -> u64 {
        self.version.load(Ordering::Relaxed) / 2
    }

    /// As it was at one moment.
    pub fn get(&self) -> String {
        for _ in 0..LOOKS_MAX {
            let version = self.version.load(Ordering::Acquire);
            let words = self.words.iter().map(|it| it.load(Ordering::Relaxed));
            let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
            let length = self.bytes.load(Ordering::Relaxed) as usize;
            fence(Ordering::Acquire);
            if version.is_multiple_of(2) && self.version.load(Ordering::Relaxed) == version {
                return String::from_utf8_lossy(&bytes[..length.min(bytes.len())]).into_owned();
            }
            std::thread::yield_now();
        }
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_counts_through_the_end_of_its_bits_and_is_forgotten_in_silence() {
        let rate = Rate::default();
        for (step, ms) in (0..=10_u64).zip((0..).step_by(100)) {
            let counts = 65_000_u16.wrapping_add(step as u16 * 100);
            rate.push(u32::from(counts), 16, Instant::from_millis(ms));
        }
        let now = Instant::from_millis(1_000);
        assert_eq!(rate.per_second(now), Some(1_000.0));
        assert_eq!(rate.per_second(Instant::from_millis(4_001)), None);
        rate.push(0, 32, Instant::from_millis(5_000));
        let back = 0_u32.wrapping_sub(500);
        rate.push(back, 32, Instant::from_millis(5_500));
        let now = Instant::from_millis(5_500);
        assert_eq!(rate.per_second(now), Some(-1_000.0), "it runs back");
    }

    #[test]
    fn a_text_is_read_whole_while_it_is_written() {
        let text = std::sync::Arc::new(Text::<4>::default());
        let written = std::sync::Arc::clone(&text);
        let writer = std::thread::spawn(move || {
            for round in 0..20_000 {
                let letter = ["a", "件", "zz"][round % 3];
                written.set(&letter.repeat(30 / letter.len()));
            }
        });
        while !writer.is_finished() {
            let read = text.get();
            let first = read.chars().next();
            assert!(read.chars().all(|letter| Some(letter) == first), "{read:?}");
        }
        writer.join().expect("it ends");
        text.set(&"件".repeat(20));
        assert_eq!(text.get(), "件".repeat(10));
        assert!(text.is(&"件".repeat(20)) && !text.is("件"));
    }
}

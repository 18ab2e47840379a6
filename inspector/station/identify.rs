//! Whose ID is it: what readers read is matched to parts by the time of reading, and never guessed.

use super::identity::Identified;
use super::part::{PartId, PartNo};
use super::time::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// Pictures of so many parts may wait for an ID, of each camera.
pub const WAITING_MAX: u32 = 4;
/// Reads that may wait for their part.
pub const READS_MAX: usize = 64;
/// Word of a trigger may come so much later than word of a read.
const SLACK_US: i64 = 50_000;

/// When a part's ID is read, counted from its trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadWindow {
    /// From so many microseconds after the trigger; negative is before it.
    pub from_us: i64,
    /// Until so many.
    pub until_us: i64,
}

impl ReadWindow {
    fn holds(self, triggered_at: Instant, read_at: Instant) -> bool {
        let after = us(read_at) - us(triggered_at);
        (self.from_us..=self.until_us).contains(&after)
    }

    /// How long it is.
    pub fn width(self) -> Duration {
        Duration::from_micros(u64::try_from(self.until_us - self.from_us).unwrap_or(0))
    }
}

fn us(at: Instant) -> i64 {
    i64::try_from(at.0.as_micros()).unwrap_or(i64::MAX)
}

/// How IDs come to parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentifyPlan {
    /// When devices that do not count parts read a part's ID.
    pub window: ReadWindow,
    /// So long after its trigger a part without an ID is given up.
    pub within: Duration,
    /// How many readers look at each part: when so many could read nothing, it is given up.
    pub readers: u8,
}

/// What became of a part, or of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "boxing would allocate on the hot path"
)]
pub enum Match {
    /// This is who the part is.
    Found(PartNo, Identified),
    /// Nobody could read its ID in time.
    NotRead(PartNo),
    /// Different IDs may be this part's: it has none. It may have been found before.
    Doubtful(PartNo),
    /// No part was at the reader.
    NoPart(PartId),
}

#[derive(Debug)]
struct Awaiting {
    part_no: PartNo,
    at: Instant,
    found: Option<PartId>,
    /// Whether its fate was told.
    is_told: bool,
    blanks: u8,
}

impl Awaiting {
    /// Whether a read that may be of this part or of another leaves it without an ID: not where it is known to have just that.
    fn may_be_doubted(&self, read: &Identified) -> bool {
        match (read.part_id, self.found) {
            (None, _) => false,
            (Some(part_id), Some(found)) => part_id != found,
            (Some(_), None) => !self.is_told,
        }
    }
}

/// Parts that wait for an ID, and IDs that wait for a part.
#[derive(Debug)]
pub struct Identifier {
    plan: IdentifyPlan,
    /// In the order of their triggers. They stay until nothing can be read of them any more.
    parts: VecDeque<Awaiting>,
    parts_max: usize,
    reads: VecDeque<Identified>,
}

impl Identifier {
    /// For so many parts at a time.
    pub fn new(plan: IdentifyPlan, parts_max: usize) -> Self {
        Self {
            plan,
            parts: VecDeque::with_capacity(parts_max),
            parts_max,
            reads: VecDeque::with_capacity(READS_MAX),
        }
    }

    /// A part came. `known` is its ID where the trigger said it: a reader may read it again, and must not read another.
    pub fn triggered(&mut self, part_no: PartNo, at: Instant, known: Option<PartId>) {
        if self.parts.len() == self.parts_max {
            self.parts.pop_front();
        }
        self.parts.push_back(Awaiting {
            part_no,
            at,
            found: known,
            is_told: known.is_some(),
            blanks: 0,
        });
    }

    /// Something was read. Gives back a read that has to make room.
    pub fn read(&mut self, read: Identified) -> Option<Match> {
        let is_full = self.reads.len() == READS_MAX;
        let lost = is_full.then(|| self.reads.pop_front()).flatten();
        self.reads.push_back(read);
        lost?.part_id.map(Match::NoPart)
    }

    /// The next thing that is certain by now; call until there is none.
    pub fn next(&mut self, now: Instant) -> Option<Match> {
        let mut at = 0;
        while at < self.reads.len() {
            let read = self.reads[at];
            let fitting = |part: &Awaiting| match read.part_no {
                Some(part_no) => part.part_no == part_no,
                None => self.plan.window.holds(part.at, read.at),
            };
            let fits = self.parts.iter().filter(|part| fitting(part)).count();
            let first = self.parts.iter().position(fitting);
            match (first, fits) {
                (Some(index), 1) => {
                    self.reads.remove(at);
                    if let Some(told) = self.taken(index, &read) {
                        return Some(told);
                    }
                }
                (Some(index), _) => {
                    // Told one at a time; the read goes with the last of them.
                    let mut doubts = (index..self.parts.len()).filter(|&other| {
                        let part = &self.parts[other];
                        self.plan.window.holds(part.at, read.at) && part.may_be_doubted(&read)
                    });
                    if let Some(other) = doubts.next() {
                        return Some(self.doubt(other));
                    }
                    self.reads.remove(at);
                }
                (None, _) if self.is_too_old(&read, now) => {
                    self.reads.remove(at);
                    if let Some(part_id) = read.part_id {
                        return Some(Match::NoPart(part_id));
                    }
                }
                (None, _) => at += 1,
            }
        }
        self.forget(now);
        let late = |part: &&mut Awaiting| !part.is_told && now.since(part.at) >= self.plan.within;
        let part = self.parts.iter_mut().find(late)?;
        part.is_told = true;
        Some(Match::NotRead(part.part_no))
    }

    /// When a part is given up next.
    pub fn next_at(&self) -> Option<Instant> {
        let part = self.parts.iter().find(|part| !part.is_told)?;
        Some(part.at + self.plan.within)
    }

    /// Whether parts still wait.
    pub fn is_waiting(&self) -> bool {
        self.parts.iter().any(|part| !part.is_told)
    }

    /// The only part that it can be of.
    fn taken(&mut self, index: usize, read: &Identified) -> Option<Match> {
        let readers = self.plan.readers;
        let part = &mut self.parts[index];
        match (read.part_id, part.found) {
            (None, _) => {
                part.blanks = part.blanks.saturating_add(1);
                let is_over = part.blanks >= readers && !part.is_told;
                part.is_told |= is_over;
                is_over.then_some(Match::NotRead(part.part_no))
            }
            (Some(part_id), Some(found)) if part_id == found => None,
            (Some(_), Some(_)) => Some(Match::Doubtful(part.part_no)),
            (Some(_), None) if part.is_told => None,
            (Some(part_id), None) => {
                part.found = Some(part_id);
                part.is_told = true;
                Some(Match::Found(part.part_no, *read))
            }
        }
    }

    fn doubt(&mut self, index: usize) -> Match {
        let part = &mut self.parts[index];
        part.is_told = true;
        part.found = None;
        Match::Doubtful(part.part_no)
    }

    /// Whether a part that it is of would have come by now.
    fn is_too_old(&self, read: &Identified, now: Instant) -> bool {
        let latest = match read.part_no {
            Some(part_no) => {
                let newest = self.parts.back().map(|part| part.part_no);
                return newest.is_some_and(|newest| part_no <= newest)
                    || us(now) - us(read.at) > SLACK_US + us(Instant(self.plan.within));
            }
            None => us(read.at) - self.plan.window.from_us,
        };
        us(now) > latest + SLACK_US
    }

    /// Parts of which nothing can be read any more.
    fn forget(&mut self, now: Instant) {
        let until_us = self.plan.window.until_us;
        let within_us = us(Instant(self.plan.within));
        let is_over = |part: &mut Awaiting| {
            part.is_told && us(now) > us(part.at) + until_us.max(within_us) + SLACK_US
        };
        while self.parts.pop_front_if(is_over).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> IdentifyPlan {
        IdentifyPlan {
            window: ReadWindow {
                from_us: -100_000,
                until_us: 50_000,
            },
            within: Duration::from_millis(120),
            readers: 1,
        }
    }

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn id(text: &str) -> PartId {
        PartId::new(text).expect("an ID")
    }

    fn read(text: &str, at_ms: u64) -> Identified {
        Identified {
            part_no: None,
            part_id: PartId::new(text).ok(),
            style: None,
            lane: None,
            at: at(at_ms),
        }
    }

    fn found(part_no: u64, read: Identified) -> Option<Match> {
        Some(Match::Found(PartNo(part_no), read))
    }

    #[test]
    fn before_and_after_the_trigger() {
        let mut parts = Identifier::new(plan(), 8);
        let early = read("A", 950);
        assert_eq!(parts.read(early), None);
        assert_eq!(parts.next(at(960)), None, "its part has not come");
        parts.triggered(PartNo(1), at(1_000), None);
        assert_eq!(parts.next(at(1_001)), found(1, early));
        parts.triggered(PartNo(2), at(1_400), None);
        assert_eq!(parts.next(at(1_401)), None);
        let late = read("B", 1_440);
        parts.read(late);
        assert_eq!(parts.next(at(1_441)), found(2, late));
        assert_eq!(parts.next(at(1_700)), None, "both are known");
    }

    #[test]
    fn by_number_at_any_time() {
        let mut parts = Identifier::new(plan(), 8);
        let told = Identified {
            part_no: Some(PartNo(2)),
            ..read("B", 1_050)
        };
        parts.triggered(PartNo(1), at(1_000), None);
        parts.read(told);
        assert_eq!(parts.next(at(1_051)), None, "part 2 has not come");
        parts.triggered(PartNo(2), at(1_052), None);
        assert_eq!(parts.next(at(1_052)), found(2, told));
    }

    #[test]
    fn nobody_guesses() {
        let mut parts = Identifier::new(plan(), 8);
        parts.triggered(PartNo(1), at(1_000), None);
        parts.triggered(PartNo(2), at(1_060), None);
        // In the windows of both.
        parts.read(read("A", 1_010));
        assert_eq!(parts.next(at(1_061)), Some(Match::Doubtful(PartNo(1))));
        assert_eq!(parts.next(at(1_061)), Some(Match::Doubtful(PartNo(2))));
        assert_eq!(parts.next(at(1_061)), None);
        assert_eq!(parts.next(at(2_000)), None, "each is told once");
    }

    #[test]
    fn two_ids_of_one_part_are_none() {
        let mut parts = Identifier::new(plan(), 8);
        parts.triggered(PartNo(1), at(1_000), None);
        let first = read("A", 1_000);
        parts.read(first);
        assert_eq!(parts.next(at(1_001)), found(1, first));
        parts.read(read("A", 1_010));
        assert_eq!(parts.next(at(1_011)), None, "the same, once more");
        parts.read(read("B", 1_020));
        assert_eq!(parts.next(at(1_021)), Some(Match::Doubtful(PartNo(1))));
    }

    #[test]
    fn the_trigger_and_the_reader_must_agree() {
        let mut parts = Identifier::new(plan(), 8);
        parts.triggered(PartNo(1), at(1_000), Some(id("A")));
        parts.read(read("B", 1_020));
        assert_eq!(parts.next(at(1_021)), Some(Match::Doubtful(PartNo(1))));
    }

    #[test]
    fn what_is_not_read_is_given_up_in_time() {
        let mut parts = Identifier::new(plan(), 8);
        parts.triggered(PartNo(1), at(1_000), None);
        assert_eq!(parts.next_at(), Some(at(1_120)));
        assert_eq!(parts.next(at(1_119)), None);
        assert_eq!(parts.next(at(1_120)), Some(Match::NotRead(PartNo(1))));
        assert!(!parts.is_waiting());
        // A reader that says so need not be waited for.
        parts.triggered(PartNo(2), at(2_000), None);
        parts.read(read("", 2_010));
        assert_eq!(parts.next(at(2_011)), Some(Match::NotRead(PartNo(2))));
        // What it reads after that comes too late for the part, and is no part's.
        parts.read(read("B", 2_020));
        assert_eq!(parts.next(at(2_021)), None);
    }

    #[test]
    fn a_read_without_a_part_is_told() {
        let mut parts = Identifier::new(plan(), 8);
        parts.read(read("A", 1_000));
        assert_eq!(parts.next(at(1_150)), None);
        assert_eq!(parts.next(at(1_151)), Some(Match::NoPart(id("A"))));
        for n in 0..READS_MAX {
            assert_eq!(parts.read(read("B", n as u64)), None);
        }
        assert_eq!(parts.read(read("C", 0)), Some(Match::NoPart(id("B"))));
    }

    #[test]
    fn both_readers_must_fail() {
        let plan = IdentifyPlan {
            readers: 2,
            ..plan()
        };
        let mut parts = Identifier::new(plan, 8);
        parts.triggered(PartNo(1), at(1_000), None);
        parts.read(read("", 1_010));
        assert_eq!(parts.next(at(1_011)), None);
        parts.read(read("", 1_012));
        assert_eq!(parts.next(at(1_013)), Some(Match::NotRead(PartNo(1))));
    }
}

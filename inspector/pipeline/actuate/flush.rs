//! Where power takes parts out, those of which nobody knows would pass: until they have left the belt, the ejector works
//! without being asked.

use super::ActuateStage;
use super::plan::{AnnouncedBy, TakenOutBy};
use crate::station::guard::Trouble;
use crate::station::lane::LaneNo;
use crate::station::outcome::Outcome;
use crate::station::part::{PartId, PartNo};
use crate::station::position::Position;
use crate::station::result::{Gap, GapCause};
use crate::station::time::{Instant, WallTime};
use crate::station::travel::{Travel, is_before};
use crate::station::verdict::{Cause, Disposition, Verdict};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The newest command that was for no part: when, and with the belt where.
pub(super) type Flushed = (Instant, Option<i64>);

/// So many absences are known at a time; a gap of one before them is told once more.
pub(super) const ABSENCES_MAX: usize = 8;

/// A time in which it was known that whoever announces parts is away: nothing that came then went on unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Absence {
    since: Instant,
    /// `None` while it is away.
    until: Option<Instant>,
}

impl ActuateStage {
    /// Commands the ejector again and again while something unknown may be before it.
    pub(super) fn flush(&mut self) {
        if !self.is_flushing() {
            self.flushed = None;
            return;
        }
        let safe = self.underway.gates().of(self.with.line.lanes.safe());
        let until = self.reject_until.filter(|_| !self.watch.is_unheard);
        self.underway.doubt_at(safe, until);
        let now = self.now();
        let is_fresh = self.flushed.is_some_and(|(at, counts)| {
            // On a belt that stands nothing comes to the ejector.
            let stands = counts.is_some() && counts == now.counts;
            stands || now.at.since(at) < self.flush_every()
        });
        if is_fresh {
            return;
        }
        self.flushed = Some((now.at, now.counts));
        let act_by = now.at + self.with.line.budget.act_late_max();
        let outcome = nobody(self.with.line.lanes.safe(), act_by);
        if let Err(error) = self.with.line.ejector.command(&outcome) {
            self.ejector_failed(&error.message);
        }
    }

    /// Whether a part passes for which no command comes.
    fn passes_unknown(&self) -> bool {
        let line = &self.with.line;
        line.rejects_by_power && line.taken_out_by == TakenOutBy::Station
    }

    /// Whether the ejector works for parts that nobody tracks.
    fn is_flushing(&self) -> bool {
        self.passes_unknown() && (self.watch.is_unheard || self.has_unknown_ahead())
    }

    /// Whoever announces parts is away, or back. Until that was noticed parts were let through that nobody saw.
    pub(super) fn watch_announcer(&mut self) {
        let is_unheard = match self.with.line.announcer {
            Some(AnnouncedBy::Device(device)) => self.watch.gone & (1 << (device % 32)) != 0,
            Some(AnnouncedBy::Camera(camera)) => {
                let cameras = &self.with.stats.cameras;
                let camera = cameras.get(usize::from(camera));
                camera.is_some_and(|camera| !camera.is_connected.load(Ordering::Relaxed))
            }
            None => false,
        };
        let was_unheard = std::mem::replace(&mut self.watch.is_unheard, is_unheard);
        match (was_unheard, is_unheard) {
            (false, true) => {
                if !self.has_unknown_ahead() {
                    self.passed_unseen();
                }
                self.absence_began();
            }
            // Word of the gap may come later.
            (true, false) => {
                self.reject_what_is_on_the_belt();
                self.absence_ended();
            }
            _ => {}
        }
    }

    fn absence_began(&mut self) {
        let since = self.with.clock.now();
        let absences = &mut self.watch.absences;
        if absences.is_full() {
            absences.remove(0);
        }
        absences.push(Absence { since, until: None });
    }

    fn absence_ended(&mut self) {
        if let Some(newest) = self.watch.absences.last_mut() {
            newest.until = Some(self.with.clock.now());
        }
    }

    /// Whether it was known when these parts passed that whoever announces them is away, so that it was told then.
    pub(super) fn is_told(&self, gap: &Gap) -> bool {
        if !matches!(gap.cause, GapCause::TriggerGone | GapCause::CameraGone) {
            return false;
        }
        let (now, wall) = (self.with.clock.now(), self.with.clock.wall());
        let at = |then: WallTime| {
            let before_us = wall.0.saturating_sub(then.0);
            now - Duration::from_micros(u64::try_from(before_us).unwrap_or(0))
        };
        let (from, to) = (at(gap.from), at(gap.to));
        let mut absences = self.watch.absences.iter();
        absences.any(|it| it.since <= to && it.until.is_none_or(|until| until >= from))
    }

    pub(super) fn passed_unseen(&mut self) {
        if self.passes_unknown() {
            let message = "parts passed that nobody announced, and power takes parts out: until that was noticed, they went \
                           on as accepted ones. Look through the parts since the last one that was recorded"
                .to_owned();
            self.watch.trouble(Trouble::PartsUnseen, message);
        }
    }

    /// Whether something that nobody tracks may come to the ejector, because it was on the belt before it was looked at.
    fn has_unknown_ahead(&self) -> bool {
        let now = self.now();
        let here = match (self.travel, now.counts) {
            (Travel::Time(_), _) => Position::Time(now.at),
            (Travel::Belt(_), Some(counts)) => Position::Counts(counts),
            (Travel::Belt(_), None) => return true,
        };
        let gates = self.underway.gates();
        let safe = gates.of(self.with.line.lanes.safe());
        self.reject_until
            .is_none_or(|until| is_before(here, gates.at(until, safe)))
    }

    /// Each command goes on from the one before.
    fn flush_every(&self) -> Duration {
        self.with.line.flush_hold * 3 / 4
    }

    /// When the ejector is to be commanded again.
    pub(super) fn flush_nap(&self) -> Option<Duration> {
        self.flushed.map(|_| match self.travel {
            Travel::Time(_) => self.flush_every(),
            Travel::Belt(_) => super::BELT_NAP,
        })
    }
}

/// No part, to be taken out.
fn nobody(lane: LaneNo, act_by: Instant) -> Outcome {
    Outcome {
        part_no: PartNo(0),
        part_id: PartId::counted(0, PartNo(0)),
        style: None,
        verdict: Verdict::NotDecided,
        cause: Some(Cause::Overrun),
        disposition: Disposition::Reject,
        lane,
        score: None,
        class: None,
        act_by: Some(act_by),
    }
}

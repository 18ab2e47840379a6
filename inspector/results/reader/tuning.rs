//! What the station's own history says of a threshold.

use super::evidence::scored;
use super::list::verdict;
use super::{ChangedPart, HistogramCounts, Reader, WouldChange};
use crate::station::verdict::{Score, Thresholds, Verdict, judge};

/// Bins of a histogram.
pub const BINS: usize = 100;
/// The newest scored parts that are looked at; a bound on every answer's time.
const EXAMINED_MAX: i64 = 200_000;

/// Scored parts of one style, and the time they are from.
#[derive(Clone, Debug)]
pub struct Range {
    /// Only parts of this style.
    pub style: String,
    /// Index of the view.
    pub view: u8,
    /// At or after, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Only before then, in microseconds since 1970.
    pub to_us: Option<i64>,
}

/// A scored part of a range.
pub(super) struct Scored {
    pub id: i64,
    pub job: i64,
    pub score: f64,
    /// Verdict of all views.
    pub of_all_views: Verdict,
    /// Whether it passed near a threshold.
    pub is_near: bool,
    /// From which share of passes it was drawn for a review.
    pub drawn: Option<f64>,
    /// Row of its recipe version.
    pub version: Option<i64>,
    pub triggered_at_us: i64,
    /// Another view rejects it, or it was rejected although this view passes it.
    pub is_rejected_anyway: bool,
}

impl Range {
    fn params(&self) -> impl rusqlite::Params + '_ {
        (
            &self.style,
            self.view,
            self.from_us.unwrap_or(i64::MIN),
            self.to_us.unwrap_or(i64::MAX),
            EXAMINED_MAX,
        )
    }
}

impl Reader {
    fn each_score(
        &self,
        range: &Range,
        mut each: impl FnMut(i64, f64, Verdict),
    ) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "select r.id, v.score, v.verdict from result r
             join view_result v on v.result_id = r.id and v.view = ?2
             where r.style = ?1 and r.score is not null and v.score is not null
               and r.triggered_at_us >= ?3 and r.triggered_at_us < ?4
             order by r.id desc limit ?5",
        )?;
        let mut rows = statement.query(range.params())?;
        while let Some(row) = rows.next()? {
            each(row.get(0)?, row.get(1)?, verdict(row.get(2)?));
        }
        Ok(())
    }

    /// The newest of a range, the newest first, without challenge parts.
    pub(super) fn each_scored(
        &self,
        range: &Range,
        mut each: impl FnMut(Scored),
    ) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "select r.id, v.score, r.verdict, r.near is not null, r.drawn, r.job_id, r.recipe_version_id,
               r.triggered_at_us, (r.verdict <> 1 and v.verdict = 1) or exists (select 1 from view_result other
                 where other.result_id = r.id and other.view <> ?2 and other.verdict <> 1)
             from result r
             join view_result v on v.result_id = r.id and v.view = ?2
             where r.style = ?1 and r.score is not null and v.score is not null and r.challenge is null
               and r.triggered_at_us >= ?3 and r.triggered_at_us < ?4
             order by r.id desc limit ?5",
        )?;
        let mut rows = statement.query(range.params())?;
        while let Some(row) = rows.next()? {
            each(scored(row)?);
        }
        Ok(())
    }

    /// Scores by verdict, and how many there are.
    pub fn histogram(&self, range: &Range) -> rusqlite::Result<(HistogramCounts, i64)> {
        let mut counts = HistogramCounts {
            pass: vec![0; BINS],
            fail: vec![0; BINS],
            not_decided: vec![0; BINS],
        };
        let mut scored = 0;
        self.each_score(range, |_, score, verdict| {
            let bin = ((score * BINS as f64) as usize).min(BINS - 1);
            let bins = match verdict {
                Verdict::Pass => &mut counts.pass,
                Verdict::Fail => &mut counts.fail,
                Verdict::NotDecided => &mut counts.not_decided,
            };
            bins[bin] += 1;
            scored += 1;
        })?;
        Ok((counts, scored))
    }

    /// Past parts whose view would be judged otherwise; the newest `limit` of them with their pictures.
    pub fn would_change(
        &self,
        range: &Range,
        limits: Thresholds,
        limit: usize,
    ) -> rusqlite::Result<WouldChange> {
        let mut change = WouldChange {
            examined: 0,
            pass_to_fail: 0,
            fail_to_pass: 0,
            to_not_decided: 0,
            from_not_decided: 0,
            items: Vec::new(),
        };
        let mut newest = Vec::new();
        self.each_score(range, |id, score, from| {
            change.examined += 1;
            let Some(score) = Score::new(score as f32) else {
                return;
            };
            let to = judge(score, limits);
            let counter = match (from, to) {
                (from, to) if from == to => return,
                (Verdict::NotDecided, _) => &mut change.from_not_decided,
                (_, Verdict::NotDecided) => &mut change.to_not_decided,
                (Verdict::Pass, _) => &mut change.pass_to_fail,
                (Verdict::Fail, _) => &mut change.fail_to_pass,
            };
            *counter += 1;
            if newest.len() < limit {
                newest.push((id, from, to));
            }
        })?;
        for (id, from, to) in newest {
            let part = self.one(id)?;
            change.items.push(ChangedPart { part, from, to });
        }
        Ok(change)
    }
}

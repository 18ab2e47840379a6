//! Reviewed parts of a style, for whoever judges a threshold by them.

use super::Reader;
use super::list::verdict;
use super::tuning::{Range, Scored};
use crate::results::review::STANDS;
use crate::station::verdict::Verdict;
use rusqlite::params;
use std::collections::HashMap;

/// So many passes of a job, times the share that is drawn, without one that was drawn: nothing was drawn in it.
const DRAWN_MISSED: f64 = 7.0;

/// A scored part, and what people say of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedScore {
    /// Verdict of all views.
    pub verdict: Verdict,
    /// Whether it passed near a threshold.
    pub is_near: bool,
    /// The score of this view.
    pub score: f32,
    /// Another view rejects it, or the line: whatever this score is.
    pub is_rejected_anyway: bool,
    /// Whether it is defective, where its review counts and people agree.
    pub is_defective: Option<bool>,
}

/// What the history of a style and view says, and what people said of it.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The newest scored parts for which the same holds: judged by the model in use, with passes drawn from the same share.
    pub parts: Vec<JudgedScore>,
    /// Scores of reviewed parts that are defective, and of those that are good.
    pub said: [Vec<f32>; 2],
    /// Reviewed parts that count for nothing: nobody could tell, or people say different things.
    pub unclear: u64,
    /// When the oldest of the parts was triggered, in microseconds since 1970.
    pub since_us: Option<i64>,
    /// Passes that were drawn and wait for a review.
    pub drawn_waiting: u64,
}

/// What people say of a part: `None` where nobody can tell, or they disagree.
type Said = HashMap<i64, Option<bool>>;

impl Reader {
    /// A pass that somebody looked at without its being drawn, or near its threshold, counts for nothing: he had a reason.
    /// Challenge parts are no parts of the line.
    pub fn judged(&self, range: &Range) -> rusqlite::Result<Judged> {
        let mut scored = Vec::new();
        self.each_scored(range, |part| scored.push(part))?;
        scored.truncate(self.alike(&scored, range.view)?);
        let oldest = scored.last().map_or(i64::MAX, |part| part.id);
        let said = self.said(oldest)?;
        let mut judged = Judged {
            since_us: scored.last().map(|part| part.triggered_at_us),
            ..Judged::default()
        };
        for part in &scored {
            let is_plain_pass = part.of_all_views == Verdict::Pass && !part.is_near;
            let counts = !is_plain_pass || part.drawn.is_some();
            let said = said.get(&part.id).filter(|_| counts);
            judged.unclear += u64::from(said == Some(&None));
            judged.drawn_waiting += u64::from(part.drawn.is_some() && said.is_none());
            let is_defective = said.copied().flatten();
            if let Some(is_defective) = is_defective {
                judged.said[usize::from(!is_defective)].push(part.score as f32);
            }
            judged.parts.push(JudgedScore {
                verdict: part.of_all_views,
                is_near: part.is_near,
                score: part.score as f32,
                is_rejected_anyway: part.is_rejected_anyway,
                is_defective,
            });
        }
        Ok(judged)
    }

    /// How many of these, the newest first, were judged by the model of the newest, and had passes drawn from one share.
    fn alike(&self, scored: &[Scored], view: u8) -> rusqlite::Result<usize> {
        let share = scored.iter().find_map(|part| part.drawn);
        let mut models = HashMap::new();
        let mut model_of = |part: &Scored| -> rusqlite::Result<Option<i64>> {
            if let Some(model) = models.get(&(part.job, part.version)) {
                return Ok(*model);
            }
            let model = self.model_of(part, view)?;
            models.insert((part.job, part.version), model);
            Ok(model)
        };
        let Some(newest) = scored.first() else {
            return Ok(0);
        };
        let model = model_of(newest)?;
        let mut alike = 0;
        for job in scored.chunk_by(|one, other| one.job == other.job) {
            let passes = job
                .iter()
                .filter(|part| part.of_all_views == Verdict::Pass)
                .count();
            let drawn = job.iter().find_map(|part| part.drawn);
            let is_drawn = match (share, drawn) {
                (Some(share), None) => passes as f64 * share < DRAWN_MISSED,
                (share, drawn) => share == drawn,
            };
            if !is_drawn {
                break;
            }
            for part in job {
                if model_of(part)? != model {
                    return Ok(alike);
                }
                alike += 1;
            }
        }
        Ok(alike)
    }

    /// Row of the model that judged this view of a part.
    fn model_of(&self, part: &Scored, view: u8) -> rusqlite::Result<Option<i64>> {
        let mut statement = self.connection.prepare_cached(
            "select min(model_id) from recipe_view where job_id = ?1 and recipe_version_id = ?2 and view = ?3",
        )?;
        statement.query_row(params![part.job, part.version, view], |row| row.get(0))
    }

    fn said(&self, oldest: i64) -> rusqlite::Result<Said> {
        let sql = format!(
            "select result_id, min(judgement), max(judgement) from review
             where result_id >= ?1 and {STANDS} group by result_id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([oldest], |row| {
            let (first, last): (String, String) = (row.get(1)?, row.get(2)?);
            let is_clear = first == last && first != "cannot_tell";
            Ok((row.get(0)?, is_clear.then(|| first == "defect")))
        })?;
        rows.collect()
    }
}

/// One row of the question of [`Reader::each_scored`].
pub(super) fn scored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Scored> {
    Ok(Scored {
        id: row.get(0)?,
        score: row.get(1)?,
        of_all_views: verdict(row.get(2)?),
        is_near: row.get(3)?,
        drawn: row.get(4)?,
        job: row.get(5)?,
        version: row.get(6)?,
        triggered_at_us: row.get(7)?,
        is_rejected_anyway: row.get(8)?,
    })
}

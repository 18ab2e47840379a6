//! Reviews: the parts that wait for one, those of a part, and what may be said of it.

use super::{PartSummary, Reader};
use crate::results::review::{Region, ReviewRefusal};
use crate::station::review::{Judgement, Why};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params, params_from_iter};

/// Which waiting parts are wanted.
#[derive(Clone, Debug, Default)]
pub struct WaitingWanted {
    /// Only of this style.
    pub style: Option<String>,
    /// Only those that wait for this.
    pub why: Option<Why>,
    /// Results after this id (newer), for paging.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// A part that waits for a review.
#[derive(Clone, Debug)]
pub struct WaitingPart {
    /// The part as a list shows it.
    pub part: PartSummary,
    /// What it waits for.
    pub why: Why,
}

/// The parts that wait, the oldest first.
#[derive(Clone, Debug)]
pub struct WaitingPage {
    /// How many wait, in the order of [`Why::ALL`].
    pub counts: [i64; Why::ALL.len()],
    /// When the oldest of them came, microseconds since 1970.
    pub oldest_at_us: Option<i64>,
    /// Those of this page.
    pub items: Vec<WaitingPart>,
    /// `after` of the next page; `None` on the last.
    pub next: Option<i64>,
}

/// That a review was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// Microseconds since 1970.
    pub at_us: i64,
    /// Who said so.
    pub author: String,
    /// Why it is so.
    pub reason: Option<String>,
}

/// What somebody said of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedReview {
    /// Number of its row.
    pub id: i64,
    /// Microseconds since 1970.
    pub at_us: i64,
    /// Who said so.
    pub author: String,
    /// What was said of the part.
    pub judgement: Judgement,
    /// Which class of defect.
    pub class: Option<String>,
    /// Where it is, and how the recipe calls the view; `None` where nobody drew a box.
    pub region: Option<(Region, String)>,
    /// Why it is so.
    pub reason: Option<String>,
    /// That it was taken back.
    pub undone: Option<Back>,
}

/// A view on which a box can be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewSize {
    /// Index of the view.
    pub view: u8,
    /// As the recipe calls it.
    pub name: String,
    /// Width and height of its picture in pixels; `None` where no frame came.
    pub size: Option<[u32; 2]>,
}

/// What may be said of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewable {
    /// Classes of its models, in their order.
    pub classes: Vec<String>,
    /// Its views, in the order of the recipe.
    pub views: Vec<ViewSize>,
}

impl Reader {
    /// The parts that wait for a review, the oldest first.
    pub fn waiting(&self, wanted: &WaitingWanted) -> rusqlite::Result<WaitingPage> {
        // One view of the log, so that counts and parts belong together.
        let _view = self.connection.unchecked_transaction()?;
        let mut counts = [0; Why::ALL.len()];
        let mut oldest: Option<i64> = None;
        let mut found: Vec<(i64, Why)> = Vec::new();
        let limit = i64::from(wanted.limit);
        for (count, why) in counts.iter_mut().zip(Why::ALL) {
            let (condition, values) = of(why, wanted.style.as_ref());
            let sql = format!("select count(*), min(result_id) from waiting where {condition}");
            let first: Option<i64> = self.connection.prepare_cached(&sql)?.query_row(
                params_from_iter(values.iter()),
                |row| {
                    *count = row.get(0)?;
                    row.get(1)
                },
            )?;
            oldest = [oldest, first].into_iter().flatten().min();
            if wanted.why.is_some_and(|wanted| wanted != why) {
                continue;
            }
            let sql = format!(
                "select result_id from waiting where {condition} and result_id > ? order by result_id limit ?"
            );
            let page = [
                Value::from(wanted.after.unwrap_or(i64::MIN)),
                Value::from(limit + 1),
            ];
            let mut statement = self.connection.prepare_cached(&sql)?;
            let ids = statement.query_map(params_from_iter(values.iter().chain(&page)), |row| {
                Ok((row.get(0)?, why))
            })?;
            for id in ids {
                found.push(id?);
            }
        }
        found.sort_unstable_by_key(|(id, _)| *id);
        let has_more = found.len() as i64 > limit;
        found.truncate(wanted.limit as usize);
        let next = found.last().filter(|_| has_more).map(|(id, _)| *id);
        let items = found.into_iter().map(|(id, why)| {
            let part = self.one(id)?;
            Ok(WaitingPart { part, why })
        });
        let items = items.collect::<rusqlite::Result<_>>()?;
        let at = "select triggered_at_us from result where id = ?1";
        let oldest_at_us = oldest
            .map(|id| self.connection.query_row(at, [id], |row| row.get(0)))
            .transpose()?;
        Ok(WaitingPage {
            counts,
            oldest_at_us,
            items,
            next,
        })
    }

    /// What was said of a part, oldest first.
    pub fn reviews(&self, result_id: i64) -> rusqlite::Result<Vec<RecordedReview>> {
        let mut statement = self.connection.prepare_cached(
            "select said.id, said.at_us, said.author, said.judgement, said.class, said.view, said.left_px,
               said.top_px, said.width_px, said.height_px, said.reason, back.at_us, back.author, back.reason,
               recipe_view.name
             from review said
             join result on result.id = said.result_id
             left join review back on back.undoes = said.id
             left join recipe_view on recipe_view.job_id = result.job_id
               and recipe_view.recipe_version_id = result.recipe_version_id and recipe_view.view = said.view
             where said.result_id = ?1 and said.judgement is not null order by said.id",
        )?;
        statement
            .query_map([result_id], |row| {
                let judgement: String = row.get(3)?;
                let undone_at: Option<i64> = row.get(11)?;
                let view: Option<u8> = row.get(5)?;
                let region = match view {
                    None => None,
                    Some(view) => {
                        let area = [row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?];
                        let name: Option<String> = row.get(14)?;
                        Some((
                            Region { view, area },
                            name.unwrap_or_else(|| view.to_string()),
                        ))
                    }
                };
                Ok(RecordedReview {
                    id: row.get(0)?,
                    at_us: row.get(1)?,
                    author: row.get(2)?,
                    judgement: Judgement::from_name(&judgement).unwrap_or(Judgement::CannotTell),
                    class: row.get(4)?,
                    region,
                    reason: row.get(10)?,
                    undone: match undone_at {
                        None => None,
                        Some(at_us) => Some(Back {
                            at_us,
                            author: row.get(12)?,
                            reason: row.get(13)?,
                        }),
                    },
                })
            })?
            .collect()
    }

    /// What may be said of a part; `None` where there is no such result.
    pub fn reviewable(&self, result_id: i64) -> rusqlite::Result<Option<Reviewable>> {
        let known = "select exists (select 1 from result where id = ?1)";
        if !self
            .connection
            .query_row(known, [result_id], |row| row.get(0))?
        {
            return Ok(None);
        }
        let mut statement = self.connection.prepare_cached(
            "select recipe_view.view, recipe_view.name, view_result.width, view_result.height, model.classes
             from result
             join recipe_view on recipe_view.job_id = result.job_id
               and recipe_view.recipe_version_id = result.recipe_version_id
             join model on model.id = recipe_view.model_id
             left join view_result on view_result.result_id = result.id and view_result.view = recipe_view.view
             where result.id = ?1 order by recipe_view.view",
        )?;
        let mut reviewable = Reviewable {
            classes: Vec::new(),
            views: Vec::new(),
        };
        let mut rows = statement.query([result_id])?;
        while let Some(row) = rows.next()? {
            let size: (Option<u32>, Option<u32>) = (row.get(2)?, row.get(3)?);
            reviewable.views.push(ViewSize {
                view: row.get(0)?,
                name: row.get(1)?,
                size: size.0.zip(size.1).map(|(width, height)| [width, height]),
            });
            let classes: String = row.get(4)?;
            let classes: Vec<String> = serde_json::from_str(&classes).unwrap_or_default();
            for class in classes {
                if !reviewable.classes.contains(&class) {
                    reviewable.classes.push(class);
                }
            }
        }
        Ok(Some(reviewable))
    }

    /// Out of which share of passes a part was drawn for review.
    pub(super) fn drawn(&self, result_id: i64) -> rusqlite::Result<Option<f64>> {
        self.connection
            .prepare_cached("select drawn from result where id = ?1")?
            .query_row([result_id], |row| row.get(0))
    }

    /// The result that a review is about.
    pub fn reviewed_result(&self, review: i64) -> rusqlite::Result<Result<i64, ReviewRefusal>> {
        let found = self
            .connection
            .query_row(
                "select result_id from review where id = ?1",
                params![review],
                |row| row.get(0),
            )
            .optional()?;
        Ok(found.ok_or(ReviewRefusal::NoReview(review)))
    }
}

fn of(why: Why, style: Option<&String>) -> (&'static str, Vec<Value>) {
    let mut values = vec![Value::from(why.name().to_owned())];
    match style {
        None => ("why = ?", values),
        Some(style) => {
            values.push(Value::from(style.clone()));
            ("why = ? and style = ?", values)
        }
    }
}

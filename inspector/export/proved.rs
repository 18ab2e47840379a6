//! Lines as signed leaves tell them, so that whoever holds a CSV and the leaves can hold one against the other without the log.

use super::column::{Cell, Kind, Line, plain};
use super::parts::COLUMNS;
use crate::results::reader::{
    Attached, Exported, Finding, JudgedBy, JudgedPart, PartSummary, PictureFile, PlacedFinding,
    RecordedGap, Truth,
};
use crate::station::challenge::Challenged;
use crate::station::result::{Confirm, Identity};
use crate::station::verdict::{Cause, Disposition, Verdict};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// What leaves say beside those of parts: recipes, their views as jobs ran them, gaps.
#[derive(Default)]
pub struct Known {
    recipes: HashMap<i64, (i64, String)>,
    views: HashMap<(i64, i64), Vec<View>>,
    gaps: Vec<RecordedGap>,
}

struct View {
    view: i64,
    name: String,
    model_sha256: String,
    acceptance: Option<String>,
}

fn whole(of: &Value, name: &str) -> Option<i64> {
    of.get(name)?.as_i64()
}

fn decimal(of: &Value, name: &str) -> Option<f64> {
    of.get(name)?.as_f64()
}

fn text(of: &Value, name: &str) -> Option<String> {
    of.get(name)?.as_str().map(str::to_owned)
}

fn verdict(evaluation: i64) -> Verdict {
    match evaluation {
        1 => Verdict::Pass,
        2 => Verdict::Fail,
        _ => Verdict::NotDecided,
    }
}

impl Known {
    /// Remembers a leaf that is no part's.
    pub fn take(&mut self, leaf: &Value) {
        let row = &leaf["row"];
        match leaf["kind"].as_str() {
            Some("recipe") => {
                let (id, version) = (whole(row, "id"), whole(row, "version"));
                if let Some(((id, version), author)) = id.zip(version).zip(text(row, "author")) {
                    self.recipes.insert(id, (version, author));
                }
            }
            Some("recipe_view") => {
                let place = whole(row, "job_id").zip(whole(row, "recipe_version_id"));
                if let Some(place) = place {
                    let views = self.views.entry(place).or_default();
                    views.push(View {
                        view: whole(row, "view").unwrap_or_default(),
                        name: text(row, "name").unwrap_or_default(),
                        model_sha256: text(&leaf["model"], "sha256").unwrap_or_default(),
                        acceptance: text(row, "acceptance"),
                    });
                    views.sort_by_key(|view| view.view);
                }
            }
            Some("gap") => self.gaps.extend(gap(leaf)),
            _ => {}
        }
    }

    /// Every gap that a leaf tells. One that grew is told again.
    pub fn gaps(&self) -> &[RecordedGap] {
        &self.gaps
    }

    /// The part of a result's leaf; `None` where it is none. `pictures` are leaves of its pictures.
    pub fn part(&self, leaf: &Value, pictures: &[Value]) -> Option<Exported> {
        let row = &leaf["row"];
        let disposition = match row["disposition"].as_str()? {
            "accept" => Disposition::Accept,
            _ => Disposition::Reject,
        };
        let part = PartSummary {
            id: Some(whole(row, "id")?),
            job: whole(row, "job_id")?,
            part_no: whole(row, "part_no")?,
            part_id: text(row, "part_id")?,
            style: text(row, "style"),
            verdict: verdict(whole(row, "verdict")?),
            cause: text(row, "cause").and_then(|name| Cause::from_name(&name)),
            disposition,
            score: decimal(row, "score"),
            defect: text(row, "defect"),
            triggered_at_us: whole(row, "triggered_at_us")?,
            decided_after_us: whole(row, "decided_after_us"),
            acted_after_us: whole(row, "acted_after_us")?,
            identity: text(row, "identity").and_then(|name| Identity::from_name(&name)),
            lane: text(row, "lane"),
            lane_by: text(row, "lane_by"),
            lane_rule: whole(row, "lane_rule"),
            acknowledged_after_us: whole(row, "acknowledged_after_us"),
            confirm: text(row, "confirm").and_then(|name| Confirm::from_name(&name)),
            confirmed_after_us: whole(row, "confirmed_after_us"),
            challenge: text(row, "challenge").and_then(|name| Challenged::from_name(&name)),
            views: Vec::new(),
            truth: leaf.get("truth").map(|truth| Truth {
                is_defective: truth["is_defective"] == 1,
                defect: text(truth, "defect"),
            }),
            review: None,
        };
        let judged_by =
            whole(row, "recipe_version_id").map(|recipe| self.judged_by(part.job, recipe));
        let total = |view: &Value| whole(view, "findings_total").unwrap_or_default();
        Some(Exported::Part(Box::new(JudgedPart {
            part,
            attached: Attached {
                findings_total: leaf["views"].as_array()?.iter().map(total).sum(),
                findings: leaf["findings"]
                    .as_array()?
                    .iter()
                    .filter_map(placed)
                    .collect(),
                pictures: pictures.iter().filter_map(picture).collect(),
            },
            judged_by: Arc::new(judged_by.unwrap_or_default()),
        })))
    }

    fn judged_by(&self, job: i64, recipe: i64) -> JudgedBy {
        let Some(views) = self.views.get(&(job, recipe)) else {
            return JudgedBy::default();
        };
        let joined = |of: fn(&View) -> &str| views.iter().map(of).collect::<Vec<_>>().join(" ");
        let known = self.recipes.get(&recipe);
        JudgedBy {
            recipe_version: known.map(|(version, _)| *version),
            recipe_author: known.map(|(_, author)| author.clone()),
            views: views.iter().map(|view| view.name.clone()).collect(),
            model_sha256: joined(|view| &view.model_sha256),
            acceptance: joined(|view| view.acceptance.as_deref().unwrap_or("-")),
        }
    }
}

fn gap(leaf: &Value) -> Option<RecordedGap> {
    let row = &leaf["row"];
    Some(RecordedGap {
        job: whole(row, "job_id")?,
        first_part_no: whole(row, "first_part_no")?,
        last_part_no: whole(row, "last_part_no"),
        from_us: whole(row, "from_at_us")?,
        to_us: whole(row, "to_at_us")?,
        kind: text(row, "kind")?,
        message: text(row, "message")?,
    })
}

fn placed(finding: &Value) -> Option<PlacedFinding> {
    let whole = |name| whole(finding, name);
    let decimal = |name| decimal(finding, name);
    Some(PlacedFinding {
        view: whole("view")?,
        rank: whole("rank")?,
        finding: Finding {
            class: text(finding, "class")?,
            score: decimal("score")?,
            region: [
                whole("left_px")?,
                whole("top_px")?,
                whole("width_px")?,
                whole("height_px")?,
            ],
            area_px: decimal("area_px")?,
            area_mm2: decimal("area_mm2"),
            box_mm: match decimal("x_mm") {
                Some(x) => Some([
                    x,
                    decimal("y_mm")?,
                    decimal("width_mm")?,
                    decimal("height_mm")?,
                ]),
                None => None,
            },
        },
    })
}

/// A picture's leaf, as it was stored.
pub fn picture(leaf: &Value) -> Option<PictureFile> {
    let row = &leaf["row"];
    Some(PictureFile {
        view: whole(row, "view")?,
        path: text(row, "path")?,
        sha256: text(row, "sha256")?,
        file: None,
    })
}

/// In which columns a row of a CSV says something else than what was signed. `cells` are those of [`COLUMNS`], in order.
/// Local times may be of any zone, but must be the same moment.
pub fn differences(what: &Exported, cells: &csv::StringRecord) -> Vec<&'static str> {
    let line = Line {
        what,
        finding: None,
        zone: &TimeZone::UTC,
    };
    let mut different = Vec::new();
    for (column, found) in COLUMNS.iter().zip(cells) {
        let cell = (column.read)(&line);
        let is_same = match (&cell, column.kind) {
            (Cell::Time(at_us), Kind::LocalTime) => found
                .parse::<Timestamp>()
                .is_ok_and(|at| at.as_microsecond() == *at_us),
            _ => plain(cell, column.kind, line.zone).unwrap_or_default() == found,
        };
        if !is_same {
            different.push(column.name);
        }
    }
    if cells.len() != COLUMNS.len() {
        different.push("the number of columns");
    }
    different
}

//! The text of a recipe's file: its tables and keys, and a recipe written as them.

use crate::station::align::{AlignMistake, USUAL, ViewAlign};
use crate::station::place::LengthUnit;
use crate::station::recipe::Recipe;
use crate::station::sorting::LaneRule;
use crate::station::verdict::{Score, Verdict};
use serde::{Deserialize, Serialize};
use std::io;

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHead {
    pub author: String,
    pub reason: String,
    /// When it was made, RFC 3339.
    pub created: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawView {
    pub name: String,
    pub camera: String,
    pub model: String,
    pub reject_above: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_below: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<LengthUnit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub align: Option<RawAlign>,
}

/// `[view.align]`: by what parts are found that do not lie still.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAlign {
    pub reference: String,
    pub sha256: String,
    pub region: Vec<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift_px_max: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_deg_max: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zoom_max: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality_min: Option<f64>,
}

impl RawAlign {
    pub fn checked(&self) -> Result<ViewAlign, AlignMistake> {
        let limits = (
            self.turn_deg_max.unwrap_or(USUAL.0),
            self.zoom_max.unwrap_or(USUAL.1),
            self.quality_min.unwrap_or(USUAL.2),
        );
        let file = (&*self.reference, &*self.sha256);
        ViewAlign::new(file, &self.region, self.shift_px_max, limits)
    }

    fn of(align: &ViewAlign) -> Self {
        Self {
            reference: align.reference.clone(),
            sha256: align.sha256.clone(),
            region: align.region.map(f64::from).to_vec(),
            shift_px_max: align.shift_px_max,
            turn_deg_max: Some(align.turn_deg_max),
            zoom_max: Some(align.zoom_max),
            quality_min: Some(align.quality_min),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSort {
    pub lane: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_from: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_below: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct RawRecipe {
    pub recipe: RawHead,
    pub view: Vec<RawView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<RawSort>,
}

/// A version as it stands in its file.
pub(super) fn text_of(recipe: &Recipe, cameras: &[String]) -> io::Result<String> {
    let created = jiff::Timestamp::from_microsecond(recipe.created_at.0)
        .map_err(io::Error::other)?
        .to_string();
    let raw = RawRecipe {
        recipe: RawHead {
            author: recipe.author.clone(),
            reason: recipe.reason.clone(),
            created,
        },
        view: recipe
            .views
            .iter()
            .map(|view| RawView {
                name: view.name.clone(),
                camera: cameras
                    .get(usize::from(view.camera))
                    .cloned()
                    .unwrap_or_default(),
                model: view.model.clone(),
                reject_above: readable(view.thresholds.reject_above()),
                accept_below: Some(readable(view.thresholds.accept_below())),
                unit: (view.place.unit() != LengthUnit::Px).then_some(view.place.unit()),
                region: view.place.region().map(|region| region.to_vec()),
                ignore: view.place.ignore().to_vec(),
                align: view.place.align().map(RawAlign::of),
            })
            .collect(),
        sort: recipe.rules.iter().map(raw_rule).collect(),
    };
    toml::to_string(&raw).map_err(io::Error::other)
}

/// 0.45, not 0.44999998807907104; reads back as the same score.
fn readable(score: Score) -> f64 {
    score
        .get()
        .to_string()
        .parse()
        .unwrap_or(f64::from(score.get()))
}

/// A rule as it stands in a file.
fn raw_rule(rule: &LaneRule) -> RawSort {
    RawSort {
        lane: rule.lane.to_string(),
        verdict: rule.verdict,
        class: rule.class.clone(),
        score_from: rule.score_from.map(readable),
        score_below: rule.score_below.map(readable),
    }
}

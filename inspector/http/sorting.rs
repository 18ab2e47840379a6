//! Into which lanes parts of a style are sorted, and new rules for it.

use super::dto::names;
use super::extract::{Json, Path};
use super::rights::Actor;
use super::status::readable;
use super::text::{Person, Reason};
use super::tuning::{VersionCreated, refusal};
use super::{ApiError, App, JsonReply};
use crate::control::recipes::NewRules;
use crate::station::part::Style;
use crate::station::sorting::{LaneRule, LaneRules};
use crate::station::verdict::{Disposition, Verdict};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A sorting rule: parts that fit every condition, and that its lane takes, go there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SortingRule {
    /// Name of the lane.
    pub lane: String,
    /// Only parts with this verdict.
    #[serde(default)]
    #[schema(value_type = Option<names::Verdict>)]
    pub verdict: Option<Verdict>,
    /// Only parts whose worst finding is of this class.
    #[serde(default)]
    pub class: Option<String>,
    /// Only parts with at least this score.
    #[serde(default)]
    pub score_from: Option<f64>,
    /// Only parts with a lower score.
    #[serde(default)]
    pub score_below: Option<f64>,
}

/// A lane of the station.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SortingLane {
    /// As the station settings call it.
    pub name: String,
    /// Which parts may go there.
    #[schema(value_type = names::Disposition)]
    pub takes: Disposition,
    /// Whether parts go there under every fault.
    pub is_safe: bool,
}

/// How parts of a style are sorted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Sorting {
    /// The version in use.
    pub version: u32,
    /// In order: the first that fits says where a part goes.
    pub rules: Vec<SortingRule>,
    /// Where parts can go.
    pub lanes: Vec<SortingLane>,
    /// What the models of the version call the classes of findings.
    pub classes: Vec<String>,
}

/// The rules of the version in use, and what others could be made of.
#[utoipa::path(get, path = "/api/recipes/{style}/rules", params(("style" = String, Path)),
    responses((status = 200, body = Sorting), (status = 404, description = "There is no recipe of this style.")))]
pub async fn rules(State(app): State<App>, Path(name): Path<String>) -> JsonReply<Sorting> {
    let recipes = app.handle.recipes();
    let in_use = recipes.in_use();
    let found = in_use.iter().find(|recipe| recipe.style.as_str() == name);
    let Some(recipe) = found else {
        return Err(ApiError::not_found(format!("there is no recipe {name:?}")));
    };
    let lanes = recipes.lanes();
    let each = lanes.iter().map(|(number, lane)| SortingLane {
        name: lane.name.to_string(),
        takes: lane.takes,
        is_safe: number == lanes.safe(),
    });
    Ok(Json(Sorting {
        version: recipe.version,
        rules: recipe.rules.iter().map(shown).collect(),
        lanes: each.collect(),
        classes: recipes.classes(recipe.style),
    }))
}

/// Rules by which parts are sorted from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "explained in NewRules")]
pub struct RulesWanted {
    pub based_on: u32,
    pub rules: Vec<SortingRule>,
    pub author: Option<Person>,
    pub reason: Reason,
}

/// Sorts parts of a style by these rules, as a new version, from the next part on.
#[utoipa::path(post, path = "/api/recipes/{style}/rules", params(("style" = String, Path)),
    request_body = RulesWanted, responses((status = 201, body = VersionCreated),
    (status = 404, description = "There is no recipe of this style."),
    (status = 409, description = "It has a newer version: look at it first.")))]
pub async fn sort(
    State(app): State<App>,
    Path(name): Path<String>,
    actor: Actor,
    Json(wanted): Json<RulesWanted>,
) -> Result<(StatusCode, Json<VersionCreated>), ApiError> {
    let not_found = |_| ApiError::not_found(format!("there is no recipe {name:?}"));
    let new = NewRules {
        style: Style::new(&name).map_err(not_found)?,
        based_on: wanted.based_on,
        rules: checked(wanted.rules)?,
        author: actor.named("author", wanted.author)?,
        reason: wanted.reason.into_string(),
    };
    let handle = Arc::clone(&app.handle);
    let made = app.workers.run(move || handle.recipes().sort(&new)).await?;
    let version = made.map_err(|error| refusal(error, &name, wanted.based_on))?;
    let created = VersionCreated {
        style: name,
        version,
    };
    Ok((StatusCode::CREATED, Json(created)))
}

fn checked(wanted: Vec<SortingRule>) -> Result<LaneRules, ApiError> {
    let each = wanted.into_iter().enumerate().map(|(at, rule)| {
        let (what, scores) = (
            (rule.verdict, rule.class),
            (rule.score_from, rule.score_below),
        );
        LaneRule::new(at + 1, &rule.lane, what, scores)
    });
    let rules = each.collect::<Result<Vec<_>, _>>().and_then(LaneRules::new);
    rules.map_err(|error| ApiError::bad_request(error.to_string()))
}

pub(super) fn shown(rule: &LaneRule) -> SortingRule {
    SortingRule {
        lane: rule.lane.to_string(),
        verdict: rule.verdict,
        class: rule.class.clone(),
        score_from: rule.score_from.map(readable),
        score_below: rule.score_below.map(readable),
    }
}

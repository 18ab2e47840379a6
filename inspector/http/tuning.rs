//! Recipes, what the history says of a threshold, and new versions.

use super::dto::{HistogramCounts, Place, WouldChange};
use super::extract::{Json, Path, Query};
use super::results::limited;
use super::rights::Actor;
use super::sorting::{SortingRule, shown};
use super::status::readable;
use super::text::{Person, Reason};
use super::{ApiError, App, JsonReply, ask};
use crate::control::recipes::{ApplyError, GoBack, NewThresholds};
use crate::results::reader::{BINS, Range};
use crate::station::part::Style;
use crate::station::verdict::{Score, Thresholds};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// One view of a recipe.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in station::recipe")]
pub struct RecipeView {
    pub name: String,
    pub camera: String,
    pub model: String,
    pub reject_above: f64,
    pub accept_below: f64,
    pub place: Place,
}

/// One version of a style's recipe.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in station::recipe")]
pub struct RecipeVersion {
    pub version: u32,
    pub author: String,
    pub reason: String,
    pub created_at_us: i64,
    pub is_active: bool,
    pub views: Vec<RecipeView>,
    /// By which parts are sorted into lanes: the first that fits.
    pub rules: Vec<SortingRule>,
}

/// Every version of one style, newest first.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in station::recipe")]
pub struct RecipeVersions {
    pub style: String,
    pub versions: Vec<RecipeVersion>,
}

/// Every recipe with all its versions.
#[utoipa::path(get, path = "/api/recipes", responses((status = 200, body = Vec<RecipeVersions>)))]
pub async fn recipes(State(app): State<App>) -> JsonReply<Vec<RecipeVersions>> {
    let active = app.handle.recipes().in_use();
    let mut styles: BTreeMap<Style, Vec<RecipeVersion>> = BTreeMap::new();
    for recipe in app.handle.recipes().all() {
        let cameras = app.handle.recipes().cameras();
        let views = recipe.views.iter().map(|view| RecipeView {
            name: view.name.clone(),
            camera: cameras
                .get(usize::from(view.camera))
                .cloned()
                .unwrap_or_default(),
            model: view.model.clone(),
            reject_above: readable(view.thresholds.reject_above()),
            accept_below: readable(view.thresholds.accept_below()),
            place: Place::from(&view.place),
        });
        let version = RecipeVersion {
            version: recipe.version,
            author: recipe.author.clone(),
            reason: recipe.reason.clone(),
            created_at_us: recipe.created_at.0,
            is_active: active
                .iter()
                .any(|used| used.style == recipe.style && used.version == recipe.version),
            views: views.collect(),
            rules: recipe.rules.iter().map(shown).collect(),
        };
        styles.entry(recipe.style).or_default().insert(0, version);
    }
    let recipes = styles.into_iter().map(|(style, versions)| RecipeVersions {
        style: style.to_string(),
        versions,
    });
    Ok(Json(recipes.collect()))
}

/// Which past parts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Past {
    /// Index of the view; 0 unless told.
    #[param(required = false)]
    pub view: u8,
    /// At or after, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Only before then, in microseconds since 1970.
    pub to_us: Option<i64>,
}

/// Which past parts, and the thresholds to hold them against.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Change {
    /// Index of the view; 0 unless told.
    #[serde(default)]
    #[param(required = false)]
    pub view: u8,
    /// At or after, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Only before then, in microseconds since 1970.
    pub to_us: Option<i64>,
    /// From here on it fails.
    #[param(minimum = 0, maximum = 1)]
    pub reject_above: f32,
    /// Below it passes; `reject_above` unless told.
    #[param(minimum = 0, maximum = 1)]
    pub accept_below: Option<f32>,
    /// Parts that are told one by one; 24 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Scores of past parts, and the thresholds in use.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in HistogramCounts")]
pub struct Histogram {
    pub bins: usize,
    pub counts: HistogramCounts,
    pub scored: i64,
    #[schema(required)]
    pub from_us: Option<i64>,
    #[schema(required)]
    pub to_us: Option<i64>,
    pub reject_above: f64,
    pub accept_below: f64,
    pub version: u32,
}

/// Scores of past parts.
#[utoipa::path(get, path = "/api/recipes/{style}/histogram", params(("style" = String, Path), Past),
    responses((status = 200, body = Histogram), (status = 404, description = "There is no such recipe or view.")))]
pub async fn histogram(
    State(app): State<App>,
    Path(style): Path<String>,
    Query(past): Query<Past>,
) -> JsonReply<Histogram> {
    let recipes = app.handle.recipes().in_use();
    let recipe = recipes.iter().find(|recipe| recipe.style.as_str() == style);
    let view = recipe.and_then(|recipe| recipe.views.get(usize::from(past.view)));
    let (Some(recipe), Some(view)) = (recipe, view) else {
        return Err(ApiError::not_found(format!(
            "there is no recipe {style:?} with a view {}",
            past.view
        )));
    };
    let limits = view.thresholds;
    let range = Range {
        style,
        view: past.view,
        from_us: past.from_us,
        to_us: past.to_us,
    };
    let (counts, scored) = ask(&app, move |reader| reader.histogram(&range)).await?;
    Ok(Json(Histogram {
        bins: BINS,
        counts: counts.into(),
        scored,
        from_us: past.from_us,
        to_us: past.to_us,
        reject_above: readable(limits.reject_above()),
        accept_below: readable(limits.accept_below()),
        version: recipe.version,
    }))
}

/// Past parts that other thresholds would judge otherwise.
#[utoipa::path(get, path = "/api/recipes/{style}/would-change",
    params(("style" = String, Path), Change), responses((status = 200, body = WouldChange)))]
pub async fn would_change(
    State(app): State<App>,
    Path(style): Path<String>,
    Query(change): Query<Change>,
) -> JsonReply<WouldChange> {
    let reject_above = change.reject_above;
    let accept_below = change.accept_below.unwrap_or(reject_above);
    let limits = Score::new(accept_below)
        .zip(Score::new(reject_above))
        .and_then(|(accept, reject)| Thresholds::new(accept, reject));
    let Some(limits) = limits else {
        return Err(ApiError::bad_request(format!(
            "expected 0 <= accept_below <= reject_above <= 1, found {accept_below} and {reject_above}"
        )));
    };
    let limit = limited(change.limit, 24, 200)? as usize;
    let range = Range {
        style,
        view: change.view,
        from_us: change.from_us,
        to_us: change.to_us,
    };
    let change = ask(&app, move |reader| {
        reader.would_change(&range, limits, limit)
    })
    .await?;
    Ok(Json(change.into()))
}

/// Thresholds that are to judge from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "explained in NewThresholds")]
pub struct NewVersion {
    pub based_on: u32,
    pub view: u8,
    pub reject_above: f32,
    pub accept_below: f32,
    pub author: Option<Person>,
    pub reason: Reason,
}

/// The version that was made.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in station::recipe")]
pub struct VersionCreated {
    pub style: String,
    pub version: u32,
}

/// Applies new thresholds as a new version.
#[utoipa::path(post, path = "/api/recipes/{style}/versions", params(("style" = String, Path)),
    request_body = NewVersion, responses((status = 201, body = VersionCreated),
    (status = 404, description = "There is no recipe of this style."),
    (status = 409, description = "It has a newer version: look at it first.")))]
pub async fn apply(
    State(app): State<App>,
    Path(name): Path<String>,
    actor: Actor,
    Json(new): Json<NewVersion>,
) -> Result<(StatusCode, Json<VersionCreated>), ApiError> {
    let not_found = || ApiError::not_found(format!("there is no recipe {name:?}"));
    let style = Style::new(&name).map_err(|_| not_found())?;
    let thresholds = NewThresholds {
        style,
        based_on: new.based_on,
        view: new.view,
        reject_above: new.reject_above,
        accept_below: new.accept_below,
        author: actor.named("author", new.author)?,
        reason: new.reason.into_string(),
    };
    let handle = Arc::clone(&app.handle);
    let applied = app
        .workers
        .run(move || handle.recipes().apply(&thresholds))
        .await?;
    applied
        .map(|version| {
            let created = VersionCreated {
                style: name.clone(),
                version,
            };
            (StatusCode::CREATED, Json(created))
        })
        .map_err(|error| refusal(error, &name, new.based_on))
}

/// An earlier version to be used again.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "explained in GoBack")]
pub struct EarlierWanted {
    pub to: u32,
    pub based_on: u32,
    pub author: Option<Person>,
    pub reason: Reason,
}

/// Uses the models and thresholds of an earlier version again, as a new version, from the next part on.
#[utoipa::path(post, path = "/api/recipes/{style}/back", params(("style" = String, Path)),
    request_body = EarlierWanted, responses((status = 201, body = VersionCreated),
    (status = 404, description = "There is no recipe of this style."),
    (status = 409, description = "It has a newer version: look at it first.")))]
pub async fn go_back(
    State(app): State<App>,
    Path(name): Path<String>,
    actor: Actor,
    Json(wanted): Json<EarlierWanted>,
) -> Result<(StatusCode, Json<VersionCreated>), ApiError> {
    let not_found = |_| ApiError::not_found(format!("there is no recipe {name:?}"));
    let back = GoBack {
        style: Style::new(&name).map_err(not_found)?,
        to: wanted.to,
        based_on: wanted.based_on,
        author: actor.named("author", wanted.author)?,
        reason: wanted.reason.into_string(),
    };
    let handle = Arc::clone(&app.handle);
    let made = app
        .workers
        .run(move || handle.recipes().go_back(&back))
        .await?;
    let version = made.map_err(|error| refusal(error, &name, wanted.based_on))?;
    let created = VersionCreated {
        style: name,
        version,
    };
    Ok((StatusCode::CREATED, Json(created)))
}

/// In words for the page.
pub(super) fn refusal(error: ApplyError, style: &str, based_on: u32) -> ApiError {
    match error {
        ApplyError::NotFound => ApiError::not_found(format!("there is no recipe {style:?}")),
        ApplyError::Conflict { newest } => ApiError::conflict(format!(
            "version {based_on} is not the newest any more, {newest} is; look at it first"
        )),
        ApplyError::Invalid(message) => ApiError::bad_request(message),
        ApplyError::Failed(message) => ApiError::internal(message),
        ApplyError::Busy => ApiError::busy(
            "the pipeline takes no command now, and nothing was changed; try again in a moment"
                .to_owned(),
        ),
        ApplyError::Storage(error) if error.is_full() => ApiError::full(error.to_string()),
        ApplyError::Storage(error) if error.may_pass() => ApiError::busy(error.to_string()),
        ApplyError::Storage(error) => ApiError::internal(error.to_string()),
    }
}

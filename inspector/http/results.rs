//! Lists, details and exports of results.

use super::dto::{Facets, PartDetail, ResultsPage, names};
use super::extract::{Json, Path, Query};
use super::{ApiError, App, JsonReply, ask};
use crate::results::reader::Filter;
use crate::station::review::Reviewed;
use crate::station::verdict::{Cause, Disposition, Verdict};
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Which results of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResultsWanted {
    /// What the ejector was told.
    #[param(value_type = Option<names::Disposition>)]
    pub disposition: Option<Disposition>,
    /// What is known of the part.
    #[param(value_type = Option<names::Verdict>)]
    pub verdict: Option<Verdict>,
    /// The style, exactly.
    pub style: Option<String>,
    /// The cause, by its stable name.
    #[param(value_type = Option<names::Cause>)]
    pub cause: Option<Cause>,
    /// Class name of the worst finding.
    pub defect: Option<String>,
    /// Name of the lane to which the part was sent.
    pub lane: Option<String>,
    /// Only parts that the sensor of their lane did not see, or saw elsewhere.
    #[param(required = false)]
    pub unconfirmed: bool,
    /// The beginning of a part ID.
    pub part_id: Option<String>,
    /// Any piece of a part ID, in whichever case.
    #[param(min_length = 1, max_length = 256)]
    pub q: Option<String>,
    /// The largest score of the part is at least this.
    #[param(minimum = 0, maximum = 1)]
    pub score_from: Option<f64>,
    /// The largest score of the part is at most this.
    #[param(minimum = 0, maximum = 1)]
    pub score_to: Option<f64>,
    /// Judged by this version of its style's recipe.
    #[param(minimum = 1)]
    pub recipe_version: Option<u32>,
    /// This person said something of the part that was not taken back.
    pub reviewer: Option<String>,
    /// Whether anybody did.
    #[param(inline)]
    pub reviewed: Option<YesOrNo>,
    /// What its reviews come to.
    #[param(value_type = Option<names::Reviewed>)]
    pub judgement: Option<Reviewed>,
    /// Triggered at or after, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Triggered before, microseconds since 1970.
    pub to_us: Option<i64>,
    /// Results before this id (older), for paging.
    pub before: Option<i64>,
    /// At most so many; 50 unless told.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// An answer to a question that a filter asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum YesOrNo {
    /// It is so.
    Yes,
    /// It is not.
    No,
}

/// Characters of a piece of an ID; more than the longest ID has.
const PIECE_MAX: usize = 256;

/// A piece of a part ID that can be looked for.
pub(super) fn piece(wanted: Option<String>) -> Result<Option<String>, ApiError> {
    let length = wanted.as_ref().map_or(1, |piece| piece.chars().count());
    match (1..=PIECE_MAX).contains(&length) {
        true => Ok(wanted),
        false => Err(ApiError::bad_request(format!(
            "q: expected 1 to {PIECE_MAX} characters, found {length}"
        ))),
    }
}

/// A score to compare with.
pub(super) fn score(name: &str, wanted: Option<f64>) -> Result<Option<f64>, ApiError> {
    match wanted {
        Some(found) if !(0.0..=1.0).contains(&found) => Err(ApiError::bad_request(format!(
            "{name}: expected a score from 0 to 1, found {found}"
        ))),
        wanted => Ok(wanted),
    }
}

/// How many of a list.
///
/// # Errors
/// 400 outside 1 to `most`.
pub(super) fn limited(wanted: Option<u32>, unless_told: u32, most: u32) -> Result<u32, ApiError> {
    match wanted.unwrap_or(unless_told) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        found => Err(ApiError::bad_request(format!(
            "limit: expected 1 to {most}, found {found}"
        ))),
    }
}

/// Results, newest first.
#[utoipa::path(get, path = "/api/results", params(ResultsWanted),
    responses((status = 200, body = ResultsPage)))]
pub async fn list(
    State(app): State<App>,
    Query(wanted): Query<ResultsWanted>,
) -> JsonReply<ResultsPage> {
    let filter = Filter {
        disposition: wanted.disposition,
        verdict: wanted.verdict,
        style: wanted.style,
        cause: wanted.cause,
        defect: wanted.defect,
        lane: wanted.lane,
        is_unconfirmed: wanted.unconfirmed,
        part_id: wanted.part_id,
        piece: piece(wanted.q)?,
        score_from: score("score_from", wanted.score_from)?,
        score_to: score("score_to", wanted.score_to)?,
        recipe_version: wanted.recipe_version.map(i64::from),
        reviewer: wanted.reviewer,
        is_reviewed: wanted.reviewed.map(|answer| answer == YesOrNo::Yes),
        judgement: wanted.judgement,
        from_us: wanted.from_us,
        to_us: wanted.to_us,
        before: wanted.before,
        limit: Some(limited(wanted.limit, 50, 500)?),
    };
    let page = ask(&app, move |reader| reader.list(&filter)).await?;
    Ok(Json(page.into()))
}

/// One result, explained.
#[utoipa::path(get, path = "/api/results/{id}", params(("id" = i64, Path)),
    responses((status = 200, body = PartDetail), (status = 404, description = "There is no such result.")))]
pub async fn detail(State(app): State<App>, Path(id): Path<i64>) -> JsonReply<PartDetail> {
    match ask(&app, move |reader| reader.detail(id)).await? {
        Some(detail) => Ok(Json(PartDetail::from(detail))),
        None => Err(ApiError::not_found(format!("there is no result {id}"))),
    }
}

/// Values that occur, for filters.
#[utoipa::path(get, path = "/api/facets", responses((status = 200, body = Facets)))]
pub async fn facets(State(app): State<App>) -> JsonReply<Facets> {
    let facets = ask(&app, |reader| reader.facets()).await?;
    Ok(Json(facets.into()))
}

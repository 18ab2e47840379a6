//! Lists, details and exports of results.

use super::dto::{Facets, PartDetail, ResultsPage, names};
use super::extract::{Json, Path, Query};
use super::{ApiError, App, JsonReply, ask};
use crate::results::reader::Filter;
use crate::station::verdict::{Cause, Disposition, Verdict};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

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

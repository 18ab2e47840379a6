//! Parts without a result, as they were recorded.

use super::dto::RecordedGap;
use super::extract::{Json, Query};
use super::results::limited;
use super::{App, JsonReply, ask};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which gaps are asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GapFilter {
    /// Before this place; for paging.
    pub before: Option<i64>,
    /// At most so many; 50 unless told. Gaps of several kinds in one place come together, even where those are one or two more.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// Parts without a result, of this job and earlier ones, newest first: when, how many where that is known, and why.
#[utoipa::path(get, path = "/api/gaps", params(GapFilter),
    responses((status = 200, body = Vec<RecordedGap>)))]
pub async fn gaps(
    State(app): State<App>,
    Query(filter): Query<GapFilter>,
) -> JsonReply<Vec<RecordedGap>> {
    let limit = limited(filter.limit, 50, 500)?;
    let gaps = ask(&app, move |reader| reader.gaps(filter.before, limit)).await?;
    Ok(Json(gaps.into_iter().map(Into::into).collect()))
}

//! Reviews: which parts wait for one, and what people say of them.

use super::dto::{ReviewRecorded, WaitingPage, names};
use super::extract::{Json, Path, Query};
use super::results::limited;
use super::rights::Actor;
use super::text::{Person, Reason};
use super::{ApiError, App, JsonReply, ask};
use crate::control::review::{DrawnRegion, ReviewError, Said};
use crate::results::reader::WaitingWanted;
use crate::station::review::{Judgement, Why};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which waiting parts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only of this style.
    pub style: Option<String>,
    /// Only those that wait for this.
    #[param(value_type = Option<names::Why>)]
    pub why: Option<Why>,
    /// Results after this id (newer), for paging.
    pub after: Option<i64>,
    /// At most so many; 50 unless told.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// Parts that wait for a review, the oldest first: rejects, parts that were not decided, and passes that were drawn at random
/// or were near their threshold.
#[utoipa::path(get, path = "/api/review", params(Wanted), responses((status = 200, body = WaitingPage)))]
pub async fn waiting(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> JsonReply<WaitingPage> {
    let wanted = WaitingWanted {
        style: wanted.style,
        why: wanted.why,
        after: wanted.after,
        limit: limited(wanted.limit, 50, 500)?,
    };
    let page = ask(&app, move |reader| reader.waiting(&wanted)).await?;
    Ok(Json(page.into()))
}

/// A box that was drawn on the picture of a view.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRegion {
    /// As the recipe calls the view.
    pub view: String,
    /// Left edge, in pixels of the picture.
    pub x: u32,
    /// Top edge, in pixels of the picture.
    pub y: u32,
    /// How wide it is, in pixels.
    #[schema(minimum = 1)]
    pub width: u32,
    /// How high it is, in pixels.
    #[schema(minimum = 1)]
    pub height: u32,
}

/// What somebody says of a part.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// What was said of the part.
    #[schema(value_type = names::Judgement)]
    pub judgement: Judgement,
    /// Which class of defect, one of the part's `classes`. Only with the judgement `defect`.
    pub class: Option<String>,
    /// Where it is.
    pub region: Option<NewRegion>,
    /// Why it is so.
    pub reason: Option<Reason>,
    /// Who said so: only where the station has no accounts.
    pub author: Option<Person>,
}

/// Records what somebody says of a part. What others said stays beside it.
#[utoipa::path(post, path = "/api/results/{id}/reviews", params(("id" = i64, Path)),
    request_body = NewReview, responses((status = 201, body = ReviewRecorded),
    (status = 404, description = "There is no such result.")))]
pub async fn say(
    State(app): State<App>,
    Path(id): Path<i64>,
    actor: Actor,
    Json(new): Json<NewReview>,
) -> Result<(StatusCode, Json<ReviewRecorded>), ApiError> {
    let said = Said {
        judgement: new.judgement,
        class: new.class,
        region: new.region.map(|region| DrawnRegion {
            view: region.view,
            area: [region.x, region.y, region.width, region.height],
        }),
        reason: new.reason.map(Reason::into_string),
        author: actor.named("author", new.author)?,
    };
    let reviews = Arc::clone(&app.reviews);
    let recorded = app.workers.run(move || reviews.say(id, said)).await?;
    let recorded = recorded.map_err(refusal)?;
    Ok((StatusCode::CREATED, Json(recorded.into())))
}

/// Who takes a review back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// Who said so: only where the station has no accounts.
    pub author: Option<Person>,
    /// Why it is so.
    pub reason: Option<Reason>,
}

/// Takes a review back. Both stay in the log.
#[utoipa::path(post, path = "/api/reviews/{id}/undo", params(("id" = i64, Path)),
    request_body = Undo, responses((status = 201, body = ReviewRecorded),
    (status = 404, description = "There is no such review."),
    (status = 409, description = "It was taken back before, or takes another back itself.")))]
pub async fn take_back(
    State(app): State<App>,
    Path(id): Path<i64>,
    actor: Actor,
    Json(undo): Json<Undo>,
) -> Result<(StatusCode, Json<ReviewRecorded>), ApiError> {
    let reviews = Arc::clone(&app.reviews);
    let (author, reason) = (actor.named("author", undo.author)?, undo.reason);
    let recorded = app
        .workers
        .run(move || reviews.take_back(id, author, reason.map(Reason::into_string)))
        .await?;
    let recorded = recorded.map_err(refusal)?;
    Ok((StatusCode::CREATED, Json(recorded.into())))
}

fn refusal(error: ReviewError) -> ApiError {
    match error {
        ReviewError::NotFound(message) => ApiError::not_found(message),
        ReviewError::Invalid(message) => ApiError::bad_request(message),
        ReviewError::Conflict(message) => ApiError::conflict(message),
        ReviewError::Failed(message) => ApiError::internal(message),
        ReviewError::Storage(error) if error.is_full() => ApiError::full(error.to_string()),
        ReviewError::Storage(error) if error.may_pass() => ApiError::busy(error.to_string()),
        ReviewError::Storage(error) => ApiError::internal(error.to_string()),
    }
}

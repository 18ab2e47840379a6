//! Image files that come over the network, one a request, bounded in bytes, number and time.

use super::dto::ImageKind;
use super::extract::{Json, Path, Query, claimed};
use super::lesson::TeachingStatus;
use super::teaching::in_background;
use super::{ApiError, App, JsonReply};
use crate::control::teaching::picture::{FileRefused, RefusedFor};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use std::time::Duration;
use utoipa::IntoParams;

/// Files that are received at a time: with the size of one, a bound on memory.
pub const RECEIVED_MAX: usize = 2;
/// How long one may wait until it is received.
const TURN_WITHIN: Duration = Duration::from_secs(10);
/// How long a file may take to arrive.
const RECEIVED_WITHIN: Duration = Duration::from_secs(60);
/// Characters of a file's name, as on most disks.
const NAME_MAX: usize = 255;
/// A page from elsewhere cannot send this type without asking first, which is never granted.
const CONTENT_TYPE: &str = "application/octet-stream";

/// What a file shows, and what it is called.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileSent {
    /// What it is to show.
    pub kind: ImageKind,
    /// Its name, for people.
    #[param(max_length = 255)]
    pub name: String,
}

/// Takes an image file into the lesson, whole or not at all: PNG, JPEG or BMP, like the camera's frames.
#[utoipa::path(post, path = "/api/teaching/{lesson}/files", params(("lesson" = i64, Path), FileSent),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 200, body = TeachingStatus), (status = 404, description = "There is no such lesson any more."),
    (status = 409, description = "A model is being made of the lesson."),
    (status = 507, description = "The disk has no room for it.")))]
pub async fn upload(
    State(app): State<App>,
    Path(lesson): Path<i64>,
    Query(sent): Query<FileSent>,
    headers: HeaderMap,
    body: Body,
) -> JsonReply<TeachingStatus> {
    let kind = headers.get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != CONTENT_TYPE) {
        let message = format!("expected the content type {CONTENT_TYPE}, found {kind:?}");
        return Err(ApiError::unsupported(message));
    }
    let characters = sent.name.chars().count();
    if characters > NAME_MAX {
        return Err(ApiError::bad_request(format!(
            "name: expected at most {NAME_MAX} characters, found {characters}"
        )));
    }
    let bytes_max = in_background(&app, move |teaching| teaching.file_bytes_max(lesson)).await?;
    let too_many = |found: u64| {
        ApiError::refused(FileRefused::new(RefusedFor::TooManyBytes, bytes_max, found))
    };
    if let Some(found) = claimed(&headers).filter(|found| *found > bytes_max) {
        return Err(too_many(found));
    }
    let turn = tokio::time::timeout(TURN_WITHIN, app.turns.receiving.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        let message = format!("{RECEIVED_MAX} other files are arriving; send it again in a moment");
        return Err(ApiError::busy(message));
    };
    let limit = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let received = tokio::time::timeout(RECEIVED_WITHIN, axum::body::to_bytes(body, limit)).await;
    let file = match received {
        Ok(Ok(file)) => file,
        // More than it said, or than is taken; or the sender is gone, and reads no answer.
        Ok(Err(_)) => return Err(too_many(bytes_max + 1)),
        Err(_) => {
            let within = RECEIVED_WITHIN.as_secs();
            let message = format!("expected the file within {within} s; send it again");
            return Err(ApiError::timeout(message));
        }
    };
    let shown = in_background(&app, move |teaching| {
        teaching.upload(lesson, sent.kind.into(), &sent.name, &file)?;
        Ok(teaching.shown())
    })
    .await?;
    Ok(Json(shown.into()))
}

//! The lesson: collecting images of good parts, making a model of them, and using it.

use super::encoder::Picture;
use super::extract::{Json, Path, Query};
use super::lesson::{
    LessonBegun, LessonMeant, ModelWanted, MoreImages, RejectsWanted, TaughtUse, TeachingStatus,
};
use super::pictures::{PictureBytes, Wanted, shown_file};
use super::rights::Actor;
use super::text::Name;
use super::tuning::{VersionCreated, refusal};
use super::{ApiError, App, JsonReply};
use crate::control::recipes::NewUse;
use crate::control::teaching::TeachingService;
use crate::control::teaching::asked::{NewLesson, Source, TeachingError};
use crate::station::part::Style;
use crate::station::place::ViewPlace;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

impl From<TeachingError> for ApiError {
    fn from(error: TeachingError) -> Self {
        match error {
            TeachingError::NotFound(message) => ApiError::not_found(message),
            TeachingError::Conflict(message) => ApiError::conflict(message),
            TeachingError::Invalid(message) => ApiError::bad_request(message),
            TeachingError::Storage(message) | TeachingError::Internal(message) => {
                ApiError::internal(message)
            }
            TeachingError::Full(message) => ApiError::full(message),
            TeachingError::Refused(refused) => ApiError::refused(refused),
        }
    }
}

/// Does something that may load a model, as a worker.
async fn as_worker<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&TeachingService) -> Result<T, TeachingError> + Send + 'static,
) -> Result<T, ApiError> {
    let teaching = Arc::clone(&app.teaching);
    let done = app.workers.run(move || work(&teaching)).await?;
    done.map_err(ApiError::from)
}

/// Looks, or takes a file, in the background.
pub(super) async fn in_background<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&TeachingService) -> Result<T, TeachingError> + Send + 'static,
) -> Result<T, ApiError> {
    let teaching = Arc::clone(&app.teaching);
    let done = tokio::task::spawn_blocking(move || work(&teaching)).await;
    done.map_err(|error| ApiError::internal(error.to_string()))?
        .map_err(ApiError::from)
}

/// Does it as a worker, and says how things stand then.
async fn then_shown(
    app: &App,
    work: impl FnOnce(&TeachingService) -> Result<(), TeachingError> + Send + 'static,
) -> JsonReply<TeachingStatus> {
    let shown = as_worker(app, move |teaching| {
        work(teaching).map(|()| teaching.shown())
    })
    .await?;
    Ok(Json(shown.into()))
}

/// The lesson and what goes on.
#[utoipa::path(get, path = "/api/teaching", responses((status = 200, body = TeachingStatus)))]
pub async fn lesson(State(app): State<App>) -> JsonReply<TeachingStatus> {
    let shown = in_background(&app, |teaching| Ok(teaching.shown())).await?;
    Ok(Json(shown.into()))
}

/// Begins a lesson: collects images of good parts.
#[utoipa::path(post, path = "/api/teaching", request_body = LessonBegun,
    responses((status = 200, body = TeachingStatus),
    (status = 404, description = "There is no such lesson any more."),
    (status = 409, description = "Something else goes on: look at the lesson first."),
    (status = 507, description = "The disk has no room for it.")))]
pub async fn begin(
    State(app): State<App>,
    actor: Actor,
    Json(begun): Json<LessonBegun>,
) -> JsonReply<TeachingStatus> {
    let new = NewLesson {
        camera: begun.camera.into_string(),
        style: begun.style.map(Name::into_string),
        only_passes: begun.only_passes,
        author: actor.named("author", begun.author)?,
        wanted: begun.wanted,
        source: begun.source.map(Source::from),
    };
    then_shown(&app, move |teaching| teaching.begin(&new)).await
}

/// Throws the lesson away; models that were made of it stay.
#[utoipa::path(delete, path = "/api/teaching", request_body = LessonMeant,
    responses((status = 200, body = TeachingStatus),
    (status = 404, description = "There is no such lesson any more."),
    (status = 409, description = "Something else goes on: look at the lesson first."),
    (status = 507, description = "The disk has no room for it.")))]
pub async fn discard(
    State(app): State<App>,
    Json(meant): Json<LessonMeant>,
) -> JsonReply<TeachingStatus> {
    then_shown(&app, move |teaching| teaching.discard(meant.lesson)).await
}

/// Collects more images into the lesson.
#[utoipa::path(post, path = "/api/teaching/images", request_body = MoreImages,
    responses((status = 200, body = TeachingStatus),
    (status = 404, description = "There is no such lesson any more."),
    (status = 409, description = "Something else goes on: look at the lesson first."),
    (status = 507, description = "The disk has no room for it.")))]
pub async fn go_on(
    State(app): State<App>,
    actor: Actor,
    Json(more): Json<MoreImages>,
) -> JsonReply<TeachingStatus> {
    let author = actor.named("author", more.author)?;
    then_shown(&app, move |teaching| {
        teaching.go_on(more.lesson, more.wanted, &author, more.source.into())
    })
    .await
}

/// Takes the newest rejected parts of the lesson's camera and style from the history, as images of defects.
#[utoipa::path(post, path = "/api/teaching/defects", request_body = RejectsWanted,
    responses((status = 200, body = TeachingStatus),
    (status = 404, description = "There is no such lesson any more."),
    (status = 409, description = "Something else goes on: look at the lesson first."),
    (status = 507, description = "The disk has no room for it.")))]
pub async fn recall_rejects(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<RejectsWanted>,
) -> JsonReply<TeachingStatus> {
    let author = actor.named("author", wanted.author)?;
    then_shown(&app, move |teaching| {
        teaching.recall_rejects(wanted.lesson, wanted.count, &author)
    })
    .await
}

/// An image of the lesson: as it is on the disk, or as a JPEG no wider than asked.
#[utoipa::path(get, path = "/api/teaching/{lesson}/images/{n}",
    params(("lesson" = i64, Path), ("n" = u32, Path), Wanted),
    responses((status = 200, description = "A picture.",
        content((PictureBytes = "image/png"), (PictureBytes = "image/jpeg"))),
    (status = 404, description = "There is no such image.")))]
pub async fn image(
    State(app): State<App>,
    Path((lesson, n)): Path<(i64, u32)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let width = wanted.width()?;
    let path = in_background(&app, move |teaching| Ok(teaching.image(lesson, n, width))).await?;
    let path = path.ok_or_else(|| ApiError::not_found(format!("there is no image {n}")))?;
    let wanted = width.map(|width| Picture::Lesson { lesson, n, width });
    shown_file(&app, path, wanted.zip(width)).await
}

/// Throws one image out of the lesson.
#[utoipa::path(delete, path = "/api/teaching/{lesson}/images/{n}",
    params(("lesson" = i64, Path), ("n" = u32, Path)),
    responses((status = 200, body = TeachingStatus),
    (status = 404, description = "There is no such lesson any more."),
    (status = 409, description = "Something else goes on: look at the lesson first."),
    (status = 507, description = "The disk has no room for it.")))]
pub async fn throw_out(
    State(app): State<App>,
    Path((lesson, n)): Path<(i64, u32)>,
) -> JsonReply<TeachingStatus> {
    then_shown(&app, move |teaching| teaching.throw_out(lesson, n)).await
}

/// Makes a model of the lesson's images, beside the running line.
#[utoipa::path(post, path = "/api/teaching/model", request_body = ModelWanted,
    responses((status = 200, body = TeachingStatus),
    (status = 404, description = "There is no such lesson any more."),
    (status = 409, description = "Something else goes on: look at the lesson first."),
    (status = 507, description = "The disk has no room for it.")))]
pub async fn teach(
    State(app): State<App>,
    actor: Actor,
    Json(wanted): Json<ModelWanted>,
) -> JsonReply<TeachingStatus> {
    let author = actor.named("author", wanted.author)?;
    let place = match wanted.place {
        Some(place) => ViewPlace::try_from(place)
            .map_err(|mistake| ApiError::bad_request(mistake.to_string()))?,
        None => ViewPlace::default(),
    };
    then_shown(&app, move |teaching| {
        teaching.teach(
            wanted.lesson,
            &wanted.name,
            &author,
            (wanted.keeps_odd, place),
        )
    })
    .await
}

/// Stops collecting or teaching. What was collected stays.
#[utoipa::path(post, path = "/api/teaching/stop", request_body = LessonMeant,
    responses((status = 200, body = TeachingStatus),
    (status = 404, description = "There is no such lesson any more."),
    (status = 409, description = "Something else goes on: look at the lesson first."),
    (status = 507, description = "The disk has no room for it.")))]
pub async fn stop(
    State(app): State<App>,
    Json(meant): Json<LessonMeant>,
) -> JsonReply<TeachingStatus> {
    then_shown(&app, move |teaching| teaching.stop(meant.lesson)).await
}

/// Uses the taught model for a style, as a new version of its recipe, from the next part on.
#[utoipa::path(post, path = "/api/teaching/use", request_body = TaughtUse,
    responses((status = 201, body = VersionCreated),
    (status = 404, description = "There is no such lesson, or it has no model yet."),
    (status = 409, description = "The recipe has a newer version: look at it first.")))]
pub async fn use_model(
    State(app): State<App>,
    actor: Actor,
    Json(used): Json<TaughtUse>,
) -> Result<(StatusCode, Json<VersionCreated>), ApiError> {
    let shown = in_background(&app, |teaching| Ok(teaching.shown())).await?;
    let lesson = shown.lesson.filter(|lesson| lesson.id == used.lesson);
    let taught = lesson.and_then(|lesson| Some((lesson.taught?, lesson.camera)));
    let Some((taught, camera)) = taught else {
        return Err(ApiError::not_found(
            "there is no taught model; somebody discarded the lesson".to_owned(),
        ));
    };
    let style = Style::new(&used.style)
        .map_err(|error| ApiError::bad_request(format!("the style {error}")))?;
    let new = NewUse {
        style,
        based_on: used.based_on,
        camera,
        model: taught.name,
        place: taught.place,
        reject_above: used.reject_above,
        accept_below: used.accept_below,
        author: actor.named("author", used.author)?,
        reason: used.reason.into_string(),
    };
    let handle = Arc::clone(&app.handle);
    let teaching = Arc::clone(&app.teaching);
    let used_by = move || {
        let version = handle.recipes().use_model(&new)?;
        teaching.used(new.style.as_str(), version);
        Ok(version)
    };
    let applied = app.workers.run(used_by).await?;
    let version = applied.map_err(|error| refusal(error, &used.style, used.based_on))?;
    let created = VersionCreated {
        style: used.style.into_string(),
        version,
    };
    Ok((StatusCode::CREATED, Json(created)))
}

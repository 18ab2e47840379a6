//! The lesson: collecting images of good parts, making a model of them, and using it.

use super::encoder::Picture;
use super::pictures::{Wanted, shown_file};
use super::tuning::{VersionCreated, refusal};
use super::{ApiError, App, JsonReply};
use crate::control::recipes::NewUse;
use crate::control::teaching::Desk;
use crate::control::teaching::asked::{DeskError, NewLesson, Shown, Source, Study};
use crate::control::teaching::lesson::{DEFECTS, Lesson, WANTED};
use crate::control::teaching::picture::file_bytes_max;
use crate::station::part::Style;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What the page opens with.
const WANTED_FIRST: u32 = 30;

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::NotFound(message) => ApiError::not_found(message),
            DeskError::Conflict(message) => ApiError::conflict(message),
            DeskError::Invalid(message) => ApiError::bad_request(message),
            DeskError::Storage(message) => ApiError::internal(message),
            DeskError::Refused(refused) => ApiError::refused(refused),
        }
    }
}

/// What files can be uploaded into the lesson.
#[derive(Serialize, ToSchema)]
pub struct FilesTaken {
    /// Pixels a row, as the camera gives.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// PFNC name: Mono8 or RGB8.
    pub pixel_format: String,
    /// Bytes of the largest file.
    pub bytes_max: u64,
}

/// The lesson and what goes on.
#[derive(Serialize, ToSchema)]
pub struct TeachingStatus {
    /// The lesson, if there is one.
    #[schema(required)]
    pub lesson: Option<Lesson>,
    /// While a model is made.
    #[schema(required)]
    pub study: Option<Study>,
    /// Images of this capture that found no room in the queue, because the disk was slow.
    pub images_dropped: u64,
    /// Whether the lesson's camera is connected.
    pub is_connected: bool,
    /// What files it takes, where there is a lesson.
    #[schema(required)]
    pub files: Option<FilesTaken>,
    /// Fewest images of defects that teaching uses.
    pub defects_min: u32,
    /// Most images of defects of a lesson.
    pub defects_max: u32,
    /// Fewest images of a lesson.
    pub images_min: u32,
    /// Most images of a lesson.
    pub images_max: u32,
    /// What is sensible.
    pub images_first: u32,
}

impl From<Shown> for TeachingStatus {
    fn from(shown: Shown) -> Self {
        Self {
            lesson: shown.lesson,
            study: shown.study,
            images_dropped: shown.dropped,
            is_connected: shown.is_connected,
            files: shown.shape.map(|shape| FilesTaken {
                width: shape.width,
                height: shape.height,
                pixel_format: shape.pixel_format.name().to_owned(),
                bytes_max: file_bytes_max(shape),
            }),
            defects_min: *DEFECTS.start(),
            defects_max: *DEFECTS.end(),
            images_min: *WANTED.start(),
            images_max: *WANTED.end(),
            images_first: WANTED_FIRST,
        }
    }
}

/// Where images come from.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceName {
    /// The next parts.
    Line,
    /// Passes whose pictures are stored, the newest first.
    History,
}

impl From<SourceName> for Source {
    fn from(name: SourceName) -> Self {
        match name {
            SourceName::Line => Source::Line,
            SourceName::History => Source::History,
        }
    }
}

/// A lesson to begin.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LessonBegun {
    /// Name of the camera.
    pub camera: String,
    /// Only parts of this style; null takes any.
    #[schema(required)]
    pub style: Option<String>,
    /// Whether only parts are taken whose view passed.
    pub only_passes: bool,
    /// Who.
    pub author: String,
    /// How many images.
    pub wanted: u32,
    /// From where; null collects nothing yet, as where images will be uploaded.
    #[schema(required)]
    pub source: Option<SourceName>,
}

/// More images for a lesson.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoreImages {
    /// Which lesson.
    pub lesson: i64,
    /// Who.
    pub author: String,
    /// How many images there shall be in all.
    pub wanted: u32,
    /// From where.
    pub source: SourceName,
}

/// Rejected parts of the history, as images of defects.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectsWanted {
    /// For which lesson.
    pub lesson: i64,
    /// Who.
    pub author: String,
    /// How many at most.
    pub count: u32,
}

/// A model to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelWanted {
    /// Of which lesson.
    pub lesson: i64,
    /// Its name: letters, digits, '-', '_' and '.'.
    pub name: String,
    /// Who.
    pub author: String,
}

/// Which lesson is meant, so that nobody stops or discards another one.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LessonMeant {
    /// Its id.
    pub lesson: i64,
}

/// The taught model to be used.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaughtUse {
    /// Of which lesson.
    pub lesson: i64,
    /// For parts of this style.
    pub style: String,
    /// The newest version of its recipe; 0 when it has none yet.
    pub based_on: u32,
    /// From here on it fails.
    pub reject_above: f32,
    /// Below it passes.
    pub accept_below: f32,
    /// Who.
    pub author: String,
    /// Why.
    pub reason: String,
}

/// Does something that may load a model, as a worker.
async fn at_desk<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&Desk) -> Result<T, DeskError> + Send + 'static,
) -> Result<T, ApiError> {
    let desk = Arc::clone(&app.desk);
    let done = app.workers.run(move || work(&desk)).await?;
    done.map_err(ApiError::from)
}

/// Looks, or takes a file, in the background.
pub(super) async fn beside_desk<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&Desk) -> Result<T, DeskError> + Send + 'static,
) -> Result<T, ApiError> {
    let desk = Arc::clone(&app.desk);
    let done = tokio::task::spawn_blocking(move || work(&desk)).await;
    done.map_err(|error| ApiError::internal(error.to_string()))?
        .map_err(ApiError::from)
}

/// Does it as a worker, and says how things stand then.
async fn then_shown(
    app: &App,
    work: impl FnOnce(&Desk) -> Result<(), DeskError> + Send + 'static,
) -> JsonReply<TeachingStatus> {
    let shown = at_desk(app, move |desk| work(desk).map(|()| desk.shown())).await?;
    Ok(Json(shown.into()))
}

/// The lesson and what goes on.
#[utoipa::path(get, path = "/api/teaching", responses((status = 200, body = TeachingStatus)))]
pub async fn lesson(State(app): State<App>) -> JsonReply<TeachingStatus> {
    let shown = beside_desk(&app, |desk| Ok(desk.shown())).await?;
    Ok(Json(shown.into()))
}

/// Begins a lesson: collects images of good parts.
#[utoipa::path(post, path = "/api/teaching", request_body = LessonBegun,
    responses((status = 200, body = TeachingStatus)))]
pub async fn begin(
    State(app): State<App>,
    Json(begun): Json<LessonBegun>,
) -> JsonReply<TeachingStatus> {
    let new = NewLesson {
        camera: begun.camera,
        style: begun.style.filter(|style| !style.is_empty()),
        only_passes: begun.only_passes,
        author: begun.author,
        wanted: begun.wanted,
        source: begun.source.map(Source::from),
    };
    then_shown(&app, move |desk| desk.begin(&new)).await
}

/// Throws the lesson away; models that were made of it stay.
#[utoipa::path(delete, path = "/api/teaching", request_body = LessonMeant,
    responses((status = 200, body = TeachingStatus)))]
pub async fn discard(
    State(app): State<App>,
    Json(meant): Json<LessonMeant>,
) -> JsonReply<TeachingStatus> {
    then_shown(&app, move |desk| desk.discard(meant.lesson)).await
}

/// Collects more images into the lesson.
#[utoipa::path(post, path = "/api/teaching/images", request_body = MoreImages,
    responses((status = 200, body = TeachingStatus)))]
pub async fn go_on(
    State(app): State<App>,
    Json(more): Json<MoreImages>,
) -> JsonReply<TeachingStatus> {
    then_shown(&app, move |desk| {
        desk.go_on(more.lesson, more.wanted, &more.author, more.source.into())
    })
    .await
}

/// Takes the newest rejected parts of the lesson's camera and style from the history, as images of defects.
#[utoipa::path(post, path = "/api/teaching/defects", request_body = RejectsWanted,
    responses((status = 200, body = TeachingStatus)))]
pub async fn recall_rejects(
    State(app): State<App>,
    Json(wanted): Json<RejectsWanted>,
) -> JsonReply<TeachingStatus> {
    then_shown(&app, move |desk| {
        desk.recall_rejects(wanted.lesson, wanted.count, &wanted.author)
    })
    .await
}

/// An image of the lesson: as it is on the disk, or as a JPEG no wider than asked.
pub async fn image(
    State(app): State<App>,
    Path((lesson, n)): Path<(i64, u32)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let width = wanted.width()?;
    let path = beside_desk(&app, move |desk| Ok(desk.image(lesson, n, width))).await?;
    let path = path.ok_or_else(|| ApiError::not_found(format!("there is no image {n}")))?;
    let wanted = width.map(|width| Picture::Lesson { lesson, n, width });
    shown_file(&app, path, wanted.zip(width)).await
}

/// Throws one image out of the lesson.
#[utoipa::path(delete, path = "/api/teaching/{lesson}/images/{n}",
    params(("lesson" = i64, Path), ("n" = u32, Path)),
    responses((status = 200, body = TeachingStatus)))]
pub async fn throw_out(
    State(app): State<App>,
    Path((lesson, n)): Path<(i64, u32)>,
) -> JsonReply<TeachingStatus> {
    then_shown(&app, move |desk| desk.throw_out(lesson, n)).await
}

/// Makes a model of the lesson's images, beside the running line.
#[utoipa::path(post, path = "/api/teaching/model", request_body = ModelWanted,
    responses((status = 200, body = TeachingStatus)))]
pub async fn teach(
    State(app): State<App>,
    Json(wanted): Json<ModelWanted>,
) -> JsonReply<TeachingStatus> {
    then_shown(&app, move |desk| {
        desk.teach(wanted.lesson, &wanted.name, &wanted.author)
    })
    .await
}

/// Stops collecting or teaching. What was collected stays.
#[utoipa::path(post, path = "/api/teaching/stop", request_body = LessonMeant,
    responses((status = 200, body = TeachingStatus)))]
pub async fn stop(
    State(app): State<App>,
    Json(meant): Json<LessonMeant>,
) -> JsonReply<TeachingStatus> {
    then_shown(&app, move |desk| desk.stop(meant.lesson)).await
}

/// Uses the taught model for a style, as a new version of its recipe, from the next part on.
#[utoipa::path(post, path = "/api/teaching/use", request_body = TaughtUse,
    responses((status = 201, body = VersionCreated)))]
pub async fn use_model(
    State(app): State<App>,
    Json(used): Json<TaughtUse>,
) -> Result<(StatusCode, Json<VersionCreated>), ApiError> {
    let shown = beside_desk(&app, |desk| Ok(desk.shown())).await?;
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
        reject_above: used.reject_above,
        accept_below: used.accept_below,
        author: used.author,
        reason: used.reason,
    };
    let handle = Arc::clone(&app.handle);
    let desk = Arc::clone(&app.desk);
    let used_by = move || {
        let version = handle.recipes().use_model(&new)?;
        desk.used(new.style.as_str(), version);
        Ok(version)
    };
    let applied = app.workers.run(used_by).await?;
    let version = applied.map_err(|error| refusal(error, &used.style, used.based_on))?;
    let created = VersionCreated {
        style: used.style,
        version,
    };
    Ok((StatusCode::CREATED, Json(created)))
}

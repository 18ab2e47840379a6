//! The station's web server: page, API, pictures. DTOs and status codes live here only. It sees the
//! pipeline's handle and the log's reader, and nothing that decides.

mod alarms;
mod connections;
mod dto;
mod encoder;
mod events;
mod files;
mod health;
mod overlay;
mod pictures;
mod reply;
mod results;
mod serve;
mod status;
mod teaching;
mod transport;
mod tuning;
mod upload;
mod workers;

use crate::control::handle::Handle;
use crate::control::teaching::Desk;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
pub use connections::raise_descriptors;
use encoder::Encoder;
pub use reply::ApiError;
pub use serve::serve;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use utoipa::OpenApi;
use workers::Workers;

/// What every handler may see.
#[derive(Clone)]
pub struct App {
    handle: Arc<Handle>,
    data: Arc<PathBuf>,
    desk: Arc<Desk>,
    receiving: Arc<tokio::sync::Semaphore>,
    exporting: Arc<tokio::sync::Semaphore>,
    workers: Arc<Workers>,
    encoder: Arc<Encoder>,
    asking: Arc<tokio::sync::Semaphore>,
    is_loopback: bool,
}

impl App {
    /// `is_loopback` says that only this machine may ask, so that a page from elsewhere, shown by a
    /// browser on this machine, is refused (DNS rebinding). What people change is done by threads of the caller's
    /// priority.
    pub fn new(handle: Arc<Handle>, data: PathBuf, desk: Arc<Desk>, is_loopback: bool) -> Self {
        Self {
            handle,
            data: Arc::new(data),
            desk,
            receiving: Arc::new(tokio::sync::Semaphore::new(upload::RECEIVED_MAX)),
            exporting: Arc::new(tokio::sync::Semaphore::new(results::EXPORTS_MAX)),
            workers: Arc::new(Workers::start()),
            encoder: Arc::new(Encoder::start()),
            asking: Arc::new(tokio::sync::Semaphore::new(QUESTIONS_MAX)),
            is_loopback,
        }
    }
}

/// The API's document, committed as `ui/openapi.json`.
#[derive(OpenApi)]
#[openapi(
    info(title = "inspector", description = "The station's API"),
    paths(
        health::health,
        health::ready,
        health::metrics,
        status::get_status,
        results::list,
        results::detail,
        results::facets,
        alarms::alarms,
        alarms::acknowledge,
        tuning::recipes,
        tuning::histogram,
        tuning::would_change,
        tuning::apply,
        tuning::go_back,
        teaching::lesson,
        teaching::begin,
        teaching::discard,
        teaching::go_on,
        teaching::recall_rejects,
        teaching::throw_out,
        upload::upload,
        teaching::teach,
        teaching::stop,
        teaching::use_model,
    ),
    components(schemas(reply::ErrorReply, crate::control::teaching::lesson::ImageKind))
)]
struct Document;

/// The API's document as JSON, as committed.
pub fn openapi_json() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Every route.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/api/status", get(status::get_status))
        .route("/api/events", get(events::events))
        .route("/api/live/{view}/image.jpg", get(pictures::live_image))
        .route("/api/live/{view}/overlay.png", get(pictures::live_overlay))
        .route("/api/results", get(results::list))
        .route("/api/results/{id}", get(results::detail))
        .route(
            "/api/results/{id}/views/{view}/image",
            get(pictures::stored_image),
        )
        .route(
            "/api/results/{id}/views/{view}/overlay.png",
            get(pictures::stored_overlay),
        )
        .route("/api/facets", get(results::facets))
        .route("/api/alarms", get(alarms::alarms))
        .route("/api/alarms/acknowledge", post(alarms::acknowledge))
        .route("/api/recipes", get(tuning::recipes))
        .route("/api/recipes/{style}/histogram", get(tuning::histogram))
        .route(
            "/api/recipes/{style}/would-change",
            get(tuning::would_change),
        )
        .route("/api/recipes/{style}/versions", post(tuning::apply))
        .route("/api/recipes/{style}/back", post(tuning::go_back))
        .route(
            "/api/teaching",
            get(teaching::lesson)
                .post(teaching::begin)
                .delete(teaching::discard),
        )
        .route("/api/teaching/images", post(teaching::go_on))
        .route(
            "/api/teaching/{lesson}/images/{n}",
            get(teaching::image).delete(teaching::throw_out),
        )
        .route("/api/teaching/defects", post(teaching::recall_rejects))
        .route("/api/teaching/{lesson}/files", post(upload::upload))
        .route("/api/teaching/model", post(teaching::teach))
        .route("/api/teaching/stop", post(teaching::stop))
        .route("/api/teaching/use", post(teaching::use_model))
        .route("/api/export.csv", get(results::export))
        .route("/api/openapi.json", get(document))
        .route("/api", get(no_such_route))
        .route("/api/{*rest}", axum::routing::any(no_such_route))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/", get(page))
        .route("/{*path}", get(asset))
        .layer(middleware::from_fn_with_state(app.clone(), only_from_here))
        .with_state(app)
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi_json()).into_response()
}

async fn no_such_route(request: Request) -> ApiError {
    ApiError::not_found(format!("there is no {}", request.uri().path()))
}

fn served(asset: ui::Asset) -> Response {
    let cache = if asset.is_immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, cache),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, asset.bytes.into_owned()).into_response()
}

async fn page() -> Response {
    served(ui::index())
}

async fn asset(Path(path): Path<String>) -> Response {
    match ui::asset(&path) {
        Some(asset) => served(asset),
        // A file that is not there is not the page; an address inside the app is.
        None if path.contains('.') => StatusCode::NOT_FOUND.into_response(),
        None => served(ui::index()),
    }
}

/// On loopback, only names of this machine are answered.
async fn only_from_here(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_here = matches!(name, "localhost" | "127.0.0.1" | "[::1]" | "");
    if app.is_loopback && !is_here {
        return ApiError::forbidden(format!(
            "expected a request to this machine by the name localhost or 127.0.0.1, found {host:?}"
        ))
        .into_response();
    }
    next.run(request).await
}

/// Questions to the log at a time: each opens it anew.
const QUESTIONS_MAX: usize = 4;
/// How long one may wait for its turn.
const ASKED_WITHIN: Duration = Duration::from_secs(5);

/// Runs a question to the log where waiting is allowed.
async fn ask<T: Send + 'static>(
    app: &App,
    question: impl FnOnce(&crate::results::reader::Reader) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    let turn = Arc::clone(&app.asking).acquire_owned();
    let Ok(Ok(turn)) = tokio::time::timeout(ASKED_WITHIN, turn).await else {
        let message =
            "more is asked of the log than it answers beside its work; try again in a moment";
        return Err(ApiError::busy(message.to_owned()));
    };
    let data = Arc::clone(&app.data);
    let asked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let reader = crate::results::reader::Reader::open(&data)
            .map_err(|error| ApiError::internal(error.to_string()))?;
        question(&reader).map_err(|error| ApiError::internal(format!("result log: {error}")))
    });
    asked
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?
}

type JsonReply<T> = Result<Json<T>, ApiError>;

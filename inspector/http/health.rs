//! What other machines ask of the station: does it live, does it work, and its figures.

use super::extract::Json;
use super::{ApiError, App, JsonReply};
use crate::telemetry::metrics::{self, Scraped};
use crate::telemetry::readiness;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// That the program runs.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// Of the software.
    pub version: &'static str,
}

/// Whether the program is alive: it answers. Whether it does its work, `/ready` says.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health)))]
pub async fn health() -> JsonReply<Health> {
    Ok(Json(Health {
        version: env!("CARGO_PKG_VERSION"),
    }))
}

/// Whether the station does its work.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    /// It judges parts, makes results durable, and hears the line.
    pub is_ready: bool,
    /// Why not; empty when it is ready.
    pub reasons: Vec<NotReady>,
}

/// One thing that keeps the station from its work.
#[derive(Serialize, ToSchema)]
pub struct NotReady {
    /// What it cannot do: `deciding`, `recording` or `line`.
    pub duty: &'static str,
    /// The alarm's code, or the station's state.
    pub code: &'static str,
    /// Which camera or thread; empty where there is one only.
    pub subject: String,
    /// What was found.
    pub message: String,
}

/// Whether the station judges parts, makes results durable and hears the line: 503 with the reasons else.
#[utoipa::path(get, path = "/ready", responses(
    (status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let state = app.handle.stats().state.get();
    let reasons = readiness::reasons(state, &app.handle.alarms());
    let status = if reasons.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let told = reasons.into_iter().map(|reason| NotReady {
        duty: reason.duty.name(),
        code: reason.code,
        subject: reason.subject,
        message: reason.message,
    });
    let body = Readiness {
        is_ready: status == StatusCode::OK,
        reasons: told.collect(),
    };
    (status, Json(body))
}

/// The figures of the station, in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", responses(
    (status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(app): State<App>) -> Result<Response, ApiError> {
    let info = app.handle.info();
    let alarms = app.handle.alarms();
    let scraped = Scraped {
        stats: app.handle.stats(),
        gauges: app.handle.gauges(),
        cameras: info
            .cameras
            .iter()
            .map(|camera| camera.name.as_str())
            .collect(),
        alarms: &alarms,
        started_at: info.started_at,
        now: app.handle.now(),
        event_streams: app.listeners.count(),
    };
    let text = metrics::text(&scraped).map_err(|error| ApiError::internal(error.to_string()))?;
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

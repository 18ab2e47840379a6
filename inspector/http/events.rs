//! Server-sent events: every part as it leaves, and the state twice a second.

use super::dto::ReviewCame;
use super::rights::Asking;
use super::serve::Ends;
use super::shares::Shares;
use super::status::{status, summary};
use super::{ApiError, App};
use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::{BroadcastStream, IntervalStream};
use tokio_stream::{Stream, StreamExt};

const STATUS_EVERY: Duration = Duration::from_millis(500);
/// Streams at a time.
const LISTENERS_MAX: usize = 64;
/// Streams of one client at a time. A browser needs one for all its tabs.
const LISTENERS_MAX_OF_CLIENT: usize = 8;

/// As many listeners as there may be.
pub fn listeners() -> Shares {
    Shares::new(LISTENERS_MAX, LISTENERS_MAX_OF_CLIENT)
}

fn event(name: &str, data: &impl serde::Serialize) -> Result<Event, Infallible> {
    Ok(Event::default()
        .event(name)
        .json_data(data)
        .unwrap_or_default())
}

/// Every part as it leaves (`part`, a `PartSummary`), the state twice a second (`status`, a `StationStatus`), and that somebody
/// reviewed a part or took that back (`review`, a `ReviewCame`). A
/// browser that falls behind misses parts, and finds them in the list. It ends within a second where the session or token ends.
#[utoipa::path(get, path = "/api/events",
    responses((status = 200, description = "Server-sent events, without an end of their own.", body = String,
        content_type = "text/event-stream")))]
pub async fn events(
    State(app): State<App>,
    Extension(ends): Extension<Ends>,
    asking: Asking,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let listener = app.listeners.take(ends.client()).ok_or_else(|| {
        let message = format!(
            "{LISTENERS_MAX_OF_CLIENT} event streams of one client, {LISTENERS_MAX} of all, are open; ask \
             /api/status instead, or try again when one is closed"
        );
        ApiError::busy(message)
    })?;
    let handle = app.handle.clone();
    let parts = BroadcastStream::new(app.handle.subscribe()).filter_map(move |part| {
        let part = part.ok()?;
        Some(Some(event("part", &summary(&handle, &part))))
    });
    let reviews = BroadcastStream::new(app.reviews.subscribe()).filter_map(|came| {
        let came = came.ok()?;
        Some(Some(event("review", &ReviewCame::from(came))))
    });
    let states = IntervalStream::new(tokio::time::interval(STATUS_EVERY)).map(move |_| {
        let _counted = &listener;
        // Nothing more for whoever has logged out since, or is disabled.
        asking
            .is_still_known(&app)
            .then(|| event("status", &status(&app)))
    });
    let all = parts.merge(reviews).merge(states);
    let all = all.take_while(Option::is_some).filter_map(|event| event);
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(5));
    Ok(Sse::new(all).keep_alive(keep_alive))
}

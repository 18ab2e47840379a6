//! Server-sent events: every part as it leaves, and the state twice a second.

use super::App;
use super::status::{status, summary};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::{BroadcastStream, IntervalStream};
use tokio_stream::{Stream, StreamExt};

const STATUS_EVERY: Duration = Duration::from_millis(500);

fn event(name: &str, data: &impl serde::Serialize) -> Result<Event, Infallible> {
    Ok(Event::default()
        .event(name)
        .json_data(data)
        .unwrap_or_default())
}

/// A browser that falls behind misses parts, and finds them in the list.
pub async fn events(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let handle = app.handle.clone();
    let parts = BroadcastStream::new(app.handle.subscribe()).filter_map(move |part| {
        let part = part.ok()?;
        Some(event("part", &summary(&handle, &part)))
    });
    let states = IntervalStream::new(tokio::time::interval(STATUS_EVERY))
        .map(move |_| event("status", &status(&app)));
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(5));
    Sse::new(parts.merge(states)).keep_alive(keep_alive)
}

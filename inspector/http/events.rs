//! Server-sent events: every part as it leaves, and the state twice a second.

use super::connections::Client;
use super::serve::Ends;
use super::status::{status, summary};
use super::{ApiError, App};
use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_stream::wrappers::{BroadcastStream, IntervalStream};
use tokio_stream::{Stream, StreamExt};

const STATUS_EVERY: Duration = Duration::from_millis(500);
/// Streams at a time.
const LISTENERS_MAX: usize = 64;
/// Streams of one client at a time. A browser needs one for all its tabs.
const LISTENERS_MAX_OF_CLIENT: usize = 8;

/// Who listens.
#[derive(Clone, Debug, Default)]
pub struct Listeners(Arc<Mutex<Vec<Client>>>);

/// One of them, until it is dropped.
struct Listener {
    client: Client,
    all: Listeners,
}

impl Listeners {
    /// How many streams are open.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn one_more(&self, client: Client) -> Option<Listener> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.iter().filter(|other| **other == client).count();
        if all.len() >= LISTENERS_MAX || own >= LISTENERS_MAX_OF_CLIENT {
            return None;
        }
        all.push(client);
        Some(Listener {
            client,
            all: self.clone(),
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = all.iter().position(|other| *other == self.client) {
            all.swap_remove(own);
        }
    }
}

fn event(name: &str, data: &impl serde::Serialize) -> Result<Event, Infallible> {
    Ok(Event::default()
        .event(name)
        .json_data(data)
        .unwrap_or_default())
}

/// Every part as it leaves (`part`, a `PartSummary`), and the state twice a second (`status`, a `StationStatus`). A
/// browser that falls behind misses parts, and finds them in the list.
#[utoipa::path(get, path = "/api/events",
    responses((status = 200, description = "Server-sent events, without an end.", body = String,
        content_type = "text/event-stream")))]
pub async fn events(
    State(app): State<App>,
    Extension(ends): Extension<Ends>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let listener = app.listeners.one_more(ends.client()).ok_or_else(|| {
        let message = format!(
            "{LISTENERS_MAX_OF_CLIENT} event streams of one client, {LISTENERS_MAX} of all, are open; ask \
             /api/status instead, or try again when one is closed"
        );
        ApiError::busy(message)
    })?;
    let handle = app.handle.clone();
    let parts = BroadcastStream::new(app.handle.subscribe()).filter_map(move |part| {
        let part = part.ok()?;
        Some(event("part", &summary(&handle, &part)))
    });
    let states = IntervalStream::new(tokio::time::interval(STATUS_EVERY)).map(move |_| {
        let _counted = &listener;
        event("status", &status(&app))
    });
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(5));
    Ok(Sse::new(parts.merge(states)).keep_alive(keep_alive))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn nobody_can_listen_so_often_that_no_room_is_left_for_others() {
        let listeners = Listeners::default();
        let client = |n: u8| Client::from(IpAddr::from([10, 0, 0, n]));
        let mut held = Vec::new();
        for n in 0..20 {
            for _ in 0..20 {
                held.extend(listeners.one_more(client(n)));
            }
        }
        assert_eq!(
            (held.len(), listeners.count()),
            (LISTENERS_MAX, LISTENERS_MAX)
        );
        assert!(listeners.one_more(client(99)).is_none());
        held.remove(0);
        assert!(listeners.one_more(client(99)).is_some());
        drop(held);
        assert!(listeners.one_more(client(0)).is_some());
    }
}

//! Pictures made for the page: each once for all who ask for it, at most two at a time in the whole server, by threads
//! that everybody else goes before. What was made is kept for a while; what finds no room to wait is refused.

mod kept;

use self::kept::Kept;
pub use self::kept::Picture;
use super::ApiError;
use crate::priority::Priority;
use axum::body::Bytes;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

const THREADS: usize = 2;
/// Pictures that wait for one of them.
const WAITING_MAX: usize = 64;
/// Whoever waited so long has gone, or should ask again.
const MADE_WITHIN: Duration = Duration::from_secs(10);

type Made = Result<Bytes, ApiError>;
type Make = Box<dyn FnOnce() -> Result<Vec<u8>, ApiError> + Send>;

#[derive(Default)]
struct State {
    waiting: VecDeque<(Picture, Make)>,
    asked: HashMap<Picture, Vec<oneshot::Sender<Made>>>,
    kept: Kept,
    is_closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See the module.
pub struct Encoder(Arc<Shared>);

impl Encoder {
    /// Its threads end with it.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        for _ in 0..THREADS {
            let shared = Arc::clone(&shared);
            let thread = std::thread::Builder::new().name("encoder".to_owned());
            // Without any, every picture is refused in time.
            drop(thread.spawn(move || {
                // Where it is refused, pictures are made in turn with the rest.
                drop(Priority::Background.take());
                work(&shared);
            }));
        }
        Self(shared)
    }

    /// The picture, made by `make` unless it is there or somebody asked for it before. Live ones go first.
    ///
    /// # Errors
    /// 503 when too many wait or it takes too long; else what `make` said.
    pub async fn get(
        &self,
        picture: Picture,
        make: impl FnOnce() -> Result<Vec<u8>, ApiError> + Send + 'static,
    ) -> Made {
        let made = {
            let mut state = self.0.state();
            if let Some(made) = state.kept.get(&picture) {
                return Ok(made);
            }
            let (done, made) = oneshot::channel();
            if let Some(others) = state.asked.get_mut(&picture) {
                others.push(done);
            } else if state.waiting.len() >= WAITING_MAX {
                return Err(busy());
            } else {
                state.asked.insert(picture, vec![done]);
                let job = (picture, Box::new(make) as Make);
                match picture {
                    Picture::Live { .. } => state.waiting.push_front(job),
                    _ => state.waiting.push_back(job),
                }
                self.0.wake.notify_one();
            }
            made
        };
        match tokio::time::timeout(MADE_WITHIN, made).await {
            Ok(Ok(made)) => made,
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.0.state().is_closed = true;
        self.0.wake.notify_all();
    }
}

fn busy() -> ApiError {
    let message =
        "more pictures are asked for than the station makes beside its work; try again in a moment";
    ApiError::busy(message.to_owned())
}

fn work(shared: &Shared) {
    while let Some((picture, make)) = next(shared) {
        let made = catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| {
            let message = format!("{picture:?} could not be made; look at the station's log");
            Err(ApiError::internal(message))
        });
        let made = made.map(Bytes::from);
        let mut state = shared.state();
        let asked = state.asked.remove(&picture).unwrap_or_default();
        if let Ok(made) = &made {
            state.kept.put(picture, made.clone());
        }
        drop(state);
        for done in asked {
            // Whoever has gone needs none.
            drop(done.send(made.clone()));
        }
    }
}

/// The next picture that somebody still waits for.
fn next(shared: &Shared) -> Option<(Picture, Make)> {
    let mut state = shared.state();
    loop {
        if state.is_closed {
            return None;
        }
        let Some((picture, make)) = state.waiting.pop_front() else {
            state = shared
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let asked = state.asked.get(&picture);
        if asked.is_some_and(|asked| asked.iter().any(|done| !done.is_closed())) {
            return Some((picture, make));
        }
        state.asked.remove(&picture);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, sync_channel};
    use tokio::task::JoinSet;

    fn narrow(result: i64) -> Picture {
        let (view, width) = (0, 320);
        Picture::Narrow {
            result,
            view,
            width,
        }
    }

    fn live(part_no: u64) -> Picture {
        let (view, is_heat) = (0, false);
        Picture::Live {
            view,
            is_heat,
            part_no,
        }
    }

    /// Holds both threads until the sender is dropped.
    async fn hold(encoder: &Arc<Encoder>, asking: &mut JoinSet<Made>, gate: Receiver<()>) {
        let gate = Arc::new(Mutex::new(gate));
        let begun = Arc::new(AtomicUsize::new(0));
        for n in 0..THREADS {
            let (encoder, gate) = (Arc::clone(encoder), Arc::clone(&gate));
            let (mine, begun) = (Arc::clone(&begun), begun.clone());
            asking.spawn(async move {
                let held = move || {
                    mine.fetch_add(1, Ordering::SeqCst);
                    drop(gate.lock().map(|gate| gate.recv()));
                    Ok(vec![0])
                };
                drop(begun);
                encoder.get(narrow(-1 - n as i64), held).await
            });
        }
        while begun.load(Ordering::SeqCst) < THREADS {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_picture_is_made_once_for_all_who_ask_and_two_at_a_time() {
        let encoder = Arc::new(Encoder::start());
        let (made, at_once, most) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicUsize::new(0)),
        );
        let mut asking = JoinSet::new();
        for client in 0..64_u64 {
            let encoder = Arc::clone(&encoder);
            let counted = (Arc::clone(&made), Arc::clone(&at_once), Arc::clone(&most));
            asking.spawn(async move {
                let make = move || {
                    let (made, at_once, most) = counted;
                    made.fetch_add(1, Ordering::SeqCst);
                    most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(5));
                    at_once.fetch_sub(1, Ordering::SeqCst);
                    Ok(vec![client as u8])
                };
                let result = (client % 8) as i64;
                encoder.get(narrow(result), make).await
            });
        }
        while let Some(answer) = asking.join_next().await {
            assert_eq!(answer.expect("it ended").expect("a picture").len(), 1);
        }
        assert_eq!(made.load(Ordering::SeqCst), 8);
        assert!(most.load(Ordering::SeqCst) <= THREADS);
        let again = encoder.get(narrow(3), || Err(busy())).await;
        assert!(again.is_ok(), "it was kept");
    }

    #[tokio::test]
    async fn what_finds_no_room_to_wait_is_refused_at_once_and_live_pictures_go_first() {
        let encoder = Arc::new(Encoder::start());
        let mut asking = JoinSet::new();
        let (gate, held) = sync_channel::<()>(1);
        hold(&encoder, &mut asking, held).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut ask = |picture: Picture| {
            let (encoder, order) = (Arc::clone(&encoder), Arc::clone(&order));
            asking.spawn(async move {
                let make = move || {
                    order.lock().expect("a list").push(picture);
                    Ok(vec![1])
                };
                encoder.get(picture, make).await
            });
        };
        for result in 0..WAITING_MAX as i64 - 1 {
            ask(narrow(result));
        }
        ask(live(7));
        while encoder.0.state().waiting.len() < WAITING_MAX {
            tokio::task::yield_now().await;
        }
        let refused = encoder.get(narrow(1_000), || Ok(vec![1])).await;
        assert!(refused.is_err(), "there was room for {WAITING_MAX}");
        drop(gate);
        while let Some(answer) = asking.join_next().await {
            assert!(answer.expect("it ended").is_ok());
        }
        let order = order.lock().expect("a list");
        assert!(order[..THREADS].contains(&live(7)), "{order:?}");
    }

    #[tokio::test]
    async fn a_picture_that_nobody_waits_for_any_more_is_not_made() {
        let encoder = Arc::new(Encoder::start());
        let mut asking = JoinSet::new();
        let (gate, held) = sync_channel::<()>(1);
        hold(&encoder, &mut asking, held).await;
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let gone = encoder.get(narrow(1), move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(vec![1])
        });
        let waited = tokio::time::timeout(Duration::from_millis(20), gone).await;
        assert!(waited.is_err());
        drop(gate);
        // Made after it, so that it would have been.
        assert!(encoder.get(narrow(2), || Ok(vec![1])).await.is_ok());
        assert!(encoder.get(narrow(3), || Ok(vec![1])).await.is_ok());
        assert_eq!(made.load(Ordering::SeqCst), 0);
    }
}

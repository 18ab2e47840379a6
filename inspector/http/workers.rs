//! Threads for what people ask of the station itself, as a new threshold or a model. They are no background threads:
//! helpers of a model that is loaded here run at the priority of the thread that loads it.

use super::ApiError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

const THREADS: usize = 2;
/// More than people do at a time.
const WAITING_MAX: usize = 8;

type Job = Box<dyn FnOnce() + Send>;

/// See the module.
pub struct Workers(SyncSender<Job>);

impl Workers {
    /// With the priority of the calling thread. They end with this.
    pub fn start() -> Self {
        let (jobs, waiting) = sync_channel::<Job>(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..THREADS {
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new().name("control".to_owned());
            // Without any, nothing is taken, and every question says so.
            drop(thread.spawn(move || work(&waiting)));
        }
        Self(jobs)
    }

    /// What it says, once it is done.
    ///
    /// # Errors
    /// 503 when so much waits already, 500 when it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let (done, answer) = oneshot::channel();
        let job = Box::new(move || drop(done.send(job())));
        let busy = "the station is busy with what others asked; try again in a moment";
        self.0
            .try_send(job)
            .map_err(|_| ApiError::busy(busy.to_owned()))?;
        let died = "what was asked broke off; look at the station's log";
        answer
            .await
            .map_err(|_| ApiError::internal(died.to_owned()))
    }
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = next else {
            return;
        };
        // Whoever asked is told, and the thread goes on.
        drop(catch_unwind(AssertUnwindSafe(job)));
    }
}

//! The thread that carries the index on.

use super::index::Index;
use crate::results::open;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::io;
use std::path::Path;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// So often it looks whether anything came.
const EVERY: Duration = Duration::from_millis(500);
/// After a failure it waits so long before it begins again.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Carries the index on as long as it lives. What goes wrong costs time when parts are looked for, and nothing else: it is tried
/// again, and made anew where it cannot be read.
pub struct Follower {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Starts its thread. `prepare` is called on it first, as to give it its priority.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(data: &Path, prepare: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (stop, stopped) = bounded(0);
        let data = data.to_owned();
        let body = move || {
            prepare();
            follow(&data, &stopped);
        };
        let thread = Builder::new().name("search".to_owned()).spawn(body)?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.stop.take());
        // It ends within one batch.
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Brings the index up to what is recorded now, as for a log whose station does not run.
///
/// # Errors
/// When the log cannot be opened, or the index cannot be written.
pub fn catch_up(data: &Path) -> Result<(), open::OpenError> {
    let log = open::readable(data)?;
    let failed = |error: rusqlite::Error| {
        open::OpenError::Log(open::log_error(&super::database(data), &error))
    };
    let mut index = Index::for_writing(data, &log).map_err(failed)?;
    while index.carry_on(&log).map_err(failed)? {}
    Ok(())
}

fn is_over(stopped: &Receiver<()>, pause: Duration) -> bool {
    matches!(
        stopped.recv_timeout(pause),
        Err(RecvTimeoutError::Disconnected) | Ok(())
    )
}

fn follow(data: &Path, stopped: &Receiver<()>) {
    loop {
        let pause = match carried_on(data, stopped) {
            Ok(()) => return,
            Err(()) => AGAIN_AFTER,
        };
        if is_over(stopped, pause) {
            return;
        }
    }
}

/// Until it is told to stop, or fails.
fn carried_on(data: &Path, stopped: &Receiver<()>) -> Result<(), ()> {
    let log = open::readable(data).map_err(drop)?;
    let mut index = Index::for_writing(data, &log).map_err(drop)?;
    loop {
        let has_more = index.carry_on(&log).map_err(drop)?;
        let pause = if has_more { Duration::ZERO } else { EVERY };
        if is_over(stopped, pause) {
            return Ok(());
        }
    }
}

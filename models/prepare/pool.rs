//! A pool of threads that share the preparing of an image. A core that helps to run the model is idle until then.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Most threads that share work, the calling one among them. More would wait for the same memory.
pub(crate) const THREADS_MAX: usize = 4;

/// How often the last to finish is looked for before its end is slept for: some 0.1 ms.
const LOOKS: u32 = 4_000;

/// The thread that calls, and those that help it: nobody by default. They sleep until they are called.
#[derive(Default)]
pub(crate) struct ThreadPool {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
}

/// Called with the number of a thread of the pool and of a part.
type Work<'a> = dyn Fn(usize, usize) + Sync + 'a;

#[derive(Default)]
struct Shared {
    call: Mutex<Call>,
    called: Condvar,
    done: Condvar,
    has_failed: AtomicBool,
    /// The next part that nobody has taken.
    next: AtomicUsize,
    /// Helpers that are at work. Changes while `call` is held.
    busy: AtomicUsize,
}

#[derive(Default)]
struct Call {
    /// None while nothing is shared.
    task: Option<Task>,
    /// Counts the calls, so that none is answered twice.
    number: u64,
    is_over: bool,
}

#[derive(Clone, Copy)]
struct Task {
    /// Lives until [`ThreadPool::run`] returns, which waits for all who were given it.
    work: *const Work<'static>,
    parts: usize,
}

// SAFETY: what it points to may be called by any thread (`Sync`).
unsafe impl Send for Task {}

impl Shared {
    fn call(&self) -> MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does parts until all are taken.
    fn work(&self, thread: usize, parts: usize, work: &Work) {
        loop {
            let part = self.next.fetch_add(1, Ordering::Relaxed);
            if part >= parts {
                return;
            }
            work(thread, part);
        }
    }

    /// What a helper does until the pool is dropped.
    fn help(&self, thread: usize) {
        let mut seen = 0;
        let mut call = self.call();
        loop {
            if call.is_over {
                return;
            }
            let Some(task) = call.task.filter(|_| call.number != seen) else {
                call = self
                    .called
                    .wait(call)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            seen = call.number;
            self.busy.fetch_add(1, Ordering::Relaxed);
            drop(call);
            let at_work = AtWork(self);
            // SAFETY: whoever shares it waits until nobody is busy, and this helper is.
            self.work(thread, task.parts, unsafe { &*task.work });
            drop(at_work);
            call = self.call();
        }
    }
}

/// A helper is busy as long as this lives.
struct AtWork<'a>(&'a Shared);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.has_failed.store(true, Ordering::Relaxed);
        }
        let call = self.0.call();
        self.0.busy.fetch_sub(1, Ordering::Release);
        // Not held any longer: the one that is told would wait for it.
        drop(call);
        self.0.done.notify_one();
    }
}

/// No helper has the work any more once this was dropped.
struct WaitForHelpers<'a>(&'a Shared);

impl Drop for WaitForHelpers<'_> {
    fn drop(&mut self) {
        let mut call = self.0.call();
        call.task = None;
        drop(call);
        let is_done = || self.0.busy.load(Ordering::Acquire) == 0;
        if (0..LOOKS).any(|_| {
            std::hint::spin_loop();
            is_done()
        }) {
            return;
        }
        call = self.0.call();
        while !is_done() {
            call = self
                .0
                .done
                .wait(call)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl ThreadPool {
    /// Of so many threads, but no more than [`THREADS_MAX`]. Those that cannot be started are missing. A thread is born
    /// with the name of the one that starts it, by which [`WorkerThreads`](crate::runtime::threads::WorkerThreads)
    /// finds it.
    pub(crate) fn new(threads: usize) -> Self {
        let shared = Arc::<Shared>::default();
        let start = |thread| {
            let shared = Arc::clone(&shared);
            Builder::new().spawn(move || shared.help(thread)).ok()
        };
        let helpers = (1..threads.min(THREADS_MAX)).filter_map(start).collect();
        Self { shared, helpers }
    }

    /// Whether nobody helps.
    pub(crate) fn is_single(&self) -> bool {
        self.helpers.is_empty()
    }

    /// Calls `work` once for each part, with the number of the thread that does it, below [`THREADS_MAX`]. Allocates
    /// nothing.
    pub(crate) fn run(&mut self, parts: usize, work: &Work) {
        if self.is_single() {
            return (0..parts).for_each(|part| work(0, part));
        }
        let here: *const Work<'_> = work;
        // SAFETY: only the life that is told differs. `WaitForHelpers` sees to it that nobody uses the pointer beyond
        // the end of this function.
        let forever = unsafe { std::mem::transmute::<*const Work<'_>, *const Work<'static>>(here) };
        self.shared.next.store(0, Ordering::Relaxed);
        let mut call = self.shared.call();
        call.task = Some(Task {
            work: forever,
            parts,
        });
        call.number += 1;
        drop(call);
        let finished = WaitForHelpers(&self.shared);
        self.shared.called.notify_all();
        self.shared.work(0, parts, work);
        drop(finished);
        let has_failed = self.shared.has_failed.load(Ordering::Relaxed);
        assert!(!has_failed, "a thread that helps failed");
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.shared.call().is_over = true;
        self.shared.called.notify_all();
        for helper in self.helpers.drain(..) {
            let _ = helper.join();
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = 1 + self.helpers.len();
        f.debug_struct("ThreadPool")
            .field("threads", &threads)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_done_once_whoever_does_it() {
        for threads in [0, 1, 2, 3, 9] {
            let mut pool = ThreadPool::new(threads);
            assert_eq!(pool.helpers.len(), threads.clamp(1, THREADS_MAX) - 1);
            for parts in [0, 1, 2, 7, 64].repeat(50) {
                let done: Vec<_> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                pool.run(parts, &|thread, part| {
                    assert!(thread < THREADS_MAX);
                    done[part].fetch_add(1, Ordering::Relaxed);
                });
                assert!(done.iter().all(|one| one.load(Ordering::Relaxed) == 1));
            }
        }
    }

    #[test]
    fn threads_work_side_by_side() {
        let mut pool = ThreadPool::new(3);
        let together = std::sync::Barrier::new(3);
        pool.run(3, &|_, _| {
            together.wait();
        });
    }

    #[test]
    fn a_part_that_fails_fails_the_whole_and_the_next_call_is_not_answered_with_half() {
        let run = |pool: &mut ThreadPool, fails: usize| {
            let together = std::sync::Barrier::new(2);
            let shared = std::panic::AssertUnwindSafe(|| {
                pool.run(2, &|thread, _| {
                    together.wait();
                    assert_ne!(thread, fails, "this is to fail");
                });
            });
            std::panic::catch_unwind(shared).is_ok()
        };
        let mut pool = ThreadPool::new(2);
        assert!(run(&mut pool, 7));
        assert!(!run(&mut pool, 0));
        assert!(run(&mut pool, 7));
        assert!(!run(&mut pool, 1));
        let mut alone = false;
        let after = std::panic::AssertUnwindSafe(|| pool.run(1, &|_, _| ()));
        alone |= std::panic::catch_unwind(after).is_err();
        assert!(alone, "a pool that lost a thread says so");
    }
}

//! Threads that share the preparing of an image. A core that helps to run the model is idle until then.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Most threads that share work, the calling one among them. More would wait for the same memory.
pub(crate) const MEMBERS_MAX: usize = 4;

/// How often the last to finish is looked for before its end is slept for: some 0.1 ms.
const LOOKS: u32 = 4_000;

/// The thread that calls, and those that help it: nobody by default. They sleep until they are called.
#[derive(Default)]
pub(crate) struct Team {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
}

/// Calls its work with a member's number and a part's.
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
    /// Lives until [`Team::share`] returns, which waits for all who were given it.
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
    fn work(&self, member: usize, parts: usize, work: &Work) {
        loop {
            let part = self.next.fetch_add(1, Ordering::Relaxed);
            if part >= parts {
                return;
            }
            work(member, part);
        }
    }

    /// A helper's life.
    fn help(&self, member: usize) {
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
            self.work(member, task.parts, unsafe { &*task.work });
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
struct Shares<'a>(&'a Shared);

impl Drop for Shares<'_> {
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

impl Team {
    /// Of so many members, but no more than [`MEMBERS_MAX`]. Those that cannot be started are missing. A thread is born
    /// with the name of the one that starts it, so a [`Crew`](crate::crew::Crew) that is gathered meanwhile has them.
    pub(crate) fn new(members: usize) -> Self {
        let shared = Arc::<Shared>::default();
        let start = |member| {
            let shared = Arc::clone(&shared);
            Builder::new().spawn(move || shared.help(member)).ok()
        };
        let helpers = (1..members.min(MEMBERS_MAX)).filter_map(start).collect();
        Self { shared, helpers }
    }

    /// Whether nobody helps.
    pub(crate) fn is_alone(&self) -> bool {
        self.helpers.is_empty()
    }

    /// Calls `work` once for each part, with the number of the member that does it, below [`MEMBERS_MAX`]. Allocates
    /// nothing.
    pub(crate) fn share(&mut self, parts: usize, work: &Work) {
        if self.is_alone() {
            return (0..parts).for_each(|part| work(0, part));
        }
        let here: *const Work<'_> = work;
        // SAFETY: only the life that is told differs. `Shares` sees to it that nobody uses the pointer beyond the end of
        // this function.
        let forever = unsafe { std::mem::transmute::<*const Work<'_>, *const Work<'static>>(here) };
        self.shared.next.store(0, Ordering::Relaxed);
        let mut call = self.shared.call();
        call.task = Some(Task {
            work: forever,
            parts,
        });
        call.number += 1;
        drop(call);
        let shares = Shares(&self.shared);
        self.shared.called.notify_all();
        self.shared.work(0, parts, work);
        drop(shares);
        let has_failed = self.shared.has_failed.load(Ordering::Relaxed);
        assert!(!has_failed, "a thread that helps failed");
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.call().is_over = true;
        self.shared.called.notify_all();
        for helper in self.helpers.drain(..) {
            let _ = helper.join();
        }
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = 1 + self.helpers.len();
        f.debug_struct("Team").field("members", &members).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_done_once_whoever_does_it() {
        for members in [0, 1, 2, 3, 9] {
            let mut team = Team::new(members);
            assert_eq!(team.helpers.len(), members.clamp(1, MEMBERS_MAX) - 1);
            for parts in [0, 1, 2, 7, 64].repeat(50) {
                let done: Vec<_> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                team.share(parts, &|member, part| {
                    assert!(member < MEMBERS_MAX);
                    done[part].fetch_add(1, Ordering::Relaxed);
                });
                assert!(done.iter().all(|one| one.load(Ordering::Relaxed) == 1));
            }
        }
    }

    #[test]
    fn members_work_side_by_side() {
        let mut team = Team::new(3);
        let together = std::sync::Barrier::new(3);
        team.share(3, &|_, _| {
            together.wait();
        });
    }

    #[test]
    fn a_part_that_fails_fails_the_whole_and_the_next_call_is_not_answered_with_half() {
        let share = |team: &mut Team, fails: usize| {
            let together = std::sync::Barrier::new(2);
            let shared = std::panic::AssertUnwindSafe(|| {
                team.share(2, &|member, _| {
                    together.wait();
                    assert_ne!(member, fails, "this is to fail");
                });
            });
            std::panic::catch_unwind(shared).is_ok()
        };
        let mut team = Team::new(2);
        assert!(share(&mut team, 7));
        assert!(!share(&mut team, 0));
        assert!(share(&mut team, 7));
        assert!(!share(&mut team, 1));
        let mut alone = false;
        let after = std::panic::AssertUnwindSafe(|| team.share(1, &|_, _| ()));
        alone |= std::panic::catch_unwind(after).is_err();
        assert!(alone, "a team that lost a member says so");
    }
}

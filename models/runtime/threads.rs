//! The threads that help the one that runs a model, and when the system lets them run.
//!
//! ONNX Runtime, OpenVINO and the pool that resizes start them when a session is made, by a thread that may be in no
//! hurry. A run is as slow as the slowest of its threads, so they are given the scheduling policy and priority of the
//! one that runs it (sched(7)).

use super::options::Provider;
use rustix::thread::{name, set_name};
use std::ffi::{CStr, CString};
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// The threads that a session brought along.
#[derive(Debug, Default)]
pub(crate) struct WorkerThreads {
    /// How they are called.
    name: CString,
    /// What they were given last.
    have: Option<Scheduling>,
}

impl WorkerThreads {
    /// Calls `make`, and gives the threads that are started meanwhile a name of their own: a thread is born with the
    /// name of the one that starts it. OpenVINO's are shared by all its sessions.
    pub(crate) fn started_by<T>(provider: Provider, make: impl FnOnce() -> T) -> (Self, T) {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = match provider {
            Provider::OpenVino(_) => "openvino".to_owned(),
            _ => format!("model-{}", MADE.fetch_add(1, Ordering::Relaxed)),
        };
        let name = CString::new(name).unwrap_or_default();
        let named = NamedUntilDropped::new(&name);
        let made = make();
        drop(named);
        (Self { name, have: None }, made)
    }

    /// Gives them the policy and priority of the calling thread, which is about to run. Where that is not allowed they
    /// keep what they had.
    pub(crate) fn follow_caller(&mut self) {
        if self.name.is_empty() {
            return;
        }
        let wanted = Scheduling::of_caller();
        if wanted != self.have {
            self.have = wanted;
            if let Some(wanted) = wanted {
                self.threads()
                    .iter()
                    .for_each(|thread| wanted.give(*thread));
            }
        }
    }

    /// Those of this program that are called so, as the kernel numbers them.
    fn threads(&self) -> Vec<libc::pid_t> {
        let Ok(tasks) = fs::read_dir("/proc/self/task") else {
            return Vec::new();
        };
        let is_one = |task: &fs::DirEntry| {
            let found = fs::read(task.path().join("comm"));
            found.is_ok_and(|found| found.trim_ascii_end() == self.name.to_bytes())
        };
        let theirs = tasks.filter_map(Result::ok).filter(is_one);
        theirs
            .filter_map(|task| task.file_name().to_str()?.parse().ok())
            .collect()
    }
}

/// The calling thread has another name as long as this lives.
struct NamedUntilDropped {
    before: CString,
}

impl NamedUntilDropped {
    fn new(called: &CStr) -> Self {
        let before = name().unwrap_or_default();
        let _ = set_name(called);
        Self { before }
    }
}

impl Drop for NamedUntilDropped {
    fn drop(&mut self) {
        let _ = set_name(&self.before);
    }
}

/// Policy and priority of a thread, in the kernel's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scheduling {
    policy: libc::c_int,
    priority: libc::c_int,
}

impl Scheduling {
    /// None where the system does not tell.
    fn of_caller() -> Option<Self> {
        let mut parameters = libc::sched_param { sched_priority: 0 };
        // SAFETY: 0 is the calling thread.
        let policy = unsafe { libc::sched_getscheduler(0) };
        // SAFETY: as above, and the pointer is to a live variable, which the call fills.
        let status = unsafe { libc::sched_getparam(0, &raw mut parameters) };
        (policy >= 0 && status == 0).then_some(Self {
            policy,
            priority: parameters.sched_priority,
        })
    }

    fn give(self, thread: libc::pid_t) {
        let parameters = libc::sched_param {
            sched_priority: self.priority,
        };
        // The flag may be set by everybody, but not taken away.
        let policy = self.policy | libc::SCHED_RESET_ON_FORK;
        // SAFETY: the pointer is to a live variable, which the call reads. A thread that has ended is an error.
        unsafe { libc::sched_setscheduler(thread, policy, &raw const parameters) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{SyncSender, sync_channel};
    use std::thread::{Builder, JoinHandle};

    /// The policy of each worker: SCHED_OTHER, or SCHED_BATCH, which everybody may take.
    fn policies(workers: &WorkerThreads) -> Vec<libc::c_int> {
        let policy = |thread: &libc::pid_t| {
            // SAFETY: a number is passed and a number comes back.
            let found = unsafe { libc::sched_getscheduler(*thread) };
            found & !libc::SCHED_RESET_ON_FORK
        };
        workers.threads().iter().map(policy).collect()
    }

    /// A thread without a name of its own, until the other end is dropped.
    fn idle() -> (SyncSender<()>, JoinHandle<()>) {
        let (sender, receiver) = sync_channel::<()>(0);
        let wait = move || assert!(receiver.recv().is_err(), "nothing is sent");
        (sender, Builder::new().spawn(wait).unwrap())
    }

    #[test]
    fn threads_started_meanwhile_get_the_scheduling_of_whoever_runs() {
        let bystander = idle();
        let before = name().unwrap();
        let (mut workers, theirs) = WorkerThreads::started_by(Provider::Cpu, || [idle(), idle()]);
        assert_eq!(workers.threads().len(), 2);
        assert_eq!(name().unwrap(), before);
        workers.follow_caller();
        assert_eq!(policies(&workers), [libc::SCHED_OTHER; 2]);
        let ran = std::thread::spawn(move || {
            let batch = Scheduling {
                policy: libc::SCHED_BATCH,
                priority: 0,
            };
            batch.give(0);
            workers.follow_caller();
            (policies(&workers), workers)
        });
        let (found, mut workers) = ran.join().unwrap();
        assert_eq!(found, [libc::SCHED_BATCH; 2]);
        workers.follow_caller();
        assert_eq!(policies(&workers), [libc::SCHED_OTHER; 2]);
        let (nobody, ()) = WorkerThreads::started_by(Provider::Cpu, || ());
        assert!(nobody.threads().is_empty());
        for (sender, thread) in theirs.into_iter().chain([bystander]) {
            drop(sender);
            thread.join().unwrap();
        }
    }
}

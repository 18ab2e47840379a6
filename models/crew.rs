//! The threads that help the one that runs a model, and when the system lets them run.
//!
//! ONNX Runtime and OpenVINO start them when a session is made, by a thread that may be in no hurry. A run is as slow
//! as the slowest of its threads, so they are given the priority of the one that runs it (sched(7)).

use rustix::thread::{name, set_name};
use std::ffi::CString;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// The threads that a session brought along.
#[derive(Debug, Default)]
pub(crate) struct Crew {
    /// As the kernel numbers them.
    threads: Vec<libc::pid_t>,
    /// What they were given last.
    have: Option<Priority>,
}

impl Crew {
    /// Makes something, and takes note of the threads that were started for it. They keep a name of their own,
    /// `model-<n>`: a thread is born with the name of the one that starts it.
    pub(crate) fn gathered<T>(make: impl FnOnce() -> T) -> (Self, T) {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let own = name().unwrap_or_default();
        let theirs = format!("model-{}", MADE.fetch_add(1, Ordering::Relaxed));
        let named = CString::new(theirs.as_str()).unwrap_or_default();
        if set_name(&named).is_err() {
            return (Self::default(), make());
        }
        let made = make();
        // Back first, or this thread were one of them.
        let _ = set_name(&own);
        let crew = Self {
            threads: named_so(&theirs),
            have: None,
        };
        (crew, made)
    }

    /// Gives them the priority of the calling thread, which is about to run. Where that is not allowed they are as
    /// soon as before.
    pub(crate) fn follow(&mut self) {
        if self.threads.is_empty() {
            return;
        }
        let wanted = Priority::of_caller();
        if wanted != self.have {
            self.have = wanted;
            if let Some(wanted) = wanted {
                self.threads.iter().for_each(|thread| wanted.give(*thread));
            }
        }
    }
}

/// Of this program.
fn named_so(name: &str) -> Vec<libc::pid_t> {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    let is_so = |task: &fs::DirEntry| {
        fs::read_to_string(task.path().join("comm")).is_ok_and(|found| found.trim_end() == name)
    };
    let theirs = tasks.filter_map(Result::ok).filter(is_so);
    theirs
        .filter_map(|task| task.file_name().to_str()?.parse().ok())
        .collect()
}

/// When a thread runs, in the kernel's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Priority {
    policy: libc::c_int,
    rank: libc::c_int,
}

impl Priority {
    /// None where the system does not tell.
    fn of_caller() -> Option<Self> {
        let mut parameters = libc::sched_param { sched_priority: 0 };
        // SAFETY: 0 is the calling thread.
        let policy = unsafe { libc::sched_getscheduler(0) };
        // SAFETY: as above, and the pointer is to a live variable, which the call fills.
        let status = unsafe { libc::sched_getparam(0, &raw mut parameters) };
        (policy >= 0 && status == 0).then_some(Self {
            policy,
            rank: parameters.sched_priority,
        })
    }

    fn give(self, thread: libc::pid_t) {
        let parameters = libc::sched_param {
            sched_priority: self.rank,
        };
        // SAFETY: the pointer is to a live variable, which the call reads. A thread that has ended is an error.
        unsafe { libc::sched_setscheduler(thread, self.policy, &raw const parameters) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;
    use std::thread::{Builder, JoinHandle};

    /// The policy of each thread of a crew, SCHED_OTHER (0) or SCHED_BATCH (3), which everybody may take.
    fn policies(crew: &Crew) -> Vec<libc::c_int> {
        let threads = crew.threads.iter();
        // SAFETY: a number is passed and a number comes back.
        let policies = threads.map(|thread| unsafe { libc::sched_getscheduler(*thread) });
        policies.collect()
    }

    /// A thread without a name of its own, until the other end is dropped.
    fn idle() -> (std::sync::mpsc::SyncSender<()>, JoinHandle<()>) {
        let (sender, receiver) = sync_channel::<()>(0);
        let wait = move || assert!(receiver.recv().is_err(), "nothing is sent");
        (sender, Builder::new().spawn(wait).unwrap())
    }

    #[test]
    fn threads_started_meanwhile_get_the_priority_of_whoever_runs() {
        let bystander = idle();
        let before = name().unwrap();
        let (mut crew, theirs) = Crew::gathered(|| [idle(), idle()]);
        assert_eq!(crew.threads.len(), 2);
        assert_eq!(name().unwrap(), before);
        crew.follow();
        assert_eq!(policies(&crew), [libc::SCHED_OTHER; 2]);
        let ran = std::thread::spawn(move || {
            let batch = Priority {
                policy: libc::SCHED_BATCH,
                rank: 0,
            };
            batch.give(0);
            crew.follow();
            (policies(&crew), crew)
        });
        let (found, mut crew) = ran.join().unwrap();
        assert_eq!(found, [libc::SCHED_BATCH; 2]);
        crew.follow();
        assert_eq!(policies(&crew), [libc::SCHED_OTHER; 2]);
        let (nobody, ()) = Crew::gathered(|| ());
        assert!(nobody.threads.is_empty());
        for (sender, thread) in theirs.into_iter().chain([bystander]) {
            drop(sender);
            thread.join().unwrap();
        }
    }
}

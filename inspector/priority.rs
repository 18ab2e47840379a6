//! Which threads run first where several want to: real-time priority as in sched(7), `SCHED_FIFO`.
//!
//! A thread that has it runs at once, on whichever core, whatever other programs do: a browser that starts on the same
//! computer waits, and no verdict. The kernel keeps a twentieth of each core for the others.
//!
//! First in, first out, and not in turns: the thread that runs a model may wait for its helpers in a busy loop, and one
//! that has begun must not be set aside for another of the same rank.
//!
//! Queues are shared with threads of normal priority (`record`, `images`), which hold a place in one for some nanoseconds;
//! one that is set aside in that moment goes on when a core is free, or in the twentieth.

use std::io;
use std::sync::OnceLock;

/// When a thread runs. Those further down run first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// When nobody else wants to: what shows the station to people, as a page and its pictures.
    Background,
    /// In turn with all others.
    Normal,
    /// What a verdict waits for. Real-time priority.
    Verdict,
    /// What a camera, a trigger or the ejector waits for. Real-time priority.
    Line,
}

impl Priority {
    /// In the kernel's numbers, from 1 to 99. Its own interrupt threads have 50.
    const fn rank(self) -> libc::c_int {
        match self {
            Priority::Background | Priority::Normal => 0,
            Priority::Verdict => 10,
            Priority::Line => 20,
        }
    }

    /// The calling thread has it from now on; what it starts has a normal one, or `Background` too.
    ///
    /// # Errors
    /// When the system does not allow it. Nobody is refused `Background`, and nobody who has it gets back to `Normal`.
    pub fn take(self) -> io::Result<()> {
        let policy = match self {
            Priority::Background => return be_nice(),
            Priority::Normal => libc::SCHED_OTHER,
            Priority::Verdict | Priority::Line => libc::SCHED_FIFO,
        };
        let parameters = libc::sched_param {
            sched_priority: self.rank(),
        };
        // SAFETY: 0 is the calling thread, and the pointer is to a live variable, which the call reads.
        match unsafe {
            libc::sched_setscheduler(0, policy | libc::SCHED_RESET_ON_FORK, &raw const parameters)
        } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// A tenth of what a thread of normal priority gets, where both want the same core: setpriority(2), which on Linux
/// counts for one thread.
fn be_nice() -> io::Result<()> {
    const NICE: libc::c_int = 10;
    // SAFETY: numbers are passed and a number comes back; 0 is the calling thread.
    match unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether the system allows this program real-time priority. It is tried once, by a thread that does nothing else.
pub fn is_real_time_allowed() -> bool {
    static ALLOWED: OnceLock<bool> = OnceLock::new();
    *ALLOWED.get_or_init(|| {
        let tried = std::thread::spawn(|| Priority::Line.take().is_ok());
        tried.join().unwrap_or(false)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_what_it_took_and_what_it_starts_has_not() {
        if !is_real_time_allowed() {
            eprintln!("SKIPPED: real-time priority is not allowed here");
            return;
        }
        // SAFETY: a number is passed and a number comes back.
        let policy = || unsafe { libc::sched_getscheduler(0) } & !libc::SCHED_RESET_ON_FORK;
        let of_thread = std::thread::spawn(move || {
            let before = policy();
            Priority::Verdict.take().unwrap();
            let own = policy();
            let started = std::thread::spawn(policy).join().unwrap();
            [before, own, started]
        });
        let expected = [libc::SCHED_OTHER, libc::SCHED_FIFO, libc::SCHED_OTHER];
        assert_eq!(of_thread.join().unwrap(), expected);
    }

    #[test]
    fn a_thread_in_the_background_goes_behind_all_others_and_they_stay() {
        // SAFETY: numbers are passed and a number comes back.
        let nice = || unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        let before = nice();
        let of_thread = std::thread::spawn(move || {
            Priority::Background.take().unwrap();
            nice()
        });
        assert_eq!(of_thread.join().unwrap(), before.max(10));
        assert_eq!(nice(), before);
    }
}

//! A thread that writes lines to a terminal, a pipe or a file, so that nobody else ever waits for one.
//!
//! Lines wait in a bounded queue. What finds no room is dropped and counted, and the count is told as soon as lines are
//! taken again. A terminal that was stopped (Ctrl-S), a pipe that nobody reads and a disk that hangs stop this thread only.
//! (`tracing-appender` has such a writer too; when it is dropped while its thread is stuck, it prints to the terminal
//! that it is stuck on.)

use crate::queue::{Outlet, Queue, WhenFull, queue};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

/// Lines that may wait for one sink.
const LINES_BOUND: usize = 1_024;
/// How long the thread sleeps when nothing comes. It only bounds how soon lost lines are told.
const NAP: Duration = Duration::from_millis(500);

enum Item {
    Line(String),
    /// Answered when everything before it was written.
    Flush(SyncSender<()>),
}

/// The way to one sink. Clones lead to the same one.
#[derive(Clone)]
pub struct Sink {
    queue: Queue<Item>,
    dropped: Arc<AtomicU64>,
}

impl Sink {
    /// Starts the thread. `told` makes the line that says how many were dropped. Without a thread nothing is written,
    /// and everything is counted as dropped.
    pub fn start(
        name: &'static str,
        writer: impl Write + Send + 'static,
        told: impl Fn(u64) -> String + Send + 'static,
    ) -> Self {
        let (queue, outlet) = queue(name, LINES_BOUND, WhenFull::DropNewest, None);
        let dropped = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&dropped);
        let thread = std::thread::Builder::new().name(format!("log-{name}"));
        // Without it the queue is closed, and every line is counted as dropped.
        let _ = thread.spawn(move || turn(&outlet, writer, &counter, told));
        Self { queue, dropped }
    }

    /// Queues a line, which ends in a newline, or counts it as dropped. Never waits.
    pub fn write(&self, line: String) {
        if self.queue.push(Item::Line(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything so far was written, at most so long. Says whether it was.
    pub fn flush(&self, at_most: Duration) -> bool {
        const TRY_EVERY: Duration = Duration::from_millis(10);
        let (done, told) = sync_channel(1);
        let mut left = at_most;
        // A full queue has room again as soon as a line was taken.
        while self.queue.push(Item::Flush(done.clone())).is_err() {
            if left.is_zero() {
                return false;
            }
            std::thread::sleep(TRY_EVERY);
            left = left.saturating_sub(TRY_EVERY);
        }
        told.recv_timeout(left).is_ok()
    }

    /// Lines dropped so far.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

fn turn(
    outlet: &Outlet<Item>,
    mut writer: impl Write,
    dropped: &AtomicU64,
    told: impl Fn(u64) -> String,
) {
    let mut told_of = 0;
    while !outlet.is_closed() {
        match outlet.pop_waiting(NAP) {
            Some(Item::Line(line)) => {
                let written = writer.write_all(line.as_bytes());
                // A terminal that is gone takes nothing any more, which nobody can do anything about from here.
                let lost = u64::from(written.is_err());
                dropped.fetch_add(lost, Ordering::Relaxed);
                told_of += lost;
            }
            Some(Item::Flush(done)) => {
                let _ = writer.flush();
                let _ = done.try_send(());
            }
            None => {}
        }
        let lost = dropped.load(Ordering::Relaxed);
        if lost > told_of && writer.write_all(told(lost - told_of).as_bytes()).is_ok() {
            told_of = lost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Condvar, Mutex};

    /// Whether it takes anything, and what it took.
    type Taken = (bool, Vec<u8>);

    /// Takes nothing until it is let.
    #[derive(Clone, Default)]
    struct Stopped(Arc<(Mutex<Taken>, Condvar)>);

    impl Write for Stopped {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let (state, goes_on) = &*self.0;
            let mut state = state.lock().expect("nobody panics");
            while !state.0 {
                state = goes_on.wait(state).expect("nobody panics");
            }
            state.1.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_terminal_that_takes_nothing_stops_nobody_and_what_was_lost_is_told() {
        let terminal = Stopped::default();
        let sink = Sink::start("test", terminal.clone(), |lost| format!("{lost} lost\n"));
        let lines = 3 * LINES_BOUND as u64;
        for n in 0..lines {
            sink.write(format!("line {n}\n"));
        }
        assert!(!sink.flush(Duration::from_millis(20)), "it is stopped");
        // One line is in the thread's hands.
        let lost = sink.dropped();
        assert!(lost >= lines - LINES_BOUND as u64 - 1, "{lost}");
        terminal.0.0.lock().expect("nobody panics").0 = true;
        terminal.0.1.notify_all();
        assert!(sink.flush(Duration::from_secs(60)));
        sink.write("after\n".to_owned());
        assert!(sink.flush(Duration::from_secs(60)));
        let written = terminal.0.0.lock().expect("nobody panics").1.clone();
        let written = String::from_utf8(written).expect("text");
        assert!(written.starts_with("line 0\n"), "{written}");
        assert!(written.contains(&format!("{lost} lost\n")), "{written}");
        assert!(written.contains("after\n"));
        let whole = written
            .lines()
            .filter(|line| line.starts_with("line "))
            .count() as u64;
        assert_eq!(whole + lost, lines, "every line was written or counted");
    }

    #[test]
    fn a_pipe_that_is_closed_costs_lines_and_nothing_else() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
        }
        let sink = Sink::start("test", Closed, |lost| format!("{lost} lost\n"));
        sink.write("a\n".to_owned());
        assert!(sink.flush(Duration::from_secs(60)));
        assert_eq!(sink.dropped(), 1);
    }
}

//! What a running station tells: rejects and alarms as lines of the log, alarms as rows.

use crate::control::clock_watch::ClockWatch;
use crate::control::handle::{Handle, LeftPart};
use crate::control::signing_watch::SigningWatch;
use crate::error::{Error, ErrorKind};
use crate::ports::journal::{Entry, Journal};
use crate::results::events::entry_of;
use crate::results::open::{Lock, OpenError};
use crate::station::verdict::Disposition;
use crate::telemetry::alarm::AlarmChange;
use crate::telemetry::board::{Alarm, Change};
use crate::telemetry::catalogue::Code;
use crate::tell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

/// How often changes are looked for.
const EVERY: Duration = Duration::from_millis(100);
/// How long the thread may take to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// The lock of the data folder, which must outlive this thread: it is shared with whoever closes the log.
pub struct LockWatch {
    lock: Arc<Mutex<Lock>>,
    data: PathBuf,
    /// Whether another station was told of.
    is_lost: bool,
}

impl LockWatch {
    /// Sees to it from now on that this folder stays locked.
    pub fn new(lock: &Arc<Mutex<Lock>>, data: &Path) -> Self {
        Self {
            lock: Arc::clone(lock),
            data: data.to_owned(),
            is_lost: false,
        }
    }

    fn look(&mut self, journal: &impl Journal, handle: &Handle) {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = lock.keep(&self.data);
        drop(lock);
        if matches!(kept, Ok(true)) {
            let message = "station.lock was deleted, and is taken again".to_owned();
            tell!(Code::LockTakenAgain, "{message}");
            journal.note(Entry {
                message,
                ..Entry::of_station(handle.wall(), Code::LockTakenAgain)
            });
        }
        // Whatever else is wrong with the folder is told by whoever writes to it.
        let is_lost = matches!(kept, Err(OpenError::Locked { .. }));
        if is_lost != std::mem::replace(&mut self.is_lost, is_lost) {
            handle.set_alarm(AlarmChange {
                code: Code::TwoStations,
                subject: String::new(),
                message: kept.map_or_else(|error| error.to_string(), |_| String::new()),
                is_active: is_lost,
            });
        }
    }
}

/// Whether the station has a recipe to judge by.
#[derive(Default)]
struct RecipeWatch {
    /// Whether it was told that there is none.
    is_told: bool,
}

impl RecipeWatch {
    fn look(&mut self, handle: &Handle) -> Option<AlarmChange> {
        let is_active = handle.recipes().is_without();
        let is_new = is_active != std::mem::replace(&mut self.is_told, is_active);
        is_new.then(|| AlarmChange {
            code: Code::NoRecipe,
            subject: String::new(),
            message: "no style has a recipe: every part is rejected".to_owned(),
            is_active,
        })
    }
}

/// A thread of its own, which waits for nobody: lines are dropped and counted where nobody reads them, and the journal
/// keeps what the disk does not take.
pub struct Told {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Told {
    /// Starts it.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(
        journal: impl Journal + 'static,
        handle: Arc<Handle>,
        (mut clock, mut lock, mut signing): (ClockWatch, LockWatch, SigningWatch),
    ) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&stop);
        let mut parts = handle.subscribe();
        let mut recipes = RecipeWatch::default();
        let tell = move || {
            loop {
                let is_last = is_over.load(Ordering::Acquire);
                tell_parts(&mut parts);
                lock.look(&journal, &handle);
                let changes = signing.look();
                let changes = changes.into_iter().chain(recipes.look(&handle));
                changes.for_each(|change| handle.set_alarm(change));
                let looked = clock.look();
                looked
                    .entry
                    .into_iter()
                    .for_each(|entry| journal.note(entry));
                looked
                    .alarms
                    .into_iter()
                    .for_each(|change| handle.set_alarm(change));
                for changed in handle.alarm_changes() {
                    tell_alarm(&changed);
                    journal.note(entry_of(changed.0, &changed.1));
                }
                if is_last {
                    return;
                }
                std::thread::sleep(EVERY);
            }
        };
        let thread = Builder::new()
            .name("told".to_owned())
            .spawn(tell)
            .map_err(|error| Error::new(ErrorKind::Internal, error))?;
        Ok(Self { stop, thread })
    }

    /// Tells what is left, and waits for it, but not for ever.
    pub fn end(self) {
        self.stop.store(true, Ordering::Release);
        let mut left = PATIENCE;
        while left > Duration::ZERO && !self.thread.is_finished() {
            std::thread::sleep(Duration::from_millis(10));
            left = left.saturating_sub(Duration::from_millis(10));
        }
    }
}

fn tell_parts(parts: &mut broadcast::Receiver<Arc<LeftPart>>) {
    loop {
        match parts.try_recv() {
            Ok(part) => tell_reject(&part),
            Err(TryRecvError::Lagged(missed)) => tell!(
                Code::LinesDropped,
                lines = missed,
                "{missed} parts left faster than they could be told"
            ),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return,
        }
    }
}

fn tell_reject(part: &LeftPart) {
    let result = &part.result;
    if result.disposition == Disposition::Accept {
        return;
    }
    let why = result.cause.map_or("", |cause| cause.name());
    let what = part.defect.as_deref().unwrap_or(why);
    let style = result
        .style
        .map_or("no style".to_owned(), |style| style.to_string());
    let score = result
        .score
        .map_or("-".to_owned(), |score| format!("{:.2}", score.get()));
    tell!(
        Code::PartRejected,
        part_no = result.part_no.0,
        part_id = %result.part_id,
        style,
        cause = why,
        score,
        "reject {}: {what}",
        result.part_id
    );
}

fn tell_alarm((change, alarm): &(Change, Alarm)) {
    let (code, subject, message) = (alarm.code, &alarm.subject, &alarm.message);
    match (change, &alarm.acknowledged) {
        (Change::Began, _) => tell!(code, subject, "{message}"),
        (Change::Acknowledged, Some(seen)) => tell!(
            Code::AlarmAcknowledged,
            alarm = code.name(),
            subject,
            by = seen.by,
            "{} has seen {}",
            seen.by,
            code.name()
        ),
        _ => tell!(
            Code::AlarmEnded,
            alarm = code.name(),
            subject,
            count = alarm.count,
            "over: {message}"
        ),
    }
}

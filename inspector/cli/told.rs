//! What a running station tells: rejects and alarms as lines of the log, alarms as rows.

use crate::control::handle::{Handle, LeftPart};
use crate::error::{Error, ErrorKind};
use crate::results::events::Events;
use crate::station::verdict::Disposition;
use crate::telemetry::board::{Alarm, Change};
use crate::telemetry::catalogue::Code;
use crate::tell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::TrySendError;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

/// How often changes are looked for.
const EVERY: Duration = Duration::from_millis(100);
/// Changes that may wait for a disk that stands still; the newest are then lost, and stand in the log's lines.
const WAITING_MAX: usize = 1_000;
/// How long the threads may take to end: the disk may stand still.
const PATIENCE: Duration = Duration::from_secs(2);

/// Two threads, because lines must come although the disk takes no rows.
pub struct Told {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Told {
    /// Starts both.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(mut events: Events, handle: Arc<Handle>) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let (changes, recorded) = std::sync::mpsc::sync_channel::<Vec<(Change, Alarm)>>(1);
        let failed = |error| Error::new(ErrorKind::Internal, error);
        let record = move || {
            while let Ok(changes) = recorded.recv() {
                events.record(changes);
            }
        };
        let is_over = Arc::clone(&stop);
        let mut parts = handle.subscribe();
        let tell = move || {
            let mut waiting = Vec::new();
            loop {
                let is_last = is_over.load(Ordering::Acquire);
                tell_parts(&mut parts);
                let changed = handle.alarm_changes();
                changed.iter().for_each(tell_alarm);
                let room = WAITING_MAX.saturating_sub(waiting.len());
                waiting.extend(changed.into_iter().take(room));
                // Empty ones too: what the disk did not take before is tried again.
                if let Err(TrySendError::Full(back)) =
                    changes.try_send(std::mem::take(&mut waiting))
                {
                    waiting = back;
                }
                if is_last {
                    return;
                }
                std::thread::sleep(EVERY);
            }
        };
        let start = |name: &str, body: Box<dyn FnOnce() + Send>| {
            Builder::new()
                .name(name.to_owned())
                .spawn(body)
                .map_err(failed)
        };
        let threads = vec![
            start("events", Box::new(record))?,
            start("told", Box::new(tell))?,
        ];
        Ok(Self { stop, threads })
    }

    /// Tells what is left, and waits for it, but not for ever.
    pub fn end(self) {
        self.stop.store(true, Ordering::Release);
        let mut left = PATIENCE;
        while left > Duration::ZERO && !self.threads.iter().all(JoinHandle::is_finished) {
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
        // Over: what was an error is good news now, so it is told at the level of the course of things.
        _ => tracing::info!(
            code = code.name(),
            subject,
            count = alarm.count,
            "over: {message}"
        ),
    }
}

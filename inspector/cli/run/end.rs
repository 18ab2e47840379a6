//! How a run ends: who tells it to, what is waited for, and what is said when something may be missing.

use crate::clock::Clock;
use crate::control::handle::Handle;
use crate::error::{Error, ErrorKind};
use crate::pipeline::threads::{Running, Stopped};
use crate::ports::log::ResultLog;
use crate::results::open;
use crate::results::writer::Writer;
use crate::settings::StationSettings;
use crate::telemetry::catalogue::Code;
use crate::tell;
use std::time::Duration;

/// How long threads may take to end when everything they had to do is done, or was given up.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// Until somebody stops the station, or its line has ended by itself.
pub(super) async fn told_or_over(running: &Running) {
    tokio::select! {
        () = told_to_stop() => {}
        () = ended(running) => {}
    }
}

/// Ctrl-C, SIGTERM, and SIGHUP: a terminal that is closed stops the station as a person would.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

async fn ended(running: &Running) {
    while !running.has_ended() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits for every part in flight and every row, and says whether all are durable. A disk that takes
/// none is given ten seconds.
pub(super) fn see_through(handle: &Handle, running: &Running) -> bool {
    const PATIENCE: Duration = Duration::from_secs(10);
    const LOOK_EVERY: Duration = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    while !running.is_finished() {
        std::thread::sleep(LOOK_EVERY);
        waited += LOOK_EVERY;
        if waited >= PATIENCE {
            let active = handle
                .alarms()
                .into_iter()
                .filter(|alarm| alarm.is_active());
            let names: Vec<&str> = active.map(|alarm| alarm.code.name()).collect();
            tell!(
                Code::StationStopping,
                "results that are not durable are given up; the next start reports the gap. Alarms: {}",
                names.join(", ")
            );
            running.give_up_recording();
            return false;
        }
    }
    true
}

/// Refuses to end a job of which something may be missing. It stays open in the log, so that the next start reports
/// what.
pub(super) fn is_whole(
    settings: &StationSettings,
    writer: &Writer,
    is_recorded: bool,
    stopped: Option<Stopped>,
) -> Result<(), Error> {
    if stopped.is_some_and(|stopped| stopped.has_panicked) {
        tell!(
            Code::ThreadDied,
            job = writer.job().0,
            "a thread of the pipeline died; the panic before says where"
        );
        return Err(Error::new(
            ErrorKind::Internal,
            "a thread of the pipeline died; the next start reports what may be missing",
        ));
    }
    if !is_recorded || stopped.is_none() {
        return Err(not_recorded(writer, settings));
    }
    Ok(())
}

fn not_recorded(writer: &Writer, settings: &StationSettings) -> Error {
    let message = match writer.clone().check() {
        Err(error) => format!("the newest results were not recorded: {error}"),
        Ok(()) => format!(
            "{}: results were not durable when the station stopped; the next start reports the gap. See to the disk",
            open::database(&settings.data).display()
        ),
    };
    Error::new(ErrorKind::Storage, message)
}

/// Ends the job in the log.
pub(super) fn finish(writer: &Writer, handle: &Handle, clock: &dyn Clock) -> Result<(), Error> {
    let parts = &handle.stats().counts;
    let (announced, rejected, not_decided) = (
        parts.announced.get(),
        parts.rejected.get(),
        parts.not_decided.get(),
    );
    writer
        .finish(clock.wall(), announced)
        .map_err(|error| Error::new(ErrorKind::Storage, error))?;
    let job = writer.job().0;
    tell!(
        Code::StationStopped,
        job,
        parts = announced,
        rejected,
        not_decided,
        "job {job}: {announced} parts, {rejected} rejected, {not_decided} not decided"
    );
    Ok(())
}

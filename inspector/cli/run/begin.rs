//! How a job begins: its row in the log, its pictures, and which of its passes are put before people.

use super::{Opened, storage, truth_of};
use crate::cli::line_wiring;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::results::images::Images;
use crate::results::reader::Reader;
use crate::results::writer::{Crashed, JobContext, Writer};
use crate::settings::StationSettings;
use crate::station::review::Draw;
use crate::telemetry::catalogue::Code;
use crate::tell;
use ring::rand::{SecureRandom, SystemRandom};
use std::path::Path;
use std::sync::Arc;

/// Which passes of this job are put before people. Its key is drawn anew for each job.
fn draw(settings: &StationSettings) -> Result<Draw, Error> {
    let mut key = [0; 32];
    SystemRandom::new().fill(&mut key).map_err(|_| {
        let message = "draw a random number: the system has none; see dmesg";
        Error::new(ErrorKind::Internal, message)
    })?;
    let review = settings.review;
    Ok(Draw::new(review.draw_passes, review.near, key))
}

/// Begins the job in the log, and tells which one before did not end.
pub(super) fn open_log(
    settings: &StationSettings,
    opened: &Opened,
    clock: &Arc<dyn Clock>,
) -> Result<(Writer, Images, Draw), Error> {
    let draw = draw(settings)?;
    let context = JobContext {
        settings_sha256: settings.sha256.clone(),
        is_simulated: settings.is_simulated(),
        lanes: settings.line.lanes.clone(),
        announcer: line_wiring::announcer(settings),
        passes_unasked: line_wiring::passes_unasked(settings),
        draw,
        recipes: opened.versions.rows(&opened.loaded),
    };
    let truth = opened.line.clone().map(truth_of);
    let (writer, crashed) =
        Writer::start(&settings.data, &context, truth, clock.wall()).map_err(storage)?;
    tell_beginning(&writer, crashed);
    let images = Images::open(
        &settings.data,
        writer.clone(),
        settings.images,
        Arc::clone(clock),
    );
    Ok((writer, images.map_err(storage)?, draw))
}

/// Whether the journal knows of accounts of this station.
pub(super) fn had_accounts(data: &Path) -> Result<bool, Error> {
    let reader = Reader::open(data).map_err(storage)?;
    reader
        .has_event(Code::AccountChanged)
        .map_err(|error| Error::new(ErrorKind::Storage, format!("result log: {error}")))
}

fn tell_beginning(writer: &Writer, crashed: Vec<Crashed>) {
    for crash in crashed {
        let (job, last) = (crash.job.0, crash.last.0);
        tell!(
            Code::JobInterrupted,
            job,
            last,
            "job {job} did not stop by itself: parts after number {last} may have passed without a record"
        );
    }
    // The clock is told as long as it is behind, by its alarm.
    let remarks = writer.remarks().iter();
    for remark in remarks.filter(|remark| !remark.code.is_alarm()) {
        tell!(remark.code, "{}", remark.message);
    }
}

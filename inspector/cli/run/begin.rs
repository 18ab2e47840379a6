//! How a job begins: its row in the log, its pictures, and which of its passes are put before people.

use super::{Opened, RunArgs, storage, truth_of};
use crate::cli::{init, line_wiring};
use crate::clock::Clock;
use crate::control::accounts::file::AccountsFile;
use crate::error::{Error, ErrorKind};
use crate::results::images::Images;
use crate::results::reader::Reader;
use crate::results::writer::{Crashed, JobContext, Writer};
use crate::settings::StationSettings;
use crate::settings::station::{HttpSettings, TlsSettings};
use crate::station::review::Draw;
use crate::telemetry::catalogue::Code;
use crate::tell;
use ring::rand::{SecureRandom, SystemRandom};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The settings that are named. Where none are, a folder that has nothing of a station becomes a new one: never where a
/// service names them, whose folder may be on a disk that is not there.
pub(super) fn settings_file(args: &RunArgs) -> Result<PathBuf, Error> {
    if let Some(named) = &args.settings {
        return Ok(named.clone());
    }
    let folder = Path::new(".");
    if init::is_free(folder) {
        init::begin(folder, init::NAME)?;
    }
    Ok(PathBuf::from(init::SETTINGS))
}

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

/// Whether the page may be served where the settings say: whoever reaches it must be somebody, and nobody on the way may
/// read a password.
pub(super) fn may_be_reached(http: &HttpSettings, accounts: &AccountsFile) -> Result<(), Error> {
    if http.listen.ip().is_loopback() || http.insecure_because.is_some() {
        return Ok(());
    }
    let has_account = accounts.all().iter().any(|account| !account.is_disabled);
    let mut missing = Vec::new();
    if http.tls == TlsSettings::Off {
        missing.push("no TLS ([http] tls = true, or tls_cert and tls_key)");
    }
    if !has_account {
        missing.push("no account (`inspector account add NAME --role quality`)");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "http.listen: {} can be reached from the network, which takes accounts and TLS; found {}. Or say in the settings \
         why whoever reaches it may change what is rejected, and every page shows it: [http] insecure_because = \"…\"",
        http.listen,
        missing.join(" and ")
    );
    Err(Error::new(ErrorKind::Settings, message))
}

/// Opens the address of the page.
pub(super) fn listen(settings: &StationSettings) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(settings.http.listen)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    bound.map_err(|error| {
        let message = format!(
            "cannot serve the page at {}: {error}; stop the other program, or choose another address \
             with http.listen or --listen",
            settings.http.listen
        );
        Error::new(ErrorKind::Network, message)
    })
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

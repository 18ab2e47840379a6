//! Who else vouches for the log, and what others leave for it: each has a thread of its own, which nobody waits for.

use super::handle::Handle;
use super::noting::Noting;
use super::stamping::Stamper;
use super::witnessing::Witness;
use crate::adapters::web::{Asking, Web};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::results::proof::cosign::WitnessKey;
use crate::results::writer::Writer;
use crate::settings::StationSettings;
use crate::settings::station::ProofSettings;
use crate::telemetry::alarm::AlarmChange;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long one may take to answer.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// How often a thread looks whether it is time.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The station's end waits so long for last answers.
const LAST_WITHIN: Duration = Duration::from_secs(5);

/// Somebody who is asked.
pub trait Outsider: Send {
    /// Asks, where it is time. Gives what has changed for the board of alarms, in order. May take as long as an answer may take.
    fn look(&mut self) -> Vec<AlarmChange>;

    /// The job has ended: asks for the last time.
    fn last(&mut self);
}

/// Whom the settings name, ready to be asked: whatever is wrong with keys, addresses and certificates is found before there
/// is a job.
pub struct Clients {
    /// The time-stamp server, and how often it is asked.
    pub timestamp: Option<(Web, Duration)>,
    /// Witnesses, and the keys by which they sign.
    pub witnesses: Vec<(WitnessKey, Web)>,
}

impl Clients {
    /// Those of these settings. Nobody is asked yet.
    ///
    /// # Errors
    /// Where keys are none or stand there twice, or certificates cannot be read: all that is wrong.
    pub fn open(settings: &ProofSettings) -> Result<Self, Error> {
        let asking = |proxy| Asking {
            timeout: ANSWERS_WITHIN,
            ca: (settings.ca.as_deref(), "proof.ca"),
            proxy,
        };
        let mut problems = Vec::new();
        let mut noted = |opened: Result<Web, Error>| match opened {
            Ok(web) => Some(web),
            Err(error) => {
                problems.push(error.to_string());
                None
            }
        };
        let timestamp = settings.timestamp.as_ref().and_then(|server| {
            let proxy = (server.proxy.as_deref(), "proof.timestamp_proxy");
            noted(Web::open(&server.url, asking(proxy))).map(|web| (web, server.every))
        });
        let webs: Vec<Option<Web>> = settings
            .witnesses
            .iter()
            .map(|witness| {
                let proxy = (witness.proxy.as_deref(), "proof.witness.proxy");
                let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
                noted(Web::open(&url, asking(proxy)))
            })
            .collect();
        let mut witnesses: Vec<(WitnessKey, Web)> = Vec::new();
        for (witness, web) in settings.witnesses.iter().zip(webs) {
            let key: WitnessKey = match witness.key.parse() {
                Ok(key) => key,
                Err(error) => {
                    problems.push(format!("proof.witness.key: {error}"));
                    continue;
                }
            };
            if witnesses.iter().any(|(other, _)| other.name == key.name) {
                let name = &key.name;
                problems.push(format!(
                    "proof.witness.key: expected each witness once, found {name} twice"
                ));
            }
            witnesses.extend(web.map(|web| (key, web)));
        }
        match problems.is_empty() {
            true => Ok(Self {
                timestamp,
                witnesses,
            }),
            false => Err(Error::all(ErrorKind::Settings, problems)),
        }
    }

    /// Who is asked, a line each.
    pub fn told(&self) -> Vec<String> {
        let stamps = self.timestamp.iter();
        let stamps = stamps.map(|(web, _)| format!("time stamps of {}", web.shown()));
        let witnesses = self.witnesses.iter();
        let witnesses =
            witnesses.map(|(key, web)| format!("witness {} at {}", key.name, web.shown()));
        stamps.chain(witnesses).collect()
    }
}

/// The threads that ask.
pub struct Outsiders {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Outsiders {
    /// Starts one for each of these, and one for what commands leave.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(
        clients: Clients,
        settings: &StationSettings,
        writer: &Writer,
        clock: &Arc<dyn Clock>,
        handle: &Arc<Handle>,
    ) -> Result<Self, Error> {
        let mut all: Vec<Box<dyn Outsider>> = vec![Box::new(Noting::new(settings, writer, clock))];
        let Clients {
            timestamp,
            witnesses,
        } = clients;
        if let Some(server) = timestamp {
            all.push(Box::new(Stamper::new(server, settings, writer, clock)));
        }
        for witness in witnesses {
            all.push(Box::new(Witness::new(witness, settings, writer, clock)));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let threads = all.into_iter().map(|outsider| {
            let (is_over, handle) = (Arc::clone(&stop), Arc::clone(handle));
            Builder::new()
                .name("outsider".to_owned())
                .spawn(move || asking(outsider, &is_over, &handle))
                .map_err(|error| Error::new(ErrorKind::Internal, error))
        });
        Ok(Self {
            threads: threads.collect::<Result<_, _>>()?,
            stop,
        })
    }

    /// The job has ended: waits for what the last checkpoint gets, but not for long. What does not come is asked for by the
    /// next start.
    pub fn end(self) {
        self.stop.store(true, Ordering::Release);
        let mut left = LAST_WITHIN;
        let is_finished = || self.threads.iter().all(JoinHandle::is_finished);
        while left > Duration::ZERO && !is_finished() {
            std::thread::sleep(Duration::from_millis(20));
            left = left.saturating_sub(Duration::from_millis(20));
        }
    }
}

fn asking(mut outsider: Box<dyn Outsider>, is_over: &AtomicBool, handle: &Handle) {
    while !is_over.load(Ordering::Acquire) {
        let changed = outsider.look();
        changed
            .into_iter()
            .for_each(|change| handle.set_alarm(change));
        std::thread::sleep(LOOK_EVERY);
    }
    outsider.last();
}

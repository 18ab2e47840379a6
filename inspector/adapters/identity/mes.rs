//! Styles and lanes from a manufacturing execution system (MES): `GET url`, with the part ID in it. It answers
//! `{"style": "…"}`, with `"lane": "…"` where it knows that too, or the style as plain text; 404 says that it knows none.
//! Other fields mean nothing, and so does the lane where the station does not look lanes up.

use crate::adapters::web;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::ports::identity::Found;
use crate::queue::{Outlet, Queue, WhenFull, queue};
use crate::station::lane::{LaneNo, Lanes};
use crate::station::newest::Newest;
use crate::station::part::{PartId, Style};
use crate::station::time::Instant;
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What stands for the part ID in the address.
const PLACE: &str = "{part_id}";
/// Parts that may wait for an answer.
const ASKED_MAX: usize = 64;
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 64 * 1_024;
const TIMEOUT_MS_MAX: u64 = 10_000;
/// Looks so often whether the station still asks.
const NAP: Duration = Duration::from_millis(100);

/// The section `[identity.mes]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address with `{part_id}` where the ID belongs.
    pub url: String,
    /// How long an answer may take.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// How many answers are remembered.
    #[serde(default = "keep")]
    pub keep: usize,
    /// For how long they are.
    #[serde(default = "keep_s")]
    pub keep_s: u64,
    /// PEM file with the certificates that vouch for an `https` address; default those of the system.
    pub ca: Option<PathBuf>,
}

fn timeout_ms() -> u64 {
    200
}

fn keep() -> usize {
    10_000
}

fn keep_s() -> u64 {
    3_600
}

impl Settings {
    /// What does not go together.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !web::is_address(&self.url.replace(PLACE, "1")) || !self.url.contains(PLACE) {
            problems.push(format!(
                "url: expected an address with {PLACE} where the ID belongs, as \"http://mes.local/parts/{PLACE}\"; found {:?}",
                web::shown(&self.url)
            ));
        }
        if !(1..=TIMEOUT_MS_MAX).contains(&self.timeout_ms) {
            problems.push(format!(
                "timeout_ms: expected 1 to {TIMEOUT_MS_MAX}, found {}",
                self.timeout_ms
            ));
        }
        if self.keep > 1_000_000 {
            problems.push(format!(
                "keep: expected at most 1000000 answers, found {}",
                self.keep
            ));
        }
        problems
    }

    fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Who asks. The system stands in the plant: never through a proxy.
    ///
    /// # Errors
    /// Where the certificates cannot be read.
    pub fn agent(&self) -> Result<ureq::Agent, Error> {
        let asking = web::Asking {
            timeout: self.timeout(),
            ca: (self.ca.as_deref(), "identity.mes.ca"),
            proxy: (None, ""),
        };
        web::agent(&self.url, asking)
    }
}

/// What an answer says.
type Known = (Style, Option<LaneNo>);

/// The side of the station, which never waits.
pub struct Mes {
    /// Answers, and when they came.
    known: Newest<PartId, (Known, Instant)>,
    keep_for: Duration,
    asked: Queue<(PartId, Instant)>,
    answers: Outlet<(PartId, Found)>,
    clock: Arc<dyn Clock>,
}

impl Mes {
    /// What is known of this ID now.
    pub fn find(&mut self, part_id: &PartId) -> Found {
        let now = self.clock.now();
        let known = self.known.get(part_id);
        if let Some(((style, lane), _)) =
            known.filter(|(_, since)| now.since(*since) <= self.keep_for)
        {
            let (style, lane) = (*style, *lane);
            return Found::Known { style, lane };
        }
        match self.asked.push((*part_id, now)) {
            Ok(()) => Found::Asked,
            // So many wait already that this one would come too late.
            Err(_) => Found::Unknown,
        }
    }

    /// The next answer that has come.
    pub fn answered(&mut self) -> Option<(PartId, Found)> {
        let (part_id, found) = self.answers.pop()?;
        if let Found::Known { style, lane } = found {
            self.known
                .insert(part_id, ((style, lane), self.clock.now()));
        }
        Some((part_id, found))
    }
}

/// Starts the thread that asks. Without `lanes`, an answer's lane means nothing.
///
/// # Errors
/// Where the certificates cannot be read.
pub fn open(
    settings: &Settings,
    lanes: Option<&Lanes>,
    alarms: &AlarmSender,
    clock: &Arc<dyn Clock>,
) -> Result<Mes, Error> {
    let agent = settings.agent()?;
    let (asked, asked_rx) = queue("asked", ASKED_MAX, WhenFull::DropNewest, None);
    let (answers_tx, answers) = queue("answers", ASKED_MAX, WhenFull::DropNewest, None);
    let asker = Asker {
        agent,
        url: settings.url.clone(),
        lanes: lanes.cloned(),
        timeout: settings.timeout(),
        asked: asked_rx,
        answers: answers_tx,
        condition: alarms.condition(Code::LookUpFailed, "mes"),
        clock: Arc::clone(clock),
    };
    let thread = std::thread::Builder::new().name("mes".to_owned());
    thread
        .spawn(move || asker.ask())
        .map_err(|error| Error::new(ErrorKind::Internal, error))?;
    Ok(Mes {
        known: Newest::new(settings.keep),
        keep_for: Duration::from_secs(settings.keep_s),
        asked,
        answers,
        clock: Arc::clone(clock),
    })
}

/// What came instead of an answer.
struct NoAnswer {
    found: String,
}

impl NoAnswer {
    fn of(found: impl std::fmt::Display) -> Self {
        let found = found.to_string();
        Self { found }
    }
}

/// The thread that asks and waits.
struct Asker {
    agent: ureq::Agent,
    url: String,
    lanes: Option<Lanes>,
    timeout: Duration,
    asked: Outlet<(PartId, Instant)>,
    answers: Queue<(PartId, Found)>,
    condition: Condition,
    clock: Arc<dyn Clock>,
}

impl Asker {
    fn ask(mut self) {
        while !self.asked.is_closed() {
            let Some((part_id, since)) = self.asked.pop_waiting(NAP) else {
                continue;
            };
            // Behind a system that hangs, later parts need not wait for what comes too late for them.
            let found = match self.clock.now().since(since) < self.timeout {
                true => self.answer(&part_id),
                false => Found::Unknown,
            };
            drop(self.answers.push((part_id, found)));
        }
    }

    fn answer(&mut self, part_id: &PartId) -> Found {
        let encoded = utf8_percent_encode(part_id.as_str(), NON_ALPHANUMERIC).to_string();
        let url = self.url.replace(PLACE, &encoded);
        match self.fetched(&url) {
            Ok(Some((style, lane))) => {
                self.condition.end();
                Found::Known { style, lane }
            }
            Ok(None) => {
                self.condition.end();
                Found::Unknown
            }
            Err(NoAnswer { found }) => {
                // In an alarm, which everybody sees.
                let (found, url) = (web::shown_in(&found, &url), web::shown(&url));
                self.condition.raise(format!(
                    "{url}: expected {{\"style\": \"…\"}} or 404 within {} ms, found {found}; the part is rejected",
                    self.timeout.as_millis()
                ));
                Found::Unknown
            }
        }
    }

    /// `None` where no style is known.
    fn fetched(&self, url: &str) -> Result<Option<Known>, NoAnswer> {
        let reply = self.agent.get(url).call();
        let mut reply = reply.map_err(NoAnswer::of)?;
        match reply.status().as_u16() {
            200 => {}
            204 | 404 => return Ok(None),
            status => return Err(NoAnswer::of(format_args!("status {status}"))),
        }
        let mime = reply.body().mime_type().unwrap_or("text/plain");
        if !["application/json", "text/plain"].contains(&mime) {
            return Err(NoAnswer::of(format_args!("an answer of type {mime}")));
        }
        let body = reply.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let body = body.read_to_string().map_err(NoAnswer::of)?;
        told_in(&body, self.lanes.as_ref()).map(Some)
    }
}

/// Characters of an answer that are told where it is none.
const SHOWN_MAX: usize = 80;

/// What an answer tells; its lane only where lanes are asked for.
fn told_in(body: &str, lanes: Option<&Lanes>) -> Result<Known, NoAnswer> {
    #[derive(Deserialize)]
    struct Answer {
        style: Option<Value>,
        lane: Option<Value>,
    }
    let body = body.trim();
    let begins: String = body.chars().take(SHOWN_MAX).collect();
    if !body.starts_with('{') {
        // A page where somebody is to log in is no style.
        let style = Style::new(body).ok().filter(|_| !body.starts_with('<'));
        let style = style.ok_or_else(|| NoAnswer::of(format_args!("{begins:?}")))?;
        return Ok((style, None));
    }
    let answer: Answer = serde_json::from_str(body)
        .map_err(|error| NoAnswer::of(format_args!("{begins:?}, which is no JSON: {error}")))?;
    let style = match answer.style {
        Some(Value::String(style)) => Style::new(&style)
            .map_err(|error| NoAnswer::of(format_args!("style {style:?}, which {error}")))?,
        Some(other) => return Err(no_text("style", &other)),
        None => return Err(NoAnswer::of(format_args!("no style in {begins:?}"))),
    };
    let lane = match (answer.lane, lanes) {
        (None, _) | (_, None) => None,
        (Some(Value::String(name)), Some(lanes)) => {
            Some(super::lane(&name, lanes).map_err(NoAnswer::of)?)
        }
        (Some(other), Some(_)) => return Err(no_text("lane", &other)),
    };
    Ok((style, lane))
}

fn no_text(field: &str, found: &Value) -> NoAnswer {
    let found: String = found.to_string().chars().take(SHOWN_MAX).collect();
    NoAnswer::of(format_args!("{field} {found}, which is no text"))
}

#[cfg(test)]
mod tests;

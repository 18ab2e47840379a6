//! The station's log: one line an event, for people or for programs, on standard error and in the data folder.
//!
//! Written by `tracing`; every line of the station's own goes through [`crate::tell`], which asks for a code of the
//! catalogue. Lines of libraries have none.

use super::catalogue::{Code, Severity};
use super::file::RotatingFile;
use super::line::{Line, Style};
use super::sink::Sink;
use crate::clock::{Clock, SystemClock};
use serde::Deserialize;
use std::io::IsTerminal;
use std::os::linux::fs::MetadataExt;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// How lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// From which level on lines are written, by room.
#[derive(Clone, Debug)]
pub struct LogLevels(Targets);

impl Default for LogLevels {
    /// `info` and more urgent.
    fn default() -> Self {
        Self(Targets::new().with_default(LevelFilter::INFO))
    }
}

impl FromStr for LogLevels {
    type Err = String;

    /// `info`, or `info,inspector::pipeline=debug`.
    fn from_str(text: &str) -> Result<Self, String> {
        const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
        for part in text.split(',') {
            let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
            if !LEVELS.contains(&level.trim()) {
                return Err(format!(
                    "expected one of {LEVELS:?}, or by room as \"info,inspector::pipeline=debug\"; found {part:?}"
                ));
            }
        }
        let spaceless: String = text.split_whitespace().collect();
        let targets = spaceless.parse().map_err(|error| format!("{error}"))?;
        Ok(Self(targets))
    }
}

/// How often each code was told, in the order of [`Code::ALL`].
static COUNTS: [AtomicU64; Code::ALL.len()] = [const { AtomicU64::new(0) }; Code::ALL.len()];

/// Counts an event; part of [`crate::tell`].
pub fn count(code: Code) {
    COUNTS[code as usize].fetch_add(1, Ordering::Relaxed);
}

/// How often this code was told since the program began.
pub fn counted(code: Code) -> u64 {
    COUNTS[code as usize].load(Ordering::Relaxed)
}

/// Tells an event: `tell!(Code::StrayFile, path = %path.display(), "{name} is no recipe")`. Fields come first, as in
/// `tracing`; the message is as in `format!`.
#[macro_export]
macro_rules! tell {
    ($code:expr, $($told:tt)+) => {{
        let code: $crate::telemetry::catalogue::Code = $code;
        $crate::telemetry::log::count(code);
        match code.severity() {
            $crate::telemetry::catalogue::Severity::Info => tracing::info!(code = code.name(), $($told)+),
            $crate::telemetry::catalogue::Severity::Warning => tracing::warn!(code = code.name(), $($told)+),
            $crate::telemetry::catalogue::Severity::Error => tracing::error!(code = code.name(), $($told)+),
        }
    }};
}

/// The log of this process.
pub struct Log {
    terminal: Sink,
    terminal_style: Style,
    file: OnceLock<Sink>,
}

static LOG: OnceLock<Arc<Log>> = OnceLock::new();

/// The log, where [`install`] was called: while a station runs.
pub fn installed() -> Option<&'static Arc<Log>> {
    LOG.get()
}

/// Lines go to standard error from now on, and a panic is a line too. Called once, when a station starts.
#[expect(
    clippy::disallowed_methods,
    reason = "a thread of its own writes there, behind a bounded queue that drops"
)]
pub fn install(format: LogFormat, levels: &LogLevels) -> &'static Arc<Log> {
    LOG.get_or_init(|| {
        let style = match format {
            LogFormat::Json => Style::Json,
            LogFormat::Text if is_journal() => Style::Journal,
            LogFormat::Text => Style::Text {
                colour: std::io::stderr().is_terminal(),
            },
        };
        let log = Arc::new(Log {
            terminal: Sink::start("terminal", std::io::stderr(), move |lost| {
                dropped(lost, style)
            }),
            terminal_style: style,
            file: OnceLock::new(),
        });
        let layer = LogLayer(Arc::clone(&log)).with_filter(levels.0.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        // Another subscriber can only be that of a test.
        let _ = tracing::subscriber::set_global_default(subscriber);
        std::panic::set_hook(Box::new(tell_panic));
        log
    })
}

impl Log {
    /// Lines go into this folder too from now on, as JSON, in files of bounded size. Called by whoever holds the lock of
    /// the data folder: two processes must not turn the same files over.
    pub fn write_into(&self, folder: &Path) {
        let file = RotatingFile::new(folder);
        self.file
            .get_or_init(|| Sink::start("file", file, |lost| dropped(lost, Style::Json)));
    }

    /// Waits until what was told is written, but never long: a terminal that takes nothing must not keep the program.
    pub fn flush(&self) {
        self.terminal.flush(Duration::from_millis(500));
        if let Some(file) = self.file.get() {
            file.flush(Duration::from_millis(500));
        }
    }

    /// Lines dropped so far, by sink.
    pub fn dropped(&self) -> [(&'static str, u64); 2] {
        let of_file = self.file.get().map_or(0, Sink::dropped);
        [("terminal", self.terminal.dropped()), ("file", of_file)]
    }
}

fn dropped(lost: u64, style: Style) -> String {
    count(Code::LinesDropped);
    let line = Line {
        at: SystemClock.wall(),
        severity: Severity::Warning,
        level: Level::WARN,
        code: Some(Code::LinesDropped.name().to_owned()),
        message: format!("{lost} lines were dropped"),
        thread: "log".to_owned(),
        room: "inspector::telemetry".to_owned(),
        spans: Vec::new(),
        fields: vec![("lines".to_owned(), lost.into())],
    };
    line.shown(style)
}

/// Whether standard error is the journal's, which has times of its own and wants priorities (systemd.exec(5)).
fn is_journal() -> bool {
    let Some(stream) = std::env::var_os("JOURNAL_STREAM") else {
        return false;
    };
    let Ok(meta) = std::fs::metadata("/proc/self/fd/2") else {
        return false;
    };
    stream.to_string_lossy() == format!("{}:{}", meta.st_dev(), meta.st_ino())
}

fn tell_panic(info: &std::panic::PanicHookInfo<'_>) {
    let payload = info.payload();
    let said = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it gave no reason".to_owned());
    let place = info
        .location()
        .map_or(String::new(), std::string::ToString::to_string);
    let backtrace = std::backtrace::Backtrace::force_capture();
    crate::tell!(Code::Panic, place, backtrace = %backtrace, "panicked: {said}");
}

struct LogLayer(Arc<Log>);

impl<S> Layer<S> for LogLayer
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let spans = context.event_scope(event).map_or(Vec::new(), |scope| {
            scope
                .from_root()
                .map(|span| span.name().to_owned())
                .collect()
        });
        let line = Line::of(event, SystemClock.wall(), spans);
        self.0.terminal.write(line.shown(self.0.terminal_style));
        if let Some(file) = self.0.file.get() {
            file.write(line.shown(Style::Json));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_that_are_known() {
        for good in [
            "info",
            "warn",
            "info,inspector::pipeline=debug",
            "off, hyper=warn",
        ] {
            assert!(good.parse::<LogLevels>().is_ok(), "{good}");
        }
        for bad in ["", "warm", "inspector", "info,inspector=loud", "info;debug"] {
            let error = bad.parse::<LogLevels>().expect_err(bad);
            assert!(error.contains("expected"), "{error}");
        }
    }
}

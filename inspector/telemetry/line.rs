//! One event of the log as a line: for people, for the journal, or as JSON.

use super::catalogue::{Code, Severity};
use crate::station::name::shown;
use crate::station::time::WallTime;
use serde_json::{Map, Value};
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Time, severity, code, message, fields, thread.
    Text {
        /// Whether severities are coloured.
        colour: bool,
    },
    /// With the priority in front and without a time, which the journal adds.
    Journal,
    /// One JSON object a line.
    Json,
}

/// An event, taken apart.
pub(super) struct Line {
    pub(super) at: WallTime,
    pub(super) severity: Severity,
    pub(super) level: Level,
    pub(super) code: Option<String>,
    pub(super) message: String,
    pub(super) thread: String,
    pub(super) room: String,
    pub(super) spans: Vec<String>,
    pub(super) fields: Vec<(String, Value)>,
}

impl Line {
    pub(super) fn of(event: &Event<'_>, at: WallTime, spans: Vec<String>) -> Self {
        let level = *event.metadata().level();
        let mut line = Self {
            at,
            severity: match level {
                Level::ERROR => Severity::Error,
                Level::WARN => Severity::Warning,
                _ => Severity::Info,
            },
            level,
            code: None,
            message: String::new(),
            thread: std::thread::current()
                .name()
                .unwrap_or("unnamed")
                .to_owned(),
            room: event.metadata().target().to_owned(),
            spans,
            fields: Vec::new(),
        };
        event.record(&mut line);
        line
    }

    /// With a newline at its end.
    pub(super) fn shown(&self, style: Style) -> String {
        let mut text = match style {
            Style::Json => self.json(),
            Style::Text { colour } => format!("{} {}", timestamp(self.at), self.text(colour)),
            Style::Journal => format!("<{}>{}", self.priority(), self.text(false)),
        };
        text.push('\n');
        text
    }

    /// As syslog(3) numbers them.
    fn priority(&self) -> u8 {
        match self.level {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            _ => 7,
        }
    }

    fn text(&self, colour: bool) -> String {
        let (on, off) = match (colour, self.level) {
            (true, Level::ERROR) => ("\x1b[31m", "\x1b[0m"),
            (true, Level::WARN) => ("\x1b[33m", "\x1b[0m"),
            _ => ("", ""),
        };
        let mut text = format!("{on}{:<5}{off} ", self.level.as_str());
        if let Some(code) = &self.code {
            text.push_str(code);
            text.push_str(": ");
        }
        text.push_str(&escaped(&self.message));
        for (name, value) in &self.fields {
            let shown = match value {
                Value::String(text) => escaped(text),
                other => other.to_string(),
            };
            text.push_str(&format!(" {name}={shown}"));
        }
        for span in &self.spans {
            text.push_str(&format!(" in {span}"));
        }
        text.push_str(&format!(" [{}]", escaped(&self.thread)));
        text
    }

    fn json(&self) -> String {
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
        put("at", timestamp(self.at).into());
        put("severity", self.severity.name().into());
        put("level", self.level.as_str().to_lowercase().into());
        if let Some(code) = &self.code {
            put("code", code.clone().into());
            if let Some(known) =
                Code::from_name(code).filter(|known| known.severity() > Severity::Info)
            {
                let [english, chinese] = known.entry().remedy;
                put("remedy", english.into());
                put("remedy_zh", chinese.into());
            }
        }
        put("message", self.message.clone().into());
        put("thread", self.thread.clone().into());
        put("room", self.room.clone().into());
        if !self.spans.is_empty() {
            put("spans", self.spans.clone().into());
        }
        for (name, value) in &self.fields {
            put(name, value.clone());
        }
        Value::Object(object).to_string()
    }

    fn take(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            ("code", Value::String(code)) => self.code = Some(code),
            (name, value) => self.fields.push((name.to_owned(), value)),
        }
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.take(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, format!("{value:?}").into());
    }
}

/// UTC to the millisecond.
fn timestamp(at: WallTime) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    format!("{at:.3}")
}

/// As a terminal may show it; further lines of a message are set in.
fn escaped(text: &str) -> String {
    shown(text).replace('\n', "\n    ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line {
            at: WallTime(1_764_270_000_123_456),
            severity: Severity::Error,
            level: Level::ERROR,
            code: Some("camera_gone".to_owned()),
            message: "camera top: \u{1b}[2J\u{202e}gone".to_owned(),
            thread: "acq-0".to_owned(),
            room: "inspector::pipeline".to_owned(),
            spans: Vec::new(),
            fields: vec![("attempts".to_owned(), 3.into())],
        }
    }

    #[test]
    fn a_line_for_people_says_when_what_and_where_and_moves_no_cursor() {
        assert_eq!(
            line().shown(Style::Text { colour: false }),
            "2025-11-27T19:00:00.123Z ERROR camera_gone: camera top: \\u{1b}[2J\\u{202e}gone attempts=3 [acq-0]\n"
        );
        let journal = line().shown(Style::Journal);
        assert!(journal.starts_with("<3>ERROR camera_gone: "), "{journal}");
    }

    #[test]
    fn a_line_for_programs_has_the_remedy_in_both_languages() {
        let shown = line().shown(Style::Json);
        let object: Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(object["code"], "camera_gone");
        assert_eq!(object["severity"], "error");
        assert_eq!(object["attempts"], 3);
        assert_eq!(object["message"], line().message);
        assert_eq!(object["remedy"], Code::CameraGone.entry().remedy[0]);
        assert_eq!(object["remedy_zh"], Code::CameraGone.entry().remedy[1]);
        assert_eq!(shown.matches('\n').count(), 1, "one line");
    }
}

//! Every event that a station can tell of: its code, how urgent it is, what it means and what to do, in English and
//! Chinese. `docs/ref/events.md` is generated from here (`inspector events --catalogue`).
//!
//! A code is what programs look for; it never changes its meaning. What happened this time stands in the message beside it.

use super::texts;
use serde::{Deserialize, Serialize};

/// How urgent an event is. Ordered: the later, the more urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The course of things: nobody needs to do anything.
    Info,
    /// Parts are still judged and recorded, and somebody should look soon.
    Warning,
    /// Parts are rejected, or may go unrecorded, until somebody sees to it.
    Error,
}

impl Severity {
    /// The stable name, as in the log, the API and the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What the station cannot do while an alarm is active. `/ready` answers 503 with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// Judging parts in time.
    Deciding,
    /// Making results durable.
    Recording,
    /// Hearing triggers and cameras, commanding the ejector.
    Line,
}

impl Duty {
    /// The stable name, as in the answer of `/ready`.
    pub const fn name(self) -> &'static str {
        match self {
            Duty::Deciding => "deciding",
            Duty::Recording => "recording",
            Duty::Line => "line",
        }
    }
}

/// Whether an event stands for itself or begins a condition that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// It happened; nothing ends it.
    Event,
    /// An alarm: it begins, lasts, ends, and can be acknowledged.
    Alarm(Option<Duty>),
}

/// What is known of an event's code.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The stable name, as in the log, the API and the metrics.
    pub name: &'static str,
    /// How urgent it is.
    pub severity: Severity,
    /// Whether it is an alarm.
    pub lasting: Lasting,
    /// What it means: English, Simplified Chinese.
    pub meaning: [&'static str; 2],
    /// What to do: English, Simplified Chinese.
    pub remedy: [&'static str; 2],
}

macro_rules! catalogue {
    ($($code:ident $name:literal $severity:ident $lasting:expr;)*) => {
        /// An event's code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "each is explained by its entry, which the reader sees")]
        pub enum Code { $($code,)* }

        impl Code {
            /// Every code, in the order of the reference.
            pub const ALL: &[Code] = &[$(Code::$code,)*];

            /// What is known of it.
            pub const fn entry(self) -> Entry {
                match self {
                    $(Code::$code => {
                        let [meaning, remedy] = texts::$code;
                        Entry { name: $name, severity: Severity::$severity, lasting: $lasting, meaning, remedy }
                    })*
                }
            }
        }
    };
}

use Duty::{Deciding, Line, Recording};
use Lasting::{Alarm, Event};

catalogue! {
    // Alarms: what the line needs.
    CameraGone "camera_gone" Error Alarm(Some(Line));
    TriggerGone "trigger_gone" Error Alarm(Some(Line));
    Ejector "ejector" Error Alarm(Some(Line));
    LineTooFast "line_too_fast" Error Alarm(None);
    TooManyParts "too_many_parts" Error Alarm(None);
    TriggerSlow "trigger_slow" Error Alarm(None);
    LineDeviceGone "line_device_gone" Error Alarm(Some(Line));
    WatchdogUnproven "watchdog_unproven" Error Alarm(Some(Line));
    HeartbeatLost "heartbeat_lost" Error Alarm(Some(Line));
    EncoderDead "encoder_dead" Error Alarm(Some(Line));
    EncoderFast "encoder_fast" Error Alarm(Some(Line));
    TriggerMissed "trigger_missed" Error Alarm(None);
    PartsMissing "parts_missing" Error Alarm(None);
    PartsUnseen "parts_unseen" Error Alarm(None);
    LineRunsOn "line_runs_on" Error Alarm(None);
    ChallengeDue "challenge_due" Error Alarm(None);
    ChallengeOverdue "challenge_overdue" Error Alarm(None);
    ChallengeFailed "challenge_failed" Error Alarm(None);
    NotAcknowledged "not_acknowledged" Error Alarm(None);
    CommandLate "command_late" Error Alarm(None);
    ConfirmMissing "confirm_missing" Error Alarm(None);
    ConfirmUnexpected "confirm_unexpected" Error Alarm(None);
    WrongLane "wrong_lane" Error Alarm(None);
    UnknownPart "unknown_part" Error Alarm(None);
    BinFull "bin_full" Error Alarm(None);
    BinOpen "bin_open" Error Alarm(None);
    LowAir "low_air" Error Alarm(None);
    ManyRejects "many_rejects" Error Alarm(None);
    LineStopped "line_stopped" Error Alarm(Some(Line));
    NoIdentity "no_identity" Warning Alarm(None);
    PartIdTwice "part_id_twice" Warning Alarm(None);
    LookUpFailed "look_up_failed" Warning Alarm(None);
    TextRefused "text_refused" Warning Alarm(None);
    // Alarms: what decides.
    Model "model" Error Alarm(Some(Deciding));
    NoRecipe "no_recipe" Error Alarm(Some(Deciding));
    // Alarms: what records.
    NotDurable "not_durable" Error Alarm(Some(Recording));
    LogFull "log_full" Error Alarm(Some(Recording));
    LogGone "log_gone" Error Alarm(Some(Recording));
    TwoStations "two_stations" Error Alarm(Some(Recording));
    DiskFull "disk_full" Error Alarm(Some(Recording));
    DiskReadOnly "disk_read_only" Error Alarm(Some(Recording));
    DiskFailed "disk_failed" Error Alarm(Some(Recording));
    DiskSlow "disk_slow" Warning Alarm(None);
    Gap "gap" Error Alarm(Some(Recording));
    ImageStore "image_store" Warning Alarm(None);
    UnreviewedDeleted "unreviewed_deleted" Warning Alarm(None);
    ClockBehind "clock_behind" Warning Alarm(None);
    ClockStepped "clock_stepped" Warning Alarm(None);
    LogAltered "log_altered" Error Alarm(None);
    SigningFailed "signing_failed" Warning Alarm(None);
    StampingFailed "stamping_failed" Warning Alarm(None);
    WitnessFailed "witness_failed" Warning Alarm(None);
    WitnessRefused "witness_refused" Error Alarm(None);
    // Events: the station.
    StationStarted "station_started" Info Event;
    StationStopping "station_stopping" Info Event;
    StationStopped "station_stopped" Info Event;
    StationFailed "station_failed" Error Event;
    JobInterrupted "job_interrupted" Warning Event;
    JobNumbersSkipped "job_numbers_skipped" Warning Event;
    ModelLoaded "model_loaded" Info Event;
    PriorityRealTime "priority_real_time" Info Event;
    PriorityNormal "priority_normal" Warning Event;
    StrayFile "stray_file" Warning Event;
    CameraReopened "camera_reopened" Info Event;
    PicturesDeleted "pictures_deleted" Info Event;
    ThreadDied "thread_died" Error Event;
    Panic "panic" Error Event;
    LinesDropped "lines_dropped" Warning Event;
    EntriesLost "entries_lost" Warning Event;
    LockTakenAgain "lock_taken_again" Warning Event;
    LineRestarted "line_restarted" Warning Event;
    SigningKeyMade "signing_key_made" Info Event;
    SigningKeyChanged "signing_key_changed" Warning Event;
    SigningKeyUnusable "signing_key_unusable" Warning Event;
    SignedNoteGone "signed_note_gone" Warning Event;
    CheckpointStamped "checkpoint_stamped" Info Event;
    // Events: parts.
    PartRejected "part_rejected" Info Event;
    // Events: people.
    RecipeApplied "recipe_applied" Info Event;
    RecipeInUse "recipe_in_use" Info Event;
    RecipeFinished "recipe_finished" Warning Event;
    RecipeDiscarded "recipe_discarded" Warning Event;
    RecipeUnfinished "recipe_unfinished" Warning Event;
    SettingsChanged "settings_changed" Info Event;
    ModelTaught "model_taught" Info Event;
    AlarmEnded "alarm_ended" Info Event;
    AlarmAcknowledged "alarm_acknowledged" Info Event;
    LogExported "log_exported" Info Event;
    LogRestored "log_restored" Warning Event;
    AccountChanged "account_changed" Info Event;
    AccountsUnreadable "accounts_unreadable" Warning Event;
    LoggedIn "logged_in" Info Event;
    LoggedOut "logged_out" Info Event;
    LogInFailed "log_in_failed" Warning Event;
    AccessRefused "access_refused" Warning Event;
    CertificateTaken "certificate_taken" Info Event;
    CertificateUnreadable "certificate_unreadable" Warning Event;
    CertificateEnds "certificate_ends" Warning Event;
    RequestAccepted "request_accepted" Info Event;
    RequestRefused "request_refused" Warning Event;
    RequestFailed "request_failed" Error Event;
}

impl Code {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// How urgent it is.
    pub const fn severity(self) -> Severity {
        self.entry().severity
    }

    /// What the station cannot do while this alarm is active; `None` for other alarms and for events.
    pub const fn duty(self) -> Option<Duty> {
        match self.entry().lasting {
            Alarm(duty) => duty,
            Event => None,
        }
    }

    /// Whether it begins, lasts and ends.
    pub const fn is_alarm(self) -> bool {
        matches!(self.entry().lasting, Alarm(_))
    }

    /// The code with this stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

/// The reference of all events as Markdown, which is `docs/ref/events.md`.
pub fn reference() -> String {
    let mut text = String::from(
        "# Events\n\nGenerated by `inspector events --catalogue`; a test holds this page equal to the program.\n\n\
         Every line that a station logs has a code from this page (`code` in JSON), and so has every alarm on the \
         station page, in the API (`/api/alarms`) and in the metrics (`inspector_alarm_active`).\n\n\
         * **Alarms** begin, last and end. The station counts how often the cause was seen, and a person can \
         acknowledge them. While an alarm that names a *duty* is active, `/ready` answers 503.\n\
         * **Events** happen once.\n\n\
         Severities: *info*: nothing to do; *warning*: parts are still judged and recorded, look soon; *error*: parts \
         are rejected, or may go unrecorded, until somebody sees to it. In journald they are the priorities 6, 4 and \
         3.\n",
    );
    for (title, is_alarm) in [("Alarms", true), ("Events", false)] {
        text.push_str(&format!("\n## {title}\n"));
        for code in Code::ALL.iter().filter(|code| code.is_alarm() == is_alarm) {
            let entry = code.entry();
            let duty = code.duty().map_or(String::new(), |duty| {
                format!(", not ready: {}", duty.name())
            });
            text.push_str(&format!(
                "\n### `{}`\n\n*{}{duty}.* {} {}\n\n{}{}\n",
                entry.name,
                entry.severity.name(),
                entry.meaning[0],
                entry.remedy[0],
                entry.meaning[1],
                entry.remedy[1],
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_name_of_its_own_and_texts_in_both_languages() {
        let mut names = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let entry = code.entry();
            assert!(names.insert(entry.name), "{} is there twice", entry.name);
            assert_eq!(Code::from_name(entry.name), Some(*code));
            let json = serde_json::to_string(code).expect("a name");
            assert_eq!(
                json,
                format!("{:?}", entry.name),
                "JSON and log say the same"
            );
            for [english, chinese] in [entry.meaning, entry.remedy] {
                assert!(english.ends_with('.') && english.len() > 10, "{english}");
                assert!(chinese.ends_with('。'), "{chinese}");
                assert!(
                    chinese.chars().any(|c| ('一'..='龥').contains(&c)),
                    "{chinese}"
                );
            }
        }
    }

    #[test]
    fn an_error_is_something_to_see_to() {
        for code in Code::ALL {
            let keeps_from_a_duty = code.duty().is_some();
            assert!(
                !keeps_from_a_duty || code.severity() == Severity::Error,
                "{}: what keeps the station from a duty is an error",
                code.name()
            );
        }
    }
}

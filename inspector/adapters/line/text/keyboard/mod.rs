//! `kind = "keyboard"`: a scanner that types like a keyboard, or a foot switch. It belongs to the station alone: its keys
//! reach no window.

pub mod input;
mod keys;

use super::device::TextDevice;
use super::hearing::Terms;
use super::reading::Reader;
use super::scanner::{no_read, times};
use crate::adapters::line::kinds::{Opening, Role, SIGNALS};
use crate::ports::line::LineDevice;
use crate::ports::signal::{AddressError, Width};
use input::Input;
pub use keys::{Keys, code_of};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// As in the settings.
pub const KIND: &str = "keyboard";
/// It says who parts are; where the settings say so, it announces them too.
pub const ROLE: Role = Role {
    has_signals: false,
    identifies: true,
    ..SIGNALS
};

/// A `[[device]]` of this kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Path of the input device, as in `/dev/input/by-id`.
    pub input: PathBuf,
    /// Whether each text, or each press of `key`, is a part at the camera.
    #[serde(default)]
    pub announces: bool,
    /// The key of a foot switch; no other key means anything then.
    #[serde(default)]
    pub key: Option<String>,
    /// Stripped from the beginning of each text.
    #[serde(default)]
    pub prefix: String,
    /// Stripped from the end of each text.
    #[serde(default)]
    pub suffix: String,
    /// Texts that say that nothing could be read.
    #[serde(default)]
    pub no_read: Vec<String>,
    /// A text without Enter is thrown away after so long without a key.
    #[serde(default = "partial_timeout")]
    pub partial_timeout_ms: u64,
    /// The same text, or press, again within so long is the same part.
    #[serde(default)]
    pub ignore_repeat_ms: u64,
}

const fn partial_timeout() -> u64 {
    500
}

/// What does not go together in the settings, one line each.
pub fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(key) = &settings.key {
        if code_of(key).is_none() {
            problems.push(format!(
                "key: expected F1 to F24, A to Z, 0 to 9, Space, Enter, PageUp, PageDown, Up, Down, Left or Right, found \
                 {key:?}"
            ));
        }
        if !settings.announces {
            problems.push(
                "key: a key says that a part is there, and no more; expected announces = true with it".to_owned(),
            );
        }
        if !settings.prefix.is_empty()
            || !settings.suffix.is_empty()
            || !settings.no_read.is_empty()
        {
            problems.push(
                "prefix, suffix and no_read are of texts; expected none of them with key = \"…\""
                    .to_owned(),
            );
        }
    }
    problems.extend(times(
        settings.partial_timeout_ms,
        settings.ignore_repeat_ms,
    ));
    problems.extend(no_read(&settings.no_read));
    problems
}

/// Nothing of a keyboard moves.
pub const fn proves(_: &Settings) -> bool {
    false
}

/// It has no addresses: what it says is an ID, or that a part is there.
///
/// # Errors
/// Always, because of that.
pub fn width(_: &Settings, address: &str, _is_output: bool) -> Result<Width, AddressError> {
    Err(AddressError {
        expected: "no address, because a keyboard says a part's ID, or with `key` that a part is there",
        found: address.to_owned(),
    })
}

/// A device of these settings, closed: its first turn opens it.
pub fn open(settings: &Settings, from: Opening<'_>) -> Box<dyn LineDevice> {
    let port = Input::new(settings.input.clone());
    Box::new(device(settings, port, from))
}

/// The same around another port that sends events as the kernel does.
pub fn device<P: super::port::Port>(
    settings: &Settings,
    port: P,
    from: Opening<'_>,
) -> TextDevice<P, Keys> {
    let key = settings.key.as_deref().and_then(code_of);
    let keys = Keys::new(key, Duration::from_millis(settings.partial_timeout_ms));
    let terms = Terms {
        announces: settings.announces,
        repeat: Duration::from_millis(settings.ignore_repeat_ms),
        reader: Reader {
            prefix: settings.prefix.clone(),
            suffix: settings.suffix.clone(),
            no_read: settings.no_read.clone(),
            ..Reader::default()
        },
    };
    TextDevice::new(port, keys, terms, String::new(), from)
}

//! What an audit pack says of itself. Nobody signed it: it is shown, and where it excuses nothing, it is believed.

use crate::results::reader::RecordedGap;
use serde_json::Value;
use std::path::Path;

/// What it was asked for.
pub struct About(Value);

impl About {
    /// `None` where it cannot be read, or does not say which pictures the pack has.
    pub fn read(path: &Path) -> Option<Self> {
        let about: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        let pictures = about["pictures"].as_str()?;
        let is_known = ["all", "rejects", "none"].contains(&pictures);
        is_known.then_some(Self(about))
    }

    /// `all`, `rejects` or `none`.
    pub fn pictures(&self) -> &str {
        self.0["pictures"].as_str().unwrap_or_default()
    }

    /// Whether a gap reaches into its time.
    pub fn is_of_time(&self, gap: &RecordedGap) -> bool {
        let bound = |name: &str| self.0[name].as_i64();
        gap.to_us >= bound("from_us").unwrap_or(i64::MIN)
            && gap.from_us < bound("to_us").unwrap_or(i64::MAX)
    }

    /// Tells it. `is_filtered`: that parts between rows may be missing.
    pub fn say(&self, is_filtered: bool) {
        let time = |name: &str| {
            let at = self.0[name].as_i64();
            let at = at.and_then(|at| jiff::Timestamp::from_microsecond(at).ok());
            at.map_or("-".to_owned(), |at| at.to_string())
        };
        let word = |name: &str| self.0[name].as_str().unwrap_or("all").to_owned();
        let unconfirmed = match self.0["unconfirmed"] == false {
            true => "",
            false => ", only unconfirmed parts",
        };
        let holes = match is_filtered {
            true => "; parts between rows may be missing (--filtered)",
            false => "",
        };
        say!(
            "asked for  from {} to {}, style {}, lane {}{unconfirmed}, pictures {}: so it says, unsigned{holes}",
            time("from_us"),
            time("to_us"),
            word("style"),
            word("lane"),
            self.pictures()
        );
    }
}

//! Styles and lanes by what an ID begins with, or by a regular expression.

use super::NoLane;
use crate::station::lane::{LaneNo, Lanes};
use crate::station::name::NameError;
use crate::station::part::{PartId, Style};
use regex_lite::Regex;
use serde::Deserialize;
use std::fmt;

/// As in the settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRule {
    /// What the ID begins with.
    pub prefix: Option<String>,
    /// A regular expression that fits somewhere in the ID; `^` and `$` are its ends.
    pub pattern: Option<String>,
    /// Style of parts with such an ID.
    pub style: String,
    /// Name of the lane that such parts are to go to.
    pub lane: Option<String>,
}

#[derive(Clone, Debug)]
enum Fits {
    Prefix(Box<str>),
    Pattern(Regex),
}

/// IDs of one style.
#[derive(Clone, Debug)]
pub struct Rule {
    fits: Fits,
    style: Style,
    lane: Option<LaneNo>,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// The style cannot be one.
    Style(NameError),
    /// There is no such lane.
    Lane(NoLane),
    /// It would fit every ID.
    EmptyPrefix,
    /// It is no regular expression.
    Pattern {
        /// As in the settings.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Neither of the two that it may be, or both.
    NotOne,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuleError::Style(error) => write!(f, "style {error}"),
            RuleError::Lane(error) => error.fmt(f),
            RuleError::EmptyPrefix => {
                f.write_str("prefix is empty and would fit every ID; expected its first characters")
            }
            RuleError::Pattern { found, reason } => write!(
                f,
                "pattern: expected a regular expression, found {found:?}: {reason}"
            ),
            RuleError::NotOne => f.write_str("expected either prefix or pattern"),
        }
    }
}

impl std::error::Error for RuleError {}

impl RawRule {
    /// Ready to be asked.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn checked(&self, lanes: &Lanes) -> Result<Rule, RuleError> {
        let style = Style::new(&self.style).map_err(RuleError::Style)?;
        let lane = self.lane.as_deref().map(|name| super::lane(name, lanes));
        let lane = lane.transpose().map_err(RuleError::Lane)?;
        let fits = match (&self.prefix, &self.pattern) {
            (Some(prefix), None) if !prefix.is_empty() => Fits::Prefix(prefix.as_str().into()),
            (Some(_), None) => return Err(RuleError::EmptyPrefix),
            (None, Some(found)) => match Regex::new(found) {
                Ok(pattern) => Fits::Pattern(pattern),
                Err(error) => {
                    return Err(RuleError::Pattern {
                        found: found.clone(),
                        reason: error.to_string(),
                    });
                }
            },
            _ => return Err(RuleError::NotOne),
        };
        Ok(Rule { fits, style, lane })
    }
}

/// Style and lane by the first rule that fits.
pub fn find(rules: &[Rule], part_id: &PartId) -> Option<(Style, Option<LaneNo>)> {
    let part_id = part_id.as_str();
    let fits = |rule: &&Rule| match &rule.fits {
        Fits::Prefix(prefix) => part_id.starts_with(&**prefix),
        Fits::Pattern(pattern) => pattern.is_match(part_id),
    };
    let rule = rules.iter().find(fits)?;
    Some((rule.style, rule.lane))
}

impl Rule {
    /// The style that it tells.
    pub fn style(&self) -> Style {
        self.style
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(prefix: Option<&str>, pattern: Option<&str>, style: &str) -> Result<Rule, RuleError> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (prefix, pattern, style) = (owned(prefix), owned(pattern), style.to_owned());
        RawRule {
            prefix,
            pattern,
            style,
            lane: None,
        }
        .checked(&Lanes::two())
    }

    #[test]
    fn the_first_that_fits_tells() {
        let rules = [
            rule(Some("SN-A7-"), None, "bracket").expect("a rule"),
            rule(None, Some(r"^\(01\)0[0-9]{13}"), "gear").expect("a rule"),
            rule(None, Some("端盖$"), "cap").expect("a rule"),
        ];
        let style = |id: &str| {
            let found = find(&rules, &PartId::new(id).expect("an ID"));
            found.map(|(style, _)| style.as_str().to_owned())
        };
        assert_eq!(style("SN-A7-0001"), Some("bracket".to_owned()));
        assert_eq!(style("(01)04912345123459(21)7"), Some("gear".to_owned()));
        assert_eq!(style("批次9-端盖"), Some("cap".to_owned()));
        assert_eq!(style("SN-B7-0001"), None);
    }

    #[test]
    fn a_rule_knows_the_lane_too() {
        let raw = |lane: &str| RawRule {
            prefix: Some("A-".to_owned()),
            pattern: None,
            style: "cap".to_owned(),
            lane: Some(lane.to_owned()),
        };
        let rule = raw("reject").checked(&Lanes::two()).expect("a lane");
        let found = find(&[rule], &PartId::new("A-1").expect("an ID"));
        assert_eq!(found.and_then(|(_, lane)| lane), Some(LaneNo(1)));
        let wrong = raw("rework").checked(&Lanes::two()).expect_err("no lane");
        let told = "lane \"rework\": expected a lane of the station, accept or reject";
        assert_eq!(wrong.to_string(), told);
    }

    #[test]
    fn a_rule_says_what_is_wrong_with_it() {
        for (told, wrong) in [
            ("either prefix or pattern", rule(None, None, "cap")),
            (
                "either prefix or pattern",
                rule(Some("a"), Some("b"), "cap"),
            ),
            ("every ID", rule(Some(""), None, "cap")),
            ("a regular expression", rule(None, Some("("), "cap")),
            ("style", rule(Some("a"), None, "../x")),
        ] {
            let error = wrong.expect_err("it is wrong");
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}

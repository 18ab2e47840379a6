//! Which kind of person somebody is.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What somebody is trusted with. Which requests a role may make stands in one table, beside the routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks, and changes nothing.
    Viewer,
    /// Runs the line: answers rejects, acknowledges alarms, announces parts.
    Operator,
    /// Stands behind what is rejected: thresholds, models, rules, exports.
    Quality,
    /// Sets the station up.
    Integrator,
}

impl Role {
    /// Every role there is.
    pub const ALL: [Role; 4] = [
        Role::Viewer,
        Role::Operator,
        Role::Quality,
        Role::Integrator,
    ];

    /// The stable name, as in the file of accounts and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Quality => "quality",
            Role::Integrator => "integrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// That a text names no role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRole(String);

impl fmt::Display for NoRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Role::ALL.map(Role::name).join(", ");
        write!(f, "expected one of {names}, found {:?}", self.0)
    }
}

impl std::error::Error for NoRole {}

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        let mut all = Self::ALL.into_iter();
        all.find(|role| role.name() == text)
            .ok_or_else(|| NoRole(text.to_owned()))
    }
}

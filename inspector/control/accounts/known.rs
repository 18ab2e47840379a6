//! What the station last told the journal of its accounts: whoever changes the file, by `inspector account` or by hand,
//! while the station runs or not, the journal says what is different.

use super::file::{Account, AccountsFile, Proof};
use crate::control::private;
use crate::hash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// One account, without what it is known by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    role: String,
    kind: String,
    is_disabled: bool,
    /// SHA-256 of the hash of its password or token.
    proof_sha256: String,
}

/// All that were told of, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Known(BTreeMap<String, Seen>);

/// One difference, for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Name of the account or token.
    pub account: String,
    /// What is different, as a sentence.
    pub message: String,
    /// From what to what.
    pub details: Vec<(&'static str, String)>,
}

/// Where it is kept.
fn path(data: &Path) -> PathBuf {
    data.join("accounts-told.toml")
}

/// SHA-256 of what an account is known by: another password is another.
pub fn proof_sha256(account: &Account) -> String {
    match &account.proof {
        Proof::Password(hashed) => hash::sha256(hashed.to_string().as_bytes()),
        Proof::Token(kept) => hash::sha256(kept.as_str().as_bytes()),
    }
}

impl Known {
    /// As the file says now.
    pub fn of(file: &AccountsFile) -> Self {
        let seen = |account: &Account| Seen {
            role: account.role.name().to_owned(),
            kind: if account.is_token() {
                "token"
            } else {
                "account"
            }
            .to_owned(),
            is_disabled: account.is_disabled,
            proof_sha256: proof_sha256(account),
        };
        let all = file.all().iter();
        Self(
            all.map(|account| (account.name.clone(), seen(account)))
                .collect(),
        )
    }

    /// As it was told last; nobody where nothing was, or what is there cannot be read: then all are told anew.
    pub fn read(data: &Path) -> Self {
        let text = std::fs::read_to_string(path(data)).unwrap_or_default();
        toml::from_str(&text).unwrap_or_default()
    }

    /// Whether nobody was told of.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps it, or removes what was kept where there is nobody.
    ///
    /// # Errors
    /// When the disk does not take it: then the same is told again, which is better than never.
    pub fn keep(&self, data: &Path) -> io::Result<()> {
        let path = path(data);
        if self.0.is_empty() {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let text = toml::to_string(self).map_err(io::Error::other)?;
        private::write(data, &path, &text)
    }

    /// What is different `now`.
    pub fn changes(&self, now: &Known) -> Vec<Change> {
        let gone = self.0.iter().filter(|(name, _)| !now.0.contains_key(*name));
        let mut changes: Vec<Change> = gone
            .map(|(name, seen)| Change {
                account: name.clone(),
                message: format!("{} {name} was removed", seen.kind),
                details: vec![("from", seen.role.clone())],
            })
            .collect();
        for (name, seen) in &now.0 {
            let Some(before) = self.0.get(name) else {
                changes.push(Change {
                    account: name.clone(),
                    message: format!(
                        "{} {name} was added, with the role {}",
                        seen.kind, seen.role
                    ),
                    details: vec![("to", seen.role.clone())],
                });
                continue;
            };
            changes.extend(differences(name, before, seen));
        }
        changes
    }
}

fn differences(name: &str, before: &Seen, now: &Seen) -> Vec<Change> {
    let kind = &now.kind;
    let change = |message: String, details| Change {
        account: name.to_owned(),
        message,
        details,
    };
    let mut changes = Vec::new();
    if before.role != now.role {
        let details = vec![("from", before.role.clone()), ("to", now.role.clone())];
        let message = format!(
            "{kind} {name} has the role {} instead of {}",
            now.role, before.role
        );
        changes.push(change(message, details));
    }
    if before.is_disabled != now.is_disabled {
        let (word, to) = if now.is_disabled {
            ("disabled", "disabled")
        } else {
            ("enabled again", "enabled")
        };
        let details = vec![("to", to.to_owned())];
        changes.push(change(format!("{kind} {name} was {word}"), details));
    }
    if before.proof_sha256 != now.proof_sha256 || before.kind != now.kind {
        let what = if now.kind == "token" {
            "token"
        } else {
            "password"
        };
        changes.push(change(
            format!("{kind} {name} has another {what}"),
            Vec::new(),
        ));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::super::password::Hashed;
    use super::super::role::Role;
    use super::*;

    fn file(accounts: &[(&str, Role, bool)]) -> AccountsFile {
        let mut file = AccountsFile::default();
        for (name, role, is_disabled) in accounts {
            let added = file.add(Account {
                name: (*name).to_owned(),
                role: *role,
                proof: Proof::Password(Hashed::of_nobody()),
                is_disabled: *is_disabled,
            });
            added.expect("a name");
        }
        file
    }

    #[test]
    fn every_difference_is_told_once_and_what_is_kept_holds_no_hash_of_a_password() {
        let data = tempfile::tempdir().expect("a folder");
        let before = Known::of(&file(&[
            ("li.a", Role::Operator, false),
            ("李 明", Role::Viewer, false),
            ("wang", Role::Quality, true),
        ]));
        assert_eq!(Known::read(data.path()).changes(&before).len(), 3);
        before.keep(data.path()).expect("kept");
        let read = Known::read(data.path());
        assert_eq!(read, before);
        assert_eq!(read.changes(&before), []);
        let text = std::fs::read_to_string(path(data.path())).expect("kept");
        assert!(!text.contains("argon2id"), "{text}");
        let mut changed = file(&[
            ("li.a", Role::Quality, true),
            ("wang", Role::Quality, false),
        ]);
        let li = changed.change("li.a").expect("there is one");
        li.proof = Proof::Password(Hashed::of("another password", "li").expect("one"));
        let changes = before.changes(&Known::of(&changed));
        let told: Vec<&str> = changes.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "account 李 明 was removed",
                "account li.a has the role quality instead of operator",
                "account li.a was disabled",
                "account li.a has another password",
                "account wang was enabled again",
            ]
        );
        Known::default().keep(data.path()).expect("removed");
        assert_eq!(Known::read(data.path()), Known::default());
    }
}

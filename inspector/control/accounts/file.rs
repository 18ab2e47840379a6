//! `accounts.toml` in the data folder: who may log in, and which machines may ask. Only its owner reads it; it is in no
//! backup, no support bundle and no log.

use super::password::Hashed;
use super::role::Role;
use super::secret::SecretHash;
use crate::control::private;
use crate::station::name::is_invisible;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Characters of a name.
pub const NAME_CHARACTERS_MAX: usize = 64;
/// Accounts and tokens of a station.
pub const ENTRIES_MAX: usize = 500;
/// Bytes of a file that is read: more than so many entries have.
const BYTES_MAX: u64 = 1 << 20;

/// By what somebody is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A person's password.
    Password(Hashed),
    /// A machine's token.
    Token(SecretHash),
}

/// A person's account, or a machine's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What the journal calls it.
    pub name: String,
    /// What it is trusted with.
    pub role: Role,
    /// By what it is known.
    pub proof: Proof,
    /// Whether it may do nothing at present.
    pub is_disabled: bool,
}

impl Account {
    /// Whether it is a machine's.
    pub const fn is_token(&self) -> bool {
        matches!(self.proof, Proof::Token(_))
    }
}

/// Why the file cannot be used, or an entry not be made.
#[derive(Debug)]
pub enum FileError {
    /// It cannot be read or written.
    Disk(PathBuf, io::Error),
    /// Others than its owner may read or change it.
    Mode(PathBuf, u32),
    /// It says something else than is expected.
    Content(PathBuf, String),
    /// No name for an account.
    Name(String),
    /// There is one of this name already.
    Taken(String),
    /// There is none of this name.
    Unknown(String),
    /// There are as many as a station keeps.
    TooMany,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Disk(path, error) => write!(f, "{}: {error}", path.display()),
            FileError::Mode(path, mode) => write!(
                f,
                "{0}: expected a file that its owner alone can read and write (mode 600), found mode {mode:03o}: \
                 `chmod 600 {0}`, and if somebody may have copied it, give every account another password and every \
                 machine another token",
                path.display()
            ),
            FileError::Content(path, why) => write!(
                f,
                "{}: {why}; `inspector account` writes this file",
                path.display()
            ),
            FileError::Name(found) => write!(
                f,
                "expected a name of 1 to {NAME_CHARACTERS_MAX} characters that can be seen, without spaces around it and \
                 other than \"station\"; found {found:?}"
            ),
            FileError::Taken(name) => write!(
                f,
                "there is an account {name:?} already; `inspector account list` shows all"
            ),
            FileError::Unknown(name) => write!(
                f,
                "there is no account {name:?}; `inspector account list` shows all"
            ),
            FileError::TooMany => write!(
                f,
                "expected at most {ENTRIES_MAX} accounts and tokens; remove some first"
            ),
        }
    }
}

impl std::error::Error for FileError {}

/// Everybody who may come in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountsFile {
    accounts: Vec<Account>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    account: Vec<RawAccount>,
    token: Vec<RawToken>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RawAccount {
    name: String,
    role: Role,
    argon2id: String,
    #[serde(default)]
    is_disabled: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RawToken {
    name: String,
    role: Role,
    sha256: String,
    #[serde(default)]
    is_disabled: bool,
}

/// Where it lies.
pub fn path(data: &Path) -> PathBuf {
    data.join("accounts.toml")
}

/// Which file it was when it was looked at: another one has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
    mode: u32,
}

/// `None` where there is no file.
///
/// # Errors
/// When the system does not say.
pub fn stamp(data: &Path) -> Result<Option<Stamp>, FileError> {
    let path = path(data);
    match std::fs::metadata(&path) {
        Ok(found) => Ok(Some(Stamp {
            inode: found.ino(),
            bytes: found.size(),
            changed: (found.ctime(), found.ctime_nsec()),
            mode: found.permissions().mode(),
        })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::Disk(path, error)),
    }
}

/// A lock that whoever changes the file holds: two changes at once would lose one.
#[derive(Debug)]
pub struct Changing(#[allow(dead_code, reason = "its lock ends with it")] File);

/// Waits until nobody else changes the accounts.
///
/// # Errors
/// When the lock cannot be made.
pub fn lock(data: &Path) -> Result<Changing, FileError> {
    let path = data.join("accounts.lock");
    let opened = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .and_then(|file| private::owned_as(data, &file).map(|()| file))
        .and_then(|file| file.lock().map(|()| file));
    opened
        .map(Changing)
        .map_err(|error| FileError::Disk(path, error))
}

impl AccountsFile {
    /// Reads it; nobody where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read, others than its owner may, or it says something else.
    pub fn read(data: &Path) -> Result<Self, FileError> {
        let path = path(data);
        let disk = |error| FileError::Disk(path.clone(), error);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(disk(error)),
        };
        // Of the file that is open: its name may be another's by now.
        let found = file.metadata().map_err(disk)?;
        let mode = found.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(FileError::Mode(path, mode));
        }
        if found.len() > BYTES_MAX {
            let why = format!("expected at most {BYTES_MAX} bytes, found {}", found.len());
            return Err(FileError::Content(path, why));
        }
        let mut text = String::new();
        file.take(BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(disk)?;
        Self::parse(&path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let content = |why| FileError::Content(path.to_owned(), why);
        // Its whole words would repeat the line, and with it a hash.
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            content(format!("line {line}: {}", error.message()))
        })?;
        let mut read = Self::default();
        let mut add = |account: Account| {
            let name = account.name.clone();
            read.add(account)
                .map_err(|error| content(format!("account {name:?}: {error}")))
        };
        for raw in raw.account {
            let hashed = Hashed::parse(&raw.argon2id).ok_or_else(|| {
                content(format!(
                    "account {:?}: argon2id: expected a hash that `inspector account password` writes, found another text",
                    raw.name
                ))
            })?;
            add(Account {
                name: raw.name,
                role: raw.role,
                proof: Proof::Password(hashed),
                is_disabled: raw.is_disabled,
            })?;
        }
        for raw in raw.token {
            let kept = SecretHash::parse(&raw.sha256).ok_or_else(|| {
                content(format!(
                    "token {:?}: sha256: expected 64 digits in lower-case hex, found something else",
                    raw.name
                ))
            })?;
            add(Account {
                name: raw.name,
                role: raw.role,
                proof: Proof::Token(kept),
                is_disabled: raw.is_disabled,
            })?;
        }
        Ok(read)
    }

    /// Writes it: the former stays until this one is durable.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn write(&self, data: &Path) -> Result<(), FileError> {
        let path = path(data);
        let text = self.text();
        private::write(data, &path, &text).map_err(|error| FileError::Disk(path, error))
    }

    fn text(&self) -> String {
        let mut raw = Raw::default();
        for account in &self.accounts {
            let (name, role, is_disabled) =
                (account.name.clone(), account.role, account.is_disabled);
            match &account.proof {
                Proof::Password(hashed) => raw.account.push(RawAccount {
                    name,
                    role,
                    argon2id: hashed.to_string(),
                    is_disabled,
                }),
                Proof::Token(kept) => raw.token.push(RawToken {
                    name,
                    role,
                    sha256: kept.as_str().to_owned(),
                    is_disabled,
                }),
            }
        }
        let mut text = String::from("# Written by `inspector account`. Keep it to yourself.\n\n");
        // Texts, a role and a yes or no always are TOML.
        let _ = write!(text, "{}", toml::to_string(&raw).unwrap_or_default());
        text
    }

    /// Everybody, in the order in which they came: people, then machines.
    pub fn all(&self) -> &[Account] {
        &self.accounts
    }

    /// The one of this name. Names that differ only by case are one.
    pub fn find(&self, name: &str) -> Option<&Account> {
        let name = name.to_lowercase();
        let mut all = self.accounts.iter();
        all.find(|account| account.name.to_lowercase() == name)
    }

    /// The token that is kept as this.
    pub fn token(&self, kept: &SecretHash) -> Option<&Account> {
        let mut all = self.accounts.iter();
        all.find(|account| matches!(&account.proof, Proof::Token(of) if of == kept))
    }

    /// One more.
    ///
    /// # Errors
    /// When its name is none, or taken, or there are too many.
    pub fn add(&mut self, account: Account) -> Result<(), FileError> {
        if !is_name(&account.name) {
            return Err(FileError::Name(account.name));
        }
        if self.find(&account.name).is_some() {
            return Err(FileError::Taken(account.name));
        }
        if self.accounts.len() >= ENTRIES_MAX {
            return Err(FileError::TooMany);
        }
        self.accounts.push(account);
        Ok(())
    }

    /// The one of this name, to be changed.
    ///
    /// # Errors
    /// When there is none.
    pub fn change(&mut self, name: &str) -> Result<&mut Account, FileError> {
        let low = name.to_lowercase();
        let mut all = self.accounts.iter_mut();
        all.find(|account| account.name.to_lowercase() == low)
            .ok_or_else(|| FileError::Unknown(name.to_owned()))
    }

    /// Takes one out.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn remove(&mut self, name: &str) -> Result<Account, FileError> {
        let low = name.to_lowercase();
        let mut all = self.accounts.iter();
        let at = all.position(|account| account.name.to_lowercase() == low);
        let at = at.ok_or_else(|| FileError::Unknown(name.to_owned()))?;
        Ok(self.accounts.remove(at))
    }
}

/// The station's own name in the journal is nobody else's.
fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    (1..=NAME_CHARACTERS_MAX).contains(&length)
        && name.trim() == name
        && !name.chars().any(is_invisible)
        && name.to_lowercase() != crate::ports::journal::STATION
}

//! Accounts: who somebody is, and what a role is trusted with is asked of. What may be asked by which role stands beside
//! the routes.
//!
//! Where a station has no account, nobody is asked who he is: it is the name that he enters. From the first account on,
//! nothing that is not public is answered without one.

mod attempts;
pub mod file;
#[cfg(test)]
mod file_tests;
mod known;
mod own;
pub mod password;
pub mod role;
pub mod secret;
mod sessions;
mod telling;
#[cfg(test)]
mod tests;
mod told;

use self::attempts::Attempts;
use self::file::{Account, AccountsFile, FileError, Proof, Stamp};
use self::known::{Known, proof_sha256};
pub use self::own::own_token;
use self::password::Hashed;
use self::role::Role;
use self::secret::SecretHash;
pub use self::sessions::Lasting;
use self::sessions::Sessions;
use self::told::Quota;
use crate::clock::Clock;
use crate::error::{ErrorKind, Sorted};
use crate::ports::journal::{Entry, Journal};
use crate::ports::log::LogError;
use crate::station::time::Instant;
use crate::telemetry::catalogue::Code;
use crate::tell;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the tokens of machines begin with, so that whoever finds one knows what it is.
pub const TOKEN_PREFIX: &str = "inspector_";

/// Somebody who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Somebody {
    /// Name of the account or token: the actor of the journal.
    pub name: String,
    /// What it is trusted with.
    pub role: Role,
}

/// Who it is that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The station has no accounts: whoever reaches it, by the name that he enters.
    Anybody,
    /// Nobody who is known.
    Nobody,
    /// An account or a token.
    Somebody(Somebody),
}

/// Why nobody was logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogInRefused {
    /// There were too many failures: to be tried again after this.
    Wait(Duration),
    /// Name or password are wrong, or the account is disabled; which one is not said.
    Wrong,
    /// The station has no accounts.
    NoAccounts,
    /// The system gave no random numbers.
    System(String),
    /// The journal did not take it, and then there is no session.
    Journal(LogError),
}

/// See the module.
pub struct Accounts {
    data: PathBuf,
    clock: Arc<dyn Clock>,
    journal: Arc<dyn Journal>,
    state: Mutex<State>,
    /// One change of the file is told at a time.
    telling: Mutex<()>,
    nobody: Hashed,
    /// What the programs of the station's own user are known by.
    own: Option<SecretHash>,
}

struct State {
    file: AccountsFile,
    stamp: Option<Stamp>,
    /// There are accounts, or there were and their file is gone, which lets nobody in.
    is_closed: bool,
    sessions: Sessions,
    attempts: Attempts,
    quota: Quota,
}

impl Accounts {
    /// Reads the accounts, and tells the journal what is different since they were told last. `had_accounts` says that the
    /// journal knows of some: a station that had accounts and whose file is gone lets nobody in.
    ///
    /// # Errors
    /// When the file is there and cannot be used.
    pub fn open(
        data: &Path,
        had_accounts: bool,
        lasting: Lasting,
        clock: Arc<dyn Clock>,
        journal: Arc<dyn Journal>,
    ) -> Result<Self, FileError> {
        let stamp = file::stamp(data)?;
        let file = AccountsFile::read(data)?;
        let is_gone = stamp.is_none() && (had_accounts || !Known::read(data).is_empty());
        let accounts = Self {
            data: data.to_owned(),
            clock,
            journal,
            telling: Mutex::new(()),
            nobody: Hashed::of_nobody(),
            own: own::make(data),
            state: Mutex::new(State {
                is_closed: is_gone || !file.all().is_empty(),
                file,
                stamp,
                sessions: Sessions::new(lasting),
                attempts: Attempts::default(),
                quota: Quota::default(),
            }),
        };
        accounts.tell_changes();
        Ok(accounts)
    }

    /// Whether nobody is asked who he is.
    pub fn is_open(&self) -> bool {
        !self.state().is_closed
    }

    /// Whether the file is another than was read. Asks the system, which takes microseconds.
    pub fn is_stale(&self) -> bool {
        match file::stamp(&self.data) {
            Ok(stamp) => stamp != self.state().stamp,
            Err(_) => true,
        }
    }

    /// Reads the file again where it is another. Where it cannot be used, those that were read before stay, and a line of
    /// the log says so. May wait for the disk.
    pub fn refresh(&self) {
        let stamp = file::stamp(&self.data);
        if stamp
            .as_ref()
            .is_ok_and(|stamp| *stamp == self.state().stamp)
        {
            return;
        }
        let read = stamp.and_then(|stamp| Ok((stamp, AccountsFile::read(&self.data)?)));
        match read {
            Ok((stamp, file)) => {
                let mut state = self.state();
                state.is_closed |= !file.all().is_empty();
                (state.file, state.stamp) = (file, stamp);
                drop(state);
                self.tell_changes();
            }
            Err(error) => {
                let wall = self.clock.wall();
                if self.state().quota.may(wall).is_some() {
                    tell!(
                        Code::AccountsUnreadable,
                        "accounts stay as they were read before: {error}"
                    );
                }
            }
        }
    }

    /// Who asks with this token, or else this session. `is_used` says that a person does: a page that only listens does
    /// not keep its session.
    pub fn who(&self, token: Option<&str>, session: Option<&str>, is_used: bool) -> Who {
        let now = self.clock.now();
        let token = token.map(SecretHash::of);
        let mut state = self.state();
        if !state.is_closed {
            return Who::Anybody;
        }
        if token.is_some() && token == self.own {
            return Who::Somebody(own::somebody());
        }
        let found = match (&token, session) {
            (Some(token), _) => state.file.token(token),
            (None, Some(secret)) => {
                let Some(found) = state.sessions.find(secret, is_used, now) else {
                    return Who::Nobody;
                };
                let account = state.file.find(&found.account);
                // Another password, or another account of this name, is another person.
                account.filter(|account| found.proof == proof_of(account))
            }
            (None, None) => None,
        };
        match found.filter(|account| !account.is_disabled) {
            Some(account) => Who::Somebody(somebody(account)),
            None => Who::Nobody,
        }
    }

    /// Logs somebody in, and gives the secret of the session. Takes as long for a name that there is not. May wait for the
    /// disk, and hashes: 19 MiB and tens of milliseconds.
    ///
    /// # Errors
    /// Why not.
    pub fn log_in(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
    ) -> Result<(String, Somebody), LogInRefused> {
        let (wall, now) = (self.clock.wall(), self.clock.now());
        let account = {
            let mut state = self.state();
            if !state.is_closed {
                return Err(LogInRefused::NoAccounts);
            }
            let begun = state.attempts.begin(name, from, now);
            begun.map_err(LogInRefused::Wait)?;
            state.file.find(name).cloned()
        };
        let hashed = match account.as_ref().map(|account| &account.proof) {
            Some(Proof::Password(hashed)) => hashed,
            _ => &self.nobody,
        };
        let is_right = hashed.is(password);
        let account =
            account.filter(|account| is_right && !account.is_token() && !account.is_disabled);
        let Some(account) = account else {
            self.failed(name, from, wall);
            let ended = self.clock.now();
            self.state().attempts.failed(name, from, ended);
            return Err(LogInRefused::Wrong);
        };
        self.state().attempts.succeeded(&account.name, from);
        let entry = Entry {
            subject: account.name.clone(),
            actor: account.name.clone(),
            message: format!("{} logged in", account.name),
            details: vec![
                ("from", from.to_string()),
                ("role", account.role.to_string()),
            ],
            ..Entry::of_station(wall, Code::LoggedIn)
        };
        let recorded = self.journal.record(entry);
        recorded.map_err(LogInRefused::Journal)?;
        self.begin(&account, now)
    }

    fn begin(&self, account: &Account, now: Instant) -> Result<(String, Somebody), LogInRefused> {
        let mut state = self.state();
        let begun = state.sessions.begin(&account.name, proof_of(account), now);
        let secret = begun.map_err(|error| LogInRefused::System(error.to_string()))?;
        Ok((secret, somebody(account)))
    }

    /// Ends a session.
    pub fn log_out(&self, session: &str, from: IpAddr) {
        let Some(name) = self.state().sessions.end(session) else {
            return;
        };
        self.journal.note(Entry {
            subject: name.clone(),
            message: format!("{name} logged out"),
            details: vec![("from", from.to_string())],
            actor: name,
            ..Entry::of_station(self.clock.wall(), Code::LoggedOut)
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sorted for FileError {
    fn kind(&self) -> ErrorKind {
        match self {
            FileError::Disk(..) => ErrorKind::Storage,
            _ => ErrorKind::Settings,
        }
    }
}

fn somebody(account: &Account) -> Somebody {
    Somebody {
        name: account.name.clone(),
        role: account.role,
    }
}

fn proof_of(account: &Account) -> SecretHash {
    SecretHash::of(&proof_sha256(account))
}

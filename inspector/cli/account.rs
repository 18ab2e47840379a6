//! `inspector account`: who may log in. It works while the station runs, which reads the file again and tells its journal
//! what is different; and it is the way back in for whoever lost the last password, because it needs the computer itself.

use super::load_settings_of;
use crate::control::accounts::file::{self, Account, AccountsFile, Proof};
use crate::control::accounts::password::Hashed;
use crate::control::accounts::role::Role;
use crate::control::accounts::{TOKEN_PREFIX, secret};
use crate::error::{Error, ErrorKind};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, BufRead, IsTerminal, Read, StdinLock};
use std::path::{Path, PathBuf};

/// Bytes of a password that are read: several times the longest.
const LINE_BYTES_MAX: u64 = 4096;

/// Arguments of `inspector account`.
#[derive(clap::Args)]
pub struct AccountArgs {
    /// The station settings.
    #[arg(long, short, default_value = "station.toml", global = true)]
    settings: PathBuf,
    /// A data folder instead of the station's.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Adds a person, and asks for the password (the first line of standard input, where that is no terminal).
    Add {
        /// As the journal will say it.
        name: String,
        /// viewer, operator, quality or integrator.
        #[arg(long)]
        role: Role,
        /// Adds a machine instead, and prints its token, once.
        #[arg(long)]
        token: bool,
    },
    /// Lists everybody: name, role, kind, whether disabled.
    List,
    /// Gives a person another password, or a machine another token. Ends its sessions.
    Password {
        /// Name of the account or token.
        name: String,
    },
    /// Gives an account another role.
    Role {
        /// Name of the account or token.
        name: String,
        /// viewer, operator, quality or integrator.
        role: Role,
    },
    /// Lets nobody in by this account until it is enabled again. Ends its sessions.
    Disable {
        /// Name of the account or token.
        name: String,
    },
    /// Lets a disabled account in again.
    Enable {
        /// Name of the account or token.
        name: String,
    },
    /// Removes an account; what it did stays in the journal under its name.
    Remove {
        /// Name of the account or token.
        name: String,
    },
}

/// Does it, and says what was done.
///
/// # Errors
/// When the name is unknown, taken or none, the password is none, or the file cannot be read or written.
pub fn account(args: &AccountArgs) -> Result<(), Error> {
    let data = match &args.data {
        Some(data) => data.clone(),
        None => load_settings_of(&args.settings)?.data,
    };
    match &args.action {
        Action::List => list(&data),
        Action::Add { name, role, token } => add(&data, name, *role, *token),
        Action::Password { name } => password(&data, name),
        Action::Role { name, role } => change(&data, name, "has another role", |account| {
            account.role = *role;
        }),
        Action::Disable { name } => change(&data, name, "is disabled", |account| {
            account.is_disabled = true;
        }),
        Action::Enable { name } => change(&data, name, "is enabled", |account| {
            account.is_disabled = false;
        }),
        Action::Remove { name } => {
            let _changing = file::lock(&data)?;
            let mut accounts = AccountsFile::read(&data)?;
            let removed = accounts.remove(name)?;
            accounts.write(&data)?;
            say!("{} is removed", removed.name);
            if accounts.all().is_empty() {
                say!("nobody is left: after its next start the station asks nobody who he is");
            }
            Ok(())
        }
    }
}

fn list(data: &Path) -> Result<(), Error> {
    let accounts = AccountsFile::read(data)?;
    if accounts.all().is_empty() {
        say!("no accounts: the station asks nobody who he is; `inspector account add` makes one");
    }
    for account in accounts.all() {
        let kind = if account.is_token() {
            "token"
        } else {
            "account"
        };
        let disabled = if account.is_disabled {
            "  disabled"
        } else {
            ""
        };
        say!(
            "{:<11} {kind:<8} {}{disabled}",
            account.role.name(),
            account.name
        );
    }
    Ok(())
}

fn add(data: &Path, name: &str, role: Role, is_token: bool) -> Result<(), Error> {
    // Before a password is asked for in vain.
    if AccountsFile::read(data)?.find(name).is_some() {
        return Err(file::FileError::Taken(name.to_owned()).into());
    }
    let (proof, token) = proof(name, is_token)?;
    std::fs::create_dir_all(data).map_err(|error| {
        let message = format!("create {}: {error}", data.display());
        Error::new(ErrorKind::Storage, message)
    })?;
    let _changing = file::lock(data)?;
    let mut accounts = AccountsFile::read(data)?;
    let is_first = accounts.all().is_empty();
    accounts.add(Account {
        name: name.to_owned(),
        role,
        proof,
        is_disabled: false,
    })?;
    accounts.write(data)?;
    say_token(token);
    remark!("{name} is added, with the role {role}");
    if is_first {
        remark!("from now on the station asks everybody who he is");
    }
    Ok(())
}

fn password(data: &Path, name: &str) -> Result<(), Error> {
    let accounts = AccountsFile::read(data)?;
    let found = accounts.find(name);
    let found = found.ok_or_else(|| file::FileError::Unknown(name.to_owned()))?;
    let (proof, token) = proof(&found.name, found.is_token())?;
    change(data, name, "has another password or token", |account| {
        account.proof = proof;
    })?;
    say_token(token);
    Ok(())
}

fn change(
    data: &Path,
    name: &str,
    done: &str,
    change: impl FnOnce(&mut Account),
) -> Result<(), Error> {
    let _changing = file::lock(data)?;
    let mut accounts = AccountsFile::read(data)?;
    let account = accounts.change(name)?;
    change(account);
    let name = account.name.clone();
    accounts.write(data)?;
    remark!("{name} {done}");
    Ok(())
}

/// What the account will be known by, and the token where it is a machine's.
fn proof(name: &str, is_token: bool) -> Result<(Proof, Option<String>), Error> {
    if is_token {
        let (token, kept) =
            secret::make(TOKEN_PREFIX).map_err(|error| Error::new(ErrorKind::Internal, error))?;
        return Ok((Proof::Token(kept), Some(token)));
    }
    let password = asked(name)?;
    let hashed = Hashed::of(&password, name);
    let hashed = hashed.map_err(|error| Error::new(ErrorKind::Settings, error))?;
    Ok((Proof::Password(hashed), None))
}

fn say_token(token: Option<String>) {
    if let Some(token) = token {
        remark!("the token, which is shown once:");
        say!("{token}");
    }
}

/// The password: typed twice without being shown, or the first line of standard input.
fn asked(name: &str) -> Result<String, Error> {
    let failed =
        |error: io::Error| Error::new(ErrorKind::Settings, format!("read the password: {error}"));
    let mut input = io::stdin().lock();
    if !input.is_terminal() {
        return line(&mut input).map(Into::into).map_err(failed);
    }
    let _hidden = Hidden::begin().map_err(failed)?;
    remark!("password of {name}:");
    let first = line(&mut input).map_err(failed)?;
    remark!("once more:");
    if line(&mut input).map_err(failed)? != first {
        let message = "the password: expected the same twice, found two; nothing was changed";
        return Err(Error::new(ErrorKind::Settings, message));
    }
    Ok(first.into())
}

fn line(input: &mut StdinLock<'_>) -> io::Result<Box<str>> {
    let mut line = String::new();
    input.take(LINE_BYTES_MAX).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).into())
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> io::Result<Self> {
        let shown = tcgetattr(io::stdin())?;
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
        Ok(Self(shown))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // The terminal is gone else.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

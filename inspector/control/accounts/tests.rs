//! Who is let in, and what the journal says of it.

use super::file::{Account, AccountsFile, Proof};
use super::password::Hashed;
use super::role::Role;
use super::{Accounts, Lasting, LogInRefused, TOKEN_PREFIX, Who, secret};
use crate::clock::SimulatedClock;
use crate::ports::journal::{Entry, Journal};
use crate::ports::log::LogError;
use crate::station::time::{Instant, WallTime};
use crate::telemetry::catalogue::Code;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse battery";
const LASTING: Lasting = Lasting {
    idle: Duration::from_secs(600),
    absolute: Duration::from_secs(3600),
};

/// Keeps what it is told, or refuses it.
#[derive(Default)]
struct Told(Mutex<(Vec<Entry>, bool)>);

impl Told {
    fn codes(&self) -> Vec<Code> {
        let told = self.0.lock().expect("a list");
        told.0.iter().map(|entry| entry.code).collect()
    }
}

impl Journal for Told {
    fn note(&self, entry: Entry) {
        self.0.lock().expect("a list").0.push(entry);
    }

    fn record(&self, entry: Entry) -> Result<(), LogError> {
        if self.0.lock().expect("a list").1 {
            let message = "full".to_owned();
            return Err(LogError::Full { message });
        }
        self.note(entry);
        Ok(())
    }
}

struct Station {
    data: tempfile::TempDir,
    clock: Arc<SimulatedClock>,
    told: Arc<Told>,
}

impl Station {
    fn new() -> Self {
        Self {
            data: tempfile::tempdir().expect("a folder"),
            clock: Arc::new(SimulatedClock::new(WallTime(1_800_000_000_000_000))),
            told: Arc::default(),
        }
    }

    fn open(&self) -> Accounts {
        self.open_knowing(false)
    }

    fn open_knowing(&self, had_accounts: bool) -> Accounts {
        let (clock, told) = (Arc::clone(&self.clock), Arc::clone(&self.told));
        Accounts::open(self.data.path(), had_accounts, LASTING, clock, told).expect("accounts")
    }

    fn later(&self, seconds: u64) {
        self.clock.advance_to(Instant(Duration::from_secs(seconds)));
    }
}

fn changed(data: &Path, change: impl FnOnce(&mut AccountsFile)) {
    let mut file = AccountsFile::read(data).expect("accounts");
    change(&mut file);
    file.write(data).expect("written");
}

fn add(data: &Path, name: &str, role: Role) {
    let hashed = Hashed::of(PASSWORD, name).expect("a password");
    changed(data, |file| {
        let added = file.add(Account {
            name: name.to_owned(),
            role,
            proof: Proof::Password(hashed),
            is_disabled: false,
        });
        added.expect("a name");
    });
}

fn name_of(who: &Who) -> Option<(&str, Role)> {
    match who {
        Who::Somebody(somebody) => Some((&somebody.name, somebody.role)),
        Who::Anybody | Who::Nobody => None,
    }
}

#[test]
fn without_accounts_nobody_is_asked_and_from_the_first_on_everybody_is() {
    let station = Station::new();
    let accounts = station.open();
    assert!(accounts.is_open());
    assert_eq!(accounts.who(None, None, true), Who::Anybody);
    let refused = accounts.log_in("li", PASSWORD, HERE);
    assert_eq!(refused, Err(LogInRefused::NoAccounts));
    add(station.data.path(), "li", Role::Quality);
    assert!(accounts.is_stale());
    accounts.refresh();
    assert!(!accounts.is_stale() && !accounts.is_open());
    assert_eq!(accounts.who(None, None, true), Who::Nobody);
    let (secret, _) = accounts.log_in("LI", PASSWORD, HERE).expect("logged in");
    let who = accounts.who(None, Some(&secret), true);
    assert_eq!(name_of(&who), Some(("li", Role::Quality)));
    assert_eq!(accounts.who(None, Some("0"), true), Who::Nobody);
    assert_eq!(station.told.codes(), [Code::AccountChanged, Code::LoggedIn]);
    // Whoever takes the file away does not open the station.
    std::fs::remove_file(super::file::path(station.data.path())).expect("removed");
    accounts.refresh();
    assert_eq!(accounts.who(None, Some(&secret), true), Who::Nobody);
    assert_eq!(accounts.who(None, None, true), Who::Nobody);
}

#[test]
fn a_station_that_had_accounts_is_not_opened_by_taking_their_file_away() {
    let station = Station::new();
    let data = station.data.path();
    add(data, "li", Role::Quality);
    drop(station.open());
    std::fs::remove_file(super::file::path(data)).expect("removed");
    // As often as it starts: what was told last is not forgotten for it.
    for _ in 0..2 {
        let accounts = station.open();
        assert_eq!(station.told.codes().last(), Some(&Code::AccountsUnreadable));
        assert!(!accounts.is_open());
        assert_eq!(accounts.who(None, None, true), Who::Nobody);
        let refused = accounts.log_in("li", PASSWORD, HERE);
        assert_eq!(refused, Err(LogInRefused::Wrong));
        station.later(3600);
    }
    std::fs::remove_file(data.join("accounts-told.toml")).expect("removed");
    assert!(!station.open_knowing(true).is_open(), "the journal knows");
    // At the computer itself one comes in again, and the last account can be removed on purpose.
    add(data, "wang", Role::Quality);
    let accounts = station.open_knowing(true);
    assert!(accounts.log_in("wang", PASSWORD, HERE).is_ok());
    changed(data, |file| drop(file.remove("wang").expect("one")));
    assert!(station.open_knowing(true).is_open());
}

#[test]
fn wrong_passwords_and_unknown_names_get_one_answer_and_a_growing_delay() {
    let station = Station::new();
    add(station.data.path(), "li", Role::Operator);
    let accounts = station.open();
    for (name, password) in [
        ("li", "wrong horse battery"),
        ("wang", PASSWORD),
        ("li", ""),
    ] {
        let refused = accounts.log_in(name, password, HERE);
        assert_eq!(refused, Err(LogInRefused::Wrong), "{name}");
    }
    let refused = accounts.log_in("li", PASSWORD, HERE);
    assert!(matches!(refused, Err(LogInRefused::Wait(_))), "{refused:?}");
    station.later(2);
    assert!(accounts.log_in("li", PASSWORD, HERE).is_ok());
    let told = station.told.0.lock().expect("a list");
    let failed = told
        .0
        .iter()
        .filter(|entry| entry.code == Code::LogInFailed);
    let subjects: Vec<&str> = failed.map(|entry| entry.subject.as_str()).collect();
    assert_eq!(
        subjects,
        ["li", "", "li"],
        "a password in the wrong field is not told"
    );
}

#[test]
fn a_change_of_the_account_ends_its_sessions_or_rights_at_once() {
    let station = Station::new();
    let data = station.data.path();
    for name in ["role", "password", "disabled", "removed"] {
        add(data, name, Role::Quality);
    }
    let accounts = station.open();
    let logged_in = |name: &str| accounts.log_in(name, PASSWORD, HERE).expect("logged in").0;
    let secrets = ["role", "password", "disabled", "removed"].map(logged_in);
    changed(data, |file| {
        file.change("role").expect("one").role = Role::Viewer;
        let another = Hashed::of("another password", "x").expect("a password");
        file.change("password").expect("one").proof = Proof::Password(another);
        file.change("disabled").expect("one").is_disabled = true;
        file.remove("removed").expect("one");
    });
    accounts.refresh();
    let who = |secret: &String| accounts.who(None, Some(secret), true);
    let [role, others @ ..] = &secrets;
    assert_eq!(name_of(&who(role)), Some(("role", Role::Viewer)));
    for secret in others {
        assert_eq!(who(secret), Who::Nobody);
    }
    let refused = accounts.log_in("disabled", PASSWORD, HERE);
    assert_eq!(refused, Err(LogInRefused::Wrong));
}

#[test]
fn a_machine_is_known_by_its_token_and_cannot_log_in() {
    let station = Station::new();
    let (token, kept) = secret::make(TOKEN_PREFIX).expect("random");
    changed(station.data.path(), |file| {
        let added = file.add(Account {
            name: "mes".to_owned(),
            role: Role::Operator,
            proof: Proof::Token(kept),
            is_disabled: false,
        });
        added.expect("a name");
    });
    let accounts = station.open();
    let who = accounts.who(Some(&token), None, true);
    assert_eq!(name_of(&who), Some(("mes", Role::Operator)));
    assert_eq!(accounts.who(Some("inspector_0"), None, true), Who::Nobody);
    assert_eq!(accounts.who(None, Some(&token), true), Who::Nobody);
    let refused = accounts.log_in("mes", &token, HERE);
    assert_eq!(refused, Err(LogInRefused::Wrong));
    // A token that is wrong is not made good by a session beside it.
    add(station.data.path(), "li", Role::Integrator);
    accounts.refresh();
    let (secret, _) = accounts.log_in("li", PASSWORD, HERE).expect("logged in");
    assert_eq!(accounts.who(Some("x"), Some(&secret), true), Who::Nobody);
}

#[test]
fn nobody_is_logged_in_whom_the_journal_does_not_know_and_changes_are_told_once() {
    let station = Station::new();
    add(station.data.path(), "li", Role::Operator);
    station.told.0.lock().expect("a list").1 = true;
    let accounts = station.open();
    let refused = accounts.log_in("li", PASSWORD, HERE);
    assert!(
        matches!(refused, Err(LogInRefused::Journal(_))),
        "{refused:?}"
    );
    station.told.0.lock().expect("a list").1 = false;
    drop(accounts);
    let accounts = station.open();
    drop(station.open());
    assert_eq!(
        station.told.codes(),
        [Code::AccountChanged],
        "told late, and once"
    );
    let (secret, somebody) = accounts.log_in("li", PASSWORD, HERE).expect("logged in");
    accounts.log_out(&secret, HERE);
    accounts.log_out(&secret, HERE);
    assert_eq!(accounts.who(None, Some(&secret), true), Who::Nobody);
    accounts.refused(&somebody, "POST /api/recipes", HERE);
    let codes = station.told.codes();
    let after = [Code::LoggedIn, Code::LoggedOut, Code::AccessRefused];
    assert_eq!(codes[1..], after);
}

#[test]
fn a_file_that_became_unreadable_changes_nothing() {
    let station = Station::new();
    add(station.data.path(), "li", Role::Operator);
    let accounts = station.open();
    let (secret, _) = accounts.log_in("li", PASSWORD, HERE).expect("logged in");
    std::fs::write(super::file::path(station.data.path()), "[[account]]").expect("written");
    accounts.refresh();
    assert!(name_of(&accounts.who(None, Some(&secret), true)).is_some());
}

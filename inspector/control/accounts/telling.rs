//! What the journal is told of accounts, of whoever fails to come in, and of whoever is refused.

use super::known::Known;
use super::{Accounts, Somebody, file};
use crate::ports::journal::{Entry, STATION};
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use crate::tell;
use std::net::IpAddr;
use std::sync::PoisonError;

impl Accounts {
    /// Tells the journal what is different, and keeps that it was told.
    pub(super) fn tell_changes(&self) {
        let _one = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, is_gone) = {
            let state = self.state();
            (
                Known::of(&state.file),
                state.stamp.is_none() && state.is_closed,
            )
        };
        if is_gone {
            return self.tell_gone();
        }
        let changes = Known::read(&self.data).changes(&now);
        if changes.is_empty() {
            return;
        }
        let wall = self.clock.wall();
        for change in changes {
            tell!(
                Code::AccountChanged,
                account = change.account,
                "{}",
                change.message
            );
            let recorded = self.journal.record(Entry {
                subject: change.account,
                message: change.message,
                details: change.details,
                ..Entry::of_station(wall, Code::AccountChanged)
            });
            // Told again at the next start.
            if recorded.is_err() {
                return;
            }
        }
        if let Err(error) = now.keep(&self.data) {
            tell!(
                Code::AccountsUnreadable,
                "{}: what was told of accounts is told again at the next start: {error}",
                self.data.display()
            );
        }
    }

    /// Not as if every account had been removed: what was told last is the memory that there were some.
    fn tell_gone(&self) {
        let path = file::path(&self.data);
        let message = format!(
            "{}: the file is gone, and nobody is let in until `inspector account add` makes another",
            path.display()
        );
        tell!(Code::AccountsUnreadable, "{message}");
        self.journal.note(Entry {
            message,
            ..Entry::of_station(self.clock.wall(), Code::AccountsUnreadable)
        });
    }

    /// People type passwords where names belong, so only names that there are are told.
    pub(super) fn failed(&self, name: &str, from: IpAddr, wall: WallTime) {
        let mut state = self.state();
        let known = state.file.find(name).map(|account| account.name.clone());
        let Some(untold) = state.quota.may(wall) else {
            return;
        };
        drop(state);
        let message = match &known {
            Some(name) => format!("a log-in as {name} failed"),
            None => "a log-in failed, with a name that no account has".to_owned(),
        };
        tell!(Code::LogInFailed, %from, "{message}, from {from}");
        self.journal.note(Entry {
            subject: known.unwrap_or_default(),
            message,
            details: vec![("from", from.to_string()), ("untold", untold.to_string())],
            actor: STATION.to_owned(),
            ..Entry::of_station(wall, Code::LogInFailed)
        });
    }

    /// Tells the journal that somebody asked for what his role does not allow.
    pub fn refused(&self, somebody: &Somebody, asked: &str, from: IpAddr) {
        let wall = self.clock.wall();
        let Some(untold) = self.state().quota.may(wall) else {
            return;
        };
        self.journal.note(Entry {
            subject: somebody.name.clone(),
            actor: somebody.name.clone(),
            message: format!(
                "{asked}: refused, the role {} does not allow it",
                somebody.role
            ),
            details: vec![
                ("from", from.to_string()),
                ("role", somebody.role.to_string()),
                ("untold", untold.to_string()),
            ],
            ..Entry::of_station(wall, Code::AccessRefused)
        });
    }

    /// Tells the journal that somebody changed what has no entry of its own there.
    pub fn changed(&self, somebody: &Somebody, asked: &str, from: IpAddr) {
        self.journal.note(Entry {
            subject: asked.to_owned(),
            actor: somebody.name.clone(),
            message: format!("{} asked for {asked}, and it was done", somebody.name),
            details: vec![
                ("from", from.to_string()),
                ("role", somebody.role.to_string()),
            ],
            ..Entry::of_station(self.clock.wall(), Code::RequestAccepted)
        });
    }

    /// Tells the journal of what somebody took with him; `None` where the station has no accounts.
    pub fn exported(&self, actor: Option<&str>, from: IpAddr, what: Vec<(&'static str, String)>) {
        let actor = actor.map_or_else(|| format!("somebody at {from}"), str::to_owned);
        tell!(Code::LogExported, %from, by = actor, "the log was exported by {actor}");
        let mut details = vec![("from", from.to_string())];
        details.extend(what);
        self.journal.note(Entry {
            message: format!("the log was exported by {actor}"),
            actor,
            details,
            ..Entry::of_station(self.clock.wall(), Code::LogExported)
        });
    }
}

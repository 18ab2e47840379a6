//! Who is logged in. Sessions live in memory: a restart ends them all.

use super::secret::{self, NoRandom, SecretHash};
use crate::station::time::Instant;
use std::collections::HashMap;
use std::time::Duration;

/// Sessions at a time; one more ends the one that was idle longest.
const SESSIONS_MAX: usize = 256;
/// Of one account.
const SESSIONS_MAX_OF_ACCOUNT: usize = 16;

/// How long a session lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// Without a request.
    pub idle: Duration,
    /// Since the log-in, whatever is asked.
    pub absolute: Duration,
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
struct Session {
    account: String,
    /// Of the account as it was then: another password ends the session.
    proof: SecretHash,
    begun: Instant,
    asked: Instant,
}

/// A session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Name of the account.
    pub account: String,
    /// What the account was known by at its log-in.
    pub proof: SecretHash,
}

/// All of them, by what their secrets are kept as.
#[derive(Debug)]
pub struct Sessions {
    lasting: Lasting,
    all: HashMap<SecretHash, Session>,
}

impl Sessions {
    /// Nobody is logged in yet.
    pub fn new(lasting: Lasting) -> Self {
        Self {
            lasting,
            all: HashMap::new(),
        }
    }

    /// Begins one, and gives its secret.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn begin(
        &mut self,
        account: &str,
        proof: SecretHash,
        now: Instant,
    ) -> Result<String, NoRandom> {
        let (secret, kept) = secret::make("")?;
        self.all
            .retain(|_, session| lasts(session, self.lasting, now));
        let of_account = |session: &Session| session.account == account;
        let count = self.all.values().filter(|one| of_account(one)).count();
        if count >= SESSIONS_MAX_OF_ACCOUNT {
            self.end_idlest(of_account);
        }
        if self.all.len() >= SESSIONS_MAX {
            self.end_idlest(|_| true);
        }
        let session = Session {
            account: account.to_owned(),
            proof,
            begun: now,
            asked: now,
        };
        self.all.insert(kept, session);
        Ok(secret)
    }

    fn end_idlest(&mut self, of: impl Fn(&Session) -> bool) {
        let all = self.all.iter().filter(|(_, session)| of(session));
        let idlest = all.min_by_key(|(_, session)| session.asked.0);
        if let Some(kept) = idlest.map(|(kept, _)| kept.clone()) {
            self.all.remove(&kept);
        }
    }

    /// Whose session this is the secret of. `is_used` says that a person asks: it stays as long again.
    pub fn find(&mut self, secret: &str, is_used: bool, now: Instant) -> Option<Found> {
        let kept = SecretHash::of(secret);
        let session = self.all.get_mut(&kept)?;
        if !lasts(session, self.lasting, now) {
            self.all.remove(&kept);
            return None;
        }
        if is_used {
            session.asked = now;
        }
        Some(Found {
            account: session.account.clone(),
            proof: session.proof.clone(),
        })
    }

    /// Ends one, and says whose it was.
    pub fn end(&mut self, secret: &str) -> Option<String> {
        let ended = self.all.remove(&SecretHash::of(secret))?;
        Some(ended.account)
    }
}

fn lasts(session: &Session, lasting: Lasting, now: Instant) -> bool {
    now.since(session.asked) < lasting.idle && now.since(session.begun) < lasting.absolute
}

#[cfg(test)]
mod tests {
    use super::*;

    const LASTING: Lasting = Lasting {
        idle: Duration::from_secs(60),
        absolute: Duration::from_secs(600),
    };

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    fn proof() -> SecretHash {
        SecretHash::of("a password")
    }

    #[test]
    fn a_session_ends_when_it_is_idle_or_old_and_not_before() {
        let mut sessions = Sessions::new(LASTING);
        let secret = sessions.begin("li", proof(), at(0)).expect("random");
        assert_eq!(secret.len(), 64);
        let found = sessions.find(&secret, true, at(59)).expect("it lasts");
        assert_eq!((found.account.as_str(), found.proof), ("li", proof()));
        assert!(sessions.find(&secret, true, at(118)).is_some());
        assert!(sessions.find(&secret, true, at(178)).is_none(), "idle");
        let secret = sessions.begin("li", proof(), at(1000)).expect("random");
        for second in (1000..1600).step_by(30) {
            assert!(sessions.find(&secret, true, at(second)).is_some());
        }
        assert!(sessions.find(&secret, true, at(1600)).is_none(), "old");
    }

    #[test]
    fn a_page_that_only_listens_does_not_keep_its_session() {
        let mut sessions = Sessions::new(LASTING);
        let secret = sessions.begin("li", proof(), at(0)).expect("random");
        assert!(sessions.find(&secret, false, at(59)).is_some());
        assert!(sessions.find(&secret, false, at(61)).is_none());
    }

    #[test]
    fn whoever_logs_out_is_out_and_nobody_else() {
        let mut sessions = Sessions::new(LASTING);
        let li = sessions.begin("li", proof(), at(0)).expect("random");
        let wang = sessions.begin("wang", proof(), at(0)).expect("random");
        assert_eq!(sessions.end(&li).as_deref(), Some("li"));
        assert_eq!(sessions.end(&li), None);
        assert!(sessions.find(&li, true, at(1)).is_none());
        assert!(sessions.find(&wang, true, at(1)).is_some());
        assert!(sessions.find("", true, at(1)).is_none());
    }

    #[test]
    fn memory_does_not_grow_with_log_ins() {
        let mut sessions = Sessions::new(LASTING);
        let first = sessions.begin("li", proof(), at(0)).expect("random");
        for n in 0..1000_u64 {
            let name = format!("p{}", n % 100);
            sessions.begin(&name, proof(), at(1)).expect("random");
        }
        assert!(sessions.all.len() <= SESSIONS_MAX);
        assert!(sessions.find(&first, true, at(2)).is_none(), "the idlest");
        let mut one = Sessions::new(LASTING);
        for _ in 0..100 {
            one.begin("li", proof(), at(0)).expect("random");
        }
        assert_eq!(one.all.len(), SESSIONS_MAX_OF_ACCOUNT);
    }
}

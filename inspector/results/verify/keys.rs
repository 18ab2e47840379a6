//! Which keys the journal names, and which of them whoever verifies has a reason to believe.

use super::{Report, name};
use crate::results::proof::evidence::Unproven;
use crate::results::proof::note::{Note, Verifier};
use crate::telemetry::catalogue::Code;
use rusqlite::Connection;

/// A key that the journal names.
struct Named {
    /// Number of the entry in the feed.
    seq: u64,
    key: Verifier,
    /// Whether the key before it signed the tree that ends with this entry.
    is_handed_over: bool,
}

/// Who signed a checkpoint.
#[derive(Clone, Copy)]
pub(super) struct By {
    /// The key as the journal names it; `None` for one that was given and that it does not name.
    named: Option<usize>,
    /// The key that this one gives the log to.
    hands_over_to: Option<usize>,
}

/// The keys of a log.
pub(super) struct Keys {
    named: Vec<Named>,
    given: Vec<Verifier>,
}

impl Keys {
    /// Reads those that the journal names, in their order.
    pub(super) fn of(
        connection: &Connection,
        given: &[Verifier],
        report: &mut Report,
    ) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare(
            "select seq, json_extract(details, '$.key') from feed join event on event.id = row_id
             where kind = 4 and code in (?1, ?2) order by seq",
        )?;
        let codes = [Code::SigningKeyMade.name(), Code::SigningKeyChanged.name()];
        let rows = statement.query_map(codes, |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?))
        })?;
        let (mut named, mut problems) = (Vec::new(), Vec::new());
        for row in rows {
            let (seq, text) = row?;
            match text.unwrap_or_default().parse() {
                Ok(key) => named.push(Named {
                    seq: seq.unsigned_abs(),
                    key,
                    is_handed_over: false,
                }),
                Err(error) => {
                    problems.push(format!("number {seq} of the feed names a key: {error}"));
                }
            }
        }
        let is_known = named.iter().any(|named: &Named| given.contains(&named.key));
        if !given.is_empty() && !is_known {
            let found: Vec<String> = named.iter().map(|named| named.key.to_string()).collect();
            problems.push(format!(
                "the log is not signed by the key that was given, {}; the keys that it names are: {}",
                told(given),
                found.join(", ")
            ));
        }
        name(report, problems);
        let given = given.to_vec();
        Ok(Self { named, given })
    }

    /// Whether some were given from elsewhere.
    pub(super) fn are_given(&self) -> bool {
        !self.given.is_empty()
    }

    /// Number in the feed of the first entry that names one.
    pub(super) fn first(&self) -> Option<u64> {
        self.named.first().map(|named| named.seq)
    }

    /// Who signed a tree of this size: the key in force then, or, where the tree ends with the entry that names it, the one
    /// before it. The error is the key that should have.
    pub(super) fn signer(&self, size: u64, origin: &str, note: &Note) -> Result<By, Unproven> {
        let has_signed = |key: &Verifier| key.name == origin && key.has_signed(note);
        let Some(at) = self.named.iter().rposition(|named| named.seq <= size) else {
            let by = By {
                named: None,
                hands_over_to: None,
            };
            return match self.given.iter().any(has_signed) {
                true => Ok(by),
                false if self.given.is_empty() => Err(Unproven("none".to_owned())),
                false => Err(Unproven(told(&self.given))),
            };
        };
        let in_force = &self.named[at];
        if has_signed(&in_force.key) {
            return Ok(By {
                named: Some(at),
                hands_over_to: None,
            });
        }
        match at.checked_sub(1) {
            Some(former) if in_force.seq == size && has_signed(&self.named[former].key) => Ok(By {
                named: Some(former),
                hands_over_to: Some(at),
            }),
            _ => Err(Unproven(in_force.key.to_string())),
        }
    }

    /// A checkpoint by this key is over what is there; whether the key is to be believed.
    pub(super) fn found(&mut self, by: By) -> bool {
        if let Some(at) = by.hands_over_to {
            self.named[at].is_handed_over = true;
        }
        by.named.is_none_or(|at| self.is_believed(at))
    }

    /// One that was given, or one to which such a key gave the log. Where none was given, all that the journal names.
    fn is_believed(&self, at: usize) -> bool {
        let is_given = |named: &Named| self.given.contains(&named.key);
        for named in self.named[..=at].iter().rev() {
            if self.given.is_empty() || is_given(named) {
                return true;
            }
            if !named.is_handed_over {
                return false;
            }
        }
        false
    }

    /// All that are to be believed.
    pub(super) fn believed(&self) -> Vec<Verifier> {
        let named = (0..self.named.len()).filter(|at| self.is_believed(*at));
        let named = named.map(|at| self.named[at].key.clone());
        named.chain(self.given.iter().cloned()).collect()
    }

    /// Says where the log went over to another key, and whether the one before it signed for that.
    pub(super) fn tell(&self, report: &mut Report) {
        let (mut remarks, mut problems) = (Vec::new(), Vec::new());
        for named in self.named.iter().skip(1) {
            let (leaf, key) = (named.seq - 1, &named.key);
            if named.is_handed_over {
                remarks.push(format!(
                    "from leaf {leaf} on the log is signed by another key, to which the one before it gave the log: {key}"
                ));
                continue;
            }
            if self.given.contains(key) {
                continue;
            }
            let said = format!(
                "from leaf {leaf} on the log is signed by another key, for which the one before it did not sign: {key}. The \
                 journal says why (signing_key_changed); ask for the key by another way than from this log"
            );
            match self.are_given() {
                true => problems.push(format!(
                    "{said}, and give it as another --key if it is right"
                )),
                false => remarks.push(said),
            }
        }
        let kept = report.problems.len();
        name(report, remarks);
        report.remarks.extend(report.problems.drain(kept..));
        name(report, problems);
    }
}

/// Keys, one behind the other.
fn told(keys: &[Verifier]) -> String {
    let keys: Vec<String> = keys.iter().map(Verifier::to_string).collect();
    keys.join(", ")
}

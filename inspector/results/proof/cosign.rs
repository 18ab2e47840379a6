//! Witnesses (c2sp.org/tlog-witness): what is asked of one, and what its cosignature (c2sp.org/tlog-cosignature) says.

use super::evidence::Unproven;
use super::hash::Hash;
use super::note::{self, Malformed, Note, Signature};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// The type of a key whose signatures are timed: cosignature/v1 with Ed25519.
const COSIGNATURE_TYPE: u8 = 4;

/// What verifies a witness: prints as and is parsed from its verifier key, `name+id+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey {
    /// The name by which its lines begin.
    pub name: String,
    public: [u8; 32],
}

impl WitnessKey {
    fn id(&self) -> [u8; 4] {
        let mut hasher = Sha256::new();
        hasher.update(&self.name);
        hasher.update([b'\n', COSIGNATURE_TYPE]);
        hasher.update(self.public);
        let [a, b, c, d, ..] = <[u8; 32]>::from(hasher.finalize());
        [a, b, c, d]
    }

    /// When it cosigned a checkpoint, in seconds since 1970; `None` where no signature is by it.
    ///
    /// # Errors
    /// When one says that it is by it, and is not over this checkpoint.
    pub fn has_cosigned(&self, note: &Note) -> Result<Option<u64>, Unproven> {
        let by_it = |one: &&Signature| one.name == self.name && one.id == self.id();
        let Some(found) = note.signatures.iter().find(by_it) else {
            return Ok(None);
        };
        let wrong = || Unproven(format!("the cosignature of {} is not over it", self.name));
        let (time, signature) = found.bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
        let time = u64::from_be_bytes(*time);
        let said = format!("cosignature/v1\ntime {time}\n{}", note.text);
        let key = UnparsedPublicKey::new(&ED25519, self.public);
        key.verify(said.as_bytes(), signature)
            .map_err(|_| wrong())?;
        Ok(Some(time))
    }

    /// The line of this witness among those that it answered, as it is kept; it is over this note, as the station signed it.
    ///
    /// # Errors
    /// When it is not there, or not right.
    pub fn line_of(&self, note: &str, answer: &str) -> Result<String, Unproven> {
        for line in answer.lines() {
            let whole = format!("{note}{line}\n");
            let Ok(cosigned) = whole.parse::<Note>() else {
                continue;
            };
            if self.has_cosigned(&cosigned)?.is_some() {
                return Ok(format!("{line}\n"));
            }
        }
        let begins: String = answer.chars().take(80).collect();
        Err(Unproven(format!(
            "expected a line signed by {self}, found {begins:?}"
        )))
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[COSIGNATURE_TYPE][..], &self.public].concat());
        write!(f, "{}+{}+{key}", self.name, crate::hash::hex(&self.id()))
    }
}

impl FromStr for WitnessKey {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = || Malformed {
            expected: "the verifier key of a witness, as name+1a2b3c4d+BA… (cosignature/v1)",
            found: text.chars().take(80).collect(),
        };
        let mut fields = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(wrong());
        };
        let key = STANDARD.decode(key).map_err(|_| wrong())?;
        let public = match key.as_slice() {
            [COSIGNATURE_TYPE, public @ ..] => public.try_into().map_err(|_| wrong())?,
            _ => return Err(wrong()),
        };
        let key = Self {
            name: name.to_owned(),
            public,
        };
        let is_right = crate::hash::hex(&key.id()) == id && !name.is_empty();
        is_right.then_some(key).ok_or_else(wrong)
    }
}

/// What is asked of a witness: that a checkpoint goes on from the `old` leaves that it has seen.
pub fn request(old: u64, grew: &[Hash], checkpoint: &str) -> String {
    let grew: String = grew
        .iter()
        .map(|hash| format!("{}\n", note::text_of(hash)))
        .collect();
    format!("old {old}\n{grew}\n{checkpoint}")
}

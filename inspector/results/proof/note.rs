//! Signed notes (c2sp.org/signed-note), checkpoints (c2sp.org/tlog-checkpoint) and proofs (c2sp.org/tlog-proof): texts that
//! programs which are not ours read as well.

use super::hash::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// The type of a key and of its signatures in a signed note.
const ED25519_TYPE: u8 = 1;
const SIGNATURE: &str = "\u{2014} ";

/// Why a text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What was expected.
    pub expected: &'static str,
    /// What was found instead.
    pub found: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {:?}", self.expected, self.found)
    }
}

impl std::error::Error for Malformed {}

fn malformed(expected: &'static str, found: &str) -> Malformed {
    // A file that is something else may be large.
    let found = found.chars().take(80).collect();
    Malformed { expected, found }
}

/// The first four bytes of SHA-256 over name, newline, type and key.
fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update([b'\n', ED25519_TYPE]);
    hasher.update(public);
    let [a, b, c, d, ..] = <[u8; 32]>::from(hasher.finalize());
    [a, b, c, d]
}

/// What verifies: prints as and is parsed from a verifier key, `name+id+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    /// Name of the key, which is the origin of its log.
    pub name: String,
    /// The Ed25519 key, as RFC 8032 encodes it.
    pub public: [u8; 32],
}

impl Verifier {
    /// In a note this key is told by it.
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, &self.public)
    }

    /// SHA-256 of the key in eight groups of four digits, for people who compare it by voice or on paper.
    pub fn fingerprint(&self) -> String {
        let digits = crate::hash::sha256(&self.public);
        let groups: Vec<&str> = (0..8).map(|at| &digits[at * 4..at * 4 + 4]).collect();
        groups.join(" ")
    }

    /// As SubjectPublicKeyInfo in PEM (RFC 8410), which openssl reads.
    pub fn pem(&self) -> String {
        const PREFIX: [u8; 12] = [
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ];
        let der = STANDARD.encode([&PREFIX[..], &self.public].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
    }

    /// Whether the note has a signature of this key, and a right one.
    pub fn has_signed(&self, note: &Note) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.public);
        let mut mine = note
            .signatures
            .iter()
            .filter(|signature| signature.name == self.name && signature.id == self.id());
        mine.any(|signature| key.verify(note.text.as_bytes(), &signature.bytes).is_ok())
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ED25519_TYPE][..], &self.public].concat());
        write!(f, "{}+{}+{key}", self.name, crate::hash::hex(&self.id()))
    }
}

impl FromStr for Verifier {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = || malformed("a verifier key, as name+1a2b3c4d+AQ…", text);
        let mut fields = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(wrong());
        };
        let verifier = Self {
            name: name.to_owned(),
            public: typed_key(key).ok_or_else(wrong)?,
        };
        match crate::hash::hex(&verifier.id()) == id && !name.is_empty() {
            true => Ok(verifier),
            false => Err(wrong()),
        }
    }
}

/// 32 bytes behind the type.
fn typed_key(text: &str) -> Option<[u8; 32]> {
    match STANDARD.decode(text).ok()?.as_slice() {
        [ED25519_TYPE, key @ ..] => key.try_into().ok(),
        _ => None,
    }
}

/// What signs. Its text is that of a signer's key: `PRIVATE+KEY+name+id+key`.
pub struct Signer {
    verifier: Verifier,
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl Signer {
    /// From 32 random bytes.
    pub fn new(name: &str, seed: [u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        let verifier = Verifier {
            name: name.to_owned(),
            public: pair.public_key().as_ref().try_into().ok()?,
        };
        Some(Self {
            verifier,
            seed,
            pair,
        })
    }

    /// What verifies what this signs.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// To be kept where its owner alone reads it.
    pub fn secret(&self) -> String {
        let key = STANDARD.encode([&[ED25519_TYPE][..], &self.seed].concat());
        let Verifier { name, .. } = &self.verifier;
        format!(
            "PRIVATE+KEY+{name}+{}+{key}",
            crate::hash::hex(&self.verifier.id())
        )
    }

    /// From what [`Signer::secret`] gave. The error does not tell what was found.
    pub fn of_secret(text: &str) -> Option<Self> {
        let text = text.trim().strip_prefix("PRIVATE+KEY+")?;
        let mut fields = text.splitn(3, '+');
        let (name, id, key) = (fields.next()?, fields.next()?, fields.next()?);
        let signer = Self::new(name, typed_key(key)?)?;
        (crate::hash::hex(&signer.verifier.id()) == id).then_some(signer)
    }

    /// A note of the text, which ends in a newline.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let bytes = [&self.verifier.id()[..], signature.as_ref()].concat();
        let (name, bytes) = (&self.verifier.name, STANDARD.encode(bytes));
        format!("{text}\n{SIGNATURE}{name} {bytes}\n")
    }
}

/// A signature of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Of the key that signed.
    pub name: String,
    /// Of the key that signed.
    pub id: [u8; 4],
    /// 64 of an Ed25519 key.
    pub bytes: Vec<u8>,
}

/// A text with signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is signed, with its last newline.
    pub text: String,
    /// Of the log and of witnesses.
    pub signatures: Vec<Signature>,
}

impl FromStr for Note {
    type Err = Malformed;

    fn from_str(whole: &str) -> Result<Self, Malformed> {
        let wrong = || {
            malformed(
                "a signed note: a text, an empty line, and signatures",
                whole,
            )
        };
        let at = whole.rfind("\n\n").ok_or_else(wrong)?;
        let (text, lines) = (&whole[..=at], &whole[at + 2..]);
        let lines = lines.strip_suffix('\n').ok_or_else(wrong)?;
        let signature = |line: &str| {
            let (name, bytes) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
            let bytes = STANDARD.decode(bytes).ok()?;
            let (id, bytes) = bytes.split_first_chunk::<4>()?;
            Some(Signature {
                name: name.to_owned(),
                id: *id,
                bytes: bytes.to_vec(),
            })
        };
        let signatures: Option<Vec<Signature>> = lines.split('\n').map(signature).collect();
        Ok(Self {
            text: text.to_owned(),
            signatures: signatures.ok_or_else(wrong)?,
        })
    }
}

/// A note as the key that is named first signed it, without what others signed later: this is what is stamped.
pub fn as_signed(note: &str) -> Option<&str> {
    let end = note.rfind("\n\n")? + 2;
    let line = note[end..].find('\n')?;
    Some(&note[..=end + line])
}

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is of.
    pub origin: String,
    /// How many leaves it is over.
    pub size: u64,
    /// Root over that many leaves.
    pub root: Hash,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = STANDARD.encode(self.root);
        writeln!(f, "{}\n{}\n{root}", self.origin, self.size)
    }
}

impl FromStr for Checkpoint {
    type Err = Malformed;

    /// Lines behind the third are not for us, and no error.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = || malformed("a checkpoint: lines of origin, size and root", text);
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(wrong());
        };
        let root = STANDARD.decode(root).ok();
        let root = root.and_then(|root| root.try_into().ok());
        match (size.parse(), root) {
            (Ok(size), Some(root)) if !origin.is_empty() => Ok(Self {
                origin: origin.to_owned(),
                size,
                root,
            }),
            _ => Err(wrong()),
        }
    }
}

/// A hash from its text in base64.
pub fn hash_of(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// The text of a hash, in base64.
pub fn text_of(hash: &Hash) -> String {
    STANDARD.encode(hash)
}

/// A proof that a leaf is in a log, by itself: c2sp.org/tlog-proof@v1.
pub fn proof(index: u64, path: &[Hash], checkpoint: &str) -> String {
    let mut text = format!("c2sp.org/tlog-proof@v1\nindex {index}\n");
    for hash in path {
        text.push_str(&STANDARD.encode(hash));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(checkpoint);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_verified_and_nothing_else_is() {
        let signer = Signer::new("inspector/one", [7; 32]).expect("a key");
        let checkpoint = Checkpoint {
            origin: "inspector/one".to_owned(),
            size: 12,
            root: [9; 32],
        };
        let text = signer.sign(&checkpoint.to_string());
        let note: Note = text.parse().expect("a note");
        assert_eq!(note.text.parse(), Ok(checkpoint));
        let printed = signer.verifier().to_string();
        let verifier: Verifier = printed.parse().expect("a key");
        assert_eq!(&verifier, signer.verifier());
        assert!(verifier.has_signed(&note));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(altered) = String::from_utf8(bytes) else {
                continue;
            };
            let is_taken = altered
                .parse::<Note>()
                .is_ok_and(|note| verifier.has_signed(&note));
            assert!(!is_taken, "byte {at}: {altered:?}");
        }
        let again = Signer::of_secret(&signer.secret()).expect("a secret");
        assert_eq!(again.verifier(), signer.verifier());
        let other = Signer::new("inspector/one", [8; 32]).expect("a key");
        assert!(!other.verifier().has_signed(&note));
        for wrong in ["", "a", "a+b", &printed[1..], &printed[..printed.len() - 4]] {
            assert!(wrong.parse::<Verifier>().is_err(), "{wrong}");
        }
    }
}

//! Secrets that this station gives out: 256 random bits in hex. Only their hashes are kept; against so many bits a
//! plain SHA-256 is as good as a slow one.

use crate::hash;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// That the system gave no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandom;

impl fmt::Display for NoRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system gave no random numbers; see dmesg")
    }
}

impl std::error::Error for NoRandom {}

/// So many random bytes.
///
/// # Errors
/// When the system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandom)?;
    Ok(bytes)
}

/// What a secret is kept as: its SHA-256 in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretHash(String);

impl SecretHash {
    /// Of a secret as it was given out.
    pub fn of(secret: &str) -> Self {
        Self(hash::sha256(secret.as_bytes()))
    }

    /// `None` where the text is no SHA-256 in lower-case hex.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }

    /// Its SHA-256 in hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Makes a secret: what is given out once, and what is kept of it.
///
/// # Errors
/// When the system gives no random numbers.
pub fn make(prefix: &str) -> Result<(String, SecretHash), NoRandom> {
    let bytes: [u8; SECRET_BYTES] = random()?;
    let secret = format!("{prefix}{}", hash::hex(&bytes));
    let kept = SecretHash::of(&secret);
    Ok((secret, kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_256_bits_is_another_each_time_and_is_kept_as_its_hash() {
        let (one, kept) = make("it_").expect("random");
        let (other, _) = make("it_").expect("random");
        assert_ne!(one, other);
        assert_eq!(one.len(), "it_".len() + 64);
        assert_eq!(SecretHash::of(&one), kept);
        assert_eq!(SecretHash::parse(kept.as_str()), Some(kept.clone()));
        assert!(!kept.as_str().contains(&one["it_".len()..]));
        assert!(SecretHash::parse(&kept.as_str().to_uppercase()).is_none());
        assert!(SecretHash::parse("").is_none());
    }
}

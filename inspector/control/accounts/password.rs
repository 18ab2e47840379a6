//! Passwords as they are kept: Argon2id (RFC 9106) in the PHC string format, with the parameters that OWASP's Password
//! Storage Cheat Sheet names first for little memory: 19 MiB, two passes, one lane.

use super::secret::{NoRandom, random};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fmt;
use std::ops::RangeInclusive;

/// Characters of a password: fewer are guessed, more are no password.
pub const PASSWORD_CHARACTERS: RangeInclusive<usize> = 12..=128;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// Memory, passes and lanes of a hash that is read: whoever edits the file cannot make a log-in take the whole machine.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 4;

/// Why a text is no password to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordRefused {
    /// So many characters.
    Length(usize),
    /// It is the account's name, or holds it with little else.
    IsName,
    /// The system gave no random numbers, or no memory.
    System(&'static str),
}

impl fmt::Display for PasswordRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PasswordRefused::Length(found) => write!(
                f,
                "the password: expected {} to {} characters, found {found}",
                PASSWORD_CHARACTERS.start(),
                PASSWORD_CHARACTERS.end()
            ),
            PasswordRefused::IsName => {
                f.write_str("the password: expected something else than the name of the account")
            }
            PasswordRefused::System(why) => write!(f, "hash the password: {why}"),
        }
    }
}

impl std::error::Error for PasswordRefused {}

impl From<NoRandom> for PasswordRefused {
    fn from(_: NoRandom) -> Self {
        PasswordRefused::System("the system gave no random numbers; see dmesg")
    }
}

/// A password that was hashed: parameters, salt and hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Hashed {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

/// Nobody needs to see it in a log.
impl fmt::Debug for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hashed(…)")
    }
}

impl Hashed {
    /// Checks and hashes the password of this account, with a salt of its own.
    ///
    /// # Errors
    /// When it is too short, too long or the name of the account, or the system gives no random numbers.
    pub fn of(password: &str, account: &str) -> Result<Self, PasswordRefused> {
        let characters = password.chars().count();
        if !PASSWORD_CHARACTERS.contains(&characters) {
            return Err(PasswordRefused::Length(characters));
        }
        let (password_low, name) = (password.to_lowercase(), account.to_lowercase());
        let rest = password_low.replace(&name, "");
        if password_low.contains(&name) && rest.chars().count() < 4 {
            return Err(PasswordRefused::IsName);
        }
        let salt: [u8; SALT_BYTES] = random()?;
        let mut hashed = Self {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: salt.to_vec(),
            hash: vec![0; HASH_BYTES],
        };
        let hash = hashed.run(password);
        hashed.hash = hash.ok_or(PasswordRefused::System("it takes no such parameters"))?;
        Ok(hashed)
    }

    /// A hash that no password has, which takes as long to check as any other.
    pub fn of_nobody() -> Self {
        Self {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: vec![0; SALT_BYTES],
            hash: vec![0; HASH_BYTES],
        }
    }

    /// Whether this is the password. Takes as long whatever is wrong with it.
    pub fn is(&self, password: &str) -> bool {
        // More is no password, and would be hashed all the same.
        if password.chars().count() > *PASSWORD_CHARACTERS.end() {
            return false;
        }
        let found = self.run(password).unwrap_or_default();
        found.len() == self.hash.len()
            && found
                .iter()
                .zip(&self.hash)
                .fold(0, |different, (a, b)| different | (a ^ b))
                == 0
    }

    fn run(&self, password: &str) -> Option<Vec<u8>> {
        let length = self.hash.len();
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(length)).ok()?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hash = vec![0; length];
        argon
            .hash_password_into(password.as_bytes(), &self.salt, &mut hash)
            .ok()?;
        Some(hash)
    }

    /// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$hash`; `None` where it is something else, or asks for more than is given.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("$argon2id$v=19$")?;
        let mut parts = rest.split('$');
        let (parameters, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let mut numbers = parameters.split(',');
        let mut number = |name: &str| {
            let value = numbers.next()?.strip_prefix(name)?;
            value.parse::<u32>().ok()
        };
        let (memory_kib, passes, lanes) = (number("m=")?, number("t=")?, number("p=")?);
        if numbers.next().is_some() {
            return None;
        }
        let salt = STANDARD_NO_PAD.decode(salt).ok()?;
        let hash = STANDARD_NO_PAD.decode(hash).ok()?;
        let is_sensible = (8..=MEMORY_KIB_MAX).contains(&memory_kib)
            && (1..=PASSES_MAX).contains(&passes)
            && (1..=LANES_MAX).contains(&lanes)
            && (8..=64).contains(&salt.len())
            && (16..=64).contains(&hash.len());
        is_sensible.then_some(Self {
            memory_kib,
            passes,
            lanes,
            salt,
            hash,
        })
    }
}

impl fmt::Display for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "$argon2id$v=19$m={},t={},p={}${}${}",
            self.memory_kib,
            self.passes,
            self.lanes,
            STANDARD_NO_PAD.encode(&self.salt),
            STANDARD_NO_PAD.encode(&self.hash)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_from_its_text_and_no_other_is() {
        let hashed = Hashed::of("correct horse battery", "li").expect("a password");
        let text = hashed.to_string();
        assert!(
            text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{text}"
        );
        let again = Hashed::parse(&text).expect("what was written");
        assert_eq!(again, hashed);
        assert!(again.is("correct horse battery"));
        for wrong in [
            "",
            "correct horse batter",
            "Correct horse battery",
            "correct horse battery ",
        ] {
            assert!(!again.is(wrong), "{wrong:?}");
        }
        let other = Hashed::of("correct horse battery", "li").expect("a password");
        assert_ne!(other.to_string(), text, "each has a salt of its own");
        assert!(!Hashed::of_nobody().is("correct horse battery"));
    }

    /// The vector that `argon2` of the reference implementation gives:
    /// `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32 -e` (its README, with Argon2id).
    #[test]
    fn hashes_of_other_programs_are_understood() {
        let text = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let hashed = Hashed::parse(text).expect("a hash");
        assert!(hashed.is("password"));
        assert!(!hashed.is("Password"));
    }

    #[test]
    fn short_ones_and_names_are_refused_as_are_hashes_that_ask_for_too_much() {
        for (password, refused) in [
            ("short", PasswordRefused::Length(5)),
            ("", PasswordRefused::Length(0)),
            ("line-3-quality", PasswordRefused::IsName),
            ("Line-3-Quality12", PasswordRefused::IsName),
        ] {
            let found = Hashed::of(password, "line-3-quality").expect_err(password);
            assert_eq!(found, refused);
        }
        let long = "x".repeat(129);
        assert_eq!(Hashed::of(&long, "li"), Err(PasswordRefused::Length(129)));
        for bad in [
            "",
            "plain",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=65536,t=999,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc$x",
        ] {
            assert!(Hashed::parse(bad).is_none(), "{bad}");
        }
    }
}

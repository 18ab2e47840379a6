//! SHA-256 as the log, recipes and bundles write it.

use sha2::{Digest, Sha256};

/// SHA-256 of `bytes` in lower-case hex, 64 digits.
pub fn sha256(bytes: &[u8]) -> String {
    models::bundle::hex(&Sha256::digest(bytes))
}

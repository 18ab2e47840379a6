//! SHA-256 as the log, recipes and bundles write it.

use sha2::{Digest, Sha256};

/// SHA-256 of `bytes` in lower-case hex, 64 digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    models::bundle::hex(bytes)
}

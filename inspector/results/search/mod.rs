//! Parts by any piece of their IDs: an index beside the log (`search.sqlite`), three signs at a time.
//!
//! It is no evidence, and nothing depends on it: no backup has it, `verify` does not look at it, and it is made anew where it
//! is missing, damaged, of another log, or ahead of the log. A thread of its own carries it on behind the feed; what it
//! has not come to yet is looked through in the log itself.

mod follow;
mod index;

pub use follow::{Follower, catch_up};
pub(super) use index::{Index, folded, teach};

use std::path::{Path, PathBuf};

/// Where the index of a data folder lies.
pub fn database(data: &Path) -> PathBuf {
    data.join("search.sqlite")
}

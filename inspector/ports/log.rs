//! Where results and images go.

use crate::station::frame::FrameShape;
use crate::station::part::PartNo;
use crate::station::result::Record;
use std::fmt;

/// Why a batch is not durable. The caller keeps it and tries again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogError {
    /// The disk is full.
    Full {
        /// Which path, how much is free, what to do.
        message: String,
    },
    /// The log may not be written: a read-only disk, or missing permission.
    ReadOnly {
        /// Which path, and what to do.
        message: String,
    },
    /// Anything else the storage said.
    Storage {
        /// What it said, for which path.
        message: String,
    },
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (LogError::Full { message }
        | LogError::ReadOnly { message }
        | LogError::Storage { message }) = self;
        f.write_str(message)
    }
}

impl std::error::Error for LogError {}

/// The result log of one job.
pub trait ResultLog: Send {
    /// Makes the whole batch durable, or nothing of it. `Ok` is the acknowledgement of law 4.
    fn append(&mut self, batch: &[Record]) -> Result<(), LogError>;
}

/// One view's picture, to be stored.
pub struct Picture<'a> {
    /// Which part.
    pub part_no: PartNo,
    /// Index into the recipe's views.
    pub view: u8,
    /// Pixels as acquired, rows packed.
    pub pixels: &'a [u8],
    /// Their shape.
    pub shape: FrameShape,
    /// The score map as bytes, and its width and height; empty when no model ran.
    pub map: &'a [u8],
    /// Width and height of the map.
    pub map_size: (u32, u32),
}

/// The image store of one job.
pub trait ImageStore: Send {
    /// Stores one picture under its part and view. Existing pictures are never overwritten.
    fn save(&mut self, picture: &Picture<'_>) -> Result<(), LogError>;

    /// Bytes of all stored pictures, of this job and of earlier ones.
    fn stored_bytes(&self) -> u64;
}

//! Where results and images go.

use crate::station::frame::FrameShape;
use crate::station::part::PartNo;
use crate::station::result::Record;
use std::fmt;

/// Why something is not durable, by what a person must see to. The caller keeps it and tries again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogError {
    /// The disk is full.
    Full {
        /// Which path, how much is free, what to do.
        message: String,
    },
    /// The disk, or the file, takes no writes.
    ReadOnly {
        /// Which path, and what to do.
        message: String,
    },
    /// The file was deleted or replaced under the running station: nothing that is written is found again.
    Gone {
        /// Which path, what was found there, and what to do.
        message: String,
    },
    /// What is on the disk is no result log any more.
    Damaged {
        /// Which path, and what was said.
        message: String,
    },
    /// Another program holds the file.
    Busy {
        /// Which path, and what to do.
        message: String,
    },
    /// The disk has not answered yet. It may still take what it was given: giving it again is harmless.
    Slow {
        /// Which path, and for how long.
        message: String,
    },
    /// Anything else the storage said.
    Storage {
        /// What it said, for which path.
        message: String,
    },
}

impl LogError {
    /// The sentence alone.
    pub fn message(&self) -> &str {
        let (LogError::Full { message }
        | LogError::ReadOnly { message }
        | LogError::Gone { message }
        | LogError::Damaged { message }
        | LogError::Busy { message }
        | LogError::Slow { message }
        | LogError::Storage { message }) = self;
        message
    }

    /// Whether there is no room.
    pub const fn is_full(&self) -> bool {
        matches!(self, LogError::Full { .. })
    }

    /// Whether the same may go well in a moment, without anybody seeing to it.
    pub const fn may_pass(&self) -> bool {
        matches!(self, LogError::Busy { .. } | LogError::Slow { .. })
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for LogError {}

/// The result log of one job.
pub trait ResultLog: Send {
    /// Makes the whole batch durable, or nothing of it. `Ok` is the acknowledgement of law 4. Returns in bounded
    /// time even where the disk does not: with `Slow`, and the same batch, or one that begins with it, is given again.
    fn append(&mut self, batch: &[Record]) -> Result<(), LogError>;

    /// Whether it would take a batch, as far as is known without one: asked while no part comes. Returns at once.
    fn check(&mut self) -> Result<(), LogError>;
}

/// One view's picture, to be stored.
pub struct Picture<'a> {
    /// The part that is shown, by its number in the job.
    pub part_no: PartNo,
    /// Index into the recipe's views.
    pub view: u8,
    /// Pixels as acquired, rows packed.
    pub pixels: &'a [u8],
    /// Width, height and layout of the pixels.
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

    /// Whether it would store a picture, as far as is known without one: asked while none comes.
    fn check(&mut self) -> Result<(), LogError>;

    /// Bytes of all stored pictures, of this job and of earlier ones.
    fn stored_bytes(&self) -> u64;

    /// Pictures of rejects and drawn passes that nobody had reviewed, which had to go to make room, since the store was opened.
    fn unreviewed_deleted(&self) -> u64 {
        0
    }
}

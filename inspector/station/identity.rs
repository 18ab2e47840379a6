//! How a part's ID and style become known: by the line, a code, a scanner, a look-up or our own counter (OPC 40100
//! `PartId`).

use super::lane::LaneNo;
use super::part::{PartId, PartNo, Style};
use super::time::Instant;
use super::verdict::Cause;

/// Somebody knows who a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Which part, where whoever knows it counts parts too; else the part is found by the time.
    pub part_no: Option<PartNo>,
    /// Its ID; `None` where nothing could be read.
    pub part_id: Option<PartId>,
    /// Its style, where that is known too.
    pub style: Option<Style>,
    /// To which lane it is to go if that takes it, where whoever knows it tells that too.
    pub lane: Option<LaneNo>,
    /// When it was read.
    pub at: Instant,
}

/// Whether it is known who a part is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// Its ID and style are what they will be.
    #[default]
    Known,
    /// A reader or a look-up is still to tell.
    Awaited,
    /// It did not become known, for this cause: the part is not decided.
    Unknown(Cause),
}

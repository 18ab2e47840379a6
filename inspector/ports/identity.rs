//! What knows a part's style, and the lane that it is to go to, by its ID: rules, a table, a manufacturing execution system (MES).

use crate::station::lane::LaneNo;
use crate::station::part::{PartId, Style};

/// What is known of a part ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Whoever was asked knows it.
    Known {
        /// Parts with this ID are of this style.
        style: Style,
        /// They are to go there, where that was told too.
        lane: Option<LaneNo>,
    },
    /// Whoever was asked knows nothing of it.
    Unknown,
    /// Somebody was asked; the answer comes as one of [`StyleLookUp::answered`], or never.
    Asked,
}

/// Tells styles and lanes by part IDs. No call waits, and none allocates after the first ones.
pub trait StyleLookUp: Send {
    /// What is known of this ID now.
    fn find(&mut self, part_id: &PartId) -> Found;

    /// The next answer that has come, never [`Found::Asked`].
    fn answered(&mut self) -> Option<(PartId, Found)>;
}

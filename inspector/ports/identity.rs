//! What knows a part's style by its ID: rules, a table, a manufacturing execution system (MES).

use crate::station::part::{PartId, Style};

/// What is known of a part ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Parts with this ID are of this style.
    Style(Style),
    /// Whoever was asked knows no style for it.
    Unknown,
    /// Somebody was asked; the answer comes as one of [`StyleLookUp::answered`], or never.
    Asked,
}

/// Tells styles by part IDs. No call waits, and none allocates after the first ones.
pub trait StyleLookUp: Send {
    /// What is known of this ID now.
    fn find(&mut self, part_id: &PartId) -> Found;

    /// The next answer that has come, never [`Found::Asked`].
    fn answered(&mut self) -> Option<(PartId, Found)>;
}

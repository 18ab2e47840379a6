//! Lists and texts that people and other programs write: whatever encoding they are in, and tables whose columns have
//! names. What a list means is no matter of this room.

pub mod table;
pub mod text;

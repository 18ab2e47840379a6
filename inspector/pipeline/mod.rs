//! The data plane: stages with a `step`, the queues between them, and the threads that turn them.
//! Plain threads, never async. Nothing that decides waits for a disk, a socket or a browser.

pub mod acquire;
pub mod actuate;
pub mod announce;
pub mod assembly;
pub mod entrance;
pub mod identify;
pub mod images;
pub mod inspect;
pub mod line_ends;
pub mod message;
pub mod pool;
pub mod record;
pub mod samples;
pub mod scorers;
pub mod threads;
pub mod trigger;

//! What numbers of parts allow to say: charts, change points, sampling plans, agreement. Pure functions of counts; no
//! clock, no I/O, no words of a page. Bounds of a share are those of `models::shares`, by which taught models are judged
//! too.

pub mod agreement;
pub mod change;
pub mod charts;
pub mod ewma;
pub mod sampling;
pub mod thresholds;

pub use models::shares::{Counted, images_more, share_at_most, trials_without_event};

//! Teaching: from images of good parts, and of defects where there are some, to a bundle that this machine accepted, from files or at the
//! running station. Copies of pictures come from the `images` stage; everything here runs beside the line
//! and nothing of the line waits for it.
//!
//! What does not belong here: how a model is taught (`models::teach`), and how a version of a recipe that
//! uses one is made (`control::recipes`).

pub mod asked;
pub mod bundle;
mod capture;
pub mod contrast;
pub mod evidence;
mod folder;
pub mod lesson;
pub mod picture;
mod service;
mod shared;
mod study;
mod upload;

pub use asked::TeachingError;
pub use service::TeachingService;

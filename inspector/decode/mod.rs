//! From the bytes of a picture to its pixels, or why there are none: the one door for every picture that comes from
//! outside, be it a camera's frame, a file that is played, taught, compared or calibrated with, or one that a page
//! sends. Contents decide what a file is, never its name.
//!
//! What a picture shows is no matter of this room, nor where its bytes come from.

pub mod folder;
pub mod jpeg;
pub mod layout;
pub mod picture;
mod tiff_pages;

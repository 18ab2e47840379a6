//! Which pictures are stored, and which parts people are asked to look at again.

use super::super::document::Document;
use serde::Deserialize;

/// The table `[images]`, checked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageSettings {
    /// Share of passed parts whose pictures are stored, 0 to 1. Rejects are always stored.
    pub keep_passes: f64,
    /// `png` (lossless) or `jpeg`.
    pub format: ImageFormat,
    /// Bytes of pictures before the oldest are deleted, passes first.
    pub quota_bytes: u64,
    /// Bytes left free on the disk.
    pub free_bytes_min: u64,
}

/// How pictures are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageFormat {
    /// PNG, which loses nothing.
    Png,
    /// Small; an auditor may ask for lossless.
    Jpeg,
}

impl Default for ImageSettings {
    fn default() -> Self {
        Self {
            keep_passes: 0.01,
            format: ImageFormat::Png,
            quota_bytes: 20_000_000_000,
            free_bytes_min: 1_000_000_000,
        }
    }
}

/// The table `[review]`, checked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewSettings {
    /// Share of passed parts that are drawn at random for review, 0 to 1. Their pictures are always stored.
    pub draw_passes: f64,
    /// A pass is near whose score is less than this below where it would not have passed, 0 to 1. Its picture is always stored.
    pub near: f64,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self {
            draw_passes: 0.01,
            near: 0.05,
        }
    }
}

pub(super) fn checked(document: &mut Document<'_>) -> (ImageSettings, ReviewSettings) {
    (checked_images(document), checked_review(document))
}

fn checked_review(document: &mut Document<'_>) -> ReviewSettings {
    let review: Option<ReviewSettings> = document.section_or_default("review");
    let review = review.unwrap_or_default();
    for (name, found) in [("draw_passes", review.draw_passes), ("near", review.near)] {
        if !(0.0..=1.0).contains(&found) {
            let message = format!("review.{name}: expected a share from 0 to 1, found {found}");
            document.problem(None, message);
        }
    }
    review
}

fn checked_images(document: &mut Document<'_>) -> ImageSettings {
    let images: Option<ImageSettings> = document.section_or_default("images");
    let images = images.unwrap_or_default();
    if !(0.0..=1.0).contains(&images.keep_passes) {
        let message = format!(
            "images.keep_passes: expected a share from 0 to 1, found {}",
            images.keep_passes
        );
        document.problem(None, message);
    }
    images
}

//! Choosing images from a stream: the board is there, holds still, and lies where none was taken yet.

use crate::detection::detect;
use crate::finding::Corners;
use crate::opencv_error::OpencvError;
use crate::quality::mean_distance;
use crate::refusal::ImageRefusal;
use crate::solve::BoardImages;
use crate::view::ImageView;

/// Corners of a board held still move less than this between two frames.
const STILL_PX: f64 = 0.7;
/// A new pose is at least this share of the frame's diagonal away from every other.
const NEW_POSE_SHARE: f64 = 0.03;

/// What became of a frame that was offered.
#[derive(Clone, Debug, PartialEq)]
pub enum Offer {
    /// It is one of the images now.
    Taken,
    /// The board moves.
    Moving,
    /// The board lies where an image was taken already.
    SamePose,
    /// It shows no board that could be used.
    Refused(ImageRefusal),
}

/// The frame before, to tell whether the board moves.
#[derive(Debug, Default)]
pub struct Offers {
    before: Option<Corners>,
}

impl Offers {
    /// Takes the frame as an image called `name` if it shows a new pose of a board that holds still.
    ///
    /// # Errors
    /// When OpenCV failed.
    pub fn offer(
        &mut self,
        images: &mut BoardImages,
        name: &str,
        view: &ImageView<'_>,
    ) -> Result<Offer, OpencvError> {
        let detection = match detect(view, images.board())? {
            Ok(detection) => detection,
            Err(refusal) => {
                self.before = None;
                return Ok(Offer::Refused(refusal));
            }
        };
        let before = self.before.replace(detection.corners.clone());
        let is_still =
            before.is_some_and(|before| mean_distance(&before, &detection.corners) < STILL_PX);
        if !is_still {
            return Ok(Offer::Moving);
        }
        let limit_px = NEW_POSE_SHARE * view.size().diagonal_px();
        let is_known = images
            .found()
            .any(|other| mean_distance(other, &detection.corners) < limit_px);
        if is_known {
            return Ok(Offer::SamePose);
        }
        images.add(name, view)?;
        Ok(Offer::Taken)
    }
}

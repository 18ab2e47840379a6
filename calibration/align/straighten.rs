//! A frame as it would be if the part lay where the reference shows it.

use super::pose::Pose;
use crate::opencv_error::OpencvError;
use crate::view::{Channels, ImageView, Size, check, matrix};
use opencv::core::{Mat, Rect, Scalar, Vec3b};
use opencv::imgproc;

/// See the module. Made once for frames of one shape; keeps the straightened one.
#[derive(Debug)]
pub struct Straightener {
    size: Size,
    channels: Channels,
    region: [u32; 4],
    pixels: Vec<u8>,
}

impl Straightener {
    /// For frames of one shape, of which only a region is needed: left, top, width and height within the frame.
    ///
    /// # Errors
    /// When the region reaches beyond the frame.
    pub fn new(
        size: Size,
        channels: Channels,
        region: [u32; 4],
    ) -> Result<Self, super::ReferenceError> {
        let [left, top, width, height] = region;
        let is_within = |from: u32, side: u32, all: u32| {
            side > 0 && from.checked_add(side).is_some_and(|end| end <= all)
        };
        if !is_within(left, width, size.width) || !is_within(top, height, size.height) {
            let frame = size;
            return Err(super::ReferenceError::Region { region, frame });
        }
        Ok(Self {
            size,
            channels,
            region,
            pixels: vec![0; size.area() * channels.count()],
        })
    }

    /// How far the outermost corner of the region lies outside of the frame when the part lies so, in pixels; 0 where
    /// all of it is seen, or the region is the whole frame: of that, something always leaves with the part.
    pub fn outside_px(&self, pose: &Pose) -> f64 {
        let [left, top, width, height] = self.region.map(f64::from);
        let (wide, high) = (f64::from(self.size.width), f64::from(self.size.height));
        if (width, height) == (wide, high) {
            return 0.0;
        }
        let [x0, y0, x1, y1] = pose.box_in_frame([left, top, left + width, top + height]);
        [-x0, -y0, x1 - wide, y1 - high]
            .into_iter()
            .fold(0.0, f64::max)
    }

    /// The frame with the part in its place; black outside of the region. What lies beyond the frame is like its
    /// edge.
    ///
    /// # Errors
    /// When OpenCV fails, or the frame has another shape.
    ///
    /// # Panics
    /// When the frame's bytes are not those of its shape.
    pub fn apply(&mut self, frame: &ImageView<'_>, pose: &Pose) -> Result<&[u8], OpencvError> {
        assert!(
            check(self.size, self.channels, frame.pixels().len()).is_ok(),
            "straighten: bytes of the frame"
        );
        let [left, top, width, height] = self.region;
        // From a pixel of the region to one of the frame, by whole numbers at their centres.
        let at = |x: f64, y: f64| {
            let from = (f64::from(left) + x + 0.5, f64::from(top) + y + 0.5);
            let (x, y) = pose.to_frame(from);
            (x - 0.5, y - 0.5)
        };
        let (origin, right, down) = (at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0));
        let rows = [
            [right.0 - origin.0, down.0 - origin.0, origin.0],
            [right.1 - origin.1, down.1 - origin.1, origin.1],
        ];
        let affine = Mat::from_slice_2d(&rows)?;
        let from = matrix(frame.pixels(), self.size, self.channels)?;
        let (all_rows, columns) = (self.size.height as i32, self.size.width as i32);
        let mut all = match self.channels {
            Channels::Grey => {
                Mat::new_rows_cols_with_bytes_mut::<u8>(all_rows, columns, &mut self.pixels)?
            }
            Channels::Rgb => {
                Mat::new_rows_cols_with_bytes_mut::<Vec3b>(all_rows, columns, &mut self.pixels)?
            }
        };
        let part = Rect::new(left as i32, top as i32, width as i32, height as i32);
        let mut into = Mat::roi_mut(&mut all, part)?;
        imgproc::warp_affine(
            &from,
            &mut into,
            &affine,
            opencv::core::Size::new(width as i32, height as i32),
            imgproc::INTER_LINEAR | imgproc::WARP_INVERSE_MAP,
            opencv::core::BORDER_REPLICATE,
            Scalar::default(),
        )?;
        drop(into);
        drop(all);
        Ok(&self.pixels)
    }
}

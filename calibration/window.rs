//! A region of a frame, and where it lies in the undistorted frame.

use crate::configuration::Configuration;
use crate::view::Size;

/// See the module. Coordinates are pixels from the frame's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Of the whole frame.
    pub frame: Size,
    /// Of the region.
    pub size: Size,
    /// Upper left corner of the region in the frame as the camera gave it.
    pub(crate) raw: (f64, f64),
    /// Upper left corner of the window of the undistorted frame that is made of it: as far away as undistorting moves
    /// the region's middle, so that little of it lies beyond the region's edges.
    pub(crate) origin: (f64, f64),
}

impl Window {
    /// All of a frame.
    pub const fn whole(frame: Size) -> Self {
        Self {
            frame,
            size: frame,
            raw: (0.0, 0.0),
            origin: (0.0, 0.0),
        }
    }

    /// A region: left, top, width and height.
    pub fn new(
        frame: Size,
        [left, top, width, height]: [u32; 4],
        configuration: Option<&Configuration>,
    ) -> Self {
        let size = Size::new(width, height);
        let raw = (f64::from(left), f64::from(top));
        if (raw, size) == ((0.0, 0.0), frame) {
            return Self::whole(frame);
        }
        let (x, y) = (
            raw.0 + f64::from(width) / 2.0 - 0.5,
            raw.1 + f64::from(height) / 2.0 - 0.5,
        );
        let lens = configuration.and_then(|configuration| configuration.lens);
        let (to_x, to_y) = lens.and_then(|lens| lens.undistort(x, y)).unwrap_or((x, y));
        Self {
            frame,
            size,
            raw,
            origin: (raw.0 + to_x - x, raw.1 + to_y - y),
        }
    }

    /// Left, top, width and height of the region in the frame as the camera gave it.
    pub fn region(&self) -> [u32; 4] {
        let (left, top) = (self.raw.0 as u32, self.raw.1 as u32);
        [left, top, self.size.width, self.size.height]
    }

    /// From a point of the frame as the camera gave it to one of what is seen of it, undistorted; both from the upper left
    /// corner. `None` where undistorting leads nowhere.
    pub fn seen(
        &self,
        (x, y): (f64, f64),
        configuration: Option<&Configuration>,
    ) -> Option<(f64, f64)> {
        let lens = configuration.and_then(|configuration| configuration.lens);
        // A pixel's corner is half a pixel before its centre, which has the whole number.
        let (x, y) = match lens {
            Some(lens) => {
                let (x, y) = lens.undistort(x - 0.5, y - 0.5)?;
                (x + 0.5, y + 0.5)
            }
            None => (x, y),
        };
        Some((x - self.origin.0, y - self.origin.1))
    }

    /// From millimetres on the part to a point of the frame as the camera gave it, from its upper left corner. `None`
    /// when the camera is not calibrated to a plane.
    pub fn frame_px(mm: (f64, f64), configuration: Option<&Configuration>) -> Option<(f64, f64)> {
        let configuration = configuration?;
        let (x, y) = configuration.plane?.to_px(mm.0, mm.1)?;
        let (x, y) = match configuration.lens {
            Some(lens) => lens.distort(x, y),
            None => (x, y),
        };
        Some((x + 0.5, y + 0.5))
    }
}

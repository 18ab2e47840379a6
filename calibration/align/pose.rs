//! How a part lies compared with the reference: moved, turned, zoomed about the middle of its feature.

/// From a point of the reference picture to the point of a frame that shows the same: turned and zoomed about the
/// feature's middle, then moved. Coordinates are pixels from the upper left corner, those of a pixel's centre ending
/// in a half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Middle of the feature in the reference picture.
    pub about: (f64, f64),
    /// How far the middle moved, right and down, in pixels.
    pub shift_px: (f64, f64),
    /// Turned clockwise as seen in the picture, in degrees.
    pub turn_deg: f64,
    /// Times as large.
    pub zoom: f64,
}

impl Pose {
    /// As in the reference.
    pub const fn still(about: (f64, f64)) -> Self {
        Self {
            about,
            shift_px: (0.0, 0.0),
            turn_deg: 0.0,
            zoom: 1.0,
        }
    }

    /// Length of the shift in pixels.
    pub fn distance_px(&self) -> f64 {
        self.shift_px.0.hypot(self.shift_px.1)
    }

    /// Where the frame shows a point of the reference picture.
    pub fn to_frame(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (sin, cos) = self.turn_deg.to_radians().sin_cos();
        let (x, y) = (x - self.about.0, y - self.about.1);
        (
            self.about.0 + self.shift_px.0 + self.zoom * (cos * x - sin * y),
            self.about.1 + self.shift_px.1 + self.zoom * (sin * x + cos * y),
        )
    }

    /// The point of the reference picture that is shown there.
    pub fn to_reference(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (sin, cos) = self.turn_deg.to_radians().sin_cos();
        let x = (x - self.about.0 - self.shift_px.0) / self.zoom;
        let y = (y - self.about.1 - self.shift_px.1) / self.zoom;
        (
            self.about.0 + cos * x + sin * y,
            self.about.1 - sin * x + cos * y,
        )
    }

    /// The upright box in the frame about a box of the reference picture: left, top, right and bottom of both.
    pub fn box_in_frame(&self, [left, top, right, bottom]: [f64; 4]) -> [f64; 4] {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        let corners = corners.map(|corner| self.to_frame(corner));
        let least =
            |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::INFINITY, f64::min);
        let most = |pick: fn(&(f64, f64)) -> f64| {
            corners.iter().map(pick).fold(f64::NEG_INFINITY, f64::max)
        };
        [
            least(|corner| corner.0),
            least(|corner| corner.1),
            most(|corner| corner.0),
            most(|corner| corner.1),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_somewhere_leads_back_to_its_place_in_the_reference() {
        let pose = Pose {
            about: (320.0, 240.0),
            shift_px: (12.0, -7.0),
            turn_deg: 8.0,
            zoom: 1.07,
        };
        let shown = pose.to_frame((100.0, 50.0));
        let back = pose.to_reference(shown);
        assert!((back.0 - 100.0).hypot(back.1 - 50.0) < 1e-9, "{back:?}");
        // Clockwise, y down: what lay to the right of the middle lies below it after a quarter turn.
        let quarter = Pose {
            turn_deg: 90.0,
            ..Pose::still((0.0, 0.0))
        };
        let (x, y) = quarter.to_frame((1.0, 0.0));
        assert!(x.abs() < 1e-9 && (y - 1.0).abs() < 1e-9);
        let around = quarter.box_in_frame([0.0, 0.0, 4.0, 2.0]);
        let expected = [-2.0, 0.0, 0.0, 4.0];
        assert!(
            around
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-9)
        );
    }
}

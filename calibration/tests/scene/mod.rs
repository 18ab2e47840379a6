//! A camera that does not exist, looking at a plane: every pixel by ray, so that the truth is known.

#![allow(dead_code)] // Each test file uses its own part of it.

use calibration::{Board, Lens, Size};

pub const FRAME: Size = Size::new(640, 480);

/// A lens with barrel distortion of about 12 pixels in the corners.
pub const LENS: Lens = Lens {
    fx: 700.0,
    fy: 702.0,
    cx: 322.0,
    cy: 236.5,
    k1: -0.18,
    k2: 0.05,
    p1: 0.0008,
    p2: -0.0006,
};

/// Where a plane lies: turned about x, y, z (degrees), then moved (mm) so that its origin is there.
#[derive(Clone, Copy)]
pub struct Pose {
    pub turn_deg: [f64; 3],
    pub origin_mm: [f64; 3],
}

impl Pose {
    /// The board's middle is on the optical axis's point `(x, y)` at `distance`, all in mm.
    pub fn facing(board: &Board, turn_deg: [f64; 3], [x, y, distance]: [f64; 3]) -> Self {
        let middle = [
            f64::from(board.columns() - 1) * board.square_mm() / 2.0,
            f64::from(board.rows() - 1) * board.square_mm() / 2.0,
        ];
        let r = rotation(turn_deg);
        let at = |i: usize| r[i][0] * middle[0] + r[i][1] * middle[1];
        Self {
            turn_deg,
            origin_mm: [x - at(0), y - at(1), distance - at(2)],
        }
    }

    /// The point of the plane, in mm, that the frame's point `(x, y)` shows.
    pub fn seen_at(&self, lens: &Lens, x: f64, y: f64) -> Option<(f64, f64)> {
        let (x, y) = lens.undistort(x, y)?;
        let ray = [(x - lens.cx) / lens.fx, (y - lens.cy) / lens.fy, 1.0];
        let r = rotation(self.turn_deg);
        let dot = |column: usize, v: [f64; 3]| (0..3).map(|i| r[i][column] * v[i]).sum::<f64>();
        // In the plane's own axes the plane is z = 0.
        let (from, along) = (dot(2, self.origin_mm), dot(2, ray));
        let reach = from / along;
        (reach > 0.0).then(|| {
            let at = [0, 1, 2].map(|i| ray[i] * reach - self.origin_mm[i]);
            (dot(0, at), dot(1, at))
        })
    }
}

impl Pose {
    /// Where the frame shows the point `(x, y)` of the plane, in mm: the inverse of [`Pose::seen_at`].
    pub fn shown_at(&self, lens: &Lens, x: f64, y: f64) -> (f64, f64) {
        let r = rotation(self.turn_deg);
        let [px, py, pz] = [0, 1, 2].map(|i| r[i][0] * x + r[i][1] * y + self.origin_mm[i]);
        lens.distort(lens.fx * px / pz + lens.cx, lens.fy * py / pz + lens.cy)
    }
}

fn rotation([x, y, z]: [f64; 3]) -> [[f64; 3]; 3] {
    let (sx, cx) = x.to_radians().sin_cos();
    let (sy, cy) = y.to_radians().sin_cos();
    let (sz, cz) = z.to_radians().sin_cos();
    [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
}

/// A grey picture of what `shade` (0 to 1) says of each point of the plane.
pub fn picture(lens: &Lens, pose: &Pose, frame: Size, shade: impl Fn(f64, f64) -> f64) -> Vec<u8> {
    const SAMPLES: u32 = 3;
    let mut pixels = Vec::with_capacity(frame.area());
    for y in 0..frame.height {
        for x in 0..frame.width {
            let mut sum = 0.0;
            for i in 0..SAMPLES * SAMPLES {
                let part = |i: u32| (f64::from(i) + 0.5) / f64::from(SAMPLES) - 0.5;
                let (dx, dy) = (part(i % SAMPLES), part(i / SAMPLES));
                let seen = pose.seen_at(lens, f64::from(x) + dx, f64::from(y) + dy);
                sum += seen.map_or(0.5, |(x, y)| shade(x, y));
            }
            let mean = sum / f64::from(SAMPLES * SAMPLES);
            pixels.push((30.0 + mean * 180.0).round() as u8);
        }
    }
    pixels
}

/// A chessboard with a white border one square wide, on a grey table.
pub fn chessboard(board: &Board, x: f64, y: f64) -> f64 {
    let (column, row) = (
        (x / board.square_mm()).floor(),
        (y / board.square_mm()).floor(),
    );
    let (columns, rows) = (f64::from(board.columns()), f64::from(board.rows()));
    if (-1.0..columns).contains(&column) && (-1.0..rows).contains(&row) {
        if (column + row).rem_euclid(2.0) == 0.0 {
            0.0
        } else {
            1.0
        }
    } else if (-2.0..columns + 1.0).contains(&column) && (-2.0..rows + 1.0).contains(&row) {
        1.0
    } else {
        0.45
    }
}

/// As [`chessboard`], its edges blurred: from dark to bright within about four times `soft_mm`.
///
/// A picture of it has its corners where they are to a thousandth of a pixel; that of a sharp board has them
/// to a sixth, because a pixel is painted from three samples each way.
pub fn soft_chessboard(board: &Board, soft_mm: f64, x: f64, y: f64) -> f64 {
    let side = board.square_mm();
    // Which way brightness turns at the nearest line, and how far it has turned.
    let turn = |at: f64| {
        let line = (at / side).round();
        let sign = if line.rem_euclid(2.0) == 0.0 {
            1.0
        } else {
            -1.0
        };
        sign * ((at - line * side) / soft_mm).tanh()
    };
    let is_on_board = |at: f64, corners: u32| (-side..f64::from(corners) * side).contains(&at);
    if is_on_board(x, board.columns()) && is_on_board(y, board.rows()) {
        0.5 - 0.5 * turn(x) * turn(y)
    } else {
        chessboard(board, x, y)
    }
}

/// Poses that show the lens: tilted to all sides, in all corners; the first lies flat.
pub fn poses(board: &Board) -> Vec<Pose> {
    let all = [
        ([0.0, 0.0, 0.0], [0.0, 0.0, 170.0]),
        ([25.0, 0.0, 4.0], [-14.0, 8.0, 180.0]),
        ([-25.0, 0.0, -6.0], [14.0, -8.0, 180.0]),
        ([0.0, 28.0, 3.0], [16.0, 12.0, 190.0]),
        ([0.0, -28.0, -3.0], [-16.0, -12.0, 190.0]),
        ([18.0, 18.0, 10.0], [26.0, -18.0, 190.0]),
        ([-18.0, -18.0, -10.0], [-26.0, 18.0, 190.0]),
        ([15.0, -20.0, 0.0], [24.0, 16.0, 185.0]),
        ([-15.0, 20.0, 5.0], [-24.0, -16.0, 185.0]),
    ];
    let pose = |(turn, at)| Pose::facing(board, turn, at);
    all.map(pose).to_vec()
}

/// Noise a camera has, from a seed.
pub fn with_noise(mut pixels: Vec<u8>, mut seed: u64) -> Vec<u8> {
    for pixel in &mut pixels {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let noise = ((seed >> 33) % 7) as i16 - 3;
        *pixel = (i16::from(*pixel) + noise).clamp(0, 255) as u8;
    }
    pixels
}

//! Lens and poses from corners: the one call to OpenCV's solver, and what its answer means.

use crate::board::Board;
use crate::finding::Corners;
use crate::geometry::{Lens, Plane, inverse, product};
use crate::view::Size;
use opencv::calib3d;
use opencv::core::{
    CV_64F, Mat, MatTraitConst, MatTraitConstManual, Point2f, Point3f, TermCriteria, Vec3d, Vector,
};

/// Where a board lies, seen from the camera: `R · board + t`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pose {
    rotation: [[f64; 3]; 3],
    translation_mm: [f64; 3],
}

/// The lens, and of each image, in order: its pose and its reprojection error.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    pub lens: Lens,
    pub poses: Vec<Pose>,
    pub errors: Vec<Misfit>,
    /// Standard deviation of fx, as the solver estimates it.
    pub focal_deviation_px: f64,
}

/// Distances between corners that were found and where the solution puts them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Misfit {
    pub rms_px: f64,
    pub max_px: f64,
}

impl Misfit {
    pub fn of(pairs: impl Iterator<Item = ((f64, f64), (f64, f64))>) -> Self {
        let (mut sum, mut max, mut count) = (0.0, 0.0_f64, 0_u32);
        for ((ax, ay), (bx, by)) in pairs {
            let distance = (ax - bx).hypot(ay - by);
            sum += distance * distance;
            max = max.max(distance);
            count += 1;
        }
        Self {
            rms_px: (sum / f64::from(count.max(1))).sqrt(),
            max_px: max,
        }
    }

    /// Over images that show equally many corners.
    pub fn over(images: &[Misfit]) -> Self {
        let squares: f64 = images.iter().map(|m| m.rms_px * m.rms_px).sum();
        Self {
            rms_px: (squares / images.len().max(1) as f64).sqrt(),
            max_px: images.iter().fold(0.0, |max, m| max.max(m.max_px)),
        }
    }
}

impl Pose {
    /// The angle between the board's normal and the optical axis.
    pub fn tilt_deg(&self) -> f64 {
        self.rotation[2][2].abs().min(1.0).acos().to_degrees()
    }

    /// The angle between two boards' normals.
    pub fn angle_deg(&self, other: &Pose) -> f64 {
        let cosine: f64 = (0..3)
            .map(|i| self.rotation[i][2] * other.rotation[i][2])
            .sum();
        cosine.abs().min(1.0).acos().to_degrees()
    }

    /// Where the lens shows a point of the board.
    pub fn project(&self, lens: &Lens, (x, y): (f64, f64)) -> (f64, f64) {
        let at =
            |i: usize| self.rotation[i][0] * x + self.rotation[i][1] * y + self.translation_mm[i];
        let (px, py) = (at(0) / at(2), at(1) / at(2));
        lens.distort(px * lens.fx + lens.cx, py * lens.fy + lens.cy)
    }

    /// Undistorted pixel → mm on the board: the inverse of K · [r1 r2 t]. (Zhang, "A Flexible New
    /// Technique for Camera Calibration", 2000, equation 2.)
    pub fn plane(&self, lens: &Lens, size: Size) -> Option<Plane> {
        let camera = [
            [lens.fx, 0.0, lens.cx],
            [0.0, lens.fy, lens.cy],
            [0.0, 0.0, 1.0],
        ];
        let mut board = [[0.0; 3]; 3];
        for (i, row) in board.iter_mut().enumerate() {
            *row = [
                self.rotation[i][0],
                self.rotation[i][1],
                self.translation_mm[i],
            ];
        }
        Plane::new(inverse(&product(&camera, &board))?, size)
    }
}

/// Solves k1, k2, p1, p2 and both focal lengths over all images.
pub(crate) fn solve(board: &Board, size: Size, images: &[&Corners]) -> opencv::Result<Solution> {
    let on_board: Vector<Point3f> = board
        .points_mm()
        .map(|(x, y)| Point3f::new(x as f32, y as f32, 0.0))
        .collect();
    let mut object_points = Vector::<Vector<Point3f>>::new();
    let mut image_points = Vector::<Vector<Point2f>>::new();
    for corners in images {
        object_points.push(on_board.clone());
        image_points.push(points(corners));
    }
    let (mut camera, mut distortion) = (Mat::default(), Mat::default());
    let (mut rotations, mut translations) = (Vector::<Vec3d>::new(), Vector::<Vec3d>::new());
    let (mut deviations, mut pose_deviations, mut per_view) =
        (Mat::default(), Mat::default(), Mat::default());
    calib3d::calibrate_camera_extended(
        &object_points,
        &image_points,
        size.opencv(),
        &mut camera,
        &mut distortion,
        &mut rotations,
        &mut translations,
        &mut deviations,
        &mut pose_deviations,
        &mut per_view,
        calib3d::CALIB_FIX_K3,
        TermCriteria::new(3, 100, 1e-9)?,
    )?;
    let (camera, distortion) = (camera.data_typed::<f64>()?, distortion.data_typed::<f64>()?);
    let lens = Lens {
        fx: camera[0],
        fy: camera[4],
        cx: camera[2],
        cy: camera[5],
        k1: distortion[0],
        k2: distortion[1],
        p1: distortion[2],
        p2: distortion[3],
    };
    let poses = rotations
        .iter()
        .zip(translations.iter())
        .map(|(rotation, translation)| pose(&rotation, &translation))
        .collect::<opencv::Result<Vec<_>>>()?;
    let errors = poses
        .iter()
        .zip(images)
        .map(|(pose, corners)| {
            let expected = board.points_mm().map(|point| pose.project(&lens, point));
            Misfit::of(expected.zip(corners.iter().copied()))
        })
        .collect();
    Ok(Solution {
        lens,
        poses,
        errors,
        focal_deviation_px: deviations.data_typed::<f64>()?[0],
    })
}

fn points(corners: &Corners) -> Vector<Point2f> {
    corners
        .iter()
        .map(|&(x, y)| Point2f::new(x as f32, y as f32))
        .collect()
}

fn pose(rotation: &Vec3d, translation: &Vec3d) -> opencv::Result<Pose> {
    let mut matrix = Mat::default();
    calib3d::rodrigues(rotation, &mut matrix, &mut Mat::default())?;
    let mut rows = [[0.0; 3]; 3];
    for (i, row) in rows.iter_mut().enumerate() {
        row.copy_from_slice(&matrix.data_typed::<f64>()?[i * 3..i * 3 + 3]);
    }
    Ok(Pose {
        rotation: rows,
        translation_mm: [translation[0], translation[1], translation[2]],
    })
}

/// The part plane from one image without a lens, by least squares, and how well it fits.
pub(crate) fn plane_alone(
    board: &Board,
    size: Size,
    corners: &Corners,
) -> opencv::Result<Option<(Plane, Misfit)>> {
    let on_board: Vector<Point2f> = board
        .points_mm()
        .map(|(x, y)| Point2f::new(x as f32, y as f32))
        .collect();
    let found = points(corners);
    let matrix = calib3d::find_homography(&on_board, &found, &mut Mat::default(), 0, 3.0)?;
    if matrix.empty() || matrix.depth() != CV_64F {
        return Ok(None);
    }
    let mut to_px = [[0.0; 3]; 3];
    for (i, row) in to_px.iter_mut().enumerate() {
        row.copy_from_slice(&matrix.data_typed::<f64>()?[i * 3..i * 3 + 3]);
    }
    let misfit = Misfit::of(board.points_mm().zip(corners).map(|((x, y), &found)| {
        let at = |i: usize| to_px[i][0] * x + to_px[i][1] * y + to_px[i][2];
        ((at(0) / at(2), at(1) / at(2)), found)
    }));
    Ok(inverse(&to_px)
        .and_then(|to_mm| Plane::new(to_mm, size))
        .map(|plane| (plane, misfit)))
}

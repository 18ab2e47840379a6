//! From images of a board to a lens and a plane, or to the reasons why not.

use crate::board::Board;
use crate::detection::{Detection, detect};
use crate::finding::Corners;
use crate::geometry::Plane;
use crate::lens_change::lens_change;
use crate::lens_fault::LensFault;
use crate::opencv_error::OpencvError;
use crate::options::{Method, Options, PlaneChoice};
use crate::quality::{check, coverage, mean_distance, outlier};
use crate::refusal::{ImageRefusal, SetRefusal};
use crate::report::{Calibration, ImageOutcome, ImageReport, Refusal};
use crate::solution::{Misfit, Solution, plane_alone, solve};
use crate::view::{ImageView, Size};

/// Images closer than this share of the frame's diagonal show the same pose.
const SAME_POSE_SHARE: f64 = 0.004;
/// Boards within this angle of the most parallel one may be meant as the plane as well...
const PLANE_RIVAL_DEG: f64 = 3.0;
/// ... which matters when their scales differ by more than this share.
const PLANE_RIVAL_SCALE: f64 = 0.01;

/// Corners are found ten times as well as this: what is over it is not the corners' fault.
const ONE_LENS_RMS_PX: f64 = 0.1;

/// Images of one board, added one after the other, so that none needs to be kept.
#[derive(Debug)]
pub struct BoardImages {
    board: Board,
    size: Option<Size>,
    reports: Vec<ImageReport>,
    detections: Vec<Option<Detection>>,
}

impl BoardImages {
    /// Without images yet.
    pub fn new(board: Board) -> Self {
        Self {
            board,
            size: None,
            reports: Vec::new(),
            detections: Vec::new(),
        }
    }

    /// Looks for the board and says at once whether it was found, so that a live view can ask for
    /// another image. Duplicates are told apart only by [`BoardImages::solve`].
    ///
    /// # Errors
    /// When OpenCV failed; the image is then not part of the set.
    pub fn add(&mut self, name: &str, view: &ImageView<'_>) -> Result<&ImageReport, OpencvError> {
        let expected = *self.size.get_or_insert(view.size());
        let found = if view.size() == expected {
            detect(view, &self.board)?
        } else {
            Err(ImageRefusal::OtherSize {
                found: view.size(),
                expected,
            })
        };
        let (outcome, detection) = match found {
            Ok(detection) => (ImageOutcome::Found, Some(detection)),
            Err(refusal) => (ImageOutcome::Refused(refusal), None),
        };
        self.reports.push(ImageReport {
            name: name.to_owned(),
            outcome,
            edge_px: detection.as_ref().map(|d| d.edge_px),
        });
        self.detections.push(detection);
        Ok(self.reports.last().expect("it was just pushed"))
    }

    /// The board that is looked for.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Corners of every board found so far.
    pub(crate) fn found(&self) -> impl Iterator<Item = &[(f64, f64)]> {
        self.detections
            .iter()
            .flatten()
            .map(|detection| &detection.corners[..])
    }

    /// One for each image added, in order.
    pub fn images(&self) -> &[ImageReport] {
        &self.reports
    }

    /// Lens and plane from the images added.
    ///
    /// # Errors
    /// Why the set is refused, with what became of each image.
    pub fn solve(mut self, options: &Options) -> Result<Calibration, Box<Refusal>> {
        match self.try_solve(options) {
            Ok(calibration) => Ok(calibration),
            Err(reason) => Err(Box::new(Refusal {
                reason,
                images: self.reports,
            })),
        }
    }

    fn try_solve(&mut self, options: &Options) -> Result<Calibration, SetRefusal> {
        let Some(size) = self.size else {
            return Err(SetRefusal::TooFewImages {
                found: 0,
                expected: options.images_min,
            });
        };
        if let PlaneChoice::Named(name) = &options.plane {
            self.check_plane_image(name)?;
        }
        match options.method {
            Method::LensAndPlane => self.solve_lens(size, options),
            Method::PlaneOnly => self.solve_plane(size, options),
        }
    }

    /// Whether the image that is to be the plane can still be used.
    fn check_plane_image(&self, name: &str) -> Result<(), SetRefusal> {
        let named = self.reports.iter().filter(|report| report.name == name);
        let mut refusal = None;
        for report in named {
            match &report.outcome {
                ImageOutcome::Found | ImageOutcome::Used { .. } => return Ok(()),
                ImageOutcome::Refused(reason) => refusal = Some(reason.clone()),
            }
        }
        let name = name.to_owned();
        Err(match refusal {
            Some(refusal) => SetRefusal::PlaneImageRefused { name, refusal },
            None => SetRefusal::NoPlaneImage {
                name,
                known: self.reports.iter().map(|r| r.name.clone()).collect(),
            },
        })
    }

    fn usable(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.reports.len()).filter(|&i| self.reports[i].outcome == ImageOutcome::Found)
    }

    fn corners(&self, image: usize) -> &[(f64, f64)] {
        self.detections[image].as_ref().map_or(&[], |d| &d.corners)
    }

    fn refuse(&mut self, image: usize, refusal: ImageRefusal) {
        self.reports[image].outcome = ImageOutcome::Refused(refusal);
    }

    /// The earliest of images with one pose stays, or the plane image where it is named.
    fn refuse_same_poses(&mut self, size: Size, plane: &PlaneChoice) {
        let is_plane = |report: &ImageReport| match plane {
            PlaneChoice::Named(name) => report.name == *name,
            PlaneChoice::MostParallel | PlaneChoice::Last => false,
        };
        let mut order: Vec<usize> = self.usable().collect();
        order.sort_by_key(|&i| !is_plane(&self.reports[i]));
        let limit_px = SAME_POSE_SHARE * size.diagonal_px();
        let mut kept: Vec<usize> = Vec::new();
        for image in order {
            let same = kept.iter().find_map(|&other| {
                let distance = mean_distance(self.corners(image), self.corners(other));
                (distance < limit_px).then_some((other, distance))
            });
            match same {
                Some((other, found_px)) => {
                    let as_image = self.reports[other].name.clone();
                    self.refuse(image, ImageRefusal::SamePose { as_image, found_px });
                }
                None => kept.push(image),
            }
        }
    }

    fn solve_lens(&mut self, size: Size, options: &Options) -> Result<Calibration, SetRefusal> {
        self.refuse_same_poses(size, &options.plane);
        let all: Vec<usize> = self.usable().collect();
        let solved = self.without_misfits(size, options);
        let rms_px = solved.as_ref().map_or(f64::INFINITY, |(_, solution)| {
            Misfit::over(&solution.errors).rms_px
        });
        // Two lenses in one set fit no single one: that comes before what it made of some images.
        if rms_px > ONE_LENS_RMS_PX
            && all.len() >= options.images_min
            && let Some(change) = self.lens_change(size, &all)
        {
            return Err(change);
        }
        let (used, solution) = solved?;
        let tilt_deg = check(&solution, size, options)?;
        let coverage = coverage(size, used.iter().map(|&i| self.corners(i)), &self.board);
        if coverage < options.coverage_min {
            return Err(SetRefusal::TooLittleCoverage {
                found: coverage,
                limit: options.coverage_min,
            });
        }
        let (plane_at, plane) = self.plane_of(&used, &solution, size, &options.plane)?;
        for (at, &image) in used.iter().enumerate() {
            self.reports[image].outcome = ImageOutcome::Used {
                rms_px: solution.errors[at].rms_px,
                max_px: solution.errors[at].max_px,
                tilt_deg: Some(solution.poses[at].tilt_deg()),
            };
        }
        let total = Misfit::over(&solution.errors);
        Ok(Calibration {
            lens: Some(solution.lens),
            tilt_deg,
            focal_deviation_px: Some(solution.focal_deviation_px),
            ..self.calibration(size, plane, used[plane_at], total, coverage, used.len())
        })
    }

    /// The images that fit one lens, and the lens: the worst misfit is left out, one after the other.
    fn without_misfits(
        &mut self,
        size: Size,
        options: &Options,
    ) -> Result<(Vec<usize>, Solution), SetRefusal> {
        loop {
            let used: Vec<usize> = self.usable().collect();
            if used.len() < options.images_min {
                return Err(SetRefusal::TooFewImages {
                    found: used.len(),
                    expected: options.images_min,
                });
            }
            // The solver gives up with an exception where the boards allow no first guess of a lens.
            let solution = solve(&self.board, size, &self.corners_of(&used))
                .map_err(|error| SetRefusal::NoLens(LensFault::NotSolved(error.into())))?;
            let limit_px = options.image_rms_max_px;
            let Some((worst, found_px)) = outlier(&solution.errors, limit_px) else {
                return Ok((used, solution));
            };
            self.refuse(used[worst], ImageRefusal::Misfit { found_px, limit_px });
        }
    }

    fn corners_of(&self, images: &[usize]) -> Vec<&Corners> {
        let found = images.iter().filter_map(|&i| self.detections[i].as_ref());
        found.map(|detection| &detection.corners).collect()
    }

    fn lens_change(&self, size: Size, images: &[usize]) -> Option<SetRefusal> {
        let (at, focal_px) = lens_change(&self.board, size, &self.corners_of(images))?;
        let names = [at - 1, at].map(|at| self.reports[images[at]].name.clone());
        Some(SetRefusal::LensChanged { names, focal_px })
    }

    /// Which of `used` is the plane, and the plane.
    fn plane_of(
        &self,
        used: &[usize],
        solution: &Solution,
        size: Size,
        choice: &PlaneChoice,
    ) -> Result<(usize, Plane), SetRefusal> {
        let name = |at: usize| self.reports[used[at]].name.clone();
        let tilt = |at: usize| solution.poses[at].tilt_deg();
        let chosen = match choice {
            PlaneChoice::Named(wanted) => {
                self.check_plane_image(wanted)?;
                let found = (0..used.len()).find(|&at| name(at) == *wanted);
                found.expect("a usable image is among those used")
            }
            PlaneChoice::Last => used.len() - 1,
            PlaneChoice::MostParallel => (0..used.len())
                .min_by(|&a, &b| tilt(a).total_cmp(&tilt(b)))
                .expect("at least images_min are used"),
        };
        let plane_at = |at: usize| {
            solution.poses[at]
                .plane(&solution.lens, size)
                .ok_or_else(|| SetRefusal::NoPlane { name: name(at) })
        };
        let plane = plane_at(chosen)?;
        if *choice == PlaneChoice::MostParallel {
            let scale = at_centre(&plane, size);
            for at in (0..used.len()).filter(|&at| at != chosen) {
                if tilt(at) > tilt(chosen) + PLANE_RIVAL_DEG {
                    continue;
                }
                let other = at_centre(&plane_at(at)?, size);
                if (other / scale - 1.0).abs() > PLANE_RIVAL_SCALE {
                    return Err(SetRefusal::PlaneAmbiguous {
                        names: [name(chosen), name(at)],
                        mm_per_px: [scale, other],
                    });
                }
            }
        }
        Ok((chosen, plane))
    }

    fn solve_plane(&mut self, size: Size, options: &Options) -> Result<Calibration, SetRefusal> {
        let usable: Vec<usize> = self.usable().collect();
        let mut planes = Vec::new();
        for &image in &usable {
            let corners = self.corners(image).to_vec();
            let found = plane_alone(&self.board, size, &corners).map_err(OpencvError::from);
            planes.push(found.map_err(SetRefusal::Opencv)?);
        }
        let name = |at: usize| self.reports[usable[at]].name.clone();
        let chosen = match &options.plane {
            PlaneChoice::Named(wanted) => {
                usable.iter().position(|&i| self.reports[i].name == *wanted)
            }
            PlaneChoice::Last => usable.len().checked_sub(1),
            PlaneChoice::MostParallel => {
                if let [Some((first, _)), Some((second, _)), ..] = &planes[..] {
                    return Err(SetRefusal::PlaneAmbiguous {
                        names: [name(0), name(1)],
                        mm_per_px: [at_centre(first, size), at_centre(second, size)],
                    });
                }
                (!usable.is_empty()).then_some(0)
            }
        };
        let Some(chosen) = chosen else {
            return Err(SetRefusal::TooFewImages {
                found: 0,
                expected: 1,
            });
        };
        let (plane, misfit) =
            planes[chosen].ok_or_else(|| SetRefusal::NoPlane { name: name(chosen) })?;
        if misfit.rms_px > options.rms_max_px {
            return Err(SetRefusal::NotStraight {
                found_px: misfit.rms_px,
                limit_px: options.rms_max_px,
            });
        }
        for (at, &image) in usable.iter().enumerate() {
            self.reports[image].outcome = if at == chosen {
                ImageOutcome::Used {
                    rms_px: misfit.rms_px,
                    max_px: misfit.max_px,
                    tilt_deg: None,
                }
            } else {
                ImageOutcome::Refused(ImageRefusal::NotThePlane)
            };
        }
        let image = usable[chosen];
        let coverage = coverage(size, std::iter::once(self.corners(image)), &self.board);
        Ok(self.calibration(size, plane, image, misfit, coverage, 1))
    }

    fn calibration(
        &self,
        size: Size,
        plane: Plane,
        plane_image: usize,
        misfit: Misfit,
        coverage: f64,
        images_used: usize,
    ) -> Calibration {
        Calibration {
            board: self.board,
            image_size: size,
            lens: None,
            plane,
            plane_image: self.reports[plane_image].name.clone(),
            mm_per_px: at_centre(&plane, size),
            rms_px: misfit.rms_px,
            max_px: misfit.max_px,
            coverage,
            tilt_deg: 0.0,
            focal_deviation_px: None,
            images_used,
            images: self.reports.clone(),
        }
    }
}

pub(crate) fn at_centre(plane: &Plane, size: Size) -> f64 {
    plane.mm_per_px(
        (f64::from(size.width) - 1.0) / 2.0,
        (f64::from(size.height) - 1.0) / 2.0,
    )
}

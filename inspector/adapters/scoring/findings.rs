//! From a model's answer to findings: regions of its map, its boxes, or its class of the whole image.

use crate::ports::scorer::{MAP_CELLS, ScoreError};
use crate::station::result::{FINDINGS_MAX, Finding, Measured};
use crate::station::verdict::Score;
use arrayvec::ArrayVec;
use calibration::{Configuration, Pose, Region, Regions, Size, Surface, Window};
use models::{Answer, Detection, Manifest, OutputKind, ScoreMap};

/// Findings, worst first, and how many there were.
pub type Findings = (ArrayVec<Finding, FINDINGS_MAX>, u32);

// A model that comes later, and sees a region, must find room for its map over the frame.
const _: () = assert!(calibration::surface::OVER_CELLS_MAX <= MAP_CELLS);

/// Reads the answers of one model for one camera. Nothing allocates after `new`.
pub struct Reader {
    surface: Surface,
    has_map: bool,
    finder: Option<Regions>,
    folded: Vec<f32>,
    /// The map as it lies over the frame.
    over: Vec<f32>,
    regions: ArrayVec<Region, FINDINGS_MAX>,
    is_defect: Vec<bool>,
}

impl Reader {
    /// For what a model sees of frames and a map of so many cells, which may be none.
    pub fn new(
        window: Window,
        map: Size,
        configuration: Option<&Configuration>,
        manifest: &Manifest,
    ) -> Self {
        let output = &manifest.output;
        let has_regions = matches!(output.kind, OutputKind::ScoreMap { .. });
        let cells = Size::new(map.width.max(1), map.height.max(1));
        let classes = 0..output.classes.len();
        let surface = Surface::new(window, cells, configuration);
        Self {
            has_map: map.area() > 0,
            finder: has_regions.then(|| Regions::new(map)),
            folded: vec![0.0; map.area()],
            over: vec![0.0; surface.over_size().area()],
            surface,
            regions: ArrayVec::new(),
            is_defect: classes.map(|class| output.is_defect(class)).collect(),
        }
    }

    /// Width and height of the map that is drawn, over the whole frame; 0 when there is none.
    pub fn map_size(&self) -> (u32, u32) {
        let Size { width, height } = self.surface.over_size();
        if self.has_map {
            (width, height)
        } else {
            (0, 0)
        }
    }

    /// Findings from a threshold on, where they lie in the frame of which a model saw the part in its place; `pose` is how
    /// it lies there, if frames are aligned. `map` receives the score map as bytes, unless it is empty.
    pub fn read(
        &mut self,
        answer: &Answer,
        pose: Option<&Pose>,
        from: Score,
        map: &mut [u8],
    ) -> Result<Findings, ScoreError> {
        if let Some(scores) = &answer.map {
            scores.fold_max(&mut self.folded);
            match pose {
                Some(pose) => self.draw_where_it_lies(pose, map),
                None => self.draw(map),
            }
            if self.finder.is_some() {
                return self.regions_of(scores, pose, from);
            }
        }
        Ok(if answer.classes.is_empty() {
            self.boxes_of(answer.detections, pose, from)
        } else {
            self.whole(answer, pose, from)
        })
    }

    /// Every cell of the drawn map from that of the part in its place; 0 where the model saw nothing.
    fn draw_where_it_lies(&mut self, pose: &Pose, map: &mut [u8]) {
        if map.is_empty() {
            return;
        }
        let is_moved = self.surface.lay_over_frame(&self.folded, &mut self.over);
        let over = if is_moved { &self.over } else { &self.folded };
        let (cells, frame) = (self.surface.over_size(), self.surface.frame());
        let across = f64::from(frame.width) / f64::from(cells.width);
        let down = f64::from(frame.height) / f64::from(cells.height);
        for (at, byte) in map.iter_mut().take(cells.area()).enumerate() {
            let (x, y) = (at as u32 % cells.width, at as u32 / cells.width);
            let middle = ((f64::from(x) + 0.5) * across, (f64::from(y) + 0.5) * down);
            let (x, y) = pose.to_reference(middle);
            let (x, y) = ((x / across).floor(), (y / down).floor());
            let within = |at: f64, side: u32| (0.0..f64::from(side)).contains(&at);
            let is_within = within(x, cells.width) && within(y, cells.height);
            let from = y as usize * cells.width as usize + x as usize;
            *byte = match over.get(from).filter(|_| is_within) {
                Some(value) => (value * 255.0 + 0.5) as u8,
                None => 0,
            };
        }
    }

    fn draw(&mut self, map: &mut [u8]) {
        if map.is_empty() {
            return;
        }
        let is_moved = self.surface.lay_over_frame(&self.folded, &mut self.over);
        let over = if is_moved { &self.over } else { &self.folded };
        for (byte, value) in map.iter_mut().zip(over) {
            *byte = (value * 255.0 + 0.5) as u8;
        }
    }

    fn regions_of(
        &mut self,
        scores: &ScoreMap,
        pose: Option<&Pose>,
        from: Score,
    ) -> Result<Findings, ScoreError> {
        let Some(finder) = &mut self.finder else {
            return Ok((ArrayVec::new(), 0));
        };
        let found = finder
            .find(&self.folded, from.get(), self.surface.cell_mm2())
            .map_err(|error| ScoreError::Run {
                message: error.to_string(),
            })?;
        let worst = &mut self.regions;
        worst.clear();
        found.iter().for_each(|region| keep_worst(worst, region));
        let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let surface = &self.surface;
        let findings = worst.iter().filter_map(|region| {
            let (x, y) = region.peak_at;
            let class = scores.class_at(x as usize, y as usize);
            let area_px = region.cells as f32 * surface.cell_px();
            let bounds = surface.cells_px(region.bounds);
            finding(
                (surface, pose),
                class,
                region.peak,
                bounds,
                (area_px, region.weight),
            )
        });
        Ok((findings.collect(), total))
    }

    fn boxes_of(&self, detections: &[Detection], pose: Option<&Pose>, from: Score) -> Findings {
        let is_finding = |found: &&Detection| {
            found.score >= from.get()
                && self
                    .is_defect
                    .get(found.class)
                    .is_some_and(|defect| *defect)
        };
        let defects = || detections.iter().filter(is_finding);
        let findings = defects().take(FINDINGS_MAX).filter_map(|found| {
            let bounds = self.surface.seen_px(found.bounds().map(f64::from));
            let area_mm2 = self.surface.area_mm2(bounds, found.area).unwrap_or(0.0);
            finding(
                (&self.surface, pose),
                found.class,
                found.score,
                bounds,
                (found.area, area_mm2),
            )
        });
        (
            findings.collect(),
            u32::try_from(defects().count()).unwrap_or(u32::MAX),
        )
    }

    fn whole(&self, answer: &Answer, pose: Option<&Pose>, from: Score) -> Findings {
        let mut findings = ArrayVec::new();
        if answer.score >= from.get() {
            let bounds @ [left, top, right, bottom] = self.surface.whole_px();
            let area = ((right - left) * (bottom - top)) as f32;
            let area_mm2 = self.surface.area_mm2(bounds, area).unwrap_or(0.0);
            findings.extend(finding(
                (&self.surface, pose),
                answer.class,
                answer.score,
                bounds,
                (area, area_mm2),
            ));
        }
        let total = findings.len() as u32;
        (findings, total)
    }
}

/// Keeps the regions with the largest peaks, worst first.
fn keep_worst(worst: &mut ArrayVec<Region, FINDINGS_MAX>, region: &Region) {
    let at = worst.partition_point(|kept| kept.peak >= region.peak);
    if worst.is_full() {
        if at == worst.len() {
            return;
        }
        worst.pop();
    }
    worst.insert(at, *region);
}

/// From a box of the undistorted frame to pixels of the frame and millimetres on the part; the box and what is measured
/// of it are those of the part in its place.
fn finding(
    (surface, pose): (&Surface, Option<&Pose>),
    class: usize,
    score: f32,
    bounds: [f64; 4],
    (area_px, area_mm2): (f32, f32),
) -> Option<Finding> {
    let larger = pose.map_or(1.0, |pose| (pose.zoom * pose.zoom) as f32);
    let (area_px, area_mm2) = (area_px * larger, area_mm2 * larger);
    // Where a lens is corrected, a motion of some pixels in the frame is taken as the same one in the undistorted frame.
    let bounds = pose.map_or(bounds, |pose| pose.box_in_frame(bounds));
    let measured = surface.extent(bounds).map(|extent| Measured {
        area_mm2,
        x_mm: extent.x_mm as f32,
        y_mm: extent.y_mm as f32,
        width_mm: extent.width_mm as f32,
        height_mm: extent.height_mm as f32,
    });
    Some(Finding {
        class: u16::try_from(class).ok()?,
        score: Score::new(score)?,
        region: surface.box_px(bounds),
        area_px,
        measured,
    })
}

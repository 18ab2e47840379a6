//! "Is there a part?": makes parts of the frames of a camera that runs freely, by what changes in a region of the picture
//! against the empty belt.
//!
//! The region is a grid of cells. A cell has changed when its mean brightness, in any colour, differs from the empty
//! belt's; light that changes everywhere at once is taken off first. The belt is learnt at first and follows slow changes,
//! in cells that have not changed and while no part is there: a part that stops never becomes belt.

use crate::clock::Clock;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::station::frame::{FrameMeta, FrameShape};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Cells along the longer side of the region.
const CELLS: u32 = 16;
/// Pixels along a side of the smallest cell: noise must cancel out in it.
const SIDE_MIN: u32 = 8;
/// What share of a difference the belt follows with each frame.
const FOLLOW: f32 = 1.0 / 32.0;

/// What `[camera.presence]` says, checked by [`PresenceSettings::problem`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PresenceSettings {
    /// Where to look, `[left, top, width, height]` in pixels of the frame; the whole frame when absent. A part is told
    /// when it is here, so this is the photo-eye: the part's picture is the one in which it has arrived.
    pub region: Option<[u32; 4]>,
    /// By how many grey levels of 255 a cell must differ from the empty belt.
    pub grey_min: f32,
    /// Which share of the cells must differ, 0 to 1, for a part to be there. It has left when less than half of that do.
    pub share_min: f32,
    /// In how many frames one after the other, both for coming and for leaving.
    pub frames_min: u32,
    /// How many frames the empty belt is learnt from at the start. Parts may pass meanwhile, and are not told.
    pub learn_frames: u32,
    /// More frames missing in a row than this may have hidden a part, which is told as lost.
    pub missing_frames_max: u32,
}

impl Default for PresenceSettings {
    fn default() -> Self {
        Self {
            region: None,
            grey_min: 12.0,
            share_min: 0.05,
            frames_min: 2,
            learn_frames: 30,
            missing_frames_max: 5,
        }
    }
}

impl PresenceSettings {
    /// Sees to it that parts can be told. The first thing that is wrong, in a sentence.
    pub fn problem(&self) -> Option<String> {
        if !(1.0..=200.0).contains(&self.grey_min) {
            return Some(format!(
                "grey_min: expected 1 to 200, found {}",
                self.grey_min
            ));
        }
        if !(0.0..=1.0).contains(&self.share_min) || self.share_min == 0.0 {
            let found = self.share_min;
            return Some(format!(
                "share_min: expected a share above 0, up to 1, found {found}"
            ));
        }
        for (name, value, most) in [
            ("frames_min", self.frames_min, 1_000),
            ("learn_frames", self.learn_frames, 1_000),
        ] {
            if value == 0 || value > most {
                return Some(format!("{name}: expected 1 to {most}, found {value}"));
            }
        }
        None
    }
}

/// A camera whose frames are parts.
pub struct PresenceCamera {
    camera: Box<dyn Camera>,
    clock: Arc<dyn Clock>,
    settings: PresenceSettings,
    grid: Grid,
    belt: Belt,
    state: State,
    /// Frames in a row that speak against the state.
    contrary: u32,
    next_id: u64,
    last_frame_id: Option<u64>,
    missing: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Learning,
    Absent,
    Present,
}

impl PresenceCamera {
    /// Around a camera that is open.
    ///
    /// # Errors
    /// When the settings do not fit its frames.
    pub fn new(
        camera: Box<dyn Camera>,
        settings: PresenceSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        if let Some(problem) = settings.problem() {
            let message = format!("presence.{problem}");
            return Err(OpenError::Unsupported { message });
        }
        let grid = Grid::new(camera.shape(), settings.region)?;
        Ok(Self {
            belt: Belt::new(grid.values.len(), settings.learn_frames),
            camera,
            clock,
            settings,
            grid,
            state: State::Learning,
            contrary: 0,
            next_id: 0,
            last_frame_id: None,
            missing: 0,
        })
    }

    /// Whether this frame is the one of a part that has come.
    fn is_part(&mut self, pixels: &[u8]) -> bool {
        self.grid.look(pixels);
        if self.state == State::Learning {
            if self.belt.learn(&self.grid.values) {
                self.state = State::Absent;
            }
            return false;
        }
        let share = self.belt.changed(
            &self.grid.values,
            self.grid.channels,
            self.settings.grey_min,
        );
        let (is_contrary, other) = match self.state {
            State::Present => (share < self.settings.share_min / 2.0, State::Absent),
            _ => (share >= self.settings.share_min, State::Present),
        };
        self.contrary = if is_contrary { self.contrary + 1 } else { 0 };
        if self.contrary >= self.settings.frames_min {
            self.state = other;
            self.contrary = 0;
            return other == State::Present;
        }
        if self.state == State::Absent {
            self.belt.follow(&self.grid.values, self.settings.grey_min);
        }
        false
    }

    /// Counts what did not come whole. A part has one picture; what is lost beside it is no loss.
    fn missed(&mut self, frames: u64) {
        let before = self.missing;
        self.missing = self
            .missing
            .saturating_add(u32::try_from(frames).unwrap_or(u32::MAX));
        let limit = self.settings.missing_frames_max;
        if before <= limit && self.missing > limit && self.state != State::Learning {
            self.next_id += 1;
        }
    }

    fn arrived(&mut self, block_id: Option<u64>) {
        let Some(block_id) = block_id else { return };
        let gap = self
            .last_frame_id
            .replace(block_id)
            .map_or(0, |last| block_id.saturating_sub(last).saturating_sub(1));
        self.missed(gap);
    }
}

impl Camera for PresenceCamera {
    fn shape(&self) -> FrameShape {
        self.camera.shape()
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        let deadline = self.clock.now() + timeout;
        let mut left = timeout;
        loop {
            match self.camera.acquire(pixels, left) {
                Ok(mut meta) => {
                    self.arrived(Some(meta.block_id));
                    self.missing = 0;
                    if self.is_part(pixels) {
                        meta.block_id = self.next_id;
                        self.next_id += 1;
                        return Ok(meta);
                    }
                }
                Err(AcquireError::Incomplete { block_id, .. }) => {
                    self.arrived(block_id);
                    self.missed(1);
                }
                other => return other,
            }
            left = deadline.since(self.clock.now());
            if left.is_zero() {
                return Err(AcquireError::Timeout);
            }
        }
    }

    fn trigger(&mut self) -> Result<(), OpenError> {
        self.camera.trigger()
    }

    fn apply(&mut self, settings: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        self.camera.apply(settings)
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        self.camera.reopen()?;
        self.last_frame_id = None;
        self.missing = 0;
        self.contrary = 0;
        Ok(())
    }
}

/// The region as cells.
struct Grid {
    shape: FrameShape,
    region: [usize; 4],
    /// Pixels along a side of a cell.
    side: usize,
    columns: usize,
    channels: usize,
    /// Of the frame that was looked at: the mean of each cell, colour by colour.
    values: Vec<f32>,
    sums: Vec<u32>,
    counts: Vec<u32>,
}

impl Grid {
    fn new(shape: FrameShape, region: Option<[u32; 4]>) -> Result<Self, OpenError> {
        let [left, top, width, height] = region.unwrap_or([0, 0, shape.width, shape.height]);
        let is_within = |from: u32, length: u32, size: u32| {
            length >= 8 && from.checked_add(length).is_some_and(|end| end <= size)
        };
        if !is_within(left, width, shape.width) || !is_within(top, height, shape.height) {
            let message = format!(
                "presence.region: expected [left, top, width, height] of 8 pixels or more within the frame of {}×{}, found \
                 [{left}, {top}, {width}, {height}]",
                shape.width, shape.height
            );
            return Err(OpenError::Unsupported { message });
        }
        let side = width.max(height).div_ceil(CELLS).max(SIDE_MIN);
        let columns = width.div_ceil(side) as usize;
        let cells = columns * height.div_ceil(side) as usize;
        let channels = shape.pixel_format.bytes();
        Ok(Self {
            shape,
            region: [left, top, width, height].map(|side| side as usize),
            side: side as usize,
            columns,
            channels,
            values: vec![0.0; cells * channels],
            sums: vec![0; cells * channels],
            counts: vec![0; cells],
        })
    }

    /// Of large cells, every second pixel of every second row is enough.
    fn look(&mut self, pixels: &[u8]) {
        let [left, top, width, height] = self.region;
        let (channels, columns) = (self.channels, self.columns);
        let side = self.side;
        let step = if side < 2 * SIDE_MIN as usize { 1 } else { 2 };
        self.sums.fill(0);
        self.counts.fill(0);
        for y in (0..height).step_by(step) {
            let start = ((top + y) * self.shape.width as usize + left) * channels;
            let row = &pixels[start..start + width * channels];
            for (column, cell) in row.chunks(side * channels).enumerate() {
                let at = y / side * columns + column;
                let sums = &mut self.sums[at * channels..(at + 1) * channels];
                for pixel in cell.chunks_exact(channels).step_by(step) {
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum += u32::from(*value);
                    }
                    self.counts[at] += 1;
                }
            }
        }
        for (at, (value, sum)) in self.values.iter_mut().zip(&self.sums).enumerate() {
            *value = *sum as f32 / self.counts[at / channels].max(1) as f32;
        }
    }
}

/// The empty belt.
struct Belt {
    values: Vec<f32>,
    /// Frames it is learnt from, value by value; empty when it is known.
    seen: Vec<Vec<f32>>,
    frames: usize,
    /// By how much light has changed everywhere.
    light: f32,
    differences: Vec<f32>,
}

impl Belt {
    fn new(values: usize, frames: u32) -> Self {
        let frames = frames as usize;
        Self {
            values: vec![0.0; values],
            seen: vec![Vec::with_capacity(frames); values],
            frames,
            light: 0.0,
            differences: vec![0.0; values],
        }
    }

    /// Takes a frame; `true` when it was the last one needed. What is most often seen in a cell is belt, so that parts may
    /// pass.
    fn learn(&mut self, values: &[f32]) -> bool {
        for (seen, value) in self.seen.iter_mut().zip(values) {
            seen.push(*value);
        }
        if self
            .seen
            .first()
            .is_some_and(|seen| seen.len() < self.frames)
        {
            return false;
        }
        for (value, seen) in self.values.iter_mut().zip(&mut self.seen) {
            seen.sort_by(f32::total_cmp);
            *value = seen[seen.len() / 2];
        }
        self.seen = Vec::new();
        true
    }

    /// The share of cells that have changed.
    fn changed(&mut self, values: &[f32], channels: usize, grey_min: f32) -> f32 {
        for ((difference, value), belt) in self.differences.iter_mut().zip(values).zip(&self.values)
        {
            *difference = value - belt;
        }
        self.differences.sort_by(f32::total_cmp);
        // A part that covers most of the region must not be taken for light.
        let middle = self.differences[self.differences.len() / 2];
        self.light = middle.clamp(-grey_min / 2.0, grey_min / 2.0);
        let pairs = values
            .chunks_exact(channels)
            .zip(self.values.chunks_exact(channels));
        let has_changed = |(values, belt): &(&[f32], &[f32])| {
            let mut pairs = values.iter().zip(*belt);
            pairs.any(|(value, belt)| (value - belt - self.light).abs() > grey_min)
        };
        let changed = pairs.filter(has_changed).count();
        changed as f32 / (values.len() / channels) as f32
    }

    /// Follows light and dirt in the cells that look like belt.
    fn follow(&mut self, values: &[f32], grey_min: f32) {
        for (belt, value) in self.values.iter_mut().zip(values) {
            let difference = value - *belt;
            if (difference - self.light).abs() <= grey_min / 2.0 {
                *belt += difference * FOLLOW;
            }
        }
    }
}

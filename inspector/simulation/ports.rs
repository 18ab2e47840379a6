//! The ports of the station, over the simulated world.

use super::versions::value;
use super::world::{FrameOutcome, ModelOutcome, STYLES, Sabotage, World};
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::ports::line::{Arrival, OutputError, PartOutput, TriggerError, TriggerSource};
use crate::ports::scorer::{ScoreError, Scorer, ViewScore};
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use crate::station::outcome::Outcome;
use crate::station::part::{PartId, Style};
use crate::station::time::Instant;
use crate::station::verdict::{Disposition, Score};
use std::sync::Arc;
use std::time::Duration;

/// Six bytes: the part's index, the camera, whether a defect is seen.
const SHAPE: FrameShape = FrameShape {
    width: 6,
    height: 1,
    pixel_format: PixelFormat::Mono8,
};

fn id_of(part: usize) -> Option<PartId> {
    PartId::new(&format!("P{part}")).ok()
}

/// The index that a simulated part ID stands for; `None` for IDs the station counted itself.
pub fn part_of(id: &PartId) -> Option<usize> {
    id.as_str().strip_prefix('P')?.parse().ok()
}

fn style_of(world: &World, part: usize) -> Option<Style> {
    Style::new(STYLES[world.truth().parts[part].style]).ok()
}

/// One camera over the belt.
pub struct SimCamera {
    world: Arc<World>,
    camera: usize,
    leads: bool,
    /// The next part that it sees.
    next: usize,
    block_id: u64,
    is_open: bool,
    was_gone: bool,
}

impl SimCamera {
    /// Opened now: parts before are never seen.
    pub fn open(world: &Arc<World>, camera: usize) -> Self {
        let mut this = Self {
            world: Arc::clone(world),
            camera,
            leads: camera == 0 && world.scenario.camera_leads,
            next: 0,
            block_id: 0,
            is_open: true,
            was_gone: false,
        };
        this.skip_to(world.now());
        this.was_gone = world
            .scenario
            .camera_gone_ms
            .is_none_or(|(_, to)| Instant::from_millis(to) <= world.now());
        this
    }

    fn skip_to(&mut self, now: Instant) {
        let truth = self.world.truth();
        while truth
            .parts
            .get(self.next)
            .is_some_and(|part| part.shots[self.camera].exposed_at < now)
        {
            self.next += 1;
        }
    }

    fn goes_away(&self) -> bool {
        let gone = self.world.scenario.camera_gone_ms;
        let is_mine = self.world.truth().gone_camera == self.camera;
        is_mine
            && !self.was_gone
            && gone.is_some_and(|(from, _)| Instant::from_millis(from) <= self.world.now())
    }

    fn deliver(&self, part: usize, exposed_at: Instant, pixels: &mut [u8]) -> FrameMeta {
        let mut shown = part;
        if self.world.breaks(Sabotage::WrongPart) && part > 0 {
            shown -= 1;
        }
        if self.leads {
            self.world.truth().announce(part);
        }
        let index = u32::try_from(shown).unwrap_or(u32::MAX);
        pixels[..4].copy_from_slice(&index.to_le_bytes());
        pixels[4] = u8::try_from(self.camera).unwrap_or(u8::MAX);
        pixels[5] = u8::from(self.world.truth().parts[shown].shots[self.camera].shows_defect);
        FrameMeta {
            block_id: self.block_id,
            device_timestamp_ns: Some(u64::from(index)),
            exposed_at,
            shape: SHAPE,
            part_id: self.leads.then(|| id_of(part)).flatten(),
            style: self.leads.then(|| style_of(&self.world, part)).flatten(),
            counts: None,
            lines: None,
        }
    }
}

impl Camera for SimCamera {
    fn shape(&self) -> FrameShape {
        SHAPE
    }

    fn acquire(
        &mut self,
        pixels: &mut [u8],
        _timeout: Duration,
    ) -> Result<FrameMeta, AcquireError> {
        if self.goes_away() {
            self.was_gone = true;
            self.is_open = false;
        }
        if !self.is_open {
            let reason = "the cable is out".to_owned();
            return Err(AcquireError::Disconnected { reason });
        }
        loop {
            let shot = match self.world.truth().parts.get(self.next) {
                Some(part) => part.shots[self.camera],
                None => return Err(AcquireError::Timeout),
            };
            if self.world.now() < shot.arrives_at {
                return Err(AcquireError::Timeout);
            }
            let part = self.next;
            self.next += 1;
            self.block_id += 1;
            match shot.frame {
                FrameOutcome::Lost => {}
                FrameOutcome::Damaged => {
                    return Err(AcquireError::Incomplete {
                        block_id: Some(self.block_id),
                        received: 3,
                        expected: SHAPE.bytes(),
                        part_id: None,
                        style: None,
                    });
                }
                FrameOutcome::Whole => return Ok(self.deliver(part, shot.exposed_at, pixels)),
            }
        }
    }

    fn apply(&mut self, settings: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        Ok(*settings)
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        if self.world.is_in(self.world.scenario.camera_gone_ms) {
            let message = "nothing answers".to_owned();
            return Err(OpenError::NotFound { message });
        }
        self.is_open = true;
        self.block_id = 0;
        self.skip_to(self.world.now());
        Ok(())
    }
}

/// The line, announcing every part.
pub struct SimLine {
    world: Arc<World>,
    next: usize,
    job: usize,
}

impl SimLine {
    /// Hears parts from now on.
    pub fn open(world: &Arc<World>, job: usize) -> Self {
        let now = world.now();
        let next = world.truth().parts.partition_point(|part| part.at < now);
        Self {
            world: Arc::clone(world),
            next,
            job,
        }
    }
}

impl TriggerSource for SimLine {
    fn wait(&mut self, _timeout: Duration) -> Result<Arrival, TriggerError> {
        let at = match self.world.truth().parts.get(self.next) {
            Some(part) if part.at <= self.world.now() => part.at,
            _ => return Err(TriggerError::Timeout),
        };
        let part = self.next;
        self.next += 1;
        let mut truth = self.world.truth();
        truth.jobs[self.job].announced.push(part);
        truth.announce(part);
        drop(truth);
        Ok(Arrival {
            part_id: id_of(part),
            style: style_of(&self.world, part),
            ..Arrival::at(at)
        })
    }
}

/// The gate at the end of the belt.
pub struct SimGate {
    /// Whose faults it has.
    pub world: Arc<World>,
}

impl PartOutput for SimGate {
    fn command(&mut self, outcome: &Outcome) -> Result<(), OutputError> {
        let mut disposition = outcome.disposition;
        let now = self.world.now();
        let late = self.world.scenario.budget.act_late_max();
        let is_refused = self
            .world
            .truth()
            .parts
            .iter()
            .any(|part| part.is_refused && part.act_at <= now && now <= part.act_at + late);
        if is_refused {
            return Err(OutputError {
                message: "no answer from the output".to_owned(),
            });
        }
        if self.world.breaks(Sabotage::EjectorReversed) {
            disposition = match disposition {
                Disposition::Accept => Disposition::Reject,
                Disposition::Reject => Disposition::Accept,
            };
        }
        if self.world.breaks(Sabotage::EjectorIgnoresReject) {
            disposition = Disposition::Accept;
        }
        self.world.gate(disposition);
        Ok(())
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        self.world.gate(Disposition::Reject);
        Ok(())
    }
}

/// A model that reads the truth from the frame.
pub struct SimScorer {
    world: Arc<World>,
    /// The version that it came with.
    version: u32,
}

/// The model that came with a version, for one view on one thread.
pub fn scorer(world: &Arc<World>, version: u32) -> Box<dyn Scorer> {
    Box::new(SimScorer {
        world: Arc::clone(world),
        version,
    })
}

impl Scorer for SimScorer {
    fn map_size(&self) -> (u32, u32) {
        (2, 1)
    }

    fn score(
        &mut self,
        pixels: &[u8],
        _shape: FrameShape,
        _findings_from: Score,
        map: &mut [u8],
    ) -> Result<ViewScore, ScoreError> {
        map.fill(0);
        let index = u32::from_le_bytes([pixels[0], pixels[1], pixels[2], pixels[3]]);
        let camera = usize::from(pixels[4]);
        let outcome = self.world.truth().parts[index as usize].shots[camera].model;
        let is_defective = pixels[5] == 1 || self.world.breaks(Sabotage::RejectEverything);
        let said = if outcome == ModelOutcome::Nan {
            f32::NAN
        } else {
            value(self.version, is_defective)
        };
        if outcome == ModelOutcome::Fails {
            return Err(ScoreError::Run {
                message: "out of memory".to_owned(),
            });
        }
        let Some(score) = Score::new(said) else {
            return Err(ScoreError::Output {
                message: "NaN at 0".to_owned(),
            });
        };
        Ok(ViewScore {
            score,
            findings: arrayvec::ArrayVec::new(),
            findings_total: 0,
            times_us: [1, 1, 1, 1],
        })
    }
}

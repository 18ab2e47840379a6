//! A whole station on one thread, stepped by hand in simulated time: what the benches and the
//! allocation test drive. Everything between capture copy and ejector is the product's own code.

#![allow(dead_code, reason = "each user takes what it needs")]

use arrayvec::ArrayVec;
use inspector::adapters::camera::sim::{SimLine, SimPart, SimSettings};
use inspector::adapters::scoring::onnx::OnnxScorer;
use inspector::clock::{Clock, SimulatedClock, SystemClock};
use inspector::pipeline::actuate::LinePlan;
use inspector::pipeline::assembly::{Assembly, CameraPlan, Plan, assemble};
use inspector::pipeline::images::Preview;
use inspector::pipeline::message::ImageItem;
use inspector::pipeline::record::Audience;
use inspector::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use inspector::ports::line::{Arrival, OutputError, PartOutput, TriggerError, TriggerSource};
use inspector::ports::log::{ImageStore, LogError, Picture, ResultLog};
use inspector::ports::scorer::{ScoreError, Scorer, ViewScore};
use inspector::station::budget::CycleBudget;
use inspector::station::durability::DurabilityLimits;
use inspector::station::frame::{FrameMeta, FrameShape, PixelFormat};
use inspector::station::outcome::Outcome;
use inspector::station::part::{JobId, Style};
use inspector::station::place::ViewPlace;
use inspector::station::recipe::{Recipe, RecipeView, Recipes};
use inspector::station::result::{Finding, Measured, Record};
use inspector::station::review::Draw;
use inspector::station::time::{Instant, WallTime};
use inspector::station::verdict::{Disposition, Score, Thresholds};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The shape of every frame.
pub const SHAPE: FrameShape = FrameShape {
    width: 1280,
    height: 960,
    pixel_format: PixelFormat::Rgb8,
};
/// Parts follow each other at this distance, in simulated time.
const PITCH: Duration = Duration::from_millis(500);

pub fn score(value: f32) -> Score {
    Score::new(value).expect("from 0 to 1")
}

pub fn thresholds() -> Thresholds {
    Thresholds::new(score(0.4), score(0.45)).expect("in order")
}

/// A good and a defective part of the simulated line, as its camera sees them.
pub fn pictures() -> [Vec<u8>; 2] {
    let settings = SimSettings {
        defect_rate: 0.5,
        ..SimSettings::default()
    };
    let line = SimLine::new(settings, Instant::default(), 0).expect("the default is right");
    let mut painter = line.painter();
    [false, true].map(|is_defective| {
        let severity = |part: &SimPart| part.defect.map_or(0.0, |(defect, _)| defect.severity);
        let part = (0..40)
            .map(|index| line.part(index))
            .filter(|part| part.defect.is_some() == is_defective)
            .max_by(|a, b| severity(a).total_cmp(&severity(b)))
            .expect("half of them are");
        let mut pixels = vec![0; SHAPE.bytes()];
        painter.paint(&line.shot(&part, 0, 1.0), &mut pixels, None);
        pixels
    })
}

/// Shows a good and a defective part in turn. A frame costs one copy, as from a driver's buffer.
struct StillCamera {
    pictures: [Vec<u8>; 2],
    next: u64,
    clock: Arc<SimulatedClock>,
}

impl Camera for StillCamera {
    fn shape(&self) -> FrameShape {
        SHAPE
    }

    fn acquire(&mut self, pixels: &mut [u8], _: Duration) -> Result<FrameMeta, AcquireError> {
        self.next += 1;
        pixels.copy_from_slice(&self.pictures[(self.next % 2) as usize]);
        Ok(FrameMeta {
            block_id: self.next,
            device_timestamp_ns: None,
            exposed_at: self.clock.now(),
            shape: SHAPE,
            part_id: None,
            style: None,
            counts: None,
            lines: None,
        })
    }

    fn apply(&mut self, wanted: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        Ok(*wanted)
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        Ok(())
    }
}

struct Belt(Arc<SimulatedClock>);

impl TriggerSource for Belt {
    fn wait(&mut self, _: Duration) -> Result<Arrival, TriggerError> {
        Ok(Arrival {
            part_id: None,
            style: Style::new("part").ok(),
            ..Arrival::at(self.0.now())
        })
    }
}

struct Gate(Arc<AtomicU64>);

impl PartOutput for Gate {
    fn command(&mut self, outcome: &Outcome) -> Result<(), OutputError> {
        if outcome.disposition == Disposition::Accept {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

/// Counts and forgets.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<u64>>);

impl ResultLog for Sink {
    fn append(&mut self, batch: &[Record]) -> Result<(), LogError> {
        *self.0.lock().expect("nobody panics") += batch.len() as u64;
        Ok(())
    }
    fn check(&mut self) -> Result<(), LogError> {
        Ok(())
    }
}

impl ImageStore for Sink {
    fn save(&mut self, _: &Picture<'_>) -> Result<(), LogError> {
        Ok(())
    }
    fn check(&mut self) -> Result<(), LogError> {
        Ok(())
    }
    fn stored_bytes(&self) -> u64 {
        0
    }
}

impl Preview for Sink {
    fn show(&mut self, _: &ImageItem) {}
}

impl Audience for Sink {
    fn left(&mut self, _: &Record) {}
    fn durable(&mut self, _: &[Record]) {}
}

/// A model that costs nothing: brightness of one pixel decides, and a defect has one finding.
pub struct StubScorer;

impl Scorer for StubScorer {
    fn map_size(&self) -> (u32, u32) {
        (256, 192)
    }

    fn score(
        &mut self,
        pixels: &[u8],
        _: FrameShape,
        findings_from: Score,
        map: &mut [u8],
    ) -> Result<ViewScore, ScoreError> {
        map.fill(pixels[0]);
        let is_defective = pixels[0] > 128;
        let score = score(if is_defective { 0.9 } else { 0.1 });
        let mut findings = ArrayVec::new();
        if score >= findings_from {
            findings.push(Finding {
                class: 0,
                score,
                region: [10, 10, 20, 20],
                area_px: 400.0,
                measured: Some(Measured {
                    area_mm2: 4.0,
                    x_mm: 1.0,
                    y_mm: 1.0,
                    width_mm: 2.0,
                    height_mm: 2.0,
                }),
            });
        }
        Ok(ViewScore {
            score,
            findings_total: findings.len() as u32,
            findings,
            times_us: [0; 4],
        })
    }
}

/// The demo's model, with the demo camera's configuration and a lens, so that every stage works.
pub fn demo_scorer(home: &Path, with_lens: bool) -> OnnxScorer {
    let runtime = models::runtime::init(None).expect("ONNX Runtime: run `make onnxruntime`");
    let bundle =
        models::Bundle::load(&home.join("models/assets/demo")).expect("the committed bundle");
    calibration::use_one_opencv_thread().expect("OpenCV");
    let folder = home.join("inspector/demo/configuration");
    let configuration =
        calibration::Configuration::load(&folder, "top").expect("the committed one");
    let (mut configuration, _) = configuration.expect("the committed one");
    configuration.lens = with_lens.then_some(calibration::Lens {
        fx: 2_000.0,
        fy: 2_000.0,
        cx: 640.0,
        cy: 480.0,
        k1: -0.01,
        k2: 0.0,
        p1: 0.0,
        p2: 0.0,
    });
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = models::SessionOptions::default();
    OnnxScorer::new(
        runtime,
        &bundle,
        &options,
        SHAPE,
        (Some(&configuration), Some(&ViewPlace::default())),
        clock,
    )
    .expect("it fits")
}

/// The station that is measured, with its threads.
pub struct Rig {
    pub assembly: Assembly,
    pub clock: Arc<SimulatedClock>,
    /// Parts let through.
    pub accepted: Arc<AtomicU64>,
    recorded: Sink,
    at: Instant,
}

impl Rig {
    /// Parts announced by the camera, or by the line.
    pub fn new(scorer: Box<dyn Scorer>, pictures: [Vec<u8>; 2], camera_leads: bool) -> Self {
        let clock = Arc::new(SimulatedClock::new(WallTime(1)));
        let style = Style::new("part").expect("a style");
        let recipe = Recipe {
            style,
            version: 1,
            author: "a".to_owned(),
            reason: "r".to_owned(),
            created_at: WallTime(1),
            rules: Default::default(),
            views: ArrayVec::from_iter([RecipeView {
                name: "top".to_owned(),
                camera: 0,
                model: "demo".to_owned(),
                thresholds: thresholds(),
                place: Default::default(),
            }]),
        };
        let (accepted, recorded) = (Arc::new(AtomicU64::new(0)), Sink::default());
        let device = StillCamera {
            pictures,
            next: 0,
            clock: Arc::clone(&clock),
        };
        let belt = Belt(Arc::clone(&clock));
        let assembly = assemble(Plan {
            job: JobId(1),
            recipes: Recipes::new(vec![Arc::new(recipe)]),
            line: LinePlan {
                settles_for: Duration::ZERO,
                durability: DurabilityLimits::default(),
                ..LinePlan::plain(
                    CycleBudget::new(400, 450, 100, 150).expect("a budget"),
                    Box::new(Gate(Arc::clone(&accepted))),
                )
            },
            identity: None,
            tells_repeated: false,
            default_style: Some(style),
            cameras: vec![CameraPlan {
                name: "top".to_owned(),
                device: Box::new(device),
                leads: camera_leads,
            }],
            trigger: (!camera_leads).then(|| Box::new(belt) as _),
            devices: Vec::new(),
            scorers: vec![vec![vec![scorer]]],
            keep_one_pass_in: 0,
            draw: Draw::NONE,
            keep_warm: Duration::ZERO,
            log: Box::new(recorded.clone()),
            audience: Box::new(Sink::default()),
            store: Box::new(Sink::default()),
            preview: Box::new(Sink::default()),
            clock: Arc::clone(&clock) as _,
        });
        Self {
            assembly,
            clock,
            accepted,
            recorded,
            at: Instant::default(),
        }
    }

    /// From the trigger to the decision: announce, copy the frame, score, judge.
    pub fn decide(&mut self) {
        if let Some(trigger) = &mut self.assembly.trigger {
            trigger.step(Duration::ZERO);
        }
        self.assembly.acquire[0].step(Duration::ZERO);
        let item = self.assembly.frames.pop().expect("a frame for every part");
        self.assembly.inspect[0].step(item);
    }

    /// The part reaches the ejector, and the next one the camera.
    pub fn act(&mut self) {
        self.assembly.actuate.step();
        self.at = self.at + PITCH;
        self.clock.advance_to(self.at);
        self.assembly.actuate.step();
    }

    /// What waits for no one: rows and pictures.
    pub fn put_away(&mut self) {
        self.assembly.record.step();
        self.assembly.images.step();
    }

    /// One part, all the way.
    pub fn part(&mut self) {
        self.decide();
        self.act();
        self.put_away();
    }

    /// Rows that are durable by now.
    pub fn recorded(&self) -> u64 {
        *self.recorded.0.lock().expect("nobody panics")
    }
}

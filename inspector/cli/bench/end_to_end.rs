//! From the frame to the reject output, through the station's own pipeline and result log.
//!
//! Cameras show pictures that were made before, at the takt, at the cost of one copy as from a driver's
//! buffer; painting them would cost more than looking at them.

use super::cases::Chosen;
use super::serving::{Ready, Workbench};
use crate::bench::drive::{Sample, Seen, Watch};
use crate::bench::report::{EndToEnd, Figures, Stage};
use crate::bench::summary::{distribution, figures};
use crate::bench::surroundings::Surroundings;
use crate::bench::usage;
use crate::clock::{Clock, SystemClock, processor_time};
use crate::io::sim::SimEjector;
use crate::pipeline::assembly::{CameraPlan, Plan, assemble};
use crate::pipeline::images::Preview;
use crate::pipeline::message::ImageItem;
use crate::pipeline::record::Audience;
use crate::pipeline::stats::Stats;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::ports::line::{Arrival, TriggerError, TriggerSource};
use crate::ports::log::{ImageStore, LogError, Picture as StoredPicture};
use crate::ports::scorer::Scorer;
use crate::results::writer::{JobContext, RecipeRow, ViewRow, Writer};
use crate::results::{open, writer};
use crate::station::budget::CycleBudget;
use crate::station::frame::{FrameMeta, FrameShape};
use crate::station::part::Style;
use crate::station::recipe::{Recipe, RecipeView, Recipes};
use crate::station::result::{PartResult, Record, VIEWS_MAX};
use crate::station::time::Instant;
use crate::station::verdict::Verdict;
use arrayvec::ArrayVec;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Time from the trigger to the frame.
const EXPOSED_AFTER: Duration = Duration::from_millis(2);

/// When each part comes.
#[derive(Clone, Copy)]
struct Belt {
    start: Instant,
    takt: Duration,
    parts: u64,
}

impl Belt {
    fn at(&self, part: u64) -> Instant {
        self.start + self.takt * u32::try_from(part).unwrap_or(u32::MAX)
    }
}

struct Trigger {
    belt: Belt,
    style: Style,
    next: u64,
}

impl TriggerSource for Trigger {
    fn wait(&mut self, timeout: Duration) -> Result<Arrival, TriggerError> {
        let clock = SystemClock;
        if self.next == self.belt.parts {
            return Err(TriggerError::Ended);
        }
        let at = self.belt.at(self.next);
        let until = at.min(clock.now() + timeout);
        clock.sleep_until(until);
        if until < at {
            return Err(TriggerError::Timeout);
        }
        self.next += 1;
        Ok(Arrival {
            part_id: None,
            style: Some(self.style),
            at,
        })
    }
}

struct Replay {
    belt: Belt,
    ready: Arc<Vec<crate::bench::server::Picture>>,
    shape: FrameShape,
    next: u64,
}

impl Camera for Replay {
    fn shape(&self) -> FrameShape {
        self.shape
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        let clock = SystemClock;
        if self.next == self.belt.parts {
            return Err(AcquireError::Ended);
        }
        let exposed_at = self.belt.at(self.next) + EXPOSED_AFTER;
        let until = exposed_at.min(clock.now() + timeout);
        clock.sleep_until(until);
        if until < exposed_at {
            return Err(AcquireError::Timeout);
        }
        let picture = &self.ready[(self.next % self.ready.len() as u64) as usize];
        pixels.copy_from_slice(&picture.pixels);
        self.next += 1;
        Ok(FrameMeta {
            block_id: self.next,
            device_timestamp_ns: None,
            exposed_at,
            shape: self.shape,
            part_id: None,
            style: None,
        })
    }

    fn apply(&mut self, wanted: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        Ok(*wanted)
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        Ok(())
    }
}

/// Keeps what leaves; shows and stores no picture.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Vec<PartResult>>>);

impl Audience for Witness {
    fn left(&mut self, record: &Record) {
        if let (Record::Result(result), Ok(mut all)) = (record, self.0.lock()) {
            all.push(result.clone());
        }
    }
    fn durable(&mut self, _: &[Record]) {}
}

impl Preview for Witness {
    fn show(&mut self, _: &ImageItem) {}
}

impl ImageStore for Witness {
    fn save(&mut self, _: &StoredPicture<'_>) -> Result<(), LogError> {
        Ok(())
    }
    fn stored_bytes(&self) -> u64 {
        0
    }
}

/// Runs the pipeline until every part has left.
///
/// # Errors
/// Why no time is told.
pub fn measure(bench: &Workbench, chosen: &Chosen, watch: Watch) -> Result<Figures, String> {
    let case = &chosen.case;
    if case.width > VIEWS_MAX {
        return Err(format!(
            "expected 1 to {VIEWS_MAX} cameras, found {}",
            case.width
        ));
    }
    let ready = bench.ready(chosen, chosen.bundles[0])?;
    let data = bench
        .scratch
        .join(format!("inspector-bench-{}.data", std::process::id()));
    let measured = through_pipeline(bench, chosen, &ready, &data, watch);
    // What could not be removed lies in the folder for such things.
    let _ = std::fs::remove_dir_all(&data);
    measured
}

fn through_pipeline(
    bench: &Workbench,
    chosen: &Chosen,
    ready: &Ready,
    data: &Path,
    watch: Watch,
) -> Result<Figures, String> {
    let case = &chosen.case;
    let (budget_ms, takt_ms) = (case.budget_ms as u64, case.takt_ms as u64);
    let budget = CycleBudget::new(takt_ms, budget_ms, budget_ms / 2, takt_ms / 4)
        .map_err(|error| error.to_string())?;
    let style = Style::new("part").map_err(|error| error.to_string())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let recipe = recipe(bench, case.width, style, &case.bundles[0]);
    let context = context(&recipe, chosen);
    let _lock = open::lock(data).map_err(|error| error.to_string())?;
    let (log, _) = Writer::start(data, &context, None, clock.wall()).map_err(|e| e.to_string())?;
    let job = log.job();
    let mut scorers = Vec::new();
    for _ in 0..case.workers {
        let mut views: Vec<Box<dyn Scorer>> = Vec::new();
        for _ in 0..case.width {
            let mut scorer = bench.scorer(chosen, chosen.bundles[0], ready.shape)?;
            for picture in ready.pictures.iter().cycle().take(case.warm_up as usize) {
                let from = bench.thresholds.reject_above();
                scorer
                    .score(&picture.pixels, ready.shape, from, &mut [])
                    .map_err(|e| e.to_string())?;
            }
            views.push(Box::new(scorer));
        }
        scorers.push(vec![views]);
    }
    let belt = Belt {
        start: clock.now() + Duration::from_millis(200),
        takt: Duration::from_millis(takt_ms),
        parts: case.queries,
    };
    let cameras = (0..case.width).map(|index| CameraPlan {
        name: format!("camera {index}"),
        device: Box::new(Replay {
            belt,
            ready: Arc::clone(&ready.pictures),
            shape: ready.shape,
            next: 0,
        }),
        leads: false,
    });
    let witness = Witness::default();
    let plan = Plan {
        job,
        recipes: Recipes::new(vec![Arc::new(recipe)]),
        budget,
        settles_for: Duration::ZERO,
        default_style: Some(style),
        cameras: cameras.collect(),
        trigger: Some(Box::new(Trigger {
            belt,
            style,
            next: 0,
        })),
        ejector: Box::new(SimEjector::new()),
        scorers,
        keep_one_pass_in: 0,
        keep_warm: Duration::from_millis(case.keep_warm_ms),
        log: Box::new(log),
        audience: Box::new(witness.clone()),
        store: Box::new(witness.clone()),
        preview: Box::new(witness.clone()),
        clock: Arc::clone(&clock),
    };
    let mut around = Surroundings::begin();
    let burnt = processor_time();
    let (running, controls) = assemble(plan)
        .start(&clock)
        .map_err(|error| error.to_string())?;
    let mut memory = vec![(Duration::ZERO, usage::memory_bytes())];
    let mut is_stopping = false;
    while !running.is_finished() {
        std::thread::sleep(Duration::from_millis(50));
        around.sample();
        memory.push((clock.now().since(belt.start), usage::memory_bytes()));
        let is_told = watch(controls.stats.parts.parts.get()).is_break();
        if (is_told || running.has_ended()) && !is_stopping {
            is_stopping = true;
            running.stop();
        }
    }
    let span = clock.now().since(belt.start);
    let processor = processor_time().saturating_sub(burnt);
    if running.join().has_panicked {
        return Err("a thread of the pipeline panicked".to_owned());
    }
    writer::finish_job(
        data,
        job,
        clock.wall(),
        controls.stats.parts.announced.get(),
    )
    .map_err(|error| error.to_string())?;
    let parts = witness.0.lock().map_err(|_| "a thread panicked")?.clone();
    let seen = |samples| Seen {
        samples,
        span,
        processor,
        memory,
    };
    let mut figures = told(chosen, ready, &parts, &controls.stats, seen)?;
    around.end(processor, &mut figures);
    Ok(figures)
}

fn recipe(bench: &Workbench, views: usize, style: Style, model: &str) -> Recipe {
    let view = |camera: usize| RecipeView {
        name: format!("view {camera}"),
        camera: u8::try_from(camera).unwrap_or(u8::MAX),
        model: model.to_owned(),
        thresholds: bench.thresholds,
    };
    Recipe {
        style,
        version: 1,
        author: "inspector bench".to_owned(),
        reason: "end-to-end".to_owned(),
        created_at: SystemClock.wall(),
        views: ArrayVec::from_iter((0..views).map(view)),
    }
}

fn context(recipe: &Recipe, chosen: &Chosen) -> JobContext {
    let view = |index: usize| ViewRow {
        camera: format!("camera {index}"),
        model: chosen.case.bundles[0].clone(),
        model_sha256: chosen.case.models_sha256[0].clone(),
        task: "bench".to_owned(),
        provider: chosen.options.label(),
        acceptance: "0".repeat(12),
        classes: Vec::new(),
        configuration: None,
    };
    JobContext {
        settings_sha256: "0".repeat(64),
        is_simulated: true,
        recipes: vec![RecipeRow {
            recipe: recipe.clone(),
            sha256: "0".repeat(64),
            views: (0..recipe.views.len()).map(view).collect(),
        }],
    }
}

/// From the parts that left. One without a verdict in time has missed the budget; one with another verdict than
/// expected makes every time worthless.
fn told(
    chosen: &Chosen,
    ready: &Ready,
    parts: &[PartResult],
    stats: &Stats,
    seen: impl FnOnce(Vec<Sample>) -> Seen,
) -> Result<Figures, String> {
    let case = &chosen.case;
    let takt = Duration::from_millis(case.takt_ms as u64);
    let mut not_decided: BTreeMap<String, u64> = BTreeMap::new();
    let (mut samples, mut late) = (Vec::new(), Vec::new());
    for (index, part) in parts.iter().enumerate() {
        let expected = ready.pictures[index % ready.pictures.len()].expected;
        let acted = Duration::from_micros(u64::from(part.acted_after_us));
        let decided = part
            .decided_after_us
            .map(|us| Duration::from_micros(u64::from(us)));
        late.push(acted.saturating_sub(Duration::from_secs_f64(case.budget_ms / 1e3)));
        if let Some(cause) = part.cause.filter(|_| part.verdict == Verdict::NotDecided) {
            *not_decided.entry(cause.name().to_owned()).or_default() += 1;
        } else if part.verdict != expected {
            return Err(format!(
                "part {index}: expected {expected:?}, found {:?}",
                part.verdict
            ));
        }
        let model = part.views.iter().map(|view| view.times.run_us).sum::<u32>();
        let latency = decided.unwrap_or(
            acted.max(Duration::from_secs_f64(case.budget_ms / 1e3)) + Duration::from_nanos(1),
        );
        samples.push(Sample {
            came_after: takt * u32::try_from(index).unwrap_or(u32::MAX),
            latency,
            service: latency,
            model: Duration::from_micros(u64::from(model)),
            is_overtime: latency > takt,
            verdict: Some(part.verdict),
        });
    }
    let mut figures = figures(case, &seen(samples));
    figures.end_to_end = Some(EndToEnd {
        cameras: case.width,
        output_late: distribution(late.into_iter()).unwrap_or_default(),
        stages: stages(stats),
        not_decided: not_decided.into_iter().collect(),
    });
    Ok(figures)
}

fn stages(stats: &Stats) -> Vec<Stage> {
    let all = stats.stages.all();
    let told = all
        .iter()
        .map(|latency| (latency.name, latency.quantiles()));
    let told = told.filter(|(_, quantiles)| quantiles.count > 0);
    told.map(|(name, quantiles)| Stage {
        name: name.to_owned(),
        p50_us: quantiles.p50_us,
        max_us: quantiles.max_us,
    })
    .collect()
}

//! From the frame to the reject output, through the station's own pipeline and result log.

use super::cases::Chosen;
use super::over_modbus::{Line, OtherEnd};
use super::replay::{Belt, Replay, Witness};
use super::scratch::{self, Scratch};
use super::serving::{Ready, Workbench};
use crate::bench::case::Output;
use crate::bench::drive::{Sample, Seen, Watch};
use crate::bench::report::{EndToEnd, Figures, Stage};
use crate::bench::summary::{distribution, figures};
use crate::bench::surroundings::Surroundings;
use crate::bench::usage;
use crate::clock::{Clock, SystemClock, processor_time};
use crate::pipeline::assembly::{CameraPlan, Controls, Plan, assemble};
use crate::pipeline::scorers::Scorers;
use crate::pipeline::threads::Running;
use crate::ports::scorer::Scorer;
use crate::results::open;
use crate::results::writer::{JobContext, RecipeRow, ViewRow, Writer};
use crate::station::budget::{BudgetError, CycleBudget};
use crate::station::lane::Lanes;
use crate::station::part::Style;
use crate::station::recipe::{Recipe, RecipeView, Recipes};
use crate::station::result::{PartResult, VIEWS_MAX};
use crate::station::review::Draw;
use crate::station::time::Instant;
use crate::station::verdict::{Cause, Verdict};
use crate::telemetry::catalogue::{Code, Duty};
use crate::telemetry::stats::Stats;
use arrayvec::ArrayVec;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Runs the pipeline until every part has left.
///
/// # Errors
/// Why no time is told.
pub fn measure(bench: &Workbench, chosen: &Chosen, watch: Watch) -> Result<Figures, String> {
    let (subject, cameras) = (&chosen.subjects[0], chosen.case.width);
    if cameras > VIEWS_MAX {
        return Err(format!(
            "expected 1 to {VIEWS_MAX} cameras, found {cameras}"
        ));
    }
    // Of a bundle, each camera is shown the same.
    let ready = bench.ready(subject)?.into_iter().cycle().take(cameras);
    let ready: Vec<Ready> = ready.collect();
    let scratch = Scratch::new()?;
    through_pipeline(bench, chosen, &ready, scratch.folder(), watch)
}

fn through_pipeline(
    bench: &Workbench,
    chosen: &Chosen,
    ready: &[Ready],
    data: &Path,
    watch: Watch,
) -> Result<Figures, String> {
    let case = &chosen.case;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let recipe = recipe(chosen, ready)?;
    let no_log = |error: open::OpenError| scratch::told(data, &error);
    let _lock = open::lock(data).map_err(no_log)?;
    let context = context(&recipe, ready);
    let (writer, _) = Writer::start(data, &context, None, clock.wall()).map_err(no_log)?;
    let belt = belt(chosen);
    let witness = Witness::default();
    let (plan, other_end) = plan(
        bench,
        chosen,
        ready,
        recipe,
        (writer.clone(), &belt, &witness, &clock),
    )?;
    let mut around = Surroundings::begin();
    let burnt = processor_time();
    // Buffers of many cameras take a while to be made, and a part that came meanwhile would be nobody's.
    let assembly = assemble(plan);
    let first = clock.now() + Duration::from_millis(if case.output.is_sim() { 200 } else { 2_000 });
    belt.start(first);
    let (running, controls) = assembly
        .start(case.real_time)
        .map_err(|error| error.to_string())?;
    let memory = see_through(&running, &controls, &mut around, (first, watch))
        .map_err(|alarm| scratch::told(data, &alarm));
    let span = clock.now().since(first);
    let processor = processor_time().saturating_sub(burnt);
    if running.join().has_panicked {
        return Err("a thread of the pipeline panicked".to_owned());
    }
    let memory = memory?;
    let announced = controls.stats.counts.announced.get();
    writer
        .finish(clock.wall(), announced)
        .map_err(|error| scratch::told(data, &error))?;
    let seen = |samples| Seen {
        samples,
        span,
        processor,
        memory,
    };
    let parts = witness.parts();
    // A line that did not keep up is told before what came of its parts.
    let over_modbus = other_end.end(&parts).map_err(|error| error.to_string())?;
    let mut figures = told(chosen, ready, &parts, &controls.stats, seen)?;
    if let Some(end) = &mut figures.end_to_end {
        end.over_modbus = over_modbus;
    }
    around.end(processor, 1, &mut figures);
    Ok(figures)
}

fn belt(chosen: &Chosen) -> Belt {
    let takt = Duration::from_millis(chosen.case.takt_ms as u64);
    let belt = Belt::new(takt, chosen.case.queries);
    match chosen.case.output {
        Output::Handshake => belt.triggered_by_others(),
        Output::Sim | Output::Modbus => belt,
    }
}

/// The station's own pipeline before pictures of the bundles.
fn plan(
    bench: &Workbench,
    chosen: &Chosen,
    ready: &[Ready],
    recipe: Recipe,
    (log, belt, witness, clock): (Writer, &Belt, &Witness, &Arc<dyn Clock>),
) -> Result<(Plan, OtherEnd), String> {
    let case = &chosen.case;
    let scorers = (0..case.workers).map(|_| -> Result<Scorers, String> {
        let views = ready.iter().map(|ready| warm(bench, chosen, ready));
        Ok(vec![views.collect::<Result<_, _>>()?])
    });
    let scorers = scorers.collect::<Result<Vec<_>, String>>()?;
    let cameras = ready.iter().enumerate().map(|(index, ready)| CameraPlan {
        name: format!("camera {index}"),
        device: Box::new(Replay::new(belt.clone(), ready.clone())),
        leads: false,
    });
    let style = recipe.style;
    let budget = budget(bench, chosen).map_err(|error| error.to_string())?;
    let line =
        Line::new(chosen, (budget, style), belt, clock).map_err(|error| error.to_string())?;
    let plan = Plan {
        job: log.job(),
        recipes: Recipes::new(vec![Arc::new(recipe)]),
        line: line.plan,
        identity: None,
        tells_repeated: false,
        default_style: Some(style),
        cameras: cameras.collect(),
        trigger: Some(line.trigger),
        devices: line.devices,
        scorers,
        keep_one_pass_in: 0,
        draw: Draw::NONE,
        keep_warm: Duration::from_millis(case.keep_warm_ms),
        log: Box::new(log),
        audience: Box::new(witness.clone()),
        store: Box::new(witness.clone()),
        preview: Box::new(witness.clone()),
        clock: Arc::clone(clock),
    };
    Ok((plan, line.other_end))
}

/// Until every part has left and is recorded; memory that was in use meanwhile.
///
/// # Errors
/// What the alarm says, should results not become durable: what is measured then is no station's.
fn see_through(
    running: &Running,
    controls: &Controls,
    around: &mut Surroundings,
    (start, watch): (Instant, Watch),
) -> Result<Vec<(Duration, u64)>, String> {
    let clock = SystemClock;
    let mut memory = vec![(Duration::ZERO, usage::memory_bytes())];
    let (mut is_stopping, mut trouble) = (false, None);
    while !running.is_finished() {
        std::thread::sleep(Duration::from_millis(50));
        around.sample();
        memory.push((clock.now().since(start), usage::memory_bytes()));
        let mut alarms = std::iter::from_fn(|| controls.alarms.pop());
        let of_log = alarms.find(|alarm| {
            let is_of_log =
                alarm.code == Code::DiskSlow || alarm.code.duty() == Some(Duty::Recording);
            is_of_log && alarm.is_active
        });
        if let Some(alarm) = of_log {
            running.give_up_recording();
            trouble.get_or_insert(alarm.message);
        }
        let is_told = watch(controls.stats.counts.parts.get()).is_break();
        if (is_told || trouble.is_some() || running.has_ended()) && !is_stopping {
            is_stopping = true;
            running.stop();
        }
    }
    trouble.map_or(Ok(memory), Err)
}

/// The station's times, or such as fit the case.
fn budget(bench: &Workbench, chosen: &Chosen) -> Result<CycleBudget, BudgetError> {
    let (takt_ms, budget_ms) = (chosen.case.takt_ms as u64, chosen.case.budget_ms as u64);
    let is_so = |of_station: &CycleBudget| {
        let times = [of_station.pitch_min(), of_station.decide_by()];
        times == [takt_ms, budget_ms].map(Duration::from_millis)
    };
    match (bench.budget.filter(is_so), chosen.case.output) {
        // The PLC's cycle makes parts come a little sooner or later than the takt.
        (_, Output::Handshake) => {
            CycleBudget::new(takt_ms * 9 / 10, budget_ms, budget_ms / 2, takt_ms / 4)
        }
        (Some(of_station), _) => Ok(of_station),
        (None, _) => CycleBudget::new(takt_ms, budget_ms, budget_ms / 2, takt_ms / 4),
    }
}

fn warm(bench: &Workbench, chosen: &Chosen, ready: &Ready) -> Result<Box<dyn Scorer>, String> {
    let view = &ready.view;
    let mut scorer = bench.scorer(view)?;
    let pictures = ready.pictures.iter().cycle();
    for picture in pictures.take(chosen.case.warm_up as usize) {
        let from = view.thresholds.reject_above();
        scorer
            .score(&picture.pixels, view.shape, from, &mut [])
            .map_err(|error| error.to_string())?;
    }
    Ok(Box::new(scorer))
}

/// The recipe itself, or one that has a view for each camera that a bundle is shown.
fn recipe(chosen: &Chosen, ready: &[Ready]) -> Result<Recipe, String> {
    let subject = &chosen.subjects[0];
    let style = match subject.version {
        Some(_) => Style::new(&subject.name),
        None => Style::new("part"),
    };
    let views = ready.iter().enumerate().map(|(camera, ready)| RecipeView {
        name: format!("view {camera}"),
        camera: u8::try_from(camera).unwrap_or(u8::MAX),
        model: ready.view.bundle.manifest().name.clone(),
        thresholds: ready.view.thresholds,
        place: ready.view.place.clone().unwrap_or_default(),
    });
    Ok(Recipe {
        style: style.map_err(|error| error.to_string())?,
        version: subject.version.unwrap_or(1),
        author: "inspector bench".to_owned(),
        reason: "end-to-end".to_owned(),
        created_at: SystemClock.wall(),
        rules: Default::default(),
        views: ArrayVec::from_iter(views),
    })
}

fn context(recipe: &Recipe, ready: &[Ready]) -> JobContext {
    let row = |(index, ready): (usize, &Ready)| {
        let manifest = ready.view.bundle.manifest();
        ViewRow {
            camera: format!("camera {index}"),
            model: manifest.name.clone(),
            model_sha256: manifest.sha256.clone(),
            task: "bench".to_owned(),
            provider: ready.view.options.label(),
            acceptance: "0".repeat(12),
            classes: Vec::new(),
            configuration: None,
        }
    };
    JobContext {
        settings_sha256: "0".repeat(64),
        is_simulated: true,
        lanes: Lanes::two(),
        announcer: None,
        passes_unasked: false,
        draw: Draw::NONE,
        recipes: vec![RecipeRow {
            recipe: recipe.clone(),
            sha256: "0".repeat(64),
            views: ready.iter().enumerate().map(row).collect(),
        }],
    }
}

/// From the parts that left. One without a verdict in time has missed the budget; one with another verdict than
/// expected makes every time worthless.
fn told(
    chosen: &Chosen,
    ready: &[Ready],
    parts: &[PartResult],
    stats: &Stats,
    seen: impl FnOnce(Vec<Sample>) -> Seen,
) -> Result<Figures, String> {
    let case = &chosen.case;
    let takt = Duration::from_millis(case.takt_ms as u64);
    let mut not_decided: BTreeMap<String, u64> = BTreeMap::new();
    let (mut samples, mut late) = (Vec::new(), Vec::new());
    for (index, part) in parts.iter().enumerate() {
        let expected = ready
            .iter()
            .map(|ready| ready.expected(index as u64))
            .fold(Verdict::Pass, Verdict::worst);
        let acted = Duration::from_micros(u64::from(part.acted_after_us));
        let decided = part
            .decided_after_us
            .map(|us| Duration::from_micros(u64::from(us)));
        late.push(acted.saturating_sub(Duration::from_secs_f64(case.budget_ms / 1e3)));
        // A score between the thresholds is an answer of the model; every other cause is the station's.
        let undecided = part
            .cause
            .filter(|cause| part.verdict == Verdict::NotDecided && *cause != Cause::Uncertain);
        if let Some(cause) = undecided {
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
        over_modbus: None,
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

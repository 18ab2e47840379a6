//! Making the model, on a thread that gives way to the line.

use super::asked::{Study, StudyStage};
use super::bundle::{self, Origin};
use super::capture::stored;
use super::evidence::Evidence;
use super::lesson::{
    CloserLook, DEFECTS, DefectsTold, HeldOut, ImageKind, Lesson, Note, NoteKind, Phase,
    RejectScore, Sight, TaughtModel, ToldApart,
};
use super::picture;
use super::shared::Inner;
use crate::clock::monotonic;
use crate::ports::scorer::Scorer;
use crate::station::frame::{FrameShape, PixelFormat};
use crate::station::place::ViewPlace;
use crate::station::recipe::Recipe;
use crate::station::verdict::{Score, Verdict};
use calibration::AlignError;
use models::teach::{Budget, Outcome, Progress, Reviewed, Stage};
use models::{Backbone, Bundle, Channels, ImageView, Place, Taught, TeachOptions};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How far the thread steps back behind others of normal priority: 19 is the most.
const NICE: i32 = 15;
/// Rejected parts of the history that the new model is tried on.
const REJECTS_MAX: usize = 24;
/// Good images whose runs are timed.
const TIMED_MAX: usize = 8;

/// Teaches from the lesson's images, and writes what came of it into the lesson.
pub(super) fn study(inner: &Inner, name: &str, author: &str) {
    // Where it is not allowed, it teaches as soon as other programs, with a core less.
    let _ = rustix::process::setpriority_process(None, NICE);
    let taught = taught(inner, name, author);
    let ended = match taught {
        Ok(taught) => inner.change(|lesson| lesson.taught = Some(taught)).err(),
        Err(Ended::Stopped) => return inner.settle(Some(inner.stopped_in(Phase::Teaching))),
        Err(Ended::Failed(message)) => return inner.settle(Some(failed(message))),
    };
    inner.settle(ended.map(|error| Note {
        kind: NoteKind::Storage,
        phase: Phase::Teaching,
        message: error.to_string(),
    }));
}

fn failed(message: String) -> Note {
    Note {
        kind: NoteKind::Failed,
        phase: Phase::Teaching,
        message,
    }
}

enum Ended {
    Stopped,
    Failed(String),
}

fn wrong(error: impl std::fmt::Display) -> Ended {
    Ended::Failed(error.to_string())
}

/// What the images of a lesson are to the models room.
fn views(images: &[Vec<u8>], shape: FrameShape) -> Vec<ImageView<'_>> {
    let channels = match shape.pixel_format {
        PixelFormat::Mono8 => Channels::Mono,
        PixelFormat::Rgb8 => Channels::Rgb,
    };
    let view = |pixels| ImageView {
        pixels,
        width: shape.width,
        height: shape.height,
        channels,
    };
    images.iter().map(|pixels| view(pixels)).collect()
}

fn taught(inner: &Inner, name: &str, author: &str) -> Result<TaughtModel, Ended> {
    let started = inner.clock.now();
    let lesson = inner.with_lesson(Lesson::clone);
    let camera = inner.camera(&lesson.camera).map_err(wrong)?;
    let place = inner.tools.place(camera, &lesson.place).map_err(wrong)?;
    let taught = learnt(inner, &lesson, &place)?;
    inner.show(Study::at(StudyStage::Accepting, 0, 1));
    let defects = match &taught.reviewed {
        Some(told) if told.is_used => format!(", {} of defects", told.bad),
        _ => String::new(),
    };
    let origin = Origin {
        name: name.to_owned(),
        made_by: format!("{author}, inspector {}", env!("CARGO_PKG_VERSION")),
        trained_on: format!(
            "{} images of good parts{defects}, camera {}, {}; backbone {}",
            lesson.images.len(),
            lesson.camera,
            lesson.style.as_deref().unwrap_or("any style"),
            models::teach::SHIPPED
        ),
        place,
    };
    let folder = inner.models.join(name);
    let runtime = inner.tools.runtime();
    let made = bundle::make(runtime, &*inner.clock, &folder, &taught, origin);
    let (bundle, acceptance) = made.map_err(wrong)?;
    let (run_us, rejects) = tried(inner, &lesson, &bundle)?;
    let seconds = inner.clock.now().since(started).as_secs_f64();
    Ok(TaughtModel {
        sha256: bundle.manifest().sha256.clone(),
        acceptance,
        author: author.to_owned(),
        at_us: inner.handle.wall().0,
        seconds,
        run_us,
        rejects,
        ..summary(name, &lesson, &taught)
    })
}

/// The part of the shortest time between two parts that models may take: the rest is for runs that are slower than those
/// that were timed.
const BUDGET_SHARE: u32 = 2;

/// What a model may take for an image, where each camera's needs as much.
fn budget(inner: &Inner) -> Duration {
    let info = inner.handle.info();
    let cameras = u32::try_from(info.cameras.len()).unwrap_or(u32::MAX);
    info.budget.pitch_min() / BUDGET_SHARE / cameras.max(1)
}

/// Teaches as `inspector teach` does, with `--bad` where there are enough defects.
fn learnt(inner: &Inner, lesson: &Lesson, place: &Place) -> Result<Taught, Ended> {
    let (good, shape) = read(inner, lesson, ImageKind::Good, place)?;
    let has_enough = lesson.defects.len() >= *DEFECTS.start() as usize;
    let bad = match has_enough {
        true => read(inner, lesson, ImageKind::Defect, place)?.0,
        false => Vec::new(),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let options = TeachOptions {
        threads: cores.saturating_sub(1).max(1),
        budget: Some(Budget {
            most: budget(inner),
            threads: inner.tools.threads(),
            now: monotonic,
        }),
        is_quantised: inner.tools.gains_in_8_bits(),
        keeps_odd: lesson.keeps_odd,
        ..TeachOptions::default()
    };
    let backbone = Backbone::shipped().map_err(wrong)?;
    let taught = models::teach::teach_with(
        inner.tools.runtime(),
        &backbone,
        &views(&good, shape),
        &views(&bad, shape),
        &options,
        &mut |at| {
            inner.show(studying(at));
            if inner.stop.load(Ordering::Acquire) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    taught.map_err(|error| match error {
        models::TeachError::Stopped => Ended::Stopped,
        other => wrong(other),
    })
}

fn told(reviewed: &Reviewed) -> DefectsTold {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let apart = |outcome: &Outcome| ToldApart {
        auroc: outcome.auroc,
        caught: count(outcome.caught),
        rejected: count(outcome.rejected),
    };
    DefectsTold {
        good: count(reviewed.good),
        defects: count(reviewed.bad),
        without: apart(&reviewed.without),
        with: apart(&reviewed.with),
        is_used: reviewed.is_used,
    }
}

fn sight(sight: &models::teach::Sight) -> Sight {
    let us = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let size = |(width, height): (usize, usize)| [side(width), side(height)];
    Sight {
        sizes: sight.sizes.iter().copied().map(size).collect(),
        budget_us: sight.takes.map_or(0, |(_, most)| us(most)),
        closer: sight.closer.map(|closer| CloserLook {
            size: size(closer.size),
            takes_us: us(closer.takes),
        }),
    }
}

fn summary(name: &str, lesson: &Lesson, taught: &Taught) -> TaughtModel {
    let proposal = &taught.proposal;
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let scores = lesson.images.iter().zip(&taught.held_out);
    let held_out = scores.map(|(image, score)| HeldOut {
        n: image.n,
        score: f64::from(*score),
    });
    let defects: Vec<u32> = lesson.defects.iter().map(|image| image.n).collect();
    TaughtModel {
        name: name.to_owned(),
        sha256: String::new(),
        acceptance: String::new(),
        author: String::new(),
        at_us: 0,
        seconds: 0.0,
        place: lesson.place.clone(),
        bytes: taught.model.len() as u64,
        remembered: taught.remembered as u64,
        sight: Some(sight(&taught.sight)),
        held_out: held_out.collect(),
        odd: taught.odd.iter().map(|n| lesson.images[*n].n).collect(),
        threshold: f64::from(proposal.threshold),
        target: proposal.target,
        rejected: count(proposal.rejected),
        at_most: proposal.at_most,
        images_needed: count(proposal.images_needed),
        images_needed_for_5: count(models::teach::images_needed(0.05)),
        run_us: 0,
        rejects: Vec::new(),
        defects: defects.clone(),
        told: taught.reviewed.as_ref().map(told),
        evidence: Some(Evidence::of(taught, &defects)),
        used_by: Vec::new(),
    }
}

fn studying(at: Progress) -> Study {
    let stage = match at.stage {
        Stage::Features => StudyStage::Features,
        Stage::Weighing => StudyStage::Weighing,
        Stage::Scoring => StudyStage::Scoring,
    };
    Study::at(stage, at.done, at.total)
}

/// The images as a model that looks at this place of the camera's frames sees them: with flat field and lens corrected;
/// and their shape.
fn read(
    inner: &Inner,
    lesson: &Lesson,
    kind: ImageKind,
    place: &Place,
) -> Result<(Vec<Vec<u8>>, FrameShape), Ended> {
    let shape = inner.shape(&lesson.camera).map_err(wrong)?;
    let mut of_seen = shape;
    let camera = inner.camera(&lesson.camera).map_err(wrong)?;
    let of_kind = lesson.of(kind);
    let before = match kind {
        ImageKind::Good => 0,
        ImageKind::Defect => lesson.images.len(),
    };
    let total = lesson.all().count();
    let mut images = Vec::with_capacity(of_kind.len());
    let mut aligner = inner.tools.aligner(camera, place).map_err(wrong)?;
    for (done, image) in of_kind.iter().enumerate() {
        if inner.stop.load(Ordering::Acquire) {
            return Err(Ended::Stopped);
        }
        inner.show(Study::at(StudyStage::Reading, before + done, total));
        let pixels = picture::opened(&inner.folder.image(image.n), shape).map_err(Ended::Failed)?;
        let pixels = match &mut aligner {
            Some(aligner) => match aligner.straighten(&pixels) {
                Ok((straight, _)) => straight.to_vec(),
                Err(error) => return Err(Ended::Failed(not_aligned(image.n, &error))),
            },
            None => pixels,
        };
        let (pixels, seen) = inner.tools.seen(camera, pixels, place).map_err(wrong)?;
        of_seen = seen;
        images.push(pixels);
    }
    Ok((images, of_seen))
}

/// A place that says nothing of aligning is that of parts as the recipe in use finds them behind this camera: the page draws
/// no feature, and what it teaches is used in that view.
pub(super) fn aligned_as_in_use(
    inner: &Inner,
    lesson: &Lesson,
    camera: u8,
    place: ViewPlace,
) -> ViewPlace {
    if place.align().is_some() {
        return place;
    }
    let recipes = inner.handle.recipes().in_use();
    let is_asked = |recipe: &&Arc<Recipe>| {
        (lesson.style.as_deref()).is_none_or(|style| recipe.style.as_str() == style)
    };
    let views = recipes.iter().filter(is_asked).filter_map(|recipe| {
        let view = recipe.view_of(camera)?;
        recipe.views[usize::from(view)].place.align()
    });
    let align = { views }.next().cloned();
    place.aligned(align)
}

fn not_aligned(image: u32, error: &AlignError) -> String {
    format!(
        "image {image}: the part was not aligned: {error}; throw the image out, or widen the limits of the view"
    )
}

/// The new model as the station would run it: how long a run takes, and what it says of parts that were
/// rejected before. Those that a person has looked at are left out: it was taught with them, or they are no
/// true rejects.
fn tried(
    inner: &Inner,
    lesson: &Lesson,
    bundle: &Bundle,
) -> Result<(u64, Vec<RejectScore>), Ended> {
    let camera = inner.camera(&lesson.camera).map_err(wrong)?;
    let shape = inner.shape(&lesson.camera).map_err(wrong)?;
    let mut scorer = (inner.tools)
        .scorer(bundle, camera, &lesson.place)
        .map_err(wrong)?;
    let mut times = Vec::new();
    for image in lesson.images.iter().take(TIMED_MAX) {
        let pixels = picture::opened(&inner.folder.image(image.n), shape).map_err(Ended::Failed)?;
        let started = inner.clock.now();
        score(&mut *scorer, &pixels, shape).map_err(Ended::Failed)?;
        times.push(inner.clock.now().since(started).as_micros() as u64);
    }
    times.sort_unstable();
    let run_us = times.get(times.len() / 2).copied().unwrap_or(0);
    let known = lesson.known_results();
    let limit = REJECTS_MAX + known.len();
    let mut found = stored(inner, lesson, Verdict::Fail, limit).map_err(Ended::Failed)?;
    found.retain(|stored| !known.contains(&stored.id));
    found.truncate(REJECTS_MAX);
    let mut rejects = Vec::new();
    for (done, stored) in found.iter().enumerate() {
        inner.show(Study::at(StudyStage::Trying, done, found.len()));
        // Gone by the quota, or from before the camera's size was changed.
        let Ok(pixels) = picture::opened(&stored.path, shape) else {
            continue;
        };
        if let Ok(score) = score(&mut *scorer, &pixels, shape) {
            rejects.push(RejectScore {
                id: stored.id,
                view: stored.view,
                part_id: stored.part_id.clone(),
                score: f64::from(score.get()),
            });
        }
    }
    Ok((run_us, rejects))
}

fn score(scorer: &mut dyn Scorer, pixels: &[u8], shape: FrameShape) -> Result<Score, String> {
    let Some(never) = Score::new(1.0) else {
        return Err("1 is a score".to_owned());
    };
    let scored = scorer.score(pixels, shape, never, &mut []);
    scored
        .map(|scored| scored.score)
        .map_err(|error| error.to_string())
}

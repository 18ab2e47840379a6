//! `inspector model compare`: bundles side by side on the same images.

use super::operating;
use crate::cli::align::{self, Aligned};
use crate::cli::images::{self, Labelled, Seen};
use crate::cli::place;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use calibration::Pose;
use models::operating::Operating;
use models::quality::{Figure, PixelScores, auroc, recall_at};
use models::runtime::Runtime;
use models::{Bundle, Channels, Place, ScoreMap, Session, SessionOptions};
use std::path::{Path, PathBuf};

/// From this brightness on a pixel of a mask is marked.
const MARKED_MIN: u8 = 128;

/// Arguments of `inspector model compare`.
#[derive(clap::Args)]
pub struct CompareArgs {
    /// Folders with model.toml and model.onnx.
    #[arg(required = true)]
    bundles: Vec<PathBuf>,
    /// Images: a folder with the folders good, bad and perhaps mask, or a CSV list with the columns
    /// path,label[,set][,split][,mask].
    #[arg(long, value_name = "DIR|CSV")]
    images: PathBuf,
    /// CSV list: only rows with this `set`.
    #[arg(long)]
    set: Option<String>,
    /// CSV list: only rows with this `split`.
    #[arg(long)]
    split: Option<String>,
    /// Share of good parts that may be rejected where recall is taken.
    #[arg(long, default_value_t = 0.01)]
    false_rejects: f64,
    /// Threshold whose outcome is counted.
    #[arg(long, default_value_t = 0.5)]
    threshold: f32,
    /// Also says what other thresholds do, with intervals, and proposes one: for a model of any task.
    #[arg(long)]
    curve: bool,
    /// Threads of a run.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Prints one line of JSON per bundle instead of a table.
    #[arg(long)]
    json: bool,
    /// Writes the score of every image as CSV.
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
}

/// What one bundle said of all images.
#[derive(Default)]
struct Outcome {
    good: Vec<f32>,
    bad: Vec<f32>,
    pixels: PixelScores,
    /// Milliseconds per image, in order.
    times_ms: Vec<f64>,
}

/// Compares and prints a table.
pub fn compare(args: &CompareArgs) -> Result<(), Error> {
    let wrong = |message: String| Error::new(ErrorKind::Settings, message);
    let set = images::labelled(&args.images, args.set.as_deref(), args.split.as_deref())?;
    let set = distinct(set, args)?;
    let bad = set.iter().filter(|image| image.is_bad).count();
    if bad == 0 || bad == set.len() {
        return Err(wrong(format!(
            "expected good and bad images, found {bad} bad of {}",
            set.len()
        )));
    }
    let runtime = models::runtime::init(None)?;
    if !args.json {
        print_head(set.len() - bad, bad, args);
    }
    let (mut rows, mut outcomes) = (Vec::new(), Vec::new());
    for folder in &args.bundles {
        let mut outcome = outcome(runtime, folder, &set, args, &mut rows)?;
        outcome.times_ms.sort_by(f64::total_cmp);
        if args.json {
            crate::cli::terminal::answer_json(&line(folder, &outcome, args).to_string());
        } else {
            print_row(folder, &outcome, args);
            outcomes.push((folder, outcome));
        }
    }
    for (folder, Outcome { good, bad, .. }) in outcomes.iter().filter(|_| args.curve) {
        let name = folder.display().to_string();
        operating::report(&name, &Operating::of(good, bad, args.false_rejects));
    }
    if let Some(file) = &args.scores {
        let text = format!("bundle,path,label,score\n{}", rows.concat());
        std::fs::write(file, text)
            .map_err(|e| Error::new(ErrorKind::Storage, format!("{}: {e}", file.display())))?;
    }
    Ok(())
}

/// Without copies: an image that is counted twice makes figures look surer than they are. Also says which masks mark
/// nothing.
fn distinct(set: Vec<Labelled>, args: &CompareArgs) -> Result<Vec<Labelled>, Error> {
    let (mut seen, mut notes, mut kept) = (Seen::default(), Vec::new(), Vec::new());
    let mut deep = images::Deep::default();
    for image in set {
        let picture = images::picture(&image.path)?;
        deep.count(&picture);
        let loaded = images::with_channels(picture, Channels::Rgb);
        if !seen.add(&image.path, image.is_bad, &loaded)? {
            continue;
        }
        if let Some(mask) = image.mask.as_ref().filter(|_| image.is_bad) {
            let (values, ..) = images::loaded(mask, Channels::Mono)?;
            let largest = values.iter().max().copied().unwrap_or(0);
            if largest < MARKED_MIN {
                notes.push(format!(
                    "note: mask {} marks nothing (largest value {largest} of 255); white marks the defect",
                    mask.display()
                ));
            }
        }
        kept.push(image);
    }
    notes.extend(deep.told());
    for note in seen.told().iter().chain(&notes) {
        match args.json {
            true => remark!("{note}"),
            false => say!("{note}"),
        }
    }
    Ok(kept)
}

fn outcome(
    runtime: &Runtime,
    folder: &Path,
    set: &[Labelled],
    args: &CompareArgs,
    rows: &mut Vec<String>,
) -> Result<Outcome, Error> {
    let model = |message: String| Error::new(ErrorKind::Model, message);
    let bundle = Bundle::load(folder)?;
    let mut session = warm(runtime, &bundle, args)?;
    let place = place::of_masks(bundle.manifest());
    let clock = SystemClock;
    let mut outcome = Outcome::default();
    let taught = bundle.manifest().place.clone().unwrap_or_default();
    let beside = bundle.folder().parent().unwrap_or(bundle.folder());
    let mut aligned = Aligned::new(&taught, beside);
    for image in set {
        let channels = bundle.manifest().input.channels;
        let mut loaded = images::loaded(&image.path, channels)?;
        let pose = aligned.straighten(&mut loaded, channels)?.ok();
        let view = images::view(&loaded, channels);
        let at = |error: String| model(format!("{}: {error}", image.path.display()));
        session
            .prepare_for_frame((view.width, view.height))
            .map_err(|error| at(error.to_string()))?;
        let started = clock.now();
        session
            .preprocess(&view)
            .map_err(|error| at(error.to_string()))?;
        let answer = session.run().map_err(|error| at(error.to_string()))?;
        // A station rejects what it cannot align, whatever its model would say.
        let score = if pose.is_some() { answer.score } else { 1.0 };
        outcome
            .times_ms
            .push(clock.now().since(started).as_secs_f64() * 1e3);
        let label = if image.is_bad { "bad" } else { "good" };
        rows.push(format!(
            "{},{},{label},{score}\n",
            folder.display(),
            image.path.display()
        ));
        if image.is_bad {
            outcome.bad.push(score);
        } else {
            outcome.good.push(score);
        }
        if let Some(pose) = pose {
            count_of(
                &mut outcome.pixels,
                answer.map.as_ref(),
                image,
                (&place, &pose),
            )?;
        }
    }
    Ok(outcome)
}

/// The bundle's session, which ran once.
fn warm(runtime: &Runtime, bundle: &Bundle, args: &CompareArgs) -> Result<Session, Error> {
    let options = SessionOptions {
        threads: args.threads,
        ..SessionOptions::default()
    };
    let model = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Model, error.to_string());
    let session = Session::new(runtime, bundle, &options);
    let mut session = session.map_err(|error| model(&error))?;
    session.warm_up().map_err(|error| model(&error))?;
    Ok(session)
}

/// Bad images without a mask, and models without a map, show nothing of pixels.
fn count_of(
    pixels: &mut PixelScores,
    map: Option<&ScoreMap>,
    image: &Labelled,
    (place, pose): (&Place, &Pose),
) -> Result<(), Error> {
    match (map, &image.mask) {
        (Some(map), Some(mask)) => {
            let mut loaded = [images::loaded(mask, Channels::Mono)?];
            if place.align.is_some() {
                align::put_in_place(&mut loaded[0], pose)?;
            }
            place::cut(
                place,
                std::slice::from_ref(mask),
                &mut loaded,
                Channels::Mono,
            )?;
            let [mask] = loaded;
            count(pixels, map, Some(mask));
        }
        (Some(map), None) if !image.is_bad => count(pixels, map, None),
        _ => {}
    }
    Ok(())
}

/// Counts the pixels of a mask, or the cells of a good image, by the score there.
fn count(pixels: &mut PixelScores, map: &ScoreMap, mask: Option<(Vec<u8>, u32, u32)>) {
    let (mask, width, height) = mask.unwrap_or_else(|| {
        let (width, height) = (map.width as u32 * 4, map.height as u32 * 4);
        (vec![0; (width * height) as usize], width, height)
    });
    // Between the centres of cells the score goes over linearly.
    let cells = |pixel: u32, side: u32, count: usize| {
        let at = ((pixel as f32 + 0.5) / side as f32 * count as f32 - 0.5).max(0.0);
        let first = (at as usize).min(count - 1);
        (first, (first + 1).min(count - 1), at.fract())
    };
    let best = |x: usize, y: usize| {
        let scores = (0..map.classes).map(|class| map.score_at(class, x, y));
        scores.fold(0.0, f32::max)
    };
    for y in 0..height {
        let (top, bottom, down) = cells(y, height, map.height);
        for x in 0..width {
            let (left, right, along) = cells(x, width, map.width);
            let row = |y| best(left, y) * (1.0 - along) + best(right, y) * along;
            let score = row(top) * (1.0 - down) + row(bottom) * down;
            pixels.add(score, mask[(y * width + x) as usize] >= MARKED_MIN);
        }
    }
}

fn print_head(good: usize, bad: usize, args: &CompareArgs) {
    let allowed = args.false_rejects * 100.0;
    say!("{good} good and {bad} bad images; intervals hold 95 % of resamplings");
    say!(
        "{:<20} {:>22} {:>24} {:>8}  {:>17}  {:>14}  {:>7}",
        "bundle",
        "image AUROC",
        format!("recall at {allowed:.0} %"),
        "pixels",
        format!("at {:.2}: false", args.threshold),
        "caught",
        "ms"
    );
}

/// What the table says, for a program.
fn line(folder: &Path, outcome: &Outcome, args: &CompareArgs) -> serde_json::Value {
    let (good, bad) = (&outcome.good, &outcome.bad);
    let told = |figure: Figure| {
        let (low, high) = figure.interval;
        serde_json::json!({ "value": figure.value, "low": low, "high": high })
    };
    let recall = |good: &[f32], bad: &[f32]| recall_at(good, bad, args.false_rejects);
    let over = |scores: &[f32]| scores.iter().filter(|s| **s >= args.threshold).count();
    serde_json::json!({
        "bundle": folder,
        "good": good.len(),
        "bad": bad.len(),
        "image_auroc": told(Figure::of(good, bad, 1, auroc)),
        "recall": told(Figure::of(good, bad, 2, recall)),
        "pixel_auroc": outcome.pixels.auroc(),
        "threshold": args.threshold,
        "good_rejected": over(good),
        "bad_caught": over(bad),
        "operating": operating::json(&Operating::of(good, bad, args.false_rejects)),
        "threads": args.threads,
        "median_ms": outcome.times_ms[outcome.times_ms.len() / 2],
    })
}

fn print_row(folder: &Path, outcome: &Outcome, args: &CompareArgs) {
    let (good, bad) = (&outcome.good, &outcome.bad);
    let shown = |figure: Figure| {
        let (low, high) = figure.interval;
        format!("{:.3} ({low:.3} to {high:.3})", figure.value)
    };
    let recall = |good: &[f32], bad: &[f32]| recall_at(good, bad, args.false_rejects);
    let over = |scores: &[f32]| {
        let count = scores
            .iter()
            .filter(|score| **score >= args.threshold)
            .count();
        format!("{count}/{}", scores.len())
    };
    let name = folder
        .file_name()
        .unwrap_or(folder.as_os_str())
        .to_string_lossy();
    say!(
        "{name:<20} {:>22} {:>24} {:>8}  {:>17}  {:>14}  {:>7.2}",
        shown(Figure::of(good, bad, 1, auroc)),
        shown(Figure::of(good, bad, 2, recall)),
        outcome
            .pixels
            .auroc()
            .map_or("–".to_owned(), |value| format!("{value:.3}")),
        over(good),
        over(bad),
        outcome.times_ms[outcome.times_ms.len() / 2]
    );
}

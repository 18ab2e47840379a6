//! `inspector model quantise`: the same model in 8-bit whole numbers, shown to give the same verdicts.

use super::accept::{made, now};
use crate::cli::{images, place};
use crate::clock::{Clock, SystemClock};
use crate::control::teaching::bundle as teaching;
use crate::error::{Error, ErrorKind};
use models::runtime::Runtime;
use models::{Bundle, ImageView, Manifest, Session, SessionOptions, quantise};
use std::path::{Path, PathBuf};

/// Fewest images that can show it what is usual.
const IMAGES_MIN: usize = 8;
/// Most images that it is shown; more only make it slow.
const SHOWN_MAX: usize = 48;
/// Runs of each model that are timed.
const TIMED: usize = 24;

/// Arguments of `inspector model quantise`.
#[derive(clap::Args)]
pub struct QuantiseArgs {
    /// The bundle, which stays as it is.
    bundle: PathBuf,
    /// Images as the camera gives them, good and bad, 8 or more: a folder, or a CSV list with the columns path and
    /// label. Every other one shows the model what is usual; all are compared.
    #[arg(long, value_name = "DIR|CSV")]
    images: PathBuf,
    /// Folder of the new bundle, which must not exist.
    #[arg(long)]
    out: PathBuf,
    /// Verdicts are compared at this score.
    #[arg(long, default_value_t = 0.5)]
    threshold: f32,
    /// Images that may get another verdict than before.
    #[arg(long, default_value_t = 0)]
    other_verdicts: usize,
    /// CSV list: only rows with this `set`.
    #[arg(long)]
    set: Option<String>,
    /// CSV list: only rows with this `split`.
    #[arg(long)]
    split: Option<String>,
    /// Threads of a run that is timed.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn model(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, error)
}

/// An image with what both models say of it.
struct Judged {
    name: String,
    before: f32,
    after: f32,
}

impl Judged {
    fn off(&self) -> f32 {
        (self.after - self.before).abs()
    }
}

/// Quantises, compares, and writes the bundle where verdicts are the same.
pub fn quantise(args: &QuantiseArgs) -> Result<(), Error> {
    let wrong = |message: String| Error::new(ErrorKind::Settings, message);
    if args.out.exists() {
        return Err(wrong(format!(
            "{}: there is one already; give another --out",
            args.out.display()
        )));
    }
    let bundle = Bundle::load(&args.bundle)?;
    let runtime = models::runtime::init(None)?;
    let files = files(args)?;
    if files.len() < IMAGES_MIN {
        return Err(wrong(format!(
            "{}: expected {IMAGES_MIN} images or more, good and bad, found {}",
            args.images.display(),
            files.len()
        )));
    }
    let channels = bundle.manifest().input.channels;
    let mut loaded = images::all_loaded(&files, channels)?;
    place::cut_as_taught(&bundle, &files, &mut loaded)?;
    let views = images::views(&loaded, channels);
    let step = 2.max(views.len().div_ceil(SHOWN_MAX));
    let shown: Vec<ImageView> = views.iter().step_by(step).copied().collect();
    let quantised = quantise::quantise(runtime, &bundle, &shown)
        .map_err(|error| Error::from(error).of(args.bundle.display()))?;
    let made_of = manifest(&bundle, shown.len());
    let storage = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Storage, error.to_string());
    // Nothing that was not shown to give the same verdicts stays.
    teaching::whole(
        &args.out,
        |error| storage(&error),
        |making| {
            let created = Bundle::create(making, &made_of, &quantised.model);
            let new = created.map_err(|error| storage(&error))?;
            say!(
                "{}: {} of {} convolutions and products in whole numbers of 8 bits, {:.1} MB",
                args.out.display(),
                quantised.nodes,
                quantised.of,
                quantised.model.len() as f64 / 1e6
            );
            checked(runtime, args, [&bundle, &new], &files, &views)
        },
    )
}

/// What `model.toml` says of the new one.
fn manifest(bundle: &Bundle, shown: usize) -> Manifest {
    let old = bundle.manifest();
    let mut provenance = old.provenance.clone();
    provenance.made_by = format!(
        "{}; quantised by inspector {} with {shown} images",
        old.provenance.made_by,
        env!("CARGO_PKG_VERSION")
    );
    Manifest {
        references: None,
        provenance,
        ..old.clone()
    }
}

/// Compares, and gives the new bundle the references of the old one.
fn checked(
    runtime: &Runtime,
    args: &QuantiseArgs,
    bundles: [&Bundle; 2],
    files: &[PathBuf],
    views: &[ImageView],
) -> Result<(), Error> {
    let [before, after] = bundles.map(|bundle| scores(runtime, bundle, views));
    let judged: Vec<Judged> = files
        .iter()
        .zip(before?.into_iter().zip(after?))
        .map(|(file, (before, after))| Judged {
            name: images::name_of(file),
            before,
            after,
        })
        .collect();
    compare(args, judged)?;
    let [before, after] = bundles.map(|bundle| timed(runtime, bundle, views, args.threads));
    let (before, after) = (before?, after?);
    say!(
        "a run takes {after:.2} ms in place of {before:.2} ({:.1} times as fast, {} threads)",
        before / after.max(1e-6),
        args.threads
    );
    let [old, new] = bundles;
    if old.manifest().references.is_none() {
        say!(
            "next: `inspector model references {} IMAGES`",
            args.out.display()
        );
        return Ok(());
    }
    let references = old.references()?;
    let images: Vec<(String, ImageView)> = references
        .iter()
        .map(|reference| (reference.name.clone(), reference.view()))
        .collect();
    let new = teaching::add_references(runtime, new, &images).map_err(made)?;
    let id = teaching::accept(runtime, &SystemClock, &new).map_err(made)?;
    say!(
        "{} reference images with its own answers; accepted: {id}, {}",
        images.len(),
        now()
    );
    Ok(())
}

fn files(args: &QuantiseArgs) -> Result<Vec<PathBuf>, Error> {
    let is_flat = args.images.is_dir() && !args.images.join("good").is_dir();
    if is_flat {
        return images::files(&args.images);
    }
    let labelled = images::labelled(&args.images, args.set.as_deref(), args.split.as_deref())?;
    Ok(labelled.into_iter().map(|image| image.path).collect())
}

fn at(bundle: &Path, error: impl std::fmt::Display) -> Error {
    model(format!("{}: {error}", bundle.display()))
}

fn scores(runtime: &Runtime, bundle: &Bundle, views: &[ImageView]) -> Result<Vec<f32>, Error> {
    let failed = |error: &dyn std::fmt::Display| at(bundle.folder(), error);
    let mut session =
        Session::new(runtime, bundle, &SessionOptions::default()).map_err(|e| failed(&e))?;
    let mut scores = Vec::with_capacity(views.len());
    for view in views {
        session.preprocess(view).map_err(|e| failed(&e))?;
        scores.push(session.run().map_err(|e| failed(&e))?.score);
    }
    Ok(scores)
}

/// Milliseconds of a run at the median.
fn timed(
    runtime: &Runtime,
    bundle: &Bundle,
    views: &[ImageView],
    threads: usize,
) -> Result<f64, Error> {
    let failed = |error: &dyn std::fmt::Display| at(bundle.folder(), error);
    let options = SessionOptions {
        threads,
        ..SessionOptions::default()
    };
    let mut session = Session::new(runtime, bundle, &options).map_err(|e| failed(&e))?;
    let mut times = Vec::new();
    for view in views.iter().cycle().take(TIMED + 2) {
        session.preprocess(view).map_err(|e| failed(&e))?;
        let started = SystemClock.now();
        session.run().map_err(|e| failed(&e))?;
        times.push(SystemClock.now().since(started).as_secs_f64() * 1e3);
    }
    // The first ones warm up.
    let times = &mut times[2..];
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// Says how far scores are off.
///
/// # Errors
/// When more images get another verdict than may.
fn compare(args: &QuantiseArgs, mut judged: Vec<Judged>) -> Result<(), Error> {
    judged.sort_by(|a, b| b.off().total_cmp(&a.off()));
    let (count, at) = (judged.len(), args.threshold);
    let [worst, ..] = &judged[..] else {
        return Ok(());
    };
    let others: Vec<&Judged> = judged
        .iter()
        .filter(|one| (one.before >= at) != (one.after >= at))
        .collect();
    say!(
        "scores of {count} images are off by {:.4} at the median and by {:.4} at most ({}: {:.4} before, {:.4} now)",
        judged[count / 2].off(),
        worst.off(),
        worst.name,
        worst.before,
        worst.after
    );
    say!(
        "at {at} the same verdict on {} of {count}",
        count - others.len()
    );
    for one in others.iter().take(10) {
        say!(
            "  another on {}: {:.4} before, {:.4} now",
            one.name,
            one.before,
            one.after
        );
    }
    if others.len() > args.other_verdicts {
        return Err(model(format!(
            "expected the verdicts of before, found {} others of {count}; nothing was written. Keep the model as it \
             is, show it more images, or allow them with --other-verdicts {}",
            others.len(),
            others.len()
        )));
    }
    Ok(())
}

//! `inspector teach`: from images of good parts to a bundle.

mod report;
mod sources;
mod told;

use super::images;
use super::model::accept;
use super::place::PlaceArgs;
use crate::cli::terminal::Bar;
use crate::clock::{Clock, SystemClock, monotonic};
use crate::control::teaching::bundle::{self, Origin};
use crate::error::{Error, ErrorKind};
use models::teach::{Budget, Progress, Stage};
use models::{Backbone, Channels, Place, TeachOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Arguments of `inspector teach`.
#[derive(clap::Args)]
pub struct TeachArgs {
    /// Images of good parts: a folder, or a CSV list with the columns path and label.
    #[arg(required_unless_present = "reviewed")]
    images: Option<PathBuf>,
    /// A data folder: what people said in reviews is good is taken as well, and what they said is defective as `--bad`.
    #[arg(long, value_name = "DATA")]
    reviewed: Option<PathBuf>,
    /// Only reviewed parts of this style.
    #[arg(long, requires = "reviewed")]
    style: Option<String>,
    /// Only pictures of this view of reviewed parts.
    #[arg(long, requires = "reviewed")]
    view: Option<String>,
    /// Images of defects that were reviewed, if there are any (4 or more): a folder, or a CSV list, of which
    /// the rows labelled bad are taken. The model learns how such defects differ from good parts.
    #[arg(long, value_name = "DIR|CSV")]
    bad: Option<PathBuf>,
    /// Folder of the bundle, which must not exist.
    #[arg(long)]
    out: PathBuf,
    /// A network that describes places of an image at several levels, as ONNX: one input
    /// N × 3 × H × W, outputs N × channels × height × width. Several, each with its own --backbone, are used
    /// together. Default: what ships with the product.
    #[arg(long, value_name = "FILE")]
    backbone: Vec<PathBuf>,
    /// Outputs of the backbone to use; of several networks `file.output`. Default: all.
    #[arg(
        long,
        value_name = "NAME,NAME",
        value_delimiter = ',',
        requires = "backbone"
    )]
    levels: Vec<String>,
    /// What the backbone expects, each of several: (pixel / 255 - mean) / std.
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', default_values_t = [0.0, 0.0, 0.0], requires = "backbone")]
    mean: Vec<f32>,
    /// Deviation of each channel, as --mean.
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', default_values_t = [1.0, 1.0, 1.0], requires = "backbone")]
    std: Vec<f32>,
    /// Size at which the backbone sees an image, once. Default: the shorter side 256, and a closer look at twice that
    /// where images are large enough and --budget-ms allows.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<(usize, usize)>,
    /// Time that an image may take on this machine with all its cores, of which as much is used as finds more.
    #[arg(long, value_name = "MS", default_value_t = BUDGET_MS, value_parser = clap::value_parser!(u64).range(1..=60_000), conflicts_with = "size")]
    budget_ms: u64,
    /// What the camera gives: mono or rgb. Default: mono where every image is stored in grey.
    #[arg(long, value_name = "mono|rgb", value_parser = channels)]
    channels: Option<Channels>,
    /// Share of good parts that the proposed threshold aims to reject.
    #[arg(long, default_value_t = 0.02, value_parser = share)]
    false_rejects: f64,
    /// Most features that each memory keeps.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    bank: u32,
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Learns from every image, also from one that is unlike all the others. Otherwise such images are named and left
    /// out, because they are mostly defects that nobody saw.
    #[arg(long)]
    keep_odd: bool,
    /// Keeps the backbone in f32, for GPUs. Otherwise its convolutions run in whole numbers of 8 bits, twice as fast
    /// on a processor.
    #[arg(long)]
    f32: bool,
    /// Writes a page with all that is known of the model: maps, held-out scores, odd images, what other thresholds
    /// would do, settings and hashes. One file, that needs no other and no network.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Name of the bundle. Default: that of its folder.
    #[arg(long)]
    name: Option<String>,
    /// CSV list: only rows with this `set`.
    #[arg(long)]
    set: Option<String>,
    /// CSV list: only rows with this `split`.
    #[arg(long)]
    split: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Time that an image may take where nothing else is said: half of the time between parts of a quick line.
const BUDGET_MS: u64 = 250;

/// Reads WIDTHxHEIGHT in pixels.
pub fn size(text: &str) -> Result<(usize, usize), String> {
    let sides = text
        .split_once('x')
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    sides.ok_or_else(|| "expected width and height, as 384x256".to_owned())
}

fn channels(text: &str) -> Result<Channels, String> {
    match text {
        "mono" => Ok(Channels::Mono),
        "rgb" => Ok(Channels::Rgb),
        _ => Err("expected mono or rgb".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text
        .parse()
        .ok()
        .filter(|share| (0.0001..=0.5).contains(share));
    share.ok_or_else(|| "expected a share from 0.0001 to 0.5, as 0.02".to_owned())
}

/// Teaches, writes the bundle and says what it can do.
pub fn teach(args: &TeachArgs) -> Result<(), Error> {
    let clock = SystemClock;
    let started = clock.now();
    check_places(args)?;
    args.place.check_reference(&args.out)?;
    let backbone = backbone(args)?;
    let (mut files, mut bad_files) = sources::sources(args)?;
    let channels = match args.channels {
        Some(channels) => channels,
        None => images::channels(&[&files[..], &bad_files[..]].concat())?,
    };
    let mut good = images::all_loaded(&files, channels)?;
    let mut bad = images::all_loaded(&bad_files, channels)?;
    let kinds = [(&mut files, &mut good), (&mut bad_files, &mut bad)];
    images::distinct(kinds, channels)?;
    let place = (args.place).cut((&files, &mut good), (&bad_files, &mut bad), channels)?;
    let (views, bad_views) = (
        images::views(&good, channels),
        images::views(&bad, channels),
    );
    let options = options(args);
    let runtime = models::runtime::init(None)?;
    let mut bar = Bar::new();
    let taught = models::teach::teach_with(
        runtime,
        &backbone,
        &views,
        &bad_views,
        &options,
        &mut |at| {
            draw(&mut bar, at);
            std::ops::ControlFlow::Continue(())
        },
    );
    bar.clear();
    let taught = taught?;
    args.place.keep_reference(&args.out)?;
    let origin = origin(args, files.len(), place);
    let made = bundle::make(runtime, &clock, &args.out, &taught, origin);
    let (bundle, _) = made.map_err(accept::made)?;
    let seconds = clock.now().since(started).as_secs_f64();
    told::report(&taught, &bundle, (&files, &bad_files), seconds);
    if let Some(path) = &args.report {
        let images = |files, loaded| report::Images { files, loaded };
        let lesson = report::Lesson {
            good: images(&files, &good),
            bad: images(&bad_files, &bad),
            channels,
            settings: report::settings(&options, runtime, args),
        };
        report::write(path, runtime, (&bundle, &taught), &lesson)?;
        say!("report:  {}", path.display());
    }
    Ok(())
}

/// Whether what is made can be written.
fn check_places(args: &TeachArgs) -> Result<(), Error> {
    if args.out.exists() {
        let message = format!(
            "{}: there is one already; give another --out",
            args.out.display()
        );
        return Err(Error::new(ErrorKind::Settings, message));
    }
    args.report.as_deref().map_or(Ok(()), report::check)
}

fn options(args: &TeachArgs) -> TeachOptions {
    TeachOptions {
        size: args.size,
        budget: Some(Budget {
            most: Duration::from_millis(args.budget_ms),
            threads: TeachOptions::default().threads,
            now: monotonic,
        }),
        bank_max: args.bank as usize,
        false_rejects: args.false_rejects,
        seed: args.seed,
        is_quantised: !args.f32,
        keeps_odd: args.keep_odd,
        ..TeachOptions::default()
    }
}

fn backbone(args: &TeachArgs) -> Result<Backbone, Error> {
    let wrong = |message: String| Error::new(ErrorKind::Settings, message);
    if args.backbone.is_empty() {
        return Backbone::shipped().map_err(|error| Error::new(ErrorKind::Internal, error));
    }
    let three = |values: &[f32], what: &str| -> Result<[f32; 3], Error> {
        let found = values.len();
        let three: Option<[f32; 3]> = values.try_into().ok();
        three.ok_or_else(|| wrong(format!("--{what}: expected three numbers, found {found}")))
    };
    let (mean, std) = (three(&args.mean, "mean")?, three(&args.std, "std")?);
    if std.iter().any(|std| *std <= 0.0) {
        return Err(wrong("--std: expected numbers above 0".to_owned()));
    }
    let one = |file: &PathBuf| -> Result<(String, Backbone), Error> {
        let bytes = std::fs::read(file)
            .map_err(|error| wrong(format!("read {}: {error}", file.display())))?;
        let name = stem(file);
        let levels = levels(args, &name);
        Backbone::parse(&bytes, levels, mean, std)
            .map(|backbone| (name, backbone))
            .map_err(|error| Error::new(ErrorKind::Model, format!("{}: {error}", file.display())))
    };
    check_levels(
        args,
        &args
            .backbone
            .iter()
            .map(|file| stem(file))
            .collect::<Vec<_>>(),
    )?;
    let networks: Result<Vec<(String, Backbone)>, Error> = args.backbone.iter().map(one).collect();
    Backbone::joined(networks?).map_err(|error| Error::new(ErrorKind::Model, error))
}

/// What a network is called: its file's name without the ending.
fn stem(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Those of `--levels` that are meant for this network, of several `network.output`.
fn levels(args: &TeachArgs, network: &str) -> Vec<String> {
    if args.backbone.len() == 1 {
        return args.levels.clone();
    }
    let own = args
        .levels
        .iter()
        .filter_map(|level| output_of(level, network));
    own.map(str::to_owned).collect()
}

/// The output that `network.output` names, where it is this network's.
fn output_of<'a>(level: &'a str, network: &str) -> Option<&'a str> {
    level.strip_prefix(network)?.strip_prefix('.')
}

/// What is wrong with the levels that were asked for of several networks.
fn check_levels(args: &TeachArgs, networks: &[String]) -> Result<(), Error> {
    if args.levels.is_empty() || networks.len() < 2 {
        return Ok(());
    }
    let wrong = |message: String| Err(Error::new(ErrorKind::Settings, message));
    let is_of = |level: &str, network: &str| output_of(level, network).is_some();
    let mut levels = args.levels.iter();
    if let Some(level) = levels.find(|level| !networks.iter().any(|n| is_of(level, n))) {
        return wrong(format!(
            "--levels: expected network.output of one of {}, found \"{level}\"",
            networks.join(", ")
        ));
    }
    let is_unused = |network: &&String| !args.levels.iter().any(|level| is_of(level, network));
    match networks.iter().find(is_unused) {
        Some(network) => wrong(format!(
            "--levels: names no output of {network}; leave out its --backbone, or name one"
        )),
        None => Ok(()),
    }
}

fn origin(args: &TeachArgs, images: usize, place: Place) -> Origin {
    let folder = args.out.file_name().unwrap_or_default().to_string_lossy();
    let files = args.backbone.iter().map(|file| file.display().to_string());
    let backbone = match files.collect::<Vec<_>>() {
        files if files.is_empty() => models::teach::SHIPPED.to_owned(),
        files => files.join(", "),
    };
    Origin {
        name: args.name.clone().unwrap_or_else(|| folder.into_owned()),
        made_by: format!(
            "inspector {} teach, seed {}",
            env!("CARGO_PKG_VERSION"),
            args.seed
        ),
        trained_on: format!(
            "{images} images of good parts from {}; backbone {backbone}",
            sources::told(args),
        ),
        place,
    }
}

fn draw(bar: &mut Bar, at: Progress) {
    let what = match at.stage {
        Stage::Features => "looking at the good parts",
        Stage::Weighing => "drawing defects, weighing what counts",
        Stage::Scoring => "putting the model together",
    };
    let share = at.done as f64 / at.total.max(1) as f64;
    bar.draw(what, share, &format!("{}/{}", at.done, at.total));
}

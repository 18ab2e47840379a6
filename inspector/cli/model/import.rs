//! `inspector model import`: a model from elsewhere becomes a bundle.

use super::accept;
use super::answers::Answers;
use crate::cli::images;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use models::import::{Asked, Colour, Imported, Normalisation, Preset, Sureness};
use models::manifest::Provenance;
use models::runtime::Runtime;
use models::{
    Activation, Bundle, Channels, Expected, Fit, ImageView, Manifest, Reference, Resize, Session,
    SessionOptions, Task,
};
use std::path::PathBuf;

/// Arguments of `inspector model import`.
#[derive(clap::Args)]
pub struct ImportArgs {
    /// The model; weights in files beside it are brought in.
    file: PathBuf,
    /// The bundle's folder, which must not exist yet.
    #[arg(long)]
    out: PathBuf,
    /// 3 to 20 images, good and bad, as the camera gives them: they become the bundle's reference images.
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// What the tool that trained the model says of those images: the model is refused where it answers
    /// otherwise here.
    #[arg(long, value_name = "FILE.json", requires = "images")]
    answers: Option<PathBuf>,
    /// How far a score may be off.
    #[arg(long, default_value_t = models::references::TOLERANCE)]
    tolerance: f32,
    /// anomaly, segment, detect or classify.
    #[arg(long, value_parser = |text: &str| Task::named(text).ok_or("anomaly, segment, detect or classify"))]
    task: Option<Task>,
    /// The output that is read.
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// Names of the classes, in the model's order.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    classes: Option<Vec<String>>,
    /// Classes that are no defect.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    good: Option<Vec<String>>,
    /// Which channel comes first.
    #[arg(long, value_enum)]
    colour: Option<ColourArg>,
    /// Which values it learnt from: 0 to 1, ImageNet's mean and deviation, 0 to 255, -1 to 1.
    #[arg(long, value_enum, conflicts_with_all = ["mean", "std"])]
    normalisation: Option<NormalisationArg>,
    /// Of values from 0 to 1.
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', requires = "std")]
    mean: Option<Vec<f32>>,
    /// Of values from 0 to 1.
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', requires = "mean")]
    std: Option<Vec<f32>>,
    /// Size of the input, where the graph leaves it free.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = crate::cli::teach::size)]
    size: Option<(usize, usize)>,
    /// How images of another aspect are brought in: as a whole, with grey beside them, or their middle.
    #[arg(long, value_enum)]
    fit: Option<FitArg>,
    /// How images are resized.
    #[arg(long, value_enum)]
    resize: Option<ResizeArg>,
    /// What turns the output into scores.
    #[arg(long, value_enum)]
    activation: Option<ActivationArg>,
    /// Values that become scores 0 and 1.
    #[arg(
        long,
        value_name = "LOW,HIGH",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    range: Option<Vec<f32>>,
    /// From this overlap on the weaker of two boxes is dropped. Default: 0.7.
    #[arg(long)]
    iou: Option<f32>,
    /// Prepare images as this tool does.
    #[arg(long, value_enum)]
    preset: Option<PresetArg>,
    /// For the audit: what the model learnt from.
    #[arg(long, default_value = "not stated")]
    trained_on: String,
    /// For the audit: the model's licence. Default: what the file says.
    #[arg(long)]
    licence: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum ColourArg {
    Rgb,
    Bgr,
    Mono,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum NormalisationArg {
    Unit,
    Imagenet,
    Bytes,
    Symmetric,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FitArg {
    Stretch,
    Letterbox,
    Crop,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum ResizeArg {
    Area,
    Linear,
    Triangle,
    Pillow,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum ActivationArg {
    None,
    Sigmoid,
    Softmax,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum PresetArg {
    Ultralytics,
    Anomalib,
    Torchvision,
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Settings, message)
}

fn model(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, error)
}

/// Makes the bundle and says what it is.
pub fn import(args: &ImportArgs) -> Result<(), Error> {
    let asked = asked(args)?;
    if args.out.exists() {
        return Err(wrong(format!(
            "--out {}: there is one already",
            args.out.display()
        )));
    }
    let runtime = models::runtime::init(None).map_err(model)?;
    let imported = models::import::import(runtime, &args.file, &asked)
        .map_err(|error| model(format!("{}: {error}", args.file.display())))?;
    let bundle = Bundle::create(&args.out, &manifest(args, &imported), &imported.model)
        .map_err(|error| Error::new(ErrorKind::Storage, error))?;
    // What does not run here, or not as it should, is no bundle.
    let tried = tried(runtime, &bundle).and_then(|()| with_references(args, runtime, &bundle));
    let found = match tried {
        Ok(found) => found,
        Err(error) => {
            let _ = std::fs::remove_dir_all(&args.out);
            return Err(error);
        }
    };
    print(args, &imported, &bundle);
    println!("{found}");
    Ok(())
}

fn asked(args: &ImportArgs) -> Result<Asked, Error> {
    let three = |values: &[f32], flag: &str| -> Result<[f32; 3], Error> {
        let found = values.len();
        let three = <[f32; 3]>::try_from(values)
            .ok()
            .filter(|three| three.iter().all(|v| v.is_finite()));
        three.ok_or_else(|| wrong(format!("{flag}: expected three numbers, found {found}")))
    };
    let normalisation = match (&args.mean, &args.std, args.normalisation) {
        (Some(mean), Some(std), _) => {
            let (mean, std) = (three(mean, "--mean")?, three(std, "--std")?);
            if std.iter().any(|std| *std <= 0.0) {
                return Err(wrong("--std: expected numbers above 0".to_owned()));
            }
            Some(Normalisation {
                scale: 255.0,
                mean,
                std,
            })
        }
        (_, _, named) => named.map(|named| match named {
            NormalisationArg::Unit => Normalisation::UNIT,
            NormalisationArg::Imagenet => Normalisation::IMAGENET,
            NormalisationArg::Bytes => Normalisation::BYTES,
            NormalisationArg::Symmetric => Normalisation::SYMMETRIC,
        }),
    };
    let range = match args.range.as_deref() {
        None => None,
        Some([low, high]) if low < high => Some([*low, *high]),
        Some(_) => {
            return Err(wrong(
                "--range: expected two numbers, the smaller first".to_owned(),
            ));
        }
    };
    if args.iou.is_some_and(|iou| !(0.0..=1.0).contains(&iou)) {
        return Err(wrong("--iou: expected a number from 0 to 1".to_owned()));
    }
    Ok(Asked {
        task: args.task,
        output: args.output.clone(),
        classes: args.classes.clone(),
        good: args.good.clone(),
        colour: args.colour.map(|colour| match colour {
            ColourArg::Rgb => Colour::Rgb,
            ColourArg::Bgr => Colour::Bgr,
            ColourArg::Mono => Colour::Mono,
        }),
        normalisation,
        size: args
            .size
            .map(|(width, height)| (width as u32, height as u32)),
        fit: args.fit.map(|fit| match fit {
            FitArg::Stretch => Fit::Stretch,
            FitArg::Letterbox => Fit::Letterbox { pad: 114.0 },
            FitArg::Crop => Fit::Crop { share: 1.0 },
        }),
        resize: args.resize.map(|resize| match resize {
            ResizeArg::Area => Resize::Area,
            ResizeArg::Linear => Resize::Linear,
            ResizeArg::Triangle => Resize::Triangle,
            ResizeArg::Pillow => Resize::Pillow,
        }),
        activation: args.activation.map(|activation| match activation {
            ActivationArg::None => Activation::None,
            ActivationArg::Sigmoid => Activation::Sigmoid,
            ActivationArg::Softmax => Activation::Softmax,
        }),
        range,
        iou: args.iou,
        preset: args.preset.map(|preset| match preset {
            PresetArg::Ultralytics => Preset::Ultralytics,
            PresetArg::Anomalib => Preset::Anomalib,
            PresetArg::Torchvision => Preset::Torchvision,
        }),
    })
}

fn manifest(args: &ImportArgs, imported: &Imported) -> Manifest {
    let name = args.out.file_name().unwrap_or_default().to_string_lossy();
    let or = |text: &str, other: &str| {
        let text = text.trim();
        let text = if text.is_empty() { other } else { text };
        // As much as a manifest holds.
        text.chars().take(1000).collect::<String>()
    };
    let wall = jiff::Timestamp::from_microsecond(SystemClock.wall().0).unwrap_or_default();
    let licence = args.licence.as_deref().or(imported.licence.as_deref());
    Manifest {
        name: name.chars().take(20).collect(),
        task: imported.task,
        sha256: String::new(),
        input: imported.input.clone(),
        output: imported.output.clone(),
        provenance: Provenance {
            made_by: format!(
                "{}; imported from {} by inspector {}",
                or(&imported.made_by, "unknown"),
                images::name_of(&args.file),
                env!("CARGO_PKG_VERSION")
            ),
            trained_on: or(&args.trained_on, "not stated"),
            licence: or(licence.unwrap_or_default(), "not stated"),
            created: wall.strftime("%Y-%m-%d").to_string(),
        },
        references: None,
    }
}

/// Runs on two images made of noise, each twice.
fn tried(runtime: &Runtime, bundle: &Bundle) -> Result<(), Error> {
    let mut session = Session::new(runtime, bundle, &SessionOptions::default()).map_err(model)?;
    let input = &bundle.manifest().input;
    let bytes = input.width as usize * input.height as usize * input.channels.count();
    for seed in 1..=2 {
        let mut random = fastrand::Rng::with_seed(seed);
        let pixels: Vec<u8> = (0..bytes).map(|_| random.u8(..)).collect();
        let mut run = || {
            session.load_resized(&pixels).map_err(model)?;
            session.run().map(|answer| Expected::of(&answer)).map_err(|error| {
                model(format!(
                    "on an image of noise: {error}. If these are logits, say --activation; if scores of another \
                     scale, --range"
                ))
            })
        };
        let (first, second) = (run()?, run()?);
        let off = first.difference(&second, models::expected::BOX_SCORE_MIN);
        if off.is_none_or(|off| off > models::references::TOLERANCE) {
            return Err(model(
                "the model gives another answer each time it sees the same image (a random node, or dropout left \
                 on); export it in evaluation mode",
            ));
        }
    }
    Ok(())
}

/// Makes reference images, and holds the answers against those of the tool that trained the model.
fn with_references(args: &ImportArgs, runtime: &Runtime, bundle: &Bundle) -> Result<String, Error> {
    let Some(folder) = &args.images else {
        return Ok(format!(
            "next: `inspector model references {0} IMAGES`, then `inspector model accept {0}`",
            args.out.display()
        ));
    };
    let answers = args.answers.as_deref().map(Answers::read).transpose()?;
    let files = images::files(folder)?;
    let mut session = Session::new(runtime, bundle, &SessionOptions::default()).map_err(model)?;
    let channels = bundle.manifest().input.channels;
    let (mut references, mut off, mut worst) = (Vec::new(), Vec::new(), 0.0_f32);
    for file in &files {
        let (pixels, width, height) = match channels {
            Channels::Rgb => images::rgb(file)?,
            Channels::Mono => images::mono(file)?,
        };
        let view = ImageView {
            pixels: &pixels,
            width,
            height,
            channels,
        };
        let at = |error: &dyn std::fmt::Display| model(format!("{}: {error}", file.display()));
        session.preprocess(&view).map_err(|error| at(&error))?;
        let answer = session.run().map_err(|error| at(&error))?;
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut reference = Reference::of(name, &view, &answer);
        if let Some(answers) = &answers {
            let told = answers.expected(&images::name_of(file), &reference.expected)?;
            let difference = told.difference(&reference.expected, answers.score_min.max(0.1));
            let difference = difference.unwrap_or(f32::INFINITY);
            worst = worst.max(difference);
            if difference > args.tolerance {
                off.push(format!(
                    "  {}: off by {difference:.5}; score {:.5} there, {:.5} here; {} boxes there, {} here",
                    images::name_of(file),
                    told.score,
                    reference.expected.score,
                    told.detections.len(),
                    reference.expected.detections.iter().filter(|one| one.score >= answers.score_min).count()
                ));
            }
            reference.expected.score = told.score;
        }
        references.push(reference);
    }
    if !off.is_empty() {
        return Err(model(format!(
            "the exported model does not answer as the tool that trained it ({} of {} images, tolerance {}):\n{}\n\
             Nothing was imported. Compare how images are prepared (--normalisation, --colour, --fit, --resize), or \
             export the model anew",
            off.len(),
            files.len(),
            args.tolerance,
            off.join("\n")
        )));
    }
    let here = format!("ONNX Runtime {}, CPUExecutionProvider", runtime.version());
    let made_by = answers
        .as_ref()
        .map_or(here, |answers| answers.made_by.chars().take(64).collect());
    let bundle = bundle
        .add_references(&references, made_by)
        .map_err(|error| Error::new(ErrorKind::Storage, error))?;
    let id = accept::accept_quietly(runtime, &bundle)?;
    let agreed = answers.map_or(String::new(), |answers| {
        format!(
            "answers   as {} within {worst:.6} on {} images\n",
            answers.made_by,
            files.len()
        )
    });
    Ok(format!(
        "{agreed}accepted  on this machine: {id}, {} reference images",
        files.len()
    ))
}

fn print(args: &ImportArgs, imported: &Imported, bundle: &Bundle) {
    let Manifest { input, output, .. } = bundle.manifest();
    let sure = match imported.sureness {
        Sureness::Certain => "certain: the file says so itself",
        Sureness::Likely => "likely: the shapes are those of one",
        Sureness::Told => "as you say",
    };
    println!("{}: {} ({sure})", args.out.display(), imported.what);
    let fit = match input.fit {
        Fit::Stretch => "stretched".to_owned(),
        Fit::Letterbox { pad } => format!("letterbox with grey {pad}"),
        Fit::Crop { share } => format!("its middle ({:.0} % of the shorter side)", share * 100.0),
    };
    println!(
        "input     {} {}×{} {}, {fit}, (pixel / {} - {:?}) / {:?}",
        input.name,
        input.width,
        input.height,
        input.channels.name(),
        input.scale,
        input.mean,
        input.std
    );
    println!(
        "output    {}: {}, {} classes: {}{}",
        output.name,
        output.kind.name(),
        output.classes.len(),
        output
            .classes
            .iter()
            .take(12)
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        if output.classes.len() > 12 {
            ", …"
        } else {
            ""
        }
    );
    for mended in &imported.mended {
        println!("mended    {mended}");
    }
    for note in &imported.notes {
        println!("note      {note}");
    }
}

//! `inspector model import`: a model from elsewhere becomes a bundle.

use super::accept;
use super::answers::Answers;
use super::asked::ImportArgs;
use crate::cli::images;
use crate::clock::SystemClock;
use crate::control::teaching::bundle as teaching;
use crate::error::{Error, ErrorKind};
use models::import::{Imported, Sureness};
use models::manifest::{NAME_BYTES_MAX, Provenance, REFERENCE_COUNT};
use models::runtime::Runtime;
use models::{Bundle, Expected, Fit, Manifest, Reference, Session, SessionOptions};

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Settings, message)
}

fn model(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, error)
}

/// Makes the bundle and says what it is.
pub fn import(args: &ImportArgs) -> Result<(), Error> {
    let asked = args.asked()?;
    if args.out.exists() {
        return Err(wrong(format!(
            "--out {}: there is one already",
            args.out.display()
        )));
    }
    check_images(args)?;
    // What was asked for is looked at before what the machine has.
    std::fs::File::open(&args.file)
        .map_err(|error| model(format!("{}: {error}", args.file.display())))?;
    let runtime = models::runtime::init(None).map_err(model)?;
    let imported = models::import::import(runtime, &args.file, &asked)
        .map_err(|error| model(format!("{}: {error}", args.file.display())))?;
    let unwritten = |error| {
        Error::new(
            ErrorKind::Storage,
            format!("{}: {error}", args.out.display()),
        )
    };
    let described = manifest(args, &imported);
    check(args, &described)?;
    // What does not run here, or not as it should, is no bundle.
    let found = teaching::whole(&args.out, unwritten, |making| {
        let bundle = Bundle::create(making, &described, &imported.model)
            .map_err(|error| Error::new(ErrorKind::Storage, error))?;
        tried(args, runtime, &bundle)?;
        with_references(args, runtime, &bundle)
    })?;
    let bundle = Bundle::load(&args.out).map_err(|error| Error::new(ErrorKind::Storage, error))?;
    print(args, &imported, &bundle);
    say!("{found}");
    Ok(())
}

fn manifest(args: &ImportArgs, imported: &Imported) -> Manifest {
    let name = args.out.file_name().unwrap_or_default().to_string_lossy();
    let or = |text: &str, other: &str| {
        let text = text.trim();
        let text = if text.is_empty() { other } else { text };
        // As much as a manifest holds.
        text.chars().take(1000).collect::<String>()
    };
    let licence = args.licence.as_deref().or(imported.licence.as_deref());
    Manifest {
        name: name[..name.floor_char_boundary(NAME_BYTES_MAX)].to_owned(),
        task: imported.task,
        sha256: String::new(),
        input: imported.input.clone(),
        output: imported.output.clone(),
        place: None,
        provenance: Provenance {
            made_by: format!(
                "{}; imported from {} by inspector {}",
                or(&imported.made_by, "unknown"),
                images::name_of(&args.file),
                env!("CARGO_PKG_VERSION")
            ),
            trained_on: or(&args.trained_on, "not stated"),
            licence: or(licence.unwrap_or_default(), "not stated"),
            created: teaching::now(&SystemClock).strftime("%Y-%m-%d").to_string(),
        },
        references: None,
    }
}

/// Whether there are as many reference images as a bundle holds.
fn check_images(args: &ImportArgs) -> Result<(), Error> {
    let Some(folder) = &args.images else {
        return Ok(());
    };
    let (found, count) = (images::files(folder)?.len(), REFERENCE_COUNT);
    if count.contains(&found) {
        return Ok(());
    }
    Err(wrong(format!(
        "--images {}: expected {} to {} images, found {found}",
        folder.display(),
        count.start(),
        count.end()
    )))
}

/// Whether a manifest can be read again: before anything is written, and with nothing but the cause told.
fn check(args: &ImportArgs, manifest: &Manifest) -> Result<(), Error> {
    let whole = Manifest {
        sha256: "0".repeat(64),
        ..manifest.clone()
    };
    match Manifest::parse(&whole.to_string()) {
        Ok(_) => Ok(()),
        Err(problems) => {
            let file = args.file.display();
            let told = |message: &str| {
                format!("{file}: a model.toml cannot hold what was found or said: {message}")
            };
            let told = problems.iter().map(|problem| told(&problem.message));
            Err(Error::all(ErrorKind::Settings, told.collect()))
        }
    }
}

/// Runs on two images made of noise, each twice.
fn tried(args: &ImportArgs, runtime: &Runtime, bundle: &Bundle) -> Result<(), Error> {
    let mut session = session(args, runtime, bundle)?;
    let input = &bundle.manifest().input;
    let bytes = input.width as usize * input.height as usize * input.channels.count();
    for seed in 1..=2 {
        let mut random = fastrand::Rng::with_seed(seed);
        let pixels: Vec<u8> = (0..bytes).map(|_| random.u8(..)).collect();
        let mut run = || {
            session.load_resized(&pixels).map_err(model)?;
            session.run().map(|answer| Expected::of(&answer)).map_err(|error| {
                model(format!(
                    "{}: on an image of noise: {error}. If these are logits, say --activation; if scores of another \
                     scale, --range",
                    args.file.display()
                ))
            })
        };
        let (first, second) = (run()?, run()?);
        let off = first.difference(&second, models::expected::BOX_SCORE_MIN);
        if off.is_none_or(|off| off > models::references::TOLERANCE) {
            return Err(model(format!(
                "{}: the model gives another answer each time it sees the same image (a random node, or dropout \
                 left on); export it in evaluation mode",
                args.file.display()
            )));
        }
    }
    Ok(())
}

/// A session; errors name the file that was given, for the bundle is not there yet.
fn session(args: &ImportArgs, runtime: &Runtime, bundle: &Bundle) -> Result<Session, Error> {
    let session = Session::new(runtime, bundle, &SessionOptions::default());
    session.map_err(|error| model(error.of_file(&args.file)))
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
    let mut session = session(args, runtime, bundle)?;
    let channels = bundle.manifest().input.channels;
    let (mut references, mut off, mut worst) = (Vec::new(), Vec::new(), 0.0_f32);
    for (file, name) in files.iter().zip(images::reference_names(&files)?) {
        let image = images::loaded(file, channels)?;
        let view = images::view(&image, channels);
        let at = |error: &dyn std::fmt::Display| model(format!("{}: {error}", file.display()));
        session.preprocess(&view).map_err(|error| at(&error))?;
        let answer = session.run().map_err(|error| at(&error))?;
        let mut reference = Reference::of(name, &view, &answer);
        if let Some(answers) = &answers {
            let told = answers.expected(&images::name_of(file), &reference.expected)?;
            let difference = difference(answers, &told, &reference.expected);
            worst = worst.max(difference);
            if difference > args.tolerance {
                let name = images::name_of(file);
                let both = told_of_both(answers, &told, &reference.expected);
                off.push(format!("  {name}: off by {difference:.5}; {both}"));
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
    let made_by = answers.as_ref().map_or_else(
        || teaching::answered_by(runtime),
        |answers| answers.made_by.chars().take(64).collect(),
    );
    let bundle = bundle
        .add_references(&references, made_by)
        .map_err(|error| Error::new(ErrorKind::Storage, error))?;
    let id = teaching::accept(runtime, &SystemClock, &bundle).map_err(accept::made)?;
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

/// How far the model's answer lies from what the tool says.
fn difference(answers: &Answers, told: &Expected, found: &Expected) -> f32 {
    let mut ours = found.clone();
    // Ultralytics does not tell a box whose mask is empty; here it counts, to be safe.
    ours.detections.retain(|found| found.area > 0.0);
    let difference = told.difference(&ours, answers.score_min.max(0.1));
    difference.unwrap_or(f32::INFINITY)
}

fn told_of_both(answers: &Answers, told: &Expected, found: &Expected) -> String {
    let counted = found.detections.iter();
    let counted = counted.filter(|one| one.score >= answers.score_min);
    format!(
        "score {:.5} there, {:.5} here; {} boxes there, {} here",
        told.score,
        found.score,
        told.detections.len(),
        counted.count()
    )
}

fn print(args: &ImportArgs, imported: &Imported, bundle: &Bundle) {
    let Manifest { input, output, .. } = bundle.manifest();
    let sure = match imported.sureness {
        Sureness::Certain => "certain: the file says so itself",
        Sureness::Likely => "likely: the shapes are those of one",
        Sureness::Told => "as you say",
    };
    say!("{}: {} ({sure})", args.out.display(), imported.what);
    let fit = match input.fit {
        Fit::Stretch => "stretched".to_owned(),
        Fit::Letterbox { pad } => format!("letterbox with grey {pad}"),
        Fit::Crop { share } => format!("its middle ({:.0} % of the shorter side)", share * 100.0),
    };
    say!(
        "input     {} {}×{} {}, {fit}, (pixel / {} - {:?}) / {:?}",
        input.name,
        input.width,
        input.height,
        input.channels.name(),
        input.scale,
        input.mean,
        input.std
    );
    say!(
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
        say!("mended    {mended}");
    }
    for note in &imported.notes {
        say!("note      {note}");
    }
}

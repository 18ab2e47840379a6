//! A taught model as a bundle: written, given reference images, accepted on this machine.

use crate::clock::Clock;
use models::manifest::{Output, OutputKind, Provenance};
use models::runtime::Runtime;
use models::{
    Activation, Bundle, ImageView, Manifest, Place, Reference, Session, SessionOptions, Task,
    Taught, acceptance,
};
use std::fmt;
use std::path::Path;

/// Why there is no bundle.
#[derive(Debug)]
pub enum MakeError {
    /// The model does not run here, or not as it should.
    Model(String),
    /// The folder cannot be written.
    Storage(String),
}

impl fmt::Display for MakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (MakeError::Model(message) | MakeError::Storage(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for MakeError {}

/// An error whose words may name the folder in which a bundle is made before it is moved to its place.
pub trait NamesFolder {
    /// The same error with other words.
    #[must_use]
    fn reworded(self, reword: impl Fn(&str) -> String) -> Self;
}

impl NamesFolder for MakeError {
    fn reworded(self, reword: impl Fn(&str) -> String) -> Self {
        match self {
            MakeError::Model(message) => MakeError::Model(reword(&message)),
            MakeError::Storage(message) => MakeError::Storage(reword(&message)),
        }
    }
}

fn model(error: impl fmt::Display) -> MakeError {
    MakeError::Model(error.to_string())
}

/// What `model.toml` says besides what was taught.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Name of the model.
    pub name: String,
    /// Program and version, or person.
    pub made_by: String,
    /// Which images it was taught from.
    pub trained_on: String,
    /// Where in them it learnt to look.
    pub place: Place,
}

/// Makes a bundle beside its place, and moves it there when it is whole: whatever ends the program in between,
/// there is nothing at the place. What an ended program left beside it is removed. Errors name the place, not the
/// folder that is gone when they are read.
///
/// # Errors
/// Those of `make`, and `unwritten` when the folder cannot be moved.
pub fn whole<T, E: NamesFolder>(
    place: &Path,
    unwritten: impl Fn(std::io::Error) -> E,
    make: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<T, E> {
    let beside = |ending: &str| {
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        place.with_file_name(name)
    };
    let making = beside(".making");
    let clear = || {
        for folder in [&making, &beside(".making.part")] {
            // Absent, as a rule; what cannot be removed is told when it stands in the way.
            let _ = std::fs::remove_dir_all(folder);
        }
    };
    clear();
    let made = make(&making).and_then(|made| {
        let moved = std::fs::rename(&making, place).and_then(|()| {
            let parent = place.parent().filter(|parent| *parent != Path::new(""));
            std::fs::File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
        });
        moved.map(|()| made).map_err(unwritten)
    });
    made.map_err(|error| {
        clear();
        let [making, part] =
            [&making, &beside(".making.part")].map(|path| path.display().to_string());
        let place = place.display().to_string();
        error.reworded(|message| message.replace(&part, &place).replace(&making, &place))
    })
}

/// Writes the bundle of a taught model, all of it or nothing, and accepts it. Gives the acceptance's id.
///
/// # Errors
/// When the folder exists or cannot be written, or the model does not answer twice the same.
pub fn make(
    runtime: &Runtime,
    clock: &dyn Clock,
    folder: &Path,
    taught: &Taught,
    origin: Origin,
) -> Result<(Bundle, String), MakeError> {
    let input = &taught.input;
    let view = |pixels| ImageView {
        pixels,
        width: input.width,
        height: input.height,
        channels: input.channels,
    };
    let examples: Vec<(String, ImageView)> = taught
        .examples
        .iter()
        .map(|(name, pixels)| (name.clone(), view(pixels)))
        .collect();
    let storage = |error: &dyn fmt::Display| MakeError::Storage(error.to_string());
    if folder.exists() {
        return Err(storage(&format!(
            "{}: there is one already",
            folder.display()
        )));
    }
    let id = whole(
        folder,
        |error| storage(&error),
        |making| {
            let made = Bundle::create(making, &manifest(taught, origin, clock), &taught.model);
            let bundle = made.map_err(|error| storage(&error))?;
            let bundle = add_references(runtime, &bundle, &examples)?;
            accept(runtime, clock, &bundle)
        },
    )?;
    let bundle = Bundle::load(folder).map_err(|error| storage(&error))?;
    Ok((bundle, id))
}

fn manifest(taught: &Taught, origin: Origin, clock: &dyn Clock) -> Manifest {
    Manifest {
        name: origin.name,
        task: Task::Anomaly,
        sha256: String::new(),
        input: taught.input.clone(),
        output: Output {
            name: taught.output.to_owned(),
            kind: OutputKind::ScoreMap { score: None },
            activation: Activation::None,
            range: None,
            classes: vec!["anomaly".to_owned()],
            good: Vec::new(),
        },
        place: Some(origin.place),
        provenance: Provenance {
            made_by: origin.made_by,
            trained_on: format!("{}; {}", origin.trained_on, known(taught)),
            licence: "that of the images and of the backbone".to_owned(),
            created: now(clock).strftime("%Y-%m-%d").to_string(),
        },
        references: None,
    }
}

/// What is known of what it catches, for whoever gets the bundle.
fn known(taught: &Taught) -> String {
    let caught = taught.evidence.caught(taught.proposal.threshold);
    let (low, high) = caught.interval();
    match caught.of {
        0 => "no reviewed defects: what it catches is not known".to_owned(),
        of => format!(
            "at the proposed threshold it catches {} of {of} reviewed defects that were held out ({:.0} to {:.0} % of all, 95 %)",
            caught.count,
            low * 100.0,
            high * 100.0
        ),
    }
}

/// The wall time, as bundles, acceptances and tunings note it.
pub fn now(clock: &dyn Clock) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(clock.wall().0).unwrap_or_default()
}

/// Who gave the answers of reference images that were made here.
pub fn answered_by(runtime: &Runtime) -> String {
    format!("ONNX Runtime {}, CPUExecutionProvider", runtime.version())
}

/// Runs the images on the processor and keeps them with their answers.
///
/// # Errors
/// When one does not run, or the bundle has references or cannot be written.
pub fn add_references(
    runtime: &Runtime,
    bundle: &Bundle,
    images: &[(String, ImageView)],
) -> Result<Bundle, MakeError> {
    let mut session = Session::new(runtime, bundle, &SessionOptions::default()).map_err(model)?;
    let mut references = Vec::new();
    for (name, image) in images {
        let at = |error: &dyn fmt::Display| model(format!("{name}: {error}"));
        session.preprocess(image).map_err(|error| at(&error))?;
        let answer = session.run().map_err(|error| at(&error))?;
        references.push(Reference::of(name.clone(), image, &answer));
    }
    bundle
        .add_references(&references, answered_by(runtime))
        .map_err(|error| MakeError::Storage(error.to_string()))
}

/// Accepts a bundle that was just made here, without words, and gives the id.
///
/// # Errors
/// When it does not answer as it did a moment ago.
pub fn accept(runtime: &Runtime, clock: &dyn Clock, bundle: &Bundle) -> Result<String, MakeError> {
    let options = SessionOptions::default();
    let compared = acceptance::compare(runtime, bundle, &options).map_err(model)?;
    let at = now(clock).to_string();
    let accepted = acceptance::accept(runtime, bundle, &options, &compared, &at);
    accepted.map(|accepted| accepted.id).map_err(model)
}

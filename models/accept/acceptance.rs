//! Whether a model gives here the answers that it gave where it was made.
//!
//! A bundle is accepted for one version of ONNX Runtime, one provider with its device, version and precision,
//! and one kind of processor: its reference images are run and the answers compared: every score, every cell,
//! every box. What was found is kept in the bundle's folder `accepted`, one file each, whose hash is the
//! acceptance's id. The number of threads is no part of it: no answer changed by a single bit with it
//! (docs/guide/providers.md).

use crate::answer::RunError;
use crate::bundle::expected::{BOX_SCORE_MIN, Expected};
use crate::bundle::manifest::Manifest;
use crate::bundle::references::Reference;
use crate::bundle::tables::{Problems, Table, quoted};
use crate::bundle::{self, Bundle, BundleError};
use crate::image::InputError;
use crate::runtime::Runtime;
use crate::runtime::SessionOptions;
use crate::session::LoadError;
use crate::session::Session;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use toml::de::DeTable;

/// The folder within a bundle.
const FOLDER: &str = "accepted";
const BYTES_MAX: u64 = 16 << 10;

/// What one reference image showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Of the image.
    pub name: String,
    /// The score that it must have.
    pub expected: f32,
    /// The one it has.
    pub found: f32,
    /// The largest difference of any score, see [`Expected::difference`].
    pub difference: f32,
    /// The same between two runs on the same image.
    pub unsteadiness: f32,
}

/// That a model was found to answer as it should.
#[derive(Clone, Debug, PartialEq)]
pub struct Acceptance {
    /// Twelve hexadecimal digits.
    pub id: String,
    /// When, RFC 3339.
    pub accepted_at: String,
}

/// Runs the reference images of a bundle.
///
/// # Errors
/// When it has none, or it does not run.
pub fn compare(
    runtime: &Runtime,
    bundle: &Bundle,
    options: &SessionOptions,
) -> Result<Vec<Compared>, AcceptError> {
    let references = bundle.references().map_err(AcceptError::Bundle)?;
    let mut session = Session::new(runtime, bundle, options).map_err(AcceptError::Load)?;
    references
        .iter()
        .map(|reference| compare_one(&mut session, reference))
        .collect()
}

fn compare_one(session: &mut Session, reference: &Reference) -> Result<Compared, AcceptError> {
    let name = || reference.name.clone();
    let mut run = || {
        session
            .preprocess(&reference.view())
            .map_err(|error| AcceptError::Input {
                name: name(),
                error,
            })?;
        let answer = session.run().map_err(|error| AcceptError::Run {
            name: name(),
            error,
        })?;
        Ok(Expected::of(&answer))
    };
    let (first, second) = (run()?, run()?);
    let size = |answer: &Expected| (answer.map.len(), answer.classes.len());
    let differs = |other: &Expected| {
        let (expected, found) = (size(other), size(&first));
        first
            .difference(other, BOX_SCORE_MIN)
            .ok_or_else(|| AcceptError::Size {
                name: name(),
                expected,
                found,
            })
    };
    Ok(Compared {
        name: name(),
        expected: reference.expected.score,
        found: first.score,
        difference: differs(&reference.expected)?,
        unsteadiness: differs(&second)?,
    })
}

/// Whether every answer is as it should be, within the tolerance of the bundle.
pub fn is_same(compared: &[Compared], tolerance: f32) -> bool {
    let within = |one: &Compared| one.difference <= tolerance && one.unsteadiness <= tolerance;
    compared.iter().all(within)
}

/// Writes down that a bundle was accepted.
///
/// # Errors
/// When the bundle's folder cannot be written, or the answers are not the same.
pub fn accept(
    runtime: &Runtime,
    bundle: &Bundle,
    options: &SessionOptions,
    compared: &[Compared],
    at: &str,
) -> Result<Acceptance, AcceptError> {
    let tolerance = bundle
        .manifest()
        .references
        .as_ref()
        .map_or(0.0, |said| said.tolerance);
    if !is_same(compared, tolerance) {
        return Err(AcceptError::Different { tolerance });
    }
    let difference = compared
        .iter()
        .map(|one| one.difference)
        .fold(0.0, f32::max);
    let circumstances = circumstances(runtime, bundle.manifest(), options)
        .map_err(|message| AcceptError::Provider { message })?;
    let text = format!(
        "{circumstances}difference_max = {difference:?}\naccepted_at = {}\n",
        quoted(at)
    );
    let id = id_of(&text);
    let folder = bundle.folder().join(FOLDER);
    let failed = |path: &std::path::Path| {
        let path = path.to_owned();
        move |source| AcceptError::Bundle(BundleError::Write { path, source })
    };
    fs::create_dir_all(&folder).map_err(failed(&folder))?;
    let (path, part) = (
        folder.join(format!("{id}.toml")),
        folder.join(format!("{id}.part")),
    );
    bundle::write(&part, text.as_bytes()).map_err(failed(&part))?;
    fs::rename(&part, &path).map_err(failed(&path))?;
    Ok(Acceptance {
        id,
        accepted_at: at.to_owned(),
    })
}

/// The newest acceptance of this bundle for this library, provider and processor.
///
/// # Errors
/// When there is none, in words for the person who starts the station.
pub fn of(
    runtime: &Runtime,
    bundle: &Bundle,
    options: &SessionOptions,
) -> Result<Acceptance, NotAccepted> {
    let refused = |because: Option<String>| NotAccepted {
        bundle: bundle.folder().display().to_string(),
        has_references: bundle.manifest().references.is_some(),
        under: format!("{}, {}, {}", runtime.build(), options.label(), processor()),
        arguments: options.arguments(),
        because,
    };
    let wanted = circumstances(runtime, bundle.manifest(), options)
        .map_err(|message| refused(Some(message)))?;
    let entries = fs::read_dir(bundle.folder().join(FOLDER))
        .into_iter()
        .flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let read = files.filter_map(|path| {
        let text = String::from_utf8(bundle::read(&path, BYTES_MAX).ok()?).ok()?;
        let rest = text.strip_prefix(&wanted)?;
        let id = id_of(&text);
        let accepted_at = accepted_at(rest)?;
        (path.file_stem()?.to_str()? == id).then_some(Acceptance { id, accepted_at })
    });
    let newest = read.max_by(|a, b| a.accepted_at.cmp(&b.accepted_at));
    newest.ok_or_else(|| refused(None))
}

/// What an acceptance is for. The same text at its beginning means that it is for this. `Err` says what the
/// provider lacks here.
fn circumstances(
    runtime: &Runtime,
    manifest: &Manifest,
    options: &SessionOptions,
) -> Result<String, String> {
    runtime.check(options)?;
    let references = manifest.references.as_ref();
    Ok(format!(
        "model_sha256 = {}\nreferences_sha256 = {}\ntolerance = {:?}\nlibrary = {}\nprovider = {}\n\
         device = {}\nprecision = {}\nbehind = {}\nprocessor = {}\n",
        quoted(&manifest.sha256),
        quoted(references.map_or("", |said| &said.sha256)),
        references.map_or(0.0, |said| said.tolerance),
        quoted(&runtime.build()),
        quoted(options.provider.name()),
        quoted(options.provider.device()),
        quoted(options.precision.name()),
        quoted(&runtime.behind(options.provider)?),
        quoted(&processor()),
    ))
}

fn id_of(text: &str) -> String {
    bundle::hex(&Sha256::digest(text))[..12].to_owned()
}

fn accepted_at(rest: &str) -> Option<String> {
    let document = DeTable::parse(rest).ok()?;
    let mut problems = Problems::new(rest);
    let mut table = Table::document(&document);
    table.string("accepted_at", "a time", &mut problems, |text| {
        Some(text.to_owned())
    })
}

/// The kind of processor: other ones may add up in another order.
pub(crate) fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = line
        .and_then(|line| line.split_once(':'))
        .map(|(_, name)| name.trim());
    name.unwrap_or(std::env::consts::ARCH).to_owned()
}

/// Why a bundle was not accepted.
#[derive(Debug)]
pub enum AcceptError {
    /// Its files cannot be read or written, or are not those that `model.toml` names.
    Bundle(BundleError),
    /// It cannot be loaded.
    Load(LoadError),
    /// A reference image cannot go in.
    Input {
        /// Of the reference image, without ending.
        name: String,
        /// Why the model does not take it.
        error: InputError,
    },
    /// The model failed on one.
    Run {
        /// Of the reference image, without ending.
        name: String,
        /// What the model or its answer lacked.
        error: RunError,
    },
    /// Its answer has another size.
    Size {
        /// Of the reference image.
        name: String,
        /// Values of the map, and scores of classes.
        expected: (usize, usize),
        /// What the model gives here, in the same order.
        found: (usize, usize),
    },
    /// The provider cannot work here.
    Provider {
        /// What is missing, and what to do.
        message: String,
    },
    /// The answers differ.
    Different {
        /// What would be allowed.
        tolerance: f32,
    },
}

impl fmt::Display for AcceptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AcceptError::Bundle(error) => error.fmt(f),
            AcceptError::Load(error) => error.fmt(f),
            AcceptError::Input { name, error } => write!(f, "reference image {name}: {error}"),
            AcceptError::Run { name, error } => write!(f, "reference image {name}: {error}"),
            AcceptError::Size {
                name,
                expected,
                found,
            } => write!(
                f,
                "reference image {name}: expected a map of {} values and the scores of {} classes, the model gives {} \
                 and {}",
                expected.0, expected.1, found.0, found.1
            ),
            AcceptError::Provider { message } => f.write_str(message),
            AcceptError::Different { tolerance } => write!(
                f,
                "the model does not give here the answers that it gave where it was made: more than \
                 {tolerance} apart. Do not use it so on this machine; try another provider, precision or version \
                 of ONNX Runtime, or make the bundle anew"
            ),
        }
    }
}

impl std::error::Error for AcceptError {}

/// That nobody has shown that a model answers here as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAccepted {
    bundle: String,
    has_references: bool,
    under: String,
    /// Of the command that would accept it.
    arguments: String,
    /// What the provider lacks, where it cannot work here at all.
    because: Option<String>,
}

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            bundle,
            has_references,
            under,
            arguments,
            because,
        } = self;
        if let Some(because) = because {
            return f.write_str(because);
        }
        let first = if *has_references {
            ""
        } else {
            "it has no reference images yet: make them with `inspector model references`, where the model is \
             known to be right; then "
        };
        let separator = if arguments.is_empty() { "" } else { " " };
        write!(
            f,
            "the model was not accepted for {under}; {first}run `inspector model accept{separator}{arguments} {bundle}`"
        )
    }
}

impl std::error::Error for NotAccepted {}

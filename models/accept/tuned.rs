//! Which way of running a model is best on a machine: the candidates, the rule that chooses among them, and
//! the note of the choice in the bundle's folder `tuned`. Whoever measures has the clock; it is not here.

use super::acceptance::processor;
use crate::bundle::tables::{Problems, Table, quoted};
use crate::bundle::{self, Bundle, BundleError};
use crate::runtime::Runtime;
use crate::runtime::{Device, Precision, Provider, SessionOptions};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::path::PathBuf;
use toml::de::DeTable;

/// The folder within a bundle.
const FOLDER: &str = "tuned";
const BYTES_MAX: u64 = 16 << 10;
/// Most threads that a note may ask for.
const THREADS_MAX: u32 = 64;
/// Times that differ by less are the same: between two runs of the same trial they do.
const SAME_WITHIN: f64 = 0.1;

/// One way of running a model, and how it went.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Provider, precision and threads that were tried.
    pub options: SessionOptions,
    /// Why it may not be used here; `None` when it was accepted.
    pub rejected: Option<String>,
    /// Its slow answers after an idle gap, in milliseconds: the 99th percentile, or the slowest of fewer than
    /// a hundred.
    pub slow_ms: f64,
    /// What one run costs of all cores together, waiting and spinning included, in milliseconds.
    pub processor_ms: f64,
}

/// The trial to take: of those accepted, the one whose slow answers come soonest; of those as soon as that
/// within a tenth, the one that costs least of the processor; then the first.
pub fn best(trials: &[Trial]) -> Option<&Trial> {
    let accepted = || trials.iter().filter(|trial| trial.rejected.is_none());
    let soonest = accepted()
        .map(|trial| trial.slow_ms)
        .min_by(f64::total_cmp)?;
    accepted()
        .filter(|trial| trial.slow_ms <= soonest * (1.0 + SAME_WITHIN))
        .min_by(|a, b| a.processor_ms.total_cmp(&b.processor_ms))
}

/// Every way of running a model with this library on this machine, the simplest first, and for every provider
/// and device of the library that cannot work here the reason. `threads_max` is the number of cores.
pub fn candidates(
    runtime: &Runtime,
    threads_max: usize,
) -> (Vec<SessionOptions>, Vec<(Provider, String)>) {
    let (mut candidates, mut missing) = (Vec::new(), Vec::new());
    let providers = [
        Provider::Cpu,
        Provider::OpenVino(Device::Cpu),
        Provider::OpenVino(Device::Gpu),
        Provider::OpenVino(Device::Npu),
        Provider::Cuda,
        Provider::TensorRt,
    ];
    for provider in providers {
        // What the library was not built with is no candidate and no fault.
        if !runtime
            .providers()
            .iter()
            .any(|name| name == provider.name())
        {
            continue;
        }
        if let Err(reason) = runtime.behind(provider) {
            missing.push((provider, reason));
            continue;
        }
        let is_processor = matches!(provider, Provider::Cpu | Provider::OpenVino(Device::Cpu));
        for precision in provider.precisions() {
            for threads in threads_tried(if is_processor { threads_max } else { 1 }) {
                let options = SessionOptions {
                    provider,
                    precision: *precision,
                    threads,
                    ..SessionOptions::default()
                };
                if runtime.check(&options).is_ok() {
                    candidates.push(options);
                }
            }
        }
    }
    (candidates, missing)
}

/// Every number up to four, then ever larger steps, and all cores: the numbers between are not worth the wait.
fn threads_tried(max: usize) -> Vec<usize> {
    let steps = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48];
    let max = max.clamp(1, THREADS_MAX as usize);
    let mut tried: Vec<usize> = steps.into_iter().filter(|step| *step < max).collect();
    tried.push(max);
    tried
}

/// Notes the choice for this bundle, library and kind of processor, in place of an earlier one.
///
/// # Errors
/// When the bundle's folder cannot be written.
pub fn note(
    runtime: &Runtime,
    bundle: &Bundle,
    best: &Trial,
    at: &str,
) -> Result<PathBuf, BundleError> {
    let options = &best.options;
    let circumstances = circumstances(runtime, bundle);
    let text = format!(
        "{circumstances}provider = {}\ndevice = {}\nprecision = {}\nthreads = {}\nslow_ms = {:.3}\n\
         processor_ms = {:.3}\ntuned_at = {}\n",
        quoted(options.provider.key()),
        quoted(&options.provider.device().to_lowercase()),
        quoted(options.precision.name()),
        options.threads,
        best.slow_ms,
        best.processor_ms,
        quoted(at)
    );
    let path = file(bundle, &circumstances);
    let folder = bundle.folder().join(FOLDER);
    let part = path.with_extension("part");
    let failed = |source| BundleError::Write {
        path: path.clone(),
        source,
    };
    fs::create_dir_all(&folder).map_err(failed)?;
    bundle::write(&part, text.as_bytes()).map_err(failed)?;
    fs::rename(&part, &path).map_err(failed)?;
    Ok(path)
}

/// The choice noted for this bundle, library and kind of processor, if there is one.
///
/// # Errors
/// When the note cannot be read, or is none.
pub fn of(runtime: &Runtime, bundle: &Bundle) -> Result<Option<SessionOptions>, NoteError> {
    let circumstances = circumstances(runtime, bundle);
    let path = file(bundle, &circumstances);
    if !path.exists() {
        return Ok(None);
    }
    let wrong = |message: String| NoteError {
        path: path.clone(),
        message,
    };
    let bytes = bundle::read(&path, BYTES_MAX).map_err(|error| wrong(error.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    let rest = text
        .strip_prefix(&circumstances)
        .ok_or_else(|| wrong("it is for another model, library or processor".to_owned()))?;
    let document = DeTable::parse(rest).map_err(|error| wrong(error.message().to_owned()))?;
    let mut problems = Problems::new(rest);
    let options = chosen(&mut Table::document(&document), &mut problems);
    let found = problems.into_sorted();
    match (options, found.first()) {
        (Some(options), None) => Ok(Some(options)),
        (_, Some(problem)) => Err(wrong(problem.message.clone())),
        (None, None) => Err(wrong("it names no such provider".to_owned())),
    }
}

fn chosen(table: &mut Table, problems: &mut Problems) -> Option<SessionOptions> {
    let owned = |text: &str| Some(text.to_owned());
    let key = table.string("provider", "the name of a provider", problems, owned);
    let device = table.string(
        "device",
        "cpu, gpu, npu, auto or nothing",
        problems,
        |text| match text {
            "" => Some(Device::default()),
            name => Device::named(name),
        },
    );
    let precision = table.string("precision", "f32, bf16 or f16", problems, Precision::named);
    let threads = table.integer("threads", 1..=THREADS_MAX, problems);
    Some(SessionOptions {
        provider: Provider::named(&key?, device?)?,
        precision: precision?,
        threads: usize::try_from(threads?).ok()?,
        ..SessionOptions::default()
    })
}

/// What a choice is for.
fn circumstances(runtime: &Runtime, bundle: &Bundle) -> String {
    format!(
        "model_sha256 = {}\nlibrary = {}\nprocessor = {}\n",
        quoted(&bundle.manifest().sha256),
        quoted(&runtime.build()),
        quoted(&processor()),
    )
}

fn file(bundle: &Bundle, circumstances: &str) -> PathBuf {
    let id = &bundle::hex(&Sha256::digest(circumstances))[..12];
    bundle.folder().join(FOLDER).join(format!("{id}.toml"))
}

/// A note that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteError {
    path: PathBuf,
    message: String,
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}; delete it, or run `inspector model tune` again",
            self.path.display(),
            self.message
        )
    }
}

impl std::error::Error for NoteError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(threads: usize, slow_ms: f64, processor_ms: f64) -> Trial {
        Trial {
            options: SessionOptions {
                threads,
                ..SessionOptions::default()
            },
            rejected: None,
            slow_ms,
            processor_ms,
        }
    }

    fn threads_of(trials: &[Trial]) -> Option<usize> {
        best(trials).map(|trial| trial.options.threads)
    }

    #[test]
    fn all_cores_are_tried_and_not_every_number_below() {
        assert_eq!(threads_tried(1), [1]);
        assert_eq!(threads_tried(0), [1]);
        assert_eq!(threads_tried(2), [1, 2]);
        assert_eq!(threads_tried(10), [1, 2, 3, 4, 6, 8, 10]);
        assert_eq!(threads_tried(64).last(), Some(&64));
        assert_eq!(threads_tried(200).last(), Some(&64));
    }

    #[test]
    fn the_soonest_of_the_accepted_is_taken_and_never_one_that_was_rejected() {
        let mut trials = vec![
            trial(1, 40.0, 40.0),
            trial(2, 25.0, 44.0),
            trial(3, 12.0, 30.0),
        ];
        assert_eq!(threads_of(&trials), Some(3));
        trials[2].rejected = Some("answers differ".to_owned());
        assert_eq!(threads_of(&trials), Some(2));
        trials[0].rejected = Some("answers differ".to_owned());
        trials[1].rejected = Some("answers differ".to_owned());
        assert_eq!(threads_of(&trials), None);
        assert_eq!(threads_of(&[]), None);
    }

    #[test]
    fn of_equals_the_one_that_leaves_most_of_the_processor_is_taken_then_the_first() {
        let two_for_little = [trial(1, 26.0, 26.0), trial(2, 25.0, 50.0)];
        assert_eq!(threads_of(&two_for_little), Some(1));
        let two_for_much = [trial(1, 28.0, 28.0), trial(2, 25.0, 50.0)];
        assert_eq!(threads_of(&two_for_much), Some(2));
        let same = [trial(1, 25.0, 25.0), trial(2, 25.0, 25.0)];
        assert_eq!(threads_of(&same), Some(1));
    }
}

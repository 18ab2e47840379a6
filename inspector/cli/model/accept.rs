//! `inspector model accept` and `references`: a model answers here as it did where it was made.

use crate::cli::images;
use crate::clock::SystemClock;
use crate::control::teaching::bundle::{self as teaching, MakeError};
use crate::error::{Error, ErrorKind};
use models::acceptance::{self, Compared};
use models::runtime::Runtime;
use models::{Bundle, Device, ImageView, Precision, Provider, SessionOptions};
use std::path::PathBuf;

/// Arguments of `inspector model accept`.
#[derive(clap::Args)]
pub struct AcceptArgs {
    /// Folders with model.toml and model.onnx.
    #[arg(required = true)]
    bundles: Vec<PathBuf>,
    /// What is to compute: cpu, openvino, cuda or tensorrt.
    #[arg(long, default_value = "cpu")]
    provider: String,
    /// With openvino: cpu, gpu, npu or auto.
    #[arg(long, default_value = "cpu", value_parser = device)]
    device: Device,
    /// In which precision: f32, bf16 or f16; the provider's first unless given.
    #[arg(long, value_parser = precision)]
    precision: Option<Precision>,
}

fn device(name: &str) -> Result<Device, String> {
    Device::named(name).ok_or("expected cpu, gpu, npu or auto".to_owned())
}

fn precision(name: &str) -> Result<Precision, String> {
    Precision::named(name).ok_or("expected f32, bf16 or f16".to_owned())
}

impl AcceptArgs {
    fn options(&self) -> Result<SessionOptions, Error> {
        let provider = Provider::named(&self.provider, self.device);
        let provider = provider.ok_or_else(|| {
            let (names, found) = (Provider::NAMES, &self.provider);
            let message = format!("--provider: expected one of {names:?}, found {found:?}");
            Error::new(ErrorKind::Settings, message)
        })?;
        Ok(SessionOptions {
            provider,
            precision: self.precision.unwrap_or(provider.precisions()[0]),
            ..SessionOptions::default()
        })
    }
}

/// Arguments of `inspector model references`.
#[derive(clap::Args)]
pub struct ReferencesArgs {
    /// The bundle, which must have none yet.
    bundle: PathBuf,
    /// Folder of 3 to 20 images, good and bad, as the camera gives them.
    images: PathBuf,
}

fn model(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, error)
}

/// The time as RFC 3339.
pub fn now() -> String {
    teaching::now(&SystemClock).to_string()
}

/// Sorted by what to do about it.
pub fn made(error: MakeError) -> Error {
    let kind = match &error {
        MakeError::Model(_) => ErrorKind::Model,
        MakeError::Storage(_) => ErrorKind::Storage,
    };
    Error::new(kind, error)
}

/// Runs the reference images, prints the differences and writes down what was found.
pub fn accept(args: &AcceptArgs) -> Result<(), Error> {
    let options = args.options()?;
    let bundles = args.bundles.iter().map(|folder| Bundle::load(folder));
    let bundles: Vec<Bundle> = bundles.collect::<Result<_, _>>()?;
    let runtime = models::runtime::init(None)?;
    for bundle in &bundles {
        accept_one(runtime, bundle, &options)?;
    }
    Ok(())
}

fn accept_one(runtime: &Runtime, bundle: &Bundle, options: &SessionOptions) -> Result<(), Error> {
    let name = bundle.folder().display();
    let compared = acceptance::compare(runtime, bundle, options)
        .map_err(|error| Error::from(error).of(&name))?;
    let behind = runtime.behind(options.provider).map_err(model)?;
    say!(
        "{name}: ONNX Runtime {}, {}{}{behind}",
        runtime.version(),
        options.label(),
        if behind.is_empty() { "" } else { ", " }
    );
    say!(
        "  {:<20} {:>8} {:>8} {:>12} {:>12}",
        "image",
        "expected",
        "found",
        "off by",
        "from run to run"
    );
    for Compared {
        name,
        expected,
        found,
        difference,
        unsteadiness,
    } in &compared
    {
        say!("  {name:<20} {expected:>8.4} {found:>8.4} {difference:>12.6} {unsteadiness:>15.6}");
    }
    let accepted = acceptance::accept(runtime, bundle, options, &compared, &now());
    let accepted = accepted.map_err(|error| Error::from(error).of(&name))?;
    say!("  trained on: {}", bundle.manifest().provenance.trained_on);
    say!("  accepted: {}", accepted.id);
    Ok(())
}

/// Makes reference images of a folder of images, with the answers that the model gives now.
pub fn references(args: &ReferencesArgs) -> Result<(), Error> {
    let bundle = Bundle::load(&args.bundle)?;
    let runtime = models::runtime::init(None)?;
    let files = images::files(&args.images)?;
    let count = models::manifest::REFERENCE_COUNT;
    if !count.contains(&files.len()) {
        let (least, most) = (count.start(), count.end());
        let message = format!(
            "{}: expected {least} to {most} images, found {}",
            args.images.display(),
            files.len()
        );
        return Err(Error::new(ErrorKind::Settings, message));
    }
    let channels = bundle.manifest().input.channels;
    let loaded = images::all_loaded(&files, channels)?;
    let names = images::reference_names(&files)?.into_iter();
    let images: Vec<(String, ImageView)> = names.zip(images::views(&loaded, channels)).collect();
    teaching::add_references(runtime, &bundle, &images).map_err(made)?;
    say!(
        "{}: {} reference images",
        args.bundle.display(),
        images.len()
    );
    Ok(())
}

//! A model from elsewhere made a bundle: recognised, mended where it must be, and never guessed about.

mod asked;
mod blur;
mod boxes;
mod domains;
mod ends;
mod error;
mod expectation;
mod external;
mod facts;
mod feeding;
mod layout;
mod meaning;
mod mend;
/// What Ultralytics writes beside the graph.
mod metadata;
mod names;
mod plan;
mod read;
mod recognise;
mod rewrite;
mod trial;
mod ultralytics;

use crate::bundle::manifest::{Input, Output, Task};
use crate::runtime::Runtime;
use plan::Plan;
use prost::Message as _;
use rewrite::{Change, rewritten};
use std::path::Path;
use trial::Trial;

pub use asked::{Asked, Colour, HighIs, Layout, Normalisation, Preset};
pub use error::ImportError;
pub use recognise::Sureness;

/// A model that was understood.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What it is.
    pub what: String,
    /// How sure that is.
    pub sureness: Sureness,
    /// The graph with all its weights, as a file.
    pub model: Vec<u8>,
    /// For the manifest.
    pub task: Task,
    /// For the manifest.
    pub input: Input,
    /// For the manifest.
    pub output: Output,
    /// What was changed in the graph, in words.
    pub mended: Vec<String>,
    /// What should be known, in words.
    pub notes: Vec<String>,
    /// The program that wrote the file.
    pub made_by: String,
    /// What the file says of its licence.
    pub licence: Option<String>,
}

/// Understands a model's file: by what it says of itself, by its shapes, and by what it gives on images made up for it.
///
/// # Errors
/// When the file is broken or hostile, is for something else, leaves something open that was not said, or what was
/// said is not so.
pub fn import(runtime: &Runtime, file: &Path, asked: &Asked) -> Result<Imported, ImportError> {
    let (model, mut mended) = read::model(file)?;
    let facts = facts::facts(&model).map_err(ImportError::Unusable)?;
    let first = plan::plan(&facts, asked, None)?;
    let mut model = mend::for_station(model, &facts, &first, runtime, &mut mended)?;
    let trial = Trial::of(runtime, &model, &first)?;
    let mut plan = plan::plan(&trial.seen(&facts), asked, Some(&trial))?;
    trial.check(&mut plan, asked.layout.is_some())?;
    boxes::put_behind(&mut model, &plan, &mut mended);
    mend::name_ports(&mut model, &mut plan, &mut mended);
    let changes: [Change; 2] = [blur::split, expectation::shorten];
    let model = changes.into_iter().fold(model, |model, change| {
        let input = &plan.feeding.input.name;
        rewritten(model, input, change, runtime, &mut mended)
    });
    let producer = [&model.producer_name, &model.producer_version]
        .map(|text| text.clone().unwrap_or_default());
    let described = facts.metadata.get("description");
    let made_by = described
        .cloned()
        .unwrap_or_else(|| producer.join(" ").trim().to_owned());
    let Plan {
        what,
        sureness,
        task,
        feeding,
        output,
        notes,
        ..
    } = plan;
    Ok(Imported {
        what,
        sureness,
        model: model.encode_to_vec(),
        task,
        input: feeding.input,
        output,
        mended,
        notes,
        made_by,
        licence: facts.metadata.get("license").cloned(),
    })
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

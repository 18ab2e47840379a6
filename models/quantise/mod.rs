//! 8-bit whole numbers in place of `f32`, where a network spends its time: convolutions and products with constants.
//!
//! Post-training static quantisation (Jacob et al. 2018) in ONNX's own form, pairs of `QuantizeLinear` and
//! `DequantizeLinear`, which a provider runs as whole-number arithmetic where it can and as written where not.
//! Activations have 8 bits between the least and the most that was seen on given images; weights have 7 bits and a
//! scale per output channel. (With 8, processors without VNNI add up in 16 bits that do not suffice, and answer
//! otherwise than those that have it.) What a network ends in stays `f32`: its last convolutions and all that is
//! behind them.

mod fold;
mod plan;
mod ranges;
mod rewrite;

pub(crate) use plan::Plan;
pub(crate) use ranges::Ranges;

use crate::bundle::Bundle;
use crate::image::{ImageView, InputError};
use crate::onnx::Model;
use crate::runtime::Runtime;
use crate::runtime::SessionOptions;
use crate::session::Session;
use crate::session::network::{Array, Network};
use prost::Message as _;
use std::fmt;

/// The lowest version of the standard operators whose weights can have a scale per channel.
const OPSET_MIN: i64 = 13;

/// A graph in whole numbers.
#[derive(Clone, Debug)]
pub struct Quantised {
    /// The bytes of the new `model.onnx`.
    pub model: Vec<u8>,
    /// Convolutions and products that became whole numbers.
    pub nodes: usize,
    /// All that there are.
    pub of: usize,
}

/// Why a graph stays as it is.
#[derive(Debug)]
pub enum QuantiseError {
    /// It cannot be done to this graph.
    Graph(String),
    /// An image cannot go in.
    Image {
        /// Index into those given.
        index: usize,
        /// Why the model does not take it.
        error: InputError,
    },
    /// It does not run.
    Run(String),
}

impl fmt::Display for QuantiseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QuantiseError::Graph(message) => f.write_str(message),
            QuantiseError::Image { index, error } => write!(f, "image {}: {error}", index + 1),
            QuantiseError::Run(message) => write!(f, "run the model: {message}"),
        }
    }
}

impl std::error::Error for QuantiseError {}

/// Quantises the graph of a bundle. `images` show it what is usual: some dozen, with defects among them.
///
/// # Errors
/// When the graph has no convolution that gains by it, or an image cannot go in.
pub fn quantise(
    runtime: &Runtime,
    bundle: &Bundle,
    images: &[ImageView],
) -> Result<Quantised, QuantiseError> {
    let run = |error: &dyn fmt::Display| QuantiseError::Run(error.to_string());
    let model = fold::transposes(Model::parse(bundle.model()).map_err(QuantiseError::Graph)?);
    let plan = planned(&model)?;
    let options = SessionOptions::default();
    // Only brings images into the model's input.
    let mut session = Session::new(runtime, bundle, &options).map_err(|error| run(&error))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let watching = plan.watching(&model).encode_to_vec();
    let mut network = Network::new(runtime, &watching, threads).map_err(|error| run(&error))?;
    let input = &bundle.manifest().input;
    let shape = [
        1,
        input.channels.count(),
        input.height as usize,
        input.width as usize,
    ];
    let mut ranges = Ranges::default();
    for (index, image) in images.iter().enumerate() {
        session
            .preprocess(image)
            .map_err(|error| QuantiseError::Image { index, error })?;
        session.run().map_err(|error| run(&error))?;
        let array = Array {
            shape: shape.to_vec(),
            values: session.input().to_vec(),
        };
        ranges
            .look(&mut network, &plan, (&input.name, &array))
            .map_err(QuantiseError::Run)?;
    }
    let quantised = plan
        .rewrite(&model, &ranges)
        .map_err(QuantiseError::Graph)?;
    Ok(Quantised {
        model: quantised.encode_to_vec(),
        nodes: plan.count(),
        of: plan.total(),
    })
}

/// What becomes whole numbers, where anything does.
fn planned(model: &Model) -> Result<Plan, QuantiseError> {
    let opset = model.opset();
    if opset < OPSET_MIN {
        return Err(QuantiseError::Graph(format!(
            "expected operators of version {OPSET_MIN} or newer, found {opset}; export it again with \
             opset_version={OPSET_MIN} or more"
        )));
    }
    let plan = Plan::of(model);
    if plan.count() == 0 {
        return Err(QuantiseError::Graph(
            "expected convolutions in f32 that lead to others, or products with constants; found none that would gain"
                .to_owned(),
        ));
    }
    Ok(plan)
}

#[cfg(test)]
mod tests;

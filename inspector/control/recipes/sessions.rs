//! How each model of a station runs: on which provider, by whose choice, accepted under which id.

use crate::control::loaded::Loaded;
use crate::error::Error;
use crate::settings::StationSettings;
use crate::settings::station::InspectSettings;
use models::runtime::Runtime;
use models::{Assignment, Bundle, SessionOptions, acceptance, tuned};
use std::collections::BTreeMap;

/// How much of each model its provider runs, by the model's name.
pub type Assignments = BTreeMap<String, Assignment>;

/// The way one model runs.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Provider, precision and threads.
    pub options: SessionOptions,
    /// Whether `inspector model tune` chose it, and not the settings.
    pub is_tuned: bool,
    /// Id of its acceptance.
    pub acceptance: String,
}

/// How one model runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelInfo {
    /// Name of its bundle.
    pub name: String,
    /// What computes, e.g. `OpenVINO on CPU`.
    pub provider: String,
    /// With which numbers: `f32`, `bf16`, `f16`.
    pub precision: &'static str,
    /// Whether its graph runs in 8-bit whole numbers where it spends its time, and only the rest in `precision`.
    pub is_quantised: bool,
    /// Threads of one run.
    pub threads: usize,
    /// Nodes of its graph.
    pub nodes: usize,
    /// Nodes that the provider left to the processor.
    pub nodes_fallen_back: usize,
    /// Kinds of those nodes, as ONNX names them.
    pub operators_fallen_back: Vec<String>,
    /// Whether it was tuned to run so, and not set.
    pub is_tuned: bool,
    /// Id of the acceptance.
    pub acceptance: String,
}

/// The way a bundle runs, and whether it was tuned to.
///
/// # Errors
/// When what was tuned cannot be read.
pub fn options(
    inspect: &InspectSettings,
    runtime: &Runtime,
    bundle: &Bundle,
) -> Result<(SessionOptions, bool), Error> {
    let tuned = match &inspect.provider {
        Some(_) => None,
        None => tuned::of(runtime, bundle)?,
    };
    let is_tuned = tuned.is_some();
    Ok((inspect.options(tuned), is_tuned))
}

/// The way a bundle runs, if somebody showed it to answer so as it should.
///
/// # Errors
/// When it was not accepted so on this machine.
pub fn choose(
    inspect: &InspectSettings,
    runtime: &Runtime,
    bundle: &Bundle,
) -> Result<Chosen, Error> {
    let (options, is_tuned) = options(inspect, runtime, bundle)?;
    let accepted = acceptance::of(runtime, bundle, &options)?;
    Ok(Chosen {
        options,
        is_tuned,
        acceptance: accepted.id,
    })
}

/// Settles how each model runs, and refuses models that nobody showed to answer so as they should.
///
/// # Errors
/// All of them at once.
pub fn settle(
    settings: &StationSettings,
    loaded: &mut Loaded,
    runtime: &Runtime,
) -> Result<(), Error> {
    let mut problems = Vec::new();
    for (name, bundle) in &loaded.bundles {
        match choose(&settings.inspect, runtime, bundle) {
            Ok(chosen) => drop(loaded.chosen.insert(name.clone(), chosen)),
            Err(error) => problems.push(error.of(format_args!("model {name}"))),
        }
    }
    Error::none_of(problems, ())
}

/// How one model runs, and how much of it on its provider.
pub fn info(name: &str, bundle: &Bundle, chosen: &Chosen, assignment: &Assignment) -> ModelInfo {
    let kinds = assignment.operators_elsewhere.iter();
    ModelInfo {
        name: name.to_owned(),
        provider: chosen.options.provider.to_string(),
        precision: chosen.options.precision.name(),
        is_quantised: bundle.is_quantised(),
        threads: chosen.options.threads,
        nodes: assignment.nodes(),
        nodes_fallen_back: assignment.nodes_elsewhere,
        operators_fallen_back: kinds.map(|(kind, _)| kind.clone()).collect(),
        is_tuned: chosen.is_tuned,
        acceptance: chosen.acceptance.clone(),
    }
}

/// One line a model: how it runs, and by whose choice.
pub fn models(loaded: &Loaded, assignments: &Assignments) -> Vec<String> {
    let of_model = |(name, chosen): (&String, &Chosen)| {
        let nodes = assignments.get(name).cloned().unwrap_or_default();
        let is_quantised = loaded.bundles.get(name).is_some_and(Bundle::is_quantised);
        let by = if chosen.is_tuned {
            "tuned"
        } else {
            "by the settings"
        };
        format!(
            "{name}: {} ({by}), {nodes}",
            chosen.options.told(is_quantised)
        )
    };
    loaded.chosen.iter().map(of_model).collect()
}

/// Whether what decides runs before other programs, and why not.
pub fn priority(inspect: &InspectSettings) -> &'static str {
    match (inspect.is_real_time(), inspect.real_time) {
        (true, _) => "real-time: what decides runs before all other programs",
        (false, false) => "normal, by the settings",
        (false, true) if !inspect.has_room() => {
            "normal: inspect.threads times inspect.model_threads are more than the processors here, so other \
             programs can delay verdicts (docs/guide/install.md)"
        }
        (false, true) => {
            "normal: this system allows no real-time priority, so other programs can delay verdicts \
             (docs/guide/install.md says how to allow it)"
        }
    }
}

//! How each model of a station runs: on which provider, by whose choice, accepted under which id.

use super::wiring::Loaded;
use crate::pipeline::handle::ModelInfo;
use crate::settings::StationSettings;
use models::runtime::Runtime;
use models::{Assignment, SessionOptions, acceptance, tuned};
use std::collections::BTreeMap;

/// How much of each model its provider runs, by the model's name.
pub type Assignments = BTreeMap<String, Assignment>;

/// The way one model runs.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The way.
    pub options: SessionOptions,
    /// Whether `inspector model tune` chose it, and not the settings.
    pub is_tuned: bool,
    /// Id of its acceptance.
    pub acceptance: String,
}

/// Settles how each model runs, and refuses models that nobody showed to answer so as they should.
pub fn settle(
    settings: &StationSettings,
    loaded: &mut Loaded,
    runtime: &Runtime,
) -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    for (name, bundle) in &loaded.bundles {
        let tuned = match &settings.inspect.provider {
            Some(_) => None,
            None => match tuned::of(runtime, bundle) {
                Ok(tuned) => tuned,
                Err(error) => {
                    problems.push(format!("model {name}: {error}"));
                    continue;
                }
            },
        };
        let is_tuned = tuned.is_some();
        let options = settings.inspect.options(tuned);
        match acceptance::of(runtime, bundle, &options) {
            Ok(found) => {
                let acceptance = found.id;
                let chosen = Chosen {
                    options,
                    is_tuned,
                    acceptance,
                };
                loaded.chosen.insert(name.clone(), chosen);
            }
            Err(error) => problems.push(format!("model {name}: {error}")),
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// For the page: how each model runs, and how much of it on its provider.
pub fn infos(loaded: &Loaded, assignments: &Assignments) -> Vec<ModelInfo> {
    let infos = loaded.chosen.iter().map(|(name, chosen)| {
        let assignment = assignments.get(name).cloned().unwrap_or_default();
        let kinds = assignment.operators_elsewhere.iter();
        ModelInfo {
            name: name.clone(),
            provider: chosen.options.provider.to_string(),
            precision: chosen.options.precision.name(),
            threads: chosen.options.threads,
            nodes: assignment.nodes(),
            nodes_fallen_back: assignment.nodes_elsewhere,
            operators_fallen_back: kinds.map(|(kind, _)| kind.clone()).collect(),
            is_tuned: chosen.is_tuned,
            acceptance: chosen.acceptance.clone(),
        }
    });
    infos.collect()
}

/// For the terminal: one line a model.
pub fn print(loaded: &Loaded, assignments: &Assignments) {
    for (name, chosen) in &loaded.chosen {
        let nodes = assignments.get(name).cloned().unwrap_or_default();
        println!(
            "session    {name}: {} ({}), {nodes}",
            chosen.options,
            if chosen.is_tuned {
                "tuned"
            } else {
                "by the settings"
            }
        );
    }
}

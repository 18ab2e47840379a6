//! What was recognised and what was said, put together; and what is still open.

use super::feeding::{Feeding, feeding};
use super::meaning::meaning;
use super::recognise::{self, Facts, Guess, Port, Sureness};
use super::{Asked, ImportError};
use crate::bundle::manifest::{Output, Task};

/// Everything that a manifest says of a graph.
pub(crate) struct Plan {
    pub(crate) what: String,
    pub(crate) sureness: Sureness,
    pub(crate) task: Task,
    pub(crate) feeding: Feeding,
    pub(crate) output: Output,
    pub(crate) notes: Vec<String>,
}

/// Flags that are still needed, with the reason of each.
pub(crate) type Missing = Vec<(&'static str, String)>;

pub(crate) fn plan(facts: &Facts, asked: &Asked) -> Result<Plan, ImportError> {
    let mut guess = guess(facts, asked)?;
    let mut missing = Missing::new();
    let mut notes = Vec::new();
    let feeding = feeding(&facts.input, asked, &guess, &mut missing)?;
    let output = meaning(facts, asked, &mut guess, &mut missing, &mut notes)?;
    let what = format!("{} ({})", guess.what, sureness_text(guess.sureness));
    if !missing.is_empty() {
        return Err(ImportError::Open { what, missing });
    }
    let (Some(feeding), Some(output)) = (feeding, output) else {
        return Err(ImportError::Unusable(format!(
            "{what}: it is not clear how it is fed"
        )));
    };
    Ok(Plan {
        what: guess.what,
        sureness: guess.sureness,
        task: guess.task,
        feeding,
        output,
        notes,
    })
}

fn guess(facts: &Facts, asked: &Asked) -> Result<Guess, ImportError> {
    let outputs = || {
        facts
            .outputs
            .iter()
            .map(Port::told)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let unusable = |message: String| ImportError::Unusable(message);
    let found = recognise::guess(facts).map_err(unusable)?;
    let is_kept = |guess: &Guess| {
        asked.task.is_none_or(|task| task == guess.task)
            && asked
                .output
                .as_ref()
                .is_none_or(|output| *output == guess.output)
    };
    if let Some(guess) = found.filter(is_kept) {
        return Ok(guess);
    }
    let port = match &asked.output {
        Some(name) => facts
            .outputs
            .iter()
            .find(|port| port.name == *name)
            .ok_or_else(|| {
                unusable(format!(
                    "--output {name}: it has no such output; found {}",
                    outputs()
                ))
            })?,
        None if facts.outputs.len() == 1 => &facts.outputs[0],
        None => {
            return Err(ImportError::Open {
                what: format!(
                    "a model with {} outputs: {}",
                    facts.outputs.len(),
                    outputs()
                ),
                missing: vec![("--output NAME", "which of them is read".to_owned())],
            });
        }
    };
    let guess = recognise::as_told(facts, port, asked.task).ok_or_else(|| {
        unusable(format!(
            "not recognised: input {}, outputs {}. Expected an image in, and out: a map (batch × classes × \
             height × width), scores of classes (batch × classes), boxes (with --task detect) or a score (with \
             --task anomaly); or an export of Anomalib or Ultralytics",
            facts.input.told(),
            outputs()
        ))
    })?;
    let sureness = if asked.task.is_some() {
        Sureness::Told
    } else {
        guess.sureness
    };
    Ok(Guess { sureness, ..guess })
}

fn sureness_text(sureness: Sureness) -> &'static str {
    match sureness {
        Sureness::Certain => "certain",
        Sureness::Likely => "likely, by its shapes",
        Sureness::Told => "as you say",
    }
}

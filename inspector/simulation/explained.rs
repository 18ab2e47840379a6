//! Law 6: a result can be explained, by what is true.

use super::laws::{Checked, Law, broken};
use super::unrecorded;
use super::versions::{model_behind, thresholds};
use super::world::{FrameOutcome, ModelOutcome, Part, Truth, UNKNOWN, World};
use crate::station::result::PartResult;
use crate::station::time::Instant;
use crate::station::verdict::{Cause, Verdict};

/// Law 6: a result can be explained.
pub fn explained(world: &World, truth: &Truth, index: usize, result: &PartResult) -> Checked {
    let part = &truth.parts[index];
    let wrong = |details: String| Err(broken(world, Law::Explained, Some(index), details));
    if (result.verdict == Verdict::Pass) != result.cause.is_none() {
        return wrong(format!(
            "{:?} with the cause {:?}",
            result.verdict, result.cause
        ));
    }
    if result.recipe.is_some() != (part.style != UNKNOWN) {
        return wrong(format!("its recipe is {:?}", result.recipe));
    }
    judged_as_announced(world, truth, index, result)?;
    for view in &result.views {
        if view.score.is_some() && (view.thresholds.is_none() || view.block_id.is_none()) {
            return wrong(format!(
                "view {} was scored without thresholds or frame",
                view.view
            ));
        }
        if view
            .device_timestamp_ns
            .is_some_and(|stamp| stamp != index as u64)
        {
            return wrong(format!(
                "view {} shows P{:?}",
                view.view, view.device_timestamp_ns
            ));
        }
    }
    match result.cause {
        Some(cause) if !fits(world, truth, index, cause) => {
            wrong(format!("nothing explains the cause {}", cause.name()))
        }
        _ => Ok(()),
    }
}

/// A part is judged by the version that it was announced with: its models, and its thresholds.
fn judged_as_announced(world: &World, truth: &Truth, index: usize, result: &PartResult) -> Checked {
    let part = &truth.parts[index];
    let Some(recipe) = result.recipe else {
        return Ok(());
    };
    let wrong = |details: String| Err(broken(world, Law::Explained, Some(index), details));
    let version = recipe.version;
    if part.announced_with.is_some_and(|with| with != version) {
        return wrong(format!(
            "announced with version {:?}, judged by {version}",
            part.announced_with
        ));
    }
    let model = truth.versions.model_of(part.style, version);
    for view in &result.views {
        let found = view.score.map(model_behind);
        if found.is_some() && found != model {
            return wrong(format!(
                "view {} of version {version}: expected the model of {model:?}, found that of {found:?}",
                view.view
            ));
        }
        if view
            .thresholds
            .is_some_and(|found| found != thresholds(version))
        {
            return wrong(format!(
                "view {} of version {version} was judged by {:?}",
                view.view, view.thresholds
            ));
        }
    }
    Ok(())
}

/// Whether the cause is one that the injected faults can lead to.
fn fits(world: &World, truth: &Truth, index: usize, cause: Cause) -> bool {
    let (scenario, part) = (&world.scenario, &truth.parts[index]);
    let has = |outcome: FrameOutcome| part.shots.iter().any(|shot| shot.frame == outcome);
    let says = |outcome: ModelOutcome| part.shots.iter().any(|shot| shot.model == outcome);
    let is_away = scenario.camera_gone_ms.is_some();
    let is_disturbed = scenario.has_stalls || scenario.has_bursts || scenario.slow_percent > 0;
    let leads = scenario.camera_leads;
    let is_start = scenario.killed_at_ms.is_some();
    match cause {
        Cause::Defect => part.is_defective,
        Cause::Uncertain | Cause::ShutDown => false,
        Cause::LogFull => {
            let to = part.act_at + scenario.budget.act_late_max();
            unrecorded::may_reject(scenario, part.at, to)
        }
        Cause::Deadline => {
            is_disturbed
                || is_start
                || is_away
                || has(FrameOutcome::Lost)
                || has(FrameOutcome::Damaged)
        }
        // Beside a guessed time a part may look too close.
        Cause::Overrun => {
            let is_first = part.at.since(Instant::default()) <= scenario.budget.pitch_min();
            is_disturbed || is_away || is_start || is_first || is_beside_guess(truth, index, leads)
        }
        Cause::FrameLost => {
            has(FrameOutcome::Lost)
                || has(FrameOutcome::Damaged)
                || is_away
                || is_disturbed
                || is_start
        }
        Cause::FrameIncomplete => scenario.incomplete_percent > 0,
        Cause::FrameAmbiguous => is_disturbed,
        Cause::CameraGone => is_away,
        Cause::UnknownStyle => part.style == UNKNOWN,
        Cause::ModelError => says(ModelOutcome::Fails),
        Cause::ModelOutput => says(ModelOutcome::Nan),
        Cause::EjectorFault => part.is_refused,
        // Of lines with encoders, PLCs and readers, which `line` simulates.
        Cause::NoIdentity
        | Cause::NotAcknowledged
        | Cause::TriggerMissed
        | Cause::PositionLost
        | Cause::LineFault => false,
        // Of views that align, which the simulator's scorers do not.
        Cause::NotAligned => false,
    }
}

/// Where a camera leads, the time of a damaged frame is a guess, and so are those of the lost ones
/// around it: its neighbours may look too close.
pub fn is_beside_guess(truth: &Truth, index: usize, leads: bool) -> bool {
    let is_whole = |part: &Part| part.shots[0].frame == FrameOutcome::Whole;
    let before = truth.parts[..index]
        .iter()
        .rev()
        .take_while(|part| !is_whole(part));
    let after = truth.parts[index + 1..]
        .iter()
        .take_while(|part| !is_whole(part));
    let mut guessed = before.chain(after).chain(&truth.parts[index..=index]);
    leads && guessed.any(|part| part.shots[0].frame == FrameOutcome::Damaged)
}

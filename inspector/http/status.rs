//! The state of the station, and parts as they leave.

use super::challenge::challenge;
use super::dto::{
    AccessStatus, AcknowledgedAlarm, Agreement, Alarm, BudgetStatus, CameraStatus, Counts,
    JobStatus, ModelStatus, ModelUseStatus, PartSummary, QueueStatus, RecipeStatus,
    RecipeViewStatus, StageStatus, StationStatus, StorageStatus, Truth, ViewSummary, WhenFullName,
};
use super::extract::Json;
use super::{App, JsonReply};
use crate::control::handle::{Handle, LeftPart};
use crate::control::recipes::{KeptModel, ModelUse};
use crate::queue::WhenFull;
use crate::results::result_id;
use crate::station::verdict::{Score, Verdict};
use crate::telemetry::board;
use axum::extract::State;
use std::sync::atomic::Ordering;

/// A score with the digits it has: 0.45, not 0.44999998807907104.
pub(super) fn readable(score: Score) -> f64 {
    let text = score.get().to_string();
    text.parse().unwrap_or(f64::from(score.get()))
}

/// The state of the station.
#[utoipa::path(get, path = "/api/status", responses((status = 200, body = StationStatus)))]
pub async fn get_status(State(app): State<App>) -> JsonReply<StationStatus> {
    Ok(Json(status(&app)))
}

/// A part that has just left, before its row is durable.
pub(super) fn summary(handle: &Handle, part: &LeftPart) -> PartSummary {
    let result = &part.result;
    let job = handle.info().job;
    let recipe = result.recipe.and_then(|reference| {
        let recipes = handle.recipes().in_use();
        recipes.get(usize::from(reference.index)).cloned()
    });
    let is_rejected = result.verdict != Verdict::Pass;
    let views = recipe.map_or(Vec::new(), |recipe| {
        let names = recipe.views.iter().map(|view| ViewSummary {
            name: view.name.clone(),
            // Stored a moment later; the page of the part says what became of it.
            has_image: is_rejected,
        });
        names.collect()
    });
    PartSummary {
        id: Some(result_id(job, result.part_no)),
        job: job.0 as i64,
        part_no: result.part_no.0 as i64,
        part_id: result.part_id.to_string(),
        style: result.style.map(|style| style.to_string()),
        verdict: result.verdict,
        cause: result.cause,
        disposition: result.disposition,
        score: result.score.map(readable),
        defect: part.defect.clone(),
        triggered_at_us: result.triggered_at.0,
        decided_after_us: result.decided_after_us.map(i64::from),
        acted_after_us: i64::from(result.acted_after_us),
        identity: Some(result.identity),
        lane: handle
            .recipes()
            .lanes()
            .get(result.lane)
            .map(|lane| lane.name.to_string()),
        lane_by: Some(result.lane_by.name().to_owned()),
        lane_rule: result.lane_by.rule().map(i64::from),
        acknowledged_after_us: result.acknowledged_after_us.map(i64::from),
        confirm: result.confirm,
        confirmed_after_us: result.confirmed_after_us.map(i64::from),
        challenge: result.challenge,
        views,
        truth: part.truth.as_ref().map(|truth| Truth {
            is_defective: truth.is_defective,
            defect: truth.defect.clone(),
        }),
        review: None,
    }
}

fn counts(handle: &Handle) -> Counts {
    let parts = &handle.stats().counts;
    Counts {
        parts: parts.parts.get(),
        pass: parts.pass.get(),
        fail: parts.fail.get(),
        not_decided: parts.not_decided.get(),
        rejected: parts.rejected.get(),
        deadline_misses: parts.deadline_misses.get(),
        late_verdicts: parts.late_verdicts.get(),
        images_dropped: parts.images_dropped.get(),
        gaps: parts.gaps.get(),
    }
}

fn alarms(handle: &Handle) -> Vec<Alarm> {
    handle.alarms().into_iter().map(shown_alarm).collect()
}

/// An alarm as the API shows it.
pub(super) fn shown_alarm(alarm: board::Alarm) -> Alarm {
    let entry = alarm.code.entry();
    Alarm {
        code: alarm.code,
        severity: entry.severity,
        meaning: entry.meaning.into(),
        remedy: entry.remedy.into(),
        subject: alarm.subject,
        message: alarm.message,
        began_us: alarm.began.0,
        last_seen_us: alarm.last_seen.0,
        ended_us: alarm.ended.map(|at| at.0),
        count: alarm.count,
        acknowledged: alarm.acknowledged.map(|seen| AcknowledgedAlarm {
            by: seen.by,
            at_us: seen.at.0,
        }),
    }
}

fn cameras(handle: &Handle) -> Vec<CameraStatus> {
    let infos = handle.info().cameras.iter();
    let cameras = infos.zip(&handle.stats().cameras).map(|(info, counted)| {
        let is_connected = counted.is_connected.load(Ordering::Relaxed);
        CameraStatus {
            name: info.name.clone(),
            kind: info.kind.to_owned(),
            is_connected,
            width: info.shape.width,
            height: info.shape.height,
            pixel_format: info.shape.pixel_format.name().to_owned(),
            frames: counted.frames.get(),
            lost: counted.lost.get(),
            incomplete: counted.incomplete.get(),
            reopened: counted.reopened.get(),
            message: (!is_connected).then(|| "not connected".to_owned()),
        }
    });
    cameras.collect()
}

fn recipes(handle: &Handle) -> Vec<RecipeStatus> {
    let cameras = &handle.info().cameras;
    let recipes = handle
        .recipes()
        .in_use()
        .into_iter()
        .map(|recipe| RecipeStatus {
            style: recipe.style.to_string(),
            version: recipe.version,
            model: recipe
                .views
                .first()
                .map_or(String::new(), |view| view.model.clone()),
            views: recipe
                .views
                .iter()
                .map(|view| RecipeViewStatus {
                    name: view.name.clone(),
                    camera: cameras
                        .get(usize::from(view.camera))
                        .map_or(String::new(), |camera| camera.name.clone()),
                    reject_above: readable(view.thresholds.reject_above()),
                    accept_below: readable(view.thresholds.accept_below()),
                })
                .collect(),
        });
    recipes.collect()
}

fn models(handle: &Handle) -> Vec<ModelStatus> {
    let used = |used: ModelUse| ModelUseStatus {
        style: used.style.to_string(),
        view: used.view,
        from_version: used.from_version,
        to_version: used.to_version,
    };
    let models = handle
        .recipes()
        .models()
        .into_iter()
        .map(|KeptModel { info, used_by }| ModelStatus {
            name: info.name,
            provider: info.provider,
            precision: info.precision.to_owned(),
            is_quantised: info.is_quantised,
            threads: info.threads,
            nodes: info.nodes,
            nodes_fallen_back: info.nodes_fallen_back,
            operators_fallen_back: info.operators_fallen_back,
            is_tuned: info.is_tuned,
            acceptance: info.acceptance,
            used_by: used_by.into_iter().map(used).collect(),
        });
    models.collect()
}

fn queues(handle: &Handle) -> Vec<QueueStatus> {
    let queues = handle.gauges().iter().map(|gauge| QueueStatus {
        name: gauge.name.to_owned(),
        depth: gauge.depth(),
        bound: gauge.bound,
        high_water: gauge.high_water(),
        dropped: gauge.dropped(),
        when_full: match gauge.when_full {
            WhenFull::DropNewest => WhenFullName::DropNewest,
            WhenFull::Fault => WhenFullName::Fault,
        },
    });
    queues.collect()
}

/// Everything at once.
pub(super) fn status(app: &App) -> StationStatus {
    let handle = &app.handle;
    let info = handle.info();
    let stages = handle.stats().stages.all().map(|stage| {
        let said = stage.quantiles();
        StageStatus {
            name: stage.name.to_owned(),
            count: said.count,
            p50_us: said.p50_us,
            p99_us: said.p99_us,
            p999_us: said.p999_us,
            max_us: said.max_us,
        }
    });
    StationStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        station_name: info.station_name.clone(),
        state: handle.stats().state.get(),
        is_simulated: info.is_simulated,
        is_real_time: info.is_real_time,
        access: AccessStatus {
            is_read_only: app.access.is_read_only(),
            insecure_because: app.access.insecure_because().map(str::to_owned),
        },
        server_time_us: handle.wall().0,
        job: Some(JobStatus {
            id: info.job.0,
            started_at_us: info.started_at.0,
        }),
        budget: BudgetStatus {
            decide_by_ms: info.budget.decide_by().as_secs_f64() * 1e3,
            pitch_ms_min: info.budget.pitch_min().as_secs_f64() * 1e3,
        },
        counts: counts(handle),
        agreement: handle.agreement().map(|agreement| Agreement {
            agree: agreement.agree,
            missed_defects: agreement.missed_defects,
            false_rejects: agreement.false_rejects,
            not_decided: agreement.not_decided,
        }),
        last: handle.last().map(|part| summary(handle, &part)),
        worst: handle.worst().map(|part| summary(handle, &part)),
        alarms: alarms(handle),
        cameras: cameras(handle),
        has_line: info.line.is_some(),
        challenge: challenge(handle),
        queues: queues(handle),
        stages: stages.into(),
        recipes: recipes(handle),
        models: models(handle),
        storage: storage(app),
    }
}

fn storage(app: &App) -> StorageStatus {
    let handle = &app.handle;
    let backlog = handle.gauges().iter().find(|gauge| gauge.name == "results");
    let free = rustix::fs::statvfs(app.data.as_path());
    StorageStatus {
        data_dir: app.data.display().to_string(),
        free_bytes: free.map_or(0, |stat| stat.f_bavail * stat.f_frsize),
        images_bytes: handle.stats().images_bytes.load(Ordering::Relaxed) as i64,
        images_quota_bytes: handle.info().images_quota_bytes,
        result_backlog: backlog.map_or(0, |gauge| gauge.depth())
            + handle.stats().held.load(Ordering::Relaxed),
    }
}

//! Alarms: what was recorded, and that somebody has seen one.

use super::dto::{Alarm, RecordedEvent};
use super::extract::{Json, Query};
use super::results::limited;
use super::rights::Actor;
use super::status::shown_alarm;
use super::text::Person;
use super::{ApiError, App, JsonReply, ask};
use crate::telemetry::catalogue::Code;
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Which recorded alarms.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Before this row; for paging.
    pub before: Option<i64>,
    /// At most so many; 50 unless told.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// Alarms that came and went, in this job and earlier ones, newest first.
#[utoipa::path(get, path = "/api/alarms", params(EventFilter),
    responses((status = 200, body = Vec<RecordedEvent>)))]
pub async fn alarms(
    State(app): State<App>,
    Query(filter): Query<EventFilter>,
) -> JsonReply<Vec<RecordedEvent>> {
    let limit = limited(filter.limit, 50, 500)?;
    let events = ask(&app, move |reader| reader.events(filter.before, limit)).await?;
    Ok(Json(events.into_iter().map(Into::into).collect()))
}

/// That somebody has seen an alarm.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmSeen {
    /// The alarm's code.
    pub code: String,
    /// The alarm's subject; empty where there is one only.
    #[serde(default)]
    pub subject: String,
    /// Name of who has seen it: only where the station has no accounts.
    pub by: Option<Person>,
}

/// Notes that somebody has seen an active alarm. It ends with its cause all the same.
#[utoipa::path(post, path = "/api/alarms/acknowledge", request_body = AlarmSeen,
    responses((status = 200, body = Alarm), (status = 404, description = "No such alarm is active.")))]
pub async fn acknowledge(
    State(app): State<App>,
    actor: Actor,
    Json(seen): Json<AlarmSeen>,
) -> JsonReply<Alarm> {
    let not_active = || {
        ApiError::not_found(format!(
            "there is no active alarm {:?} of {:?}",
            seen.code, seen.subject
        ))
    };
    let by = actor.named("by", seen.by)?;
    let code = Code::from_name(&seen.code).ok_or_else(not_active)?;
    let alarm = app
        .handle
        .acknowledge(code, &seen.subject, &by)
        .map_err(|_| not_active())?;
    Ok(Json(shown_alarm(alarm)))
}

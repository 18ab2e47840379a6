//! Parts that programs announce: robots, test programs, manual stations. The answer says what is decided.

use super::dto::names;
use super::extract::{Json, Path, Query, claimed};
use super::guard::ToldByResult;
use super::status::readable;
use super::{ApiError, App};
use crate::control::handle::Handle;
use crate::control::parts::{NotAsked, PartWord};
use crate::results::result_id;
use crate::station::outcome::Outcome;
use crate::station::part::{PartId, PartNo, Style};
use crate::station::time::Instant;
use crate::station::verdict::{Cause, Disposition, Verdict};
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{LOCATION, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Longer than a device waits for an outcome: only one that hangs is as silent.
const WORD_WITHIN: Duration = Duration::from_secs(70);

/// A part that is at the camera.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartAsked {
    /// Its ID, 1 to 128 bytes; without it the station counts, or a reader says it.
    #[serde(default)]
    pub part_id: Option<String>,
    /// Its style; without it the station's settings say it.
    #[serde(default)]
    pub style: Option<String>,
}

/// How the answer comes.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// `false`: at once, and the result is looked up later.
    pub wait: Option<bool>,
}

/// What is decided about a part that was announced by this request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartDecided {
    /// Row of the result, as in `/api/results/{id}`.
    pub id: i64,
    /// Number of the job.
    pub job: i64,
    /// Position in the job, from 1.
    pub part_no: i64,
    /// Who it is.
    pub part_id: String,
    /// What it is.
    #[schema(required)]
    pub style: Option<String>,
    /// What is known.
    #[schema(value_type = names::Verdict)]
    pub verdict: Verdict,
    /// Why it is not a pass.
    #[schema(required, value_type = Option<names::Cause>)]
    pub cause: Option<Cause>,
    /// Whether it goes on or is taken out.
    #[schema(value_type = names::Disposition)]
    pub disposition: Disposition,
    /// The name of the lane where it goes.
    pub lane: String,
    /// The largest score of its views, 0 to 1.
    #[schema(required)]
    pub score: Option<f64>,
    /// Microseconds from the request to the outcome.
    pub told_after_us: i64,
}

/// A part that is announced and not decided yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartTaken {
    /// Row of the result, as in `/api/results/{id}`, once it is there.
    pub id: i64,
    /// Number of the job.
    pub job: i64,
    /// Position in the job, from 1.
    pub part_no: i64,
}

/// Announces a part that is at the camera, and says what is decided about it.
#[utoipa::path(post, path = "/api/line/{device}/parts", params(Waiting, ("device" = String, Path)),
    request_body = Option<PartAsked>,
    responses(
        (status = 200, body = PartDecided),
        (status = 202, body = PartTaken, description = "It is announced; `location` says where its result will be."),
        (status = 404, description = "No such device takes requests."),
        (status = 429, description = "So many parts are on their way; nothing was announced."),
        (status = 503, description = "The station is not ready: the message says whether the part is recorded, and rejected."),
    ))]
pub async fn announce(
    State(app): State<App>,
    Path(device): Path<String>,
    Query(waiting): Query<Waiting>,
    request: Request,
) -> Result<Response, ApiError> {
    let asked = asked(&app, request).await?;
    let wrong = |what: &str, text: &str, error: &dyn std::fmt::Display| {
        ApiError::bad_request(format!("{what} {text:?} {error}"))
    };
    let part_id = asked
        .part_id
        .as_deref()
        .map(|text| PartId::new(text).map_err(|error| wrong("the part ID", text, &error)));
    let style = asked
        .style
        .as_deref()
        .map(|text| Style::new(text).map_err(|error| wrong("the style", text, &error)));
    let (part_id, style) = (part_id.transpose()?, style.transpose()?);
    let at = app.handle.now();
    let requests = app.handle.info().line.as_ref().map(|line| &line.requests);
    let asked = requests.ok_or(NotAsked::NoDevice);
    let asked = asked.and_then(|requests| requests.ask(&device, part_id, style, at));
    let mut words = asked.map_err(|error| not_asked(&app.handle, &device, error))?;
    let is_waiting = waiting.wait.unwrap_or(true);
    loop {
        let word = tokio::time::timeout(WORD_WITHIN, words.recv()).await;
        let Ok(Some(word)) = word else {
            let message = format!("device {device:?} said nothing; look at the station's alarms");
            return Err(ApiError::internal(message));
        };
        match word {
            PartWord::Taken(_) if is_waiting => {}
            PartWord::Taken(part_no) | PartWord::Late(part_no) => {
                return Ok(taken(&app.handle, part_no));
            }
            PartWord::Decided(outcome, told_at) => {
                return Ok(decided(&app.handle, &outcome, at, told_at));
            }
            refused => return Err(refusal(&device, &refused)),
        }
    }
}

/// What the body says; nothing, where there is none.
async fn asked(app: &App, request: Request) -> Result<PartAsked, ApiError> {
    let has_body = |headers: &HeaderMap| {
        claimed(headers).is_some_and(|bytes| bytes > 0) || headers.contains_key(TRANSFER_ENCODING)
    };
    match has_body(request.headers()) {
        true => Ok(Json::from_request(request, app).await?.0),
        false => Ok(PartAsked::default()),
    }
}

fn not_asked(handle: &Handle, device: &str, error: NotAsked) -> ApiError {
    let line = handle.info().line.as_ref();
    let names: Vec<&str> = line.map_or(Vec::new(), |line| line.requests.names().collect());
    match error {
        NotAsked::NoDevice => ApiError::not_found(format!(
            "no device {device:?} takes requests; expected one of {names:?}, a [[device]] of kind = \"http\""
        )),
        NotAsked::Full => ApiError::too_many(
            "more parts are asked for than are looked at; nothing was announced".to_owned(),
        ),
    }
}

fn refusal(device: &str, word: &PartWord) -> ApiError {
    match word {
        PartWord::TooMany(most) => ApiError::too_many(format!(
            "device {device:?}: expected at most {most} parts on their way (in_flight_max), found as many; nothing was \
             announced: wait for an answer"
        )),
        PartWord::Missed(part_no) => ApiError::busy(format!(
            "the station was not ready; part {} is recorded and rejected: take it out",
            part_no.0
        )),
        _ => ApiError::busy(
            "the station does not hear of parts now; nothing was announced: take the part out"
                .to_owned(),
        ),
    }
}

fn number(handle: &Handle, part_no: PartNo) -> PartTaken {
    let job = handle.info().job;
    PartTaken {
        id: result_id(job, part_no),
        job: i64::try_from(job.0).unwrap_or(i64::MAX),
        part_no: i64::try_from(part_no.0).unwrap_or(i64::MAX),
    }
}

fn taken(handle: &Handle, part_no: PartNo) -> Response {
    let taken = number(handle, part_no);
    let at = format!("/api/results/{}", taken.id);
    told((StatusCode::ACCEPTED, [(LOCATION, at)], Json(taken)))
}

fn decided(handle: &Handle, outcome: &Outcome, asked_at: Instant, told_at: Instant) -> Response {
    let PartTaken { id, job, part_no } = number(handle, outcome.part_no);
    let lanes = handle.info().line.as_ref().map(|line| &line.lanes);
    let lane = lanes.and_then(|lanes| lanes.get(outcome.lane));
    told(Json(PartDecided {
        id,
        job,
        part_no,
        part_id: outcome.part_id.to_string(),
        style: outcome.style.map(|style| style.to_string()),
        verdict: outcome.verdict,
        cause: outcome.cause,
        disposition: outcome.disposition,
        lane: lane.map_or_else(String::new, |lane| lane.name.to_string()),
        score: outcome.score.map(readable),
        told_after_us: i64::try_from(told_at.since(asked_at).as_micros()).unwrap_or(i64::MAX),
    }))
}

fn told(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.extensions_mut().insert(ToldByResult);
    response
}

//! Lists, details and exports of results.

use super::dto::{Facets, PartDetail, ResultsPage, names};
use super::extract::{Json, Path, Query};
use super::serve::Ends;
use super::{ApiError, App, JsonReply, ask};
use crate::export::csv::{Chunks, Export, ExportError};
use crate::results::reader::Filter;
use crate::station::verdict::{Cause, Disposition, Verdict};
use crate::telemetry::catalogue::Code;
use crate::tell;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which results of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResultsWanted {
    /// What the ejector was told.
    #[param(value_type = Option<names::Disposition>)]
    pub disposition: Option<Disposition>,
    /// What is known of the part.
    #[param(value_type = Option<names::Verdict>)]
    pub verdict: Option<Verdict>,
    /// The style, exactly.
    pub style: Option<String>,
    /// The cause, by its stable name.
    #[param(value_type = Option<names::Cause>)]
    pub cause: Option<Cause>,
    /// Class name of the worst finding.
    pub defect: Option<String>,
    /// Name of the lane to which the part was sent.
    pub lane: Option<String>,
    /// Only parts that the sensor of their lane did not see, or saw elsewhere.
    #[param(required = false)]
    pub unconfirmed: bool,
    /// The beginning of a part ID.
    pub part_id: Option<String>,
    /// Triggered at or after, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Triggered before, microseconds since 1970.
    pub to_us: Option<i64>,
    /// Results before this id (older), for paging.
    pub before: Option<i64>,
    /// At most so many; 50 unless told.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// Which results of an export: those of a list, without pages.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportWanted {
    /// What the ejector was told.
    #[param(value_type = Option<names::Disposition>)]
    pub disposition: Option<Disposition>,
    /// What is known of the part.
    #[param(value_type = Option<names::Verdict>)]
    pub verdict: Option<Verdict>,
    /// The style, exactly.
    pub style: Option<String>,
    /// The cause, by its stable name.
    #[param(value_type = Option<names::Cause>)]
    pub cause: Option<Cause>,
    /// Class name of the worst finding.
    pub defect: Option<String>,
    /// Name of the lane to which the part was sent.
    pub lane: Option<String>,
    /// Only parts that the sensor of their lane did not see, or saw elsewhere.
    #[param(required = false)]
    pub unconfirmed: bool,
    /// The beginning of a part ID.
    pub part_id: Option<String>,
    /// Triggered at or after, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Triggered before, microseconds since 1970.
    pub to_us: Option<i64>,
}

impl From<ExportWanted> for Filter {
    fn from(wanted: ExportWanted) -> Self {
        Self {
            disposition: wanted.disposition,
            verdict: wanted.verdict,
            style: wanted.style,
            cause: wanted.cause,
            defect: wanted.defect,
            lane: wanted.lane,
            is_unconfirmed: wanted.unconfirmed,
            part_id: wanted.part_id,
            from_us: wanted.from_us,
            to_us: wanted.to_us,
            before: None,
            limit: None,
        }
    }
}

/// How many of a list.
///
/// # Errors
/// 400 outside 1 to `most`.
pub(super) fn limited(wanted: Option<u32>, unless_told: u32, most: u32) -> Result<u32, ApiError> {
    match wanted.unwrap_or(unless_told) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        found => Err(ApiError::bad_request(format!(
            "limit: expected 1 to {most}, found {found}"
        ))),
    }
}

/// Results, newest first.
#[utoipa::path(get, path = "/api/results", params(ResultsWanted),
    responses((status = 200, body = ResultsPage)))]
pub async fn list(
    State(app): State<App>,
    Query(wanted): Query<ResultsWanted>,
) -> JsonReply<ResultsPage> {
    let filter = Filter {
        disposition: wanted.disposition,
        verdict: wanted.verdict,
        style: wanted.style,
        cause: wanted.cause,
        defect: wanted.defect,
        lane: wanted.lane,
        is_unconfirmed: wanted.unconfirmed,
        part_id: wanted.part_id,
        from_us: wanted.from_us,
        to_us: wanted.to_us,
        before: wanted.before,
        limit: Some(limited(wanted.limit, 50, 500)?),
    };
    let page = ask(&app, move |reader| reader.list(&filter)).await?;
    Ok(Json(page.into()))
}

/// One result, explained.
#[utoipa::path(get, path = "/api/results/{id}", params(("id" = i64, Path)),
    responses((status = 200, body = PartDetail), (status = 404, description = "There is no such result.")))]
pub async fn detail(State(app): State<App>, Path(id): Path<i64>) -> JsonReply<PartDetail> {
    match ask(&app, move |reader| reader.detail(id)).await? {
        Some(detail) => Ok(Json(PartDetail::from(detail))),
        None => Err(ApiError::not_found(format!("there is no result {id}"))),
    }
}

/// Values that occur, for filters.
#[utoipa::path(get, path = "/api/facets", responses((status = 200, body = Facets)))]
pub async fn facets(State(app): State<App>) -> JsonReply<Facets> {
    let facets = ask(&app, |reader| reader.facets()).await?;
    Ok(Json(facets.into()))
}

/// Exports at a time: each holds a thread and a connection to the log, however slowly it is taken.
pub const EXPORTS_MAX: usize = 4;
/// Of one client.
pub const EXPORTS_MAX_OF_CLIENT: usize = 2;

/// The number in the feed up to which an export has what was recorded.
const UNTIL_SEQ: HeaderName = HeaderName::from_static("x-until-seq");

/// The log as CSV, oldest first, as it is at the beginning. What a spreadsheet would change stands behind an apostrophe.
#[utoipa::path(get, path = "/api/export.csv", params(ExportWanted),
    responses((status = 200, description = "RFC 4180 in UTF-8 with a byte order mark and a header line",
        body = String, content_type = "text/csv",
        headers(("x-until-seq" = i64, description = "What was recorded after this number is not in it.")))))]
pub async fn export(
    State(app): State<App>,
    Extension(ends): Extension<Ends>,
    Query(wanted): Query<ExportWanted>,
) -> Result<Response, ApiError> {
    let filter = Filter::from(wanted);
    let turn = app.turns.exporting.take(ends.client());
    let turn = turn.ok_or_else(|| {
        let message = format!(
            "{EXPORTS_MAX_OF_CLIENT} exports of one client, {EXPORTS_MAX} of all, are under way; try again when one \
             is over"
        );
        ApiError::busy(message)
    })?;
    let data = app.data.clone();
    let begun = tokio::task::spawn_blocking(move || Export::begin(&data, &filter));
    let begun = begun
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?;
    let export = begun.map_err(|error| ApiError::internal(error.to_string()))?;
    let until_seq = export.until_seq();
    let (tx, rx) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(16);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut sink = Chunks::new(|chunk| tx.blocking_send(Ok(Bytes::from(chunk))).is_ok());
        if let Err(error) = export.write(&mut sink) {
            // Not where the client has gone.
            if !matches!(error, ExportError::Write(_)) {
                tell!(
                    Code::RequestFailed,
                    path = "/api/export.csv",
                    "an export broke off: {error}"
                );
            }
            // The download breaks off, which a client notices.
            drop(tx.blocking_send(Err(std::io::Error::other(error.to_string()))));
        }
    });
    let attachment = "attachment; filename=\"results.csv\"";
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static(attachment),
        ),
        (UNTIL_SEQ, HeaderValue::from(until_seq)),
    ];
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(rx));
    Ok((headers, body).into_response())
}

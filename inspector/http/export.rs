//! Downloads of results, streamed as they are read.

use super::dto::names;
use super::extract::Query;
use super::results::{YesOrNo, piece, score};
use super::rights::Actor;
use super::serve::Ends;
use super::{ApiError, App};
use crate::export::csv::Csv;
use crate::export::jsonl::JsonLines;
use crate::export::name::file_stem;
use crate::export::qdas::Qdas;
use crate::export::xlsx::Xlsx;
use crate::export::{Chunks, Export, ExportError, Format, caught};
use crate::results::reader::{Filter, Reader};
use crate::station::review::Reviewed;
use crate::station::verdict::{Cause, Disposition, Verdict};
use crate::telemetry::catalogue::Code;
use crate::tell;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Version, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::io::{ErrorKind, Write};
use std::path::Path;
use utoipa::{IntoParams, ToSchema};

/// Exports at a time: each holds a thread and a connection to the log, however slowly it is taken.
pub const EXPORTS_MAX: usize = 4;
/// Of one client.
pub const EXPORTS_MAX_OF_CLIENT: usize = 2;
/// Rows of a workbook that is downloaded: they wait in files of the computer's temporary folder until it is whole.
const WORKBOOK_ROWS_MAX: i64 = 200_000;

/// The number in the feed up to which an export has what was recorded.
const UNTIL_SEQ: HeaderName = HeaderName::from_static("x-until-seq");

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// RFC 4180 in UTF-8 with a header line.
    #[default]
    Csv,
    /// An object a line.
    Jsonl,
    /// An Excel workbook.
    Xlsx,
    /// Q-DAS ASCII transfer format, of one style.
    Qdas,
}

impl ExportFormat {
    const fn media(self) -> &'static str {
        match self {
            ExportFormat::Csv => "text/csv; charset=utf-8",
            ExportFormat::Jsonl => "application/x-ndjson",
            ExportFormat::Xlsx => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
            ExportFormat::Qdas => "text/plain; charset=utf-8",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            ExportFormat::Csv => "csv",
            ExportFormat::Jsonl => "jsonl",
            ExportFormat::Xlsx => "xlsx",
            ExportFormat::Qdas => "dfq",
        }
    }
}

/// Which results of an export: those of a list, without pages.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportWanted {
    /// How they are written; CSV unless told.
    #[param(inline, required = false)]
    pub format: ExportFormat,
    /// Of CSV: with a byte order mark, and an apostrophe before each text that Excel would change or run.
    #[param(required = false)]
    pub excel: bool,
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
    /// Any piece of a part ID, in whichever case.
    #[param(min_length = 1, max_length = 256)]
    pub q: Option<String>,
    /// The largest score of the part is at least this.
    #[param(minimum = 0, maximum = 1)]
    pub score_from: Option<f64>,
    /// The largest score of the part is at most this.
    #[param(minimum = 0, maximum = 1)]
    pub score_to: Option<f64>,
    /// Judged by this version of its style's recipe.
    #[param(minimum = 1)]
    pub recipe_version: Option<u32>,
    /// This person said something of the part that was not taken back.
    pub reviewer: Option<String>,
    /// Whether anybody did.
    #[param(inline)]
    pub reviewed: Option<YesOrNo>,
    /// What its reviews come to.
    #[param(value_type = Option<names::Reviewed>)]
    pub judgement: Option<Reviewed>,
    /// Triggered at or after, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Triggered before, microseconds since 1970.
    pub to_us: Option<i64>,
}

impl TryFrom<ExportWanted> for Filter {
    type Error = ApiError;

    fn try_from(wanted: ExportWanted) -> Result<Self, ApiError> {
        Ok(Self {
            disposition: wanted.disposition,
            verdict: wanted.verdict,
            style: wanted.style,
            cause: wanted.cause,
            defect: wanted.defect,
            lane: wanted.lane,
            is_unconfirmed: wanted.unconfirmed,
            part_id: wanted.part_id,
            piece: piece(wanted.q)?,
            score_from: score("score_from", wanted.score_from)?,
            score_to: score("score_to", wanted.score_to)?,
            recipe_version: wanted.recipe_version.map(i64::from),
            reviewer: wanted.reviewer,
            is_reviewed: wanted.reviewed.map(|answer| answer == YesOrNo::Yes),
            judgement: wanted.judgement,
            from_us: wanted.from_us,
            to_us: wanted.to_us,
            before: None,
            limit: None,
        })
    }
}

/// Bytes of a workbook, for the document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "for the document")]
pub struct WorkbookBytes(Vec<u8>);

/// What was begun, and what its file is called.
struct Begun {
    export: Export,
    name: String,
}

/// Results in another format, oldest first, as the log is at the beginning.
#[utoipa::path(get, path = "/api/results/export", params(ExportWanted),
    responses((status = 200, description = "A file, whose name says station, period and kind. What each column means: docs/guide/audit.md.",
        content((String = "text/csv"), (String = "application/x-ndjson"), (String = "text/plain"),
            (WorkbookBytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
        headers(("x-until-seq" = i64, description = "What was recorded after this number is not in it.")))))]
pub async fn export(
    State(app): State<App>,
    Extension(ends): Extension<Ends>,
    version: Version,
    actor: Actor,
    Query(wanted): Query<ExportWanted>,
) -> Result<Response, ApiError> {
    if version < Version::HTTP_11 {
        // There the end of a connection is the end of a file: one that broke off would look whole.
        return Err(ApiError::old_http(
            "an export: expected HTTP/1.1, found an older version".to_owned(),
        ));
    }
    let (format, excel) = (wanted.format, wanted.excel);
    if excel && format != ExportFormat::Csv {
        let message = "excel: expected with format=csv only; xlsx needs no such mark";
        return Err(ApiError::bad_request(message.to_owned()));
    }
    let filter = Filter::try_from(wanted)?;
    let turn = app.turns.exporting.take(ends.client());
    let turn = turn.ok_or_else(|| {
        let message = format!(
            "{EXPORTS_MAX_OF_CLIENT} exports of one client, {EXPORTS_MAX} of all, are under way; try again when one \
             is over"
        );
        ApiError::busy(message)
    })?;
    let data = app.data.clone();
    let station = app.handle.info().station_name.clone();
    let begun = tokio::task::spawn_blocking(move || begin(&data, &station, format, &filter));
    let begun = begun
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?;
    let Begun { export, name } = begun.map_err(|error| match error {
        ExportError::Unfit(why) => ApiError::bad_request(why),
        other => ApiError::internal(other.to_string()),
    })?;
    let until_seq = export.until_seq();
    let told = vec![("file", name.clone()), ("until_seq", until_seq.to_string())];
    app.accounts.exported(actor.name(), ends.there.ip(), told);
    let body = streamed(export, format, excel, turn);
    let attachment = HeaderValue::from_str(&attachment(&name));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(format.media()),
        ),
        (
            header::CONTENT_DISPOSITION,
            attachment.map_err(|error| ApiError::internal(error.to_string()))?,
        ),
        (UNTIL_SEQ, HeaderValue::from(until_seq)),
    ];
    Ok((headers, body).into_response())
}

/// The file as it is written, by a thread that holds its turn meanwhile. Where that breaks off, so does the connection.
fn streamed(export: Export, format: ExportFormat, excel: bool, turn: impl Send + 'static) -> Body {
    let (tx, rx) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(16);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut sink = Chunks::new(|chunk| tx.blocking_send(Ok(Bytes::from(chunk))).is_ok());
        if let Err(error) = caught(|| write(export, format, excel, &mut sink)) {
            // Not where the client has gone.
            if !matches!(&error, ExportError::Write(why) if why.kind() == ErrorKind::BrokenPipe) {
                tell!(
                    Code::RequestFailed,
                    path = "/api/results/export",
                    "an export broke off: {error}"
                );
            }
            // The download breaks off, which a client notices.
            drop(tx.blocking_send(Err(std::io::Error::other(error.to_string()))));
        }
    });
    Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(rx))
}

fn begin(
    data: &Path,
    station: &str,
    format: ExportFormat,
    filter: &Filter,
) -> Result<Begun, ExportError> {
    let export = Export::begin(data, filter)?;
    let reader = Reader::open(data).map_err(ExportError::Open)?;
    let unread =
        |error: rusqlite::Error| ExportError::Write(std::io::Error::other(error.to_string()));
    match format {
        ExportFormat::Xlsx => {
            let most = WORKBOOK_ROWS_MAX + 1;
            if reader.matching(filter, most).map_err(unread)? == most {
                return Err(ExportError::Unfit(format!(
                    "xlsx: expected at most {WORKBOOK_ROWS_MAX} parts, found more; filter by time or style, take csv, or use \
                     `inspector export`"
                )));
            }
        }
        ExportFormat::Qdas if filter.style.is_none() => {
            let styles = reader.facets().map_err(unread)?.styles;
            // Parts whose style nobody said are another.
            let count = styles.len() + usize::from(reader.has_no_style().map_err(unread)?);
            if count > 1 {
                return Err(ExportError::Unfit(format!(
                    "qdas: expected parts of one style, found {count}, with those without a style; filter by style"
                )));
            }
        }
        _ => {}
    }
    let stem = file_stem(data, Some(station), filter, &TimeZone::system())?;
    Ok(Begun {
        export,
        name: format!("{stem}.{}", format.ending()),
    })
}

fn write<F: FnMut(Vec<u8>) -> bool + Send>(
    export: Export,
    format: ExportFormat,
    excel: bool,
    sink: &mut Chunks<F>,
) -> Result<u64, ExportError> {
    let mut format: Box<dyn Format + '_> = match format {
        ExportFormat::Csv => Box::new(Csv::begin(&mut *sink, excel)?),
        ExportFormat::Jsonl => Box::new(JsonLines::begin(&mut *sink)),
        ExportFormat::Xlsx => {
            let rows_max = WORKBOOK_ROWS_MAX as u64 * 2;
            Box::new(Xlsx::begin(&mut *sink, &std::env::temp_dir(), rows_max)?)
        }
        ExportFormat::Qdas => Box::new(Qdas::of_one_style(&mut *sink)),
    };
    let count = export.write(format.as_mut())?;
    drop(format);
    sink.flush()?;
    Ok(count)
}

/// As RFC 6266 says it: in plain letters, and as it is.
fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii() { c } else { '_' })
        .collect();
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_any_script_is_one_that_a_header_takes() {
        let told = attachment("三号线_2026-11-24_rejects.csv");
        let wanted = "attachment; filename=\"____2026-11-24_rejects.csv\"; \
                      filename*=UTF-8''%E4%B8%89%E5%8F%B7%E7%BA%BF%5F2026%2D11%2D24%5Frejects%2Ecsv";
        assert_eq!(told, wanted);
        assert!(HeaderValue::from_str(&told).is_ok());
    }
}

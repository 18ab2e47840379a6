//! What a request carries, or why it cannot be read: always as [`ApiError`], never in axum's own words and form.

use super::ApiError;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::time::Duration;

/// Bytes of a JSON body: several times the longest.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long it may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// A JSON body, in a request or an answer.
pub struct Json<T>(pub T);
/// What stands in the path.
pub struct Path<T>(pub T);
/// What stands behind the question mark. That nothing unknown does is seen to for every route at once.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::unsupported(format!(
                "expected the content type application/json, found {:?}",
                request.headers().get(header::CONTENT_TYPE)
            )));
        }
        // Refused before it is sent.
        if claimed(request.headers()).is_some_and(|bytes| bytes > BODY_BYTES_MAX as u64) {
            return Err(too_long());
        }
        let read = Bytes::from_request(request, state);
        let Ok(read) = tokio::time::timeout(BODY_WITHIN, read).await else {
            let within = BODY_WITHIN.as_secs();
            return Err(ApiError::timeout(format!(
                "expected the body within {within} s; send it again"
            )));
        };
        let body = read.map_err(unread)?;
        // Fields in their order, without names, would be taken too.
        if body.trim_ascii_start().starts_with(b"[") {
            let expected = "expected a JSON object with named fields, found an array";
            return Err(ApiError::bad_request(expected.to_owned()));
        }
        let parsed = axum::Json::<T>::from_bytes(&body);
        // It names the field, what is known and where.
        parsed
            .map(|axum::Json(body)| Self(body))
            .map_err(|error| ApiError::bad_request(error.body_text()))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CONTENT_TYPE);
    let said = said.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = said.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// How many bytes the body is said to have.
pub fn claimed(headers: &HeaderMap) -> Option<u64> {
    let said = headers.get(header::CONTENT_LENGTH)?;
    said.to_str().ok()?.parse().ok()
}

fn too_long() -> ApiError {
    let message = format!("expected a body of at most {BODY_BYTES_MAX} bytes, found more");
    ApiError::too_large(message)
}

fn unread(error: BytesRejection) -> ApiError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_long(),
        _ => ApiError::bad_request(error.body_text()),
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(read)| Self(read))
            .map_err(|error| ApiError::bad_request(misread(error)))
    }
}

fn misread(error: PathRejection) -> String {
    use axum::extract::path::ErrorKind;
    let PathRejection::FailedToDeserializePathParams(found) = error else {
        return error.body_text();
    };
    match found.kind() {
        // Everything in a path that is not a text.
        ErrorKind::ParseError { value, .. }
        | ErrorKind::ParseErrorAtIndex { value, .. }
        | ErrorKind::ParseErrorAtKey { value, .. } => {
            format!("expected a whole number in the path, found {value:?}")
        }
        kind => format!("the path cannot be read: {kind}"),
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Query(read)| Self(read))
            .map_err(|error: QueryRejection| {
                // What is wrong with which parameter, without the words around it.
                let said = error
                    .source()
                    .map_or(error.body_text(), ToString::to_string);
                ApiError::bad_request(said)
            })
    }
}

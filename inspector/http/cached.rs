//! Answers that a browser has already: told apart by a tag of what they say, RFC 9110 8.8.3.

use super::ApiError;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Longer answers are sent as they come.
const TAGGED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Whether the browser has what this tag stands for.
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let strong = tag.trim_start_matches("W/");
    known.any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == strong
    })
}

/// Tags what is answered as JSON, and answers 304 where the browser has it. It may keep it, and must ask whether it is
/// still so.
pub async fn tagged(request: Request, next: Next) -> Response {
    let is_read = request.method() == Method::GET;
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let is_json = |kind: &HeaderValue| kind.as_bytes().starts_with(b"application/json");
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(is_json);
    let is_whole = |body: &Body| {
        use axum::body::HttpBody;
        body.size_hint()
            .exact()
            .is_some_and(|bytes| bytes <= TAGGED_BYTES_MAX)
    };
    if !is_read || response.status() != StatusCode::OK || !is_json || !is_whole(response.body()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, TAGGED_BYTES_MAX as usize).await else {
        return ApiError::internal("the answer broke off".to_owned()).into_response();
    };
    // Weak: the same may be sent compressed.
    let tag = format!(
        "W/\"{}\"",
        models::bundle::hex(&Sha256::digest(&body)[..12])
    );
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, value);
    }
    let no_cache = HeaderValue::from_static("private, no-cache");
    parts
        .headers
        .entry(header::CACHE_CONTROL)
        .or_insert(no_cache);
    if is_known(&headers, &tag) {
        parts.status = StatusCode::NOT_MODIFIED;
        for absent in [header::CONTENT_LENGTH, header::CONTENT_TYPE] {
            parts.headers.remove(absent);
        }
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_weak_or_strong_and_among_others() {
        let known = |value: &'static str, tag: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(value));
            is_known(&headers, tag)
        };
        assert!(known("W/\"a\"", "\"a\"") && known("\"a\"", "W/\"a\""));
        assert!(known("\"b\", \"a\"", "\"a\"") && known("*", "\"a\""));
        assert!(!known("\"ab\"", "\"a\"") && !known("a", "\"a\""));
    }
}

//! The web app: its page and the files that the page names, compressed when they were built.

use super::ApiError;
use super::cached::is_known;
use super::extract::Path;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

fn served(asset: ui::Asset, headers: &HeaderMap) -> Response {
    let cache = if asset.is_immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let tag = format!("\"{}\"", asset.sha256);
    let named = [
        (header::CACHE_CONTROL, cache),
        (header::ETAG, tag.as_str()),
        (header::VARY, "accept-encoding"),
    ];
    if is_known(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, named).into_response();
    }
    let kind = [(header::CONTENT_TYPE, asset.content_type)];
    match asset.gzip.filter(|_| takes_gzip(headers)) {
        Some(gzip) => {
            let encoding = [(header::CONTENT_ENCODING, "gzip")];
            (named, kind, encoding, Body::from(gzip)).into_response()
        }
        None => (named, kind, Body::from(asset.bytes)).into_response(),
    }
}

/// Whether gzip is named and not refused, RFC 9110 12.5.3.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let all = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut named = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    named.any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_gzip = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let is_refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|quality| quality.parse() == Ok(0.0_f32));
        is_gzip && !is_refused
    })
}

/// The page's document, which loads the rest.
pub async fn page(headers: HeaderMap) -> Response {
    served(ui::index(), &headers)
}

/// A file of the page, or the page itself at an address inside the app.
pub async fn asset(headers: HeaderMap, Path(path): Path<String>) -> Result<Response, ApiError> {
    match ui::asset(&path) {
        Some(asset) => Ok(served(asset, &headers)),
        // A file that is not there is not the page.
        None if path.contains('.') => Err(ApiError::not_found(format!("there is no /{path}"))),
        None => Ok(served(ui::index(), &headers)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn gzip_is_sent_to_who_names_it_and_does_not_refuse_it() {
        for (accepted, is_taken) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("br", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_static(accepted);
            headers.insert(header::ACCEPT_ENCODING, value);
            assert_eq!(takes_gzip(&headers), is_taken, "{accepted:?}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}

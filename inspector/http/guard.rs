//! What every request passes before it is looked at, and every answer before it leaves: who asks, whether something may
//! be changed, what is told of it, and what a browser may do with the answer.

use super::access::check_origin;
use super::serve::Ends;
use super::{ApiError, App};
use crate::control::accounts::Somebody;
use crate::telemetry::catalogue::Code;
use crate::tell;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Bytes of an address, with its query.
const URI_BYTES_MAX: usize = 8 * 1024;
/// Bytes of all headers.
const HEADERS_BYTES_MAX: usize = 16 * 1024;
/// Refusals that are told in a second; the others are counted. Whoever asks in vain must not push the rest out of the
/// log.
const REFUSALS_TOLD_MAX: u64 = 20;
/// Characters of an address that are told.
const TOLD_MAX: usize = 200;

/// Scripts and styles of this station alone; its pictures, also those that a script made; no page around it.
/// Mantine, which the page is built with, writes its sizes and colours into `<style>` elements.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Why something was refused, beside the answer that says so.
#[derive(Clone, Debug)]
pub struct Said(pub Arc<str>);

/// A request whose result is recorded with its part: a line of the log for each would push the rest out of it.
#[derive(Clone, Copy, Debug)]
pub struct ToldByResult;

/// How many refusals were told in this second of the wall clock.
#[derive(Debug, Default)]
pub struct Telling {
    second: AtomicI64,
    told: AtomicU64,
    untold: AtomicU64,
}

impl Telling {
    /// Whether one more may be told, and how many were not since the last.
    fn may(&self, second: i64) -> Option<u64> {
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.told.store(0, Ordering::Relaxed);
        }
        if self.told.fetch_add(1, Ordering::Relaxed) >= REFUSALS_TOLD_MAX {
            self.untold.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.untold.swap(0, Ordering::Relaxed))
    }
}

/// See the module.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let ends = request.extensions().get::<Ends>().copied();
    let ends = ends.unwrap_or(Ends {
        here: nowhere,
        there: nowhere,
    });
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let refused = refused(&app, &method, &uri, request.headers(), ends.here.ip());
    let response = match refused {
        Err(error) => error.into_response(),
        Ok(()) => next.run(request).await,
    };
    told(&app, &method, &uri, ends, &response);
    secured(response)
}

fn refused(
    app: &App,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    here: IpAddr,
) -> Result<(), ApiError> {
    let bytes = uri
        .path_and_query()
        .map_or(0, |address| address.as_str().len());
    if bytes > URI_BYTES_MAX {
        return Err(ApiError::too_long(format!(
            "expected an address of at most {URI_BYTES_MAX} bytes, found {bytes}"
        )));
    }
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if bytes > HEADERS_BYTES_MAX {
        return Err(ApiError::headers_too_large(format!(
            "expected headers of at most {HEADERS_BYTES_MAX} bytes, found {bytes}"
        )));
    }
    let is_change = !method.is_safe();
    let host = app.access.check_host(uri, headers, here, is_change);
    host.map_err(ApiError::forbidden)?;
    if is_change {
        check_origin(headers, app.access.has_tls()).map_err(ApiError::forbidden)?;
        if let Some(why) = app.access.refusal() {
            return Err(ApiError::read_only(why.to_owned()));
        }
    }
    Ok(())
}

/// Every change, taken or refused, and whatever failed.
fn told(app: &App, method: &Method, uri: &Uri, ends: Ends, response: &Response) {
    let status = response.status();
    let is_change = !method.is_safe();
    let code = match status {
        StatusCode::SERVICE_UNAVAILABLE if is_change => Code::RequestRefused,
        StatusCode::SERVICE_UNAVAILABLE => return,
        _ if status.is_server_error() => Code::RequestFailed,
        StatusCode::FORBIDDEN => Code::RequestRefused,
        _ if !is_change => return,
        _ if response.extensions().get::<ToldByResult>().is_some() => return,
        _ if status.is_success() => Code::RequestAccepted,
        _ => Code::RequestRefused,
    };
    let untold = match code {
        Code::RequestAccepted => 0,
        _ => match app.telling.may(app.handle.wall().0 / 1_000_000) {
            Some(untold) => untold,
            None => return,
        },
    };
    let path: String = uri.path().chars().take(TOLD_MAX).collect();
    let (from, status) = (ends.there, status.as_u16());
    let somebody = response.extensions().get::<Somebody>();
    if let Some(somebody) = somebody
        && code == Code::RequestAccepted
        && is_recorded_here(&path)
    {
        let asked = format!("{method} {path}");
        app.accounts.changed(somebody, &asked, from.ip());
    }
    let by = somebody.map_or("", |somebody| somebody.name.as_str());
    let said = response.extensions().get::<Said>();
    let said = said.map_or("", |said| &*said.0);
    tell!(
        code,
        %from,
        %method,
        path,
        status,
        by,
        untold,
        "{method} {path} from {}{}{by}: {status}{}{said}",
        from.ip(),
        if by.is_empty() { "" } else { " by " },
        if said.is_empty() { "" } else { ", " }
    );
}

/// Whether a change has no entry of the journal but this one. A recipe, a review and a log-in have their own.
fn is_recorded_here(path: &str) -> bool {
    path.starts_with("/api/teaching") && path != "/api/teaching/use"
}

fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (OPENER_POLICY, "same-origin"),
        (RESOURCE_POLICY, "same-origin"),
        (
            PERMISSIONS_POLICY,
            "camera=(), geolocation=(), microphone=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_told_in_part_and_counted() {
        let telling = Telling::default();
        let told = |second, times: u64| {
            let all = (0..times).filter_map(|_| telling.may(second));
            all.collect::<Vec<u64>>()
        };
        assert_eq!(told(7, 100).len() as u64, REFUSALS_TOLD_MAX);
        assert_eq!(told(8, 2), [80, 0]);
    }
}

//! Errors as clients see them.

use super::dto;
use super::guard::Said;
use crate::control::accounts::role::Role;
use crate::control::teaching::picture::{FileRefused, RefusedFor};
use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What is busy now may be free so many seconds later.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("1");

/// What a client should do differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorName {
    /// Ask for something that exists.
    NotFound,
    /// Correct the request.
    BadRequest,
    /// Look again: somebody was faster.
    Conflict,
    /// Try again in a moment.
    Busy,
    /// Not from here.
    Forbidden,
    /// Log in first.
    NotLoggedIn,
    /// Ask somebody whose role allows it.
    NotAllowed,
    /// Change it at the station itself.
    ReadOnly,
    /// See the station's log.
    Internal,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What kind of error, for programs.
    pub kind: ErrorName,
    /// A sentence for people.
    pub message: String,
    /// Why an uploaded file is not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<dto::FileRefused>,
}

/// The body of every reply that is not 2xx.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorReply {
    /// What went wrong.
    pub error: ErrorBody,
}

/// A reply that is not 2xx.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    kind: ErrorName,
    message: String,
    refused: Option<FileRefused>,
}

impl ApiError {
    const fn new(status: StatusCode, kind: ErrorName, message: String) -> Self {
        Self {
            status,
            kind,
            message,
            refused: None,
        }
    }

    /// An uploaded file: 507 where the disk did not take it, 413 where it is too large, else 400.
    pub fn refused(refused: FileRefused) -> Self {
        let (status, kind) = match refused.reason {
            RefusedFor::Storage => (StatusCode::INSUFFICIENT_STORAGE, ErrorName::Internal),
            RefusedFor::TooManyBytes => (StatusCode::PAYLOAD_TOO_LARGE, ErrorName::BadRequest),
            _ => (StatusCode::BAD_REQUEST, ErrorName::BadRequest),
        };
        Self {
            refused: Some(refused.clone()),
            ..Self::new(status, kind, refused.to_string())
        }
    }

    /// 404: there is no such thing.
    pub fn not_found(message: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorName::NotFound, message)
    }

    /// 400: the request is wrong; the message says how.
    pub fn bad_request(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorName::BadRequest, message)
    }

    /// The same where a request carries a password: what was found in its place may be one, and messages are logged.
    pub fn without_what_was_given(self) -> Self {
        match self.status {
            StatusCode::BAD_REQUEST => Self::bad_request(
                "expected a JSON object with the texts `name` and `password` and nothing else, found another"
                    .to_owned(),
            ),
            _ => self,
        }
    }

    /// 401: nobody who is known asks.
    pub fn not_logged_in() -> Self {
        let message = "this station has accounts: log in (POST /api/session), or send a token (authorization: Bearer \
                       inspector_…)";
        Self::new(
            StatusCode::UNAUTHORIZED,
            ErrorName::NotLoggedIn,
            message.to_owned(),
        )
    }

    /// 401: a log-in that failed. Which of its reasons it was is not said.
    pub fn wrong_log_in() -> Self {
        let message = "name or password are wrong, or the account is disabled";
        Self::new(
            StatusCode::UNAUTHORIZED,
            ErrorName::NotLoggedIn,
            message.to_owned(),
        )
    }

    /// 403: the role does not allow it.
    pub fn not_allowed_to(asked: &str, role: Role, allowed: &[Role]) -> Self {
        let allowed: Vec<&str> = allowed.iter().map(|role| role.name()).collect();
        let message = format!(
            "{asked}: expected one of the roles {}, found {role}",
            allowed.join(", ")
        );
        Self::new(StatusCode::FORBIDDEN, ErrorName::NotAllowed, message)
    }

    /// 403: not from here.
    pub fn forbidden(message: String) -> Self {
        Self::new(StatusCode::FORBIDDEN, ErrorName::Forbidden, message)
    }

    /// 403: nobody may change anything from where this came from.
    pub fn read_only(message: String) -> Self {
        Self::new(StatusCode::FORBIDDEN, ErrorName::ReadOnly, message)
    }

    /// 405: the address takes other methods.
    pub fn not_allowed(message: String) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            ErrorName::BadRequest,
            message,
        )
    }

    /// 408: the body did not arrive in time.
    pub fn timeout(message: String) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, ErrorName::BadRequest, message)
    }

    /// 413: the body is larger than is taken.
    pub fn too_large(message: String) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorName::BadRequest,
            message,
        )
    }

    /// 414: the address is longer than is taken.
    pub fn too_long(message: String) -> Self {
        Self::new(StatusCode::URI_TOO_LONG, ErrorName::BadRequest, message)
    }

    /// 415: the body is of another content type.
    pub fn unsupported(message: String) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorName::BadRequest,
            message,
        )
    }

    /// 431: the headers are larger than is taken.
    pub fn headers_too_large(message: String) -> Self {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        Self::new(status, ErrorName::BadRequest, message)
    }

    /// 409: something else goes on, or somebody was faster.
    pub fn conflict(message: String) -> Self {
        Self::new(StatusCode::CONFLICT, ErrorName::Conflict, message)
    }

    /// 429: too much goes on already that was asked for.
    pub fn too_many(message: String) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorName::Busy, message)
    }

    /// 503: try again in a moment.
    pub fn busy(message: String) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorName::Busy, message)
    }

    /// 505: it is answered only in a newer version of HTTP.
    pub fn old_http(message: String) -> Self {
        let status = StatusCode::HTTP_VERSION_NOT_SUPPORTED;
        Self::new(status, ErrorName::BadRequest, message)
    }

    /// 507: nothing was changed, because the disk is full.
    pub fn full(message: String) -> Self {
        Self::new(
            StatusCode::INSUFFICIENT_STORAGE,
            ErrorName::Internal,
            message,
        )
    }

    /// 500: the station's own fault, or its disk's.
    pub fn internal(message: String) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ErrorName::Internal,
            message,
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let said = Said(self.message.as_str().into());
        let body = ErrorReply {
            error: ErrorBody {
                kind: self.kind,
                message: self.message,
                refused: self.refused.map(Into::into),
            },
        };
        let mut response = (self.status, Json(body)).into_response();
        response.extensions_mut().insert(said);
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_S);
        }
        response
    }
}

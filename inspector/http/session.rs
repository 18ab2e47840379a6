//! Logging in and out, and who one is.

use super::extract::Json;
use super::reply::ErrorReply;
use super::rights;
use super::serve::Ends;
use super::{ApiError, App};
use crate::control::accounts::role::Role;
use crate::control::accounts::{LogInRefused, Somebody, Who};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Passwords that are looked at together: each takes 19 MiB and a processor.
pub const LOG_INS_MAX: usize = 2;
/// How long one may wait for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(5);

/// A name and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// Name of the account.
    #[schema(max_length = 64)]
    pub name: String,
    /// Password of the account.
    #[schema(max_length = 128)]
    pub password: String,
}

/// What somebody is trusted with.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// Looks, and changes nothing.
    Viewer,
    /// Runs the line.
    Operator,
    /// Stands behind what is rejected.
    Quality,
    /// Sets the station up.
    Integrator,
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => RoleName::Viewer,
            Role::Operator => RoleName::Operator,
            Role::Quality => RoleName::Quality,
            Role::Integrator => RoleName::Integrator,
        }
    }
}

/// Who one is.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionShown {
    /// Whether the station has accounts: without one, whoever asks names himself.
    pub has_accounts: bool,
    /// Name of the account or token; null while nobody is logged in.
    #[schema(required)]
    pub name: Option<String>,
    /// What it is trusted with.
    #[schema(required)]
    pub role: Option<RoleName>,
}

impl SessionShown {
    fn of(has_accounts: bool, somebody: Option<&Somebody>) -> Self {
        Self {
            has_accounts,
            name: somebody.map(|somebody| somebody.name.clone()),
            role: somebody.map(|somebody| somebody.role.into()),
        }
    }
}

/// Who one is, by session or token.
#[utoipa::path(get, path = "/api/session", responses((status = 200, body = SessionShown)))]
pub async fn session(Extension(who): Extension<Who>) -> Json<SessionShown> {
    let somebody = match &who {
        Who::Somebody(somebody) => Some(somebody),
        Who::Anybody | Who::Nobody => None,
    };
    Json(SessionShown::of(who != Who::Anybody, somebody))
}

/// Logs in: the answer's cookie is the session.
#[utoipa::path(post, path = "/api/session", request_body = LogIn,
    responses((status = 200, body = SessionShown, headers(("set-cookie" = String, description = "The session."))),
    (status = 401, description = "Name or password are wrong, or the account is disabled."),
    (status = 409, description = "The station has no accounts."),
    (status = 429, body = ErrorReply, description = "Too many tries failed; `retry-after` says how many seconds to wait.")))]
pub async fn log_in(
    State(app): State<App>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
    given: Result<Json<LogIn>, ApiError>,
) -> Result<Response, ApiError> {
    let Json(given) = given.map_err(ApiError::without_what_was_given)?;
    let turn = Arc::clone(&app.turns.logging_in).acquire_owned();
    let Ok(Ok(turn)) = tokio::time::timeout(TURN_WITHIN, turn).await else {
        let message = "many log in at once; try again in a moment";
        return Err(ApiError::busy(message.to_owned()));
    };
    let accounts = Arc::clone(&app.accounts);
    let former = rights::session(&headers, app.access.cookie()).map(str::to_owned);
    let from = ends.there.ip();
    let logged_in = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let logged_in = accounts.log_in(&given.name, &given.password, from)?;
        // Whoever was logged in here before is not any more.
        if let Some(former) = former {
            accounts.log_out(&former, from);
        }
        Ok(logged_in)
    });
    let logged_in = logged_in
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?;
    match logged_in {
        Ok((secret, somebody)) => {
            let cookie = [(header::SET_COOKIE, cookie(&app, &secret))];
            let shown = SessionShown::of(true, Some(&somebody));
            Ok((cookie, Json(shown)).into_response())
        }
        Err(refused) => refusal(refused),
    }
}

/// A page from elsewhere cannot send it, and no script reads it. It ends with the browser, or before at the station.
fn cookie(app: &App, secret: &str) -> String {
    let secure = if app.access.has_tls() { "; Secure" } else { "" };
    let name = app.access.cookie();
    format!("{name}={secret}; Path=/; HttpOnly; SameSite=Strict{secure}")
}

fn refusal(refused: LogInRefused) -> Result<Response, ApiError> {
    Err(match refused {
        LogInRefused::Wait(wait) => {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let message = format!("too many log-ins failed; try again in {seconds} s");
            let header = [(header::RETRY_AFTER, seconds.to_string())];
            return Ok((header, ApiError::too_many(message)).into_response());
        }
        LogInRefused::Wrong => ApiError::wrong_log_in(),
        LogInRefused::NoAccounts => ApiError::conflict(
            "this station has no accounts; `inspector account add` at the station makes one"
                .to_owned(),
        ),
        LogInRefused::System(message) => ApiError::internal(message),
        LogInRefused::Journal(error) if error.is_full() => ApiError::full(error.to_string()),
        LogInRefused::Journal(error) => ApiError::busy(format!(
            "the journal did not take the log-in, and without it there is none: {error}"
        )),
    })
}

/// Logs out, where somebody was logged in.
#[utoipa::path(delete, path = "/api/session", responses((status = 200, body = SessionShown)))]
pub async fn log_out(
    State(app): State<App>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
) -> Response {
    if let Some(session) = rights::session(&headers, app.access.cookie()) {
        app.accounts.log_out(session, ends.there.ip());
    }
    let cookie = format!("{}; Max-Age=0", cookie(&app, ""));
    let shown = SessionShown::of(!app.accounts.is_open(), None);
    ([(header::SET_COOKIE, cookie)], Json(shown)).into_response()
}

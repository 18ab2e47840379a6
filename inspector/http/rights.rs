//! Which role may ask for what: one table of all routes. What does not stand in it is refused.

use super::serve::Ends;
use super::{ApiError, App};
use crate::control::accounts::role::Role;
use crate::control::accounts::{Somebody, TOKEN_PREFIX, Who};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Whoever reaches the station.
    Anyone,
    /// These roles, where the station has accounts.
    Only(&'static [Role]),
}

use May::{Anyone, Only};

const LOOKS: May = Only(&Role::ALL);
const RUNS: May = Only(&[Role::Operator, Role::Quality, Role::Integrator]);
const TEACHES: May = Only(&[Role::Quality, Role::Integrator]);
/// What decides which parts are rejected is changed by whoever stands behind it, and not by whoever set the station up.
const VOUCHES: May = Only(&[Role::Quality]);

/// Every route, its method, and who may.
pub const RIGHTS: &[(&str, Method, May)] = &[
    ("/", Method::GET, Anyone),
    ("/{*path}", Method::GET, Anyone),
    ("/health", Method::GET, Anyone),
    ("/ready", Method::GET, Anyone),
    ("/metrics", Method::GET, LOOKS),
    ("/api/openapi.json", Method::GET, Anyone),
    ("/api/session", Method::GET, Anyone),
    ("/api/session", Method::POST, Anyone),
    ("/api/session", Method::DELETE, Anyone),
    ("/api/status", Method::GET, LOOKS),
    ("/api/events", Method::GET, LOOKS),
    ("/api/line", Method::GET, LOOKS),
    ("/api/line/{device}/parts", Method::POST, RUNS),
    ("/api/live/{view}/image.jpg", Method::GET, LOOKS),
    ("/api/live/{view}/overlay.png", Method::GET, LOOKS),
    ("/api/results", Method::GET, LOOKS),
    ("/api/results/{id}", Method::GET, LOOKS),
    ("/api/results/{id}/views/{view}/image", Method::GET, LOOKS),
    (
        "/api/results/{id}/views/{view}/overlay.png",
        Method::GET,
        LOOKS,
    ),
    ("/api/facets", Method::GET, LOOKS),
    ("/api/results/export", Method::GET, TEACHES),
    ("/api/review", Method::GET, LOOKS),
    ("/api/results/{id}/reviews", Method::POST, RUNS),
    ("/api/reviews/{id}/undo", Method::POST, RUNS),
    ("/api/alarms", Method::GET, LOOKS),
    ("/api/alarms/acknowledge", Method::POST, RUNS),
    ("/api/gaps", Method::GET, LOOKS),
    ("/api/quality", Method::GET, LOOKS),
    ("/api/recipes", Method::GET, LOOKS),
    ("/api/recipes/{style}/histogram", Method::GET, LOOKS),
    ("/api/recipes/{style}/would-change", Method::GET, LOOKS),
    ("/api/recipes/{style}/evidence", Method::GET, LOOKS),
    ("/api/recipes/{style}/versions", Method::POST, VOUCHES),
    ("/api/recipes/{style}/back", Method::POST, VOUCHES),
    ("/api/recipes/{style}/rules", Method::GET, LOOKS),
    ("/api/recipes/{style}/rules", Method::POST, VOUCHES),
    ("/api/teaching", Method::GET, LOOKS),
    ("/api/teaching", Method::POST, TEACHES),
    ("/api/teaching", Method::DELETE, TEACHES),
    ("/api/teaching/images", Method::POST, TEACHES),
    ("/api/teaching/{lesson}/images/{n}", Method::GET, LOOKS),
    ("/api/teaching/{lesson}/images/{n}", Method::DELETE, TEACHES),
    ("/api/teaching/defects", Method::POST, TEACHES),
    ("/api/teaching/{lesson}/files", Method::POST, TEACHES),
    ("/api/teaching/model", Method::POST, TEACHES),
    ("/api/teaching/stop", Method::POST, TEACHES),
    ("/api/teaching/use", Method::POST, VOUCHES),
];

/// What answers that there is nothing, whoever asks.
const NOTHING: [&str; 3] = ["/api", "/api/", "/api/{*rest}"];

/// What a page asks by itself, which nobody has to sit before.
const BY_ITSELF: [&str; 6] = [
    "/api/status",
    "/api/events",
    "/api/line",
    "/api/live/{view}/image.jpg",
    "/api/live/{view}/overlay.png",
    "/api/session",
];

/// Who may ask this; `None` for a method that the route does not take, which is told so.
///
/// # Errors
/// A route that the table does not know.
fn may(path: &str, method: &Method) -> Result<Option<May>, ApiError> {
    let method = match *method {
        Method::HEAD => &Method::GET,
        _ => method,
    };
    let mut of_path = RIGHTS
        .iter()
        .filter(|(known, ..)| *known == path)
        .peekable();
    if of_path.peek().is_none() {
        return match NOTHING.contains(&path) {
            true => Ok(Some(Anyone)),
            false => Err(ApiError::internal(format!(
                "nobody has said who may ask for {path}"
            ))),
        };
    }
    let found = of_path.find(|(_, taken, _)| taken == method);
    Ok(found.map(|(.., may)| *may))
}

/// The names of the roles that may ask for this, in the API's document; `None` where anyone may.
pub fn roles_of(path: &str, method: &Method) -> Option<Vec<&'static str>> {
    match may(path, method) {
        Ok(Some(Only(roles))) => Some(roles.iter().map(|role| role.name()).collect()),
        Ok(Some(Anyone) | None) | Err(_) => None,
    }
}

/// Lets through who may, and says to all that follow who it is.
pub async fn only_allowed(
    State(app): State<App>,
    matched: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response {
    if app.accounts.is_stale() {
        let accounts = Arc::clone(&app.accounts);
        // Where it breaks off, the accounts are as they were.
        drop(tokio::task::spawn_blocking(move || accounts.refresh()).await);
    }
    let (path, method) = (matched.as_str(), request.method().clone());
    let who = who(&app, request.headers(), path);
    let checked = match (may(path, &method), &who) {
        (Err(error), _) => Err(error),
        (Ok(None | Some(Anyone)), _) | (Ok(_), Who::Anybody) => Ok(()),
        (Ok(_), Who::Nobody) => Err(ApiError::not_logged_in()),
        (Ok(Some(Only(roles))), Who::Somebody(somebody)) => {
            let is_allowed = roles.contains(&somebody.role);
            is_allowed.then_some(()).ok_or_else(|| {
                let asked = format!("{method} {path}");
                app.accounts.refused(somebody, &asked, from(&request));
                ApiError::not_allowed_to(&asked, somebody.role, roles)
            })
        }
    };
    let somebody = match &who {
        Who::Somebody(somebody) => Some(somebody.clone()),
        Who::Anybody | Who::Nobody => None,
    };
    request.extensions_mut().insert(who);
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    if let Some(somebody) = somebody {
        response.extensions_mut().insert(somebody);
    }
    response
}

/// From which address.
fn from(request: &Request) -> IpAddr {
    let ends = request.extensions().get::<Ends>();
    ends.map_or(Ipv4Addr::UNSPECIFIED.into(), |ends| ends.there.ip())
}

fn who(app: &App, headers: &HeaderMap, path: &str) -> Who {
    let is_used = !BY_ITSELF.contains(&path);
    let session = session(headers, app.access.cookie());
    app.accounts.who(token(headers), session, is_used)
}

/// Something that is no token is a wrong one.
fn token(headers: &HeaderMap) -> Option<&str> {
    let token = headers.get(header::AUTHORIZATION).map(bearer);
    token.map(|token| token.unwrap_or_default())
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(TOKEN_PREFIX)).then_some(token)
}

/// The secret of the session, where one cookie of this name says it.
pub fn session<'h>(headers: &'h HeaderMap, cookie: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter();
    let mut found = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == cookie)
        .map(|(_, secret)| secret);
    let first = found.next()?;
    // Several: somebody else put one beside it.
    found.next().is_none().then_some(first)
}

/// Who does it, for whoever records something.
#[derive(Clone, Debug)]
pub struct Actor(Option<Somebody>);

impl Actor {
    /// The account or token; where the station has no accounts, whoever the request names.
    ///
    /// # Errors
    /// 400 where neither is there. `field` is what the request would name him in.
    pub fn named(
        self,
        field: &str,
        given: Option<super::text::Person>,
    ) -> Result<String, ApiError> {
        match (self.0, given) {
            (Some(somebody), _) => Ok(somebody.name),
            (None, Some(person)) => Ok(person.into_string()),
            (None, None) => Err(ApiError::bad_request(format!(
                "missing field `{field}`: this station has no accounts, so the request says who does it"
            ))),
        }
    }

    /// The account or token, where there is one.
    pub fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|somebody| somebody.name.as_str())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(match parts.extensions.get::<Who>() {
            Some(Who::Somebody(somebody)) => Some(somebody.clone()),
            Some(Who::Anybody | Who::Nobody) | None => None,
        }))
    }
}

/// With what somebody asked, for an answer that goes on: whether he still may is asked again.
#[derive(Clone)]
pub struct Asking {
    token: Option<String>,
    session: Option<String>,
    as_whom: Option<Somebody>,
}

impl Asking {
    /// Whether the same one, with the same role, would be let in now. Has the file of accounts read again where it is
    /// another, beside the caller.
    pub fn is_still_known(&self, app: &App) -> bool {
        if app.accounts.is_stale() {
            let accounts = Arc::clone(&app.accounts);
            tokio::task::spawn_blocking(move || accounts.refresh());
        }
        let (token, session) = (self.token.as_deref(), self.session.as_deref());
        match (app.accounts.who(token, session, false), &self.as_whom) {
            (Who::Anybody, None) => true,
            (Who::Somebody(now), Some(then)) => now == *then,
            _ => false,
        }
    }
}

impl FromRequestParts<App> for Asking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let Actor(as_whom) = Actor::from_request_parts(parts, app).await?;
        Ok(Self {
            token: token(&parts.headers).map(str::to_owned),
            session: session(&parts.headers, app.access.cookie()).map(str::to_owned),
            as_whom,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_of_the_api_says_who_may_and_nothing_else_does() {
        let document = super::super::routes::described().into_openapi();
        let mut described = BTreeSet::new();
        for (path, item) in &document.paths.paths {
            let methods = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::DELETE, &item.delete),
            ];
            for (method, operation) in methods {
                if operation.is_some() {
                    described.insert((path.clone(), method.to_string()));
                }
            }
            let others = [
                &item.put,
                &item.patch,
                &item.head,
                &item.options,
                &item.trace,
            ];
            assert!(others.iter().all(|one| one.is_none()), "{path}");
        }
        let of_page = [("/", "GET"), ("/{*path}", "GET")];
        described.extend(of_page.map(|(path, method)| (path.to_owned(), method.to_owned())));
        let mut said = BTreeSet::new();
        for (path, method, _) in RIGHTS {
            let is_new = said.insert(((*path).to_owned(), method.to_string()));
            assert!(is_new, "{method} {path} stands there twice");
        }
        let missing: Vec<_> = described.difference(&said).collect();
        let gone: Vec<_> = said.difference(&described).collect();
        assert!(
            missing.is_empty() && gone.is_empty(),
            "{missing:?} {gone:?}"
        );
        for path in BY_ITSELF {
            assert!(RIGHTS.iter().any(|(known, ..)| *known == path), "{path}");
        }
    }

    #[test]
    fn a_viewer_changes_nothing_and_an_operator_no_recipe() {
        for (path, method, may) in RIGHTS.iter().filter(|(path, ..)| *path != "/api/session") {
            let is_change = !method.is_safe();
            let Only(roles) = may else {
                assert!(!is_change, "{method} {path} is anyone's");
                continue;
            };
            assert!(!(roles.contains(&Role::Viewer) && is_change), "{path}");
            let is_judging = path.contains("/recipes/") || path.contains("/teaching");
            let by_operator = roles.contains(&Role::Operator);
            assert!(!(is_change && is_judging && by_operator), "{method} {path}");
        }
    }

    #[test]
    fn what_the_table_does_not_know_is_refused_and_other_methods_are_told_so() {
        assert!(may("/api/new", &Method::GET).is_err());
        let found = |path: &str, method: Method| may(path, &method).ok().flatten();
        assert_eq!(found("/api/status", Method::PUT), None);
        assert_eq!(found("/api/status", Method::HEAD), Some(LOOKS));
        assert_eq!(found("/api/{*rest}", Method::POST), Some(Anyone));
    }

    #[test]
    fn one_cookie_says_the_session_and_two_say_none() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_str(value).expect("a value");
                headers.append(header::COOKIE, value);
            }
            session(&headers, "inspector_session").map(str::to_owned)
        };
        assert_eq!(of(&["a=1; inspector_session=x; b=2"]).as_deref(), Some("x"));
        assert_eq!(of(&["inspector_session=x", "inspector_session=y"]), None);
        assert_eq!(of(&["inspector_session=x; inspector_session=y"]), None);
        assert_eq!(of(&["xinspector_session=x"]), None);
        assert_eq!(of(&[]), None);
        let bearer = |text: &str| bearer(&HeaderValue::from_str(text).expect("one")).map(str::len);
        assert_eq!(bearer("Bearer inspector_1"), Some(11));
        assert_eq!(bearer("bearer inspector_1"), Some(11));
        assert_eq!(bearer("Basic inspector_1"), None);
        assert_eq!(bearer("Bearer 1"), None);
    }
}

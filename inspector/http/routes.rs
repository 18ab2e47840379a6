//! Every route, in one table that is also the API's document: what is not described is not answered, and what a route is
//! not described to know is refused.

use super::extract::BODY_BYTES_MAX;
use super::{
    ApiError, App, alarms, assets, cached, events, evidence, export, gaps, guard, health, line,
    parts, pictures, quality, reply, results, review, rights, session, sorting, status, teaching,
    tuning, upload,
};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Query, Request, State};
use axum::http::{Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{
    ContentBuilder, OpenApi, Ref, RefOr, Response as Described, ResponseBuilder,
};
use utoipa::{OpenApi as _, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The API's document, committed as `ui/openapi.json`, without its paths.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "inspector", description = "The station's API"),
    components(schemas(
        reply::ErrorReply,
        super::dto::ImageKind,
        super::dto::ReviewCame,
        results::YesOrNo
    ))
)]
struct Document;

pub(super) fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .routes(routes!(session::session, session::log_in, session::log_out))
        .routes(routes!(status::get_status))
        .routes(routes!(events::events))
        .routes(routes!(line::line))
        .routes(routes!(parts::announce))
        .routes(routes!(pictures::live_image))
        .routes(routes!(pictures::live_overlay))
        .routes(routes!(results::list))
        .routes(routes!(results::detail))
        .routes(routes!(review::waiting))
        .routes(routes!(review::say))
        .routes(routes!(review::take_back))
        .routes(routes!(pictures::stored_image))
        .routes(routes!(pictures::stored_overlay))
        .routes(routes!(results::facets))
        .routes(routes!(export::export))
        .routes(routes!(alarms::alarms))
        .routes(routes!(alarms::acknowledge))
        .routes(routes!(gaps::gaps))
        .routes(routes!(quality::quality))
        .routes(routes!(tuning::recipes))
        .routes(routes!(tuning::histogram))
        .routes(routes!(tuning::would_change))
        .routes(routes!(evidence::threshold_evidence))
        .routes(routes!(tuning::apply))
        .routes(routes!(tuning::go_back))
        .routes(routes!(sorting::rules, sorting::sort))
        .routes(routes!(
            teaching::lesson,
            teaching::begin,
            teaching::discard
        ))
        .routes(routes!(teaching::go_on))
        .routes(routes!(teaching::image, teaching::throw_out))
        .routes(routes!(teaching::recall_rejects))
        .routes(routes!(upload::upload))
        .routes(routes!(teaching::teach))
        .routes(routes!(teaching::stop))
        .routes(routes!(teaching::use_model))
        .routes(routes!(document))
}

/// Every route of the page and the API.
pub fn router(app: App) -> Router {
    let (router, described) = described().split_for_parts();
    let known = Arc::new(known(&described));
    router
        .route("/api", any(no_such_route))
        .route("/api/", any(no_such_route))
        .route("/api/{*rest}", any(no_such_route))
        .route("/", get(assets::page))
        .route("/{*path}", get(assets::asset))
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(known, only_known))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            rights::only_allowed,
        ))
        .layer(middleware::from_fn(cached::tagged))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(CatchPanicLayer::custom(|_| broke_off().into_response()))
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}

/// The API's document as JSON, as committed.
pub fn openapi_json() -> String {
    let mut document = described().into_openapi();
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (&mut item.get, Method::GET),
            (&mut item.post, Method::POST),
            (&mut item.delete, Method::DELETE),
        ];
        for (operation, method) in operations {
            if let Some(operation) = operation {
                complete(operation, !method.is_safe());
                if let Some(roles) = rights::roles_of(path, &method) {
                    let extensions = operation.extensions.get_or_insert_default();
                    extensions.insert("x-roles".to_owned(), roles.into());
                }
            }
        }
    }
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// What any route may answer; what only some do stands beside them.
fn complete(operation: &mut Operation, is_change: bool) {
    let of_all = [
        (
            "400",
            "Correct the request: the message names what was expected and found.",
        ),
        ("401", "Log in first, where the station has accounts."),
        (
            "403",
            "Not from here: the request names another host or comes from another site, or the station is read-only; or the \
             role does not allow it.",
        ),
        ("414", "The address is too long."),
        ("431", "The headers are too large."),
        ("500", "The station failed; its log says more."),
        (
            "503",
            "Try again after as many seconds as the header `retry-after` says.",
        ),
    ];
    let of_changes = [
        ("408", "The body did not arrive in time."),
        ("413", "The body is too large."),
        ("415", "The body is of another content type."),
    ];
    let of_changes = of_changes.iter().filter(|_| is_change);
    for (status, meaning) in of_all.iter().chain(of_changes) {
        let responses = &mut operation.responses.responses;
        let response = responses.entry((*status).to_owned());
        response.or_insert_with(|| refusal(meaning).into());
    }
    // Given by their statuses alone beside the routes.
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if status.starts_with(['4', '5']) && response.content.is_empty() {
            *response = refusal(&response.description);
        }
    }
}

fn refusal(meaning: &str) -> Described {
    let body = Ref::from_schema_name(reply::ErrorReply::name());
    ResponseBuilder::new()
        .description(meaning)
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(body)).build(),
        )
        .build()
}

/// This API as an OpenAPI document.
#[utoipa::path(get, path = "/api/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
pub async fn document() -> Response {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, DOCUMENT.get_or_init(openapi_json).as_str()).into_response()
}

/// What a route knows behind its question mark.
type Known = HashMap<(String, Method), Vec<String>>;

fn known(document: &OpenApi) -> Known {
    let mut known = Known::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::DELETE, &item.delete),
        ] {
            let Some(operation) = operation else {
                continue;
            };
            let all = operation.parameters.iter().flatten();
            let names = all.filter_map(|parameter| match parameter {
                RefOr::T(given) if given.parameter_in == ParameterIn::Query => {
                    Some(given.name.clone())
                }
                _ => None,
            });
            let names = names.collect();
            known.insert((path.clone(), method), names);
        }
    }
    known
}

/// Refuses what nobody would heed: a filter with a slip in its name would let everything through.
async fn only_known(
    State(known): State<Arc<Known>>,
    matched: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let method = match request.method() {
        &Method::HEAD => Method::GET,
        method => method.clone(),
    };
    let known = known.get(&(matched.as_str().to_owned(), method));
    match known.map_or(Ok(()), |known| all_known(request.uri(), known)) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn all_known(uri: &Uri, known: &[String]) -> Result<(), ApiError> {
    let query = uri.query().unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(query).decode_utf8();
    decoded.map_err(|_| {
        ApiError::bad_request("expected UTF-8 in the query, found other bytes".to_owned())
    })?;
    let given = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let Query(given) = given.map_err(|error| ApiError::bad_request(error.body_text()))?;
    for (name, _) in &given {
        if !known.contains(name) {
            let expected = match known {
                [] => "none is known here".to_owned(),
                known => format!("expected one of {}", known.join(", ")),
            };
            let message = format!("unknown parameter {name:?}: {expected}");
            return Err(ApiError::bad_request(message));
        }
    }
    Ok(())
}

async fn no_such_route(uri: Uri) -> ApiError {
    ApiError::not_found(format!("there is no {}", uri.path()))
}

async fn not_allowed(method: Method, uri: Uri) -> ApiError {
    ApiError::not_allowed(format!("{} does not take {method}", uri.path()))
}

fn broke_off() -> ApiError {
    ApiError::internal("the answer broke off; look at the station's log".to_owned())
}

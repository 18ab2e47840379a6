//! Every route, asked by everybody: what the API's document says of roles is what a running station does.

use crate::logging_in::{done, log_in, token};
use crate::served::{SIM, Station, home};
use serde_json::Value;
use std::collections::BTreeSet;

const ROLES: [&str; 4] = ["viewer", "operator", "quality", "integrator"];

/// A route as it can be asked, and which roles may; everybody may where there are none.
struct Route {
    method: String,
    path: String,
    roles: Option<Vec<String>>,
}

impl Route {
    fn is_for(&self, role: &str) -> bool {
        let roles = self.roles.as_ref();
        roles.is_none_or(|roles| roles.iter().any(|one| one == role))
    }
}

fn routes() -> Vec<Route> {
    let document = std::fs::read_to_string("ui/openapi.json").expect("the document");
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let path = ["{lesson}", "{n}", "{id}", "{view}", "{device}"]
                .iter()
                .fold(path.replace("{style}", "bracket"), |path, name| {
                    path.replace(name, "1")
                });
            let roles = operation["x-roles"].as_array().map(|roles| {
                let names = roles
                    .iter()
                    .map(|role| role.as_str().expect("a name").to_owned());
                names.collect()
            });
            let method = method.to_uppercase();
            routes.push(Route {
                method,
                path,
                roles,
            });
        }
    }
    for path in ["/", "/index.html"] {
        let (method, path) = ("GET".to_owned(), path.to_owned());
        routes.push(Route {
            method,
            path,
            roles: None,
        });
    }
    assert!(routes.len() > 40, "{}", routes.len());
    routes
}

/// The status that is answered; what is asked changes nothing, since its body says nothing.
fn asked(station: &Station, route: &Route, who: &str) -> u16 {
    let body: &[u8] = if route.method == "GET" { b"" } else { b"{}" };
    station
        .open_with(&route.method, &route.path, who, body)
        .status()
}

/// Said here once more, from the guide's words, so that a slip in the table is found.
fn may_change(role: &str, path: &str) -> bool {
    let is_judging = path.contains("/recipes/") || path == "/api/teaching/use";
    match role {
        "operator" | "quality" | "integrator" if !is_judging && !path.contains("teaching") => true,
        "quality" => true,
        "integrator" => !is_judging,
        _ => false,
    }
}

#[test]
fn the_table_says_what_the_guide_says() {
    let mut judging = BTreeSet::new();
    for route in routes() {
        if route.path == "/api/session" {
            assert!(route.roles.is_none(), "whoever is not logged in logs in");
            continue;
        }
        for role in ROLES {
            let may = match route.method.as_str() {
                "GET" if route.path == "/api/results/export" => {
                    matches!(role, "quality" | "integrator")
                }
                "GET" => true,
                _ => may_change(role, &route.path),
            };
            assert_eq!(
                route.is_for(role),
                may,
                "{role}: {} {}",
                route.method,
                route.path
            );
        }
        let only_quality = Some(vec!["quality".to_owned()]);
        if route.roles == only_quality {
            judging.insert(route.path.clone());
        }
        let open = ["/", "/index.html", "/health", "/ready", "/api/openapi.json"];
        assert_eq!(
            route.roles.is_none(),
            open.contains(&route.path.as_str()),
            "{}",
            route.path
        );
    }
    assert_eq!(judging.len(), 4, "{judging:?}");
}

#[test]
fn each_role_is_answered_what_it_may_ask_for_and_refused_everything_else() {
    let home = home(SIM);
    let tokens = ROLES.map(|role| token(home.path(), &format!("machine {role}"), role));
    for role in ROLES {
        done(home.path(), &["add", role, "--role", role]);
    }
    let station = Station::start(home.path());
    let sessions = ROLES.map(|role| log_in(&station, role));
    let wrong = [
        String::new(),
        "cookie: inspector_session=0000\r\n".to_owned(),
        "cookie: inspector_session=\r\n".to_owned(),
        "authorization: Bearer inspector_0000\r\n".to_owned(),
        "authorization: Basic bGk6bGk=\r\n".to_owned(),
        // A wrong token is not made good by a session beside it.
        format!("authorization: Bearer inspector_0\r\n{}", sessions[2]),
        // Nor one session by another.
        format!("{}{}", sessions[0], sessions[1]),
        // Nor is a token a session.
        tokens[2].replace("authorization: Bearer ", "cookie: inspector_session="),
    ];
    let mut answered = 0;
    for route in routes().iter().filter(|route| route.path != "/api/session") {
        let told = format!("{} {}", route.method, route.path);
        for who in &wrong {
            let status = asked(&station, route, who);
            assert_eq!(
                status == 401,
                route.roles.is_some(),
                "{told} by {who:?}: {status}"
            );
            assert_ne!(status, 403, "{told} by {who:?}");
        }
        for (n, role) in ROLES.iter().enumerate() {
            for who in [&tokens[n], &sessions[n]] {
                let status = asked(&station, route, who);
                assert_eq!(
                    status == 403,
                    !route.is_for(role),
                    "{told} by {role}: {status}"
                );
                assert!(
                    status != 401 && status < 500 || status == 503,
                    "{told} by {role}: {status}"
                );
                answered += usize::from(status < 300);
            }
        }
    }
    assert!(answered > 100, "{answered} were answered");
    // What the table does not know is nobody's.
    for who in [&wrong[0], &sessions[2]] {
        let status = station.request("POST", "/api/anything", who, b"{}").status;
        assert_eq!(status, 404);
    }
    station.stop();
}

#[test]
fn without_accounts_everybody_at_the_station_may_do_everything() {
    let station_home = home(SIM);
    let station = Station::start(station_home.path());
    for route in &routes() {
        for who in [
            "",
            "cookie: inspector_session=0000\r\n",
            "authorization: Bearer inspector_0\r\n",
        ] {
            let status = asked(&station, route, who);
            let told = format!("{} {}: {status}", route.method, route.path);
            assert!(status != 401 && status != 403, "{told}");
        }
    }
    station.stop();
}

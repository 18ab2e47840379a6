//! Who is let in by a station that has accounts: log-ins, sessions, tokens, and what a page from elsewhere can do with
//! them.

use crate::answered::Reply;
use crate::served::{SIM, Station, begin, home};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

pub const PASSWORD: &str = "correct horse battery staple";
/// Only a bound on waiting.
const WITHIN: Duration = Duration::from_secs(60);

/// Runs `inspector account` on the accounts of the station there.
pub fn account(home: &Path, arguments: &[&str], password: &str) -> Output {
    let mut running = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .arg("account")
        .args(arguments)
        .arg("--data")
        .arg(home.join("data"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = running.stdin.take().expect("an input");
    // It may end without reading it.
    let _ = writeln!(input, "{password}");
    drop(input);
    running.wait_with_output().expect("it ends")
}

pub fn done(home: &Path, arguments: &[&str]) {
    let output = account(home, arguments, PASSWORD);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// A machine's token, as a header.
pub fn token(home: &Path, name: &str, role: &str) -> String {
    let output = account(home, &["add", name, "--role", role, "--token"], "");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).expect("text");
    let token = said
        .split_whitespace()
        .find(|word| word.starts_with("inspector_"));
    let token = token.unwrap_or_else(|| panic!("no token in {said:?}"));
    format!("authorization: Bearer {token}\r\n")
}

pub fn try_log_in(station: &Station, name: &str, password: &str) -> Reply {
    let body = json!({"name": name, "password": password}).to_string();
    station.request("POST", "/api/session", "", body.as_bytes())
}

/// The cookie of a session, as a header.
pub fn log_in(station: &Station, name: &str) -> String {
    let reply = try_log_in(station, name, PASSWORD);
    assert_eq!(reply.status, 200, "{reply:?}");
    let cookie = reply.header("set-cookie").expect("a cookie");
    let pair = cookie.split(';').next().expect("a pair");
    format!("cookie: {pair}\r\n")
}

fn status(station: &Station, who: &str) -> u16 {
    station.request("GET", "/api/status", who, b"").status
}

#[test]
fn a_session_is_a_cookie_that_no_script_and_no_other_site_has_and_ends_with_the_log_out() {
    let home = home(SIM);
    done(home.path(), &["add", "li", "--role", "quality"]);
    let station = Station::start(home.path());
    let reply = try_log_in(&station, "li", PASSWORD);
    assert_eq!(reply.status, 200, "{reply:?}");
    let expected = json!({"has_accounts": true, "name": "li", "role": "quality"});
    assert_eq!(reply.json(), expected);
    let cookie = reply.header("set-cookie").expect("a cookie");
    let parts: Vec<&str> = cookie.split(';').map(str::trim).collect();
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(parts.contains(&flag), "{flag} is not in {cookie}");
    }
    assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
    let session = format!("cookie: {}\r\n", parts[0]);
    let whole = reply.text();
    let secret = parts[0].split('=').nth(1).expect("a secret");
    assert!(
        !whole.contains(secret) && !whole.contains(PASSWORD),
        "{whole}"
    );
    assert_eq!(status(&station, &session), 200);
    let who = station.request("GET", "/api/session", &session, b"");
    assert_eq!(who.json(), expected);
    let nobody = json!({"has_accounts": true, "name": null, "role": null});
    let who = station.request("GET", "/api/session", "", b"");
    assert_eq!(who.json(), nobody);
    let out = station.request("DELETE", "/api/session", &session, b"");
    assert_eq!((out.status, out.json()), (200, nobody));
    let cleared = out.header("set-cookie").expect("a cookie");
    assert!(cleared.contains("Max-Age=0"), "{cleared}");
    assert_eq!(status(&station, &session), 401);
    // What is asked with a session is not kept by a browser or a proxy.
    let session = log_in(&station, "li");
    let kept = station.request("GET", "/api/status", &session, b"");
    let kept = kept.header("cache-control").expect("said").to_owned();
    assert!(
        kept.contains("no-store") || kept.contains("private"),
        "{kept}"
    );
    station.stop();
}

#[test]
fn a_page_from_elsewhere_can_do_nothing_with_somebodys_session() {
    let home = home(SIM);
    done(home.path(), &["add", "wang", "--role", "quality"]);
    let station = Station::start(home.path());
    let session = log_in(&station, "wang");
    let body = json!({"based_on": 1, "view": 0, "reject_above": 0.9, "accept_below": 0.9, "author": "Mallory",
        "reason": "r"});
    let change = |more: &str| {
        let headers = format!("{session}{more}");
        let path = "/api/recipes/bracket/versions";
        station.request("POST", path, &headers, body.to_string().as_bytes())
    };
    for elsewhere in [
        "origin: http://evil.example\r\n",
        "origin: null\r\n",
        "sec-fetch-site: cross-site\r\n",
        "sec-fetch-site: same-site\r\n",
    ] {
        let reply = change(elsewhere);
        assert_eq!(
            (reply.status, reply.kind()),
            (403, "forbidden".to_owned()),
            "{elsewhere}"
        );
        for method in ["POST", "DELETE"] {
            let headers = format!("{session}{elsewhere}");
            let credentials = json!({"name": "wang", "password": PASSWORD}).to_string();
            let reply = station.request(method, "/api/session", &headers, credentials.as_bytes());
            assert_eq!(reply.status, 403, "{method} {elsewhere}");
        }
    }
    // A form of another page cannot send JSON.
    let form = station.send(
        "POST",
        "/api/session",
        "text/plain",
        body.to_string().as_bytes(),
    );
    assert_eq!(form.0, 415);
    let own = format!(
        "origin: http://{}\r\nsec-fetch-site: same-origin\r\n",
        station.address
    );
    let reply = change(&own);
    assert_eq!(reply.status, 201, "{reply:?}");
    // Who did it is who is logged in, whatever the request says.
    let recipes = station.request("GET", "/api/recipes", &session, b"").text();
    assert!(!recipes.contains("Mallory"), "{recipes}");
    station.stop();
    let log = home.path().join("data/results.sqlite");
    let log = rusqlite::Connection::open(log).expect("the log");
    let sql = "select group_concat(actor) from event where code = 'recipe_applied' and actor <> 'station'";
    let actors: String = log.query_row(sql, [], |row| row.get(0)).expect("one");
    assert_eq!(actors, "wang");
    let recipe = std::fs::read_to_string(home.path().join("recipes/bracket/2.toml"));
    assert!(recipe.expect("a recipe").contains("author = \"wang\""));
}

/// Tries again when the station says that it may, and gives how many seconds that were in all.
fn when_it_may(station: &Station, name: &str, password: &str) -> (Reply, u64) {
    let began = Instant::now();
    let mut waited = 0;
    loop {
        let reply = try_log_in(station, name, password);
        if reply.status != 429 {
            return (reply, waited);
        }
        assert!(began.elapsed() < WITHIN, "{reply:?}");
        let wait = reply.header("retry-after").expect("said");
        let wait: u64 = wait.parse().expect("seconds");
        assert!((1..=30).contains(&wait), "{wait}");
        std::thread::sleep(Duration::from_secs(wait));
        waited += wait;
    }
}

#[test]
fn failed_log_ins_make_the_next_wait_and_say_nothing_of_what_was_wrong() {
    let home = home(SIM);
    done(home.path(), &["add", "li", "--role", "operator"]);
    let station = Station::start(home.path());
    let mut said = Vec::new();
    let tried = [
        ("li", "wrong"),
        ("nobody", PASSWORD),
        ("li", ""),
        ("li", "x"),
        ("li", "y"),
        ("li", "z"),
    ];
    for (name, password) in tried {
        let (reply, _) = when_it_may(&station, name, password);
        assert_eq!(reply.status, 401, "{reply:?}");
        assert_eq!(reply.header("set-cookie"), None);
        said.push(reply.text());
    }
    assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
    let (reply, waited) = when_it_may(&station, "li", PASSWORD);
    assert!(waited > 0, "also with the right password");
    assert_eq!(reply.status, 200, "{reply:?}");
    // What stands where a password belongs is repeated nowhere.
    for body in [
        r#"{"name": "li", "password": 4711471147114711}"#,
        r#"{"name": "li", "password": "x", "4711471147114711": 1}"#,
        r#"{"name": "li", "password": ["4711471147114711"]}"#,
        r#"{"name": "li", "password": "4711471147114711""#,
    ] {
        let reply = station.request("POST", "/api/session", "", body.as_bytes());
        assert_eq!(reply.status, 400, "{reply:?}");
        assert!(!reply.text().contains("4711"), "{reply:?}");
    }
    station.stop();
    let logs = inspector::telemetry::file::folder_in(&home.path().join("data"));
    for entry in std::fs::read_dir(logs).expect("logs") {
        let text = std::fs::read_to_string(entry.expect("one").path()).expect("text");
        assert!(!text.contains("4711") && !text.contains(PASSWORD), "{text}");
    }
}

#[test]
fn a_change_of_an_account_counts_from_the_next_request_on() {
    let home = home(SIM);
    for name in ["disabled", "removed", "password", "role"] {
        done(home.path(), &["add", name, "--role", "operator"]);
    }
    let machine = token(home.path(), "mes", "viewer");
    let station = Station::start(home.path());
    let sessions = ["disabled", "removed", "password", "role"].map(|name| log_in(&station, name));
    let [disabled, removed, password, role] = &sessions;
    let acknowledge = |who: &str| {
        station
            .request("POST", "/api/alarms/acknowledge", who, b"{}")
            .status
    };
    assert!(sessions.iter().all(|who| acknowledge(who) == 400));
    done(home.path(), &["disable", "disabled"]);
    assert_eq!(status(&station, disabled), 401);
    assert_eq!(try_log_in(&station, "disabled", PASSWORD).status, 401);
    done(home.path(), &["remove", "removed"]);
    assert_eq!(status(&station, removed), 401);
    let another = account(
        home.path(),
        &["password", "password"],
        "another horse battery",
    );
    assert!(another.status.success(), "{another:?}");
    assert_eq!(status(&station, password), 401);
    done(home.path(), &["role", "role", "viewer"]);
    assert_eq!((status(&station, role), acknowledge(role)), (200, 403));
    assert_eq!(status(&station, &machine), 200);
    done(home.path(), &["disable", "mes"]);
    assert_eq!(status(&station, &machine), 401);
    done(home.path(), &["enable", "mes"]);
    assert_eq!(status(&station, &machine), 200);
    // Whoever takes the file away lets nobody in, now or after the next start.
    std::fs::remove_file(home.path().join("data/accounts.toml")).expect("removed");
    assert_eq!((status(&station, ""), status(&station, role)), (401, 401));
    station.stop();
    let told = home.path().join("data/accounts-told.toml");
    std::fs::remove_file(told).expect("removed");
    let station = Station::start(home.path());
    assert_eq!(status(&station, ""), 401);
    station.stop();
}

#[test]
fn an_event_stream_ends_with_the_session_that_it_was_asked_with() {
    let home = home(SIM);
    for name in ["out", "disabled", "stays"] {
        done(home.path(), &["add", name, "--role", "viewer"]);
    }
    let machine = token(home.path(), "mes", "viewer");
    let station = Station::start(home.path());
    let [out, disabled, stays] = ["out", "disabled", "stays"].map(|name| log_in(&station, name));
    let listen = |who: &str| station.open("GET", "/api/events", who);
    let (mut gone, mut off, mut on) = (listen(&out), listen(&disabled), listen(&stays));
    let mut of_machine = listen(&machine);
    for stream in [&mut gone, &mut off, &mut on, &mut of_machine] {
        assert!(stream.reads(b"event: status", WITHIN));
    }
    let reply = station.request("DELETE", "/api/session", &out, b"");
    assert_eq!(reply.status, 200);
    assert!(gone.ends(WITHIN), "logged out");
    // Nobody else asks meanwhile: the streams find it out by themselves.
    done(home.path(), &["disable", "disabled"]);
    done(home.path(), &["remove", "mes"]);
    assert!(off.ends(WITHIN), "disabled");
    assert!(of_machine.ends(WITHIN), "removed");
    assert!(on.reads(b"event: status", WITHIN));
    station.stop();
}

#[test]
fn the_first_account_ends_the_streams_of_whoever_was_not_asked() {
    let home = home(SIM);
    let station = Station::start(home.path());
    let mut stream = station.open("GET", "/api/events", "");
    assert!(stream.reads(b"event: status", WITHIN));
    done(home.path(), &["add", "li", "--role", "viewer"]);
    assert!(stream.ends(WITHIN));
    assert_eq!(status(&station, ""), 401);
    station.stop();
}

#[test]
fn a_session_that_nobody_uses_ends_though_its_page_listens() {
    let home = home(&format!(
        "{SIM}[http]\nsession_idle_s = 60\nsession_s_max = 3600\n"
    ));
    done(home.path(), &["add", "li", "--role", "viewer"]);
    let station = Station::start(home.path());
    let session = log_in(&station, "li");
    let began = Instant::now();
    let mut stream = station.open("GET", "/api/events", &session);
    assert!(stream.ends(Duration::from_secs(120)));
    assert!(
        began.elapsed() >= Duration::from_secs(55),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(status(&station, &session), 401);
    station.stop();
}

#[test]
fn what_is_done_with_accounts_is_in_the_journal() {
    let home = home(SIM);
    done(home.path(), &["add", "li", "--role", "viewer"]);
    let station = Station::start(home.path());
    let session = log_in(&station, "li");
    let refused = station.request("POST", "/api/alarms/acknowledge", &session, b"{}");
    assert_eq!(refused.status, 403);
    assert_eq!(refused.kind(), "not_allowed");
    try_log_in(&station, "li", "wrong");
    station.request("DELETE", "/api/session", &session, b"");
    station.stop();
    let log = rusqlite::Connection::open(home.path().join("data/results.sqlite")).expect("the log");
    let sql = "select code || ' ' || actor from event where code in ('account_changed', 'logged_in', 'logged_out',
        'log_in_failed', 'access_refused') order by id";
    let mut query = log.prepare(sql).expect("a question");
    let told = query.query_map([], |row| row.get(0)).expect("asked");
    let told: Vec<String> = told.map(|row| row.expect("a row")).collect();
    let expected = [
        "account_changed station",
        "logged_in li",
        "access_refused li",
        "log_in_failed station",
        "logged_out li",
    ];
    assert_eq!(told, expected);
}

#[test]
fn who_teaches_and_throws_away_is_in_the_journal() {
    let home = home(SIM);
    done(home.path(), &["add", "chen", "--role", "integrator"]);
    let station = Station::start(home.path());
    let session = log_in(&station, "chen");
    let mut begun = begin("bracket", 10, "line");
    // What is under way cannot be thrown away.
    begun["source"] = json!(null);
    let begun = begun.to_string();
    let begun = station.request("POST", "/api/teaching", &session, begun.as_bytes());
    assert_eq!(begun.status, 200, "{begun:?}");
    let lesson = &begun.json()["lesson"];
    assert_eq!(lesson["author"], "chen", "{lesson}");
    let meant = json!({"lesson": lesson["id"]}).to_string();
    let gone = station.request("DELETE", "/api/teaching", &session, meant.as_bytes());
    assert_eq!(gone.status, 200, "{gone:?}");
    station.stop();
    let log = rusqlite::Connection::open(home.path().join("data/results.sqlite"));
    let log = log.expect("the log");
    let sql =
        "select subject || ' ' || actor from event where code = 'request_accepted' order by id";
    let mut query = log.prepare(sql).expect("a question");
    let told = query.query_map([], |row| row.get(0)).expect("asked");
    let told: Vec<String> = told.map(|row| row.expect("a row")).collect();
    assert_eq!(
        told,
        ["POST /api/teaching chen", "DELETE /api/teaching chen"]
    );
}

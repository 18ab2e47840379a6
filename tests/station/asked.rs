//! A running station that is asked for parts over HTTP, as robots and test programs do.

use crate::served::{self, Station};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const PARTS: &str = "/api/line/robot/parts";
const WAIT: Duration = Duration::from_millis(50);

/// A station whose camera runs freely over flat pictures, good ones and bad ones.
fn home(ejector: &str, device: &str) -> tempfile::TempDir {
    crate::accept_demo();
    let home = tempfile::tempdir().unwrap();
    let pictures = served::flat_pictures(home.path());
    served::recipe(home.path(), "part", "demo", 0.45);
    let models = Path::new("models/assets").canonicalize().unwrap();
    let settings = format!(
        "[station]\nname = \"asked\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 10\ndecide_by_ms = 1500\nframe_window_ms = 500\n\
         [trigger]\nsource = \"line\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"{ejector}\"\nresting = \"energise-to-accept\"\nhold_ms = 5\n\
         [[device]]\nname = \"robot\"\nkind = \"http\"\n{device}\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = {pictures:?}\ninterval_ms = 60\nrepeat = true\n"
    );
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    home
}

fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(WAIT);
    }
    panic!("not within 20 s: {what}");
}

/// The first part that the station is ready for.
fn first(station: &Station) -> Value {
    until("the station is ready", || {
        let (status, body) = station.ask("POST", PARTS, &json!({"part_id": "FIRST"}));
        (status == 200).then_some(body)
    })
}

/// The recorded result of a part.
fn recorded(station: &Station, id: &Value) -> Value {
    until("it is recorded", || {
        let (status, body) = station.ask("GET", &format!("/api/results/{id}"), &Value::Null);
        (status == 200).then_some(body)
    })
}

#[test]
fn each_request_is_a_part_and_its_answer_is_what_is_recorded() {
    let home = home("line", "takes_out = true\nin_flight_max = 2\n");
    let station = Station::start(home.path());
    first(&station);
    let mut dispositions = BTreeSet::new();
    let mut numbers = Vec::new();
    for number in 0..12 {
        let id = format!("件-{number}");
        let (status, told) = station.ask("POST", PARTS, &json!({"part_id": id, "style": "part"}));
        assert_eq!(status, 200, "{told}");
        assert_eq!(
            (&told["part_id"], &told["style"]),
            (&json!(id), &json!("part"))
        );
        let row = recorded(&station, &told["id"]);
        for key in ["part_no", "part_id", "verdict", "cause", "disposition"] {
            assert_eq!(told[key], row[key], "{key}: {told} {row}");
        }
        assert_eq!(told["lane"], told["disposition"], "the lanes are called so");
        assert!(told["told_after_us"].as_i64().unwrap() > 0, "{told}");
        assert_ne!(told["cause"], "not_acknowledged");
        numbers.push(told["part_no"].as_i64().unwrap());
        dispositions.insert(told["disposition"].as_str().unwrap().to_owned());
        std::thread::sleep(Duration::from_millis(20));
    }
    let follow = numbers.windows(2).all(|two| two[1] == two[0] + 1);
    assert!(follow, "{numbers:?}");
    assert_eq!(dispositions.len(), 2, "pictures of both kinds came");
    refusals(&station);
    hung_up(&station);
    several(&station);
    plain(&station);
}

/// What is no part is told as what it is, and is none.
fn refusals(station: &Station) {
    let count = || {
        station.get("/api/status")["counts"]["parts"]
            .as_i64()
            .unwrap()
    };
    let before = count();
    for (path, body, expected, said) in [
        (
            "/api/line/plc/parts",
            json!({}),
            404,
            "expected one of [\\\"robot\\\"]",
        ),
        (
            PARTS,
            json!({"part_id": "x".repeat(129)}),
            400,
            "is longer than 128 bytes",
        ),
        (PARTS, json!({"part_id": "a\u{7}b"}), 400, "cannot be seen"),
        (PARTS, json!({"part_id": ""}), 400, "is empty"),
        (PARTS, json!({"style": "../x"}), 400, "is a path"),
        (PARTS, json!({"id": "x"}), 400, "unknown field `id`"),
        ("/api/line/robot/parts?wait=maybe", json!({}), 400, "wait"),
        (
            "/api/line/robot/parts?wat=false",
            json!({}),
            400,
            "unknown parameter",
        ),
    ] {
        let (status, body) = station.ask("POST", path, &body);
        assert_eq!(status, expected, "{path}: {body}");
        assert!(body.to_string().contains(said), "{said}: {body}");
    }
    assert_eq!(station.send("POST", PARTS, "text/plain", b"SN-1").0, 415);
    assert_eq!(
        station
            .send("POST", PARTS, "application/json", &[b' '; 70_000])
            .0,
        413
    );
    assert_eq!(station.ask("GET", PARTS, &Value::Null).0, 405);
    assert_eq!(count(), before, "none of them was a part");
}

/// A client that hangs up loses nothing: its part is recorded, and as nobody took it out, it is no accepted one.
fn hung_up(station: &Station) {
    const PARTS_LEFT: usize = 12;
    for number in 0..PARTS_LEFT {
        let body = format!("{{\"part_id\":\"HUNG-UP-{number}\"}}");
        let mut stream = TcpStream::connect(&station.address).unwrap();
        write!(
            stream,
            "POST {PARTS} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            station.address,
            body.len()
        )
        .unwrap();
        // Taken, but not decided: the camera takes a picture every 60 ms.
        std::thread::sleep(Duration::from_millis(3));
        drop(stream);
        std::thread::sleep(Duration::from_millis(110));
    }
    let rows = until("the parts are recorded", || {
        let page = station.get("/api/results?limit=50");
        let items = page["items"].as_array().unwrap().iter();
        let of = |item: &&Value| item["part_id"].as_str().unwrap().starts_with("HUNG-UP");
        let rows: Vec<Value> = items.filter(of).cloned().collect();
        (rows.len() == PARTS_LEFT).then_some(rows)
    });
    // A picture may have come before the client had hung up: then the answer was on its way, and the row says when.
    let is_taken = |row: &Value| row["acknowledged_after_us"].is_number();
    let accepted = |row: &&Value| row["disposition"] == "accept";
    assert!(rows.iter().filter(accepted).all(is_taken), "{rows:?}");
    let untaken = rows.iter().filter(|row| row["cause"] == "ejector_fault");
    assert!(untaken.count() > 0, "good parts were among them: {rows:?}");
}

/// No more at a time than the settings allow; what is refused is no part.
fn several(station: &Station) {
    let ask = |number: i32| {
        let body = json!({"part_id": format!("SEVERAL-{number}")});
        station.ask("POST", PARTS, &body).0
    };
    let ask = &ask;
    let found: Vec<u16> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..12)
            .map(|number| scope.spawn(move || ask(number)))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let of = |status: u16| found.iter().filter(|it| **it == status).count();
    assert_eq!(of(200) + of(429), found.len(), "{found:?}");
    assert!(of(200) > 0 && of(429) > 0, "{found:?}");
    let rows = until("those that were taken are recorded", || {
        let page = station.get("/api/results?limit=50");
        let items = page["items"].as_array().unwrap().iter();
        let of = |item: &&Value| item["part_id"].as_str().unwrap().starts_with("SEVERAL");
        let count = items.filter(of).count();
        (count >= of_count(&found)).then_some(count)
    });
    assert_eq!(rows, of_count(&found), "a refused request is no part");
}

fn of_count(found: &[u16]) -> usize {
    found.iter().filter(|it| **it == 200).count()
}

/// As the guide says it: without a body, and without waiting.
fn plain(station: &Station) {
    let curl = |more: &[&str], path: &str| {
        let address = format!("http://{}{path}", station.address);
        let said = Command::new("curl")
            .args(["-s", "-i", "-X", "POST"])
            .args(more)
            .arg(address)
            .output();
        String::from_utf8_lossy(&said.expect("curl runs").stdout).into_owned()
    };
    let said = curl(&[], PARTS);
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    let said = curl(
        &[
            "-H",
            "content-type: application/json",
            "-d",
            "{\"part_id\": \"SN-1\"}",
        ],
        PARTS,
    );
    assert!(said.contains("\"part_id\":\"SN-1\""), "{said}");
    let said = curl(&[], "/api/line/robot/parts?wait=false");
    assert!(said.starts_with("HTTP/1.1 202"), "{said}");
    let location = said
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .expect("a location");
    let row = until("its result is there", || {
        let (status, body) = station.ask("GET", location.trim(), &Value::Null);
        (status == 200).then_some(body)
    });
    assert!(
        said.contains(&format!("\"id\":{}", row["id"])),
        "{said} {row}"
    );
}

#[test]
fn a_manual_station_is_answered_though_nothing_takes_parts_out() {
    let home = home("none", "answer_within_ms = 5000\n");
    let station = Station::start(home.path());
    let told = first(&station);
    let row = recorded(&station, &told["id"]);
    for key in ["part_no", "part_id", "verdict", "cause", "disposition"] {
        assert_eq!(told[key], row[key], "{key}: {told} {row}");
    }
    let after = told["told_after_us"].as_i64().unwrap();
    assert!(
        (1_400_000..2_500_000).contains(&after),
        "at decide_by_ms: {after}"
    );
}

#[test]
fn a_lamp_that_is_missing_rejects_nothing() {
    let lamp = "takes_out = true\n\
         [[device]]\nname = \"lamps\"\nkind = \"modbus\"\naddress = \"127.0.0.1:9\"\nbecause = \"lamps\"\n\
         [[output]]\ndevice = \"lamps\"\naddress = \"coil:0\"\nmeaning = \"red\"\n";
    let home = home("line", lamp);
    let station = Station::start(home.path());
    first(&station);
    let line = until("the missing lamp is told", || {
        let line = station.get("/api/line");
        let is_told = line["devices"][1]["reason"].is_string();
        is_told.then_some(line)
    });
    assert_eq!(line["devices"][1]["is_connected"], false, "{line}");
    assert!(line["rejects"].is_null(), "{line}");
    // One picture of three is good.
    until("a good part is accepted", || {
        let (_, body) = station.ask("POST", PARTS, &json!({}));
        (body["disposition"] == "accept").then_some(())
    });
    assert!(station.get("/api/line")["rejects"].is_null());
}

#[test]
fn a_part_without_an_id_is_not_waited_for_where_nobody_reads_ids() {
    let home = home("line", "takes_out = true\n");
    let file = home.path().join("station.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    let identity =
        "[identity]\nwithin_ms = 20\n[[identity.rule]]\nprefix = \"A-\"\nstyle = \"part\"\n";
    let settings = settings.replace("style = \"part\"\n[ejector]", "[ejector]");
    std::fs::write(&file, format!("{settings}{identity}")).unwrap();
    let station = Station::start(home.path());
    let nameless = until("the station is ready", || {
        let (status, body) = station.ask("POST", PARTS, &json!({}));
        (status == 200).then_some(body)
    });
    assert_eq!(nameless["cause"], "no_identity", "{nameless}");
    until("somebody is told", || {
        let alarms = station.get("/api/alarms");
        let mut alarms = alarms.as_array().unwrap().iter();
        alarms.find(|alarm| alarm["kind"] == "no_identity").cloned()
    });
    let (_, named) = station.ask("POST", PARTS, &json!({"part_id": "A-1"}));
    assert_eq!(
        (&named["style"], &named["part_id"]),
        (&json!("part"), &json!("A-1"))
    );
    let (_, unknown) = station.ask("POST", PARTS, &json!({"part_id": "B-1"}));
    assert_eq!(unknown["cause"], "unknown_style", "{unknown}");
}

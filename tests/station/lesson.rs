//! Teaching at the running station, as the page does it: collect, throw out, teach, use; and what happens
//! when the disk, the camera or the station fails on the way.

use crate::served::{SIM, Station, begin, home};
use serde_json::{Value, json};

#[test]
fn good_parts_are_collected_taught_and_inspected_while_the_line_runs() {
    let home = home(SIM);
    let station = Station::start(home.path());
    let (status, begun) = station.ask("POST", "/api/teaching", &begin("cap", 10, "line"));
    assert_eq!(status, 200, "{begun}");
    let (status, refused) = station.ask("POST", "/api/teaching", &begin("cap", 10, "line"));
    assert_eq!(
        (status, refused["error"]["kind"].as_str()),
        (409, Some("conflict"))
    );
    let message = refused["error"]["message"].as_str().expect("a message");
    assert!(message.contains("Li"), "{message}");

    let lesson = station.settled();
    assert_eq!(lesson["note"], Value::Null, "{lesson}");
    let id = lesson["id"].as_i64().expect("an id");
    let images = lesson["images"].as_array().expect("images");
    assert_eq!(images.len(), 10);
    // Caps have no recipe, so none of them passed.
    let is_cap = |image: &Value| image["style"] == "cap" && image["is_passed"] == false;
    assert!(images.iter().all(is_cap), "{lesson}");
    let path = format!("/api/teaching/{id}/images/{}", images[3]["n"]);
    let (status, picture) = station.ask_bytes("GET", &path, &Value::Null);
    let size = image::load_from_memory(&picture).map(|image| (image.width(), image.height()));
    assert_eq!((status, size.expect("an image")), (200, (320, 240)));

    assert_eq!(station.ask("DELETE", &path, &json!({})).0, 200);
    assert_eq!(station.ask("DELETE", &path, &json!({})).0, 404);
    let model = json!({"lesson": id, "name": "caps", "author": "Li"});
    let (status, few) = station.ask("POST", "/api/teaching/model", &model);
    assert_eq!(status, 400);
    let message = few["error"]["message"].as_str().expect("a message");
    assert!(
        message.contains("expected at least 10 images of good parts, found 9"),
        "{message}"
    );
    let more = json!({"lesson": id, "author": "Li", "wanted": 10, "source": "line"});
    assert_eq!(station.ask("POST", "/api/teaching/images", &more).0, 200);
    assert_eq!(
        station.settled()["images"]
            .as_array()
            .expect("images")
            .len(),
        10
    );

    let wrong = json!({"lesson": id, "name": "../caps", "author": "Li"});
    assert_eq!(station.ask("POST", "/api/teaching/model", &wrong).0, 400);
    let taken = json!({"lesson": id, "name": "demo", "author": "Li"});
    assert_eq!(station.ask("POST", "/api/teaching/model", &taken).0, 409);
    assert_eq!(station.ask("POST", "/api/teaching/model", &model).0, 200);
    // The second one is told who is at it.
    let (status, refused) = station.ask("POST", "/api/teaching/model", &model);
    let message = refused["error"]["message"].as_str().expect("a message");
    assert!(
        status == 409 && message.contains("begun by Li"),
        "{status} {message}"
    );
    station.until("/api/teaching", |body| body["study"]["stage"] == "weighing");
    assert_eq!(
        station
            .ask("POST", "/api/teaching/stop", &json!({"lesson": id}))
            .0,
        200
    );
    let stopped = station.settled();
    assert_eq!(
        stopped["note"],
        json!({"kind": "stopped", "phase": "teaching", "message": ""})
    );
    assert!(
        !home.path().join("models/caps").exists(),
        "nothing is left of it"
    );
    assert_eq!(station.ask("POST", "/api/teaching/model", &model).0, 200);
    let lesson = station.settled();
    let taught = &lesson["taught"];
    assert_eq!(lesson["phase"], "taught", "{}", lesson["note"]);
    assert_eq!(taught["held_out"].as_array().expect("scores").len(), 10);
    bounds_hold(taught);
    use_it(&station, id);
    is_shown(&station);
    // How many verdicts came late is up to the machine; that each part has a row is not.
    let counts = &station.get("/api/status")["counts"];
    assert_eq!(counts["gaps"], 0, "{counts}");
    station.stop();

    // The next run takes up the recipes and the model that this machine accepted.
    let station = Station::start(home.path());
    judged_by_caps(&station, "cap", 1);
    assert_eq!(
        station.get("/api/teaching")["lesson"]["taught"]["used_by"],
        json!(["cap 1", "bracket 2"])
    );
    assert_eq!(
        station
            .ask("DELETE", "/api/teaching", &json!({"lesson": id}))
            .0,
        200
    );
    assert_eq!(station.get("/api/teaching")["lesson"], Value::Null);
    assert!(
        home.path().join("models/caps/model.onnx").is_file(),
        "the model stays"
    );
    station.stop();
}

/// Which caps come depends on the clock: some may be set aside as odd, and some lie above the threshold. Clopper and Pearson's
/// upper bound is where so few or fewer come with a chance of 5 %.
fn bounds_hold(taught: &Value) {
    let odd = taught["odd"].as_array().expect("images").len() as u64;
    let images = taught["held_out"].as_array().expect("scores").len() as u64 - odd;
    let rejected = taught["rejected"].as_u64().expect("a count");
    let at_most = taught["at_most"].as_f64().expect("a bound");
    assert!(rejected <= images && images >= 5, "{taught}");
    if rejected == images {
        assert_eq!(at_most, 1.0, "{taught}");
        return;
    }
    let mut chance = 0.0;
    let mut ways = 1.0;
    for count in 0..=rejected {
        let (hits, misses) = (count as i32, (images - count) as i32);
        chance += ways * at_most.powi(hits) * (1.0 - at_most).powi(misses);
        ways *= (images - count) as f64 / (count + 1) as f64;
    }
    assert!((chance - 0.05).abs() < 1e-3, "{chance}: {taught}");
}

/// For a style without a recipe, and for one with another model.
fn use_it(station: &Station, id: i64) {
    let with = |style: &str, based_on: u32| {
        json!({"lesson": id, "style": style, "based_on": based_on, "reject_above": 0.5,
            "accept_below": 0.5, "author": "Li", "reason": "taught"})
    };
    let (status, created) = station.ask("POST", "/api/teaching/use", &with("cap", 0));
    assert_eq!(
        (status, created),
        (201, json!({"style": "cap", "version": 1}))
    );
    let (status, _) = station.ask("POST", "/api/teaching/use", &with("cap", 0));
    assert_eq!(status, 409, "somebody was faster");
    let (status, created) = station.ask("POST", "/api/teaching/use", &with("bracket", 1));
    assert_eq!(
        (status, created),
        (201, json!({"style": "bracket", "version": 2}))
    );
    judged_by_caps(station, "cap", 1);
    let bracket = judged_by_caps(station, "bracket", 2);
    // A bracket is no cap.
    let failed = (&bracket["verdict"], &bracket["defect"]);
    assert_eq!(failed, (&json!("fail"), &json!("anomaly")), "{bracket}");
}

/// The models that run are those of the start and the one that came since.
fn is_shown(station: &Station) {
    let models = station.get("/api/status")["models"].clone();
    let used = |style: &str, from: u32, to: Value| json!({"style": style, "view": "top", "from_version": from, "to_version": to});
    let caps = &models[0];
    let expected = json!([used("bracket", 2, Value::Null), used("cap", 1, Value::Null)]);
    assert_eq!(
        (&caps["name"], &caps["used_by"]),
        (&json!("caps"), &expected)
    );
    // On the processor teaching makes 8-bit whole numbers.
    let said = (&caps["is_quantised"], &caps["precision"]);
    assert_eq!(said, (&json!(true), &json!("f32")), "{caps}");
    let demo = &models[1];
    let expected = json!([used("bracket", 1, json!(1))]);
    assert_eq!(
        (&demo["name"], &demo["used_by"]),
        (&json!("demo"), &expected)
    );
    assert_eq!(demo["is_quantised"], false, "{demo}");
}

/// A part of this style whose score came from the taught model.
fn judged_by_caps(station: &Station, style: &str, version: u32) -> Value {
    let path = format!("/api/results?style={style}&limit=1");
    let newest = |body: &Value| {
        let id = body["items"][0]["id"].as_i64()?;
        let detail = station.get(&format!("/api/results/{id}"));
        let is_so = detail["recipe"]["version"] == version
            && detail["view_results"][0]["model"]["name"] == "caps"
            && detail["score"].is_f64();
        is_so.then_some(detail)
    };
    let body = station.until(&path, |body| newest(body).is_some());
    newest(&body).expect("as a moment ago")
}

#[test]
fn a_lesson_outlives_a_camera_that_goes_and_a_station_that_is_killed() {
    let home = home(&format!(
        "{SIM}[sim.faults]\ndisconnect_at = [5]\ndisconnect_ms = 900\n"
    ));
    let station = Station::start(home.path());
    assert_eq!(
        station
            .ask("POST", "/api/teaching", &begin("bracket", 10, "line"))
            .0,
        200
    );
    let lesson = station.settled();
    assert_eq!(
        lesson["images"].as_array().expect("images").len(),
        10,
        "{lesson}"
    );
    let reopened = station.get("/api/status")["cameras"][0]["reopened"].clone();
    assert_eq!(reopened, json!(1), "the camera was gone in between");
    let id = lesson["id"].as_i64().expect("an id");
    let more = json!({"lesson": id, "author": "Wang", "wanted": 50, "source": "line"});
    assert_eq!(station.ask("POST", "/api/teaching/images", &more).0, 200);
    let is_under_way = |body: &Value| {
        let images = body["lesson"]["images"].as_array();
        images.is_some_and(|images| (12..50).contains(&images.len()))
    };
    station.until("/api/teaching", is_under_way);
    station.kill();

    let station = Station::start(home.path());
    let lesson = station.get("/api/teaching")["lesson"].clone();
    assert_eq!(
        lesson["note"],
        json!({"kind": "restarted", "phase": "capturing", "message": ""})
    );
    let images = lesson["images"].as_array().expect("images");
    assert!(images.len() >= 12, "{}", images.len());
    assert_eq!(
        (&lesson["phase"], &lesson["author"]),
        (&json!("collected"), &json!("Wang"))
    );
    for image in images {
        let path = format!("/api/teaching/{id}/images/{}?width=64", image["n"]);
        assert_eq!(station.ask_bytes("GET", &path, &Value::Null).0, 200);
    }
    // From the history, as a new lesson: every pass is stored.
    station.until(
        "/api/results?verdict=pass&style=bracket&limit=100",
        |body| {
            let items = body["items"].as_array().expect("items").iter();
            let stored = items.filter(|item| item["views"][0]["has_image"] == true);
            stored.count() >= 10
        },
    );
    assert_eq!(
        station
            .ask("DELETE", "/api/teaching", &json!({"lesson": id}))
            .0,
        200
    );
    assert_eq!(
        station
            .ask("POST", "/api/teaching", &begin("bracket", 10, "history"))
            .0,
        200
    );
    let lesson = station.settled();
    let images = lesson["images"].as_array().expect("images");
    assert_eq!(
        (images.len(), &lesson["note"]),
        (10, &Value::Null),
        "{lesson}"
    );
    assert!(
        images.iter().all(|image| image["is_passed"] == true),
        "{lesson}"
    );
    station.stop();
}

#[test]
fn a_full_disk_ends_the_capture_and_is_told() {
    let home = home(&format!("free_bytes_min = 1000000000000000\n{SIM}"));
    let station = Station::start(home.path());
    let begun = station.ask("POST", "/api/teaching", &begin("bracket", 10, "line"));
    assert_eq!(begun.0, 200, "{}", begun.1);
    let lesson = station.settled();
    assert_eq!(
        (&lesson["images"], &lesson["note"]["kind"]),
        (&json!([]), &json!("storage"))
    );
    let message = lesson["note"]["message"].as_str().expect("a message");
    assert!(message.contains("free_bytes_min"), "{message}");
    let nobody = json!({"camera": "side", "style": "cap", "only_passes": false, "author": "Li",
        "wanted": 9, "source": "line"});
    assert_eq!(station.ask("POST", "/api/teaching", &nobody).0, 400);
    station.stop();
}

/// A line whose camera plays these pictures, over and over.
fn playing(pictures: &[(&str, image::RgbImage)]) -> (tempfile::TempDir, Station) {
    let home = home("");
    let folder = home.path().join("pictures");
    std::fs::create_dir(&folder).expect("made");
    for (name, picture) in pictures {
        picture.save(folder.join(name)).expect("saved");
    }
    let settings = home.path().join("station.toml");
    let text = std::fs::read_to_string(&settings).expect("settings");
    let text = text
        .replace(
            "kind = \"sim\"\n[images]",
            "kind = \"folder\"\npath = \"pictures\"\ninterval_ms = 220\nrepeat = true\n[images]",
        )
        .replace("source = \"sim\"", "source = \"camera\"");
    std::fs::write(&settings, text).expect("written");
    let station = Station::start(home.path());
    (home, station)
}

#[test]
fn a_camera_that_shows_nothing_or_the_same_again_fills_no_lesson() {
    let picture = |seed: u32| {
        image::RgbImage::from_fn(320, 240, |x, y| {
            image::Rgb([(x * seed) as u8, (y * 3) as u8, ((x ^ y) + seed) as u8])
        })
    };
    let black = image::RgbImage::new(320, 240);
    let (_home, station) = playing(&[
        ("0.png", picture(1)),
        ("1.png", black),
        ("2.png", picture(2)),
        ("3.png", picture(1)),
    ]);
    let mut lesson = begin("bracket", 10, "line");
    lesson["style"] = Value::Null;
    let (status, begun) = station.ask("POST", "/api/teaching", &lesson);
    assert_eq!(status, 200, "{begun}");
    // Two pictures are all that there is to learn from, and somebody is told.
    let lesson = station.settled();
    assert_eq!(lesson["images"].as_array().expect("images").len(), 2);
    let kind = lesson["note"]["kind"].as_str();
    assert!(
        [Some("twice"), Some("no_contrast")].contains(&kind),
        "{lesson}"
    );
    let id = &lesson["id"];
    assert_eq!(
        station
            .ask("DELETE", "/api/teaching", &json!({"lesson": id}))
            .0,
        200
    );
    // From the history the same.
    let mut lesson = begin("bracket", 10, "history");
    lesson["style"] = Value::Null;
    assert_eq!(station.ask("POST", "/api/teaching", &lesson).0, 200);
    let lesson = station.settled();
    let images = lesson["images"].as_array().expect("images");
    assert!(images.len() <= 2, "{lesson}");
    assert_eq!(lesson["note"]["kind"], "few");
    station.stop();
}

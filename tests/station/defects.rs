//! Defects in a lesson: taken from the history of rejected parts, looked at, and taught with as
//! `inspector teach --bad` does.

use crate::served::{Station, begin, home};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const SIM: &str = "[sim]\nwidth = 320\nheight = 240\ndefect_rate = 0.5\npitch_ms = 250\njitter_ms = 0\n\
     styles = [\"bracket\"]\n";

fn results(images: &Value) -> Vec<i64> {
    let images = images.as_array().expect("images");
    images
        .iter()
        .map(|image| image["result"].as_i64().expect("a result"))
        .collect()
}

/// Takes more defects and gives the lesson then.
fn take(station: &Station, id: i64, count: u32) -> Value {
    let wanted = json!({"lesson": id, "author": "Li", "count": count});
    let (status, said) = station.ask("POST", "/api/teaching/defects", &wanted);
    assert_eq!(status, 200, "{said}");
    station.settled()
}

fn teach(station: &Station, id: i64, name: &str) -> Value {
    let model = json!({"lesson": id, "name": name, "author": "Li"});
    let (status, said) = station.ask("POST", "/api/teaching/model", &model);
    assert_eq!(status, 200, "{said}");
    let lesson = station.settled();
    assert_eq!(lesson["phase"], "taught", "{}", lesson["note"]);
    lesson
}

#[test]
fn defects_of_the_history_are_looked_at_and_taught_with_as_from_the_command_line() {
    let home = home(SIM);
    let station = Station::start(home.path());
    let only_passes = json!({"camera": "top", "style": "bracket", "only_passes": true, "author": "Li",
        "wanted": 12, "source": "line"});
    assert_eq!(station.ask("POST", "/api/teaching", &only_passes).0, 200);
    let id = station.settled()["id"].as_i64().expect("an id");
    let rejects = "/api/results?verdict=fail&style=bracket&limit=100";
    station.until(rejects, |body| {
        let items = body["items"].as_array().expect("items").iter();
        let stored = items.filter(|item| item["views"][0]["has_image"] == true);
        stored.count() >= 10
    });

    let lesson = take(&station, id, 3);
    let first = results(&lesson["defects"]);
    assert_eq!(first.len(), 3, "{lesson}");
    for result in &first {
        let part = station.get(&format!("/api/results/{result}"));
        assert_eq!(part["verdict"], "fail", "{part}");
    }
    // One of them is no true defect: it does not come again.
    let path = format!("/api/teaching/{id}/images/{}", lesson["defects"][0]["n"]);
    assert_eq!(station.ask_bytes("GET", &path, &Value::Null).0, 200);
    assert_eq!(station.ask("DELETE", &path, &json!({})).0, 200);
    let lesson = take(&station, id, 1);
    let now = results(&lesson["defects"]);
    assert!(
        now.len() == 3 && !now.contains(&first[0]),
        "{now:?} {first:?}"
    );

    // Three are not enough, and the lesson says so.
    let taught = teach(&station, id, "three")["taught"].clone();
    assert_eq!(taught["told"], Value::Null);
    assert_eq!(taught["defects"].as_array().map(Vec::len), Some(3));
    assert_eq!(taught["evidence"]["caught"]["of"], 0, "nothing is known");
    assert!(
        taught["evidence"]["drawn"]["of"].as_u64() > Some(30),
        "{taught}"
    );

    let lesson = take(&station, id, 3);
    let defects = results(&lesson["defects"]);
    let apart: BTreeSet<&i64> = defects.iter().collect();
    assert_eq!((defects.len(), apart.len()), (6, 6), "none comes twice");
    let lesson = teach(&station, id, "six");
    let told = &lesson["taught"]["told"];
    // What is unlike all the others is left out, as a defect would be that the model in use has passed.
    let odd = lesson["taught"]["odd"].as_array().expect("odd").len();
    assert!(odd <= 2, "{}", lesson["taught"]);
    assert_eq!(
        (&told["good"], &told["defects"]),
        (&json!(12 - odd), &json!(6))
    );
    // Parts that were looked at as defects are no test of the model that was taught with them.
    let tried = lesson["taught"]["rejects"].as_array().expect("rejects");
    let looked_at = |reject: &&Value| {
        let id = reject["id"].as_i64().expect("an id");
        defects.contains(&id) || id == first[0]
    };
    assert!(tried.len() >= 3, "{}", lesson["taught"]);
    assert_eq!(tried.iter().filter(looked_at).count(), 0, "{tried:?}");
    evidence_is_told(&lesson);
    as_from_the_command_line(home.path(), &lesson);

    let too_many = json!({"lesson": id, "author": "Li", "count": 45});
    let (status, refused) = station.ask("POST", "/api/teaching/defects", &too_many);
    let message = refused["error"]["message"].as_str().expect("a message");
    assert!(
        status == 400 && message.contains("expected 1 to 44"),
        "{message}"
    );
    station.stop();

    // After a restart both kinds are there.
    let station = Station::start(home.path());
    let found = station.get("/api/teaching")["lesson"].clone();
    assert_eq!(results(&found["defects"]), defects);
    assert_eq!(found["taught"]["told"], *told);
    let discard = json!({"lesson": id});
    assert_eq!(station.ask("DELETE", "/api/teaching", &discard).0, 200);
    // In a new lesson nothing is known of the last one; and history alone gives good parts once each.
    assert_eq!(
        station
            .ask("POST", "/api/teaching", &begin("bracket", 10, "history"))
            .0,
        200
    );
    let lesson = station.settled();
    let id = lesson["id"].as_i64().expect("an id");
    let more = json!({"lesson": id, "author": "Li", "wanted": 14, "source": "history"});
    assert_eq!(station.ask("POST", "/api/teaching/images", &more).0, 200);
    let good = results(&station.settled()["images"]);
    let apart: BTreeSet<&i64> = good.iter().collect();
    assert!(good.len() > 10, "{good:?}");
    assert_eq!(good.len(), apart.len(), "none comes twice");
    station.stop();
}

#[test]
fn images_of_defects_stay_in_the_lesson_when_the_station_makes_room_for_newer_ones() {
    let home = home(&format!("quota_bytes = 4000000\n{SIM}"));
    let station = Station::start(home.path());
    let lesson = json!({"camera": "top", "style": "bracket", "only_passes": false, "author": "Li",
        "wanted": 10, "source": null});
    let (status, begun) = station.ask("POST", "/api/teaching", &lesson);
    assert_eq!(status, 200, "{begun}");
    let id = begun["lesson"]["id"].as_i64().expect("an id");
    let rejects = "/api/results?verdict=fail&style=bracket&limit=100";
    station.until(rejects, |body| {
        let items = body["items"].as_array().expect("items").iter();
        let stored = items.filter(|item| item["views"][0]["has_image"] == true);
        stored.count() >= 3
    });
    let lesson = take(&station, id, 3);
    let chosen = lesson["defects"].as_array().expect("images").clone();
    assert_eq!(chosen.len(), 3, "{lesson}");
    for image in &chosen {
        let result = format!("/api/results/{}", image["result"]);
        // The page of the part, and the Teach page beside a score, say so in words.
        station.until(&result, |body| {
            body["view_results"][0]["image"] == "deleted_by_quota"
        });
        let stored = format!("{result}/views/0/image");
        assert_eq!(station.ask_bytes("GET", &stored, &Value::Null).0, 404);
        for (width, height) in [("", 240), ("?width=280", 210)] {
            let path = format!("/api/teaching/{id}/images/{}{width}", image["n"]);
            let (status, picture) = station.ask_bytes("GET", &path, &Value::Null);
            let size = image::load_from_memory(&picture).map(|image| image.height());
            assert_eq!((status, size.expect("an image")), (200, height));
        }
    }
    station.stop();
    let station = Station::start(home.path());
    let found = station.get("/api/teaching")["lesson"]["defects"].clone();
    assert_eq!(found, Value::from(chosen));
    station.stop();
}

/// What the page draws: a curve, each defect held out, and a second line.
fn evidence_is_told(lesson: &Value) {
    let taught = &lesson["taught"];
    let evidence = &taught["evidence"];
    let used = match taught["told"]["is_used"] == true {
        true => "with",
        false => "without",
    };
    let defects = evidence["defects"].as_array().expect("defects");
    let numbers = |list: &Value| -> Vec<u64> {
        let list = list.as_array().expect("a list").iter();
        list.map(|each| each.as_u64().or(each["n"].as_u64()).expect("a number"))
            .collect()
    };
    assert_eq!(numbers(&evidence["defects"]), numbers(&taught["defects"]));
    let caught = defects
        .iter()
        .filter(|each| each["score"].as_f64() >= Some(0.5));
    assert_eq!(evidence["caught"]["count"], caught.count(), "{evidence}");
    assert_eq!(evidence["caught"]["count"], taught["told"][used]["caught"]);
    let curve = evidence["curve"].as_array().expect("a curve");
    let middle = curve
        .iter()
        .find(|point| point["threshold"] == 0.5)
        .expect("the proposed one");
    assert_eq!(middle["good"]["count"], taught["rejected"], "{middle}");
    assert_eq!(middle["defects"], evidence["caught"]);
    let line = evidence["accept_below"].as_f64().expect("a second line");
    assert!((0.1..=0.5).contains(&line), "{line}");
}

/// The same images from folders give the same graph and the same numbers.
fn as_from_the_command_line(home: &Path, lesson: &Value) {
    for kind in ["images", "defects"] {
        std::fs::create_dir_all(home.join(kind)).expect("made");
        for image in lesson[kind].as_array().expect("images") {
            let name = format!("{:04}.png", image["n"].as_u64().expect("a number"));
            std::fs::copy(
                home.join("data/teaching").join(&name),
                home.join(kind).join(&name),
            )
            .expect("copied");
        }
    }
    let taught = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .arg("teach")
        .arg(home.join("images"))
        .arg("--bad")
        .arg(home.join("defects"))
        .arg("--out")
        .arg(home.join("from-files"))
        .output()
        .expect("it runs");
    assert!(taught.status.success(), "{taught:?}");
    let said = String::from_utf8_lossy(&taught.stdout);
    let told = &lesson["taught"]["told"];
    let with = format!(
        "AUROC {:.3}, at the threshold {} of 6 defects caught, {} of {} good parts rejected",
        told["with"]["auroc"].as_f64().expect("a number"),
        told["with"]["caught"],
        told["with"]["rejected"],
        told["good"]
    );
    assert!(said.contains(&with), "{said}\n{told}");
    let graph =
        |folder: &str| std::fs::read(home.join(folder).join("model.onnx")).expect("a graph");
    assert!(
        graph("from-files") == graph("models/six"),
        "not the same graph"
    );
    let manifest = std::fs::read_to_string(home.join("models/six/model.toml")).expect("a manifest");
    let is_said = manifest.contains("12 images of good parts, 6 of defects, camera top");
    assert_eq!(is_said, told["is_used"] == true, "{manifest}");
}

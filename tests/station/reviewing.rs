//! Reviews over the API of a station that runs: what is taken, what is refused and why, and what a killed station keeps.

use super::served::{Station, home};
use inspector::results::verify::{Scope, verify};
use serde_json::{Value, json};

const DEFECTS_ONLY: &str = "[sim]\nwidth = 320\nheight = 240\ndefect_rate = 1.0\npitch_ms = 500\njitter_ms = 0\n\
     styles = [\"bracket\"]\n";

fn refused(station: &Station, path: &str, body: &Value, status: u16, named: &[&str]) {
    let (found, answer) = station.ask("POST", path, body);
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    assert_eq!(found, status, "{body}: {answer}");
    for word in named {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
}

fn waits(page: &Value, why: &str) -> bool {
    page["waiting"][why].as_i64() >= Some(1) && page["oldest_at"].is_string()
}

#[test]
fn a_review_is_taken_checked_and_outlives_a_kill() {
    let home = home(DEFECTS_ONLY);
    let station = Station::start(home.path());
    let page = station.until("/api/review?why=reject", |page| waits(page, "reject"));
    let part = &page["items"][0];
    assert_eq!(
        (&part["why"], &part["review"]),
        (&json!("reject"), &Value::Null)
    );
    let id = part["id"].as_i64().expect("a row");
    let detail = station.get(&format!("/api/results/{id}"));
    let class = detail["classes"][0].as_str().expect("a class").to_owned();
    let view = detail["view_results"][0]["name"].as_str().expect("a view");
    let path = format!("/api/results/{id}/reviews");
    let region = json!({"view": view, "x": 0, "y": 0, "width": 320, "height": 240});
    let good = json!({"judgement": "defect", "class": class, "region": region, "reason": null, "author": "李明"});
    let with = |field: &str, value: Value| {
        let mut changed = good.clone();
        changed[field] = value;
        changed
    };
    let placed = |field: &str, value: Value| {
        let mut changed = good.clone();
        changed["region"][field] = value;
        changed
    };
    for (body, named) in [
        (
            with("class", json!("comet")),
            &["class", class.as_str(), "comet"][..],
        ),
        (with("judgement", json!("bad")), &["bad", "cannot_tell"]),
        (
            with("judgement", json!("good")),
            &["class", "defect", "good"],
        ),
        (with("author", json!("")), &["author"]),
        (with("judgment", json!("good")), &["judgment"]),
        (
            placed("view", json!("sideways")),
            &["region", view, "sideways"],
        ),
        (placed("x", json!(1)), &["region", "320", "240"]),
        (placed("width", json!(0)), &["region", "320"]),
        (placed("height", json!(u32::MAX)), &["region"]),
        (placed("x", json!(-1)), &["x"]),
        (placed("y", json!(0.5)), &["y"]),
    ] {
        refused(&station, &path, &body, 400, named);
    }
    refused(&station, "/api/results/7/reviews", &good, 404, &["7"]);
    let (status, made) = station.ask("POST", &path, &good);
    assert_eq!(status, 201, "{made}");
    // Sent again, as where the answer was lost on its way.
    let (status, again) = station.ask("POST", &path, &good);
    assert_eq!((status, &again["id"]), (201, &made["id"]), "{again}");
    let undo = json!({"author": "Li", "reason": null});
    let (status, doubted) =
        station.ask("POST", &path, &json!({"judgement": "good", "author": "Li"}));
    assert_eq!(status, 201, "{doubted}");
    let at = format!("/api/reviews/{}/undo", doubted["id"]);
    assert_eq!(station.ask("POST", &at, &undo).0, 201);
    refused(&station, &at, &undo, 409, &["taken back"]);
    refused(
        &station,
        "/api/reviews/999999/undo",
        &undo,
        404,
        &["999999"],
    );
    // As hard as a power cut for the process.
    station.kill();
    let station = Station::start(home.path());
    let detail = station.get(&format!("/api/results/{id}"));
    assert_eq!(detail["review"], "defect", "{detail}");
    let reviews = detail["reviews"].as_array().expect("reviews");
    assert_eq!(reviews.len(), 2, "{detail}");
    assert_eq!(
        (&reviews[0]["id"], &reviews[0]["at"]),
        (&made["id"], &made["at"])
    );
    assert_eq!(reviews[0]["region"], region);
    assert_eq!(reviews[1]["undone"]["author"], "Li");
    let found = station.get("/api/results?reviewer=%E6%9D%8E%E6%98%8E&judgement=defect");
    assert_eq!(found["items"][0]["id"], json!(id), "{found}");
    station.stop();
    let report = verify(
        &home.path().join("data"),
        Scope {
            with_pictures: true,
        },
    )
    .expect("a log");
    assert_eq!(report.problems, Vec::<String>::new());
}

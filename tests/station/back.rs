//! Going back to an earlier version's model at the running station, and what is refused.

use crate::served::{SIM, Station, home};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Version 2 of brackets uses a copy of the demo's model, accepted like it.
fn prepared() -> tempfile::TempDir {
    let home = home(SIM);
    add_version(home.path(), 2, "other");
    home
}

/// Adds a version of brackets with a copy of the demo's model.
fn add_version(home: &Path, version: u32, model: &str) {
    let copied = Command::new("cp")
        .args(["-r", "demo", model])
        .current_dir(home.join("models"))
        .status();
    assert!(copied.expect("cp runs").success());
    let recipe = format!(
        "[recipe]\nauthor = \"Wang\"\nreason = \"another\"\ncreated = \"2026-05-01T00:00:00Z\"\n\
         [[view]]\nname = \"top\"\ncamera = \"top\"\nmodel = {model:?}\nreject_above = 0.77\n"
    );
    let file = format!("recipes/bracket/{version}.toml");
    std::fs::write(home.join(file), recipe).expect("written");
}

fn back(station: &Station, style: &str, to: u32, based_on: u32, author: &str) -> (u16, Value) {
    let wanted = json!({"to": to, "based_on": based_on, "author": author, "reason": "as it was"});
    station.ask("POST", &format!("/api/recipes/{style}/back"), &wanted)
}

fn refused(said: &(u16, Value)) -> &str {
    said.1["error"]["message"].as_str().expect("a message")
}

/// A part of this version, as the log has it.
fn judged_by(station: &Station, version: u32) -> Value {
    let newest = |body: &Value| {
        let id = body["items"][0]["id"].as_i64()?;
        let detail = station.get(&format!("/api/results/{id}"));
        let is_so = detail["recipe"]["version"] == version && detail["score"].is_f64();
        is_so.then_some(detail)
    };
    let path = "/api/results?style=bracket&limit=1";
    let body = station.until(path, |body| newest(body).is_some());
    newest(&body).expect("as a moment ago")
}

fn versions(station: &Station) -> Vec<Value> {
    let recipes = station.get("/api/recipes");
    let of_style = recipes.as_array().expect("recipes").iter();
    let mut bracket = of_style.filter(|each| each["style"] == "bracket");
    let versions = bracket.next().expect("brackets")["versions"].clone();
    versions.as_array().expect("versions").clone()
}

/// The same network under another hash, accepted on this machine.
fn exchange(models: &Path) {
    let other = models.join("other");
    let graph = other.join("model.onnx");
    let mut bytes = std::fs::read(&graph).expect("a graph");
    // Field 3 of an ONNX model, its producer's version, once more: the last one counts.
    bytes.extend([0x1a, 1, b'x']);
    std::fs::write(&graph, &bytes).expect("written");
    let manifest = std::fs::read_to_string(other.join("model.toml")).expect("a manifest");
    let line = manifest.lines().find(|line| line.starts_with("sha256"));
    let sha256 = inspector::hash::sha256(&bytes);
    let manifest = manifest.replace(line.expect("a line"), &format!("sha256 = \"{sha256}\""));
    std::fs::write(other.join("model.toml"), manifest).expect("written");
    let accepted = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["model", "accept"])
        .arg(&other)
        .output()
        .expect("it runs");
    assert!(accepted.status.success(), "{accepted:?}");
}

#[test]
fn an_earlier_version_comes_back_as_a_new_one_while_the_line_runs() {
    let home = prepared();
    let models = home.path().join("models");
    let station = Station::start(home.path());
    assert_eq!(
        judged_by(&station, 2)["view_results"][0]["model"]["name"],
        "other"
    );
    let first = versions(&station).pop().expect("version 1");

    // A model that is gone, or that nobody accepted, changes nothing.
    std::fs::rename(models.join("demo"), models.join("away")).expect("moved");
    let gone = back(&station, "bracket", 1, 2, "Li");
    assert_eq!(gone.0, 400);
    assert!(refused(&gone).contains("models/demo"), "{}", gone.1);
    std::fs::rename(models.join("away"), models.join("demo")).expect("moved");
    std::fs::rename(models.join("demo/accepted"), models.join("away")).expect("moved");
    let unaccepted = back(&station, "bracket", 1, 2, "Li");
    assert_eq!(unaccepted.0, 400);
    assert!(
        refused(&unaccepted).contains("inspector model accept"),
        "{}",
        unaccepted.1
    );
    std::fs::rename(models.join("away"), models.join("demo/accepted")).expect("moved");
    assert_eq!(versions(&station).len(), 2);
    assert_eq!(
        back(&station, "bracket", 1, 2, " ").0,
        400,
        "nobody says who"
    );
    assert_eq!(back(&station, "bracket", 2, 2, "Li").0, 400, "it is in use");
    assert_eq!(
        back(&station, "bracket", 1, 1, "Li").0,
        409,
        "somebody was faster"
    );
    assert_eq!(back(&station, "gear", 1, 2, "Li").0, 404);

    let (status, made) = back(&station, "bracket", 1, 2, "Li");
    assert_eq!(
        (status, made),
        (201, json!({"style": "bracket", "version": 3}))
    );
    let now = judged_by(&station, 3);
    assert_eq!(now["view_results"][0]["model"]["name"], "demo");
    let above = now["view_results"][0]["reject_above"].as_f64();
    assert!((above.expect("a threshold") - 0.45).abs() < 1e-6, "{now}");
    let all = versions(&station);
    let said = (&all[0]["author"], &all[0]["reason"], &all[0]["is_active"]);
    assert_eq!(said, (&json!("Li"), &json!("as it was"), &json!(true)));
    assert_eq!(all[0]["views"], first["views"]);
    assert_eq!(all[2]["author"], first["author"], "history stays as it was");
    let counts = &station.get("/api/status")["counts"];
    assert_eq!(counts["gaps"], 0, "{counts}");
    station.stop();

    // The next run takes it up; a bundle that was exchanged since is not the model of then.
    exchange(&models);
    let station = Station::start(home.path());
    assert_eq!(
        judged_by(&station, 3)["view_results"][0]["model"]["name"],
        "demo"
    );
    let exchanged = back(&station, "bracket", 2, 3, "Li");
    assert_eq!(exchanged.0, 400);
    assert!(
        refused(&exchanged).contains("another graph of this name"),
        "{}",
        exchanged.1
    );
    assert_eq!(versions(&station).len(), 3);
    station.stop();
}

/// Models of the station, each with the versions of brackets that it judges, from and to.
fn models(station: &Station) -> Vec<(String, Value)> {
    let models = station.get("/api/status")["models"].clone();
    let models = models.as_array().expect("models").iter();
    let told = models.map(|model| {
        let used = model["used_by"].as_array().expect("uses").iter();
        let versions = used.map(|used| {
            let of = (&used["style"], &used["view"]);
            assert_eq!(of, (&json!("bracket"), &json!("top")), "{model}");
            json!([used["from_version"], used["to_version"]])
        });
        (
            model["name"].as_str().expect("a name").to_owned(),
            versions.collect(),
        )
    });
    told.collect()
}

#[test]
fn models_that_come_while_the_line_runs_are_shown_until_they_are_retired() {
    let home = prepared();
    add_version(home.path(), 3, "third");
    let station = Station::start(home.path());
    let is = |expected: &[(&str, Value)]| {
        let expected = expected
            .iter()
            .map(|(name, of)| ((*name).to_owned(), of.clone()));
        assert_eq!(models(&station), expected.collect::<Vec<_>>());
    };
    is(&[("third", json!([[3, null]]))]);
    assert_eq!(back(&station, "bracket", 1, 3, "Li").0, 201);
    // The one before stays loaded, for parts on their way.
    is(&[("demo", json!([[4, null]])), ("third", json!([[3, 3]]))]);
    let status = station.get("/api/status");
    let (came, first) = (&status["models"][0], &status["models"][1]);
    for key in ["provider", "precision", "is_quantised", "threads", "nodes"] {
        assert_eq!(came[key], first[key], "{key}");
    }
    let is_whole = (&came["nodes_fallen_back"], came["nodes"].as_u64() > Some(0));
    assert_eq!(is_whole, (&json!(0), true), "{came}");
    // A threshold alone brings no model.
    let threshold = json!({"based_on": 4, "view": 0, "reject_above": 0.5, "accept_below": 0.5,
        "author": "Li", "reason": "a try"});
    let path = "/api/recipes/bracket/versions";
    assert_eq!(station.ask("POST", path, &threshold).0, 201);
    is(&[("demo", json!([[4, null]])), ("third", json!([[3, 3]]))]);
    assert_eq!(back(&station, "bracket", 2, 5, "Li").0, 201);
    is(&[("demo", json!([[4, 5]])), ("other", json!([[6, null]]))]);
    judged_by(&station, 6);
    station.stop();
}

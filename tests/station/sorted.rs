//! Sorting rules as the page Tuning asks for them: of a running station, over its port.

use crate::served::{self, Station};
use serde_json::{Value, json};

const LANES: &str = "[[lane]]\nname = \"first choice\"\ntakes = \"accept\"\n\
     [[lane]]\nname = \"second choice\"\ntakes = \"accept\"\n\
     [[lane]]\nname = \"rework\"\ntakes = \"reject\"\n\
     [[lane]]\nname = \"scrap\"\ntakes = \"reject\"\nsafe = true\n";
const RULES: &str = "/api/recipes/bracket/rules";

fn wanted(based_on: u64, rules: Value) -> Value {
    json!({ "based_on": based_on, "rules": rules, "author": "Li", "reason": "rework pays" })
}

#[test]
fn rules_are_read_and_set_over_the_port_and_each_set_is_a_version() {
    crate::accept_demo();
    let sim = served::SIM.replace("[\"bracket\", \"cap\"]", "[\"bracket\"]");
    let home = served::home(&format!("{sim}{LANES}"));
    let station = Station::start(home.path());
    let before = station.get(RULES);
    assert_eq!(
        (&before["version"], &before["rules"]),
        (&json!(1), &json!([]))
    );
    let lanes: Vec<(&str, &str, bool)> = before["lanes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lane| {
            let word = |key: &str| lane[key].as_str().unwrap();
            (word("name"), word("takes"), lane["is_safe"] == true)
        })
        .collect();
    assert_eq!(
        lanes,
        [
            ("first choice", "accept", false),
            ("second choice", "accept", false),
            ("rework", "reject", false),
            ("scrap", "reject", true)
        ]
    );
    let classes = before["classes"].as_array().unwrap();
    assert!(classes.contains(&json!("scratch")), "{before}");

    let rules = json!([
        { "lane": "rework", "verdict": "fail", "class": "scratch", "score_from": null, "score_below": 0.75 },
        { "lane": "second choice", "verdict": null, "class": null, "score_from": 0.0, "score_below": null },
    ]);
    let (status, made) = station.ask("POST", RULES, &wanted(1, rules.clone()));
    assert_eq!((status, &made["version"]), (201, &json!(2)), "{made}");
    let after = station.get(RULES);
    assert_eq!((&after["version"], &after["rules"]), (&json!(2), &rules));
    // The version before keeps its own, and the new one is a file as every version is.
    let recipes = station.get("/api/recipes");
    let versions = recipes[0]["versions"].as_array().unwrap();
    let of = |number: u64| versions.iter().find(|it| it["version"] == number).unwrap();
    assert_eq!((&of(1)["rules"], &of(2)["rules"]), (&json!([]), &rules));
    assert_eq!(
        (&of(2)["author"], &of(2)["reason"]),
        (&json!("Li"), &json!("rework pays"))
    );
    assert_eq!(of(1)["views"], of(2)["views"]);
    let file = std::fs::read_to_string(home.path().join("recipes/bracket/2.toml")).unwrap();
    assert_eq!(file.matches("[[sort]]").count(), 2, "{file}");
    // From the next part on: every good one has a score of at least 0.
    let sorted = station.until("/api/results?limit=5", |page| {
        page["items"][0]["lane"] == "second choice"
    });
    let part = &sorted["items"][0];
    assert_eq!(
        (&part["lane_by"], &part["lane_rule"]),
        (&json!("rule"), &json!(2)),
        "{part}"
    );
    station.stop();
}

#[test]
fn rules_that_cannot_be_are_refused_and_nothing_changes() {
    crate::accept_demo();
    let sim = served::SIM.replace("[\"bracket\", \"cap\"]", "[\"bracket\"]");
    let home = served::home(&format!("{sim}{LANES}"));
    let station = Station::start(home.path());
    let refused = |based_on: u64, rule: Value, expected: (u16, &str)| {
        let (status, told) = station.ask("POST", RULES, &wanted(based_on, json!([rule])));
        assert_eq!(status, expected.0, "{told}");
        assert!(told.to_string().contains(expected.1), "{told}");
    };
    let rule = |lane: &str, verdict: Value| json!({ "lane": lane, "verdict": verdict });
    refused(7, rule("rework", Value::Null), (409, "7"));
    refused(1, rule("elsewhere", Value::Null), (400, "elsewhere"));
    refused(
        1,
        json!({ "lane": "rework", "class": "dent" }),
        (400, "dent"),
    );
    refused(
        1,
        json!({ "lane": "rework", "score_from": 0.9, "score_below": 0.1 }),
        (400, "0.9"),
    );
    refused(
        1,
        rule("first choice", json!("fail")),
        (400, "first choice"),
    );
    let (status, told) = station.ask("POST", "/api/recipes/gear/rules", &wanted(1, json!([])));
    assert_eq!(status, 404, "{told}");
    let nobody = json!({ "based_on": 1, "rules": [], "author": " ", "reason": "r" });
    assert_eq!(station.ask("POST", RULES, &nobody).0, 400);
    let after = station.get(RULES);
    assert_eq!(
        (&after["version"], &after["rules"]),
        (&json!(1), &json!([]))
    );
    station.stop();
}

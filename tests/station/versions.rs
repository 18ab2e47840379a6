//! A version of a recipe is all or nothing: file, row and pipeline; whatever refuses, and whenever the station is killed.

use crate::log::start;
use crate::served::{SIM, Station, home};
use arrayvec::ArrayVec;
use inspector::control::recipes::unfinished::{Settled, settle};
use inspector::ports::journal::Entry;
use inspector::results::open;
use inspector::results::writer::RecipeRow;
use inspector::settings::recipe_files::{self, Prepared};
use inspector::settings::recipes;
use inspector::station::part::Style;
use inspector::station::recipe::{Recipe, RecipeView};
use inspector::station::time::WallTime;
use inspector::station::verdict::{Score, Thresholds};
use inspector::telemetry::catalogue::Code;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

const VERSIONS: &str = "/api/recipes/bracket/versions";

fn threshold(based_on: u32) -> Value {
    json!({"based_on": based_on, "view": 0, "reject_above": 0.5, "accept_below": 0.5,
        "author": "Li", "reason": "a try"})
}

/// Numbers of the versions of brackets, newest first, and the one in use.
fn listed(station: &Station) -> (Vec<u64>, Vec<u64>) {
    let recipes = station.get("/api/recipes");
    let mut of_style = recipes.as_array().expect("recipes").iter();
    let bracket = of_style.find(|each| each["style"] == "bracket");
    let versions = bracket.expect("brackets")["versions"].clone();
    let versions = versions.as_array().expect("versions").clone();
    let number = |version: &Value| version["version"].as_u64().expect("a number");
    let active = versions
        .iter()
        .filter(|version| version["is_active"] == true);
    (
        versions.iter().map(number).collect(),
        active.map(number).collect(),
    )
}

/// What lies in the folder of brackets.
fn files(home: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(home.join("recipes/bracket")).expect("a folder");
    let names = entries.map(|entry| entry.expect("readable").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// SHA-256 of each version of brackets, as the log has it.
fn rows(data: &Path) -> BTreeMap<u32, String> {
    let connection = open::readable(data).expect("a log");
    let mut rows = connection
        .prepare("select version, sha256 from recipe_version where style = 'bracket'")
        .expect("the query is right");
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.expect("it runs")
        .map(|row| row.expect("a row"))
        .collect()
}

fn meddle(data: &Path, sql: &str) {
    let connection = open::writable(data).expect("a log");
    connection.execute_batch(sql).expect(sql);
}

#[test]
fn a_version_that_the_log_refuses_never_was() {
    let home = home(SIM);
    let data = home.path().join("data");
    let station = Station::start(home.path());
    meddle(
        &data,
        "create trigger refuse before insert on recipe_version begin select raise(abort, 'no'); end",
    );
    let (status, said) = station.ask("POST", VERSIONS, &threshold(1));
    assert_eq!(status, 500, "{said}");
    assert_eq!(listed(&station), (vec![1], vec![1]));
    assert_eq!(files(home.path()), ["1.toml"]);
    meddle(&data, "drop trigger refuse");
    // It is in nobody's way.
    let (status, said) = station.ask("POST", VERSIONS, &threshold(1));
    assert_eq!((status, &said["version"]), (201, &json!(2)));
    assert_eq!(files(home.path()), ["1.toml", "2.toml"]);
    station.stop();
    let station = Station::start(home.path());
    assert_eq!(listed(&station), (vec![2, 1], vec![2]));
    station.stop();
    let told: (String, String, String) = open::readable(&data)
        .expect("a log")
        .query_row(
            "select actor, subject, details from event where code = 'recipe_applied'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .expect("one entry: the refused one has none");
    assert_eq!((told.0.as_str(), told.1.as_str()), ("Li", "bracket"));
    let details: Value = serde_json::from_str(&told.2).expect("an object");
    assert_eq!(
        (&details["based_on"], &details["version"]),
        (&json!("1"), &json!("2"))
    );
    let to = details["to"].as_str().expect("thresholds");
    assert_eq!(to, "accept_below 0.5, reject_above 0.5");
    assert_ne!(details["from"], details["to"]);
}

#[test]
fn a_version_that_the_disk_refuses_never_was() {
    let home = home(SIM);
    let data = home.path().join("data");
    let station = Station::start(home.path());
    let in_the_way = home.path().join("recipes/bracket/2.tmp");
    std::fs::create_dir(&in_the_way).expect("made");
    let (status, said) = station.ask("POST", VERSIONS, &threshold(1));
    assert_eq!(status, 500, "{said}");
    let message = said["error"]["message"].as_str().expect("a message");
    assert!(message.contains("recipes/bracket/2.tmp"), "{message}");
    assert_eq!(listed(&station), (vec![1], vec![1]));
    assert_eq!(rows(&data).into_keys().collect::<Vec<_>>(), [1]);
    std::fs::remove_dir(&in_the_way).expect("removed");
    assert_eq!(station.ask("POST", VERSIONS, &threshold(1)).0, 201);
    station.stop();
}

#[test]
fn a_number_that_is_taken_is_in_nobodys_way() {
    let home = home(SIM);
    let data = home.path().join("data");
    let station = Station::start(home.path());
    // Somebody put a file there; a row outlived its file.
    let first = home.path().join("recipes/bracket/1.toml");
    std::fs::copy(first, home.path().join("recipes/bracket/2.toml")).expect("copied");
    let (status, said) = station.ask("POST", VERSIONS, &threshold(1));
    assert_eq!((status, &said["version"]), (201, &json!(3)), "{said}");
    meddle(
        &data,
        "insert into recipe_version (style, version, author, reason, created_at_us, sha256)
         values ('bracket', 7, 'a', 'r', 1, printf('%064d', 0))",
    );
    let (status, said) = station.ask("POST", VERSIONS, &threshold(3));
    assert_eq!((status, &said["version"]), (201, &json!(8)), "{said}");
    station.stop();
}

#[test]
fn a_version_for_which_the_pipeline_has_no_room_never_was() {
    // Versions are taken in when a part comes, and none does.
    let home = home(&SIM.replace("pitch_ms = 300", "pitch_ms = 600000"));
    let data = home.path().join("data");
    let station = Station::start(home.path());
    let mut made = 1;
    let (status, said) = loop {
        let answer = station.ask("POST", VERSIONS, &threshold(made));
        match answer.0 {
            201 => made += 1,
            _ => break answer,
        }
    };
    assert_eq!(status, 503, "{said}");
    let all: Vec<u32> = (1..=made).collect();
    assert!(made > 2);
    assert_eq!(rows(&data).into_keys().collect::<Vec<_>>(), all);
    assert_eq!(files(home.path()).len(), all.len());
    let newest = u64::from(made);
    assert_eq!(listed(&station).1, [newest]);
    station.stop();
    let station = Station::start(home.path());
    assert_eq!(listed(&station).1, [newest]);
    station.stop();
}

fn recipe(version: u32) -> Recipe {
    let half = Score::new(0.5).expect("a score");
    let view = RecipeView {
        name: "top".to_owned(),
        camera: 0,
        model: "demo".to_owned(),
        thresholds: Thresholds::new(half, half).expect("in order"),
        place: Default::default(),
    };
    Recipe {
        style: Style::new("bracket").expect("a style"),
        version,
        author: "Li".to_owned(),
        reason: "a try".to_owned(),
        created_at: WallTime(1_000_000),
        rules: Default::default(),
        views: ArrayVec::from_iter([view]),
    }
}

fn prepared(recipes: &Path, version: u32) -> Prepared {
    let cameras = ["top".to_owned()];
    recipe_files::prepare(recipes, &recipe(version), &cameras).expect("durable")
}

/// As far as a station comes that is killed before the log has it, after, and between the two names of the file.
#[test]
fn the_log_says_which_way_an_unfinished_version_goes() {
    let home = tempfile::tempdir().expect("a folder");
    let (folder, data) = (home.path().join("recipes"), home.path().join("data"));
    std::fs::create_dir(&data).expect("made");
    prepared(&folder, 1);
    let settled = settle(&folder, &data).expect("no log, no version");
    assert!(
        matches!(settled[..], [Settled::Discarded { .. }]),
        "{settled:?}"
    );

    let (log, _) = start(&data);
    let record = |version: u32, sha256: &str| {
        let row = RecipeRow {
            recipe: recipe(version),
            sha256: sha256.to_owned(),
            views: Vec::new(),
        };
        let entry = Entry::of_station(WallTime(1), Code::RecipeApplied);
        log.register_recipe(row, entry).expect("recorded");
    };
    prepared(&folder, 1);
    let made = prepared(&folder, 2);
    record(2, made.sha256());
    drop(made);
    // Killed between the link and the removal.
    let twice = prepared(&folder, 3);
    record(3, twice.sha256());
    std::fs::hard_link(twice.path(), twice.target()).expect("linked");
    // The log knows this number with another content.
    prepared(&folder, 4);
    record(4, &"0".repeat(64));
    std::fs::write(folder.join("bracket/5.1234.tmp"), b"of an older program").expect("written");
    let mut settled: Vec<String> = settle(&folder, &data)
        .expect("settled")
        .iter()
        .map(|each| match each {
            Settled::Finished { file } => format!("made {}", file.display()),
            Settled::Discarded { file } => format!("gone {}", file.display()),
        })
        .collect();
    settled.sort();
    let at = |name: &str| folder.join("bracket").join(name).display().to_string();
    let expected = [
        format!("gone {}", at("1.tmp")),
        format!("gone {}", at("4.tmp")),
        format!("gone {}", at("5.1234.tmp")),
        format!("made {}", at("2.toml")),
        format!("made {}", at("3.toml")),
    ];
    assert_eq!(settled, expected);
    assert!(settle(&folder, &data).expect("nothing is left").is_empty());
    let cameras = ["top".to_owned()];
    let loaded = recipes::load_all(&folder, &cameras).expect("whole files");
    let numbers: Vec<u32> = loaded
        .files
        .iter()
        .map(|file| file.recipe.version)
        .collect();
    assert_eq!(numbers, [2, 3]);
}

#[test]
fn a_version_is_whole_or_not_there_whenever_the_station_is_killed() {
    const KILLS: u64 = 5;
    let home = home(SIM);
    let data = home.path().join("data");
    let mut random = fastrand::Rng::with_seed(11);
    let mut told = 1;
    for _ in 0..KILLS {
        let station = Station::start(home.path());
        let newest = listed(&station).1[0];
        assert!(
            newest >= told,
            "version {told} was told of, {newest} is in use"
        );
        told = newest;
        let killed_after = std::time::Duration::from_millis(300 + random.u64(..300));
        let station = std::sync::Arc::new(station);
        let posting = {
            let station = std::sync::Arc::clone(&station);
            std::thread::spawn(move || {
                let mut newest = newest;
                loop {
                    let new = threshold(u32::try_from(newest).expect("few"));
                    match station.try_ask("POST", VERSIONS, &new) {
                        Some((201, said)) => newest = said["version"].as_u64().expect("a number"),
                        // Full until the next part comes.
                        Some((503, _)) => {}
                        Some(other) => panic!("{other:?}"),
                        None => return newest,
                    }
                }
            })
        };
        std::thread::sleep(killed_after);
        let pid = station.id().to_string();
        let killed = std::process::Command::new("kill")
            .args(["-9", &pid])
            .status();
        assert!(killed.expect("kill runs").success());
        told = told.max(posting.join().expect("it ends"));
    }
    let station = Station::start(home.path());
    let (all, active) = listed(&station);
    assert!(all[0] >= told && told > 1, "told of {told}, found {all:?}");
    assert_eq!(active, [all[0]]);
    let known = rows(&data);
    let mut there = BTreeMap::new();
    for name in files(home.path()) {
        let version = name
            .strip_suffix(".toml")
            .expect("nothing half done")
            .parse();
        let bytes = std::fs::read(home.path().join("recipes/bracket").join(&name));
        let sha256 = inspector::hash::sha256(&bytes.expect("readable"));
        there.insert(version.expect("a number"), sha256);
    }
    assert_eq!(there, known, "files and rows are the same versions");
    station.stop();
}

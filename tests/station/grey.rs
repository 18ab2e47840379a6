//! A Mono8 camera: taught from the command line and on the page, and inspected.

use crate::served::Station;
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

fn inspector(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{args:?} {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Brackets of the simulated line, as a grey camera would give them.
fn rendered(folder: &Path, seed: u32, count: u32, rate: &str) -> Vec<PathBuf> {
    let colours = folder.with_extension("colours");
    let (seed, count) = (seed.to_string(), count.to_string());
    let out = colours.to_str().expect("a name");
    inspector(&[
        "render",
        "--style",
        "bracket",
        "--defect-rate",
        rate,
        "--seed",
        &seed,
        "--count",
        &count,
        "--shrink",
        "4",
        "--out",
        out,
    ]);
    std::fs::create_dir_all(folder).expect("made");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&colours)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "png"))
        .filter(|path| !path.to_string_lossy().contains("-mask"))
        .collect();
    files.sort();
    let grey = |file: &PathBuf| {
        let name = format!(
            "{seed}-{}",
            file.file_name().expect("a name").to_string_lossy()
        );
        let to = folder.join(name);
        let image = image::open(file).expect("an image").into_luma8();
        image.save(&to).expect("written");
        to
    };
    files.iter().map(grey).collect()
}

fn text(path: &Path) -> String {
    path.to_str().expect("a name").to_owned()
}

/// A station whose only camera gives Mono8.
fn station(home: &Path, images: &Path) -> Station {
    let recipe = home.join("recipes/bracket");
    std::fs::create_dir_all(&recipe).expect("made");
    let first = "[recipe]\nauthor = \"a\"\nreason = \"r\"\ncreated = \"2026-01-01T00:00:00Z\"\n\
         [[view]]\nname = \"top\"\ncamera = \"top\"\nmodel = \"grey\"\nreject_above = 0.50\n";
    std::fs::write(recipe.join("1.toml"), first).expect("written");
    let settings = format!(
        "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = \"models\"\n\
         [timing]\npitch_ms_min = 60\ndecide_by_ms = 3000\nframe_window_ms = 50\n\
         [trigger]\nsource = \"camera\"\nstyle = \"bracket\"\n\
         [ejector]\nkind = \"none\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n\
         [images]\nkeep_passes = 1.0\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = {images:?}\ninterval_ms = 400\n\
         mono = true\nrepeat = true\n"
    );
    std::fs::write(home.join("station.toml"), settings).expect("written");
    Station::start(home)
}

#[test]
fn a_grey_camera_is_taught_from_files_and_on_the_page_and_inspected() {
    let home = tempfile::tempdir().expect("a folder");
    let at = |name: &str| home.path().join(name);
    rendered(&at("good"), 11, 20, "0");
    rendered(&at("bad"), 12, 6, "1");
    let good = rendered(&at("test/good"), 13, 10, "0");
    let bad = rendered(&at("test/bad"), 14, 10, "1");
    std::fs::create_dir_all(at("models")).expect("made");
    let model = text(&at("models/grey"));
    let said = inspector(&[
        "teach",
        &text(&at("good")),
        "--bad",
        &text(&at("bad")),
        "--bank",
        "300",
        "--out",
        &model,
    ]);
    assert!(said.contains("from 20 good images (Mono)"), "{said}");
    let manifest = std::fs::read_to_string(at("models/grey/model.toml")).expect("a manifest");
    assert!(manifest.contains("channels = \"Mono\""), "{manifest}");
    let told = inspector(&[
        "model",
        "compare",
        &model,
        "--images",
        &text(&at("test")),
        "--json",
    ]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let auroc = told["image_auroc"]["value"].as_f64().expect("a number");
    assert!(auroc > 0.85, "{told}");

    // The line: ten good parts and ten defects, again and again.
    std::fs::create_dir_all(at("line")).expect("made");
    for file in good.iter().chain(&bad) {
        std::fs::copy(file, at("line").join(file.file_name().expect("a name"))).expect("copied");
    }
    let station = station(home.path(), &at("line"));
    let enough = |verdict: &str, count: usize| {
        let path = format!("/api/results?verdict={verdict}&limit=100");
        station.until(&path, |body| {
            let stored = body["items"].as_array().expect("items").iter();
            let stored = stored.filter(|item| item["views"][0]["has_image"] == true);
            stored.count() >= count
        });
    };
    enough("pass", 10);
    enough("fail", 5);
    let id = on_the_page(&station, &good[0], &at("good"));
    let used = json!({"lesson": id, "style": "bracket", "based_on": 1, "reject_above": 0.5,
        "accept_below": 0.5, "author": "Li", "reason": "taught in grey"});
    let (status, said) = station.ask("POST", "/api/teaching/use", &used);
    assert_eq!(status, 201, "{said}");
    station.until("/api/results?limit=1", |body| {
        let id = body["items"][0]["id"].as_i64().expect("an id");
        let part = station.get(&format!("/api/results/{id}"));
        part["recipe"]["version"] == 2
            && part["view_results"][0]["model"]["name"] == "of-the-page"
            && part["score"].is_f64()
    });
    station.stop();
}

/// Captured, from the history and uploaded: all are grey in the lesson, and taught.
fn on_the_page(station: &Station, known: &Path, more: &Path) -> Value {
    let lesson = json!({"camera": "top", "style": "bracket", "only_passes": true, "author": "Li",
        "wanted": 10, "source": "line"});
    assert_eq!(station.ask("POST", "/api/teaching", &lesson).0, 200);
    let id = station.settled()["id"].clone();
    let further = json!({"lesson": id, "author": "Li", "wanted": 14, "source": "history"});
    assert_eq!(station.ask("POST", "/api/teaching/images", &further).0, 200);
    station.settled();
    let rejects = json!({"lesson": id, "author": "Li", "count": 5});
    assert_eq!(
        station.ask("POST", "/api/teaching/defects", &rejects).0,
        200
    );
    assert_eq!(
        station.settled()["defects"].as_array().map(Vec::len),
        Some(5)
    );

    let coloured = image::open(known).expect("an image").into_rgb8();
    let in_bytes = |image: DynamicImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("written");
        bytes.into_inner()
    };
    let mut stained = coloured;
    stained.put_pixel(3, 3, image::Rgb([200, 10, 10]));
    let stained = in_bytes(stained.into(), ImageFormat::Png);
    let (status, refused) = station.upload(&id, "good", "colours.png", &stained);
    assert_eq!(
        (status, &refused["error"]["refused"]["reason"]),
        (400, &json!("channels"))
    );
    let file = std::fs::read_dir(more)
        .expect("a folder")
        .next()
        .expect("a file");
    let grey = image::open(file.expect("a file").path()).expect("an image");
    let bmp = in_bytes(grey, ImageFormat::Bmp);
    let (status, said) = station.upload(&id, "good", "grey.bmp", &bmp);
    assert_eq!(status, 200, "{said}");

    let lesson = station.get("/api/teaching")["lesson"].clone();
    let all = |kind: &str| lesson[kind].as_array().expect("images").clone();
    for image in all("images").iter().chain(&all("defects")) {
        let path = format!("/api/teaching/{id}/images/{}", image["n"]);
        let (_, picture) = station.ask_bytes("GET", &path, &Value::Null);
        let picture = image::load_from_memory(&picture).expect("an image");
        assert_eq!(picture.color(), image::ColorType::L8, "{image}");
        let small = station.ask_bytes("GET", &format!("{path}?width=280"), &Value::Null);
        assert_eq!(small.0, 200, "{image}");
    }
    let model = json!({"lesson": id, "name": "of-the-page", "author": "Li"});
    assert_eq!(station.ask("POST", "/api/teaching/model", &model).0, 200);
    let lesson = station.settled();
    assert_eq!(lesson["phase"], "taught", "{}", lesson["note"]);
    assert_eq!(lesson["taught"]["told"]["defects"], 5, "{lesson}");
    id
}

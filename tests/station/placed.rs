//! A region and ignored places, from teaching to the line: what lies beside the part does not count, what lies on it is
//! told where it is in the whole picture.

use crate::served::Station;
use image::RgbImage;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

/// Where the part lies in pictures of 400×300, and where its label is.
const REGION: [u32; 4] = [120, 80, 200, 160];
const LABEL: [u32; 4] = [250, 90, 50, 40];
const REGION_TOML: &str = "region = [120, 80, 200, 160]\nignore = [[250, 90, 50, 40]]\n";

#[derive(Clone, Copy, PartialEq)]
enum Drawn {
    Good,
    /// A dark spot at (180, 160).
    Spot,
}

fn is_in([left, top, width, height]: [u32; 4], x: u32, y: u32) -> bool {
    (left..left + width).contains(&x) && (top..top + height).contains(&y)
}

/// A part whose surroundings and label are never twice the same.
fn drawn(seed: u64, what: Drawn) -> RgbImage {
    let mut rng = fastrand::Rng::with_seed(seed);
    let clutter: Vec<[u32; 4]> = (0..12)
        .map(|_| {
            [
                rng.u32(..380),
                rng.u32(..280),
                rng.u32(10..60),
                rng.u32(10..60),
            ]
        })
        .collect();
    let shades: Vec<u8> = clutter.iter().map(|_| rng.u8(..)).collect();
    let (bar, shade) = (rng.u32(..40), rng.u8(..));
    let mut noise = fastrand::Rng::with_seed(seed + 1_000);
    RgbImage::from_fn(400, 300, |x, y| {
        let on_part = 150 + ((x * 7 + y * 3) % 40) as u8 / 2;
        let grey = if is_in(LABEL, x, y) {
            if (bar..bar + 10).contains(&(x - LABEL[0])) {
                shade
            } else {
                230
            }
        } else if is_in(REGION, x, y) {
            let is_spot =
                what == Drawn::Spot && (x as i32 - 180).pow(2) + (y as i32 - 160).pow(2) < 120;
            if is_spot { 30 } else { on_part }
        } else {
            let at = clutter.iter().position(|place| is_in(*place, x, y));
            at.map_or(90, |at| shades[at])
        };
        let grey = grey.saturating_add(noise.u8(..6));
        image::Rgb([grey, grey, grey.saturating_sub(10)])
    })
}

fn ran(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inspector"));
    command.args(args).output().expect("it runs")
}

fn said(args: &[&str]) -> String {
    let output = ran(args);
    assert!(output.status.success(), "{args:?} {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn files(folder: &Path, seeds: std::ops::Range<u64>, what: Drawn) {
    std::fs::create_dir_all(folder).expect("made");
    for seed in seeds {
        let name = format!(
            "{}-{seed:03}.png",
            if what == Drawn::Good { "good" } else { "spot" }
        );
        drawn(seed, what).save(folder.join(name)).expect("written");
    }
}

/// Writes the recipe's one version, whose view has these lines, too.
fn recipe(home: &Path, place: &str) {
    let folder = home.join("recipes/part");
    std::fs::create_dir_all(&folder).expect("made");
    let text = format!(
        "[recipe]\nauthor = \"a\"\nreason = \"r\"\ncreated = \"2026-01-01T00:00:00Z\"\n\
         [[view]]\nname = \"top\"\ncamera = \"top\"\nmodel = \"placed\"\nreject_above = 0.50\n{place}"
    );
    std::fs::write(folder.join("1.toml"), text).expect("written");
}

/// What `inspector check` refuses with such lines in the recipe's view.
fn refused(home: &Path, place: &str) -> String {
    recipe(home, place);
    let settings = home.join("station.toml");
    let output = ran(&["check", "--settings", settings.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(3), "{place}: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Images, a model taught from them by command, and a station that is not started yet.
fn prepared(home: &Path) -> String {
    files(&home.join("good"), 0..24, Drawn::Good);
    files(&home.join("test/good"), 100..110, Drawn::Good);
    files(&home.join("test/bad"), 200..206, Drawn::Spot);
    files(&home.join("line"), 300..306, Drawn::Good);
    files(&home.join("line"), 306..309, Drawn::Spot);
    let at = |name: &str| home.join(name).to_str().expect("text").to_owned();
    let settings = "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = \"models\"\n\
         [timing]\npitch_ms_min = 60\ndecide_by_ms = 3000\nframe_window_ms = 50\n\
         [trigger]\nsource = \"camera\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"none\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n\
         [images]\nkeep_passes = 1.0\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = \"line\"\ninterval_ms = 300\nrepeat = true\n";
    std::fs::write(home.join("station.toml"), settings).expect("written");
    let (images, out) = (at("good"), at("models/placed"));
    std::fs::create_dir_all(at("models")).expect("made");
    said(&[
        "teach",
        &images,
        "--bank",
        "300",
        "--region",
        "120,80,200,160",
        "--ignore",
        "250,90,50,40",
        "--out",
        &out,
    ])
}

#[test]
fn what_lies_beside_the_part_or_on_its_label_is_no_defect_and_a_defect_is_told_in_the_whole_picture()
 {
    let home = tempfile::tempdir().expect("a folder");
    let at = |name: &str| home.path().join(name).to_str().expect("text").to_owned();
    let told = prepared(home.path());
    assert!(told.contains("region = [120, 80, 200, 160]"), "{told}");
    let manifest = std::fs::read_to_string(home.path().join("models/placed/model.toml"));
    let manifest = manifest.expect("a manifest");
    assert!(
        manifest.contains("[place]\nframe = [400, 300]\nregion = [120, 80, 200, 160]"),
        "{manifest}"
    );
    let compared = said(&[
        "model",
        "compare",
        &at("models/placed"),
        "--images",
        &at("test"),
        "--json",
    ]);
    let compared: Value = serde_json::from_str(&compared).expect("JSON");
    assert_eq!(compared["image_auroc"]["value"], 1.0, "{compared}");

    for (place, expected) in [
        (
            "",
            "the model learnt to look at region = [120, 80, 200, 160]  ignore",
        ),
        (
            "region = [120, 80, 300, 160]\n",
            "`region`: expected a place within frames of 400×300",
        ),
        (
            "region = [120, 80, 0, 160]\n",
            "`region`: expected left, top, width and height",
        ),
        (
            "ignore = [[0, 0, 400, 300]]\n",
            "`ignore`: the shapes cover all",
        ),
        (
            "ignore = [[500, 0, 40, 30]]\n",
            "`ignore`: shape 1 lies outside",
        ),
        (
            "unit = \"mm\"\nregion = [1, 2, 30, 40]\n",
            "not calibrated to a plane",
        ),
    ] {
        let found = refused(home.path(), place);
        assert!(found.contains(expected), "{place}: {found}");
        assert!(
            found.contains("recipe part version 1") || found.contains("part/1.toml"),
            "{found}"
        );
    }

    recipe(home.path(), REGION_TOML);
    let station = Station::start(home.path());
    let judged = |verdict: &str, count: usize| {
        let path = format!("/api/results?verdict={verdict}&limit=100");
        let body = station.until(&path, |body| {
            body["items"]
                .as_array()
                .is_some_and(|items| items.len() >= count)
        });
        body["items"].as_array().expect("items").clone()
    };
    judged("pass", 6);
    let failed = judged("fail", 3);
    let all = station.get("/api/results?limit=100")["items"]
        .as_array()
        .expect("items")
        .len();
    assert!(
        failed.len() * 2 < all,
        "a third fails: {} of {all}",
        failed.len()
    );
    for item in &failed {
        let part = station.get(&format!("/api/results/{}", item["id"]));
        let region = &part["view_results"][0]["findings"][0]["region"];
        let region: Vec<f64> = region
            .as_array()
            .expect("a box")
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        let [left, top, width, height] = region[..] else {
            panic!("{part}")
        };
        let is_about =
            left <= 180.0 && left + width >= 180.0 && top <= 160.0 && top + height >= 160.0;
        assert!(is_about && left >= 119.0 && top >= 79.0, "{region:?}");
    }
    taught_on_the_page(&station);
    station.stop();
}

/// The same place by the page: what it makes is what the command made, and the recipe's new version says where it looks.
fn taught_on_the_page(station: &Station) {
    let lesson = json!({"camera": "top", "style": "part", "only_passes": true, "author": "Li",
        "wanted": 10, "source": "line"});
    assert_eq!(station.ask("POST", "/api/teaching", &lesson).0, 200);
    let id = station.settled()["id"].clone();
    for seed in 0..10 {
        let mut png = std::io::Cursor::new(Vec::new());
        let drawn = image::DynamicImage::from(drawn(seed, Drawn::Good));
        drawn
            .write_to(&mut png, image::ImageFormat::Png)
            .expect("written");
        station.upload(&id, "good", &format!("{seed}.png"), &png.into_inner());
    }
    let asked = |region: Value| {
        json!({"lesson": id, "name": "paged", "author": "Li",
            "place": {"unit": "px", "region": region, "ignore": [LABEL]}})
    };
    let (status, refused) = station.ask(
        "POST",
        "/api/teaching/model",
        &asked(json!([300, 80, 200, 160])),
    );
    assert_eq!(status, 400, "{refused}");
    assert!(
        refused.to_string().contains("ends at (500, 240)"),
        "{refused}"
    );
    let (status, said) = station.ask("POST", "/api/teaching/model", &asked(json!(REGION)));
    assert_eq!(status, 200, "{said}");
    let lesson = station.settled();
    assert_eq!(lesson["phase"], "taught", "{}", lesson["note"]);
    assert_eq!(
        lesson["taught"]["place"]["region"],
        json!([120.0, 80.0, 200.0, 160.0])
    );
    let used = json!({"lesson": id, "style": "part", "based_on": 1, "reject_above": 0.5,
        "accept_below": 0.5, "author": "Li", "reason": "taught here"});
    let (status, said) = station.ask("POST", "/api/teaching/use", &used);
    assert_eq!(status, 201, "{said}");
    let recipes = station.get("/api/recipes");
    let place = &recipes[0]["versions"][0]["views"][0]["place"];
    assert_eq!(
        place["ignore"],
        json!([[250.0, 90.0, 50.0, 40.0]]),
        "{recipes}"
    );
    station.until("/api/results?limit=1", |body| {
        let part = station.get(&format!("/api/results/{}", body["items"][0]["id"]));
        part["recipe"]["version"] == 2 && part["score"].is_f64()
    });
}

//! Parts that do not lie still, from the reference to the line: they are judged where they lie, a defect is told there, and
//! what is no part is never passed.

use crate::served::Station;
use image::{Rgb, RgbImage};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// The feature: the whole plate, in pictures of 400×300.
const FEATURE: &str = "110,85,180,130";
/// What the model sees of the reference picture.
const REGION: &str = "100,75,200,150";
/// Of a defect, from the plate's middle.
const SPOT: (f32, f32) = (42.0, -22.0);

/// How a part lies: shift right and down, turn in radians, zoom.
#[derive(Clone, Copy)]
struct Lies(f32, f32, f32, f32);

const STILL: Lies = Lies(0.0, 0.0, 0.0, 1.0);

impl Lies {
    fn by_chance(rng: &mut fastrand::Rng) -> Self {
        let mut within = |most: f32| (rng.f32() * 2.0 - 1.0) * most;
        Lies(within(24.0), within(18.0), within(0.12), 1.0 + within(0.04))
    }

    /// Where the picture shows a point that is told from the plate's middle.
    fn shown(self, (x, y): (f32, f32)) -> (f32, f32) {
        let (sin, cos) = self.2.sin_cos();
        (
            200.0 + self.0 + self.3 * (cos * x - sin * y),
            150.0 + self.1 + self.3 * (sin * x + cos * y),
        )
    }

    /// The point from the plate's middle that is shown there.
    fn of(self, x: f32, y: f32) -> (f32, f32) {
        let (sin, cos) = self.2.sin_cos();
        let (x, y) = ((x - 200.0 - self.0) / self.3, (y - 150.0 - self.1) / self.3);
        (cos * x + sin * y, cos * y - sin * x)
    }
}

/// Soft from 1 inside to 0 outside.
fn edge(distance: f32) -> f32 {
    0.5 - 0.5 * distance.tanh()
}

/// A plate with a hole and a slot, which has a dark spot where it is defective.
fn plate((x, y): (f32, f32), is_bad: bool) -> f32 {
    let plate = edge((x.abs() / 1.4).max(y.abs()) - 55.0);
    let hole = edge((x + 45.0).hypot(y + 22.0) - 14.0);
    let slot = edge(((x - 20.0).abs() - 30.0).max((y - 28.0).abs() - 6.0));
    let spot = if is_bad {
        edge((x - SPOT.0).hypot(y - SPOT.1) - 8.0)
    } else {
        0.0
    };
    60.0 + 110.0 * plate - 90.0 * hole - 80.0 * slot - 110.0 * spot
}

fn picture(seed: u64, part: impl Fn(f32, f32) -> f32) -> RgbImage {
    let mut noise = fastrand::Rng::with_seed(seed + 1_000);
    RgbImage::from_fn(400, 300, |x, y| {
        let value = part(x as f32 + 0.5, y as f32 + 0.5) + noise.f32() * 8.0;
        Rgb([value as u8, value as u8, value as u8 / 2])
    })
}

/// Parts as they come, and how each lies.
fn parts(folder: &Path, seeds: std::ops::Range<u64>, is_bad: bool) -> Vec<Lies> {
    std::fs::create_dir_all(folder).expect("made");
    let drawn = seeds.map(|seed| {
        let lies = Lies::by_chance(&mut fastrand::Rng::with_seed(seed));
        let name = format!("{seed:03}.png");
        let image = picture(seed, |x, y| plate(lies.of(x, y), is_bad));
        image.save(folder.join(name)).expect("written");
        lies
    });
    drawn.collect()
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

/// What is refused, with its exit code.
fn refused(args: &[&str]) -> (i32, String) {
    let output = ran(args);
    let code = output.status.code().unwrap_or(-1);
    assert_ne!(code, 0, "{args:?} {output:?}");
    (code, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The lines of an answer from this one on, as they stand in a recipe.
fn lines_from(told: &str, first: &str) -> String {
    let lines = told
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != first);
    let lines = lines.take_while(|line| line.starts_with('[') || line.contains(" = "));
    lines.map(|line| format!("{line}\n")).collect()
}

fn recipe(home: &Path, place: &str) {
    let folder = home.join("recipes/part");
    std::fs::create_dir_all(&folder).expect("made");
    let text = format!(
        "[recipe]\nauthor = \"a\"\nreason = \"r\"\ncreated = \"2026-01-01T00:00:00Z\"\n\
         [[view]]\nname = \"top\"\ncamera = \"top\"\nmodel = \"aligned\"\nreject_above = 0.50\n{place}"
    );
    std::fs::write(folder.join("1.toml"), text).expect("written");
}

fn settings(home: &Path) -> String {
    let text = "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = \"models\"\n\
         [timing]\npitch_ms_min = 60\ndecide_by_ms = 3000\nframe_window_ms = 50\n\
         [trigger]\nsource = \"camera\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"none\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n\
         [images]\nkeep_passes = 1.0\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = \"line\"\ninterval_ms = 300\nrepeat = true\n";
    let file = home.join("station.toml");
    std::fs::write(&file, text).expect("written");
    file.to_str().expect("text").to_owned()
}

#[test]
fn parts_that_do_not_lie_still_are_judged_where_they_lie_and_what_is_no_part_is_never_passed() {
    let home = tempfile::tempdir().expect("a folder");
    let at = |name: &str| home.path().join(name).to_str().expect("text").to_owned();
    for folder in ["models", "line"] {
        std::fs::create_dir_all(at(folder)).expect("made");
    }
    let settings = settings(home.path());
    let still = picture(0, |x, y| plate(STILL.of(x, y), false));
    still.save(at("still.png")).expect("written");
    parts(&home.path().join("good"), 1..25, false);
    parts(&home.path().join("test/good"), 100..112, false);
    parts(&home.path().join("test/bad"), 200..206, true);

    // A place of the belt says nothing of where parts lie, and a straight edge little.
    let out = at("models/place.png");
    let told = refused(&[
        "align",
        "teach",
        &at("still.png"),
        "--region",
        "10,10,60,60",
        "--out",
        &out,
    ]);
    assert!(told.0 == 3 && told.1.contains("`region`: "), "{told:?}");
    let worth = said(&[
        "align",
        "teach",
        &at("still.png"),
        "--region",
        FEATURE,
        "--out",
        &out,
    ]);
    assert!(worth.contains("[view.align]"), "{worth}");
    let by = ["--align", &out, "--align-region", FEATURE];
    let tried = said(&[&["align", "try", &at("good")][..], &by].concat());
    assert!(tried.contains("aligned: 24 of 24 pictures"), "{tried}");
    let near = ["--shift-px-max", "4"];
    let near = said(&[&["align", "try", &at("good")][..], &by, &near].concat());
    assert!(near.contains("expected shift_px_max = 4 at most"));

    taken_or_refused(&[&["align", "try", &at("good")][..], &by].concat());
    let jpeg = at("place.jpg");
    still.save(&jpeg).expect("written");
    let named = [
        "--align",
        &jpeg,
        "--align-region",
        FEATURE,
        "--out",
        &at("models/no"),
    ];
    let (code, told) = refused(&[&["teach", &at("good")][..], &named].concat());
    assert!(code == 3 && told.contains("`align.reference`"), "{told}");

    let model = at("models/aligned");
    let teach = [
        "teach",
        &at("good"),
        "--bank",
        "300",
        "--region",
        REGION,
        "--out",
        &model,
    ];
    let taught = said(&[&teach[..], &by].concat());
    let place = lines_from(&taught, "region = [100, 75, 200, 150]");
    assert!(
        place.contains("[view.align]\nreference = \"place.png\"\n"),
        "{taught}"
    );
    let compared = said(&[
        "model",
        "compare",
        &model,
        "--images",
        &at("test"),
        "--json",
    ]);
    let compared: Value = serde_json::from_str(&compared).expect("JSON");
    assert_eq!(compared["image_auroc"]["value"], 1.0, "{compared}");

    let check = ["check", "--settings", &*settings];
    parts(&home.path().join("line"), 300..303, false);
    for (text, expected) in [
        (
            "region = [100, 75, 200, 150]\n".to_owned(),
            "aligned by place.png",
        ),
        (
            place.replace("sha256 = \"", "sha256 = \"00"),
            "`align.sha256`: expected the 64",
        ),
        (
            place.replace("place.png", "other.png"),
            "read the reference picture",
        ),
        (
            place.replace("turn_deg_max = 10.0", "turn_deg_max = 90.0"),
            "`align.turn_deg_max`",
        ),
        (
            place.replace("quality_min", "quality_least"),
            "quality_least",
        ),
    ] {
        recipe(home.path(), &text);
        let (code, told) = refused(&check);
        assert!(code == 3 && told.contains(expected), "{text}{code} {told}");
    }
    recipe(home.path(), &place);
    said(&check);
    judged(home.path());
}

/// Limits as far as they go, with the same pictures and reference.
fn taken_or_refused(tried: &[&str]) {
    let alike = said(&[tried, &["--quality-min", "0.1", "--zoom-max", "0.25"]].concat());
    assert!(alike.contains("aligned: 24 of 24 pictures"), "{alike}");
    let (code, told) = refused(&[tried, &["--shift-px-max", "201"]].concat());
    let expected = "`shift_px_max`: expected a number from 0 to 200";
    assert!(code == 3 && told.contains(expected), "{told}");
}

/// Runs the line: good parts, defective ones, and pictures without a part.
fn judged(home: &Path) {
    let line = home.join("line");
    std::fs::remove_dir_all(&line).expect("removed");
    parts(&line, 300..304, false);
    let bad = parts(&line, 304..306, true);
    for seed in 306..308 {
        let empty = picture(seed, |_, _| 60.0);
        empty
            .save(line.join(format!("{seed}.png")))
            .expect("written");
    }
    let station = Station::start(home);
    let of = |filter: &str, count: usize| {
        let path = format!("/api/results?{filter}&limit=100");
        let body = station.until(&path, |body| {
            body["items"]
                .as_array()
                .is_some_and(|items| items.len() >= count)
        });
        body["items"].as_array().expect("items").clone()
    };
    of("verdict=pass", 4);
    let lost = of("cause=not_aligned", 2);
    for item in &lost {
        assert_eq!(
            (&item["verdict"], &item["disposition"]),
            (&"not_decided".into(), &"reject".into()),
            "{item}"
        );
    }
    let failed = of("verdict=fail", 2);
    let spots: Vec<(f32, f32)> = bad.iter().map(|lies| lies.shown(SPOT)).collect();
    for item in &failed {
        let part = station.get(&format!("/api/results/{}", item["id"]));
        let region = &part["view_results"][0]["findings"][0]["region"];
        let region: Vec<f32> = region
            .as_array()
            .expect("a box")
            .iter()
            .filter_map(|side| Some(side.as_f64()? as f32))
            .collect();
        let [left, top, width, height] = region[..] else {
            panic!("{part}")
        };
        let is_about = |(x, y): &(f32, f32)| {
            (left..left + width).contains(x) && (top..top + height).contains(y) && width < 90.0
        };
        assert!(spots.iter().any(is_about), "{region:?} {spots:?}");
    }
    let every = of("verdict=pass", 4).len()
        + of("verdict=fail", 2).len()
        + of("cause=not_aligned", 2).len();
    assert!(every >= 8);
    let alarms = station.get("/api/alarms");
    assert!(
        !alarms.to_string().contains("\"model\""),
        "that a part lies elsewhere is no fault of the model: {alarms}"
    );
}

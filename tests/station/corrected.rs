//! Images for teaching are corrected as the frames of their camera are, whichever way they came: captured as
//! parts pass, or uploaded as files.

use crate::served::{SIM, Station, begin, home};
use calibration::{Channels, Configuration, FlatField, FrameMean, ImageView, Lens, Size};
use image::RgbImage;
use serde_json::{Value, json};
use std::path::Path;

const SIZE: Size = Size::new(320, 240);
/// Barrel distortion of some pixels in the corners.
const LENS: Lens = Lens {
    fx: 350.0,
    fy: 351.0,
    cx: 161.0,
    cy: 118.0,
    k1: -0.18,
    k2: 0.05,
    p1: 0.0008,
    p2: -0.0006,
};
/// So many files, so that each is seen once and no image comes twice.
const IMAGES: u32 = 12;

/// How much of the light reaches a place: less to the right.
fn light(x: u32) -> f64 {
    1.0 - 0.4 * f64::from(x) / f64::from(SIZE.width)
}

/// A part on a ground under that light, never twice the same.
fn drawn(seed: u32) -> RgbImage {
    let mut rng = fastrand::Rng::with_seed(u64::from(seed));
    let shift = rng.u32(..8);
    RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        let is_part = (60 + shift..180 + shift).contains(&y) && (80..240).contains(&x);
        let grey = f64::from(if is_part { 170 } else { 60 } + rng.u8(..16)) * light(x);
        image::Rgb([grey as u8, (grey * 0.9) as u8, (grey * 0.5) as u8])
    })
}

fn configured(home: &Path) {
    let white = RgbImage::from_fn(SIZE.width, SIZE.height, |x, _| {
        image::Rgb([(220.0 * light(x)) as u8; 3])
    });
    let view = ImageView::new(white.as_raw(), SIZE, Channels::Rgb).expect("an image");
    let mut configuration = Configuration::new("top", "2026-01-01T00:00:00Z", SIZE);
    configuration.lens = Some(LENS);
    configuration.flat_field = Some(FlatField::new(&FrameMean::of(&view), None).expect("even"));
    let folder = home.join("configuration");
    configuration.save(&folder).expect("written");
}

/// A station whose camera shows the files of `line` again and again.
fn prepared() -> tempfile::TempDir {
    let home = home(SIM);
    let line = home.path().join("line");
    std::fs::create_dir_all(&line).expect("made");
    for seed in 0..IMAGES {
        let file = line.join(format!("{seed:02}.png"));
        drawn(seed).save(file).expect("written");
    }
    let settings = "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = \"models\"\n\
         [timing]\npitch_ms_min = 60\ndecide_by_ms = 3000\nframe_window_ms = 50\n\
         [trigger]\nsource = \"camera\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"none\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = \"line\"\ninterval_ms = 300\nrepeat = true\n";
    std::fs::write(home.path().join("station.toml"), settings).expect("written");
    home
}

/// Teaches from the lesson's images. Gives the held-out scores and the graph.
fn taught(home: &Path, station: &Station, id: &Value, name: &str) -> (Value, Vec<u8>) {
    let model = json!({"lesson": id, "name": name, "author": "Li"});
    let (status, said) = station.ask("POST", "/api/teaching/model", &model);
    assert_eq!(status, 200, "{said}");
    let lesson = station.settled();
    assert_eq!(lesson["phase"], "taught", "{}", lesson["note"]);
    let scores = lesson["taught"]["held_out"].as_array().expect("scores");
    let scores = scores.iter().map(|each| each["score"].clone()).collect();
    let graph = home.join("models").join(name).join("model.onnx");
    (scores, std::fs::read(graph).expect("a graph"))
}

/// The files of the line whose images the lesson holds, in its order: kept as the camera gave them, uncorrected.
fn files_of(home: &Path, lesson: &Value) -> Vec<Vec<u8>> {
    let images = lesson["images"].as_array().expect("images").iter();
    let files = images.map(|image| {
        let name = format!("teaching/{:04}.png", image["n"].as_u64().expect("a number"));
        let kept = image::open(home.join("data").join(name)).expect("an image");
        let kept = kept.into_rgb8();
        let seed = (0..IMAGES).find(|seed| drawn(*seed) == kept);
        let seed = seed.expect("an image of the line, to the last pixel");
        std::fs::read(home.join(format!("line/{seed:02}.png"))).expect("a file")
    });
    files.collect()
}

#[test]
fn an_uploaded_image_is_corrected_as_a_captured_one_before_it_is_taught() {
    let home = prepared();
    let at = home.path();
    configured(at);
    let station = Station::start(at);
    let (status, said) = station.ask("POST", "/api/teaching", &begin("part", 10, "line"));
    assert_eq!(status, 200, "{said}");
    let lesson = station.settled();
    let files = files_of(at, &lesson);
    assert_eq!(files.len(), 10, "{lesson}");
    let captured = taught(at, &station, &lesson["id"], "captured");
    let discard = json!({"lesson": lesson["id"]});
    assert_eq!(station.ask("DELETE", "/api/teaching", &discard).0, 200);

    let mut files_only = begin("part", 10, "line");
    files_only["source"] = Value::Null;
    let (status, begun) = station.ask("POST", "/api/teaching", &files_only);
    assert_eq!(status, 200, "{begun}");
    let id = begun["lesson"]["id"].clone();
    for (n, file) in files.iter().enumerate() {
        let (status, said) = station.upload(&id, "good", &format!("{n}.png"), file);
        assert_eq!(status, 200, "{said}");
    }
    let uploaded = taught(at, &station, &id, "uploaded");
    assert_eq!(uploaded.0, captured.0, "the same scores");
    assert!(uploaded.1 == captured.1, "not the same graph");
    station.stop();

    // Without the configuration the same images teach something else, so it was applied above.
    std::fs::rename(at.join("configuration"), at.join("away")).expect("moved");
    let station = Station::start(at);
    let plain = taught(at, &station, &id, "plain");
    assert!(plain.1 != captured.1, "nothing was corrected");
    station.stop();
}

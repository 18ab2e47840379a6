//! Image files that are uploaded into a lesson: what is taken, what is refused, and what a restart or a full
//! disk does to them.

use crate::served::{SIM, Station, home};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::Path;

fn begun(station: &Station) -> Value {
    let lesson = json!({"camera": "top", "style": "cap", "only_passes": false, "author": "Li",
        "wanted": 12, "source": null});
    let (status, body) = station.ask("POST", "/api/teaching", &lesson);
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["lesson"]["phase"], "collected");
    body["lesson"]["id"].clone()
}

/// A part on a ground, never twice the same.
fn drawn(seed: u32, (width, height): (u32, u32)) -> DynamicImage {
    let mut rng = fastrand::Rng::with_seed(u64::from(seed));
    let shift = rng.u32(..8);
    let image = RgbImage::from_fn(width, height, |x, y| {
        let is_part = (60 + shift..180 + shift).contains(&y) && (80..240).contains(&x);
        let grey = if is_part { 170 } else { 60 } + rng.u8(..16);
        image::Rgb([grey, grey.saturating_sub(10), grey / 2])
    });
    image.into()
}

fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).expect("written");
    bytes.into_inner()
}

fn png(seed: u32) -> Vec<u8> {
    file(&drawn(seed, (320, 240)), ImageFormat::Png)
}

/// Why a file was refused: reason, expected, found.
fn refused((status, body): &(u16, Value), code: u16) -> [String; 3] {
    assert_eq!(*status, code, "{body}");
    let refused = &body["error"]["refused"];
    ["reason", "expected", "found"].map(|key| refused[key].as_str().expect("a text").to_owned())
}

/// Files of the lesson's folder, by name.
fn kept(home: &Path) -> Vec<String> {
    let folder = std::fs::read_dir(home.join("data/teaching")).expect("a folder");
    let mut names: Vec<String> = folder
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn files_of_every_kind_are_taken_and_those_that_do_not_fit_are_refused_one_by_one() {
    let home = home(SIM);
    let station = Station::start(home.path());
    let id = begun(&station);
    let files = station.get("/api/teaching")["files"].clone();
    assert_eq!(
        files,
        json!({"width": 320, "height": 240, "pixel_format": "RGB8",
            "bytes_max": 320 * 240 * 4 + 1_048_576})
    );
    for (seed, format) in [
        (1, ImageFormat::Png),
        (2, ImageFormat::Jpeg),
        (3, ImageFormat::Bmp),
    ] {
        let image = file(&drawn(seed, (320, 240)), format);
        let (status, body) = station.upload(&id, "good", &format!("{seed}.img"), &image);
        assert_eq!(status, 200, "{body}");
    }
    let is = |said: [String; 3], expected: [&str; 3]| assert_eq!(said, expected);
    let small = file(&drawn(4, (160, 120)), ImageFormat::Png);
    let small = station.upload(&id, "good", "small.png", &small);
    is(refused(&small, 400), ["size", "320 × 240", "160 × 120"]);
    let grey = DynamicImage::from(drawn(4, (320, 240)).into_luma8());
    let grey = station.upload(&id, "good", "grey.png", &file(&grey, ImageFormat::Png));
    is(refused(&grey, 400), ["channels", "RGB8", "Mono8"]);
    let text = station.upload(&id, "good", "notes.png", b"dear diary");
    is(refused(&text, 400), ["not_an_image", "PNG, JPEG, BMP", ""]);
    let cut = station.upload(&id, "good", "cut.png", &png(5)[..9_000]);
    assert_eq!(refused(&cut, 400)[0], "damaged");
    let twice = station.upload(&id, "defect", "again.png", &png(1));
    is(refused(&twice, 400), ["twice", "", "1.img"]);
    let long = station.upload(&id, "good", "long.bmp", &vec![0; 1_400_000]);
    is(
        refused(&long, 413),
        ["too_many_bytes", "1355776", "1400000"],
    );
    let (status, _) = station.send(
        "POST",
        &format!("/api/teaching/{id}/files?kind=good&name=a.png"),
        "text/plain",
        &png(6),
    );
    assert_eq!(status, 415, "a page from elsewhere could send this type");
    assert_eq!(station.upload(&json!(1), "good", "a.png", &png(6)).0, 404);

    let (status, body) = station.upload(&id, "defect", "..%2F..%2Fscratch.png", &png(7));
    assert_eq!(status, 200, "{body}");
    let lesson = &body["lesson"];
    assert_eq!(lesson["images"].as_array().map(Vec::len), Some(3));
    let defect = &lesson["defects"][0];
    assert_eq!(
        (&defect["file"], &defect["part_id"], &defect["is_passed"]),
        (&json!("scratch.png"), &Value::Null, &Value::Null)
    );
    // As it was, to the last pixel.
    let path = format!("/api/teaching/{id}/images/{}", defect["n"]);
    let (_, picture) = station.ask_bytes("GET", &path, &Value::Null);
    let picture = image::load_from_memory(&picture).expect("an image");
    assert_eq!(picture.into_rgb8(), drawn(7, (320, 240)).into_rgb8());

    // Full is full, of each kind.
    for seed in 100..149 {
        assert_eq!(station.upload(&id, "defect", "d.png", &png(seed)).0, 200);
    }
    let full = station.upload(&id, "defect", "d.png", &png(200));
    is(refused(&full, 400), ["lesson_full", "50", ""]);
    assert_eq!(station.upload(&id, "good", "g.png", &png(200)).0, 200);
    station.kill();

    // What was said to be taken is there.
    let station = Station::start(home.path());
    let lesson = station.get("/api/teaching")["lesson"].clone();
    let count = |kind: &str| lesson[kind].as_array().map(Vec::len);
    assert_eq!((count("images"), count("defects")), (Some(4), Some(50)));
    assert_eq!(
        (&lesson["note"], kept(home.path()).len()),
        (&Value::Null, 2 * 54 + 1)
    );
    station.stop();
}

#[test]
fn uploaded_files_are_taught_and_the_next_lesson_begins_with_none() {
    let home = home(SIM);
    let station = Station::start(home.path());
    let id = begun(&station);
    for seed in 0..10 {
        assert_eq!(station.upload(&id, "good", "g.png", &png(seed)).0, 200);
    }
    for seed in 20..24 {
        let mut image = drawn(seed, (320, 240)).into_rgb8();
        let at = 100 + (seed - 20) * 25;
        (0..14).for_each(|d| image.put_pixel(at + d, 90 + d, image::Rgb([250, 20, 20])));
        (0..14).for_each(|d| image.put_pixel(at + d, 91 + d, image::Rgb([250, 20, 20])));
        let bytes = file(&image.into(), ImageFormat::Bmp);
        assert_eq!(station.upload(&id, "defect", "d.bmp", &bytes).0, 200);
    }
    let model = json!({"lesson": id, "name": "files", "author": "Li"});
    assert_eq!(station.ask("POST", "/api/teaching/model", &model).0, 200);
    let during = station.upload(&id, "good", "late.png", &png(30));
    assert_eq!(during.0, 409, "{}", during.1);
    let lesson = station.settled();
    let told = &lesson["taught"]["told"];
    assert_eq!(lesson["phase"], "taught", "{}", lesson["note"]);
    assert_eq!((&told["good"], &told["defects"]), (&json!(10), &json!(4)));
    assert_eq!(lesson["images"].as_array().map(Vec::len), Some(10));
    let discard = json!({"lesson": id});
    assert_eq!(station.ask("DELETE", "/api/teaching", &discard).0, 200);
    assert_eq!(station.upload(&id, "good", "g.png", &png(0)).0, 404);
    let id = begun(&station);
    assert_eq!(station.upload(&id, "good", "g.png", &png(0)).0, 200);
    station.stop();
}

#[test]
fn a_disk_that_takes_no_more_refuses_a_file_and_loses_nothing() {
    let home = home(&SIM.replace("320", "1280").replace("240", "960"));
    let station = Station::start_where_files_end_at(home.path(), 2_000);
    let id = begun(&station);
    let noise = RgbImage::from_fn(1280, 960, {
        let mut rng = fastrand::Rng::with_seed(1);
        move |_, _| image::Rgb([rng.u8(..), rng.u8(..), rng.u8(..)])
    });
    let noise = file(&noise.into(), ImageFormat::Png);
    let flat = RgbImage::from_fn(1280, 960, |x, _| image::Rgb([(x / 8) as u8; 3]));
    let flat = file(&flat.into(), ImageFormat::Png);
    assert_eq!(station.upload(&id, "good", "flat.png", &flat).0, 200);
    let before = kept(home.path());
    let full = station.upload(&id, "good", "noise.png", &noise);
    let [reason, _, found] = refused(&full, 507);
    assert!(reason == "storage" && found.contains("teaching"), "{found}");
    assert_eq!(kept(home.path()), before, "nothing is left of it");
    let lesson = station.get("/api/teaching")["lesson"].clone();
    assert_eq!(lesson["images"].as_array().map(Vec::len), Some(1));
    station.stop();
}

#[test]
fn a_disk_that_must_stay_free_refuses_a_file_with_what_to_do() {
    let home = home(&format!("free_bytes_min = 1000000000000000\n{SIM}"));
    let station = Station::start(home.path());
    let id = begun(&station);
    let full = station.upload(&id, "good", "a.png", &png(1));
    let [reason, _, found] = refused(&full, 507);
    assert!(
        reason == "storage" && found.contains("Make room"),
        "{found}"
    );
    assert_eq!(kept(home.path()), ["lesson.json"]);
    station.stop();
}

//! Pictures and lists from outside, as a person meets them at the command line and at a running station.

use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use inspector::results::reader::{Filter, Reader};
use inspector::station::verdict::{Cause, Verdict};
use std::path::{Path, PathBuf};
use std::process::Command;

fn part(seed: u32) -> RgbImage {
    RgbImage::from_fn(160, 120, |x, y| {
        let grey = 90 + (x * 7 + y * 3 + seed * 31) % 120;
        Rgb([grey as u8, (grey * 9 / 10) as u8, (x ^ (y + seed)) as u8])
    })
}

/// A folder with `count` different good parts.
fn good(home: &Path, count: u32) -> PathBuf {
    let folder = home.join("good");
    std::fs::create_dir_all(&folder).expect("a folder");
    for seed in 0..count {
        part(seed)
            .save(folder.join(format!("{seed:02}.png")))
            .expect("written");
    }
    folder
}

fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Jpeg)
        .expect("encoded");
    bytes.into_inner()
}

/// Exit code, and everything that was said.
fn inspector(args: &[&str], paths: &[&Path]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args)
        .args(paths)
        .output();
    let output = output.expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn teach(images: &Path, home: &Path) -> (Option<i32>, String) {
    let out = home.join("bundle");
    let said = inspector(&["teach"], &[images, Path::new("--out"), &out]);
    assert!(!out.exists() || said.0 == Some(0), "{}", said.1);
    said
}

#[track_caller]
fn refused((code, said): (Option<i32>, String), expected: &[&str]) {
    assert_eq!(code, Some(3), "{said}");
    for expected in expected {
        assert!(said.contains(expected), "expected {expected:?} in {said}");
    }
}

#[test]
fn a_picture_that_is_not_what_it_seems_is_refused_by_name_before_anything_is_taught() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = good(home.path(), 3);
    let odd = folder.join("odd.jpg");
    let try_with = |bytes: &[u8], expected: &[&str]| {
        std::fs::write(&odd, bytes).expect("written");
        refused(
            teach(&folder, home.path()),
            &[&["odd.jpg"], expected].concat(),
        );
    };
    let whole = jpeg(&part(7));
    try_with(&whole[..whole.len() / 2], &["cut short or damaged"]);
    try_with(&whole[..whole.len() * 97 / 100], &["cut short or damaged"]);
    let lost = [&whole[..whole.len() / 2], &whole[whole.len() / 2 + 700..]].concat();
    try_with(&lost, &["cut short or damaged"]);
    try_with(b"no picture", &["expected an image"]);
    let encoded = |image: image::DynamicImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image
            .write_to(&mut bytes, ImageFormat::Png)
            .expect("encoded");
        bytes.into_inner()
    };
    try_with(
        &encoded(RgbImage::new(160, 120).into()),
        &["it is black", "take it out"],
    );
    let plain = RgbImage::from_pixel(160, 120, Rgb([90, 120, 90]));
    try_with(&encoded(plain.into()), &["no contrast", "take it out"]);
    let deep = image::ImageBuffer::<Luma<u16>, Vec<u16>>::from_fn(160, 120, |x, y| {
        Luma([(x * 20 + y) as u16])
    });
    try_with(&encoded(deep.into()), &["16 bits a channel", "12 are used"]);
    let glass = image::RgbaImage::from_pixel(160, 120, image::Rgba([9, 9, 9, 100]));
    try_with(&encoded(glass.into()), &["transparent"]);
}

#[test]
fn copies_count_once_and_are_told_and_a_picture_is_not_good_and_bad() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = good(home.path(), 1);
    for copy in 1..12 {
        std::fs::copy(folder.join("00.png"), folder.join(format!("{copy:02}.png")))
            .expect("copied");
    }
    // The same pixels in another kind of file.
    part(0).save(folder.join("12.bmp")).expect("written");
    let (code, said) = teach(&folder, home.path());
    assert_eq!(code, Some(3), "{said}");
    for expected in [
        "good/01.png is the same image as ",
        "good/00.png: they count once",
        "2 more images are copies",
        "found 1; 30 or more",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    let bad = home.path().join("bad");
    std::fs::create_dir(&bad).expect("a folder");
    part(0).save(bad.join("x.png")).expect("written");
    let out = home.path().join("bundle");
    let args = [&folder, Path::new("--bad"), &bad, Path::new("--out"), &out];
    refused(
        inspector(&["teach"], &args),
        &["bad/x.png", "as bad here and as good in", "good/00.png"],
    );
    let images = [Path::new("none"), Path::new("--images"), home.path()];
    refused(
        inspector(&["model", "compare"], &images),
        &["bad/x.png", "good/00.png"],
    );
}

#[test]
fn comparing_counts_copies_once_and_says_which_masks_mark_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = good(home.path(), 2);
    std::fs::copy(folder.join("00.png"), folder.join("copy.png")).expect("copied");
    for (kind, name) in [
        ("bad", "x.png"),
        ("mask", "x.png"),
        ("bad", "y.png"),
        ("mask", "y.png"),
    ] {
        let folder = home.path().join(kind);
        std::fs::create_dir_all(&folder).expect("a folder");
        let seed = name.len() as u32 + u32::from(name.as_bytes()[0]);
        part(seed).save(folder.join(name)).expect("written");
    }
    // As tools write masks whose values are numbers of classes.
    let ones = GrayImage::from_fn(160, 120, |x, _| Luma([u8::from(x > 80)]));
    ones.save(home.path().join("mask/x.png")).expect("written");
    // Hidden files of other systems lie beside the real ones.
    std::fs::write(folder.join("._00.png"), b"\0\x05\x16\x07").expect("written");
    let args = [Path::new("none"), Path::new("--images"), home.path()];
    let (code, said) = inspector(&["model", "compare"], &args);
    assert_eq!(code, Some(5), "{said}");
    for expected in [
        "copy.png is the same image as",
        "mask/x.png marks nothing (largest value 1 of 255)",
        "2 good and 2 bad images",
    ] {
        assert!(said.contains(expected), "expected {expected:?} in {said}");
    }
    assert!(!said.contains("mask/y.png"), "{said}");
}

#[test]
fn a_list_is_read_as_spreadsheets_write_it_or_refused_with_the_reason() {
    let home = tempfile::tempdir().expect("a folder");
    good(home.path(), 2);
    std::fs::create_dir(home.path().join("bad")).expect("a folder");
    part(9)
        .save(home.path().join("bad/坏.png"))
        .expect("written");
    let list = home.path().join("list.csv");
    let compare = |bytes: &[u8]| {
        std::fs::write(&list, bytes).expect("written");
        inspector(
            &["model", "compare"],
            &[Path::new("none"), Path::new("--images"), &list],
        )
    };
    let text = "path,label\ngood/00.png,good\ngood/01.png,good\nbad/坏.png,bad\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gbk = text.replace("坏", "\u{1}");
    let gbk: Vec<u8> = gbk
        .bytes()
        .flat_map(|byte| {
            if byte == 1 {
                vec![0xbb, 0xb5]
            } else {
                vec![byte]
            }
        })
        .collect();
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xff\xfe", &utf16[..]].concat(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        gbk,
        text.replace(',', ";").into_bytes(),
        text.replace(',', "\t").into_bytes(),
        text.replace(',', ", ").into_bytes(),
        text.replace('/', "\\").replace('\n', "\r\n").into_bytes(),
        text.replace("path,label", "Path,LABEL")
            .replace(",good", ",OK")
            .replace(",bad", ",NG")
            .into_bytes(),
    ] {
        let (code, said) = compare(&bytes);
        assert_eq!(code, Some(5), "{said}");
        assert!(said.contains("2 good and 1 bad images"), "{said}");
    }
    refused(
        compare(text.replace("label", "lable").as_bytes()),
        &[
            "list.csv:1",
            "path,label,set,split,mask,defect",
            "\"lable\"",
        ],
    );
    refused(
        compare(text.replace(",bad", ",broken").as_bytes()),
        &["list.csv:4", "good or ok, bad or ng", "\"broken\""],
    );
    refused(
        compare(text.replace("坏", "坏了").as_bytes()),
        &["坏了.png"],
    );
    refused(
        compare(b"path,label\ngood/pi\xe8ce.png,good\n"),
        &["list.csv", "UTF-8"],
    );
}

#[test]
fn a_station_that_plays_pictures_decides_nothing_on_damaged_ones_and_says_that_they_are_simulated()
{
    crate::accept_demo();
    let home = tempfile::tempdir().expect("a folder");
    let images = home.path().join("images");
    std::fs::create_dir(&images).expect("a folder");
    let whole = jpeg(&part(1));
    std::fs::write(images.join("whole.png"), &whole).expect("written");
    std::fs::write(images.join("cut.jpg"), &whole[..whole.len() * 9 / 10]).expect("written");
    let lost = [&whole[..whole.len() / 2], &whole[whole.len() / 2 + 300..]].concat();
    std::fs::write(images.join("lost.jpg"), lost).expect("written");
    part(2).save(images.join("cut.png")).expect("written");
    let png = std::fs::read(images.join("cut.png")).expect("read");
    std::fs::write(images.join("cut.png"), &png[..png.len() * 9 / 10]).expect("written");
    // A semicolon, as Excel writes in many countries; the style stands in the list alone.
    let list = "File;Part_ID;Style\nwhole.png;A1;part\ncut.jpg;A2;part\nlost.jpg;A3;part\ncut.png;A4;part\n";
    std::fs::write(images.join("list.csv"), list).expect("written");
    let recipes = home.path().join("recipes/part");
    std::fs::create_dir_all(&recipes).expect("a folder");
    let recipe = "[recipe]\nauthor = \"a\"\nreason = \"r\"\ncreated = \"2026-01-01T00:00:00Z\"\n\
        [[view]]\nname = \"top\"\ncamera = \"top\"\nmodel = \"demo\"\nreject_above = 0.45\n";
    std::fs::write(recipes.join("1.toml"), recipe).expect("written");
    let models = Path::new("models/assets").canonicalize().expect("models");
    let settings = format!(
        "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 60\ndecide_by_ms = 2000\nframe_window_ms = 50\n\
         [trigger]\nsource = \"camera\"\n\
         [ejector]\nkind = \"none\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = \"images\"\nmanifest = \"list.csv\"\ninterval_ms = 100\n"
    );
    let file = home.path().join("station.toml");
    std::fs::write(&file, settings).expect("written");
    let (code, said) = inspector(&["run", "--listen", "127.0.0.1:0", "--settings"], &[&file]);
    assert_eq!(code, Some(0), "{said}");
    let reader = Reader::open(&home.path().join("data")).expect("a log");
    let mut items = reader
        .list(&Filter {
            limit: Some(50),
            ..Filter::default()
        })
        .expect("results")
        .items;
    items.sort_by(|a, b| a.part_id.cmp(&b.part_id));
    let found: Vec<_> = items[1..]
        .iter()
        .map(|item| (item.part_id.as_str(), item.style.as_deref(), item.cause))
        .collect();
    let part = Some("part");
    assert_eq!(
        found,
        [
            ("A2", part, Some(Cause::FrameIncomplete)),
            ("A3", part, Some(Cause::FrameIncomplete)),
            ("A4", part, Some(Cause::FrameIncomplete)),
        ]
    );
    assert!(
        items[0].score.is_some()
            && items[1..]
                .iter()
                .all(|item| item.verdict == Verdict::NotDecided)
    );
    let database =
        rusqlite::Connection::open(home.path().join("data/results.sqlite")).expect("the log");
    let simulated: i64 = database
        .query_row("select is_simulated from job", [], |row| row.get(0))
        .expect("a job");
    assert_eq!(simulated, 1, "replayed pictures are no line");
}

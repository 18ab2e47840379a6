//! What the folder camera makes of the files and lists that it finds.

use super::clock::Clock;
use super::ports::camera::{AcquireError, Camera, OpenError};
use super::station::frame::PixelFormat;
use super::{SystemClock, Waiting};
use image::{ImageFormat, Rgb, RgbImage};
use inspector::adapters::camera::folder::{FolderCamera, FolderSettings, FolderTrigger};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn open(folder: &Path, manifest: Option<&str>) -> Result<FolderCamera, OpenError> {
    let settings = FolderSettings {
        path: folder.to_owned(),
        interval_ms: 40,
        repeat: false,
        manifest: manifest.map(Into::into),
        trigger: Default::default(),
        mono: false,
    };
    FolderCamera::open(settings, Arc::new(Waiting::default()) as Arc<dyn Clock>)
}

fn picture(seed: u32) -> RgbImage {
    RgbImage::from_fn(48, 32, |x, y| {
        Rgb([(x * 5 + seed) as u8, (y * 7) as u8, (x ^ y) as u8])
    })
}

fn bytes(image: &RgbImage, kind: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, kind).unwrap();
    bytes.into_inner()
}

/// Of each picture in turn: its part and style, or that it is incomplete.
fn played(camera: &mut FolderCamera) -> Vec<String> {
    let mut pixels = vec![0; camera.shape().bytes()];
    let mut all = Vec::new();
    loop {
        let named = |part: Option<String>, style: Option<String>| {
            format!(
                "{} {}",
                part.unwrap_or("-".into()),
                style.unwrap_or("-".into())
            )
        };
        all.push(match camera.acquire(&mut pixels, Duration::from_secs(1)) {
            Ok(meta) => named(
                meta.part_id.map(|id| id.to_string()),
                meta.style.map(|style| style.to_string()),
            ),
            Err(AcquireError::Incomplete { part_id, style, .. }) => {
                let part_id = part_id.map(|id| id.to_string());
                format!(
                    "{} incomplete",
                    named(part_id, style.map(|style| style.to_string()))
                )
            }
            Err(AcquireError::Ended) => return all,
            Err(other) => panic!("{other}"),
        });
    }
}

#[test]
fn damaged_files_of_every_kind_are_incomplete_frames_of_the_part_that_the_list_names() {
    let home = tempfile::tempdir().unwrap();
    let mut list = "file,part_id,style\n".to_owned();
    for (kind, name) in [
        (ImageFormat::Png, "png"),
        (ImageFormat::Jpeg, "jpg"),
        (ImageFormat::Bmp, "bmp"),
        (ImageFormat::Tiff, "tif"),
    ] {
        let whole = bytes(&picture(1), kind);
        std::fs::write(home.path().join(format!("{name}.{name}")), &whole).unwrap();
        let cut = if name == "tif" {
            &whole[..whole.len() - 700]
        } else {
            &whole[..whole.len() * 9 / 10]
        };
        // A TIFF's directory stands behind its pixels: nobody can open it without.
        if name != "tif" {
            std::fs::write(home.path().join(format!("cut.{name}")), cut).unwrap();
            list.push_str(&format!("cut.{name},C-{name},gear\n"));
        }
        list.push_str(&format!("{name}.{name},W-{name},gear\n"));
    }
    std::fs::write(home.path().join("list.csv"), list).unwrap();
    let mut camera = open(home.path(), Some("list.csv")).unwrap();
    assert_eq!(
        played(&mut camera),
        [
            "C-png gear incomplete",
            "W-png gear",
            "C-jpg gear incomplete",
            "W-jpg gear",
            "C-bmp gear incomplete",
            "W-bmp gear",
            "W-tif gear",
        ]
    );
}

#[test]
fn contents_decide_what_a_file_is_and_hidden_files_are_no_pictures() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(home.path().join(name), bytes).unwrap();
    write("1.png", &bytes(&picture(1), ImageFormat::Jpeg));
    write("2.jpg", &bytes(&picture(2), ImageFormat::Png));
    write("._1.png", b"\0\x05\x16\x07\0\x02\0\0Mac OS X");
    write(".DS_Store", b"\0\0\0\x01Bud1");
    let mut camera = open(home.path(), None).unwrap();
    assert_eq!(camera.len(), 2);
    assert_eq!(played(&mut camera), ["- -", "- -"]);
    assert_eq!(camera.shape().pixel_format, PixelFormat::Rgb8);
    write("3.png", b"no picture");
    let refused = open(home.path(), None).err().unwrap().to_string();
    assert!(
        refused.contains("3.png") && refused.contains("expected an image"),
        "{refused}"
    );
}

#[test]
fn a_list_is_read_as_spreadsheets_write_it_or_refused_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    for number in 0..2 {
        picture(number)
            .save(home.path().join(format!("{number}.png")))
            .unwrap();
    }
    let with = |bytes: &[u8]| {
        std::fs::write(home.path().join("list.csv"), bytes).unwrap();
        open(home.path(), Some("list.csv")).map(|mut camera| played(&mut camera))
    };
    let text = "file,part_id,style\n0.png,00012345,bracket\n1.png,3 A,M6/10\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xfe\xff", &utf16[..]].concat(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        text.replace(',', ";").into_bytes(),
        text.replace("file,part_id,style", "File, Part_ID, Style")
            .into_bytes(),
        text.replace("0.png", "..\\NAME\\0.png")
            .replace("NAME", &home.path().file_name().unwrap().to_string_lossy())
            .into_bytes(),
    ] {
        assert_eq!(with(&bytes).unwrap(), ["00012345 bracket", "3 A M6/10"]);
    }
    for (text, said) in [
        (
            text.replace("part_id", "part_no"),
            "list.csv:1: expected the columns file,part_id,style, found \"part_no\"",
        ),
        (
            text.replace("3 A", "00012345"),
            "list.csv:3: part_id 00012345 stands in line 2, too",
        ),
        (text.replace("3 A", "3\u{202e}A"), "list.csv:3: part_id"),
        (
            text.replace("1.png", ""),
            "list.csv:3: expected a file, found an empty cell",
        ),
        ("file\n".to_owned(), "list.csv: expected at least one image"),
    ] {
        let refused = with(text.as_bytes()).err().unwrap().to_string();
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn a_folder_that_is_triggered_plays_one_image_for_each_trigger() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..2 {
        picture(number)
            .save(folder.path().join(format!("{number}.png")))
            .unwrap();
    }
    let settings = FolderSettings {
        path: folder.path().to_owned(),
        interval_ms: 1,
        repeat: false,
        manifest: None,
        trigger: FolderTrigger::Software,
        mono: false,
    };
    let mut camera = FolderCamera::open(settings, Arc::new(SystemClock)).unwrap();
    let mut pixels = vec![0; camera.shape().bytes()];
    let soon = Duration::from_millis(20);
    assert_eq!(
        camera.acquire(&mut pixels, soon),
        Err(AcquireError::Timeout)
    );
    assert_eq!(camera.take(&mut pixels, soon).unwrap().block_id, 0);
    assert_eq!(
        camera.acquire(&mut pixels, soon),
        Err(AcquireError::Timeout)
    );
    camera.trigger().unwrap();
    assert_eq!(camera.acquire(&mut pixels, soon).unwrap().block_id, 1);
    assert_eq!(camera.take(&mut pixels, soon), Err(AcquireError::Ended));
}

#[test]
fn a_folder_that_is_taken_away_is_a_camera_that_is_gone_and_it_goes_on_when_it_is_back() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("stick");
    std::fs::create_dir(&folder).unwrap();
    for number in 0..3 {
        picture(number)
            .save(folder.join(format!("{number}.png")))
            .unwrap();
    }
    let settings = FolderSettings {
        path: folder.clone(),
        interval_ms: 1,
        repeat: false,
        manifest: None,
        trigger: Default::default(),
        mono: false,
    };
    let mut camera = FolderCamera::open(settings, Arc::new(SystemClock)).unwrap();
    let mut pixels = vec![0; camera.shape().bytes()];
    let mut next = |camera: &mut FolderCamera| camera.acquire(&mut pixels, Duration::from_secs(1));
    assert_eq!(next(&mut camera).unwrap().block_id, 0);
    let away = home.path().join("away");
    std::fs::rename(&folder, &away).unwrap();
    for _ in 0..2 {
        assert!(matches!(
            next(&mut camera),
            Err(AcquireError::Disconnected { .. })
        ));
        assert!(camera.reopen().is_err());
    }
    std::fs::rename(&away, &folder).unwrap();
    camera.reopen().unwrap();
    assert_eq!(next(&mut camera).unwrap().block_id, 1);
    // One file that is gone is one frame that is not whole.
    std::fs::remove_file(folder.join("2.png")).unwrap();
    assert!(matches!(
        next(&mut camera),
        Err(AcquireError::Incomplete { .. })
    ));
}

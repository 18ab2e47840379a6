//! Pictures of reviewed parts for teaching: what is written, what is left out, and a program that is not ours that reads it.

use super::export_read::{read_by, readers};
use super::log::{record, start};
use inspector::clock::{Clock, SimulatedClock};
use inspector::ports::log::{ImageStore, Picture, ResultLog};
use inspector::results::images::Images;
use inspector::results::result_id;
use inspector::results::review::{NewReview, Region, TakenBack};
use inspector::results::writer::Writer;
use inspector::settings::station::{ImageFormat, ImageSettings};
use inspector::station::challenge::Challenged;
use inspector::station::frame::{FrameShape, PixelFormat};
use inspector::station::part::PartNo;
use inspector::station::result::Record;
use inspector::station::review::Judgement;
use inspector::station::time::WallTime;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use tempfile::TempDir;

pub const SIZE: (u32, u32) = (64, 48);

fn part(part_no: u64) -> Record {
    let Record::Result(mut result) = record(part_no) else {
        unreachable!("it is a result");
    };
    let shape = FrameShape {
        width: SIZE.0,
        height: SIZE.1,
        pixel_format: PixelFormat::Mono8,
    };
    result.views[0].shape = Some(shape);
    if part_no == 7 {
        result.challenge = Some(Challenged::Passed);
    }
    Record::Result(result)
}

/// A picture of noise, so that no two parts look alike.
fn save(data: &Path, log: &Writer, parts: impl Iterator<Item = u64>) {
    let settings = ImageSettings {
        keep_passes: 1.0,
        format: ImageFormat::Png,
        quota_bytes: 100_000_000,
        free_bytes_min: 0,
    };
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::new(WallTime(1)));
    let mut images = Images::open(data, log.clone(), settings, clock).unwrap();
    for part in parts {
        let mut random = fastrand::Rng::with_seed(part);
        let pixels: Vec<u8> = (0..SIZE.0 * SIZE.1).map(|_| random.u8(..)).collect();
        let shape = FrameShape {
            width: SIZE.0,
            height: SIZE.1,
            pixel_format: PixelFormat::Mono8,
        };
        let picture = Picture {
            part_no: PartNo(part),
            view: 0,
            pixels: &pixels,
            shape,
            map: &[],
            map_size: (0, 0),
        };
        images.save(&picture).unwrap();
    }
}

fn says(log: &Writer, part: u64, by: &str, judgement: Judgement, area: Option<[u32; 4]>) -> i64 {
    let is_named = judgement == Judgement::Defect && by != "Zhang";
    let review = NewReview {
        result_id: result_id(log.job(), PartNo(part)),
        at: WallTime(7),
        author: by.to_owned(),
        judgement,
        class: is_named.then(|| "scratch".to_owned()),
        region: area.map(|area| Region { view: 0, area }),
        reason: None,
    };
    log.review(review).unwrap()
}

/// Parts 1 and 2 are defective with a box, 3 without one, 4 is good, of 5 people say different things, of 6 nobody could
/// tell, 7 is a challenge part, 8 has no picture, 9 was taken back, 10 and on wait.
pub fn reviewed() -> TempDir {
    use Judgement::{CannotTell, Defect, Good};
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&(1..=12).map(part).collect::<Vec<_>>()).unwrap();
    save(data.path(), &log, (1..=12).filter(|part| *part != 8));
    says(&log, 1, "Li", Defect, Some([8, 12, 16, 24]));
    // Two people draw the same defect; the last box counts, and the class that the other named.
    says(&log, 2, "Li", Defect, Some([0, 0, 4, 4]));
    says(&log, 2, "Zhang", Defect, Some([60, 40, 4, 8]));
    says(&log, 3, "Li", Defect, None);
    says(&log, 4, "Li", Good, None);
    says(&log, 5, "Li", Good, None);
    says(&log, 5, "Wang", Defect, Some([1, 1, 2, 2]));
    says(&log, 6, "Li", CannotTell, None);
    says(&log, 7, "Li", Defect, Some([1, 1, 2, 2]));
    says(&log, 8, "Li", Good, None);
    let slip = says(&log, 9, "Li", Good, None);
    log.take_back(TakenBack {
        review: slip,
        at: WallTime(8),
        author: "Li".to_owned(),
        reason: None,
    })
    .unwrap();
    data
}

fn export(data: &Path, layout: &str, out: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["export", "--reviewed", layout, "--data"])
        .arg(data)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap()
}

fn written(layout: &str) -> (TempDir, TempDir, String) {
    let (data, out) = (reviewed(), tempfile::tempdir().unwrap());
    let done = export(data.path(), layout, out.path());
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{told}");
    (data, out, told)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn coco_has_boxes_in_pixels_of_the_pictures_and_says_what_is_left_out() {
    let (data, out, told) = written("coco");
    let text = std::fs::read(out.path().join("annotations.json")).unwrap();
    let coco: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let boxes: Vec<&serde_json::Value> = coco["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|drawn| &drawn["bbox"])
        .collect();
    assert_eq!(
        boxes,
        [
            &serde_json::json!([8, 12, 16, 24]),
            &serde_json::json!([60, 40, 4, 8])
        ]
    );
    assert_eq!(
        coco["categories"],
        serde_json::json!([{"id": 1, "name": "scratch"}])
    );
    let images = coco["images"].as_array().unwrap();
    assert_eq!(images.len(), 3, "{images:?}");
    for (image, part) in images.iter().zip([1, 2, 4]) {
        let name = image["file_name"].as_str().unwrap();
        let copy = std::fs::read(out.path().join("images").join(name)).unwrap();
        let stored = data.path().join(format!("images/1/{part}-0.png"));
        assert_eq!(copy, std::fs::read(stored).unwrap());
        assert_eq!(
            (&image["width"], &image["height"]),
            (&64.into(), &48.into())
        );
    }
    assert!(
        told.contains("1 pictures of good parts and 2 of defective ones, with 2 boxes"),
        "{told}"
    );
    assert!(told.contains("left out 5 reviewed parts"), "{told}");
    for why in [
        "1: reviewers do not agree",
        "1: nobody could tell",
        "1: challenge parts",
        "1: no picture is there",
        "1: a defect without a box",
    ] {
        assert!(told.contains(why), "{why}: {told}");
    }
    let again = export(data.path(), "coco", out.path());
    assert_eq!(again.status.code(), Some(3), "a folder that is not empty");
}

#[test]
fn yolo_has_boxes_as_shares_and_an_empty_file_for_a_good_part() {
    let (_data, out, _) = written("yolo");
    let labels = out.path().join("labels/train");
    let names_of = names(&labels);
    let pictures = names(&out.path().join("images/train"));
    assert_eq!(names_of.len(), 3);
    let stems = |names: &[String]| -> Vec<String> {
        names
            .iter()
            .map(|name| name[..name.len() - 4].to_owned())
            .collect()
    };
    assert_eq!(stems(&names_of), stems(&pictures));
    let read = |name: &String| std::fs::read_to_string(labels.join(name)).unwrap();
    let texts: Vec<String> = names_of.iter().map(read).collect();
    // Middle, width and height of [8, 12, 16, 24] on 64 × 48.
    assert_eq!(texts[0], "0 0.25000000 0.50000000 0.25000000 0.50000000\n");
    assert_eq!(texts[1], "0 0.96875000 0.91666667 0.06250000 0.16666667\n");
    assert_eq!(texts[2], "");
    let about = std::fs::read_to_string(out.path().join("data.yaml")).unwrap();
    assert!(about.contains("  0: \"scratch\"\n"), "{about}");
    // Ultralytics takes a relative one for a folder of its own settings.
    assert!(!about.contains("path:"), "{about}");
}

#[test]
fn folders_have_a_defect_without_a_box_too_and_the_list_says_the_same() {
    let (_data, out, told) = written("folder");
    assert_eq!(names(&out.path().join("good")).len(), 1);
    assert_eq!(names(&out.path().join("bad/scratch")).len(), 3);
    assert!(told.contains("left out 4 reviewed parts"), "{told}");
    let list = std::fs::read_to_string(out.path().join("list.csv")).unwrap();
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0], "path,label,set,defect");
    assert!(
        lines[1].ends_with(",bad,gear,scratch") && lines[4].ends_with(",good,gear,"),
        "{list}"
    );
}

#[test]
fn pycocotools_reads_what_reviewers_drew() {
    let Some(python) = readers() else { return };
    let (_data, out, _) = written("coco");
    let found = read_by(&python, "read_coco.py", out.path());
    assert_eq!(found["classes"], serde_json::json!(["scratch"]));
    assert_eq!(
        found["images"],
        serde_json::json!([[1, [[8, 12, 16, 24]]], [2, [[60, 40, 4, 8]]], [3, []]])
    );
    // A box of whole pixels covers as many as it says.
    assert_eq!(found["mask_px"], serde_json::json!([384, 32]));
}

/// Three defects are too few to teach from, and the only good part is too few as well; both are said before anything is taught.
#[test]
fn teaching_from_a_log_says_what_it_takes_and_what_it_leaves_out() {
    let data = reviewed();
    let home = tempfile::tempdir().unwrap();
    let teach = |more: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_inspector"))
            .args(["teach", "--reviewed"])
            .arg(data.path())
            .arg("--out")
            .arg(home.path().join("model"))
            .args(more)
            .output()
            .unwrap();
        assert!(!done.status.success(), "one picture teaches nothing");
        String::from_utf8(done.stdout).unwrap()
    };
    let told = teach(&[]);
    for said in [
        "1 false alarms and 0 passed parts that are good; 3 defects, of which 0 passed",
        "left out 1: reviewers do not agree",
        "left out 1: nobody could tell",
        "left out 1: challenge parts",
        "left out 1: no picture is there",
        "left out 3: defects, because fewer than 4 say too little",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    let of_another = teach(&["--style", "washer"]);
    assert!(
        of_another.contains("0 false alarms and 0 passed parts"),
        "{of_another}"
    );
    let of_another = teach(&["--view", "side"]);
    assert!(
        of_another.contains("0 false alarms and 0 passed parts"),
        "{of_another}"
    );
}

/// A part with two boxes, of which the reviewer named one; two classes whose names a file system takes for the same.
fn boxes_and_names() -> TempDir {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&(1..=3).map(part).collect::<Vec<_>>()).unwrap();
    save(data.path(), &log, 1..=3);
    let said = |part: u64, class: Option<&str>, area: [u32; 4]| {
        let review = NewReview {
            result_id: result_id(log.job(), PartNo(part)),
            at: WallTime(7),
            author: "Li".to_owned(),
            judgement: Judgement::Defect,
            class: class.map(str::to_owned),
            region: Some(Region { view: 0, area }),
            reason: None,
        };
        log.review(review).unwrap();
    };
    said(1, Some("scratch"), [0, 0, 4, 4]);
    said(1, None, [8, 8, 4, 4]);
    said(2, Some("edge_chip"), [0, 0, 4, 4]);
    said(3, Some("edge-chip"), [0, 0, 4, 4]);
    data
}

#[test]
fn a_box_without_a_class_beside_one_with_a_class_has_none() {
    let (data, out) = (boxes_and_names(), tempfile::tempdir().unwrap());
    assert!(export(data.path(), "coco", out.path()).status.success());
    let coco = std::fs::read_to_string(out.path().join("annotations.json")).unwrap();
    let coco: serde_json::Value = serde_json::from_str(&coco).unwrap();
    let names: Vec<&str> = coco["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|drawn| {
            let id = drawn["category_id"].as_u64().unwrap() as usize;
            coco["categories"][id - 1]["name"].as_str().unwrap()
        })
        .collect();
    assert_eq!(names, ["scratch", "defect", "edge_chip", "edge-chip"]);
}

#[test]
fn classes_that_look_alike_have_folders_of_their_own() {
    let (data, out) = (boxes_and_names(), tempfile::tempdir().unwrap());
    assert!(export(data.path(), "folder", out.path()).status.success());
    let bad = out.path().join("bad");
    assert_eq!(names(&bad), ["edge-chip", "edge-chip_2", "scratch"]);
    // By name: `-` comes before `_`.
    let of = |folder: &str| names(&bad.join(folder)).remove(0);
    let list = std::fs::read_to_string(out.path().join("list.csv")).unwrap();
    for (folder, class) in [("edge-chip", "edge-chip"), ("edge-chip_2", "edge_chip")] {
        let line = format!("bad/{folder}/{},bad,gear,{class}", of(folder));
        assert!(list.contains(&line), "{line}: {list}");
    }
}

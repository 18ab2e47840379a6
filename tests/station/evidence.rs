//! What `inspector teach` says of the model that it hands over: a second line, what other thresholds do, and loudly
//! where defects are missed.

use std::path::Path;
use std::process::Command;

const WIDTH: u32 = 160;
const HEIGHT: u32 = 120;

/// A grey bar on a speckled ground, with a black hole where asked.
fn part(file: &Path, seed: u64, hole: Option<(u32, u32)>) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let shift = rng.u32(..4);
    let picture = image::GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let is_bar = (40 + shift..80 + shift).contains(&y);
        let is_hole = hole.is_some_and(|(hx, hy)| x.abs_diff(hx) < 6 && y.abs_diff(hy) < 6);
        let grey = if is_bar { 170 } else { 60 } + rng.u8(..14);
        image::Luma([if is_hole { 5 } else { grey }])
    });
    picture.save(file).unwrap();
}

/// Folders of good parts and of defects.
fn folders(home: &Path, good: u64, holes: &[Option<(u32, u32)>]) {
    for folder in ["good", "bad"] {
        std::fs::create_dir_all(home.join(folder)).unwrap();
    }
    for seed in 0..good {
        part(&home.join(format!("good/{seed:02}.png")), seed, None);
    }
    for (n, hole) in holes.iter().enumerate() {
        part(&home.join(format!("bad/{n}.png")), 500 + n as u64, *hole);
    }
}

fn taught(home: &Path, more: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .arg("teach")
        .arg(home.join("good"))
        .arg("--out")
        .arg(home.join("taught"))
        .args(["--size", "160x120"])
        .args(more)
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn a_model_that_misses_its_reviewed_defects_is_handed_over_with_a_warning() {
    let home = tempfile::tempdir().unwrap();
    // Four of five "defects" show nothing that good parts do not show.
    folders(home.path(), 12, &[None, Some((80, 60)), None, None, None]);
    let page = home.path().join("page.html");
    let bad = home.path().join("bad");
    let arguments = [
        "--bad",
        bad.to_str().unwrap(),
        "--report",
        page.to_str().unwrap(),
    ];
    let said = taught(home.path(), &arguments);
    a_page_tells_it_all(home.path(), &std::fs::read_to_string(&page).unwrap());
    the_bundle_says_it_too(home.path());
    let (_, warned) = said
        .split_once("WARNING: ")
        .unwrap_or_else(|| panic!("{said}"));
    let missed = |n: u32| warned.contains(&format!("bad/{n}.png scores"));
    assert!(
        warned.contains("of 5 reviewed defects are MISSED"),
        "{said}"
    );
    assert!(
        [0, 2, 3, 4].into_iter().filter(|n| missed(*n)).count() >= 3,
        "{said}"
    );
    assert!(!missed(1), "{said}");
    assert!(warned.contains("do not put it to use as it is"), "{said}");
    // Counted with an interval: R: binom.test(1, 5) or (2, 5).
    let interval = ["1 of 5 (1 to 72 %)", "2 of 5 (5 to 85 %)"];
    assert!(interval.iter().any(|i| warned.contains(i)), "{said}");
}

#[test]
fn a_second_line_the_curve_and_what_more_parts_would_show_are_said() {
    let home = tempfile::tempdir().unwrap();
    folders(home.path(), 12, &[]);
    let said = taught(home.path(), &[]);
    let second: f32 = said
        .split_once("accept_below = ")
        .and_then(|(_, rest)| rest[..4].parse().ok())
        .unwrap_or_else(|| panic!("{said}"));
    assert!((0.2..0.5).contains(&second), "{said}");
    for expected in [
        "0.50 <         0 of 12 (0 to 26 %)",
        "take 17 more good parts: if none of these is rejected, at most 10.0 % of all good parts are",
        "if scores are about normal, the threshold rejects",
        "warning: no reviewed defects: nothing is known of what it catches",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!said.contains("defects caught"), "{said}");
}

#[test]
fn defects_that_are_all_caught_are_no_warning() {
    let home = tempfile::tempdir().unwrap();
    let holes: Vec<_> = (0..4).map(|n| Some((40 + 25 * n, 60))).collect();
    folders(home.path(), 12, &holes);
    let said = taught(
        home.path(),
        &["--bad", home.path().join("bad").to_str().unwrap()],
    );
    assert!(said.contains("4 of 4 (40 to 100 %)"), "{said}");
    assert!(!said.contains("MISSED"), "{said}");
}

/// Whoever gets the bundle reads it, and whoever accepts it is told.
fn the_bundle_says_it_too(home: &Path) {
    let out = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["model", "accept"])
        .arg(home.join("taught"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    let known = "of 5 reviewed defects that were held out";
    assert!(said.contains(known), "{said}");
    let manifest = std::fs::read_to_string(home.join("taught/model.toml")).unwrap();
    assert!(manifest.contains(known), "{manifest}");
}

/// One file, that asks nobody for anything: pictures, maps, scores, hashes, in both languages.
fn a_page_tells_it_all(home: &Path, page: &str) {
    for other in ["http://", "https://", "src=\"/", "href=", "url(", "<script"] {
        assert!(!page.contains(other), "{other}");
    }
    let count = |what: &str| page.matches(what).count();
    assert_eq!(count("data:image/jpeg;base64,"), 12 + 5);
    assert_eq!(count("data:image/png;base64,"), 12 + 5, "maps");
    assert!(page.len() < 400_000, "{} bytes", page.len());
    let sha256 = |file: &Path| {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(std::fs::read(file).unwrap());
        models::bundle::hex(&digest)
    };
    for file in [
        "taught/model.onnx",
        "good/00.png",
        "good/11.png",
        "bad/4.png",
    ] {
        assert!(page.contains(&sha256(&home.join(file))), "{file}");
    }
    for said in [
        "reviewed defects are missed at the proposed threshold",
        "漏检超过一半，请不要就这样启用。",
        "<b>reject_above = 0.50</b>",
        "accept_below = ",
        "teach ",
        "160x120",
        "good/03.png",
        "polygon class=\"defects\"",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let english = count("<span lang=\"en\">");
    assert_eq!(english, count("<span lang=\"zh\">"));
    assert!(english > 40, "{english}");
}

#[test]
fn a_report_is_never_written_over_another_file_and_that_is_said_before_teaching() {
    let home = tempfile::tempdir().unwrap();
    folders(home.path(), 2, &[]);
    let refused = |report: &Path| {
        let out = Command::new(env!("CARGO_BIN_EXE_inspector"))
            .arg("teach")
            .arg(home.path().join("good"))
            .arg("--out")
            .arg(home.path().join("taught"))
            .arg("--report")
            .arg(report)
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(3), "{out:?}");
        assert!(!home.path().join("taught").exists());
        String::from_utf8(out.stderr).unwrap()
    };
    let there = home.path().join("good/00.png");
    assert!(refused(&there).contains("there is a file already"));
    let nowhere = refused(&home.path().join("no/page.html"));
    assert!(
        nowhere.contains("expected the folder") && nowhere.contains("/no to be there"),
        "{nowhere}"
    );
}

/// The demo's model is a segmenter: thresholds of such models are told, too.
#[test]
fn models_of_other_tasks_get_a_curve_and_a_proposed_threshold_by_compare() {
    let home = tempfile::tempdir().unwrap();
    for (folder, rate) in [("good", "0"), ("bad", "1")] {
        let out = Command::new(env!("CARGO_BIN_EXE_inspector"))
            .args([
                "render", "--seed", "5", "--style", "bracket", "--count", "12",
            ])
            .args(["--defect-rate", rate, "--out"])
            .arg(home.path().join(folder))
            .output()
            .unwrap();
        assert!(out.status.success(), "{out:?}");
        for entry in std::fs::read_dir(home.path().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().ends_with("-mask.png") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
    let compared = |more: &str| {
        let out = Command::new(env!("CARGO_BIN_EXE_inspector"))
            .args(["model", "compare", "models/assets/demo", more, "--images"])
            .arg(home.path())
            .output()
            .unwrap();
        assert!(out.status.success(), "{out:?}");
        String::from_utf8(out.stdout).unwrap()
    };
    let said = compared("--curve");
    for expected in [
        "proposed: reject_above = ",
        "accept_below = ",
        "a quarter of the images at a time",
        "of 12 (",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let told: serde_json::Value = serde_json::from_str(&compared("--json")).unwrap();
    let operating = &told["operating"];
    assert_eq!(operating["curve"].as_array().map(Vec::len), Some(19));
    let (proposed, held) = (&operating["proposed"], &operating["held_out"]);
    assert_eq!(
        proposed["good_rejected"]["count"], 0,
        "12 images allow none at 1 %"
    );
    assert!(proposed["bad_caught"]["count"].as_u64() >= held["bad_caught"]["count"].as_u64());
    assert!(
        proposed["bad_caught"]["count"].as_u64() >= Some(9),
        "{told}"
    );
}

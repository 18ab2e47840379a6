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
    let said = taught(
        home.path(),
        &["--bad", home.path().join("bad").to_str().unwrap()],
    );
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

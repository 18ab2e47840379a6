//! `inspector bench --settings`: the recipes of a station, measured as it runs them.

use crate::bench::{bench, report, text};
use crate::served::{SIM, copy_accepted, home};
use inspector::priority::is_real_time_allowed;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn of(settings: &Path, args: &[&str]) -> Output {
    let settings = settings.to_str().expect("text");
    bench(&[&["--settings", settings], args].concat())
}

/// The demo with two cameras, of which one is calibrated.
fn two_cameras() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let model = home.path().join("models/demo");
    copy_accepted(Path::new("models/assets/demo"), &model);
    let copied = Command::new("cp")
        .args(["-r", "inspector/demo/."])
        .arg(home.path())
        .status();
    assert!(copied.expect("cp runs").success());
    let settings = home.path().join("two-cameras.toml");
    (home, settings)
}

/// Every scenario, as short as it can be.
const EVERY: &str = r#"
[[case]]
scenarios = ["cold", "mixed", "takt", "end-to-end", "soak"]
budget_ms = 5000
queries = 2
warm_up = 1

[[case]]
scenarios = ["burst", "streams"]
budget_ms = 5000
queries = 2
warm_up = 1
widths = [2]

[[case]]
scenarios = ["saturate"]
seconds = 2
"#;

#[test]
fn a_recipe_is_measured_as_its_station_runs_it() {
    let home = home(&format!(
        "{SIM}\n[inspect]\nmodel_threads = 1\nreal_time = false\n"
    ));
    let at = |name: &str| home.path().join(name);
    let (settings, out, html) = (at("station.toml"), at("out.json"), at("out.html"));
    let files = [&out, &html].map(|file| file.to_str().expect("text"));
    let args = [
        "--queries",
        "4",
        "--warm-up",
        "1",
        "--out",
        files[0],
        "--html",
        files[1],
    ];
    let done = of(&settings, &args);
    let told = text(&done.stdout) + &text(&done.stderr);
    assert!(done.status.success(), "{told}");
    assert!(
        told.contains("takt recipe bracket version 1 cpu f32 1 thread 320x240 every 200 ms  "),
        "{told}"
    );
    assert!(
        told.contains("recipe bracket version 1 holds 2500 ms with max = "),
        "{told}"
    );
    assert!(told.contains("0 missed"), "{told}");
    let report = report(&out);
    let case = &report["results"][0]["case"];
    let numbers = ["takt_ms", "budget_ms"].map(|key| case[key].as_f64());
    assert_eq!(numbers, [Some(200.0), Some(2500.0)]);
    assert_eq!(case["workers"], 1);
    let view = &case["subjects"][0]["views"][0];
    assert_eq!(
        (&view["camera"], &view["pixel_format"]),
        (&"top".into(), &"RGB8".into())
    );
    let page = fs::read_to_string(&html).expect("a page");
    assert!(
        page.contains("On this machine, recipe bracket version\u{a0}1 <strong>holds 2,500"),
        "{page}"
    );
}

#[test]
fn every_scenario_measures_a_part_with_all_its_views() {
    let (home, settings) = two_cameras();
    let at = |name: &str| home.path().join(name);
    fs::write(at("plan.toml"), EVERY).expect("room");
    let (plan, out) = (at("plan.toml"), at("out.json"));
    let files = [&plan, &out].map(|file| file.to_str().expect("text"));
    let done = of(
        &settings,
        &[
            "--style",
            "bracket,cap",
            "--plan",
            files[0],
            "--out",
            files[1],
        ],
    );
    let told = text(&done.stdout) + &text(&done.stderr);
    assert!(done.status.success(), "{told}");
    let report = report(&out);
    assert_eq!(report["station"], "Demo line, two cameras");
    let results = report["results"].as_array().expect("a list");
    // Of each recipe, and one of both mixed.
    assert_eq!(results.len(), 7 * 2 + 1);
    for result in results {
        let (case, figures) = (&result["case"], &result["outcome"]["measured"]);
        assert!(figures["queries"].as_u64() > Some(0), "{result}");
        for subject in case["subjects"].as_array().expect("a list") {
            let views = &subject["views"];
            assert!(views[0]["configuration_sha256"].is_string(), "{views}");
            assert!(views[1]["configuration_sha256"].is_null(), "{views}");
            assert_eq!(views[1]["camera"], "side");
            assert_eq!(case["takt_ms"].as_f64(), Some(400.0));
        }
        let is_real_time = is_real_time_allowed() && case["scenario"] != "saturate";
        assert_eq!(case["real_time"].as_bool(), Some(is_real_time), "{case}");
        match case["scenario"].as_str() {
            Some("mixed") => assert_eq!(figures["mixed"]["styles"], 2),
            Some("end-to-end") => assert_eq!(figures["end_to_end"]["cameras"], 2),
            _ => {}
        }
    }
    assert!(
        told.contains("mixed recipes bracket version 1+cap version 1 cpu f32"),
        "{told}"
    );
    assert!(told.contains("sets of 2 cameras within 5000 ms"), "{told}");
}

#[test]
fn wrong_arguments_say_what_was_expected() {
    let home = home(SIM);
    let settings = home.path().join("station.toml");
    for (args, code, expected) in [
        (
            &["models/assets/demo"][..],
            3,
            "expected bundles or --settings, found both: models/assets/demo and --settings",
        ),
        (
            &["--style", "bolt"],
            3,
            "--style: expected one of bracket, found \"bolt\"",
        ),
        (&["--threshold", "0.5"], 3, "whose recipes have their own"),
        (
            &["--threads", "2", "--real-time", "false"],
            3,
            "threads, real-time: expected none beside --settings",
        ),
        (&["--plan", "gpu"], 3, "expected quick, full or a file"),
        (
            &["--scenario", "mixed"],
            3,
            "expected two recipes or more, found bracket only",
        ),
        (
            &["--scenario", "end-to-end", "--width", "2"],
            3,
            "takes all recipes and cameras that the settings have",
        ),
    ] {
        let done = of(&settings, args);
        let told = text(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains(expected), "{args:?}: {told}");
    }
    let told = text(&bench(&["models/assets/demo", "--style", "bracket"]).stderr);
    assert!(told.contains("expected --settings beside it"), "{told}");
    fs::remove_dir_all(home.path().join("recipes/bracket")).expect("removed");
    let done = of(&settings, &[]);
    assert_eq!(done.status.code(), Some(3));
    assert!(text(&done.stderr).contains("no recipe found"));
    let told = text(&of(&home.path().join("absent.toml"), &[]).stderr);
    assert!(
        told.contains("there are no station settings here"),
        "{told}"
    );
}

/// A small file system of its own, where this process may mount one.
struct Small(PathBuf);

impl Small {
    fn new(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).expect("room");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder)
            .status();
        let is_mounted = mounted.is_ok_and(|status| status.success());
        is_mounted.then(|| Self(folder.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Through the pipeline, with temporary files in that folder.
fn end_to_end(temporary: &Path) -> (Option<i32>, String) {
    let args = "bench models/assets/demo --scenario end-to-end --takt-ms 40 --budget-ms 4000 --queries 300 --warm-up 1";
    let done = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args.split(' '))
        .env("TMPDIR", temporary)
        .output()
        .expect("it runs");
    (done.status.code(), text(&done.stdout) + &text(&done.stderr))
}

#[test]
fn a_disk_without_room_is_told_and_nothing_is_left_on_it() {
    let home = tempfile::tempdir().expect("a folder");
    let (code, told) = end_to_end(&home.path().join("absent"));
    assert_eq!(code, Some(5), "{told}");
    assert!(told.contains("set TMPDIR to one"), "{told}");
    // Too small for an empty log, and for that of all parts.
    for size in ["64k", "640k"] {
        let folder = home.path().join(size);
        let Some(_small) = Small::new(&folder, size) else {
            eprintln!("SKIPPED: this process may not mount a file system; run as root");
            return;
        };
        let (code, told) = end_to_end(&folder);
        assert_eq!(code, Some(5), "{size}: {told}");
        assert!(told.contains("set TMPDIR to one"), "{size}: {told}");
        assert!(!told.contains("holds"), "{size}: {told}");
        let left = fs::read_dir(&folder).expect("a folder");
        let names = left.map(|entry| entry.expect("an entry").file_name());
        let mut names = names.map(|name| name.to_string_lossy().into_owned());
        // ONNX Runtime keeps a file of its own there.
        let ours = names.find(|name| name.starts_with("inspector"));
        assert_eq!(ours, None, "{size}: it was left behind");
    }
}

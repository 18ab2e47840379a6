//! Tuning a model on the command line, and how a station takes what was tuned.

use crate::served::copy_bundle;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn inspector(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args)
        .output()
        .unwrap()
}

fn inspector_with(library: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .env("ORT_DYLIB_PATH", library)
        .args(args)
        .output()
        .unwrap()
}

/// The demo with a copy of its model that nobody has accepted or tuned.
fn demo() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let copied = Command::new("cp")
        .args(["-r", "inspector/demo"])
        .arg(home.path())
        .status();
    assert!(copied.expect("cp runs").success());
    let model = home.path().join("demo/models/demo");
    copy_bundle(Path::new("models/assets/demo"), &model);
    home
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_model_is_tuned_and_the_station_runs_it_so_unless_its_settings_say_otherwise() {
    let home = demo();
    let bundle = home.path().join("demo/models/demo");
    let settings = home.path().join("demo/station.toml");
    let bundle = bundle.to_str().unwrap();
    let check = || inspector(&["check", "-s", settings.to_str().unwrap()]);

    let refused = check();
    assert_eq!(refused.status.code(), Some(5));
    let said = text(&refused.stderr);
    assert!(said.contains("run `inspector model accept "), "{said}");

    let tuned = inspector(&[
        "model",
        "tune",
        bundle,
        "--seconds",
        "1",
        "--gap-ms",
        "50",
        "--threads",
        "2",
    ]);
    let said = text(&tuned.stdout);
    assert!(tuned.status.success(), "{tuned:?}");
    for expected in [
        "after 50 ms idle, then back to back",
        "CPU, f32, 1 thread ",
        "CPU, f32, 2 threads ",
        "all 33 nodes",
        "taken: ",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    let taken = said.lines().find_map(|line| line.strip_prefix("taken: "));
    let taken = taken
        .and_then(|line| line.split("; noted in ").next())
        .unwrap();

    // Every way that was accepted may now run, and the tuned one does.
    let checked = check();
    let said = text(&checked.stdout);
    assert!(checked.status.success(), "{checked:?}");
    let expected = format!("session    demo: {taken} (tuned), all 33 nodes");
    assert!(said.contains(&expected), "{said}");

    let before = fs::read_to_string(&settings).unwrap();
    let with = |keys: &str| {
        fs::write(
            &settings,
            format!("{before}\n[inspect]\nrequired = true\n{keys}\n"),
        )
        .unwrap();
        check()
    };
    let said = text(&with("provider = \"cpu\"\nmodel_threads = 1").stdout);
    let expected = "session    demo: CPU, f32, 1 thread (by the settings), all 33 nodes";
    assert!(said.contains(expected), "{said}");

    let refused = with("provider = \"tensorrt\"\nprecision = \"f16\"");
    assert_eq!(refused.status.code(), Some(5));
    let said = text(&refused.stderr);
    assert!(
        said.contains("make ORT=gpu onnxruntime") || said.contains("NVIDIA"),
        "{said}"
    );
}

#[test]
fn a_precision_that_answers_otherwise_is_shown_and_not_taken() {
    let build = models::runtime::PINNED_OPENVINO_BUILD;
    let library = format!(".cache/onnxruntime/{build}-openvino");
    let library = Path::new(&library);
    if !library.is_dir() {
        eprintln!(
            "SKIPPED: {} is absent; `make onnxruntime-test` fetches it",
            library.display()
        );
        return;
    }
    let home = demo();
    let bundle = home.path().join("demo/models/demo");
    let settings = home.path().join("demo/station.toml");
    let (bundle, settings_file) = (bundle.to_str().unwrap(), settings.to_str().unwrap());
    let arguments = [
        "model",
        "tune",
        bundle,
        "--seconds",
        "1",
        "--gap-ms",
        "50",
        "--threads",
        "1",
    ];
    let tuned = inspector_with(library, &arguments);
    let said = text(&tuned.stdout);
    assert!(tuned.status.success(), "{tuned:?}");
    assert!(said.contains("OpenVINO on CPU, f32, 1 thread"), "{said}");
    let rejected: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("rejected: "))
        .collect();
    // The demo's answers change by 0.009 in bf16, of which 0.001 is allowed; not every processor has it.
    if said.contains("OpenVINO on CPU, bf16") {
        let of_bf16 = |line: &&&str| line.starts_with("OpenVINO on CPU, bf16, 1 thread: image ");
        assert!(rejected.iter().find(of_bf16).is_some(), "{said}");
    }
    let taken = said.lines().find_map(|line| line.strip_prefix("taken: "));
    let taken = taken.and_then(|line| line.split(';').next()).unwrap();
    let is_taken = |line: &&str| line.starts_with(&format!("{taken}:"));
    assert!(!rejected.iter().any(is_taken), "{said}");

    let before = fs::read_to_string(&settings).unwrap();
    let with = |keys: &str| {
        fs::write(&settings, format!("{before}\n[inspect]\n{keys}\n")).unwrap();
        inspector_with(library, &["check", "-s", settings_file])
    };
    let checked = with("provider = \"openvino\"\nrequired = true");
    let said = text(&checked.stdout);
    let expected =
        "session    demo: OpenVINO on CPU, f32, 1 thread (by the settings), all 33 nodes";
    assert!(said.contains(expected), "{checked:?}");
    let refused = with("provider = \"openvino\"\nprecision = \"bf16\"");
    assert_eq!(refused.status.code(), Some(5), "{refused:?}");
}

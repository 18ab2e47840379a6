//! `inspector model quantise` on the demo's model.

use crate::served::{SIM, copy_accepted, home};
use std::path::Path;
use std::process::{Command, Output};

fn inspector(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn quantised(shown: &Path, out: &Path, more: &[&str]) -> Output {
    let (shown, out) = (shown.to_str().unwrap(), out.to_str().unwrap());
    let args = [
        "model",
        "quantise",
        "models/assets/demo",
        "--images",
        shown,
        "--out",
        out,
    ];
    inspector(&[&args[..], more].concat())
}

/// What `inspector check` says of how a station runs a bundle.
fn session(bundle: &Path) -> String {
    let home = home(&format!("{SIM}\n[inspect]\nmodel_threads = 1\n"));
    copy_accepted(bundle, &home.path().join("models/other"));
    let recipe = home.path().join("recipes/bracket/1.toml");
    let text_before = std::fs::read_to_string(&recipe).unwrap();
    std::fs::write(&recipe, text_before.replace("\"demo\"", "\"other\"")).unwrap();
    let settings = home.path().join("station.toml");
    let checked = inspector(&["check", "--settings", settings.to_str().unwrap()]);
    assert!(checked.status.success(), "{checked:?}");
    let said = text(&checked.stdout);
    let line = said.lines().find(|line| line.starts_with("session"));
    line.unwrap().to_owned()
}

/// Parts of the simulated line, half of them with defects.
fn images(folder: &Path, count: &str) {
    let out = folder.to_str().unwrap();
    let args = [
        "render",
        "--seed",
        "5",
        "--count",
        count,
        "--defect-rate",
        "0.5",
        "--shrink",
        "4",
        "--out",
        out,
    ];
    let rendered = inspector(&args);
    assert!(rendered.status.success(), "{rendered:?}");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains("mask") {
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn a_model_is_quantised_when_its_verdicts_stay_and_left_alone_when_not() {
    let home = tempfile::tempdir().unwrap();
    let [shown, out] = ["images", "demo-int8"].map(|name| home.path().join(name));
    images(&shown, "12");
    let quantise = |more: &[&str]| quantised(&shown, &out, more);
    let done = quantise(&[]);
    let said = text(&done.stdout);
    assert!(done.status.success(), "{done:?}");
    for expected in [
        "12 of 13 convolutions",
        "at 0.5 the same verdict on 12 of 12",
        "times as fast",
        "accepted: ",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let model = std::fs::read(out.join("model.onnx")).unwrap();
    let before = std::fs::read("models/assets/demo/model.onnx").unwrap();
    assert!(
        model.len() < before.len() / 2,
        "{} {}",
        model.len(),
        before.len()
    );
    let manifest = std::fs::read_to_string(out.join("model.toml")).unwrap();
    assert!(manifest.contains("quantised by inspector"), "{manifest}");
    let line = session(&out);
    let expected = "session    other: CPU, 8-bit + f32, 1 thread (by the settings), all ";
    assert!(line.starts_with(expected), "{line}");
    let line = session(Path::new("models/assets/demo"));
    assert!(line.contains("CPU, f32, 1 thread"), "{line}");

    let again = quantise(&[]);
    assert!(
        text(&again.stderr).contains("there is one already"),
        "{again:?}"
    );
    std::fs::remove_dir_all(&out).unwrap();

    // A threshold between what the image that changed most scored before and what it scores now.
    let worst: Vec<f32> = said
        .split("at most (")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .map(|rest| {
            rest.split([' ', ':', ','])
                .filter_map(|word| word.parse().ok())
                .collect()
        })
        .unwrap();
    let [first, second] = worst[..] else {
        panic!("{worst:?} in {said}");
    };
    let between = f32::midpoint(first, second).to_string();
    let refused = quantise(&["--threshold", &between]);
    assert!(!refused.status.success(), "{refused:?}");
    assert!(
        text(&refused.stderr).contains("nothing was written"),
        "{refused:?}"
    );
    assert!(!out.exists());
    let allowed = quantise(&["--threshold", &between, "--other-verdicts", "12"]);
    assert!(allowed.status.success(), "{allowed:?}");
}

#[test]
fn too_few_images_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let [shown, out] = ["images", "demo-int8"].map(|name| home.path().join(name));
    images(&shown, "3");
    let refused = quantised(&shown, &out, &[]);
    let said = text(&refused.stderr);
    assert!(
        said.contains("expected 8 images or more, good and bad, found 3"),
        "{said}"
    );
    assert!(!out.exists());
}

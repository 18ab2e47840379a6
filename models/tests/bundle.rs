//! What a bundle must be to be loaded.

mod bundles;

use bundles::{Folder, MANIFEST, fixture};
use models::manifest::Manifest;
use models::{Bundle, BundleError, Channels, Task};
use std::fs;

/// The problems of a manifest, as `line: message`.
fn problems(text: &str) -> Vec<String> {
    let problems = Manifest::parse(text).expect_err("the manifest has problems");
    problems.iter().map(ToString::to_string).collect()
}

fn valid() -> String {
    MANIFEST.replace("@SHA256@", &"0123456789abcdef".repeat(4))
}

/// The one problem of a manifest in which `from` was replaced by `to`.
fn problem_with(from: &str, to: &str) -> String {
    let text = valid();
    assert!(text.contains(from), "{from}");
    let mut found = problems(&text.replacen(from, to, 1));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_bundle_is_read_as_it_is_written() {
    let folder = Folder::with(MANIFEST, &fixture("segment"));
    let bundle = Bundle::load(&folder.0).unwrap();
    let manifest = bundle.manifest();
    assert_eq!(
        (manifest.name.as_str(), manifest.task),
        ("fixture", Task::Segment)
    );
    assert_eq!((manifest.input.width, manifest.input.height), (16, 12));
    assert_eq!(
        (manifest.input.channels, manifest.input.scale),
        (Channels::Rgb, 255.0)
    );
    assert_eq!(manifest.output.classes, ["scratch", "stain"]);
    assert_eq!(manifest.provenance.created, "2026-11-24");
    assert_eq!(bundle.folder(), folder.0);
}

#[test]
fn a_model_that_is_not_the_one_described_is_refused_by_its_hash() {
    let folder = Folder::with(MANIFEST, &fixture("segment"));
    fs::write(folder.0.join("model.onnx"), fixture("logits")).unwrap();
    let error = Bundle::load(&folder.0).unwrap_err();
    assert!(matches!(error, BundleError::Hash { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("model.onnx") && text.contains("expects SHA-256"),
        "{text}"
    );
}

#[test]
fn a_missing_file_is_named() {
    let folder = Folder::with(MANIFEST, &fixture("segment"));
    fs::remove_file(folder.0.join("model.onnx")).unwrap();
    let error = Bundle::load(&folder.0).unwrap_err();
    assert!(matches!(error, BundleError::Read { .. }), "{error}");
    assert!(error.to_string().contains("model.onnx"), "{error}");
    fs::remove_file(folder.0.join("model.toml")).unwrap();
    assert!(
        Bundle::load(&folder.0)
            .unwrap_err()
            .to_string()
            .contains("model.toml")
    );
}

#[test]
fn a_manifest_that_is_too_large_or_no_text_is_refused() {
    let folder = Folder::with(MANIFEST, b"");
    fs::write(folder.0.join("model.toml"), vec![b'#'; 65 << 10]).unwrap();
    let error = Bundle::load(&folder.0).unwrap_err();
    assert!(matches!(error, BundleError::TooLarge { .. }), "{error}");
    fs::write(folder.0.join("model.toml"), b"name = \"a\"\n\xff\xff").unwrap();
    let error = Bundle::load(&folder.0).unwrap_err().to_string();
    assert!(error.contains("model.toml:2: expected UTF-8"), "{error}");
}

#[test]
fn every_problem_is_told_at_once_with_its_line() {
    let text = valid()
        .replace("task = \"segment\"", "task = \"guess\"")
        .replace("width = 16", "width = 0\ncolour = 3")
        .replace("std = [1, 1, 1]", "std = [1, 1]")
        .replace("licence = \"MIT OR Apache-2.0\"\n", "");
    assert_eq!(
        problems(&text),
        [
            "line 2: `task`: expected \"anomaly\", \"segment\", \"detect\" or \"classify\", found \"guess\"",
            "line 7: `input.width`: expected a whole number from 8 to 4096, found 0",
            "line 8: `input.colour` is not known; known here: name, width, height, channels, \
             layout, dtype, scale, mean, std, resize, fit",
            "line 15: `input.std`: expected 3 numbers because channels is \"RGB\", found 2",
            "line 23: `provenance.licence` is missing; expected a text that says so",
        ]
    );
}

#[test]
fn each_value_out_of_range_is_a_problem() {
    for (from, to, expected) in [
        ("width = 16", "width = 4097", "found 4097"),
        ("width = 16", "width = 16.0", "a whole number"),
        ("scale = 255", "scale = 0", "a number above 0"),
        ("std = [1, 1, 1]", "std = [1, 0, 1]", "above 0"),
        ("mean = [0.0,", "mean = [nan,", "`input.mean`"),
        (
            "layout = \"NCHW\"",
            "layout = \"NHWC\"",
            "expected \"NCHW\", found \"NHWC\"",
        ),
        ("dtype = \"f32\"", "dtype = \"f16\"", "expected \"f32\""),
        (
            "kind = \"score-map\"",
            "kind = \"score\"",
            "expected \"score-map\" or \"boxes\"",
        ),
        (
            "channels = \"RGB\"",
            "channels = \"BGR\"",
            "\"RGB\" or \"Mono\"",
        ),
        ("\"stain\"", "\"scratch\"", "\"scratch\" is there twice"),
        (
            "[\"scratch\", \"stain\"]",
            "[]",
            "1 to 1024 classes, found 0",
        ),
        (
            "task = \"segment\"",
            "task = \"anomaly\"",
            "expected 1 class because task",
        ),
        (
            "sha256 = \"01",
            "sha256 = \"XX",
            "64 lower-case hexadecimal digits",
        ),
        ("2026-11-24", "2026-13-24", "a date"),
        (
            "name = \"fixture\"",
            "name = \"\"",
            "a name of 1 to 64 bytes",
        ),
        ("name = \"fixture\"", "name = 7", "found 7"),
        (
            "name = \"fixture\"",
            "threshold = 0.5\nname = \"fixture\"",
            "`threshold` is not known",
        ),
    ] {
        let problem = problem_with(from, to);
        assert!(problem.contains(expected), "{to}: {problem}");
    }
}

#[test]
fn a_missing_table_is_one_problem_and_bad_toml_is_told_by_line() {
    let text = valid();
    let without = text.split("[provenance]").next().unwrap();
    assert_eq!(
        problems(without),
        ["line 1: `provenance` is missing; expected a table"]
    );
    let bad = problems("name = \"a\"\ntask = \n");
    assert!(bad[0].starts_with("line 2: "), "{bad:?}");
}

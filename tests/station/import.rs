//! Models exported by the tools that people train with, imported and held against those tools' own answers.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn import(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inspector"));
    command
        .args(["model", "import"])
        .args(args)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let (out, errors) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(errors)
}

/// What `models/tests/exports/make.sh` made.
fn exports() -> Option<PathBuf> {
    let folder = std::env::var_os("INSPECTOR_EXPORTS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!(
            "SKIPPED: no exports to import; `make test` makes them, or \
             INSPECTOR_EXPORTS=$(models/tests/exports/make.sh)"
        );
    }
    folder
}

struct Case {
    folder: PathBuf,
    home: tempfile::TempDir,
}

impl Case {
    fn of(exports: &Path, name: &str) -> Self {
        let folder = exports.join(name);
        assert!(folder.join("answers.json").is_file(), "{name} was not made");
        let home = tempfile::tempdir().unwrap();
        Self { folder, home }
    }

    fn bundle(&self) -> PathBuf {
        self.home.path().join("bundle")
    }

    /// Imports with these flags, comparing with the tool's own answers.
    fn import(&self, flags: &[&str]) -> Output {
        let path = |name: &str| self.folder.join(name).to_str().unwrap().to_owned();
        let (file, images, answers) = (path("model.onnx"), path("images"), path("answers.json"));
        let bundle = self.bundle();
        let out = bundle.to_str().unwrap();
        let own = [
            &file,
            "--out",
            out,
            "--images",
            &images,
            "--answers",
            &answers,
        ];
        import(&[&own[..], flags].concat())
    }

    /// The same, and it must answer as the tool does and be accepted.
    fn is_taken(&self, flags: &[&str], expected: &[&str]) {
        let output = self.import(flags);
        let (said, name) = (said(&output), self.folder.display());
        assert!(output.status.success(), "{name}: {said}");
        for expected in [expected, &["answers   as", "accepted  on this machine"]].concat() {
            assert!(
                said.contains(expected),
                "{name}: expected {expected:?} in\n{said}"
            );
        }
        let accepted = self.bundle().join("accepted");
        assert_eq!(std::fs::read_dir(accepted).unwrap().count(), 1);
    }

    /// It is refused with these words, and nothing is left behind.
    fn is_refused(&self, flags: &[&str], code: i32, expected: &[&str]) {
        let output = self.import(flags);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        for expected in expected {
            assert!(said.contains(expected), "expected {expected:?} in\n{said}");
        }
        assert!(!self.bundle().exists());
    }
}

/// What torchvision's classifier does not tell of itself.
const TORCHVISION: [&str; 6] = [
    "--classes",
    "good,dent,stain",
    "--good",
    "good",
    "--preset",
    "torchvision",
];

#[test]
fn ultralytics_exports_answer_as_its_predict() {
    let Some(exports) = exports() else { return };
    let detect = "Ultralytics YOLO, detect (certain";
    for (name, expected) in [
        ("yolo11-detect", detect),
        ("yolo11-detect-fit", detect),
        ("yolo11-dynamic", detect),
        ("yolo11-nms", detect),
        ("yolo26-detect", detect),
        ("yolo11-segment", "YOLO, segment (certain"),
        ("yolo26-segment", "YOLO, segment (certain"),
        ("yolo11-obb", "YOLO, obb (certain"),
        ("yolo26-obb", "YOLO, obb (certain"),
    ] {
        let names = "scratch, worker's mark, 划痕, hole, screw";
        Case::of(&exports, name).is_taken(&[], &[expected, names]);
    }
    let classify = Case::of(&exports, "yolo11-classify");
    classify.is_refused(
        &[],
        5,
        &["--good NAME", "which of the classes are no defect"],
    );
    classify.is_taken(&["--good", "scratch"], &["YOLO, classify (certain"]);
}

#[test]
fn a_station_runs_what_was_imported_and_its_log_says_which_model_it_was() {
    let Some(exports) = exports() else { return };
    for (name, flags) in [
        ("yolo11-detect", &[][..]),
        ("yolo11-segment", &[]),
        ("yolo26-obb", &[]),
        ("torchvision-square", &TORCHVISION),
        ("patchcore", &[]),
    ] {
        let case = Case::of(&exports, name);
        case.is_taken(flags, &[]);
        let images = case.folder.join("images");
        let home = super::folder::run_over(&images, case.home.path(), "bundle");
        let csv = home.path().join("log.csv");
        let mut export = Command::new(env!("CARGO_BIN_EXE_inspector"));
        export
            .args(["export", "--settings"])
            .arg(home.path().join("station.toml"));
        let output = export.arg("--out").arg(&csv).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let manifest = std::fs::read_to_string(case.bundle().join("model.toml")).unwrap();
        let mut accepted = std::fs::read_dir(case.bundle().join("accepted")).unwrap();
        let accepted = accepted.next().unwrap().unwrap().path();
        let mut rows = csv::Reader::from_path(&csv).unwrap();
        let columns = rows.headers().unwrap().clone();
        let column = |name: &str| columns.iter().position(|column| column == name).unwrap();
        let mut count = 0;
        for row in rows.records() {
            let row = row.unwrap();
            assert_ne!(&row[column("score")], "", "{name}: {row:?}");
            assert_eq!(&row[column("recipe_version")], "1");
            // Behind an apostrophe where it looks like a number.
            let text = |name: &str| row[column(name)].trim_start_matches('\'').to_owned();
            let accepted = accepted.file_stem().unwrap().to_str().unwrap();
            assert_eq!(text("acceptance"), accepted);
            assert!(manifest.contains(&format!("sha256 = {:?}", text("model_sha256"))));
            count += 1;
        }
        assert_eq!(count, 3, "{name}");
    }
}

#[test]
fn anomalib_exports_answer_as_its_inferencer() {
    let Some(exports) = exports() else { return };
    let what = "Anomalib, map, score of the image (certain";
    for name in [
        "padim",
        "stfpm",
        "efficient-ad",
        "fastflow",
        "reverse-distillation",
    ] {
        Case::of(&exports, name).is_taken(&[], &[what, "reject_above = 0.50"]);
    }
    // Exported for two images at once, which its own inferencers then refuse for one.
    let two = "a batch of 2 became one image";
    Case::of(&exports, "patchcore").is_taken(&[], &[what, two, "was brought into the graph"]);
    let free = Case::of(&exports, "padim-free");
    free.is_refused(&[], 5, &["--size WIDTHxHEIGHT", "the graph takes any size"]);
    free.is_taken(&["--size", "256x256"], &[what]);
}

#[test]
fn scores_without_a_scale_are_taken_only_with_one() {
    let Some(exports) = exports() else { return };
    let raw = Case::of(&exports, "patchcore-raw");
    raw.is_refused(&[], 5, &["expected scores from 0 to 1", "--range"]);
    // The tool's own answers have the tool's own scale.
    let flags = ["--range", "0,100"];
    raw.is_refused(
        &flags,
        5,
        &[
            "does not answer as the tool that trained it",
            "Nothing was imported",
        ],
    );
}

#[test]
fn other_exports_answer_as_they_were_said_to() {
    let Some(exports) = exports() else { return };
    let classifier = Case::of(&exports, "torchvision");
    let asked = [
        "--classes NAME",
        "--good",
        "--colour",
        "--normalisation",
        "--fit",
        "--activation",
    ];
    classifier.is_refused(&[], 5, &asked);
    classifier.is_taken(&TORCHVISION, &["a classifier of whole images (likely"]);
    let map = [
        "--classes",
        "ground,dent,stain",
        "--good",
        "ground",
        "--fit",
        "stretch",
        "--activation",
        "softmax",
    ];
    let with = |more: &[&'static str]| [&map[..], more].concat();
    let segment = Case::of(&exports, "segmentation");
    let wrong = with(&["--colour", "bgr", "--normalisation", "unit"]);
    segment.is_refused(
        &wrong,
        5,
        &["0.png: off by", "Compare how images are prepared"],
    );
    let right = with(&["--colour", "rgb", "--normalisation", "unit"]);
    segment.is_taken(&right, &["a map for each class (likely"]);
    let turned = with(&["--colour", "bgr", "--normalisation", "unit"]);
    let mended = "red and blue are swapped, channels are put last";
    Case::of(&exports, "channels-last").is_taken(&turned, &[mended]);
}

/// Flags for the graphs in `models/tests/fixtures`.
const FIXTURE: [&str; 14] = [
    "--classes",
    "red,blue",
    "--colour",
    "rgb",
    "--normalisation",
    "unit",
    "--fit",
    "stretch",
    "--activation",
    "none",
    "--task",
    "segment",
    "--size",
    "16x12",
];

#[test]
fn a_model_that_gives_no_numbers_or_other_ones_each_time_is_no_bundle() {
    for (name, expected) in [
        ("not-a-number", "expected scores from 0 to 1, found NaN"),
        (
            "unsteady",
            "another answer each time it sees the same image",
        ),
        ("logits", "If these are logits, say --activation"),
        ("fails-to-run", "ONNX Runtime refuses it"),
        (
            "two-inputs",
            "expected one input, an image; found 2 (image, other)",
        ),
    ] {
        let home = tempfile::tempdir().unwrap();
        let (out, file) = (
            home.path().join("bundle"),
            format!("models/tests/fixtures/{name}.onnx"),
        );
        let output = import(&[&[&file, "--out", out.to_str().unwrap()][..], &FIXTURE].concat());
        let said = said(&output);
        assert_eq!(output.status.code(), Some(5), "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
        assert!(said.contains(&file), "{name}: {said}");
        assert!(!said.contains(".making"), "a folder that is gone: {said}");
        assert!(!out.exists(), "{name}");
    }
}

#[test]
fn what_is_wrong_with_the_flags_is_said_before_anything_is_made() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("bundle");
    let file = "models/tests/fixtures/segment.onnx";
    let with = |flags: &[&str]| {
        let output = import(&[&[file, "--out", out.to_str().unwrap()], flags].concat());
        assert!(!out.exists());
        said(&output)
    };
    for (flags, expected) in [
        (
            &["--mean", "0,0", "--std", "1,1,1"][..],
            "--mean: expected three numbers, found 2",
        ),
        (
            &["--mean", "0,0,0", "--std", "1,0,1"],
            "--std: expected numbers above 0",
        ),
        (
            &["--range", "1,0"],
            "high values stand for good parts, say --high-is good",
        ),
        (&["--high-is", "bad"], "[possible values: good, defect]"),
        (
            &["--box-layout", "diagonal"],
            "centre, rows, corners, shares, shares-final, objectness",
        ),
        (&["--box-layout", "rows"], "--box-layout rows"),
        (
            &["--images", "tests/station"],
            "tests/station: expected images",
        ),
        (&["--iou", "3"], "--iou: expected a number from 0 to 1"),
        (&["--task", "guess"], "anomaly, segment, detect or classify"),
        (&["--output", "none"], "it has no such output; found scores"),
        (&["--classes", "one,two,three"], "3 names of classes"),
    ] {
        let said = with(flags);
        assert!(said.contains(expected), "{flags:?}: {said}");
    }
    let missing = said(&import(&["gone.onnx", "--out", out.to_str().unwrap()]));
    assert!(missing.contains("gone.onnx"), "{missing}");
    assert!(!out.exists());
}

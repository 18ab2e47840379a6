//! `inspector model import` that is ended midway, or that finds no room: a bundle is whole, or not there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const MODEL: [&str; 11] = [
    "models/assets/demo/model.onnx",
    "--colour",
    "rgb",
    "--normalisation",
    "unit",
    "--fit",
    "stretch",
    "--classes",
    "scratch,stain,missing,misprint",
    "--activation",
    "none",
];

/// The demo's model with reference images, to be imported to `out`.
fn arguments(images: &Path, out: &Path) -> Vec<String> {
    let mut all = vec!["model".to_owned(), "import".to_owned()];
    all.extend(MODEL.map(str::to_owned));
    for (flag, path) in [("--images", images), ("--out", out)] {
        all.extend([flag.to_owned(), path.to_str().expect("a name").to_owned()]);
    }
    all
}

fn inspector() -> Command {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
}

/// Four pictures; unshrunk ones are larger files than the model.
fn images(home: &Path, shrink: &str) -> PathBuf {
    let folder = home.join("images");
    let rendered = inspector()
        .args(["render", "--count", "4", "--shrink", shrink, "--out"])
        .arg(&folder)
        .output();
    assert!(rendered.expect("it runs").status.success());
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().contains("-mask") {
            std::fs::remove_file(path).expect("removed");
        }
    }
    folder
}

/// Whether there is a bundle, which then must be whole: the station would take it.
fn is_there(out: &Path) -> bool {
    if !out.exists() {
        return false;
    }
    let bundle = models::Bundle::load(out).expect("a whole bundle");
    let references = bundle.references().expect("reference images");
    assert_eq!(references.len(), 4);
    let accepted = std::fs::read_dir(out.join("accepted")).expect("an acceptance");
    assert_eq!(accepted.count(), 1);
    true
}

fn beside(out: &Path) -> Vec<String> {
    let folder = std::fs::read_dir(out.parent().expect("a folder")).expect("a folder");
    let names = folder.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn imported(arguments: &[String]) -> Output {
    inspector().args(arguments).output().expect("it runs")
}

#[test]
fn an_import_that_is_killed_at_any_moment_leaves_a_whole_bundle_or_none() {
    let home = tempfile::tempdir().expect("a folder");
    let images = images(home.path(), "4");
    let out = home.path().join("models/demo");
    std::fs::create_dir_all(out.parent().expect("a folder")).expect("made");
    let (mut ended, mut wrote) = (0, 0);
    // Longer and longer, until one is through before it is killed.
    for n in 1..400 {
        let mut child = inspector()
            .args(arguments(&images, &out))
            .stdout(Stdio::null())
            .spawn()
            .expect("it runs");
        std::thread::sleep(Duration::from_millis(15 * n));
        child.kill().expect("killed");
        let is_through = child.wait().expect("it ends").success();
        let is_there = is_there(&out);
        assert!(is_there || !is_through, "it said that it was done");
        wrote += usize::from(!is_there && !beside(&out).is_empty());
        if is_there {
            break;
        }
        ended += 1;
    }
    assert!(ended > 3, "killed too late to show anything");
    assert!(wrote > 0, "never killed while it wrote");
    assert_eq!(beside(&out), ["demo"], "what was left before is gone");
    let again = imported(&arguments(&images, &out));
    assert_eq!(again.status.code(), Some(3), "{again:?}");
}

#[test]
fn an_import_without_room_says_so_and_leaves_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let images = images(home.path(), "1");
    let out = home.path().join("models/demo");
    std::fs::create_dir_all(out.parent().expect("a folder")).expect("made");
    let graph = std::fs::metadata("models/assets/demo/model.onnx")
        .expect("a graph")
        .len();
    // Less than the graph, and enough for it but not for the reference images.
    for (kibibytes, where_it_ends) in [
        (graph / 2 / 1024, "model.onnx"),
        (graph / 1024 + 20, "references"),
    ] {
        let limited = Command::new("bash")
            .args([
                "-c",
                &format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\""),
            ])
            .arg(env!("CARGO_BIN_EXE_inspector"))
            .args(arguments(&images, &out))
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&limited.stderr).into_owned();
        assert_eq!(limited.status.code(), Some(6), "{limited:?}");
        let is_told = said.contains("File too large") && said.contains(where_it_ends);
        assert!(is_told, "{said}");
        // The folder in which it is made is gone when this is read.
        let place = out.join(where_it_ends).display().to_string();
        assert!(said.contains(&place) && !said.contains(".making"), "{said}");
        assert_eq!(beside(&out), Vec::<String>::new());
    }
    let whole = imported(&arguments(&images, &out));
    assert!(whole.status.success(), "{whole:?}");
    assert!(is_there(&out));
}

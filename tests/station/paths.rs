//! What a person is told of a file that is not there: which file, and what makes it.

use std::path::Path;
use std::process::{Command, Output};

fn inspector(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args)
        .current_dir(folder)
        // No ONNX Runtime: what a person named is looked at first.
        .env("ORT_DYLIB_PATH", "/nowhere")
        .output()
        .expect("it runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_bare_folder_is_told_which_file_was_looked_for_and_what_makes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().canonicalize().expect("a folder");
    for command in ["check", "export", "verify"] {
        let done = inspector(&at, &[command]);
        let said = said(&done);
        assert_eq!(done.status.code(), Some(3), "{command}: {said}");
        let looked_for = at.join("station.toml").display().to_string();
        assert!(said.contains(&looked_for), "{command}: {said}");
        let remedy = "`inspector init`";
        assert!(said.contains(remedy), "{command}: {said}");
        assert!(said.lines().count() == 1, "{command}: {said}");
    }
    // What it says to do helps.
    assert!(inspector(&at, &["init"]).status.success());
    let said = said(&inspector(&at, &["check"]));
    assert!(!said.contains("no station settings"), "{said}");
}

#[test]
fn what_the_system_says_of_a_file_comes_with_its_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::write(at.join("file"), "x").expect("written");
    let board = ["--board", "9x6", "--square-mm", "10"];
    let in_a_file = |args: &[&'static str]| [args, &["file/x"]].concat();
    let cases: [(Vec<&'static str>, &str); 14] = [
        (in_a_file(&["check", "--settings"]), "file/x"),
        ([&["calibrate", "absent"][..], &board].concat(), "absent"),
        (vec!["calibrate", "--flat", "absent"], "absent"),
        (in_a_file(&["board", "--png"]), "file/x"),
        (in_a_file(&["render", "--count", "1", "--out"]), "file/x"),
        (vec!["render", "--count", "1", "--out", "file"], "file"),
        (vec!["teach", "absent", "--out", "new"], "absent"),
        (vec!["model", "accept", "absent"], "absent/model.toml"),
        (
            vec!["model", "import", "absent.onnx", "--out", "new"],
            "absent.onnx",
        ),
        (
            vec!["model", "compare", "absent", "--images", "absent"],
            "absent",
        ),
        (
            vec!["bench", "--plan", "absent.toml", "absent"],
            "absent.toml",
        ),
        (
            vec!["bench", "report", "absent.json", "--html", "x.html"],
            "absent.json",
        ),
        (
            vec!["bench", "compare", "absent.json", "b.json"],
            "absent.json",
        ),
        (vec!["verify", "--data", "file"], "file"),
    ];
    for (args, path) in cases {
        let done = inspector(at, &args);
        let said = said(&done);
        assert!(!done.status.success(), "{args:?}");
        // Where the name stands, what the system says follows.
        let told = said.split_once(path);
        assert!(told.is_some(), "{args:?}: {said}");
        for line in said.lines().filter(|line| line.contains("os error")) {
            assert!(line.contains(path), "{args:?}: {said}");
        }
    }
}

#[test]
fn a_full_disk_is_told_with_the_file_that_found_no_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let rendered = inspector(at, &["render", "--count", "1", "--out", "pictures"]);
    assert!(rendered.status.success(), "{}", said(&rendered));
    // A picture that no device can hold, where the next one would be.
    let picture = at.join("pictures/000000.png");
    std::fs::remove_file(&picture).expect("removed");
    std::os::unix::fs::symlink("/dev/full", &picture).expect("linked");
    let done = inspector(at, &["render", "--count", "1", "--out", "pictures"]);
    let said = said(&done);
    assert_eq!(done.status.code(), Some(6), "{said}");
    assert!(
        said.contains("pictures/000000.png") && said.contains("os error 28"),
        "{said}"
    );
}

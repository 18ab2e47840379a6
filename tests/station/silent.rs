//! ONNX Runtime gathers nothing of a station, and looks for nobody.

use std::path::Path;
use std::process::Command;

/// All files and folders below.
fn below(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            all.extend(below(&path));
        }
        all.push(path.display().to_string());
    }
    all
}

#[test]
fn the_library_leaves_no_identity_of_the_station_behind() {
    let homes = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
    let [home, cache, temporary] = homes.each_ref().map(tempfile::TempDir::path);
    // As a user starts it: what cargo sets for tests is not there.
    let done = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args([
            "bench",
            "models/assets/demo",
            "--queries",
            "2",
            "--takt-ms",
            "50",
        ])
        .env_remove("ORT_DISABLE_TELEMETRY")
        .env("HOME", home)
        .env("XDG_CACHE_HOME", cache)
        .env("TMPDIR", temporary)
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(said.contains("takt"), "{said}");
    for folder in [home, cache, temporary] {
        assert_eq!(below(folder), Vec::<String>::new(), "{said}");
    }
}

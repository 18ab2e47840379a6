//! Files of exports: what they are called, and that none has its name before it is whole.

use super::export::{append, column, export_to, exported, with_ids};
use super::log::start;
use inspector::station::time::WallTime;
use std::path::Path;
use std::process::Command;

#[test]
fn a_file_in_a_folder_says_station_period_and_kind() {
    let data = with_ids();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new/");
    let mut args = vec!["--zone", "Asia/Shanghai", "--out", out.to_str().unwrap()];
    let (is_well, said) = export_to(data.path(), &args);
    assert!(is_well, "{said}");
    args.extend(["--format", "jsonl"]);
    args.extend([
        "--from",
        "2030-01-01T00:00:00Z",
        "--to",
        "2030-01-02T00:00:00Z",
    ]);
    let (is_well, said) = export_to(data.path(), &args);
    assert!(is_well && said.contains("exported 0 results"), "{said}");
    let mut names: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let [day, none] = names.try_into().unwrap();
    assert!(
        day.starts_with("log-") && day.ends_with("_1970-01-01_results.csv"),
        "{day}"
    );
    assert!(
        none.starts_with("log-") && none.ends_with("_no-parts_results.jsonl"),
        "{none}"
    );
}

#[test]
fn an_export_stands_under_its_name_whole_or_not_at_all() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    append(&mut log, 1..=2_000);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("day.csv");
    std::fs::write(&out, "of yesterday").unwrap();
    // Files cannot grow beyond 4 KiB, as on a disk that is full.
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    let mut limited = Command::new("bash");
    limited.args([
        "-c",
        script,
        env!("CARGO_BIN_EXE_inspector"),
        "export",
        "--data",
    ]);
    let ran = limited
        .arg(data.path())
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(6), "{said}");
    assert!(said.contains("day.csv"), "{said}");
    assert_eq!(std::fs::read(&out).unwrap(), b"of yesterday");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let (is_well, said) = export_to(data.path(), &["--out", out.to_str().unwrap()]);
    assert!(is_well && said.contains("exported 2000 results"), "{said}");
    assert_eq!(std::fs::read(&out).unwrap(), exported(data.path(), false));
    assert!(export_to(data.path(), &["--out", "/dev/null"]).0);
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    for name in ["results.sqlite", "results.sqlite-wal"] {
        let (is_well, said) = export_to(
            data.path(),
            &["--out", data.path().join(name).to_str().unwrap()],
        );
        assert!(!is_well && said.contains(name), "{said}");
    }
    assert_eq!(column(&exported(data.path(), false), "id").len(), 2_000);
}

/// Ctrl-C as soon as anything stands in the folder: the exit code, and what was said.
fn told_to_end(export: &mut Command, folder: &Path) -> (Option<i32>, String) {
    let is_empty = || std::fs::read_dir(folder).unwrap().next().is_none();
    let export = export.stdout(std::process::Stdio::null());
    let mut export = export.stderr(std::process::Stdio::piped()).spawn().unwrap();
    while is_empty() && export.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    if export.try_wait().unwrap().is_none() {
        // SAFETY: the process is a child that nobody has waited for.
        unsafe { libc::kill(export.id() as i32, libc::SIGINT) };
    }
    let ended = export.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    (ended.status.code(), said)
}

#[test]
fn proofs_that_are_told_to_end_leave_nothing_under_any_name() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    append(&mut log, 1..=10_000);
    log.finish(WallTime(20_000_000_000), 10_000).unwrap();
    drop(log);
    let folder = tempfile::tempdir().unwrap();
    let mut export = Command::new(env!("CARGO_BIN_EXE_inspector"));
    export.args(["export", "--format", "csv", "--data"]);
    let proofs = folder.path().join("proofs");
    export.arg(data.path()).arg("--proofs").arg(&proofs);
    let (code, said) = told_to_end(&mut export, folder.path());
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    match code {
        Some(130) => assert!(
            left == 0 && said.contains("nothing stands"),
            "{left}: {said}"
        ),
        // It was quicker.
        Some(0) => assert!(proofs.is_dir() && left == 1, "{left}: {said}"),
        code => panic!("{code:?}: {said}"),
    }
}

#[test]
fn exports_at_the_same_time_into_one_folder_take_no_file_of_each_other() {
    let data = with_ids();
    let folder = tempfile::tempdir().unwrap();
    let exports: Vec<_> = (0..8)
        .map(|_| {
            let mut export = Command::new(env!("CARGO_BIN_EXE_inspector"));
            export.args(["export", "--data"]).arg(data.path());
            export.arg("--out").arg(folder.path());
            export.stderr(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut export in exports {
        assert!(export.wait().unwrap().success());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 8);
}

#[test]
fn an_export_that_is_told_to_end_leaves_nothing_under_any_name() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    append(&mut log, 1..=20_000);
    let folder = tempfile::tempdir().unwrap();
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let mut export = Command::new(env!("CARGO_BIN_EXE_inspector"));
    export.args(["export", "--format", "jsonl", "--data"]);
    export.arg(data.path()).arg("--out").arg(folder.path());
    let (code, said) = told_to_end(&mut export, folder.path());
    let left = names();
    match code {
        Some(130) => assert!(
            left.is_empty() && said.contains("nothing stands"),
            "{left:?}: {said}"
        ),
        // It was quicker.
        Some(0) => assert!(left.len() == 1 && left[0].ends_with(".jsonl"), "{left:?}"),
        code => panic!("{code:?}: {said}"),
    }
}

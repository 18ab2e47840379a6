//! A log is read wherever it lies, and what is no log is told for what it is.

use super::backup::{copied, inspector, parts, running, told};
use super::log::record;
use inspector::ports::log::ResultLog;
use inspector::station::time::WallTime;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// As somebody who may read the folder and write nothing.
fn as_a_reader(home: &Path, args: &[&str], data: &Path) -> (Option<i32>, String) {
    // The tests' own folder may be closed to others.
    let binary = home.join("inspector");
    if !binary.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_inspector"), &binary).expect("copied");
    }
    let mut command = Command::new(&binary);
    command.args(args).arg(data).current_dir("/");
    if rustix::process::getuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    told(&command.output().expect("it runs"))
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permitted");
}

#[test]
fn a_log_is_read_where_nothing_may_be_written() {
    let home = tempfile::tempdir().expect("a folder");
    permit(home.path(), 0o755);
    let data = home.path().join("Prüfung 50% #1?");
    parts(&data, 4);
    assert!(!data.join("results.sqlite-wal").exists(), "it was stopped");
    permit(&data.join("results.sqlite"), 0o444);
    permit(&data, 0o555);
    for command in ["verify", "export"] {
        let (code, said) = as_a_reader(home.path(), &[command, "--data"], &data);
        assert_eq!(code, Some(0), "{said}");
    }
    // Rows in a WAL that cannot be shared are not left out.
    permit(&data, 0o755);
    permit(&data.join("results.sqlite"), 0o644);
    let (_lock, mut log) = running(&data);
    log.append(&[record(1)]).expect("recorded");
    let copy = home.path().join("copy");
    std::fs::create_dir(&copy).expect("a folder");
    for name in ["results.sqlite", "results.sqlite-wal"] {
        copied(&data.join(name), &copy);
    }
    permit(&copy, 0o555);
    let (code, said) = as_a_reader(home.path(), &["export", "--data"], &copy);
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("results.sqlite-shm"), "{said}");
    permit(&copy, 0o755);
    // What may not be read is told as that.
    permit(&data.join("results.sqlite"), 0o600);
    if rustix::process::getuid().is_root() {
        let (code, said) = as_a_reader(home.path(), &["verify", "--data"], &data);
        assert_eq!(code, Some(6), "{said}");
        assert!(said.contains("Permission denied"), "{said}");
    }
    log.finish(WallTime(9), 1).expect("finished");
}

#[test]
fn what_is_no_log_is_told_for_what_it_is() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("results.sqlite");
    let cases: [(&str, &dyn Fn()); 4] = [
        ("found a file that is not SQLite's", &|| {
            std::fs::write(&file, "part,verdict\n".repeat(1000)).expect("written");
        }),
        ("found another program's SQLite file", &|| {
            let other = rusqlite::Connection::open(&file).expect("made");
            other.execute_batch("create table t (x)").expect("made");
        }),
        ("found a file without any table", &|| {
            std::fs::write(&file, "").expect("written");
        }),
        ("there is no result log", &|| {}),
    ];
    for (expected, make) in cases {
        let _ = std::fs::remove_file(&file);
        make();
        for command in ["verify", "export"] {
            let (code, said) = told(&inspector(&[command, "--data"], &[home.path()]));
            assert_eq!(code, Some(6), "{said}");
            assert!(said.contains(expected), "{command}: {said}");
        }
    }
}

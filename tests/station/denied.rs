//! What a running station does when its disk is full or takes no writes, and when somebody takes its lock away.

use crate::gone::{active, entries, is_over, is_told, lenient, passes, rows, running};
use crate::served::Station;
use inspector::results::open;
use std::path::Path;
use std::process::{Command, Stdio};

fn done(program: &str, arguments: &[&str], path: &Path) -> bool {
    let status = Command::new(program)
        .args(arguments)
        .arg(path)
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

#[test]
fn a_log_that_is_made_read_only_is_told_as_that() {
    let (home, station) = running();
    let data = home.path().join("data");
    let log = open::database(&data);
    let change = |how: &str| {
        let done = Command::new("chattr").arg(how).arg(&log).output();
        done.is_ok_and(|output| output.status.success())
    };
    if !change("+i") {
        eprintln!("SKIPPED: this file system, or this account, makes no file unchangeable");
        return station.stop();
    }
    let message = is_told(&station, "disk_read_only");
    assert!(change("-i"));
    assert!(message.contains("results.sqlite"), "{message}");
    is_over(&station, "disk_read_only");
    station.stop();
    let (rows, parts) = rows(&data);
    assert_eq!(Some(rows), parts, "triggers = rows");
    assert_eq!(entries(&data, "disk_slow"), 0, "it is not slow");
}

/// Nobody of whom the system knows more than that.
const NOBODY: &str = "65534";

#[test]
fn a_log_whose_permissions_are_taken_away_is_told_as_read_only() {
    let home = lenient("");
    let whole = home.path();
    let owner = format!("{NOBODY}:{NOBODY}");
    let mut by_nobody = Command::new("setpriv");
    let ids = [
        format!("--reuid={NOBODY}"),
        format!("--regid={NOBODY}"),
        "--clear-groups".to_owned(),
    ];
    by_nobody.args(&ids);
    let can = done("chown", &["-R", &owner], whole)
        && Command::new("setpriv")
            .args(&ids)
            .args([env!("CARGO_BIN_EXE_inspector"), "--version"])
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    if !can {
        eprintln!("SKIPPED: this account cannot run the station as another");
        return;
    }
    by_nobody.arg(env!("CARGO_BIN_EXE_inspector"));
    let station = Station::start_by(whole, by_nobody);
    passes(&station);
    let data = whole.join("data");
    assert!(done("chmod", &["444"], &open::database(&data)));
    let message = is_told(&station, "disk_read_only");
    assert!(message.contains("made read-only"), "{message}");
    assert!(done("chmod", &["644"], &open::database(&data)));
    is_over(&station, "disk_read_only");
    station.stop();
    let (rows, parts) = rows(&data);
    assert_eq!(Some(rows), parts, "triggers = rows");
}

/// A file system of a few megabytes, gone with the value.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("made");
        let options = ["-t", "tmpfs", "-o", "size=3m", "tmpfs"];
        done("mount", &options, at).then_some(Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        done("umount", &["--lazy"], self.0);
    }
}

#[test]
fn a_full_disk_is_told_as_full_and_the_station_goes_on_when_there_is_room() {
    let home = lenient("free_bytes_min = 0\nquota_bytes = 100000\n");
    let data = home.path().join("data");
    let Some(_disk) = SmallDisk::mount(&data) else {
        eprintln!("SKIPPED: mounting a small file system is not allowed here");
        return;
    };
    let station = Station::start(home.path());
    passes(&station);
    let ballast = data.join("ballast");
    let full = std::fs::write(&ballast, vec![0; 4 << 20]).expect_err("it is full now");
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    let message = is_told(&station, "disk_full");
    assert!(message.contains("results.sqlite"), "{message}");
    std::fs::remove_file(&ballast).expect("removed");
    is_over(&station, "disk_full");
    station.stop();
    let (rows, parts) = rows(&data);
    assert_eq!(Some(rows), parts, "triggers = rows");
    assert_eq!(
        entries(&data, "disk_slow") + entries(&data, "disk_failed"),
        0
    );
}

#[test]
fn a_file_that_may_not_grow_is_told_as_a_full_disk() {
    let home = lenient("");
    // Enough for the start, and for a few parts.
    let station = Station::start_where_files_end_at(home.path(), 900);
    let told = station.until("/api/status", |reply| active(reply, "disk_full").is_some());
    let message = active(&told, "disk_full").expect("told");
    assert!(message.contains("File too large"), "{message}");
    assert!(active(&told, "disk_slow").is_none() && active(&told, "disk_failed").is_none());
    station.kill();
}

#[test]
fn a_lock_that_is_deleted_is_taken_again_and_a_second_station_is_told() {
    let (home, station) = running();
    let data = home.path().join("data");
    let lock = data.join("station.lock");
    std::fs::remove_file(&lock).expect("removed");
    station.until("/api/status", |_| lock.exists());
    let second = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "127.0.0.1:0", "--settings"])
        .arg(home.path().join("station.toml"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(6), "{said}");
    assert!(said.contains(&station.id().to_string()), "{said}");
    // Whoever is quicker has it.
    let held = (0..100).find_map(|_| {
        std::fs::remove_file(&lock).ok()?;
        open::lock(&data).ok()
    });
    let held = held.expect("the lock");
    let told = station.until("/api/status", |reply| {
        active(reply, "two_stations").is_some()
    });
    let message = active(&told, "two_stations").expect("told");
    assert!(
        message.contains(&std::process::id().to_string()),
        "{message}"
    );
    drop(held);
    station.until("/api/status", |reply| {
        active(reply, "two_stations").is_none()
    });
    station.stop();
    assert!(entries(&data, "lock_taken_again") >= 2);
}

//! What a backup is held against before it is put back, and what a restore that was killed leaves.

use super::backup::{all_files, copied, inspector, parts, running, told};
use super::tampered::recorded;
use inspector::hash::sha256;
use inspector::results::copy::MANIFEST;
use inspector::results::proof::leaf::Kind;
use inspector::station::time::WallTime;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Parts 1 to 4 with a picture each, of a job that has ended.
fn with_pictures(home: &Path) -> PathBuf {
    let data = home.join("data");
    parts(&data, 4);
    std::fs::create_dir_all(data.join("images/1")).expect("made");
    let log = Connection::open(data.join("results.sqlite")).expect("a log");
    for part in 1..=4 {
        let (path, map) = (
            format!("images/1/{part}-0.png"),
            format!("images/1/{part}-0.map.png"),
        );
        let hashes = [&path, &map].map(|file| {
            let bytes = format!("of {file}");
            std::fs::write(data.join(file), &bytes).expect("written");
            sha256(bytes.as_bytes())
        });
        log.execute(
            "insert into image values (1, ?1, 0, 'stored', ?2, ?3, 40, ?4, ?5, 5)",
            rusqlite::params![part, path, hashes[0], map, hashes[1]],
        )
        .expect("inserted");
        recorded(&data, Kind::Picture, 1 << 32 | part, Some("0"));
    }
    data
}

fn of(command: &str, data: &Path, folder: &Path) -> (Option<i32>, String) {
    told(&inspector(&[command, "--data"], &[data, folder]))
}

fn verified(data: &Path) -> (Option<i32>, String) {
    told(&inspector(&["verify", "--data"], &[data]))
}

/// A whole backup of a log with pictures.
fn backed_up(home: &Path) -> PathBuf {
    let data = with_pictures(home);
    let backup = home.join("backup");
    let (code, said) = of("backup", &data, &backup);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(verified(&backup).0, Some(0));
    backup
}

/// What `backup.json` says, changed; the log's hash is set right again.
fn edited(backup: &Path, edit: impl FnOnce(&mut serde_json::Value)) {
    let path = backup.join(MANIFEST);
    let text = std::fs::read(&path).expect("there");
    let mut manifest: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let log = std::fs::read(backup.join("results.sqlite")).expect("there");
    manifest["log_sha256"] = sha256(&log).into();
    manifest["log_bytes"] = log.len().into();
    edit(&mut manifest);
    std::fs::write(&path, manifest.to_string()).expect("written");
}

#[test]
fn the_log_file_alone_says_that_a_job_runs() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    parts(&data, 3);
    // Nothing of job 2 but its beginning.
    let (_lock, log) = running(&data);
    let copy = home.path().join("copy");
    std::fs::create_dir(&copy).expect("made");
    copied(&data.join("results.sqlite"), &copy);
    let (code, said) = verified(&copy);
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("job 2 has not ended"), "{said}");
    log.finish(WallTime(9), 0).expect("finished");
}

#[test]
fn pictures_of_a_job_that_the_log_does_not_know_say_that_rows_are_missing() {
    let home = tempfile::tempdir().expect("a folder");
    let data = with_pictures(home.path());
    std::fs::create_dir(data.join("images/2")).expect("made");
    std::fs::write(data.join("images/2/1-0.png"), "of job 2").expect("written");
    let (code, said) = verified(&data);
    assert_eq!(code, Some(8), "{said}");
    assert!(
        said.contains("pictures of job 2 are there, and the log ends with job 1"),
        "{said}"
    );
}

#[test]
fn what_was_missing_before_the_backup_is_known_to_it_and_keeps_nothing_from_being_put_back() {
    let home = tempfile::tempdir().expect("a folder");
    let data = with_pictures(home.path());
    std::fs::remove_file(data.join("images/1/2-0.png")).expect("removed");
    std::fs::write(data.join("images/1/3-0.map.png"), "changed").expect("written");
    let backup = home.path().join("backup");
    let (code, said) = of("backup", &data, &backup);
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("2-0.png: the file is missing"), "{said}");
    assert!(said.contains("3-0.map.png: expected SHA-256"), "{said}");
    // The map of the one and the picture of the other were copied.
    assert!(backup.join("images/1/2-0.map.png").exists());
    for args in [
        &["verify", "--data"][..],
        &["verify", "--no-pictures", "--data"],
    ] {
        let (code, said) = told(&inspector(args, &[&backup]));
        // Nobody signed that they were, so that excuses nothing.
        assert_eq!(code, Some(8), "{said}");
        let excused = said.matches("damaged or deleted before, which nobody signed");
        assert_eq!(excused.count(), 2, "{said}");
    }
    let other = home.path().join("other");
    let (code, said) = of("restore", &other, &backup);
    assert_eq!(code, Some(0), "{said}");
    // There it is missing as it was.
    assert_eq!(verified(&other).0, Some(8));
    // What goes missing from the backup later is another thing.
    std::fs::remove_file(backup.join("images/1/4-0.png")).expect("removed");
    let (code, said) = of("restore", &home.path().join("third"), &backup);
    assert_eq!(code, Some(8), "{said}");
}

#[test]
fn a_log_that_names_files_elsewhere_is_not_followed() {
    for elsewhere in ["../evil.png", "/tmp/evil.png", "images/../../evil.png"] {
        let home = tempfile::tempdir().expect("a folder");
        let backup = backed_up(home.path());
        std::fs::write(home.path().join("evil.png"), "of images/1/1-0.png").expect("written");
        let log = Connection::open(backup.join("results.sqlite")).expect("a log");
        log.execute("update image set path = ?1 where part_no = 1", [elsewhere])
            .expect("changed");
        drop(log);
        edited(&backup, |_| {});
        let (code, said) = verified(&backup);
        assert_eq!(code, Some(8), "{said}");
        assert!(said.contains("expected a file below images/"), "{said}");
        let other = home.path().join("deep/other");
        let (code, said) = of("restore", &other, &backup);
        assert_eq!(code, Some(8), "{said}");
        assert!(!home.path().join("deep/evil.png").exists());
    }
}

#[test]
fn every_figure_of_backup_json_is_held_against_the_backup() {
    let fields = [
        ("jobs", serde_json::json!(9)),
        ("results", serde_json::json!(5)),
        ("feed_end", serde_json::json!(2)),
        ("last_part_no", serde_json::json!(3)),
        ("is_job_open", serde_json::json!(true)),
        ("pictures", serde_json::json!(77)),
        ("picture_bytes", serde_json::json!(u64::MAX)),
        ("log_bytes", serde_json::json!(u64::MAX)),
        ("log", serde_json::json!("zz")),
        ("made_at", serde_json::json!("yesterday")),
    ];
    let home = tempfile::tempdir().expect("a folder");
    let backup = backed_up(home.path());
    for (field, value) in fields {
        let copy = home.path().join(field);
        copied(&backup, &copy);
        edited(&copy, |manifest| manifest[field] = value);
        assert_eq!(verified(&copy).0, Some(8), "{field}");
        let data = home.path().join(format!("from-{field}"));
        let (code, said) = of("restore", &data, &copy);
        assert!([Some(3), Some(8)].contains(&code), "{field}: {said}");
        assert!(!data.join("results.sqlite").exists(), "{field}");
    }
}

#[test]
fn a_restore_that_was_killed_is_begun_anew_and_no_log_is_without_word_of_it() {
    let home = tempfile::tempdir().expect("a folder");
    let backup = backed_up(home.path());
    let data = home.path().join("other");
    // As it stands between the last two steps.
    std::fs::create_dir(&data).expect("made");
    copied(&backup.join("images"), &data.join("images"));
    copied(&backup.join("images"), &data.join("images.restoring"));
    std::fs::write(data.join("results.sqlite.restoring"), "half").expect("written");
    let (code, said) = of("restore", &data, &backup);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(verified(&data).0, Some(0));
    let log = Connection::open(data.join("results.sqlite")).expect("a log");
    let told = "select count(*) from event where code = 'log_restored'";
    let told: i64 = log.query_row(told, [], |row| row.get(0)).expect("a number");
    assert_eq!(told, 1);
    let left: Vec<PathBuf> = all_files(&data).into_iter().map(|file| file.0).collect();
    let is_restoring = |path: &&PathBuf| path.display().to_string().contains("restoring");
    assert_eq!(left.iter().find(is_restoring), None);
}

#[test]
fn what_is_no_ordinary_file_is_told_and_waited_for_by_nobody() {
    let home = tempfile::tempdir().expect("a folder");
    let data = with_pictures(home.path());
    let picture = data.join("images/1/1-0.png");
    std::fs::remove_file(&picture).expect("removed");
    let made = Command::new("mkfifo").arg(&picture).status();
    assert!(made.expect("mkfifo runs").success());
    let (code, said) = verified(&data);
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("expected an ordinary file"), "{said}");
    let (code, said) = of("backup", &data, &home.path().join("backup"));
    assert_eq!(code, Some(8), "{said}");
}

#[test]
fn an_export_takes_no_file_of_a_log_or_of_a_backup() {
    let home = tempfile::tempdir().expect("a folder");
    let backup = backed_up(home.path());
    let data = home.path().join("data");
    let export = |out: &Path| {
        told(&inspector(
            &["export", "--data"],
            &[&data, "--out".as_ref(), out],
        ))
    };
    let before = all_files(home.path());
    for place in [
        data.join("station.lock"),
        data.join("results-saved.sqlite"),
        data.join("images/1/1-0.png"),
        backup.join("results.sqlite"),
        backup.join("images/1/1-0.png"),
    ] {
        let (code, said) = export(&place);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains("apart from the data folder"), "{said}");
    }
    assert!(all_files(home.path()) == before);
    assert_eq!(export(&home.path().join("day.csv")).0, Some(0));
}

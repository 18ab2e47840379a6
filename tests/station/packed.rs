//! An audit pack is whole, and whatever is changed in it, removed from it or put into it is found.

use super::tampered;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

pub fn inspector(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inspector"));
    command.args(args).output().unwrap()
}

/// A folder with the pack `pack` of a log with gaps and pictures, and the station's key.
pub fn packed(more: &[&str]) -> (TempDir, String) {
    let data = tampered::log();
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("pack");
    let data = data.path().to_str().unwrap();
    let args = ["export", "--format", "pack", "--data", data, "--out"];
    let args = [&args[..], &[out.to_str().unwrap()], more].concat();
    let done = inspector(&args);
    assert!(done.status.success(), "{done:?}");
    let key = inspector(&["key", "--data", data, "--plain"]);
    let key = String::from_utf8(key.stdout).unwrap().trim().to_owned();
    (home, key)
}

/// Exit code and all that was said.
pub fn verified(home: &Path, key: &str) -> (Option<i32>, String) {
    let pack = home.join("pack");
    let done = inspector(&["verify", "--proofs", pack.to_str().unwrap(), "--key", key]);
    let said = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8(said).unwrap())
}

pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub fn rows(home: &Path) -> PathBuf {
    let names = names(&home.join("pack"));
    let name = names.iter().find(|name| name.ends_with(".csv")).unwrap();
    home.join("pack").join(name)
}

/// Files of leaves of part 2 of job 2, without their endings: its result first.
pub fn of_second_part(home: &Path) -> Vec<String> {
    let id = (2_i64 << 32 | 2).to_string();
    let names = names(&home.join("pack/proofs"));
    let of_part = names.iter().filter_map(|name| name.strip_suffix(".json"));
    of_part
        .filter(|name| name.starts_with(&id))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_pack_that_nobody_touched_is_as_it_was_signed() {
    let (home, key) = packed(&[]);
    let home = home.path();
    assert_eq!(names(home), ["pack"]);
    let held = names(&home.join("pack"));
    for name in [
        "README.txt",
        "checkpoint",
        "images",
        "key",
        "key.pem",
        "pack.json",
        "proofs",
    ] {
        assert!(held.contains(&name.to_owned()), "{name}: {held:?}");
    }
    let (code, said) = verified(home, &key);
    assert_eq!(code, Some(0), "{said}");
    // Four parts, the gap after the kill, and one that the log tells.
    assert!(said.contains("rows       6 of 6 in "), "{said}");
    assert!(said.contains("pictures   2 as they were signed"), "{said}");
    let kinds = said.lines().find(|line| line.starts_with("kinds"));
    assert!(
        kinds.is_some_and(|kinds| kinds.contains(" review")),
        "{said}"
    );
    assert!(
        said.contains("verdicts   0 pass, 4 fail, 0 not decided"),
        "{said}"
    );
}

#[test]
fn whatever_is_changed_in_a_row_is_found_and_named() {
    let (home, key) = packed(&["--zone", "Asia/Shanghai"]);
    let home = home.path();
    let path = rows(home);
    let table = fs::read_to_string(&path).unwrap();
    let head: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let at = |record: &csv::StringRecord, name: &str| {
        let at = head.iter().position(|column| *column == name).unwrap();
        (at, record[at].to_owned())
    };
    // Its second part of the second job, and the last gap.
    let part = records
        .iter()
        .position(|record| at(record, "id").1 == "8589934594");
    let gap = records
        .iter()
        .rposition(|record| !at(record, "gap").1.is_empty());
    for (n, is_gap) in [(part.unwrap(), false), (gap.unwrap(), true)] {
        for (column, name) in head.iter().enumerate() {
            let mut changed: Vec<String> = records[n].iter().map(str::to_owned).collect();
            let was = &changed[column];
            changed[column] = match was.as_str() {
                "" => "1".to_owned(),
                "1970-01-01T00:00:02.000000Z" => "1970-01-01T00:00:02.000001Z".to_owned(),
                was => format!("{was}1"),
            };
            let mut writer = csv::Writer::from_path(&path).unwrap();
            writer.write_record(&head).unwrap();
            for (row, record) in records.iter().enumerate() {
                match row == n {
                    true => writer.write_record(&changed).unwrap(),
                    false => writer.write_record(record).unwrap(),
                }
            }
            writer.flush().unwrap();
            let (code, said) = verified(home, &key);
            assert_eq!(code, Some(8), "{name}: {said}");
            let is_named = said.contains(&format!("as it was signed: {name}"));
            // With another number it is another row.
            let is_other = is_gap || ["id", "job", "part_no"].contains(name);
            assert!(is_named || is_other, "{name}: {said}");
        }
    }
    fs::write(&path, &table).unwrap();
    assert_eq!(verified(home, &key).0, Some(0));
}

#[test]
fn rows_that_are_removed_doubled_or_moved_are_found() {
    let (home, key) = packed(&[]);
    let home = home.path();
    let path = rows(home);
    let table = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = table.split_inclusive("\r\n").collect();
    let found = |lines: &[&str], why: &str| {
        fs::write(&path, lines.concat()).unwrap();
        let (code, said) = verified(home, &key);
        assert!(code == Some(8) && said.contains(why), "{why}: {said}");
    };
    let second = lines
        .iter()
        .position(|line| line.starts_with("8589934594,"))
        .unwrap();
    let mut without = lines.clone();
    without.remove(second);
    found(&without, "the row of job 2, part 2 is missing");
    let mut twice = lines.clone();
    twice.insert(second, lines[second]);
    found(&twice, "stands behind part 2");
    let mut swapped = lines.clone();
    swapped.swap(second, second + 1);
    found(&swapped, "stands behind part 3");
    // The part with all that proves it.
    for name in of_second_part(home) {
        for ending in ["json", "tlog-proof"] {
            fs::remove_file(home.join(format!("pack/proofs/{name}.{ending}"))).unwrap();
        }
    }
    found(&without, "parts 2 to 2 are missing");
    found(&lines, "there is no proof of it");
}

#[test]
fn proofs_that_are_missing_or_lie_about_whose_they_are_are_found() {
    let (home, key) = packed(&[]);
    let home = home.path();
    let proofs = home.join("pack/proofs");
    let result = &of_second_part(home)[0];
    let (leaf, proof) = (
        proofs.join(format!("{result}.json")),
        proofs.join(format!("{result}.tlog-proof")),
    );
    let (content, proven) = (fs::read(&leaf).unwrap(), fs::read(&proof).unwrap());
    let found = |why: &str| {
        let (code, said) = verified(home, &key);
        assert!(code == Some(8) && said.contains(why), "{why}: {said}");
    };
    fs::remove_file(&proof).unwrap();
    found("its proof (.tlog-proof) is missing");
    fs::write(&proof, &proven).unwrap();
    fs::remove_file(&leaf).unwrap();
    found("its leaf (.json) is missing");
    // Another part's pair under this name.
    let third = names(&proofs)
        .into_iter()
        .find(|name| name.starts_with("8589934595-") && name.ends_with(".json"))
        .unwrap();
    let third = proofs.join(third);
    fs::copy(&third, &leaf).unwrap();
    fs::copy(third.with_extension("tlog-proof"), &proof).unwrap();
    found("its name lies");
    fs::write(
        &leaf,
        String::from_utf8(content.clone())
            .unwrap()
            .replace("reject", "accept"),
    )
    .unwrap();
    fs::write(&proof, &proven).unwrap();
    found("its leaf is not the one that was signed");
    fs::write(&leaf, &content).unwrap();
    let checkpoint = home.join("pack/checkpoint");
    let text = fs::read_to_string(&checkpoint).unwrap();
    fs::remove_file(&checkpoint).unwrap();
    found("checkpoint: is missing");
    fs::write(&checkpoint, text.replacen("\n", "\n1", 1)).unwrap();
    found("has no right signature");
    fs::write(&checkpoint, text).unwrap();
    assert_eq!(verified(home, &key).0, Some(0));
    let (other, _) = packed(&[]);
    let (code, said) = verified(other.path(), &key);
    assert!(code == Some(8), "{said}");
}

#[test]
fn pictures_that_are_changed_missing_or_strange_are_found() {
    let (home, key) = packed(&[]);
    let home = home.path();
    let picture = home.join("pack/images/2/2-0.png");
    let content = fs::read(&picture).unwrap();
    let found = |why: &str| {
        let (code, said) = verified(home, &key);
        assert!(code == Some(8) && said.contains(why), "{why}: {said}");
    };
    fs::copy(home.join("pack/images/2/1-0.png"), &picture).unwrap();
    found("is not the picture that was signed");
    fs::remove_file(&picture).unwrap();
    found("2-0.png: is missing");
    fs::write(&picture, content).unwrap();
    fs::write(home.join("pack/images/2/9-0.png"), b"x").unwrap();
    found("no leaf names it");
    fs::remove_file(home.join("pack/images/2/9-0.png")).unwrap();
    assert_eq!(verified(home, &key).0, Some(0));
    let (without, key) = packed(&["--pictures", "none"]);
    let (code, said) = verified(without.path(), &key);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("pictures   0 as they were signed; 2 are not in here"),
        "{said}"
    );
}

#[test]
fn a_pack_of_some_parts_is_whole_and_takes_no_place_that_holds_anything() {
    let (home, key) = packed(&[
        "--from",
        "1970-01-01T00:00:02Z",
        "--to",
        "1970-01-01T00:00:03Z",
    ]);
    let (code, said) = verified(home.path(), &key);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("verdicts   0 pass, 1 fail, 0 not decided"),
        "{said}"
    );
    let data = tampered::log();
    let pack = home.path().join("pack");
    let before = names(&pack);
    let again = inspector(&[
        "export",
        "--format",
        "pack",
        "--data",
        data.path().to_str().unwrap(),
        "--out",
        pack.to_str().unwrap(),
    ]);
    assert_eq!(again.status.code(), Some(3), "{again:?}");
    assert_eq!(
        (names(&pack), names(home.path())),
        (before, vec!["pack".to_owned()])
    );
}

#[test]
fn a_pack_in_one_file_is_the_same_once_it_is_unpacked() {
    let data = tampered::log();
    let data = data.path().to_str().unwrap();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("pack.zip");
    let path = file.to_str().unwrap();
    fs::write(&file, "of yesterday").unwrap();
    let done = inspector(&["export", "--format", "pack", "--data", data, "--out", path]);
    assert!(done.status.success(), "{done:?}");
    assert_eq!(names(home.path()), ["pack.zip"]);
    let key = inspector(&["key", "--data", data, "--plain"]);
    let key = String::from_utf8(key.stdout).unwrap().trim().to_owned();
    let packed = inspector(&["verify", "--proofs", path, "--key", &key]);
    let said = String::from_utf8(packed.stderr).unwrap();
    assert!(
        packed.status.code() == Some(3) && said.contains("unpack"),
        "{said}"
    );
    let archive = fs::File::open(&file).unwrap();
    let mut archive = zip::ZipArchive::new(archive).unwrap();
    archive.extract(home.path().join("pack")).unwrap();
    let (code, said) = verified(home.path(), &key);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("rows       6 of 6 in "), "{said}");
}

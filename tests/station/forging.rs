//! A pack that was made over with care: files taken out of their place, excuses that nobody signed, gaps that hide parts.

use super::packed::{inspector, names, of_second_part, packed, rows, verified};
use super::tampered;
use std::fs;
use std::path::Path;

fn found(home: &Path, key: &str, why: &str) {
    let (code, said) = verified(home, key);
    assert!(code == Some(8) && said.contains(why), "{why}: {said}");
}

#[test]
fn a_pack_whose_proofs_were_moved_is_still_held_as_a_pack() {
    let (home, key) = packed(&[]);
    let home = home.path();
    let pack = home.join("pack");
    for name in names(&pack.join("proofs")) {
        fs::rename(pack.join("proofs").join(&name), pack.join(name)).unwrap();
    }
    fs::remove_dir(pack.join("proofs")).unwrap();
    let table = fs::read_to_string(rows(home)).unwrap();
    fs::write(rows(home), table.replace("reject", "accept")).unwrap();
    found(home, &key, "proofs: is missing");
    found(home, &key, "is not as it was signed: disposition");
    // What is left when all is taken that says it was one.
    fs::remove_file(pack.join("pack.json")).unwrap();
    fs::remove_dir_all(pack.join("images")).unwrap();
    found(home, &key, "is not as it was signed: disposition");
}

#[test]
fn files_that_nobody_signed_are_found_in_a_pack() {
    let (home, key) = packed(&[]);
    let home = home.path();
    let pack = home.join("pack");
    let added = [
        ("other.CSV", "expected one CSV, found 2"),
        ("summary.pdf", "summary.pdf: does not belong there"),
        ("proofs/pack.json", "proofs/pack.json: does not belong"),
        ("proofs/note.txt", "proofs/note.txt: does not belong"),
    ];
    for (name, why) in added {
        fs::write(pack.join(name), "id\r\n").unwrap();
        found(home, &key, why);
        fs::remove_file(pack.join(name)).unwrap();
    }
    let kept = [
        ("README.txt", "README.txt: is not the text"),
        ("key", "key: is not the key"),
        ("key.pem", "key.pem: is not the key"),
        ("pack.json", "pack.json: is missing, or does not say"),
    ];
    for (name, why) in kept {
        let was = fs::read(pack.join(name)).unwrap();
        fs::write(pack.join(name), "{}").unwrap();
        found(home, &key, why);
        fs::write(pack.join(name), was).unwrap();
    }
    assert_eq!(verified(home, &key).0, Some(0));
}

#[test]
fn what_a_pack_says_of_its_filter_excuses_no_part() {
    let (home, key) = packed(&["--pictures", "none"]);
    let home = home.path();
    let pack = home.join("pack");
    for name in of_second_part(home) {
        for ending in ["json", "tlog-proof"] {
            fs::remove_file(pack.join(format!("proofs/{name}.{ending}"))).unwrap();
        }
    }
    let table = fs::read_to_string(rows(home)).unwrap();
    let lines = table.split_inclusive("\r\n");
    let without: Vec<&str> = lines
        .filter(|line| !line.starts_with("8589934594,"))
        .collect();
    fs::write(rows(home), without.concat()).unwrap();
    let about = fs::read_to_string(pack.join("pack.json")).unwrap();
    let excused = about.replace("\"unconfirmed\": false", "\"unconfirmed\": true");
    assert_ne!(about, excused);
    fs::write(pack.join("pack.json"), excused).unwrap();
    found(home, &key, "parts 2 to 2 are missing");
    found(home, &key, "only unconfirmed parts");
    let path = pack.to_str().unwrap();
    let filtered = inspector(&["verify", "--proofs", path, "--key", &key, "--filtered"]);
    assert_eq!(filtered.status.code(), Some(0), "{filtered:?}");
    fs::remove_file(pack.join("pack.json")).unwrap();
    found(home, &key, "parts 2 to 2 are missing");
}

#[test]
fn rows_of_gaps_that_are_removed_doubled_or_moved_are_found() {
    let (home, key) = packed(&[]);
    let home = home.path();
    let path = rows(home);
    let table = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = table.split_inclusive("\r\n").collect();
    let with = |lines: &[&str], why: &str| {
        fs::write(&path, lines.concat()).unwrap();
        found(home, &key, why);
    };
    let gaps: Vec<usize> = (1..lines.len())
        .filter(|at| lines[*at].starts_with(','))
        .collect();
    let last = *gaps.last().unwrap();
    assert!(lines[last].starts_with(",2,4,"), "{}", lines[last]);
    for gap in &gaps {
        let mut without = lines.clone();
        without.remove(*gap);
        with(&without, "the row of the gap ");
    }
    let mut twice = lines.clone();
    twice.insert(last, lines[last]);
    with(&twice, "stands behind part 4");
    let mut moved = lines.clone();
    moved.remove(last);
    moved.insert(1, lines[last]);
    with(&moved, "stands behind job 2");
    let mut behind = lines.clone();
    behind.swap(last, last - 1);
    with(&behind, "stands behind part");
    // The part before the gap, which must not hide that it was taken out.
    let before = lines
        .iter()
        .position(|line| line.starts_with("8589934595,"))
        .unwrap();
    let mut hidden = lines.clone();
    hidden.remove(before);
    with(&hidden, "parts 3 to 3 are missing");
    with(&lines[..1], "is missing");
}

#[test]
fn rejects_whose_picture_was_taken_out_with_its_leaf_are_counted() {
    let (home, key) = packed(&[]);
    let (code, said) = verified(home.path(), &key);
    assert_eq!(code, Some(0), "{said}");
    // The log has pictures of parts 1 and 2 of its second job.
    let told = "2 rejected parts without a signed picture: job 1 part 1, job 2 part 3";
    assert!(said.contains(told), "{said}");
}

#[test]
fn proofs_have_their_name_once_they_are_whole() {
    let data = tampered::log();
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("proofs");
    let path = out.to_str().unwrap();
    let data = data.path().to_str().unwrap();
    let args = ["export", "--data", data, "--out", "/dev/null", "--proofs"];
    // Files cannot grow beyond 1 KiB, as on a disk that is full.
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    let mut limited = std::process::Command::new("bash");
    limited.args(["-c", script, env!("CARGO_BIN_EXE_inspector")]);
    let broke = limited.args(args).arg(path).output().unwrap();
    assert_eq!(broke.status.code(), Some(6), "{broke:?}");
    assert!(names(home.path()).is_empty(), "{:?}", names(home.path()));
    let done = inspector(&[&args[..], &[path]].concat());
    assert!(done.status.success(), "{done:?}");
    assert_eq!(names(home.path()), ["proofs"]);
    let key = inspector(&["key", "--data", data, "--plain"]);
    let key = String::from_utf8(key.stdout).unwrap();
    let held = inspector(&["verify", "--proofs", path, "--key", key.trim()]);
    assert_eq!(held.status.code(), Some(0), "{held:?}");
}

#[test]
fn names_that_the_program_makes_replace_nothing() {
    let data = tampered::log();
    let out = tempfile::tempdir().unwrap();
    let path = out.path().to_str().unwrap();
    let data = data.path().to_str().unwrap();
    for more in [&[][..], &[], &["--style", "gear"]] {
        let args = [&["export", "--data", data, "--out", path], more].concat();
        let done = inspector(&args);
        assert!(done.status.success(), "{done:?}");
    }
    let names = names(out.path());
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("_results.csv")));
    assert!(names.iter().any(|name| name.ends_with("_results_2.csv")));
    assert!(names.iter().any(|name| name.ends_with("_results_gear.csv")));
}

#[test]
fn a_workbook_that_finds_no_room_is_an_error_and_no_crash() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = super::log::start(data.path());
    super::export::append(&mut log, 1..=2_000);
    let out = tempfile::tempdir().unwrap();
    let script =
        "trap '' XFSZ; ulimit -f 8; exec \"$0\" export --format xlsx --data \"$1\" --out \"$2\"";
    let mut limited = std::process::Command::new("bash");
    limited.args(["-c", script, env!("CARGO_BIN_EXE_inspector")]);
    let file = out.path().join("day.xlsx");
    let ran = limited.arg(data.path()).arg(&file).output().unwrap();
    assert_eq!(ran.status.code(), Some(6), "{ran:?}");
    assert!(names(out.path()).is_empty(), "{:?}", names(out.path()));
}

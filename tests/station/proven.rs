//! Programs that are not ours come to the same: openssl for signatures, `aics-tlog` for roots, inclusion and checkpoints.

use super::log::{record, start};
use inspector::ports::log::ResultLog;
use inspector::station::result::Record;
use inspector::station::time::WallTime;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// More than two tiles of leaves.
const PARTS: u64 = 600;

/// A home with the folder `data`, and in it a log that has ended.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("data")).unwrap();
    let (mut log, _) = start(&home.path().join("data"));
    let batch: Vec<Record> = (1..=PARTS).map(record).collect();
    log.append(&batch).unwrap();
    log.finish(WallTime(6), PARTS).unwrap();
    home
}

fn ran(home: &Path, program: impl AsRef<OsStr>, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.current_dir(home).args(args).output().unwrap()
}

fn inspector(home: &Path, args: &[&str]) -> String {
    let output = ran(home, env!("CARGO_BIN_EXE_inspector"), args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// As the guide to audits says it.
fn shell(home: &Path, script: &str) -> Output {
    ran(home, "sh", &["-ec", script])
}

const SIGNATURE: &str = "sed '/^$/,$d' checkpoint > text
sed '1,/^$/d' checkpoint | head -n 1 | cut -d ' ' -f 3 | base64 -d | tail -c +5 > signature
openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature";

#[test]
fn openssl_verifies_a_checkpoint_and_refuses_one_that_was_changed() {
    if Command::new("openssl").arg("version").output().is_err() {
        skipped("openssl");
        return;
    }
    let home = home();
    let home = home.path();
    inspector(
        home,
        &[
            "export",
            "--data",
            "data",
            "--format",
            "checkpoint",
            "--out",
            "checkpoint",
        ],
    );
    let pem = inspector(home, &["key", "--data", "data", "--pem"]);
    std::fs::write(home.join("key.pem"), pem).unwrap();
    let output = shell(home, SIGNATURE);
    assert!(output.status.success(), "{output:?}");
    let guide = std::fs::read_to_string("docs/guide/audit.md").unwrap();
    assert!(guide.contains(SIGNATURE), "the guide says it otherwise");
    let checkpoint = std::fs::read_to_string(home.join("checkpoint")).unwrap();
    let size = checkpoint.lines().nth(1).unwrap();
    let size: u64 = size.parse().unwrap();
    let changed = checkpoint.replacen(&size.to_string(), &(size + 1).to_string(), 1);
    std::fs::write(home.join("checkpoint"), changed).unwrap();
    let output = shell(home, SIGNATURE);
    assert!(!output.status.success(), "{output:?}");
}

fn skipped(what: &str) {
    eprintln!("SKIPPED: needs {what}, as in `make test`");
}

#[test]
fn another_program_computes_the_root_of_what_was_recorded() {
    let Some(aics) = std::env::var_os("INSPECTOR_AICS_TLOG").filter(|path| !path.is_empty()) else {
        skipped("aics-tlog; INSPECTOR_AICS_TLOG=$(tests/proof/aics-tlog.sh)");
        return;
    };
    let home = home();
    let home = home.path();
    for format in ["leaves", "checkpoint"] {
        inspector(
            home,
            &[
                "export", "--data", "data", "--format", format, "--out", format,
            ],
        );
    }
    let key = inspector(home, &["key", "--data", "data", "--plain"]);
    let key = key.trim();
    let checkpoint = std::fs::read_to_string(home.join("checkpoint")).unwrap();
    let lines: Vec<&str> = checkpoint.lines().collect();
    let (origin, size, root) = (lines[0], lines[1], lines[2]);

    let built = ran(
        home,
        &aics,
        &["build-tiles", "--leaves", "leaves", "--out", "tiles"],
    );
    let said = String::from_utf8_lossy(&built.stdout).into_owned();
    assert!(built.status.success(), "{built:?}");
    assert!(said.contains(root), "expected {root}: {said}");

    let checkpoint_of = |name: &str| {
        let args = [
            "verify-checkpoint",
            "--note",
            name,
            "--log-key",
            key,
            "--origin",
            origin,
        ];
        ran(home, &aics, &args)
    };
    let verified = checkpoint_of("checkpoint");
    assert!(verified.status.success(), "{verified:?}");
    std::fs::write(home.join("other"), checkpoint.replacen(size, "9", 1)).unwrap();
    assert!(!checkpoint_of("other").status.success());

    inspector(
        home,
        &[
            "export", "--data", "data", "--proofs", "proofs", "--out", "rows.csv",
        ],
    );
    let told = inspector(home, &["verify", "--proofs", "proofs", "--key", key]);
    assert!(told.contains("600 of 600 proofs hold"), "{told}");
    let part = (1_u64 << 32) + 300;
    let mut files = std::fs::read_dir(home.join("proofs")).unwrap();
    let leaf = files
        .find_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".json")
                .filter(|stem| stem.starts_with(&part.to_string()))
                .map(str::to_owned)
        })
        .unwrap();
    let index = leaf.split_once('-').unwrap().1.to_owned();
    let hashes = format!("sed '1,2d;/^$/,$d' proofs/{leaf}.tlog-proof > hashes");
    assert!(shell(home, &hashes).status.success());
    let included = |leaf: &str| {
        let args = [
            "verify-inclusion",
            "--leaf",
            leaf,
            "--index",
            &index,
            "--proof",
            "hashes",
            "--size",
            size,
            "--root",
            root,
        ];
        ran(home, &aics, &args)
    };
    let path = format!("proofs/{leaf}.json");
    let verified = included(&path);
    assert!(verified.status.success(), "{verified:?}");
    let content = std::fs::read_to_string(home.join(&path)).unwrap();
    assert!(content.contains("\"disposition\":\"reject\""), "{content}");
    std::fs::write(
        home.join(&path),
        content.replace("\"reject\"", "\"accept\""),
    )
    .unwrap();
    assert!(!included(&path).status.success());
    let ours = ran(
        home,
        env!("CARGO_BIN_EXE_inspector"),
        &["verify", "--proofs", "proofs", "--key", key],
    );
    assert_eq!(ours.status.code(), Some(8), "{ours:?}");
}

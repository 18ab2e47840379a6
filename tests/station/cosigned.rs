//! What is covered by cosignatures of a witness that is not ours, and what is not yet: of a log, and of what is exported of it.

use super::log::record_at;
use super::served::{SIM, home};
use super::witness::{Rig, commissioned, ran, said, witness};
use inspector::control::outsiders::Clients;
use inspector::ports::log::ResultLog;
use inspector::results::open;
use inspector::settings::StationSettings;
use inspector::station::time::WallTime;
use inspector::telemetry::catalogue::Code;
use rusqlite::Connection;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;

const INSPECTOR: &str = env!("CARGO_BIN_EXE_inspector");
const MINUTE_US: i64 = 60_000_000;

/// The exit code, and all that was said.
fn verified(home: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = ran(home, INSPECTOR, &[&["verify"], args].concat());
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// A part that came so many minutes after the first ones.
fn later(rig: &mut Rig, minutes: i64) {
    rig.parts += 1;
    let at = WallTime(minutes * MINUTE_US + rig.parts as i64);
    rig.log.append(&[record_at(rig.parts, at)]).unwrap();
    rig.sign();
}

#[test]
fn what_was_recorded_long_after_the_newest_cosignature_is_found() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let key = commissioned(home);
    let Some(serving) = witness(&home.join("w"), key.trim()) else {
        return;
    };
    let args = ["--data", "data", "--witness", &serving.key];
    let mut rig = Rig::start(&home.join("data"), &serving);
    // As a station that runs holds it.
    let lock = open::lock(&home.join("data")).unwrap();
    rig.grow(3);
    rig.until_cosigned(1);
    let (code, told) = verified(home, &args);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains(", up to part 3 of job 1, triggered at 1970-01-01T00:00:03Z"),
        "{told}"
    );
    assert!(!told.contains("cosigned by nobody"), "{told}");
    // Signed by the station, and seen by nobody else: for minutes that may be.
    later(&mut rig, 10);
    later(&mut rig, 20);
    let (code, told) = verified(home, &args);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains(", up to part 3 of job 1"), "{told}");
    assert!(
        told.contains("remark     2 leaves after the newest cosignature of w.example/one, recorded from 1970-01-01T00:10:00"),
        "{told}"
    );
    later(&mut rig, 26);
    let (code, told) = verified(home, &args);
    assert_eq!(code, Some(8), "{told}");
    assert!(
        told.contains("3 leaves after the newest cosignature of w.example/one"),
        "{told}"
    );
    assert!(told.contains("are cosigned by nobody"), "{told}");
    let (code, told) = verified(home, &["--data", "data"]);
    assert_eq!(code, Some(0), "nobody asked: {told}");
    rig.until_cosigned(2);
    let (code, told) = verified(home, &args);
    assert_eq!(code, Some(0), "{told}");
    rig.stop();
    drop(lock);
}

#[test]
fn an_export_is_by_a_checkpoint_that_is_cosigned_or_says_that_none_is() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let key = commissioned(home);
    let Some(serving) = witness(&home.join("w"), key.trim()) else {
        return;
    };
    let exported = |out: &str, args: &[&str]| -> String {
        let all = [
            &["export", "--data", "data", "--format", "pack", "--out", out],
            args,
        ];
        let output = ran(home, INSPECTOR, &all.concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let takes = |out: &str| verified(home, &["--proofs", out, "--witness", &serving.key]);
    const NOT_YET: &str = "is cosigned by no witness yet";
    let mut rig = Rig::start(&home.join("data"), &serving);
    rig.grow(3);
    rig.until_cosigned(1);
    later(&mut rig, 1);
    // Nobody was asked for the newest checkpoint, which alone covers the last part.
    let told = exported("before", &["--to", "1970-01-01T00:00:30Z"]);
    assert!(!told.contains(NOT_YET), "{told}");
    assert!(told.contains("packed 3 results"), "{told}");
    let (code, told) = takes("before");
    assert_eq!(code, Some(0), "{told}");
    let told = exported("all", &[]);
    assert!(told.contains(NOT_YET), "{told}");
    assert!(told.contains("packed 4 results"), "{told}");
    let (code, told) = takes("all");
    assert_eq!(code, Some(8), "{told}");
    rig.until_cosigned(2);
    // The end of the job is signed, and says nothing of parts.
    rig.stop();
    let newest = "select note like '%w.example%' from checkpoint order by size desc limit 1";
    let log = Connection::open(open::database(&home.join("data"))).unwrap();
    let is_cosigned: bool = log.query_row(newest, [], |row| row.get(0)).unwrap();
    assert!(!is_cosigned, "the end of the job has its own checkpoint");
    let told = exported("ended", &[]);
    assert!(!told.contains(NOT_YET), "{told}");
    assert!(told.contains("packed 4 results"), "{told}");
    let (code, told) = takes("ended");
    assert_eq!(code, Some(0), "{told}");
    said(home, INSPECTOR, &["verify", "--data", "data"]);
}

const KEY: &str = "w.example/one+1a2b3c4d+BAAA";

#[test]
fn what_is_wrong_with_whom_a_station_asks_is_found_before_there_is_a_job() {
    let wrong = format!(
        "[proof]\nca = \"none.pem\"\ntimestamp_url = \"https://li:geheim@tsa.example\"\n\
         [[proof.witness]]\nurl = \"http://w.example\"\nkey = {KEY:?}\n"
    );
    let home = home(&format!("{SIM}{wrong}"));
    for command in ["check", "run"] {
        let output = ran(
            home.path(),
            INSPECTOR,
            &[command, "--settings", "station.toml"],
        );
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(3), "{command}: {told}");
        for found in ["none.pem", "proof.witness.key: ", "name+1a2b3c4d+BA"] {
            assert!(told.contains(found), "{command}: {found}: {told}");
        }
        assert!(!told.contains("geheim"), "{command}: {told}");
    }
    assert!(
        !open::database(&home.path().join("data")).exists(),
        "no job began"
    );
}

/// Nobody has its private half.
const OF_NOBODY: &str = "w.example/one+e2dcf1f9+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Answers each question with 409 and how many leaves are asked about, as the standard has a witness do that has seen another
/// root of so many (c2sp.org/tlog-witness; the one of the other tests says 422).
fn conflicting() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).unwrap_or(0) > 2 {
                if let Some(found) = line.to_lowercase().strip_prefix("content-length:") {
                    length = found.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap();
            // After `old`, the proof and an empty line: the origin, and how many leaves.
            let (_, note) = body.split_once("\n\n").unwrap();
            let size = format!("{}\n", note.lines().nth(1).unwrap());
            let head = "HTTP/1.1 409 x\r\ncontent-type: text/x.tlog.size\r\nconnection: close";
            let length = size.len();
            let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{size}");
        }
    });
    url
}

#[test]
fn a_witness_that_has_seen_another_root_of_as_many_leaves_is_an_alarm_at_once() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("data")).unwrap();
    let mut rig = Rig::asking(&home.path().join("data"), &conflicting(), OF_NOBODY);
    rig.grow(3);
    let changes = rig.look();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(
        (changes[0].code, changes[0].is_active),
        (Code::WitnessRefused, true)
    );
    assert!(
        changes[0].message.contains("their root was another"),
        "{changes:?}"
    );
    rig.stop();
}

fn parsed(more: &str) -> Result<StationSettings, String> {
    let text = format!("{}\n{more}", inspector::settings::DEFAULT);
    StationSettings::parse(Path::new("station.toml"), &text).map_err(|problems| {
        problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })
}

#[test]
fn settings_that_nobody_would_notice_are_refused() {
    let url = "timestamp_url = \"http://tsa.example\"";
    for (more, expected) in [
        (
            "[proof]\ntimestamp_every_min = 5",
            "timestamp_every_min: expected proof.timestamp_url",
        ),
        (
            "[proof]\ntimestamp_proxy = \"http://p:1\"",
            "timestamp_proxy: expected proof.timestamp_url",
        ),
        (
            "[proof]\nca = \"ca.pem\"",
            "proof.ca: expected proof.timestamp_url or [[proof.witness]]",
        ),
        (
            &format!("[proof]\n{url}\ntimestamp_every_min = 9223372036854775807"),
            "timestamp_every_min: expected 1 to 10080, found 9223372036854775807",
        ),
        (
            &format!("[proof]\n{url}\ntimestamp_every_min = 0"),
            "expected 1 to 10080, found 0",
        ),
        (
            &format!("[proof]\n{url}\ntimestamp_proxy = \"proxy\""),
            "timestamp_proxy: expected an address",
        ),
        (
            "[proof]\ntimestamp_url = \"li:geheim@tsa\"",
            "timestamp_url: expected an address",
        ),
    ] {
        let found = parsed(more).expect_err(more);
        assert!(found.contains(expected), "{more}: {found}");
        assert!(!found.contains("geheim"), "{found}");
    }
    let twice = "[[proof.witness]]\nurl = \"http://w.example\"\nkey = \"KEY\"\n";
    let settings = parsed(&twice.replace("KEY", OF_NOBODY).repeat(2)).unwrap();
    let found = Clients::open(&settings.proof).err().unwrap().to_string();
    assert!(found.contains("found w.example/one twice"), "{found}");
}

//! What a station tells, to whom, and that nobody who does not listen can stop it.

use crate::gone::lenient;
use crate::served::{SIM, Station, home};
use inspector::results::open;
use rusqlite::Connection;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Only a bound on waiting.
const WAIT: Duration = Duration::from_millis(100);
const WAITS_MAX: usize = 900;

/// Every part is rejected, so that every part is a line.
const DEFECTS: &str = "[sim]\nwidth = 320\nheight = 240\ndefect_rate = 0.0\npitch_ms = 300\njitter_ms = 0\n\
     styles = [\"cap\"]\n";

fn until(is_so: impl Fn() -> bool) -> bool {
    (0..WAITS_MAX).any(|n| {
        if n > 0 {
            std::thread::sleep(WAIT);
        }
        is_so()
    })
}

/// Results and parts announced, of the newest job.
fn rows(data: &Path) -> (i64, Option<i64>) {
    let Ok(connection) = open::readable(data) else {
        return (0, None);
    };
    let count = "select (select count(*) from result where job_id = job.id), parts from job order by id desc limit 1";
    connection
        .query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap_or((0, None))
}

fn start(home: &Path, stderr: Stdio) -> Child {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "127.0.0.1:0", "--settings"])
        .arg(home.join("station.toml"))
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .expect("it runs")
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([name, &pid]).status();
    assert!(sent.expect("kill runs").success());
}

/// Its exit code, when it ends by itself in time.
fn ended(child: &mut Child) -> Option<i32> {
    let mut code = None;
    for _ in 0..WAITS_MAX {
        if let Some(status) = child.try_wait().expect("a child") {
            code = status.code();
            break;
        }
        std::thread::sleep(WAIT);
    }
    let _ = child.kill();
    code
}

/// Every part of the newest job has its row, and so many are enough to have filled whatever takes lines.
fn all_parts_have_rows(home: &Path, least: i64) {
    let (rows, parts) = rows(&home.join("data"));
    assert_eq!(Some(rows), parts, "triggers = rows");
    assert!(rows >= least, "{rows}");
}

/// The ends of a pipe: to read, to write.
fn pipe() -> (File, OwnedFd) {
    let mut ends = [0; 2];
    // SAFETY: the pointer is to two live integers, which the call writes.
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
    // SAFETY: both were opened just now and belong to nobody else.
    unsafe { (File::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) }
}

#[test]
fn a_pipe_that_nobody_reads_costs_no_part_and_sigterm_ends_the_station() {
    let home = home(DEFECTS);
    let (unread, mut write) = {
        let (read, write) = pipe();
        (read, File::from(write))
    };
    // SAFETY: numbers are passed and a number comes back.
    let size = unsafe { libc::fcntl(write.as_raw_fd(), libc::F_SETPIPE_SZ, 4_096) };
    write
        .write_all(&vec![b'-'; usize::try_from(size).expect("a size")])
        .expect("it fits");
    let mut child = start(home.path(), write.into());
    assert!(until(|| rows(&home.path().join("data")).0 >= 12));
    signal(&child, "-TERM");
    assert_eq!(ended(&mut child), Some(0));
    all_parts_have_rows(home.path(), 12);
    drop(unread);
}

#[test]
fn a_terminal_that_is_stopped_costs_no_part_and_hanging_up_ends_the_station() {
    let home = home(DEFECTS);
    let (mut master, mut slave) = (0, 0);
    // SAFETY: the pointers are to live integers; the others may be null.
    let opened = unsafe {
        libc::openpty(
            &raw mut master,
            &raw mut slave,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
    };
    assert_eq!(opened, 0);
    // SAFETY: both were opened just now and belong to nobody else.
    let (mut master, slave) = unsafe { (File::from_raw_fd(master), OwnedFd::from_raw_fd(slave)) };
    let mut child = start(home.path(), slave.into());
    let mut begun = [0; 64];
    assert!(master.read(&mut begun).expect("its first line") > 0);
    master.write_all(b"\x13").expect("Ctrl-S");
    let before = rows(&home.path().join("data")).0;
    assert!(until(|| rows(&home.path().join("data")).0 >= before + 12));
    signal(&child, "-HUP");
    assert_eq!(ended(&mut child), Some(0));
    all_parts_have_rows(home.path(), 12);
}

#[test]
fn a_pipe_whose_reader_is_gone_costs_lines_only() {
    let home = home(DEFECTS);
    let (read, write) = pipe();
    let mut child = start(home.path(), write.into());
    drop(read);
    assert!(until(|| rows(&home.path().join("data")).0 >= 6));
    signal(&child, "-TERM");
    assert_eq!(ended(&mut child), Some(0));
    all_parts_have_rows(home.path(), 6);
    // What the terminal did not take stands in the data folder.
    let text = std::fs::read_to_string(home.path().join("data/log/events.jsonl")).expect("a log");
    for code in ["station_started", "part_rejected", "station_stopped"] {
        assert!(
            text.contains(&format!("\"code\":\"{code}\"")),
            "{code}: {text}"
        );
    }
}

#[test]
fn while_the_disk_hangs_somebody_is_told_then_parts_are_rejected_and_nothing_is_lost() {
    // Whatever the model says of these small pictures, it lets the part pass.
    let home = lenient("");
    let station = Station::start(home.path());
    let data = home.path().join("data");
    assert!(until(|| rows(&data).0 >= 4));
    assert_eq!(station.ask("GET", "/ready", &Value::Null).0, 200);
    // Whoever writes waits for this, as for a disk that hangs in the middle of a write.
    let hold = Connection::open(open::database(&data)).expect("the log");
    hold.busy_timeout(Duration::from_secs(30)).expect("set");
    hold.execute_batch("begin immediate").expect("held");
    let is_told = |reply: &Value| {
        let alarms = reply["alarms"].as_array();
        alarms.is_some_and(|all| {
            all.iter()
                .any(|alarm| alarm["code"] == "not_durable" && alarm["ended_us"].is_null())
        })
    };
    let told = station.until("/api/status", is_told);
    let (status, ready) = station.ask("GET", "/ready", &Value::Null);
    assert_eq!(status, 503, "{ready}");
    assert_eq!(ready["reasons"][0]["duty"], "recording");
    assert_eq!(ready["reasons"][0]["code"], "not_durable");
    // Good parts, which were accepted before, are rejected now.
    let rejected = told["counts"]["rejected"].as_u64().expect("a number");
    station.until("/api/status", |reply| {
        reply["counts"]["rejected"].as_u64() >= Some(rejected + 6)
    });
    hold.execute_batch("rollback").expect("let go");
    station.until("/api/status", |reply| !is_told(reply));
    assert_eq!(station.ask("GET", "/ready", &Value::Null).0, 200);
    let accepted = |reply: &Value| reply["counts"]["pass"].as_u64();
    let then = accepted(&station.get("/api/status"));
    station.until("/api/status", |reply| accepted(reply) > then);
    station.stop();
    let (rows, parts) = rows(&data);
    assert_eq!(Some(rows), parts, "triggers = rows");
    let connection = open::readable(&data).expect("the log");
    let count = |sql: &str| -> i64 {
        connection
            .query_row(sql, [], |row| row.get(0))
            .expect("a count")
    };
    let causes =
        "select group_concat(coalesce(cause, 'pass') || ' ' || acted_after_us, ', ') from result";
    let causes: String = connection
        .query_row(causes, [], |row| row.get(0))
        .expect("causes");
    assert!(
        count("select count(*) from result where cause = 'log_full'") >= 3,
        "{causes}"
    );
    assert!(
        count("select count(*) from event where code = 'not_durable'") >= 2,
        "began and ended"
    );
}

#[test]
fn events_are_shown_followed_and_packed() {
    let home = home(DEFECTS);
    let station = Station::start(home.path());
    let settings = home.path().join("station.toml");
    let inspector = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inspector"));
        command.args(arguments).arg("--settings").arg(&settings);
        command
    };
    let mut following = inspector(&[
        "events",
        "--follow",
        "--lines",
        "0",
        "--code",
        "part_rejected",
    ])
    .stdout(Stdio::piped())
    .spawn()
    .expect("it runs");
    let mut lines = BufReader::new(following.stdout.take().expect("piped")).lines();
    let first = lines.next().expect("a line").expect("text");
    assert!(
        first.contains("part_rejected") && first.contains("reject "),
        "{first}"
    );
    let _ = following.kill();
    let _ = following.wait();

    let (status, metrics) = station.ask_bytes("GET", "/metrics", &Value::Null);
    let metrics = String::from_utf8(metrics).expect("text");
    assert_eq!(status, 200);
    assert!(
        metrics.contains("inspector_ready{duty=\"deciding\"} 1"),
        "{metrics}"
    );
    assert!(
        !metrics.contains("inspector_triggers_total 0\n"),
        "{metrics}"
    );
    assert_eq!(station.get("/health")["version"], env!("CARGO_PKG_VERSION"));

    let packed = home.path().join("help.zip");
    let listen = station.address();
    let pack = [
        "support-bundle",
        "--listen",
        listen,
        "--out",
        packed.to_str().expect("a name"),
    ];
    let done = inspector(&pack).output();
    assert!(done.expect("it runs").status.success());
    let mut zip = zip::ZipArchive::new(File::open(&packed).expect("a file")).expect("a zip");
    let mut text = |name: &str| {
        let mut text = String::new();
        let read = zip
            .by_name(name)
            .map(|mut file| file.read_to_string(&mut text));
        assert!(matches!(read, Ok(Ok(_))), "{name}");
        text
    };
    assert!(text("station.toml").contains("decide_by_ms"));
    assert!(text("log/events.jsonl").contains("station_started"));
    assert!(text("station/metrics.txt").contains("inspector_stage_duration_seconds"));
    assert!(text("station/status.json").contains("\"stages\""));
    assert!(text("alarms.json").starts_with('['));
    let again = inspector(&pack).output();
    let again = again.expect("it runs");
    assert_eq!(
        again.status.code(),
        Some(6),
        "never over a file that is there"
    );
    assert!(String::from_utf8_lossy(&again.stderr).contains("help.zip"));
    station.stop();

    let shown = inspector(&["events", "--severity", "info", "--json"])
        .output()
        .expect("it runs");
    let shown = String::from_utf8(shown.stdout).expect("text");
    let codes: Vec<String> = shown
        .lines()
        .filter_map(|line| {
            Some(
                serde_json::from_str::<Value>(line).ok()?["code"]
                    .as_str()?
                    .to_owned(),
            )
        })
        .collect();
    assert!(codes.contains(&"station_started".to_owned()), "{codes:?}");
    assert_eq!(codes.last().map(String::as_str), Some("station_stopped"));
}

#[test]
fn an_alarm_is_acknowledged_by_name_and_counted_while_it_lasts() {
    // The second image is damaged for good, so the model's alarm does not come; the camera's does when the folder goes.
    let home = home(SIM);
    let station = Station::start(home.path());
    let seen = serde_json::json!({"code": "camera_gone", "subject": "top", "by": "Li"});
    let (status, reply) = station.ask("POST", "/api/alarms/acknowledge", &seen);
    assert_eq!(
        (status, reply["error"]["kind"].as_str()),
        (404, Some("not_found"))
    );
    let nameless = serde_json::json!({"code": "camera_gone", "subject": "top", "by": " "});
    assert_eq!(
        station.ask("POST", "/api/alarms/acknowledge", &nameless).0,
        400
    );
    station.stop();
}

#[test]
fn the_event_reference_is_that_of_the_program() {
    let written = std::fs::read_to_string("docs/ref/events.md").expect("the page");
    let reference = inspector::telemetry::catalogue::reference();
    assert!(
        written == reference,
        "docs/ref/events.md is not that of the program: inspector events --catalogue > docs/ref/events.md"
    );
}

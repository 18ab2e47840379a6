//! Law 7, by somebody who remembers: a witness that is not ours (`aics-witness`, c2sp.org/tlog-witness) cosigns what the log
//! grows by, and refuses a fork, a log that was put back, and one that was written anew.

use super::log::{record, start};
use inspector::clock::{Clock, SimulatedClock};
use inspector::control::outsiders::Outsider;
use inspector::control::witnessing::Witness;
use inspector::ports::log::ResultLog;
use inspector::results::open;
use inspector::results::writer::Writer;
use inspector::settings::StationSettings;
use inspector::station::time::WallTime;
use inspector::telemetry::alarm::AlarmChange;
use inspector::telemetry::catalogue::Code;
use rusqlite::Connection;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

fn ran(folder: &Path, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.current_dir(folder).args(args).output().unwrap()
}

fn said(folder: &Path, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> String {
    let output = ran(folder, program, args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The witness runs until this is dropped.
struct Serving {
    process: Child,
    url: String,
    key: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    let aics = std::env::var_os("INSPECTOR_AICS_TLOG").filter(|path| !path.is_empty());
    if aics.is_none() {
        eprintln!("SKIPPED: needs aics-witness, as in `make test`");
    }
    Some(Path::new(&aics?).with_file_name("aics-witness"))
}

/// A witness that knows the log of this key.
fn witness(folder: &Path, log: &str) -> Option<Serving> {
    let program = program()?;
    std::fs::create_dir(folder).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let init = [
        "init",
        "--config",
        "w.json",
        "--name",
        "w.example/one",
        "--listen",
        &address,
    ];
    let printed = said(folder, &program, &init);
    let key = printed
        .split_whitespace()
        .find(|word| word.starts_with("w.example/one+"))
        .unwrap_or_else(|| panic!("no key in {printed}"))
        .to_owned();
    let origin = log.split('+').next().unwrap();
    let add = [
        "add-log", "--config", "w.json", "--origin", origin, "--vkey", log,
    ];
    said(folder, &program, &add);
    let process = Command::new(&program)
        .current_dir(folder)
        .args(["serve", "--config", "w.json"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..1_500 {
        if TcpStream::connect(&address).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let url = format!("http://{address}");
    Some(Serving { process, url, key })
}

/// A log that runs, and who asks the witness for it.
struct Rig {
    data: PathBuf,
    clock: Arc<SimulatedClock>,
    log: Writer,
    witness: Witness,
    parts: u64,
}

impl Rig {
    fn start(data: &Path, serving: &Serving) -> Self {
        let clock = Arc::new(SimulatedClock::new(WallTime(9)));
        let (log, _) = start(data);
        let text = format!(
            "{}\n[[proof.witness]]\nurl = {:?}\nkey = {:?}\n",
            inspector::settings::DEFAULT,
            serving.url,
            serving.key
        );
        let file = data.parent().unwrap().join("station.toml");
        let mut settings = StationSettings::parse(&file, &text).unwrap();
        settings.data = data.to_owned();
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let witness = Witness::all(&settings, &log, &shared).unwrap().remove(0);
        Self {
            data: data.to_owned(),
            clock,
            log,
            witness,
            parts: 0,
        }
    }

    /// So many parts are recorded and signed.
    fn grow(&mut self, parts: u64) {
        for _ in 0..parts {
            self.parts += 1;
            self.log.append(&[record(self.parts)]).unwrap();
        }
        let log = Connection::open(open::database(&self.data)).unwrap();
        let count = |sql: &str| -> i64 { log.query_row(sql, [], |row| row.get(0)).unwrap() };
        let leaves = count("select max(seq) from feed");
        self.log.sign();
        for _ in 0..1_500 {
            if count("select coalesce(max(size), 0) from checkpoint") >= leaves {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{leaves} leaves are not signed");
    }

    fn look(&mut self) -> Option<AlarmChange> {
        let at = self.clock.now() + Duration::from_secs(600);
        self.clock.advance_to(at);
        self.witness.look()
    }

    /// How many checkpoints of the log have a cosignature.
    fn cosigned(&self) -> i64 {
        let log = Connection::open(open::database(&self.data)).unwrap();
        let sql = "select count(*) from checkpoint where note like '%w.example/one%'";
        log.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn stop(self) {
        self.log.finish(WallTime(20), self.parts).unwrap();
    }
}

fn copied(from: &Path, to: &Path) {
    let args = ["-r", from.to_str().unwrap(), to.to_str().unwrap()];
    said(Path::new("/"), "cp", &args);
}

fn refused(rig: &mut Rig) -> String {
    let alarm = rig.look().expect("an alarm");
    assert_eq!(
        (alarm.code, alarm.is_active),
        (Code::WitnessRefused, true),
        "{alarm:?}"
    );
    assert_eq!(alarm.subject, "w.example/one");
    alarm.message
}

/// Makes the data folder's key, and gives what a witness is given of it.
fn commissioned(home: &Path) -> String {
    let inspector = env!("CARGO_BIN_EXE_inspector");
    std::fs::create_dir(home.join("data")).unwrap();
    said(home, inspector, &["key", "new", "--data", "data"]);
    said(home, inspector, &["key", "--plain", "--data", "data"])
}

#[test]
fn a_witness_cosigns_what_the_log_grows_by_and_refuses_another_history() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let data = home.join("data");
    let inspector = env!("CARGO_BIN_EXE_inspector");
    let key = commissioned(home);
    let Some(serving) = witness(&home.join("w"), key.trim()) else {
        return;
    };
    let mut rig = Rig::start(&data, &serving);
    for grown in 1..=3 {
        rig.grow(10 * grown);
        assert_eq!(rig.look(), None);
        assert_eq!(rig.cosigned(), grown as i64);
    }
    assert_eq!((rig.look(), rig.cosigned()), (None, 3), "nothing new");
    rig.stop();
    // As it was then, for whoever puts it back.
    copied(&data, &home.join("fork"));
    copied(&data, &home.join("back"));

    // The station goes on, and lacks a cosignature that was given, as one that was killed.
    let log = Connection::open(open::database(&data)).unwrap();
    let lose = "update checkpoint set note = substr(note, 1, instr(note, '\u{2014} w.example') - 1)
        where size = (select max(size) from checkpoint where note like '%w.example%')";
    assert_eq!(log.execute(lose, []).unwrap(), 1);
    drop(log);
    let mut rig = Rig::start(&data, &serving);
    rig.grow(100);
    assert_eq!(rig.look(), None);
    assert_eq!(rig.cosigned(), 3, "two of before, and the newest");
    rig.stop();
    let (witness_key, data_args) = (
        serving.key.as_str(),
        ["verify", "--data", "data", "--witness"],
    );
    let args = [&data_args[..], &[witness_key]].concat();
    let told = said(home, inspector, &args);
    assert!(
        told.contains("cosigned   3 checkpoints by w.example/one, the newest over "),
        "{told}"
    );

    refuses_copies(home, &serving);
    is_taken_by_others(home, key.trim(), &serving);
}

/// One that went on otherwise, and one that was put back.
fn refuses_copies(home: &Path, serving: &Serving) {
    let mut fork = Rig::start(&home.join("fork"), serving);
    // Other parts than those that the witness has seen.
    fork.parts = 1_000;
    fork.grow(300);
    let why = refused(&mut fork);
    assert!(why.contains("history was rewritten"), "{why}");
    assert_eq!(fork.cosigned(), 3);
    fork.stop();
    let mut back = Rig::start(&home.join("back"), serving);
    back.grow(1);
    let why = refused(&mut back);
    assert!(why.contains("rolled back or cut off"), "{why}");
    back.stop();
}

/// An outsider's program takes the checkpoint with both signatures, and ours no key that did not sign.
fn is_taken_by_others(home: &Path, key: &str, serving: &Serving) {
    let (data, inspector) = (home.join("data"), env!("CARGO_BIN_EXE_inspector"));
    let witness_key = serving.key.as_str();
    let export = [
        "export",
        "--data",
        "data",
        "--format",
        "checkpoint",
        "--out",
        "checkpoint",
    ];
    said(home, inspector, &export);
    // The newest is that of the job's end, which nobody was asked for; the one before it is cosigned.
    let note: String = Connection::open(open::database(&data))
        .unwrap()
        .query_row(
            "select note from checkpoint where note like '%w.example%' order by size desc limit 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    std::fs::write(home.join("checkpoint"), note).unwrap();
    let aics = program().unwrap().with_file_name("aics-tlog");
    let origin = key.split('+').next().unwrap();
    let mut args = vec![
        "verify-checkpoint",
        "--note",
        "checkpoint",
        "--log-key",
        key,
    ];
    args.extend([
        "--origin",
        origin,
        "--witness-key",
        witness_key,
        "--quorum",
        "1",
    ]);
    said(home, &aics, &args);
    let other = "w.example/one+00000000+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let refused = ran(
        home,
        inspector,
        &["verify", "--data", "data", "--witness", other],
    );
    assert!(!refused.status.success(), "no such key");
}

#[test]
fn a_witness_that_is_away_is_an_alarm_after_a_while_and_ends_with_its_cosignature() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let data = home.join("data");
    let key = commissioned(home);
    let Some(mut serving) = witness(&home.join("w"), key.trim()) else {
        return;
    };
    let mut rig = Rig::start(&data, &serving);
    rig.grow(3);
    serving.process.kill().unwrap();
    serving.process.wait().unwrap();
    assert_eq!(rig.look(), None, "not at once");
    let alarm = rig.look().expect("an alarm");
    assert_eq!((alarm.code, alarm.is_active), (Code::WitnessFailed, true));
    assert!(alarm.message.contains("inspector key --plain"), "{alarm:?}");
    serving.process = Command::new(program().unwrap())
        .current_dir(home.join("w"))
        .args(["serve", "--config", "w.json"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut over = None;
    for _ in 0..1_500 {
        over = rig.look().filter(|change| !change.is_active);
        if over.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(over.expect("that it is over").code, Code::WitnessFailed);
    assert_eq!(rig.cosigned(), 1);
}

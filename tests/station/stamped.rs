//! Law 7, with somebody else's clock: a time-stamp authority that openssl is stamps checkpoints, and openssl verifies them.

use super::authority::{Authority, Does, done, shell};
use super::log::{record, start};
use super::served::{SIM, Station, home};
use inspector::adapters::web::{Asking, Web};
use inspector::clock::{Clock, SimulatedClock};
use inspector::control::outsiders::{Clients, Outsider};
use inspector::control::stamping::Stamper;
use inspector::ports::log::ResultLog;
use inspector::results::open;
use inspector::results::writer::Writer;
use inspector::settings::StationSettings;
use inspector::station::time::WallTime;
use inspector::telemetry::alarm::AlarmChange;
use inspector::telemetry::catalogue::Code;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub struct Rig {
    pub home: TempDir,
    pub settings: StationSettings,
    pub authority: Authority,
    pub clock: Arc<SimulatedClock>,
    pub log: Writer,
    pub stamper: Stamper,
}

pub fn settings(home: &Path, more: &str) -> StationSettings {
    let utc = "time_zone = \"UTC\"";
    let text = inspector::settings::DEFAULT.replacen("# time_zone = \"Asia/Shanghai\"", utc, 1);
    assert!(text.contains(utc), "the reference says how a zone is set");
    let text = format!("{text}\n{more}");
    StationSettings::parse(&home.join("station.toml"), &text).unwrap()
}

/// Noon of 2026-11-24, in UTC.
pub const NOON: WallTime = WallTime(1_795_521_600_000_000);

pub fn rig(more: &str) -> Rig {
    let home = tempfile::tempdir().unwrap();
    let authority = Authority::start(home.path().join("tsa"));
    let more = format!("[proof]\ntimestamp_url = {:?}\n{more}", authority.url);
    let settings = settings(home.path(), &more);
    let clock = Arc::new(SimulatedClock::new(NOON));
    std::fs::create_dir(home.path().join("data")).unwrap();
    let (log, _) = start(&home.path().join("data"));
    Rig {
        stamper: stamper(&settings, &log, &clock, WAITS),
        settings,
        home,
        authority,
        clock,
        log,
    }
}

/// For openssl on a machine that does much else.
const WAITS: Duration = Duration::from_secs(120);

/// One that waits so long for an answer.
fn stamper(
    settings: &StationSettings,
    log: &Writer,
    clock: &Arc<SimulatedClock>,
    waits: Duration,
) -> Stamper {
    assert!(Clients::open(&settings.proof).unwrap().timestamp.is_some());
    let server = settings.proof.timestamp.as_ref().unwrap();
    let asking = Asking {
        timeout: waits,
        ca: (None, ""),
        proxy: (server.proxy.as_deref(), ""),
    };
    let web = Web::open(&server.url, asking).unwrap();
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    Stamper::new((web, server.every), settings, log, &clock)
}

impl Rig {
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub fn count(&self, sql: &str) -> i64 {
        let log = Connection::open(open::database(&self.data())).unwrap();
        log.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub fn stamps(&self) -> i64 {
        self.count("select count(*) from event where code = 'checkpoint_stamped'")
    }

    /// Part `number` is recorded, and signed.
    pub fn record(&mut self, number: u64) {
        self.log.append(&[record(number)]).unwrap();
        self.sign();
    }

    pub fn sign(&self) {
        let leaves = self.count("select max(seq) from feed");
        self.log.sign();
        // Not for ever: a test that hangs is ended by the runner, which does not say why.
        for _ in 0..12_000 {
            if self.count("select coalesce(max(size), 0) from checkpoint") >= leaves {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{leaves} leaves are not signed");
    }

    pub fn look_after(&mut self, seconds: u64) -> Option<AlarmChange> {
        let at = self.clock.now() + Duration::from_secs(seconds);
        self.clock.advance_to(at);
        let mut changes = self.stamper.look();
        assert!(changes.len() < 2, "{changes:?}");
        changes.pop()
    }
}

fn verified(home: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inspector"));
    let output = command.current_dir(home).arg("verify").args(args).output();
    let output = output.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn a_stamp_is_asked_for_when_there_is_something_new_and_not_more_often() {
    let mut rig = rig("timestamp_every_min = 30\n");
    rig.record(1);
    assert_eq!((rig.look_after(0), rig.stamps()), (None, 1));
    // What the stamp itself is is signed, and nothing to be stamped.
    rig.sign();
    assert_eq!((rig.look_after(1_900), rig.stamps()), (None, 1));
    rig.record(2);
    assert_eq!((rig.look_after(5), rig.stamps()), (None, 2));
    rig.record(3);
    assert_eq!((rig.look_after(1_700), rig.stamps()), (None, 2), "not yet");
    assert_eq!((rig.look_after(101), rig.stamps()), (None, 3));
}

#[test]
fn openssl_verifies_the_stamp_of_an_audit_pack_and_what_is_changed_in_it_is_found() {
    let mut rig = rig("");
    rig.record(1);
    assert_eq!((rig.look_after(0), rig.stamps()), (None, 1));
    rig.log.append(&[record(2)]).unwrap();
    rig.log.finish(WallTime(NOON.0 + 1), 2).unwrap();
    let Rig {
        home,
        authority,
        log,
        stamper,
        ..
    } = rig;
    drop((log, stamper));
    let home = home.path();
    let (code, said) = verified(home, &["--data", "data"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("stamped    1 times, the newest over "),
        "{said}"
    );
    assert!(said.contains(" by A plant, Its clock"), "{said}");

    let program = env!("CARGO_BIN_EXE_inspector");
    done(
        home,
        &format!("{program} export --data data --format pack --pictures none --out pack"),
    );
    let pack = home.join("pack");
    std::fs::copy(authority.folder.join("tsa.pem"), home.join("TSA.pem")).unwrap();
    let readme = std::fs::read_to_string(pack.join("README.txt")).unwrap();
    const VERIFY: &str = "openssl ts -verify -in stamp.tsr -data stamp.checkpoint -CAfile TSA.pem";
    assert!(readme.contains(VERIFY), "{readme}");
    let guide = std::fs::read_to_string("docs/guide/audit.md").unwrap();
    assert!(guide.contains(VERIFY), "the guide says it otherwise");
    let verify = VERIFY.replace("TSA.pem", "../TSA.pem");
    done(&pack, &verify);
    let (code, said) = verified(home, &["--proofs", "pack"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stamped    over "), "{said}");
    consistent(&pack);

    let stamped = std::fs::read_to_string(pack.join("stamp.checkpoint")).unwrap();
    for (file, from, to) in [
        ("stamp.checkpoint", "\u{2014} ", "\u{2014}  "),
        (
            "stamp.consistency",
            "=\n",
            "=\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        ),
    ] {
        let path = pack.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let (code, said) = verified(home, &["--proofs", "pack"]);
        assert_eq!(code, Some(8), "{file}: {said}");
        std::fs::write(&path, text).unwrap();
    }
    std::fs::write(pack.join("stamp.checkpoint"), stamped + "\n").unwrap();
    assert!(!shell(&pack, &verify).status.success());
    std::fs::remove_file(pack.join("stamp.tsr")).unwrap();
    let (code, said) = verified(home, &["--proofs", "pack"]);
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("stamp.tsr: is missing"), "{said}");
}

/// What was stamped grew into the checkpoint, says a program that is not ours.
fn consistent(pack: &Path) {
    let Some(aics) = std::env::var_os("INSPECTOR_AICS_TLOG").filter(|path| !path.is_empty()) else {
        eprintln!("SKIPPED: needs aics-tlog, as in `make test`");
        return;
    };
    let lines = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(pack.join(name)).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    let (old, new) = (lines("stamp.checkpoint"), lines("checkpoint"));
    let run = |old_root: &str| {
        let mut command = Command::new(&aics);
        command.current_dir(pack).args([
            "verify-consistency",
            "--old-size",
            &old[1],
            "--old-root",
            old_root,
            "--new-size",
            &new[1],
            "--new-root",
            &new[2],
            "--proof",
            "stamp.consistency",
        ]);
        command.output().unwrap()
    };
    let output = run(&old[2]);
    assert!(output.status.success(), "{output:?}");
    assert!(!run(&new[2]).status.success());
}

#[test]
fn a_server_that_does_not_stamp_is_an_alarm_after_a_while_and_is_asked_again() {
    let mut rig = rig("");
    rig.record(1);
    for does in [Does::Babbles, Does::Refuses, Does::IsBusy] {
        rig.authority.now(does);
        assert_eq!(rig.look_after(40), None, "{does:?}");
    }
    // One that hangs is waited for so long and no longer.
    rig.authority.now(Does::Hangs);
    let mut short = stamper(
        &rig.settings,
        &rig.log,
        &rig.clock,
        Duration::from_millis(300),
    );
    assert_eq!(short.look(), []);
    assert_eq!(rig.stamps(), 0);
    rig.authority.now(Does::StampsAnother);
    let alarm = rig.look_after(600).expect("an alarm");
    assert_eq!((alarm.code, alarm.is_active), (Code::StampingFailed, true));
    assert!(
        alarm.message.contains("found one over"),
        "{}",
        alarm.message
    );
    for (does, said) in [
        (Does::Refuses, "refuses with status 02"),
        (Does::Babbles, "\"<html>welcome"),
        (Does::IsBusy, "status 503"),
    ] {
        rig.authority.now(does);
        let alarm = rig.look_after(600).expect("an alarm");
        assert!(alarm.message.contains(said), "{}", alarm.message);
        assert!(alarm.message.contains("proof.timestamp_url"));
    }
    assert_eq!(rig.stamps(), 0);
    rig.authority.now(Does::Stamps);
    let over = rig.look_after(600).expect("that it is over");
    assert!(!over.is_active);
    assert_eq!(rig.stamps(), 1);
}

#[test]
fn a_stamp_that_is_of_another_checkpoint_is_found() {
    let mut rig = rig("");
    rig.record(1);
    rig.look_after(0);
    rig.record(2);
    rig.look_after(4_000);
    assert_eq!(rig.stamps(), 2);
    let Rig { home, log, .. } = rig;
    log.finish(WallTime(NOON.0 + 1), 2).unwrap();
    drop(log);
    let swap = "create temp table token as select id, json_extract(details, '$.token') as token from event
            where code = 'checkpoint_stamped';
        update event set details = json_set(details, '$.token', (select token from token where token.id <> event.id))
        where code = 'checkpoint_stamped';";
    let database = open::database(&home.path().join("data"));
    Connection::open(database)
        .unwrap()
        .execute_batch(swap)
        .unwrap();
    let (code, said) = verified(home.path(), &["--data", "data"]);
    assert_eq!(code, Some(8), "{said}");
    let found = said.matches("expected a stamp over SHA-256").count();
    assert_eq!(found, 2, "{said}");
}

/// Runs a station, which no proxy of the environment leads elsewhere, and says whether the end of its job was stamped.
fn stamped_at_its_end(home: &Path) -> bool {
    let mut program = Command::new(env!("CARGO_BIN_EXE_inspector"));
    for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        program.env(name, "http://127.0.0.1:9");
    }
    let station = Station::start_by(home, program);
    station.until("/api/status", |status| {
        status["counts"]["parts"].as_u64() > Some(2)
    });
    station.stop();
    let log = Connection::open(open::database(&home.join("data"))).unwrap();
    let stamped = "select coalesce(max(cast(json_extract(details, '$.size') as integer)), 0)
         >= (select max(seq) from feed where kind = 8) from event where code = 'checkpoint_stamped'";
    log.query_row(stamped, [], |row| row.get(0)).unwrap()
}

#[test]
fn the_last_checkpoint_of_a_job_is_stamped_when_the_station_stops() {
    let tsa = tempfile::tempdir().unwrap();
    let authority = Authority::start(tsa.path().join("tsa"));
    let home = home(&format!(
        "{SIM}[proof]\ntimestamp_url = {:?}\n",
        authority.url
    ));
    // A station does not wait for ever for the last stamp, and openssl may take longer on a machine that does much else.
    let is_stamped = (0..5).any(|_| stamped_at_its_end(home.path()));
    assert!(is_stamped, "no job's end was stamped before the next start");
    let (code, said) = verified(home.path(), &["--data", "data"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(" by A plant, Its clock"), "{said}");
}

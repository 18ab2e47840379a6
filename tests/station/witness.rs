//! A witness that is not ours (`aics-witness`, c2sp.org/tlog-witness), and a log for which it is asked.

use super::log::{record, start};
use inspector::adapters::web::{Asking, Web};
use inspector::clock::{Clock, SimulatedClock};
use inspector::control::outsiders::{Clients, Outsider};
use inspector::control::witnessing::Witness;
use inspector::ports::log::ResultLog;
use inspector::results::open;
use inspector::results::writer::Writer;
use inspector::settings::StationSettings;
use inspector::station::time::WallTime;
use inspector::telemetry::alarm::AlarmChange;
use rusqlite::Connection;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

pub fn ran(folder: &Path, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.current_dir(folder).args(args).output().unwrap()
}

pub fn said(folder: &Path, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> String {
    let output = ran(folder, program, args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The witness runs until this is dropped.
pub struct Serving {
    pub process: Child,
    url: String,
    pub key: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn program() -> Option<PathBuf> {
    let aics = std::env::var_os("INSPECTOR_AICS_TLOG").filter(|path| !path.is_empty());
    if aics.is_none() {
        eprintln!("SKIPPED: needs aics-witness, as in `make test`");
    }
    Some(Path::new(&aics?).with_file_name("aics-witness"))
}

pub fn served(folder: &Path) -> Child {
    Command::new(program().unwrap())
        .current_dir(folder)
        .args(["serve", "--config", "w.json"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A witness that knows the log of this key. Another program may take the port that was free: then it is tried with another.
pub fn witness(folder: &Path, log: &str) -> Option<Serving> {
    program()?;
    let found = (0..10).find_map(|_| {
        let _ = std::fs::remove_dir_all(folder);
        tried(folder, log)
    });
    Some(found.expect("a witness that serves"))
}

fn tried(folder: &Path, log: &str) -> Option<Serving> {
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
    let url = format!("http://{address}");
    let process = served(folder);
    let mut serving = Serving { process, url, key };
    for _ in 0..1_500 {
        if serving.process.try_wait().unwrap().is_some() {
            return None;
        }
        if TcpStream::connect(&address).is_ok() {
            return Some(serving);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    None
}

/// A log that runs, and who asks the witness for it.
pub struct Rig {
    data: PathBuf,
    clock: Arc<SimulatedClock>,
    pub log: Writer,
    witness: Witness,
    pub parts: u64,
}

impl Rig {
    pub fn start(data: &Path, serving: &Serving) -> Self {
        Self::asking(data, &serving.url, &serving.key)
    }

    /// Asks whoever is at this address.
    pub fn asking(data: &Path, url: &str, key: &str) -> Self {
        let clock = Arc::new(SimulatedClock::new(WallTime(9)));
        let (log, _) = start(data);
        let text = format!(
            "{}\n[[proof.witness]]\nurl = {:?}\nkey = {:?}\n",
            inspector::settings::DEFAULT,
            url,
            key
        );
        let file = data.parent().unwrap().join("station.toml");
        let mut settings = StationSettings::parse(&file, &text).unwrap();
        settings.data = data.to_owned();
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let (key, _) = Clients::open(&settings.proof).unwrap().witnesses.remove(0);
        // Longer than a station waits: the machine may do much else.
        let asking = Asking {
            timeout: Duration::from_secs(120),
            ca: (None, ""),
            proxy: (None, ""),
        };
        let web = Web::open(&format!("{url}/add-checkpoint"), asking).unwrap();
        let witness = Witness::new((key, web), &settings, &log, &shared);
        Self {
            data: data.to_owned(),
            clock,
            log,
            witness,
            parts: 0,
        }
    }

    /// So many parts are recorded and signed.
    pub fn grow(&mut self, parts: u64) {
        for _ in 0..parts {
            self.parts += 1;
            self.log.append(&[record(self.parts)]).unwrap();
        }
        self.sign();
    }

    /// Everything that was recorded is signed.
    pub fn sign(&self) {
        let log = Connection::open(open::database(&self.data)).unwrap();
        let count = |sql: &str| -> i64 { log.query_row(sql, [], |row| row.get(0)).unwrap() };
        let leaves = count("select max(seq) from feed");
        self.log.sign();
        for _ in 0..6_000 {
            if count("select coalesce(max(size), 0) from checkpoint") >= leaves {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{leaves} leaves are not signed");
    }

    pub fn look(&mut self) -> Vec<AlarmChange> {
        let at = self.clock.now() + Duration::from_secs(600);
        self.clock.advance_to(at);
        self.witness.look()
    }

    /// Asks until so many checkpoints are cosigned, without an alarm.
    pub fn until_cosigned(&mut self, count: i64) {
        for _ in 0..100 {
            assert_eq!(self.look(), [], "no alarm");
            if self.cosigned() == count {
                return;
            }
        }
        panic!("{} checkpoints of {count} are cosigned", self.cosigned());
    }

    /// How many checkpoints of the log have a cosignature.
    pub fn cosigned(&self) -> i64 {
        let log = Connection::open(open::database(&self.data)).unwrap();
        let sql = "select count(*) from checkpoint where note like '%w.example/one%'";
        log.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub fn stop(self) {
        self.log.finish(WallTime(20), self.parts).unwrap();
    }
}

pub fn copied(from: &Path, to: &Path) {
    let args = ["-r", from.to_str().unwrap(), to.to_str().unwrap()];
    said(Path::new("/"), "cp", &args);
}

/// Makes the data folder's key, and gives what a witness is given of it.
pub fn commissioned(home: &Path) -> String {
    let inspector = env!("CARGO_BIN_EXE_inspector");
    std::fs::create_dir(home.join("data")).unwrap();
    said(home, inspector, &["key", "new", "--data", "data"]);
    said(home, inspector, &["key", "--plain", "--data", "data"])
}

//! A station that runs and answers over its port, for tests that use it as the page does.

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Only a bound on waiting.
const WAIT: Duration = Duration::from_millis(200);
const WAITS_MAX: usize = 1_500;

pub struct Station {
    process: Child,
    /// Where it is asked: an address of this machine, and a port.
    pub address: String,
}

/// Shows that the demo's model answers on this machine as it should, as `make demo` does.
pub fn accept_demo() {
    accept(Path::new("models/assets/demo"));
}

fn accept(bundle: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["model", "accept"])
        .arg(bundle)
        .output();
    let output = output.expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
}

/// A bundle without what was written down about it on this machine: tests beside this one may be writing that.
pub fn copy_bundle(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("a bundle") {
        let entry = entry.expect("an entry");
        if ["accepted", "tuned"]
            .iter()
            .any(|note| entry.file_name() == *note)
        {
            continue;
        }
        let done = Command::new("cp")
            .arg("-r")
            .arg(entry.path())
            .arg(to)
            .status();
        assert!(done.expect("cp runs").success());
    }
}

/// The same, accepted.
pub fn copy_accepted(from: &Path, to: &Path) {
    copy_bundle(from, to);
    accept(to);
}

impl Station {
    pub fn start(home: &Path) -> Self {
        Self::start_by(home, Command::new(env!("CARGO_BIN_EXE_inspector")))
    }

    /// Where files cannot grow beyond so many kibibytes, as on a disk that is full.
    pub fn start_where_files_end_at(home: &Path, kibibytes: u32) -> Self {
        let mut shell = Command::new("bash");
        // An ignored signal stays ignored, and the write fails instead.
        let script = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_inspector")]);
        Self::start_by(home, shell)
    }

    #[allow(dead_code, reason = "as above")]
    pub fn start_by(home: &Path, program: Command) -> Self {
        Self::start_at(home, program, "127.0.0.1")
    }

    #[allow(dead_code, reason = "some programs of tests have no use for it")]
    /// Where all addresses of this machine are listened to.
    pub fn start_for_the_network(home: &Path) -> Self {
        Self::start_at(
            home,
            Command::new(env!("CARGO_BIN_EXE_inspector")),
            "0.0.0.0",
        )
    }

    #[allow(dead_code, reason = "as above")]
    /// One that another program started, which ends it when it is told to end.
    pub fn of(process: Child, address: String) -> Self {
        Self { process, address }
    }

    fn start_at(home: &Path, mut program: Command, listen: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address").to_string();
        let listen = format!("{listen}:{}", free.local_addr().expect("an address").port());
        drop(free);
        let process = program
            .args(["run", "--listen", &listen, "--settings"])
            .arg(home.join("station.toml"))
            .stdout(Stdio::null())
            .spawn()
            .expect("it runs");
        let station = Self { process, address };
        for _ in 0..WAITS_MAX {
            if TcpStream::connect(&station.address).is_ok() {
                return station;
            }
            std::thread::sleep(WAIT);
        }
        panic!("the station does not answer");
    }

    /// Status and body.
    pub fn ask_bytes(&self, method: &str, path: &str, body: &Value) -> (u16, Vec<u8>) {
        let body = body.to_string();
        self.send(method, path, "application/json", body.as_bytes())
    }

    /// Status and body of the answer to any bytes.
    pub fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, Vec<u8>) {
        self.try_send(method, path, kind, body).expect("an answer")
    }

    /// `None` where nobody answers, as when the station was killed.
    fn try_send(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> Option<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        // In one piece: an answer that comes before a body that was sent apart would reset the connection.
        let mut whole = request.into_bytes();
        whole.extend(body);
        // It may answer, and hang up, before it has read all of a body that is too long.
        let _ = stream.write_all(&whole);
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).ok()?;
        let end = reply.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&reply[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, reply[end + 4..].to_vec()))
    }

    /// As [`Station::ask`], of a station that may be killed meanwhile.
    pub fn try_ask(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let body = body.to_string();
        let (status, body) = self.try_send(method, path, "application/json", body.as_bytes())?;
        Some((status, serde_json::from_slice(&body).ok()?))
    }

    pub fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (status, body) = self.ask_bytes(method, path, body);
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Uploads a file into the lesson.
    pub fn upload(&self, lesson: &Value, kind: &str, name: &str, file: &[u8]) -> (u16, Value) {
        let path = format!("/api/teaching/{lesson}/files?kind={kind}&name={name}");
        let (status, body) = self.send("POST", &path, "application/octet-stream", file);
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The lesson, as soon as nothing goes on.
    pub fn settled(&self) -> Value {
        let is_settled = |lesson: &Value| {
            let phase = lesson["phase"].as_str();
            phase == Some("collected") || phase == Some("taught")
        };
        self.until("/api/teaching", |body| is_settled(&body["lesson"]))["lesson"].clone()
    }

    pub fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..WAITS_MAX {
            last = self.get(path);
            if is_so(&last) {
                return last;
            }
            std::thread::sleep(WAIT);
        }
        panic!("waited in vain at {path}: {last}");
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn stop(mut self) {
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let ended = self.process.wait().expect("it ends");
        assert!(ended.success(), "{ended:?}");
    }

    #[allow(
        dead_code,
        reason = "the hostile tests, which share this file, do not use it"
    )]
    /// Its exit code, when it has ended by itself.
    pub fn wait(mut self) -> Option<i32> {
        self.process.wait().expect("it ends").code()
    }

    pub fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("it ends");
    }
}

/// A failed test leaves no station behind.
impl Drop for Station {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A recipe by which one model judges what the camera "top" sees, rejecting above this score.
#[allow(dead_code, reason = "some programs of tests have no use for it")]
pub fn recipe(home: &Path, style: &str, model: &str, reject_above: f32) {
    let folder = home.join("recipes").join(style);
    std::fs::create_dir_all(&folder).expect("a folder");
    let recipe = format!(
        "[recipe]\nauthor = \"a\"\nreason = \"r\"\ncreated = \"2026-01-01T00:00:00Z\"\n\
         [[view]]\nname = \"top\"\ncamera = \"top\"\nmodel = {model:?}\nreject_above = {reject_above}\n"
    );
    std::fs::write(folder.join("1.toml"), recipe).expect("written");
}

/// Three flat pictures, of which the demo's model takes one for good; their folder.
#[allow(dead_code, reason = "as above")]
pub fn flat_pictures(home: &Path) -> std::path::PathBuf {
    let pictures = home.join("pictures");
    std::fs::create_dir_all(&pictures).expect("a folder");
    for grey in [60_u8, 120, 180] {
        let picture = image::RgbImage::from_pixel(320, 240, image::Rgb([grey; 3]));
        let file = pictures.join(format!("{grey}.png"));
        picture.save(file).expect("written");
    }
    pictures
}

/// A small simulated line without defects: brackets and caps, recipes for brackets only.
pub fn home(more: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    copy_accepted(
        Path::new("models/assets/demo"),
        &home.path().join("models/demo"),
    );
    copy_bundle(
        Path::new("inspector/demo/recipes/bracket"),
        &home.path().join("recipes/bracket"),
    );
    let settings = format!(
        "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = \"models\"\n\
         [timing]\npitch_ms_min = 200\ndecide_by_ms = 2500\nframe_window_ms = 80\n\
         [trigger]\nsource = \"sim\"\n\
         [ejector]\nkind = \"sim\"\nresting = \"energise-to-accept\"\nhold_ms = 100\n\
         [[camera]]\nname = \"top\"\nkind = \"sim\"\n\
         [images]\nkeep_passes = 1.0\n{more}"
    );
    std::fs::write(home.path().join("station.toml"), settings).expect("written");
    home
}

pub const SIM: &str = "[sim]\nwidth = 320\nheight = 240\ndefect_rate = 0.0\npitch_ms = 300\njitter_ms = 0\n\
     styles = [\"bracket\", \"cap\"]\n";

pub fn begin(style: &str, wanted: u32, source: &str) -> Value {
    json!({"camera": "top", "style": style, "only_passes": false, "author": "Li", "wanted": wanted,
        "source": source})
}

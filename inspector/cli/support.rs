//! `inspector support-bundle`: what somebody needs to help who was not there.
//!
//! Reads files and asks the running station, where one runs; changes nothing, and works when the station does not.
//! Passwords, tokens and keys in the settings are left out, and so are pictures and the result log. The log's lines name
//! rejected parts.

use super::asking::asked;
use super::{StationArgs, load_settings};
use crate::adapters::web::{LEFT_OUT, is_secret, shown};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::results::reader::Reader;
use crate::settings::StationSettings;
use crate::telemetry::file;
use std::fs::File;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Arguments of `inspector support-bundle`.
#[derive(clap::Args)]
pub struct SupportArgs {
    #[command(flatten)]
    station: StationArgs,
    /// Where the station serves its page, instead of http.listen.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Where to write; inspector-support-<time>.zip in this folder by default. Never over a file that is there.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What the running station is asked, and the file that its answer becomes.
const QUESTIONS: [(&str, &str); 5] = [
    ("/api/status", "station/status.json"),
    ("/ready", "station/ready.json"),
    ("/metrics", "station/metrics.txt"),
    ("/api/line", "station/line.json"),
    ("/api/recipes", "station/recipes.json"),
];
/// Recorded alarms that go in, newest first.
const ALARMS_MAX: u32 = 500;
/// What the system says of itself.
const SYSTEM: [&str; 5] = [
    "/etc/os-release",
    "/proc/version",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/mounts",
];

/// Writes the bundle, and says what is in it and what could not be had.
pub fn support(args: &SupportArgs) -> Result<(), Error> {
    let mut settings = load_settings(&args.station)?;
    settings.http.listen = args.listen.unwrap_or(settings.http.listen);
    let now = jiff::Timestamp::from_microsecond(SystemClock.wall().0).unwrap_or_default();
    let name = format!("inspector-support-{}.zip", now.strftime("%Y%m%d-%H%M%S"));
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(name));
    let failed = |error: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Storage, format!("{}: {error}", out.display()))
    };
    let file = File::options().write(true).create_new(true).open(&out);
    let mut bundle = Bundle {
        zip: ZipWriter::new(file.map_err(|error| failed(&error))?),
        missing: Vec::new(),
    };
    bundle
        .put_all(&settings, &now.to_string())
        .map_err(|error| failed(&error))?;
    for missing in &bundle.missing {
        say!("without    {missing}");
    }
    bundle.zip.finish().map_err(|error| failed(&error))?;
    say!("wrote      {}", out.display());
    Ok(())
}

struct Bundle {
    zip: ZipWriter<File>,
    /// What could not be had, and why.
    missing: Vec<String>,
}

impl Bundle {
    fn put_all(&mut self, settings: &StationSettings, now: &str) -> io::Result<()> {
        let version = env!("CARGO_PKG_VERSION");
        let about = format!(
            "inspector {version}\nmade {now}\nstation {}\n",
            settings.name
        );
        self.put("about.txt", about.as_bytes())?;
        match std::fs::read_to_string(&settings.file).map(|text| without_secrets(&text)) {
            Ok(Ok(text)) => self.put("station.toml", text.as_bytes())?,
            Ok(Err(error)) => self.without(&settings.file.display(), &error),
            Err(error) => self.without(&settings.file.display(), &error),
        }
        for path in file::files(&file::folder_in(&settings.data)) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            match std::fs::read(&path) {
                Ok(text) => self.put(&format!("log/{name}"), &text)?,
                // Not every one of them is there.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.without(&path.display(), &error),
            }
        }
        match alarms(&settings.data) {
            Ok(text) => self.put("alarms.json", text.as_bytes())?,
            Err(error) => self.without(&"recorded alarms", &error),
        }
        for (path, name) in QUESTIONS {
            match asked(settings, settings.http.listen, path) {
                Ok(answer) => self.put(name, &answer)?,
                Err(error) => self.without(&format_args!("{path} of the running station"), &error),
            }
        }
        for path in SYSTEM {
            match std::fs::read(path) {
                Ok(text) => self.put(&format!("system{path}"), &text)?,
                Err(error) => self.without(&path, &error),
            }
        }
        let disk = match rustix::fs::statvfs(&settings.data) {
            Ok(stat) => {
                let [free, size] =
                    [stat.f_bavail, stat.f_blocks].map(|blocks| blocks * stat.f_frsize);
                format!("{}: {free} of {size} bytes free\n", settings.data.display())
            }
            Err(error) => format!("{}: {error}\n", settings.data.display()),
        };
        self.put("system/disk.txt", disk.as_bytes())
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.zip
            .start_file(name, SimpleFileOptions::default())
            .map_err(io::Error::other)?;
        self.zip.write_all(bytes)
    }

    fn without(&mut self, what: &dyn std::fmt::Display, error: &dyn std::fmt::Display) {
        self.missing.push(format!("{what}: {error}"));
    }
}

fn alarms(data: &Path) -> Result<String, String> {
    let reader = Reader::open(data).map_err(|error| error.to_string())?;
    let alarms = reader.events(None, ALARMS_MAX);
    let alarms = alarms.map_err(|error| error.to_string())?;
    let alarms = alarms.into_iter().map(|alarm| {
        serde_json::json!({
            "id": alarm.id, "job": alarm.job, "at_us": alarm.at_us, "severity": alarm.severity,
            "kind": alarm.kind, "message": alarm.message,
        })
    });
    let alarms: Vec<serde_json::Value> = alarms.collect();
    serde_json::to_string_pretty(&alarms).map_err(|error| error.to_string())
}

/// The settings as TOML, with every value left out whose key speaks of a secret, and every password in an address.
fn without_secrets(text: &str) -> Result<String, toml::de::Error> {
    let mut table: toml::Table = toml::from_str(text)?;
    table.iter_mut().for_each(|(key, value)| clean(key, value));
    Ok(table.to_string())
}

fn clean(key: &str, value: &mut toml::Value) {
    match value {
        toml::Value::Table(table) => table.iter_mut().for_each(|(key, value)| clean(key, value)),
        toml::Value::Array(array) => array.iter_mut().for_each(|value| clean(key, value)),
        _ if is_secret(key) => *value = LEFT_OUT.into(),
        toml::Value::String(text) if text.contains("://") => *text = shown(text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn settings_go_in_without_their_secrets() {
        let text = "[mqtt]\nurl = \"mqtts://li:geheim@broker:8883/x\"\npassword = \"geheim\"\nkeep_alive_s = 5\n\
                    [[camera]]\nname = \"top\"\napi-token = \"geheim\"\ntls_key = [\"geheim\"]\nmonkey = \"no secret\"\n";
        let cleaned = without_secrets(text).expect("TOML");
        assert!(!cleaned.contains("geheim"), "{cleaned}");
        for kept in [
            "broker:8883/x",
            "keep_alive_s = 5",
            "name = \"top\"",
            "no secret",
        ] {
            assert!(cleaned.contains(kept), "{kept}: {cleaned}");
        }
    }
}

//! The station's own end of TLS: certificate and key from files, which are read again when they change, or made here.

mod ends;
mod made;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::hash;
use crate::settings::station::{HttpSettings, TlsSettings};
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use crate::tell;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So long before its end a certificate is told of, every day.
const TOLD_BEFORE_US: i64 = 30 * DAY_US;
const DAY_US: i64 = 86_400_000_000;

/// Which files they were when they were looked at.
type Stamps = [Option<(u64, u64, i64, i64)>; 2];

/// See the module.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    /// Names of a certificate that is made here.
    made_for: Option<Vec<String>>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    config: Arc<ServerConfig>,
    stamps: Stamps,
    ends: Option<WallTime>,
    /// When somebody was told that it ends.
    told_at: Option<WallTime>,
}

/// What was read.
struct Pair {
    config: Arc<ServerConfig>,
    ends: Option<WallTime>,
    sha256: String,
}

impl Tls {
    /// Reads what the settings name, or makes it where they name nothing; `None` where the page is served without TLS.
    ///
    /// # Errors
    /// Where the files cannot be read, do not belong together, or others can read the key.
    pub fn open(
        settings: &HttpSettings,
        data: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<Self>>, Error> {
        let (certificate, key, made_for) = match &settings.tls {
            TlsSettings::Off => return Ok(None),
            TlsSettings::Own { certificate, key } => (certificate.clone(), key.clone(), None),
            TlsSettings::Made => {
                let (certificate, key) = made::files(data);
                (certificate, key, Some(made::names(settings)))
            }
        };
        if let Some(names) = &made_for
            // Where the power went between the two files, they do not belong together.
            && (read(&certificate, &key).is_err()
                || !made::is_good(&certificate, names, clock.wall()))
        {
            made::make(&certificate, &key, names, clock.wall())?;
        }
        let stamps = stamps(&certificate, &key);
        let pair = read(&certificate, &key)?;
        tell_taken(&certificate, &pair);
        Ok(Some(Arc::new(Self {
            certificate,
            key,
            made_for,
            clock,
            state: Mutex::new(State {
                config: pair.config,
                stamps,
                ends: pair.ends,
                told_at: None,
            }),
        })))
    }

    /// What the next connection is served with.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.state().config)
    }

    /// Takes the files where they are others, and makes another certificate where the one that was made here ends soon.
    /// May wait for the disk.
    pub fn refresh(&self) {
        let wall = self.clock.wall();
        if let Some(names) = &self.made_for
            && made::is_due(self.state().ends, wall)
            && let Err(error) = made::make(&self.certificate, &self.key, names, wall)
        {
            self.tell_once_a_day(wall, &format!("no other certificate was made: {error}"));
        }
        let stamps = stamps(&self.certificate, &self.key);
        if stamps != self.state().stamps {
            match read(&self.certificate, &self.key) {
                Ok(pair) => {
                    tell_taken(&self.certificate, &pair);
                    let mut state = self.state();
                    (state.config, state.ends, state.told_at) = (pair.config, pair.ends, None);
                }
                Err(error) => tell!(
                    Code::CertificateUnreadable,
                    "the certificate that was read before stays in use: {error}"
                ),
            }
            self.state().stamps = stamps;
        }
        let ends = self.state().ends;
        if let Some(ends) = ends.filter(|ends| ends.0 - wall.0 < TOLD_BEFORE_US) {
            let file = self.certificate.display();
            self.tell_once_a_day(wall, &format!("{file}: it ends at {}", shown(ends)));
        }
    }

    fn tell_once_a_day(&self, wall: WallTime, message: &str) {
        let told_at = &mut self.state().told_at;
        if told_at.is_none_or(|at| wall.0 - at.0 >= DAY_US) {
            *told_at = Some(wall);
            tell!(Code::CertificateEnds, "{message}");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The station's own certificate, where its page is served with TLS.
///
/// # Errors
/// Where it cannot be read.
pub fn certificate(
    settings: &HttpSettings,
    data: &Path,
) -> Result<Option<CertificateDer<'static>>, Error> {
    let file = match &settings.tls {
        TlsSettings::Off => return Ok(None),
        TlsSettings::Made => made::files(data).0,
        TlsSettings::Own { certificate, .. } => certificate.clone(),
    };
    CertificateDer::from_pem_file(&file)
        .map(Some)
        .map_err(|error| {
            let message = format!("{}: expected a certificate in PEM: {error}", file.display());
            Error::new(ErrorKind::Settings, message)
        })
}

fn tell_taken(file: &Path, pair: &Pair) {
    let ends = pair.ends.map_or_else(|| "unknown".to_owned(), shown);
    tell!(
        Code::CertificateTaken,
        sha256 = pair.sha256,
        ends,
        "{}: the certificate of the page, SHA-256 {}, until {ends}",
        file.display(),
        pair.sha256
    );
}

fn shown(at: WallTime) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn stamps(certificate: &Path, key: &Path) -> Stamps {
    [certificate, key].map(|path| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.ino(), found.size(), found.ctime(), found.ctime_nsec()))
    })
}

fn read(certificate: &Path, key: &Path) -> Result<Pair, Error> {
    let wrong = |path: &Path, why: String| {
        Error::new(ErrorKind::Settings, format!("{}: {why}", path.display()))
    };
    let found = std::fs::metadata(key).map_err(|error| wrong(key, error.to_string()))?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        let why = format!(
            "expected a key that only its owner or its group can read (mode 600 or 640), found mode {mode:03o}; if \
             somebody may have copied it, get another"
        );
        return Err(wrong(key, why));
    }
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| {
            let why = format!("expected certificates in PEM, the station's own first: {error}");
            wrong(certificate, why)
        })?;
    let Some(first) = chain.first() else {
        let why = "expected certificates in PEM, the station's own first; found none";
        return Err(wrong(certificate, why.to_owned()));
    };
    let (ends, sha256) = (ends::of(first), hash::sha256(first));
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| wrong(key, format!("expected a private key in PEM: {error}")))?;
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Internal, error))?
        .with_no_client_auth()
        .with_single_cert(chain, private);
    let mut config = config.map_err(|error| {
        let why = format!("expected the key of {}: {error}", certificate.display());
        wrong(key, why)
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Pair {
        config: Arc::new(config),
        ends,
        sha256,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;
    use std::fs::Permissions;
    use std::net::SocketAddr;
    use std::time::Duration;

    const NOW: WallTime = WallTime(1_800_000_000_000_000);

    fn open(settings: &HttpSettings, data: &Path, wall: WallTime) -> Result<Arc<Tls>, Error> {
        let clock = Arc::new(SimulatedClock::new(wall));
        Tls::open(settings, data, clock).map(|tls| tls.expect("it is on"))
    }

    fn page() -> HttpSettings {
        HttpSettings {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            hosts: Vec::new(),
            insecure_because: None,
            session_idle: Duration::from_secs(60),
            session_max: Duration::from_secs(60),
            tls: TlsSettings::Off,
        }
    }

    fn made() -> HttpSettings {
        HttpSettings {
            hosts: vec!["station3.local".to_owned()],
            tls: TlsSettings::Made,
            ..page()
        }
    }

    fn own(data: &Path) -> HttpSettings {
        let (certificate, key) = made::files(data);
        HttpSettings {
            tls: TlsSettings::Own { certificate, key },
            ..page()
        }
    }

    #[test]
    fn a_certificate_is_made_once_and_again_before_it_ends() {
        let data = tempfile::tempdir().expect("a folder");
        let (certificate, key) = made::files(data.path());
        let first = open(&made(), data.path(), NOW).expect("made");
        let text = std::fs::read_to_string(&certificate).expect("a certificate");
        let mode = |path: &Path| std::fs::metadata(path).expect("one").permissions().mode() & 0o777;
        assert_eq!(mode(&key), 0o600);
        let ends = first.state().ends.expect("it says when");
        let days = (ends.0 - NOW.0) / DAY_US;
        assert!((800..=825).contains(&days), "{days}");
        open(&made(), data.path(), NOW).expect("the same");
        assert_eq!(std::fs::read_to_string(&certificate).expect("one"), text);
        let soon = WallTime(ends.0 - 20 * DAY_US);
        let next = open(&made(), data.path(), soon).expect("another");
        assert!(next.state().ends.expect("it says when").0 > ends.0);
        // The one that runs takes it.
        first.refresh();
        assert_eq!(first.state().ends, next.state().ends);
        let other = HttpSettings {
            hosts: vec!["station4.local".to_owned()],
            ..made()
        };
        let before = std::fs::read_to_string(&certificate).expect("one");
        open(&other, data.path(), soon).expect("for another name");
        assert_ne!(std::fs::read_to_string(&certificate).expect("one"), before);
    }

    #[test]
    fn files_that_are_none_or_do_not_belong_together_are_refused_and_change_nothing_while_it_runs()
    {
        let (data, other) = (
            tempfile::tempdir().expect("a folder"),
            tempfile::tempdir().expect("a folder"),
        );
        for folder in [&data, &other] {
            open(&made(), folder.path(), NOW).expect("made");
        }
        let (certificate, key) = made::files(data.path());
        let runs = open(&own(data.path()), data.path(), NOW).expect("a pair");
        let config = runs.config();
        std::fs::copy(made::files(other.path()).1, &key).expect("copied");
        let refused = |named: &str| {
            let refused = open(&own(data.path()), data.path(), NOW)
                .err()
                .expect("refused");
            let said = refused.to_string();
            assert!(said.contains(named) && said.contains("tls"), "{said}");
            runs.refresh();
            assert!(Arc::ptr_eq(&runs.config(), &config));
        };
        refused("expected the key of");
        std::fs::set_permissions(&key, Permissions::from_mode(0o604)).expect("set");
        refused("mode 604");
        std::fs::write(&certificate, "no certificate").expect("written");
        std::fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("set");
        refused("expected certificates in PEM");
        std::fs::copy(made::files(other.path()).0, &certificate).expect("copied");
        runs.refresh();
        assert!(!Arc::ptr_eq(&runs.config(), &config), "a pair again");
    }
}

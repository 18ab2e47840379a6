//! A certificate that the station makes for itself: nobody vouches for it, so whoever sees it first compares its SHA-256.

use super::ends;
use crate::control::private;
use crate::error::{Error, ErrorKind};
use crate::settings::station::HttpSettings;
use crate::station::time::WallTime;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::net::{IpAddr, UdpSocket};
use std::path::{Path, PathBuf};

const DAY_US: i64 = 86_400_000_000;
/// The longest that Apple's systems take.
const GOOD_FOR_DAYS: i64 = 824;
/// So long before its end another is made.
const MADE_BEFORE_US: i64 = 60 * DAY_US;

/// Where certificate and key lie.
pub fn files(data: &Path) -> (PathBuf, PathBuf) {
    let folder = data.join("tls");
    (folder.join("certificate.pem"), folder.join("key.pem"))
}

/// By which names and addresses this station is asked.
pub fn names(settings: &HttpSettings) -> Vec<String> {
    let mut names = settings.hosts.clone();
    names.push("localhost".to_owned());
    names.push("127.0.0.1".to_owned());
    let listen = settings.listen.ip();
    if listen.is_unspecified() {
        names.extend(own_address().map(|address| address.to_string()));
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        names.push(host.trim().to_lowercase());
    } else {
        names.push(listen.to_string());
    }
    names.retain(|name| !name.is_empty() && name.is_ascii());
    names.sort();
    names.dedup();
    names
}

/// By which this machine would send to others. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Of no machine (RFC 5737).
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Makes certificate and key.
///
/// # Errors
/// Where the disk or the system's random numbers fail.
pub fn make(certificate: &Path, key: &Path, names: &[String], wall: WallTime) -> Result<(), Error> {
    let failed = |error: rcgen::Error| {
        Error::new(ErrorKind::Internal, format!("make a certificate: {error}"))
    };
    let date = |at: i64| {
        let at = jiff::Timestamp::from_microsecond(at).unwrap_or_default();
        let day = at.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let part = |part: i8| u8::try_from(part).unwrap_or(1);
        date_time_ymd(day.year().into(), part(day.month()), part(day.day()))
    };
    let secret = KeyPair::generate().map_err(failed)?;
    let mut wanted = CertificateParams::new(names).map_err(failed)?;
    wanted.not_before = date(wall.0 - DAY_US);
    wanted.not_after = date(wall.0 + GOOD_FOR_DAYS * DAY_US);
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let name = names.first().map_or("inspector", String::as_str);
    wanted.distinguished_name.push(DnType::CommonName, name);
    let made = wanted.self_signed(&secret).map_err(failed)?;
    let folder = certificate.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        // The key first: a certificate without its key would be made again, one with another's would not be taken.
        .and_then(|()| private::write(folder, key, &secret.serialize_pem()))
        .and_then(|()| private::write(folder, certificate, &made.pem()))
        .map_err(|error| Error::new(ErrorKind::Storage, format!("{}: {error}", folder.display())))
}

/// Whether another is made now for one that ends then.
pub fn is_due(ends: Option<WallTime>, wall: WallTime) -> bool {
    ends.is_none_or(|ends| ends.0 - wall.0 <= MADE_BEFORE_US)
}

/// Whether it lasts, and was made for these names.
pub fn is_good(certificate: &Path, names: &[String], wall: WallTime) -> bool {
    let Ok(read) = CertificateDer::from_pem_file(certificate) else {
        return false;
    };
    !is_due(ends::of(&read), wall) && names.iter().all(|name| is_named(&read, name))
}

/// Names stand in a certificate as they are, addresses as their bytes.
fn is_named(certificate: &[u8], name: &str) -> bool {
    let has = |bytes: &[u8]| certificate.windows(bytes.len()).any(|some| some == bytes);
    match name.parse() {
        Ok(IpAddr::V4(address)) => has(&address.octets()),
        Ok(IpAddr::V6(address)) => has(&address.octets()),
        Err(_) => has(name.as_bytes()),
    }
}

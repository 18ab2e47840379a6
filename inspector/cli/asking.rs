//! Asking the station that runs on this computer, as its own user: with the token that it left in the data folder, and
//! where it is served with TLS, by its certificate, read from the same file.

use crate::control::accounts::own_token;
use crate::control::tls;
use crate::settings::StationSettings;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme,
    StreamOwned,
};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: u64 = 8 << 20;
const UNAUTHORIZED: &[u8] = b"401";

/// The body of the answer of the station that is served at `listen`, whatever its status.
///
/// # Errors
/// Where it does not answer, or does not let this user look.
pub fn asked(settings: &StationSettings, listen: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    let mut address = listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    let token = own_token(&settings.data);
    let token = token.map_or_else(String::new, |token| {
        format!("authorization: Bearer {token}\r\n")
    });
    let question = format!("GET {path} HTTP/1.0\r\nhost: {address}\r\n{token}\r\n");
    let certificate = tls::certificate(&settings.http, &settings.data);
    let mut reply = match certificate.map_err(io::Error::other)? {
        None => answered(stream, &question)?,
        Some(certificate) => {
            let name = ServerName::IpAddress(address.ip().into());
            let config = Arc::new(only(certificate)?);
            let tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
            answered(StreamOwned::new(tls, stream), &question)?
        }
    };
    let end = reply.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| io::Error::other("it gave no answer"))?;
    let mut words = reply.split(|byte| *byte == b' ');
    if words.nth(1) == Some(UNAUTHORIZED) {
        return Err(io::Error::other(
            "it has accounts, and lets its own user look: run this as that user, who can read station.token in its data folder",
        ));
    }
    Ok(reply.split_off(end + 4))
}

fn answered(mut stream: impl Read + Write, question: &str) -> io::Result<Vec<u8>> {
    stream.write_all(question.as_bytes())?;
    let mut reply = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut reply)?;
    Ok(reply)
}

/// TLS with whoever has this certificate, and with nobody else, whatever names it has and whoever vouches for it.
fn only(certificate: CertificateDer<'static>) -> io::Result<ClientConfig> {
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Only {
        certificate,
        crypto: Arc::clone(&crypto),
    };
    let config = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

#[derive(Debug)]
struct Only {
    certificate: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Only {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *shown == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.crypto.signature_verification_algorithms;
        verify_tls12_signature(message, shown, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.crypto.signature_verification_algorithms;
        verify_tls13_signature(message, shown, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto
            .signature_verification_algorithms
            .supported_schemes()
    }
}

//! Serves the station's page: two threads that everybody else goes before, and connections that are bounded in number,
//! in time and in memory, whatever is at their other end. Where it is served with TLS, its handshake is bounded as a
//! question is.

use super::App;
use super::connections::{Admission, Admitted, Client, Connections};
use super::routes::router;
use super::transport::{Answer, Transport};
use crate::control::tls::Tls;
use crate::priority::Priority;
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::server::Acceptor;
use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

const THREADS: usize = 2;
/// Threads that ask the log and read files, which may wait for a disk.
const BLOCKING_THREADS_MAX: usize = 16;
/// From one answer, or the beginning, to the whole head of the next question.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// A head with more is refused. Also how much of an answer is kept until it is written.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// What the kernel keeps of an answer that is not taken.
const SENT_BYTES_MAX: usize = 256 * 1024;
/// Until a listener that gave an error is asked again: there may be no descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

const CERTIFICATE_LOOKED_AT_EVERY: Duration = Duration::from_secs(1);
/// What somebody is told who asks without TLS where it is wanted.
const NO_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\n\
    x-content-type-options: nosniff\r\n\r\nThis station is served with TLS: its address begins with https://\n";

/// Until a place is looked for again, and how often.
const TRY_AGAIN: Duration = Duration::from_millis(1);
const TRIES_MAX: usize = 50;

/// The two ends of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// The address of this machine that was asked.
    pub here: SocketAddr,
    /// Address and port of who asks.
    pub there: SocketAddr,
}

impl Ends {
    /// As whom the other end is counted.
    pub fn client(&self) -> Client {
        Client::from(self.there.ip())
    }
}

/// Serves until `told` ends.
///
/// # Errors
/// When the system gives no threads, or the listener cannot be used.
pub fn serve(
    listener: std::net::TcpListener,
    (app, tls): (App, Option<Arc<Tls>>),
    descriptors: u64,
    told: impl Future<Output = ()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("http")
        // Where it is refused, the page runs in turn with the others.
        .on_thread_start(|| drop(Priority::Background.take()))
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        if let Some(tls) = &tls {
            tokio::spawn(keep(Arc::clone(tls)));
        }
        let connections = Connections::new(descriptors);
        tokio::select! {
            never = accept(listener, connections, router(app), tls) => match never {},
            () = told => Ok(()),
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

/// Looks at the files of the certificate for as long as the page is served.
async fn keep(tls: Arc<Tls>) {
    loop {
        tokio::time::sleep(CERTIFICATE_LOOKED_AT_EVERY).await;
        let tls = Arc::clone(&tls);
        // Where it breaks off, everything is as it was.
        drop(tokio::task::spawn_blocking(move || tls.refresh()).await);
    }
}

async fn accept(
    listener: TcpListener,
    connections: Connections,
    router: Router,
    tls: Option<Arc<Tls>>,
) -> Infallible {
    loop {
        let (stream, there) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                let is_of_one = matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                );
                if !is_of_one {
                    tokio::time::sleep(PAUSE).await;
                }
                continue;
            }
        };
        match place(&connections, Client::from(there.ip())).await {
            Some(admitted) => {
                let config = tls.as_ref().map(|tls| tls.config());
                tokio::spawn(connection(
                    stream,
                    there,
                    admitted,
                    (router.clone(), config),
                ));
            }
            // Not after a handshake, which costs more than the answer.
            None if tls.is_some() => drop(stream),
            None => turn_away(stream),
        }
    }
}

/// Waits a moment for those that came before to be looked at.
async fn place(connections: &Connections, client: Client) -> Option<Admitted> {
    for _ in 0..TRIES_MAX {
        match connections.admit(client) {
            Admission::In(admitted) => return Some(admitted),
            Admission::NotYet => tokio::time::sleep(TRY_AGAIN).await,
            Admission::Full => return None,
        }
    }
    None
}

/// Says it if that takes no waiting.
fn turn_away(stream: TcpStream) {
    let body = "{\"error\":{\"kind\":\"busy\",\"message\":\"too many connections are open; try again in a moment\"}}";
    let said = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\nconnection: close\r\ncontent-type: application/json\r\n\
         x-content-type-options: nosniff\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // It does not block still, and needs no wait to be known as writable.
    let Ok(mut stream) = stream.into_std() else {
        return;
    };
    // What is left unread would take the answer back from the other end.
    let mut asked = [0; 8 * 1024];
    let _ = stream.read(&mut asked);
    let _ = stream.write_all(said.as_bytes());
}

async fn connection(
    stream: TcpStream,
    there: SocketAddr,
    admitted: Admitted,
    (router, config): (Router, Option<Arc<ServerConfig>>),
) {
    // It has gone again.
    let Ok(here) = stream.local_addr() else {
        return;
    };
    let ends = Ends { here, there };
    let _ = stream.set_nodelay(true);
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, SENT_BYTES_MAX);
    let router = TowerToHyperService::new(router);
    let asked = admitted.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        asked.is_answered();
        request.extensions_mut().insert(ends);
        let answered = router.call(request);
        let asked = asked.clone();
        async move {
            let response = answered.await?;
            Ok::<_, Infallible>(response.map(|body| Answer::new(body, asked)))
        }
    });
    let transport = Transport::new(stream, admitted.clone());
    let served = async {
        match config {
            None => answer(transport, service).await,
            Some(config) => {
                if let Some(stream) = shake_hands(transport, config).await {
                    answer(stream, service).await;
                }
            }
        }
    };
    tokio::select! {
        () = served => {}
        () = admitted.cut() => {}
    }
}

/// Answers question after question. What goes wrong is the other end's, and it has gone.
async fn answer<S>(transport: impl AsyncRead + AsyncWrite + Unpin, service: S)
where
    S: HttpService<Incoming, ResBody = Answer, Error = Infallible>,
{
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(transport), service);
    let _ = served.await;
}

async fn shake_hands(
    transport: Transport,
    config: Arc<ServerConfig>,
) -> Option<TlsStream<Transport>> {
    let begun = LazyConfigAcceptor::new(Acceptor::default(), transport);
    let shaken = async {
        tokio::pin!(begun);
        match begun.as_mut().await {
            Ok(begun) => begun.into_stream(config).await.ok(),
            // It may be a browser that was given an address without the s.
            Err(_) => {
                let mut plain = begun.take_io()?;
                let _ = plain.write_all(NO_TLS).await;
                let _ = plain.shutdown().await;
                None
            }
        }
    };
    tokio::time::timeout(HEAD_WITHIN, shaken).await.ok()?
}

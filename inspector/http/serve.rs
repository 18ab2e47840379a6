//! Serves the station's page: two threads that everybody else goes before, and connections that are bounded in number,
//! in time and in memory, whatever is at their other end.

use super::App;
use super::connections::{Admission, Admitted, Client, Connections};
use super::routes::router;
use super::transport::{Answer, Transport};
use crate::priority::Priority;
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

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
    app: App,
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
        tokio::select! {
            never = accept(listener, Connections::new(descriptors), router(app)) => match never {},
            () = told => Ok(()),
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

async fn accept(listener: TcpListener, connections: Connections, router: Router) -> Infallible {
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
                tokio::spawn(connection(stream, there, admitted, router.clone()));
            }
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

async fn connection(stream: TcpStream, there: SocketAddr, admitted: Admitted, router: Router) {
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
    let transport = TokioIo::new(Transport::new(stream, admitted.clone()));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(transport, service);
    tokio::select! {
        // What went wrong is the other end's, and it has gone.
        _ = served => {}
        () = admitted.cut() => {}
    }
}

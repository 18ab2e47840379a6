//! An I/O module in this program: coils that are set over Modbus TCP, for benches.

use super::frame::{FRAME_BYTES_MAX, Frame, FrameBytes, Writing};
use super::pdu::{Exception, Request, Space};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Coils that it has.
const COILS: usize = 16;
/// How long it waits before it looks whether it should end.
const NAP: Duration = Duration::from_millis(20);

/// A module on a thread of its own.
pub struct Module {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    set: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Module {
    /// Listens on loopback, on a port of its own.
    ///
    /// # Errors
    /// Where there is no socket or thread for it.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, set) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (is_over, counted) = (Arc::clone(&stop), Arc::clone(&set));
        let thread = Builder::new()
            .name("bench-module".to_owned())
            .spawn(move || serve(&listener, &is_over, &counted))?;
        Ok(Self {
            address,
            stop,
            set,
            thread,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it; how often a coil that was off was set.
    pub fn end(self) -> u64 {
        self.stop.store(true, Ordering::Release);
        let _ = self.thread.join();
        self.set.load(Ordering::Acquire)
    }
}

fn serve(listener: &TcpListener, stop: &AtomicBool, set: &AtomicU64) {
    let mut coils = [false; COILS];
    while !stop.load(Ordering::Acquire) {
        match listener.accept() {
            Ok((stream, _)) => answer(stream, &mut coils, (stop, set)),
            Err(_) => std::thread::sleep(NAP),
        }
    }
}

/// Until the station closes.
fn answer(
    mut stream: TcpStream,
    coils: &mut [bool; COILS],
    (stop, set): (&AtomicBool, &AtomicU64),
) {
    let ready = stream
        .set_nonblocking(false)
        .and_then(|()| stream.set_nodelay(true))
        .and_then(|()| stream.set_read_timeout(Some(NAP)));
    if ready.is_err() {
        return;
    }
    let (mut come, mut held, mut frame) = ([0; FRAME_BYTES_MAX], 0, FrameBytes::new());
    while !stop.load(Ordering::Acquire) {
        match stream.read(&mut come[held..]) {
            Ok(0) => return,
            Ok(read) => held += read,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return,
        }
        while let Ok(Some(asked)) = Frame::first(&come[..held]) {
            let mut out = Writing::begin(&mut frame, asked.transaction, asked.unit);
            if let Err(exception) = carry_out(asked.pdu, coils, set, &mut out) {
                out = Writing::begin(&mut frame, asked.transaction, asked.unit);
                out.byte(asked.pdu[0] | 0x80);
                out.byte(exception.0);
            }
            out.end();
            let end = asked.bytes;
            if stream.write_all(&frame).is_err() {
                return;
            }
            come.copy_within(end..held, 0);
            held -= end;
        }
    }
}

fn carry_out(
    asked: &[u8],
    coils: &mut [bool; COILS],
    set: &AtomicU64,
    out: &mut Writing<'_>,
) -> Result<(), Exception> {
    let request = Request::decode(asked)?;
    match request {
        Request::WriteBits {
            from,
            count: 1,
            bits,
            ..
        } => {
            let coil = coils.get_mut(usize::from(from)).ok_or(Exception::ADDRESS)?;
            let is_on = bits.first().is_some_and(|bits| bits & 1 == 1);
            if is_on && !*coil {
                set.fetch_add(1, Ordering::Release);
            }
            *coil = is_on;
            out.bytes(&asked[..5]);
            Ok(())
        }
        Request::Read {
            space: Space::Coils,
            from,
            count,
        } => {
            let to = usize::from(from) + usize::from(count);
            let asked_for = coils.get(usize::from(from)..to).ok_or(Exception::ADDRESS)?;
            out.byte(request.code());
            out.byte(count.div_ceil(8) as u8);
            for eight in asked_for.chunks(8) {
                let bits = eight.iter().enumerate();
                out.byte(bits.fold(0, |packed, (at, is_on)| packed | u8::from(*is_on) << at));
            }
            Ok(())
        }
        _ => Err(Exception::FUNCTION),
    }
}

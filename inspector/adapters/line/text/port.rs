//! Where the bytes of a text device come from.

use crate::ports::signal::SignalError;
use crate::telemetry::why_gone::WhyGone;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

/// What a port had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Got {
    /// Nothing in time.
    Nothing,
    /// So many bytes.
    Bytes(usize),
    /// Somebody else is at the other end from here on: nothing that began before goes on.
    Another,
}

/// A serial port, a socket, an input device. It is made closed: [`Self::reopen`] comes first.
pub trait Port: Send {
    /// Opens it, after a failure or for the first time, with every setting; waits no longer than a connection may take.
    ///
    /// # Errors
    /// Why it cannot be used, and what to do.
    fn reopen(&mut self) -> Result<(), SignalError>;

    /// What has come, waiting at most `patience` for it.
    ///
    /// # Errors
    /// It is of no more use.
    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<Got, SignalError>;

    /// Sends all of it, without waiting.
    ///
    /// # Errors
    /// It was not all taken.
    fn write(&mut self, text: &[u8]) -> Result<(), SignalError>;

    /// Sleeps while it is closed; whether it is worth opening at once.
    fn wait_closed(&mut self, nap: Duration) -> bool {
        std::thread::sleep(nap);
        false
    }
}

/// The connection is of no more use.
pub(super) fn gone(why: WhyGone, reason: String) -> SignalError {
    SignalError::Gone { why, reason }
}

/// Why a port or an input device cannot be opened.
pub(super) fn refused(error: Errno) -> WhyGone {
    match error {
        Errno::NOENT | Errno::NXIO | Errno::NODEV => WhyGone::NotThere,
        Errno::ACCESS => WhyGone::NoRight,
        Errno::BUSY => WhyGone::Taken,
        Errno::NOTTY | Errno::INVAL => WhyGone::OtherKind,
        _ => WhyGone::Other,
    }
}

/// Whether there is something to read, or an error to be found by reading.
pub(super) fn wait(on: &impl AsFd, patience: Duration) -> bool {
    let patience = Timespec {
        tv_sec: i64::try_from(patience.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(patience.subsec_nanos()),
    };
    let mut fds = [PollFd::new(on, PollFlags::IN)];
    matches!(poll(&mut fds, Some(&patience)), Ok(ready) if ready > 0)
}

/// Whether it only had nothing for us just now.
pub(super) fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// Reads what a device file has, waiting so long for it; `None` stands for one that is closed.
pub(super) fn read(
    file: Option<&mut File>,
    path: &Path,
    into: &mut [u8],
    patience: Duration,
) -> Result<Got, SignalError> {
    let path = path.display();
    let Some(file) = file else {
        return Err(gone(WhyGone::Closed, format!("{path}: it is closed")));
    };
    if !wait(file, patience) {
        return Ok(Got::Nothing);
    }
    match file.read(into) {
        Ok(0) => Err(gone(
            WhyGone::Unplugged,
            format!("{path}: the device was unplugged"),
        )),
        Ok(count) => Ok(Got::Bytes(count)),
        Err(error) if is_nothing(&error) => Ok(Got::Nothing),
        Err(error) => Err(gone(
            WhyGone::Unplugged,
            format!("{path}: the device was unplugged ({error})"),
        )),
    }
}

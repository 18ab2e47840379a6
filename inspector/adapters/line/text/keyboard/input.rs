//! An input device of Linux (evdev): opened, taken for the station alone, and read as bytes of `struct input_event`.

use super::super::port::{self, Got, Port, gone};
use crate::ports::signal::SignalError;
use crate::telemetry::why_gone::WhyGone;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::ioctl::{IntegerSetter, Opcode, Setter, ioctl, opcode};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

/// `EVIOCGRAB` and `EVIOCSCLOCKID` of linux/input.h.
const GRAB: Opcode = opcode::write::<libc::c_int>(b'E', 0x90);
const CLOCK: Opcode = opcode::write::<libc::c_int>(b'E', 0xa0);

/// An input device by its path.
pub struct Input {
    path: PathBuf,
    file: Option<File>,
}

impl Input {
    /// It is opened by the first turn of the device.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    fn error(&self, error: Errno) -> SignalError {
        let what = match error {
            Errno::NOENT | Errno::NXIO | Errno::NODEV => {
                "there is no such device; plug it in, or correct `input` (see /dev/input/by-id)"
            }
            Errno::ACCESS => "it may not be read; let the station's user join the group input",
            Errno::BUSY => "another program has it for itself; end that",
            Errno::NOTTY | Errno::INVAL => {
                "expected an input device such as /dev/input/by-id/usb-…-event-kbd; correct `input`"
            }
            _ => "it cannot be used",
        };
        gone(
            port::refused(error),
            format!("{}: {what} ({error})", self.path.display()),
        )
    }

    fn open(&self) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&self.path, flags, Mode::empty())?;
        // SAFETY: EVIOCGRAB takes an integer by value, of which only whether it is 0 counts.
        unsafe { ioctl(&fd, IntegerSetter::<GRAB>::new_usize(1))? };
        // Events have the station's own time then.
        // SAFETY: EVIOCSCLOCKID takes a pointer to an int, the number of a clock.
        unsafe {
            ioctl(
                &fd,
                Setter::<CLOCK, libc::c_int>::new(libc::CLOCK_MONOTONIC),
            )?
        };
        Ok(fd)
    }
}

impl Port for Input {
    fn reopen(&mut self) -> Result<(), SignalError> {
        // Before it is opened again: it is taken by one only.
        self.file = None;
        let fd = self.open().map_err(|error| self.error(error))?;
        self.file = Some(File::from(fd));
        Ok(())
    }

    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<Got, SignalError> {
        port::read(self.file.as_mut(), &self.path, into, patience)
    }

    fn write(&mut self, _text: &[u8]) -> Result<(), SignalError> {
        Err(gone(
            WhyGone::OtherKind,
            format!("{}: nothing can be sent to a keyboard", self.path.display()),
        ))
    }
}

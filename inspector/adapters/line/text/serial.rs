//! A serial port: USB adapters and scanners with one inside.

use super::port::{self, Got, Port, gone, is_nothing};
use crate::ports::signal::SignalError;
use crate::telemetry::why_gone::WhyGone;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{
    ControlModes, InputModes, OptionalActions, QueueSelector, Termios, ioctl_tiocexcl, isatty,
    tcflush, tcgetattr, tcsetattr,
};
use serde::Deserialize;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

/// The parity bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parity {
    /// There is none.
    #[default]
    None,
    /// The number of ones is even.
    Even,
    /// The number of ones is odd.
    Odd,
}

/// How a port is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) baud: u32,
    pub(super) data_bits: u8,
    pub(super) parity: Parity,
    pub(super) stop_bits: u8,
}

impl Line {
    /// Its bits of `c_cflag`.
    fn modes(self) -> ControlModes {
        let size = match self.data_bits {
            7 => ControlModes::CS7,
            _ => ControlModes::CS8,
        };
        let parity = match self.parity {
            Parity::None => ControlModes::empty(),
            Parity::Even => ControlModes::PARENB,
            Parity::Odd => ControlModes::PARENB | ControlModes::PARODD,
        };
        let stop = match self.stop_bits {
            2 => ControlModes::CSTOPB,
            _ => ControlModes::empty(),
        };
        size | parity | stop
    }

    fn apply(self, termios: &mut Termios) -> Result<(), Errno> {
        termios.make_raw();
        termios.control_modes.remove(LINE);
        termios.control_modes.insert(self.modes());
        // Without flow control and without a modem: a scanner's cable may have no such wires.
        termios.control_modes.remove(ControlModes::CRTSCTS);
        termios
            .control_modes
            .insert(ControlModes::CREAD | ControlModes::CLOCAL);
        // A byte with a wrong parity bit is read as zero, which no ID has.
        let has_parity = self.parity != Parity::None;
        termios.input_modes.set(InputModes::INPCK, has_parity);
        termios.set_speed(self.baud)
    }
}

/// The modes that make a line.
const LINE: ControlModes = ControlModes::CSIZE
    .union(ControlModes::PARENB)
    .union(ControlModes::PARODD)
    .union(ControlModes::CSTOPB);

/// A serial port by its path.
pub(super) struct Serial {
    path: PathBuf,
    line: Line,
    file: Option<File>,
}

impl Serial {
    pub(super) const fn new(path: PathBuf, line: Line) -> Self {
        Self {
            path,
            line,
            file: None,
        }
    }

    fn error(&self, error: Errno) -> SignalError {
        let what = match error {
            Errno::NOENT | Errno::NXIO | Errno::NODEV => {
                "there is no such port; plug the device in, or correct `port` (see /dev/serial/by-id)"
            }
            Errno::ACCESS => "it may not be used; let the station's user join the group dialout",
            Errno::BUSY => "another program uses it; end that",
            _ => "it cannot be used",
        };
        gone(
            port::refused(error),
            format!("{}: {what} ({error})", self.path.display()),
        )
    }

    fn open(&self) -> Result<OwnedFd, SignalError> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&self.path, flags, Mode::empty()).map_err(|it| self.error(it))?;
        if !isatty(&fd) {
            let path = self.path.display();
            return Err(gone(
                WhyGone::OtherKind,
                format!("{path}: expected a serial port, found something else; correct `port`"),
            ));
        }
        let set = || {
            ioctl_tiocexcl(&fd)?;
            let mut termios = tcgetattr(&fd)?;
            self.line.apply(&mut termios)?;
            tcsetattr(&fd, OptionalActions::Now, &termios)?;
            // What was scanned before nobody listened belongs to no part of now.
            tcflush(&fd, QueueSelector::IFlush)?;
            tcgetattr(&fd)
        };
        let found = set().map_err(|error| self.error(error))?;
        let is_line = found.control_modes.intersection(LINE) == self.line.modes();
        // Adapters round the speed to what they can; a UART bears 2 %.
        let (asked, given) = (u64::from(self.line.baud), u64::from(found.output_speed()));
        let is_speed = asked.abs_diff(given) * 50 <= asked;
        if !is_line || !is_speed {
            return Err(gone(
                WhyGone::OtherKind,
                format!(
                    "{}: expected a port that takes {:?}, found {:?} at {given} baud; correct baud, data_bits, parity and \
                 stop_bits",
                    self.path.display(),
                    self.line,
                    found.control_modes.intersection(LINE)
                ),
            ));
        }
        Ok(fd)
    }
}

impl Port for Serial {
    fn reopen(&mut self) -> Result<(), SignalError> {
        // Before it is opened again: it is opened by one only.
        self.file = None;
        self.file = Some(File::from(self.open()?));
        Ok(())
    }

    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<Got, SignalError> {
        port::read(self.file.as_mut(), &self.path, into, patience)
    }

    fn write(&mut self, text: &[u8]) -> Result<(), SignalError> {
        let path = self.path.display();
        let written = self.file.as_mut().map(|file| file.write(text));
        match written {
            Some(Ok(count)) if count == text.len() => Ok(()),
            Some(Err(error)) if !is_nothing(&error) => Err(gone(
                WhyGone::Unplugged,
                format!("{path}: the device was unplugged ({error})"),
            )),
            _ => Err(gone(
                WhyGone::Full,
                format!(
                    "{path}: expected it to take {} bytes at once, found it full; check the cable",
                    text.len()
                ),
            )),
        }
    }
}

//! Why a line cannot be used, and what to do.

use super::address::Line;
use crate::ports::signal::SignalError;
use crate::telemetry::why_gone::WhyGone;
use std::fmt;
use std::path::PathBuf;

/// The kernel's own "not supported", which is no error of POSIX.
const ENOTSUPP: i32 = 524;

/// What went wrong, with the line and the chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GpioError {
    /// No GPIO chip can be opened; these may not.
    NoChips { forbidden: Vec<PathBuf> },
    /// No chip has this path, name or label.
    NoChip { chip: String, found: Vec<String> },
    /// Several chips are named so.
    Chips { chip: String, found: Vec<String> },
    /// No line has this name.
    NoLine { line: Line, near: Vec<String> },
    /// Several lines are named so.
    Lines { line: Line, found: Vec<String> },
    /// The chip has fewer lines.
    Offset { line: Line, count: u32 },
    /// Somebody else has this line.
    Busy { line: Line, consumer: String },
    /// The kernel refuses.
    Os {
        line: Line,
        chip: String,
        errno: i32,
    },
    /// What was open is of no more use.
    Gone {
        line: String,
        chip: String,
        errno: i32,
    },
    /// More edges came than the kernel keeps.
    Lost { line: String, edges: u32 },
    /// It changed and no interrupt came.
    Deaf { line: String },
    /// Nothing is open.
    Closed,
}

/// The number of the system's error; 0 where it has none.
pub(super) fn errno(error: &gpiocdev::Error) -> i32 {
    match error {
        gpiocdev::Error::Os(errno) => errno.0,
        gpiocdev::Error::Uapi(_, gpiocdev_uapi::Error::Os(errno)) => errno.0,
        _ => 0,
    }
}

impl fmt::Display for GpioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GpioError::NoChips { forbidden } => no_chips(f, forbidden),
            GpioError::NoChip { chip, found } => write!(
                f,
                "there is no GPIO chip {chip:?}; plug it in or load its driver, or correct the settings: found {}",
                found.join(", ")
            ),
            GpioError::Chips { chip, found } => write!(
                f,
                "several GPIO chips are {chip:?}: {}; name one by its path",
                found.join(", ")
            ),
            GpioError::NoLine { line, near } if near.is_empty() => write!(
                f,
                "no GPIO chip has a line named {line}; `inspector line gpio` lists what there is"
            ),
            GpioError::NoLine { line, near } => write!(
                f,
                "no GPIO chip has a line named {line}; did you mean {}? `inspector line gpio` lists what there is",
                near.join(", ")
            ),
            GpioError::Lines { line, found } => write!(
                f,
                "several lines are named {line}: {}; name one by chip and offset",
                found.join(", ")
            ),
            GpioError::Offset { line, count } => write!(
                f,
                "line {line}: the chip has {count} lines, counted from 0; correct the offset"
            ),
            GpioError::Busy { line, consumer } => write!(
                f,
                "line {line} is in use by {consumer:?}; end that, or take another line (one line has one meaning)"
            ),
            GpioError::Os { line, chip, errno } => os(f, line, chip, *errno),
            GpioError::Gone { line, chip, errno } => os(f, line, chip, *errno),
            GpioError::Lost { line, edges } => write!(
                f,
                "line {line}: {edges} edges were lost, because more came than the kernel keeps: parts may have passed \
                 unseen; see what makes it chatter, and set `debounce`"
            ),
            GpioError::Deaf { line } => write!(
                f,
                "line {line} changed and no interrupt came: parts may have passed unseen; where the chip has no \
                 interrupts for it, set edges = false"
            ),
            GpioError::Closed => f.write_str("its lines are closed"),
        }
    }
}

fn no_chips(f: &mut fmt::Formatter<'_>, forbidden: &[PathBuf]) -> fmt::Result {
    let Some(path) = forbidden.first() else {
        return f.write_str(
            "this computer has no GPIO chip (/dev/gpiochip…); plug the adapter in, or load its driver",
        );
    };
    write!(
        f,
        "{} may not be opened; let the station's user join the group that it belongs to (gpio), or give it one by a \
         udev rule: SUBSYSTEM==\"gpio\", GROUP=\"gpio\", MODE=\"0660\"",
        path.display()
    )
}

fn os(f: &mut fmt::Formatter<'_>, line: &dyn fmt::Display, chip: &str, errno: i32) -> fmt::Result {
    let what = match errno {
        libc::ENODEV => "the chip was unplugged, or its driver unloaded",
        libc::EACCES | libc::EPERM => {
            "it may not be opened; let the station's user join the group that the chip belongs to (gpio)"
        }
        libc::ENXIO | libc::ENOENT => {
            "it has no interrupts; with edges = false it is asked every period_ms, and shorter changes are missed"
        }
        ENOTSUPP | libc::EOPNOTSUPP | libc::EINVAL => {
            "the chip cannot do what stands behind its address (pull, debounce, open-drain) or cannot use it this way"
        }
        _ => "it cannot be used",
    };
    let error = std::io::Error::from_raw_os_error(errno);
    write!(f, "line {line} of {chip}: {what} ({error})")
}

impl GpioError {
    fn why(&self) -> WhyGone {
        match self {
            GpioError::NoChips { forbidden } if forbidden.is_empty() => WhyGone::NotThere,
            GpioError::NoChips { .. } => WhyGone::NoRight,
            GpioError::NoChip { .. } => WhyGone::NotThere,
            GpioError::Chips { .. }
            | GpioError::NoLine { .. }
            | GpioError::Lines { .. }
            | GpioError::Offset { .. } => WhyGone::OtherKind,
            GpioError::Busy { .. } => WhyGone::Taken,
            GpioError::Os { errno, .. } | GpioError::Gone { errno, .. } => match *errno {
                libc::ENODEV => WhyGone::Unplugged,
                libc::EACCES | libc::EPERM => WhyGone::NoRight,
                libc::ENXIO | libc::ENOENT | ENOTSUPP | libc::EOPNOTSUPP | libc::EINVAL => {
                    WhyGone::OtherKind
                }
                _ => WhyGone::Other,
            },
            GpioError::Lost { .. } | GpioError::Deaf { .. } => WhyGone::Other,
            GpioError::Closed => WhyGone::Closed,
        }
    }
}

impl From<GpioError> for SignalError {
    fn from(error: GpioError) -> Self {
        SignalError::Gone {
            why: error.why(),
            reason: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_can_mend_is_told_as_such() {
        let gone = |errno| GpioError::Gone {
            line: "EYE".to_owned(),
            chip: "gpiochip0".to_owned(),
            errno,
        };
        let forbidden = vec![PathBuf::from("/dev/gpiochip0")];
        for (error, expected) in [
            (GpioError::NoChips { forbidden: vec![] }, WhyGone::NotThere),
            (GpioError::NoChips { forbidden }, WhyGone::NoRight),
            (gone(libc::ENODEV), WhyGone::Unplugged),
            (gone(libc::EPERM), WhyGone::NoRight),
            (gone(ENOTSUPP), WhyGone::OtherKind),
            (gone(libc::EIO), WhyGone::Other),
        ] {
            assert_eq!(SignalError::from(error.clone()).why(), expected, "{error}");
        }
    }
}

//! What `inspector cameras` says: every V4L2 device, what it can do, or why it cannot be used.

use super::device;
use super::formats::LAYOUTS;
use super::stream::{ioctl, zeroed};
use crate::ports::camera::OpenError;
use std::fmt;
use std::path::PathBuf;
use v4l::Device;
use v4l::v4l_sys::*;
use v4l::v4l2::vidioc;

/// One `/dev/video*` and what it can do.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceReport {
    /// `/dev/videoN`, as the kernel numbers them.
    pub path: PathBuf,
    /// What it is, or why nothing can be known of it.
    pub found: Result<Abilities, OpenError>,
}

/// What a camera says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Abilities {
    /// Its name; may stand as `device` in the settings.
    pub card: String,
    /// Where it is plugged in; may stand as `device` in the settings.
    pub bus: String,
    /// In the device's order.
    pub formats: Vec<Format>,
    /// In the device's order.
    pub controls: Vec<Setting>,
}

/// A pixel format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// As V4L2 names it, `YUYV`.
    pub fourcc: String,
    /// As PFNC names it; `None` when this program cannot read it.
    pub pfnc: Option<&'static str>,
    /// In the device's order, each with its frame rates.
    pub sizes: Vec<(Sizes, Rates)>,
}

/// Frame sizes in pixels, width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// One size: width and height in pixels.
    One(u32, u32),
    /// Everything from the first to the second.
    Between((u32, u32), (u32, u32)),
}

/// Frame rates in thousandths of a hertz.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rates {
    /// These, in the device's order. None when the device does not say.
    Some(Vec<u32>),
    /// Everything from the first to the second.
    Between(u32, u32),
}

/// A control with a number: exposure, gain, brightness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As the driver names it.
    pub name: String,
    /// In the control's own unit.
    pub min: i64,
    /// In the control's own unit.
    pub max: i64,
    /// From value to value.
    pub step: u64,
    /// The device's own choice.
    pub default: i64,
    /// What it is now; `None` when it can only be written.
    pub now: Option<i64>,
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sizes::One(w, h) => write!(f, "{w}x{h}"),
            Sizes::Between((w, h), (to_w, to_h)) => write!(f, "{w}x{h} to {to_w}x{to_h}"),
        }
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hertz = |rate: &u32| f64::from(*rate) / 1e3;
        match self {
            Rates::Some(rates) if rates.is_empty() => Ok(()),
            Rates::Some(rates) => {
                let rates: Vec<String> = rates.iter().map(|rate| hertz(rate).to_string()).collect();
                write!(f, " at {} Hz", rates.join(", "))
            }
            Rates::Between(from, to) => write!(f, " at {} to {} Hz", hertz(from), hertz(to)),
        }
    }
}

/// Every V4L2 device of this computer, by number. Opens each for a moment and sets nothing.
pub fn list() -> Vec<DeviceReport> {
    let nodes = device::nodes().into_iter();
    nodes
        .map(|path| DeviceReport {
            found: device::open(&path).map(|(device, card, bus)| Abilities {
                card,
                bus,
                formats: formats(&device),
                controls: controls(&device),
            }),
            path,
        })
        .collect()
}

fn formats(device: &Device) -> Vec<Format> {
    let mut found = Vec::new();
    for index in 0.. {
        let mut entry: v4l2_fmtdesc = zeroed();
        entry.index = index;
        entry.type_ = v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE;
        if ioctl(&device.handle(), vidioc::VIDIOC_ENUM_FMT, &mut entry).is_err() {
            break;
        }
        let code = entry.pixelformat.to_le_bytes();
        let known = LAYOUTS.iter().find(|(fourcc, ..)| **fourcc == code);
        found.push(Format {
            fourcc: String::from_utf8_lossy(&code).trim_end().to_owned(),
            pfnc: known.map(|(_, pfnc, _)| *pfnc),
            sizes: sizes(device, entry.pixelformat),
        });
    }
    found
}

fn sizes(device: &Device, code: u32) -> Vec<(Sizes, Rates)> {
    let mut found = Vec::new();
    for index in 0.. {
        let mut entry: v4l2_frmsizeenum = zeroed();
        entry.index = index;
        entry.pixel_format = code;
        if ioctl(&device.handle(), vidioc::VIDIOC_ENUM_FRAMESIZES, &mut entry).is_err() {
            break;
        }
        if entry.type_ == v4l2_frmsizetypes_V4L2_FRMSIZE_TYPE_DISCRETE {
            // SAFETY: `discrete` is the member in use for this type.
            let size = unsafe { entry.__bindgen_anon_1.discrete };
            let rates = rates(device, code, size.width, size.height);
            found.push((Sizes::One(size.width, size.height), rates));
        } else {
            // SAFETY: `stepwise` is the member in use for the two other types.
            let size = unsafe { entry.__bindgen_anon_1.stepwise };
            let least = (size.min_width, size.min_height);
            let greatest = (size.max_width, size.max_height);
            // The rates of the largest size: of smaller ones they are seldom less.
            let rates = rates(device, code, greatest.0, greatest.1);
            found.push((Sizes::Between(least, greatest), rates));
            break; // there is only the one
        }
    }
    found
}

fn rates(device: &Device, code: u32, width: u32, height: u32) -> Rates {
    let millihertz = |interval: v4l2_fract| {
        let (seconds, parts) = (
            u64::from(interval.numerator),
            u64::from(interval.denominator),
        );
        (parts * 1_000 + seconds / 2)
            .checked_div(seconds)
            .map_or(0, |rate| u32::try_from(rate).unwrap_or(u32::MAX))
    };
    let mut found = Vec::new();
    for index in 0.. {
        let mut entry: v4l2_frmivalenum = zeroed();
        entry.index = index;
        entry.pixel_format = code;
        (entry.width, entry.height) = (width, height);
        if ioctl(
            &device.handle(),
            vidioc::VIDIOC_ENUM_FRAMEINTERVALS,
            &mut entry,
        )
        .is_err()
        {
            break;
        }
        if entry.type_ == v4l2_frmivaltypes_V4L2_FRMIVAL_TYPE_DISCRETE {
            // SAFETY: `discrete` is the member in use for this type.
            found.push(millihertz(unsafe { entry.__bindgen_anon_1.discrete }));
        } else {
            // SAFETY: `stepwise` is the member in use for the two other types.
            let step = unsafe { entry.__bindgen_anon_1.stepwise };
            return Rates::Between(millihertz(step.max), millihertz(step.min));
        }
    }
    Rates::Some(found)
}

/// The controls that hold a number and are not switched off. `v4l`'s own query panics on types that
/// it does not know.
fn controls(device: &Device) -> Vec<Setting> {
    let mut found = Vec::new();
    let mut entry: v4l2_query_ext_ctrl = zeroed();
    loop {
        entry.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
        if ioctl(&device.handle(), vidioc::VIDIOC_QUERY_EXT_CTRL, &mut entry).is_err() {
            return found;
        }
        let numbers = [
            v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER,
            v4l2_ctrl_type_V4L2_CTRL_TYPE_BOOLEAN,
            v4l2_ctrl_type_V4L2_CTRL_TYPE_MENU,
            v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER_MENU,
        ];
        let off = entry.flags & V4L2_CTRL_FLAG_DISABLED != 0;
        if off || !numbers.contains(&entry.type_) {
            continue;
        }
        let mut value: v4l2_control = zeroed();
        value.id = entry.id;
        let read = ioctl(&device.handle(), vidioc::VIDIOC_G_CTRL, &mut value);
        found.push(Setting {
            name: text(&entry.name),
            min: entry.minimum,
            max: entry.maximum,
            step: entry.step,
            default: entry.default_value,
            now: read.ok().map(|()| i64::from(value.value)),
        });
    }
}

fn text(name: &[std::os::raw::c_char]) -> String {
    let bytes = name.iter().take_while(|&&byte| byte != 0);
    let bytes: Vec<u8> = bytes.map(|byte| byte.to_ne_bytes()[0]).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

//! Finding a device and setting its format, interval and controls.
#![allow(non_upper_case_globals, reason = "constants as bindgen names them")]

use super::formats::LAYOUTS;
use super::settings::V4l2Settings;
use super::stream::{ioctl, zeroed};
use crate::decode::layout::{Layout, Matrix, Sample, Source};
use crate::ports::camera::{AcquisitionSettings, OpenError};
use std::io;
use std::path::{Path, PathBuf};
use v4l::Device;
use v4l::control::{Control, Value};
use v4l::v4l_sys::*;
use v4l::v4l2::vidioc;

/// Every `/dev/video*`, by number.
pub fn nodes() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/dev")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_prefix("video")?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// Card and bus of a device that captures into single-planar buffers.
pub fn identity(device: &Device) -> io::Result<(String, String)> {
    let mut caps: v4l2_capability = zeroed();
    ioctl(&device.handle(), vidioc::VIDIOC_QUERYCAP, &mut caps)?;
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    let needed = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    if caps.device_caps & needed != needed {
        return Err(io::Error::from_raw_os_error(libc::ENOTTY));
    }
    Ok((text(&caps.card), text(&caps.bus_info)))
}

/// Opens the device of the settings. `bus` is where it was before, should its number have changed.
pub fn find(wanted: &str, bus: Option<&str>) -> Result<(Device, String), OpenError> {
    let mut failure = None;
    if wanted.starts_with('/') {
        match open(Path::new(wanted)) {
            Ok((device, _, at)) if bus.is_none_or(|bus| bus == at) => return Ok((device, at)),
            Ok(_) => {}
            Err(error) => failure = Some(error),
        }
    }
    for path in nodes() {
        match open(&path) {
            Ok((device, card, at)) => {
                let by_name = !wanted.starts_with('/') && (card == wanted || at == wanted);
                if bus.map_or(by_name, |bus| bus == at) {
                    return Ok((device, at));
                }
            }
            Err(error) if !wanted.starts_with('/') && denied(&error) => failure = Some(error),
            Err(_) => {}
        }
    }
    Err(failure.unwrap_or_else(|| OpenError::NotFound {
        message: format!(
            "camera {wanted}: no such device among /dev/video*; check the cable and the setting"
        ),
    }))
}

fn denied(error: &OpenError) -> bool {
    matches!(error, OpenError::Permission { .. })
}

/// Opens a node that captures; also its card and bus.
pub fn open(path: &Path) -> Result<(Device, String, String), OpenError> {
    let name = path.display().to_string();
    let device = Device::with_path(path).map_err(|e| explain(&name, "open", &e))?;
    let (card, bus) = identity(&device).map_err(|e| match e.raw_os_error() {
        Some(libc::ENOTTY) => OpenError::Unsupported {
            message: format!("{name}: expected a camera that streams single-planar images; it is not one; try another /dev/video*"),
        },
        _ => explain(&name, "query", &e),
    })?;
    Ok((device, card, bus))
}

/// A device error in our words.
pub fn explain(device: &str, doing: &str, error: &io::Error) -> OpenError {
    let message = format!("camera {device}: cannot {doing}: {error}");
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => OpenError::NotFound { message },
        Some(libc::EACCES | libc::EPERM) => OpenError::Permission {
            message: format!("{message}; run: sudo usermod -aG video $USER, and log in again"),
        },
        Some(libc::EBUSY) => OpenError::Busy {
            message: format!("{message}; another program uses it"),
        },
        _ => OpenError::Device { message },
    }
}

/// The layout under a PFNC name or a FourCC.
fn layout(name: &str) -> Option<(&'static [u8; 4], Layout)> {
    LAYOUTS
        .iter()
        .find(|(code, pfnc, _)| {
            pfnc.eq_ignore_ascii_case(name)
                || std::str::from_utf8(&code[..]).is_ok_and(|c| c.trim_end() == name.trim_end())
        })
        .map(|(code, _, layout)| (*code, *layout))
}

/// Sets the format and reads back what the device made of it.
pub fn set_format(device: &Device, settings: &V4l2Settings) -> Result<Source, OpenError> {
    let name = &settings.device;
    let mut format: v4l2_format = zeroed();
    format.type_ = v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE;
    ioctl(&device.handle(), vidioc::VIDIOC_G_FMT, &mut format)
        .map_err(|e| explain(name, "read its format", &e))?;
    // SAFETY: `pix` is the member in use for a single-planar capture type.
    let before = unsafe { format.fmt.pix };
    let code = match &settings.pixel_format {
        Some(wanted) => u32::from_le_bytes(
            *layout(wanted)
                .ok_or_else(|| OpenError::Unsupported {
                    message: format!(
                        "camera {name}: pixel_format {wanted} is not known; expected one of {}",
                        known()
                    ),
                })?
                .0,
        ),
        None => natural_code(device, before.pixelformat).ok_or_else(|| OpenError::Unsupported {
            message: format!("camera {name}: it has none of the formats {}", known()),
        })?,
    };
    let mut pix: v4l2_pix_format = zeroed();
    pix.width = settings.width.unwrap_or(before.width);
    pix.height = settings.height.unwrap_or(before.height);
    pix.pixelformat = code;
    pix.field = v4l2_field_V4L2_FIELD_NONE;
    let asked = (pix.width, pix.height, code);
    format.fmt.pix = pix; // stride and size stay 0: a stale stride would be honoured
    ioctl(&device.handle(), vidioc::VIDIOC_S_FMT, &mut format)
        .map_err(|e| explain(name, "set its format", &e))?;
    // SAFETY: as above.
    let pix = unsafe { format.fmt.pix };
    let got = (pix.width, pix.height, pix.pixelformat);
    if got != asked {
        let show = |(w, h, c): (u32, u32, u32)| {
            format!("{w}x{h} {}", String::from_utf8_lossy(&c.to_le_bytes()))
        };
        return Err(OpenError::Unsupported {
            message: format!(
                "camera {name}: asked for {}, it offers {}; set width, height and pixel_format to what it has",
                show(asked),
                show(got)
            ),
        });
    }
    source(name, &pix)
}

fn source(name: &str, pix: &v4l2_pix_format) -> Result<Source, OpenError> {
    let layout = LAYOUTS
        .iter()
        .find(|(code, ..)| u32::from_le_bytes(**code) == pix.pixelformat)
        .map(|(.., layout)| *layout);
    let mut source = Source {
        layout: layout.unwrap_or(Layout::Grey(Sample::Byte)),
        width: pix.width as usize,
        height: pix.height as usize,
        stride: pix.bytesperline as usize,
        matrix: matrix(pix),
    };
    source.stride = source.stride.max(source.row_bytes());
    let bayer = matches!(source.layout, Layout::Bayer(..));
    let least = if bayer { 2 } else { 1 };
    if layout.is_none() || source.width < least || source.height < least {
        return Err(OpenError::Unsupported {
            message: format!(
                "camera {name}: {}x{} in its format cannot be read",
                pix.width, pix.height
            ),
        });
    }
    Ok(source)
}

fn matrix(pix: &v4l2_pix_format) -> Matrix {
    // SAFETY: `ycbcr_enc` and its twin for HSV are both `u32`.
    let encoding = unsafe { pix.__bindgen_anon_1.ycbcr_enc };
    let bt709 = match encoding {
        v4l2_ycbcr_encoding_V4L2_YCBCR_ENC_DEFAULT => {
            pix.colorspace == v4l2_colorspace_V4L2_COLORSPACE_REC709
                || pix.colorspace == v4l2_colorspace_V4L2_COLORSPACE_DCI_P3
        }
        other => {
            other == v4l2_ycbcr_encoding_V4L2_YCBCR_ENC_709
                || other == v4l2_ycbcr_encoding_V4L2_YCBCR_ENC_XV709
        }
    };
    let full = match pix.quantization {
        v4l2_quantization_V4L2_QUANTIZATION_DEFAULT => {
            pix.colorspace == v4l2_colorspace_V4L2_COLORSPACE_JPEG
        }
        other => other == v4l2_quantization_V4L2_QUANTIZATION_FULL_RANGE,
    };
    Matrix::new(bt709, full)
}

fn known() -> String {
    LAYOUTS.map(|(_, pfnc, _)| pfnc).join(", ")
}

/// The device's present format when we read it, else the first of its own that we do.
fn natural_code(device: &Device, present: u32) -> Option<u32> {
    let read = |code: u32| {
        LAYOUTS
            .iter()
            .any(|(c, ..)| u32::from_le_bytes(**c) == code)
    };
    if read(present) {
        return Some(present);
    }
    for index in 0.. {
        let mut entry: v4l2_fmtdesc = zeroed();
        entry.index = index;
        entry.type_ = v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE;
        ioctl(&device.handle(), vidioc::VIDIOC_ENUM_FMT, &mut entry).ok()?;
        if read(entry.pixelformat) {
            return Some(entry.pixelformat);
        }
    }
    None
}

/// Sets what is given and says what the device did; `None` where it has no such control.
pub fn apply(
    device: &Device,
    name: &str,
    wanted: &AcquisitionSettings,
) -> Result<AcquisitionSettings, OpenError> {
    let set = |id: u32, what: &str, value: i64| {
        device
            .set_control(Control { id, value: Value::Integer(value) })
            .map_err(|e| OpenError::Unsupported {
                message: format!("camera {name}: {what} {value} was refused: {e}; remove the setting or choose a value that `inspector cameras` lists"),
            })
    };
    let get = |id: u32| match device.control(id).ok()?.value {
        Value::Integer(value) => Some(value),
        _ => None,
    };
    if let Some(us) = wanted.exposure_time_us {
        // Not every camera has automatic exposure to switch off.
        let _ = set(V4L2_CID_EXPOSURE_AUTO, "exposure_auto", 1);
        set(
            V4L2_CID_EXPOSURE_ABSOLUTE,
            "exposure_time_us / 100",
            i64::from(us.div_ceil(100)),
        )?;
    }
    if let Some(gain) = wanted.gain {
        let _ = device.set_control(Control {
            id: V4L2_CID_AUTOGAIN,
            value: Value::Boolean(false),
        });
        set(V4L2_CID_GAIN, "gain", gain.round() as i64)?;
    }
    let rate = set_rate(device, name, wanted.frame_rate_hz)?;
    Ok(AcquisitionSettings {
        exposure_time_us: get(V4L2_CID_EXPOSURE_ABSOLUTE).and_then(|v| u32::try_from(v * 100).ok()),
        gain: get(V4L2_CID_GAIN).map(|v| v as f32),
        frame_rate_hz: rate,
    })
}

fn set_rate(device: &Device, name: &str, hz: Option<f32>) -> Result<Option<f32>, OpenError> {
    let mut parm: v4l2_streamparm = zeroed();
    parm.type_ = v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if let Some(hz) = hz {
        parm.parm.capture.timeperframe = v4l2_fract {
            numerator: 1000,
            denominator: (hz * 1000.0) as u32,
        };
        ioctl(&device.handle(), vidioc::VIDIOC_S_PARM, &mut parm)
            .map_err(|e| explain(name, "set its frame rate", &e))?;
    } else if ioctl(&device.handle(), vidioc::VIDIOC_G_PARM, &mut parm).is_err() {
        return Ok(None);
    }
    // SAFETY: `capture` is the member in use for a capture type.
    let interval = unsafe { parm.parm.capture.timeperframe };
    Ok((interval.numerator > 0).then(|| interval.denominator as f32 / interval.numerator as f32))
}

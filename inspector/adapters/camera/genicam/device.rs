//! Setting a device: format, region, trigger, exposure; and reading what it made of it.

use super::features;
use super::formats;
use super::library::explain;
use super::settings::{GenicamSettings, Trigger};
use crate::decode::layout::{Layout, Matrix, Sample, Source};
use crate::ports::camera::{AcquisitionSettings, OpenError};
use aravis::glib;
use aravis::prelude::*;
use aravis::{AcquisitionMode, Auto, Camera, Device, GvPacketSizeAdjustment, GvStreamOption};

/// Sets everything that the settings say, in an order that devices take, and reads it back.
pub fn configure(camera: &Camera, settings: &GenicamSettings) -> Result<Source, OpenError> {
    let name = &settings.device;
    let device = device_of(camera, name)?;
    // A program that was killed may have left it running: then the device refuses most of what follows.
    let _ = camera.stop_acquisition();
    for (feature, value) in &settings.features.0 {
        features::set(&device, name, feature, value)?;
    }
    if let Some(format) = &settings.pixel_format {
        set_format(camera, name, format)?;
    }
    if let Some(region) = settings.region {
        set_region(&device, name, region)?;
    }
    apply(camera, settings, &settings.acquisition())?;
    // After the frame rate, with which the library switches triggers off.
    set_trigger(camera, settings)?;
    camera
        .set_acquisition_mode(AcquisitionMode::Continuous)
        .map_err(|error| explain(name, "let it send frame after frame", &error))?;
    set_transport(camera, settings)?;
    source(camera, name)
}

/// The device of a camera.
pub fn device_of(camera: &Camera, name: &str) -> Result<Device, OpenError> {
    camera.device().ok_or_else(|| OpenError::Device {
        message: format!("camera {name}: it is open, and no device is behind it"),
    })
}

fn set_format(camera: &Camera, name: &str, format: &str) -> Result<(), OpenError> {
    let known = formats::LAYOUTS
        .iter()
        .find(|(pfnc, ..)| pfnc.eq_ignore_ascii_case(format));
    let Some((pfnc, number, _)) = known else {
        let message = format!(
            "camera {name}: pixel_format {format} is not known; expected one of {}",
            formats::known()
        );
        return Err(OpenError::Unsupported { message });
    };
    let offered = camera
        .dup_available_pixel_formats()
        .map_err(|error| explain(name, "list its pixel formats", &error))?;
    let number_of = |offered: &i64| u32::try_from(*offered).unwrap_or(0);
    if !offered.iter().any(|offered| number_of(offered) == *number) {
        let readable: Vec<&str> = offered
            .iter()
            .filter_map(|offered| formats::of_number(number_of(offered)).map(|(pfnc, _)| pfnc))
            .collect();
        let message = format!(
            "camera {name}: it does not send {pfnc}; expected one of {}",
            readable.join(", ")
        );
        return Err(OpenError::Unsupported { message });
    }
    camera
        .set_pixel_format(aravis::PixelFormat::from_raw(*number))
        .map_err(|error| explain(name, &format!("set pixel_format to {pfnc}"), &error))
}

/// Offsets first go to 0, as a device refuses a width that reaches beyond its sensor from where it stands.
fn set_region(
    device: &Device,
    name: &str,
    [left, top, width, height]: [u32; 4],
) -> Result<(), OpenError> {
    let has_offset = device.is_feature_available("OffsetX").unwrap_or(false)
        && device.is_feature_available("OffsetY").unwrap_or(false);
    if has_offset {
        features::set_integer(device, name, "OffsetX", 0)?;
        features::set_integer(device, name, "OffsetY", 0)?;
    }
    features::set_integer(device, name, "Width", width.into())?;
    features::set_integer(device, name, "Height", height.into())?;
    if has_offset {
        features::set_integer(device, name, "OffsetX", left.into())?;
        features::set_integer(device, name, "OffsetY", top.into())?;
    } else if (left, top) != (0, 0) {
        let message = format!(
            "camera {name}: its region begins at [0, 0], and cannot be moved to [{left}, {top}]"
        );
        return Err(OpenError::Unsupported { message });
    }
    Ok(())
}

/// Sets what exposes a frame, and reads it back.
pub fn set_trigger(camera: &Camera, settings: &GenicamSettings) -> Result<(), OpenError> {
    let name = &settings.device;
    let source = match &settings.trigger {
        Trigger::Off => {
            return camera
                .clear_triggers()
                .map_err(|error| explain(name, "switch its triggers off", &error));
        }
        Trigger::Software => "Software",
        Trigger::Line(source) => source.as_str(),
    };
    let offered = camera
        .dup_available_trigger_sources()
        .map_err(|error| explain(name, "list its trigger sources", &error))?;
    if !offered.iter().any(|offered| offered == source) {
        let offered: Vec<&str> = offered.iter().map(glib::GString::as_str).collect();
        let message =
            format!("camera {name}: trigger: expected off or one of {offered:?}, found {source:?}");
        return Err(OpenError::Unsupported { message });
    }
    camera
        .set_trigger(source)
        .map_err(|error| explain(name, &format!("set its trigger to {source}"), &error))?;
    let has = camera
        .trigger_source()
        .map_err(|error| explain(name, "read its trigger source", &error))?;
    if has != source {
        let message =
            format!("camera {name}: trigger was set to {source}, and the device has {has}");
        return Err(OpenError::Unsupported { message });
    }
    match &settings.trigger_activation {
        Some(activation) => {
            let value = crate::ports::feature::FeatureValue::Text(activation.clone());
            features::set(&device_of(camera, name)?, name, "TriggerActivation", &value)
        }
        None => Ok(()),
    }
}

/// Sets what is given and says what the device has; `None` where it has no such feature.
pub fn apply(
    camera: &Camera,
    settings: &GenicamSettings,
    wanted: &AcquisitionSettings,
) -> Result<AcquisitionSettings, OpenError> {
    let name = &settings.device;
    if let Some(us) = wanted.exposure_time_us {
        if camera.is_exposure_auto_available().unwrap_or(false) {
            let off = camera.set_exposure_time_auto(Auto::Off);
            off.map_err(|error| explain(name, "switch its automatic exposure off", &error))?;
        }
        let bounds = camera.exposure_time_bounds();
        within(name, "exposure_time_us", us.into(), bounds)?;
        camera
            .set_exposure_time(us.into())
            .map_err(|error| explain(name, &format!("set exposure_time_us to {us}"), &error))?;
        near(name, "exposure_time_us", us.into(), camera.exposure_time())?;
    }
    if let Some(gain) = wanted.gain {
        if camera.is_gain_auto_available().unwrap_or(false) {
            let off = camera.set_gain_auto(Auto::Off);
            off.map_err(|error| explain(name, "switch its automatic gain off", &error))?;
        }
        within(name, "gain", gain.into(), camera.gain_bounds())?;
        camera
            .set_gain(gain.into())
            .map_err(|error| explain(name, &format!("set gain to {gain}"), &error))?;
        near(name, "gain", gain.into(), camera.gain())?;
    }
    if let Some(rate) = wanted.frame_rate_hz {
        within(
            name,
            "frame_rate_hz",
            rate.into(),
            camera.frame_rate_bounds(),
        )?;
        camera
            .set_frame_rate(rate.into())
            .map_err(|error| explain(name, &format!("set frame_rate_hz to {rate}"), &error))?;
        near(name, "frame_rate_hz", rate.into(), camera.frame_rate())?;
    }
    Ok(AcquisitionSettings {
        exposure_time_us: camera.exposure_time().ok().map(|us| us.round() as u32),
        gain: camera.gain().ok().map(|gain| gain as f32),
        frame_rate_hz: camera.frame_rate().ok().map(|rate| rate as f32),
    })
}

fn within(
    name: &str,
    what: &str,
    wanted: f64,
    bounds: Result<(f64, f64), glib::Error>,
) -> Result<(), OpenError> {
    let (least, most) = bounds.unwrap_or((f64::MIN, f64::MAX));
    // What the device does not say, it says as an empty range.
    if least > most || (least..=most).contains(&wanted) {
        return Ok(());
    }
    let message = format!("camera {name}: {what}: expected {least} to {most}, found {wanted}");
    Err(OpenError::Unsupported { message })
}

/// Devices round to their own steps, which are small.
fn near(
    name: &str,
    what: &str,
    wanted: f64,
    has: Result<f64, glib::Error>,
) -> Result<(), OpenError> {
    let has = has.map_err(|error| explain(name, &format!("read {what} back"), &error))?;
    if (has - wanted).abs() <= (wanted.abs() * 0.05).max(1.0) {
        return Ok(());
    }
    let message = format!("camera {name}: {what} was set to {wanted}, and the device has {has}");
    Err(OpenError::Unsupported { message })
}

fn set_transport(camera: &Camera, settings: &GenicamSettings) -> Result<(), OpenError> {
    if !camera.is_gv_device() {
        return Ok(());
    }
    let name = &settings.device;
    if !settings.packet_socket {
        camera.gv_set_stream_options(GvStreamOption::PACKET_SOCKET_DISABLED);
    }
    let Some(size) = settings.packet_size else {
        camera.gv_set_packet_size_adjustment(GvPacketSizeAdjustment::Always);
        return Ok(());
    };
    camera.gv_set_packet_size_adjustment(GvPacketSizeAdjustment::Never);
    camera
        .gv_set_packet_size(i32::try_from(size).unwrap_or(i32::MAX))
        .map_err(|error| explain(name, &format!("set packet_size to {size}"), &error))?;
    let has = camera
        .gv_get_packet_size()
        .map_err(|error| explain(name, "read packet_size back", &error))?;
    if has == size {
        return Ok(());
    }
    let message = format!("camera {name}: packet_size was set to {size}, and the device has {has}");
    Err(OpenError::Unsupported { message })
}

/// How the device will send its frames.
fn source(camera: &Camera, name: &str) -> Result<Source, OpenError> {
    let (_, _, width, height) = camera
        .region()
        .map_err(|error| explain(name, "read its region", &error))?;
    let format = camera
        .pixel_format()
        .map_err(|error| explain(name, "read its pixel format", &error))?;
    let Some((pfnc, layout)) = formats::of_number(format.raw()) else {
        let sent = camera.pixel_format_as_string();
        let sent = sent.map_or(format!("{:#x}", format.raw()), String::from);
        let message = format!(
            "camera {name}: it sends {sent}, which cannot be read; set pixel_format to one of {}",
            formats::known()
        );
        return Err(OpenError::Unsupported { message });
    };
    let (width, height) = (
        width.unsigned_abs() as usize,
        height.unsigned_abs() as usize,
    );
    let (least, group) = match layout {
        Layout::Bayer(_, _, sample) => (2, sample.group()),
        Layout::Grey(sample) => (1, sample.group()),
        Layout::Yuyv | Layout::Uyvy => (2, 2),
        _ => (1, Sample::Byte.group()),
    };
    if width < least || height < least || width % group != 0 {
        let message = format!(
            "camera {name}: {width}×{height} pixels in {pfnc} cannot be read; expected a width that is a multiple of {group}"
        );
        return Err(OpenError::Unsupported { message });
    }
    let mut source = Source {
        layout,
        width,
        height,
        stride: 0,
        // YUV of machine-vision cameras has the full range.
        matrix: Matrix::new(false, true),
    };
    source.stride = source.row_bytes();
    Ok(source)
}

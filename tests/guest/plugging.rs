//! Cases in which the camera is unplugged: the driver lets go of the device, or is unloaded.

use crate::cases::{Outcome, VIVID_OPTIONS, after, control, expect, next, settings};
use crate::clock::SystemClock;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use inspector::adapters::camera::v4l2::V4l2Camera;
use std::process::Command;
use std::sync::Arc;

fn driver(file: &str) -> Outcome {
    let path = format!("/sys/bus/platform/drivers/vivid/{file}");
    std::fs::write(path, "vivid.0").map_err(|e| e.to_string())
}

fn run(program: &str, arguments: &str) -> Outcome {
    let output = Command::new(program).args(arguments.split(' ')).output();
    let output = output.map_err(|e| format!("{program}: {e}"))?;
    expect(
        output.status.success(),
        format!("{program}: {}", String::from_utf8_lossy(&output.stderr)),
    )
}

fn frame(camera: &mut V4l2Camera) -> Outcome {
    let mut pixels = vec![0; camera.shape().bytes()];
    let meta = next(camera, &mut pixels).map_err(|e| e.to_string())?;
    expect(meta.shape == camera.shape(), format!("{meta:?}"))
}

fn is_gone(camera: &mut V4l2Camera) -> Outcome {
    let said = camera.reopen();
    expect(
        matches!(said, Err(OpenError::NotFound { .. })),
        format!("expected NotFound while unplugged, found {said:?}"),
    )
}

pub fn replug() -> Outcome {
    let (mut camera, said) = after(|| driver("unbind"))?;
    expect(
        matches!(said[29], Err(AcquireError::Disconnected { .. })),
        format!("{said:?}"),
    )?;
    is_gone(&mut camera)?;
    driver("bind")?;
    camera.reopen().map_err(|e| e.to_string())?;
    frame(&mut camera)
}

/// The device starts anew with its own values; the camera has to give it ours again.
pub fn settings_after_replug() -> Outcome {
    let wanted = inspector::adapters::camera::v4l2::V4l2Settings {
        gain: Some(77.0),
        ..settings("RGB3")
    };
    let mut camera = V4l2Camera::open(wanted, Arc::new(SystemClock)).map_err(|e| e.to_string())?;
    let asked = |camera: &mut V4l2Camera| {
        let nothing = AcquisitionSettings::default();
        camera.apply(&nothing).map_err(|e| e.to_string())
    };
    let opened = asked(&mut camera)?;
    expect(
        opened.gain == Some(77.0),
        format!("set at opening: {opened:?}"),
    )?;
    // What was set later counts, too.
    let later = AcquisitionSettings {
        gain: Some(120.0),
        ..AcquisitionSettings::default()
    };
    let before = camera.apply(&later).map_err(|e| e.to_string())?;
    expect(before.gain == Some(120.0), format!("set later: {before:?}"))?;
    let shape = camera.shape();
    driver("unbind")?;
    let mut pixels = vec![0; shape.bytes()];
    while next(&mut camera, &mut pixels).is_ok() {}
    driver("bind")?;
    let fresh = v4l::Device::with_path("/dev/video0").map_err(|e| e.to_string())?;
    let gain = fresh.control(control("Gain")?).map_err(|e| e.to_string())?;
    expect(
        !matches!(gain.value, v4l::control::Value::Integer(120)),
        "the device kept its gain, so this case shows nothing",
    )?;
    drop(fresh);
    camera.reopen().map_err(|e| e.to_string())?;
    let after = asked(&mut camera)?;
    expect(after == before, format!("{before:?} became {after:?}"))?;
    expect(camera.shape() == shape, format!("{:?}", camera.shape()))?;
    frame(&mut camera)
}

/// Works only when a lost camera has let go of its file and its memory.
pub fn driver_unloaded() -> Outcome {
    let (mut camera, _) = after(|| driver("unbind"))?;
    run("rmmod", "vivid")?;
    is_gone(&mut camera)?;
    run("insmod", &format!("/modules/vivid.ko {VIVID_OPTIONS}"))?;
    camera.reopen().map_err(|e| e.to_string())?;
    frame(&mut camera)
}

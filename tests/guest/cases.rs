//! What is tried in the virtual machine, against the kernel's `vivid` driver.

use crate::clock::SystemClock;
use crate::conformance::{Expectations, check};
use crate::ports::camera::{AcquireError, Camera};
use crate::ports::feature::{FeatureValue, Features};
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use crate::{listing, plugging};
use inspector::adapters::camera::v4l2::{V4l2Camera, formats::LAYOUTS, settings::V4l2Settings};
use std::sync::Arc;
use std::time::Duration;
use v4l::Device;
use v4l::control::{Control, Value};

/// How `vivid` is loaded: one webcam.
pub const VIVID_OPTIONS: &str = "n_devs=1 node_types=0x1 num_inputs=1 input_types=0";

/// What a case says: why it failed.
pub type Outcome = Result<(), String>;

pub fn settings(format: &str) -> V4l2Settings {
    V4l2Settings {
        width: Some(640),
        height: Some(360),
        pixel_format: Some(format.to_owned()),
        frame_rate_hz: Some(50.0),
        ..V4l2Settings::of("/dev/video0")
    }
}

fn open(format: &str) -> Result<(V4l2Camera, Vec<u8>), String> {
    let camera =
        V4l2Camera::open(settings(format), Arc::new(SystemClock)).map_err(|e| e.to_string())?;
    let pixels = vec![0; camera.shape().bytes()];
    Ok((camera, pixels))
}

pub fn next(camera: &mut V4l2Camera, pixels: &mut [u8]) -> Result<FrameMeta, AcquireError> {
    camera.acquire(pixels, Duration::from_secs(2))
}

pub fn expect(true_: bool, why: impl Into<String>) -> Outcome {
    if true_ { Ok(()) } else { Err(why.into()) }
}

/// The id of a control by vivid's name for it.
pub fn control(name: &str) -> Result<u32, String> {
    let device = Device::with_path("/dev/video0").map_err(|e| e.to_string())?;
    let controls = device.query_controls().map_err(|e| e.to_string())?;
    let found = controls.iter().find(|c| c.name == name).map(|c| c.id);
    found.ok_or_else(|| format!("no control {name}"))
}

fn set(name: &str, value: Value) -> Outcome {
    let id = control(name)?;
    let device = Device::with_path("/dev/video0").map_err(|e| e.to_string())?;
    device
        .set_control(Control { id, value })
        .map_err(|e| format!("{name}: {e}"))
}

fn press(name: &str) -> Outcome {
    set(name, Value::Integer(1))
}

fn format(name: &str) -> Outcome {
    let (mut camera, mut pixels) = open(name)?;
    let mut last = None;
    for _ in 0..5 {
        let meta = next(&mut camera, &mut pixels).map_err(|e| e.to_string())?;
        expect(
            last.is_none_or(|l| l < meta.block_id),
            "block id did not grow",
        )?;
        last = Some(meta.block_id);
    }
    let (low, high) = pixels
        .iter()
        .fold((255, 0), |(l, h), &p| (p.min(l), p.max(h)));
    // vivid draws bars of 75 % white: 191 of 255 once limited-range YUV has been stretched.
    expect(
        low <= 2 && (188..=193).contains(&high),
        format!("expected a picture that spans 0..191, found {low}..{high}"),
    )
}

fn time_outs() -> Outcome {
    let (mut camera, mut pixels) = open("GREY")?;
    let mut late = 0;
    let mut good = 0;
    while good < 5 {
        match camera.acquire(&mut pixels, Duration::from_micros(500)) {
            Ok(_) => good += 1,
            Err(AcquireError::Timeout) => late += 1,
            Err(other) => return Err(other.to_string()),
        }
    }
    expect(late > 5, format!("only {late} time-outs"))
}

/// Injects one fault; returns what the next 30 acquisitions said.
pub fn after(
    fault: impl FnOnce() -> Outcome,
) -> Result<(V4l2Camera, Vec<Result<u64, AcquireError>>), String> {
    let (mut camera, mut pixels) = open("GREY")?;
    next(&mut camera, &mut pixels).map_err(|e| e.to_string())?;
    fault()?;
    let said = (0..30)
        .map(|_| next(&mut camera, &mut pixels).map(|m| m.block_id))
        .collect();
    Ok((camera, said))
}

fn error_flag() -> Outcome {
    let (_, said) = after(|| press("Inject V4L2_BUF_FLAG_ERROR"))?;
    let bad = said
        .iter()
        .filter(|s| matches!(s, Err(AcquireError::Incomplete { .. })))
        .count();
    let good = said.iter().filter(|s| s.is_ok()).count();
    expect(
        (bad, good) == (1, 29),
        format!("{bad} incomplete, {good} good"),
    )
}

fn refused_buffer() -> Outcome {
    let (_, said) = after(|| press("Inject VIDIOC_QBUF Error"))?;
    expect(said.iter().all(|s| s.is_ok()), format!("{said:?}"))
}

fn dropped() -> Outcome {
    let (_, said) = after(|| set("Percentage of Dropped Buffers", Value::Integer(30)))?;
    set("Percentage of Dropped Buffers", Value::Integer(0))?;
    let ids: Vec<u64> = said.into_iter().flatten().collect();
    expect(ids.len() == 30 && ids[29] - ids[0] > 31, format!("{ids:?}"))
}

fn lost_until_reopened(fault: &str) -> Outcome {
    let (mut camera, said) = after(|| press(fault))?;
    let first = said
        .iter()
        .position(|s| s.is_err())
        .ok_or("nothing happened")?;
    let gone = |s: &Result<u64, AcquireError>| matches!(s, Err(AcquireError::Disconnected { .. }));
    expect(said[first..].iter().all(gone), format!("{said:?}"))?;
    camera.reopen().map_err(|e| e.to_string())?;
    let mut pixels = vec![0; camera.shape().bytes()];
    next(&mut camera, &mut pixels)
        .map(drop)
        .map_err(|e| e.to_string())
}

fn wrapped_sequence() -> Outcome {
    set("Wrap Sequence Number", Value::Boolean(true))?;
    let (mut camera, mut pixels) = open("GREY")?;
    let mut ids = Vec::new();
    for _ in 0..160 {
        ids.push(
            next(&mut camera, &mut pixels)
                .map_err(|e| e.to_string())?
                .block_id,
        );
    }
    drop(camera);
    set("Wrap Sequence Number", Value::Boolean(false))?;
    let grew = ids.windows(2).all(|w| w[0] < w[1]);
    expect(
        grew && ids[159] > u64::from(u32::MAX),
        format!("{}..{}", ids[0], ids[159]),
    )
}

fn wrapped_timestamp() -> Outcome {
    use crate::clock::Clock;
    set("Wrap Timestamp", Value::Boolean(true))?;
    let (mut camera, mut pixels) = open("GREY")?;
    let meta = next(&mut camera, &mut pixels).map_err(|e| e.to_string())?;
    drop(camera);
    set("Wrap Timestamp", Value::Boolean(false))?;
    expect(meta.exposed_at <= SystemClock.now(), format!("{meta:?}"))
}

fn refused_start(fault: &str) -> Outcome {
    press(fault)?;
    expect(open("GREY").is_err(), "the fault was not seen")?;
    format("GREY")
}

/// Controls by name, as vivid has them: an integer, a boolean and a menu.
fn controls_by_name() -> Outcome {
    let with = |controls: &[(&str, FeatureValue)]| {
        let controls = controls
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let settings = V4l2Settings {
            controls: Features(controls.collect()),
            ..settings("GREY")
        };
        V4l2Camera::open(settings, Arc::new(SystemClock)).map_err(|error| error.to_string())
    };
    let text = |value: &str| FeatureValue::Text(value.to_owned());
    let mut camera = with(&[
        ("Brightness", FeatureValue::Int(77)),
        ("horizontal_flip", FeatureValue::Bool(true)),
        ("Test Pattern", text("100% Colorbar")),
    ])?;
    let mut pixels = vec![0; camera.shape().bytes()];
    next(&mut camera, &mut pixels).map_err(|error| error.to_string())?;
    let device = Device::with_path("/dev/video0").map_err(|error| error.to_string())?;
    let has = |name: &str| {
        let value = device
            .control(control(name)?)
            .map_err(|error| error.to_string())?
            .value;
        Ok::<_, String>(value)
    };
    let brightness = has("Brightness")?;
    expect(
        brightness == Value::Integer(77),
        format!("brightness {brightness:?}"),
    )?;
    let flip = has("Horizontal Flip")?;
    expect(flip == Value::Boolean(true), format!("flip {flip:?}"))?;
    drop(camera);
    for (name, value, part) in [
        ("Brightnes", FeatureValue::Int(1), "did you mean brightness"),
        (
            "Brightness",
            FeatureValue::Int(256),
            "expected 0 to 255, found 256",
        ),
        (
            "Horizontal Flip",
            FeatureValue::Int(1),
            "expected true or false, found 1",
        ),
        ("Test Pattern", text("Zebra"), "100% Colorbar"),
    ] {
        let said = with(&[(name, value)]).err().unwrap_or_default();
        expect(said.contains(part), format!("{name}: {said}"))?;
    }
    let normal = [
        ("Brightness", FeatureValue::Int(128)),
        ("Horizontal Flip", FeatureValue::Bool(false)),
        ("Test Pattern", text("75% Colorbar")),
    ];
    with(&normal).map(drop)
}

/// The suite that every adapter passes. Under emulation a scheduling delay may be long.
fn conforms() -> Outcome {
    let make = || match open("RGB3") {
        Ok((camera, _)) => (
            Box::new(camera) as Box<dyn Camera>,
            Arc::new(SystemClock) as _,
        ),
        // Ends this case, and with it the run, in which the host then misses the end.
        Err(why) => panic!("vivid does not open: {why}"),
    };
    let expected = Expectations {
        shape: FrameShape {
            width: 640,
            height: 360,
            pixel_format: PixelFormat::Rgb8,
        },
        frames: 30,
        is_lossless: false,
        ends: false,
        delay: Duration::from_millis(500),
    };
    check(make, &expected)
}

/// One case: its name in the report, and how to find out.
pub type Case = (String, Box<dyn Fn() -> Outcome>);

/// Every case, in the order of running; faults that leave traces come last.
pub fn all() -> Vec<Case> {
    let case = |name: &str, run: fn() -> Outcome| (name.to_owned(), Box::new(run) as Box<_>);
    // vivid sends no MJPG; `convert.rs` tests that layout.
    let formats = LAYOUTS.iter().filter(|(code, ..)| *code != b"MJPG");
    let mut cases: Vec<Case> = formats
        .map(|(code, pfnc, _)| {
            let run = || format(&String::from_utf8_lossy(&code[..]));
            (format!("format-{pfnc}"), Box::new(run) as Box<_>)
        })
        .collect();
    cases.extend([
        case("time-outs", time_outs),
        case("error-flag", error_flag),
        case("refused-buffer", refused_buffer),
        case("dropped", dropped),
        case("refused-reqbufs", || {
            refused_start("Inject VIDIOC_REQBUFS Error")
        }),
        case("refused-streamon", || {
            refused_start("Inject VIDIOC_STREAMON Error")
        }),
        case("wrapped-sequence", wrapped_sequence),
        case("wrapped-timestamp", wrapped_timestamp),
        case("fatal-error", || {
            lost_until_reopened("Inject Fatal Streaming Error")
        }),
        case("disconnect", || lost_until_reopened("Disconnect")),
        case("conformance", conforms),
        case("controls-by-name", controls_by_name),
        case("listed", listing::vivid_is_listed),
        case("permission", listing::permission_is_named),
        case("replug", plugging::replug),
        case("settings-after-replug", plugging::settings_after_replug),
        case("driver-unloaded", plugging::driver_unloaded),
        case("listed-again", listing::vivid_is_listed),
    ]);
    cases
}

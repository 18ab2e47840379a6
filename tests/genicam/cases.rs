//! A camera that works.

use crate::clock::{Clock, SystemClock};
use crate::conformance::{Expectations, check};
use crate::counting::allocations_of;
use crate::device::{ADDRESS, FakeDevice};
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::ports::feature::{FeatureValue, Features};
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use inspector::adapters::camera::genicam::settings::Trigger;
use inspector::adapters::camera::genicam::{GenicamCamera, GenicamSettings, list};
use std::sync::Arc;
use std::time::Duration;

/// Small frames, quickly.
pub fn settings() -> GenicamSettings {
    GenicamSettings {
        region: Some([16, 8, 320, 240]),
        pixel_format: Some("Mono8".to_owned()),
        frame_rate_hz: Some(100.0),
        ..GenicamSettings::of(ADDRESS)
    }
}

pub fn open(settings: GenicamSettings) -> Result<GenicamCamera, OpenError> {
    GenicamCamera::open(settings, Arc::new(SystemClock))
}

/// The next frame of a camera that works.
pub fn next(camera: &mut dyn Camera, pixels: &mut [u8]) -> FrameMeta {
    camera.acquire(pixels, Duration::from_secs(2)).unwrap()
}

/// The simulator sends one frame by itself when it starts, whatever its trigger.
fn settle(camera: &mut dyn Camera, pixels: &mut [u8]) {
    for _ in 0..3 {
        if camera.acquire(pixels, Duration::from_millis(300)) == Err(AcquireError::Timeout) {
            return;
        }
    }
    panic!("frames come without a trigger");
}

fn text(value: &str) -> FeatureValue {
    FeatureValue::Text(value.to_owned())
}

fn with(features: &[(&str, FeatureValue)]) -> GenicamSettings {
    let features = features
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    GenicamSettings {
        features: Features(features.collect()),
        ..settings()
    }
}

#[test]
fn the_genicam_camera_keeps_the_contract() {
    let _device = FakeDevice::start("GV10", false);
    let make = || {
        let camera = open(settings()).unwrap();
        (
            Box::new(camera) as Box<dyn Camera>,
            Arc::new(SystemClock) as Arc<dyn Clock>,
        )
    };
    let shape = FrameShape {
        width: 320,
        height: 240,
        pixel_format: PixelFormat::Mono8,
    };
    let expected = Expectations {
        shape,
        frames: 30,
        is_lossless: false,
        ends: false,
        delay: Duration::from_millis(300),
    };
    assert_eq!(check(make, &expected), Ok(()));
}

/// The simulator begins at 65401, so that its ids of 16 bits end soon.
#[test]
fn block_ids_grow_beyond_sixteen_bits() {
    let _device = FakeDevice::start("GV11", false);
    let mut camera = open(settings()).unwrap();
    let mut pixels = vec![0; camera.shape().bytes()];
    let ids: Vec<u64> = (0..200)
        .map(|_| next(&mut camera, &mut pixels).block_id)
        .collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    let (first, last) = (ids[0], ids[199]);
    assert!(
        first < 65_535 && last > 65_535 && last < 66_200,
        "{first}..{last}"
    );
    // Every id in turn, unless this computer was too busy for some.
    let lost = last - first - 199;
    assert!(lost < 20, "{lost} were lost: {ids:?}");
}

#[test]
fn frames_are_taken_without_allocating() {
    let _device = FakeDevice::start("GV12", false);
    let mut camera = open(settings()).unwrap();
    let mut pixels = vec![0; camera.shape().bytes()];
    for _ in 0..10 {
        next(&mut camera, &mut pixels);
    }
    let allocations = allocations_of(|| {
        for _ in 0..50 {
            next(&mut camera, &mut pixels);
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn exposure_gain_rate_and_region_are_set_and_read_back() {
    let _device = FakeDevice::start("GV13", false);
    let mut camera = open(GenicamSettings {
        exposure_time_us: Some(4_000),
        gain: Some(3.0),
        frame_rate_hz: Some(50.0),
        ..settings()
    })
    .unwrap();
    let has = camera.apply(&AcquisitionSettings::default()).unwrap();
    let expected = AcquisitionSettings {
        exposure_time_us: Some(4_000),
        gain: Some(3.0),
        frame_rate_hz: Some(50.0),
    };
    assert_eq!(has, expected);
    let changed = AcquisitionSettings {
        exposure_time_us: Some(7_000),
        ..AcquisitionSettings::default()
    };
    assert_eq!(
        camera.apply(&changed).unwrap().exposure_time_us,
        Some(7_000)
    );
    camera.reopen().unwrap();
    let has = camera.apply(&AcquisitionSettings::default()).unwrap();
    assert_eq!((has.exposure_time_us, has.gain), (Some(7_000), Some(3.0)));
    let shape = camera.shape();
    assert_eq!((shape.width, shape.height), (320, 240));
    drop(camera);
    for (settings, part) in [
        (
            GenicamSettings {
                exposure_time_us: Some(9),
                ..settings()
            },
            "exposure_time_us: expected 10 to 100000, found 9",
        ),
        (
            GenicamSettings {
                gain: Some(11.0),
                ..settings()
            },
            "gain: expected 0 to 10, found 11",
        ),
        (
            GenicamSettings {
                region: Some([0, 0, 322, 240]),
                ..settings()
            },
            "Width: expected 4 to 2048 in steps of 4, found 322",
        ),
        (
            GenicamSettings {
                pixel_format: Some("Mono7".to_owned()),
                ..settings()
            },
            "Mono7 is not known",
        ),
        (
            GenicamSettings {
                pixel_format: Some("Mono14".to_owned()),
                ..settings()
            },
            "does not send Mono14; expected one of Mono8, Mono10, ",
        ),
    ] {
        let Err(OpenError::Unsupported { message }) = open(settings) else {
            panic!("{part}: it opened");
        };
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn features_are_set_by_their_own_names_and_read_back() {
    let device = FakeDevice::start("GV14", false);
    let camera = open(with(&[
        ("GainAuto", text("Continuous")),
        ("BlackLevelRaw", FeatureValue::Int(15)),
        ("Gamma", FeatureValue::Float(0.45)),
        ("ReverseX", FeatureValue::Bool(true)),
        ("DeviceUserID", text("station 3")),
        ("LineSelector", text("Line1")),
        ("LineMode", text("Output")),
        ("LineSelector", text("Line0")),
        ("LineMode", text("Input")),
    ]))
    .unwrap();
    let fake = device.camera.fake_camera().unwrap();
    let register = |address: u32| fake.read_register(address);
    assert_eq!(register(0x114), Some(2), "GainAuto");
    assert_eq!(register(0x1e0), Some(15), "BlackLevelRaw");
    assert_eq!(register(0x1e4), Some(450), "Gamma");
    assert_eq!(register(0x1e8), Some(1), "ReverseX");
    assert_eq!(
        register(0xe8),
        Some(u32::from_be_bytes(*b"stat")),
        "DeviceUserID"
    );
    assert_eq!(
        (register(0x2a0), register(0x2a4)),
        (Some(0), Some(1)),
        "LineMode of Line0 and Line1"
    );
    drop(camera);
}

#[test]
fn a_wrong_feature_or_value_names_what_would_be_right() {
    let _device = FakeDevice::start("GV15", false);
    for (name, value, part) in [
        (
            "BlackLevelRw",
            FeatureValue::Int(3),
            "no feature \"BlackLevelRw\"; did you mean BlackLevelRaw?",
        ),
        ("Zoom", FeatureValue::Int(3), "no feature \"Zoom\""),
        (
            "BlackLevelRaw",
            FeatureValue::Int(101),
            "expected 0 to 100 in steps of 5, found 101",
        ),
        (
            "BlackLevelRaw",
            FeatureValue::Int(7),
            "in steps of 5, found 7",
        ),
        (
            "BlackLevelRaw",
            text("much"),
            "expected a whole number from 0 to 100, found \"much\"",
        ),
        (
            "Gamma",
            FeatureValue::Float(9.0),
            "expected 0.1 to 4, found 9",
        ),
        (
            "GainAuto",
            text("On"),
            "expected one of [\"Off\", \"Continuous\"], found \"On\"",
        ),
        (
            "ReverseX",
            FeatureValue::Int(1),
            "expected true or false, found 1",
        ),
        (
            "DeviceUserID",
            FeatureValue::Int(1),
            "expected a text in quotes, found 1",
        ),
        ("All", FeatureValue::Int(1), "it is a group"),
    ] {
        let Err(OpenError::Unsupported { message }) = open(with(&[(name, value)])) else {
            panic!("{part}: it opened");
        };
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_software_trigger_brings_one_frame_and_none_comes_without() {
    let _device = FakeDevice::start("GV16", false);
    let mut camera = open(GenicamSettings {
        trigger: Trigger::Software,
        ..settings()
    })
    .unwrap();
    let mut pixels = vec![0; camera.shape().bytes()];
    settle(&mut camera, &mut pixels);
    let mut last = None;
    for _ in 0..10 {
        let before = SystemClock.now();
        camera.trigger().unwrap();
        let meta = next(&mut camera, &mut pixels);
        assert!(meta.exposed_at >= before, "{meta:?}");
        assert!(
            last.is_none_or(|last| meta.block_id == last + 1),
            "{last:?}, {meta:?}"
        );
        last = Some(meta.block_id);
    }
    // A frame rate that is set meanwhile switches the trigger off in the library; it must stay.
    let rate = AcquisitionSettings {
        frame_rate_hz: Some(60.0),
        ..AcquisitionSettings::default()
    };
    camera.apply(&rate).unwrap();
    // Frames that were exposed before it was set again may be on their way.
    settle(&mut camera, &mut pixels);
    let quiet = camera.acquire(&mut pixels, Duration::from_millis(300));
    assert_eq!(quiet, Err(AcquireError::Timeout));
}

#[test]
fn a_line_brings_a_frame_with_each_edge() {
    let device = FakeDevice::start("GV17", true);
    let mut camera = open(GenicamSettings {
        trigger: Trigger::Line("Line0".to_owned()),
        trigger_activation: Some("FallingEdge".to_owned()),
        ..settings()
    })
    .unwrap();
    assert_eq!(
        device.camera.fake_camera().unwrap().read_register(0x308),
        Some(1)
    );
    let mut pixels = vec![0; camera.shape().bytes()];
    settle(&mut camera, &mut pixels);
    for _ in 0..10 {
        let quiet = camera.acquire(&mut pixels, Duration::from_millis(50));
        assert_eq!(quiet, Err(AcquireError::Timeout));
        device.pulse();
        next(&mut camera, &mut pixels);
    }
    assert!(camera.trigger().is_err());
    drop(camera);
    let wrong = open(GenicamSettings {
        trigger: Trigger::Line("Line7".to_owned()),
        ..settings()
    });
    let message = wrong.err().unwrap().to_string();
    assert!(
        message.contains("expected off or one of [\"Line0\", \"Line1\"]"),
        "{message}"
    );
}

#[test]
fn a_camera_is_listed_and_found_by_each_of_its_names() {
    let _device = FakeDevice::start("GV18", false);
    let all = list();
    let found = all.iter().find(|found| found.serial == "GV18").unwrap();
    assert_eq!(
        (&found.address[..], &found.protocol[..]),
        (ADDRESS, "GigEVision")
    );
    for name in [&found.serial, &found.id, &found.address, &found.physical_id] {
        let camera = open(GenicamSettings {
            device: name.clone(),
            ..settings()
        });
        assert!(camera.is_ok(), "{name}: {:?}", camera.err());
    }
    let wrong = open(GenicamSettings {
        device: "GV19".to_owned(),
        ..settings()
    });
    let Some(OpenError::NotFound { message }) = wrong.err() else {
        panic!("it opened");
    };
    assert!(message.contains(&found.id), "{message}");
}

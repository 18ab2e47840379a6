//! What happens to a camera in a network.

use crate::cases::{next, open, settings};
use crate::clock::{Clock, SystemClock};
use crate::device::{ADDRESS, FakeDevice, OtherProcess};
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera};
use inspector::adapters::camera::genicam::{GenicamCamera, GenicamSettings};
use std::time::Duration;

/// How much later than told an `acquire` may return on a busy computer.
const DELAY: Duration = Duration::from_millis(500);

/// Takes frames until the camera is lost. No `acquire` may take longer than it was told.
pub fn until_lost(camera: &mut GenicamCamera, limit: Duration) -> Duration {
    let mut pixels = vec![0; camera.shape().bytes()];
    let (began, timeout) = (SystemClock.now(), Duration::from_millis(200));
    loop {
        let before = SystemClock.now();
        let said = camera.acquire(&mut pixels, timeout);
        let took = SystemClock.now().since(before);
        assert!(took <= timeout + DELAY, "an acquire took {took:?}");
        let since = SystemClock.now().since(began);
        if let Err(AcquireError::Disconnected { .. }) = said {
            let again = camera.acquire(&mut pixels, timeout);
            assert!(
                matches!(again, Err(AcquireError::Disconnected { .. })),
                "{again:?}"
            );
            return since;
        }
        assert!(since < limit, "still not lost after {since:?}: {said:?}");
    }
}

/// Reopens as a station does, until it succeeds.
pub fn until_open(camera: &mut GenicamCamera, limit: Duration) -> Duration {
    let began = SystemClock.now();
    loop {
        let said = camera.reopen();
        let since = SystemClock.now().since(began);
        match said {
            Ok(()) => return since,
            Err(error) => assert!(since < limit, "still not open after {since:?}: {error}"),
        }
        SystemClock.sleep_until(SystemClock.now() + Duration::from_millis(500));
    }
}

/// A simulator of its own has no steps of width.
fn special() -> GenicamSettings {
    GenicamSettings {
        exposure_time_us: Some(3_000),
        ..settings()
    }
}

/// Frames come, and the device has what the settings say.
pub fn is_as_set(camera: &mut GenicamCamera) {
    let mut pixels = vec![0; camera.shape().bytes()];
    next(camera, &mut pixels);
    let has = camera.apply(&AcquisitionSettings::default()).unwrap();
    assert_eq!(has.exposure_time_us, Some(3_000));
    assert!((has.frame_rate_hz.unwrap() - 100.0).abs() < 1.0, "{has:?}");
}

#[test]
fn a_frame_that_lost_packets_is_incomplete_and_the_next_is_good() {
    let device = FakeDevice::start("GV30", false);
    let mut camera = open(GenicamSettings {
        packet_size: Some(1_400),
        ..settings()
    })
    .unwrap();
    let mut pixels = vec![0; camera.shape().bytes()];
    next(&mut camera, &mut pixels);
    device.camera.set_gvsp_lost_ratio(0.02);
    let (mut good, mut bad, mut ids) = (0, 0, Vec::new());
    for _ in 0..120 {
        match camera.acquire(&mut pixels, Duration::from_secs(2)) {
            Ok(meta) => {
                good += 1;
                ids.push(meta.block_id);
            }
            Err(AcquireError::Incomplete {
                block_id, expected, ..
            }) => {
                bad += 1;
                assert_eq!(expected, 320 * 240);
                ids.extend(block_id);
            }
            Err(other) => panic!("{other}"),
        }
    }
    // Of 55 packets a frame two in three frames lose one.
    assert!(good >= 10 && bad >= 30, "{good} good, {bad} bad");
    assert_eq!(ids.len(), good + bad, "every frame has its id");
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    device.camera.set_gvsp_lost_ratio(0.0);
    let good = (0..60)
        .filter(|_| camera.acquire(&mut pixels, Duration::from_secs(2)).is_ok())
        .count();
    assert!(good >= 40, "{good} of 60 are good again");
}

#[test]
fn a_camera_that_was_switched_off_is_lost_and_comes_back_with_every_setting() {
    let Some(mut other) = OtherProcess::start() else {
        return;
    };
    let mut camera = open(special()).unwrap();
    is_as_set(&mut camera);
    other.kill();
    let took = until_lost(&mut camera, Duration::from_secs(15));
    eprintln!("a killed camera was lost after {took:?}");
    let refused = camera.reopen();
    assert!(refused.is_err());
    other.restart();
    let took = until_open(&mut camera, Duration::from_secs(20));
    eprintln!("it was open again after {took:?}");
    is_as_set(&mut camera);
}

#[test]
fn a_camera_that_was_switched_off_and_on_before_anybody_noticed_comes_back_with_every_setting() {
    let Some(mut other) = OtherProcess::start() else {
        return;
    };
    let mut camera = open(special()).unwrap();
    is_as_set(&mut camera);
    other.restart();
    let took = until_lost(&mut camera, Duration::from_secs(15));
    eprintln!("a camera that was restarted was lost after {took:?}");
    until_open(&mut camera, Duration::from_secs(20));
    is_as_set(&mut camera);
}

#[test]
fn a_camera_that_hangs_is_lost_and_comes_back() {
    let Some(other) = OtherProcess::start() else {
        return;
    };
    let mut camera = open(special()).unwrap();
    is_as_set(&mut camera);
    other.signal("-STOP");
    let took = until_lost(&mut camera, Duration::from_secs(15));
    eprintln!("a camera that hangs was lost after {took:?}");
    other.signal("-CONT");
    until_open(&mut camera, Duration::from_secs(20));
    is_as_set(&mut camera);
}

#[test]
fn a_camera_that_is_not_there_is_told_and_so_is_its_address() {
    let began = SystemClock.now();
    let error = open(GenicamSettings::of("127.0.0.1")).err();
    let took = SystemClock.now().since(began);
    // Another test may have one here just now.
    if let Some(error) = error {
        assert!(error.to_string().contains(ADDRESS), "{error}");
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}

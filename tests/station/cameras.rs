//! The camera adapters that need no device keep the contract of the `Camera` port. The one for V4L2
//! is checked in the virtual machine of `tests/guest`, by the same suite.

mod conformance;
mod played;
mod presence;

use clock::{Clock, SystemClock};
use conformance::{Expectations, check};
use inspector::adapters::camera::folder::{FolderCamera, FolderSettings};
use inspector::adapters::camera::sim::{SimCamera, SimLine, SimSettings};
use inspector::{clock, ports, station};
use ports::camera::Camera;
use station::frame::{FrameShape, PixelFormat};
use station::time::{Instant, WallTime};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Time that passes only when somebody waits.
#[derive(Default)]
struct Waiting(AtomicU64);

impl Clock for Waiting {
    fn now(&self) -> Instant {
        Instant(Duration::from_nanos(self.0.load(Ordering::Relaxed)))
    }
    fn wall(&self) -> WallTime {
        WallTime(0)
    }
    fn sleep_until(&self, at: Instant) {
        self.0.fetch_max(at.0.as_nanos() as u64, Ordering::Relaxed);
    }
}

fn expected(width: u32, height: u32, pixel_format: PixelFormat) -> Expectations {
    Expectations {
        shape: FrameShape {
            width,
            height,
            pixel_format,
        },
        frames: 6,
        is_lossless: true,
        ends: false,
        delay: Duration::ZERO,
    }
}

#[test]
fn the_simulated_camera_keeps_the_contract() {
    let make = || {
        let settings = SimSettings {
            width: 160,
            height: 120,
            ..SimSettings::default()
        };
        let clock = Arc::new(Waiting::default());
        let line = SimLine::new(settings, clock.now(), 0).unwrap();
        let camera = SimCamera::new(line, 0, clock.clone()).unwrap();
        (Box::new(camera) as Box<dyn Camera>, clock as Arc<dyn Clock>)
    };
    assert_eq!(check(make, &expected(160, 120, PixelFormat::Rgb8)), Ok(()));
}

/// Six pictures of noise, of an odd size.
fn pictures(folder: &Path) {
    let mut random = fastrand::Rng::with_seed(1);
    for number in 0..6 {
        let picture =
            image::RgbImage::from_fn(33, 21, |_, _| image::Rgb([0; 3].map(|_| random.u8(..))));
        picture.save(folder.join(format!("{number}.png"))).unwrap();
    }
}

fn played(
    mono: bool,
    repeat: bool,
    clock: Arc<dyn Clock>,
    expected: &Expectations,
) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    pictures(folder.path());
    let make = || {
        let settings = FolderSettings {
            path: folder.path().to_owned(),
            interval_ms: 40,
            repeat,
            manifest: None,
            trigger: Default::default(),
            mono,
        };
        let camera = FolderCamera::open(settings, clock.clone()).unwrap();
        (Box::new(camera) as Box<dyn Camera>, clock.clone())
    };
    check(make, expected)
}

#[test]
fn the_folder_camera_keeps_the_contract_and_ends_after_its_last_image() {
    let expected = Expectations {
        ends: true,
        ..expected(33, 21, PixelFormat::Rgb8)
    };
    assert_eq!(
        played(false, false, Arc::new(Waiting::default()), &expected),
        Ok(())
    );
}

#[test]
fn the_folder_camera_keeps_the_contract_when_it_plays_for_ever_in_real_time() {
    let expected = Expectations {
        frames: 15,
        delay: Duration::from_millis(200),
        ..expected(33, 21, PixelFormat::Mono8)
    };
    assert_eq!(played(true, true, Arc::new(SystemClock), &expected), Ok(()));
}

/// A camera that breaks one promise, to see that the suite notices.
struct Faulty {
    camera: SimCamera,
    fault: fn(&mut station::frame::FrameMeta, &mut [u8]),
}

impl Camera for Faulty {
    fn shape(&self) -> FrameShape {
        self.camera.shape()
    }
    fn acquire(
        &mut self,
        pixels: &mut [u8],
        timeout: Duration,
    ) -> Result<station::frame::FrameMeta, ports::camera::AcquireError> {
        let last = pixels[pixels.len() - 1];
        let mut meta = self.camera.acquire(pixels, timeout)?;
        (self.fault)(&mut meta, pixels);
        if meta.part_id.is_none() && meta.device_timestamp_ns.is_none() {
            let end = pixels.len() - 1;
            pixels[end] = last;
        }
        Ok(meta)
    }
    fn apply(
        &mut self,
        settings: &ports::camera::AcquisitionSettings,
    ) -> Result<ports::camera::AcquisitionSettings, ports::camera::OpenError> {
        self.camera.apply(settings)
    }
    fn reopen(&mut self) -> Result<(), ports::camera::OpenError> {
        self.camera.reopen()
    }
}

#[test]
fn the_suite_notices_each_broken_promise() {
    let said = |fault: fn(&mut station::frame::FrameMeta, &mut [u8])| {
        let make = || {
            let settings = SimSettings {
                width: 160,
                height: 120,
                ..SimSettings::default()
            };
            let clock = Arc::new(Waiting::default());
            let line = SimLine::new(settings, clock.now(), 0).unwrap();
            let camera = SimCamera::new(line, 0, clock.clone()).unwrap();
            (
                Box::new(Faulty { camera, fault }) as Box<dyn Camera>,
                clock as Arc<dyn Clock>,
            )
        };
        check(make, &expected(160, 120, PixelFormat::Rgb8)).unwrap_err()
    };
    let repeated = said(|meta, _| meta.block_id = 7);
    assert!(repeated.contains("block id 7 after 7"), "{repeated}");
    let skipped = said(|meta, _| meta.block_id *= 2);
    assert!(skipped.contains("block id 2 after 0"), "{skipped}");
    let future = said(|meta, _| meta.exposed_at = Instant::from_millis(u64::from(u32::MAX)));
    assert!(future.contains("which is after"), "{future}");
    let reshaped = said(|meta, _| meta.shape.width = 159);
    assert!(reshaped.contains("a frame of"), "{reshaped}");
    let unfilled = said(|meta, _| meta.device_timestamp_ns = None);
    assert!(
        unfilled.contains("1 bytes were never written"),
        "{unfilled}"
    );
}

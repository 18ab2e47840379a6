//! Parts are made of the frames of a camera that runs freely: one part, one frame, whatever light, noise and belt do.

use super::Waiting;
use super::clock::Clock;
use super::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use super::station::frame::{FrameMeta, FrameShape, PixelFormat};
use inspector::adapters::camera::presence::{PresenceCamera, PresenceSettings};
use std::sync::Arc;
use std::time::Duration;

const WIDTH: i32 = 320;
const HEIGHT: i32 = 200;
const PERIOD: Duration = Duration::from_millis(10);
/// Where parts are told.
const REGION: [u32; 4] = [110, 50, 100, 100];
/// Frames that the belt is learnt from.
const LEARN: u64 = 30;

/// What a frame of the belt is like.
#[derive(Clone, Copy)]
struct Scene {
    /// Left edge of a part.
    part: Option<i32>,
    /// How bright its light is, 1 at first.
    light: f64,
    noise: i16,
    /// Whether the camera loses it, or sends a part of it.
    is_lost: bool,
    is_incomplete: bool,
}

const EMPTY: Scene = Scene {
    part: None,
    light: 1.0,
    noise: 8,
    is_lost: false,
    is_incomplete: false,
};

/// A belt under a camera that sends a frame every ten milliseconds.
struct BeltCamera {
    clock: Arc<Waiting>,
    plan: Box<dyn Fn(u64) -> Scene + Send>,
    frames: u64,
    next: u64,
    random: fastrand::Rng,
}

impl Camera for BeltCamera {
    fn shape(&self) -> FrameShape {
        FrameShape {
            width: WIDTH as u32,
            height: HEIGHT as u32,
            pixel_format: PixelFormat::Mono8,
        }
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        if self.next == self.frames {
            return Err(AcquireError::Ended);
        }
        let wait = PERIOD.min(timeout);
        self.clock.sleep_until(self.clock.now() + wait);
        if wait < PERIOD {
            return Err(AcquireError::Timeout);
        }
        let scene = (self.plan)(self.next);
        let block_id = self.next;
        self.next += 1;
        if scene.is_lost {
            return Err(AcquireError::Timeout);
        }
        if scene.is_incomplete {
            return Err(AcquireError::Incomplete {
                block_id: Some(block_id),
                received: 0,
                expected: pixels.len(),
                part_id: None,
                style: None,
            });
        }
        for (at, pixel) in pixels.iter_mut().enumerate() {
            let (x, y) = (at as i32 % WIDTH, at as i32 / WIDTH);
            let is_part = |left: i32| (left..left + 70).contains(&x) && (70..130).contains(&y);
            let grey = match scene.part {
                Some(left) if is_part(left) => 150 + (x ^ y) % 20,
                _ => 90 + (x * 7 + y * 3) % 24,
            };
            let noise = self.random.i16(-scene.noise..=scene.noise);
            *pixel = (f64::from(grey) * scene.light + f64::from(noise)).clamp(0.0, 255.0) as u8;
        }
        Ok(FrameMeta {
            block_id,
            device_timestamp_ns: Some(block_id),
            exposed_at: self.clock.now(),
            shape: self.shape(),
            part_id: None,
            style: None,
            counts: None,
            lines: None,
        })
    }

    fn apply(&mut self, _: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        Ok(AcquisitionSettings::default())
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        Ok(())
    }
}

fn settings() -> PresenceSettings {
    PresenceSettings {
        region: Some(REGION),
        learn_frames: LEARN as u32,
        ..PresenceSettings::default()
    }
}

/// Ids of the parts that were told, and in which frame of the camera each was seen.
fn told(frames: u64, plan: impl Fn(u64) -> Scene + Send + 'static) -> Vec<(u64, u64)> {
    let clock = Arc::new(Waiting::default());
    let camera = BeltCamera {
        clock: clock.clone(),
        plan: Box::new(plan),
        frames,
        next: 0,
        random: fastrand::Rng::with_seed(frames),
    };
    let mut camera = PresenceCamera::new(Box::new(camera), settings(), clock.clone()).unwrap();
    let mut pixels = vec![0; camera.shape().bytes()];
    let mut parts = Vec::new();
    loop {
        let before = clock.now();
        let said = camera.acquire(&mut pixels, Duration::from_millis(95));
        let took = clock.now().since(before);
        assert!(
            took <= Duration::from_millis(95),
            "an acquire took {took:?}"
        );
        match said {
            Ok(meta) => {
                parts.push((meta.block_id, meta.device_timestamp_ns.unwrap()));
            }
            Err(AcquireError::Timeout) => {}
            Err(AcquireError::Ended) => return parts,
            Err(other) => panic!("{other}"),
        }
    }
}

/// A part every 90 frames, at six pixels a frame.
fn passing(frame: u64) -> Option<i32> {
    let left = (frame % 90) as i32 * 6 - 100;
    (left < WIDTH).then_some(left)
}

/// Light that goes up and down by a fifth within ten seconds.
fn drifting(frame: u64) -> f64 {
    1.0 + 0.2 * (frame as f64 / 160.0).sin()
}

#[test]
fn each_part_that_passes_is_one_frame_under_noise_and_drifting_light() {
    let parts = told(30 * 90, |frame| Scene {
        part: passing(frame),
        light: drifting(frame),
        ..EMPTY
    });
    // The first comes while the belt is learnt, and is still there afterwards.
    let expected: Vec<u64> = (0..30).collect();
    let ids: Vec<u64> = parts.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, expected, "{parts:?}");
    for (_, frame) in &parts {
        let left = passing(*frame).unwrap();
        let is_in_region = left + 70 > REGION[0] as i32 && left < (REGION[0] + REGION[2]) as i32;
        assert!(is_in_region, "frame {frame}: the part is at {left}");
    }
}

#[test]
fn an_empty_belt_is_no_part_whatever_the_light_does_slowly() {
    let parts = told(3_000, |frame| Scene {
        light: drifting(frame),
        noise: 25,
        ..EMPTY
    });
    assert_eq!(parts, []);
}

#[test]
fn a_part_that_stops_is_one_part_and_never_becomes_belt() {
    // In the middle of the region for ten seconds, then on; another one follows.
    let parts = told(1_400, |frame| {
        let part = match frame {
            0..100 => None,
            100..150 => Some((frame as i32 - 100) * 6 - 175),
            150..1_150 => Some(125),
            1_150..1_200 => Some(125 + (frame as i32 - 1_150) * 6),
            _ => passing(frame - 1_200),
        };
        Scene {
            part,
            light: drifting(frame),
            ..EMPTY
        }
    });
    let frames: Vec<u64> = parts.iter().map(|(_, frame)| *frame).collect();
    // Of those that pass from 1200 on, two reach the region.
    assert_eq!(frames.len(), 3, "{parts:?}");
    assert!(
        (130..160).contains(&frames[0]) && frames[1] > 1_200,
        "{parts:?}"
    );
}

#[test]
fn a_part_that_trembles_at_the_edge_is_one_part() {
    // Its edge stands just where it counts, and shakes by two pixels.
    let parts = told(600, |frame| Scene {
        part: (frame >= 100).then_some(48 + (frame % 3) as i32 * 2 - 2),
        ..EMPTY
    });
    assert!(parts.len() <= 1, "{parts:?}");
}

#[test]
fn frames_that_are_lost_beside_a_part_are_no_part_and_many_in_a_row_are_one() {
    let some_lost = told(30 * 90, |frame| Scene {
        part: passing(frame),
        is_lost: frame % 11 == 0,
        is_incomplete: frame % 17 == 0,
        ..EMPTY
    });
    let ids: Vec<u64> = some_lost.iter().map(|(id, _)| *id).collect();
    let expected: Vec<u64> = (0..30).collect();
    assert_eq!(ids, expected, "{some_lost:?}");
    // A part passes unseen while the camera sends nothing for 60 frames.
    let unseen = told(10 * 90, |frame| Scene {
        part: passing(frame),
        is_lost: (275..335).contains(&frame),
        ..EMPTY
    });
    let ids: Vec<u64> = unseen.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [0, 1, 2, 4, 5, 6, 7, 8, 9], "{unseen:?}");
}

#[test]
fn settings_that_tell_no_part_are_refused() {
    let clock = Arc::new(Waiting::default());
    for (settings, part) in [
        (
            PresenceSettings {
                region: Some([300, 0, 40, 40]),
                ..settings()
            },
            "320×200",
        ),
        (
            PresenceSettings {
                region: Some([0, 0, 4, 40]),
                ..settings()
            },
            "8 pixels or more",
        ),
        (
            PresenceSettings {
                share_min: 0.0,
                ..settings()
            },
            "share above 0",
        ),
        (
            PresenceSettings {
                frames_min: 0,
                ..settings()
            },
            "frames_min: expected 1 to 1000",
        ),
        (
            PresenceSettings {
                grey_min: f32::NAN,
                ..settings()
            },
            "grey_min: expected 1 to 200",
        ),
    ] {
        let camera = BeltCamera {
            clock: clock.clone(),
            plan: Box::new(|_| EMPTY),
            frames: 1,
            next: 0,
            random: fastrand::Rng::with_seed(1),
        };
        let refused = PresenceCamera::new(Box::new(camera), settings, clock.clone()).err();
        let message = refused.unwrap().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn only_the_camera_that_announces_parts_may_have_it() {
    use inspector::settings::StationSettings;
    let file = std::path::Path::new("station.toml");
    let text = inspector::settings::DEFAULT.replacen("# [camera.presence]", "[camera.presence]", 1);
    let problems = StationSettings::parse(file, &text).unwrap_err();
    assert!(
        problems[0]
            .to_string()
            .contains("trigger.source = \"camera\""),
        "{problems:?}"
    );
    let leads = text.replacen("source = \"sim\" ", "source = \"camera\" ", 1);
    let settings = StationSettings::parse(file, &leads).unwrap();
    assert_eq!(
        settings.cameras[0].presence,
        Some(PresenceSettings::default())
    );
}

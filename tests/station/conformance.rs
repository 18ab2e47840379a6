//! What every camera adapter promises (see the `Camera` port), checked on a device that works.

use crate::clock::Clock;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera};
use crate::station::frame::{FrameMeta, FrameShape};
use std::sync::Arc;
use std::time::Duration;

/// What is true of this device in particular.
pub struct Expectations {
    /// Of every frame.
    pub shape: FrameShape,
    /// Frames to take, 4 at least.
    pub frames: usize,
    /// Whether nothing can get lost, so that block ids grow by exactly one.
    pub is_lossless: bool,
    /// Whether the source ends after `frames`.
    pub ends: bool,
    /// How much later than told an `acquire` may return.
    pub delay: Duration,
}

type Outcome = Result<(), String>;

/// What `make` opens is asked for frames, time-outs and a second opening.
///
/// # Errors
/// The first promise that it broke.
pub fn check(
    make: impl Fn() -> (Box<dyn Camera>, Arc<dyn Clock>),
    expected: &Expectations,
) -> Outcome {
    frames(make(), expected).map_err(|why| format!("frames: {why}"))?;
    time_outs(make(), expected).map_err(|why| format!("time-outs: {why}"))?;
    opened_again(make(), expected).map_err(|why| format!("reopening: {why}"))
}

fn expect(is_met: bool, why: impl FnOnce() -> String) -> Outcome {
    if is_met { Ok(()) } else { Err(why()) }
}

/// The next frame of a device that works: time-outs are waited out, anything else is an error.
fn next(camera: &mut dyn Camera, pixels: &mut [u8]) -> Result<FrameMeta, String> {
    for _ in 0..60 {
        match camera.acquire(pixels, Duration::from_secs(1)) {
            Err(AcquireError::Timeout) => {}
            other => return other.map_err(|error| error.to_string()),
        }
    }
    Err("no frame in 60 s".to_owned())
}

fn follows(before: &FrameMeta, after: &FrameMeta, expected: &Expectations) -> Outcome {
    let (from, to) = (before.block_id, after.block_id);
    let is_met = if expected.is_lossless {
        to == from + 1
    } else {
        to > from
    };
    expect(is_met, || format!("block id {to} after {from}"))?;
    expect(after.exposed_at >= before.exposed_at, || {
        format!(
            "exposed at {:?} after {:?}",
            after.exposed_at, before.exposed_at
        )
    })
}

/// Every frame has the shape, a growing id, a time that has passed, and all of its pixels.
fn frames(made: (Box<dyn Camera>, Arc<dyn Clock>), expected: &Expectations) -> Outcome {
    let (mut camera, clock) = made;
    expect(camera.shape() == expected.shape, || {
        format!("shape {:?}, expected {:?}", camera.shape(), expected.shape)
    })?;
    let mut pixels = vec![0; expected.shape.bytes()];
    // A byte that holds what was there before, each time something else, was never written.
    let mut is_untouched = vec![true; pixels.len()];
    let mut last: Option<FrameMeta> = None;
    for round in 0..expected.frames {
        let before = if round % 2 == 0 { 0xa5 } else { 0x5a };
        pixels.fill(before);
        let meta = next(&mut *camera, &mut pixels)?;
        for (is_untouched, pixel) in is_untouched.iter_mut().zip(&pixels) {
            *is_untouched &= *pixel == before;
        }
        expect(meta.shape == expected.shape, || {
            format!("a frame of {:?}", meta.shape)
        })?;
        let now = clock.now();
        expect(meta.exposed_at <= now, || {
            format!("exposed at {:?}, which is after {now:?}", meta.exposed_at)
        })?;
        last.map_or(Ok(()), |before| follows(&before, &meta, expected))?;
        last = Some(meta);
    }
    let untouched = is_untouched
        .iter()
        .filter(|is_untouched| **is_untouched)
        .count();
    expect(untouched == 0, || {
        format!("{untouched} bytes were never written")
    })?;
    expect(camera.shape() == expected.shape, || {
        "the shape changed".to_owned()
    })?;
    for _ in 0..if expected.ends { 3 } else { 0 } {
        let said = camera.acquire(&mut pixels, Duration::from_secs(1));
        expect(said == Err(AcquireError::Ended), || {
            format!("after its end: {said:?}")
        })?;
    }
    Ok(())
}

/// However often nobody came in time, the frames are the same as ever.
fn time_outs(made: (Box<dyn Camera>, Arc<dyn Clock>), expected: &Expectations) -> Outcome {
    let (mut camera, clock) = made;
    let mut pixels = vec![0; expected.shape.bytes()];
    let mut last: Option<FrameMeta> = None;
    let (mut taken, mut late) = (0, 0);
    let timeout = Duration::from_millis(2);
    while taken < expected.frames.min(4) {
        let before = clock.now();
        let said = camera.acquire(&mut pixels, timeout);
        match said {
            Err(AcquireError::Timeout) => {
                let took = clock.now().since(before);
                expect(took <= timeout + expected.delay, || {
                    format!("took {took:?}")
                })?;
                late += 1;
                expect(late < 60_000, || {
                    format!("{taken} frames in {late} time-outs")
                })?;
            }
            Ok(meta) => {
                last.map_or(Ok(()), |before| follows(&before, &meta, expected))?;
                last = Some(meta);
                taken += 1;
            }
            Err(other) => return Err(other.to_string()),
        }
    }
    expect(late > 0, || {
        "there was none; make the device slower".to_owned()
    })
}

/// A device that is opened again goes on with the same shape and the same settings.
fn opened_again(made: (Box<dyn Camera>, Arc<dyn Clock>), expected: &Expectations) -> Outcome {
    let (mut camera, _) = made;
    let mut pixels = vec![0; expected.shape.bytes()];
    next(&mut *camera, &mut pixels)?;
    let mut asked = || {
        camera
            .apply(&AcquisitionSettings::default())
            .map_err(|e| e.to_string())
    };
    let before = asked()?;
    expect(asked()? == before, || {
        "asking for nothing changed something".to_owned()
    })?;
    camera.reopen().map_err(|error| error.to_string())?;
    let after = camera.apply(&AcquisitionSettings::default());
    expect(after.as_ref() == Ok(&before), || {
        format!("{before:?} became {after:?}")
    })?;
    expect(camera.shape() == expected.shape, || {
        format!("shape {:?}", camera.shape())
    })?;
    next(&mut *camera, &mut pixels).map(drop)
}

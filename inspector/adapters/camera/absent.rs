//! A camera that was not there when the station started: gone until it answers, then that camera.

use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::station::frame::{FrameMeta, FrameShape};
use std::time::Duration;

type Open = Box<dyn FnMut() -> Result<Box<dyn Camera>, OpenError> + Send>;

/// A camera in whose place nothing answered.
pub struct AbsentCamera {
    shape: FrameShape,
    open: Open,
    state: State,
}

enum State {
    Here(Box<dyn Camera>),
    Absent { reason: String },
}

impl State {
    /// What is asked of a camera that is not there.
    fn camera(&mut self) -> Result<&mut Box<dyn Camera>, OpenError> {
        match self {
            State::Here(camera) => Ok(camera),
            State::Absent { reason } => Err(OpenError::NotFound {
                message: reason.clone(),
            }),
        }
    }
}

impl AbsentCamera {
    /// Its frames will have this shape, as the settings say; `reason` is why it could not be opened.
    pub fn new(
        shape: FrameShape,
        reason: &OpenError,
        open: impl FnMut() -> Result<Box<dyn Camera>, OpenError> + Send + 'static,
    ) -> Self {
        Self {
            shape,
            open: Box::new(open),
            state: State::Absent {
                reason: reason.to_string(),
            },
        }
    }
}

impl Camera for AbsentCamera {
    fn shape(&self) -> FrameShape {
        self.shape
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        match &mut self.state {
            State::Here(camera) => camera.acquire(pixels, timeout),
            State::Absent { reason } => Err(AcquireError::Disconnected {
                reason: reason.clone(),
            }),
        }
    }

    fn waits_for_trigger(&self) -> bool {
        match &self.state {
            State::Here(camera) => camera.waits_for_trigger(),
            State::Absent { .. } => false,
        }
    }

    fn trigger(&mut self) -> Result<(), OpenError> {
        self.state.camera()?.trigger()
    }

    fn apply(&mut self, settings: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        self.state.camera()?.apply(settings)
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        if let State::Here(camera) = &mut self.state {
            return camera.reopen();
        }
        let camera = (self.open)()?;
        let found = camera.shape();
        if found != self.shape {
            return Err(OpenError::Unsupported {
                message: format!(
                    "expected frames of {:?}, as the settings say, found {found:?}",
                    self.shape
                ),
            });
        }
        self.state = State::Here(camera);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::frame::PixelFormat;

    const SHAPE: FrameShape = FrameShape {
        width: 4,
        height: 2,
        pixel_format: PixelFormat::Mono8,
    };

    fn missing() -> OpenError {
        OpenError::NotFound {
            message: "no /dev/video9".to_owned(),
        }
    }

    #[test]
    fn it_is_gone_until_it_answers_with_the_frames_that_were_promised() {
        let mut tries = 0;
        let mut camera = AbsentCamera::new(SHAPE, &missing(), move || {
            tries += 1;
            let shape = FrameShape {
                width: if tries == 2 { 8 } else { 4 },
                ..SHAPE
            };
            match tries {
                1 => Err(missing()),
                // Absent again: only its shape is asked here.
                _ => Ok(Box::new(AbsentCamera::new(shape, &missing(), || {
                    Err(missing())
                }))),
            }
        });
        let mut pixels = [0; 8];
        let gone = camera.acquire(&mut pixels, Duration::ZERO);
        assert!(
            matches!(&gone, Err(AcquireError::Disconnected { reason }) if reason.contains("video9")),
            "{gone:?}"
        );
        assert_eq!(camera.reopen(), Err(missing()));
        let other = camera.reopen();
        assert!(
            matches!(other, Err(OpenError::Unsupported { .. })),
            "{other:?}"
        );
        assert_eq!(camera.reopen(), Ok(()));
        assert_eq!(camera.shape(), SHAPE);
    }
}

//! Where in a frame a session looks: the region that it sees, what of it is painted over, and where it finds nothing.

use super::ignored::Ignored;
use super::reading::Reader;
use super::ready::Session;
use crate::bundle::manifest::place::{Place, PlaceError, Point};
use crate::image::{ImageView, InputError};
use crate::prepare::cut::Cut;

/// What a session that looks at a place keeps.
#[derive(Default)]
pub(super) struct Looking {
    cut: Option<Cut>,
    /// The image as the model sees it.
    seen: Vec<u8>,
    pub(super) ignored: Ignored,
    /// What it was made for.
    of: Option<(Place, (u32, u32))>,
}

impl Session {
    /// Makes ready for frames of one size, looking where the model learnt to look; at all of them, where the manifest
    /// does not say.
    ///
    /// # Errors
    /// When the place is none in such frames, or what is seen cannot be resized to the model's input.
    pub fn prepare_for_frame(&mut self, frame: (u32, u32)) -> Result<(), PlaceError> {
        let place = self.manifest().place.clone().unwrap_or_default();
        self.look_at(&place, frame)
    }

    /// Looks at this place of frames of this size from now on, and makes ready for them. Ignored places are painted
    /// over if the model was taught so; another one would take the paint's edge for a defect. Nothing is found there either
    /// way. Boxes are told in pixels of the region.
    ///
    /// # Errors
    /// As [`prepare_for_frame`](Self::prepare_for_frame); when the model does not say where its scores come from, or
    /// too coarsely for an ignored place.
    pub fn look_at(&mut self, place: &Place, frame: (u32, u32)) -> Result<(), PlaceError> {
        let wanted = (place.clone(), frame);
        if self.looking.of.as_ref() == Some(&wanted) {
            return Ok(());
        }
        self.looking = Looking::default();
        let cut = Cut::new(place, frame, self.learnt_to_ignore())?;
        let (width, height) = cut.size();
        self.prepare_for(width, height).map_err(PlaceError::Input)?;
        let [left, top, ..] = place.seen(frame);
        let move_corner = |corner: &Point| [corner[0] - left as f32, corner[1] - top as f32];
        let moved = |shape: &Vec<Point>| shape.iter().map(move_corner).collect();
        let shapes: Vec<Vec<Point>> = place.ignore.iter().map(moved).collect();
        self.ignore(&shapes)?;
        if !cut.is_nothing() {
            let bytes = cut.bytes(self.manifest().input.channels.count());
            self.looking.seen = Vec::with_capacity(bytes);
            self.looking.cut = Some(cut);
        }
        self.looking.of = Some(wanted);
        Ok(())
    }

    /// Finds nothing in these polygons from now on, in pixels of what it sees: where lens or pose are corrected, an
    /// ignored place lies elsewhere in the model's input than in the frame.
    ///
    /// # Errors
    /// When the model does not say where its scores come from, or too coarsely.
    pub fn ignore(&mut self, shapes: &[Vec<Point>]) -> Result<(), PlaceError> {
        let (image, map) = (self.seen_size(), self.map_size());
        if !shapes.is_empty() && matches!(self.reader, Reader::Score | Reader::Classes) {
            return Err(PlaceError::NoMap);
        }
        if let Reader::Map(..) = self.reader
            && !self.learnt_to_ignore()
            && let Some(shape) = Ignored::too_fine(shapes, image, map)
        {
            let cell = (
                image.0.div_ceil(map.0.max(1)),
                image.1.div_ceil(map.1.max(1)),
            );
            return Err(PlaceError::Fine { shape, cell });
        }
        self.looking.ignored = Ignored::new(shapes, image, map);
        Ok(())
    }

    fn learnt_to_ignore(&self) -> bool {
        let learnt = self.manifest().place.as_ref();
        learnt.is_some_and(|place| !place.ignore.is_empty())
    }

    /// Resizes and normalises an image, or the region of it that is looked at, as the manifest says. Where a run takes
    /// several it is the next of them.
    ///
    /// # Errors
    /// When the image's channels, size or length do not fit; there is then nothing to run.
    pub fn preprocess(&mut self, image: &ImageView) -> Result<(), InputError> {
        let Some(cut) = self.looking.cut.take() else {
            return self.preprocess_seen(image);
        };
        let mut seen = std::mem::take(&mut self.looking.seen);
        let done = match cut.apply(image, &mut seen) {
            Ok(seen) => self.preprocess_seen(&seen),
            Err(error) => {
                self.loaded = 0;
                Err(error)
            }
        };
        (self.looking.cut, self.looking.seen) = (Some(cut), seen);
        done
    }
}

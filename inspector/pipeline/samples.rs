//! Copies of pictures for teaching, as parts pass. Nothing is copied unless somebody asked, and nobody
//! waits: a copy that finds no room is dropped and counted.

use super::message::ImageItem;
use crate::queue::Queue;
use crate::station::frame::FrameShape;
use crate::station::part::{PartId, PartNo, Style};
use crate::station::verdict::Verdict;
use std::sync::{Arc, Mutex, PoisonError};

/// Copies that may wait to be written. At a part every 500 ms, two seconds of a slow disk.
pub const SAMPLES_BOUND: usize = 4;

/// Which pictures are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Index into the station's cameras.
    pub camera: u8,
    /// Only parts of this style.
    pub style: Option<Style>,
    /// Only parts whose view passed.
    pub only_passes: bool,
}

/// images → teaching: a copy of one picture.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Number of the part in its job.
    pub part_no: PartNo,
    /// Who it is.
    pub part_id: PartId,
    /// What it is.
    pub style: Option<Style>,
    /// What the view said of it.
    pub verdict: Verdict,
    /// Shape of the pixels.
    pub shape: FrameShape,
    /// Pixels as acquired, rows packed.
    pub pixels: Vec<u8>,
}

/// What is wanted; shared by the control plane and the `images` stage, which decides nothing.
#[derive(Clone, Debug, Default)]
pub struct SampleRequest(Arc<Mutex<Option<Wanted>>>);

impl SampleRequest {
    /// From the next picture on.
    pub fn set(&self, wanted: Option<Wanted>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = wanted;
    }

    fn is_for(&self, item: &ImageItem) -> bool {
        let wanted = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.is_some_and(|wanted| {
            wanted.camera == item.camera
                && (wanted.style.is_none() || wanted.style == item.style)
                && (!wanted.only_passes || item.verdict == Verdict::Pass)
        })
    }
}

/// The end of the `images` stage.
pub struct Sampler {
    request: SampleRequest,
    samples: Queue<Sample>,
}

impl Sampler {
    /// Copies what is asked for.
    pub fn new(request: SampleRequest, samples: Queue<Sample>) -> Self {
        Self { request, samples }
    }

    /// Copies a picture if it is wanted and there is room.
    pub fn offer(&self, item: &ImageItem) {
        if !self.request.is_for(item) {
            return;
        }
        let bytes = item.shape.bytes().min(item.pixels.len());
        let sample = Sample {
            part_no: item.part_no,
            part_id: item.part_id,
            style: item.style,
            verdict: item.verdict,
            shape: item.shape,
            pixels: item.pixels[..bytes].to_vec(),
        };
        // The queue counts what it drops.
        drop(self.samples.push(sample));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::message::Keep;
    use crate::pipeline::pool::Pool;
    use crate::queue::{WhenFull, queue};
    use crate::station::frame::PixelFormat;

    fn item(pool: &Pool, part_no: u64, camera: u8, style: &str, verdict: Verdict) -> ImageItem {
        ImageItem {
            part_no: PartNo(part_no),
            part_id: PartId::counted(1, PartNo(part_no)),
            style: Style::new(style).ok(),
            camera,
            view: 0,
            verdict,
            keep: Keep::IfPartIs,
            pixels: pool.loan().expect("a buffer"),
            shape: FrameShape {
                width: 2,
                height: 1,
                pixel_format: PixelFormat::Rgb8,
            },
            map: None,
            map_size: (0, 0),
        }
    }

    #[test]
    fn only_what_is_wanted_is_copied_and_a_copy_without_room_is_dropped_and_counted() {
        let pool = Pool::new(1, 6);
        let (samples, outlet) = queue("samples", 2, WhenFull::DropNewest, None);
        let request = SampleRequest::default();
        let sampler = Sampler::new(request.clone(), samples);
        let offer = |part_no, camera, style, verdict| {
            sampler.offer(&item(&pool, part_no, camera, style, verdict));
        };
        offer(1, 0, "cap", Verdict::Pass);
        request.set(Some(Wanted {
            camera: 1,
            style: Style::new("cap").ok(),
            only_passes: true,
        }));
        offer(2, 0, "cap", Verdict::Pass);
        offer(3, 1, "gear", Verdict::Pass);
        offer(4, 1, "cap", Verdict::Fail);
        offer(5, 1, "cap", Verdict::Pass);
        offer(6, 1, "cap", Verdict::Pass);
        offer(7, 1, "cap", Verdict::Pass);
        assert_eq!(outlet.gauge().dropped(), 1);
        request.set(None);
        offer(8, 1, "cap", Verdict::Pass);
        let copied: Vec<u64> = std::iter::from_fn(|| outlet.pop())
            .map(|sample| sample.part_no.0)
            .collect();
        assert_eq!(copied, [5, 6]);
        assert_eq!(pool.out(), 0, "no buffer of the line was kept");
    }
}

//! What `record` and `images` put into the window that the control plane looks through.

use super::{LeftPart, LivePicture, Oracle, Seen, Versions, lock};
use crate::pipeline::images::Preview;
use crate::pipeline::message::ImageItem;
use crate::pipeline::record::Audience;
use crate::station::frame::FrameShape;
use crate::station::result::{PartResult, Record};
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;

/// Live pictures are shrunk to at most this width.
const LIVE_WIDTH_MAX: u32 = 960;

pub(super) struct Watcher {
    pub(super) seen: Arc<Mutex<Seen>>,
    pub(super) events: broadcast::Sender<Arc<LeftPart>>,
    pub(super) versions: Arc<Versions>,
    pub(super) oracle: Option<Oracle>,
}

impl Watcher {
    fn defect(&self, result: &PartResult) -> Option<String> {
        let recipe = result.recipe?;
        let worst = result
            .views
            .iter()
            .filter_map(|view| Some((view.view, view.findings.first()?)))
            .max_by(|a, b| a.1.score.get().total_cmp(&b.1.score.get()))?;
        self.versions
            .class(recipe.index, recipe.version, worst.0, worst.1.class)
    }
}

impl Audience for Watcher {
    fn left(&mut self, record: &Record) {
        use crate::station::verdict::Verdict;
        let Record::Result(result) = record else {
            return;
        };
        let truth = self
            .oracle
            .as_ref()
            .and_then(|oracle| oracle(&result.part_id));
        let part = Arc::new(LeftPart {
            defect: self.defect(result),
            result: result.clone(),
            truth,
        });
        let mut seen = lock(&self.seen);
        if let Some(truth) = &part.truth {
            let counted = match (part.result.verdict, truth.is_defective) {
                (Verdict::NotDecided, _) => &mut seen.agreement.not_decided,
                (Verdict::Pass, true) => &mut seen.agreement.missed_defects,
                (Verdict::Fail, false) => &mut seen.agreement.false_rejects,
                _ => &mut seen.agreement.agree,
            };
            *counted += 1;
        }
        let is_worse = |old: &Arc<LeftPart>| part.result.score > old.result.score;
        if part.result.score.is_some() && seen.worst.as_ref().is_none_or(is_worse) {
            seen.worst = Some(Arc::clone(&part));
        }
        seen.last = Some(Arc::clone(&part));
        drop(seen);
        // Nobody may be listening.
        drop(self.events.send(part));
    }

    fn durable(&mut self, _batch: &[Record]) {}
}

pub(super) struct LivePreview {
    pub(super) seen: Arc<Mutex<Seen>>,
}

impl Preview for LivePreview {
    fn show(&mut self, item: &ImageItem) {
        let factor = item.shape.width.div_ceil(LIVE_WIDTH_MAX).max(1);
        let (shape, pixels) = shrink(&item.pixels, item.shape, factor);
        let cells = item.map_size.0 as usize * item.map_size.1 as usize;
        let map = item
            .map
            .as_ref()
            .map_or(Vec::new(), |map| map[..cells].to_vec());
        let picture = LivePicture {
            part_no: item.part_no,
            pixels: Arc::new(pixels),
            shape,
            map: Arc::new(map),
            map_size: item.map_size,
        };
        let mut seen = lock(&self.seen);
        let view = usize::from(item.view);
        if seen.live.len() <= view {
            seen.live.resize(view + 1, None);
        }
        seen.live[view] = Some(picture);
    }
}

/// Takes every `factor`-th pixel of every `factor`-th row: good enough for a picture that is gone in
/// half a second.
fn shrink(pixels: &[u8], shape: FrameShape, factor: u32) -> (FrameShape, Vec<u8>) {
    let bytes = shape.pixel_format.bytes();
    let (width, height) = (shape.width / factor, shape.height / factor);
    let mut out = Vec::with_capacity(width as usize * height as usize * bytes);
    for y in 0..height {
        let row = (y * factor) as usize * shape.width as usize * bytes;
        for x in 0..width {
            let at = row + (x * factor) as usize * bytes;
            out.extend_from_slice(&pixels[at..at + bytes]);
        }
    }
    let shape = FrameShape {
        width,
        height,
        ..shape
    };
    (shape, out)
}

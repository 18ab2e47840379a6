//! Several parts in one run of the model, as a GPU likes them. A station runs one image at a time; this tells what
//! that costs.

use super::serving::Ready;
use crate::adapters::scoring::onnx::OnnxScorer;
use crate::bench::server::{Picture, Served, Server};
use crate::ports::scorer::Scorer as _;
use crate::station::verdict::{Verdict, judge};
use arrayvec::ArrayVec;
use models::Session;
use std::time::Duration;

/// Most parts a run.
pub const BATCH_MAX: usize = 64;

/// Gives verdicts for as many parts at once as its session takes.
pub struct Batch {
    scorer: OnnxScorer,
    ready: Ready,
    map: Vec<u8>,
}

impl Batch {
    /// Of a scorer whose session takes several images, no more than [`BATCH_MAX`].
    pub fn new(scorer: OnnxScorer, ready: &Ready) -> Self {
        let (width, height) = scorer.map_size();
        Self {
            scorer,
            ready: ready.clone(),
            map: vec![0; width as usize * height as usize],
        }
    }

    /// What it scores with; the images of its last query lie in it.
    pub fn into_session(self) -> Session {
        self.scorer.into_session()
    }
}

impl Server for Batch {
    /// The verdict is the worst of all parts.
    fn serve(&mut self, query: u64) -> Result<Served, String> {
        let (view, all) = (&self.ready.view, &self.ready.pictures);
        let images = self.scorer.images() as u64;
        let picture = |n: u64| &all[(n % all.len() as u64) as usize];
        let pictures: ArrayVec<&Picture, BATCH_MAX> = (query * images..(query + 1) * images)
            .map(picture)
            .collect();
        let frames: ArrayVec<&[u8], BATCH_MAX> =
            pictures.iter().map(|one| &one.pixels[..]).collect();
        let mut served = Served {
            verdict: Verdict::Pass,
            model: Duration::ZERO,
        };
        let (mut wrong, mut expected) = (None, pictures.iter());
        let from = view.thresholds.reject_above();
        let map = &mut self.map;
        let scored = self
            .scorer
            .score_all(&frames, view.shape, from, map, &mut |scored| {
                let verdict = judge(scored.score, view.thresholds);
                if let Some(one) = expected.next().filter(|one| one.expected != verdict) {
                    wrong = Some((&one.name, one.expected, verdict));
                }
                served.verdict = served.verdict.worst(verdict);
                served.model = Duration::from_micros(u64::from(scored.times_us[2]));
            });
        scored.map_err(|error| error.to_string())?;
        match wrong {
            None => Ok(served),
            Some((name, expected, found)) => Err(format!(
                "image {name}, one of {images} in a run: expected the verdict {expected:?}, which the CPU gives of \
                 it alone in f32, found {found:?}"
            )),
        }
    }

    fn keep_warm(&mut self) -> Result<(), String> {
        self.serve(0).map(|_| ())
    }
}

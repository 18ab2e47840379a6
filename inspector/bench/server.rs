//! What is measured: something that gives a verdict for a query.

use crate::ports::scorer::Scorer;
use crate::station::frame::FrameShape;
use crate::station::verdict::{Thresholds, Verdict, judge};
use std::sync::Arc;
use std::time::Duration;

/// What came of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// The verdict, which is the expected one.
    pub verdict: Verdict,
    /// The model's own run, with reading and checking its answer.
    pub model: Duration,
}

/// Gives verdicts. One per thread that inspects.
pub trait Server: Send {
    /// Answers a query, the count of it.
    ///
    /// # Errors
    /// Why no time may be reported: it failed, or the verdict is not the expected one.
    fn serve(&mut self, query: u64) -> Result<Served, String>;

    /// Runs the model on something, so that the device does not fall asleep in an idle gap.
    ///
    /// # Errors
    /// As [`serve`](Self::serve).
    fn keep_warm(&mut self) -> Result<(), String>;
}

/// A camera's image, and the verdict that it must be given.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Name, for messages.
    pub name: String,
    /// Rows without padding, of the case's size.
    pub pixels: Vec<u8>,
    /// By the CPU in full precision, at the same thresholds.
    pub expected: Verdict,
}

/// A view of a part: its scorer, and pictures in turn.
pub struct InspectedView {
    /// Loaded and warm.
    pub scorer: Box<dyn Scorer>,
    /// Of every picture.
    pub shape: FrameShape,
    /// Shown in turn, from the first again.
    pub pictures: Arc<Vec<Picture>>,
    /// Limits of the verdict.
    pub thresholds: Thresholds,
    /// For the score map.
    map: Vec<u8>,
}

impl InspectedView {
    /// With a buffer for its map.
    pub fn new(
        scorer: Box<dyn Scorer>,
        shape: FrameShape,
        pictures: Arc<Vec<Picture>>,
        thresholds: Thresholds,
    ) -> Self {
        let (width, height) = scorer.map_size();
        let map = vec![0; width as usize * height as usize];
        Self {
            scorer,
            shape,
            pictures,
            thresholds,
            map,
        }
    }

    fn serve(&mut self, query: u64) -> Result<Served, String> {
        let count = self.pictures.len() as u64;
        let picture = &self.pictures[(query % count) as usize];
        let from = self.thresholds.reject_above();
        let scored = self
            .scorer
            .score(&picture.pixels, self.shape, from, &mut self.map);
        let view = scored.map_err(|error| format!("image {}: {error}", picture.name))?;
        let verdict = judge(view.score, self.thresholds);
        if verdict != picture.expected {
            return Err(format!(
                "image {}: expected the verdict {:?}, which the CPU gives in f32, found {verdict:?} (score {})",
                picture.name,
                picture.expected,
                view.score.get()
            ));
        }
        let model = Duration::from_micros(u64::from(view.times_us[2]));
        Ok(Served { verdict, model })
    }
}

/// The station's own way from a part's frames to its verdict, which is the worst of its views: one after another,
/// as one thread that inspects takes them.
pub struct Inspection(pub Vec<InspectedView>);

impl Server for Inspection {
    fn serve(&mut self, query: u64) -> Result<Served, String> {
        let mut part = Served {
            verdict: Verdict::Pass,
            model: Duration::ZERO,
        };
        for view in &mut self.0 {
            let served = view.serve(query)?;
            part.verdict = part.verdict.worst(served.verdict);
            part.model += served.model;
        }
        Ok(part)
    }

    fn keep_warm(&mut self) -> Result<(), String> {
        self.serve(0).map(|_| ())
    }
}

/// Several styles, each with a server of its own. In every second block of [`BLOCK`] queries each is of another
/// style than the one before; in those between all are of the first style.
pub struct Styles(pub Vec<Box<dyn Server>>);

/// Queries between a change from mixed to single and back.
pub const BLOCK: u64 = 25;

impl Styles {
    /// Whether this query is one of the mixed ones.
    pub const fn is_mixed(query: u64) -> bool {
        (query / BLOCK).is_multiple_of(2)
    }

    /// Which style it is of: all in turn, which leaves each as long ago as can be.
    fn style(&self, query: u64) -> usize {
        if Self::is_mixed(query) {
            (query % self.0.len() as u64) as usize
        } else {
            0
        }
    }
}

impl Server for Styles {
    fn serve(&mut self, query: u64) -> Result<Served, String> {
        let style = self.style(query);
        self.0[style].serve(query)
    }

    fn keep_warm(&mut self) -> Result<(), String> {
        self.0[0].keep_warm()
    }
}

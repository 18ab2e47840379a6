//! Heads of all levels, and what they say of pictures that they had not seen.

use super::class::Class;
use super::graph::{Detector, heads as graphs};
use super::head::{Defect, Head};
use super::memory::Features;
use super::weighing::Scores;
use super::{TeachError, reviewed};

/// Made of reviewed defects.
pub(super) struct Heads {
    /// Of each good picture.
    pub(super) good: Vec<Scores>,
    /// Of each reviewed defect.
    pub(super) bad: Vec<Scores>,
    /// Made of all, one a level.
    pub(super) all: Vec<Head>,
}

/// Pictures to learn from or to hold out: of good ones those that nothing odd is about.
struct Lesson<'a> {
    features: &'a [Vec<Features>],
    bad: &'a [Vec<Features>],
    /// Of each reviewed defect and level, how unusual each cell is.
    unusual: Vec<Vec<Vec<f32>>>,
}

impl Class<'_> {
    /// `detectors` say where a defect lies in its picture; `learnt` are the good pictures that may be learnt from.
    pub(super) fn heads(
        &self,
        detectors: &[Detector],
        (features, bad): (&[Vec<Features>], &[Vec<Features>]),
        learnt: &[usize],
    ) -> Result<Heads, TeachError> {
        let lesson = Lesson {
            features,
            bad,
            unusual: self.unusual(detectors, bad)?,
        };
        let every: Vec<usize> = (0..bad.len()).collect();
        let mut heads = Heads {
            good: vec![Vec::new(); features.len()],
            bad: vec![Vec::new(); bad.len()],
            all: self.fitted(&lesson, learnt, &every),
        };
        let groups = reviewed::groups(learnt.len(), bad.len());
        for group in 0..groups {
            let (held, rest) = reviewed::split(learnt.len(), groups, group);
            let of = |places: &[usize]| places.iter().map(|place| learnt[*place]).collect();
            let (held, rest): (Vec<usize>, Vec<usize>) = (of(&held), of(&rest));
            let (bad_held, bad_rest) = reviewed::split(bad.len(), groups, group);
            let made = self.fitted(&lesson, &rest, &bad_rest);
            self.say(&made, (features, &held), &mut heads.good)?;
            self.say(&made, (bad, &bad_held), &mut heads.bad)?;
        }
        let odd: Vec<usize> = (0..features.len())
            .filter(|n| !learnt.contains(n))
            .collect();
        self.say(&heads.all, (features, &odd), &mut heads.good)?;
        Ok(heads)
    }

    fn unusual(
        &self,
        detectors: &[Detector],
        bad: &[Vec<Features>],
    ) -> Result<Vec<Vec<Vec<f32>>>, TeachError> {
        let opset = self.backbone.model().opset();
        let mut network =
            self.loaded(&graphs::cells(opset, detectors, self.map(), &self.places))?;
        let mut levels: Vec<usize> = detectors.iter().map(|d| d.memory.place.level).collect();
        levels.dedup();
        let maps = bad.iter().map(|of| self.answers(&mut network, &levels, of));
        maps.collect()
    }

    /// One head a level.
    fn fitted(&self, lesson: &Lesson, good: &[usize], bad: &[usize]) -> Vec<Head> {
        let far = self.backbone.levels().iter().map(|level| level.shrunk);
        let far = far.max().unwrap_or(1);
        let (width, height) = self.map();
        let (width, height) = (width / far, height / far);
        let of_level = |level: usize| {
            let good: Vec<&Features> = good.iter().map(|n| &lesson.features[*n][level]).collect();
            let bad = bad.iter().map(|n| Defect {
                features: &lesson.bad[*n][level],
                unusual: &lesson.unusual[*n][level],
            });
            let bad: Vec<Defect> = bad.collect();
            Head::of(self.places[level], &good, &bad, width * height)
        };
        (0..self.places.len()).map(of_level).collect()
    }

    /// What heads say of these pictures goes to where these stand.
    fn say(
        &self,
        heads: &[Head],
        (features, of): (&[Vec<Features>], &[usize]),
        to: &mut [Scores],
    ) -> Result<(), TeachError> {
        let model = graphs::head_scores(self.backbone.model().opset(), heads);
        let mut network = self.loaded(&model)?;
        let levels: Vec<usize> = (0..self.places.len()).collect();
        for n in of {
            to[*n] = self.asked(&mut network, &levels, &features[*n])?;
        }
        Ok(())
    }
}

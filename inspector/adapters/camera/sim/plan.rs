//! What comes down the simulated line, and when: a pure function of the settings and a part's index.

use super::defect::{Defect, DefectClass};
use super::parts::STYLES;
use super::random::Random;
use super::scene::{Painter, Scene, Shot};
use super::settings::{SimSettings, SimSettingsError};
use crate::ports::line::Arrival;
use crate::station::part::{PartId, Style};
use crate::station::time::Instant;
use std::sync::Arc;
use std::time::Duration;

/// What is really the matter with a part. For the record; never for a verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// True when it should be rejected.
    pub is_defective: bool,
    /// What is wrong with it.
    pub defect: Option<DefectClass>,
    /// The view that sees it.
    pub view: Option<u8>,
    /// Where that view sees it: left, top, width, height in pixels.
    pub region: Option<[u32; 4]>,
}

/// One part of the plan.
#[derive(Clone, Copy, Debug)]
pub struct SimPart {
    /// Counted from the line's first part, as 0.
    pub index: u64,
    /// As the simulated line calls it.
    pub part_id: PartId,
    /// Index into [`STYLES`].
    pub style: usize,
    /// Its defect and the view that sees it.
    pub defect: Option<(Defect, u8)>,
    /// When it is at the cameras.
    pub at: Instant,
}

/// The plan that trigger, cameras and records share.
pub struct SimLine {
    settings: SimSettings,
    scene: Arc<Scene>,
    styles: Vec<usize>,
    names: Vec<Style>,
    start: Instant,
    first_part: u64,
}

impl SimLine {
    /// A line whose first part comes one pitch after `start`. `first_part` numbers the part IDs on
    /// from an earlier job, and picks the parts: two jobs never see the same part.
    ///
    /// # Errors
    /// Every setting that cannot be.
    pub fn new(
        settings: SimSettings,
        start: Instant,
        first_part: u64,
    ) -> Result<Arc<Self>, Vec<SimSettingsError>> {
        let problems = settings.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let scene = Scene::new(settings.width, settings.height, settings.views);
        Ok(Arc::new(Self::over(settings, scene, start, first_part)))
    }

    fn over(settings: SimSettings, scene: Arc<Scene>, start: Instant, first_part: u64) -> Self {
        let place = |name: &String| STYLES.iter().position(|style| style == name);
        let styles = settings.styles.iter().filter_map(place).collect();
        let names = STYLES
            .iter()
            .filter_map(|name| Style::new(name).ok())
            .collect();
        Self {
            settings,
            scene,
            styles,
            names,
            start,
            first_part,
        }
    }

    /// The same line from another start, for the next job; draws nothing anew.
    pub fn restarted(&self, start: Instant, first_part: u64) -> Arc<Self> {
        Arc::new(Self::over(
            self.settings.clone(),
            self.scene.clone(),
            start,
            first_part,
        ))
    }

    /// What the line was made from.
    pub fn settings(&self) -> &SimSettings {
        &self.settings
    }

    /// What its pictures are made of.
    pub fn scene(&self) -> &Arc<Scene> {
        &self.scene
    }

    /// The part at `index`, counted from the first of this job as 0.
    pub fn part(&self, index: u64) -> SimPart {
        let number = self.number(index);
        let mut random = Random::of(&[self.settings.seed, number, 1]);
        let style = self.styles[random.below(self.styles.len())];
        let is_defective = random.happens(self.settings.defect_rate);
        let view = random.below(usize::from(self.settings.views)) as u8;
        let class = DefectClass::ALL[random.below(DefectClass::ALL.len())];
        let defect = is_defective.then(|| {
            (
                Defect::draw(class, self.scene.template(style, view), &mut random),
                view,
            )
        });
        SimPart {
            index,
            part_id: part_id(number),
            style,
            defect,
            at: self.arrives_at(index),
        }
    }

    /// The number of the part at `index` over all jobs.
    pub(super) fn number(&self, index: u64) -> u64 {
        self.first_part + index
    }

    /// What the line says of the part at `index`, for a trigger source.
    pub fn arrival(&self, index: u64) -> Arrival {
        let part = self.part(index);
        Arrival {
            part_id: Some(part.part_id),
            style: Some(self.style_name(part.style)),
            ..Arrival::at(part.at)
        }
    }

    /// When the part at `index` is at the cameras; grows strictly with `index`.
    pub fn arrives_at(&self, index: u64) -> Instant {
        let number = self.number(index);
        let pitch_us = u64::from(self.settings.pitch_ms) * 1000;
        let jitter_us = self.settings.jitter_ms as f32 * 1000.0;
        let early_us =
            Random::of(&[self.settings.seed, number, 2]).range(0.0, 2.0 * jitter_us) as u64;
        let on_time_us = (index + 1) * pitch_us + jitter_us as u64;
        self.start + Duration::from_micros(on_time_us - early_us)
    }

    /// The style at `style` in [`STYLES`], as the line names it.
    pub fn style_name(&self, style: usize) -> Style {
        self.names[style]
    }

    /// What is really the matter with the part of this ID; `None` when it is none of ours.
    pub fn truth_of(&self, part: &PartId) -> Option<Truth> {
        let number: u64 = part.as_str().strip_prefix(ID_PREFIX)?.parse().ok()?;
        let index = number.checked_sub(self.first_part)?;
        (part_id(number) == *part).then(|| self.truth(&self.part(index)))
    }

    fn truth(&self, part: &SimPart) -> Truth {
        let view = part.defect.map(|(_, view)| view);
        Truth {
            is_defective: part.defect.is_some(),
            defect: part.defect.map(|(defect, _)| defect.class),
            view,
            region: view.and_then(|view| self.scene.region(&self.shot(part, view, 1.0))),
        }
    }

    /// The picture of a part in a view.
    pub fn shot<'a>(&self, part: &'a SimPart, view: u8, exposure: f32) -> Shot<'a> {
        Shot {
            seed: self.settings.seed,
            index: self.number(part.index),
            style: part.style,
            view,
            defect: part
                .defect
                .as_ref()
                .filter(|(_, seen_by)| *seen_by == view)
                .map(|(defect, _)| defect),
            exposure,
        }
    }

    /// A painter for one camera.
    pub fn painter(&self) -> Painter {
        Painter::new(self.scene.clone())
    }
}

const ID_PREFIX: &str = "SN-A7-";

fn part_id(number: u64) -> PartId {
    use std::fmt::Write;
    let mut text = arrayvec::ArrayString::<32>::new();
    let written = write!(text, "{ID_PREFIX}{number:06}");
    debug_assert!(written.is_ok(), "six to twenty digits fit");
    PartId::new(&text).unwrap_or_else(|_| PartId::counted(0, crate::station::part::PartNo(number)))
}

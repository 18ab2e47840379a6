//! What is run: one scenario with everything that is chosen for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How queries come. A query is one part: an image goes in, a verdict comes out.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// One part every takt, with idle gaps, whether or not the last one is done (open loop; MLPerf Inference
    /// v1.0 MultiStream, of one image).
    Takt,
    /// Parts in groups that arrive at once, a group every `burst` takts.
    Burst,
    /// The next part as soon as the last one is done (closed loop).
    Saturate,
    /// How many cameras, each with one part every takt, are served within the budget.
    Streams,
    /// As takt, and every part is of another style than the last.
    Mixed,
    /// From process start to the first verdict.
    Cold,
    /// As takt, for hours: what memory and the tail do.
    Soak,
    /// From frame to reject output, through the station's own pipeline.
    EndToEnd,
}

impl Scenario {
    /// Every scenario, in the order in which they run.
    pub const ALL: [Scenario; 8] = [
        Scenario::Cold,
        Scenario::Takt,
        Scenario::Burst,
        Scenario::Mixed,
        Scenario::Streams,
        Scenario::Saturate,
        Scenario::EndToEnd,
        Scenario::Soak,
    ];

    /// As in plans and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Scenario::Takt => "takt",
            Scenario::Burst => "burst",
            Scenario::Saturate => "saturate",
            Scenario::Streams => "streams",
            Scenario::Mixed => "mixed",
            Scenario::Cold => "cold",
            Scenario::Soak => "soak",
            Scenario::EndToEnd => "end-to-end",
        }
    }

    /// Whether several parts may be scored in one run.
    pub const fn takes_batches(self) -> bool {
        matches!(self, Scenario::Takt | Scenario::Soak | Scenario::Saturate)
    }

    /// Whether its width follows from a station's recipes: how many there are, how many cameras each has.
    pub const fn is_wide_as_its_station(self) -> bool {
        matches!(self, Scenario::Mixed | Scenario::EndToEnd)
    }

    /// The scenario of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.name() == name)
    }
}

/// What takes the verdicts of `end-to-end`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// An ejector in this program, at the time at which the part is in front of it.
    #[default]
    Sim,
    /// A coil of an I/O module that is asked over Modbus TCP, set as soon as the part is decided.
    Modbus,
    /// A PLC that triggers and takes its results by the handshake over Modbus TCP.
    Handshake,
}

impl Output {
    /// As in plans and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Output::Sim => "sim",
            Output::Modbus => "modbus",
            Output::Handshake => "handshake",
        }
    }

    /// Whether it is the one of this program, which reports do not name.
    pub fn is_sim(&self) -> bool {
        *self == Output::Sim
    }
}

/// What is measured: a bundle by itself, or a recipe as its station runs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Name of the bundle, or the recipe's style.
    pub name: String,
    /// Of the recipe; none where a bundle is measured by itself.
    pub version: Option<u32>,
    /// What looks at each part, one after another; one of a bundle.
    pub views: Vec<SubjectView>,
}

/// A camera's images, and the model that scores them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectView {
    /// Name of the camera; none where a bundle is measured by itself.
    pub camera: Option<String>,
    /// Name of the bundle.
    pub model: String,
    /// SHA-256 of its graph, in hex.
    pub model_sha256: String,
    /// What computes: cpu, openvino, cuda or tensorrt.
    pub provider: String,
    /// On which device of it: cpu, gpu, npu or auto.
    pub device: String,
    /// In which precision: f32, bf16 or f16.
    pub precision: String,
    /// Threads of one run of the model.
    pub threads: usize,
    /// Width and height of the camera's images, in pixels.
    pub image: [u32; 2],
    /// Their layout: Mono8 or RGB8.
    pub pixel_format: String,
    /// SHA-256 of the camera's configuration, in hex; none where images are taken as they come.
    pub configuration_sha256: Option<String>,
}

/// One scenario, and what it is run with. Two runs of equal cases can be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// How queries come.
    pub scenario: Scenario,
    /// What is measured, one but for `mixed`.
    pub subjects: Vec<Subject>,
    /// Threads that inspect, each with sessions of its own.
    pub workers: usize,
    /// Whether they have real-time priority.
    pub real_time: bool,
    /// Parts that come at once and are scored in one run of the model; 1 as in the station.
    pub batch: usize,
    /// Milliseconds from one part to the next.
    pub takt_ms: f64,
    /// Milliseconds within which a verdict must be there, counted from when the part came.
    pub budget_ms: f64,
    /// Parts of a burst; styles of `mixed`; cameras of `end-to-end`; 1 elsewhere.
    pub width: usize,
    /// What takes the verdicts of `end-to-end`; `sim` elsewhere.
    #[serde(default, skip_serializing_if = "Output::is_sim")]
    pub output: Output,
    /// Parts to be measured, after those that warm up. The most of them, where time ends a scenario.
    pub queries: u64,
    /// Parts before, which count nowhere.
    pub warm_up: u64,
    /// In idle gaps the model is run on a blank image every so many milliseconds; 0 is never.
    pub keep_warm_ms: u64,
}

impl Subject {
    /// `demo-parts`, or `bracket version 3`.
    fn name(&self) -> String {
        match self.version {
            Some(version) => format!("{} version {version}", self.name),
            None => self.name.clone(),
        }
    }
}

impl SubjectView {
    /// `openvino on gpu bf16 2 threads`.
    fn way(&self) -> String {
        let mut way = self.provider.clone();
        if self.device != "cpu" {
            way += &format!(" on {}", self.device);
        }
        let plural = if self.threads == 1 { "" } else { "s" };
        way += &format!(" {} {} thread{plural}", self.precision, self.threads);
        way
    }
}

impl Case {
    /// Milliseconds within which `queries` come.
    pub fn planned_ms(&self) -> f64 {
        self.takt_ms * self.queries as f64
    }

    /// What is measured: `demo-parts`, `recipe bracket version 3`.
    pub fn subject(&self) -> String {
        self.told(&self.names().join("+"))
    }

    /// Names of all that is measured: `demo-parts`, `bracket version 3`.
    pub fn names(&self) -> Vec<String> {
        self.subjects.iter().map(Subject::name).collect()
    }

    /// These of its [`names`](Self::names), as a subject of a sentence.
    pub fn told(&self, names: &str) -> String {
        let is_recipe = self.subjects.iter().any(|one| one.version.is_some());
        match (is_recipe, self.subjects.len()) {
            (false, _) => names.to_owned(),
            (true, 1) => format!("recipe {names}"),
            (true, _) => format!("recipes {names}"),
        }
    }

    /// What computes: `cuda (gpu)`; all of them, if views differ.
    pub fn devices(&self) -> Vec<String> {
        self.each(|view| format!("{} ({})", view.provider, view.device))
    }

    /// So many of what `streams` counts: cameras, or sets of as many as look at a part.
    pub fn streams(&self, count: usize) -> String {
        let plural = if count == 1 { "" } else { "s" };
        match self.subjects.first().map_or(1, |one| one.views.len()) {
            0 | 1 => format!("{count} camera{plural}"),
            views => format!("{count} set{plural} of {views} cameras"),
        }
    }

    /// What views say, each word once.
    fn each(&self, say: impl Fn(&SubjectView) -> String) -> Vec<String> {
        let mut all = Vec::new();
        for view in self.subjects.iter().flat_map(|subject| &subject.views) {
            let said = say(view);
            if !all.contains(&said) {
                all.push(said);
            }
        }
        all
    }
}

/// What tells this case from the others of a plan, in one line.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scenario, ways) = (self.scenario.name(), self.each(SubjectView::way));
        write!(f, "{scenario} {} {}", self.subject(), ways.join("+"))?;
        if self.workers > 1 {
            write!(f, " ×{} workers", self.workers)?;
        }
        let sizes = self.each(|view| format!("{}x{}", view.image[0], view.image[1]));
        write!(f, " {}", sizes.join("+"))?;
        match self.scenario {
            Scenario::Saturate | Scenario::Cold => {}
            _ => write!(f, " every {} ms", self.takt_ms)?,
        }
        match (self.scenario, self.width) {
            (Scenario::Burst, parts) => write!(f, ", {parts} at once")?,
            (Scenario::Mixed, styles) => write!(f, ", {styles} styles")?,
            (Scenario::EndToEnd, 1) => write!(f, ", 1 camera")?,
            (Scenario::EndToEnd, cameras) => write!(f, ", {cameras} cameras")?,
            _ => {}
        }
        if self.batch > 1 {
            write!(f, ", {} parts a run", self.batch)?;
        }
        if !self.output.is_sim() {
            write!(f, ", {}", self.output.name())?;
        }
        if self.keep_warm_ms > 0 {
            write!(f, ", kept warm every {} ms", self.keep_warm_ms)?;
        }
        if self.real_time {
            write!(f, ", real-time")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::sample;

    #[test]
    fn a_case_says_what_its_views_have_in_common_once_and_in_what_they_differ() {
        let mut case = sample::measured(Scenario::Takt).case;
        assert_eq!(
            case.to_string(),
            "takt demo-parts cpu f32 4 threads 1280x960 every 420 ms, real-time"
        );
        let subject = &mut case.subjects[0];
        subject.name = "bracket".to_owned();
        subject.version = Some(3);
        subject.views.push(subject.views[0].clone());
        assert_eq!(
            case.to_string(),
            "takt recipe bracket version 3 cpu f32 4 threads 1280x960 every 420 ms, real-time"
        );
        let side = &mut case.subjects[0].views[1];
        (side.provider, side.device) = ("openvino".to_owned(), "gpu".to_owned());
        side.precision = "f16".to_owned();
        (side.threads, side.image) = (1, [640, 480]);
        case.workers = 2;
        assert_eq!(
            case.to_string(),
            "takt recipe bracket version 3 cpu f32 4 threads+openvino on gpu f16 1 thread ×2 workers \
             1280x960+640x480 every 420 ms, real-time"
        );
        assert_eq!(case.devices(), ["cpu (cpu)", "openvino (gpu)"]);
        assert_eq!(case.streams(1), "1 set of 2 cameras");
        case.subjects.push(case.subjects[0].clone());
        assert_eq!(
            case.subject(),
            "recipes bracket version 3+bracket version 3"
        );
    }
}

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

    /// The scenario of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.name() == name)
    }
}

/// One scenario, and what it is run with. Two runs of equal cases can be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// How queries come.
    pub scenario: Scenario,
    /// Names of the bundles, one but for `mixed`.
    pub bundles: Vec<String>,
    /// SHA-256 of each one's graph, in hex.
    pub models_sha256: Vec<String>,
    /// What computes: cpu, openvino, cuda or tensorrt.
    pub provider: String,
    /// On which device of it: cpu, gpu, npu or auto.
    pub device: String,
    /// In which precision: f32, bf16 or f16.
    pub precision: String,
    /// Threads of one run of the model.
    pub threads: usize,
    /// Whether they spin while they wait.
    pub is_spinning: bool,
    /// Threads that inspect, each with its own session.
    pub workers: usize,
    /// Width and height of the camera's images, in pixels.
    pub image: [u32; 2],
    /// Milliseconds from one part to the next.
    pub takt_ms: f64,
    /// Milliseconds within which a verdict must be there, counted from when the part came.
    pub budget_ms: f64,
    /// Parts of a burst; styles of `mixed`; cameras of `end-to-end`; 1 elsewhere.
    pub width: usize,
    /// Parts to be measured, after those that warm up. The most of them, where time ends a scenario.
    pub queries: u64,
    /// Parts before, which count nowhere.
    pub warm_up: u64,
    /// In idle gaps the model is run on a blank image every so many milliseconds; 0 is never.
    pub keep_warm_ms: u64,
}

impl Case {
    /// Milliseconds within which `queries` come.
    pub fn planned_ms(&self) -> f64 {
        self.takt_ms * self.queries as f64
    }
}

/// What tells this case from the others of a plan, in one line.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [width, height] = self.image;
        write!(
            f,
            "{} {} {}",
            self.scenario.name(),
            self.bundles.join("+"),
            self.provider
        )?;
        if self.device != "cpu" {
            write!(f, " on {}", self.device)?;
        }
        let plural = if self.threads == 1 { "" } else { "s" };
        write!(f, " {} {} thread{plural}", self.precision, self.threads)?;
        if self.is_spinning {
            write!(f, " spinning")?;
        }
        if self.workers > 1 {
            write!(f, " ×{} workers", self.workers)?;
        }
        write!(f, " {width}x{height}")?;
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
        if self.keep_warm_ms > 0 {
            write!(f, ", kept warm every {} ms", self.keep_warm_ms)?;
        }
        Ok(())
    }
}

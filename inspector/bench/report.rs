//! The report: what was measured, where, and what it allows to say. This is the JSON that
//! `inspector bench --out` writes; `inspector bench schema` prints its schema.
//!
//! Times of queries are microseconds, counted from the *intended* start, so that a stall also counts for the
//! parts that had to wait for its end (Tene, "How NOT to Measure Latency", 2015: coordinated omission).

use super::case::Case;
pub use super::machine::{Gpu, Machine};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Number of this form of the report. A reader refuses any other.
pub const SCHEMA: u32 = 5;

/// All that one call of `inspector bench` found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Number of the form, [`SCHEMA`].
    pub schema: u32,
    /// Program and version.
    pub made_by: String,
    /// When it was begun, RFC 3339.
    pub started_at: String,
    /// RFC 3339, of the last result.
    pub ended_at: String,
    /// Name of the plan, or `arguments`.
    pub plan: String,
    /// Name of the station whose settings were measured; none where bundles were.
    pub station: Option<String>,
    /// Whether every case of the plan has a result.
    pub is_complete: bool,
    /// Where it was measured.
    pub machine: Machine,
    /// One per case, in the order in which they ran.
    pub results: Vec<CaseResult>,
}

/// What one case gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseResult {
    /// What was run.
    pub case: Case,
    /// When it was begun, RFC 3339.
    pub started_at: String,
    /// Seconds it took, with loading and warming up.
    pub wall_s: f64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// Every verdict was the expected one.
    Measured(Box<Figures>),
    /// No time is reported: the model does not run so, or a verdict was wrong.
    Refused(String),
}

/// What was measured. Absent where a scenario does not measure it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Parts measured; fewer than planned when it was stopped.
    pub queries: u64,
    /// Seconds from the first to the end of the last.
    pub span_s: f64,
    /// Verdicts, all of them as expected.
    pub verdicts: Verdicts,
    /// Parts that found the one before unfinished. Only where parts come one by one.
    pub overtime: Option<u64>,
    /// What the budget says.
    pub deadline: Option<Deadline>,
    /// From the intended start to the verdict.
    pub latency: Option<Distribution>,
    /// The model's own run within it, with reading and checking its answer.
    pub model: Option<Distribution>,
    /// Latency less the model's own run: waking up, preprocessing, findings, judging, and waiting for the part
    /// before.
    pub overhead: Option<Distribution>,
    /// Parts per second, where the scenario asks for as many as possible.
    pub parts_per_s: Option<f64>,
    /// The yardstick of `saturate`: the graph run in a loop on the same image, without preprocessing,
    /// reading or judging.
    pub raw: Option<Raw>,
    /// Only of the scenario `streams`.
    pub streams: Option<Streams>,
    /// Only of the scenario `mixed`.
    pub mixed: Option<Mixed>,
    /// Only of the scenario `cold`.
    pub cold: Option<Cold>,
    /// Only of the scenario `end-to-end`.
    pub end_to_end: Option<EndToEnd>,
    /// Memory and processors.
    pub usage: Usage,
    /// What it drew.
    pub energy: Energy,
    /// What the machine did meanwhile.
    pub disturbance: Disturbance,
    /// Slices of equal time, for plots; at most 240.
    pub timeline: Vec<Slice>,
    /// Latency of each part in order, in microseconds. Empty where there were more than 100,000.
    pub latencies_us: Vec<u32>,
}

/// How often each verdict was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdicts {
    /// Parts that were judged good.
    pub pass: u64,
    /// Parts that were judged defective.
    pub fail: u64,
    /// Scores between two thresholds.
    pub not_decided: u64,
}

/// What a budget says of the latencies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// Parts without a verdict within the budget.
    pub missed: u64,
    /// With 95 % confidence, at most this share of parts misses it (Clopper and Pearson), if parts are
    /// independent.
    pub missed_share_at_most: f64,
    /// Budget divided by the largest quantile that the number of parts allows, [`Distribution::tail`].
    pub headroom: f64,
}

/// Times, in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// How many were measured.
    pub count: u64,
    /// Mean of all, in microseconds.
    pub mean_us: f64,
    /// The smallest, in microseconds.
    pub min_us: f64,
    /// The median, with its interval.
    pub p50: Option<Quantile>,
    /// 90 of 100 are no larger.
    pub p90: Option<Quantile>,
    /// 99 of 100 are no larger.
    pub p99: Option<Quantile>,
    /// 999 of 1,000 are no larger.
    pub p999: Option<Quantile>,
    /// The largest, in microseconds.
    pub max_us: f64,
    /// Value and how many lie in its bucket, ascending; three significant digits (HdrHistogram).
    pub histogram: Vec<(f64, u64)>,
}

impl Distribution {
    /// The largest quantile that is there, with its name; else the largest value.
    pub fn tail(&self) -> (&'static str, f64) {
        let quantiles = [("p99.9", self.p999), ("p99", self.p99), ("p90", self.p90)];
        let found = quantiles
            .into_iter()
            .find_map(|(name, found)| Some((name, found?.value_us)));
        found.unwrap_or(("max", self.max_us))
    }
}

/// A quantile. There is none where the number of values cannot bound it from above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantile {
    /// The quantile itself, in microseconds.
    pub value_us: f64,
    /// With 95 % confidence it is no smaller (order statistics), if values are independent.
    pub low_us: f64,
    /// And no larger.
    pub high_us: f64,
}

/// The same graph without anything around it, in turns with the whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    /// Parts per second that it takes.
    pub runs_per_s: f64,
    /// Parts per second of the whole, divided by it: median of the rounds.
    pub share: f64,
    /// With 95 % confidence, from the rounds.
    pub share_interval: [f64; 2],
    /// Rounds, each of both.
    pub rounds: usize,
}

/// How many cameras are served.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Streams {
    /// The most cameras of which no part missed the budget, with time to spare: a queue that is busy more than
    /// 19 of 20 seconds grows sooner or later. Sets of cameras, where several look at each part.
    pub cameras: usize,
    /// Every number that was tried, in that order.
    pub tried: Vec<StreamsTried>,
}

/// A number of cameras that was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamsTried {
    /// How many cameras were tried.
    pub cameras: usize,
    /// Parts of all of them.
    pub queries: u64,
    /// Parts that missed the budget.
    pub missed: u64,
    /// The slowest part.
    pub max_us: f64,
    /// Share of the time in which those who inspect were busy; above 1 parts pile up.
    pub busy_share: f64,
}

/// What another style from part to part costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mixed {
    /// Styles, each with a session of its own.
    pub styles: usize,
    /// Seconds to load all of them and run each once.
    pub load_s: f64,
    /// Of as many parts of one style only, in turns with the others.
    pub single: Distribution,
    /// Median latency of mixed parts, divided by that of single ones.
    pub ratio: f64,
    /// With 95 % confidence.
    pub ratio_interval: [f64; 2],
}

/// Milliseconds from process start, of several starts. Files were in the page cache.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cold {
    /// How many starts were measured.
    pub starts: usize,
    /// Until each step was done, in order; median, smallest and largest.
    pub steps: Vec<ColdStep>,
    /// The first run after a session was made.
    pub first_run_ms: f64,
    /// The tenth run after a session was made.
    pub later_run_ms: f64,
}

/// A step on the way to the first verdict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColdStep {
    /// What was done.
    pub name: String,
    /// Milliseconds since the process was started: median.
    pub done_ms: f64,
    /// The fastest start.
    pub min_ms: f64,
    /// Of the slowest start, in milliseconds.
    pub max_ms: f64,
}

/// Through the pipeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndToEnd {
    /// Cameras, each a view of every part.
    pub cameras: usize,
    /// From the time the output should be set to when it was.
    pub output_late: Distribution,
    /// Over a real socket, less the model's own runs; none where the output is in this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_modbus: Option<OverModbus>,
    /// Each stage, as on the Station page.
    pub stages: Vec<Stage>,
    /// Parts without a verdict, by cause.
    pub not_decided: Vec<(String, u64)>,
}

/// What lies between the picture or the trigger and the line, over Modbus TCP on loopback.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverModbus {
    /// `modbus`: from the last frame in its buffer until the module answered that the coil is set. `handshake`: from the
    /// PLC's request that sets the trigger, until the PLC has read a valid result, less the exposure. Both without the
    /// model's own runs.
    pub took: Distribution,
    /// Parts of which no answer, or no result, came.
    pub unanswered: u64,
}

/// A stage of the pipeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Of the stage, as in `/metrics`.
    pub name: String,
    /// The median, in microseconds.
    pub p50_us: u64,
    /// The slowest, in microseconds.
    pub max_us: u64,
}

/// Memory and processors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Processors kept busy on average, by all threads, idle gaps included.
    pub cores_busy: f64,
    /// Processor milliseconds per part, idle gaps included.
    pub processor_ms_per_part: f64,
    /// Bytes of memory in use (resident) when measuring began.
    pub memory_start_bytes: u64,
    /// When it ended.
    pub memory_end_bytes: u64,
    /// The most that was seen.
    pub memory_max_bytes: u64,
    /// Bytes per hour, by least squares over the second half of the slices; of `soak`.
    pub memory_slope_bytes_per_h: Option<Slope>,
    /// Last quarter's p99 divided by the second quarter's; of `soak`.
    pub tail_drift: Option<f64>,
}

/// A straight line's slope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slope {
    /// The slope itself, by least squares.
    pub value: f64,
    /// With 95 % confidence (Student).
    pub interval: [f64; 2],
}

/// What it drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Energy {
    /// By counters of the machine.
    Measured(Vec<Drawn>),
    /// There is no counter, or it may not be read.
    NotMeasurable(String),
}

impl Default for Energy {
    fn default() -> Self {
        Energy::NotMeasurable("not looked for".to_owned())
    }
}

/// What one counter says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// `RAPL package-0`, `NVML NVIDIA …`.
    pub counter: String,
    /// Joules per part, idle gaps included.
    pub joules_per_part: f64,
    /// Watts on average.
    pub watts: f64,
}

/// What the machine did meanwhile, beside this.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disturbance {
    /// Share of all processors' time that other processes used.
    pub others_share: Option<f64>,
    /// Share that the host of a virtual machine took away.
    pub stolen_share: Option<f64>,
    /// Times that a processor was slowed because of heat; none where it cannot be read.
    pub throttled: Option<u64>,
    /// Why GPUs were slowed, as NVML says.
    pub gpu_slowed: Vec<String>,
    /// MHz at the end, of the slowest and the fastest processor.
    pub clock_mhz: Option<[f64; 2]>,
}

/// A slice of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// Seconds since measuring began.
    pub at_s: f64,
    /// Parts that came in it.
    pub queries: u64,
    /// Their median, microseconds.
    pub p50_us: f64,
    /// The largest, in microseconds.
    pub max_us: f64,
    /// Bytes of memory in use at its end.
    pub memory_bytes: u64,
}

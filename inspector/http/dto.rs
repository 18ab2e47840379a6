//! What the API says of the running station. Field names are the API's; times are in their names.

mod detail;
mod evidence;
mod line;
mod missing;
pub mod names;
mod place;
pub mod quality;
mod results;
mod review;
mod taught;
mod teaching;
mod threshold;

pub use detail::PartDetail;
pub use line::*;
pub use missing::*;
pub use place::Place;
pub use results::*;
pub use review::*;
pub use teaching::*;
pub use threshold::*;

use crate::station::state::State;
use crate::telemetry::catalogue::{Code, Severity};
use serde::Serialize;
use utoipa::ToSchema;

/// The running job, since it began.
#[derive(Serialize, ToSchema)]
pub struct JobStatus {
    /// Number of the job.
    pub id: u64,
    /// When it began.
    pub started_at_us: i64,
}

/// The times of the line.
#[derive(Serialize, ToSchema)]
pub struct BudgetStatus {
    /// Trigger to ejector.
    pub decide_by_ms: f64,
    /// Shortest time between two parts.
    pub pitch_ms_min: f64,
}

/// Parts of this job.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in pipeline::stats")]
pub struct Counts {
    pub parts: u64,
    pub pass: u64,
    pub fail: u64,
    pub not_decided: u64,
    pub rejected: u64,
    pub deadline_misses: u64,
    pub late_verdicts: u64,
    pub images_dropped: u64,
    pub gaps: u64,
}

/// Verdicts held against the simulated truth.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in pipeline::handle")]
pub struct Agreement {
    pub agree: u64,
    pub missed_defects: u64,
    pub false_rejects: u64,
    pub not_decided: u64,
}

/// A condition that somebody must see to.
#[derive(Serialize, ToSchema)]
pub struct Alarm {
    /// Which condition, as in the event reference.
    #[schema(value_type = AlarmCode)]
    pub code: Code,
    /// Which thing has it: the name of a camera or a thread; empty where there is one only.
    pub subject: String,
    /// How urgent it is.
    #[schema(value_type = SeverityName)]
    pub severity: Severity,
    /// What was found last.
    pub message: String,
    /// What it means, in the languages of the page.
    pub meaning: LocalisedText,
    /// What to do, in the languages of the page.
    pub remedy: LocalisedText,
    /// When it began.
    pub began_us: i64,
    /// When its cause was seen last.
    pub last_seen_us: i64,
    /// When it ended; null while it lasts.
    #[schema(required)]
    pub ended_us: Option<i64>,
    /// How often its cause was seen since it began.
    pub count: u64,
    /// Who has seen it; null when nobody has.
    #[schema(required)]
    pub acknowledged: Option<AcknowledgedAlarm>,
}

/// Codes of alarms as the catalogue has them, for the document.
pub struct AlarmCode;

impl utoipa::PartialSchema for AlarmCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let codes = Code::ALL.iter().filter(|code| code.is_alarm());
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(codes.map(|code| code.name())))
            .into()
    }
}

impl ToSchema for AlarmCode {
    fn name() -> std::borrow::Cow<'static, str> {
        "AlarmCode".into()
    }
}

/// A text of the event catalogue.
#[derive(Serialize, ToSchema)]
pub struct LocalisedText {
    /// The text in English.
    pub en: &'static str,
    /// The text in Simplified Chinese.
    pub zh: &'static str,
}

impl From<[&'static str; 2]> for LocalisedText {
    fn from([en, zh]: [&'static str; 2]) -> Self {
        Self { en, zh }
    }
}

/// That a person has seen an alarm.
#[derive(Serialize, ToSchema)]
pub struct AcknowledgedAlarm {
    /// Who, as that person said.
    pub by: String,
    /// When, in microseconds since 1970, UTC.
    pub at_us: i64,
}

/// Names of `telemetry::catalogue::Severity`, for the document.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, dead_code, reason = "explained in telemetry::catalogue")]
pub enum SeverityName {
    Info,
    Warning,
    Error,
}

/// One camera, as it works now.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in pipeline::stats")]
pub struct CameraStatus {
    pub name: String,
    #[schema(value_type = CameraKindName)]
    pub kind: String,
    pub is_connected: bool,
    pub width: u32,
    pub height: u32,
    pub pixel_format: String,
    pub frames: u64,
    pub lost: u64,
    pub incomplete: u64,
    pub reopened: u64,
    #[schema(required)]
    pub message: Option<String>,
}

/// What a queue does when full.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenFullName {
    /// Drops the newest, counted.
    DropNewest,
    /// The station stops accepting parts.
    Fault,
}

/// One queue of the pipeline.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in pipeline::queue")]
pub struct QueueStatus {
    pub name: String,
    pub depth: usize,
    pub bound: usize,
    pub high_water: usize,
    pub dropped: u64,
    pub when_full: WhenFullName,
}

/// Time of one stage.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in pipeline::latency")]
pub struct StageStatus {
    #[schema(value_type = StageName)]
    pub name: String,
    pub count: u64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub p999_us: u64,
    pub max_us: u64,
}

/// One view of a recipe in use.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in station::recipe")]
pub struct RecipeViewStatus {
    pub name: String,
    pub camera: String,
    pub reject_above: f64,
    pub accept_below: f64,
}

/// A recipe in use.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in station::recipe")]
pub struct RecipeStatus {
    pub style: String,
    pub version: u32,
    pub model: String,
    pub views: Vec<RecipeViewStatus>,
}

/// Which parts a model judges.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in pipeline::handle")]
pub struct ModelUseStatus {
    pub style: String,
    pub view: String,
    pub from_version: u32,
    #[schema(required)]
    pub to_version: Option<u32>,
}

/// A model that is loaded: how it runs, and what for.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in pipeline::handle")]
pub struct ModelStatus {
    pub name: String,
    pub provider: String,
    pub precision: String,
    pub is_quantised: bool,
    pub threads: usize,
    pub nodes: usize,
    pub nodes_fallen_back: usize,
    pub operators_fallen_back: Vec<String>,
    pub is_tuned: bool,
    pub acceptance: String,
    pub used_by: Vec<ModelUseStatus>,
}

/// What the disk holds and has left.
#[derive(Serialize, ToSchema)]
pub struct StorageStatus {
    /// The data folder.
    pub data_dir: String,
    /// Free for us.
    pub free_bytes: u64,
    /// Size of all stored pictures.
    pub images_bytes: i64,
    /// Limit of pictures.
    pub images_quota_bytes: u64,
    /// Results that are not durable yet.
    pub result_backlog: usize,
}

/// What may be done from where one asks; which role may what is another matter.
#[derive(Serialize, ToSchema)]
pub struct AccessStatus {
    /// Whether every change is refused: the page is served to the network.
    pub is_read_only: bool,
    /// Why the network may change the station without an account, as its settings say.
    #[schema(required)]
    pub insecure_because: Option<String>,
}

/// Everything a page needs ten times a second.
#[derive(Serialize, ToSchema)]
pub struct StationStatus {
    /// Of the software.
    pub version: String,
    /// Of the station.
    pub station_name: String,
    /// State of the machine by OPC 40100-1.
    #[schema(value_type = StateName)]
    pub state: State,
    /// Whether anything is simulated.
    pub is_simulated: bool,
    /// Whether threads that decide have real-time priority: they run before other programs of the computer.
    pub is_real_time: bool,
    /// What whoever asks may do.
    pub access: AccessStatus,
    /// Wall time of the station.
    pub server_time_us: i64,
    /// `null` while none runs.
    #[schema(required)]
    pub job: Option<JobStatus>,
    /// Times of the line.
    pub budget: BudgetStatus,
    /// Parts of this job.
    pub counts: Counts,
    /// On a simulated line.
    #[schema(required)]
    pub agreement: Option<Agreement>,
    /// The newest part.
    #[schema(required)]
    pub last: Option<PartSummary>,
    /// The highest score of this job.
    #[schema(required)]
    pub worst: Option<PartSummary>,
    /// Active ones and ended ones, newest first.
    pub alarms: Vec<Alarm>,
    /// In the order of the settings.
    pub cameras: Vec<CameraStatus>,
    /// Whether devices of a line are wired: `/api/line` shows them.
    pub has_line: bool,
    /// Challenge parts, while they are due.
    #[schema(required)]
    pub challenge: Option<ChallengeStatus>,
    /// Every queue of the pipeline.
    pub queues: Vec<QueueStatus>,
    /// In the order of a part's life.
    pub stages: Vec<StageStatus>,
    /// The versions that judge parts now.
    pub recipes: Vec<RecipeStatus>,
    /// That these recipes use.
    pub models: Vec<ModelStatus>,
    /// What the disk holds and has left.
    pub storage: StorageStatus,
}

/// Names of `station::state::State`, for the document.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, dead_code, reason = "explained in station::state")]
pub enum StateName {
    Preoperational,
    Halted,
    Error,
    Initialized,
    Ready,
    SingleExecution,
    ContinuousExecution,
}

/// Kinds of camera, for the document.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, dead_code, reason = "explained in settings::station")]
pub enum CameraKindName {
    Sim,
    Folder,
    V4l2,
}

/// Names of `pipeline::stats::Stages`, for the document.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, dead_code, reason = "explained in pipeline::stats")]
pub enum StageName {
    Capture,
    Code,
    Wait,
    Correct,
    Preprocess,
    Run,
    Findings,
    Decide,
    Actuate,
    Record,
    Image,
}

//! What the API says of the line.

use super::{LocalisedText, names};
use crate::station::verdict::Disposition;
use crate::telemetry::catalogue::Code;
use serde::Serialize;
use utoipa::ToSchema;

/// The line as it is now. Without devices no line is wired.
#[derive(Serialize, ToSchema)]
pub struct LineStatus {
    /// What the station's clock says.
    pub server_time_us: i64,
    /// In the order of the settings.
    pub devices: Vec<LineDevice>,
    /// Inputs, then outputs, in the order of the settings.
    pub signals: Vec<LineSignal>,
    /// Where parts can go.
    pub lanes: Vec<LineLane>,
    /// The belt, where an encoder tells of it.
    #[schema(required)]
    pub encoder: Option<LineEncoder>,
    /// Parts that were announced and have not left, in the order of their triggers; no more than 64, looked at each 100 ms.
    pub parts: Vec<LinePart>,
    /// Why every part is rejected; null while parts are judged.
    #[schema(required)]
    pub rejects: Option<LineCause>,
    /// Why the line is to stand still until a person restarts it; null while it may run.
    #[schema(required)]
    pub stops: Option<LineCause>,
}

/// An alarm that has the line reject or stand still.
#[derive(Serialize, ToSchema)]
pub struct LineCause {
    /// Which alarm it is.
    #[schema(value_type = super::AlarmCode)]
    pub code: Code,
    /// What it means.
    pub meaning: LocalisedText,
    /// What to do about it.
    pub remedy: LocalisedText,
    /// Since when it is so.
    pub since_us: i64,
}

/// Why a device did not answer.
#[derive(Serialize, ToSchema)]
pub struct LineWhy {
    /// A stable name, such as `unreachable`.
    pub code: String,
    /// What it means and what to do.
    pub text: LocalisedText,
}

/// A device of the line.
#[derive(Serialize, ToSchema)]
pub struct LineDevice {
    /// As in the settings.
    pub name: String,
    /// As in the settings.
    pub kind: String,
    /// Whether it answers.
    pub is_connected: bool,
    /// Since when it answers, or does not; null before it was tried.
    #[schema(required)]
    pub since_us: Option<i64>,
    /// Why it did not answer last; null where it always did.
    #[schema(required)]
    pub why: Option<LineWhy>,
    /// What was found then, as the log has it; null where it always answered.
    #[schema(required)]
    pub reason: Option<String>,
    /// Whether its outputs may accept parts: it proved that they are safe when the station dies, or need not.
    pub is_armed: bool,
    /// Whether it announces parts.
    pub announces: bool,
    /// Whether it takes parts out.
    pub takes_out: bool,
    /// The text that it said last, cut where it is long; empty for a key without text, null where it never said any.
    #[schema(required)]
    pub said: Option<String>,
    /// How often it said something in this job.
    pub said_times: u64,
    /// When it said that.
    #[schema(required)]
    pub said_us: Option<i64>,
    /// Both sides of its handshake, where it has one.
    #[schema(required)]
    pub handshake: Option<LineHandshake>,
}

/// What a signal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineValueKind {
    /// Its device does not answer, or has not yet.
    Unknown,
    /// It is on or off.
    Bit,
    /// A number of up to 32 bits.
    Number,
    /// A text, cut where it is long.
    Text,
}

/// An input or output.
#[derive(Serialize, ToSchema)]
pub struct LineSignal {
    /// Name of its device.
    pub device: String,
    /// In the device's own notation.
    pub address: String,
    /// What it is to the station, with the name of its lane.
    pub meaning: String,
    /// Whether the station sets it.
    pub is_output: bool,
    /// Which of the three values it has.
    pub kind: LineValueKind,
    /// Of a bit, as the station understands it: inverted where the settings say so.
    #[schema(required)]
    pub is_on: Option<bool>,
    /// Of a number, as it is.
    #[schema(required)]
    pub number: Option<u32>,
    /// Of a text, cut where it is long.
    #[schema(required)]
    pub text: Option<String>,
    /// When it changed last; null where nobody saw it change.
    #[schema(required)]
    pub changed_us: Option<i64>,
    /// How often a bit changed in this job.
    pub changes: u64,
    /// How fast a number counts, backward below zero; null where that is not known.
    #[schema(required)]
    pub per_second: Option<f64>,
    /// The last changes of a bit, oldest first.
    pub edges: Vec<LineEdge>,
    /// When a trigger was last looked at so rarely that a part may have come unseen; null where it never was.
    #[schema(required)]
    pub unseen: Option<LineUnseen>,
}

/// A time within which changes may have come unseen.
#[derive(Serialize, ToSchema)]
pub struct LineUnseen {
    /// When it was looked at before.
    pub since_us: i64,
    /// When it was looked at again.
    pub until_us: i64,
    /// How often that happened in this job.
    pub times: u64,
}

/// One change of a bit.
#[derive(Serialize, ToSchema)]
pub struct LineEdge {
    /// When it changed.
    pub at_us: i64,
    /// What it is since then.
    pub is_on: bool,
}

/// Where parts can go.
#[derive(Serialize, ToSchema)]
pub struct LineLane {
    /// As a PLC is told it.
    pub number: u8,
    /// As in the settings.
    pub name: String,
    /// Which parts go there.
    #[schema(value_type = names::Disposition)]
    pub takes: Disposition,
    /// Whether parts go there under every fault.
    pub is_safe: bool,
    /// Whether an output leads there; without one parts come there behind the last gate. Null where a PLC sends parts.
    #[schema(required)]
    pub has_gate: Option<bool>,
    /// How long after the trigger a part comes to where the lane begins; null where parts act by distances.
    #[schema(required)]
    pub travel_ms: Option<f64>,
    /// How far behind the trigger the lane begins; null without an encoder.
    #[schema(required)]
    pub distance_mm: Option<f64>,
}

/// A part on the belt.
#[derive(Serialize, ToSchema)]
pub struct LinePart {
    /// Its number in the job.
    pub part_no: u64,
    /// How far behind the trigger it is; null without an encoder.
    #[schema(required)]
    pub behind_mm: Option<f64>,
    /// How long its trigger is ago; null where parts act by distances.
    #[schema(required)]
    pub behind_ms: Option<i32>,
    /// The lane to which it is sent; null while that is not decided.
    #[schema(required)]
    pub lane: Option<String>,
}

/// The belt, as its encoder tells of it.
#[derive(Serialize, ToSchema)]
pub struct LineEncoder {
    /// What it counts; null where it does not answer.
    #[schema(required)]
    pub counts: Option<u32>,
    /// How fast the belt runs, backward below zero; null where that is not known.
    #[schema(required)]
    pub mm_s: Option<f64>,
    /// How far it has travelled in this job.
    pub travelled_mm: f64,
    /// As in the settings.
    pub counts_per_mm: f64,
    /// `unknown`, `sound`, `too_fast`, `dead` or `silent`: parts are accepted only while it is sound.
    pub state: String,
    /// Since when it is so.
    pub since_us: i64,
}

/// Both sides of a handshake with a PLC.
#[derive(Serialize, ToSchema)]
pub struct LineHandshake {
    /// Bits that the PLC sets.
    pub plc: Vec<HandshakeBit>,
    /// Bits that the station sets.
    pub station: Vec<HandshakeBit>,
    /// Low 16 bits of the number of the part whose trigger was taken last.
    pub acquisition_id: u16,
    /// Low 16 bits of the number of the part whose result is valid; 0 for none.
    pub inspection_id: u16,
    /// What went wrong last; 0 for nothing.
    pub error_code: u16,
    /// The job that the PLC chose; 0 for none.
    pub current_job: u16,
    /// As the PLC counts.
    pub plc_heartbeat: u16,
    /// As the station counts.
    pub heartbeat: u16,
    /// When the PLC's heartbeat changed last; null where it never did.
    #[schema(required)]
    pub plc_heartbeat_us: Option<i64>,
    /// Who waits for what, about the next trigger.
    #[schema(required)]
    pub trigger: Option<HandshakeWait>,
    /// Who waits for what, about results; null where nobody does.
    #[schema(required)]
    pub result: Option<HandshakeWait>,
}

/// A bit of a handshake.
#[derive(Serialize, ToSchema)]
pub struct HandshakeBit {
    /// As in tag files.
    pub name: String,
    /// What it means, in English.
    pub meaning: String,
    /// Whether it is on.
    pub is_on: bool,
    /// How often it changed in this job.
    pub changes: u64,
    /// Its last changes, oldest first.
    pub edges: Vec<LineEdge>,
}

/// Who waits for what.
#[derive(Serialize, ToSchema)]
pub struct HandshakeWait {
    /// What it is that is awaited.
    pub code: String,
    /// Whether the PLC has to do it; else the station.
    pub is_for_plc: bool,
    /// A sentence that says so.
    pub text: LocalisedText,
    /// Since when it is so.
    pub since_us: i64,
}

//! The line as it is now: devices, inputs, outputs, handshakes, belt, and what the station makes of it.

use super::dto::{
    HandshakeBit, HandshakeWait, LineCause, LineDevice, LineEdge, LineEncoder, LineHandshake,
    LineLane, LinePart, LineSignal, LineStatus, LineUnseen, LineValueKind, LineWhy,
};
use super::extract::Json;
use super::{App, JsonReply};
use crate::control::handle::LineInfo;
use crate::station::gates::Behind;
use crate::station::handshake::map::Side;
use crate::station::handshake::{Awaited, Control, Flag};
use crate::station::lane::{Lane, LaneNo};
use crate::station::time::{Instant, WallTime};
use crate::telemetry::catalogue::Code;
use crate::telemetry::line_state::{EncoderState, LineState};
use crate::telemetry::parts_shown::PartShown;
use crate::telemetry::signals::{
    BitState, DeviceState, Edge, HandshakeState, SignalState, SignalValue,
};
use axum::extract::State;
use serde_json::Value;

/// Every device, input and output of the line with its last changes, and what the station makes of them.
#[utoipa::path(get, path = "/api/line", responses((status = 200, body = LineStatus)))]
pub async fn line(State(app): State<App>) -> JsonReply<LineStatus> {
    let handle = &app.handle;
    let state = &handle.stats().line;
    let line = handle.info().line.as_ref();
    Ok(Json(status(line, state, handle.now(), handle.wall())))
}

/// What `/api/line` says, for a command that looks at a line without a station.
pub fn line_json(
    line: Option<&LineInfo>,
    state: &LineState,
    now: Instant,
    wall: WallTime,
) -> Value {
    serde_json::to_value(status(line, state, now, wall)).unwrap_or_default()
}

fn status(line: Option<&LineInfo>, state: &LineState, now: Instant, wall: WallTime) -> LineStatus {
    let times = Times {
        now,
        wall_us: wall.0,
    };
    let cause = |(code, since): (Code, Instant)| LineCause {
        code,
        meaning: code.entry().meaning.into(),
        remedy: code.entry().remedy.into(),
        since_us: times.wall(since),
    };
    let Some(line) = line else {
        return LineStatus {
            server_time_us: times.wall_us,
            devices: Vec::new(),
            signals: Vec::new(),
            lanes: Vec::new(),
            encoder: None,
            parts: Vec::new(),
            rejects: None,
            stops: None,
        };
    };
    let devices = line.board.devices();
    let signals = line.board.signals(times.now);
    LineStatus {
        server_time_us: times.wall_us,
        lanes: lanes(line),
        encoder: encoder(state, line, &signals, times),
        parts: parts(line, state),
        rejects: state.rejects().map(cause),
        stops: state.stops().map(cause),
        signals: signals
            .into_iter()
            .map(|it| signal(it, &devices, times))
            .collect(),
        devices: (0_u8..)
            .zip(devices)
            .map(|(at, it)| device(at, it, line, times))
            .collect(),
    }
}

fn lanes(line: &LineInfo) -> Vec<LineLane> {
    let lane = |(number, lane): (LaneNo, &Lane)| {
        let way = line.ways.get(usize::from(number.0));
        let (travel_ms, distance_mm) = match (way.map(|way| way.from_trigger), &line.scale) {
            (Some(Behind::Time(time)), _) => (Some(time.as_secs_f64() * 1e3), None),
            (Some(Behind::Counts(counts)), Some(scale)) => (None, Some(scale.mm(counts))),
            _ => (None, None),
        };
        LineLane {
            number: number.0,
            name: lane.name.to_string(),
            takes: lane.takes,
            is_safe: line.lanes.safe() == number,
            has_gate: way.map(|way| way.has_gate),
            travel_ms,
            distance_mm,
        }
    };
    line.lanes.iter().map(lane).collect()
}

/// Where the parts on the belt are.
fn parts(line: &LineInfo, state: &LineState) -> Vec<LinePart> {
    let mut parts = state.parts.read();
    parts.sort_unstable_by_key(|part| part.part_no);
    let part = |part: PartShown| LinePart {
        part_no: part.part_no.0,
        behind_mm: line.scale.map(|scale| scale.mm(part.behind.into())),
        behind_ms: line.scale.is_none().then_some(part.behind),
        lane: part
            .lane
            .and_then(|lane| line.lanes.get(lane))
            .map(|lane| lane.name.to_string()),
    };
    parts.into_iter().map(part).collect()
}

/// Monotonic and wall time of one moment.
#[derive(Clone, Copy)]
struct Times {
    now: Instant,
    wall_us: i64,
}

impl Times {
    fn wall(self, at: Instant) -> i64 {
        self.wall_us - i64::try_from(self.now.since(at).as_micros()).unwrap_or(i64::MAX)
    }
}

fn edges(edges: Vec<Edge>, times: Times) -> Vec<LineEdge> {
    let edge = |edge: Edge| LineEdge {
        at_us: times.wall(edge.at),
        is_on: edge.is_on,
    };
    edges.into_iter().map(edge).collect()
}

fn device(at: u8, state: DeviceState, line: &LineInfo, times: Times) -> LineDevice {
    LineDevice {
        name: state.name.name,
        kind: state.name.kind.to_owned(),
        is_connected: state.is_connected,
        since_us: state.since.map(|at| times.wall(at)),
        why: (!state.reason.is_empty()).then(|| LineWhy {
            code: state.why.name().to_owned(),
            text: state.why.explained().into(),
        }),
        reason: Some(state.reason).filter(|reason| !reason.is_empty()),
        is_armed: state.is_armed,
        announces: line.announcer == Some(at),
        takes_out: line.ejector == Some(at),
        said_times: state.said_times,
        said_us: state.said.as_ref().map(|(_, at)| times.wall(*at)),
        said: state.said.map(|(text, _)| text),
        handshake: state.handshake.map(|it| handshake(it, times)),
    }
}

fn handshake(state: HandshakeState, times: Times) -> LineHandshake {
    let wait = |(awaited, since): (Awaited, Instant)| HandshakeWait {
        code: awaited.name().to_owned(),
        is_for_plc: awaited.of() == Side::Plc,
        text: awaited.explained().into(),
        since_us: times.wall(since),
    };
    let named = |bit: BitState, name: &str, meaning: &str| HandshakeBit {
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        is_on: bit.is_on,
        changes: bit.changes,
        edges: edges(bit.edges, times),
    };
    // Reserved places have no name.
    let plc = state.plc.into_iter().filter_map(|bit| {
        let known = Control::ALL
            .iter()
            .find(|known| **known as u8 == bit.place)?;
        Some(named(bit, known.name(), known.explained()))
    });
    let station = state.station.into_iter().filter_map(|bit| {
        let known = Flag::ALL.iter().find(|known| **known as u8 == bit.place)?;
        Some(named(bit, known.name(), known.explained()))
    });
    LineHandshake {
        plc: plc.collect(),
        station: station.collect(),
        acquisition_id: state.numbers.acquisition_id,
        inspection_id: state.numbers.inspection_id,
        error_code: state.numbers.error_code,
        current_job: state.numbers.current_job,
        plc_heartbeat: state.numbers.plc_heartbeat,
        heartbeat: state.numbers.heartbeat,
        plc_heartbeat_us: state.plc_beat_at.map(|at| times.wall(at)),
        trigger: state.trigger.map(wait),
        result: state.result.map(wait),
    }
}

fn signal(state: SignalState, devices: &[DeviceState], times: Times) -> LineSignal {
    let device = devices.get(usize::from(state.name.device));
    let (kind, is_on, number, text) = match state.value {
        SignalValue::Unknown => (LineValueKind::Unknown, None, None, None),
        SignalValue::Bit(is_on) => (LineValueKind::Bit, Some(is_on), None, None),
        SignalValue::Number(number) => (LineValueKind::Number, None, Some(number), None),
        SignalValue::Text(text) => (LineValueKind::Text, None, None, Some(text)),
    };
    LineSignal {
        device: device.map_or_else(String::new, |device| device.name.name.clone()),
        address: state.name.address,
        meaning: state.name.meaning,
        is_output: state.name.is_output,
        kind,
        is_on,
        number,
        text,
        changed_us: state.changed_at.map(|at| times.wall(at)),
        changes: state.changes,
        per_second: state.per_second,
        edges: edges(state.edges, times),
        unseen: state.unseen.map(|unseen| LineUnseen {
            since_us: times.wall(unseen.since),
            until_us: times.wall(unseen.until),
            times: unseen.times,
        }),
    }
}

fn encoder(
    state: &LineState,
    line: &LineInfo,
    signals: &[SignalState],
    times: Times,
) -> Option<LineEncoder> {
    let scale = line.scale?;
    let (state, since, travelled) =
        state
            .encoder()
            .unwrap_or((EncoderState::Unknown, times.now, 0));
    let signal = signals.iter().find(|it| it.name.meaning == "encoder")?;
    let counts = match signal.value {
        SignalValue::Number(counts) => Some(counts),
        _ => None,
    };
    Some(LineEncoder {
        counts,
        mm_s: signal.per_second.map(|rate| rate * scale.mm(1)),
        travelled_mm: scale.mm(travelled),
        counts_per_mm: 1.0 / scale.mm(1),
        state: state.name().to_owned(),
        since_us: times.wall(since),
    })
}

//! What a seed says of a line: its belt, its parts and sensors, who takes parts out, and what goes wrong.

use super::camera::Exposing;
use super::challenging::Challenging;
use super::gates::Placed;
use super::naming::{COUNTED, Named, Naming};
use super::start::Start;
use crate::station::position::Reverse;
use fastrand::Rng;

/// A span of the belt's time in milliseconds: from, to.
pub type Span = (u64, u64);

/// Who takes parts out, and by what they act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// The station, by the time: the belt runs at one speed.
    Time,
    /// The station, by the encoder.
    Encoder,
    /// A PLC, by the station's word; the belt runs at one speed.
    Plc,
}

/// One part that comes.
#[derive(Clone, Copy, Debug)]
pub struct Coming {
    /// Belt from the trigger of the part before to this one's, in millimetres.
    pub gap_mm: f64,
    /// Whether it must not be accepted.
    pub is_defective: bool,
    /// How long inspection takes, as a share of the shortest way to the ejector; above 1 it comes too late.
    pub inspect_share: f64,
    /// Whether somebody takes it off the belt before the ejector.
    pub is_taken_off: bool,
    /// Whether somebody puts a defective part half a pitch and more behind it, past the trigger.
    pub is_followed: bool,
    /// Whether the sensor of its lane misses it.
    pub is_overlooked: bool,
    /// Whether the ejector, or the PLC, does nothing with the command for it.
    pub is_ignored: bool,
    /// Whether it was triggered while the station was not ready.
    pub is_missed: bool,
    /// Whether the camera loses its frame.
    pub is_unseen: bool,
    /// Who it is.
    pub named: Named,
    /// Which challenge part it is.
    pub challenge: Option<u8>,
    /// Whether the model finds the opposite of what it is.
    pub is_misjudged: bool,
}

/// Everything that a seed says.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// From which all of it is drawn.
    pub seed: u64,
    /// Who takes parts out.
    pub taking: Taking,
    /// Whether power takes parts out, so that one goes on for which nobody commands anything.
    pub by_power: bool,
    /// Where the gates of the lanes stand.
    pub placed: Placed,
    /// Whether a program asks for each part and acts on the answer: parts may come as close as they like.
    pub is_asked: bool,
    /// Whether whoever takes parts out knows each by its number: they may come as close as they like.
    pub is_numbered: bool,
    /// When the camera takes its frames.
    pub camera: Exposing,
    /// Where on the belt things lie at the start, behind the trigger, that nobody announces.
    pub left_over_mm: Vec<f64>,
    /// What there is to find out who parts are; `None` where they are counted.
    pub naming: Option<Naming>,
    /// Challenge parts, where there are any.
    pub challenge: Option<Challenging>,
    /// What a belt that runs backward does.
    pub reverse: Reverse,
    /// Millimetres a second, as the settings know the fastest.
    pub speed_max_mm_s: f64,
    /// Share of it at which the belt runs, changing every second or so: 0.1 to 1. Only with an encoder.
    pub speeds: Vec<f64>,
    /// Encoder counts at the start.
    pub counts_first: u32,
    /// In the order of the belt.
    pub parts: Vec<Coming>,
    /// So many more come behind them, on which nothing goes wrong.
    pub more: u64,
    /// So many of them a second; `None` where the seed alone says what comes.
    pub pace: Option<u32>,
    /// The belt stands.
    pub stands_ms: Option<Span>,
    /// The belt runs backward.
    pub backward_ms: Option<Span>,
    /// The encoder does not count.
    pub dead_ms: Option<Span>,
    /// The encoder jumps once.
    pub jump_at_ms: Option<u64>,
    /// Whoever announces parts is away; and how long it takes until that is noticed.
    pub unheard_ms: Option<(Span, u64)>,
    /// Whether that is a camera.
    pub camera_announces: bool,
    /// The bin is full.
    pub bin_full_ms: Option<Span>,
    /// The air is low.
    pub low_air_ms: Option<Span>,
    /// The PLC answers so late, in milliseconds.
    pub answer_ms: u64,
    /// Sensors behind the ejector: in the lane of rejects, of accepted parts, before the ejector.
    pub sensors: [bool; 3],
    /// So many rejects in a row stop the line; 0 never.
    pub rejects_in_a_row: u32,
    /// A person comes so long after the line was stopped or rejects everything.
    pub person_after_ms: u64,
}

/// Trigger to ejector, in millimetres.
pub const TO_GATE_MM: f64 = 400.0;
/// The shortest distance between two parts.
pub const PITCH_MM: f64 = 100.0;
/// The camera has taken a part before one comes that is so far behind it.
pub const CLOSE_MM: f64 = PITCH_MM * 0.24;
/// How far a part travels while the gate is open for it.
pub const HOLD_MM: f64 = 40.0;
/// Ejector to the sensors of the lanes.
pub const TO_SENSOR_MM: f64 = 60.0;
/// Part to part on average on a line at a pace: more than the shortest by what the belt travels in a step of the time.
pub const PACED_GAP_MM: f64 = 125.0;
/// A part may stand before an open gate for so long before the gate closes by itself, at the fastest belt.
const HELD_MS_MAX: u64 = 200;
/// Encoder counts per millimetre.
pub const COUNTS_PER_MM: f64 = 10.0;

impl Scenario {
    /// Everything that this seed says.
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x11E_5EED);
        let is_clean = rng.u8(..5) == 0;
        let faults = [(); 12].map(|()| !is_clean && rng.u8(..100) < 25);
        let taking = [Taking::Time, Taking::Plc, Taking::Encoder, Taking::Encoder][rng.usize(..4)];
        let by_encoder = taking == Taking::Encoder;
        let speed_max_mm_s = f64::from(rng.u32(200..800));
        let mut parts = parts(&mut rng, &faults);
        let mut start = Start::draw(&mut Rng::with_seed(seed ^ 0x57A), taking);
        let placed = Placed::draw(seed, taking, start.by_power);
        let naming = name(seed, is_clean, &mut parts).filter(|_| !start.is_asked);
        start.number(seed, taking, naming.as_ref());
        start.befall(is_clean, placed.is_apart(), &mut parts);
        let challenge = Challenging::draw(seed, naming.as_ref(), is_clean, &mut parts);
        let way_mm: f64 = parts.iter().map(|part| part.gap_mm).sum();
        let end_ms = (way_mm / speed_max_mm_s * 1e3) as u64 + 1;
        // Where parts do not go back with the belt, nothing of them is to be lost.
        let goes_back = faults[5] || (is_clean && reverse(seed) != Reverse::Track);
        let drawn = [
            (by_encoder && faults[4], 600_000),
            (by_encoder && goes_back, backward_ms_max(is_clean)),
            (by_encoder && faults[6], 10_000),
            (faults[8], 5_000),
            (faults[9], 5_000),
        ];
        let [stands_ms, backward_ms, dead_ms, bin_full_ms, low_air_ms] =
            spans(&mut rng, drawn, end_ms);
        let unheard_ms = start.unheard(is_clean, end_ms, &mut parts);
        Self {
            seed,
            taking,
            by_power: start.by_power,
            placed,
            is_asked: start.is_asked,
            is_numbered: start.is_numbered,
            camera: Exposing::draw(seed),
            left_over_mm: start.left_over_mm,
            naming,
            challenge,
            reverse: reverse(seed),
            speed_max_mm_s,
            speeds: speeds(&mut rng, by_encoder),
            counts_first: counts_first(&mut rng),
            stands_ms,
            backward_ms,
            dead_ms,
            jump_at_ms: (by_encoder && faults[7]).then(|| rng.u64(..end_ms)),
            bin_full_ms,
            low_air_ms,
            unheard_ms,
            camera_announces: start.camera_announces,
            answer_ms: rng.u64(1..40),
            sensors: [rng.bool(), rng.bool(), start.has_gate_sensor],
            rejects_in_a_row: u32::from(faults[10]) * rng.u32(3..7),
            person_after_ms: rng.u64(500..4_000),
            parts,
            more: 0,
            pace: None,
        }
    }

    /// A line without faults on which so many parts come, so many a second on average.
    pub fn paced(seed: u64, parts_per_s: u32, parts: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x9ACE);
        let taking = [Taking::Encoder, Taking::Time, Taking::Plc][(seed % 3) as usize];
        Self {
            seed,
            taking,
            by_power: false,
            placed: Placed::draw(seed, taking, false),
            is_asked: false,
            is_numbered: false,
            camera: Exposing {
                is_at_once: false,
                heard_after_ms: 0,
            },
            left_over_mm: Vec::new(),
            naming: Naming::draw(&mut rng),
            challenge: None,
            reverse: Reverse::Track,
            speed_max_mm_s: f64::from(parts_per_s) * PACED_GAP_MM,
            speeds: vec![1.0],
            counts_first: counts_first(&mut rng),
            stands_ms: None,
            backward_ms: None,
            dead_ms: None,
            jump_at_ms: None,
            bin_full_ms: None,
            low_air_ms: None,
            unheard_ms: None,
            camera_announces: false,
            answer_ms: 3,
            sensors: [true; 3],
            rejects_in_a_row: 0,
            person_after_ms: 1_000,
            parts: Vec::new(),
            more: parts,
            pace: Some(parts_per_s),
        }
    }

    /// Whether parts that come too close cannot be told apart.
    pub fn keeps_pitch(&self) -> bool {
        !self.is_asked && !self.is_numbered
    }

    /// Whether nothing goes wrong but the parts themselves.
    pub fn is_clean(&self) -> bool {
        let is_short = |(from, to): &Span| to - from <= HELD_MS_MAX;
        let taken_back = self
            .backward_ms
            .filter(|span| self.reverse == Reverse::Track || !is_short(span));
        let nearest_mm = match self.keeps_pitch() {
            true => PITCH_MM,
            false => CLOSE_MM,
        };
        let spans = [taken_back, self.dead_ms, self.bin_full_ms, self.low_air_ms];
        let is_well = |part: &Coming| {
            !part.is_taken_off
                && !part.is_followed
                && !part.is_overlooked
                && !part.is_ignored
                && !part.is_missed
                && !part.is_unseen
                && (self.naming.is_none() || part.named.is_well(self.taking))
                && part.inspect_share < 0.95
                && part.gap_mm >= nearest_mm
        };
        spans.iter().all(Option::is_none)
            && self.unheard_ms.is_none()
            && self.jump_at_ms.is_none()
            && self.rejects_in_a_row == 0
            && self.challenge.as_ref().is_none_or(|it| it.is_kept)
            && self.parts.iter().all(is_well)
    }
}

/// From when in the run until when, of what happens; each no longer than that.
fn spans(rng: &mut Rng, drawn: [(bool, u64); 5], end_ms: u64) -> [Option<Span>; 5] {
    drawn.map(|(is_on, longest_ms)| {
        is_on.then(|| {
            let from = rng.u64(..end_ms);
            (from, from + rng.u64(1..longest_ms))
        })
    })
}

fn backward_ms_max(is_clean: bool) -> u64 {
    if is_clean { HELD_MS_MAX } else { 1_500 }
}

fn reverse(seed: u64) -> Reverse {
    let modes = [Reverse::Track, Reverse::Ignore, Reverse::Both];
    modes[Rng::with_seed(seed ^ 0xBAC4).usize(..3)]
}

fn speeds(rng: &mut Rng, by_encoder: bool) -> Vec<f64> {
    match by_encoder {
        true => (0..8).map(|_| 0.1 + 0.9 * rng.f64()).collect(),
        false => vec![1.0],
    }
}

/// Nothing happens to such a thing.
pub const QUIET: Coming = Coming {
    gap_mm: 0.0,
    is_defective: true,
    inspect_share: 0.0,
    is_taken_off: false,
    is_followed: false,
    is_overlooked: false,
    is_ignored: false,
    is_missed: false,
    is_unseen: false,
    named: COUNTED,
    challenge: None,
    is_misjudged: false,
};

/// Who the parts are.
fn name(seed: u64, is_clean: bool, parts: &mut [Coming]) -> Option<Naming> {
    let rng = &mut Rng::with_seed(seed ^ 0x1D5);
    let naming = Naming::draw(rng);
    let goes_wrong = !is_clean && rng.bool();
    for part in parts {
        part.is_unseen = goes_wrong && rng.u8(..100) < 3;
        if let Some(naming) = &naming {
            part.named = naming.part(rng, goes_wrong);
        }
    }
    naming
}

fn parts(rng: &mut Rng, faults: &[bool; 12]) -> Vec<Coming> {
    let count = rng.usize(30..80);
    let mut parts: Vec<Coming> = (0..count).map(|_| part(rng, faults)).collect();
    // A part that somebody put there must not be beside one of which the station knows.
    for at in 1..parts.len() {
        if parts[at - 1].is_followed {
            parts[at].gap_mm = PITCH_MM * 3.0;
        }
    }
    parts
}

/// The next part of a line without faults.
pub fn paced_part(rng: &mut Rng, naming: Option<&Naming>) -> Coming {
    let part = part(rng, &[false; 12]);
    Coming {
        gap_mm: PACED_GAP_MM + PITCH_MM * 0.1 * (2.0 * rng.f64() - 1.0),
        named: naming.map_or(COUNTED, |naming| naming.part(rng, false)),
        ..part
    }
}

/// Counts at the start, often near the end of 32 bits.
fn counts_first(rng: &mut Rng) -> u32 {
    match rng.bool() {
        true => u32::MAX - rng.u32(..50_000),
        false => rng.u32(..),
    }
}

fn part(rng: &mut Rng, faults: &[bool; 12]) -> Coming {
    let mut is = |fault: usize, percent: u8| faults[fault] && rng.u8(..100) < percent;
    let (is_crowded, is_late) = (is(0, 10), is(1, 10));
    let (is_taken_off, is_followed) = (is(2, 5), is(3, 5));
    let (is_overlooked, is_ignored, is_missed) = (is(11, 5), is(10, 4), is(9, 5));
    let gap = PITCH_MM * (1.0 + 0.2 + rng.f64());
    Coming {
        gap_mm: match is_crowded {
            true => PITCH_MM * (0.1 + 0.8 * rng.f64()),
            false => gap,
        },
        is_defective: rng.u8(..100) < 35,
        inspect_share: match is_late {
            true => 1.05 + rng.f64(),
            false => 0.05 + 0.85 * rng.f64(),
        },
        is_taken_off,
        is_followed,
        is_overlooked,
        is_ignored,
        is_missed,
        is_unseen: false,
        named: COUNTED,
        challenge: None,
        is_misjudged: false,
    }
}

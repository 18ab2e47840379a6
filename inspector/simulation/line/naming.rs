//! Who the parts of a simulated line are, and how that becomes known: with the trigger, before it, after the frame, late,
//! never, twice, doubtfully; and their styles by a look-up.

use super::driver::{Shared, locked};
use super::scenario::{PITCH_MM, Scenario, Taking};
use crate::ports::code::{Code, CodeError, CodeFormat, CodeReader, CodesRead};
use crate::ports::identity::{Found, StyleLookUp};
use crate::station::frame::FrameShape;
use crate::station::identify::{IdentifyPlan, ReadWindow};
use crate::station::part::{PartId, Style};
use arrayvec::{ArrayString, ArrayVec};
use fastrand::Rng;
use std::collections::VecDeque;
use std::fmt::Write;
use std::time::Duration;

/// A reader before the trigger stands so far from it.
pub const READER_MM: f64 = 15.0;
/// When IDs are read, as shares of the shortest time between two parts: from, until; and when a part is given up.
const WINDOW: [f64; 3] = [-0.25, 0.45, 0.6];

/// How a part's ID comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// With the trigger.
    Trigger,
    /// From a reader before the trigger.
    Before,
    /// From a reader, after the trigger: before the frame or after it.
    After,
    /// As a code in the frame.
    Code,
    /// From the reader, twice.
    Twice,
    /// When the part was given up.
    Late,
    /// Not at all, and nobody says so.
    Never,
    /// Not at all, and the reader says so.
    Blank,
    /// With another one, of which nobody knows which is right.
    Doubtful,
}

/// How a part's style becomes known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StyleBy {
    /// With its ID.
    Told,
    /// By a look-up that knows it.
    LookUp,
    /// By a look-up that has to ask, and answers soon.
    Asked,
    /// By a look-up that never answers.
    Unanswered,
    /// By a look-up that knows nothing of it.
    Unknown,
}

/// Who a part is.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// How its ID comes.
    pub how: How,
    /// How its style becomes known.
    pub style_by: StyleBy,
    /// Whether it is of the other style.
    pub is_other: bool,
    /// When the reader tells it, as a share of the shortest time between two parts, from its trigger.
    pub after: f64,
    /// Whether the reader counts parts too.
    pub is_numbered: bool,
}

/// Parts are counted, and of the usual style.
pub const COUNTED: Named = Named {
    how: How::Never,
    style_by: StyleBy::Told,
    is_other: false,
    after: 0.0,
    is_numbered: false,
};

/// What there is to find out who parts are.
#[derive(Clone, Copy, Debug)]
pub struct Naming {
    /// A reader before or behind the trigger.
    pub has_reader: bool,
    /// Codes in the frames.
    pub has_code: bool,
    /// Whether a part without an ID is rejected.
    pub is_required: bool,
    /// Whether styles are looked up.
    pub has_look_up: bool,
}

impl Naming {
    /// What a seed says; `None` where parts are counted.
    pub fn draw(rng: &mut Rng) -> Option<Self> {
        if rng.u8(..3) == 0 {
            return None;
        }
        let has_code = rng.bool();
        Some(Self {
            has_reader: !has_code || rng.bool(),
            has_code,
            is_required: rng.u8(..4) > 0,
            has_look_up: rng.bool(),
        })
    }

    /// Who the next part is. `goes_wrong` where IDs may be late, missing, doubtful or unknown.
    pub fn part(&self, rng: &mut Rng, goes_wrong: bool) -> Named {
        use How::{After, Before, Blank, Code, Doubtful, Late, Never, Trigger, Twice};
        let wrong = goes_wrong && rng.u8(..100) < 25;
        let by_reader = self.has_reader && (!self.has_code || rng.bool());
        let how = match (wrong, by_reader) {
            (true, true) => [Late, Never, Blank, Doubtful][rng.usize(..4)],
            (true, false) => Never,
            (false, true) => [Trigger, Before, After, After, Twice][rng.usize(..5)],
            (false, false) => [Trigger, Code, Code][rng.usize(..3)],
        };
        let style_by = match (self.has_look_up, goes_wrong && rng.u8(..100) < 10) {
            (false, _) => StyleBy::Told,
            (true, true) => [StyleBy::Unanswered, StyleBy::Unknown][rng.usize(..2)],
            (true, false) => [StyleBy::LookUp, StyleBy::Asked][rng.usize(..2)],
        };
        Named {
            how,
            style_by,
            is_other: rng.bool() && (how != Code || self.has_look_up),
            after: match how {
                Late => 0.65 + 0.25 * rng.f64(),
                _ => 0.4 * rng.f64(),
            },
            is_numbered: rng.bool(),
        }
    }

    /// As the station's settings have it.
    pub fn plan(&self, scenario: &Scenario) -> IdentifyPlan {
        let [from, until, within] = WINDOW.map(|share| share * pitch_us(scenario));
        IdentifyPlan {
            window: ReadWindow {
                from_us: from as i64,
                until_us: until as i64,
            },
            within: Duration::from_micros(within as u64),
            readers: u8::from(self.has_reader) + u8::from(self.has_code),
        }
    }
}

fn pitch_us(scenario: &Scenario) -> f64 {
    PITCH_MM / scenario.speed_max_mm_s * 1e6
}

impl Named {
    /// When a reader tells it, in milliseconds after its trigger.
    pub fn told_after_ms(&self, scenario: &Scenario) -> u64 {
        (self.after * pitch_us(scenario) / 1e3) as u64
    }

    /// Whether the part is named in time on a line on which nothing goes wrong.
    pub fn is_well(&self, taking: Taking) -> bool {
        let is_told = match self.how {
            // On a belt that creeps, a part takes too long from the reader to the trigger.
            How::Before => taking != Taking::Encoder,
            How::Trigger | How::After | How::Code | How::Twice => true,
            How::Late | How::Never | How::Blank | How::Doubtful => false,
        };
        is_told && !matches!(self.style_by, StyleBy::Unanswered | StyleBy::Unknown)
    }
}

/// The style of such parts.
pub fn style(is_other: bool) -> Style {
    let name = if is_other { "other" } else { "part" };
    let Ok(style) = Style::new(name) else {
        unreachable!("it is well formed");
    };
    style
}

fn id(kind: char, index: usize) -> PartId {
    let mut text = ArrayString::<32>::new();
    let _ = write!(text, "{kind}-{index}");
    let Ok(part_id) = PartId::new(&text) else {
        unreachable!("it is well formed");
    };
    part_id
}

/// The ID of the thing with this number on the belt.
pub fn id_of(index: usize) -> PartId {
    id('P', index)
}

/// The ID of the challenge part with this number.
pub fn challenge_id(number: u8) -> PartId {
    id('C', usize::from(number))
}

/// One that no thing has.
pub fn foreign_id(index: usize) -> PartId {
    id('X', index)
}

/// Knows styles by IDs, at once or after a while.
pub(super) struct SimLookUp {
    pub(super) world: Shared,
    pub(super) asked: VecDeque<(u64, PartId, Found)>,
}

impl StyleLookUp for SimLookUp {
    fn find(&mut self, part_id: &PartId) -> Found {
        let world = locked(&self.world);
        if part_id.as_str().starts_with("C-") {
            return Found::Known {
                style: style(false),
                lane: None,
            };
        }
        let index = part_id.as_str().strip_prefix("P-");
        let index = index.and_then(|index| index.parse::<usize>().ok());
        let Some(thing) = index.and_then(|index| world.get(index)) else {
            return Found::Unknown;
        };
        let named = thing.coming.named;
        let style = Found::Known {
            style: style(named.is_other),
            lane: None,
        };
        match named.style_by {
            StyleBy::Told | StyleBy::LookUp => style,
            StyleBy::Unknown => Found::Unknown,
            StyleBy::Unanswered => Found::Asked,
            StyleBy::Asked => {
                let soon_ms = (pitch_us(&world.scenario) / 1e4) as u64;
                self.asked.push_back((world.ms + soon_ms, *part_id, style));
                Found::Asked
            }
        }
    }

    fn answered(&mut self) -> Option<(PartId, Found)> {
        let ms = locked(&self.world).ms;
        let (_, part_id, found) = self.asked.pop_front_if(|(due, ..)| *due <= ms)?;
        Some((part_id, found))
    }
}

/// Reads what the simulated frames hold.
pub(super) struct SimCodes;

/// Bytes of a frame: the number of the thing in it, whether it bears a code, and of which challenge part.
pub(super) const FRAME_BYTES: usize = 16;

/// Puts a thing into a frame.
pub(super) fn draw(pixels: &mut [u8], index: usize, has_code: bool, challenge: Option<u8>) {
    pixels[..8].copy_from_slice(&(index as u64).to_le_bytes());
    pixels[8] = u8::from(has_code);
    pixels[9] = challenge.map_or(0, |number| number + 1);
}

/// Which thing a frame shows.
pub(super) fn shown(pixels: &[u8]) -> usize {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&pixels[..8]);
    u64::from_le_bytes(bytes) as usize
}

impl CodeReader for SimCodes {
    fn read(&mut self, pixels: &[u8], _: FrameShape) -> Result<CodesRead, CodeError> {
        let mut codes = ArrayVec::new();
        if pixels[8] != 0 {
            codes.push(Code {
                part_id: match pixels[9].checked_sub(1) {
                    Some(number) => challenge_id(number),
                    None => id_of(shown(pixels)),
                },
                format: CodeFormat::DataMatrix,
                corners: [[0; 2]; 4],
            });
        }
        Ok(CodesRead {
            codes,
            unusable: ArrayVec::new(),
            took: Duration::ZERO,
        })
    }
}

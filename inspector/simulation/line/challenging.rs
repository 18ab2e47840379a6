//! Challenge parts of a simulated line: when they are due, how people bring them, and what of them is judged otherwise
//! than expected.

use super::naming::{How, Naming, StyleBy, challenge_id};
use super::scenario::{Coming, PITCH_MM};
use crate::station::challenge::{ChallengePlan, Quality};
use crate::telemetry::alarm::LeftOpen;
use crate::telemetry::catalogue::Code;
use fastrand::Rng;
use std::time::Duration;

/// What a seed says of challenge parts. They are due at the start in any case.
#[derive(Clone, Debug)]
pub struct Challenging {
    /// What each of them is; their IDs are those of [`challenge_id`].
    pub parts: Vec<Quality>,
    /// Due so long after they were last complete: hours, which here are seconds.
    pub every_ms: Option<u64>,
    /// Due at these times of the day, in seconds; the day begins with the run.
    pub at_s: Vec<u32>,
    /// Due when another version of a recipe judges.
    pub on_recipe_change: bool,
    /// When the recipe gets another version.
    pub recipe_at_ms: Option<u64>,
    /// So long after they became due, nothing more is accepted.
    pub within_ms: u64,
    /// What a job before left open.
    pub before: LeftOpen,
    /// Whether nothing goes wrong with them: all are brought in time, and judged as expected.
    pub is_kept: bool,
}

impl Challenging {
    /// What a seed says, and among these parts the challenge parts that people bring. None where nobody tells IDs.
    pub fn draw(
        seed: u64,
        naming: Option<&Naming>,
        is_clean: bool,
        parts: &mut [Coming],
    ) -> Option<Self> {
        let rng = &mut Rng::with_seed(seed ^ 0xC4A1);
        let naming = naming?;
        if rng.u8(..3) > 0 {
            return None;
        }
        let kinds: Vec<Quality> = match rng.u8(..3) {
            0 => vec![Quality::Defective],
            1 => vec![Quality::Defective, Quality::Golden],
            _ => vec![Quality::Golden, Quality::Defective, Quality::Defective],
        };
        let challenging = Self {
            every_ms: rng.bool().then(|| rng.u64(4..15) * 1_000),
            at_s: match rng.bool() {
                true => (0..rng.usize(1..4)).map(|_| rng.u32(2..40)).collect(),
                false => Vec::new(),
            },
            on_recipe_change: rng.bool(),
            recipe_at_ms: rng.bool().then(|| rng.u64(500..20_000)),
            within_ms: match is_clean {
                true => 3_600_000,
                false => rng.u64(500..10_000),
            },
            before: before(rng, is_clean),
            is_kept: is_clean,
            parts: kinds,
        };
        let mut at = rng.usize(1..4);
        while at + challenging.parts.len() < parts.len() {
            at += challenging.bring(rng, naming, &mut parts[at..]) + rng.usize(3..20);
        }
        Some(challenging)
    }

    /// Somebody puts all of them on the belt, or forgets one. How many came.
    fn bring(&self, rng: &mut Rng, naming: &Naming, parts: &mut [Coming]) -> usize {
        let mut numbers: Vec<u8> = (0..self.parts.len() as u8).collect();
        rng.shuffle(&mut numbers);
        if !self.is_kept && rng.u8(..6) == 0 {
            numbers.pop();
        }
        for (part, number) in parts.iter_mut().zip(&numbers) {
            part.challenge = Some(*number);
            part.is_defective = self.parts[usize::from(*number)] == Quality::Defective;
            part.is_misjudged = !self.is_kept && rng.u8(..8) == 0;
            part.named.is_other = false;
            // Whoever tells styles by IDs knows these too.
            part.named.style_by = match naming.has_look_up {
                true => StyleBy::LookUp,
                false => StyleBy::Told,
            };
            if !naming.has_reader && part.named.how != How::Code {
                part.named.how = How::Trigger;
            }
            part.gap_mm = part.gap_mm.max(PITCH_MM * 1.2);
        }
        numbers.len()
    }

    /// As the station's settings have it.
    pub fn plan(&self) -> ChallengePlan {
        let numbered = (0..).zip(&self.parts);
        ChallengePlan {
            parts: numbered
                .map(|(number, quality)| (challenge_id(number), *quality))
                .collect(),
            on_recipe_change: self.on_recipe_change,
            every: self.every_ms.map(Duration::from_millis),
            at: self.at_s.clone(),
            within: Duration::from_millis(self.within_ms),
        }
    }
}

fn before(rng: &mut Rng, is_clean: bool) -> LeftOpen {
    if is_clean || rng.u8(..4) > 0 {
        return LeftOpen::default();
    }
    let mut alarms = vec![Code::ChallengeFailed, Code::ChallengeOverdue];
    alarms.retain(|_| rng.bool());
    LeftOpen {
        alarms,
        challenge_due_for: Duration::from_millis(rng.u64(..5_000)),
    }
}

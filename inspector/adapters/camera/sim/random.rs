//! Seeded numbers and noise. Every picture and every fault is a pure function of such seeds.

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and the same on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

/// One step of SplitMix64's output function: mixes `value` into 64 well-spread bits.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// A stream of its own for every list of seeds.
    pub fn of(seeds: &[u64]) -> Self {
        let state = seeds
            .iter()
            .fold(0x5eed, |state, seed| mix(state ^ mix(*seed)));
        Self(state)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// From 0 to below 1.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// From `low` to below `high`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// From 0 to `count - 1`; 0 when `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        (self.unit() * count as f32) as usize
    }

    /// True with probability `share`.
    pub fn happens(&mut self, share: f32) -> bool {
        self.unit() < share
    }
}

/// White noise from -1 to 1 at a lattice point.
pub fn lattice(seed: u64, x: i32, y: i32) -> f32 {
    let bits = mix(seed ^ (u64::from(x as u32) << 32) ^ u64::from(y as u32));
    (bits >> 40) as f32 / (1u64 << 23) as f32 - 1.0
}

/// Smooth noise from -1 to 1, with one lattice point per unit.
pub fn smooth(seed: u64, x: f32, y: f32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x - column), ease(y - row));
    let at = |dx, dy| lattice(seed, column as i32 + dx, row as i32 + dy);
    let above = at(0, 0) + (at(1, 0) - at(0, 0)) * u;
    let below = at(0, 1) + (at(1, 1) - at(0, 1)) * u;
    above + (below - above) * v
}

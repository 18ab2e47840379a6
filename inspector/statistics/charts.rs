//! Charts of the share of rejects, subgroup by subgroup.

/// Limits lie so many standard deviations from the centre line (Shewhart).
const DEVIATIONS: f64 = 3.0;
/// The mean range of two values of a normal distribution with standard deviation 1, 2 / √π; tables print 1.128.
const D2: f64 = std::f64::consts::FRAC_2_SQRT_PI;

/// Parts that are counted together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subgroup {
    /// All of them.
    pub parts: u64,
    /// Those that were rejected.
    pub rejects: u64,
}

impl Subgroup {
    /// Rejects by parts; 0 of none.
    pub fn share(self) -> f64 {
        match self.parts {
            0 => 0.0,
            parts => self.rejects as f64 / parts as f64,
        }
    }
}

/// How wide the limits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As wide as chance alone makes the share of so many parts vary (binomial).
    P,
    /// Laney's p′: by the factor σz wider, so much more than chance the subgroups vary from one to the next. σz is the
    /// mean of |z of a subgroup - z of the one before| divided by d2 = 2 / √π (Laney 2002); other programs take the
    /// standard deviation of z instead.
    Laney,
}

/// Where one subgroup may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// A share, never below 0.
    pub low: f64,
    /// A share, never above 1.
    pub high: f64,
    /// Whether the subgroup's own share lies beyond one of them.
    pub is_outside: bool,
}

/// A chart of all subgroups.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// All rejects by all parts.
    pub centre: f64,
    /// How much more than chance subgroups vary from one to the next; 1 where only chance does. None of fewer than two
    /// subgroups, and where nothing or everything was rejected.
    pub sigma_z: Option<f64>,
    /// One of each subgroup, in order. None of an empty one.
    pub limits: Vec<Option<Limits>>,
}

impl Chart {
    /// None without a part. A p′ chart without σz has the limits of a p chart.
    pub fn of(subgroups: &[Subgroup], kind: Kind) -> Option<Self> {
        let parts: u64 = subgroups.iter().map(|group| group.parts).sum();
        let rejects: u64 = subgroups.iter().map(|group| group.rejects).sum();
        if parts == 0 {
            return None;
        }
        let centre = Subgroup { parts, rejects }.share();
        let deviation = |group: &Subgroup| (centre * (1.0 - centre) / group.parts as f64).sqrt();
        let filled = subgroups.iter().filter(|group| group.parts > 0);
        let z: Vec<f64> = filled
            .map(|group| (group.share() - centre) / deviation(group))
            .collect();
        let ranges: f64 = z.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
        let has_variation = rejects > 0 && rejects < parts && z.len() > 1;
        let sigma_z = has_variation.then(|| ranges / (z.len() - 1) as f64 / D2);
        let factor = match kind {
            Kind::P => 1.0,
            Kind::Laney => sigma_z.unwrap_or(1.0),
        };
        let limits = subgroups.iter().map(|group| {
            let away = DEVIATIONS * factor * deviation(group);
            let (low, high) = ((centre - away).max(0.0), (centre + away).min(1.0));
            let share = group.share();
            (group.parts > 0).then_some(Limits {
                low,
                high,
                is_outside: share < low || share > high,
            })
        });
        Some(Self {
            centre,
            sigma_z,
            limits: limits.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(parts: u64, rejects: &[u64]) -> Vec<Subgroup> {
        let of = |rejects: &u64| Subgroup {
            parts,
            rejects: *rejects,
        };
        rejects.iter().map(of).collect()
    }

    /// Montgomery's cans of orange juice, as NIST 6.3.3.2 has them too.
    const ORANGE_JUICE: [u64; 30] = [
        12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9,
        12, 7, 13, 9, 6,
    ];

    fn outside(chart: &Chart) -> Vec<usize> {
        let numbered = chart.limits.iter().zip(1..);
        let out = numbered.filter(|(limits, _)| limits.is_some_and(|limits| limits.is_outside));
        out.map(|(_, number)| number).collect()
    }

    #[test]
    fn the_p_chart_of_orange_juice_is_that_of_nist() {
        let chart = Chart::of(&groups(50, &ORANGE_JUICE), Kind::P).expect("parts");
        let limits = chart.limits[0].expect("parts");
        assert!((chart.centre - 0.231_333).abs() < 1e-6, "{}", chart.centre);
        assert!((limits.high - 0.410_239).abs() < 1e-6, "{limits:?}");
        assert!((limits.low - 0.052_428).abs() < 1e-6, "{limits:?}");
        assert_eq!(outside(&chart), [15, 23]);
    }

    /// pccpy 0.16.2 and, with d2 = 1.128, FACTS' own script: 1.66087 and 0.52847.
    #[test]
    fn laney_of_orange_juice_is_that_of_pccpy() {
        let chart = Chart::of(&groups(50, &ORANGE_JUICE), Kind::Laney).expect("parts");
        let sigma_z = chart.sigma_z.expect("variation");
        assert!((sigma_z - 1.660_31).abs() < 1e-5, "{sigma_z}");
        assert!((sigma_z * D2 / 1.128 - 1.660_87).abs() < 1e-5);
        let limits = chart.limits[0].expect("parts");
        assert!((limits.high - 0.528_372).abs() < 1e-6, "{limits:?}");
        assert_eq!(limits.low, 0.0);
        assert_eq!(outside(&chart), [] as [usize; 0]);
    }

    #[test]
    fn nothing_rejected_everything_rejected_and_one_group_have_a_chart_without_variation() {
        for rejects in [&[0, 0, 0][..], &[9, 9, 9], &[4]] {
            let chart = Chart::of(&groups(9, rejects), Kind::Laney).expect("parts");
            assert_eq!(chart.sigma_z, None, "{rejects:?}");
            assert_eq!(outside(&chart), [] as [usize; 0]);
        }
        assert_eq!(Chart::of(&[], Kind::P), None);
        assert_eq!(Chart::of(&groups(0, &[0, 0]), Kind::P), None);
        let with_empty = [groups(50, &[5]), groups(0, &[0]), groups(50, &[5])].concat();
        let chart = Chart::of(&with_empty, Kind::P).expect("parts");
        assert_eq!(chart.limits[1], None);
        assert!((chart.centre - 0.1).abs() < 1e-12);
    }

    /// Where only chance makes them vary, p′ is the p chart.
    #[test]
    fn sigma_z_of_chance_alone_is_one() {
        let mut rng = fastrand::Rng::with_seed(1);
        let of = |_| {
            let rejects = (0..500).filter(|_| rng.f64() < 0.1).count();
            rejects as u64
        };
        let rejects: Vec<u64> = (0..400).map(of).collect();
        let chart = Chart::of(&groups(500, &rejects), Kind::Laney).expect("parts");
        let sigma_z = chart.sigma_z.expect("variation");
        assert!((0.9..1.1).contains(&sigma_z), "{sigma_z}");
    }
}

//! The exponentially weighted moving average: a chart that notices a small drift which no single point shows.

/// What a chart is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// Where it starts, and its centre line.
    pub centre: f64,
    /// Standard deviation of one value.
    pub deviation: f64,
}

/// How the chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ewma {
    /// Weight of the newest value, above 0 and at most 1.
    pub weight: f64,
    /// Limits lie so many standard deviations of the average from the centre.
    pub width: f64,
}

/// One value's point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The average with this value.
    pub average: f64,
    /// Lower limit of the chart.
    pub low: f64,
    /// Upper limit of the chart.
    pub high: f64,
}

impl Point {
    /// Whether the average lies beyond a limit.
    pub fn is_outside(self) -> bool {
        self.average < self.low || self.average > self.high
    }
}

impl Ewma {
    /// Lucas and Saccucci (1990): weight 0.2 and width 2.86 find a shift of one deviation after about ten values, and tell
    /// of one that is none after about 370.
    pub const USUAL: Self = Self {
        weight: 0.2,
        width: 2.86,
    };

    /// With the exact limits, which widen from the first value on: s·√(λ/(2-λ)·(1-(1-λ)^2n)).
    pub fn points(self, values: &[f64], baseline: Baseline) -> Vec<Point> {
        let mut average = baseline.centre;
        let mut left = 1.0;
        let of = |value: &f64| {
            average += self.weight * (value - average);
            left *= (1.0 - self.weight).powi(2);
            let away = self.width * baseline.deviation * (self.factor() * (1.0 - left)).sqrt();
            Point {
                average,
                low: baseline.centre - away,
                high: baseline.centre + away,
            }
        };
        values.iter().map(of).collect()
    }

    /// What the variance of the average is of that of a value, in the end: λ/(2-λ).
    fn factor(self) -> f64 {
        self.weight / (2.0 - self.weight)
    }
}

impl Baseline {
    /// Mean, and deviation by the mean moving range over d2 = 2 / √π, which a drift widens little. None of fewer than
    /// `VALUES_MIN` values.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.len() < Self::VALUES_MIN {
            return None;
        }
        let ranges: f64 = values
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .sum();
        let d2 = std::f64::consts::FRAC_2_SQRT_PI;
        Some(Self {
            centre: values.iter().sum::<f64>() / values.len() as f64,
            deviation: ranges / (values.len() - 1) as f64 / d2,
        })
    }

    /// Fewer say nothing of their own spread.
    pub const VALUES_MIN: usize = 8;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST 6.3.2.4, its own series, limits in the end.
    #[test]
    fn the_averages_are_those_of_nist() {
        let values = [
            52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3,
            47.8, 51.2, 52.6, 52.4, 53.6, 52.1,
        ];
        let expected = [
            50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36,
            49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99,
        ];
        let baseline = Baseline {
            centre: 50.0,
            deviation: 2.0539,
        };
        let ewma = Ewma {
            weight: 0.3,
            width: 3.0,
        };
        let points = ewma.points(&values, baseline);
        for (point, expected) in points.iter().zip(expected) {
            assert!(
                (point.average - expected).abs() < 5.1e-3,
                "{point:?} {expected}"
            );
            assert!(!point.is_outside(), "{point:?}");
        }
        let last = points[points.len() - 1];
        assert!((last.high - 52.5884).abs() < 1e-3, "{last:?}");
        assert!((last.low - 47.4115).abs() < 1e-3, "{last:?}");
        // The first limit is that of one value: 50 + 3 × 0.3 × 2.0539.
        assert!((points[0].high - 51.848_51).abs() < 1e-5, "{:?}", points[0]);
    }

    #[test]
    fn a_drift_of_one_deviation_is_noticed_and_none_is_not() {
        let mut rng = fastrand::Rng::with_seed(2);
        let mut normal = || (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0;
        let baseline = Baseline {
            centre: 0.0,
            deviation: 1.0,
        };
        let mut first_outside = |shift: f64| {
            let values: Vec<f64> = (0..2_000).map(|_| normal() + shift).collect();
            let points = Ewma::USUAL.points(&values, baseline);
            points
                .iter()
                .position(|point| point.is_outside())
                .unwrap_or(2_000)
        };
        let mean = |runs: &[usize]| runs.iter().sum::<usize>() as f64 / runs.len() as f64;
        let quiet: Vec<usize> = (0..400).map(|_| first_outside(0.0)).collect();
        let drifting: Vec<usize> = (0..400).map(|_| first_outside(1.0)).collect();
        assert!(mean(&quiet) > 280.0, "{}", mean(&quiet));
        assert!(mean(&drifting) < 12.0, "{}", mean(&drifting));
    }

    #[test]
    fn a_baseline_needs_values() {
        assert_eq!(Baseline::of(&[1.0; 7]), None);
        let found = Baseline::of(&[1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]).expect("values");
        assert!((found.centre - 1.5).abs() < 1e-12 && (found.deviation - 0.886_23).abs() < 1e-5);
    }
}

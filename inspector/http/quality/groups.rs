//! Groups of parts, and their charts.

use super::{Asked, ChartKind, GroupBy, LANEY_FROM};
use crate::http::dto::quality::{GoodChart, GoodPoint, GroupPoint, Missing, RejectChart};
use crate::results::reader::Reader;
use crate::results::reader::quality::{Counting, Good, Series};
use crate::station::calendar::{Stretch, Unit};
use crate::statistics::charts::{Chart, Kind, Subgroup};
use crate::statistics::ewma::{Baseline, Ewma, Point};

/// Groups of a chart: the newest.
const GROUPS_MAX: usize = 400;

/// Parts that are counted together.
struct Group<'a> {
    from_us: i64,
    to_us: i64,
    shift: Option<usize>,
    accepted: &'a [i64],
    rejected: &'a [i64],
}

/// All of a chart, oldest first.
pub struct Groups<'a> {
    groups: Vec<Group<'a>>,
    is_shortened: bool,
}

/// Those of the rows that stand between two.
pub fn within<'a>(rows: &'a [i64], ends: &[i64]) -> &'a [i64] {
    let at = |end: i64| rows.partition_point(|id| *id < end);
    &rows[at(ends[0])..at(ends[1])]
}

impl<'a> Groups<'a> {
    /// As it is asked.
    pub fn of(
        reader: &Reader,
        asked: &Asked,
        counting: &Counting,
        series: &'a Series,
    ) -> rusqlite::Result<Self> {
        let unit = match asked.wanted.by {
            GroupBy::Hour => Unit::Hour,
            GroupBy::Shift => Unit::Shift,
            GroupBy::Day => Unit::Day,
            GroupBy::Parts => return Self::of_parts(reader, asked.parts, counting, series),
        };
        let stretches =
            asked
                .calendar
                .stretches(counting.from_us, counting.to_us, unit, GROUPS_MAX);
        let bounds = reader.bounds(&stretches)?;
        let groups = stretches
            .iter()
            .zip(bounds.windows(2))
            .map(|(stretch, ends)| Group {
                from_us: stretch.from_us,
                to_us: stretch.to_us,
                shift: stretch.shift,
                accepted: within(&series.accepted, ends),
                rejected: within(&series.rejected, ends),
            });
        let is_shortened = stretches
            .first()
            .is_some_and(|first: &Stretch| first.from_us > counting.from_us);
        Ok(Self {
            groups: groups.collect(),
            is_shortened,
        })
    }

    /// The newest ones are whole; what is left at the beginning is none.
    fn of_parts(
        reader: &Reader,
        size: usize,
        counting: &Counting,
        series: &'a Series,
    ) -> rusqlite::Result<Self> {
        let whole = series.parts() / size;
        let count = whole.min(GROUPS_MAX);
        let first = series.parts() - count * size;
        let mut rows = Vec::new();
        for group in 0..count {
            rows.push(series.row(first + group * size).unwrap_or(i64::MAX));
        }
        let mut starts = Vec::new();
        for row in &rows {
            let part = reader.part_at(*row)?;
            starts.push(part.map_or(counting.from_us, |part| part.triggered_at_us));
        }
        let ends =
            |list: &[i64], last: i64| -> Vec<i64> { list.iter().copied().chain([last]).collect() };
        let (rows, starts) = (ends(&rows, i64::MAX), ends(&starts, counting.to_us));
        let groups = rows
            .windows(2)
            .zip(starts.windows(2))
            .map(|(rows, times)| Group {
                from_us: times[0],
                to_us: times[1],
                shift: None,
                accepted: within(&series.accepted, rows),
                rejected: within(&series.rejected, rows),
            });
        Ok(Self {
            groups: groups.collect(),
            is_shortened: whole > count,
        })
    }

    /// Rejects and scores of good parts. Scores of several styles are told, and not put on a chart.
    pub fn charts(
        &self,
        reader: &Reader,
        asked: &Asked,
        has_styles: bool,
    ) -> rusqlite::Result<(RejectChart, GoodChart)> {
        let subgroups = self.groups.iter().map(|group| Subgroup {
            parts: (group.accepted.len() + group.rejected.len()) as u64,
            rejects: group.rejected.len() as u64,
        });
        let subgroups: Vec<Subgroup> = subgroups.collect();
        let kind = asked.wanted.chart.unwrap_or_else(|| usual(&subgroups));
        let drawn = Chart::of(
            &subgroups,
            match kind {
                ChartKind::P => Kind::P,
                ChartKind::Laney => Kind::Laney,
            },
        );
        let rows: Vec<&[i64]> = self.groups.iter().map(|group| group.accepted).collect();
        let read = reader.good(&rows)?;
        let (good, points) = averages(&read, has_styles);
        let shifts = asked.calendar.shifts();
        let points =
            self.groups
                .iter()
                .zip(&subgroups)
                .enumerate()
                .map(|(index, (group, counted))| {
                    let limits = drawn.as_ref().and_then(|chart| chart.limits[index]);
                    GroupPoint {
                        from_us: group.from_us,
                        to_us: group.to_us,
                        shift: group
                            .shift
                            .and_then(|shift| shifts.get(shift))
                            .map(|shift| shift.name.clone()),
                        parts: counted.parts,
                        rejected: counted.rejects,
                        low: limits.map(|limits| limits.low),
                        high: limits.map(|limits| limits.high),
                        is_outside: limits.is_some_and(|limits| limits.is_outside),
                        good: good_point(read[index], points[index]),
                    }
                });
        let chart = RejectChart {
            kind,
            centre: drawn.as_ref().map(|chart| chart.centre),
            sigma_z: drawn.as_ref().and_then(|chart| chart.sigma_z),
            points: points.collect(),
            is_shortened: self.is_shortened,
        };
        Ok((chart, good))
    }
}

fn usual(subgroups: &[Subgroup]) -> ChartKind {
    let filled = subgroups.iter().filter(|group| group.parts > 0).count() as u64;
    let parts: u64 = subgroups.iter().map(|group| group.parts).sum();
    match parts / filled.max(1) {
        LANEY_FROM.. => ChartKind::Laney,
        _ => ChartKind::P,
    }
}

fn good_point(good: Good, point: Option<Point>) -> Option<GoodPoint> {
    (good.scored > 0).then(|| GoodPoint {
        scored: good.scored,
        score: good.score,
        decided_us: good.decided_us,
        average: point.map(|point| point.average),
        low: point.map(|point| point.low),
        high: point.map(|point| point.high),
        is_outside: point.is_some_and(Point::is_outside),
    })
}

/// The moving averages of groups with scored parts, held against the first half of them, and at least 8.
fn averages(read: &[Good], has_styles: bool) -> (GoodChart, Vec<Option<Point>>) {
    let scores: Vec<f64> = read
        .iter()
        .filter(|good| good.scored > 0)
        .map(|good| good.score)
        .collect();
    let first = scores
        .len()
        .div_ceil(2)
        .max(Baseline::VALUES_MIN)
        .min(scores.len());
    let baseline = Baseline::of(&scores[..first]);
    let missing = match baseline {
        _ if has_styles => Some(Missing::SeveralStyles),
        None => Some(Missing::FewGroups),
        Some(baseline) if baseline.deviation <= 0.0 => Some(Missing::NoVariation),
        Some(_) => None,
    };
    let baseline = baseline.filter(|_| missing.is_none());
    let drawn = baseline.map_or(Vec::new(), |baseline| Ewma::USUAL.points(&scores, baseline));
    let mut drawn = drawn.into_iter();
    let points = read.iter().map(|good| match good.scored {
        0 => None,
        _ => drawn.next(),
    });
    let chart = GoodChart {
        weight: Ewma::USUAL.weight,
        width: Ewma::USUAL.width,
        baseline_groups: if missing.is_none() { first as u32 } else { 0 },
        centre: baseline.map(|baseline| baseline.centre),
        missing,
    };
    (chart, points.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(score: f64) -> Good {
        Good {
            scored: 5,
            score,
            decided_us: 1.0,
        }
    }

    #[test]
    fn a_drift_of_good_parts_is_marked_and_an_empty_group_is_passed_over() {
        let steady = (0..20).map(|n| good(0.2 + 0.001 * f64::from(n % 2)));
        let drifting = (0..20).map(|n| good(0.2 + 0.0005 * f64::from(n)));
        let mut read: Vec<Good> = steady.chain(drifting).collect();
        read.insert(3, Good::default());
        let (chart, points) = averages(&read, false);
        assert_eq!((chart.missing, chart.baseline_groups), (None, 20));
        assert_eq!(points[3], None);
        let is_outside = |index: usize| points[index].is_some_and(Point::is_outside);
        assert!((0..21).all(|index| !is_outside(index)));
        assert!(is_outside(40));
    }

    #[test]
    fn what_cannot_be_said_is_said() {
        let few: Vec<Good> = (0..7).map(|n| good(f64::from(n))).collect();
        assert_eq!(averages(&few, false).0.missing, Some(Missing::FewGroups));
        assert_eq!(averages(&[], false).0.missing, Some(Missing::FewGroups));
        assert_eq!(averages(&few, true).0.missing, Some(Missing::SeveralStyles));
        let same = vec![good(0.3); 12];
        assert_eq!(averages(&same, false).0.missing, Some(Missing::NoVariation));
    }
}

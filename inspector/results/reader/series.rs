//! Parts in the order of the log, by their rows.

/// Parts in the order of the log.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Rows of those that were accepted, rising.
    pub accepted: Vec<i64>,
    /// Rows of those that were rejected, rising.
    pub rejected: Vec<i64>,
    /// Whether older ones of the time are left out, because there are too many.
    pub is_cut: bool,
}

impl Series {
    /// All parts of it.
    pub fn parts(&self) -> usize {
        self.accepted.len() + self.rejected.len()
    }

    /// Places of the rejects among all parts, from 0.
    pub fn places(&self) -> Vec<usize> {
        let before = |id: &i64| self.accepted.partition_point(|accepted| accepted < id);
        let rejected = self.rejected.iter().enumerate();
        rejected.map(|(index, id)| index + before(id)).collect()
    }

    /// The row at a place among all parts.
    pub fn row(&self, place: usize) -> Option<i64> {
        // So many rejects stand before the place; their own places rise.
        let places = |index: &usize| {
            let id = self.rejected[*index];
            index + self.accepted.partition_point(|accepted| *accepted < id)
        };
        let (mut low, mut high) = (0, self.rejected.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match places(&middle) < place {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        match low < self.rejected.len() && places(&low) == place {
            true => self.rejected.get(low).copied(),
            false => self.accepted.get(place.checked_sub(low)?).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_places_of_parts_are_told_from_each_other() {
        let series = Series {
            accepted: vec![1, 2, 4, 7, 8],
            rejected: vec![3, 5, 6, 9],
            is_cut: false,
        };
        assert_eq!(series.places(), [2, 4, 5, 8]);
        let rows: Vec<_> = (0..10).map(|place| series.row(place)).collect();
        let expected = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(Some);
        assert_eq!(rows[..9], expected);
        assert_eq!(rows[9], None);
        let only = Series {
            rejected: vec![4],
            ..Series::default()
        };
        assert_eq!(
            (only.row(0), only.row(1), only.places()),
            (Some(4), None, vec![0])
        );
    }
}

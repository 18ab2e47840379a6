//! Whether appraisers agree with each other, with themselves and with the reference: the attribute study of AIAG,
//! Measurement System Analysis, 4th edition, chapter III C.

use super::Counted;

/// Ratings of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    /// What the part is: an index of `Study::categories`.
    pub reference: usize,
    /// What each appraiser said in each trial: as many appraisers and trials for every part.
    pub ratings: Vec<Vec<usize>>,
}

/// A study: every appraiser rated every part equally often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Study {
    /// People, and the station where it took part.
    pub appraisers: Vec<String>,
    /// What a rating may be.
    pub categories: Vec<String>,
    /// Which of the categories lets a part go on.
    pub good: usize,
    /// At least one.
    pub parts: Vec<Rated>,
}

/// Cohen's kappa: agreement beyond what chance gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kappa {
    /// 1 is full agreement, 0 what chance gives.
    pub value: f64,
    /// With 95 % confidence, by the large-sample variance of Fleiss, Cohen and Everitt (1969). Trials of one part are taken
    /// as if they were of several, which makes it too narrow.
    pub low: f64,
    /// The other end of the interval.
    pub high: f64,
}

/// How AIAG rates a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rating {
    /// Nothing needs to be done.
    Acceptable,
    /// May be acceptable, may need improvement.
    Marginal,
    /// It needs improvement.
    Unacceptable,
}

/// What one appraiser did.
#[derive(Clone, Debug, PartialEq)]
pub struct Appraised {
    /// As in the study.
    pub name: String,
    /// Parts that got the same rating in every trial.
    pub within: Counted,
    /// Parts that got the reference's rating in every trial: effectiveness.
    pub effective: Counted,
    /// Ratings of defective parts that called them good.
    pub missed: Counted,
    /// Ratings of good parts that did not.
    pub false_alarms: Counted,
    /// Against the reference; none where all ratings and references are the same.
    pub kappa: Option<Kappa>,
    /// The worst of effectiveness, misses, false alarms and kappa.
    pub rating: Rating,
}

/// Two appraisers held against each other, trial by trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Index of one.
    pub first: usize,
    /// Index of the other.
    pub second: usize,
    /// How often one gave the row's category and the other the column's.
    pub table: Vec<Vec<u64>>,
    /// None where both only ever used one category.
    pub kappa: Option<Kappa>,
}

/// What a study says.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// In the study's order.
    pub appraisers: Vec<Appraised>,
    /// Every two of them.
    pub pairs: Vec<Pair>,
    /// Parts on which all appraisers agreed in all trials.
    pub between: Counted,
    /// Parts on which all of them agreed with the reference in all trials: the system's effectiveness.
    pub system: Counted,
    /// Fleiss' kappa over all ratings of a part by all appraisers in all trials, each taken as a rater of its own.
    pub fleiss: Option<f64>,
    /// The worst of the appraisers.
    pub rating: Rating,
}

impl Rating {
    /// A share that is better small: miss 2 % and 5 %, false alarms 5 % and 10 %. Without a trial it says nothing, and is
    /// not good.
    fn at_most(counted: Counted, good: f64, bearable: f64) -> Self {
        match share(counted) {
            Some(share) if share <= good => Self::Acceptable,
            Some(share) if share <= bearable => Self::Marginal,
            _ => Self::Unacceptable,
        }
    }

    fn of_effectiveness(effective: Counted) -> Self {
        let wrong = Counted {
            count: effective.of - effective.count,
            of: effective.of,
        };
        Self::at_most(wrong, 0.10, 0.20)
    }

    /// From 0.75 on agreement is good to excellent, below 0.40 it is poor.
    fn of_kappa(kappa: Option<Kappa>) -> Self {
        match kappa {
            Some(kappa) if kappa.value >= 0.75 => Self::Acceptable,
            Some(kappa) if kappa.value >= 0.40 => Self::Marginal,
            _ => Self::Unacceptable,
        }
    }
}

/// None of none.
pub fn share(counted: Counted) -> Option<f64> {
    // So that 10 % of 50 is not 0.10000000000000001.
    (counted.of > 0).then(|| (counted.count as f64 / counted.of as f64 * 1e12).round() / 1e12)
}

impl Study {
    /// All figures of the study.
    pub fn agreement(&self) -> Agreement {
        let appraisers: Vec<Appraised> = (0..self.appraisers.len())
            .map(|appraiser| self.appraised(appraiser))
            .collect();
        let all = 0..self.appraisers.len();
        let pairs = all.flat_map(|first| {
            (first + 1..self.appraisers.len()).map(move |second| (first, second))
        });
        let all_of = |part: &Rated| part.ratings.iter().flatten().copied().collect::<Vec<_>>();
        let rating = appraisers.iter().map(|one| one.rating).max();
        Agreement {
            pairs: pairs
                .map(|(first, second)| self.pair(first, second))
                .collect(),
            between: self.count(|part| are_all(&all_of(part), part.ratings[0][0])),
            system: self.count(|part| are_all(&all_of(part), part.reference)),
            fleiss: self.fleiss(),
            rating: rating.unwrap_or(Rating::Unacceptable),
            appraisers,
        }
    }

    fn count(&self, is_meant: impl Fn(&Rated) -> bool) -> Counted {
        Counted {
            count: self.parts.iter().filter(|part| is_meant(part)).count(),
            of: self.parts.len(),
        }
    }

    fn appraised(&self, appraiser: usize) -> Appraised {
        let within = self.count(|part| {
            let own = &part.ratings[appraiser];
            are_all(own, own[0])
        });
        let effective = self.count(|part| are_all(&part.ratings[appraiser], part.reference));
        let ratings = |is_good: bool| {
            let parts = self.parts.iter();
            let of = parts.filter(move |part| (part.reference == self.good) == is_good);
            let all: Vec<usize> = of
                .flat_map(|part| part.ratings[appraiser].clone())
                .collect();
            Counted {
                count: all
                    .iter()
                    .filter(|rating| (**rating == self.good) != is_good)
                    .count(),
                of: all.len(),
            }
        };
        let (missed, false_alarms) = (ratings(false), ratings(true));
        let table = self.table(|part, trial| (part.ratings[appraiser][trial], part.reference));
        let kappa = kappa(&table);
        let rating = Rating::of_effectiveness(effective)
            .max(Rating::at_most(missed, 0.02, 0.05))
            .max(Rating::at_most(false_alarms, 0.05, 0.10))
            .max(Rating::of_kappa(kappa));
        Appraised {
            name: self.appraisers[appraiser].clone(),
            within,
            effective,
            missed,
            false_alarms,
            kappa,
            rating,
        }
    }

    fn pair(&self, first: usize, second: usize) -> Pair {
        let table =
            self.table(|part, trial| (part.ratings[first][trial], part.ratings[second][trial]));
        Pair {
            first,
            second,
            kappa: kappa(&table),
            table,
        }
    }

    /// How often each two categories met.
    fn table(&self, of: impl Fn(&Rated, usize) -> (usize, usize)) -> Vec<Vec<u64>> {
        let categories = self.categories.len();
        let mut table = vec![vec![0; categories]; categories];
        for part in &self.parts {
            for trial in 0..part.ratings[0].len() {
                let (row, column) = of(part, trial);
                table[row][column] += 1;
            }
        }
        table
    }

    fn fleiss(&self) -> Option<f64> {
        let ratings = (self.appraisers.len() * self.parts.first()?.ratings[0].len()) as f64;
        if ratings < 2.0 {
            return None;
        }
        let mut totals = vec![0.0; self.categories.len()];
        let mut agreeing = 0.0;
        for part in &self.parts {
            let mut counts = vec![0.0; totals.len()];
            part.ratings
                .iter()
                .flatten()
                .for_each(|rating| counts[*rating] += 1.0);
            let squares: f64 = counts.iter().map(|count| count * count).sum();
            agreeing += (squares - ratings) / (ratings * (ratings - 1.0));
            totals
                .iter_mut()
                .zip(counts)
                .for_each(|(total, count)| *total += count);
        }
        let parts = self.parts.len() as f64;
        let shares = totals
            .iter()
            .map(|total| (total / (parts * ratings)).powi(2));
        let by_chance: f64 = shares.sum();
        (by_chance < 1.0).then(|| (agreeing / parts - by_chance) / (1.0 - by_chance))
    }
}

fn are_all(ratings: &[usize], one: usize) -> bool {
    ratings.iter().all(|rating| *rating == one)
}

/// Cohen's kappa of a table; none where everything is in one cell of its diagonal.
fn kappa(table: &[Vec<u64>]) -> Option<Kappa> {
    let total: u64 = table.iter().flatten().sum();
    let n = total as f64;
    let share = |row: usize, column: usize| table[row][column] as f64 / n;
    let all = 0..table.len();
    let rows: Vec<f64> = all
        .clone()
        .map(|row| all.clone().map(|it| share(row, it)).sum())
        .collect();
    let columns: Vec<f64> = all
        .clone()
        .map(|column| all.clone().map(|it| share(it, column)).sum())
        .collect();
    let agreed: f64 = all.clone().map(|it| share(it, it)).sum();
    let by_chance: f64 = all.clone().map(|it| rows[it] * columns[it]).sum();
    if total == 0 || by_chance >= 1.0 {
        return None;
    }
    let value = (agreed - by_chance) / (1.0 - by_chance);
    let left = 1.0 - value;
    let agreeing: f64 = all
        .clone()
        .map(|it| share(it, it) * (1.0 - (rows[it] + columns[it]) * left).powi(2))
        .sum();
    let cells = all
        .clone()
        .flat_map(|row| all.clone().map(move |column| (row, column)));
    let differing: f64 = cells
        .filter(|(row, column)| row != column)
        .map(|(row, column)| share(row, column) * (columns[row] + rows[column]).powi(2))
        .sum();
    let rest = (value - by_chance * left).powi(2);
    let variance = (agreeing + left * left * differing - rest) / (n * (1.0 - by_chance).powi(2));
    const NORMAL: f64 = 1.959_963_984_540_054;
    let away = NORMAL * variance.max(0.0).sqrt();
    Some(Kappa {
        value,
        low: (value - away).max(-1.0),
        high: (value + away).min(1.0),
    })
}

#[cfg(test)]
mod tests;

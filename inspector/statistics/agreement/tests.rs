//! The study of the manual, and what others computed of it.

use super::*;

/// AIAG MSA 4, table III-C 1: three trials of appraisers A, B and C and the reference, 1 for good.
const TABLE: [&str; 50] = [
    "111 111 111 1",
    "111 111 111 1",
    "000 000 000 0",
    "000 000 000 0",
    "000 000 000 0",
    "110 110 100 1",
    "111 111 101 1",
    "111 111 111 1",
    "000 000 000 0",
    "111 111 111 1",
    "111 111 111 1",
    "000 000 010 0",
    "111 111 111 1",
    "110 111 100 1",
    "111 111 111 1",
    "111 111 111 1",
    "111 111 111 1",
    "111 111 111 1",
    "111 111 111 1",
    "111 111 111 1",
    "110 101 010 1",
    "001 010 110 0",
    "111 111 111 1",
    "111 111 111 1",
    "000 000 000 0",
    "010 000 001 0",
    "111 111 111 1",
    "111 111 111 1",
    "111 111 111 1",
    "000 001 000 0",
    "111 111 111 1",
    "111 111 111 1",
    "111 111 111 1",
    "001 001 011 0",
    "111 111 111 1",
    "110 111 101 1",
    "000 000 000 0",
    "111 111 111 1",
    "000 000 000 0",
    "111 111 111 1",
    "111 111 111 1",
    "000 000 000 0",
    "101 111 110 1",
    "111 111 111 1",
    "000 000 000 0",
    "111 111 111 1",
    "111 111 111 1",
    "000 000 000 0",
    "111 111 111 1",
    "000 000 000 0",
];

fn study() -> Study {
    let digits =
        |text: &str| -> Vec<usize> { text.bytes().map(|b| usize::from(b - b'0')).collect() };
    let part = |line: &&str| {
        let mut columns: Vec<Vec<usize>> = line.split(' ').map(digits).collect();
        let reference = columns.pop().expect("a reference")[0];
        Rated {
            reference,
            ratings: columns,
        }
    };
    Study {
        appraisers: ["A", "B", "C"].map(str::to_owned).to_vec(),
        categories: ["bad", "good"].map(str::to_owned).to_vec(),
        good: 1,
        parts: TABLE.iter().map(part).collect(),
    }
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 5.1e-5, "{found} {expected}");
}

#[test]
fn pairs_are_those_of_the_manual() {
    let agreement = study().agreement();
    let expected = [
        ((0, 1), [[44, 6], [3, 97]], 0.8629),
        ((0, 2), [[43, 7], [8, 92]], 0.7761),
        ((1, 2), [[42, 5], [9, 94]], 0.7880),
    ];
    assert_eq!(agreement.pairs.len(), 3);
    for (pair, (who, table, kappa)) in agreement.pairs.iter().zip(expected) {
        assert_eq!((pair.first, pair.second), who);
        assert_eq!(pair.table, table);
        near(pair.kappa.expect("both categories").value, kappa);
    }
}

#[test]
fn appraisers_are_those_of_the_manual() {
    let agreement = study().agreement();
    let expected = [
        ("A", 42, [70.89, 92.83], (3, 5), 0.8788),
        ("B", 45, [78.19, 96.67], (3, 2), 0.9230),
        ("C", 40, [66.28, 89.97], (6, 9), 0.7740),
    ];
    for (found, (name, effective, interval, (missed, alarms), kappa)) in
        agreement.appraisers.iter().zip(expected)
    {
        assert_eq!(
            (found.name.as_str(), found.effective.count),
            (name, effective)
        );
        let (low, high) = found.effective.interval();
        assert!((low * 100.0 - interval[0]).abs() < 6e-3, "{low}");
        assert!((high * 100.0 - interval[1]).abs() < 6e-3, "{high}");
        // 6.25, 6.25 and 12.5 % of 48; 4.90, 1.96 and 8.82 % of 102.
        assert_eq!((found.missed.count, found.missed.of), (missed, 48));
        assert_eq!(
            (found.false_alarms.count, found.false_alarms.of),
            (alarms, 102)
        );
        near(found.kappa.expect("both categories").value, kappa);
        assert_eq!(
            found.rating,
            Rating::Unacceptable,
            "misses of more than 5 %"
        );
    }
    assert_eq!(agreement.rating, Rating::Unacceptable);
}

#[test]
fn the_system_is_that_of_the_manual() {
    let agreement = study().agreement();
    assert_eq!((agreement.system.count, agreement.system.of), (39, 50));
    let (low, high) = agreement.system.interval();
    assert!((low - 0.6404).abs() < 5e-5 && (high - 0.8847).abs() < 5e-5);
    near(agreement.fleiss.expect("both categories"), 0.7936);
}

/// statsmodels 0.15: `cohens_kappa(table).kappa_low`, `kappa_upp`.
#[test]
fn intervals_of_kappa_are_those_of_statsmodels() {
    let found = kappa(&[vec![44, 6], vec![3, 97]]).expect("both categories");
    near(found.low, 0.776_317);
    near(found.high, 0.949_571);
}

#[test]
fn ratings_are_those_of_the_rules() {
    let of = |count, of| Counted { count, of };
    let effective = |count| Rating::of_effectiveness(of(count, 50));
    assert_eq!(effective(45), Rating::Acceptable);
    assert_eq!(effective(40), Rating::Marginal);
    assert_eq!(effective(39), Rating::Unacceptable);
    assert_eq!(Rating::at_most(of(1, 50), 0.02, 0.05), Rating::Acceptable);
    assert_eq!(Rating::at_most(of(0, 0), 0.02, 0.05), Rating::Unacceptable);
    let kappa = |value| {
        Rating::of_kappa(Some(Kappa {
            value,
            low: 0.0,
            high: 1.0,
        }))
    };
    assert_eq!(kappa(0.75), Rating::Acceptable);
    assert_eq!(kappa(0.74), Rating::Marginal);
    assert_eq!(kappa(0.39), Rating::Unacceptable);
    assert_eq!(Rating::of_kappa(None), Rating::Unacceptable);
}

#[test]
fn full_agreement_on_one_category_has_no_kappa() {
    let part = Rated {
        reference: 1,
        ratings: vec![vec![1]],
    };
    let study = Study {
        appraisers: vec!["A".to_owned()],
        categories: ["bad", "good"].map(str::to_owned).to_vec(),
        good: 1,
        parts: vec![part; 3],
    };
    let agreement = study.agreement();
    assert_eq!(
        (agreement.appraisers[0].kappa, agreement.fleiss),
        (None, None)
    );
    assert_eq!(agreement.appraisers[0].missed, Counted { count: 0, of: 0 });
}

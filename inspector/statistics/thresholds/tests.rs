//! Bounds held against published ones, and against drawn truths.

use super::*;

fn part(stratum: Stratum, is_defective: Option<bool>, score: f32) -> Part {
    Part {
        stratum,
        score,
        is_rejected_anyway: false,
        is_defective,
    }
}

fn parts(count: usize, stratum: Stratum, is_defective: Option<bool>, score: f32) -> Vec<Part> {
    vec![part(stratum, is_defective, score); count]
}

/// Published: 0 of 50 is (0, 0.07112) and 1 of 50 (0.000506, 0.10647), two-sided, 95 %.
#[test]
fn one_stratum_has_the_bounds_of_clopper_and_pearson() {
    let mut all = parts(9_950, Stratum::Pass, None, 0.1);
    all.extend(parts(50, Stratum::Pass, Some(false), 0.1));
    let escapes = Evidence::of(&all).at(0.5).escapes;
    assert_eq!((escapes.value, escapes.low), (Some(0.0), 0.0));
    assert!((escapes.high - 711.2).abs() < 0.1, "{escapes:?}");
    all[9_960].is_defective = Some(true);
    let escapes = Evidence::of(&all).at(0.5).escapes;
    assert_eq!(escapes.value, Some(200.0));
    assert!((escapes.low - 5.06).abs() < 0.01, "{escapes:?}");
    assert!((escapes.high - 1_064.7).abs() < 0.1, "{escapes:?}");
}

#[test]
fn who_has_looked_at_all_knows_and_who_has_looked_at_none_does_not() {
    let all = Evidence::of(&[
        part(Stratum::Reject, Some(true), 0.9),
        part(Stratum::Reject, Some(false), 0.7),
        part(Stratum::Pass, Some(false), 0.1),
        part(Stratum::Pass, Some(true), 0.3),
    ]);
    let known = |value: f64| Estimate {
        value: Some(value),
        low: value,
        high: value,
    };
    let found = all.at(0.5);
    let cells = (found.escapes, found.caught, found.false_rejects);
    assert_eq!(cells, (known(1.0), known(1.0), known(1.0)));
    assert_eq!(found.right, known(0.5));
    let higher = all.at(0.8);
    assert_eq!(
        (higher.escapes, higher.false_rejects),
        (known(1.0), known(0.0))
    );
    let costs = Costs {
        prevalence: None,
        escape: 40.0,
        false_reject: 2.0,
    };
    assert_eq!(all.cost(0.5, costs), known(1_000.0 * (40.0 + 2.0) / 4.0));
    // Half of the defects pass, and of the good parts half are rejected.
    let rare = Costs {
        prevalence: Some(0.01),
        ..costs
    };
    let cost = all.cost(0.5, rare).value.expect("known");
    let expected = 1_000.0 * (0.01 * 0.5 * 40.0 + 0.99 * 0.5 * 2.0);
    assert!((cost - expected).abs() < 1e-9, "{cost}");

    let mut unseen = parts(98, Stratum::Pass, None, 0.1);
    unseen.push(part(Stratum::Reject, Some(true), 0.9));
    let escapes = Evidence::of(&unseen).at(0.5).escapes;
    assert_eq!(
        (escapes.value, escapes.low, escapes.high),
        (None, 0.0, 98.0)
    );
}

/// What a score decides is known of every part, and takes nothing from the bounds of what is not.
#[test]
fn passes_that_a_threshold_leaves_alone_are_no_false_rejects_and_rejects_no_escapes() {
    let mut all = parts(19_800, Stratum::Pass, None, 0.1);
    all.extend(parts(200, Stratum::Pass, Some(false), 0.1));
    all.extend(parts(30, Stratum::Reject, Some(true), 0.9));
    all.extend(parts(10, Stratum::Reject, Some(false), 0.8));
    let found = Evidence::of(&all).at(0.5);
    let known = Estimate {
        value: Some(10.0),
        low: 10.0,
        high: 10.0,
    };
    assert_eq!(
        (found.rejects, found.passes, found.false_rejects),
        (40, 20_000, known)
    );
    assert_eq!((found.right.low, found.right.high), (0.75, 0.75));
    // Rejects that nobody looked at do not make escapes unknown.
    all.extend(parts(500, Stratum::NotDecided, None, 0.7));
    let found = Evidence::of(&all).at(0.5);
    assert_eq!(found.escapes.value, Some(0.0));
    assert!(
        (found.escapes.high - 20_000.0 * 0.018_275).abs() < 1.0,
        "{found:?}"
    );
    assert_eq!((found.right.value, found.false_rejects.value), (None, None));
    // What another view rejects passes at no threshold.
    for part in &mut all {
        part.is_rejected_anyway = true;
    }
    assert_eq!(Evidence::of(&all).at(1.0).passes, 0);
}

/// Passes near the threshold are all looked at, others one in a hundred: a count of what was seen would be wrong tenfold.
#[test]
fn parts_stand_for_those_that_nobody_looked_at() {
    let mut all = parts(5, Stratum::Near, Some(true), 0.48);
    all.extend(parts(95, Stratum::Near, Some(false), 0.47));
    all.extend(parts(1, Stratum::Pass, Some(true), 0.2));
    all.extend(parts(99, Stratum::Pass, Some(false), 0.2));
    all.extend(parts(9_900, Stratum::Pass, None, 0.2));
    let evidence = Evidence::of(&all);
    assert_eq!(evidence.at(0.5).escapes.value, Some(105.0));
    // A lower threshold catches those near it, and nothing else.
    let lower = evidence.at(0.46);
    assert_eq!(lower.escapes.value, Some(100.0));
    assert_eq!(
        (lower.caught.value, lower.false_rejects.value),
        (Some(5.0), Some(95.0))
    );
    // More good passes make the bound smaller, as far as passes that were drawn can.
    let most = |more| evidence.escapes_with_good(0.5, more);
    assert!(most(0) > most(100) && most(100) > most(5_000));
}

#[test]
fn the_truth_lies_within_the_bounds_as_often_as_they_say() {
    let mut rng = fastrand::Rng::with_seed(7);
    let (mut missed, trials) = ([0; 2], 400);
    for _ in 0..trials {
        let kinds = [
            (Stratum::Reject, 300, 0.8, 0.5, 0.9),
            (Stratum::Near, 200, 0.1, 0.9, 0.48),
            (Stratum::Pass, 4_000, 0.004, 0.05, 0.2),
        ];
        let (mut all, mut escapes, mut false_rejects) = (Vec::new(), 0.0, 0.0);
        for (stratum, count, defective, looked_at, score) in kinds {
            for _ in 0..count {
                let is_defective = rng.f64() < defective;
                match (is_defective, score < 0.5) {
                    (true, true) => escapes += 1.0,
                    (false, false) => false_rejects += 1.0,
                    _ => {}
                }
                let is_seen = rng.f64() < looked_at;
                all.push(part(stratum, is_seen.then_some(is_defective), score));
            }
        }
        let found = Evidence::of(&all).at(0.5);
        for (missed, (truth, told)) in missed.iter_mut().zip([
            (escapes, found.escapes),
            (false_rejects, found.false_rejects),
        ]) {
            *missed += u32::from(truth < told.low || truth > told.high);
        }
    }
    assert!(
        missed.iter().all(|missed| *missed <= trials / 20),
        "{missed:?} of {trials}"
    );
}

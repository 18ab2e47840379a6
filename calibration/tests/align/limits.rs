//! What a reference and its limits must be, and that nothing is found beyond them.

use crate::{
    Chance, FRAME, LIMITS, MIDDLE, REGION, aligner, dots, edge, frame, off_px, plate, view,
};
use calibration::align::{Pose, ReferenceError};
use calibration::{AlignLimits, Aligner, Channels, Straightener};

#[test]
fn parts_that_turn_and_are_never_nearer_are_found_and_so_are_those_that_are_nearer_and_never_turn()
{
    let (turned, nearer) = ((LIMITS.turn_deg_max, 0.0), (0.0, LIMITS.zoom_max));
    let mut chance = Chance(31);
    for (turn_deg_max, zoom_max) in [turned, nearer] {
        let limits = AlignLimits {
            turn_deg_max,
            zoom_max,
            ..LIMITS
        };
        let mut aligner = aligner(limits);
        for _ in 0..8 {
            let pose = Pose {
                about: MIDDLE,
                shift_px: (chance.next() * 40.0, chance.next() * 40.0),
                turn_deg: chance.next() * turn_deg_max * 0.9,
                zoom: 1.0 + chance.next() * zoom_max * 0.9,
            };
            let found = aligner.align(&view(&frame(plate, &pose, 1.0, 6.0)));
            let found = found.unwrap_or_else(|error| panic!("{limits:?} {pose:?}: {error}"));
            assert!(off_px(&found.pose, &pose) < 0.5, "{pose:?} {found:?}");
            let (turn, zoom) = (found.pose.turn_deg, found.pose.zoom - 1.0);
            assert!(turn_deg_max > 0.0 || turn == 0.0, "{found:?}");
            assert!(zoom_max > 0.0 || zoom.abs() < 1e-6, "{found:?}");
        }
    }
}

#[test]
fn limits_are_held_against_the_frame_and_the_time_that_a_search_takes() {
    let pixels = frame(plate, &Pose::still(MIDDLE), 1.0, 4.0);
    let new = |region, shift_px_max| {
        let limits = AlignLimits {
            shift_px_max,
            turn_deg_max: 45.0,
            ..LIMITS
        };
        Aligner::new(&view(&pixels), region, limits)
    };
    let error = new(REGION, 321.0)
        .expect_err("farther than half")
        .to_string();
    let expected = "`shift_px_max`: expected a number from 0 to 320 (half of the frame's longer side), found 321";
    assert_eq!(error, expected);
    new(REGION, 320.0).expect("half of the longer side");
    let small = [245, 185, 23, 23];
    let error = new(small, 320.0).expect_err("for seconds");
    assert!(matches!(error, ReferenceError::Slow { .. }), "{error}");
    new(small, 32.0).expect("near");
}

#[test]
fn a_place_that_looks_alike_beyond_the_limits_is_told_with_its_distance() {
    let mark = |x: f64, y: f64| {
        let bar = edge((x.abs() - 24.0).max(y.abs() - 8.0));
        bar.max(edge((x + 16.0).abs().max((y - 16.0).abs()) - 12.0))
    };
    let twice = |x: f64, y: f64| 60.0 + 90.0 * mark(x + 80.0, y).max(mark(x - 80.0, y));
    let pixels = frame(twice, &Pose::still(MIDDLE), 1.0, 2.0);
    let worth = |shift_px_max| {
        let limits = AlignLimits {
            shift_px_max,
            ..LIMITS
        };
        let mut aligner = Aligner::new(&view(&pixels), [206, 202, 68, 76], limits)?;
        aligner.distinctness(&view(&pixels))
    };
    let found = worth(30.0).expect("once within the limits");
    let beyond = found.beyond.expect("and once beyond");
    assert!(
        beyond.is_alike() && (beyond.away_px - 160.0).abs() < 1.0,
        "{found:?}"
    );
    let error = worth(150.0).expect_err("twice within them");
    assert!(matches!(error, ReferenceError::Elsewhere { .. }), "{error}");
    let pixels = frame(plate, &Pose::still(MIDDLE), 1.0, 2.0);
    let mut once = Aligner::new(&view(&pixels), REGION, LIMITS).expect("a reference");
    let found = once.distinctness(&view(&pixels)).expect("a good one");
    assert!(
        !found.beyond.is_some_and(|beyond| beyond.is_alike()),
        "{found:?}"
    );
}

#[test]
fn what_leaves_the_frame_of_a_region_is_told() {
    let outside = |region, shift_px| {
        let pose = Pose {
            shift_px,
            ..Pose::still(MIDDLE)
        };
        let straightener = Straightener::new(FRAME, Channels::Grey, region).expect("a region");
        straightener.outside_px(&pose)
    };
    let near = [10, 20, 300, 200];
    assert_eq!(outside(near, (0.0, 0.0)), 0.0);
    assert_eq!(outside(near, (-10.0, 30.0)), 0.0);
    assert_eq!(outside(near, (-35.0, 0.0)), 25.0);
    assert_eq!(outside(near, (0.0, 265.0)), 5.0);
    assert_eq!(
        outside([0, 0, 640, 480], (-35.0, 0.0)),
        0.0,
        "the whole frame"
    );
}

#[test]
fn a_feature_that_does_not_say_where_it_is_is_no_reference() {
    let worth = |scene: fn(f64, f64) -> f64, region, limits| {
        let pixels = frame(scene, &Pose::still(MIDDLE), 1.0, 2.0);
        let mut aligner = Aligner::new(&view(&pixels), region, limits)?;
        aligner.distinctness(&view(&pixels))
    };
    let good = worth(plate, REGION, LIMITS).expect("a good one");
    assert!(
        good.elsewhere < 0.7 && good.turned < 0.95 && good.moved < 0.98,
        "{good:?}"
    );
    let error = worth(dots, [260, 180, 120, 120], LIMITS).expect_err("it repeats");
    assert!(matches!(error, ReferenceError::Elsewhere { .. }), "{error}");
    // Within half of what it repeats by it is the only one.
    let near = AlignLimits {
        shift_px_max: 14.0,
        turn_deg_max: 0.0,
        ..LIMITS
    };
    worth(dots, [260, 180, 120, 120], near).expect("one of them");
    let error = worth(|_, _| 90.0, REGION, LIMITS).expect_err("nothing");
    assert!(matches!(error, ReferenceError::Flat { .. }), "{error}");
    // In one picture no noise is like another, and in the next picture none of it is there.
    let noise = frame(|_, _| 90.0, &Pose::still(MIDDLE), 1.0, 9.0);
    for region in [[100, 100, 60, 60], REGION] {
        let error = Aligner::new(&view(&noise), region, LIMITS).expect_err("noise");
        assert!(matches!(error, ReferenceError::Flat { .. }), "{error}");
    }
    let stripe = |x: f64, _: f64| 60.0 + 100.0 * edge(x.abs() - 30.0);
    let error = worth(stripe, REGION, LIMITS).expect_err("it has edges one way");
    assert!(
        matches!(
            error,
            ReferenceError::Same { .. } | ReferenceError::Elsewhere { .. }
        ),
        "{error}"
    );
    let disc = |x: f64, y: f64| 60.0 + 100.0 * edge(x.hypot(y) - 80.0);
    let error = worth(disc, REGION, LIMITS).expect_err("it is round");
    assert!(error.to_string().contains("turn_deg_max = 0"), "{error}");
    let unturned = AlignLimits {
        turn_deg_max: 0.0,
        ..LIMITS
    };
    worth(disc, REGION, unturned).expect("where it lies");
    let error = worth(plate, [600, 100, 80, 80], LIMITS).expect_err("outside");
    assert!(matches!(error, ReferenceError::Region { .. }), "{error}");
    let error = worth(plate, [100, 100, 300, 10], LIMITS).expect_err("too narrow");
    assert!(matches!(error, ReferenceError::Small { .. }), "{error}");
    let wrong = AlignLimits {
        zoom_max: f64::NAN,
        ..LIMITS
    };
    let error = worth(plate, REGION, wrong).expect_err("no limit");
    assert!(
        error
            .to_string()
            .contains("`zoom_max`: expected a number from 0"),
        "{error}"
    );
}

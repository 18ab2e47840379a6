//! Teaching with reviewed defects at hand.

use super::*;

fn taught_with(bad: &[Vec<u8>]) -> Result<Taught, TeachError> {
    let good: Vec<Vec<u8>> = (0..16).map(|seed| picture(seed, None)).collect();
    let good: Vec<ImageView> = good.iter().map(|pixels| view(pixels)).collect();
    let bad: Vec<ImageView> = bad.iter().map(|pixels| view(pixels)).collect();
    let runtime = runtime::init(None).unwrap();
    teach_with(runtime, &parsed(18), &good, &bad, &options(), &mut |_| {
        std::ops::ControlFlow::Continue(())
    })
}

#[test]
fn reviewed_defects_move_the_threshold_between_them_and_the_good_parts() {
    let spot = |seed: u64| {
        Some((
            15 + (seed as usize * 11) % 66,
            12 + (seed as usize * 7) % 40,
        ))
    };
    let bad: Vec<Vec<u8>> = (50..58).map(|seed| picture(seed, spot(seed))).collect();
    let (alone, both) = (taught_with(&[]).unwrap(), taught_with(&bad).unwrap());
    assert_eq!(alone.reviewed, None);
    let reviewed = both.reviewed.as_ref().unwrap();
    assert_eq!((reviewed.good, reviewed.bad), (16, 8));
    assert!(
        reviewed.is_used && reviewed.with.auroc > 0.99,
        "{reviewed:?}"
    );
    assert!(
        reviewed.with.caught >= reviewed.without.caught,
        "{reviewed:?}"
    );
    // Halfway: good parts are told apart with as much room above them as the defects have below.
    let mut session = session(&both, "reviewed");
    let scores = |seeds: std::ops::Range<u64>, is_bad: bool, session: &mut Session| -> Vec<f32> {
        seeds
            .map(|seed| score(session, &picture(seed, spot(seed).filter(|_| is_bad))).score)
            .collect()
    };
    let good = scores(200..216, false, &mut session);
    let bad = scores(200..216, true, &mut session);
    assert!(good.iter().all(|score| *score < 0.5), "{good:?}");
    assert!(bad.iter().all(|score| *score >= 0.5), "{bad:?}");
    let held_out = both.held_out.iter().copied().fold(0.0, f32::max);
    assert!(held_out < 0.5, "{held_out}");
}

#[test]
fn defects_that_look_like_good_parts_change_nothing_for_the_better_and_that_is_said() {
    let bad: Vec<Vec<u8>> = (50..58).map(|seed| picture(seed, None)).collect();
    let reviewed = taught_with(&bad).unwrap().reviewed.unwrap();
    for outcome in [&reviewed.without, &reviewed.with] {
        assert!((0.2..0.8).contains(&outcome.auroc), "{reviewed:?}");
        assert!(outcome.caught <= 4, "{reviewed:?}");
    }
    let told = taught_with(&bad[..3]).unwrap_err().to_string();
    assert!(
        told.contains("at least 4 pictures of defects, found 3"),
        "{told}"
    );
}

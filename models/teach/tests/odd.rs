//! Defects that nobody saw among the images of good parts.

use super::*;

/// Twenty-two good pictures, and two with the same spot, which excuse each other.
fn taught_with_two_wrong(keeps_odd: bool) -> Taught {
    let spot = |seed: u64| [5, 17].contains(&seed).then_some((48, 30));
    let pictures: Vec<Vec<u8>> = (0..24).map(|seed| picture(seed, spot(seed))).collect();
    let views: Vec<ImageView> = pictures.iter().map(|pixels| view(pixels)).collect();
    let options = TeachOptions {
        keeps_odd,
        ..options()
    };
    let runtime = runtime::init(None).unwrap();
    teach(runtime, &parsed(18), &views, &options, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

#[test]
fn two_like_defects_among_the_good_are_named_and_their_like_is_found() {
    let taught = taught_with_two_wrong(false);
    assert_eq!(taught.odd, [5, 17]);
    assert_eq!((taught.held_out.len(), taught.proposal.images), (24, 22));
    assert!(taught.held_out[5] >= 0.5 && taught.held_out[17] >= 0.5);
    let mut session = session(&taught, "odd");
    for seed in 100..110 {
        let good = score(&mut session, &picture(seed, None)).score;
        let bad = score(&mut session, &picture(seed, Some((48, 30)))).score;
        assert!(good < 0.5 && bad >= 0.5, "{seed}: good {good}, bad {bad}");
    }
}

#[test]
fn whoever_says_that_they_are_good_has_them_learnt() {
    let taught = taught_with_two_wrong(true);
    assert!(taught.odd.is_empty());
    assert_eq!(taught.proposal.images, 24);
    let mut session = session(&taught, "kept");
    let like = score(&mut session, &picture(100, Some((48, 30)))).score;
    let other = score(&mut session, &picture(100, Some((20, 12)))).score;
    assert!(like < other, "its like {like}, another {other}");
}

//! Teaching with reviewed defects at hand.

use super::*;

/// As [`picture`], soiled: grey spots anywhere, never twice the same. The one that is bluish does not belong there.
fn soiled(seed: u64, bluish: Option<(usize, usize)>) -> Vec<u8> {
    let mut pixels = picture(seed, None);
    let mut rng = Rng::with_seed(seed + 1_000);
    let mut stain = |(sx, sy): (usize, usize), change: [i16; 3]| {
        for y in sy - 4..sy + 5 {
            for x in sx - 4..sx + 5 {
                let at = (y * WIDTH + x) * 3;
                for (value, change) in pixels[at..].iter_mut().zip(change) {
                    *value = (i16::from(*value) + change).clamp(0, 255) as u8;
                }
            }
        }
    };
    for _ in 0..5 {
        let at = (rng.usize(6..WIDTH - 6), rng.usize(6..HEIGHT - 6));
        stain(at, [rng.i16(-25..25); 3]);
    }
    if let Some(at) = bluish {
        stain(at, [-BLUISH, 0, BLUISH]);
    }
    pixels
}

/// How much bluer, of 256 steps.
const BLUISH: i16 = 40;

fn spot(seed: u64) -> Option<(usize, usize)> {
    Some((
        15 + (seed as usize * 11) % 66,
        12 + (seed as usize * 7) % 40,
    ))
}

fn taught_with(bad: &[Vec<u8>]) -> Result<Taught, TeachError> {
    taught(|seed| picture(seed, None), bad)
}

fn taught(good: fn(u64) -> Vec<u8>, bad: &[Vec<u8>]) -> Result<Taught, TeachError> {
    let good: Vec<Vec<u8>> = (0..16).map(good).collect();
    let good: Vec<ImageView> = good.iter().map(|pixels| view(pixels)).collect();
    let bad: Vec<ImageView> = bad.iter().map(|pixels| view(pixels)).collect();
    let runtime = runtime::init(None).unwrap();
    teach_with(runtime, &parsed(18), &good, &bad, &options(), &mut |_| {
        std::ops::ControlFlow::Continue(())
    })
}

/// What is hardly unusual is found where defects of its kind were reviewed, and the heads never make a judgement milder.
#[test]
fn reviewed_defects_teach_what_memories_hardly_see() {
    let bad: Vec<Vec<u8>> = (50..62).map(|seed| soiled(seed, spot(seed))).collect();
    let good = |seed| soiled(seed, None);
    let (alone, both) = (taught(good, &[]).unwrap(), taught(good, &bad).unwrap());
    assert_eq!(alone.reviewed, None);
    let reviewed = both.reviewed.clone().unwrap();
    assert_eq!((reviewed.good, reviewed.bad), (16, 12));
    assert!(
        reviewed.is_used && reviewed.with.caught >= reviewed.without.caught + 3,
        "{reviewed:?}"
    );
    let (mut session_alone, mut session_both) =
        (session(&alone, "alone"), session(&both, "reviewed"));
    let new: Vec<u64> = (200..240).collect();
    let caught = |session: &mut Session, of: fn(u64) -> Vec<u8>| -> Vec<f32> {
        let scores = new.iter().map(|seed| score(session, &of(*seed)).score);
        scores.collect()
    };
    let kinds: [fn(u64) -> Vec<u8>; 3] = [
        |seed| soiled(seed, spot(seed)),
        |seed| soiled(seed, None),
        |seed| picture(seed, spot(seed)),
    ];
    let count = |scores: &[f32]| scores.iter().filter(|score| **score >= 0.5).count();
    let told = kinds.map(|kind| {
        let (alone, both) = (
            caught(&mut session_alone, kind),
            caught(&mut session_both, kind),
        );
        for (alone, both) in alone.iter().zip(&both) {
            assert!(*both >= alone - 1e-4, "milder: {alone} {both}");
        }
        (count(&alone), count(&both))
    });
    let [bluish, good, plain] = told;
    assert!(bluish.1 >= bluish.0 + 10, "{told:?}");
    assert!(good.1 <= 3 && plain.1 == 40, "{told:?}");
}

#[test]
fn defects_that_are_found_anyway_need_no_head() {
    let bad: Vec<Vec<u8>> = (50..58).map(|seed| picture(seed, spot(seed))).collect();
    let (alone, both) = (taught_with(&[]).unwrap(), taught_with(&bad).unwrap());
    let reviewed = both.reviewed.clone().unwrap();
    assert!(
        !reviewed.is_used && reviewed.without.caught == 8,
        "{reviewed:?}"
    );
    assert_eq!(both.held_out, alone.held_out);
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

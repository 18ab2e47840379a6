//! How closely pictures are looked at.

use super::*;
use crate::teach::backbone::Eye;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many times larger than [`picture`].
const LARGER: usize = 8;

/// Time that stands still.
fn still() -> Duration {
    Duration::ZERO
}

/// Time that passes a second whenever somebody looks.
fn hasty() -> Duration {
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    Duration::from_secs(LOOKS.fetch_add(1, Ordering::Relaxed))
}

fn budget(now: fn() -> Duration) -> Option<Budget> {
    let most = Duration::from_millis(100);
    Some(Budget {
        most,
        threads: 1,
        now,
    })
}

/// Pixels of a picture, so many times larger.
fn enlarged(seed: u64, times: usize) -> Vec<u8> {
    let small = picture(seed, None);
    let mut pixels = Vec::with_capacity(small.len() * times * times);
    for y in 0..HEIGHT * times {
        for x in 0..WIDTH * times {
            let at = (y / times * WIDTH + x / times) * 3;
            pixels.extend_from_slice(&small[at..at + 3]);
        }
    }
    pixels
}

fn taught(times: usize, budget: Option<Budget>) -> Taught {
    let pictures: Vec<Vec<u8>> = (0..3).map(|seed| enlarged(seed, times)).collect();
    let views: Vec<ImageView> = pictures
        .iter()
        .map(|pixels| ImageView {
            width: (WIDTH * times) as u32,
            height: (HEIGHT * times) as u32,
            ..view(pixels)
        })
        .collect();
    let options = TeachOptions {
        size: None,
        budget,
        bank_max: 50,
        is_quantised: false,
        ..options()
    };
    let runtime = runtime::init(None).unwrap();
    let go_on: Watch = &mut |_| ControlFlow::Continue(());
    teach(runtime, &parsed(18), &views, &options, go_on).unwrap()
}

fn names(taught: &Taught) -> Vec<&str> {
    let mut names: Vec<&str> = taught.weights.iter().map(|w| w.name.as_str()).collect();
    names.dedup();
    names
}

#[test]
fn a_large_picture_is_looked_at_twice_where_there_is_time() {
    let twice = taught(LARGER, budget(still));
    assert_eq!(twice.sight.sizes, [(768, 512), (384, 256)]);
    assert_eq!(twice.sight.closer, None);
    assert_eq!((twice.input.width, twice.input.height), (768, 512));
    assert_eq!(names(&twice), ["far.fine", "far.coarse", "near.coarse"]);
}

#[test]
fn without_the_time_it_is_looked_at_once_and_what_more_would_buy_is_told() {
    let once = taught(LARGER, budget(hasty));
    assert_eq!(once.sight.sizes, [(384, 256)]);
    let closer = once.sight.closer.unwrap();
    assert_eq!(closer.size, (768, 512));
    assert!(closer.takes >= Duration::from_secs(1));
    assert_eq!(names(&once), ["fine", "coarse"]);
}

#[test]
fn enlarging_shows_nothing_new() {
    let once = taught(5, budget(still));
    assert_eq!(once.sight.sizes, [(384, 256)]);
    assert_eq!(once.sight.closer, None);
}

#[test]
fn from_far_a_network_sees_what_it_sees_of_a_picture_half_as_large() {
    let runtime = runtime::init(None).unwrap();
    let backbone = parsed(18);
    let eye = |backbone: &Backbone, (width, height): Size| {
        let network = (width, height);
        let front = graph::Front {
            input: network,
            network,
            grey: None,
        };
        Eye::new(runtime, backbone, front, 1, &[]).unwrap()
    };
    let planes = |times: usize| -> Vec<f32> {
        let pixels = enlarged(1, times);
        let channels = (0..3).flat_map(|channel| pixels.iter().skip(channel).step_by(3));
        channels.map(|value| f32::from(*value) / 255.0).collect()
    };
    let twice = backbone.twice(&[false, true]).unwrap();
    let both = eye(&twice, (192, 128)).look(&planes(2)).unwrap();
    let far = eye(&backbone, (96, 64)).look(&planes(1)).unwrap();
    let near = eye(&backbone, (192, 128)).look(&planes(2)).unwrap();
    let [far_fine, far_coarse, near_coarse] = &both[..] else {
        panic!("expected three levels, found {}", both.len());
    };
    for (one, other) in [
        (far_fine, &far[0]),
        (far_coarse, &far[1]),
        (near_coarse, &near[1]),
    ] {
        assert_eq!(one.len(), other.len());
        let largest = one.iter().zip(other).map(|(a, b)| (a - b).abs());
        assert!(largest.fold(0.0, f32::max) < 1e-4);
    }
}

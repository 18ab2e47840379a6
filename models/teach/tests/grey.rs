//! Pictures of one channel: the graph that comes out takes them as they are.

use super::*;
use crate::image::Channels;
use crate::teach::backbone::Eye;

fn grey(pixels: &[u8]) -> Vec<u8> {
    pixels.chunks_exact(3).map(|pixel| pixel[0]).collect()
}

fn grey_view(pixels: &[u8]) -> ImageView<'_> {
    ImageView {
        channels: Channels::Mono,
        ..view(pixels)
    }
}

fn taught(is_quantised: bool) -> Taught {
    let pictures: Vec<Vec<u8>> = (0..16).map(|seed| grey(&picture(seed, None))).collect();
    let views: Vec<ImageView> = pictures.iter().map(|pixels| grey_view(pixels)).collect();
    let runtime = runtime::init(None).unwrap();
    let options = TeachOptions {
        is_quantised,
        ..options()
    };
    teach(runtime, &parsed(18), &views, &options, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

#[test]
fn in_8_bits_grey_defects_score_more_than_parts_without_them() {
    let taught = taught(true);
    assert_eq!(taught.quantised, Some((1, 2)));
    let mut session = session(&taught, "grey-int8");
    let mut score = |pixels: &[u8]| {
        session.preprocess(&grey_view(pixels)).unwrap();
        session.run().unwrap().map.unwrap().peak().score
    };
    let pairs: Vec<(f32, f32)> = (100..112)
        .map(|seed| {
            let good = score(&grey(&picture(seed, None)));
            (good, score(&grey(&picture(seed, Some((40, 30))))))
        })
        .collect();
    // One random convolution in whole numbers sees little, and two of twelve may be the other way round.
    let ordered = pairs.iter().filter(|(good, bad)| bad > good).count();
    assert!(ordered >= 10, "{pairs:?}");
}

#[test]
fn a_model_taught_in_grey_takes_one_channel_and_finds_what_was_never_seen() {
    // Random convolutions leave little room between the two, so their threshold is looked at in 32 bits.
    let taught = taught(false);
    let input = &taught.input;
    assert_eq!(
        (input.channels, input.mean.len(), input.std.len()),
        (Channels::Mono, 1, 1)
    );
    for (name, pixels) in &taught.examples {
        assert_eq!(pixels.len(), WIDTH * HEIGHT, "{name}");
    }
    let mut session = session(&taught, "grey");
    let mut score = |pixels: &[u8]| {
        session.preprocess(&grey_view(pixels)).unwrap();
        session.run().unwrap().map.unwrap().peak().score
    };
    for seed in 100..112 {
        let good = score(&grey(&picture(seed, None)));
        let bad = score(&grey(&picture(seed, Some((40, 30)))));
        assert!(good < 0.5 && bad >= 0.5, "{seed}: good {good}, bad {bad}");
    }
    assert!(session.preprocess(&view(&picture(1, None))).is_err());
}

/// With its own mean and std, and where the graph enlarges.
#[test]
fn the_backbone_sees_a_grey_picture_as_one_of_three_like_channels() {
    let backbone = Backbone::parse(
        &backbone(18),
        Vec::new(),
        [0.485, 0.456, 0.406],
        [0.229, 0.224, 0.225],
    )
    .unwrap();
    for network in [(WIDTH, HEIGHT), (WIDTH * 2, HEIGHT * 2)] {
        let front = |grey| graph::Front {
            input: (WIDTH, HEIGHT),
            network,
            grey,
        };
        let plane: Vec<f32> = grey(&picture(3, Some((50, 20))))
            .iter()
            .map(|value| f32::from(*value) / 255.0)
            .collect();
        let runtime = runtime::init(None).unwrap();
        let look = |front, planes: &[f32]| {
            let mut eye = Eye::new(runtime, &backbone, front, 1, &[]).unwrap();
            eye.look(planes).unwrap()
        };
        let one = look(front(Some(backbone.mean_and_std())), &plane);
        let three = look(front(None), &plane.repeat(3));
        assert_eq!(one.len(), three.len());
        for (one, three) in one.iter().flatten().zip(three.iter().flatten()) {
            assert!((one - three).abs() < 1e-4, "{one} {three}");
        }
    }
}

#[test]
fn grey_and_coloured_pictures_are_not_taught_together() {
    let (first, second) = (grey(&picture(0, None)), picture(1, None));
    let views = [grey_view(&first), view(&second)];
    let runtime = runtime::init(None).unwrap();
    let said = teach(runtime, &parsed(18), &views, &options(), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap_err();
    assert_eq!(
        said.to_string(),
        "teach: picture 2 is RGB, the first is Mono; take all with one camera and setting"
    );
}

//! Teaching with a small backbone of random convolutions, on drawn pictures.

use super::memory::{Features, Memory, Place};
use super::projection::Projection;
use super::*;
use crate::bundle::Bundle;
use crate::bundle::manifest::Manifest;
use crate::bundle::manifest::{Activation, Output, OutputKind, Provenance, Task};
use crate::image::Channels;
use crate::onnx::{Model, Node, Opset, Tensor, Value};
use crate::runtime::{self, SessionOptions};
use crate::session::Session;
use crate::session::network::{Array, Network};
use std::ops::ControlFlow;

mod grey;
mod joined;
mod levels;
mod odd;
mod reviewed;
mod several;
mod sight;

const WIDTH: usize = 96;
const HEIGHT: usize = 64;

/// Two levels: 8 channels at stride 4, 12 at stride 8.
fn backbone(opset: i64) -> Vec<u8> {
    let mut rng = Rng::with_seed(5);
    let mut weights = |count: usize| -> Vec<f32> { (0..count).map(|_| rng.f32() - 0.5).collect() };
    let graph = crate::onnx::Graph {
        name: Some("random".to_owned()),
        node: vec![
            Node::new("Conv", &["picture", "w0"], "c0")
                .ints("strides", &[4, 4])
                .ints("pads", &[2; 4]),
            Node::new("Relu", &["c0"], "fine"),
            Node::new("Conv", &["fine", "w1"], "c1")
                .ints("strides", &[2, 2])
                .ints("pads", &[1; 4]),
            Node::new("Relu", &["c1"], "coarse"),
            Node::new("GlobalAveragePool", &["coarse"], "unused"),
        ],
        initializer: vec![
            Tensor::floats("w0", &[8, 3, 5, 5], &weights(600)),
            Tensor::floats("w1", &[12, 8, 3, 3], &weights(864)),
        ],
        input: vec![Value::floats("picture", &[None, Some(3), None, None])],
        output: vec![
            Value::floats("fine", &[None; 4]),
            Value::floats("coarse", &[None; 4]),
        ],
        ..crate::onnx::Graph::default()
    };
    let opset_import = vec![Opset {
        domain: None,
        version: Some(opset),
    }];
    let model = Model {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import,
        ..Model::default()
    };
    prost::Message::encode_to_vec(&model)
}

fn parsed(opset: i64) -> Backbone {
    Backbone::parse(&backbone(opset), Vec::new(), [0.4; 3], [0.3; 3]).unwrap()
}

/// A grey bar on a speckled ground, never twice the same; `spot` draws what does not belong there.
fn picture(seed: u64, spot: Option<(usize, usize)>) -> Vec<u8> {
    let mut rng = Rng::with_seed(seed);
    let shift = rng.usize(..3);
    let mut pixels = Vec::with_capacity(WIDTH * HEIGHT * 3);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let is_bar = (20 + shift..44 + shift).contains(&y);
            let is_spot = spot.is_some_and(|(sx, sy)| x.abs_diff(sx) < 5 && y.abs_diff(sy) < 5);
            let grey = if is_bar { 150 } else { 60 } + rng.u8(..12);
            pixels.extend(if is_spot { [230, 40, 40] } else { [grey; 3] });
        }
    }
    pixels
}

fn view(pixels: &[u8]) -> ImageView<'_> {
    let (width, height) = (WIDTH as u32, HEIGHT as u32);
    ImageView {
        pixels,
        width,
        height,
        channels: Channels::Rgb,
    }
}

fn options() -> TeachOptions {
    TeachOptions {
        size: Some((WIDTH, HEIGHT)),
        bank_max: 200,
        threads: 2,
        ..TeachOptions::default()
    }
}

fn taught_by(
    backbone: &Backbone,
    count: u64,
    options: &TeachOptions,
) -> Result<Taught, TeachError> {
    let pictures: Vec<Vec<u8>> = (0..count).map(|seed| picture(seed, None)).collect();
    let views: Vec<ImageView> = pictures.iter().map(|pixels| view(pixels)).collect();
    teach(
        runtime::init(None).unwrap(),
        backbone,
        &views,
        options,
        &mut |_| ControlFlow::Continue(()),
    )
}

fn session(taught: &Taught, name: &str) -> Session {
    session_of_images(taught, name, 1)
}

fn session_of_images(taught: &Taught, name: &str, images: usize) -> Session {
    let manifest = Manifest {
        name: "taught \"here\"".to_owned(),
        task: Task::Anomaly,
        sha256: String::new(),
        input: taught.input.clone(),
        output: Output {
            name: taught.output.to_owned(),
            kind: OutputKind::ScoreMap { score: None },
            activation: Activation::None,
            range: None,
            classes: vec!["anomaly".to_owned()],
            good: Vec::new(),
        },
        place: Some(Default::default()),
        provenance: Provenance {
            made_by: "test".to_owned(),
            trained_on: "drawn pictures, back\\slash".to_owned(),
            licence: "MIT".to_owned(),
            created: "2026-11-24".to_owned(),
        },
        references: None,
    };
    let folder = std::env::temp_dir().join(format!("taught-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let bundle = Bundle::create(&folder, &manifest, &taught.model).unwrap();
    let again = Bundle::create(&folder, &manifest, &taught.model)
        .unwrap_err()
        .to_string();
    assert!(again.contains("there is one already"), "{again}");
    assert_eq!(
        Manifest {
            sha256: String::new(),
            ..bundle.manifest().clone()
        },
        manifest
    );
    let options = SessionOptions::default();
    let session = Session::of_images(runtime::init(None).unwrap(), &bundle, &options, images);
    std::fs::remove_dir_all(&folder).unwrap();
    session.unwrap()
}

fn score(session: &mut Session, pixels: &[u8]) -> Found {
    session.preprocess(&view(pixels)).unwrap();
    let map = session.run().unwrap().map.unwrap();
    let peak = map.peak();
    Found {
        score: peak.score,
        at: (peak.x * 8, peak.y * 8),
    }
}

struct Found {
    score: f32,
    at: (usize, usize),
}

#[test]
fn what_was_never_seen_scores_above_the_threshold_and_where_it_is() {
    for opset in [13, 18] {
        let taught = taught_by(&parsed(opset), 16, &options()).unwrap();
        let mut session = session(&taught, &format!("finds-{opset}"));
        assert_eq!(session.map_size(), (12, 8));
        assert!((taught.proposal.threshold - 0.5).abs() < 1e-6);
        assert!(
            taught.held_out.iter().all(|score| *score < 0.5),
            "{:?}",
            taught.held_out
        );
        for seed in 100..120 {
            let good = score(&mut session, &picture(seed, None)).score;
            assert!(good < 0.5, "good picture {seed} scores {good}");
            let spot = (12 + (seed as usize * 7) % 72, 10 + (seed as usize * 5) % 44);
            let bad = score(&mut session, &picture(seed, Some(spot)));
            assert!(bad.score >= 0.5, "bad picture {seed} scores {}", bad.score);
            let off = bad.at.0.abs_diff(spot.0).max(bad.at.1.abs_diff(spot.1));
            assert!(
                off <= 12,
                "picture {seed}: spot at {spot:?}, found at {:?}",
                bad.at
            );
        }
    }
}

#[test]
fn the_same_seed_teaches_the_same_and_another_one_does_not() {
    let teach = |seed| taught_by(&parsed(18), 8, &TeachOptions { seed, ..options() }).unwrap();
    let (first, same, other) = (teach(1), teach(1), teach(2));
    assert_eq!(first.weights, same.weights);
    assert!(first.model == same.model);
    assert!(first.model != other.model);
}

/// The model that comes out scores as the one that was held out: both are the same sum.
#[test]
fn held_out_scores_are_those_that_the_whole_graph_gives() {
    let backbone = parsed(18);
    let taught = taught_by(&backbone, 2, &options()).unwrap();
    // Two folds of one picture each: held out, each is scored by a memory of the other alone. The model
    // remembers both, so it knows each at least as well.
    let mut session = session(&taught, "folds");
    for (seed, held_out) in taught.held_out.iter().enumerate() {
        let known = score(&mut session, &picture(seed as u64, None)).score;
        assert!(
            known < *held_out,
            "picture {seed}: {known} known, {held_out} held out"
        );
    }
}

/// A Gaussian over a map that goes on beyond its edge as it ends.
fn blurred(map: &[f32], (width, height): Size, deviation: f32) -> Vec<f32> {
    let reach = (deviation * 3.0).ceil() as i32;
    let at = |x: usize, y: usize| {
        let (mut sum, mut total) = (0.0, 0.0);
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let weight = (-0.5 * (dx * dx + dy * dy) as f32 / deviation.powi(2)).exp();
                let cx = (x as i32 + dx).clamp(0, width as i32 - 1) as usize;
                let cy = (y as i32 + dy).clamp(0, height as i32 - 1) as usize;
                sum += weight * map[cy * width + cx];
                total += weight;
            }
        }
        sum / total
    };
    (0..width * height)
        .map(|cell| at(cell % width, cell / width))
        .collect()
}

#[test]
fn scores_are_the_largest_of_a_plain_search_less_its_surroundings() {
    let (width, height, channels) = (14, 12, 3);
    let place = Place {
        level: 0,
        channels,
        grid: (width, height),
        stride: 1,
    };
    let cells = width * height;
    let mut rng = Rng::with_seed(9);
    let mut features = || -> Features { (0..channels * cells).map(|_| rng.f32() * 4.0).collect() };
    let (good, seen) = (features(), features());
    let projection = std::sync::Arc::new(Projection::of(place, &[&good]));
    let looked_at = projection.project(&seen);
    for position_weight in [0.0, 3.0] {
        let mut rng = Rng::with_seed(3);
        let memory = Memory::of(place, position_weight, &projection, &[&good], 20, &mut rng);
        assert_eq!(memory.bank.len(), 20 * memory.length());
        assert_eq!(memory.positions().is_some(), position_weight > 0.0);
        let of_cell = |cell: usize| -> Vec<f32> {
            let mut feature = looked_at[cell * channels..][..channels].to_vec();
            if position_weight > 0.0 {
                let unit = position_weight / 14.0;
                feature.extend([(cell / width) as f32 * unit, (cell % width) as f32 * unit]);
            }
            feature
        };
        let plain: Vec<f32> = (0..cells)
            .map(|cell| {
                let feature = of_cell(cell);
                let far = |known: &[f32]| -> f32 {
                    feature
                        .iter()
                        .zip(known)
                        .map(|(a, b)| (a - b) * (a - b))
                        .sum()
                };
                let known = memory.bank.chunks_exact(memory.length());
                known.map(far).fold(f32::INFINITY, f32::min).sqrt()
            })
            .collect();
        let smooth = blurred(&plain, (width, height), 0.8);
        let around = blurred(&smooth, (width, height), 0.16 * 12.0);
        let model = graph::scores(18, std::slice::from_ref(&memory));
        let bytes = prost::Message::encode_to_vec(&model);
        let mut network = Network::new(runtime::init(None).unwrap(), &bytes, 1).unwrap();
        let input = Array {
            shape: vec![1, channels, height, width],
            values: seen.clone(),
        };
        let scores = network.run(&[("pooled-0", &input)]).unwrap();
        let contrasts = smooth.iter().zip(&around).map(|(s, a)| s - a);
        let expected = contrasts.fold(f32::MIN, f32::max).ln();
        assert_eq!(scores[0].values.len(), 1);
        let found = scores[0].values[0];
        assert!((found - expected).abs() < 1e-3, "{found}, not {expected}");
    }
}

#[test]
fn small_pictures_are_enlarged_within_the_graph() {
    let options = TeachOptions {
        size: Some((192, 128)),
        ..options()
    };
    let taught = taught_by(&parsed(18), 4, &options).unwrap();
    assert_eq!((taught.input.width, taught.input.height), (96, 64));
    assert_eq!(session(&taught, "small").map_size(), (24, 16));
}

#[test]
fn what_cannot_be_taught_is_said() {
    let message = |result: Result<Taught, TeachError>| result.unwrap_err().to_string();
    let told = message(taught_by(&parsed(18), 1, &options()));
    assert!(
        told.contains("at least 2 pictures of good parts, found 1"),
        "{told}"
    );
    let told = message(taught_by(&parsed(9), 4, &options()));
    assert!(told.contains("version 13 or newer, found 9"), "{told}");
    let size = Some((16, 64));
    let told = message(taught_by(
        &parsed(18),
        4,
        &TeachOptions { size, ..options() },
    ));
    assert!(
        told.contains("32 to 2048 pixels a side, found 16×64"),
        "{told}"
    );
    let pixels = picture(1, None);
    let views = [
        view(&pixels),
        ImageView {
            width: 64,
            height: 96,
            ..view(&pixels)
        },
    ];
    let runtime = runtime::init(None).unwrap();
    let told = message(teach(runtime, &parsed(18), &views, &options(), &mut |_| {
        ControlFlow::Continue(())
    }));
    assert!(
        told.contains("picture 2 is 64×96 pixels, the first is 96×64"),
        "{told}"
    );
    let parse = |bytes: &[u8], levels: &[&str]| {
        let levels = levels.iter().map(|level| (*level).to_owned()).collect();
        Backbone::parse(bytes, levels, [0.0; 3], [1.0; 3])
            .unwrap_err()
            .to_string()
    };
    assert!(parse(b"no model", &[]).contains("not an ONNX file"));
    assert!(
        parse(b"", &[]).contains("expected outputs"),
        "{}",
        parse(b"", &[])
    );
    let told = parse(&backbone(18), &["fine", "rough"]);
    assert!(
        told.contains("expected an output \"rough\", found fine, coarse"),
        "{told}"
    );
}

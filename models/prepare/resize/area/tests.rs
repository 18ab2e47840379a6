//! The resized image against its definition, integrated in double precision.

use super::*;
use crate::bundle::manifest::{Fit, Resize};

fn input(width: u32, height: u32, channels: Channels) -> Input {
    let (mean, std) = match channels {
        Channels::Mono => (vec![0.25], vec![0.5]),
        Channels::Rgb => (vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]),
    };
    Input {
        name: "image".to_owned(),
        width,
        height,
        channels,
        fit: Fit::Stretch,
        resize: Resize::Area,
        scale: 255.0,
        mean,
        std,
    }
}

/// The definition, in double precision: integrate the source over each cell.
fn reference(pixels: &[u8], source: (u32, u32), input: &Input) -> Vec<f64> {
    let count = input.channels.count();
    let overlap = |index: u32, factor: f64, pixel: u32| {
        let (from, to) = (f64::from(index) * factor, f64::from(index + 1) * factor);
        (to.min(f64::from(pixel + 1)) - from.max(f64::from(pixel))).max(0.0)
    };
    let factor_x = f64::from(source.0) / f64::from(input.width);
    let factor_y = f64::from(source.1) / f64::from(input.height);
    let mut planes = Vec::new();
    for channel in 0..count {
        for y in 0..input.height {
            for x in 0..input.width {
                let mut sum = 0.0;
                for row in 0..source.1 {
                    let share = overlap(y, factor_y, row);
                    for column in 0..source.0 {
                        let at = (row * source.0 + column) as usize * count + channel;
                        sum += share * overlap(x, factor_x, column) * f64::from(pixels[at]);
                    }
                }
                let mean = sum / factor_x / factor_y / f64::from(input.scale);
                let std = f64::from(input.std[channel]);
                planes.push((mean - f64::from(input.mean[channel])) / std);
            }
        }
    }
    planes
}

fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

/// The largest difference from the definition, in steps of a byte before normalisation.
fn largest_error(source: (u32, u32), input: &Input) -> f64 {
    let pixels = noise((source.0 * source.1) as usize * input.channels.count());
    let expected = reference(&pixels, source, input);
    let mut planes = vec![f32::NAN; expected.len()];
    Area::new(source, (input.width, input.height), input.channels).resize(
        &pixels,
        input,
        &mut planes,
        &mut ThreadPool::default(),
    );
    let std = f64::from(*input.std.iter().min_by(|a, b| a.total_cmp(b)).unwrap());
    let errors = expected
        .iter()
        .zip(&planes)
        .map(|(a, b)| (a - f64::from(*b)).abs());
    errors.fold(0.0, f64::max) * std * 255.0
}

#[test]
fn whole_factors_give_the_mean_of_the_area() {
    for channels in [Channels::Mono, Channels::Rgb] {
        assert!(largest_error((80, 60), &input(16, 12, channels)) < 1e-3);
        assert!(largest_error((64, 64), &input(32, 8, channels)) < 1e-3);
    }
}

#[test]
fn other_factors_are_within_a_grey_level_of_the_mean_of_the_area() {
    for channels in [Channels::Mono, Channels::Rgb] {
        for source in [(83, 61), (100, 37), (71, 127), (17, 13)] {
            let error = largest_error(source, &input(16, 12, channels));
            assert!(error < 1.0, "{source:?}: {error}");
        }
    }
}

#[test]
fn white_stays_white_and_black_stays_black_at_every_factor() {
    for source in [(16, 12), (17, 13), (160, 121), (1024, 768), (5, 3)] {
        for level in [0u8, 255] {
            let input = input(16, 12, Channels::Rgb);
            let pixels = vec![level; (source.0 * source.1 * 3) as usize];
            let mut planes = vec![f32::NAN; 16 * 12 * 3];
            Area::new(source, (input.width, input.height), input.channels).resize(
                &pixels,
                &input,
                &mut planes,
                &mut ThreadPool::default(),
            );
            for (index, value) in planes.iter().enumerate() {
                let channel = index / (16 * 12);
                let expected =
                    (f32::from(level) / 255.0 - input.mean[channel]) / input.std[channel];
                assert!(
                    (value - expected).abs() < 1e-4,
                    "{source:?} {value} {expected}"
                );
            }
        }
    }
}

#[test]
fn a_scratch_one_pixel_wide_survives_wherever_it_lies() {
    let input = Input {
        mean: vec![0.0],
        std: vec![1.0],
        ..input(16, 12, Channels::Mono)
    };
    for column in 0..93usize {
        let mut pixels = vec![0u8; 93 * 61];
        pixels
            .chunks_exact_mut(93)
            .for_each(|row| row[column] = 255);
        let mut planes = vec![f32::NAN; 16 * 12];
        Area::new((93, 61), (input.width, input.height), input.channels).resize(
            &pixels,
            &input,
            &mut planes,
            &mut ThreadPool::default(),
        );
        let row_total: f32 = planes[..16].iter().sum();
        assert!(
            (row_total - 16.0 / 93.0).abs() < 1e-4,
            "column {column}: {row_total}"
        );
    }
}

#[test]
fn normalising_alone_agrees_with_resizing_to_the_same_size() {
    let input = input(16, 12, Channels::Rgb);
    let pixels = noise(16 * 12 * 3);
    let (mut resized, mut normalised) = (vec![0.0; 576], vec![1.0; 576]);
    Area::new((16, 12), (input.width, input.height), input.channels).resize(
        &pixels,
        &input,
        &mut resized,
        &mut ThreadPool::default(),
    );
    crate::prepare::resize::normalise(&pixels, &input, &mut normalised);
    assert!(
        resized
            .iter()
            .zip(&normalised)
            .all(|(a, b)| (a - b).abs() < 1e-5)
    );
}

//! Every way of storing pixels, over the wire: grey stays what it was, and a coloured surface keeps its colour.

use crate::cases::{next, open, settings};
use crate::device::{FORMATS, FakeDevice};
use crate::ports::camera::{Camera, OpenError};
use crate::station::frame::PixelFormat;
use inspector::adapters::camera::genicam::GenicamSettings;

const WIDTH: usize = 64;
const HEIGHT: usize = 48;
const COLOUR: [u8; 3] = [200, 120, 40];

/// Samples of eight bits, stored as this format stores them; the lower bits are noise.
fn stored(format: &str, samples: &[u8]) -> Vec<u8> {
    let low = |index: usize| index as u32 * 7;
    let stream = |bits: usize| {
        let mut bytes = vec![0_u8; samples.len() * bits / 8];
        for (index, sample) in samples.iter().enumerate() {
            let extra = bits - 8;
            let value = u32::from(*sample) << extra | low(index) & ((1 << extra) - 1);
            for bit in (0..bits).filter(|bit| value >> bit & 1 == 1) {
                let at = index * bits + bit;
                bytes[at / 8] |= 1 << (at % 8);
            }
        }
        bytes
    };
    let words = |shift: usize| {
        let word = |(index, sample): (usize, &u8)| {
            (u16::from(*sample) << shift | (low(index) & 3) as u16).to_le_bytes()
        };
        samples.iter().enumerate().flat_map(word).collect()
    };
    match format {
        _ if format.ends_with("10p") => stream(10),
        _ if format.ends_with("12p") => stream(12),
        _ if format.ends_with("Packed") => {
            let group = |pair: &[u8]| [pair[0], 0x5a, pair[1]];
            samples.chunks(2).flat_map(group).collect()
        }
        _ if format.ends_with("10") => words(2),
        _ if format.ends_with("12") => words(4),
        _ => samples.to_vec(),
    }
}

/// What a sensor under this pattern sees of a surface of one colour.
fn mosaic(format: &str) -> Vec<u8> {
    let (x_red, y_red) = match &format[5..7] {
        "RG" => (0, 0),
        "GR" => (1, 0),
        "GB" => (0, 1),
        _ => (1, 1),
    };
    let cell = |at: usize| {
        let (x, y) = (at % WIDTH, at / WIDTH);
        COLOUR[usize::from(x % 2 != x_red) + usize::from(y % 2 != y_red)]
    };
    (0..WIDTH * HEIGHT).map(cell).collect()
}

#[test]
fn every_pixel_format_arrives_as_it_was_sent() {
    let device = FakeDevice::start("GV20", false);
    let ramp: Vec<u8> = (0..WIDTH * HEIGHT).map(|at| (at % 256) as u8).collect();
    for (format, _) in FORMATS {
        let opened = open(GenicamSettings {
            region: Some([0, 0, WIDTH as u32, HEIGHT as u32]),
            pixel_format: Some(format.to_owned()),
            ..settings()
        });
        if format == "Coord3D_C16" {
            let Err(OpenError::Unsupported { message }) = opened else {
                panic!("{format}: it opened");
            };
            assert!(
                message.contains("Coord3D_C16 is not known; expected one of Mono8"),
                "{message}"
            );
            continue;
        }
        let mut camera = opened.unwrap();
        let (sent, expected, pixel_format) = if format.starts_with("Mono") {
            (stored(format, &ramp), ramp.clone(), PixelFormat::Mono8)
        } else if format == "RGB8" {
            let sent: Vec<u8> = (0..WIDTH * HEIGHT * 3).map(|at| (at % 251) as u8).collect();
            (sent.clone(), sent, PixelFormat::Rgb8)
        } else {
            (
                stored(format, &mosaic(format)),
                COLOUR.repeat(WIDTH * HEIGHT),
                PixelFormat::Rgb8,
            )
        };
        assert_eq!(camera.shape().pixel_format, pixel_format, "{format}");
        device.show(sent);
        let mut pixels = vec![0; camera.shape().bytes()];
        // Some were filled before.
        for _ in 0..12 {
            next(&mut camera, &mut pixels);
        }
        assert!(
            pixels == expected,
            "{format}: {:?} for {:?}",
            &pixels[..12],
            &expected[..12]
        );
    }
}

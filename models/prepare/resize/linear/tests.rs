//! The resized image against what OpenCV gives.

use super::*;
use crate::bundle::manifest::Resize;
use crate::prepare::resize::tests;

type RowFn = fn(&[i16], &[i16], [i16; 2], &Affine, [&mut [f32]; 3]);

fn resized(pixels: &[u8], source: (u32, u32), target: (u32, u32)) -> Vec<f32> {
    tests::resized(pixels, source, target, Resize::Linear)
}

#[test]
fn it_is_what_opencv_gives() {
    // cv2.resize(numpy.arange(0, 70, 10, numpy.uint8)[None], (3, 1), interpolation=cv2.INTER_LINEAR)
    let pixels: Vec<u8> = (0..7).map(|n| n * 10).collect();
    assert_eq!(resized(&pixels, (7, 1), (3, 1)), [7.0, 30.0, 53.0]);
    // The same to (5, 1) of [0, 100, 200].
    let larger = resized(&[0, 100, 200], (3, 1), (5, 1));
    assert_eq!(larger, [0.0, 40.0, 100.0, 160.0, 200.0]);
    // Where fixed point and rounding differ: numpy.array([[3, 251], [140, 77], [9, 198]], numpy.uint8) to (3, 2).
    let both = resized(&[3, 251, 140, 77, 9, 198], (2, 3), (3, 2));
    assert_eq!(both, [37.0, 122.0, 208.0, 42.0, 105.0, 168.0]);
}

#[test]
fn columns_are_done_as_rows_are() {
    let pixels = [10, 20, 90, 200, 30, 5, 7, 8];
    let across = resized(&pixels, (8, 1), (3, 1));
    assert_eq!(across, resized(&pixels, (1, 8), (1, 3)));
}

#[test]
fn colour_is_the_same_on_processors_without_avx2() {
    let (source, target) = ((37, 5), (18, 4));
    let mut random = fastrand::Rng::with_seed(3);
    let linear = Linear::new(source, target, Channels::Rgb);
    let row: Vec<u8> = (0..37 * 3).map(|_| random.u8(..)).collect();
    let mut narrow = [vec![0; 18 * 4], vec![0; 18 * 4]];
    hold_rgb(
        &row,
        &linear.across.columns,
        linear.across.columns_within,
        &mut narrow[0],
    );
    hold_rgb_any(&row, &linear.across.columns, &mut narrow[1]);
    let pixels = |narrow: &[i16]| -> Vec<i16> {
        let cells = narrow.chunks_exact(4);
        cells.flat_map(|cell| cell[..3].to_vec()).collect()
    };
    assert_eq!(pixels(&narrow[0]), pixels(&narrow[1]));
    let affine = Affine::of(&tests::plain(Channels::Rgb, Resize::Linear), 1.0);
    let other: Vec<i16> = (0..18 * 4).map(|_| random.i16(0..32_641)).collect();
    let rows: [Vec<f32>; 2] = [rgb_row as RowFn, |a, b, w, affine, out| {
        rgb_row_any(0, a, b, w, affine, out)
    }]
    .map(|row| {
        let mut planes = vec![0.0; 18 * 3];
        let (red, rest) = planes.split_at_mut(18);
        let (green, blue) = rest.split_at_mut(18);
        row(&narrow[0], &other, [700, 1348], &affine, [red, green, blue]);
        planes
    });
    assert_eq!(rows[0], rows[1]);
}

//! A region of a frame is corrected as the same place of the whole frame, and told in the whole frame's coordinates.

use calibration::surface::OVER_CELLS_MAX;
use calibration::{Configuration, Correction, Lens, Normalisation, Plane, Size, Surface, Window};

const FRAME: Size = Size::new(640, 480);
const REGION: [u32; 4] = [320, 40, 200, 160];

fn configuration() -> Configuration {
    let lens = Lens {
        fx: 700.0,
        fy: 700.0,
        cx: 320.0,
        cy: 240.0,
        k1: -0.12,
        k2: 0.0,
        p1: 0.0,
        p2: 0.0,
    };
    Configuration {
        lens: Some(lens),
        // A quarter of a millimetre a pixel, the origin at pixel (100, 40).
        plane: Plane::new(
            [[0.25, 0.0, -25.0], [0.0, 0.25, -10.0], [0.0, 0.0, 1.0]],
            FRAME,
        ),
        ..Configuration::new("top", "2026-11-24T00:00:00Z", FRAME)
    }
}

/// Smooth, so that what lies between pixels is known.
fn value(x: f64, y: f64) -> f32 {
    ((x / 23.0).sin() * 50.0 + (y / 31.0).cos() * 50.0 + 100.0) as f32
}

#[test]
fn a_region_is_undistorted_as_the_same_place_of_the_whole_frame() {
    let configuration = configuration();
    let lens = configuration.lens.expect("a lens");
    let window = Window::new(FRAME, REGION, Some(&configuration));
    let [left, top, width, height] = REGION;
    let mut pixels: Vec<f32> = (0..height)
        .flat_map(|y| (0..width).map(move |x| value(f64::from(x + left), f64::from(y + top))))
        .collect();
    let one = Normalisation {
        gain: 1.0,
        offset: 0.0,
    };
    let size = Size::new(width, height);
    let correction = Correction::new(&configuration, window, size, &[one]);
    correction.expect("it fits").apply(&mut pixels);
    // A margin, because what lies just beyond the region was not there to be looked up.
    let mut worst = 0.0f32;
    for y in 8..height - 8 {
        for x in 8..width - 8 {
            // Where this cell of the undistorted window lies in the frame as the camera gave it.
            let middle = (f64::from(left) + 99.5, f64::from(top) + 79.5);
            let straight = lens.undistort(middle.0, middle.1).expect("in the frame");
            let (ux, uy) = (
                straight.0 + f64::from(x) - 99.5,
                straight.1 + f64::from(y) - 79.5,
            );
            let (rx, ry) = lens.distort(ux, uy);
            let found = pixels[(y * width + x) as usize];
            worst = worst.max((found - value(rx, ry)).abs());
        }
    }
    assert!(worst < 0.5, "off by {worst} grey levels");
}

#[test]
fn boxes_and_maps_of_a_region_lie_where_they_are_in_the_whole_frame() {
    let window = Window::new(FRAME, REGION, None);
    // Cells of 10×10 pixels.
    let surface = Surface::new(window, Size::new(20, 16), None);
    let bounds = surface.cells_px([2, 3, 2, 3]);
    assert_eq!(surface.box_px(bounds), [340, 70, 10, 10]);
    assert_eq!(surface.over_size(), Size::new(64, 48));
    let mut map = vec![0.0; 320];
    map[3 * 20 + 2] = 1.0;
    let mut over = vec![f32::NAN; 64 * 48];
    assert!(surface.lay_over_frame(&map, &mut over));
    let lit: Vec<usize> = (0..over.len()).filter(|cell| over[*cell] > 0.5).collect();
    assert_eq!(
        lit,
        [7 * 64 + 34],
        "the cell that begins at pixel (340, 70)"
    );
    assert!(over.iter().all(|value| value.is_finite()));
    // Beyond the region nothing was looked at, also where its edge would be carried on.
    let mut over = vec![f32::NAN; 64 * 48];
    surface.lay_over_frame(&[1.0; 320], &mut over);
    assert_eq!(over.iter().filter(|value| **value > 0.0).count(), 320);
}

#[test]
fn millimetres_are_those_of_the_whole_frame() {
    let mut level = configuration();
    level.lens = None;
    let window = Window::new(FRAME, REGION, Some(&level));
    let surface = Surface::new(window, Size::new(20, 16), Some(&level));
    let extent = surface
        .extent(surface.cells_px([0, 0, 0, 0]))
        .expect("a plane");
    // The middle of a box of 10 px that begins at pixel (320, 40), in mm from pixel (100, 40).
    assert!(
        (extent.x_mm - (324.5 * 0.25 - 25.0)).abs() < 1e-9,
        "{extent:?}"
    );
    assert!(
        (extent.y_mm - (44.5 * 0.25 - 10.0)).abs() < 1e-9,
        "{extent:?}"
    );
    assert!((surface.cell_mm2()[0] - 6.25).abs() < 1e-4);
    let at = Window::frame_px((extent.x_mm, extent.y_mm), Some(&level)).expect("a plane");
    assert!(
        (at.0 - 325.0).abs() < 1e-9 && (at.1 - 45.0).abs() < 1e-9,
        "{at:?}"
    );
    // With a lens, there and back again.
    let bent = configuration();
    let (x, y) = Window::frame_px((60.0, 20.0), Some(&bent)).expect("a plane");
    let (x, y) = bent
        .lens
        .expect("a lens")
        .undistort(x - 0.5, y - 0.5)
        .expect("in the frame");
    let mm = bent.plane.expect("a plane").to_mm(x, y);
    assert!(
        (mm.0 - 60.0).abs() < 1e-6 && (mm.1 - 20.0).abs() < 1e-6,
        "{mm:?}"
    );
}

#[test]
fn a_map_over_the_frame_has_no_more_cells_than_there_is_room_for() {
    let frames = [
        Size::new(640, 480),
        Size::new(5472, 3648),
        Size::new(8192, 64),
    ];
    let regions = [
        [0, 0, 8, 8],
        [3, 5, 630, 59],
        [0, 0, 64, 64],
        [320, 0, 200, 60],
    ];
    let maps = [
        Size::new(28, 28),
        Size::new(64, 48),
        Size::new(1, 400),
        Size::new(500, 300),
    ];
    for frame in frames {
        for region in regions {
            let window = Window::new(frame, region, None);
            for cells in maps {
                let over = Surface::new(window, cells, None).over_size();
                let most = OVER_CELLS_MAX.max(cells.area());
                assert!(
                    over.area() <= most,
                    "{frame:?} {region:?} {cells:?}: {over:?}"
                );
            }
        }
    }
    // As fine as the region's own, where there is room: 28 cells over 200 pixels of 640, and of 480.
    let window = Window::new(Size::new(640, 480), [100, 80, 200, 200], None);
    let over = Surface::new(window, Size::new(28, 28), None).over_size();
    assert_eq!(over, Size::new(90, 67));
}

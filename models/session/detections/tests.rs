use super::*;
use crate::bundle::manifest::{Fit, Input, Resize};
use crate::image::Channels;

fn output(layout: BoxLayout, iou: f32) -> Output {
    Output {
        name: "boxes".to_owned(),
        kind: OutputKind::Boxes {
            layout,
            masks: None,
            iou,
        },
        activation: Activation::None,
        range: None,
        classes: vec!["dent".to_owned(), "screw".to_owned()],
        good: vec!["screw".to_owned()],
    }
}

/// Images of 200 × 100 in an input of 100 × 100, padded above and below.
fn placement() -> Placement {
    let input = Input {
        name: "images".to_owned(),
        width: 100,
        height: 100,
        channels: Channels::Rgb,
        fit: Fit::Letterbox { pad: 114.0 },
        resize: Resize::Linear,
        scale: 255.0,
        mean: vec![0.0; 3],
        std: vec![1.0; 3],
    };
    Placement::new((200, 100), &input).unwrap()
}

/// Boxes as columns: centre x, centre y, width, height, scores of dent and screw.
fn centres(boxes: &[[f32; 6]]) -> Vec<f32> {
    let row = |row: usize| boxes.iter().map(move |one| one[row]);
    (0..6).flat_map(row).collect()
}

fn read(boxes: &[[f32; 6]], iou: f32) -> (Result<(f32, usize), String>, Vec<Detection>) {
    let shape = [1, 6, boxes.len() as i64];
    let mut detector = Detector::new(&output(BoxLayout::Centre, iou), &shape, 0).unwrap();
    let worst = detector.read(&centres(boxes), &placement(), &Ignored::default());
    (worst, detector.detections().to_vec())
}

#[test]
fn the_strongest_of_boxes_that_overlap_stays_and_other_classes_do_not_matter() {
    let boxes = [
        [50.0, 50.0, 20.0, 20.0, 0.6, 0.1],
        [51.0, 50.0, 20.0, 20.0, 0.8, 0.1],
        [50.0, 50.0, 20.0, 20.0, 0.1, 0.9],
        [80.0, 50.0, 20.0, 20.0, 0.3, 0.0],
        [20.0, 50.0, 20.0, 20.0, 0.04, 0.0],
    ];
    let (worst, found) = read(&boxes, 0.7);
    assert_eq!(worst, Ok((0.8, 0)));
    let told: Vec<(usize, f32)> = found.iter().map(|one| (one.class, one.score)).collect();
    assert_eq!(told, [(1, 0.9), (0, 0.8), (0, 0.3)]);
    assert_eq!(read(&boxes, 0.95).1.len(), 4);
}

#[test]
fn boxes_are_told_in_pixels_of_the_image_and_cut_at_its_edges() {
    let (_, found) = read(&[[10.0, 50.0, 30.0, 20.0, 0.9, 0.0]], 0.7);
    // The image fills rows 25 to 75 of the input at half its size.
    assert_eq!(found[0].bounds(), [0.0, 30.0, 50.0, 70.0]);
    assert_eq!(found[0].area, 2000.0);
}

#[test]
fn boxes_without_overlap_come_as_rows_of_corners() {
    let rows = [
        [10.0, 30.0, 20.0, 40.0, 0.7, 0.0],
        [10.0, 30.0, 20.0, 40.0, 0.6, 1.0],
    ];
    let mut detector = Detector::new(&output(BoxLayout::Corners, 0.7), &[1, 2, 6], 0).unwrap();
    let worst = detector.read(rows.as_flattened(), &placement(), &Ignored::default());
    assert_eq!(worst, Ok((0.7, 0)));
    assert_eq!(detector.detections()[0].bounds(), [20.0, 10.0, 40.0, 30.0]);
    let wrong = [[10.0, 30.0, 20.0, 40.0, 0.7, 2.0]; 2];
    let error = detector
        .read(wrong.as_flattened(), &placement(), &Ignored::default())
        .unwrap_err();
    assert!(error.contains("the number of a class, found 2"), "{error}");
}

#[test]
fn turned_boxes_without_overlap_come_as_rows_with_their_angle() {
    let rows = [
        [50.0, 50.0, 20.0, 10.0, 0.7, 0.0, 0.5],
        [50.0, 50.0, 20.0, 10.0, 0.6, 1.0, -0.25],
    ];
    let told = output(BoxLayout::TurnedFinal, 0.7);
    let mut detector = Detector::new(&told, &[1, 2, 7], 0).unwrap();
    let worst = detector.read(rows.as_flattened(), &placement(), &Ignored::default());
    assert_eq!(worst, Ok((0.7, 0)));
    let found = detector.detections();
    assert_eq!(
        (found[0].centre, found[0].size),
        ([100.0, 50.0], [40.0, 20.0])
    );
    assert_eq!((found[0].angle, found[1].angle), (0.5, -0.25));
}

#[test]
fn what_is_no_number_is_no_answer() {
    let good = [50.0, 50.0, 20.0, 20.0, 0.6, 0.1];
    for (at, value) in [
        (4, f32::NAN),
        (5, f32::NAN),
        (4, 1.5),
        (4, -0.1),
        (0, f32::NAN),
        (3, f32::INFINITY),
    ] {
        let mut bad = good;
        bad[at] = value;
        if at == 4 && value < 0.0 {
            bad[5] = -0.2;
        }
        for boxes in [[good, bad], [bad, good]] {
            let (worst, _) = read(&boxes, 0.7);
            assert!(worst.is_err(), "{at} {value}: {worst:?}");
        }
    }
}

#[test]
fn a_mask_gives_its_area_and_is_painted_with_the_score() {
    let mut told = output(BoxLayout::Centre, 0.7);
    if let OutputKind::Boxes { masks, .. } = &mut told.kind {
        *masks = Some("masks".to_owned());
    }
    let mut detector = Detector::new(&told, &[1, 7, 1], 1).unwrap();
    let values = [50.0, 50.0, 40.0, 40.0, 0.8, 0.1, 1.0];
    detector
        .read(&values, &placement(), &Ignored::default())
        .unwrap();
    // 10 × 10 cells over the input; the left half belongs to the mask.
    let planes: Vec<f32> = (0..100)
        .map(|cell| if cell % 10 < 5 { 1.0 } else { -1.0 })
        .collect();
    let prototypes = Prototypes {
        values: &planes,
        height: 10,
        width: 10,
        input: (100, 100),
    };
    let mut map = vec![0.0; 50];
    detector.paint(&values, &prototypes, &placement(), (10, 5), &mut map);
    let row = [0.0, 0.0, 0.0, 0.8, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0];
    for (y, cells) in map.chunks(10).enumerate() {
        assert_eq!(cells, if y < 4 { row } else { [0.0; 10] }, "row {y}");
    }
    assert_eq!(detector.detections()[0].area, 8.0 * 400.0);
}

#[test]
fn an_ignored_place_takes_away_no_score_of_a_defect_that_lies_elsewhere() {
    // More likely a screw than a dent, and a dent that is hardly there: both are scores of the image.
    for (dent, screw) in [(0.55, 0.6), (0.02, 0.0)] {
        let boxes = [
            [80.0, 50.0, 10.0, 10.0, dent, screw],
            [20.0, 50.0, 10.0, 10.0, 0.9, 0.0],
        ];
        let rows: Vec<[f32; 7]> = boxes
            .iter()
            .flat_map(|[x, y, width, height, dent, screw]| {
                let one = |score, class| [*x, *y, *width, *height, score, class, 0.3];
                [one(*dent, 0.0), one(*screw, 1.0)]
            })
            .collect();
        let around = |(left, right): (f32, f32)| {
            let shape = vec![[left, 0.0], [right, 0.0], [right, 100.0], [left, 100.0]];
            Ignored::new(&[shape], (200, 100), (0, 0))
        };
        let mut detectors = [
            (BoxLayout::Centre, [1, 6, 2], centres(&boxes)),
            (BoxLayout::TurnedFinal, [1, 4, 7], rows.concat()),
        ]
        .map(|(layout, shape, values)| {
            let detector = Detector::new(&output(layout, 0.7), &shape, 0).unwrap();
            (detector, values)
        });
        for (detector, values) in &mut detectors {
            let mut read = |place| {
                let worst = detector.read(values, &placement(), &around(place));
                worst.expect("boxes and scores")
            };
            assert_eq!(read((100.0, 110.0)), (0.9, 0), "neither is ignored");
            assert_eq!(read((30.0, 50.0)).0, dent, "the strong dent is ignored");
            assert_eq!(read((150.0, 170.0)), (0.9, 0), "the weak dent is ignored");
            assert_eq!(read((0.0, 200.0)), (0.0, 0), "all is ignored");
        }
    }
}

//! How boxes are written: told by the file, by the shape, by what the graph gives, or asked; never guessed.

use super::*;
use crate::bundle::manifest::OutputKind;

/// Final boxes by their corners: left, top, right, bottom, score, class.
const CORNERS: [f32; 12] = [2.0, 1.0, 4.0, 5.0, 0.9, 1.0, 5.0, 5.0, 7.0, 6.0, 0.8, 0.0];
/// The same two by centre and size, a score for each of two classes.
const CENTRES: [f32; 12] = [3.0, 3.0, 2.0, 4.0, 0.05, 0.9, 6.0, 5.5, 2.0, 1.0, 0.8, 0.03];
/// The same as shares of an image of 8 × 8.
const SHARES: [f32; 12] = [
    0.375, 0.375, 0.25, 0.5, 0.05, 0.9, 0.75, 0.6875, 0.25, 0.125, 0.8, 0.03,
];

/// The same with score and class.
const SHARES_FINAL: [f32; 12] = [
    0.375, 0.375, 0.25, 0.5, 0.9, 1.0, 0.75, 0.6875, 0.25, 0.125, 0.8, 0.0,
];

/// One row a box, and its transpose.
fn transposed(values: &[f32], numbers: usize, boxes: usize) -> Vec<f32> {
    let at = |number: usize, row: usize| values.get(row * numbers + number).copied();
    (0..numbers * boxes)
        .map(|n| at(n / boxes, n % boxes).unwrap_or(0.0))
        .collect()
}

/// A file of Ultralytics for two classes, described so.
fn described(name: &str, shape: &[usize], values: &[f32], more: &[(&str, &str)]) -> Model {
    let mut model = constant(&[("output0", shape, values)]);
    let description = format!("Ultralytics {name} model trained on parts.yaml");
    let own = [
        ("description", description.as_str()),
        ("author", "Ultralytics"),
        ("task", "detect"),
        ("stride", "32"),
        ("imgsz", "[8, 8]"),
        ("names", "{0: 'screw', 1: 'dent'}"),
    ];
    let entries = own.iter().chain(more);
    model.metadata_props = entries.map(|(key, value)| entry(key, value)).collect();
    model
}

/// What is said of a file that says nothing.
fn plain() -> Asked {
    Asked {
        task: Some(Task::Detect),
        colour: Some(Colour::Rgb),
        normalisation: Some(Normalisation::UNIT),
        fit: Some(Fit::Stretch),
        activation: Some(Activation::None),
        classes: Some(["screw", "dent"].map(str::to_owned).to_vec()),
        ..Asked::default()
    }
}

fn with(layout: Layout, asked: Asked) -> Asked {
    Asked {
        layout: Some(layout),
        ..asked
    }
}

/// The two boxes, whichever way they were written.
fn has_both(model: &Model, asked: &Asked) -> Imported {
    let imported = Folder::new()
        .import(model, asked)
        .unwrap_or_else(|error| panic!("{error}"));
    let found = answer(&imported).detections;
    let expected = [
        (1, 0.9, [3.0, 3.0], [2.0, 4.0]),
        (0, 0.8, [6.0, 5.5], [2.0, 1.0]),
    ];
    assert_eq!(found.len(), 2, "{found:?}");
    for (found, (class, score, centre, size)) in found.iter().zip(expected) {
        assert_eq!(found.class, class, "{found:?}");
        is_near(found.score, score);
        let sides = found.centre.iter().chain(&found.size);
        for (side, expected) in sides.zip(centre.iter().chain(&size)) {
            is_near(*side, *expected);
        }
    }
    imported
}

fn refusal(model: &Model, asked: &Asked) -> String {
    Folder::new().import(model, asked).unwrap_err().to_string()
}

#[test]
fn final_boxes_are_taken_as_such_with_the_note_and_without() {
    let cases: [(&str, &[(&str, &str)]); 6] = [
        ("YOLOv10n", &[("end2end", "True")]),
        ("YOLOv10n", &[("version", "8.2.40")]),
        ("yolov10n", &[("version", "8.1.34")]),
        ("YOLO26n", &[("version", "8.4.1")]),
        ("YOLO11n", &[("args", "{'nms': True}")]),
        // A model with a name of its own: what it gives tells.
        ("best", &[]),
    ];
    for (name, more) in cases {
        let model = described(name, &[1, 300, 6], &CORNERS, more);
        let imported = has_both(&model, &Asked::default());
        contains(&imported.what, &["Ultralytics YOLO, detect"]);
        assert!(matches!(imported.input.fit, Fit::Letterbox { .. }));
    }
    // Where no other layout has so many numbers, the shape alone tells.
    let mut many = described("best", &[1, 300, 6], &CORNERS, &[]);
    let names = entry("names", "{0: 'screw', 1: 'dent', 2: 'hole'}");
    many.metadata_props.retain(|entry| entry.key != names.key);
    many.metadata_props.push(names);
    has_both(&many, &Asked::default());
}

#[test]
fn rt_detr_of_the_same_shape_is_never_taken_for_corners() {
    let model = described("rtdetr-l", &[1, 300, 6], &SHARES, &[]);
    let imported = has_both(&model, &Asked::default());
    contains(&imported.what, &["RT-DETR"]);
    assert_eq!(imported.input.fit, Fit::Stretch);
    assert!(matches!(
        imported.output.kind,
        OutputKind::Boxes { iou: 1.0, .. }
    ));
    // By its answers, where its name says nothing.
    let imported = has_both(
        &described("best", &[1, 300, 6], &SHARES, &[]),
        &Asked::default(),
    );
    contains(&imported.what, &["RT-DETR"]);
    contains(
        &imported.notes.join("\n"),
        &["by what it gave on trial images"],
    );
    assert_eq!(imported.input.fit, Fit::Stretch);
    // Ultralytics 8.4 writes score and class, whatever the number of classes.
    let head = [("head", "RTDETRDecoder"), ("end2end", "False")];
    for (name, more) in [("rtdetr-l", &[][..]), ("best", &head), ("best", &[])] {
        let mut model = described(name, &[1, 300, 6], &SHARES_FINAL, more);
        for names in [
            "{0: 'screw', 1: 'dent'}",
            "{0: 'screw', 1: 'dent', 2: 'hole', 3: 'stain', 4: 'burr'}",
        ] {
            let mut entries = model.metadata_props.iter_mut();
            let entry = entries.find(|entry| entry.key() == "names");
            entry.unwrap().value = Some(names.to_owned());
            let imported = has_both(&model, &Asked::default());
            contains(&imported.what, &["RT-DETR"]);
            assert_eq!(imported.input.fit, Fit::Stretch);
        }
    }
    // What a file says of itself and what it gives must agree.
    for (name, values) in [
        ("rtdetr-l", CORNERS),
        ("YOLOv10n", SHARES),
        ("YOLO26n", SHARES),
        ("YOLO26n", SHARES_FINAL),
    ] {
        let model = described(name, &[1, 300, 6], &values, &[]);
        let text = refusal(&model, &Asked::default());
        contains(&text, &["--box-layout"]);
        let is_cause = ["holds no boxes of the layout", "does not tell"];
        assert!(is_cause.iter().any(|cause| text.contains(cause)), "{text}");
    }
}

#[test]
fn a_file_that_says_nothing_is_told_by_what_it_gives_or_asked_for() {
    let of = |values: &[f32]| constant(&[("boxes", &[1, 300, 6], values)]);
    let imported = has_both(&of(&CORNERS), &plain());
    contains(
        &imported.notes.join("\n"),
        &["final boxes by their corners"],
    );
    has_both(&of(&SHARES), &plain());
    has_both(&of(&SHARES_FINAL), &plain());
    // No box is found on trial images: nothing tells.
    let empty = of(&[]);
    let text = refusal(&empty, &plain());
    contains(
        &text,
        &[
            "--box-layout LAYOUT",
            "corners|rows|shares|shares-final",
            "does not tell",
        ],
    );
    for layout in [
        Layout::Corners,
        Layout::Rows,
        Layout::Shares,
        Layout::SharesFinal,
    ] {
        let imported = Folder::new()
            .import(&empty, &with(layout, plain()))
            .unwrap();
        assert_eq!(imported.sureness, Sureness::Told);
        assert!(answer(&imported).detections.is_empty());
    }
    // What was said and cannot be is refused, whatever the flag.
    contains(
        &refusal(&of(&SHARES), &with(Layout::Corners, plain())),
        &["as was said"],
    );
    contains(
        &refusal(&of(&CORNERS), &with(Layout::Shares, plain())),
        &["as was said"],
    );
    let text = refusal(&of(&CORNERS), &with(Layout::Centre, plain()));
    contains(&text, &["--box-layout centre", "1×6×n", "1×300×6"]);
    // A layout alone says that these are boxes.
    let asked = Asked {
        task: None,
        ..with(Layout::Corners, plain())
    };
    has_both(&of(&CORNERS), &asked);
}

#[test]
fn boxes_one_a_column_are_centres() {
    let values = transposed(&CENTRES, 6, 84);
    has_both(
        &described("YOLO11n", &[1, 6, 84], &values, &[]),
        &Asked::default(),
    );
    has_both(&constant(&[("boxes", &[1, 6, 84], &values)]), &plain());
    let text = refusal(
        &described("YOLOv8n", &[1, 6, 84], &transposed(&SHARES, 6, 84), &[]),
        &Asked::default(),
    );
    contains(&text, &["shares of the image"]);
}

#[test]
fn transposed_boxes_are_named_as_such_and_taken_when_said() {
    let model = described("YOLO11n", &[1, 84, 6], &CENTRES, &[]);
    let text = refusal(&model, &Asked::default());
    contains(&text, &["--box-layout rows", "transposed", "1×84×6"]);
    let imported = has_both(&model, &with(Layout::Rows, Asked::default()));
    contains(&imported.mended.join("\n"), &["transposed"]);
    assert_eq!(imported.sureness, Sureness::Certain);
}

#[test]
fn the_format_of_yolov5_is_named_and_taken_when_said() {
    // Objectness 0.95, and scores of which it leaves 0.9 and 0.8.
    let rows = [
        [3.0, 3.0, 2.0, 4.0, 0.95, 0.05, 0.9 / 0.95],
        [6.0, 5.5, 2.0, 1.0, 0.95, 0.8 / 0.95, 0.03],
    ];
    let mut model = constant(&[("output0", &[1, 84, 7], rows.as_flattened())]);
    model.metadata_props = vec![entry("stride", "32"), entry("names", "['screw', 'dent']")];
    let text = refusal(&model, &Asked::default());
    contains(&text, &["YOLOv5", "--box-layout objectness", "1×84×7"]);
    let imported = has_both(&model, &with(Layout::Objectness, Asked::default()));
    assert!(matches!(
        imported.output.kind,
        OutputKind::Boxes { iou: 0.45, .. }
    ));
    // Of one class it has as many numbers as corners have.
    let one = [
        [3.0, 3.0, 2.0, 4.0, 0.9, 0.9],
        [6.0, 5.5, 2.0, 1.0, 0.8, 0.7],
    ];
    let mut model = constant(&[("output0", &[1, 84, 6], one.as_flattened())]);
    model.metadata_props = vec![entry("stride", "32"), entry("names", "['dent']")];
    contains(
        &refusal(&model, &Asked::default()),
        &["--box-layout objectness"],
    );
}

#[test]
fn boxes_of_no_known_way_are_refused_by_what_would_be_expected() {
    let model = described("YOLO11n", &[1, 84, 9], &[], &[]);
    let text = refusal(&model, &Asked::default());
    contains(
        &text,
        &[
            "2 names of classes",
            "1×84×9",
            "1×6×n (centre)",
            "1×n×6 (corners)",
        ],
    );
    let five = described("YOLOv5n", &[1, 3, 8, 8, 7], &[], &[]);
    contains(
        &refusal(&five, &Asked::default()),
        &["5 sides", "expected 3"],
    );
}

#[test]
fn rf_detr_gives_boxes_and_logits_in_two_outputs() {
    let logit = |share: f32| (share / (1.0 - share)).ln();
    let mut logits = vec![-9.0; 900];
    logits[1] = logit(0.9);
    logits[3] = logit(0.8);
    let boxes = [0.375, 0.375, 0.25, 0.5, 0.75, 0.6875, 0.25, 0.125];
    let of = |names: [&str; 2]| {
        constant(&[
            (names[0], &[1, 300, 4], &boxes),
            (names[1], &[1, 300, 3], &logits),
        ])
    };
    let model = of(["dets", "labels"]);
    let text = refusal(&model, &Asked::default());
    contains(&text, &["RF-DETR", "--classes NAME", "its 3 classes"]);
    assert!(
        !text.contains("--activation") && !text.contains("--fit"),
        "{text}"
    );
    let asked = Asked {
        classes: plain().classes,
        ..Asked::default()
    };
    // The third is the background, which gets no name.
    let imported = has_both(&model, &asked);
    assert_eq!(imported.sureness, Sureness::Certain);
    assert_eq!(
        (imported.input.fit, imported.input.mean[0]),
        (Fit::Stretch, 0.485)
    );
    let four = Asked {
        classes: Some(["a", "b", "c", "d"].map(str::to_owned).to_vec()),
        ..Asked::default()
    };
    contains(
        &refusal(&model, &four),
        &["4 names", "scores for 3", "background"],
    );
    // Others of its kind tell less of themselves.
    let other = of(["pred_boxes", "logits"]);
    contains(
        &refusal(&other, &asked),
        &["a DETR", "--activation", "--fit"],
    );
    let asked = Asked {
        activation: Some(Activation::Sigmoid),
        ..plain()
    };
    has_both(&other, &asked);
    let pixels = constant(&[
        ("dets", &[1, 300, 4], &[12.0; 8]),
        ("labels", &[1, 300, 3], &logits),
    ]);
    let asked = Asked {
        classes: plain().classes,
        ..Asked::default()
    };
    contains(&refusal(&pixels, &asked), &["shares of the image", "12"]);
}

#[test]
fn scores_of_boxes_get_no_second_sigmoid() {
    let model = described("YOLO11n", &[1, 6, 84], &transposed(&CENTRES, 6, 84), &[]);
    for (activation, expected) in [
        (Activation::Sigmoid, "scores already"),
        (Activation::Softmax, "--activation softmax"),
    ] {
        let asked = Asked {
            activation: Some(activation),
            ..Asked::default()
        };
        contains(&refusal(&model, &asked), &[expected, "none"]);
    }
    let ranged = Asked {
        range: Some([0.0, 1.0]),
        ..Asked::default()
    };
    contains(&refusal(&model, &ranged), &["--range"]);
}

#[test]
fn names_of_the_file_that_no_manifest_holds_are_asked_for() {
    let values = transposed(&CENTRES, 6, 84);
    for (names, why) in [
        ("{0: 'screw', 1: ''}", "at place 1"),
        ("{0: 'part', 1: 'part'}", "\"part\" is there twice"),
        ("{0: 'a', 1: 'b\\n'}", "at place 1"),
    ] {
        let mut model = described("YOLO11n", &[1, 6, 84], &values, &[]);
        model.metadata_props.last_mut().unwrap().value = Some(names.to_owned());
        let text = refusal(&model, &Asked::default());
        contains(&text, &["--classes NAME", "its 2 classes", why]);
        let asked = Asked {
            classes: plain().classes,
            ..Asked::default()
        };
        has_both(&model, &asked);
    }
}

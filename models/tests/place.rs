//! A region of a frame, and places in which nothing is a defect: on real graphs.

mod bundles;

use bundles::{Folder, MANIFEST, fixture, runtime, session_of};
use models::manifest::place::shape;
use models::{Bundle, Channels, ImageView, InputError, Manifest, Place, Session, SessionOptions};

/// Of the frames here; the fixtures' input is 16×12.
const FRAME: (u32, u32) = (64, 48);

fn place(region: Option<[u32; 4]>, ignore: &[&[f32]]) -> Place {
    Place {
        frame: Some(FRAME),
        region,
        ignore: ignore
            .iter()
            .map(|numbers| shape(numbers).expect("a shape"))
            .collect(),
        align: None,
    }
}

/// A black frame with a red rectangle: left, top, width, height.
fn frame([left, top, width, height]: [usize; 4]) -> Vec<u8> {
    let mut pixels = vec![0; (FRAME.0 * FRAME.1) as usize * 3];
    for y in top..top + height {
        for x in left..left + width {
            pixels[(y * FRAME.0 as usize + x) * 3] = 255;
        }
    }
    pixels
}

fn view(pixels: &[u8]) -> ImageView<'_> {
    ImageView {
        pixels,
        width: FRAME.0,
        height: FRAME.1,
        channels: Channels::Rgb,
    }
}

/// Score, and the map's class 0, which is red - 0.5 as a logit.
fn answer(session: &mut Session, pixels: &[u8]) -> (f32, Vec<f32>) {
    session.preprocess(&view(pixels)).expect("a frame");
    let answer = session.run().expect("an answer");
    let map = answer.map.expect("a map");
    (answer.score, map.values[..map.cells()].to_vec())
}

fn red() -> f32 {
    1.0 / (1.0 + (-0.5f32).exp())
}

fn black() -> f32 {
    1.0 / (1.0 + 0.5f32.exp())
}

/// Class 1, blue - green as a logit, is a half where nothing is; so it is no defect here.
fn session() -> Session {
    let manifest = MANIFEST.replace(
        "classes = [\"scratch\", \"stain\"]",
        "classes = [\"scratch\", \"stain\"]\ngood = [\"stain\"]",
    );
    session_of("segment", &manifest).expect("a session")
}

#[test]
fn a_model_sees_the_region_alone_and_as_finely_as_its_input_is() {
    let mut session = session();
    session
        .look_at(&place(Some([32, 12, 16, 12]), &[]), FRAME)
        .expect("a place");
    assert_eq!(session.seen_size(), (16, 12));
    let (score, map) = answer(&mut session, &frame([32, 12, 2, 2]));
    assert!(
        (score - red()).abs() < 1e-6,
        "a cell of the map is two pixels: {score}"
    );
    assert!(
        (map[0] - red()).abs() < 1e-6 && (map[1] - black()).abs() < 1e-6,
        "{map:?}"
    );
    // Everything is red but the region.
    let mut pixels = frame([0, 0, 64, 48]);
    for y in 12..24 {
        for x in 32..48 {
            pixels[(y * 64 + x) * 3] = 0;
        }
    }
    assert!((answer(&mut session, &pixels).0 - black()).abs() < 1e-6);
    let small = ImageView {
        width: 32,
        height: 96,
        ..view(&pixels)
    };
    let expected = InputError::Frame {
        expected: FRAME,
        found: (32, 96),
    };
    assert_eq!(session.preprocess(&small), Err(expected));
    assert!(
        session.run().is_err(),
        "the frame before is not scored again"
    );
}

#[test]
fn nothing_in_an_ignored_place_is_a_defect_and_everything_beside_it_still_is() {
    let mut session = session();
    session
        .look_at(&place(None, &[&[0.0, 0.0, 16.0, 16.0]]), FRAME)
        .expect("a place");
    let (score, map) = answer(&mut session, &frame([0, 0, 16, 16]));
    assert!((score - black()).abs() < 1e-6, "{score}");
    assert_eq!((map[0], map[9]), (0.0, 0.0));
    let (score, _) = answer(&mut session, &frame([0, 0, 24, 16]));
    assert!((score - red()).abs() < 1e-6, "the cell beside it: {score}");
    // The same within a region, whose corner is not the frame's.
    let within = place(Some([8, 8, 32, 24]), &[&[8.0, 8.0, 8.0, 8.0]]);
    session.look_at(&within, FRAME).expect("a place");
    assert!((answer(&mut session, &frame([0, 0, 16, 16])).0 - black()).abs() < 1e-6);
    assert!((answer(&mut session, &frame([16, 8, 8, 8])).0 - red()).abs() < 1e-6);
}

#[test]
fn a_place_that_the_model_cannot_look_at_is_refused() {
    let mut session = session();
    let mut refused = |region, ignore: &[&[f32]]| {
        let error = session
            .look_at(&place(region, ignore), FRAME)
            .expect_err("no place");
        error.to_string()
    };
    assert!(refused(Some([60, 0, 16, 16]), &[]).contains("ends at (76, 16)"));
    assert!(refused(None, &[&[0.0, 0.0, 64.0, 48.0]]).contains("cover all"));
    // Cells are 8×8 pixels.
    let fine = refused(None, &[&[20.0, 20.0, 8.0, 8.0], &[17.0, 17.0, 2.0, 2.0]]);
    assert!(
        fine.contains("shape 2") && fine.contains("8×8 pixels"),
        "{fine}"
    );
}

#[test]
fn a_manifest_says_where_its_model_learnt_to_look() {
    let taught = "[place]\nframe = [64, 48]\nregion = [32, 12, 16, 16]\n\
                  ignore = [[34, 14, 4, 4], [40, 14, 44, 14, 40, 18]]\n\n[provenance]";
    let text = MANIFEST
        .replace("[provenance]", taught)
        .replace("@SHA256@", &"0".repeat(64));
    let manifest = Manifest::parse(&text).expect("a manifest");
    let place = manifest.place.clone().expect("a place");
    assert_eq!(place.region, Some([32, 12, 16, 16]));
    assert_eq!(
        place.ignore.iter().map(Vec::len).collect::<Vec<_>>(),
        [4, 3]
    );
    assert_eq!(
        Manifest::parse(&manifest.to_string()).expect("the same"),
        manifest
    );
    for (wrong, expected) in [
        (
            "region = [32, 12, 16]",
            "`place.region`: expected left, top, width and height",
        ),
        (
            "region = [32, 12, 16.5, 16]",
            "`place.region`: expected left, top",
        ),
        (
            "ignore = [[1, 2, 3]]",
            "`place.ignore`: expected a list of shapes",
        ),
        ("frame = [64]", "`place.frame`: expected width and height"),
        ("regions = []", "`place.regions` is not known"),
    ] {
        let text = MANIFEST.replace("[provenance]", &format!("[place]\n{wrong}\n[provenance]"));
        let problems = Manifest::parse(&text).expect_err("wrong");
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(
            said.iter().any(|said| said.contains(expected)),
            "{wrong}: {said:?}"
        );
    }
}

#[test]
fn a_model_that_learnt_to_ignore_sees_paint_and_looks_where_it_learnt_to() {
    let taught = "[place]\nframe = [64, 48]\nignore = [[0, 0, 32, 48]]\n\n[provenance]";
    let folder = Folder::with(
        &MANIFEST.replace("[provenance]", taught),
        &fixture("segment"),
    );
    let bundle = Bundle::load(&folder.0).expect("a bundle");
    let mut session =
        Session::new(runtime(), &bundle, &SessionOptions::default()).expect("a session");
    session.prepare_for_frame(FRAME).expect("its own place");
    session
        .preprocess(&view(&frame([0, 0, 64, 48])))
        .expect("a frame");
    // Red of the left half is the paint, of the right half what is there.
    let red = &session.input()[..16 * 12];
    assert!((red[0] - 128.0 / 255.0).abs() < 1e-6 && (red[15] - 1.0).abs() < 1e-6);
    let other = session
        .prepare_for_frame((48, 64))
        .expect_err("other frames")
        .to_string();
    assert!(
        other.contains("for frames of 64×48 pixels, found 48×64"),
        "{other}"
    );
}

//! A model is trusted where it was shown to answer as it did where it was made.

mod bundles;

use bundles::{Folder, HEIGHT, MANIFEST, WIDTH, fixture, plain, runtime};
use models::acceptance::{self, AcceptError};
use models::{Bundle, BundleError, Channels, ImageView, Reference, Session, SessionOptions};
use std::fs;

const COLOURS: [[u8; 3]; 3] = [[255, 0, 0], [0, 0, 255], [40, 90, 160]];

fn options() -> SessionOptions {
    SessionOptions::default()
}

/// Reference images with the answers that the model gives, each cell off by `error`.
fn references(bundle: &Bundle, error: f32) -> Vec<Reference> {
    let mut session = Session::new(runtime(), bundle, &options()).unwrap();
    let made = COLOURS.iter().enumerate().map(|(n, colour)| {
        let pixels = plain(*colour);
        let (width, height, channels) = (WIDTH, HEIGHT, Channels::Rgb);
        let image = ImageView {
            pixels: &pixels,
            width,
            height,
            channels,
        };
        session.preprocess(&image).unwrap();
        let map = session.run().unwrap();
        let mut reference = Reference::of(format!("colour-{n}"), &image, &map);
        reference
            .expected
            .map
            .iter_mut()
            .for_each(|score| *score = (*score - error).max(0.0));
        reference
    });
    made.collect()
}

fn with_references(fixture_name: &str, error: f32) -> (Folder, Bundle) {
    let folder = Folder::with(MANIFEST, &fixture(fixture_name));
    let bundle = Bundle::load(&folder.0).unwrap();
    let references = references(&bundle, error);
    let bundle = bundle
        .add_references(&references, "a test".to_owned())
        .unwrap();
    (folder, bundle)
}

#[test]
fn what_a_file_manager_leaves_among_the_references_changes_nothing() {
    let (folder, bundle) = with_references("segment", 0.0);
    for name in [".DS_Store", "._0.png", ".directory"] {
        std::fs::write(folder.0.join("references").join(name), "left").unwrap();
    }
    assert_eq!(bundle.references().unwrap().len(), 3);
    // What has a name is still looked at.
    std::fs::write(folder.0.join("references/3.toml"), "added").unwrap();
    assert!(bundle.references().is_err());
}

#[test]
fn a_model_that_answers_as_it_did_is_accepted_and_stays_so() {
    let (folder, bundle) = with_references("segment", 0.0);
    assert_eq!(bundle.references().unwrap().len(), 3);
    let before = acceptance::of(runtime(), &bundle, &options())
        .unwrap_err()
        .to_string();
    assert!(before.contains("run `inspector model accept"), "{before}");
    assert!(!before.contains("references"), "{before}");
    let compared = acceptance::compare(runtime(), &bundle, &options()).unwrap();
    assert!(
        compared
            .iter()
            .all(|one| one.difference < 1e-4 && one.unsteadiness == 0.0)
    );
    // Red scores sigmoid(0.5) for the first class.
    assert!((compared[0].found - 0.6225).abs() < 1e-3, "{compared:?}");
    let at = "2026-11-24T08:00:00Z";
    let accepted = acceptance::accept(runtime(), &bundle, &options(), &compared, at).unwrap();
    assert_eq!(accepted.id.len(), 12);
    let loaded = Bundle::load(&folder.0).unwrap();
    assert_eq!(
        acceptance::of(runtime(), &loaded, &options()).unwrap(),
        accepted
    );

    // Another model under the old acceptance is not accepted, nor is an acceptance that was edited.
    let file = folder.0.join(format!("accepted/{}.toml", accepted.id));
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("ONNX Runtime ", "ONNX Runtime 9")).unwrap();
    assert!(acceptance::of(runtime(), &loaded, &options()).is_err());
    fs::write(&file, text.replace("08:00", "09:00")).unwrap();
    assert!(acceptance::of(runtime(), &loaded, &options()).is_err());
    fs::write(&file, &text).unwrap();
    assert!(acceptance::of(runtime(), &loaded, &options()).is_ok());
    let (other, other_bundle) = with_references("free-sides", 0.0);
    fs::create_dir_all(other.0.join("accepted")).unwrap();
    fs::copy(
        &file,
        other.0.join(format!("accepted/{}.toml", accepted.id)),
    )
    .unwrap();
    assert!(acceptance::of(runtime(), &other_bundle, &options()).is_err());
}

#[test]
fn other_answers_are_refused() {
    let (_folder, bundle) = with_references("segment", 0.002);
    let compared = acceptance::compare(runtime(), &bundle, &options()).unwrap();
    assert!(
        compared
            .iter()
            .all(|one| (one.difference - 0.002).abs() < 1e-4),
        "{compared:?}"
    );
    let refused = acceptance::accept(runtime(), &bundle, &options(), &compared, "now").unwrap_err();
    assert!(matches!(refused, AcceptError::Different { .. }));
    assert!(
        refused.to_string().contains("more than 0.001 apart"),
        "{refused}"
    );
    assert!(acceptance::of(runtime(), &bundle, &options()).is_err());
}

#[test]
fn answers_that_change_from_run_to_run_are_refused() {
    let (_folder, bundle) = with_references("unsteady", 0.0);
    let compared = acceptance::compare(runtime(), &bundle, &options()).unwrap();
    assert!(
        compared.iter().all(|one| one.unsteadiness > 0.01),
        "{compared:?}"
    );
    assert!(acceptance::accept(runtime(), &bundle, &options(), &compared, "now").is_err());
}

#[test]
fn references_that_were_touched_or_are_missing_are_said() {
    let (folder, bundle) = with_references("segment", 0.0);
    let again = bundle.add_references(&references(&bundle, 0.0), "x".to_owned());
    assert!(
        again
            .unwrap_err()
            .to_string()
            .contains("it has reference images already")
    );
    fs::write(folder.0.join("references/more.png"), b"more").unwrap();
    let touched = acceptance::compare(runtime(), &bundle, &options()).unwrap_err();
    assert!(
        matches!(touched, AcceptError::Bundle(BundleError::Hash { .. })),
        "{touched}"
    );
    fs::remove_dir_all(folder.0.join("references")).unwrap();
    let gone = acceptance::compare(runtime(), &bundle, &options())
        .unwrap_err()
        .to_string();
    assert!(gone.contains("references"), "{gone}");

    let bare = Folder::with(MANIFEST, &fixture("segment"));
    let bare = Bundle::load(&bare.0).unwrap();
    let none = acceptance::compare(runtime(), &bare, &options())
        .unwrap_err()
        .to_string();
    assert!(none.contains("inspector model references"), "{none}");
    let none = acceptance::of(runtime(), &bare, &options())
        .unwrap_err()
        .to_string();
    assert!(none.contains("it has no reference images yet"), "{none}");
}

#[test]
fn what_model_toml_says_of_references_is_checked() {
    let manifest = format!(
        "{MANIFEST}\n[references]\ncount = 2\nsha256 = \"12\"\ntolerance = 0\nmade_by = \"\"\nmore = 1\n"
    );
    let folder = Folder::with(&manifest, &fixture("segment"));
    let told = Bundle::load(&folder.0).unwrap_err().to_string();
    for expected in [
        "references.count",
        "references.sha256",
        "references.tolerance",
        "references.made_by",
        "references.more",
    ] {
        assert!(told.contains(expected), "{told}");
    }
}

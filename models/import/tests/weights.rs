//! Weights beside the model, and weights that lead elsewhere.

use super::*;

/// The model with its weights in another file, described by these.
fn with_external(entries: &[(&str, &str)]) -> Model {
    let mut model = model();
    let weights = &mut model.graph.as_mut().unwrap().initializer[0];
    weights.raw_data = None;
    weights.float_data.clear();
    weights.data_location = Some(1);
    weights.external_data = entries
        .iter()
        .map(|(key, value)| entry(key, value))
        .collect();
    model
}

#[test]
fn weights_beside_the_model_are_brought_in() {
    let folder = Folder::new();
    let values: Vec<u8> = (0..9_u8).flat_map(|n| f32::from(n).to_le_bytes()).collect();
    fs::write(
        folder.0.path().join("w.bin"),
        [&[0; 4][..], &values].concat(),
    )
    .unwrap();
    let told = [("location", "w.bin"), ("offset", "4"), ("length", "36")];
    let imported = folder.import(&with_external(&told), &said()).unwrap();
    let model = Model::decode(&imported.model[..]).unwrap();
    let weights = &model.graph.unwrap().initializer[0];
    assert_eq!(weights.raw_data.as_deref(), Some(&values[..]));
    assert!(
        imported.mended[0].contains("w.bin"),
        "{:?}",
        imported.mended
    );
}

#[test]
fn weights_elsewhere_are_never_opened() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    fs::write(&secret, [7; 36]).unwrap();
    let folder = Folder::new();
    std::os::unix::fs::symlink(&secret, folder.0.path().join("link")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.0.path().join("folder")).unwrap();
    let climbing = format!(
        "../{}/secret",
        outside.path().file_name().unwrap().to_str().unwrap()
    );
    for location in [
        climbing.as_str(),
        secret.to_str().unwrap(),
        "link",
        "folder/secret",
        "a/../../secret",
        "",
        "..",
    ] {
        let text = folder.refused(&with_external(&[("location", location)]));
        contains(&text, &["external data", "in the model's folder or below"]);
    }
}

#[test]
fn weights_that_are_not_as_told_are_refused() {
    let folder = Folder::new();
    fs::write(folder.0.path().join("w.bin"), [0; 20]).unwrap();
    let huge = u64::MAX.to_string();
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[("location", "gone.bin")], "copy it beside the model"),
        (&[("offset", "0")], "its file is not named"),
        (&[("location", "w.bin"), ("length", "36")], "which has 20"),
        (
            &[("location", "w.bin"), ("offset", &huge), ("length", "4")],
            "which has 20",
        ),
        (
            &[("location", "w.bin"), ("offset", "-1")],
            "offset is \"-1\"",
        ),
        (&[("location", ".")], "external data"),
    ];
    for (entries, expected) in cases {
        contains(&folder.refused(&with_external(entries)), &[expected]);
    }
}

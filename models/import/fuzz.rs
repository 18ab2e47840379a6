//! Files and texts that nobody foresaw: whatever comes in, there is an answer or a refusal, and no panic.

use super::metadata::Literal;
use super::{Asked, facts, plan, read};
use crate::bundle::manifest::Manifest;
use crate::onnx::Model;
use proptest::prelude::*;

/// Values as Python writes them.
fn literal() -> impl Strategy<Value = Literal> {
    let leaf = prop_oneof![
        (-1e9..1e9_f64).prop_map(Literal::Number),
        "[^\\\\'\"]{0,8}".prop_map(Literal::Text),
        prop_oneof!["None", "True", "False"].prop_map(Literal::Word),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Literal::List),
            prop::collection::vec((inner.clone(), inner), 0..6).prop_map(Literal::Pairs),
        ]
    })
}

fn written(value: &Literal) -> String {
    let many = |parts: Vec<String>| parts.join(", ");
    match value {
        Literal::Number(number) => format!("{number:?}"),
        Literal::Text(text) => format!("'{text}'"),
        Literal::Word(word) => word.clone(),
        Literal::List(items) => format!("[{}]", many(items.iter().map(written).collect())),
        Literal::Pairs(pairs) => {
            let pair =
                |(key, value): &(Literal, Literal)| format!("{}: {}", written(key), written(value));
            format!("{{{}}}", many(pairs.iter().map(pair).collect()))
        }
    }
}

fn planned(bytes: &[u8]) {
    if let Ok((model, _)) = read::parsed(bytes)
        && let Ok(facts) = facts::facts(&model)
    {
        let _ = plan::plan(&facts, &Asked::default(), None);
    }
}

/// A file with some bytes changed, removed and doubled.
fn damaged(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = whole.len();
    let changes = prop::collection::vec((0..length, any::<u8>(), 0..3_u8), 1..12);
    changes.prop_map(move |changes| {
        let mut bytes = whole.clone();
        for (at, value, how) in changes {
            let at = at % bytes.len().max(1);
            match how {
                0 if at < bytes.len() => bytes[at] = value,
                1 if at < bytes.len() => {
                    bytes.remove(at);
                }
                _ => bytes.insert(at.min(bytes.len()), value),
            }
        }
        bytes
    })
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/fixtures/{name}.onnx",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

const MANIFEST: &str = include_str!("../assets/demo/model.toml");

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_literal_or_none(text in "\\PC{0,80}") {
        if let Some(value) = Literal::parse(&text) {
            let _ = (value.names(), value.counts(), value.get("names"), value.is_true());
        }
    }

    #[test]
    fn a_literal_is_read_as_it_was_written(value in literal()) {
        prop_assert_eq!(Literal::parse(&written(&value)), Some(value));
    }

    #[test]
    fn any_bytes_are_a_model_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        planned(&bytes);
    }

    #[test]
    fn a_damaged_model_is_understood_or_refused(bytes in damaged(fixture("segment"))) {
        planned(&bytes);
    }

    #[test]
    fn any_text_is_a_manifest_or_refused(text in "(\\PC|\n){0,200}") {
        let _ = Manifest::parse(&text);
    }

    #[test]
    fn a_damaged_manifest_is_read_or_refused_and_reads_the_same_again(bytes in damaged(MANIFEST.as_bytes().to_vec())) {
        if let Ok(manifest) = Manifest::parse(&String::from_utf8_lossy(&bytes)) {
            let again = Manifest::parse(&manifest.to_string());
            let same = again.as_ref().is_ok_and(|again| again.to_string() == manifest.to_string());
            prop_assert!(same, "{}\n{:?}", manifest, again);
        }
    }
}

#[test]
fn a_whole_file_is_understood() {
    let (model, _) = read::parsed(&fixture("segment")).unwrap();
    assert!(facts::facts(&model).is_ok());
    assert!(Model::parse(b"no model").is_err());
}

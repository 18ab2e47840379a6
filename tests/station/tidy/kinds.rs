//! No kind of an error is lost in a text on the way to an exit code or a status.

use super::source::{code, files, is_test, without_tests};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// In how many places a room hands on a text where something went wrong: readers of one argument or value, and what is
/// shown as it stands. Lower a number with its room; nothing is added.
const TEXTS: &[(&str, usize)] = &[
    ("inspector/adapters", 1),
    ("inspector/bench", 22),
    ("inspector/cli", 58),
    ("inspector/control", 7),
    ("inspector/http", 3),
    ("inspector/lists", 1),
    ("inspector/results", 4),
    ("inspector/settings", 3),
    ("inspector/telemetry", 1),
    ("models/accept", 1),
    ("models/import", 11),
    ("models/onnx", 1),
    ("models/quantise", 7),
    ("models/runtime", 21),
    ("models/session", 11),
    ("models/teach", 1),
];

#[test]
fn errors_have_kinds() {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for package in ["inspector", "models", "calibration", "ui"] {
        for file in files(Path::new(package)) {
            if is_test(&file) {
                continue;
            }
            let text = without_tests(&code(&fs::read_to_string(&file).unwrap()));
            let parts: Vec<&str> = file.iter().map(|part| part.to_str().unwrap()).collect();
            let room = parts[..parts.len().min(3) - 1].join("/");
            *found.entry(room).or_default() += texts(&text);
        }
    }
    found.retain(|_, count| *count > 0);
    let listed = TEXTS
        .iter()
        .map(|(room, count)| ((*room).to_owned(), *count));
    let listed: BTreeMap<String, usize> = listed.collect();
    let is_other = |room: &&String| found.get(*room) != listed.get(*room);
    let others: Vec<String> = found
        .keys()
        .chain(listed.keys())
        .filter(is_other)
        .map(|room| {
            format!(
                "{room}: {:?} listed, {:?} found",
                listed.get(room),
                found.get(room)
            )
        })
        .collect();
    assert!(others.is_empty(), "\n{}", others.join("\n"));
}

/// Results whose error is a text.
fn texts(code: &str) -> usize {
    let ends = |at: usize| {
        let mut depth = 0;
        let inner = &code[at + "Result<".len()..];
        let end = inner.find(|c: char| {
            depth += i32::from(c == '<') - i32::from(c == '>');
            depth < 0
        });
        let inner = inner[..end.unwrap_or(0)].trim_end_matches([',', '\n', ' ']);
        let error = inner.rsplit(',').next().unwrap_or_default();
        ["String", "Vec<String>", "&'static str", "&str"].contains(&error.trim())
    };
    let results = code.match_indices("Result<");
    results.filter(|(at, _)| ends(*at)).count()
}

#[test]
fn results_with_a_text_are_counted() {
    let code = "fn a() -> Result<(), String> {}\nfn b() -> Result<Vec<String>, Error> {}\n\
                fn c() -> Result<(A<B, C>, String), Vec<String>> {}\nfn d() -> Result<\n    A,\n    &'static str,\n> {}";
    assert_eq!(texts(code), 3);
}

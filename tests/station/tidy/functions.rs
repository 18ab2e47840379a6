//! A function is read as a whole: it has no more lines of code than a screen.

use super::source::{closing, code, files, is_of_name, is_test, without_tests};
use std::fs;
use std::path::Path;

const LINES_MAX: usize = 60;

/// Longer ones, with their length. Lower a number with its function; nothing is added.
const LONGER: &[(&str, &str, usize)] = &[
    ("calibration/refusal.rs", "fmt", 64),
    ("calibration/refusal.rs", "fmt", 65),
    ("inspector/adapters/camera/sim/defect.rs", "touch", 66),
    (
        "inspector/adapters/camera/sim/parts/gear.rs",
        "from_the_side",
        69,
    ),
    ("inspector/adapters/camera/sim/settings.rs", "problems", 70),
    ("inspector/bench/compare/figures.rs", "latency", 64),
    ("inspector/bench/page/curves.rs", "figure", 63),
    ("inspector/bench/sample.rs", "figures", 65),
    ("inspector/cli/bench/measuring.rs", "saturate", 62),
    ("inspector/cli/bench/measuring.rs", "streams", 73),
    ("inspector/cli/model/import.rs", "with_references", 63),
    ("inspector/decode/jpeg/headers.rs", "walk", 62),
    ("inspector/pipeline/assembly.rs", "assemble", 104),
    ("inspector/simulation/accounted.rs", "accounted", 65),
    ("inspector/telemetry/metrics.rs", "of_parts", 71),
    ("models/bundle/manifest/read.rs", "input", 67),
    ("models/import/blur.rs", "parts", 69),
    ("models/import/feeding.rs", "feeding", 64),
    ("models/import/mend.rs", "put_before", 64),
    ("models/import/plan.rs", "settle_layout", 61),
];

#[test]
fn functions_are_no_longer_than_a_screen() {
    let mut longer = Vec::new();
    for package in ["inspector", "models", "calibration", "ui"] {
        for file in files(Path::new(package)) {
            if is_test(&file) {
                continue;
            }
            let name = file.to_str().unwrap().to_owned();
            let text = without_tests(&code(&fs::read_to_string(&file).unwrap()));
            let found = functions(&text).into_iter();
            let found = found.filter(|(_, lines)| *lines > LINES_MAX);
            longer.extend(found.map(|(function, lines)| (name.clone(), function, lines)));
        }
    }
    let listed = |(file, function, lines): &(&str, &str, usize)| {
        ((*file).to_owned(), (*function).to_owned(), *lines)
    };
    let mut expected: Vec<_> = LONGER.iter().map(listed).collect();
    expected.sort();
    longer.sort();
    let new: Vec<_> = longer.iter().filter(|it| !expected.contains(it)).collect();
    let gone: Vec<_> = expected.iter().filter(|it| !longer.contains(it)).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "longer than {LINES_MAX} lines: {new:#?}\nlisted, but no more so: {gone:#?}"
    );
}

/// The functions of a file that have a body, and how many lines of code each has, its own name and braces among them.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].ends_with(is_of_name) {
            continue;
        }
        let rest = &code[at + 3..];
        let name: String = rest.chars().take_while(|c| is_of_name(*c)).collect();
        let Some(body) = code[at..].find(['{', ';']).map(|found| at + found) else {
            continue;
        };
        if name.is_empty() || code[body..].starts_with(';') {
            continue;
        }
        let lines = code[at..=closing(code, body)].lines();
        found.push((name, lines.filter(|line| !line.trim().is_empty()).count()));
    }
    found
}

#[test]
fn lines_of_code_are_counted_and_no_others() {
    let text = "trait T {\n    fn none(&self) -> [u8; 3];\n}\nfn a() {\n\n    // why\n    b(\"}\");\n}\nfn b() {}\n";
    let found = functions(&code(text));
    let expected = [("a", 3), ("b", 1)].map(|(name, lines)| (name.to_owned(), lines));
    assert_eq!(found, expected);
}

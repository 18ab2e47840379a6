//! What cases are called on the page. Many styles would fill lines, so that all but the first and the last are left
//! out; the details name each.

use crate::bench::case::Case;
use crate::bench::report::CaseResult;

/// Names of all bundles, or of the first and the last where they are many.
pub(super) fn bundles(case: &Case) -> String {
    match case.bundles.as_slice() {
        [first, .., last] if case.bundles.len() > BUNDLES_MAX => format!("{first} … {last}"),
        all => all.join("+"),
    }
}

const BUNDLES_MAX: usize = 3;

/// Whether [`bundles`] leaves some out.
pub(super) fn is_cut(case: &Case) -> bool {
    case.bundles.len() > BUNDLES_MAX
}

/// Scenario and model, and what else was chosen.
pub(super) fn parts(case: &Case) -> (String, String) {
    let text = case.to_string();
    let scenario = case.scenario.name();
    let head = format!("{scenario} {}", case.bundles.join("+"));
    let rest = text.strip_prefix(&head).unwrap_or(&text).trim();
    // A number stays beside its unit.
    let rest = rest.replace(" ms", "\u{a0}ms");
    (format!("{scenario} {}", bundles(case)), rest)
}

/// All of a case in a line.
pub(super) fn full(case: &Case) -> String {
    let (head, rest) = parts(case);
    format!("{head} {rest}")
}

/// Scenario and model if no other case has the same, else all.
pub(super) fn shortest(result: &CaseResult, results: &[CaseResult]) -> String {
    let (head, _) = parts(&result.case);
    let alike = results.iter().filter(|other| parts(&other.case).0 == head);
    if alike.count() == 1 {
        head
    } else {
        full(&result.case)
    }
}

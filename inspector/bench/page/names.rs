//! What cases are called on the page. Many styles would fill lines, so that all but the first and the last are left
//! out; the details name each.

use crate::bench::case::Case;
use crate::bench::report::CaseResult;

/// All that is measured, or the first and the last where they are many.
pub(super) fn subject(case: &Case) -> String {
    let subject = match case.names().as_slice() {
        [first, .., last] if is_cut(case) => case.told(&format!("{first} … {last}")),
        _ => case.subject(),
    };
    // A number stays beside what it counts.
    subject.replace(" version ", " version\u{a0}")
}

const SUBJECTS_MAX: usize = 3;

/// Whether [`subject`] leaves some out.
pub(super) fn is_cut(case: &Case) -> bool {
    case.subjects.len() > SUBJECTS_MAX
}

/// Scenario and subject, and what else was chosen.
pub(super) fn parts(case: &Case) -> (String, String) {
    let text = case.to_string();
    let scenario = case.scenario.name();
    let head = format!("{scenario} {}", case.subject());
    let rest = text.strip_prefix(&head).unwrap_or(&text).trim();
    // A number stays beside its unit.
    let rest = rest.replace(" ms", "\u{a0}ms");
    (format!("{scenario} {}", subject(case)), rest)
}

/// All of a case in a line.
pub(super) fn full(case: &Case) -> String {
    let (head, rest) = parts(case);
    format!("{head} {rest}")
}

/// Scenario and subject if no other case has the same, else all.
pub(super) fn shortest(result: &CaseResult, results: &[CaseResult]) -> String {
    let (head, _) = parts(&result.case);
    let alike = results.iter().filter(|other| parts(&other.case).0 == head);
    if alike.count() == 1 {
        head
    } else {
        full(&result.case)
    }
}

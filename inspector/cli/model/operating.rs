//! What `inspector model compare --curve` says of each bundle's thresholds.

use models::operating::{Operating, Outcome};
use models::shares::Counted;

/// A threshold, what other thresholds do, and what is known of both. `name` is the bundle's.
pub(super) fn report(name: &str, operating: &Operating) {
    let (proposed, held_out) = (operating.proposed, operating.held_out);
    say!("{name}: what thresholds do; in brackets what holds for all parts with 95 % confidence");
    say!(
        "  {:<14} {:<30} bad parts caught",
        "reject_above",
        "good parts rejected"
    );
    for at in &operating.curve {
        say!(
            "  {:<14} {:<30} {}",
            format!("{:.2}", at.threshold),
            counted(at.good),
            counted(at.bad)
        );
    }
    say!(
        "  proposed: reject_above = {:?}, which rejects {} good and catches {} bad images here",
        proposed.threshold,
        counted(proposed.good),
        counted(proposed.bad)
    );
    say!(
        "  with thresholds chosen without them, a quarter of the images at a time: {} good rejected, {} bad caught; at most \
         {:.1} % of good parts",
        counted(held_out.good),
        counted(held_out.bad),
        operating.at_most * 100.0
    );
    if operating.accept_below < proposed.threshold {
        say!(
            "  accept_below = {:?}, if a person looks at doubtful parts: {} good images score at or above it",
            operating.accept_below,
            counted(operating.doubtful)
        );
    } else {
        say!(
            "  no second line: it would lie at reject_above or higher, so no part would be doubtful"
        );
    }
    let missed = held_out.bad.of - held_out.bad.count;
    if 2 * held_out.bad.count < held_out.bad.of {
        say!(
            "  WARNING: it misses {missed} of {} bad parts, more than half: do not put it to use as it is",
            held_out.bad.of
        );
    }
}

fn counted(counted: Counted) -> String {
    let (low, high) = counted.interval();
    format!(
        "{} of {} ({:.1} to {:.1} %)",
        counted.count,
        counted.of,
        low * 100.0,
        high * 100.0
    )
}

/// The same for a program.
pub(super) fn json(operating: &Operating) -> serde_json::Value {
    let counted = |counted: Counted| {
        let (low, high) = counted.interval();
        serde_json::json!({ "count": counted.count, "of": counted.of, "low": low, "high": high })
    };
    let outcome = |at: &Outcome| serde_json::json!({ "threshold": at.threshold, "good_rejected": counted(at.good), "bad_caught": counted(at.bad) });
    serde_json::json!({
        "proposed": outcome(&operating.proposed),
        "held_out": outcome(&operating.held_out),
        "good_rejected_at_most": operating.at_most,
        "accept_below": operating.accept_below,
        "curve": operating.curve.iter().map(outcome).collect::<Vec<_>>(),
    })
}

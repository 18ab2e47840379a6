//! What `inspector teach` says of the model, for the person who decides on the threshold.

use crate::cli::place;
use models::teach::{Counted, Evidence, Reviewed, Sight};
use models::{Bundle, Taught};
use std::path::PathBuf;
use std::time::Duration;

/// What was learnt, for the person who decides on the threshold.
/// Files are those of good parts and of reviewed defects.
pub(super) fn report(
    taught: &Taught,
    bundle: &Bundle,
    (files, bad): (&[PathBuf], &[PathBuf]),
    seconds: f64,
) {
    let proposal = &taught.proposal;
    let images = proposal.images;
    say!(
        "taught {} from {images} good images ({}) in {seconds:.1} s: {} features remembered, {:.1} MB",
        bundle.folder().display(),
        taught.input.channels.name(),
        taught.remembered,
        taught.model.len() as f64 / 1e6
    );
    match taught.quantised {
        Some((nodes, of)) => {
            say!("{nodes} of {of} convolutions of the backbone run in whole numbers of 8 bits");
        }
        None => say!("the backbone runs in f32"),
    }
    report_sight(&taught.sight);
    report_weights(taught);
    if let Some(reviewed) = &taught.reviewed {
        report_reviewed(reviewed);
    }
    report_threshold(taught, files);
    report_curve(taught);
    report_more(taught);
    say!(
        "recipe:  model = {:?}  reject_above = {:.2}",
        bundle.manifest().name,
        proposal.threshold
    );
    report_second_line(&taught.evidence);
    // Last: `[view.align]` is a table, and keys of the view that stood below would be its.
    for line in place::recipe_lines(bundle.manifest()) {
        say!("         {line}");
    }
    report_defects(taught, bad);
}

fn report_sight(sight: &Sight) {
    let sizes: Vec<String> = sight
        .sizes
        .iter()
        .map(|(width, height)| format!("{width}×{height}"))
        .collect();
    let looks = sizes.join(" and at ");
    let Some((takes, most)) = sight.takes else {
        say!("looks at an image at {looks} pixels, as was asked for");
        return;
    };
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    say!(
        "looks at an image at {looks} pixels: {:.0} ms here, of at most {:.0} (--budget-ms)",
        ms(takes),
        ms(most)
    );
    match &sight.closer {
        Some(closer) => {
            let (width, height) = closer.size;
            say!(
                "  with more time it would look closer as well, at {width}×{height}, and see defects half as large: \
                 {:.0} ms",
                ms(closer.takes)
            );
        }
        None if sight.is_once_only => {
            say!("  more time would buy nothing: these networks cannot look twice");
        }
        None => say!("  more time would buy nothing for images of this size"),
    }
}

fn report_weights(taught: &Taught) {
    say!("what counts, and how far defects stand out from good parts that were held out:");
    for weight in &taught.weights {
        let position = if weight.position_weight > 0.0 {
            "with position"
        } else {
            "anywhere"
        };
        say!(
            "  {:<12} {position:<14} stands out {:>5.2}   weight {:.3}",
            weight.name,
            weight.separation,
            weight.weight
        );
    }
}

fn report_threshold(taught: &Taught, files: &[PathBuf]) {
    let proposal = &taught.proposal;
    let images = proposal.images;
    let mut scores = taught.held_out.clone();
    scores.sort_by(f32::total_cmp);
    let (low, high) = (
        scores.first().unwrap_or(&0.0),
        scores.last().unwrap_or(&0.0),
    );
    say!(
        "held-out good images score {low:.3} to {high:.3}; proposed threshold {:.3}",
        proposal.threshold
    );
    say!(
        "it rejects {} of {images} of them; with 95 % confidence it rejects at most {:.1} % of good parts",
        proposal.rejected,
        proposal.at_most * 100.0
    );
    let told = files.iter().zip(&taught.held_out).enumerate();
    for (n, (file, score)) in told {
        let file = file.display();
        if taught.odd.contains(&n) {
            say!(
                "  {file} scores {score:.3}: unlike all the others, and left out. Is it a good part? Then --keep-odd learns \
                 from it"
            );
        } else if *score >= proposal.threshold {
            say!("  {file} scores {score:.3}: is it a good part?");
        }
    }
}

/// What reviewed defects changed.
fn report_reviewed(reviewed: &Reviewed) {
    let Reviewed { good, bad, .. } = reviewed;
    say!(
        "what {bad} reviewed defects change, on images of both kinds that were held out of the choice:"
    );
    for (name, outcome) in [
        ("without them", &reviewed.without),
        ("with them", &reviewed.with),
    ] {
        say!(
            "  {name:<12}  AUROC {:.3}, at the threshold {} of {bad} defects caught, {} of {good} good parts rejected",
            outcome.auroc,
            outcome.caught,
            outcome.rejected
        );
    }
    if !reviewed.is_used {
        say!("  no more is found with them, so the model does not use them");
    }
}

/// Thresholds that are told: around the proposed one.
const TOLD: [f32; 6] = [0.40, 0.44, 0.50, 0.56, 0.60, 0.70];

/// What each threshold does to images that were held out.
fn report_curve(taught: &Taught) {
    let evidence = &taught.evidence;
    let has_defects = !evidence.defects.is_empty();
    say!(
        "what thresholds do to images that were held out; in brackets what holds for all parts with 95 % confidence:"
    );
    say!(
        "  {:<14} {:<28} {:<24}{}",
        "reject_above",
        "good parts rejected",
        "if scores are normal",
        if has_defects { "defects caught" } else { "" }
    );
    for point in TOLD.iter().filter_map(|threshold| evidence.at(*threshold)) {
        let proposed = if point.threshold == 0.5 { " <" } else { "" };
        let caught = if has_defects {
            counted(point.defects)
        } else {
            String::new()
        };
        say!(
            "  {:<14} {:<28} {:<24}{caught}",
            format!("{:.2}{proposed}", point.threshold),
            counted(point.good),
            format!("{:.1} %", point.expected * 100.0),
        );
    }
}

/// A count, its share, and what holds for all parts.
fn counted(counted: Counted) -> String {
    let (low, high) = counted.interval();
    format!(
        "{} of {} ({:.0} to {:.0} %)",
        counted.count,
        counted.of,
        low * 100.0,
        high * 100.0
    )
}

/// What is not shown yet, and how many more images would.
fn report_more(taught: &Taught) {
    let proposal = &taught.proposal;
    let images = proposal.images;
    let (low, high) = taught.evidence.expected.interval;
    say!(
        "if scores are about normal, the threshold rejects {:.1} to {:.1} % of good parts (95 %)",
        low * 100.0,
        high * 100.0
    );
    if proposal.at_most > proposal.target * 1.5 {
        say!(
            "warning: {images} images cannot show {:.1} %; {} without a false reject would ({} for 5 %)",
            proposal.target * 100.0,
            proposal.images_needed,
            models::teach::images_needed(0.05)
        );
    }
    if let Some(remedy) = taught.evidence.remedy {
        say!(
            "take {} more good parts: if none of these is rejected, at most {:.1} % of all good parts are, with 95 % \
             confidence",
            remedy.images_more,
            remedy.share * 100.0
        );
    }
}

/// The second line, for who has doubtful parts looked at.
fn report_second_line(evidence: &Evidence) {
    if evidence.accept_below >= 0.5 {
        say!(
            "no second line is proposed: the threshold lies already where {:.0} % of good parts score above it",
            evidence.doubtful * 100.0
        );
        return;
    }
    say!(
        "         accept_below = {:.2}, if a person looks at doubtful parts: what scores from {:.2} to the threshold is \
         then not decided (cause uncertain) and taken out. About {:.0} % of good parts score above it ({} held out)",
        evidence.accept_below,
        evidence.accept_below,
        evidence.doubtful * 100.0,
        counted(evidence.above_accept)
    );
}

/// What is known of defects, and loudly where the model misses them.
fn report_defects(taught: &Taught, files: &[PathBuf]) {
    let evidence = &taught.evidence;
    if files.is_empty() {
        say!(
            "warning: no reviewed defects: nothing is known of what it catches, but that it catches {} of {} defects drawn \
             into good images, and real ones look otherwise. --bad takes images of true defects; {} of them, all caught, \
             would show that at least 90 % are",
            evidence.drawn.count,
            evidence.drawn.of,
            models::teach::images_needed(0.1)
        );
        return;
    }
    let caught = evidence.caught(taught.proposal.threshold);
    let missed = caught.of - caught.count;
    if missed == 0 {
        return;
    }
    let is_weak = 2 * caught.count < caught.of;
    say!(
        "{}: {missed} of {} reviewed defects are MISSED at the proposed threshold, on images that were held out: it \
         catches {}",
        if is_weak { "WARNING" } else { "warning" },
        caught.of,
        counted(caught)
    );
    for (file, score) in files.iter().zip(&evidence.defects) {
        if *score < taught.proposal.threshold {
            let doubtful = if *score >= evidence.accept_below {
                ", not decided with accept_below"
            } else {
                ""
            };
            say!("  {} scores {score:.3}: missed{doubtful}", file.display());
        }
    }
    say!(
        "  what to do: lower reject_above as far as the table allows; let the model see smaller things (--size); make the \
         defects stand out by light or lens; add reviewed defects (--bad)"
    );
    if is_weak {
        say!(
            "  do not put it to use as it is: it catches fewer than half of the defects that are known"
        );
    }
}

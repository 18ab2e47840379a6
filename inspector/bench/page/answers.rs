//! What a buyer asks, answered in a sentence for each case.

use super::markup::{escape, swatch};
use super::names;
use super::number::{count, duration, ms, percent, plain, set_ms, significant};
use crate::bench::case::{Case, Scenario};
use crate::bench::report::{
    CaseResult, Cold, Deadline, Distribution, Energy, Figures, Outcome, Streams,
};

/// Share of late parts that must be ruled out, or the sentence is weak.
const FEW: f64 = 0.01;

/// All sentences: of cases with a takt, of the others, and of those that were refused.
pub(super) fn list(results: &[CaseResult]) -> String {
    let mut sentences: Vec<(u8, String)> = Vec::new();
    for (at, result) in results.iter().enumerate() {
        let (class, sentence) = sentence(result);
        let place = match &result.outcome {
            Outcome::Refused(_) => 2,
            Outcome::Measured(_) => u8::from(!has_takt(result.case.scenario)),
        };
        let item = format!(
            "<li class=\"{class}\"><p>On this machine, {sentence}</p><p class=\"small\">{}{}{}</p></li>",
            swatch(at),
            escape(&names::full(&result.case)),
            certainty(result)
        );
        sentences.push((place, item));
    }
    // Stable: within each kind they stay in the order of the report.
    sentences.sort_by_key(|(place, _)| *place);
    let items: String = sentences.into_iter().map(|(_, item)| item).collect();
    format!("<ul class=\"answers\">{items}</ul>")
}

/// Whether parts come whether or not the last one is done (open loop), at a given time each.
fn has_takt(scenario: Scenario) -> bool {
    use Scenario::{Burst, EndToEnd, Mixed, Soak, Takt};
    matches!(scenario, Takt | Burst | Mixed | Soak | EndToEnd)
}

/// Its class, and the sentence in markup, as it goes on after "On this machine,".
fn sentence(result: &CaseResult) -> (&'static str, String) {
    let case = &result.case;
    let subject = escape(&subject(result));
    let figures = match &result.outcome {
        Outcome::Measured(figures) => figures,
        Outcome::Refused(reason) => {
            let reason = escape(reason.trim_end_matches('.'));
            let sentence = format!("{subject} was <strong>not measured</strong>: {reason}.");
            return ("none", sentence);
        }
    };
    if let Some(streams) = &figures.streams {
        return serves(case, &subject, streams, &energy(&figures.energy));
    }
    if let Some(cold) = &figures.cold {
        return starts(&subject, cold);
    }
    if let Some(parts_per_s) = figures.parts_per_s {
        let (rate, energy) = (significant(parts_per_s), energy(&figures.energy));
        let sentence = format!(
            "{subject} judges <strong>{rate} parts per second</strong> when each comes as soon as the one before it \
             is done; {energy}."
        );
        return ("fact", sentence);
    }
    match figures.deadline {
        _ if figures.queries == 0 => ("none", format!("no part of {subject} was measured.")),
        Some(deadline) => holds(case, &subject, figures, deadline),
        None => ("none", format!("{subject} was measured without a budget.")),
    }
}

fn starts(subject: &str, cold: &Cold) -> (&'static str, String) {
    let Some(last) = cold.steps.last() else {
        return ("none", format!("no start of {subject} was measured."));
    };
    let ready = significant(last.done_ms);
    let sentence = format!(
        "{subject} gives its first verdict <strong>{ready}&#160;ms</strong> after the program was started, at the \
         median of {} starts.",
        cold.starts
    );
    ("fact", sentence)
}

fn serves(case: &Case, subject: &str, streams: &Streams, energy: &str) -> (&'static str, String) {
    let (every, within) = (set_ms(case.takt_ms), set_ms(case.budget_ms));
    let pace = format!("with a part every {every}, within {within}");
    let least = match streams.cameras {
        0 => {
            let one = case.streams(1);
            let sentence = format!("{subject} does <strong>NOT serve {one}</strong> {pace}.");
            return ("fails", sentence);
        }
        // More were not tried, so that there may be room for them.
        cameras if streams.tried.iter().all(|tried| tried.cameras <= cameras) => "at least ",
        _ => "",
    };
    let cameras = case.streams(streams.cameras);
    let sentence =
        format!("{subject} serves <strong>{least}{cameras}</strong>, each {pace}; {energy}.");
    ("holds", sentence)
}

fn holds(
    case: &Case,
    subject: &str,
    figures: &Figures,
    deadline: Deadline,
) -> (&'static str, String) {
    let parts = count(figures.queries);
    let mut budget = set_ms(case.budget_ms);
    if case.takt_ms != case.budget_ms {
        budget += &format!(" at a part every {}", set_ms(case.takt_ms));
    }
    let tail = match figures.latency.as_ref().map(Distribution::tail) {
        Some((name, us)) => format!("{name}&#160;=&#160;{}", ms(us)),
        None => "no times of single parts".to_owned(),
    };
    let missed = count(deadline.missed);
    // Where parts come at once, each finds the one before unfinished, and that is not counted.
    let counted = match figures.overtime {
        Some(overtime) => format!("{} overtime of {parts}", count(overtime)),
        None => format!("{missed} missed of {parts}"),
    };
    let (headroom, energy) = (plain(deadline.headroom), energy(&figures.energy));
    let rest = format!("with {tail}, {counted}; headroom {headroom}×; {energy}.");
    if deadline.missed == 0 {
        let sentence = format!("{subject} <strong>holds {budget}</strong> {rest}");
        return ("holds", sentence);
    }
    let late = match figures.overtime {
        Some(_) => format!("{missed} of {parts} parts had no verdict in time, "),
        None => "not every part had a verdict in time, ".to_owned(),
    };
    let sentence = format!("{subject} does <strong>NOT hold {budget}</strong>: {late}{rest}");
    ("fails", sentence)
}

/// What the sentence is about, in words.
fn subject(result: &CaseResult) -> String {
    let case = &result.case;
    let (mut subject, devices) = (names::subject(case), case.devices());
    if devices != ["cpu (cpu)"] {
        subject += &format!(" on {}", devices.join(" and "));
    }
    match case.scenario {
        Scenario::Burst => format!("{subject} in bursts of {}", case.width),
        Scenario::Mixed => format!("a mix of {} styles ({subject})", case.width),
        Scenario::EndToEnd => {
            let plural = if case.width == 1 { "" } else { "s" };
            format!(
                "{subject} from {} camera{plural} to the reject output",
                case.width
            )
        }
        Scenario::Soak => match &result.outcome {
            Outcome::Measured(figures) => format!("{subject} over {}", duration(figures.span_s)),
            Outcome::Refused(_) => format!("{subject} over hours"),
        },
        Scenario::Takt | Scenario::Saturate | Scenario::Streams | Scenario::Cold => subject,
    }
}

/// Joules of a part by all counters together, and of what.
pub(super) fn energy(energy: &Energy) -> String {
    let drawn = match energy {
        Energy::Measured(drawn) if !drawn.is_empty() => drawn,
        _ => return "energy not measurable here".to_owned(),
    };
    let joules: f64 = drawn.iter().map(|drawn| drawn.joules_per_part).sum();
    let is_gpu = |counter: &str| counter.starts_with("NVML");
    let has_gpu = drawn.iter().any(|drawn| is_gpu(&drawn.counter));
    let has_processor = drawn.iter().any(|drawn| !is_gpu(&drawn.counter));
    let of = match (has_processor, has_gpu) {
        (true, true) => "processor and GPU",
        (false, true) => "GPU only",
        _ => "processor only",
    };
    format!("energy {}&#160;J per part ({of})", significant(joules))
}

/// How sure that is, and what else went on.
fn certainty(result: &CaseResult) -> String {
    let Outcome::Measured(figures) = &result.outcome else {
        return String::new();
    };
    let mut words = Vec::new();
    if figures.span_s > 0.0 {
        words.push(format!("{} of measuring", duration(figures.span_s)));
    }
    if figures.queries < result.case.queries && has_takt(result.case.scenario) {
        let planned = count(result.case.queries);
        words.push(format!(
            "stopped after {} of {planned} parts",
            count(figures.queries)
        ));
    }
    if let Some(deadline) = figures.deadline.filter(|_| figures.queries > 0) {
        let share = deadline.missed_share_at_most;
        let few = if deadline.missed == 0 && share > FEW {
            "<strong>few parts</strong>: "
        } else {
            ""
        };
        let most = percent(share);
        words.push(format!(
            "{few}with 95&#160;% confidence, at most {most} of parts are late"
        ));
    }
    if let Some(remark) = super::notes::disturbed(&figures.disturbance) {
        words.push(format!("<strong>{}</strong>", escape(&remark)));
    }
    words.iter().map(|word| format!(" · {word}")).collect()
}

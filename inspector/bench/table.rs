//! Results for the terminal.

use super::case::Output;
use super::report::{
    CaseResult, Distribution, Energy, Figures, Outcome, OverModbus, Quantile, Report,
};
use super::statistics::values_needed;
use std::fmt::Write;

/// All results as a table, and below it what does not fit into one.
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{:<64} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>7} {:>8} {:>6}",
        "case, milliseconds",
        "parts",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "max",
        "overhead",
        "missed",
        "overtime",
        "cores"
    );
    for result in &report.results {
        text += &row(result);
    }
    for result in &report.results {
        if let Outcome::Measured(figures) = &result.outcome {
            text += &more(result, figures);
        }
    }
    text
}

/// One result on one line, or why there is none.
pub fn row(result: &CaseResult) -> String {
    let case = result.case.to_string();
    let figures = match &result.outcome {
        Outcome::Measured(figures) => figures,
        Outcome::Refused(why) => return format!("{case:<64} no time: {why}\n"),
    };
    let of = |found: fn(&Distribution) -> Option<Quantile>| {
        let found = figures.latency.as_ref().and_then(found);
        found.map_or("–".to_owned(), |quantile| millis(quantile.value_us))
    };
    let overhead = figures.overhead.as_ref().and_then(|all| all.p50);
    let count = |count: Option<u64>| count.map_or("–".to_owned(), |count| count.to_string());
    format!(
        "{case:<64} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>7} {:>8} {:>6.2}\n",
        figures.queries,
        of(|all| all.p50),
        of(|all| all.p90),
        of(|all| all.p99),
        of(|all| all.p999),
        figures
            .latency
            .as_ref()
            .map_or("–".to_owned(), |all| millis(all.max_us)),
        overhead.map_or("–".to_owned(), |overhead| millis(overhead.value_us)),
        count(figures.deadline.map(|deadline| deadline.missed)),
        count(figures.overtime),
        figures.usage.cores_busy
    )
}

/// Three significant digits.
fn millis(us: f64) -> String {
    let ms = us / 1e3;
    match ms {
        ..10.0 => format!("{ms:.2}"),
        ..100.0 => format!("{ms:.1}"),
        _ => format!("{ms:.0}"),
    }
}

fn more(result: &CaseResult, figures: &Figures) -> String {
    let mut lines = Vec::new();
    if let Some(holds) = holds(result, figures) {
        lines.push(holds);
    }
    if let (Some(parts), Some(raw)) = (figures.parts_per_s, &figures.raw) {
        let [low, high] = raw.share_interval;
        lines.push(format!(
            "{parts:.2} parts/s; the graph alone {:.2}/s; share {:.3} ({low:.3} to {high:.3}, {} rounds)",
            raw.runs_per_s, raw.share, raw.rounds
        ));
    }
    if let Some(streams) = &figures.streams {
        lines.push(format!(
            "{} within {} ms",
            result.case.streams(streams.cameras),
            result.case.budget_ms
        ));
    }
    if let Some(mixed) = &figures.mixed {
        let [low, high] = mixed.ratio_interval;
        lines.push(format!(
            "{} styles loaded in {:.2} s; a part of another style takes {:.3} times as long ({low:.3} to {high:.3})",
            mixed.styles, mixed.load_s, mixed.ratio
        ));
    }
    of_whole(result, figures, &mut lines);
    let mut text = format!("\n{}\n", result.case);
    for line in &lines {
        let _ = writeln!(text, "  {line}");
    }
    if lines.is_empty() {
        String::new()
    } else {
        text
    }
}

/// Of starts, the whole pipeline and long runs.
fn of_whole(result: &CaseResult, figures: &Figures, lines: &mut Vec<String>) {
    if let Some(cold) = &figures.cold {
        let steps = cold
            .steps
            .iter()
            .map(|step| format!("{} {:.0} ms", step.name, step.done_ms));
        lines.push(format!(
            "{} starts: {}; first run {:.2} ms, tenth {:.2} ms",
            cold.starts,
            steps.collect::<Vec<_>>().join(", "),
            cold.first_run_ms,
            cold.later_run_ms
        ));
    }
    if let Some(end) = &figures.end_to_end {
        lines.push(format!(
            "output set {} ms after its time at most; not decided: {}",
            millis(end.output_late.max_us),
            end.not_decided.iter().map(|(_, count)| count).sum::<u64>()
        ));
    }
    let over = figures.end_to_end.as_ref();
    if let Some(over) = over.and_then(|end| end.over_modbus.as_ref()) {
        lines.push(over_modbus(result.case.output, over));
    }
    if let Some(slope) = figures.usage.memory_slope_bytes_per_h {
        let mib = |bytes: f64| bytes / f64::from(1 << 20);
        lines.push(format!(
            "memory {:+.3} MiB/h ({:+.3} to {:+.3})",
            mib(slope.value),
            mib(slope.interval[0]),
            mib(slope.interval[1])
        ));
    }
}

fn over_modbus(output: Output, over: &OverModbus) -> String {
    let of = |found: Option<Quantile>| {
        found.map_or("–".to_owned(), |quantile| millis(quantile.value_us))
    };
    let took = &over.took;
    format!(
        "{}, less the model's run: p50 {} ms, p99 {} ms, p99.9 {} ms, max {} ms; unanswered: {}",
        way(output),
        of(took.p50),
        of(took.p99),
        of(took.p999),
        millis(took.max_us),
        over.unanswered
    )
}

/// What is timed over Modbus.
pub(super) const fn way(output: Output) -> &'static str {
    match output {
        Output::Handshake => "the PLC's trigger to a valid result in the PLC, less the exposure",
        Output::Modbus | Output::Sim => "frame in the buffer to the coil set",
    }
}

/// The sentence for the buyer, where there is a budget: whether it is held.
pub fn holds(result: &CaseResult, figures: &Figures) -> Option<String> {
    let (deadline, latency) = (figures.deadline?, figures.latency.as_ref()?);
    let (name, tail_us) = latency.tail();
    let case = &result.case;
    let verb = if deadline.missed == 0 {
        "holds"
    } else {
        "does NOT hold"
    };
    let overtime = figures.overtime.map_or(String::new(), |overtime| {
        format!(", {overtime} overtime of {}", figures.queries)
    });
    let energy = match &figures.energy {
        Energy::Measured(all) => {
            let joules: f64 = all.iter().map(|drawn| drawn.joules_per_part).sum();
            format!("energy {joules:.2} J per part")
        }
        Energy::NotMeasurable(_) => "energy not measurable here".to_owned(),
    };
    let few = if latency.p999.is_none() {
        format!(" (p99.9 needs {} parts)", values_needed(0.999))
    } else {
        String::new()
    };
    Some(format!(
        "{} {verb} {} ms with {name} = {} ms{few}, {} missed{overtime}; at most {:.3} % miss it; headroom {:.1}×; {energy}",
        case.subject(),
        case.budget_ms,
        millis(tail_us),
        deadline.missed,
        deadline.missed_share_at_most * 100.0,
        deadline.headroom
    ))
}

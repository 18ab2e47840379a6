//! The machine, and all results, in tables.

use super::markup::{escape, swatch};
use super::names;
use super::number::{count, mebibytes, millis, significant};
use crate::bench::report::{CaseResult, Distribution, Figures, Gpu, Machine, Outcome, Quantile};
use std::fmt::Write;

/// Marks of why a figure is absent; the notes explain each.
pub(super) const NOT_OF_SCENARIO: &str = "–<sup>a</sup>";
pub(super) const TOO_FEW_PARTS: &str = "–<sup>b</sup>";
pub(super) const NOT_TOLD: &str = "–<sup>c</sup>";

/// What the machine tells of itself.
pub(super) fn machine(machine: &Machine) -> String {
    let told = |text: &str| (!text.is_empty()).then(|| escape(text));
    let clock = machine.clock_mhz.map(|[slowest, fastest]| {
        format!(
            "{}–{} MHz at start",
            significant(slowest),
            significant(fastest)
        )
    });
    let memory =
        (machine.memory_bytes > 0).then(|| format!("{} GiB", gibibytes(machine.memory_bytes)));
    let is_virtual = if machine.is_virtual {
        "virtual machine"
    } else {
        "no virtual machine"
    };
    let cores = (machine.cores > 0).then(|| format!("{}, {is_virtual}", machine.cores));
    let load = machine.load.map(|load| format!("{load} at start"));
    let gpus: Vec<String> = machine.gpus.iter().map(gpu).collect();
    let gpus = if gpus.is_empty() {
        "none that NVML knows".to_owned()
    } else {
        gpus.join("; ")
    };
    // Its name stands before it.
    let library = machine.onnxruntime.trim_start_matches("ONNX Runtime ");
    let rows = [
        ("Processor", told(&machine.processor)),
        ("Cores in use", cores),
        ("Memory", memory),
        ("GPU", Some(escape(&gpus))),
        ("Clock", clock),
        ("Governor", machine.governor.as_deref().and_then(told)),
        ("Kernel", told(&machine.kernel)),
        ("System", told(&machine.system)),
        ("Load", load),
        ("ONNX Runtime", told(library)),
        ("Providers", told(&machine.providers.join(", "))),
        ("Instructions", told(&machine.instructions.join(" "))),
    ];
    let rows: String = rows
        .into_iter()
        .map(|(name, value)| {
            let value = value.unwrap_or_else(|| NOT_TOLD.to_owned());
            format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
        })
        .collect();
    format!("<dl class=\"machine\">{rows}</dl>")
}

fn gpu(gpu: &Gpu) -> String {
    let mut text = format!(
        "{}, {} GiB, driver {}",
        gpu.name,
        gibibytes(gpu.memory_bytes),
        gpu.driver
    );
    if let Some(watts) = gpu.power_limit_w {
        let _ = write!(text, ", at most {} W", significant(watts));
    }
    if let Some(clock) = gpu.clock_mhz {
        let _ = write!(text, ", {} MHz at start", count(clock.into()));
    }
    text
}

fn gibibytes(bytes: u64) -> String {
    significant(bytes as f64 / f64::from(1 << 30))
}

/// A row for each case; those without figures with the reason.
pub(super) fn results(results: &[CaseResult]) -> String {
    let rows: String = results
        .iter()
        .enumerate()
        .map(|(at, result)| row(at, result))
        .collect();
    format!(
        "<table class=\"results\"><thead><tr><th rowspan=\"2\">Case</th><th rowspan=\"2\">Parts</th>\
         <th colspan=\"5\" class=\"group\">Latency and its bounds, ms</th>\
         <th colspan=\"2\" class=\"group\">Overhead, ms</th>\
         <th rowspan=\"2\">Missed</th><th rowspan=\"2\">Overtime</th>\
         <th rowspan=\"2\">Cores<br/>busy</th><th rowspan=\"2\">Memory,<br/>MiB</th></tr>\
         <tr><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>max</th><th>p50</th><th>p99</th></tr></thead>\
         <tbody>{rows}</tbody></table>"
    )
}

fn row(at: usize, result: &CaseResult) -> String {
    // Scenario and model first, what else was chosen smaller below.
    let (name, rest) = names::parts(&result.case);
    let head = format!(
        "<th scope=\"row\">{}<span class=\"name\">{}</span><span class=\"bounds\">{}</span></th>",
        swatch(at),
        escape(&name),
        escape(&rest)
    );
    match &result.outcome {
        Outcome::Measured(figures) => format!("<tr>{head}{}</tr>", cells(figures)),
        Outcome::Refused(reason) => format!(
            "<tr>{head}<td colspan=\"12\" class=\"refused\"><strong>Not measured:</strong> {}</td></tr>",
            escape(reason)
        ),
    }
}

fn cells(figures: &Figures) -> String {
    let latency = figures.latency.as_ref();
    let overhead = figures.overhead.as_ref();
    let max = latency.map_or(NOT_OF_SCENARIO.to_owned(), |latency| millis(latency.max_us));
    let optional = |value: Option<u64>| value.map_or(NOT_OF_SCENARIO.to_owned(), count);
    let missed = figures.deadline.map(|deadline| deadline.missed);
    let usage = &figures.usage;
    let memory = match usage.memory_max_bytes {
        0 => NOT_TOLD.to_owned(),
        bytes => mebibytes(bytes as f64),
    };
    let cores = match usage.cores_busy {
        0.0 => NOT_OF_SCENARIO.to_owned(),
        busy => significant(busy),
    };
    let class = if missed.is_some_and(|missed| missed > 0) {
        " class=\"late\""
    } else {
        ""
    };
    format!(
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{max}</td><td>{}</td><td>{}</td>\
         <td{class}>{}</td><td>{}</td><td>{}</td><td>{memory}</td>",
        count(figures.queries),
        quantile(latency, |times| times.p50, true),
        quantile(latency, |times| times.p90, true),
        quantile(latency, |times| times.p99, true),
        quantile(latency, |times| times.p999, true),
        quantile(overhead, |times| times.p50, false),
        quantile(overhead, |times| times.p99, false),
        optional(missed),
        optional(figures.overtime),
        cores,
    )
}

fn quantile(
    times: Option<&Distribution>,
    of: fn(&Distribution) -> Option<Quantile>,
    has_bounds: bool,
) -> String {
    let Some(times) = times else {
        return NOT_OF_SCENARIO.to_owned();
    };
    match of(times) {
        None => TOO_FEW_PARTS.to_owned(),
        Some(found) if has_bounds => format!(
            "{}<span class=\"bounds\">{}–{}</span>",
            millis(found.value_us),
            millis(found.low_us),
            millis(found.high_us)
        ),
        Some(found) => millis(found.value_us),
    }
}

//! How a case went on over time: latency and memory of each slice.

use super::Numbered;
use super::markup::{escape, stroke, swatch};
use super::number::time_unit;
use super::plot::{Anchor, Picture, Scale};
use crate::bench::report::Slice;

const HEIGHT: f64 = 102.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 86.0;
const LEFT: f64 = 46.0;
const BYTES_PER_MIB: f64 = 1_048_576.0;

/// Latency to the left, memory to the right; empty where no slices have parts.
pub(super) fn figure(case: &Numbered<'_>) -> String {
    let slices = &case.figures.timeline;
    if slices.iter().filter(|slice| slice.queries > 0).count() < 2 {
        return String::new();
    }
    format!(
        "<figure class=\"wide\"><figcaption>{}{}</figcaption><div class=\"course\">{}{}</div></figure>",
        swatch(case.at),
        escape(case.name()),
        latency(case, slices),
        memory(case, slices)
    )
}

fn time_axis(slices: &[Slice], span_s: f64, right: f64) -> (Scale, f64, &'static str) {
    let last = slices.last().map_or(0.0, |slice| slice.at_s);
    let (divisor, unit) = time_unit(span_s.max(last));
    let scale = Scale::linear(0.0, span_s.max(last) / divisor, LEFT, right);
    (scale, divisor, unit)
}

fn latency(case: &Numbered<'_>, slices: &[Slice]) -> String {
    const WIDTH: f64 = 460.0;
    const RIGHT: f64 = 404.0;
    let slices: Vec<&Slice> = slices.iter().filter(|slice| slice.queries > 0).collect();
    let all: Vec<Slice> = slices.iter().map(|slice| **slice).collect();
    let (x, divisor, unit) = time_axis(&all, case.figures.span_s, RIGHT);
    let budget = case.budget_ms();
    let least = slices
        .iter()
        .map(|slice| slice.p50_us / 1e3)
        .fold(f64::INFINITY, f64::min);
    let most = slices
        .iter()
        .map(|slice| slice.max_us / 1e3)
        .fold(budget.unwrap_or(0.0), f64::max);
    let y = Scale::log(least / 1.2, most * 1.2, BOTTOM, TOP);
    let title = "Latency over time: median and slowest part of each slice";
    let mut picture = Picture::new(WIDTH, HEIGHT, title);
    picture.vertical_axis(&y, [LEFT, RIGHT], "latency, ms", 5);
    picture.time_axis(&x, BOTTOM, unit, 6);
    let of = |value: fn(&Slice) -> f64| -> Vec<[f64; 2]> {
        let places = slices.iter();
        places
            .map(|slice| [x.at(slice.at_s / divisor), y.at(value(slice) / 1e3)])
            .collect()
    };
    let (medians, slowest) = (of(|slice| slice.p50_us), of(|slice| slice.max_us));
    picture.path(&slowest, ("#8a8f94", "none"), 1.0);
    picture.path(&medians, (stroke(case.at).0, "none"), 1.8);
    let mut labels = Vec::new();
    if let Some(budget) = budget {
        let at = y.at(budget);
        picture.line("budget", [LEFT, at], [RIGHT, at]);
        labels.push((at, "budget"));
    }
    labels.extend(medians.last().map(|[_, at]| (*at, "median")));
    labels.extend(slowest.last().map(|[_, at]| (*at, "slowest")));
    for (at, label) in spread(labels) {
        picture.text("mark", [RIGHT + 5.0, at + 3.2], Anchor::Start, label);
    }
    picture.finish()
}

/// Labels moved up from where they would stand on each other, and all of them down where that leaves the plot.
fn spread(mut labels: Vec<(f64, &str)>) -> Vec<(f64, &str)> {
    const ROW: f64 = 11.0;
    labels.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut limit = f64::INFINITY;
    for (at, _) in &mut labels {
        *at = at.min(limit);
        limit = *at - ROW;
    }
    let above = labels.last().map_or(0.0, |(at, _)| (TOP - at).max(0.0));
    labels.iter_mut().for_each(|(at, _)| *at += above);
    labels
}

/// Within a tenth of what it is at least, so that a still line looks still.
fn memory(case: &Numbered<'_>, slices: &[Slice]) -> String {
    const WIDTH: f64 = 235.0;
    const RIGHT: f64 = 219.0;
    let title = "Memory in use over time";
    let mut picture = Picture::new(WIDTH, HEIGHT, title);
    // Nothing is known of slices before memory was looked at for the first time.
    let known = slices.iter().filter(|slice| slice.memory_bytes > 0);
    let values: Vec<(f64, f64)> = known
        .map(|slice| (slice.at_s, slice.memory_bytes as f64 / BYTES_PER_MIB))
        .collect();
    if values.is_empty() {
        let place = [WIDTH / 2.0, HEIGHT / 2.0];
        picture.text(
            "mark",
            place,
            Anchor::Middle,
            "memory not told by the system",
        );
        return picture.finish();
    }
    let least = values
        .iter()
        .map(|(_, value)| *value)
        .fold(f64::INFINITY, f64::min);
    let most = values.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let pad = ((most * 0.1 - (most - least)) / 2.0).max((most - least) * 0.1);
    let y = Scale::linear((least - pad).max(0.0), most + pad, BOTTOM, TOP);
    let (x, divisor, unit) = time_axis(slices, case.figures.span_s, RIGHT);
    picture.vertical_axis(&y, [LEFT, RIGHT], "memory, MiB", 3);
    picture.time_axis(&x, BOTTOM, unit, 3);
    let points: Vec<[f64; 2]> = values
        .iter()
        .map(|(at_s, value)| [x.at(at_s / divisor), y.at(*value)])
        .collect();
    picture.path(&points, (stroke(case.at).0, "none"), 1.8);
    picture.finish()
}

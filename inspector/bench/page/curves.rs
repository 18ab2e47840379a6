//! How latency is distributed: the share of parts that are slower, down to the slowest one.

use super::Numbered;
use super::markup::{escape, stroke, swatch};
use super::number::{plain, set_ms};
use super::plot::{Anchor, Picture, Scale};
use crate::bench::report::Distribution;

const WIDTH: f64 = 703.0;
const HEIGHT: f64 = 216.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 683.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 184.0;
/// Pixels that the number at the end of a line takes.
const LABEL: f64 = 13.0;

/// Empty where no case has latencies.
pub(super) fn figure(cases: &[Numbered<'_>]) -> String {
    let with_latency: Vec<(&Numbered<'_>, &Distribution)> = cases
        .iter()
        .filter_map(|case| Some((case, case.figures.latency.as_ref()?)))
        // Of a cold start there are a few, which is no distribution.
        .filter(|(case, latency)| case.figures.cold.is_none() && !latency.histogram.is_empty())
        .collect();
    if with_latency.is_empty() {
        return String::new();
    }
    let mut budgets: Vec<f64> = with_latency
        .iter()
        .filter_map(|(case, _)| case.budget_ms())
        .collect();
    budgets.sort_by(f64::total_cmp);
    budgets.dedup();
    let values = with_latency.iter().flat_map(|(_, latency)| {
        let ends = [latency.histogram.first(), latency.histogram.last()];
        ends.into_iter().flatten().map(|(us, _)| us / 1e3)
    });
    let values: Vec<f64> = values.chain(budgets.iter().copied()).collect();
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    let parts = with_latency
        .iter()
        .map(|(_, latency)| latency.count)
        .max()
        .unwrap_or(1);
    let decades = (parts.max(10) as f64).log10().ceil() as i32;
    let x = Scale::log(least / 1.15, most * 1.15, LEFT, RIGHT);
    let y = Scale::log(10_f64.powi(-decades), 1.0, BOTTOM, TOP);

    let title = "Latency: share of parts that are slower than a time, one line for each case";
    let mut picture = Picture::new(WIDTH, HEIGHT, title);
    for decade in (0..=decades).map(|decade| 10_f64.powi(-decade)) {
        let at = y.at(decade);
        picture.line("grid", [LEFT, at], [RIGHT, at]);
        let label = format!("{} %", plain(decade * 100.0));
        picture.text("tick", [LEFT - 5.0, at + 3.2], Anchor::End, &label);
    }
    picture.text(
        "axis",
        [LEFT, TOP - 13.0],
        Anchor::Start,
        "share of parts slower than …",
    );
    picture.horizontal_axis(&x, BOTTOM, "milliseconds from when the part came", 14);
    mark_budgets(&mut picture, &x, &budgets);
    let mut ends = Vec::new();
    for (case, latency) in &with_latency {
        let points = line(latency, &x, &y);
        picture.path(&points, stroke(case.at), 1.8);
        ends.extend(points.last().map(|end| (case.at, *end)));
    }
    number_ends(&mut picture, ends);
    let legend: String = with_latency
        .iter()
        .map(|(case, _)| format!("<li>{}{}</li>", swatch(case.at), escape(case.name())))
        .collect();
    format!(
        "<figure class=\"wide\"><figcaption>Latency of all parts, to the slowest one</figcaption>{}\
         <ul class=\"legend\">{legend}</ul></figure>",
        picture.finish()
    )
}

/// Steps: so many are slower, until the next value is reached.
fn line(latency: &Distribution, x: &Scale, y: &Scale) -> Vec<[f64; 2]> {
    let all: u64 = latency.histogram.iter().map(|(_, count)| count).sum();
    let mut slower = all;
    let mut points = Vec::new();
    for (us, count) in &latency.histogram {
        let at = x.at(us / 1e3);
        points.push([at, y.at(slower as f64 / all as f64)]);
        slower -= count;
        if slower > 0 {
            points.push([at, y.at(slower as f64 / all as f64)]);
        }
    }
    points
}

fn mark_budgets(picture: &mut Picture, x: &Scale, budgets: &[f64]) {
    let mut free_from = f64::NEG_INFINITY;
    for budget in budgets {
        let at = x.at(*budget);
        picture.line("budget", [at, TOP], [at, BOTTOM]);
        let label = format!("budget {}", set_ms(*budget));
        // Near enough to how wide the text is, at six pixels a character.
        let width = 6.0 * label.chars().count() as f64;
        let begin = (at - width / 2.0).min(WIDTH - 4.0 - width);
        if begin > free_from {
            picture.text("mark", [begin, TOP - 4.0], Anchor::Start, &label);
            free_from = begin + width;
        }
    }
}

/// The case's number beside the end of its line, moved down where another stands already.
fn number_ends(picture: &mut Picture, mut ends: Vec<(usize, [f64; 2])>) {
    ends.sort_by(|(_, one), (_, other)| one[1].total_cmp(&other[1]));
    let mut taken: Vec<[f64; 2]> = Vec::new();
    for (at, [x, y]) in ends {
        let mut place = [(x + 5.0).min(WIDTH - LABEL), y - 3.0];
        let is_taken = |place: [f64; 2]| {
            let hits = |other: &[f64; 2]| {
                (other[0] - place[0]).abs() < LABEL && (other[1] - place[1]).abs() < LABEL - 2.0
            };
            taken.iter().any(hits)
        };
        // To the right as long as there is room, then up.
        while is_taken(place) {
            place[0] += LABEL;
            if place[0] > WIDTH - LABEL {
                place = [(x + 5.0).min(WIDTH - LABEL), place[1] - LABEL];
            }
        }
        taken.push(place);
        let (colour, _) = stroke(at);
        picture.number(colour, place, &(at + 1).to_string());
    }
}

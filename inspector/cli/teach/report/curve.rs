//! The operating curve as a drawing.

use models::teach::{Counted, Evidence, Point};
use std::fmt::Write as _;

/// Width and height of the drawing, and room for the axes at its left and bottom.
const SIZE: (f64, f64) = (640.0, 240.0);
const LEFT: f64 = 48.0;
const BOTTOM: f64 = 26.0;
const TOP: f64 = 8.0;

fn x(threshold: f32) -> f64 {
    LEFT + f64::from(threshold) * (SIZE.0 - LEFT - 8.0)
}

fn y(share: f64) -> f64 {
    TOP + (1.0 - share) * (SIZE.1 - BOTTOM - TOP)
}

/// An SVG: shares of good parts rejected and of defects caught over the threshold, with their intervals.
pub(super) fn svg(evidence: &Evidence) -> String {
    let mut svg = format!(
        "<svg class=\"curve\" viewBox=\"0 0 {} {}\" role=\"img\">",
        SIZE.0, SIZE.1
    );
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let at = y(share);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{at}\" y2=\"{at}\"/><text x=\"{}\" y=\"{}\" \
             text-anchor=\"end\">{:.0} %</text>",
            x(1.0),
            LEFT - 6.0,
            at + 4.0,
            share * 100.0
        );
    }
    for tenth in [0_u8, 2, 4, 6, 8, 10] {
        let threshold = f32::from(tenth) / 10.0;
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{threshold:.1}</text>",
            x(threshold),
            SIZE.1 - 8.0
        );
    }
    svg += &band(evidence, "good", |point| point.good);
    if !evidence.defects.is_empty() {
        svg += &band(evidence, "defects", |point| point.defects);
    }
    svg += &line(evidence, "expected", |point| point.expected);
    svg += &line(evidence, "good", |point| share(point.good));
    if !evidence.defects.is_empty() {
        svg += &line(evidence, "defects", |point| share(point.defects));
    }
    for (class, threshold) in [("proposed", 0.5), ("second", evidence.accept_below)] {
        let at = x(threshold);
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{at}\" x2=\"{at}\" y1=\"{}\" y2=\"{}\"/>",
            y(1.0),
            y(0.0)
        );
    }
    svg + "</svg>"
}

fn share(counted: Counted) -> f64 {
    counted.count as f64 / counted.of.max(1) as f64
}

fn points<'a>(evidence: &'a Evidence, share: impl Fn(&Point) -> f64 + 'a) -> Vec<String> {
    let at = move |point: &Point| format!("{:.1},{:.1}", x(point.threshold), y(share(point)));
    evidence.curve.iter().map(at).collect()
}

fn line(evidence: &Evidence, class: &str, share: impl Fn(&Point) -> f64) -> String {
    let points = points(evidence, share).join(" ");
    format!("<polyline class=\"{class}\" points=\"{points}\"/>")
}

fn band(evidence: &Evidence, class: &str, of: impl Fn(&Point) -> Counted) -> String {
    let mut around = points(evidence, |point| of(point).interval().1);
    let mut low = points(evidence, |point| of(point).interval().0);
    low.reverse();
    around.extend(low);
    format!(
        "<polygon class=\"{class}\" points=\"{}\"/>",
        around.join(" ")
    )
}

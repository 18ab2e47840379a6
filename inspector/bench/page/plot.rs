//! Axes, and shapes on them. Belongs here: what all plots share. Which data they show stands beside.

use super::markup::escape;
use super::number::plain;
use std::fmt::Write;

/// From values to places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    is_log: bool,
    begin: f64,
    end: f64,
}

impl Scale {
    /// Even steps, between two places.
    pub fn linear(from: f64, to: f64, begin: f64, end: f64) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        let is_log = false;
        Self {
            from,
            to,
            is_log,
            begin,
            end,
        }
    }

    /// Even factors; both values are above none.
    pub fn log(from: f64, to: f64, begin: f64, end: f64) -> Self {
        let from = from.max(1e-9);
        let to = if to > from { to } else { from * 10.0 };
        let is_log = true;
        Self {
            from,
            to,
            is_log,
            begin,
            end,
        }
    }

    /// Place of a value; the ends of the axis are also those of the places.
    pub fn at(&self, value: f64) -> f64 {
        let share = if self.is_log {
            (value.max(1e-12) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        self.begin + share.clamp(0.0, 1.0) * (self.end - self.begin)
    }

    /// Values that people count in, as many as have room.
    pub fn ticks(&self, count_max: usize) -> Vec<f64> {
        if self.is_log {
            self.log_ticks(count_max)
        } else {
            self.linear_ticks(count_max)
        }
    }

    fn linear_ticks(&self, count_max: usize) -> Vec<f64> {
        let rough = (self.to - self.from) / count_max.max(1) as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let factors = [1.0, 2.0, 5.0, 10.0].into_iter();
        let step = factors
            .map(|factor| factor * power)
            .find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let first = (self.from / step - 1e-9).ceil() as i64;
        let last = (self.to / step + 1e-9).floor() as i64;
        (first..=last).map(|number| number as f64 * step).collect()
    }

    fn log_ticks(&self, count_max: usize) -> Vec<f64> {
        let powers = (self.from.log10().floor() as i32)..=(self.to.log10().ceil() as i32);
        let within = |factors: &[f64]| -> Vec<f64> {
            let all = powers.clone().flat_map(|power| {
                let power = 10_f64.powi(power);
                factors.iter().map(move |factor| factor * power)
            });
            let slack = 1.0 + 1e-9;
            all.filter(|value| *value >= self.from / slack && *value <= self.to * slack)
                .collect()
        };
        let choices: [&[f64]; 4] = [
            &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0],
            &[1.0, 2.0, 5.0],
            &[1.0, 3.0],
            &[1.0],
        ];
        let fitting = choices
            .into_iter()
            .map(within)
            .find(|ticks| ticks.len() <= count_max);
        fitting.unwrap_or_else(|| within(&[1.0]))
    }
}

/// Where text stands in respect to its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture that grows with its column. Sizes are pixels where the column is as wide as the picture.
pub(super) struct Picture {
    width: f64,
    height: f64,
    title: String,
    shapes: String,
}

impl Picture {
    /// `title` is what screen readers say.
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        let (title, shapes) = (escape(title), String::new());
        Self {
            width,
            height,
            title,
            shapes,
        }
    }

    pub fn line(&mut self, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
        let _ = write!(
            self.shapes,
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        );
    }

    /// From a corner, as wide and high as `size`.
    pub fn bar(&mut self, fill: &str, edge: &str, [x, y]: [f64; 2], size: [f64; 2]) {
        let [width, height] = size.map(|side| side.max(0.5));
        let _ = write!(
            self.shapes,
            "<rect fill=\"{fill}\" stroke=\"{edge}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\"/>"
        );
    }

    pub fn dot(&mut self, fill: &str, edge: &str, [x, y]: [f64; 2]) {
        let _ = write!(
            self.shapes,
            "<circle fill=\"{fill}\" stroke=\"{edge}\" stroke-width=\"1.8\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"
        );
    }

    /// A line through points; those closer than anybody sees are left out.
    pub fn path(&mut self, points: &[[f64; 2]], (colour, dashes): (&str, &str), width: f64) {
        const VISIBLE: f64 = 0.25;
        let mut drawn = String::new();
        let mut last: Option<[f64; 2]> = None;
        for (at, [x, y]) in points.iter().enumerate() {
            let is_close = last.is_some_and(|[lx, ly]| (lx - x).abs() + (ly - y).abs() < VISIBLE);
            if is_close && at + 1 < points.len() {
                continue;
            }
            let command = if last.is_none() { 'M' } else { 'L' };
            let _ = write!(drawn, "{command}{x:.1} {y:.1}");
            last = Some([*x, *y]);
        }
        let _ = write!(
            self.shapes,
            "<path d=\"{drawn}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" \
             stroke-dasharray=\"{dashes}\" stroke-linejoin=\"round\"/>"
        );
    }

    pub fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.shapes,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
            escape(text)
        );
    }

    /// The number of a case, in its colour.
    pub fn number(&mut self, colour: &str, [x, y]: [f64; 2], number: &str) {
        let _ = write!(
            self.shapes,
            "<text class=\"number\" fill=\"{colour}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            escape(number)
        );
    }

    /// Lines across, and what they stand for, `name` above them.
    pub fn vertical_axis(
        &mut self,
        scale: &Scale,
        [left, right]: [f64; 2],
        name: &str,
        ticks: usize,
    ) {
        for value in scale.ticks(ticks) {
            let y = scale.at(value);
            self.line("grid", [left, y], [right, y]);
            self.text("tick", [left - 5.0, y + 3.2], Anchor::End, &plain(value));
        }
        self.text("axis", [left, scale.end - 7.0], Anchor::Start, name);
    }

    /// Marks below, and what they stand for, `name` at their end.
    pub fn horizontal_axis(&mut self, scale: &Scale, bottom: f64, name: &str, ticks: usize) {
        self.line("base", [scale.begin, bottom], [scale.end, bottom]);
        for value in scale.ticks(ticks) {
            let x = scale.at(value);
            self.line("base", [x, bottom], [x, bottom + 3.0]);
            self.text("tick", [x, bottom + 13.0], Anchor::Middle, &plain(value));
        }
        self.text("axis", [scale.end, bottom + 25.0], Anchor::End, name);
    }

    /// Marks below for time; the last one names the unit.
    pub fn time_axis(&mut self, scale: &Scale, bottom: f64, unit: &str, ticks: usize) {
        self.line("base", [scale.begin, bottom], [scale.end, bottom]);
        let ticks = scale.ticks(ticks);
        for (place, value) in ticks.iter().enumerate() {
            let x = scale.at(*value);
            self.line("base", [x, bottom], [x, bottom + 3.0]);
            let label = match place + 1 == ticks.len() {
                true => format!("{} {unit}", plain(*value)),
                false => plain(*value),
            };
            self.text("tick", [x, bottom + 13.0], Anchor::Middle, &label);
        }
    }

    /// The whole, as an element of a page.
    pub fn finish(self) -> String {
        let Self {
            width,
            height,
            title,
            shapes,
        } = self;
        format!(
            "<svg class=\"plot\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">{shapes}</svg>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        let ticks = Scale::linear(0.0, 47.0, 0.0, 1.0).ticks(5);
        assert_eq!(ticks, [0.0, 10.0, 20.0, 30.0, 40.0]);
        let ticks = Scale::log(8.0, 450.0, 0.0, 1.0).ticks(6);
        assert_eq!(ticks, [10.0, 20.0, 50.0, 100.0, 200.0]);
        assert_eq!(Scale::log(1e-4, 1.0, 0.0, 1.0).ticks(6).len(), 5);
    }

    #[test]
    fn a_scale_of_one_value_is_still_one() {
        assert!(Scale::linear(5.0, 5.0, 0.0, 100.0).at(5.0).is_finite());
        assert!(Scale::log(5.0, 5.0, 0.0, 100.0).at(5.0).is_finite());
        assert!(Scale::log(0.0, 0.0, 0.0, 100.0).at(0.0).is_finite());
    }
}

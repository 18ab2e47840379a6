//! Cameras that were tried, and the steps of a cold start.

use super::Numbered;
use super::markup::{escape, stroke, swatch};
use super::number::{count, percent, set_ms, significant};
use super::plot::{Anchor, Picture, Scale};
use crate::bench::report::{Cold, Streams, StreamsTried};

const WIDTH: f64 = 343.0;

/// Empty where the case is no `streams`.
pub(super) fn cameras(case: &Numbered<'_>) -> String {
    let Some(streams) = case
        .figures
        .streams
        .as_ref()
        .filter(|streams| !streams.tried.is_empty())
    else {
        return String::new();
    };
    let budget = case.result.case.budget_ms;
    let caption = format!("{}: slowest part by cameras", case.name());
    captioned(case, &caption, &tried(case, streams, budget))
}

fn tried(case: &Numbered<'_>, streams: &Streams, budget: f64) -> String {
    const HEIGHT: f64 = 162.0;
    const LEFT: f64 = 46.0;
    const RIGHT: f64 = 333.0;
    const TOP: f64 = 24.0;
    const BOTTOM: f64 = 128.0;
    let mut tried = streams.tried.clone();
    tried.sort_by_key(|tried| tried.cameras);
    let values = || tried.iter().map(|tried| tried.max_us / 1e3);
    let least = values().fold(budget, f64::min);
    let most = values().fold(budget, f64::max);
    let y = Scale::log(least / 1.4, most * 1.4, BOTTOM, TOP);
    let mut picture = Picture::new(WIDTH, HEIGHT, "Slowest part for each number of cameras");
    picture.vertical_axis(&y, [LEFT, RIGHT], "slowest part, ms", 6);
    let at_budget = y.at(budget);
    picture.line("budget", [LEFT, at_budget], [RIGHT, at_budget]);
    let label = format!("budget {}", set_ms(budget));
    // Above the line, unless the name of the axis stands there.
    let below = if at_budget < TOP + 12.0 { 14.0 } else { 0.0 };
    let place = [LEFT + 4.0, at_budget - 4.0 + below];
    picture.text("mark", place, Anchor::Start, &label);
    picture.line("base", [LEFT, BOTTOM], [RIGHT, BOTTOM]);
    let step = (RIGHT - LEFT) / tried.len() as f64;
    let (colour, _) = stroke(case.at);
    let place = |(place, tried): (usize, &StreamsTried)| {
        let x = LEFT + step * (place as f64 + 0.5);
        [x, y.at(tried.max_us / 1e3)]
    };
    let places: Vec<[f64; 2]> = tried.iter().enumerate().map(place).collect();
    picture.path(&places, (colour, "none"), 1.2);
    for ([x, top], tried) in places.into_iter().zip(&tried) {
        let is_served = tried.cameras <= streams.cameras;
        let fill = if is_served { colour } else { "#ffffff" };
        picture.dot(fill, colour, [x, top]);
        let cameras = tried.cameras.to_string();
        picture.text("tick", [x, BOTTOM + 13.0], Anchor::Middle, &cameras);
        let why = match tried.missed {
            0 => format!("busy {}", percent(tried.busy_share)),
            missed => format!("{} late", count(missed)),
        };
        if !is_served {
            // To the left there is room, because more cameras are slower.
            picture.text("mark", [x - 7.0, top - 3.0], Anchor::End, &why);
        }
    }
    // "cameras", or "sets of 2 cameras".
    let several = case.result.case.streams(2);
    let counted = several.trim_start_matches("2 ");
    picture.text(
        "axis",
        [RIGHT, BOTTOM + 28.0],
        Anchor::End,
        &format!("{counted} (hollow: not served)"),
    );
    picture.finish()
}

/// Empty where the case is no `cold`.
pub(super) fn start(case: &Numbered<'_>) -> String {
    let Some(cold) = case
        .figures
        .cold
        .as_ref()
        .filter(|cold| !cold.steps.is_empty())
    else {
        return String::new();
    };
    let caption = format!("{}: start to first verdict", case.name());
    captioned(case, &caption, &steps(case, cold))
}

fn steps(case: &Numbered<'_>, cold: &Cold) -> String {
    const LEFT: f64 = 104.0;
    const RIGHT: f64 = 280.0;
    const TOP: f64 = 12.0;
    const ROW: f64 = 25.0;
    let bottom = TOP + ROW * cold.steps.len() as f64;
    let most = cold
        .steps
        .iter()
        .map(|step| step.max_ms.max(step.done_ms))
        .fold(0.0, f64::max);
    let x = Scale::linear(0.0, most, LEFT, RIGHT);
    let mut picture = Picture::new(WIDTH, bottom + 34.0, "Steps of a cold start");
    let (colour, _) = stroke(case.at);
    let mut begin = LEFT;
    for (row, step) in cold.steps.iter().enumerate() {
        let middle = TOP + ROW * (row as f64 + 0.5);
        let end = x.at(step.done_ms);
        picture.text(
            "label",
            [LEFT - 8.0, middle + 3.2],
            Anchor::End,
            &shortened(&step.name),
        );
        picture.bar(
            colour,
            colour,
            [begin, middle - 6.0],
            [(end - begin).max(1.0), 12.0],
        );
        let [least, most] = [step.min_ms, step.max_ms].map(|ms| x.at(ms));
        picture.line("spread", [least, middle], [most, middle]);
        for end in [least, most] {
            picture.line("spread", [end, middle - 3.0], [end, middle + 3.0]);
        }
        let value = format!("{} ms", significant(step.done_ms));
        picture.text(
            "mark",
            [most.max(end) + 5.0, middle + 3.2],
            Anchor::Start,
            &value,
        );
        begin = end;
    }
    let starts = format!("ms since process start; spread of {} starts", cold.starts);
    picture.horizontal_axis(&x, bottom, &starts, 4);
    picture.finish()
}

/// As much of a name as has room.
fn shortened(name: &str) -> String {
    const CHARACTERS_MAX: usize = 17;
    if name.chars().count() <= CHARACTERS_MAX {
        return name.to_owned();
    }
    let kept: String = name.chars().take(CHARACTERS_MAX - 1).collect();
    format!("{}…", kept.trim_end())
}

fn captioned(case: &Numbered<'_>, caption: &str, picture: &str) -> String {
    format!(
        "<figure><figcaption>{}{}</figcaption>{picture}</figure>",
        swatch(case.at),
        escape(caption)
    )
}

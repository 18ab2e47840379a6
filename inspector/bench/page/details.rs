//! What else was found of each case, that no table has a column for.

use super::Numbered;
use super::markup::{escape, swatch};
use super::names;
use super::notes;
use super::number::{count, mebibytes, ms, percent, significant};
use crate::bench::case::Case;
use crate::bench::report::{Distribution, EndToEnd, Energy, Figures};
use crate::bench::table::way;

/// A paragraph for each case.
pub(super) fn list(cases: &[Numbered<'_>]) -> String {
    let item = |case: &Numbered<'_>| {
        let styles = names::is_cut(&case.result.case)
            .then(|| format!("Styles: {}.", case.result.case.names().join(", ")));
        let sentences: String = styles
            .into_iter()
            .chain(sentences(&case.result.case, case.figures))
            .map(|sentence| format!("{} ", escape(&sentence)))
            .collect();
        let name = escape(case.name());
        format!(
            "<li><p>{}<strong>{name}</strong> {}</p></li>",
            swatch(case.at),
            sentences.trim_end()
        )
    };
    let items: String = cases.iter().map(item).collect();
    if items.is_empty() {
        items
    } else {
        format!("<ul class=\"details\">{items}</ul>")
    }
}

fn sentences(case: &Case, figures: &Figures) -> Vec<String> {
    let mut all = Vec::new();
    let verdicts = figures.verdicts;
    if verdicts.pass + verdicts.fail + verdicts.not_decided > 0 {
        all.push(format!(
            "Verdicts, all as expected: {} pass, {} fail, {} not decided.",
            count(verdicts.pass),
            count(verdicts.fail),
            count(verdicts.not_decided)
        ));
    }
    all.extend(
        figures
            .model
            .as_ref()
            .map(|model| format!("Model alone: {}.", quantiles(model))),
    );
    let processor_ms = figures.usage.processor_ms_per_part;
    if processor_ms > 0.0 {
        all.push(format!(
            "{}\u{a0}ms of processor time per part.",
            significant(processor_ms)
        ));
    }
    of_scenario(case, figures, &mut all);
    of_memory(figures, &mut all);
    all.push(energy(&figures.energy));
    all.push(notes::disturbance(&figures.disturbance));
    all
}

fn of_scenario(case: &Case, figures: &Figures, all: &mut Vec<String>) {
    if let Some(raw) = &figures.raw {
        let [low, high] = raw.share_interval;
        all.push(format!(
            "The graph alone, in turns with the whole: {} runs per second; the whole reaches {} of that ({} to {} \
             with 95\u{a0}% confidence, {} rounds).",
            significant(raw.runs_per_s),
            percent(raw.share),
            percent(low),
            percent(high),
            raw.rounds
        ));
    }
    if let Some(mixed) = &figures.mixed {
        let [low, high] = mixed.ratio_interval;
        all.push(format!(
            "{} styles, loaded in {}\u{a0}s; the median part takes {low:.3} to {high:.3} times as long as with one style \
             (best estimate {:.3}; {} with one style).",
            mixed.styles,
            significant(mixed.load_s),
            mixed.ratio,
            quantiles(&mixed.single)
        ));
    }
    if let Some(cold) = &figures.cold {
        all.push(format!(
            "{} starts with files in the page cache; the first run of a session takes {}\u{a0}ms, the tenth {}\u{a0}ms.",
            cold.starts,
            significant(cold.first_run_ms),
            significant(cold.later_run_ms)
        ));
    }
    if let Some(streams) = &figures.streams {
        let tried = streams.tried.iter().map(|tried| {
            let (late, busy) = (count(tried.missed), percent(tried.busy_share));
            format!("{} ({late} late, {busy} busy)", tried.cameras)
        });
        let tried: Vec<String> = tried.collect();
        all.push(format!(
            "Figures are those of {}. Tried in this order: {}.",
            case.streams(streams.cameras),
            tried.join(", ")
        ));
    }
    if let Some(end_to_end) = &figures.end_to_end {
        of_station(end_to_end, all);
        if let Some(over) = &end_to_end.over_modbus {
            all.push(format!(
                "From {}, less the model's own run: {}. Without an answer: {}.",
                way(case.output),
                quantiles(&over.took),
                count(over.unanswered)
            ));
        }
    }
}

fn of_station(end_to_end: &EndToEnd, all: &mut Vec<String>) {
    let late = &end_to_end.output_late;
    all.push(format!(
        "The output was set after its time by {}.",
        quantiles(late)
    ));
    let stages = end_to_end.stages.iter().map(|stage| {
        let [median, slowest] = [stage.p50_us, stage.max_us].map(|us| ms(us as f64));
        format!("{} {median} (at most {slowest})", stage.name)
    });
    let stages: Vec<String> = stages.collect();
    if !stages.is_empty() {
        all.push(format!("Median of each stage: {}.", stages.join(", ")));
    }
    let causes = end_to_end.not_decided.iter();
    let causes: Vec<String> = causes
        .map(|(cause, parts)| format!("{cause} {}", count(*parts)))
        .collect();
    all.push(match causes.is_empty() {
        true => "Every part had a verdict.".to_owned(),
        false => format!("Parts without a verdict, by cause: {}.", causes.join(", ")),
    });
}

fn of_memory(figures: &Figures, all: &mut Vec<String>) {
    let usage = &figures.usage;
    if usage.memory_start_bytes > 0 {
        let [start, end] =
            [usage.memory_start_bytes, usage.memory_end_bytes].map(|bytes| mebibytes(bytes as f64));
        all.push(format!("Memory {start}\u{a0}MiB at first, {end} at last."));
    }
    if let Some(slope) = usage.memory_slope_bytes_per_h {
        let [low, high] = slope.interval.map(mebibytes);
        let value = mebibytes(slope.value);
        all.push(format!(
            "It grew by {value}\u{a0}MiB per hour over the second half ({low} to {high} with 95\u{a0}% confidence)."
        ));
    }
    if let Some(drift) = usage.tail_drift {
        all.push(format!(
            "p99 of the last quarter is {drift:.3} times that of the second."
        ));
    }
}

fn quantiles(times: &Distribution) -> String {
    let (name, us) = times.tail();
    let median = times
        .p50
        .map(|median| format!("p50 {}", ms(median.value_us)));
    let tail = format!("{name} {}", ms(us));
    let max = (name != "max").then(|| format!("max {}", ms(times.max_us)));
    let all: Vec<String> = median.into_iter().chain([tail]).chain(max).collect();
    all.join(", ")
}

fn energy(energy: &Energy) -> String {
    match energy {
        Energy::NotMeasurable(reason) => format!("Energy not measurable: {reason}."),
        Energy::Measured(drawn) => {
            let counters = drawn.iter().map(|drawn| {
                let (joules, watts) =
                    (significant(drawn.joules_per_part), significant(drawn.watts));
                format!("{} {joules}\u{a0}J per part, {watts}\u{a0}W", drawn.counter)
            });
            format!("Energy: {}.", counters.collect::<Vec<_>>().join("; "))
        }
    }
}

//! The report as one page for a buyer: HTML that needs no script and no other file, and prints on A4.
//!
//! Belongs here: how figures are shown. Deliberately absent: any figure that is not in the report, and what the
//! terminal shows.

mod answers;
mod bars;
mod course;
mod curves;
mod details;
mod markup;
mod names;
mod notes;
mod number;
mod plot;
mod tables;

pub use markup::escape;

use super::report::{CaseResult, Figures, Outcome, Report};

/// A case that has figures, with its place in the report, which is its number less one.
struct Numbered<'a> {
    at: usize,
    result: &'a CaseResult,
    figures: &'a Figures,
    name: String,
}

impl Numbered<'_> {
    /// Scenario and model where that tells it from the other cases, else with all that was chosen.
    fn name(&self) -> &str {
        &self.name
    }

    /// None where no budget was checked.
    fn budget_ms(&self) -> Option<f64> {
        self.figures.deadline.map(|_| self.result.case.budget_ms)
    }
}

/// The whole page.
pub fn html(report: &Report) -> String {
    let numbered = report.results.iter().enumerate();
    let cases: Vec<Numbered<'_>> = numbered
        .filter_map(|(at, result)| match &result.outcome {
            Outcome::Measured(figures) => Some(Numbered {
                at,
                result,
                figures,
                name: names::shortest(result, &report.results),
            }),
            Outcome::Refused(_) => None,
        })
        .collect();
    let machine = markup::escape(&report.machine.processor);
    let station = report.station.as_deref().map_or(String::new(), |name| {
        format!("station {} · ", markup::escape(name))
    });
    let incomplete = match report.is_complete {
        true => "",
        false => {
            "<p class=\"warning\">This report is not complete: it ended before every case of its plan had a result.</p>"
        }
    };
    let sections = [
        ("Machine", tables::machine(&report.machine)),
        ("Results", tables::results(&report.results)),
        ("Plots", plots(&cases)),
        ("More of each case", details::list(&cases)),
        ("What the figures mean", notes::list(report)),
    ];
    let sections: String = sections
        .into_iter()
        .filter(|(_, content)| !content.is_empty())
        .map(|(title, content)| format!("<section><h2>{title}</h2>{content}</section>"))
        .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <title>Does this machine hold the cycle? {machine}</title><style>\n{}</style></head><body>\
         <header><h1>Does this machine hold the cycle?</h1><p class=\"small\">{station}{} · plan {} · {} to {}</p>{incomplete}</header>\
         {}{sections}</body></html>\n",
        include_str!("page.css"),
        markup::escape(&report.made_by),
        markup::escape(&report.plan),
        markup::escape(&number::moment(&report.started_at)),
        markup::escape(&number::moment(&report.ended_at)),
        answers::list(&report.results),
    )
}

fn plots(cases: &[Numbered<'_>]) -> String {
    let figures: String = [curves::figure(cases)]
        .into_iter()
        .chain(cases.iter().map(course::figure))
        .chain(cases.iter().map(bars::cameras))
        .chain(cases.iter().map(bars::start))
        .collect();
    if figures.is_empty() {
        figures
    } else {
        format!("<div class=\"figures\">{figures}</div>")
    }
}

#[cfg(test)]
mod tests;

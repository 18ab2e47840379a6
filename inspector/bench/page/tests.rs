//! The page says everything that is in the report, and nothing that a browser could run or fetch.

use super::*;
use crate::bench::case::Scenario;
use crate::bench::report::{Deadline, Distribution, Energy};
use crate::bench::sample;

/// Every element is closed, in the order in which it was opened.
fn check_elements(html: &str) {
    let mut open = Vec::new();
    let body = html.strip_prefix("<!DOCTYPE html>").expect("it is HTML");
    let (before, style) = body.split_once("<style>").expect("there is a style");
    let (_, after) = style.split_once("</style>").expect("it ends");
    let text = format!("{before}{after}");
    let mut rest = text.as_str();
    while let Some((words, tag)) = rest.split_once('<') {
        assert!(!words.contains('>'), "a stray > in {words:?}");
        let (tag, after) = tag.split_once('>').expect("a tag ends");
        rest = after;
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes of <{tag}>");
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "in {open:?}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for entity in text.split('&').skip(1) {
        let name = entity.split(';').next().unwrap_or_default();
        let is_known = ["amp", "lt", "gt", "quot"].contains(&name) || name.starts_with('#');
        assert!(is_known, "&{name};");
    }
}

fn figures(report: &mut Report, scenario: Scenario) -> &mut Figures {
    let found = report
        .results
        .iter_mut()
        .find(|result| result.case.scenario == scenario);
    match &mut found.expect("every scenario is there").outcome {
        Outcome::Measured(figures) => figures,
        Outcome::Refused(reason) => panic!("{reason}"),
    }
}

#[test]
fn a_page_is_well_formed_and_needs_nothing_else() {
    let html = html(&sample::report());
    check_elements(&html);
    for absent in [
        "http://", "https://", "<script", "<link", "@import", "url(", "NaN", "inf",
    ] {
        // `inf` as a number stands between markup or quotes.
        let absent = if absent == "inf" { ">inf<" } else { absent };
        assert!(!html.contains(absent), "{absent}");
    }
}

#[test]
fn a_buyer_reads_the_answer_first() {
    let mut report = sample::report();
    let takt = figures(&mut report, Scenario::Takt);
    takt.deadline = Some(Deadline {
        missed: 0,
        missed_share_at_most: 0.0004,
        headroom: 13.5,
    });
    if let Some(quantile) = takt
        .latency
        .as_mut()
        .and_then(|latency| latency.p999.as_mut())
    {
        quantile.value_us = 31_000.0;
    }
    let html = html(&report);
    let sentence = "On this machine, demo-parts <strong>holds 420\u{a0}ms</strong> with p99.9&#160;=&#160;31.0\u{a0}ms, \
        0 overtime of 10,000; headroom 13.5×; energy 2.13&#160;J per part (processor only).";
    let at = html.find(sentence).expect(sentence);
    assert!(at < html.find("Machine</h2>").expect("the machine is there"));
}

#[test]
fn what_is_not_held_or_not_known_is_said() {
    let mut report = sample::report();
    let takt = figures(&mut report, Scenario::Takt);
    takt.deadline = Some(Deadline {
        missed: 12,
        missed_share_at_most: 0.002,
        headroom: 0.9,
    });
    takt.energy = Energy::NotMeasurable("no RAPL counter".to_owned());
    report.is_complete = false;
    let html = html(&report);
    for part in [
        "does <strong>NOT hold 420\u{a0}ms</strong>: 12 of 10,000 parts had no verdict in time",
        "energy not measurable here",
        "Energy not measurable: no RAPL counter.",
        "This report is not complete",
        "Not measured:</strong> ONNX Runtime was built without CUDA",
        "others used 12\u{a0}% of the processors",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn cameras_that_were_not_exceeded_are_the_least() {
    let mut report = sample::report();
    assert!(html(&report).contains("serves <strong>8 cameras</strong>"));
    let streams = figures(&mut report, Scenario::Streams).streams.as_mut();
    streams.expect("it has streams").cameras = 32;
    assert!(html(&report).contains("serves <strong>at least 32 cameras</strong>"));
}

#[test]
fn a_recipe_is_told_with_its_version() {
    let mut report = sample::report();
    for result in &mut report.results {
        for subject in &mut result.case.subjects {
            (subject.name, subject.version) = ("bracket".to_owned(), Some(3));
            subject.views.push(subject.views[0].clone());
        }
    }
    let html = html(&report);
    check_elements(&html);
    for sentence in [
        "On this machine, recipe bracket version\u{a0}3 gives its first verdict",
        "recipe bracket version\u{a0}3 serves <strong>8 sets of 2 cameras</strong>",
        "a mix of 12 styles (recipes bracket version\u{a0}3 … bracket version\u{a0}3)",
    ] {
        assert!(html.contains(sentence), "{sentence}");
    }
}

#[test]
fn every_case_has_its_line_and_its_sentence() {
    let report = sample::report();
    let html = html(&report);
    assert_eq!(
        html.matches("<th scope=\"row\">").count(),
        report.results.len()
    );
    assert_eq!(
        html.matches("<p>On this machine, ").count(),
        report.results.len()
    );
    for figure in [
        "<svg class=\"plot\"",
        "Latency over time",
        "Memory in use",
        "cold start",
        "number of cameras",
    ] {
        assert!(html.contains(figure), "{figure}");
    }
}

#[test]
fn names_are_words_and_no_markup() {
    let mut report = sample::report();
    for result in &mut report.results {
        result.case.subjects.truncate(1);
        result.case.subjects[0].name = "<script>alert(\"1\")</script> & 'more'\u{7}".to_owned();
    }
    report.machine.processor = "<b>fast".to_owned();
    report.plan = "\"><img>".to_owned();
    report.station = Some("<img>'s".to_owned());
    let html = html(&report);
    check_elements(&html);
    assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<img"));
    assert!(
        html.contains("station &lt;img&gt;&#39;s ·")
            && html
                .contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;")
    );
}

#[test]
fn figures_that_are_absent_break_nothing() {
    let mut report = sample::report();
    report.machine = crate::bench::report::Machine::default();
    for result in &mut report.results {
        result.outcome = Outcome::Measured(Box::default());
    }
    check_elements(&html(&report));
    for result in &mut report.results {
        let figures = Figures {
            queries: 1,
            latency: Some(Distribution {
                count: 1,
                histogram: vec![(0.0, 1)],
                ..Distribution::default()
            }),
            deadline: Some(Deadline::default()),
            timeline: vec![Default::default(); 3],
            ..Figures::default()
        };
        result.outcome = Outcome::Measured(Box::new(figures));
    }
    let html = html(&report);
    check_elements(&html);
    assert!(!html.contains("NaN"), "a place is no number");
    report.results.clear();
    check_elements(&super::html(&report));
}

/// Writes pages to look at, of samples and of the reports (`.json`) in that folder:
/// `INSPECTOR_PAGES=/tmp/pages cargo test --lib bench::page`.
#[test]
fn pages_can_be_looked_at() {
    let Ok(folder) = std::env::var("INSPECTOR_PAGES") else {
        return;
    };
    let folder = std::path::Path::new(&folder);
    let write = |name: &str, report: &Report| {
        std::fs::write(folder.join(name), html(report)).expect("the folder is there");
    };
    for entry in std::fs::read_dir(folder)
        .expect("the folder is there")
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            let text = std::fs::read_to_string(entry.path()).expect("it can be read");
            write(
                &format!("{name}.html"),
                &Report::parse(&text, &name).expect("it is a report"),
            );
        }
    }
    let report = sample::report();
    write("all.html", &report);
    let mut four = report;
    let shown = [
        Scenario::Cold,
        Scenario::Takt,
        Scenario::Mixed,
        Scenario::Streams,
    ];
    four.results.retain(|result| {
        let is_measured = matches!(result.outcome, Outcome::Measured(_));
        shown.contains(&result.case.scenario) && is_measured
    });
    write("four.html", &four);
}

//! From the rows of a plan and what is to be measured to cases, each with the way in which its sessions run.

use super::subject::{Measured, Station, Subject};
use crate::bench::case::{Case, Scenario};
use crate::bench::plan::{Defaults, Numbers, Row};
use crate::priority;
use crate::station::verdict::Thresholds;
use models::runtime::Runtime;
use models::{Bundle, Device, Precision, Provider, SessionOptions, cores, tuned};
use std::sync::Arc;

/// A case, and what it measures.
#[derive(Clone)]
pub struct Chosen {
    /// What stands in the report.
    pub case: Case,
    /// One but for `mixed`.
    pub subjects: Vec<Arc<Subject>>,
}

/// All cases, each once, in the order of the rows.
///
/// # Errors
/// What in a row is wrong.
pub fn of(
    rows: &[Row],
    measured: &Measured,
    runtime: &Runtime,
) -> Result<Vec<Chosen>, Vec<String>> {
    let mut all: Vec<Chosen> = Vec::new();
    let mut problems = Vec::new();
    for row in rows {
        for &scenario in &row.scenarios {
            let found = match measured {
                Measured::Bundles {
                    bundles,
                    thresholds,
                } => of_bundles(row, scenario, (bundles, *thresholds), runtime),
                Measured::Station(station) => of_station(row, scenario, station),
            };
            match found {
                Ok(cases) => {
                    for case in cases {
                        if all.iter().all(|known| known.case != case.case) {
                            all.push(case);
                        }
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() {
        Ok(all)
    } else {
        Err(problems)
    }
}

/// Lists of what is measured together: all of them where they are mixed, else one by one.
fn groups<T: Clone>(scenario: Scenario, all: &[T]) -> Vec<Vec<T>> {
    match scenario {
        Scenario::Mixed => vec![all.to_vec()],
        _ => all.iter().map(|one| vec![one.clone()]).collect(),
    }
}

fn of_bundles(
    row: &Row,
    scenario: Scenario,
    (bundles, thresholds): (&[Arc<Bundle>], Thresholds),
    runtime: &Runtime,
) -> Result<Vec<Chosen>, String> {
    let mut cases = Vec::new();
    let is_allowed = priority::is_real_time_allowed();
    if row.real_time.contains(&true) && !is_allowed {
        return Err(
            "real_time: expected false, as the system does not allow this program real-time priority, found true \
             (docs/guide/install.md says how to allow it)"
                .to_owned(),
        );
    }
    let defaults = Defaults {
        real_time: is_allowed,
        ..Defaults::default()
    };
    for numbers in row.numbers(scenario, &defaults)? {
        for group in groups(scenario, bundles) {
            for options in ways(row, &group[0], runtime)? {
                let subjects = group.iter().map(|bundle| {
                    let subject = Subject::of_bundle(bundle, &options, numbers.image, thresholds);
                    Arc::new(subject)
                });
                cases.push(chosen(scenario, subjects.collect(), &numbers));
            }
        }
    }
    Ok(cases)
}

/// A station's recipes run as it runs them, so that a row says when parts come and how many, and no more.
fn of_station(row: &Row, scenario: Scenario, station: &Station) -> Result<Vec<Chosen>, String> {
    let keys = row.keys_of_settings();
    if !keys.is_empty() {
        return Err(format!(
            "{}: expected none beside --settings, whose [inspect] and cameras say it; change it there, or measure a \
             bundle by itself",
            keys.join(", ")
        ));
    }
    let name = scenario.name();
    if scenario.is_wide_as_its_station() && !row.widths.is_empty() {
        return Err(format!(
            "width: {name} takes all recipes and cameras that the settings have; expected none, found {:?}",
            row.widths
        ));
    }
    if let (Scenario::Mixed, [one]) = (scenario, station.recipes.as_slice()) {
        return Err(format!(
            "{name}: expected two recipes or more, found {} only",
            one.name
        ));
    }
    let mut cases = Vec::new();
    for group in groups(scenario, &station.recipes) {
        for mut numbers in row.numbers(scenario, &station.defaults)? {
            match scenario {
                Scenario::Mixed => numbers.width = group.len(),
                Scenario::EndToEnd => numbers.width = group[0].views.len(),
                _ => {}
            }
            cases.push(chosen(scenario, group.clone(), &numbers));
        }
    }
    Ok(cases)
}

fn chosen(scenario: Scenario, subjects: Vec<Arc<Subject>>, numbers: &Numbers) -> Chosen {
    // As in a station, whose priority is normal where there is no room.
    let most = cores::threads_of_run_max(numbers.workers);
    let mut views = subjects.iter().flat_map(|subject| &subject.views);
    let real_time = numbers.real_time && views.all(|view| view.options.threads <= most);
    let subjects = subjects.iter().map(|subject| subject.at(real_time));
    let subjects: Vec<_> = subjects.map(Arc::new).collect();
    let case = Case {
        scenario,
        subjects: subjects.iter().map(|subject| subject.told()).collect(),
        workers: numbers.workers,
        real_time,
        batch: numbers.batch,
        takt_ms: numbers.takt_ms,
        budget_ms: numbers.budget_ms,
        width: numbers.width,
        output: numbers.output,
        queries: numbers.queries,
        warm_up: numbers.warm_up,
        keep_warm_ms: numbers.keep_warm_ms,
    };
    Chosen { case, subjects }
}

/// All ways of computing that a row asks for.
fn ways(row: &Row, bundle: &Bundle, runtime: &Runtime) -> Result<Vec<SessionOptions>, String> {
    let noted = tuned::of(runtime, bundle).map_err(|error| error.to_string())?;
    let noted = noted.filter(|_| row.providers.is_empty() && row.precisions.is_empty());
    let base = noted.unwrap_or_else(|| SessionOptions {
        threads: cores::count(),
        ..SessionOptions::default()
    });
    let mut ways = Vec::new();
    for provider in providers(row, base.provider, runtime)? {
        for precision in precisions(row, provider, &base)? {
            let threads = if row.threads.is_empty() {
                vec![base.threads]
            } else {
                row.threads.clone()
            };
            for threads in threads {
                ways.push(SessionOptions {
                    provider,
                    precision,
                    threads: if threads == 0 {
                        cores::count()
                    } else {
                        threads
                    },
                    ..base.clone()
                });
            }
        }
    }
    Ok(ways)
}

fn providers(row: &Row, base: Provider, runtime: &Runtime) -> Result<Vec<Provider>, String> {
    let mut all = Vec::new();
    for name in &row.providers {
        if name == "available" {
            let (candidates, _) = tuned::candidates(runtime, 1);
            for options in candidates {
                if !all.contains(&options.provider) {
                    all.push(options.provider);
                }
            }
            continue;
        }
        let (key, device) = name.split_once(':').unwrap_or((name, "cpu"));
        let device = Device::named(device);
        let provider = device.and_then(|device| Provider::named(key, device));
        all.push(provider.ok_or_else(|| {
            format!(
                "providers: expected {}, openvino:gpu, openvino:npu, openvino:auto or available, found {name:?}",
                Provider::NAMES.join(", ")
            )
        })?);
    }
    Ok(if all.is_empty() { vec![base] } else { all })
}

fn precisions(
    row: &Row,
    provider: Provider,
    base: &SessionOptions,
) -> Result<Vec<Precision>, String> {
    let has = provider.precisions();
    let mut all = Vec::new();
    for name in &row.precisions {
        match (name.as_str(), Precision::named(name)) {
            ("available", _) => all.extend(has),
            (_, Some(precision)) => all.push(precision),
            _ => {
                return Err(format!(
                    "precisions: expected f32, bf16, f16 or available, found {name:?}"
                ));
            }
        }
    }
    Ok(match all.is_empty() {
        true if provider == base.provider => vec![base.precision],
        true => vec![has[0]],
        false => all,
    })
}

//! From the rows of a plan and the bundles to cases, each with the way in which its sessions run.

use crate::bench::case::{Case, Scenario};
use crate::bench::plan::{Numbers, Row};
use models::runtime::Runtime;
use models::{Bundle, Device, Precision, Provider, SessionOptions, tuned};

/// A case, and how its sessions run.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// What stands in the report.
    pub case: Case,
    /// Indices of its bundles.
    pub bundles: Vec<usize>,
    /// What computes.
    pub options: SessionOptions,
}

/// Cores that this program may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// All cases, each once, in the order of the rows.
///
/// # Errors
/// What in a row is wrong.
pub fn of(rows: &[Row], bundles: &[Bundle], runtime: &Runtime) -> Result<Vec<Chosen>, Vec<String>> {
    let mut all: Vec<Chosen> = Vec::new();
    let mut problems = Vec::new();
    for row in rows {
        for &scenario in &row.scenarios {
            match of_scenario(row, scenario, bundles, runtime) {
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

fn of_scenario(
    row: &Row,
    scenario: Scenario,
    bundles: &[Bundle],
    runtime: &Runtime,
) -> Result<Vec<Chosen>, String> {
    let every: Vec<usize> = (0..bundles.len()).collect();
    let groups: Vec<Vec<usize>> = match scenario {
        Scenario::Mixed => vec![every],
        _ => every.into_iter().map(|one| vec![one]).collect(),
    };
    let mut cases = Vec::new();
    for numbers in row.numbers(scenario)? {
        for group in &groups {
            for options in ways(row, &bundles[group[0]], runtime)? {
                let of_group: Vec<&Bundle> = group.iter().map(|index| &bundles[*index]).collect();
                cases.push(Chosen {
                    case: case(scenario, &of_group, &options, &numbers),
                    bundles: group.clone(),
                    options,
                });
            }
        }
    }
    Ok(cases)
}

/// All ways of computing that a row asks for.
fn ways(row: &Row, bundle: &Bundle, runtime: &Runtime) -> Result<Vec<SessionOptions>, String> {
    let noted = tuned::of(runtime, bundle).map_err(|error| error.to_string())?;
    let noted = noted.filter(|_| row.providers.is_empty() && row.precisions.is_empty());
    let base = noted.unwrap_or_else(|| SessionOptions {
        threads: cores(),
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
                let spinning = if row.spinning.is_empty() {
                    &[false][..]
                } else {
                    &row.spinning
                };
                for &is_spinning in spinning {
                    ways.push(SessionOptions {
                        provider,
                        precision,
                        threads: if threads == 0 { cores() } else { threads },
                        is_spinning,
                        ..base.clone()
                    });
                }
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

fn case(
    scenario: Scenario,
    bundles: &[&Bundle],
    options: &SessionOptions,
    numbers: &Numbers,
) -> Case {
    let device = options.provider.device();
    Case {
        scenario,
        bundles: bundles
            .iter()
            .map(|bundle| bundle.manifest().name.clone())
            .collect(),
        models_sha256: bundles
            .iter()
            .map(|bundle| bundle.manifest().sha256.clone())
            .collect(),
        provider: options.provider.key().to_owned(),
        device: if device.is_empty() {
            "cpu".to_owned()
        } else {
            device.to_lowercase()
        },
        precision: options.precision.name().to_owned(),
        threads: options.threads,
        is_spinning: options.is_spinning,
        workers: numbers.workers,
        image: numbers.image,
        takt_ms: numbers.takt_ms,
        budget_ms: numbers.budget_ms,
        width: numbers.width,
        queries: numbers.queries,
        warm_up: numbers.warm_up,
        keep_warm_ms: numbers.keep_warm_ms,
    }
}

//! The room of statistics against packages that others wrote: pccpy, capstat-core, scipy, statsmodels.

use inspector::statistics::Counted;
use inspector::statistics::agreement::{Rated, Study};
use inspector::statistics::charts::{Chart, Kind, Subgroup};
use inspector::statistics::sampling::{AQLS, Level, Severity, Switching, normal_plan};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

fn intervals() -> Value {
    let of = [
        (0, 30),
        (0, 50),
        (1, 50),
        (48, 50),
        (96, 100),
        (0, 100),
        (3, 1_000),
        (29, 30),
    ];
    let large = [
        (0, 0x10_0000),
        (7, 100_000),
        (81_234, 1_000_000),
        (999_000, 1_000_000),
    ];
    let told = of.into_iter().chain(large).map(|(count, of)| {
        let (low, high) = Counted { count, of }.interval();
        json!([count, of, low, high])
    });
    told.collect()
}

fn charts(rng: &mut fastrand::Rng) -> Value {
    let mut charts = Vec::new();
    for (kind, name) in [(Kind::P, "p"), (Kind::Laney, "laney")] {
        for _ in 0..10 {
            let groups: Vec<Subgroup> = (0..25)
                .map(|_| {
                    let parts = rng.u64(200..2_000);
                    Subgroup {
                        parts,
                        rejects: rng.u64(parts / 50..parts / 5),
                    }
                })
                .collect();
            let chart = Chart::of(&groups, kind).unwrap();
            let limits: Vec<_> = chart
                .limits
                .iter()
                .flatten()
                .map(|it| (it.low, it.high))
                .collect();
            let (parts, rejects): (Vec<u64>, Vec<u64>) =
                groups.iter().map(|it| (it.parts, it.rejects)).unzip();
            charts
                .push(json!({"kind": name, "parts": parts, "rejects": rejects, "limits": limits}));
        }
    }
    Value::from(charts)
}

fn plans() -> Value {
    let mut plans = Vec::new();
    for lot in [
        2, 8, 9, 15, 25, 26, 50, 90, 150, 151, 280, 500, 501, 1_200, 3_200, 10_000, 35_000,
        150_000, 500_000, 500_001,
    ] {
        for (level, number) in [(Level::I, 1), (Level::II, 2), (Level::III, 3)] {
            for aql in AQLS {
                let plan = normal_plan(lot, level, aql).unwrap();
                plans.push(json!([
                    lot,
                    number,
                    aql,
                    plan.letter,
                    plan.sample,
                    plan.accept
                ]));
            }
        }
    }
    Value::from(plans)
}

fn switching(rng: &mut fastrand::Rng) -> Value {
    let course = |_| {
        let lots: Vec<u8> = (0..60).map(|_| u8::from(rng.f64() < 0.9)).collect();
        let may_reduce = rng.bool();
        let mut rules = Switching::new(may_reduce);
        let severities: Vec<&str> = lots
            .iter()
            .map(|lot| {
                let severity = rules.severity();
                rules.lot(*lot == 1);
                match severity {
                    Severity::Normal => "normal",
                    Severity::Tightened => "tightened",
                    Severity::Reduced => "reduced",
                    Severity::Discontinued => "discontinued",
                }
            })
            .collect();
        json!([lots, may_reduce, severities])
    };
    (0..200).map(course).collect()
}

/// Kappas of pairs, and Fleiss' kappa, of studies that were drawn.
fn studies(rng: &mut fastrand::Rng) -> (Value, Value) {
    let (mut kappas, mut fleiss) = (Vec::new(), Vec::new());
    for categories in [2, 2, 3, 4] {
        let part = |_| {
            let reference = rng.usize(..categories);
            let mut rating = || match rng.f64() < 0.8 {
                true => reference,
                false => rng.usize(..categories),
            };
            let ratings = (0..2).map(|_| (0..3).map(|_| rating()).collect()).collect();
            Rated { reference, ratings }
        };
        let study = Study {
            appraisers: ["A", "B"].map(str::to_owned).to_vec(),
            categories: (0..categories).map(|it| it.to_string()).collect(),
            good: 0,
            parts: (0..40).map(part).collect(),
        };
        let agreement = study.agreement();
        for pair in &agreement.pairs {
            let kappa = pair.kappa.unwrap();
            kappas.push(json!([pair.table, kappa.value, kappa.low, kappa.high]));
        }
        let counts = study.parts.iter().map(|part| {
            let of = |category| {
                part.ratings
                    .iter()
                    .flatten()
                    .filter(|it| **it == category)
                    .count()
            };
            (0..categories).map(of).collect::<Vec<_>>()
        });
        fleiss.push(json!([counts.collect::<Vec<_>>(), agreement.fleiss]));
    }
    (Value::from(kappas), Value::from(fleiss))
}

#[test]
fn others_compute_the_same() {
    let Some(python) = std::env::var_os("INSPECTOR_ORACLES").filter(|python| !python.is_empty())
    else {
        println!(
            "SKIPPED: needs pccpy and others; INSPECTOR_ORACLES=$(tests/quality/oracles.sh), as in `make test`"
        );
        return;
    };
    let mut rng = fastrand::Rng::with_seed(1);
    let (kappas, fleiss) = studies(&mut rng);
    let said = json!({
        "intervals": intervals(), "charts": charts(&mut rng), "plans": plans(), "switching": switching(&mut rng),
        "kappas": kappas, "fleiss": fleiss,
    });
    let mut others = Command::new(python)
        .arg("tests/quality/oracles.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut input = others.stdin.take().unwrap();
    input.write_all(said.to_string().as_bytes()).unwrap();
    drop(input);
    let output = others.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
}

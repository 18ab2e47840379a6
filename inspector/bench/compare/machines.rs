//! Whether both reports are of one machine and of the same libraries.

use super::Difference;
use crate::bench::report::{Gpu, Machine, Report};

/// Differences of averaged load that are worth telling: half a processor.
const LOAD_MIN: f64 = 0.5;

/// Libraries and settings; all else is the machine itself.
const NOT_THE_MACHINE: [&str; 3] = ["ONNX Runtime", "providers", "load"];

pub(super) fn differences(a: &Machine, b: &Machine) -> Vec<Difference> {
    let mut all: Vec<(&str, [String; 2])> = Vec::new();
    let mut tell = |what, of: &dyn Fn(&Machine) -> String| all.push((what, [of(a), of(b)]));
    tell("processor", &|machine| machine.processor.clone());
    tell("cores", &|machine| machine.cores.to_string());
    tell("instructions", &|machine| machine.instructions.join(" "));
    tell("virtual machine", &|machine| {
        if machine.is_virtual { "yes" } else { "no" }.to_owned()
    });
    tell("memory", &|machine| {
        format!(
            "{:.1} GiB",
            machine.memory_bytes as f64 / f64::from(1 << 30)
        )
    });
    tell("GPUs", &|machine| {
        let words = |gpu: &Gpu| format!("{} driver {}", gpu.name, gpu.driver);
        machine
            .gpus
            .iter()
            .map(words)
            .collect::<Vec<_>>()
            .join(" + ")
    });
    tell("kernel", &|machine| machine.kernel.clone());
    tell("system", &|machine| machine.system.clone());
    tell("governor", &|machine| {
        machine.governor.clone().unwrap_or_default()
    });
    tell("ONNX Runtime", &|machine| machine.onnxruntime.clone());
    tell("providers", &|machine| machine.providers.join(", "));
    if let (Some(of_a), Some(of_b)) = (a.load, b.load)
        && (of_a - of_b).abs() >= LOAD_MIN
    {
        all.push(("load", [of_a, of_b].map(|load| format!("{load:.1}"))));
    }
    let differ = all.into_iter().filter(|(_, [a, b])| a != b);
    let difference = |(what, [a, b]): (&str, [String; 2])| Difference {
        what: what.to_owned(),
        a,
        b,
    };
    differ.map(difference).collect()
}

pub(super) fn warnings(reports: [&Report; 2], differences: &[Difference]) -> Vec<String> {
    let mut warnings = Vec::new();
    let is_machine = |difference: &Difference| !NOT_THE_MACHINE.contains(&difference.what.as_str());
    if differences.iter().any(is_machine) {
        let warning = "the machines differ: a ratio below is of machines, not of versions";
        warnings.push(warning.to_owned());
    }
    for (side, report) in ["A", "B"].into_iter().zip(reports) {
        if !report.is_complete {
            warnings.push(format!(
                "{side} is not complete: cases of its plan have no result"
            ));
        }
    }
    warnings
}

//! `[inspect]`: how models run.

use super::super::document::Document;
use crate::priority;
use models::{Device, Precision, Provider, SessionOptions, cores};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The table `[inspect]`, checked.
#[derive(Clone, Debug)]
pub struct InspectSettings {
    /// Frames inspected at the same time, 1 to 16.
    pub threads: usize,
    /// Threads of one model run, 1 to 64; `None` leaves it to what was tuned.
    pub model_threads: Option<usize>,
    /// What computes, and in which precision; `None` leaves it to what was tuned.
    pub provider: Option<(Provider, Precision)>,
    /// Whether threads that decide are to have real-time priority; see [`is_real_time`](Self::is_real_time).
    pub real_time: bool,
    /// Whether a model of which the provider leaves a part to the processor is refused.
    pub required: bool,
    /// Where TensorRT keeps the engines that it built.
    pub engines: PathBuf,
    /// After so long without a frame a model runs on nothing; zero is never.
    pub keep_warm: Duration,
}

impl InspectSettings {
    /// How a model runs, given what was tuned for it here.
    pub fn options(&self, tuned: Option<SessionOptions>) -> SessionOptions {
        let mut options = match self.provider {
            Some((provider, precision)) => SessionOptions {
                provider,
                precision,
                ..self.untuned(provider)
            },
            None => tuned.unwrap_or_else(|| self.untuned(Provider::default())),
        };
        options.real_time = self.is_real_time();
        if options.real_time {
            let most = cores::threads_of_run_max(self.threads);
            options.threads = options.threads.min(most);
        }
        if let Some(threads) = self.model_threads {
            options.threads = threads;
        }
        options.is_required = self.required;
        options.engines = Some(self.engines.clone());
        options
    }

    /// Whether threads that decide have real-time priority: asked for, allowed by the system, and
    /// [not too many](Self::has_room).
    pub fn is_real_time(&self) -> bool {
        self.real_time && self.has_room() && priority::is_real_time_allowed()
    }

    /// Whether there is a processor for each thread that computes, where the settings say how many a run has.
    pub fn has_room(&self) -> bool {
        let most = cores::threads_of_run_max(self.threads);
        self.model_threads.is_none_or(|threads| threads <= most)
    }

    /// With a normal priority the scheduler may have the threads of a run wait for each other on one core, so that
    /// more of them may be worth nothing.
    fn untuned(&self, provider: Provider) -> SessionOptions {
        let mut options = SessionOptions::default();
        if self.is_real_time() && provider == Provider::Cpu {
            options.threads = cores::threads_of_run(self.threads);
        }
        options
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawInspect {
    threads: usize,
    model_threads: Option<usize>,
    real_time: bool,
    provider: Option<String>,
    device: Option<String>,
    precision: Option<String>,
    required: bool,
    engines: PathBuf,
    keep_warm_ms: u64,
}

impl Default for RawInspect {
    fn default() -> Self {
        Self {
            threads: 1,
            model_threads: None,
            real_time: true,
            provider: None,
            device: None,
            precision: None,
            required: false,
            engines: PathBuf::from("engines"),
            keep_warm_ms: 0,
        }
    }
}

/// Every problem is noted; what is given then counts for nothing.
pub(super) fn checked(
    document: &mut Document<'_>,
    raw: RawInspect,
    folder: &Path,
) -> InspectSettings {
    let mut wrong = |message: String| document.problem(None, message);
    if !(1..=16).contains(&raw.threads) {
        wrong(format!(
            "inspect.threads: expected 1 to 16, found {}",
            raw.threads
        ));
    }
    if let Some(threads) = raw.model_threads
        && !(1..=64).contains(&threads)
    {
        wrong(format!(
            "inspect.model_threads: expected 1 to 64, found {threads}"
        ));
    }
    if raw.keep_warm_ms > 60_000 {
        wrong(format!(
            "inspect.keep_warm_ms: expected 0 to 60000, found {}",
            raw.keep_warm_ms
        ));
    }
    let provider = match provider(&raw) {
        Ok(provider) => provider,
        Err(message) => {
            wrong(message);
            None
        }
    };
    InspectSettings {
        threads: raw.threads,
        model_threads: raw.model_threads,
        real_time: raw.real_time,
        provider,
        required: raw.required,
        engines: folder.join(raw.engines),
        keep_warm: Duration::from_millis(raw.keep_warm_ms),
    }
}

fn provider(raw: &RawInspect) -> Result<Option<(Provider, Precision)>, String> {
    let Some(name) = &raw.provider else {
        return match (&raw.device, &raw.precision) {
            (None, None) => Ok(None),
            _ => Err(
                "inspect.device and inspect.precision need inspect.provider beside them".to_owned(),
            ),
        };
    };
    let device = match &raw.device {
        Some(_) if name != "openvino" => {
            return Err("inspect.device: only \"openvino\" has a choice of devices".to_owned());
        }
        Some(name) => Device::named(name).ok_or_else(|| {
            format!(
                "inspect.device: expected \"cpu\", \"gpu\", \"npu\" or \"auto\", found {name:?}"
            )
        })?,
        None => Device::default(),
    };
    let provider = Provider::named(name, device).ok_or_else(|| {
        format!(
            "inspect.provider: expected one of {:?}, found {name:?}",
            Provider::NAMES
        )
    })?;
    let allowed = provider.precisions();
    let precision = match &raw.precision {
        None => allowed[0],
        Some(name) => Precision::named(name)
            .filter(|precision| allowed.contains(precision))
            .ok_or_else(|| {
                let names: Vec<&str> = allowed.iter().map(|allowed| allowed.name()).collect();
                format!(
                    "inspect.precision: expected one that this provider has, {names:?}, found {name:?}"
                )
            })?,
    };
    Ok(Some((provider, precision)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<InspectSettings, String> {
        let file = Path::new("/line/station.toml");
        let mut document = Document::parse(file, text).unwrap();
        let raw = document.section_or_default("inspect");
        let settings = raw.map(|raw| checked(&mut document, raw, Path::new("/line")));
        let problems: Vec<String> = document
            .finish(&["inspect"])
            .iter()
            .map(ToString::to_string)
            .collect();
        settings
            .filter(|_| problems.is_empty())
            .ok_or_else(|| problems.join("\n"))
    }

    #[test]
    fn without_a_provider_the_tuned_choice_runs_and_with_one_it_does_not() {
        let crowded = parse("[inspect]\nthreads = 16\nmodel_threads = 64\n").unwrap();
        assert!(crowded.real_time && !crowded.has_room() && !crowded.is_real_time());
        assert_eq!(crowded.options(None).threads, 64);
        let tuned = SessionOptions {
            provider: Provider::OpenVino(Device::Cpu),
            precision: Precision::Bf16,
            threads: 2,
            ..SessionOptions::default()
        };
        let open = parse("[inspect]\nreal_time = false\n").unwrap();
        assert_eq!(open.options(None).to_string(), "CPU, f32, 1 thread");
        for (threads, said) in [(1, ""), (16, "[inspect]\nthreads = 16\n")] {
            let soon = parse(said).unwrap();
            let is_allowed = priority::is_real_time_allowed();
            assert_eq!(soon.is_real_time(), is_allowed);
            let of_run = if is_allowed {
                cores::threads_of_run(threads)
            } else {
                1
            };
            assert_eq!(soon.options(None).threads, of_run);
        }
        let taken = open.options(Some(tuned.clone()));
        assert_eq!(taken.to_string(), "OpenVINO on CPU, bf16, 2 threads");
        let threads = parse("[inspect]\nmodel_threads = 1\nrequired = true\n").unwrap();
        let taken = threads.options(Some(tuned.clone()));
        assert_eq!(taken.to_string(), "OpenVINO on CPU, bf16, 1 thread");
        assert!(taken.is_required);
        let cpu = parse("[inspect]\nprovider = \"cpu\"\nreal_time = false\n").unwrap();
        let taken = cpu.options(Some(tuned));
        assert_eq!(taken.to_string(), "CPU, f32, 1 thread");
    }

    #[test]
    fn a_provider_is_named_with_its_device_and_precision() {
        let said = "[inspect]\nprovider = \"openvino\"\ndevice = \"npu\"\n";
        let options = parse(said).unwrap().options(None);
        assert_eq!(options.to_string(), "OpenVINO on NPU, f16, 1 thread");
        let said = "[inspect]\nprovider = \"tensorrt\"\nprecision = \"f16\"\n";
        let options = parse(said).unwrap().options(None);
        assert_eq!(options.to_string(), "TensorRT, f16, 1 thread");
        assert_eq!(options.engines, Some(PathBuf::from("/line/engines")));
    }

    #[test]
    fn what_does_not_go_together_is_said() {
        for (text, expected) in [
            (
                "provider = \"gpu\"",
                "expected one of [\"cpu\", \"openvino\"",
            ),
            ("device = \"gpu\"", "need inspect.provider"),
            ("precision = \"f16\"", "need inspect.provider"),
            ("provider = \"cuda\"\ndevice = \"gpu\"", "only \"openvino\""),
            (
                "provider = \"openvino\"\ndevice = \"vpu\"",
                "\"npu\" or \"auto\"",
            ),
            (
                "provider = \"cuda\"\nprecision = \"f16\"",
                "[\"f32\"], found \"f16\"",
            ),
            (
                "threads = 0\nmodel_threads = 65",
                "expected 1 to 64, found 65",
            ),
        ] {
            let found = parse(&format!("[inspect]\n{text}\n")).unwrap_err();
            assert!(found.contains(expected), "{text}: {found}");
        }
    }
}

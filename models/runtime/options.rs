//! How a session runs: what computes, in which precision, with how many threads.

use std::fmt;
use std::path::PathBuf;

/// What computes. There is no fall-back from one to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provider {
    /// The processor, by ONNX Runtime itself.
    #[default]
    Cpu,
    /// Intel's OpenVINO, on one of its devices.
    OpenVino(Device),
    /// An NVIDIA GPU, by CUDA and cuDNN.
    Cuda,
    /// An NVIDIA GPU, by TensorRT, which builds an engine for it first.
    TensorRt,
}

/// What OpenVINO computes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The processor, by OpenVINO's own kernels.
    #[default]
    Cpu,
    /// Intel's graphics, built in or on a card.
    Gpu,
    /// Intel's neural processor.
    Npu,
    /// Whatever OpenVINO prefers of those that are there. It may answer from one and later from another.
    Auto,
}

impl Device {
    /// Every device that can be asked for.
    pub const ALL: [Device; 4] = [Device::Cpu, Device::Gpu, Device::Npu, Device::Auto];

    /// As OpenVINO writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Device::Cpu => "CPU",
            Device::Gpu => "GPU",
            Device::Npu => "NPU",
            Device::Auto => "AUTO",
        }
    }

    /// By its name in settings, in lower case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|device| device.name().to_lowercase() == name)
    }
}

/// The numbers that a provider computes with. Input and output stay `f32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits, 24 of them for the digits.
    #[default]
    F32,
    /// 16 bits, 8 of them for the digits.
    Bf16,
    /// 16 bits, 11 of them for the digits.
    F16,
}

impl Precision {
    /// Every precision that can be asked for.
    pub const ALL: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::F16];

    /// As written in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
            Precision::F16 => "f16",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == name)
    }
}

impl Provider {
    /// As written in settings, where the device has a key of its own.
    pub const NAMES: [&str; 4] = ["cpu", "openvino", "cuda", "tensorrt"];

    /// By its name in settings; the device is OpenVINO's.
    pub fn named(name: &str, device: Device) -> Option<Self> {
        let all = [
            Provider::Cpu,
            Provider::OpenVino(device),
            Provider::Cuda,
            Provider::TensorRt,
        ];
        all.into_iter().find(|provider| provider.key() == name)
    }

    /// As written in settings.
    pub const fn key(self) -> &'static str {
        match self {
            Provider::Cpu => "cpu",
            Provider::OpenVino(_) => "openvino",
            Provider::Cuda => "cuda",
            Provider::TensorRt => "tensorrt",
        }
    }

    /// In ONNX Runtime's words.
    pub const fn name(self) -> &'static str {
        match self {
            Provider::Cpu => "CPUExecutionProvider",
            Provider::OpenVino(_) => "OpenVINOExecutionProvider",
            Provider::Cuda => "CUDAExecutionProvider",
            Provider::TensorRt => "TensorrtExecutionProvider",
        }
    }

    /// The device as OpenVINO names it; empty where the provider has no choice.
    pub const fn device(self) -> &'static str {
        match self {
            Provider::OpenVino(device) => device.name(),
            _ => "",
        }
    }

    /// The precisions that it can be told to compute with, the one that it takes when told nothing first.
    pub const fn precisions(self) -> &'static [Precision] {
        use Precision::{Bf16, F16, F32};
        match self {
            Provider::Cpu | Provider::Cuda => &[F32],
            Provider::OpenVino(Device::Cpu) | Provider::TensorRt => &[F32, Bf16, F16],
            Provider::OpenVino(Device::Gpu | Device::Auto) => &[F32, F16],
            Provider::OpenVino(Device::Npu) => &[F16],
        }
    }
}

impl fmt::Display for Provider {
    /// For people: `OpenVINO on CPU`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Provider::Cpu => f.write_str("CPU"),
            Provider::OpenVino(device) => write!(f, "OpenVINO on {}", device.name()),
            Provider::Cuda => f.write_str("CUDA"),
            Provider::TensorRt => f.write_str("TensorRT"),
        }
    }
}

/// How a session runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// What computes. There is no fall-back: a provider that is not there is an error.
    pub provider: Provider,
    /// What it computes with; see [`Provider::precisions`].
    pub precision: Precision,
    /// Whether a graph of which the provider leaves a part to the processor is refused. One that it takes
    /// nothing of always is.
    pub is_required: bool,
    /// Threads that share one run on the processor, and (no more than four) resize the image for it; the calling
    /// thread is one of them. At least 1.
    pub threads: usize,
    /// Whether the calling thread has real-time priority. The threads that help it then follow it, and ONNX Runtime's
    /// wait for each other in a busy loop, within a run and no longer. No more of all sessions than there are
    /// processors: one that waits so must not keep from its core the one that it waits for.
    pub real_time: bool,
    /// Folder where TensorRT keeps the engines it built, which takes minutes; none are kept without it.
    pub engines: Option<PathBuf>,
}

impl Default for SessionOptions {
    /// The processor, one thread: a line has parts that come at their own time, and
    /// several views to score side by side.
    fn default() -> Self {
        Self {
            provider: Provider::Cpu,
            precision: Precision::F32,
            is_required: false,
            threads: 1,
            real_time: false,
            engines: None,
        }
    }
}

impl SessionOptions {
    /// What results record: the provider in ONNX Runtime's words, and what else decides the answers.
    pub fn label(&self) -> String {
        let mut label = self.provider.name().to_owned();
        for more in [self.provider.device(), self.precision.name()] {
            if self.provider != Provider::Cpu && !more.is_empty() {
                label.push(' ');
                label.push_str(more);
            }
        }
        label
    }

    /// Whether threads compute that are to be as soon as the calling one. Not with `auto`, which goes on to prepare
    /// another device when the first has answered.
    pub(crate) fn schedules_workers(&self) -> bool {
        self.real_time && self.provider != Provider::OpenVino(Device::Auto)
    }

    /// How many threads may prepare an image. None of them may be less soon than the one that waits for it.
    pub(crate) fn threads_to_prepare(&self) -> usize {
        match self.real_time && !self.schedules_workers() {
            true => 1,
            false => self.threads,
        }
    }

    /// The arguments of a command line that stand for this.
    pub fn arguments(&self) -> String {
        let mut arguments = Vec::new();
        if self.provider != Provider::Cpu {
            arguments.push(format!("--provider {}", self.provider.key()));
        }
        if let Provider::OpenVino(device) = self.provider
            && device != Device::Cpu
        {
            arguments.push(format!("--device {}", device.name().to_lowercase()));
        }
        if Some(&self.precision) != self.provider.precisions().first() {
            arguments.push(format!("--precision {}", self.precision.name()));
        }
        arguments.join(" ")
    }

    /// For people, of one bundle: `CPU, 8-bit + f32, 2 threads` where it
    /// [is quantised](crate::Bundle::is_quantised), otherwise as [`Display`](fmt::Display) has it.
    pub fn told(&self, is_quantised: bool) -> String {
        let whole = if is_quantised { "8-bit + " } else { "" };
        let plural = if self.threads == 1 { "" } else { "s" };
        format!(
            "{}, {whole}{}, {} thread{plural}",
            self.provider,
            self.precision.name(),
            self.threads
        )
    }
}

impl fmt::Display for SessionOptions {
    /// For people: `OpenVINO on CPU, bf16, 2 threads`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_and_device_has_one_name_that_leads_back_to_it() {
        for name in Provider::NAMES {
            for device in Device::ALL {
                assert_eq!(Device::named(&device.name().to_lowercase()), Some(device));
                let provider = Provider::named(name, device).unwrap();
                assert_eq!(provider.key(), name);
                assert!(!provider.precisions().is_empty());
                let is_openvino = matches!(provider, Provider::OpenVino(found) if found == device);
                assert_eq!(is_openvino, name == "openvino");
            }
        }
        for precision in Precision::ALL {
            assert_eq!(Precision::named(precision.name()), Some(precision));
        }
        assert_eq!(Provider::named("CPU", Device::Cpu), None);
        assert_eq!(Precision::named("int8"), None);
    }

    #[test]
    fn what_results_record_tells_device_and_precision_apart() {
        let of = |provider, precision| SessionOptions {
            provider,
            precision,
            threads: 2,
            ..SessionOptions::default()
        };
        assert_eq!(SessionOptions::default().label(), "CPUExecutionProvider");
        let bf16 = of(Provider::OpenVino(Device::Cpu), Precision::Bf16);
        assert_eq!(bf16.label(), "OpenVINOExecutionProvider CPU bf16");
        assert_eq!(bf16.to_string(), "OpenVINO on CPU, bf16, 2 threads");
        assert_eq!(bf16.arguments(), "--provider openvino --precision bf16");
        assert_eq!(bf16.told(true), "OpenVINO on CPU, 8-bit + bf16, 2 threads");
        let gpu = of(Provider::OpenVino(Device::Gpu), Precision::F32);
        assert_eq!(gpu.arguments(), "--provider openvino --device gpu");
        let tensorrt = of(Provider::TensorRt, Precision::F16);
        assert_eq!(tensorrt.label(), "TensorrtExecutionProvider f16");
        assert_eq!(SessionOptions::default().arguments(), "");
    }
}

//! The execution providers that the loaded library was built with, what is behind them, and how a session is
//! told to use one.

use crate::assignment;
use crate::nvidia;
use crate::openvino::OpenVino;
use crate::options::{Device, Precision, Provider, SessionOptions};
use crate::runtime::Runtime;
use ort::ep::{self, ArbitrarilyConfigurableExecutionProvider as _};
use ort::session::Session as OrtSession;
use ort::session::builder::SessionBuilder;
use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::OnceLock;

/// How long a thread of a run waits for more in a busy loop before it sleeps.
const SPINS_FOR_US: &str = "200";

/// What is behind the providers. Asked once each, because asking loads libraries.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    folder: PathBuf,
    openvino: OnceLock<Result<OpenVino, String>>,
    cuda: OnceLock<Result<String, String>>,
    tensorrt: OnceLock<Result<String, String>>,
}

impl Behind {
    /// Of the library in this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn openvino(&self) -> Result<&OpenVino, String> {
        let asked = self.openvino.get_or_init(|| OpenVino::ask(&self.folder));
        asked.as_ref().map_err(Clone::clone)
    }

    /// What computes behind a provider: versions and the device's name. Empty for the processor. Afterwards
    /// everything is loaded that the provider needs.
    pub(crate) fn of(&self, provider: Provider) -> Result<String, String> {
        let nvidia = |asked: &OnceLock<Result<String, String>>| {
            let asked = asked.get_or_init(|| nvidia::ask(provider, &self.folder));
            asked.clone()
        };
        match provider {
            Provider::Cpu => Ok(String::new()),
            Provider::OpenVino(device) => {
                let openvino = self.openvino()?;
                let device = openvino.device(device)?;
                Ok(format!("OpenVINO {} on {device}", openvino.version))
            }
            Provider::Cuda => nvidia(&self.cuda),
            Provider::TensorRt => nvidia(&self.tensorrt),
        }
    }

    /// Whether a provider is there and computes in a precision by itself.
    ///
    /// # Errors
    /// Why not, in words for the person who chose it.
    pub(crate) fn check(&self, options: &SessionOptions) -> Result<(), String> {
        let (provider, precision) = (options.provider, options.precision);
        let allowed = provider.precisions();
        if !allowed.contains(&precision) {
            let names: Vec<&str> = allowed.iter().map(|allowed| allowed.name()).collect();
            return Err(format!(
                "expected a precision that {} {} has ({}), found {}",
                provider.key(),
                provider.device(),
                names.join(", "),
                precision.name()
            ));
        }
        self.of(provider)?;
        if let Provider::OpenVino(device) = provider
            && precision != Precision::F32
            && !self.openvino()?.has_precision(device, precision)
        {
            return Err(format!(
                "OpenVINO's {} does not compute in {} here; take another precision",
                device.name(),
                precision.name()
            ));
        }
        Ok(())
    }
}

/// A session to be, which computes as the options say. After [`Behind::check`].
pub(crate) fn builder(
    runtime: &Runtime,
    options: &SessionOptions,
) -> Result<SessionBuilder, ort::Error> {
    let builder = OrtSession::builder(&runtime.environment)?
        .with_intra_threads(options.threads.max(1))?
        .with_inter_threads(1)?
        .with_intra_op_spinning(options.real_time)?
        .with_inter_op_spinning(false)?
        .with_config_entry(assignment::RECORD, "1")?
        // Errors come back as values.
        .with_log_level(ort::logging::LogLevel::Fatal)?;
    let builder = if options.real_time {
        builder
            // Nothing spins between two parts, nor long while another thread is late.
            .with_config_entry("session.force_spinning_stop", "1")?
            .with_config_entry("session.intra_op.spin_duration_us", SPINS_FOR_US)?
    } else {
        builder
    };
    register(builder, &runtime.behind, options)
}

fn register(
    builder: SessionBuilder,
    behind: &Behind,
    options: &SessionOptions,
) -> Result<SessionBuilder, ort::Error> {
    let provider = match options.provider {
        // Always there, and the only one when no other is registered.
        Provider::Cpu => return Ok(builder),
        Provider::OpenVino(device) => {
            let openvino = behind.openvino().map_err(ort::Error::new)?;
            let kind = openvino.device_type(device);
            // Without the hint OpenVINO takes 16 bits wherever the device has them. With pinning, which is its
            // default, sessions of one thread all get the same core, and views are scored one after another.
            let precision = options.precision.name();
            let configuration = match device {
                Device::Cpu => format!(
                    r#"{{"CPU": {{"INFERENCE_PRECISION_HINT": "{precision}", "ENABLE_CPU_PINNING": "NO"}}}}"#
                ),
                Device::Auto => format!(
                    r#"{{"AUTO": {{"INFERENCE_PRECISION_HINT": "{precision}"}}, "CPU": {{"ENABLE_CPU_PINNING": "NO"}}}}"#
                ),
                Device::Gpu | Device::Npu => format!(
                    r#"{{"{}": {{"INFERENCE_PRECISION_HINT": "{precision}"}}}}"#,
                    device.name()
                ),
            };
            let provider = ep::OpenVINO::default()
                .with_device_type(kind)
                .with_num_threads(options.threads.max(1))
                .with_arbitrary_config("load_config", configuration);
            provider.build()
        }
        // TF32 has 11 bits for the digits, and the fastest algorithm is another one from start to start.
        Provider::Cuda => ep::CUDA::default()
            .with_tf32(false)
            .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic)
            .build(),
        Provider::TensorRt => {
            let mut provider = ep::TensorRT::default()
                .with_fp16(options.precision == Precision::F16)
                .with_bf16(options.precision == Precision::Bf16);
            if let Some(folder) = &options.engines {
                let folder = folder.display().to_string();
                provider = provider
                    .with_engine_cache(true)
                    .with_engine_cache_path(&folder)
                    .with_timing_cache(true)
                    .with_timing_cache_path(&folder);
            }
            provider.build()
        }
    };
    let builder = builder.with_execution_providers([provider.error_on_failure()])?;
    // The provider runs what a neural processor refuses on the processor, without a word, unless told so.
    if options.provider == Provider::OpenVino(Device::Npu) {
        return Ok(builder.with_config_entry("session.disable_cpu_ep_fallback", "1")?);
    }
    Ok(builder)
}

/// Their names in ONNX Runtime's words, e.g. `CPUExecutionProvider`. The library must be loaded.
pub(crate) fn available() -> Result<Vec<String>, ort::Error> {
    let mut names = ptr::null_mut();
    let mut count = 0;
    // SAFETY: both pointers are to live variables, which the call fills.
    let status = unsafe { (ort::api().GetAvailableProviders)(&mut names, &mut count) };
    // SAFETY: the status comes from the call above and is not used again.
    unsafe { ort::Error::result_from_status(status) }?;
    let count_listed = usize::try_from(count).unwrap_or(0);
    let mut listed = Vec::with_capacity(count_listed);
    for index in 0..count_listed {
        // SAFETY: the library has written `count` pointers to strings that end in 0.
        let name = unsafe { CStr::from_ptr(*names.add(index)) };
        listed.push(name.to_string_lossy().into_owned());
    }
    // SAFETY: this is the list that the library gave, which nothing points into any more.
    let status = unsafe { (ort::api().ReleaseAvailableProviders)(names, count) };
    // SAFETY: as above.
    unsafe { ort::Error::result_from_status(status) }?;
    Ok(listed)
}

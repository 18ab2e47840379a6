//! How ONNX Runtime is told to compute as the options say.

use super::assignment;
use super::behind::Behind;
use super::library::Runtime;
use super::options::{Device, Precision, Provider, SessionOptions};
use ort::ep::{self, ArbitrarilyConfigurableExecutionProvider as _};
use ort::session::Session as OrtSession;
use ort::session::builder::SessionBuilder;

/// How long a thread of a run waits for more in a busy loop before it sleeps.
const SPINS_FOR_US: &str = "200";

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

//! What is behind ONNX Runtime's execution providers on this machine: libraries, drivers and devices.

use super::nvidia;
use super::openvino::OpenVino;
use super::options::{Precision, Provider, SessionOptions};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

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

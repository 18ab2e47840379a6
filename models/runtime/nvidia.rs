//! NVIDIA's libraries: loaded before ONNX Runtime's provider asks for them, and what they say of themselves.
//! The driver (`libcuda.so.1`) comes with the system; the others lie beside ONNX Runtime, or in the system.

use super::elf;
use super::options::Provider;
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use std::ffi::{CStr, c_char, c_int};
use std::mem::ManuallyDrop;
use std::path::Path;

const DRIVER: &str = "libcuda.so.1";
/// The oldest driver of CUDA 13.0 for Linux (NVIDIA's CUDA Toolkit release notes, table 3).
const DRIVER_MIN: &str = "580.65.06";

/// Each after those that it needs.
const CUDA: &[&str] = &[
    "libcudart.so.13",
    "libnvrtc.so.13",
    "libcublasLt.so.13",
    "libcublas.so.13",
    "libcurand.so.10",
    "libcufft.so.12",
    "libcudnn.so.9",
];
const TENSORRT: &[&str] = &["libnvinfer.so.10", "libnvonnxparser.so.10"];

type Device = c_int;
type Init = unsafe extern "C" fn(u32) -> c_int;
type VersionOf = unsafe extern "C" fn(*mut c_int) -> c_int;
type DeviceOf = unsafe extern "C" fn(*mut Device, c_int) -> c_int;
type NameOf = unsafe extern "C" fn(*mut c_char, c_int, Device) -> c_int;
type CudnnVersion = unsafe extern "C" fn() -> usize;
type TensorRtVersion = unsafe extern "C" fn() -> i32;

/// Loads everything that the provider needs, and says which driver, GPU and libraries there are.
///
/// # Errors
/// What is missing and where to get it.
pub(crate) fn ask(provider: Provider, folder: &Path) -> Result<String, String> {
    let driver = open(Path::new(DRIVER)).map_err(|error| {
        format!(
            "the NVIDIA driver is missing ({error}); install driver {DRIVER_MIN} or newer, which has {DRIVER}, \
             and see that `nvidia-smi` lists a GPU"
        )
    })?;
    let gpu = gpu(&driver)?;
    let mut cudnn = None;
    for name in CUDA {
        let what = "run `make ORT=gpu onnxruntime`, or install CUDA 13 and cuDNN 9";
        cudnn = Some(beside(folder, name, what)?);
    }
    // SAFETY: the type is that of cudnn.h; the library stays loaded.
    let version = cudnn.and_then(|library| unsafe {
        let version = library.get::<CudnnVersion>(b"cudnnGetVersion\0").ok()?;
        Some(version())
    });
    let mut said = format!("{gpu}, cuDNN {}", version.unwrap_or(0));
    if provider == Provider::TensorRt {
        let mut first = None;
        for name in TENSORRT {
            let library = beside(folder, name, "install TensorRT 10 for CUDA 13")?;
            first.get_or_insert(library);
        }
        // SAFETY: the type is that of NvInferRuntime.h; the library stays loaded.
        let version = first.and_then(|library| unsafe {
            let version = library
                .get::<TensorRtVersion>(b"getInferLibVersion\0")
                .ok()?;
            Some(version())
        });
        said = format!("{said}, TensorRT {}", version.unwrap_or(0));
    }
    Ok(said)
}

/// Name of the first GPU and the driver's version of CUDA.
fn gpu(driver: &Library) -> Result<String, String> {
    let missing = |error: libloading::Error| format!("the NVIDIA driver: {}", elf::refusal(&error));
    // SAFETY: the types are those of cuda.h; the calls write to live variables, the name into its buffer, which
    // they end with 0.
    unsafe {
        let init = driver.get::<Init>(b"cuInit\0").map_err(missing)?;
        let status = init(0);
        let mut device = 0;
        let device_of = driver.get::<DeviceOf>(b"cuDeviceGet\0").map_err(missing)?;
        if status != 0 || device_of(&mut device, 0) != 0 {
            return Err(format!(
                "the NVIDIA driver finds no GPU (cuInit gives {status}); see what `nvidia-smi` says"
            ));
        }
        let mut version = 0;
        driver
            .get::<VersionOf>(b"cuDriverGetVersion\0")
            .map_err(missing)?(&mut version);
        let mut name = [0; 256];
        driver
            .get::<NameOf>(b"cuDeviceGetName\0")
            .map_err(missing)?(name.as_mut_ptr(), name.len() as c_int - 1, device);
        let name = CStr::from_ptr(name.as_ptr()).to_string_lossy();
        let (major, minor) = (version / 1000, version % 1000 / 10);
        Ok(format!("{name}, CUDA driver {major}.{minor}"))
    }
}

fn beside(folder: &Path, name: &str, what: &str) -> Result<ManuallyDrop<Library>, String> {
    open(&folder.join(name))
        .or_else(|_| open(Path::new(name)))
        .map_err(|error| format!("a library of NVIDIA's is missing ({error}); {what}"))
}

/// For good: ONNX Runtime finds a library that is loaded by its name.
fn open(path: &Path) -> Result<ManuallyDrop<Library>, String> {
    // SAFETY: loading runs the library's initialisers, which is what ONNX Runtime's provider would do.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_GLOBAL) }
        .map(ManuallyDrop::new)
        .map_err(|error| elf::refusal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_driver_the_message_says_what_to_install() {
        if open(Path::new(DRIVER)).is_ok() {
            eprintln!("SKIPPED: this machine has an NVIDIA driver");
            return;
        }
        for provider in [Provider::Cuda, Provider::TensorRt] {
            let said = ask(provider, Path::new("/nowhere")).unwrap_err();
            assert!(
                said.starts_with("the NVIDIA driver is missing (libcuda.so.1: "),
                "{said}"
            );
            assert!(said.contains("install driver 580.65.06 or newer"), "{said}");
        }
    }
}

//! What OpenVINO says of itself: its version, the devices it finds, and what they compute with. Read through
//! its C library (openvino/c/openvino.h, OpenVINO 2025.4), which lies beside ONNX Runtime.

use super::elf;
use super::options::{Device, Precision};
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW, Symbol};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;

/// By the name of its version, which the fetch script keeps; a system's own library has the bare name.
const FILES: [&str; 2] = ["libopenvino_c.so.2541", "libopenvino_c.so"];

#[repr(C)]
struct Version {
    build: *const c_char,
    description: *const c_char,
}

#[repr(C)]
struct Devices {
    names: *mut *mut c_char,
    count: usize,
}

type Status = c_int;
type VersionOf = unsafe extern "C" fn(*mut Version) -> Status;
type VersionFree = unsafe extern "C" fn(*mut Version);
type CoreCreate = unsafe extern "C" fn(*mut *mut c_void) -> Status;
type CoreFree = unsafe extern "C" fn(*mut c_void);
type DevicesOf = unsafe extern "C" fn(*const c_void, *mut Devices) -> Status;
type DevicesFree = unsafe extern "C" fn(*mut Devices);
type PropertyOf =
    unsafe extern "C" fn(*const c_void, *const c_char, *const c_char, *mut *mut c_char) -> Status;
type TextFree = unsafe extern "C" fn(*const c_char);

/// OpenVINO, asked once.
#[derive(Clone, Debug)]
pub(crate) struct OpenVino {
    /// As it says itself, e.g. `2025.4.1-20426-82bbf0292c5-releases/2025/4`.
    pub version: String,
    /// Those that are there: name in OpenVINO's words (`CPU`, `GPU`, `GPU.1`), full name, capabilities.
    pub devices: Vec<Found>,
}

/// A device that OpenVINO finds on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    name: String,
    full_name: String,
    capabilities: String,
}

impl OpenVino {
    /// Asks the library in the folder of ONNX Runtime, else the system's.
    pub(crate) fn ask(folder: &Path) -> Result<Self, String> {
        let mut failed = String::new();
        for file in FILES {
            for path in [folder.join(file), Path::new(file).to_owned()] {
                // SAFETY: loading runs the library's initialisers, which is what ONNX Runtime does with it too.
                match unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_GLOBAL) } {
                    Ok(library) => {
                        let library = std::mem::ManuallyDrop::new(library);
                        return ask(&library)
                            .map_err(|what| format!("OpenVINO ({}): {what}", path.display()));
                    }
                    Err(error) if failed.is_empty() => failed = elf::refusal(&error),
                    Err(_) => {}
                }
            }
        }
        Err(format!(
            "OpenVINO's own libraries are missing: {failed}; run `make ORT=openvino onnxruntime`"
        ))
    }

    /// A device, and what it is called; `AUTO` is all of them.
    pub(crate) fn device(&self, device: Device) -> Result<String, String> {
        let found: Vec<&str> = self
            .devices
            .iter()
            .filter(|found| device == Device::Auto || found.is(device))
            .map(|found| found.full_name.as_str())
            .collect();
        if found.is_empty() {
            let names: Vec<&str> = self
                .devices
                .iter()
                .map(|found| found.name.as_str())
                .collect();
            return Err(format!(
                "OpenVINO finds no {} here, only {}; install its driver, or take another device",
                device.name(),
                names.join(", ")
            ));
        }
        Ok(found.join(" and "))
    }

    /// What to ask OpenVINO for: `AUTO` alone would give nothing where only a processor is.
    pub(crate) fn device_type(&self, device: Device) -> String {
        if device != Device::Auto {
            return device.name().to_owned();
        }
        // The processor last: it is the device of last resort.
        let (last, first): (Vec<&Found>, Vec<&Found>) =
            self.devices.iter().partition(|found| found.is(Device::Cpu));
        let names = first
            .into_iter()
            .chain(last)
            .map(|found| found.name.as_str());
        format!("AUTO:{}", names.collect::<Vec<_>>().join(","))
    }

    /// Whether a device computes in this precision by itself, and does not only pretend to.
    pub(crate) fn has_precision(&self, device: Device, precision: Precision) -> bool {
        let word = match precision {
            Precision::F32 => "FP32",
            Precision::Bf16 => "BF16",
            Precision::F16 => "FP16",
        };
        let found = self.devices.iter().filter(|found| found.is(device));
        let mut words = found.flat_map(|found| found.capabilities.split([' ', ',']));
        device == Device::Auto || words.any(|found| found == word)
    }
}

impl Found {
    /// `GPU.1` is a GPU too.
    fn is(&self, device: Device) -> bool {
        self.name.split('.').next() == Some(device.name())
    }
}

fn ask(library: &Library) -> Result<OpenVino, String> {
    // SAFETY: the types are those of openvino/c/openvino.h.
    let (version_of, version_free, core_create, core_free) = unsafe {
        (
            find::<VersionOf>(library, "ov_get_openvino_version")?,
            find::<VersionFree>(library, "ov_version_free")?,
            find::<CoreCreate>(library, "ov_core_create")?,
            find::<CoreFree>(library, "ov_core_free")?,
        )
    };
    let mut said = Version {
        build: ptr::null(),
        description: ptr::null(),
    };
    // SAFETY: the call fills the struct, whose texts live until it is freed below.
    let version = unsafe {
        check("ov_get_openvino_version", version_of(&mut said))?;
        let version = text(said.build);
        version_free(&mut said);
        version
    };
    let mut core = ptr::null_mut();
    // SAFETY: the core is made by the first call and freed by the last, after everything that uses it.
    unsafe {
        check("ov_core_create", core_create(&mut core))?;
        let devices = devices(library, core);
        core_free(core);
        devices.map(|devices| OpenVino { version, devices })
    }
}

fn devices(library: &Library, core: *const c_void) -> Result<Vec<Found>, String> {
    // SAFETY: as above.
    let (devices_of, devices_free, property_of, text_free) = unsafe {
        (
            find::<DevicesOf>(library, "ov_core_get_available_devices")?,
            find::<DevicesFree>(library, "ov_available_devices_free")?,
            find::<PropertyOf>(library, "ov_core_get_property")?,
            find::<TextFree>(library, "ov_free")?,
        )
    };
    let mut list = Devices {
        names: ptr::null_mut(),
        count: 0,
    };
    // SAFETY: the call fills the list with `count` texts, which live until it is freed.
    let names: Vec<String> = unsafe {
        check("ov_core_get_available_devices", devices_of(core, &mut list))?;
        let names = (0..list.count).map(|index| text(*list.names.add(index)));
        let names = names.collect();
        devices_free(&mut list);
        names
    };
    let property = |device: &str, key: &CStr| {
        let device = CString::new(device).unwrap_or_default();
        let mut value = ptr::null_mut();
        // SAFETY: all pointers are to live texts; the value is freed after it was copied. A device that does
        // not know the property gives a status other than 0 and no value.
        unsafe {
            if property_of(core, device.as_ptr(), key.as_ptr(), &mut value) != 0 {
                return String::new();
            }
            let copied = text(value);
            text_free(value);
            copied
        }
    };
    let found = names.into_iter().map(|name| Found {
        full_name: property(&name, c"FULL_DEVICE_NAME").trim().to_owned(),
        capabilities: property(&name, c"OPTIMIZATION_CAPABILITIES"),
        name,
    });
    Ok(found.collect())
}

/// # Safety
/// `T` must be the function's type.
unsafe fn find<T>(library: &Library, name: &str) -> Result<Symbol<T>, String> {
    // SAFETY: by the caller.
    unsafe { library.get(name.as_bytes()) }.map_err(|error| elf::refusal(&error))
}

fn check(call: &str, status: Status) -> Result<(), String> {
    if status == 0 {
        Ok(())
    } else {
        Err(format!("{call} gives status {status}"))
    }
}

/// # Safety
/// The pointer must be null or to a text that ends in 0.
unsafe fn text(at: *const c_char) -> String {
    if at.is_null() {
        return String::new();
    }
    // SAFETY: by the caller.
    unsafe { CStr::from_ptr(at) }.to_string_lossy().into_owned()
}

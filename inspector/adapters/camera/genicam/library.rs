//! Aravis: finding and opening a device, and its errors in our words.

use super::Found;
use crate::ports::camera::OpenError;
use aravis::DeviceError;
use aravis::glib;
use std::ffi::{CStr, c_char, c_uint};
use std::net::IpAddr;
use std::sync::Mutex;

/// The library has one list of devices for the whole process.
static LIST: Mutex<()> = Mutex::new(());

/// Every device that answers. Takes a second, for which cameras in the network are waited for.
pub fn list() -> Vec<Found> {
    // What a thread that panicked left behind is read anew.
    let _guard = LIST
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let text = |get: unsafe extern "C" fn(c_uint) -> *const c_char, index: c_uint| {
        // SAFETY: the index is within the list, which nobody changes while `LIST` is held.
        let text = unsafe { get(index) };
        if text.is_null() {
            return String::new();
        }
        // SAFETY: a text of the list, ended by a zero, which lives until the list is made anew.
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned()
    };
    // SAFETY: callable at any time; `LIST` is held.
    let count = unsafe {
        aravis_sys::arv_update_device_list();
        aravis_sys::arv_get_n_devices()
    };
    let found = |index: c_uint| Found {
        id: text(aravis_sys::arv_get_device_id, index),
        address: text(aravis_sys::arv_get_device_address, index),
        physical_id: text(aravis_sys::arv_get_device_physical_id, index),
        serial: text(aravis_sys::arv_get_device_serial_nbr, index),
        vendor: text(aravis_sys::arv_get_device_vendor, index),
        model: text(aravis_sys::arv_get_device_model, index),
        protocol: text(aravis_sys::arv_get_device_protocol, index),
    };
    (0..count).map(found).collect()
}

/// Opens the device that the settings name. May take three seconds where none answers.
pub fn open(name: &str) -> Result<aravis::Camera, OpenError> {
    if name.parse::<IpAddr>().is_ok() {
        return aravis::Camera::new(Some(name)).map_err(|error| explain(name, "open it", &error));
    }
    let all = list();
    let is_it = |found: &&Found| {
        let names = [&found.id, &found.address, &found.physical_id, &found.serial];
        names.iter().any(|it| it.eq_ignore_ascii_case(name))
    };
    let named: Vec<&Found> = all.iter().filter(is_it).collect();
    match named[..] {
        [found] => {
            let id = if found.protocol == "GigEVision" {
                &found.address
            } else {
                &found.id
            };
            aravis::Camera::new(Some(id)).map_err(|error| explain(name, "open it", &error))
        }
        [] => Err(OpenError::NotFound {
            message: format!(
                "camera {name}: no such camera answers; expected the address, serial number, MAC address or ID of one that \
                 `inspector cameras` lists, which are {}; check power, cable and network",
                shown(&all)
            ),
        }),
        _ => Err(OpenError::Unsupported {
            message: format!(
                "camera {name}: {} cameras are called so; name one of {}",
                named.len(),
                shown(&all)
            ),
        }),
    }
}

fn shown(all: &[Found]) -> String {
    if all.is_empty() {
        return "none".to_owned();
    }
    let names = all
        .iter()
        .map(|found| format!("{} ({})", found.id, found.address));
    names.collect::<Vec<_>>().join(", ")
}

/// An error of the library in our words, sorted by what can be done.
pub fn explain(name: &str, doing: &str, error: &glib::Error) -> OpenError {
    let message = format!("camera {name}: cannot {doing}: {}", error.message());
    match error.kind::<DeviceError>() {
        Some(DeviceError::NotFound | DeviceError::NotConnected | DeviceError::Timeout) => {
            OpenError::NotFound {
                message: format!("{message}; check power, cable and network"),
            }
        }
        Some(DeviceError::NotController) => OpenError::Busy {
            message: format!("{message}; another program controls it, end that one"),
        },
        Some(_) => OpenError::Device { message },
        None => OpenError::Unsupported { message },
    }
}

/// Whether the device itself is gone, rather than unwilling.
pub fn is_gone(error: &OpenError) -> bool {
    matches!(error, OpenError::NotFound { .. })
}

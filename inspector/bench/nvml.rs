//! NVIDIA's management library, loaded at run time. Belongs here: all that is asked of it. Where it is absent
//! there is no GPU that can be asked, which is no error.

use super::machine::Gpu;
use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::Clock;
use nvml_wrapper::{Device, Nvml};
use std::ffi::OsStr;

/// Reasons that slow a GPU, in words. That it idles, or runs as fast as it can, is none.
const REASONS: [(ThrottleReasons, &str); 8] = [
    (ThrottleReasons::SW_POWER_CAP, "power limit"),
    (ThrottleReasons::HW_SLOWDOWN, "heat or power (hardware)"),
    (ThrottleReasons::HW_THERMAL_SLOWDOWN, "heat (hardware)"),
    (ThrottleReasons::SW_THERMAL_SLOWDOWN, "heat"),
    (ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN, "power brake"),
    (ThrottleReasons::SYNC_BOOST, "another GPU of its group"),
    (
        ThrottleReasons::APPLICATIONS_CLOCKS_SETTING,
        "clocks set by somebody",
    ),
    (
        ThrottleReasons::DISPLAY_CLOCK_SETTING,
        "clocks of the display",
    ),
];

/// The NVIDIA GPUs of this machine.
pub struct Gpus {
    nvml: Nvml,
    count: u32,
}

impl Gpus {
    /// None where there is no driver, or no GPU.
    pub fn open() -> Option<Self> {
        // A driver without its development files has the name with the version only.
        let nvml = Nvml::builder()
            .lib_path(OsStr::new("libnvidia-ml.so.1"))
            .init()
            .or_else(|_| Nvml::init())
            .ok()?;
        let count = nvml.device_count().ok().filter(|count| *count > 0)?;
        Some(Self { nvml, count })
    }

    /// Every GPU, as it is now.
    pub fn describe(&self) -> Vec<Gpu> {
        let driver = self.nvml.sys_driver_version().unwrap_or_default();
        let describe = |(_, device): (u32, Device<'_>)| Gpu {
            name: device.name().unwrap_or_default(),
            driver: driver.clone(),
            memory_bytes: device.memory_info().map_or(0, |memory| memory.total),
            power_limit_w: device
                .power_management_limit()
                .ok()
                .map(|milliwatts| f64::from(milliwatts) / 1e3),
            clock_mhz: device.clock_info(Clock::SM).ok(),
        };
        self.devices().map(describe).collect()
    }

    /// Joules that each GPU drew since its driver was loaded, with its name; none of those that do not count
    /// (older than Volta, Jetson, a slice of a GPU).
    pub fn drawn_j(&self) -> Vec<(String, f64)> {
        self.devices()
            .filter_map(|(index, device)| {
                let millijoules = device.total_energy_consumption().ok()?;
                Some((self.label(index, &device), millijoules as f64 / 1e3))
            })
            .collect()
    }

    /// Why GPUs are slowed at this moment.
    pub fn slowed(&self) -> Vec<String> {
        let slowed = |(index, device): (u32, Device<'_>)| {
            let found = device.current_throttle_reasons().ok()?;
            let words: Vec<&str> = REASONS
                .into_iter()
                .filter(|(reason, _)| found.contains(*reason))
                .map(|(_, words)| words)
                .collect();
            let label = self.label(index, &device);
            (!words.is_empty()).then(|| format!("{label}: {}", words.join(", ")))
        };
        self.devices().filter_map(slowed).collect()
    }

    fn devices(&self) -> impl Iterator<Item = (u32, Device<'_>)> {
        (0..self.count).filter_map(|index| Some((index, self.nvml.device_by_index(index).ok()?)))
    }

    fn label(&self, index: u32, device: &Device<'_>) -> String {
        let name = device.name().unwrap_or_else(|_| "GPU".to_owned());
        match self.count {
            1 => name,
            _ => format!("{name} {index}"),
        }
    }
}

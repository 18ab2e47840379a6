//! What a run draws, by counters that the machine has: RAPL of the processors (Intel's, and AMD's, which Linux
//! shows in the same place), and NVML of NVIDIA's GPUs. Neither counts the rest of the computer: its power
//! supply, disks, fans, cameras.

use super::nvml::Gpus;
use super::report::{Drawn, Energy};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Adds up what counters say from `begin` to `end`. [`Meter::sample`] is to be called once a minute or more
/// often: RAPL counters begin anew at 65 to 262 kJ, that is after 4 minutes at 250 W at the soonest.
pub struct Meter {
    rapl: Vec<Counter>,
    /// Why RAPL tells nothing, if it is there.
    refused: Option<String>,
    gpus: Option<Arc<Gpus>>,
    /// Joules of each GPU at the beginning.
    gpus_began: Vec<(String, f64)>,
}

/// A RAPL counter of powercap (Linux, Documentation/power/powercap/powercap.rst).
struct Counter {
    name: String,
    path: PathBuf,
    /// Microjoules after which it begins anew.
    range_uj: u64,
    last_uj: u64,
    /// Since the beginning.
    sum_uj: u64,
}

impl Meter {
    /// Begins with the counters under `root`, which is `/` but in tests, and of these GPUs.
    pub fn begin(root: &Path, gpus: Option<Arc<Gpus>>) -> Self {
        let mut refused = None;
        let zones = zones(&root.join("sys/class/powercap")).into_iter();
        let opened: Result<Vec<_>, _> = zones
            .map(|(name, folder)| Counter::open(name, &folder))
            .collect();
        let rapl = opened.unwrap_or_else(|reason| {
            refused = Some(reason);
            Vec::new()
        });
        let gpus_began = gpus.as_deref().map_or_else(Vec::new, Gpus::drawn_j);
        Self {
            rapl,
            refused,
            gpus,
            gpus_began,
        }
    }

    /// Adds up what counters moved since the last time. A few microseconds for each.
    pub fn sample(&mut self) {
        let advanced: Result<(), String> = self.rapl.iter_mut().try_for_each(Counter::advance);
        if let Err(reason) = advanced {
            // A sum that misses something is worse than none.
            self.rapl.clear();
            self.refused = Some(reason);
        }
    }

    /// What was drawn for `parts` parts in `span`, idle gaps included.
    pub fn end(mut self, parts: u64, span: Duration) -> Energy {
        self.sample();
        if parts == 0 || span.is_zero() {
            return Energy::NotMeasurable("no part was measured".to_owned());
        }
        let drawn = |counter: String, joules: f64| Drawn {
            counter,
            joules_per_part: joules / parts as f64,
            watts: joules / span.as_secs_f64(),
        };
        let mut all: Vec<Drawn> = Vec::new();
        for counter in &self.rapl {
            let joules = counter.sum_uj as f64 / 1e6;
            all.push(drawn(format!("RAPL {}", counter.name), joules));
        }
        let ended = self.gpus.as_deref().map_or_else(Vec::new, Gpus::drawn_j);
        for (name, joules) in ended {
            let began = self.gpus_began.iter().find(|(began, _)| *began == name);
            if let Some((_, began)) = began {
                all.push(drawn(format!("NVML {name}"), joules - began));
            }
        }
        if !all.is_empty() {
            return Energy::Measured(all);
        }
        let rapl = self
            .refused
            .unwrap_or_else(|| "no RAPL counter (virtual machines and Arm have none)".to_owned());
        Energy::NotMeasurable(match self.gpus {
            None => format!("{rapl}; no NVIDIA GPU"),
            Some(_) => format!("{rapl}; the GPU does not count"),
        })
    }
}

impl Counter {
    fn open(name: String, folder: &Path) -> Result<Self, String> {
        let path = folder.join("energy_uj");
        let last_uj = number(&path)?;
        Ok(Self {
            name,
            last_uj,
            range_uj: number(&folder.join("max_energy_range_uj"))?,
            path,
            sum_uj: 0,
        })
    }

    fn advance(&mut self) -> Result<(), String> {
        let now_uj = number(&self.path)?;
        self.sum_uj += match now_uj.checked_sub(self.last_uj) {
            Some(moved_uj) => moved_uj,
            // It began anew.
            None => self.range_uj.saturating_sub(self.last_uj) + now_uj,
        };
        self.last_uj = now_uj;
        Ok(())
    }
}

/// Name and folder of each zone that counts what no other one counts: packages, and the memory of each. What is
/// within a package (`core`, `uncore`) and what contains it (`psys`) is left out, as is `intel-rapl-mmio`,
/// another way to the same counters.
fn zones(powercap: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(powercap) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let folder = entry.file_name();
        let Some(place) = folder
            .to_str()
            .and_then(|at| at.strip_prefix("intel-rapl:"))
        else {
            continue;
        };
        let name = zone_name(&entry.path());
        match place.split_once(':') {
            None if name.starts_with("package") => found.push((name, entry.path())),
            Some((package, _)) if name == "dram" => {
                let above = zone_name(&powercap.join(format!("intel-rapl:{package}")));
                found.push((format!("{above} memory"), entry.path()));
            }
            _ => {}
        }
    }
    found.sort();
    found
}

fn zone_name(folder: &Path) -> String {
    let name = fs::read_to_string(folder.join("name")).unwrap_or_default();
    name.trim().to_owned()
}

fn number(path: &Path) -> Result<u64, String> {
    let text = fs::read_to_string(path).map_err(|error| refusal(path, &error))?;
    let number = text.trim().parse();
    number.map_err(|_| format!("the RAPL counter {} is no number", path.display()))
}

fn refusal(path: &Path, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::PermissionDenied {
        // Since Linux 5.10, because what it counts can betray keys (CVE-2020-8694).
        return "RAPL counters are readable by root only: run as root or \
            `chmod a+r /sys/class/powercap/intel-rapl*/energy_uj`"
            .to_owned();
    }
    format!(
        "the RAPL counter {} cannot be read: {error}",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(root: &Path, folder: &str, name: &str, energy_uj: &str) {
        let folder = root.join("sys/class/powercap").join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("name"), format!("{name}\n")).unwrap();
        fs::write(folder.join("energy_uj"), format!("{energy_uj}\n")).unwrap();
        fs::write(folder.join("max_energy_range_uj"), "1000000000\n").unwrap();
    }

    #[test]
    fn packages_and_their_memory_count_once() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let all = [
            ("intel-rapl:0", "package-0"),
            ("intel-rapl:0:0", "core"),
            ("intel-rapl:0:1", "dram"),
            ("intel-rapl:1", "psys"),
            ("intel-rapl-mmio:0", "package-0"),
        ];
        all.iter()
            .for_each(|(folder, name)| zone(root, folder, name, "5000000"));
        let meter = Meter::begin(root, None);
        all.iter()
            .for_each(|(folder, name)| zone(root, folder, name, "25000000"));
        let Energy::Measured(drawn) = meter.end(10, Duration::from_secs(4)) else {
            panic!("it counts");
        };
        let names: Vec<&str> = drawn.iter().map(|drawn| drawn.counter.as_str()).collect();
        assert_eq!(names, ["RAPL package-0", "RAPL package-0 memory"]);
        assert_eq!(drawn[0].joules_per_part, 2.0);
        assert_eq!(drawn[0].watts, 5.0);
    }

    #[test]
    fn counters_that_begin_anew_lose_nothing() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        zone(root, "intel-rapl:0", "package-0", "900000000");
        let mut meter = Meter::begin(root, None);
        for energy_uj in ["100000000", "700000000", "50000000"] {
            zone(root, "intel-rapl:0", "package-0", energy_uj);
            meter.sample();
        }
        let Energy::Measured(drawn) = meter.end(1, Duration::from_secs(1)) else {
            panic!("it counts");
        };
        assert_eq!(drawn[0].joules_per_part, 200.0 + 600.0 + 350.0);
    }

    #[test]
    fn a_machine_without_counters_says_so() {
        let root = tempfile::tempdir().unwrap();
        let found = Meter::begin(root.path(), None).end(1, Duration::from_secs(1));
        let said = "no RAPL counter (virtual machines and Arm have none); no NVIDIA GPU";
        assert_eq!(found, Energy::NotMeasurable(said.to_owned()));
    }

    #[test]
    fn counters_that_only_root_may_read_say_what_to_do() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let said = refusal(Path::new("energy_uj"), &denied);
        assert!(said.contains("chmod a+r"), "{said}");
        let root = tempfile::tempdir().unwrap();
        zone(root.path(), "intel-rapl:0", "package-0", "1");
        let energy_uj = root
            .path()
            .join("sys/class/powercap/intel-rapl:0/energy_uj");
        fs::remove_file(&energy_uj).unwrap();
        // The tests may run as root, who can read any file but no folder.
        fs::create_dir(&energy_uj).unwrap();
        let found = Meter::begin(root.path(), None).end(1, Duration::from_secs(1));
        let Energy::NotMeasurable(said) = found else {
            panic!("nothing counts");
        };
        assert!(said.contains("cannot be read"), "{said}");
    }

    #[test]
    fn nothing_measured_has_no_energy_per_part() {
        let root = tempfile::tempdir().unwrap();
        zone(root.path(), "intel-rapl:0", "package-0", "1");
        let found = Meter::begin(root.path(), None).end(0, Duration::from_secs(1));
        assert!(matches!(found, Energy::NotMeasurable(_)));
    }
}

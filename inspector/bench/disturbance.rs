//! What else the machine did while something was measured: others on its processors, its host, heat.

use super::machine;
use super::nvml::Gpus;
use super::report::Disturbance;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Ticks of `/proc/stat` per second: USER_HZ, which is part of Linux's interface on x86 and Arm.
const TICKS_PER_S: f64 = 100.0;

/// Looks at the machine from `begin` to `end`.
pub struct Watch {
    root: PathBuf,
    gpus: Option<Arc<Gpus>>,
    /// None where `/proc/stat` does not tell.
    time: Option<ProcessorTime>,
    /// Times that processors were slowed since the machine started.
    throttled: Option<u64>,
    gpu_slowed: Vec<String>,
}

/// Ticks that all processors spent since the machine started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct ProcessorTime {
    busy: f64,
    stolen: f64,
    all: f64,
}

impl Watch {
    /// Begins with what `root` tells, which is `/` but in tests, and these GPUs.
    pub fn begin(root: &Path, gpus: Option<Arc<Gpus>>) -> Self {
        let mut watch = Self {
            root: root.to_owned(),
            gpus,
            time: processor_time(root),
            throttled: throttled(root),
            gpu_slowed: Vec::new(),
        };
        watch.sample();
        watch
    }

    /// Asks the GPUs whether they are slowed, because they tell only of the moment. Cheap.
    pub fn sample(&mut self) {
        let slowed = self.gpus.as_deref().map_or_else(Vec::new, Gpus::slowed);
        for reason in slowed {
            if !self.gpu_slowed.contains(&reason) {
                self.gpu_slowed.push(reason);
            }
        }
    }

    /// What happened since `begin`, of which `own` is the time that this process's threads used meanwhile, all
    /// processors together. An event that slows several processors counts once for each of them.
    pub fn end(mut self, own: Duration) -> Disturbance {
        self.sample();
        let spent = self.time.zip(processor_time(&self.root));
        let spent = spent.map(|(begin, end)| ProcessorTime {
            busy: end.busy - begin.busy,
            stolen: end.stolen - begin.stolen,
            all: end.all - begin.all,
        });
        // Shorter than a tick, there is nothing to take a share of.
        let spent = spent.filter(|spent| spent.all > 0.0);
        let own_ticks = own.as_secs_f64() * TICKS_PER_S;
        let throttled = self.throttled.zip(throttled(&self.root));
        Disturbance {
            // Ticks are coarse, so that the difference may come out below none.
            others_share: spent.map(|spent| ((spent.busy - own_ticks) / spent.all).max(0.0)),
            stolen_share: spent.map(|spent| (spent.stolen / spent.all).max(0.0)),
            throttled: throttled.map(|(begin, end)| end.saturating_sub(begin)),
            gpu_slowed: self.gpu_slowed,
            clock_mhz: machine::clock_mhz(&self.root),
        }
    }
}

/// The first line of `/proc/stat` (proc_stat(5)): user nice system idle iowait irq softirq steal, of which
/// time for guests is a part.
fn processor_time(root: &Path) -> Option<ProcessorTime> {
    let text = fs::read_to_string(root.join("proc/stat")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Option<Vec<f64>> = line
        .split_whitespace()
        .take(8)
        .map(|ticks| ticks.parse().ok())
        .collect();
    let [user, nice, system, idle, waiting, irq, softirq, stolen] = ticks?[..] else {
        return None;
    };
    let busy = user + nice + system + irq + softirq;
    Some(ProcessorTime {
        busy,
        stolen,
        all: busy + idle + waiting + stolen,
    })
}

/// Sum of what all processors counted; none where none counts.
fn throttled(root: &Path) -> Option<u64> {
    let mut sum = None;
    for folder in machine::processors(root) {
        for counter in ["core_throttle_count", "package_throttle_count"] {
            let path = folder.join("thermal_throttle").join(counter);
            let count = fs::read_to_string(path).ok();
            if let Some(count) = count.and_then(|count| count.trim().parse::<u64>().ok()) {
                sum = Some(sum.unwrap_or(0) + count);
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn others_and_the_host_are_told_from_ourselves() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(
            root,
            "proc/stat",
            "cpu  100 0 50 1000 0 0 0 0 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n",
        );
        let count = "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count";
        let of_package = "sys/devices/system/cpu/cpu1/thermal_throttle/package_throttle_count";
        write(root, count, "3\n");
        write(root, of_package, "10\n");
        let watch = Watch::begin(root, None);
        // 10 s of two processors: 3 s ours, 1 s of others, 0.5 s taken by the host.
        write(root, "proc/stat", "cpu  400 20 90 2500 50 20 20 50 0 0\n");
        write(root, count, "5\n");
        write(
            root,
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq",
            "1200000\n",
        );
        let found = watch.end(Duration::from_secs(3));
        assert_eq!(found.others_share, Some(0.05));
        assert_eq!(found.stolen_share, Some(0.025));
        assert_eq!(found.throttled, Some(2));
        assert_eq!(found.clock_mhz, Some([1_200.0, 1_200.0]));
        assert!(found.gpu_slowed.is_empty());
    }

    #[test]
    fn coarse_ticks_give_no_share_below_none() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, "proc/stat", "cpu  100 0 0 100 0 0 0 0 0 0\n");
        let watch = Watch::begin(root, None);
        write(root, "proc/stat", "cpu  101 0 0 199 0 0 0 0 0 0\n");
        assert_eq!(watch.end(Duration::from_millis(14)).others_share, Some(0.0));
    }

    #[test]
    fn what_cannot_be_read_is_absent() {
        let root = tempfile::tempdir().unwrap();
        let found = Watch::begin(root.path(), None).end(Duration::ZERO);
        assert_eq!(found, Disturbance::default());
        write(root.path(), "proc/stat", "cpu  100 0 0 100 0 0 0 0 0 0\n");
        let found = Watch::begin(root.path(), None).end(Duration::ZERO);
        assert_eq!(found.others_share, None, "no time has passed");
    }
}

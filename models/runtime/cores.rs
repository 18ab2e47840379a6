//! How many cores there are for the threads of a run.

use rustix::thread::{CpuSet, sched_getaffinity};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// Where the kernel says what the processor is like.
const PROCESSORS: &str = "/sys/devices/system/cpu";

/// Small networks gain little from more.
const THREADS_MAX: usize = 4;

/// How many physical cores this program was given at its start and may keep busy. At least 1.
pub fn count() -> usize {
    static FOUND: OnceLock<usize> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        let given = sched_getaffinity(None).map_or(Vec::new(), |set| {
            (0..CpuSet::MAX_CPU)
                .filter(|processor| set.is_set(*processor))
                .collect()
        });
        physical(Path::new(PROCESSORS), &given).clamp(1, most)
    })
}

/// How many threads a run on the processor is worth where nobody measured it and so many runs go on side by side:
/// its share of the cores, but no more than a few.
pub fn threads_of_run(runs: usize) -> usize {
    (count() / runs.max(1)).clamp(1, THREADS_MAX)
}

/// How many threads each of so many runs side by side may have in real time, see
/// [`SessionOptions::real_time`](crate::SessionOptions::real_time). At least 1.
pub fn threads_of_run_max(runs: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    (processors / runs.max(1)).max(1)
}

/// Cores that these logical processors are of. Where the kernel says nothing each is one.
fn physical(processors: &Path, given: &[usize]) -> usize {
    let siblings = |processor: usize| {
        let file = format!("cpu{processor}/topology/thread_siblings_list");
        fs::read_to_string(processors.join(file)).unwrap_or_else(|_| processor.to_string())
    };
    let mut cores: Vec<String> = given.iter().map(|processor| siblings(*processor)).collect();
    cores.sort_unstable();
    cores.dedup();
    cores.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logical_processors_of_one_core_count_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let hybrid = ["0-1", "0-1", "2,3", "2,3", "4", "5"];
        for (processor, siblings) in hybrid.iter().enumerate() {
            let of = folder.path().join(format!("cpu{processor}/topology"));
            fs::create_dir_all(&of).unwrap();
            fs::write(of.join("thread_siblings_list"), format!("{siblings}\n")).unwrap();
        }
        let all: Vec<usize> = (0..6).collect();
        assert_eq!(physical(folder.path(), &all), 4);
        // Given half of a core, it has that half.
        assert_eq!(physical(folder.path(), &[1, 4]), 2);
        assert_eq!(physical(Path::new("/nowhere"), &[0, 2, 7]), 3);
    }

    #[test]
    fn a_run_has_its_share_of_the_cores_but_no_more_than_a_few() {
        assert_eq!(threads_of_run(1), count().min(THREADS_MAX));
        assert_eq!(threads_of_run(0), threads_of_run(1));
        assert_eq!(threads_of_run(count() + 1), 1);
    }
}

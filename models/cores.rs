//! Cores of their own for the threads of a run.
//!
//! A scheduler may wake the second thread of a run on the core on which the first one computes, and there it waits:
//! after an idle gap two threads are then no faster than one. Threads that keep to a core each are woken beside
//! each other, and may wait for the next piece of work in a busy loop without taking a core from one another.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// Where the kernel says what the processor is like.
const PROCESSORS: &str = "/sys/devices/system/cpu";

/// Small networks gain little from more.
const THREADS_MAX: usize = 4;

/// The cores that the threads of one run keep to; none where they go wherever the scheduler sends them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cores {
    /// The logical processors of one core for each thread. The first is the calling thread's.
    of_threads: Vec<Vec<usize>>,
}

impl Cores {
    /// For the runs of one of `lanes` threads that score side by side, each run with up to `threads` threads. None
    /// when a run has one thread only, which the scheduler places well, or when there is not a core for each
    /// thread of all lanes.
    pub fn of(lane: usize, lanes: usize, threads: usize) -> Self {
        let (found, most) = machine();
        let wanted = lanes.saturating_mul(threads);
        if threads < 2 || lane >= lanes || wanted > found.len().min(*most) {
            return Self::default();
        }
        Self {
            of_threads: found[lane * threads..][..threads].to_vec(),
        }
    }

    /// How many threads a run of the processor's is worth where nobody measured it: as many as have cores of their
    /// own in each of `lanes`, but no more than [`THREADS_MAX`].
    pub fn threads_in(lanes: usize) -> usize {
        let (found, most) = machine();
        (found.len().min(*most) / lanes.max(1)).clamp(1, THREADS_MAX)
    }

    /// Whether there is one for each thread of a run with so many.
    pub fn are_enough_for(&self, threads: usize) -> bool {
        threads > 1 && threads <= self.of_threads.len()
    }

    /// The calling thread, which is to score, keeps to the first of them from now on; if there are none, to
    /// no core. A system that does not allow it changes nothing but the speed.
    pub fn settle(&self) {
        let (found, _) = machine();
        let mut set = CpuSet::new();
        let own = self.of_threads.get(..1);
        for processor in own.unwrap_or(found).iter().flatten() {
            set.set(*processor);
        }
        let _ = sched_setaffinity(None, &set);
    }

    /// What ONNX Runtime is told for all but the calling thread: `2;3,7`, counted from 1.
    pub(crate) fn of_others(&self, threads: usize) -> String {
        let others = &self.of_threads[1..threads];
        let one = |core: &Vec<usize>| {
            let processors = core.iter().map(|processor| (processor + 1).to_string());
            processors.collect::<Vec<_>>().join(",")
        };
        others.iter().map(one).collect::<Vec<_>>().join(";")
    }
}

/// The cores that this program was allowed at its start, each with its logical processors, fastest first; and how
/// many it may keep busy.
fn machine() -> &'static (Vec<Vec<usize>>, usize) {
    static FOUND: OnceLock<(Vec<Vec<usize>>, usize)> = OnceLock::new();
    FOUND.get_or_init(|| {
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        // Of the process, not of a thread that keeps to a core already.
        let process = rustix::process::getpid();
        let allowed = sched_getaffinity(Some(process)).map_or(Vec::new(), |set| {
            (0..CpuSet::MAX_CPU)
                .filter(|processor| set.is_set(*processor))
                .collect()
        });
        (cores(Path::new(PROCESSORS), &allowed), most)
    })
}

/// Logical processors by core. Equally fast cores: the last one first, as interrupts go to the first.
fn cores(processors: &Path, allowed: &[usize]) -> Vec<Vec<usize>> {
    let mut cores: Vec<(u64, Vec<usize>)> = Vec::new();
    let mut seen = Vec::new();
    for &processor in allowed {
        if seen.contains(&processor) {
            continue;
        }
        let folder = processors.join(format!("cpu{processor}"));
        let read = |file: &str| fs::read_to_string(folder.join(file)).ok();
        let siblings = read("topology/thread_siblings_list");
        let mut core = siblings.map_or(Vec::new(), |list| listed(list.trim()));
        core.retain(|sibling| allowed.contains(sibling));
        if !core.contains(&processor) {
            core = vec![processor];
        }
        let number = |text: String| text.trim().parse::<u64>().ok();
        let fastest = read("cpufreq/cpuinfo_max_freq").and_then(number);
        let speed = fastest.or_else(|| read("cpu_capacity").and_then(number));
        seen.extend_from_slice(&core);
        cores.push((speed.unwrap_or(0), core));
    }
    cores.reverse();
    cores.sort_by_key(|(speed, _)| std::cmp::Reverse(*speed));
    cores.into_iter().map(|(_, core)| core).collect()
}

/// `0-1,4` as 0, 1 and 4.
fn listed(text: &str) -> Vec<usize> {
    let ranges = text.split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse::<usize>().ok()?..=last.parse().ok()?)
    });
    ranges.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder as the kernel has it: of each logical processor its siblings and its fastest clock.
    fn folder(of: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (processor, (siblings, clock)) in of.iter().enumerate() {
            let of = folder.path().join(format!("cpu{processor}"));
            for (file, text) in [
                ("topology/thread_siblings_list", siblings),
                ("cpufreq/cpuinfo_max_freq", clock),
            ] {
                fs::create_dir_all(of.join(file).parent().unwrap()).unwrap();
                if !text.is_empty() {
                    fs::write(of.join(file), format!("{text}\n")).unwrap();
                }
            }
        }
        folder
    }

    #[test]
    fn logical_processors_of_one_core_count_as_one_and_fast_cores_come_first() {
        let hybrid = [
            ("0-1", "5000000"),
            ("0-1", "5000000"),
            ("2,3", "5000000"),
            ("2,3", "5000000"),
            ("4", "3900000"),
            ("5", "3900000"),
        ];
        let folder = folder(&hybrid);
        let all: Vec<usize> = (0..6).collect();
        let found = cores(folder.path(), &all);
        assert_eq!(found, [vec![2, 3], vec![0, 1], vec![5], vec![4]]);
        // Allowed half of a core, it has that half.
        assert_eq!(cores(folder.path(), &[1, 4]), [vec![1], vec![4]]);
    }

    #[test]
    fn where_the_kernel_says_nothing_each_processor_is_a_core() {
        let folder = folder(&[("", ""), ("", ""), ("", "")]);
        assert_eq!(cores(folder.path(), &[0, 2]), [vec![2], vec![0]]);
        assert_eq!(cores(Path::new("/nowhere"), &[7]), [vec![7]]);
    }

    #[test]
    fn lists_of_processors_are_read_as_the_kernel_writes_them() {
        assert_eq!(listed("0-1,4"), [0, 1, 4]);
        assert_eq!(listed("3"), [3]);
        assert_eq!(listed(""), Vec::<usize>::new());
        assert_eq!(listed("x-2,5"), [5]);
    }

    #[test]
    fn lanes_share_no_core_and_there_are_none_where_they_would_have_to() {
        let (found, most) = machine();
        let count = found.len().min(*most);
        assert_eq!(Cores::of(0, 1, 1), Cores::default());
        assert_eq!(Cores::of(0, 1, count + 1), Cores::default());
        assert_eq!(Cores::of(1, 1, 2), Cores::default());
        if count < 2 {
            eprintln!("skipped: one core only");
            return;
        }
        let lanes = count / 2;
        let all: Vec<usize> = (0..lanes)
            .flat_map(|lane| Cores::of(lane, lanes, 2).of_threads)
            .flatten()
            .collect();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((once.len() >= lanes * 2, once.len()), (true, all.len()));
        let own = Cores::of(0, lanes, 2);
        assert!(own.are_enough_for(2) && !own.are_enough_for(3) && !own.are_enough_for(1));
        assert_eq!(own.of_others(2).split(';').count(), 1);
    }

    #[test]
    fn a_thread_settles_on_its_core_and_can_be_let_go_again() {
        let (found, _) = machine();
        if found.len() < 2 {
            eprintln!("skipped: one core only");
            return;
        }
        let allowed = || {
            let set = sched_getaffinity(None).unwrap();
            set.count()
        };
        let before = allowed();
        Cores::of(0, 1, 2).settle();
        assert_eq!(allowed() as usize, found[0].len());
        Cores::default().settle();
        assert_eq!(allowed(), before);
    }
}

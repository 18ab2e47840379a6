//! Cores of their own for the threads of a run.
//!
//! A scheduler may wake the second thread of a run on the core on which the first one computes, and there it waits:
//! after an idle gap two threads are then no faster than one. Threads that keep to a core each are woken beside
//! each other, and may wait for the next piece of work in a busy loop without taking a core from one another.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// Where the kernel says what the processor is like.
const PROCESSORS: &str = "/sys/devices/system/cpu";

/// Small networks gain little from more.
const THREADS_MAX: usize = 4;

/// The cores that the threads of one run keep to; none where they go wherever the scheduler sends them. Threads that
/// score side by side, each with the others of its runs, are lanes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cores {
    /// The logical processors of one core for each thread. The first is the calling thread's, which may have more.
    of_threads: Vec<Vec<usize>>,
}

impl Cores {
    /// For one of `lanes`, with runs of up to `threads` threads. None when a run has one thread only, which the
    /// scheduler places well, or when there is not a core for each thread of all lanes.
    pub fn of(lane: usize, lanes: usize, threads: usize) -> Self {
        if threads < 2 || lane >= lanes || lanes.saturating_mul(threads) > Self::count() {
            return Self::default();
        }
        Self::among(&machine().0, lane, lanes, threads)
    }

    /// The calling thread may also go to any core as fast that no lane has: it is not woken by another thread of
    /// its run, and should not wait where something else computes.
    fn among(found: &[Core], lane: usize, lanes: usize, threads: usize) -> Self {
        let own = &found[lane * threads..][..threads];
        let mut of_threads: Vec<Vec<usize>> =
            own.iter().map(|core| core.processors.clone()).collect();
        let spare = found[lanes * threads..].iter();
        for core in spare.filter(|core| core.speed == own[0].speed) {
            of_threads[0].extend(&core.processors);
        }
        Self { of_threads }
    }

    /// How many physical cores this program may keep busy.
    pub fn count() -> usize {
        let (found, most) = machine();
        found.len().min(*most).max(1)
    }

    /// For how many threads of a run each of `lanes` has cores, where models are to have so many each: as many as
    /// the largest that fits, and no fewer than one that nobody measured has.
    pub fn threads_of_lane(lanes: usize, models: impl IntoIterator<Item = usize>) -> usize {
        let fits = |threads: &usize| lanes.saturating_mul(*threads) <= Self::count();
        let largest = models.into_iter().filter(fits).max();
        largest.unwrap_or(1).max(Self::threads_in(lanes))
    }

    /// How many threads a run on the processor is worth where nobody measured it: as many as have cores of their
    /// own in each of `lanes`, but no more than a few.
    pub fn threads_in(lanes: usize) -> usize {
        (Self::count() / lanes.max(1)).clamp(1, THREADS_MAX)
    }

    /// Whether there is one for each thread of a run with so many.
    pub fn are_enough_for(&self, threads: usize) -> bool {
        threads > 1 && threads <= self.of_threads.len()
    }

    /// The calling thread, which is to run, keeps to the first of them, or, if there are none, no longer to the one
    /// of an earlier run. A system that does not allow it changes nothing but the speed.
    pub(crate) fn keep(&self) {
        thread_local! {
            /// A logical processor of the core that this thread keeps to.
            static KEPT: Cell<Option<usize>> = const { Cell::new(None) };
        }
        let own = self.of_threads.get(..1);
        let wanted = own.and_then(|own| own.iter().flatten().next().copied());
        if KEPT.replace(wanted) == wanted {
            return;
        }
        let mut set = CpuSet::new();
        let everywhere = machine().0.iter().flat_map(|core| &core.processors);
        match own {
            Some(own) => own.iter().flatten().for_each(|one| set.set(*one)),
            None => everywhere.for_each(|one| set.set(*one)),
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

/// A physical core.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Core {
    /// Larger is faster; 0 where the kernel does not tell.
    speed: u64,
    /// The logical ones that it appears as.
    processors: Vec<usize>,
}

/// The cores that this program was allowed at its start, fastest first, and how many it may keep busy.
fn machine() -> &'static (Vec<Core>, usize) {
    static FOUND: OnceLock<(Vec<Core>, usize)> = OnceLock::new();
    FOUND.get_or_init(|| {
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        // Whoever asks first: no thread keeps to a core before there are any.
        let allowed = sched_getaffinity(None).map_or(Vec::new(), |set| {
            (0..CpuSet::MAX_CPU)
                .filter(|processor| set.is_set(*processor))
                .collect()
        });
        (cores(Path::new(PROCESSORS), &allowed), most)
    })
}

/// Of these logical processors. Equally fast cores: the last one first, as interrupts go to the first.
fn cores(processors: &Path, allowed: &[usize]) -> Vec<Core> {
    let mut cores: Vec<Core> = Vec::new();
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
        cores.push(Core {
            speed: speed.unwrap_or(0),
            processors: core,
        });
    }
    cores.reverse();
    cores.sort_by_key(|core| std::cmp::Reverse(core.speed));
    cores
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

    fn processors(cores: &[Core]) -> Vec<Vec<usize>> {
        cores.iter().map(|core| core.processors.clone()).collect()
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
        assert_eq!(
            processors(&found),
            [vec![2, 3], vec![0, 1], vec![5], vec![4]]
        );
        // One lane: the second thread has a fast core too, and no slow one is spare for the first.
        assert_eq!(
            Cores::among(&found, 0, 1, 2).of_threads,
            [vec![2, 3], vec![0, 1]]
        );
        assert_eq!(Cores::among(&found, 0, 1, 1).of_threads, [vec![2, 3, 0, 1]]);
        // Allowed half of a core, it has that half.
        let halves = cores(folder.path(), &[1, 4]);
        assert_eq!(processors(&halves), [vec![1], vec![4]]);
    }

    #[test]
    fn where_the_kernel_says_nothing_each_processor_is_a_core() {
        let folder = folder(&[("", ""), ("", ""), ("", "")]);
        let found = cores(folder.path(), &[0, 2]);
        assert_eq!(processors(&found), [vec![2], vec![0]]);
        let found = cores(Path::new("/nowhere"), &[7]);
        assert_eq!(processors(&found), [vec![7]]);
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
        let count = Cores::count();
        assert_eq!(Cores::of(0, 1, 1), Cores::default());
        assert_eq!(Cores::of(0, 1, count + 1), Cores::default());
        assert_eq!(Cores::of(1, 1, 2), Cores::default());
        if count < 2 {
            eprintln!("skipped: one core only");
            return;
        }
        let lanes = count / 2;
        // The first of each thread's, as what is spare is spare for all lanes.
        let all: Vec<usize> = (0..lanes)
            .flat_map(|lane| Cores::of(lane, lanes, 2).of_threads)
            .map(|core| core[0])
            .collect();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((once.len(), all.len()), (lanes * 2, lanes * 2));
        let own = Cores::of(0, lanes, 2);
        assert!(own.are_enough_for(2) && !own.are_enough_for(3) && !own.are_enough_for(1));
        assert_eq!(own.of_others(2).split(';').count(), 1);
    }

    #[test]
    fn the_library_is_told_of_all_threads_but_the_first_counting_from_one() {
        let cores = Cores {
            of_threads: vec![vec![5], vec![1], vec![2, 6]],
        };
        assert_eq!(cores.of_others(3), "2;3,7");
        assert_eq!(cores.of_others(2), "2");
    }

    #[test]
    fn a_lane_has_room_for_the_largest_model_that_fits_in_all_lanes() {
        let count = Cores::count();
        assert_eq!(Cores::threads_of_lane(1, [1, count, count + 1]), count);
        assert_eq!(Cores::threads_of_lane(count, [1, 2]), 1);
        assert_eq!(Cores::threads_of_lane(1, []), Cores::threads_in(1));
        assert_eq!(Cores::threads_in(1), count.min(THREADS_MAX));
    }

    #[test]
    fn a_thread_keeps_to_its_core_until_it_runs_something_without() {
        if Cores::count() < 2 {
            eprintln!("skipped: one core only");
            return;
        }
        let allowed = || {
            let set = sched_getaffinity(None).unwrap();
            set.count()
        };
        let before = allowed();
        let own = Cores::of(0, 1, 2);
        own.keep();
        assert_eq!(allowed() as usize, own.of_threads[0].len());
        Cores::default().keep();
        assert_eq!(allowed(), before);
    }
}

//! Which threads of a station run before those of other programs.

use super::served::{SIM, Station, home};
use inspector::priority::is_real_time_allowed;
use std::path::Path;

/// Each thread of a process by its name, with the scheduling policy and the real-time priority that the kernel has
/// it at: fields 41 and 40 of proc_pid_stat(5), counted from 1.
fn scheduled(process: u32) -> Vec<(String, u32, u32)> {
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    let of_task = |task: &Path| {
        let stat = std::fs::read_to_string(task.join("stat")).ok()?;
        let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse().ok();
        Some((name.to_owned(), number(41)?, number(40)?))
    };
    let tasks = std::fs::read_dir(tasks).expect("it runs");
    let tasks = tasks.filter_map(|task| of_task(&task.ok()?.path()));
    tasks.collect()
}

/// Policies and priorities of threads whose name begins so.
fn of(all: &[(String, u32, u32)], name: &str) -> Vec<(u32, u32)> {
    let found = all.iter().filter(|(of, ..)| of.starts_with(name));
    found.map(|(_, policy, rank)| (*policy, *rank)).collect()
}

#[test]
fn threads_that_decide_run_before_other_programs_where_that_is_allowed_and_asked_for() {
    let (normal, first) = ((0, 0), |rank: u32| (1, rank));
    for asked in [true, false] {
        let inspect = format!("[inspect]\nmodel_threads = 2\nreal_time = {asked}\n");
        let home = home(&format!("{SIM}\n{inspect}"));
        let station = Station::start(home.path());
        let status = station.until("/api/status", |status| {
            status["counts"]["parts"].as_u64() > Some(1)
        });
        let has_room = models::cores::threads_of_run_max(1) >= 2;
        let is_expected = asked && has_room && is_real_time_allowed();
        if asked && !is_expected {
            eprintln!(
                "SKIPPED in part: real-time priority is not allowed here, or there is one processor"
            );
        }
        assert_eq!(status["is_real_time"].as_bool(), Some(is_expected));
        let all = scheduled(station.id());
        let expected = |rank: u32| if is_expected { first(rank) } else { normal };
        assert_eq!(of(&all, "inspect-0"), [expected(10)], "{all:?}");
        for name in ["acq-0", "trigger", "actuate"] {
            assert_eq!(of(&all, name), [expected(20)], "{all:?}");
        }
        for name in ["record", "images"] {
            assert_eq!(of(&all, name), [normal], "{all:?}");
        }
        // What serves the page never goes before what decides.
        let web = of(&all, "http");
        let is_behind = |one: &(u32, u32)| one.0 != first(0).0 && one.1 == 0;
        assert!(!web.is_empty() && web.iter().all(is_behind), "{all:?}");
        // Of each model that ran, the thread that ONNX Runtime started and the one that helps to resize.
        let helpers = of(&all, "model-");
        let followed = helpers.iter().filter(|one| **one == first(10)).count();
        if is_expected {
            assert!(followed >= 2 && followed.is_multiple_of(2), "{all:?}");
        } else {
            assert!(helpers.is_empty(), "{all:?}");
        }
        station.stop();
    }
}

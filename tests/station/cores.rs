//! Threads of a station that keep to cores.

use super::served::{SIM, Station, home};
use std::path::Path;

/// Logical processors that each thread of a process may run on, by the thread's name.
fn allowed(process: u32) -> Vec<(String, String)> {
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    let of_task = |task: &Path| {
        let read = |file: &str| std::fs::read_to_string(task.join(file)).ok();
        let (name, status) = (read("comm")?, read("status")?);
        let mut lines = status.lines();
        let list = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
        Some((name.trim().to_owned(), list.trim().to_owned()))
    };
    let tasks = std::fs::read_dir(tasks).expect("it runs");
    let tasks = tasks.filter_map(|task| of_task(&task.ok()?.path()));
    tasks.collect()
}

/// Of threads with this name.
fn of<'a>(all: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let found = all.iter().filter(|(of, _)| of == name);
    found.map(|(_, list)| list.as_str()).collect()
}

#[test]
fn the_threads_of_a_model_run_keep_to_cores_of_their_own_unless_told_not_to() {
    if models::Cores::threads_in(1) < 2 {
        eprintln!("SKIPPED: one core only");
        return;
    }
    for own_cores in [true, false] {
        let inspect = format!("[inspect]\nmodel_threads = 2\nown_cores = {own_cores}\n");
        let home = home(&format!("{SIM}\n{inspect}"));
        let station = Station::start(home.path());
        station.until("/api/status", |status| {
            status["counts"]["parts"].as_u64() > Some(1)
        });
        let all = allowed(station.id());
        let (inspects, others) = (of(&all, "inspect-0"), of(&all, "acq-0"));
        assert_eq!((inspects.len(), others.len()), (1, 1), "{all:?}");
        assert_eq!(inspects != others, own_cores, "{all:?}");
        // The other thread of the run is the library's, under the program's name.
        let threads = all.iter().filter(|(name, _)| !name.contains("inspect-"));
        let on_one = threads.filter(|(_, list)| *list != others[0]);
        let other_core = on_one.filter(|(_, list)| *list != inspects[0]);
        assert_eq!(other_core.count() > 0, own_cores, "{all:?}");
        station.stop();
    }
}

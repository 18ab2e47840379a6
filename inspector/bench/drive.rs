//! Sends queries and times them.
//!
//! Open loop: a query has a time at which it comes, whatever became of those before, and is timed from then.
//! A server that stalls for a second is therefore slow for every part of that second, as a line sees it.

use super::server::{Served, Server};
use super::usage;
use crate::clock::{Clock, processor_time};
use crate::priority::Priority;
use crate::station::time::Instant;
use crate::station::verdict::Verdict;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Time between looks at memory, progress and a wish to stop.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// When queries come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From one part to the next, of one camera.
    pub takt: Duration,
    /// Parts that come at once.
    pub burst: u64,
    /// Cameras, each with its own parts, evenly shifted.
    pub cameras: u64,
}

impl Schedule {
    /// One camera, one part every takt.
    pub const fn every(takt: Duration) -> Self {
        Self {
            takt,
            burst: 1,
            cameras: 1,
        }
    }

    /// When a query comes, after the first.
    pub fn comes_after(&self, query: u64) -> Duration {
        let takt_ns = self.takt.as_nanos() as u64;
        let of_camera = query / self.cameras;
        let shift_ns = takt_ns * (query % self.cameras) / self.cameras;
        // Groups lie as far apart as their parts would take one by one.
        let group = of_camera / self.burst * self.burst;
        Duration::from_nanos(takt_ns * group + shift_ns)
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// When each query comes.
    pub schedule: Schedule,
    /// How many are sent.
    pub queries: u64,
    /// In idle gaps the model runs this often; zero is never.
    pub keep_warm: Duration,
    /// Ends early when a query took longer than this.
    pub gives_up_above: Option<Duration>,
    /// Whether threads that serve have real-time priority.
    pub real_time: bool,
}

/// One query and its times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// When it came, after the first.
    pub came_after: Duration,
    /// From when it came to its verdict.
    pub latency: Duration,
    /// From when it was begun to its verdict.
    pub service: Duration,
    /// The model's own run in it.
    pub model: Duration,
    /// Whether those before were unfinished when it came.
    pub is_overtime: bool,
    /// Of it; none while it is not answered.
    pub verdict: Option<Verdict>,
}

/// Everything that was seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// In the order in which they came.
    pub samples: Vec<Sample>,
    /// From the first to the end of the last.
    pub span: Duration,
    /// Processor time of all threads meanwhile.
    pub processor: Duration,
    /// Bytes of memory in use, and when; at the start and at every look.
    pub memory: Vec<(Duration, u64)>,
}

/// Told how many queries are done; says whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(u64) -> ControlFlow<()>;

/// What the threads share.
struct Shared<'a> {
    clock: &'a dyn Clock,
    start: Instant,
    next: AtomicU64,
    done: AtomicU64,
    stop: AtomicBool,
    trouble: Mutex<Option<String>>,
}

impl<'a> Shared<'a> {
    fn new(clock: &'a dyn Clock) -> Self {
        Self {
            clock,
            start: clock.now(),
            next: AtomicU64::new(0),
            done: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            trouble: Mutex::new(None),
        }
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Takes note of the first trouble, and ends.
    fn refuse(&self, why: String) {
        self.stop.store(true, Ordering::Relaxed);
        if let Ok(mut trouble) = self.trouble.lock() {
            trouble.get_or_insert(why);
        }
    }

    fn since_start(&self) -> Duration {
        self.clock.now().since(self.start)
    }
}

/// Sends the load to the servers, one thread each; a query is taken by the first that is free.
///
/// # Errors
/// What a server could not answer rightly. No time is told then.
pub fn open_loop(
    clock: &dyn Clock,
    servers: &mut [Box<dyn Server>],
    load: &Load,
    watch: Watch,
) -> Result<Seen, String> {
    run(
        clock,
        servers,
        watch,
        load.queries,
        load.real_time,
        |shared, server, samples| {
            serve_open(shared, server, load, samples);
        },
    )
}

/// Sends a query as soon as a server is free, for so long; threads that serve may have real-time priority.
///
/// # Errors
/// As [`open_loop`].
pub fn closed_loop(
    clock: &dyn Clock,
    servers: &mut [Box<dyn Server>],
    time: Duration,
    real_time: bool,
    watch: Watch,
) -> Result<Seen, String> {
    run(
        clock,
        servers,
        watch,
        0,
        real_time,
        |shared, server, samples| {
            while !shared.is_over() && shared.since_start() < time {
                let came_after = shared.since_start();
                let query = shared.next.fetch_add(1, Ordering::Relaxed);
                match server.serve(query) {
                    Ok(served) => {
                        let sample = sample(shared, (came_after, came_after), served, false);
                        samples.push((query, sample));
                    }
                    Err(why) => return shared.refuse(why),
                }
                shared.done.fetch_add(1, Ordering::Relaxed);
            }
        },
    )
}

/// Of a query that came and was begun at these times.
fn sample(
    shared: &Shared,
    (came_after, begun_after): (Duration, Duration),
    served: Served,
    is_overtime: bool,
) -> Sample {
    let ended_after = shared.since_start();
    Sample {
        came_after,
        latency: ended_after.saturating_sub(came_after),
        service: ended_after.saturating_sub(begun_after),
        model: served.model,
        is_overtime,
        verdict: Some(served.verdict),
    }
}

fn serve_open(
    shared: &Shared,
    server: &mut dyn Server,
    load: &Load,
    samples: &mut Vec<(u64, Sample)>,
) {
    loop {
        let query = shared.next.fetch_add(1, Ordering::Relaxed);
        if query >= load.queries || shared.is_over() {
            return;
        }
        let came_after = load.schedule.comes_after(query);
        // Nothing comes before the first, which threads that were only just started are late for.
        let is_overtime = query > 0 && shared.since_start() > came_after;
        if let Err(why) = wait(shared, server, came_after, load.keep_warm) {
            return shared.refuse(why);
        }
        // Told to stop in a gap, it does not begin another.
        if shared.is_over() {
            return;
        }
        let begun_after = shared.since_start();
        let served = match server.serve(query) {
            Ok(served) => served,
            Err(why) => return shared.refuse(why),
        };
        let sample = sample(shared, (came_after, begun_after), served, is_overtime);
        samples.push((query, sample));
        shared.done.fetch_add(1, Ordering::Relaxed);
        if load
            .gives_up_above
            .is_some_and(|most| sample.latency > most)
        {
            shared.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// Waits for a query, and keeps the model warm meanwhile where there is time for it.
fn wait(
    shared: &Shared,
    server: &mut dyn Server,
    until: Duration,
    keep_warm: Duration,
) -> Result<(), String> {
    let mut took = Duration::ZERO;
    while !keep_warm.is_zero() {
        let began = shared.since_start();
        // A run that would not be over in time, with as much again for luck, is worse than a cold device.
        if until < began + keep_warm + took * 2 || shared.is_over() {
            break;
        }
        shared.clock.sleep_until(shared.start + began + keep_warm);
        let runs_from = shared.since_start();
        server.keep_warm()?;
        took = took.max(shared.since_start().saturating_sub(runs_from));
    }
    while !shared.is_over() && shared.since_start() < until {
        // In pieces, so that a long takt can be stopped.
        let piece = until.min(shared.since_start() + Duration::from_secs(1));
        shared.clock.sleep_until(shared.start + piece);
    }
    Ok(())
}

/// One thread a server, and this one to look on.
fn run<F>(
    clock: &dyn Clock,
    servers: &mut [Box<dyn Server>],
    watch: Watch,
    expected: u64,
    real_time: bool,
    serve: F,
) -> Result<Seen, String>
where
    F: Fn(&Shared, &mut dyn Server, &mut Vec<(u64, Sample)>) + Sync,
{
    // Room for all of them from the start, or they would look like a leak of what is measured.
    let room = (expected as usize).min(50_000_000);
    let count = servers.len();
    let mut all: Vec<(u64, Sample)> = vec![(0, Sample::default()); room];
    all.clear();
    let burnt = processor_time();
    let shared = Shared::new(clock);
    let mut memory = vec![(Duration::ZERO, usage::memory_bytes())];
    let (serve, shared_) = (&serve, &shared);
    std::thread::scope(|scope| {
        let only = (count == 1).then(|| std::mem::take(&mut all));
        let mut own = only.into_iter();
        let threads: Vec<_> = servers
            .iter_mut()
            .map(|server| {
                let mut samples = own.next().unwrap_or_default();
                scope.spawn(move || {
                    if real_time && let Err(error) = Priority::Verdict.take() {
                        shared_.refuse(format!("real-time priority: {error}"));
                    }
                    serve(shared_, server.as_mut(), &mut samples);
                    samples
                })
            })
            .collect();
        look_on(shared_, &threads, &mut memory, watch);
        for thread in threads {
            match thread.join() {
                Ok(samples) if all.is_empty() => all = samples,
                Ok(samples) => all.extend(samples),
                Err(_) => shared_.refuse("a thread that inspects panicked".to_owned()),
            }
        }
    });
    let span = shared.since_start();
    let processor = processor_time().saturating_sub(burnt);
    if let Some(why) = shared.trouble.into_inner().unwrap_or(None) {
        return Err(why);
    }
    memory.push((span, usage::memory_bytes()));
    all.sort_unstable_by_key(|(query, _)| *query);
    Ok(Seen {
        samples: all.into_iter().map(|(_, sample)| sample).collect(),
        span,
        processor,
        memory,
    })
}

/// Until all have ended.
fn look_on<T>(
    shared: &Shared,
    threads: &[std::thread::ScopedJoinHandle<'_, T>],
    memory: &mut Vec<(Duration, u64)>,
    watch: Watch,
) {
    // Long runs are looked at less often: no more than some thousand values.
    let mut every = LOOK_EVERY;
    let mut looked = Duration::ZERO;
    while threads.iter().any(|thread| !thread.is_finished()) {
        if watch(shared.done.load(Ordering::Relaxed)).is_break() {
            shared.stop.store(true, Ordering::Relaxed);
        }
        std::thread::sleep(LOOK_EVERY / 10);
        let now = shared.since_start();
        if now >= looked + every {
            looked = now;
            memory.push((now, usage::memory_bytes()));
            every = LOOK_EVERY.max(now / 2_000);
        }
    }
}

#[cfg(test)]
mod tests;

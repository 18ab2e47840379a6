use super::*;
use crate::clock::SimulatedClock;
use crate::station::time::WallTime;
use std::sync::Arc;

/// Time passes by sleeping, and in no other way.
#[derive(Clone, Default)]
struct Slept(Arc<SimulatedClock>);

impl Clock for Slept {
    fn now(&self) -> Instant {
        self.0.now()
    }
    fn wall(&self) -> WallTime {
        self.0.wall()
    }
    fn sleep_until(&self, at: Instant) {
        self.0.advance_to(at);
    }
}

/// Takes known times, by query.
struct Planted<T> {
    clock: Slept,
    takes: T,
    kept_warm: Arc<AtomicU64>,
}

impl<T: FnMut(u64) -> Duration + Send> Server for Planted<T> {
    fn serve(&mut self, query: u64) -> Result<Served, String> {
        let model = (self.takes)(query);
        self.clock.sleep_until(self.clock.now() + model);
        let verdict = Verdict::Pass;
        Ok(Served { verdict, model })
    }

    fn keep_warm(&mut self) -> Result<(), String> {
        self.kept_warm.fetch_add(1, Ordering::Relaxed);
        self.clock.sleep_until(self.clock.now() + ms(2));
        Ok(())
    }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn load(takt_ms: u64, queries: u64) -> Load {
    Load {
        schedule: Schedule::every(ms(takt_ms)),
        queries,
        keep_warm: Duration::ZERO,
        gives_up_above: None,
        real_time: false,
    }
}

fn run_planted(
    load: &Load,
    takes: impl FnMut(u64) -> Duration + Send + 'static,
) -> (Seen, Arc<AtomicU64>) {
    let (clock, kept_warm) = (Slept::default(), Arc::default());
    let server = Planted {
        clock: clock.clone(),
        takes,
        kept_warm: Arc::clone(&kept_warm),
    };
    let mut servers: Vec<Box<dyn Server>> = vec![Box::new(server)];
    let seen = open_loop(&clock, &mut servers, load, &mut |_| {
        ControlFlow::Continue(())
    });
    (seen.expect("all are right"), kept_warm)
}

/// A server that takes 1 ms, and once stands still for a second, at a part every 10 ms: a hundred parts came
/// meanwhile. Timed from when each was begun, one in a thousand would be slow; a line sees one in ten.
#[test]
fn a_stall_counts_for_every_part_that_came_meanwhile() {
    let takes = |query| if query == 500 { ms(1_000) } else { ms(1) };
    let (seen, _) = run_planted(&load(10, 1_000), takes);
    let latency = |query: usize| seen.samples[query].latency;
    assert_eq!((latency(499), latency(500)), (ms(1), ms(1_000)));
    // Each later one began 1 ms after the one before, and came 10 ms after it.
    assert_eq!((latency(501), latency(502)), (ms(991), ms(982)));
    let slow = seen.samples.iter().filter(|s| s.latency > ms(1)).count();
    assert_eq!(slow, 111);
    let overtime = seen.samples.iter().filter(|s| s.is_overtime).count();
    assert_eq!(overtime, 111 - 1, "all of them but the one that stalled");
    let served: Duration = seen.samples.iter().map(|s| s.model).sum();
    assert_eq!(served, ms(1_999), "and the model itself was slow once");
}

/// Known service times, as a queue with known waiting: every second one takes 15 of 10 ms.
#[test]
fn a_slow_part_delays_the_next_and_no_other() {
    let takes = |query| if query % 2 == 0 { ms(15) } else { ms(3) };
    let (seen, _) = run_planted(&load(10, 100), takes);
    for pair in seen.samples.chunks(2) {
        assert_eq!((pair[0].latency, pair[1].latency), (ms(15), ms(8)));
        assert_eq!((pair[0].is_overtime, pair[1].is_overtime), (false, true));
    }
    assert_eq!(seen.span, ms(998));
}

#[test]
fn parts_of_a_burst_come_at_once_and_those_of_cameras_evenly() {
    let burst = Schedule {
        burst: 4,
        ..Schedule::every(ms(10))
    };
    let came: Vec<Duration> = (0..6).map(|query| burst.comes_after(query)).collect();
    assert_eq!(came, [0, 0, 0, 0, 40, 40].map(ms));
    let cameras = Schedule {
        cameras: 4,
        ..Schedule::every(ms(10))
    };
    let came: Vec<u128> = (0..6).map(|q| cameras.comes_after(q).as_micros()).collect();
    assert_eq!(came, [0, 2_500, 5_000, 7_500, 10_000, 12_500]);
}

#[test]
fn it_is_kept_warm_in_gaps_and_never_at_a_parts_cost() {
    let load = Load {
        keep_warm: ms(20),
        ..load(100, 50)
    };
    let (seen, kept_warm) = run_planted(&load, |_| ms(5));
    assert!(seen.samples.iter().all(|sample| sample.latency == ms(5)));
    // Of 95 ms: at 20, 42, 64 and 86, each 2 ms.
    assert_eq!(kept_warm.load(Ordering::Relaxed), 49 * 4);
}

#[test]
fn a_wrong_verdict_gives_no_time() {
    struct Wrong;
    impl Server for Wrong {
        fn serve(&mut self, query: u64) -> Result<Served, String> {
            Err(format!("query {query}: expected Pass, found Fail"))
        }
        fn keep_warm(&mut self) -> Result<(), String> {
            Ok(())
        }
    }
    let mut servers: Vec<Box<dyn Server>> = vec![Box::new(Wrong)];
    let go_on = &mut |_| ControlFlow::Continue(());
    let clock = Slept::default();
    let open = open_loop(&clock, &mut servers, &load(10, 5), go_on);
    assert_eq!(open.unwrap_err(), "query 0: expected Pass, found Fail");
    assert!(closed_loop(&clock, &mut servers, ms(100), false, go_on).is_err());
}

#[test]
fn a_closed_loop_sends_as_fast_as_it_is_served() {
    let clock = Slept::default();
    let server = Planted {
        clock: clock.clone(),
        takes: |_| ms(4),
        kept_warm: Arc::default(),
    };
    let mut servers: Vec<Box<dyn Server>> = vec![Box::new(server)];
    let seen = closed_loop(&clock, &mut servers, ms(1_000), false, &mut |_| {
        ControlFlow::Continue(())
    });
    assert_eq!(seen.expect("right").samples.len(), 250);
}

#[test]
fn it_gives_up_when_a_part_was_too_late_and_stops_when_told() {
    let load = Load {
        gives_up_above: Some(ms(50)),
        ..load(10, 1_000)
    };
    let (seen, _) = run_planted(&load, |_| ms(12));
    // Each one is 2 ms later than the one before.
    assert_eq!(seen.samples.len(), 21);
    let mut servers: Vec<Box<dyn Server>> = Vec::new();
    for _ in 0..3 {
        servers.push(Box::new(Planted {
            clock: Slept::default(),
            takes: |_| ms(1),
            kept_warm: Arc::default(),
        }));
    }
    let clock = crate::clock::SystemClock;
    let slow = self::load(1_000, 1_000);
    let seen = open_loop(&clock, &mut servers, &slow, &mut |_| ControlFlow::Break(()));
    assert!(seen.expect("right").samples.len() < 10);
}

#[test]
fn the_first_part_finds_none_unfinished_on_a_real_clock() {
    struct Instantly;
    impl Server for Instantly {
        fn serve(&mut self, _: u64) -> Result<Served, String> {
            Ok(Served {
                verdict: Verdict::Pass,
                model: Duration::ZERO,
            })
        }
        fn keep_warm(&mut self) -> Result<(), String> {
            Ok(())
        }
    }
    let mut servers: Vec<Box<dyn Server>> = vec![Box::new(Instantly)];
    let clock = crate::clock::SystemClock;
    let seen = open_loop(&clock, &mut servers, &load(1, 1), &mut |_| {
        ControlFlow::Continue(())
    });
    assert!(!seen.expect("it answers").samples[0].is_overtime);
}

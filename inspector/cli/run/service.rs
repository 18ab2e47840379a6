//! What a service manager that started the program is told, by the protocol of systemd's `Type=notify` (sd_notify(3)).
//! Without one nothing is told.

use crate::pipeline::threads::{Pulse, Running};
use sd_notify::NotifyState;
use std::thread::Builder;
use std::time::Duration;

/// The station decides: units that wait for it may start. From now on the manager hears, as often as it wants, that every
/// thread that decides comes round; when it hears nothing for its `WatchdogSec` it starts the program anew.
pub(super) fn ready(running: &Running) {
    tell(NotifyState::Ready);
    let Some(within) = sd_notify::watchdog_enabled() else {
        return;
    };
    let mut watched = Watched::new(running.pulses());
    // Ends with the process: after a stop nobody listens any more.
    let turn = move || {
        loop {
            std::thread::sleep(every(within));
            if watched.all_come_round() {
                tell(NotifyState::Watchdog);
            }
        }
    };
    // Without the thread the manager hears nothing, and starts the program anew: the safe side.
    let _ = Builder::new().name("watchdog".to_owned()).spawn(turn);
}

/// The station stops: parts on their way are seen through, which may take a while.
pub(super) fn stopping() {
    tell(NotifyState::Stopping);
}

/// How many looks there are in the time that the manager waits.
const LOOKS: u32 = 10;

fn every(within: Duration) -> Duration {
    (within / LOOKS).max(Duration::from_millis(10))
}

/// A manager that does not listen must not keep the station from its work.
fn tell(state: NotifyState<'_>) {
    let _ = sd_notify::notify(&[state]);
}

/// Threads that must come round, how far each had come, and how many looks it has not moved for.
struct Watched(Vec<(Pulse, u64, u32)>);

impl Watched {
    fn new(pulses: Vec<Pulse>) -> Self {
        let seen = pulses.into_iter().map(|pulse| (pulse, u64::MAX, 0));
        Self(seen.collect())
    }

    /// Whether every one moved within half of the time that the manager waits: one may take long, and each its own time.
    fn all_come_round(&mut self) -> bool {
        let mut all = true;
        for (pulse, seen, still) in &mut self.0 {
            let now = pulse.beats();
            *still = match std::mem::replace(seen, now) == now {
                true => still.saturating_add(1),
                false => 0,
            };
            all &= *still < LOOKS / 2;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_that_hangs_is_missed_and_slow_ones_are_not() {
        let pulses = [Pulse::default(), Pulse::default()];
        let mut watched = Watched::new(pulses.to_vec());
        // Each comes round in every third look, and not in the same.
        for look in 0..30 {
            match look % 3 {
                0 => pulses[0].beat(),
                1 => pulses[1].beat(),
                _ => {}
            }
            assert!(watched.all_come_round(), "look {look}");
        }
        let hung = (0..LOOKS).map(|_| {
            pulses[0].beat();
            watched.all_come_round()
        });
        let hung: Vec<bool> = hung.collect();
        assert_eq!(hung.last(), Some(&false), "{hung:?}");
        pulses[1].beat();
        assert!(watched.all_come_round(), "it came round again");
    }
}

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
            if watched.all_moved() {
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

/// Often enough that one that is missed does no harm.
fn every(within: Duration) -> Duration {
    (within / 4).max(Duration::from_millis(100))
}

/// A manager that does not listen must not keep the station from its work.
fn tell(state: NotifyState<'_>) {
    let _ = sd_notify::notify(&[state]);
}

/// Threads that must come round, and how far they had come when they were looked at.
struct Watched(Vec<(Pulse, u64)>);

impl Watched {
    fn new(pulses: Vec<Pulse>) -> Self {
        let seen = pulses.into_iter().map(|pulse| (pulse, u64::MAX));
        Self(seen.collect())
    }

    /// Whether every one moved since the last look.
    fn all_moved(&mut self) -> bool {
        let mut all = true;
        for (pulse, seen) in &mut self.0 {
            let now = pulse.beats();
            all &= std::mem::replace(seen, now) != now;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_that_hangs_is_enough_to_be_missed() {
        let pulses = [Pulse::default(), Pulse::default()];
        let mut watched = Watched::new(pulses.to_vec());
        assert!(
            watched.all_moved(),
            "nothing is known of the time before the first look"
        );
        pulses.iter().for_each(Pulse::beat);
        assert!(watched.all_moved());
        pulses[0].beat();
        assert!(!watched.all_moved());
        pulses.iter().for_each(Pulse::beat);
        assert!(watched.all_moved());
    }
}

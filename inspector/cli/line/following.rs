//! A thread for each device that keeps the board as the device is.

use super::watched::Watched;
use crate::adapters::line::wiring::Wiring;
use crate::clock::Clock;
use crate::ports::line::LineDevice;
use crate::telemetry::signals::SignalBoard;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two looks for the end.
const NAP: Duration = Duration::from_millis(5);

/// Devices that are followed until this is dropped.
pub(super) struct Following {
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Following {
    pub fn start(
        wiring: &Wiring,
        devices: Vec<(String, Box<dyn LineDevice>)>,
        board: &Arc<SignalBoard>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for (name, device) in devices {
            let at = wiring.devices.iter().position(|it| it.name == name);
            let Some(Ok(at)) = at.map(u8::try_from) else {
                continue;
            };
            let watched = Watched::new(wiring, at, board);
            let (is_over, clock) = (Arc::clone(&is_over), Arc::clone(clock));
            threads.push(std::thread::spawn(move || {
                follow(device, watched, &is_over, &*clock);
            }));
        }
        Self { is_over, threads }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A device that panicked has said so; there is nothing to set here.
            drop(thread.join());
        }
    }
}

fn follow(
    mut device: Box<dyn LineDevice>,
    mut watched: Watched,
    is_over: &AtomicBool,
    clock: &dyn Clock,
) {
    while !is_over.load(Ordering::Relaxed) {
        match device.signals() {
            Some(signals) => {
                let nap = watched.look(signals, clock);
                std::thread::sleep(nap.min(Duration::from_millis(50)));
            }
            None => device.turn(NAP),
        }
    }
    // One with a handshake tells the PLC that nobody is here; the others were never told anything.
    if device.signals().is_none() {
        device.rest();
    }
}

//! The THREADS table: a thread is a loop around a stage's `step`. The only place that starts threads of
//! the data plane.

use super::acquire::{AcquireStage, Acquired};
use super::actuate::ActuateStage;
use super::assembly::{Assembly, Controls};
use super::identify::IdentifyStage;
use super::images::ImagesStage;
use super::inspect::InspectStage;
use super::message::FrameItem;
use super::record::RecordStage;
use super::trigger::{Heard, TriggerStage};
use crate::ports::line::LineDevice;
use crate::priority::Priority;
use crate::queue::{Bell, Outlet};
use crate::station::state::State;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Every thread of the data plane: name, what it does, its priority where the job has real-time ones, how it ends.
pub const THREADS: &[(&str, &str, Priority, &str)] = &[
    (
        "acq-<camera>",
        "frames from one camera",
        Priority::Line,
        "on stop, when no part is to come that waits for its frame",
    ),
    (
        "trigger",
        "parts from the line",
        Priority::Line,
        "on stop, when its device has told what came",
    ),
    (
        "line-<device>",
        "messages to and from one device of the line",
        Priority::Line,
        "when actuate has ended",
    ),
    (
        "identify",
        "who parts are whose trigger did not say",
        Priority::Verdict,
        "when every acq has ended and nobody waits",
    ),
    (
        "inspect-<n>",
        "verdicts from frames",
        Priority::Verdict,
        "when every acq and identify have ended",
    ),
    (
        "actuate",
        "commands to the ejector",
        Priority::Line,
        "when every part has left",
    ),
    (
        "record",
        "durable results",
        Priority::Normal,
        "when actuate has ended and all is durable",
    ),
    (
        "images",
        "stored pictures",
        Priority::Normal,
        "when inspect has ended",
    ),
];

/// Of the thread with this name.
fn priority_of(name: &str) -> Priority {
    let mut all = THREADS.iter();
    let found = all.find(|(known, ..)| known.split('-').next() == name.split('-').next());
    found.map_or(Priority::Normal, |(_, _, priority, _)| *priority)
}

/// The longest that a waiting thread goes without looking whether it should end.
const NAP: Duration = Duration::from_millis(50);
/// The shortest nap while rows wait for room in the result log.
const FULL_NAP: Duration = Duration::from_millis(5);

/// Moves while a thread that decides comes round, whether or not parts come.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// The thread has come round once more.
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often the thread came round.
    pub fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A running job.
pub struct Running {
    /// Of `actuate`, and of each `inspect-<n>`.
    pulses: Vec<Pulse>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    /// Set when `record` gives up with rows that are not durable.
    give_up: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
}

/// What a stopped job left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Whether a thread died on the way.
    pub has_panicked: bool,
}

impl Running {
    /// Of the threads that decide and command: each moves at least once in the longest run of a model.
    pub fn pulses(&self) -> Vec<Pulse> {
        self.pulses.clone()
    }

    /// No more parts are announced; those in flight are seen through. Returns at once.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Lets `record` end although rows are not durable, as on a disk that stays full.
    pub fn give_up_recording(&self) {
        self.give_up.store(true, Ordering::Release);
    }

    /// Whether the line has ended by itself (files played once).
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire) || self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Whether every thread has ended.
    pub fn is_finished(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Waits for every thread, at most so long: one that hangs in the disk cannot be ended. `None` when one has not
    /// ended by then; it ends with the process.
    pub fn join_within(self, at_most: Duration) -> Option<Stopped> {
        const LOOK_EVERY: Duration = Duration::from_millis(10);
        let mut waited = Duration::ZERO;
        while !self.is_finished() {
            if waited >= at_most {
                return None;
            }
            std::thread::sleep(LOOK_EVERY);
            waited += LOOK_EVERY;
        }
        Some(self.join())
    }

    /// Waits for every thread.
    pub fn join(self) -> Stopped {
        let mut has_panicked = false;
        for thread in self.threads {
            has_panicked |= thread.join().is_err();
        }
        Stopped { has_panicked }
    }
}

impl Assembly {
    /// Starts every thread of the table, with its priority or with a normal one. `io::Error` when the system has no
    /// more threads.
    pub fn start(self, real_time: bool) -> io::Result<(Running, Controls)> {
        let stop = Arc::new(AtomicBool::new(false));
        let give_up = Arc::new(AtomicBool::new(false));
        let ended = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        let mut spawn = |name: &str, body: Box<dyn FnOnce() + Send>| -> io::Result<()> {
            let priority = priority_of(name);
            let body = move || {
                if real_time {
                    // It was tried before; where it fails all the same, the thread is as soon as others.
                    let _ = priority.take();
                }
                body();
            };
            threads.push(Builder::new().name(name.to_owned()).spawn(body)?);
            Ok(())
        };
        self.controls.stats.state.set(State::ContinuousExecution);
        let (record, images) = (self.record, self.images);
        let quit = Arc::clone(&give_up);
        spawn("record", Box::new(move || turn_record(record, &quit)))?;
        let bell = self.images_bell;
        spawn("images", Box::new(move || turn_images(images, &bell)))?;
        let mut pulses = vec![Pulse::default()];
        let actuate = (self.actuate, self.actuate_bell, pulses[0].clone());
        start_line(actuate, self.devices, &mut spawn)?;
        for (n, inspect) in self.inspect.into_iter().enumerate() {
            let (frames, pulse) = (self.frames.clone(), Pulse::default());
            pulses.push(pulse.clone());
            spawn(
                &format!("inspect-{n}"),
                Box::new(move || turn_inspect(inspect, &frames, &pulse)),
            )?;
        }
        if let Some((identify, bell)) = self.identify {
            spawn("identify", Box::new(move || turn_identify(identify, &bell)))?;
        }
        for (n, acquire) in self.acquire.into_iter().enumerate() {
            let (stop, ended) = (Arc::clone(&stop), Arc::clone(&ended));
            spawn(
                &format!("acq-{n}"),
                Box::new(move || turn_acquire(acquire, &stop, &ended)),
            )?;
        }
        if let Some(trigger) = self.trigger {
            let (stop, ended) = (Arc::clone(&stop), Arc::clone(&ended));
            spawn(
                "trigger",
                Box::new(move || turn_trigger(trigger, &stop, &ended)),
            )?;
        }
        let running = Running {
            pulses,
            stop,
            threads,
            give_up,
            ended,
        };
        Ok((running, self.controls))
    }
}

fn turn_acquire(mut stage: AcquireStage, stop: &AtomicBool, ended: &AtomicBool) {
    // A leading camera announces by itself, so it ends at once on stop; a following one serves the
    // parts that are announced until then, which a device may tell later.
    let leads = stage.announcer().is_some();
    loop {
        let is_stopping = stop.load(Ordering::Acquire);
        if is_stopping && stage.is_over() {
            break;
        }
        if stage.step(NAP / 5) == Acquired::Ended {
            ended.store(true, Ordering::Release);
            if leads || !stage.is_waiting() {
                break;
            }
            std::thread::sleep(NAP / 5);
        }
    }
    stage.end_gap();
    if let Some(announcer) = stage.announcer() {
        while announcer.has_untold() {
            announcer.tell_gap();
            std::thread::sleep(FULL_NAP);
        }
    }
}

fn turn_trigger(mut stage: TriggerStage, stop: &AtomicBool, ended: &AtomicBool) {
    while !stop.load(Ordering::Acquire) {
        if stage.step(NAP) == Heard::Ended {
            ended.store(true, Ordering::Release);
            break;
        }
    }
    // Parts that came until now are told, though their device may still read who they are.
    if !ended.load(Ordering::Acquire) && stage.close() {
        while stage.step(NAP / 5) != Heard::Ended && !stage.is_overdue() {}
    }
    stage.end_gap();
    while stage.announcer().has_untold() {
        stage.announcer().tell_gap();
        std::thread::sleep(FULL_NAP);
    }
}

/// Starts a thread of this name.
type Spawn<'a> = &'a mut dyn FnMut(&str, Box<dyn FnOnce() + Send>) -> io::Result<()>;

/// Whoever commands the line, and the devices that it commands.
fn start_line(
    (actuate, bell, pulse): (ActuateStage, Arc<Bell>, Pulse),
    devices: Vec<(String, Box<dyn LineDevice>)>,
    spawn: Spawn<'_>,
) -> io::Result<()> {
    let over = Arc::new(AtomicBool::new(false));
    let has_acted = Arc::clone(&over);
    let turn = move || {
        turn_actuate(actuate, &bell, &pulse);
        has_acted.store(true, Ordering::Release);
    };
    spawn("actuate", Box::new(turn))?;
    for (name, device) in devices {
        let over = Arc::clone(&over);
        let turn = move || turn_device(device, &over);
        spawn(&format!("line-{name}"), Box::new(turn))?;
    }
    Ok(())
}

/// As long as anybody may command it: a device must take the last command, and what it was told before it rests.
fn turn_device(mut device: Box<dyn LineDevice>, over: &AtomicBool) {
    while !over.load(Ordering::Acquire) {
        device.turn(NAP / 5);
    }
    device.turn(Duration::ZERO);
    device.rest();
}

fn turn_identify(mut stage: IdentifyStage, bell: &Bell) {
    while !stage.is_done() {
        let is_busy = stage.step();
        let nap = stage.quiet_for().map_or(NAP, |quiet| quiet.min(NAP));
        if !is_busy && !nap.is_zero() {
            bell.wait(nap);
        }
    }
    stage.step();
}

fn turn_inspect(mut stage: InspectStage, frames: &Outlet<FrameItem>, pulse: &Pulse) {
    loop {
        pulse.beat();
        match frames.pop_waiting(stage.patience(NAP)) {
            Some(item) => stage.step(item),
            None if frames.is_closed() => return,
            None => stage.idle(),
        }
    }
}

fn turn_actuate(mut stage: ActuateStage, bell: &Bell, pulse: &Pulse) {
    while !stage.is_done() {
        pulse.beat();
        let nap = stage.quiet_for().map_or(NAP, |quiet| quiet.min(NAP));
        let nap = if stage.has_unrecorded() {
            nap.min(FULL_NAP)
        } else {
            nap
        };
        bell.wait(nap);
        stage.step();
    }
    stage.step();
    stage.rest();
}

fn turn_record(mut stage: RecordStage, give_up: &AtomicBool) {
    while !stage.is_done() {
        if stage.is_retrying() {
            if give_up.load(Ordering::Acquire) {
                return;
            }
            std::thread::sleep(NAP);
            stage.step();
        } else {
            stage.step_waiting(NAP);
        }
    }
}

fn turn_images(mut stage: ImagesStage, bell: &Bell) {
    while !stage.is_done() {
        if stage.is_idle() {
            bell.wait(NAP);
        }
        stage.step();
    }
    stage.finish();
}

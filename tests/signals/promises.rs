//! What `ports::signal::SignalDevice` promises wherever the far side is: in a process behind a socket, or lines of this
//! computer.

use crate::counting::allocations_of;
use inspector::clock::{Clock, SystemClock};
use inspector::ports::signal::{SignalDevice, SignalError, Value};
use inspector::station::time::Instant;
use std::fmt::Display;
use std::time::Duration;

/// What a busy machine adds to a time limit.
pub const SLACK: Duration = Duration::from_millis(100);

/// One value as it was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Bit(bool),
    Word(u16),
    Double(u32),
    Text(String),
}

impl From<Value<'_>> for Told {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Bit(is_on) => Told::Bit(is_on),
            Value::Word(word) => Told::Word(word),
            Value::Double(double) => Told::Double(double),
            Value::Text(text) => Told::Text(text.to_owned()),
        }
    }
}

/// The far side of a device, as something else than the adapter has it in its hands.
pub trait Far {
    /// What an input is from now on.
    fn set(&mut self, input: u8, value: &dyn Display);
    /// What the far side has at an output.
    fn is_on(&mut self, output: u8) -> bool;
    /// Ends it, as a power cut or a pulled plug does.
    fn kill(&mut self);
    /// It is there again, with everything off.
    fn restart(&mut self);
}

/// An input of the suite: what it is at first, what it is set to, and as what that is told.
pub struct Trial {
    pub input: u8,
    pub rest: (&'static str, Told),
    pub set: (&'static str, Told),
}

/// A device that is open, and its far side.
pub struct Subject<F> {
    pub far: F,
    pub device: Box<dyn SignalDevice>,
    /// Every input of it.
    pub trials: Vec<Trial>,
    /// How long a call may take.
    pub limit: Duration,
}

pub type Heards = Vec<(u8, Told, Instant)>;

impl<F: Far> Subject<F> {
    pub fn poll(&mut self) -> Result<Heards, SignalError> {
        let mut heard = Vec::new();
        let polled = self
            .device
            .poll(&mut |input, value, at| heard.push((input, value.into(), at)));
        polled.map(|()| heard)
    }

    /// What an input is, after everything that changed.
    pub fn value(&mut self, input: u8) -> Result<Told, SignalError> {
        let heard = self.poll()?;
        let found = heard.into_iter().rfind(|(number, ..)| *number == input);
        Ok(found.expect("every input is told").1)
    }

    /// Opens again, as often as the exchange would within two seconds.
    pub fn reopened(&mut self) {
        let deadline = SystemClock.now() + Duration::from_secs(2);
        while let Err(error) = self.device.reopen() {
            assert!(SystemClock.now() < deadline, "{error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// That every call ends in time, as the connection's end.
    pub fn is_gone_in_time(&mut self, what: &str) {
        type Call = fn(&mut dyn SignalDevice) -> Result<(), SignalError>;
        let calls: [(&str, Call); 4] = [
            ("poll", |device| device.poll(&mut |_, _, _| {})),
            ("write", |device| device.write(0, true)),
            ("read_back", |device| device.read_back(0).map(drop)),
            ("reopen", |device| device.reopen()),
        ];
        for (name, call) in calls {
            let began = SystemClock.now();
            let found = call(&mut *self.device);
            let took = SystemClock.now().since(began);
            assert!(
                matches!(found, Err(SignalError::Gone { .. })),
                "{what}, {name}: {found:?}"
            );
            assert!(took < self.limit + SLACK, "{what}, {name}: {took:?}");
        }
    }
}

pub fn every_input_is_told_with_its_value_and_time<F: Far>(mut subject: Subject<F>) {
    // What was is no news any more.
    subject.poll().expect("it answers");
    let trials = std::mem::take(&mut subject.trials);
    let before = SystemClock.now();
    trials
        .iter()
        .for_each(|trial| subject.far.set(trial.input, &trial.set.0));
    let set = SystemClock.now();
    let heard = subject.poll().expect("it answers");
    let after = SystemClock.now();
    let times: Vec<Instant> = heard.iter().map(|(.., at)| *at).collect();
    assert!(times.is_sorted(), "in the order of time: {heard:?}");
    let (first, last) = (times[0], times[times.len() - 1]);
    assert!(before <= first && set <= last && last <= after, "{heard:?}");
    for trial in &trials {
        let mut told = heard.iter().filter(|(input, ..)| *input == trial.input);
        let newest = told.next_back().map(|(_, value, _)| value);
        assert_eq!(newest, Some(&trial.set.1), "input {}", trial.input);
    }
    for trial in &trials {
        subject.far.set(trial.input, &trial.rest.0);
        let value = subject.value(trial.input);
        assert_eq!(value, Ok(trial.rest.1.clone()), "input {}", trial.input);
    }
}

pub fn a_write_is_done_when_it_returns_and_touches_nothing_else<F: Far>(mut subject: Subject<F>) {
    for (output, other) in [(0, 1), (1, 0)] {
        for is_on in [true, false, true] {
            subject.device.write(output, is_on).expect("it is written");
            assert_eq!(subject.far.is_on(output), is_on);
            assert_eq!(subject.device.read_back(output), Ok(Some(is_on)));
        }
        assert_eq!(subject.far.is_on(other), output == 1, "{other} stays");
    }
    let refused = subject.device.write(9, true);
    assert!(matches!(refused, Err(SignalError::Refused { .. })));
}

pub fn a_far_side_that_dies_is_gone_in_time_and_back_when_it_is_there_again<F: Far>(
    mut subject: Subject<F>,
) {
    let trial = subject.trials.remove(0);
    subject.far.set(trial.input, &trial.set.0);
    assert_eq!(subject.value(trial.input), Ok(trial.set.1.clone()));
    subject.far.kill();
    subject.is_gone_in_time("killed");
    subject.far.restart();
    subject.far.set(trial.input, &trial.set.0);
    subject.reopened();
    assert_eq!(subject.value(trial.input), Ok(trial.set.1));
    subject.far.set(trial.input, &trial.rest.0);
    assert_eq!(subject.value(trial.input), Ok(trial.rest.1));
    subject.device.write(0, true).expect("it is written");
    assert!(subject.far.is_on(0));
}

pub fn nothing_allocates_after_the_first_calls<F: Far>(mut subject: Subject<F>) {
    for trial in &subject.trials {
        subject.far.set(trial.input, &trial.set.0);
    }
    let inputs = subject.trials.len();
    let device = &mut *subject.device;
    let mut told = 0_usize;
    let mut turn = || {
        let polled = device.poll(&mut |_, _, _| told += 1);
        let written = device.write(0, true).and_then(|()| device.write(0, false));
        polled.is_ok() && written.is_ok() && device.read_back(0) == Ok(Some(false))
    };
    assert!(turn());
    let mut is_well = true;
    let count = allocations_of(|| {
        for _ in 0..100 {
            is_well &= turn();
        }
    });
    assert!(is_well);
    assert_eq!(count, 0);
    assert!(told >= 101 * inputs, "{told}");
}

//! The station's state, as OPC 40100-1 names it.

use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU8, Ordering};

/// States of OPC 40100-1 `VisionStateMachine` that this station can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum State {
    /// Starting up, or not yet configured.
    Preoperational = 0,
    /// Stopped; nothing is tracked.
    Halted = 1,
    /// Something must be seen to; every part is rejected.
    Error = 2,
    /// Configured; models not yet warm.
    Initialized = 3,
    /// Warm, waiting for a job.
    Ready = 4,
    /// One part on request.
    SingleExecution = 5,
    /// A job is running.
    ContinuousExecution = 6,
}

impl State {
    /// The stable name, as in the API.
    pub const fn name(self) -> &'static str {
        match self {
            State::Preoperational => "preoperational",
            State::Halted => "halted",
            State::Error => "error",
            State::Initialized => "initialized",
            State::Ready => "ready",
            State::SingleExecution => "single_execution",
            State::ContinuousExecution => "continuous_execution",
        }
    }
}

/// A state that one thread sets and any thread reads.
#[derive(Debug)]
pub struct SharedState(AtomicU8);

impl Default for SharedState {
    fn default() -> Self {
        Self(AtomicU8::new(State::Preoperational as u8))
    }
}

impl SharedState {
    /// The state now.
    pub fn get(&self) -> State {
        match self.0.load(Ordering::Acquire) {
            0 => State::Preoperational,
            1 => State::Halted,
            3 => State::Initialized,
            4 => State::Ready,
            5 => State::SingleExecution,
            6 => State::ContinuousExecution,
            _ => State::Error,
        }
    }

    /// From now on.
    pub fn set(&self, state: State) {
        self.0.store(state as u8, Ordering::Release);
    }
}

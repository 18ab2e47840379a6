//! How a session runs: what computes, with how many threads.

/// What computes. More are added here with the build of the library that has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provider {
    /// The processor.
    #[default]
    Cpu,
}

impl Provider {
    /// In ONNX Runtime's words, as results record it.
    pub const fn name(self) -> &'static str {
        match self {
            Provider::Cpu => "CPUExecutionProvider",
        }
    }
}

/// How a session runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// What computes. There is no fall-back: a provider that is not there is an error.
    pub provider: Provider,
    /// Threads that share one run; the calling thread is one of them. At least 1.
    pub threads: usize,
    /// Whether threads wait for the next piece of work in a busy loop. That shortens a run of more
    /// than one thread and burns a core per thread for a while after each; no effect with 1 thread.
    pub is_spinning: bool,
}

impl Default for SessionOptions {
    /// The processor, one thread, no spinning: a line has parts that come at their own time, and
    /// several views to score side by side.
    fn default() -> Self {
        Self {
            provider: Provider::Cpu,
            threads: 1,
            is_spinning: false,
        }
    }
}

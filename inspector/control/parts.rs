//! Programs that announce parts and wait for what becomes of them: the way from a request to the device of the line that
//! takes it, and back.

use crate::ports::line::PartRequest;
pub use crate::ports::line::PartWord;
use crate::queue::Queue;
use crate::station::part::{PartId, Style};
use crate::station::time::Instant;
use std::fmt;
use tokio::sync::mpsc::{Receiver, channel};

/// Words that a request is answered with: that it is taken, and what is decided.
const WORDS: usize = 2;

/// The devices of the line that take requests.
#[derive(Clone, Default)]
pub struct PartRequests {
    devices: Vec<(String, Queue<PartRequest>)>,
}

impl fmt::Debug for PartRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.devices.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

/// Why no request was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// There is no such device, or it takes no requests.
    NoDevice,
    /// So many wait already.
    Full,
}

impl PartRequests {
    /// Devices by name.
    pub const fn new(devices: Vec<(String, Queue<PartRequest>)>) -> Self {
        Self { devices }
    }

    /// The names of all devices that take requests.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.devices.iter().map(|(name, _)| &**name)
    }

    /// Announces a part that is at the camera. What is said of it comes to the receiver; whoever drops it does not want to
    /// know.
    ///
    /// # Errors
    /// Why nothing was announced.
    pub fn ask(
        &self,
        device: &str,
        part_id: Option<PartId>,
        style: Option<Style>,
        at: Instant,
    ) -> Result<Receiver<PartWord>, NotAsked> {
        let of = |found: &&(String, Queue<PartRequest>)| found.0 == device;
        let (_, queue) = self.devices.iter().find(of).ok_or(NotAsked::NoDevice)?;
        let (words, receiver) = channel(WORDS);
        let request = PartRequest {
            part_id,
            style,
            at,
            // It never waits: there is room for every word.
            tell: Box::new(move |word| words.try_send(word).is_ok()),
        };
        queue.push(request).map_err(|_| NotAsked::Full)?;
        Ok(receiver)
    }
}

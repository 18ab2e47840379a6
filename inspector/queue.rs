//! Bounded queues that say what they do when full, and how full they were.

use crossbeam_channel::{Receiver, Sender, TrySendError};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::Thread;
use std::time::Duration;

/// What a full queue does with the newest item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Losing one is expected under load, and is counted.
    DropNewest,
    /// Losing one breaks a promise, so the station stops accepting parts.
    Fault,
}

/// Why an item was not queued. It comes back to the caller.
#[derive(Debug, PartialEq, Eq)]
pub enum PushError<T> {
    /// Full, and the policy is `Fault`.
    Overrun(T),
    /// Full, and the policy is `DropNewest`: counted.
    Dropped(T),
    /// Nobody reads it any more.
    Closed(T),
}

impl<T> PushError<T> {
    /// The item that was not queued.
    pub fn into_inner(self) -> T {
        let (PushError::Overrun(item) | PushError::Dropped(item) | PushError::Closed(item)) = self;
        item
    }
}

/// What a queue is and was, for the station page.
#[derive(Debug)]
pub struct Gauge {
    /// Its name in the QUEUES table.
    pub name: &'static str,
    /// The most it holds.
    pub bound: usize,
    /// What it does when full.
    pub when_full: WhenFull,
    depth: AtomicUsize,
    high_water: AtomicUsize,
    dropped: AtomicU64,
}

impl Gauge {
    /// Items waiting now.
    pub fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    /// The most that ever waited.
    pub fn high_water(&self) -> usize {
        self.high_water.load(Ordering::Relaxed)
    }

    /// Items refused because it was full.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Wakes the one thread that waits for several queues at once, without allocating.
#[derive(Debug, Default)]
pub struct Bell {
    waiter: OnceLock<Thread>,
}

impl Bell {
    /// Sleeps until somebody rings, or for `nap`. Always called by the same thread. A ring that came
    /// before is not lost.
    pub fn wait(&self, nap: Duration) {
        self.waiter.get_or_init(std::thread::current);
        std::thread::park_timeout(nap);
    }

    fn ring(&self) {
        if let Some(thread) = self.waiter.get() {
            thread.unpark();
        }
    }
}

/// The sending end. Clones send into the same queue.
pub struct Queue<T> {
    tx: Sender<T>,
    gauge: Arc<Gauge>,
    bell: Option<Arc<Bell>>,
    /// Its count says whether anybody can still send.
    alive: Arc<()>,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self {
            tx: self.tx.clone(),
            gauge: Arc::clone(&self.gauge),
            bell: self.bell.clone(),
            alive: Arc::clone(&self.alive),
        }
    }
}

/// The receiving end. Several threads may share one.
pub struct Outlet<T> {
    rx: Receiver<T>,
    gauge: Arc<Gauge>,
    alive: Weak<()>,
}

impl<T> Clone for Outlet<T> {
    fn clone(&self) -> Self {
        Self {
            rx: self.rx.clone(),
            gauge: Arc::clone(&self.gauge),
            alive: Weak::clone(&self.alive),
        }
    }
}

/// A queue of at most `bound` items, allocated now.
pub fn queue<T>(
    name: &'static str,
    bound: usize,
    when_full: WhenFull,
    bell: Option<Arc<Bell>>,
) -> (Queue<T>, Outlet<T>) {
    let (tx, rx) = crossbeam_channel::bounded(bound);
    let gauge = Arc::new(Gauge {
        name,
        bound,
        when_full,
        depth: AtomicUsize::new(0),
        high_water: AtomicUsize::new(0),
        dropped: AtomicU64::new(0),
    });
    let alive = Arc::new(());
    let outlet = Outlet {
        rx,
        gauge: Arc::clone(&gauge),
        alive: Arc::downgrade(&alive),
    };
    let queue = Queue {
        tx,
        gauge,
        bell,
        alive,
    };
    (queue, outlet)
}

impl<T> Queue<T> {
    /// Queues the item, or gives it back with the reason. Never waits.
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        match self.tx.try_send(item) {
            Ok(()) => {
                let depth = self.tx.len();
                self.gauge.depth.store(depth, Ordering::Relaxed);
                self.gauge.high_water.fetch_max(depth, Ordering::Relaxed);
                if let Some(bell) = &self.bell {
                    bell.ring();
                }
                Ok(())
            }
            Err(TrySendError::Full(item)) => {
                self.gauge.dropped.fetch_add(1, Ordering::Relaxed);
                self.gauge
                    .high_water
                    .fetch_max(self.gauge.bound, Ordering::Relaxed);
                Err(match self.gauge.when_full {
                    WhenFull::DropNewest => PushError::Dropped(item),
                    WhenFull::Fault => PushError::Overrun(item),
                })
            }
            Err(TrySendError::Disconnected(item)) => Err(PushError::Closed(item)),
        }
    }

    /// Whether one more item would be taken; certain only for the one thread that pushes.
    pub fn has_room(&self) -> bool {
        self.room() > 0
    }

    /// How many more items would be taken; certain only for the one thread that pushes.
    pub fn room(&self) -> usize {
        self.gauge.bound.saturating_sub(self.tx.len())
    }

    /// What it is and was.
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}

impl<T> Outlet<T> {
    /// The next item, if one is there.
    pub fn pop(&self) -> Option<T> {
        let item = self.rx.try_recv().ok();
        self.gauge.depth.store(self.rx.len(), Ordering::Relaxed);
        item
    }

    /// The next item, waiting at most `nap` for it.
    pub fn pop_waiting(&self, nap: Duration) -> Option<T> {
        let item = self.rx.recv_timeout(nap).ok();
        self.gauge.depth.store(self.rx.len(), Ordering::Relaxed);
        item
    }

    /// Whether every sender is gone and nothing is left.
    pub fn is_closed(&self) -> bool {
        // In this order: nobody can add to what is empty afterwards.
        self.alive.strong_count() == 0 && self.rx.is_empty()
    }

    /// Items that wait now.
    pub fn len(&self) -> usize {
        self.rx.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.rx.is_empty()
    }

    /// What it is and was.
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_does_what_its_policy_says() {
        let (tx, rx) = queue("test", 1, WhenFull::DropNewest, None);
        tx.push(1).unwrap();
        assert_eq!(tx.push(2), Err(PushError::Dropped(2)));
        assert_eq!((tx.gauge().dropped(), tx.gauge().high_water()), (1, 1));
        assert_eq!(rx.pop(), Some(1));

        let (tx, rx) = queue("test", 1, WhenFull::Fault, None);
        tx.push(1).unwrap();
        assert_eq!(tx.push(2), Err(PushError::Overrun(2)));
        drop(rx);
        assert_eq!(tx.push(3), Err(PushError::Closed(3)));
    }

    #[test]
    fn a_queue_is_closed_only_when_nothing_is_left() {
        let (tx, rx) = queue("test", 2, WhenFull::Fault, None);
        tx.push(1).unwrap();
        assert!(!rx.is_closed());
        drop(tx);
        assert!(!rx.is_closed());
        assert_eq!(rx.pop(), Some(1));
        assert!(rx.is_closed());
    }
}

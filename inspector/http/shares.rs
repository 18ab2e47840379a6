//! What only so many ask for at a time, and each client so often, so that nobody takes it all.

use super::connections::Client;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Something of which there is so much.
#[derive(Clone, Debug)]
pub struct Shares(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    most_of_client: usize,
    held: Mutex<Vec<Client>>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub struct Share {
    client: Client,
    of: Shares,
}

impl Shares {
    /// So many at a time in all, and for each client.
    pub fn new(most: usize, most_of_client: usize) -> Self {
        Self(Arc::new(Shared {
            most,
            most_of_client,
            held: Mutex::default(),
        }))
    }

    /// One more for this client, where there is one.
    pub fn take(&self, client: Client) -> Option<Share> {
        let mut held = self.held();
        let own = held.iter().filter(|other| **other == client).count();
        if held.len() >= self.0.most || own >= self.0.most_of_client {
            return None;
        }
        held.push(client);
        Some(Share {
            client,
            of: self.clone(),
        })
    }

    /// How many are held.
    pub fn count(&self) -> usize {
        self.held().len()
    }

    fn held(&self) -> MutexGuard<'_, Vec<Client>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.of.held();
        if let Some(own) = held.iter().position(|other| *other == self.client) {
            held.swap_remove(own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn nobody_takes_so_many_that_none_is_left_for_others() {
        let shares = Shares::new(64, 8);
        let client = |n: u8| Client::from(IpAddr::from([10, 0, 0, n]));
        let mut held = Vec::new();
        for n in 0..20 {
            for _ in 0..20 {
                held.extend(shares.take(client(n)));
            }
        }
        let of_first = held.iter().filter(|share| share.client == client(0));
        assert_eq!(of_first.count(), 8);
        assert_eq!((held.len(), shares.count()), (64, 64));
        assert!(shares.take(client(99)).is_none());
        held.remove(0);
        assert!(shares.take(client(99)).is_some());
        drop(held);
        assert_eq!(shares.count(), 0);
        assert!(shares.take(client(0)).is_some());
    }
}

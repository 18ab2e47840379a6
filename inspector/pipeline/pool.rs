//! Buffers that are loaned, and come home by themselves.

use crossbeam_channel::{Receiver, Sender, bounded};

/// A fixed set of equal buffers, all allocated before acquisition starts. Clones share the set.
#[derive(Clone)]
pub struct Pool {
    free: Receiver<Box<[u8]>>,
    home: Sender<Box<[u8]>>,
    bytes: usize,
}

/// One borrowed buffer. Dropping it, on any thread, gives it back.
pub struct Loan {
    buffer: Option<Box<[u8]>>,
    home: Sender<Box<[u8]>>,
}

impl Pool {
    /// `loans` buffers of `bytes` each.
    pub fn new(loans: usize, bytes: usize) -> Self {
        let (home, free) = bounded(loans);
        for _ in 0..loans {
            // Touched now, so that no page is first met while a part waits.
            let _ = home.try_send(vec![1; bytes].into_boxed_slice());
        }
        Self { free, home, bytes }
    }

    /// `None` means every buffer is in use, which is a fact about the line, not an error.
    pub fn loan(&self) -> Option<Loan> {
        let buffer = self.free.try_recv().ok()?;
        Some(Loan {
            buffer: Some(buffer),
            home: self.home.clone(),
        })
    }

    /// Size of each buffer.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Buffers on loan.
    pub fn out(&self) -> usize {
        self.home.capacity().unwrap_or(0) - self.free.len()
    }

    /// Buffers at home.
    pub fn free(&self) -> usize {
        self.free.len()
    }
}

impl std::ops::Deref for Loan {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.buffer.as_deref().unwrap_or_default()
    }
}

impl std::ops::DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.buffer.as_deref_mut().unwrap_or_default()
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            // Room is certain: the channel holds as many buffers as exist.
            let _ = self.home.try_send(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn buffers_come_home() {
        let pool = super::Pool::new(2, 16);
        let a = pool.loan().unwrap();
        let _b = pool.loan().unwrap();
        assert!(pool.loan().is_none());
        std::thread::spawn(move || drop(a)).join().unwrap();
        assert_eq!(pool.loan().unwrap().len(), 16);
    }
}

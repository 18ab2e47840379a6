//! A map that forgets its oldest entries.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// The newest keys, each with what is known of it.
#[derive(Debug)]
pub struct Newest<K, V> {
    known: HashMap<K, V>,
    order: VecDeque<K>,
    keep: usize,
}

impl<K: Copy + Eq + Hash, V> Newest<K, V> {
    /// Remembers so many; room for them is made now.
    pub fn new(keep: usize) -> Self {
        Self {
            known: HashMap::with_capacity(keep + 1),
            order: VecDeque::with_capacity(keep + 1),
            keep,
        }
    }

    /// What is known of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.known.get(key)
    }

    /// Remembers a key, or what is known of it now; gives back what was known before. A key keeps its age.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.known.insert(key, value);
        if before.is_none() {
            self.order.push_back(key);
            if self.order.len() > self.keep
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_until_so_many_others_came() {
        let mut newest = Newest::new(2);
        assert_eq!(newest.insert("A", 1), None);
        assert_eq!(newest.insert("B", 2), None);
        assert_eq!(newest.insert("A", 3), Some(1));
        assert_eq!(newest.get(&"A"), Some(&3));
        assert_eq!(newest.insert("C", 4), None);
        assert_eq!(newest.insert("A", 5), None, "the oldest is forgotten");
        assert_eq!(newest.insert("C", 6), Some(4));
    }

    #[test]
    fn nothing_is_kept_where_nothing_is_to_be() {
        let mut newest = Newest::new(0);
        assert_eq!(newest.insert("A", 1), None);
        assert_eq!(newest.get(&"A"), None);
    }
}

//! Part IDs that came before.

use super::part::{PartId, PartNo};
use std::collections::{HashMap, VecDeque};

/// The newest IDs of a job.
#[derive(Debug)]
pub struct Repeats {
    seen: HashMap<PartId, PartNo>,
    order: VecDeque<PartId>,
    keep: usize,
}

impl Repeats {
    /// Remembers so many; room for them is made now.
    pub fn new(keep: usize) -> Self {
        Self {
            seen: HashMap::with_capacity(keep + 1),
            order: VecDeque::with_capacity(keep + 1),
            keep,
        }
    }

    /// The part that had this ID last.
    pub fn seen(&mut self, part_id: PartId, part_no: PartNo) -> Option<PartNo> {
        let before = self.seen.insert(part_id, part_no);
        if before.is_none() {
            self.order.push_back(part_id);
            if self.order.len() > self.keep
                && let Some(oldest) = self.order.pop_front()
            {
                self.seen.remove(&oldest);
            }
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_until_so_many_others_came() {
        let id = |text: &str| PartId::new(text).expect("an ID");
        let mut repeats = Repeats::new(2);
        assert_eq!(repeats.seen(id("A"), PartNo(1)), None);
        assert_eq!(repeats.seen(id("B"), PartNo(2)), None);
        assert_eq!(repeats.seen(id("A"), PartNo(3)), Some(PartNo(1)));
        assert_eq!(repeats.seen(id("C"), PartNo(4)), None);
        assert_eq!(
            repeats.seen(id("A"), PartNo(5)),
            None,
            "the oldest is forgotten"
        );
        assert_eq!(repeats.seen(id("C"), PartNo(6)), Some(PartNo(4)));
    }
}

//! Which pictures there are, and those that were made.

use axum::body::Bytes;
use std::collections::{BTreeMap, HashMap};

/// Of made pictures, in all.
const KEPT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Which picture. Equal ones are the same, byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Picture {
    /// A view of a part that has just left, or its heat map.
    Live {
        /// Index of the view.
        view: usize,
        /// Whether it is the heat map.
        is_heat: bool,
        /// The part that it shows.
        part_no: u64,
    },
    /// A stored picture, no wider than so many pixels.
    Narrow {
        /// Of which result.
        result: i64,
        /// Index of the view.
        view: u8,
        /// Pixels a row.
        width: u32,
    },
    /// The heat map of a stored picture.
    Heat {
        /// Of which result.
        result: i64,
        /// Index of the view.
        view: u8,
    },
    /// An image of a lesson, no wider than so many pixels.
    Lesson {
        /// Id of the lesson.
        lesson: i64,
        /// Which of its images.
        n: u32,
        /// Pixels a row.
        width: u32,
    },
}

impl Picture {
    /// The same view of an earlier part: nobody will ask for it again.
    fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Live { view, is_heat, .. },
                Self::Live {
                    view: other_view,
                    is_heat: is_other_heat,
                    ..
                },
            ) => view == other_view && is_heat == is_other_heat,
            _ => false,
        }
    }
}

/// Made pictures; the one that was not asked for the longest goes first.
#[derive(Default)]
pub(super) struct Kept {
    pictures: HashMap<Picture, (Bytes, u64)>,
    order: BTreeMap<u64, Picture>,
    bytes: usize,
    next: u64,
}

impl Kept {
    /// The picture, which counts as asked for.
    pub(super) fn get(&mut self, picture: &Picture) -> Option<Bytes> {
        let (bytes, asked) = self.pictures.get_mut(picture)?;
        self.order.remove(asked);
        self.next += 1;
        *asked = self.next;
        self.order.insert(self.next, *picture);
        Some(bytes.clone())
    }

    /// Keeps it, and no more than there is room for.
    pub(super) fn put(&mut self, picture: Picture, made: Bytes) {
        let replaced = self.order.values().find(|other| picture.replaces(other));
        if let Some(replaced) = replaced.copied() {
            self.remove(&replaced);
        }
        self.next += 1;
        self.bytes += made.len();
        self.order.insert(self.next, picture);
        self.pictures.insert(picture, (made, self.next));
        while self.bytes > KEPT_BYTES_MAX
            && let Some((_, oldest)) = self.order.first_key_value()
        {
            let oldest = *oldest;
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, picture: &Picture) {
        if let Some((bytes, asked)) = self.pictures.remove(picture) {
            self.bytes -= bytes.len();
            self.order.remove(&asked);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrow(result: i64) -> Picture {
        let (view, width) = (0, 320);
        Picture::Narrow {
            result,
            view,
            width,
        }
    }

    fn live(part_no: u64) -> Picture {
        let (view, is_heat) = (0, false);
        Picture::Live {
            view,
            is_heat,
            part_no,
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_of_live_pictures_only_the_newest() {
        let mut kept = Kept::default();
        let large = Bytes::from(vec![0; KEPT_BYTES_MAX / 4]);
        for result in 0..4 {
            kept.put(narrow(result), large.clone());
        }
        assert!(kept.get(&narrow(0)).is_some());
        kept.put(narrow(4), large.clone());
        assert!(kept.get(&narrow(0)).is_some(), "asked for since");
        assert!(kept.get(&narrow(1)).is_none());
        kept.put(live(1), Bytes::from_static(b"1"));
        kept.put(live(2), Bytes::from_static(b"2"));
        assert!(kept.get(&live(1)).is_none() && kept.get(&live(2)).is_some());
        assert!(kept.bytes <= KEPT_BYTES_MAX);
        assert_eq!(kept.order.len(), kept.pictures.len());
    }
}

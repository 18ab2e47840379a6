//! Rows of planes, parted among the threads that make them.

use crate::prepare::pool::{THREADS_MAX, ThreadPool};
use std::array;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// How many strips planes are parted into where there are several threads: one that comes late leaves others more.
const STRIPS: usize = 16;

/// Most planes: red, green and blue.
const PLANES_MAX: usize = 3;

/// What each thread needs for itself, one for each that there may be.
pub(super) type PerThread<T> = [T; THREADS_MAX];

/// Some rows of each plane.
pub(super) struct Strip<'a, T> {
    rows: Range<usize>,
    width: usize,
    planes: [&'a mut [T]; PLANES_MAX],
}

impl<T> Strip<'_, T> {
    /// Rows of the planes that this strip makes.
    pub(super) fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Row `y` of each plane. Those that there are not are empty.
    pub(super) fn row(&mut self, y: usize) -> [&mut [T]; PLANES_MAX] {
        debug_assert!(self.rows.contains(&y), "{y} in {:?}", self.rows);
        let (at, width) = ((y - self.rows.start) * self.width, self.width);
        self.planes
            .each_mut()
            .map(|plane| plane.get_mut(at..at + width).unwrap_or_default())
    }
}

/// Has `planes`, which lie one after another and have rows of `width`, made by the threads of the pool, strip by strip.
pub(super) fn share<T: Send, Own: Send>(
    pool: &mut ThreadPool,
    planes: &mut [T],
    (count, width): (usize, usize),
    own: &mut PerThread<Own>,
    make: impl Fn(&mut Strip<'_, T>, &mut Own) + Sync,
) {
    let length = planes.len() / count;
    let height = length / width;
    let parts = if pool.is_single() { 1 } else { STRIPS };
    let mut planes = planes.chunks_exact_mut(length);
    let mut rest = array::from_fn(|_| planes.next().unwrap_or_default());
    let strips: [_; STRIPS] = array::from_fn(|part| {
        let edge = |part: usize| height * part.min(parts) / parts;
        let rows = edge(part)..edge(part + 1);
        let cells = rows.len() * width;
        let planes = rest
            .each_mut()
            .map(|plane: &mut &mut [T]| plane.split_off_mut(..cells).unwrap_or_default());
        Mutex::new(Strip {
            rows,
            width,
            planes,
        })
    });
    // Nobody waits for these: a part has one thread at a time, and a thread one part.
    let own = own.each_mut().map(Mutex::new);
    pool.run(parts, &|thread, part| {
        let mut strip = strips[part].lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = own[thread].lock().unwrap_or_else(PoisonError::into_inner);
        make(&mut strip, &mut own);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn every_row_is_made_once_and_by_all_threads_of_the_pool() {
        const THREADS: usize = 3;
        const WIDTH: usize = 2;
        let mut pool = ThreadPool::new(THREADS);
        for height in [1, 5, 15, 16, 17, 100] {
            for count in [1, 3] {
                let mut planes = vec![0u8; count * height * WIDTH];
                let (together, strips) = (Barrier::new(THREADS), AtomicUsize::new(0));
                let mut made = [0; THREADS_MAX];
                share(
                    &mut pool,
                    &mut planes,
                    (count, WIDTH),
                    &mut made,
                    |strip, made| {
                        if *made == 0 {
                            together.wait();
                        }
                        *made += 1;
                        strips.fetch_add(1, Ordering::Relaxed);
                        for y in strip.rows() {
                            for cells in strip.row(y).into_iter().take(count) {
                                assert_eq!(cells.len(), WIDTH);
                                cells.iter_mut().for_each(|cell| *cell += 1);
                            }
                        }
                    },
                );
                assert!(planes.iter().all(|cell| *cell == 1), "{height} {count}");
                assert_eq!(strips.into_inner(), STRIPS);
                assert!(made[..THREADS].iter().all(|made| *made > 0), "{made:?}");
            }
        }
    }
}

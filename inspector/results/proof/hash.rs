//! Merkle trees of RFC 6962 (2.1): leaves `SHA-256(0x00 ‖ leaf)`, nodes `SHA-256(0x01 ‖ left ‖ right)`. Tiles of 256 are
//! those of c2sp.org/tlog-tiles. No clock, no I/O: who calls says where hashes are kept.

use sha2::{Digest, Sha256};

/// A SHA-256, of a leaf, a node or a tile.
pub type Hash = [u8; 32];
/// Hashes of one tile.
pub const TILE: u64 = 256;
const TILE_HEIGHT: u32 = 8;

/// Hash of a leaf: with a zero byte before its content.
pub fn leaf(content: &[u8]) -> Hash {
    let mut hasher = Sha256::new_with_prefix([0]);
    hasher.update(content);
    hasher.finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new_with_prefix([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// Root of the empty tree, as RFC 6962 has it.
fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// Where hashes are kept.
pub trait Hashes {
    /// Why one cannot be had.
    type Error;

    /// The leaf of this index on level 0; on level `n` the hash over the 256ⁿ leaves from `index` · 256ⁿ on.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    fn at(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

impl Hashes for [Hash] {
    type Error = std::convert::Infallible;

    /// Leaves alone; tiles are computed from them. An index must be there.
    fn at(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        if level == 0 {
            return Ok(self[index as usize]);
        }
        tile(self, level - 1, index)
    }
}

/// Over the 256 hashes of `level` from `tile` · 256 on.
///
/// # Errors
/// When one of them cannot be had.
pub fn tile<H: Hashes + ?Sized>(hashes: &H, level: u8, tile: u64) -> Result<Hash, H::Error> {
    let mut hashes: Vec<Hash> = (tile * TILE..(tile + 1) * TILE)
        .map(|index| hashes.at(level, index))
        .collect::<Result<_, _>>()?;
    while hashes.len() > 1 {
        hashes = hashes
            .chunks_exact(2)
            .map(|pair| node(&pair[0], &pair[1]))
            .collect();
    }
    Ok(hashes[0])
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// Over `count` leaves from `begin` on, which is a multiple of the power of two that is not below `count`: MTH of RFC
/// 6962. 1 at least.
fn range<H: Hashes + ?Sized>(hashes: &H, begin: u64, count: u64) -> Result<Hash, H::Error> {
    let height = count.trailing_zeros();
    if count.is_power_of_two() && height.is_multiple_of(TILE_HEIGHT) {
        return hashes.at((height / TILE_HEIGHT) as u8, begin >> height);
    }
    let half = split(count);
    Ok(node(
        &range(hashes, begin, half)?,
        &range(hashes, begin + half, count - half)?,
    ))
}

/// Root over the first `size` leaves.
///
/// # Errors
/// When a hash cannot be had.
pub fn root<H: Hashes + ?Sized>(hashes: &H, size: u64) -> Result<Hash, H::Error> {
    match size {
        0 => Ok(empty()),
        size => range(hashes, 0, size),
    }
}

/// That the leaf `index` is one of the first `size`: PATH of RFC 6962 (2.1.1), the hash beside the leaf first.
///
/// # Errors
/// When a hash cannot be had.
pub fn inclusion<H: Hashes + ?Sized>(
    hashes: &H,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, H::Error> {
    let mut path = Vec::new();
    let (mut begin, mut count) = (0, size);
    while count > 1 {
        let half = split(count);
        let is_left = index - begin < half;
        let (kept, beside) = match is_left {
            true => ((begin, half), (begin + half, count - half)),
            false => ((begin + half, count - half), (begin, half)),
        };
        path.push(range(hashes, beside.0, beside.1)?);
        (begin, count) = kept;
    }
    path.reverse();
    Ok(path)
}

/// The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); `None` where it has too many or too few hashes.
pub fn root_of(index: u64, size: u64, leaf: Hash, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut root) = (index, size - 1, leaf);
    for beside in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            root = node(beside, &root);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            root = node(&root, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// That the first `old` of `new` leaves are those that were there before: PROOF of RFC 6962 (2.1.2). Empty where `old` is 0 or
/// `new`.
///
/// # Errors
/// When a hash cannot be had.
pub fn consistency<H: Hashes + ?Sized>(
    hashes: &H,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, H::Error> {
    let mut path = Vec::new();
    let (mut begin, mut count, mut left) = (0, new, old);
    while left > 0 && left < count {
        let half = split(count);
        if left <= half {
            path.push(range(hashes, begin + half, count - half)?);
            count = half;
        } else {
            path.push(range(hashes, begin, half)?);
            (begin, count, left) = (begin + half, count - half, left - half);
        }
    }
    // Where nothing stands left of them, whoever checks has their root.
    if begin > 0 {
        path.push(range(hashes, begin, count)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether a proof shows that the tree of the first root goes on as that of the second (RFC 9162, 2.1.4.2).
pub fn goes_on(old: (u64, Hash), new: (u64, Hash), path: &[Hash]) -> bool {
    let ((old, old_root), (new, new_root)) = (old, new);
    if old == 0 || old >= new {
        return path.is_empty() && (old == 0 || (old == new && old_root == new_root));
    }
    let mut path = path.iter();
    let first = match old.is_power_of_two() {
        true => Some(&old_root),
        false => path.next(),
    };
    let Some(first) = first else { return false };
    let below = (old - 1).trailing_ones();
    let (mut at, mut last) = ((old - 1) >> below, (new - 1) >> below);
    let (mut before, mut after) = (*first, *first);
    for beside in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            before = node(beside, &before);
            after = node(beside, &after);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            after = node(&after, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && before == old_root && after == new_root
}

/// A tree that grows, of which only the full subtrees are remembered: at most one for each power of two.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// Height and hash of full subtrees, from the left, so from the largest.
    full: Vec<(u32, Hash)>,
    size: u64,
}

impl Growing {
    /// Adds the next leaf. `filled` is told level, index and hash of each tile that it fills, the lowest first.
    pub fn push(&mut self, leaf: Hash, mut filled: impl FnMut(u8, u64, Hash)) {
        self.size += 1;
        let mut newest = (0, leaf);
        while let Some((height, left)) = self.full.pop_if(|(height, _)| *height == newest.0) {
            newest = (height + 1, node(&left, &newest.1));
            if newest.0.is_multiple_of(TILE_HEIGHT) {
                let level = (newest.0 / TILE_HEIGHT) as u8;
                filled(level, (self.size >> newest.0) - 1, newest.1);
            }
        }
        self.full.push(newest);
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root over all of them.
    pub fn root(&self) -> Hash {
        let mut from_right = self.full.iter().rev().map(|(_, hash)| *hash);
        let Some(last) = from_right.next() else {
            return empty();
        };
        from_right.fold(last, |right, left| node(&left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|at| leaf(&at.to_be_bytes())).collect()
    }

    /// As RFC 6962 says it, without tiles.
    fn plain(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(split(many.len() as u64) as usize);
                node(&plain(left), &plain(right))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_rfc_however_they_are_come_by() {
        let all = leaves(70_000);
        let mut growing = Growing::default();
        for (at, hash) in all.iter().enumerate() {
            let size = at as u64;
            let is_looked_at = size < 600 || [65_535, 65_536, 65_537, 69_999].contains(&size);
            if is_looked_at {
                let expected = plain(&all[..at]);
                assert_eq!(growing.root(), expected, "{size}");
                assert_eq!(root(&all[..at], size), Ok(expected), "{size}");
            }
            growing.push(*hash, |level, index, hash| {
                assert_eq!(all.at(level, index), Ok(hash));
            });
        }
    }

    #[test]
    fn a_proof_leads_to_the_root_from_its_leaf_alone() {
        let all = leaves(300);
        for size in [1, 2, 3, 7, 8, 255, 256, 257, 300] {
            let root = root(&all[..], size).unwrap_or_else(|never| match never {});
            for index in 0..size {
                let path = inclusion(&all[..], index, size).unwrap_or_else(|never| match never {});
                let found = |leaf| root_of(index, size, leaf, &path);
                assert_eq!(found(all[index as usize]), Some(root), "{index} of {size}");
                assert_ne!(found(leaf(b"another")), Some(root));
                assert_eq!(
                    root_of(index, size, leaf(b""), &[&path[..], &[root]].concat()),
                    None
                );
            }
        }
    }

    #[test]
    fn a_tree_that_grew_is_told_from_one_that_was_rewritten() {
        let all = leaves(300);
        let mut other = all.clone();
        other[5] = leaf(b"another");
        let root = |of: &[Hash], size| root(of, size).unwrap_or_else(|never| match never {});
        for new in [1, 2, 3, 7, 8, 255, 256, 257, 300] {
            for old in 0..=new {
                let path = consistency(&all[..], old, new).unwrap_or_else(|never| match never {});
                let (before, after) = ((old, root(&all, old)), (new, root(&all, new)));
                assert!(goes_on(before, after, &path), "{old} of {new}");
                if old > 5 {
                    assert!(
                        !goes_on((old, root(&other, old)), after, &path),
                        "{old} of {new}"
                    );
                    assert!(
                        !goes_on(before, (new, root(&other, new)), &path),
                        "{old} of {new}"
                    );
                }
                let longer = [&path[..], &[after.1]].concat();
                assert!(!goes_on(before, after, &longer), "{old} of {new}");
            }
        }
    }
}

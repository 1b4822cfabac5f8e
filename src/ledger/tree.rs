//! The Merkle tree of RFC 6962 as its right edge: what is needed to append, and nothing else.
//!
//! Hashes come to be in the order of tlog's stored-hash index: a leaf's first, then those of the subtrees that it
//! completes. Only those of whole tiles, 256 leaves, and above are stored: what is below is computed of a tile's leaves
//! sooner than it is read.

use tlog_tiles::{
    EMPTY_HASH, Hash as TlogHash, node_hash, record_hash, split_stored_hash_index, stored_hash_count, stored_hash_index,
};

/// A SHA-256 value: of a leaf, of a subtree, of the whole tree.
pub type Hash = [u8; 32];

/// The hash of a leaf: SHA-256 of a zero byte and the leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    record_hash(leaf).0
}

/// Hashes are stored from this level on: 2^8 leaves, the tile of tlog-tiles.
pub const STORED_FROM: u8 = 8;

/// How many hashes are stored for a tree of `size` leaves.
pub fn hash_count(size: u64) -> u64 {
    stored_hash_count(size >> STORED_FROM)
}

/// The subtree whose hash has this index: its level, and its leaves' numbers.
pub fn subtree(index: u64) -> (u8, std::ops::Range<u64>) {
    let (level, n) = split_stored_hash_index(index);
    (level, n << level..(n + 1) << level)
}

/// The root over the leaves with these hashes.
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut tree = Tree::new();
    leaves.into_iter().for_each(|leaf| tree.append_hash(leaf, |_, _, hash| hash));
    tree.root()
}

/// A tree of which only the right edge is kept: the roots of the complete subtrees, largest first, one for each one-bit
/// of its size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    /// The index of the next hash.
    indexed: u64,
    edge: Vec<Hash>,
}

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves whose hashes `read` finds by their index; it is asked for at most 64.
    pub fn resume<E>(size: u64, mut read: impl FnMut(u64) -> Result<Hash, E>) -> Result<Self, E> {
        let mut edge = Vec::with_capacity(64);
        let mut before = 0;
        for level in (0..64_u8).rev() {
            let leaves = 1 << level;
            if size & leaves != 0 {
                edge.push(read(stored_hash_index(level, before >> level))?);
                before += leaves;
            }
        }
        Ok(Self { size, indexed: stored_hash_count(size), edge })
    }

    /// Appends a leaf. Returns the hashes to store, each with its index, in ascending order: mostly none.
    pub fn append(&mut self, leaf: &[u8]) -> Vec<(u64, Hash)> {
        let mut stored = Vec::new();
        self.append_hash(leaf_hash(leaf), |level, index, hash| {
            if level >= STORED_FROM {
                stored.push((index, hash));
            }
            hash
        });
        stored
    }

    /// Appends the leaf with this hash. `each` is told the level, the index and the value of every hash that comes of it,
    /// in ascending order, and returns the one to go on with.
    pub fn append_hash(&mut self, leaf: Hash, mut each: impl FnMut(u8, u64, Hash) -> Hash) {
        let mut hash = each(0, self.indexed, leaf);
        self.indexed += 1;
        for level in (1..).take(self.size.trailing_ones() as usize) {
            let Some(left) = self.edge.pop() else { break };
            hash = each(level, self.indexed, node_hash(TlogHash(left), TlogHash(hash)).0);
            self.indexed += 1;
        }
        self.edge.push(hash);
        self.size += 1;
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root: the hash that a checkpoint signs. Of the empty tree, SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let joined = self.edge.iter().rev().copied().map(TlogHash).reduce(|right, left| node_hash(left, right));
        joined.unwrap_or(EMPTY_HASH).0
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::convert::Infallible;

    use sha2::{Digest, Sha256};
    use tlog_tiles::{Error as TlogError, HashReader, stored_hashes, tree_hash};

    use super::*;

    /// Hashes by their tlog index, for code that is not ours.
    pub(in crate::ledger) struct Store(pub(in crate::ledger) Vec<TlogHash>);

    impl HashReader for Store {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TlogHash>, TlogError> {
            Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
        }
    }

    /// RFC 6962, 2.1, word for word.
    fn merkle_tree_hash(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Sha256::digest(b"").into(),
            [leaf] => Sha256::new().chain_update([0]).chain_update(leaf).finalize().into(),
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(split);
                let (left, right) = (merkle_tree_hash(left), merkle_tree_hash(right));
                Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
            }
        }
    }

    #[test]
    fn every_tree_up_to_600_leaves_is_tlogs_and_the_rfcs() {
        let mut tree = Tree::new();
        let mut store = Store(Vec::new());
        let mut leaves: Vec<Vec<u8>> = Vec::new();
        let mut kept = 0;
        for n in 0..600_u64 {
            assert_eq!(tree.root(), merkle_tree_hash(&leaves));
            assert_eq!(tree.root(), tree_hash(n, &store).unwrap().0);

            let leaf = format!("leaf {n}").into_bytes();
            let theirs = stored_hashes(n, &leaf, &store).unwrap();
            let mut ours = Vec::new();
            let stored = tree.clone().append(&leaf);
            tree.append_hash(leaf_hash(&leaf), |level, index, hash| {
                ours.push((level, index, hash));
                hash
            });
            assert_eq!(ours.len(), theirs.len());
            for ((level, index, hash), theirs) in ours.into_iter().zip(theirs) {
                assert_eq!(index, store.0.len() as u64);
                assert_eq!(hash, theirs.0);
                assert_eq!(stored.contains(&(index, hash)), level >= STORED_FROM);
                kept += u64::from(level >= STORED_FROM);
                store.0.push(theirs);
                let (of, of_leaves) = subtree(index);
                assert_eq!((of, of_leaves.end), (level, n + 1));
            }
            leaves.push(leaf);
            assert_eq!(hash_count(n + 1), kept);
        }
    }

    #[test]
    fn a_resumed_tree_is_the_tree_that_was_left() {
        let mut stored: Vec<Hash> = Vec::new();
        let mut tree = Tree::new();
        for n in 0..300_u64 {
            let resumed = Tree::resume(n, |index| Ok::<_, Infallible>(stored[usize::try_from(index).unwrap()]));
            assert_eq!(resumed.unwrap(), tree);
            tree.append_hash(leaf_hash(&n.to_be_bytes()), |_, _, hash| {
                stored.push(hash);
                hash
            });
        }
        assert_eq!(Tree::resume(3, Err), Err(2));
    }
}

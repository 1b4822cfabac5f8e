//! The Merkle tree of RFC 6962 as its right edge: what is needed to append, and nothing else.
//!
//! Hashes are stored in the order in which they come to be, under tlog's stored-hash index: a leaf's hash first, then
//! those of the subtrees that it completes.

use tlog_tiles::{EMPTY_HASH, Hash as TlogHash, node_hash, record_hash, stored_hash_count, stored_hash_index};

/// A SHA-256 value: of a leaf, of a subtree, of the whole tree.
pub type Hash = [u8; 32];

/// The hash of a leaf: SHA-256 of a zero byte and the leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    record_hash(leaf).0
}

/// The index under which the hash of leaf number `n` is stored.
pub fn leaf_index(n: u64) -> u64 {
    stored_hash_index(0, n)
}

/// How many hashes are stored for a tree of `size` leaves.
pub fn hash_count(size: u64) -> u64 {
    stored_hash_count(size)
}

/// A tree of which only the right edge is kept: the roots of the complete subtrees, largest first, one for each one-bit
/// of its size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    stored: u64,
    edge: Vec<Hash>,
}

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves whose stored hashes `read` finds by their index; it is asked for at most 64.
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
        Ok(Self { size, stored: stored_hash_count(size), edge })
    }

    /// Appends a leaf. Returns the hashes to store, each with its index, in ascending order.
    pub fn append(&mut self, leaf: &[u8]) -> Vec<(u64, Hash)> {
        let mut stored = Vec::with_capacity(1 + self.size.trailing_ones() as usize);
        self.append_hash(leaf_hash(leaf), |index, hash| stored.push((index, hash)));
        stored
    }

    /// Appends the leaf with this hash, and tells each hash to store with its index, in ascending order.
    pub fn append_hash(&mut self, leaf: Hash, mut store: impl FnMut(u64, Hash)) {
        let mut hash = TlogHash(leaf);
        store(self.stored, hash.0);
        self.stored += 1;
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.edge.pop() else { break };
            hash = node_hash(TlogHash(left), hash);
            store(self.stored, hash.0);
            self.stored += 1;
        }
        self.edge.push(hash.0);
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
mod tests {
    use std::convert::Infallible;

    use sha2::{Digest, Sha256};
    use tlog_tiles::{Error as TlogError, HashReader, stored_hashes, tree_hash};

    use super::*;

    struct Store(Vec<TlogHash>);

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
    fn every_tree_up_to_300_leaves_is_tlogs_and_the_rfcs() {
        let mut tree = Tree::new();
        let mut store = Store(Vec::new());
        let mut leaves: Vec<Vec<u8>> = Vec::new();
        for n in 0..300_u64 {
            assert_eq!(tree.root(), merkle_tree_hash(&leaves));
            assert_eq!(tree.root(), tree_hash(n, &store).unwrap().0);
            assert_eq!(hash_count(n), store.0.len() as u64);

            let leaf = format!("leaf {n}").into_bytes();
            let theirs = stored_hashes(n, &leaf, &store).unwrap();
            let ours = tree.append(&leaf);
            assert_eq!(ours.first().unwrap().0, leaf_index(n));
            for ((index, hash), theirs) in ours.into_iter().zip(theirs) {
                assert_eq!(index, store.0.len() as u64);
                assert_eq!(hash, theirs.0);
                store.0.push(theirs);
            }
            leaves.push(leaf);
        }
    }

    #[test]
    fn a_resumed_tree_is_the_tree_that_was_left() {
        let mut stored: Vec<Hash> = Vec::new();
        let mut tree = Tree::new();
        for n in 0..300_u64 {
            let resumed = Tree::resume(n, |index| Ok::<_, Infallible>(stored[usize::try_from(index).unwrap()]));
            assert_eq!(resumed.unwrap(), tree);
            stored.extend(tree.append(&n.to_be_bytes()).into_iter().map(|(_, hash)| hash));
        }
        assert_eq!(Tree::resume(3, Err), Err(2));
    }
}

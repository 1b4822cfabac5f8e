//! Proofs of RFC 6962: that a leaf is in a tree, and that one tree is the beginning of another.

use std::cell::{Cell, RefCell};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use tlog_tiles::{
    EMPTY_HASH, Error as TlogError, Hash as TlogHash, HashReader, check_record, check_tree, prove_record, prove_tree,
};

use super::tree::Hash;

/// Why there is no proof.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError<E> {
    /// What was asked for is not in the tree.
    #[error("{asked} is beyond the tree of {size} leaves")]
    Beyond {
        /// The leaf or the older size.
        asked: u64,
        /// The tree's size.
        size: u64,
    },
    /// A stored hash could not be read.
    #[error("a stored hash could not be read: {0}")]
    Read(E),
    /// The library refused for another reason.
    #[error("no proof could be made")]
    Refused,
}

/// A proof that does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct NotProved;

/// The audit path of leaf number `n` in the tree of `size` leaves. `read` finds a stored hash by its index.
pub fn inclusion<E>(n: u64, size: u64, read: impl FnMut(u64) -> Result<Hash, E>) -> Result<Vec<Hash>, ProofError<E>> {
    if n >= size {
        return Err(ProofError::Beyond { asked: n, size });
    }
    with_reader(read, |reader| prove_record(size, n, reader))
}

/// The proof that the tree of `old` leaves is the beginning of the tree of `size` leaves.
pub fn consistency<E>(
    old: u64,
    size: u64,
    read: impl FnMut(u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProofError<E>> {
    if old > size {
        return Err(ProofError::Beyond { asked: old, size });
    }
    if old == 0 {
        return Ok(Vec::new()); // Every tree begins with the empty one.
    }
    with_reader(read, |reader| prove_tree(size, old, reader))
}

/// Checks that the tree of `size` leaves and this `root` has a leaf number `n` with the hash `leaf`.
pub fn check_inclusion(proof: &[Hash], size: u64, root: Hash, n: u64, leaf: Hash) -> Result<(), NotProved> {
    if proof.len() > 64 {
        return Err(NotProved);
    }
    check_record(&tlog(proof), size, TlogHash(root), n, TlogHash(leaf)).map_err(|_| NotProved)
}

/// Checks that the tree of `size` leaves and this `root` begins with the tree of `old` leaves and `old_root`.
pub fn check_consistency(proof: &[Hash], size: u64, root: Hash, old: u64, old_root: Hash) -> Result<(), NotProved> {
    if old == 0 {
        return if proof.is_empty() && old_root == EMPTY_HASH.0 { Ok(()) } else { Err(NotProved) };
    }
    if proof.len() > 128 {
        return Err(NotProved);
    }
    check_tree(&tlog(proof), size, TlogHash(root), old, TlogHash(old_root)).map_err(|_| NotProved)
}

/// The proof as a C2SP tlog-proof: whoever holds this, the leaf and the log's key needs nothing else.
pub fn tlog_proof(n: u64, proof: &[Hash], checkpoint: &str) -> String {
    format!("c2sp.org/tlog-proof@v1\nindex {n}\n{}\n{checkpoint}", lines(proof))
}

/// Hashes in base64, one a line.
pub fn lines(proof: &[Hash]) -> String {
    proof.iter().map(|hash| BASE64_STANDARD.encode(hash) + "\n").collect()
}

fn tlog(proof: &[Hash]) -> Vec<TlogHash> {
    proof.iter().copied().map(TlogHash).collect()
}

/// Lends the library a reader that may fail in the caller's own way.
struct Reader<F, E> {
    read: RefCell<F>,
    failed: Cell<Option<E>>,
}

impl<E, F: FnMut(u64) -> Result<Hash, E>> HashReader for Reader<F, E> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TlogHash>, TlogError> {
        let mut read = self.read.borrow_mut();
        let hashes = indexes.iter().map(|index| (*read)(*index).map(TlogHash)).collect::<Result<_, E>>();
        hashes.map_err(|error| {
            self.failed.set(Some(error));
            TlogError::IndexesNotInTree
        })
    }
}

fn with_reader<E, F: FnMut(u64) -> Result<Hash, E>>(
    read: F,
    prove: impl FnOnce(&Reader<F, E>) -> Result<Vec<TlogHash>, TlogError>,
) -> Result<Vec<Hash>, ProofError<E>> {
    let reader = Reader { read: RefCell::new(read), failed: Cell::new(None) };
    match prove(&reader) {
        Ok(proof) => Ok(proof.into_iter().map(|hash| hash.0).collect()),
        Err(_) => Err(reader.failed.take().map_or(ProofError::Refused, ProofError::Read)),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::ledger::tree::{Tree, leaf_hash};

    struct Log {
        stored: Vec<Hash>,
        roots: Vec<Hash>,
    }

    fn log(size: u64) -> Log {
        let mut tree = Tree::new();
        let mut log = Log { stored: Vec::new(), roots: vec![tree.root()] };
        for n in 0..size {
            tree.append_hash(leaf_hash(&n.to_be_bytes()), |_, _, hash| {
                log.stored.push(hash);
                hash
            });
            log.roots.push(tree.root());
        }
        log
    }

    impl Log {
        fn read(&self) -> impl Fn(u64) -> Result<Hash, Infallible> {
            |index| Ok(self.stored[usize::try_from(index).unwrap()])
        }

        fn root(&self, size: u64) -> Hash {
            self.roots[usize::try_from(size).unwrap()]
        }
    }

    #[test]
    fn every_leaf_is_proved_in_every_tree_up_to_40_and_nowhere_else() {
        let log = log(40);
        for size in 1..=40 {
            for n in 0..size {
                let proof = inclusion(n, size, log.read()).unwrap();
                let leaf = leaf_hash(&n.to_be_bytes());
                let check = |size, root, n, leaf| check_inclusion(&proof, size, root, n, leaf);
                assert_eq!(check(size, log.root(size), n, leaf), Ok(()));
                assert_eq!(check(size, log.root(size - 1), n, leaf), Err(NotProved));
                assert_eq!(check(size, log.root(size), n, leaf_hash(b"another")), Err(NotProved));
                assert_eq!(check(size, log.root(size), (n + 1) % size, leaf).is_ok(), size == 1);
            }
        }
    }

    #[test]
    fn every_tree_up_to_40_is_proved_the_beginning_of_every_later_one() {
        let log = log(40);
        for size in 0..=40 {
            for old in 0..=size {
                let proof = consistency(old, size, log.read()).unwrap();
                assert_eq!(check_consistency(&proof, size, log.root(size), old, log.root(old)), Ok(()));
                let other = leaf_hash(b"another");
                assert_eq!(check_consistency(&proof, size, log.root(size), old, other), Err(NotProved));
                for at in 0..proof.len() {
                    let mut bent = proof.clone();
                    bent[at][0] ^= 1;
                    assert_eq!(check_consistency(&bent, size, log.root(size), old, log.root(old)), Err(NotProved));
                }
            }
        }
    }

    #[test]
    fn a_proof_is_written_as_c2sp_says() {
        let text = tlog_proof(7, &[[0; 32], [255; 32]], "corp.example/log\n9\n…\n");
        let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let ones = "//////////////////////////////////////////8=";
        assert_eq!(text, format!("c2sp.org/tlog-proof@v1\nindex 7\n{zeros}\n{ones}\n\ncorp.example/log\n9\n…\n"));
    }

    #[test]
    fn what_is_not_there_is_not_proved() {
        let log = log(4);
        assert_eq!(inclusion(4, 4, log.read()), Err(ProofError::Beyond { asked: 4, size: 4 }));
        assert_eq!(consistency(5, 4, log.read()), Err(ProofError::Beyond { asked: 5, size: 4 }));
        assert_eq!(inclusion(1, 4, |_| Err("gone")), Err(ProofError::Read("gone")));
        assert_eq!(check_inclusion(&[[0; 32]; 65], 4, log.root(4), 1, [0; 32]), Err(NotProved));
    }
}

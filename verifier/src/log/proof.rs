//! Inclusion and consistency proofs. RFC 6962 sections 2.1.1 and 2.1.2.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;
use tlog_tiles::Hash;

use crate::log::{
    checkpoint::Checkpoint,
    tree::{CompactTree, LogHash},
};

/// A path longer than this proves nothing in a tree of at most 2^63 - 1 leaves (a consistency proof has one hash more than
/// the tree has levels).
pub const MAX_PATH: usize = 64;

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofError {
    /// The proof was made for a tree of another size than the checkpoint's.
    #[error("the proof is for a tree of {proof} leaves, the checkpoint is of {checkpoint}")]
    SizeMismatch {
        /// Leaves of the proof's tree.
        proof: u64,
        /// Leaves of the checkpoint's tree.
        checkpoint: u64,
    },
    /// No such leaf in a tree of this size.
    #[error("leaf {leaf} is outside of a tree of {size} leaves")]
    OutsideTree {
        /// The leaf's index.
        leaf: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// A log only grows.
    #[error("the older tree has {older} leaves, the newer one {newer}")]
    Shrunk {
        /// Leaves of the tree that must be the older one.
        older: u64,
        /// Leaves of the tree that must be the newer one.
        newer: u64,
    },
    /// The two checkpoints are of different logs.
    #[error("the two checkpoints are of different logs")]
    DifferentLogs,
    /// A tree larger than [`CompactTree::MAX_SIZE`].
    #[error("a tree of {size} leaves is beyond the limit")]
    TooLarge {
        /// Leaves of the tree.
        size: u64,
    },
    /// A proof of exactly one length is right for given sizes.
    #[error("the proof has {found} hashes instead of {expected}")]
    WrongLength {
        /// Hashes that the sizes call for.
        expected: usize,
        /// Hashes of the proof.
        found: usize,
    },
    /// The hashes do not lead to the root: leaf, proof or root was altered.
    #[error("the proof does not lead to the checkpoint's root")]
    RootMismatch,
}

/// Shows that a leaf is in a tree. Encoding: borsh; at most [`MAX_PATH`] hashes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct InclusionProof {
    leaf: u64,
    size: u64,
    path: Vec<LogHash>,
}

impl InclusionProof {
    /// The proof of a leaf's index in a tree of a size; `path` from the leaf upwards. Nothing is checked before
    /// [`Self::verify`].
    #[must_use]
    pub const fn new(leaf: u64, size: u64, path: Vec<LogHash>) -> Self {
        Self { leaf, size, path }
    }

    /// The leaf's index.
    #[must_use]
    pub const fn leaf(&self) -> u64 {
        self.leaf
    }

    /// Leaves of the tree.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes beside the path, from the leaf upwards.
    #[must_use]
    pub fn path(&self) -> &[LogHash] {
        &self.path
    }

    /// Checks that the leaf with these bytes is in the checkpoint's tree, at [`Self::leaf`].
    ///
    /// # Errors
    /// [`ProofError`], one variant for each rule.
    pub fn verify(&self, leaf: &[u8], checkpoint: &Checkpoint) -> Result<(), ProofError> {
        if self.size != checkpoint.size() {
            return Err(ProofError::SizeMismatch { proof: self.size, checkpoint: checkpoint.size() });
        }
        self.verify_root(LogHash::of_leaf(leaf), checkpoint.root())
    }

    /// Checks that the leaf of this hash is in the tree of [`Self::size`] leaves with this root.
    ///
    /// # Errors
    /// [`ProofError`], one variant for each rule but the checkpoint's size.
    pub fn verify_root(&self, leaf: LogHash, root: LogHash) -> Result<(), ProofError> {
        check_size(self.size)?;
        if self.leaf >= self.size {
            return Err(ProofError::OutsideTree { leaf: self.leaf, size: self.size });
        }
        check_length(inclusion_length(self.leaf, self.size), &self.path)?;
        tlog_tiles::check_record(&hashes(&self.path), self.size, root.into(), self.leaf, leaf.into())
            .map_err(|_| ProofError::RootMismatch)
    }
}

/// Shows that a tree begins with all leaves of an older one. Encoding: borsh; at most [`MAX_PATH`] hashes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct ConsistencyProof {
    older: u64,
    newer: u64,
    path: Vec<LogHash>,
}

impl ConsistencyProof {
    /// The proof between trees of two sizes. Nothing is checked before [`Self::verify`].
    #[must_use]
    pub const fn new(older: u64, newer: u64, path: Vec<LogHash>) -> Self {
        Self { older, newer, path }
    }

    /// Leaves of the older tree.
    #[must_use]
    pub const fn older(&self) -> u64 {
        self.older
    }

    /// Leaves of the newer tree.
    #[must_use]
    pub const fn newer(&self) -> u64 {
        self.newer
    }

    /// The hashes.
    #[must_use]
    pub fn path(&self) -> &[LogHash] {
        &self.path
    }

    /// Checks that the newer checkpoint's log begins with the older one's.
    ///
    /// # Errors
    /// [`ProofError`], one variant for each rule.
    pub fn verify(&self, older: &Checkpoint, newer: &Checkpoint) -> Result<(), ProofError> {
        if older.origin() != newer.origin() {
            return Err(ProofError::DifferentLogs);
        }
        for (proof, checkpoint) in [(self.older, older.size()), (self.newer, newer.size())] {
            if proof != checkpoint {
                return Err(ProofError::SizeMismatch { proof, checkpoint });
            }
        }
        self.verify_roots(older.root(), newer.root())
    }

    /// Checks the proof between the roots of trees of [`Self::older`] and [`Self::newer`] leaves.
    ///
    /// # Errors
    /// [`ProofError`], one variant for each rule but those on checkpoints.
    pub fn verify_roots(&self, older: LogHash, newer: LogHash) -> Result<(), ProofError> {
        check_size(self.newer)?;
        if self.older > self.newer {
            return Err(ProofError::Shrunk { older: self.older, newer: self.newer });
        }
        check_length(consistency_length(self.older, self.newer), &self.path)?;
        if self.older == 0 {
            // Every log begins with the empty one, so only the root of the empty tree can be wrong, or a newer one of the same size.
            let same = self.newer > 0 || newer == LogHash::EMPTY;
            return if older == LogHash::EMPTY && same { Ok(()) } else { Err(ProofError::RootMismatch) };
        }
        tlog_tiles::check_tree(&hashes(&self.path), self.newer, newer.into(), self.older, older.into())
            .map_err(|_| ProofError::RootMismatch)
    }
}

/// Implements strict reading: two sizes, then a length that is checked before anything is allocated.
macro_rules! read_bounded {
    ($name:ident) => {
        impl BorshDeserialize for $name {
            fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
                let (first, second) = <(u64, u64)>::deserialize_reader(reader)?;
                let length = u32::deserialize_reader(reader)? as usize;
                if length > MAX_PATH {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "a proof of more than 64 hashes"));
                }
                let path = (0..length).map(|_| LogHash::deserialize_reader(reader)).collect::<io::Result<_>>()?;
                Ok(Self::new(first, second, path))
            }
        }
    };
}

read_bounded!(InclusionProof);
read_bounded!(ConsistencyProof);

fn hashes(path: &[LogHash]) -> Vec<Hash> {
    path.iter().copied().map(Hash::from).collect()
}

const fn check_size(size: u64) -> Result<(), ProofError> {
    if size <= CompactTree::MAX_SIZE { Ok(()) } else { Err(ProofError::TooLarge { size }) }
}

const fn check_length(expected: usize, path: &[LogHash]) -> Result<(), ProofError> {
    if expected == path.len() { Ok(()) } else { Err(ProofError::WrongLength { expected, found: path.len() }) }
}

const fn bit_length(n: u64) -> u32 {
    u64::BITS - n.leading_zeros()
}

/// Hashes of the inclusion proof of `leaf < size`: one at each level where the leaf's subtree has a complete tree of leaves
/// beside it, and above that one for each complete subtree to its left.
const fn inclusion_length(leaf: u64, size: u64) -> usize {
    let inner = bit_length(leaf ^ (size - 1));
    let left = if inner < u64::BITS { (leaf >> inner).count_ones() } else { 0 };
    (inner + left) as usize
}

/// Hashes of the consistency proof of `older <= newer`: none if either nothing or everything is old; else the inclusion proof
/// of the last complete subtree of the older tree, and that subtree itself unless it is the older tree.
const fn consistency_length(older: u64, newer: u64) -> usize {
    if older == 0 || older == newer {
        return 0;
    }
    let level = older.trailing_zeros();
    let subtree = (older >> level) - 1;
    let seed = (subtree != 0) as usize;
    inclusion_length(subtree, ((newer - 1) >> level) + 1) + seed
}

#[cfg(test)]
mod tests;

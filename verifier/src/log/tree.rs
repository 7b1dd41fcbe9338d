//! Hashes of an RFC 6962 tree, and the tree that keeps only what it needs to grow.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;
use tlog_tiles::Hash;

/// A node of a log's tree: SHA-256, RFC 6962 section 2.1. Encoding: 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct LogHash([u8; 32]);

impl LogHash {
    /// The root of the tree without leaves: SHA-256 of nothing.
    pub const EMPTY: Self = Self(tlog_tiles::EMPTY_HASH.0);

    /// Wraps the bytes of a hash.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A leaf: `SHA-256(0x00 || bytes)`.
    #[must_use]
    pub fn of_leaf(bytes: &[u8]) -> Self {
        tlog_tiles::record_hash(bytes).into()
    }

    /// An inner node: `SHA-256(0x01 || left || right)`.
    #[must_use]
    pub fn of_children(left: Self, right: Self) -> Self {
        tlog_tiles::node_hash(left.into(), right.into()).into()
    }
}

impl fmt::Debug for LogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogHash({})", hex::encode(self.0))
    }
}

impl fmt::Display for LogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl From<Hash> for LogHash {
    fn from(hash: Hash) -> Self {
        Self(hash.0)
    }
}

impl From<LogHash> for Hash {
    fn from(hash: LogHash) -> Self {
        Self(hash.0)
    }
}

/// Where a complete subtree stands: it covers leaves `position·2^level .. (position + 1)·2^level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex {
    /// Height above the leaves, 0 for a leaf.
    pub level: u8,
    /// Number of complete subtrees of the same level to its left.
    pub position: u64,
}

/// A complete subtree, which no later leaf changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeNode {
    /// Where it stands.
    pub index: NodeIndex,
    /// Its hash.
    pub hash: LogHash,
}

/// The tree holds as many leaves as its size can count.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the log holds {} leaves and is full", CompactTree::MAX_SIZE)]
pub struct LogFull;

/// A tree that keeps its size and the roots of its complete subtrees, one for each bit of the size: enough to grow and to
/// tell its root, in O(log n) space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompactTree {
    size: u64,
    /// Roots of the complete subtrees from left to right, that is from the highest bit of `size` to the lowest.
    peaks: Vec<LogHash>,
}

impl CompactTree {
    /// Leaves that a tree can hold: what a signed 64-bit column can count.
    pub const MAX_SIZE: u64 = i64::MAX as u64;

    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A tree of a known size from the hashes that stand at [`Self::peak_indices`]. `None` if their number is another.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<LogHash>) -> Option<Self> {
        (size <= Self::MAX_SIZE && peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Where the roots of the complete subtrees of a tree of `size` leaves stand, from left to right.
    pub fn peak_indices(size: u64) -> impl Iterator<Item = NodeIndex> {
        (0..64u8).rev().filter(move |level| size >> level & 1 == 1).map(move |level| NodeIndex {
            level,
            // The leaves to the left are those of the higher bits of the size.
            position: (size >> level) - 1,
        })
    }

    /// The number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its bytes. Returns the subtrees that it completes, the leaf first.
    ///
    /// # Errors
    /// [`LogFull`] at [`Self::MAX_SIZE`]; nothing is appended then.
    pub fn append(&mut self, leaf: &[u8]) -> Result<Vec<TreeNode>, LogFull> {
        self.append_hash(LogHash::of_leaf(leaf))
    }

    /// Appends a leaf by its hash, like [`Self::append`].
    ///
    /// # Errors
    /// [`LogFull`] at [`Self::MAX_SIZE`]; nothing is appended then.
    pub fn append_hash(&mut self, leaf: LogHash) -> Result<Vec<TreeNode>, LogFull> {
        if self.size >= Self::MAX_SIZE {
            return Err(LogFull);
        }
        let mut node = TreeNode { index: NodeIndex { level: 0, position: self.size }, hash: leaf };
        let mut completed = vec![node];
        // Each trailing one bit of the old size is a complete subtree to the left that joins the new one.
        while node.index.position & 1 == 1 {
            let left = self.peaks.pop().expect("an odd position has a complete subtree to its left");
            node = TreeNode {
                index: NodeIndex { level: node.index.level + 1, position: node.index.position >> 1 },
                hash: LogHash::of_children(left, node.hash),
            };
            completed.push(node);
        }
        self.peaks.push(node.hash);
        self.size += 1;
        Ok(completed)
    }

    /// The root: the complete subtrees joined from right to left.
    #[must_use]
    pub fn root(&self) -> LogHash {
        let mut peaks = self.peaks.iter().rev().copied();
        let Some(last) = peaks.next() else { return LogHash::EMPTY };
        peaks.fold(last, |right, left| LogHash::of_children(left, right))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `MTH` of RFC 6962 section 2.1, written down as it stands there.
    pub(crate) fn naive_root(leaves: &[Vec<u8>]) -> LogHash {
        match leaves {
            [] => LogHash::EMPTY,
            [leaf] => LogHash::of_leaf(leaf),
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                LogHash::of_children(naive_root(&leaves[..split]), naive_root(&leaves[split..]))
            }
        }
    }

    pub(crate) fn leaves(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|i| format!("leaf {i}").into_bytes()).collect()
    }

    #[test]
    fn roots_equal_the_vectors_of_the_certificate_transparency_project() {
        // Inputs and roots of `merkletree/tree_test` in google/certificate-transparency.
        let inputs =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = CompactTree::new();
        assert_eq!(tree.root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (input, root) in inputs.iter().zip(roots) {
            tree.append(&hex::decode(input).unwrap()).unwrap();
            assert_eq!(tree.root().to_string(), root);
        }
    }

    #[test]
    fn incremental_roots_equal_the_recursive_definition_at_every_size() {
        let leaves = leaves(130);
        let mut tree = CompactTree::new();
        let mut nodes = std::collections::BTreeMap::new();
        for size in 0..=leaves.len() {
            assert_eq!(tree.root(), naive_root(&leaves[..size]), "size {size}");
            // The nodes that were completed on the way are all that a restart needs.
            let peaks = CompactTree::peak_indices(size as u64).map(|index| nodes[&index]).collect();
            assert_eq!(CompactTree::from_peaks(size as u64, peaks), Some(tree.clone()));
            if let Some(leaf) = leaves.get(size) {
                for node in tree.append(leaf).unwrap() {
                    assert_eq!(nodes.insert(node.index, node.hash), None, "a node is completed once");
                }
            }
        }
    }

    #[test]
    fn a_leaf_is_never_an_inner_node() {
        let (left, right) = (LogHash::of_leaf(b"a"), LogHash::of_leaf(b"b"));
        let joined = [left.as_bytes().as_slice(), right.as_bytes()].concat();
        assert_ne!(LogHash::of_leaf(&joined), LogHash::of_children(left, right));
    }

    #[test]
    fn peaks_of_another_number_than_the_size_has_are_refused() {
        assert_eq!(CompactTree::from_peaks(3, vec![LogHash::EMPTY]), None);
        assert_eq!(CompactTree::from_peaks(u64::MAX, vec![LogHash::EMPTY; 64]), None);
    }

    #[test]
    fn a_full_tree_refuses_a_leaf() {
        let peaks = vec![LogHash::EMPTY; 63];
        let mut tree = CompactTree::from_peaks(CompactTree::MAX_SIZE, peaks).unwrap();
        assert_eq!(tree.append(b"one too many"), Err(LogFull));
        assert_eq!(tree.size(), CompactTree::MAX_SIZE);
    }

    proptest! {
        #[test]
        fn any_leaves_give_the_recursive_root(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..60)) {
            let mut tree = CompactTree::new();
            for leaf in &leaves {
                tree.append(leaf).unwrap();
            }
            prop_assert_eq!(tree.root(), naive_root(&leaves));
        }
    }
}

//! The note commitment tree of a pool: Poseidon, arity 4, depth 16, append-only. Spec § 3.

use std::sync::OnceLock;

use ark_bls12_381::Fr;
use ark_ff::Zero;
use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{
    domain::Use,
    field::field_newtype,
    hash::{poseidon_hash, poseidon_hash_each},
    note::NoteCommitment,
};

/// Children of an inner node.
pub const ARITY: usize = 4;
/// Levels between a leaf and the root; the tree holds 4^16 = 2^32 leaves.
pub const DEPTH: usize = 16;

field_newtype! {
    /// A root of a pool's tree.
    Anchor
}

/// The index of a leaf, 0 to 2^32 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Position(pub u32);

/// All four children of the path's parent at each level, from the leaf upwards. The child on the path stands at its own
/// index, so that a verifier can compare the running hash with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerklePath {
    position: Position,
    children: [[Fr; ARITY]; DEPTH],
}

impl MerklePath {
    /// A path from its parts.
    #[must_use]
    pub const fn new(position: Position, children: [[Fr; ARITY]; DEPTH]) -> Self {
        Self { position, children }
    }

    /// The leaf's position.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The children at each level, from the leaf upwards.
    #[must_use]
    pub const fn children(&self) -> &[[Fr; ARITY]; DEPTH] {
        &self.children
    }

    /// The root that this path leads to from a leaf; the stored child on the path is not used.
    #[must_use]
    pub fn root(&self, leaf: NoteCommitment) -> Anchor {
        let mut node = leaf.0;
        for (level, children) in self.children.iter().enumerate() {
            let mut children = *children;
            children[child_index(self.position, level)] = node;
            node = hash_children(children);
        }
        Anchor(node)
    }
}

/// Which child of its parent the path of `position` is at `level` (0 at the leaf).
#[must_use]
pub const fn child_index(position: Position, level: usize) -> usize {
    ((position.0 >> (2 * level)) & 3) as usize
}

fn hash_children(children: [Fr; ARITY]) -> Fr {
    poseidon_hash(Use::Node, children)
}

/// Roots of empty subtrees: `empty(0) = 0`, `empty(i + 1) = H(empty(i) four times)`.
fn empty(level: usize) -> Fr {
    static EMPTY: OnceLock<[Fr; DEPTH + 1]> = OnceLock::new();
    EMPTY.get_or_init(|| {
        let mut nodes = [Fr::zero(); DEPTH + 1];
        for level in 0..DEPTH {
            nodes[level + 1] = hash_children([nodes[level]; ARITY]);
        }
        nodes
    })[level]
}

/// The tree is full (2^32 leaves).
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the pool's tree holds 2^32 notes and is full")]
pub struct TreeFull;

/// The append-only tree with all of its nodes, for paths to any leaf.
#[derive(Clone, Debug, Default)]
pub struct NoteCommitmentTree {
    levels: [Vec<Fr>; DEPTH + 1],
}

impl NoteCommitmentTree {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of leaves.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.levels[0].len() as u64
    }

    /// Whether there are no leaves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.levels[0].is_empty()
    }

    /// The leaf at a position.
    #[must_use]
    pub fn leaf(&self, position: Position) -> Option<NoteCommitment> {
        self.levels[0].get(position.0 as usize).copied().map(NoteCommitment)
    }

    /// Whether so many more leaves fit.
    #[must_use]
    pub fn has_room(&self, leaves: usize) -> bool {
        self.len().saturating_add(leaves as u64) <= 1 << 32
    }

    /// Appends leaves in order, hashing each affected inner node once, level by level. Returns the first one's position.
    ///
    /// # Errors
    /// [`TreeFull`] when they do not all fit; nothing is appended then.
    pub fn append(&mut self, leaves: &[NoteCommitment]) -> Result<Position, TreeFull> {
        let first = self.levels[0].len();
        let position = u32::try_from(first).map_err(|_| TreeFull)?;
        if !self.has_room(leaves.len()) {
            return Err(TreeFull);
        }
        self.levels[0].extend(leaves.iter().map(|leaf| leaf.0));
        let mut changed = first;
        for level in 0..DEPTH {
            changed /= ARITY;
            let (below, above) = self.levels.split_at_mut(level + 1);
            let (below, above) = (&below[level], &mut above[0]);
            above.truncate(changed);
            let filled = |chunk: &[Fr]| {
                let mut children = [empty(level); ARITY];
                children[..chunk.len()].copy_from_slice(chunk);
                children
            };
            let groups: Vec<_> = below[changed * ARITY..].chunks(ARITY).map(filled).collect();
            above.extend(poseidon_hash_each(Use::Node, &groups));
        }
        Ok(Position(position))
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Anchor {
        Anchor(self.levels[DEPTH].first().copied().unwrap_or_else(|| empty(DEPTH)))
    }

    /// The path of a leaf to the present root; `None` beyond the last leaf.
    #[must_use]
    pub fn path(&self, position: Position) -> Option<MerklePath> {
        self.leaf(position)?;
        let mut children = [[Fr::zero(); ARITY]; DEPTH];
        let mut index = position.0 as usize;
        for (level, row) in children.iter_mut().enumerate() {
            let first = index / ARITY * ARITY;
            for (i, child) in row.iter_mut().enumerate() {
                *child = self.levels[level].get(first + i).copied().unwrap_or_else(|| empty(level));
            }
            index /= ARITY;
        }
        Some(MerklePath { position, children })
    }

    /// The path of a leaf to the root that the tree had when it held `size` leaves; `None` unless `position < size <= len`.
    #[must_use]
    pub fn path_at(&self, position: Position, size: u64) -> Option<MerklePath> {
        if u64::from(position.0) >= size || size > self.len() {
            return None;
        }
        // Only the right edge of the smaller tree differs: at each level, its last node is recomputed.
        let size = usize::try_from(size).ok()?;
        let mut children = [[Fr::zero(); ARITY]; DEPTH];
        let mut index = position.0 as usize;
        let mut last = size - 1;
        let mut edge = *self.levels[0].get(last)?;
        for (level, row) in children.iter_mut().enumerate() {
            let node = |i: usize| match i.cmp(&last) {
                std::cmp::Ordering::Less => self.levels[level][i],
                std::cmp::Ordering::Equal => edge,
                std::cmp::Ordering::Greater => empty(level),
            };
            let siblings = |i: usize| -> [Fr; ARITY] { std::array::from_fn(|j| node(i / ARITY * ARITY + j)) };
            *row = siblings(index);
            let above = hash_children(siblings(last));
            edge = above;
            index /= ARITY;
            last /= ARITY;
        }
        Some(MerklePath { position, children })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(i: u64) -> NoteCommitment {
        NoteCommitment(Fr::from(1_000 + i))
    }

    #[test]
    fn paths_lead_to_the_root_at_every_size() {
        let mut tree = NoteCommitmentTree::new();
        let mut roots = vec![tree.root()];
        for i in 0..70 {
            tree.append(&[leaf(i)]).unwrap();
            roots.push(tree.root());
        }
        for size in 1..=70u64 {
            for i in (0..size).step_by(7) {
                let position = Position(i as u32);
                let path = tree.path_at(position, size).unwrap();
                assert_eq!(path.root(leaf(i)), roots[size as usize]);
                assert_ne!(path.root(leaf(i + 1)), roots[size as usize]);
            }
        }
        assert_eq!(tree.path(Position(69)), tree.path_at(Position(69), 70));
        assert_eq!(tree.path(Position(70)), None);
    }

    #[test]
    fn appending_together_equals_appending_one_by_one() {
        let leaves: Vec<_> = (0..150).map(leaf).collect();
        let mut one = NoteCommitmentTree::new();
        for leaf in &leaves {
            one.append(&[*leaf]).unwrap();
        }
        for border in [0, 1, 3, 4, 5, 16, 22] {
            let mut all = NoteCommitmentTree::new();
            all.append(&leaves[..border]).unwrap();
            all.append(&leaves[border..]).unwrap();
            assert_eq!(one.levels, all.levels);
        }
    }
}

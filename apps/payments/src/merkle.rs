//! Proofs of a log whose leaves are all here. RFC 6962 section 2.1.

use tabella_verifier::log::LogHash;

/// The two subtrees below the root of a tree of at least two leaves.
fn halves(leaves: &[LogHash]) -> (&[LogHash], &[LogHash]) {
    leaves.split_at(leaves.len().next_power_of_two() / 2)
}

/// The root.
#[must_use]
pub fn root(leaves: &[LogHash]) -> LogHash {
    match leaves {
        [] => LogHash::EMPTY,
        [leaf] => *leaf,
        _ => {
            let (left, right) = halves(leaves);
            LogHash::of_children(root(left), root(right))
        }
    }
}

/// That the leaf of an index is in the tree.
#[must_use]
pub fn inclusion(leaves: &[LogHash], index: usize) -> Vec<LogHash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let (left, right) = halves(leaves);
    let (mut path, beside) = match index.checked_sub(left.len()) {
        None => (inclusion(left, index), root(right)),
        Some(index) => (inclusion(right, index), root(left)),
    };
    path.push(beside);
    path
}

/// That the tree begins with so many leaves, which are no more than it has.
#[must_use]
pub fn consistency(leaves: &[LogHash], older: usize) -> Vec<LogHash> {
    if older == 0 { Vec::new() } else { subproof(leaves, older, true) }
}

/// `is_known`: whether the verifier has the root of the older tree, because nothing stands to the left of this subtree.
fn subproof(leaves: &[LogHash], older: usize, is_known: bool) -> Vec<LogHash> {
    if older >= leaves.len() {
        return if is_known { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = halves(leaves);
    let (mut path, beside) = match older.checked_sub(left.len()) {
        None | Some(0) => (subproof(left, older, is_known), root(right)),
        Some(older) => (subproof(right, older, false), root(left)),
    };
    path.push(beside);
    path
}

#[cfg(test)]
mod tests {
    use tabella_verifier::log::{CompactTree, ConsistencyProof, InclusionProof};

    use super::*;

    #[test]
    fn proofs_of_all_small_trees_verify() {
        let mut tree = CompactTree::new();
        let mut roots = vec![LogHash::EMPTY];
        let mut leaves = Vec::new();
        for size in 1..=40_usize {
            leaves.push(LogHash::of_leaf(&size.to_le_bytes()));
            tree.append(&size.to_le_bytes()).unwrap();
            assert_eq!(root(&leaves), tree.root());
            roots.push(tree.root());
            for (index, leaf) in leaves.iter().enumerate() {
                let proof = InclusionProof::new(index as u64, size as u64, inclusion(&leaves, index));
                assert_eq!(proof.verify_root(*leaf, tree.root()), Ok(()));
            }
            for (older, known) in roots.iter().enumerate() {
                let proof = ConsistencyProof::new(older as u64, size as u64, consistency(&leaves, older));
                assert_eq!(proof.verify_roots(*known, tree.root()), Ok(()));
            }
        }
    }
}

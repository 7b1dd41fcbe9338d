use proptest::prelude::*;

use super::*;
use crate::log::{
    checkpoint::{BlockStamp, Height, Origin},
    tree::tests::{leaves, naive_root},
};

/// `PATH` of RFC 6962 section 2.1.1.
fn naive_path(leaf: usize, leaves: &[Vec<u8>]) -> Vec<LogHash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut path, beside) = if leaf < split {
        (naive_path(leaf, left), naive_root(right))
    } else {
        (naive_path(leaf - split, right), naive_root(left))
    };
    path.push(beside);
    path
}

/// `SUBPROOF` of RFC 6962 section 2.1.2.
fn naive_subproof(older: usize, leaves: &[Vec<u8>], whole: bool) -> Vec<LogHash> {
    if older == leaves.len() {
        return if whole { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut path, beside) = if older <= split {
        (naive_subproof(older, left, whole), naive_root(right))
    } else {
        (naive_subproof(older - split, right, false), naive_root(left))
    };
    path.push(beside);
    path
}

fn inclusion(leaf: usize, leaves: &[Vec<u8>]) -> InclusionProof {
    InclusionProof::new(leaf as u64, leaves.len() as u64, naive_path(leaf, leaves))
}

fn consistency(older: usize, leaves: &[Vec<u8>]) -> ConsistencyProof {
    let path = if older == 0 { Vec::new() } else { naive_subproof(older, leaves, true) };
    ConsistencyProof::new(older as u64, leaves.len() as u64, path)
}

fn checkpoint(origin: &str, leaves: &[Vec<u8>]) -> Checkpoint {
    let stamp = BlockStamp { height: Height::new(1), time: tabella_protocol::note::Timestamp::ZERO };
    Checkpoint::new(Origin::new(origin).unwrap(), leaves.len() as u64, naive_root(leaves)).with_stamp(stamp)
}

#[test]
fn inclusion_proofs_verify_at_every_size_and_alterations_are_refused() {
    let leaves = leaves(70);
    for size in 1..=leaves.len() {
        let leaves = &leaves[..size];
        let root = naive_root(leaves);
        for (i, leaf) in leaves.iter().enumerate() {
            let proof = inclusion(i, leaves);
            let hash = LogHash::of_leaf(leaf);
            proof.verify_root(hash, root).unwrap();
            assert_eq!(proof.verify_root(LogHash::of_leaf(b"another"), root), Err(ProofError::RootMismatch));
            assert_eq!(proof.verify_root(hash, LogHash::EMPTY), Err(ProofError::RootMismatch));
            for k in 0..proof.path.len() {
                let mut altered = proof.clone();
                altered.path[k] = LogHash::EMPTY;
                assert_eq!(altered.verify_root(hash, root), Err(ProofError::RootMismatch));
            }
            let (expected, found) = (proof.path.len(), proof.path.len() + 1);
            let mut longer = proof.clone();
            longer.path.push(root);
            assert_eq!(longer.verify_root(hash, root), Err(ProofError::WrongLength { expected, found }));
        }
    }
}

#[test]
fn a_leaf_is_not_proven_at_another_index_or_size() {
    let leaves = leaves(37);
    let root = naive_root(&leaves);
    for i in 0..37 {
        let proof = inclusion(i, &leaves);
        for other in (0..37).filter(|other| *other != i) {
            let moved = InclusionProof::new(other as u64, 37, proof.path.clone());
            moved.verify_root(LogHash::of_leaf(&leaves[i]), root).unwrap_err();
        }
    }
    assert_eq!(
        InclusionProof::new(37, 37, Vec::new()).verify_root(LogHash::EMPTY, root),
        Err(ProofError::OutsideTree { leaf: 37, size: 37 })
    );
    assert_eq!(
        InclusionProof::new(0, u64::MAX, Vec::new()).verify_root(LogHash::EMPTY, root),
        Err(ProofError::TooLarge { size: u64::MAX })
    );
}

#[test]
fn consistency_proofs_verify_between_all_sizes_and_alterations_are_refused() {
    let leaves = leaves(70);
    let roots: Vec<_> = (0..=leaves.len()).map(|size| naive_root(&leaves[..size])).collect();
    for newer in 0..=leaves.len() {
        for older in 0..=newer {
            let proof = consistency(older, &leaves[..newer]);
            proof.verify_roots(roots[older], roots[newer]).unwrap();
            let wrong = LogHash::of_leaf(b"another root");
            assert_eq!(proof.verify_roots(wrong, roots[newer]), Err(ProofError::RootMismatch));
            if older > 0 || newer == 0 {
                assert_eq!(proof.verify_roots(roots[older], wrong), Err(ProofError::RootMismatch));
            }
            for k in 0..proof.path.len() {
                let mut altered = proof.clone();
                altered.path[k] = wrong;
                assert_eq!(altered.verify_roots(roots[older], roots[newer]), Err(ProofError::RootMismatch));
            }
            let (expected, found) = (proof.path.len(), proof.path.len() + 1);
            let mut longer = proof.clone();
            longer.path.push(wrong);
            assert_eq!(
                longer.verify_roots(roots[older], roots[newer]),
                Err(ProofError::WrongLength { expected, found })
            );
        }
    }
}

#[test]
fn a_log_that_dropped_or_rewrote_a_leaf_is_not_consistent() {
    let honest = leaves(20);
    let mut rewritten = leaves(31);
    rewritten[3] = b"rewritten".to_vec();
    let old = checkpoint("log.example", &honest);
    let new = checkpoint("log.example", &rewritten);
    assert_eq!(consistency(20, &rewritten).verify(&old, &new), Err(ProofError::RootMismatch));
    assert_eq!(
        ConsistencyProof::new(31, 20, Vec::new()).verify(&new, &old),
        Err(ProofError::Shrunk { older: 31, newer: 20 })
    );
}

#[test]
fn proofs_for_other_checkpoints_are_refused() {
    let all = leaves(20);
    let small = checkpoint("log.example", &all[..11]);
    let large = checkpoint("log.example", &all);
    let other = checkpoint("other.example", &all);
    assert_eq!(inclusion(4, &all).verify(&all[4], &small), Err(ProofError::SizeMismatch { proof: 20, checkpoint: 11 }));
    inclusion(4, &all).verify(&all[4], &large).unwrap();
    let proof = consistency(11, &all);
    proof.verify(&small, &large).unwrap();
    assert_eq!(proof.verify(&small, &other), Err(ProofError::DifferentLogs));
    assert_eq!(proof.verify(&large, &large), Err(ProofError::SizeMismatch { proof: 11, checkpoint: 20 }));
}

#[test]
fn decoding_is_bounded_and_leaves_nothing_over() {
    let proof = inclusion(4, &leaves(20));
    let bytes = borsh::to_vec(&proof).unwrap();
    assert_eq!(borsh::from_slice::<InclusionProof>(&bytes).unwrap(), proof);
    let mut longer = bytes.clone();
    longer.push(0);
    borsh::from_slice::<InclusionProof>(&longer).unwrap_err();
    let mut endless = bytes;
    endless[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = borsh::from_slice::<InclusionProof>(&endless).unwrap_err();
    assert_eq!(error.to_string(), "a proof of more than 64 hashes");
}

proptest! {
    /// Sizes near the limits of the integers: refused or verified, never a panic.
    #[test]
    fn any_sizes_are_answered(first in any::<u64>(), second in any::<u64>(), length in 0usize..=MAX_PATH) {
        let path = vec![LogHash::EMPTY; length];
        InclusionProof::new(first, second, path.clone()).verify_root(LogHash::of_leaf(b"a"), LogHash::EMPTY).unwrap_err();
        let proof = ConsistencyProof::new(first, second, path);
        prop_assert!(proof.verify_roots(LogHash::of_leaf(b"a"), LogHash::of_leaf(b"b")).is_err());
    }

    /// The one right length for any sizes is the one that the production verifier consumes.
    #[test]
    fn lengths_are_those_that_the_recursion_consumes(leaf in 0..CompactTree::MAX_SIZE, more in 1..1u64 << 40) {
        let size = leaf.saturating_add(more).min(CompactTree::MAX_SIZE);
        let path = vec![LogHash::EMPTY; inclusion_length(leaf, size)];
        prop_assert_eq!(
            InclusionProof::new(leaf, size, path).verify_root(LogHash::of_leaf(b"a"), LogHash::EMPTY),
            Err(ProofError::RootMismatch)
        );
    }
}

//! The Cast circuit: satisfied by every honest voter and delegate, and each rule refused by exactly its own constraints.

use ark_bls12_381::Fr;
use ark_ff::{UniformRand, Zero};
use rand_chacha::ChaCha20Rng;
use tabella_protocol::{
    jubjub::JubjubPoint,
    keys::SpendValidatingKey,
    note::{AssetId, Guard, NoteCommitmentTrapdoor, NoteValue, Nullifier, Timestamp},
    statement::{CastInstance, CastRelationError as Error, CastWitness, Shape, Spend, SpendError, Window, cast::check},
    tree::{Anchor, MerklePath, Position},
};

use super::harness::{Circuit, assert_breaks, broken, empty_leaf, proving_matrices, rng};
use crate::{
    CastCircuit,
    matrices::Matrices,
    testing::{Case, SpendKind, random_cast, random_owner},
};

#[test]
fn every_way_of_spending_is_satisfied() {
    for seed in 0..3 {
        for kind in SpendKind::ALL {
            let case = random_cast(kind, &mut rng(seed));
            assert_eq!(check(&case.instance, &case.witness), Ok(()), "{kind:?}");
            let broken = broken(&CastCircuit::new(case.instance, case.witness));
            assert!(broken.is_empty(), "{kind:?}: {broken:?}");
        }
    }
}

#[test]
fn greatest_weight_is_cast() {
    let mut case = random_cast(SpendKind::Plain, &mut rng(3));
    case.witness.value = NoteValue(u64::MAX);
    let instance = case.witness.instance(case.instance.window);
    assert_eq!(check(&instance, &case.witness), Ok(()));
    assert!(broken(&CastCircuit::new(instance, case.witness)).is_empty());
}

#[test]
fn matrices_are_pinned_and_fit_the_domain() {
    let matrices = &CastCircuit::setup().matrices;
    assert_eq!(hex::encode(matrices.digest()), CastCircuit::MATRICES_DIGEST);
    assert_eq!(matrices.constraints(), CastCircuit::CONSTRAINTS);
    assert!(matrices.domain_size() <= 1 << 13);
    assert_eq!(matrices.instance_variables(), 1 + Shape::Cast.public_inputs());
}

#[test]
fn setup_and_proving_build_the_same_matrices() {
    let case = random_cast(SpendKind::Claim, &mut rng(7));
    let matrices = proving_matrices(&CastCircuit::new(case.instance, case.witness));
    assert_eq!(hex::encode(matrices.digest()), CastCircuit::MATRICES_DIGEST);
    assert_eq!(Matrices::of_setup(CastCircuit::blank()).unwrap().digest(), matrices.digest());
}

#[test]
fn empty_leaf_is_not_cast() {
    let (anchor, path) = empty_leaf();
    for zeros in [false, true] {
        refused(SpendKind::Plain, Error::Anchor, |instance, witness, _| {
            if zeros {
                witness.rcm = NoteCommitmentTrapdoor::new(Fr::zero());
                witness.asset = AssetId::new(Fr::zero());
            }
            witness.path = path.clone();
            *instance = CastInstance { anchor, ..witness.instance(instance.window) };
        });
    }
}

/// An honest cast, altered: the native relation refuses with this rule, and only this rule's constraints break.
fn refused(kind: SpendKind, rule: Error, alter: impl FnOnce(&mut CastInstance, &mut CastWitness, &mut ChaCha20Rng)) {
    let mut rng = rng(5);
    let Case { mut instance, mut witness, .. } = random_cast(kind, &mut rng);
    alter(&mut instance, &mut witness, &mut rng);
    assert_eq!(check(&instance, &witness), Err(rule));
    assert_breaks(&CastCircuit::new(instance, witness), &[&format!("{rule:?}")]);
}

#[test]
fn negated_randomized_key_is_refused() {
    refused(SpendKind::Plain, Error::RandomizedKey, |instance, _, _| {
        instance.rk = JubjubPoint::new(-*instance.rk.affine());
    });
}

// As for a transfer: both coordinates of ak are hashed.
#[test]
fn negated_signer_owns_nothing_of_the_signer() {
    let rules = [
        (SpendKind::Plain, Error::Anchor),
        (SpendKind::BurnOnlyClaim, Error::Spend(SpendError::NotClaimant)),
        (SpendKind::Refund, Error::Spend(SpendError::NotRefundParty)),
    ];
    for (kind, rule) in rules {
        refused(kind, rule, |instance, witness, _| {
            let negative = JubjubPoint::new(-*witness.signer.ak.point().affine());
            witness.signer.ak = SpendValidatingKey::from_bytes(&negative.to_bytes()).unwrap();
            let honest = instance.clone();
            *instance = CastInstance { anchor: honest.anchor, ..witness.instance(honest.window) };
            // The note of an escrow names its parties and stays what it is; a plain one is another note.
            assert_eq!(instance.nullifier == honest.nullifier, kind != SpendKind::Plain);
        });
    }
}

#[test]
fn right_of_another_election_is_refused() {
    refused(SpendKind::Plain, Error::AssetRevealed, |instance, _, rng| instance.asset = AssetId::new(Fr::rand(rng)));
    refused(SpendKind::Plain, Error::Anchor, |instance, witness, rng| {
        witness.asset = AssetId::new(Fr::rand(rng));
        let anchor = instance.anchor;
        *instance = witness.instance(instance.window);
        instance.anchor = anchor;
    });
}

#[test]
fn another_weight_is_refused() {
    refused(SpendKind::Plain, Error::Weight, |instance, _, _| instance.weight += 1);
}

#[test]
fn weight_of_zero_is_refused() {
    refused(SpendKind::Plain, Error::WeightZero, |instance, witness, _| {
        witness.value = NoteValue(0);
        *instance = witness.instance(instance.window);
    });
}

#[test]
fn right_that_is_not_in_the_tree_is_refused() {
    refused(SpendKind::Plain, Error::Anchor, |instance, _, rng| instance.anchor = Anchor::new(Fr::rand(rng)));
    // The same right at another position would have another nullifier.
    refused(SpendKind::Plain, Error::Anchor, |instance, witness, _| {
        let anchor = instance.anchor;
        witness.path = MerklePath::new(Position(witness.path.position().0 ^ 1), *witness.path.children());
        *instance = witness.instance(instance.window);
        instance.anchor = anchor;
    });
}

#[test]
fn another_nullifier_is_refused() {
    for kind in SpendKind::ALL {
        refused(kind, Error::Nullifier, |instance, _, rng| instance.nullifier = Nullifier::new(Fr::rand(rng)));
    }
}

#[test]
fn claim_by_another_than_the_delegate_is_refused() {
    refused(SpendKind::BurnOnlyClaim, Error::Spend(SpendError::NotClaimant), |instance, witness, rng| {
        if let Spend::Claim(escrow) = &mut witness.spend {
            escrow.contract.claimant = random_owner(rng);
        }
        *instance = witness.instance(instance.window);
    });
}

#[test]
fn refund_by_the_delegate_is_refused() {
    refused(SpendKind::BurnOnlyClaim, Error::Spend(SpendError::NotRefundParty), |instance, witness, _| {
        if let Spend::Claim(escrow) = witness.spend {
            witness.spend = Spend::Refund(escrow);
        }
        *instance = witness.instance(instance.window);
    });
}

#[test]
fn claim_after_its_time_is_refused() {
    refused(SpendKind::BurnOnlyClaim, Error::Spend(SpendError::ClaimWindow), |instance, _, _| {
        instance.window = Window::new(instance.window.start(), Timestamp::MAX).unwrap();
    });
}

#[test]
fn refund_before_its_time_is_refused() {
    refused(SpendKind::Refund, Error::Spend(SpendError::RefundWindow), |instance, _, _| {
        instance.window = Window::new(Timestamp::ZERO, instance.window.end()).unwrap();
    });
}

#[test]
fn false_level_is_refused() {
    for kind in SpendKind::ALL {
        refused(kind, Error::Spend(SpendError::Level), |instance, _, _| instance.level = !instance.level);
    }
}

#[test]
fn guarded_claim_that_hides_its_contract_is_refused() {
    refused(SpendKind::GuardedClaim, Error::ContractRevealed, |instance, _, _| {
        instance.contract_revealed = Fr::zero();
    });
    refused(SpendKind::Claim, Error::ContractRevealed, |instance, witness, rng| {
        if let Spend::Claim(escrow) = &mut witness.spend {
            escrow.contract.guard = Guard::new(Fr::rand(rng));
        }
        *instance = witness.instance(instance.window);
        instance.contract_revealed = Fr::zero();
    });
}

#[test]
fn contract_that_nobody_claims_is_refused() {
    for kind in SpendKind::ALL {
        refused(kind, Error::ContractRevealed, |instance, _, rng| instance.contract_revealed = Fr::rand(rng));
    }
}

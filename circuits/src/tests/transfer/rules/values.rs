//! Items 4 to 6 of the statement: values, the asset, contracts; and three attacks that an earlier design allowed.

use ark_bls12_381::Fr;
use ark_ff::{UniformRand, Zero};
use rand_chacha::ChaCha20Rng;
use tabella_protocol::{
    jubjub::{JubjubPoint, JubjubScalar},
    note::{Guard, Lock, NoteValue},
    statement::{
        InputWitness, Mode, TransferInstance, TransferRelationError as Error, TransferWitness,
        transfer::value_commitment,
    },
};

use super::{Forgery, escrow_of};
use crate::testing::{SpendKind, random_escrow, random_owner, random_rcm};

const SOME_VALUE: NoteValue = NoteValue(1_000_000);

// Item 4.

#[test]
fn value_out_of_nothing_is_refused() {
    for mode in [Mode::Internal, Mode::Exit, Mode::Entry, Mode::Tag] {
        Forgery::of(mode, SpendKind::Plain)
            .alter(|_, witness, _| witness.outputs[1].value.0 += 1)
            .restate()
            .refused(Error::Balance);
    }
    for mode in [Mode::Exit, Mode::Entry, Mode::Consume] {
        Forgery::of(mode, SpendKind::Plain).alter(|_, witness, _| witness.v.0 += 1).restate().refused(Error::Balance);
    }
}

#[test]
fn mode_of_another_balance_is_refused() {
    Forgery::of(Mode::Exit, SpendKind::Plain)
        .alter(|instance, _, _| instance.mode = Mode::Entry)
        .refused(Error::Balance);
}

#[test]
fn tag_of_another_value_is_refused() {
    Forgery::of(Mode::Tag, SpendKind::Plain).alter(|_, witness, _| witness.v.0 += 1).restate().refused(Error::TagValue);
}

#[test]
fn tag_of_another_escrow_is_refused() {
    Forgery::of(Mode::Tag, SpendKind::Plain)
        .alter(|instance, witness, rng| {
            witness.tagged = Some(random_escrow(random_owner(rng), random_owner(rng), &instance.window, rng));
        })
        .restate()
        .refused(Error::TagEscrow);
}

#[test]
fn tag_of_a_plain_output_is_refused() {
    Forgery::of(Mode::Tag, SpendKind::Plain)
        .alter(|_, witness, rng| {
            let owner = random_owner(rng);
            witness.outputs[0].lock = Lock::Plain(owner).commitment();
        })
        .restate()
        .refused(Error::TagEscrow);
}

#[test]
fn consume_with_a_second_valuable_input_is_refused() {
    let mut forgery = Forgery::of(Mode::Exit, SpendKind::Plain);
    forgery.instance.mode = Mode::Consume;
    forgery
        .alter(|_, witness, _| {
            witness.v.0 = witness.inputs[0].value.0 + witness.inputs[1].value.0;
            witness.outputs[0].value = NoteValue(0);
            witness.outputs[1].value = NoteValue(0);
        })
        .restate()
        .refused(Error::ConsumeInput);
}

#[test]
fn consume_with_an_output_is_refused() {
    for i in [0, 1] {
        Forgery::of(Mode::Consume, SpendKind::Plain)
            .alter(|_, witness, _| {
                witness.outputs[i].value = NoteValue(1);
                witness.v.0 -= 1;
            })
            .restate()
            .refused(Error::ConsumeOutput(i));
    }
}

#[test]
fn value_that_leaves_in_mode_internal_is_refused() {
    Forgery::of(Mode::Internal, SpendKind::Plain)
        .alter(|_, witness, rng| {
            witness.v = SOME_VALUE;
            witness.r = JubjubScalar::rand(rng);
        })
        .restate()
        .refused_also(Error::InternalValue, &[Error::InternalCommitment]);
}

#[test]
fn commitment_other_than_the_identity_in_mode_internal_is_refused() {
    Forgery::of(Mode::Internal, SpendKind::Plain)
        .alter(|_, witness, rng| witness.r = JubjubScalar::rand(rng))
        .restate()
        .refused(Error::InternalCommitment);
}

#[test]
fn zero_value_outside_mode_internal_is_refused() {
    for mode in [Mode::Exit, Mode::Entry] {
        Forgery::of(mode, SpendKind::Plain)
            .alter(|_, witness, _| {
                witness.v = NoteValue(0);
                witness.outputs[0].value = witness.inputs[0].value;
                witness.outputs[1].value = witness.inputs[1].value;
            })
            .restate()
            .refused(Error::ValueZero);
    }
    Forgery::of(Mode::Tag, SpendKind::Plain)
        .alter(|_, witness, _| {
            witness.v = NoteValue(0);
            witness.outputs[1].value = NoteValue(witness.inputs[0].value.0 + witness.inputs[1].value.0);
            witness.outputs[0].value = NoteValue(0);
        })
        .restate()
        .refused(Error::ValueZero);
    // A right of weight 0 that is in the tree.
    Forgery::of(Mode::Consume, SpendKind::Plain)
        .alter(|_, witness, _| {
            witness.inputs[0].value = NoteValue(0);
            witness.v = NoteValue(0);
        })
        .replant()
        .refused(Error::ValueZero);
}

#[test]
fn commitment_to_another_value_is_refused() {
    for mode in [Mode::Exit, Mode::Entry, Mode::Tag, Mode::Consume] {
        Forgery::of(mode, SpendKind::Plain)
            .alter(|instance, witness, _| {
                instance.value_commitment = value_commitment(NoteValue(witness.v.0 + 1), witness.r);
            })
            .refused(Error::ValueCommitment);
        Forgery::of(mode, SpendKind::Plain)
            .alter(|instance, _, _| {
                instance.value_commitment = JubjubPoint::new(-*instance.value_commitment.affine());
            })
            .refused(Error::ValueCommitment);
    }
}

#[test]
fn burn_only_escrow_claimed_outside_consume_is_refused() {
    for mode in [Mode::Internal, Mode::Exit, Mode::Tag] {
        Forgery::of(mode, SpendKind::Claim)
            .alter(|_, witness, _| escrow_of(&mut witness.spend).contract.terms.burn_only = true)
            .replant()
            .refused(Error::BurnOnly);
    }
}

// Item 5.

#[test]
fn hidden_asset_outside_mode_internal_is_refused() {
    for mode in [Mode::Exit, Mode::Entry, Mode::Tag, Mode::Consume] {
        Forgery::of(mode, SpendKind::Plain)
            .alter(|instance, _, _| instance.reveal = false)
            .restate()
            .refused(Error::AssetHidden);
    }
}

#[test]
fn another_revealed_asset_is_refused() {
    for mode in Mode::ALL {
        Forgery::of(mode, SpendKind::Plain)
            .alter(|instance, _, _| instance.reveal = true)
            .restate()
            .alter(|instance, _, rng| instance.asset_revealed = Fr::rand(rng))
            .refused(Error::AssetRevealed);
    }
    Forgery::of(Mode::Internal, SpendKind::Plain)
        .alter(|instance, _, _| instance.reveal = false)
        .restate()
        .alter(|instance, witness, _| instance.asset_revealed = witness.asset.element())
        .refused(Error::AssetRevealed);
}

// Item 6.

#[test]
fn guarded_claim_that_hides_its_contract_is_refused() {
    for mode in [Mode::Internal, Mode::Exit, Mode::Consume] {
        Forgery::of(mode, SpendKind::GuardedClaim)
            .alter(|instance, _, _| instance.contract_revealed = Fr::zero())
            .refused(Error::ContractRevealed);
    }
}

#[test]
fn tag_that_hides_its_contract_is_refused() {
    Forgery::of(Mode::Tag, SpendKind::Plain)
        .alter(|instance, _, _| instance.contract_revealed = Fr::zero())
        .refused(Error::ContractRevealed);
}

#[test]
fn contract_that_nobody_claims_is_refused() {
    for kind in SpendKind::ALL {
        Forgery::of(Mode::Consume, kind)
            .alter(|instance, _, rng| instance.contract_revealed = Fr::rand(rng))
            .refused(Error::ContractRevealed);
    }
    // A refund does not reveal its contract either, guarded as it is.
    Forgery::of(Mode::Exit, SpendKind::Refund)
        .alter(|instance, witness, _| {
            instance.contract_revealed = escrow_of(&mut witness.spend).contract.hash().element();
        })
        .refused(Error::ContractRevealed);
}

// The three attacks that an earlier design allowed.

#[test]
fn ballot_of_two_dummies_is_refused() {
    let mut forgery = Forgery::of(Mode::Consume, SpendKind::Plain);
    let diversifier = forgery.witness.inputs[0].diversifier;
    forgery.witness.inputs = [0, 1].map(|_| InputWitness::dummy(diversifier, random_rcm(&mut forgery.rng)));
    forgery.witness.v = NoteValue(0);
    forgery.restate().refused_also(Error::PathSkipped, &[Error::ValueZero]);
}

#[test]
fn guarded_contract_revealed_by_a_dummy_is_refused() {
    let dummy = |_: &mut TransferInstance, witness: &mut TransferWitness, _: &mut ChaCha20Rng| {
        witness.inputs[0].path = None;
        witness.inputs[0].value = NoteValue(0);
        witness.outputs[0].value = witness.inputs[1].value;
        witness.outputs[1].value = NoteValue(0);
    };
    Forgery::of(Mode::Internal, SpendKind::GuardedClaim)
        .alter(dummy)
        .restate()
        .refused_also(Error::PathSkipped, &[Error::GuardedClaimOfNothing]);
}

#[test]
fn guarded_contract_revealed_by_a_note_of_value_zero_is_refused() {
    // Anybody can make such a note, locked under anybody's contract.
    Forgery::of(Mode::Internal, SpendKind::GuardedClaim)
        .alter(|_, witness, _| {
            witness.inputs[0].value = NoteValue(0);
            witness.outputs[0].value = witness.inputs[1].value;
            witness.outputs[1].value = NoteValue(0);
        })
        .replant()
        .refused(Error::GuardedClaimOfNothing);
}

#[test]
fn guarded_claim_and_tag_in_one_transfer_are_refused() {
    Forgery::of(Mode::Tag, SpendKind::Claim)
        .alter(|_, witness, rng| escrow_of(&mut witness.spend).contract.guard = Guard::new(Fr::rand(rng)))
        .replant()
        .refused(Error::GuardedClaimAndTag);
}

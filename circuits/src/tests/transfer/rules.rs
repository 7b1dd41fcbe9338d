//! One adversary for each rule: the native relation names the rule, and the matrices break in its block and nowhere else.
//! Here: items 1 to 3 and 7 of the statement.

mod values;

use ark_bls12_381::Fr;
use ark_ff::{UniformRand, Zero};
use rand_chacha::ChaCha20Rng;
use tabella_protocol::{
    jubjub::{JubjubPoint, JubjubScalar, spend_authority_base},
    keys::{Diversifier, SpendValidatingKey},
    note::{AssetId, Escrow, NoteCommitment, NoteCommitmentTrapdoor, NoteValue, Nullifier, Timestamp},
    statement::{
        Mode, Signer, Spend, SpendError, TransferInstance, TransferRelationError as Error, TransferWitness, Window,
        transfer::check,
    },
    tree::{MerklePath, Position},
};

use crate::{
    TransferCircuit,
    testing::{Case, SpendKind, plant, random_key, random_owner, random_transfer},
    tests::harness::{assert_breaks, empty_leaf, rng},
};

/// A transfer that its author alters; from an honest one with two real inputs where the mode allows that.
struct Forgery {
    instance: TransferInstance,
    witness: TransferWitness,
    rng: ChaCha20Rng,
}

impl Forgery {
    fn of(mode: Mode, kind: SpendKind) -> Self {
        (0..100)
            .map(|seed| {
                let mut rng = rng(seed);
                let Case { instance, witness, .. } = random_transfer(mode, kind, &mut rng);
                Self { instance, witness, rng }
            })
            .find(|forgery| {
                forgery.witness.inputs[0].path.is_some()
                    && (mode == Mode::Consume || forgery.witness.inputs[1].path.is_some())
            })
            .expect("every second input 1 is real")
    }

    /// Computes the instance anew from the altered witness, under the same anchor.
    fn restate(mut self) -> Self {
        let old = &self.instance;
        self.instance = self.witness.instance(old.anchor, old.mode, old.window, old.reveal);
        self
    }

    /// Puts the altered inputs into a tree and computes the instance anew.
    fn replant(mut self) -> Self {
        self.instance.anchor = plant(&mut self.witness, &mut self.rng);
        self.restate()
    }

    fn alter(mut self, alter: impl FnOnce(&mut TransferInstance, &mut TransferWitness, &mut ChaCha20Rng)) -> Self {
        alter(&mut self.instance, &mut self.witness, &mut self.rng);
        self
    }

    /// The native relation refuses with this rule, and only this rule's constraints break.
    fn refused(self, rule: Error) {
        self.refused_also(rule, &[]);
    }

    /// The same, where further rules break with it.
    fn refused_also(self, rule: Error, further: &[Error]) {
        assert_eq!(check(&self.instance, &self.witness), Err(rule));
        let rules: Vec<String> = [rule].iter().chain(further).map(|rule| format!("{rule:?}")).collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        assert_breaks(&TransferCircuit::new(self.instance, self.witness), &rules);
    }
}

fn escrow_of(spend: &mut Spend) -> &mut Escrow {
    match spend {
        Spend::Claim(escrow) | Spend::Refund(escrow) => escrow,
        Spend::Plain => panic!("not an escrow"),
    }
}

fn window(start: u64, end: u64) -> Window {
    Window::new(Timestamp::new(start).unwrap(), Timestamp::new(end).unwrap()).unwrap()
}

// Item 1.

#[test]
fn randomized_key_of_another_signer_is_refused() {
    Forgery::of(Mode::Exit, SpendKind::Plain)
        .alter(|instance, _, rng| {
            let other = *random_key(rng).full_viewing_key().spend_validating_key().point();
            instance.rk = JubjubPoint::new(*other.affine() + *spend_authority_base() * JubjubScalar::rand(rng));
        })
        .refused(Error::RandomizedKey);
}

#[test]
fn negated_randomized_key_is_refused() {
    Forgery::of(Mode::Internal, SpendKind::Plain)
        .alter(|instance, _, _| instance.rk = JubjubPoint::new(-*instance.rk.affine()))
        .refused(Error::RandomizedKey);
}

// Whoever knows the key of P knows that of -P, and both have one y. Were y alone hashed in the owner key, -P would own the notes
// of P, too. Both coordinates are hashed: as -P the notes are others, with other nullifiers, and these are not in the tree.
#[test]
fn negated_signer_owns_nothing_of_the_signer() {
    let honest = Forgery::of(Mode::Internal, SpendKind::Plain);
    let nullifiers = honest.instance.nullifiers;
    let forged = honest.alter(|_, witness, _| negate(&mut witness.signer)).restate();
    assert!(forged.instance.nullifiers.iter().all(|nullifier| !nullifiers.contains(nullifier)));
    forged.refused_also(Error::Anchor(0), &[Error::Anchor(1)]);
    // The note of an escrow names its parties, so the path is right; the party is not.
    for (kind, rule) in [(SpendKind::Claim, SpendError::NotClaimant), (SpendKind::Refund, SpendError::NotRefundParty)] {
        Forgery::of(Mode::Consume, kind)
            .alter(|_, witness, _| negate(&mut witness.signer))
            .restate()
            .refused(Error::Spend(rule));
    }
}

fn negate(signer: &mut Signer) {
    let negative = JubjubPoint::new(-*signer.ak.point().affine());
    assert_eq!(negative.affine().y, signer.ak.point().affine().y);
    signer.ak = SpendValidatingKey::from_bytes(&negative.to_bytes()).unwrap();
}

// Item 2: paths, nullifiers, dummies.

#[test]
fn path_to_another_anchor_is_refused() {
    for i in [0, 1] {
        Forgery::of(Mode::Exit, SpendKind::Plain)
            .alter(|_, witness, rng| {
                let path = witness.inputs[i].path.as_ref().unwrap();
                let mut children = *path.children();
                // A child that is not on the path, at the top.
                let on_path = tabella_protocol::tree::child_index(path.position(), 15);
                children[15][(on_path + 1) % 4] = Fr::rand(rng);
                witness.inputs[i].path = Some(MerklePath::new(path.position(), children));
            })
            .refused(Error::Anchor(i));
    }
}

// The path leads from an empty leaf, which holds 0, to the root; but a path begins at the commitment of the note that is
// spent, and nobody knows a note whose commitment is 0.
#[test]
fn empty_leaf_is_not_spent() {
    let (anchor, path) = empty_leaf();
    for zeros in [false, true] {
        Forgery::of(Mode::Exit, SpendKind::Plain)
            .alter(|instance, witness, _| {
                instance.anchor = anchor;
                for input in &mut witness.inputs {
                    input.path = Some(path.clone());
                    if zeros {
                        input.rcm = NoteCommitmentTrapdoor::new(Fr::zero());
                    }
                }
                if zeros {
                    witness.asset = AssetId::new(Fr::zero());
                }
            })
            .restate()
            .refused_also(Error::Anchor(0), &[Error::Anchor(1)]);
    }
}

#[test]
fn note_of_another_asset_is_refused() {
    // The tree holds input 1 of one asset; the transfer says another for all notes.
    let forgery = Forgery::of(Mode::Exit, SpendKind::Plain)
        .alter(|_, witness, rng| witness.asset = AssetId::new(Fr::rand(rng)))
        .restate();
    forgery.refused_also(Error::Anchor(0), &[Error::Anchor(1)]);
}

#[test]
fn note_of_another_owner_is_refused() {
    for i in [0, 1] {
        Forgery::of(Mode::Exit, SpendKind::Plain)
            .alter(|_, witness, _| witness.inputs[i].diversifier = Diversifier([9; 11]))
            .restate()
            .refused(Error::Anchor(i));
    }
}

#[test]
fn input_0_without_path_is_refused_outside_entry() {
    Forgery::of(Mode::Internal, SpendKind::Plain)
        .alter(|_, witness, _| {
            witness.inputs[0].path = None;
            witness.inputs[0].value = NoteValue(0);
            witness.outputs[0].value = witness.inputs[1].value;
            witness.outputs[1].value = NoteValue(0);
        })
        .restate()
        .refused(Error::PathSkipped);
}

#[test]
fn dummy_with_value_is_refused() {
    for i in [0, 1] {
        Forgery::of(Mode::Entry, SpendKind::Plain)
            .alter(|_, witness, _| witness.inputs[i].path = None)
            .restate()
            .refused(Error::DummyValue(i));
    }
    for mode in [Mode::Internal, Mode::Exit, Mode::Tag] {
        Forgery::of(mode, SpendKind::Plain)
            .alter(|_, witness, _| witness.inputs[1].path = None)
            .restate()
            .refused(Error::DummyValue(1));
    }
}

#[test]
fn nullifier_of_another_note_is_refused() {
    for i in [0, 1] {
        for kind in [SpendKind::Plain, SpendKind::Claim, SpendKind::Refund] {
            Forgery::of(Mode::Exit, kind)
                .alter(|instance, _, rng| instance.nullifiers[i] = Nullifier::new(Fr::rand(rng)))
                .refused(Error::Nullifier(i));
        }
    }
}

/// The same input as if it were at the next position.
fn moved(witness: &mut TransferWitness, i: usize) {
    let path = witness.inputs[i].path.as_ref().unwrap();
    let next = Position(path.position().0.wrapping_add(1));
    witness.inputs[i].path = Some(MerklePath::new(next, *path.children()));
}

// Equal notes at two places have two nullifiers, so a nullifier must be that of the place which the path shows.
#[test]
fn nullifier_of_the_same_note_at_another_position_is_refused() {
    for i in [0, 1] {
        for kind in [SpendKind::Plain, SpendKind::Claim, SpendKind::Refund] {
            Forgery::of(Mode::Exit, kind)
                .alter(|instance, witness, _| {
                    let mut elsewhere = witness.clone();
                    moved(&mut elsewhere, i);
                    let stated = elsewhere.instance(instance.anchor, instance.mode, instance.window, instance.reveal);
                    assert_ne!(stated.nullifiers[i], instance.nullifiers[i]);
                    instance.nullifiers[i] = stated.nullifiers[i];
                })
                .refused(Error::Nullifier(i));
        }
    }
}

// Several nullifiers of one note, if the bits of a position were not those of the path.
#[test]
fn note_shown_at_another_position_than_its_own_is_refused() {
    for i in [0, 1] {
        Forgery::of(Mode::Exit, SpendKind::Plain)
            .alter(|_, witness, _| moved(witness, i))
            .restate()
            .refused(Error::Anchor(i));
    }
}

#[test]
fn dummy_that_publishes_another_notes_nullifier_is_refused() {
    Forgery::of(Mode::Consume, SpendKind::Plain)
        .alter(|instance, _, _| {
            let other = Forgery::of(Mode::Internal, SpendKind::Claim);
            instance.nullifiers[1] = other.instance.nullifiers[0];
        })
        .refused(Error::Nullifier(1));
}

#[test]
fn escrow_nullified_with_the_signers_own_key_is_refused() {
    // Otherwise claimant and refund party would each have a nullifier of their own for one note.
    Forgery::of(Mode::Exit, SpendKind::Claim)
        .alter(|instance, witness, _| {
            let input = &witness.inputs[0];
            let lock = witness.spend.lock(witness.signer.owner(input.diversifier));
            let cm = tabella_protocol::note::commit(witness.asset, input.value, lock, input.rcm);
            instance.nullifiers[0] = Nullifier::derive(witness.signer.nk, cm, input.position());
        })
        .refused(Error::Nullifier(0));
}

#[test]
fn the_same_note_twice_is_refused() {
    Forgery::of(Mode::Internal, SpendKind::Plain)
        .alter(|_, witness, _| {
            witness.inputs[1] = witness.inputs[0].clone();
            witness.outputs[0].value = witness.inputs[0].value;
            witness.outputs[1].value = witness.inputs[0].value;
        })
        .restate()
        .refused(Error::EqualNullifiers);
}

// Items 2 and 7: escrows.

#[test]
fn claim_by_another_than_the_claimant_is_refused() {
    Forgery::of(Mode::Exit, SpendKind::Claim)
        .alter(|_, witness, rng| escrow_of(&mut witness.spend).contract.claimant = random_owner(rng))
        .replant()
        .refused(Error::Spend(SpendError::NotClaimant));
}

#[test]
fn refund_by_another_than_the_refund_party_is_refused() {
    Forgery::of(Mode::Exit, SpendKind::Refund)
        .alter(|_, witness, rng| escrow_of(&mut witness.spend).refund = random_owner(rng))
        .replant()
        .refused(Error::Spend(SpendError::NotRefundParty));
}

#[test]
fn claimant_cannot_take_the_refund_path() {
    Forgery::of(Mode::Exit, SpendKind::Claim)
        .alter(|_, witness, _| witness.spend = Spend::Refund(*escrow_of(&mut witness.spend)))
        .restate()
        .refused(Error::Spend(SpendError::NotRefundParty));
}

#[test]
fn claim_after_its_time_is_refused() {
    Forgery::of(Mode::Exit, SpendKind::Claim)
        .alter(|instance, witness, _| {
            let until = escrow_of(&mut witness.spend).contract.terms.claim_until.seconds();
            instance.window = window(instance.window.start().seconds(), until + 1);
        })
        .refused(Error::Spend(SpendError::ClaimWindow));
}

#[test]
fn claim_until_zero_is_never_claimed() {
    Forgery::of(Mode::Exit, SpendKind::Claim)
        .alter(|_, witness, _| escrow_of(&mut witness.spend).contract.terms.claim_until = Timestamp::ZERO)
        .replant()
        .refused(Error::Spend(SpendError::ClaimWindow));
}

#[test]
fn refund_before_its_time_is_refused() {
    Forgery::of(Mode::Exit, SpendKind::Refund)
        .alter(|instance, witness, _| {
            let from = escrow_of(&mut witness.spend).contract.terms.refund_from.seconds();
            instance.window = window(from - 1, instance.window.end().seconds());
        })
        .refused(Error::Spend(SpendError::RefundWindow));
}

#[test]
fn false_level_is_refused() {
    for kind in [SpendKind::Plain, SpendKind::Claim, SpendKind::Refund] {
        Forgery::of(Mode::Consume, kind)
            .alter(|instance, _, _| instance.level = !instance.level)
            .refused(Error::Spend(SpendError::Level));
    }
}

#[test]
fn escrow_in_entry_is_refused() {
    for kind in [SpendKind::Claim, SpendKind::GuardedClaim, SpendKind::Refund] {
        Forgery::of(Mode::Exit, kind)
            .alter(|instance, witness, _| {
                instance.mode = Mode::Entry;
                let total = witness.inputs[0].value.0 + witness.inputs[1].value.0 + witness.v.0;
                witness.outputs[0].value = NoteValue(total);
                witness.outputs[1].value = NoteValue(0);
            })
            .restate()
            .refused(Error::EscrowInEntry);
    }
}

// Item 3.

#[test]
fn commitment_to_another_output_is_refused() {
    for i in [0, 1] {
        Forgery::of(Mode::Exit, SpendKind::Plain)
            .alter(|instance, _, rng| instance.commitments[i] = NoteCommitment::new(Fr::rand(rng)))
            .refused(Error::OutputCommitment(i));
        Forgery::of(Mode::Exit, SpendKind::Plain)
            .alter(|instance, witness, _| {
                let mut richer = witness.outputs[i];
                richer.value.0 += 1;
                instance.commitments[i] = richer.commitment(witness.asset);
            })
            .refused(Error::OutputCommitment(i));
    }
}

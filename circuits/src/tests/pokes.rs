//! Every single witness and public input altered in turn. `TABELLA_EXHAUSTIVE=1` does it for every mode and way of spending.

use std::collections::BTreeSet;

use ark_bls12_381::Fr;
use ark_ff::{One, UniformRand, Zero};
use tabella_protocol::statement::Mode;

use super::harness::{Circuit, assignment, exhaustive, rng};
use crate::{
    CastCircuit, TransferCircuit,
    testing::{SpendKind, random_cast, random_transfer, transfer_kinds},
};

/// The columns that can be altered alone: blocks of the free witnesses, indices of the free public inputs (from 0).
fn free<C: Circuit>(circuit: &C, seed: u64) -> (BTreeSet<&'static str>, BTreeSet<usize>) {
    let setup = C::setup();
    let mut z = assignment(circuit);
    assert!(setup.broken(&z).is_empty());
    let mut rng = rng(seed);
    let inputs = setup.matrices.instance_variables();
    let (mut witnesses, mut public) = (BTreeSet::new(), BTreeSet::new());
    for column in 1..z.len() {
        let x = z[column];
        let alterations = [x + Fr::one(), x - Fr::one(), Fr::one() - x, -x, Fr::zero(), Fr::rand(&mut rng)];
        for altered in alterations.into_iter().filter(|altered| *altered != x) {
            z[column] = altered;
            if setup.holds_around(column, &z) {
                match column.checked_sub(inputs) {
                    Some(witness) => drop(witnesses.insert(setup.blocks.of_witness(witness))),
                    None => drop(public.insert(column - 1)),
                }
            }
        }
        z[column] = x;
    }
    (witnesses, public)
}

/// The public inputs that a way of spending leaves open, counted from the last, which is the window's end, then its start:
/// without an escrow nothing is asked of the window; a claim asks only of the end, a refund only of the start. (Their binding
/// to the proof does not rest on a constraint of this witness: the digest that rk signs holds them.)
fn open_window(kind: SpendKind, public_inputs: usize) -> BTreeSet<usize> {
    let (start, end) = (public_inputs - 2, public_inputs - 1);
    match kind {
        SpendKind::Plain => [start, end].into(),
        SpendKind::Claim | SpendKind::GuardedClaim | SpendKind::BurnOnlyClaim => [start].into(),
        SpendKind::Refund => [end].into(),
    }
}

#[test]
fn no_witness_of_a_transfer_is_free() {
    let few = [
        (Mode::Internal, SpendKind::Plain),
        (Mode::Exit, SpendKind::GuardedClaim),
        (Mode::Entry, SpendKind::Plain),
        (Mode::Tag, SpendKind::Refund),
        (Mode::Consume, SpendKind::BurnOnlyClaim),
    ];
    let kinds: Vec<_> = if exhaustive() { transfer_kinds().collect() } else { few.to_vec() };
    for (mode, kind) in kinds {
        let case = random_transfer(mode, kind, &mut rng(11));
        let (witnesses, public) = free(&TransferCircuit::new(case.instance, case.witness), 1);
        assert_eq!(witnesses, BTreeSet::new(), "{mode:?} {kind:?}");
        assert_eq!(public, open_window(kind, 14), "{mode:?} {kind:?}");
    }
}

#[test]
fn no_witness_of_a_cast_is_free() {
    for kind in SpendKind::ALL {
        let case = random_cast(kind, &mut rng(12));
        let (witnesses, public) = free(&CastCircuit::new(case.instance, case.witness), 2);
        assert_eq!(witnesses, BTreeSet::new(), "{kind:?}");
        assert_eq!(public, open_window(kind, 10), "{kind:?}");
    }
}

//! Every witness that the prover does not give follows from those that it gives.
//!
//! Altering one witness at a time does not find two that can move together. So: call a witness known if it is given, and then
//! also if some constraint's derivative by it is not 0 while the derivatives by all other unknown witnesses are. (For a bit, its
//! own constraint does that.) If all become known, then no witness can move, to first order, while the given ones stand still.
//! What the prover gives is listed below by block; each of those enters a hash, a curve equation or a commitment.

use std::collections::BTreeMap;

use ark_bls12_381::Fr;
use ark_ff::Zero;

use super::harness::{Circuit, assignment, rng};
use crate::{
    CastCircuit, TransferCircuit,
    testing::{SpendKind, random_cast, random_transfer, transfer_kinds},
};

/// For each constraint, the columns by which its derivative at `z` is not 0.
fn gradients<C: Circuit>(z: &[Fr]) -> Vec<Vec<usize>> {
    let matrices = &C::setup().matrices;
    let [a, b, c] = matrices.abc();
    let product = |row: &[(Fr, usize)]| row.iter().map(|(k, column)| *k * z[*column]).sum::<Fr>();
    (0..matrices.constraints())
        .map(|i| {
            let (left, right) = (product(&a[i]), product(&b[i]));
            let mut gradient: BTreeMap<usize, Fr> = BTreeMap::new();
            for (row, factor) in [(&a[i], right), (&b[i], left), (&c[i], -Fr::from(1u64))] {
                for (k, column) in row {
                    *gradient.entry(*column).or_default() += *k * factor;
                }
            }
            gradient.into_iter().filter(|(_, slope)| !slope.is_zero()).map(|(column, _)| column).collect()
        })
        .collect()
}

/// The blocks of the witnesses that stay unknown, with their number.
fn undetermined<C: Circuit>(circuit: &C, given: &[usize]) -> BTreeMap<&'static str, usize> {
    let setup = C::setup();
    let z = assignment(circuit);
    assert!(setup.broken(&z).is_empty());
    let inputs = setup.matrices.instance_variables();
    let mut known = vec![false; z.len()];
    known[..inputs].fill(true);
    for given in given {
        known[inputs + given] = true;
    }
    let mut rows = gradients::<C>(&z);
    loop {
        let before = rows.len();
        rows.retain_mut(|row| {
            row.retain(|column| !known[*column]);
            if let [only] = row[..] {
                known[only] = true;
            }
            row.len() > 1
        });
        if rows.len() == before {
            break;
        }
    }
    let mut unknown = BTreeMap::new();
    for column in (inputs..z.len()).filter(|column| !known[*column]) {
        *unknown.entry(setup.blocks.of_witness(column - inputs)).or_default() += 1;
    }
    unknown
}

fn given<C: Circuit>() -> BTreeMap<&'static str, usize> {
    let blocks = &C::setup().blocks;
    let mut given = BTreeMap::new();
    for index in blocks.given() {
        *given.entry(blocks.of_witness(*index)).or_default() += 1;
    }
    given
}

#[test]
fn every_witness_of_a_transfer_is_given_or_determined() {
    for (mode, kind) in transfer_kinds() {
        let case = random_transfer(mode, kind, &mut rng(21));
        let unknown =
            undetermined(&TransferCircuit::new(case.instance, case.witness), TransferCircuit::setup().blocks.given());
        assert_eq!(unknown, BTreeMap::new(), "{mode:?} {kind:?}");
    }
}

#[test]
fn every_witness_of_a_cast_is_given_or_determined() {
    for kind in SpendKind::ALL {
        let case = random_cast(kind, &mut rng(22));
        let unknown = undetermined(&CastCircuit::new(case.instance, case.witness), CastCircuit::setup().blocks.given());
        assert_eq!(unknown, BTreeMap::new(), "{kind:?}");
    }
}

// The tests above would find a free hint: here nk, d, pk_refund, nk_e and rcm in turn are taken for one.
#[test]
fn a_witness_that_nothing_determines_is_found() {
    let case = random_cast(SpendKind::Plain, &mut rng(23));
    let circuit = CastCircuit::new(case.instance, case.witness);
    let given = CastCircuit::setup().blocks.given();
    for i in [2, 3, 6, 7, 10] {
        let others: Vec<usize> = given.iter().copied().filter(|index| *index != given[i]).collect();
        let blocks = &CastCircuit::setup().blocks;
        assert!(undetermined(&circuit, &others).contains_key(blocks.of_witness(given[i])), "{i}");
    }
}

#[test]
fn a_prover_gives_keys_openings_and_paths_and_nothing_else() {
    assert_eq!(
        given::<TransferCircuit>(),
        BTreeMap::from([
            ("RandomizedKey", 2),         // ak
            ("owner key", 1),             // nk
            ("owner", 2),                 // d of both inputs
            ("escrow of input 0", 4),     // pk_claim, guard, pk_refund, nk_e; the terms are bits
            ("AssetRevealed", 1),         // asset
            ("commitment of input 0", 2), // value, rcm
            ("commitment of input 1", 2), // value, rcm
            ("path of input 0", 64),      // four children a level
            ("path of input 1", 64),
            ("range of output 0", 1), // value
            ("range of output 1", 1),
            ("OutputCommitment(0)", 2), // lock, rcm
            ("OutputCommitment(1)", 2),
            ("tagged escrow", 5), // pk_claim, terms, guard, pk_refund, nk_e
        ])
    );
    assert_eq!(
        given::<CastCircuit>(),
        BTreeMap::from([
            ("RandomizedKey", 2),
            ("owner key", 1),
            ("owner", 1),
            ("escrow of input 0", 4),
            ("AssetRevealed", 1),           // asset
            ("Weight", 1),                  // value
            ("commitment of the input", 1), // rcm
            ("path of the input", 64),
        ])
    );
}

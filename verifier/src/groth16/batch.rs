//! Many proofs at once. Spec § 9.
//!
//! With a random weight w for each proof, all equations hold together (but for a chance of 2^-128) when
//! `Π e(w·A, B) · Π_keys e(Σ w·inputs, -γ) · e(Σ w·C, -δ) · e(-Σ w·α, β) = 1`:
//! one Miller loop for each proof, three for each key, one final exponentiation.

use std::{collections::BTreeMap, ops::Range};

use ark_bls12_381::{Bls12_381, Fq12, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{
    CurveGroup,
    pairing::{MillerLoopOutput, Pairing, PairingOutput},
};
use ark_ff::{One, Zero};
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;
use tabella_arithmetic::{
    AnyBackend,
    pairing::{miller_loops, multi_miller_loop},
    points::multiply_each,
};
use tabella_protocol::{
    statement::Statement,
    transaction::{ProofBytes, VerifyingKeyId},
};

use super::{ProofError, VerifyingKey, proof::Proof};
use crate::batch::{BatchError, bisect};

/// Proofs waiting to be verified together; shapes and keys may be mixed.
#[derive(Clone, Debug, Default)]
pub struct ProofBatch {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    key: VerifyingKey,
    inputs: Vec<Fr>,
    proof: ProofBytes,
}

/// A decoded entry and its weight.
struct Item<'b> {
    /// Index in the batch.
    index: usize,
    key: &'b VerifyingKey,
    inputs: &'b [Fr],
    proof: Proof,
    weight: u128,
    /// `w·C`.
    weighted_c: G1Projective,
}

impl ProofBatch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a proof of the statement that the public inputs (without the constant 1) make; returns its index.
    /// A wrong count of inputs is found when the batch is verified.
    pub fn push(&mut self, key: &VerifyingKey, public_inputs: Vec<Fr>, proof: ProofBytes) -> usize {
        self.entries.push(Entry { key: key.clone(), inputs: public_inputs, proof });
        self.entries.len() - 1
    }

    /// Adds a proof of a statement; returns its index.
    ///
    /// # Errors
    /// [`ProofError::Shape`] for a statement of another shape than the key's.
    pub fn push_statement<S: Statement>(
        &mut self,
        key: &VerifyingKey,
        statement: &S,
        proof: ProofBytes,
    ) -> Result<usize, ProofError> {
        key.check_shape(S::SHAPE)?;
        Ok(self.push(key, statement.public_inputs(), proof))
    }

    /// How many proofs wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Verifies all proofs. `rng` must be the operating system's (or seeded by it after the batch was fixed): whoever
    /// knows the weights before he makes his proofs can pass wrong ones.
    ///
    /// # Errors
    /// [`BatchError`] with the indices of all proofs that [`VerifyingKey::verify`] would refuse.
    pub fn verify(self, rng: &mut (impl RngCore + CryptoRng)) -> Result<(), BatchError> {
        let backend = AnyBackend::selected();
        let proofs: Vec<ProofBytes> = self.entries.iter().map(|entry| entry.proof).collect();
        let decoded: Vec<Result<Proof, ProofError>> = self
            .entries
            .par_iter()
            .zip(Proof::read_all(backend, &proofs))
            .map(|(entry, proof)| {
                entry.key.check_count(&entry.inputs)?;
                proof.map_or_else(|| Proof::read(&entry.proof), Ok)
            })
            .collect();
        let mut culprits = Vec::new();
        let mut items = Vec::with_capacity(decoded.len());
        for (index, (entry, decoded)) in self.entries.iter().zip(decoded).enumerate() {
            match decoded {
                Ok(proof) => {
                    let weight = draw_weight(rng);
                    let weighted_c = G1Projective::zero();
                    items.push(Item { index, key: &entry.key, inputs: &entry.inputs, proof, weight, weighted_c });
                }
                Err(_) => culprits.push(index),
            }
        }
        let pairs = weigh(backend, &mut items);
        let all = [&pairs[..], &shared_pairs(&items)].concat();
        if !is_one(multi_miller_loop(backend, &all)) {
            find_culprits(backend, &items, &pairs, &mut culprits);
            culprits.sort_unstable();
        }
        if culprits.is_empty() { Ok(()) } else { Err(BatchError { culprits }) }
    }
}

/// 128 bits, never 0.
pub(super) fn draw_weight(rng: &mut (impl RngCore + CryptoRng)) -> u128 {
    loop {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        let weight = u128::from_le_bytes(bytes);
        if weight != 0 {
            return weight;
        }
    }
}

/// Multiplies A and C of each item by its weight; `(w·A, B)` of each.
fn weigh(backend: AnyBackend, items: &mut [Item<'_>]) -> Vec<(G1Affine, G2Affine)> {
    let points: Vec<G1Affine> =
        items.iter().map(|item| item.proof.a).chain(items.iter().map(|item| item.proof.c)).collect();
    let factors: Vec<u128> = items.iter().chain(items.iter()).map(|item| item.weight).collect();
    let mut weighted_a = multiply_each(backend, &points, &factors);
    let weighted_c = weighted_a.split_off(items.len());
    for (item, weighted_c) in items.iter_mut().zip(weighted_c) {
        item.weighted_c = weighted_c;
    }
    G1Projective::normalize_batch(&weighted_a).into_iter().zip(items.iter().map(|item| item.proof.b)).collect()
}

/// What the joint equation of the items has beside the pair of each: three pairs for each of their keys.
fn shared_pairs(items: &[Item<'_>]) -> Vec<(G1Affine, G2Affine)> {
    let mut keys: BTreeMap<VerifyingKeyId, Vec<&Item<'_>>> = BTreeMap::new();
    for item in items {
        keys.entry(item.key.id()).or_default().push(item);
    }
    let (mut points, mut others) = (Vec::new(), Vec::new());
    for members in keys.values() {
        let Some(key) = members.first().map(|item| item.key) else { continue };
        let mut total = Fr::zero();
        let mut inputs = vec![Fr::zero(); key.shape().public_inputs()];
        for item in members {
            let weight = Fr::from(item.weight);
            total += weight;
            for (sum, input) in inputs.iter_mut().zip(item.inputs) {
                *sum += weight * input;
            }
        }
        points.push(key.combine_inputs(total, &inputs));
        others.push(key.minus_gamma());
        points.push(members.iter().map(|item| item.weighted_c).sum());
        others.push(key.minus_delta());
        points.push(*key.alpha() * -total);
        others.push(key.beta());
    }
    G1Projective::normalize_batch(&points).into_iter().zip(others).collect()
}

/// Whether a product of Miller loops is 1 after the final exponentiation.
fn is_one(product: Fq12) -> bool {
    Bls12_381::final_exponentiation(MillerLoopOutput(product))
        .is_some_and(|product| product == PairingOutput(Fq12::one()))
}

/// Bisects with the weights already drawn: the batch was fixed before them, so each part's equation errs with 2^-128 too.
/// Each proof's Miller loop is evaluated once more, whatever the number of culprits.
fn find_culprits(backend: AnyBackend, items: &[Item<'_>], pairs: &[(G1Affine, G2Affine)], culprits: &mut Vec<usize>) {
    let loops = miller_loops(backend, pairs);
    let mut holds = |range: Range<usize>| {
        let own: Fq12 = loops.get(range.clone()).unwrap_or_default().iter().product();
        is_one(own * multi_miller_loop(backend, &shared_pairs(items.get(range).unwrap_or_default())))
    };
    let mut valid =
        |member: usize| items.get(member).is_none_or(|item| item.key.equation_holds(item.inputs, &item.proof));
    let mut members = Vec::new();
    bisect(0, items.len(), &mut holds, &mut valid, &mut members);
    culprits.extend(members.into_iter().filter_map(|member| items.get(member)).map(|item| item.index));
}

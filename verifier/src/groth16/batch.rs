//! Many proofs at once. Spec § 9.
//!
//! With a random weight w for each proof ([`Weight`]), all equations hold together (but for a chance of 2^-128) when
//! `Π e(w·A, B) · Π_keys e(Σ w·inputs, -γ) · e(Σ w·C, -δ) · e(-Σ w·α, β) = 1`:
//! one Miller loop for each proof, three for each key, one final exponentiation.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

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
    pairing::{miller_loops, multi_miller_loop, multi_miller_loop_in_g2},
    points::{Weight, weigh_in_g1},
};
use tabella_protocol::{
    statement::Statement,
    transaction::{ProofBytes, VerifyingKeyId},
};

use super::{
    ProofError, VerifyingKey,
    proof::{CurveProof, Proof},
};
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

/// An entry whose A and C are in their subgroup, and its weight.
struct Item<'b> {
    /// Index in the batch.
    index: usize,
    entry: &'b Entry,
    weight: Fr,
    /// `w·A`.
    weighted_a: G1Affine,
    /// B, a point of the twist; whether it is in its subgroup is seen at the end of its Miller loop.
    b: G2Affine,
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
        let weights: Vec<Weight> = self.entries.iter().map(|_| Weight::new(draw_bits(rng))).collect();
        let mut items = self.weigh(backend, &weights);
        let holds = joint_equation(backend, &items).or_else(|outside| {
            let outside: BTreeSet<usize> = outside.into_iter().collect();
            let mut position = 0..;
            items.retain(|_| position.next().is_none_or(|position| !outside.contains(&position)));
            joint_equation(backend, &items)
        });
        let invalid = if holds == Ok(true) { Vec::new() } else { find_culprits(backend, &items) };
        let valid: BTreeSet<usize> =
            items.iter().map(|item| item.index).filter(|index| !invalid.contains(index)).collect();
        let culprits: Vec<usize> = (0..self.entries.len()).filter(|index| !valid.contains(index)).collect();
        if culprits.is_empty() { Ok(()) } else { Err(BatchError { culprits }) }
    }

    /// Decodes the entries and multiplies A and C of each by its weight. Leaves out an entry of a wrong count of inputs, one whose
    /// encodings are not of points of the curves, and one whose A or C is outside of the subgroup.
    fn weigh(&self, backend: AnyBackend, weights: &[Weight]) -> Vec<Item<'_>> {
        let proofs: Vec<ProofBytes> = self.entries.iter().map(|entry| entry.proof).collect();
        let decoded: Vec<(usize, &Entry, CurveProof, Weight)> = self
            .entries
            .par_iter()
            .zip(CurveProof::read_all(backend, &proofs))
            .zip(weights)
            .enumerate()
            .filter(|(_, ((entry, _), _))| entry.key.check_count(&entry.inputs).is_ok())
            .filter_map(|(index, ((entry, points), weight))| {
                let points = points.or_else(|| Proof::read(&entry.proof).ok().map(CurveProof::from))?;
                Some((index, entry, points, *weight))
            })
            .collect();
        let points: Vec<(G1Affine, Weight)> =
            decoded.iter().flat_map(|(_, _, points, weight)| [(points.a, *weight), (points.c, *weight)]).collect();
        let weighed = weigh_in_g1(backend, &points);
        let members: Vec<_> = decoded
            .into_iter()
            .zip(weighed.chunks_exact(2))
            .filter_map(|(item, weighed)| match weighed {
                &[Some(a), Some(c)] => Some((item, a, c)),
                _ => None,
            })
            .collect();
        let weighted_a = G1Projective::normalize_batch(&members.iter().map(|(_, a, _)| *a).collect::<Vec<_>>());
        members
            .into_iter()
            .zip(weighted_a)
            .map(|(((index, entry, points, weight), _, weighted_c), weighted_a)| Item {
                index,
                entry,
                weight: weight.scalar(),
                weighted_a,
                b: points.b,
                weighted_c,
            })
            .collect()
    }
}

/// 128 bits.
pub(super) fn draw_bits(rng: &mut (impl RngCore + CryptoRng)) -> u128 {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    u128::from_le_bytes(bytes)
}

/// Whether all equations hold together.
///
/// # Errors
/// The positions of the items whose B is outside of its subgroup.
fn joint_equation(backend: AnyBackend, items: &[Item<'_>]) -> Result<bool, Vec<usize>> {
    let (own, shared) = rayon::join(
        || multi_miller_loop_in_g2(backend, &own_pairs(items)),
        || multi_miller_loop(backend, &shared_pairs(items)),
    );
    own.map(|own| is_one(own * shared))
}

/// The pair that each item has for itself in the joint equation.
fn own_pairs(items: &[Item<'_>]) -> Vec<(G1Affine, G2Affine)> {
    items.iter().map(|item| (item.weighted_a, item.b)).collect()
}

/// What the joint equation of the items has beside the pair of each: three pairs for each of their keys.
fn shared_pairs(items: &[Item<'_>]) -> Vec<(G1Affine, G2Affine)> {
    let mut keys: BTreeMap<VerifyingKeyId, Vec<&Item<'_>>> = BTreeMap::new();
    for item in items {
        keys.entry(item.entry.key.id()).or_default().push(item);
    }
    let (mut points, mut others) = (Vec::new(), Vec::new());
    for members in keys.values() {
        let Some(key) = members.first().map(|item| &item.entry.key) else { continue };
        let mut total = Fr::zero();
        let mut inputs = vec![Fr::zero(); key.shape().public_inputs()];
        for item in members {
            total += item.weight;
            for (sum, input) in inputs.iter_mut().zip(&item.entry.inputs) {
                *sum += item.weight * input;
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

/// The indices in the batch of the items that are not valid. Bisects with the weights already drawn: the batch was fixed before
/// them, so each part's equation errs with 2^-128 too. Each proof's Miller loop is evaluated once more, whatever the number of
/// culprits.
fn find_culprits(backend: AnyBackend, items: &[Item<'_>]) -> Vec<usize> {
    let loops = miller_loops(backend, &own_pairs(items));
    let mut holds = |range: Range<usize>| {
        let own: Fq12 = loops.get(range.clone()).unwrap_or_default().iter().product();
        is_one(own * multi_miller_loop(backend, &shared_pairs(items.get(range).unwrap_or_default())))
    };
    let mut valid = |member: usize| {
        items.get(member).is_none_or(|item| item.entry.key.verify(&item.entry.inputs, &item.entry.proof).is_ok())
    };
    let mut members = Vec::new();
    bisect(0, items.len(), &mut holds, &mut valid, &mut members);
    members.into_iter().filter_map(|member| items.get(member)).map(|item| item.index).collect()
}

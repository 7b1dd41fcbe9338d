//! Cast proofs verified from their bytes: one alone, and many at once, which are weighed and verified together.

use anyhow::{Context as _, ensure};
use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM, pairing::Pairing};
use ark_ff::{BigInt, PrimeField, Zero};
use ark_groth16::{Proof, ProvingKey, VerifyingKey};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use bellperson::groth16 as bellperson;
use blstrs::Bls12;
use rand::{RngCore, rngs::OsRng};
use tabella_protocol::{statement::Shape, transaction::ProofBytes};
use tabella_prover::parameters::{Parameters, development_setup};
use tabella_verifier::groth16::ProofBatch;

use crate::{
    measure::{Question, compare as compare_turns, compare_each, time},
    ours::{Case, Stock},
};

/// Our own bar: milliseconds for one proof.
const BAR_MS: f64 = 0.22;

/// One proof alone.
pub(crate) fn compare_one() -> anyhow::Result<()> {
    let parameters = Parameters::development()?;
    let (prover, case) = (parameters.prover(Shape::Cast), Case::cast());
    let key = development_setup(Shape::Cast)?.key;
    let (proof, inputs) = (case.prove(prover), case.public_inputs());
    let bellperson = Bellperson::new(&key, inputs).context("the key in the form of bellperson")?;
    let prepared = ark_groth16::prepare_verifying_key(&key.vk);
    let by_ark = || {
        let proof = Proof::<Bls12_381>::deserialize_compressed(proof.0.as_slice());
        proof.is_ok_and(|proof| Stock::verify_proof(&prepared, &proof, inputs).unwrap_or(false))
    };
    ensure!(by_ark() && bellperson.verify_one(&proof), "a peer refuses the proof");
    let ours = || time(|| prover.verifying_key().verify(inputs, &proof).expect("the proof is valid"));
    let question = |against| Question { name: "verify one Cast proof".into(), against, bar: 1.0, differs: "" };
    compare_turns(&question("ark-groth16 0.6"), ours, || time(|| assert!(by_ark())));
    compare_turns(&question("bellperson 0.26 (blst)"), ours, || time(|| assert!(bellperson.verify_one(&proof))));
    Ok(())
}

pub(crate) fn compare() -> anyhow::Result<()> {
    let parameters = Parameters::development()?;
    let (prover, case) = (parameters.prover(Shape::Cast), Case::cast());
    let key = development_setup(Shape::Cast)?.key;
    let few: Vec<ProofBytes> = (0..8).map(|_| case.prove(prover)).collect();
    let theirs = Bellperson::new(&key, case.public_inputs()).context("the key in the form of bellperson")?;
    for size in [64, 256] {
        let proofs: Vec<ProofBytes> = few.iter().copied().cycle().take(size).collect();
        let inputs = vec![case.public_inputs().to_vec(); size];
        let ours = || {
            time(|| {
                let mut batch = ProofBatch::new();
                for (proof, inputs) in proofs.iter().zip(&inputs) {
                    batch.push(prover.verifying_key(), inputs.clone(), *proof);
                }
                batch.verify(&mut OsRng).expect("the proofs are valid");
            })
        };
        let question = |against, differs| Question {
            name: format!("verify a batch of {size} Cast proofs, one proof"),
            against,
            bar: 1.0,
            differs,
        };
        ensure!(verify_by_ark(&key.vk, &proofs, &inputs), "arkworks refuses the batch");
        compare_each(
            &question("one multi-pairing with ark-ec 0.6", "the same equation, written with arkworks' multi_pairing"),
            size,
            Some(BAR_MS),
            ours,
            || time(|| assert!(verify_by_ark(&key.vk, &proofs, &inputs))),
        );
        ensure!(theirs.verify(&proofs), "bellperson refuses the batch");
        compare_each(&question("bellperson 0.26 (blst)", ""), size, Some(BAR_MS), ours, || {
            time(|| assert!(theirs.verify(&proofs)))
        });
    }
    Ok(())
}

/// `Π e(w·A, B) · e(-Σ w·inputs, γ) · e(-Σ w·C, δ) · e(-Σ w·α, β) = 1` for random 128-bit weights w.
fn verify_by_ark(key: &VerifyingKey<Bls12_381>, proofs: &[ProofBytes], inputs: &[Vec<Fr>]) -> bool {
    let (mut left, mut right, mut c, mut weights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut sums = vec![Fr::zero(); key.gamma_abc_g1.len()];
    for (bytes, inputs) in proofs.iter().zip(inputs) {
        let Ok(proof) = Proof::<Bls12_381>::deserialize_compressed(bytes.0.as_slice()) else { return false };
        let weight = BigInt([OsRng.next_u64(), OsRng.next_u64(), 0, 0]);
        let element = Fr::from_bigint(weight).expect("128 bits are below the modulus");
        sums[0] += element;
        for (sum, input) in sums[1..].iter_mut().zip(inputs) {
            *sum += element * input;
        }
        left.push(ark_ec::AffineRepr::mul_bigint(&proof.a, weight));
        right.push(proof.b);
        c.push(proof.c);
        weights.push(weight);
    }
    left.push(-G1Projective::msm(&key.gamma_abc_g1, &sums).expect("as many as inputs"));
    left.push(-G1Projective::msm_bigint(&c, &weights));
    left.push(-(key.alpha_g1 * sums[0]));
    right.extend([key.gamma_g2, key.delta_g2, key.beta_g2]);
    let left: Vec<G1Affine> = G1Projective::normalize_batch(&left);
    Bls12_381::multi_pairing(left, right).is_zero()
}

/// bellperson's verifier under the same key.
struct Bellperson {
    key: bellperson::PreparedVerifyingKey<Bls12>,
    inputs: Vec<blstrs::Scalar>,
}

impl Bellperson {
    fn new(key: &ProvingKey<Bls12_381>, inputs: &[Fr]) -> Option<Self> {
        let vk = bellperson::VerifyingKey {
            alpha_g1: g1(&key.vk.alpha_g1)?,
            beta_g1: g1(&key.beta_g1)?,
            beta_g2: g2(&key.vk.beta_g2)?,
            gamma_g2: g2(&key.vk.gamma_g2)?,
            delta_g1: g1(&key.delta_g1)?,
            delta_g2: g2(&key.vk.delta_g2)?,
            ic: key.vk.gamma_abc_g1.iter().map(g1).collect::<Option<_>>()?,
        };
        let scalar = |input: &Fr| blstrs::Scalar::from_bytes_le(&bytes(input)).into_option();
        let inputs = inputs.iter().map(scalar).collect::<Option<_>>()?;
        Some(Self { key: bellperson::prepare_verifying_key(&vk), inputs })
    }

    fn verify_one(&self, proof: &ProofBytes) -> bool {
        let proof = bellperson::Proof::<Bls12>::read(proof.0.as_slice());
        proof.is_ok_and(|proof| bellperson::verify_proof(&self.key, &proof, &self.inputs).unwrap_or(false))
    }

    fn verify(&self, proofs: &[ProofBytes]) -> bool {
        let bytes: Vec<u8> = proofs.iter().flat_map(|proof| proof.0).collect();
        let Ok(proofs) = bellperson::Proof::<Bls12>::read_many(&bytes, proofs.len()) else { return false };
        let inputs = vec![self.inputs.clone(); proofs.len()];
        let proofs: Vec<_> = proofs.iter().collect();
        bellperson::verify_proofs_batch(&self.key, &mut OsRng, &proofs, &inputs).unwrap_or(false)
    }
}

fn bytes<const N: usize>(value: &impl CanonicalSerialize) -> [u8; N] {
    let mut bytes = [0; N];
    value.serialize_compressed(bytes.as_mut_slice()).expect("the length is right");
    bytes
}

fn g1(point: &G1Affine) -> Option<blstrs::G1Affine> {
    blstrs::G1Affine::from_compressed(&bytes(point)).into_option()
}

fn g2(point: &ark_bls12_381::G2Affine) -> Option<blstrs::G2Affine> {
    blstrs::G2Affine::from_compressed(&bytes(point)).into_option()
}

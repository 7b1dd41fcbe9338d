//! The proof itself: arkworks' reduction and multiplications, the independent ones side by side.
//!
//! Gives the same points as `create_proof_with_reduction_and_matrices` of ark-groth16 for the same r and s (tested).

use ark_bls12_381::{Bls12_381, Fr, G1Projective, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInt, PrimeField};
use ark_groth16::{
    Proof, ProvingKey,
    r1cs_to_qap::{LibsnarkReduction, R1CSToQAP},
};
use ark_poly::GeneralEvaluationDomain;
use ark_relations::gr1cs::SynthesisError;
use tabella_circuits::matrices::Matrices;
use zeroize::Zeroizing;

use super::Assignment;

/// A proof with blinding r and s. The assignment satisfies the matrices, and the key's lengths are theirs.
pub(super) fn create_proof(
    key: &ProvingKey<Bls12_381>,
    matrices: &Matrices,
    assignment: &Assignment,
    r: Fr,
    s: Fr,
) -> Result<Proof<Bls12_381>, SynthesisError> {
    let all: Zeroizing<Vec<BigInt<4>>> = integers(assignment.values());
    let witness = all.get(assignment.num_inputs()..).unwrap_or_default();

    // B in G2 costs about as much as all the rest but B in G1, so that two threads are busy for about as long.
    let ((b_g2, b_g1), (a, private)) = rayon::join(
        || {
            rayon::join(
                || G2Projective::msm_bigint(&key.b_g2_query, &all) + key.vk.beta_g2 + key.vk.delta_g2 * s,
                || G1Projective::msm_bigint(&key.b_g1_query, &all) + key.beta_g1 + key.delta_g1 * s,
            )
        },
        || {
            rayon::join(
                || G1Projective::msm_bigint(&key.a_query, &all) + key.vk.alpha_g1 + key.delta_g1 * r,
                || {
                    let (quotient, l) = rayon::join(
                        || quotient(key, matrices, assignment),
                        || G1Projective::msm_bigint(&key.l_query, witness),
                    );
                    Ok::<_, SynthesisError>(quotient? + l)
                },
            )
        },
    );
    let c = private? + a * s + b_g1 * r - key.delta_g1.into_group() * (r * s);
    Ok(Proof { a: a.into_affine(), b: b_g2.into_affine(), c: c.into_affine() })
}

/// The commitment to the quotient h(x) = (a(x)·b(x) - c(x)) / t(x).
fn quotient(
    key: &ProvingKey<Bls12_381>,
    matrices: &Matrices,
    assignment: &Assignment,
) -> Result<G1Projective, SynthesisError> {
    let h = Zeroizing::new(LibsnarkReduction::witness_map_from_matrices::<Fr, GeneralEvaluationDomain<Fr>>(
        matrices.abc(),
        matrices.instance_variables(),
        matrices.constraints(),
        assignment.values(),
    )?);
    // The last coefficient is 0 (the degree of h is one less than that of t), so the query has one point less.
    Ok(G1Projective::msm_bigint(&key.h_query, &integers(&h)))
}

fn integers(values: &[Fr]) -> Zeroizing<Vec<BigInt<4>>> {
    Zeroizing::new(values.iter().map(|value| value.into_bigint()).collect())
}

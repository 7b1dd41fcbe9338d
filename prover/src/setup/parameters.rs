//! The parameters that come out of a ceremony.

use ark_bls12_381::{Bls12_381, G2Affine};
use ark_ec::AffineRepr;
use ark_groth16::{ProvingKey, VerifyingKey};
use tabella_protocol::statement::Shape;
use tabella_verifier::{
    groth16::ParametersOrigin,
    setup::{CeremonyError, Checked, Circuit, Phase, ProgressFn, Secret},
};

use super::derive::{FixedQueries, fixed_queries};
use crate::parameters::ParametersFile;

/// The parameters of both shapes, transfer first: the same bytes for everybody who has the transcript.
///
/// # Errors
/// [`CeremonyError::Incomplete`].
pub fn ceremony_parameters(
    checked: &Checked<'_>,
    circuits: &[Circuit; 2],
    progress: &ProgressFn<'_>,
) -> Result<[ParametersFile; 2], CeremonyError> {
    checked.verifying_keys()?;
    let [transfer, cast] = circuits;
    let file = |circuit: &Circuit| -> Result<ParametersFile, CeremonyError> {
        Ok(ParametersFile {
            origin: ParametersOrigin::Ceremony,
            shape: circuit.shape(),
            matrices: circuit.description().matrices,
            key: proving_key(checked, circuit, progress)?,
        })
    };
    Ok([file(transfer)?, file(cast)?])
}

/// arkworks' proving key of one shape, for the δ that the transcript has reached.
///
/// # Errors
/// [`CeremonyError::Incomplete`] before the end of the first phase.
pub fn proving_key(
    checked: &Checked<'_>,
    circuit: &Circuit,
    progress: &ProgressFn<'_>,
) -> Result<ProvingKey<Bls12_381>, CeremonyError> {
    let transcript = checked.transcript();
    let missing = CeremonyError::Incomplete(Phase::Powers);
    let [transfer, cast] = transcript.queries.as_ref().ok_or(missing)?;
    let queries = match circuit.shape() {
        Shape::Transfer => transfer,
        Shape::Cast => cast,
    };
    let FixedQueries { a, b_g1, b_g2 } = fixed_queries(circuit, &transcript.powers, progress).ok_or(missing)?;
    let (beta, delta) = (transcript.secret(Secret::Beta), transcript.secret(Secret::Delta(circuit.shape())));
    let in_g2 = |point: Option<G2Affine>| point.unwrap_or_else(G2Affine::generator);
    Ok(ProvingKey {
        vk: VerifyingKey {
            alpha_g1: transcript.secret(Secret::Alpha).g1,
            beta_g2: in_g2(beta.g2),
            gamma_g2: G2Affine::generator(),
            delta_g2: in_g2(delta.g2),
            gamma_abc_g1: queries.inputs.clone(),
        },
        beta_g1: beta.g1,
        delta_g1: delta.g1,
        a_query: a,
        b_g1_query: b_g1,
        b_g2_query: b_g2,
        h_query: queries.h.clone(),
        l_query: queries.l.clone(),
    })
}

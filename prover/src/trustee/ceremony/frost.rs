//! Between our encodings and frost-ristretto255's distributed key generation.

use std::collections::BTreeMap;

use curve25519_dalek::scalar::Scalar;
use frost_ristretto255::{
    Error, Identifier, Signature,
    keys::{
        SigningShare, VerifiableSecretSharingCommitment,
        dkg::{part1, part2, part3, round1, round2},
    },
};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ceremony::{CeremonySetup, JointKey, ProofOfKnowledge, Round1Package, TrusteeIndex},
    ristretto::{CanonicalScalar, Element},
};

use super::{CeremonyStepError, shares::OwnShare};
use crate::trustee::stored::{SecretBytes, SecretScalar};

/// A random polynomial and its package.
pub(super) fn draw(
    setup: &CeremonySetup,
    trustee: TrusteeIndex,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(SecretBytes, Round1Package), CeremonyStepError> {
    let (secret, package) = part1(identifier(trustee)?, setup.count(), setup.threshold(), rng).map_err(state)?;
    Ok((SecretBytes::new(secret.serialize().map_err(state)?), from_frost(&package)?))
}

/// Verifies the others' proofs of knowledge, and computes the shares for them and the one that is kept.
pub(super) fn check_and_share(
    setup: &CeremonySetup,
    trustee: TrusteeIndex,
    polynomial: &SecretBytes,
    packages: &[Round1Package],
) -> Result<(SecretBytes, Vec<OwnShare>), CeremonyStepError> {
    let secret = round1::SecretPackage::deserialize(polynomial.expose()).map_err(state)?;
    let (kept, outgoing) = part2(secret, &others(setup, trustee, packages)?).map_err(|error| match error {
        Error::InvalidProofOfKnowledge { culprit } => blame(setup, culprit, CeremonyStepError::ProofOfKnowledge),
        other => state(other),
    })?;
    let outgoing = outgoing
        .iter()
        .map(|(recipient, package)| {
            let recipient = index(setup, *recipient).ok_or_else(|| state("a share for nobody"))?;
            Ok(OwnShare { recipient, share: scalar(&package.signing_share().serialize())? })
        })
        .collect::<Result<Vec<_>, CeremonyStepError>>()?;
    Ok((SecretBytes::new(kept.serialize().map_err(state)?), outgoing))
}

/// Checks the received shares and adds them up. That the outcome is what everybody computes from the packages is checked
/// against `joint`.
pub(super) fn finish(
    setup: &CeremonySetup,
    trustee: TrusteeIndex,
    packages: &[Round1Package],
    kept: &SecretBytes,
    received: &[(TrusteeIndex, SecretScalar)],
    joint: &JointKey,
) -> Result<SecretScalar, CeremonyStepError> {
    let kept = round2::SecretPackage::deserialize(kept.expose()).map_err(state)?;
    let mut shares = BTreeMap::new();
    for (sender, share) in received {
        let share = SigningShare::deserialize(share.expose().as_bytes()).map_err(state)?;
        shares.insert(identifier(*sender)?, round2::Package::new(share));
    }
    let (key, public) = part3(&kept, &others(setup, trustee, packages)?, &shares).map_err(|error| match error {
        Error::InvalidSecretShare { culprit: Some(culprit) } => blame(setup, culprit, CeremonyStepError::ShareWrong),
        other => state(other),
    })?;
    let mut agrees = public.verifying_key().serialize().map_err(state)? == joint.key().element().as_bytes();
    for (index, _) in setup.trustees() {
        let share = public.verifying_shares().get(&identifier(index)?).ok_or_else(|| state("no verifying share"))?;
        agrees &= joint.share(index).is_some_and(|own| share.serialize().is_ok_and(|bytes| bytes == own.as_bytes()));
    }
    if !agrees {
        return Err(state("the joint key differs from the one that the packages add up to"));
    }
    scalar(&key.signing_share().serialize())
}

fn others(
    setup: &CeremonySetup,
    own: TrusteeIndex,
    packages: &[Round1Package],
) -> Result<BTreeMap<Identifier, round1::Package>, CeremonyStepError> {
    setup
        .trustees()
        .zip(packages)
        .filter(|((index, _), _)| *index != own)
        .map(|((index, _), package)| Ok((identifier(index)?, to_frost(package)?)))
        .collect()
}

fn to_frost(package: &Round1Package) -> Result<round1::Package, CeremonyStepError> {
    let commitments = package.commitments().iter().map(Element::as_bytes);
    let commitment = VerifiableSecretSharingCommitment::deserialize(commitments).map_err(state)?;
    let proof = package.proof();
    let signature = [proof.commitment.as_bytes().as_slice(), proof.response.0.as_bytes()].concat();
    Ok(round1::Package::new(commitment, Signature::deserialize(&signature).map_err(state)?))
}

fn from_frost(package: &round1::Package) -> Result<Round1Package, CeremonyStepError> {
    let element = |bytes: &[u8]| {
        bytes.try_into().ok().and_then(Element::decode).ok_or_else(|| state("an element is not canonical"))
    };
    let commitments = package
        .commitment()
        .serialize()
        .map_err(state)?
        .iter()
        .map(|bytes| element(bytes))
        .collect::<Result<_, _>>()?;
    let proof = package.proof_of_knowledge().serialize().map_err(state)?;
    let (r, z) = proof.split_at_checked(32).ok_or_else(|| state("a short proof"))?;
    let proof = ProofOfKnowledge { commitment: element(r)?, response: CanonicalScalar(*scalar(z)?.expose()) };
    Round1Package::new(commitments, proof).map_err(state)
}

fn scalar(bytes: &[u8]) -> Result<SecretScalar, CeremonyStepError> {
    let bytes: Option<[u8; 32]> = bytes.try_into().ok();
    bytes
        .and_then(|bytes| Option::<Scalar>::from(Scalar::from_canonical_bytes(bytes)))
        .map(SecretScalar::from)
        .ok_or_else(|| state("a scalar is not canonical"))
}

fn identifier(index: TrusteeIndex) -> Result<Identifier, CeremonyStepError> {
    Identifier::try_from(index.get()).map_err(state)
}

fn index(setup: &CeremonySetup, wanted: Identifier) -> Option<TrusteeIndex> {
    setup.trustees().map(|(index, _)| index).find(|index| identifier(*index).is_ok_and(|other| other == wanted))
}

fn blame(
    setup: &CeremonySetup,
    culprit: Identifier,
    variant: impl Fn(tabella_protocol::ceremony::Culprit) -> CeremonyStepError,
) -> CeremonyStepError {
    index(setup, culprit).map_or_else(|| state("an error by nobody"), |index| variant(setup.culprit(index)))
}

fn state(reason: impl std::fmt::Display) -> CeremonyStepError {
    CeremonyStepError::State(reason.to_string())
}

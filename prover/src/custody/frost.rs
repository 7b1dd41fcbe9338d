//! Between our encodings and reddsa's FROST over Jubjub.

use std::{collections::BTreeMap, fmt};

use frost_rerandomized::frost_core;
pub(super) use reddsa::frost::redjubjub::{
    Error, Identifier, Signature, SigningPackage, VerifyingKey,
    keys::{
        KeyPackage, PublicKeyPackage, SigningShare, VerifiableSecretSharingCommitment, VerifyingShare,
        dkg::{part1, part2, part3, round1 as dkg1, round2 as dkg2},
    },
    rerandomized::{RandomizedParams, Randomizer, aggregate_custom},
    round1::{self, NonceCommitment, SigningCommitments, SigningNonces},
    round2::SignatureShare,
};
use tabella_protocol::{
    ceremony::{CeremonySetup, TrusteeIndex},
    jubjub::{self, JubjubScalar},
};

use super::message::NoncePair;

/// What went wrong, without its ciphersuite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Who is to blame, if somebody is.
    pub(super) culprits: Vec<TrusteeIndex>,
    pub(super) reason: String,
}

impl Fault {
    pub(super) fn new(reason: impl fmt::Display) -> Self {
        Self { culprits: Vec::new(), reason: reason.to_string() }
    }

    pub(super) fn of(setup: &CeremonySetup, error: &Error) -> Self {
        let named = |wanted: &Identifier| {
            let mut all = setup.trustees().map(|(index, _)| index);
            all.find(|index| identifier(*index).is_ok_and(|other| other == *wanted))
        };
        Self { culprits: error.culprits().iter().filter_map(named).collect(), reason: error.to_string() }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::new(error)
    }
}

pub(super) fn identifier(index: TrusteeIndex) -> Result<Identifier, Error> {
    Identifier::try_from(index.get())
}

pub(super) fn bytes<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Fault> {
    bytes.try_into().map_err(|_| Fault::new("an encoding has another length than it should"))
}

/// Points of the subgroup that are not the identity, each in its one encoding.
pub(super) fn commitment(points: &[[u8; 32]]) -> Result<VerifiableSecretSharingCommitment, Error> {
    VerifiableSecretSharingCommitment::deserialize(points.iter())
}

pub(super) fn nonce_pair(commitments: &SigningCommitments) -> Result<NoncePair, Fault> {
    Ok(NoncePair {
        hiding: bytes(&commitments.hiding().serialize()?)?,
        binding: bytes(&commitments.binding().serialize()?)?,
    })
}

pub(super) fn commitments(pair: &NoncePair) -> Result<SigningCommitments, Error> {
    let read = |bytes: &[u8; 32]| NonceCommitment::deserialize(bytes);
    Ok(SigningCommitments::new(read(&pair.hiding)?, read(&pair.binding)?))
}

pub(super) fn randomizer(alpha: &JubjubScalar) -> Result<Randomizer, Error> {
    Randomizer::deserialize(&jubjub::scalar_to_bytes(alpha))
}

/// A custodian's share of the signature under `rk = ak + α·G`.
///
/// `α` stands in the statement that is proved and signed, so it is fixed before nonces are committed to, and cannot be drawn
/// from them as the library prefers. Whoever picks `α` learns what it links, and forges nothing: each binding factor hashes
/// `rk`, and so does the challenge.
pub(super) fn sign(
    package: &SigningPackage,
    nonces: &SigningNonces,
    key: &KeyPackage,
    alpha: &JubjubScalar,
) -> Result<SignatureShare, Error> {
    #[expect(deprecated, reason = "see above")]
    frost_rerandomized::sign(package, nonces, key, randomizer(alpha)?)
}

/// The signature of all shares; wrong ones are named.
pub(super) fn aggregate(
    package: &SigningPackage,
    shares: &BTreeMap<Identifier, SignatureShare>,
    keys: &PublicKeyPackage,
    alpha: &JubjubScalar,
) -> Result<Signature, Error> {
    let parameters = RandomizedParams::from_randomizer(keys.verifying_key(), randomizer(alpha)?);
    aggregate_custom(package, shares, keys, frost_core::CheaterDetection::AllCheaters, &parameters)
}

//! The public record of a ceremony.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{
    Acknowledgement, CeremonyId, CeremonySetup, Commitment, Confirmation, HashUse, MAX_TRUSTEES, MessageError, Reveal,
    Signed, collect_round,
};
use crate::{
    domain::{FORMAT_VERSION, personal},
    hash::blake2b_256,
    list::read_list,
    transaction::hash_newtype,
};

hash_newtype! {
    /// What trustees confirm in round 2: BLAKE2b-256 (`Tabella_Ceremony`) of `5 || ceremony || commitments || packages`,
    /// two lists of payloads in order of the trustees. Signatures are left out: a signer can make several of one message.
    TranscriptHash
}

impl TranscriptHash {
    /// Hashes the messages of rounds 0 and 1, given in order of the trustees.
    #[must_use]
    pub fn new(ceremony: CeremonyId, commitments: &[Signed<Commitment>], packages: &[Signed<Reveal>]) -> Self {
        let commitments: Vec<_> = commitments.iter().map(|message| &message.payload).collect();
        let packages: Vec<_> = packages.iter().map(|message| &message.payload).collect();
        let body = borsh::to_vec(&(ceremony, commitments, packages)).expect("writing to memory");
        Self(blake2b_256(personal::CEREMONY, &[&[HashUse::Transcript as u8], &body]))
    }
}

hash_newtype! {
    /// Which record, named by the manifest: BLAKE2b-256 (`Tabella_CeremRec`) of `version || record`.
    CeremonyHash
}

/// Everything that was said in public, for anyone to check: each list holds one message of each trustee, in order.
/// Encoding: borsh.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CeremonyRecord {
    /// Who took part.
    pub setup: CeremonySetup,
    /// Round 0.
    #[borsh(deserialize_with = "read_list::<MAX_TRUSTEES, Signed<Commitment>, _>")]
    pub commitments: Vec<Signed<Commitment>>,
    /// Round 1.
    #[borsh(deserialize_with = "read_list::<MAX_TRUSTEES, Signed<Reveal>, _>")]
    pub packages: Vec<Signed<Reveal>>,
    /// Round 2.
    #[borsh(deserialize_with = "read_list::<MAX_TRUSTEES, Signed<Confirmation>, _>")]
    pub confirmations: Vec<Signed<Confirmation>>,
    /// Round 4.
    #[borsh(deserialize_with = "read_list::<MAX_TRUSTEES, Signed<Acknowledgement>, _>")]
    pub acknowledgements: Vec<Signed<Acknowledgement>>,
}

impl CeremonyRecord {
    /// Puts the messages in order. Only senders and signatures are checked here; the verifier checks the rest.
    ///
    /// # Errors
    /// [`MessageError`], naming the culprit and the round.
    pub fn assemble(
        setup: CeremonySetup,
        commitments: &[Signed<Commitment>],
        packages: &[Signed<Reveal>],
        confirmations: &[Signed<Confirmation>],
        acknowledgements: &[Signed<Acknowledgement>],
    ) -> Result<Self, MessageError> {
        Ok(Self {
            commitments: collect_round(&setup, commitments)?,
            packages: collect_round(&setup, packages)?,
            confirmations: collect_round(&setup, confirmations)?,
            acknowledgements: collect_round(&setup, acknowledgements)?,
            setup,
        })
    }

    /// The hash that a manifest names.
    #[must_use]
    pub fn hash(&self) -> CeremonyHash {
        let body = borsh::to_vec(self).expect("writing to memory");
        CeremonyHash(blake2b_256(personal::CEREMONY_RECORD, &[&[FORMAT_VERSION], &body]))
    }
}

//! A ballot that is opened instead of cast (Benaloh). Spec § 6 (cast or audit).

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    ballot::AuditOpening, election::manifest::MAX_QUESTIONS, list::read_list, ranking::MAX_RANKED_OPTIONS,
    ristretto::CanonicalScalar, transaction::TransactionEffects,
};

/// The disclosed opening of a sealed ranking: whoever has it seals the same again.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AuditRanking {
    /// 0-based indices of options, the best first.
    #[borsh(deserialize_with = "read_list::<{ MAX_RANKED_OPTIONS as usize }, u8, _>")]
    pub options: Vec<u8>,
    /// `r`.
    pub randomness: CanonicalScalar,
}

/// What a booth discloses of a ballot that will never be cast, for another device to check. Encoding: borsh of the fields
/// in order.
///
/// The effects are what the tracker is the digest of: without them a booth could commit to one ballot and open another. They
/// show the nullifier of the voter's right, so that whoever sees this recognises the voter's ballot in the record,
/// though not its content: show it to a device of the voter's own, and do not publish it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpenedBallot {
    /// The transaction that would have cast the ballot; neither proved nor signed.
    pub effects: TransactionEffects,
    /// The selections and the randomness of the ciphertexts in it.
    pub opening: AuditOpening,
    /// The openings of its sealed rankings, in order.
    #[borsh(deserialize_with = "read_list::<MAX_QUESTIONS, AuditRanking, _>")]
    pub rankings: Vec<AuditRanking>,
}

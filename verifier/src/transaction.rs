//! What a transaction must fulfil by itself, before any state is looked at and any proof is verified. Spec § 4.
//!
//! Cheap checks only: what costs time (proofs, signatures, ballots) is collected as [`crate::obligations::Obligations`] and verified in batches.

use std::collections::BTreeSet;

use ark_bls12_381::Fr;
use ark_ff::Zero;
use tabella_protocol::{
    domain::FORMAT_VERSION,
    jubjub::JubjubPoint,
    statement::{Mode, Shape},
    transaction::{
        LedgerId, MAX_ACTIONS, MAX_TRANSACTION_BYTES, MAX_TRANSFERS, ProofBytes, SignatureBytes, Transaction,
        TransactionDigest, TransferEffects, TransferStatement, VerifyingKeyId,
    },
};
use thiserror::Error;

use crate::groth16::VerifyingKeys;

/// Why a transaction is refused by itself.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StructureError {
    /// Another format version.
    #[error("format version {0} instead of {FORMAT_VERSION}")]
    Version(u8),
    /// Made for another ledger.
    #[error("made for ledger {found}, and this is ledger {expected}")]
    Ledger {
        /// This ledger.
        expected: LedgerId,
        /// The transaction's.
        found: LedgerId,
    },
    /// Nothing in it, too much in it, or authorizations that do not match the effects.
    #[error(transparent)]
    Count(Miscount),
    /// Too long.
    #[error("the transaction has {0} bytes; at most {MAX_TRANSACTION_BYTES} are read")]
    Length(usize),
    /// A verifying key that is not accepted.
    #[error("transfer {transfer}: verifying key {key} is not accepted for shape {}", .shape.name())]
    VerifyingKey {
        /// Index of the transfer.
        transfer: usize,
        /// Its shape.
        shape: Shape,
        /// The key it names.
        key: VerifyingKeyId,
    },
    /// `rk` of small order.
    #[error("transfer {0}: rk is of small order")]
    SmallOrderKey(usize),
    /// A cast of weight 0.
    #[error("transfer {0}: a cast weighs at least 1")]
    ZeroWeight(usize),
    /// The contract's opening is missing, superfluous, or does not hash to what the proof reveals.
    #[error("transfer {0}: the opening of the contract does not match what the proof reveals")]
    Contract(usize),
    /// A tag that reveals no contract.
    #[error("transfer {0}: a tag reveals the contract of its escrow")]
    TagWithoutContract(usize),
    /// The number of ciphertexts does not fit the mode.
    #[error("transfer {0}: two ciphertexts, and none in mode consume")]
    Ciphertexts(usize),
    /// A nullifier twice.
    #[error("transfer {0}: its nullifier occurs twice in the transaction")]
    RepeatedNullifier(usize),
}

/// What is not of the right number in a transaction.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Miscount {
    /// Neither transfer nor action.
    #[error("an empty transaction")]
    Empty,
    /// Too many transfers or actions.
    #[error("at most {MAX_TRANSFERS} transfers and {MAX_ACTIONS} actions in a transaction")]
    TooMany,
    /// Authorizations or proofs that do not match the effects.
    #[error("one authorization for each transfer, one proof for each action")]
    Authorizations,
}

/// A Groth16 proof to be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofObligation {
    /// The circuit.
    pub shape: Shape,
    /// The key.
    pub key: VerifyingKeyId,
    /// The public inputs.
    pub inputs: Vec<Fr>,
    /// The proof.
    pub proof: ProofBytes,
}

/// A spend-authority signature to be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureObligation {
    /// The randomised key.
    pub rk: JubjubPoint,
    /// What is signed.
    pub digest: TransactionDigest,
    /// The signature.
    pub signature: SignatureBytes,
}

/// Checks a transaction by itself.
///
/// # Errors
/// [`StructureError`]: one variant per rule.
pub fn check_structure(tx: &Transaction, ledger: LedgerId, keys: &VerifyingKeys) -> Result<(), StructureError> {
    let effects = &tx.effects;
    if effects.version != FORMAT_VERSION {
        return Err(StructureError::Version(effects.version));
    }
    if effects.ledger != ledger {
        return Err(StructureError::Ledger { expected: ledger, found: effects.ledger });
    }
    if effects.transfers.is_empty() && effects.actions.is_empty() {
        return Err(StructureError::Count(Miscount::Empty));
    }
    if effects.transfers.len() > MAX_TRANSFERS || effects.actions.len() > MAX_ACTIONS {
        return Err(StructureError::Count(Miscount::TooMany));
    }
    if effects.transfers.len() != tx.transfers.len() || effects.actions.len() != tx.action_proofs.len() {
        return Err(StructureError::Count(Miscount::Authorizations));
    }
    // Writing to a counter fails only where lengths do not fit the encoding.
    let length = borsh::object_length(tx).unwrap_or(usize::MAX);
    if length > MAX_TRANSACTION_BYTES {
        return Err(StructureError::Length(length));
    }
    let mut seen = BTreeSet::new();
    for (index, transfer) in effects.transfers.iter().enumerate() {
        check_transfer(index, transfer, keys)?;
        for nullifier in transfer.nullifiers() {
            if !seen.insert((transfer.pool, nullifier.to_bytes())) {
                return Err(StructureError::RepeatedNullifier(index));
            }
        }
    }
    Ok(())
}

fn check_transfer(index: usize, transfer: &TransferEffects, keys: &VerifyingKeys) -> Result<(), StructureError> {
    let shape = transfer.shape();
    if keys.key(shape, transfer.verifying_key).is_none() {
        return Err(StructureError::VerifyingKey { transfer: index, shape, key: transfer.verifying_key });
    }
    if transfer.rk().is_small_order() {
        return Err(StructureError::SmallOrderKey(index));
    }
    match (&transfer.contract, transfer.contract_revealed()) {
        (None, None) => {}
        (Some(contract), Some(revealed)) if contract.hash().element() == revealed => {}
        _ => return Err(StructureError::Contract(index)),
    }
    match &transfer.statement {
        TransferStatement::Transfer { instance, ciphertexts } => {
            if instance.mode == Mode::Tag && instance.contract_revealed.is_zero() {
                return Err(StructureError::TagWithoutContract(index));
            }
            let expected = if instance.mode == Mode::Consume { 0 } else { 2 };
            if ciphertexts.len() != expected {
                return Err(StructureError::Ciphertexts(index));
            }
        }
        TransferStatement::Cast(instance) if instance.weight == 0 => return Err(StructureError::ZeroWeight(index)),
        TransferStatement::Cast(_) => {}
    }
    Ok(())
}

/// The proofs of a transaction's transfers.
pub fn proof_obligations(tx: &Transaction) -> impl Iterator<Item = ProofObligation> {
    tx.effects.transfers.iter().zip(&tx.transfers).map(|(effects, authorization)| ProofObligation {
        shape: effects.shape(),
        key: effects.verifying_key,
        inputs: effects.public_inputs(),
        proof: authorization.proof,
    })
}

/// The signatures of a transaction's transfers.
pub fn signature_obligations(tx: &Transaction, digest: TransactionDigest) -> impl Iterator<Item = SignatureObligation> {
    tx.effects.transfers.iter().zip(&tx.transfers).map(move |(effects, authorization)| SignatureObligation {
        rk: *effects.rk(),
        digest,
        signature: authorization.signature,
    })
}

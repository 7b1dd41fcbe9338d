//! What a custodian sees before it signs: computed from the very bytes that the signature covers, never from what the
//! coordinator says of them.
//!
//! Each output's ciphertext is opened with the account's `ovk`, and what it says is checked against the commitment in the
//! statement: value, asset, recipient and memo are the true ones, or nothing is signed. Whatever does not open, and whatever is
//! no plain payment within a pool, is refused. So what is not shown here cannot leave the account by this signature, if the
//! ledger verifies proofs: they make sure that a transfer's outputs are all that its inputs were.
//!
//! What a custodian cannot see: whose an address is, whether the coordinator submits the transaction, which of the
//! account's notes it spends (the ledger tells, by nullifiers), and whether the same bill was paid by another transaction.

use std::collections::BTreeMap;

use reddsa::{Randomizer, VerificationKey, sapling::SpendAuth};
use tabella_protocol::{
    asset::AssetClass,
    jubjub,
    keys::{Address, FullViewingKey},
    note::{AssetId, Lock, NoteValue, Timestamp},
    note_encryption::{DecryptionError, Memo, recover},
    statement::Mode,
    transaction::{LedgerId, TransactionDigest, TransferStatement},
};
use thiserror::Error;

use crate::builder::SigningRequest;

/// Why a custodian does not sign.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReviewError {
    /// Nothing to sign.
    #[error("the transaction has no transfer")]
    Empty,
    /// An action of an application, whose meaning is not shown here.
    #[error("the transaction has actions of applications: custodians sign payments only")]
    Action,
    /// A transfer of somebody else's beside the account's own.
    #[error("transfer {0} is not to be signed by this account: custodians sign whole transactions only")]
    Foreign(usize),
    /// Value would leave the pool, enter it, be consumed or be tagged.
    #[error("transfer {0} is not within a pool of assets: custodians sign payments only")]
    Mode(usize),
    /// An escrow is claimed.
    #[error("transfer {0} claims an escrow: custodians sign payments only")]
    Escrow(usize),
    /// `rk` is not the account's key, randomised by the `α` given.
    #[error("transfer {0} is not of this account")]
    Key(usize),
    /// What an output pays cannot be seen.
    #[error("output {output} of transfer {transfer} cannot be read ({error}): it could pay anybody")]
    Unreadable {
        /// Index of the transfer.
        transfer: usize,
        /// Index of the output.
        output: usize,
        /// Why not.
        error: DecryptionError,
    },
    /// An output under an escrow.
    #[error("output {output} of transfer {transfer} is under an escrow: custodians sign payments only")]
    Locked {
        /// Index of the transfer.
        transfer: usize,
        /// Index of the output.
        output: usize,
    },
}

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewedPayment {
    /// To whom. Compare the whole address with one that you have from the recipient.
    pub to: Address,
    /// Of which asset; its name only a ledger tells.
    pub asset: AssetId,
    /// How much.
    pub value: NoteValue,
    /// What the recipient reads with it.
    pub memo: Memo,
}

/// A transaction as a custodian sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// What is signed.
    pub digest: TransactionDigest,
    /// On which ledger.
    pub ledger: LedgerId,
    /// Before which time it has to be accepted.
    pub until: Timestamp,
    /// What leaves the account.
    pub payments: Vec<ReviewedPayment>,
    /// What comes back to the account, by asset.
    pub back: BTreeMap<[u8; 32], u128>,
}

impl Review {
    /// Opens everything that a transaction pays.
    ///
    /// # Errors
    /// [`ReviewError`] if there is anything in it that is no payment of this account that can be read.
    pub fn new(key: &FullViewingKey, request: &SigningRequest) -> Result<Self, ReviewError> {
        let effects = request.effects();
        if !effects.actions.is_empty() {
            return Err(ReviewError::Action);
        }
        let pools = AssetClass::ALL.map(|class| class.pool(effects.ledger));
        let ak = VerificationKey::<SpendAuth>::try_from(key.spend_validating_key().point().to_bytes());
        let mut review = Self {
            digest: effects.digest(),
            ledger: effects.ledger,
            until: Timestamp::MAX,
            payments: Vec::new(),
            back: BTreeMap::new(),
        };
        for (index, transfer) in effects.transfers.iter().enumerate() {
            let own = request.alphas().iter().find(|(of, _)| usize::try_from(*of) == Ok(index));
            let (_, alpha) = own.ok_or(ReviewError::Foreign(index))?;
            let (instance, ciphertexts) = match &transfer.statement {
                TransferStatement::Transfer { instance, ciphertexts }
                    if instance.mode == Mode::Internal && pools.contains(&transfer.pool) =>
                {
                    (instance, ciphertexts)
                }
                _ => return Err(ReviewError::Mode(index)),
            };
            if transfer.contract.is_some() || transfer.contract_revealed().is_some() {
                return Err(ReviewError::Escrow(index));
            }
            let alpha = Option::from(Randomizer::<SpendAuth>::from_bytes(&jubjub::scalar_to_bytes(alpha.expose())));
            let alpha = alpha.ok_or(ReviewError::Key(index))?;
            let rk: [u8; 32] = ak.map_err(|_| ReviewError::Key(index))?.randomize(&alpha).into();
            if rk != instance.rk.to_bytes() || instance.rk.is_small_order() {
                return Err(ReviewError::Key(index));
            }
            if ciphertexts.len() != instance.commitments.len() {
                return Err(ReviewError::Mode(index));
            }
            review.until = review.until.min(instance.window.end());
            for (output, (cm, ciphertext)) in instance.commitments.iter().zip(ciphertexts).enumerate() {
                let sent = recover(key.outgoing(), *cm, ciphertext).map_err(|error| ReviewError::Unreadable {
                    transfer: index,
                    output,
                    error,
                })?;
                if !matches!(sent.note.lock, Lock::Plain(_)) {
                    return Err(ReviewError::Locked { transfer: index, output });
                }
                let (asset, value) = (sent.note.asset, sent.note.value);
                if key.incoming().address(sent.recipient.diversifier()) == sent.recipient {
                    let back = review.back.entry(asset.to_bytes()).or_default();
                    *back = back.saturating_add(u128::from(value.0));
                } else {
                    // Of value 0 as well: it may carry a memo.
                    review.payments.push(ReviewedPayment { to: sent.recipient, asset, value, memo: sent.memo });
                }
            }
        }
        if effects.transfers.is_empty() { Err(ReviewError::Empty) } else { Ok(review) }
    }
}

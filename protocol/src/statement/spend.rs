//! What both shapes share: who signs, and how input 0 is spent. Spec § 3 (lock), § 4 items 1, 2 and 7.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::Zero;
use thiserror::Error;
use zeroize::Zeroize;

use crate::{
    jubjub::{JubjubPoint, JubjubScalar, spend_authority_base},
    keys::{Diversifier, NullifierKey, OwnerCommitment, OwnerKey, SpendValidatingKey},
    note::{AssetId, Escrow, LockCommitment, NoteCommitment, NoteCommitmentTrapdoor, NoteValue, Nullifier, commit},
    statement::Window,
    tree::Position,
};

/// The party that signs a transfer, as far as its proof needs it. `Debug` prints nothing; `nk` and `alpha` are wiped on drop.
#[derive(Clone)]
pub struct Signer {
    /// `ak`.
    pub ak: SpendValidatingKey,
    /// `nk`.
    pub nk: NullifierKey,
    /// `α`, which randomises `ak`.
    pub alpha: JubjubScalar,
}

impl Signer {
    /// `ok = H(ak.x, ak.y, nk)`.
    #[must_use]
    pub fn owner_key(&self) -> OwnerKey {
        OwnerKey::derive(&self.ak, self.nk)
    }

    /// `pk = H(ok, d)`.
    #[must_use]
    pub fn owner(&self, diversifier: Diversifier) -> OwnerCommitment {
        self.owner_key().commitment(diversifier)
    }

    /// `rk = ak + α·G`.
    #[must_use]
    pub fn randomized_key(&self) -> JubjubPoint {
        JubjubPoint::new(*self.ak.point().affine() + *spend_authority_base() * self.alpha)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(<secret>)")
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        self.nk.zeroize();
        self.alpha.zeroize();
    }
}

/// How input 0 is spent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spend {
    /// The note is the signer's own.
    Plain,
    /// The note is an escrow and the signer is its claimant.
    Claim(Escrow),
    /// The note is an escrow and the signer takes it back.
    Refund(Escrow),
}

impl fmt::Debug for Spend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "Plain",
            Self::Claim(_) => "Claim(<secret>)",
            Self::Refund(_) => "Refund(<secret>)",
        })
    }
}

/// A rule of the way input 0 is spent that does not hold.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SpendError {
    /// Claim path: the signer owns `pk_claim`. Spec § 3.
    #[error("the signer is not the claimant of the escrow")]
    NotClaimant,
    /// Claim path: the window ends no later than `claim_until`. Spec § 3.
    #[error("the window ends after the escrow's claim_until")]
    ClaimWindow,
    /// Refund path: the signer owns `pk_refund`. Spec § 3.
    #[error("the signer is not the refund party of the escrow")]
    NotRefundParty,
    /// Refund path: the window starts no earlier than `refund_from`. Spec § 3.
    #[error("the window starts before the escrow's refund_from")]
    RefundWindow,
    /// Level = 1 exactly on the refund path. Spec § 4 item 7.
    #[error("the level is not that of the path")]
    Level,
}

impl Spend {
    /// The escrow's opening, if the note is an escrow.
    #[must_use]
    pub const fn escrow(&self) -> Option<&Escrow> {
        match self {
            Self::Plain => None,
            Self::Claim(escrow) | Self::Refund(escrow) => Some(escrow),
        }
    }

    /// Whether this is the refund path: the level.
    #[must_use]
    pub const fn is_refund(&self) -> bool {
        matches!(self, Self::Refund(_))
    }

    /// `burn_only` on the claim path, where alone it binds.
    #[must_use]
    pub const fn is_burn_only_claim(&self) -> bool {
        matches!(self, Self::Claim(escrow) if escrow.contract.terms.burn_only)
    }

    /// `sel`: claim path and `guard != 0`.
    #[must_use]
    pub fn is_guarded_claim(&self) -> bool {
        matches!(self, Self::Claim(escrow) if !escrow.contract.guard.is_none())
    }

    /// `sel·contract`: what a spend reveals of its contract.
    #[must_use]
    pub fn revealed_contract(&self) -> Fr {
        match self {
            Self::Claim(escrow) if self.is_guarded_claim() => escrow.contract.hash().element(),
            _ => Fr::zero(),
        }
    }

    /// The note's lock: the signer's owner commitment or the hash of the escrow.
    #[must_use]
    pub fn lock(&self, owner: OwnerCommitment) -> LockCommitment {
        self.escrow().map_or_else(|| LockCommitment::new(owner.element()), Escrow::lock_commitment)
    }

    /// `nk'`: the signer's `nk`, or `nk_e` of the escrow.
    #[must_use]
    pub fn nullifier_key(&self, nk: NullifierKey) -> NullifierKey {
        self.escrow().map_or(nk, |escrow| escrow.nullifier_key)
    }

    /// The rules of the chosen path that concern the signer, the window and the level.
    ///
    /// # Errors
    /// [`SpendError`] names the first rule that does not hold.
    pub fn check(&self, owner: OwnerCommitment, window: &Window, level: bool) -> Result<(), SpendError> {
        match self {
            Self::Plain => {}
            Self::Claim(escrow) => {
                if escrow.contract.claimant != owner {
                    return Err(SpendError::NotClaimant);
                }
                if window.end() > escrow.contract.terms.claim_until {
                    return Err(SpendError::ClaimWindow);
                }
            }
            Self::Refund(escrow) => {
                if escrow.refund != owner {
                    return Err(SpendError::NotRefundParty);
                }
                if window.start() < escrow.contract.terms.refund_from {
                    return Err(SpendError::RefundWindow);
                }
            }
        }
        if level == self.is_refund() { Ok(()) } else { Err(SpendError::Level) }
    }
}

/// The commitment and nullifier of a note that a signer spends at a position.
pub(super) struct SpentNote {
    pub(super) commitment: NoteCommitment,
    pub(super) nullifier: Nullifier,
}

impl SpentNote {
    pub(super) fn new(
        signer: &Signer,
        spend: &Spend,
        asset: AssetId,
        value: NoteValue,
        diversifier: Diversifier,
        rcm: NoteCommitmentTrapdoor,
        position: Position,
    ) -> Self {
        let commitment = commit(asset, value, spend.lock(signer.owner(diversifier)), rcm);
        let nullifier = Nullifier::derive(spend.nullifier_key(signer.nk), commitment, position);
        Self { commitment, nullifier }
    }
}

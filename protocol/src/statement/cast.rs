//! The Cast statement: 1 input, no output, public weight; always consumes. Spec § 4.

use std::fmt;

use ark_bls12_381::Fr;
use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{
    jubjub::JubjubPoint,
    keys::Diversifier,
    note::{AssetId, NoteCommitmentTrapdoor, NoteValue, Nullifier},
    statement::{
        Shape, Statement, Window,
        spend::{Signer, Spend, SpendError, SpentNote},
    },
    tree::{Anchor, MerklePath},
};

/// The public part of a Cast. Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CastInstance {
    /// Root that the input's path leads to.
    pub anchor: Anchor,
    /// Nullifier of the right.
    pub nullifier: Nullifier,
    /// Randomised spend validating key.
    pub rk: JubjubPoint,
    /// The asset: always revealed.
    pub asset: AssetId,
    /// Hash of the contract of a guarded claim; 0 when none is revealed.
    #[borsh(serialize_with = "crate::field::write", deserialize_with = "crate::field::read")]
    pub contract_revealed: Fr,
    /// Value of the right; the ledger refuses 0.
    pub weight: u64,
    /// 1 exactly on the refund path of an escrow.
    pub level: bool,
    /// When the cast may be accepted.
    pub window: Window,
}

impl CastInstance {
    /// Public inputs without the constant 1.
    pub const PUBLIC_INPUTS: usize = 10;
}

impl Statement for CastInstance {
    const SHAPE: Shape = Shape::Cast;

    fn public_inputs(&self) -> Vec<Fr> {
        vec![
            self.anchor.element(),
            self.nullifier.element(),
            self.rk.affine().x,
            self.rk.affine().y,
            self.asset.element(),
            self.contract_revealed,
            Fr::from(self.weight),
            Fr::from(u64::from(self.level)),
            Fr::from(self.window.start().seconds()),
            Fr::from(self.window.end().seconds()),
        ]
    }
}

/// The private part of a Cast. `Debug` prints nothing; `nk` and `alpha` are wiped on drop.
#[derive(Clone)]
pub struct CastWitness {
    /// Who signs.
    pub signer: Signer,
    /// The right's asset.
    pub asset: AssetId,
    /// The right's weight.
    pub value: NoteValue,
    /// The diversifier of the signer's address that the right was given to (for an escrow: that its contract names).
    pub diversifier: Diversifier,
    /// The trapdoor.
    pub rcm: NoteCommitmentTrapdoor,
    /// The path to the anchor.
    pub path: MerklePath,
    /// How the right is used: the owner's own, a delegate's claim, or the owner's override.
    pub spend: Spend,
}

impl CastWitness {
    /// The instance that this witness gives. Nothing is checked: see [`check`]. The anchor is where the path leads.
    #[must_use]
    pub fn instance(&self, window: Window) -> CastInstance {
        let spent = self.spent();
        CastInstance {
            anchor: self.path.root(spent.commitment),
            nullifier: spent.nullifier,
            rk: self.signer.randomized_key(),
            asset: self.asset,
            contract_revealed: self.spend.revealed_contract(),
            weight: self.value.0,
            level: self.spend.is_refund(),
            window,
        }
    }

    fn spent(&self) -> SpentNote {
        let position = self.path.position();
        SpentNote::new(&self.signer, &self.spend, self.asset, self.value, self.diversifier, self.rcm, position)
    }
}

impl fmt::Debug for CastWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CastWitness(<secret>)")
    }
}

/// A rule of the Cast relation that does not hold. Spec § 4.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CastRelationError {
    /// Item 1: `rk = ak + α·G`.
    #[error("rk is not the randomised ak")]
    RandomizedKey,
    /// Item 5: the asset is revealed.
    #[error("the revealed asset is not that of the right")]
    AssetRevealed,
    /// The weight is the right's value.
    #[error("the weight is not the value of the right")]
    Weight,
    /// The weight is at least 1.
    #[error("the weight is 0")]
    WeightZero,
    /// Item 2: the path leads to the anchor; it is never skipped.
    #[error("the path does not lead to the anchor")]
    Anchor,
    /// Item 2: the nullifier is that of the note.
    #[error("the nullifier is not that of the right")]
    Nullifier,
    /// Items 2 and 7: the conditions of the chosen path of an escrow, and the level.
    #[error(transparent)]
    Spend(#[from] SpendError),
    /// Item 6: the contract of a guarded claim is revealed, and no other.
    #[error("the revealed contract is not the one that is claimed")]
    ContractRevealed,
}

/// Whether the witness proves the instance. A Cast always consumes, so `burn_only` holds.
///
/// # Errors
/// [`CastRelationError`] names the first rule that does not hold.
pub fn check(instance: &CastInstance, witness: &CastWitness) -> Result<(), CastRelationError> {
    use CastRelationError as Error;
    if instance.rk != witness.signer.randomized_key() {
        return Err(Error::RandomizedKey);
    }
    if instance.asset != witness.asset {
        return Err(Error::AssetRevealed);
    }
    if instance.weight != witness.value.0 {
        return Err(Error::Weight);
    }
    if instance.weight == 0 {
        return Err(Error::WeightZero);
    }
    let spent = witness.spent();
    if witness.path.root(spent.commitment) != instance.anchor {
        return Err(Error::Anchor);
    }
    if instance.nullifier != spent.nullifier {
        return Err(Error::Nullifier);
    }
    witness.spend.check(witness.signer.owner(witness.diversifier), &instance.window, instance.level)?;
    if instance.contract_revealed != witness.spend.revealed_contract() {
        return Err(Error::ContractRevealed);
    }
    Ok(())
}

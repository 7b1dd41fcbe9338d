//! The private side of a Transfer, and the instance that it gives.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::Zero;
use zeroize::Zeroize;

use super::{Mode, TransferInstance};
use crate::{
    jubjub::{JubjubPoint, JubjubScalar, blinding_base, value_base},
    keys::Diversifier,
    note::{AssetId, Escrow, LockCommitment, Note, NoteCommitment, NoteCommitmentTrapdoor, NoteValue, commit},
    statement::{
        Window,
        spend::{Signer, Spend, SpentNote},
    },
    tree::{Anchor, MerklePath, Position},
};

/// An input note as its spender knows it. Asset, owner and escrow are those of the [`TransferWitness`].
#[derive(Clone)]
pub struct InputWitness {
    /// The amount.
    pub value: NoteValue,
    /// The diversifier of the signer's address that the note pays (for an escrow: that its contract names).
    pub diversifier: Diversifier,
    /// The trapdoor.
    pub rcm: NoteCommitmentTrapdoor,
    /// The path to the anchor; `None` for a dummy, which has value 0 and position 0.
    pub path: Option<MerklePath>,
}

impl fmt::Debug for InputWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InputWitness(<secret>)")
    }
}

impl InputWitness {
    /// An input that spends nothing. Its trapdoor must be random, for the nullifier to be unique.
    #[must_use]
    pub const fn dummy(diversifier: Diversifier, rcm: NoteCommitmentTrapdoor) -> Self {
        Self { value: NoteValue(0), diversifier, rcm, path: None }
    }

    /// The position: 0 for a dummy.
    #[must_use]
    pub fn position(&self) -> Position {
        self.path.as_ref().map_or(Position(0), MerklePath::position)
    }
}

/// An output note: what its commitment hashes besides the asset.
#[derive(Clone, Copy)]
pub struct OutputWitness {
    /// The amount.
    pub value: NoteValue,
    /// The lock.
    pub lock: LockCommitment,
    /// The trapdoor.
    pub rcm: NoteCommitmentTrapdoor,
}

impl fmt::Debug for OutputWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutputWitness(<secret>)")
    }
}

impl OutputWitness {
    /// The output that makes a note.
    #[must_use]
    pub fn of(note: &Note) -> Self {
        Self { value: note.value, lock: note.lock.commitment(), rcm: note.rcm }
    }

    /// `cm`.
    #[must_use]
    pub fn commitment(&self, asset: AssetId) -> NoteCommitment {
        commit(asset, self.value, self.lock, self.rcm)
    }
}

/// The private part of a Transfer. `Debug` prints nothing; `nk`, `alpha` and `r` are wiped on drop.
#[derive(Clone)]
pub struct TransferWitness {
    /// Who signs.
    pub signer: Signer,
    /// The one asset of all notes.
    pub asset: AssetId,
    /// The inputs; input 1 is always plain.
    pub inputs: [InputWitness; 2],
    /// How input 0 is spent.
    pub spend: Spend,
    /// The outputs.
    pub outputs: [OutputWitness; 2],
    /// The opening of output 0's escrow, in mode tag; not used in the other modes.
    pub tagged: Option<Escrow>,
    /// `v`: what leaves, enters, is consumed or tagged; 0 in mode internal.
    pub v: NoteValue,
    /// `r` of `C = v·V + r·R`; 0 in mode internal.
    pub r: JubjubScalar,
}

impl TransferWitness {
    /// The instance that this witness gives. Nothing is checked: see [`super::check`].
    #[must_use]
    pub fn instance(&self, anchor: Anchor, mode: Mode, window: Window, reveal: bool) -> TransferInstance {
        let spent = [self.spent(0), self.spent(1)];
        TransferInstance {
            anchor,
            nullifiers: spent.map(|note| note.nullifier),
            commitments: [self.outputs[0].commitment(self.asset), self.outputs[1].commitment(self.asset)],
            rk: self.signer.randomized_key(),
            value_commitment: value_commitment(self.v, self.r),
            asset_revealed: if reveal { self.asset.element() } else { Fr::zero() },
            contract_revealed: self.contract_revealed(mode),
            window,
            mode,
            reveal,
            level: self.spend.is_refund(),
        }
    }

    /// `sel·contract(input 0) + tag·contract(output 0)`.
    pub(super) fn contract_revealed(&self, mode: Mode) -> Fr {
        let tagged = match (mode, &self.tagged) {
            (Mode::Tag, Some(escrow)) => escrow.contract.hash().element(),
            _ => Fr::zero(),
        };
        self.spend.revealed_contract() + tagged
    }

    /// Commitment and nullifier of input `i` (0 or 1).
    pub(super) fn spent(&self, i: usize) -> SpentNote {
        let input = &self.inputs[i];
        let spend = if i == 0 { &self.spend } else { &Spend::Plain };
        SpentNote::new(&self.signer, spend, self.asset, input.value, input.diversifier, input.rcm, input.position())
    }
}

impl fmt::Debug for TransferWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransferWitness(<secret>)")
    }
}

impl Drop for TransferWitness {
    fn drop(&mut self) {
        self.r.zeroize();
    }
}

/// `C = v·V + r·R`. Spec § 4 item 4.
#[must_use]
pub fn value_commitment(v: NoteValue, r: JubjubScalar) -> JubjubPoint {
    JubjubPoint::new(*value_base() * JubjubScalar::from(v.0) + *blinding_base() * r)
}

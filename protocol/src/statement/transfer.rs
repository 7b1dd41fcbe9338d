//! The Transfer statement: 2 inputs, 2 outputs. Spec § 4.

mod relation;
mod witness;

use ark_bls12_381::Fr;
use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    jubjub::JubjubPoint,
    note::{NoteCommitment, Nullifier},
    statement::{Shape, Statement, Window},
    tree::Anchor,
};

pub use relation::{TransferRelationError, check};
pub use witness::{InputWitness, OutputWitness, TransferWitness, value_commitment};

/// What a Transfer does with value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Mode {
    /// The sum of the inputs is the sum of the outputs.
    Internal,
    /// `v` leaves the pool.
    Exit,
    /// `v` enters the pool.
    Entry,
    /// Like internal, and `v` is the value of output 0, an escrow note.
    Tag,
    /// Input 0, of value `v`, is used up; input 1 and both outputs are 0.
    Consume,
}

/// The public part of a Transfer. Encoding: borsh of the fields in order; field elements and points 32 bytes each.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransferInstance {
    /// Root that the inputs' paths lead to.
    pub anchor: Anchor,
    /// Nullifiers of the inputs; they differ.
    pub nullifiers: [Nullifier; 2],
    /// Commitments of the outputs.
    pub commitments: [NoteCommitment; 2],
    /// Randomised spend validating key.
    pub rk: JubjubPoint,
    /// `C = v·V + r·R`; the identity in mode internal.
    pub value_commitment: JubjubPoint,
    /// The asset in every mode but internal, where it may be hidden (0).
    #[borsh(serialize_with = "crate::field::write", deserialize_with = "crate::field::read")]
    pub asset_revealed: Fr,
    /// Hash of the contract of a guarded claim or of a tagged escrow; 0 when none is revealed.
    #[borsh(serialize_with = "crate::field::write", deserialize_with = "crate::field::read")]
    pub contract_revealed: Fr,
    /// When the transfer may be accepted.
    pub window: Window,
    /// What it does with value.
    pub mode: Mode,
    /// Whether the asset is revealed.
    pub reveal: bool,
    /// 1 exactly on the refund path of an escrow.
    pub level: bool,
}

impl Mode {
    /// All modes, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Internal, Self::Exit, Self::Entry, Self::Tag, Self::Consume];
}

impl TransferInstance {
    /// Public inputs without the constant 1.
    pub const PUBLIC_INPUTS: usize = 14;

    /// `mode + 8·reveal + 16·level`.
    #[must_use]
    pub fn flags(&self) -> u64 {
        let mode = match self.mode {
            Mode::Internal => 0,
            Mode::Exit => 1,
            Mode::Entry => 2,
            Mode::Tag => 3,
            Mode::Consume => 4,
        };
        mode + 8 * u64::from(self.reveal) + 16 * u64::from(self.level)
    }
}

impl Statement for TransferInstance {
    const SHAPE: Shape = Shape::Transfer;

    fn public_inputs(&self) -> Vec<Fr> {
        vec![
            self.anchor.element(),
            self.nullifiers[0].element(),
            self.nullifiers[1].element(),
            self.commitments[0].element(),
            self.commitments[1].element(),
            self.rk.affine().x,
            self.rk.affine().y,
            self.value_commitment.affine().x,
            self.value_commitment.affine().y,
            self.asset_revealed,
            self.contract_revealed,
            Fr::from(self.flags()),
            Fr::from(self.window.start().seconds()),
            Fr::from(self.window.end().seconds()),
        ]
    }
}

//! The Cast statement: 1 input, no output, public weight; always consumes. Spec § 4.

use ark_bls12_381::Fr;
use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    jubjub::JubjubPoint,
    note::{AssetId, Nullifier},
    statement::{Shape, Statement, Window},
    tree::Anchor,
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

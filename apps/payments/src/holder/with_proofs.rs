//! Transactions with actions that are proved already, and transfers that are not.

use tabella_prover::builder::{PreparedTransaction, Unproven};

/// A transaction with a transfer to be proved, and the proof of its one action.
#[derive(Debug)]
pub struct WithTransfer {
    /// To be proved and signed.
    pub transaction: PreparedTransaction<Unproven>,
    /// The action's.
    pub proof: Vec<u8>,
}

/// A transaction with transfers to be proved, and the proofs of its actions.
#[derive(Debug)]
pub struct WithTransfers {
    /// To be proved and signed.
    pub transaction: PreparedTransaction<Unproven>,
    /// The actions', in order.
    pub proofs: Vec<Vec<u8>>,
}

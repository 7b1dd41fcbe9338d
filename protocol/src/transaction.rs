//! Transactions: transfers and application actions under one digest. Spec § 4.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::Zero;
use borsh::{BorshDeserialize, BorshSerialize};
use reddsa::sapling::SpendAuth;

use crate::{
    domain::{FORMAT_VERSION, personal},
    hash::blake2b_256,
    jubjub::JubjubPoint,
    note::{Contract, Nullifier, Timestamp},
    note_encryption::NoteCiphertext,
    statement::{CastInstance, Shape, Statement, TransferInstance, Window},
    tree::Anchor,
};

/// Defines a type of ids or digests: a newtype over the 32 bytes of a hash, in text hexadecimal, in borsh the bytes.
///
/// Where it is used, `borsh` and `hex` are dependencies.
#[macro_export]
macro_rules! hash_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, borsh::BorshSerialize, borsh::BorshDeserialize,
        )]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), hex::encode(self.0))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = hex::FromHexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text.trim(), &mut bytes)?;
                Ok(Self(bytes))
            }
        }
    };
}

pub(crate) use hash_newtype;

hash_newtype! {
    /// Which ledger: hash of its name and of the key that signs its checkpoints.
    LedgerId
}
hash_newtype! {
    /// Which pool of a ledger.
    PoolId
}
hash_newtype! {
    /// Which verifying key: BLAKE2b-256 of its canonical bytes.
    VerifyingKeyId
}
hash_newtype! {
    /// What every signature of a transaction signs; also the ballot's tracker.
    TransactionDigest
}

impl LedgerId {
    /// `BLAKE2b-256("Tabella_LedgerId", length of name (8 bytes) || name || Ed25519 key)`.
    #[must_use]
    pub fn derive(name: &str, key: &[u8; 32]) -> Self {
        Self(blake2b_256(personal::LEDGER, &[&(name.len() as u64).to_le_bytes(), name.as_bytes(), key]))
    }
}

impl PoolId {
    /// `BLAKE2b-256("Tabella_Pool__Id", ledger || length of label (8 bytes) || label || content)`.
    #[must_use]
    pub fn derive(ledger: LedgerId, label: &str, content: &[u8]) -> Self {
        let length = (label.len() as u64).to_le_bytes();
        Self(blake2b_256(personal::POOL, &[ledger.as_bytes(), &length, label.as_bytes(), content]))
    }
}

/// Limit of transfers in a transaction.
pub const MAX_TRANSFERS: usize = 64;
/// Limit of actions in a transaction.
pub const MAX_ACTIONS: usize = 64;
/// Limit of an encoded transaction, in bytes: an election's opening carries its whole roll.
pub const MAX_TRANSACTION_BYTES: usize = 64 << 20;

/// The statement of one transfer, of either shape.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TransferStatement {
    /// 2 inputs, 2 outputs, with the outputs' ciphertexts.
    Transfer {
        /// The public inputs.
        instance: TransferInstance,
        /// One ciphertext for each output; empty in mode consume, whose outputs are never recorded.
        ciphertexts: Vec<NoteCiphertext>,
    },
    /// 1 input, no output.
    Cast(CastInstance),
}

/// One transfer's effects: everything but proof and signature.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransferEffects {
    /// The pool whose notes it spends and makes.
    pub pool: PoolId,
    /// The key that its proof verifies under.
    pub verifying_key: VerifyingKeyId,
    /// The statement.
    pub statement: TransferStatement,
    /// Opening of the contract that the statement reveals; present exactly if it reveals one.
    pub contract: Option<Contract>,
}

impl TransferEffects {
    /// The circuit.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        match self.statement {
            TransferStatement::Transfer { .. } => Shape::Transfer,
            TransferStatement::Cast(_) => Shape::Cast,
        }
    }

    /// The public inputs in the circuit's order.
    #[must_use]
    pub fn public_inputs(&self) -> Vec<Fr> {
        match &self.statement {
            TransferStatement::Transfer { instance, .. } => instance.public_inputs(),
            TransferStatement::Cast(instance) => instance.public_inputs(),
        }
    }

    /// The anchor.
    #[must_use]
    pub const fn anchor(&self) -> Anchor {
        match &self.statement {
            TransferStatement::Transfer { instance, .. } => instance.anchor,
            TransferStatement::Cast(instance) => instance.anchor,
        }
    }

    /// All nullifiers.
    #[must_use]
    pub fn nullifiers(&self) -> &[Nullifier] {
        match &self.statement {
            TransferStatement::Transfer { instance, .. } => &instance.nullifiers,
            TransferStatement::Cast(instance) => std::slice::from_ref(&instance.nullifier),
        }
    }

    /// The randomised spend validating key.
    #[must_use]
    pub const fn rk(&self) -> &JubjubPoint {
        match &self.statement {
            TransferStatement::Transfer { instance, .. } => &instance.rk,
            TransferStatement::Cast(instance) => &instance.rk,
        }
    }

    /// The window.
    #[must_use]
    pub const fn window(&self) -> &Window {
        match &self.statement {
            TransferStatement::Transfer { instance, .. } => &instance.window,
            TransferStatement::Cast(instance) => &instance.window,
        }
    }

    /// The revealed contract hash, if any.
    #[must_use]
    pub fn contract_revealed(&self) -> Option<Fr> {
        let revealed = match &self.statement {
            TransferStatement::Transfer { instance, .. } => instance.contract_revealed,
            TransferStatement::Cast(instance) => instance.contract_revealed,
        };
        (!revealed.is_zero()).then_some(revealed)
    }
}

/// Which application an action belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ApplicationId(pub [u8; 8]);

impl fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        write!(f, "{}", self.0.get(..end).unwrap_or_default().escape_ascii())
    }
}

/// One application action: its body is part of the digest, its proof is not.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Action {
    /// The application.
    pub application: ApplicationId,
    /// Canonical bytes of the application's statement.
    pub body: Vec<u8>,
}

/// Everything that a transaction's digest covers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransactionEffects {
    /// [`FORMAT_VERSION`].
    pub version: u8,
    /// The ledger.
    pub ledger: LedgerId,
    /// The transfers.
    pub transfers: Vec<TransferEffects>,
    /// The actions.
    pub actions: Vec<Action>,
}

impl TransactionEffects {
    /// Effects at the present format version.
    #[must_use]
    pub const fn new(ledger: LedgerId, transfers: Vec<TransferEffects>, actions: Vec<Action>) -> Self {
        Self { version: FORMAT_VERSION, ledger, transfers, actions }
    }

    /// BLAKE2b-256 with personalisation `Tabella_TxDigest` of the borsh encoding.
    #[must_use]
    pub fn digest(&self) -> TransactionDigest {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        TransactionDigest(blake2b_256(personal::TRANSACTION, &[&bytes]))
    }
}

/// A Groth16 proof on the wire: compressed points A (48 bytes), B (96), C (48); exactly 192 bytes.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProofBytes(pub [u8; 192]);

impl fmt::Debug for ProofBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofBytes(192)")
    }
}

/// A reddsa signature: R (32 bytes) and s (32 bytes).
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignatureBytes(pub [u8; 64]);

impl SignatureBytes {
    /// The signature in reddsa's type.
    #[must_use]
    pub fn signature(&self) -> reddsa::Signature<SpendAuth> {
        reddsa::Signature::from(self.0)
    }
}

impl fmt::Debug for SignatureBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignatureBytes(64)")
    }
}

/// Proof and spend-authority signature of one transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransferAuthorization {
    /// Groth16 proof of the statement.
    pub proof: ProofBytes,
    /// Signature of the digest under `rk`.
    pub signature: SignatureBytes,
}

/// A transaction, ready for a ledger. Encoding: borsh.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transaction {
    /// What it does.
    pub effects: TransactionEffects,
    /// One authorization for each transfer.
    pub transfers: Vec<TransferAuthorization>,
    /// One proof for each action: canonical bytes that the application reads.
    pub action_proofs: Vec<Vec<u8>>,
}

/// A transaction as the log holds it: a leaf is its borsh encoding.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LoggedTransaction {
    /// Time of the block that accepted it.
    pub time: Timestamp,
    /// The transaction.
    pub transaction: Transaction,
}

//! One entry of the ledger, read without the ledger's code.
//!
//! A leaf of the log is the borsh encoding of a logged transaction. The lock needs its time and its actions; transfers, proofs
//! and signatures are read as bytes of the right number, because the ledger has verified them. The client's tests read entries
//! that the ledger has accepted by this module, so that a change of the ledger's format is noticed there.

use borsh::BorshDeserialize;

use crate::right::{APPLICATION, END_OF_TIME, USE_ACTION, UsedRight};

/// Bytes of an entry, at most. One that uses a right has some 2,000.
pub const MAX_ENTRY_BYTES: usize = 64 << 10;
/// The format that this module reads.
const FORMAT_VERSION: u8 = 1;

/// Public inputs of a Transfer: nine elements of 32 bytes, a window of 16 bytes, mode, reveal, level.
const TRANSFER_BYTES: usize = 9 * 32 + 16 + 3;
/// Public inputs of a Cast: five elements, weight, level, window.
const CAST_BYTES: usize = 5 * 32 + 8 + 1 + 16;
/// Ciphertext of a note.
const CIPHERTEXT_BYTES: usize = 946;
/// Opening of a contract: claimant, two times, flag, guard.
const CONTRACT_BYTES: usize = 32 + 8 + 8 + 1 + 32;
/// Proof and signature of a transfer.
const AUTHORIZATION_BYTES: usize = 192 + 64;

#[derive(BorshDeserialize)]
struct Logged {
    time: u64,
    version: u8,
    ledger: [u8; 32],
    _transfers: Vec<Transfer>,
    actions: Vec<Action>,
    _authorizations: Vec<[u8; AUTHORIZATION_BYTES]>,
    _action_proofs: Vec<Vec<u8>>,
}

#[derive(BorshDeserialize)]
struct Transfer {
    _pool_and_key: [u8; 64],
    _statement: Statement,
    _contract: Option<[u8; CONTRACT_BYTES]>,
}

#[derive(BorshDeserialize)]
enum Statement {
    Transfer { _instance: [u8; TRANSFER_BYTES], _ciphertexts: Vec<[u8; CIPHERTEXT_BYTES]> },
    Cast { _instance: [u8; CAST_BYTES] },
}

#[derive(BorshDeserialize)]
struct Action {
    application: [u8; 8],
    body: Vec<u8>,
}

/// An entry in which rights are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Time of its block.
    pub time: u64,
    /// The ledger that its transaction names.
    pub ledger: [u8; 32],
    /// The rights that it uses, in order.
    pub rights: Vec<UsedRight>,
}

impl Entry {
    /// Reads an entry; `None` if it is none, to the last byte, or of another format.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return None;
        }
        let Logged { time, version, ledger, actions, .. } = borsh::from_slice(bytes).ok()?;
        if version != FORMAT_VERSION || time >= END_OF_TIME {
            return None;
        }
        let rights = actions.iter().filter(|action| action.application == APPLICATION);
        let rights = rights.filter_map(|action| action.body.strip_prefix(&[USE_ACTION]));
        // The ledger has refused a body that does not decode; a lock that cannot read what it accepted does not open.
        let rights = rights.map(borsh::from_slice).collect::<Result<_, _>>().ok()?;
        Some(Self { time, ledger, rights })
    }
}

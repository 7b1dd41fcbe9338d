//! What goes into a store and what comes out.

use std::fmt;

use tabella_protocol::{
    note::{Nullifier, Timestamp},
    transaction::{PoolId, TransactionDigest},
};
use tabella_verifier::log::{Height, Origin, SignedCheckpoint};

/// The number of an entry: 0 for the first of the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryNumber(u64);

impl EntryNumber {
    /// A number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for EntryNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an accepted transaction does with a nullifier. Spec § 6, "which ballot counts".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NullifierUse {
    /// Spends the note: nothing may be done with it before or after.
    Spend,
    /// Casts a ballot, which a later revision of the same level or a ballot of a higher level replaces. Whether
    /// revisions are allowed at all is the election's rule, not the store's.
    Ballot {
        /// Who casts.
        level: BallotLevel,
        /// Later ones have higher numbers.
        revision: u32,
    },
}

/// The level that the circuit tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BallotLevel {
    /// Level 0: a plain right, or a delegate's claim.
    Ordinary,
    /// Level 1: the owner's refund path, which overrides a delegate.
    Override,
}

/// One use of a nullifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NullifierRecord {
    /// The pool: nullifiers are unique in it.
    pub pool: PoolId,
    /// The nullifier.
    pub nullifier: Nullifier,
    /// What is done with it.
    pub usage: NullifierUse,
}

impl NullifierRecord {
    /// The columns `slot` and `revision`.
    pub(super) const fn columns(&self) -> (i64, u32) {
        match self.usage {
            NullifierUse::Spend => (0, 0),
            NullifierUse::Ballot { level: BallotLevel::Ordinary, revision } => (1, revision),
            NullifierUse::Ballot { level: BallotLevel::Override, revision } => (2, revision),
        }
    }
}

impl NullifierUse {
    pub(super) fn from_columns(slot: i64, revision: i64) -> Option<Self> {
        let revision = u32::try_from(revision).ok()?;
        match slot {
            0 => (revision == 0).then_some(Self::Spend),
            1 => Some(Self::Ballot { level: BallotLevel::Ordinary, revision }),
            2 => Some(Self::Ballot { level: BallotLevel::Override, revision }),
            _ => None,
        }
    }
}

/// Something else that is accepted once in the life of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// Whose and what: names of different applications must differ.
    pub space: String,
    /// Its identity.
    pub key: Vec<u8>,
}

/// An accepted transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// Its digest, accepted once.
    pub digest: TransactionDigest,
    /// What the logs' leaves hold.
    pub bytes: Vec<u8>,
    /// The logs beside the ledger's own that it goes to: those of the pools that it touches.
    pub logs: Vec<Origin>,
    /// The nullifiers that it uses.
    pub nullifiers: Vec<NullifierRecord>,
    /// The claims that it makes.
    pub claims: Vec<Claim>,
}

/// A block to be committed. A block without entries tells that time has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockCommit {
    /// The ledger's height when the block was made; the block becomes the next one.
    pub expected_height: Height,
    /// Its time.
    pub time: Timestamp,
    /// What it accepts, in order.
    pub entries: Vec<NewEntry>,
    /// Logs that get a checkpoint even if no entry goes to them: a pool's log when the pool opens (it is empty then), or
    /// when it closes (nothing can follow).
    pub checkpoint_logs: Vec<Origin>,
}

/// A block that is on the disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// The block.
    pub block: Block,
    /// A checkpoint for the ledger's own log, then for each other log that grew or was asked for, by origin.
    pub checkpoints: Vec<SignedCheckpoint>,
}

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number, from 1.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
    /// The number of its first entry, if it has any.
    pub first_entry: EntryNumber,
    /// How many entries it has.
    pub entries: u64,
}

/// An entry that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its number in the ledger, which is also its leaf's index in the ledger's own log.
    pub number: EntryNumber,
    /// Its block.
    pub height: Height,
    /// The block's time.
    pub time: Timestamp,
    /// Its digest.
    pub digest: TransactionDigest,
    /// What the logs' leaves hold.
    pub bytes: Vec<u8>,
}

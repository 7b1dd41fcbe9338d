//! What opens the device: the answer to its nonce, from the ledger's log and the key of the use.

use tabella_access_lock::{Challenge, Interval, Opening, SeenLog, entry::Entry, message::Bytes32};
use tabella_access_rules::UsedRight;
use tabella_payments::merkle;
use tabella_protocol::transaction::{LedgerId, LoggedTransaction};
use tabella_verifier::log::{LogHash, SignedCheckpoint};
use thiserror::Error;

use crate::keys::AccessKeys;

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// Whoever asks is another device, or none.
    #[error("this is not asked by the device of the right: its key has not signed the challenge")]
    Device,
    /// The device has seen a longer log.
    #[error(
        "the device has seen {device} entries of the log, and this copy of the ledger has {here}: bring it up to date"
    )]
    Behind {
        /// What the device has seen.
        device: u64,
        /// What is here.
        here: u64,
    },
    /// A checkpoint of another log, or of another history of this one.
    #[error("the checkpoint is not of the log that was read: take this ledger's newest one")]
    Checkpoint,
    /// A checkpoint that is newer than what was read.
    #[error("the checkpoint covers {checkpoint} entries of the log, and {here} were read: read the ledger again")]
    Ahead {
        /// What the checkpoint covers.
        checkpoint: u64,
        /// What is here.
        here: u64,
    },
    /// A checkpoint from before the use.
    #[error("the checkpoint is older than the use of the right: take this ledger's newest one")]
    Before,
    /// Not an entry that a lock reads.
    #[error("the entry is not one that a lock can read")]
    Entry,
    /// Used with other keys.
    #[error("the right was used with other keys than these")]
    Keys,
    /// The ledger has no checkpoint.
    #[error("the ledger has no checkpoint yet")]
    NoCheckpoint,
    /// The ledger cannot be read.
    #[cfg(feature = "ledger")]
    #[error(transparent)]
    Store(#[from] tabella_ledger::store::StoreError),
}

/// What the log shows of an entry, to a device that has seen it up to some size.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The newest checkpoint: the signed note.
    pub checkpoint: String,
    /// That it goes on from what the device has seen.
    pub consistency: Vec<[u8; 32]>,
    /// The leaf's bytes.
    pub entry: Vec<u8>,
    /// The leaf's index.
    pub index: u64,
    /// That the leaf is in the checkpoint's log.
    pub inclusion: Vec<[u8; 32]>,
}

impl Evidence {
    /// From the embedded ledger, at its newest checkpoint.
    ///
    /// # Errors
    /// [`AnswerError`].
    #[cfg(feature = "ledger")]
    pub fn of_ledger(ledger: &tabella_ledger::node::Ledger, number: u64, seen: &SeenLog) -> Result<Self, AnswerError> {
        use tabella_ledger::store::{EntryNumber, StoreError};

        let (store, log) = (ledger.store(), ledger.store().name());
        let checkpoint = store.latest_checkpoint(log)?.ok_or(AnswerError::NoCheckpoint)?;
        let size = store.verifier().verify(&checkpoint, log).map_err(StoreError::from)?.size();
        if seen.size > size {
            return Err(AnswerError::Behind { device: seen.size, here: size });
        }
        let consistency = store.consistency_proof(log, seen.size, size)?;
        let inclusion = store.inclusion_proof(log, number, size)?;
        let entry = store.entries_from(EntryNumber::new(number), 1)?.pop().ok_or(AnswerError::Entry)?;
        let hashes = |path: &[tabella_verifier::log::LogHash]| path.iter().map(|hash| *hash.as_bytes()).collect();
        Ok(Self {
            checkpoint: String::from_utf8(checkpoint.to_bytes()).map_err(|_| AnswerError::NoCheckpoint)?,
            consistency: hashes(consistency.path()),
            entry: entry.bytes,
            index: number,
            inclusion: hashes(inclusion.path()),
        })
    }

    /// From a log that was read from its first entry, at a checkpoint of it. Whether the ledger has signed the checkpoint is for
    /// the device to say.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn of_log(
        log: &[LoggedTransaction],
        checkpoint: &SignedCheckpoint,
        number: u64,
        seen: &SeenLog,
    ) -> Result<Self, AnswerError> {
        let (size, root) = (checkpoint.unverified().size(), checkpoint.unverified().root());
        let covered = usize::try_from(size).ok().and_then(|size| log.get(..size));
        let covered = covered.ok_or(AnswerError::Ahead { checkpoint: size, here: log.len() as u64 })?;
        let bytes = |logged: &LoggedTransaction| borsh::to_vec(logged).expect("writing to memory");
        let leaves: Vec<LogHash> = covered.iter().map(|logged| LogHash::of_leaf(&bytes(logged))).collect();
        if merkle::root(&leaves) != root {
            return Err(AnswerError::Checkpoint);
        }
        let older = usize::try_from(seen.size).ok().filter(|older| *older <= leaves.len());
        let older = older.ok_or(AnswerError::Behind { device: seen.size, here: size })?;
        let index = usize::try_from(number).ok().filter(|index| *index < leaves.len()).ok_or(AnswerError::Before)?;
        let hashes = |path: Vec<LogHash>| path.iter().map(|hash| *hash.as_bytes()).collect();
        Ok(Self {
            checkpoint: String::from_utf8(checkpoint.to_bytes()).map_err(|_| AnswerError::Checkpoint)?,
            consistency: hashes(merkle::consistency(&leaves, older)),
            entry: covered.get(index).map(bytes).ok_or(AnswerError::Before)?,
            index: number,
            inclusion: hashes(merkle::inclusion(&leaves, index)),
        })
    }

    /// Answers a device that asks, with the key of the use.
    ///
    /// # Errors
    /// [`AnswerError::Device`] if another device asks; [`AnswerError::Entry`]; [`AnswerError::Keys`].
    pub fn answer(
        self,
        keys: &AccessKeys,
        ledger: LedgerId,
        used: &UsedRight,
        challenge: &Challenge,
    ) -> Result<Opening, AnswerError> {
        if !challenge.is_by(&used.device) {
            return Err(AnswerError::Device);
        }
        if keys.use_key(tabella_access_rules::RentalId(used.rental)) != used.key {
            return Err(AnswerError::Keys);
        }
        let entry = Entry::from_bytes(&self.entry).filter(|entry| entry.rights.contains(used));
        let time = entry.ok_or(AnswerError::Entry)?.time;
        let interval = Interval::paid(time, used.seconds).ok_or(AnswerError::Entry)?;
        let signature = keys.sign_opening(ledger, used, &challenge.nonce, interval).0;
        Ok(Opening {
            nonce: challenge.nonce,
            checkpoint: self.checkpoint,
            consistency: self.consistency.into_iter().map(Bytes32).collect(),
            entry: self.entry,
            index: self.index,
            inclusion: self.inclusion.into_iter().map(Bytes32).collect(),
            interval,
            signature,
        })
    }
}

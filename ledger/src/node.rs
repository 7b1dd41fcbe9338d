//! A ledger as its users see it: the rules of [`tabella_verifier::state`] over the [`Store`], one block for each batch that is
//! submitted.
//!
//! Several processes may use one directory, each with its own `Ledger`: whoever commits first makes the others read on
//! and check again.

mod open;

use std::{collections::BTreeSet, sync::Arc};

use rand_core::OsRng;
use tabella_protocol::{
    election::{ElectionId, ElectionRecord},
    note::Timestamp,
    transaction::{LedgerId, LoggedTransaction, Transaction, TransactionDigest},
};
use tabella_verifier::{
    application::Applications,
    election::{Level, Submission, election_log},
    groth16::DevelopmentKey,
    log::{InclusionProof, Origin, OriginError, SignedCheckpoint},
    obligations::{Culprits, Obligations},
    report::CheckId,
    state::{CheckedEntry, LedgerRejection, LedgerState},
};
use thiserror::Error;

use crate::{
    clock::{BlockTimeError, Clock, next_block_time},
    store::{
        BallotLevel, BlockCommit, CommitError, EntryNumber, NewEntry, NullifierRecord, NullifierUse, Store, StoreError,
    },
};

/// Entries that are read from the store at once.
const PAGE: u32 = 256;
/// How often a block is made again because another process was faster.
const ATTEMPTS: usize = 16;

/// Why the ledger as a whole could not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store refused a block.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The clock.
    #[error(transparent)]
    Time(#[from] BlockTimeError),
    /// An entry in the store that this program's rules refuse.
    #[error(
        "entry {number} of the ledger in {directory} does not follow the rules ({reason}): restore the directory from a backup"
    )]
    Damaged {
        /// The entry.
        number: u64,
        /// The directory.
        directory: String,
        /// What is wrong.
        reason: String,
    },
    /// Other processes were always faster.
    #[error("other processes keep writing to this ledger; try again")]
    Busy,
    /// The ledger's name is too long for an election's log.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// A ledger in production mode was to be opened with a development key.
    #[error("the ledger in {directory} is in production mode: {key}; open it with the keys of a ceremony only")]
    Production {
        /// The directory.
        directory: String,
        /// The key.
        key: DevelopmentKey,
    },
    /// No such election.
    #[error("there is no election {0} on this ledger")]
    UnknownElection(ElectionId),
}

/// Why one transaction was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A rule.
    #[error(transparent)]
    Rule(#[from] LedgerRejection),
    /// A zero-knowledge proof.
    #[error("a zero-knowledge proof of the transaction does not verify")]
    Proof,
    /// A spend-authority signature.
    #[error("a spend-authority signature of the transaction does not verify")]
    Signature,
    /// A ballot's proof.
    #[error("the ballot's proof does not verify")]
    Ballot,
    /// The proof of a sealed ranking.
    #[error(
        "the proof of a sealed ranking does not verify: it is of another ballot, right or election, or its randomness is not known"
    )]
    Ranking,
    /// A bridge.
    #[error(
        "a hidden amount (the weight of a ballot, what leaves a pool or enters it) is not proved to be the same on both sides"
    )]
    Bridge,
    /// A range proof.
    #[error(
        "a range proof of the transaction does not verify: an amount is more than there is, or the proof is of something else"
    )]
    Range,
    /// A proof of an application.
    #[error("a proof of an action does not verify")]
    Equation,
}

/// A transaction that is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its digest; of a ballot, the tracker.
    pub digest: TransactionDigest,
    /// Time of its block.
    pub time: Timestamp,
    /// Its number in the ledger.
    pub entry: EntryNumber,
    /// The election that it is part of, and its index in that election's log.
    pub election: Option<(ElectionId, u64)>,
}

/// What a voter keeps: that a checkpoint of the election's log contains the ballot.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The tracker.
    pub tracker: TransactionDigest,
    /// The leaf: borsh of the logged transaction.
    pub leaf: Vec<u8>,
    /// That the leaf is in the log.
    pub inclusion: InclusionProof,
    /// The ledger's signature on the log.
    pub checkpoint: SignedCheckpoint,
}

/// An open ledger.
pub struct Ledger {
    store: Store,
    /// The applications before the first entry, to begin again with.
    applications: Applications,
    state: LedgerState,
    next: u64,
    clock: Arc<dyn Clock + Send + Sync>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("directory", &self.store.directory())
            .field("entries", &self.next)
            .finish_non_exhaustive()
    }
}

impl Ledger {
    /// The ledger's id.
    #[must_use]
    pub const fn id(&self) -> LedgerId {
        self.state.id()
    }

    /// The ledger's name.
    #[must_use]
    pub const fn name(&self) -> &Origin {
        self.store.name()
    }

    /// The state after the last entry read.
    #[must_use]
    pub const fn state(&self) -> &LedgerState {
        &self.state
    }

    /// How many entries the state has read.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.next
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The time that a block made now would have.
    ///
    /// # Errors
    /// [`NodeError::Time`] when the clock is behind the last block.
    pub fn now(&self) -> Result<Timestamp, NodeError> {
        Ok(next_block_time(self.state.time(), self.clock.as_ref())?)
    }

    /// Reads what other processes have committed.
    ///
    /// # Errors
    /// [`NodeError::Damaged`] if an entry does not follow the rules; errors of the database.
    pub fn catch_up(&mut self) -> Result<(), NodeError> {
        loop {
            let entries = self.store.entries_from(EntryNumber::new(self.next), PAGE)?;
            if entries.is_empty() {
                return Ok(());
            }
            for entry in entries {
                let damaged = |reason: String| NodeError::Damaged {
                    number: entry.number.get(),
                    directory: self.store.directory().display().to_string(),
                    reason,
                };
                let logged: LoggedTransaction =
                    borsh::from_slice(&entry.bytes).map_err(|error| damaged(error.to_string()))?;
                // Proofs were verified before the entry was committed.
                let checked = self
                    .state
                    .check(&logged, self.next, &mut Obligations::new())
                    .map_err(|rejection| damaged(rejection.to_string()))?;
                self.state.execute(checked).map_err(|rejection| damaged(rejection.to_string()))?;
                self.next += 1;
            }
        }
    }

    /// Submits transactions as one block: each is accepted or refused by itself, in the order given. When this returns, what
    /// was accepted is on the disk.
    ///
    /// # Errors
    /// [`NodeError`] if the ledger as a whole cannot accept anything; then nothing was.
    pub fn submit(&mut self, transactions: Vec<Transaction>) -> Result<Vec<Result<Accepted, Refusal>>, NodeError> {
        // Before anything is verified in vain.
        self.unlock()?;
        for _ in 0..ATTEMPTS {
            // Read before catching up: whatever is committed after this makes the block stale.
            let expected_height = self.store.height()?;
            self.catch_up()?;
            let time = self.now()?;
            let logged: Vec<LoggedTransaction> =
                transactions.iter().map(|tx| LoggedTransaction { time, transaction: tx.clone() }).collect();
            let (mut outcomes, verified) = self.verify(&logged);
            let entries = match self.execute(&logged, &verified, &mut outcomes) {
                Ok(entries) => entries,
                Err(error) => {
                    // Some entries may have been executed that will not be committed.
                    self.reload()?;
                    return Err(error);
                }
            };
            if entries.is_empty() {
                return Ok(outcomes);
            }
            let count = entries.len() as u64;
            let block = BlockCommit { expected_height, time, entries, checkpoint_logs: Vec::new() };
            match self.commit(block) {
                Ok(()) => {
                    self.next += count;
                    return Ok(outcomes);
                }
                Err(error) => {
                    self.reload()?;
                    match error {
                        NodeError::Commit(CommitError::Stale { .. }) => {}
                        other => return Err(other),
                    }
                }
            }
        }
        Err(NodeError::Busy)
    }

    /// Phases one and two, and the proofs: nothing changes. Also, of each entry, what was verified.
    fn verify(&self, logged: &[LoggedTransaction]) -> (Vec<Result<Accepted, Refusal>>, Vec<Obligations>) {
        let mut all = Obligations::new();
        let mut verified = Vec::with_capacity(logged.len());
        let mut outcomes: Vec<Result<Accepted, Refusal>> = (0..)
            .zip(logged)
            .map(|(index, entry)| {
                let mut obligations = Obligations::new();
                let checked = self.state.check(entry, index, &mut obligations);
                all.append(obligations.clone());
                verified.push(obligations);
                // Where it stands is known once it was executed.
                Ok(Accepted {
                    digest: checked?.digest(),
                    time: entry.time,
                    entry: EntryNumber::default(),
                    election: None,
                })
            })
            .collect();
        let culprits = all.verify(self.state.keys(), &mut OsRng, |_: CheckId, _, _| ());
        for (entries, refusal) in named(&culprits) {
            for outcome in entries.iter().filter_map(|entry| usize::try_from(*entry).ok()) {
                if let Some(outcome) = outcomes.get_mut(outcome) {
                    *outcome = Err(refusal.clone());
                }
            }
        }
        (outcomes, verified)
    }

    /// What an entry demands now, verified unless it is what was verified before: the entries before it in its block may have
    /// changed an application's state, and with it the statements of proofs.
    fn verify_again(&self, index: u64, demanded: Obligations, verified: Option<&Obligations>) -> Result<(), Refusal> {
        if Some(&demanded) == verified {
            return Ok(());
        }
        let culprits = demanded.verify(self.state.keys(), &mut OsRng, |_: CheckId, _, _| ());
        match named(&culprits).into_iter().find(|(entries, _)| entries.contains(&index)) {
            Some((_, refusal)) => Err(refusal),
            None => Ok(()),
        }
    }

    /// Phase three, in order: each entry is checked again against what the ones before it left.
    fn execute(
        &mut self,
        logged: &[LoggedTransaction],
        verified: &[Obligations],
        outcomes: &mut [Result<Accepted, Refusal>],
    ) -> Result<Vec<NewEntry>, NodeError> {
        let mut entries = Vec::new();
        for (at, (entry, outcome)) in logged.iter().zip(outcomes).enumerate() {
            let Ok(accepted) = outcome else { continue };
            let (digest, index) = (accepted.digest, at as u64);
            let mut demanded = Obligations::new();
            let checked = self.state.check(entry, index, &mut demanded).map_err(Refusal::from);
            let executed = checked.and_then(|checked| {
                self.verify_again(index, demanded, verified.get(at))?;
                let described = describe(&checked);
                self.state.execute(checked)?;
                Ok(described)
            });
            match executed {
                Ok((election, nullifiers)) => {
                    let bytes = borsh::to_vec(entry).expect("writing to memory");
                    let logs = match election {
                        Some(election) => vec![election_log(self.store.name(), election)?],
                        None => Vec::new(),
                    };
                    accepted.entry = EntryNumber::new(self.next + entries.len() as u64);
                    let pool = election.and_then(|election| self.state.election(&election));
                    accepted.election = pool.map(|pool| (pool.id(), pool.entries().saturating_sub(1)));
                    entries.push(NewEntry { digest, bytes, logs, nullifiers, claims: Vec::new() });
                }
                Err(refusal) => *outcome = Err(refusal),
            }
        }
        Ok(entries)
    }

    fn commit(&mut self, block: BlockCommit) -> Result<(), NodeError> {
        self.store.commit_block(&block, self.clock.as_ref())?;
        Ok(())
    }

    /// Reads everything again, after a block that was executed could not be committed.
    fn reload(&mut self) -> Result<(), NodeError> {
        let applications = self.applications.clone();
        self.state = LedgerState::with_applications(self.state.id(), self.state.keys().clone(), applications);
        self.next = 0;
        self.catch_up()
    }

    /// The entries of an election's log from an index on.
    ///
    /// # Errors
    /// [`NodeError::UnknownElection`]; errors of the database.
    pub fn election_entries(&self, election: ElectionId) -> Result<Vec<LoggedTransaction>, NodeError> {
        if self.state.election(&election).is_none() {
            return Err(NodeError::UnknownElection(election));
        }
        let log = election_log(self.store.name(), election)?;
        let mut entries = Vec::new();
        loop {
            let page = self.store.entries_of_log(&log, entries.len() as u64, PAGE)?;
            if page.is_empty() {
                return Ok(entries);
            }
            for entry in page {
                let logged = borsh::from_slice(&entry.bytes).map_err(|error| NodeError::Damaged {
                    number: entry.number.get(),
                    directory: self.store.directory().display().to_string(),
                    reason: error.to_string(),
                })?;
                entries.push(logged);
            }
        }
    }

    /// The record of an election as it stands.
    ///
    /// # Errors
    /// [`NodeError::UnknownElection`]; errors of the database.
    pub fn record(&self, election: ElectionId) -> Result<ElectionRecord, NodeError> {
        let entries = self.election_entries(election)?;
        let log = election_log(self.store.name(), election)?;
        let checkpoint = self.store.latest_checkpoint(&log)?.ok_or(NodeError::UnknownElection(election))?;
        let verifying_keys = self
            .state
            .keys()
            .iter()
            .filter(|file| {
                let transfers = entries.iter().flat_map(|entry| &entry.transaction.effects.transfers);
                transfers.into_iter().any(|transfer| transfer.verifying_key == file.key.id())
            })
            .map(|file| file.to_bytes())
            .collect();
        Ok(ElectionRecord {
            ledger_name: self.store.name().as_str().to_owned(),
            ledger_key: self.store.verifier().key().to_bytes(),
            verifying_keys,
            entries,
            checkpoint: String::from_utf8(checkpoint.to_bytes()).expect("a note is text"),
        })
    }

    /// The receipt of an accepted ballot; `None` if the tracker is not in the election's log.
    ///
    /// # Errors
    /// [`NodeError::UnknownElection`]; errors of the database.
    pub fn receipt(&self, election: ElectionId, tracker: TransactionDigest) -> Result<Option<Receipt>, NodeError> {
        let log = election_log(self.store.name(), election)?;
        let Some(entry) = self.store.entry_by_digest(tracker)? else { return Ok(None) };
        let Some(leaf) = self.store.leaf_of(&log, entry.number)? else { return Ok(None) };
        let checkpoint = self.store.latest_checkpoint(&log)?.ok_or(NodeError::UnknownElection(election))?;
        let size = self.store.verifier().verify(&checkpoint, &log).map_err(StoreError::from)?.size();
        let inclusion = self.store.inclusion_proof(&log, leaf, size)?;
        Ok(Some(Receipt { tracker, leaf: entry.bytes, inclusion, checkpoint }))
    }
}

/// The entries that are wrong, by what is wrong with them.
fn named(culprits: &Culprits) -> [(&BTreeSet<u64>, Refusal); 7] {
    [
        (&culprits.proofs, Refusal::Proof),
        (&culprits.signatures, Refusal::Signature),
        (&culprits.ballots, Refusal::Ballot),
        (&culprits.rankings, Refusal::Ranking),
        (&culprits.bridges, Refusal::Bridge),
        (&culprits.ranges, Refusal::Range),
        (&culprits.equations, Refusal::Equation),
    ]
}

/// The election that an entry belongs to, and its nullifiers as the store keeps them.
fn describe(checked: &CheckedEntry) -> (Option<ElectionId>, Vec<NullifierRecord>) {
    let nullifiers = checked
        .nullifiers()
        .into_iter()
        .map(|(pool, nullifier, submission)| {
            let usage = match submission {
                Submission::Transfer => NullifierUse::Spend,
                Submission::Ballot { level: Level::Plain, revision } => {
                    NullifierUse::Ballot { level: BallotLevel::Ordinary, revision }
                }
                Submission::Ballot { level: Level::Override, revision } => {
                    NullifierUse::Ballot { level: BallotLevel::Override, revision }
                }
            };
            NullifierRecord { pool, nullifier, usage }
        })
        .collect();
    (checked.election(), nullifiers)
}

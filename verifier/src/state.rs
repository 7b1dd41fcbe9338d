//! The state of a ledger: the pools of assets, the applications, and the elections. Deterministic: the same entries in the
//! same order give the same state everywhere.
//!
//! An entry passes three phases: *stateless* ([`crate::transaction`]), *historical* ([`LedgerState::check`], which looks at
//! the state and changes nothing), and *execute*. Proofs are verified in batches between the last two.

use std::collections::{BTreeMap, BTreeSet};

use tabella_protocol::{
    asset::AssetClass,
    election::{self, ElectionAction, ElectionId},
    note::{Nullifier, Timestamp},
    transaction::{LedgerId, LoggedTransaction, PoolId, TransactionDigest},
};
use thiserror::Error;

use crate::{
    accounts::Accounts,
    application::{Application, Applications},
    assets::Assets,
    election::{self as election_rules, Effect, ElectionPool, OpenError, Rejection, Submission},
    groth16::VerifyingKeys,
    guards::ReleaseGuards,
    obligations::Obligations,
    shielded::{Pools, ShieldedEffect, ShieldedPool, ShieldedRejection},
    transaction::{StructureError, check_structure, proof_obligations, signature_obligations},
};

/// Why the ledger refuses an entry.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerRejection {
    /// The transaction is wrong by itself.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// Accepted before.
    #[error("this transaction was accepted before")]
    Replayed,
    /// Time runs backwards.
    #[error("the block's time {time} is before that of the last one, {last}")]
    Time {
        /// Of the block.
        time: u64,
        /// Of the last block.
        last: u64,
    },
    /// An election does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Opened before.
    #[error("election {0} is open on this ledger already")]
    AlreadyOpen(ElectionId),
    /// An election that this ledger does not have.
    #[error("there is no election {0} on this ledger")]
    UnknownElection(ElectionId),
    /// An election refuses it.
    #[error(transparent)]
    Election(#[from] Rejection),
    /// The pools of assets or an application refuse it.
    #[error(transparent)]
    Shielded(#[from] ShieldedRejection),
}

/// An entry that passed the cheap checks.
#[derive(Debug)]
pub struct CheckedEntry {
    digest: TransactionDigest,
    time: Timestamp,
    effect: EntryEffect,
}

#[derive(Debug)]
enum EntryEffect {
    Open(Box<ElectionPool>),
    Election { id: ElectionId, pool: PoolId, checked: Box<election_rules::Checked> },
    Shielded { pools: [PoolId; 2], effect: Box<ShieldedEffect> },
}

impl CheckedEntry {
    /// The digest.
    #[must_use]
    pub const fn digest(&self) -> TransactionDigest {
        self.digest
    }

    /// What it does with which nullifiers.
    #[must_use]
    pub fn nullifiers(&self) -> Vec<(PoolId, Nullifier, Submission)> {
        let moved = |pool: PoolId, nullifiers: &[Nullifier]| {
            nullifiers.iter().map(|nullifier| (pool, *nullifier, Submission::Transfer)).collect()
        };
        match &self.effect {
            EntryEffect::Open(_) => Vec::new(),
            EntryEffect::Election { checked, pool, .. } => match checked.effect() {
                Effect::Transfer { nullifiers, .. } => moved(*pool, nullifiers),
                Effect::Cast { nullifier, submission, .. } => vec![(*pool, *nullifier, *submission)],
                Effect::Close | Effect::Publish(_) => Vec::new(),
            },
            EntryEffect::Shielded { effect, pools: [ordinary, named] } => {
                let pool = |class: &AssetClass| if *class == AssetClass::Ordinary { *ordinary } else { *named };
                let moved =
                    |(class, nullifier): &(AssetClass, Nullifier)| (pool(class), *nullifier, Submission::Transfer);
                effect.nullifiers().iter().map(moved).collect()
            }
        }
    }

    /// The election whose log the entry belongs to, if any.
    #[must_use]
    pub fn election(&self) -> Option<ElectionId> {
        match &self.effect {
            EntryEffect::Open(election) => Some(election.id()),
            EntryEffect::Election { id, .. } => Some(*id),
            EntryEffect::Shielded { .. } => None,
        }
    }
}

/// The applications that every ledger has: assets, accounts and release guards.
#[must_use]
pub fn standard_applications() -> Applications {
    let with_assets = Applications::none().with(Assets::default());
    let with_accounts = with_assets.and_then(|applications| applications.with(Accounts::default()));
    let with_guards = with_accounts.and_then(|applications| applications.with(ReleaseGuards::default()));
    with_guards.expect("their names differ")
}

/// The state of a ledger.
#[derive(Clone, Debug)]
pub struct LedgerState {
    id: LedgerId,
    keys: VerifyingKeys,
    time: Timestamp,
    digests: BTreeSet<TransactionDigest>,
    shielded: Pools,
    applications: Applications,
    elections: BTreeMap<ElectionId, ElectionPool>,
    pools: BTreeMap<PoolId, ElectionId>,
}

impl LedgerState {
    /// The state of an empty ledger with the applications that every ledger has.
    #[must_use]
    pub fn new(id: LedgerId, keys: VerifyingKeys) -> Self {
        Self::with_applications(id, keys, standard_applications())
    }

    /// The state of an empty ledger with these applications: those of [`standard_applications`], and more. Whoever replays a
    /// ledger gives the same.
    #[must_use]
    pub fn with_applications(id: LedgerId, keys: VerifyingKeys, applications: Applications) -> Self {
        Self {
            id,
            keys,
            time: Timestamp::ZERO,
            digests: BTreeSet::new(),
            shielded: Pools::new(id),
            applications,
            elections: BTreeMap::new(),
            pools: BTreeMap::new(),
        }
    }

    /// The ledger's id.
    #[must_use]
    pub const fn id(&self) -> LedgerId {
        self.id
    }

    /// The verifying keys that it accepts.
    #[must_use]
    pub const fn keys(&self) -> &VerifyingKeys {
        &self.keys
    }

    /// Time of the last entry.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// The pool of ordinary assets.
    #[must_use]
    pub const fn shielded(&self) -> &ShieldedPool {
        self.shielded.of(AssetClass::Ordinary)
    }

    /// The pool of a class of assets.
    #[must_use]
    pub const fn pool(&self, class: AssetClass) -> &ShieldedPool {
        self.shielded.of(class)
    }

    /// The assets; none on a ledger without the application `asset`.
    #[must_use]
    pub fn assets(&self) -> &Assets {
        static NONE: Assets = Assets::none();
        self.application().unwrap_or(&NONE)
    }

    /// The applications with their states.
    #[must_use]
    pub const fn applications(&self) -> &Applications {
        &self.applications
    }

    /// An application with its state.
    #[must_use]
    pub fn application<A: Application>(&self) -> Option<&A> {
        self.applications.get()
    }

    /// An election.
    #[must_use]
    pub fn election(&self, id: &ElectionId) -> Option<&ElectionPool> {
        self.elections.get(id)
    }

    /// All elections.
    pub fn elections(&self) -> impl Iterator<Item = &ElectionPool> {
        self.elections.values()
    }

    /// Checks an entry against the state; what remains to be verified is added to `obligations` under `index`.
    ///
    /// # Errors
    /// [`LedgerRejection`]: one variant per rule; nothing is added then.
    pub fn check(
        &self,
        entry: &LoggedTransaction,
        index: u64,
        obligations: &mut Obligations,
    ) -> Result<CheckedEntry, LedgerRejection> {
        let (tx, time) = (&entry.transaction, entry.time);
        check_structure(tx, self.id, &self.keys)?;
        let digest = tx.effects.digest();
        if self.digests.contains(&digest) {
            return Err(LedgerRejection::Replayed);
        }
        if time < self.time {
            return Err(LedgerRejection::Time { time: time.seconds(), last: self.time.seconds() });
        }
        let effect = match self.target(entry)? {
            Target::Open => {
                let election = election_rules::open(entry, self.id, &self.keys)?;
                if self.elections.contains_key(&election.id()) {
                    return Err(LedgerRejection::AlreadyOpen(election.id()));
                }
                EntryEffect::Open(Box::new(election))
            }
            Target::Election(election) => {
                let checked = election.check(entry, &self.keys, index, obligations)?;
                EntryEffect::Election { id: election.id(), pool: election.pool(), checked: Box::new(checked) }
            }
            Target::Shielded => {
                let effect = self.shielded.check(tx, digest, time, &self.applications, (index, obligations))?;
                proof_obligations(tx).for_each(|proof| obligations.push_proof(index, proof));
                signature_obligations(tx, digest).for_each(|signature| obligations.push_signature(index, signature));
                let pools = AssetClass::ALL.map(|class| self.shielded.of(class).id());
                EntryEffect::Shielded { pools, effect: Box::new(effect) }
            }
        };
        Ok(CheckedEntry { digest, time, effect })
    }

    /// Applies a checked entry, whose obligations the caller has verified.
    ///
    /// # Errors
    /// [`LedgerRejection`] when an entry executed since the check excludes it; nothing is changed then.
    pub fn execute(&mut self, checked: CheckedEntry) -> Result<(), LedgerRejection> {
        let CheckedEntry { digest, time, effect } = checked;
        if self.digests.contains(&digest) {
            return Err(LedgerRejection::Replayed);
        }
        if time < self.time {
            return Err(LedgerRejection::Time { time: time.seconds(), last: self.time.seconds() });
        }
        match effect {
            EntryEffect::Open(election) => {
                let id = election.id();
                if self.elections.contains_key(&id) {
                    return Err(LedgerRejection::AlreadyOpen(id));
                }
                self.pools.insert(election.pool(), id);
                self.elections.insert(id, *election);
            }
            EntryEffect::Election { id, checked, .. } => {
                let election = self.elections.get_mut(&id).ok_or(LedgerRejection::UnknownElection(id))?;
                election.execute(*checked)?;
            }
            EntryEffect::Shielded { effect, .. } => self.shielded.execute(*effect, &mut self.applications)?,
        }
        self.digests.insert(digest);
        self.time = time;
        Ok(())
    }

    fn target(&self, entry: &LoggedTransaction) -> Result<Target<'_>, LedgerRejection> {
        let effects = &entry.transaction.effects;
        let by_pool = effects.transfers.iter().find_map(|transfer| self.pools.get(&transfer.pool));
        if let Some(election) = by_pool.and_then(|id| self.elections.get(id)) {
            return Ok(Target::Election(election));
        }
        let Some(action) = effects.actions.iter().find(|action| action.application == election::APPLICATION) else {
            return Ok(Target::Shielded);
        };
        let action: ElectionAction =
            borsh::from_slice(&action.body).map_err(|error| Rejection::Decode(error.to_string()))?;
        let id = match action {
            ElectionAction::Open(_) => return Ok(Target::Open),
            ElectionAction::Cast(cast) => cast.election,
            ElectionAction::Close(close) => close.election,
            ElectionAction::Publish(publication) => publication.election,
        };
        self.elections.get(&id).map(Target::Election).ok_or(LedgerRejection::UnknownElection(id))
    }
}

enum Target<'a> {
    Open,
    Election(&'a ElectionPool),
    Shielded,
}

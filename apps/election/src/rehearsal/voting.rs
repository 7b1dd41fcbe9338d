//! The election while it is open: delegations, recalls, casts, re-votes, overrides.

use std::{collections::BTreeMap, sync::Arc};

use rand_core::OsRng;
use rayon::prelude::*;
use tabella_ledger::{
    clock::ManualClock,
    node::{Ledger, NodeError},
};
use tabella_protocol::{election::ElectionId, transaction::Transaction, tree::Position};
use tabella_prover::{builder::ProvingEngine, cores::each};
use tabella_verifier::election::ElectionPool;

use super::{
    Parts, RehearsalError, RehearsalPlan, StageName,
    run::{BLOCK, EPOCH_SECONDS, Stages, submit},
};
use crate::voter::{Holding, PreparedBallot, ProvingKeys, Voter, VoterError};

/// The election while it is open.
pub(super) struct Voting<'a, E> {
    pub(super) plan: &'a RehearsalPlan,
    pub(super) engine: &'a E,
    pub(super) proving_keys: ProvingKeys,
    pub(super) ledger: Ledger,
    pub(super) clock: Arc<ManualClock>,
    pub(super) election: ElectionId,
    pub(super) voters: Vec<Voter>,
}

/// One ballot to be cast.
#[derive(Clone, Copy)]
struct Errand {
    /// Who casts.
    caster: usize,
    /// With which of his or her rights.
    right: Position,
    /// Whose ballot of the file.
    ballot: usize,
    /// Whether the choice is another than that of the file, to be replaced later.
    otherwise: bool,
}

impl<E: ProvingEngine> Voting<'_, E> {
    /// Voters delegate; in the next epoch some recall.
    pub(super) fn delegate(&mut self, parts: &Parts, stages: &mut Stages<'_>) -> Result<(), RehearsalError> {
        stages.begin(StageName::Delegation, parts.delegations.len() + parts.recalls.len());
        let delegating: Vec<usize> = parts.delegations.iter().map(|(voter, _)| *voter).collect();
        self.read_log(&delegating)?;
        let mut done = 0;
        for chunk in parts.delegations.chunks(BLOCK) {
            let (now, keys) = (self.ledger.now()?, self.proving_keys);
            let mut prepared = Vec::with_capacity(chunk.len());
            for (index, delegate) in chunk {
                let address = voter(&self.voters, *delegate)?.delegate_address(1);
                let (pool, voter) = self.pool_and_voter(*index)?;
                let right = voter.held(pool, Holding::Own).map_err(by(*index))?;
                let transaction = voter.delegate(pool, keys, right, address, now, &mut OsRng).map_err(by(*index))?;
                prepared.push((*index, transaction));
            }
            let engine = self.engine;
            let transactions = in_parallel(&self.voters, prepared, |voter, transaction| {
                voter.authorize(transaction, engine, &mut OsRng)
            })?;
            submit(&mut self.ledger, "a delegation", transactions)?;
            done += chunk.len();
            stages.done(done);
        }
        self.next_epoch();
        self.read_log(&parts.recalls)?;
        for chunk in parts.recalls.chunks(BLOCK) {
            let (now, keys) = (self.ledger.now()?, self.proving_keys);
            let mut prepared = Vec::with_capacity(chunk.len());
            for index in chunk {
                let (pool, voter) = self.pool_and_voter(*index)?;
                let right = voter.held(pool, Holding::GivenAway).map_err(by(*index))?;
                let transaction = voter.recall(pool, keys, right, now, &mut OsRng).map_err(by(*index))?;
                prepared.push((*index, transaction));
            }
            let engine = self.engine;
            let transactions = in_parallel(&self.voters, prepared, |voter, transaction| {
                voter.authorize(transaction, engine, &mut OsRng)
            })?;
            submit(&mut self.ledger, "a recall", transactions)?;
            done += chunk.len();
            stages.done(done);
        }
        self.next_epoch();
        Ok(())
    }

    /// Everybody who holds rights casts them: one's own, and those that were delegated.
    pub(super) fn cast(&mut self, parts: &Parts, stages: &mut Stages<'_>) -> Result<(), RehearsalError> {
        self.read_log(&(0..self.voters.len()).collect::<Vec<_>>())?;
        let mut errands = Vec::with_capacity(self.voters.len());
        let mut entrusted = self.entrusted(parts)?;
        let pool = self.pool()?;
        for (index, voter) in self.voters.iter().enumerate() {
            let given_away = parts.delegations.iter().any(|(voter, _)| *voter == index);
            if !given_away || parts.recalls.contains(&index) {
                let right = voter.held(pool, Holding::Own).map_err(by(index))?;
                let otherwise = parts.revotes.contains(&index);
                errands.push(Errand { caster: index, right, ballot: index, otherwise });
            }
            for right in voter.rights(pool).into_iter().filter(|right| right.holding == Holding::Delegated) {
                let Some(ballot) = entrusted.get_mut(&index).and_then(Vec::pop) else { continue };
                let otherwise = parts.overrides.contains(&ballot);
                errands.push(Errand { caster: index, right: right.position, ballot, otherwise });
            }
        }
        stages.begin(StageName::Casting, errands.len());
        self.run_errands(&errands, stages)
    }

    /// Voters who voted otherwise vote again; voters whose delegate voted otherwise cast over it.
    pub(super) fn vote_again(&mut self, parts: &Parts, stages: &mut Stages<'_>) -> Result<(), RehearsalError> {
        let again: Vec<usize> = parts.revotes.iter().chain(&parts.overrides).copied().collect();
        stages.begin(StageName::Revoting, again.len());
        self.next_epoch();
        let pool = self.pool()?;
        let mut errands = Vec::with_capacity(again.len());
        for index in again {
            let holding = if parts.overrides.contains(&index) { Holding::GivenAway } else { Holding::Own };
            let right = voter(&self.voters, index)?.held(pool, holding).map_err(by(index))?;
            errands.push(Errand { caster: index, right, ballot: index, otherwise: false });
        }
        self.run_errands(&errands, stages)
    }

    fn run_errands(&mut self, errands: &[Errand], stages: &mut Stages<'_>) -> Result<(), RehearsalError> {
        let mut done = 0;
        for chunk in errands.chunks(BLOCK) {
            let (now, keys) = (self.ledger.now()?, self.proving_keys);
            let mut prepared: Vec<(usize, PreparedBallot)> = Vec::with_capacity(chunk.len());
            for errand in chunk {
                let choice = self.choice(errand);
                let (pool, voter) = self.pool_and_voter(errand.caster)?;
                let ballot = voter
                    .prepare_ballot(pool, keys, errand.right, &[choice], now, &mut OsRng)
                    .map_err(by(errand.caster))?;
                prepared.push((errand.caster, ballot));
            }
            let (pool, engine) = (self.pool()?, self.engine);
            let transactions =
                in_parallel(&self.voters, prepared, |voter, ballot| voter.cast(pool, ballot, engine, &mut OsRng))?;
            submit(&mut self.ledger, "a ballot", transactions)?;
            done += chunk.len();
            stages.done(done);
        }
        Ok(())
    }

    /// The ballot of the file, or another valid one.
    fn choice(&self, errand: &Errand) -> Vec<u16> {
        let mut row = self.plan.ballots.get(errand.ballot).cloned().unwrap_or_default();
        if errand.otherwise && !row.is_empty() {
            // The same numbers on other options keep to the same limits.
            row.rotate_right(1);
        }
        row
    }

    /// By delegate, the ballots that it casts: those of its delegators who did not recall, the first to delegate last. Rights
    /// show no names; but they stand in the tree in the order of delegation, and so the rehearsal, which knows that order,
    /// has each right carry the ballot of the voter whom it came from: an override then replaces the voter's own.
    fn entrusted(&self, parts: &Parts) -> Result<BTreeMap<usize, Vec<usize>>, RehearsalError> {
        let mut entrusted: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (voter, delegate) in parts.delegations.iter().rev() {
            if !parts.recalls.contains(voter) {
                entrusted.entry(*delegate).or_default().push(*voter);
            }
        }
        Ok(entrusted)
    }

    fn read_log(&mut self, readers: &[usize]) -> Result<(), RehearsalError> {
        let log = self.ledger.election_entries(self.election)?;
        let pool = self.ledger.state().election(&self.election).ok_or(NodeError::UnknownElection(self.election))?;
        self.voters
            .par_iter_mut()
            .enumerate()
            .filter(|(index, _)| readers.binary_search(index).is_ok())
            .try_for_each(|(index, voter)| voter.read(pool, &log).map_err(by(index)))
    }

    fn next_epoch(&self) {
        self.clock.advance(u64::from(EPOCH_SECONDS));
    }

    fn pool(&self) -> Result<&ElectionPool, RehearsalError> {
        Ok(self.ledger.state().election(&self.election).ok_or(NodeError::UnknownElection(self.election))?)
    }

    fn pool_and_voter(&mut self, index: usize) -> Result<(&ElectionPool, &mut Voter), RehearsalError> {
        let pool = self.ledger.state().election(&self.election).ok_or(NodeError::UnknownElection(self.election))?;
        let missing = || RehearsalError::Plan(format!("there is no voter {}", index + 1));
        Ok((pool, self.voters.get_mut(index).ok_or_else(missing)?))
    }
}

fn by(index: usize) -> impl Fn(VoterError) -> RehearsalError {
    move |error| RehearsalError::Voter { voter: index + 1, error }
}

/// Does something for each of several voters on all cores.
fn in_parallel<T: Send>(
    voters: &[Voter],
    work: Vec<(usize, T)>,
    step: impl Fn(&Voter, T) -> Result<Transaction, VoterError> + Sync,
) -> Result<Vec<Transaction>, RehearsalError> {
    each(work, |(index, item)| step(voter(voters, index)?, item).map_err(by(index))).into_iter().collect()
}

fn voter(voters: &[Voter], index: usize) -> Result<&Voter, RehearsalError> {
    voters.get(index).ok_or_else(|| RehearsalError::Plan(format!("there is no voter {}", index + 1)))
}

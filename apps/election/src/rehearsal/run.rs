//! Runs a rehearsal, stage by stage.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use ed25519_dalek::SigningKey;
use rand_core::{OsRng, RngCore};
use rayon::prelude::*;
use tabella_ledger::{
    clock::{Clock, ManualClock, SystemClock},
    node::{Ledger, NodeError, Refusal},
};
use tabella_protocol::{
    election::{AnswerRule, ElectionId, Question, RegistrationId, Results, Roll, RollEntry, Rules, Weights},
    keys::Seed,
    note::Timestamp,
    ranking::{RankedResult, Ranking},
    transaction::Transaction,
};
use tabella_prover::{builder::ProvingEngine, trustee::TrusteeKey};
use tabella_verifier::{
    groth16::VerifyingKeys,
    log::{Origin, OriginError},
    record::verify_record,
    report::{CheckId, Report},
};
use thiserror::Error;

use super::{Observer, Parts, RehearsalPlan, StageName, ceremony::hold_ceremony, voting::Voting};
use crate::{
    authority::{Draft, DraftError, close_election, open_election, publish_result},
    count::PlainCount,
    distribution::{DistributionError, Distributor, Recipient},
    trustee::{ResultError, TallyJournal, TrusteeError, combine_result, decrypt_pool},
    voter::{ProvingKeys, Voter, VoterError},
};

/// Time for the distribution of hidden weights, in the rehearsal's time.
const DISTRIBUTION_SECONDS: u64 = 600;
/// Transactions of one block.
pub(super) const BLOCK: usize = 16;
/// Length of an epoch in the rehearsal's time.
pub(super) const EPOCH_SECONDS: u32 = 60;
/// Length of the election in the rehearsal's time.
const DURATION_SECONDS: u64 = 3_600;
/// Trustees of a rehearsal; two of them suffice, and the second is missing at the tally.
const TRUSTEES: [&str; 3] = ["Anna", "Boleslaw", "Celina"];
const THRESHOLD: u16 = 2;
const MISSING_TRUSTEE: usize = 1;

/// Why a rehearsal stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// No ballots, or a ballot that the rules exclude.
    #[error("{0}")]
    Plan(String),
    /// The trustees' ceremony.
    #[error("the trustees' ceremony failed: {0}")]
    Ceremony(String),
    /// The manifest.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] NodeError),
    /// A transaction was refused.
    #[error("{what} was refused: {refusal}")]
    Refused {
        /// Which transaction.
        what: String,
        /// Why.
        refusal: Refusal,
    },
    /// A voter's step.
    #[error("voter {voter}: {error}")]
    Voter {
        /// 1-based number of the voter.
        voter: usize,
        /// What went wrong.
        error: VoterError,
    },
    /// The distribution of hidden weights.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    /// A trustee's step.
    #[error(transparent)]
    Trustee(#[from] TrusteeError),
    /// The result.
    #[error(transparent)]
    Result(#[from] ResultError),
    /// The name of the ledger.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What went wrong.
        error: std::io::Error,
    },
}

/// What a rehearsal gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The record's file.
    pub record: PathBuf,
    /// The election's id.
    pub election: ElectionId,
    /// The published result.
    pub result: PlainCount,
    /// The plain count of the ballots of the file.
    pub plain_count: PlainCount,
    /// Ballots that count and open to no ranking; 0 unless the question is ranked.
    pub spoiled: u64,
    /// Ballots that were accepted, superseded ones included.
    pub ballots: u64,
    /// Ballots that count.
    pub counted: u64,
    /// Who did what.
    pub parts: Parts,
    /// The verification of the record.
    pub report: Report,
    /// Bytes of the record.
    pub record_bytes: u64,
    /// Seconds of each stage.
    pub seconds: BTreeMap<StageName, f64>,
}

/// Runs a whole election on the plan's ballots. The ledger is made in `directory/ledger`, the record is written to
/// `directory/election.tabella`.
///
/// # Errors
/// [`RehearsalError`] tells which step failed.
pub fn rehearse<E: ProvingEngine>(
    plan: &RehearsalPlan,
    directory: &Path,
    engine: &E,
    proving_keys: ProvingKeys,
    accepted: &VerifyingKeys,
    observer: &mut dyn Observer,
) -> Result<Outcome, RehearsalError> {
    let plain_count = plan.plain_count()?;
    let parts = Parts::deal(plan.ballots.len(), plan.delegate_percent);
    let mut stages = Stages { observer, seconds: BTreeMap::new(), begun: None };

    stages.begin(StageName::Ceremony, 1);
    let (trustees, ceremony) = hold_ceremony(&plan.title, THRESHOLD, &TRUSTEES, &mut OsRng)?;
    let outcome =
        tabella_verifier::ceremony::verify(&ceremony).map_err(|error| RehearsalError::Ceremony(error.to_string()))?;

    stages.begin(StageName::Roll, plan.ballots.len());
    let mut registration = [0; 32];
    OsRng.fill_bytes(&mut registration);
    let registration = RegistrationId(registration);
    let voters: Vec<Voter> = (0..plan.ballots.len())
        .into_par_iter()
        .map(|_| {
            let mut seed = [0; 32];
            OsRng.fill_bytes(&mut seed);
            Voter::new(&Seed::new(seed), registration)
        })
        .collect();
    let distributor = distributor(plan, registration, &voters)?;
    let owner = |voter: &Voter| voter.registered_address().owner();
    let (roll, weights) = match &distributor {
        Some(distributor) => (distributor.roll().clone(), Weights::Hidden),
        None => {
            let entries = voters.iter().map(|voter| RollEntry { owner: owner(voter), weight: 1 }).collect();
            (Roll::Public(entries), Weights::One)
        }
    };

    stages.begin(StageName::Opening, 1);
    // The rehearsal's hours lie in the past, so that no time in its record is in the future.
    let opens = earlier(SystemClock.now(), 2 * DURATION_SECONDS);
    let closes = later(opens, DURATION_SECONDS);
    let clock = Arc::new(ManualClock::new(match weights {
        Weights::One => opens,
        Weights::Hidden => earlier(opens, DISTRIBUTION_SECONDS),
    }));
    let name = Origin::new("rehearsal")?;
    let mut ledger = Ledger::create(&directory.join("ledger"), name, accepted.clone(), clock.clone())?;
    let authority = SigningKey::generate(&mut OsRng);
    let draft = Draft {
        registration,
        title: plan.title.clone(),
        questions: vec![Question { title: plan.title.clone(), options: plan.options.clone(), kind: plan.kind }],
        opens,
        closes,
        rules: Rules {
            delegation: true,
            revoting: true,
            weights,
            ballot_proofs: plan.ballot_proofs,
            smallest_group: 1,
            epoch_seconds: EPOCH_SECONDS,
        },
    };
    let manifest = draft.manifest(ledger.id(), &authority, &outcome, &roll)?;
    let election = manifest.id();
    let canaries = trustees
        .iter()
        .map(|trustee| trustee.rehearse(manifest.ledger, election.as_bytes(), &manifest.key, &mut OsRng))
        .collect::<Result<_, _>>()
        .map_err(TrusteeError::from)?;
    submit(&mut ledger, "the opening", vec![open_election(&authority, manifest, ceremony, canaries, roll)])?;

    if let Some(mut distributor) = distributor {
        stages.begin(StageName::Distribution, distributor.transfers());
        distribute(&mut distributor, &mut ledger, election, engine, proving_keys, &mut stages)?;
        clock.set(opens);
    }
    let mut run = Voting { plan, engine, proving_keys, ledger, clock, election, voters };
    run.delegate(&parts, &mut stages)?;
    run.cast(&parts, &mut stages)?;
    run.vote_again(&parts, &mut stages)?;
    let Voting { mut ledger, clock, .. } = run;

    stages.begin(StageName::Tally, 1);
    clock.set(closes);
    let results = tally(&mut ledger, election, &authority, &trustees)?;
    let spoiled = results.rankings.iter().map(RankedResult::spoiled).sum();
    // There is one question.
    let result = match results.rankings.into_iter().next() {
        Some(ranked) => PlainCount::Ranked(ranked.count),
        None => PlainCount::Totals(results.totals.concat()),
    };

    stages.begin(StageName::Record, 1);
    let record = ledger.record(election)?;
    let entries = record.entries.len();
    let record = record.encode();
    let path = directory.join("election.tabella");
    fs::write(&path, &record).map_err(|error| RehearsalError::File { path: path.clone(), error })?;

    stages.begin(StageName::Verification, entries);
    let verification = verify_record(&record, accepted, &mut OsRng, |progress| {
        // Proofs take nearly all of the time.
        if progress.check == CheckId::EntriesProofs {
            stages.done(usize::try_from(progress.done).unwrap_or(entries));
        }
    });
    stages.end();
    let pool = ledger.state().election(&election).ok_or(NodeError::UnknownElection(election))?;
    Ok(Outcome {
        record: path,
        election,
        result,
        plain_count,
        spoiled,
        ballots: pool.ballots(),
        counted: pool.counted(),
        parts,
        report: verification.report,
        record_bytes: record.len() as u64,
        seconds: stages.seconds,
    })
}

impl RehearsalPlan {
    /// The plain count of the ballots, each counted with its weight.
    ///
    /// # Errors
    /// [`RehearsalError::Plan`] names a ballot that the rules exclude, or says that weights do not fit the ballots.
    pub fn plain_count(&self) -> Result<PlainCount, RehearsalError> {
        if self.ballots.is_empty() {
            return Err(RehearsalError::Plan("there are no ballots to rehearse".into()));
        }
        let ones = vec![1; self.ballots.len()];
        let weights = self.weights.as_ref().unwrap_or(&ones);
        if weights.len() != self.ballots.len() {
            return Err(RehearsalError::Plan(format!("{} weights for {} ballots", weights.len(), self.ballots.len())));
        }
        let rule = self.kind.rule(self.options.len()).ok_or_else(|| {
            RehearsalError::Plan("the limits of the question do not fit its options: no ballot can meet them".into())
        })?;
        let mut rankings = Vec::new();
        let mut count = vec![0_u64; self.options.len()];
        for (number, (ballot, weight)) in (1..).zip(self.ballots.iter().zip(weights)) {
            rule.check(ballot).map_err(|error| RehearsalError::Plan(format!("ballot {number}: {error}")))?;
            if let AnswerRule::Ranking(rule) = &rule {
                rankings.extend(Ranking::from_ranks(rule, ballot).ok().map(Some));
                continue;
            }
            for (total, points) in count.iter_mut().zip(ballot) {
                // A distribution refuses totals that are too great.
                *total = total.saturating_add(weight.saturating_mul(u64::from(*points)));
            }
        }
        match rule {
            AnswerRule::Points(_) => Ok(PlainCount::Totals(count)),
            AnswerRule::Ranking(rule) => Ok(PlainCount::Ranked(RankedResult::of(rule.options(), &rankings).count)),
        }
    }
}

/// The distributor of hidden weights, if the plan has weights.
fn distributor(
    plan: &RehearsalPlan,
    registration: RegistrationId,
    voters: &[Voter],
) -> Result<Option<Distributor>, RehearsalError> {
    let Some(weights) = &plan.weights else { return Ok(None) };
    let recipient =
        |(voter, weight): (&Voter, &u64)| Recipient { address: voter.registered_address(), weight: *weight };
    let recipients = voters.iter().zip(weights).map(recipient).collect();
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    Ok(Some(Distributor::new(&Seed::new(seed), registration, recipients)?))
}

/// Hands out all rights.
fn distribute<E: ProvingEngine>(
    distributor: &mut Distributor,
    ledger: &mut Ledger,
    election: ElectionId,
    engine: &E,
    keys: ProvingKeys,
    stages: &mut Stages<'_>,
) -> Result<(), RehearsalError> {
    let mut done = 0;
    loop {
        let log = ledger.election_entries(election)?;
        let pool = ledger.state().election(&election).ok_or(NodeError::UnknownElection(election))?;
        distributor.read(pool, &log)?;
        let mut round = distributor.next_round(pool, keys, ledger.now()?, &mut OsRng)?;
        if round.is_empty() {
            return Ok(());
        }
        while !round.is_empty() {
            let rest = round.split_off(round.len().min(BLOCK));
            done += round.len();
            submit(ledger, "a transfer of the distribution", distributor.authorize(round, engine, &mut OsRng)?)?;
            stages.done(done);
            round = rest;
        }
    }
}

fn earlier(time: Timestamp, seconds: u64) -> Timestamp {
    Timestamp::new(time.seconds().saturating_sub(seconds)).unwrap_or(Timestamp::ZERO)
}

fn later(time: Timestamp, seconds: u64) -> Timestamp {
    Timestamp::new(time.seconds().saturating_add(seconds)).unwrap_or(Timestamp::MAX)
}

/// Submits transactions as one block, each of which must be accepted.
pub(super) fn submit(ledger: &mut Ledger, what: &str, transactions: Vec<Transaction>) -> Result<(), RehearsalError> {
    for outcome in ledger.submit(transactions)? {
        outcome.map_err(|refusal| RehearsalError::Refused { what: what.into(), refusal })?;
    }
    Ok(())
}

/// Closes, decrypts without the missing trustee, publishes.
fn tally(
    ledger: &mut Ledger,
    election: ElectionId,
    authority: &SigningKey,
    trustees: &[TrusteeKey],
) -> Result<Results, RehearsalError> {
    let pool =
        |ledger: &Ledger| ledger.state().election(&election).cloned().ok_or(NodeError::UnknownElection(election));
    let close = close_election(authority, &pool(ledger)?);
    submit(ledger, "the close", vec![close])?;
    let closed = pool(ledger)?;
    let present = trustees.iter().enumerate().filter(|(index, _)| *index != MISSING_TRUSTEE);
    let partials = present
        .map(|(_, trustee)| decrypt_pool(trustee, &mut TallyJournal::new(), election, &closed, &mut OsRng))
        .collect::<Result<Vec<_>, _>>()?;
    let results = combine_result(&closed, &partials, &mut OsRng)?;
    submit(ledger, "the result", vec![publish_result(authority, &closed, partials, results.clone())])?;
    Ok(results)
}

/// Times the stages and tells the observer.
pub(super) struct Stages<'a> {
    observer: &'a mut dyn Observer,
    seconds: BTreeMap<StageName, f64>,
    begun: Option<(StageName, usize, Instant)>,
}

impl Stages<'_> {
    pub(super) fn begin(&mut self, stage: StageName, steps: usize) {
        self.end();
        self.observer.begin(stage, steps as u64);
        self.begun = Some((stage, steps, Instant::now()));
    }

    pub(super) fn done(&mut self, steps: usize) {
        self.observer.done(steps as u64);
    }

    fn end(&mut self) {
        if let Some((stage, steps, instant)) = self.begun.take() {
            self.observer.done(steps as u64);
            self.seconds.insert(stage, instant.elapsed().as_secs_f64());
            self.observer.end();
        }
    }
}

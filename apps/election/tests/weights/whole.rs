//! A whole election of shareholders, with real proofs.

use std::{num::NonZeroU32, path::Path, sync::Arc};

use rand_core::OsRng;
use rayon::prelude::*;
use tabella_election::{
    authority::{close_election, publish_result},
    trustee::{TallyJournal, combine_result, decrypt_tally},
    voter::{Holding, ProvingKeys},
};
use tabella_ledger::{
    clock::{Clock, ManualClock, SystemClock},
    node::{Ledger, Refusal},
};
use tabella_protocol::{
    ballot::BallotProofKind,
    election::{Rules, Weights},
    note::Timestamp,
    statement::Shape,
    transaction::Transaction,
    tree::Position,
};
use tabella_prover::{
    bridge::{BridgeOpening, prove_bridge},
    parameters::Parameters,
};
use tabella_verifier::{
    election::{BallotState, ElectionPool, Level},
    groth16::VerifyingKeys,
    log::Origin,
    record::verify_record,
    report::CheckId,
};

use crate::parties::{Kind, Parties, Run, rules, time};

const WEIGHTS: [u64; 5] = [1, 7, 250, 1_000_000, 3];
const ANNA: usize = 0;
const BORIS: usize = 1;
const CLARA: usize = 2;
const DAVID: usize = 3;
const EVA: usize = 4;

struct Meeting {
    ledger: Ledger,
    clock: Arc<ManualClock>,
    parties: Parties,
    parameters: Parameters,
}

impl Meeting {
    fn pool(&self) -> ElectionPool {
        self.ledger.state().election(&self.parties.election).unwrap().clone()
    }

    fn keys(&self) -> ProvingKeys {
        ProvingKeys::of(|shape| self.parameters.verifying_key(shape).id())
    }

    fn submit(&mut self, transactions: Vec<Transaction>) {
        for outcome in self.ledger.submit(transactions).unwrap() {
            outcome.unwrap();
        }
    }

    fn read(&mut self) {
        let (log, pool) = (self.ledger.election_entries(self.parties.election).unwrap(), self.pool());
        for person in &mut self.parties.people {
            person.voter.read(&pool, &log).unwrap();
        }
    }

    /// Ballots, each by a person with a right, for a choice among three options; in the next epoch.
    fn vote(&mut self, ballots: &[(usize, Position, [u16; 3])]) {
        self.clock.advance(60);
        self.read();
        let (pool, keys, now) = (self.pool(), self.keys(), self.ledger.now().unwrap());
        let prepared: Vec<_> = ballots
            .iter()
            .map(|(person, right, choice)| {
                let voter = &mut self.parties.people[*person].voter;
                let ballot = voter.prepare_ballot(&pool, keys, *right, &[choice.to_vec()], now, &mut OsRng).unwrap();
                (*person, ballot)
            })
            .collect();
        let (people, parameters) = (&self.parties.people, &self.parameters);
        let transactions = prepared
            .into_par_iter()
            .map(|(person, ballot)| people[person].voter.cast(&pool, ballot, parameters, &mut OsRng).unwrap())
            .collect();
        self.submit(transactions);
    }

    fn right(&self, person: usize, holding: Holding, weight: u64) -> Position {
        let rights = self.parties.people[person].voter.rights(&self.pool());
        rights.iter().find(|right| right.holding == holding && right.weight == weight).unwrap().position
    }
}

/// A meeting whose election was opened by its first entry, ten minutes before ballots are accepted; when that is, and until when.
fn opened(directory: &Path, weights: &[u64], ballot_proofs: BallotProofKind) -> (Meeting, Timestamp, Timestamp) {
    let opens = time(SystemClock.now().seconds() - 7_200);
    let closes = time(opens.seconds() + 3_600);
    let clock = Arc::new(ManualClock::new(time(opens.seconds() - 600)));
    let (name, accepted) = (Origin::new("meeting").unwrap(), VerifyingKeys::development());
    let ledger = Ledger::create(&directory.join("ledger"), name, accepted, clock.clone()).unwrap();
    let rules = Rules { ballot_proofs, ..rules(Weights::Hidden, true) };
    let parties = Parties::new(ledger.id(), weights, rules, opens, closes);
    let mut meeting = Meeting { ledger, clock, parties, parameters: Parameters::development().unwrap() };
    meeting.submit(vec![meeting.parties.opening.clone()]);
    (meeting, opens, closes)
}

#[test]
fn ledger_names_the_bridge_of_a_ballot_of_another_weight() {
    let directory = tempfile::tempdir().unwrap();
    let (mut meeting, opens, _) = opened(directory.path(), &[7], BallotProofKind::Compressed);
    distribute(&mut meeting);
    meeting.clock.set(opens);
    meeting.read();
    let Meeting { mut ledger, parties, parameters, .. } = meeting;
    let (state, log) = (ledger.state().clone(), ledger.election_entries(parties.election).unwrap());
    let run = Run { parties, state, log, now: opens };
    let kind = Kind { shape: Shape::Transfer, weight: Some(8) };
    let lying = run.ballot_by_hand(0, kind, &parameters, |of| {
        let opening = BridgeOpening::of_weight(of.weight.as_ref()?, of.r?);
        prove_bridge(&of.context, &opening.statement(NonZeroU32::MIN), &opening, &mut OsRng).ok()
    });
    let outcomes = ledger.submit(vec![lying]).unwrap();
    assert_eq!(outcomes, [Err(Refusal::Bridge)]);
}

#[test]
fn shareholders_election_with_delegation_and_override_gives_the_weighted_count() {
    hold(BallotProofKind::Compressed);
}

#[test]
fn shareholders_election_with_disjunctive_proofs_gives_the_weighted_count() {
    hold(BallotProofKind::Disjunctive);
}

fn hold(proofs: BallotProofKind) {
    let directory = tempfile::tempdir().unwrap();
    let (mut meeting, opens, closes) = opened(directory.path(), &WEIGHTS, proofs);
    distribute(&mut meeting);
    meeting.clock.set(opens);
    meeting.read();
    delegate(&mut meeting, BORIS, ANNA);
    delegate(&mut meeting, DAVID, ANNA);

    // Anna casts her own right and those of Boris and David; David casts over hers; the others cast for themselves.
    meeting.clock.advance(60);
    meeting.read();
    let (yes, no, yes_or_blank) = ([1, 0, 0], [0, 1, 0], [1, 0, 1]);
    let own = |person: usize| meeting.right(person, Holding::Own, WEIGHTS[person]);
    let from = |person: usize| meeting.right(ANNA, Holding::Delegated, WEIGHTS[person]);
    let first = [
        (ANNA, own(ANNA), no),
        (ANNA, from(BORIS), yes),
        (ANNA, from(DAVID), no),
        (CLARA, own(CLARA), no),
        (EVA, own(EVA), yes_or_blank),
    ];
    meeting.vote(&first);
    let over = meeting.right(DAVID, Holding::GivenAway, WEIGHTS[DAVID]);
    meeting.vote(&[(DAVID, over, yes_or_blank)]);
    let pool = meeting.pool();
    let held = |state: &&BallotState| matches!(state, BallotState::Holds(held) if held.level == Level::Override);
    assert_eq!(pool.nullifier_states().filter(held).count(), 1);

    let plain_count = [7 + 1_000_000 + 3, 1 + 250, 1_000_000 + 3];
    assert_eq!(tally(&mut meeting, closes), plain_count);

    let record = meeting.ledger.record(meeting.parties.election).unwrap().encode();
    let verification = verify_record(&record, &VerifyingKeys::development(), &mut OsRng, |_| ());
    assert!(verification.report.valid, "{:#?}", verification.report);
    let detail = |id| verification.report.checks.iter().find(|check| check.id == id).unwrap().detail.clone();
    assert_eq!(detail(CheckId::EntriesBallots), "6 ballot proofs, 6 bridges from a right's weight");
    assert_eq!(
        detail(CheckId::EntriesRules),
        "6 ballots accepted, 5 count, 6 rights moved, 4 of them before the opening"
    );
    assert_eq!(detail(CheckId::OpeningRoll), "5 voters, total weight 1000261");
}

fn distribute(meeting: &mut Meeting) {
    let mut distributor = meeting.parties.distributor();
    for _ in 0..distributor.rounds() {
        let (log, pool) = (meeting.ledger.election_entries(meeting.parties.election).unwrap(), meeting.pool());
        distributor.read(&pool, &log).unwrap();
        let now = meeting.ledger.now().unwrap();
        let round = distributor.next_round(&pool, meeting.keys(), now, &mut OsRng).unwrap();
        let transactions = distributor.authorize(round, &meeting.parameters, &mut OsRng).unwrap();
        meeting.submit(transactions);
    }
}

fn delegate(meeting: &mut Meeting, from: usize, to: usize) {
    let (pool, keys, now) = (meeting.pool(), meeting.keys(), meeting.ledger.now().unwrap());
    let address = meeting.parties.people[to].voter.delegate_address(1);
    let right = meeting.right(from, Holding::Own, WEIGHTS[from]);
    let voter = &mut meeting.parties.people[from].voter;
    let prepared = voter.delegate(&pool, keys, right, address, now, &mut OsRng).unwrap();
    let transaction = voter.authorize(prepared, &meeting.parameters, &mut OsRng).unwrap();
    meeting.submit(vec![transaction]);
}

/// Closes; two trustees decrypt from the record; the result.
fn tally(meeting: &mut Meeting, closes: Timestamp) -> Vec<u64> {
    meeting.clock.set(closes);
    let close = close_election(&meeting.parties.authority, &meeting.pool());
    meeting.submit(vec![close]);
    let (pool, election) = (meeting.pool(), meeting.parties.election);
    let record = meeting.ledger.record(election).unwrap().encode();
    let accepted = VerifyingKeys::development();
    let partials: Vec<_> = meeting.parties.trustees[1..]
        .iter()
        .map(|trustee| {
            let mut journal = TallyJournal::new();
            decrypt_tally(trustee, &mut journal, election, &record, &accepted, closes, &mut OsRng, |_| ()).unwrap()
        })
        .collect();
    let results = combine_result(&pool, &partials, &mut OsRng).unwrap();
    meeting.submit(vec![publish_result(&meeting.parties.authority, &pool, partials, results.clone())]);
    results.totals.concat()
}

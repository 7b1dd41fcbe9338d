//! What the rules refuse before any proof is verified.

use rand_core::OsRng;
use tabella_election::voter::{Holding, VoterError};
use tabella_protocol::{
    election::{CastProof, Weights},
    keys::Diversifier,
    note::NoteValue,
    note_encryption::Memo,
    statement::{Shape, Window},
    transaction::{LoggedTransaction, Transaction},
};
use tabella_prover::{
    bridge::{BridgeOpening, prove_bridge},
    builder::{Payer, TransactionBuilder},
};
use tabella_verifier::{
    election::{OpenError, Rejection},
    obligations::Obligations,
    state::LedgerRejection,
};

use crate::parties::{Bridging, Kind, OPENS, Run, no_proofs, rules, time};

fn hidden() -> Run {
    Run::voting(&[7, 250], rules(Weights::Hidden, true))
}

/// A good bridge, from any opening of the ballot's own commitment.
fn bridge(of: &Bridging) -> Option<tabella_protocol::bridge::BridgeProof> {
    let opening = BridgeOpening::of_weight(of.weight.as_ref()?, of.r?);
    prove_bridge(&of.context, &of.statement?, &opening, &mut OsRng).ok()
}

#[test]
fn ballot_without_its_bridge_is_refused() {
    let run = hidden();
    let kind = Kind { shape: Shape::Transfer, weight: Some(7) };
    let with = run.ballot_by_hand(0, kind, &no_proofs, bridge);
    let mut without = with.clone();
    let mut proof: CastProof = borsh::from_slice(&with.action_proofs[0]).unwrap();
    proof.bridge = None;
    without.action_proofs[0] = borsh::to_vec(&proof).unwrap();
    assert_eq!(run.rejection(without), Rejection::Bridge);
    let mut trailing = with.clone();
    trailing.action_proofs[0].push(0);
    assert!(matches!(run.rejection(trailing), Rejection::Decode(_)));
    let entry = LoggedTransaction { time: run.now, transaction: with };
    assert!(run.state.check(&entry, 0, &mut Obligations::new()).is_ok());
}

#[test]
fn bridge_where_weights_are_equal_is_refused() {
    let other = hidden();
    let mut some = None;
    let kind = Kind { shape: Shape::Transfer, weight: Some(7) };
    other.ballot_by_hand(0, kind, &no_proofs, |of| {
        some = bridge(of);
        some
    });
    let run = Run::voting(&[1, 1], rules(Weights::One, true));
    let kind = Kind { shape: Shape::Cast, weight: None };
    assert!(some.is_some());
    assert_eq!(run.rejection(run.ballot_by_hand(0, kind, &no_proofs, |_| some)), Rejection::Bridge);
    run.accepted(run.ballot_by_hand(0, kind, &no_proofs, |_| None));
}

#[test]
fn ballot_of_the_other_kind_is_refused_in_both_kinds_of_election() {
    let (hidden, equal) = (hidden(), Run::voting(&[1, 1], rules(Weights::One, true)));
    let unit = |shape| Kind { shape, weight: None };
    let weighted = |shape| Kind { shape, weight: Some(1) };
    // In an election of hidden weights: the Cast shape, which shows the weight, and a ballot that weighs 1.
    for kind in [unit(Shape::Cast), weighted(Shape::Cast), unit(Shape::Transfer)] {
        assert_eq!(hidden.rejection(hidden.ballot_by_hand(0, kind, &no_proofs, |_| None)), Rejection::BallotKind);
    }
    // Where weights are equal: anything but the Cast shape with a ballot that weighs 1.
    for kind in [unit(Shape::Transfer), weighted(Shape::Transfer), weighted(Shape::Cast)] {
        assert_eq!(equal.rejection(equal.ballot_by_hand(0, kind, &no_proofs, bridge)), Rejection::BallotKind);
    }
}

/// A right moved to the same person's other address.
fn moved(run: &Run, person: usize, window: Window) -> Transaction {
    let (mut setting, key) = (run.setting(), &run.parties.people[person].key);
    setting.window = window;
    let payer = Payer { key: key.full_viewing_key(), setting: &setting, change: Diversifier::from_index(1 << 20) };
    let right = run.right(person);
    let value: NoteValue = right.note.note().value;
    let to = key.address(Diversifier::from_index(1));
    let transfer = payer.send(vec![right], to, value, Memo::empty(), &mut OsRng).unwrap();
    let mut builder = TransactionBuilder::new(run.pool().manifest().ledger);
    builder.add(transfer);
    let proven = builder.build().unwrap().prove(&no_proofs, &mut OsRng).unwrap();
    proven.sign(&key.spend_authorizing_key(), &mut OsRng).unwrap().finish(Vec::new()).unwrap()
}

#[test]
fn rights_are_moved_before_the_opening_and_after_it_only_where_delegation_is_allowed() {
    let mut run = Run::voting(&[7, 250], rules(Weights::Hidden, false));
    let window = Window::new(time(0), time(OPENS + 500)).unwrap();
    assert_eq!(run.rejection(moved(&run, 0, window)), Rejection::Delegation);
    let person = &mut run.parties.people[0];
    let pool = run.state.election(&run.parties.election).unwrap();
    let right = person.voter.held(pool, Holding::Own).unwrap();
    let to = person.voter.delegate_address(1);
    let refused = person.voter.delegate(pool, crate::parties::proving_keys(), right, to, run.now, &mut OsRng);
    assert!(matches!(refused, Err(VoterError::Delegation)));

    let run = Run::voting(&[7, 250], rules(Weights::Hidden, true));
    run.accepted(moved(&run, 0, window));
    // One that was held back beyond its window.
    let window = Window::new(time(0), time(OPENS)).unwrap();
    assert_eq!(run.rejection(moved(&run, 0, window)), Rejection::Window(OPENS + 1));
}

#[test]
fn election_of_hidden_weight_that_leaves_no_time_to_distribute_does_not_open() {
    let run = Run::opened(&[7], rules(Weights::Hidden, false));
    let fresh = tabella_verifier::state::LedgerState::new(run.state.id(), run.state.keys().clone());
    for (seconds, expected) in [(OPENS - 1, None), (OPENS, Some(OpenError::NoDistribution))] {
        let entry = LoggedTransaction { time: time(seconds), transaction: run.parties.opening.clone() };
        let refused = fresh.check(&entry, 0, &mut Obligations::new()).err();
        assert_eq!(refused, expected.map(LedgerRejection::Open));
    }
}

impl Run {
    fn accepted(&self, transaction: Transaction) {
        let entry = LoggedTransaction { time: self.now, transaction };
        self.state.check(&entry, 0, &mut Obligations::new()).unwrap();
    }
}

//! The authority distributes the rights before the election opens.

use rand_core::OsRng;
use tabella_election::{distribution::DistributionError, voter::Holding};
use tabella_protocol::{election::Weights, statement::Window, transaction::TransferStatement};

use crate::parties::{OPENS, Run, no_proofs, proving_keys, rules, time};

#[test]
fn everybody_receives_the_right_that_is_due_and_nothing_is_left() {
    for weights in [&[9][..], &[7, 250], &[1, 7, 250, 1_000_000, 3], &[5, 5, 5, 5, 5, 5, 5]] {
        let mut run = Run::opened(weights, rules(Weights::Hidden, false));
        let mut distributor = run.parties.distributor();
        let mut rounds = 0;
        while run.distribute_round(&mut distributor) > 0 {
            rounds += 1;
        }
        assert_eq!(rounds, distributor.rounds());
        assert_eq!(distributor.remaining(run.pool()), 0);
        assert_eq!(run.pool().early_transfers(), (weights.len() as u64 - 1).max(1));
        run.read();
        for (person, weight) in run.parties.people.iter().zip(weights) {
            let rights = person.voter.rights(run.pool());
            assert_eq!(
                rights.iter().map(|right| (right.weight, right.holding)).collect::<Vec<_>>(),
                [(*weight, Holding::Own)]
            );
        }
    }
}

#[test]
fn distribution_that_was_interrupted_goes_on_from_the_log() {
    let mut run = Run::opened(&[1, 7, 250, 1_000_000, 3], rules(Weights::Hidden, false));
    let mut first = run.parties.distributor();
    assert_eq!(run.distribute_round(&mut first), 1);
    // A round of which only one transfer was accepted.
    first.read(run.pool(), &run.log).unwrap();
    let round = first.next_round(run.pool(), proving_keys(), run.now, &mut OsRng).unwrap();
    let mut transactions = first.authorize(round, &no_proofs, &mut OsRng).unwrap();
    assert_eq!(transactions.len(), 2);
    run.accept(transactions.remove(0));

    let mut second = run.parties.distributor();
    while run.distribute_round(&mut second) > 0 {}
    assert_eq!(second.remaining(run.pool()), 0);
    assert_eq!(run.pool().early_transfers(), 4);
    run.read();
    let weights =
        run.parties.people.iter().flat_map(|person| person.voter.rights(run.pool())).map(|right| right.weight);
    assert_eq!(weights.collect::<Vec<_>>(), [1, 7, 250, 1_000_000, 3]);
}

// Before the opening the root after every entry is an anchor: the transfers of one round need not wait for each other.
#[test]
fn transfers_of_one_round_prove_against_any_root_from_before_the_opening() {
    let mut run = Run::opened(&[1, 7, 250, 3], rules(Weights::Hidden, false));
    let mut distributor = run.parties.distributor();
    run.distribute_round(&mut distributor);
    distributor.read(run.pool(), &run.log).unwrap();
    let anchor = run.pool().tree().root();
    let round = distributor.next_round(run.pool(), proving_keys(), run.now, &mut OsRng).unwrap();
    let transactions = distributor.authorize(round, &no_proofs, &mut OsRng).unwrap();
    assert_eq!(transactions.len(), 2);
    for transaction in transactions {
        let TransferStatement::Transfer { instance, .. } = &transaction.effects.transfers[0].statement else {
            panic!("a Transfer")
        };
        assert_eq!(instance.anchor, anchor);
        assert_eq!(instance.window, Window::new(time(0), time(OPENS)).unwrap());
        run.accept(transaction);
    }
    assert_ne!(run.pool().tree().root(), anchor);
}

#[test]
fn distribution_after_the_opening_is_refused() {
    let mut run = Run::opened(&[1, 7], rules(Weights::Hidden, true));
    let mut distributor = run.parties.distributor();
    distributor.read(run.pool(), &run.log).unwrap();
    run.now = time(OPENS);
    let refused = distributor.next_round(run.pool(), proving_keys(), run.now, &mut OsRng);
    assert!(matches!(refused, Err(DistributionError::TooLate(OPENS))));
}

#[test]
fn distributor_of_other_recipients_does_not_distribute() {
    let run = Run::opened(&[1, 7], rules(Weights::Hidden, true));
    let other = Run::opened(&[2, 7], rules(Weights::Hidden, true));
    let refused = other.parties.distributor().read(run.pool(), &run.log);
    assert!(matches!(refused, Err(DistributionError::OtherRoll)));
}

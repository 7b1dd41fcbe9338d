//! The authority distributes the rights before the election opens.

use rand_core::OsRng;
use tabella_election::{
    distribution::{DistributionError, DistributionFault, audit_distribution},
    log::wallet_entries,
    voter::Holding,
};
use tabella_protocol::{
    election::Weights,
    keys::{Account, Address, Diversifier, Seed},
    note::{Guard, NoteValue, Terms},
    note_encryption::Memo,
    statement::Window,
    transaction::TransferStatement,
};
use tabella_prover::{
    builder::{EscrowOrder, Payer, SpendableNote, TransactionBuilder},
    wallet::Wallet,
};

use crate::parties::{DISTRIBUTOR, OPENS, Run, no_proofs, proving_keys, rules, time};

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

// The authority gives an auditor the viewing key of the distributing address.
#[test]
fn auditor_sees_what_each_voter_was_sent_and_what_was_kept() {
    let mut run = Run::opened(&[1, 7, 250, 1_000_000, 3], rules(Weights::Hidden, true));
    let mut distributor = run.parties.distributor();
    let key = distributor.viewing_key().clone();
    assert_eq!(audit_distribution(&key, run.pool(), &run.log), Err(DistributionFault::Nothing(1)));
    while run.distribute_round(&mut distributor) > 0 {}
    let sent = audit_distribution(&key, run.pool(), &run.log).unwrap();
    for (recipient, (person, weight)) in sent.iter().zip(run.parties.people.iter().zip(&run.parties.weights)) {
        assert_eq!((recipient.address, recipient.weight), (person.voter.registered_address(), *weight));
    }
    // Another's key shows nothing.
    let other = run.parties.people[0].key.full_viewing_key();
    assert_eq!(audit_distribution(other, run.pool(), &run.log), Err(DistributionFault::OtherKey));
    let elsewhere = Run::opened(&[1, 7], rules(Weights::Hidden, true));
    assert_eq!(audit_distribution(&key, elsewhere.pool(), &run.log), Err(DistributionFault::Roll));
    // What comes after the opening is not the distribution.
    run.now = time(OPENS);
    run.read();
    assert_eq!(audit_distribution(&key, run.pool(), &run.log).unwrap(), sent);
}

#[test]
fn auditor_finds_weight_that_went_to_a_stranger_under_an_escrow_or_nowhere() {
    let opened = || Run::opened(&[4, 6], rules(Weights::Hidden, false));
    let (run, stranger) =
        (opened(), Seed::new([0xbb; 32]).account(&Account::Payment(0)).address(Diversifier::from_index(0)));
    let [first, second] = [0, 1].map(|index: usize| run.parties.people[index].voter.registered_address());
    // 4 for one voter; of the other's 6 the authority sends some.
    let cases = [
        (vec![(first, 4, false), (second, 6, false)], None),
        (vec![(first, 4, false), (stranger, 6, false)], Some(DistributionFault::Stranger(2))),
        (vec![(first, 4, false), (second, 6, true)], Some(DistributionFault::Escrow(2))),
        (vec![(first, 4, false), (second, 5, false)], Some(DistributionFault::Kept { sent: 9, total: 10 })),
        (vec![(first, 4, false)], Some(DistributionFault::Nothing(2))),
    ];
    for (sends, expected) in cases {
        let mut run = opened();
        let distributor = run.parties.distributor();
        for (to, weight, escrow) in sends {
            run.send_as_distributor(to, weight, escrow);
        }
        assert_eq!(audit_distribution(distributor.viewing_key(), run.pool(), &run.log).err(), expected);
    }
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

impl Run {
    /// What the authority could do by hand, with all that it has left.
    fn send_as_distributor(&mut self, to: Address, weight: u64, escrow: bool) {
        let key = Seed::new(DISTRIBUTOR).account(&Account::Election(self.parties.registration.0));
        let mut wallet = Wallet::new(key.full_viewing_key().clone());
        wallet.apply(self.pool().pool(), &wallet_entries(&self.log).unwrap()).unwrap();
        let note = wallet.unspent().next().unwrap().clone();
        let path = self.pool().tree().path_at(note.position(), self.pool().tree().len()).unwrap();
        let mut setting = self.setting();
        setting.window = Window::new(time(0), time(OPENS)).unwrap();
        let payer = Payer { key: key.full_viewing_key(), setting: &setting, change: wallet.next_internal() };
        let (inputs, amount) = (vec![SpendableNote { note, path }], NoteValue(weight));
        let transfer = if escrow {
            let terms = Terms { claim_until: time(OPENS * 2), refund_from: time(0), burn_only: true };
            let refund = wallet.next_internal();
            let order = EscrowOrder { claimant: to, terms, guard: Guard::none(), refund, amount, memo: Memo::empty() };
            payer.lock(inputs, order, &mut OsRng).unwrap()
        } else {
            payer.send(inputs, to, amount, Memo::empty(), &mut OsRng).unwrap()
        };
        let mut builder = TransactionBuilder::new(self.pool().manifest().ledger);
        builder.add(transfer);
        let proven = builder.build().unwrap().prove(&no_proofs, &mut OsRng).unwrap();
        let signed = proven.sign(&key.spend_authorizing_key(), &mut OsRng).unwrap();
        self.accept(signed.finish(Vec::new()).unwrap());
    }
}

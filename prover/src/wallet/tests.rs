use ark_bls12_381::Fr;
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{
    keys::{Account, Seed},
    note::{LockCommitment, NoteValue},
    note_encryption::{Memo, NoteSeed, OutputNote},
};

use super::{
    testing::{NOW, POOL, SimulatedPool, asset, person, wallet},
    *,
};

fn pay(pool: &mut SimulatedPool, from: u8, to: Address, value: u64, seed: u8) {
    let memo = Memo::from_text("thanks").unwrap();
    let output = OutputNote::plain(to, asset(), NoteValue(value), memo, &NoteSeed::new([seed; 32])).unwrap();
    pool.output(&person(from), &output);
}

#[test]
fn scan_finds_exactly_the_wallets_notes_among_many() {
    let mut pool = SimulatedPool::default();
    let (mut alice, mut bob) = (wallet(1), wallet(2));
    let carol = wallet(3);
    for i in 0..200u8 {
        let to = if i % 20 == 7 { bob.address(u32::from(i / 20)) } else { carol.address(0) };
        pay(&mut pool, 1, to, u64::from(i) + 1, i);
    }
    let report = pool.sync(&mut bob);
    let expected: Vec<_> = (0..200).filter(|i| i % 20 == 7).map(Position).collect();
    assert_eq!(report, ScanReport { received: expected.clone(), ..ScanReport::default() });
    assert_eq!(bob.unspent().map(ReceivedNote::position).collect::<Vec<_>>(), expected);
    assert!(bob.notes().all(|note| note.memo().text() == Some("thanks") && note.kind() == NoteKind::Plain));
    assert_eq!(bob.balance(POOL, asset(), NOW).spendable, (0..200).filter(|i| i % 20 == 7).map(|i| i + 1).sum());
    // The sender has no notes, and sees all that it sent.
    assert_eq!(pool.sync(&mut alice), ScanReport::default());
    assert_eq!(alice.history().len(), 200);
    let sent_to_bob = HistoryEvent::Sent { to: bob.address(0), escrow: false };
    assert_eq!(alice.history()[7].event, sent_to_bob);
    // Addresses found in the log are not given out again.
    assert_eq!(bob.next_address(), person(2).address(Diversifier::from_index(10)));
}

#[test]
fn next_address_is_never_the_one_that_everybody_is_shown() {
    let mut bob = wallet(2);
    let given = [bob.next_address(), bob.next_address()];
    assert_eq!(given, [1, 2].map(|index| person(2).address(Diversifier::from_index(index))));
    assert!(!given.contains(&bob.address(0)));
}

#[test]
fn incoming_key_alone_finds_what_came_in_and_not_what_was_sent() {
    let mut pool = SimulatedPool::default();
    let bob = wallet(2);
    pay(&mut pool, 2, bob.address(0), 1, 1);
    pay(&mut pool, 2, wallet(3).address(0), 2, 2);
    let outputs: Vec<_> = pool.log.iter().flat_map(|entry| &entry.outputs).collect();
    let findings = Scanner::incoming(bob.key().incoming()).scan(&outputs);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].received.is_some() && findings[0].sent.is_none());
    assert_eq!(Scanner::full(bob.key()).scan(&outputs).len(), 2);
}

#[test]
fn issued_notes_are_found_by_their_owner_commitment() {
    let mut pool = SimulatedPool::default();
    let mut bob = wallet(2);
    let mine = pool.issue_to(&bob, 5);
    pool.issue_to(&wallet(3), 6);
    let later = pool.issue(LockCommitment::new(bob.address(19).owner().element()), 7);
    let beyond = pool.issue(LockCommitment::new(bob.address(60).owner().element()), 8);
    assert_eq!(pool.sync(&mut bob).received, [mine, later]);
    assert!(bob.note(POOL, beyond).is_none());
    assert_eq!(bob.balance(POOL, asset(), NOW).spendable, 12);
}

#[test]
fn what_is_issued_against_a_payment_is_found_at_an_address_of_that_payment_alone() {
    let mut pool = SimulatedPool::default();
    let mut bob = wallet(2);
    let paid = [5, 6].map(|value| pool.issue_to(&bob, value));
    pool.sync(&mut bob);
    let [first, second] = paid.map(|position| bob.address_paid_with(bob.note(POOL, position).unwrap()));
    assert_ne!(first, second);
    // Its file says nothing of them, and forgets none.
    let mut restored: Wallet = borsh::from_slice(&borsh::to_vec(&bob).unwrap()).unwrap();
    let bought = [first, second].map(|to| pool.issue(LockCommitment::new(to.owner().element()), 1));
    assert_eq!(pool.sync(&mut bob).received, bought);
    assert_eq!(pool.sync(&mut restored).received, bought);
    assert_eq!(pool.sync(&mut wallet(2)).received, [paid, bought].concat());
    // Addresses for payers go on where they were.
    assert_eq!(bob.next_address(), person(2).address(Diversifier::from_index(1)));
    // Nobody else finds them.
    assert_eq!(pool.sync(&mut wallet(3)), ScanReport::default());
}

#[test]
fn seen_nullifiers_mark_notes_as_spent_once() {
    let mut pool = SimulatedPool::default();
    let mut bob = wallet(2);
    let position = pool.issue_to(&bob, 5);
    pool.sync(&mut bob);
    let nullifier = *bob.note(POOL, position).unwrap().nullifier();
    let other = Nullifier::new(Fr::from(9));
    let at = LogPoint { index: 8, time: NOW };
    let entry = LogEntry { at, outputs: Vec::new(), nullifiers: vec![other, nullifier] };
    assert_eq!(bob.apply(POOL, std::slice::from_ref(&entry)).unwrap().spent, [position]);
    assert_eq!(bob.apply(POOL, &[entry]).unwrap().spent, []);
    assert_eq!(bob.note(POOL, position).unwrap().spent(), Some(at));
    assert_eq!(bob.balance(POOL, asset(), NOW), Balance::default());
    assert_eq!(bob.history().last().unwrap().event, HistoryEvent::Spent(NoteKind::Plain));
}

#[test]
fn skipped_and_repeated_outputs_are_refused() {
    let mut pool = SimulatedPool::default();
    let mut bob = wallet(2);
    for i in 0..3 {
        pay(&mut pool, 1, bob.address(0), 1, i);
    }
    let gap = bob.apply(POOL, &[pool.log[0].clone(), pool.log[2].clone()]).unwrap_err();
    assert_eq!(gap, WalletError::Gap { expected: 1, found: 2 });
    assert_eq!(bob.notes().count(), 0);
    bob.apply(POOL, &pool.log[..1]).unwrap();
    let again = bob.apply(POOL, &pool.log[..1]).unwrap_err();
    assert_eq!(again, WalletError::Gap { expected: 1, found: 0 });
    assert_eq!(bob.follow_from(POOL, 2), Err(WalletError::AlreadyFollowed));
    let mut late = wallet(2);
    late.follow_from(POOL, 2).unwrap();
    assert_eq!(late.apply(POOL, &pool.log[2..]).unwrap().received, [Position(2)]);
}

// The sender puts less into the pool than the ciphertext says: the key binds cm, so it is as if for nobody.
#[test]
fn ciphertext_of_another_commitment_is_not_counted() {
    let mut pool = SimulatedPool::default();
    let mut bob = wallet(2);
    let to = bob.address(0);
    let output = |value| {
        let seed = NoteSeed::new([value as u8; 32]);
        OutputNote::plain(to, asset(), NoteValue(value), Memo::empty(), &seed).unwrap()
    };
    let (said, put) = (output(100), output(1));
    let ciphertext = said.encrypt(person(1).full_viewing_key().outgoing(), None);
    pool.content(LogContent::Encrypted { commitment: put.commitment(), ciphertext });
    assert_eq!(pool.sync(&mut bob), ScanReport::default());
    // Notes of value 0 have no meaning.
    pool.output(&person(1), &output(0));
    assert_eq!(pool.sync(&mut bob).received, []);
}

#[test]
fn wallet_survives_its_file_and_refuses_a_damaged_one() {
    let mut pool = SimulatedPool::default();
    let mut bob = wallet(2);
    pool.issue_to(&bob, 5);
    pay(&mut pool, 1, bob.address(3), 6, 1);
    pool.sync(&mut bob);
    bob.reserve(POOL, &[*bob.note(POOL, Position(1)).unwrap().nullifier()], Timestamp::MAX);
    let bytes = borsh::to_vec(&bob).unwrap();
    let mut restored: Wallet = borsh::from_slice(&bytes).unwrap();
    assert_eq!(borsh::to_vec(&restored).unwrap(), bytes);
    assert_eq!(restored.balances(NOW), bob.balances(NOW));
    assert_eq!(restored.history(), bob.history());
    assert_eq!(restored.next_address(), bob.next_address());
    assert_eq!(format!("{bob:?}"), "Wallet(<secret>)");
    // A file cannot ask for the hashing of four thousand million addresses. (The counters stand after version and key.)
    for counter in [129, 133] {
        let mut greedy = bytes.clone();
        greedy[counter..counter + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(borsh::from_slice::<Wallet>(&greedy).unwrap_err().to_string(), "more addresses than a wallet has");
    }
    // A note under another key is not the wallet's; nor are trailing bytes.
    let mut damaged = bytes.clone();
    damaged[1..129].copy_from_slice(person(3).full_viewing_key().to_bytes().as_slice());
    assert!(borsh::from_slice::<Wallet>(&damaged).is_err());
    let trailing: Vec<_> = bytes.iter().copied().chain([0]).collect();
    assert!(borsh::from_slice::<Wallet>(&trailing).is_err());
    assert!(borsh::from_slice::<Wallet>(&bytes[..bytes.len() - 1]).is_err());
}

fn request(amount: u64, tree_size: u64) -> SelectionRequest {
    SelectionRequest { pool: POOL, asset: asset(), amount: NoteValue(amount), now: NOW, tree_size }
}

#[test]
fn selection_tells_when_notes_must_be_merged_first() {
    let mut pool = SimulatedPool::default();
    let mut bob = wallet(2);
    for value in [5, 6, 7] {
        pool.issue_to(&bob, value);
    }
    pool.sync(&mut bob);
    let insufficient = bob.select(&request(19, 3)).unwrap_err();
    assert_eq!(insufficient, SelectionError::Insufficient { available: 18, amount: 19 });
    let merge = bob.select(&request(14, 3)).unwrap_err();
    let positions = [Position(1), Position(2)];
    assert_eq!(merge, SelectionError::NeedsConsolidation { available: 18, amount: 14, merge: positions });
    // Notes that are not under the anchor, or reserved, do not count.
    let young = bob.select(&request(7, 2)).unwrap();
    assert_eq!((young.notes().len(), young.change()), (2, NoteValue(4)));
    let nullifier = *bob.note(POOL, Position(2)).unwrap().nullifier();
    bob.reserve(POOL, &[nullifier], Timestamp::MAX);
    assert_eq!(bob.balance(POOL, asset(), NOW), Balance { spendable: 11, reserved: 7, ..Balance::default() });
    assert_eq!(bob.select(&request(12, 3)).unwrap_err(), SelectionError::Insufficient { available: 11, amount: 12 });
    bob.release(POOL, &[nullifier]);
    assert_eq!(bob.select(&request(7, 3)).unwrap().notes().len(), 1);
}

#[test]
fn election_wallet_does_not_see_payments() {
    let mut pool = SimulatedPool::default();
    let election = Seed::new([2; 32]).account(&Account::Election([9; 32]));
    let mut voting = Wallet::new(election.full_viewing_key().clone());
    pay(&mut pool, 1, wallet(2).address(0), 5, 1);
    assert_eq!(pool.sync(&mut voting), ScanReport::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn selection_is_the_smallest_note_or_the_closest_pair(
        values in proptest::collection::vec(1u64..40, 0..7), amount in 1u64..80,
    ) {
        let mut pool = SimulatedPool::default();
        let mut bob = wallet(2);
        for value in &values {
            pool.issue_to(&bob, *value);
        }
        pool.sync(&mut bob);
        let single = values.iter().filter(|value| **value >= amount).min().copied();
        let pairs = values.iter().enumerate().flat_map(|(i, a)| values[..i].iter().map(move |b| a + b));
        let expected = single.or_else(|| pairs.filter(|sum| *sum >= amount).min());
        let found = bob.select(&request(amount, values.len() as u64));
        prop_assert_eq!(found.as_ref().ok().map(|s| s.change().0 + amount), expected);
        if let Err(error) = found {
            let enough = values.iter().sum::<u64>() >= amount;
            prop_assert_eq!(matches!(error, SelectionError::NeedsConsolidation { .. }), enough);
        }
    }
}

#[test]
fn random_seeds_differ() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let make = |rng: &mut ChaCha20Rng| {
        let seed = NoteSeed::random(rng);
        OutputNote::plain(wallet(2).address(0), asset(), NoteValue(1), Memo::empty(), &seed).unwrap().commitment()
    };
    assert_ne!(make(&mut rng), make(&mut rng));
}

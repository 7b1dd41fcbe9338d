//! Whoever tries a transfer that the rules exclude.

use ark_bls12_381::Fr;
use ark_ff::{BigInteger as _, PrimeField as _};
use rand_core::OsRng;
use tabella_ledger::node::Refusal;
use tabella_payments::holder::{PaymentError, SubmitError, submit};
use tabella_protocol::{
    keys::Diversifier,
    note::{Guard, NoteValue, Terms, Timestamp},
    note_encryption::Memo,
    transaction::{PoolId, Transaction},
    tree::NoteCommitmentTree,
};
use tabella_prover::{
    builder::{Blinding, EscrowOrder, Payer, PoolSetting, Settlement, SpendPath, SpendableNote},
    wallet::Wallet,
};
use tabella_verifier::shielded::ShieldedRejection;

use crate::scene::{NOW, Scene, alice, no_proof, parameters, rule};

/// The wallet's own diversifier 0.
pub(crate) fn own() -> Diversifier {
    let mut diversifier = Diversifier::from_index(0);
    diversifier.0[10] = 1;
    diversifier
}

pub(crate) fn payer<'a>(wallet: &'a Wallet, setting: &'a PoolSetting) -> Payer<'a> {
    Payer { key: wallet.key(), setting, change: own() }
}

#[test]
fn note_that_was_never_issued_is_refused_by_its_anchor() {
    let mut scene = Scene::with_notes(&[10]);
    // A tree of Alice's own, in which her note stands beside what the ledger never saw: the proof itself is right.
    let note = scene.spendable(&scene.alice).note;
    let mut tree = NoteCommitmentTree::new();
    tree.append(&[note.note().commitment(), note.note().commitment()]).unwrap();
    let setting = PoolSetting { anchor: tree.root(), ..scene.setting() };
    let path = tree.path(note.position()).unwrap();
    let transfer = payer(scene.alice.wallet(), &setting)
        .send(
            vec![SpendableNote { note, path }],
            scene.bob.wallet().address(0),
            NoteValue(4),
            Memo::empty(),
            &mut OsRng,
        )
        .unwrap();
    let transaction = scene.alice.authorize(scene.single(transfer), &parameters(), &mut OsRng).unwrap();
    assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::Anchor(0))));
}

#[test]
fn value_neither_leaves_nor_enters_without_an_application() {
    let mut scene = Scene::with_notes(&[10]);
    let setting = scene.setting();
    let (parameters, note) = (parameters(), scene.spendable(&scene.alice));
    let wallet = scene.alice.wallet();
    let payer = payer(wallet, &setting);
    let transfers = [
        payer.exit(vec![note.clone()], NoteValue(4), Blinding::Public, &mut OsRng).unwrap(),
        payer
            .enter(scene.asset(), wallet.address(0), NoteValue(4), Memo::empty(), Blinding::Public, &mut OsRng)
            .unwrap(),
        payer.consume(note.clone(), SpendPath::Own, Blinding::Random, &mut OsRng).unwrap(),
        payer.cast(&note, SpendPath::Own, &mut OsRng).unwrap(),
    ];
    for transfer in transfers {
        let transaction = scene.alice.authorize(scene.single(transfer), &parameters, &mut OsRng).unwrap();
        assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::Mode(0))));
    }
}

#[test]
fn transfer_outside_its_window_is_refused() {
    let mut scene = Scene::with_notes(&[10]);
    for window in [scene.window(NOW - 7_200), scene.window(NOW + 7_200)] {
        let setting = PoolSetting { window, ..scene.setting() };
        let inputs = vec![scene.spendable(&scene.alice)];
        let transfer = payer(scene.alice.wallet(), &setting)
            .send(inputs, scene.bob.wallet().address(0), NoteValue(4), Memo::empty(), &mut OsRng)
            .unwrap();
        let transaction = scene.alice.authorize(scene.single(transfer), &no_proof, &mut OsRng).unwrap();
        assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::Window { transfer: 0, time: NOW })));
    }
    // Prepared in time, submitted too late.
    let prepared = scene.prepare_pay(&mut alice_of(&scene), &scene.order(4));
    let transaction = scene.alice.authorize(prepared, &no_proof, &mut OsRng).unwrap();
    scene.clock.advance(3_660);
    let refused = ShieldedRejection::Window { transfer: 0, time: NOW + 3_660 };
    assert_eq!(scene.submit(transaction), Err(rule(refused)));
}

/// Another device with Alice's words, which knows nothing of what the first has under way.
fn alice_of(scene: &Scene) -> tabella_payments::holder::Holder {
    let mut other = alice();
    other.read(&scene.ledger).unwrap();
    other
}

#[test]
fn transfer_of_another_pool_is_refused() {
    let mut scene = Scene::with_notes(&[10]);
    let prepared = scene.prepare_pay(&mut alice_of(&scene), &scene.order(4));
    let mut transaction = scene.alice.authorize(prepared, &no_proof, &mut OsRng).unwrap();
    transaction.effects.transfers[0].pool = PoolId([9; 32]);
    assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::UnknownPool(0))));
}

#[test]
fn guarded_escrow_cannot_be_claimed_where_nobody_answers_for_the_guard() {
    let mut scene = Scene::with_notes(&[10]);
    let parameters = parameters();
    let order = EscrowOrder {
        claimant: scene.bob.wallet().address(5),
        terms: Terms { claim_until: Timestamp::MAX, refund_from: Timestamp::MAX, burn_only: false },
        guard: Guard::of(b"examiner", &[1; 32]).unwrap(),
        refund: own(),
        amount: NoteValue(10),
        memo: Memo::empty(),
    };
    let (setting, note) = (scene.setting(), scene.spendable(&scene.alice));
    let locked = payer(scene.alice.wallet(), &setting).lock(vec![note], order, &mut OsRng).unwrap();
    let transaction = scene.alice.authorize(scene.single(locked), &parameters, &mut OsRng).unwrap();
    scene.submit(transaction).unwrap();
    scene.read();
    let setting = scene.setting();
    let settlement = Settlement::To(scene.bob.wallet().address(0), Memo::empty());
    let escrow = scene.spendable(&scene.bob);
    let claim = payer(scene.bob.wallet(), &setting).claim(escrow, settlement, &mut OsRng).unwrap();
    let transaction = scene.bob.authorize(scene.single(claim), &parameters, &mut OsRng).unwrap();
    assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::Guard(0))));
}

#[test]
fn same_transaction_is_accepted_once() {
    let mut scene = Scene::with_notes(&[10]);
    let order = scene.order(4);
    let prepared = scene.prepare_pay(&mut alice_of(&scene), &order);
    let transaction = scene.alice.authorize(prepared, &parameters(), &mut OsRng).unwrap();
    let replayed = || Refusal::Rule(tabella_verifier::state::LedgerRejection::Replayed);
    let outcomes = scene.ledger.submit(vec![transaction.clone(), transaction.clone()]).unwrap();
    assert!(outcomes[0].is_ok());
    assert_eq!(outcomes[1], Err(replayed()));
    assert_eq!(scene.submit(transaction.clone()), Err(replayed()));
    assert!(
        matches!(submit(&mut scene.ledger, transaction), Err(SubmitError::Refused(refusal)) if refusal == replayed())
    );
}

#[test]
fn of_two_payments_of_one_note_only_the_first_is_accepted() {
    let mut scene = Scene::with_notes(&[10]);
    let (parameters, order) = (parameters(), scene.order(10));
    let payment = |amount: u64| {
        let mut device = alice_of(&scene);
        let prepared = scene.prepare_pay(
            &mut device,
            &tabella_payments::holder::PaymentOrder { amount: NoteValue(amount), ..order.clone() },
        );
        device.authorize(prepared, &parameters, &mut OsRng).unwrap()
    };
    // Two in one block, and one in a later block, all proved against the same root.
    let (first, second, third) = (payment(10), payment(9), payment(8));
    let nullifier = first.effects.transfers[0].nullifiers()[0];
    let spent = Err(rule(ShieldedRejection::Spent { transfer: 0, nullifier }));
    let outcomes = scene.ledger.submit(vec![first, second]).unwrap();
    assert!(outcomes[0].is_ok());
    assert_eq!(outcomes[1], spent);
    assert_eq!(scene.submit(third), spent);
    scene.read();
    assert_eq!((scene.balance(&scene.alice), scene.balance(&scene.bob)), (0, 10));
}

#[test]
fn payment_without_proof_or_with_another_signature_is_refused() {
    let mut scene = Scene::with_notes(&[10]);
    let order = scene.order(4);
    let prepared = scene.prepare_pay(&mut alice_of(&scene), &order);
    let unproved = scene.alice.authorize(prepared.clone(), &no_proof, &mut OsRng).unwrap();
    assert_eq!(scene.submit(unproved), Err(Refusal::Proof));
    let mut unsigned = scene.alice.authorize(prepared.clone(), &parameters(), &mut OsRng).unwrap();
    unsigned.transfers[0].signature.0[40] ^= 1;
    assert_eq!(scene.submit(unsigned), Err(Refusal::Signature));
    // Bob proves nothing and signs nothing of Alice's.
    assert!(matches!(scene.bob.authorize(prepared, &no_proof, &mut OsRng), Err(PaymentError::Sign(_))));
}

#[test]
fn wallet_refuses_what_it_cannot_pay() {
    let scene = Scene::with_notes(&[10]);
    let mut alice = alice_of(&scene);
    let mut prepare = |amount| alice.prepare(&scene.moment(), &scene.order(amount), &mut OsRng);
    assert!(matches!(prepare(0), Err(PaymentError::Zero)));
    assert!(matches!(prepare(11), Err(PaymentError::Insufficient { available: 10, amount: 11 })));
    // The note is reserved once a payment is under way, and available again once that is abandoned.
    let prepared = scene.prepare_pay(&mut alice, &scene.order(4));
    let again = alice.prepare(&scene.moment(), &scene.order(4), &mut OsRng);
    assert!(matches!(again, Err(PaymentError::Insufficient { available: 0, amount: 4 })));
    alice.release(prepared.effects());
    scene.prepare_pay(&mut alice, &scene.order(4));
}

#[test]
fn nullifier_above_the_modulus_does_not_decode() {
    let scene = Scene::with_notes(&[10]);
    let prepared = scene.prepare_pay(&mut alice_of(&scene), &scene.order(4));
    let transaction = scene.alice.authorize(prepared, &no_proof, &mut OsRng).unwrap();
    let nullifier = transaction.effects.transfers[0].nullifiers()[0];
    let mut bytes = borsh::to_vec(&transaction).unwrap();
    assert!(borsh::from_slice::<Transaction>(&bytes).is_ok());
    let at = bytes.windows(32).position(|window| window == nullifier.to_bytes()).unwrap();
    // The same residue, written as nullifier + modulus.
    let mut sum = nullifier.element().into_bigint();
    assert!(!sum.add_with_carry(&Fr::MODULUS), "it fits in 32 bytes");
    bytes[at..at + 32].copy_from_slice(&sum.to_bytes_le());
    let error = borsh::from_slice::<Transaction>(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "field element not below the modulus");
}

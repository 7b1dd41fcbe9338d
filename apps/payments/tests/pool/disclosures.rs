//! One payment, shown to a third party.

use rand_core::OsRng;
use tabella_payments::{
    holder::{Holder, submit},
    log::{LogError, read_entries},
};
use tabella_protocol::{
    asset::AssetClass,
    disclosure::{DisclosureError, PaymentDisclosure},
    keys::{NullifierKey, Seed},
    note::{Contract, Escrow, Guard, NoteValue, Terms, Timestamp},
    note_encryption::{DecryptionError, Memo, NoteDisclosure, NoteSeed, OutputNote, SentNote},
    transaction::{LedgerId, PoolId, TransactionEffects, TransferStatement},
};
use tabella_verifier::files;

use crate::scene::{Scene, alice, parameters};

fn bob() -> Holder {
    Holder::new(&Seed::new([2; 32]), 0)
}

/// Alice pays Bob 250 of 1000, and then Bob pays Alice 50: the effects of both transactions.
fn paid() -> (Scene, [TransactionEffects; 2]) {
    let mut scene = Scene::with_notes(&[600, 400]);
    let parameters = parameters();
    for (mut payer, payee, amount) in [(alice(), bob(), 250), (bob(), alice(), 50)] {
        payer.read(&scene.ledger).unwrap();
        let mut order = scene.order(amount);
        order.to = payee.wallet().address(0);
        let prepared = scene.prepare_pay(&mut payer, &order);
        submit(&mut scene.ledger, payer.authorize(prepared, &parameters, &mut OsRng).unwrap()).unwrap();
    }
    let mut payments = Vec::new();
    read_entries::<LogError>(&scene.ledger, |_, entry| {
        payments.push(entry.transaction.effects);
        Ok(())
    })
    .unwrap();
    payments.retain(|effects| !effects.transfers.is_empty());
    (scene, payments.try_into().unwrap())
}

fn shown(note: &SentNote) -> (u64, Option<&str>) {
    (note.note.value.0, note.memo.text())
}

#[test]
fn payer_and_payee_disclose_the_same_payment_and_nothing_else() {
    let (scene, [payment, other]) = paid();
    let mut people = [alice(), bob()];
    people.iter_mut().for_each(|person| person.read(&scene.ledger).unwrap());
    let [alice, bob] = people.each_ref().map(Holder::wallet);
    let mut files = Vec::new();
    for holder in [alice, bob] {
        let disclosure = PaymentDisclosure::new(holder.key(), &payment).unwrap();
        files.push(files::encode(&disclosure));
        let read: PaymentDisclosure = files::decode(&files[files.len() - 1]).unwrap();
        // The change of 750 is not shown.
        let note = read.check(&payment).unwrap();
        assert_eq!(shown(&note), (250, Some("for the bread")));
        assert_eq!((note.recipient, note.note.asset), (bob.address(0), scene.asset()));
        // It opens nothing of another transaction, even if it says that it does.
        assert_eq!(read.check(&other).unwrap_err(), DisclosureError::Transaction(payment.digest()));
        let mut elsewhere = read.clone();
        elsewhere.transaction = other.digest();
        assert_eq!(elsewhere.check(&other).unwrap_err(), DisclosureError::Note(DecryptionError::NotForThisKey));
    }
    assert_eq!(files[0], files[1]);
    let back = PaymentDisclosure::new(alice.key(), &other).unwrap();
    assert_eq!(shown(&back.check(&other).unwrap()), (50, Some("for the bread")));
    let stranger = Holder::new(&Seed::new([3; 32]), 0);
    assert_eq!(PaymentDisclosure::new(stranger.wallet().key(), &payment).unwrap_err(), DisclosureError::Nothing);
    let mut abroad = back.clone();
    abroad.ledger = LedgerId([7; 32]);
    assert_eq!(abroad.check(&other).unwrap_err(), DisclosureError::Ledger(LedgerId([7; 32])));
    let mut beyond = back;
    beyond.transfer = 1;
    let output = beyond.output;
    assert_eq!(beyond.check(&other).unwrap_err(), DisclosureError::Output { transfer: 1, output });
}

#[test]
fn disclosure_altered_in_any_byte_proves_nothing() {
    let (scene, [payment, _]) = paid();
    let disclosure = PaymentDisclosure::new(scene.alice.wallet().key(), &payment).unwrap();
    let bytes = borsh::to_vec(&disclosure).unwrap();
    assert_eq!(bytes.len(), 165);
    for index in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut altered = bytes.clone();
            altered[index] ^= bit;
            let read = borsh::from_slice::<PaymentDisclosure>(&altered);
            assert!(read.is_err() || read.unwrap().check(&payment).is_err(), "byte {index} ^ {bit}");
        }
    }
}

/// Outputs of one transfer of Alice's notes, as she would write them herself.
fn effects(scene: &Scene, pool: PoolId, outputs: [OutputNote; 2]) -> TransactionEffects {
    let (_, [mut effects, _]) = paid();
    effects.ledger = scene.ledger.id();
    let transfer = &mut effects.transfers[0];
    transfer.pool = pool;
    let TransferStatement::Transfer { instance, ciphertexts } = &mut transfer.statement else { panic!("a payment") };
    let alice = scene.alice.wallet().key();
    instance.commitments = outputs.each_ref().map(OutputNote::commitment);
    *ciphertexts = outputs.iter().map(|output| output.encrypt(alice.outgoing(), None)).collect();
    effects
}

fn plain(scene: &Scene, to: &Holder, value: u64) -> OutputNote {
    let memo = Memo::from_text("for the bread").unwrap();
    OutputNote::plain(to.wallet().address(0), scene.asset(), NoteValue(value), memo, &NoteSeed::random(&mut OsRng))
        .unwrap()
}

#[test]
fn escrows_notes_of_no_value_and_rights_of_elections_are_no_payments() {
    let (scene, _) = paid();
    let pool = AssetClass::Ordinary.pool(scene.ledger.id());
    let (alice, key) = (&scene.alice, scene.alice.wallet().key());
    let made = |pool, output| effects(&scene, pool, [output, plain(&scene, alice, 5)]);
    assert!(PaymentDisclosure::new(key, &made(pool, plain(&scene, &scene.bob, 9))).is_ok());
    // Each is found by nobody, and refused if somebody makes the file by hand.
    let escrow = Escrow {
        contract: Contract {
            claimant: scene.bob.wallet().address(0).owner(),
            terms: Terms { claim_until: Timestamp::MAX, refund_from: Timestamp::MAX, burn_only: false },
            guard: Guard::none(),
        },
        refund: alice.wallet().address(0).owner(),
        nullifier_key: NullifierKey::new(5.into()),
    };
    let seed = NoteSeed::random(&mut OsRng);
    let (to, memo) = (scene.bob.wallet().address(0), Memo::empty());
    let escrow = OutputNote::escrow(to, scene.asset(), NoteValue(9), escrow, None, memo, &seed).unwrap();
    let election = PoolId([9; 32]);
    for (effects, refusal) in [
        (made(pool, escrow), DisclosureError::Escrow),
        (made(pool, plain(&scene, &scene.bob, 0)), DisclosureError::Zero),
        (made(election, plain(&scene, &scene.bob, 9)), DisclosureError::Output { transfer: 0, output: 0 }),
    ] {
        assert_eq!(PaymentDisclosure::new(key, &effects).unwrap_err(), DisclosureError::Nothing);
        let TransferStatement::Transfer { instance, ciphertexts } = &effects.transfers[0].statement else { panic!() };
        let note = NoteDisclosure::by_sender(key.outgoing(), instance.commitments[0], &ciphertexts[0]).unwrap();
        let (ledger, transaction) = (effects.ledger, effects.digest());
        let by_hand = PaymentDisclosure { ledger, transaction, transfer: 0, output: 0, note };
        assert_eq!(by_hand.check(&effects).unwrap_err(), refusal);
    }
}

#[test]
fn one_of_several_payments_is_not_disclosed_with_the_others() {
    let (scene, _) = paid();
    let pool = AssetClass::Ordinary.pool(scene.ledger.id());
    let effects = effects(&scene, pool, [plain(&scene, &scene.bob, 9), plain(&scene, &scene.bob, 5)]);
    let key = scene.alice.wallet().key();
    assert_eq!(PaymentDisclosure::new(key, &effects).unwrap_err(), DisclosureError::Several(2));
}

//! One payment, shown to a third party.

use rand_core::OsRng;
use tabella_payments::{
    holder::{Holder, submit},
    log::{LogError, read_entries},
};
use tabella_protocol::{
    disclosure::{DisclosureError, PaymentDisclosure},
    keys::Seed,
    note_encryption::{DecryptionError, SentNote},
    transaction::{LedgerId, TransactionEffects},
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

fn shown(notes: &[SentNote]) -> Vec<(u64, Option<&str>)> {
    notes.iter().map(|note| (note.note.value.0, note.memo.text())).collect()
}

#[test]
fn payer_and_payee_disclose_the_same_payment_and_nothing_else() {
    let (scene, [payment, other]) = paid();
    let (alice, bob) = (scene.alice.wallet(), scene.bob.wallet());
    for holder in [alice, bob] {
        let disclosure = PaymentDisclosure::new(holder.key(), &payment).unwrap();
        let bytes = files::encode(&disclosure);
        let read: PaymentDisclosure = files::decode(&bytes).unwrap();
        let notes = read.check(&payment).unwrap();
        // The change of 750 is not among them.
        assert_eq!(shown(&notes), [(250, Some("for the bread"))]);
        assert_eq!((notes[0].recipient, notes[0].note.asset), (bob.address(0), scene.asset()));
        // It opens nothing of another transaction, even if it says that it does.
        assert_eq!(read.check(&other).unwrap_err(), DisclosureError::Transaction(payment.digest()));
        let mut elsewhere = read.clone();
        elsewhere.transaction = other.digest();
        let refused = elsewhere.check(&other).unwrap_err();
        assert!(matches!(refused, DisclosureError::Note { error: DecryptionError::NotForThisKey, .. }), "{refused}");
    }
    let back = PaymentDisclosure::new(alice.key(), &other).unwrap();
    assert_eq!(shown(&back.check(&other).unwrap()), [(50, Some("for the bread"))]);
    let stranger = Holder::new(&Seed::new([3; 32]), 0);
    assert_eq!(PaymentDisclosure::new(stranger.wallet().key(), &payment).unwrap_err(), DisclosureError::Nothing);
    let mut abroad = back.clone();
    abroad.ledger = LedgerId([7; 32]);
    assert_eq!(abroad.check(&other).unwrap_err(), DisclosureError::Ledger(LedgerId([7; 32])));
}

#[test]
fn disclosure_altered_in_any_byte_proves_nothing() {
    let (scene, [payment, _]) = paid();
    let disclosure = PaymentDisclosure::new(scene.alice.wallet().key(), &payment).unwrap();
    let bytes = borsh::to_vec(&disclosure).unwrap();
    for index in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut altered = bytes.clone();
            altered[index] ^= bit;
            let read = borsh::from_slice::<PaymentDisclosure>(&altered);
            assert!(read.is_err() || read.unwrap().check(&payment).is_err(), "byte {index} ^ {bit}");
        }
    }
}

#[test]
fn outputs_out_of_order_repeated_or_missing_do_not_decode() {
    let (scene, [payment, _]) = paid();
    let disclosure = PaymentDisclosure::new(scene.alice.wallet().key(), &payment).unwrap();
    let bytes = borsh::to_vec(&disclosure).unwrap();
    // Ledger, transaction, number of outputs, one output.
    let (head, output) = (&bytes[..64], &bytes[68..]);
    assert_eq!(output.len(), 4 + 1 + 96);
    let of =
        |outputs: &[&[u8]]| [head, &u32::try_from(outputs.len()).unwrap().to_le_bytes(), &outputs.concat()].concat();
    let read = |bytes: &[u8]| borsh::from_slice::<PaymentDisclosure>(bytes);
    assert!(read(&of(&[output])).is_ok());
    let mut later = output.to_vec();
    later[0] += 1;
    assert!(read(&of(&[])).is_err());
    assert!(read(&of(&[output, output])).is_err());
    assert!(read(&of(&[&later, output])).is_err());
    let with_more = read(&of(&[output, &later])).unwrap();
    assert!(matches!(with_more.check(&payment).unwrap_err(), DisclosureError::Output { transfer: 1, .. }));
    let many: Vec<Vec<u8>> = (0..129u32).map(|i| [&i.to_le_bytes(), &output[4..]].concat()).collect();
    assert!(read(&of(&many.iter().map(Vec::as_slice).collect::<Vec<_>>())).is_err());
}

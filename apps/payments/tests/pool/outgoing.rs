//! What whoever has an outgoing viewing key sees, and what he does not.

use rand_core::OsRng;
use tabella_payments::{
    holder::{PaymentOrder, submit},
    log::read_pool,
    outgoing::{OutgoingViewingKey, outgoing_notes},
    viewing::{ViewingKey, ViewingKeyError, incoming_notes},
};
use tabella_protocol::{
    asset::AssetClass,
    keys::{Account, FullViewingKey, IncomingViewingKey, Seed},
    note::NoteValue,
    note_encryption::{Memo, NoteDisclosure, recover},
    transaction::TransferStatement,
};
use tabella_prover::wallet::{LogContent, Wallet};

use crate::scene::{Scene, parameters};

#[test]
fn outgoing_key_shows_what_was_sent_and_neither_receives_nor_spends() {
    let mut scene = Scene::with_notes(&[600]);
    let parameters = parameters();
    let order = scene.order(250);
    let mut alice = std::mem::replace(&mut scene.alice, crate::scene::alice());
    alice.read(&scene.ledger).unwrap();
    let paid = scene.prepare_pay(&mut alice, &order);
    let transaction = alice.authorize(paid, &parameters, &mut OsRng).unwrap();
    submit(&mut scene.ledger, transaction.clone()).unwrap();
    scene.read();
    // Bob pays some of it back, to an address of Alice.
    let mut bob = std::mem::replace(&mut scene.bob, crate::scene::alice());
    let memo = Memo::from_text("thanks").unwrap();
    let back = PaymentOrder { to: alice.wallet().address(3), asset: order.asset, amount: NoteValue(7), memo };
    let back = scene.prepare_pay(&mut bob, &back);
    let back = bob.authorize(back, &parameters, &mut OsRng).unwrap();
    submit(&mut scene.ledger, back).unwrap();

    // The key as it is handed over: 32 bytes in text.
    let text = OutgoingViewingKey::of(alice.wallet().key()).encode();
    assert!(text.starts_with("tabviewout1") && text.len() < 80);
    let key: OutgoingViewingKey = text.parse().unwrap();
    assert_eq!(key.encode(), text);
    let entries = read_pool(&scene.ledger, AssetClass::Ordinary).unwrap();
    let seen: Vec<_> = outgoing_notes(&key, &entries)
        .into_iter()
        .map(|note| (note.value.0, note.to, note.memo.text().map(str::to_owned), note.change, note.escrow))
        .collect();
    let [payment, change] = seen.as_slice() else { panic!("{} notes", seen.len()) };
    assert_eq!(*payment, (250, order.to, Some("for the bread".into()), false, false));
    assert_eq!((change.0, change.3), (350, true));
    // Not what was issued to Alice (600), nor what Bob sent her (7); of Bob it shows nothing.
    let bobs = OutgoingViewingKey::of(bob.wallet().key());
    let of_bob: Vec<_> = outgoing_notes(&bobs, &entries).iter().map(|note| note.value.0).collect();
    assert_eq!(of_bob, [7, 243]);

    // As an incoming key, or as parts of a full one, the same bytes open nothing and spend nothing.
    let ovk = *alice.wallet().key().outgoing().expose();
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&ovk);
    bytes[31] &= 0x0f;
    bytes[32..63].copy_from_slice(&ovk[..31]);
    let guessed = IncomingViewingKey::from_bytes(&bytes).unwrap();
    assert!(incoming_notes(&guessed, std::slice::from_ref(&entries)).is_empty());
    let stranger = Seed::new(ovk).account(&Account::Payment(0));
    let mut parts = *stranger.full_viewing_key().to_bytes();
    parts[96..].copy_from_slice(&ovk);
    let mut viewer = Wallet::new(FullViewingKey::from_bytes(&parts).unwrap());
    tabella_payments::holder::read_wallet(&mut viewer, &scene.ledger).unwrap();
    assert_eq!(viewer.notes().count(), 0, "with ovk and keys of one's own there is nothing to spend");
    // Its text is no viewing key of another kind, and the other way round.
    assert_eq!(text.parse::<ViewingKey>().unwrap_err(), ViewingKeyError::Kind);
    let full = ViewingKey::Full(alice.wallet().key().clone()).encode();
    assert_eq!(full.parse::<OutgoingViewingKey>().unwrap_err(), ViewingKeyError::Kind);
    let mut broken = text.to_string();
    broken.replace_range(20..21, if &broken[20..21] == "q" { "p" } else { "q" });
    assert_eq!(broken.parse::<OutgoingViewingKey>().unwrap_err(), ViewingKeyError::Text);

    // A note that came in is not opened, and not disclosed, by ovk.
    let TransferStatement::Transfer { instance, ciphertexts } = &transaction.effects.transfers[0].statement else {
        panic!("a transfer")
    };
    let sent = recover(alice.wallet().key().outgoing(), instance.commitments[0], &ciphertexts[0]).unwrap();
    assert_eq!(sent.note.value, NoteValue(250));
    let received = entries.iter().flat_map(|entry| &entry.outputs).filter_map(|output| match &output.content {
        LogContent::Encrypted { commitment, ciphertext } => Some((*commitment, ciphertext)),
        LogContent::Issued(_) => None,
    });
    let opened = received
        .filter(|(cm, ciphertext)| NoteDisclosure::by_sender(alice.wallet().key().outgoing(), *cm, ciphertext).is_ok());
    assert_eq!(opened.count(), 2, "the two outputs of Alice's own transfer");
}

//! Remittances as they should go, and what the public sees of them.

use tabella_ledger::store::EntryNumber;
use tabella_protocol::{
    note::NoteValue,
    statement::Mode,
    transaction::{LoggedTransaction, TransferStatement},
};
use tabella_prover::builder::SpendPath;
use tabella_remittance::{
    Notice, Order, SignedQuote,
    rules::{Answer, RemittanceRow},
};
use tabella_verifier::{
    application::{InstanceId, Readable as _},
    files::{decode, encode},
};

use crate::scene::{ANSWER, BELOW, CLAIM, EUROS, EXPIRES, NOW, Scene, WON, Who, refused_by_wallet, time};

#[test]
fn both_legs_are_locked_in_one_transaction_accepted_and_claimed() {
    let mut scene = Scene::new();
    let quote = scene.quote();
    // 100.00 euros, of which 2.00 are the fee: 98.00 at 1,560 are 152,880 won.
    assert_eq!((quote.quote.priced.fee, quote.quote.priced.deliver), (NoteValue(200), NoteValue(152_880)));
    let quote: SignedQuote = decode(&encode(&quote)).unwrap();
    let agreed = scene.agree(quote).unwrap();
    let payment = scene.payment(&agreed);
    let order: Order = decode(&encode(&agreed.order(&payment))).unwrap();
    let (ledger, now) = (scene.id(), scene.stage.now().unwrap());
    let told = order
        .check(&scene.provider.keys, (ledger, &scene.corridor, now), scene.state(), &scene.provider.person.holder)
        .unwrap();
    assert_eq!(told.ivms101.originator.originator_persons[0].name(), "Anna Nowak");
    let answer = scene.answer(&order, true);
    let transaction = scene.complete(&agreed, payment, &answer, true).unwrap();
    assert_eq!(transaction.effects.transfers.len(), 2);
    scene.stage.submit(transaction).unwrap();

    let notice: Notice = decode(&encode(&agreed.notice())).unwrap();
    scene.read_all();
    let wallet = scene.receiver.person.holder.wallet();
    let told = notice.check(&scene.receiver.keys, &scene.payee(), scene.state(), wallet).unwrap();
    assert_eq!(told.ivms101.beneficiary.beneficiary_persons[0].name(), "Minji Kim");
    scene.say(Who::Receiver, agreed.id(), true).unwrap();
    assert_eq!(scene.state().remittance(&agreed.id()).unwrap().answer(), Some(Answer::Accepted));
    scene.settle(Who::Provider, agreed.id(), SpendPath::Claim, true).unwrap();
    scene.settle(Who::Receiver, agreed.id(), SpendPath::Claim, true).unwrap();

    let (euro, won) = (scene.euro, scene.won);
    assert_eq!(scene.balance(Who::Sender, euro), u128::from(EUROS - 10_000));
    assert_eq!(scene.balance(Who::Provider, euro), 10_000);
    assert_eq!(scene.balance(Who::Receiver, won), 152_880);
    assert_eq!(scene.balance(Who::Provider, won), u128::from(WON - 152_880));
    assert_eq!((scene.total(euro), scene.total(won)), (u128::from(EUROS), u128::from(WON)));
}

#[test]
fn remittance_that_is_declined_goes_back_to_both() {
    let (mut scene, id, _) = Scene::locked();
    scene.say(Who::Receiver, id, false).unwrap();
    back(scene, id);
}

#[test]
fn remittance_that_nobody_answers_goes_back_to_both_without_anybodys_help() {
    let (scene, id, _) = Scene::locked();
    back(scene, id);
}

fn back(mut scene: Scene, id: tabella_remittance::rules::RemittanceId) {
    // Not before its time.
    refused_by_wallet(&scene.settle(Who::Sender, id, SpendPath::Refund, false));
    scene.stage.advance(EXPIRES + u64::from(ANSWER) + u64::from(CLAIM) - NOW);
    scene.settle(Who::Sender, id, SpendPath::Refund, true).unwrap();
    scene.settle(Who::Provider, id, SpendPath::Refund, true).unwrap();
    let (euro, won) = (scene.euro, scene.won);
    assert_eq!(scene.balance(Who::Sender, euro), u128::from(EUROS));
    assert_eq!(scene.balance(Who::Provider, won), u128::from(WON));
    assert_eq!((scene.total(euro), scene.total(won)), (u128::from(EUROS), u128::from(WON)));
}

// Corridor and times are seen; persons, keys that last, amounts, rate and fee are not.
#[test]
fn public_sees_that_there_is_a_remittance_and_neither_who_nor_how_much() {
    let (scene, id, notice) = Scene::locked();
    let state = scene.state();
    let shown: Vec<InstanceId> = state.instances(None).collect();
    let corridor = scene.corridor.id(scene.id());
    let mut ids = vec![InstanceId(corridor.0), InstanceId(id.0)];
    ids.sort_unstable();
    assert_eq!(shown, ids);
    assert_eq!(state.instances(Some(ids[0])).collect::<Vec<_>>(), [ids[1]]);
    let row = |id| state.row(&InstanceId(id), time(NOW)).unwrap();
    assert!(matches!(row(corridor.0), RemittanceRow::Corridor { below, .. } if below == BELOW.to_string()));
    let text = serde_json::to_string(&row(id.0)).unwrap();
    assert!(text.contains(r#""stage":"locked""#), "{text}");
    assert_eq!(
        state.row(&InstanceId(id.0), notice.terms.answer_until).map(|row| serde_json::to_string(&row).unwrap()),
        Some(text.replace("locked", "expired"))
    );
    // What the ledger holds of it shows each asset, and hides each amount behind a commitment.
    let last = scene.stage.ledger.entries() - 1;
    let entry = scene.stage.ledger.store().entries_from(EntryNumber::new(last), 1).unwrap();
    let logged: LoggedTransaction = borsh::from_slice(&entry[0].bytes).unwrap();
    let effects = &logged.transaction.effects;
    for transfer in &effects.transfers {
        let TransferStatement::Transfer { instance, .. } = &transfer.statement else { panic!("a transfer") };
        assert!(instance.mode == Mode::Tag && instance.reveal);
    }
    let bytes = borsh::to_vec(effects).unwrap();
    for hidden in [10_000u64, 200, 152_880] {
        assert!(!bytes.windows(8).any(|window| window == hidden.to_le_bytes()), "{hidden}");
    }
    for name in ["Nowak", "Minji"] {
        assert!(!bytes.windows(name.len()).any(|window| window == name.as_bytes()), "{name}");
    }
}

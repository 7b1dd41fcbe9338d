//! Letters of credit as they should go.

use rand_core::OsRng;
use tabella_protocol::note::NoteValue;
use tabella_prover::builder::SpendPath;
use tabella_trade::{
    files::TradeFile as _,
    letters::LetterFile,
    reading::{acknowledge, claims, locked},
};
use tabella_trade_rules::{
    action::{Discrepancy, DiscrepancyCode},
    readable::TradeRow,
    state::Status,
};
use tabella_verifier::application::{InstanceId, Readable as _};

use crate::scene::{AMOUNT, BILL, DAY, INVOICE, Proofs, Scene, day, opening};

#[test]
fn letter_is_issued_advised_presented_accepted_and_claimed() {
    let mut scene = Scene::new();
    let letter = scene.draft(scene.request());
    // What the applicant hands to the bank opens to what the terms hide.
    let read = LetterFile::from_file(&letter.to_file()).unwrap();
    assert_eq!(read, letter);
    read.check().unwrap();
    let id = letter.id();
    scene.issue(&letter).unwrap();
    let advice = scene.on(id).advise(&scene.adviser.keys).unwrap();
    scene.stage.submit(advice).unwrap();

    // The seller's wallet has opened the escrow: it may ship.
    scene.read_all();
    assert_eq!(acknowledge(scene.seller.person.holder.wallet(), id, scene.letter(id)), Ok(u128::from(AMOUNT)));
    assert_eq!(locked(scene.bank.person.holder.wallet(), id), [NoteValue(AMOUNT)]);
    scene.stage.advance(10 * DAY);
    scene.present(id, day(8)).unwrap();
    // The examiner has the documents themselves, and sees that they are those on the ledger.
    let documents = scene.documents(id, day(8));
    documents[0].check_content(BILL).unwrap();
    documents[1].check_content(INVOICE).unwrap();
    let presentation = scene.letter(id).status.presentation().unwrap().clone();
    assert_eq!(presentation.documents, [documents[1].document, documents[0].document], "in the letter's order");
    assert!(!presentation.is_late);

    let TradeRow::LetterOfCredit(row) = scene.trade().row(&InstanceId(id.0), scene.stage.now().unwrap()).unwrap()
    else {
        panic!("a letter")
    };
    assert_eq!((row.status, row.open, row.advised, row.documents.len()), ("presented", false, true, 2));
    let shown = serde_json::to_string(&row).unwrap();
    for hidden in [AMOUNT.to_string(), "coffee".into(), "Aurora".into()] {
        assert!(!shown.contains(&hidden), "{shown}");
    }

    scene.accept(id).unwrap();
    assert!(matches!(scene.letter(id).status, Status::Accepted(..)));
    let before = scene.stage.ledger.entries();
    scene.claim(id).unwrap();
    assert_eq!(scene.balance(|scene| &scene.seller), u128::from(AMOUNT));
    assert_eq!(scene.balance(|scene| &scene.bank), 500_000);
    // Everybody sees that the letter was claimed.
    let mut claimed = 0;
    tabella_payments::log::read_entries(&scene.stage.ledger, |index, logged| {
        let found = claims(&logged.transaction.effects, &id.guard().unwrap());
        assert!(found == 0 || index == before);
        claimed += found;
        Ok::<_, tabella_payments::log::LogError>(())
    })
    .unwrap();
    assert_eq!(claimed, 1);
}

#[test]
fn refused_documents_are_presented_again_and_accepted() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(10 * DAY);
    scene.present(id, day(8)).unwrap();
    let wrong = Discrepancy { document: 0, code: DiscrepancyCode::Goods };
    let refusal = scene.on(id).refuse(&scene.examiner.keys, vec![wrong, wrong]).unwrap();
    scene.stage.submit(refusal).unwrap();
    assert!(matches!(&scene.letter(id).status, Status::Refused(presentation, found)
        if presentation.number == 1 && *found == [wrong]));
    scene.present(id, day(9)).unwrap();
    assert_eq!(scene.letter(id).status.presentation().unwrap().number, 2);
    scene.accept(id).unwrap();
    scene.claim(id).unwrap();
    assert_eq!(scene.balance(|scene| &scene.seller), u128::from(AMOUNT));
}

#[test]
fn late_shipment_is_waived_by_those_who_pay() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(25 * DAY);
    scene.present(id, day(22)).unwrap();
    let late = Discrepancy { document: 1, code: DiscrepancyCode::LateShipment };
    let refusal = scene.on(id).refuse(&scene.examiner.keys, vec![late]).unwrap();
    scene.stage.submit(refusal).unwrap();
    let consent = scene.consent(&scene.buyer.keys, scene.on(id).waiver().unwrap());
    let waiver = scene.on(id).waive(&scene.bank.keys, &[consent]).unwrap();
    scene.stage.submit(waiver).unwrap();
    scene.claim(id).unwrap();
    assert_eq!(scene.balance(|scene| &scene.seller), u128::from(AMOUNT));
}

#[test]
fn letter_under_which_nothing_was_accepted_is_refunded_with_nobodys_help() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(60 * DAY);
    scene.settle(id, SpendPath::Refund, Proofs::Real).unwrap();
    assert_eq!(scene.balance(|scene| &scene.bank), 500_000 + u128::from(AMOUNT));
    assert_eq!(
        scene.trade().row(&InstanceId(id.0), day(60)).map(|row| match row {
            TradeRow::LetterOfCredit(row) => row.status,
            TradeRow::Debtor(_) => "no letter",
        }),
        Some("expired")
    );
}

#[test]
fn silent_examiner_has_accepted_after_the_time_that_the_letter_allows() {
    let (mut scene, id) = Scene::issued(|request| request.silence = Some(5 * 86_400));
    scene.stage.advance(10 * DAY);
    scene.present(id, day(8)).unwrap();
    scene.stage.advance(5 * DAY);
    scene.claim(id).unwrap();
    assert_eq!(scene.balance(|scene| &scene.seller), u128::from(AMOUNT));
}

#[test]
fn amendment_by_consent_extends_a_letter_and_raises_its_amount() {
    let (mut scene, id) = Scene::issued(|_| {});
    let mut conditions = scene.letter(id).conditions.clone();
    (conditions.latest_shipment, conditions.expiry) = (Some(day(35)), day(45));
    let more = opening(1_000);
    let consent = scene.on(id).amendment(&conditions, Some(&more));
    let consents = [&scene.buyer, &scene.seller].map(|party| scene.consent(&party.keys, consent));
    let order = scene.on(id).increase_order(scene.seller.person.address(3), NoteValue(1_000)).unwrap();
    let transfer = scene.lock(scene.euro, &order);
    let amended =
        scene.on(id).amend_and_increase(&scene.bank.keys, conditions, (transfer, &more), &consents, &mut OsRng);
    let transaction = scene.authorize(amended.unwrap(), Proofs::Real);
    scene.stage.submit(transaction).unwrap();
    let letter = scene.letter(id);
    assert_eq!((letter.version, letter.escrows.len()), (1, 2));
    scene.read_all();
    let all = u128::from(AMOUNT) + 1_000;
    assert_eq!(acknowledge(scene.seller.person.holder.wallet(), id, scene.letter(id)), Ok(all));
    // The advice was for the letter as it was before.
    assert_eq!(scene.letter(id).advised, None);
    scene.stage.advance(40 * DAY);
    scene.present(id, day(34)).unwrap();
    scene.accept(id).unwrap();
    scene.claim(id).unwrap();
    scene.claim(id).unwrap();
    assert_eq!(scene.balance(|scene| &scene.seller), all);
}

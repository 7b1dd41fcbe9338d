//! Documents that are missing, unsigned, another's, or not what was signed.

use tabella_protocol::transaction::{LedgerId, SignatureBytes};
use tabella_trade::{
    documents::{DocumentError, SignedDocument, complete, endorse},
    files::{FileError, TradeFile as _},
    letters::{LetterFile, alone},
};
use tabella_trade_rules::{
    TradeRejection,
    action::{TradeAction, TradeProof},
    letter::{DocumentKind, LetterId},
};

use crate::scene::{BILL, DAY, INVOICE, Outcome, Scene, day, refused};

/// Presents these documents with these signatures, whatever the client thinks of them.
fn present(
    scene: &mut Scene,
    letter: LetterId,
    documents: &[&SignedDocument],
    signatures: Vec<SignatureBytes>,
) -> Outcome {
    let documents = documents.iter().map(|document| document.document).collect();
    let action = TradeAction::Present { letter, version: 0, documents };
    let transaction = alone(scene.id(), &action, |context| TradeProof {
        endorsements: signatures,
        ..TradeProof::signed(scene.seller.keys.sign(context.digest))
    });
    scene.stage.submit(transaction)
}

#[test]
fn presentation_with_missing_unsigned_or_foreign_documents_is_refused() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(10 * DAY);
    let documents = scene.documents(id, day(8));
    let [bill, invoice] = [&documents[0], &documents[1]];
    let signed = vec![invoice.signature, bill.signature];

    let outcome = present(&mut scene, id, &[invoice], vec![invoice.signature]);
    refused(&outcome, TradeRejection::Documents { expected: 2, found: 1 });
    let outcome = present(&mut scene, id, &[invoice, bill, bill], signed.clone());
    refused(&outcome, TradeRejection::Documents { expected: 2, found: 3 });
    let outcome = present(&mut scene, id, &[bill, invoice], signed.clone());
    refused(&outcome, TradeRejection::Shipped(0));
    let outcome = present(&mut scene, id, &[invoice, bill], vec![invoice.signature]);
    refused(&outcome, TradeRejection::Proof("each document has one signature"));

    // A bill without the carrier's signature; with the seller's own; with a stranger's.
    let own = endorse(&scene.seller.keys, scene.id(), id, DocumentKind::BillOfLading, Some(day(8)), BILL);
    let strangers = endorse(&scene.stranger.keys, scene.id(), id, DocumentKind::BillOfLading, Some(day(8)), BILL);
    let unsigned = SignedDocument { signature: SignatureBytes([0; 64]), ..bill.clone() };
    // The carrier's, but of another letter, another ledger, another kind, another time of shipment, another content.
    let keys = &scene.carrier.keys;
    let of_another_letter =
        endorse(keys, scene.id(), LetterId([8; 32]), DocumentKind::BillOfLading, Some(day(8)), BILL);
    let of_another_ledger = endorse(keys, LedgerId([8; 32]), id, DocumentKind::BillOfLading, Some(day(8)), BILL);
    let of_another_kind = endorse(keys, scene.id(), id, DocumentKind::Waybill, Some(day(8)), BILL);
    let earlier = SignedDocument {
        document: tabella_trade_rules::action::PresentedDocument { shipped: Some(day(7)), ..bill.document },
        ..*bill
    };
    let mut altered = bill.clone();
    altered.document.digest[0] ^= 1;
    for lie in [own, strangers, unsigned, of_another_letter, of_another_ledger, of_another_kind, earlier, altered] {
        let outcome = present(&mut scene, id, &[invoice, &lie], vec![invoice.signature, lie.signature]);
        refused(&outcome, TradeRejection::Endorsement(1));
    }
    present(&mut scene, id, &[invoice, bill], signed).unwrap();
}

#[test]
fn seller_learns_before_sending_which_document_is_missing_or_forged() {
    let (mut scene, id) = Scene::issued(|_| {});
    let required = scene.letter(id).conditions.documents.clone();
    let documents = scene.documents(id, day(8));
    let missing = DocumentError::Missing { kind: DocumentKind::BillOfLading, signer: scene.carrier.key() };
    assert_eq!(complete(scene.id(), id, &required, &documents[1..]).unwrap_err(), missing);
    assert!(missing.to_string().contains(&hex::encode(scene.carrier.key())));
    let mut forged = documents.clone();
    forged[0].signature = SignatureBytes([0; 64]);
    let error = complete(scene.id(), id, &required, &forged).unwrap_err();
    assert_eq!(error, DocumentError::Signature(DocumentKind::BillOfLading));
    scene.stage.advance(10 * DAY);
    scene.present(id, day(8)).unwrap();
}

#[test]
fn examiner_sees_whether_the_content_is_what_was_signed() {
    let (scene, id) = Scene::issued(|_| {});
    let bill = scene.documents(id, day(8)).swap_remove(0);
    bill.check_content(BILL).unwrap();
    assert_eq!(bill.check_content(INVOICE), Err(DocumentError::Content(DocumentKind::BillOfLading)));
    // Without the blinding factor a digest tells nothing of a content that can be guessed.
    let guessed = tabella_trade_rules::action::document_digest(DocumentKind::BillOfLading, &[0; 32], BILL);
    assert_ne!(guessed, bill.document.digest);
    // The same keys find it again.
    let again = endorse(&scene.carrier.keys, scene.id(), id, DocumentKind::BillOfLading, Some(day(8)), BILL);
    assert_eq!(again, bill);
}

#[test]
fn files_round_trip_and_other_files_are_refused() {
    let (scene, id) = Scene::issued(|_| {});
    let bill = scene.documents(id, day(8)).swap_remove(0);
    let file = bill.to_file();
    assert_eq!(SignedDocument::from_file(&file), Ok(bill));
    let longer = [file.as_slice(), &[0]].concat();
    assert!(matches!(SignedDocument::from_file(&longer), Err(FileError::Decode(_))));
    assert!(matches!(SignedDocument::from_file(&file[..file.len() - 1]), Err(FileError::Decode(_))));
    assert_eq!(LetterFile::from_file(&file), Err(FileError::Kind(LetterFile::HEADER)));
    assert_eq!(SignedDocument::from_file(&vec![0; 1 << 18]), Err(FileError::Length));
}

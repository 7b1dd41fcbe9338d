//! Ids, messages, digests and proofs agree with a second implementation: `scripts/vectors/trade.py`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{collections::BTreeMap, fs, path::Path};

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    note::Timestamp,
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
    transcript::ProofContext,
};
use tabella_trade_rules::{
    action::{Consent, PresentedDocument, document_digest, endorsement_message, sender_message},
    confirmation::{Confirmation, PossessionProof, TagStatement},
    invoice::{Invoice, document_digest as invoice_digest, uid},
    letter::{DocumentKind, LetterTerms},
};

const LEDGER: LedgerId = LedgerId([1; 32]);
const DIGEST: TransactionDigest = TransactionDigest([2; 32]);

struct Vectors(BTreeMap<String, String>);

impl Vectors {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/applications/trade.json");
        Self(serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        hex::decode(&self.0[name]).unwrap()
    }

    fn decoded<T: BorshDeserialize + BorshSerialize>(&self, name: &str) -> T {
        let value = borsh::from_slice(&self.bytes(name)).unwrap();
        assert_eq!(borsh::to_vec(&value).unwrap(), self.bytes(name), "{name} has one encoding");
        value
    }

    #[track_caller]
    fn same(&self, name: &str, found: &[u8]) {
        assert_eq!(hex::encode(found), self.0[name], "{name}");
    }
}

#[test]
fn letters_and_what_is_signed_about_them_agree_with_the_second_implementation() {
    let vectors = Vectors::read();
    let terms: LetterTerms = vectors.decoded("terms");
    terms.check().unwrap();
    let letter = terms.id(LEDGER);
    vectors.same("letter", &letter.0);
    vectors.same("guard", &letter.guard().unwrap().to_bytes());
    let amendment = terms.conditions.digest();
    vectors.same("amendment", &amendment);
    vectors.same("sender_message", &sender_message(DIGEST));
    let (version, presentations) = (4, 5);
    let consents = [
        ("consent_issue", Consent::Issue(letter)),
        ("consent_waive", Consent::Waive { letter, presentation: 4 }),
        ("consent_amend", Consent::Amend { letter, version, conditions: amendment, increase: Some(terms.amount) }),
        ("consent_cancel", Consent::Cancel { letter, version, presentations }),
    ];
    for (name, consent) in consents {
        vectors.same(name, &consent.message(LEDGER));
    }
    let digest = document_digest(DocumentKind::BillOfLading, &[5; 32], b"400 bags");
    vectors.same("document", &digest);
    let document = PresentedDocument { digest, shipped: Timestamp::new(900) };
    vectors.same("endorsement", &endorsement_message(LEDGER, letter, DocumentKind::BillOfLading, &document));
}

#[test]
fn invoices_and_their_proofs_agree_with_the_second_implementation() {
    let vectors = Vectors::read();
    let invoice: Invoice = vectors.decoded("invoice");
    vectors.same("invoice_document", &invoice_digest(b"the document"));
    vectors.same("invoice_point", invoice.identity.point(LEDGER).as_bytes());
    let confirmation: Confirmation = vectors.decoded("confirmation");
    assert_eq!(confirmation.invoice, invoice);
    vectors.same("tag", confirmation.tag.as_bytes());
    vectors.same("invoice_body", &invoice.commitment(&confirmation.blinding));
    vectors.same("invoice_uid", &uid(&invoice.identity.debtor, &confirmation.tag));
    let key: Element = vectors.decoded("debtor_key");
    let Confirmation { tag, ref blinding, ref proof, .. } = confirmation;
    let statement = TagStatement { ledger: LEDGER, key, tag, invoice: &invoice, blinding };
    assert!(statement.is_shown_by(proof));
    assert!(!TagStatement { key: tag, ..statement }.is_shown_by(proof));
    assert!(!TagStatement { ledger: LedgerId([9; 32]), ..statement }.is_shown_by(proof));
    let possession: PossessionProof = vectors.decoded("possession_proof");
    let context = ProofContext { ledger: LEDGER, digest: DIGEST, index: 3 };
    assert!(possession.equation(&context, &invoice.identity.debtor, &key).holds());
    let elsewhere = ProofContext { index: 4, ..context };
    assert!(!possession.equation(&elsewhere, &invoice.identity.debtor, &key).holds());
}

//! Invoices: one confirmation for each, whoever lies.

use curve25519_dalek::scalar::Scalar;
use rand_core::OsRng;
use tabella_ledger::node::Refusal;
use tabella_payments::issuer::{next_issue, sign_issue};
use tabella_protocol::{
    asset::{AssetDescription, Issue},
    keys::Seed,
    note::NoteValue,
    ristretto::{CanonicalScalar, Element},
    transaction::{LedgerId, Transaction},
};
use tabella_stage::{StageError, reason};
use tabella_trade::{
    debtor::{ConfirmError, Confirmed, confirm, register},
    files::TradeFile as _,
    keys::TradeKeys,
};
use tabella_trade_rules::{
    TradeRejection,
    confirmation::{Confirmation, ConfirmationError},
    invoice::{Invoice, InvoiceIdentity, NotAReference, Reference, uid},
};
use tabella_verifier::assets::IssueRejection;

use crate::scene::{Outcome, Party, Scene, day, refused, refused_as};

pub(crate) fn invoice(scene: &Scene, debtor: &Party) -> Invoice {
    Invoice {
        identity: InvoiceIdentity {
            debtor: debtor.key(),
            seller: "DE811907980".parse().unwrap(),
            number: "2026-117".parse().unwrap(),
        },
        asset: scene.euro,
        amount: NoteValue(95_000),
        issued: day(0),
        due: day(90),
        document: [5; 32],
    }
}

impl Scene {
    pub(crate) fn registered() -> Self {
        let mut scene = Self::new();
        let transaction = register(&scene.buyer.keys, scene.id(), &mut OsRng);
        scene.stage.submit(transaction).unwrap();
        scene
    }

    pub(crate) fn confirm(&self, keys: &TradeKeys, invoice: Invoice) -> Result<Confirmed, ConfirmError> {
        let known = (self.trade(), self.stage.ledger.state().assets());
        confirm(keys, self.id(), known, invoice, self.seller.person.address(0), &mut OsRng)
    }

    pub(crate) fn confirmed(&mut self, invoice: Invoice) -> Confirmation {
        let confirmed = self.confirm(&self.buyer.keys, invoice).unwrap();
        self.stage.submit(confirmed.transaction.unwrap()).unwrap();
        confirmed.confirmation
    }

    pub(crate) fn check(
        &self,
        confirmation: &Confirmation,
    ) -> Result<tabella_protocol::note::AssetId, ConfirmationError> {
        confirmation.check(self.id(), self.trade(), self.stage.ledger.state().assets())
    }

    /// What anybody can try who issues an asset as he likes.
    fn issue_asset(&mut self, by: &ed25519_dalek::SigningKey, description: AssetDescription) -> Outcome {
        let to = [(self.stranger.person.address(0), NoteValue(1))];
        let assets = self.stage.ledger.state().assets();
        let (_, issue): (_, Issue) = next_issue(assets, description, &to, true, &mut OsRng).unwrap();
        let transaction: Transaction = sign_issue(by, self.id(), &issue).unwrap();
        self.stage.submit(transaction)
    }
}

/// The debtor's Ed25519 key, as the client derives it, for what an honest client would not sign.
fn debtors_own_key() -> ed25519_dalek::SigningKey {
    let expanded = tabella_protocol::hash::blake2b_512(
        tabella_trade_rules::domain::personal::KEYS,
        &[&[1; 32], &0_u32.to_le_bytes(), b"party"],
    );
    ed25519_dalek::SigningKey::from_bytes(expanded[..32].try_into().unwrap())
}

#[test]
fn confirmed_invoice_is_checked_by_whoever_finances_it() {
    let mut scene = Scene::registered();
    let confirmation = scene.confirmed(invoice(&scene, &scene.buyer));
    let read = Confirmation::from_file(&confirmation.to_file()).unwrap();
    assert_eq!(read, confirmation);
    let asset = scene.check(&read).unwrap();
    let state = scene.stage.ledger.state().assets().get(&asset).unwrap();
    assert_eq!((state.issued, state.sealed, state.description.cap), (1, true, 1));
    // The seller holds it. Nothing on the ledger tells number, seller or amount.
    scene.read_all();
    assert_eq!(scene.stage.balance(&scene.seller.person, asset).unwrap(), 1);
    // Asked again, the debtor gives the same confirmation and issues nothing.
    let again = scene.confirm(&scene.buyer.keys, confirmation.invoice.clone()).unwrap();
    assert!(again.transaction.is_none());
    assert_eq!((again.confirmation.tag, again.confirmation.blinding), (confirmation.tag, confirmation.blinding));
    assert_eq!(scene.check(&again.confirmation), Ok(asset));
}

#[test]
fn invoice_is_confirmed_once_however_it_is_written() {
    let mut scene = Scene::registered();
    let first = scene.confirmed(invoice(&scene, &scene.buyer));
    // Another amount, date or document under the same number: the honest debtor's program refuses.
    let mut altered = first.invoice.clone();
    altered.amount = NoteValue(95_001);
    let refusal = scene.confirm(&scene.buyer.keys, altered.clone()).unwrap_err();
    assert!(matches!(refusal, ConfirmError::Confirmed { .. }), "{refusal}");
    altered = Invoice { due: day(91), ..first.invoice.clone() };
    assert!(matches!(scene.confirm(&scene.buyer.keys, altered.clone()), Err(ConfirmError::Confirmed { .. })));
    // A debtor that lies issues the asset all the same: its uid is taken, for the tag is the same.
    let description = altered.asset(&first.tag, &[7; 32]);
    let known = scene.check(&first).unwrap();
    let outcome = scene.issue_asset(&debtors_own_key(), description);
    assert_eq!(reason::<IssueRejection>(&outcome), Some(&IssueRejection::Uid(known)), "{outcome:?}");
    // Nor can somebody else issue it under his own key.
    let mut squatted = first.invoice.asset(&first.tag, &first.blinding);
    squatted.issuer = scene.stranger.person.key.verifying_key().to_bytes();
    let key = scene.stranger.person.key.clone();
    let outcome = scene.issue_asset(&key, squatted);
    assert_eq!(reason::<IssueRejection>(&outcome), Some(&IssueRejection::Uid(known)), "{outcome:?}");
    // Another spelling is no number at all.
    for spelling in ["2026-117 ", "2026_117", "inv-117", "-2026", "2026/", "", "２０２６", &"9".repeat(41)] {
        assert_eq!(spelling.parse::<Reference>(), Err(NotAReference), "{spelling}");
    }
    assert!(borsh::from_slice::<Reference>(b"\x03\0\0\0a-1").is_err());
}

#[test]
fn second_tag_for_an_invoice_is_found_by_whoever_is_to_finance_it() {
    let mut scene = Scene::registered();
    let first = scene.confirmed(invoice(&scene, &scene.buyer));
    // The debtor makes another tag, issues an asset under it, and proves it with another secret than the registered one.
    let sk = Scalar::from(99_u64);
    let other_key = TradeKeys::of_seed(&Seed::new([1; 32]), 1);
    let mut lie = first.clone();
    lie.tag = Element::new(sk * lie.invoice.identity.point(scene.id()).point());
    let description = lie.invoice.asset(&lie.tag, &lie.blinding);
    assert_ne!(description.uid, Some(uid(&scene.buyer.key(), &first.tag)));
    scene.issue_asset(&debtors_own_key(), description).unwrap();
    assert_eq!(scene.check(&lie), Err(ConfirmationError::Tag));
    // A proof under another key of the debtor's does not help: the registered one counts.
    let mut under_another = first.clone();
    under_another.invoice.identity.debtor = other_key.party();
    assert_eq!(scene.check(&under_another), Err(ConfirmationError::UnknownDebtor));
    assert_eq!(scene.check(&first).map(|_| ()), Ok(()));
}

#[test]
fn forged_or_altered_confirmation_is_refused() {
    let mut scene = Scene::registered();
    let honest = scene.confirmed(invoice(&scene, &scene.buyer));
    let tag = Err(ConfirmationError::Tag);
    let altered = |change: fn(&mut Confirmation)| {
        let mut confirmation = honest.clone();
        change(&mut confirmation);
        scene.check(&confirmation)
    };
    assert_eq!(altered(|c| c.invoice.amount = NoteValue(95_001)), tag);
    assert_eq!(altered(|c| c.invoice.due = day(91)), tag);
    assert_eq!(altered(|c| c.invoice.document = [6; 32]), tag);
    assert_eq!(altered(|c| c.invoice.identity.number = "2026-118".parse().unwrap()), tag);
    assert_eq!(altered(|c| c.invoice.identity.seller = "DE811907981".parse().unwrap()), tag);
    assert_eq!(altered(|c| c.blinding = [9; 32]), tag);
    assert_eq!(altered(|c| c.tag = Element::new(c.tag.point() + c.tag.point())), tag);
    assert_eq!(altered(|c| c.tag = Element::decode([0; 32]).unwrap()), tag);
    assert_eq!(altered(|c| c.proof.response = CanonicalScalar(c.proof.response.0 + Scalar::ONE)), tag);
    assert_eq!(altered(|c| c.proof.nonce_base = c.proof.nonce_point), tag);
    assert_eq!(altered(|c| c.proof.nonce_point = c.proof.nonce_base), tag);
    assert_eq!(altered(|c| c.invoice.amount = NoteValue(0)), Err(ConfirmationError::Content));
    assert_eq!(altered(|c| c.ledger = LedgerId([9; 32])), Err(ConfirmationError::Ledger(LedgerId([9; 32]))));
}

#[test]
fn confirmation_for_another_ledger_or_never_issued_is_refused() {
    let here = Scene::registered();
    // Another ledger, on which the same debtor is registered and has confirmed the same invoice.
    let elsewhere = {
        let mut other = Scene::registered();
        other.confirmed(invoice(&other, &other.buyer))
    };
    assert_ne!(elsewhere.ledger, here.id());
    assert_eq!(here.check(&elsewhere), Err(ConfirmationError::Ledger(elsewhere.ledger)));
    let renamed = Confirmation { ledger: here.id(), ..elsewhere };
    assert_eq!(here.check(&renamed), Err(ConfirmationError::Tag));
    let never_issued = here.confirm(&here.buyer.keys, invoice(&here, &here.buyer)).unwrap().confirmation;
    assert_eq!(here.check(&never_issued), Err(ConfirmationError::NotConfirmed));
}

#[test]
fn tag_of_another_debtor_is_refused() {
    let mut scene = Scene::registered();
    let transaction = register(&scene.stranger.keys, scene.id(), &mut OsRng);
    scene.stage.submit(transaction).unwrap();
    let honest = scene.confirmed(invoice(&scene, &scene.buyer));
    let mut stolen = honest.clone();
    stolen.invoice.identity.debtor = scene.stranger.key();
    assert_eq!(scene.check(&stolen), Err(ConfirmationError::Tag));
    // And a stranger cannot confirm what the buyer owes.
    let refusal = scene.confirm(&scene.stranger.keys, honest.invoice.clone()).unwrap_err();
    assert!(matches!(refusal, ConfirmError::OtherDebtor), "{refusal}");
}

#[test]
fn debtor_registers_one_key_for_good_and_only_one_that_it_knows() {
    let mut scene = Scene::registered();
    let again = register(&scene.buyer.keys, scene.id(), &mut OsRng);
    // The same action has the same digest; a second transaction of it is a replay, so another key is tried.
    assert!(matches!(scene.stage.submit(again), Err(StageError::Refused(_))));
    let other = TradeKeys::of_seed(&Seed::new([8; 32]), 0);
    let buyer = TradeKeys::of_seed(&Seed::new([1; 32]), 0);
    let register_as = |scene: &mut Scene, signer: &TradeKeys, debtor: [u8; 32], key: Element, of: &TradeKeys| {
        let action = tabella_trade_rules::action::TradeAction::Register { debtor, key };
        let honest = register(of, scene.id(), &mut OsRng);
        let proof: tabella_trade_rules::action::TradeProof = borsh::from_slice(&honest.action_proofs[0]).unwrap();
        let transaction = tabella_trade::letters::alone(scene.id(), &action, |context| {
            tabella_trade_rules::action::TradeProof { signature: signer.sign(context.digest), ..proof }
        });
        scene.stage.submit(transaction)
    };
    let outcome = register_as(&mut scene, &buyer, buyer.party(), other.confirming_key(), &other);
    refused(&outcome, TradeRejection::Registered);
    // Under another's name; the identity; another's key, whose proof stands under another debtor and digest.
    let stranger = TradeKeys::of_seed(&Seed::new([7; 32]), 0);
    let outcome = register_as(&mut scene, &stranger, other.party(), other.confirming_key(), &other);
    refused(&outcome, TradeRejection::Signature(tabella_trade_rules::error::Role::Debtor));
    let identity = Element::decode([0; 32]).unwrap();
    let outcome = register_as(&mut scene, &stranger, stranger.party(), identity, &stranger);
    refused(&outcome, TradeRejection::Key);
    let outcome = register_as(&mut scene, &stranger, stranger.party(), buyer.confirming_key(), &buyer);
    refused_as(&outcome, &Refusal::Equation);
    // Whoever has not registered confirms nothing.
    let refusal = scene.confirm(&stranger, invoice(&scene, &scene.stranger)).unwrap_err();
    assert!(matches!(refusal, ConfirmError::NotRegistered), "{refusal}");
}

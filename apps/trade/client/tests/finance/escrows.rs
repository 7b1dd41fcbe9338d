//! The money: another escrow than the letter's, one escrow twice, a claim or a refund that is not due.

use rand_core::OsRng;
use tabella_ledger::node::Refusal;
use tabella_payments::holder::{LockOrder, PaymentError};
use tabella_protocol::{
    note::{Guard, NoteValue, Terms},
    note_encryption::Memo,
    transaction::Transaction,
    transcript::ProofContext,
};
use tabella_prover::builder::{Settlement, SpendPath, TransactionBuilder};
use tabella_stage::StageError;
use tabella_trade::{
    letters::{LetterError, LetterFile, OnLedger, alone, together},
    reading::{Unreliable, acknowledge, escrows},
};
use tabella_trade_rules::{
    TradeRejection,
    action::{Consent, Increase, TradeAction, TradeProof},
    error::Role,
    letter::LetterId,
};
use tabella_verifier::{application::UseError, shielded::ShieldedRejection};

use crate::scene::{AMOUNT, DAY, Outcome, Proofs, Scene, day, no_proof, opening, refused, refused_as, refused_by_pool};

/// Issues a letter with a transfer under another order, which is refused before proofs are looked at.
fn issue_with(scene: &mut Scene, letter: &LetterFile, order: &LockOrder) -> Outcome {
    let transfer = scene.lock(letter.terms.asset, order);
    let with = letter.issue(&scene.bank.keys, transfer, &mut OsRng).unwrap();
    let transaction = scene.authorize(with, Proofs::None);
    let outcome = scene.stage.submit(transaction.clone());
    scene.bank.person.holder.release(&transaction.effects);
    outcome
}

#[test]
fn escrow_of_another_contract_guard_or_asset_is_refused() {
    let mut scene = Scene::new();
    let letter = scene.draft(scene.request());
    let right = letter.lock_order(Memo::empty()).unwrap();
    let other_letter = scene.draft(scene.request());
    let wrong = [
        LockOrder { guard: Guard::none(), ..right.clone() },
        LockOrder { guard: other_letter.id().guard().unwrap(), ..right.clone() },
        LockOrder { claimant: scene.stranger.person.address(0), ..right.clone() },
        LockOrder { claimant: scene.seller.person.address(4), ..right.clone() },
        LockOrder { terms: Terms { claim_until: day(61), ..right.terms }, ..right.clone() },
        LockOrder { terms: Terms { refund_from: day(59), ..right.terms }, ..right.clone() },
        LockOrder { terms: Terms { burn_only: true, ..right.terms }, ..right.clone() },
    ];
    for order in wrong {
        let outcome = issue_with(&mut scene, &letter, &order);
        refused(&outcome, TradeRejection::Contract(0));
    }
    // Of another asset; without a tag; no transfer at all.
    let transfer = scene.lock(scene.crown, &right);
    let with = letter.issue(&scene.bank.keys, transfer, &mut OsRng).unwrap();
    let transaction = scene.authorize(with, Proofs::None);
    let outcome = scene.stage.submit(transaction);
    refused(&outcome, TradeRejection::Use(UseError::Asset(0)));
    let untagged = LockOrder { is_tagged: false, ..right.clone() };
    let transfer = scene.lock(scene.euro, &untagged);
    let outcome = forced(&mut scene, &letter, transfer);
    // What stays inside the pool is nobody's to use.
    refused(&outcome, TradeRejection::Use(UseError::Used(0)));
    let action = TradeAction::Issue { terms: Box::new(letter.terms.clone()), transfer: 3 };
    let proof = some_bridge(&mut scene, &letter, &right);
    let transaction = alone(scene.id(), &action, |context| TradeProof {
        consents: vec![letter.consent],
        bridge: proof.bridge,
        ..TradeProof::signed(scene.bank.keys.sign(context.digest))
    });
    let outcome = scene.stage.submit(transaction);
    refused(&outcome, TradeRejection::Use(UseError::NoSuchTransfer(3)));
    // And what is right is issued.
    scene.issue(&letter).unwrap();
    let outcome = scene.issue_by(&letter, Proofs::None);
    refused(&outcome, TradeRejection::Exists(letter.id()));
}

/// A proof with a bridge, of some transfer.
fn some_bridge(scene: &mut Scene, letter: &LetterFile, order: &LockOrder) -> TradeProof {
    let transfer = scene.lock(scene.euro, order);
    let with = letter.issue(&scene.bank.keys, transfer, &mut OsRng).unwrap();
    let transaction = scene.authorize(with, Proofs::None);
    scene.bank.person.holder.release(&transaction.effects);
    borsh_read(&transaction.action_proofs[0])
}

fn borsh_read(bytes: &[u8]) -> TradeProof {
    borsh::from_slice(bytes).unwrap()
}

/// Issues with a transfer whose C no bridge can open.
fn forced(scene: &mut Scene, letter: &LetterFile, transfer: tabella_prover::builder::UnprovenTransfer) -> Outcome {
    let order = letter.lock_order(Memo::empty()).unwrap();
    let bridge = some_bridge(scene, letter, &order).bridge;
    let mut builder = TransactionBuilder::new(scene.id());
    builder.add(transfer);
    let action = TradeAction::Issue { terms: Box::new(letter.terms.clone()), transfer: 0 };
    let shell = alone(scene.id(), &action, |_| TradeProof::signed(letter.consent));
    for action in shell.effects.actions {
        builder.add_action(action);
    }
    let prepared = builder.build().unwrap();
    let signature = scene.bank.keys.sign(prepared.digest());
    let proof = TradeProof { consents: vec![letter.consent], bridge, ..TradeProof::signed(signature) };
    let proof = vec![borsh::to_vec(&proof).unwrap()];
    let holder = &scene.bank.person.holder;
    let transaction = holder.authorize_with(prepared, &no_proof, &mut OsRng, |_| proof).unwrap();
    scene.bank.person.holder.release(&transaction.effects);
    scene.stage.submit(transaction)
}

#[test]
fn escrow_of_another_amount_is_refused_by_its_bridge() {
    let mut scene = Scene::new();
    let letter = scene.draft(scene.request());
    let order = LockOrder { amount: NoteValue(AMOUNT - 1), ..letter.lock_order(Memo::empty()).unwrap() };
    let transfer = scene.lock(scene.euro, &order);
    // The honest client refuses to make a bridge between two amounts.
    assert!(matches!(letter.issue(&scene.bank.keys, transfer, &mut OsRng), Err(LetterError::Bridge(_))));
    // One made for the smaller amount does not lead to the commitment of the terms.
    let transfer = scene.lock(scene.euro, &order);
    let less = tabella_prover::account::AmountOpening::new(NoteValue(AMOUNT - 1), letter.blinding.0);
    let action = TradeAction::Issue { terms: Box::new(letter.terms.clone()), transfer: 0 };
    let keys = &scene.bank.keys;
    let with = together(scene.id(), transfer, &less, &action, &mut OsRng, |digest, bridge| TradeProof {
        consents: vec![letter.consent],
        bridge: Some(bridge),
        ..TradeProof::signed(keys.sign(digest))
    });
    let transaction = scene.authorize(with.unwrap(), Proofs::Real);
    let outcome = scene.stage.submit(transaction);
    refused_as(&outcome, &Refusal::Bridge);
}

#[test]
fn one_transfer_for_two_letters_is_refused() {
    let mut scene = Scene::new();
    let letter = scene.draft(scene.request());
    let order = letter.lock_order(Memo::empty()).unwrap();
    let transfer = scene.lock(scene.euro, &order);
    let issue = TradeAction::Issue { terms: Box::new(letter.terms.clone()), transfer: 0 };
    // The second use is an increase of the same letter, whose contract is the same.
    let more = letter.opening();
    let conditions = letter.terms.conditions.clone();
    let increase = Some(Increase { amount: more.commitment(), transfer: 0 });
    let amend = TradeAction::Amend { letter: letter.id(), version: 0, conditions: conditions.clone(), increase };
    let mut builder = TransactionBuilder::new(scene.id());
    let (commitment, value) = (value_commitment(&transfer), transfer.opening().unwrap());
    builder.add(transfer);
    for action in [&issue, &amend] {
        builder
            .add_action(alone(scene.id(), action, |_| TradeProof::signed(letter.consent)).effects.actions[0].clone());
    }
    let digest = builder.effects().digest();
    let bridge = |index| {
        let context = ProofContext { ledger: scene.id(), digest, index };
        Some(more.bridge(&context, commitment, &value, &mut OsRng).unwrap())
    };
    let signed = || TradeProof::signed(scene.bank.keys.sign(digest));
    let consent = Consent::Amend {
        letter: letter.id(),
        version: 0,
        conditions: conditions.digest(),
        increase: Some(more.commitment()),
    };
    let both = [&scene.buyer, &scene.seller].map(|party| party.keys.consent(scene.id(), &consent)).to_vec();
    let proofs = [
        TradeProof { consents: vec![letter.consent], bridge: bridge(0), ..signed() },
        TradeProof { consents: both, bridge: bridge(1), ..signed() },
    ];
    let proofs = proofs.iter().map(|proof| borsh::to_vec(proof).unwrap()).collect();
    let prepared = builder.build().unwrap();
    let transaction = scene.bank.person.holder.authorize_with(prepared, &no_proof, &mut OsRng, |_| proofs).unwrap();
    let outcome = scene.stage.submit(transaction);
    refused(&outcome, TradeRejection::Use(UseError::Used(0)));

    // Two letters have two contracts: the escrow of one is not the other's, whoever issues it.
    let other = scene.draft(scene.request());
    let outcome = issue_with(&mut scene, &other, &order);
    refused(&outcome, TradeRejection::Contract(0));
}

fn value_commitment(transfer: &tabella_prover::builder::UnprovenTransfer) -> tabella_protocol::jubjub::JubjubPoint {
    match &transfer.effects().statement {
        tabella_protocol::transaction::TransferStatement::Transfer { instance, .. } => instance.value_commitment,
        tabella_protocol::transaction::TransferStatement::Cast(_) => panic!("a transfer"),
    }
}

#[test]
fn letter_is_not_issued_without_bank_or_applicant() {
    let mut scene = Scene::new();
    let mut letter = scene.draft(scene.request());
    let order = letter.lock_order(Memo::empty()).unwrap();
    let stranger = scene.stranger.keys.consent(scene.id(), &Consent::Issue(letter.id()));
    let another = scene.buyer.keys.consent(scene.id(), &Consent::Issue(LetterId([8; 32])));
    let honest = letter.consent;
    for consent in [stranger, another] {
        letter.consent = consent;
        assert!(matches!(letter.check(), Err(LetterError::NotAgreed)));
        let transaction = by(&mut scene, &letter, &order, 2);
        let outcome = scene.stage.submit(transaction);
        refused(&outcome, TradeRejection::Consent(Role::Applicant));
    }
    letter.consent = honest;
    for number in [1, 3, 4, 7] {
        let transaction = by(&mut scene, &letter, &order, number);
        let outcome = scene.stage.submit(transaction);
        refused(&outcome, TradeRejection::Signature(Role::IssuingBank));
    }
}

/// An issue whose sender is the party of a number.
fn by(scene: &mut Scene, letter: &LetterFile, order: &LockOrder, number: u8) -> Transaction {
    let transfer = scene.lock(scene.euro, order);
    let keys = tabella_trade::keys::TradeKeys::of_seed(&tabella_protocol::keys::Seed::new([number; 32]), 0);
    let action = TradeAction::Issue { terms: Box::new(letter.terms.clone()), transfer: 0 };
    let with = together(scene.id(), transfer, &letter.opening(), &action, &mut OsRng, |digest, bridge| TradeProof {
        consents: vec![letter.consent],
        bridge: Some(bridge),
        ..TradeProof::signed(keys.sign(digest))
    });
    let transaction = scene.authorize(with.unwrap(), Proofs::None);
    scene.bank.person.holder.release(&transaction.effects);
    transaction
}

#[test]
fn claim_before_acceptance_is_refused_even_beside_it() {
    let (mut scene, id) = Scene::issued(|_| {});
    let outcome = scene.settle(id, SpendPath::Claim, Proofs::None);
    refused_by_pool(&outcome, &ShieldedRejection::Guard(0));
    scene.stage.advance(10 * DAY);
    scene.present(id, day(8)).unwrap();
    let outcome = scene.settle(id, SpendPath::Claim, Proofs::None);
    refused_by_pool(&outcome, &ShieldedRejection::Guard(0));
    // In one transaction with the acceptance: what it opens does not count yet.
    let acceptance = scene.on(id).accept(&scene.examiner.keys).unwrap();
    scene.read_all();
    let seller = &mut scene.seller.person;
    let note = escrows(seller.holder.wallet(), id, tabella_prover::wallet::NoteKind::EscrowToClaim).next();
    let escrow = note.map(|note| (note.pool(), note.position())).unwrap();
    let to = Settlement::To(seller.address(0), Memo::empty());
    let at = scene.stage.moment().unwrap();
    let claim = seller.holder.prepare_settlement(&at, escrow, SpendPath::Claim, to, &mut OsRng).unwrap();
    let mut builder = TransactionBuilder::new(scene.stage.ledger.id());
    builder.add(claim);
    builder.add_action(acceptance.effects.actions[0].clone());
    let prepared = builder.build().unwrap();
    let proof = TradeProof::signed(scene.examiner.keys.sign(prepared.digest()));
    let proof = vec![borsh::to_vec(&proof).unwrap()];
    let transaction = scene.seller.person.holder.authorize_with(prepared, &no_proof, &mut OsRng, |_| proof).unwrap();
    let outcome = scene.stage.submit(transaction);
    refused_by_pool(&outcome, &ShieldedRejection::Guard(0));
}

#[test]
fn claim_after_its_time_and_refund_before_its_time_are_refused() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(10 * DAY);
    scene.present(id, day(8)).unwrap();
    scene.accept(id).unwrap();
    // The wallet finds no window for a refund now; the circuit binds the window to the contract, and the ledger to its clock.
    let outcome = scene.settle(id, SpendPath::Refund, Proofs::None);
    assert!(matches!(outcome, Err(StageError::Payment(PaymentError::Window(_)))), "{outcome:?}");
    // From the end of claims on, the ledger is outside every window that the circuit allows a claim; a little later the wallet
    // finds none at all.
    scene.stage.advance(50 * DAY);
    let outcome = scene.settle(id, SpendPath::Claim, Proofs::None);
    let time = scene.stage.now().unwrap().seconds();
    refused_by_pool(&outcome, &ShieldedRejection::Window { transfer: 0, time });
    scene.stage.advance(600);
    let outcome = scene.settle(id, SpendPath::Claim, Proofs::None);
    assert!(matches!(outcome, Err(StageError::Payment(PaymentError::Window(_)))), "{outcome:?}");
}

#[test]
fn refund_made_ready_too_early_is_refused_by_its_window() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.bank.person.read(&scene.stage).unwrap();
    let note = escrows(scene.bank.person.holder.wallet(), id, tabella_prover::wallet::NoteKind::EscrowToRefund).next();
    let escrow = note.map(|note| (note.pool(), note.position())).unwrap();
    let to = Settlement::To(scene.bank.person.address(0), Memo::empty());
    // As if it were the day of the refund.
    let mut at = scene.stage.moment().unwrap();
    at.now = day(60);
    let holder = &mut scene.bank.person.holder;
    let refund = holder.prepare_settlement(&at, escrow, SpendPath::Refund, to, &mut OsRng).unwrap();
    let mut builder = TransactionBuilder::new(scene.stage.ledger.id());
    builder.add(refund);
    let transaction = holder.authorize(builder.build().unwrap(), &no_proof, &mut OsRng).unwrap();
    scene.stage.advance(59 * DAY);
    let outcome = scene.stage.submit(transaction);
    let time = scene.stage.now().unwrap().seconds();
    refused_by_pool(&outcome, &ShieldedRejection::Window { transfer: 0, time });
}

#[test]
fn increase_under_another_contract_is_refused() {
    let (mut scene, id) = Scene::issued(|_| {});
    let more = opening(1_000);
    let conditions = scene.letter(id).conditions.clone();
    let consent = scene.on(id).amendment(&conditions, Some(&more));
    let consents = [&scene.buyer, &scene.seller].map(|party| scene.consent(&party.keys, consent));
    let right = scene.on(id).increase_order(scene.seller.person.address(3), NoteValue(1_000)).unwrap();
    assert!(scene.on(id).increase_order(scene.seller.person.address(4), NoteValue(1_000)).is_err());
    let order = LockOrder { terms: Terms { refund_from: day(70), ..right.terms }, ..right };
    let transfer = scene.lock(scene.euro, &order);
    let letter = scene.letter(id).clone();
    let on = OnLedger { ledger: scene.id(), id, letter: &letter };
    let with = on.amend_and_increase(&scene.bank.keys, conditions, (transfer, &more), &consents, &mut OsRng).unwrap();
    let transaction = scene.authorize(with, Proofs::None);
    let outcome = scene.stage.submit(transaction);
    refused(&outcome, TradeRejection::Contract(0));
}

#[test]
fn beneficiary_who_cannot_open_the_escrow_is_told_not_to_ship() {
    let mut scene = Scene::new();
    let letter = scene.draft(scene.request());
    // The contract is right; what opens the note went to nobody who could use it.
    let order = letter.lock_order(Memo::empty()).unwrap();
    let mut transfer_to = order.claimant;
    let bytes = borsh::to_vec(&transfer_to).unwrap();
    let strangers = borsh::to_vec(&scene.stranger.person.address(0)).unwrap();
    // d and pk of the seller, tk of the stranger.
    transfer_to = borsh::from_slice(&[&bytes[..43], &strangers[43..]].concat()).unwrap();
    let transfer = scene.lock(scene.euro, &LockOrder { claimant: transfer_to, ..order });
    let with = letter.issue(&scene.bank.keys, transfer, &mut OsRng).unwrap();
    let transaction = scene.authorize(with, Proofs::Real);
    scene.stage.submit(transaction).unwrap();
    scene.read_all();
    let id = letter.id();
    let found = acknowledge(scene.seller.person.holder.wallet(), id, scene.letter(id));
    assert_eq!(found, Err(Unreliable::Escrows { expected: 1, found: 0 }));
}

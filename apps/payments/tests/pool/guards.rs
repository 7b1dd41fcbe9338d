//! Release guards: who opens them, and what they hold back.

use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::OsRng;
use tabella_ledger::node::{Accepted, Refusal};
use tabella_protocol::{
    guard::{APPLICATION, Consents, OpenRelease, ReleaseParameters, ReleaseParametersError, consent_message},
    note::{Guard, NoteValue, Terms, Timestamp},
    note_encryption::Memo,
    transaction::{Action, LedgerId, SignatureBytes, Transaction, TransactionEffects},
};
use tabella_prover::builder::{EscrowOrder, ProvingEngine, Settlement};
use tabella_verifier::{
    application::Application as _,
    guards::{ReleaseGuards, ReleaseRejection},
    shielded::ShieldedRejection,
};

use crate::{
    scene::{NOW, Scene, no_proof, parameters, reason, rule, time},
    tester::Tester,
    transfers::{own, payer},
};

fn examiners() -> Vec<SigningKey> {
    let mut keys: Vec<_> = (1..=3).map(|i| SigningKey::from_bytes(&[i; 32])).collect();
    keys.sort_by_key(|key| key.verifying_key().to_bytes());
    keys
}

/// Two of three.
fn release() -> ReleaseParameters {
    ReleaseParameters {
        keys: examiners().iter().map(|key| key.verifying_key().to_bytes()).collect(),
        threshold: 2,
        not_before: time(NOW - 10),
        nonce: [6; 32],
        memo: None,
    }
}

/// The opening, signed by these keys under these indices, for a ledger and a guard.
fn opening_for(
    scene: &Scene,
    parameters: &ReleaseParameters,
    signers: &[(u16, &SigningKey)],
    signed: (LedgerId, Guard),
) -> Transaction {
    let body = borsh::to_vec(&OpenRelease { parameters: parameters.clone() }).unwrap();
    let action = Action { application: APPLICATION, body };
    let effects = TransactionEffects::new(scene.ledger.id(), Vec::new(), vec![action]);
    let message = consent_message(signed.0, &signed.1, effects.digest());
    let sign = |key: &SigningKey| SignatureBytes(key.sign(&message).to_bytes());
    let signatures = signers.iter().map(|(index, key)| (*index, sign(key))).collect();
    let proof = borsh::to_vec(&Consents { signatures }).unwrap();
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![proof] }
}

fn opening(scene: &Scene, parameters: &ReleaseParameters, signers: &[(u16, &SigningKey)]) -> Transaction {
    opening_for(scene, parameters, signers, (scene.ledger.id(), parameters.guard().unwrap()))
}

/// Alice locks all she has for Bob under a guard; she may take it back after a day.
fn locked(guard: Guard) -> Scene {
    let mut scene = Scene::with_notes(&[10]);
    let order = EscrowOrder {
        claimant: scene.bob.wallet().address(5),
        terms: Terms { claim_until: time(NOW + 86_400), refund_from: time(NOW + 86_400), burn_only: false },
        guard,
        refund: own(),
        amount: NoteValue(10),
        memo: Memo::empty(),
    };
    let (setting, note) = (scene.setting(), scene.spendable(&scene.alice));
    let locked = payer(scene.alice.wallet(), &setting).lock(vec![note], order, &mut OsRng).unwrap();
    let transaction = scene.alice.authorize(scene.single(locked), &parameters(), &mut OsRng).unwrap();
    scene.submit(transaction).unwrap();
    scene.read();
    scene
}

fn claim<E: ProvingEngine>(scene: &mut Scene, engine: &E) -> Result<Accepted, Refusal> {
    let setting = scene.setting();
    let settlement = Settlement::To(scene.bob.wallet().address(0), Memo::empty());
    let escrow = scene.spendable(&scene.bob);
    let claim = payer(scene.bob.wallet(), &setting).claim(escrow, settlement, &mut OsRng).unwrap();
    let transaction = scene.bob.authorize(scene.single(claim), engine, &mut OsRng).unwrap();
    scene.submit(transaction)
}

#[test]
fn escrow_is_claimed_once_its_guard_is_open_and_not_before() {
    let release = release();
    let keys = examiners();
    let mut scene = locked(release.guard().unwrap());
    assert_eq!(claim(&mut scene, &no_proof), Err(rule(ShieldedRejection::Guard(0))));
    scene.submit(opening(&scene, &release, &[(0, &keys[0]), (2, &keys[2])])).unwrap();
    claim(&mut scene, &parameters()).unwrap();
    scene.read();
    assert_eq!(scene.balance(&scene.bob), 10);
    // It never closes again: nothing but an opening exists, and the same instance is not opened twice.
    let again = scene.submit(opening(&scene, &release, &[(0, &keys[0]), (1, &keys[1])]));
    assert_eq!(again, Err(Refusal::Rule(tabella_verifier::state::LedgerRejection::Replayed)));
    let mut beside = opening(&scene, &release, &[(0, &keys[0]), (1, &keys[1])]);
    beside.effects.actions.push(beside.effects.actions[0].clone());
    let again = scene.submit(resigned(&scene, beside, &release, &keys));
    assert_eq!(reason(&again), Some(&ReleaseRejection::AlreadyOpen));
    let guards = scene.ledger.state().application::<ReleaseGuards>().unwrap();
    assert_eq!(guards.opened(&release.guard().unwrap()), Some(&release));
    assert_eq!(guards.open_guard(&release.guard().unwrap(), Timestamp::MAX), Some(release.digest()));
}

/// Two openings in one transaction, each signed by keys 0 and 1.
fn resigned(
    scene: &Scene,
    mut transaction: Transaction,
    release: &ReleaseParameters,
    keys: &[SigningKey],
) -> Transaction {
    let message = consent_message(scene.ledger.id(), &release.guard().unwrap(), transaction.effects.digest());
    let sign = |index: usize| (index as u16, SignatureBytes(keys[index].sign(&message).to_bytes()));
    let proof = borsh::to_vec(&Consents { signatures: vec![sign(0), sign(1)] }).unwrap();
    transaction.action_proofs = vec![proof; transaction.effects.actions.len()];
    transaction
}

#[test]
fn guard_opened_twice_in_one_transaction_is_refused() {
    let (release, keys, mut scene) = (release(), examiners(), Scene::new());
    let mut twice = opening(&scene, &release, &[]);
    twice.effects.actions.push(twice.effects.actions[0].clone());
    let outcome = scene.submit(resigned(&scene, twice, &release, &keys));
    assert_eq!(reason(&outcome), Some(&ReleaseRejection::AlreadyOpen));
    // All of a transaction or nothing.
    assert!(scene.ledger.state().application::<ReleaseGuards>().unwrap().opened(&release.guard().unwrap()).is_none());
}

#[test]
fn claim_under_another_guard_than_the_one_opened_is_refused() {
    let (release, keys) = (release(), examiners());
    let other = ReleaseParameters { nonce: [7; 32], ..release.clone() };
    let mut scene = locked(other.guard().unwrap());
    scene.submit(opening(&scene, &release, &[(0, &keys[0]), (1, &keys[1])])).unwrap();
    assert_eq!(claim(&mut scene, &no_proof), Err(rule(ShieldedRejection::Guard(0))));
}

#[test]
fn application_opens_no_guard_but_its_own() {
    // `Tester` says of every guard that it is open, with parameters of digest 05….
    let mut foreign = locked(Guard::of(&APPLICATION.0, &[5; 32]).unwrap());
    assert_eq!(claim(&mut foreign, &no_proof), Err(rule(ShieldedRejection::Guard(0))));
    let mut own = locked(Guard::of(&Tester::ID.0, &[5; 32]).unwrap());
    claim(&mut own, &parameters()).unwrap();
}

#[test]
fn refund_needs_no_guard() {
    let mut scene = locked(release().guard().unwrap());
    scene.clock.advance(86_400 + 7_200);
    let mut setting = scene.setting();
    setting.window = scene.window(NOW + 86_400 + 7_200);
    let settlement = Settlement::To(scene.alice.wallet().address(0), Memo::empty());
    let escrow = scene.spendable(&scene.alice);
    let refund = payer(scene.alice.wallet(), &setting).refund(escrow, settlement, &mut OsRng).unwrap();
    assert!(refund.effects().contract.is_none());
    let transaction = scene.alice.authorize(scene.single(refund), &parameters(), &mut OsRng).unwrap();
    scene.submit(transaction).unwrap();
    scene.read();
    assert_eq!(scene.balance(&scene.alice), 10);
}

#[test]
fn opening_with_too_few_repeated_or_foreign_signatures_is_refused() {
    let (release, keys, mut scene) = (release(), examiners(), Scene::new());
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let [a, b, c] = keys.as_slice() else { unreachable!() };
    let count = |found| ReleaseRejection::Count { expected: 2, found };
    let attempts: [(&[(u16, &SigningKey)], ReleaseRejection); 7] = [
        (&[], count(0)),
        (&[(0, a)], count(1)),
        (&[(0, a), (1, b), (2, c)], count(3)),
        (&[(0, a), (0, a)], ReleaseRejection::Signer(1)),
        (&[(1, b), (0, a)], ReleaseRejection::Signer(1)),
        (&[(0, a), (3, &stranger)], ReleaseRejection::Signer(1)),
        (&[(0, a), (1, &stranger)], ReleaseRejection::Signature(1)),
    ];
    for (signers, expected) in attempts {
        let outcome = scene.submit(opening(&scene, &release, signers));
        assert_eq!(reason(&outcome), Some(&expected), "{outcome:?}");
    }
    // Signed for another ledger, or another guard of the same people.
    let other = ReleaseParameters { nonce: [7; 32], ..release.clone() };
    let signed = [(LedgerId([1; 32]), release.guard().unwrap()), (scene.ledger.id(), other.guard().unwrap())];
    for signed in signed {
        let outcome = scene.submit(opening_for(&scene, &release, &[(0, a), (1, b)], signed));
        assert_eq!(reason(&outcome), Some(&ReleaseRejection::Signature(0)));
    }
}

#[test]
fn opening_of_impossible_parameters_or_too_early_is_refused() {
    let (release, mut scene) = (release(), Scene::new());
    let wrong = [
        (ReleaseParameters { keys: Vec::new(), ..release.clone() }, ReleaseParametersError::Keys),
        (ReleaseParameters { keys: vec![release.keys[0]; 2], ..release.clone() }, ReleaseParametersError::Keys),
        (
            ReleaseParameters { keys: (0..33).map(|i| [i; 32]).collect(), ..release.clone() },
            ReleaseParametersError::Keys,
        ),
        (ReleaseParameters { threshold: 0, ..release.clone() }, ReleaseParametersError::Threshold),
        (ReleaseParameters { threshold: 4, ..release.clone() }, ReleaseParametersError::Threshold),
    ];
    for (parameters, error) in wrong {
        let outcome = scene.submit(opening(&scene, &parameters, &[]));
        assert_eq!(reason(&outcome), Some(&ReleaseRejection::Parameters(error)));
    }
    let later = ReleaseParameters { not_before: time(NOW + 1), ..release };
    let outcome = scene.submit(opening(&scene, &later, &[]));
    assert_eq!(reason(&outcome), Some(&ReleaseRejection::TooEarly { not_before: NOW + 1, now: NOW }));
}

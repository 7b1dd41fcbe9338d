//! What the public finds when a ledger has accepted what it must not.

use rand_core::OsRng;
use tabella_crowdfunding_rules::{
    Action, CampaignId, Proof,
    audit::{Audit, AuditError, AuditReport},
};
use tabella_protocol::{
    jubjub::{JubjubPoint, value_base},
    note::NoteValue,
    transaction::{LoggedTransaction, TransferStatement},
};
use tabella_verifier::groth16::VerifyingKeys;

use crate::scene::{DEADLINE, Scene, time};

fn audit(scene: &Scene, id: CampaignId, log: &[LoggedTransaction]) -> Result<AuditReport, AuditError> {
    let mut audit = Audit::new(scene.state.id(), id);
    for (number, logged) in (0..).zip(log) {
        audit.read(number, logged, &mut OsRng)?;
    }
    audit.finish(&mut OsRng)
}

/// The entry whose first action is of a kind, and its number.
fn find(log: &[LoggedTransaction], is: impl Fn(&Action) -> bool) -> usize {
    let of = |logged: &LoggedTransaction| {
        let action = logged.transaction.effects.actions.first();
        action.and_then(|action| borsh::from_slice::<Action>(&action.body).ok()).is_some_and(|action| is(&action))
    };
    log.iter().position(of).unwrap()
}

fn is_pledge(action: &Action) -> bool {
    matches!(action, Action::Pledge { .. })
}

fn is_success(action: &Action) -> bool {
    matches!(action, Action::Succeed { .. })
}

fn is_count(action: &Action) -> bool {
    matches!(action, Action::Acknowledge { .. })
}

#[test]
fn public_finds_the_campaign_as_it_stands() {
    let (scene, id) = Scene::with_success();
    let report = audit(&scene, id, &scene.log).unwrap();
    assert_eq!((report.pledges, report.counted, report.commitments), (2, 2, 4));
    assert_eq!(report.succeeded_at, Some(time(DEADLINE)));
    assert_eq!(report.campaign, *scene.standing(id).campaign);
    let unknown = CampaignId([7; 32]);
    assert_eq!(audit(&scene, unknown, &scene.log), Err(AuditError::NotOpened(unknown)));
}

#[test]
fn public_finds_a_pledge_that_was_left_out_or_counted_twice() {
    let (scene, id) = Scene::with_success();
    let count = find(&scene.log, is_count);
    let mut log = scene.log.clone();
    log.remove(find(&log, is_pledge));
    assert_eq!(audit(&scene, id, &log), Err(AuditError::Count(count as u64 - 1)));
    let mut log = scene.log.clone();
    log.insert(count, log[count].clone());
    assert_eq!(audit(&scene, id, &log), Err(AuditError::Count(count as u64 + 1)));
    // Left out of the count with its signature: the success is about more pledges.
    let mut log = scene.log.clone();
    log.remove(count);
    assert_eq!(audit(&scene, id, &log), Err(AuditError::Stale(find(&log, is_success) as u64)));
}

#[test]
fn public_finds_a_pledge_after_the_deadline() {
    let (scene, id) = Scene::with_success();
    let mut log = scene.log.clone();
    let pledge = find(&log, is_pledge);
    log[pledge].time = time(DEADLINE);
    assert_eq!(audit(&scene, id, &log), Err(AuditError::Time(pledge as u64)));
    let mut log = scene.log.clone();
    let success = find(&log, is_success);
    log[success].time = time(DEADLINE - 1);
    assert_eq!(audit(&scene, id, &log), Err(AuditError::Time(success as u64)));
}

#[test]
fn public_finds_a_sum_that_is_not_the_pledges() {
    let (mut scene, id) = Scene::with_counted([600, 500]);
    // A ledger that keeps another commitment than the one in the entry: the sum that crosses is another one.
    let pledge = find(&scene.log, is_pledge);
    scene.now = DEADLINE;
    scene.succeed(id).unwrap();
    let success = find(&scene.log, is_success) as u64;
    let mut log = scene.log.clone();
    let action: Action = borsh::from_slice(&log[success as usize].transaction.effects.actions[0].body).unwrap();
    let Action::Succeed { raised, .. } = action else { panic!() };
    let proof = log[success as usize].transaction.action_proofs[0].clone();
    let mut changed: Proof = borsh::from_slice(&proof).unwrap();
    // Another success's proof, or one that was altered.
    changed.bridge.as_mut().unwrap().nonces.jubjub = JubjubPoint::new(*value_base());
    log[success as usize].transaction.action_proofs[0] = changed.encode();
    let refused = audit(&scene, id, &log);
    assert!(matches!(refused, Err(AuditError::Bridge(at, _)) if at == success), "{refused:?}");
    let mut changed: Proof = borsh::from_slice(&proof).unwrap();
    changed.range.as_mut().unwrap().0[100] ^= 1;
    log[success as usize].transaction.action_proofs[0] = changed.encode();
    let refused = audit(&scene, id, &log);
    assert!(matches!(refused, Err(AuditError::Goal(at, _)) if at == success), "{refused:?}");
    // Said of another element, under the campaign's own signature of what it said first.
    let mut log = scene.log.clone();
    let more = tabella_prover::account::AmountOpening::public(NoteValue(9)).commitment();
    assert_ne!(more, raised);
    let body = Action::Succeed { campaign: id, counted: 2, raised: more }.encode();
    log[success as usize].transaction.effects.actions[0] = body;
    assert_eq!(audit(&scene, id, &log), Err(AuditError::Signature(success)));
    // A changed pledge is another pledge: nobody has counted it.
    let mut log = scene.log.clone();
    match &mut log[pledge].transaction.effects.transfers[0].statement {
        TransferStatement::Transfer { instance, .. } => instance.value_commitment = JubjubPoint::new(*value_base()),
        TransferStatement::Cast(_) => panic!("a pledge is a transfer"),
    }
    assert_eq!(audit(&scene, id, &log), Err(AuditError::Count(find(&log, is_count) as u64)));
}

#[test]
fn public_finds_a_pledge_under_another_contract() {
    let (scene, id) = Scene::with_success();
    let mut log = scene.log.clone();
    let pledge = find(&log, is_pledge);
    log[pledge].transaction.effects.transfers[0].contract.as_mut().unwrap().terms.refund_from = time(DEADLINE);
    assert_eq!(audit(&scene, id, &log), Err(AuditError::Pledge(pledge as u64)));
}

#[test]
fn public_finds_transfers_that_are_not_proved() {
    // On this ledger none is.
    let (scene, id) = Scene::with_success();
    let keys = VerifyingKeys::development();
    let mut audit = Audit::with_proofs(scene.state.id(), id, &keys);
    for (number, logged) in (0..).zip(&scene.log) {
        audit.read(number, logged, &mut OsRng).unwrap();
    }
    let pledge = find(&scene.log, is_pledge) as u64;
    assert_eq!(audit.finish(&mut OsRng), Err(AuditError::Transfer(pledge)));
}

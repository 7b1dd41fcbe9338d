//! Whoever tries to issue what the rules exclude.

use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::OsRng;
use tabella_ledger::node::Refusal;
use tabella_payments::issuer::{IssueError, next_issue, sign_issue};
use tabella_protocol::{
    asset::{AssetError, Issue, MAX_ISSUED_NOTES, issuer_message},
    note::NoteValue,
    transaction::{ApplicationId, LedgerId, Transaction},
};
use tabella_verifier::{
    assets::IssueRejection, shielded::ShieldedRejection, state::LedgerRejection, transaction::StructureError,
};

use crate::scene::{Scene, issue_rule, rule};

/// Signs whatever the effects have become.
fn resign(scene: &Scene, mut transaction: Transaction) -> Transaction {
    let signature = scene.issuer.sign(&issuer_message(transaction.effects.digest()));
    transaction.action_proofs = vec![signature.to_bytes().to_vec()];
    transaction
}

fn sign(scene: &Scene, issue: &Issue) -> Transaction {
    sign_issue(&scene.issuer, scene.ledger.id(), issue).unwrap()
}

#[test]
fn issue_over_the_cap_is_refused() {
    let mut scene = Scene::new();
    let over = scene.issue(&[1_001]);
    issue_rule(IssueRejection::Cap(1_000))(scene.submit_issue(&over));
    // In parts, and by a sum above 2^64.
    let first = scene.issue(&[600, 300]);
    scene.submit_issue(&first).unwrap();
    for values in [&[101][..], &[100, 1], &[u64::MAX, u64::MAX]] {
        let over = scene.issue(values);
        issue_rule(IssueRejection::Cap(1_000))(scene.submit_issue(&over));
    }
    let rest = scene.issue(&[100]);
    scene.submit_issue(&rest).unwrap();
    assert_eq!(scene.ledger.state().assets().get(&scene.asset()).unwrap().issued, 1_000);
}

#[test]
fn issues_out_of_sequence_are_refused() {
    let mut scene = Scene::new();
    let sequence = |expected, found| issue_rule(IssueRejection::Sequence { expected, found });
    let mut issue = scene.issue(&[1]);
    issue.sequence = 1;
    sequence(0, 1)(scene.submit_issue(&issue));
    let first = scene.issue(&[1]);
    scene.submit_issue(&first).unwrap();
    let mut again = scene.issue(&[1]);
    again.sequence = 0;
    sequence(1, 0)(scene.submit_issue(&again));
    assert_eq!(scene.submit_issue(&first), Err(Refusal::Rule(LedgerRejection::Replayed)));
}

#[test]
fn nothing_is_issued_after_the_seal() {
    let mut scene = Scene::new();
    let (_, sealing) = next_issue(scene.ledger.state().assets(), scene.description(), &[], true, &mut OsRng).unwrap();
    scene.submit_issue(&sealing).unwrap();
    let late = scene.issue(&[1]);
    issue_rule(IssueRejection::Sealed)(scene.submit_issue(&late));
}

#[test]
fn issue_by_somebody_else_is_refused() {
    let mut scene = Scene::new();
    let issue = scene.issue(&[1]);
    let thief = SigningKey::from_bytes(&[9; 32]);
    assert_eq!(sign_issue(&thief, scene.ledger.id(), &issue), Err(IssueError::OtherIssuer));
    let refused = issue_rule(IssueRejection::IssuerSignature);
    let mut forged = sign(&scene, &issue);
    forged.action_proofs = vec![thief.sign(&issuer_message(forged.effects.digest())).to_bytes().to_vec()];
    refused(scene.submit(forged));
    // The issuer's own signature of another issue, and something that is no signature.
    let mut moved = sign(&scene, &issue);
    moved.action_proofs = sign(&scene, &scene.issue(&[2])).action_proofs;
    refused(scene.submit(moved));
    let mut short = sign(&scene, &issue);
    short.action_proofs = vec![vec![0; 63]];
    assert!(matches!(
        scene.submit(short),
        Err(Refusal::Rule(LedgerRejection::Shielded(ShieldedRejection::Decode { index: 0, .. })))
    ));
    // Signed for another ledger.
    let other = sign_issue(&scene.issuer, LedgerId([7; 32]), &issue).unwrap();
    let expected = scene.ledger.id();
    let structure = StructureError::Ledger { expected, found: LedgerId([7; 32]) };
    assert_eq!(scene.submit(other), Err(Refusal::Rule(LedgerRejection::Structure(structure))));
}

#[test]
fn issue_of_no_note_too_many_or_of_value_0_is_refused() {
    let mut scene = Scene::new();
    for values in [&[][..], &[0], &[5, 0], &[1; MAX_ISSUED_NOTES + 1][..]] {
        let issue = scene.issue(values);
        issue_rule(IssueRejection::Notes)(scene.submit_issue(&issue));
    }
}

#[test]
fn action_that_is_no_issue_of_a_right_asset_is_refused() {
    let mut scene = Scene::new();
    let issue = scene.issue(&[1]);
    let mut wrong = issue.clone();
    wrong.asset.decimals = 19;
    issue_rule(IssueRejection::Asset(AssetError::Decimals))(scene.submit_issue(&wrong));
    let refused = next_issue(
        scene.ledger.state().assets(),
        wrong.asset,
        &[(scene.alice.wallet().address(0), NoteValue(1))],
        false,
        &mut OsRng,
    );
    assert_eq!(refused.unwrap_err(), IssueError::Asset(AssetError::Decimals));
    let mut long = sign(&scene, &issue);
    long.effects.actions[0].body.push(0);
    let long = resign(&scene, long);
    assert!(matches!(
        scene.submit(long),
        Err(Refusal::Rule(LedgerRejection::Shielded(ShieldedRejection::Decode { index: 0, .. })))
    ));
    let mut other = sign(&scene, &issue);
    other.effects.actions[0].application = ApplicationId(*b"another\0");
    let other = resign(&scene, other);
    assert_eq!(scene.submit(other), Err(rule(ShieldedRejection::UnknownApplication(0))));
}

#[test]
fn thing_with_a_uid_is_issued_once_whoever_issues_it() {
    let mut scene = Scene::new();
    let mut issue = scene.issue(&[1]);
    issue.asset.uid = Some([8; 32]);
    issue.asset.cap = 1;
    scene.submit_issue(&issue).unwrap();
    let first = issue.asset.id().unwrap();
    // The same issuer under another name, and another issuer.
    let mut again = issue.clone();
    again.asset.name = "Crown jewel".into();
    issue_rule(IssueRejection::Uid(first))(scene.submit_issue(&again));
    scene.issuer = SigningKey::from_bytes(&[4; 32]);
    again.asset.issuer = scene.issuer.verifying_key().to_bytes();
    issue_rule(IssueRejection::Uid(first))(scene.submit_issue(&again));
    // Both in one transaction.
    let (mut one, mut other) = (again.clone(), again);
    one.asset.uid = Some([9; 32]);
    other.asset = tabella_protocol::asset::AssetDescription { name: "Orb".into(), ..one.asset.clone() };
    let mut both = sign(&scene, &one);
    both.effects.actions.extend(sign(&scene, &other).effects.actions);
    let signature = scene.issuer.sign(&issuer_message(both.effects.digest())).to_bytes().to_vec();
    both.action_proofs = vec![signature.clone(), signature];
    issue_rule(IssueRejection::Uid(one.asset.id().unwrap()))(scene.submit(both));
}

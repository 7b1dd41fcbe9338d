//! The note of a thing: made once, for its holder, by its issuer.

use rand_core::OsRng;
use tabella_payments::issuer::{next_issue, sign_issue};
use tabella_protocol::{
    asset::{self, Issue},
    note::{AssetId, NoteValue},
    transaction::{Action, Transaction, TransactionEffects},
};
use tabella_provenance::{
    build::{BuildError, ClaimRequest, MAX_CLAIMS, report},
    rules::{
        ProvenanceRejection, StoneError,
        action::{Authority, ProvenanceAction, ProvenanceProof, Role},
    },
};
use tabella_verifier::{
    application::UseError, assets::IssueRejection, files, shielded::ShieldedRejection, state::LedgerRejection,
};

use crate::scene::{Outcome, Scene, accepted, keys, rule, stone};

#[track_caller]
fn issue_rule(outcome: Outcome) -> IssueRejection {
    match outcome {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => {
            rejection.reason::<IssueRejection>().unwrap_or_else(|| panic!("{rejection}")).clone()
        }
        other => panic!("{other:?}"),
    }
}

fn registered(scene: &mut Scene, number: u32) -> AssetId {
    let certificate = scene.register(vec![stone(number)]).remove(0);
    certificate.check(scene.provenance(), scene.ledger()).unwrap()
}

/// The issue of some units of a registered thing, to Alice.
fn issue(scene: &Scene, asset: AssetId, units: &[u64]) -> Issue {
    let description = scene.provenance().description(&asset).unwrap();
    let to = scene.alice.wallet().address(0);
    let notes: Vec<_> = units.iter().map(|units| (to, NoteValue(*units))).collect();
    next_issue(scene.state.assets(), description, &notes, true, &mut OsRng).unwrap().1
}

/// Claims and issues in some order, signed by a holder and by the issuer.
fn with(scene: &Scene, holder: u8, claims: &[AssetId], issues: &[Issue]) -> Transaction {
    let claims = claims.iter().map(|asset| ProvenanceAction::Claim { asset: *asset }.action());
    let issued =
        issues.iter().map(|issue| Action { application: asset::APPLICATION, body: borsh::to_vec(issue).unwrap() });
    let actions: Vec<Action> = claims.chain(issued).collect();
    let effects = TransactionEffects::new(scene.ledger(), Vec::new(), actions);
    let digest = effects.digest();
    let proof = ProvenanceProof { signature: keys(holder).sign(Role::Holder, digest), approval: None };
    let issuer = ed25519(2);
    let signature = ed25519_dalek::Signer::sign(&issuer, &asset::issuer_message(digest)).to_bytes().to_vec();
    let action_proofs = effects.actions.iter().map(|action| {
        if action.application == asset::APPLICATION { signature.clone() } else { borsh::to_vec(&proof).unwrap() }
    });
    let action_proofs = action_proofs.collect();
    Transaction { effects, transfers: Vec::new(), action_proofs }
}

/// The signing key of an issuer, as its seed gives it.
fn ed25519(byte: u8) -> ed25519_dalek::SigningKey {
    let label = tabella_provenance::rules::domain::KEYS;
    let bytes = tabella_protocol::hash::blake2b_512(label, &[&[byte; 32], &0u32.to_le_bytes(), b"issuer"]);
    ed25519_dalek::SigningKey::from_bytes(bytes[..32].try_into().unwrap())
}

#[test]
fn note_of_a_stone_is_made_once_for_its_holder_and_moves_privately() {
    let mut scene = Scene::new();
    let (asset, _) = scene.claimed(1);
    assert_eq!((scene.holds(asset, true), scene.holds(asset, false)), (1, 0));
    assert!(scene.provenance().stone(&asset).unwrap().is_claimed);
    let moved = scene.hand_over(asset, true);
    accepted(scene.submit(moved));
    assert_eq!((scene.holds(asset, true), scene.holds(asset, false)), (0, 1));
    // Not again, by the same transaction or another.
    let again = scene.log.iter().find(|entry| entry.transaction.effects.actions.len() == 2).unwrap();
    let again = again.transaction.clone();
    assert_eq!(scene.submit(again), Err(LedgerRejection::Replayed));
    let second = with(&scene, 4, &[asset], &[issue(&scene, asset, &[1])]);
    assert_eq!(rule(scene.submit(second)), ProvenanceRejection::Claimed(asset));
    let alone = with(&scene, 4, &[], &[issue(&scene, asset, &[1])]);
    assert_eq!(issue_rule(scene.submit(alone)), IssueRejection::Sealed);
}

#[test]
fn several_stones_are_claimed_at_once() {
    let mut scene = Scene::new();
    let certificates = scene.register((1..=MAX_CLAIMS as u32).map(stone).collect());
    let assets: Vec<_> = certificates.iter().map(|one| one.asset().unwrap()).collect();
    let request: ClaimRequest = files::decode(&files::encode(&scene.request(&assets))).unwrap();
    let granted = request.grant(&scene.issuer, scene.ledger(), scene.provenance()).unwrap();
    accepted(scene.submit(granted));
    assert!(assets.iter().all(|asset| scene.holds(*asset, true) == 1));
    let known = (scene.provenance(), scene.state.assets());
    let none = ClaimRequest::new(&scene.owner, scene.ledger(), known, &[], &mut OsRng);
    assert_eq!(none, Err(BuildError::Size));
}

#[test]
fn supply_of_a_stone_is_one_whatever_its_issuer_signs() {
    let mut scene = Scene::new();
    let asset = registered(&mut scene, 1);
    // Without the holder: an issue alone.
    let alone = sign_issue(&ed25519(2), scene.ledger(), &issue(&scene, asset, &[1])).unwrap();
    assert_eq!(issue_rule(scene.submit(alone)), IssueRejection::Governed);
    let two = with(&scene, 4, &[asset], &[issue(&scene, asset, &[2])]);
    assert_eq!(issue_rule(scene.submit(two)), IssueRejection::Governed);
    let two = with(&scene, 4, &[asset], &[issue(&scene, asset, &[1, 1])]);
    assert_eq!(issue_rule(scene.submit(two)), IssueRejection::Governed);
    let mut second = issue(&scene, asset, &[1]);
    second.sequence = 1;
    let mut first = issue(&scene, asset, &[1]);
    first.seal = false;
    let twice = with(&scene, 4, &[asset], &[first.clone(), second.clone()]);
    assert_eq!(issue_rule(scene.submit(twice)), IssueRejection::Governed);
    let claimed_twice = with(&scene, 4, &[asset, asset], &[first.clone()]);
    assert_eq!(rule(scene.submit(claimed_twice)), ProvenanceRejection::Claimed(asset));
    // A claim without a note, or before whose note comes too early.
    let without = with(&scene, 4, &[asset], &[]);
    assert_eq!(scene.submit(without), Err(LedgerRejection::Shielded(ShieldedRejection::IssueMissing)));
    // An issue that is left open: its cap remains 1.
    accepted(scene.submit(with(&scene, 4, &[asset], &[first])));
    let more = with(&scene, 4, &[], &[second]);
    assert_eq!(issue_rule(scene.submit(more)), IssueRejection::Cap(1));
}

#[test]
fn nobody_claims_what_is_anothers_stolen_or_of_a_dismissed_issuer() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let asset = registered(&mut scene, 1);
    for holder in [2, 5, 9] {
        let stranger = with(&scene, holder, &[asset], &[issue(&scene, asset, &[1])]);
        assert_eq!(rule(scene.submit(stranger)), ProvenanceRejection::Signature(Role::Holder));
    }
    let unknown = AssetId::from_bytes(&[3; 32]).unwrap();
    let nothing = with(&scene, 4, &[unknown], &[]);
    assert_eq!(rule(scene.submit(nothing)), ProvenanceRejection::UnknownAsset(unknown));
    // An issuer grants what is its own and asked for, for this ledger.
    let request = scene.request(&[asset]);
    let grant = |request: &ClaimRequest, by: u8| request.grant(&keys(by), ledger, scene.provenance()).unwrap_err();
    assert_eq!(grant(&request, 3), BuildError::Claim);
    let mut greedy = request.clone();
    greedy.issues[0].notes[0].value = NoteValue(2);
    assert_eq!(grant(&greedy, 2), BuildError::Claim);
    let mut renamed = request.clone();
    renamed.issues[0].asset.name = "ruby".into();
    assert_eq!(grant(&renamed, 2), BuildError::Claim);
    let mut elsewhere = request.clone();
    elsewhere.ledger = tabella_protocol::transaction::LedgerId([9; 32]);
    assert_eq!(grant(&elsewhere, 2), BuildError::Ledger);
    let mut empty = request.clone();
    empty.issues.clear();
    assert_eq!(grant(&empty, 2), BuildError::Size);
    // Another address than the one that the holder has signed for.
    let mut redirected = request.grant(&scene.issuer, ledger, scene.provenance()).unwrap();
    let mut other = issue(&scene, asset, &[1]);
    let bob = scene.bob.wallet().address(0).owner().element();
    other.notes[0].lock = tabella_protocol::note::LockCommitment::new(bob);
    redirected.effects.actions[1].body = borsh::to_vec(&other).unwrap();
    assert_eq!(rule(scene.submit(redirected)), ProvenanceRejection::Signature(Role::Holder));

    let stolen = report(&scene.issuer, ledger, asset, 0, Authority::Issuer);
    accepted(scene.submit(stolen));
    let granted = request.grant(&scene.issuer, ledger, scene.provenance()).unwrap();
    assert_eq!(rule(scene.submit(granted)), ProvenanceRejection::Stolen(asset));
    let other = registered(&mut scene, 2);
    let dismissed = scene.set_issuer(2, 2, "Antwerp", false);
    accepted(scene.submit(dismissed));
    let granted = scene.request(&[other]).grant(&scene.issuer, ledger, scene.provenance()).unwrap();
    assert!(matches!(rule(scene.submit(granted)), ProvenanceRejection::Unauthorised { .. }));
}

#[test]
fn note_that_was_issued_beforehand_is_no_registered_stone() {
    let mut scene = Scene::new();
    // The issuer makes a note of a stone before it registers it, to have two.
    let prepared = scene.prepare(&scene.issuer, vec![stone(1), stone(2)]);
    let certificate = &prepared.certificates[1];
    let root = certificate.tree().root();
    let description = tabella_provenance::rules::attribute::description(
        scene.registry,
        certificate.schema(),
        *certificate.issuer(),
        &root,
    );
    let to = [(scene.alice.wallet().address(0), NoteValue(1))];
    let (asset, issue) = next_issue(scene.state.assets(), description, &to, false, &mut OsRng).unwrap();
    accepted(scene.submit(sign_issue(&ed25519(2), scene.ledger(), &issue).unwrap()));
    let outcome = scene.submit(tabella_provenance::build::register(&keys(2), scene.ledger(), prepared.batch));
    let error = StoneError::Use(UseError::NotNew(asset));
    assert_eq!(rule(outcome), ProvenanceRejection::Stone { index: 1, error });
}

//! A stone that is reported as stolen stands still, and only whoever may says so.

use tabella_provenance::{
    build::{lift, report},
    rules::{
        ProvenanceRejection,
        action::{Authority, ProvenanceAction, Role},
    },
};
use tabella_verifier::{shielded::ShieldedRejection, state::LedgerRejection};

use crate::scene::{Scene, accepted, keys, rule};

fn frozen() -> Result<tabella_verifier::obligations::Culprits, LedgerRejection> {
    Err(LedgerRejection::Shielded(ShieldedRejection::Frozen(0)))
}

#[test]
fn stolen_stone_does_not_move_until_it_is_found() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let (asset, _) = scene.claimed(1);
    let (other, _) = scene.claimed(2);
    let moved = scene.hand_over(asset, true);
    let theft = report(&scene.issuer, ledger, asset, 0, Authority::Issuer);
    accepted(scene.submit(theft.clone()));
    assert_eq!(scene.submit(moved.clone()), frozen());
    assert_eq!(scene.provenance().registry(&scene.registry).unwrap().stolen, 1);
    // Another stone is not concerned.
    let free = scene.hand_over(other, true);
    accepted(scene.submit(free));
    let found = lift(&scene.issuer, ledger, asset, 1, Authority::Issuer);
    accepted(scene.submit(found.clone()));
    assert_eq!(scene.provenance().registry(&scene.registry).unwrap().stolen, 0);
    // Neither act is good again, nor is one like it for a version that is over.
    for act in [theft, found] {
        assert_eq!(scene.submit(act), Err(LedgerRejection::Replayed));
    }
    let late = [
        (0, report(&scene.registrar, ledger, asset, 0, Authority::Registrar)),
        (1, lift(&scene.registrar, ledger, asset, 1, Authority::Registrar)),
        (3, report(&scene.registrar, ledger, asset, 3, Authority::Registrar)),
    ];
    for (found, act) in late {
        assert_eq!(rule(scene.submit(act)), ProvenanceRejection::Version { expected: 2, found });
    }
    accepted(scene.submit(moved));
    assert_eq!(scene.holds(asset, false), 1);
    let never = lift(&scene.issuer, ledger, asset, 2, Authority::Issuer);
    assert_eq!(rule(scene.submit(never)), ProvenanceRejection::NotStolen(asset));
}

#[test]
fn stranger_neither_reports_nor_lifts() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let (asset, _) = scene.claimed(1);
    // A stranger, the owner, another issuer, and each authority in the other's place.
    let attempts = |asset, version, is_report: bool| {
        [
            (Authority::Issuer, 9),
            (Authority::Issuer, 4),
            (Authority::Issuer, 3),
            (Authority::Issuer, 1),
            (Authority::Registrar, 2),
            (Authority::Registrar, 9),
        ]
        .map(|(by, who)| {
            let act = if is_report { report } else { lift };
            (by.role(), act(&keys(who), ledger, asset, version, by))
        })
    };
    for (role, attempt) in attempts(asset, 0, true) {
        assert_eq!(rule(scene.submit(attempt)), ProvenanceRejection::Signature(role));
    }
    // A signature in another role of the same key.
    let action = ProvenanceAction::Report { asset, version: 0, by: Authority::Issuer };
    let crossed = scene.signed(&action, (Role::Holder, &scene.issuer), None);
    assert_eq!(rule(scene.submit(crossed)), ProvenanceRejection::Signature(Role::Issuer));
    accepted(scene.submit(report(&keys(2), ledger, asset, 0, Authority::Issuer)));
    for (role, attempt) in attempts(asset, 1, false) {
        assert_eq!(rule(scene.submit(attempt)), ProvenanceRejection::Signature(role));
    }
    let again = report(&keys(2), ledger, asset, 1, Authority::Issuer);
    assert_eq!(rule(scene.submit(again)), ProvenanceRejection::Stolen(asset));
}

#[test]
fn registrars_report_is_lifted_by_the_registrar_alone() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let (asset, _) = scene.claimed(1);
    accepted(scene.submit(report(&keys(2), ledger, asset, 0, Authority::Issuer)));
    // The registrar takes it over: it is the same theft.
    accepted(scene.submit(report(&keys(1), ledger, asset, 1, Authority::Registrar)));
    assert_eq!(scene.provenance().registry(&scene.registry).unwrap().stolen, 1);
    let by_issuer = lift(&keys(2), ledger, asset, 2, Authority::Issuer);
    assert_eq!(rule(scene.submit(by_issuer)), ProvenanceRejection::RegistrarsReport);
    accepted(scene.submit(lift(&keys(1), ledger, asset, 2, Authority::Registrar)));
    // An issuer that was dismissed reports and lifts no more; the registrar does.
    accepted(scene.submit(report(&keys(2), ledger, asset, 3, Authority::Issuer)));
    let dismissed = scene.set_issuer(2, 2, "Antwerp", false);
    accepted(scene.submit(dismissed));
    let late = lift(&keys(2), ledger, asset, 4, Authority::Issuer);
    assert!(matches!(rule(scene.submit(late)), ProvenanceRejection::Unauthorised { .. }));
    accepted(scene.submit(lift(&keys(1), ledger, asset, 4, Authority::Registrar)));
    let late = report(&keys(2), ledger, asset, 5, Authority::Issuer);
    assert!(matches!(rule(scene.submit(late)), ProvenanceRejection::Unauthorised { .. }));
}

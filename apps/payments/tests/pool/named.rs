//! Assets of class named: a pool in which every transfer shows its asset.

use rand_core::OsRng;
use tabella_payments::issuer::{next_issue, sign_issue};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    note::NoteValue,
    note_encryption::Memo,
};
use tabella_prover::builder::{PoolSetting, SpendableNote, UnprovenTransfer};
use tabella_verifier::shielded::ShieldedRejection;

use crate::{
    scene::{Scene, no_proof, parameters, rule},
    transfers::payer,
};

/// Alice holds a stone, and 10 of the ordinary asset.
pub(crate) fn with_stone() -> (Scene, AssetDescription) {
    let mut scene = Scene::with_notes(&[10]);
    let stone = AssetDescription { name: "Stone 1".into(), cap: 1, class: AssetClass::Named, ..scene.description() };
    let notes = [(scene.alice.wallet().address(0), NoteValue(1))];
    let issue = next_issue(scene.ledger.state().assets(), stone.clone(), &notes, true, &mut OsRng).unwrap().1;
    let transaction = sign_issue(&scene.issuer, scene.ledger.id(), &issue).unwrap();
    scene.submit(transaction).unwrap();
    scene.read();
    (scene, stone)
}

pub(crate) fn setting(scene: &Scene, class: AssetClass) -> PoolSetting {
    let pool = scene.ledger.state().pool(class);
    PoolSetting { pool: pool.id(), anchor: pool.tree().root(), reveal: true, ..scene.setting() }
}

pub(crate) fn send(scene: &Scene, setting: &PoolSetting, class: AssetClass) -> UnprovenTransfer {
    let pool = scene.ledger.state().pool(class);
    let note = scene.alice.wallet().unspent().find(|note| note.pool() == pool.id()).unwrap();
    let path = pool.tree().path(note.position()).unwrap();
    let inputs = vec![SpendableNote { note: note.clone(), path }];
    let to = scene.bob.wallet().address(0);
    payer(scene.alice.wallet(), setting).send(inputs, to, NoteValue(1), Memo::empty(), &mut OsRng).unwrap()
}

#[test]
fn named_asset_moves_in_its_own_pool_with_its_name_shown() {
    let (mut scene, stone) = with_stone();
    let setting = setting(&scene, AssetClass::Named);
    let transfer = send(&scene, &setting, AssetClass::Named);
    let transaction = scene.alice.authorize(scene.single(transfer), &parameters(), &mut OsRng).unwrap();
    scene.submit(transaction).unwrap();
    scene.read();
    let notes: Vec<_> = scene.bob.wallet().unspent().collect();
    assert_eq!((notes[0].note().asset, notes[0].note().value.0), (stone.id().unwrap(), 1));
    assert_eq!(scene.ledger.state().shielded().tree().len(), 1, "nothing came into the pool of ordinary assets");
}

#[test]
fn hidden_asset_in_the_named_pool_is_refused() {
    let (mut scene, _) = with_stone();
    let hidden = PoolSetting { reveal: false, ..setting(&scene, AssetClass::Named) };
    let transfer = send(&scene, &hidden, AssetClass::Named);
    let transaction = scene.alice.authorize(scene.single(transfer), &no_proof, &mut OsRng).unwrap();
    assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::AssetHidden(0))));
}

#[test]
fn asset_does_not_change_pools() {
    let (mut scene, _) = with_stone();
    for class in AssetClass::ALL {
        // Proved in one pool, and then said to be in the other.
        let setting = setting(&scene, class);
        let transfer = send(&scene, &setting, class);
        let mut transaction = scene.alice.authorize(scene.single(transfer), &no_proof, &mut OsRng).unwrap();
        let other = if class == AssetClass::Named { AssetClass::Ordinary } else { AssetClass::Named };
        transaction.effects.transfers[0].pool = scene.ledger.state().pool(other).id();
        assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::AssetPool(0))));
    }
    // Hidden, a stone in the pool of ordinary assets has no anchor to stand on.
    let hidden = PoolSetting { reveal: false, ..setting(&scene, AssetClass::Named) };
    let transfer = send(&scene, &hidden, AssetClass::Named);
    let mut transaction = scene.alice.authorize(scene.single(transfer), &no_proof, &mut OsRng).unwrap();
    transaction.effects.transfers[0].pool = scene.ledger.state().shielded().id();
    assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::Anchor(0))));
}

#[test]
fn asset_that_was_never_issued_is_refused_where_it_shows() {
    let (mut scene, stone) = with_stone();
    let setting = setting(&scene, AssetClass::Named);
    let transfer = send(&scene, &setting, AssetClass::Named);
    let mut transaction = scene.alice.authorize(scene.single(transfer), &no_proof, &mut OsRng).unwrap();
    let unknown = AssetDescription { name: "Stone 2".into(), ..stone }.id().unwrap();
    if let tabella_protocol::transaction::TransferStatement::Transfer { instance, .. } =
        &mut transaction.effects.transfers[0].statement
    {
        instance.asset_revealed = unknown.element();
    }
    assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::UnknownAsset(0))));
}

//! An application that stops assets, and whoever moves them all the same. The core does not know it.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::OsRng;
use tabella_ledger::node::Refusal;
use tabella_protocol::{
    asset::AssetClass,
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
    statement::Mode,
    transaction::{Action, ApplicationId, LedgerId, LoggedTransaction, Transaction, TransactionEffects},
};
use tabella_prover::builder::{Blinding, PoolSetting, SpendPath, SpendableNote, UnprovenTransfer};
use tabella_verifier::{
    application::{Application, Place, UseError},
    obligations::Obligations,
    shielded::ShieldedRejection,
    state::LedgerRejection,
};

use crate::{
    modes::authorized,
    named::{send, setting, with_stone},
    scene::{NOW, Scene, no_proof, parameters, rule, time},
    tester::{Amount, Uses},
    transfers::payer,
};

/// Nobody moves the asset before this time. Anybody may say so: who may is not what is tested.
#[derive(Clone, Copy, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct Flag {
    pub(crate) asset: AssetId,
    pub(crate) until: Timestamp,
}

impl Flag {
    fn action(&self) -> Action {
        Action { application: Freezer::ID, body: borsh::to_vec(self).unwrap() }
    }

    pub(crate) fn transaction(&self, ledger: LedgerId) -> Transaction {
        let effects = TransactionEffects::new(ledger, Vec::new(), vec![self.action()]);
        Transaction { effects, transfers: Vec::new(), action_proofs: vec![Vec::new()] }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Freezer {
    flags: Vec<Flag>,
}

impl Application for Freezer {
    const ID: ApplicationId = ApplicationId(*b"freezer\0");
    type Body = Flag;
    type Proof = ();
    type Changes = Vec<Flag>;
    type Error = UseError;

    fn check(&self, changes: &mut Vec<Flag>, flag: Flag, (): (), _: &mut Place<'_>) -> Result<(), UseError> {
        changes.push(flag);
        Ok(())
    }

    fn execute(&mut self, mut changes: Vec<Flag>) {
        self.flags.append(&mut changes);
    }

    fn freezes(&self, asset: &AssetId, now: Timestamp) -> bool {
        self.flags.iter().any(|flag| flag.asset == *asset && now < flag.until)
    }
}

/// Until when the stone stands still.
const THAW: u64 = NOW + 30;

fn move_stone(scene: &Scene) -> UnprovenTransfer {
    send(scene, &setting(scene, AssetClass::Named), AssetClass::Named)
}

#[test]
fn frozen_asset_does_not_move_where_it_shows() {
    let (mut scene, stone) = with_stone();
    let (asset, ledger) = (stone.id().unwrap(), scene.ledger.id());
    let flag = Flag { asset, until: time(THAW) };
    let parameters = parameters();
    let moved = scene.alice.authorize(scene.single(move_stone(&scene)), &parameters, &mut OsRng).unwrap();

    // In one block the thief comes too late as well.
    let outcomes = scene.ledger.submit(vec![flag.transaction(ledger), moved.clone()]).unwrap();
    assert!(outcomes[0].is_ok());
    assert_eq!(outcomes[1], Err(rule(ShieldedRejection::Frozen(0))));
    assert_eq!(scene.submit(moved.clone()), Err(rule(ShieldedRejection::Frozen(0))));

    // Out of the pool, or consumed, under an application that would let it.
    let setting = setting(&scene, AssetClass::Named);
    let pool = scene.ledger.state().pool(AssetClass::Named);
    let note = scene.alice.wallet().unspent().find(|note| note.pool() == pool.id()).unwrap().clone();
    let path = pool.tree().path(note.position()).unwrap();
    let stone = SpendableNote { note, path };
    let payer = payer(scene.alice.wallet(), &setting);
    let exit = payer.exit(vec![stone.clone()], NoteValue(1), Blinding::Public, &mut OsRng).unwrap();
    let consume = payer.consume(stone.clone(), SpendPath::Own, Blinding::Public, &mut OsRng).unwrap();
    let cast = payer.cast(&stone, SpendPath::Own, &mut OsRng).unwrap();
    let entry = payer
        .enter(asset, scene.alice.wallet().address(0), NoteValue(1), Memo::empty(), Blinding::Public, &mut OsRng)
        .unwrap();
    let ways = [(exit, Mode::Exit), (consume, Mode::Consume), (cast, Mode::Consume), (entry, Mode::Entry)];
    for (transfer, mode) in ways {
        let uses = Uses(vec![(0, mode, asset, Amount::Public(NoteValue(1)))]);
        let mut builder = tabella_prover::builder::TransactionBuilder::new(ledger);
        builder.add(transfer);
        builder.add_action(uses.action());
        let transaction = authorized(&scene.alice, builder, &no_proof, vec![vec![0; 4]]);
        assert_eq!(scene.submit(transaction), Err(rule(ShieldedRejection::Frozen(0))));
    }

    // The ledger that is opened again knows it; once it thaws, the same transaction is good.
    assert_eq!(scene.reopened().submit(vec![moved.clone()]).unwrap(), [Err(rule(ShieldedRejection::Frozen(0)))]);
    scene.clock.set(time(THAW));
    scene.submit(moved).unwrap();
}

#[test]
fn another_asset_and_a_hidden_one_are_not_frozen() {
    let (mut scene, stone) = with_stone();
    let (ledger, crown) = (scene.ledger.id(), scene.asset());
    scene.submit(Flag { asset: crown, until: time(THAW) }.transaction(ledger)).unwrap();
    // The stone is another asset: it gets as far as its proof, which is missing.
    let moved = scene.alice.authorize(scene.single(move_stone(&scene)), &no_proof, &mut OsRng).unwrap();
    assert_eq!(scene.submit(moved), Err(Refusal::Proof));
    assert_ne!(crown, stone.id().unwrap());
    // Where assets are hidden nobody can stop one.
    for (reveal, outcome) in [(true, rule(ShieldedRejection::Frozen(0))), (false, Refusal::Proof)] {
        let setting = PoolSetting { reveal, ..setting(&scene, AssetClass::Ordinary) };
        let transfer = send(&scene, &setting, AssetClass::Ordinary);
        let transaction = scene.alice.authorize(scene.single(transfer), &no_proof, &mut OsRng).unwrap();
        assert_eq!(scene.submit(transaction), Err(outcome));
    }
}

#[test]
fn transfer_checked_before_its_asset_was_frozen_is_not_executed() {
    let (scene, stone) = with_stone();
    let mut state = scene.ledger.state().clone();
    let flag = Flag { asset: stone.id().unwrap(), until: time(THAW) };
    let entry = |transaction| LoggedTransaction { time: time(NOW), transaction };
    let moved = scene.alice.authorize(scene.single(move_stone(&scene)), &no_proof, &mut OsRng).unwrap();
    let moved = entry(moved);
    let checked = state.check(&moved, 0, &mut Obligations::new()).unwrap();
    let freeze = state.check(&entry(flag.transaction(state.id())), 1, &mut Obligations::new()).unwrap();
    state.execute(freeze).unwrap();
    assert_eq!(state.execute(checked), Err(LedgerRejection::Shielded(ShieldedRejection::Stale)));
    let again = state.check(&moved, 0, &mut Obligations::new());
    assert_eq!(again.map(drop), Err(LedgerRejection::Shielded(ShieldedRejection::Frozen(0))));
}

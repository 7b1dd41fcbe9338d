//! Transfers that are used by an application, and whoever uses them otherwise.

use rand_core::OsRng;
use tabella_ledger::node::{Accepted, Refusal};
use tabella_payments::holder::Holder;
use tabella_protocol::{
    asset::AssetClass,
    bridge::{BridgeProof, BridgeStatement},
    jubjub::{JubjubPoint, JubjubScalar, value_base},
    note::{AssetId, Guard, NoteValue, Terms, Timestamp},
    note_encryption::Memo,
    statement::Mode,
    transaction::{Action, Transaction, TransferStatement},
    transcript::ProofContext,
};
use tabella_prover::{
    bridge::{BridgeOpening, prove_bridge},
    builder::{Blinding, EscrowOrder, ProvingEngine, SpendPath, TransactionBuilder, UnprovenTransfer},
};
use tabella_verifier::{application::UseError, shielded::ShieldedRejection, turnstile::Overdrawn};

use crate::{
    scene::{Scene, no_proof, parameters, reason, rule},
    tester::{Amount, Tester, Uses},
    transfers::{own, payer},
};

/// A transaction of Alice's with action proofs.
pub(crate) fn authorized<E: ProvingEngine>(
    holder: &Holder,
    builder: TransactionBuilder,
    engine: &E,
    proofs: Vec<Vec<u8>>,
) -> Transaction {
    holder.authorize_with(builder.build().unwrap(), engine, &mut OsRng, |_| proofs).unwrap()
}

fn with_actions(scene: &Scene, transfers: Vec<UnprovenTransfer>, actions: Vec<Action>) -> TransactionBuilder {
    let mut builder = TransactionBuilder::new(scene.ledger.id());
    for transfer in transfers {
        builder.add(transfer);
    }
    for action in actions {
        builder.add_action(action);
    }
    builder
}

fn no_bridge() -> Vec<u8> {
    borsh::to_vec(&Vec::<BridgeProof>::new()).unwrap()
}

/// Without Groth16 proofs: for what is refused before.
fn attempt(scene: &mut Scene, transfers: Vec<UnprovenTransfer>, uses: &[Uses]) -> Result<Accepted, Refusal> {
    let actions = uses.iter().map(Uses::action).collect();
    let builder = with_actions(scene, transfers, actions);
    let proofs = vec![no_bridge(); uses.len()];
    scene.submit(authorized(&scene.alice, builder, &no_proof, proofs))
}

fn exit(scene: &Scene, amount: u64, blinding: Blinding) -> UnprovenTransfer {
    let setting = scene.setting();
    payer(scene.alice.wallet(), &setting)
        .exit(vec![scene.spendable(&scene.alice)], NoteValue(amount), blinding, &mut OsRng)
        .unwrap()
}

fn enter(scene: &Scene, amount: u64, blinding: Blinding) -> UnprovenTransfer {
    let (setting, wallet) = (scene.setting(), scene.alice.wallet());
    payer(wallet, &setting)
        .enter(scene.asset(), wallet.address(0), NoteValue(amount), Memo::empty(), blinding, &mut OsRng)
        .unwrap()
}

fn public(transfer: u32, mode: Mode, asset: AssetId, amount: u64) -> Uses {
    Uses(vec![(transfer, mode, asset, Amount::Public(NoteValue(amount)))])
}

fn refused(outcome: Result<Accepted, Refusal>, error: UseError) {
    assert_eq!(reason::<UseError>(&outcome), Some(&error), "{outcome:?}");
}

#[test]
fn public_amount_leaves_and_enters_through_an_application() {
    let mut scene = Scene::with_notes(&[10]);
    let (parameters, asset) = (parameters(), scene.asset());
    let builder =
        with_actions(&scene, vec![exit(&scene, 4, Blinding::Public)], vec![public(0, Mode::Exit, asset, 4).action()]);
    let transaction = authorized(&scene.alice, builder, &parameters, vec![no_bridge()]);
    scene.submit(transaction).unwrap();
    scene.read();
    assert_eq!(scene.balance(&scene.alice), 6);
    let builder =
        with_actions(&scene, vec![enter(&scene, 4, Blinding::Public)], vec![public(0, Mode::Entry, asset, 4).action()]);
    let transaction = authorized(&scene.alice, builder, &parameters, vec![no_bridge()]);
    scene.submit(transaction).unwrap();
    scene.read();
    assert_eq!(scene.balance(&scene.alice), 10);
}

#[test]
fn each_value_commitment_is_used_by_exactly_one_action() {
    let mut scene = Scene::with_notes(&[10]);
    let asset = scene.asset();
    let use_it = public(0, Mode::Exit, asset, 4);
    let exit = exit(&scene, 4, Blinding::Public);
    // By none, by two actions, twice by one.
    assert_eq!(attempt(&mut scene, vec![exit.clone()], &[]), Err(rule(ShieldedRejection::Mode(0))));
    refused(attempt(&mut scene, vec![exit.clone()], &[use_it.clone(), use_it.clone()]), UseError::Used(0));
    let twice = Uses([use_it.0.clone(), use_it.0.clone()].concat());
    refused(attempt(&mut scene, vec![exit.clone()], &[twice]), UseError::Used(0));
    // An entry beside it that nothing stands behind.
    let enter = enter(&scene, 4, Blinding::Public);
    let both = vec![exit.clone(), enter];
    assert_eq!(attempt(&mut scene, both, &[use_it]), Err(rule(ShieldedRejection::Mode(1))));
    refused(attempt(&mut scene, vec![exit], &[public(1, Mode::Exit, asset, 4)]), UseError::NoSuchTransfer(1));
}

#[test]
fn use_of_another_mode_asset_or_amount_is_refused() {
    let mut scene = Scene::with_notes(&[10]);
    let asset = scene.asset();
    let exit_public = exit(&scene, 4, Blinding::Public);
    let attempts = [
        (public(0, Mode::Entry, asset, 4), UseError::Mode { transfer: 0, expected: Mode::Entry }),
        (public(0, Mode::Internal, asset, 4), UseError::Mode { transfer: 0, expected: Mode::Internal }),
        (public(0, Mode::Exit, AssetId::new(7.into()), 4), UseError::Asset(0)),
        (public(0, Mode::Exit, asset, 5), UseError::Amount(0)),
        (public(0, Mode::Exit, asset, 0), UseError::Amount(0)),
    ];
    for (uses, error) in attempts {
        refused(attempt(&mut scene, vec![exit_public.clone()], &[uses]), error);
    }
    // A public amount whose commitment is blinded: r is not 0.
    let blinded = exit(&scene, 4, Blinding::Random);
    refused(attempt(&mut scene, vec![blinded], &[public(0, Mode::Exit, asset, 4)]), UseError::Amount(0));
    // Nothing enters on credit.
    let entry = enter(&scene, 4, Blinding::Random);
    let uses = Uses(vec![(0, Mode::Entry, asset, Amount::Deferred)]);
    refused(attempt(&mut scene, vec![entry], &[uses]), UseError::Deferred(0));
}

/// Were the circuit broken, its exits could be of any amount: the statement is forged here, as such a prover would.
#[test]
fn no_more_leaves_in_public_than_came_in() {
    let mut scene = Scene::with_notes(&[10]);
    let asset = scene.asset();
    let forged = |scene: &Scene, amount: u64| {
        let uses = public(0, Mode::Exit, asset, amount).action();
        let builder = with_actions(scene, vec![exit(scene, 4, Blinding::Public)], vec![uses]);
        let mut transaction = authorized(&scene.alice, builder, &no_proof, vec![no_bridge()]);
        let TransferStatement::Transfer { instance, .. } = &mut transaction.effects.transfers[0].statement else {
            panic!("an exit is a Transfer")
        };
        instance.value_commitment = JubjubPoint::new(*value_base() * JubjubScalar::from(amount));
        transaction
    };
    let transaction = forged(&scene, 11);
    let overdrawn = |leaving, held| rule(ShieldedRejection::Overdrawn(Overdrawn { asset, leaving, held }));
    assert_eq!(scene.submit(transaction), Err(overdrawn(11, 10)));
    // The turnstile lets as much pass as there is; proof and signature are not of this statement.
    let transaction = forged(&scene, 10);
    assert!(matches!(scene.submit(transaction), Err(Refusal::Proof | Refusal::Signature)));
    // What left is no longer there, and what is issued is.
    let parameters = parameters();
    let uses = public(0, Mode::Exit, asset, 4).action();
    let builder = with_actions(&scene, vec![exit(&scene, 4, Blinding::Public)], vec![uses]);
    let transaction = authorized(&scene.alice, builder, &parameters, vec![no_bridge()]);
    scene.submit(transaction).unwrap();
    let issue = scene.issue(&[2]);
    scene.submit_issue(&issue).unwrap();
    scene.read();
    let transaction = forged(&scene, 9);
    assert_eq!(scene.submit(transaction), Err(overdrawn(9, 8)));
}

#[test]
fn hidden_amount_crosses_by_a_bridge_of_this_action_only() {
    let mut scene = Scene::with_notes(&[10]);
    let (parameters, asset) = (parameters(), scene.asset());
    let exit = exit(&scene, 4, Blinding::Random);
    let opening = exit.opening().unwrap();
    let s = curve25519_dalek::scalar::Scalar::from(77u64);
    let bridged = |value: u64, r: JubjubScalar| BridgeOpening::new(u128::from(value), r, s);
    let statement = bridged(4, *opening.r.expose()).statement(std::num::NonZeroU32::MIN);
    let uses = Uses(vec![(0, Mode::Exit, asset, Amount::Bridged(statement.ristretto))]);
    let builder = with_actions(&scene, vec![exit], vec![uses.action()]);
    let digest = builder.effects().digest();
    let context = ProofContext { ledger: scene.ledger.id(), digest, index: 0 };
    let prove = |context: &ProofContext, statement: &BridgeStatement, opening: &BridgeOpening| {
        borsh::to_vec(&vec![prove_bridge(context, statement, opening, &mut OsRng).unwrap()]).unwrap()
    };
    let right = prove(&context, &statement, &bridged(4, *opening.r.expose()));
    let elsewhere = prove(&ProofContext { index: 1, ..context }, &statement, &bridged(4, *opening.r.expose()));
    // Of another C of the same value.
    let other = bridged(4, JubjubScalar::from(5u64));
    let foreign = prove(&context, &other.statement(std::num::NonZeroU32::MIN), &other);
    let mut transaction = authorized(&scene.alice, builder, &parameters, vec![right.clone()]);
    for wrong in [elsewhere, foreign] {
        transaction.action_proofs = vec![wrong];
        assert_eq!(scene.submit(transaction.clone()), Err(Refusal::Bridge));
    }
    transaction.action_proofs = vec![right];
    scene.submit(transaction).unwrap();
}

#[test]
fn consumed_note_is_used_up_and_leaves_nothing() {
    let mut scene = Scene::with_notes(&[10, 3]);
    let (parameters, asset) = (parameters(), scene.asset());
    let setting = scene.setting();
    let note = scene.spendable(&scene.alice);
    let payer = payer(scene.alice.wallet(), &setting);
    let (consume, again) = (
        payer.consume(note.clone(), SpendPath::Own, Blinding::Public, &mut OsRng).unwrap(),
        payer.consume(note.clone(), SpendPath::Own, Blinding::Public, &mut OsRng).unwrap(),
    );
    let nullifiers = consume.effects().nullifiers().to_vec();
    let leaves = scene.ledger.state().shielded().tree().len();
    let builder = with_actions(&scene, vec![consume], vec![public(0, Mode::Consume, asset, 10).action()]);
    let transaction = authorized(&scene.alice, builder, &parameters, vec![no_bridge()]);
    scene.submit(transaction).unwrap();
    let pool = scene.ledger.state().shielded();
    assert_eq!(pool.tree().len(), leaves);
    assert_eq!(nullifiers.iter().map(|nullifier| pool.is_spent(nullifier)).collect::<Vec<_>>(), [true, false]);
    let used = &scene.ledger.state().application::<Tester>().unwrap().used;
    assert_eq!((used.len(), used[0].0), (1, nullifiers[0]));
    let spent = ShieldedRejection::Spent { transfer: 0, nullifier: nullifiers[0] };
    assert_eq!(attempt(&mut scene, vec![again], &[public(0, Mode::Consume, asset, 10)]), Err(rule(spent)));
    // The wallet sees it, although no leaf came.
    scene.read();
    assert_eq!(scene.balance(&scene.alice), 3);
    // The small shape consumes too, with its weight in the open.
    let setting = scene.setting();
    let right = scene.spendable(&scene.alice);
    let cast = self::payer(scene.alice.wallet(), &setting).cast(&right, SpendPath::Own, &mut OsRng).unwrap();
    let wrong = attempt(&mut scene, vec![cast.clone()], &[public(0, Mode::Consume, asset, 4)]);
    refused(wrong, UseError::Amount(0));
    let builder = with_actions(&scene, vec![cast], vec![public(0, Mode::Consume, asset, 3).action()]);
    let transaction = authorized(&scene.alice, builder, &parameters, vec![no_bridge()]);
    scene.submit(transaction).unwrap();
    scene.read();
    assert_eq!(scene.balance(&scene.alice), 0);
}

#[test]
fn tag_gives_the_application_the_escrow_and_its_commitment() {
    let mut scene = Scene::with_notes(&[10]);
    let (parameters, asset) = (parameters(), scene.asset());
    let order = EscrowOrder {
        claimant: scene.bob.wallet().address(5),
        terms: Terms { claim_until: Timestamp::MAX, refund_from: Timestamp::MAX, burn_only: false },
        guard: Guard::none(),
        refund: own(),
        amount: NoteValue(7),
        memo: Memo::empty(),
    };
    let setting = scene.setting();
    let note = scene.spendable(&scene.alice);
    let tag = payer(scene.alice.wallet(), &setting).lock_tagged(vec![note], order.clone(), &mut OsRng).unwrap();
    // Nobody uses it.
    assert_eq!(attempt(&mut scene, vec![tag.clone()], &[]), Err(rule(ShieldedRejection::Mode(0))));
    let opening = tag.opening().unwrap();
    let statement = BridgeOpening::new(7, *opening.r.expose(), 1u64.into()).statement(std::num::NonZeroU32::MIN);
    let uses = Uses(vec![(0, Mode::Tag, asset, Amount::Deferred)]);
    let builder = with_actions(&scene, vec![tag], vec![uses.action()]);
    let transaction = authorized(&scene.alice, builder, &parameters, vec![no_bridge()]);
    scene.submit(transaction).unwrap();
    let (_, output, contract, c) = scene.ledger.state().application::<Tester>().unwrap().used[0];
    assert_eq!(c, Some(statement.jubjub), "C commits to the escrow's value");
    assert_eq!(contract.unwrap().claimant, order.claimant.owner());
    scene.read();
    let escrow = scene.bob.wallet().unspent().next().unwrap();
    assert_eq!(output, Some(escrow.note().commitment()));
}

#[test]
fn ledger_that_is_opened_again_has_the_same_state() {
    let mut scene = Scene::with_notes(&[10]);
    let (parameters, asset) = (parameters(), scene.asset());
    let builder =
        with_actions(&scene, vec![exit(&scene, 4, Blinding::Public)], vec![public(0, Mode::Exit, asset, 4).action()]);
    let transaction = authorized(&scene.alice, builder, &parameters, vec![no_bridge()]);
    scene.submit(transaction).unwrap();
    let before = scene.ledger.state().application::<Tester>().unwrap().used.clone();
    let root = scene.ledger.state().pool(AssetClass::Ordinary).tree().root();
    let again = scene.reopened();
    assert_eq!(again.state().application::<Tester>().unwrap().used, before);
    assert_eq!(again.state().pool(AssetClass::Ordinary).tree().root(), root);
}

//! Honest payments: what both sides see, and that nothing is made or lost.

use rand_core::OsRng;
use tabella_payments::{
    holder::{Moment, Step, read_wallet, submit},
    log::read_pool,
    many::{Round, SendError},
    viewing::incoming_notes,
};
use tabella_protocol::asset::AssetClass;
use tabella_prover::wallet::{HistoryEvent, NoteKind, Wallet};

use crate::scene::{NOW, Scene, keys, parameters, time};

#[test]
fn payment_arrives_with_its_memo_and_everybody_together_holds_what_was_issued() {
    let mut scene = Scene::with_notes(&[600, 400]);
    let (parameters, order) = (parameters(), scene.order(250));
    let prepared = {
        let mut alice = std::mem::replace(&mut scene.alice, crate::scene::alice());
        let prepared = scene.prepare_pay(&mut alice, &order);
        scene.alice = alice;
        prepared
    };
    let transaction = scene.alice.authorize(prepared, &parameters, &mut OsRng).unwrap();
    submit(&mut scene.ledger, transaction).unwrap();
    scene.read();
    assert_eq!((scene.balance(&scene.alice), scene.balance(&scene.bob)), (750, 250));
    let issued = scene.ledger.state().assets().get(&scene.asset()).unwrap().issued;
    assert_eq!(scene.balance(&scene.alice) + scene.balance(&scene.bob), u128::from(issued));
    let received = scene.bob.wallet().history().last().unwrap();
    assert_eq!(received.event, HistoryEvent::Received(NoteKind::Plain));
    assert_eq!((received.value.0, received.memo.text()), (250, Some("for the bread")));
    let sent = scene.alice.wallet().history().iter().find(|entry| matches!(entry.event, HistoryEvent::Sent { .. }));
    assert_eq!(sent.unwrap().event, HistoryEvent::Sent { to: scene.bob.wallet().address(0), escrow: false });

    // A viewing key, and words restored elsewhere, see the same.
    let mut viewer = Wallet::new(scene.alice.wallet().key().clone());
    read_wallet(&mut viewer, &scene.ledger).unwrap();
    let now = time(NOW);
    assert_eq!(viewer.balances(now), scene.alice.wallet().balances(now));
    assert_eq!(viewer.history(), scene.alice.wallet().history());
    // An incoming one sees what came in, and tells change apart.
    let entries = [read_pool(&scene.ledger, AssetClass::Ordinary).unwrap()];
    let notes = incoming_notes(scene.alice.wallet().key().incoming(), &entries);
    let seen: Vec<_> = notes.iter().map(|note| (note.value.0, note.change, note.escrow)).collect();
    assert_eq!(seen, [(600, false, false), (400, false, false), (150, true, false)]);
    let notes = incoming_notes(scene.bob.wallet().key().incoming(), &entries);
    let seen: Vec<_> = notes.iter().map(|note| (note.value.0, note.change, note.memo.text())).collect();
    assert_eq!(seen, [(250, false, Some("for the bread"))]);
}

#[test]
fn payment_of_many_notes_merges_them_two_by_two_first() {
    let mut scene = Scene::with_notes(&[10; 5]);
    let (parameters, order) = (parameters(), scene.order(45));
    let mut merges = 0;
    loop {
        let state = scene.ledger.state();
        let (transaction, done) =
            match scene.alice.prepare(&Moment { state, keys: keys(), now: time(NOW) }, &order, &mut OsRng).unwrap() {
                Step::Merge(transaction) => (transaction, false),
                Step::Pay(transaction) => (transaction, true),
            };
        let transaction = scene.alice.authorize(transaction, &parameters, &mut OsRng).unwrap();
        submit(&mut scene.ledger, transaction).unwrap();
        scene.read();
        if done {
            break;
        }
        merges += 1;
        assert_eq!(scene.balance(&scene.alice), 50, "nothing is lost by merging");
    }
    assert_eq!(merges, 3);
    assert_eq!((scene.balance(&scene.alice), scene.balance(&scene.bob)), (5, 45));
}

#[test]
fn positions_follow_the_tree_when_issues_and_payments_alternate() {
    let mut scene = Scene::with_notes(&[100]);
    let parameters = parameters();
    for amount in [30, 20] {
        let order = scene.order(amount);
        let mut device = crate::scene::alice();
        device.read(&scene.ledger).unwrap();
        let prepared = scene.prepare_pay(&mut device, &order);
        let transaction = device.authorize(prepared, &parameters, &mut OsRng).unwrap();
        submit(&mut scene.ledger, transaction).unwrap();
        let issue = scene.issue(&[7, 8]);
        scene.submit_issue(&issue).unwrap();
        scene.read();
    }
    let entries = read_pool(&scene.ledger, AssetClass::Ordinary).unwrap();
    let positions = entries.iter().flat_map(|entry| &entry.outputs).map(|output| u64::from(output.position.0));
    assert!(positions.eq(0..scene.ledger.state().shielded().tree().len()));
    assert_eq!((scene.balance(&scene.alice), scene.balance(&scene.bob)), (80, 50));
}

#[test]
fn many_are_paid_by_one_transaction_and_nobody_before_it() {
    let mut scene = Scene::with_notes(&[100]);
    let parameters = parameters();
    let orders: Vec<_> = [10, 20, 30].map(|amount| scene.order(amount)).into();
    let mut sending = scene.alice.plan(&scene.moment(), orders.clone()).unwrap();
    assert_eq!(sending.transfers(), [1, 2]);
    let at = Moment { state: scene.ledger.state(), keys: keys(), now: time(NOW) };
    let first = scene.alice.prepare_next(&mut sending, &at, &mut OsRng).unwrap().unwrap();
    assert!(!first.pays);
    // The second one spends what the first one makes: in vain before that is on the ledger.
    assert!(matches!(scene.alice.prepare_next(&mut sending, &at, &mut OsRng), Err(SendError::NotYet)));
    let transaction = scene.alice.authorize(first.transaction, &parameters, &mut OsRng).unwrap();
    submit(&mut scene.ledger, transaction).unwrap();
    scene.read();
    assert_eq!(
        (scene.balance(&scene.alice), scene.balance(&scene.bob)),
        (100, 0),
        "nobody is paid before the last one"
    );
    // Whoever begins anew at this point pays the same with what is there.
    let anew = scene.alice.plan(&scene.moment(), orders).unwrap();
    assert_eq!(anew.transfers().len(), 1);
    let at = Moment { state: scene.ledger.state(), keys: keys(), now: time(NOW) };
    let second = scene.alice.prepare_next(&mut sending, &at, &mut OsRng).unwrap().unwrap();
    assert!(second.pays);
    // Without one of its transfers nothing of it is accepted.
    let transaction = scene.alice.authorize(second.transaction, &parameters, &mut OsRng).unwrap();
    let mut cut = transaction.clone();
    cut.effects.transfers.pop();
    cut.transfers.pop();
    scene.submit(cut).unwrap_err();
    scene.read();
    assert_eq!(scene.balance(&scene.bob), 0);
    submit(&mut scene.ledger, transaction).unwrap();
    scene.read();
    assert_eq!((scene.balance(&scene.alice), scene.balance(&scene.bob)), (40, 60));
    let at = Moment { state: scene.ledger.state(), keys: keys(), now: time(NOW) };
    assert!(scene.alice.prepare_next(&mut sending, &at, &mut OsRng).unwrap().is_none());
    let too_much = vec![scene.order(41), scene.order(1)];
    let refused = scene.alice.plan(&scene.moment(), too_much);
    assert!(matches!(refused, Err(SendError::Insufficient { available: 40, needed: 42, .. })));
}

#[test]
fn plan_under_way_is_begun_anew_when_nothing_came_of_it() {
    let mut scene = Scene::with_notes(&[23]);
    let orders = [4, 5, 8, 5].map(|amount| scene.order(amount)).to_vec();
    let mut alice = std::mem::replace(&mut scene.alice, crate::scene::alice());
    let at = scene.moment();
    let first = alice.prepare_together(&at, orders.clone(), &mut OsRng).unwrap();
    assert!(!first.pays, "from one note not everybody is paid at once");
    // Its one note is set aside: there is nothing to plan with.
    let refused = alice.prepare_together(&at, orders.clone(), &mut OsRng);
    assert!(matches!(refused, Err(SendError::Insufficient { available: 0, needed: 22, .. })), "{refused:?}");
    // The ledger never had it. What is planned now spends the note, and not what the first would have made.
    alice.release(first.transaction.effects());
    let again = alice.prepare_together(&at, orders, &mut OsRng).unwrap();
    let spent = |round: &Round| round.transaction.effects().transfers[0].nullifiers().to_vec();
    assert!(!again.pays);
    let before = spent(&first);
    assert!(spent(&again).iter().any(|nullifier| before.contains(nullifier)));
}

//! What owners and payers do.

use tabella_prover::builder::ProvingEngine;

use super::*;
use crate::scene::{Scene, parameters};

#[test]
fn hidden_money_goes_through_two_accounts_and_back_into_the_pool() {
    // A real ledger, and every proof.
    let mut scene = Scene::with_notes(&[10]);
    let parameters = parameters();
    let (alice, bob) = (keys(1), keys(2));
    let [from, to] = [&alice, &bob].map(|keys| opening(&scene, keys).id(scene.ledger.id()));
    for keys in [&alice, &bob] {
        let open = AccountAction::Open(opening(&scene, keys));
        run(&mut scene, None, &open, &parameters, |effects| signed(keys, effects));
    }

    // Out of the pool.
    let setting = scene.setting();
    let note = scene.spendable(&scene.alice);
    let exit =
        payer(scene.alice.wallet(), &setting).exit(vec![note], NoteValue(7), Blinding::Random, &mut OsRng).unwrap();
    let seven = AmountOpening::hidden(NoteValue(7), &mut OsRng);
    let sealed = seven.seal(&alice.viewer(), &mut OsRng);
    let bridge = bridged(&exit, &seven);
    let deposit = deposit(from, seven.amount(), Some(sealed), ReturnTo::Account(from));
    let id = run(&mut scene, Some(exit), &deposit, &parameters, bridge);
    assert!(bob.unseal(&seven.commitment(), &sealed).is_none());
    let seen = alice.unseal(&seven.commitment(), &sealed).unwrap();
    assert_eq!(seen.value(), NoteValue(7));
    let accept = AccountAction::Accept { account: from, version: 0, deposits: vec![id] };
    run(&mut scene, None, &accept, &parameters, |effects| accepted(&alice, from, id, &seen, effects));
    let book = AccountBook::new(from).accepting([&seen]).unwrap();

    // From account to account: nobody sees how much.
    let three = AmountOpening::hidden(NoteValue(3), &mut OsRng);
    let sealed = three.seal(&bob.viewer(), &mut OsRng);
    let (amount, deadline) = (three.amount(), time(DEADLINE));
    let pay = AccountAction::Pay { account: from, version: 1, to, amount, sealed: Some(sealed), deadline };
    let id = run(&mut scene, None, &pay, &parameters, |effects| {
        let spending = book.pay(&place(effects), &three, true, &mut OsRng).unwrap();
        AccountProof { range: Some(spending.range), ..signed(&alice, effects) }
    });
    let seen = bob.unseal(&three.commitment(), &sealed).unwrap();
    let accept = AccountAction::Accept { account: to, version: 0, deposits: vec![id] };
    run(&mut scene, None, &accept, &parameters, |effects| accepted(&bob, to, id, &seen, effects));
    let book = AccountBook::new(to).accepting([&seen]).unwrap();

    // And in again.
    let setting = scene.setting();
    let wallet = scene.bob.wallet();
    let entry = payer(wallet, &setting)
        .enter(scene.asset(), wallet.address(0), NoteValue(2), Memo::empty(), Blinding::Random, &mut OsRng)
        .unwrap();
    let two = AmountOpening::hidden(NoteValue(2), &mut OsRng);
    let bridge = bridged(&entry, &two);
    let sealed = Some(bob.seal(&two, &bob.viewer()));
    let withdraw = AccountAction::Withdraw { account: to, version: 1, transfer: 0, amount: two.amount(), sealed };
    run(&mut scene, Some(entry), &withdraw, &parameters, |effects| {
        let spending = book.withdraw(&place(effects), &two, &mut OsRng).unwrap();
        AccountProof { bridge: bridge(effects).bridge, range: Some(spending.range), ..signed(&bob, effects) }
    });
    scene.read();
    assert_eq!((scene.balance(&scene.alice), scene.balance(&scene.bob)), (3, 2));
    let accounts = scene.ledger.state().application::<Accounts>().unwrap();
    assert_eq!(accounts.account(&to).unwrap().version, 2);
    // The ledger read again has the same accounts.
    let again = scene.reopened();
    let again = again.state().application::<Accounts>().unwrap();
    assert_eq!([from, to].map(|id| again.account(&id).cloned()), [from, to].map(|id| accounts.account(&id).cloned()));
}

/// Proves, signs and submits one action.
fn run<E: ProvingEngine>(
    scene: &mut Scene,
    transfer: Option<UnprovenTransfer>,
    one: &AccountAction,
    engine: &E,
    proof: impl Fn(&TransactionEffects) -> AccountProof,
) -> DepositId {
    let mut builder = TransactionBuilder::new(scene.ledger.id());
    if let Some(transfer) = transfer {
        builder.add(transfer);
    }
    builder.add_action(action(one));
    let proof = borsh::to_vec(&proof(builder.effects())).unwrap();
    let prepared = builder.build().unwrap();
    let holder = if matches!(one, AccountAction::Withdraw { .. }) { &scene.bob } else { &scene.alice };
    let transaction = holder.authorize_with(prepared, engine, &mut OsRng, |_| vec![proof]).unwrap();
    let id = DepositId::derive(transaction.effects.digest(), 0);
    scene.submit(transaction).unwrap();
    id
}

#[test]
fn public_money_is_accepted_without_an_opening_and_withdrawn() {
    let mut bank = Bank::new();
    let account = bank.account(&keys(1));
    let deposit = bank.deposit_public(account, 20, 5, ReturnTo::Account(account));
    assert_eq!(bank.state.application::<Accounts>().unwrap().waiting(account).count(), 1);
    let accept = AccountAction::Accept { account, version: 0, deposits: vec![deposit] };
    bank.honest(None, &accept, |effects| signed(&keys(1), effects));
    assert_eq!(bank.state.application::<Accounts>().unwrap().waiting(account).count(), 0);
    let five = AmountOpening::public(NoteValue(5));
    let book = AccountBook::new(account).accepting([&five]).unwrap();
    let entry = bank.enter(5, Blinding::Public);
    let amount = Amount::Public(NoteValue(5));
    let withdraw = AccountAction::Withdraw { account, version: 1, transfer: 0, amount, sealed: None };
    bank.honest(Some(entry), &withdraw, |effects| {
        let spending = book.withdraw(&place(effects), &five, &mut OsRng).unwrap();
        assert_eq!(spending.after.balance(), NoteValue(0));
        AccountProof { range: Some(spending.range), ..signed(&keys(1), effects) }
    });
    assert!(bank.balance(&keys(1)).balance.is_identity());
}

#[test]
fn what_is_not_accepted_in_time_goes_back() {
    let mut bank = Bank::new();
    let [from, to] = [keys(1), keys(2)].map(|keys| bank.account(&keys));
    let (public, payer_key) = (opened(4), keys(3));
    let to_account = bank.deposit_hidden(to, 20, &public, ReturnTo::Account(from));
    let hidden = opened(6);
    let to_key = bank.deposit_hidden(to, 10, &hidden, ReturnTo::Key(payer_key.owner()));
    let back = |deposit, transfer| AccountAction::Return { deposit, transfer };

    let early = bank.attempt(None, &back(to_account, None), |_| AccountProof::default());
    assert_eq!(rule(early), AccountRejection::TooEarly(to_account));
    bank.now = DEADLINE;
    let accept = AccountAction::Accept { account: to, version: 0, deposits: vec![to_account] };
    let late = bank.attempt(None, &accept, |effects| accepted(&keys(2), to, to_account, &public, effects));
    assert_eq!(rule(late), AccountRejection::TooLate(to_account));

    // To the payer's account, by anybody; once.
    bank.honest(None, &back(to_account, None), |_| AccountProof::default());
    let again = bank.attempt(None, &back(to_account, Some(0)), |_| AccountProof::default());
    assert_eq!(rule(again), AccountRejection::NoReturn(to_account));
    let accept = AccountAction::Accept { account: from, version: 0, deposits: vec![to_account] };
    bank.honest(None, &accept, |effects| accepted(&keys(1), from, to_account, &public, effects));

    // Into the pool, by the payer's key alone, and the same amount.
    let entry = bank.enter(6, Blinding::Random);
    let bridge = bridged(&entry, &hidden);
    let action = back(to_key, Some(0));
    let proof = |signer: &AccountKeys, effects: &TransactionEffects| AccountProof {
        bridge: bridge(effects).bridge,
        ..signed(signer, effects)
    };
    let thief = bank.attempt(Some(entry.clone()), &action, |effects| proof(&keys(2), effects));
    assert_eq!(rule(thief), AccountRejection::Signature);
    let none = bank.attempt(None, &back(to_key, None), |_| AccountProof::default());
    assert!(matches!(rule(none), AccountRejection::Proof(_)));
    bank.honest(Some(entry), &action, |effects| proof(&payer_key, effects));
    let entry = bank.enter(6, Blinding::Random);
    let bridge = bridged(&entry, &hidden);
    let twice = bank.attempt(Some(entry), &action, |effects| AccountProof {
        bridge: bridge(effects).bridge,
        ..signed(&payer_key, effects)
    });
    assert_eq!(rule(twice), AccountRejection::UnknownDeposit(to_key));
}

// The file of a book is lost; the keys derive from 24 words.
#[test]
fn lost_book_is_found_again_with_the_keys_and_the_log() {
    let mut bank = Bank::new();
    let [alice, bob] = [keys(1), keys(2)];
    let [account, to] = [&alice, &bob].map(|keys| bank.account(keys));
    // Hidden and public value comes in.
    let nine = opened(9);
    let sealed = Some(alice.seal(&nine, &alice.viewer()));
    let exit = bank.exit(20, 9, Blinding::Random);
    let bridge = bridged(&exit, &nine);
    let action = deposit(account, nine.amount(), sealed, ReturnTo::Account(account));
    let hidden = bank.honest(Some(exit), &action, bridge);
    let accept = AccountAction::Accept { account, version: 0, deposits: vec![hidden] };
    bank.honest(None, &accept, |effects| accepted(&alice, account, hidden, &nine, effects));
    let public = bank.deposit_public(account, 10, 3, ReturnTo::Account(account));
    let accept = AccountAction::Accept { account, version: 1, deposits: vec![public] };
    bank.honest(None, &accept, |effects| signed(&alice, effects));
    let book = AccountBook::new(account).accepting([&nine]).unwrap();
    let book = book.accepting([&AmountOpening::public(NoteValue(3))]).unwrap();

    // Hidden value goes to another account and into the pool.
    let four = opened(4);
    let sealed = Some(alice.seal(&four, &bob.viewer()));
    let pay = AccountAction::Pay { account, version: 2, to, amount: four.amount(), sealed, deadline: time(DEADLINE) };
    let paid = bank.transaction(None, std::slice::from_ref(&pay), |effects| {
        let spending = book.pay(&place(effects), &four, true, &mut OsRng).unwrap();
        AccountProof { range: Some(spending.range), ..signed(&alice, effects) }
    });
    let payment = DepositId::derive(paid.effects.digest(), 0);
    assert_eq!(bank.submit(paid), Ok(Culprits::default()));
    let history = found(&bank, &alice).unwrap();
    assert_eq!(history.book(&account).unwrap().balance(), NoteValue(8));
    let opening = history.deposits().find(|(id, _)| *id == payment).unwrap().1.opening.clone().unwrap();
    assert_eq!(opening.value(), NoteValue(4));
    let two = opened(2);
    let entry = bank.enter(2, Blinding::Random);
    let bridge = bridged(&entry, &two);
    let sealed = Some(alice.seal(&two, &alice.viewer()));
    let withdraw = AccountAction::Withdraw { account, version: 3, transfer: 0, amount: two.amount(), sealed };
    let book = found(&bank, &alice).unwrap().book(&account).unwrap().clone();
    let transaction = bank.transaction(Some(entry), std::slice::from_ref(&withdraw), |effects| {
        let spending = book.withdraw(&place(effects), &two, &mut OsRng).unwrap();
        AccountProof { bridge: bridge(effects).bridge, range: Some(spending.range), ..signed(&alice, effects) }
    });
    assert_eq!(bank.submit(transaction), Ok(Culprits::default()));

    // The payment is not accepted and comes back, which the payer can open, too.
    bank.now = DEADLINE;
    bank.honest(None, &AccountAction::Return { deposit: payment, transfer: None }, |_| AccountProof::default());
    let accept = AccountAction::Accept { account, version: 4, deposits: vec![payment] };
    bank.honest(None, &accept, |effects| accepted(&alice, account, payment, &opening, effects));

    let history = found(&bank, &alice).unwrap();
    let book = history.book(&account).unwrap();
    let ledgers = bank.balance(&alice);
    assert_eq!((book.balance(), book.version()), (NoteValue(10), 5));
    assert_eq!((book.commitment(), book.version()), (ledgers.balance, ledgers.version));
    assert_eq!((history.books().count(), history.deposits().count()), (1, 0));
    assert_eq!(found(&bank, &bob).unwrap().book(&to).unwrap().balance(), NoteValue(0));
    assert_eq!(found(&bank, &keys(3)).unwrap().books().count(), 0);
}

fn found<'k>(bank: &Bank, keys: &'k AccountKeys) -> Result<AccountHistory<'k>, HistoryError> {
    let mut history = AccountHistory::new(keys);
    bank.log.iter().try_for_each(|transaction| history.read(transaction))?;
    Ok(history)
}

#[test]
fn book_that_the_log_does_not_give_back_is_refused_with_the_reason() {
    // An opening that was told by other means.
    let mut bank = Bank::new();
    bank.funded(5);
    let alice = keys(1);
    assert!(matches!(found(&bank, &alice), Err(HistoryError::Deposit(_))));
    // An entry left out, or read twice.
    let mut bank = Bank::new();
    let account = bank.account(&alice);
    let deposit = bank.deposit_public(account, 20, 5, ReturnTo::Account(account));
    let accept = AccountAction::Accept { account, version: 0, deposits: vec![deposit] };
    bank.honest(None, &accept, |effects| signed(&alice, effects));
    assert_eq!(found(&bank, &alice).unwrap().book(&account).unwrap().balance(), NoteValue(5));
    let last = bank.log.pop().unwrap();
    bank.log.pop();
    bank.log.push(last.clone());
    assert_eq!(found(&bank, &alice).unwrap_err(), HistoryError::Entries);
    bank.log.push(last);
    assert_eq!(found(&bank, &alice).unwrap_err(), HistoryError::Entries);
}

#[test]
fn keys_of_a_seed_are_the_same_again_and_differ_by_number() {
    let seed = |byte| tabella_protocol::keys::Seed::new([byte; 32]);
    let owners = [(1, 0), (1, 0), (1, 1), (2, 0)].map(|(byte, n)| AccountKeys::of_seed(&seed(byte), n).owner());
    assert_eq!(owners[0], owners[1]);
    assert!(owners[1] != owners[2] && owners[1] != owners[3] && owners[2] != owners[3]);
    let keys = AccountKeys::of_seed(&seed(1), 0);
    let assets = [1u64, 2].map(|n| tabella_protocol::note::AssetId::new(n.into()));
    let ids = assets.map(|asset| keys.opening(asset).id(tabella_protocol::transaction::LedgerId([1; 32])));
    assert_ne!(ids[0], ids[1]);
    // One opening sealed twice is the same bytes: no key is used for two plaintexts.
    assert_eq!(keys.seal(&opened(3), &keys.viewer()), keys.seal(&opened(3), &keys.viewer()));
    let sealed = keys.seal(&opened(3), &self::keys(2).viewer());
    assert!(keys.unseal(&opened(3).commitment(), &sealed).is_none());
    assert!(
        AccountKeys::of_seed(&seed(1), 1)
            .unseal_sent(&self::keys(2).viewer(), &opened(3).commitment(), &sealed)
            .is_none()
    );
}

#[test]
fn owner_of_too_little_is_told_before_anything_is_proved() {
    let book = AccountBook::new(AccountId([1; 32])).accepting([&opened(4)]).unwrap();
    let context = ProofContext {
        ledger: tabella_protocol::transaction::LedgerId([1; 32]),
        digest: tabella_protocol::transaction::TransactionDigest([2; 32]),
        index: 0,
    };
    let bytes = borsh::to_vec(&book).unwrap();
    let restored: AccountBook = borsh::from_slice(&bytes).unwrap();
    assert_eq!((restored.commitment(), restored.version()), (book.commitment(), 1));
    let refused = book.withdraw(&context, &opened(5), &mut OsRng).unwrap_err();
    assert_eq!(refused, tabella_prover::account::AccountError::NotEnough { available: 4, needed: 5 });
    assert!(book.accepting([&opened(u64::MAX)]).is_err());
    let printed = format!("{book:?} {:?} {:?}", opened(4), keys(1));
    assert!(printed.contains("AmountOpening(<secret>) AccountKeys(<secret>)") && !printed.contains("balance"));
}

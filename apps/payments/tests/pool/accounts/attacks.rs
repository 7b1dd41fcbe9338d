//! Whoever wants more than the account holds, or what is another's.

use std::collections::BTreeSet;

use tabella_protocol::{account::range_statement, asset::AssetDescription, note::AssetId, range::RangeProofBytes};
use tabella_prover::account::prove_range;
use tabella_verifier::application::UseError;

use super::*;
use crate::freezes::Flag;

fn only(set: impl FnOnce(&mut Culprits)) -> Result<Culprits, LedgerRejection> {
    let mut culprits = Culprits::default();
    set(&mut culprits);
    Ok(culprits)
}

fn only_the_range() -> Result<Culprits, LedgerRejection> {
    only(|culprits| culprits.ranges = BTreeSet::from([7]))
}

fn withdraw(account: AccountId, version: u64, amount: Amount) -> AccountAction {
    AccountAction::Withdraw { account, version, transfer: 0, amount, sealed: None }
}

#[test]
fn withdrawal_of_more_than_the_balance_is_refused() {
    let mut bank = Bank::new();
    let book = bank.funded(5);
    let (account, six) = (book.id(), opened(6));
    let entry = bank.enter(6, Blinding::Random);
    let bridge = bridged(&entry, &six);
    let action = withdraw(account, 1, six.amount());
    // 5 - 6 is -1 modulo l, or 2^64 - 1, or the rest is said to be 0.
    let s = Scalar::from(1_005u64) - Scalar::from(1_006u64);
    for rest in [u64::MAX, 0, 1] {
        let outcome = bank.attempt(Some(entry.clone()), &action, |effects| {
            let lie = AmountOpening::new(NoteValue(rest), s);
            let context = place(effects);
            // Proved for the commitment of the lie, and for the true one.
            let statement = range_statement(account, 1, vec![lie.commitment()]);
            let range = Some(prove_range(&context, &statement, &[lie], &mut OsRng).unwrap());
            AccountProof { bridge: bridge(effects).bridge, range, ..signed(&keys(1), effects) }
        });
        assert_eq!(outcome, only_the_range());
    }
    assert_eq!(bank.balance(&keys(1)).balance, book.commitment());
}

#[test]
fn hidden_payment_of_a_negative_amount_is_refused() {
    let mut bank = Bank::new();
    let book = bank.funded(5);
    let (account, to) = (book.id(), bank.account(&keys(2)));
    // -1 to Bob would leave 6.
    let minus_one = tabella_protocol::ristretto::Element::new(
        -bulletproofs::PedersenGens::default().B + Scalar::from(9u64) * tabella_protocol::ristretto::blinding_base(),
    );
    let (amount, deadline) = (Amount::Hidden(minus_one), time(DEADLINE));
    let pay = AccountAction::Pay { account, version: 1, to, amount, sealed: None, deadline };
    let rest = AmountOpening::new(NoteValue(6), Scalar::from(1_005u64) - Scalar::from(9u64));
    let outcome = bank.attempt(None, &pay, |effects| {
        let openings = [AmountOpening::new(NoteValue(u64::MAX), Scalar::from(9u64)), rest.clone()];
        let commitments = vec![minus_one, rest.commitment()];
        let statement = range_statement(account, 1, commitments);
        let range = Some(prove_range(&place(effects), &statement, &openings, &mut OsRng).unwrap());
        AccountProof { range, ..signed(&keys(1), effects) }
    });
    assert_eq!(outcome, only_the_range());
    // With a proof of the rest alone.
    let outcome = bank.attempt(None, &pay, |effects| {
        let statement = range_statement(account, 1, vec![rest.commitment()]);
        let range = Some(prove_range(&place(effects), &statement, std::slice::from_ref(&rest), &mut OsRng).unwrap());
        AccountProof { range, ..signed(&keys(1), effects) }
    });
    assert_eq!(outcome, only_the_range());
    let nothing = Amount::Public(NoteValue(0));
    let pay = AccountAction::Pay { account, version: 1, to, amount: nothing, sealed: None, deadline };
    let outcome = bank.attempt(None, &pay, |effects| signed(&keys(1), effects));
    assert_eq!(rule(outcome), AccountRejection::Zero);
}

#[test]
fn withdrawal_for_another_version_is_refused_and_none_is_used_twice() {
    let mut bank = Bank::new();
    let book = bank.funded(9);
    let (account, four) = (book.id(), opened(4));
    let prove = |effects: &TransactionEffects, entry: &UnprovenTransfer| {
        let range = Some(book.withdraw(&place(effects), &four, &mut OsRng).unwrap().range);
        AccountProof { bridge: bridged(entry, &four)(effects).bridge, range, ..signed(&keys(1), effects) }
    };
    let entry = bank.enter(4, Blinding::Random);
    for version in [0, 2] {
        let action = withdraw(account, version, four.amount());
        let outcome = bank.attempt(Some(entry.clone()), &action, |effects| prove(effects, &entry));
        assert_eq!(rule(outcome), AccountRejection::Version { expected: 1, found: version });
    }
    let action = withdraw(account, 1, four.amount());
    let transaction =
        bank.transaction(Some(entry.clone()), std::slice::from_ref(&action), |effects| prove(effects, &entry));
    assert_eq!(bank.submit(transaction.clone()), Ok(Culprits::default()));
    assert_eq!(bank.submit(transaction), Err(LedgerRejection::Replayed));
    // The same in another transaction.
    let entry = bank.enter(4, Blinding::Random);
    let outcome = bank.attempt(Some(entry.clone()), &action, |effects| prove(effects, &entry));
    assert_eq!(rule(outcome), AccountRejection::Version { expected: 2, found: 1 });
}

#[test]
fn deposit_is_accepted_by_nobody_but_the_owner_who_can_open_it() {
    let mut bank = Bank::new();
    let [mine, other] = [keys(1), keys(2)].map(|keys| bank.account(&keys));
    let opening = opened(4);
    let deposit = bank.deposit_hidden(mine, 20, &opening, ReturnTo::Account(mine));
    let accept = |account, deposits| AccountAction::Accept { account, version: 0, deposits };
    // Into Bob's account; by Bob for Alice.
    let outcome =
        bank.attempt(None, &accept(other, vec![deposit]), |e| accepted(&keys(2), other, deposit, &opening, e));
    assert_eq!(rule(outcome), AccountRejection::UnknownDeposit(deposit));
    let outcome = bank.attempt(None, &accept(mine, vec![deposit]), |e| accepted(&keys(2), mine, deposit, &opening, e));
    assert_eq!(rule(outcome), AccountRejection::Signature);
    // By Alice, who has another opening, the proof of another deposit, of another place, or none.
    let only_the_opening = || only(|culprits| culprits.equations = BTreeSet::from([7]));
    let action = accept(mine, vec![deposit]);
    let wrong = AmountOpening::new(NoteValue(5), Scalar::from(1_004u64));
    let outcome = bank.attempt(None, &action, |e| accepted(&keys(1), mine, deposit, &wrong, e));
    assert_eq!(outcome, only_the_opening());
    let outcome = bank.attempt(None, &action, |e| accepted(&keys(1), mine, DepositId([1; 32]), &opening, e));
    assert_eq!(outcome, only_the_opening());
    let outcome = bank.attempt(None, &action, |e| accepted(&keys(1), other, deposit, &opening, e));
    assert_eq!(outcome, only_the_opening());
    let outcome = bank.attempt(None, &action, |e| {
        let mut elsewhere = e.clone();
        elsewhere.ledger.0[0] ^= 1;
        let openings = accepted(&keys(1), mine, deposit, &opening, &elsewhere).openings;
        AccountProof { openings, ..signed(&keys(1), e) }
    });
    assert_eq!(outcome, only_the_opening());
    let outcome = bank.attempt(None, &action, |e| signed(&keys(1), e));
    assert!(matches!(rule(outcome), AccountRejection::Proof(_)));
    // Twice in one action, none, too many; then once.
    let outcome =
        bank.attempt(None, &accept(mine, vec![deposit; 2]), |e| accepted(&keys(1), mine, deposit, &opening, e));
    assert_eq!(rule(outcome), AccountRejection::UnknownDeposit(deposit));
    for deposits in [Vec::new(), vec![deposit; 65]] {
        let outcome = bank.attempt(None, &accept(mine, deposits), |e| signed(&keys(1), e));
        assert_eq!(rule(outcome), AccountRejection::Count);
    }
    bank.honest(None, &action, |e| accepted(&keys(1), mine, deposit, &opening, e));
    let again = AccountAction::Accept { account: mine, version: 1, deposits: vec![deposit] };
    let outcome = bank.attempt(None, &again, |e| accepted(&keys(1), mine, deposit, &opening, e));
    assert_eq!(rule(outcome), AccountRejection::UnknownDeposit(deposit));
}

/// Another place, account and version.
type Move = fn(ProofContext, AccountId) -> (ProofContext, AccountId, u64);

#[test]
fn range_proof_is_good_for_one_account_version_and_transaction() {
    let mut bank = Bank::new();
    let book = bank.funded(5);
    let (account, two) = (book.id(), opened(2));
    let entry = bank.enter(2, Blinding::Random);
    let action = withdraw(account, 1, two.amount());
    let rest = AmountOpening::new(NoteValue(3), Scalar::from(1_005u64) - Scalar::from(1_002u64));
    let moved: [Move; 5] = [
        |mut context, account| {
            context.digest.0[0] ^= 1;
            (context, account, 1)
        },
        |context, account| (ProofContext { index: 1, ..context }, account, 1),
        |mut context, account| {
            context.ledger.0[0] ^= 1;
            (context, account, 1)
        },
        |context, _| (context, AccountId([9; 32]), 1),
        |context, account| (context, account, 0),
    ];
    for from in moved {
        let outcome = bank.attempt(Some(entry.clone()), &action, |effects| {
            let (context, account, version) = from(place(effects), account);
            let statement = range_statement(account, version, vec![rest.commitment()]);
            let range = Some(prove_range(&context, &statement, std::slice::from_ref(&rest), &mut OsRng).unwrap());
            AccountProof { bridge: bridged(&entry, &two)(effects).bridge, range, ..signed(&keys(1), effects) }
        });
        assert_eq!(outcome, only_the_range());
    }
    // Bytes that are no proof, cut off, or too long.
    let right = |effects: &TransactionEffects| {
        let range = book.withdraw(&place(effects), &two, &mut OsRng).unwrap().range;
        AccountProof { bridge: bridged(&entry, &two)(effects).bridge, range: Some(range), ..signed(&keys(1), effects) }
    };
    let bytes: [fn(&mut Vec<u8>); 4] =
        [|bytes| bytes.clear(), |bytes| bytes.truncate(640), |bytes| bytes.extend([0; 64]), |bytes| bytes[130] ^= 1];
    for alter in bytes {
        let outcome = bank.attempt(Some(entry.clone()), &action, |effects| {
            let mut proof = right(effects);
            let RangeProofBytes(bytes) = proof.range.as_mut().unwrap();
            alter(bytes);
            proof
        });
        assert_eq!(outcome, only_the_range());
    }
    bank.honest(Some(entry.clone()), &action, right);
}

#[test]
fn amount_that_changes_between_pool_and_account_is_refused() {
    let mut bank = Bank::new();
    let account = bank.account(&keys(1));
    let public = |value| deposit(account, Amount::Public(NoteValue(value)), None, ReturnTo::Account(account));
    let used = |error| AccountRejection::Use(error);
    // Public, and r is not 0; public, and another amount.
    let exit = bank.exit(20, 5, Blinding::Random);
    let outcome = bank.attempt(Some(exit), &public(5), |_| AccountProof::default());
    assert_eq!(rule(outcome), used(UseError::Amount(0)));
    let exit = bank.exit(20, 5, Blinding::Public);
    let outcome = bank.attempt(Some(exit), &public(6), |_| AccountProof::default());
    assert_eq!(rule(outcome), used(UseError::Amount(0)));
    // Hidden, and more in the account than left the pool: a bridge from a C of 6.
    let exit = bank.exit(20, 5, Blinding::Random);
    let six = opened(6);
    let other = bank.exit(20, 6, Blinding::Random);
    let action = deposit(account, six.amount(), None, ReturnTo::Account(account));
    let outcome = bank.attempt(Some(exit), &action, bridged(&other, &six));
    assert_eq!(outcome, only(|culprits| culprits.bridges = BTreeSet::from([7])));

    // More enters the pool than leaves the account.
    let book = bank.funded(5);
    let two = opened(2);
    let entry = bank.enter(3, Blinding::Random);
    let honest = bank.enter(2, Blinding::Random);
    let outcome = bank.attempt(Some(entry), &withdraw(account, 1, two.amount()), |effects| AccountProof {
        bridge: bridged(&honest, &two)(effects).bridge,
        range: Some(book.withdraw(&place(effects), &two, &mut OsRng).unwrap().range),
        ..signed(&keys(1), effects)
    });
    assert_eq!(outcome, only(|culprits| culprits.bridges = BTreeSet::from([7])));
    let entry = bank.enter(3, Blinding::Public);
    let outcome = bank
        .attempt(Some(entry), &withdraw(account, 1, Amount::Public(NoteValue(2))), |effects| signed(&keys(1), effects));
    assert_eq!(rule(outcome), used(UseError::Amount(0)));
}

#[test]
fn one_exit_is_deposited_once_and_an_entry_needs_an_account() {
    let mut bank = Bank::new();
    let account = bank.account(&keys(1));
    let one = deposit(account, Amount::Public(NoteValue(5)), None, ReturnTo::Account(account));
    let exit = bank.exit(20, 5, Blinding::Public);
    let twice = bank.transaction(Some(exit), &[one.clone(), one], |_| AccountProof::default());
    let outcome = bank.submit(twice);
    assert_eq!(rule(outcome), AccountRejection::Use(UseError::Used(0)));
    // An exit where an entry is asked for, and an account that is not there.
    let exit = bank.exit(20, 5, Blinding::Public);
    let amount = Amount::Public(NoteValue(5));
    let action = withdraw(account, 0, amount);
    let transaction = {
        let mut builder = TransactionBuilder::new(bank.state.id());
        builder.add(exit);
        builder.add_action(super::action(&action));
        let proof = borsh::to_vec(&signed(&keys(1), builder.effects())).unwrap();
        let proven = builder.build().unwrap();
        bank.scene.alice.authorize_with(proven, &no_proof, &mut OsRng, |_| vec![proof]).unwrap()
    };
    let outcome = bank.submit(transaction);
    let mode = UseError::Mode { transfer: 0, expected: tabella_protocol::statement::Mode::Entry };
    assert_eq!(rule(outcome), AccountRejection::Use(mode));
    let nowhere = AccountId([7; 32]);
    let entry = bank.enter(5, Blinding::Public);
    let outcome = bank.attempt(Some(entry), &withdraw(nowhere, 0, amount), |effects| signed(&keys(1), effects));
    assert_eq!(rule(outcome), AccountRejection::UnknownAccount(nowhere));
}

#[test]
fn account_that_breaks_a_rule_is_not_opened_or_used() {
    let mut bank = Bank::new();
    let right = opening(&bank.scene, &keys(1));
    let open = |opening: &OpenAccount| AccountAction::Open(opening.clone());
    let twice = bank.transaction(None, &[open(&right), open(&right)], |effects| signed(&keys(1), effects));
    let outcome = bank.submit(twice);
    assert_eq!(rule(outcome), AccountRejection::Exists(bank.account(&keys(1))));
    let another = OpenAccount { nonce: [2; 32], ..right.clone() };
    let outcome = bank.attempt(None, &open(&another), |effects| signed(&keys(2), effects));
    assert_eq!(rule(outcome), AccountRejection::Signature);
    let unknown = AssetDescription { name: "Nothing".into(), ..bank.scene.description() }.id().unwrap();
    let unknown = OpenAccount { asset: unknown, ..another.clone() };
    let outcome = bank.attempt(None, &open(&unknown), |effects| signed(&keys(1), effects));
    assert_eq!(rule(outcome), AccountRejection::UnknownAsset);
    let zero = OpenAccount { asset: AssetId::new(0.into()), ..another.clone() };
    let outcome = bank.attempt(None, &open(&zero), |effects| signed(&keys(1), effects));
    assert_eq!(rule(outcome), AccountRejection::UnknownAsset);
    // A part of a proof that is not needed: there is one form of each action.
    let outcome = bank.attempt(None, &open(&another), |effects| AccountProof {
        range: Some(RangeProofBytes(vec![0; 672])),
        ..signed(&keys(1), effects)
    });
    assert!(matches!(rule(outcome), AccountRejection::Proof(_)));

    let account = bank.account(&keys(1));
    let exit = bank.exit(20, 5, Blinding::Public);
    let amount = Amount::Public(NoteValue(5));
    let missing = AccountId([7; 32]);
    let action = deposit(account, amount, None, ReturnTo::Account(missing));
    let outcome = bank.attempt(Some(exit.clone()), &action, |_| AccountProof::default());
    assert_eq!(rule(outcome), AccountRejection::UnknownAccount(missing));
    let mut late = deposit(account, amount, None, ReturnTo::Account(account));
    if let AccountAction::Deposit { deadline, .. } = &mut late {
        *deadline = later(0);
    }
    let outcome = bank.attempt(Some(exit), &late, |_| AccountProof::default());
    assert_eq!(rule(outcome), AccountRejection::Deadline);
}

#[test]
fn balance_of_a_frozen_asset_does_not_change() {
    let mut bank = Bank::new();
    let book = bank.funded(5);
    let (account, to, four) = (book.id(), bank.account(&keys(2)), opened(4));
    let waiting = bank.deposit_public(to, 10, 3, ReturnTo::Account(account));
    let (before, thaw) = ([keys(1), keys(2)].map(|keys| bank.balance(&keys)), DEADLINE + 60);
    let flag = Flag { asset: bank.scene.asset(), until: time(thaw) };
    assert_eq!(bank.submit(flag.transaction(bank.state.id())), Ok(Culprits::default()));

    // The thief sells it from account to account, or takes what was on its way.
    let pay =
        AccountAction::Pay { account, version: 1, to, amount: four.amount(), sealed: None, deadline: time(thaw + 600) };
    let paid = |effects: &TransactionEffects| {
        let range = Some(book.pay(&place(effects), &four, true, &mut OsRng).unwrap().range);
        AccountProof { range, ..signed(&keys(1), effects) }
    };
    let outcome = bank.attempt(None, &pay, paid);
    assert_eq!(rule(outcome), AccountRejection::Frozen(account));
    let accept = AccountAction::Accept { account: to, version: 0, deposits: vec![waiting] };
    let outcome = bank.attempt(None, &accept, |effects| signed(&keys(2), effects));
    assert_eq!(rule(outcome), AccountRejection::Frozen(to));
    // Back into the pool, or more of it into an account: the transfer shows the asset.
    let frozen = Err(LedgerRejection::Shielded(ShieldedRejection::Frozen(0)));
    let entry = bank.enter(4, Blinding::Random);
    let bridge = bridged(&entry, &four);
    let outcome = bank.attempt(Some(entry), &withdraw(account, 1, four.amount()), |effects| AccountProof {
        bridge: bridge(effects).bridge,
        ..paid(effects)
    });
    assert_eq!(outcome, frozen);
    let exit = bank.exit(10, 5, Blinding::Public);
    let amount = Amount::Public(NoteValue(5));
    let more = deposit(account, amount, None, ReturnTo::Account(account));
    assert_eq!(bank.attempt(Some(exit), &more, |_| AccountProof::default()), frozen);

    // What nobody could accept in time goes back and waits there; no balance has changed.
    bank.now = DEADLINE;
    let back = AccountAction::Return { deposit: waiting, transfer: None };
    bank.honest(None, &back, |_| AccountProof::default());
    let accept = AccountAction::Accept { account, version: 1, deposits: vec![waiting] };
    let outcome = bank.attempt(None, &accept, |effects| signed(&keys(1), effects));
    assert_eq!(rule(outcome), AccountRejection::Frozen(account));
    assert_eq!([keys(1), keys(2)].map(|keys| bank.balance(&keys)), before);
    bank.now = thaw;
    bank.honest(None, &pay, paid);
}

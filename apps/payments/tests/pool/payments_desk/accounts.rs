//! Accounts at the desk: filled, paid from, given back, emptied.

use tabella_payments::accounts::{self, Acceptable, read_accounts};
use tabella_protocol::account::DepositId;
use tabella_prover::account::AccountKeys;
use tabella_stage::reason;
use tabella_verifier::accounts::{AccountRejection, Accounts};

use super::*;

const DAY: u64 = 86_400;

fn of(asset: AssetId, amount: &str) -> Values {
    Values::new().with("asset", asset).with("amount", amount)
}

/// What a person's accounts hold, and what is not accepted yet: amount and state.
fn seen(square: &mut Square, who: usize) -> (Vec<String>, Vec<(String, String)>) {
    let listed = square.done(who, "accounts", &Values::new());
    let balances = rows(&listed, "Accounts").into_iter().map(|row| row[0].clone()).collect();
    let waiting = rows(&listed, "Not accepted yet").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    (balances, waiting)
}

#[test]
fn account_is_filled_paid_from_and_given_back_what_nobody_accepted() {
    let mut square = Square::new();
    let (crown, florin) = (square.crown, square.florin);
    let own = Values::new().with("asset", crown);
    let nowhere = "07".repeat(32);
    let told = square.refused(ALICE, "deposit", &of(crown, "60.00"), "asset");
    assert!(told.contains("open one first"), "{told}");
    square.done(ALICE, "open-account", &own);
    assert!(square.refused(ALICE, "open-account", &own, "asset").contains("open already"));
    let bobs = shown(&square.done(BOB, "open-account", &own), "Account");
    let florins = shown(&square.done(BOB, "open-account", &Values::new().with("asset", florin)), "Account");

    // Into the account.
    square.refused(ALICE, "deposit", &of(crown, "100.01"), "");
    square.refused(ALICE, "deposit", &of(crown, "60.00").with("to", &nowhere), "to");
    square.refused(ALICE, "deposit", &of(crown, "60.00").with("to", &florins), "to");
    square.refused(ALICE, "deposit", &of(crown, "60.00").with("days", 0), "days");
    assert!(square.refused(ALICE, "accept", &own, "").contains("nothing waits"));
    let moved = square.done(ALICE, "deposit", &of(crown, "60.00"));
    assert_eq!(shown(&moved, "Balance of the account"), "0.00 Crown");
    let waits = ("60.00 Crown".to_owned(), "waits for you".to_owned());
    assert_eq!(seen(&mut square, ALICE), (vec!["0.00 Crown".into()], vec![waits]));
    assert_eq!(shown(&square.done(ALICE, "accept", &own), "Balance of the account"), "60.00 Crown");
    assert_eq!(square.crowns(), [4_000, 0, 0]);

    // To another account: no more than there is.
    let pay = of(crown, "25.50").with("to", &bobs).with("days", 2);
    for form in ["pay-from-account", "withdraw"] {
        let dear = if form == "withdraw" { of(crown, "60.01") } else { pay.clone().with("amount", "60.01") };
        let told = square.refused(ALICE, form, &dear, "amount");
        assert!(told.contains("the account holds 60.00 Crown, and 60.01 Crown is needed"), "{told}");
    }
    square.refused(ALICE, "pay-from-account", &pay.clone().with("to", &nowhere), "to");
    square.refused(ALICE, "pay-from-account", &pay.clone().with("to", &florins), "to");
    let paid = square.done(ALICE, "pay-from-account", &pay);
    let deposit = shown(&paid, "Deposit");
    assert_eq!(shown(&paid, "Balance of the account"), "34.50 Crown");
    assert_eq!(seen(&mut square, BOB).1, [("25.50 Crown".into(), "waits for you".into())]);

    // Early it cannot be given back, and late it cannot be accepted: neither here, nor by whoever passes the desk by.
    let back = Values::new().with("deposit", &deposit);
    assert!(square.refused(CAROL, "give-back", &back, "deposit").contains("in 48 hours"));
    square.refused(CAROL, "give-back", &Values::new().with("deposit", &nowhere), "deposit");
    let keys = AccountKeys::of_seed(&square.people[BOB].seed, 0);
    square.stage.advance(2 * DAY);
    assert!(square.refused(BOB, "accept", &own, "").contains("too late to accept 1"));
    assert_eq!(seen(&mut square, BOB).1, [("25.50 Crown".into(), "too late: it goes back".into())]);
    let late = {
        let ledger = &square.stage.ledger;
        let history = read_accounts(&keys, ledger).unwrap();
        let book = history.book(&keys.opening(crown).id(ledger.id())).unwrap();
        let (id, waiting) = history.deposits().next().unwrap();
        let amount = ledger.state().application::<Accounts>().unwrap().deposit(&id).unwrap().amount;
        let opening = waiting.opening.clone().unwrap();
        accounts::accept(&keys, ledger.id(), book, &[Acceptable { deposit: id, amount, opening }], &mut OsRng).unwrap()
    };
    let mut id = [0; 32];
    hex::decode_to_slice(&deposit, &mut id).unwrap();
    let outcome = square.stage.submit(late);
    assert_eq!(reason(&outcome), Some(&AccountRejection::TooLate(DepositId(id))));

    // Anybody sends it back; once.
    square.done(CAROL, "give-back", &back);
    assert!(square.refused(CAROL, "give-back", &back, "deposit").contains("come back already"));
    // It is hers again once she accepts it, and not before.
    let back_again = ("25.50 Crown".to_owned(), "came back: accept it".to_owned());
    assert_eq!(seen(&mut square, ALICE), (vec!["34.50 Crown".into()], vec![back_again]));
    assert_eq!(shown(&square.done(ALICE, "accept", &own), "Balance of the account"), "60.00 Crown");
    assert!(square.refused(CAROL, "give-back", &back, "deposit").contains("no such deposit"));

    // Paid again, accepted in time, and out into the pool: hidden to oneself, in public to an address.
    square.done(ALICE, "pay-from-account", &pay.clone().with("public", "yes"));
    assert_eq!(shown(&square.done(BOB, "accept", &own), "Accepted"), "25.50 Crown");
    square.done(BOB, "withdraw", &of(crown, "5.50"));
    let carol = square.people[CAROL].address(0);
    let out = of(crown, "20.00").with("to", carol).with("public", "yes");
    assert_eq!(shown(&square.done(BOB, "withdraw", &out), "Balance of the account"), "0.00 Crown");
    assert_eq!(square.crowns(), [4_000, 550, 2_000]);
    assert_eq!(seen(&mut square, ALICE), (vec!["34.50 Crown".into()], vec![]));
    // Accounts of another number are others.
    assert_eq!(rows(&square.done(ALICE, "accounts", &Values::new().with("number", 1)), "Accounts").len(), 0);
}

//! Statements of income: true ones are believed, and no others.

use rand_core::OsRng;
use tabella_market::income::state_income;
use tabella_market_rules::{
    journal::{Credit, Event, Journal},
    statement::{IncomeStatement, StatementError},
    work::WorkId,
};
use tabella_protocol::{note::Timestamp, transaction::LedgerId};
use tabella_verifier::files::{decode, encode};

use crate::shop::{NOW, Shop, keys, time};

fn credits(shop: &Shop) -> Vec<Credit> {
    let mut journal = Journal::default();
    let events = shop.log.iter().flat_map(|entry| journal.read(entry).unwrap());
    events.filter_map(|event| if let Event::Credited(credit) = event { Some(*credit) } else { None }).collect()
}

/// Sales of 100, 250 and, a day later, 40.
fn sold() -> (Shop, WorkId) {
    let (mut shop, work) = Shop::new();
    shop.sell(work, 1, 100);
    shop.sell(work, 1, 250);
    shop.now += 86_400;
    shop.sell(work, 1, 40);
    (shop, work)
}

fn stated(shop: &Shop, work: WorkId, from: Timestamp, to: Timestamp) -> IncomeStatement {
    state_income(&shop.ann, shop.state.id(), &shop.history(&shop.ann), work, (from, to), &mut OsRng)
}

#[test]
fn statement_shows_the_total_of_a_period_and_no_single_price() {
    let (shop, work) = sold();
    let first_day = stated(&shop, work, time(NOW), time(NOW + 86_400));
    assert_eq!((first_day.income.credits, first_day.income.parts), (2, 350 * 70_000_000));
    let all = stated(&shop, work, time(0), Timestamp::MAX);
    assert_eq!((all.income.credits, all.income.parts), (3, 390 * 70_000_000));
    let none = stated(&shop, work, time(0), time(NOW));
    assert_eq!((none.income.credits, none.income.parts), (0, 0));
    let credits = credits(&shop);
    for statement in [first_day, all, none] {
        let read: IncomeStatement = decode(&encode(&statement)).unwrap();
        assert_eq!(read.check(shop.state.id(), &credits), Ok(()));
    }
}

#[test]
fn statement_of_another_total_period_party_or_ledger_is_not_believed() {
    let (shop, work) = sold();
    let statement = stated(&shop, work, time(NOW), time(NOW + 86_400));
    let credits = credits(&shop);
    let check = |change: &dyn Fn(&mut IncomeStatement)| {
        let mut changed = statement;
        change(&mut changed);
        changed.check(shop.state.id(), &credits)
    };
    assert_eq!(check(&|_| {}), Ok(()));
    assert_eq!(check(&|s| s.income.parts += 1), Err(StatementError::Proof));
    assert_eq!(check(&|s| s.income.parts -= 70_000_000), Err(StatementError::Proof));
    assert_eq!(check(&|s| s.income.from = time(NOW - 1)), Err(StatementError::Proof));
    assert_eq!(check(&|s| s.income.to = Timestamp::MAX), Err(StatementError::Count { said: 2, found: 3 }));
    assert_eq!(check(&|s| s.income.to = time(NOW - 1)), Err(StatementError::Period));
    assert_eq!(check(&|s| s.income.party = keys(2).party()), Err(StatementError::Proof));
    assert_eq!(check(&|s| s.income.work = WorkId([1; 32])), Err(StatementError::Count { said: 2, found: 0 }));
    assert_eq!(check(&|s| s.income.ledger = LedgerId([1; 32])), Err(StatementError::Ledger(LedgerId([1; 32]))));
    // Ann's total, stated with Ben's key.
    let ben = keys(2);
    let mut history = tabella_market::history::MarketHistory::new(&ben, 20);
    shop.log.iter().for_each(|entry| history.read(entry).unwrap());
    let mut other = state_income(&ben, shop.state.id(), &history, work, (time(0), Timestamp::MAX), &mut OsRng);
    assert_eq!(other.check(shop.state.id(), &credits), Ok(()));
    other.income.party = shop.ann.party();
    assert_eq!(other.check(shop.state.id(), &credits), Err(StatementError::Proof));
    // A sale that is left out of the log is missed.
    assert_eq!(
        stated(&shop, work, time(0), Timestamp::MAX).check(shop.state.id(), &credits[2..]),
        Err(StatementError::Count { said: 3, found: 2 })
    );
}

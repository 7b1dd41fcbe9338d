//! What people do between the steps of applications: pay, move amounts into accounts and out of them, issue more.

use rand::Rng as _;
use rand_core::OsRng;
use tabella_payments::accounts::{self, Acceptable, Moved, Recipient, WithTransfer};
use tabella_protocol::{
    account::AccountId,
    note::{NoteValue, Timestamp},
};
use tabella_prover::account::AccountHistory;
use tabella_verifier::accounts::Accounts;

use crate::world::{World, time};

/// Deposits are accepted for so many seconds.
const PATIENCE: u64 = 100_000;

impl World {
    /// Somebody does something; if he cannot, nothing happens.
    pub(crate) fn everyday(&mut self) {
        let [who, to] = self.cast();
        let which = self.rng.gen_range(0..2);
        let (value, public) = (NoteValue(self.rng.gen_range(1..500)), self.rng.gen_bool(0.5));
        let moved = Moved::new(value, public, &mut OsRng);
        match self.rng.gen_range(0..10) {
            0 | 1 => {
                let other = self.assets[self.rng.gen_range(0..3)];
                self.send(who, vec![(to, self.assets[which], value.0), (who, other, 7), (to, other, 11)]);
            }
            2 | 3 => self.deposit(who, to, which, (value, &moved)),
            4 | 5 => self.accept(who, which),
            6 => self.pay(who, to, which, &moved),
            7 => self.withdraw(who, which, (value, &moved)),
            8 => self.give_back(who),
            _ if self.rng.gen_bool(0.5) => self.issue(which, &[(who, value.0), (to, 1)]),
            _ => self.repeat(),
        }
    }

    fn account(&self, who: usize, which: usize) -> AccountId {
        self.people[who].accounts.opening(self.assets[which]).id(self.state.id())
    }

    fn has_account(&self, who: usize, which: usize) -> bool {
        self.state.application::<Accounts>().unwrap().account(&self.account(who, which)).is_some()
    }

    /// Opens the accounts that are not open yet.
    fn open(&mut self, who: usize, which: usize) {
        if !self.has_account(who, which) {
            let open = accounts::open(&self.people[who].accounts, self.state.id(), self.assets[which]).unwrap();
            self.submit(open).unwrap();
        }
    }

    fn history(&self, who: usize) -> AccountHistory<'_> {
        let mut history = AccountHistory::new(&self.people[who].accounts);
        self.log.iter().for_each(|logged| history.read(&logged.transaction).unwrap());
        history
    }

    fn with(&mut self, who: usize, made: WithTransfer) {
        self.authorize(who, made.transaction, vec![made.proof]).unwrap();
    }

    fn deposit(&mut self, who: usize, to: usize, which: usize, (value, moved): (NoteValue, &Moved)) {
        self.open(who, which);
        self.open(to, which);
        let Some(exit) = self.exit(who, self.assets[which], value, moved.blinding()) else { return };
        let viewer = self.people[to].accounts.viewer();
        let deadline = time(self.now + PATIENCE);
        let recipient = Recipient { account: self.account(to, which), viewer: &viewer, deadline };
        let (keys, own) = (&self.people[who].accounts, self.account(who, which));
        let made = accounts::deposit(keys, self.state.id(), exit, &recipient, own, moved, &mut OsRng).unwrap();
        self.with(who, made);
    }

    fn accept(&mut self, who: usize, which: usize) {
        if !self.has_account(who, which) {
            return;
        }
        let (own, history) = (self.account(who, which), self.history(who));
        let waiting = history.deposits().filter(|(_, deposit)| {
            deposit.account == own && deposit.until.is_none_or(|(until, _)| time(self.now) < until)
        });
        let known = self.state.application::<Accounts>().unwrap();
        let acceptable = waiting.filter_map(|(deposit, waiting)| {
            let amount = known.deposit(&deposit)?.amount;
            Some(Acceptable { deposit, amount, opening: waiting.opening.clone()? })
        });
        let acceptable: Vec<_> = acceptable.take(8).collect();
        if !acceptable.is_empty() {
            let (keys, book) = (&self.people[who].accounts, history.book(&own).unwrap());
            let accept = accounts::accept(keys, self.state.id(), book, &acceptable, &mut OsRng).unwrap();
            self.submit(accept).unwrap();
        }
    }

    fn pay(&mut self, who: usize, to: usize, which: usize, moved: &Moved) {
        self.open(who, which);
        self.open(to, which);
        let viewer = self.people[to].accounts.viewer();
        let deadline = time(self.now + PATIENCE);
        let recipient = Recipient { account: self.account(to, which), viewer: &viewer, deadline };
        let (own, history) = (self.account(who, which), self.history(who));
        let (keys, book) = (&self.people[who].accounts, history.book(&own).unwrap());
        let paid = accounts::pay(keys, self.state.id(), book, &recipient, moved, &mut OsRng);
        // There may not be enough.
        if let Ok(paid) = paid {
            self.submit(paid).unwrap();
        }
    }

    fn withdraw(&mut self, who: usize, which: usize, (value, moved): (NoteValue, &Moved)) {
        self.open(who, which);
        let entry = self.entry(who, self.assets[which], value, moved.blinding());
        let (own, history) = (self.account(who, which), self.history(who));
        let (keys, book) = (&self.people[who].accounts, history.book(&own).unwrap());
        let made = accounts::withdraw(keys, self.state.id(), book, entry, moved, &mut OsRng);
        if let Ok(made) = made {
            self.with(who, made);
        }
    }

    /// The first deposit that was not accepted in time goes back.
    fn give_back(&mut self, who: usize) {
        let (now, history) = (time(self.now), self.history(who));
        let is_late = |until: Option<(Timestamp, _)>| until.is_some_and(|(until, _)| until <= now);
        let late = history.deposits().find(|(_, deposit)| is_late(deposit.until)).map(|(deposit, _)| deposit);
        if let Some(deposit) = late {
            self.submit(accounts::give_back(self.state.id(), deposit).unwrap()).unwrap();
        }
    }

    /// Whoever sends again what was accepted before gets nothing for it.
    fn repeat(&mut self) {
        let which = self.rng.gen_range(0..self.log.len());
        let again = self.log[which].transaction.clone();
        assert!(self.submit(again).is_err());
    }
}

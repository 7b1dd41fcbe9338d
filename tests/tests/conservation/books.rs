//! What there is of every asset and what there must be, counted without what the ledger has added up.

use std::collections::{BTreeMap, BTreeSet};

use tabella_market::{history::MarketHistory, keys::MarketKeys};
use tabella_market_rules::{Market, work::PARTS_PER_UNIT};
use tabella_protocol::{
    account::Amount,
    asset::{APPLICATION, AssetClass, Issue},
    transaction::PoolId,
    tree::Position,
};
use tabella_prover::account::AccountHistory;
use tabella_verifier::accounts::Accounts;

use crate::world::{MARKET, World};

/// An asset's id.
pub(crate) type Id = [u8; 32];

/// Where a note is.
pub(crate) type Place = (PoolId, Position);

/// The books at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    /// What issues on the ledger have made, and meters.
    made: BTreeMap<Id, u128>,
    /// What was used up: claims that consume.
    used_up: BTreeMap<Id, u128>,
    /// All notes that somebody can spend, now or at some time, escrows among them; each once, though both parties see an escrow.
    pub(crate) notes: BTreeMap<Place, (Id, u128)>,
    /// What stands outside the pools: balances of accounts, deposits that wait, what applications hold.
    outside: BTreeMap<Id, u128>,
}

/// An asset of which there is not what there must be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unbalanced {
    pub(crate) asset: Id,
    /// Issued less used up.
    pub(crate) due: u128,
    pub(crate) in_notes: u128,
    pub(crate) outside: u128,
}

impl Books {
    /// Reads the log, opens every wallet and every account.
    pub(crate) fn of(world: &World) -> Self {
        let mut books = Self { made: world.metered.clone(), used_up: world.used_up.clone(), ..Self::default() };
        books.read_issues(world);
        books.open_wallets(world);
        books.open_accounts(world);
        books.open_works(world);
        for ((_, asset), amount) in &world.held {
            let amount = u128::try_from(*amount).expect("no application pays more than it has taken");
            *books.outside.entry(*asset).or_default() += amount;
        }
        books
    }

    /// Whether there is of each asset exactly what there must be.
    pub(crate) fn compare(&self) -> Result<(), Unbalanced> {
        let mut in_notes = BTreeMap::<Id, u128>::new();
        for (asset, value) in self.notes.values() {
            *in_notes.entry(*asset).or_default() += value;
        }
        let assets = self.made.keys().chain(in_notes.keys()).chain(self.outside.keys());
        let assets: BTreeSet<_> = assets.chain(self.used_up.keys()).collect();
        let of = |sums: &BTreeMap<Id, u128>, asset| sums.get(asset).copied().unwrap_or_default();
        for asset in assets {
            let (made, used_up) = (of(&self.made, asset), of(&self.used_up, asset));
            let (in_notes, outside) = (of(&in_notes, asset), of(&self.outside, asset));
            if made != used_up + in_notes + outside {
                return Err(Unbalanced { asset: *asset, due: made.saturating_sub(used_up), in_notes, outside });
            }
        }
        Ok(())
    }

    /// How many assets there are.
    pub(crate) fn assets(&self) -> usize {
        self.made.len()
    }

    fn read_issues(&mut self, world: &World) {
        let actions = world.log.iter().flat_map(|logged| &logged.transaction.effects.actions);
        let mut issued = BTreeMap::<Id, u128>::new();
        for action in actions.filter(|action| action.application == APPLICATION) {
            let issue: Issue = borsh::from_slice(&action.body).unwrap();
            let id = issue.asset.id().unwrap();
            let sum: u128 = issue.notes.iter().map(|note| u128::from(note.value.0)).sum();
            *issued.entry(id.to_bytes()).or_default() += sum;
            assert!(issued[&id.to_bytes()] <= u128::from(issue.asset.cap));
        }
        for (asset, sum) in issued {
            *self.made.entry(asset).or_default() += sum;
        }
    }

    fn open_wallets(&mut self, world: &World) {
        let unspent = world.people.iter().flat_map(|person| person.holder.wallet().unspent());
        for note in unspent.filter(|note| note.note().value.0 > 0) {
            let pools = AssetClass::ALL.map(|class| world.state.pool(class));
            let pool = pools.into_iter().find(|pool| pool.id() == note.pool()).unwrap();
            assert!(!pool.is_spent(note.nullifier()) && u64::from(note.position().0) < pool.tree().len());
            let content = (note.note().asset.to_bytes(), u128::from(note.note().value.0));
            let before = self.notes.insert((note.pool(), note.position()), content);
            assert!(before.is_none_or(|before| before == content), "both parties of an escrow see one note");
        }
    }

    /// Accounts and deposits, opened with the keys of their owners and compared with the commitments that the ledger holds.
    fn open_accounts(&mut self, world: &World) {
        let known = world.state.application::<Accounts>().unwrap();
        for person in &world.people {
            let mut history = AccountHistory::new(&person.accounts);
            world.log.iter().for_each(|logged| history.read(&logged.transaction).unwrap());
            for asset in &world.assets {
                let id = person.accounts.opening(*asset).id(world.state.id());
                let Some(book) = history.book(&id) else { continue };
                let held = known.account(&id).unwrap();
                assert_eq!((held.balance, held.version), (book.commitment(), book.version()));
                let outside = self.outside.entry(asset.to_bytes()).or_default();
                *outside += u128::from(book.balance().0);
                for (deposit, held) in known.waiting(id) {
                    let (_, waiting) = history.deposits().find(|(other, _)| *other == deposit).unwrap();
                    let opening = waiting.opening.as_ref().unwrap();
                    match held.amount {
                        Amount::Public(value) => assert_eq!(value, opening.value()),
                        Amount::Hidden(commitment) => assert_eq!(commitment, opening.commitment()),
                    }
                    *outside += u128::from(opening.value().0);
                }
            }
        }
    }

    /// The accounts of works, opened to the last part of a unit: they come to what the stories say that the market holds.
    fn open_works(&self, world: &World) {
        let market = world.state.application::<Market>().unwrap();
        let mut parts = BTreeMap::<Id, u128>::new();
        for person in &world.people {
            let keys = MarketKeys::of_seed(&person.seed, 0);
            let mut history = MarketHistory::new(&keys, 20);
            world.log.iter().for_each(|logged| history.read(logged).unwrap());
            history.compare(market).unwrap();
            for account in history.accounts() {
                let payment = market.work(&account.work).unwrap().work.payment.to_bytes();
                *parts.entry(payment).or_default() += account.total();
            }
        }
        for (asset, parts) in parts {
            let held = world.held.get(&(MARKET, asset)).copied().unwrap_or_default();
            assert_eq!(Ok(parts), u128::try_from(held).map(|held| held * u128::from(PARTS_PER_UNIT)));
        }
    }
}

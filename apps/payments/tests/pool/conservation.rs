//! Nothing is made and nothing is lost, whatever people do: for every asset, what was issued less what was used up is what all
//! unspent notes, escrows among them, all balances of accounts and all waiting deposits come to.
//!
//! Histories are random. Groth16 proofs are left out and forgiven, as in the tests of accounts: the relation that they prove is
//! checked natively whenever a transfer is built. All else is the ledger's own check.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rand_core::OsRng;
use tabella_payments::{
    accounts::{self, Acceptable, Moved, Recipient, WithTransfer},
    holder::{Holder, LockOrder, Moment, Next, PaymentError, PaymentOrder},
    issuer::{next_issue, sign_issue},
};
use tabella_protocol::{
    account::{AccountId, Amount},
    asset::{AssetClass, AssetDescription},
    bridge::BridgeProof,
    keys::Seed,
    note::{AssetId, Guard, NoteValue, Terms},
    note_encryption::Memo,
    secret::Secret,
    statement::Mode,
    transaction::{LoggedTransaction, Transaction},
};
use tabella_prover::{
    account::{AccountHistory, AccountKeys},
    builder::{Blinding, PreparedTransaction, Settlement, SpendPath, TransactionBuilder, Unproven},
    wallet::NoteKind,
};
use tabella_verifier::{accounts::Accounts, obligations::Obligations, state::LedgerState};

use crate::{
    scene::{NOW, Scene, keys, no_proof, time},
    tester::{Amount as Used, Uses},
};

const PEOPLE: usize = 3;
/// Deposits are accepted for so many seconds.
const PATIENCE: u64 = 100;

/// What somebody tries; if he cannot, nothing happens.
#[derive(Clone, Debug)]
enum Step {
    Issue { to: usize, value: u64 },
    Send { values: Vec<u64> },
    Lock { to: usize, value: u64 },
    Settle { path: SpendPath, out: bool },
    Deposit { to: usize, value: u64, public: bool },
    Accept,
    Pay { to: usize, value: u64, public: bool },
    Withdraw { value: u64, public: bool },
    GiveBack,
    UseUp,
    Repeat,
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<(usize, usize, Step)>> {
    let value = || 1..40u64;
    let to = || 0..PEOPLE;
    let step = prop_oneof![
        2 => (to(), 1..100u64).prop_map(|(to, value)| Step::Issue { to, value }),
        3 => prop::collection::vec(1..25u64, 1..4).prop_map(|values| Step::Send { values }),
        2 => (to(), value()).prop_map(|(to, value)| Step::Lock { to, value }),
        3 => (any::<bool>(), any::<bool>()).prop_map(|(claim, out)| Step::Settle {
            path: if claim { SpendPath::Claim } else { SpendPath::Refund },
            out,
        }),
        3 => (to(), value(), any::<bool>()).prop_map(|(to, value, public)| Step::Deposit { to, value, public }),
        3 => Just(Step::Accept),
        2 => (to(), value(), any::<bool>()).prop_map(|(to, value, public)| Step::Pay { to, value, public }),
        2 => (value(), any::<bool>()).prop_map(|(value, public)| Step::Withdraw { value, public }),
        1 => Just(Step::GiveBack),
        1 => Just(Step::UseUp),
        1 => Just(Step::Repeat),
        1 => Just(Step::Wait),
    ];
    prop::collection::vec((0..PEOPLE, 0..2usize, step), 1..24)
}

struct World {
    scene: Scene,
    state: LedgerState,
    now: u64,
    log: Vec<LoggedTransaction>,
    people: Vec<Holder>,
    owners: Vec<AccountKeys>,
    assets: [AssetDescription; 2],
    used_up: BTreeMap<[u8; 32], u128>,
}

impl World {
    fn new() -> Self {
        let scene = Scene::new();
        let state = scene.ledger.state().clone();
        let named = |name: &str| AssetDescription { name: name.into(), cap: 100_000, ..scene.description() };
        let assets = ["Crown", "Florin"].map(named);
        let people = (0..PEOPLE).map(|i| Holder::new(&Seed::new([i as u8 + 10; 32]), 0)).collect();
        let owners: Vec<_> = (0..PEOPLE).map(|i| AccountKeys::new(&Secret::new([i as u8 + 20; 32]))).collect();
        let (log, used_up) = (Vec::new(), BTreeMap::new());
        let mut world = Self { scene, state, now: NOW, log, people, owners, assets, used_up };
        for who in 0..PEOPLE {
            world.step(who, 0, &Step::Issue { to: who, value: 60 });
            world.step(who, 1, &Step::Issue { to: who, value: 30 });
            for asset in [0, 1] {
                let open = accounts::open(&world.owners[who], world.state.id(), world.asset(asset)).unwrap();
                assert!(world.submit(open));
            }
        }
        world
    }

    fn asset(&self, which: usize) -> AssetId {
        self.assets[which].id().unwrap()
    }

    fn account(&self, who: usize, which: usize) -> AccountId {
        self.owners[who].opening(self.asset(which)).id(self.state.id())
    }

    /// Whether the ledger took it.
    fn submit(&mut self, transaction: Transaction) -> bool {
        let mut obligations = Obligations::new();
        let entry = LoggedTransaction { time: time(self.now), transaction };
        let Ok(checked) = self.state.check(&entry, 7, &mut obligations) else { return false };
        let mut culprits = obligations.verify(self.state.keys(), &mut OsRng, |_, _, _| ());
        culprits.proofs.clear();
        if !culprits.is_empty() {
            return false;
        }
        self.state.execute(checked).unwrap();
        self.log.push(entry);
        for person in &mut self.people {
            person.read_log(&self.state, &self.log).unwrap();
        }
        true
    }

    fn history(&self, who: usize) -> AccountHistory<'_> {
        let mut history = AccountHistory::new(&self.owners[who]);
        self.log.iter().for_each(|logged| history.read(&logged.transaction).unwrap());
        history
    }

    fn send(&mut self, who: usize, prepared: PreparedTransaction<Unproven>, proofs: Vec<Vec<u8>>) -> bool {
        let transaction = self.people[who].authorize_with(prepared, &no_proof, &mut OsRng, |_| proofs).unwrap();
        self.submit(transaction)
    }

    fn with(&mut self, who: usize, made: WithTransfer) {
        assert!(self.send(who, made.transaction, vec![made.proof]));
    }

    /// Prepares a transfer, with the merges before it; `None` if there is not enough.
    fn ready(
        &mut self,
        who: usize,
        mut prepare: impl FnMut(&mut Holder, &Moment<'_>) -> Result<Next, PaymentError>,
    ) -> Option<tabella_prover::builder::UnprovenTransfer> {
        loop {
            let at = Moment { state: &self.state, keys: keys(), now: time(self.now) };
            match prepare(&mut self.people[who], &at) {
                Ok(Next::Transfer(transfer)) => return Some(*transfer),
                Ok(Next::Merge(merge)) => assert!(self.send(who, merge, Vec::new())),
                Err(PaymentError::Insufficient { .. }) => return None,
                Err(other) => panic!("{other}"),
            }
        }
    }

    fn step(&mut self, who: usize, which: usize, step: &Step) {
        let (ledger, asset) = (self.state.id(), self.asset(which));
        let own = self.account(who, which);
        match step {
            Step::Issue { to, value } => {
                let notes = [(self.people[*to].wallet().address(0), NoteValue(*value))];
                let description = self.assets[which].clone();
                let (_, issue) = next_issue(self.state.assets(), description, &notes, false, &mut OsRng).unwrap();
                assert!(self.submit(sign_issue(&self.scene.issuer, ledger, &issue).unwrap()));
            }
            Step::Send { values } => {
                let order = |(i, value): (usize, &u64)| PaymentOrder {
                    to: self.people[(who + 1 + i) % PEOPLE].wallet().address(1),
                    asset: self.asset((which + i) % 2),
                    amount: NoteValue(*value),
                    memo: Memo::empty(),
                };
                let orders = values.iter().enumerate().map(order).collect();
                let at = Moment { state: &self.state, keys: keys(), now: time(self.now) };
                let Ok(mut sending) = self.people[who].plan(&at, orders) else { return };
                for _ in sending.transfers() {
                    let at = Moment { state: &self.state, keys: keys(), now: time(self.now) };
                    let round = self.people[who].prepare_next(&mut sending, &at, &mut OsRng).unwrap().unwrap();
                    assert!(self.send(who, round.transaction, Vec::new()));
                    self.check();
                }
            }
            Step::Lock { to, value } => {
                let order = LockOrder {
                    claimant: self.people[*to].wallet().address(2),
                    terms: Terms {
                        claim_until: time(NOW + 1_000_000),
                        refund_from: time(NOW + PATIENCE),
                        burn_only: false,
                    },
                    guard: Guard::none(),
                    amount: NoteValue(*value),
                    memo: Memo::empty(),
                    is_tagged: false,
                };
                let lock = self.ready(who, |holder, at| holder.prepare_lock(at, asset, &order, &mut OsRng));
                if let Some(lock) = lock {
                    let mut builder = TransactionBuilder::new(ledger);
                    builder.add(lock);
                    assert!(self.send(who, builder.build().unwrap(), Vec::new()));
                }
            }
            Step::Settle { path, out } => self.settle(who, which, *path, *out),
            Step::Deposit { to, value, public } => {
                let moved = Moved::new(NoteValue(*value), *public, &mut OsRng);
                let exit = self.ready(who, |holder, at| {
                    holder.prepare_exit(at, asset, NoteValue(*value), moved.blinding(), &mut OsRng)
                });
                let Some(exit) = exit else { return };
                let viewer = self.owners[*to].viewer();
                let recipient = Recipient {
                    account: self.account(*to, which),
                    viewer: &viewer,
                    deadline: time(self.now + PATIENCE),
                };
                let made =
                    accounts::deposit(&self.owners[who], ledger, exit, &recipient, own, &moved, &mut OsRng).unwrap();
                self.with(who, made);
            }
            Step::Accept => {
                let history = self.history(who);
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
                    let book = history.book(&own).unwrap();
                    let accept = accounts::accept(&self.owners[who], ledger, book, &acceptable, &mut OsRng).unwrap();
                    assert!(self.submit(accept));
                }
            }
            Step::Pay { to, value, public } => {
                let moved = Moved::new(NoteValue(*value), *public, &mut OsRng);
                let viewer = self.owners[*to].viewer();
                let recipient = Recipient {
                    account: self.account(*to, which),
                    viewer: &viewer,
                    deadline: time(self.now + PATIENCE),
                };
                let history = self.history(who);
                let book = history.book(&own).unwrap();
                let paid = accounts::pay(&self.owners[who], ledger, book, &recipient, &moved, &mut OsRng);
                if let Ok(paid) = paid {
                    assert!(self.submit(paid));
                }
            }
            Step::Withdraw { value, public } => {
                let moved = Moved::new(NoteValue(*value), *public, &mut OsRng);
                let at = Moment { state: &self.state, keys: keys(), now: time(self.now) };
                let to = self.people[who].wallet().address(3);
                let entry = self.people[who]
                    .prepare_entry(&at, asset, to, NoteValue(*value), moved.blinding(), &mut OsRng)
                    .unwrap();
                let history = self.history(who);
                let book = history.book(&own).unwrap();
                let made = accounts::withdraw(&self.owners[who], ledger, book, entry, &moved, &mut OsRng);
                if let Ok(made) = made {
                    self.with(who, made);
                }
            }
            Step::GiveBack => {
                let late: Vec<_> = self
                    .history(who)
                    .deposits()
                    .filter(|(_, deposit)| deposit.until.is_some_and(|(until, _)| until <= time(self.now)))
                    .map(|(id, _)| id)
                    .collect();
                if let Some(deposit) = late.first() {
                    assert!(self.submit(accounts::give_back(ledger, *deposit).unwrap()));
                }
            }
            Step::UseUp => self.use_up(who, which),
            Step::Repeat => {
                // Whoever sends an accepted transaction again gets nothing for it.
                if let Some(last) = self.log.last().cloned() {
                    assert!(!self.submit(last.transaction));
                }
            }
            Step::Wait => self.now += PATIENCE / 2 + 1,
        }
    }

    /// Claims an escrow, or takes it back: to a note, or out of the pool into an account.
    fn settle(&mut self, who: usize, which: usize, path: SpendPath, out: bool) {
        let asset = self.asset(which);
        let kind = if path == SpendPath::Claim { NoteKind::EscrowToClaim } else { NoteKind::EscrowToRefund };
        let found = self.people[who].wallet().unspent().find(|note| note.kind() == kind && note.note().asset == asset);
        let Some((place, value)) = found.map(|note| ((note.pool(), note.position()), note.note().value)) else {
            return;
        };
        let moved = Moved::new(value, false, &mut OsRng);
        let to = self.people[who].wallet().address(4);
        let settlement = if out { Settlement::Exit(moved.blinding()) } else { Settlement::To(to, Memo::empty()) };
        let at = Moment { state: &self.state, keys: keys(), now: time(self.now) };
        let transfer = match self.people[who].prepare_settlement(&at, place, path, settlement, &mut OsRng) {
            Ok(transfer) => transfer,
            // The maker is his own claimant, or it is too early to take it back.
            Err(PaymentError::Window(_) | PaymentError::Build(_)) => return,
            Err(other) => panic!("{other}"),
        };
        // Before refund_from there is a window that has not begun: the ledger refuses it.
        let own = self.account(who, which);
        if out {
            let viewer = self.owners[who].viewer();
            let recipient = Recipient { account: own, viewer: &viewer, deadline: time(self.now + PATIENCE) };
            let (keys, ledger) = (&self.owners[who], self.state.id());
            let made = accounts::deposit(keys, ledger, transfer, &recipient, own, &moved, &mut OsRng).unwrap();
            self.send(who, made.transaction, vec![made.proof]);
        } else {
            let mut builder = TransactionBuilder::new(self.state.id());
            builder.add(transfer);
            self.send(who, builder.build().unwrap(), Vec::new());
        }
    }

    /// Ten units leave the pool and go nowhere: an application uses them up.
    fn use_up(&mut self, who: usize, which: usize) {
        let (asset, value) = (self.asset(which), NoteValue(10));
        let exit = self.ready(who, |holder, at| holder.prepare_exit(at, asset, value, Blinding::Public, &mut OsRng));
        let Some(exit) = exit else { return };
        let mut builder = TransactionBuilder::new(self.state.id());
        builder.add(exit);
        builder.add_action(Uses(vec![(0, Mode::Exit, asset, Used::Public(value))]).action());
        let none = borsh::to_vec(&Vec::<BridgeProof>::new()).unwrap();
        if self.send(who, builder.build().unwrap(), vec![none]) {
            *self.used_up.entry(asset.to_bytes()).or_default() += u128::from(value.0);
        }
    }

    /// The property.
    fn check(&self) {
        for which in [0, 1] {
            let asset = self.asset(which);
            let issued = self.state.assets().get(&asset).map_or(0, |known| u128::from(known.issued));
            // An escrow is seen by both of its parties: it is one note.
            let mut notes = BTreeMap::new();
            for note in self.people.iter().flat_map(|person| person.wallet().unspent()) {
                if note.note().asset == asset {
                    notes.insert((note.pool(), note.position()), u128::from(note.note().value.0));
                }
            }
            let known = self.state.application::<Accounts>().unwrap();
            let mut outside = 0;
            for who in 0..PEOPLE {
                let history = self.history(who);
                let id = self.account(who, which);
                // At the start not everybody has opened an account yet.
                let Some(book) = history.book(&id) else { continue };
                let held = known.account(&id).unwrap();
                assert_eq!((held.balance, held.version), (book.commitment(), book.version()));
                outside += u128::from(book.balance().0);
                for (deposit, held) in known.waiting(id) {
                    let waiting = history.deposits().find(|(other, _)| *other == deposit).unwrap().1;
                    let opening = waiting.opening.as_ref().unwrap();
                    match held.amount {
                        Amount::Public(value) => assert_eq!(value, opening.value()),
                        Amount::Hidden(commitment) => assert_eq!(commitment, opening.commitment()),
                    }
                    outside += u128::from(opening.value().0);
                }
            }
            let inside: u128 = notes.values().sum();
            let used_up = self.used_up.get(&asset.to_bytes()).copied().unwrap_or_default();
            assert_eq!(issued - used_up, inside + outside, "asset {which}: {inside} in notes, {outside} in accounts");
        }
        let pool = self.state.pool(AssetClass::Ordinary);
        assert!(
            self.people
                .iter()
                .flat_map(|person| person.wallet().unspent())
                .all(|note| { !pool.is_spent(note.nullifier()) && u64::from(note.position().0) < pool.tree().len() })
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_made_or_lost_in_any_history(history in steps()) {
        let mut world = World::new();
        world.check();
        for (who, which, step) in &history {
            world.step(*who, *which, step);
            world.check();
        }
    }
}

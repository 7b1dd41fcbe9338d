//! A ledger with every application, and people whose keys are all known here, so that every note and account can be opened.
//!
//! Groth16 proofs are left out and forgiven, as in the tests of payments: the relation that they prove is checked natively
//! whenever a transfer is built. All else is the ledger's own check.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use rand::Rng as _;
use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, SeedableRng as _};
use tabella_catalogue::catalogue;
use tabella_desk::{Desk, Outcome, ProofFailed, Refusal, Stop, Values, Work};
use tabella_payments::{
    holder::{Moment, Next, PaymentError, PaymentOrder, ProvingKeys},
    issuer::{next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
    statement::Shape,
    transaction::{LedgerId, LoggedTransaction, ProofBytes, Transaction},
};
use tabella_prover::builder::{Blinding, PreparedTransaction, ProvingJob, Unproven, UnprovenTransfer};
use tabella_stage::Person;
use tabella_verifier::{groth16::VerifyingKeys, obligations::Obligations, state::LedgerState};

use crate::books::{Books, Id};

pub(crate) const NOW: u64 = 1_800_000_000;
const PEOPLE: usize = 6;

/// What is paid with, and its digits after the point.
const MONEY: [(&str, u8); 3] = [("Crown", 2), ("Euro", 2), ("Won", 0)];
pub(crate) const CROWN: usize = 0;
pub(crate) const EURO: usize = 1;
pub(crate) const WON: usize = 2;

/// The market's name in [`World::held`].
pub(crate) const MARKET: &str = "market";

pub(crate) fn time(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

fn keys() -> ProvingKeys {
    let keys = VerifyingKeys::development();
    let id = |shape| keys.of_shape(shape).next().unwrap().id();
    ProvingKeys { transfer: id(Shape::Transfer), cast: id(Shape::Cast) }
}

/// Proves nothing, quickly.
fn no_proof(_: ProvingJob<'_>, _: &mut ChaCha20Rng) -> Result<ProofBytes, ProofFailed> {
    Ok(ProofBytes([0; 192]))
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) state: LedgerState,
    pub(crate) log: Vec<LoggedTransaction>,
    pub(crate) now: u64,
    pub(crate) people: Vec<Person>,
    /// The assets that people pay with.
    pub(crate) assets: [AssetId; 3],
    money: [AssetDescription; 3],
    issuer: SigningKey,
    keys: ProvingKeys,
    /// Decides what happens.
    pub(crate) rng: ChaCha20Rng,
    /// What each application holds of an asset, by what people have filled in; the ledger was not asked.
    pub(crate) held: BTreeMap<(&'static str, Id), i128>,
    /// What meters have made.
    pub(crate) metered: BTreeMap<Id, u128>,
    /// What was consumed.
    pub(crate) used_up: BTreeMap<Id, u128>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let (id, accepted) = (LedgerId([7; 32]), VerifyingKeys::development());
        let state = LedgerState::with_applications(id, accepted, catalogue().applications());
        let issuer = SigningKey::from_bytes(&[3; 32]);
        let money = MONEY.map(|(name, decimals)| AssetDescription {
            issuer: issuer.verifying_key().to_bytes(),
            name: name.into(),
            decimals,
            cap: u64::MAX,
            class: AssetClass::Ordinary,
            uid: None,
            body: [0; 32],
        });
        let assets = money.each_ref().map(|description| description.id().unwrap());
        let people = (0..PEOPLE).map(|number| Person::new(&format!("Person {number}"), &mut OsRng)).collect();
        let (log, rng) = (Vec::new(), ChaCha20Rng::seed_from_u64(seed));
        let (held, metered, used_up) = Default::default();
        let keys = keys();
        let mut world = Self { state, log, now: NOW, people, assets, money, issuer, keys, rng, held, metered, used_up };
        for which in [CROWN, EURO, WON] {
            let value = if which == WON { 2_000_000 } else { 200_000 };
            let notes: Vec<_> = (0..PEOPLE).flat_map(|who| [(who, value); 3]).collect();
            world.issue(which, &notes);
        }
        world
    }

    /// Whether the ledger takes it.
    pub(crate) fn submit(&mut self, transaction: Transaction) -> Result<(), String> {
        let mut obligations = Obligations::new();
        let (number, entry) = (self.log.len() as u64, LoggedTransaction { time: time(self.now), transaction });
        let checked = self.state.check(&entry, number, &mut obligations).map_err(|rule| rule.to_string())?;
        let mut culprits = obligations.verify(self.state.keys(), &mut OsRng, |_, _, _| ());
        culprits.proofs.clear();
        if !culprits.is_empty() {
            return Err(format!("{culprits:?}"));
        }
        self.state.execute(checked).unwrap();
        self.log.push(entry);
        for person in &mut self.people {
            person.holder.read_log(&self.state, &self.log).unwrap();
        }
        Ok(())
    }

    /// That for every asset there is what there must be.
    pub(crate) fn check(&self) {
        let books = Books::of(self);
        assert_eq!(books.compare(), Ok(()), "after entry {}", self.log.len());
    }

    /// Somebody hands in a form, and the ledger takes what comes of it.
    pub(crate) fn hand_in(
        &mut self,
        who: usize,
        desk: &dyn Desk,
        form: &str,
        values: &Values,
    ) -> Result<Outcome, Refusal> {
        loop {
            let person = &mut self.people[who];
            let mut work = Work {
                seed: &person.seed,
                holder: &mut person.holder,
                state: &self.state,
                log: &self.log,
                keys: self.keys,
                checkpoint: None,
                now: time(self.now),
                engine: &no_proof,
            };
            match desk.hand_in(form, values, &mut work) {
                Err(Stop::First(first)) => self.accepted(form, *first),
                Err(Stop::Refused(refusal)) => return Err(refusal),
                Ok(mut outcome) => {
                    if let Some(transaction) = outcome.transaction.take() {
                        self.accepted(form, transaction);
                    }
                    return Ok(outcome);
                }
            }
        }
    }

    fn accepted(&mut self, what: &str, transaction: Transaction) {
        self.submit(transaction).unwrap_or_else(|rule| panic!("{what}: {rule}"));
    }

    /// More of an asset for some people.
    pub(crate) fn issue(&mut self, which: usize, notes: &[(usize, u64)]) {
        let note = |(who, value): &(usize, u64)| (self.people[*who].address(0), NoteValue(*value));
        let notes: Vec<_> = notes.iter().map(note).collect();
        let description = self.money[which].clone();
        let (_, issue) = next_issue(self.state.assets(), description, &notes, false, &mut OsRng).unwrap();
        self.accepted("issue", sign_issue(&self.issuer, self.state.id(), &issue).unwrap());
    }

    /// One payment of each of several amounts.
    pub(crate) fn send(&mut self, who: usize, orders: Vec<(usize, AssetId, u64)>) {
        let order = |(to, asset, amount): (usize, AssetId, u64)| PaymentOrder {
            to: self.people[to].address(1),
            asset,
            amount: NoteValue(amount),
            memo: Memo::empty(),
        };
        let orders = orders.into_iter().map(order).collect();
        let at = Moment { state: &self.state, keys: self.keys, now: time(self.now) };
        let Ok(mut sending) = self.people[who].holder.plan(&at, orders) else { return };
        for _ in sending.transfers() {
            let at = Moment { state: &self.state, keys: self.keys, now: time(self.now) };
            let holder = &mut self.people[who].holder;
            let round = holder.prepare_next(&mut sending, &at, &mut OsRng).unwrap().unwrap();
            self.authorize(who, round.transaction, Vec::new()).unwrap();
            self.check();
        }
    }

    /// Signs what was prepared, and submits it.
    pub(crate) fn authorize(
        &mut self,
        who: usize,
        prepared: PreparedTransaction<Unproven>,
        proofs: Vec<Vec<u8>>,
    ) -> Result<(), String> {
        let holder = &self.people[who].holder;
        let transaction = holder.authorize_with(prepared, &no_proof, &mut OsRng, |_| proofs).unwrap();
        self.submit(transaction)
    }

    /// A transfer that takes an amount out of its pool, with the merges before it; `None` if there is not enough.
    pub(crate) fn exit(
        &mut self,
        who: usize,
        asset: AssetId,
        amount: NoteValue,
        blinding: Blinding,
    ) -> Option<UnprovenTransfer> {
        loop {
            let at = Moment { state: &self.state, keys: self.keys, now: time(self.now) };
            match self.people[who].holder.prepare_exit(&at, asset, amount, blinding, &mut OsRng) {
                Ok(Next::Transfer(transfer)) => return Some(*transfer),
                Ok(Next::Merge(merge)) => self.authorize(who, merge, Vec::new()).unwrap(),
                Err(PaymentError::Insufficient { .. }) => return None,
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// A transfer that brings an amount into the pool.
    pub(crate) fn entry(
        &mut self,
        who: usize,
        asset: AssetId,
        amount: NoteValue,
        blinding: Blinding,
    ) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: self.keys, now: time(self.now) };
        let to = self.people[who].address(3);
        self.people[who].holder.prepare_entry(&at, asset, to, amount, blinding, &mut OsRng).unwrap()
    }

    /// Different people, drawn by lot.
    pub(crate) fn cast<const N: usize>(&mut self) -> [usize; N] {
        let mut all: Vec<_> = (0..PEOPLE).collect();
        std::array::from_fn(|_| all.swap_remove(self.rng.gen_range(0..all.len())))
    }
}

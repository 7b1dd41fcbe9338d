//! The demonstration: a charging point is let for an hour, on a ledger of its own that is gone afterwards.

use std::{fmt, path::Path};

use anyhow::{Context as _, ensure};
use clap::Args;
use ed25519_dalek::SigningKey;
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use tabella_access::{
    AccessKeys, Decision, Evidence, Offer, OfferOrder, OwnRentals, WithTransfers,
    build::{self, Payment},
    lock::{Config, Device, Interval, Opening, UsedRight},
    rules::{AccessRejection, Party, RentalId, RentalRow, RentalTerms, Rentals},
};
use tabella_catalogue::catalogue;
use tabella_protocol::{
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    transaction::Transaction,
};
use tabella_prover::builder::{Blinding, Settlement, SpendPath, TransactionBuilder};
use tabella_stage::{Person, Stage, reason, replay};
use tabella_verifier::{
    application::{InstanceId, Readable as _},
    log::Origin,
};

use crate::{
    cli::Context,
    commands::demonstration::{Steps, hundredths, perform, time},
    output::Table,
};

/// 1 December 2026, 08:00 UTC.
const MORNING: u64 = 1_796_112_000;
const QUARTERS: u32 = 4;
const QUARTER: u32 = 900;
/// 0.75 for a quarter of an hour.
const PRICE: u64 = 75;
/// A deposit of 20.00, in 100 parts.
const PARTS: u32 = 100;
const PART: u64 = 20;
const RENT: u64 = PRICE * QUARTERS as u64;
const DEPOSIT: u64 = PART * PARTS as u64;
const HOUR: u64 = 3_600;
const FUNDS: u64 = 5_000;

/// Arguments of `access demo`.
#[derive(Args, Debug)]
pub struct Demo {}

/// Somebody with a wallet and keys.
struct Role {
    person: Person,
    keys: AccessKeys,
}

impl Role {
    fn new(name: &str) -> Self {
        let person = Person::new(name, &mut OsRng);
        Self { keys: AccessKeys::of_seed(&person.seed, 0), person }
    }
}

struct Play {
    stage: Stage,
    rudi: Role,
    olga: Role,
    arbiter: AccessKeys,
    asset: AssetId,
    account: Account,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Self {} = self;
        perform(context, "a charging point, let for an hour", play)
    }
}

fn play(folder: &Path) -> anyhow::Result<Account> {
    let name = Origin::new("access.demo")?;
    let mut stage = Stage::new(&folder.join("ledger"), name, catalogue().applications(), time(MORNING)?)?;
    let (rudi, olga) = (Role::new("Rudi"), Role::new("Olga"));
    let notes = [3_000, FUNDS - 3_000].map(|value| (rudi.person.address(0), NoteValue(value)));
    let asset = stage.issue(&SigningKey::generate(&mut OsRng), ("Crown", 2), &notes)?;
    let arbiter = Role::new("Arbiter").keys;
    let mut play = Play { stage, rudi, olga, arbiter, asset, account: Account::default() };
    play.account.steps.add("Rudi", "has 50.00 Crown in his wallet");

    let mut lock = play.device(&folder.join("charger"))?;
    let (rental, terms) = play.rent(lock.public_key())?;
    let used = play.use_right(rental, &terms)?;
    play.charge(&mut lock, &folder.join("impostor"), used)?;
    play.divide(rental, &mut lock, used)?;
    play.pay(rental)?;
    play.check(rental)?;
    Ok(play.account)
}

impl Play {
    fn device(&mut self, folder: &Path) -> anyhow::Result<Device> {
        let ledger = self.stage.ledger.store().verifier().to_string();
        let config = Config { ledger, owner: self.olga.keys.signer(), max_age: 600, reopens: false };
        let ledger = &self.stage.ledger;
        let newest = ledger.store().latest_checkpoint(ledger.name())?.context("the ledger has signed a checkpoint")?;
        let newest = String::from_utf8(newest.to_bytes()).context("a checkpoint is text")?;
        let device = Device::create_pinned(folder, config, &newest, &mut OsRng)?;
        self.account.steps.add(
            "Olga",
            "sets up the lock of her charging point: it knows the ledger's key and newest checkpoint, her key, and no network",
        );
        Ok(device)
    }

    fn rent(&mut self, device: [u8; 32]) -> anyhow::Result<(RentalId, RentalTerms)> {
        let ledger = self.stage.ledger.id();
        let order = OfferOrder {
            renter: self.rudi.keys.public(),
            payee: self.olga.person.address(OsRng.next_u32()),
            arbiter: self.arbiter.signer(),
            device,
            asset: self.asset,
            price: NoteValue(PRICE),
            units: QUARTERS,
            unit_seconds: QUARTER,
            part: NoteValue(PART),
            parts: PARTS,
            public: false,
            use_until: time(MORNING + 24 * HOUR)?,
            delay_seconds: 3_600,
        };
        let offer = Offer::new(&self.olga.keys, ledger, &order, &mut OsRng)?;
        self.account
            .steps
            .add("Olga", "offers him 4 quarters of an hour at 0.75 each, with a deposit of 20.00; sealed to him");
        let prices = offer.check(&self.rudi.keys, ledger, self.stage.now()?)?;
        let (id, terms, asset) = (offer.rental(), offer.terms.clone(), self.asset);
        let lock = prices.lock_order(&terms, id).context("the guard's hash is 0")?;
        let rent = self
            .stage
            .ready(&mut self.rudi.person, |person, at| person.holder.prepare_lock(at, asset, &lock, &mut OsRng))?;
        let deposit = self.stage.ready(&mut self.rudi.person, |person, at| {
            person.holder.prepare_exit(at, asset, NoteValue(DEPOSIT), Blinding::Random, &mut OsRng)
        })?;
        let right = self.rudi.person.address(1);
        let at = self.stage.moment()?;
        let payment = Payment { rent, deposit };
        let with = build::rent(&self.rudi.keys, &at, (&offer, &prices), payment, right, &mut OsRng)?;
        self.submit(Party::Renter, with)?;
        self.account
            .steps
            .add("Rudi", "locks 3.00, leaves 20.00, and has the right: all in one transaction, all hidden");
        self.rudi.person.read(&self.stage)?;
        let early = self.right(id, &terms)?;
        self.refused("Rudi", "uses the right before Olga has found her money", early)?;
        self.olga.person.read(&self.stage)?;
        let found = build::find_rent(self.olga.person.holder.wallet(), self.stored(&id)?);
        ensure!(found.is_some_and(|(_, _, value)| value.0 == RENT), "the owner finds the rent");
        self.stage.submit(build::accept(&self.olga.keys, ledger, id))?;
        self.account.steps.add("Olga", "finds the rent in her wallet, locked for her, and accepts");
        Ok((id, terms))
    }

    /// The transaction in which he uses the right.
    fn right(&mut self, id: RentalId, terms: &RentalTerms) -> anyhow::Result<Transaction> {
        let (at, holder) = (self.stage.moment()?, &self.rudi.person.holder);
        let with = build::use_right(&self.rudi.keys, holder, &at, (id, terms), &mut OsRng)?;
        Ok(holder.authorize_with(with.transaction, self.stage.parameters(), &mut OsRng, |_| with.proofs)?)
    }

    fn use_right(&mut self, id: RentalId, terms: &RentalTerms) -> anyhow::Result<(u64, UsedRight)> {
        self.stage.advance(2 * HOUR);
        let transaction = self.right(id, terms)?;
        self.stage.submit(transaction)?;
        self.account.steps.add("Rudi", "comes two hours later, and uses the right: the paid hour begins");
        let own = OwnRentals::of_ledger(&self.rudi.keys, &self.stage.ledger)?;
        let (number, used) = own.own_use(&id).context("the renter finds the use")?;
        Ok((number, *used))
    }

    /// His answer to what a device asks.
    fn answer(&self, lock: &mut Device, (number, used): (u64, &UsedRight)) -> anyhow::Result<Opening> {
        let challenge = lock.ask(self.now()?, &mut OsRng)?;
        let evidence = Evidence::of_ledger(&self.stage.ledger, number, &challenge.seen)?;
        Ok(evidence.answer(&self.rudi.keys, self.stage.ledger.id(), used, &challenge)?)
    }

    fn charge(&mut self, lock: &mut Device, impostor: &Path, (number, used): (u64, UsedRight)) -> anyhow::Result<()> {
        let right = (number, &used);
        let mut answer = self.answer(lock, right)?;
        let paid = answer.interval;
        let longer = Interval { until: paid.until + u64::from(QUARTER), ..paid };
        answer.interval = longer;
        answer.signature = self.rudi.keys.sign_opening(self.stage.ledger.id(), &used, &answer.nonce, longer).0;
        let refused = lock.open(&answer, self.now()?);
        self.account.steps.refused("Rudi", "says that he has paid for five quarters", refused.err())?;
        let answer = self.answer(lock, right)?;
        lock.open(&answer, self.now()?)?;
        self.account
            .steps
            .add("Lock", "opens until 11:00: a fresh nonce, a young checkpoint, the entry in the log, his signature");
        let refused = lock.open(&answer, self.now()?);
        self.account.steps.refused("Eve", "has listened, and plays his answer again", refused.err())?;
        let again = self.answer(lock, right)?;
        let refused = lock.open(&again, self.now()?);
        self.account.steps.refused("Rudi", "uses the right a second time", refused.err())?;
        let ledger = self.stage.ledger.store().verifier().to_string();
        let config = Config { ledger, owner: self.olga.keys.signer(), max_age: 600, reopens: false };
        let mut other = Device::create(impostor, config, &mut OsRng)?;
        ensure!(self.answer(&mut other, right).is_err(), "the client answers the device of the rental alone");
        self.account.steps.add(
            "Eve",
            "puts a lock of her own in the place of it, with a key of its own: Rudi's client does not answer it",
        );
        let set_back = lock.ask(self.now()? - 60, &mut OsRng);
        self.account.steps.refused("Eve", "sets the lock's clock back by a minute", set_back.err())
    }

    fn divide(&mut self, id: RentalId, lock: &mut Device, (number, used): (u64, UsedRight)) -> anyhow::Result<()> {
        let ledger = self.stage.ledger.id();
        self.stage.advance(HOUR);
        let more = build::claim(&self.olga.keys, ledger, id, PARTS + 1);
        self.refused("Olga", "claims 20.20 for a scratched plug", more)?;
        self.stage.submit(build::claim(&self.olga.keys, ledger, id, 60))?;
        self.account.steps.add("Olga", "claims 12.00 of the deposit: 60 of its 100 parts");
        let late = self.answer(lock, (number, &used))?;
        let refused = lock.open(&late, self.now()?);
        self.account.steps.refused("Rudi", "comes back at 11:00, with the checkpoint of that minute", refused.err())?;
        self.stage.submit(build::dispute(&self.rudi.keys, ledger, id))?;
        self.account.steps.add("Rudi", "disputes that: it is for the arbiter now");
        let forged = build::decide(ledger, &Decision::new(&self.olga.keys, id, 60));
        self.refused("Olga", "decides for herself", forged)?;
        self.stage.submit(build::decide(ledger, &Decision::new(&self.arbiter, id, 15)))?;
        self.account.steps.add("Arbiter", "decides: 3.00, 15 parts");
        Ok(())
    }

    fn pay(&mut self, id: RentalId) -> anyhow::Result<()> {
        self.olga.person.read(&self.stage)?;
        let rental = self.stored(&id)?.clone();
        let holder = &self.olga.person.holder;
        let (pool, position, _) = build::find_rent(holder.wallet(), &rental).context("the rent is there")?;
        let to = Settlement::To(holder.wallet().address(0), Memo::empty());
        let at = self.stage.moment()?;
        let place = (pool, position);
        let claim = self.olga.person.holder.prepare_settlement(&at, place, SpendPath::Claim, to, &mut OsRng)?;
        let mut builder = TransactionBuilder::new(self.stage.ledger.id());
        builder.add(claim);
        self.submit(Party::Owner, WithTransfers { transaction: builder.build()?, proofs: Vec::new() })?;
        self.account.steps.add("Olga", "claims the rent, 3.00: the use of the right has opened its escrow");
        for party in [Party::Owner, Party::Renter] {
            let role = if party == Party::Owner { &mut self.olga } else { &mut self.rudi };
            // From the keys and the ledger alone.
            let own = OwnRentals::of_ledger(&role.keys, &self.stage.ledger)?;
            let own = own.get(&id).context("a party finds its rental")?;
            let (parts, value) = own.due(&rental, self.stage.now()?).context("something is owed")?;
            role.person.read(&self.stage)?;
            let (at, to) = (self.stage.moment()?, role.person.address(0));
            let holder = &mut role.person.holder;
            let entry = holder.prepare_entry(&at, self.asset, to, value, Blinding::Random, &mut OsRng)?;
            let with = build::withdraw(&role.keys, self.stage.ledger.id(), (own, party), parts, entry, &mut OsRng)?;
            self.submit(party, with)?;
            let who = if party == Party::Owner { "Olga" } else { "Rudi" };
            self.account
                .steps
                .add(who, format!("withdraws {parts} parts of the deposit, {}, hidden", hundredths(value.0)));
        }
        let kept = 15 * PART;
        for (role, expected) in [(&mut self.rudi, FUNDS - RENT - kept), (&mut self.olga, RENT + kept)] {
            role.person.read(&self.stage)?;
            let balance = self.stage.balance(&role.person, self.asset)?;
            ensure!(balance == u128::from(expected), "{} holds what is theirs", role.person.name());
            self.account.balances.push((role.person.name().to_owned(), hundredths(expected)));
        }
        Ok(())
    }

    /// Somebody who knows no key reads the ledger from its first entry, and verifies all of it.
    fn check(&mut self, id: RentalId) -> anyhow::Result<()> {
        let again = replay(&self.stage.ledger, catalogue().applications())?;
        let rentals = again.state.application::<Rentals>().context("the ledger has the application")?;
        let row = rentals.row(&InstanceId(id.0), self.stage.now()?).context("the rental is there")?;
        ensure!(row.stage == "settled" && row.owner_parts == Some(15), "the public sees how it was divided");
        ensure!(row.price.is_none() && row.part.is_none(), "and not how much that is");
        self.account.entries = again.entries;
        self.account.public = Some(row);
        Ok(())
    }

    fn submit(&mut self, party: Party, with: WithTransfers) -> anyhow::Result<()> {
        let role = if party == Party::Renter { &self.rudi } else { &self.olga };
        let parameters = self.stage.parameters();
        let holder = &role.person.holder;
        let transaction = holder.authorize_with(with.transaction, parameters, &mut OsRng, |_| with.proofs)?;
        self.stage.submit(transaction)?;
        Ok(())
    }

    fn stored(&self, id: &RentalId) -> anyhow::Result<&tabella_access::rules::Rental> {
        let rentals = self.stage.ledger.state().application::<Rentals>();
        rentals.and_then(|rentals| rentals.rental(id)).context("the rental is there")
    }

    fn now(&self) -> anyhow::Result<u64> {
        Ok(self.stage.now()?.seconds())
    }

    /// A lie, and the rule of the ledger that refuses it.
    fn refused(&mut self, who: &str, what: &str, transaction: Transaction) -> anyhow::Result<()> {
        let outcome = self.stage.submit(transaction);
        self.account.steps.refused(who, what, reason::<AccessRejection>(&outcome))
    }
}

/// Who did what, and what it came to.
#[derive(Default, Serialize)]
struct Account {
    steps: Steps<9>,
    balances: Vec<(String, String)>,
    entries: u64,
    /// What everybody sees of the rental.
    public: Option<RentalRow>,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "A charging point, let for an hour\n\n{}\nIn the end", self.steps)?;
        for (who, amount) in &self.balances {
            writeln!(f, "  {who:9}holds {amount} Crown")?;
        }
        writeln!(f, "\nWho saw what\n")?;
        let mut table = Table::new(&["", "device, and when it is used", "rent and deposit", "who rents"]);
        table.row(["Rudi", "yes", "yes", "himself"]);
        table.row(["Olga", "yes", "yes", "a fresh key"]);
        table.row(["Arbiter", "yes", "parts only", "a fresh key"]);
        table.row(["the lock", "its own", "no", "a fresh key"]);
        table.row(["everybody", "yes", "parts only", "a fresh key"]);
        writeln!(f, "{table}")?;
        writeln!(
            f,
            "Anybody who reads the ledger's {} entries again, and verifies every proof, finds: the right used once, {} of {}\n\
             parts of the deposit kept, both paid out, nothing made and nothing lost.",
            self.entries,
            self.public.as_ref().and_then(|row| row.owner_parts).unwrap_or(0),
            self.public.as_ref().map_or(0, |row| row.parts),
        )
    }
}

//! The street of the demonstration: four households, two collectors, and the grid's operator.

use std::path::Path;

use anyhow::{Context as _, ensure};
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_energy::{
    EnergyKeys, MeterDevice, OwnBid, Readings, SignedReading, build,
    data::MeterData,
    meter::MeterKey,
    reading,
    rules::{
        BidTerms, EnergyMarkets, Interval, MarketId, MarketTerms, Opening,
        bid::Stage as BidStage,
        state::Outcome,
        terms::{ENERGY_DECIMALS, MIN_GROUP},
    },
};
use tabella_payments::amount;
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    note::{AssetId, NoteValue, Timestamp},
    transaction::Transaction,
};
use tabella_prover::builder::Blinding;
use tabella_stage::{Person, Stage};
use tabella_verifier::log::Origin;

use super::{SIDES, WINDOW};
use crate::commands::demonstration::{seed, time};

/// 21 June 2027, 9:00 UTC: interval 0 is from 9 to 10.
const MORNING: u64 = 1_813_568_400;
pub(super) const HOUR: u64 = 3_600;
const NAMES: [&str; 4] = ["Anna", "Ben", "Clara", "David"];

/// What Anna's supplier has measured from 9 to 13 o'clock, in quarters of an hour.
const FILE: &str = include_str!("anna.csv");
/// The most that a connection carries in an hour, in Wh: 11 kW.
const CEILING: u64 = 11_000;

/// What happens in an hour.
pub(super) struct Hour {
    /// What each household but the first produces and consumes, in Wh.
    pub(super) wh: [[u64; 2]; 3],
    /// Lots and price that each household bids.
    pub(super) bids: [(u32, u64); 4],
}

struct Home {
    person: Person,
    keys: EnergyKeys,
    meter: MeterDevice,
}

pub(super) struct Street {
    pub(super) stage: Stage,
    pub(super) market: MarketId,
    pub(super) terms: MarketTerms,
    energy: AssetId,
    operator: SigningKey,
    homes: Vec<Home>,
    collectors: Vec<EnergyKeys>,
    minted: u128,
}

fn cents(units: u128) -> String {
    format!("{} Crown", amount::format(units, 2))
}

impl Street {
    pub(super) fn new(directory: &Path) -> anyhow::Result<Self> {
        let start = time(MORNING)?;
        let name = Origin::new("energy.demo")?;
        let mut stage = Stage::new(directory, name, catalogue().applications(), start)?;
        let people: Vec<Person> = NAMES.iter().map(|name| Person::new(name, &mut OsRng)).collect();
        let money: Vec<_> = people.iter().skip(2).map(|person| (person.address(0), NoteValue(1_000))).collect();
        let payment = stage.issue(&SigningKey::generate(&mut OsRng), ("Crown", 2), &money)?;
        let operator = SigningKey::generate(&mut OsRng);
        let collectors: Vec<_> = (0..2).map(|_| EnergyKeys::of_seed(&seed(), 0)).collect();
        let own = operator.verifying_key().to_bytes();
        let seconds = |seconds: u64| u32::try_from(seconds).context("a length beyond those of a market");
        let terms = MarketTerms {
            name: "Elm Street".into(),
            operator: own,
            certifiers: vec![own],
            collectors: collectors.iter().map(EnergyKeys::public).collect(),
            energy: AssetDescription {
                issuer: own,
                name: "kWh of Elm Street".into(),
                decimals: ENERGY_DECIMALS,
                cap: 1,
                class: AssetClass::Ordinary,
                uid: None,
                body: [0; 32],
            },
            payment,
            start,
            interval_seconds: seconds(HOUR)?,
            bid_seconds: seconds(WINDOW)?,
            reveal_seconds: seconds(WINDOW)?,
            lot: 100,
            tick: 1,
            max_price: 20,
            max_bids: 100,
            penalty: 1_000,
            smallest_group: MIN_GROUP,
            nonce: [0; 32],
        };
        let ledger = stage.ledger.id();
        let (market, energy) = (terms.id(ledger), terms.energy_id()?);
        stage.submit(build::open(&operator, ledger, &terms))?;
        let mut street = Self { stage, market, terms, energy, operator, homes: Vec::new(), collectors, minted: 0 };
        for person in people {
            let keys = EnergyKeys::of_seed(&seed(), 0);
            let key = MeterKey::new(seed(), &street.terms, (market, keys.public()), (0, CEILING));
            street.install(&key)?;
            street.homes.push(Home { person, keys, meter: MeterDevice::start(&key, 0) });
        }
        Ok(street)
    }

    /// Certifies and registers a meter.
    fn install(&mut self, key: &MeterKey) -> anyhow::Result<()> {
        let certificate = key.request().certify(&self.operator, &self.terms)?;
        self.stage.submit(build::register(self.stage.ledger.id(), &certificate))?;
        Ok(())
    }

    pub(super) fn state(&self) -> anyhow::Result<&EnergyMarkets> {
        self.stage.ledger.state().application().context("the ledger has the application")
    }

    fn interval(&self, number: u32) -> anyhow::Result<&Interval> {
        self.state()?.interval(self.market, number).context("the hour is there")
    }

    fn home(&mut self, index: usize) -> anyhow::Result<&mut Home> {
        self.homes.get_mut(index).context("the household is there")
    }

    pub(super) fn keys(&self, index: usize) -> anyhow::Result<&EnergyKeys> {
        Ok(&self.homes.get(index).context("the household is there")?.keys)
    }

    pub(super) fn readings(&self) -> anyhow::Result<Readings> {
        Ok(Readings::of_ledger(&self.stage.ledger, self.market)?)
    }

    /// What was built, proved by a household's wallet.
    fn proved(&mut self, index: usize, with: build::WithTransfers) -> anyhow::Result<Transaction> {
        let proofs = with.proofs;
        let home = self.homes.get(index).context("the household is there")?;
        let parameters = self.stage.parameters();
        Ok(home.person.holder.authorize_with(with.transaction, parameters, &mut OsRng, |_| proofs)?)
    }

    fn entry(
        &mut self,
        index: usize,
        (asset, amount): (AssetId, u64),
        blinding: Blinding,
    ) -> anyhow::Result<Option<tabella_prover::builder::UnprovenTransfer>> {
        if amount == 0 {
            return Ok(None);
        }
        let home = self.homes.get_mut(index).context("the household is there")?;
        home.person.read(&self.stage)?;
        let (at, to) = (self.stage.moment()?, home.person.address(0));
        Ok(Some(home.person.holder.prepare_entry(&at, asset, to, NoteValue(amount), blinding, &mut OsRng)?))
    }

    /// What Anna's file gives for the hours.
    fn measured(&self) -> anyhow::Result<Vec<[u64; 2]>> {
        let data = MeterData::read(FILE)?.by_interval(&self.terms)?;
        ensure!(data.incomplete.is_empty(), "the file covers whole hours");
        Ok(data.readings.into_values().collect())
    }

    /// In words, what is in it.
    pub(super) fn file_of_anna(&self) -> anyhow::Result<String> {
        let produced: u64 = self.measured()?.iter().map(|[produced, _]| produced).sum();
        let produced = amount::format(u128::from(produced), ENERGY_DECIMALS);
        Ok(format!("has her meter sign what her supplier's file says: quarters of an hour, {produced} kWh fed in"))
    }

    /// What puts a reading on the ledger, by its household.
    pub(super) fn attestation(&self, keys: &EnergyKeys, signed: &SignedReading) -> anyhow::Result<Transaction> {
        let record = self.state()?.meter(&signed.reading.meter).context("the meter is registered")?.record;
        Ok(build::attest(keys, self.stage.ledger.id(), &record, signed, &mut OsRng)?)
    }

    pub(super) fn attest(&mut self, keys: &EnergyKeys, signed: &SignedReading) -> anyhow::Result<()> {
        let attest = self.attestation(keys, signed)?;
        self.stage.submit(attest)?;
        Ok(())
    }

    /// The hour ends: all meters are read, and what was produced becomes notes.
    pub(super) fn read_and_mint(&mut self, number: u32, hour: &Hour) -> anyhow::Result<()> {
        self.stage.advance(if number == 0 { HOUR } else { HOUR - 2 * WINDOW });
        let ledger = self.stage.ledger.id();
        let hours = self.measured()?;
        let of_anna = hours.get(usize::try_from(number)?).context("the file has the hour")?;
        for (index, wh) in std::iter::once(of_anna).chain(&hour.wh).enumerate() {
            let signed = self.home(index)?.meter.sign(number, *wh)?;
            let attest = self.attestation(self.keys(index)?, &signed)?;
            self.stage.submit(attest)?;
        }
        let readings = self.readings()?;
        for index in 0..2 {
            let own = readings.own(self.keys(index)?, self.state()?).find(|own| own.interval == number);
            let own = own.context("the household finds its reading")?;
            let amount = own.produced.value().0;
            let entry = self.entry(index, (self.energy, amount), Blinding::Random)?.context("the sun shines")?;
            let with = build::mint(self.keys(index)?, ledger, &own, entry, &mut OsRng)?;
            let mint = self.proved(index, with)?;
            self.stage.submit(mint)?;
            self.minted += u128::from(amount);
        }
        Ok(())
    }

    /// Two readings of the first hour by two devices with one key.
    pub(super) fn clone_of_mallory(&mut self) -> anyhow::Result<(EnergyKeys, [SignedReading; 2])> {
        let keys = EnergyKeys::of_seed(&seed(), 0);
        let key = MeterKey::new(seed(), &self.terms, (self.market, keys.public()), (0, CEILING));
        self.install(&key)?;
        let signed = [100, 9_999].map(|produced| MeterDevice::start(&key, 0).sign(0, [produced, 100]));
        let [honest, cloned] = signed;
        Ok((keys, [honest?, cloned?]))
    }

    pub(super) fn place_bids(&mut self, number: u32, hour: &Hour) -> anyhow::Result<()> {
        for (index, (lots, price)) in hour.bids.into_iter().enumerate() {
            let side = *SIDES.get(index).context("the household has a side")?;
            let (market, now) = ((self.market, &self.terms), self.stage.now()?);
            let own =
                OwnBid::new(self.keys(index)?, market, (number, side), BidTerms { lots, price }, now, &mut OsRng)?;
            let (asset, locked) = (own.asset(&self.terms)?, own.locked(&self.terms));
            let home = self.homes.get_mut(index).context("the household is there")?;
            let exit = self.stage.ready(&mut home.person, |person, at| {
                person.holder.prepare_exit(at, asset, locked.value(), Blinding::Random, &mut OsRng)
            })?;
            let with = build::bid(self.stage.ledger.id(), &own, &locked, exit, &mut OsRng)?;
            let bid = self.proved(index, with)?;
            self.stage.submit(bid)?;
        }
        Ok(())
    }

    /// The bid of a household, found again from its keys and the ledger.
    pub(super) fn bid_of(&self, number: u32, index: usize) -> anyhow::Result<OwnBid> {
        let own = OwnBid::of_interval(self.keys(index)?, self.terms.lot, self.interval(number)?).next();
        Ok(own.context("the household finds its bid")?.0)
    }

    pub(super) fn close(&self) -> anyhow::Result<()> {
        self.stage.advance(WINDOW);
        Ok(())
    }

    pub(super) fn over(&self) -> anyhow::Result<()> {
        self.close()
    }

    pub(super) fn reveal(&mut self, number: u32, but_david: bool) -> anyhow::Result<()> {
        let revealing = if but_david { 3 } else { 4 };
        for index in 0..revealing {
            let reveal = build::reveal(self.stage.ledger.id(), &self.bid_of(number, index)?)?;
            self.stage.submit(reveal)?;
        }
        Ok(())
    }

    pub(super) fn clear(&mut self, number: u32) -> anyhow::Result<()> {
        let place = (self.market, number);
        let clear = build::clear(self.stage.ledger.id(), place, self.interval(number)?, self.terms.tick);
        self.stage.submit(clear)?;
        Ok(())
    }

    /// A transaction that takes what a bid came to.
    pub(super) fn take_of(&mut self, index: usize, own: &OwnBid) -> anyhow::Result<Transaction> {
        let id = own.id.context("the bid is on the ledger")?;
        let place = (id.interval, self.interval(id.interval)?);
        let settled = build::settled((self.market, &self.terms), place, self.stage.now()?);
        let (cleared, clear) = settled.context("bids are not revealed any more")?;
        let payout = cleared.payout(id.number, self.terms.lot).context("the bid was revealed")?;
        let energy = self.entry(index, (self.energy, payout.energy), Blinding::Public)?;
        let money = self.entry(index, (self.terms.payment, payout.money), Blinding::Public)?;
        let with = build::take(self.stage.ledger.id(), own, clear, energy, money)?;
        self.proved(index, with)
    }

    pub(super) fn take(&mut self, number: u32) -> anyhow::Result<()> {
        for index in 0..self.homes.len() {
            let own = self.bid_of(number, index)?;
            let bid = own.id.and_then(|id| self.interval(number).ok()?.bids.get(&id.number));
            if bid.is_some_and(|bid| matches!(bid.stage, BidStage::Revealed(_))) {
                let take = self.take_of(index, &own)?;
                self.stage.submit(take)?;
            }
        }
        Ok(())
    }

    /// David takes his bid back; what he loses.
    pub(super) fn reclaim(&mut self, number: u32) -> anyhow::Result<String> {
        let own = self.bid_of(number, 3)?;
        let locked = own.locked(&self.terms).value();
        let lost = self.terms.penalty_of(locked.0);
        let back = locked.0.saturating_sub(lost);
        let entry = self.entry(3, (self.terms.payment, back), Blinding::Public)?;
        let with = build::reclaim(self.stage.ledger.id(), &own, locked, entry)?;
        let reclaim = self.proved(3, with)?;
        self.stage.submit(reclaim)?;
        Ok(cents(u128::from(lost)))
    }

    pub(super) fn subtotal(&self, number: u32, collector: usize) -> anyhow::Result<(u8, [Opening; 2])> {
        let keys = self.collectors.get(collector).context("the collector is there")?;
        Ok(reading::subtotal(keys, self.state()?, &self.readings()?, number, Timestamp::MAX)?)
    }

    /// What a collector signs.
    pub(super) fn tell(&self, collector: usize, number: u32, told: (u8, [Opening; 2])) -> anyhow::Result<Transaction> {
        let keys = self.collectors.get(collector).context("the collector is there")?;
        Ok(build::subtotal(keys, self.stage.ledger.id(), (self.market, number), told))
    }

    pub(super) fn tell_totals(&mut self, number: u32) -> anyhow::Result<()> {
        for collector in 0..self.collectors.len() {
            let told = self.subtotal(number, collector)?;
            let tell = self.tell(collector, number, told)?;
            self.stage.submit(tell)?;
        }
        ensure!(self.interval(number)?.totals.total().is_some(), "the totals are known");
        Ok(())
    }

    /// What an hour came to, in words.
    pub(super) fn said(&self, number: u32) -> anyhow::Result<String> {
        let interval = self.interval(number)?;
        let [produced, consumed] = interval.totals.total().context("the totals are known")?;
        let kwh = |wh: u64| amount::format(u128::from(wh), ENERGY_DECIMALS);
        let traded = match &interval.outcome {
            Outcome::Cleared(clearing) => {
                let traded = kwh(clearing.lots * u64::from(self.terms.lot));
                format!("{traded} kWh traded at {} for 100 Wh", cents(u128::from(clearing.price)))
            }
            Outcome::Open | Outcome::Nothing => "nothing traded".into(),
        };
        let hour = number + 9;
        Ok(format!("{hour} to {} h: {} kWh produced, {} consumed; {traded}", hour + 1, kwh(produced), kwh(consumed)))
    }

    fn held(&mut self, asset: AssetId) -> anyhow::Result<Vec<u128>> {
        let stage = &self.stage;
        let held = |home: &mut Home| -> anyhow::Result<u128> {
            home.person.read(stage)?;
            Ok(stage.balance(&home.person, asset)?)
        };
        self.homes.iter_mut().map(held).collect()
    }

    /// All money of the households.
    pub(super) fn money(&mut self) -> anyhow::Result<u128> {
        Ok(self.held(self.terms.payment)?.into_iter().sum())
    }

    pub(super) fn energy_held(&mut self) -> anyhow::Result<u128> {
        Ok(self.held(self.energy)?.into_iter().sum())
    }

    pub(super) const fn energy_minted(&self) -> u128 {
        self.minted
    }

    pub(super) fn penalties(&self) -> anyhow::Result<u64> {
        let [money, _] = self.state()?.market(&self.market).context("the market is there")?.penalties;
        Ok(money)
    }

    pub(super) fn balances(&mut self) -> anyhow::Result<Vec<[String; 3]>> {
        let (energy, money) = (self.held(self.energy)?, self.held(self.terms.payment)?);
        let rows = NAMES.iter().zip(energy.into_iter().zip(money));
        Ok(rows
            .map(|(name, (energy, money))| {
                [(*name).to_owned(), amount::format(energy, ENERGY_DECIMALS), amount::format(money, 2)]
            })
            .collect())
    }
}

//! A street from its market's opening to its totals, with real proofs.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_energy::{
    EnergyKeys, MeterDevice, OwnBid, Readings, build,
    meter::MeterKey,
    reading::subtotal,
    rules::{BidTerms, EnergyMarkets, MarketId, MarketTerms, Side},
};
use tabella_protocol::{
    keys::Seed,
    note::{AssetId, NoteValue, Timestamp},
};
use tabella_prover::builder::Blinding;
use tabella_stage::{Person, Stage, replay};
use tabella_verifier::{
    application::{InstanceId, Readable as _},
    log::Origin,
};

use crate::scene::{BIDDING, COLLECTORS, LENGTH, REVEALING, START, keys, operator, terms, time};

struct Street {
    stage: Stage,
    market: MarketId,
    terms: MarketTerms,
    energy: AssetId,
    _folder: tempfile::TempDir,
}

/// A household: its wallet and its keys.
type Home = (Person, EnergyKeys);

impl Street {
    fn state(&self) -> &EnergyMarkets {
        self.stage.ledger.state().application().unwrap()
    }

    fn submit(&mut self, home: &Home, with: build::WithTransfers) {
        let proofs = with.proofs;
        let parameters = self.stage.parameters();
        let proved = home.0.holder.authorize_with(with.transaction, parameters, &mut OsRng, |_| proofs);
        self.stage.submit(proved.unwrap()).unwrap();
    }

    fn bid(&mut self, home: &mut Home, side: Side, lots: u32, price: u64) {
        let (market, said) = ((self.market, &self.terms), BidTerms { lots, price });
        let own = OwnBid::new(&home.1, market, (0, side), said, self.stage.now().unwrap(), &mut OsRng).unwrap();
        let (asset, locked) = (own.asset(&self.terms).unwrap(), own.locked(&self.terms));
        let amount = locked.value();
        let exit = self.stage.ready(&mut home.0, |person, at| {
            person.holder.prepare_exit(at, asset, amount, Blinding::Random, &mut OsRng)
        });
        let with = build::bid(self.stage.ledger.id(), &own, &locked, exit.unwrap(), &mut OsRng).unwrap();
        self.submit(home, with);
    }

    /// From the seed and the ledger alone.
    fn own(&self, home: &Home) -> OwnBid {
        OwnBid::of_market(&home.1, self.state(), self.market).next().unwrap().0
    }

    fn reveal(&mut self, home: &Home) {
        let transaction = build::reveal(self.stage.ledger.id(), &self.own(home)).unwrap();
        self.stage.submit(transaction).unwrap();
    }

    fn take(&mut self, home: &mut Home) {
        let own = self.own(home);
        let interval = self.state().interval(self.market, 0).unwrap();
        let payout = interval.payout(own.id.unwrap().number, self.terms.lot).unwrap();
        home.0.read(&self.stage).unwrap();
        let at = self.stage.moment().unwrap();
        let to = home.0.address(0);
        let mut entry = |asset, amount: u64| {
            let holder = &mut home.0.holder;
            let value = NoteValue(amount);
            (amount > 0).then(|| holder.prepare_entry(&at, asset, to, value, Blinding::Public, &mut OsRng).unwrap())
        };
        let (energy, money) = (entry(self.energy, payout.energy), entry(self.terms.payment, payout.money));
        let with = build::take(self.stage.ledger.id(), &own, None, energy, money).unwrap();
        self.submit(home, with);
    }

    fn balance(&self, home: &mut Home, asset: AssetId) -> u128 {
        home.0.read(&self.stage).unwrap();
        self.stage.balance(&home.0, asset).unwrap()
    }
}

#[test]
fn street_sells_its_sun_and_knows_its_totals() {
    let folder = tempfile::tempdir().unwrap();
    let name = Origin::new("ledger.test").unwrap();
    let mut stage = Stage::new(&folder.path().join("ledger"), name, catalogue().applications(), time(START)).unwrap();
    let home = |name, person| (Person::new(name, &mut OsRng), keys(person));
    let (mut anna, mut ben) = (home("Anna", 1), home("Ben", 2));
    let notes = [(ben.0.address(0), NoteValue(1_000))];
    let crown = stage.issue(&SigningKey::from_bytes(&[7; 32]), ("Crown", 2), &notes).unwrap();
    let terms = MarketTerms { payment: crown, ..terms("Elm Street") };
    let ledger = stage.ledger.id();
    stage.submit(build::open(&operator(), ledger, &terms)).unwrap();
    let (market, energy) = (terms.id(ledger), terms.energy_id().unwrap());
    let mut street = Street { stage, market, terms, energy, _folder: folder };

    // Three meters read 15 minutes.
    street.stage.advance(LENGTH);
    for (household, reading) in [(1, [640, 100]), (2, [0, 350]), (3, [20, 250])] {
        let seed = Seed::new([household + 50; 32]);
        let key = MeterKey::new(seed, &street.terms, (market, keys(household).public()), (0, 25_000));
        let certificate = key.request().certify(&operator(), &street.terms).unwrap();
        street.stage.submit(build::register(ledger, &certificate)).unwrap();
        let signed = MeterDevice::start(&key, 0).sign(0, reading).unwrap();
        let attest = build::attest(&keys(household), ledger, key.record(), &signed, &mut OsRng).unwrap();
        street.stage.submit(attest).unwrap();
    }
    let readings = Readings::of_ledger(&street.stage.ledger, market).unwrap();
    let own = readings.own(&anna.1, street.state()).next().unwrap();
    anna.0.read(&street.stage).unwrap();
    let (at, to) = (street.stage.moment().unwrap(), anna.0.address(0));
    let value = own.produced.value();
    let entry = anna.0.holder.prepare_entry(&at, energy, to, value, Blinding::Random, &mut OsRng).unwrap();
    let with = build::mint(&anna.1, ledger, &own, entry, &mut OsRng).unwrap();
    street.submit(&anna, with);
    assert_eq!(street.balance(&mut anna, energy), 640);

    // She sells 6 lots, and Ben buys 4 of them at the middle of 20 and 50, in steps of 5.
    street.bid(&mut anna, Side::Sell, 6, 20);
    street.bid(&mut ben, Side::Buy, 4, 50);
    street.stage.advance(BIDDING);
    street.reveal(&anna);
    street.reveal(&ben);
    street.stage.advance(REVEALING);
    let interval = street.state().interval(market, 0).unwrap();
    let clear = build::clear(ledger, (market, 0), interval, street.terms.tick);
    street.stage.submit(clear).unwrap();
    street.take(&mut anna);
    street.take(&mut ben);
    let of = |street: &Street, home: &mut Home| (street.balance(home, energy), street.balance(home, crown));
    assert_eq!(of(&street, &mut anna), (240, 4 * 20));
    assert_eq!(of(&street, &mut ben), (400, 1_000 - 4 * 20));

    for collector in COLLECTORS {
        let told = subtotal(&keys(collector), street.state(), &readings, 0, Timestamp::MAX).unwrap();
        street.stage.submit(build::subtotal(&keys(collector), ledger, (market, 0), told)).unwrap();
    }
    // The public reads the ledger again, and sees totals and price.
    let again = replay(&street.stage.ledger, catalogue().applications()).unwrap();
    let now = street.stage.now().unwrap();
    let row = again.state.application::<EnergyMarkets>().unwrap().row(&InstanceId(market.0), now).unwrap();
    let [interval] = row.intervals.as_slice() else { panic!("one interval") };
    assert_eq!(
        (interval.stage, interval.price.as_deref(), interval.lots.as_deref()),
        ("cleared", Some("20"), Some("4"))
    );
    assert_eq!((interval.produced.as_deref(), interval.consumed.as_deref()), (Some("660"), Some("700")));
    assert_eq!((interval.readings, interval.bids, interval.revealed, row.meters), (3, 2, 2, 3));
}

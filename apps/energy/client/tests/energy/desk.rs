//! A street by forms alone, with real proofs: what people hand in, what they are shown, and what is refused where.

use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_desk::{File, Outcome, Refusal, Values};
use tabella_energy::{
    MeterDevice, SignedReading, build,
    desk::EnergyDesk,
    meter::MeterKey,
    rules::{EnergyMarkets, EnergyRejection, MarketId, MarketTerms},
};
use tabella_payments::issuer::IssuerKey;
use tabella_protocol::{
    keys::Seed,
    note::{AssetId, NoteValue},
};
use tabella_prover::keyfile::{self, Passphrase};
use tabella_stage::{
    Person, Stage, reason,
    testing::{issuer_file, rows, shown},
};
use tabella_verifier::{files, log::Origin};

use crate::scene::{BIDDING, LENGTH, REVEALING, START, time};

const PASSPHRASE: &str = "a street of elms";

fn person(name: &str) -> Person {
    Person::new(name, &mut OsRng)
}

struct Street {
    stage: Stage,
    key: File,
    market: MarketId,
    terms: MarketTerms,
    crown: AssetId,
    collectors: [Person; 2],
    ben: Person,
    _folder: tempfile::TempDir,
}

impl Street {
    /// The market is open, and Ben has 10.00 Crown.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = Origin::new("ledger.test").unwrap();
        let directory = folder.path().join("ledger");
        let mut stage = Stage::new(&directory, name, catalogue().applications(), time(START)).unwrap();
        let (mut collectors, mut operator, ben) = (["Dan", "Eva"].map(person), person("Olga"), person("Ben"));
        let issuer = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let crown = stage.issue(&issuer, ("Crown", 2), &[(ben.address(0), NoteValue(1_000))]).unwrap();
        let keys = collectors.each_mut().map(|collector| {
            shown(&stage.done(collector, &EnergyDesk, "collector-keys", &Values::new()), "Your keys for energy")
        });
        let key = issuer_file(PASSPHRASE);
        let terms = Values::new()
            .with_file("key", key.clone())
            .with("passphrase", PASSPHRASE)
            .with("name", "Elm Street")
            .with("payment", crown)
            .with("tick", "0.05")
            .with("max-price", "1.00")
            .with("bidding", BIDDING / 60)
            .with("revealing", REVEALING / 60);
        let with = |terms: &Values, keys: &[String]| terms.clone().with("collectors", keys.join("\n"));
        let mut open = |values: Values| stage.hand_in(&mut operator, &EnergyDesk, "open", &values).unwrap();
        for (lie, field) in [
            (with(&terms, &keys[..1]), "collectors"),
            (with(&terms, &keys).with("certifiers", "me"), "certifiers"),
            (with(&terms, &keys).with("max-price", "0.99"), "max-price"),
            (with(&terms, &keys).with("bidding", 16), "bidding"),
            (with(&terms, &keys).with("passphrase", "a street of oaks"), "passphrase"),
        ] {
            assert_eq!(open(lie).unwrap_err().field.as_deref(), Some(field));
        }
        let outcome = open(with(&terms, &keys)).unwrap().outcome;
        let market: MarketId = shown(&outcome, "Market").parse().unwrap();
        assert_eq!(shown(&outcome, "Its name"), "kWh of Elm Street");
        let state = stage.ledger.state().application::<EnergyMarkets>().unwrap();
        let terms = state.market(&market).unwrap().terms.clone();
        Self { stage, key, market, terms, crown, collectors, ben, _folder: folder }
    }

    fn state(&self) -> &EnergyMarkets {
        self.stage.ledger.state().application().unwrap()
    }

    /// Values with the market filled in.
    fn values(&self) -> Values {
        Values::new().with("market", self.market)
    }

    #[track_caller]
    fn done(&mut self, by: &mut Person, form: &str, values: &Values) -> Outcome {
        self.stage.done(by, &EnergyDesk, form, values).outcome
    }

    #[track_caller]
    fn refused(&mut self, by: &mut Person, form: &str, values: &Values) -> (Option<String>, String) {
        let Refusal { field, message, .. } = self.stage.refused(by, &EnergyDesk, form, values);
        (field, message)
    }

    #[track_caller]
    fn refused_at(&mut self, by: &mut Person, form: &str, values: &Values, field: &str) -> String {
        self.stage.refused_at(by, &EnergyDesk, form, values, field)
    }

    fn device(&mut self, household: &mut Person, seed: u8) -> MeterKey {
        let keys = shown(&self.done(household, "keys", &Values::new()), "Your keys for energy");
        MeterKey::new(Seed::new([seed; 32]), &self.terms, (self.market, keys.parse().unwrap()), (0, 25_000))
    }

    /// A meter that was certified by the operator and registered by its household.
    fn meter(&mut self, household: &mut Person, seed: u8) -> MeterKey {
        let device = self.device(household, seed);
        let request = File { name: "request".into(), bytes: files::encode(&device.request()) };
        let meter = hex::encode(device.record().meter.signer);
        let asked = Values::new().with_file("request", request);
        let mut certifier = person("Olga");
        let read = self.done(&mut certifier, "review", &asked);
        assert_eq!((shown(&read, "Meter"), shown(&read, "Signed by the meter")), (meter.clone(), "true".into()));
        assert_eq!(shown(&read, "Most kWh of an interval"), "25.000");
        let signed = asked.with("passphrase", PASSPHRASE).with_file("key", self.key.clone());
        let other = signed.clone().with("meter", hex::encode([5; 32]));
        self.refused_at(&mut certifier, "certify", &other, "meter");
        let signed = signed.with("meter", meter);
        let stranger = signed.clone().with_file("key", issuer_file(PASSPHRASE));
        self.refused_at(&mut certifier, "certify", &stranger, "key");
        let certificate = self.done(&mut certifier, "certify", &signed).files.pop().unwrap();
        let with = Values::new().with_file("certificate", certificate);
        self.done(household, "register", &with);
        self.refused_at(household, "register", &with, "certificate");
        device
    }

    fn balance(&self, person: &Person, asset: AssetId) -> u128 {
        self.stage.balance(person, asset).unwrap()
    }
}

fn reading_file(signed: &SignedReading) -> File {
    File { name: format!("reading-{}", signed.reading.interval), bytes: files::encode(signed) }
}

fn bid(street: &Street, side: &str, lots: u32, price: &str) -> Values {
    let values = street.values().with("side", side).with("lots", lots).with("asset", street.crown);
    values.with("price", price).with("interval", 0)
}

#[test]
fn street_sells_its_sun_by_forms_alone() {
    let mut street = Street::new();
    let (mut anna, mut ben, mut cora) = (person("Anna"), person("Ben"), person("Cora"));
    std::mem::swap(&mut ben, &mut street.ben);
    let (energy, crown) = (street.terms.energy_id().unwrap(), street.crown);

    // Meters, two of them in Cora's house, and what they read in an interval.
    let keys = [&mut anna, &mut ben, &mut cora].into_iter().zip(51..).map(|(home, seed)| street.meter(home, seed));
    let mut keys: Vec<_> = keys.collect();
    keys.push(street.meter(&mut cora, 54));
    street.refused_at(&mut ben, "bid", &bid(&street, "buy", 4, "0.50"), "interval");
    street.stage.advance(LENGTH);
    let mut devices: Vec<_> = keys.iter().map(|key| MeterDevice::start(key, 0)).collect();
    let signed: Vec<_> = devices
        .iter_mut()
        .zip([[640, 100], [0, 350], [20, 200], [0, 50]])
        .map(|(device, reading)| device.sign(0, reading).unwrap())
        .collect();
    let of = |signed: &[SignedReading]| Values::new().with_files("readings", signed.iter().map(reading_file).collect());
    let mut forged = signed[0].clone();
    forged.signature.0[0] ^= 1;
    let lie = street.stage.hand_in(&mut anna, &EnergyDesk, "attest", &of(&[forged]));
    let lie = lie.map(|done| done.unwrap().accepted.unwrap());
    assert_eq!(reason::<EnergyRejection>(&lie), Some(&EnergyRejection::ReadingSignature));
    let mut hidden = signed[0].clone();
    hidden.reading.produced.masked[0] ^= 1;
    for unread in [&hidden, &signed[1]] {
        let message = street.refused_at(&mut anna, "attest", &of(std::slice::from_ref(unread)), "readings");
        assert!(message.contains("do not open the reading of interval 0"), "{message}");
    }
    street.done(&mut anna, "attest", &of(&signed[..1]));
    street.done(&mut ben, "attest", &of(&signed[1..2]));
    // Both of Cora's by one form: each is a transaction.
    let both = of(&signed[2..]);
    assert_eq!(rows(&street.done(&mut cora, "attest", &both), "Readings on the ledger").len(), 2);
    assert_eq!(street.state().interval(street.market, 0).unwrap().totals.readings(), 4);
    street.refused_at(&mut cora, "attest", &both, "readings");

    let own = street.done(&mut anna, "readings", &street.values());
    let meter = hex::encode(signed[0].reading.meter);
    assert_eq!(rows(&own, "What your meters have read"), [[&*meter, "0", "0.640", "0.100", "false", "false"]]);
    let minted = street.done(&mut anna, "mint", &street.values());
    assert_eq!(rows(&minted, "In a wallet so far"), [["0", "0.640"]]);
    assert_eq!(street.balance(&anna, energy), 640);
    let (field, message) = street.refused(&mut anna, "mint", &street.values());
    assert!(field.is_none() && message.contains("nothing"), "{message}");

    // She sells 6 lots, and Ben buys 4 of them: what is left of hers keeps the price at 0.20.
    street.refused_at(&mut anna, "bid", &bid(&street, "sell", 6, "0.03"), "price");
    street.refused_at(&mut anna, "bid", &bid(&street, "lend", 6, "0.20"), "side");
    street.refused_at(&mut anna, "bid", &bid(&street, "sell", 6, "0.20").with("interval", 1), "interval");
    let (_, message) = street.refused(&mut anna, "bid", &bid(&street, "sell", 7, "0.20"));
    assert!(message.contains("0.640 kWh of Elm Street can be spent, and 0.700"), "{message}");
    let placed = street.done(&mut anna, "bid", &bid(&street, "sell", 6, "0.20"));
    assert_eq!(shown(&placed, "Locked"), "0.600 kWh of Elm Street");
    assert_eq!(shown(&placed, "Reveal it from"), (START + LENGTH + BIDDING).to_string());
    street.done(&mut ben, "bid", &bid(&street, "buy", 4, "0.50"));
    let (_, message) = street.refused(&mut ben, "reveal", &street.values());
    assert!(message.contains("to be revealed now"), "{message}");
    street.stage.advance(BIDDING);
    for home in [&mut anna, &mut ben] {
        assert_eq!(rows(&street.done(home, "reveal", &street.values()), "Revealed").len(), 1);
    }
    let interval = street.values().with("interval", 0);
    street.refused_at(&mut cora, "clear", &interval, "interval");
    street.stage.advance(REVEALING);
    let audit = street.done(&mut cora, "audit", &interval);
    assert_eq!(shown(&audit, "The ledger says the same"), "it has stated no result yet");
    let cleared = street.done(&mut cora, "clear", &interval);
    assert_eq!((shown(&cleared, "Price of a lot"), shown(&cleared, "Lots traded")), ("0.20 Crown".into(), "4".into()));
    street.refused_at(&mut cora, "clear", &interval, "interval");
    let audit = street.done(&mut cora, "audit", &interval);
    let rows_of_bids = [["0", "sell", "6", "0.20 Crown", "4"], ["1", "buy", "4", "0.50 Crown", "4"]];
    assert_eq!(rows(&audit, "Bids"), rows_of_bids);
    assert_eq!(shown(&audit, "Price of a lot, computed here"), "0.20 Crown");
    assert_eq!(shown(&audit, "The ledger says the same"), "yes");
    street.refused_at(&mut cora, "audit", &street.values().with("interval", 1), "interval");
    let bids = street.done(&mut ben, "bids", &street.values());
    let row = ["0", "buy", "4", "0.50 Crown", "revealed", "0.20 Crown", "0.400", "1.20 Crown", "take"];
    assert_eq!(rows(&bids, "Your bids"), [row]);
    for home in [&mut anna, &mut ben] {
        street.done(home, "take", &street.values());
    }
    assert_eq!((street.balance(&anna, energy), street.balance(&anna, crown)), (240, 4 * 20));
    assert_eq!((street.balance(&ben, energy), street.balance(&ben, crown)), (400, 1_000 - 4 * 20));
    let (_, message) = street.refused(&mut ben, "take", &street.values());
    assert!(message.contains("nothing is to be taken"), "{message}");
    totals(&mut street, &mut cora);
    clone_is_reported(&mut street, &keys[0], &signed);
}

/// Both collectors tell their sums, and the public sees what the street has used in all.
fn totals(street: &mut Street, stranger: &mut Person) {
    let interval = street.values().with("interval", 0);
    let (field, message) = street.refused(stranger, "collect", &interval);
    assert!(field.is_none() && message.contains("no collector"), "{message}");
    let mut collectors = ["?", "?"].map(person);
    std::mem::swap(&mut collectors, &mut street.collectors);
    let [dan, eva] = &mut collectors;
    street.refused_at(dan, "collect", &street.values().with("interval", 1), "interval");
    assert_eq!(shown(&street.done(dan, "collect", &interval), "The total is known now"), "false");
    street.refused_at(dan, "collect", &interval, "interval");
    assert_eq!(shown(&street.done(eva, "collect", &interval), "The total is known now"), "true");

    let seen = street.done(stranger, "market", &street.values());
    let end = (START + LENGTH).to_string();
    let row = ["0", end.as_str(), "4", "0", "0", "0.660", "0.700", "2 / 2", "cleared", "0.20 Crown", "4"];
    assert_eq!(rows(&seen, "Intervals"), [row]);
    let chart = street.done(stranger, "chart", &street.values());
    assert!(shown(&chart, "Price, production and consumption").starts_with("<svg"));
    assert_eq!(chart.files.len(), 1);
}

/// A second device with the same key is stopped by what it signs.
fn clone_is_reported(street: &mut Street, key: &MeterKey, signed: &[SignedReading]) {
    let clone = MeterDevice::start(key, 0).sign(0, [900, 0]).unwrap();
    let both =
        |second| Values::new().with_file("first", reading_file(&signed[0])).with_file("second", reading_file(second));
    let mut anyone = person("Fay");
    street.refused_at(&mut anyone, "expose", &both(&signed[1]), "second");
    street.refused_at(&mut anyone, "expose", &both(&signed[0]), "second");
    street.done(&mut anyone, "expose", &both(&clone));
    assert!(street.state().meter(&signed[0].reading.meter).unwrap().stopped.is_some());
    let seen = street.done(&mut anyone, "market", &street.values());
    assert_eq!(rows(&seen, "Stopped: two readings of one interval").len(), 2);
}

#[test]
fn bid_is_made_in_the_asset_and_for_the_interval_that_were_filled_in() {
    let mut street = Street::new();
    let mut ben = person("?");
    std::mem::swap(&mut ben, &mut street.ben);
    let takes_bids = |street: &mut Street, by: &mut Person| {
        let seen = street.done(by, "market", &street.values());
        shown(&seen, "Takes bids now: interval")
    };
    assert_eq!(takes_bids(&mut street, &mut ben), "none");
    street.stage.advance(LENGTH);
    assert_eq!(takes_bids(&mut street, &mut ben), "0");
    // Half a unit is meant in an asset of the same name, whose units are worth less.
    let notes = [(ben.address(0), NoteValue(1_000))];
    let issuer = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let twin = street.stage.issue(&issuer, ("Crown", 2), &notes).unwrap();
    let meant = bid(&street, "buy", 4, "0.50");
    let message = street.refused_at(&mut ben, "bid", &meant.clone().with("asset", twin), "asset");
    assert!(message.contains(&street.crown.to_string()), "{message}");
    street.refused_at(&mut ben, "bid", &meant.clone().with("interval", ""), "interval");
    // The same form while the time of the next interval has come, as after notes were merged: it bids nowhere else.
    street.stage.advance(BIDDING);
    assert_eq!(takes_bids(&mut street, &mut ben), "none");
    street.stage.advance(LENGTH - BIDDING);
    assert_eq!(takes_bids(&mut street, &mut ben), "1");
    street.refused_at(&mut ben, "bid", &meant, "interval");
    assert_eq!((street.balance(&ben, street.crown), street.balance(&ben, twin)), (1_000, 1_000));
    let placed = street.done(&mut ben, "bid", &meant.with("interval", 1));
    assert_eq!(
        ["In the auction of interval", "Lots", "Your limit", "Locked"].map(|label| shown(&placed, label)),
        ["1", "4", "0.50 Crown", "2.00 Crown"]
    );
    assert_eq!(shown(&placed, "Asset of payment"), street.crown.to_string());
}

#[test]
fn bids_that_were_not_revealed_come_back_less_the_penalty() {
    let mut street = Street::new();
    let mut ben = person("?");
    std::mem::swap(&mut ben, &mut street.ben);
    street.stage.advance(LENGTH);
    for (lots, price) in [(4, "0.50"), (2, "0.30")] {
        street.done(&mut ben, "bid", &bid(&street, "buy", lots, price));
    }
    assert_eq!(street.balance(&ben, street.crown), 1_000 - 260);
    let (_, message) = street.refused(&mut ben, "reclaim", &street.values());
    assert!(message.contains("nothing"), "{message}");
    street.stage.advance(BIDDING + REVEALING);
    // Both, by one form. Nobody of other keys has any.
    let (_, message) = street.refused(&mut ben, "reclaim", &street.values().with("number", 1));
    assert!(message.contains("nothing"), "{message}");
    let back = street.done(&mut ben, "reclaim", &street.values());
    let amounts: Vec<_> =
        rows(&back, "Taken back so far, less the penalty").into_iter().map(|row| row[3].clone()).collect();
    assert_eq!(amounts, ["1.80 Crown", "0.54 Crown"]);
    assert_eq!(street.balance(&ben, street.crown), 1_000 - 26);

    let mut operator = person("Olga");
    let signed = street.values().with("passphrase", PASSPHRASE).with_file("key", issuer_file(PASSPHRASE));
    street.refused_at(&mut operator, "penalties", &signed, "key");
    let signed = signed.with_file("key", street.key.clone());
    assert_eq!(shown(&street.done(&mut operator, "penalties", &signed), "Penalties taken"), "0.26 Crown");
    assert_eq!(street.balance(&operator, street.crown), 26);
    let (_, message) = street.refused(&mut operator, "penalties", &signed);
    assert_eq!(message, "no penalties wait");
}

#[test]
fn suppliers_file_is_shown_by_intervals_with_what_is_too_late() {
    let mut street = Street::new();
    let mut anna = person("Anna");
    street.stage.advance(2 * LENGTH + 60);
    for (name, text) in [("xml", include_str!("files/green_button.xml")), ("csv", include_str!("files/meter.csv"))] {
        let file = File { name: name.into(), bytes: text.into() };
        let read = street.done(&mut anna, "file", &street.values().with_file("file", file));
        let rows = rows(&read, "What the file gives");
        assert_eq!(rows.len(), 8);
        let [first, second, third] =
            [0, 1, 2].map(|row: usize| [0, 2, 3, 4].map(|cell: usize| rows[row][cell].as_str()));
        assert_eq!(first, ["0", "0.412", "0.151", "closed: too late"]);
        assert_eq!(second, ["1", "0.455", "0.149", "taken now"]);
        assert_eq!(third, ["2", "0.390", "0.163", "not over yet"]);
    }
    let broken = include_str!("files/meter.csv").replace(",455,", ",,");
    for bytes in [broken.into_bytes(), vec![0xff, 0xfe]] {
        let lie = street.values().with_file("file", File { name: "file".into(), bytes });
        street.refused_at(&mut anna, "file", &lie, "file");
    }
}

#[test]
fn certifier_stops_a_meter_by_a_form_and_its_reading_is_left_out() {
    let mut street = Street::new();
    let mut homes = ["Anna", "Ben", "Cora", "Dora", "Ella"].map(person);
    let keys: Vec<_> = homes.iter_mut().zip(51..).map(|(home, seed)| street.meter(home, seed)).collect();
    street.stage.advance(LENGTH);
    for (home, key) in homes.iter_mut().zip(&keys) {
        let signed = MeterDevice::start(key, 0).sign(0, [100, 50]).unwrap();
        street.done(home, "attest", &Values::new().with_file("readings", reading_file(&signed)));
    }
    let mut certifier = person("Olga");
    let meter = hex::encode(keys[3].record().meter.signer);
    let asked = street.values().with("meter", &meter).with("interval", 0).with("passphrase", PASSPHRASE);
    street.refused_at(&mut certifier, "stop", &asked.clone().with_file("key", issuer_file(PASSPHRASE)), "key");
    let asked = asked.with_file("key", street.key.clone());
    street.refused_at(&mut certifier, "stop", &asked.clone().with("meter", hex::encode([5; 32])), "meter");
    let done = street.done(&mut certifier, "stop", &asked);
    assert_eq!(shown(&done, "Readings left out of totals"), "1");
    street.refused_at(&mut certifier, "stop", &asked, "meter");
    let (_, message) = street.refused(&mut homes[3], "mint", &street.values());
    assert!(message.contains("nothing"), "{message}");
    let own = street.done(&mut homes[3], "readings", &street.values());
    assert_eq!(rows(&own, "What your meters have read")[0][4..], ["false", "true"]);
    // Another one is stopped, and its reading is still in: anybody leaves it out, without a key.
    let key: IssuerKey = keyfile::open(&street.key.bytes, &Passphrase::new(PASSPHRASE.into())).unwrap();
    let signer = keys[4].record().meter.signer;
    let stop = build::stop(&key.into_key(), street.stage.ledger.id(), (signer, 0), []);
    street.stage.submit(stop).unwrap();
    let asked_by_anybody = street.values().with("meter", hex::encode(signer)).with("interval", 0);
    let done = street.done(&mut person("Fay"), "stop", &asked_by_anybody);
    assert_eq!(shown(&done, "Readings left out of totals"), "1");

    let mut collectors = ["?", "?"].map(person);
    std::mem::swap(&mut collectors, &mut street.collectors);
    let interval = street.values().with("interval", 0);
    // Nothing happens on the ledger after the close: the shares are looked at all the same.
    street.stage.advance(BIDDING);
    let message = street.refused_at(&mut collectors[0], "collect", &interval, "interval");
    assert!(message.contains("all shares of interval 0 open"), "{message}");
    street.stage.advance(REVEALING);
    // Sums are told by the ledger's time: something must happen on it.
    street.meter(&mut homes[0], 62);
    let other = asked.with("meter", hex::encode(keys[0].record().meter.signer));
    street.refused_at(&mut certifier, "stop", &other, "interval");
    for collector in &mut collectors {
        street.done(collector, "collect", &interval);
    }
    let seen = street.done(&mut certifier, "market", &street.values());
    let row = &rows(&seen, "Intervals")[0];
    assert_eq!(row[2..7], ["3", "2", "0", "0.300", "0.150"]);
    assert_eq!(rows(&seen, "Stopped by their certifier")[0][..2], [meter, "0".into()]);
}

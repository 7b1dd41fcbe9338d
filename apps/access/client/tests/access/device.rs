//! A device that decides offline, on a ledger with real proofs: what the rules accept is what a lock reads.

use std::path::Path;

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_access::{
    AccessKeys, AnswerError, Evidence, Offer, OfferOrder, OwnRentals,
    build::{self, Payment, WithTransfers},
    lock::{Config, Device, DeviceError, Opening, Refusal},
    rules::{Interval, RentalId, Rentals, UsedRight},
};
use tabella_catalogue::catalogue;
use tabella_protocol::{
    keys::Seed,
    note::{NoteValue, Timestamp},
    transaction::Transaction,
};
use tabella_prover::builder::Blinding;
use tabella_stage::{Person, Stage};
use tabella_verifier::log::Origin;

const NOW: u64 = 1_800_000_000;
const SECONDS: u64 = 3_600;

struct Street {
    stage: Stage,
    renter: Person,
    owner: Person,
    keys: AccessKeys,
    owner_keys: AccessKeys,
    rental: RentalId,
}

impl Street {
    fn new(folder: &Path) -> Self {
        let name = Origin::new("street.test").unwrap();
        let start = Timestamp::new(NOW).unwrap();
        let stage = Stage::new(&folder.join("ledger"), name, catalogue().applications(), start).unwrap();
        let [keys, owner_keys] = [1, 2].map(|seed| AccessKeys::of_seed(&Seed::new([seed; 32]), 0));
        let [renter, owner] = ["Rita", "Owen"].map(|name| Person::new(name, &mut OsRng));
        Self { stage, renter, owner, keys, owner_keys, rental: RentalId([0; 32]) }
    }

    fn device(&self, folder: &Path, name: &str) -> Device {
        let ledger = self.stage.ledger.store().verifier().to_string();
        let config = Config { ledger, owner: self.owner_keys.signer(), max_age: 600, reopens: false };
        Device::create(&folder.join(name), config, &mut OsRng).unwrap()
    }

    fn submit(&mut self, with: WithTransfers) {
        let parameters = self.stage.parameters();
        let transaction =
            self.renter.holder.authorize_with(with.transaction, parameters, &mut OsRng, |_| with.proofs).unwrap();
        self.stage.submit(transaction).unwrap();
    }

    /// From offer to used right.
    fn rent(&mut self, device: [u8; 32]) -> (u64, UsedRight) {
        let notes = [NoteValue(500), NoteValue(500)].map(|value| (self.renter.address(0), value));
        let asset = self.stage.issue(&SigningKey::from_bytes(&[3; 32]), ("Crown", 2), &notes).unwrap();
        let order = OfferOrder {
            renter: self.keys.public(),
            payee: self.owner.address(5),
            arbiter: AccessKeys::of_seed(&Seed::new([3; 32]), 0).signer(),
            device,
            asset,
            price: NoteValue(100),
            units: 4,
            unit_seconds: 900,
            part: NoteValue(30),
            parts: 10,
            public: false,
            use_until: Timestamp::new(NOW + 86_400).unwrap(),
            delay_seconds: 3_600,
        };
        let ledger = self.stage.ledger.id();
        let offer = Offer::new(&self.owner_keys, ledger, &order, &mut OsRng).unwrap();
        let prices = offer.check(&self.keys, ledger, self.stage.now().unwrap()).unwrap();
        self.rental = offer.rental();
        let lock = prices.lock_order(&offer.terms, self.rental).unwrap();
        let rent =
            self.stage.ready(&mut self.renter, |person, at| person.holder.prepare_lock(at, asset, &lock, &mut OsRng));
        let deposit = self.stage.ready(&mut self.renter, |person, at| {
            person.holder.prepare_exit(at, asset, NoteValue(300), Blinding::Random, &mut OsRng)
        });
        let payment = Payment { rent: rent.unwrap(), deposit: deposit.unwrap() };
        let at = self.stage.moment().unwrap();
        let to = self.renter.address(1);
        let with = build::rent(&self.keys, &at, (&offer, &prices), payment, to, &mut OsRng).unwrap();
        self.submit(with);
        self.owner.read(&self.stage).unwrap();
        let rental = self.stage.ledger.state().application::<Rentals>().unwrap().rental(&self.rental).unwrap();
        assert_eq!(build::find_rent(self.owner.holder.wallet(), rental).unwrap().2, NoteValue(400));
        self.stage.submit(build::accept(&self.owner_keys, ledger, self.rental)).unwrap();
        self.renter.read(&self.stage).unwrap();
        let (at, right) = (self.stage.moment().unwrap(), (self.rental, &offer.terms));
        let with = build::use_right(&self.keys, &self.renter.holder, &at, right, &mut OsRng).unwrap();
        self.submit(with);
        let own = OwnRentals::of_ledger(&self.keys, &self.stage.ledger).unwrap();
        let (number, used) = own.own_use(&self.rental).unwrap();
        (number, *used)
    }

    /// The renter's answer to what a device asks.
    fn answer(&self, device: &mut Device, (number, used): (u64, &UsedRight)) -> Result<Opening, AnswerError> {
        let challenge = device.ask(self.now(), &mut OsRng).unwrap();
        Evidence::of_ledger(&self.stage.ledger, number, &challenge.seen)?.answer(
            &self.keys,
            self.stage.ledger.id(),
            used,
            &challenge,
        )
    }

    fn now(&self) -> u64 {
        self.stage.now().unwrap().seconds()
    }

    /// The ledger goes on: a block, and with it a checkpoint.
    fn tick(&mut self, transaction: Transaction) {
        self.stage.submit(transaction).unwrap();
    }
}

#[track_caller]
fn refused(outcome: Result<tabella_access::lock::Opened, DeviceError>) -> Refusal {
    match outcome {
        Err(DeviceError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn device_opens_offline_for_the_right_that_the_ledger_has_seen_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut street = Street::new(folder.path());
    let [mut device, mut impostor, mut foreign] =
        ["door", "impostor", "foreign"].map(|name| street.device(folder.path(), name));
    let (number, used) = street.rent(device.public_key());
    let right = (number, &used);
    let interval = Interval { from: NOW, until: NOW + SECONDS };

    // Another device asks, or one that pretends to be the device without having its key: the client gives no answer.
    assert!(matches!(street.answer(&mut impostor, right), Err(AnswerError::Device)));
    let mut challenge = impostor.ask(NOW, &mut OsRng).unwrap();
    challenge.device = device.public_key();
    let evidence = Evidence::of_ledger(&street.stage.ledger, number, &challenge.seen).unwrap();
    let answer = evidence.clone().answer(&street.keys, street.stage.ledger.id(), &used, &challenge);
    assert!(matches!(answer, Err(AnswerError::Device)));
    // Nor for another's use.
    let challenge = device.ask(NOW, &mut OsRng).unwrap();
    let answer = evidence.answer(&street.owner_keys, street.stage.ledger.id(), &used, &challenge);
    assert!(matches!(answer, Err(AnswerError::Keys)));

    // A renter who answers another device all the same is refused by it, and so is one who names another time.
    let opening = street.answer(&mut device, right).unwrap();
    assert_eq!(opening.interval, interval);
    let challenge = foreign.ask(NOW, &mut OsRng).unwrap();
    let pretended = UsedRight { device: foreign.public_key(), ..used };
    let signature = street.keys.sign_opening(street.stage.ledger.id(), &pretended, &challenge.nonce, interval).0;
    let stolen = Opening { nonce: challenge.nonce, signature, ..opening.clone() };
    assert_eq!(refused(foreign.open(&stolen, NOW)), Refusal::Device);
    let longer = Interval { until: interval.until + 900, ..interval };
    let signature = street.keys.sign_opening(street.stage.ledger.id(), &used, &opening.nonce, longer).0;
    let extended = Opening { interval: longer, signature, ..opening.clone() };
    assert_eq!(refused(device.open(&extended, NOW)), Refusal::Interval);

    let opening = Opening::from_json(opening.to_json().as_bytes()).unwrap();
    let opened = device.open(&opening, NOW + 1).unwrap();
    assert_eq!((opened.rental, opened.until), (street.rental.0, NOW + SECONDS));
    assert_eq!(refused(device.open(&opening, NOW + 2)), Refusal::NothingAsked);
    // Again, by a fresh nonce, after the ledger has gone on.
    street.stage.advance(60);
    street.tick(build::claim(&street.owner_keys, street.stage.ledger.id(), street.rental, 2));
    let again = street.answer(&mut device, right).unwrap();
    assert_eq!(refused(device.open(&again, NOW + 61)), Refusal::Used);
    // A door that lets its user in again, with a ledger that stands still for too long.
    street.stage.advance(700);
    drop(device);
    let mut device = Device::load(&folder.path().join("door")).unwrap();
    let again = street.answer(&mut device, right).unwrap();
    assert_eq!(refused(device.open(&again, NOW + 760)), Refusal::TooOld { age: 700, limit: 600 });
    street.tick(build::dispute(&street.keys, street.stage.ledger.id(), street.rental));
    let again = street.answer(&mut device, right).unwrap();
    assert_eq!(refused(device.open(&again, NOW + 761)), Refusal::Used);
}

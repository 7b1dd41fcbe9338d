//! Rentals by forms alone, as a page hands them in.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_access::{
    AccessDesk, AccessKeys, AnswerError, Evidence, Offer,
    lock::{Config, Device, Opening, SeenLog},
    rules::{RentalId, Rentals, Stage as RentalStage},
};
use tabella_catalogue::catalogue;
use tabella_desk::{File, Refusal, Value, Values};
use tabella_payments::log::{LogError, read_entries};
use tabella_protocol::note::{AssetId, NoteValue};
use tabella_stage::{
    Done, Person, Stage,
    testing::{only_file, row, shown},
};
use tabella_verifier::{
    files,
    log::{Origin, SignedCheckpoint},
};

use crate::scene::{NOW, time};

/// What the rentals here cost: 4 times 1.00, and a deposit of 3.00 in 10 parts.
const RENT: u128 = 400;
const DEPOSIT: u128 = 300;
const SECONDS: u64 = 3_600;
const DELAY: u64 = 600;

struct Street {
    stage: Stage,
    renter: Person,
    owner: Person,
    arbiter: Person,
    guest: Person,
    door: Device,
    asset: AssetId,
    folder: tempfile::TempDir,
}

impl Street {
    /// The renter has one note of 10.00, from which nobody pays rent and deposit together.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = Origin::new("street.test").unwrap();
        let mut stage = Stage::new(&folder.path().join("ledger"), name, catalogue().applications(), time(NOW)).unwrap();
        let [renter, owner, arbiter, guest] = ["Rita", "Owen", "Ada", "Gus"].map(|name| Person::new(name, &mut OsRng));
        let notes = [(renter.address(0), NoteValue(1_000))];
        let asset = stage.issue(&SigningKey::from_bytes(&[3; 32]), ("Crown", 2), &notes).unwrap();
        let door = lock(&stage, &owner, &folder, "door");
        Self { stage, renter, owner, arbiter, guest, door, asset, folder }
    }

    fn renter(&mut self, form: &str, values: &Values) -> Result<Done, Refusal> {
        self.stage.hand_in(&mut self.renter, &AccessDesk, form, values).unwrap()
    }

    fn owner(&mut self, form: &str, values: &Values) -> Result<Done, Refusal> {
        self.stage.hand_in(&mut self.owner, &AccessDesk, form, values).unwrap()
    }

    fn arbiter(&mut self, form: &str, values: &Values) -> Result<Done, Refusal> {
        self.stage.hand_in(&mut self.arbiter, &AccessDesk, form, values).unwrap()
    }

    fn guest(&mut self, form: &str, values: &Values) -> Result<Done, Refusal> {
        self.stage.hand_in(&mut self.guest, &AccessDesk, form, values).unwrap()
    }

    fn order(&mut self) -> Values {
        let keys = shown(&self.renter("renter-keys", &Values::new()).unwrap(), "Keys for the owner");
        let arbiter = shown(&self.arbiter("arbiter-key", &Values::new()).unwrap(), "Key");
        Values::new()
            .with("renter", keys)
            .with("device", hex(&self.door.public_key()))
            .with("arbiter", arbiter)
            .with("asset", self.asset)
            .with("price", "1.00")
            .with("units", 4)
            .with("deposit", "3.00")
            .with("parts", 10)
            .with("delay-minutes", DELAY / 60)
    }

    fn offer(&mut self) -> File {
        let order = self.order();
        only_file(&self.owner("offer", &order).unwrap())
    }

    /// What is filled in to rent on the terms of an offer.
    fn take(&self, offer: &File, rent: &str, deposit: &str) -> Values {
        let rental = files::decode::<Offer>(&offer.bytes).unwrap().rental();
        let terms = of(&rental.to_string()).with_file("offer", offer.clone()).with("asset", self.asset);
        terms.with("at-most", rent).with("deposit-at-most", deposit)
    }

    /// Rents, and gives the right to the guest.
    fn rent(&mut self) -> String {
        let offer = self.offer();
        let values = self.take(&offer, "4.00", "3.00").with("right-to", self.guest.address(0));
        shown(&self.renter("rent", &values).unwrap(), "Rental")
    }

    fn balances(&self) -> [u128; 2] {
        [&self.renter, &self.owner].map(|person| self.stage.balance(person, self.asset).unwrap())
    }

    fn stage_of(&self, rental: &str) -> RentalStage {
        let rentals = self.stage.ledger.state().application::<Rentals>().unwrap();
        let rental: RentalId = rental.parse().unwrap();
        rentals.rental(&rental).unwrap().stage(self.stage.now().unwrap())
    }

    fn checkpoint(&self) -> String {
        let store = self.stage.ledger.store();
        let signed = store.latest_checkpoint(store.name()).unwrap().unwrap();
        String::from_utf8(signed.to_bytes()).unwrap()
    }
}

/// What a form is given to answer a device.
fn asked(stage: &Stage, rental: &str, device: &mut Device) -> Values {
    let challenge = device.ask(stage.now().unwrap().seconds(), &mut OsRng).unwrap();
    let challenge = File { name: "challenge.json".into(), bytes: challenge.to_json().into_bytes() };
    of(rental).with_file("challenge", challenge)
}

fn lock(stage: &Stage, owner: &Person, folder: &tempfile::TempDir, name: &str) -> Device {
    let ledger = stage.ledger.store().verifier().to_string();
    let owner = AccessKeys::of_seed(&owner.seed, 0).signer();
    let config = Config { ledger, owner, max_age: 600, reopens: false };
    Device::create(&folder.path().join(name), config, &mut OsRng).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The field at which a form is refused.
#[track_caller]
fn field(outcome: Result<Done, Refusal>) -> Option<String> {
    outcome.unwrap_err().field
}

fn of(rental: &str) -> Values {
    Values::new().with("rental", rental)
}

/// The words in a column of the one thing that is listed.
#[track_caller]
fn words(done: &Done, column: usize) -> &'static str {
    match &row(done)[column] {
        Value::Words(words) => words.en,
        other => panic!("{other:?}"),
    }
}

#[test]
fn guest_opens_the_door_and_the_arbiter_divides_the_deposit() {
    let mut street = Street::new();
    let offer = street.offer();
    let checked = street.renter("check-offer", &Values::new().with_file("offer", offer.clone())).unwrap();
    assert_eq!((shown(&checked, "Rent"), shown(&checked, "Deposit")), ("4.00 Crown".into(), "3.00 Crown".into()));
    let right_to = street.guest.address(0);
    // The wallet's one note is split on the way.
    let before = street.stage.ledger.entries();
    let terms = of(&shown(&checked, "Rental")).with_file("offer", offer).with("asset", street.asset);
    let rented = terms.with("at-most", "4.00").with("deposit-at-most", "3.00").with("right-to", right_to);
    let rented = street.renter("rent", &rented).unwrap();
    assert_eq!(street.stage.ledger.entries(), before + 2);
    let rental = shown(&rented, "Rental");
    assert_eq!(street.balances(), [1_000 - RENT - DEPOSIT, 0]);

    assert_eq!(field(street.renter("accept", &of(&rental))).as_deref(), Some("rental"));
    street.owner("accept", &of(&rental)).unwrap();
    assert_eq!(street.stage_of(&rental), RentalStage::Accepted);
    assert_eq!(field(street.owner("collect-rent", &of(&rental))).as_deref(), Some("rental"));
    // Nobody uses a right that another wallet holds.
    assert!(street.renter("use", &of(&rental)).is_err());
    assert!(matches!(&row(&street.guest("my-rights", &Values::new()).unwrap())[0], Value::Code(id) if *id == rental));
    let stale = street.checkpoint();
    street.guest("use", &of(&rental)).unwrap();

    let fresh = street.checkpoint();
    let mut impostor = lock(&street.stage, &street.owner, &street.folder, "impostor");
    let values = asked(&street.stage, &rental, &mut impostor);
    assert_eq!(field(street.guest("answer", &values)).as_deref(), Some("challenge"));
    let size = street.stage.ledger.entries();
    let [shorter, longer] =
        [size - 1, size + 1].map(|other| fresh.replacen(&format!("\n{size}\n"), &format!("\n{other}\n"), 1));
    let mut log = Vec::new();
    read_entries::<LogError>(&street.stage.ledger, |_, entry| {
        log.push(entry);
        Ok(())
    })
    .unwrap();
    let at = |text: &str| {
        let signed = SignedCheckpoint::from_bytes(text.as_bytes()).unwrap();
        Evidence::of_log(&log, &signed, size - 1, &SeenLog { size: 0, root: [0; 32] })
    };
    assert!(at(&fresh).is_ok());
    assert!(matches!(at(&stale), Err(AnswerError::Before)));
    assert!(matches!(at(&shorter), Err(AnswerError::Checkpoint)));
    assert!(matches!(at(&longer), Err(AnswerError::Ahead { .. })));
    let values = asked(&street.stage, &rental, &mut street.door);
    assert_eq!(field(street.renter("answer", &values)).as_deref(), Some("rental"));
    let answer = only_file(&street.guest("answer", &values).unwrap());
    let opened = street.door.open(&Opening::from_json(&answer.bytes).unwrap(), NOW + 1).unwrap();
    assert_eq!(opened.until, NOW + SECONDS);

    street.owner("collect-rent", &of(&rental)).unwrap();
    // 0.95 of damage is three parts of 0.30; the arbiter finds two.
    for (damage, refused) in [("3.01", true), ("0.29", true), ("0.95", false)] {
        let claimed = street.owner("claim", &of(&rental).with("damage", damage));
        assert_eq!(claimed.err().and_then(|refusal| refusal.field).as_deref(), refused.then_some("damage"));
    }
    let decide = |parts: u32| of(&rental).with("parts", parts);
    assert_eq!(field(street.arbiter("decide", &decide(2))).as_deref(), Some("rental"));
    street.renter("dispute", &of(&rental)).unwrap();
    assert_eq!(words(&street.arbiter("my-rentals", &Values::new()).unwrap(), 2), "disputed");
    assert_eq!(field(street.arbiter("decide", &decide(4))).as_deref(), Some("parts"));
    assert_eq!(field(street.owner("decide", &decide(3))).as_deref(), Some("rental"));
    assert_eq!(field(street.owner("withdraw", &of(&rental))).as_deref(), Some("rental"));
    street.arbiter("decide", &decide(2)).unwrap();

    let listed = row(&street.renter("my-rentals", &Values::new()).unwrap());
    assert!(matches!(&listed[5], Value::Text(due) if due == "2.40 Crown"));
    street.renter("withdraw", &of(&rental)).unwrap();
    street.owner("withdraw", &of(&rental)).unwrap();
    assert_eq!(field(street.owner("withdraw", &of(&rental))).as_deref(), Some("rental"));
    assert_eq!(street.balances(), [1_000 - RENT - 60, RENT + 60]);
}

#[test]
fn both_divide_the_deposit_and_unused_rent_comes_back() {
    let mut street = Street::new();
    let rental = street.rent();
    let propose = |parts: u32| of(&rental).with("parts", parts);
    assert_eq!(field(street.renter("propose-division", &propose(11))).as_deref(), Some("parts"));
    let early = only_file(&street.renter("propose-division", &propose(1)).unwrap());
    let agree = |parts: u32, proposal: &File| propose(parts).with_file("proposal", proposal.clone());
    assert_eq!(field(street.owner("agree-division", &agree(2, &early))).as_deref(), Some("parts"));
    assert_eq!(field(street.renter("agree-division", &agree(1, &early))).as_deref(), Some("proposal"));
    assert_eq!(field(street.guest("agree-division", &agree(1, &early))).as_deref(), Some("rental"));
    // What was signed for another stage is good for nothing.
    street.owner("accept", &of(&rental)).unwrap();
    assert_eq!(field(street.owner("agree-division", &agree(1, &early))).as_deref(), Some("proposal"));
    let proposal = only_file(&street.renter("propose-division", &propose(1)).unwrap());
    street.owner("agree-division", &agree(1, &proposal)).unwrap();
    assert_eq!(street.stage_of(&rental), RentalStage::Settled { parts: 1 });
    street.renter("withdraw", &of(&rental)).unwrap();
    assert_eq!(street.balances(), [1_000 - RENT - 30, 0]);

    assert_eq!(field(street.renter("take-rent-back", &of(&rental))).as_deref(), Some("rental"));
    street.stage.advance(86_400 + SECONDS + 3 * DELAY);
    street.renter("take-rent-back", &of(&rental)).unwrap();
    assert_eq!(street.balances(), [1_000 - 30, 0]);
    assert_eq!(field(street.renter("take-rent-back", &of(&rental))).as_deref(), Some("rental"));
}

#[test]
fn offers_are_made_and_taken_only_as_they_are_meant() {
    let mut street = Street::new();
    let order = street.order();
    let owner = shown(&street.owner("owner-key", &Values::new()).unwrap(), "Key");
    for (wrong, text) in [
        ("renter", "12".to_owned()),
        ("device", "12".to_owned()),
        ("arbiter", owner),
        ("asset", "00".repeat(32)),
        ("price", "0".to_owned()),
        ("deposit", "3.01".to_owned()),
        ("units", "65537".to_owned()),
        ("unit-minutes", "0".to_owned()),
        ("within-days", "366".to_owned()),
    ] {
        assert_eq!(field(street.owner("offer", &order.clone().with(wrong, text))).as_deref(), Some(wrong));
    }
    let offer = only_file(&street.owner("offer", &order).unwrap());
    let [cheap, small, honest] =
        [("3.99", "3.00"), ("4.00", "2.99"), ("4.00", "3.00")].map(|(rent, rest)| street.take(&offer, rent, rest));
    assert_eq!(field(street.renter("rent", &cheap)).as_deref(), Some("at-most"));
    assert_eq!(field(street.renter("rent", &small)).as_deref(), Some("deposit-at-most"));
    assert_eq!(field(street.guest("rent", &honest)).as_deref(), Some("offer"));
    let mut altered = offer.clone();
    *altered.bytes.last_mut().unwrap() ^= 1;
    assert_eq!(
        field(street.renter("check-offer", &Values::new().with_file("offer", altered))).as_deref(),
        Some("offer")
    );
    // More than the renter has.
    let dear = only_file(&street.owner("offer", &order.with("deposit", "7.00").with("public", "yes")).unwrap());
    let values = street.take(&dear, "4.00", "7.00");
    let refusal = street.renter("rent", &values).unwrap_err();
    assert!(refusal.message.contains("10.00 Crown") && refusal.message.contains("11.00 Crown"), "{refusal:?}");
    street.stage.advance(86_400);
    assert_eq!(field(street.renter("rent", &honest)).as_deref(), Some("offer"));
}

#[test]
fn nobody_pays_by_another_offer_than_was_checked_or_in_another_asset_than_was_meant() {
    let mut street = Street::new();
    let order = street.order();
    let honest = only_file(&street.owner("offer", &order).unwrap());
    let checked = street.renter("check-offer", &Values::new().with_file("offer", honest.clone())).unwrap();
    let rental = shown(&checked, "Rental");
    // The same prices, on other terms: who decides, what is let, for how long, how much time there is to dispute.
    let accomplice = shown(&street.guest("arbiter-key", &Values::new()).unwrap(), "Key");
    for (term, lie) in [
        ("arbiter", accomplice.clone()),
        ("device", "ab".repeat(32)),
        ("unit-minutes", "1".into()),
        ("delay-minutes", "1".into()),
        ("within-days", "2".into()),
        ("number", "7".into()),
    ] {
        let swapped = only_file(&street.owner("offer", &order.clone().with(term, lie)).unwrap());
        let values = street.take(&swapped, "4.00", "3.00").with("rental", &rental);
        assert_eq!(field(street.renter("rent", &values)).as_deref(), Some("rental"), "{term}");
    }
    // Another asset of the same name, whose units are worth more.
    let notes = [(street.renter.address(0), NoteValue(1_000)), (street.renter.address(0), NoteValue(1_000))];
    let twin = street.stage.issue(&SigningKey::from_bytes(&[4; 32]), ("Crown", 0), &notes).unwrap();
    let whole = order.clone().with("asset", twin).with("price", 1).with("deposit", 10);
    let dear = only_file(&street.owner("offer", &whole).unwrap());
    let values = street.take(&dear, "4.00", "10.00");
    assert_eq!(field(street.renter("rent", &values)).as_deref(), Some("asset"));
    assert_eq!(street.balances(), [1_000, 0]);
    assert_eq!(street.stage.balance(&street.renter, twin).unwrap(), 2_000);
    // What was paid for is shown in full.
    let values = street.take(&honest, "4.00", "3.00");
    let rented = street.renter("rent", &values).unwrap();
    for label in ["Rental", "Owner", "Arbiter", "Device", "The rent goes to", "Rent", "Price of a unit", "Deposit"] {
        assert_eq!(shown(&rented, label), shown(&checked, label), "{label}");
    }
    assert_ne!(shown(&rented, "Arbiter"), accomplice);
    assert_eq!(shown(&rented, "For a claim, a dispute, a decision each, in seconds"), DELAY.to_string());
}

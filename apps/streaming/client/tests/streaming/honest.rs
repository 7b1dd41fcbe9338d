//! Sessions from offer to payout, with real proofs.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_payments::holder::PaymentError;
use tabella_protocol::note::{AssetId, NoteValue};
use tabella_stage::{Person, Stage};
use tabella_streaming::{
    Meter, Offer, OfferOrder, OwnSession, OwnSessions, SignedTick, StreamingKeys, build,
    meter::SignedEnd,
    rules::{Party, SessionId, Stage as SessionStage, Streams},
};
use tabella_verifier::{
    application::{InstanceId, Readable as _},
    log::Origin,
};

use crate::scene::{DISPUTE, NOW, seed, time};

const TICKS: u32 = 90;
const RATE: u64 = 7;

struct Street {
    stage: Stage,
    viewer: (Person, StreamingKeys),
    provider: (Person, StreamingKeys),
    asset: AssetId,
    _folder: tempfile::TempDir,
}

impl Street {
    /// The viewer holds 1000.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = Origin::new("ledger.test").unwrap();
        let applications = catalogue().applications();
        let mut stage = Stage::new(&folder.path().join("ledger"), name, applications, time(NOW)).unwrap();
        let person = |name, party| (Person::new(name, &mut OsRng), StreamingKeys::of_seed(&seed(party), 0));
        let (viewer, provider) = (person("Vera", Party::Viewer), person("Cinema", Party::Provider));
        let notes = [(viewer.0.address(0), NoteValue(1_000))];
        let asset = stage.issue(&SigningKey::from_bytes(&[3; 32]), ("Crown", 2), &notes).unwrap();
        Self { stage, viewer, provider, asset, _folder: folder }
    }

    fn open(&mut self, public: bool) -> SessionId {
        let order = OfferOrder {
            viewer: self.viewer.1.public(),
            asset: self.asset,
            rate: NoteValue(RATE),
            public,
            max_ticks: TICKS,
            tick_seconds: 60,
            expires: time(NOW + 100_000),
            dispute_seconds: DISPUTE as u32,
        };
        let ledger = self.stage.ledger.id();
        let offer = Offer::new(&self.provider.1, ledger, &order, &mut OsRng).unwrap();
        let rate = offer.check(&self.viewer.1, ledger, self.stage.now().unwrap()).unwrap();
        let prepayment = build::prepayment(&offer.terms, &rate).unwrap();
        assert_eq!(prepayment, NoteValue(RATE * u64::from(TICKS)));
        let blinding = build::blinding(&offer.terms);
        let (person, keys) = &mut self.viewer;
        let asset = self.asset;
        let exit = self
            .stage
            .ready(person, |person, at| person.holder.prepare_exit(at, asset, prepayment, blinding, &mut OsRng));
        let with = build::open(keys, &offer, &rate, exit.unwrap(), &mut OsRng).unwrap();
        self.submit(Party::Viewer, with);
        offer.session()
    }

    fn submit(&mut self, party: Party, with: build::WithTransfer) {
        let person = if party == Party::Viewer { &self.viewer.0 } else { &self.provider.0 };
        let proved =
            person.holder.authorize_with(with.transaction, self.stage.parameters(), &mut OsRng, |_| vec![with.proof]);
        self.stage.submit(proved.unwrap()).unwrap();
    }

    /// As a party reads it from the ledger with nothing but its keys.
    fn own(&self, party: Party, session: SessionId) -> OwnSession {
        let keys = if party == Party::Viewer { &self.viewer.1 } else { &self.provider.1 };
        OwnSessions::of_ledger(keys, &self.stage.ledger).unwrap().get(&session).unwrap().clone()
    }

    fn withdraw(&mut self, party: Party, session: SessionId, expected: u64) -> Result<(), PaymentError> {
        let own = self.own(party, session);
        let state = self.stage.ledger.state().application::<Streams>().unwrap().session(&session).unwrap();
        let (ticks, value) = own.due(state, self.stage.now().unwrap()).unwrap();
        assert_eq!((own.party, value), (party, NoteValue(expected)));
        let (asset, blinding) = (self.asset, build::blinding(&own.terms));
        let (person, keys) = if party == Party::Viewer { &mut self.viewer } else { &mut self.provider };
        person.read(&self.stage).unwrap();
        let (at, to) = (self.stage.moment().unwrap(), person.address(0));
        let entry = person.holder.prepare_entry(&at, asset, to, value, blinding, &mut OsRng)?;
        let with = build::withdraw(keys, self.stage.ledger.id(), &own, ticks, entry, &mut OsRng).unwrap();
        self.submit(party, with);
        let state = self.stage.ledger.state().application::<Streams>().unwrap().session(&session).unwrap();
        assert!(state.is_paid(party) && own.due(state, self.stage.now().unwrap()).is_none());
        Ok(())
    }

    fn balance(&mut self, party: Party) -> u128 {
        let person = if party == Party::Viewer { &mut self.viewer.0 } else { &mut self.provider.0 };
        person.read(&self.stage).unwrap();
        self.stage.balance(person, self.asset).unwrap()
    }

    fn stage_of(&self, session: SessionId) -> SessionStage {
        let streams = self.stage.ledger.state().application::<Streams>().unwrap();
        streams.session(&session).unwrap().stage(self.stage.now().unwrap())
    }
}

#[test]
fn viewer_who_closes_with_too_few_ticks_is_answered_and_each_gets_what_is_theirs() {
    let mut street = Street::new();
    let session = street.open(false);
    assert_eq!(street.balance(Party::Viewer), 1_000 - u128::from(RATE) * u128::from(TICKS));
    // She watches; what the meter is shown never comes to the ledger.
    let ledger = street.stage.ledger.id();
    let mut meter = Meter::new(session, &street.own(Party::Provider, session).terms);
    let before = street.stage.ledger.entries();
    for ticks in 1..=42 {
        meter.count(SignedTick::new(&street.viewer.1, session, ticks)).unwrap();
    }
    assert_eq!(street.stage.ledger.entries(), before);

    let early = SignedTick::new(&street.viewer.1, session, 10);
    let close = build::close(&street.viewer.1, ledger, session, Party::Viewer, Some(&early));
    street.stage.submit(close).unwrap();
    street.stage.advance(DISPUTE - 1);
    let claim = build::close(&street.provider.1, ledger, session, Party::Provider, meter.highest());
    street.stage.submit(claim).unwrap();
    street.stage.advance(1);
    assert_eq!(street.stage_of(session), SessionStage::Settled { ticks: 42 });

    street.withdraw(Party::Provider, session, 42 * RATE).unwrap();
    street.withdraw(Party::Viewer, session, 48 * RATE).unwrap();
    assert_eq!(street.balance(Party::Provider), u128::from(42 * RATE));
    assert_eq!(street.balance(Party::Viewer), u128::from(1_000 - 42 * RATE));

    // What everybody sees: ticks, and no price.
    let streams = street.stage.ledger.state().application::<Streams>().unwrap();
    let row = streams.row(&InstanceId(session.0), street.stage.now().unwrap()).unwrap();
    assert_eq!((row.stage, row.ticks, row.rate), ("settled", Some(42), None));
    assert!(row.viewer_paid && row.provider_paid);
    let ids: Vec<_> = streams.instances(None).collect();
    assert_eq!(ids, [InstanceId(session.0)]);
    assert_eq!(streams.instances(Some(ids[0])).count(), 0);
}

#[test]
fn both_settle_a_session_of_public_rate_at_once() {
    let mut street = Street::new();
    let session = street.open(true);
    let [viewer, provider] = [&street.viewer.1, &street.provider.1].map(|keys| SignedEnd::new(keys, session, TICKS));
    let terms = street.own(Party::Viewer, session).terms;
    assert!(viewer.is_by(session, &terms, Party::Viewer) && !viewer.is_by(session, &terms, Party::Provider));
    let other = SignedEnd::new(&street.provider.1, session, 1);
    assert!(build::settle(street.stage.ledger.id(), &viewer, &other).is_err());
    let settle = build::settle(street.stage.ledger.id(), &viewer, &provider).unwrap();
    street.stage.submit(settle).unwrap();
    street.withdraw(Party::Provider, session, u64::from(TICKS) * RATE).unwrap();
    assert_eq!(street.balance(Party::Provider), u128::from(TICKS) * u128::from(RATE));
    let streams = street.stage.ledger.state().application::<Streams>().unwrap();
    let row = streams.row(&InstanceId(session.0), street.stage.now().unwrap()).unwrap();
    assert_eq!(row.rate.as_deref(), Some("7"));
}

#[test]
fn session_that_nobody_closes_gives_the_prepayment_back() {
    let mut street = Street::new();
    let session = street.open(false);
    street.stage.advance(100_000 + DISPUTE - 1);
    assert_eq!(street.stage_of(session), SessionStage::Open);
    street.stage.advance(1);
    street.withdraw(Party::Viewer, session, u64::from(TICKS) * RATE).unwrap();
    assert_eq!(street.balance(Party::Viewer), 1_000);
}

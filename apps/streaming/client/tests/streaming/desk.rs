//! Sessions by forms alone, as a page hands them in.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_desk::{File, Refusal, Value, Values};
use tabella_protocol::note::{AssetId, NoteValue};
use tabella_stage::{
    Done, Person, Stage,
    testing::{only_file, row, shown},
};
use tabella_streaming::{
    Offer, SignedTick, StreamingDesk, StreamingKeys,
    rules::{SessionId, Stage as SessionStage, Streams},
};
use tabella_verifier::{files, log::Origin};

use crate::scene::{NOW, time};

const DISPUTE: u64 = 600;

struct Street {
    stage: Stage,
    viewer: Person,
    provider: Person,
    asset: AssetId,
    _folder: tempfile::TempDir,
}

impl Street {
    /// The viewer has 10.00.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = Origin::new("street.test").unwrap();
        let mut stage = Stage::new(&folder.path().join("ledger"), name, catalogue().applications(), time(NOW)).unwrap();
        let [viewer, provider] = ["Vera", "Pavel"].map(|name| Person::new(name, &mut OsRng));
        let notes = [(viewer.address(0), NoteValue(1_000))];
        let asset = stage.issue(&SigningKey::from_bytes(&[3; 32]), ("Crown", 2), &notes).unwrap();
        Self { stage, viewer, provider, asset, _folder: folder }
    }

    fn viewer(&mut self, form: &str, values: &Values) -> Result<Done, Refusal> {
        self.stage.hand_in(&mut self.viewer, &StreamingDesk, form, values).unwrap()
    }

    fn provider(&mut self, form: &str, values: &Values) -> Result<Done, Refusal> {
        self.stage.hand_in(&mut self.provider, &StreamingDesk, form, values).unwrap()
    }

    fn stranger(&mut self, form: &str, values: &Values) -> Result<Done, Refusal> {
        self.stage.hand_in(&mut Person::new("Sly", &mut OsRng), &StreamingDesk, form, values).unwrap()
    }

    /// 90 ticks of 0.07.
    fn order(&mut self) -> Values {
        let keys = shown(&self.viewer("viewer-keys", &Values::new()).unwrap(), "Keys for the provider");
        Values::new()
            .with("viewer", keys)
            .with("asset", self.asset)
            .with("rate", "0.07")
            .with("ticks", 90)
            .with("dispute-minutes", DISPUTE / 60)
    }

    fn offer(&mut self) -> File {
        let order = self.order();
        only_file(&self.provider("offer", &order).unwrap())
    }

    fn open(&mut self) -> String {
        let offer = self.offer();
        let values = self.take(&offer, "6.30");
        shown(&self.viewer("open", &values).unwrap(), "Session")
    }

    /// What is filled in to open a session on the terms of an offer.
    fn take(&self, offer: &File, most: &str) -> Values {
        let session = files::decode::<Offer>(&offer.bytes).unwrap().session();
        let terms = of(&session.to_string()).with_file("offer", offer.clone()).with("asset", self.asset);
        terms.with("at-most", most)
    }

    fn balances(&self) -> [u128; 2] {
        [&self.viewer, &self.provider].map(|person| self.stage.balance(person, self.asset).unwrap())
    }

    fn stage_of(&self, session: &str) -> SessionStage {
        let streams = self.stage.ledger.state().application::<Streams>().unwrap();
        let session: SessionId = session.parse().unwrap();
        streams.session(&session).unwrap().stage(self.stage.now().unwrap())
    }
}

/// The field at which a form is refused.
#[track_caller]
fn field(outcome: Result<Done, Refusal>) -> Option<String> {
    outcome.unwrap_err().field
}

fn of(session: &str) -> Values {
    Values::new().with("session", session)
}

#[test]
fn viewer_who_tells_too_few_ticks_is_answered_and_each_withdraws() {
    let mut street = Street::new();
    let offer = street.offer();
    let checked = street.viewer("check-offer", &Values::new().with_file("offer", offer.clone())).unwrap();
    assert_eq!(shown(&checked, "To prepay"), "6.30 Crown");
    let values = of(&shown(&checked, "Session")).with_file("offer", offer).with("asset", street.asset);
    let values = values.with("at-most", "6.30");
    let opened = street.viewer("open", &values).unwrap();
    let session = shown(&opened, "Session");
    assert_eq!((shown(&opened, "Prepaid"), street.balances()), ("6.30 Crown".to_owned(), [370, 0]));

    // Off the ledger; the provider's meter takes the files in any order, also one twice.
    let [low, high] = [10, 42].map(|ticks| {
        let signed = street.viewer("sign-ticks", &of(&session).with("ticks", ticks)).unwrap();
        assert!(signed.accepted.is_none());
        only_file(&signed)
    });
    let values = of(&session).with_files("signed", vec![high.clone(), low, high]).with("credit", 3);
    let metered = street.provider("check-ticks", &values).unwrap();
    assert_eq!((shown(&metered, "Ticks signed"), shown(&metered, "Stream until tick")), ("42".into(), "45".into()));
    let kept = only_file(&metered);

    let closed = street.viewer("close", &of(&session).with("ticks", 10)).unwrap();
    assert_eq!(shown(&closed, "For the provider"), "0.70 Crown");
    assert!(matches!(row(&street.provider("my-sessions", &Values::new()).unwrap())[3], Value::Time(_)));
    assert_eq!(field(street.viewer("sign-ticks", &of(&session).with("ticks", 43))), Some("session".into()));
    street.provider("claim", &of(&session).with_file("signed", kept)).unwrap();
    assert_eq!(field(street.provider("withdraw", &of(&session))), Some("session".into()));
    street.stage.advance(DISPUTE);
    assert_eq!(street.stage_of(&session), SessionStage::Settled { ticks: 42 });

    let due = row(&street.viewer("my-sessions", &Values::new()).unwrap());
    assert!(matches!(&due[7], Value::Text(amount) if amount == "3.36 Crown"));
    let paid = street.provider("withdraw", &of(&session)).unwrap();
    assert_eq!(shown(&paid, "Withdrawn"), "2.94 Crown");
    street.viewer("withdraw", &of(&session)).unwrap();
    assert_eq!(street.balances(), [706, 294]);
    assert_eq!(field(street.viewer("withdraw", &of(&session))), Some("session".into()));

    // The next keys are others than those of this session.
    let next = street.viewer("viewer-keys", &Values::new()).unwrap();
    assert_eq!(shown(&next, "Number of the keys"), "2");
}

#[test]
fn both_settle_at_once_only_what_both_have_written_down() {
    let mut street = Street::new();
    let session = street.open();
    let proposal = only_file(&street.provider("propose-end", &of(&session).with("ticks", 50)).unwrap());
    let agree = |ticks: u32| of(&session).with("ticks", ticks).with_file("proposal", proposal.clone());
    assert_eq!(field(street.viewer("agree-end", &agree(49))), Some("ticks".into()));
    assert_eq!(field(street.provider("agree-end", &agree(50))), Some("proposal".into()));
    assert_eq!(field(street.stranger("agree-end", &agree(50))), Some("session".into()));
    assert_eq!(street.stage_of(&session), SessionStage::Open);
    street.viewer("agree-end", &agree(50)).unwrap();
    assert_eq!(street.stage_of(&session), SessionStage::Settled { ticks: 50 });
    street.provider("withdraw", &of(&session)).unwrap();
    assert_eq!(street.balances(), [370, 350]);
}

#[test]
fn offers_are_made_and_taken_only_as_they_are_meant() {
    let mut street = Street::new();
    let order = street.order();
    for (wrong, text) in [
        ("viewer", "12".to_owned()),
        ("asset", "00".repeat(32)),
        ("rate", "0.071".to_owned()),
        ("ticks", "100000".to_owned()),
        ("dispute-minutes", "0".to_owned()),
    ] {
        assert_eq!(field(street.provider("offer", &order.clone().with(wrong, text))).as_deref(), Some(wrong));
    }
    let own =
        shown(&street.provider("viewer-keys", &Values::new().with("number", 0)).unwrap(), "Keys for the provider");
    assert_eq!(field(street.provider("offer", &order.clone().with("viewer", own))).as_deref(), Some("viewer"));

    let offer = only_file(&street.provider("offer", &order).unwrap());
    let [cheap, honest] = ["6.29", "6.30"].map(|most| street.take(&offer, most));
    assert_eq!(field(street.viewer("open", &cheap)).as_deref(), Some("at-most"));
    assert_eq!(field(street.stranger("open", &honest)).as_deref(), Some("offer"));
    let mut altered = offer;
    *altered.bytes.last_mut().unwrap() ^= 1;
    assert_eq!(field(street.viewer("open", &honest.clone().with_file("offer", altered))).as_deref(), Some("offer"));
    // More than she has.
    let dear = only_file(&street.provider("offer", &order.with("rate", "1.00").with("public", "yes")).unwrap());
    let values = street.take(&dear, "90");
    let refusal = street.viewer("open", &values).unwrap_err();
    assert_eq!(refusal.field, None);
    assert!(refusal.message.contains("10.00 Crown") && refusal.message.contains("90.00 Crown"));
    street.stage.advance(7 * 86_400);
    assert_eq!(field(street.viewer("open", &honest)).as_deref(), Some("offer"));
}

#[test]
fn nobody_prepays_by_another_offer_than_was_checked_or_in_another_asset_than_was_meant() {
    let mut street = Street::new();
    let order = street.order();
    let honest = only_file(&street.provider("offer", &order).unwrap());
    let checked = street.viewer("check-offer", &Values::new().with_file("offer", honest.clone())).unwrap();
    let session = shown(&checked, "Session");
    // The same price, on other terms: how long a tick is, until when, how much time there is to answer, who provides.
    for (term, lie) in [("tick-seconds", 1), ("within-days", 1), ("dispute-minutes", 43_200), ("number", 7)] {
        let swapped = only_file(&street.provider("offer", &order.clone().with(term, lie)).unwrap());
        let values = street.take(&swapped, "6.30").with("session", &session);
        assert_eq!(field(street.viewer("open", &values)).as_deref(), Some("session"), "{term}");
    }
    // Another asset of the same name, whose units are worth more.
    let notes = [(street.viewer.address(0), NoteValue(1_000))];
    let twin = street.stage.issue(&SigningKey::from_bytes(&[4; 32]), ("Crown", 0), &notes).unwrap();
    let dear = order.clone().with("asset", twin).with("rate", 1).with("ticks", 6);
    let dear = only_file(&street.provider("offer", &dear).unwrap());
    let values = street.take(&dear, "6.30");
    assert_eq!(field(street.viewer("open", &values)).as_deref(), Some("asset"));
    assert_eq!((street.balances(), street.stage.balance(&street.viewer, twin).unwrap()), ([1_000, 0], 1_000));
    // What was prepaid for is shown in full.
    let values = street.take(&honest, "6.30");
    let opened = street.viewer("open", &values).unwrap();
    for label in ["Session", "Provider", "Price of a tick", "Length of a tick, in seconds", "Prepaid ticks", "Asset"] {
        assert_eq!(shown(&opened, label), shown(&checked, label), "{label}");
    }
    assert_eq!(shown(&opened, "To show a higher tick, in seconds"), DISPUTE.to_string());
}

#[test]
fn ticks_that_the_viewer_did_not_sign_are_neither_counted_nor_claimed() {
    let mut street = Street::new();
    let session = street.open();
    let id: SessionId = session.parse().unwrap();
    let forger = StreamingKeys::of_seed(&street.provider.seed, 0);
    let tick = |keys: &StreamingKeys, id, ticks| File {
        name: "a.tick".into(),
        bytes: files::encode(&SignedTick::new(keys, id, ticks)),
    };
    let viewer = StreamingKeys::of_seed(&street.viewer.seed, 1);
    for lie in [tick(&forger, id, 80), tick(&viewer, SessionId([7; 32]), 80), tick(&viewer, id, 91)] {
        let values = of(&session).with_file("signed", lie);
        assert_eq!(field(street.provider("check-ticks", &values)).as_deref(), Some("signed"));
        assert_eq!(field(street.provider("claim", &values)).as_deref(), Some("signed"));
    }
    let honest = of(&session).with_file("signed", tick(&viewer, id, 80));
    assert_eq!(field(street.viewer("claim", &honest)).as_deref(), Some("session"));
    assert_eq!(field(street.viewer("sign-ticks", &of(&session).with("ticks", 91))).as_deref(), Some("ticks"));
    assert_eq!(field(street.provider("close", &of(&session).with("ticks", 0))).as_deref(), Some("session"));
    assert_eq!(street.stage_of(&session), SessionStage::Open);
    street.provider("claim", &honest).unwrap();
    assert!(matches!(street.stage_of(&session), SessionStage::Closing { ticks: 80, .. }));
}

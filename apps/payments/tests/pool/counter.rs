//! What every desk has in common: what is filled in is checked before a desk sees it, and notes that were set aside for something
//! that is not done are free again.

use rand_core::OsRng;
use tabella_desk::{Choice, Desk, Field, Form, Kind, Outcome, Stop, Values, Words, Work, words};
use tabella_payments::holder::{Next, PaymentOrder};
use tabella_protocol::{
    note::{AssetId, NoteValue},
    note_encryption::Memo,
};
use tabella_prover::builder::TransactionBuilder;
use tabella_stage::{Person, Stage};
use tabella_verifier::{log::Origin, state::standard_applications};

use crate::scene::{NOW, time};

const ANYBODY: Words = words("Anybody", "누구나");
const SIDES: &[Choice] =
    &[Choice { id: "buy", label: words("Buy", "사기") }, Choice { id: "sell", label: words("Sell", "팔기") }];

const fn form(id: &'static str, fields: &'static [Field]) -> Form {
    let text = words("Try", "시도");
    Form { id, role: ANYBODY, title: text, about: text, fields, proves: false }
}

const ASSET: Field = Field::new("asset", words("Asset", "자산"), Kind::Asset);

const FORMS: &[Form] = &[
    form(
        "ask",
        &[
            Field::new("number", words("Number", "수"), Kind::Number { least: 2, most: 9 }),
            Field::new("side", words("Side", "쪽"), Kind::Choice { of: SIDES }).optional(),
            Field::new("sure", words("Sure", "확실"), Kind::Flag),
        ],
    ),
    form("refuse", &[ASSET]),
    form("first", &[ASSET]),
];

/// Sets notes aside, and then does something else.
struct Counter;

impl Desk for Counter {
    fn application(&self) -> &'static str {
        "counter"
    }

    fn forms(&self) -> &'static [Form] {
        FORMS
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        if form == "ask" {
            return Ok(Outcome::new());
        }
        let asset = values.asset("asset", work.state.assets())?.0;
        if work.holder.wallet().unspent().any(|note| note.note().value == NoteValue(4)) {
            // What was to come first is on the ledger.
            return Ok(Outcome::new());
        }
        let to = work.holder.wallet().address(0);
        let order = |amount| PaymentOrder { to, asset, amount: NoteValue(amount), memo: Memo::empty() };
        let before = work.holder.reserved(work.now).len();
        let _set_aside = work.ready_of(&asset, |holder, at| holder.prepare_send(at, &order(5), &mut OsRng))?;
        assert_eq!(work.holder.reserved(work.now).len(), before + 1);
        if form == "refuse" {
            return Err(Stop::at("asset", "not today"));
        }
        let first = work.ready_of(&asset, |holder, at| holder.prepare_send(at, &order(4), &mut OsRng))?;
        let mut builder = TransactionBuilder::new(work.state.id());
        builder.add(first);
        Err(Stop::First(Box::new(work.prove(builder.build()?, Vec::new())?)))
    }
}

struct Scene {
    stage: Stage,
    ada: Person,
    asset: AssetId,
    _folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = Origin::new("ledger.test").unwrap();
        let mut stage = Stage::new(&folder.path().join("ledger"), name, standard_applications(), time(NOW)).unwrap();
        let ada = Person::new("Ada", &mut OsRng);
        let notes = [(ada.address(0), NoteValue(7)), (ada.address(1), NoteValue(6))];
        let asset = stage.issue(&ada.key, ("Coin", 0), &notes).unwrap();
        Self { stage, ada, asset, _folder: folder }
    }

    /// The field at which a form is refused, and why.
    #[track_caller]
    fn refused(&mut self, form: &str, values: &Values) -> (Option<String>, String) {
        let refusal = self.stage.hand_in(&mut self.ada, &Counter, form, values).unwrap().unwrap_err();
        (refusal.field, refusal.message)
    }

    fn reserved(&self) -> usize {
        self.ada.holder.reserved(self.stage.now().unwrap()).len()
    }
}

#[test]
fn what_is_filled_in_wrongly_never_comes_to_a_desk() {
    let mut scene = Scene::new();
    let good = Values::new().with("number", 2);
    assert!(scene.stage.hand_in(&mut scene.ada, &Counter, "ask", &good).unwrap().is_ok());
    let all = Values::new().with("number", 9).with("side", "sell").with("sure", "yes");
    assert!(scene.stage.hand_in(&mut scene.ada, &Counter, "ask", &all).unwrap().is_ok());
    for number in ["1", "10", "-3", "2.5", "two", "18446744073709551616"] {
        let (field, message) = scene.refused("ask", &Values::new().with("number", number));
        assert_eq!(field.as_deref(), Some("number"), "{number}: {message}");
    }
    assert_eq!(scene.refused("ask", &Values::new().with("number", "  ")).0.as_deref(), Some("number"));
    assert_eq!(scene.refused("ask", &good.clone().with("side", "both")).0.as_deref(), Some("side"));
    let (field, message) = scene.refused("ask", &good.clone().with("price", 1));
    assert_eq!(field, None);
    assert!(message.contains("price"), "{message}");
    let (field, message) = scene.refused("asks", &good);
    assert_eq!(field, None);
    assert!(message.contains("asks"), "{message}");
}

#[test]
fn notes_of_what_is_not_done_are_free_again() {
    let mut scene = Scene::new();
    let values = Values::new().with("asset", scene.asset);
    assert_eq!(scene.refused("refuse", &values).0.as_deref(), Some("asset"));
    assert_eq!(scene.reserved(), 0);
    // What an offer elsewhere has set aside stays set aside.
    scene.ada.read(&scene.stage).unwrap();
    let to = scene.ada.address(0);
    let order = PaymentOrder { to, asset: scene.asset, amount: NoteValue(5), memo: Memo::empty() };
    let at = scene.stage.moment().unwrap();
    let Next::Transfer(_) = scene.ada.holder.prepare_send(&at, &order, &mut OsRng).unwrap() else { panic!("a merge") };
    assert_eq!(scene.reserved(), 1);
    assert_eq!(scene.refused("refuse", &values).0.as_deref(), Some("asset"));
    assert_eq!(scene.reserved(), 1);
}

#[test]
fn what_must_come_first_is_submitted_and_the_form_handed_in_again() {
    let mut scene = Scene::new();
    let before = scene.stage.ledger.entries();
    let values = Values::new().with("asset", scene.asset);
    let done = scene.stage.hand_in(&mut scene.ada, &Counter, "first", &values).unwrap().unwrap();
    assert!(done.accepted.is_none());
    assert_eq!(scene.stage.ledger.entries(), before + 1);
    // Nor is the note set aside that the first transaction does not spend.
    assert_eq!(scene.reserved(), 0);
}

//! What every desk has in common: what is filled in is checked before a desk sees it, and notes that were set aside for something
//! that is not done are free again; what waits is given up for good.

use rand_chacha::ChaCha20Rng;
use rand_core::OsRng;
use tabella_desk::{Choice, Desk, Field, Form, Kind, Outcome, ProofFailed, Stop, Value, Values, Words, Work, words};
use tabella_payments::{
    holder::{Holder, Next, PaymentOrder},
    log::{LogError, read_entries},
};
use tabella_protocol::{
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    transaction::Transaction,
};
use tabella_prover::builder::{ProvingEngine as _, ProvingJob, TransactionBuilder};
use tabella_stage::{Person, Stage, StageError};
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
    form("offer", &[ASSET]),
    form("offer-both", &[ASSET]),
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
        if !form.starts_with("offer") {
            work.ready_of(&asset, |holder, at| holder.prepare_send(at, &order(5), &mut OsRng))?;
            assert_eq!(work.holder.reserved(work.now).len(), before + 1);
        }
        if form == "refuse" {
            return Err(Stop::at("asset", words("not today", "오늘은 안 됩니다")));
        }
        let amount = match form {
            "offer" => 5,
            "offer-both" => 10,
            _ => 4,
        };
        let transfer = work.ready_of(&asset, |holder, at| holder.prepare_send(at, &order(amount), &mut OsRng))?;
        let mut builder = TransactionBuilder::new(work.state.id());
        builder.add(transfer);
        let signed = work.prove(builder.build()?, Vec::new())?;
        if form.starts_with("offer") {
            // Whoever is given the file can have it executed.
            return Ok(Outcome::new().give("offer", borsh::to_vec(&signed)?));
        }
        Err(Stop::First(Box::new(signed)))
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
        let refusal = self.stage.refused(&mut self.ada, &Counter, form, values);
        assert!(refusal.field.is_none() || refusal.korean.is_some(), "whoever fills a form in reads why: {refusal:?}");
        (refusal.field, refusal.message)
    }

    #[track_caller]
    fn done(&mut self, form: &str, values: &Values) -> Outcome {
        self.stage.done(&mut self.ada, &Counter, form, values).outcome
    }

    /// A transaction of 5 that somebody else was given, signed.
    fn offer(&mut self) -> Transaction {
        self.offer_of("offer")
    }

    fn offer_of(&mut self, form: &str) -> Transaction {
        let offer = self.done(form, &Values::new().with("asset", self.asset)).files.remove(0);
        borsh::from_slice(&offer.bytes).unwrap()
    }

    /// Hands in giving up, and leaves what is made for it to the caller.
    fn give_up(&mut self, note: &str) -> Transaction {
        self.ada.read(&self.stage).unwrap();
        let mut log = Vec::new();
        read_entries::<LogError>(&self.stage.ledger, |_, entry| {
            log.push(entry);
            Ok(())
        })
        .unwrap();
        let parameters = self.stage.parameters();
        let prove = |job: ProvingJob<'_>, rng: &mut ChaCha20Rng| {
            parameters.prove(job, rng).map_err(|error| ProofFailed(error.to_string()))
        };
        let mut work = Work {
            seed: &self.ada.seed,
            holder: &mut self.ada.holder,
            state: self.stage.ledger.state(),
            log: &log,
            keys: self.stage.keys(),
            checkpoint: None,
            now: self.stage.now().unwrap(),
            engine: &prove,
        };
        let outcome = Counter.hand_in("give-up", &Values::new().with("note", note), &mut work).unwrap();
        outcome.transaction.unwrap()
    }

    /// The notes that are not set aside.
    fn others(&mut self) -> Vec<(String, String)> {
        let seen = self.done("waiting", &Values::new());
        let Value::Table { rows, .. } = &seen.shown[1].value else { panic!("a table") };
        let row = |row: &Vec<Value>| match row.as_slice() {
            [Value::Code(note), Value::Text(amount)] => (note.clone(), amount.clone()),
            other => panic!("{other:?}"),
        };
        rows.iter().map(row).collect()
    }

    /// The notes that are set aside: their names and amounts.
    fn waiting(&mut self) -> Vec<(String, String)> {
        let seen = self.done("waiting", &Values::new());
        let Value::Table { rows, .. } = &seen.shown[0].value else { panic!("a table") };
        let row = |row: &Vec<Value>| match row.as_slice() {
            [Value::Code(note), Value::Text(amount), Value::Time(until)] if *until > NOW => {
                (note.clone(), amount.clone())
            }
            other => panic!("{other:?}"),
        };
        rows.iter().map(row).collect()
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

#[test]
fn what_waits_is_seen_and_given_up_so_that_nobody_completes_it() {
    let mut scene = Scene::new();
    assert!(scene.waiting().is_empty());
    let offer = scene.offer();
    let (note, amount) = scene.waiting().remove(0);
    assert_eq!((amount.as_str(), scene.reserved()), ("6 Coin", 1));
    // A note that is not there is not given up.
    for other in [scene.asset.to_string(), "01".repeat(32)] {
        let (field, message) = scene.refused("give-up", &Values::new().with("note", other));
        assert_eq!(field.as_deref(), Some("note"), "{message}");
    }
    scene.done("give-up", &Values::new().with("note", &note));
    assert!(scene.waiting().is_empty());
    assert_eq!(scene.stage.balance(&scene.ada, scene.asset).unwrap(), 13);
    // Whoever kept the offer is too late.
    assert!(matches!(scene.stage.submit(offer), Err(StageError::Refused(_))));
    // And who gives up what was completed is told so.
    let offer = scene.offer();
    let (note, _) = scene.waiting().remove(0);
    scene.stage.submit(offer).unwrap();
    let (field, message) = scene.refused("give-up", &Values::new().with("note", note));
    assert_eq!(field.as_deref(), Some("note"));
    assert!(message.contains("completed"), "{message}");
}

#[test]
fn refused_giving_up_leaves_what_waits_as_it_was() {
    let mut scene = Scene::new();
    scene.offer();
    let waiting = scene.waiting();
    let reservations = scene.ada.holder.wallet().reservations().to_vec();
    // The node took it not, as its page is told: the offer is still good, and its note still set aside for it.
    scene.stage.advance(60);
    let refused = scene.give_up(&waiting[0].0);
    assert_eq!(scene.ada.holder.wallet().reservations().len(), 2);
    scene.ada.holder.release(&refused.effects);
    assert_eq!(scene.ada.holder.wallet().reservations(), reservations);
    assert_eq!(scene.waiting(), waiting);
    // A note that was free before is free again.
    let (free, _) = scene.others().remove(0);
    let refused = scene.give_up(&free);
    assert_eq!(scene.reserved(), 2);
    scene.ada.holder.release(&refused.effects);
    assert_eq!((scene.reserved(), scene.waiting()), (1, waiting));
}

#[test]
fn what_was_signed_before_a_page_was_opened_is_given_up_by_any_note() {
    let mut scene = Scene::new();
    let offer = scene.offer();
    let (note, _) = scene.waiting().remove(0);
    // A page that is opened again has read the ledger, and knows nothing of the offer.
    scene.ada.holder = Holder::new(&scene.ada.seed, 0);
    assert!(scene.waiting().is_empty());
    let others = scene.others();
    assert_eq!(others.len(), 2);
    assert!(others.contains(&(note.clone(), "6 Coin".into())));
    scene.done("give-up", &Values::new().with("note", &note));
    assert!(!scene.others().iter().any(|(other, _)| *other == note));
    assert_eq!(scene.stage.balance(&scene.ada, scene.asset).unwrap(), 13);
    assert!(matches!(scene.stage.submit(offer), Err(StageError::Refused(_))));
}

#[test]
fn giving_up_one_of_two_notes_frees_the_other() {
    let mut scene = Scene::new();
    let offer = scene.offer_of("offer-both");
    let waiting = scene.waiting();
    assert_eq!(waiting.len(), 2);
    // Refused: both still wait.
    let refused = scene.give_up(&waiting[0].0);
    scene.ada.holder.release(&refused.effects);
    assert_eq!(scene.waiting(), waiting);
    scene.done("give-up", &Values::new().with("note", &waiting[0].0));
    assert_eq!((scene.waiting(), scene.reserved()), (Vec::new(), 0));
    assert!(scene.ada.holder.wallet().reservations().is_empty());
    assert!(matches!(scene.stage.submit(offer), Err(StageError::Refused(_))));
    assert_eq!(scene.stage.balance(&scene.ada, scene.asset).unwrap(), 13);
}

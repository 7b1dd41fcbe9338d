//! The desk: a stone from its registry to its sale, by forms alone.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_desk::{File, Outcome, Refusal, Values};
use tabella_payments::viewing::ViewingKey;
use tabella_protocol::{
    keys::AddressKind,
    note::{AssetId, NoteValue},
};
use tabella_provenance::{
    custody::Custody,
    desk::ProvenanceDesk,
    rules::{Provenance, state::StoneState},
};
use tabella_stage::{
    Done, Person, Stage,
    testing::{rows, shown},
};
use tabella_trade::{exchange::Offer, files::TradeFile as _};
use tabella_verifier::{application::Catalogue, files, log::Origin};

use crate::scene::{NOW, time};

const STONE: &str = "inscription: GIA 1\nlaboratory: GIA\ncertificate: 1\ncarat: 1.2\ncut: Ideal\n\
                     length: 6.41\nwidth: 6.43\nheight: 3.97";

struct Desk {
    stage: Stage,
    registry: String,
    marks: File,
    _folder: tempfile::TempDir,
}

impl Desk {
    /// A registry, and its registrar.
    fn new() -> (Self, Person) {
        let folder = tempfile::tempdir().unwrap();
        let applications = Catalogue::standard().with(Provenance::default()).unwrap().applications();
        let (path, name) = (folder.path().join("ledger"), Origin::new("ledger.test").unwrap());
        let stage = Stage::new(&path, name, applications, time(NOW)).unwrap();
        let mut registrar = person("Registrar");
        let mut desk = Self { stage, registry: String::new(), marks: file(""), _folder: folder };
        let named = Values::new().with("name", "Diamonds of the world");
        assert_eq!(desk.refused(&mut registrar, "found", &named.clone().with("name", "x".repeat(129))).0, "name");
        let (outcome, marks) = desk.given(&mut registrar, "found", &named);
        (desk.registry, desk.marks) = (shown(&outcome, "Registry"), marks);
        (desk, registrar)
    }

    #[track_caller]
    fn done(&mut self, by: &mut Person, form: &str, values: &Values) -> Done {
        self.stage.done(by, &ProvenanceDesk, form, values)
    }

    /// The outcome, and the first file that it gives.
    #[track_caller]
    fn given(&mut self, by: &mut Person, form: &str, values: &Values) -> (Outcome, File) {
        let mut outcome = self.done(by, form, values).outcome;
        let file = outcome.files.remove(0);
        (outcome, file)
    }

    /// At which field it is refused, and why.
    #[track_caller]
    fn refused(&mut self, by: &mut Person, form: &str, values: &Values) -> (String, String) {
        let Refusal { field, message, .. } = self.stage.refused(by, &ProvenanceDesk, form, values);
        (field.unwrap_or_default(), message)
    }

    fn key(&mut self, of: &mut Person, role: &str) -> String {
        shown(&self.done(of, "keys", &Values::new()).outcome, role)
    }

    fn authorise(&mut self, registrar: &mut Person, issuer: &mut Person) {
        let key = self.key(issuer, "As issuer");
        let values = Values::new().with("registry", &self.registry).with("issuer", key).with("name", issuer.name());
        self.done(registrar, "authorise", &values);
    }

    /// The form of a registration.
    fn stone(&mut self, owner: &mut Person, attributes: &str) -> Values {
        let holder = self.key(owner, "As holder");
        let values = Values::new().with("registry", &self.registry).with_file("marks", self.marks.clone());
        values.with("kind", "diamond").with("attributes", attributes).with("holder", holder)
    }

    fn state(&self, asset: &AssetId) -> StoneState {
        *self.stage.ledger.state().application::<Provenance>().unwrap().stone(asset).unwrap()
    }

    fn holds(&self, person: &Person, asset: AssetId) -> u128 {
        self.stage.balance(person, asset).unwrap()
    }
}

fn person(name: &str) -> Person {
    Person::new(name, &mut OsRng)
}

fn file(text: &str) -> File {
    File { name: "file".into(), bytes: text.into() }
}

fn asset(text: &str) -> AssetId {
    AssetId::from_bytes(&hex::decode(text).unwrap().try_into().unwrap()).unwrap()
}

/// The second column of a table, by the first.
#[track_caller]
fn said(outcome: &Outcome, label: &str, of: &str) -> String {
    let row = rows(outcome, label).into_iter().find(|row| row[0] == of);
    row.unwrap().swap_remove(1)
}

/// A stone of Ada's, registered by a laboratory: everybody, its id and its certificate.
fn registered() -> (Desk, [Person; 3], String, File) {
    let (mut desk, mut registrar) = Desk::new();
    let [mut laboratory, mut ada] = ["Antwerp", "Ada"].map(person);
    desk.authorise(&mut registrar, &mut laboratory);
    let values = desk.stone(&mut ada, STONE);
    let (outcome, certificate) = desk.given(&mut laboratory, "register", &values);
    let thing = shown(&outcome, "Thing");
    (desk, [registrar, laboratory, ada], thing, certificate)
}

/// The same, and its note is made.
fn claimed() -> (Desk, [Person; 3], String, File) {
    let (mut desk, [registrar, mut laboratory, mut ada], thing, certificate) = registered();
    let (_, claim) = desk.given(&mut ada, "claim", &Values::new().with("things", &thing));
    let claim = Values::new().with_file("claim", claim);
    let digest = shown(&desk.done(&mut laboratory, "review-claim", &claim).outcome, "Digest");
    desk.done(&mut laboratory, "grant", &claim.with("digest", digest));
    (desk, [registrar, laboratory, ada], thing, certificate)
}

#[test]
fn stone_is_registered_once_read_and_claimed_by_forms() {
    let (mut desk, mut registrar) = Desk::new();
    let [mut laboratory, mut ada, mut bo] = ["Antwerp", "Ada", "Bo"].map(person);
    let (_, again) = desk.given(&mut registrar, "marks", &Values::new().with("registry", &desk.registry));
    assert_eq!(again.bytes, desk.marks.bytes);
    // Nobody but the registrar authorises, and nobody registers before.
    let key = desk.key(&mut laboratory, "As issuer");
    let values = Values::new().with("registry", &desk.registry).with("issuer", key).with("name", "Antwerp");
    assert_eq!(desk.refused(&mut laboratory, "authorise", &values).0, "number");
    let stone = desk.stone(&mut ada, STONE);
    assert_eq!(desk.refused(&mut laboratory, "register", &stone).0, "number");
    desk.done(&mut registrar, "authorise", &values);

    let (_, other_marks) = desk.given(&mut bo, "found", &Values::new().with("name", "Another"));
    assert_eq!(desk.refused(&mut laboratory, "register", &stone.clone().with_file("marks", other_marks)).0, "marks");
    for wrong in ["charm: 1", "carat", "carat: heavy", "carat: 1", "inscription: GI\u{410} 1", "cut: A\ncut: B"] {
        let (field, message) = desk.refused(&mut laboratory, "register", &stone.clone().with("attributes", wrong));
        assert_eq!(field, "attributes", "{wrong}: {message}");
    }
    let (outcome, certificate) = desk.given(&mut laboratory, "register", &stone);
    let thing = shown(&outcome, "Thing");
    assert!(!desk.state(&asset(&thing)).is_claimed);
    let again = stone.with("attributes", "inscription: g1a-1\ncarat: 3");
    let (field, message) = desk.refused(&mut laboratory, "register", &again);
    assert!(field == "attributes" && message.contains(&thing), "{message}");

    let read = desk.done(&mut ada, "read", &Values::new().with_file("certificate", certificate.clone())).outcome;
    assert_eq!(
        (shown(&read, "Thing"), said(&read, "What the certificate says", "carat")),
        (thing.clone(), "1.200".into())
    );
    let mut forged = certificate;
    *forged.bytes.last_mut().unwrap() ^= 1;
    let (field, message) = desk.refused(&mut ada, "read", &Values::new().with_file("certificate", forged));
    assert!(field == "certificate" && message.contains("altered or forged"), "{message}");

    // Claimed by the holder, granted by the issuer, and by nobody else; once.
    let mine = desk.done(&mut ada, "mine", &Values::new()).outcome;
    assert_eq!(shown(&mine, "Things whose notes I can ask for"), "1");
    let things = Values::new().with("things", &thing);
    assert_eq!(desk.refused(&mut bo, "claim", &things).0, "number");
    assert_eq!(desk.refused(&mut ada, "claim", &Values::new().with("things", "7".repeat(64))).0, "things");
    let (_, claim) = desk.given(&mut ada, "claim", &things);
    let claim = Values::new().with_file("claim", claim);
    let looked = desk.done(&mut laboratory, "review-claim", &claim).outcome;
    assert_eq!(shown(&looked, "Things"), "1");
    assert_eq!(desk.refused(&mut laboratory, "grant", &claim).0, "digest");
    let claim = claim.with("digest", shown(&looked, "Digest"));
    assert_eq!(desk.refused(&mut bo, "grant", &claim).0, "claim");
    // Another file than the one that was looked at.
    let (_, swapped) = desk.given(&mut ada, "claim", &things);
    let (field, message) = desk.refused(&mut laboratory, "grant", &claim.clone().with_file("claim", swapped));
    assert!(field == "digest" && message.contains("another claim"), "{message}");
    let granted = desk.done(&mut laboratory, "grant", &claim).outcome;
    assert_eq!(shown(&granted, "Digest"), shown(&looked, "Digest"));
    assert_eq!(desk.refused(&mut ada, "claim", &things).0, "things");
    let mine = desk.done(&mut ada, "mine", &Values::new()).outcome;
    assert_eq!((shown(&mine, "Things in this wallet"), desk.holds(&ada, asset(&thing))), ("1".into(), 1));
}

#[test]
fn attributes_are_shown_to_the_buyer_who_asked_and_a_thief_is_stopped() {
    let (mut desk, [mut registrar, mut laboratory, mut ada], thing, certificate) = claimed();
    let mut bo = person("Bo");
    let question = shown(&desk.done(&mut bo, "ask", &Values::new()).outcome, "Question");
    let asked = Values::new().with("question", question).with("for", "Bo");
    let present = asked.clone().with_file("certificate", certificate);
    assert_eq!(desk.refused(&mut ada, "present", &present).0, "open");
    assert_eq!(desk.refused(&mut ada, "present", &present.clone().with("open", "charm")).0, "open");
    assert_eq!(desk.refused(&mut ada, "present", &present.clone().with("at-least", "cut=1")).0, "at-least");
    let (_, message) = desk.refused(&mut ada, "present", &present.clone().with("at-least", "carat=2"));
    assert!(message.contains("not within these bounds"), "{message}");
    let (_, shown_file) = desk.given(&mut ada, "present", &present.with("open", "cut").with("at-least", "carat=1"));
    let check = asked.with_file("presentation", shown_file);
    let checked = desk.done(&mut bo, "check", &check).outcome;
    assert_eq!(said(&checked, "What is shown", "cut"), "Ideal");
    assert_eq!(said(&checked, "What is shown", "carat"), "≥ 1.000 ct");
    assert_eq!(shown(&checked, "Thing"), thing);
    assert_eq!(desk.refused(&mut bo, "check", &check.with("for", "Insurer")).0, "presentation");

    // Reported by the issuer, lifted by the registrar; a stranger does neither.
    let act = Values::new().with("thing", &thing);
    assert_eq!(desk.refused(&mut bo, "report", &act).0, "number");
    assert_eq!(desk.refused(&mut laboratory, "lift", &act).0, "thing");
    desk.done(&mut laboratory, "report", &act);
    assert!(desk.state(&asset(&thing)).theft.is_some());
    let to = ada.address(0).encode(AddressKind::Payment);
    let buy = act.clone().with("price", "1").with("asset", "1".repeat(64)).with("to", to);
    let (field, message) = desk.refused(&mut bo, "buy", &buy);
    assert!(field == "thing" && message.contains("stolen"), "{message}");
    desk.done(&mut registrar, "lift", &act);
    assert!(desk.state(&asset(&thing)).theft.is_none());
}

#[test]
fn stone_is_sold_for_money_by_forms_and_its_custody_disclosed() {
    let (mut desk, [mut registrar, _, mut ada], thing, _) = claimed();
    let mut bo = person("Bo");
    let issuer = SigningKey::from_bytes(&[6; 32]);
    let notes = [(bo.address(0), NoteValue(60_000)), (bo.address(0), NoteValue(40_000))];
    let crown = desk.stage.issue(&issuer, ("Crown", 2), &notes).unwrap();
    let to = ada.address(0).encode(AddressKind::Payment);
    let buy = Values::new().with("thing", &thing).with("asset", crown).with("to", to);
    assert_eq!(desk.refused(&mut bo, "buy", &buy.clone().with("price", "1000.01")).0, "price");
    let outcome = desk.done(&mut bo, "buy", &buy.with("price", "900")).outcome;
    let [offer, copy] = outcome.files.as_slice() else { panic!("{:?}", outcome.files) };
    assert_eq!(shown(&outcome, "Price"), "900.00 Crown");

    // While they speak, others use the ledger: the pool of the payment grows.
    desk.stage.advance(60);
    let florin = desk.stage.issue(&issuer, ("Florin", 0), &[(registrar.address(0), NoteValue(7))]).unwrap();

    let looked = desk.done(&mut ada, "review-offer", &Values::new().with_file("offer", offer.clone())).outcome;
    assert_eq!(
        (shown(&looked, "Price"), shown(&looked, "The thing is in this wallet")),
        ("900.00 Crown".into(), "true".into())
    );
    assert_eq!(
        desk.refused(&mut registrar, "review-offer", &Values::new().with_file("offer", offer.clone())).0,
        "offer"
    );
    let sell = Values::new().with("thing", &thing).with("asset", crown).with_file("offer", offer.clone());
    assert_eq!(desk.refused(&mut ada, "sell", &sell.clone().with("at-least", "900.01")).0, "offer");
    // The same offer in another asset, for another thing, and for two of it.
    let honest = Offer::from_file(&offer.bytes).unwrap();
    let lies = [
        Offer { asset: florin, ..honest.clone() },
        Offer { wanted: florin, ..honest.clone() },
        Offer { quantity: NoteValue(2), ..honest.clone() },
    ];
    for lie in lies {
        let lie = File { name: "lie".into(), bytes: lie.to_file() };
        let lying = sell.clone().with("at-least", "900").with_file("offer", lie);
        let (field, message) = desk.refused(&mut ada, "sell", &lying);
        assert!(field == "offer" && message.contains("something else than this thing"), "{message}");
    }
    let (_, answer) = desk.given(&mut ada, "sell", &sell.clone().with("at-least", "900"));

    // Another wallet does not complete it, and nobody completes it twice.
    let complete = Values::new().with_file("copy", copy.clone()).with_file("answer", answer);
    assert_eq!(desk.refused(&mut registrar, "complete", &complete).0, "copy");
    // Nor does the desk of trade finance, which would not look whether the thing is stolen.
    let values = Values::new().with_file("copy", copy.clone()).with_file("answer", complete.files("answer")[0].clone());
    let refusal = desk.stage.hand_in(&mut bo, &tabella_trade::TradeDesk, "buy", &values).unwrap().unwrap_err();
    assert!(refusal.message.contains("another application"), "{refusal:?}");
    assert_ne!(honest.deliver_to, bo.address(0));
    assert!(desk.done(&mut bo, "complete", &complete).accepted.is_some());
    ada.read(&desk.stage).unwrap();
    let stone = asset(&thing);
    assert_eq!((desk.holds(&bo, stone), desk.holds(&ada, stone)), (1, 0));
    assert_eq!((desk.holds(&bo, crown), desk.holds(&ada, crown)), (10_000, 90_000));
    assert_eq!(desk.refused(&mut bo, "complete", &complete).0, "copy");
    assert_eq!(desk.refused(&mut ada, "sell", &sell.with("at-least", "900")).0, "thing");

    // Ada tells where the note was made, and to whom it went; somebody without a part discloses nothing.
    let act = Values::new().with("thing", &thing);
    assert_eq!(desk.refused(&mut registrar, "custody", &act).0, "thing");
    let (told, custody) = desk.given(&mut ada, "custody", &act);
    assert_eq!(
        (shown(&told, "Hand-overs disclosed"), shown(&told, "Hand-overs not disclosed")),
        ("2".into(), "0".into())
    );
    let read: Custody = files::decode(&custody.bytes).unwrap();
    assert_eq!((read.first, read.hand_overs.len()), (Some(ada.address(0)), 1));
    let whole = act.clone().with_file("custody", custody.clone());
    let history = desk.done(&mut registrar, "history", &whole).outcome;
    assert_eq!((shown(&history, "History"), shown(&history, "Hand-overs disclosed")), ("3".into(), "2".into()));
    let lie = Custody { first: Some(bo.address(0)), ..read };
    let lie = File { name: "lie".into(), bytes: files::encode(&lie) };
    assert_eq!(desk.refused(&mut registrar, "history", &act.clone().with_file("custody", lie)).0, "custody");
    // An insurer, by viewing keys: what came and went, or what came.
    let mut ines = person("Ines");
    let full = ada.holder.wallet().key().clone();
    let incoming = ViewingKey::Incoming(full.incoming().clone()).encode();
    let full = ViewingKey::Full(full).encode();
    let seen = desk.done(&mut ines, "sight", &act.clone().with("viewing-key", full.as_str())).outcome;
    assert_eq!((shown(&seen, "Seen by the key"), shown(&seen, "In this wallet now")), ("2".into(), "false".into()));
    let seen = desk.done(&mut ines, "sight", &act.clone().with("viewing-key", incoming.as_str())).outcome;
    assert_eq!(shown(&seen, "Seen by the key"), "1", "that it was made there, and not to whom it went");
    let nobody = ViewingKey::Full(registrar.holder.wallet().key().clone()).encode();
    for wrong in [nobody.as_str(), &full[..40], "tabview1"] {
        assert_eq!(desk.refused(&mut ines, "sight", &act.clone().with("viewing-key", wrong)).0, "viewing-key");
    }
    assert_eq!(desk.refused(&mut bo, "epcis", &whole.clone().with("base", "http://registry.example")).0, "base");
    let (events, _) = desk.given(&mut bo, "epcis", &whole.with("base", "https://registry.example"));
    assert_eq!(shown(&events, "Events"), "5");
}

#[test]
fn look_alike_of_another_issuer_is_approved_by_the_registrar_alone() {
    let (mut desk, [mut registrar, mut laboratory, mut ada], _, _) = registered();
    let mut mumbai = person("Mumbai");
    desk.authorise(&mut registrar, &mut mumbai);
    let twin = "inscription: IGI 2\nlength: 6.41\nwidth: 6.43\nheight: 3.97";
    let values = desk.stone(&mut ada, twin);
    // Nobody says that a stone was told apart from others without having been told from how many.
    for count in ["", "0", "2"] {
        let (field, message) = desk.refused(&mut mumbai, "register", &values.clone().with("told-apart", count));
        assert!(field == "told-apart" && message.contains("in the registry: 1"), "{message}");
    }
    let done = desk.done(&mut mumbai, "register", &values.with("told-apart", 1));
    assert!(done.accepted.is_none());
    assert_eq!(shown(&done.outcome, "Told apart from look-alikes"), "1");
    let batch = Values::new().with_file("batch", done.outcome.files[0].clone());
    let looked = desk.done(&mut registrar, "review-batch", &batch).outcome;
    assert_eq!((shown(&looked, "Issuer"), shown(&looked, "Of these, like others")), ("Mumbai".into(), "1".into()));
    assert_eq!(desk.refused(&mut registrar, "approve", &batch).0, "digest");
    let batch = batch.with("digest", shown(&looked, "Digest"));
    assert_eq!(desk.refused(&mut laboratory, "approve", &batch).0, "number");
    // Another stone in a file of the same name.
    let other = desk.stone(&mut ada, &twin.replace("IGI 2", "IGI 9")).with("told-apart", 1);
    let swapped = desk.done(&mut mumbai, "register", &other).outcome.files[0].clone();
    let (field, message) = desk.refused(&mut registrar, "approve", &batch.clone().with_file("batch", swapped));
    assert!(field == "digest" && message.contains("another batch"), "{message}");
    let approved = desk.done(&mut registrar, "approve", &batch);
    assert!(approved.accepted.is_some());
    for label in ["Digest", "Registry", "Issuer", "Things", "Of these, like others"] {
        assert_eq!(shown(&approved.outcome, label), shown(&looked, label), "{label}");
    }
    assert!(!desk.state(&asset(&shown(&done.outcome, "Thing"))).is_claimed);

    // Dismissed, it registers nothing.
    let key = desk.key(&mut mumbai, "As issuer");
    let dismiss = Values::new().with("registry", &desk.registry).with("issuer", key);
    assert_eq!(desk.refused(&mut laboratory, "dismiss", &dismiss).0, "number");
    desk.done(&mut registrar, "dismiss", &dismiss);
    assert_eq!(desk.refused(&mut registrar, "dismiss", &dismiss).0, "issuer");
    let another = desk.stone(&mut ada, "inscription: IGI 3");
    assert_eq!(desk.refused(&mut mumbai, "register", &another).0, "number");
}

#[test]
fn stone_that_nobody_has_measured_goes_to_the_registrar() {
    let (mut desk, [mut registrar, mut laboratory, mut ada], thing, _) = registered();
    let measured = desk.done(&mut ada, "history", &Values::new().with("thing", &thing)).outcome;
    assert_eq!(shown(&measured, "Registered with its measures"), "true");
    assert_eq!(shown(&measured, "Told apart from look-alikes"), "0");
    // The stone that is registered, under another inscription and certificate, and without what would be counted.
    let disguised = "inscription: ANT 77\nlaboratory: Antwerp\ncertificate: 77\ncarat: 1.2\ncut: Ideal";
    let values = desk.stone(&mut ada, disguised);
    let done = desk.done(&mut laboratory, "register", &values);
    assert!(done.accepted.is_none(), "an issuer alone registers nothing without its measures");
    assert_eq!(shown(&done.outcome, "Registered with its measures"), "false");
    let batch = Values::new().with_file("batch", done.outcome.files[0].clone());
    let looked = desk.done(&mut registrar, "review-batch", &batch).outcome;
    assert_eq!(
        (shown(&looked, "Of these, not measured"), shown(&looked, "Of these, like others")),
        ("1".into(), "0".into())
    );
    let batch = batch.with("digest", shown(&looked, "Digest"));
    assert_eq!(desk.refused(&mut laboratory, "approve", &batch).0, "number");
    assert!(desk.done(&mut registrar, "approve", &batch).accepted.is_some());
    let thing = shown(&done.outcome, "Thing");
    let seen = desk.done(&mut ada, "history", &Values::new().with("thing", &thing)).outcome;
    assert_eq!(shown(&seen, "Registered with its measures"), "false");
    assert!(shown(&seen, "Look-alikes").contains("Nobody has counted them"));
}

//! An issuer at the desk of assets: a key, issues, and what is refused where.

use rand_core::OsRng;
use tabella_desk::{AssetsDesk, File, Outcome, Values};
use tabella_payments::issuer::IssuerKey;
use tabella_protocol::{asset::AssetClass, note::AssetId};
use tabella_prover::keyfile::{self, Passphrase};
use tabella_stage::{
    Person, Stage,
    testing::{issuer_file, row, shown, written},
};
use tabella_verifier::{log::Origin, state::standard_applications};

use crate::scene::{NOW, time};

const PASSPHRASE: &str = "four words, drawn by lot";

struct Desk {
    stage: Stage,
    alice: Person,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = Origin::new("ledger.test").unwrap();
        let stage = Stage::new(&folder.path().join("ledger"), name, standard_applications(), time(NOW)).unwrap();
        Self { stage, alice: Person::new("Alice", &mut OsRng), _folder: folder }
    }

    #[track_caller]
    fn done(&mut self, form: &str, values: &Values) -> Outcome {
        self.stage.done(&mut self.alice, &AssetsDesk, form, values).outcome
    }

    #[track_caller]
    fn refused_at(&mut self, form: &str, values: &Values, field: &str) {
        self.stage.refused_at(&mut self.alice, &AssetsDesk, form, values, field);
    }

    fn balance(&self, asset: AssetId) -> u128 {
        self.stage.balance(&self.alice, asset).unwrap()
    }
}

fn signed(file: File) -> Values {
    Values::new().with("passphrase", PASSPHRASE).with_file("key", file)
}

fn asset_of(outcome: &Outcome) -> AssetId {
    let mut bytes = [0; 32];
    hex::decode_to_slice(shown(outcome, "Asset"), &mut bytes).unwrap();
    AssetId::from_bytes(&bytes).unwrap()
}

#[test]
fn key_that_the_desk_makes_opens_under_its_passphrase_alone() {
    let mut desk = Desk::new();
    let asked = |first: &str, again: &str| Values::new().with("passphrase", first).with("again", again);
    desk.refused_at("new-issuer", &asked("eleven char", "eleven char"), "passphrase");
    desk.refused_at("new-issuer", &asked(PASSPHRASE, "four words, drawn by hand"), "again");
    let made = desk.done("new-issuer", &asked(PASSPHRASE, PASSPHRASE));
    let [file] = made.files.as_slice() else { panic!("one file") };
    let key: IssuerKey = keyfile::open(&file.bytes, &Passphrase::new(PASSPHRASE.into())).unwrap();
    assert_eq!(shown(&made, "Issuer"), hex::encode(key.key().verifying_key().as_bytes()));
}

#[test]
fn asset_is_issued_in_parts_up_to_its_cap_and_sealed() {
    let mut desk = Desk::new();
    let (file, to) = (issuer_file(PASSPHRASE), desk.alice.address(0));
    let crown = signed(file.clone())
        .with("name", "Crown")
        .with("decimals", 2)
        .with("cap", "10.00")
        .with("class", "ordinary")
        .with("to", to)
        .with("amount", "4.00");
    for (field, lie) in [
        ("decimals", "19"),
        ("cap", "10.001"),
        ("cap", "0"),
        ("class", "rare"),
        ("name", "Cro\u{200b}wn"),
        ("to", "somebody"),
        ("amount", "10.01"),
        ("amount", "0"),
        ("amount", ""),
        ("to", ""),
        ("passphrase", "four words, drawn by hand"),
    ] {
        desk.refused_at("issue-new", &crown.clone().with(field, lie), field);
    }
    desk.refused_at("issue-new", &crown.clone().with("to", "").with("amount", ""), "to");
    let other_file = File { name: "issuer.age".into(), bytes: b"a letter".to_vec() };
    desk.refused_at("issue-new", &crown.clone().with_file("key", other_file), "key");

    let issued = desk.done("issue-new", &crown);
    let asset = asset_of(&issued);
    assert_eq!((shown(&issued, "Issued in all"), shown(&issued, "Cap")), ("4.00 Crown".into(), "10.00 Crown".into()));
    assert_eq!(desk.balance(asset), 400);
    desk.refused_at("issue-new", &crown, "name");

    let more = signed(file.clone()).with("asset", asset).with("to", to).with("amount", "5.00");
    desk.refused_at("issue-more", &more.clone().with_file("key", issuer_file(PASSPHRASE)), "asset");
    desk.refused_at("issue-more", &more.clone().with("amount", "6.01"), "amount");
    assert_eq!(shown(&desk.done("issue-more", &more), "Issued in all"), "9.00 Crown");
    assert_eq!(desk.balance(asset), 900);
    let seal = signed(file).with("asset", asset).with("seal", "yes");
    assert_eq!(shown(&desk.done("issue-more", &seal), "Sealed"), "true");
    desk.refused_at("issue-more", &more, "asset");
    let state = desk.stage.ledger.state().assets().get(&asset).unwrap();
    assert_eq!((state.issued, state.next, state.sealed), (900, 3, true));
}

#[test]
fn everybody_sees_what_was_issued() {
    let mut desk = Desk::new();
    let to = desk.alice.address(0);
    let house = signed(issuer_file(PASSPHRASE))
        .with("name", "House 7")
        .with("decimals", 0)
        .with("cap", 1)
        .with("class", "named")
        .with("to", to)
        .with("amount", 1)
        .with("seal", "yes");
    let asset = asset_of(&desk.done("issue-new", &house));
    let state = desk.stage.ledger.state().assets().get(&asset).unwrap();
    assert_eq!((state.description.class, state.sealed), (AssetClass::Named, true));
    assert_eq!(desk.balance(asset), 1);
    let seen = desk.done("assets", &Values::new());
    let texts: Vec<_> = row(&seen).iter().take(6).map(written).collect();
    assert_eq!(texts, ["House 7", "1", "1", "named", "sealed", asset.to_string().as_str()]);
}

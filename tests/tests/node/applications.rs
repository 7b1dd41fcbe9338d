use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use serde_json::{Value, json};
use tabella_catalogue::catalogue;
use tabella_market::{keys::MarketKeys, work::Registration};
use tabella_market_rules::work::{Holder as Share, Work, WorkId};
use tabella_payments::{
    holder::Holder,
    issuer::{next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    keys::Seed,
    note::{AssetId, NoteValue},
    transaction::Transaction,
};
use tabella_remittance::{
    RemittanceKeys,
    rules::{Corridor, CorridorId},
};
use tabella_verifier::{application::Shown, assets::Assets};

use crate::client::Running;

fn seed() -> Seed {
    Seed::new([1; 32])
}

fn issuer() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn described(name: &str, class: AssetClass) -> AssetDescription {
    AssetDescription {
        issuer: issuer().verifying_key().to_bytes(),
        name: name.into(),
        decimals: 0,
        cap: 100,
        class,
        uid: None,
        body: [0; 32],
    }
}

fn submit(running: &Running, transaction: &Transaction) {
    let answer = running.post("/v1/transactions", &borsh::to_vec(transaction).unwrap());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

fn issue(running: &Running, name: &str) -> AssetId {
    let to = [(Holder::new(&seed(), 0).wallet().address(0), NoteValue(100))];
    let description = described(name, AssetClass::Ordinary);
    let (asset, issue) = next_issue(&Assets::default(), description, &to, true, &mut OsRng).unwrap();
    submit(running, &sign_issue(&issuer(), running.fixture.ledger(), &issue).unwrap());
    asset
}

fn register(running: &Running, title: &str, payment: AssetId) -> WorkId {
    let keys = MarketKeys::of_seed(&seed(), 0);
    let work = Work {
        title: title.into(),
        metadata: [0; 32],
        holders: vec![Share { party: keys.party(), share: 10_000 }],
        licence: described(title, AssetClass::Named),
        payment,
        royalty: 500,
        minimum: 0,
        resale_minimum: 0,
        nonce: [0; 32],
    };
    let mut registration = Registration::new(running.fixture.ledger(), work).unwrap();
    registration.sign(&keys).unwrap();
    registration.sign_as_seller(&issuer()).unwrap();
    submit(running, &registration.finish().unwrap());
    registration.id()
}

/// A node whose ledger has three works of the marketplace and one corridor of remittances: nothing that takes long to prove.
struct Kept {
    running: Running,
    /// In the order of their ids.
    works: Vec<WorkId>,
    corridor: CorridorId,
}

impl Kept {
    fn new() -> Self {
        let running = Running::with_applications(catalogue(), |_| ());
        let ledger = running.fixture.ledger();
        let [pays, receives] = ["Crown", "Penny"].map(|name| issue(&running, name));
        let mut works =
            ["First song", "Second song", "Third song"].map(|title| register(&running, title, pays)).to_vec();
        works.sort_unstable();
        let keys = RemittanceKeys::of_seed(&seed(), 0);
        let (operator, name, below) = (keys.signer(), "Here to there".into(), NoteValue(50));
        let corridor = Corridor { operator, name, pays, receives, below };
        let id = corridor.id(ledger);
        submit(&running, &keys.open(ledger, corridor));
        Self { running, works, corridor: id }
    }

    /// The ids of a page of works, and what it says of the next.
    fn page(&self, query: &str) -> (Vec<String>, Value) {
        let page = self.running.get(&format!("/v1/applications/market{query}")).json();
        let ids = page["instances"].as_array().unwrap().iter().map(|instance| instance["id"].as_str().unwrap().into());
        (ids.collect(), page["next"].clone())
    }
}

#[test]
fn applications_are_listed_and_what_they_keep_is_paged_and_found_by_its_id() {
    let kept = Kept::new();
    let get = |path: &str| kept.running.get(path).json();
    let of = |shown: &Shown| json!({"name": shown.name(), "id": hex::encode(shown.id().0)});
    let expected: Vec<Value> = catalogue().shown().iter().map(of).collect();
    assert_eq!(get("/v1/applications"), json!({ "applications": expected }));

    let ids: Vec<String> = kept.works.iter().map(|work| hex::encode(work.0)).collect();
    let zeros = "0".repeat(64);
    let all = (ids.clone(), Value::Null);
    for query in
        [String::new(), "?after=".into(), "?limit=3".into(), "?limit=4294967295".into(), format!("?after={zeros}")]
    {
        assert_eq!(kept.page(&query), all, "{query}");
    }
    assert_eq!(kept.page("?limit=2"), (ids[..2].to_vec(), json!(ids[1])));
    assert_eq!(kept.page(&format!("?limit=2&after={}", ids[1])), (ids[2..].to_vec(), Value::Null));
    assert_eq!(kept.page("?limit=0"), (ids[..1].to_vec(), json!(ids[0])), "a page has one at least");
    assert_eq!(kept.page(&format!("?after={}", "f".repeat(64))), (Vec::new(), Value::Null));

    let listed = get("/v1/applications/market");
    for (index, id) in ids.iter().enumerate() {
        let one = get(&format!("/v1/applications/market/{id}"));
        assert_eq!(one, listed["instances"][index]);
        assert!(one["state"]["title"].as_str().unwrap().ends_with("song"), "{one}");
        assert_eq!((&one["state"]["edition"], &one["state"]["adds_up"]), (&json!(100), &json!(true)));
    }

    // Each application keeps its own.
    let corridor = hex::encode(kept.corridor.0);
    let one = get(&format!("/v1/applications/remittance/{corridor}"));
    assert_eq!(get("/v1/applications/remittance"), json!({ "instances": [one], "next": null }));
    assert_eq!((&one["state"]["kind"], &one["state"]["below"]), (&json!("corridor"), &json!("50")));
    assert_eq!(get("/v1/applications/trade"), json!({ "instances": [], "next": null }));
    let elsewhere = kept.running.get(&format!("/v1/applications/market/{corridor}"));
    assert_eq!((elsewhere.status, elsewhere.problem().as_str()), (404, "not-found"));
}

#[test]
fn unknown_application_or_id_is_not_found_and_what_is_no_id_is_malformed() {
    let running = Running::with_applications(catalogue(), |_| ());
    let zeros = "0".repeat(64);
    let mut cases = vec![
        ("nothing".to_owned(), 404, "not-found"),
        (format!("nothing/{zeros}"), 404, "not-found"),
        // By its name in URLs, and not by the one in actions.
        (hex::encode("market\0\0"), 404, "not-found"),
        (format!("market/{zeros}"), 404, "not-found"),
        ("market?limit=x".into(), 400, "malformed"),
        ("market?limit=-1".into(), 400, "malformed"),
    ];
    for id in ["x".to_owned(), zeros[1..].into(), format!("{zeros}0"), "g".repeat(64)] {
        cases.push((format!("market/{id}"), 400, "malformed"));
        cases.push((format!("market?after={id}"), 400, "malformed"));
    }
    for (path, status, name) in cases {
        let answer = running.get(&format!("/v1/applications/{path}"));
        assert_eq!((answer.status, answer.problem().as_str()), (status, name), "{path}");
    }
    // A ledger without applications lists none, and knows none.
    let bare = Running::start();
    assert_eq!(bare.get("/v1/applications").json(), json!({ "applications": [] }));
    assert_eq!(bare.get("/v1/applications/market").problem(), "not-found");
}

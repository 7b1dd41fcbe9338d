use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
};

use rand_core::OsRng;
use serde_json::Value;
use tabella_protocol::election::{ElectionManifest, ElectionRecord};
use tabella_tests::fixture::entry;
use tabella_verifier::{
    groth16::VerifyingKeys,
    log::{InclusionProof, LogHash, SignedCheckpoint},
    record::verify_record,
};

use crate::client::Running;

#[test]
fn election_that_was_submitted_is_read_back_and_verifies() {
    let running = Running::start();
    running.submit_all(entry::COUNT);
    let id = running.election();

    let list = running.get("/v1/elections").json();
    assert_eq!(list["elections"][0]["id"], id);
    assert_eq!(list["elections"][0]["stage"], "published");
    let detail = running.get(&format!("/v1/elections/{id}")).json();
    assert!(detail["results"].is_array() && detail["questions"][0]["kind"]["type"].is_string(), "{detail}");
    let pool = running.fixture.pool_after(entry::COUNT);
    assert_eq!(detail["counted"], pool.counted());
    assert_eq!(detail["log"]["root"], pool.log_root().to_string());

    let record = running.get(&format!("/v1/elections/{id}/record"));
    assert_eq!(record.header("content-length"), record.body.len().to_string());
    let verification = verify_record(&record.body, &VerifyingKeys::development(), &mut OsRng, |_| ());
    assert!(verification.report.valid, "{:#?}", verification.report);
    assert_eq!(ElectionRecord::decode(&record.body).unwrap().entries, running.fixture.entries());

    let manifest = running.get(&format!("/v1/elections/{id}/manifest"));
    let manifest: ElectionManifest = borsh::from_slice(&manifest.body).unwrap();
    assert_eq!(manifest.id().to_string(), id);

    let turnout = running.get(&format!("/v1/elections/{id}/turnout")).json();
    let last = turnout["points"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((last["ballots"].as_u64(), last["counted"].as_u64()), (Some(pool.ballots()), Some(pool.counted())));
}

#[test]
fn entries_are_paged_and_a_full_page_never_changes() {
    let running = Running::start();
    running.submit_all(6);
    let path = format!("/v1/elections/{}/entries", running.election());
    let page = running.get(&format!("{path}?after=1&limit=2"));
    assert_eq!((page.header("tabella-first"), page.header("tabella-next")), ("1", "3"));
    assert_eq!(page.header("tabella-size"), "6");
    assert!(page.header("cache-control").contains("immutable"));
    let expected: Vec<Vec<u8>> =
        running.fixture.entries()[1..3].iter().map(|entry| borsh::to_vec(entry).unwrap()).collect();
    assert_eq!(page.frames(), expected);
    let again = running.get_with(&format!("{path}?after=1&limit=2"), &[("if-none-match", page.header("etag"))]);
    assert_eq!((again.status, again.body.len(), again.header("tabella-next")), (304, 0, "3"));
    let last = running.get("/v1/entries?after=5");
    assert_eq!((last.frames().len(), last.header("cache-control")), (1, "no-cache"));
    let none = running.get("/v1/entries?after=18446744073709551615&limit=4294967295");
    assert_eq!((none.status, none.frames().len()), (200, 0));
}

#[test]
fn logs_are_listed_by_pages() {
    let running = Running::start();
    running.submit_all(8);
    let all = running.get("/v1/logs").json();
    assert_eq!((all["logs"].as_array().unwrap().len(), &all["next"]), (2, &Value::Null));
    let first = running.get("/v1/logs?limit=1").json();
    assert_eq!((&first["logs"][0], first["next"].as_u64()), (&all["logs"][0], Some(1)));
    let second = running.get("/v1/logs?limit=1&after=1").json();
    assert_eq!((&second["logs"][0], &second["next"]), (&all["logs"][1], &Value::Null));
    let none = running.get("/v1/logs?after=18446744073709551615").json();
    assert_eq!((none["logs"].as_array().unwrap().len(), &none["next"]), (0, &Value::Null));
}

#[test]
fn proofs_of_the_log_lead_to_its_checkpoint() {
    let running = Running::start();
    running.submit_all(8);
    let detail = running.get(&format!("/v1/elections/{}", running.election())).json();
    let log = detail["log"]["hash"].as_str().unwrap();
    let checkpoint = running.get(&format!("/v1/logs/{log}/checkpoint"));
    let signed = SignedCheckpoint::from_bytes(&checkpoint.body).unwrap();
    let verifier = running.fixture.signer();
    let origin = signed.unverified().origin().clone();
    let checkpoint = verifier.verifier().verify(&signed, &origin).unwrap();
    assert_eq!(checkpoint.size(), 8);
    let path = format!("/v1/logs/{log}/inclusion?leaf=5&size=8");
    let proof = running.get_with(&path, &[("accept", "application/octet-stream")]);
    let proof: InclusionProof = borsh::from_slice(&proof.body).unwrap();
    let leaf = borsh::to_vec(&running.fixture.entries()[5]).unwrap();
    proof.verify(&leaf, checkpoint).unwrap();
    let consistency = running.get(&format!("/v1/logs/{log}/consistency?from=3&to=8"));
    assert_eq!((consistency.status, consistency.json()["from"].as_u64()), (200, Some(3)));
    let tile = running.get(&format!("/v1/logs/{log}/tile/0/000.p/8"));
    let leaves: Vec<LogHash> =
        (0..8).map(|index| LogHash::of_leaf(&borsh::to_vec(&running.fixture.entries()[index]).unwrap())).collect();
    assert_eq!(tile.body, leaves.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<u8>>());
    assert_eq!(running.get(&format!("/v1/logs/{log}/tile/0/000")).problem(), "not-found");
}

#[test]
fn ledger_blocks_transactions_and_keys_are_told() {
    let running = Running::start();
    running.submit_all(3);
    let ledger = running.get("/v1/ledger").json();
    assert_eq!((ledger["height"].as_u64(), ledger["entries"].as_u64()), (Some(3), Some(3)));
    assert_eq!(ledger["production"], false);
    assert_eq!(ledger["id"], running.fixture.ledger().to_string());
    let blocks = running.get("/v1/blocks?after=1&limit=1").json();
    assert_eq!((blocks["blocks"][0]["height"].as_u64(), blocks["next"].as_u64()), (Some(2), Some(2)));
    let newest = running.get("/v1/blocks?order=descending&limit=2").json();
    assert_eq!((newest["blocks"][0]["height"].as_u64(), newest["next"].as_u64()), (Some(3), Some(2)));
    let rest = running.get("/v1/blocks?order=descending&after=2").json();
    assert_eq!((rest["blocks"].as_array().unwrap().len(), rest["next"].is_null()), (1, true));
    let block = running.get("/v1/blocks/2").json();
    let digest = block["transactions"][0]["digest"].as_str().unwrap();
    let transaction = running.get(&format!("/v1/transactions/{digest}")).json();
    assert_eq!((transaction["kind"].as_str(), transaction["entry"].as_u64()), (Some("transfer"), Some(1)));
    assert_eq!(transaction["logs"][1]["leaf"], 1);
    let bytes = running.get_with(&format!("/v1/transactions/{digest}"), &[("accept", "application/octet-stream")]);
    assert_eq!(bytes.body, borsh::to_vec(&running.fixture.entries()[1]).unwrap());

    let keys = running.get("/v1/keys").json();
    let hash = keys["keys"][0]["hash"].as_str().unwrap();
    let file = running.get(&format!("/v1/keys/{hash}"));
    assert_eq!(file.body.len() as u64, keys["keys"][0]["bytes"].as_u64().unwrap());
    assert_eq!(running.get("/v1/assets").json()["assets"].as_array().unwrap().len(), 0);
}

#[test]
fn listener_is_told_of_blocks_and_turnout() {
    let running = Running::start();
    running.submit_all(1);
    let mut stream = TcpStream::connect(running.address()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    stream.write_all(b"GET /v1/events?topics=block,turnout HTTP/1.1\r\nhost: node\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut wait_for = |text: &str| {
        let found = lines.by_ref().map(Result::unwrap).find(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("the stream ended before {text}"))
    };
    wait_for("event: hello");
    assert_eq!(running.submit(1).status, 200);
    wait_for("event: block");
    assert!(wait_for("data: ").contains("\"height\":2"));
    wait_for("event: turnout");
    assert!(wait_for("data: ").contains("\"entries\":2"));
}

#[test]
fn every_answer_has_the_security_headers_and_pages_their_policy() {
    let running = Running::start();
    for path in ["/", "/docs", "/v1/ledger", "/nothing", "/healthz", "/openapi.json"] {
        let answer = running.get(path);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-embedder-policy"), "require-corp", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("'wasm-unsafe-eval'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    assert_eq!(running.get("/readyz").status, 200);
    let metrics = String::from_utf8(running.get("/metrics").body).unwrap();
    assert!(metrics.contains("tabella_ledger_height 0"), "{metrics}");
    assert!(metrics.contains("route=\"/v1/ledger\""), "{metrics}");
    assert!(!metrics.contains("127.0.0.1"), "{metrics}");
}

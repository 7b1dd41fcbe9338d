//! What the node writes to its log, at every level, and what it counts, while voters cast, are refused and look things up.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tabella_node::settings::{ForwardedHeader, Proxy};
use tabella_protocol::transaction::{ProofBytes, Transaction};
use tabella_tests::fixture::{digest, entry};
use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter};

use crate::client::{Running, send};

const ADDRESSES: [&str; 2] = ["203.0.113.77", "2001:db8:77::1"];
const WORDS: &str = "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse \
                     achieve acid acoustic acquire across act action actor actress actual";
/// What is longer than this may be a key, a hash, an address or a proof. Ids of requests are of shorter parts.
const LONGEST: usize = 16;
/// The decimals of a time in seconds; a field element has 77.
const MOST_DECIMALS: usize = 24;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What a text tells that it should not.
fn told(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let most = |word: &str| if word.bytes().all(|b| b.is_ascii_digit()) { MOST_DECIMALS } else { LONGEST };
    let long = words.iter().filter(|word| word.chars().count() > most(word)).map(|word| format!("a long word: {word}"));
    let numbers = words.windows(8).filter(|words| {
        let first = words[0].as_ptr() as usize - text.as_ptr() as usize;
        let last = words[7].as_ptr() as usize - text.as_ptr() as usize;
        // Bytes as Rust prints them.
        words.iter().all(|word| word.parse::<u8>().is_ok()) && text[first..last].contains(", ")
    });
    let numbers = numbers.map(|words| format!("bytes: {words:?}"));
    let seed: Vec<&str> = WORDS.split(' ').collect();
    let secret = words.windows(3).filter(|words| seed.windows(3).any(|seed| seed == *words));
    let secret = secret.map(|words| format!("words of a seed: {words:?}"));
    let addresses = ADDRESSES.iter().filter(|address| text.contains(**address)).map(|address| (*address).to_owned());
    // The options of the fixture.
    let choices = words.iter().filter(|word| ["oak", "lime", "larch", "yes", "hill", "river"].contains(word));
    let choices = choices.map(|word| format!("a choice: {word}"));
    long.chain(numbers).chain(secret).chain(addresses).chain(choices).collect()
}

#[test]
fn what_should_not_be_told_is_found() {
    let hash = "6d".repeat(32);
    for text in [
        &format!("tracker {hash}"),
        &format!("root {}", "4".repeat(77)),
        "tabella1qqqqqqqqqqqqqqqqqqqqqqqqqq",
        "[1, 2, 3, 4, 55, 200, 7, 8]",
        "peer 203.0.113.77:80",
        "peer [2001:db8:77::1]",
        "words: about above absent",
        "she chose lime",
    ] {
        assert_eq!(told(text).len(), 1, "{text}: {:?}", told(text));
    }
    assert_eq!(
        told(
            r#"{"time":"2026-01-01T10:00:00.123456Z","request":"67e55044-10b1-426f-9247-bb680e5fe0c8","seconds":0.00012345678901234567}"#
        ),
        [""; 0]
    );
}

#[test]
fn log_and_metrics_tell_no_choice_key_words_or_address_and_tie_no_ballot_to_anybody() {
    let log = Log::default();
    tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).json().with_writer(log.clone()).init();
    let running = Running::with(|settings| {
        settings.forwarded.header = Some(ForwardedHeader::XForwardedFor);
        settings.forwarded.trusted = vec![Proxy::Address([127, 0, 0, 1].into())];
    });
    running.submit_all(entry::BALLOT);
    let request = |method: &str, path: &str, from: &str, body: &[u8]| {
        let headers = [("content-type", "application/octet-stream"), ("x-forwarded-for", from)];
        let answer = send(running.address(), method, path, &headers, body);
        answer.status
    };
    let post = |from: &str, transaction: &Transaction| {
        request("POST", "/v1/transactions", from, &borsh::to_vec(transaction).unwrap())
    };
    // Cast; refused because it is there, because it is wrong, and because it is no transaction.
    let logged = &running.fixture.entries()[entry::BALLOT];
    running.clock.set(logged.time);
    assert_eq!(post(ADDRESSES[0], &logged.transaction), 200);
    assert_eq!(post(ADDRESSES[0], &logged.transaction), 409);
    let mut forged = running.fixture.entries()[entry::RECALLED].transaction.clone();
    forged.transfers[0].proof = ProofBytes([0; 192]);
    assert_eq!(post(ADDRESSES[1], &forged), 422);
    // A voter who looks for her ballot, and one who puts her words where they do not belong.
    let (election, tracker) = (running.election(), digest(logged));
    assert_eq!(request("GET", &format!("/v1/elections/{election}/receipts/{tracker}"), ADDRESSES[0], &[]), 200);
    assert_eq!(request("POST", "/v1/transactions", ADDRESSES[1], WORDS.as_bytes()), 400);
    let words = WORDS.replace(' ', "%20");
    assert_eq!(request("GET", &format!("/v1/elections/{words}"), ADDRESSES[1], &[]), 400);
    assert_eq!(request("GET", &format!("/{words}"), ADDRESSES[1], &[]), 404);
    assert_eq!(request("GET", &format!("/v1/entries?after={words}"), ADDRESSES[1], &[]), 400);

    let metrics = running.get("/metrics");
    let metrics = String::from_utf8(metrics.body).unwrap();
    assert!(metrics.contains("tabella_submissions_total{outcome=\"accepted\"}"), "{metrics}");
    assert_eq!(told(&metrics), [""; 0], "{metrics}");

    drop(running);
    let log = log.take();
    // It does hold the requests; so it would hold what they should not tell.
    for line in ["/v1/transactions", "already-accepted", "refused", "/v1/elections/{id}/receipts/{tracker}"] {
        assert!(log.contains(line), "{line} is not in the log: {log}");
    }
    assert_eq!(told(&log), [""; 0], "{log}");
}

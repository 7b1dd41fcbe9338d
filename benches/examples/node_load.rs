//! How many casts a second a node accepts over HTTP, how fast it answers reads beside them, and how fast the same casts are
//! verified without a node. The casts are proved beforehand.
//!
//! ```text
//! cargo run --release -p tabella-benches --example node_load -- [--casts N] [--connections N] [--readers N]
//!     [--prepared FILE] [--json]
//! ```
//! `--prepared` keeps the proved casts in a file for the next run.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops where its scene cannot be set up")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use tabella_election::{
    authority::{Draft, open_election},
    rehearsal::hold_ceremony,
    voter::{Holding, ProvingKeys, Voter},
};
use tabella_ledger::{clock::ManualClock, signer::CheckpointSigner, store::Store};
use tabella_node::{BOARD_FILE, Node, Resources, settings::Settings};
use tabella_protocol::{
    ballot::BallotProofKind,
    election::{Question, QuestionKind, QuestionOption, RegistrationId, Roll, RollEntry, Rules, Weights},
    keys::Seed,
    note::Timestamp,
    transaction::{LedgerId, LoggedTransaction, Transaction},
};
use tabella_prover::{cores::each, parameters::Parameters};
use tabella_verifier::{
    application::Catalogue,
    ceremony,
    election::{ElectionPool, open},
    groth16::VerifyingKeys,
    log::Origin,
    obligations::Obligations,
};

const NAME: &str = "load.example";
const OPENS: u64 = 1_000_000;
const OPTIONS: usize = 8;
/// Transactions of a block: as the node gathers them.
const BLOCK: usize = 512;

/// An election that is open, and a cast of each of its voters.
#[derive(BorshSerialize, BorshDeserialize)]
struct Prepared {
    secret: [u8; 32],
    opening: Transaction,
    casts: Vec<Transaction>,
}

struct Arguments {
    casts: usize,
    connections: usize,
    readers: usize,
    prepared: Option<PathBuf>,
    json: bool,
}

fn arguments() -> Arguments {
    let mut parsed = Arguments { casts: 1_000, connections: 64, readers: 2, prepared: None, json: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{word} NUMBER"));
        match word.as_str() {
            "--casts" => parsed.casts = number(),
            "--connections" => parsed.connections = number(),
            "--readers" => parsed.readers = number(),
            "--prepared" => parsed.prepared = Some(words.next().unwrap_or_else(|| panic!("--prepared FILE")).into()),
            "--json" => parsed.json = true,
            other => panic!("unknown option {other}"),
        }
    }
    parsed
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

fn signer(secret: &[u8; 32]) -> CheckpointSigner {
    CheckpointSigner::new(Origin::new(NAME).unwrap(), SigningKey::from_bytes(secret))
}

impl Prepared {
    fn load_or_make(arguments: &Arguments) -> Self {
        let kept = arguments.prepared.as_ref().and_then(|path| std::fs::read(path).ok());
        if let Some(kept) = kept.and_then(|bytes| borsh::from_slice::<Self>(&bytes).ok())
            && kept.casts.len() == arguments.casts
        {
            return kept;
        }
        let made = Self::make(arguments.casts);
        if let Some(path) = &arguments.prepared {
            std::fs::write(path, borsh::to_vec(&made).unwrap()).unwrap();
        }
        made
    }

    fn make(voters: usize) -> Self {
        eprintln!("proving {voters} casts");
        let parameters = Parameters::development().unwrap();
        let keys = ProvingKeys::of(|shape| parameters.verifying_key(shape).id());
        let (authority, ledger_key) = (SigningKey::generate(&mut OsRng), SigningKey::generate(&mut OsRng));
        let secret = ledger_key.to_bytes();
        let ledger = LedgerId::derive(NAME, &ledger_key.verifying_key().to_bytes());
        let registration = RegistrationId([1; 32]);
        let (trustees, ceremony) = hold_ceremony("Load", 2, &["Anna", "Boleslaw", "Celina"], &mut OsRng).unwrap();
        let people: Vec<Voter> = (0..voters)
            .map(|_| Voter::new(&Seed::new(SigningKey::generate(&mut OsRng).to_bytes()), registration))
            .collect();
        let entry = |voter: &Voter| RollEntry { owner: voter.registered_address().owner(), weight: 1 };
        let roll = Roll::Public(people.iter().map(entry).collect());
        let option = |i| QuestionOption { id: format!("{i}"), name: format!("Option {i}") };
        let draft = Draft {
            registration,
            title: "Load".into(),
            questions: vec![Question {
                title: "Which?".into(),
                options: (0..OPTIONS).map(option).collect(),
                kind: QuestionKind::Choose { min: 1, max: 3 },
            }],
            opens: at(OPENS),
            closes: at(OPENS + 86_400),
            rules: Rules {
                delegation: true,
                revoting: true,
                weights: Weights::One,
                ballot_proofs: BallotProofKind::Compressed,
                smallest_group: 1,
                epoch_seconds: 600,
            },
        };
        let outcome = ceremony::verify(&ceremony).unwrap();
        let manifest = draft.manifest(ledger, &authority, &outcome, &roll).unwrap();
        let election = manifest.id();
        let canaries = trustees
            .iter()
            .map(|trustee| trustee.rehearse(ledger, election.as_bytes(), &manifest.key, &mut OsRng).unwrap())
            .collect();
        let opening = open_election(&authority, manifest, ceremony, canaries, roll);
        let pool = opened(ledger, &opening);
        let entries = vec![LoggedTransaction { time: at(OPENS - 100), transaction: opening.clone() }];
        let casts = each(people.into_iter().enumerate().collect(), |(index, mut voter)| {
            voter.read(&pool, &entries).unwrap();
            let right = voter.held(&pool, Holding::Own).unwrap();
            let points: Vec<u16> = (0..OPTIONS).map(|option| u16::from(option <= index % 3)).collect();
            let now = at(OPENS + 60);
            let ballot = voter.prepare_ballot(&pool, keys, right, &[points], now, &mut OsRng).unwrap();
            voter.cast(&pool, ballot, &parameters, &mut OsRng).unwrap()
        });
        Self { secret, opening, casts }
    }
}

fn opened(ledger: LedgerId, opening: &Transaction) -> ElectionPool {
    let entry = LoggedTransaction { time: at(OPENS - 100), transaction: opening.clone() };
    open(&entry, ledger, &VerifyingKeys::development()).unwrap()
}

/// Casts a second that are verified in batches as large as a block, with nothing around it.
fn bare_rate(prepared: &Prepared) -> f64 {
    let keys = VerifyingKeys::development();
    let ledger = LedgerId::derive(NAME, &signer(&prepared.secret).verifier().key().to_bytes());
    let pool = opened(ledger, &prepared.opening);
    let mut spent = Duration::ZERO;
    for block in prepared.casts.chunks(BLOCK) {
        let mut obligations = Obligations::new();
        for (index, transaction) in (0..).zip(block) {
            let entry = LoggedTransaction { time: at(OPENS + 60), transaction: transaction.clone() };
            pool.check(&entry, &keys, index, &mut obligations).unwrap();
        }
        let begun = Instant::now();
        let culprits = obligations.verify(&keys, &mut OsRng, |_, _, _| ());
        spent += begun.elapsed();
        assert!(culprits.proofs.is_empty() && culprits.signatures.is_empty() && culprits.ballots.is_empty());
    }
    prepared.casts.len() as f64 / spent.as_secs_f64()
}

/// A connection that is kept.
struct Connection {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Connection {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream), body: Vec::new() }
    }

    /// Sends a request and reads the answer to its end.
    fn send(&mut self, method: &str, path: &str, body: &[u8]) -> u16 {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: node\r\n").into_bytes();
        if method == "POST" {
            let head = format!("content-type: application/octet-stream\r\ncontent-length: {}\r\n", body.len());
            request.extend_from_slice(head.as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request).unwrap();
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            assert_ne!(self.stream.read_line(&mut line).unwrap(), 0, "the node closed the connection");
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).unwrap().parse().unwrap();
            } else if let Some((name, value)) = text.split_once(": ")
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.parse().unwrap();
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).unwrap();
        status
    }
}

struct Measured {
    seconds: f64,
    reads: Vec<Duration>,
}

/// Submits all casts over so many connections while others read.
fn load(prepared: &Prepared, arguments: &Arguments, folder: &Path) -> Measured {
    let ledger = folder.join("ledger");
    Store::create(&ledger, signer(&prepared.secret)).unwrap();
    let mut settings = Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Settings::default() };
    // All clients here are of one address.
    let much = NonZeroU32::new(1_000_000).unwrap();
    let limits = &mut settings.limits;
    (limits.requests_per_second, limits.requests_burst) = (much, much);
    (limits.submissions_per_second, limits.submissions_burst) = (much, much);
    settings.queue.transactions_per_address = settings.queue.transactions;
    settings.queue.block = BLOCK;
    let clock = Arc::new(ManualClock::new(at(OPENS - 100)));
    let resources = Resources {
        ledger,
        board: folder.join(BOARD_FILE),
        signer: None,
        keys: VerifyingKeys::development(),
        catalogue: Catalogue::standard(),
        parameters: None,
        clock: clock.clone(),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = runtime.block_on(Node::start(settings, resources)).unwrap();
    let address = node.address();
    let opening = borsh::to_vec(&prepared.opening).unwrap();
    assert_eq!(Connection::new(address).send("POST", "/v1/transactions", &opening), 200);
    clock.set(at(OPENS + 60));

    let election =
        opened(LedgerId::derive(NAME, &signer(&prepared.secret).verifier().key().to_bytes()), &prepared.opening);
    let id = election.id();
    let bodies: Vec<Vec<u8>> = prepared.casts.iter().map(|cast| borsh::to_vec(cast).unwrap()).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let paths = [
        "/v1/ledger".to_owned(),
        "/v1/elections".to_owned(),
        format!("/v1/elections/{id}"),
        format!("/v1/elections/{id}/entries?after=1&limit=10"),
        "/v1/blocks?order=descending&limit=10".to_owned(),
        format!("/v1/elections/{id}/manifest"),
    ];
    let measured = thread::scope(|scope| {
        let readers: Vec<_> = (0..arguments.readers)
            .map(|reader| {
                let (paths, done) = (&paths, &done);
                scope.spawn(move || {
                    let mut connection = Connection::new(address);
                    let mut times = Vec::new();
                    for path in paths.iter().cycle().skip(reader) {
                        if done.load(Ordering::Relaxed) {
                            break;
                        }
                        let begun = Instant::now();
                        assert_eq!(connection.send("GET", path, &[]), 200, "{path}");
                        times.push(begun.elapsed());
                        // About a hundred reads a second of each reader.
                        thread::sleep(Duration::from_millis(10));
                    }
                    times
                })
            })
            .collect();
        let begun = Instant::now();
        let writers: Vec<_> = (0..arguments.connections)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Connection::new(address);
                    while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let status = connection.send("POST", "/v1/transactions", body);
                        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&connection.body));
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let seconds = begun.elapsed().as_secs_f64();
        done.store(true, Ordering::Relaxed);
        let reads = readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect();
        Measured { seconds, reads }
    });
    runtime.block_on(node.stop());
    measured
}

fn main() {
    let arguments = arguments();
    let prepared = Prepared::load_or_make(&arguments);
    let bare = bare_rate(&prepared);
    let folder = tempfile::tempdir().unwrap();
    let Measured { seconds, mut reads } = load(&prepared, &arguments, folder.path());
    let rate = prepared.casts.len() as f64 / seconds;
    reads.sort_unstable();
    let percentile = |share: usize| {
        let place = (reads.len() * share / 100).min(reads.len().saturating_sub(1));
        reads.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    let (median, p99, count) = (percentile(50), percentile(99), reads.len());
    if arguments.json {
        println!(
            "{{\"casts\": {}, \"connections\": {}, \"casts_per_second\": {rate:.1}, \"bare_verification_per_second\": {bare:.1}, \
             \"share_of_bare\": {:.3}, \"reads\": {count}, \"read_median_ms\": {median:.2}, \"read_p99_ms\": {p99:.2}}}",
            prepared.casts.len(),
            arguments.connections,
            rate / bare
        );
    } else {
        println!("{:.0} casts a second accepted over HTTP, durable ({} casts)", rate, prepared.casts.len());
        println!("{bare:.0} a second verified without a node: {:.0} % of it", 100.0 * rate / bare);
        println!("reads beside it: median {median:.1} ms, 99th percentile {p99:.1} ms ({count} reads)");
    }
}

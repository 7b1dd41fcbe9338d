//! A node in a process of its own is killed (SIGKILL) at random instants while a real election is submitted to it. What it had
//! acknowledged is there; of what it had not, at most what it was being sent at that instant.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    ops::Range,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};
use tabella_ledger::{
    clock::ManualClock,
    store::{EntryNumber, Store, StoredEntry},
};
use tabella_node::{BOARD_FILE, Node, Resources, settings::Settings};
use tabella_protocol::{
    note::Timestamp,
    transaction::{LoggedTransaction, TransactionDigest},
};
use tabella_tests::fixture::{Fixture, OPENS, digest, entry};
use tabella_verifier::{application::Catalogue, groth16::VerifyingKeys};

use crate::client::try_send;

/// Names the node's folder to the child process, which is this test program again.
const FOLDER: &str = "TABELLA_KILLED_NODE_FOLDER";

/// Run as the child: serves until it is killed, and shows the time that it is told.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn serve_until_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let clock = Arc::new(ManualClock::new(Timestamp::new(OPENS).unwrap()));
    let resources = Resources {
        ledger: Path::new(&folder).join("ledger"),
        board: Path::new(&folder).join(BOARD_FILE),
        signer: None,
        keys: VerifyingKeys::development(),
        parameters: None,
        clock: clock.clone(),
        catalogue: Catalogue::standard(),
    };
    let settings = Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Settings::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = runtime.block_on(Node::start(settings, resources)).unwrap();
    println!("\nlistening {}", node.address());
    for line in std::io::stdin().lines().map_while(Result::ok) {
        clock.set(Timestamp::new(line.parse().unwrap()).unwrap());
        println!("\nshows {line}");
    }
}

/// What the test says to the child, hears from it, and where it listens.
struct Line {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
}

fn start(folder: &Path) -> (Child, Line) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::serve_until_killed", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let address = next(&mut output, "listening ").unwrap().parse().unwrap();
    (child, Line { input, output, address })
}

/// The rest of the next line that begins so; none if the child was killed.
fn next(output: &mut BufReader<ChildStdout>, begin: &str) -> Option<String> {
    output.lines().map_while(Result::ok).find_map(|line| line.strip_prefix(begin).map(str::to_owned))
}

type Digests = BTreeSet<TransactionDigest>;

/// What became of what was sent to one node.
#[derive(Default)]
struct Sent {
    acknowledged: Digests,
    /// The node was killed before it answered.
    in_flight: Digests,
}

impl Line {
    /// Sets the node's clock; false if it was killed.
    fn set(&mut self, time: Timestamp) -> bool {
        writeln!(self.input, "{}", time.seconds()).is_ok() && next(&mut self.output, "shows ").is_some()
    }

    /// Sends everything that is not acknowledged yet, until the node is killed.
    fn send_all(mut self, entries: &[LoggedTransaction], acknowledged: &Digests) -> Sent {
        let mut all = Sent::default();
        for wave in waves() {
            let wave = &entries[wave];
            let open: Vec<_> = wave.iter().filter(|entry| !acknowledged.contains(&digest(entry))).collect();
            if open.is_empty() {
                continue;
            }
            if !self.set(wave[0].time) {
                break;
            }
            let address = self.address;
            thread::scope(|scope| {
                let sent: Vec<_> =
                    open.into_iter().map(|entry| (entry, scope.spawn(move || send(address, entry)))).collect();
                for (entry, sent) in sent {
                    let fate = if sent.join().unwrap() { &mut all.acknowledged } else { &mut all.in_flight };
                    fate.insert(digest(entry));
                }
            });
            if !all.in_flight.is_empty() {
                break;
            }
        }
        all
    }
}

/// Sends one transaction; false if the node was killed before it answered.
fn send(address: SocketAddr, entry: &LoggedTransaction) -> bool {
    let body = borsh::to_vec(&entry.transaction).unwrap();
    let headers = [("content-type", "application/octet-stream")];
    match try_send(address, "POST", "/v1/transactions", &headers, &body) {
        Err(_) => false,
        Ok(answer) if answer.status == 200 => true,
        // A node before this one wrote it, and was killed before it said so.
        Ok(answer) if answer.status == 409 && answer.problem() == "already-accepted" => true,
        Ok(answer) => panic!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)),
    }
}

/// How many entries are sent: all up to the close, which is of one order of the ballots only.
const SENT: usize = entry::CLOSE;

/// Entries that may be sent at the same time: ballots of one time append nothing to the tree, so that any order is right.
/// Others are sent one by one.
fn waves() -> Vec<Range<usize>> {
    let one_by_one = (0..entry::OWN_BALLOT).map(|entry| entry..entry + 1);
    one_by_one.chain([entry::OWN_BALLOT..entry::OVERRIDE, entry::OVERRIDE..SENT]).collect()
}

/// What the ledger on the disk holds: whole, and each transaction as it was sent.
fn found(ledger: &Path, entries: &[LoggedTransaction]) -> Digests {
    let store = Store::open_for_reading(ledger).unwrap();
    store.audit().unwrap();
    let stored = store.entries_from(EntryNumber::new(0), u32::MAX).unwrap();
    let whole = |stored: &StoredEntry| {
        let sent = entries.iter().find(|entry| digest(entry) == stored.digest).unwrap();
        let logged: LoggedTransaction = borsh::from_slice(&stored.bytes).unwrap();
        assert_eq!(logged.transaction, sent.transaction);
        stored.digest
    };
    stored.iter().map(whole).collect()
}

#[test]
fn acknowledged_transactions_survive_a_node_killed_at_any_instant_and_no_others_appear() {
    let fixture = Fixture::shared(env!("CARGO_TARGET_TMPDIR"));
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let begun = Instant::now();
    let (mut elections, mut kills, mut interrupted, mut swallowed) = (0, 0, 0, 0);
    while elections < 6 && begun.elapsed() < Duration::from_secs(30) {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger");
        drop(Store::create(&ledger, fixture.signer()).unwrap());
        let (mut acknowledged, mut unanswered) = (Digests::new(), Digests::new());
        while acknowledged.len() < SENT {
            let (mut child, line) = start(folder.path());
            let sent = thread::scope(|scope| {
                let sending = scope.spawn(|| line.send_all(fixture.entries(), &acknowledged));
                // One in eight lives until it has everything: a slow machine gets to the end too.
                if rng.next_u32() % 8 == 0 {
                    while !sending.is_finished() {
                        thread::sleep(Duration::from_millis(5));
                    }
                } else {
                    thread::sleep(Duration::from_millis(1 + u64::from(rng.next_u32() % 200)));
                }
                // SIGKILL: no handler runs, nothing is flushed.
                child.kill().unwrap();
                child.wait().unwrap();
                sending.join().unwrap()
            });
            kills += 1;
            acknowledged.extend(&sent.acknowledged);
            interrupted += u32::from(!sent.in_flight.is_empty());
            let found = found(&ledger, fixture.entries());
            assert!(acknowledged.is_subset(&found), "lost: {:?}", acknowledged.difference(&found));
            let others: Digests = found.difference(&acknowledged).copied().collect();
            let new: Digests = others.difference(&unanswered).copied().collect();
            assert!(new.is_subset(&sent.in_flight), "written though not sent: {new:?}");
            swallowed += new.len();
            unanswered = others;
        }
        assert_eq!(found(&ledger, fixture.entries()).len(), SENT);
        elections += 1;
    }
    eprintln!(
        "{elections} elections, {kills} kills, {interrupted} of them before an answer, which swallowed {swallowed}"
    );
    assert!(
        elections >= 1 && interrupted >= 3,
        "{interrupted} of {kills} kills met a transaction: too few to mean anything"
    );
}

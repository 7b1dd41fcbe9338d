//! A small HTTP client, and a node to talk to.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tabella_ledger::{
    clock::ManualClock,
    signer::CheckpointSigner,
    store::{KeyFile, Store},
};
use tabella_node::{BOARD_FILE, Node, Resources, StartError, settings::Settings};
use tabella_protocol::note::Timestamp;
use tabella_tests::fixture::{Fixture, OPENS};
use tabella_verifier::{application::Catalogue, groth16::VerifyingKeys};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The name of the problem, after checking its form.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status);
        assert!(body["title"].is_string() && body["detail"].is_string());
        body["type"].as_str().unwrap().strip_prefix("/problems/").unwrap().to_owned()
    }

    /// The frames of a list of byte strings.
    pub(crate) fn frames(&self) -> Vec<Vec<u8>> {
        let (mut frames, mut rest) = (Vec::new(), self.body.as_slice());
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (frame, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            frames.push(frame.to_vec());
            rest = after;
        }
        assert!(rest.is_empty());
        frames
    }
}

/// Sends one request on a connection of its own.
pub(crate) fn send(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    try_send(address, method, path, headers, body).unwrap()
}

/// As [`send`], of a node that may be killed meanwhile: an error if there is no whole answer.
pub(crate) fn try_send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if method == "POST" {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    // The node may answer, and close, before it has read everything.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Err(read.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()));
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Ok(Answer { status, headers, body: bytes[end + 4..].to_vec() })
}

/// A node on the ledger of the tests' election, and its clock.
pub(crate) struct Running {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) fixture: &'static Fixture,
    runtime: Runtime,
    settings: Settings,
    catalogue: Catalogue,
    /// Where the file of the ledger's key is encrypted.
    signer: Option<CheckpointSigner>,
    node: Option<Node>,
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::with_applications(Catalogue::standard(), change)
    }

    pub(crate) fn with_applications(catalogue: Catalogue, change: impl FnOnce(&mut Settings)) -> Self {
        let fixture = Fixture::shared(env!("CARGO_TARGET_TMPDIR"));
        let folder = tempfile::tempdir().unwrap();
        Store::create(&folder.path().join("ledger"), fixture.signer()).unwrap();
        let mut settings = Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Settings::default() };
        change(&mut settings);
        let clock = Arc::new(ManualClock::new(Timestamp::new(OPENS).unwrap()));
        let runtime = Runtime::new().unwrap();
        let mut running = Self { folder, clock, fixture, runtime, settings, catalogue, signer: None, node: None };
        running.begin();
        running
    }

    fn begin(&mut self) {
        self.node = Some(self.node_with(self.signer.clone()).unwrap());
    }

    /// One more node on the same folder, given this signing key.
    pub(crate) fn node_with(&self, signer: Option<CheckpointSigner>) -> Result<Node, StartError> {
        let resources = Resources {
            ledger: self.ledger(),
            board: self.folder.path().join(BOARD_FILE),
            signer,
            keys: VerifyingKeys::development(),
            catalogue: self.catalogue.clone(),
            parameters: None,
            clock: self.clock.clone(),
        };
        self.runtime.block_on(Node::start(self.settings.clone(), resources))
    }

    /// Makes the file of the ledger's key one that the node cannot open, and starts it again with the key.
    pub(crate) fn encrypt_key(&mut self) {
        KeyFile::Encrypted(b"age-encryption.org/v1\n".to_vec()).replace(&self.ledger()).unwrap();
        self.signer = Some(self.fixture.signer());
        self.restart();
    }

    pub(crate) fn ledger(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), "ledger")
    }

    /// Stops the node, and starts it again on the same folder.
    pub(crate) fn restart(&mut self) {
        if let Some(node) = self.node.take() {
            self.runtime.block_on(node.stop());
        }
        self.begin();
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.node.as_ref().unwrap().address()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        send(self.address(), "GET", path, &[], &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        send(self.address(), "GET", path, headers, &[])
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Answer {
        send(self.address(), "POST", path, &[("content-type", "application/octet-stream")], body)
    }

    /// Submits an entry of the tests' election, at its time.
    pub(crate) fn submit(&self, entry: usize) -> Answer {
        let logged = &self.fixture.entries()[entry];
        self.clock.set(logged.time);
        self.post("/v1/transactions", &borsh::to_vec(&logged.transaction).unwrap())
    }

    /// Submits everything up to an entry.
    pub(crate) fn submit_all(&self, entries: usize) {
        for entry in 0..entries {
            let answer = self.submit(entry);
            assert_eq!(answer.status, 200, "entry {entry}: {}", String::from_utf8_lossy(&answer.body));
        }
    }

    pub(crate) fn election(&self) -> String {
        self.fixture.pool_after(1).id().to_string()
    }
}

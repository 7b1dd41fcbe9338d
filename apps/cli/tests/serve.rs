//! `tabella serve`: where its settings come from, and how it stops.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// A node that is stopped when the test ends, however it ends.
struct Node {
    process: Child,
    address: String,
}

impl Node {
    fn start(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_tabella"))
            .args(["--json", "serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("TABELLA_NODE_DATA", folder.join("node"))
            .env("TABELLA_NODE_LOG__LEVEL", "error")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        Self { process, address: said["address"].as_str().unwrap().to_owned() }
    }

    /// Status and body of an answer.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    fn name(&self) -> String {
        let (status, body) = self.get("/v1/ledger");
        assert_eq!(status, 200, "{body}");
        let ledger: Value = serde_json::from_str(&body).unwrap();
        ledger["name"].as_str().unwrap().to_owned()
    }

    /// Tells the process to stop, as a service manager does; gives its exit code.
    fn terminate(mut self) -> Option<i32> {
        assert!(Command::new("kill").arg(self.process.id().to_string()).status().unwrap().success());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("it does not stop");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn environment_comes_before_the_file_and_the_node_stops_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("node")).unwrap();
    let file = folder.path().join("node.toml");
    fs::write(&file, "name = \"file.example\"\n[limits]\nrequests_per_second = 50\nrequests_burst = 50\n").unwrap();
    let arguments = ["--config", file.to_str().unwrap()];
    let environment = [
        ("TABELLA_NODE_NAME", "environment.example"),
        ("TABELLA_NODE_LIMITS__REQUESTS_PER_SECOND", "1"),
        ("TABELLA_NODE_LIMITS__REQUESTS_BURST", "3"),
    ];
    let node = Node::start(folder.path(), &arguments, &environment);
    assert_eq!(node.name(), "environment.example");
    let answers: Vec<u16> = (0..10).map(|_| node.get("/v1/ledger").0).collect();
    assert!(answers.contains(&429), "the limit of the environment holds: {answers:?}");
    assert_eq!(node.terminate(), Some(0));
    // What it made is there, and served again.
    let again = Node::start(folder.path(), &arguments, &[]);
    assert_eq!(again.name(), "environment.example", "a ledger keeps its name");
    let answers: Vec<u16> = (0..10).map(|_| again.get("/v1/ledger").0).collect();
    assert!(answers.iter().all(|status| *status == 200), "the limit of the file holds: {answers:?}");
    assert_eq!(again.terminate(), Some(0));
}

#[test]
fn setting_that_is_none_is_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tabella"))
        .args(["--json", "serve", "--listen", "127.0.0.1:0"])
        .env("TABELLA_NODE_DATA", folder.path().join("node"))
        .env("TABELLA_NODE_LIMITS__REQUESTS_PER_SECOND", "many")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("REQUESTS_PER_SECOND") && said.contains("TABELLA_NODE_"), "{said}");
    assert!(!folder.path().join("node").join("ledger").exists());
}

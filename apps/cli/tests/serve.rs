//! `tabella serve`: where its settings come from, and how it stops; and the node that `tabella demo` leaves running.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
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
        let mut process =
            serve(folder, &[&["--json"], arguments].concat(), environment).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        Self { process, address: said["address"].as_str().unwrap().to_owned() }
    }

    fn get(&self, path: &str) -> (u16, String) {
        get(&self.address, path)
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
        self.exit_code()
    }

    /// Waits until the process ends.
    fn exit_code(&mut self) -> Option<i32> {
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

/// The command that serves the ledger of the folder's node.
fn serve(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabella"));
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .env("TABELLA_NODE_DATA", folder.join("node"))
        .env("TABELLA_NODE_LOG__LEVEL", "error")
        .env_remove("TABELLA_LEDGER")
        .env_remove("TABELLA_PASSPHRASE")
        .env_remove("TABELLA_LEDGER_PASSPHRASE")
        .envs(environment.iter().copied())
        .stdin(Stdio::null());
    command
}

/// Exit code of a node that must not start, and what it says.
fn refused(folder: &Path, environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let process = serve(folder, &[], environment).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut node = Node { process, address: String::new() };
    let code = node.exit_code();
    let mut said = String::new();
    node.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (code, said)
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Status and body of an answer.
fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
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

#[test]
fn node_of_an_encrypted_key_starts_with_its_passphrase_alone() {
    const PASSPHRASE: &str = "correct horse battery staple";
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_tabella"))
        .arg("--ledger")
        .arg(folder.path().join("node").join("ledger"))
        .args(["ledger", "init", "sealed.example", "--encrypt-key"])
        .env("TABELLA_INSECURE_FAST_KEY_FILES", "1")
        .env("TABELLA_LEDGER_PASSPHRASE", PASSPHRASE)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // A service manager gives a passphrase as a file. No other key file is read, so that the general option does, too.
    let file = folder.path().join("passphrase");
    fs::write(&file, PASSPHRASE).unwrap();
    for option in ["--ledger-passphrase-file", "--passphrase-file"] {
        let node = Node::start(folder.path(), &[option, file.to_str().unwrap()], &[]);
        assert_eq!(node.name(), "sealed.example");
        assert_eq!(node.terminate(), Some(0));
    }
    let (code, said) = refused(folder.path(), &[("TABELLA_LEDGER_PASSPHRASE", "wrong horse battery staple")]);
    assert_eq!(code, Some(77), "{said}");
    assert!(said.contains("cannot open the encrypted") && said.contains("TABELLA_LEDGER_PASSPHRASE"), "{said}");
}

#[test]
fn passphrase_without_a_ledger_makes_no_plain_key() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = refused(folder.path(), &[("TABELLA_LEDGER_PASSPHRASE", "correct horse battery staple")]);
    assert_eq!(code, Some(66), "{said}");
    let ledger = folder.path().join("node").join("ledger");
    let remedy = format!("`tabella --ledger {} ledger init NAME --encrypt-key`", ledger.display());
    assert!(said.contains(&remedy), "{said}");
    assert!(!folder.path().join("node").exists(), "nothing is made");
}

#[test]
fn passphrase_for_a_plain_key_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Node::start(folder.path(), &[], &[]).terminate(), Some(0));
    let mut process = serve(folder.path(), &[], &[("TABELLA_LEDGER_PASSPHRASE", "correct horse battery staple")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Kept to the end: the node says more.
    let mut out = BufReader::new(process.stdout.take().unwrap());
    let mut errors = process.stderr.take().unwrap();
    let node = Node { process, address: String::new() };
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.contains("The node is running"), "{line}");
    assert_eq!(node.terminate(), Some(0));
    let mut said = String::new();
    errors.read_to_string(&mut said).unwrap();
    assert!(said.contains("lies in plain text") && said.contains("ledger key encrypt`"), "{said}");
}

/// The demonstration on three ballots, without a terminal, and the node that it says it leaves.
fn demonstrate(folder: &Path, environment: &[(&str, &str)]) -> (Output, Option<LeftRunning>) {
    let run = Command::new(env!("CARGO_BIN_EXE_tabella"))
        .args(["demo", "--limit", "3", "--listen", "127.0.0.1:0"])
        .current_dir(folder)
        .env("TABELLA_HOME", folder.join("home"))
        // The node must not take it for its own.
        .env("TABELLA_LEDGER", folder.join("another"))
        .env_remove("TABELLA_PRODUCTION")
        .env_remove("TABELLA_PARAMETERS")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let left = after(&String::from_utf8_lossy(&run.stdout), "Stop it with: kill ")
        .map(|id| LeftRunning { id: id.to_owned(), stopped: false });
    (run, left)
}

/// A process that somebody else has started, and that does not outlive the test.
struct LeftRunning {
    id: String,
    /// Its id may be another process's by now.
    stopped: bool,
}

impl LeftRunning {
    fn signal(&self, signal: &str) -> bool {
        Command::new("kill").args([signal, &self.id]).stderr(Stdio::null()).status().unwrap().success()
    }
}

impl Drop for LeftRunning {
    fn drop(&mut self) {
        if !self.stopped {
            self.signal("-KILL");
        }
    }
}

/// What follows `before` on its line.
fn after<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(before))
}

#[test]
fn demonstration_without_a_terminal_leaves_a_node_that_serves_its_election() {
    let folder = tempfile::tempdir().unwrap();
    let (run, process) = demonstrate(folder.path(), &[("TABELLA_LEDGER_PASSPHRASE", "correct horse battery staple")]);
    let (said, errors) = (String::from_utf8(run.stdout).unwrap(), String::from_utf8(run.stderr).unwrap());
    assert_eq!(run.status.code(), Some(0), "{errors}");
    let mut process = process.unwrap_or_else(|| panic!("{said}"));
    #[cfg(target_os = "linux")]
    {
        let environment = fs::read(format!("/proc/{}/environ", process.id)).unwrap();
        let environment = String::from_utf8_lossy(&environment);
        assert!(
            environment.contains("TABELLA_HOME") && !environment.contains("LEDGER_PASSPHRASE"),
            "it gets no passphrase"
        );
    }
    assert!(errors.contains(&format!("the node starts, as process {}\n", process.id)), "{errors}");
    let log = folder.path().join("demo-election").join("node.log");
    assert!(said.contains(&format!("as process {}; its log is demo-election/node.log.", process.id)), "{said}");
    let url = after(&said, "The node is running: ").unwrap();
    let address = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    assert_eq!(get(address, "/healthz"), (200, "ok\n".to_owned()), "{}", fs::read_to_string(&log).unwrap());
    let (status, elections) = get(address, "/v1/elections");
    let elections: Value = serde_json::from_str(&elections).unwrap();
    assert_eq!((status, &elections["elections"][0]["stage"]), (200, &Value::from("published")), "{elections}");
    assert!(!folder.path().join("another").exists(), "it serves the ledger of the demonstration");

    assert!(process.signal("-TERM"));
    let start = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(60), "it does not stop");
        thread::sleep(Duration::from_millis(50));
    }
    process.stopped = true;
}

#[test]
fn node_of_the_demonstration_that_does_not_start_is_told_with_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let (run, left) = demonstrate(folder.path(), &[("TABELLA_NODE_LIMITS__REQUESTS_PER_SECOND", "many")]);
    assert!(left.is_none());
    let said = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(74), "{said}");
    for part in [
        "error: the node of the election in demo-election has not started: it ended",
        "the node's settings are wrong",
        "Its log is demo-election/node.log",
        "`tabella --ledger demo-election/ledger serve --data demo-election --listen 127.0.0.1:0`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(fs::read_to_string(folder.path().join("demo-election/node.log")).unwrap().contains("REQUESTS_PER_SECOND"));
    assert!(!String::from_utf8(run.stdout).unwrap().contains("The node is running"));
}

//! The parties of an election, each with a folder of key files.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    cell::{Cell, RefCell},
    fs,
    io::Write as _,
    process::{Command, Output, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use tempfile::TempDir;

/// Who runs a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role<'a> {
    Authority,
    Trustee(&'a str),
    Voter(&'a str),
}

impl Role<'_> {
    fn name(self) -> String {
        match self {
            Self::Authority => "authority".to_owned(),
            Self::Trustee(name) => format!("trustee-{name}"),
            Self::Voter(name) => format!("voter-{name}"),
        }
    }
}

/// An election in a temporary folder, with the authority's folder `board`.
pub(crate) struct Election {
    folder: TempDir,
    pub(crate) registration: String,
    opens: SystemTime,
    closes: SystemTime,
    /// How far the clock of all parties is ahead, in seconds.
    ahead: Cell<u64>,
    /// Id of the trustees' ceremony, once it was held.
    pub(crate) ceremony: RefCell<String>,
}

impl Election {
    /// Begins an election that opens now and closes in so many seconds.
    pub(crate) fn begin(seconds: u64) -> Self {
        Self::begin_with(0, seconds, |draft| draft)
    }

    /// Begins an election that opens and closes in so many seconds, by a draft that is edited.
    pub(crate) fn begin_with(opens: u64, closes: u64, edit: impl FnOnce(String) -> String) -> Self {
        let opens = SystemTime::now() + Duration::from_secs(opens);
        let closes = SystemTime::now() + Duration::from_secs(closes);
        let folder = tempfile::tempdir().unwrap();
        let mut election = Self {
            folder,
            registration: String::new(),
            opens,
            closes,
            ahead: Cell::new(0),
            ceremony: RefCell::default(),
        };
        let template = election.run(Role::Authority, &["authority", "template"], "");
        let draft = text(&json(&template)["template"])
            .replace("2026-12-01T09:00:00\"", &format!("{}\"", rfc3339(opens)))
            .replace("2026-12-01T21:00:00", &rfc3339(closes))
            .replace("smallest_group = 5", "smallest_group = 2")
            .replace("epoch_seconds = 300", "epoch_seconds = 2");
        fs::write(election.path("election.toml"), edit(draft)).unwrap();
        let from = election.path("election.toml");
        let made = election.authority(&["init", "--from", &from]);
        election.registration = text(&made["registration"]);
        election
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn run(&self, role: Role<'_>, arguments: &[&str], input: &str) -> Output {
        self.run_with(role, arguments, input, &[])
    }

    /// Runs a command in an environment of which some variables are others.
    pub(crate) fn run_with(
        &self,
        role: Role<'_>,
        arguments: &[&str],
        input: &str,
        environment: &[(&str, &str)],
    ) -> Output {
        let mut child = self
            .command(role, arguments, environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that needs no input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    pub(crate) fn command(&self, role: Role<'_>, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tabella"));
        command
            .arg("--json")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TABELLA_HOME", self.folder.path().join(role.name()))
            .env("TABELLA_LEDGER", self.folder.path().join("ledger"))
            .env("TABELLA_PASSPHRASE", format!("the passphrase of {}", role.name()))
            .env("TABELLA_INSECURE_FAST_KEY_FILES", "1")
            .env("TABELLA_INSECURE_CLOCK_AHEAD", self.ahead.get().to_string())
            .envs(environment.iter().copied());
        command
    }

    /// `tabella authority COMMAND… board ARGUMENTS…`; options and further arguments stand after the command's words.
    pub(crate) fn authority(&self, arguments: &[&str]) -> Value {
        let words = match arguments.first() {
            Some(&("roll" | "ceremony")) => 2,
            _ => 1,
        };
        let board = self.path("board");
        let mut all = vec!["authority"];
        all.extend(&arguments[..words]);
        all.push(&board);
        all.extend(&arguments[words..]);
        json(&self.run(Role::Authority, &all, ""))
    }

    pub(crate) fn trustee(&self, name: &str, arguments: &[&str]) -> Value {
        let all: Vec<&str> = std::iter::once("trustee").chain(arguments.iter().copied()).collect();
        json(&self.run(Role::Trustee(name), &all, ""))
    }

    pub(crate) fn voter(&self, name: &str, arguments: &[&str]) -> Value {
        let all: Vec<&str> = std::iter::once("voter").chain(arguments.iter().copied()).collect();
        json(&self.run(Role::Voter(name), &all, ""))
    }

    /// Makes a voter's wallet and shows the address to register.
    pub(crate) fn address(&self, name: &str) -> String {
        json(&self.run(Role::Voter(name), &["wallet", "new"], ""));
        let shown = self.run(Role::Voter(name), &["wallet", "address", "--election", &self.registration], "");
        text(&json(&shown)["address"])
    }

    pub(crate) fn register(&self, names: &[&str]) {
        let addresses: Vec<String> = names.iter().map(|name| self.address(name)).collect();
        let arguments: Vec<&str> = ["roll", "add"].into_iter().chain(addresses.iter().map(String::as_str)).collect();
        assert_eq!(self.authority(&arguments)["added"], names.len());
    }

    pub(crate) fn cards(&self, names: &[&str]) {
        for name in names {
            self.trustee(name, &["card", name, "-o", &self.path(&format!("{name}-card"))]);
        }
    }

    pub(crate) fn set_up(&self, threshold: u16, names: &[&str]) -> Value {
        let cards: Vec<String> = names.iter().map(|name| self.path(&format!("{name}-card"))).collect();
        let threshold = format!("--threshold={threshold}");
        let arguments = ["ceremony", "setup", &threshold].into_iter().chain(cards.iter().map(String::as_str));
        self.authority(&arguments.collect::<Vec<_>>())
    }

    /// All rounds, each trustee in processes of its own.
    pub(crate) fn hold_ceremony(&self, threshold: u16, names: &[&str]) {
        self.cards(names);
        let mut input = text(&self.set_up(threshold, names)["file"]);
        for (round, step) in ["commit", "reveal", "confirm", "share", "finish"].into_iter().enumerate() {
            let messages: Vec<String> = names
                .iter()
                .map(|name| {
                    let output = self.path(&format!("{name}-{round}"));
                    self.trustee(name, &["ceremony", step, &input, "-o", &output]);
                    output
                })
                .collect();
            let arguments: Vec<&str> =
                ["ceremony", "collect"].into_iter().chain(messages.iter().map(String::as_str)).collect();
            input = text(&self.authority(&arguments)["file"]);
        }
        self.ceremony.replace(text(&self.authority(&["ceremony", "assemble"])["ceremony"]));
    }

    pub(crate) fn rehearse(&self, name: &str) -> Value {
        let manifest = self.path("board/manifest.tabella");
        self.trustee(name, &["rehearse", &manifest, "-o", &self.path(&format!("{name}-rehearsal"))])
    }

    pub(crate) fn open(&self, names: &[&str]) -> Value {
        let rehearsals: Vec<String> = names.iter().map(|name| self.path(&format!("{name}-rehearsal"))).collect();
        let arguments: Vec<&str> = std::iter::once("open").chain(rehearsals.iter().map(String::as_str)).collect();
        self.authority(&arguments)
    }

    /// Manifest, rehearsals and opening, after the ceremony; the election id.
    pub(crate) fn freeze_and_open(&self, trustees: &[&str]) -> String {
        let id = text(&self.authority(&["manifest"])["election"]);
        for name in trustees {
            self.rehearse(name);
        }
        self.open(trustees);
        id
    }

    /// Sets everybody's clock to when ballots are accepted.
    pub(crate) fn wait_for_opening(&self) {
        self.wait_until(self.opens);
    }

    /// Sets everybody's clock to when rights that were moved until now can be cast: epochs have two seconds.
    pub(crate) fn next_epoch(&self) {
        self.ahead.set(self.ahead.get() + 3);
    }

    /// Sets everybody's clock to when ballots are refused.
    pub(crate) fn wait_for_close(&self) {
        self.wait_until(self.closes);
    }

    fn wait_until(&self, time: SystemTime) {
        if let Ok(left) = time.duration_since(SystemTime::now()) {
            self.ahead.set(self.ahead.get().max(left.as_secs() + 1));
        }
    }
}

/// The one line of JSON of a command that succeeded.
#[track_caller]
pub(crate) fn json(run: &Output) -> Value {
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

/// Message and causes of a command that failed with a code.
#[track_caller]
pub(crate) fn refusal(run: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(code), "{text}");
    let error: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let causes = error["error"]["causes"].as_array().unwrap().iter().map(|cause| cause.as_str().unwrap());
    std::iter::once(error["error"]["message"].as_str().unwrap()).chain(causes).collect::<Vec<_>>().join(": ")
}

#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn rfc3339(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap().as_secs();
    jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap().to_string()
}

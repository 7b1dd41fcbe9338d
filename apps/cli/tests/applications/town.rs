//! A ledger and people, who know of each other only what they hand over as files and words.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::Arc,
};

use serde_json::Value;
use tabella_protocol::note::{AssetId, NoteValue};
use tabella_trade::{exchange::Offer, files::TradeFile as _};

const PASSPHRASE: &str = "correct horse battery staple";

/// A ledger, and a home for each person.
pub(crate) struct Town {
    folder: Arc<tempfile::TempDir>,
    /// By how many seconds the clocks of its people are ahead.
    ahead: u64,
}

impl Town {
    /// No ledger yet.
    pub(crate) fn bare() -> Self {
        Self { folder: Arc::new(tempfile::tempdir().unwrap()), ahead: 0 }
    }

    /// A ledger, and an issuer of assets.
    pub(crate) fn new() -> Self {
        let town = Self::bare();
        town.run("issuer", &["ledger", "init", "ledger.test"]);
        town.run("issuer", &["asset", "new-issuer"]);
        town
    }

    /// The same town at a later time: so many seconds from now.
    pub(crate) fn later(&self, seconds: u64) -> Self {
        Self { folder: Arc::clone(&self.folder), ahead: seconds }
    }

    pub(crate) fn home(&self, person: &str) -> PathBuf {
        self.folder.path().join(person)
    }

    /// The path of a file that people hand to each other.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// A command of a person.
    pub(crate) fn spawn(&self, person: &str, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_tabella"))
            .arg("--json")
            .args(arguments)
            .env("TABELLA_HOME", self.home(person))
            .env("TABELLA_LEDGER", self.folder.path().join("ledger"))
            .env("TABELLA_PASSPHRASE", PASSPHRASE)
            .env("TABELLA_INSECURE_FAST_KEY_FILES", "1")
            .env("TABELLA_INSECURE_CLOCK_AHEAD", self.ahead.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn output(&self, person: &str, arguments: &[&str]) -> Output {
        self.spawn(person, arguments).wait_with_output().unwrap()
    }

    /// What a command shows.
    #[track_caller]
    pub(crate) fn run(&self, person: &str, arguments: &[&str]) -> Value {
        done(arguments, &self.output(person, arguments))
    }

    /// What a refused command says, its causes included.
    #[track_caller]
    pub(crate) fn refused(&self, person: &str, arguments: &[&str], code: i32) -> String {
        let output = self.output(person, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty());
        // Remarks come before.
        let error: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        let causes = error["error"]["causes"].as_array().into_iter().flatten().map(text);
        std::iter::once(text(&error["error"]["message"])).chain(causes).collect::<Vec<_>>().join("; ")
    }

    /// A new wallet's address.
    #[track_caller]
    pub(crate) fn person(&self, name: &str) -> String {
        owned(&self.run(name, &["wallet", "new"])["address"])
    }

    /// The issuer makes an asset, all of it for one address. `amount` is the cap as well.
    #[track_caller]
    pub(crate) fn issue(&self, asset: &str, decimals: &str, to: &str, amount: &str) -> Value {
        let issue = ["asset", "issue", "--name", asset, "--decimals", decimals, "--cap", amount];
        self.run("issuer", &[&issue[..], &["--to", to, "--amount", amount]].concat())
    }

    /// Offers like that of a file, but in another asset, for another thing, and for two of it.
    pub(crate) fn lying_offers(&self, offer: &str) -> [String; 3] {
        let honest = Offer::from_file(&fs::read(offer).unwrap()).unwrap();
        let other = AssetId::from_bytes(&[1; 32]).unwrap();
        let lies = [
            ("other-asset", Offer { asset: other, ..honest.clone() }),
            ("other-thing", Offer { wanted: other, ..honest.clone() }),
            ("two", Offer { quantity: NoteValue(2), ..honest }),
        ];
        lies.map(|(name, lie)| {
            let path = self.file(name);
            fs::write(&path, lie.to_file()).unwrap();
            path
        })
    }

    /// What a person's wallet can spend of an asset.
    #[track_caller]
    pub(crate) fn spendable(&self, person: &str, asset: &str) -> String {
        let balance = self.run(person, &["wallet", "balance"]);
        let held = balance["balances"].as_array().unwrap().iter().find(|held| held["name"] == asset);
        held.map_or_else(|| "nothing".into(), |held| owned(&held["spendable"]))
    }
}

/// What a command has shown that was started before.
#[track_caller]
pub(crate) fn done(arguments: &[&str], output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

#[track_caller]
pub(crate) fn owned(value: &Value) -> String {
    text(value).to_owned()
}

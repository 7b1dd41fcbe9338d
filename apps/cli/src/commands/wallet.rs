//! Wallets: one seed in a key file under a passphrase, its 24 words on paper, and the addresses that derive from it; what it
//! holds on a ledger, and payments.

mod custody;
mod demo;
mod disclose;
mod order;
mod request;
mod send;
mod view;

use std::{
    fmt,
    io::{self, BufRead as _, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use rand_core::{OsRng, RngCore as _};
use serde::{Serialize, Serializer};
use tabella_protocol::keys::{Account, AddressKind, Diversifier, Seed};
use tabella_prover::keyfile::{self, KeyFileContent, KeyFileError, WalletKey};
use zeroize::Zeroizing;

pub(super) use self::view::viewing_key;
use crate::{bytes::bytes32, cli::Context, elections::keys};

/// What can be done with a wallet.
#[derive(Debug, Subcommand)]
pub enum Wallet {
    /// Make a wallet: shows 24 words once, for writing down, and keeps the seed in a key file under a passphrase
    New(New),
    /// Make the key file again from the 24 words, read from standard input
    Restore(Restore),
    /// Show an address, to which others send
    Address(ShowAddress),
    /// Show what the wallet holds, by asset
    Balance(view::ShowBalance),
    /// Pay one or many at once: all of them or none
    Send(Box<send::Send>),
    /// Ask to be paid: a request as text and as a QR code
    Request(Box<request::Request>),
    /// Pay what a request asks for
    Pay(Box<send::Pay>),
    /// Show what came and went
    History(view::ShowHistory),
    /// Write a file that shows one payment, and nothing else, to whoever has it
    Disclose(disclose::Disclose),
    /// Check a payment that somebody disclosed
    CheckDisclosure(disclose::CheckDisclosure),
    /// Show a key that sees this account's payments and spends nothing, for an auditor
    ExportViewingKey(view::ExportViewingKey),
    /// A spending key that several hold, any t of whom sign together
    #[command(subcommand)]
    Custody(custody::Custody),
    /// Try out: requests, payments to many, disclosures, viewing keys, and a treasury of three
    Demo(demo::Demo),
}

/// Arguments of `wallet new`.
#[derive(Args, Debug)]
pub struct New {
    #[command(flatten)]
    file: KeyFile,
}

/// Arguments of `wallet restore`.
#[derive(Args, Debug)]
pub struct Restore {
    #[command(flatten)]
    file: KeyFile,
}

/// Arguments of `wallet address`.
#[derive(Args, Debug)]
pub struct ShowAddress {
    #[command(flatten)]
    file: KeyFile,
    /// Account of payments
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "election")]
    account: u32,
    /// Address for a voting right, of the election with this registration id (64 hexadecimal digits)
    #[arg(long, value_name = "ID", value_parser = registration_id)]
    election: Option<[u8; 32]>,
    /// Which of the account's addresses; they cannot be linked to one another
    #[arg(long, value_name = "N", default_value_t = 0)]
    index: u64,
}

#[derive(Args, Debug)]
pub(super) struct KeyFile {
    /// Key file [default: wallet.age in TABELLA_HOME, else in the folder for data of applications]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl KeyFile {
    pub(super) fn path(&self, context: &Context) -> anyhow::Result<PathBuf> {
        self.key_file.clone().map_or_else(|| context.paths.wallet(), Ok)
    }

    /// The path of a file that is to be made: refused before anything is asked for if there is one.
    fn new_path(&self, context: &Context) -> anyhow::Result<PathBuf> {
        let path = self.path(context)?;
        if path.try_exists().unwrap_or(false) {
            return Err(KeyFileError::Exists(path).into());
        }
        Ok(path)
    }
}

/// Reads the key file of a wallet; asks for its passphrase.
///
/// # Errors
/// If there is no passphrase or the file does not open with it.
pub(super) fn read_key(path: &Path, context: &Context) -> anyhow::Result<WalletKey> {
    // Before a passphrase is asked for in vain.
    std::fs::metadata(path)
        .with_context(|| format!("there is no key file {}: `tabella wallet new` makes one", path.display()))?;
    let passphrase = context.passphrase.existing(&path.display().to_string())?;
    Ok(keyfile::read(path, &(&passphrase).into())?)
}

impl Wallet {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::New(new) => new.run(context),
            Self::Restore(restore) => restore.run(context),
            Self::Address(address) => address.run(context),
            Self::Balance(balance) => balance.run(context),
            Self::Send(send) => send.run(context),
            Self::Request(request) => request.run(context),
            Self::Pay(pay) => pay.run(context),
            Self::History(history) => history.run(context),
            Self::Disclose(disclose) => disclose.run(context),
            Self::CheckDisclosure(check) => check.run(context),
            Self::ExportViewingKey(export) => export.run(context),
            Self::Custody(custody) => custody.run(context),
            Self::Demo(demo) => demo.run(context),
        }
    }
}

impl New {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let path = self.file.new_path(context)?;
        let mut bytes = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(bytes.as_mut());
        let key = WalletKey::new(Seed::new(*bytes));
        create_key(&path, &key, context)?;
        let words = Words(key.seed().to_words());
        context.output.show(&NewWallet { address: first_address(key.seed()), words, key_file: path })
    }
}

impl Restore {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let path = self.file.new_path(context)?;
        if io::stdin().is_terminal() {
            context.output.remark("The 24 words, on one line:");
        }
        // 24 words of at most eight letters; no line that is longer can be right.
        let mut line = Zeroizing::new(String::with_capacity(1024));
        io::stdin().lock().take(1024).read_line(&mut line).context("cannot read the words from standard input")?;
        let words = Zeroizing::new(line.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase());
        let key = WalletKey::new(Seed::from_words(&words)?);
        create_key(&path, &key, context)?;
        context.output.show(&RestoredWallet { address: first_address(key.seed()), key_file: path })
    }
}

impl ShowAddress {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let key = read_key(&self.file.path(context)?, context)?;
        let (account, kind) = match self.election {
            Some(id) => (Account::Election(id), AddressKind::Election),
            None => (Account::Payment(self.account), AddressKind::Payment),
        };
        let address = key.seed().account(&account).address(Diversifier::from_index(self.index));
        context.output.show(&ShownAddress { address: address.encode(kind) })
    }
}

/// Writes a new key file, under a passphrase that is asked for.
pub(super) fn create_key<K: KeyFileContent>(path: &Path, key: &K, context: &Context) -> anyhow::Result<()> {
    let passphrase = context.passphrase.fresh(&format!("the key file {}", path.display()))?;
    keys::create(path, key, &passphrase, context)
}

fn first_address(seed: &Seed) -> String {
    seed.account(&Account::Payment(0)).address(Diversifier::from_index(0)).encode(AddressKind::Payment)
}

fn registration_id(text: &str) -> Result<[u8; 32], String> {
    bytes32(text).ok_or_else(|| "a registration id is 64 hexadecimal digits".to_owned())
}

/// The 24 words: shown, never printed by Debug.
struct Words(Zeroizing<String>);

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[derive(Serialize)]
struct NewWallet {
    words: Words,
    key_file: PathBuf,
    address: String,
}

impl fmt::Display for NewWallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Write down these 24 words, in this order, and keep them where nobody else sees them:\n")?;
        let words: Vec<&str> = self.words.0.split(' ').collect();
        for row in 0..6 {
            for column in 0..4 {
                let index = row + 6 * column;
                write!(f, "  {:>2}. {:<10}", index + 1, words.get(index).unwrap_or(&""))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "\nThey are not shown again. Whoever has them has all that this wallet holds.")?;
        writeln!(f, "Without them, a lost key file or passphrase is the loss of everything.\n")?;
        writeln!(f, "key file  {}\naddress   {}", self.key_file.display(), self.address)
    }
}

#[derive(Serialize)]
struct RestoredWallet {
    key_file: PathBuf,
    address: String,
}

impl fmt::Display for RestoredWallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "key file  {}\naddress   {}", self.key_file.display(), self.address)
    }
}

#[derive(Serialize)]
struct ShownAddress {
    address: String,
}

impl fmt::Display for ShownAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

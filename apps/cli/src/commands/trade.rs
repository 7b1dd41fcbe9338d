//! Trade finance: letters of credit, from the application to the claim, and invoices that are confirmed once and sold once.

mod amend;
mod demo;
mod draft;
mod invoice;
mod letter;
mod review;
mod show;

use std::{fmt, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;
use tabella_ledger::node::Ledger;
use tabella_protocol::note::Timestamp;
use tabella_trade::keys::TradeKeys;
use tabella_trade_rules::TradeFinance;

use super::{
    exchange::{read_file, write_file},
    work::{self, Sent},
};
use crate::{bytes::bytes32, cli::Context, elections::time};

/// What can be done in trade finance.
#[derive(Debug, Subcommand)]
pub enum Trade {
    /// Show the key by which letters of credit and invoices name this wallet
    Key(ShowKey),
    /// Letters of credit: draft, issue, advise, present, accept, amend, claim
    #[command(subcommand)]
    Lc(letter::Lc),
    /// Invoices: confirm as their debtor, check and buy as a bank, sell as a seller
    #[command(subcommand)]
    Invoice(invoice::Invoice),
    /// Try out: a letter of credit and a sold invoice, with everybody who takes part and some who lie
    Demo(demo::Demo),
}

/// Arguments of `trade key`.
#[derive(Args, Debug)]
pub struct ShowKey {
    #[command(flatten)]
    me: Me,
}

/// Whose keys.
type Me = work::Owner<TradeKeys>;

impl Trade {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Key(key) => key.run(context),
            Self::Lc(letter) => letter.run(context),
            Self::Invoice(invoice) => invoice.run(context),
            Self::Demo(demo) => demo.run(context),
        }
    }
}

impl ShowKey {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let (_, keys) = self.me.open(context)?;
        context.output.show(&PartyKey { key: hex::encode(keys.party()) })
    }
}

#[derive(Serialize)]
struct PartyKey {
    key: String,
}

impl fmt::Display for PartyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.key)
    }
}

/// A party at work.
type Work<'a> = work::Work<'a, TradeKeys>;

impl Work<'_> {
    fn trade(&self) -> anyhow::Result<&TradeFinance> {
        state(&self.node)
    }
}

/// The application's state on a ledger.
fn state(node: &Ledger) -> anyhow::Result<&TradeFinance> {
    node.state().application().context("this ledger has no trade finance: it was made by another version")
}

/// A file that a command has made.
#[derive(Serialize)]
struct Written {
    file: PathBuf,
    #[serde(skip)]
    what: &'static str,
    #[serde(skip)]
    then: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<String>,
    /// Of an amendment or a consent: what is signed by whoever agrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {}", self.what, self.file.display())?;
        if let Some(letter) = &self.letter {
            writeln!(f, "letter       {letter}")?;
        }
        if let Some(digest) = &self.digest {
            writeln!(f, "digest       {digest}")?;
        }
        writeln!(f, "\n{}", self.then)
    }
}

/// A key on the command line: 64 hexadecimal digits.
fn key(text: &str) -> Result<[u8; 32], String> {
    bytes32(text).ok_or_else(|| "a key is 64 hexadecimal digits: `tabella trade key` shows a wallet's".to_owned())
}

/// A time on the command line.
fn moment(text: &str) -> Result<Timestamp, String> {
    time::parse(text, None).map_err(|error| error.to_string())
}

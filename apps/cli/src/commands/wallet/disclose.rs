//! Showing one payment to a third party, and checking one that was shown.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use serde::Serialize;
use tabella_ledger::node::Ledger;
use tabella_payments::viewing::ViewingKey;
use tabella_protocol::{
    disclosure::PaymentDisclosure,
    keys::AddressKind,
    note_encryption::SentNote,
    transaction::{LoggedTransaction, TransactionDigest},
};

use super::view::{Source, show_memo};
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::ledger,
    elections::{files, time::Time},
    output::visible,
    paths::{Readers, write_new},
};

/// Arguments of `wallet disclose`.
#[derive(Args, Debug)]
pub struct Disclose {
    /// The payment's transaction: `tabella wallet history --json` names it
    #[arg(value_name = "TRANSACTION")]
    transaction: TransactionDigest,
    #[command(flatten)]
    source: Source,
    /// File of the disclosure
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `wallet check-disclosure`.
#[derive(Args, Debug)]
pub struct CheckDisclosure {
    /// File of the disclosure
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Disclose {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let ViewingKey::Full(key) = self.source.key(context)? else {
            bail!(
                "an incoming viewing key does not tell change from payments: disclosing takes the wallet or its full viewing key"
            );
        };
        let entry = entry(&node, self.transaction)?;
        let disclosure = PaymentDisclosure::new(&key, &entry.transaction.effects)?;
        // What is handed out holds.
        let note = disclosure.check(&entry.transaction.effects)?;
        write_new(&self.output, &files::encode(&disclosure), Readers::Owner)?;
        context
            .output
            .remark("Whoever has the file sees this payment for ever. It shows nothing else, and spends nothing.");
        context.output.show(&Disclosed::new(&node, &entry, &note, Some(self.output)))
    }
}

impl CheckDisclosure {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let disclosure: PaymentDisclosure = files::read(&self.file)?;
        let node = ledger::open(context)?;
        let refused = || format!("the disclosure {} proves no payment", self.file.display());
        let ledger = node.state().id();
        if disclosure.ledger != ledger {
            let other = disclosure.ledger;
            return Err(anyhow!("it is of ledger {other}, and this is ledger {ledger}").context(refused()));
        }
        let entry = entry(&node, disclosure.transaction).with_context(refused)?;
        let note = disclosure.check(&entry.transaction.effects).with_context(refused)?;
        context.output.show(&Disclosed::new(&node, &entry, &note, None))
    }
}

fn entry(node: &Ledger, transaction: TransactionDigest) -> anyhow::Result<LoggedTransaction> {
    let entry = node.store().entry_by_digest(transaction)?;
    let entry = entry.ok_or_else(|| anyhow!("the ledger has no transaction {transaction}"))?;
    borsh::from_slice(&entry.bytes).context("the ledger's entry does not decode")
}

#[derive(Serialize)]
struct Disclosed {
    ledger: String,
    transaction: String,
    time: Time,
    to: String,
    amount: String,
    #[serde(flatten)]
    label: AssetLabel,
    issuer: Option<String>,
    memo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl Disclosed {
    fn new(node: &Ledger, entry: &LoggedTransaction, sent: &SentNote, file: Option<PathBuf>) -> Self {
        let assets = node.state().assets();
        let label = AssetLabel::of(assets, &sent.note.asset);
        Self {
            ledger: node.state().id().to_string(),
            transaction: entry.transaction.effects.digest().to_string(),
            time: Time(entry.time),
            to: sent.recipient.encode(AddressKind::Payment),
            amount: label.amount(u128::from(sent.note.value.0)),
            label,
            issuer: assets.get(&sent.note.asset).map(|state| hex::encode(state.description.issuer)),
            memo: show_memo(&sent.memo),
            file,
        }
    }
}

impl fmt::Display for Disclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ledger       {}\ntransaction  {}\naccepted     {}", self.ledger, self.transaction, self.time)?;
        writeln!(f, "amount       {} {}", self.amount, visible(&self.label.name))?;
        writeln!(f, "asset        {}", self.label.asset)?;
        if let Some(issuer) = &self.issuer {
            writeln!(f, "issuer       {issuer}")?;
        }
        writeln!(f, "to           {}", self.to)?;
        writeln!(f, "memo         {}", self.memo.as_deref().map(visible).unwrap_or_default())?;
        match &self.file {
            Some(file) => write!(f, "file         {}", file.display()),
            None => write!(
                f,
                "\nIt took place as shown. Names of assets are their issuers' choice: the id counts. Whose the address is, and who \
                 paid, it does not say; compare the whole address."
            ),
        }
    }
}

//! Letters, as a party reads them.

use std::fmt;

use clap::Args;
use serde::Serialize;
use tabella_payments::log::{LogError, read_entries};
use tabella_protocol::note::Timestamp;
use tabella_trade::{
    keys::TradeKeys,
    reading::{acknowledge, claims, locked},
};
use tabella_trade_rules::{
    letter::{DocumentKind, LetterId},
    readable::{DocumentRow, LetterRow},
    state::Letter,
};

use super::{Me, Sent, Work, letter::Which};
use crate::{
    assets::AssetLabel,
    cli::Context,
    elections::time::Time,
    output::{Table, visible},
};

/// Arguments of `trade lc show`.
#[derive(Args, Debug)]
pub struct Show {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
}

/// Arguments of `trade lc list`.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    me: Me,
    /// All letters of the ledger, not only those in which this wallet takes part
    #[arg(long)]
    all: bool,
}

/// Where a letter stands, in one word.
pub(super) fn status(letter: &Letter, id: LetterId, now: Timestamp) -> &'static str {
    LetterRow::new(&id, letter, now).status
}

/// What a party has done.
#[derive(Serialize)]
pub(super) struct Done {
    pub(super) letter: String,
    pub(super) step: &'static str,
    pub(super) status: &'static str,
    #[serde(flatten)]
    pub(super) sent: Sent,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12} letter {}\nstatus       {}\n{}", self.step, self.letter, self.status, self.sent)
    }
}

/// What was claimed or taken back.
#[derive(Serialize)]
pub(super) struct Settled {
    pub(super) letter: String,
    pub(super) step: &'static str,
    pub(super) amount: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    #[serde(flatten)]
    pub(super) sent: Sent,
}

impl fmt::Display for Settled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible(&self.label.name);
        write!(f, "{:<12} {} {name}\nletter       {}\n{}", self.step, self.amount, self.letter, self.sent)
    }
}

/// A document that was examined.
#[derive(Serialize)]
pub(super) struct Examined {
    pub(super) letter: String,
    pub(super) presentation: u32,
    pub(super) document: usize,
    pub(super) kind: DocumentKind,
}

impl fmt::Display for Examined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { document, kind, presentation, letter } = self;
        writeln!(
            f,
            "The content is that of document {document}, {kind}, of presentation {presentation} under letter {letter}."
        )?;
        writeln!(f, "It is signed by the key that the letter names. What it says is yours to judge.")
    }
}

#[derive(Serialize)]
struct Shown {
    letter: String,
    /// The parts that this wallet has in it.
    roles: Vec<&'static str>,
    /// Who has the letter's file, or its money in the wallet, knows the amount.
    amount: Option<String>,
    name: String,
    description: Option<String>,
    /// Of the seller: whether every escrow opens in this wallet.
    claimable: Option<bool>,
    /// How many of its escrows were claimed.
    claimed: usize,
    #[serde(flatten)]
    row: LetterRow,
}

fn roles(letter: &Letter, keys: &TradeKeys) -> Vec<&'static str> {
    let (parties, own) = (&letter.terms.parties, keys.party());
    let signs = letter.conditions.documents.iter().any(|required| required.signer == own);
    let parts = [
        (parties.applicant == own, "applicant"),
        (parties.issuing_bank == own, "issuing bank"),
        (parties.advising_bank == own, "advising bank"),
        (parties.beneficiary == own, "beneficiary"),
        (parties.examiner == own, "examiner"),
        (signs, "signer of documents"),
    ];
    parts.into_iter().filter_map(|(has, name)| has.then_some(name)).collect()
}

impl Show {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let (id, file) = self.which.find(&work)?;
        let letter = work.letter(id)?;
        let roles = roles(&letter, &work.keys);
        let holder = work.holder()?;
        let label = AssetLabel::of(work.node.state().assets(), &letter.terms.asset);
        let claimed = claimed(&work, id)?;
        let opened =
            (roles.contains(&"beneficiary") && claimed == 0).then(|| acknowledge(holder.wallet(), id, &letter));
        let held: u128 = locked(holder.wallet(), id).iter().map(|value| u128::from(value.0)).sum();
        let of_wallet = match &opened {
            Some(Ok(amount)) => Some(*amount),
            _ => Some(held).filter(|held| *held > 0),
        };
        // The file's amount is that of the issue: an increase is known to who holds the notes.
        let of_file = file.as_ref().filter(|_| letter.escrows.len() == 1).map(|file| u128::from(file.amount.0));
        let first = file.filter(|file| file.terms.conditions.description == letter.conditions.description);
        if let Some(Err(warning)) = &opened {
            context.output.remark(&format!("warning: {warning}"));
        }
        context.output.show(&Shown {
            letter: id.to_string(),
            roles,
            amount: of_wallet.or(of_file).map(|amount| label.amount(amount)),
            name: label.name.clone(),
            description: first.map(|file| file.description),
            claimable: opened.map(|opened| opened.is_ok()),
            claimed,
            row: LetterRow::new(&id, &letter, work.node.now()?),
        })
    }
}

/// How many escrows of a letter were claimed, as everybody sees.
fn claimed(work: &Work<'_>, id: LetterId) -> anyhow::Result<usize> {
    let mut found = 0;
    if let Some(guard) = id.guard() {
        read_entries(&work.node, |_, logged| {
            found += claims(&logged.transaction.effects, &guard);
            Ok::<_, LogError>(())
        })?;
    }
    Ok(found)
}

pub(super) fn time(seconds: u64) -> String {
    Timestamp::new(seconds).map_or_else(|| seconds.to_string(), |time| Time(time).to_string())
}

/// What must be presented, by its numbers.
pub(super) fn documents(rows: &[DocumentRow]) -> Table {
    let mut table = Table::new(&[">", "document", "signed by"]);
    for (index, document) in rows.iter().enumerate() {
        table.row([(index + 1).to_string().as_str(), document.kind.name(), &document.signer]);
    }
    table
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = &self.row;
        let status = if self.claimed > 0 { "paid" } else { row.status };
        writeln!(f, "letter       {}\nstatus       {status}", self.letter)?;
        if !self.roles.is_empty() {
            writeln!(f, "your part    {}", self.roles.join(", "))?;
        }
        let amount = self.amount.as_deref().unwrap_or("(hidden)");
        writeln!(f, "amount       {amount} {}", visible(&self.name))?;
        if let Some(opens) = self.claimable {
            let text = if opens {
                "opens in this wallet: it can be claimed once documents are accepted"
            } else {
                "does NOT open: do not ship"
            };
            writeln!(f, "escrow       {text}")?;
        }
        if let Some(description) = &self.description {
            writeln!(f, "for          {}", visible(description))?;
        }
        standing(row, f)
    }
}

/// How a letter stands, as everybody sees it.
pub(super) fn standing(row: &LetterRow, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let advised = if row.advised { "yes" } else { "no" };
    writeln!(f, "issued       {}\nadvised      {advised}\namended      {} times", time(row.issued), row.version)?;
    if let Some(latest) = row.latest_shipment {
        writeln!(f, "ship until   {}", time(latest))?;
    }
    writeln!(f, "present      before {}", time(row.expiry))?;
    writeln!(f, "claim        before {}\ntaken back   from {}", time(row.claim_until), time(row.refund_from))?;
    if let Some(silence) = row.silence {
        writeln!(f, "silence      accepts after {}", crate::elections::time::span(u64::from(silence)))?;
    }
    write!(f, "\n{}", documents(&row.documents))?;
    if let Some(presentation) = &row.presentation {
        writeln!(f, "\npresented    {} (number {})", time(presentation.at), presentation.number)?;
        if let Some(shipped) = presentation.shipped {
            let late = if presentation.late { ", too late" } else { "" };
            writeln!(f, "shipped      {}{late}", time(shipped))?;
        }
        if let Some(from) = presentation.accepted_by_silence.filter(|_| row.status == "presented") {
            writeln!(f, "silence      has accepted it from {} on", time(from))?;
        }
    }
    for found in &row.discrepancies {
        let code = serde_json::to_value(found.code).ok();
        let code = code.as_ref().and_then(serde_json::Value::as_str).unwrap_or("other");
        writeln!(f, "wrong        document {}: {code}", found.document + 1)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Listed {
    letters: Vec<ListedLetter>,
}

#[derive(Serialize)]
struct ListedLetter {
    letter: String,
    roles: Vec<&'static str>,
    status: &'static str,
    asset: String,
    expiry: Time,
}

impl List {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let now = work.node.now()?;
        let letters = work.trade()?.letters().map(|(id, letter)| ListedLetter {
            letter: id.to_string(),
            roles: roles(letter, &work.keys),
            status: status(letter, id, now),
            asset: AssetLabel::of(work.node.state().assets(), &letter.terms.asset).name,
            expiry: Time(letter.conditions.expiry),
        });
        let letters = letters.filter(|letter| self.all || !letter.roles.is_empty()).collect();
        context.output.show(&Listed { letters })
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.letters.is_empty() {
            return writeln!(
                f,
                "No letter of credit on this ledger names this wallet: `tabella trade lc draft` begins one."
            );
        }
        let mut table = Table::new(&["letter", "status", "asset", "present before", "your part"]);
        for letter in &self.letters {
            let (asset, expiry) = (visible(&letter.asset), letter.expiry.to_string());
            table.row([letter.letter.as_str(), letter.status, &asset, &expiry, &letter.roles.join(", ")]);
        }
        write!(f, "{table}")
    }
}

//! What the file of a letter or an amendment says, or a letter on the ledger, read before anybody signs.

use std::{fmt, fs, path::Path};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use tabella_trade::{
    files::{FileError, TradeFile as _},
    letters::{AmendmentFile, LetterFile, OnLedger},
};
use tabella_trade_rules::{
    letter::{Conditions, LetterId, Parties},
    readable::{DocumentRow, LetterRow},
};

use super::{
    letter::not_on_ledger,
    read_file,
    show::{documents, standing, time},
    state,
};
use crate::{assets::AssetLabel, cli::Context, output::visible};

/// Arguments of `trade lc review`.
#[derive(Args, Debug)]
pub struct Review {
    /// File of a letter or of an amendment; or the id of a letter, to see it as it stands on the ledger
    #[arg(value_name = "FILE_OR_ID")]
    what: String,
}

#[derive(Serialize)]
struct PartiesRow {
    applicant: String,
    issuing_bank: String,
    advising_bank: String,
    beneficiary: String,
    examiner: String,
}

impl PartiesRow {
    fn new(parties: &Parties) -> Self {
        Self {
            applicant: hex::encode(parties.applicant),
            issuing_bank: hex::encode(parties.issuing_bank),
            advising_bank: hex::encode(parties.advising_bank),
            beneficiary: hex::encode(parties.beneficiary),
            examiner: hex::encode(parties.examiner),
        }
    }
}

#[derive(Serialize)]
struct Reviewed {
    /// What the file is.
    kind: &'static str,
    letter: String,
    /// What is signed by whoever agrees to an amendment.
    digest: Option<String>,
    /// Of a letter its amount, of an amendment the increase.
    amount: Option<String>,
    #[serde(flatten)]
    label: AssetLabel,
    description: Option<String>,
    #[serde(flatten)]
    parties: Option<PartiesRow>,
    pay_to: Option<String>,
    latest_shipment: Option<u64>,
    expiry: u64,
    claim_until: u64,
    refund_from: u64,
    silence: Option<u32>,
    documents: Vec<DocumentRow>,
}

fn rows(conditions: &Conditions) -> Vec<DocumentRow> {
    let row = |required: &tabella_trade_rules::letter::Requirement| DocumentRow {
        kind: required.kind,
        signer: hex::encode(required.signer),
    };
    conditions.documents.iter().map(row).collect()
}

impl Review {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = crate::commands::ledger::open(context)?;
        if let Ok(id) = self.what.parse() {
            return context.output.show(&Standing::new(id, &node)?);
        }
        let file = Path::new(&self.what);
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let reviewed = match LetterFile::from_file(&bytes) {
            Err(FileError::Kind(_)) => amendment(&read_file(file)?, &node)?,
            read => letter(read.with_context(|| format!("{} is not used", file.display()))?, &node)?,
        };
        context.output.show(&reviewed)
    }
}

/// A letter as it stands, and the digests that are signed by whoever agrees to something.
#[derive(Serialize)]
struct Standing {
    letter: String,
    #[serde(flatten)]
    row: LetterRow,
    /// To take the last presentation as it is.
    waiver: Option<String>,
    /// To end the letter.
    cancellation: Option<String>,
}

impl Standing {
    fn new(id: LetterId, node: &tabella_ledger::node::Ledger) -> anyhow::Result<Self> {
        let letter = state(node)?.letter(&id).ok_or_else(|| not_on_ledger(id))?;
        let now = node.now()?;
        let to_agree = OnLedger { ledger: node.id(), id, letter }.to_agree(now);
        let [waiver, cancellation] = to_agree.map(|digest| digest.map(hex::encode));
        Ok(Self { letter: id.to_string(), row: LetterRow::new(&id, letter, now), waiver, cancellation })
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "letter       {}\nstatus       {}", self.letter, self.row.status)?;
        standing(&self.row, f)?;
        for (what, digest) in [("to waive", &self.waiver), ("to cancel", &self.cancellation)] {
            if let Some(digest) = digest {
                writeln!(f, "{what:<12} {digest}")?;
            }
        }
        Ok(())
    }
}

fn letter(file: LetterFile, node: &tabella_ledger::node::Ledger) -> anyhow::Result<Reviewed> {
    if file.ledger != node.id() {
        bail!("this letter is for ledger {}, not for the one that --ledger names", file.ledger);
    }
    file.check()?;
    let (terms, conditions) = (&file.terms, &file.terms.conditions);
    let label = AssetLabel::of(node.state().assets(), &terms.asset);
    Ok(Reviewed {
        kind: "letter",
        letter: file.id().to_string(),
        digest: None,
        amount: Some(label.amount(u128::from(file.amount.0))),
        label,
        parties: Some(PartiesRow::new(&terms.parties)),
        pay_to: Some(file.claimant.to_string()),
        latest_shipment: conditions.latest_shipment.map(|latest| latest.seconds()),
        expiry: conditions.expiry.seconds(),
        claim_until: terms.claim_until.seconds(),
        refund_from: terms.refund_from.seconds(),
        silence: conditions.silence,
        documents: rows(conditions),
        description: Some(file.description),
    })
}

fn amendment(file: &AmendmentFile, node: &tabella_ledger::node::Ledger) -> anyhow::Result<Reviewed> {
    let letter = state(node)?.letter(&file.letter).ok_or_else(|| not_on_ledger(file.letter))?;
    file.check(&OnLedger { ledger: node.id(), id: file.letter, letter })?;
    let (terms, conditions) = (&letter.terms, &file.conditions);
    let label = AssetLabel::of(node.state().assets(), &terms.asset);
    Ok(Reviewed {
        kind: "amendment",
        letter: file.letter.to_string(),
        digest: Some(hex::encode(file.digest())),
        amount: file.increase.map(|(amount, _)| label.amount(u128::from(amount.0))),
        label,
        description: file.description.as_ref().map(|(text, _)| text.clone()),
        parties: None,
        pay_to: None,
        latest_shipment: conditions.latest_shipment.map(|latest| latest.seconds()),
        expiry: conditions.expiry.seconds(),
        claim_until: terms.claim_until.seconds(),
        refund_from: terms.refund_from.seconds(),
        silence: conditions.silence,
        documents: rows(conditions),
    })
}

impl fmt::Display for Reviewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "letter       {}", self.letter)?;
        if let Some(digest) = &self.digest {
            writeln!(f, "amendment    {digest}")?;
        }
        let name = visible(&self.label.name);
        match (&self.amount, self.kind) {
            (Some(amount), "letter") => writeln!(f, "amount       {amount} {name}")?,
            (Some(amount), _) => writeln!(f, "grows by     {amount} {name}")?,
            (None, _) => writeln!(f, "grows by     nothing")?,
        }
        writeln!(f, "asset        {}", self.label.asset)?;
        let description = self.description.as_deref().map_or_else(|| "as before".into(), visible);
        writeln!(f, "for          {description}")?;
        if let Some(parties) = &self.parties {
            writeln!(f, "applicant    {}\nissued by    {}", parties.applicant, parties.issuing_bank)?;
            writeln!(f, "advised by   {}\nseller       {}", parties.advising_bank, parties.beneficiary)?;
            writeln!(f, "examiner     {}", parties.examiner)?;
        }
        if let Some(address) = &self.pay_to {
            writeln!(f, "paid to      {address}")?;
        }
        if let Some(latest) = self.latest_shipment {
            writeln!(f, "ship until   {}", time(latest))?;
        }
        writeln!(f, "present      before {}", time(self.expiry))?;
        writeln!(f, "claim        before {}\ntaken back   from {}", time(self.claim_until), time(self.refund_from))?;
        if let Some(silence) = self.silence {
            writeln!(f, "silence      accepts after {}", crate::elections::time::span(u64::from(silence)))?;
        }
        write!(f, "\n{}", documents(&self.documents))
    }
}

//! The steps of a letter of credit, by who takes them.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rand_core::OsRng;
use tabella_protocol::{keys::Address, note::Timestamp, note_encryption::Memo};
use tabella_prover::{
    builder::{Settlement, SpendPath, TransactionBuilder},
    wallet::NoteKind,
};
use tabella_trade::{
    documents::{SignedDocument, endorse},
    letters::{LetterFile, OnLedger},
    reading::escrows,
};
use tabella_trade_rules::{
    action::{Discrepancy, DiscrepancyCode},
    letter::{DocumentKind, LetterId},
    state::Letter,
};

use super::{
    Me, Work, Written, amend,
    draft::Draft,
    moment, read_file, review,
    show::{Done, List, Show},
    write_file,
};
use crate::{cli::Context, output::ExitKind};

/// What can be done with letters of credit.
#[derive(Debug, Subcommand)]
pub enum Lc {
    /// Applicant: write a letter with its terms and your consent
    Draft(Box<Draft>),
    /// Anyone: read the file of a letter or an amendment, or a letter as it stands, before you rely on it or agree
    Review(review::Review),
    /// Issuing bank: issue a letter; its amount is locked until it is claimed or comes back
    Issue(Issue),
    /// Advising bank: say that a letter is genuine
    Advise(OnLetter),
    /// Carrier, seller and others: sign a document for a letter
    Endorse(Endorse),
    /// Seller: present all documents; only blinded digests are public
    Present(Present),
    /// Examiner: see whether a document is the one that was presented
    Examine(Examine),
    /// Examiner: accept what was presented; the seller may claim
    Accept(OnLetter),
    /// Examiner: refuse what was presented, and say why
    Discrepancy(Refuse),
    /// Applicant and seller: agree to a waiver, an amendment or a cancellation, in a file for the issuing bank
    Consent(amend::Consent),
    /// Issuing bank: take documents as they are, with the applicant's consent; the seller may claim
    Waive(amend::WithConsents),
    /// Anyone: write an amendment, for those who are to agree to it
    DraftAmendment(Box<amend::DraftAmendment>),
    /// Issuing bank: amend a letter, with the consent of applicant and seller
    Amend(amend::Amend),
    /// Issuing bank: end a letter, with the consent of applicant and seller
    Cancel(amend::WithConsents),
    /// Seller: claim the amount
    Claim(Settle),
    /// Issuing bank: take the amount back when its time has come
    Refund(Settle),
    /// Show a letter: where it stands, and what this wallet knows of it
    Show(Show),
    /// List the letters of this wallet
    List(List),
}

/// A letter of credit on the ledger.
#[derive(Args, Debug)]
pub(super) struct Which {
    /// File of the letter, or its id
    #[arg(value_name = "LETTER")]
    letter: String,
}

impl Which {
    /// The id, and the file if there is one.
    pub(super) fn find(&self, work: &Work<'_>) -> anyhow::Result<(LetterId, Option<LetterFile>)> {
        if let Ok(id) = self.letter.parse() {
            return Ok((id, None));
        }
        let file: LetterFile = read_file(self.letter.as_ref())?;
        if file.ledger != work.node.id() {
            bail!("this letter is for ledger {}, not for the one that --ledger names", file.ledger);
        }
        file.check()?;
        Ok((file.id(), Some(file)))
    }
}

/// Arguments of the steps that need nothing but a letter.
#[derive(Args, Debug)]
pub struct OnLetter {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
}

/// Arguments of `trade lc issue`.
#[derive(Args, Debug)]
pub struct Issue {
    #[command(flatten)]
    me: Me,
    /// File of the letter
    #[arg(value_name = "FILE")]
    letter: PathBuf,
    /// Id of the letter, as `review` shows it beside the terms that you agree to
    #[arg(long, value_name = "ID", value_parser = letter_id)]
    id: LetterId,
    /// Address of the seller, as the seller or the applicant gave it to you
    #[arg(long, value_name = "ADDRESS")]
    pay_to: Address,
}

fn letter_id(text: &str) -> Result<LetterId, String> {
    text.trim().parse().map_err(|_| "an id is 64 hexadecimal digits: `tabella trade lc review` shows it".to_owned())
}

/// That a letter's file sends to this address. The letter's id commits to its owner only, not to the key under which the
/// note is sealed.
pub(super) fn sent_to(letter: &LetterFile, address: &Address) -> anyhow::Result<()> {
    if letter.claimant != *address {
        bail!("the letter's file sends the amount to another address, {}", letter.claimant);
    }
    Ok(())
}

/// The same refusal for whatever needs the letter.
pub(super) fn not_on_ledger(id: LetterId) -> anyhow::Error {
    ExitKind::missing(format!("letter {id} is not on this ledger: the bank issues it by `tabella trade lc issue`"))
}

/// Arguments of `trade lc endorse`.
#[derive(Args, Debug)]
pub struct Endorse {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
    /// What it is
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: DocumentKind,
    /// The document
    #[arg(long, value_name = "FILE")]
    content: PathBuf,
    /// When the goods were shipped, of a transport document
    #[arg(long, value_name = "TIME", value_parser = moment)]
    shipped: Option<Timestamp>,
    /// Where the signature is written; who is given it and the document can present it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

fn kind(text: &str) -> Result<DocumentKind, String> {
    let names = DocumentKind::ALL.map(DocumentKind::name).join(", ");
    let known = DocumentKind::ALL.into_iter().find(|known| known.name() == text);
    known.ok_or_else(|| format!("the kinds of documents are {names}"))
}

/// Arguments of `trade lc present`.
#[derive(Args, Debug)]
pub struct Present {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
    /// A signed document (as `endorse` writes it); again for each
    #[arg(long = "document", value_name = "FILE", required = true)]
    documents: Vec<PathBuf>,
}

/// Arguments of `trade lc examine`.
#[derive(Args, Debug)]
pub struct Examine {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
    /// A signed document (as `endorse` writes it)
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
    /// The document itself
    #[arg(long, value_name = "FILE")]
    content: PathBuf,
}

/// Arguments of `trade lc discrepancy`.
#[derive(Args, Debug)]
pub struct Refuse {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
    /// Number of a document, as `show` lists them from 1, and what is wrong with it; again for each
    #[arg(long = "found", value_name = "N=CODE", required = true, value_parser = discrepancy)]
    found: Vec<Discrepancy>,
}

fn discrepancy(text: &str) -> Result<Discrepancy, String> {
    let names = DiscrepancyCode::ALL.map(|(_, name)| name).join(", ");
    let form = || format!("a discrepancy is N=CODE, N the number of a document from 1, and CODE one of {names}");
    let (number, code) = text.split_once('=').ok_or_else(form)?;
    let document = number.trim().parse::<u8>().ok().and_then(|number| number.checked_sub(1)).ok_or_else(form)?;
    let known = DiscrepancyCode::ALL.into_iter().find(|(_, name)| *name == code.trim());
    Ok(Discrepancy { document, code: known.ok_or_else(form)?.0 })
}

/// Arguments of `trade lc claim` and `refund`.
#[derive(Args, Debug)]
pub struct Settle {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
    /// Address that the amount goes to [default: the wallet's own]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

impl Lc {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Draft(draft) => draft.run(context),
            Self::Review(review) => review.run(context),
            Self::Issue(issue) => issue.run(context),
            Self::Advise(on) => on.run(context, "advised", |on, work| Ok(on.advise(&work.keys)?)),
            Self::Endorse(endorse) => endorse.run(context),
            Self::Present(present) => present.run(context),
            Self::Examine(examine) => examine.run(context),
            Self::Accept(on) => on.run(context, "accepted", |on, work| Ok(on.accept(&work.keys)?)),
            Self::Discrepancy(refuse) => refuse.run(context),
            Self::Consent(consent) => consent.run(context),
            Self::Waive(with) => with.waive(context),
            Self::DraftAmendment(draft) => draft.run(context),
            Self::Amend(amend) => amend.run(context),
            Self::Cancel(with) => with.cancel(context),
            Self::Claim(settle) => settle.run(context, SpendPath::Claim),
            Self::Refund(settle) => settle.run(context, SpendPath::Refund),
            Self::Show(show) => show.run(context),
            Self::List(list) => list.run(context),
        }
    }
}

impl Work<'_> {
    /// A letter on the ledger.
    pub(super) fn letter(&self, id: LetterId) -> anyhow::Result<Letter> {
        let found = self.trade()?.letter(&id).cloned();
        found.ok_or_else(|| not_on_ledger(id))
    }

    pub(super) fn done(&self, id: LetterId, step: &'static str, sent: super::Sent) -> anyhow::Result<()> {
        let status = super::show::status(&self.letter(id)?, id, self.node.now()?);
        self.context.output.show(&Done { letter: id.to_string(), step, status, sent })
    }
}

type Transaction = tabella_protocol::transaction::Transaction;

impl OnLetter {
    fn run(
        self,
        context: &Context,
        step: &'static str,
        make: impl FnOnce(&OnLedger<'_>, &Work<'_>) -> anyhow::Result<Transaction>,
    ) -> anyhow::Result<()> {
        act(&self.me, &self.which, context, step, make)
    }
}

/// One step on a letter, without a transfer.
pub(super) fn act(
    me: &Me,
    which: &Which,
    context: &Context,
    step: &'static str,
    make: impl FnOnce(&OnLedger<'_>, &Work<'_>) -> anyhow::Result<Transaction>,
) -> anyhow::Result<()> {
    let mut work = me.begin(context)?;
    let (id, _) = which.find(&work)?;
    let letter = work.letter(id)?;
    let transaction = make(&OnLedger { ledger: work.node.id(), id, letter: &letter }, &work)?;
    let sent = work.send(transaction)?;
    work.done(id, step, sent)
}

impl Issue {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        let letter: LetterFile = read_file(&self.letter)?;
        if letter.ledger != work.node.id() {
            bail!("this letter is for ledger {}, not for the one that --ledger names", letter.ledger);
        }
        if letter.terms.parties.issuing_bank != work.keys.party() {
            bail!("the issuing bank issues this letter, and this wallet is not its issuing bank");
        }
        if letter.id() != self.id {
            bail!("this file is another letter, not the one of --id: `tabella trade lc review` shows what it says");
        }
        sent_to(&letter, &self.pay_to)?;
        let order = letter.lock_order(Memo::from_text("letter of credit")?)?;
        letter.check()?;
        let mut holder = work.holder()?;
        let transfer =
            work.ready(&mut holder, |holder, at| holder.prepare_lock(at, letter.terms.asset, &order, &mut OsRng))?;
        let with = letter.issue(&work.keys, transfer, &mut OsRng)?;
        let transaction = work.prove(&holder, with.transaction, vec![with.proof])?;
        let sent = work.send(transaction)?;
        work.done(letter.id(), "issued", sent)
    }
}

impl Endorse {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let (id, _) = self.which.find(&work)?;
        if self.shipped.is_some() != self.kind.is_transport() {
            bail!("a transport document, and no other, says when the goods were shipped (--shipped)");
        }
        let content = fs::read(&self.content).with_context(|| format!("cannot read {}", self.content.display()))?;
        let document = endorse(&work.keys, work.node.id(), id, self.kind, self.shipped, &content);
        if let Some(letter) = work.trade()?.letter(&id)
            && !letter.conditions.documents.contains(&document.requirement)
        {
            context.output.remark("warning: the letter asks for no such document under this wallet's key");
        }
        write_file(&self.out, &document)?;
        context.output.show(&Written {
            file: self.out,
            what: "signed in",
            then: "Give it to the seller together with the document. It names the document by a blinded digest.",
            letter: Some(id.to_string()),
            digest: None,
        })
    }
}

impl Present {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let documents: Vec<SignedDocument> =
            self.documents.iter().map(|path| read_file(path)).collect::<anyhow::Result<_>>()?;
        act(&self.me, &self.which, context, "presented", |on, work| Ok(on.present(&work.keys, &documents)?))
    }
}

impl Examine {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let (id, _) = self.which.find(&work)?;
        let letter = work.letter(id)?;
        let document: SignedDocument = read_file(&self.document)?;
        let content = fs::read(&self.content).with_context(|| format!("cannot read {}", self.content.display()))?;
        document.check_content(&content)?;
        let presented = letter.status.presentation().context("nothing has been presented under this letter")?;
        let at = letter.conditions.documents.iter().position(|required| *required == document.requirement);
        let is_it = at.and_then(|at| presented.documents.get(at)).is_some_and(|digest| *digest == document.document);
        if !is_it || document.letter != id || document.ledger != work.node.id() {
            bail!("this document is signed, but it is not the one that was presented under the letter");
        }
        context.output.show(&super::show::Examined {
            letter: id.to_string(),
            presentation: presented.number,
            document: at.map_or(0, |at| at + 1),
            kind: document.requirement.kind,
        })
    }
}

impl Refuse {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        act(&self.me, &self.which, context, "refused", |on, work| Ok(on.refuse(&work.keys, self.found)?))
    }
}

impl Settle {
    fn run(self, context: &Context, path: SpendPath) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        let (id, _) = self.which.find(&work)?;
        let letter = work.letter(id)?;
        let mut holder = work.holder()?;
        let kind = if path == SpendPath::Claim { NoteKind::EscrowToClaim } else { NoteKind::EscrowToRefund };
        let places: Vec<_> =
            escrows(holder.wallet(), id, kind).map(|note| (note.pool(), note.position(), note.note().value)).collect();
        if places.is_empty() {
            let who = if path == SpendPath::Claim { "to claim" } else { "to take back" };
            return Err(ExitKind::missing(format!("this wallet has nothing {who} under letter {id}")));
        }
        let now = work.node.now()?;
        if path == SpendPath::Claim && !letter.is_open(now) {
            bail!("documents have not been accepted under letter {id}: `tabella trade lc show` says where it stands");
        }
        if path == SpendPath::Refund && now < letter.terms.refund_from {
            let from = crate::elections::time::Time(letter.terms.refund_from);
            bail!("the amount can be taken back from {from} on");
        }
        let to = self.to.unwrap_or_else(|| holder.wallet().address(0));
        let mut total = 0;
        let mut last = None;
        for (pool, position, value) in places {
            let settlement = Settlement::To(to, Memo::empty());
            let transfer =
                holder.prepare_settlement(&work.moment()?, (pool, position), path, settlement, &mut OsRng)?;
            let mut builder = TransactionBuilder::new(work.node.id());
            builder.add(transfer);
            let transaction = work.prove(&holder, builder.build()?, Vec::new())?;
            last = Some(work.send(transaction)?);
            total += u128::from(value.0);
        }
        let sent = last.context("nothing was settled")?;
        let label = crate::assets::AssetLabel::of(work.node.state().assets(), &letter.terms.asset);
        let step = if path == SpendPath::Claim { "claimed" } else { "taken back" };
        context.output.show(&super::show::Settled {
            letter: id.to_string(),
            step,
            amount: label.amount(total),
            label,
            sent,
        })
    }
}

//! Signing: a proposal, two answers of each custodian, one transaction.

use std::{
    fmt, fs,
    io::{self, BufRead as _, Read as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_ledger::node::Ledger;
use tabella_payments::{
    holder::{Moment, read_wallet, submit},
    many::Sending,
};
use tabella_protocol::{note::AssetId, transaction::LedgerId};
use tabella_prover::{
    builder::WindowPolicy,
    custody::{
        CustodyAccount, CustodyKey,
        message::{Draft, Nonces, Package, Proposal, SignatureShares},
        review::Review,
        signing::{Session, package},
    },
    wallet::Wallet,
};

use super::{Folder, read_messages};
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::{
        ledger,
        wallet::{
            order::{Recipients, Wanted, usage},
            send::{explain, in_words},
            view::show_memo,
        },
        work::{Sent, proving_keys},
    },
    elections::{files, keys, time::Time},
    output::visible,
    paths::{Readers, create, refuse_existing, replace, write_new},
};

/// Arguments of `wallet custody propose`.
#[derive(Args, Debug)]
pub struct Propose {
    /// The account's file
    #[arg(value_name = "ACCOUNT")]
    account: PathBuf,
    #[command(flatten)]
    recipients: Recipients,
    /// Pay what a table says, as `wallet send` does
    #[arg(long, value_name = "FILE", conflicts_with = "to", required_unless_present_any = ["to", "next"])]
    csv: Option<PathBuf>,
    /// Id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME", required_unless_present_any = ["csv", "next"])]
    asset: Option<String>,
    /// File for the rest of the plan, if it takes more than one transaction
    #[arg(long, value_name = "FILE", conflicts_with = "next")]
    plan: Option<PathBuf>,
    /// Propose the next transaction of a plan, after the one before it was submitted
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["to", "csv", "asset"])]
    next: Option<PathBuf>,
    /// In how many days the custodians must have signed
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=90))]
    days: u64,
    /// File for the custodians
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// File that stays here, with the proofs
    #[arg(long, value_name = "FILE")]
    draft: PathBuf,
}

/// Arguments of `wallet custody commit`.
#[derive(Args, Debug)]
pub struct Commit {
    /// The proposal
    #[arg(value_name = "PROPOSAL")]
    proposal: PathBuf,
    #[command(flatten)]
    folder: Folder,
    /// Agree without being asked
    #[arg(long)]
    yes: bool,
    /// File of the message
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `wallet custody package`.
#[derive(Args, Debug)]
pub struct MakePackage {
    /// The account's file
    #[arg(value_name = "ACCOUNT")]
    account: PathBuf,
    /// The draft of the proposal
    #[arg(value_name = "DRAFT")]
    draft: PathBuf,
    /// The nonces of at least t custodians: those who will sign
    #[arg(value_name = "NONCES", required = true)]
    messages: Vec<PathBuf>,
    /// File for these custodians
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `wallet custody sign`.
#[derive(Args, Debug)]
pub struct SignPackage {
    /// The package
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    #[command(flatten)]
    folder: Folder,
    /// Sign without being asked
    #[arg(long)]
    yes: bool,
    /// File of the message
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `wallet custody submit`.
#[derive(Args, Debug)]
pub struct Submit {
    /// The account's file
    #[arg(value_name = "ACCOUNT")]
    account: PathBuf,
    /// The draft of the proposal
    #[arg(value_name = "DRAFT")]
    draft: PathBuf,
    /// The package
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// The signature shares of all custodians of the package
    #[arg(value_name = "SHARES", required = true)]
    messages: Vec<PathBuf>,
}

impl Propose {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        refuse_existing(&self.draft)?;
        let account: CustodyAccount = files::read(&self.account)?;
        let node = ledger::open(context)?;
        let mut wallet = Wallet::new(account.viewing_key().clone());
        read_wallet(&mut wallet, &node)?;
        let at = Moment { state: node.state(), keys: proving_keys(context)?, now: node.now()? };
        let mut sending = match &self.next {
            Some(plan) => files::read(plan)?,
            None => self.begin(&wallet, &at, &node)?,
        };
        let policy = WindowPolicy { after: self.days * 86_400, ..WindowPolicy::default() };
        let round = sending.next(&mut wallet, &at, policy, &mut OsRng).map_err(|error| explain(error, &node))?;
        let round = round.context("nothing of this plan is left to be done")?;
        let parameters = context.parameters.load(context)?;
        let task = context.progress.spin("proving");
        let proven = round.transaction.prove(&parameters, &mut OsRng)?;
        task.finish();
        let draft = Draft::new(account.id(), &proven).context("all transfers are the account's own")?;
        let review = Review::new(account.viewing_key(), &draft.proposal.request)?;
        write_new(&self.draft, &files::encode(&draft), Readers::Owner)?;
        write_new(&self.output, &files::encode(&draft.proposal), Readers::Owner)?;
        if let Some(plan) = self.plan.as_ref().or(self.next.as_ref()).filter(|_| !round.pays) {
            replace(plan, &files::encode(&sending), Readers::Owner)?;
            context.output.remark(&format!(
                "This transaction brings the account's own notes into shape, and pays nobody. Have it signed and submitted; \
                 then `tabella wallet custody propose ACCOUNT --next {}` goes on.",
                plan.display()
            ));
        }
        context.output.show(&Reviewed::new(&review, Some(&node), Some(self.output)))
    }
}

impl Propose {
    fn begin(&self, wallet: &Wallet, at: &Moment<'_>, node: &Ledger) -> anyhow::Result<Sending> {
        let wanted = match &self.csv {
            Some(path) => Wanted::read(path, self.asset.as_deref())?,
            None => Wanted::of(&self.recipients, self.asset.as_deref().unwrap_or_default())?,
        };
        let orders = wanted.iter().map(|wanted| wanted.order(node)).collect::<Result<_, _>>()?;
        let sending = Sending::plan(wallet, at, orders).map_err(|error| explain(error, node))?;
        let rounds = sending.transfers();
        match &self.plan {
            None if rounds.len() > 1 => {
                Err(usage(format!("{}: --plan FILE keeps what is to be done after the first one", in_words(&rounds))))
            }
            Some(plan) => refuse_existing(plan).map(|()| sending),
            None => Ok(sending),
        }
    }
}

impl Commit {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let proposal: Proposal = files::read(&self.proposal)?;
        let (identity, key, passphrase) = self.folder.custodian(context, proposal.custody)?;
        let path = self.folder.session(context, proposal.request.effects().digest())?;
        if path.exists() {
            let session: Session = keys::open(&path, &passphrase)?;
            context.output.remark("This custodian has given nonces for this transaction before: these are they.");
            write_new(&self.output, &session.nonces(), Readers::Default)?;
            return context.output.show(&reviewed(&session, &key, context, self.output)?);
        }
        // Reviewed before anything is asked or stored.
        let (session, review) = Session::commit(&key, &identity, proposal, &mut OsRng)?;
        agree(&review, self.yes, context)?;
        keys::create(&path, &session, &passphrase, context)?;
        write_new(&self.output, &session.nonces(), Readers::Default)?;
        context.output.show(&reviewed(&session, &key, context, self.output)?)
    }
}

impl MakePackage {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let account: CustodyAccount = files::read(&self.account)?;
        let draft: Draft = files::read(&self.draft)?;
        let (_, messages) = read_messages::<Nonces>(&self.messages)?;
        let package = package(&account, &draft.proposal, &messages)?;
        files::write(&self.output, &package)?;
        let names = package.nonces.iter().map(|message| account.setup().culprit(message.trustee).name);
        context.output.show(&Packaged {
            transaction: package.digest.to_string(),
            custodians: names.collect(),
            file: self.output,
        })
    }
}

impl SignPackage {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let package: Package = files::read(&self.package)?;
        let (identity, key, passphrase) = self.folder.custodian(context, package.custody)?;
        let path = self.folder.session(context, package.digest)?;
        if !path.exists() {
            bail!(
                "this custodian has given no nonces for transaction {}: `tabella wallet custody commit`",
                package.digest
            );
        }
        let seen: Session = keys::open(&path, &passphrase)?;
        agree(&seen.review(&key)?, self.yes, context)?;
        let (session, answer) = if seen.is_signed() {
            // Nothing is used: the answer that was given is given again.
            seen.sign(&key, &identity, &package)?
        } else {
            let claim = Claim::take(&path)?;
            // Read again: while the question waited, another process may have signed.
            let signed = keys::open::<Session>(&path, &passphrase)
                .and_then(|session| Ok(session.sign(&key, &identity, &package)?));
            let (session, answer) = match signed {
                Ok(signed) => signed,
                Err(error) => {
                    // No share was made, or none leaves this function.
                    claim.release()?;
                    return Err(error);
                }
            };
            // The nonces are gone from the medium before the share can be seen. If this fails, the claim stays.
            keys::replace(&path, &session, &passphrase, context)?;
            claim.release()?;
            (session, answer)
        };
        write_new(&self.output, &answer, Readers::Default)?;
        context.output.show(&reviewed(&session, &key, context, self.output)?)
    }
}

impl Submit {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let account: CustodyAccount = files::read(&self.account)?;
        let draft: Draft = files::read(&self.draft)?;
        let package: Package = files::read(&self.package)?;
        let (_, messages) = read_messages::<SignatureShares>(&self.messages)?;
        let transaction = draft.finish(&account, &package, &messages)?;
        let mut node = ledger::open(context)?;
        let accepted = submit(&mut node, transaction)?;
        context.output.show(&Sent { time: Time(accepted.time), transaction: accepted.digest.to_string() })
    }
}

/// A session's nonces, for one process alone: a file beside the session that only one can make. What was interrupted leaves it
/// there, and then these nonces sign nothing any more.
#[must_use]
struct Claim(PathBuf);

impl Claim {
    fn take(session: &Path) -> anyhow::Result<Self> {
        let path = session.with_extension("claim");
        match create(&path, Readers::Owner) {
            Ok(_) => Ok(Self(path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!(
                "another process signs this transaction, or was interrupted when it did ({} is there). If none is running, \
                 these nonces are not used any more: have the payment proposed again, and commit to new ones",
                path.display()
            ),
            Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
        }
    }

    fn release(self) -> anyhow::Result<()> {
        fs::remove_file(&self.0).with_context(|| format!("cannot remove {}", self.0.display()))
    }
}

/// Shows a custodian what its own computation found, and asks.
fn agree(review: &Review, yes: bool, context: &Context) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    context.output.ask(&Reviewed::new(review, own_ledger(review.ledger, context).as_ref(), None))?;
    context.output.remark("Compare every address with one that you have from the recipient. Type \"agree\" to go on:");
    let mut line = String::new();
    io::stdin().lock().take(64).read_line(&mut line).context("cannot read the answer from standard input")?;
    if line.trim() == "agree" { Ok(()) } else { Err(usage("not \"agree\": nothing was signed".into())) }
}

fn reviewed(session: &Session, key: &CustodyKey, context: &Context, file: PathBuf) -> anyhow::Result<Reviewed> {
    let review = session.review(key)?;
    Ok(Reviewed::new(&review, own_ledger(review.ledger, context).as_ref(), Some(file)))
}

/// The custodian's copy of the ledger, if it has one: only that tells the names and decimals of assets.
fn own_ledger(id: LedgerId, context: &Context) -> Option<Ledger> {
    ledger::open(context).ok().filter(|node| node.id() == id)
}

#[derive(Serialize)]
struct Reviewed {
    transaction: String,
    ledger: String,
    until: Time,
    pays: Vec<ReviewedPayment>,
    back: Vec<ReviewedAmount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

#[derive(Serialize)]
struct ReviewedPayment {
    to: String,
    #[serde(flatten)]
    amount: ReviewedAmount,
    memo: Option<String>,
}

#[derive(Serialize)]
struct ReviewedAmount {
    amount: String,
    #[serde(flatten)]
    label: AssetLabel,
}

impl ReviewedAmount {
    fn new(node: Option<&Ledger>, asset: &AssetId, units: u128) -> Self {
        let label = node.map_or_else(
            || AssetLabel { asset: asset.to_string(), name: "(smallest units)".into(), decimals: 0 },
            |node| AssetLabel::of(node.state().assets(), asset),
        );
        Self { amount: label.amount(units), label }
    }
}

impl Reviewed {
    fn new(review: &Review, node: Option<&Ledger>, file: Option<PathBuf>) -> Self {
        let pays = review.payments.iter().map(|payment| ReviewedPayment {
            to: payment.to.to_string(),
            amount: ReviewedAmount::new(node, &payment.asset, u128::from(payment.value.0)),
            memo: show_memo(&payment.memo),
        });
        let back = review
            .back
            .iter()
            .filter(|(_, units)| **units > 0)
            .filter_map(|(asset, units)| Some(ReviewedAmount::new(node, &AssetId::from_bytes(asset)?, *units)));
        Self {
            transaction: review.digest.to_string(),
            ledger: review.ledger.to_string(),
            until: Time(review.until),
            pays: pays.collect(),
            back: back.collect(),
            file,
        }
    }
}

impl fmt::Display for Reviewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "transaction  {}\nledger       {}\nbefore       {}\n", self.transaction, self.ledger, self.until)?;
        for ReviewedPayment { to, amount, memo } in &self.pays {
            writeln!(
                f,
                "pays         {} {}\nasset        {}",
                amount.amount,
                visible(&amount.label.name),
                amount.label.asset
            )?;
            writeln!(f, "to           {to}")?;
            if let Some(memo) = memo {
                writeln!(f, "memo         {}", visible(memo))?;
            }
            writeln!(f)?;
        }
        if self.pays.is_empty() {
            writeln!(f, "pays         nobody: it only brings the account's own notes into shape\n")?;
        }
        for amount in &self.back {
            writeln!(f, "comes back   {} {}", amount.amount, visible(&amount.label.name))?;
        }
        match &self.file {
            Some(file) => writeln!(f, "\nfile         {}", file.display()),
            None => Ok(()),
        }
    }
}

#[derive(Serialize)]
struct Packaged {
    transaction: String,
    custodians: Vec<String>,
    file: PathBuf,
}

impl fmt::Display for Packaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "transaction  {}\nsign         {}", self.transaction, self.custodians.join(", "))?;
        writeln!(f, "file         {}", self.file.display())
    }
}

//! What a sender does.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use tabella_protocol::note_encryption::Memo;
use tabella_remittance::{
    Agreed, Answer, Order, Payee, SignedQuote,
    iso20022::{InstructedAmount, Instruction, read_pain001},
    rules::{Corridor, RemittanceId},
    travel::{Ivms101, Particulars},
};

use super::{
    Me, Work,
    show::{NoticeShown, QuoteShown, SentRemittance},
    show_units, units, write_private,
};
use crate::{assets::AssetLabel, bytes::bytes32, cli::Context, elections::files};

/// Longest file of travel-rule data, and of an order, in bytes.
const MAX_BYTES: u64 = 1 << 22;

/// Arguments of `remittance check-quote`.
#[derive(Args, Debug)]
pub struct CheckQuote {
    /// File of the quote
    #[arg(value_name = "QUOTE")]
    quote: PathBuf,
}

/// Arguments of `remittance send`.
#[derive(Args, Debug)]
pub struct Send {
    #[command(flatten)]
    me: Me,
    /// File of the quote
    #[arg(value_name = "QUOTE")]
    quote: PathBuf,
    /// The most to pay in all, fee included; more is refused
    #[arg(long, value_name = "AMOUNT")]
    at_most: String,
    /// The least that is delivered; less is refused
    #[arg(long, value_name = "AMOUNT")]
    at_least: String,
    /// The provider's key, as `tabella remittance key` shows it there; a quote of another is refused
    #[arg(long, value_name = "KEY", value_parser = key)]
    provider: [u8; 32],
    /// File of the receiver's institution: where to deliver
    #[arg(long, value_name = "FILE")]
    payee: PathBuf,
    /// Who sends and who receives, in IVMS101 (JSON): sealed to both institutions
    #[arg(long, value_name = "FILE")]
    travel: PathBuf,
    /// By which the order names the payment, at most 35 characters
    #[arg(long, value_name = "TEXT", required_unless_present = "pain001")]
    reference: Option<String>,
    /// For the receiver, at most 140 characters
    #[arg(long, value_name = "TEXT")]
    information: Option<String>,
    /// The order as a pain.001 message: it must be of what is quoted; its reference and information are used
    #[arg(long, value_name = "FILE", conflicts_with_all = ["reference", "information"])]
    pain001: Option<PathBuf>,
    /// Which order of the message, by its EndToEndId
    #[arg(long, value_name = "TEXT", requires = "pain001")]
    end_to_end: Option<String>,
    /// File of the order: for the provider
    #[arg(long, value_name = "FILE")]
    order: PathBuf,
    /// File of the provider's answer, which is waited for
    #[arg(long, value_name = "FILE")]
    answer: PathBuf,
    /// File of the notice: for the receiver's institution
    #[arg(long, value_name = "FILE")]
    notice: PathBuf,
    /// How many minutes to wait for the answer
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    wait: u64,
}

/// Arguments of `remittance notice`.
#[derive(Args, Debug)]
pub struct NoticeAgain {
    /// Id of the remittance
    #[arg(value_name = "REMITTANCE")]
    remittance: RemittanceId,
    /// File of its order, as the provider was given it
    #[arg(long, value_name = "FILE")]
    order: PathBuf,
    /// File of the notice: for the receiver's institution
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

impl NoticeAgain {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = crate::commands::ledger::open(context)?;
        let order: Order = files::read(&self.order)?;
        let id = order.id();
        if id != self.remittance {
            bail!("{} is the order of another remittance, {id}", self.order.display());
        }
        // Nobody is told of what is not locked.
        super::stored(&node, &id)?;
        write_private(&self.output, &order.notice())?;
        context.output.show(&NoticeShown { remittance: id.to_string(), notice: self.output })
    }
}

impl CheckQuote {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = crate::commands::ledger::open(context)?;
        let quote: SignedQuote = files::read(&self.quote)?;
        let corridor = super::corridor(&node, &quote.quote.corridor)?;
        quote.check(node.id(), &corridor, node.now()?)?;
        let label = |asset| AssetLabel::of(node.state().assets(), asset);
        let labels = (&label(&corridor.pays), &label(&corridor.receives));
        context.output.show(&QuoteShown::new(&quote, &corridor, labels, None))
    }
}

pub(super) fn read_text(path: &Path) -> anyhow::Result<String> {
    let size = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    if size > MAX_BYTES {
        bail!("{} is longer than {MAX_BYTES} bytes", path.display());
    }
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The order of a pain.001 message, which must be of what is quoted.
fn instruction(
    path: &Path,
    end_to_end: Option<&str>,
    quote: &SignedQuote,
    (pays, receives): (&AssetLabel, &AssetLabel),
) -> anyhow::Result<Instruction> {
    let place = path.display();
    let all = read_pain001(&read_text(path)?).with_context(|| format!("{place} is not used"))?;
    let mut fitting = all.into_iter().filter(|order| end_to_end.is_none_or(|wanted| wanted == order.end_to_end));
    let order = match (fitting.next(), fitting.next()) {
        (Some(order), None) => order,
        (None, _) => bail!("{place} has no such order"),
        (Some(_), Some(_)) => bail!("{place} has several orders: --end-to-end names one by its EndToEndId"),
    };
    let priced = quote.quote.priced;
    let is = |amount: &tabella_remittance::iso20022::CurrencyAmount, value, label: &AssetLabel| {
        amount.currency() == label.name && units(amount.amount(), label).is_ok_and(|units| units == value)
    };
    let fits = match &order.amount {
        InstructedAmount::Instructed(amount) => is(amount, priced.pay, pays) || is(amount, priced.deliver, receives),
        InstructedAmount::Equivalent { paid, arrives_in } => is(paid, priced.pay, pays) && *arrives_in == receives.name,
    };
    if !fits {
        bail!(
            "{place} orders another amount or currency than the quote's {} for {}",
            show_units(priced.pay, pays),
            show_units(priced.deliver, receives)
        );
    }
    Ok(order)
}

impl Send {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        let quote: SignedQuote = files::read(&self.quote)?;
        let corridor = work.corridor(&quote.quote.corridor)?;
        let (pays, receives) = (work.label(&corridor.pays), work.label(&corridor.receives));
        let most = units(&self.at_most, &pays)?;
        if quote.quote.priced.pay > most {
            bail!(
                "the quote is of {}, and --at-most allows {}",
                show_units(quote.quote.priced.pay, &pays),
                self.at_most
            );
        }
        let least = units(&self.at_least, &receives)?;
        if quote.quote.priced.deliver < least {
            let delivered = show_units(quote.quote.priced.deliver, &receives);
            bail!("the quote delivers {delivered}, and --at-least asks for {}", self.at_least);
        }
        if quote.quote.provider != self.provider {
            bail!("the quote is of provider {}, not of --provider", hex::encode(quote.quote.provider));
        }
        for path in [&self.order, &self.answer, &self.notice] {
            if path.try_exists().unwrap_or(false) {
                bail!("there is a file {} already; nothing was ordered", path.display());
            }
        }
        let agreed = self.agree(&work, quote, &corridor, (&pays, &receives))?;
        let mut holder = work.holder()?;
        let lock = agreed.lock_order(Memo::empty())?;
        let payment =
            work.ready(&mut holder, |holder, at| holder.prepare_lock(at, corridor.pays, &lock, &mut OsRng))?;
        write_private(&self.order, &agreed.order(&payment))?;
        context.output.remark(&format!(
            "The order is in {}: give it to the provider, who answers by `tabella remittance answer`. Waiting for {} …",
            self.order.display(),
            self.answer.display()
        ));
        let answer = wait_for(&self.answer, Duration::from_secs(self.wait.saturating_mul(60)))?;
        let parameters = context.parameters.load(context)?;
        let task = context.progress.spin("proving the payment");
        let transaction = agreed.complete(&corridor, &holder, payment, &answer, &parameters, &mut OsRng)?;
        task.finish();
        // The notice first: a remittance that nobody is told of would only come back.
        write_private(&self.notice, &agreed.notice())?;
        work.node.catch_up()?;
        let sent = work.send(transaction)?;
        let terms = agreed.terms();
        context.output.show(&SentRemittance::new(agreed.id(), terms, self.notice, sent))
    }

    fn agree(
        &self,
        work: &Work<'_>,
        quote: SignedQuote,
        corridor: &Corridor,
        (pays, receives): (&AssetLabel, &AssetLabel),
    ) -> anyhow::Result<Agreed> {
        let payee: Payee = files::read(&self.payee)?;
        let data = read_text(&self.travel)?;
        let ivms101: Ivms101 = serde_json::from_str(&data)
            .with_context(|| format!("{} is no IVMS101 data that can be used", self.travel.display()))?;
        let (reference, information) = match (&self.pain001, &self.reference) {
            (Some(path), _) => {
                let order = instruction(path, self.end_to_end.as_deref(), &quote, (pays, receives))?;
                (order.end_to_end, order.information)
            }
            (None, Some(reference)) => (reference.clone(), self.information.clone()),
            (None, None) => bail!("--reference or --pain001 tells by which name the payment goes"),
        };
        let at = (work.node.id(), corridor, work.node.now()?);
        let told = Particulars { reference, information, ivms101 };
        Ok(Agreed::new(quote, at, &payee, told, &mut OsRng)?)
    }
}

/// A key on the command line: 64 hexadecimal digits.
fn key(text: &str) -> Result<[u8; 32], String> {
    let form = "a key is 64 hexadecimal digits: `tabella remittance key` shows a wallet's";
    bytes32(text).ok_or_else(|| form.to_owned())
}

/// Waits until a file is there and whole.
fn wait_for(path: &Path, time: Duration) -> anyhow::Result<Answer> {
    let start = Instant::now();
    loop {
        if path.try_exists().unwrap_or(false) {
            // It may be in the middle of being written.
            match files::read(path) {
                Ok(answer) => return Ok(answer),
                Err(error) if start.elapsed() > time => return Err(error),
                Err(_) => {}
            }
        } else if start.elapsed() > time {
            bail!(
                "no answer came to {}; nothing was paid, and the notes are free again within the hour",
                path.display()
            );
        }
        thread::sleep(Duration::from_millis(200));
    }
}

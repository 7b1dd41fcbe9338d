//! What a corridor's operator and a liquidity provider do.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use tabella_protocol::{
    note::{NoteValue, Timestamp},
    note_encryption::Memo,
};
use tabella_remittance::{
    Order, Price, Priced, QuoteRequest, Rate, SignedQuote,
    rules::{Corridor, CorridorId},
};

use super::{
    Me, after, fresh_address,
    show::{Answered, CorridorShown, OwnKeys, QuoteShown},
    show_units, units, write_private,
};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    elections::files,
};

/// Arguments of `remittance key`.
#[derive(Args, Debug)]
pub struct Key {
    #[command(flatten)]
    me: Me,
}

/// Arguments of `remittance open-corridor`.
#[derive(Args, Debug)]
pub struct OpenCorridor {
    #[command(flatten)]
    me: Me,
    /// Its name, as in "Poland to Korea"
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// What senders pay in: id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    pays: String,
    /// What receivers get
    #[arg(long, value_name = "ID_OR_NAME")]
    receives: String,
    /// Each payment is below this, as in 1000.00
    #[arg(long, value_name = "AMOUNT")]
    below: String,
}

/// Arguments of `remittance quote`.
#[derive(Args, Debug)]
pub struct MakeQuote {
    #[command(flatten)]
    me: Me,
    /// Id of the corridor
    #[arg(long, value_name = "CORRIDOR")]
    corridor: CorridorId,
    /// What the sender pays in all, as in 100.00
    #[arg(long, value_name = "AMOUNT", required_unless_present = "deliver", conflicts_with = "deliver")]
    pay: Option<String>,
    /// What the receiver gets, as in 152880
    #[arg(long, value_name = "AMOUNT")]
    deliver: Option<String>,
    /// How much is delivered for one that is exchanged, as in 1560 or 0.9137
    #[arg(long, value_name = "RATE")]
    rate: String,
    /// A fee in any case, in what is paid
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    fee: String,
    /// And so many basis points of what is paid, rounded up
    #[arg(long, value_name = "POINTS", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..10_000))]
    fee_points: u16,
    /// Minutes for which the quote holds
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_080))]
    minutes: u32,
    /// Hours after that in which the receiver's institution answers
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
    answer_hours: u32,
    /// Hours after that in which both legs are claimed; what was not claimed then goes back
    #[arg(long, value_name = "HOURS", default_value_t = 48, value_parser = clap::value_parser!(u32).range(1..=720))]
    claim_hours: u32,
    /// File of the quote
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `remittance answer`.
#[derive(Args, Debug)]
pub struct AnswerOrder {
    #[command(flatten)]
    me: Me,
    /// File of the order
    #[arg(value_name = "ORDER")]
    order: PathBuf,
    /// File of the answer: for the sender
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

impl Key {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (_, keys) = self.me.open(context)?;
        let shown = OwnKeys { key: hex::encode(keys.signer()), recipient: keys.recipient().to_string() };
        context.output.show(&shown)
    }
}

impl OpenCorridor {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        let assets = work.node.state().assets();
        let (pays, _) = resolve(assets, &self.pays)?;
        let (receives, _) = resolve(assets, &self.receives)?;
        let below = units(&self.below, &work.label(&pays))?;
        let corridor = Corridor { operator: work.keys.signer(), name: self.name, pays, receives, below };
        corridor.check()?;
        let id = corridor.id(work.node.id());
        let open = work.keys.open(work.node.id(), corridor.clone());
        let sent = work.send(open)?;
        context.output.show(&CorridorShown::new(id, &corridor, work.node.state().assets(), Some(sent)))
    }
}

/// A decimal rate between whole units, as a ratio of smallest units.
fn rate(text: &str, pays: &AssetLabel, receives: &AssetLabel) -> anyhow::Result<Rate> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || text.ends_with('.') {
        bail!("\"{text}\" is no rate: write digits, and a point before decimals, as in 0.9137");
    }
    let number = || -> Option<Rate> {
        let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
        let power = |digits: usize| 10_u64.checked_pow(u32::try_from(digits).ok()?);
        let delivered = digits.checked_mul(power(usize::from(receives.decimals))?)?;
        let exchanged = power(fraction.len())?.checked_mul(power(usize::from(pays.decimals))?)?;
        let divisor = greatest_common_divisor(delivered, exchanged);
        (delivered > 0).then(|| Rate { delivered: delivered / divisor, exchanged: exchanged / divisor })
    };
    number().with_context(|| format!("\"{text}\" is 0, or has more digits than a rate between these assets can have"))
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn to_the_minute(time: Timestamp) -> anyhow::Result<Timestamp> {
    Timestamp::new(time.seconds() / 60 * 60).context("a time beyond those of a ledger")
}

impl MakeQuote {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let corridor = work.corridor(&self.corridor)?;
        let (pays, receives) = (work.label(&corridor.pays), work.label(&corridor.receives));
        let price = Price {
            rate: rate(&self.rate, &pays, &receives)?,
            fixed_fee: units(&self.fee, &pays)?,
            fee_points: self.fee_points,
        };
        let priced: Priced = match (&self.pay, &self.deliver) {
            (Some(pay), _) => price.paying(units(pay, &pays)?)?,
            (None, Some(deliver)) => price.delivering(units(deliver, &receives)?)?,
            (None, None) => bail!("--pay or --deliver tells how much"),
        };
        let holder = work.holder()?;
        let request = QuoteRequest {
            corridor: self.corridor,
            price,
            priced,
            claim: fresh_address(&holder),
            // To the minute: the second would be a mark of the provider's clock.
            expires: after(work.node.now()?, u64::from(self.minutes) * 60 + 59).and_then(to_the_minute)?,
            answer_seconds: self.answer_hours.saturating_mul(3_600),
            claim_seconds: self.claim_hours.saturating_mul(3_600),
        };
        let class = tabella_protocol::asset::AssetClass::Ordinary;
        let pool = work.node.state().pool(class).id();
        let has = holder.wallet().balance(pool, corridor.receives, work.node.now()?).spendable;
        if has < u128::from(priced.deliver.0) {
            let needed = show_units(priced.deliver, &receives);
            bail!("{needed} would be delivered, and this wallet can spend {}", receives.amount_and_name(has));
        }
        let quote = SignedQuote::new(&work.keys, work.node.id(), &corridor, &request, &mut OsRng)?;
        write_private(&self.output, &quote)?;
        context.output.show(&QuoteShown::new(&quote, &corridor, (&pays, &receives), Some(self.output)))
    }
}

impl AnswerOrder {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        if self.output.try_exists().unwrap_or(false) {
            bail!("there is a file {} already; nothing was signed", self.output.display());
        }
        let order: Order = files::read(&self.order)?;
        let quote = order.quote.quote.clone();
        let corridor = work.corridor(&quote.corridor)?;
        let mut holder = work.holder()?;
        let at = (work.node.id(), &corridor, work.node.now()?);
        let told = order
            .check(&work.keys, at, work.state()?, &holder)
            .with_context(|| format!("{} is not an order to answer", self.order.display()))?;
        let lock = order.lock_order(Memo::empty())?;
        let delivery =
            work.ready(&mut holder, |holder, at| holder.prepare_lock(at, corridor.receives, &lock, &mut OsRng))?;
        let parameters = context.parameters.load(context)?;
        let task = context.progress.spin("proving the delivery");
        let answer = order.answer(&work.keys, &holder, delivery, &parameters, &mut OsRng)?;
        task.finish();
        write_private(&self.output, &answer)?;
        let (pays, receives) = (work.label(&corridor.pays), work.label(&corridor.receives));
        let show = |value: NoteValue, label: &AssetLabel| show_units(value, label);
        context.output.show(&Answered {
            remittance: order.id().to_string(),
            paid: show(quote.priced.pay, &pays),
            delivered: show(quote.priced.deliver, &receives),
            sender: names(&told.ivms101.originator.originator_persons),
            receiver: names(&told.ivms101.beneficiary.beneficiary_persons),
            file: self.output,
        })
    }
}

/// Names in one line.
pub(super) fn names(persons: &[tabella_remittance::travel::Person]) -> String {
    persons.iter().map(tabella_remittance::travel::Person::name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str, decimals: u8) -> AssetLabel {
        AssetLabel { asset: "00".repeat(32), name: name.into(), decimals }
    }

    #[test]
    fn rate_between_whole_units_is_a_ratio_of_smallest_units() {
        let (euro, won, crown) = (label("EUR", 2), label("KRW", 0), label("CZK", 2));
        let ratio = |text, pays, receives| rate(text, pays, receives).ok().map(|rate| (rate.delivered, rate.exchanged));
        assert_eq!(ratio("1560", &euro, &won), Some((78, 5)));
        assert_eq!(ratio("0.9137", &euro, &crown), Some((9_137, 10_000)));
        assert_eq!(ratio("0.00064", &won, &euro), Some((8, 125)));
        for text in ["", "0", "0.0", ".5", "1.", "1,5", "-1", "1e3", "99999999999999999999"] {
            assert_eq!(ratio(text, &euro, &won), None, "{text}");
        }
    }
}

//! Before a rental: keys, offers, the payment.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use tabella_access::{
    Offer, OfferOrder, Prices,
    build::{self, Payment},
    rules::{RentalId, RenterKeys},
};
use tabella_payments::{
    amount,
    holder::{Holder, LockOrder, PaymentError, PaymentOrder},
};
use tabella_protocol::{
    asset::AssetClass,
    keys::Address,
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
};
use tabella_prover::{
    account::AmountOpening,
    builder::{Blinding, TransactionBuilder},
};

use super::{
    Owner, Work, parse_key,
    show::{LedgerKeyShown, OfferShown, OwnKeys, Rented},
};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    commands::{ledger, work::explain},
    elections::files,
    output::visible,
};

/// Arguments of `access key`.
#[derive(Args, Debug)]
pub struct Key {
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `access ledger-key`.
#[derive(Args, Debug)]
pub struct LedgerKey {}

/// Arguments of `access offer`.
#[derive(Args, Debug)]
pub struct MakeOffer {
    #[command(flatten)]
    owner: Owner,
    /// The renter's keys, as `tabella access key` shows them
    #[arg(long, value_name = "KEYS")]
    renter: RenterKeys,
    /// The device's key, as `tabella-lock status` shows it
    #[arg(long, value_name = "KEY", value_parser = parse_key)]
    device: [u8; 32],
    /// The arbiter's key, as `tabella access key` shows it there
    #[arg(long, value_name = "KEY", value_parser = parse_key)]
    arbiter: [u8; 32],
    /// Id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// What a unit of time costs, as in 0.25; with one unit, a fixed price
    #[arg(long, value_name = "AMOUNT")]
    price: String,
    /// How many units of time are let
    #[arg(long, value_name = "N", default_value_t = 1)]
    units: u32,
    /// Length of a unit of time in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    unit_seconds: u32,
    /// The deposit, which must be a whole number of parts
    #[arg(long, value_name = "AMOUNT")]
    deposit: String,
    /// How many parts the deposit has: damage is kept in whole parts
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    parts: u32,
    /// Let everybody see price and deposit
    #[arg(long)]
    public: bool,
    /// Days in which the right can be used
    #[arg(long, value_name = "DAYS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=365))]
    within: u64,
    /// Minutes for a claim after the paid time, for a dispute, and for the arbiter's decision
    #[arg(long, value_name = "MINUTES", default_value_t = 1_440, value_parser = clap::value_parser!(u32).range(1..=43_200))]
    delay: u32,
    /// File of the offer
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `access check-offer`.
#[derive(Args, Debug)]
pub struct CheckOffer {
    #[command(flatten)]
    owner: Owner,
    /// File of the offer
    #[arg(value_name = "OFFER")]
    offer: PathBuf,
}

/// Arguments of `access rent`.
#[derive(Args, Debug)]
pub struct Rent {
    #[command(flatten)]
    owner: Owner,
    /// File of the offer
    #[arg(value_name = "OFFER")]
    offer: PathBuf,
    /// Id of the rental, as `tabella access check-offer` shows it: an offer of any other terms is refused
    #[arg(long, value_name = "RENTAL")]
    rental: RentalId,
    /// What you mean to pay with: id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// The most to pay as rent, as in 12.34; more is refused
    #[arg(long, value_name = "AMOUNT")]
    at_most: String,
    /// The most to leave as a deposit; more is refused
    #[arg(long, value_name = "AMOUNT")]
    deposit_at_most: String,
    /// Address of whoever is to use the right [default: the wallet's own]
    #[arg(long, value_name = "ADDRESS")]
    right_to: Option<Address>,
}

impl Key {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (_, keys) = self.owner.open(context)?;
        context.output.show(&OwnKeys { keys: keys.public().to_string(), signer: hex::encode(keys.signer()) })
    }
}

impl LedgerKey {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Self {} = self;
        let node = ledger::open(context)?;
        context.output.show(&LedgerKeyShown { key: node.store().verifier().to_string() })
    }
}

impl MakeOffer {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let assets = work.node.state().assets();
        let (asset, _) = resolve(assets, &self.asset)?;
        let label = AssetLabel::of(assets, &asset);
        let now = work.node.now()?.seconds();
        let deposit = amount::parse(&self.deposit, label.decimals)?;
        if deposit % u64::from(self.parts) != 0 {
            let whole = "--parts divides the deposit into equal parts of whole smallest units";
            bail!("{whole}: {} are not {} of them", self.deposit, self.parts);
        }
        let part = NoteValue(deposit / u64::from(self.parts));
        // An address of this rental alone: claiming the rent shows who owns it.
        let payee = Holder::new(work.wallet.seed(), 0).wallet().address(OsRng.next_u32());
        let order = OfferOrder {
            renter: self.renter,
            payee,
            arbiter: self.arbiter,
            device: self.device,
            asset,
            price: NoteValue(amount::parse(&self.price, label.decimals)?),
            units: self.units,
            unit_seconds: self.unit_seconds,
            part,
            parts: self.parts,
            public: self.public,
            use_until: Timestamp::new(now.saturating_add(self.within.saturating_mul(86_400)))
                .context("a right that is used so late is none")?,
            delay_seconds: self.delay.saturating_mul(60),
        };
        let offer = Offer::new(&work.keys, work.node.id(), &order, &mut OsRng)?;
        files::write(&self.output, &offer)?;
        let prices = Prices { price: AmountOpening::public(order.price), part: AmountOpening::public(order.part) };
        context.output.show(&OfferShown::new(&offer, &prices, label, Some(self.output))?)
    }
}

impl CheckOffer {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let (offer, prices) = read_offer(&work, &self.offer)?;
        let label = work.label(&offer.terms.asset);
        context.output.show(&OfferShown::new(&offer, &prices, label, None)?)
    }
}

impl Rent {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        let (offer, prices) = read_offer(&work, &self.offer)?;
        let (terms, label) = (&offer.terms, work.label(&offer.terms.asset));
        if offer.rental() != self.rental {
            bail!("the offer is of another rental than {}: check it before you pay", self.rental);
        }
        if resolve(work.node.state().assets(), &self.asset)?.0 != terms.asset {
            bail!("the offer asks for another asset than --asset names: {} ({})", visible(&label.name), label.asset);
        }
        let too_much = || format!("rental {} costs more than can be paid", offer.rental());
        let rent = prices.rent(terms).with_context(too_much)?.value();
        let deposit = prices.share(terms.parts).with_context(too_much)?.value();
        for (what, amount, option, most) in [
            ("rent", rent, "--at-most", &self.at_most),
            ("deposit", deposit, "--deposit-at-most", &self.deposit_at_most),
        ] {
            let most = amount::parse(most, label.decimals)?;
            if amount.0 > most {
                let show = |units: u64| label.amount_and_name(u128::from(units));
                bail!("the {what} is {}, and {option} allows {}", show(amount.0), show(most));
            }
        }
        let order = prices.lock_order(terms, offer.rental()).with_context(too_much)?;
        let (holder, payment) = pay(&mut work, terms.asset, &order, deposit)?;
        let right = self.right_to.unwrap_or_else(|| holder.wallet().address(0));
        let with = build::rent(&work.keys, &work.moment()?, (&offer, &prices), payment, right, &mut OsRng)?;
        let accepted = work.settle(&holder, with)?;
        let offer = OfferShown::new(&offer, &prices, label, None)?;
        context.output.show(&Rented { offer, transaction: accepted.digest.to_string() })
    }
}

/// The transfers of rent and deposit. Each spends notes of its own: where the wallet has one alone, it is split first.
fn pay(work: &mut Work<'_>, asset: AssetId, rent: &LockOrder, deposit: NoteValue) -> anyhow::Result<(Holder, Payment)> {
    let mut holder = work.holder()?;
    let amount = rent.amount.0.checked_add(deposit.0).context("rent and deposit together are more than can be paid")?;
    let pool = work.node.state().pool(AssetClass::Ordinary).id();
    let available = holder.wallet().balance(pool, asset, work.node.now()?).spendable;
    if available < u128::from(amount) {
        return Err(explain(PaymentError::Insufficient { available, amount }, &work.label(&asset)));
    }
    match prepare(work, asset, rent, deposit) {
        Err(error) if matches!(error.downcast_ref(), Some(PaymentError::Insufficient { .. })) => {}
        prepared => return prepared,
    }
    work.context.output.remark("Rent and deposit are paid from different notes: one is split first.");
    let own = PaymentOrder { to: holder.wallet().address(0), asset, amount: deposit, memo: Memo::empty() };
    let split = work.ready(&mut holder, |holder, at| holder.prepare_send(at, &own, &mut OsRng))?;
    let mut builder = TransactionBuilder::new(work.node.id());
    builder.add(split);
    let split = work.prove(&holder, builder.build()?, Vec::new())?;
    work.submit(split)?;
    prepare(work, asset, rent, deposit)
}

/// The deposit first: of a wallet that was split for it, it takes the note that is exactly so much.
fn prepare(
    work: &mut Work<'_>,
    asset: AssetId,
    rent: &LockOrder,
    deposit: NoteValue,
) -> anyhow::Result<(Holder, Payment)> {
    let mut holder = work.holder()?;
    let deposit =
        work.ready(&mut holder, |holder, at| holder.prepare_exit(at, asset, deposit, Blinding::Random, &mut OsRng))?;
    let rent = work.ready(&mut holder, |holder, at| holder.prepare_lock(at, asset, rent, &mut OsRng))?;
    Ok((holder, Payment { rent, deposit }))
}

/// An offer that the renter may take, and its prices.
fn read_offer(work: &Work<'_>, path: &Path) -> anyhow::Result<(Offer, Prices)> {
    let offer: Offer = files::read(path)?;
    let prices = offer.check(&work.keys, work.node.id(), work.node.now()?);
    Ok((offer, prices.with_context(|| format!("{} is not an offer to take", path.display()))?))
}

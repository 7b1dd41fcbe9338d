//! Buying, selling, and selling again.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use rand_core::OsRng;
use tabella_ledger::node::Ledger;
use tabella_market::{
    agreement::{Agreement, Difference, Goods},
    licence::order_address,
    order::{self, Order, Wanted, find_listing},
    price::Priced,
};
use tabella_market_rules::work::{ListingId, WorkId};
use tabella_payments::{amount, holder::submit};
use tabella_protocol::note::NoteValue;
use tabella_prover::builder::Blinding;

use super::{
    super::work::explain,
    Owner, Work, payment_label,
    show::{Offered, Ordered, Sold, TakenBack, shown_invoice},
};
use crate::{
    assets::{AssetLabel, resolve},
    bytes::bytes32,
    cli::Context,
    commands::{asset::IssuerFile, ledger},
    elections::files,
    paths::{Readers, write_new},
};

/// Arguments of `market buy`.
#[derive(Args, Debug)]
pub struct Buy {
    /// Id of the work, of whose seller is bought
    #[arg(value_name = "WORK", required_unless_present = "offer", conflicts_with = "offer")]
    work: Option<WorkId>,
    /// Id of an offer, of whose reseller is bought: all of its licences
    #[arg(long, value_name = "OFFER")]
    offer: Option<ListingId>,
    /// How many licences
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "offer")]
    licences: u32,
    /// The price of all together, as in 12.34; an offer with a public price needs none
    #[arg(long, value_name = "AMOUNT", required_unless_present = "offer")]
    price: Option<String>,
    /// Asset that you pay in, by its id, or its name if no other asset has it; nothing is paid if the work is sold for another
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Let everybody see the price
    #[arg(long)]
    public: bool,
    /// Digest of the invoice that you and the seller have agreed on, as 64 hexadecimal digits: everybody sees it in the sale
    #[arg(long, value_name = "DIGEST", value_parser = digest, conflicts_with = "offer")]
    invoice: Option<[u8; 32]>,
    /// File of the order, for the seller or reseller; it tells the price
    #[arg(long, short, value_name = "FILE", required_unless_present = "offer")]
    output: Option<PathBuf>,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `market sell`.
#[derive(Args, Debug)]
pub struct Sell {
    /// File of a buyer's order
    #[arg(value_name = "FILE")]
    order: PathBuf,
    /// Id of the work whose licences you sell
    #[arg(long, value_name = "WORK")]
    work: WorkId,
    #[command(flatten)]
    terms: AgreedTerms,
    /// Digest of the invoice that you agree to, as 64 hexadecimal digits; without one the order names none
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    invoice: Option<[u8; 32]>,
    #[command(flatten)]
    issuer: IssuerFile,
}

#[derive(Args, Debug)]
struct AgreedTerms {
    /// How many licences you agree to
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    licences: u32,
    /// The price of all together that you agree to
    #[arg(long, value_name = "AMOUNT")]
    price: String,
    /// You agree that everybody sees the price; without this, that it is hidden
    #[arg(long)]
    public: bool,
}

/// What a reseller does.
#[derive(Debug, Subcommand)]
pub enum Resell {
    /// Offer licences of the wallet's
    Offer(Offer),
    /// Look at a buyer's order for an offer, and agree
    Accept(Accept),
    /// Take an offer back
    TakeBack(TakeBack),
}

/// Arguments of `market resell offer`.
#[derive(Args, Debug)]
pub struct Offer {
    /// Id of the work
    #[arg(value_name = "WORK")]
    work: WorkId,
    /// How many licences
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    licences: u32,
    /// The price of all together for which anybody may have them; without one, you agree to each buyer's
    #[arg(long, value_name = "AMOUNT")]
    ask: Option<String>,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `market resell accept`.
#[derive(Args, Debug)]
pub struct Accept {
    /// File of a buyer's order
    #[arg(value_name = "FILE")]
    order: PathBuf,
    /// Id of your offer
    #[arg(long, value_name = "OFFER")]
    offer: ListingId,
    #[command(flatten)]
    terms: AgreedTerms,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `market resell take-back`.
#[derive(Args, Debug)]
pub struct TakeBack {
    /// Id of the offer
    #[arg(value_name = "OFFER")]
    offer: ListingId,
    #[command(flatten)]
    owner: Owner,
}

fn priced(text: &str, public: bool, label: &AssetLabel) -> anyhow::Result<Priced> {
    let value = NoteValue(amount::parse(text, label.decimals)?);
    if value == NoteValue(0) {
        bail!("a price is at least 1 unit");
    }
    Ok(Priced::new(value, public, &mut OsRng))
}

impl Buy {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        match (self.work, self.offer) {
            (Some(id), None) => self.of_seller(&mut work, id),
            (_, Some(offer)) => self.of_reseller(&mut work, offer),
            (None, None) => Err(anyhow!("a work or an offer is bought")),
        }
    }

    /// That a work is sold for the asset that is meant.
    fn check_payment(&self, work: &Work<'_>, id: &WorkId) -> anyhow::Result<()> {
        let (meant, _) = resolve(work.node.state().assets(), &self.asset)?;
        let payment = order::find_work(work.node.state(), id)?.payment;
        if payment != meant {
            bail!("the work is sold for another asset, {payment}, and you mean {meant}: nothing is paid");
        }
        Ok(())
    }

    fn of_seller(&self, work: &mut Work<'_>, id: WorkId) -> anyhow::Result<()> {
        self.check_payment(work, &id)?;
        let label = payment_label(&work.node, &id)?;
        let price = priced(self.price.as_deref().unwrap_or_default(), self.public, &label)?;
        let payment = order::find_work(work.node.state(), &id)?.payment;
        let mut holder = work.holder()?;
        let transfer = work.ready(&mut holder, |holder, at| {
            holder
                .prepare_exit(at, payment, price.value(), price.blinding(), &mut OsRng)
                .map_err(|error| explain(error, &label))
        })?;
        let to = order_address(holder.wallet(), &transfer)?;
        let wanted = Wanted { work: id, licences: self.licences, to, invoice: self.invoice.unwrap_or_default() };
        let (parameters, state) = (work.parameters()?, work.node.state());
        let task = work.context.progress.spin("proving");
        let order = order::order(state, &holder, &wanted, (transfer, &price), &parameters, &mut OsRng)?;
        task.finish();
        self.hand_over(work, order, &label, "seller", "tabella market sell")
    }

    fn of_reseller(&self, work: &mut Work<'_>, id: ListingId) -> anyhow::Result<()> {
        let offer = find_listing(work.node.state(), &id)?;
        self.check_payment(work, &offer.work)?;
        let label = payment_label(&work.node, &offer.work)?;
        let price = match (offer.ask, &self.price) {
            (Some(ask), None) => Priced::Public(ask),
            (Some(ask), Some(text)) => {
                let meant = amount::parse(text, label.decimals)?;
                if meant != ask.0 {
                    let show = |value: u64| label.amount_and_name(u128::from(value));
                    bail!("these licences are offered for {}, and you pay {}", show(ask.0), show(meant));
                }
                Priced::Public(ask)
            }
            (None, Some(text)) => priced(text, self.public, &label)?,
            (None, None) => {
                bail!("this offer has no public price: give --price, and --output for the reseller's order")
            }
        };
        let terms = order::find_work(work.node.state(), &offer.work)?;
        let (payment, licence) = (terms.payment, terms.licence_id()?);
        let mut holder = work.holder()?;
        let transfer = work.ready(&mut holder, |holder, at| {
            holder
                .prepare_exit(at, payment, price.value(), price.blinding(), &mut OsRng)
                .map_err(|error| explain(error, &label))
        })?;
        let at = work.moment()?;
        let (to, units) = (holder.wallet().address(0), NoteValue(offer.licences.into()));
        let entry = holder.prepare_entry(&at, licence, to, units, Blinding::Public, &mut OsRng)?;
        let parameters = work.parameters()?;
        let task = work.context.progress.spin("proving");
        let state = work.node.state();
        let order = order::order_offered(state, &holder, id, (transfer, &price), entry, &parameters, &mut OsRng)?;
        task.finish();
        if offer.ask.is_none() {
            return self.hand_over(work, order, &label, "reseller", "tabella market resell accept");
        }
        let review = order.review(work.node.state())?;
        let accepted = work.submit(order.into_transaction())?;
        work.context.output.show(&Sold::new(&review, &label, &accepted))
    }

    fn hand_over(
        &self,
        work: &Work<'_>,
        order: Order,
        label: &AssetLabel,
        to: &'static str,
        command: &'static str,
    ) -> anyhow::Result<()> {
        let Some(output) = &self.output else { bail!("--output names the file of the order, for the {to}") };
        let review = order.review(work.node.state())?;
        write_new(output, &files::encode(&order), Readers::Owner)?;
        let price = label.amount(u128::from(review.price.0));
        let label = label.clone();
        work.context.output.show(&Ordered {
            file: output.clone(),
            licences: review.licences,
            price,
            label,
            invoice: shown_invoice(&review),
            to,
            command,
        })
    }
}

impl AgreedTerms {
    /// Whether an order says what is agreed to.
    fn check(
        &self,
        order: &Order,
        (goods, invoice): (Goods, [u8; 32]),
        node: &Ledger,
    ) -> anyhow::Result<(order::Review, AssetLabel)> {
        let review = order.review(node.state())?;
        let label = payment_label(node, &review.work)?;
        let price = NoteValue(amount::parse(&self.price, label.decimals)?);
        let agreement = Agreement { goods, licences: self.licences, price, is_public: self.public, invoice };
        match agreement.compare(&review) {
            Ok(()) => Ok((review, label)),
            Err(Difference::Price(asked, agreed)) => {
                let show = |value: NoteValue| label.amount_and_name(u128::from(value.0));
                bail!("the order is for {}, and you agree to {}: nothing is signed", show(asked), show(agreed))
            }
            Err(difference) => bail!("{difference}: nothing is signed"),
        }
    }
}

/// The digest of an invoice on the command line.
fn digest(text: &str) -> Result<[u8; 32], String> {
    bytes32(text).ok_or_else(|| "the digest of an invoice is 64 hexadecimal digits".to_owned())
}

impl Sell {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let order: Order = files::read(&self.order)?;
        let mut node = ledger::open(context)?;
        let invoice = self.invoice.unwrap_or_default();
        let (review, label) = self.terms.check(&order, (Goods::Work(self.work), invoice), &node)?;
        let key = self.issuer.key(context)?;
        let transaction = order.approve(node.state(), &key)?;
        let accepted = submit(&mut node, transaction)?;
        context.output.show(&Sold::new(&review, &label, &accepted))
    }
}

impl Resell {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Offer(offer) => offer.run(context),
            Self::Accept(accept) => accept.run(context),
            Self::TakeBack(take_back) => take_back.run(context),
        }
    }
}

impl Offer {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        let label = payment_label(&work.node, &self.work)?;
        let ask = self.ask.as_deref().map(|text| amount::parse(text, label.decimals)).transpose()?.map(NoteValue);
        let licence = order::licence_of(work.node.state(), &self.work)?;
        let licence_label = AssetLabel::of(work.node.state().assets(), &licence);
        let mut holder = work.holder()?;
        let units = NoteValue(self.licences.into());
        let transfer = work.ready(&mut holder, |holder, at| {
            holder
                .prepare_exit(at, licence, units, Blinding::Public, &mut OsRng)
                .map_err(|error| explain(error, &licence_label))
        })?;
        let party = work.keys.market.party();
        let (prepared, proof) = order::offer(work.node.id(), party, (self.work, self.licences), ask, transfer)?;
        let offer = ListingId::derive(prepared.digest(), 0).to_string();
        let transaction = work.prove(&holder, prepared, vec![proof])?;
        let accepted = work.submit(transaction)?;
        let ask = ask.map(|ask| label.amount_and_name(u128::from(ask.0)));
        let transaction = accepted.digest.to_string();
        context.output.show(&Offered { offer, licences: self.licences, ask, transaction })
    }
}

impl Accept {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let order: Order = files::read(&self.order)?;
        let mut work = self.owner.begin(context)?;
        let (review, label) = self.terms.check(&order, (Goods::Offer(self.offer), [0; 32]), &work.node)?;
        let transaction = order.approve_resale(work.node.state(), &work.keys.market)?;
        let accepted = work.submit(transaction)?;
        context.output.show(&Sold::new(&review, &label, &accepted))
    }
}

impl TakeBack {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        let offer = find_listing(work.node.state(), &self.offer)?;
        let licence = order::licence_of(work.node.state(), &offer.work)?;
        let mut holder = work.holder()?;
        let at = work.moment()?;
        let (to, units) = (holder.wallet().address(0), NoteValue(offer.licences.into()));
        let entry = holder.prepare_entry(&at, licence, to, units, Blinding::Public, &mut OsRng)?;
        let (prepared, proof) = order::take_back(&work.keys.market, work.node.id(), self.offer, entry)?;
        let transaction = work.prove(&holder, prepared, vec![proof])?;
        let accepted = work.submit(transaction)?;
        let (offer, transaction) = (self.offer.to_string(), accepted.digest.to_string());
        context.output.show(&TakenBack { offer, transaction })
    }
}
